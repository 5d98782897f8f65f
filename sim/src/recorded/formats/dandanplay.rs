//! Reads dandanplay JSON: `{"count": …, "comments": [{"cid": …, "p": "seconds,mode,colour,user", "m": "text"}]}`.

use std::borrow::Cow;

use super::{Format, Sample};
use crate::diagnostic::Diagnostic;
use crate::recorded::clock::ChatUnit;
use crate::recorded::reading::{Found, Person, Reading, When};
use crate::recorded::{decimal, json};
use crate::scenario::MessageKind;

pub(super) const FORMAT: Format = Format {
    id: "dandanplay",
    name: "dandanplay JSON",
    looks: "an object with `comments` of `p` and `m`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| sample.has_keys(&["p", "m"]),
    read,
};

fn read(reading: &mut Reading<'_>) -> Result<(), Diagnostic> {
    let text = reading.text;
    let from = json::list_of(text, "comments");
    let items: Box<dyn Iterator<Item = json::Item>> = match from {
        Some(at) => Box::new(json::Items::from(text, at)),
        None => json::objects(text),
    };
    for item in items {
        let Some(value) = json::read(reading, &item) else { continue };
        let fields = json::text(&value, &["p"]).unwrap_or_default();
        let mut fields = fields.split(',');
        let offset = fields.next().and_then(|word| decimal::micros(word, 1_000_000));
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
        let user = fields.nth(2).map(|user| Cow::Owned(user.trim().to_owned()));
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
