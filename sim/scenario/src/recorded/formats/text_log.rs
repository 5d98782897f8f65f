//! Reads text logs with a time before each line: Chatterino's, and those of other chat clients and downloaders.
//!
//! | line | read as |
//! |---|---|
//! | `[20:00:05] …`, `[2024-01-01 20:00:05 UTC] …`, `20:00:05 …`, `Jan 01 20:00:05 …` | who said what, or a notice: see `text_line.rs` |
//! | `# Start logging at 2024-01-01 20:00:00 CET`, `# Log started: …` | the date of what follows |
//! | `--- Log opened …`, `Session Start: …` | that times such as `20:00` are hours and minutes, not minutes and seconds |
//!
//! A notice is a gift where its words say so, or else not part of the chat. Times of day go on after midnight.

use std::borrow::Cow;
use std::ops::Range;

use claque_document::diagnostic::Diagnostic;

use super::text_line::{self, Said};
use super::{ChatLayout, Sample, twitch_words};
use crate::recorded::clock::ChatUnit;
use crate::recorded::reading::{ChatReading, Found, Person, When};
use crate::recorded::stamp::{self, ChatStamp};
use crate::scenario::MessageKind;

pub(super) const FORMAT: ChatLayout = ChatLayout {
    id: "text-log",
    name: "text log",
    looks: "lines such as `[20:00:05] name: text`",
    unit: ChatUnit::Seconds,
    claims: |sample: &Sample<'_>| {
        let lines = sample.text.lines().filter(|line| !line.trim().is_empty()).take(50);
        let (all, timed) = lines
            .filter(|line| !is_remark(line))
            .fold((0, 0), |(all, timed), line| (all + 1, timed + usize::from(split_time(line).is_some())));
        // Half of the lines: a message of several lines, or a banner of the client, has no time of its own.
        (timed > 0 && timed * 2 >= all) || sample.text.starts_with("# Start logging at")
    },
    read,
};

const SPACES: [char; 2] = [' ', '\t'];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Lines that show the manner of a log.
// Enough to know a client by, and the file is not read twice as a whole.
const SHOWN: usize = 1_000;
const DAY: i128 = 86_400_000_000;

/// The time before a line, and the line behind it.
fn split_time(line: &str) -> Option<(ChatStamp, &str)> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix('[') {
        let (word, rest) = rest.split_once(']')?;
        return Some((stamp::stamp(word)?, rest));
    }
    let (first, rest) = line.split_once(SPACES)?;
    if let Some(at) = stamp::time_of_day(first) {
        return Some((ChatStamp::OfDay(at), rest));
    }
    let (second, after) = rest.split_once(SPACES).unwrap_or((rest, ""));
    // The day is not used: it has no year, and times of day go on after midnight by themselves.
    if first.len() == 3 && MONTHS.iter().any(|month| first.eq_ignore_ascii_case(month)) {
        let (third, after) = after.trim_start().split_once(SPACES)?;
        return Some((
            ChatStamp::OfDay(stamp::time_of_day(third).filter(|_| second.parse::<u8>().is_ok())?),
            after,
        ));
    }
    // Date and time are two words; put together they are what `stamp` reads.
    let both = format!("{first} {second}");
    match (stamp::time_of_day(second), stamp::date_time(&both)) {
        (Some(_), Some(at)) => Some((ChatStamp::Date(at), after)),
        _ => stamp::date_time(first).filter(|_| first.len() > 10).map(|at| (ChatStamp::Date(at), rest)),
    }
}

/// Whether a time of day has no seconds.
fn is_short(line: &str) -> bool {
    let word = line.trim_start_matches('[').split([' ', ']', '\t']).next().unwrap_or_default();
    word.matches(':').count() == 1
}

