//! The one error of every input file: where it is, which word is wrong, and which words are right.
//!
//! Scenarios, cases, chats, readings and rules are written by people, so a mistake in one of them is answered with
//! the file, the line, the column, the offending word, what may stand there, and the nearest allowed word:
//!
//! ```text
//! error: unknown key `grup` in [[event]]
//!  --> evening.toml:12:1
//!    |
//! 12 | grup = "g07"
//!    | ^^^^
//!    = expected one of: at, do, group, name
//!    = did you mean `group`?
//! ```
//!
//! This module owns the text. It never prints and never colours; a binary that wants colour passes a painter to
//! [`Diagnostic::render`].

use std::fmt::{self, Write as _};
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Allowed words that are shown before the list is cut.
const ALLOWED_SHOWN_MAX: usize = 24;
/// Characters of a sentence that another reader wrote, such as `toml`: it may quote a value of any length.
const SENTENCE_CHARACTERS_MAX: usize = 400;
/// Columns of a source line that are shown; longer lines are cut around the place.
const EXCERPT_COLUMNS_MAX: usize = 96;

/// The part of a rendered diagnostic that a painter is asked to paint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The marks under the offending word.
    Caret,
    /// Line numbers, bars and arrows.
    Frame,
    /// The word `error` and the sentence after it.
    Headline,
    /// What may be done about it: allowed words, suggestion, help.
    Note,
}

/// A place in a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1. Unit: characters (Unicode scalar values).
    pub column: usize,
}

/// What is wrong in an input file, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Diagnostic(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    file: String,
    message: String,
    place: Option<Place>,
    excerpt: Option<Excerpt>,
    word: Option<String>,
    allowed: Vec<String>,
    suggestion: Option<String>,
    help: Option<String>,
}

/// One source line, cut to a readable width, with the marks that go under it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    indent: usize,
    width: usize,
}

