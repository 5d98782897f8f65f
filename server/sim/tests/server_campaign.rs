//! The short form of a campaign.

use claque_server_sim::plan::{LifeEnd, PlanShape, PlanStep, PlannedAct, ViewerAct};
use claque_server_sim::seen::{Sight, Sighting};
use claque_server_sim::{ServerPlan, judge, run, try_plan};

/// Every seed is run twice: what was seen must be the same.
#[test]
fn forty_seeds_of_the_server_break_no_promise() {
    let mut failed = Vec::new();
    for seed in 0..40 {
        let outcome = try_plan(&ServerPlan::of(seed), true);
        assert!(outcome.seen > 50, "seed {seed}: only {} observations", outcome.seen);
        failed.extend(outcome.findings.into_iter().map(|finding| (seed, finding)));
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A campaign found it: in a life in which nothing was written down, a session's end fell due; the server was asked to stop; and the
/// next one called the end back again.
#[test]
fn what_fell_due_before_a_stop_is_not_called_back_again() {
    let acts = [
        (0, PlannedAct::Viewer(0, ViewerAct::Login(15))),
        (500, PlannedAct::Viewer(0, ViewerAct::Break)),
        (500, PlannedAct::Restart(LifeEnd::Stop)),
        // Longer than the session waits for its viewer.
        (40_000, PlannedAct::Restart(LifeEnd::Stop)),
    ];
    let steps = acts.into_iter().enumerate().map(|(number, (wait, act))| PlanStep { number, wait, act });
    let shape = PlanShape { reviewed: false, piece_max: 1_000, room: 65_536, compact_bytes: 1 << 30 };
    let plan = ServerPlan { seed: 21, shape, steps: steps.collect() };
    let log = run(&plan);
    let ended = |seen: &&Sighting| matches!(&seen.what, Sight::Posted(posted) if posted.body["eves"][0]["events"][0]["e"] == 2);
    let ends: Vec<usize> = log.seen.iter().filter(ended).map(|seen| seen.life).collect();
    assert_eq!(ends, [1], "the end of one session is called back once, in the life in which it fell due");
    assert_eq!(judge(&log), [], "and nothing else is amiss");
}

/// A failure is made smaller by leaving out steps, and is named by its seed and what is left.
#[test]
fn a_run_of_some_steps_is_the_same_whatever_else_the_plan_had() {
    let plan = ServerPlan::of(3);
    let kept: Vec<usize> = plan.numbers().into_iter().filter(|number| number.is_multiple_of(3)).collect();
    let small = plan.only(&kept);
    assert_eq!(small.numbers(), kept);
    assert_eq!(run(&small).hash(), run(&ServerPlan::of(3).only(&kept)).hash());
    assert_ne!(run(&small).hash(), run(&plan).hash());
}
