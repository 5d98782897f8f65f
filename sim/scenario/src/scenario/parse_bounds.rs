//! Values of a scenario's file within their bounds.

use std::ops::RangeInclusive;

use claque_core::Duration;
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Table, Value};
use claque_document::units::{Between, format_duration};

/// The longest text that a scenario sends or sets: more than the service takes, so that its bounds can be crossed.
/// Unit: bytes.
pub(super) const TEXT_MAX: u32 = 1 << 20;

/// Populations, faults or events of a scenario.
const ENTRIES_MAX: usize = 10_000;

/// The tables of one kind of entry, which the simulator numbers, unless they are too many.
pub(super) fn entries<'d>(tables: Vec<Table<'d>>, key: &str) -> Result<Vec<Table<'d>>, Diagnostic> {
    match tables.get(ENTRIES_MAX) {
        Some(first) => Err(first.refuse(format!("there are more than {ENTRIES_MAX} of [[{key}]]"))),
        None => Ok(tables),
    }
}

/// A number within its bounds; without a default it must be there.
pub(super) fn counted(
    table: &Table<'_>,
    key: &'static str,
    bounds: RangeInclusive<u32>,
    default: Option<u32>,
) -> Result<u32, Diagnostic> {
    let value = match (table.value(key), default) {
        (Some(value), _) => value,
        (None, Some(default)) => return Ok(default),
        (None, None) => table.need_value(key)?,
    };
    let number = value.as_integer((*bounds.start()).into(), (*bounds.end()).into())?;
    Ok(u32::try_from(number).expect("the number was checked against the bounds"))
}

/// A range of lengths of a text.
pub(super) fn text_lengths(table: &Table<'_>, default: Between<u32>) -> Result<Between<u32>, Diagnostic> {
    let Some(value) = table.value("body-bytes") else { return Ok(default) };
    let lengths = Between::from_value(&value)?;
    if lengths.most() > TEXT_MAX {
        return Err(value.refuse(format!("a text has at most {TEXT_MAX} bytes")));
    }
    Ok(lengths)
}

/// Refuses a span that is longer than its bound.
pub(super) fn at_most(value: &Value<'_>, span: Duration, most: Duration) -> Result<(), Diagnostic> {
    if span <= most {
        return Ok(());
    }
    let (span, most) = (format_duration(span), format_duration(most));
    Err(value.refuse(format!("{span} is longer than {most}, the most that is allowed here")))
}

/// Refuses an empty span where something happens once in each.
pub(super) fn not_empty(value: &Value<'_>, span: Duration) -> Result<Duration, Diagnostic> {
    if span == Duration::ZERO {
        return Err(value.refuse("the span must be longer than nothing"));
    }
    Ok(span)
}

/// Refuses a time after the end of the show.
pub(super) fn within(value: &Value<'_>, at: Duration, show: Duration) -> Result<Duration, Diagnostic> {
    if at > show {
        let (at, show) = (format_duration(at), format_duration(show));
        return Err(value.refuse(format!("{at} is after the end of the show, which lasts {show}")));
    }
    Ok(at)
}
