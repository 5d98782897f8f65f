//! The suite over the wire gives the same verdicts as in this process, case for case.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Verdicts by case.
fn verdicts(arguments: &[&str]) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let run = Command::new(env!("CARGO_BIN_EXE_claque"))
        .current_dir(root)
        .args(["conform", "--json"])
        .args(arguments)
        .output()
        .expect("the binary runs");
    rows_by_case(&String::from_utf8(run.stdout).expect("it prints UTF-8"))
}

fn rows_by_case(said: &str) -> BTreeMap<String, String> {
    let cases = said.lines().map(|line| {
        let row: Value = serde_json::from_str(line).expect("each line is a JSON object");
        let text = |name: &str| row[name].as_str().expect("each row has it").to_owned();
        (text("case"), text("verdict"))
    });
    cases.collect()
}

const OVER_THE_WIRE: [&str; 2] = ["--subject", "fixtures/subjects/claque-serve.toml"];

#[test]
fn a_server_is_judged_like_the_core_that_it_runs() {
    // Every kind of means: signed calls, RAM users, reviews, callbacks, links that are lost, a clock that is moved.
    for area in ["auth::", "callback::", "membership::", "moderation::", "recovery::", "shaper::", "wire::"] {
        let core = verdicts(&[area]);
        let wire = verdicts(&[&[area], OVER_THE_WIRE.as_slice()].concat());
        assert!(core.len() > 3, "{area} has {} cases", core.len());
        assert_eq!(core.len(), wire.len(), "{area}");
        for (case, verdict) in &wire {
            let expected = match core[case].as_str() {
                // No callback travels in one process; here they do.
                "not-applicable" => "pass",
                other => other,
            };
            assert_eq!(verdict, expected, "{case}");
        }
    }
}

#[test]
fn a_running_server_is_judged_where_it_runs() {
    let filter = "mute::";
    let core = verdicts(&[filter]);
    let inside = format!("{} conform --json --subject http {filter}", env!("CARGO_BIN_EXE_claque"));
    let run = Command::new(env!("CARGO_BIN_EXE_claque"))
        .args(["serve", "--listen", "127.0.0.1:0", "--exec", &inside])
        .env_remove("CLAQUE_ENDPOINT")
        .output()
        .expect("the binary runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let said = String::from_utf8(run.stdout).expect("it prints UTF-8");
    let (ready, rows) = said.split_once('\n').expect("the ready line comes first");
    assert!(ready.starts_with("ready http://127.0.0.1:"), "{ready}");
    assert!(core.len() > 3, "{filter} has {} cases", core.len());
    assert_eq!(rows_by_case(rows), core);
}
