//! Reads Bilibili danmaku XML: of videos, of their history, and of live rooms as recorders write it.
//!
//! | element | written by | read as |
//! |---|---|---|
//! | `<d p="seconds,mode,size,colour,unix time,pool,user hash,row">` | everybody | a comment |
//! | `<d p="id,attributes,milliseconds,mode,size,colour,unix time,[pool,]user hash">` | the history, version 2.0 | a comment |
//! | `<gift>` `<guard>` `<sc>` `<toast>`, with `ts` | recorders of live rooms | a gift |
//! | `<s type="gift\|super_chat\|guard_buy">`, with `timestamp` | biliup | a gift |
//!
//! The number of gifts stands in `giftcount`, `num` or `count`.

use std::borrow::Cow;

use claque_document::diagnostic::Diagnostic;

use super::{ChatLayout, Sample};
use crate::recorded::clock::ChatUnit;
use crate::recorded::decimal;
use crate::recorded::reading::{ChatReading, Found, Person, When, shown};
use crate::recorded::stamp;
use crate::recorded::xml::{ClosingTag, Tag, Tags};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "danmaku",
    name: "danmaku XML",
    looks: "`<i>` with `<d p=…>`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| {
        sample.has_tags(&[
            "<i>",
            "<i ",
            "<d p",
            "<gift ",
            "<sc ",
            "<guard ",
            "<toast ",
            "<s timestamp",
            "<s type",
        ])
    },
    read,
};

const SECOND: u64 = 1_000_000;
/// The elements that are messages.
const MESSAGES: &[&str] = &["d", "gift", "guard", "sc", "toast", "s"];

/// An element that is a message.
#[derive(Clone, Copy)]
enum DanmakuElement {
    /// `<d>`: a comment.
    Comment,
    /// An element of its own for what was bought.
    Paid(PaidElement),
    /// `<s>`: what was bought, by biliup; its attribute `type` says what.
    Shop,
}

#[derive(Clone, Copy)]
enum PaidElement {
    Gift,
    Guard,
    SuperChat,
    Toast,
}

impl DanmakuElement {
    fn of(tag: &str) -> Option<Self> {
        match tag {
            "d" => Some(Self::Comment),
            "gift" => Some(Self::Paid(PaidElement::Gift)),
            "guard" => Some(Self::Paid(PaidElement::Guard)),
            "s" => Some(Self::Shop),
            "sc" => Some(Self::Paid(PaidElement::SuperChat)),
            "toast" => Some(Self::Paid(PaidElement::Toast)),
            _ => None,
        }
    }
}
/// Numbers of seconds since 1970 that a recorder may have written: from 2001 on.
// Ten digits of seconds, exactly: with a factor of a thousand between the units no number is a date in two of them.
const DATES: std::ops::Range<i128> = 1_000_000_000..10_000_000_000;

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let mut tags = Tags::new(reading.text, MESSAGES);
    let mut history = false;
    while let Some(tag) = tags.next() {
        if tag.name == "i" {
            // The root says which of the two orders the fields of `p` have; the fields alone often allow both.
            history = tag.get("version").is_some_and(|version| version.starts_with('2'));
        }
        let Some(element) = DanmakuElement::of(tag.name) else {
            beside(reading, &mut tags, &tag);
            continue;
        };
        let body = tags.body(&tag);
        if body.end == ClosingTag::File {
            // Its text may be half of what was said.
            tags.cut = Some(tag.span.start);
            break;
        }
        let help = "write `<` as `&lt;`, and end each element";
        if body.end == ClosingTag::Missing {
            let message = || format!("<{}> has no end tag", tag.name);
            reading.mended("messages without an end tag", tag.span.clone(), message, help);
        } else if body.raw {
            let message = || "a raw `<` in a text".to_owned();
            reading.mended("texts with a raw `<`", tag.span.clone(), message, help);
        }
        match element {
            DanmakuElement::Comment => comment(reading, &tag, body.text, history),
            DanmakuElement::Paid(paid) => gift(reading, &tag, paid, body.text),
            DanmakuElement::Shop => shop(reading, &tag, body.text),
        }
    }
    // One note for a file that ends too early: inside of a message, or only before the end of the root.
    if tags.cut.is_some() {
        reading.cut_off();
    } else if !reading.text.trim_end().ends_with('>') || !reading.text.contains("</i>") {
        let end = reading.text.trim_end().len();
        let message = || "the file ends without `</i>`".to_owned();
        reading.mended(
            "files that are cut off",
            end..end,
            message,
            "is the file whole? what is there is read",
        );
    }
    Ok(())
}

