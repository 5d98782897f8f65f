//! Recorded chats: what people really wrote, and when, as the arrival process of a group.
//!
//! The format of a file is recognised by its content. Each format is a file of `formats`, whose head says how it is
//! mapped; [`RecordedChat::formats`] lists them. Text is a comment, and MEDIUM; everything that costs money is a gift,
//! and HIGH.
//!
//! # One bad place does not lose a file
//!
//! Recordings are cut off, hold raw `<`, halves of characters and times that cannot be. Everything readable is read.
//! Entries that were mended, left out, or are no messages of the chat are counted by kind, with the place of the first
//! ([`ChatNote`]); nothing is skipped without a word. [`ChatOptions::strict`] refuses a recording with faults.
//!
//! # Times
//!
//! Times are read exactly, without floats, and count from the recording's own zero. A recording that would be longer
//! than 48 hours, or begin later than that, has another unit or another zero than its format says: it is refused, with
//! what it looks like, until [`ChatTimes`] says what is meant.
//!
//! # Bounds
//!
//! A file has at most 256 MiB, unpacked as well as packed, and 5,000,000 messages. Reading takes time in proportion to
//! its length.

mod clock;
mod container;
mod decimal;
mod formats;
mod inspect;
mod json;
mod notes;
mod people;
mod reading;
mod speed;
mod stamp;
mod xml;

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod recorder_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use claque_core::{Duration, Priority};
use claque_document::diagnostic::Diagnostic;

use crate::scenario::MessageKind;
use formats::{ChatLayout, Sample};
use reading::ChatReading;

pub use clock::{ChatStart, ChatTimes, ChatUnit};
pub use inspect::{ChatSpan, ChatSummary};
pub use notes::{ChatNote, NoteSort};
pub use speed::Speed;

/// A recorded chat, ready to be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedChat {
    /// The format it was read from.
    pub format: ChatFormat,
    /// A hash of the file's bytes: what the identity of a run says about it.
    pub content_hash: u64,
    /// The messages by time; messages of one time in the order of the file. At least one.
    pub entries: Vec<ChatEntry>,
    /// The names of the users, by first appearance in the file. Any text: not fit to be IDs.
    pub users: Vec<String>,
    /// The messages by kind, with the recorder's word for them, and how often.
    pub read: BTreeMap<(MessageKind, &'static str), u64>,
    /// Notes about faults, about entries that were left out, and about the recording as a whole.
    pub notes: Vec<ChatNote>,
}

/// One message of a recorded chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatEntry {
    /// When it was sent, from the beginning of the replay.
    pub at: Duration,
    /// Who sent it: an index into [`RecordedChat::users`].
    pub user: u32,
    /// Its kind.
    pub kind: MessageKind,
    /// Its message type.
    pub message_type: u32,
    /// The level it is sent with.
    pub level: Priority,
    /// The text.
    pub body: Box<str>,
}

/// The format of a recorded chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatFormat {
    /// The word for it.
    pub id: &'static str,
    /// The name, for people.
    pub name: &'static str,
    /// How one knows it.
    pub looks: &'static str,
}

impl ChatFormat {
    const fn of(format: &ChatLayout) -> Self {
        Self { id: format.id, name: format.name, looks: format.looks }
    }
}

impl fmt::Display for ChatFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// How a recording is to be read, besides what it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChatOptions {
    /// The start and the unit of its times.
    pub times: ChatTimes,
    /// Whether a recording with faults is refused.
    pub strict: bool,
}

impl RecordedChat {
    /// Every format that is read.
    pub fn formats() -> impl Iterator<Item = ChatFormat> {
        formats::ALL.into_iter().map(ChatFormat::of)
    }

    /// Reads a recorded chat in any of the formats, as it says itself; `file` is what complaints call it.
    ///
    /// # Errors
    ///
    /// Those of [`RecordedChat::read_as`].
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, Diagnostic> {
        Self::read_as(file, bytes, ChatOptions::default())
    }

