//! Zero and unit of a recording's times: recorders write many kinds of times, and a replay has times from the beginning
//! of a chat that is short enough to be replayed.

use std::fmt;
use std::str::FromStr;

use claque_core::{Duration, Instant};
use claque_document::calendar::date_time;
use claque_document::diagnostic::Diagnostic;
use claque_document::units::{format_duration, parse_duration};

use super::reading::{ChatReading, Found};
use super::stamp;

/// The longest chat that is replayed, unless [`ChatTimes`] says how its times are meant.
// A recording that seems longer has another unit or another zero than its format says.
const LENGTH_MAX: i128 = 48 * 3_600 * SECOND;
/// The longest chat with [`ChatTimes`]: a month.
// As long as a show may last.
const LENGTH_MAX_SAID: i128 = 31 * 86_400 * SECOND;
const SECOND: i128 = 1_000_000;
/// Numbers of seconds from here on are dates and no spans: some point of 1998, and of 2103.
const DATES: std::ops::Range<i128> = 900_000_000..4_200_000_000;

/// The unit of a recording's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChatUnit {
    /// `s`.
    Seconds,
    /// `ms`.
    Millis,
    /// `us`.
    Micros,
    /// `ns`.
    Nanos,
}

impl ChatUnit {
    const ALL: [Self; 4] = [Self::Seconds, Self::Millis, Self::Micros, Self::Nanos];

    const fn word(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Millis => "ms",
            Self::Micros => "us",
            Self::Nanos => "ns",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    /// Its length.
    const fn nanos(self) -> i128 {
        match self {
            Self::Seconds => 1_000_000_000,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }
}

impl fmt::Display for ChatUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ChatUnit {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|unit| unit.word() == word);
        found.ok_or_else(|| format!("`{word}` is no unit of time: s, ms, us or ns"))
    }
}

/// Where the replay of a recording begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChatStart {
    /// With the first message.
    First,
    /// So long after the recording's zero.
    After(Duration),
    /// At a date and time.
    Date(Instant),
}

impl fmt::Display for ChatStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first"),
            Self::After(span) => f.write_str(&format_duration(*span)),
            Self::Date(at) => f.write_str(&date_time(*at)),
        }
    }
}

impl FromStr for ChatStart {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if word == "first" {
            return Ok(Self::First);
        }
        if let Some(at) = stamp::date_time(word).and_then(|micros| u64::try_from(micros).ok()) {
            return Ok(Self::Date(Instant::from_micros(at)));
        }
        parse_duration(word).map(Self::After).map_err(|_| {
            format!(
                "`{word}` is no start: `first`, a span such as 1h30m, or a date such as 2024-01-01T20:00:00Z"
            )
        })
    }
}

/// The start and the unit of a recording's times, as a user gives them. Part of a run's identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChatTimes {
    /// Where the replay begins; none: at the recording's own zero.
    pub start: Option<ChatStart>,
    /// The unit of its times; none: the format's.
    pub unit: Option<ChatUnit>,
}

impl ChatTimes {
    /// Whether neither is given.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.start.is_none() && self.unit.is_none()
    }
}

/// Replaces the times of a reading by times from the beginning of its replay; one for each message that is left.
///
/// `unit` is the one that the format counts in. Unit of the result: microseconds.
pub(super) fn settle(
    reading: &mut ChatReading<'_>,
    times: ChatTimes,
    unit: ChatUnit,
) -> Result<Vec<u64>, Diagnostic> {
    if let Some(said) = times.unit {
        for offset in reading.found.iter_mut().filter_map(|found| found.when.offset.as_mut()) {
            // Spans only: a date is one in every unit, and recorders give both in one file.
            *offset = *offset * said.nanos() / unit.nanos();
        }
    }
    let zero = Zero::of(reading);
    let mut dated = 0_u64;
    let mut at: Vec<i128> = Vec::with_capacity(reading.found.len());
    for found in &reading.found {
        let (micros, absolute) = zero.place(found);
        dated += u64::from(absolute);
        at.push(micros);
    }
    if dated > 0 {
        reading.remark(format!(
            "{dated} times are dates, not spans: they count from the beginning of the recording"
        ));
    }
    move_start(reading, &mut at, times, &zero)?;
    bound(reading, &mut at, times, unit)?;
    let kept = at.into_iter().map(|micros| u64::try_from(micros).unwrap_or(0));
    let kept: Vec<u64> = kept.collect();
    // Such a chat comes in bursts at the beginning of each second, which is what the frequency control counts by: its
    // result says less than it seems to.
    if kept.len() > 1 && kept.iter().all(|micros| micros.is_multiple_of(1_000_000)) {
        reading.remark("times are whole seconds: what was said within one second comes in one moment");
    }
    Ok(kept)
}

