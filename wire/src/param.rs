//! The parameters of one call as they arrived, and their reading into documented types.
//!
//! Query and form body are one map: every operation takes each parameter from either. Values are text until asked for with
//! a type; a value that does not fit is a [`ParamError`] that names the parameter, what was given and what is expected.

use core::fmt;

use serde_json::{Map, Value};

use crate::http::HttpRequest;
use crate::url::UrlError;

/// The decoded names and values of one call, query first, then form body, each in the order it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamMap {
    pairs: Vec<(String, String)>,
}

/// Bytes of a refused value that an error repeats.
const SHOWN_BYTES_MAX: usize = 64;

/// A parameter that is missing or whose value does not have the documented type.
///
/// Maps to the documented code `InputInvalid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamError {
    /// The parameter, byte for byte as documented.
    pub parameter: String,
    /// The fault.
    pub problem: Problem,
}

/// A fault of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// An index of an indexed list is not a positive number, or stands twice.
    Index {
        /// The index as given.
        given: String,
    },
    /// A list is given in two encodings at once.
    MixedEncodings,
    /// A required parameter is absent.
    Missing,
    /// The value is not `true` or `false` in any letter case.
    NotBoolean {
        /// The value, cut to 64 bytes.
        given: String,
    },
    /// The value is not a decimal integer.
    NotInteger {
        /// The value, cut to 64 bytes.
        given: String,
    },
    /// The value begins like a JSON array but is not a JSON array of strings.
    NotList {
        /// The value, cut to 64 bytes.
        given: String,
    },
    /// The value is not a JSON object.
    NotMap {
        /// The value, cut to 64 bytes.
        given: String,
    },
    /// The integer does not fit the documented width.
    OutOfRange {
        /// The value, cut to 64 bytes.
        given: String,
        /// The smallest value of the type.
        min: i64,
        /// The largest value of the type.
        max: i64,
    },
    /// The parameter stands more than once with different values.
    Repeated,
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.parameter;
        match &self.problem {
            Problem::Index { given } => {
                write!(f, "{name}.{given} has no usable index; number the items {name}.1, {name}.2 and so on")
            }
            Problem::MixedEncodings => {
                write!(f, "{name} is given both as one value and as {name}.1, {name}.2; use one of the two")
            }
            Problem::Missing => write!(f, "{name} is required and absent"),
            Problem::NotBoolean { given } => write!(f, "{name} is \"{given}\", expected true or false"),
            Problem::NotInteger { given } => write!(f, "{name} is \"{given}\", expected a decimal integer"),
            Problem::NotList { given } => {
                write!(f, "{name} is \"{given}\", expected items joined by commas or a JSON array of strings")
            }
            Problem::NotMap { given } => write!(f, "{name} is \"{given}\", expected a JSON object"),
            Problem::OutOfRange { given, min, max } => {
                write!(f, "{name} is {given}, expected an integer from {min} to {max}")
            }
            Problem::Repeated => write!(f, "{name} is given more than once with different values"),
        }
    }
}

impl core::error::Error for ParamError {}

/// The index in a name of an indexed list, such as `2` in `Name.2`; none: another name.
pub(crate) fn index_of<'g>(given: &'g str, name: &str) -> Option<&'g str> {
    given.strip_prefix(name)?.strip_prefix('.')
}

impl ParamMap {
    /// The parameters of a request: its query, then its form body if it has one.
    ///
    /// # Errors
    ///
    /// A query or body that does not decode.
    pub fn from_request(request: &HttpRequest) -> Result<Self, UrlError> {
        let mut pairs = request.query_pairs()?;
        pairs.extend(request.form_pairs()?);
        Ok(Self { pairs })
    }

    /// The given parameters, already decoded.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters that have a value.
    #[must_use]
    pub fn filled_only(mut self) -> Self {
        self.pairs.retain(|(_, value)| !value.is_empty());
        self
    }

