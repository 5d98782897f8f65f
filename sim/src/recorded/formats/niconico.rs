//! Reads Niconico XML: `<packet>` of `<chat vpos date date_usec user_id premium>text</chat>`.
//!
//! `vpos` counts hundredths of a second, and is negative before the beginning. Texts that begin with `/` are commands of
//! the broadcaster or the service: `/gift` and `/nicoad` are gifts, the others are not part of the chat.

use std::borrow::Cow;

use super::{Format, Sample};
use crate::diagnostic::Diagnostic;
use crate::recorded::clock::ChatUnit;
use crate::recorded::decimal;
use crate::recorded::reading::{Found, Person, Reading, When, shown};
use crate::recorded::xml::{End, Tag, Tags};
use crate::scenario::MessageKind;

pub(super) const FORMAT: Format = Format {
    id: "niconico",
    name: "Niconico XML",
    looks: "`<packet>` with `<chat …>`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| sample.has_tags(&["<chat ", "<packet"]),
    read,
};

const MESSAGES: &[&str] = &["chat"];

fn read(reading: &mut Reading<'_>) -> Result<(), Diagnostic> {
    let mut tags = Tags::new(reading.text, MESSAGES);
    while let Some(tag) = tags.next() {
        if tag.name != "chat" {
            continue;
        }
        let body = tags.body(&tag);
        if body.end == End::File {
            tags.cut = Some(tag.span.start);
            break;
        }
        if body.end == End::Missing || body.raw {
            let message = || "a raw `<` in a text, or a missing end tag".to_owned();
            reading.mended(
                "messages that are not well-formed",
                tag.span.clone(),
                message,
                "write `<` as `&lt;`",
            );
        }
        chat(reading, &tag, body.text);
    }
    if tags.cut.is_some() {
        reading.cut_off();
    }
    Ok(())
}

fn chat<'t>(reading: &mut Reading<'t>, tag: &Tag<'t>, body: String) {
    if tag.get("deleted").is_some_and(|deleted| deleted != "0") {
        return reading.unread("messages that were deleted", tag.span.start);
    }
    let offset = tag.get("vpos").and_then(|word| decimal::micros(&word, 10_000));
    let date = tag.get("date").and_then(|word| decimal::micros(&word, 1_000_000));
    let fraction = tag.get("date_usec").and_then(|word| decimal::micros(&word, 1)).unwrap_or(0);
    let when = When { offset, epoch: date.map(|date| date + fraction) };
    if when == When::default() {
        let message = || "<chat> has neither `vpos` nor `date`".to_owned();
        return reading.lost("messages without a time", tag.span.clone(), message, "");
    }
    let who = Person::new(tag.any(&["user_id"]), tag.any(&["name"]));
    let mut found = Found {
        when,
        who,
        kind: MessageKind::Comment,
        message_type: None,
        level: None,
        what: "comments",
        body: Box::default(),
        span: tag.span.clone(),
    };
    let by_service =
        tag.get("premium").is_some_and(|premium| matches!(premium.as_ref(), "2" | "3" | "6" | "7"));
    let words = words(&body);
    match words.first().map(Cow::as_ref) {
        Some("/gift") => {
            found.who = Person::new(owned(words.get(2)).filter(|id| id != "NULL"), owned(words.get(3)));
            (found.kind, found.what) = (MessageKind::Gift, "gifts");
        }
        Some("/nicoad") => (found.kind, found.what) = (MessageKind::Gift, "advertisements paid for"),
        Some(command) if command.starts_with('/') && (by_service || command.len() > 2) => {
            return reading.unread(format!("commands `{}`", shown(command)), tag.span.start);
        }
        _ => {}
    }
    found.body = body.into();
    reading.put(found);
}

fn owned<'t>(word: Option<&Cow<'_, str>>) -> Option<Cow<'t, str>> {
    word.map(|word| Cow::Owned(word.to_string()))
}

/// The first words of a command; quotes keep words together.
fn words(body: &str) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    if !body.starts_with('/') {
        return words;
    }
    let mut rest = body.trim_start();
    while !rest.is_empty() && words.len() < 4 {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(Cow::Borrowed(word));
        rest = after.trim_start();
    }
    words
}
