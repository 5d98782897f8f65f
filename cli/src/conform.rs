//! `claque conform`: the suite against the in-process service.

use claque_conformance::case::Case;
use claque_conformance::runner::{Run, run_with};
use claque_conformance::subject::CoreSubject;
use claque_conformance::suite::{Suite, VERSION};
use claque_conformance::verdict::Verdict;
use claque_core::{Duration, Readings};
use serde_json::json;

use crate::output::{line, print, remark};
use crate::progress::Progress;
use crate::{Done, Failure, readings, rules};

/// Which cases, and how to tell.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque conform
  claque conform --rule shaper.floor.latest-per-type --transcript
  claque conform message::
  claque conform --reading shaper.window=window-close
  claque conform --json")]
pub(crate) struct Arguments {
    /// Only cases whose name, or one of whose rules, has this in it.
    filter: Option<String>,
    /// Only cases of this rule.
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Another reading of an open point; repeatable. Cases that state their own keep it.
    #[arg(long, value_name = "ID=VALUE")]
    reading: Vec<String>,
    /// Prints the transcript of every case.
    #[arg(long)]
    transcript: bool,
    /// Machine output: one JSON object a case.
    #[arg(long)]
    json: bool,
}

pub(crate) fn suite() -> Result<Suite, Failure> {
    Suite::embedded().map_err(|diagnostic| Failure::No(diagnostic.to_string()))
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let suite = suite()?;
    let chosen = readings::parse(&arguments.reading)?;
    if let Some(id) = &arguments.rule
        && suite.registry.rule(id).is_none()
    {
        return Err(rules::unknown_rule(&suite.registry, id));
    }
    let filter = arguments.filter.as_deref();
    let of_rule = |case: &&Case| {
        arguments.rule.as_deref().is_none_or(|id| case.rules.iter().any(|rule| rule.id() == id))
    };
    let cases: Vec<&Case> = suite.matching(filter).filter(of_rule).collect();
    if cases.is_empty() {
        return Err(Failure::Usage("no case matches; `claque conform` without a filter runs all".to_owned()));
    }
    let mut progress = Progress::new("cases", cases.len() as u64);
    let mut bad = 0;
    let mut virtual_time = 0_u64;
    for case in &cases {
        let mut setup = case.setup.clone();
        setup.readings = under(&chosen, &case.setup.readings)?;
        let run = run_with(case, &mut CoreSubject::sound(), &setup);
        virtual_time = virtual_time.saturating_add(run.virtual_time.as_micros());
        bad += usize::from(!run.verdict.is_good());
        tell(arguments, case, &run);
        progress.step(1);
    }
    progress.finish();
    let passed = cases.len() - bad;
    if !arguments.json {
        let days = Duration::from_micros(virtual_time).as_secs() / 86_400;
        line(&format!(
            "{} cases, {passed} good, {bad} bad; {days} virtual days passed; suite {VERSION}",
            cases.len()
        ));
    }
    if bad == 0 { Ok(()) } else { Err(Failure::No(format!("{bad} of {} cases are bad", cases.len()))) }
}

/// The readings of a case under others: what the case chooses itself stays.
fn under(chosen: &Readings, own: &Readings) -> Result<Readings, Failure> {
    let mut readings = *chosen;
    for choice in own.iter().filter(|choice| choice.value != choice.default) {
        readings.set(choice.id, choice.value).map_err(|error| Failure::No(error.to_string()))?;
    }
    Ok(readings)
}

fn tell(arguments: &Arguments, case: &Case, run: &Run) {
    let name = case.test_name();
    if arguments.json {
        let rules: Vec<&str> = case.rules.iter().map(|rule| rule.id()).collect();
        line(
            &json!({
                "case": name, "rules": rules, "verdict": run.verdict.word(), "detail": run.verdict.detail(),
                "virtualMicros": run.virtual_time.as_micros(),
            })
            .to_string(),
        );
        return;
    }
    let good = run.verdict.is_good();
    if !good || !matches!(run.verdict, Verdict::Pass) {
        line(&format!("{:14} {name}", run.verdict.word()));
        let detail = run.verdict.detail();
        if !detail.is_empty() {
            line(&format!("               {detail}"));
        }
    } else if arguments.transcript {
        line(&format!("{:14} {name}", run.verdict.word()));
    }
    if arguments.transcript || !good {
        print(&run.transcript);
        if !good {
            remark(&format!("  file: {}", case.file));
        }
    }
}
