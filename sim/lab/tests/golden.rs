//! What a seed means does not change unless somebody wants it to.

use claque_lab::golden::{COUNT, Golden, GoldenCheck, to_toml};
use claque_sim::run::QueueKind;

const TEXT: &str = include_str!("../../../fixtures/golden.toml");

fn all() -> Vec<Golden> {
    Golden::read_all("fixtures/golden.toml", TEXT).expect("the file is readable")
}

#[test]
fn every_golden_run_gives_the_hash_that_is_written_down() {
    let runs = all();
    assert_eq!(runs.len(), COUNT);
    let changed: Vec<GoldenCheck> = std::thread::scope(|scope| {
        let halves: Vec<_> = runs
            .chunks(COUNT.div_ceil(2))
            .map(|half| {
                scope.spawn(|| {
                    let checked = half.iter().map(|golden| golden.check(QueueKind::Wheel).expect("a line"));
                    checked.filter(|checked| !checked.is_same()).collect::<Vec<_>>()
                })
            })
            .collect();
        halves.into_iter().flat_map(|half| half.join().expect("no run panics")).collect()
    });
    assert!(
        changed.is_empty(),
        "{} of {COUNT} runs are not what they were: if that is meant, run `claque golden --write` and say so in the \
         changelog.\n{changed:#?}",
        changed.len()
    );
}

#[test]
fn the_file_is_written_the_way_it_is_read() {
    let golden = Golden { run: "claque simulate --scenario smoke --users 20".to_owned(), hash: 7 };
    let checked = golden.check(QueueKind::Heap).expect("a line");
    assert!(!checked.is_same(), "seven is not the hash");
    let text = to_toml(std::slice::from_ref(&checked));
    let again = Golden::read_all("x", &text).expect("readable");
    assert_eq!(again, [Golden { run: checked.run, hash: checked.hash }]);
}

#[test]
fn no_two_golden_runs_are_the_same() {
    let mut lines: Vec<String> = all().into_iter().map(|golden| golden.run).collect();
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), COUNT);
}