/// An element that is no message: it may hold the time at which the recording began.
fn beside<'t>(reading: &mut ChatReading<'t>, tags: &mut Tags<'t>, tag: &Tag<'t>) {
    let began = match tag.name {
        "video_start_time" | "record_start_time" | "start_time" => {
            let text = tags.body(tag).text;
            date_of(&text).or_else(|| stamp::date_time(&text))
        }
        _ => tag.get("start_time").and_then(|word| stamp::date_time(&word)),
    };
    reading.began = reading.began.or(began);
    // Only what has a time happened in the chat. Recorders write a dozen elements about themselves.
    if tag.get("ts").is_some() || tag.get("timestamp").is_some() {
        reading.unread(format!("elements <{}>", shown(tag.name)), tag.span.start);
    }
}

/// A number that is a date, in whichever unit: microseconds since 1970.
fn date_of(word: &str) -> Option<i128> {
    let value = decimal::micros(word, SECOND)?;
    [1, 1_000, 1_000_000, 1_000_000_000]
        .into_iter()
        .map(|scale| value / scale)
        .find(|micros| DATES.contains(&(micros / 1_000_000)))
}

/// The fields of the attribute `p` that are read.
struct DanmakuFields<'v> {
    /// Unit: microseconds.
    offset: i128,
    sent: Option<i128>,
    user: Option<&'v str>,
}

/// The fault of a `p` that cannot be read.
enum BadDanmaku {
    Few(usize),
    Comma,
    Number(&'static str, String),
}

fn fields(value: &str, history: bool) -> Result<DanmakuFields<'_>, BadDanmaku> {
    let all: Vec<&str> = value.split(',').map(str::trim).collect();
    let field = |at: usize| all.get(at).copied().unwrap_or_default();
    let dated = |at: usize| date_of(field(at)).is_some();
    // A mode is a small number and a colour is not: this tells the order of the fields.
    let mode = |at: usize| field(at).parse::<u8>().is_ok_and(|mode| mode < 20);
    if all.len() < 4 {
        return Err(BadDanmaku::Few(all.len()));
    }
    // A comma in the seconds shifts every field behind it by one.
    if all.len() >= 9 && dated(5) && !dated(4) && mode(2) {
        return Err(BadDanmaku::Comma);
    }
    // Where no root says so: a whole number beyond two days of seconds is an ID.
    let far = || field(0).parse::<u64>().is_ok_and(|id| id > 172_800);
    let second = mode(3) && dated(6) && !dated(4) && (history || far());
    // The pool, where it is given, stands before the user.
    let by = if all.len() >= 9 { 8 } else { 7 };
    let (at, unit, sent, user) = if second { (2, 1_000, 6, by) } else { (0, SECOND, 4, 6) };
    let offset =
        decimal::micros(field(at), unit).ok_or_else(|| BadDanmaku::Number("time", field(at).to_owned()))?;
    if !second && !mode(1) {
        return Err(BadDanmaku::Number("mode", field(1).to_owned()));
    }
    if !second && !field(sent).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(BadDanmaku::Number("UNIX time", field(sent).to_owned()));
    }
    Ok(DanmakuFields {
        offset,
        sent: date_of(field(sent)),
        user: all.get(user).copied().filter(|user| !user.is_empty()),
    })
}

fn comment<'t>(reading: &mut ChatReading<'t>, tag: &Tag<'t>, body: String, history: bool) {
    let span = tag.span.clone();
    let Some(value) = tag.get("p") else {
        let message = || "<d> has no attribute `p`".to_owned();
        return reading.lost("messages without `p`", reading.within(&span, "d"), message, "");
    };
    let place = |reading: &ChatReading<'_>, word: &str| reading.within(&span, word);
    let fields = match fields(&value, history) {
        Ok(fields) => fields,
        Err(BadDanmaku::Few(count)) => {
            let message = || format!("`p` has {count} fields, expected at least 8");
            let help = "they are: seconds, mode, size, colour, UNIX time, pool, user hash, row";
            return reading.lost(
                "messages with too few fields in `p`",
                place(reading, &value),
                message,
                help,
            );
        }
        Err(BadDanmaku::Comma) => {
            let message = || "the time in `p` has a decimal comma, which shifts every field".to_owned();
            let help = "write the seconds with a point, such as 1.5";
            return reading.lost("times with a decimal comma", place(reading, &value), message, help);
        }
        Err(BadDanmaku::Number(what, word)) => {
            let message = || format!("the {what} `{}` is no number", shown(&word));
            let help = "the time is a number of seconds, such as 12.9";
            return reading.lost(
                "messages with a word for a number in `p`",
                place(reading, &value),
                message,
                help,
            );
        }
    };
    if fields.user.is_none() && tag.any(&["uid", "user", "username"]).is_none() {
        let message = || "this message names no author".to_owned();
        reading.mended(
            "messages without an author",
            place(reading, &value),
            message,
            "all of them count as one person's",
        );
    }
    // Of a video's comments the date is when somebody wrote them, whenever in the video that was.
    let live = ["user", "uid", "timestamp", "raw", "username"].iter().any(|name| tag.get(name).is_some());
    let sent = tag.get("timestamp").and_then(|word| date_of(&word)).or(fields.sent).filter(|_| live);
    let who = person(tag).or_hash(fields.user.map(|user| Cow::Owned(user.to_owned())));
    let when = When { offset: Some(fields.offset), epoch: sent };
    reading.put(found(MessageKind::Comment, "comments", when, who, body, tag));
}

