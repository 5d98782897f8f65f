//! `claque journal`: what a server wrote down.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use claque_core::journal::{
    Entry, FILE_NAME, JournalError, JournalMutant, Reader, Replaced, SYNCED_NAME, Synced, old,
};
use claque_core::{Input, Instant, Outcome};
use claque_lab::amount::{counted, grouped};
use claque_sim::disk::{enumeration, schedule};

use crate::number::{COUNT_MAX, number};
use crate::output::{count, line};
use crate::{CommandFailure, Done};

/// What to do with which journal.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  claque journal verify data\n  claque journal inspect data --last 20\n  claque journal replay data --steps\n  claque journal salvage data --to repaired\n  claque journal schedules --count 100000"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: JournalVerb,
}

#[derive(Subcommand)]
enum JournalVerb {
    /// Lists the records.
    Inspect {
        /// The data directory, or the journal file.
        path: PathBuf,
        /// Only this many records, the last ones.
        #[arg(long, value_parser = number::<usize>("number of records", 0..=COUNT_MAX))]
        last: Option<usize>,
    },
    /// Performs the recorded inputs in an empty service, and shows the resulting state.
    Replay {
        /// The data directory, or the journal file.
        path: PathBuf,
        /// Only this many records, from the first.
        #[arg(long, value_parser = number::<usize>("number of a record", 0..=COUNT_MAX))]
        until: Option<usize>,
        /// Shows each step: the input, its result, what the service sent, and the hash of the state after it.
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
    /// Tests the journal on a simulated disk that tears, reorders, fails and fills up.
    ///
    /// In three parts. First: fixed histories, in which each call of the disk fails once in every possible way, followed by every
    /// possible crash. Second: crash schedules drawn at random. Third: both on journals with a deliberate bug, which they must find.
    Schedules {
        /// How many crash schedules are drawn.
        #[arg(long, default_value_t = 100_000, value_parser = number::<u64>("number of schedules", 1..=COUNT_MAX))]
        count: u64,
        /// The seed of the first schedule.
        #[arg(long, default_value_t = 0, value_parser = number::<u64>("seed", 0..=1_000_000_000_000_000))]
        first: u64,
    },
    /// Checks every record, changing nothing.
    Verify {
        /// The data directory, or the journal file.
        path: PathBuf,
    },
}

/// The longest journal that is read as a whole: several times what a server lets grow. Unit: bytes.
const JOURNAL_BYTES_MAX: u64 = 16 << 30;

/// A journal as it lies on the disk.
struct Read {
    file: PathBuf,
    /// Product and version that began it.
    product: String,
    entries: Vec<(usize, Entry)>,
    bytes: usize,
    intact: usize,
    /// What ended the reading, unless it was the end or a torn tail.
    damage: Option<JournalError>,
}

impl Read {
    fn undamaged(self) -> Result<Self, CommandFailure> {
        match &self.damage {
            None => Ok(self),
            Some(error) => Err(damaged(&self.file, error)),
        }
    }
}

fn damaged(file: &Path, error: &JournalError) -> CommandFailure {
    let file = file.display();
    CommandFailure::No(format!(
        "{file}: {error}. `claque journal salvage {file} --to DIR` copies what is intact to a new data directory"
    ))
}

/// Reads a journal, holding it to what the file beside it says was synced.
fn read(path: &Path) -> Result<Read, CommandFailure> {
    let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    if !file.exists() {
        let text =
            format!("no journal at {}: give the folder that `claque serve --data` was given", file.display());
        return Err(CommandFailure::Usage(text));
    }
    let bytes = crate::input::read_at_most(&file, JOURNAL_BYTES_MAX)?;
    let beside = crate::input::read(&file.with_file_name(SYNCED_NAME)).ok();
    let synced = beside.filter(|_| file.ends_with(FILE_NAME)).and_then(|beside| Synced::read(&beside));
    let mut reader = match Reader::new(&bytes) {
        Ok(reader) => reader.knowing(synced.map_or(0, |synced| synced.sequence)),
        Err(error @ JournalError::Version { .. }) => return Err(damaged(&file, &error)),
        Err(error) => return Err(CommandFailure::No(format!("{}: {error}", file.display()))),
    };
    let (mut entries, mut damage) = (Vec::new(), None);
    for record in reader.by_ref() {
        match record {
            Ok(record) => entries.push((record.offset, record.entry)),
            Err(JournalError::TornTail { .. }) => {}
            Err(error) => damage = Some(error),
        }
    }
    let (intact, product) = (reader.offset(), reader.header().product.clone());
    Ok(Read { file, product, entries, bytes: bytes.len(), intact, damage })
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match &arguments.verb {
        JournalVerb::Inspect { path, last } => {
            let read = read(path)?;
            let skip = last.map_or(0, |last| read.entries.len().saturating_sub(last));
            for (number, (offset, entry)) in read.entries.iter().enumerate().skip(skip) {
                line(&format!("{number:8} @{offset:<10} {}", describe(entry)));
            }
            summary(&read);
            read.undamaged().map(drop)
        }
        JournalVerb::Schedules { count, first } => schedules(*first..first.saturating_add(*count)),
        JournalVerb::Replay { path, until, steps } => {
            let read = read(path)?.undamaged()?;
            let count = until.unwrap_or(read.entries.len());
            let entries = read.entries.into_iter().take(count).map(|(_, entry)| entry);
            replay(entries.collect(), *steps)
        }
        JournalVerb::Salvage { path, to } => salvage(path, to),
        JournalVerb::Verify { path } => {
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
    let mut service = service.map_err(|error| CommandFailure::No(error.to_string()))?;
    line(&format!("records   {records}"));
    line(&format!("now       {}", service.now()));
    line(&format!("groups    {}", service.groups().count()));
    line(&format!("digest    {:016x}", service.lasting_digest()));
    service
        .check_invariants()
        .map_err(|violation| CommandFailure::No(format!("an invariant does not hold: {}", violation.what)))?;
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

/// A new data directory with the intact records, in the present format; nothing else than a new one is written to. Digests
/// stay behind: what this version makes of the records holds.
fn salvage(path: &Path, to: &Path) -> Done {
    let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    let bytes = crate::input::read_at_most(&file, JOURNAL_BYTES_MAX)?;
    // The former format first: its file does not begin like the present one, so that neither is taken for the
    // other.
    let (mut entries, mut intact) = old::read(&bytes);
    if entries.is_empty() {
        let read = read(path)?;
        intact = read.intact;
        entries = read.entries.into_iter().map(|(_, entry)| entry).collect();
    }
    let copied = entries.len();
    // A digest holds for the version that wrote it; a start that checks it would refuse what was just saved.
    entries.retain(|entry| !matches!(entry, Entry::Digest(_)));
    let Some((first, rest)) = entries.split_first() else {
        return Err(CommandFailure::No(format!("{}: not one record is intact", file.display())));
    };
    let opened =
        claque_server::journal::open(to).map_err(|error| CommandFailure::Usage(error.to_string()))?;
    // Checked on the open journal, which is locked: nothing can appear between the look and the copy.
    if !opened.records.is_empty() {
        return Err(CommandFailure::Usage(format!(
            "{}: there is a journal already; name a new directory",
            to.display()
        )));
    }
    let failed = |error: String| CommandFailure::No(format!("{}: {error}", to.display()));
    let mut journal = opened.journal;
    let at = claque_server::clock::wall_now();
    // The first entry begins the file; without it a crash would leave a journal that leads to no service.
    match journal.replace(std::slice::from_ref(first), at) {
        Replaced::Done(..) => {}
        other => return Err(failed(format!("{other:?}"))),
    }
    for entry in rest {
        journal.append(entry).map_err(|error| failed(error.to_string()))?;
    }
    // One commit for all: a copy that is cut short is made again, and nobody was promised a part of it.
    journal.commit(at).map_err(|error| failed(format!("{error:?}")))?;
    journal.close();
    let lost = bytes.len() - intact;
    let (copied, lost) = (count(copied, "record"), count(lost, "byte"));
    line(&format!("{copied} copied to {}; {lost} left behind", to.display()));
    line(&format!("claque serve --data {} goes on from there", to.display()));
    Ok(())
}

/// Plays crash schedules on all cores.
fn schedules(seeds: std::ops::Range<u64>) -> Done {
    enumerate()?;
    let cores = crate::threads::cores() as u64;
    let share = (seeds.end - seeds.start).div_ceil(cores);
    let ranges = (0..cores).map(|core| {
        let first = (seeds.start + core * share).min(seeds.end);
        first..(first + share).min(seeds.end)
    });
    let mut totals = schedule::ScheduleTotals::default();
    for played in side_by_side(ranges, |range| schedule::play_all(range, None)) {
        let played = played.map_err(|(seed, what)| {
            CommandFailure::No(format!(
                "schedule {seed}: {what}; again: claque journal schedules --first {seed} --count 1"
            ))
        })?;
        totals += played;
    }
    line(&format!("schedules        {}", totals.schedules));
    line(&format!("disk calls       {}", totals.calls));
    line(&format!("acknowledged     {}, none lost", counted(totals.acknowledged, "record")));
    line(&format!("killed           {}", counted(totals.kills, "time")));
    line(&format!("power failures   {}", totals.power_failures));
    line(&format!("refused          {} (commits and replacements)", grouped(totals.refused)));
    line(&format!("replaced         {}", counted(totals.replaced, "time")));
    line(&format!("torn tails       {} cut and kept", totals.cuts));
    // A search that finds nothing in a sound journal proves little until it finds what is wrong in a broken
    // one.
    for mutant in JournalMutant::ALL {
        let Err(what) = enumeration::play_all(enumeration::Depth::Short, Some(*mutant)) else {
            return Err(CommandFailure::No(format!(
                "a journal with the fault {mutant:?} survives the enumeration"
            )));
        };
        line(&format!("found            {mutant:?}: {what}"));
        match schedule::play_all(seeds.clone(), Some(*mutant)) {
            Err((seed, what)) => line(&format!("found            {mutant:?}: schedule {seed}, {what}")),
            Ok(_) => {
                return Err(CommandFailure::No(format!(
                    "a journal with the fault {mutant:?} survives every schedule"
                )));
            }
        }
    }
    Ok(())
}

/// What comes of each part, played on a thread of its own.
fn side_by_side<P: Send, T: Send>(parts: impl Iterator<Item = P>, play: impl Fn(P) -> T + Sync) -> Vec<T> {
    let play = &play;
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || play(part))).collect();
        threads.into_iter().map(|thread| thread.join().expect("what is played does not panic")).collect()
    })
}

