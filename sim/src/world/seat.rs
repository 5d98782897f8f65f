//! Seats: what a client remembers of one membership, and the loop that lands deliveries on them.
//!
//! A seat is taken when the service shows a member in a group's audience, and given up when the member is gone. It is
//! used again only after everything that was on its way to it has landed, so a delivery that names a seat always means
//! the member that it was sent to.
//!
//! What a delivery touches is one record of 32 bytes. Each message of a group has a mark; whatever became of it is
//! added to one of two sums, so that at the end of a membership `arrived + lost` must equal the marks of all messages
//! that the group delivered meanwhile: each exactly once.

use std::collections::VecDeque;

use crate::engine::{Delivery, LatencyHistogram, TraceHash};
use crate::user::NONE;

/// Consecutive seats given to a group at a time.
const BLOCK: u32 = 64;
/// After this, nothing is accepted: the link is down, or the member is gone.
pub(crate) const NOTHING: u32 = u32::MAX;

/// What is on its way, by message slot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flight {
    /// When the service sent it.
    pub(crate) sent: u64,
    /// The message's place in the group, from 1; 0 for notices.
    pub(crate) place: u32,
    /// What it adds to a seat's sums.
    pub(crate) mark: u32,
    /// What it adds to the lost: the mark, or nothing for a second copy.
    pub(crate) lost_mark: u32,
    /// Index among the HIGH messages of the group, from 1; 0 for other levels.
    pub(crate) high: u32,
}

/// What a client remembers of one membership.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seat {
    /// Bit i: the message `newest - i` has arrived.
    window: u64,
    /// Messages up to this place are not for this client: sent before it joined, or while its link was down.
    pub(crate) after: u32,
    /// The newest message that arrived.
    newest: u32,
    /// Sum of the marks that arrived.
    arrived: u32,
    /// Sum of the marks that did not.
    pub(crate) lost: u32,
    /// Messages that arrived.
    count: u32,
}

impl Seat {
    /// A seat that accepts what comes after a place of its group.
    pub(crate) fn after(after: u32) -> Self {
        Self { after, ..Self::default() }
    }
}

/// Which HIGH messages arrived on a seat.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HighSeat {
    /// Bit i: index `done + 1 + i` has arrived.
    window: u64,
    /// All up to this index have arrived, or came before the membership.
    pub(crate) done: u32,
    /// The index when the membership began.
    pub(crate) began: u32,
}

impl HighSeat {
    /// Takes note of an index; whether it is new.
    pub(crate) fn take(&mut self, index: u32) -> bool {
        if index <= self.done {
            return false;
        }
        let ahead = index - self.done - 1;
        if ahead >= 64 {
            // Too far ahead to remember: the gap is pulled, and this with it, after the next reconnect.
            return true;
        }
        let bit = 1u64 << ahead;
        let new = self.window & bit == 0;
        self.window |= bit;
        let whole = self.window.trailing_ones();
        self.done += whole;
        self.window = self.window.checked_shr(whole).unwrap_or(0);
        new
    }
}

/// What only the rare events look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeatOwner {
    /// Whose seat it is, or was.
    pub(crate) user: u32,
    /// The next seat of the same user.
    pub(crate) next: u32,
    /// The group, by the service's number.
    pub(crate) group: u32,
    /// What the group's marks added up to when the membership began.
    pub(crate) marks: u32,
}

/// What landing deliveries counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Landed {
    /// Group messages that arrived, first copies.
    pub(crate) messages: u64,
    /// Notices that arrived.
    pub(crate) notices: u64,
    /// Copies that a client had already.
    pub(crate) duplicates: u64,
    /// Deliveries to a client whose link was down, or that had left.
    pub(crate) missed: u64,
    /// HIGH messages that arrived directly.
    pub(crate) high: u64,
}

/// All seats.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    pub(crate) hot: Vec<Seat>,
    pub(crate) high: Vec<HighSeat>,
    pub(crate) owner: Vec<SeatOwner>,
    pub(crate) landed: Landed,
    pub(crate) latencies: LatencyHistogram,
    /// Memberships that ended without everything arrived or known to be lost: user and group.
    pub(crate) unsettled: Vec<(u32, u32)>,
}