    /// The text of a parameter; `None` if it is absent. An empty text is a value.
    ///
    /// # Errors
    ///
    /// [`Problem::Repeated`] when it stands several times with different values.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ParamError> {
        let mut values = self.iter().filter(|(given, _)| *given == name).map(|(_, value)| value);
        let Some(first) = values.next() else { return Ok(None) };
        if values.all(|value| value == first) { Ok(Some(first)) } else { Err(error(name, Problem::Repeated)) }
    }

    /// A 32-bit integer; absent or empty is `None`.
    ///
    /// # Errors
    ///
    /// [`Problem::NotInteger`], [`Problem::OutOfRange`] or [`Problem::Repeated`].
    pub fn integer(&self, name: &str) -> Result<Option<i32>, ParamError> {
        let Some(given) = self.filled(name)? else { return Ok(None) };
        let value = decimal(name, given, i32::MIN.into(), i32::MAX.into())?;
        Ok(i32::try_from(value).ok())
    }

    /// A 64-bit integer; absent or empty is `None`.
    ///
    /// # Errors
    ///
    /// [`Problem::NotInteger`], [`Problem::OutOfRange`] or [`Problem::Repeated`].
    pub fn long(&self, name: &str) -> Result<Option<i64>, ParamError> {
        let Some(given) = self.filled(name)? else { return Ok(None) };
        decimal(name, given, i64::MIN, i64::MAX).map(Some)
    }

    /// A boolean, `true` or `false` in any letter case; absent or empty is `None`.
    ///
    /// # Errors
    ///
    /// [`Problem::NotBoolean`] or [`Problem::Repeated`].
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ParamError> {
        let Some(given) = self.filled(name)? else { return Ok(None) };
        if given.eq_ignore_ascii_case("true") {
            Ok(Some(true))
        } else if given.eq_ignore_ascii_case("false") {
            Ok(Some(false))
        } else {
            Err(error(name, Problem::NotBoolean { given: shown(given) }))
        }
    }

    /// A list in any of its three encodings; `None` if absent, empty if given empty.
    ///
    /// The encodings: items joined by commas, `Name.1`, `Name.2` and so on (in numeric order, gaps allowed), or a JSON array
    /// of strings. Empty items are dropped; nothing is trimmed; repeated items stay.
    ///
    /// # Errors
    ///
    /// [`Problem::MixedEncodings`], [`Problem::Index`], [`Problem::NotList`] or [`Problem::Repeated`].
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, ParamError> {
        let indexed = self.indexed(name)?;
        let Some(given) = self.text(name)? else { return Ok(indexed) };
        if indexed.is_some() {
            return Err(error(name, Problem::MixedEncodings));
        }
        let mut items: Vec<String> = if given.starts_with('[') {
            json_strings(given).ok_or_else(|| error(name, Problem::NotList { given: shown(given) }))?
        } else {
            given.split(',').map(str::to_owned).collect()
        };
        items.retain(|item| !item.is_empty());
        Ok(Some(items))
    }

    /// A map, given as the text of a JSON object; absent or empty is `None`.
    ///
    /// # Errors
    ///
    /// [`Problem::NotMap`] or [`Problem::Repeated`].
    pub fn map(&self, name: &str) -> Result<Option<Map<String, Value>>, ParamError> {
        let Some(given) = self.filled(name)? else { return Ok(None) };
        match serde_json::from_str(given) {
            Ok(Value::Object(map)) => Ok(Some(map)),
            Ok(_) | Err(_) => Err(error(name, Problem::NotMap { given: shown(given) })),
        }
    }

    /// The text of a parameter that has one: an empty number, boolean or map is taken as absent.
    fn filled(&self, name: &str) -> Result<Option<&str>, ParamError> {
        Ok(self.text(name)?.filter(|given| !given.is_empty()))
    }

    /// The items given as `Name.N`, in numeric order; `None` if there are none.
    fn indexed(&self, name: &str) -> Result<Option<Vec<String>>, ParamError> {
        let mut items: Vec<(u32, &str)> = Vec::new();
        for (given, value) in self.iter() {
            let Some(index) = index_of(given, name) else {
                continue;
            };
            let plain = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
            match index.parse::<u32>() {
                Ok(number) if plain && number > 0 => items.push((number, value)),
                Ok(_) | Err(_) => return Err(error(name, Problem::Index { given: shown(index) })),
            }
        }
        if items.is_empty() {
            return Ok(None);
        }
        items.sort_by_key(|(number, _)| *number);
        if let Some(twice) = items.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(error(name, Problem::Index { given: twice[0].0.to_string() }));
        }
        Ok(Some(items.into_iter().map(|(_, item)| item.to_owned()).filter(|item| !item.is_empty()).collect()))
    }
}

