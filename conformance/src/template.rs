//! Values as a case writes them: literals, references to what earlier steps answered, and generated texts.
//!
//! A template is data until [`Template::argument`] or [`Template::value`] fills it in. It never decides anything.

use std::collections::BTreeMap;

use claque_core::Instant;
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Table, Value};
use claque_document::units::Skew;
use claque_wire::argument::Argument;
use md5::{Digest as _, Md5};
use serde_json::Value as Json;

/// IDs that a generated list may have: more than any bound of the documents.
const IDS_MAX: i64 = 100_000;
/// The longest text that a case may generate. Unit: bytes.
const TEXT_BYTES_MAX: i64 = 1 << 20;

/// Digits of the largest number of a generated ID.
const DIGITS_MAX: u64 = 6;
/// The longest that a value may come to, and that those of one call may together. Unit: bytes.
pub(crate) const GENERATED_BYTES_MAX: u64 = 8 << 20;

/// A value that is filled in when its step runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// `true` or `false`.
    Boolean(bool),
    /// A run of numbered names: `u1`, `u2` and so on.
    Ids {
        /// How many.
        count: u32,
        /// The text before the number.
        prefix: String,
    },
    /// A whole number.
    Integer(i64),
    /// A list.
    List(Vec<Self>),
    /// A map, for parameters that are maps.
    Map(Vec<(String, Self)>),
    /// A text with references.
    Text(Vec<Piece>),
    /// A text of a given length.
    TextOf {
        /// How long.
        length: u32,
        /// Whether the length counts characters rather than bytes of UTF-8.
        in_characters: bool,
        /// The text that is repeated; a rest is filled with `x`.
        of: String,
    },
    /// The MD5 of a text with references, in lower-case hexadecimal.
    Md5(Vec<Piece>),
    /// Whole UNIX seconds of a moment, relative to the moment zero of the case.
    Unix(Skew),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `${n}`: the number of the repetition, from 1.
    Number,
    /// Literal text.
    Plain(String),
    /// `${name}` or `${name.Field.0}`: what an application or a saved answer is or holds.
    Reference(Vec<String>),
}

/// Values that templates may refer to while a case runs.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Applications and saved answers, by name.
    pub saved: BTreeMap<String, Json>,
    /// The number of the repetition, from 1.
    pub number: u32,
    /// The moment zero of the case.
    pub zero: Instant,
}

impl Scope {
    /// The value of a reference.
    ///
    /// # Errors
    /// A sentence that names the part that does not exist.
    fn lookup(&self, path: &[String]) -> Result<&Json, String> {
        let shown = path.join(".");
        let (name, fields) = path.split_first().ok_or("a reference is empty")?;
        let mut found = self.saved.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.saved.keys().map(String::as_str).collect();
            format!("${{{shown}}}: nothing is saved as `{name}`; saved are: {}", known.join(", "))
        })?;
        if fields.is_empty() && found.is_object() {
            found = found
                .get("AppId")
                .ok_or_else(|| format!("${{{shown}}} is an answer: name one of its fields"))?;
        }
        for field in fields {
            let inner = match field.parse::<usize>() {
                Ok(position) => found.get(position),
                Err(_) => found.get(field),
            };
            found = inner.ok_or_else(|| format!("${{{shown}}}: there is no `{field}` in {found}"))?;
        }
        Ok(found)
    }
}

