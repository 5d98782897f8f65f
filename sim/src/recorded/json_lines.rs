//! Reads our own format: one JSON object a line.

use std::borrow::Cow;

use claque_core::{Duration, Priority};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Found;
use crate::diagnostic::Diagnostic;
use crate::scenario::MessageKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'t> {
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

pub(super) fn read<'t>(file: &str, text: &'t str) -> Result<Vec<Found<'t>>, Diagnostic> {
    let mut found = Vec::new();
    let mut base = 0;
    for raw in text.split_inclusive('\n') {
        let line = raw.trim_end();
        if !line.trim_start().is_empty() {
            found.push(read_line(file, text, base, line)?);
        }
        base += raw.len();
    }
    Ok(found)
}

fn read_line<'t>(file: &str, text: &str, base: usize, line: &'t str) -> Result<Found<'t>, Diagnostic> {
    let parsed: Line<'t> =
        serde_json::from_str(line).map_err(|error| Diagnostic::from_json(file, text, base, &error))?;
    let refuse = |value: &RawValue, message: String| {
        let start = base + value.get().as_ptr().addr() - line.as_ptr().addr();
        Diagnostic::at(file, text, start..start + value.get().len(), message)
    };
    if parsed.user.is_empty() {
        let start = base + line.find("\"user\"").unwrap_or(0);
        return Err(Diagnostic::at(file, text, start..start + 6, "`user` is empty")
            .help("name the sender; any text will do"));
    }
    let (kind, message_type) = match parsed.kind {
        None => (MessageKind::Comment, None),
        Some(value) => match serde_json::from_str::<u32>(value.get()) {
            Ok(number) => (MessageKind::Comment, Some(number)),
            Err(_) => {
                let word = serde_json::from_str::<Cow<'_, str>>(value.get()).unwrap_or_default();
                let known = MessageKind::WORDS.iter().find(|(known, _)| *known == word);
                let (_, kind) = known.ok_or_else(|| {
                    refuse(value, format!("unknown type {}", value.get()))
                        .word(word)
                        .allowed(MessageKind::WORDS.map(|(word, _)| word))
                        .help("a whole number, the message type itself, will do as well")
                })?;
                (*kind, None)
            }
        },
    };
    let level = match parsed.level {
        None => kind.level(),
        Some(value) => {
            let word = serde_json::from_str::<Cow<'_, str>>(value.get()).unwrap_or_default();
            LEVELS.iter().find(|(known, _)| *known == word).map(|(_, level)| *level).ok_or_else(|| {
                refuse(value, format!("unknown level {}", value.get()))
                    .word(word)
                    .allowed(LEVELS.map(|(word, _)| word))
            })?
        }
    };
    Ok(Found {
        at: Duration::from_millis(parsed.at_ms),
        user: parsed.user,
        called: None,
        kind,
        message_type: message_type.unwrap_or_else(|| kind.message_type()),
        level,
        body: parsed.body.into(),
    })
}
