//! `claque bug`: what can be done with a bug of the bug base.

use std::path::{Path, PathBuf};
use std::process::Command;

use claque_lab::amount::counted;
use claque_lab::bugbase::Bug;

use crate::export;
use crate::name::unknown;
use crate::number::{COUNT_MAX, number};
use crate::output::{line, print};
use crate::run_plan::{refused, write};
use crate::shrink::keep;
use crate::{CommandFailure, Done};

/// What to do with a bug.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque bug export fixtures/bugs/budget-plus-one --out sim/lab/tests/budget_plus_one.rs
  claque bug export fixtures/bugs/budget-plus-one --as case --out fixtures/cases/shaper/found.toml
  claque bug renew --all                          after a change of what seeds mean")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Writes a test that replays the bug: a Rust test, or a conformance case.
    Export {
        /// The folder of a bug.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// What to write: a Rust test, or a conformance case whose expectations are what the sound service does.
        #[arg(long = "as", default_value = "test", value_parser = ["test", "case"])]
        form: String,
        /// The file to write; without it the test is printed.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Finds planted bugs again and shrinks them again, after a change by which seeds give other runs.
    Renew {
        /// The folders of bugs.
        #[arg(value_name = "DIR", required_unless_present = "all")]
        folders: Vec<PathBuf>,
        /// Renews every bug whose run does not give the recorded result any more.
        #[arg(long, conflicts_with = "folders")]
        all: bool,
        /// The folder of the bug base.
        #[arg(long, value_name = "DIR", default_value = "fixtures/bugs")]
        base: PathBuf,
        /// How many seeds, from the recorded one on, are tried for each bug.
        #[arg(long, default_value_t = 200, value_parser = number::<u64>("number of seeds", 0..=COUNT_MAX))]
        seeds: u64,
        /// The most runs that shrinking one bug may take.
        #[arg(long, default_value_t = 6000, value_parser = number::<u32>("number of runs", 0..=u32::MAX.into()))]
        budget: u32,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match &arguments.what {
        What::Export { folder, form, out } => {
            let bug = read(folder)?;
            let text =
                if form == "case" { export::to_case(&bug, out.as_deref())? } else { bug.to_rust_test() };
            match out {
                None => print(&text),
                Some(path) => {
                    write(path, &text)?;
                    line(&format!("written to {}", path.display()));
                }
            }
            Ok(())
        }
        What::Renew { folders: some, all, base, seeds, budget } => {
            let chosen = if *all { folders(base)? } else { some.clone() };
            for folder in &chosen {
                renew(folder, *all, *seeds, *budget)?;
            }
            Ok(())
        }
    }
}

fn renew(folder: &Path, only_wrong: bool, seeds: u64, budget: u32) -> Done {
    let bug = read(folder)?;
    if only_wrong && matches!(bug.replay(), claque_lab::bugbase::BugReplay::Right(_)) {
        line(&format!("{:40} is as it should be", bug.id));
        return Ok(());
    }
    let Some(fresh) = bug.renew(seeds, budget, commit()) else {
        return Err(CommandFailure::No(format!(
            "{}: none of {} reveals it",
            bug.id,
            counted(seeds + 1, "seed")
        )));
    };
    keep(folder, &fresh)?;
    line(&format!("{:40} found anew under seed {}", fresh.id, fresh.plan_seed));
    Ok(())
}

/// Reads the folder of a bug.
pub(crate) fn read(folder: &Path) -> Result<Bug, CommandFailure> {
    if !folder.join("bug.toml").exists() {
        let known = folder.parent().and_then(|base| folders(base).ok()).unwrap_or_default();
        let named = |path: &Path| {
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        };
        let known: Vec<String> =
            known.iter().filter(|path| path.join("bug.toml").exists()).map(|path| named(path)).collect();
        let lists = format!(
            "{} holds none; give a folder of the bug base, such as fixtures/bugs/NAME",
            folder.display()
        );
        let known = known.iter().map(String::as_str);
        return Err(CommandFailure::Usage(unknown("bug", &named(folder), known, &lists)));
    }
    let text = |name: &str| crate::input::read_written(&folder.join(name));
    let id = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Bug::read(&id, &text("bug.toml")?, &text("plan.toml")?, &text("shrunk.toml")?).map_err(|it| refused(&it))
}

/// The folders of a bug base, by name.
pub(crate) fn folders(base: &Path) -> Result<Vec<PathBuf>, CommandFailure> {
    let entries = std::fs::read_dir(base)
        .map_err(|error| CommandFailure::Usage(format!("{}: {error}", base.display())))?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

/// The commit that this is, as far as git knows it.
pub(crate) fn commit() -> String {
    let said = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    let said = said.ok().filter(|said| said.status.success());
    let word = said.and_then(|said| String::from_utf8(said.stdout).ok()).map(|word| word.trim().to_owned());
    word.filter(|word| !word.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
