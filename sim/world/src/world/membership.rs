//! Memberships: what a client remembers of one membership, and the loop that lands deliveries on them.
//!
//! A membership is taken when the service shows a member in a group's audience, and given up when the member is gone.
//! It is used again only after everything that was on its way to it has landed, so a delivery that names a membership
//! always means the member that it was sent to.
//!
//! What a delivery touches is one window of sixteen bytes. The messages of a group are numbered, and whatever became of
//! one is settled in the window: it arrived, or it is known to be lost. A number that leaves the window unsettled is a
//! hole and is kept aside until it is settled. So at the end of a membership it is known exactly which messages of the
//! group were not accounted for, and none was counted twice.

use std::collections::{BTreeMap, VecDeque};

use claque_core::GroupIx;
use claque_engine::{Arrival, ArrivalWindow, Delivery, LatencyHistogram, Rare, TraceHash};

use crate::observer::{Landing, Observer};
use crate::user::NONE;

/// Consecutive memberships given to a group at a time.
const BLOCK: u32 = 64;
/// Deliveries whose windows are asked for together: independent loads overlap, one after the other they do not.
const AHEAD: usize = 64;

/// A message or notice in flight, by message slot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flight {
    /// When the service sent it.
    pub(crate) sent: u64,
    /// Which message of the group it is, from 1; 0 for notices.
    pub(crate) number: u32,
    /// Index among the HIGH messages of the group, from 1; 0 for other levels.
    pub(crate) high: u32,
}

/// Which HIGH messages arrived on a membership.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MembershipHigh {
    /// Bit i: index `done + 1 + i` has arrived.
    window: u64,
    /// All up to this index have arrived, or came before the membership.
    pub(crate) done: u32,
}

impl MembershipHigh {
    /// Everything up to this index came before the client knew that it is a member.
    pub(crate) fn begin_after(&mut self, index: u32) {
        if self.done < index {
            *self = Self { window: 0, done: index };
        }
    }

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
        // All 64 may fill up at once, and a shift by 64 is an overflow.
        self.window = self.window.checked_shr(whole).unwrap_or(0);
        new
    }
}

/// The part of a membership that only the rare events look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MembershipOwner {
    /// Whose membership it is, or was.
    pub(crate) user: u32,
    /// The next membership of the same user.
    pub(crate) next: u32,
    /// The group, by the service's number.
    pub(crate) group: u32,
}

/// Counts of deliveries that landed.
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

/// All memberships.
#[derive(Debug, Default)]
pub(crate) struct MembershipTable {
    hot: Vec<ArrivalWindow>,
    pub(crate) high: Vec<MembershipHigh>,
    pub(crate) owner: Vec<MembershipOwner>,
    /// By membership, the messages that left its window unsettled.
    holes: Holes,
    pub(crate) landed: Landed,
    pub(crate) latencies: LatencyHistogram,
    /// Memberships that ended without everything arrived or known to be lost: user and group.
    pub(crate) unsettled: Vec<(u32, u32)>,
}

/// The free memberships of a group.
#[derive(Debug, Default)]
pub(crate) struct FreeMemberships {
    ready: Vec<u32>,
    /// Given up, with the time from which they may be used again and the group's last message, settled by then.
    cooling: VecDeque<(u64, u32, u32)>,
}

#[expect(clippy::indexing_slicing, reason = "memberships are dense and made here")]
#[expect(clippy::as_conversions, reason = "u32 fits usize")]
impl MembershipTable {
    /// Takes a membership for a user in a group, from the group's free ones or a new block.
    pub(crate) fn take(
        &mut self,
        free: &mut FreeMemberships,
        now: u64,
        owner: MembershipOwner,
        window: ArrivalWindow,
        high: u32,
    ) -> u32 {
        // First, so that a group whose members come and go takes its old memberships again and does not grow.
        self.settle(free, now);
        if free.ready.is_empty() {
            let first = u32::try_from(self.hot.len()).expect("fewer than 2^32 memberships");
            let len = self.hot.len() + BLOCK as usize;
            self.hot.resize(len, ArrivalWindow::default());
            self.high.resize(len, MembershipHigh::default());
            self.owner.resize(len, MembershipOwner { user: NONE, ..owner });
            // From the back, where `pop` takes them: users who join one after the other lie side by side.
            free.ready.extend((first..first + BLOCK).rev());
        }
        let membership = free.ready.pop().expect("a block has just been added");
        self.hot[membership as usize] = window;
        self.high[membership as usize] = MembershipHigh { window: 0, done: high };
        self.owner[membership as usize] = owner;
        membership
    }