impl Template {
    /// Plain text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(vec![Piece::Plain(text.to_owned())])
    }

    /// The value as JSON.
    ///
    /// # Errors
    /// A sentence that names a reference to something that does not exist.
    pub fn value(&self, scope: &Scope) -> Result<Json, String> {
        Ok(match self {
            Self::Boolean(truth) => Json::Bool(*truth),
            Self::Ids { count, prefix } => (1..=*count).map(|n| Json::from(format!("{prefix}{n}"))).collect(),
            Self::Integer(number) => Json::from(*number),
            Self::List(items) => {
                Json::Array(items.iter().map(|item| item.value(scope)).collect::<Result<_, _>>()?)
            }
            Self::Map(entries) => {
                let filled = entries.iter().map(|(key, item)| Ok((key.clone(), item.value(scope)?)));
                Json::Object(filled.collect::<Result<_, String>>()?)
            }
            Self::Md5(pieces) => Json::from(md5(&plain(&join(pieces, scope)?))),
            Self::Text(pieces) => join(pieces, scope)?,
            Self::TextOf { length, in_characters, of } => Json::from(generate(*length, *in_characters, of)),
            Self::Unix(skew) => Json::from(unix(scope.zero, *skew)),
        })
    }

    /// The value as a parameter of a call.
    ///
    /// # Errors
    /// A sentence that names a reference to something that does not exist, or a list that holds no texts.
    pub fn argument(&self, scope: &Scope) -> Result<Argument, String> {
        Ok(match self.value(scope)? {
            Json::Bool(truth) => Argument::Boolean(truth),
            Json::Number(number) => {
                Argument::Integer(number.as_i64().ok_or_else(|| format!("{number} does not fit 64 bits"))?)
            }
            Json::Array(items) => Argument::List(items.iter().map(plain).collect()),
            Json::Object(map) => Argument::Map(map),
            Json::String(text) => Argument::Text(text),
            Json::Null => Argument::Text(String::new()),
        })
    }

    /// How long it comes to be at most, apart from what references stand for. Unit: bytes.
    pub(crate) fn length(&self) -> u64 {
        let plain = |pieces: &[Piece]| pieces.iter().map(Piece::length).fold(0, u64::saturating_add);
        match self {
            Self::Boolean(_) | Self::Integer(_) | Self::Md5(_) | Self::Unix(_) => 0,
            Self::Ids { count, prefix } => {
                u64::from(*count).saturating_mul(long(prefix).saturating_add(DIGITS_MAX))
            }
            Self::List(items) => items.iter().map(Self::length).fold(0, u64::saturating_add),
            Self::Map(entries) => {
                let lengths = entries.iter().map(|(key, item)| long(key).saturating_add(item.length()));
                lengths.fold(0, u64::saturating_add)
            }
            Self::Text(pieces) => plain(pieces),
            Self::TextOf { length, in_characters: false, .. } => u64::from(*length),
            // A character has at most four bytes.
            Self::TextOf { length, in_characters: true, .. } => u64::from(*length) * 4,
        }
    }

    fn from_table(table: &Table<'_>) -> Result<Self, Diagnostic> {
        if let Some(value) = table.value("ids") {
            let count = u32::try_from(value.as_integer(0, IDS_MAX)?).expect("bounds were checked");
            return Ok(Self::Ids { count, prefix: table.or("prefix", "u".to_owned())? });
        }
        for (key, in_characters) in [("text-bytes", false), ("text-chars", true)] {
            if let Some(value) = table.value(key) {
                let length =
                    u32::try_from(value.as_integer(0, TEXT_BYTES_MAX)?).expect("bounds were checked");
                return Ok(Self::TextOf { length, in_characters, of: table.or("of", "x".to_owned())? });
            }
        }
        if let Some(skew) = table.find::<Skew>("unix")? {
            return Ok(Self::Unix(skew));
        }
        if let Some(value) = table.value("md5") {
            return parse(value.as_text()?).map(Self::Md5).map_err(|said| value.refuse(said));
        }
        let map = table.need_value("map")?.as_table("a map".to_owned())?;
        let entries = map.entries().map(|(value, key)| Ok((key.to_owned(), Self::from_value(&value)?)));
        Ok(Self::Map(entries.collect::<Result<_, Diagnostic>>()?))
    }
}

impl Template {
    fn within(self, value: &Value<'_>) -> Result<Self, Diagnostic> {
        let length = self.length();
        if length <= GENERATED_BYTES_MAX {
            return Ok(self);
        }
        let said = format!("the value comes to {length} bytes, and may come to {GENERATED_BYTES_MAX}");
        Err(value.refuse(said))
    }
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Plain(plain) => long(plain),
            Self::Number | Self::Reference(_) => 0,
        }
    }
}

fn long(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

impl FromValue for Template {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        if value.is_text() {
            return parse(value.as_text()?).map(Self::Text).map_err(|said| value.refuse(said));
        }
        if value.is_switch() {
            return bool::from_value(value).map(Self::Boolean);
        }
        if value.is_list() {
            return Vec::from_value(value).map(Self::List)?.within(value);
        }
        if value.is_table() {
            let table = value.as_table("a generated value".to_owned())?;
            let made = Self::from_table(&table)?;
            table.finish()?;
            return made.within(value);
        }
        value.as_integer(i64::MIN, i64::MAX).map(Self::Integer)
    }
}

/// The text of a value inside of a list.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Splits a text at its references.
///
/// # Errors
/// A sentence when a reference is not closed or empty.
fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) =
            after.split_once('}').ok_or_else(|| format!("the reference `${{{after}` is not closed"))?;
        if !before.is_empty() {
            pieces.push(Piece::Plain(before.to_owned()));
        }
        pieces.push(match name {
            "" => return Err("a reference is empty: write ${n}, ${app} or ${saved.Field}".to_owned()),
            "n" => Piece::Number,
            _ => Piece::Reference(name.split('.').map(str::to_owned).collect()),
        });
        rest = tail;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Plain(rest.to_owned()));
    }
    Ok(pieces)
}

/// A text of one reference has the type of what it refers to; any other is text.
fn join(pieces: &[Piece], scope: &Scope) -> Result<Json, String> {
    if let [Piece::Reference(path)] = pieces {
        return scope.lookup(path).cloned();
    }
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Number => text.push_str(&scope.number.to_string()),
            Piece::Plain(plain) => text.push_str(plain),
            Piece::Reference(path) => text.push_str(&plain(scope.lookup(path)?)),
        }
        // An answer that is referred to often enough fills any memory.
        if long(&text) > GENERATED_BYTES_MAX {
            return Err(format!(
                "with what its references stand for, a text is longer than {GENERATED_BYTES_MAX} bytes"
            ));
        }
    }
    Ok(Json::String(text))
}

