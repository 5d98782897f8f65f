//! Reads the JSON of twitch-dl, which keeps the names of Twitch's own interface: `comments`, or edges with a `node`,
//! each with `contentOffsetSeconds`, `commenter` and `message.fragments`.

use std::borrow::Cow;

use claque_document::diagnostic::Diagnostic;
use serde_json::Value;

use super::{ChatLayout, Sample, twitch_words};
use crate::recorded::clock::ChatUnit;
use crate::recorded::json::{self, JsonLists};
use crate::recorded::reading::{ChatReading, Found, Person, When};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "twitch-dl",
    name: "twitch-dl JSON",
    looks: "`comments`, each with `contentOffsetSeconds`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| sample.has_keys(&["contentOffsetSeconds"]),
    read,
};

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let text = reading.text;
    // Without either name the file is a list of the items themselves.
    let lists = JsonLists::of(text, "comments").or_else(|| JsonLists::of(text, "edges"));
    let items: Box<dyn Iterator<Item = json::Item>> = match lists {
        Some(lists) => Box::new(lists),
        None => json::objects(text),
    };
    for item in items {
        let Some(value) = json::read(reading, &item) else { continue };
        let value = json::at(&value, &["node"]).unwrap_or(&value);
        let Some(offset) = json::micros(value, &["contentOffsetSeconds"], 1_000_000) else {
            let message = || "there is no number in `contentOffsetSeconds`".to_owned();
            reading.lost("messages without a time", item.span, message, "");
            continue;
        };
        let login = json::text(value, &["commenter", "login"]);
        let display = json::text(value, &["commenter", "displayName"]).or_else(|| login.clone());
        let message = json::at(value, &["message"]).unwrap_or(&Value::Null);
        let body = twitch_words::fragments(message);
        // This recorder keeps neither bits nor the kind of a notice.
        let (kind, what) = if twitch_words::cheers(&body) {
            (MessageKind::Gift, "cheers, known by their words")
        } else if twitch_words::gives(&body, &[display.as_deref(), login.as_deref()]) {
            (MessageKind::Gift, "gifts of subscriptions, known by their words")
        } else if twitch_words::subscribes(&body, &[display.as_deref(), login.as_deref()]) {
            (MessageKind::Gift, "subscriptions, known by their words")
        } else {
            (MessageKind::Comment, "comments")
        };
        // A deleted account has no commenter. All of them are one user, as nothing tells them apart.
        let gone = || Some(Cow::Borrowed("(gone)"));
        reading.put(Found {
            when: When::offset(offset),
            who: Person::new(json::text(value, &["commenter", "id"]), display.or_else(gone)),
            kind,
            message_type: None,
            level: None,
            what,
            body: body.into(),
            span: item.span,
        });
    }
    Ok(())
}