    /// Retires a membership: nothing is accepted any more, and it may be used again from a time on. `number` is the
    /// group's newest message.
    pub(crate) fn give_up(&mut self, free: &mut FreeMemberships, membership: u32, from: u64, number: u32) {
        self.close(membership);
        free.cooling.push_back((from, membership, number));
    }

    /// The link behind a membership is down: nothing is accepted.
    pub(crate) fn close(&mut self, membership: u32) {
        self.hot[membership as usize].close();
    }

    /// The link behind a membership is up: messages after a number are accepted, those before went down with the old
    /// link.
    pub(crate) fn listen_after(&mut self, membership: u32, number: u32) {
        self.hot[membership as usize].listen_after(number);
    }

    /// Whether anything is accepted.
    pub(crate) fn is_open(&self, membership: u32) -> bool {
        self.hot[membership as usize].is_open()
    }

    /// The network lost a message on its way to a membership.
    pub(crate) fn lose(&mut self, membership: u32, number: u32) {
        let window = &mut self.hot[membership as usize];
        let settled = window.settle_rare(number, |hole| self.holes.add(membership, hole));
        debug_assert_eq!(settled, Rare::Settled, "a message is lost when it is sent, as its group's newest");
    }

    /// Checks the memberships whose last delivery has landed before `now`, and frees them.
    pub(crate) fn settle(&mut self, free: &mut FreeMemberships, now: u64) {
        while let Some((from, membership, number)) = free.cooling.front().copied() {
            // The line is in order of time, as a group's last landing never moves back.
            if from > now {
                break;
            }
            free.cooling.pop_front();
            free.ready.push(membership);
            self.check(membership, number);
            self.holes.forget(membership);
        }
    }

    /// Takes note when a membership is not settled up to the group's message `number`.
    pub(crate) fn check(&mut self, membership: u32, number: u32) {
        if !self.hot[membership as usize].is_complete(number) || self.holes.has(membership) {
            let owner = self.owner[membership as usize];
            self.unsettled.push((owner.user, owner.group));
        }
    }

    /// Adds a membership to its user's list.
    pub(crate) fn link(&mut self, head: &mut u32, membership: u32) {
        self.owner[membership as usize].next = *head;
        *head = membership;
    }

    /// Takes a membership out of its user's list.
    pub(crate) fn unlink(&mut self, head: &mut u32, membership: u32) {
        let after = self.owner[membership as usize].next;
        if *head == membership {
            *head = after;
            return;
        }
        let mut at = *head;
        while at != NONE {
            let next = self.owner[at as usize].next;
            if next == membership {
                self.owner[at as usize].next = after;
                return;
            }
            at = next;
        }
    }

    /// The memberships in a user's list.
    pub(crate) fn of(&self, head: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = head;
        std::iter::from_fn(move || {
            let membership = at;
            (membership != NONE).then(|| {
                at = self.owner[membership as usize].next;
                membership
            })
        })
    }

