//! `claque replay`: runs a bug, or any run, again, and shows what happened. `claque bug export` turns a bug into a test.

use std::path::{Path, PathBuf};

use claque_core::Duration;
use claque_sim::bugbase::{Bug, Replay};
use claque_sim::run::RunOptions;
use claque_sim::transcript::{Lines, transcript};
use claque_sim::units::parse_duration;

use crate::output::{line, print, strong};
use crate::run_plan::{RunArguments, refused, write};
use crate::{Done, Failure};

/// What to run again.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque replay --all                            every bug of the bug base: what CI does
  claque replay fixtures/bugs/budget-plus-one
  claque replay --scenario smoke --seed 3 --around 1m12s --group g1
  claque replay --scenario smoke --seed 3 --until 20s --user viewer7")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// The folder of a bug.
    #[arg(value_name = "DIR", conflicts_with = "all")]
    bug: Option<PathBuf>,
    /// Every bug of the bug base.
    #[arg(long)]
    all: bool,
    /// Where the bug base is.
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
    /// Shows at most so many of the last lines.
    #[arg(long, value_name = "LINES", default_value_t = 60)]
    last: usize,
}

/// How far `--around` looks to both sides.
const AROUND: u64 = 2_000_000;

pub(crate) fn run(arguments: &Arguments) -> Done {
    if arguments.all {
        return replay_all(&arguments.base);
    }
    let (plan, mutation) = match &arguments.bug {
        None => {
            let prepared = arguments.run.prepare()?.drawn();
            line(&prepared.identity.to_string());
            (prepared.plan, prepared.mutation)
        }
        Some(folder) => {
            let bug = read(folder)?;
            line(&bug.says);
            let replay = bug.replay();
            let (word, told) = told(&replay);
            line(&format!("{} {told}", strong(word)));
            (bug.plan(), bug.mutant)
        }
    };
    let micros = arguments.around.map(Duration::as_micros);
    let wanted = Lines {
        from: micros.map(|at| Duration::from_micros(at.saturating_sub(AROUND))),
        until: micros.map(|at| Duration::from_micros(at + AROUND)).or(arguments.until),
        user: arguments.user.clone(),
        group: arguments.group.clone(),
        last: Some(arguments.last),
    };
    let (report, lines) = transcript(&plan, RunOptions { mutation, ..RunOptions::default() }, &wanted);
    print(&lines.concat());
    line(&report.verdict.to_string());
    Ok(())
}

fn read(folder: &Path) -> Result<Bug, Failure> {
    let text = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
    };
    let id = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Bug::read(&id, &text("bug.toml")?, &text("scenario.toml")?).map_err(|it| refused(&it))
}

fn told(replay: &Replay) -> (&'static str, &str) {
    match replay {
        Replay::Right(text) => ("right", text),
        Replay::Wrong(text) => ("wrong", text),
    }
}

fn replay_all(base: &Path) -> Done {
    let entries =
        std::fs::read_dir(base).map_err(|error| Failure::Usage(format!("{}: {error}", base.display())))?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let mut wrong = 0;
    for folder in &folders {
        let bug = read(folder)?;
        let replay = bug.replay();
        wrong += usize::from(matches!(replay, Replay::Wrong(_)));
        let (word, told) = told(&replay);
        line(&format!("{word:6} {:40} {told}", bug.id));
    }
    line(&format!("{} bugs, {wrong} wrong", folders.len()));
    if wrong == 0 {
        Ok(())
    } else {
        Err(Failure::No(format!("{wrong} of {} bugs are not as they should be", folders.len())))
    }
}

/// What to do with a bug.
#[derive(clap::Args)]
pub(crate) struct BugArguments {
    #[command(subcommand)]
    what: BugCommand,
}

#[derive(clap::Subcommand)]
enum BugCommand {
    /// Writes a Rust test that replays the bug.
    Export {
        /// The folder of a bug.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where the test goes; printed when absent.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(crate) fn bug(arguments: &BugArguments) -> Done {
    let BugCommand::Export { folder, out } = &arguments.what;
    let test = read(folder)?.to_rust_test();
    match out {
        None => print(&test),
        Some(path) => write(path, &test)?,
    }
    Ok(())
}
