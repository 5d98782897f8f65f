//! The reference workload on the engine alone: groups whose messages reach every member, each delivery with its own
//! latency of 20 to 200 ms.
//!
//! Three cells are in use: A = 1 group × 2,000 members × 50 messages/s × 60 s, B = 100 × 200 × 20/s × 20 s,
//! C = 1 × 100,000 × 50/s × 2 s.

use claque_engine::{
    Actor, Arrival, ArrivalWindow, Batch, Delivery, DrawPurpose, HeapQueue, LatencyHistogram, MessageSlots,
    Queue, Randomness, TraceHash, Wheel,
};

const LATENCY_FLOOR: u32 = 20_000;
const LATENCY_SPAN: u32 = 180_000;
/// Deliveries scheduled together, so that their latencies stay in the first cache.
const PART: usize = 1_024;
/// Deliveries whose records are asked for together.
const AHEAD: usize = 64;

/// One cell of the workload.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Groups.
    pub groups: u32,
    /// Members of each group.
    pub members: u32,
    /// Messages of each group per second.
    pub rate: u32,
    /// Duration in seconds.
    pub seconds: u32,
    /// The seed.
    pub seed: u64,
}

impl Cell {
    /// One group of 2,000 for a minute.
    pub const A: Self = Self { groups: 1, members: 2_000, rate: 50, seconds: 60, seed: 42 };
    /// A hundred groups of 200 for 20 seconds.
    pub const B: Self = Self { groups: 100, members: 200, rate: 20, seconds: 20, seed: 42 };
    /// One group of 100,000 for two seconds.
    pub const C: Self = Self { groups: 1, members: 100_000, rate: 50, seconds: 2, seed: 42 };

    /// The cell that words name: `A`, `B` or `C`, with or without a duration in seconds, or groups, members, rate and
    /// duration.
    #[must_use]
    pub fn parse(words: &[String]) -> Option<Self> {
        let named = |name: &str| match name {
            "A" => Some(Self::A),
            "B" => Some(Self::B),
            "C" => Some(Self::C),
            _ => None,
        };
        match words {
            [name] => named(name),
            [name, seconds] => Some(named(name)?.lasting(seconds.parse().ok()?)),
            [groups, members, rate, seconds] => Some(Self {
                groups: groups.parse().ok()?,
                members: members.parse().ok()?,
                rate: rate.parse().ok()?,
                seconds: seconds.parse().ok()?,
                seed: 42,
            }),
            _ => None,
        }
    }

    /// The same cell over another duration.
    #[must_use]
    pub const fn lasting(self, seconds: u32) -> Self {
        Self { seconds, ..self }
    }

    const fn deliveries_per_second(self) -> u64 {
        self.groups as u64 * self.members as u64 * self.rate as u64
    }
}

