//! Runs a built-in scenario through the whole product and prints its figures, for interleaving with other engines.
//!
//! `scenario full|none NAME [USERS [SEED [SECONDS]]]`: one run. `ns` and `cpu_ns` are per delivery from the first event
//! to the last; `set_s` is how long setting the scene took.
//!
//! `scenario swarm NAME USERS SEEDS`: that many swarm draws, each as drawn and with its faults and losses taken out.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]
#![expect(clippy::disallowed_methods, reason = "a stopwatch")]

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Instant;

use claque_core::Duration;
use claque_scenario::Scenario;
use claque_scenario::plan::{Oracle, Plan};
use claque_scenario::swarm::swarm;
use claque_sim::observer::Flow;
use claque_sim::run::{RunOptions, RunReport, run_with};

/// What a run cost. Unit: seconds.
struct Cost {
    report: RunReport,
    deliveries: u64,
    set: f64,
    wall: f64,
    cpu: f64,
    total: f64,
    total_cpu: f64,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.first().map(String::as_str) {
        Some("swarm") => compare_swarm(&words),
        _ => parse(&words).map(|plan| print(&words, &plan)),
    };
    if done.is_none() {
        eprintln!(
            "usage: scenario full|none NAME [USERS [SEED [SECONDS]]]\n       scenario swarm NAME USERS SEEDS"
        );
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

fn measure(plan: &Plan) -> Cost {
    let (start, cpu_start) = (Instant::now(), cpu_seconds());
    let mut set = None;
    let mut noted = |_| {
        set.get_or_insert_with(|| (Instant::now(), cpu_seconds()));
        Flow::GoOn
    };
    let report = run_with(plan, RunOptions { progress: Some(&mut noted), ..RunOptions::default() });
    let (set, cpu_set) = set.expect("the scene was set");
    Cost {
        deliveries: report.deliveries + report.notices + report.lost + report.duplicates,
        set: (set - start).as_secs_f64(),
        wall: set.elapsed().as_secs_f64(),
        cpu: cpu_seconds() - cpu_set,
        total: start.elapsed().as_secs_f64(),
        total_cpu: cpu_seconds() - cpu_start,
        report,
    }
}

fn print(words: &[String], plan: &Plan) {
    let Cost { report, deliveries, set, wall, cpu, total, total_cpu } = measure(plan);
    println!(
        "RESULT\tclaque-world\t{}\t{:?}\tusers={}\tdeliveries={deliveries}\tset_s={set:.4}\twall_s={wall:.4}\tns={:.2}\tcpu_s={cpu:.4}\tcpu_ns={:.2}\ttotal_s={total:.4}\ttotal_cpu_s={total_cpu:.4}\trss_mb={:.1}\tverdict={:?}\thash={:016x}",
        words[1],
        plan.oracle,
        report.users,
        wall * 1e9 / deliveries as f64,
        cpu * 1e9 / deliveries as f64,
        peak_mb(),
        report.verdict,
        report.trace_hash,
    );
}

fn parse(words: &[String]) -> Option<Plan> {
    let (oracle, name) = (words.first()?, words.get(1)?);
    let users = words.get(2).map_or(Some(None), |word| word.parse().ok().map(Some))?;
    let mut scenario = scenario(name, users)?;
    let seed = words.get(3).map_or(Some(42), |seed| seed.parse().ok())?;
    if let Some(seconds) = words.get(4) {
        scenario.duration = Duration::from_secs(seconds.parse().ok()?);
    }
    let mut plan = Plan::new(scenario, seed);
    plan.oracle = match oracle.as_str() {
        "full" => Oracle::Full,
        "none" => Oracle::None,
        _ => return None,
    };
    Some(plan)
}

fn scenario(name: &str, users: Option<NonZeroU32>) -> Option<Scenario> {
    let mut scenario = Scenario::builtin(name).inspect_err(|error| eprintln!("{error}")).ok()?;
    if let Some(users) = users {
        scenario.scale(users);
    }
    Some(scenario)
}

/// Each seed's draw with and without its faults, in turn.
fn compare_swarm(words: &[String]) -> Option<()> {
    let [_, name, users, seeds] = words else { return None };
    let whole = scenario(name, Some(users.parse().ok()?))?;
    let (mut drawn, mut calm) = ((0, 0.0), (0, 0.0));
    for seed in 0..seeds.parse().ok()? {
        let faulty = swarm(&whole, seed, &[], &[]).scenario;
        let mut healthy = faulty.clone();
        healthy.faults.clear();
        (healthy.network.loss, healthy.network.duplicate) = Default::default();
        for (scenario, sum) in [(faulty, &mut drawn), (healthy, &mut calm)] {
            let cost = measure(&Plan::new(scenario, seed));
            sum.0 += cost.deliveries;
            sum.1 += cost.cpu;
        }
    }
    let each = |(deliveries, cpu): (u64, f64)| cpu * 1e9 / deliveries as f64;
    println!(
        "SWARM\t{name}\tseeds={seeds}\tdrawn_ns={:.2}\tcalm_ns={:.2}\tratio={:.3}\tdrawn_deliveries={}\tcalm_deliveries={}",
        each(drawn),
        each(calm),
        each(drawn) / each(calm),
        drawn.0,
        calm.0,
    );
    Some(())
}

/// Time that this process spent on a processor, where the system tells. Unit: seconds.
fn cpu_seconds() -> f64 {
    let times = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = times.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    nanos.map_or(f64::NAN, |nanos: f64| nanos / 1e9)
}

/// The most memory that this process had, where the system tells.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).map_or(0.0, |kb: f64| kb / 1_024.0)
}
