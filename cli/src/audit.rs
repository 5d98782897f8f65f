//! `claque audit`: recorded traffic of any service, judged against the documents.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claque_conformance::audit::{self, Assumed, Breach, Findings, Place, Recording, Verdict, har};
use claque_conformance::file;
use claque_core::Rule;
use claque_lab::amount::{counted, grouped as count};
use serde_json::{Map, Value, json};

use crate::number::number;
use crate::output::{line, quietly, remark, strong};
use crate::readings::{parse, registry};
use crate::{CommandFailure, Done};

mod trust;

/// What to judge.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The recording: one or several files of JSON Lines (docs/audit-format.md) or HAR, in any order.
    #[arg(required_unless_present_any = ["trust", "session"], value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// Shows, for each point that the documents leave open, which interpretations the recording permits.
    #[arg(long)]
    readings: bool,
    /// Writes the readings that are the only ones to explain the recording to a file, for `--reading @FILE` of serve, simulate and
    /// conform.
    #[arg(long, value_name = "FILE")]
    write_readings: Option<PathBuf>,
    /// Another interpretation of a point that the documents leave open (`claque readings`), or @FILE for a file of them; repeatable.
    #[arg(long, value_name = "ID=VALUE")]
    reading: Vec<String>,
    /// How many messages a group delivers in a second.
    ///
    /// Without it: 50, as documented, if the recording is complete and the console did not set another limit for the group.
    #[arg(long, value_name = "COUNT", value_parser = number::<u32>("number of messages a second", 1..=1_000_000))]
    limit: Option<u32>,
    /// Callback and review addresses may name a port or a private address, as those of a service on this machine do.
    #[arg(long)]
    any_address: bool,
    /// Tests the audit itself: with this many generated sessions of a service without bugs, and a tenth as many with one.
    #[arg(long, value_name = "SESSIONS", conflicts_with_all = ["logs", "readings", "write_readings", "limit", "any_address", "all"],
        value_parser = number::<u64>("number of sessions", 1..=1_000_000))]
    trust: Option<u64>,
    /// Judges one of the sound sessions that `--trust` tries, by its number, as a recording.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["logs", "trust", "limit", "any_address", "reading"],
        value_parser = number::<u64>("number of a session", 0..=999_999))]
    session: Option<u64>,
    /// Writes the recording of that session to a file.
    #[arg(long, value_name = "FILE", requires = "session")]
    keep: Option<PathBuf>,
    /// Which sessions `--trust` and `--session` mean.
    #[arg(long, value_name = "SEED", default_value = "1", conflicts_with = "logs", allow_negative_numbers = true,
        value_parser = crate::input::seed)]
    seed: u64,
    /// Lists every rule, also those about which the recording shows nothing.
    #[arg(long)]
    all: bool,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

/// By so many bytes a HAR is told from a recording.
const HAR_BEGIN_BYTES: u64 = 256;
/// A HAR is read as a whole, and takes a few times its length. Bytes.
const HAR_BYTES_MAX: u64 = 256 << 20;
/// A recording is read in pieces of so many bytes.
const READ_BYTES: usize = 1 << 20;

const EXAMPLES: &str = "\
Examples:
  claque audit fixtures/recordings/lost-gift.jsonl
  claque audit backend.jsonl phone-*.jsonl
  claque audit browser.har
  claque audit backend.jsonl --readings --write-readings like-theirs.toml
  claque audit backend.jsonl --limit 100 --json
  claque audit --trust 200
  claque audit --session 17 --seed 2026 --keep session.jsonl

Ctrl-C ends it with what is broken so far, marked partial, and status 130.

Exit status: 0 no rule is broken, 1 one is, 2 the recording cannot be read, or holds no observation.";

