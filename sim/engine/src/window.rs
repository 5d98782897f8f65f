//! The messages that reached a membership: sixteen bytes, exact.
//!
//! Messages of a group are numbered from 1 without gaps. A window remembers the newest number that
//! was settled and, for the 64 numbers up to it, which were settled: arrived, or known to be lost. A
//! number that leaves the window unsettled is a hole and is reported, so nothing needs to be summed
//! up: when no hole was reported and the window is full, every number was settled exactly once.
//!
//! With latencies of 20 to 200 ms it is a coin toss whether a message is newer than the one before,
//! so the common case has no branch: one comparison decides whether anything is rare.

/// The outcome of offering a number to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It was new and is settled; nothing else happened.
    Settled,
    /// Something rare is the case: nothing was changed, ask [`ArrivalWindow::settle_rare`].
    Rare,
}

/// The meaning of a rare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rare {
    /// It is settled; the numbers before it that left the window unsettled were reported.
    Settled,
    /// It was settled before.
    Repeated,
    /// It lies before the window: whether it was settled, only the holes reported can tell.
    Old,
}

/// The settled message numbers of one membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrivalWindow {
    /// Bit i: the number `newest - i` is settled.
    settled: u64,
    newest: u32,
    /// Only numbers above this are taken: none while the link is down or the membership is vacant.
    // A closed window is one that listens after the largest number: one comparison covers links that are down as
    // well.
    after: u32,
}

impl Default for ArrivalWindow {
    fn default() -> Self {
        Self::closed(0)
    }
}

impl ArrivalWindow {
    /// A window for a member who joins after `number` and listens at once.
    #[must_use]
    #[inline]
    pub const fn open(number: u32) -> Self {
        // Everything before the membership counts as settled: nothing of it is owed to the member.
        Self { settled: u64::MAX, newest: number, after: number }
    }

    /// A window for a member who joins after `number` and cannot be reached yet.
    #[must_use]
    #[inline]
    pub const fn closed(number: u32) -> Self {
        Self { settled: u64::MAX, newest: number, after: u32::MAX }
    }

    /// Takes numbers above `number` from now on: the link is up since then.
    #[inline]
    pub const fn listen_after(&mut self, number: u32) {
        self.after = number;
    }

    /// Takes no number from now on: the link is down.
    #[inline]
    pub const fn close(&mut self) {
        self.after = u32::MAX;
    }

    /// Numbers up to this are not taken; `u32::MAX`: none is.
    #[must_use]
    #[inline]
    pub const fn after(&self) -> u32 {
        self.after
    }

    /// Whether the window takes numbers at all.
    #[must_use]
    #[inline]
    pub const fn is_open(&self) -> bool {
        self.after != u32::MAX
    }

    /// Whether every number up to this one is settled, and it is the newest; numbers reported as holes aside.
    #[must_use]
    #[inline]
    pub const fn is_complete(&self, number: u32) -> bool {
        self.newest == number && self.settled == u64::MAX
    }

    /// The newest settled number.
    #[must_use]
    #[inline]
    pub const fn newest(&self) -> u32 {
        self.newest
    }

    /// Settles a number that arrives, unless anything about it is rare.
    ///
    /// Rare are a number that is not taken (see [`ArrivalWindow::listen_after`]), a repeated one, one
    /// that is 64 or more from the newest, and one that pushes an unsettled number out.
    #[inline]
    #[must_use]
    #[expect(clippy::as_conversions, reason = "differences of numbers below 2^31")]
    pub const fn take(&mut self, number: u32) -> Arrival {
        let difference = number.wrapping_sub(self.newest) as i32;
        // Both distances are computed, and one of them is 0: which one it is, is a coin toss, and a wrong prediction
        // costs more than the arithmetic.
        let ahead = if difference > 0 { difference as u32 } else { 0 };
        let behind = if difference < 0 { difference.unsigned_abs() } else { 0 };
        // A distance of 64 or more shifts by its remainder, to a bit that is wrong. It makes the number rare below,
        // and nothing is changed.
        let bit = 1u64 << (behind & 63);
        let shifted = self.settled << (ahead & 63);
        let dropped = !self.settled & !(u64::MAX >> (ahead & 63));
        // One word with any bit set, so that repeated, dropped, distant and not taken cost one branch together.
        let rare = (shifted & bit) | dropped | ((ahead | behind) >> 6) as u64 | (number <= self.after) as u64;
        if rare != 0 {
            return Arrival::Rare;
        }
        self.settled = shifted | bit;
        self.newest = self.newest.wrapping_add(ahead);
        Arrival::Settled
    }