/// The beginning of the recording, as far as its messages show it. Unit: microseconds since 1970.
struct Zero {
    began: Option<i128>,
    /// The earliest date, where no message says how long after the beginning it was.
    earliest: i128,
    /// Whether dates may stand where spans belong.
    mixed: bool,
}

impl Zero {
    fn of(reading: &ChatReading<'_>) -> Self {
        // A message with both gives the beginning. Not at the offset 0: everything before the show has that one.
        let pair = |found: &Found<'_>| match (found.when.offset, found.when.epoch) {
            (Some(offset), Some(epoch)) if offset > 0 && hidden_date(offset).is_none() => {
                Some(epoch - offset)
            }
            _ => None,
        };
        let mut began: Vec<i128> = reading.found.iter().filter_map(pair).collect();
        // The middle one and not the first: a single message with a broken date must not move all others.
        let middle = began.len().saturating_sub(1) / 2;
        let began = (!began.is_empty()).then(|| *began.select_nth_unstable(middle).1).or(reading.began);
        let alone = reading.found.iter().filter(|found| found.when.offset.is_none());
        let earliest = alone.filter_map(|found| found.when.epoch).min().unwrap_or(0);
        let spans = reading.found.iter().filter_map(|found| found.when.offset);
        // Only where some spans are spans: a file of dates alone has another unit than its format says, and is
        // refused with that.
        let mixed = spans.into_iter().any(|offset| hidden_date(offset).is_none()) || reading.began.is_some();
        Self { began, earliest, mixed }
    }

    /// The time of a message, from the beginning; whether it was a date where a span belongs.
    fn place(&self, found: &Found<'_>) -> (i128, bool) {
        match (found.when.offset, found.when.epoch, self.began) {
            // What was said before the show is often given the time zero, but for its date.
            (Some(0), Some(epoch), Some(began)) if epoch < began => (epoch - began, false),
            (Some(offset), _, Some(began)) if self.mixed => match hidden_date(offset) {
                Some(date) => (date - began, true),
                None => (offset, false),
            },
            (Some(offset), ..) => (offset, false),
            (None, Some(epoch), began) => (epoch - began.unwrap_or(self.earliest), false),
            (None, None, _) => (0, false),
        }
    }
}

/// The date that stands where a span belongs; none where the span is one. Unit: microseconds since 1970.
fn hidden_date(offset: i128) -> Option<i128> {
    // An offset is kept in microseconds of the format's unit; whatever that was, one of these readings is a date.
    [1_000_000_000_000_000, 1_000_000_000_000, 1_000_000_000, 1_000_000, 1_000, 1]
        .into_iter()
        .find(|scale| DATES.contains(&(offset / scale)))
        .map(|scale| offset * SECOND / scale)
        // A span of eight years, in its own unit, is no recording; below that a large span in a fine unit could be
        // taken for a date.
        .filter(|_| offset > LENGTH_MAX_SAID * 100)
}

/// Applies the start that was asked for, and takes the earliest message for the start where times are negative.
fn move_start(
    reading: &mut ChatReading<'_>,
    at: &mut Vec<i128>,
    times: ChatTimes,
    zero: &Zero,
) -> Result<(), Diagnostic> {
    let start = match times.start {
        None => {
            // Within the bound only: one message of the year 1970 must not move the beginning by half a century.
            let early = at.iter().copied().filter(|micros| (-LENGTH_MAX..0).contains(micros)).min();
            let Some(early) = early else { return Ok(()) };
            let span = Duration::from_micros(u64::try_from(-early).unwrap_or(0));
            let count = at.iter().filter(|micros| (-LENGTH_MAX..0).contains(*micros)).count();
            reading.remark(format!(
                "{count} messages are from before the recording's zero: the replay begins {} earlier",
                format_duration(span)
            ));
            early
        }
        Some(ChatStart::First) => at.iter().copied().min().unwrap_or(0),
        Some(ChatStart::After(span)) => i128::from(span.as_micros()),
        Some(ChatStart::Date(date)) => {
            let date = i128::from(date.as_micros());
            match zero.began.or_else(|| (zero.earliest > 0).then_some(zero.earliest)) {
                Some(began) => date - began,
                None if !zero.mixed => {
                    // The recording counts from nowhere, but all its spans are dates: together with a start that is
                    // one they say when.
                    for micros in at.iter_mut() {
                        *micros = hidden_date(*micros).unwrap_or(*micros);
                    }
                    date
                }
                None => {
                    return Err(Diagnostic::whole(
                        reading.file,
                        "the recording does not say on which date it was made",
                    )
                    .help("`--chat-start` takes `first`, or a span such as 1h30m"));
                }
            }
        }
    };
    at.iter_mut().for_each(|micros| *micros -= start);
    // Without a start from outside nothing near is from before it: the earliest message is the start.
    if times.start.is_some() {
        leave_out(reading, at, "messages from before `--chat-start`", |micros| micros < 0, true);
    }
    Ok(())
}

