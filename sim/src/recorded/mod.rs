//! Recorded chats: what people really wrote, and when, as the arrival process of a group.
//!
//! Three formats are read, and told apart by their content:
//!
//! | format | begins with | one message |
//! |---|---|---|
//! | our JSON Lines | a JSON object with `at_ms` on the first line | a line, see below |
//! | Bilibili danmaku XML | `<`, root element `i` | `<d p="seconds,mode,size,colour,unix time,pool,user hash,row">text</d>` |
//! | TwitchDownloader JSON | a JSON object with `comments` | an item of `comments` |
//!
//! # Our JSON Lines
//!
//! One JSON object a line, in UTF-8; empty lines are skipped, unknown keys refused.
//!
//! | key | value |
//! |---|---|
//! | `at_ms` | when it was sent, from the beginning of the recording. Unit: whole milliseconds |
//! | `user` | who sent it: any text, the same for the same person |
//! | `type` | `"comment"` (default), `"gift"`, `"like"`, or the number of a message type |
//! | `level` | `"HIGH"`, `"MEDIUM"` or `"NORMAL"`; absent: what the type means, MEDIUM for a number |
//! | `body` | the text |
//!
//! # How the other formats are mapped
//!
//! Text is a comment, and MEDIUM. Bits and gifted seats (`bits_spent` above zero, a notice whose `msg-id` contains
//! `gift`) are gifts, and HIGH; so are the `gift`, `guard` and `sc` elements that recorders of live rooms add to
//! danmaku files. Neither format records likes.
//!
//! Readers are tolerant of text (control characters, unknown entities, broken UTF-8, empty bodies) and strict about
//! structure: a missing field or a time that is no number is a [`Diagnostic`]. Times are read exactly, without floats.

mod danmaku;
mod decimal;
mod json_lines;
mod speed;
mod twitch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use claque_core::{Duration, Priority};

use crate::diagnostic::Diagnostic;
use crate::scenario::MessageKind;

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
}

/// One message of a recorded chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatEntry {
    /// When it was sent, from the beginning of the recording.
    pub at: Duration,
    /// Who sent it: an index into [`RecordedChat::users`].
    pub user: u32,
    /// What it is.
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
pub enum ChatFormat {
    /// Bilibili danmaku XML.
    Danmaku,
    /// Our JSON Lines.
    JsonLines,
    /// TwitchDownloader JSON.
    Twitch,
}

impl fmt::Display for ChatFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Danmaku => "danmaku XML",
            Self::JsonLines => "JSON Lines",
            Self::Twitch => "TwitchDownloader JSON",
        })
    }
}

/// A message as a reader finds it, before users are numbered and messages sorted.
struct Found<'t> {
    at: Duration,
    /// What makes the user one person.
    user: std::borrow::Cow<'t, str>,
    /// What the user is called, where that differs.
    called: Option<std::borrow::Cow<'t, str>>,
    kind: MessageKind,
    message_type: u32,
    level: Priority,
    body: Box<str>,
}

impl RecordedChat {
    /// Reads a recorded chat in any of the three formats; `file` is what complaints call it.
    ///
    /// # Errors
    ///
    /// That the file is of no known format or holds no message, or what is wrong with its structure, at its place.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, Diagnostic> {
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(Diagnostic::whole(file, "the file is UTF-16").help("save it as UTF-8"));
        }
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        let format = detect(file, text)?;
        let found = match format {
            ChatFormat::Danmaku => danmaku::read(file, text)?,
            ChatFormat::JsonLines => json_lines::read(file, text)?,
            ChatFormat::Twitch => twitch::read(file, text)?,
        };
        if found.is_empty() {
            return Err(Diagnostic::whole(file, format!("the chat ({format}) holds no message")));
        }
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let mut users = Vec::new();
        let mut entries = Vec::with_capacity(found.len());
        for Found { at, user, called, kind, message_type, level, body } in found {
            let next = u32::try_from(users.len()).map_err(|_| Diagnostic::whole(file, "too many users"))?;
            let user = *numbers.entry(user.into_owned()).or_insert_with_key(|user| {
                users.push(called.map_or_else(|| user.clone(), std::borrow::Cow::into_owned));
                next
            });
            entries.push(ChatEntry { at, user, kind, message_type, level, body });
        }
        entries.sort_by_key(|entry| entry.at);
        let content_hash = crate::identity::content_hash(bytes);
        Ok(Self { format, content_hash, entries, users })
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

/// Tells the formats apart by what the file begins with.
fn detect(file: &str, text: &str) -> Result<ChatFormat, Diagnostic> {
    let start = text.trim_start();
    let offset = text.len() - start.len();
    let first_line = start.lines().next().unwrap_or_default();
    if start.starts_with('<') {
        Ok(ChatFormat::Danmaku)
    } else if start.starts_with('{') && first_line.contains("\"at_ms\"") {
        Ok(ChatFormat::JsonLines)
    } else if start.starts_with('{') && start.contains("\"comments\"") {
        Ok(ChatFormat::Twitch)
    } else if start.is_empty() {
        Err(Diagnostic::whole(file, "the file is empty"))
    } else {
        let end = offset + first_line.chars().take(12).map(char::len_utf8).sum::<usize>();
        Err(Diagnostic::at(file, text, offset..end, "this is no recorded chat of a known format").allowed([
            "JSON Lines (an object with `at_ms` on the first line)",
            "danmaku XML (`<i>` with `<d p=…>`)",
            "TwitchDownloader JSON (an object with `comments`)",
        ]))
    }
}
