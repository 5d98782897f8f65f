//! `claque journal`: what a server wrote down.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use claque_core::journal::{Entry, JournalError, Reader};
use claque_core::{Input, Instant, Outcome};
use claque_server::journal::FILE_NAME;

use crate::output::line;
use crate::{Done, Failure};

/// What to do with which journal.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  claque journal verify data\n  claque journal inspect data --last 20\n  claque journal replay data --steps\n  claque journal salvage data --to repaired"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists the records.
    Inspect {
        /// The data directory, or the journal file.
        path: PathBuf,
        /// Only so many, from the end.
        #[arg(long)]
        last: Option<usize>,
    },
    /// Feeds the records to a fresh service and shows the state they lead to.
    Replay {
        /// The data directory, or the journal file.
        path: PathBuf,
        /// Only so many records.
        #[arg(long)]
        until: Option<usize>,
        /// Shows each step: the input, what came of it, what went out, and the state's hash after it.
        #[arg(long)]
        steps: bool,
    },
    /// Copies what is intact of a damaged journal to a new data directory.
    Salvage {
        /// The data directory, or the journal file. It is not changed.
        path: PathBuf,
        /// The new data directory.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Checks every record, changing nothing.
    Verify {
        /// The data directory, or the journal file.
        path: PathBuf,
    },
}

struct Read {
    file: PathBuf,
    entries: Vec<(usize, Entry)>,
    bytes: Vec<u8>,
    intact: usize,
    /// What ended the reading, unless it was the end or a torn tail.
    damage: Option<JournalError>,
}

impl Read {
    fn undamaged(self) -> Result<Self, Failure> {
        match &self.damage {
            None => Ok(self),
            Some(error) => Err(damaged(&self.file, error)),
        }
    }
}

fn damaged(file: &Path, error: &JournalError) -> Failure {
    Failure::No(format!(
        "{0}: {error}. `claque journal salvage {0} --to DIR` copies that to a new data directory",
        file.display()
    ))
}

fn read(path: &Path) -> Result<Read, Failure> {
    let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    let bytes =
        std::fs::read(&file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
    let mut entries = Vec::new();
    let mut reader = match Reader::new(&bytes) {
        Ok(reader) => reader,
        Err(error) => return Err(Failure::No(format!("{}: {error}", file.display()))),
    };
    let mut damage = None;
    for record in reader.by_ref() {
        match record {
            Ok(record) => entries.push((record.offset, record.entry)),
            Err(JournalError::TornTail { .. }) => {}
            Err(error) => damage = Some(error),
        }
    }
    let intact = reader.offset();
    Ok(Read { file, entries, bytes, intact, damage })
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match &arguments.verb {
        Verb::Inspect { path, last } => {
            let read = read(path)?;
            let skip = last.map_or(0, |last| read.entries.len().saturating_sub(last));
            for (number, (offset, entry)) in read.entries.iter().enumerate().skip(skip) {
                line(&format!("{number:8} @{offset:<10} {}", describe(entry)));
            }
            summary(&read);
            read.undamaged().map(drop)
        }
        Verb::Replay { path, until, steps } => {
            let read = read(path)?.undamaged()?;
            let count = until.unwrap_or(read.entries.len());
            let entries = read.entries.into_iter().take(count).map(|(_, entry)| entry);
            replay(entries.collect(), *steps)
        }
        Verb::Salvage { path, to } => salvage(&read(path)?, to),
        Verb::Verify { path } => {
            let read = read(path)?;
            summary(&read);
            read.undamaged().map(drop)
        }
    }
}

fn replay(entries: Vec<Entry>, steps: bool) -> Done {
    let records = entries.len();
    let mut number = 0;
    let service = claque_server::replay_with(entries, |service, entry, outcome, outputs| {
        number += 1;
        if !steps {
            return;
        }
        line(&format!("{number:8} {}", describe(entry)));
        if let Some(refused) = refusal(outcome) {
            line(&format!("         refused: {refused}"));
        }
        for output in outputs {
            line(&format!("         out: {output:?}"));
        }
        line(&format!("         state {:016x}", service.digest()));
    });
    let service = service.map_err(|error| Failure::No(error.to_string()))?;
    line(&format!("records   {records}"));
    line(&format!("now       {}", service.now()));
    line(&format!("groups    {}", service.groups().count()));
    line(&format!("digest    {:016x}", service.digest()));
    service
        .check_invariants()
        .map_err(|violation| Failure::No(format!("an invariant does not hold: {}", violation.what)))?;
    line("invariants hold");
    Ok(())
}

fn refusal(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Request(Err(refusal)) => Some(format!("{} {refusal}", refusal.code().as_str())),
        Outcome::Client(Err(refusal)) | Outcome::Connected(Err(refusal)) => {
            Some(format!("{} {refusal}", refusal.code()))
        }
        Outcome::Client(Ok(_)) | Outcome::Connected(Ok(_)) | Outcome::Quiet | Outcome::Request(Ok(_)) => None,
    }
}

/// A new data directory with the intact records; nothing else than a new one is written to.
fn salvage(read: &Read, to: &Path) -> Done {
    if read.entries.is_empty() {
        return Err(Failure::No(format!("{}: not one record is intact", read.file.display())));
    }
    let target = to.join(FILE_NAME);
    let wrong = |error: std::io::Error| Failure::Usage(format!("{}: {error}", target.display()));
    std::fs::create_dir_all(to).map_err(wrong)?;
    let mut file = std::fs::File::create_new(&target).map_err(wrong)?;
    file.write_all(&read.bytes[..read.intact]).and_then(|()| file.sync_all()).map_err(wrong)?;
    let lost = read.bytes.len() - read.intact;
    line(&format!("{} records copied to {}; {lost} bytes left behind", read.entries.len(), to.display()));
    line(&format!("claque serve --data {} goes on from there", to.display()));
    Ok(())
}

fn summary(read: &Read) {
    let torn = read.bytes.len() - read.intact;
    line(&format!("{} records in {} bytes are intact", read.entries.len(), read.intact));
    if torn > 0 && read.damage.is_none() {
        line(&format!("a torn tail of {torn} bytes follows; a server cuts it at its start"));
    }
}

fn describe(entry: &Entry) -> String {
    match entry {
        Entry::Genesis(at, config) => format!("{at} service made, {} account(s)", config.accounts.len()),
        Entry::Input(at, input) => format!("{} {}", time(*at), input_text(input)),
        Entry::Snapshot(config, bytes) => {
            format!("snapshot of {} bytes, {} account(s)", bytes.len(), config.accounts.len())
        }
    }
}

fn time(at: Instant) -> String {
    at.to_string()
}

fn input_text(input: &Input) -> String {
    match input {
        Input::Request(_, request) => format!("call {}", request.operation().name()),
        Input::Malformed(_, operation) => format!("call {} with unreadable parameters", operation.name()),
        Input::Connect(login) => format!("log on {}", login.user_id),
        Input::Reconnect(session, ..) => {
            format!("reconnect user {} session {}", session.user.0, session.generation)
        }
        Input::Disconnect(session, end) => format!("link of user {} ended: {end:?}", session.user.0),
        Input::Client(session, request) => format!("user {} asks {request:?}", session.user.0),
        other @ (Input::Console(..)
        | Input::SetLimits(_)
        | Input::SetReadings(_)
        | Input::Timeout
        | Input::Verdict(..)) => format!("{other:?}"),
    }
}
