//! Time as far as it is known.

/// The clock of one source. By it alone the order of two observations is certain: its error moves both alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// The number of its source; none for what no single clock shows.
    pub number: Option<u32>,
    /// How wrong it is at the most. Microseconds.
    pub error: u64,
    /// Its readings are whole multiples of so many microseconds, cut off or rounded; 0 where they are not.
    pub grain: u64,
}

/// A moment as a clock showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    at: u64,
    clock: Clock,
}

impl Shown {
    const fn shares_clock(self, other: Self) -> bool {
        matches!((self.clock.number, other.clock.number), (Some(own), Some(its)) if own == its)
    }

    /// The earliest time, by this clock, at which it shows that.
    const fn first(self) -> u64 {
        self.at.saturating_sub(self.clock.grain / 2)
    }

    /// The latest.
    const fn last(self) -> u64 {
        self.at.saturating_add(self.clock.grain)
    }
}

/// When something happened, at the earliest and at the latest. Unit: microseconds since the UNIX epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not before.
    pub earliest: u64,
    /// Not after; [`u64::MAX`] where nobody saw that it had happened.
    pub latest: u64,
    begin: Shown,
    end: Shown,
}

impl Window {
    /// A moment by a clock that is wrong by so much at the most, and that nothing else is known by.
    #[must_use]
    pub const fn around(at: u64, error: u64) -> Self {
        Self::by(Clock { number: None, error, grain: 0 }, at, at)
    }

    /// A span as a clock showed it; [`u64::MAX`] where nobody saw its end.
    pub(super) const fn by(clock: Clock, from: u64, to: u64) -> Self {
        let (begin, end) = (Shown { at: from, clock }, Shown { at: to, clock });
        let (earliest, latest) =
            (begin.first().saturating_sub(clock.error), end.last().saturating_add(clock.error));
        Self { earliest, latest, begin, end }
    }

    /// What is certainly between two times that a clock showed: by other clocks that is shorter.
    pub(super) const fn within(clock: Clock, from: u64, to: u64) -> Self {
        let (begin, end) = (Shown { at: from, clock }, Shown { at: to, clock });
        Self {
            earliest: from.saturating_add(clock.error),
            latest: to.saturating_sub(clock.error),
            begin,
            end,
        }
    }

    /// From the beginning of one to the end of another.
    #[must_use]
    pub const fn until(self, end: Self) -> Self {
        Self { latest: end.latest, end: end.end, ..self }
    }

    /// The same beginning, and nobody saw the end.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { latest: u64::MAX, end: Shown { at: u64::MAX, ..self.end }, ..self }
    }

    /// So much longer, of which a clock shows as much.
    #[must_use]
    pub const fn lasting(self, micros: u64) -> Self {
        let end = Shown { at: self.end.at.saturating_add(micros), ..self.end };
        Self { latest: self.latest.saturating_add(micros), end, ..self }
    }

    /// The beginning at the earliest, as the clock that showed another observation's end would have shown it.
    #[must_use]
    pub const fn earliest_by(self, other: Self) -> u64 {
        if self.begin.shares_clock(other.end) {
            self.begin.first()
        } else {
            self.earliest.saturating_sub(other.end.clock.error)
        }
    }

    /// The end at the latest, as its own clock would have shown it with all its digits.
    #[must_use]
    pub const fn latest_shown(self) -> u64 {
        self.end.last()
    }

    /// Begin and end as the clock showed them.
    #[must_use]
    pub const fn shown(self) -> (u64, u64) {
        (self.begin.at, self.end.at)
    }

    /// Which clock showed its beginning.
    #[must_use]
    pub const fn clock(self) -> Option<u32> {
        self.begin.clock.number
    }

    /// Whether this was over before the other began, whatever the clocks.
    #[must_use]
    pub const fn before(self, other: Self) -> bool {
        if self.latest == u64::MAX || self.end.at == u64::MAX {
            false
        } else if self.end.shares_clock(other.begin) {
            self.end.last() < other.begin.first()
        } else {
            self.latest < other.earliest
        }
    }

    /// Whether one of some windows holds all of this one.
    #[must_use]
    pub fn is_within(self, spans: Option<&Vec<Self>>) -> bool {
        spans.is_some_and(|spans| {
            spans.iter().any(|span| self.begins_within(*span) && self.ends_within(*span))
        })
    }

    /// Whether a claim begins before this, or with it: the clock that showed both need not be right for that.
    #[must_use]
    pub const fn begins_within(self, span: Self) -> bool {
        if self.begin.shares_clock(span.begin) {
            span.begin.at <= self.begin.at
        } else {
            span.earliest <= self.earliest
        }
    }

    const fn ends_within(self, span: Self) -> bool {
        if self.end.shares_clock(span.end) { self.end.at <= span.end.at } else { self.latest <= span.latest }
    }

    /// Whether the order of the two is not certain.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        !self.before(other) && !other.before(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clocks_leave_open_is_before_nothing() {
        let (early, late) = (Window::around(1_000, 300), Window::around(1_500, 300));
        assert!(early.meets(late), "the two windows share 1,200 to 1,300");
        assert!(Window::around(1_000, 100).before(Window::around(1_500, 100)));
        let unanswered = Window::around(10, 0).open();
        assert!(!unanswered.before(Window::around(u64::MAX, 0)), "what nobody saw the end of may still come");
    }

    #[test]
    fn by_one_clock_the_order_is_certain_as_far_as_its_digits_go() {
        let clock = |number, grain| Clock { number: Some(number), error: 2_000_000, grain };
        let at = |clock, at| Window::by(clock, at, at);
        assert!(at(clock(1, 0), 5_000_000).before(at(clock(1, 0), 5_000_001)));
        assert!(at(clock(1, 0), 5_000_000).meets(at(clock(2, 0), 9_000_000)), "two clocks, two errors");
        assert!(at(clock(1, 0), 5_000_000).before(at(clock(2, 0), 9_000_001)));
        let second = clock(1, 1_000_000);
        assert!(at(second, 5_000_000).meets(at(second, 6_000_000)), "5.99 s cut off, and 5.51 s rounded");
        assert!(at(second, 5_000_000).before(at(second, 7_000_000)));
        let claim = Window::within(second, 5_000_000, 9_000_000);
        assert!(at(second, 5_000_000).until(at(second, 9_000_000)).is_within(Some(&vec![claim])));
        assert!(!at(clock(2, 0), 5_000_000).is_within(Some(&vec![claim])));
    }
}
