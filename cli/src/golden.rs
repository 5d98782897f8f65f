//! `claque golden`: runs whose hash is written down.

use std::path::PathBuf;

use claque_sim::golden::{Checked, Golden, to_toml};
use claque_sim::run::QueueKind;

use crate::output::{line, remark};
use crate::run_plan::{refused, write};
use crate::{Done, Failure};

/// Whether to compare or to write.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque golden                    every run must have the hash that is written down: what CI does
  claque golden --queue heap       the same on the plain queue
  claque golden --write            a reproduction break: say so in the changelog")]
pub(crate) struct Arguments {
    /// Writes the hashes of this version down. Old seeds then reproduce nothing any more.
    #[arg(long)]
    write: bool,
    /// Which queue orders the events.
    #[arg(long, default_value = "wheel", value_parser = ["wheel", "heap"])]
    queue: String,
    /// Where the hashes are.
    #[arg(long, value_name = "FILE", default_value = "fixtures/golden.toml")]
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let name = arguments.file.display().to_string();
    let text = std::fs::read_to_string(&arguments.file)
        .map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
    let queue = if arguments.queue == "heap" { QueueKind::Heap } else { QueueKind::Wheel };
    let mut all = Vec::new();
    for golden in Golden::read_all(&name, &text).map_err(|it| refused(&it))? {
        all.push(golden.check(queue).map_err(|it| refused(&it))?);
    }
    let changed: Vec<&Checked> = all.iter().filter(|checked| !checked.is_same()).collect();
    for Checked { run, golden, hash, .. } in &changed {
        line(&format!("{run}\n  was {golden:016x}, is {hash:016x}"));
    }
    for checked in all.iter().filter(|checked| !checked.trouble.is_empty()) {
        remark(&format!("{}\n  {}", checked.run, checked.trouble));
    }
    if arguments.write {
        write(&arguments.file, &to_toml(&all))?;
        line(&format!("{} of {} hashes written down anew in {name}", changed.len(), all.len()));
        if !changed.is_empty() {
            remark("this is a reproduction break: say so in the changelog");
        }
        return Ok(());
    }
    line(&format!("{} golden runs, {} changed", all.len(), changed.len()));
    if changed.is_empty() {
        return Ok(());
    }
    Err(Failure::No(format!("{} of {} runs are not what they were", changed.len(), all.len())))
}
