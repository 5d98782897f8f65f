//! Runs a built-in scenario through the whole product and prints its figures, for interleaving with other engines.
//!
//! `scenario full|none NAME [USERS [SEED]]`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]
#![expect(clippy::disallowed_methods, reason = "a stopwatch")]

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Instant;

use claque_sim::plan::{Oracle, Plan};
use claque_sim::run::run;
use claque_sim::scenario::Scenario;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(plan) = parse(&words) else {
        eprintln!("usage: scenario full|none NAME [USERS [SEED]]");
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let report = run(&plan);
    let wall = start.elapsed().as_secs_f64();
    let deliveries = report.deliveries + report.notices + report.lost + report.duplicates;
    println!(
        "RESULT\tclaque-world\t{}\t{:?}\tusers={}\tdeliveries={deliveries}\twall_s={wall:.4}\tns={:.2}\trss_mb={:.1}\tverdict={:?}\thash={:016x}",
        words[1],
        plan.oracle,
        report.users,
        wall * 1e9 / deliveries as f64,
        peak_mb(),
        report.verdict,
        report.trace_hash,
    );
    ExitCode::SUCCESS
}

fn parse(words: &[String]) -> Option<Plan> {
    let (oracle, name) = (words.first()?, words.get(1)?);
    let mut scenario = Scenario::builtin(name).inspect_err(|error| eprintln!("{error}")).ok()?;
    if let Some(users) = words.get(2) {
        scenario.scale(users.parse::<NonZeroU32>().ok()?);
    }
    let seed = words.get(3).map_or(Some(42), |seed| seed.parse().ok())?;
    let mut plan = Plan::new(scenario, seed);
    plan.oracle = match oracle.as_str() {
        "full" => Oracle::Full,
        "none" => Oracle::None,
        _ => return None,
    };
    Some(plan)
}

/// The most memory that this process had, where the system tells.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).map_or(0.0, |kb: f64| kb / 1_024.0)
}
