//! `claque replay --twice` and `--against`: a run beside another one.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};

use claque_conformance::file;
use claque_core::Mutant;
use claque_lab::divergence::{divergence_from_trace, first_divergence};
use claque_scenario::plan::Plan;
use claque_sim::run::{QueueKind, RunOptions};

use crate::name::unknown;
use crate::output::line;
use crate::run_plan::RunArguments;
use crate::{CommandFailure, Done};

/// The run that is held against others.
pub(crate) struct Mine<'m> {
    pub(crate) bug: Option<&'m Path>,
    pub(crate) run: &'m RunArguments,
    pub(crate) plan: &'m Plan,
    pub(crate) mutation: Option<Mutant>,
}

impl Mine<'_> {
    fn options(&self) -> RunOptions<'static> {
        RunOptions { mutation: self.mutation, ..RunOptions::default() }
    }
}

/// Shows where two runs differ that are meant to be equal: that of the fast and that of the simple queue.
pub(crate) fn twice(plan: &Plan, mutation: Option<Mutant>) -> Done {
    let one = || RunOptions { mutation, ..RunOptions::default() };
    let heap = || RunOptions { queue: QueueKind::Heap, mutation, ..RunOptions::default() };
    let parted = first_divergence((plan, &one), (plan, &heap));
    line(&parted.to_string());
    match parted.event {
        None => Ok(()),
        Some(event) => Err(CommandFailure::No(format!("the same line gave two runs, from event {event} on"))),
    }
}

/// Shows where two runs differ: by a mutant, the seed, a reading, the program or what was kept of an earlier one.
pub(crate) fn compare(mine: &Mine<'_>, word: &str) -> Done {
    let own = || mine.options();
    let parted = match word.split_once('=') {
        Some(("program", program)) => of_program(mine, program)?,
        Some(("trace", path)) => of_trace(mine, Path::new(path), path)?,
        Some(_) => first_divergence((mine.plan, &own), (&other_plan(mine, word)?, &own)),
        None => {
            let mutant = Mutant::from_id(word).ok_or_else(|| {
                let lists =
                    "`claque mutants` lists all; seed=N, ID=VALUE, program=PATH and trace=FILE name others";
                wrong(unknown("mutant", word, Mutant::every().map(Mutant::id), lists))
            })?;
            let broken = || RunOptions { mutation: Some(mutant), ..RunOptions::default() };
            first_divergence((mine.plan, &own), (mine.plan, &broken))
        }
    };
    line(&parted.to_string());
    Ok(())
}

/// The run beside which another one is shown: from another seed, or under another reading.
fn other_plan(mine: &Mine<'_>, word: &str) -> Result<Plan, CommandFailure> {
    let seed = word.strip_prefix("seed=");
    let Some(folder) = mine.bug else {
        let other = match seed {
            Some(seed) => mine.run.with_seed(seed),
            None => mine.run.with_reading(word),
        };
        return Ok(other.prepare()?.drawn().plan);
    };
    let Some(seed) = seed else {
        let text = format!(
            "--against {word}: {} has its readings written down; seed=N gives another seed",
            folder.display()
        );
        return Err(CommandFailure::Usage(text));
    };
    let seed =
        seed.parse().map_err(|_| CommandFailure::Usage(format!("--against: {seed:?} is no number")))?;
    Ok(Plan { seed, ..mine.plan.clone() })
}

fn wrong(says: String) -> CommandFailure {
    CommandFailure::Usage(format!("--against: {says}"))
}

/// Beside a trace; `whose` names it where it is none.
fn of_trace(
    mine: &Mine<'_>,
    path: &Path,
    whose: &str,
) -> Result<claque_lab::divergence::Divergence, CommandFailure> {
    // A pipe without a writer would be waited for, and a device never ends.
    let is_file = std::fs::metadata(path).map_err(|error| wrong(file::unopened(path, &error)))?.is_file();
    if !is_file {
        return Err(wrong(format!("{whose} is no ordinary file")));
    }
    let opened = File::open(path).map_err(|error| wrong(file::unopened(path, &error)))?;
    let read = divergence_from_trace(mine.plan, mine.options(), Box::new(BufReader::new(opened)));
    read.map_err(|error| wrong(format!("the trace of {whose}, {error}")))
}

/// Beside the run that another program makes of the same line.
fn of_program(mine: &Mine<'_>, program: &str) -> Result<claque_lab::divergence::Divergence, CommandFailure> {
    if let Some(folder) = mine.bug {
        let text = format!(
            "another program is given a line, and {} has none; write its run: --scenario, --seed",
            folder.display()
        );
        return Err(wrong(text));
    }
    let folder = tempfile::TempDir::new().map_err(|error| wrong(error.to_string()))?;
    let trace = folder.path().join("trace.txt");
    let identity = mine.run.prepare()?.identity.to_string();
    let options = identity.strip_prefix("claque ").unwrap_or(&identity);
    // The line is written for a shell, which becomes the program.
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("exec \"$0\" {options} --trace \"$1\"")).arg(program).arg(&trace);
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).output();
    let output = output.map_err(|error| wrong(format!("no shell: {error}")))?;
    match output.status.code() {
        Some(127) => return Err(wrong(format!("there is no program {program:?}"))),
        Some(126) => return Err(wrong(format!("{program:?} may not be run"))),
        _ => {}
    }
    // A run that breaks a rule ends with 1, and its trace is as good as any.
    let ended = matches!(output.status.code(), Some(0 | 1));
    if !(ended && trace.is_file()) {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        let said = if said.is_empty() { "nothing" } else { said };
        return Err(wrong(format!("{program} wrote no trace ({}); it said: {said}", output.status)));
    }
    of_trace(mine, &trace, program)
}
