//! What `cargo mutants --list --json` says about a change.

use serde::{Deserialize, Serialize};

/// One change, as it is listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// Place and change in words.
    pub name: String,
    /// The file, from the root of the tree.
    pub file: String,
    /// The kind of change.
    pub genre: Genre,
    /// What stands there afterwards.
    pub replacement: String,
    /// What is taken away.
    pub span: Span,
    /// The rules that the function around names: `PurgeAfter` of `Rule::PurgeAfter`.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// The kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Genre {
    /// Another operator between two values.
    BinaryOperator,
    /// An expression as a whole, by an operator of ours.
    Expression,
    /// A function that gives a constant.
    FnValue,
    /// A match without one of its arms.
    MatchArm,
    /// A guard that is always or never met.
    MatchArmGuard,
    /// A statement, or two, by an operator of ours.
    Statement,
    /// A structure with one field as in its base.
    StructField,
    /// A value without the operator before it.
    UnaryOperator,
}

/// From where to where.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Span {
    /// The first character.
    pub start: Point,
    /// Behind the last character.
    pub end: Point,
}

/// A place in a file: line and character, both from 1.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Point {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Point {
    /// The place of a byte of `text`.
    pub fn of(text: &str, at: usize) -> Self {
        let before = &text[..at];
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        Self { line: before.matches('\n').count() + 1, column: before[begin..].chars().count() + 1 }
    }

    /// The place in bytes from the beginning of `text`; none where there is no such place.
    pub fn offset(self, text: &str) -> Option<usize> {
        let line = text.split_inclusive('\n').nth(self.line.checked_sub(1)?)?;
        let before: usize = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum();
        let within = line.chars().take(self.column.checked_sub(1)?).map(char::len_utf8).sum::<usize>();
        Some(before + within)
    }
}

/// What became of a change before anything ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It stands behind its switch.
    Switched,
    /// The compiler refuses it.
    DoesNotCompile,
    /// A switch cannot stand there: in a constant, for one.
    NotTried,
}