/// Leaves messages out.
fn leave_out(
    reading: &mut ChatReading<'_>,
    at: &mut Vec<i128>,
    what: &'static str,
    goes: impl Fn(i128) -> bool,
    rightly: bool,
) {
    if !at.iter().any(|micros| goes(*micros)) {
        return;
    }
    let found = std::mem::take(&mut reading.found);
    let mut kept = Vec::with_capacity(found.len());
    for (found, micros) in found.into_iter().zip(std::mem::take(at)) {
        if !goes(micros) {
            at.push(micros);
            kept.push(found);
        } else if rightly {
            reading.unread(what, found.span.start);
        } else {
            let message = || format!("this time is {}", distance(micros));
            reading.lost(what, found.span, message, "");
        }
    }
    reading.found = kept;
}

/// Refuses a recording whose times cannot be meant; leaves out the few messages of another whose times are broken.
fn bound(
    reading: &mut ChatReading<'_>,
    at: &mut Vec<i128>,
    times: ChatTimes,
    unit: ChatUnit,
) -> Result<(), Diagnostic> {
    let most = if times.is_silent() { LENGTH_MAX } else { LENGTH_MAX_SAID };
    let far = |micros: i128| !(0..=most).contains(&micros);
    let count = at.iter().filter(|micros| far(**micros)).count();
    if count == 0 {
        return Ok(());
    }
    // One in a hundred is a broken message. More of them mean that the times as such are read wrongly, and leaving
    // messages out would hide it.
    if count * 100 <= at.len() {
        leave_out(reading, at, "times far away from all others", far, false);
        return Ok(());
    }
    let first = at.iter().position(|micros| far(*micros)).unwrap_or(0);
    let (Some(found), Some(micros)) = (reading.found.get(first), at.get(first).copied()) else {
        return Ok(());
    };
    let (looks, help) = likely(micros, unit);
    let message = format!(
        "this message was said {}, and {count} of {} are beyond the {} that a replay may last{looks}",
        distance(micros),
        at.len(),
        format_duration(Duration::from_micros(u64::try_from(most).unwrap_or(u64::MAX)))
    );
    Err(Diagnostic::at(reading.file, reading.text, found.span.clone(), message).help(help))
}

/// The likely meaning of a time that cannot be meant, and the option that says so.
fn likely(micros: i128, unit: ChatUnit) -> (String, String) {
    // Back to the number as it stands in the file: its digits are what shows the unit.
    let raw = micros * 1_000 / unit.nanos();
    let first = "`--chat-start first` begins with the first message";
    for said in ChatUnit::ALL {
        let (name, seconds) = (said.name(), raw * said.nanos() / 1_000_000_000);
        if DATES.contains(&seconds) {
            let date = date_time(Instant::from_unix_seconds(u64::try_from(seconds).unwrap_or(0)));
            let in_unit = if said == unit { String::new() } else { format!(" with `--chat-unit {said}`") };
            return (
                format!(": it looks like {name} since 1970 ({date})"),
                format!("{first}, `--chat-start {date}` at that moment{in_unit}"),
            );
        }
    }
    // Nobody writes spans in nanoseconds, and seconds are the coarsest: a number that is too large cannot be in them.
    for said in [ChatUnit::Millis, ChatUnit::Micros] {
        let (name, nanos) = (said.name(), said.nanos());
        if nanos < unit.nanos() && (0..=LENGTH_MAX).contains(&(raw * nanos / 1_000)) {
            return (format!(": it looks like {name}"), format!("`--chat-unit {said}` says so; {first}"));
        }
    }
    (String::new(), format!("{first}; `--chat-unit s|ms|us|ns` says what its times are"))
}

/// How far a time is from the beginning, in words.
fn distance(micros: i128) -> String {
    let seconds = micros.unsigned_abs() / 1_000_000;
    let (count, unit) = match seconds {
        0..7_200 => (seconds, "seconds"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        172_800..63_072_000 => (seconds / 86_400, "days"),
        // A year of the Gregorian calendar on average. Words for people: nothing is computed from them.
        _ => (seconds / 31_556_952, "years"),
    };
    let side = if micros < 0 { "before" } else { "after" };
    format!("{count} {unit} {side} the beginning")
}
