//! `claque conform compare`: two runs side by side.

use std::path::{Path, PathBuf};

use claque_conformance::report::Report;
use claque_conformance::report::compare::compare;
use serde_json::json;

use super::report::{only_run, write_file};
use crate::output::{count, line, print};
use crate::{CommandFailure, Done};

/// Two runs.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque conform compare before/report.jsonl after/report.jsonl
  claque conform compare before/report.jsonl after/report.jsonl --json")]
pub(super) struct Arguments {
    /// The older run: a `report.jsonl`.
    old: PathBuf,
    /// The newer run.
    new: PathBuf,
    /// Machine output: one JSON object with counts and the names of cases.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let (old, new) = (only_run(&arguments.old)?, only_run(&arguments.new)?);
    let compared = compare(&old, &new);
    if arguments.json {
        let names =
            |rows: &[(&claque_conformance::report::CaseRow, &claque_conformance::report::CaseRow)]| {
                rows.iter().map(|(_, row)| row.case.clone()).collect::<Vec<_>>()
            };
        let single = |rows: &[&claque_conformance::report::CaseRow]| {
            rows.iter().map(|row| row.case.clone()).collect::<Vec<_>>()
        };
        let object = json!({
            "schema": 1,
            "counts": compared.counts(),
            "broken": names(&compared.broken),
            "fixed": names(&compared.fixed),
            "changed": names(&compared.changed),
            "moved": names(&compared.moved),
            "new": single(&compared.added),
            "gone": single(&compared.gone),
        });
        line(&object.to_string());
    } else {
        print(&compared.markdown());
    }
    let broken = compared.broken.len();
    if compared.is_good() {
        Ok(())
    } else {
        Err(CommandFailure::No(format!("{} broke", count(broken, "case"))))
    }
}

/// Compares a run that was just made to an earlier one, and gives how many cases broke.
pub(super) fn tell(before: &Report, after: &Report, folder: Option<&Path>) -> Result<usize, CommandFailure> {
    let compared = compare(before, after);
    let counts = compared.counts();
    line(&format!(
        "against the earlier run: {} broken, {} fixed, {} changed, {} moved, {} new, {} gone, {} unchanged",
        counts.broken, counts.fixed, counts.changed, counts.moved, counts.new, counts.gone, counts.unchanged
    ));
    for (_, row) in &compared.broken {
        line(&format!("broken         {}", row.case));
    }
    if let Some(folder) = folder {
        write_file(&folder.join("compare.md"), &compared.markdown())?;
    }
    Ok(compared.broken.len())
}
