//! Reads Niconico XML: `<packet>` of `<chat vpos date date_usec user_id premium>text</chat>`.
//!
//! `vpos` counts hundredths of a second, and is negative before the beginning. Texts of the broadcaster or the service
//! that begin with `/` and letters are commands: `/gift` and `/nicoad` are gifts, the others are not part of the chat.
//! Of any other user they are texts, as are those of nothing but strokes.

use std::borrow::Cow;
use std::ops::Range;

use claque_document::diagnostic::Diagnostic;

use super::{ChatLayout, Sample};
use crate::recorded::clock::ChatUnit;
use crate::recorded::decimal;
use crate::recorded::reading::{ChatReading, Found, Person, When, shown};
use crate::recorded::xml::{ClosingTag, Tag, Tags};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "niconico",
    name: "Niconico XML",
    looks: "`<packet>` with `<chat …>`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| sample.has_tags(&["<chat ", "<packet"]),
    read,
};

const MESSAGES: &[&str] = &["chat"];

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let mut tags = Tags::new(reading.text, MESSAGES);
    while let Some(tag) = tags.next() {
        if tag.name != "chat" {
            continue;
        }
        let body = tags.body(&tag);
        if body.end == ClosingTag::File {
            tags.cut = Some(tag.span.start);
            break;
        }
        if body.end == ClosingTag::Missing || body.raw {
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

fn chat<'t>(reading: &mut ChatReading<'t>, tag: &Tag<'t>, body: String) {
    if tag.get("deleted").is_some_and(|deleted| deleted != "0") {
        return reading.unread("messages that were deleted", tag.span.start);
    }
    let fraction = tag.get("date_usec").and_then(|word| decimal::micros(&word, 1)).unwrap_or(0);
    let date = tag.get("date").and_then(|word| decimal::micros(&word, 1_000_000));
    let chat = Chat {
        when: When {
            offset: tag.get("vpos").and_then(|word| decimal::micros(&word, 10_000)),
            epoch: date.map(|date| date + fraction),
        },
        who: Person::new(tag.any(&["user_id"]), tag.any(&["name"])),
        by_service: tag.get("premium").is_some_and(|premium| is_service(&premium)),
        body,
        span: tag.span.clone(),
    };
    said(reading, chat);
}

/// Whether a number of `premium` is that of the broadcaster or the service.
pub(super) fn is_service(premium: &str) -> bool {
    // All have the bit of 2. A 1 is an ordinary viewer who pays.
    matches!(premium, "2" | "3" | "6" | "7")
}

/// A message, however it was written down.
pub(super) struct Chat<'t> {
    pub(super) when: When,
    pub(super) who: Person<'t>,
    /// Whether it is the broadcaster's or the service's.
    pub(super) by_service: bool,
    pub(super) body: String,
    pub(super) span: Range<usize>,
}

/// Takes a message, unless it is a command.
pub(super) fn said<'t>(reading: &mut ChatReading<'t>, chat: Chat<'t>) {
    if chat.when == When::default() {
        let message = || "there is neither `vpos` nor `date`".to_owned();
        return reading.lost("messages without a time", chat.span, message, "");
    }
    let words = words(&chat.body);
    let word = |at: usize| words.get(at).map_or("", Cow::as_ref);
    // A gift or an advertisement in its whole form is one, no matter which user it names.
    let numbered = word(2) == "NULL" || word(2).bytes().all(|byte| byte.is_ascii_digit());
    let gift = word(0) == "/gift" && (chat.by_service || (words.len() == 4 && numbered));
    let paid = word(0) == "/nicoad" && (chat.by_service || word(1).starts_with('{'));
    let is_command =
        word(0).strip_prefix('/').is_some_and(|name| name.starts_with(|it: char| it.is_ascii_lowercase()));
    let (kind, what, who) = if gift {
        let giver = Person::new(owned(words.get(2)).filter(|id| id != "NULL"), owned(words.get(3)));
        (MessageKind::Gift, "gifts", giver)
    } else if paid {
        (MessageKind::Gift, "advertisements paid for", chat.who)
    } else if is_command && chat.by_service {
        return reading.unread(format!("commands `{}`", shown(word(0))), chat.span.start);
    } else {
        (MessageKind::Comment, "comments", chat.who)
    };
    let body = chat.body.into();
    let (message_type, level) = (None, None);
    reading.put(Found { when: chat.when, who, kind, message_type, level, what, body, span: chat.span });
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
    // Four are all that tells a gift and its giver. The text itself is kept as it is.
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