impl Diagnostic {
    /// A complaint about a file as a whole: it cannot be read, it is empty, it is of no known format.
    #[must_use]
    pub fn whole(file: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            file: file.to_owned(),
            message: message.into(),
            place: None,
            excerpt: None,
            word: None,
            allowed: Vec::new(),
            suggestion: None,
            help: None,
        }))
    }

    /// A complaint about the bytes `span` of `text`.
    ///
    /// A span that lies outside of the text, or inside of a character, is moved to the nearest place that exists.
    #[must_use]
    pub fn at(file: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let lead = before.get(line_start..).unwrap_or_default();
        let marked_end = end.saturating_sub(line_start).min(line.len());
        let marked = line.get(lead.len().min(line.len())..marked_end).unwrap_or_default();

        let mut made = Self::whole(file, message);
        made.0.place =
            Some(Place { line: before.matches('\n').count() + 1, column: lead.chars().count() + 1 });
        made.0.excerpt = Some(Excerpt::cut(line, lead, marked));
        made
    }

    /// A complaint that `toml` made while reading `text`.
    ///
    /// Takes the offending word and the allowed ones out of serde's "unknown field" and "unknown variant" sentences.
    #[must_use]
    pub fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        // Serde speaks of Rust's types; the person who wrote the file knows TOML's.
        let said = error.message().replace("missing field", "missing key");
        let said = said
            .replace("expected a sequence", "expected a list")
            .replace("expected a map", "expected a table");
        match error.span() {
            Some(span) => Self::at(file, text, span, "").serde_message(&said),
            None => Self::whole(file, "").serde_message(&said),
        }
    }

    /// A complaint that `serde_json` made while reading a piece of `text` that starts at byte `base`.
    #[must_use]
    pub fn from_json(file: &str, text: &str, base: usize, error: &serde_json::Error) -> Self {
        let piece = text.get(base..).unwrap_or_default();
        let line_start: usize =
            piece.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let offset = base + line_start + error.column().saturating_sub(1);
        let full = error.to_string();
        let message = full.rfind(" at line ").and_then(|cut| full.get(..cut)).unwrap_or(&full);
        let said = Self::whole(file, "").serde_message(message);
        // The reader stops behind a word that it does not know: mark the word.
        let read = text.get(..offset + 1).unwrap_or(text);
        let read = read.strip_suffix('"').unwrap_or(read);
        let word = said.offending().filter(|word| read.ends_with(word)).map(|word| read.len() - word.len());
        let span = word.map_or(offset..offset + 1, |start| start..read.len());
        Self::at(file, text, span, "").serde_message(message)
    }

    /// Names the offending word.
    #[must_use]
    pub fn word(mut self, word: impl Into<String>) -> Self {
        self.0.word = Some(word.into());
        self
    }

    /// Names what may stand in the place of the offending word, and finds the nearest of it.
    #[must_use]
    pub fn allowed<I>(mut self, allowed: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.0.allowed = allowed.into_iter().map(Into::into).collect();
        self.0.suggestion = self
            .0
            .word
            .as_deref()
            .and_then(|word| nearest(word, self.0.allowed.iter().map(String::as_str)))
            .map(str::to_owned);
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The file, as its reader named it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The sentence that says what is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Line and column, unless the complaint is about the file as a whole.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.0.place
    }

    /// The offending word, where there is one.
    #[must_use]
    pub fn offending(&self) -> Option<&str> {
        self.0.word.as_deref()
    }

    /// The words that may stand in its place; empty where anything of the right form may.
    #[must_use]
    pub fn expected(&self) -> &[String] {
        &self.0.allowed
    }

    /// The allowed word that is nearest to the offending one.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// The rendered complaint, each part passed through `paint`; no newline at the end.
    #[must_use]
    pub fn render(&self, paint: &dyn Fn(Part, &str) -> String) -> String {
        let parts = &*self.0;
        let number = parts.place.map_or_else(String::new, |place| place.line.to_string());
        let gutter = " ".repeat(number.len());
        let mut out = paint(Part::Headline, &format!("error: {}", parts.message));
        let shown = parts.place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
        push(&mut out, &format!("{} {}{shown}", paint(Part::Frame, &format!("{gutter}-->")), parts.file));
        if let Some(excerpt) = &parts.excerpt {
            let bar = paint(Part::Frame, &format!("{gutter} |"));
            push(&mut out, &bar);
            push(&mut out, &format!("{} {}", paint(Part::Frame, &format!("{number} |")), excerpt.text));
            let marks = paint(Part::Caret, &"^".repeat(excerpt.width));
            push(&mut out, &format!("{bar} {}{marks}", " ".repeat(excerpt.indent)));
        }
        for note in self.notes() {
            push(
                &mut out,
                &format!("{} {}", paint(Part::Frame, &format!("{gutter} =")), paint(Part::Note, &note)),
            );
        }
        out
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let allowed = &self.0.allowed;
        if let [only] = allowed.as_slice() {
            notes.push(format!("expected: {only}"));
        } else if !allowed.is_empty() {
            let shown: Vec<&str> = allowed.iter().take(ALLOWED_SHOWN_MAX).map(String::as_str).collect();
            let mut note = format!("expected one of: {}", shown.join(", "));
            if let Some(more) = allowed.len().checked_sub(ALLOWED_SHOWN_MAX).filter(|more| *more > 0) {
                let written = write!(note, " and {more} more");
                debug_assert!(written.is_ok(), "writing to a string cannot fail");
            }
            notes.push(note);
        }
        if let Some(suggestion) = &self.0.suggestion {
            notes.push(format!("did you mean `{suggestion}`?"));
        }
        if let Some(help) = &self.0.help {
            notes.push(format!("help: {help}"));
        }
        notes
    }

    /// Splits serde's "unknown field `x`, expected one of `a`, `b`" into message, word and allowed words.
    fn serde_message(mut self, message: &str) -> Self {
        let message = &shortened(message);
        let unknown = message
            .strip_prefix("unknown ")
            .and_then(|rest| rest.split_once('`'))
            .and_then(|(kind, rest)| rest.split_once('`').map(|(word, rest)| (kind, word, rest)));
        let Some((kind, word, rest)) = unknown else {
            let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = lines.next().unwrap_or("the file cannot be read");
            let more: Vec<&str> = lines.collect();
            self.0.message = first.to_owned();
            return if more.is_empty() { self } else { self.help(more.join(", ")) };
        };
        let kind = match kind.trim_end() {
            "field" => "key",
            "variant" => "word",
            other => other,
        };
        self.0.message = format!("unknown {kind} `{word}`");
        let allowed: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        self.word(word).allowed(allowed)
    }
}

/// A sentence of which so much is kept at both ends as is read at a glance: what was expected stands at the end.
fn shortened(message: &str) -> String {
    let count = message.chars().count();
    if count <= SENTENCE_CHARACTERS_MAX {
        return message.to_owned();
    }
    let half = SENTENCE_CHARACTERS_MAX / 2;
    let beginning: String = message.chars().take(half).collect();
    let end: String = message.chars().skip(count - half).collect();
    format!("{beginning}…{end}")
}

fn push(out: &mut String, line: &str) {
    out.push('\n');
    out.push_str(line.trim_end());
}

