//! The rolling trace hash: two runs are the same run when it is equal.
//!
//! It depends on every delivery and every control event and on their order, and on nothing else:
//! not on how deliveries were cut into runs, and not on the queue that ordered them.
//!
//! A delivery costs about a nanosecond. A hash whose next state is a multiplication of the last
//! would wait five cycles for each delivery; here each delivery is mixed on its own (those
//! multiplications overlap), and order enters through a sum of sums, as in Fletcher's checksum:
//! the first of n deliveries counts n times, the second n - 1 times, and so on. Two additions are
//! all that one delivery waits for from the one before it.

use super::{Delivery, mix};

const IDENTITY_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
const TIME_FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// A 64-bit hash over everything that happened, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceHash {
    /// Sum of the mixed deliveries.
    sum: u64,
    /// Sum of the sums: where order enters.
    order: u64,
    /// Chain over control events, each folded with the two sums at its time.
    chain: u64,
}

impl TraceHash {
    /// Adds one delivery that arrived at `at`, in microseconds.
    #[inline]
    pub const fn delivery(&mut self, at: u64, delivery: Delivery) {
        let word = delivery.identity().wrapping_mul(IDENTITY_FACTOR) ^ at.wrapping_mul(TIME_FACTOR);
        // The sums are meant to wrap: they are hashes, and would exceed 64 bits after a few deliveries.
        self.sum = self.sum.wrapping_add(word ^ (word >> 32));
        self.order = self.order.wrapping_add(self.sum);
    }

    /// Adds one control event at `at`, in microseconds: its kind and what it was about.
    #[inline]
    pub const fn control(&mut self, at: u64, kind: u32, subject: u64) {
        let event = mix(at ^ mix(subject ^ mix(kind as u64)));
        // Rotated, here and in `value`: after a single delivery both sums are equal and would cancel each other,
        // whichever delivery it was.
        let place = self.sum.rotate_left(17) ^ self.order;
        self.chain = mix(self.chain.rotate_left(23) ^ event ^ mix(place));
    }

    /// The hash of everything added so far.
    #[must_use]
    #[inline]
    pub const fn value(&self) -> u64 {
        mix(self.chain ^ mix(self.order ^ self.sum.rotate_left(32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(message: u64, member: u64) -> Delivery {
        Delivery::from_parts(0, message << super::super::MEMBER_BITS | member)
    }

    #[test]
    fn swapping_two_deliveries_changes_the_hash() {
        let (mut straight, mut swapped) = (TraceHash::default(), TraceHash::default());
        straight.delivery(5, delivery(1, 2));
        straight.delivery(5, delivery(1, 3));
        swapped.delivery(5, delivery(1, 3));
        swapped.delivery(5, delivery(1, 2));
        assert_ne!(straight.value(), swapped.value());
    }

    #[test]
    fn the_place_of_a_control_event_among_deliveries_changes_the_hash() {
        let mut hashes = Vec::new();
        for place in 0..3 {
            let mut hash = TraceHash::default();
            for number in 0..3 {
                if number == place {
                    hash.control(7, 1, 1);
                }
                hash.delivery(7, delivery(number, 9));
            }
            hashes.push(hash.value());
        }
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 3);
    }

    #[test]
    fn every_field_of_an_event_changes_the_hash() {
        let of_delivery = |at, message, member| {
            let mut hash = TraceHash::default();
            hash.delivery(at, delivery(message, member));
            hash.value()
        };
        let of_control = |at, kind, subject| {
            let mut hash = TraceHash::default();
            hash.control(at, kind, subject);
            hash.value()
        };
        let hashes = [
            of_delivery(1, 1, 1),
            of_delivery(2, 1, 1),
            of_delivery(1, 2, 1),
            of_delivery(1, 1, 2),
            of_control(1, 1, 1),
            of_control(2, 1, 1),
            of_control(1, 2, 1),
            of_control(1, 1, 2),
        ];
        for (index, hash) in hashes.iter().enumerate() {
            assert!(!hashes[index + 1..].contains(hash), "hash {index} occurs twice");
        }
    }

    #[test]
    // Every stored hash of a run depends on this one: those of fixtures/golden.toml as well as those that users have
    // written down.
    fn the_hash_of_a_known_trace_never_changes() {
        let mut hash = TraceHash::default();
        for number in 0..1_000 {
            hash.delivery(20_000 + number / 3, delivery(number % 7, number));
            if number % 100 == 0 {
                hash.control(20_000 + number / 3, 3, number);
            }
        }
        assert_eq!(format!("{:016x}", hash.value()), "33f53115b5baee14");
    }
}
