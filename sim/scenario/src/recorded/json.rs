//! JSON as recorders leave it behind: cut off, with control characters and halves of characters in its texts.
//!
//! serde_json reads a document as a whole or not at all. So a document is taken apart first, by brackets and quotes
//! only, and each message is read on its own; one that serde_json refuses is mended and read again.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::reading::ChatReading;

/// The end of a value that begins at a place; none where the text ends first.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            // Brackets count outside of texts only, and chats are full of them inside.
            b'"' => at = string_end(bytes, at)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The end of a string that begins at a place, its closing quote included.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            // The escaped character is skipped unseen: it may be the quote.
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The values in a list whose bracket has been read, or one after the other; the last may be cut off.
#[derive(Debug)]
pub(super) struct Items<'t> {
    text: &'t str,
    at: usize,
    done: bool,
}

/// A value as it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) span: Range<usize>,
    /// Whether the text ends before it does.
    pub(super) cut: bool,
}

impl<'t> Items<'t> {
    /// Those from a place on.
    pub(super) const fn from(text: &'t str, at: usize) -> Self {
        Self { text, at, done: false }
    }
}

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let bytes = self.text.as_bytes();
        // Commas and 0x1E count as space: lists, values one after the other, lines, and JSON text sequences are read
        // by one loop.
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x1E)) {
            self.at += 1;
        }
        let start = self.at;
        if self.done || matches!(bytes.get(start)?, b']' | b'}') {
            return None;
        }
        let end = value_end(bytes, start);
        self.done = end.is_none();
        // At least one byte on, whatever stands there: the loop must end on every file.
        self.at = end.unwrap_or(bytes.len()).max(start + 1);
        Some(Item { span: start..self.at, cut: self.done })
    }
}

/// The place behind the bracket of the first list that is the value of a key.
pub(super) fn list_of(text: &str, key: &str) -> Option<usize> {
    let quoted = format!("\"{key}\"");
    // A key of this name that has no list is not it: `comments` may be a number elsewhere in the file.
    text.match_indices(&quoted).find_map(|(at, _)| {
        let rest = text.get(at + quoted.len()..)?;
        let list = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')?;
        Some(text.len() - list.len())
    })
}

/// The values in all lists that are the value of a key: pages of one list may follow each other in a file.
#[derive(Debug)]
pub(super) struct JsonLists<'t> {
    text: &'t str,
    key: &'static str,
    /// The list that is being read.
    items: Option<Items<'t>>,
}

impl<'t> JsonLists<'t> {
    /// Those of a key; none where it has no list.
    pub(super) fn of(text: &'t str, key: &'static str) -> Option<Self> {
        let items = Items::from(text, list_of(text, key)?);
        Some(Self { text, key, items: Some(items) })
    }
}

impl Iterator for JsonLists<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            let items = self.items.as_mut()?;
            if let Some(item) = items.next() {
                return Some(item);
            }
            let from = items.at;
            let rest = self.text.get(from..).unwrap_or_default();
            self.items = list_of(rest, self.key).map(|at| Items::from(self.text, from + at));
        }
    }
}

/// The messages of a file that is a list, or one object after the other, on lines of their own or not.
pub(super) fn objects(text: &str) -> Box<dyn Iterator<Item = Item> + '_> {
    let start = text.len() - text.trim_start().len();
    if text.get(start..).is_some_and(|rest| rest.starts_with('[')) {
        return Box::new(Items::from(text, start + 1));
    }
    // An object that is whole on the first line: then a broken line costs itself only, while a broken object among
    // others would take what follows with it.
    let first = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if first.trim_end().ends_with('}') {
        return Box::new(lines(text));
    }
    Box::new(Items::from(text, start))
}

/// The lines of a file that are not empty, each a value.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Item> + '_ {
    let mut base = 0;
    text.split_inclusive('\n').filter_map(move |raw| {
        let start = base + raw.len() - raw.trim_start().len();
        let line = raw.trim();
        base += raw.len();
        (!line.is_empty()).then(|| Item { span: start..start + line.len(), cut: false })
    })
}

/// Reads a text, mended where it must be, with the error that it has as it stands.
pub(super) fn parse(text: &str) -> Result<(Value, Option<serde_json::Error>), serde_json::Error> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok((value, None)),
        Err(error) => error,
    };
    // Only what was refused is mended: of millions of messages few are broken, and mending copies the text.
    serde_json::from_str(&mend(text)).map(|value| (value, Some(error)))
}

/// Reads an item, mended where it must be; none, with a note, where it cannot be read.
pub(super) fn read(reading: &mut ChatReading<'_>, item: &Item) -> Option<Value> {
    let text = reading.text.get(item.span.clone()).unwrap_or_default();
    // The last value of a file that ends too early is no JSON in any case; it has a note of its own instead of a
    // parser's complaint about an end.
    if item.cut {
        reading.cut_off();
        return None;
    }
    let place = |error: &serde_json::Error| {
        // serde_json counts lines and columns from the beginning of the item, the complaint from that of the file.
        let before: usize =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = item.span.start + before + error.column().saturating_sub(1);
        at.min(item.span.end)..at.saturating_add(1).min(item.span.end)
    };
    let said = |error: &serde_json::Error| {
        let said = error.to_string();
        said.rfind(" at line ").and_then(|cut| said.get(..cut)).map_or_else(|| said.clone(), str::to_owned)
    };
    match parse(text) {
        Ok((value, None)) => Some(value),
        Ok((value, Some(error))) => {
            let what = "texts with invalid escapes or control characters";
            reading.mended(what, place(&error), || said(&error), "such characters are replaced");
            Some(value)
        }
        Err(error) => {
            reading.lost("messages that are no JSON", place(&error), || said(&error), "");
            None
        }
    }
}