    /// Settles a number whether or not it is taken, and reports each number that leaves the window
    /// unsettled.
    ///
    /// Work: O(the distance to the newest number).
    #[expect(clippy::as_conversions, reason = "differences of numbers below 2^31")]
    pub fn settle_rare(&mut self, number: u32, mut hole: impl FnMut(u32)) -> Rare {
        let difference = number.wrapping_sub(self.newest) as i32;
        if difference <= -64 {
            return Rare::Old;
        }
        if difference <= 0 {
            let bit = 1u64 << difference.unsigned_abs();
            if self.settled & bit != 0 {
                return Rare::Repeated;
            }
            self.settled |= bit;
            return Rare::Settled;
        }
        // Every number up to `number - 64` leaves the window.
        for distance in 0..difference.unsigned_abs() {
            let leaving = self.newest.wrapping_sub(63).wrapping_add(distance);
            if !self.is_settled(leaving) {
                hole(leaving);
            }
        }
        // A jump of 64 or more leaves nothing of the window; as a plain shift it would panic.
        self.settled = self.settled.checked_shl(difference.unsigned_abs()).unwrap_or(0) | 1;
        self.newest = number;
        Rare::Settled
    }

    /// Whether a number is settled, as far as the window knows: older ones are taken to be.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "differences of numbers below 2^31")]
    #[inline]
    pub const fn is_settled(&self, number: u32) -> bool {
        let behind = self.newest.wrapping_sub(number) as i32;
        behind >= 64 || (behind >= 0 && self.settled >> behind & 1 == 1)
    }

    /// The numbers up to `number` that are in the window or newer, and not settled.
    pub fn unsettled(&self, number: u32) -> impl Iterator<Item = u32> {
        let window = *self;
        // The first numbers of a group have no 63 before them.
        (window.newest.saturating_sub(63)..=number).filter(move |&number| !window.is_settled(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Offers numbers to a window and to a plain list of what was settled.
    fn check(after: u32, numbers: &[u32]) {
        let mut window = ArrivalWindow::open(after);
        let mut settled = std::collections::BTreeSet::new();
        let mut holes = std::collections::BTreeSet::new();
        for &number in numbers {
            let new = number > after && !settled.contains(&number);
            match window.take(number) {
                Arrival::Settled => assert!(new, "{number} was taken though it was not new"),
                Arrival::Rare if number <= after => continue,
                Arrival::Rare => match window.settle_rare(number, |hole| assert!(holes.insert(hole))) {
                    Rare::Settled => assert!(new),
                    Rare::Repeated => assert!(!new),
                    Rare::Old => assert_eq!(holes.remove(&number), new, "{number} lies before the window"),
                },
            }
            settled.insert(number);
        }
        let newest = settled.last().copied().unwrap_or(after);
        let missing: Vec<u32> = (after + 1..=newest).filter(|number| !settled.contains(number)).collect();
        let found: Vec<u32> = holes.into_iter().chain(window.unsettled(newest)).collect();
        assert_eq!(found, missing);
    }

    proptest! {
        #[test]
        fn nothing_is_settled_twice_or_forgotten(
            after in 0u32..200,
            steps in prop::collection::vec((0u32..300, 0usize..90), 0..200),
        ) {
            // Numbers in order, each moved some places back: jitter; some twice, some left out.
            let mut numbers: Vec<u32> = Vec::new();
            for (number, (skip, back)) in (after..).zip(steps) {
                if skip < 10 {
                    continue;
                }
                let place = numbers.len().saturating_sub(if skip < 40 { back } else { back % 5 });
                numbers.insert(place, number);
                if skip > 290 {
                    numbers.push(number);
                }
            }
            check(after, &numbers);
        }

        #[test]
        fn far_jumps_are_reported_number_by_number(jumps in prop::collection::vec(1u32..200, 1..10)) {
            let numbers: Vec<u32> = jumps.iter().scan(7, |sum, jump| { *sum += jump; Some(*sum) }).collect();
            check(7, &numbers);
        }
    }

    #[test]
    fn a_closed_window_takes_nothing() {
        let mut window = ArrivalWindow::closed(10);
        assert_eq!(window.take(11), Arrival::Rare);
        window.listen_after(11);
        assert_eq!(window.take(11), Arrival::Rare);
        assert_eq!(window.take(12), Arrival::Settled);
        assert_eq!(window.unsettled(12).collect::<Vec<_>>(), [11]);
        window.close();
        assert_eq!((window.take(13), window.newest()), (Arrival::Rare, 12));
        assert_eq!(window.after(), u32::MAX);
        assert_eq!(size_of::<ArrivalWindow>(), 16);
    }
}