impl Excerpt {
    /// Cuts `line` around the marked part, which follows `lead`; tabs and control characters become single columns.
    fn cut(line: &str, lead: &str, marked: &str) -> Self {
        let lead_columns = columns(lead);
        let width = columns(marked).max(1);
        if columns(line) <= EXCERPT_COLUMNS_MAX {
            let width = width.min(EXCERPT_COLUMNS_MAX);
            return Self { text: printable(line.chars()), indent: lead_columns, width };
        }
        let room_before = EXCERPT_COLUMNS_MAX / 3;
        let skipped = lead_columns.saturating_sub(room_before);
        let mut text = String::new();
        let mut indent = lead_columns;
        if skipped > 0 {
            text.push('…');
        }
        let (mut seen, mut taken, mut cut) = (0, 0, false);
        let mut first = None;
        for character in line.chars() {
            if seen >= skipped {
                let start = *first.get_or_insert(seen);
                if taken + column(character) > EXCERPT_COLUMNS_MAX {
                    cut = true;
                    break;
                }
                taken += column(character);
                text.push_str(&printable(std::iter::once(character)));
                indent = lead_columns.saturating_sub(start) + usize::from(skipped > 0);
            }
            seen += column(character);
        }
        if cut {
            text.push('…');
        }
        Self { width: width.min(taken.saturating_sub(indent).max(1)), text, indent }
    }
}

fn printable(text: impl Iterator<Item = char>) -> String {
    text.map(|character| match character {
        '\t' => ' ',
        _ if character.is_control() => '\u{FFFD}',
        _ => character,
    })
    .collect()
}

/// Terminal columns of a text: East Asian wide characters and emoji take two, combining marks none.
fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(character: char) -> usize {
    // A control character has no width of its own: it is shown as one that takes a column.
    character.width().unwrap_or(1)
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&|_, text| text.to_owned()))
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}\n")
    }
}

impl std::error::Error for Diagnostic {}

