//! `claque replay`: runs a bug, or any run, again, and shows what happened.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use claque_core::{Duration, Mutant};
use claque_document::units::parse_duration;
use claque_lab::bugbase::BugReplay;
use claque_lab::explain::{Asked, Kind, explain_run};
use claque_lab::transcript::{Lines, transcript};
use claque_scenario::plan::Plan;
use claque_sim::observer::Observer;
use claque_sim::run::{RunOptions, run_with};
use serde_json::json;

use crate::against::{Mine, compare, twice};
use crate::bug::{commit, folders, read};
use crate::number::{COUNT_MAX, number};
use crate::output::{count, line, print, strong};
use crate::pictures::Pictures;
use crate::run_plan::{RunArguments, write};
use crate::step::Stepper;
use crate::{CommandFailure, Done};

/// What to run again.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque replay --all                            every bug of the bug base: what CI does
  claque replay fixtures/bugs/budget-plus-one
  claque replay --scenario smoke --seed 3 --around 1m12s --group g1
  claque replay --scenario smoke --seed 3 --until 20s --user viewer7
  claque replay --scenario smoke --seed 3 --step --until 45s      stop there, and step on
  claque replay --scenario smoke --seed 3 --twice                 on both queues: do the runs differ?
  claque replay --scenario smoke --seed 3 --against budget-plus-one
  claque replay --scenario smoke --seed 3 --against seed=4
  claque replay --scenario smoke --seed 3 --against shaper.window=window-close
  claque replay --scenario smoke --seed 3 --against program=../claque-0.1/claque
  claque replay --scenario smoke --seed 3 --against trace=run.txt")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// The folder of a bug.
    #[arg(value_name = "DIR", conflicts_with = "all")]
    bug: Option<PathBuf>,
    /// Every bug of the bug base.
    #[arg(long)]
    all: bool,
    /// With --all: adds this version's result to each bug's history.
    #[arg(long, requires = "all")]
    record: bool,
    /// With --all: prints one JSON object.
    #[arg(long, requires = "all")]
    json: bool,
    /// The folder of the bug base.
    #[arg(long, value_name = "DIR", default_value = "fixtures/bugs")]
    base: PathBuf,
    /// Shows what happened up to this time.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    until: Option<Duration>,
    /// Shows what happened two seconds before and after this time.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "until")]
    around: Option<Duration>,
    /// Shows only lines that name this user.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Shows only lines that name this group.
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    #[command(flatten)]
    pictures: Pictures,
    /// Stops between events and reads commands from standard input; the command `h` lists them. With --until, --around, --user or
    /// --group the first stop is at the first event that they choose.
    #[arg(long)]
    step: bool,
    /// Runs it on both queues of events, the fast and the simple one, and shows the first event in which the runs differ.
    #[arg(long, conflicts_with = "step")]
    twice: bool,
    /// Shows where the run parts from another one, and how both go on: that of a mutant, of another seed (seed=7), of another
    /// reading (ID=VALUE), of another version of claque, which is run on the same line (program=PATH), or of a trace that
    /// `claque simulate --trace` wrote (trace=FILE).
    #[arg(long, value_name = "MUTANT|seed=N|ID=VALUE|program=PATH|trace=FILE", conflicts_with_all = ["step", "twice"])]
    against: Option<String>,
    /// Shows at most this many lines, the last ones.
    #[arg(long, value_name = "LINES", default_value_t = 60, value_parser = number::<usize>("number of lines", 0..=COUNT_MAX))]
    last: usize,
}

/// How far `--around` looks to both sides.
const AROUND: u64 = 2_000_000;

