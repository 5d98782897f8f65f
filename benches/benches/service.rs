//! The service alone: what one call costs, and how that grows with groups and members.

use claque_benches::house::House;
use claque_core::Duration;
use claque_engine::mix;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Groups and members of each.
const HOUSES: [(u32, u32); 4] = [(10, 200), (1_000, 40), (5_000, 40), (1, 100_000)];

/// Users in an order without pattern.
struct Lots(u64);

impl Lots {
    fn next(&mut self, house: &House) -> u32 {
        self.0 += 1;
        (mix(self.0) % u64::from(house.user_count())) as u32
    }
}

fn name((groups, members): (u32, u32)) -> String {
    format!("{groups}x{members}")
}

fn apply(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(1));
    for size in HOUSES {
        let mut house = House::full(size.0, size.1);
        let mut lots = Lots(1);
        // Slow enough for the shaper to let everything through.
        let pause = Duration::from_micros(30_000 / u64::from(size.0) + 1);
        for (what, by_name) in [("send", false), ("send by name", true)] {
            group.bench_function(BenchmarkId::new(what, name(size)), |bench| {
                bench.iter(|| {
                    house.wait(pause);
                    let user = lots.next(&house);
                    house.send(user, false, by_name)
                });
            });
        }
    }
    for groups in [10, 4_900] {
        let mut house = House::full(groups, 1);
        group.bench_function(BenchmarkId::new("create and delete", groups), |bench| {
            bench.iter(|| {
                house.wait(Duration::from_millis(1));
                let group = house.create();
                house.delete(group)
            });
        });
    }
    group.finish();
}

fn shaper(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shaper");
    group.throughput(Throughput::Elements(1));
    let mut house = House::full(1, 200);
    let mut lots = Lots(2);
    // 500 messages a second for a budget of 50.
    group.bench_function("overloaded tenfold", |bench| {
        bench.iter(|| {
            house.wait(Duration::from_millis(2));
            let user = lots.next(&house);
            house.send(user, false, false)
        });
    });
    group.finish();
}

fn membership(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("membership");
    group.throughput(Throughput::Elements(2));
    for size in HOUSES {
        let mut house = House::full(size.0, size.1);
        let mut lots = Lots(3);
        group.bench_function(BenchmarkId::new("leave and join", name(size)), |bench| {
            bench.iter(|| {
                house.wait(Duration::from_micros(100));
                let user = lots.next(&house);
                house.leave(user) && house.join(user)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, apply, shaper, membership);
criterion_main!(benches);
