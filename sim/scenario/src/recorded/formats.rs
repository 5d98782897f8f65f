//! The formats that are read. A reader is a file of this folder; it registers itself by one line here.

mod acfun;
mod chat_downloader;
mod dandanplay;
mod danmaku;
mod irc;
mod json_lines;
mod live_chat;
mod niconico;
mod niconico_json;
mod text_line;
mod text_log;
mod twitch_dl;
mod twitch_downloader;
mod twitch_words;

use claque_document::diagnostic::Diagnostic;

use super::clock::ChatUnit;
use super::reading::ChatReading;

/// Every format, in the order in which they are asked whether a file is theirs.
// The order decides for a file that two formats claim. A test holds that no fixture is one.
pub(super) const ALL: [&ChatLayout; 12] = [
    &json_lines::FORMAT,
    &danmaku::FORMAT,
    &niconico::FORMAT,
    &niconico_json::FORMAT,
    &twitch_downloader::FORMAT,
    &twitch_dl::FORMAT,
    &live_chat::FORMAT,
    &chat_downloader::FORMAT,
    &dandanplay::FORMAT,
    &acfun::FORMAT,
    &irc::FORMAT,
    &text_log::FORMAT,
];

/// A format of recorded chats.
#[derive(Debug)]
pub(super) struct ChatLayout {
    /// The word for it.
    pub(super) id: &'static str,
    /// The name, for people.
    pub(super) name: &'static str,
    /// How one knows it.
    pub(super) looks: &'static str,
    /// The unit of its spans.
    pub(super) unit: ChatUnit,
    /// Whether a file is of this format.
    pub(super) claims: fn(&Sample<'_>) -> bool,
    /// Reads a file: whatever can be read goes into the reading, whatever cannot into its notes.
    pub(super) read: fn(&mut ChatReading<'_>) -> Result<(), Diagnostic>,
}

/// The part of a file that a format sees before it claims it.
#[derive(Debug)]
pub(super) struct Sample<'t> {
    /// The whole text, from its first character that is no space.
    pub(super) text: &'t str,
    /// The first line of it.
    pub(super) first_line: &'t str,
}

impl<'t> Sample<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let text = text.trim_start();
        Self { text, first_line: text.lines().next().unwrap_or_default() }
    }

    /// Whether it is JSON that has all these keys somewhere.
    pub(super) fn has_keys(&self, keys: &[&str]) -> bool {
        // Searched as text and not parsed: a recording that is cut off is no JSON, and is still of its format.
        self.text.starts_with(['{', '[']) && keys.iter().all(|key| self.text.contains(&format!("\"{key}\"")))
    }

    /// Whether it is XML that has one of these beginnings of tags.
    pub(super) fn has_tags(&self, tags: &[&str]) -> bool {
        self.text.starts_with('<') && tags.iter().any(|tag| self.text.contains(tag))
    }
}