/// What a delivery does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// As little as possible: last number, count, sum.
    Trivial,
    /// What a client does: link and duplicate check, latency histogram, trace hash.
    Client,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Deliveries.
    pub deliveries: u64,
    /// A hash of everything, in order where the receiver is a client.
    pub hash: u64,
    /// The latency that half of the deliveries do not exceed, in microseconds; 0 without a client.
    pub latency_median: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flight {
    sent: u64,
    number: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Trivial {
    last: u32,
    count: u32,
    sum: u64,
}

#[derive(Debug)]
struct Group {
    number: u32,
    draws: u32,
    actor: Actor,
}

#[derive(Debug)]
struct World<Q> {
    queue: Q,
    cell: Cell,
    receiver: Receiver,
    randomness: Randomness,
    groups: Vec<Group>,
    flights: MessageSlots<Flight>,
    users: Vec<u32>,
    windows: Vec<ArrivalWindow>,
    trivial: Vec<Trivial>,
    latencies: LatencyHistogram,
    hash: TraceHash,
    rare: u64,
    deliveries: u64,
    part: Vec<u32>,
}

/// Runs a cell on the queue in use.
#[must_use]
pub fn run(cell: Cell, receiver: Receiver) -> Outcome {
    World::new(Wheel::for_rate(0, cell.deliveries_per_second()), cell, receiver).run()
}

/// Runs a cell on the plain heap.
#[must_use]
pub fn run_on_heap(cell: Cell, receiver: Receiver) -> Outcome {
    World::new(HeapQueue::new(0), cell, receiver).run()
}

impl<Q: Queue<u32>> World<Q> {
    fn new(queue: Q, cell: Cell, receiver: Receiver) -> Self {
        let memberships = cell.groups as usize * cell.members as usize;
        let client = receiver == Receiver::Client;
        Self {
            queue,
            cell,
            receiver,
            randomness: Randomness::new(cell.seed),
            groups: (0..cell.groups)
                .map(|group| Group { number: 0, draws: 0, actor: Actor::numbered("group", group.into()) })
                .collect(),
            flights: MessageSlots::default(),
            users: (0..cell.groups * cell.members).collect(),
            windows: if client { vec![ArrivalWindow::open(0); memberships] } else { Vec::new() },
            trivial: if client { Vec::new() } else { vec![Trivial::default(); memberships] },
            latencies: LatencyHistogram::default(),
            hash: TraceHash::default(),
            rare: 0,
            deliveries: 0,
            part: vec![0; PART],
        }
    }

    fn run(mut self) -> Outcome {
        for group in 0..self.cell.groups {
            self.schedule(0, group);
        }
        let jitter = self.randomness.deliveries(DrawPurpose::named("jitter"));
        while let Some(batch) = self.queue.next_batch() {
            match batch {
                Batch::Deliveries { start, events } => {
                    self.deliveries += events.len() as u64;
                    let flights = self.flights.records();
                    match self.receiver {
                        Receiver::Trivial => receive_trivially(events, flights, &mut self.trivial),
                        Receiver::Client => {
                            self.rare += receive(
                                start,
                                events,
                                flights,
                                &mut self.windows,
                                &mut self.latencies,
                                &mut self.hash,
                            );
                        }
                    }
                }
                Batch::Control { at, control: group } => {
                    let state = &mut self.groups[group as usize];
                    state.number += 1;
                    let base = group * self.cell.members;
                    let flight = Flight { sent: at, number: state.number };
                    let message = u64::from(group) << 32 | u64::from(state.number);
                    self.hash.control(at, 1, message);
                    let slot = self.flights.insert(at, flight);
                    self.flights.hold_until(slot, at + u64::from(LATENCY_FLOOR + LATENCY_SPAN));
                    let draws = jitter.message(message);
                    let users = &self.users[base as usize..][..self.cell.members as usize];
                    for users in users.chunks(PART) {
                        let latencies = &mut self.part[..users.len()];
                        draws.fill_latencies(users, LATENCY_FLOOR, LATENCY_SPAN, latencies);
                        self.queue.append_fanout(slot, at, users, latencies);
                    }
                    self.schedule(at, group);
                }
            }
        }
        assert_eq!(self.rare, 0, "nothing rare happens on a network without faults");
        let sum = self.trivial.iter().fold(0, |sum: u64, membership| {
            sum.rotate_left(5) ^ membership.sum ^ u64::from(membership.count) ^ u64::from(membership.last)
        });
        Outcome {
            deliveries: self.deliveries,
            hash: self.hash.value() ^ sum,
            latency_median: self.latencies.percentile(500),
        }
    }

    /// Schedules the next message of a group, if it falls within the duration.
    fn schedule(&mut self, now: u64, group: u32) {
        let state = &mut self.groups[group as usize];
        let draw = self.randomness.draws(DrawPurpose::named("arrival"), state.actor, state.draws);
        state.draws += 1;
        let mut draw = draw;
        let at = now + 1 + draw.exponential(1_000_000 / u64::from(self.cell.rate));
        if at < u64::from(self.cell.seconds) * 1_000_000 {
            self.queue.schedule(at, group);
        }
    }
}

#[inline(never)]
fn receive_trivially(events: &[Delivery], flights: &[Flight], memberships: &mut [Trivial]) {
    for event in events {
        let flight = flights[event.message() as usize];
        let membership = &mut memberships[event.member() as usize];
        membership.last = flight.number;
        membership.count += 1;
        membership.sum = membership.sum.wrapping_add(flight.sent);
    }
}

#[inline(never)]
fn receive(
    start: u64,
    events: &[Delivery],
    flights: &[Flight],
    windows: &mut [ArrivalWindow],
    latencies: &mut LatencyHistogram,
    hash: &mut TraceHash,
) -> u64 {
    let mut rolling = *hash;
    let mut rare = 0;
    for events in events.chunks(AHEAD) {
        // Ask for the records of a block before using the first: independent loads overlap.
        let touched = events.iter().fold(0, |sum, event| sum ^ windows[event.member() as usize].newest());
        std::hint::black_box(touched);
        for event in events {
            let at = event.at(start);
            rolling.delivery(at, *event);
            let flight = flights[event.message() as usize];
            match windows[event.member() as usize].take(flight.number) {
                Arrival::Settled => latencies.record((at - flight.sent) as u32),
                Arrival::Rare => rare += 1,
            }
        }
    }
    *hash = rolling;
    rare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_queues_run_the_cells_alike() {
        for cell in [Cell::A.lasting(1), Cell::B.lasting(1), Cell { members: 5_000, ..Cell::C }] {
            for receiver in [Receiver::Trivial, Receiver::Client] {
                let (wheel, heap) = (run(cell, receiver), run_on_heap(cell, receiver));
                assert_eq!(wheel, heap);
                assert!(wheel.deliveries > 10_000, "{} deliveries", wheel.deliveries);
            }
        }
    }
}
