//! What breaks and what the script does: each leaves its mark on a run, and a sound service stands it.

use claque_core::Rule;
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_sim::run::{RunReport, run};

const STAGE: &str = r#"
says = "Twenty people in one group for half a minute."
duration = "30s"

[[app]]
name = "show"

[[group]]
name = "g"
admins = 1

[[population]]
name = "host"
kind = "hosts"
users = 1

[[population]]
name = "viewer"
kind = "audience"
users = 20
token = "10s"
comment = "5s"

[limits]
group-messages-per-second = 5
"#;

fn played(more: &str) -> RunReport {
    played_on(STAGE, more)
}

fn played_on(stage: &str, more: &str) -> RunReport {
    let text = stage.replace("[limits]", &format!("{more}\n[limits]"));
    let scenario = Scenario::parse("stage.toml", &text).unwrap_or_else(|said| panic!("{said}"));
    let report = run(&Plan::new(scenario, 1));
    assert_eq!(report.verdict, Verdict::Pass, "{more}");
    report
}

fn event(keys: &str) -> RunReport {
    played(&format!("[[event]]\nat = \"20s\"\ngroup = \"g\"\n{keys}\n"))
}

#[test]
fn a_burst_at_the_edge_of_a_second_fills_two_seconds_and_sheds_the_rest() {
    // Nobody else speaks about then, so that what the two seconds deliver is the burst's.
    let quiet = STAGE.replace("comment = \"5s\"", "comment = \"10m\"");
    let keys = "[[event]]\nat = \"20s\"\ngroup = \"g\"\ndo = \"budget-burst\"\nmessages = 20\n";
    let (calm, burst) = (played_on(&quiet, ""), played_on(&quiet, keys));
    assert_eq!(burst.accepted, calm.accepted + 40, "each was accepted");
    let more = burst.delivered.total() - calm.delivered.total();
    let shed = burst.shed.total() - calm.shed.total();
    assert_eq!((more, shed), (11, 29), "two seconds of five, and the newest of the type");
}

#[test]
fn a_group_gets_other_administrators_and_its_members_are_told() {
    for users in 1..=3 {
        let report = event(&format!("do = \"change-admins\"\nusers = {users}"));
        assert_eq!(report.rules.of(Rule::GroupInfoNotified), 1, "{users} administrators");
    }
}

#[test]
fn a_group_gets_no_fourth_administrator() {
    let keys = "[[event]]\nat = \"20s\"\ngroup = \"g\"\ndo = \"change-admins\"\nusers = 4\n";
    let said = Scenario::parse("stage.toml", &STAGE.replace("[limits]", &format!("{keys}\n[limits]")));
    let said = said.expect_err("four are too many").to_string();
    assert!(said.contains("a group has at most 3 administrators"), "{said}");
}

#[test]
fn clocks_that_wander_make_clients_trust_tokens_that_have_expired_and_distrust_good_ones() {
    let links = "[[fault]]\nkind = \"disconnect\"\nat = \"12s\"\nfor = \"15s\"\nreconnect = \"1s..3s\"\n";
    let wander = |by| {
        played(&format!(
            "{links}[[fault]]\nkind = \"clock-wander\"\nat = \"0s\"\nfor = \"29s\"\nby = \"{by}\"\nevery = \"500ms\"\n"
        ))
    };
    let (right, wrong) = (played(links), wander("1h"));
    let turned_away = |report: &RunReport| report.rules.of(Rule::TokenExpiryBlocksReconnect);
    assert!(turned_away(&wrong) > turned_away(&right), "{} {}", turned_away(&wrong), turned_away(&right));
    assert_ne!(right.trace_hash, wrong.trace_hash);
    assert_eq!(wander("1h").trace_hash, wrong.trace_hash, "the same seed lets them wander the same way");
    assert_ne!(wander("5s").trace_hash, wrong.trace_hash, "how far they wander counts");
}