    /// Lands a run of deliveries.
    ///
    /// One comparison tells whether anything about a delivery is rare: a notice, a repetition, a closed membership, a
    /// hole.
    pub(crate) fn land(&mut self, start: u64, events: &[Delivery], flights: &[Flight], hash: &mut TraceHash) {
        let Self { hot, high, holes, landed, latencies, .. } = self;
        let (hot, high) = (hot.as_mut_slice(), high.as_mut_slice());
        // Copies for the time of the loop: behind references each delivery would store what the next one loads.
        let mut rolling = *hash;
        let (mut messages, mut high_messages) = (0, 0);
        for block in events.chunks(AHEAD) {
            // Loads only. The windows of a block are asked for before the first is used, so that the waits for memory
            // overlap: this took 50 messages a second to 100,000 members from 46 to 15 ns a delivery, without a
            // prefetch instruction and so without `unsafe`. The black box keeps a sum that nobody reads from being
            // dropped.
            std::hint::black_box(
                block.iter().fold(0, |sum, event| sum ^ hot[event.member() as usize].newest()),
            );
            for event in block {
                let at = event.at(start);
                // Before anything is known of it: a delivery that finds no open link counts too, or two runs could
                // differ unnoticed.
                rolling.delivery(at, *event);
                let flight = &flights[event.message() as usize];
                let membership = event.member();
                match hot[membership as usize].take(flight.number) {
                    Arrival::Settled => {
                        messages += 1;
                        latencies.record(at.wrapping_sub(flight.sent) as u32);
                        if flight.high != 0 {
                            high_messages += u64::from(high[membership as usize].take(flight.high));
                        }
                    }
                    Arrival::Rare => {
                        let latency = at.wrapping_sub(flight.sent) as u32;
                        let high = &mut high[membership as usize];
                        RareLanding { high, holes, landed, latencies }.land(
                            membership,
                            &mut hot[membership as usize],
                            flight,
                            latency,
                        );
                    }
                }
            }
        }
        *hash = rolling;
        landed.messages += messages;
        landed.high += high_messages;
    }

    /// Shows a run of deliveries that is about to land.
    #[cold]
    pub(crate) fn show(
        &self,
        start: u64,
        events: &[Delivery],
        flights: &[Flight],
        observer: &mut dyn Observer,
    ) {
        for event in events {
            let flight = &flights[event.message() as usize];
            let membership = event.member() as usize;
            let (owner, window) = (&self.owner[membership], &self.hot[membership]);
            observer.on_landing(&Landing {
                at: event.at(start),
                sent: flight.sent,
                user: (owner.user != NONE).then_some(owner.user),
                group: GroupIx(owner.group),
                number: flight.number,
                high: flight.high,
                heard: window.is_open() && (flight.number == 0 || flight.number > window.after()),
            });
        }
    }

    /// Bytes that a membership takes.
    pub(crate) const fn bytes_per_membership() -> usize {
        size_of::<ArrivalWindow>() + size_of::<MembershipHigh>() + size_of::<MembershipOwner>()
    }
}

/// A delivery about which something is rare, with all that it touches.
struct RareLanding<'s> {
    high: &'s mut MembershipHigh,
    holes: &'s mut Holes,
    landed: &'s mut Landed,
    latencies: &'s mut LatencyHistogram,
}

impl RareLanding<'_> {
    #[cold]
    // Out of the loop, whose registers it would take from the common case.
    #[inline(never)]
    fn land(self, membership: u32, window: &mut ArrivalWindow, flight: &Flight, latency: u32) {
        let Self { high, holes, landed, latencies } = self;
        // A notice has no number: nobody pulls one that was lost, and none is owed.
        if flight.number == 0 {
            let open = u64::from(window.is_open());
            landed.notices += open;
            landed.missed += 1 - open;
            return;
        }
        // Settled whether or not it is accepted: a message that went down with a link is accounted for as well.
        let accepted = flight.number > window.after();
        let new = match window.settle_rare(flight.number, |hole| holes.add(membership, hole)) {
            Rare::Settled => true,
            Rare::Repeated => false,
            Rare::Old => holes.fill(membership, flight.number),
        };
        match (accepted, new) {
            (true, true) => {
                landed.messages += 1;
                latencies.record(latency);
                landed.high += u64::from(flight.high != 0 && high.take(flight.high));
            }
            (true, false) => landed.duplicates += 1,
            // It went down with the link, and is settled as lost.
            (false, _) => landed.missed += 1,
        }
    }
}

/// Messages that left a membership's window unsettled, by membership and number. Few, and most of them for a moment
/// only.
#[derive(Debug, Default)]
struct Holes(BTreeMap<u32, Vec<u32>>);

impl Holes {
    fn add(&mut self, membership: u32, number: u32) {
        self.0.entry(membership).or_default().push(number);
    }

    /// Settles a hole; whether it was there.
    fn fill(&mut self, membership: u32, number: u32) -> bool {
        let Some(numbers) = self.0.get_mut(&membership) else { return false };
        let Some(at) = numbers.iter().position(|hole| *hole == number) else { return false };
        numbers.swap_remove(at);
        if numbers.is_empty() {
            self.0.remove(&membership);
        }
        true
    }

