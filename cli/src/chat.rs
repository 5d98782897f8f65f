//! `claque chat`: what a recording of a real chat holds, before anybody replays it.

use std::path::Path;

use claque_core::Duration;
use claque_document::diagnostic::Part;
use claque_lab::amount::grouped as count;
use claque_scenario::recorded::{ChatNote, ChatSummary, NoteSort, RecordedChat};
use serde_json::{Value, json};

use crate::input::read;
use crate::output::{line, remark};
use crate::run_plan::{ChatArguments, refused};
use crate::{CommandFailure, Done};

/// The widest bar of the rate.
const BAR: u64 = 40;

/// What to look at.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: ChatVerb,
}

const EXAMPLES: &str = "\
Formats, told apart by their content, each also packed with gzip:
  our JSON Lines; Bilibili danmaku XML, with the gifts of biliup, blrec and BililiveRecorder;
  TwitchDownloader JSON; twitch-dl JSON; yt-dlp's YouTube live chat (.live_chat.json);
  chat-downloader JSON; raw IRC with tags; Chatterino and other text logs; Niconico XML and JSON;
  dandanplay JSON; AcFun JSON

Examples:
  claque chat inspect comments.xml
  claque chat inspect show.live_chat.json.gz --json
  claque chat inspect old.jsonl --chat-start first
  claque simulate --chat comments.xml --users 3000";

#[derive(clap::Subcommand)]
enum ChatVerb {
    /// Shows format, length, rate over time, users, kinds, and what is not read.
    Inspect(Inspect),
}

#[derive(clap::Args)]
struct Inspect {
    /// The recording.
    file: String,
    #[command(flatten)]
    times: ChatArguments,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let ChatVerb::Inspect(inspect) = &arguments.command;
    let bytes = read(Path::new(&inspect.file))?;
    let options = inspect.times.options()?;
    let chat = RecordedChat::read_as(&inspect.file, &bytes, options).map_err(|said| refused(&said))?;
    if inspect.json {
        line(&object(&chat).to_string());
    } else {
        show(&chat);
    }
    Ok::<(), CommandFailure>(())
}

fn show(chat: &RecordedChat) {
    let summary = ChatSummary::of(chat);
    let row = |name: &str, value: String| line(&format!("  {name:14} {value}"));
    row("format", chat.format.to_string());
    row("messages", count(size(chat.entries.len())));
    row("users", count(size(chat.users.len())));
    row("from", clock(summary.first));
    row("to", clock(summary.last));
    row("most a second", format!("{}, at {}", count(summary.peak.0), clock(summary.peak.1)));
    for ((kind, what), times) in &chat.read {
        row(&format!("read as {}", kind.word()), format!("{} {what}", count(*times)));
    }
    for (name, times) in &summary.talkers {
        row("said by", format!("{} {name}", count(*times)));
    }
    for note in &chat.notes {
        row(note.sort.word(), note.to_string());
    }
    line("");
    let most = summary.rate.iter().map(|span| span.messages).max().unwrap_or(0).max(1);
    line(&format!("  messages in each {} s", summary.span.as_secs()));
    for span in &summary.rate {
        let bar = "#".repeat(usize::try_from(span.messages * BAR / most).unwrap_or(0));
        line(&format!("  {:>9} {:>8} {bar}", clock(span.from), count(span.messages)));
    }
}

fn object(chat: &RecordedChat) -> Value {
    let summary = ChatSummary::of(chat);
    let mut object = read_object(chat);
    let rate: Vec<Value> = summary
        .rate
        .iter()
        .map(|span| json!({ "from_s": span.from.as_secs(), "messages": span.messages, "peak": span.peak }))
        .collect();
    let said: Vec<Value> =
        summary.talkers.iter().map(|(name, times)| json!({ "name": name, "messages": times })).collect();
    if let Some(object) = object.as_object_mut() {
        object.insert("schema".to_owned(), 1.into());
        object.insert("first_us".to_owned(), summary.first.as_micros().into());
        object.insert("last_us".to_owned(), summary.last.as_micros().into());
        object.insert(
            "peak".to_owned(),
            json!({ "messages": summary.peak.0, "at_s": summary.peak.1.as_secs() }),
        );
        object.insert("span_s".to_owned(), summary.span.as_secs().into());
        object.insert("rate".to_owned(), rate.into());
        object.insert("said_by".to_owned(), said.into());
    }
    object
}

/// What was read, as what, and what was not.
pub(crate) fn read_object(chat: &RecordedChat) -> Value {
    let read: Vec<Value> = chat
        .read
        .iter()
        .map(|((kind, what), times)| json!({ "kind": kind.word(), "what": what, "count": times }))
        .collect();
    let note = |note: &ChatNote| {
        let place = note.first.as_ref().and_then(|first| first.place());
        json!({
            "sort": note.sort.word(),
            "what": note.what,
            "count": note.count,
            "line": place.map(|place| place.line),
            "column": place.map(|place| place.column),
        })
    };
    json!({
        "format": chat.format.id,
        "messages": chat.entries.len(),
        "users": chat.users.len(),
        "read": read,
        "notes": chat.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

/// What was read, in a sentence.
pub(crate) fn sentence(chat: &RecordedChat) -> String {
    let kinds: Vec<String> =
        chat.read.iter().map(|((_, what), times)| format!("{} {what}", count(*times))).collect();
    let left = |sort| chat.notes.iter().filter(|note| note.sort == sort).map(|note| note.count).sum::<u64>();
    let (lost, unread) = (left(NoteSort::Lost), left(NoteSort::Unread));
    let out = if lost + unread == 0 {
        String::new()
    } else {
        format!("; left out: {} with faults, {} that are no messages", count(lost), count(unread))
    };
    let (users, format) = (count(size(chat.users.len())), chat.format);
    format!("{} from {users} people ({format}): {}{out}", count(size(chat.entries.len())), kinds.join(", "))
}

/// Tells what was wrong with a recording, or left out.
pub(crate) fn remarks(chat: &RecordedChat) {
    for note in &chat.notes {
        remark(&format!("recorded chat: {note}"));
        if let Some(first) =
            note.first.as_ref().filter(|_| matches!(note.sort, NoteSort::Lost | NoteSort::Mended))
        {
            // What was read all the same, or left out, stops nothing.
            let warned = |part, text: &str| match part {
                Part::Headline => text.replacen("error:", "warning:", 1),
                Part::Caret | Part::Frame | Part::Note => text.to_owned(),
            };
            remark(&first.render(&warned));
        }
    }
}

/// A time as hours, minutes and seconds.
fn clock(at: Duration) -> String {
    let seconds = at.as_secs();
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{hours}:{minutes:02}:{rest:02}")
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