pub(crate) fn run(arguments: &Arguments) -> Done {
    crate::interrupt::watch();
    if let Some(sessions) = arguments.trust {
        return quietly(|| trust::try_itself(sessions, arguments.seed, arguments.json));
    }
    if let Some(number) = arguments.session {
        return trust::one(number, arguments);
    }
    let readings = parse(&arguments.reading)?;
    let mut assumed = Assumed { readings, ..Assumed::default() };
    if let Some(limit) = arguments.limit {
        assumed.limits.group_messages_per_second = limit;
        assumed.limit_is_known = true;
    }
    assumed.limits.public_urls_only = !arguments.any_address;
    let logs = arguments.logs.iter().map(|path| RecordingFile::of(path)).collect::<Result<Vec<_>, _>>()?;
    let open = |file: usize| logs[file].open();
    // A line is given the name of a rule by services that are broken on purpose.
    let judged = quietly(|| audit::audit_files(logs.len(), &open, &assumed, &crate::interrupt::asked));
    let (recording, findings) = judged.map_err(|error| {
        if crate::interrupt::asked() {
            return unread(arguments, logs.len());
        }
        CommandFailure::Usage(format!("{}: {}", logs[error.place.file].place(error.place.line), error.says))
    })?;
    if let Some((says, lines)) = findings.contradiction() {
        let places: Vec<String> = lines.iter().map(|place| logs[place.file].place(place.line)).collect();
        return Err(CommandFailure::Usage(format!(
            "{}: {says}: a clock is wrong by more than is said of it; say by how much at the most, such as `\"clockErrorMicros\":10000000` \
             in the header of its source",
            places.join(", ")
        )));
    }
    if recording.is_empty() {
        let logs: Vec<String> = arguments.logs.iter().map(|log| log.display().to_string()).collect();
        return Err(CommandFailure::Usage(format!(
            "{}: there is nothing to judge, 0 observations in {}; a line that says what somebody saw has `call`, `client`, \
             `console`, `callback` or `review` (docs/audit-format.md)",
            logs.join(", "),
            counted(recording.lines(), "line")
        )));
    }
    if let Some(path) = &arguments.write_readings {
        std::fs::write(path, inferred(&findings))
            .map_err(|error| CommandFailure::No(file::unwritten(path, &error)))?;
    }
    print(arguments, &recording, &findings, &|place| logs[place.file].place(place.line))
}

/// Prints what a recording came to.
fn print(
    arguments: &Arguments,
    recording: &Recording,
    findings: &Findings,
    at: &impl Fn(&Place) -> String,
) -> Done {
    if findings.is_partial() && !arguments.json {
        line(
            "partial: interrupted; what is broken is broken, and what is not named was not judged to its end",
        );
    }
    if arguments.json {
        line(&object(recording, findings, at).to_string());
    } else {
        line(&text(arguments, recording, findings, at)?);
    }
    match findings.broken().count() {
        _ if findings.is_partial() => Err(CommandFailure::Status(crate::interrupt::INTERRUPTED)),
        0 => Ok(()),
        1 => Err(CommandFailure::No("a rule is broken".to_owned())),
        broken => Err(CommandFailure::No(format!("{} are broken", counted(broken as u64, "rule")))),
    }
}

/// The end of an audit that was interrupted before all of the recording was read: nothing can be concluded from a part of it, since
/// what would explain a line may stand in the rest.
fn unread(arguments: &Arguments, files: usize) -> CommandFailure {
    if arguments.json {
        line(&json!({ "schema": 1, "partial": true, "lines": null, "rules": {} }).to_string());
    }
    remark(&format!(
        "partial: interrupted while {} were read; nothing is judged before all is read",
        counted(files as u64, "file")
    ));
    CommandFailure::Status(crate::interrupt::INTERRUPTED)
}

/// A recording that ends with an error once the audit is interrupted.
struct Interruptible<R>(R);

impl<R: Read> Read for Interruptible<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if crate::interrupt::asked() {
            // Of another kind than a system call that was interrupted, which readers repeat.
            return Err(std::io::Error::other("interrupted"));
        }
        self.0.read(into)
    }
}

/// One file of a recording.
pub(crate) struct RecordingFile<'a> {
    path: &'a Path,
    /// Of a HAR, the lines that it becomes, and of which entry each was made.
    made: Option<(Arc<[u8]>, Vec<usize>)>,
}

