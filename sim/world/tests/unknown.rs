//! What nobody can know is judged by nobody: messages that the model has forgotten, and links that had no time to come
//! back.

use claque_oracle::liveness::{Obligation, Waiver};
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_sim::run::{RunReport, run};

fn play(text: &str, seed: u64) -> RunReport {
    let scenario = Scenario::parse("unknown", text).unwrap_or_else(|said| panic!("{said}"));
    run(&Plan::new(scenario, seed))
}

/// One group that delivers its fifty messages in every second, and clients that miss a gift now and then, some of them
/// early: after the show they pull from where they stood, which is further back than the model remembers.
#[test]
fn a_client_that_pulls_what_the_model_has_forgotten_breaks_no_rule() {
    let show = r#"
says = "Six viewers for twenty minutes, at the limit."
duration = "20m"
settle = "1m"

[[app]]
name = "app"

[[group]]
name = "room"

[[population]]
name = "viewer"
kind = "audience"
users = 6
comment = { every = "100ms" }
gift = { every = "20s" }

[network]
latency = "15ms..400ms"
loss-ppm = 20000
"#;
    for seed in 1..4 {
        let report = play(show, seed);
        assert!(report.delivered.total() > 55_000, "seed {seed}: {} delivered", report.delivered.total());
        assert_eq!(report.verdict, Verdict::Pass, "seed {seed}");
    }
}

/// The link of everybody is down when the show ends, and hardly any time is left: clients come back over seconds.
#[test]
fn a_time_to_settle_that_is_too_short_for_links_to_come_back_is_no_failure() {
    for settle in ["0s", "500ms", "1s", "4s"] {
        let show = format!(
            r#"
says = "An outage until the end."
duration = "20s"
settle = "{settle}"

[[app]]
name = "app"

[[group]]
name = "room"

[[population]]
name = "viewer"
kind = "audience"
users = 60
comment = "5s"
gift = "5s"

[[fault]]
kind = "outage"
at = "10s"
for = "10s"
"#
        );
        for seed in 0..8 {
            let report = play(&show, seed);
            assert_eq!(report.verdict, Verdict::Pass, "settle {settle}, seed {seed}");
            let waits = |(what, why, _): &(Obligation, Waiver, u64)| {
                (*what, *why) == (Obligation::Link, Waiver::NotDue)
            };
            if settle == "0s" {
                assert!(report.pending.iter().any(|owed| waits(&owed)), "seed {seed}: {}", report.pending);
            }
        }
    }
}
