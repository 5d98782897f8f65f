//! TOML documents read strictly: each value knows its place, and nothing is silently ignored.
//!
//! A [`Table`] is asked for its keys by name; [`Table::finish`] then refuses every key that nobody asked for, and
//! names those that were asked for as the allowed ones. A missing key looks for a misspelt one first. Every complaint
//! is a [`Diagnostic`] at the offending word. Floats and dates inside of values have no reader: nothing here needs them.
//!
//! ```
//! use claque_document::table::read;
//!
//! let said = read("x.toml", "at = 3\nfro = 4\n", |table| {
//!     let at: u32 = table.need("at")?;
//!     let from: u32 = table.or("from", 0)?;
//!     Ok((at, from))
//! });
//! assert_eq!(said.expect_err("fro is unknown").suggestion(), Some("from"));
//! ```

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use claque_core::{Duration, Instant};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::calendar::days_since_epoch;
use crate::diagnostic::{Diagnostic, nearest};
use crate::units::{Between, Permille, Ppm, RATE_FORM, Rate, Skew, format_duration, parse_duration};

/// Reads a TOML text as one table with `body`, and refuses what `body` did not ask for.
///
/// # Errors
///
/// The first complaint: syntax, a wrong value, a missing key, an unknown key.
pub fn read<T>(
    file: &str,
    text: &str,
    body: impl FnOnce(&Table<'_>) -> Result<T, Diagnostic>,
) -> Result<T, Diagnostic> {
    let root = DeTable::parse(text).map_err(|error| Diagnostic::from_toml(file, text, &error))?;
    let source = TableText { file, text };
    let table = Table::new(source, "the file".to_owned(), 0..0, root.get_ref());
    let made = body(&table)?;
    table.finish()?;
    Ok(made)
}

/// The file that a table or value comes from.
#[derive(Clone, Copy)]
struct TableText<'d> {
    file: &'d str,
    text: &'d str,
}

/// A TOML table that is asked for its keys by name.
pub struct Table<'d> {
    source: TableText<'d>,
    title: String,
    span: Range<usize>,
    fields: &'d DeTable<'d>,
    asked: RefCell<Vec<&'static str>>,
    open: Cell<bool>,
}

/// A TOML value with its place.
#[derive(Clone)]
pub struct Value<'d> {
    source: TableText<'d>,
    title: String,
    node: &'d Spanned<DeValue<'d>>,
}

/// Something that can be read from a TOML value.
pub trait FromValue: Sized {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// A complaint at the value that says what was expected.
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic>;
}

impl<'d> Table<'d> {
    fn new(source: TableText<'d>, title: String, span: Range<usize>, fields: &'d DeTable<'d>) -> Self {
        Self { source, title, span, fields, asked: RefCell::new(Vec::new()), open: Cell::new(false) }
    }

    /// The value of a key, or `None` when the key is absent.
    #[must_use]
    pub fn value(&self, key: &'static str) -> Option<Value<'d>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        let node = self.fields.get(key)?;
        Some(Value { source: self.source, title: format!("`{key}` in {}", self.title), node })
    }

    /// The value of a key that may be absent.
    ///
    /// # Errors
    ///
    /// What the reader of `T` says about the value.
    pub fn find<T: FromValue>(&self, key: &'static str) -> Result<Option<T>, Diagnostic> {
        self.value(key).as_ref().map(T::from_value).transpose()
    }

