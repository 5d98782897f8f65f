//! The engine alone: the reference workload with a trivial receiver and with a client, and what it consists of.

use std::hint::black_box;

use claque_benches::workload::{Cell, Receiver, run, run_on_heap};
use claque_engine::{Actor, ArrivalWindow, DrawPurpose, HeapQueue, Queue, Randomness, Wheel, exponential};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Short forms of the cells: about a million deliveries each.
const CELLS: [(&str, Cell); 3] = [
    ("A", Cell::A.lasting(10)),
    ("B", Cell::B.lasting(3)),
    ("C", Cell { members: 100_000, ..Cell::C.lasting(1) }),
];

fn fanout(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fanout");
    group.sample_size(10);
    for (name, cell) in CELLS {
        let deliveries = run(cell, Receiver::Trivial).deliveries;
        group.throughput(Throughput::Elements(deliveries));
        for (receiver, kind) in [("client", Receiver::Client), ("trivial", Receiver::Trivial)] {
            group.bench_function(BenchmarkId::new(receiver, name), |bench| {
                bench.iter(|| run(black_box(cell), kind));
            });
        }
        if name != "C" {
            group.bench_function(BenchmarkId::new("client-on-heap", name), |bench| {
                bench.iter(|| run_on_heap(black_box(cell), Receiver::Client));
            });
        }
    }
    group.finish();
}

fn timers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timers");
    group.throughput(Throughput::Elements(1));
    for pending in [1_000u64, 100_000] {
        let hold = |queue: &mut dyn Queue<u32>, draws: &mut u64| {
            let now = queue.now();
            *draws = claque_engine::mix(*draws + 1);
            queue.schedule(now + *draws % 10_000_000, 0);
            black_box(queue.next_batch()).is_some()
        };
        group.bench_function(BenchmarkId::new("wheel", pending), |bench| {
            let (mut queue, mut draws) = (Wheel::new(0), 0);
            (0..pending).for_each(|at| queue.schedule(at * 10_000_000 / pending, 0));
            bench.iter(|| hold(&mut queue, &mut draws));
        });
        group.bench_function(BenchmarkId::new("heap", pending), |bench| {
            let (mut queue, mut draws) = (HeapQueue::new(0), 0);
            (0..pending).for_each(|at| queue.schedule(at * 10_000_000 / pending, 0));
            bench.iter(|| hold(&mut queue, &mut draws));
        });
    }
    group.finish();
}

fn random(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("random");
    let randomness = Randomness::new(42);
    let (jitter, ada) = (DrawPurpose::named("jitter"), Actor::named("ada"));
    group.bench_function("behaviour draw by position", |bench| {
        let mut position = 0;
        bench.iter(|| {
            position += 1;
            randomness.draw(jitter, ada, position)
        });
    });
    group.bench_function("time to the next event", |bench| {
        let mut draw = 0u64;
        bench.iter(|| {
            draw = draw.wrapping_add(0x9E37_79B9_7F4A_7C15);
            exponential(draw, 20_000)
        });
    });
    let users: Vec<u32> = (0..1_024).collect();
    let mut latencies = vec![0; users.len()];
    let draws = randomness.deliveries(jitter).message(7);
    group.throughput(Throughput::Elements(1_024));
    group.bench_function("latencies", |bench| {
        bench.iter(|| draws.fill_latencies(black_box(&users), 20_000, 180_000, &mut latencies));
    });
    group.bench_function("arrival window", |bench| {
        bench.iter(|| {
            let mut window = ArrivalWindow::open(0);
            (1..1_025u32)
                .filter(|number| window.take(black_box(number ^ 3)) != claque_engine::Arrival::Rare)
                .count()
        });
    });
    group.finish();
}

criterion_group!(benches, fanout, timers, random);
criterion_main!(benches);
