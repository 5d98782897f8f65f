//! In the steady state the engine allocates nothing: not per delivery, not per message.
//!
//! This file has one test, since it counts what the whole process allocates.

#![expect(unsafe_code, reason = "an allocator is an unsafe trait; this one only counts and passes on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use claque_engine::{
    Batch, DrawPurpose, LatencyHistogram, MessageSlots, Queue, Randomness, TraceHash, Wheel,
};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(place, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MEMBERS: u32 = 2_000;
const INTERVAL: u64 = 20_000;

/// Plays a group of 2,000 with 50 messages a second until `end`; returns the deliveries.
fn play(world: &mut World, end: u64) -> u64 {
    let before = world.histogram.count();
    while let Some(batch) = world.queue.next_batch() {
        match batch {
            Batch::Deliveries { start, events } => {
                let messages = world.messages.records();
                for event in events {
                    let at = event.at(start);
                    let sent = messages[event.message() as usize];
                    world.histogram.record(u32::try_from(at - sent).expect("latencies are below a second"));
                    world.hash.delivery(at, *event);
                }
            }
            Batch::Control { at, control: number } => {
                let slot = world.messages.insert(at, at);
                let draws = world.randomness.deliveries(DrawPurpose::named("jitter")).message(number);
                draws.fill_latencies(&world.users, 20_000, 180_000, &mut world.latencies);
                // One in a thousand is slow beyond the ring, one in a thousand is immediate.
                for (index, latency) in (number..).zip(&mut world.latencies) {
                    match index % 1_000 {
                        0 => *latency = 3_000_000,
                        1 => *latency = 1,
                        _ => (),
                    }
                }
                world.messages.hold_until(slot, at + 3_000_000);
                world.queue.append_fanout(slot, at, &world.users, &world.latencies);
                if at >= end {
                    world.queue.schedule(at + INTERVAL, number + 1);
                    break;
                }
                world.queue.schedule(at + INTERVAL, number + 1);
            }
        }
    }
    world.histogram.count() - before
}

struct World {
    queue: Wheel<u64>,
    messages: MessageSlots<u64>,
    randomness: Randomness,
    histogram: LatencyHistogram,
    hash: TraceHash,
    users: Vec<u32>,
    latencies: Vec<u32>,
}

#[test]
fn the_steady_state_allocates_nothing() {
    let mut world = World {
        queue: Wheel::for_rate(0, 100_000),
        messages: MessageSlots::default(),
        randomness: Randomness::new(1),
        histogram: LatencyHistogram::default(),
        hash: TraceHash::default(),
        users: (0..MEMBERS).collect(),
        latencies: vec![0; MEMBERS as usize],
    };
    world.queue.schedule(0, 0);
    // Long enough for every buffer to reach its size, the lists of far deliveries included.
    let warm = play(&mut world, 30_000_000);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let deliveries = play(&mut world, 60_000_000);
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    assert!(warm > 2_900_000 && deliveries > 2_900_000, "{warm} and {deliveries} deliveries");
    // A bucket may still set a record and grow a buffer: a handful in three million deliveries.
    assert!(allocations <= 8, "{allocations} allocations for {deliveries} deliveries");
}
