//! Reads the JSON of Niconico, old and new: `{"chat": {"vpos": …, "date": …, "user_id": …, "content": …}}` in a
//! list, on lines or in `packet`, and `comments` of `{"vposMs": …, "userId": …, "body": …, "postedAt": …}`.
//!
//! Texts are read as in the XML.

use claque_document::diagnostic::Diagnostic;
use serde_json::Value;

use super::niconico::{self, Chat};
use super::{ChatLayout, Sample};
use crate::recorded::clock::ChatUnit;
use crate::recorded::json::{self, Item, JsonLists};
use crate::recorded::reading::{ChatReading, Person, When, shown};
use crate::recorded::stamp;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "niconico-json",
    name: "Niconico JSON",
    looks: "`chat` with `vpos`, or `comments` with `vposMs`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| {
        sample.has_keys(&["vposMs"])
            || sample.has_keys(&["chat", "vpos"])
            || sample.has_keys(&["chat", "date", "content"])
    },
    read,
};

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let text = reading.text;
    // `comments` first: an answer of the newer kind has a list of them in each of its threads.
    let lists = JsonLists::of(text, "comments").or_else(|| JsonLists::of(text, "packet"));
    let items: Box<dyn Iterator<Item = Item>> = match lists {
        Some(lists) => Box::new(lists),
        None => json::objects(text),
    };
    for item in items {
        let Some(value) = json::read(reading, &item) else { continue };
        if let Some(chat) = json::at(&value, &["chat"]) {
            old(reading, &item, chat);
        } else if value.get("vposMs").is_some() || value.get("body").is_some() {
            new(reading, &item, &value);
        } else {
            let key = value.as_object().and_then(|value| value.keys().next().cloned()).unwrap_or_default();
            reading.unread(format!("items `{}`", shown(&key)), item.span.start);
        }
    }
    Ok(())
}

fn old(reading: &mut ChatReading<'_>, item: &Item, chat: &Value) {
    if json::text(chat, &["deleted"]).is_some_and(|deleted| deleted != "0") {
        return reading.unread("messages that were deleted", item.span.start);
    }
    let date = json::micros(chat, &["date"], 1_000_000);
    let fraction = json::micros(chat, &["date_usec"], 1).unwrap_or(0);
    let read = Chat {
        when: When { offset: json::micros(chat, &["vpos"], 10_000), epoch: date.map(|date| date + fraction) },
        who: Person::new(json::text(chat, &["user_id"]), json::text(chat, &["name"])),
        by_service: json::text(chat, &["premium"]).is_some_and(|premium| niconico::is_service(&premium)),
        body: json::text(chat, &["content"]).unwrap_or_default().into_owned(),
        span: item.span.clone(),
    };
    niconico::said(reading, read);
}

fn new(reading: &mut ChatReading<'_>, item: &Item, value: &Value) {
    // Of a video's comments the date is when somebody wrote them, whenever in the video that was.
    let offset = json::micros(value, &["vposMs"], 1_000);
    let posted = || json::text(value, &["postedAt"]).and_then(|word| stamp::date_time(&word));
    let read = Chat {
        when: When { offset, epoch: if offset.is_none() { posted() } else { None } },
        who: Person::new(json::text(value, &["userId"]), None),
        by_service: false,
        body: json::text(value, &["body"]).unwrap_or_default().into_owned(),
        span: item.span.clone(),
    };
    niconico::said(reading, read);
}
