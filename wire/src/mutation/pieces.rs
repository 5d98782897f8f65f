//! Mutants of how a request is taken apart: its headers, escapes, numbered items and numbers.

use claque_core::Operation;
use serde_json::Value;

use super::WireMutation;
use crate::http::HttpRequest;
use crate::operation::{Kind, OperationSpec};
use crate::url;

/// The most numbered items that are taken, where too few are.
const ITEMS_TAKEN: usize = 11;

impl WireMutation {
    /// Damages what a request has that is spelled unusually.
    pub(super) fn on_spelling(self, request: &mut HttpRequest) {
        match self {
            Self::FormCharsetRefused if request.header("content-type").is_some_and(|it| it.contains(';')) => {
                request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            }
            Self::FormPlusLiteral => {
                request.body = replaced(&request.body, "+", "%2B");
            }
            Self::HeaderNamesLowerOnly => {
                let shouted = |name: &str| !name.bytes().any(|byte| byte.is_ascii_lowercase());
                request.headers.retain(|(name, _)| !shouted(name));
            }
            Self::EscapesUpperOnly => {
                request.query = kept_escapes(&request.query);
                request.body = kept_escapes(&String::from_utf8_lossy(&request.body)).into_bytes();
            }
            _ => {}
        }
    }

    /// Damages values and numbered items.
    pub(super) fn on_values(self, operation: Operation, pairs: &mut Vec<(String, String)>) {
        let spec = OperationSpec::of(operation);
        let of_kind =
            |name: &str, kind: Kind| spec.parameter(name).is_some_and(|parameter| parameter.kind == kind);
        match self {
            Self::EscapesUndoneTwice => {
                for (_, value) in pairs.iter_mut() {
                    if let Ok(once_more) = url::decode(&value.replace('+', "%2B")) {
                        *value = once_more;
                    }
                }
            }
            Self::ListIndexAsText => {
                let indexed =
                    |name: &str| name.split_once('.').is_some_and(|(list, _)| of_kind(list, Kind::List));
                let mut items: Vec<(String, String)> =
                    pairs.iter().filter(|(name, _)| indexed(name)).cloned().collect();
                items.sort();
                pairs.retain(|(name, _)| !indexed(name));
                let numbered = items.into_iter().enumerate().map(|(index, (name, value))| {
                    let list = name.split_once('.').map_or("", |(list, _)| list);
                    (format!("{list}.{}", index + 1), value)
                });
                pairs.extend(numbered);
            }
            Self::ListIndexBounded => {
                let mut taken = 0;
                pairs.retain(|(name, _)| {
                    let item = name.split_once('.').is_some_and(|(list, _)| of_kind(list, Kind::List));
                    taken += usize::from(item);
                    !item || taken <= ITEMS_TAKEN
                });
            }
            Self::ListNamePrefix => {
                for (name, _) in pairs.iter_mut() {
                    let Some((given, index)) = name.split_once('.') else { continue };
                    let meant = spec.parameters.iter().find(|parameter| {
                        parameter.kind == Kind::List
                            && given.starts_with(parameter.name)
                            && given != parameter.name
                    });
                    if let Some(parameter) = meant {
                        *name = format!("{}.{index}0", parameter.name);
                    }
                }
            }
            Self::MapNumbersRounded => {
                for (_, value) in pairs.iter_mut().filter(|(name, _)| of_kind(name, Kind::Map)) {
                    if let Ok(Value::Object(mut map)) = serde_json::from_str(value) {
                        map.values_mut().for_each(round);
                        *value = Value::Object(map).to_string();
                    }
                }
            }
            Self::ValueCutAtEquals => {
                for (name, value) in pairs.iter_mut().filter(|(name, _)| spec.parameter(name).is_some()) {
                    let cut = value.find('=').filter(|_| of_kind(name, Kind::Text));
                    value.truncate(cut.unwrap_or(value.len()));
                }
            }
            _ => {}
        }
    }
}

/// The number as one that has no more digits than a fraction.
fn round(value: &mut Value) {
    /// One more than the largest whole number below which a fraction holds all.
    const HELD: i64 = 1 << 53;
    if let Some(number) = value.as_i64().filter(|number| number.abs() > HELD) {
        *value = Value::from(number / 1_024 * 1_024);
    }
}

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8_lossy(body).replace(from, to).into_bytes()
}

/// A text in which escapes with lower-case digits stand for themselves.
fn kept_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let lower = part.bytes().take(2).any(|byte| byte.is_ascii_lowercase());
        kept.push_str(if lower { "%25" } else { "%" });
        kept.push_str(part);
    }
    kept
}