/// The same text with everything replaced that a JSON string may not hold: control characters, escapes that are none,
/// halves of characters.
fn mend(text: &str) -> String {
    let mut mended = String::with_capacity(text.len() + 16);
    let mut inside = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        rest = match character {
            '\\' if inside => mend_escape(after, &mut mended),
            control if inside && control.is_ascii_control() => {
                mended.push_str(&format!("\\u{:04x}", u32::from(control)));
                after
            }
            plain => {
                inside ^= plain == '"';
                mended.push(plain);
                after
            }
        };
    }
    mended
}

/// Copies what follows a backslash, mended; what is left.
fn mend_escape<'t>(after: &'t str, mended: &mut String) -> &'t str {
    let unit = |text: &str| {
        let digits = text.strip_prefix('u').and_then(|rest| rest.get(..4))?;
        u32::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let copy = |length: usize, mended: &mut String| {
        mended.push('\\');
        mended.push_str(after.get(..length).unwrap_or_default());
        after.get(length..).unwrap_or_default()
    };
    match (after.bytes().next(), unit(after)) {
        (Some(b'u'), Some(0xD800..0xDC00)) => {
            // A pair of halves is one character, and stays; a half alone is none. Recorders cut texts in the middle
            // of an emoji.
            let low = after.get(5..).and_then(|rest| rest.strip_prefix('\\')).and_then(unit);
            if low.is_some_and(|low| (0xDC00..0xE000).contains(&low)) {
                return copy(11, mended);
            }
            mended.push_str("\\ufffd");
            after.get(5..).unwrap_or_default()
        }
        (Some(b'u'), Some(0xDC00..0xE000)) => {
            mended.push_str("\\ufffd");
            after.get(5..).unwrap_or_default()
        }
        (Some(b'u'), Some(_)) => copy(5, mended),
        // These are all the escapes that JSON has.
        (Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), _) => copy(1, mended),
        _ => {
            mended.push_str("\\\\");
            after
        }
    }
}

/// The value at the end of a path of keys.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

/// The text, or the number as a text, at the end of a path.
pub(super) fn text(value: &Value, path: &[&str]) -> Option<Cow<'static, str>> {
    match at(value, path)? {
        Value::String(text) => Some(Cow::Owned(text.clone())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The number at the end of a path, as the digits that stand there, whether quoted or not. Unit of the result:
/// microseconds, of a number of `unit` microseconds.
pub(super) fn micros(value: &Value, path: &[&str], unit: u64) -> Option<i128> {
    super::decimal::micros(&text(value, path)?, unit)
}

#[cfg(test)]
mod tests {
    use super::{Item, Items, JsonLists, list_of, mend, objects};

    fn spans(items: impl Iterator<Item = Item>, text: &str) -> Vec<(String, bool)> {
        items.map(|item| (text[item.span].to_owned(), item.cut)).collect()
    }

    #[test]
    fn a_list_is_taken_apart_by_brackets_and_quotes() {
        let text = r#"{"a": [{"b": "]},"}, 7 , [1,[2]], {"c": "#;
        let at = list_of(text, "a").expect("there is one");
        let expected = [(r#"{"b": "]},"}"#, false), ("7 ", false), ("[1,[2]]", false), (r#"{"c": "#, true)];
        assert_eq!(spans(Items::from(text, at), text), expected.map(|(text, cut)| (text.to_owned(), cut)));
        assert_eq!(list_of(r#"{"a": 1, "b": {"a": [2]}}"#, "a"), Some(21), "a number of that name is none");
    }

    #[test]
    fn every_page_of_a_list_is_found() {
        let text = "[{\"a\":[1,2],\"n\":3},{\"b\":[4],\"a\":[]},{\"a\":\n[{\"c\":5}]}]\n{\"a\":[6";
        let pages = JsonLists::of(text, "a").expect("there are some");
        let expected = [("1", false), ("2", false), ("{\"c\":5}", false), ("6", true)];
        assert_eq!(spans(pages, text), expected.map(|(text, cut)| (text.to_owned(), cut)));
        assert!(JsonLists::of("{\"a\":1}", "a").is_none());
    }

    #[test]
    fn objects_come_in_a_list_on_lines_or_one_after_the_other() {
        for text in ["[{\"a\":1},{\"a\":2}]", "{\"a\":1}\n\n{\"a\":2}\r\n", "{\n\"a\":1\n}{\n\"a\":2\n}\n"] {
            assert_eq!(objects(text).count(), 2, "{text}");
        }
    }

    #[test]
    fn texts_are_mended() {
        for (text, expected) in [
            (r#"{"a":"\ud83d"}"#, r#"{"a":"\ufffd"}"#),
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
            (r#"{"a":"\ude00\ud83dx"}"#, r#"{"a":"\ufffd\ufffdx"}"#),
            ("{\"a\":\"\u{7}\"}", r#"{"a":"\u0007"}"#),
            (r#"{"a":"\x\u12"}"#, r#"{"a":"\\x\\u12"}"#),
            (r#"{"a":"\\"}"#, r#"{"a":"\\"}"#),
        ] {
            assert_eq!(mend(text), expected);
            assert!(serde_json::from_str::<serde_json::Value>(&mend(text)).is_ok(), "{text}");
        }
    }
}
