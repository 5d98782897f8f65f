//! `claque journal`: what a server wrote down.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use claque_core::journal::Entry;
use claque_core::{Input, Instant};

use crate::output::line;
use crate::{Done, Failure};

/// What to do with which journal.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  claque journal verify data\n  claque journal inspect data --last 20\n  claque journal replay data"
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
    },
    /// Checks every record, changing nothing.
    Verify {
        /// The data directory, or the journal file.
        path: PathBuf,
    },
}

struct Read {
    entries: Vec<(usize, Entry)>,
    bytes: usize,
    intact: usize,
}

fn read(path: &Path) -> Result<Read, Failure> {
    let file = if path.is_dir() { path.join(claque_server::journal::FILE_NAME) } else { path.to_owned() };
    let bytes =
        std::fs::read(&file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
    let (records, intact) = claque_server::journal::read(&bytes)
        .map_err(|error| Failure::No(format!("{}: {error}", file.display())))?;
    let entries = records.into_iter().map(|record| (record.offset, record.entry)).collect();
    Ok(Read { entries, bytes: bytes.len(), intact })
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
        }
        Verb::Replay { path, until } => {
            let read = read(path)?;
            let count = until.unwrap_or(read.entries.len());
            let entries = read.entries.iter().take(count).map(|(_, entry)| entry.clone());
            let service = claque_server::replay(entries).map_err(|error| Failure::No(error.to_string()))?;
            line(&format!("records   {}", count.min(read.entries.len())));
            line(&format!("now       {}", service.now()));
            line(&format!("groups    {}", service.groups().count()));
            line(&format!("digest    {:016x}", service.digest()));
            service.check_invariants().map_err(|violation| {
                Failure::No(format!("an invariant does not hold: {}", violation.what))
            })?;
            line("invariants hold");
        }
        Verb::Verify { path } => summary(&read(path)?),
    }
    Ok(())
}

fn summary(read: &Read) {
    let torn = read.bytes - read.intact;
    line(&format!("{} records in {} bytes, all intact", read.entries.len(), read.intact));
    if torn > 0 {
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
