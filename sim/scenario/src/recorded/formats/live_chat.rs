//! Reads the live chat of YouTube as yt-dlp writes it (`.live_chat.json`): an action on each line.
//!
//! A message from before the show has the offset 0, and is known by its date. Tickers repeat messages.

use std::borrow::Cow;
use std::collections::BTreeSet;

use claque_document::diagnostic::Diagnostic;
use serde_json::Value;

use super::{ChatLayout, Sample};
use crate::recorded::clock::ChatUnit;
use crate::recorded::json::{self, Item};
use crate::recorded::reading::{ChatReading, Found, Person, When, shown};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "youtube-live-chat",
    name: "YouTube live chat JSON",
    looks: "lines with `replayChatItemAction` or `addChatItemAction`",
    unit: ChatUnit::Millis,
    claims: |sample: &Sample<'_>| {
        sample.has_keys(&["replayChatItemAction"]) || sample.has_keys(&["addChatItemAction"])
    },
    read,
};

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let mut held = BTreeSet::new();
    for item in json::objects(reading.text) {
        let Some(value) = json::read(reading, &item) else { continue };
        // A page as the service answers it, or only its actions.
        let page = json::at(&value, &["continuationContents", "liveChatContinuation"]).unwrap_or(&value);
        match json::at(page, &["actions"]).and_then(Value::as_array) {
            Some(actions) => actions.iter().for_each(|action| line(reading, &mut held, &item, action)),
            None => line(reading, &mut held, &item, &value),
        }
    }
    Ok(())
}

/// Reads a line: an action, or actions at a time of the replay.
fn line(reading: &mut ChatReading<'_>, held: &mut BTreeSet<String>, item: &Item, value: &Value) {
    let replay = json::at(value, &["replayChatItemAction"]);
    let offset = |value: &Value| json::micros(value, &["videoOffsetTimeMsec"], 1_000);
    // The replay's own time where there is one. A page of the live chat has none.
    let offset = replay.and_then(offset).or_else(|| offset(value));
    match replay.and_then(|replay| json::at(replay, &["actions"])).and_then(Value::as_array) {
        Some(actions) => actions.iter().for_each(|action| act(reading, held, item, offset, action)),
        None => act(reading, held, item, offset, value),
    }
}

/// Reads an action. `held` are messages that wait for their release: a placeholder stands for them, and is replaced.
fn act(
    reading: &mut ChatReading<'_>,
    held: &mut BTreeSet<String>,
    item: &Item,
    offset: Option<i128>,
    action: &Value,
) {
    let kept = json::text(action, &["addChatItemAction", "item", "liveChatPlaceholderItemRenderer", "id"]);
    held.extend(kept.map(Cow::into_owned));
    let target = json::text(action, &["replaceChatItemAction", "targetItemId"]);
    // Only for a place that was kept: any other replacement is a new version of a message that was read already.
    let released = target.is_some_and(|target| held.remove(target.as_ref()));
    let replaced = json::at(action, &["replaceChatItemAction", "replacementItem"]).filter(|_| released);
    let renderer = json::at(action, &["addChatItemAction", "item"]).or(replaced).and_then(Value::as_object);
    let Some((name, renderer)) = renderer.and_then(|item| item.iter().next()) else {
        let other = action.as_object().and_then(|action| {
            action.keys().find(|key| key.ends_with("Action") || key.ends_with("Command")).cloned()
        });
        let what = other.unwrap_or_else(|| "lines without an action".to_owned());
        return reading.unread(shown(&what), item.span.start);
    };
    let gift = MessageKind::Gift;
    let (kind, what) = match name.as_str() {
        "liveChatTextMessageRenderer" => (MessageKind::Comment, "comments"),
        "liveChatPaidMessageRenderer" => (gift, "super chats"),
        "liveChatPaidStickerRenderer" => (gift, "super stickers"),
        "liveChatMembershipItemRenderer" => (gift, "memberships"),
        "liveChatSponsorshipsGiftPurchaseAnnouncementRenderer" => (gift, "gifts of memberships"),
        "liveChatDonationAnnouncementRenderer" => (gift, "donations"),
        "liveChatPurchasedProductMessageRenderer" => (gift, "purchases"),
        "giftMessageViewModel" => (gift, "gifts"),
        other => return reading.unread(shown(other), item.span.start),
    };
    let sent = json::micros(renderer, &["timestampUsec"], 1);
    if offset.is_none() && sent.is_none() {
        let message = || "there is neither `videoOffsetTimeMsec` nor `timestampUsec`".to_owned();
        return reading.lost("messages without a time", item.span.clone(), message, "");
    }
    // Of memberships that are given the author stands in a header, and nowhere else.
    let header = json::at(renderer, &["header", "liveChatSponsorshipsHeaderRenderer"]);
    let name =
        words(renderer, &["authorName"]).or_else(|| header.and_then(|header| words(header, &["authorName"])));
    reading.put(Found {
        when: When { offset, epoch: sent },
        who: Person::new(json::text(renderer, &["authorExternalChannelId"]), name.map(Cow::Owned)),
        kind,
        message_type: None,
        level: None,
        what,
        body: body(renderer, header).into(),
        span: item.span.clone(),
    });
}

/// The text of a message, with the amount that was paid.
fn body(renderer: &Value, header: Option<&Value>) -> String {
    let paid = words(renderer, &["purchaseAmountText"]);
    let said = words(renderer, &["message"])
        .or_else(|| words(renderer, &["text"]))
        .or_else(|| words(renderer, &["headerSubtext"]))
        .or_else(|| words(renderer, &["headerPrimaryText"]))
        .or_else(|| header.and_then(|header| words(header, &["primaryText"])));
    match (paid, said) {
        (Some(paid), Some(said)) => format!("{paid}: {said}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => String::new(),
    }
}

/// A text, which is simple or made of runs of text and emoji.
fn words(value: &Value, path: &[&str]) -> Option<String> {
    let value = json::at(value, path)?;
    if let Some(simple) = json::text(value, &["simpleText"]).or_else(|| json::text(value, &["content"])) {
        return Some(simple.into_owned());
    }
    let run = |run: &Value| {
        let emoji = || {
            let emoji = json::at(run, &["emoji"])?;
            let shortcut = emoji.get("shortcuts").and_then(|list| list.get(0)).and_then(Value::as_str);
            // A shortcut such as `:wave:` is what the viewer typed; an emoji's ID says nothing to a reader.
            shortcut.map(str::to_owned).or_else(|| json::text(emoji, &["emojiId"]).map(Cow::into_owned))
        };
        json::text(run, &["text"]).map(Cow::into_owned).or_else(emoji)
    };
    Some(json::at(value, &["runs"])?.as_array()?.iter().filter_map(run).collect())
}
