//! Notes of a reader about a recording: faults, entries that were left out, and how often, with the first place.

use std::borrow::Cow;
use std::fmt;

use claque_document::diagnostic::Diagnostic;

/// Kinds of notes that are counted apart; later kinds are counted together.
// Kinds may carry words of the file, so that a broken or forged one has any number of them, and each is searched for.
const KINDS_MAX: usize = 64;

/// The fate of an entry that a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteSort {
    /// It was wrong, and was left out.
    Lost,
    /// It was wrong, and was read all the same.
    Mended,
    /// Nothing is wrong with it, but it is no message of the chat.
    Unread,
    /// It concerns the recording as a whole.
    Remark,
}

impl NoteSort {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Mended => "mended",
            Self::Unread => "unread",
            Self::Remark => "remark",
        }
    }
}

/// A kind of thing that a reader noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatNote {
    /// The fate of such entries.
    pub sort: NoteSort,
    /// The kind of entry, in the plural.
    pub what: Cow<'static, str>,
    /// How often it occurred.
    pub count: u64,
    /// The first time, with its place, where it has one.
    pub first: Option<Diagnostic>,
}

impl fmt::Display for ChatNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sort {
            NoteSort::Lost => write!(f, "left out: {} × {}", self.count, self.what)?,
            NoteSort::Mended => write!(f, "read all the same: {} × {}", self.count, self.what)?,
            NoteSort::Unread => write!(f, "not part of the chat: {} × {}", self.count, self.what)?,
            NoteSort::Remark => f.write_str(&self.what)?,
        }
        if let Some(place) = self.first.as_ref().and_then(Diagnostic::place) {
            let first = if self.count == 1 { "" } else { "first " };
            write!(f, " ({first}at line {}, column {})", place.line, place.column)?;
        }
        Ok(())
    }
}

/// All notes of a recording, in the order in which their kinds occurred first.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<ChatNote>);

impl Notes {
    /// Counts one thing more; `first` is asked for only when it is the first of its kind.
    pub(super) fn add(
        &mut self,
        sort: NoteSort,
        what: Cow<'static, str>,
        first: impl FnOnce() -> Option<Diagnostic>,
    ) {
        let full = self.0.len() >= KINDS_MAX;
        let known = self.0.iter_mut().find(|note| note.sort == sort && note.what == what);
        match known {
            Some(note) => note.count += 1,
            None if full => {
                // Counted and not dropped: nothing is left out without a word.
                let rest: Cow<'static, str> = "things of other kinds".into();
                match self.0.iter_mut().find(|note| note.sort == sort && note.what == rest) {
                    Some(note) => note.count += 1,
                    None => self.0.push(ChatNote { sort, what: rest, count: 1, first: first() }),
                }
            }
            None => self.0.push(ChatNote { sort, what, count: 1, first: first() }),
        }
    }

    /// The first fault, for a strict reading.
    pub(super) fn fault(&self) -> Option<&Diagnostic> {
        // What is no message of the chat is no fault of the recording.
        let wrong = |note: &&ChatNote| matches!(note.sort, NoteSort::Lost | NoteSort::Mended);
        self.0.iter().filter(wrong).find_map(|note| note.first.as_ref())
    }

    pub(super) fn into_list(self) -> Vec<ChatNote> {
        self.0
    }
}
