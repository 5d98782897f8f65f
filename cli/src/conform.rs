//! `claque conform`: the suite against a subject, its reports, and what authors of cases need.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use claque_conformance::case::Case;
use claque_conformance::estimate::Estimate;
use claque_conformance::lists::Lists;
use claque_conformance::play::{Onlooker, Terms, play};
use claque_conformance::report::{CaseRow, Report, Totals};
use claque_conformance::subject::Subject;
use claque_conformance::suite::{Suite, VERSION};
use claque_conformance::verdict::VerdictKind;
use claque_core::Duration;
use claque_lab::amount::{counted, grouped};
use serde_json::json;

use crate::output::{count, line, print, remark};
use crate::progress::Progress;
use crate::simulate::stopwatch;
use crate::suite::suite;
use crate::{CommandFailure, Done, readings, rules, subject};

mod author;
mod compare;
mod report;
mod sweep;

/// The suite, and what is done with its reports.
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  claque conform
  claque conform --rule shaper.floor.latest-per-type --transcript
  claque conform message::
  claque conform --reading shaper.window=window-close
  claque conform --subject http --endpoint 127.0.0.1:8787
  claque conform --subject my-service.toml --dry-run
  claque conform --report-dir out
  claque conform --report-dir out --against before/report.jsonl
  claque conform new group/four-are-too-many --rule group.admins.max
  claque conform compare before/report.jsonl out/report.jsonl
  claque conform report a/report.jsonl b/report.jsonl --out both

Ctrl-C ends a run after the case under way: reports are written, and what the cases made on the endpoint is deleted.

Exit status: 0 every judged case is good, 1 a case is bad, no case was judged, or a case file has a mistake, 2 wrong usage \
or a subject that cannot be reached, 130 interrupted."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<ConformVerb>,
    #[command(flatten)]
    run: SuiteArguments,
}

#[derive(clap::Subcommand)]
enum ConformVerb {
    /// Reads case files and says what is wrong with each.
    Check(author::CheckArguments),
    /// Compares two runs: fixed, broken, new, gone. Exits with 1 when something broke.
    Compare(compare::Arguments),
    /// Writes the skeleton of a new case.
    New(author::NewArguments),
    /// Makes one report of several earlier runs.
    Report(report::Arguments),
}

/// Which cases, and how to tell.
#[derive(clap::Args)]
struct SuiteArguments {
    /// Runs only the cases with this text in their name or in the ID of one of their rules.
    filter: Option<String>,
    /// Only cases of this rule.
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Another reading of an open point, or @FILE for a file of them; repeatable. Cases that state their own keep it.
    #[arg(long, value_name = "ID=VALUE")]
    reading: Vec<String>,
    /// A TOML file with lists of cases: known to fail, known to be flaky, skipped (docs/plugging-in.md).
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    /// Cases and rules of a folder laid out as `fixtures/`, instead of the built-in ones.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// Tries every alternative of every reading, and names the cases whose result changes.
    #[arg(
        long,
        conflicts_with_all = ["list", "report_dir", "against", "reading", "lists", "transcript", "subject", "seed"]
    )]
    sweep: bool,
    /// Names the cases and runs none.
    #[arg(long)]
    list: bool,
    /// Makes no call; prints how many calls, groups, applications and minutes the run would need.
    #[arg(long)]
    dry_run: bool,
    /// Writes the report into this folder: JSON Lines, JUnit, HTML, Markdown and a badge.
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// Compares the run with an earlier one (its report.jsonl); fails if a case that was good is bad now.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    #[command(flatten)]
    subject: subject::SubjectChoice,
    /// Prints the transcript of every case.
    #[arg(long)]
    transcript: bool,
    /// Machine output: one JSON object a case.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match &arguments.command {
        None => judge(&arguments.run),
        Some(ConformVerb::Check(arguments)) => author::check(arguments),
        Some(ConformVerb::Compare(arguments)) => compare::run(arguments),
        Some(ConformVerb::New(arguments)) => author::new(arguments),
        Some(ConformVerb::Report(arguments)) => report::run(arguments),
    }
}