/// Turns the absence of a required parameter into an error.
///
/// # Errors
///
/// [`Problem::Missing`] when `value` is `None`.
pub fn required<T>(name: &str, value: Option<T>) -> Result<T, ParamError> {
    value.ok_or_else(|| error(name, Problem::Missing))
}

fn error(parameter: &str, problem: Problem) -> ParamError {
    ParamError { parameter: parameter.to_owned(), problem }
}

/// A decimal integer with an optional minus sign, within the bounds.
fn decimal(name: &str, given: &str, min: i64, max: i64) -> Result<i64, ParamError> {
    let digits = given.strip_prefix('-').unwrap_or(given);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(error(name, Problem::NotInteger { given: shown(given) }));
    }
    match given.parse::<i64>() {
        Ok(value) if (min..=max).contains(&value) => Ok(value),
        Ok(_) | Err(_) => Err(error(name, Problem::OutOfRange { given: shown(given), min, max })),
    }
}

/// The strings of a JSON array of strings; `None` for anything else.
fn json_strings(given: &str) -> Option<Vec<String>> {
    let Ok(Value::Array(items)) = serde_json::from_str(given) else { return None };
    items.into_iter().map(|item| if let Value::String(text) = item { Some(text) } else { None }).collect()
}

/// The value as far as an error repeats it: at most 64 bytes, cut between characters.
fn shown(given: &str) -> String {
    let mut end = given.len().min(SHOWN_BYTES_MAX);
    while !given.is_char_boundary(end) {
        end -= 1;
    }
    given[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> ParamMap {
        ParamMap::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    fn problem<T: fmt::Debug>(result: Result<T, ParamError>) -> Problem {
        result.expect_err("the value is refused").problem
    }

    #[test]
    fn a_list_reads_the_same_in_all_three_encodings() {
        let expected = Ok(Some(vec!["u1".to_owned(), "u2".to_owned()]));
        assert_eq!(map(&[("L", "u1,u2")]).list("L"), expected);
        assert_eq!(map(&[("L.1", "u1"), ("L.2", "u2")]).list("L"), expected);
        assert_eq!(map(&[("L.10", "u2"), ("L.9", "u1")]).list("L"), expected, "indices order as numbers");
        assert_eq!(map(&[("L", r#"["u1","u2"]"#)]).list("L"), expected);
        assert_eq!(map(&[("L", ",u1,,u2,")]).list("L"), expected, "empty items are dropped");
    }

    #[test]
    fn an_empty_list_differs_from_an_absent_one() {
        assert_eq!(map(&[("L", "")]).list("L"), Ok(Some(Vec::new())));
        assert_eq!(map(&[("L", "[]")]).list("L"), Ok(Some(Vec::new())));
        assert_eq!(map(&[("List", "x"), ("Lx.1", "y")]).list("L"), Ok(None));
    }

    #[test]
    fn unclear_lists_are_refused() {
        assert_eq!(problem(map(&[("L", "a"), ("L.1", "b")]).list("L")), Problem::MixedEncodings);
        assert_eq!(problem(map(&[("L", "[1]")]).list("L")), Problem::NotList { given: "[1]".to_owned() });
        assert_eq!(
            problem(map(&[("L", "[\"a\"")]).list("L")),
            Problem::NotList { given: "[\"a\"".to_owned() }
        );
        assert_eq!(problem(map(&[("L.0", "a")]).list("L")), Problem::Index { given: "0".to_owned() });
        assert_eq!(problem(map(&[("L.+1", "a")]).list("L")), Problem::Index { given: "+1".to_owned() });
        assert_eq!(problem(map(&[("L.x", "a")]).list("L")), Problem::Index { given: "x".to_owned() });
        assert_eq!(
            problem(map(&[("L.1", "a"), ("L.01", "b")]).list("L")),
            Problem::Index { given: "1".to_owned() }
        );
    }

    #[test]
    fn booleans_are_true_or_false_in_any_case_and_nothing_else() {
        for given in ["true", "True", "TRUE", "tRuE"] {
            assert_eq!(map(&[("B", given)]).boolean("B"), Ok(Some(true)));
        }
        assert_eq!(map(&[("B", "False")]).boolean("B"), Ok(Some(false)));
        assert_eq!(map(&[("B", "")]).boolean("B"), Ok(None));
        for given in ["1", "yes", " true", "t"] {
            assert_eq!(
                problem(map(&[("B", given)]).boolean("B")),
                Problem::NotBoolean { given: given.to_owned() }
            );
        }
    }

    #[test]
    fn integers_are_decimal_and_as_wide_as_documented() {
        assert_eq!(map(&[("I", "-1")]).integer("I"), Ok(Some(-1)));
        assert_eq!(map(&[("I", "2147483647")]).integer("I"), Ok(Some(i32::MAX)));
        assert_eq!(map(&[("I", "")]).integer("I"), Ok(None), "an empty token asks for the first page");
        assert_eq!(map(&[("I", "-9223372036854775808")]).long("I"), Ok(Some(i64::MIN)));
        let (min, max) = (i64::from(i32::MIN), i64::from(i32::MAX));
        let given = "2147483648".to_owned();
        assert_eq!(
            problem(map(&[("I", "2147483648")]).integer("I")),
            Problem::OutOfRange { given, min, max }
        );
        let given = "9223372036854775808".to_owned();
        let wide = Problem::OutOfRange { given, min: i64::MIN, max: i64::MAX };
        assert_eq!(problem(map(&[("I", "9223372036854775808")]).long("I")), wide);
        for given in ["+1", "1.0", "1e3", " 1", "0x1", "-", "١"] {
            assert_eq!(
                problem(map(&[("I", given)]).long("I")),
                Problem::NotInteger { given: given.to_owned() }
            );
        }
    }

    #[test]
    fn maps_are_json_objects_in_any_spacing() {
        let value =
            map(&[("M", "{\"k\": \"\\u4e2d\", \"n\": 1}")]).map("M").expect("it is a map").expect("present");
        assert_eq!(Value::Object(value).to_string(), r#"{"k":"中","n":1}"#);
        assert_eq!(problem(map(&[("M", "[]")]).map("M")), Problem::NotMap { given: "[]".to_owned() });
        assert_eq!(problem(map(&[("M", "{")]).map("M")), Problem::NotMap { given: "{".to_owned() });
    }

    #[test]
    fn a_parameter_given_twice_counts_only_if_both_agree() {
        assert_eq!(map(&[("A", "x"), ("A", "x")]).text("A"), Ok(Some("x")));
        assert_eq!(problem(map(&[("A", "x"), ("A", "y")]).text("A").map(drop)), Problem::Repeated);
    }

    #[test]
    fn errors_name_the_parameter_the_value_and_the_way_out() {
        let long = "é".repeat(40);
        let refused = map(&[("PageSize", long.as_str())]).integer("PageSize").expect_err("no number");
        assert_eq!(
            refused.to_string(),
            format!("PageSize is \"{}\", expected a decimal integer", "é".repeat(32))
        );
        let missing = required::<()>("GroupId", None).expect_err("absent");
        assert_eq!(missing.to_string(), "GroupId is required and absent");
    }
}
