//! Demands of a case on a value: a literal, a part of an object, or a condition.
//!
//! An object is matched in part: what the case does not name may be anything. A list is matched whole. Matching says
//! where the first difference lies; it never stops a case by itself.

use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Table, Value};
use serde_json::Value as Json;

use crate::template::{Scope, Template};

/// The demand on one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// The value is not there at all.
    Absent,
    /// Any value of a kind; texts and lists of it are not empty.
    Any(Kind),
    /// A number that is not smaller.
    AtLeast(i64),
    /// A text that contains this.
    Contains(String),
    /// A list or object of that many entries.
    Count(u32),
    /// The value that a template gives.
    Exactly(Template),
    /// A list with an entry that matches.
    Has(Box<Self>),
    /// A media type with its parameters, however it is spelled.
    MediaType(String),
    /// A list whose entries match one by one.
    List(Vec<Self>),
    /// Anything that does not match.
    Not(Box<Self>),
    /// An object with these entries at least.
    Object(Vec<(String, Self)>),
    /// One of several.
    OneOf(Vec<Self>),
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A list with entries.
    List,
    /// An object.
    Object,
    /// A text that is not empty.
    Text,
    /// A text of hexadecimal digits in five groups.
    Uuid,
}

/// The words that choose a kind.
const KINDS: &[(&str, Kind)] = &[
    ("boolean", Kind::Boolean),
    ("integer", Kind::Integer),
    ("list", Kind::List),
    ("object", Kind::Object),
    ("text", Kind::Text),
    ("uuid", Kind::Uuid),
];

/// Keys that make a table a condition instead of an object.
const CONDITIONS: [&str; 9] =
    ["absent", "any", "at-least", "contains", "count", "has", "media-type", "not", "one-of"];

/// Keys that make a table a generated value instead of an object.
const GENERATORS: [&str; 6] = ["ids", "map", "md5", "text-bytes", "text-chars", "unix"];

/// The first difference between what was demanded and what was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: field names and positions joined by dots; empty for the value itself.
    pub path: String,
    /// The demand.
    pub expected: String,
    /// The value that was there.
    pub actual: String,
}

impl Matcher {
    /// The first difference; `None` when the value matches. `value` is `None` where there is no value.
    #[must_use]
    pub fn difference(&self, value: Option<&Json>, scope: &Scope) -> Option<Difference> {
        let plain = |holds: bool| if holds { None } else { Some(self.differs(value)) };
        match self {
            Self::Absent => plain(value.is_none()),
            Self::Any(kind) => plain(value.is_some_and(|value| kind.holds(value))),
            Self::AtLeast(least) => {
                plain(value.and_then(Json::as_i64).is_some_and(|number| number >= *least))
            }
            Self::Contains(part) => {
                plain(value.and_then(Json::as_str).is_some_and(|text| text.contains(part)))
            }
            Self::Count(count) => plain(value.is_some_and(|value| length(value) == Some(*count as usize))),
            Self::Exactly(template) => match template.value(scope) {
                Err(said) => Some(Difference { expected: said, ..self.differs(value) }),
                Ok(wanted) if value == Some(&wanted) => None,
                Ok(wanted) => Some(Difference { expected: shown(Some(&wanted)), ..self.differs(value) }),
            },
            Self::Has(inner) => {
                plain(entries(value).any(|item| inner.difference(Some(item), scope).is_none()))
            }
            Self::List(items) => self.list_difference(items, value, scope),
            Self::MediaType(wanted) => {
                plain(value.and_then(Json::as_str).is_some_and(|text| media_type(text) == media_type(wanted)))
            }
            Self::Not(inner) => plain(inner.difference(value, scope).is_some()),
            Self::Object(fields) => self.object_difference(fields, value, scope),
            Self::OneOf(choices) => {
                plain(choices.iter().any(|choice| choice.difference(value, scope).is_none()))
            }
        }
    }

    /// Whether a moment by the clock is demanded somewhere in it.
    #[must_use]
    pub fn names_moments(&self) -> bool {
        match self {
            Self::Absent
            | Self::Any(_)
            | Self::AtLeast(_)
            | Self::Contains(_)
            | Self::Count(_)
            | Self::MediaType(_) => false,
            Self::Exactly(template) => matches!(template, Template::Unix(_)),
            Self::Has(inner) | Self::Not(inner) => inner.names_moments(),
            Self::List(items) | Self::OneOf(items) => items.iter().any(Self::names_moments),
            Self::Object(fields) => fields.iter().any(|(_, inner)| inner.names_moments()),
        }
    }

