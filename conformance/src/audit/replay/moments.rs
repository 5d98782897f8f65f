//! When what was done is taken to have taken effect: somewhere between its sending and its answer, by a clock that may be off.

use claque_engine::Randomness;

use crate::log::lossy::drawn;

/// A share of the time between sending and answer. Thousandths.
type Permille = u64;

/// The whole time.
const WHOLE: Permille = 1_000;
/// So many acts before a line are moved one by one.
const MOVED_MAX: usize = 40;
/// So many of them under each error of the clock, too.
const SHIFTED: usize = 6;
/// So many times all are moved by chance.
const DRAWN: u64 = 24;

/// One way to place everything that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moments {
    place: Placed,
    /// Of the most by which the clock may be off, so much is taken off or added. Thousandths, from minus to plus the whole.
    shift: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placed {
    /// Each at the same share of its time.
    All(Permille),
    /// Each at one share, but for one line.
    But { line: usize, at: Permille, others: Permille },
    /// Each as near to one moment as its time allows: what can come together comes together. Microseconds.
    Near(u64),
    /// Each by chance.
    Drawn(u64),
}

impl Moments {
    /// Each when it was sent, by a clock that is right.
    pub(super) const SENT: Self = Self { place: Placed::All(0), shift: 0 };

    /// Ways that differ in the order and the distance of what was done as much as they can: all early, all late, one of those
    /// before a line early or late alone, all near one moment, and all by chance, under several errors of the clock. `acts`: those
    /// lines, and until when each can have taken effect.
    pub(super) fn all(acts: &[(usize, u64)]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for shift in [0, -1_000, 1_000, -500, 500] {
            all.extend([0, WHOLE].map(|share| Self { place: Placed::All(share), shift }));
        }
        // What ends at a second of the clock may hang on where the last acts stand in theirs.
        for (line, _) in acts.iter().rev().take(SHIFTED) {
            for shift in [-1_000, 1_000, -500, 500] {
                all.extend(
                    [(WHOLE, 0), (0, WHOLE)]
                        .map(|(at, others)| Self { place: Placed::But { line: *line, at, others }, shift }),
                );
            }
        }
        let draws = Randomness::new(0);
        for number in 0..DRAWN {
            let shift = drawn(&draws, "shift", number, 2_001).cast_signed() - 1_000;
            all.push(Self { place: Placed::Drawn(number), shift });
        }
        for (line, until) in acts.iter().rev().take(MOVED_MAX) {
            for (at, others) in [(WHOLE, 0), (0, WHOLE)] {
                all.push(Self { place: Placed::But { line: *line, at, others }, shift: 0 });
            }
            all.push(Self { place: Placed::Near(*until), shift: 0 });
        }
        all
    }

    /// Two of these that differ much, for what is costly: all late, and all by chance.
    pub(super) const FEW: [Self; 2] =
        [Self { place: Placed::All(WHOLE), shift: 0 }, Self { place: Placed::Drawn(0), shift: -700 }];

    /// When a line is taken to have taken effect, of the time from one moment to another, by a clock that is off by `error` at the
    /// most. Microseconds.
    pub(super) fn of(&self, line: usize, (from, until): (u64, u64), error: u64) -> u64 {
        let until = if until == u64::MAX { from } else { until.max(from) };
        let share = match self.place {
            Placed::All(share) => share,
            Placed::But { line: one, at, others } => {
                if line == one {
                    at
                } else {
                    others
                }
            }
            Placed::Near(moment) => return moment.clamp(from, until),
            Placed::Drawn(seed) => drawn(&Randomness::new(seed), "moment", line as u64, WHOLE + 1),
        };
        self.shifted(from + (until - from) * share / WHOLE, error)
    }

    /// A time by the recording's clock, as it is taken to be.
    pub(super) fn shifted(&self, at: u64, error: u64) -> u64 {
        let off = error / WHOLE * self.shift.unsigned_abs();
        if self.shift < 0 { at.saturating_sub(off) } else { at.saturating_add(off) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_lies_between_sending_and_answer() {
        let span = (5_000_000, 5_300_000);
        for moments in Moments::all(&[(3, 5_200_000), (4, 9_000_000)]) {
            let at = moments.of(3, span, 0);
            assert!((span.0..=span.1).contains(&at), "{moments:?}: {at}");
            assert!(moments.of(3, span, 100_000).abs_diff(at) <= 100_000, "{moments:?}");
            assert_eq!(moments.of(3, (span.0, u64::MAX), 0), span.0, "what was never answered has no end");
        }
        assert_eq!(Moments::SENT.of(9, span, 700), span.0);
    }
}
