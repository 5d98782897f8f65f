//! `claque simulate`: one run from one line.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::time::Instant;

use claque_conformance::file;
use claque_core::Duration;
use claque_lab::amount::{counted, grouped as count, humane, per_second};
use claque_oracle::verdict::Verdict;
use claque_scenario::expected::UnreachedRules;
use claque_scenario::identity::{Identity, VERSION};
use claque_scenario::recorded::RecordedChat;
use claque_sim::observer::Flow;
use claque_sim::run::{QueueKind, RunOptions, RunReport};
use claque_sim::trace::Trace;
use serde_json::{Value, json};

use crate::output::{complain, line, micros, remark, strong, took};
use crate::pictures::Pictures;
use crate::progress::Progress;
use crate::run_plan::{PreparedRun, RunArguments, oracle};
use crate::{CommandFailure, Done};

/// What to run, and how to tell.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque simulate
  claque simulate --seed 7 --users 5000
  claque simulate --scenario stadium
  claque simulate --chat comments.xml --users 3000 --speed 10
  claque simulate --reading shaper.window=window-close
  claque simulate --scenario smoke --mutant budget-plus-one
  claque simulate --scenario smoke --seed 7 --fork 20s=99        the run of seed 7, and from 20 s on another one
  claque simulate --scenario smoke --html run.html --perfetto run.json

The first and the last line are the run's identity: a command that gives the same run again.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// What is checked: full (reference model, checker, invariants), or none (counts and hash only).
    #[arg(long, default_value = "full", value_parser = ["full", "none"])]
    oracle: String,
    /// Which queue orders the events: the production one, or the plain heap that must give the same hash.
    #[arg(long, default_value = "wheel", value_parser = ["wheel", "heap"])]
    queue: String,
    /// Writes every transition down, one line each.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    pictures: Pictures,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let PreparedRun { identity, mut plan, mutation, made_by, expected, chat } =
        arguments.run.prepare()?.drawn();
    plan.oracle = oracle(&arguments.oracle);
    if let Some(version) = made_by.filter(|version| version != VERSION) {
        remark(&format!("the line was made by version {version}, this is {VERSION}: the run may differ"));
    }
    if let Some(chat) = chat.as_ref().filter(|_| !arguments.json) {
        crate::chat::remarks(chat);
    }
    if !arguments.json {
        line(&identity.to_string());
    }
    let trace = match &arguments.trace {
        None => None,
        Some(path) => {
            let file =
                File::create(path).map_err(|error| CommandFailure::Usage(file::unwritten(path, &error)))?;
            Some(Trace::new(plan.scenario.start, Box::new(BufWriter::new(file))))
        }
    };
    let mut bar = Progress::new("virtual seconds", (plan.scenario.duration + plan.scenario.settle).as_secs());
    let mut interrupted = false;
    let mut progress = |passed: Duration| {
        bar.reach(passed.as_secs());
        interrupted = crate::interrupt::asked();
        if interrupted { Flow::Stop } else { Flow::GoOn }
    };
    crate::interrupt::watch();
    let queue = if arguments.queue == "heap" { QueueKind::Heap } else { QueueKind::Wheel };
    let started = stopwatch();
    let options = RunOptions { queue, mutation, trace, progress: Some(&mut progress), observer: None };
    let report = arguments.pictures.run(&identity.to_string(), &plan, options)?;
    let wall = started.elapsed();
    bar.finish();
    if interrupted {
        let (shown, whole) = (report.show_time.as_secs(), plan.scenario.duration.as_secs());
        remark(&format!("partial: interrupted after {shown} of {whole} virtual seconds"));
    }
    let unreached = expected.unreached(|rule| report.reached(rule));
    if arguments.json {
        let mut object = object(&identity.to_string(), &report, wall);
        object["partial"] = interrupted.into();
        object["expected_unreached"] = unreached.rules().iter().map(|rule| rule.id()).collect();
        if let (Some(object), Some(chat)) = (object.as_object_mut(), &chat) {
            object.insert("chat".to_owned(), crate::chat::read_object(chat));
        }
        line(&object.to_string());
    } else {
        tell(chat.as_ref(), &report, wall);
        line(&identity.to_string());
    }
    if interrupted && !matches!(report.verdict, Verdict::Fail(_)) {
        return Err(CommandFailure::Status(crate::interrupt::INTERRUPTED));
    }
    end(arguments, &identity, &report, &unreached)
}