fn suite_of(fixtures: Option<&Path>) -> Result<Suite, CommandFailure> {
    match fixtures {
        None => suite(),
        Some(folder) if !folder.is_dir() => {
            Err(CommandFailure::Usage(format!("--fixtures: {} is no folder", folder.display())))
        }
        Some(folder) => Suite::load(folder).map_err(|diagnostic| CommandFailure::No(diagnostic.to_string())),
    }
}

fn judge(arguments: &SuiteArguments) -> Done {
    let suite = suite_of(arguments.fixtures.as_deref())?;
    let cases = chosen(&suite, arguments)?;
    if arguments.list {
        cases.iter().for_each(|case| line(&format!("{}::{}", case.area, case.name)));
        return Ok(());
    }
    if arguments.sweep {
        sweep::run(&suite, &cases, arguments.json);
        return Ok(());
    }
    let terms = Terms {
        readings: readings::parse(&arguments.reading)?,
        lists: lists(arguments.lists.as_deref(), &suite)?,
        filter: arguments.filter.clone().or_else(|| arguments.rule.clone()),
    };
    let before = arguments.against.as_deref().map(report::only_run).transpose()?;
    let mut opened = arguments.subject.open()?;
    if arguments.dry_run {
        line(&estimate_line(&Estimate::of(&cases, opened.subject.as_ref()), opened.subject.as_ref()));
        return Ok(());
    }
    opened.subject.reach().map_err(|error| {
        CommandFailure::Usage(format!(
            "{error} Start it, or name another place: `endpoint` in the descriptor"
        ))
    })?;
    let mut teller = Teller {
        arguments,
        progress: Progress::failing("cases", cases.len() as u64, "bad"),
        began: stopwatch(),
    };
    crate::interrupt::watch();
    let made = play(&suite, &cases, opened.subject.as_mut(), &terms, &mut teller);
    teller.progress.finish();
    if !arguments.json {
        line(&summary(&made));
    }
    if let Some(folder) = &arguments.report_dir {
        report::write_all(folder, std::slice::from_ref(&made), &suite.registry)?;
    }
    let broken = match &before {
        None => 0,
        Some(before) => compare::tell(before, &made, arguments.report_dir.as_deref())?,
    };
    if made.cases.len() < cases.len() {
        return Err(crate::interrupt::partial(made.cases.len(), &count(cases.len(), "case")));
    }
    let totals = made.totals();
    if totals.judged() == 0 {
        return Err(CommandFailure::No(unjudged(&totals)));
    }
    let bad = totals.bad();
    match (bad, broken) {
        (0, 0) => Ok(()),
        (0, _) => Err(CommandFailure::No(format!("{broken} of {} broke", count(cases.len(), "case")))),
        (1, _) => Err(CommandFailure::No(format!("1 of {} is bad", count(cases.len(), "case")))),
        (_, _) => Err(CommandFailure::No(format!("{bad} of {} are bad", count(cases.len(), "case")))),
    }
}

fn chosen<'s>(suite: &'s Suite, arguments: &'s SuiteArguments) -> Result<Vec<&'s Case>, CommandFailure> {
    if let Some(id) = &arguments.rule
        && suite.registry.rule(id).is_none()
    {
        return Err(rules::unknown_rule(&suite.registry, id));
    }
    let of_rule = |case: &&Case| {
        arguments.rule.as_deref().is_none_or(|id| case.rules.iter().any(|rule| rule.id() == id))
    };
    if arguments.filter.as_deref().is_some_and(|filter| filter.trim().is_empty()) {
        let text = "the name of a case is empty; `claque conform --list` names all".to_owned();
        return Err(CommandFailure::Usage(text));
    }
    let cases: Vec<&Case> = suite.matching(arguments.filter.as_deref()).filter(of_rule).collect();
    if cases.is_empty() {
        return Err(no_case(suite, arguments));
    }
    Ok(cases)
}

