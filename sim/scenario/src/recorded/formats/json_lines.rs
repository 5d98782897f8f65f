//! Reads our own format: one JSON object a line.
//!
//! | key | value |
//! |---|---|
//! | `at_ms` | when it was sent, from the beginning of the recording. Unit: milliseconds |
//! | `user` | who sent it: any text, the same for the same person |
//! | `type` | `"comment"` (default), `"gift"`, `"like"`, or the number of a message type |
//! | `level` | `"HIGH"`, `"MEDIUM"` or `"NORMAL"`; absent: what the type means, MEDIUM for a number |
//! | `body` | the text |

use std::borrow::Cow;

use claque_core::Priority;
use claque_document::diagnostic::Diagnostic;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ChatLayout, Sample};
use crate::recorded::clock::ChatUnit;
use crate::recorded::json::{self, Item};
use crate::recorded::notes::NoteSort;
use crate::recorded::reading::{ChatReading, Found, Person, When};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "json-lines",
    name: "JSON Lines",
    looks: "an object with `at_ms` on the first line",
    unit: ChatUnit::Millis,
    claims: |sample: &Sample<'_>| {
        sample.first_line.starts_with('{') && sample.first_line.contains("\"at_ms\"")
    },
    read,
};

#[derive(Deserialize)]
// Strict first: a misspelt key is shown with its place, although the line can be read without it.
#[serde(deny_unknown_fields)]
struct JsonLine<'t> {
    at_ms: u64,
    #[serde(borrow)]
    user: Cow<'t, str>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'t RawValue>,
    #[serde(borrow)]
    level: Option<&'t RawValue>,
    #[serde(borrow)]
    body: Cow<'t, str>,
}

/// The words of the levels.
const LEVELS: [(&str, Priority); 3] =
    [("HIGH", Priority::High), ("MEDIUM", Priority::Medium), ("NORMAL", Priority::Normal)];

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let text = reading.text;
    for item in json::lines(text) {
        let line = text.get(item.span.clone()).unwrap_or_default();
        match serde_json::from_str::<JsonLine<'_>>(line) {
            Ok(parsed) => read_line(reading, &item, line, parsed),
            Err(error) => read_mended(reading, &item, &error),
        }
    }
    Ok(())
}

/// A line that is not quite as it should be: with other keys, a time that is no whole number, a broken text.
fn read_mended(reading: &mut ChatReading<'_>, item: &Item, error: &serde_json::Error) {
    let (file, text, base) = (reading.file, reading.text, item.span.start);
    let complain = || Some(Diagnostic::from_json(file, text, base, error));
    let line = text.get(item.span.clone()).unwrap_or_default();
    let value = json::parse(line).ok().map(|(value, _)| value);
    let read = value.as_ref().and_then(|value| {
        let at = json::micros(value, &["at_ms"], 1_000)?;
        let user = json::text(value, &["user"]).filter(|user| !user.is_empty())?;
        Some((at, user, json::text(value, &["body"])?))
    });
    let Some((at, user, body)) = read else {
        reading.notes.add(NoteSort::Lost, "lines that cannot be read".into(), complain);
        return;
    };
    let kind = value.as_ref().and_then(|value| json::at(value, &["type"]).cloned());
    let level = value.as_ref().and_then(|value| json::text(value, &["level"]));
    let number = kind.as_ref().and_then(serde_json::Value::as_u64).and_then(|it| u32::try_from(it).ok());
    let word = kind.as_ref().and_then(serde_json::Value::as_str);
    let known = word.and_then(|word| MessageKind::WORDS.iter().find(|(known, _)| *known == word));
    let level_known = level.as_deref().and_then(|level| LEVELS.iter().find(|(known, _)| *known == level));
    if (kind.is_some() && number.is_none() && known.is_none()) || (level.is_some() && level_known.is_none()) {
        reading.notes.add(NoteSort::Lost, "lines that cannot be read".into(), complain);
        return;
    }
    reading.notes.add(NoteSort::Mended, "lines that are not quite as they should be".into(), complain);
    let kind = known.map_or(MessageKind::Comment, |(_, kind)| *kind);
    reading.put(Found {
        when: When::offset(at),
        who: Person::new(None, Some(user)),
        kind,
        message_type: number,
        level: level_known.map(|(_, level)| *level),
        what: plural(kind),
        body: body.into(),
        span: item.span.clone(),
    });
}

const fn plural(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Comment => "comments",
        MessageKind::Gift => "gifts",
        MessageKind::Like => "likes",
    }
}

fn read_line<'t>(reading: &mut ChatReading<'t>, item: &Item, line: &'t str, parsed: JsonLine<'t>) {
    let (file, text, base) = (reading.file, reading.text, item.span.start);
    match message(file, text, base, line, parsed) {
        Ok(found) => reading.put(Found { span: item.span.clone(), ..found }),
        Err((what, said)) => reading.notes.add(NoteSort::Lost, what.into(), || Some(said())),
    }
}

/// A kind of fault of a line, in the plural, and the complaint about the first.
type BadLine<'t> = (&'static str, Box<dyn FnOnce() -> Diagnostic + 't>);

fn message<'t>(
    file: &'t str,
    text: &'t str,
    base: usize,
    line: &'t str,
    parsed: JsonLine<'t>,
) -> Result<Found<'t>, BadLine<'t>> {
    let place = move |value: &RawValue| {
        // serde_json keeps no place of a value, but borrows its text from the line: the distance of the two is the
        // place.
        let start = base + value.get().as_ptr().addr() - line.as_ptr().addr();
        start..start + value.get().len()
    };
    if parsed.user.is_empty() {
        let start = base + line.find("\"user\"").unwrap_or(0);
        let said = move || {
            Diagnostic::at(file, text, start..start + 6, "`user` is empty")
                .help("name the sender; any text will do")
        };
        return Err(("lines without a user", Box::new(said)));
    }
    let (kind, message_type) = match parsed.kind {
        None => (MessageKind::Comment, None),
        Some(value) => match serde_json::from_str::<u32>(value.get()) {
            Ok(number) => (MessageKind::Comment, Some(number)),
            Err(_) => {
                let word = serde_json::from_str::<Cow<'_, str>>(value.get()).unwrap_or_default();
                let known = MessageKind::WORDS.iter().find(|(known, _)| *known == word);
                let Some((_, kind)) = known else {
                    let said = move || {
                        Diagnostic::at(file, text, place(value), format!("unknown type {}", value.get()))
                            .word(word)
                            .allowed(MessageKind::WORDS.map(|(word, _)| word))
                            .help("a whole number, the message type itself, will do as well")
                    };
                    return Err(("lines of an unknown type", Box::new(said)));
                };
                (*kind, None)
            }
        },
    };
    let level = match parsed.level {
        None => None,
        Some(value) => {
            let word = serde_json::from_str::<Cow<'_, str>>(value.get()).unwrap_or_default();
            let Some((_, level)) = LEVELS.iter().find(|(known, _)| *known == word) else {
                let said = move || {
                    Diagnostic::at(file, text, place(value), format!("unknown level {}", value.get()))
                        .word(word)
                        .allowed(LEVELS.map(|(word, _)| word))
                };
                return Err(("lines of an unknown level", Box::new(said)));
            };
            Some(*level)
        }
    };
    Ok(Found {
        when: When::offset(i128::from(parsed.at_ms) * 1_000),
        who: Person::new(None, Some(parsed.user)),
        kind,
        message_type,
        level,
        what: if message_type.is_some() { "messages of a type of their own" } else { plural(kind) },
        body: parsed.body.into(),
        // The caller has it.
        span: 0..0,
    })
}
