//! The messages in flight: a slab whose slots deliveries name.
//!
//! A delivery carries a slot and never a reference count. A slot is held until the time of its
//! message's last delivery has passed and is then used again, so the slab stays as large as the
//! number of messages in flight.

use super::MESSAGE_SLOTS_MAX;

/// Slots looked at for one to use again before the slab grows.
// Bounded, so that a message whose predecessors are all in flight does not search the slab. The slab grows by one in
// its place.
const STEPS_MAX: usize = 8;

/// Records of messages in flight, by message slot.
#[derive(Clone, Debug)]
pub struct MessageSlots<M> {
    records: Vec<M>,
    /// Per slot, the time of the last delivery of its message.
    held_until: Vec<u64>,
    /// The slot to try first.
    hand: usize,
}

impl<M> Default for MessageSlots<M> {
    fn default() -> Self {
        Self { records: Vec::new(), held_until: Vec::new(), hand: 0 }
    }
}

#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "slots are dense indices below 2^22")]
impl<M> MessageSlots<M> {
    /// Puts a message in a free slot and holds the slot until `now` has passed.
    ///
    /// Work: O(1); the slab grows when eight slots in a row are held.
    ///
    /// # Panics
    ///
    /// When [`MESSAGE_SLOTS_MAX`] messages are in flight.
    pub fn insert(&mut self, now: u64, record: M) -> u32 {
        for _ in 0..STEPS_MAX.min(self.records.len()) {
            let slot = self.hand;
            self.hand = if slot + 1 < self.records.len() { slot + 1 } else { 0 };
            // Not at an equal time: a delivery of this tick may still be pending, and would land as the new message.
            if self.held_until[slot] < now {
                self.held_until[slot] = now;
                self.records[slot] = record;
                return slot as u32;
            }
        }
        let slot = self.records.len();
        assert!(slot < MESSAGE_SLOTS_MAX as usize, "{slot} messages in flight, limit {MESSAGE_SLOTS_MAX}");
        self.records.push(record);
        self.held_until.push(now);
        slot as u32
    }

    /// Holds a slot until `at`, the time of a delivery of its message, has passed.
    pub fn hold_until(&mut self, slot: u32, at: u64) {
        let held = &mut self.held_until[slot as usize];
        *held = (*held).max(at);
    }

    /// The record in a slot.
    #[inline]
    #[must_use]
    pub fn record(&self, slot: u32) -> &M {
        &self.records[slot as usize]
    }

    /// The records by slot, for a loop over deliveries.
    #[inline]
    #[must_use]
    pub fn records(&self) -> &[M] {
        &self.records
    }

    /// The number of slots the slab has grown to.
    #[must_use]
    pub const fn slot_count(&self) -> usize {
        self.records.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_once_its_last_delivery_has_passed() {
        let mut slots = MessageSlots::default();
        let first = slots.insert(0, "first");
        slots.hold_until(first, 200);
        let second = slots.insert(10, "second");
        slots.hold_until(second, 90);
        assert_ne!(first, second);
        // At tick 90 a delivery of the second may still be pending.
        let third = slots.insert(90, "third");
        assert_eq!(slots.slot_count(), 3);
        slots.hold_until(third, 300);
        assert_eq!(slots.insert(91, "fourth"), second);
        assert_eq!(*slots.record(first), "first");
        assert_eq!(slots.records(), ["first", "fourth", "third"]);
    }
}