/// Whether a line is a remark of the client about the log itself.
fn is_remark(line: &str) -> bool {
    ["#", "--- ", "****", "Session "].iter().any(|mark| line.starts_with(mark))
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
        // Half a day, and not any step back: lines of several sources are a little out of order.
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

/// Whether most of what is said in a log has names in angles.
fn is_angled(text: &str) -> bool {
    let timed = text.lines().filter_map(|line| split_time(line.trim())).take(SHOWN);
    let (all, angled) = timed.fold((0, 0), |(all, angled), (_, rest)| {
        (all + 1, angled + usize::from(text_line::is_angled(rest.trim_start())))
    });
    // A quarter: joins, leaves and notices have no name in angles, and may be most of a quiet channel.
    angled > 0 && angled * 4 >= all
}

fn read(reading: &mut ChatReading<'_>) -> Result<(), Diagnostic> {
    let angled = is_angled(reading.text);
    let mut calendar = Calendar::default();
    let mut hours = false;
    let mut base = 0;
    for raw in reading.text.split_inclusive('\n') {
        let span = base..base + raw.trim_end().len();
        base += raw.len();
        let line = raw.trim();
        if line.is_empty() {
            continue;
        }
        if is_remark(line) {
            let dated = ["ogging at ", "og started: "].iter().find_map(|words| line.split_once(words));
            if let Some(at) = dated.and_then(|(_, date)| stamp::date_time(date.get(..19)?)) {
                calendar.begin(at);
            }
            // Remarks of irssi and its relatives, whose times are hours and minutes. Chatterino's begin with `#`, and
            // its times have seconds.
            hours |= !line.starts_with('#');
            reading.unread("remarks of the log", span.start);
            continue;
        }
        let Some((stamp, rest)) = split_time(line) else {
            let message = || "the line does not begin with a time".to_owned();
            reading.lost("lines without a time", span, message, "such as `[20:00:05] name: text`");
            continue;
        };
        let when = match stamp {
            ChatStamp::Date(at) => When::epoch(at),
            // Read as minutes and seconds, so a factor of sixty is missing.
            ChatStamp::OfDay(at) if hours && is_short(line) => calendar.at(at * 60),
            ChatStamp::OfDay(at) => calendar.at(at),
        };
        one(reading, when, text_line::take_apart(rest.trim_start(), angled), span);
    }
    // Times of day without a date count from the first, which need not be the beginning of a day.
    let least = reading.found.iter().filter_map(|found| found.when.offset).min().unwrap_or(0);
    // Below three hours they may count from the beginning of the show, as those of chat-downloader do.
    if least > 3 * 3_600_000_000 {
        let shift = |offset: &mut i128| *offset -= least;
        reading.found.iter_mut().filter_map(|found| found.when.offset.as_mut()).for_each(shift);
        reading.remark("times are times of a day: they count from the first");
    }
    Ok(())
}

fn one<'t>(reading: &mut ChatReading<'t>, when: When, said: Said<'t>, span: Range<usize>) {
    let (author, text, paid) = match said {
        Said::By { name, text, paid } => (name, text, paid),
        Said::Notice(line) => {
            let line = line.strip_prefix("[Notification] ").unwrap_or(line);
            (line.split_once(' ').map_or(line, |(first, _)| first), line, false)
        }
    };
    let gift = MessageKind::Gift;
    // Gifts first: a notice that tells of one is a message of the chat, and any other is not.
    let (kind, what) = if twitch_words::gives(text, &[Some(author)]) {
        (gift, "gifts of subscriptions, known by their words")
    } else if twitch_words::subscribes(text, &[Some(author)]) {
        (gift, "subscriptions, known by their words")
    } else if matches!(said, Said::Notice(_)) {
        return reading.unread("notices of the log", span.start);
    } else if paid {
        (gift, "messages paid for")
    } else if twitch_words::cheers(text) {
        (gift, "cheers, known by their words")
    } else {
        (MessageKind::Comment, "comments")
    };
    reading.put(Found {
        when,
        who: Person::new(None, Some(Cow::Borrowed(author))),
        kind,
        message_type: None,
        level: None,
        what,
        body: text.into(),
        span,
    });
}