    /// The value of a key, or `absent` when the key is absent.
    ///
    /// # Errors
    ///
    /// What the reader of `T` says about the value.
    pub fn or<T: FromValue>(&self, key: &'static str, absent: T) -> Result<T, Diagnostic> {
        Ok(self.find(key)?.unwrap_or(absent))
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    ///
    /// What the reader of `T` says about the value, or that the key is missing.
    pub fn need<T: FromValue>(&self, key: &'static str) -> Result<T, Diagnostic> {
        T::from_value(&self.need_value(key)?)
    }

    /// The value, with its place, of a key that must be there.
    ///
    /// # Errors
    ///
    /// That the key is missing; or, when a key is there that looks like it, that this one is unknown.
    pub fn need_value(&self, key: &'static str) -> Result<Value<'d>, Diagnostic> {
        if let Some(value) = self.value(key) {
            return Ok(value);
        }
        for (present, _) in self.fields {
            let name: &str = present.get_ref().as_ref();
            if !self.asked.borrow().contains(&name) && nearest(name, [key]).is_some() {
                return Err(self.unknown(name, present.span()));
            }
        }
        Err(self.refuse(format!("missing key `{key}` in {}", self.title)))
    }

    /// The keys of the table in alphabetical order, each with its value; all of them count as asked for.
    ///
    /// For tables whose keys are names chosen by the author of the file.
    pub fn entries(&self) -> impl Iterator<Item = (Value<'d>, &'d str)> {
        self.open.set(true);
        let (source, title) = (self.source, self.title.clone());
        self.fields.iter().map(move |(key, node)| {
            let name: &'d str = key.get_ref().as_ref();
            (Value { source, title: format!("`{name}` in {title}"), node }, name)
        })
    }

    /// The sub-table of a key, or `None` when the key is absent.
    ///
    /// # Errors
    ///
    /// That the value is no table.
    pub fn table(&self, key: &'static str) -> Result<Option<Self>, Diagnostic> {
        self.value(key).map(|value| value.as_table(format!("[{key}]"))).transpose()
    }

    /// The tables of an array of tables (`[[key]]`); none when the key is absent.
    ///
    /// # Errors
    ///
    /// That the value is no array of tables.
    pub fn tables(&self, key: &'static str) -> Result<Vec<Self>, Diagnostic> {
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(value) => {
                value.items()?.into_iter().map(|item| item.as_table(format!("[[{key}]]"))).collect()
            }
        }
    }

    /// Whether a key is there; unlike [`Table::value`], this does not ask for it.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// The line that the table begins on, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        let before = self.source.text.get(..self.span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// A complaint about the table as a whole, placed at its head.
    #[must_use]
    pub fn refuse(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(self.source.file, self.source.text, self.span.clone(), message)
    }

    /// Refuses keys that nobody asked for.
    ///
    /// # Errors
    ///
    /// That the first of them is unknown, with the keys that were asked for as the allowed ones.
    pub fn finish(&self) -> Result<(), Diagnostic> {
        if self.open.get() {
            return Ok(());
        }
        let asked = self.asked.borrow();
        let mut unknown: Vec<(Range<usize>, &str)> = self
            .fields
            .iter()
            .map(|(key, _)| (key.span(), key.get_ref().as_ref()))
            .filter(|(_, name)| !asked.contains(name))
            .collect();
        unknown.sort_by_key(|(span, _)| span.start);
        match unknown.first() {
            Some((span, name)) => Err(self.unknown(name, span.clone())),
            None => Ok(()),
        }
    }

    /// A complaint about a name of [`Table::entries`], marked where the name stands and not its value, with the names that
    /// are known.
    #[must_use]
    pub fn unknown_name<'w>(
        &self,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'w str>,
    ) -> Diagnostic {
        let message = format!("unknown {what} `{name}`");
        let key = self.fields.iter().map(|(key, _)| key).find(|key| key.get_ref().as_ref() == name);
        let said = match key {
            Some(key) => Diagnostic::at(self.source.file, self.source.text, key.span(), message),
            None => self.refuse(message),
        };
        said.word(name).allowed(known)
    }

    fn unknown(&self, name: &str, span: Range<usize>) -> Diagnostic {
        let message = format!("unknown key `{name}` in {}", self.title);
        Diagnostic::at(self.source.file, self.source.text, span, message)
            .word(name)
            .allowed(self.asked.borrow().iter().copied())
    }
}

impl<'d> Value<'d> {
    /// A complaint about this value.
    #[must_use]
    pub fn refuse(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(self.source.file, self.source.text, self.node.span(), message)
    }

    /// A complaint that a word is unknown here, with the words that are known.
    #[must_use]
    pub fn unknown<'w>(
        &self,
        what: &str,
        word: &str,
        known: impl IntoIterator<Item = &'w str>,
    ) -> Diagnostic {
        self.refuse(format!("unknown {what} `{word}`")).word(word).allowed(known)
    }

    fn mismatch(&self, expected: &str) -> Diagnostic {
        let found = match self.node.get_ref() {
            DeValue::String(text) => format!("the text \"{text}\""),
            DeValue::Integer(number) => format!("the number {number}"),
            DeValue::Float(number) => format!("the fraction {number}"),
            DeValue::Boolean(truth) => format!("`{truth}`"),
            DeValue::Datetime(date) => format!("the date {date}"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.refuse(format!("{} is {found}, expected {expected}", self.title))
    }

    /// The text of a string value.
    ///
    /// # Errors
    ///
    /// That the value is no text.
    pub fn as_text(&self) -> Result<&'d str, Diagnostic> {
        match self.node.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => Err(self.mismatch("a text")),
        }
    }

    /// The number of an integer value that lies in `least..=most`.
    ///
    /// # Errors
    ///
    /// That the value is no whole number, or lies outside.
    pub fn as_integer(&self, least: i64, most: i64) -> Result<i64, Diagnostic> {
        let number = match self.node.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            DeValue::String(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.mismatch(&format!("a whole number from {least} to {most}")))
    }

    /// The items of a list.
    ///
    /// # Errors
    ///
    /// That the value is no list.
    pub fn items(&self) -> Result<Vec<Self>, Diagnostic> {
        match self.node.get_ref() {
            DeValue::Array(items) => Ok(items
                .iter()
                .map(|node| Value { source: self.source, title: format!("an item of {}", self.title), node })
                .collect()),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => Err(self.mismatch("a list")),
        }
    }

    /// Whether the value is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.node.get_ref(), DeValue::Array(_))
    }

    /// Whether the value is a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        matches!(self.node.get_ref(), DeValue::Table(_))
    }

    /// Whether the value is a text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.node.get_ref(), DeValue::String(_))
    }

    /// Whether the value is `true` or `false`.
    #[must_use]
    pub fn is_switch(&self) -> bool {
        matches!(self.node.get_ref(), DeValue::Boolean(_))
    }

    /// The value as a table that calls itself `title` in complaints.
    ///
    /// # Errors
    ///
    /// That the value is no table.
    pub fn as_table(&self, title: String) -> Result<Table<'d>, Diagnostic> {
        match self.node.get_ref() {
            DeValue::Table(fields) => Ok(Table::new(self.source, title, self.node.span(), fields)),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => Err(self.mismatch("a table")),
        }
    }

    /// The choice whose word the value is.
    ///
    /// # Errors
    ///
    /// That the word is none of the choices.
    pub fn choice<T: Clone>(&self, what: &str, choices: &[(&str, T)]) -> Result<T, Diagnostic> {
        let word = self.as_text()?;
        choices
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, made)| made.clone())
            .ok_or_else(|| self.unknown(what, word, choices.iter().map(|(name, _)| *name)))
    }

    /// The value parsed from its text.
    ///
    /// # Errors
    ///
    /// That the value is no text, or the sentence of the parser.
    pub fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Diagnostic> {
        parse(self.as_text()?).map_err(|said| self.refuse(format!("{}: {said}", self.title)))
    }
}

