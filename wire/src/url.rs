//! Percent encoding: strict decoding of queries and form bodies, and the spellings used to write them.
//!
//! Reading is one rule for everybody: `+` is a space, `%XX` is a byte, the bytes are UTF-8. Writing differs from client to
//! client ([`Spelling`]), and signatures are always computed over the one canonical spelling ([`canonical`]), so the text
//! that arrived is never used twice. This module must never guess: what does not decode is refused with its position.

use core::fmt;
use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Characters that the canonical spelling escapes: all but letters, digits and `- _ . ~`.
const CANONICAL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The canonical set without the marks that JavaScript's `encodeURIComponent` leaves raw.
const COMPONENT: &AsciiSet = &CANONICAL.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
/// The component set with `'` escaped, as JavaScript's `URL` does when it prints a query.
const LOCATION: &AsciiSet = &COMPONENT.add(b'\'');
/// The characters that the Python `aiohttp` client escapes: the component set without the characters a query may carry raw.
const RELAXED: &AsciiSet = &COMPONENT.remove(b',').remove(b'/').remove(b'?');

/// Bytes of a name and its value that are set aside for a start.
const PAIR_BYTES: usize = 40;

/// A query or form body that does not decode, with the place.
///
/// Positions are byte offsets into the raw text, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// A `%` is not followed by two hexadecimal digits.
    Escape {
        /// Offset of the `%`.
        position: usize,
    },
    /// The decoded bytes of a name or a value are not UTF-8.
    NotUtf8 {
        /// Offset of the name or the value.
        position: usize,
    },
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Escape { position } => {
                write!(
                    f,
                    "the % at byte {position} is not followed by two hexadecimal digits; write a literal % as %25"
                )
            }
            Self::NotUtf8 { position } => {
                write!(
                    f,
                    "the text at byte {position} does not decode to UTF-8; encode it as UTF-8 before escaping"
                )
            }
        }
    }
}

impl core::error::Error for UrlError {}

/// How a client writes a name or a value into a query or a form body.
///
/// All spellings decode to the same text; they differ in what they leave raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// RFC 3986 unreserved characters raw, everything else escaped, space as `%20`: what signatures are computed over.
    Canonical,
    /// As JavaScript's `encodeURIComponent`: `! ' ( ) *` raw as well.
    Component,
    /// As JavaScript's `URL` prints a component in a query: `! ( ) *` raw, `'` escaped.
    Location,
    /// As the canonical spelling, with `+` for a space.
    Plus,
    /// As the asynchronous Python client: `+` for a space, and `! ' ( ) * , / ?` raw.
    Relaxed,
}

/// Writes `text` in the canonical spelling (RFC 3986, upper-case hexadecimal, space as `%20`).
#[must_use]
pub fn canonical(text: &str) -> String {
    encode(text, Spelling::Canonical)
}

/// Writes `text` in the given spelling.
#[must_use]
pub fn encode(text: &str, spelling: Spelling) -> String {
    let mut written = String::with_capacity(text.len());
    encode_into(&mut written, text, spelling);
    written
}

/// Appends `text` in the given spelling.
pub(crate) fn encode_into(written: &mut String, text: &str, spelling: Spelling) {
    let (raw, plus) = match spelling {
        Spelling::Canonical => (CANONICAL, false),
        Spelling::Component => (COMPONENT, false),
        Spelling::Location => (LOCATION, false),
        Spelling::Plus => (CANONICAL, true),
        Spelling::Relaxed => (RELAXED, true),
    };
    // Piece by piece, and not through the formatter: every parameter of every signed call is written here.
    for piece in utf8_percent_encode(text, raw) {
        written.push_str(if plus && piece == "%20" { "+" } else { piece });
    }
}

/// Writes name and value pairs as `name=value` joined with `&`, in the given spelling.
#[must_use]
pub fn encode_pairs<'a, I>(pairs: I, spelling: Spelling) -> String
where
    I: IntoIterator<Item = (&'a str, &'a str)>,
{
    let pairs = pairs.into_iter();
    // Most calls fit: a text that grows is copied at each step.
    let mut text = String::with_capacity(pairs.size_hint().0 * PAIR_BYTES);
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode_into(&mut text, name, spelling);
        text.push('=');
        encode_into(&mut text, value, spelling);
    }
    text
}

