//! Reads the JSON that TwitchDownloader writes: `comments`, each with `content_offset_seconds`, `commenter`, `message`.
//!
//! Gifts are bits (`bits_spent`), notices whose `msg-id` or `msg_id` says so, and texts that cheer or report a gift, since
//! recordings hold nothing else of those.

use std::borrow::Cow;

use claque_document::diagnostic::Diagnostic;
use serde_json::Value;

use super::{ChatLayout, Sample, twitch_words};
use crate::recorded::clock::ChatUnit;
use crate::recorded::json::{self, JsonLists};
use crate::recorded::reading::{ChatReading, Found, Person, When};
use crate::recorded::stamp;
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "twitch-downloader",
    name: "TwitchDownloader JSON",
    looks: "an object with `comments`, each with `content_offset_seconds`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| {
        sample.has_keys(&["content_offset_seconds"])
            || (sample.has_keys(&["comments"]) && MARKS.into_iter().any(|mark| sample.has_keys(&[mark])))
            || is_empty(sample.text)
    },
    read,
};

/// Other keys of such a file, whether or not a message of it is whole: other programs write `comments`, too.
const MARKS: [&str; 5] = ["FileInfo", "streamer", "embeddedData", "emotes", "content_id"];

/// Whether there is a list of messages, with nothing in it.
fn is_empty(text: &str) -> bool {
    let list = json::list_of(text, "comments").and_then(|at| text.get(at..));
    text.starts_with('{') && list.is_some_and(|list| list.trim_start().starts_with(']'))
}

/// The name of a user whose account is gone.
const GONE: &str = "(gone)";

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let text = reading.text;
    let items: Box<dyn Iterator<Item = json::Item>> = match JsonLists::of(text, "comments") {
        Some(lists) => Box::new(lists),
        None => json::objects(text),
    };
    for item in items {
        let Some(value) = json::read(reading, &item) else { continue };
        let span = item.span.clone();
        let Some(offset) = json::micros(&value, &["content_offset_seconds"], 1_000_000) else {
            let said = json::text(&value, &["content_offset_seconds"]).unwrap_or_default();
            let message = || format!("`{said}` is no time");
            let help = "`content_offset_seconds` is a number of seconds";
            reading.lost("messages without a time", reading.within(&span, &said), message, help);
            continue;
        };
        let sent = json::text(&value, &["created_at"]).and_then(|word| stamp::date_time(&word));
        let Some(message) = json::at(&value, &["message"]) else {
            reading.lost("comments without a message", span, || "missing field `message`".to_owned(), "");
            continue;
        };
        let (kind, what) = kind(&value, message);
        let body =
            json::text(message, &["body"]).map_or_else(|| twitch_words::fragments(message), Cow::into_owned);
        reading.put(Found {
            // The date helps only where there is no span to go by.
            when: When { offset: Some(offset), epoch: sent.filter(|_| offset > 0) },
            who: commenter(&value),
            kind,
            message_type: None,
            level: None,
            what,
            body: body.into(),
            span,
        });
    }
    Ok(())
}

fn commenter<'t>(value: &Value) -> Person<'t> {
    let Some(who) = json::at(value, &["commenter"]) else {
        return Person::new(None, Some(Cow::Borrowed(GONE)));
    };
    let name = json::text(who, &["display_name"]).or_else(|| json::text(who, &["name"]));
    Person::new(json::text(who, &["_id"]).or_else(|| json::text(who, &["name"])), name)
}

/// Whether a message is a gift, and what makes it one.
fn kind(value: &Value, message: &Value) -> (MessageKind, &'static str) {
    // What the recorder kept comes before the words: a text may look like a cheer and be none.
    let bits = json::micros(message, &["bits_spent"], 1).unwrap_or(0);
    let notice = json::at(message, &["user_notice_params"]);
    let id =
        notice.and_then(|notice| json::text(notice, &["msg-id"]).or_else(|| json::text(notice, &["msg_id"])));
    let body = json::text(message, &["body"]).unwrap_or_default();
    let author = |key| json::text(value, &["commenter", key]);
    let (display, login) = (author("display_name"), author("name"));
    if bits > 0 {
        (MessageKind::Gift, "bits")
    } else if let Some(what) = id.and_then(|id| twitch_words::paid_notice(&id)) {
        (MessageKind::Gift, what)
    } else if twitch_words::cheers(&body) {
        (MessageKind::Gift, "cheers, known by their words")
    } else if twitch_words::gives(&body, &[display.as_deref(), login.as_deref()]) {
        (MessageKind::Gift, "gifts of subscriptions, known by their words")
    } else if twitch_words::subscribes(&body, &[display.as_deref(), login.as_deref()]) {
        (MessageKind::Gift, "subscriptions, known by their words")
    } else {
        (MessageKind::Comment, "comments")
    }
}