/// The free seats of a group.
#[derive(Debug, Default)]
pub(crate) struct FreeSeats {
    ready: Vec<u32>,
    /// Given up, with the time from which they may be used again and what must be settled by then.
    cooling: VecDeque<(u64, u32, u32)>,
}

#[expect(clippy::indexing_slicing, reason = "seats are dense and made here")]
#[expect(clippy::as_conversions, reason = "u32 fits usize")]
impl Seats {
    /// Takes a seat for a user in a group, from the group's free ones or a new block.
    pub(crate) fn take(
        &mut self,
        free: &mut FreeSeats,
        now: u64,
        owner: SeatOwner,
        seat: Seat,
        high: u32,
    ) -> u32 {
        self.settle(free, now);
        if free.ready.is_empty() {
            let first = u32::try_from(self.hot.len()).expect("fewer than 2^32 seats");
            let len = self.hot.len() + BLOCK as usize;
            self.hot.resize(len, Seat::after(NOTHING));
            self.high.resize(len, HighSeat::default());
            self.owner.resize(len, SeatOwner { user: NONE, ..owner });
            free.ready.extend((first..first + BLOCK).rev());
        }
        let place = free.ready.pop().expect("a block has just been added");
        self.hot[place as usize] = seat;
        self.high[place as usize] = HighSeat { window: 0, done: high, began: high };
        self.owner[place as usize] = owner;
        place
    }

    /// Gives a seat up: nothing is accepted any more, and it may be used again from a time on. `marks` is what the
    /// group's marks add up to.
    pub(crate) fn give_up(&mut self, free: &mut FreeSeats, seat: u32, from: u64, marks: u32) {
        self.hot[seat as usize].after = NOTHING;
        let owed = marks.wrapping_sub(self.owner[seat as usize].marks);
        free.cooling.push_back((from, seat, owed));
    }

    /// Checks the seats whose last delivery has landed before `now`, and frees them.
    pub(crate) fn settle(&mut self, free: &mut FreeSeats, now: u64) {
        while let Some((from, seat, owed)) = free.cooling.front().copied() {
            if from > now {
                break;
            }
            free.cooling.pop_front();
            free.ready.push(seat);
            self.check(seat, owed);
        }
    }

    /// Takes note when a membership is not settled. `owed` is what the marks of its messages add up to.
    pub(crate) fn check(&mut self, seat: u32, owed: u32) {
        if !self.is_settled(seat, owed) {
            let owner = self.owner[seat as usize];
            self.unsettled.push((owner.user, owner.group));
        }
    }

    /// Adds a seat to its user's list.
    pub(crate) fn link(&mut self, head: &mut u32, seat: u32) {
        self.owner[seat as usize].next = *head;
        *head = seat;
    }

    /// Takes a seat out of its user's list.
    pub(crate) fn unlink(&mut self, head: &mut u32, seat: u32) {
        let after = self.owner[seat as usize].next;
        if *head == seat {
            *head = after;
            return;
        }
        let mut at = *head;
        while at != NONE {
            let next = self.owner[at as usize].next;
            if next == seat {
                self.owner[at as usize].next = after;
                return;
            }
            at = next;
        }
    }

    /// The seats in a user's list.
    pub(crate) fn of(&self, head: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = head;
        std::iter::from_fn(move || {
            let seat = at;
            (seat != NONE).then(|| {
                at = self.owner[seat as usize].next;
                seat
            })
        })
    }

    /// Lands a run of deliveries.
    pub(crate) fn land(&mut self, start: u64, events: &[Delivery], flights: &[Flight], hash: &mut TraceHash) {
        let mut landed = Landed::default();
        let mut rolling = *hash;
        for event in events {
            let at = event.at(start);
            let flight = flights[event.message() as usize];
            rolling.delivery(at, *event);
            let seat = &mut self.hot[event.member() as usize];
            if flight.place == 0 {
                let up = u64::from(seat.after != NOTHING);
                landed.notices += up;
                landed.missed += 1 - up;
                continue;
            }
            let fresh = flight.place > seat.after;
            let ahead = flight.place.wrapping_sub(seat.newest) as i32;
            let behind = ahead.unsigned_abs();
            let bit = if ahead <= 0 && behind < 64 { 1u64 << behind } else { 0 };
            let known = seat.window & bit != 0;
            if known {
                landed.duplicates += 1;
                continue;
            }
            if !fresh {
                seat.lost = seat.lost.wrapping_add(flight.lost_mark);
                landed.missed += 1;
                continue;
            }
            if ahead > 0 {
                seat.window = seat.window.checked_shl(behind).unwrap_or(0) | 1;
                seat.newest = flight.place;
            } else {
                seat.window |= bit;
            }
            seat.arrived = seat.arrived.wrapping_add(flight.mark);
            seat.count += 1;
            landed.messages += 1;
            self.latencies.record((at - flight.sent) as u32);
            if flight.high != 0 && self.high[event.member() as usize].take(flight.high) {
                landed.high += 1;
            }
        }
        *hash = rolling;
        self.landed.messages += landed.messages;
        self.landed.notices += landed.notices;
        self.landed.duplicates += landed.duplicates;
        self.landed.missed += landed.missed;
        self.landed.high += landed.high;
    }

