//! Reads the JSON of chat-downloader: a list, or a line, of messages with `author`, `message`, `time_in_seconds`.
//!
//! `timestamp` counts microseconds since 1970. Tickers say again what was said already.

use std::borrow::Cow;

use claque_document::diagnostic::Diagnostic;
use serde_json::Value;

use super::{ChatLayout, Sample, twitch_words};
use crate::recorded::clock::ChatUnit;
use crate::recorded::json::{self, Item};
use crate::recorded::reading::{ChatReading, Found, Person, When, shown};
use crate::recorded::stamp;
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "chat-downloader",
    name: "chat-downloader JSON",
    looks: "messages with `author` and `time_in_seconds` or `timestamp`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| {
        sample.has_keys(&["time_in_seconds"])
            || sample.has_keys(&["author", "timestamp", "message"])
            || sample.has_keys(&["author", "time_text", "message"])
    },
    read,
};

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    for item in json::objects(reading.text) {
        if let Some(value) = json::read(reading, &item) {
            one(reading, &item, &value);
        }
    }
    Ok(())
}

fn one(reading: &mut ChatReading<'_>, item: &Item, value: &Value) {
    let message_type = json::text(value, &["message_type"]).unwrap_or(Cow::Borrowed("text_message"));
    let body = json::text(value, &["message"]).unwrap_or_default();
    let Some((kind, what)) = kind(value, &message_type, &body) else {
        return reading.unread(format!("messages of type `{}`", shown(&message_type)), item.span.start);
    };
    let clock = || json::text(value, &["time_text"]).and_then(|word| stamp::time_of_day(&word));
    // A fraction of a second only in the first; `time_text` is for people.
    let offset = json::micros(value, &["time_in_seconds"], 1_000_000).or_else(clock);
    let sent = json::micros(value, &["timestamp"], 1);
    if offset.is_none() && sent.is_none() {
        let message = || "there is neither `time_in_seconds` nor `timestamp`".to_owned();
        return reading.lost("messages without a time", item.span.clone(), message, "");
    }
    let author = |key| json::text(value, &["author", key]);
    // Of what was bought the service says something where the buyer does not.
    let notice_text = || json::text(value, &["system_message"]).filter(|_| kind == MessageKind::Gift);
    let body = Some(body).filter(|body| !body.is_empty()).or_else(notice_text).unwrap_or_default();
    let paid = json::text(value, &["money", "text"]);
    let body = match paid {
        Some(paid) if body.is_empty() => paid.into_owned(),
        Some(paid) => format!("{paid}: {body}"),
        None => body.into_owned(),
    };
    reading.put(Found {
        when: When { offset, epoch: sent },
        who: Person::new(author("id"), author("display_name").or_else(|| author("name"))),
        kind,
        message_type: None,
        level: None,
        what,
        body: body.into(),
        span: item.span.clone(),
    });
}

/// The kind of a message; none where it is no part of the chat.
fn kind(value: &Value, word: &str, body: &str) -> Option<(MessageKind, &'static str)> {
    let gift = MessageKind::Gift;
    let said = json::at(value, &["author"]).is_some();
    let paid = json::at(value, &["money"]).is_some()
        || json::micros(value, &["bits"], 1).is_some_and(|bits| bits > 0);
    match word {
        "paid_message" => Some((gift, "super chats")),
        "paid_sticker" => Some((gift, "super stickers")),
        "membership_item" => Some((gift, "memberships")),
        // The receiver of another user's gift says nothing.
        "sponsorships_gift_redemption_announcement" => None,
        word if word.starts_with("ticker_") => None,
        word if word.contains("gift") || word.ends_with("pay_forward") => Some((gift, "gifts")),
        "subscription" | "resubscription" | "prime_paid_upgrade" | "extend_subscription" => {
            Some((gift, "subscriptions"))
        }
        "donation_announcement" | "charity_donation" => Some((gift, "donations")),
        "purchased_product_message" => Some((gift, "purchases")),
        // After the types that are known: of those the name says more than that money was involved.
        _ if paid => Some((gift, "messages paid for")),
        "text_message" | "highlighted_message" | "action" => {
            let author = |key| json::text(value, &["author", key]);
            let (display, name) = (author("display_name"), author("name"));
            // Twitch's messages have a display name, YouTube's have not; the words are Twitch's.
            if twitch_words::cheers(body) && json::at(value, &["author", "display_name"]).is_some() {
                Some((gift, "cheers, known by their words"))
            } else if twitch_words::gives(body, &[display.as_deref(), name.as_deref()]) {
                Some((gift, "gifts of subscriptions, known by their words"))
            } else {
                Some((MessageKind::Comment, "comments"))
            }
        }
        // A ban is no message.
        word if ["ban", "delet", "clear"].iter().any(|part| word.contains(part)) => None,
        "raid" | "ritual" | "announcement" => {
            Some((MessageKind::Comment, "notices with a text")).filter(|_| said && !body.is_empty())
        }
        // A type that is not known yet is read where somebody says something in it, since whatever can be read is
        // read.
        _ => Some((MessageKind::Comment, "messages of other types")).filter(|_| said && !body.is_empty()),
    }
}