/// The candidate that a mistyped word most likely meant.
///
/// Compares without regard to case and counts swaps of neighbours as one edit. At most a third of the longer word
/// may differ; failing that, the only candidate that starts with the word is taken. Of candidates equally near the one with
/// the longest beginning in common with the word is taken, and then the earlier.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let mut best: Option<(usize, usize, &'c str)> = None;
    let mut starting = Vec::new();
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let distance = strsim::osa_distance(&word, &lower);
        let most = (word.chars().count().max(lower.chars().count()) / 3).max(1);
        // An abbreviation keeps its beginning: `…Grp` means `…Group` and not `…App`.
        let shared = word.chars().zip(lower.chars()).take_while(|(typed, meant)| typed == meant).count();
        let nearer = |(least, longest, _)| distance < least || (distance == least && shared > longest);
        if distance <= most && best.is_none_or(nearer) {
            best = Some((distance, shared, candidate));
        }
        if !word.is_empty() && lower.starts_with(&word) {
            starting.push(candidate);
        }
    }
    match (best, starting.as_slice()) {
        (Some((_, _, candidate)), _) => Some(candidate),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Part, Place, nearest};

    const FILE: &str = "show.toml";

    fn check(diagnostic: &Diagnostic, expected: &str) {
        assert_eq!(diagnostic.to_string(), expected.trim_matches('\n'));
    }

    #[test]
    fn word_is_marked_and_the_nearest_allowed_word_is_suggested() {
        let text = "a = 1\n  grup = \"g07\"\n";
        let made = Diagnostic::at(FILE, text, 8..12, "unknown key `grup`")
            .word("grup")
            .allowed(["at", "do", "group"]);
        check(
            &made,
            "
error: unknown key `grup`
 --> show.toml:2:3
  |
2 |   grup = \"g07\"
  |   ^^^^
  = expected one of: at, do, group
  = did you mean `group`?",
        );
        assert_eq!(made.place(), Some(Place { line: 2, column: 3 }));
        assert_eq!(
            (made.file(), made.message(), made.offending(), made.suggestion(), made.expected().len()),
            (FILE, "unknown key `grup`", Some("grup"), Some("group"), 3)
        );
    }

    #[test]
    fn file_as_a_whole_has_no_excerpt() {
        check(
            &Diagnostic::whole("x.json", "the file is empty").help("give at least one line"),
            "
error: the file is empty
--> x.json
 = help: give at least one line",
        );
    }

    #[test]
    fn wide_characters_keep_the_marks_below_the_word() {
        check(
            &Diagnostic::at("chat.xml", "感动 x1\r\n", 7..9, "bad number"),
            "
error: bad number
 --> chat.xml:1:4
  |
1 | 感动 x1
  |      ^^",
        );
    }

    #[test]
    fn long_line_is_cut_around_the_word() {
        let text = format!("{}bad{}", "a".repeat(200), "b".repeat(200));
        let shown = Diagnostic::at("one-line.json", &text, 200..203, "no").to_string();
        let expected = format!(
            "error: no\n --> one-line.json:1:201\n  |\n1 | …{}bad{}…\n  | {}^^^",
            "a".repeat(32),
            "b".repeat(96 - 35),
            " ".repeat(33)
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn control_characters_and_tabs_take_one_column() {
        check(
            &Diagnostic::at(FILE, "\u{7}\tx", 2..3, "no"),
            "
error: no
 --> show.toml:1:3
  |
1 | \u{FFFD} x
  |   ^",
        );
    }

    #[test]
    fn span_outside_of_the_text_is_moved_to_its_end() {
        check(
            &Diagnostic::at(FILE, "ab", 9..12, "ends too early"),
            "
error: ends too early
 --> show.toml:1:3
  |
1 | ab
  |   ^",
        );
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "at")]
        _at: u32,
    }

    #[test]
    fn toml_unknown_field_gives_word_and_allowed() {
        let text = "at = 1\naat = 2\n";
        let error = toml::from_str::<Sample>(text).expect_err("the key is unknown");
        check(
            &Diagnostic::from_toml(FILE, text, &error),
            "
error: unknown key `aat`
 --> show.toml:2:1
  |
2 | aat = 2
  | ^^^
  = expected: at
  = did you mean `at`?",
        );
    }

    #[test]
    fn toml_syntax_error_has_its_place() {
        let text = "at = 1\nx = = 2\n";
        let error = toml::from_str::<Sample>(text).expect_err("two equal signs");
        let made = Diagnostic::from_toml(FILE, text, &error);
        assert_eq!(made.place(), Some(Place { line: 2, column: 5 }), "{made}");
    }

    #[test]
    fn what_a_value_of_any_length_leads_to_stays_short() {
        for value in [
            format!("\"{}\"", "x".repeat(100_000)),
            "[".repeat(5_000),
            format!("[{}1]", "1, ".repeat(50_000)),
        ] {
            let text = format!("at = {value}\n");
            let error = toml::from_str::<Sample>(&text).expect_err("no number");
            let shown = Diagnostic::from_toml(FILE, &text, &error).to_string();
            assert!(shown.chars().count() < 1_000 && shown.contains("--> show.toml:1:"), "{shown}");
        }
        let text = format!("{} = 1\n", "x".repeat(100_000));
        let error = toml::from_str::<Sample>(&text).expect_err("no such key");
        let shown = Diagnostic::from_toml(FILE, &text, &error).to_string();
        assert!(shown.chars().count() < 1_000 && shown.contains("expected: at"), "{shown}");
    }

    #[test]
    fn json_error_is_placed_in_its_piece_of_the_file() {
        let text = "{\"at\":1}\n{\"at\":1,\"to\":2}\n";
        let error = serde_json::from_str::<Sample>(text.get(9..).expect("in range")).expect_err("unknown");
        let made = Diagnostic::from_json("chat.jsonl", text, 9, &error);
        assert_eq!(made.message(), "unknown key `to`");
        assert_eq!(made.place().expect("placed").line, 2);
    }

    #[test]
    fn long_list_of_allowed_words_is_cut() {
        let words: Vec<String> = (0..30).map(|n| format!("word{n}")).collect();
        let shown = Diagnostic::whole(FILE, "no").word("zzz").allowed(words).to_string();
        assert!(shown.ends_with("word23 and 6 more"), "{shown}");
    }

    #[test]
    fn painter_sees_every_part() {
        let made = Diagnostic::at(FILE, "x", 0..1, "no").help("yes");
        let shown = made.render(&|part, text| match part {
            Part::Caret => format!("[{text}]"),
            Part::Frame => text.to_owned(),
            Part::Headline => format!("<{text}>"),
            Part::Note => format!("({text})"),
        });
        assert_eq!(shown, "<error: no>\n --> show.toml:1:1\n  |\n1 | x\n  | [^]\n  = (help: yes)");
    }

    #[test]
    fn nearest_word_is_found_or_honestly_missing() {
        let candidates = ["delete-group", "restore-group", "message.shaper.admit"];
        assert_eq!(nearest("delete-gruop", candidates), Some("delete-group"));
        assert_eq!(nearest("Restore_Group", candidates), Some("restore-group"));
        assert_eq!(nearest("message.shap", candidates), Some("message.shaper.admit"));
        assert_eq!(nearest("banana", candidates), None);
        assert_eq!(nearest("", candidates), None);
    }
}
