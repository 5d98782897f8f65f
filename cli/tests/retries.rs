//! The cases of a callback's tries bite where it counts: on a server that really posts, whose tries are wrong by one.
//!
//! Tries are made by the wall's clock, so that all servers are judged side by side.

use std::thread;
use std::time::Duration;

use claque_conformance::runner::run;
use claque_conformance::subject::descriptor::Descriptor;
use claque_conformance::subject::{Callers, HttpSubject};
use claque_conformance::suite::Suite;
use claque_conformance::verdict::Verdict;
use claque_server::clock::ClockPace;
use claque_server::{AccessKey, Options, OutgoingLimits};
use claque_wire::sign::Credentials;

const OWN_SERVER: &str = include_str!("../../fixtures/subjects/claque-serve.toml");

/// What is wrong, how, and the case that notices; nothing wrong: the case must pass.
type Wrong = (&'static str, fn(&mut OutgoingLimits), &'static str);

const GIVEN_UP: &str = "is-given-up-after-five-more-tries";
const SENT_AGAIN: &str = "is-sent-again-until-it-is-taken";
const WAITED_FOR: &str = "is-waited-for-five-seconds";

const SERVERS: [Wrong; 10] = [
    ("nothing", |_| {}, GIVEN_UP),
    ("nothing", |_| {}, SENT_AGAIN),
    ("nothing", |_| {}, WAITED_FOR),
    ("one try more", |limits| limits.callback_retries_max += 1, GIVEN_UP),
    ("one try less", |limits| limits.callback_retries_max -= 1, GIVEN_UP),
    ("no spacing", |limits| limits.callback_spacing = Duration::ZERO, SENT_AGAIN),
    ("two seconds between", |limits| limits.callback_spacing = Duration::from_secs(2), SENT_AGAIN),
    ("a time-out of four seconds", |limits| limits.callback_within = Duration::from_secs(4), WAITED_FOR),
    ("a time-out of six seconds", |limits| limits.callback_within = Duration::from_secs(6), WAITED_FOR),
    ("no time-out", |limits| limits.callback_within = Duration::from_secs(3_600), WAITED_FOR),
];

#[test]
fn a_server_with_other_tries_than_documented_fails() {
    let suite = Suite::embedded().unwrap_or_else(|fault| panic!("{fault}"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    thread::scope(|scope| {
        for (what, change, case) in SERVERS {
            let (suite, runtime) = (&suite, &runtime);
            scope.spawn(move || {
                let verdict = judged(runtime, suite, change, case);
                assert_eq!(verdict == Verdict::Pass, what == "nothing", "{what}: {case}: {verdict}");
            });
        }
    });
}

fn judged(
    runtime: &tokio::runtime::Runtime,
    suite: &Suite,
    change: fn(&mut OutgoingLimits),
    case: &str,
) -> Verdict {
    let mut options =
        Options { listen: ([127, 0, 0, 1], 0).into(), pace: ClockPace::Frozen, ..Options::default() };
    change(&mut options.outgoing);
    let running = runtime.block_on(claque_server::start(options, None)).expect("the server starts");
    let mut descriptor = Descriptor::parse("claque-serve.toml", OWN_SERVER).expect("it is sound");
    descriptor.start = None;
    let endpoint = format!("http://{}", running.address);
    let AccessKey { id, secret, .. } = AccessKey::development();
    let account = Credentials { access_key_id: id, access_key_secret: secret, security_token: None };
    let mut subject = HttpSubject::new(descriptor, &endpoint, Callers { account, other: None }, 1)
        .expect("the server answers");
    let case = suite.cases.iter().find(|known| known.area == "callback" && known.name == case);
    run(case.expect("the suite has the case"), &mut subject).verdict
}
