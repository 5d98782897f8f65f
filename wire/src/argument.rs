//! The parameters of one call as a caller holds them: typed, before a client writes them onto the wire.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::param::{ParamError, ParamMap};

/// The documented type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A 32-bit integer.
    Integer,
    /// A list of texts, in one of three encodings.
    List,
    /// A 64-bit integer.
    Long,
    /// A JSON object as text.
    Map,
    /// Text.
    Text,
}

impl Kind {
    /// The type's name, as help and documents print it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::List => "list",
            Self::Long => "long",
            Self::Map => "map",
            Self::Text => "text",
        }
    }
}

/// The value of one parameter, in the caller's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A boolean.
    Boolean(bool),
    /// An integer of either width.
    Integer(i64),
    /// A list of texts.
    List(Vec<String>),
    /// A map, sent as a JSON object.
    Map(Map<String, Value>),
    /// A text, also for values that deliberately break the documented type.
    Text(String),
}

impl Argument {
    /// The value that JSON stands for; none for null. A number that is no integer of 64 bits is its text.
    #[must_use]
    pub fn of_json(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(truth) => Self::Boolean(*truth),
            Value::Number(number) => {
                number.as_i64().map_or_else(|| Self::Text(number.to_string()), Self::Integer)
            }
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => {
                let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                Self::List(items.iter().map(text).collect())
            }
            Value::Object(fields) => Self::Map(fields.clone()),
        })
    }

    /// The value as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Boolean(truth) => Value::from(*truth),
            Self::Integer(number) => Value::from(*number),
            Self::List(items) => Value::from(items.clone()),
            Self::Map(fields) => Value::Object(fields.clone()),
            Self::Text(text) => Value::from(text.clone()),
        }
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Argument {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Argument {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<Vec<String>> for Argument {
    fn from(items: Vec<String>) -> Self {
        Self::List(items)
    }
}

/// Named arguments in the order given; no name twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    entries: Vec<(String, Argument)>,
}

impl Arguments {
    /// No arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an argument, replacing an earlier one of that name in its place.
    pub fn set(&mut self, name: &str, value: impl Into<Argument>) {
        let value = value.into();
        match self.entries.iter_mut().find(|(given, _)| given == name) {
            Some((_, slot)) => *slot = value,
            None => self.entries.push((name.to_owned(), value)),
        }
    }

    /// The same arguments with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Argument>) -> Self {
        self.set(name, value);
        self
    }

    /// Removes an argument; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|(given, _)| given != name);
        self.entries.len() < before
    }

    /// The argument of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Argument> {
        self.iter().find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    /// All arguments in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// A field of a core request that travels as one parameter.
///
/// Absent parameters of required fields read as empty: the state machine refuses them with its own words.
pub(crate) trait Carried: Sized {
    /// The documented type that fits the field.
    const KIND: Kind;

    /// Reads the field from what arrived.
    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError>;

    /// The argument that a caller sends for the field; `None` for nothing.
    fn write(&self) -> Option<Argument>;
}

impl Carried for String {
    const KIND: Kind = Kind::Text;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        Ok(params.text(name)?.unwrap_or_default().to_owned())
    }

    fn write(&self) -> Option<Argument> {
        if self.is_empty() { None } else { Some(Argument::Text(self.clone())) }
    }
}

impl Carried for Option<String> {
    const KIND: Kind = Kind::Text;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        Ok(params.text(name)?.map(str::to_owned))
    }

    fn write(&self) -> Option<Argument> {
        self.clone().map(Argument::Text)
    }
}

impl Carried for Vec<String> {
    const KIND: Kind = Kind::List;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        Ok(params.list(name)?.unwrap_or_default())
    }

    fn write(&self) -> Option<Argument> {
        if self.is_empty() { None } else { Some(Argument::List(self.clone())) }
    }
}

impl Carried for Option<Vec<String>> {
    const KIND: Kind = Kind::List;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        params.list(name)
    }

    fn write(&self) -> Option<Argument> {
        self.clone().map(Argument::List)
    }
}

impl Carried for Option<i32> {
    const KIND: Kind = Kind::Integer;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        params.integer(name)
    }

    fn write(&self) -> Option<Argument> {
        self.map(|value| Argument::Integer(value.into()))
    }
}

impl Carried for Option<i64> {
    const KIND: Kind = Kind::Long;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        params.long(name)
    }

    fn write(&self) -> Option<Argument> {
        self.map(Argument::Integer)
    }
}

impl Carried for Option<bool> {
    const KIND: Kind = Kind::Boolean;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        params.boolean(name)
    }

    fn write(&self) -> Option<Argument> {
        self.map(Argument::Boolean)
    }
}

impl Carried for Option<BTreeMap<String, String>> {
    const KIND: Kind = Kind::Map;

    fn read(params: &ParamMap, name: &str) -> Result<Self, ParamError> {
        let Some(map) = params.map(name)? else { return Ok(None) };
        Ok(Some(map.into_iter().map(|(key, value)| (key, kept(value))).collect()))
    }

    fn write(&self) -> Option<Argument> {
        self.as_ref().map(free_map).map(Argument::Map)
    }
}

/// The mark before the JSON of a value that is no text, where maps keep it.
const NO_TEXT: char = '\0';

/// A value of a free-form map as the state machine keeps it: a text as it is, anything else as its compact JSON behind a mark.
/// A text that begins with the mark is kept like anything else, so that nothing can be taken for something it is not.
fn kept(value: Value) -> String {
    match value {
        Value::String(text) if !text.starts_with(NO_TEXT) => text,
        Value::Array(_)
        | Value::Bool(_)
        | Value::Null
        | Value::Number(_)
        | Value::Object(_)
        | Value::String(_) => format!("{NO_TEXT}{value}"),
    }
}

/// A free-form map as it was given: nested values come back as what they are.
#[must_use]
pub fn free_map(map: &BTreeMap<String, String>) -> Map<String, Value> {
    let value = |text: &String| {
        let json = text.strip_prefix(NO_TEXT).and_then(|json| serde_json::from_str(json).ok());
        json.unwrap_or_else(|| Value::String(text.clone()))
    };
    map.iter().map(|(key, text)| (key.clone(), value(text))).collect()
}
