//! `claque golden`: runs whose hash is written down.

use std::path::PathBuf;

use claque_lab::golden::{Golden, GoldenCheck, to_toml};
use claque_sim::run::QueueKind;

use serde_json::json;

use crate::output::{count, line, print, remark};
use crate::run_plan::{refused, write};
use crate::{CommandFailure, Done};

/// Whether to compare or to write.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque golden                    every run must have its recorded hash: what CI does
  claque golden --queue heap       the same on the reference queue
  claque golden --write            seeds now mean other runs: say so in the changelog")]
pub(crate) struct Arguments {
    /// Records the hashes of this version. Do this only if runs were meant to change: a seed then gives another run than before.
    #[arg(long)]
    write: bool,
    /// Which queue orders the events: wheel, the fast one, or heap, the simple one that must give the same order.
    #[arg(long, default_value = "wheel", value_parser = ["wheel", "heap"])]
    queue: String,
    /// The file with the recorded hashes.
    #[arg(long, value_name = "FILE", default_value = "fixtures/golden.toml")]
    file: PathBuf,
    /// Prints one JSON object.
    #[arg(long, conflicts_with = "write")]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let name = arguments.file.display().to_string();
    let text = crate::input::read_text(&arguments.file)?;
    let queue = if arguments.queue == "heap" { QueueKind::Heap } else { QueueKind::Wheel };
    let mut all = Vec::new();
    for golden in Golden::read_all(&name, &text).map_err(|it| refused(&it))? {
        all.push(golden.check(queue).map_err(|it| refused(&it))?);
    }
    let changed: Vec<&GoldenCheck> = all.iter().filter(|checked| !checked.is_same()).collect();
    if arguments.json {
        print(&json_of(&all));
        return verdict(changed.len(), all.len());
    }
    for GoldenCheck { run, golden, hash, .. } in &changed {
        line(&format!("{run}\n  was {golden:016x}, is {hash:016x}"));
    }
    for checked in all.iter().filter(|checked| !checked.trouble.is_empty()) {
        remark(&format!("{}\n  {}", checked.run, checked.trouble));
    }
    if arguments.write {
        write(&arguments.file, &to_toml(&all))?;
        let hashes = count(all.len(), "hash");
        line(&format!("{} of {hashes} written down anew in {name}", changed.len()));
        if !changed.is_empty() {
            remark("this is a reproduction break: say so in the changelog");
        }
        return Ok(());
    }
    line(&format!("{}, {} changed", count(all.len(), "golden run"), changed.len()));
    verdict(changed.len(), all.len())
}

fn verdict(changed: usize, all: usize) -> Done {
    if changed == 0 {
        return Ok(());
    }
    Err(CommandFailure::No(format!("{changed} of {} are not what they were", count(all, "run"))))
}

fn json_of(all: &[GoldenCheck]) -> String {
    let run = |checked: &GoldenCheck| {
        json!({
            "run": checked.run,
            "golden": format!("{:016x}", checked.golden),
            "hash": format!("{:016x}", checked.hash),
            "same": checked.is_same(),
            "trouble": checked.trouble,
        })
    };
    format!("{:#}\n", json!({ "schema": 1, "runs": all.iter().map(run).collect::<Vec<_>>() }))
}