pub(crate) fn run(arguments: &Arguments) -> Done {
    if arguments.all {
        return replay_all(arguments);
    }
    let (plan, mutation) = chosen(arguments.bug.as_deref(), &arguments.run, true)?;
    let micros = arguments.around.map(Duration::as_micros);
    let wanted = Lines {
        from: micros.map(|at| Duration::from_micros(at.saturating_sub(AROUND))),
        until: micros.map(|at| Duration::from_micros(at + AROUND)).or(arguments.until),
        user: arguments.user.clone(),
        group: arguments.group.clone(),
        last: Some(arguments.last),
    };
    if arguments.twice {
        return twice(&plan, mutation);
    }
    if let Some(word) = &arguments.against {
        let mine = Mine { bug: arguments.bug.as_deref(), run: &arguments.run, plan: &plan, mutation };
        return compare(&mine, word);
    }
    if arguments.pictures.are_wanted() {
        let identity = match &arguments.bug {
            Some(folder) => format!("claque replay {}", folder.display()),
            None => arguments.run.prepare()?.identity.to_string(),
        };
        let options = RunOptions { mutation, ..RunOptions::default() };
        line(&arguments.pictures.run(&identity, &plan, options)?.verdict.to_string());
        return Ok(());
    }
    if arguments.step {
        check_names(&wanted, &plan, mutation)?;
        let from = wanted.from.or(wanted.until);
        let stepper = Rc::new(RefCell::new(Stepper::new(from, &wanted)));
        loop {
            let observer = Some(Box::new(Rc::clone(&stepper)) as Box<dyn Observer>);
            let report = run_with(&plan, RunOptions { mutation, observer, ..RunOptions::default() });
            // Going back is going forward from the beginning: a run is quick, and a world is too large to keep copies of.
            if !stepper.borrow_mut().goes_back() {
                line(&report.verdict.to_string());
                return Ok(());
            }
        }
    }
    let (report, lines) = transcript(&plan, RunOptions { mutation, ..RunOptions::default() }, &wanted);
    // No word of a line is empty but what lies between two spaces, which every line has.
    let nobody = [&wanted.user, &wanted.group].into_iter().flatten().any(String::is_empty);
    if lines.is_empty() || nobody {
        check_names(&wanted, &plan, mutation)?;
    }
    print(&lines.concat());
    line(&report.verdict.to_string());
    Ok(())
}

/// Refuses a user or a group that the run does not have: no lines would look as if nothing had happened to it.
fn check_names(wanted: &Lines, plan: &Plan, mutation: Option<Mutant>) -> Done {
    for (kind, name) in [(Kind::User, &wanted.user), (Kind::Group, &wanted.group)] {
        let Some(name) = name else { continue };
        let refused = |said: String| CommandFailure::Usage(format!("--{}: {said}", kind.word()));
        let asked = Asked::parse(&format!("{}:{name}", kind.word())).map_err(refused)?;
        let (_, explainer) = explain_run(plan, RunOptions { mutation, ..RunOptions::default() }, asked);
        explainer.story().map_err(|said| refused(said.to_string()))?;
    }
    Ok(())
}

/// The run that is meant: a bug's, or that of an identity line. Says which, where somebody reads.
pub(crate) fn chosen(
    bug: Option<&Path>,
    run: &RunArguments,
    says: bool,
) -> Result<(Plan, Option<Mutant>), CommandFailure> {
    let Some(folder) = bug else {
        let prepared = run.prepare()?.drawn();
        if says {
            line(&prepared.identity.to_string());
        }
        return Ok((prepared.plan, prepared.mutation));
    };
    let bug = read(folder)?;
    if says {
        line(&bug.says);
        let replay = bug.replay();
        let (word, text) = described(&replay);
        line(&format!("{} {text}", strong(word)));
    }
    Ok((bug.plan(), bug.mutant))
}

fn described(replay: &BugReplay) -> (&'static str, &str) {
    match replay {
        BugReplay::Right(text) => ("right", text),
        BugReplay::Wrong(text) => ("wrong", text),
    }
}

fn replay_all(arguments: &Arguments) -> Done {
    let folders = folders(&arguments.base)?;
    let (mut wrong, mut rows) = (0, Vec::new());
    for folder in &folders {
        let mut bug = read(folder)?;
        let replay = bug.replay();
        wrong += usize::from(matches!(replay, BugReplay::Wrong(_)));
        let (word, text) = described(&replay);
        if arguments.json {
            rows.push(json!({ "bug": bug.id, "right": word == "right", "said": text }));
        } else {
            line(&format!("{word:6} {:40} {text}", bug.id));
        }
        if arguments.record {
            bug.record(commit(), format!("{word}: {text}"));
            write(&folder.join("bug.toml"), &bug.to_toml())?;
        }
    }
    if arguments.json {
        print(&format!("{:#}\n", json!({ "schema": 1, "bugs": rows, "wrong": wrong })));
    } else {
        line(&format!("{}, {wrong} wrong", count(folders.len(), "bug")));
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(CommandFailure::No(format!("not as they should be: {wrong} of {}", count(folders.len(), "bug"))))
    }
}