    fn differs(&self, value: Option<&Json>) -> Difference {
        Difference { path: String::new(), expected: self.describe(), actual: shown(value) }
    }

    fn list_difference(&self, items: &[Self], value: Option<&Json>, scope: &Scope) -> Option<Difference> {
        let Some(Json::Array(given)) = value else { return Some(self.differs(value)) };
        for (position, item) in items.iter().enumerate() {
            if let Some(found) = item.difference(given.get(position), scope) {
                return Some(found.inside(&position.to_string()));
            }
        }
        let extra = given.get(items.len())?;
        let expected = format!("{} entries", items.len());
        Some(Difference { path: items.len().to_string(), expected, actual: shown(Some(extra)) })
    }

    fn object_difference(
        &self,
        fields: &[(String, Self)],
        value: Option<&Json>,
        scope: &Scope,
    ) -> Option<Difference> {
        let Some(Json::Object(given)) = value else { return Some(self.differs(value)) };
        fields.iter().find_map(|(name, field)| Some(field.difference(given.get(name), scope)?.inside(name)))
    }

    /// The demand in words, for the reader of a failure.
    fn describe(&self) -> String {
        match self {
            Self::Absent => "nothing".to_owned(),
            Self::Any(kind) => format!("any {}", kind.word()),
            Self::AtLeast(least) => format!("at least {least}"),
            Self::Contains(part) => format!("a text that contains {part:?}"),
            Self::Count(count) => format!("{count} entries"),
            Self::Exactly(_) => "a value".to_owned(),
            Self::Has(inner) => format!("an entry that is {}", inner.describe()),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::MediaType(wanted) => format!("the media type {wanted}"),
            Self::Not(inner) => format!("anything but {}", inner.describe()),
            Self::Object(fields) => {
                let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                format!("an object with {}", names.join(", "))
            }
            Self::OneOf(choices) => {
                let words: Vec<String> = choices.iter().map(Self::describe).collect();
                format!("one of {}", words.join(", "))
            }
        }
    }

    /// Whether a value is a table that stands for a condition.
    #[must_use]
    pub fn is_condition(value: &Value<'_>) -> bool {
        let table = value.as_table(String::new());
        table.is_ok_and(|table| CONDITIONS.iter().any(|key| table.has(key)))
    }

    fn from_table(value: &Value<'_>) -> Result<Self, Diagnostic> {
        let table = value.as_table("an expected value".to_owned())?;
        if GENERATORS.iter().any(|key| table.has(key)) {
            return Template::from_value(value).map(Self::Exactly);
        }
        if CONDITIONS.iter().any(|key| table.has(key)) {
            let made = Self::condition(&table)?;
            table.finish()?;
            return Ok(made);
        }
        let fields = table.entries().map(|(value, key)| Ok((key.to_owned(), Self::from_value(&value)?)));
        Ok(Self::Object(fields.collect::<Result<_, Diagnostic>>()?))
    }

    fn condition(table: &Table<'_>) -> Result<Self, Diagnostic> {
        if let Some(value) = table.value("any") {
            return Ok(Self::Any(value.choice("kind of value", KINDS)?));
        }
        if let Some(value) = table.value("at-least") {
            return Ok(Self::AtLeast(value.as_integer(i64::MIN, i64::MAX)?));
        }
        if let Some(part) = table.find::<String>("contains")? {
            return Ok(Self::Contains(part));
        }
        if let Some(count) = table.find::<u32>("count")? {
            return Ok(Self::Count(count));
        }
        if let Some(inner) = table.find::<Self>("has")? {
            return Ok(Self::Has(Box::new(inner)));
        }
        if let Some(wanted) = table.find::<String>("media-type")? {
            return Ok(Self::MediaType(wanted));
        }
        if let Some(inner) = table.find::<Self>("not")? {
            return Ok(Self::Not(Box::new(inner)));
        }
        if let Some(choices) = table.find::<Vec<Self>>("one-of")? {
            return Ok(Self::OneOf(choices));
        }
        let value = table.need_value("absent")?;
        if bool::from_value(&value)? {
            Ok(Self::Absent)
        } else {
            Err(value.refuse("`absent` can only be true"))
        }
    }
}