/// Plays every point of the fixed histories on all cores.
fn enumerate() -> Done {
    let broken =
        |what: String| CommandFailure::No(format!("{what}; again: claque journal schedules --count 1"));
    let points = enumeration::points(None).map_err(broken)?;
    let followed = enumeration::followed(&points, None).map_err(broken)?;
    let mut totals = enumeration::damage(None).map_err(broken)?;
    let calls = totals.calls;
    for (points, depth) in [(points, enumeration::Depth::Full), (followed, enumeration::Depth::Short)] {
        let shares = points.chunks(points.len().div_ceil(crate::threads::cores()).max(1));
        for played in side_by_side(shares, |points| enumeration::play(points, depth, None)) {
            totals += played.map_err(broken)?;
        }
    }
    line(&format!("histories        {} with {} of the disk", totals.histories, counted(calls, "call")));
    line(&format!(
        "points           {}: a call failed in one way, alone or with the next one",
        totals.points
    ));
    line(&format!("crashes          {} after them, nothing acknowledged lost", totals.crashes));
    line(&format!("damage           {} flipped bits and lost journals, each noticed", totals.damages));
    Ok(())
}

fn summary(read: &Read) {
    let torn = read.bytes - read.intact;
    line(&format!(
        "intact: {} in {}; {} began the file",
        count(read.entries.len(), "record"),
        count(read.intact, "byte"),
        read.product
    ));
    if torn > 0 && read.damage.is_none() {
        line(&format!(
            "a torn tail of {} follows; a server cuts it at its start, and keeps it beside",
            count(torn, "byte")
        ));
    }
}

fn describe(entry: &Entry) -> String {
    match entry {
        Entry::Genesis(at, config) => {
            format!("{at} service made, {}", count(config.accounts.len(), "account"))
        }
        Entry::Input(at, input) => format!("{} {}", time(*at), input_text(input)),
        Entry::Signed(at, _, input) => format!("{} {}, signed", time(*at), input_text(input)),
        Entry::Nonce(nonce) => format!("nonce of {} used up", nonce.access_key_id),
        Entry::Digest(state) => {
            format!("{} state {:016x}, says {}", time(state.at), state.digest, state.product)
        }
        Entry::Snapshot(config, bytes, nonces) => format!(
            "snapshot of {}, {}, {}",
            count(bytes.len(), "byte"),
            count(config.accounts.len(), "account"),
            count(nonces.len(), "nonce")
        ),
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
