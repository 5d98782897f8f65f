//! XML as recorders leave it behind: cut off, with raw `<` and `&` in its texts, with elements around the root.
//!
//! Parsers of XML stop at the first fault, as they must. Here a file is a sequence of start tags; the text of a message
//! ends with its end tag, or where the next message begins.

use std::borrow::Cow;
use std::ops::Range;

/// The longest name of an entity, `&` and `;` included.
const ENTITY_MAX: usize = 12;

/// A start tag.
#[derive(Clone, Debug)]
pub(super) struct Tag<'t> {
    pub(super) name: &'t str,
    /// Everything between name and end.
    attributes: &'t str,
    pub(super) span: Range<usize>,
    /// Whether the element has no content.
    pub(super) empty: bool,
}

/// The text of an element.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) end: ClosingTag,
    /// Whether it holds a raw `<`.
    pub(super) raw: bool,
}

/// How an element ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClosingTag {
    /// By its end tag.
    Tag,
    /// Where another message, or the end of the root, begins.
    Missing,
    /// With the file.
    File,
}

/// The start tags of a text, one after the other.
#[derive(Debug)]
pub(super) struct Tags<'t> {
    text: &'t str,
    at: usize,
    /// Names of elements that are messages: none of their tags stands inside of another tag.
    messages: &'static [&'static str],
    /// Whether the text ended inside of a tag.
    pub(super) cut: Option<usize>,
    /// Ends of comments and the like that do not come any more, and are not searched for a second time.
    gone: Vec<&'static str>,
}

impl<'t> Tags<'t> {
    pub(super) const fn new(text: &'t str, messages: &'static [&'static str]) -> Self {
        Self { text, at: 0, messages, cut: None, gone: Vec::new() }
    }

    /// The next start tag.
    pub(super) fn next(&mut self) -> Option<Tag<'t>> {
        loop {
            let start = self.at + self.text.get(self.at..)?.find('<')?;
            let rest = self.text.get(start + 1..)?;
            let skipped = if rest.starts_with("!--") {
                Some("-->")
            } else if rest.starts_with("![CDATA[") {
                Some("]]>")
            } else if rest.starts_with('?') {
                Some("?>")
            } else if rest.starts_with(['!', '/']) {
                Some(">")
            } else {
                None
            };
            if let Some(end) = skipped {
                // An opening without its end is text: what follows may still be read.
                self.at = self.after(start + 1, end).unwrap_or(start + 1);
                continue;
            }
            let length = rest.find(|letter: char| !is_name(letter)).unwrap_or(rest.len());
            let name = rest.get(..length).unwrap_or_default();
            // A `<` in front of anything but a name is text: chats are full of `<3`.
            if !name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
                self.at = start + 1;
                continue;
            }
            let from = start + 1 + length;
            match self.tag_end(from) {
                Some((end, true)) => {
                    let inner = self.text.get(from..end - 1).unwrap_or_default();
                    let empty = inner.ends_with('/');
                    let attributes = inner.strip_suffix('/').unwrap_or(inner);
                    self.at = end;
                    return Some(Tag { name, attributes, span: start..end, empty });
                }
                // Another message begins inside of the tag: this one is broken.
                Some((end, false)) => self.at = end,
                None => {
                    self.cut = Some(start);
                    self.at = self.text.len();
                    return None;
                }
            }
        }
    }

    /// The place behind the next end of a comment or the like.
    fn after(&mut self, from: usize, end: &'static str) -> Option<usize> {
        if self.gone.contains(&end) {
            return None;
        }
        let found = self.text.get(from..).and_then(|rest| rest.find(end));
        if found.is_none() {
            self.gone.push(end);
        }
        Some(from + found? + end.len())
    }

    /// The end of a tag, and whether it is its `>`; none where the text ends first.
    fn tag_end(&self, from: usize) -> Option<(usize, bool)> {
        let bytes = self.text.as_bytes();
        let mut quote = None;
        for (at, byte) in bytes.iter().enumerate().skip(from) {
            match (quote, byte) {
                (None, b'>') => return Some((at + 1, true)),
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if *byte == open => quote = None,
                // Even inside of quotes: a tag whose quote never closes would otherwise take every message up to the
                // next quote with it.
                (_, b'<') if begins_message(self.text, at, self.messages) => return Some((at, false)),
                _ => {}
            }
        }
        None
    }

    /// The text of an element whose start tag was the last; afterwards its end tag has been read.
    pub(super) fn body(&mut self, tag: &Tag<'t>) -> Body {
        let mut body = Body { text: String::new(), end: ClosingTag::Tag, raw: false };
        if tag.empty {
            return body;
        }
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(next) = rest.find('<') else {
                unescape(rest, &mut body.text);
                self.at = self.text.len();
                body.end = ClosingTag::File;
                return body;
            };
            let (said, markup) = rest.split_at_checked(next).unwrap_or((rest, ""));
            unescape(said, &mut body.text);
            self.at += next;
            if let Some(closing) = markup.strip_prefix("</") {
                let after = closing.strip_prefix(tag.name).map(str::trim_start);
                if after.is_some_and(|after| after.starts_with('>')) {
                    self.at += markup.find('>').unwrap_or(0) + 1;
                    return body;
                }
                // The roots of danmaku and of Niconico. A message that is still open there has no end tag.
                if closing.starts_with("i>") || closing.starts_with("packet>") {
                    body.end = ClosingTag::Missing;
                    return body;
                }
            }
            let data = self.at + "<![CDATA[".len();
            if markup.starts_with("<![CDATA[")
                && let Some(end) = self.after(data, "]]>")
            {
                body.text.push_str(self.text.get(data..end - "]]>".len()).unwrap_or_default());
                self.at = end;
                continue;
            }
            if begins_message(self.text, self.at, self.messages) {
                body.end = ClosingTag::Missing;
                return body;
            }
            // Any other `<` was written by a person, and by a recorder that does not escape.
            body.raw = true;
            body.text.push('<');
            self.at += 1;
        }
    }
}