/// The end of a run that was not interrupted, or that failed before.
fn end(arguments: &Arguments, identity: &Identity, report: &RunReport, unreached: &UnreachedRules) -> Done {
    let trace = trace_failure(arguments, report);
    match &report.verdict {
        Verdict::Fail(failure) => {
            // The trace's fault is said too: the verdict holds, and the file is not what it should be.
            trace.iter().for_each(|text| complain(text));
            let line = identity.to_string();
            let options = line.strip_prefix("claque simulate ").unwrap_or(&line);
            remark(&format!("make it smaller and keep it: claque shrink {options} --bug SOME-NAME"));
            Err(CommandFailure::No(failure.to_string()))
        }
        Verdict::Pass | Verdict::Unknown => {
            trace.map_or(Ok(()), |text| Err(CommandFailure::No(text)))?;
            judge_expected(unreached)
        }
    }
}

/// The end of a run or a campaign in which no rule was broken: it fails where the scenario expected more of it.
pub(crate) fn judge_expected(unreached: &UnreachedRules) -> Done {
    if unreached.is_failure() {
        return Err(CommandFailure::No(unreached.to_string()));
    }
    if !unreached.is_empty() {
        remark(&unreached.to_string());
    }
    Ok(())
}

/// Why the trace is not whole.
fn trace_failure(arguments: &Arguments, report: &RunReport) -> Option<String> {
    let (path, why) = arguments.trace.as_ref().zip(report.trace_failure.as_ref())?;
    Some(format!("{}: the trace cannot be written: {why}", path.display()))
}

/// The wall clock is looked at to say how long a run took, and decides nothing.
#[expect(clippy::disallowed_methods, reason = "measures a run from outside")]
pub(crate) fn stopwatch() -> Instant {
    Instant::now()
}

fn tell(chat: Option<&RecordedChat>, report: &RunReport, wall: std::time::Duration) {
    let row = |name: &str, value: String| row(name, &value);
    line("");
    if let Some(chat) = chat {
        row("recorded chat", crate::chat::sentence(chat));
    }
    row(
        "users",
        format!(
            "{} in {}, largest {}",
            count(report.users),
            counted(report.groups, "group"),
            count(report.members_peak)
        ),
    );
    row(
        "sessions",
        format!(
            "{}, {}, {}",
            counted(report.logons, "logon"),
            counted(report.joins, "join"),
            counted(report.leaves, "leave")
        ),
    );
    row("links", format!("{} lost, {} taken up again", count(report.links_lost), count(report.reconnects)));
    row(
        "messages accepted",
        format!(
            "{} ({} refused, {} throttled)",
            count(report.accepted),
            counted(report.refused, "send"),
            counted(report.throttled, "call")
        ),
    );
    row("  unspoken", format!("{} (nobody with a link could send them)", count(report.unspoken)));
    let by = |levels: &claque_sim::run::ByLevel| {
        format!(
            "{} (HIGH {}, MEDIUM {}, NORMAL {})",
            count(levels.total()),
            count(levels.high),
            count(levels.medium),
            count(levels.normal)
        )
    };
    row("  shed", by(&report.shed));
    row("  delivered", by(&report.delivered));
    row(
        "deliveries",
        format!(
            "{} to members ({} lost on the way, {})",
            count(report.deliveries),
            count(report.lost),
            counted(report.duplicates, "duplicate")
        ),
    );
    row("notices to members", count(report.notices));
    tell_rest(report, wall);
}

fn row(name: &str, value: &str) {
    line(&format!("  {name:22} {value}"));
}

