//! What each format says of itself, and what it sees of a file before it claims it.

use claque_document::diagnostic::Diagnostic;

use crate::recorded::clock::ChatUnit;
use crate::recorded::reading::ChatReading;

/// A format of recorded chats.
#[derive(Debug)]
pub(in crate::recorded) struct ChatLayout {
    /// The word for it.
    pub(in crate::recorded) id: &'static str,
    /// The name, for people.
    pub(in crate::recorded) name: &'static str,
    /// How one knows it.
    pub(in crate::recorded) looks: &'static str,
    /// The unit of its spans.
    pub(in crate::recorded) unit: ChatUnit,
    /// Whether a file is of this format.
    pub(in crate::recorded) claims: fn(&Sample<'_>) -> bool,
    /// Reads a file: whatever can be read goes into the reading, whatever cannot into its notes.
    pub(in crate::recorded) read: fn(&mut ChatReading<'_>) -> Result<(), Diagnostic>,
}

/// The part of a file that a format sees before it claims it.
#[derive(Debug)]
pub(in crate::recorded) struct Sample<'t> {
    /// The whole text, from its first character that is no space.
    pub(in crate::recorded) text: &'t str,
    /// The first line of it.
    pub(in crate::recorded) first_line: &'t str,
}

impl<'t> Sample<'t> {
    pub(in crate::recorded) fn new(text: &'t str) -> Self {
        let text = text.trim_start();
        Self { text, first_line: text.lines().next().unwrap_or_default() }
    }

    /// Whether it is JSON that has all these keys somewhere.
    pub(in crate::recorded) fn has_keys(&self, keys: &[&str]) -> bool {
        // Searched as text and not parsed: a recording that is cut off is no JSON, and is still of its format.
        self.text.starts_with(['{', '[']) && keys.iter().all(|key| self.text.contains(&format!("\"{key}\"")))
    }

    /// Whether it is XML that has one of these beginnings of tags.
    pub(in crate::recorded) fn has_tags(&self, tags: &[&str]) -> bool {
        self.text.starts_with('<') && tags.iter().any(|tag| self.text.contains(tag))
    }
}