/// Reads one escaped name or value: `+` is a space, `%XX` a byte, the whole UTF-8.
///
/// # Errors
///
/// An incomplete escape or bytes that are not UTF-8; the position is relative to `raw`.
pub fn decode(raw: &str) -> Result<String, UrlError> {
    // Most names and values are written as they are.
    let bytes = raw.as_bytes();
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return Ok(raw.to_owned());
    }
    for (position, byte) in bytes.iter().enumerate() {
        let digit = |offset: usize| bytes.get(position + offset).is_some_and(u8::is_ascii_hexdigit);
        if *byte == b'%' && !(digit(1) && digit(2)) {
            return Err(UrlError::Escape { position });
        }
    }
    let spaced = if raw.contains('+') { Cow::Owned(raw.replace('+', " ")) } else { Cow::Borrowed(raw) };
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(UrlError::NotUtf8 { position: 0 }),
    }
}

/// Reads a query or a form body into its names and values, in the order they stand.
///
/// A part without `=` is a name with an empty value; empty parts (`a=1&&b=2`) are skipped.
///
/// # Errors
///
/// The first part that does not decode; the position is relative to `raw`.
pub fn decode_pairs(raw: &str) -> Result<Vec<(String, String)>, UrlError> {
    let mut pairs = Vec::new();
    let mut start = 0;
    for part in raw.split('&') {
        if !part.is_empty() {
            let (name, value, value_start) = match part.find('=') {
                Some(equals) => (&part[..equals], &part[equals + 1..], start + equals + 1),
                None => (part, "", start + part.len()),
            };
            pairs.push((decode_at(name, start)?, decode_at(value, value_start)?));
        }
        start += part.len() + 1;
    }
    Ok(pairs)
}

/// [`decode`] with positions counted from `offset`.
fn decode_at(raw: &str, offset: usize) -> Result<String, UrlError> {
    decode(raw).map_err(|error| match error {
        UrlError::Escape { position } => UrlError::Escape { position: position + offset },
        UrlError::NotUtf8 { position } => UrlError::NotUtf8 { position: position + offset },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWKWARD: &str = "a b+c*~/?&=%中'()!\"";

    #[test]
    fn canonical_spelling_escapes_all_but_the_unreserved() {
        assert_eq!(canonical(AWKWARD), "a%20b%2Bc%2A~%2F%3F%26%3D%25%E4%B8%AD%27%28%29%21%22");
        assert_eq!(canonical("AZaz09-_.~"), "AZaz09-_.~");
        assert_eq!(canonical(""), "");
    }

    #[test]
    fn every_spelling_decodes_to_the_same_text() {
        let all =
            [Spelling::Canonical, Spelling::Component, Spelling::Location, Spelling::Plus, Spelling::Relaxed];
        for spelling in all {
            assert_eq!(decode(&encode(AWKWARD, spelling)).as_deref(), Ok(AWKWARD), "{spelling:?}");
        }
        assert_eq!(encode(AWKWARD, Spelling::Component), "a%20b%2Bc*~%2F%3F%26%3D%25%E4%B8%AD'()!%22");
        assert_eq!(encode(AWKWARD, Spelling::Location), "a%20b%2Bc*~%2F%3F%26%3D%25%E4%B8%AD%27()!%22");
        assert_eq!(encode(AWKWARD, Spelling::Plus), "a+b%2Bc%2A~%2F%3F%26%3D%25%E4%B8%AD%27%28%29%21%22");
        assert_eq!(encode(AWKWARD, Spelling::Relaxed), "a+b%2Bc*~/?%26%3D%25%E4%B8%AD'()!%22");
    }

    #[test]
    fn broken_escapes_are_refused_with_their_position() {
        assert_eq!(decode("ab%4"), Err(UrlError::Escape { position: 2 }));
        assert_eq!(decode("%zz"), Err(UrlError::Escape { position: 0 }));
        assert_eq!(decode("100%"), Err(UrlError::Escape { position: 3 }));
        assert_eq!(decode_pairs("a=1&b=%G0"), Err(UrlError::Escape { position: 6 }));
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_with_its_position() {
        assert_eq!(decode("%FF"), Err(UrlError::NotUtf8 { position: 0 }));
        assert_eq!(decode_pairs("a=1&b=%E4%B8"), Err(UrlError::NotUtf8 { position: 6 }));
        assert_eq!(
            decode_pairs("%C0%80=1"),
            Err(UrlError::NotUtf8 { position: 0 }),
            "overlong forms are not UTF-8"
        );
    }

    #[test]
    fn pairs_keep_their_order_and_empty_values() {
        let pairs = decode_pairs("b=2&&a=&c&d=x=y").expect("it decodes");
        let expected = [("b", "2"), ("a", ""), ("c", ""), ("d", "x=y")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(encode_pairs([("b", "2 "), ("a", "")], Spelling::Canonical), "b=2%20&a=");
    }
}