    fn has(&self, membership: u32) -> bool {
        self.0.contains_key(&membership)
    }

    fn forget(&mut self, membership: u32) {
        self.0.remove(&membership);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claque_engine::{Batch, Queue, Wheel};

    const OWNER: MembershipOwner = MembershipOwner { user: 3, next: NONE, group: 1 };

    /// Sends messages, each to arrive 10 ticks and its position later, to one membership that listens after `after`.
    fn land(numbers: &[u32], after: u32) -> (MembershipTable, u32) {
        let mut memberships = MembershipTable::default();
        let mut free = FreeMemberships::default();
        let mut window = ArrivalWindow::open(0);
        window.listen_after(after);
        let membership = memberships.take(&mut free, 0, OWNER, window, 0);
        let mut queue: Wheel<()> = Wheel::new(0);
        let mut flights = Vec::new();
        for (slot, &number) in (0u32..).zip(numbers) {
            flights.push(Flight { sent: 0, number, high: 0 });
            queue.append_fanout(slot, 0, &[membership], &[10 + slot]);
        }
        let mut hash = TraceHash::default();
        while let Some(Batch::Deliveries { start, events }) = queue.next_batch() {
            memberships.land(start, events, &flights, &mut hash);
        }
        (memberships, membership)
    }

    fn is_settled(memberships: &mut MembershipTable, membership: u32, number: u32) -> bool {
        memberships.unsettled.clear();
        memberships.check(membership, number);
        memberships.unsettled.is_empty()
    }

    #[test]
    fn each_message_counts_once_in_whatever_order() {
        let (mut memberships, membership) = land(&[3, 1, 2, 2, 5, 4, 3], 0);
        assert_eq!((memberships.landed.messages, memberships.landed.duplicates), (5, 2));
        assert!(is_settled(&mut memberships, membership, 5));
        assert!(!is_settled(&mut memberships, membership, 6));
    }

    #[test]
    fn what_was_sent_before_the_link_was_up_is_lost() {
        let numbers: Vec<u32> = (1..=10).collect();
        let (mut memberships, membership) = land(&numbers, 8);
        assert_eq!((memberships.landed.messages, memberships.landed.missed), (2, 8));
        assert!(is_settled(&mut memberships, membership, 10));
    }

    #[test]
    fn a_message_later_than_the_window_fills_its_hole_once() {
        let mut numbers: Vec<u32> = (2..=200).collect();
        numbers.extend([1, 1, 100]);
        let (mut memberships, membership) = land(&numbers, 0);
        assert_eq!((memberships.landed.messages, memberships.landed.duplicates), (200, 2));
        assert!(is_settled(&mut memberships, membership, 200));
        let (mut memberships, membership) = land(&numbers[..199], 0);
        assert!(!is_settled(&mut memberships, membership, 200), "the first never came");
    }

    #[test]
    fn what_the_network_lost_is_settled() {
        let (mut memberships, membership) = land(&[1, 2], 0);
        memberships.lose(membership, 3);
        assert!(is_settled(&mut memberships, membership, 3));
    }

    #[test]
    fn notices_reach_open_memberships_only() {
        assert_eq!(land(&[0, 1, 0], 0).0.landed.notices, 2);
        assert_eq!(land(&[0, 1, 0], u32::MAX).0.landed.missed, 3);
    }

    #[test]
    fn a_gap_among_high_messages_is_remembered_until_it_is_filled() {
        let mut high = MembershipHigh::default();
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
    fn a_membership_rests_before_it_is_taken_again() {
        let mut memberships = MembershipTable::default();
        let mut free = FreeMemberships::default();
        let first = memberships.take(&mut free, 0, OWNER, ArrivalWindow::open(70), 0);
        memberships.give_up(&mut free, first, 500, 77);
        let second = memberships.take(&mut free, 499, OWNER, ArrivalWindow::open(77), 0);
        assert_ne!(first, second);
        assert_eq!(memberships.unsettled, []);
        assert_eq!(memberships.take(&mut free, 500, OWNER, ArrivalWindow::open(77), 0), first);
        assert_eq!(memberships.unsettled, [(3, 1)], "seven were owed and none arrived");
    }
}