fn found<'t>(
    kind: MessageKind,
    what: &'static str,
    when: When,
    who: Person<'t>,
    body: String,
    tag: &Tag<'t>,
) -> Found<'t> {
    Found {
        when,
        who,
        kind,
        message_type: None,
        level: None,
        what,
        body: body.into(),
        span: tag.span.clone(),
    }
}

fn person<'t>(tag: &Tag<'t>) -> Person<'t> {
    Person::new(tag.any(&["uid", "user_id", "userid"]), tag.any(&["user", "username", "uname"]))
}

/// The time of an element beside the comments: `ts` counts from the beginning, `timestamp` from 1970.
fn moment(reading: &mut ChatReading<'_>, tag: &Tag<'_>) -> Option<When> {
    let Some(word) = tag.any(&["ts", "timestamp"]) else {
        let message = || format!("<{}> has no attribute `ts`", tag.name);
        reading.lost("gifts without a time", reading.within(&tag.span, tag.name), message, "");
        return None;
    };
    // A `ts` that looks like a date is left to the settling of times, which knows when the recording began.
    let dated = tag.get("ts").is_none();
    let when = match date_of(&word) {
        Some(date) if dated => Some(When::epoch(date)),
        _ => decimal::micros(&word, SECOND).map(When::offset),
    };
    if when.is_none() {
        let message = || format!("`{}` is no time", shown(&word));
        let help = "the time is a number of seconds, such as 12.9";
        reading.lost("gifts whose time is no number", reading.within(&tag.span, &word), message, help);
    }
    when
}

fn times(tag: &Tag<'_>) -> Cow<'static, str> {
    let count = tag.any(&["giftcount", "num", "count"]);
    count.map_or(Cow::Borrowed("1"), |count| Cow::Owned(count.into_owned()))
}

fn gift<'t>(reading: &mut ChatReading<'t>, tag: &Tag<'t>, paid: PaidElement, body: String) {
    let Some(when) = moment(reading, tag) else { return };
    let (what, called) = match paid {
        PaidElement::Gift => ("gifts", "gift"),
        PaidElement::Guard => ("guards", "guard"),
        PaidElement::SuperChat => ("super chats", "sc"),
        PaidElement::Toast => ("toasts of guards", "toast"),
    };
    let name = tag.any(&["giftname", "gift_name", "role_name"]).unwrap_or(Cow::Borrowed(called));
    // The body is all that a replay sends of it: without words of its own it says what was given.
    let body = if body.trim().is_empty() { format!("{name} x{}", times(tag)) } else { body };
    reading.put(found(MessageKind::Gift, what, when, person(tag), body, tag));
}

/// Reads biliup's element for everything that costs something.
fn shop<'t>(reading: &mut ChatReading<'t>, tag: &Tag<'t>, body: String) {
    let kind = tag.get("type").unwrap_or_default();
    let what = match kind.as_ref() {
        "gift" => "gifts",
        "super_chat" => "super chats",
        "guard_buy" => "guards",
        other => {
            return reading.unread(format!("elements <s> of type `{}`", shown(other)), tag.span.start);
        }
    };
    let Some(when) = moment(reading, tag) else { return };
    let name = tag.any(&["giftname"]).unwrap_or(Cow::Borrowed(what));
    let body = if body.trim().is_empty() { format!("{name} x{}", times(tag)) } else { body };
    reading.put(found(MessageKind::Gift, what, when, person(tag), body, tag));
}

#[cfg(test)]
mod tests {
    use super::{DanmakuElement, MESSAGES};

    #[test]
    fn every_element_that_ends_a_text_is_read_as_a_message() {
        for name in MESSAGES {
            assert!(DanmakuElement::of(name).is_some(), "{name}");
        }
    }
}
