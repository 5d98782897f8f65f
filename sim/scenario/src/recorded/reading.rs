//! A recording while it is being read: readers put their messages and notes into it.

use std::borrow::Cow;
use std::ops::Range;

use claque_core::Priority;
use claque_document::diagnostic::Diagnostic;

use super::notes::{NoteSort, Notes};
use crate::scenario::MessageKind;

/// Messages of one recording.
pub(super) const MESSAGES_MAX: usize = 5_000_000;
/// The most of a word of the file that a note shows. Unit: characters.
const WORD_MAX: usize = 40;

/// When a message was said. Unit: microseconds, in whatever the format counts by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct When {
    /// From the beginning of the recording; may be another thing altogether where a recorder wrote another unit.
    pub(super) offset: Option<i128>,
    /// Since 1970.
    pub(super) epoch: Option<i128>,
}

impl When {
    pub(super) const fn offset(micros: i128) -> Self {
        Self { offset: Some(micros), epoch: None }
    }

    pub(super) const fn epoch(micros: i128) -> Self {
        Self { offset: None, epoch: Some(micros) }
    }
}

/// The author of a message, as far as the recording shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Person<'t> {
    /// The platform's number or ID, the same in everything that the person did.
    pub(super) uid: Option<Cow<'t, str>>,
    /// A hash of the number, where a recorder gives that instead.
    pub(super) hash: Option<Cow<'t, str>>,
    /// The person's name, as the platform shows it.
    pub(super) name: Option<Cow<'t, str>>,
}

impl<'t> Person<'t> {
    /// A person with a number and a name, of which either may be missing, zero or masked.
    pub(super) fn new(uid: Option<Cow<'t, str>>, name: Option<Cow<'t, str>>) -> Self {
        Self {
            uid: uid.filter(|uid| identifies(uid)),
            hash: None,
            name: name.filter(|name| !name.is_empty()),
        }
    }

    /// With a hash that stands in where there is no number.
    pub(super) fn or_hash(self, hash: Option<Cow<'t, str>>) -> Self {
        Self { hash: hash.filter(|hash| identifies(hash)), ..self }
    }
}

/// Whether a number identifies a person: it is neither missing nor masked.
fn identifies(uid: &str) -> bool {
    !uid.is_empty()
        // As recorders write a number that they do not know; a platform that hides numbers sends zeros or stars.
        && !matches!(uid, "-1" | "null" | "None")
        && uid.bytes().any(|byte| byte != b'0')
        && !uid.contains('*')
}

/// A message as a reader finds it, before times are settled, users numbered and messages sorted.
#[derive(Debug)]
pub(super) struct Found<'t> {
    pub(super) when: When,
    pub(super) who: Person<'t>,
    pub(super) kind: MessageKind,
    /// Another message type than that of the kind.
    pub(super) message_type: Option<u32>,
    /// Another level than that of the kind.
    pub(super) level: Option<Priority>,
    /// The recorder's word for such messages, in the plural.
    pub(super) what: &'static str,
    pub(super) body: Box<str>,
    /// Where it stands in the file.
    pub(super) span: Range<usize>,
}

/// A recording while it is being read.
#[derive(Debug)]
pub(super) struct ChatReading<'t> {
    pub(super) file: &'t str,
    pub(super) text: &'t str,
    pub(super) found: Vec<Found<'t>>,
    pub(super) notes: Notes,
    /// When the recording began, where it says so itself. Unit: microseconds since 1970.
    pub(super) began: Option<i128>,
}

impl<'t> ChatReading<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: Vec::new(), notes: Notes::default(), began: None }
    }

    /// Takes a message, unless there are too many.
    pub(super) fn put(&mut self, found: Found<'t>) {
        if self.found.len() < MESSAGES_MAX {
            self.found.push(found);
        } else {
            let span = found.span;
            let message = format!("there are more than {MESSAGES_MAX} messages");
            self.lost(
                "messages beyond the most that are read",
                span,
                || message,
                "cut the recording into parts",
            );
        }
    }

    /// Something is wrong, and is left out.
    pub(super) fn lost(
        &mut self,
        what: &'static str,
        span: Range<usize>,
        message: impl FnOnce() -> String,
        help: &str,
    ) {
        self.wrong(NoteSort::Lost, what, span, message, help);
    }

    /// The file ends inside of a message, which is left out.
    pub(super) fn cut_off(&mut self) {
        let end = self.text.trim_end().len();
        let message = || "the file ends inside of a message".to_owned();
        self.lost(
            "messages that are cut off",
            end..end,
            message,
            "is the file whole? what came before is read",
        );
    }

    /// Something is wrong, and is read all the same.
    pub(super) fn mended(
        &mut self,
        what: &'static str,
        span: Range<usize>,
        message: impl FnOnce() -> String,
        help: &str,
    ) {
        self.wrong(NoteSort::Mended, what, span, message, help);
    }

    fn wrong(
        &mut self,
        sort: NoteSort,
        what: &'static str,
        span: Range<usize>,
        message: impl FnOnce() -> String,
        help: &str,
    ) {
        // Only the first of a kind becomes a diagnostic: a file with a million faults has few kinds of them, and a
        // line and a column are found by counting from the beginning.
        let (file, text) = (self.file, self.text);
        self.notes.add(sort, Cow::Borrowed(what), || {
            let said = Diagnostic::at(file, text, span, message());
            Some(if help.is_empty() { said } else { said.help(help) })
        });
    }

    /// Something is no message of the chat.
    pub(super) fn unread(&mut self, what: impl Into<Cow<'static, str>>, at: usize) {
        let (file, text) = (self.file, self.text);
        self.notes
            .add(NoteSort::Unread, what.into(), || Some(Diagnostic::at(file, text, at..at, "not read")));
    }

    /// Something about the recording as a whole.
    pub(super) fn remark(&mut self, what: impl Into<Cow<'static, str>>) {
        self.notes.add(NoteSort::Remark, what.into(), || None);
    }

    /// Where a piece of a span stands in the file; the whole span when it is not found.
    pub(super) fn within(&self, span: &Range<usize>, piece: &str) -> Range<usize> {
        let whole = self.text.get(span.clone()).unwrap_or_default();
        match whole.find(piece) {
            Some(at) if !piece.is_empty() => span.start + at..span.start + at + piece.len(),
            _ => span.clone(),
        }
    }
}

/// A word of the file, cut to what fits into a note.
pub(super) fn shown(word: &str) -> String {
    // Without control characters: the word is printed on a terminal, and anybody may have written it.
    let mut cut: String = word.chars().filter(|character| !character.is_control()).take(WORD_MAX).collect();
    if word.chars().nth(WORD_MAX).is_some() {
        cut.push('…');
    }
    cut
}
