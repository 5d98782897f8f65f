//! The journal, and whole runs of the product.

use std::hint::black_box;
use std::num::NonZeroU32;

use claque_benches::record::comment;
use claque_core::journal::{Entry, Reader, Writer};
use claque_scenario::Scenario;
use claque_scenario::plan::{Oracle, Plan};
use claque_sim::run::run;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Records of a batch.
const RECORDS: u32 = 1_000;

fn journal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("journal");
    let entries: Vec<Entry> = (0..RECORDS).map(comment).collect();
    let (mut written, begun) = Writer::begin(1);
    let write = |buffer: &mut Vec<u8>, writer: &mut Writer, entry: &Entry| {
        writer.append(buffer, entry).expect("a comment is short");
    };
    let mut writer = begun;
    entries.iter().for_each(|entry| write(&mut written, &mut writer, entry));
    group.throughput(Throughput::Elements(u64::from(RECORDS)));
    group.bench_function("append", |bench| {
        let mut buffer = Vec::with_capacity(written.len());
        bench.iter(|| {
            buffer.clear();
            let mut writer = begun;
            entries.iter().for_each(|entry| write(&mut buffer, &mut writer, black_box(entry)));
            buffer.len()
        });
    });
    group.bench_function("read", |bench| {
        bench.iter(|| {
            let records = Reader::new(black_box(&written)).expect("the header is ours");
            records.filter(Result::is_ok).count()
        });
    });
    group.finish();
}

/// A built-in scenario of so many users.
fn plan(name: &str, users: u32, oracle: Oracle) -> Plan {
    let mut scenario = Scenario::builtin(name).expect("a scenario of this name is built in");
    scenario.scale(NonZeroU32::new(users).expect("there are users"));
    let mut plan = Plan::new(scenario, 1);
    plan.oracle = oracle;
    plan
}

fn simulate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(10);
    for (name, users) in [("smoke", 60), ("evening-show", 500), ("workload-b", 4_000)] {
        for (watched, oracle) in [("watched", Oracle::Full), ("alone", Oracle::None)] {
            let plan = plan(name, users, oracle);
            group.throughput(Throughput::Elements(run(&plan).events));
            group.bench_function(BenchmarkId::new(name, watched), |bench| {
                bench.iter(|| run(black_box(&plan)).trace_hash);
            });
        }
    }
    group.finish();
}

criterion_group!(benches, journal, simulate);
criterion_main!(benches);