impl<'a> RecordingFile<'a> {
    pub(crate) fn of(path: &'a Path) -> Result<Self, CommandFailure> {
        check(path)?;
        let wrong = |why: String| CommandFailure::Usage(format!("{}: {why}", path.display()));
        let unread = |error: std::io::Error| CommandFailure::Usage(file::unopened(path, &error));
        let mut begin = Vec::new();
        let file = std::fs::File::open(path).map_err(unread)?;
        file.take(HAR_BEGIN_BYTES).read_to_end(&mut begin).map_err(unread)?;
        if !har::is_har(&begin) {
            return Ok(Self { path, made: None });
        }
        let bytes = std::fs::metadata(path).map_err(unread)?.len();
        if bytes > HAR_BYTES_MAX {
            return Err(wrong(format!(
                "a HAR of {bytes} bytes; at most {HAR_BYTES_MAX} are read, so export it in parts: audit takes several files"
            )));
        }
        let lines =
            har::lines(&std::fs::read(path).map_err(unread)?, &path.display().to_string()).map_err(wrong)?;
        let text: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        let entries = lines.into_iter().map(|(entry, _)| entry).collect();
        Ok(Self { path, made: Some((text.into_bytes().into(), entries)) })
    }

    pub(crate) fn open(&self) -> std::io::Result<Box<dyn BufRead>> {
        match &self.made {
            Some((text, _)) => Ok(Box::new(Cursor::new(Arc::clone(text)))),
            None => Ok(Box::new(BufReader::with_capacity(
                READ_BYTES,
                Interruptible(std::fs::File::open(self.path)?),
            ))),
        }
    }

    /// How a line is called in a sentence.
    pub(crate) fn place(&self, line: usize) -> String {
        let path = self.path.display();
        match &self.made {
            Some((_, entries)) => {
                let entry = line.checked_sub(1).and_then(|index| entries.get(index)).copied().unwrap_or(0);
                format!("{path}:entry {entry}")
            }
            None => format!("{path}:{line}"),
        }
    }
}

/// A folder or a device is no recording.
pub(crate) fn check(path: &Path) -> Result<(), CommandFailure> {
    let wrong = |why: String| CommandFailure::Usage(format!("{}: {why}", path.display()));
    let unread = |error: std::io::Error| CommandFailure::Usage(file::unopened(path, &error));
    let about = std::fs::metadata(path).map_err(unread)?;
    if !about.is_file() {
        return Err(wrong(
            "it is no ordinary file; a recording is a file of JSON Lines (docs/audit-format.md)".to_owned(),
        ));
    }
    std::fs::File::open(path).map(drop).map_err(unread)
}

