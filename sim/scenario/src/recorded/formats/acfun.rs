//! Reads AcFun JSON, old and new: `{"danmakus": [{"position": milliseconds, "userId": …, "body": …}]}`, and lists
//! of `{"c": "seconds,colour,mode,size,user,unix time,id", "m": "text"}`, which may lie in lists of their own.

use std::borrow::Cow;

use claque_document::diagnostic::Diagnostic;
use serde_json::Value;

use super::{ChatLayout, Sample};
use crate::recorded::clock::ChatUnit;
use crate::recorded::decimal;
use crate::recorded::json::{self, Item, Items, JsonLists};
use crate::recorded::reading::{ChatReading, Found, Person, When};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "acfun",
    name: "AcFun JSON",
    looks: "an object with `danmakus`, or a list of `c` and `m`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| {
        sample.has_keys(&["danmakus"])
            || sample.has_keys(&["position", "body"])
            || sample.has_keys(&["c", "m"])
    },
    read,
};

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let text = reading.text;
    if let Some(items) = JsonLists::of(text, "danmakus") {
        items.for_each(|item| one(reading, &item));
        return Ok(());
    }
    for item in json::objects(text) {
        let inner = text.get(item.span.clone()).unwrap_or_default();
        if inner.starts_with('[') {
            for part in Items::from(text.get(..item.span.end).unwrap_or(text), item.span.start + 1) {
                one(reading, &part);
            }
        } else {
            one(reading, &item);
        }
    }
    Ok(())
}

fn one(reading: &mut ChatReading<'_>, item: &Item) {
    let Some(value) = json::read(reading, item) else { return };
    let message = if json::at(&value, &["c"]).is_some() { old(&value) } else { new(&value) };
    match message {
        Some((when, who, body)) => reading.put(Found {
            when,
            who,
            kind: MessageKind::Comment,
            message_type: None,
            level: None,
            what: "comments",
            body,
            span: item.span.clone(),
        }),
        None => {
            let message = || "there is neither `position` nor a `c` that begins with seconds".to_owned();
            reading.lost("messages without a time", item.span.clone(), message, "");
        }
    }
}

type AcfunMessage<'t> = (When, Person<'t>, Box<str>);

fn new<'t>(value: &Value) -> Option<AcfunMessage<'t>> {
    let offset = json::micros(value, &["position"], 1_000)?;
    let who = Person::new(json::text(value, &["userId"]), json::text(value, &["userName"]));
    Some((When::offset(offset), who, json::text(value, &["body"]).unwrap_or_default().into()))
}

fn old<'t>(value: &Value) -> Option<AcfunMessage<'t>> {
    let fields = json::text(value, &["c"])?;
    let mut fields = fields.split(',');
    let offset = decimal::micros(fields.next()?, 1_000_000)?;
    let user = fields.nth(3).map(|user| Cow::Owned(user.to_owned()));
    Some((
        When::offset(offset),
        Person::new(user, None),
        json::text(value, &["m"]).unwrap_or_default().into(),
    ))
}