fn tell_rest(report: &RunReport, wall: std::time::Duration) {
    let row = |name: &str, value: String| row(name, &value);
    row("HIGH recovered", count(report.recovered));
    let changes = report.supergroups;
    row(
        "supergroups",
        format!(
            "{}, {} shut down, {} reopened",
            counted(changes.upgrades, "upgrade"),
            count(changes.shutdowns),
            count(changes.reopenings)
        ),
    );
    row("callbacks", count(report.callbacks));
    let latencies = report.latencies;
    row(
        "delivery latency",
        format!(
            "median {}, p99 {}, most {}",
            millis(latencies.median),
            millis(latencies.p99),
            millis(latencies.max)
        ),
    );
    row("rules reached", format!("{} of {}", report.rules_reached(), claque_core::Rule::COUNT));
    row("virtual time", humane(report.virtual_time.as_micros()));
    row("wall time", took(wall));
    let rate = per_second(report.events, micros(wall));
    row("events", format!("{}, {} a second", count(report.events), count(rate)));
    row(
        "memory",
        format!(
            "{} per user, {} per membership (simulator's own)",
            counted(report.bytes_per_user, "byte"),
            count(report.bytes_per_membership)
        ),
    );
    if let Some(peak) = peak_bytes() {
        let each = count(peak / report.users.max(1));
        row("  at its peak", format!("{} KB in all, {each} bytes per user", count(peak / 1_024)));
    }
    row("trace hash", format!("{:016x}", report.trace_hash));
    row("verdict", strong(&report.verdict.to_string()));
    line("");
}

fn millis(span: Duration) -> String {
    format!("{} ms", count(span.as_millis()))
}

/// The most memory that this process had, where the system tells.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1_024)
}

fn object(identity: &str, report: &RunReport, wall: std::time::Duration) -> Value {
    let by = |levels: &claque_sim::run::ByLevel| json!({ "HIGH": levels.high, "MEDIUM": levels.medium, "NORMAL": levels.normal });
    let rules: serde_json::Map<String, Value> =
        report.rules.iter().map(|(rule, hits)| (rule.id().to_owned(), hits.into())).collect();
    let failure = match &report.verdict {
        Verdict::Fail(failure) => json!({
            "rule": failure.rule.map(claque_core::Rule::id),
            "at_micros": failure.at.as_micros().saturating_sub(failure.began.map_or(0, |began| began.as_micros())),
            "evidence": failure.to_string(),
        }),
        Verdict::Pass | Verdict::Unknown => Value::Null,
    };
    json!({
        "schema": 1,
        "identity": identity,
        "users": report.users,
        "groups": report.groups,
        "members_peak": report.members_peak,
        "logons": report.logons,
        "joins": report.joins,
        "leaves": report.leaves,
        "links_lost": report.links_lost,
        "reconnects": report.reconnects,
        "accepted": report.accepted,
        "refused": report.refused,
        "throttled": report.throttled,
        "unspoken": report.unspoken,
        "shed": by(&report.shed),
        "delivered": by(&report.delivered),
        "deliveries": report.deliveries,
        "notices": report.notices,
        "lost": report.lost,
        "duplicates": report.duplicates,
        "recovered": report.recovered,
        "upgrades": report.supergroups.upgrades,
        "shutdowns": report.supergroups.shutdowns,
        "reopenings": report.supergroups.reopenings,
        "callbacks": report.callbacks,
        "rules": rules,
        "latency_micros": {
            "median": report.latencies.median.as_micros(),
            "p99": report.latencies.p99.as_micros(),
            "max": report.latencies.max.as_micros(),
        },
        "virtual_micros": report.virtual_time.as_micros(),
        "run_nanos": u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
        "events": report.events,
        "bytes_per_user": report.bytes_per_user,
        "bytes_per_membership": report.bytes_per_membership,
        "peak_bytes": peak_bytes(),
        "peak_bytes_per_user": peak_bytes().map(|bytes| bytes / report.users.max(1)),
        "trace_hash": format!("{:016x}", report.trace_hash),
        "verdict": report.verdict.to_string(),
        "failure": failure,
    })
}