    /// Reads a recorded chat in any of the formats.
    ///
    /// # Errors
    ///
    /// That the file is too long, of no known format, or holds no message that can be read; that its times cannot be
    /// meant; where that was asked for, the first thing that is wrong with it.
    pub fn read_as(file: &str, bytes: &[u8], options: ChatOptions) -> Result<Self, Diagnostic> {
        let unpacked = container::unpack(file, bytes)?;
        let text: &str = &unpacked.text;
        let format = detect(file, text)?;
        let mut reading = ChatReading::new(file, text);
        // Worth a note: the hash in the identity of a run is that of the packed file, and unpacking it makes another
        // identity.
        if unpacked.packed {
            reading.remark("the file is packed with gzip");
        }
        if unpacked.wide {
            reading.remark("the file is UTF-16");
        }
        let end = text.len();
        if let Some(why) = unpacked.cut {
            let message = || format!("the gzip data ends with a fault: {why}");
            reading.lost("gzip data with a fault", end..end, message, "what came before it is read");
        }
        if unpacked.broken {
            // A file may hold the character itself; then the note is about nothing, and nothing else changes.
            let at = text.find('\u{FFFD}').unwrap_or(0);
            let message = || "bytes that are no text stand here".to_owned();
            reading.mended(
                "files with bytes that are no text",
                at..at + 3,
                message,
                "they are read as U+FFFD",
            );
        }
        // Only now, with notes about the file as a whole in front: notes are shown in the order in which they were
        // made.
        (format.read)(&mut reading)?;
        if reading.found.is_empty() {
            return Err(nothing(&reading, format));
        }
        // All messages first, their times afterwards: what a time means shows only beside the others of the file.
        let times = clock::settle(&mut reading, options.times, format.unit)?;
        // Again: settling leaves messages out.
        if reading.found.is_empty() {
            return Err(nothing(&reading, format));
        }
        // Last, so that a strict refusal names the fault that a lenient reading would have counted first.
        if let Some(fault) = reading.notes.fault().filter(|_| options.strict) {
            return Err(fault.clone());
        }
        Ok(Self::made(format, crate::content::content_hash(bytes), reading, &times))
    }

    fn made(format: &ChatLayout, content_hash: u64, mut reading: ChatReading<'_>, times: &[u64]) -> Self {
        // In two passes: a name may be met before the message that tells which number goes with it.
        let mut people = people::ChatPeople::learn(&reading.found);
        let mut entries = Vec::with_capacity(reading.found.len());
        let mut read: BTreeMap<(MessageKind, &'static str), u64> = BTreeMap::new();
        for (found, at) in std::mem::take(&mut reading.found).into_iter().zip(times) {
            *read.entry((found.kind, found.what)).or_default() += 1;
            entries.push(ChatEntry {
                at: Duration::from_micros(*at),
                user: people.number(&found.who),
                kind: found.kind,
                message_type: found.message_type.unwrap_or_else(|| found.kind.message_type()),
                level: found.level.unwrap_or_else(|| found.kind.level()),
                body: found.body,
            });
        }
        // Stable: messages of one time stay in the order of the file, which is the only order they have.
        entries.sort_by_key(|entry| entry.at);
        if people.unknown() > 0 {
            let count = people.unknown();
            reading.remark(format!("{count} messages name no author: they count as one person's"));
        }
        let notes = reading.notes.into_list();
        Self {
            format: ChatFormat::of(format),
            content_hash,
            entries,
            users: people.into_names(),
            read,
            notes,
        }
    }

    /// When the last message was sent.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.entries.last().map_or(Duration::ZERO, |entry| entry.at)
    }

    /// Replays the chat faster (or slower): every time is divided by the speed, order and messages stay.
    pub fn compress(&mut self, speed: Speed) {
        for entry in &mut self.entries {
            entry.at = speed.apply(entry.at);
        }
    }
}

/// Why a file has no message: the first fault, or that there is none.
fn nothing(reading: &ChatReading<'_>, format: &ChatLayout) -> Diagnostic {
    let none = || Diagnostic::whole(reading.file, format!("the chat ({}) holds no message", format.name));
    reading.notes.fault().cloned().unwrap_or_else(none)
}

/// Tells the formats apart by what is in the file.
fn detect(file: &str, text: &str) -> Result<&'static ChatLayout, Diagnostic> {
    let sample = Sample::new(text);
    if sample.text.is_empty() {
        return Err(Diagnostic::whole(file, "the file is empty"));
    }
    // By content and never by the name of the file: `.json` and `.xml` are what half of the formats are called.
    let found = formats::ALL.into_iter().find(|format| (format.claims)(&sample));
    found.ok_or_else(|| {
        let offset = text.len() - sample.text.len();
        // A recording may be one line of many megabytes: the complaint points at its beginning.
        let end = offset + sample.first_line.chars().take(12).map(char::len_utf8).sum::<usize>();
        let known = formats::ALL.map(|format| format!("{} ({})", format.name, format.looks));
        Diagnostic::at(file, text, offset..end, "this is no recorded chat of a known format").allowed(known)
    })
}
