//! Reads text logs with a time before each line: Chatterino's, and those of other chat clients and downloaders.
//!
//! | line | read as |
//! |---|---|
//! | `[20:00:05] name: text`, `[2024-01-01 20:00:05 UTC] name: text` | a comment |
//! | `[20:00:05] <name> text`, `20:00:05 <name> text` | a comment |
//! | `# Start logging at 2024-01-01 20:00:00 CET` | the date of what follows |
//! | anything else with a time | a notice: a gift where its words say so, or else not part of the chat |
//!
//! Times of day go on after midnight.

use std::borrow::Cow;
use std::ops::Range;

use super::{Format, Sample, twitch_words};
use crate::diagnostic::Diagnostic;
use crate::recorded::clock::ChatUnit;
use crate::recorded::reading::{Found, Person, Reading, When};
use crate::recorded::stamp::{self, Stamp};
use crate::scenario::MessageKind;

pub(super) const FORMAT: Format = Format {
    id: "text-log",
    name: "text log",
    looks: "lines such as `[20:00:05] name: text`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| {
        let lines = sample.text.lines().filter(|line| !line.trim().is_empty()).take(50);
        let (all, timed) = lines
            .filter(|line| !line.starts_with('#'))
            .fold((0, 0), |(all, timed), line| (all + 1, timed + usize::from(split_time(line).is_some())));
        (timed > 0 && timed * 2 >= all) || sample.text.starts_with("# Start logging at")
    },
    read,
};

const DAY: i128 = 86_400_000_000;

/// The time before a line, and the line behind it.
fn split_time(line: &str) -> Option<(Stamp, &str)> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix('[') {
        let (word, rest) = rest.split_once(']')?;
        return Some((stamp::stamp(word)?, rest));
    }
    let (first, rest) = line.split_once(' ')?;
    if let Some(at) = stamp::time_of_day(first) {
        return Some((Stamp::OfDay(at), rest));
    }
    let (second, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let both = format!("{first} {second}");
    match (stamp::time_of_day(second), stamp::date_time(&both)) {
        (Some(_), Some(at)) => Some((Stamp::Date(at), rest)),
        _ => stamp::date_time(first)
            .filter(|_| first.len() > 10)
            .map(|at| (Stamp::Date(at), line.split_once(' ').map_or("", |(_, rest)| rest))),
    }
}

/// The date of lines that have only a time of day.
#[derive(Debug, Default)]
struct Calendar {
    /// The beginning of the day that a header names. Unit: microseconds since 1970.
    day: Option<i128>,
    /// Whole days that have passed since.
    passed: i128,
    last: i128,
}

impl Calendar {
    fn begin(&mut self, at: i128) {
        *self = Self { day: Some(at.div_euclid(DAY) * DAY), passed: 0, last: at.rem_euclid(DAY) };
    }

    /// A time of day that is long before the last one belongs to the next day.
    fn at(&mut self, of_day: i128) -> When {
        if of_day + DAY / 2 < self.last {
            self.passed += DAY;
        }
        self.last = of_day;
        match self.day {
            Some(day) => When::epoch(day + self.passed + of_day),
            None => When::offset(self.passed + of_day),
        }
    }
}

fn read(reading: &mut Reading<'_>) -> Result<(), Diagnostic> {
    let mut calendar = Calendar::default();
    let mut base = 0;
    for raw in reading.text.split_inclusive('\n') {
        let span = base..base + raw.trim_end().len();
        base += raw.len();
        let line = raw.trim();
        if let Some(header) = line.strip_prefix('#') {
            if let Some(at) =
                header.find("ogging at ").and_then(|at| stamp::date_time(header.get(at + 10..)?))
            {
                calendar.begin(at);
            }
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let Some((stamp, rest)) = split_time(line) else {
            let message = || "the line does not begin with a time".to_owned();
            reading.lost("lines without a time", span, message, "such as `[20:00:05] name: text`");
            continue;
        };
        let when = match stamp {
            Stamp::Date(at) => When::epoch(at),
            Stamp::OfDay(at) => calendar.at(at),
        };
        one(reading, when, rest.trim_start(), span);
    }
    // Times of day without a date count from the first, which need not be the beginning of a day.
    let least = reading.found.iter().filter_map(|found| found.when.offset).min().unwrap_or(0);
    if least > 3 * 3_600_000_000 {
        let shift = |offset: &mut i128| *offset -= least;
        reading.found.iter_mut().filter_map(|found| found.when.offset.as_mut()).for_each(shift);
        reading.told("times are times of a day: they count from the first");
    }
    Ok(())
}

fn one<'t>(reading: &mut Reading<'t>, when: When, line: &'t str, span: Range<usize>) {
    let (name, said) = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((name, said)) => (name.trim_start_matches(['@', '+', '%', '~', '&']), said.trim_start()),
        None => line
            .split_once(": ")
            .unwrap_or_else(|| line.strip_suffix(':').map_or(("", line), |name| (name, ""))),
    };
    // Chatterino writes a localised name, spaces and the login.
    let mut words = name.trim_start_matches('#').split_whitespace();
    let (first, count) = (words.clone().next().unwrap_or_default(), words.clone().count());
    let author = words.next_back().unwrap_or_default();
    let (kind, what, author) =
        if twitch_words::gives(line, &[Some(line.split_once(' ').map_or(line, |it| it.0))]) {
            (
                MessageKind::Gift,
                "gifts of subscriptions, known by their words",
                line.split_once(' ').map_or("", |it| it.0),
            )
        } else if (1..=3).contains(&count) && !first.is_empty() {
            if twitch_words::cheers(said) {
                (MessageKind::Gift, "cheers, known by their words", author)
            } else {
                (MessageKind::Comment, "comments", author)
            }
        } else {
            return reading.unread("notices of the log", span.start);
        };
    let body = if kind == MessageKind::Gift && count > 3 { line } else { said };
    reading.put(Found {
        when,
        who: Person::new(None, Some(Cow::Borrowed(author))),
        kind,
        message_type: None,
        level: None,
        what,
        body: body.into(),
        span,
    });
}