/// What to say when nothing fits.
fn no_case(suite: &Suite, arguments: &SuiteArguments) -> CommandFailure {
    let asked = arguments.filter.as_deref().unwrap_or_default().replace('/', "::");
    let names: Vec<String> = suite.cases.iter().map(|case| format!("{}::{}", case.area, case.name)).collect();
    let hint = crate::name::near(&asked, names.iter().map(String::as_str));
    let hint = hint.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    let filter = arguments.filter.as_deref().map(|filter| format!("{filter:?}"));
    let rule = arguments.rule.as_deref().map(|rule| format!("--rule {rule}"));
    let asked: Vec<String> = filter.into_iter().chain(rule).collect();
    let asked = asked.join(" and ");
    CommandFailure::Usage(format!("no case matches {asked}{hint}; `claque conform --list` names all"))
}

fn lists(file: Option<&Path>, suite: &Suite) -> Result<Lists, CommandFailure> {
    let Some(file) = file else { return Ok(Lists::default()) };
    Lists::read(&file.display().to_string(), &crate::input::read_text(file)?, suite)
        .map_err(|diagnostic| CommandFailure::Usage(diagnostic.to_string()))
}

/// What a run would ask of its subject, in one line.
fn estimate_line(run: &Estimate, subject: &dyn Subject) -> String {
    let mut text = format!(
        "{} would be played, {} not applicable: {}, {}, {}, {}",
        counted(run.cases, "case"),
        run.not_applicable,
        counted(run.calls, "call"),
        counted(run.client_actions, "client action"),
        counted(run.groups, "group"),
        counted(run.applications, "application")
    );
    let can = subject.capabilities();
    if !can.applications {
        text.push_str(", of which the cases share those that they do not delete");
    }
    if !can.virtual_time {
        text.push_str(&format!("; at least {}", counted(run.time.as_secs().div_ceil(60), "minute")));
    }
    text
}

/// Why a run in which no case was judged is no success: it shows nothing about its subject.
fn unjudged(totals: &Totals) -> String {
    let kinds: Vec<String> = totals.verdicts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!(
        "no case was judged ({}), so the run shows nothing; choose other cases, or a subject to which they apply: the \
         reason is below each case",
        kinds.join(", ")
    )
}

/// The run in one line.
fn summary(report: &Report) -> String {
    let totals = report.totals();
    let virtual_time = report.cases.iter().fold(0_u64, |sum, row| sum.saturating_add(row.virtual_micros));
    let days = Duration::from_micros(virtual_time).as_secs() / 86_400;
    let bad = totals.bad();
    let cases = count(report.cases.len(), "case");
    // What was never tried, or too late to tell, is neither.
    let [judged, good, bad] = [totals.judged(), totals.passed(), bad].map(grouped);
    let mut text = format!("{cases}, {judged} judged: {good} good, {bad} bad");
    for (kind, count) in totals.verdicts.iter().filter(|(kind, _)| **kind != VerdictKind::Pass) {
        text.push_str(&format!(", {} {kind}", grouped(*count)));
    }
    text.push_str(&format!("; {} passed; suite {VERSION}", counted(days, "virtual day")));
    text
}

/// Prints what is worth knowing of each case as it ends.
struct Teller<'a> {
    arguments: &'a SuiteArguments,
    progress: Progress,
    began: std::time::Instant,
}

impl Onlooker for Teller<'_> {
    fn stopwatch(&mut self) -> u64 {
        u64::try_from(stopwatch().duration_since(self.began).as_micros()).unwrap_or(u64::MAX)
    }

    fn played(&mut self, _: &Case, row: &CaseRow) -> ControlFlow<()> {
        self.progress.aside(|| {
            if self.arguments.json {
                line(
                    &json!({
                        "schema": 1, "case": row.case, "rules": row.rules, "verdict": row.verdict.word(),
                        "detail": row.detail, "virtualMicros": row.virtual_micros,
                    })
                    .to_string(),
                );
            } else {
                tell(row, self.arguments.transcript);
            }
        });
        self.progress.fail(usize::from(!row.verdict.is_good()));
        self.progress.step(1);
        if crate::interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn tell(row: &CaseRow, transcript: bool) {
    let good = row.verdict.is_good();
    if row.verdict != VerdictKind::Pass || transcript {
        line(&format!("{:14} {}", row.verdict.word(), row.case));
    }
    if !row.detail.is_empty() {
        line(&format!("               {}", row.detail));
    }
    if transcript || !good {
        print(&row.transcript);
        if !good {
            remark(&format!("  file: {}", row.file));
        }
    }
}
