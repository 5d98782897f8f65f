//! Every example of every `--help` is run, as somebody would type it: in a folder of its own, with what it speaks of prepared.
//!
//! A command that takes longer than [`ENOUGH`] is ended by Ctrl-C, as its help says that it can be, and must end with what it has so
//! far. A server or a recorder is ended as soon as it is ready.

mod ground;
mod help;
mod prepared;

use std::collections::BTreeSet;
use std::sync::Mutex;

use ground::Ending;

/// Examples that are not run, by a part of their line, and why. That their command takes them is tested in `help_tests.rs`.
const NOT_RUN: [(&str, &str); 6] = [
    ("--nats ", "a NATS server, and a build with the feature `queue`"),
    ("claque bug renew --all", "minutes, and Ctrl-C does not end it: `renew_finds_the_bug_again` tests it"),
    (
        "claque journal schedules",
        "minutes, and Ctrl-C does not end it: tests of the simulated disk play its schedules",
    ),
    ("claque golden", "a minute, and Ctrl-C does not end it: the gate runs it"),
    ("claque replay --all", "the test `the_bug_base_is_as_it_should_be` runs it"),
    ("claque completions powershell", "PowerShell; `shell.rs` tests the script"),
];

/// Examples whose point is a no, by a part of their line, and their exit status.
const SAYS_NO: [(&str, i32); 5] = [
    ("--mutant budget-plus-one", 1),
    ("claque explore --mutant exit-under-way-lost", 1),
    ("fixtures/recordings/lost-gift.jsonl", 1),
    ("claque doctor", 1),
    ("claque campaign reconcile DIR", 75),
];

#[test]
fn every_example_of_every_help_can_be_typed() {
    let examples = help::examples();
    assert!(examples.len() > 140, "only {} examples were found", examples.len());
    for (part, _) in NOT_RUN.iter().copied().chain(SAYS_NO.map(|(part, _)| (part, ""))) {
        assert!(examples.iter().any(|line| line.contains(part)), "{part} is in no help any more");
    }
    let runs = |line: &&String| !NOT_RUN.iter().any(|(part, _)| line.contains(part));
    let left: Mutex<Vec<&String>> = Mutex::new(examples.iter().filter(runs).collect());
    let wrong = Mutex::new(BTreeSet::new());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(line) = left.lock().expect("no holder panics").pop() else { return };
                    if let Err(said) = try_one(line) {
                        wrong.lock().expect("no holder panics").insert(format!("`{line}`: {said}"));
                    }
                }
            });
        }
    });
    let wrong: Vec<String> = wrong.into_inner().expect("no holder panics").into_iter().collect();
    assert!(wrong.is_empty(), "{} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Runs an example, and says what is wrong with how it ends.
fn try_one(line: &str) -> Result<(), String> {
    let ground = ground::Ground::new(line)?;
    let (ending, said) = ground.run(line)?;
    let may_say_no = SAYS_NO.iter().filter(|(part, _)| line.contains(part)).map(|(_, status)| *status);
    let mut good: Vec<i32> = may_say_no.chain([0]).collect();
    match ending {
        Ending::Itself(status) if good.contains(&status) => Ok(()),
        Ending::CtrlC(status) => {
            good.extend([1, 130]);
            if good.contains(&status) {
                Ok(())
            } else {
                Err(format!("after Ctrl-C it ends with {status}: {said}"))
            }
        }
        Ending::Itself(status) => Err(format!("it ends with {status}: {said}")),
        Ending::Never => Err(format!("Ctrl-C does not end it: {said}")),
    }
}
