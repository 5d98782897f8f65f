//! Reads raw IRC, as chat bots and loggers of Twitch keep it: `@tags :nick!user@host PRIVMSG #channel :text`.
//!
//! The time is in the tags (`tmi-sent-ts`, `rm-received-ts`, `time`), or else before the line. `USERNOTICE` is a gift
//! where its `msg-id` names something bought, and otherwise a comment if it has a text.

use std::borrow::Cow;
use std::ops::Range;

use claque_document::diagnostic::Diagnostic;

use super::{ChatLayout, Sample, twitch_words};
use crate::recorded::clock::ChatUnit;
use crate::recorded::reading::{ChatReading, Found, Person, When, shown};
use crate::recorded::{decimal, stamp};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "irc",
    name: "raw IRC",
    looks: "lines with ` PRIVMSG #channel :text`",
    unit: ChatUnit::Millis,
    claims: |sample: &Sample<'_>| {
        // XML and JSON may quote such a line in a message.
        !sample.text.starts_with(['<', '{'])
            && sample
                .text
                .lines()
                // A bot's log may begin with a long greeting of the server, which names no channel.
                .take(200)
                .any(|line| line.contains(" PRIVMSG #") || line.contains(" USERNOTICE #"))
    },
    read,
};

/// A line taken apart.
struct IrcLine<'t> {
    /// The text in front of the line proper.
    before: &'t str,
    tags: &'t str,
    prefix: &'t str,
    command: &'t str,
    /// The text behind ` :`.
    said: &'t str,
}

impl<'t> IrcLine<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let at = line.find(['@', ':']).filter(|at| line.get(*at..).is_some_and(|rest| rest.contains(' ')))?;
        // Times of day before the line hold colons, too: the line proper begins with tags or a prefix after a space.
        let begins = |at: &usize| *at == 0 || line.get(..*at).is_some_and(|before| before.ends_with(' '));
        let at = Some(at).filter(begins).or_else(|| {
            line.match_indices([' '])
                .map(|(space, _)| space + 1)
                .find(|at| line.get(*at..).is_some_and(|rest| rest.starts_with(['@', ':'])))
        })?;
        let (before, line) = line.split_at_checked(at)?;
        let (tags, line) = match line.strip_prefix('@') {
            Some(rest) => rest.split_once(' ')?,
            None => ("", line),
        };
        let (prefix, line) = match line.trim_start().strip_prefix(':') {
            Some(rest) => rest.split_once(' ')?,
            None => ("", line.trim_start()),
        };
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let said = rest.split_once(" :").map_or("", |(_, said)| said);
        Some(Self { before: before.trim(), tags, prefix, command, said })
    }

    fn tag(&self, name: &str) -> Option<Cow<'t, str>> {
        let found = self.tags.split(';').find_map(|tag| tag.strip_prefix(name)?.strip_prefix('='));
        found.filter(|value| !value.is_empty()).map(unescape)
    }

    fn when(&self) -> Option<When> {
        let millis = |name| self.tag(name).and_then(|word| decimal::micros(&word, 1_000));
        let date = || self.tag("time").and_then(|word| stamp::date_time(&word));
        // The service's own clock first. The clock of the program that received the line may be wrong.
        if let Some(sent) = millis("tmi-sent-ts").or_else(date).or_else(|| millis("rm-received-ts")) {
            return Some(When::epoch(sent));
        }
        let word = self.before.trim_matches(['[', ']', '<', '>', ' ', '-']);
        match stamp::stamp(word) {
            Some(stamp::ChatStamp::Date(at)) => Some(When::epoch(at)),
            Some(stamp::ChatStamp::OfDay(at)) => Some(When::offset(at)),
            None => {
                let number = decimal::micros(word, 1_000_000)?;
                // Milliseconds, read as seconds: no date of a chat has that many.
                Some(When::epoch(if number > 1_000_000_000_000_000_000 { number / 1_000 } else { number }))
            }
        }
    }
}

/// The value of a tag as it was before it was escaped.
fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        text.push(match (letter, (letter == '\\').then(|| letters.next()).flatten()) {
            ('\\', Some('s')) => ' ',
            ('\\', Some(':')) => ';',
            ('\\', Some('n' | 'r')) => '\n',
            ('\\', Some(other)) => other,
            (plain, _) => plain,
        });
    }
    Cow::Owned(text)
}

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let mut base = 0;
    for raw in reading.text.split_inclusive('\n') {
        let span = base..base + raw.trim_end().len();
        base += raw.len();
        let line = raw.trim_end();
        if line.is_empty() {
            continue;
        }
        if line.starts_with('#') {
            reading.unread("remarks of the log", span.start);
            continue;
        }
        match IrcLine::parse(line) {
            Some(line) => one(reading, &line, span),
            None => reading.unread("lines that are no IRC", span.start),
        }
    }
    Ok(())
}

fn one<'t>(reading: &mut ChatReading<'t>, line: &IrcLine<'t>, span: Range<usize>) {
    // A notice of another channel in a shared chat has its kind in a tag of its own.
    let notice = line.tag("source-msg-id").or_else(|| line.tag("msg-id")).unwrap_or_default();
    let gift = MessageKind::Gift;
    let (kind, what) = match (line.command, twitch_words::paid_notice(&notice)) {
        // What costs money outranks everything else that a line is.
        ("PRIVMSG", _) if line.tag("bits").is_some_and(|bits| bits != "0") => (gift, "bits"),
        ("PRIVMSG", _) if line.tag("pinned-chat-paid-amount").is_some() => (gift, "messages paid for"),
        ("PRIVMSG", _) => (MessageKind::Comment, "comments"),
        ("USERNOTICE", Some(what)) => (gift, what),
        ("USERNOTICE", None) if !line.said.is_empty() => (MessageKind::Comment, "notices with a text"),
        ("USERNOTICE", None) => {
            return reading.unread(format!("notices `{}` without a text", shown(&notice)), span.start);
        }
        (other, _) => {
            let what = if other.bytes().all(|byte| byte.is_ascii_digit()) { "numerics" } else { other };
            return reading.unread(format!("{} lines", shown(what)), span.start);
        }
    };
    let Some(when) = line.when() else {
        let message = || "neither a tag nor the beginning of the line has the time".to_owned();
        return reading.lost("messages without a time", span, message, "`tmi-sent-ts` is the tag that does");
    };
    let nick = line.prefix.split_once('!').map_or("", |(nick, _)| nick);
    let login = line.tag("login").unwrap_or(Cow::Borrowed(nick));
    let name = line.tag("display-name").or(Some(login)).filter(|name| !name.is_empty());
    // An action (`/me`) wraps its text in control characters.
    let said =
        line.said.strip_prefix("\u{1}ACTION ").map_or(line.said, |said| said.trim_end_matches('\u{1}'));
    let notice_text = || line.tag("system-msg").map_or_else(String::new, Cow::into_owned);
    let body = if said.is_empty() { notice_text() } else { said.to_owned() };
    reading.put(Found {
        when,
        who: Person::new(line.tag("user-id"), name),
        kind,
        message_type: None,
        level: None,
        what,
        body: body.into(),
        span,
    });
}
