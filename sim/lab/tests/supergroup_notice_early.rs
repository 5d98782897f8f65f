//! A supergroup's members are notified of changes four seconds after the last time, not five.

use claque_lab::bugbase::{Bug, BugReplay};

#[test]
fn supergroup_notice_early() {
    let bug = Bug::read(
        "supergroup-notice-early",
        include_str!("../../../fixtures/bugs/supergroup-notice-early/bug.toml"),
        include_str!("../../../fixtures/bugs/supergroup-notice-early/plan.toml"),
        include_str!("../../../fixtures/bugs/supergroup-notice-early/shrunk.toml"),
    )
    .expect("the bug base is readable");
    assert!(matches!(bug.replay(), BugReplay::Right(_)), "{:?}", bug.replay());
}