/// A text of exactly `length` bytes or characters.
fn generate(length: u32, in_characters: bool, of: &str) -> String {
    let length = length as usize;
    let size = |text: &str| if in_characters { text.chars().count() } else { text.len() };
    let unit = size(of).max(1);
    let mut text = of.repeat(length / unit);
    let missing = length - size(&text);
    text.extend(std::iter::repeat_n('x', missing));
    text
}

/// The MD5 of a text, in lower-case hexadecimal.
fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whole UNIX seconds of a moment relative to zero; below 0 before 1970.
fn unix(zero: Instant, Skew(skew): Skew) -> i64 {
    let moment = i128::from(zero.as_micros()) + i128::from(skew);
    i64::try_from(moment.div_euclid(1_000_000)).expect("seconds of 65 bits of microseconds fit 64 bits")
}

#[cfg(test)]
mod tests {
    use claque_document::table::read;
    use serde_json::json;

    use super::{Instant, Json, Scope, Template};

    fn scope() -> Scope {
        let saved = [
            ("app".to_owned(), json!({ "AppId": "a1", "AppKey": "k" })),
            ("m".to_owned(), json!({ "MsgTid": "t", "List": [{ "n": 7 }] })),
        ];
        Scope { saved: saved.into(), number: 3, zero: Instant::from_unix_seconds(1_000) }
    }

    fn value(text: &str) -> Result<Json, String> {
        let made = read("x.toml", &format!("v = {text}"), |table| table.need::<Template>("v"));
        made.map_err(|said| said.message().to_owned())?.value(&scope())
    }

    #[test]
    fn literals_are_themselves() {
        assert_eq!(value("\"a b\""), Ok(json!("a b")));
        assert_eq!(value("\"\""), Ok(json!("")));
        assert_eq!(value("[1, true, \"x\"]"), Ok(json!([1, true, "x"])));
        assert_eq!(value("{ map = { k = \"v\" } }"), Ok(json!({ "k": "v" })));
    }

    #[test]
    fn references_keep_the_type_of_what_they_name() {
        assert_eq!(value("\"${app}\""), Ok(json!("a1")));
        assert_eq!(value("\"rtc/${app}\""), Ok(json!("rtc/a1")));
        assert_eq!(value("\"${m.List.0.n}\""), Ok(json!(7)));
        assert_eq!(value("\"g${n}\""), Ok(json!("g3")));
    }

    #[test]
    fn references_that_lead_nowhere_say_where_they_end() {
        let unknown = value("\"${x.y}\"").expect_err("x is not saved");
        assert_eq!(unknown, "${x.y}: nothing is saved as `x`; saved are: app, m");
        assert!(value("\"${m.Nope}\"").expect_err("no such field").contains("there is no `Nope`"));
        assert_eq!(value("\"${m}\""), Err("${m} is an answer: name one of its fields".to_owned()));
        assert_eq!(value("\"a${b\""), Err("the reference `${b` is not closed".to_owned()));
    }

    /// An answer that stands in a text often enough would fill any memory.
    #[test]
    fn what_references_come_to_has_a_bound() {
        let mut scope = scope();
        let long = json!({ "Text": "x".repeat(1 << 20) });
        scope.saved.insert("long".to_owned(), long);
        let text = format!("v = \"{}\"", "${long.Text}".repeat(9));
        let made = read("x.toml", &text, |table| table.need::<Template>("v")).expect("it reads");
        let said = made.value(&scope).expect_err("it comes to nine MiB");
        assert!(said.contains("8388608"), "{said}");
    }

    #[test]
    fn generated_texts_have_exactly_the_length_asked_for() {
        let bytes = value("{ text-bytes = 5, of = \"é\" }").expect("generated");
        assert_eq!(bytes, json!("ééx"));
        assert_eq!(value("{ text-chars = 3, of = \"é\" }"), Ok(json!("ééé")));
        // What is repeated may be longer than the whole: then nothing of it fits.
        assert_eq!(value(&format!("{{ text-chars = 2, of = \"{}\" }}", "é".repeat(9))), Ok(json!("xx")));
        assert_eq!(value("{ text-bytes = 2, of = \"\" }"), Ok(json!("xx")));
        assert_eq!(value("{ ids = 2 }"), Ok(json!(["u1", "u2"])));
        let digest = value("{ md5 = \"learn.aliyundoc.com|1519375990|yourkey\" }");
        assert_eq!(digest, Ok(json!("9e226fc2c250be266e3657e156f68c12")), "the published sibling vector");
        assert_eq!(value("{ unix = \"-5s\" }"), Ok(json!(995)));
        // Before 1970, which a century before any day of ours is.
        assert_eq!(value("{ unix = \"-1001s\" }"), Ok(json!(-1)));
        assert_eq!(value("{ unix = \"-36525d\" }"), Ok(json!(1_000 - 36_525 * 86_400_i64)));
    }
}