    /// Whether everything that a group delivered during a membership arrived or is known to be lost, each once.
    /// `marks` is what the group's marks added up to meanwhile.
    fn is_settled(&self, seat: u32, marks: u32) -> bool {
        let seat = &self.hot[seat as usize];
        seat.arrived.wrapping_add(seat.lost) == marks
    }

    /// Bytes that a seat takes.
    pub(crate) const fn bytes_per_seat() -> usize {
        size_of::<Seat>() + size_of::<HighSeat>() + size_of::<SeatOwner>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Batch, Queue, Wheel};

    fn land(places: &[u32], after: u32) -> (Seats, u32) {
        let mut seats = Seats::default();
        let mut free = FreeSeats::default();
        let owner = SeatOwner { user: 3, next: NONE, group: 1, marks: 0 };
        let seat = seats.take(&mut free, 0, owner, Seat::after(after), 0);
        let mut queue: Wheel<()> = Wheel::new(0);
        let mut flights = Vec::new();
        for (slot, &place) in (0u32..).zip(places) {
            let mark = place * 1_001;
            flights.push(Flight { sent: 0, place, mark, lost_mark: mark, high: 0 });
            queue.append_fanout(slot, 0, &[seat], &[10 + slot]);
        }
        let mut hash = TraceHash::default();
        while let Some(Batch::Deliveries { start, events }) = queue.next_batch() {
            seats.land(start, events, &flights, &mut hash);
        }
        (seats, seat)
    }

    #[test]
    fn each_message_counts_once_in_whatever_order() {
        let (seats, seat) = land(&[3, 1, 2, 2, 5, 4, 3], 0);
        assert_eq!((seats.landed.messages, seats.landed.duplicates), (5, 2));
        assert!(seats.is_settled(seat, 15 * 1_001));
        assert!(!seats.is_settled(seat, 15 * 1_001 + 1));
    }

    #[test]
    fn what_was_sent_before_the_link_was_up_is_lost() {
        let (seats, seat) = land(&[8, 9, 10], 9);
        assert_eq!((seats.landed.messages, seats.landed.missed), (1, 2));
        assert!(seats.is_settled(seat, 27 * 1_001));
    }

    #[test]
    fn a_gap_among_high_messages_is_remembered_until_it_is_filled() {
        let mut high = HighSeat::default();
        assert!(high.take(1) && high.take(3) && high.take(4));
        assert!(!high.take(3));
        assert_eq!(high.done, 1);
        assert!(high.take(2));
        assert_eq!(high.done, 4);
        assert!(!high.take(4));
        for index in 5..=68 {
            assert!(high.take(index));
        }
        assert_eq!(high.done, 68);
    }

    #[test]
    fn a_seat_rests_before_it_is_taken_again() {
        let mut seats = Seats::default();
        let mut free = FreeSeats::default();
        let owner = SeatOwner { user: 3, next: NONE, group: 1, marks: 70 };
        let first = seats.take(&mut free, 0, owner, Seat::default(), 0);
        seats.give_up(&mut free, first, 500, 77);
        let second = seats.take(&mut free, 499, owner, Seat::default(), 0);
        assert_ne!(first, second);
        assert_eq!(seats.unsettled, []);
        assert_eq!(seats.take(&mut free, 500, owner, Seat::default(), 0), first);
        assert_eq!(seats.unsettled, [(3, 1)], "seven were owed and none arrived");
        assert_eq!(size_of::<Seat>(), 32);
    }
}