/// Whether the start tag of a message stands at a place.
fn begins_message(text: &str, at: usize, messages: &[&str]) -> bool {
    let rest = text.get(at + 1..).unwrap_or_default();
    messages.iter().any(|name| {
        let after = rest.strip_prefix(name).and_then(|after| after.strip_prefix([' ', '\t', '\r', '\n']));
        // With an attribute, and near: somebody may write `<d ` in a text. The bound keeps the search from being one
        // to the end of the file for each of them.
        after.is_some_and(|after| after.get(..64).unwrap_or(after).contains('='))
    })
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | ':' | '-' | '.')
}

impl<'t> Tag<'t> {
    /// The value of an attribute, its entities replaced as far as they are known.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'t, str>> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start();
            let (key, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next()?;
            let (value, next) = if matches!(quote, '"' | '\'') {
                let inner = after.get(1..)?;
                let end = inner.find(quote).unwrap_or(inner.len());
                (inner.get(..end)?, inner.get(end + 1..).unwrap_or_default())
            } else {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                after.split_at_checked(end)?
            };
            // What stands before a `=` that is not a name alone is a word without a value.
            if key.trim_end().rsplit(char::is_whitespace).next() == Some(name) {
                return Some(resolved(value));
            }
            rest = next;
        }
    }

    /// The first of several attributes that is there and not empty.
    pub(super) fn any(&self, names: &[&str]) -> Option<Cow<'t, str>> {
        names.iter().filter_map(|name| self.get(name)).find(|value| !value.is_empty())
    }
}

fn resolved(value: &str) -> Cow<'_, str> {
    if value.contains('&') {
        let mut text = String::new();
        unescape(value, &mut text);
        Cow::Owned(text)
    } else {
        Cow::Borrowed(value)
    }
}

/// Adds a text with its entities replaced; one that is unknown stays as it is, one that is no character is U+FFFD.
fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at_checked(at).unwrap_or((rest, ""));
        into.push_str(before);
        // Not searched further: people write `&`, and the next `;` may be a thousand messages away.
        let end = entity.bytes().take(ENTITY_MAX).position(|byte| byte == b';');
        let known = end.and_then(|end| Some((character(entity.get(1..end)?)?, entity.get(end + 1..)?)));
        rest = match known {
            Some((character, after)) => {
                into.push(character);
                after
            }
            None => {
                into.push('&');
                entity.get(1..).unwrap_or_default()
            }
        };
    }
    into.push_str(rest);
}

/// The character that an entity stands for.
fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |digits| (digits, 16));
        let code = u32::from_str_radix(digits, radix).ok()?;
        // NUL is no character of XML, and neither is half of a surrogate pair.
        return Some(char::from_u32(code).filter(|it| *it != '\0').unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ClosingTag, Tags};

    #[test]
    fn tags_and_texts_are_found_whatever_is_wrong_around_them() {
        let text = "<?xml?><!-- <d a='1'>no</d> --><x/><r><d p='1' q=\"a&lt;b>\">one <3 &amp; <![CDATA[<b>]]></d>\
                    <d p=2>two<d p='3'>three</d></r>";
        let mut tags = Tags::new(text, &["d"]);
        let mut seen = Vec::new();
        while let Some(tag) = tags.next() {
            if tag.name == "d" {
                let body = tags.body(&tag);
                seen.push((tag.get("p").expect("there").into_owned(), body.text, body.end));
            }
        }
        let expected = [
            ("1", "one <3 & <b>", ClosingTag::Tag),
            ("2", "two", ClosingTag::Missing),
            ("3", "three", ClosingTag::Tag),
        ];
        assert_eq!(seen, expected.map(|(p, text, end)| (p.to_owned(), text.to_owned(), end)));
    }

    #[test]
    fn attributes_are_found_by_their_whole_name() {
        let text = "<d up='0' p = \"1\" user='a &amp; b' flag z=3>";
        let tag = Tags::new(text, &["d"]).next().expect("a tag");
        assert_eq!(tag.get("p").as_deref(), Some("1"));
        assert_eq!(tag.get("user").as_deref(), Some("a & b"));
        assert_eq!(tag.get("z").as_deref(), Some("3"));
        assert_eq!(tag.get("q"), None);
    }

    #[test]
    fn a_tag_that_never_ends_does_not_take_the_next_message_with_it() {
        let text = "<d p='1 >lost</d><d p='2'>kept</d>";
        let mut tags = Tags::new(text, &["d"]);
        let tag = tags.next().expect("the second");
        assert_eq!((tag.get("p").as_deref(), tags.body(&tag).text.as_str()), (Some("2"), "kept"));
        let mut tags = Tags::new("<d p='1'", &["d"]);
        assert!(tags.next().is_none());
        assert_eq!(tags.cut, Some(0));
    }
}
