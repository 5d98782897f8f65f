//! Whole runs of small plans, through the public surface.

use claque_core::{Config, Duration, Instant, Priority};
use claque_sim::plan::{
    AppPlan, Audit, CallerPlan, CrowdPlan, Errand, Fault, FaultPlan, GroupPlan, Habit, NetworkPlan, Oracle,
    Plan, Speech, Step, StepPlan, StormPlan,
};
use claque_sim::run::{QueueKind, RunOptions, RunReport, run, run_with};
use claque_sim::verdict::Verdict;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn crowd(name: &str, users: u32, groups: &[u32]) -> CrowdPlan {
    CrowdPlan {
        name: name.to_owned(),
        users,
        groups: groups.to_vec(),
        joins: 1,
        arrive_at: seconds(2),
        arrive_within: seconds(20),
        stay: Some(seconds(90)),
        away: Some(seconds(20)),
        logs_off: false,
        habits: vec![
            Habit { speech: Speech::comment(), every: seconds(8) },
            Habit { speech: Speech::gift(), every: seconds(30) },
        ],
        link_loss: Some(seconds(60)),
        second_device: 100,
        token: seconds(120),
        heartbeat: Some(seconds(20)),
        acknowledges: 500,
    }
}

fn group(id: &str) -> GroupPlan {
    GroupPlan { id: id.to_owned(), host: true, admins: 1, staff_interval: Some(seconds(15)), info_bytes: 20 }
}

fn plan(seed: u64) -> Plan {
    let mut config = Config::default();
    config.limits.group_members_max = 20;
    config.limits.group_messages_per_second = 5;
    Plan {
        name: "small".to_owned(),
        seed,
        start: Instant::from_unix_seconds(1_800_000_000),
        lasts: seconds(180),
        config,
        app: AppPlan {
            name: "show".to_owned(),
            callback_url: Some("https://example.org/events".to_owned()),
            audit: Audit::Off,
            retention: 0,
        },
        groups: vec![group("Big"), group("Small"), group("Doomed")],
        crowds: vec![
            crowd("viewer", 60, &[0, 0, 1, 2]),
            CrowdPlan { logs_off: true, ..crowd("guest", 20, &[0, 1]) },
        ],
        storms: vec![StormPlan {
            name: "gifts".to_owned(),
            group: 0,
            at: seconds(60),
            lasts: seconds(10),
            per_second: 30,
            speech: Speech { level: Priority::High, ..Speech::gift() },
        }],
        steps: vec![
            StepPlan { at: seconds(80), step: Step::DeleteGroup(2) },
            StepPlan { at: seconds(110), step: Step::RestoreGroup(2) },
            StepPlan { at: seconds(120), step: Step::Drain(0, seconds(5)) },
        ],
        callers: vec![CallerPlan {
            name: "backend".to_owned(),
            reads_only: false,
            at: seconds(3),
            lasts: seconds(170),
            every: Duration::from_millis(500),
            burst: 1,
            errands: Errand::ALL.to_vec(),
        }],
        faults: vec![
            FaultPlan {
                name: "brown".to_owned(),
                at: seconds(40),
                lasts: seconds(20),
                share: 333,
                fault: Fault::BrownOut(Duration::from_millis(300), 20_000, seconds(30)),
            },
            FaultPlan {
                name: "dark".to_owned(),
                at: seconds(90),
                lasts: seconds(30),
                share: 300,
                fault: Fault::Outage,
            },
        ],
        network: NetworkPlan { duplication_ppm: 5_000, ..NetworkPlan::default() },
        chat: None,
        oracle: Oracle::Full,
        check_interval: Some(seconds(10)),
    }
}

fn passed(report: &RunReport) {
    assert_eq!(report.verdict, Verdict::Pass, "{}", report.verdict);
}

#[test]
fn a_small_evening_passes_and_something_happens_in_it() {
    let report = run(&plan(1));
    passed(&report);
    assert!(report.joins >= 60 && report.links_lost > 10 && report.reconnects > 5, "{report:?}");
    assert!(report.notices > 100, "{report:?}");
    assert!(report.supergroups.upgrades > 0, "{report:?}");
}

#[test]
fn the_same_seed_gives_the_same_hash_and_another_seed_another() {
    let (one, again, other) = (run(&plan(3)), run(&plan(3)), run(&plan(4)));
    assert_eq!((one.trace_hash, one.events), (again.trace_hash, again.events));
    assert_ne!(one.trace_hash, other.trace_hash);
}

#[test]
fn the_plain_heap_gives_the_same_hash() {
    for seed in 0..8 {
        let wheel = run(&plan(seed));
        let heap = run_with(&plan(seed), RunOptions { queue: QueueKind::Heap, ..RunOptions::default() });
        assert_eq!((wheel.trace_hash, wheel.events), (heap.trace_hash, heap.events), "seed {seed}");
    }
}

#[test]
fn watching_changes_nothing() {
    let watched = run(&plan(5));
    let unwatched = run(&Plan { oracle: Oracle::None, ..plan(5) });
    assert_eq!(watched.trace_hash, unwatched.trace_hash);
    assert_eq!(unwatched.verdict, Verdict::Unknown);
}
