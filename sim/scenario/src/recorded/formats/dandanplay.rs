//! Reads dandanplay JSON: `{"count": …, "comments": [{"cid": …, "p": "seconds,mode,colour,user", "m": "text"}]}`.

use std::borrow::Cow;

use claque_document::diagnostic::Diagnostic;

use super::{ChatLayout, Sample};
use crate::recorded::clock::ChatUnit;
use crate::recorded::reading::{ChatReading, Found, Person, When};
use crate::recorded::{decimal, json};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "dandanplay",
    name: "dandanplay JSON",
    looks: "an object with `comments` of `p` and `m`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| sample.has_keys(&["p", "m"]),
    read,
};

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let text = reading.text;
    let items: Box<dyn Iterator<Item = json::Item>> = match json::JsonLists::of(text, "comments") {
        Some(lists) => Box::new(lists),
        None => json::objects(text),
    };
    for item in items {
        let Some(value) = json::read(reading, &item) else { continue };
        let fields = json::text(&value, &["p"]).unwrap_or_default();
        let fields: Vec<&str> = fields.split(',').map(str::trim).collect();
        let offset = fields.first().and_then(|word| decimal::micros(word, 1_000_000));
        let Some(offset) = offset else {
            let message = || "`p` does not begin with a number of seconds".to_owned();
            reading.lost(
                "messages without a time",
                item.span,
                message,
                "`p` is: seconds, mode, colour, user",
            );
            continue;
        };
        // Comments that were taken over from a danmaku XML as they stood keep its eight fields.
        let user = fields.get(if fields.len() >= 7 { 6 } else { 3 });
        // A source in brackets, with nothing behind it, names nobody.
        let user = user.filter(|user| !(user.starts_with('[') && user.ends_with(']')));
        let user = user.map(|user| Cow::Owned((*user).to_owned()));
        reading.put(Found {
            when: When::offset(offset),
            who: Person::new(user, None),
            kind: MessageKind::Comment,
            message_type: None,
            level: None,
            what: "comments",
            body: json::text(&value, &["m"]).unwrap_or_default().into(),
            span: item.span,
        });
    }
    Ok(())
}