fn text(
    arguments: &Arguments,
    recording: &Recording,
    findings: &Findings,
    at: &impl Fn(&Place) -> String,
) -> Result<String, CommandFailure> {
    let mut text = String::new();
    let mut say = |name: &str, what: String| {
        text.push_str(&format!("{}  {what}\n", strong(&format!("{name:15}"))));
    };
    say("recording", size_of(recording));
    let (mut kept, mut unseen) = (Vec::new(), Vec::new());
    for rule in Rule::ALL {
        match findings.verdict(*rule) {
            Verdict::Broken(times, breaches) => {
                say("broken", format!("{}, {}", rule.id(), times_of(times)));
                for breach in breaches.iter().take(if arguments.all { usize::MAX } else { 3 }) {
                    say("", breach.says.clone());
                    say("", format!("  {}", places(breach, at)));
                    if !breach.or.is_empty() {
                        let others: Vec<&str> = breach.or.iter().take(3).map(|rule| rule.id()).collect();
                        say("", format!("  or another rule that decides there: {}", others.join(", ")));
                    }
                }
            }
            Verdict::Kept(times) => kept.push((rule.id(), times)),
            Verdict::NotObservable(wanted) => unseen.push((rule.id(), wanted)),
        }
    }
    if let Some((says, lines)) = findings.unexplained() {
        say("unexplained", says.to_owned());
        say(
            "",
            format!(
                "  {}; no verdict, since it hangs on when exactly something was done",
                lines.iter().map(at).collect::<Vec<_>>().join(", ")
            ),
        );
    }
    say("kept", counted(kept.len() as u64, "rule"));
    if arguments.all {
        kept.iter().for_each(|(id, times)| say("", format!("{id}, {}", times_of(*times))));
    }
    let hint = if arguments.all { "" } else { "; --all lists them, and what would show them" };
    say("not observable", format!("{}{hint}", counted(unseen.len() as u64, "rule")));
    if arguments.all {
        if let Some(why) = findings.undone() {
            say("", format!("the recording was not done again with the reference: {why}"));
        }
        unseen.iter().for_each(|(id, wanted)| say("", format!("{id}: {wanted}")));
    }
    if arguments.readings {
        text.push_str(&explanations(findings, at)?);
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

/// How much was recorded, and how much of it is not judged.
fn size_of(recording: &Recording) -> String {
    let (calls, frames, unjudged) = recording.counts();
    let lines = counted(recording.lines(), "line");
    let mut size = format!(
        "{lines}: {}, {} of clients, {} not judged",
        counted(calls, "call"),
        counted(frames, "frame"),
        count(unjudged)
    );
    if recording.repeated() > 0 {
        let _ = write!(size, ", {} there already and taken once", count(recording.repeated()));
    }
    size
}

fn places(breach: &Breach, at: &impl Fn(&Place) -> String) -> String {
    breach.lines.iter().map(at).collect::<Vec<_>>().join(", ")
}

/// What the recording says of each open point on which something hangs in it.
fn explanations(findings: &Findings, at: &impl Fn(&Place) -> String) -> Result<String, CommandFailure> {
    let registry = registry()?;
    let mut text = String::new();
    let mut last = "";
    for (id, value, explanation) in findings.readings() {
        if id != last {
            let question = registry.reading(id).map(|reading| reading.question.clone()).unwrap_or_default();
            let _ = writeln!(text, "{}  {id}: {question}", strong(&format!("{:15}", "open point")));
            last = id;
        }
        let says = match explanation.refuted {
            Some(place) => format!("refuted by {}", at(&place)),
            None => format!("explains {}", counted(explanation.explained, "observation")),
        };
        let only = if findings.inferred(id) == Some(value) { ", and no other does" } else { "" };
        let _ = writeln!(text, "{:15}  {value}: {says}{only}", "");
    }
    if last.is_empty() {
        text.push_str("no open point hangs on anything in this recording\n");
    }
    Ok(text)
}

/// The readings that alone explain the recording, as `--reading @FILE` takes them.
fn inferred(findings: &Findings) -> String {
    let mut chosen = BTreeMap::new();
    for (id, _, _) in findings.readings() {
        if let Some(value) = findings.inferred(id) {
            chosen.insert(id, value);
        }
    }
    let mut text = String::from("# Inferred from a recording by `claque audit`.\n[readings]\n");
    for (id, value) in chosen {
        let _ = writeln!(text, "{id:?} = {value:?}");
    }
    text
}

fn object(recording: &Recording, findings: &Findings, at: &impl Fn(&Place) -> String) -> Value {
    let (calls, frames, unjudged) = recording.counts();
    let rules: Map<String, Value> = Rule::ALL
        .iter()
        .map(|rule| {
            let says = match findings.verdict(*rule) {
                Verdict::Kept(times) => json!({ "verdict": "kept", "times": times }),
                Verdict::Broken(times, breaches) => {
                    let breaches: Vec<Value> = breaches
                        .iter()
                        .map(|breach| {
                            let lines: Vec<String> = breach.lines.iter().map(at).collect();
                            let or: Vec<&str> = breach.or.iter().map(|rule| rule.id()).collect();
                            json!({ "says": breach.says, "lines": lines, "or": or })
                        })
                        .collect();
                    json!({ "verdict": "broken", "times": times, "breaches": breaches })
                }
                Verdict::NotObservable(wanted) => json!({ "verdict": "not-observable", "wanted": wanted }),
            };
            (rule.id().to_owned(), says)
        })
        .collect();
    let readings: Vec<Value> = findings
        .readings()
        .map(|(id, value, explanation)| {
            json!({
                "id": id, "value": value, "explained": explanation.explained,
                "refuted": explanation.refuted.as_ref().map(at),
                "inferred": findings.inferred(id) == Some(value),
            })
        })
        .collect();
    json!({
        "schema": 1, "partial": findings.is_partial(), "lines": recording.lines(), "calls": calls, "frames": frames, "unjudged": unjudged,
        "rules": rules, "readings": readings, "undone": findings.undone(),
        "unexplained": findings.unexplained().map(|(says, lines)| {
            json!({ "says": says, "lines": lines.iter().map(at).collect::<Vec<_>>() })
        }),
    })
}

fn times_of(times: u64) -> String {
    if times == 1 { "once".to_owned() } else { counted(times, "time") }
}