impl FromValue for String {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        value.as_text().map(str::to_owned)
    }
}

impl FromValue for bool {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        match value.node.get_ref() {
            DeValue::Boolean(truth) => Ok(*truth),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => Err(value.mismatch("true or false")),
        }
    }
}

impl FromValue for u8 {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let number = value.as_integer(0, Self::MAX.into())?;
        Ok(Self::try_from(number).expect("the number was checked against the bounds"))
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let number = value.as_integer(0, Self::MAX.into())?;
        Ok(Self::try_from(number).expect("the number was checked against the bounds"))
    }
}

impl FromValue for i32 {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let number = value.as_integer(Self::MIN.into(), Self::MAX.into())?;
        Ok(Self::try_from(number).expect("the number was checked against the bounds"))
    }
}

impl FromValue for u64 {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let number = value.as_integer(0, i64::MAX)?;
        Ok(Self::try_from(number).expect("the number was checked against the bounds"))
    }
}

/// The longest span that a file may hold, so that no sum of dates and spans overflows: a century.
const SPAN_MAX: Duration = Duration::from_days(36_525);

/// Reads a span within its bound.
fn span(word: &str) -> Result<Duration, String> {
    let long = || format!("`{word}` is longer than a century, {}", format_duration(SPAN_MAX));
    parse_duration(word).and_then(|span| if span <= SPAN_MAX { Ok(span) } else { Err(long()) })
}

impl FromValue for Duration {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        value.parsed(span)
    }
}

impl FromValue for Skew {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        value.parsed(|word| {
            let skew = Self::from_str(word)?;
            span(word.strip_prefix(['-', '+']).unwrap_or(word)).map(|_| skew)
        })
    }
}

impl FromValue for Rate {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        if value.is_text() {
            return value.parsed(Self::from_str);
        }
        u32::from_value(value).map(Self::per_second).map_err(|_| value.mismatch(RATE_FORM))
    }
}

impl FromValue for Permille {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let number = value.as_integer(0, 1_000)?;
        Ok(u16::try_from(number).ok().and_then(Self::new).expect("the number was checked against the bounds"))
    }
}

impl FromValue for Ppm {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let number = value.as_integer(0, 1_000_000)?;
        Ok(u32::try_from(number).ok().and_then(Self::new).expect("the number was checked against the bounds"))
    }
}

impl FromValue for Between<Duration> {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        value.parsed(|word| Self::parse(word, span))
    }
}

impl FromValue for Between<u32> {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        if value.is_text() {
            let number = |word: &str| word.parse().map_err(|_| format!("`{word}` is not a whole number"));
            return value.parsed(|word| Self::parse(word, number));
        }
        u32::from_value(value).map(|number| Self::new(number, number))
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        value.items()?.iter().map(T::from_value).collect()
    }
}

impl FromValue for Instant {
    /// Reads a TOML date-time in UTC, such as `2025-06-20T11:00:00Z`, not before 1970.
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let wrong = || value.mismatch("a date and time in UTC from 1970 on, such as 2025-06-20T11:00:00Z");
        let DeValue::Datetime(stamp) = value.node.get_ref() else { return Err(wrong()) };
        let (Some(date), Some(time), Some(toml::value::Offset::Z)) = (stamp.date, stamp.time, stamp.offset)
        else {
            return Err(wrong());
        };
        let days = days_since_epoch(date.year, date.month, date.day).ok_or_else(wrong)?;
        let seconds = days * 86_400
            + u64::from(time.hour) * 3_600
            + u64::from(time.minute) * 60
            + u64::from(time.second.unwrap_or(0));
        Ok(Self::from_micros(seconds * 1_000_000 + u64::from(time.nanosecond.unwrap_or(0) / 1_000)))
    }
}

/// Writes a text as a basic string of TOML, which [`read`] reads back.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("title", &self.title)
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("title", &self.title).field("node", &self.node).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