/// A media type's name and its parameters: case, order, spaces and quotes make no difference.
fn media_type(text: &str) -> (String, Vec<(String, String)>) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let mut parameters: Vec<(String, String)> = parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_ascii_lowercase())
        })
        .collect();
    parameters.sort();
    (name, parameters)
}

impl FromValue for Matcher {
    fn from_value(value: &Value<'_>) -> Result<Self, Diagnostic> {
        if value.is_table() {
            return Self::from_table(value);
        }
        if value.is_list() {
            return Vec::from_value(value).map(Self::List);
        }
        Template::from_value(value).map(Self::Exactly)
    }
}

impl Kind {
    fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("value", |(word, _)| word)
    }

    fn holds(self, value: &Json) -> bool {
        match self {
            Self::Boolean => value.is_boolean(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::List => value.as_array().is_some_and(|items| !items.is_empty()),
            Self::Object => value.is_object(),
            Self::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Uuid => value.as_str().is_some_and(|text| {
                let groups: Vec<&str> = text.split('-').collect();
                let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
                groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(digits)
            }),
        }
    }
}

impl Difference {
    /// The same difference, seen from outside of the field or position it lies in.
    #[must_use]
    pub fn inside(mut self, name: &str) -> Self {
        self.path = if self.path.is_empty() { name.to_owned() } else { format!("{name}.{}", self.path) };
        self
    }
}

fn entries(value: Option<&Json>) -> impl Iterator<Item = &Json> {
    value.and_then(Json::as_array).into_iter().flatten()
}

fn length(value: &Json) -> Option<usize> {
    value.as_array().map(Vec::len).or_else(|| value.as_object().map(serde_json::Map::len))
}

/// A value as failures show it: long ones cut.
#[must_use]
pub fn shown(value: Option<&Json>) -> String {
    const CHARS_MAX: usize = 120;
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(CHARS_MAX) {
        None => text,
        Some((cut, _)) => format!("{}… ({} bytes)", text.get(..cut).unwrap_or_default(), text.len()),
    }
}

#[cfg(test)]
mod tests {
    use claque_document::table::read;
    use serde_json::json;

    use super::{Json, Matcher, Scope};

    fn check(matcher: &str, value: &Json, expected: Option<&str>) {
        let text = format!("m = {matcher}");
        let made = read("x.toml", &text, |table| table.need::<Matcher>("m")).expect("the matcher is right");
        let found = made.difference(Some(value), &Scope::default());
        let found = found.map(|found| format!("{}: {} / {}", found.path, found.expected, found.actual));
        assert_eq!(found.as_deref(), expected, "{matcher} on {value}");
    }

    #[test]
    fn objects_are_matched_in_part_and_lists_whole() {
        let value = json!({ "A": 1, "L": [{ "x": 1, "y": 2 }, "z"] });
        check("{ A = 1 }", &value, None);
        check("{ L = [{ x = 1 }, \"z\"] }", &value, None);
        check("{ L = [{ x = 1 }] }", &value, Some("L.1: 1 entries / \"z\""));
        check("{ L = [{ x = 2 }, \"z\"] }", &value, Some("L.0.x: 2 / 1"));
        check("{ B = 1 }", &value, Some("B: 1 / nothing"));
    }

    #[test]
    fn numbers_and_texts_are_never_equal() {
        check("{ T = \"7\" }", &json!({ "T": 7 }), Some("T: \"7\" / 7"));
    }

    #[test]
    fn conditions_hold_or_say_what_they_want() {
        let value = json!({ "A": "", "B": [1, 2], "C": 5 });
        check("{ A = { any = \"text\" } }", &value, Some("A: any text / \"\""));
        check("{ B = { has = 2 }, C = { at-least = 5 } }", &value, None);
        check("{ B = { count = 3 } }", &value, Some("B: 3 entries / [1,2]"));
        check("{ C = { not = 5 } }", &value, Some("C: anything but a value / 5"));
        check("{ C = { one-of = [4, 5] }, D = { absent = true } }", &value, None);
    }

    #[test]
    fn misspelt_conditions_are_fields_and_known_ones_are_strict() {
        let text = "m = { any = \"txet\" }";
        let said = read("x.toml", text, |table| table.need::<Matcher>("m")).expect_err("no such kind");
        assert_eq!(said.suggestion(), Some("text"));
    }
}
