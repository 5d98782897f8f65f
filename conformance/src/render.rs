//! The transcript of a run: one aligned line for each fact, the same for every run of the same case.
//!
//! ```text
//!        0.000s > SendLiveMessageGroup GroupId=g SenderId=ada Body=x MsgType=1   ok MsgTid=m1
//!               < delivered to bob: messageId=m1 type=1 data=x …
//!               = message.deliver.all-members
//!        1.000s ~ notices to bob: event=memberchange memberCount=3 …
//! ```
//!
//! `>` is what was done and how it ended, `<` what followed from it, `~` what time alone brought about, `=` the rules that
//! decided. Names that the service makes are replaced by short ones in order of appearance, times by their distance
//! from the moment zero, and what many receive is written once.

use std::fmt::Write as _;
use std::sync::Arc;

use claque_core::{Instant, Rule};

use crate::case::{Case, Channel, ZERO};
use crate::subject::{Event, Happening, Outcome};

mod names;

pub use names::Names;

/// Columns of the time.
const TIME_WIDTH: usize = 14;
/// Columns after which a list of rules is continued on the next line.
const RULES_WIDTH: usize = 110;
/// Repetitions that are still written one by one.
const REPEATS_SHOWN: usize = 4;
/// Event lines of a step that are still written one by one.
const EVENTS_SHOWN: usize = 40;
/// Receivers of one event that are still named.
const RECEIVERS_SHOWN: usize = 6;

/// One fact of a step.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Something was done.
    Did {
        /// When.
        at: Instant,
        /// What, with its arguments.
        what: String,
        /// How it ended; none for what has no outcome.
        outcome: Option<Outcome>,
    },
    /// Something happened.
    Happened {
        /// The event, with its time.
        event: Event,
        /// Whether time alone brought it about.
        by_time: bool,
    },
}

/// A transcript in the making.
#[derive(Clone, Debug)]
pub struct Transcript {
    text: String,
    names: Names,
}

impl Transcript {
    /// A transcript with the head of a case.
    #[must_use]
    pub fn new(case: &Case) -> Self {
        let mut text = String::new();
        let ids: Vec<&str> = case.rules.iter().map(|rule| rule.id()).collect();
        push(&mut text, &format!("rules: {}", ids.join(", ")));
        push(&mut text, &format!("shows: {}", case.summary));
        if !case.chosen.is_empty() {
            let chosen: Vec<String> =
                case.chosen.iter().map(|(id, value)| format!("{id} = {value}")).collect();
            push(&mut text, &format!("under: {}", chosen.join(", ")));
        }
        Self { text, names: Names::default() }
    }

    /// Short names for those that the service makes.
    pub const fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Writes a step down.
    pub fn step(&mut self, entries: &[Entry], rules: &[Rule]) {
        let repeats = entries.iter().filter(|entry| matches!(entry, Entry::Did { .. })).count();
        if repeats > REPEATS_SHOWN {
            self.summary(entries, repeats);
        } else {
            self.in_order(entries);
        }
        self.rules(rules);
    }

    /// The text so far.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    fn in_order(&mut self, entries: &[Entry]) {
        let lines = self.merged(entries);
        let events = lines.iter().filter(|line| matches!(line, RenderedLine::Events { .. })).count();
        if events > EVENTS_SHOWN {
            self.event_counts(entries, Some(true));
            for entry in entries.iter().filter(|entry| matches!(entry, Entry::Did { .. })) {
                self.did(entry);
            }
            self.event_counts(entries, Some(false));
            return;
        }
        for line in lines {
            match line {
                RenderedLine::Did(entry) => self.did(entry),
                RenderedLine::Events { at, by_time, head, to, body } => {
                    let mark = if by_time { '~' } else { '<' };
                    let receivers = receivers(&to);
                    self.line(
                        if by_time { Some(at) } else { None },
                        mark,
                        &format!("{head}{receivers}: {body}"),
                    );
                }
            }
        }
    }

    fn did(&mut self, entry: &Entry) {
        let Entry::Did { at, what, outcome } = entry else { return };
        let ended =
            outcome.as_ref().map_or_else(String::new, |outcome| format!("   {}", self.outcome(outcome)));
        self.line(Some(*at), '>', &format!("{what}{ended}"));
    }

    /// Joins events that differ only in their receiver.
    fn merged<'e>(&mut self, entries: &'e [Entry]) -> Vec<RenderedLine<'e>> {
        let mut lines: Vec<RenderedLine<'e>> = Vec::new();
        let mut last: Option<(Channel, Instant, Arc<serde_json::Value>)> = None;
        for entry in entries {
            let Entry::Happened { event, by_time } = entry else {
                last = None;
                lines.push(RenderedLine::Did(entry));
                continue;
            };
            let (at, by_time) = (event.at, *by_time);
            match &event.what {
                Happening::Answer(_, outcome) => {
                    last = None;
                    let body = self.outcome(outcome);
                    lines.push(RenderedLine::Events { at, by_time, head: "answer", to: Vec::new(), body });
                }
                Happening::Sent { channel, to, body, .. } => {
                    // What goes to no client is shown as often as it was sent.
                    let same = to.is_some()
                        && last.as_ref().is_some_and(|(over, when, said)| {
                            over == channel && *when == at && (Arc::ptr_eq(said, body) || said == body)
                        });
                    if let (true, Some(RenderedLine::Events { to: receivers, .. })) = (same, lines.last_mut())
                    {
                        receivers.extend(to.as_deref());
                        continue;
                    }
                    last = Some((*channel, at, Arc::clone(body)));
                    let to = to.as_deref().into_iter().collect();
                    let body = self.names.compact(body);
                    lines.push(RenderedLine::Events { at, by_time, head: channel.word(), to, body });
                }
            }
        }
        lines
    }

    /// Many repetitions: the first, how they ended, and how much was sent.
    fn summary(&mut self, entries: &[Entry], repeats: usize) {
        let mut endings: Vec<(String, usize)> = Vec::new();
        let mut last_at = ZERO;
        let mut first = None;
        for entry in entries {
            let Entry::Did { at, what, outcome } = entry else { continue };
            first.get_or_insert((*at, what));
            last_at = *at;
            let ended = match outcome {
                None => "done".to_owned(),
                Some(Outcome::Accepted { .. }) => "ok".to_owned(),
                Some(outcome) => self.outcome(outcome),
            };
            match endings.iter_mut().find(|(ending, _)| *ending == ended) {
                Some((_, count)) => *count += 1,
                None => endings.push((ended, 1)),
            }
        }
        let Some((at, what)) = first else { return };
        let until = if last_at > at { format!(" until {}", clock(last_at)) } else { String::new() };
        let ended: Vec<String> = endings.iter().map(|(ending, count)| format!("{count} {ending}")).collect();
        self.line(Some(at), '>', &format!("{what}   {repeats} times{until}: {}", ended.join(", ")));
        self.event_counts(entries, None);
    }

    /// How much was sent: of what time alone brought about, of what followed from what was done, or of both.
    fn event_counts(&mut self, entries: &[Entry], wanted: Option<bool>) {
        for (word, channel) in Channel::WORDS {
            let sent = entries.iter().filter_map(|entry| match entry {
                Entry::Happened { by_time, .. } if wanted.is_some_and(|wanted| wanted != *by_time) => None,
                Entry::Happened { event, .. } => match &event.what {
                    Happening::Sent { channel: over, to, .. } if over == channel => {
                        Some((event.at, to.as_deref()))
                    }
                    Happening::Sent { .. } | Happening::Answer(..) => None,
                },
                Entry::Did { .. } => None,
            });
            let sent: Vec<(Instant, Option<&str>)> = sent.collect();
            let (Some((first, _)), Some((last, _))) = (sent.first(), sent.last()) else { continue };
            let mut to: Vec<&str> = Vec::new();
            for receiver in sent.iter().filter_map(|(_, receiver)| *receiver) {
                if !to.contains(&receiver) {
                    to.push(receiver);
                }
            }
            let said = format!("{} {word}{}", sent.len(), receivers(&to));
            if wanted == Some(true) {
                let until = if last > first { format!(" until {}", clock(*last)) } else { String::new() };
                self.line(Some(*first), '~', &format!("{said}{until}"));
            } else {
                self.line(None, '<', &said);
            }
        }
    }

    fn outcome(&mut self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Accepted { fields, .. } => {
                let fields = self.names.compact_fields(fields);
                if fields.is_empty() { "ok".to_owned() } else { format!("ok {fields}") }
            }
            Outcome::Pending(_) => "pending".to_owned(),
            Outcome::Unreadable { status, .. } => format!("unreadable {status}"),
            Outcome::Refused { status, code, about, .. } => {
                let about = about.as_deref().map_or_else(String::new, |about| format!(" about {about}"));
                format!("refused {status} {code}{about}")
            }
        }
    }

    fn rules(&mut self, rules: &[Rule]) {
        let mut line = String::new();
        for (position, rule) in rules.iter().enumerate() {
            if !line.is_empty() && TIME_WIDTH + line.len() + rule.id().len() > RULES_WIDTH {
                self.line(None, '=', &line);
                line.clear();
            }
            line.push_str(rule.id());
            if position + 1 < rules.len() {
                line.push_str(", ");
            }
        }
        if !line.is_empty() {
            self.line(None, '=', &line);
        }
    }

    fn line(&mut self, at: Option<Instant>, mark: char, said: &str) {
        let time = at.map_or_else(String::new, clock);
        push(&mut self.text, format!("{time:>TIME_WIDTH$} {mark} {said}").trim_end());
    }
}

/// A line of a step before it is written.
enum RenderedLine<'e> {
    Did(&'e Entry),
    Events { at: Instant, by_time: bool, head: &'static str, to: Vec<&'e str>, body: String },
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A moment as its distance from the moment zero, in seconds.
fn clock(at: Instant) -> String {
    let micros = at.since(ZERO).as_micros();
    let mut text = format!("{}.{:03}", micros / 1_000_000, micros / 1_000 % 1_000);
    if !micros.is_multiple_of(1_000) {
        write!(text, "{:03}", micros % 1_000).expect("writing to a string succeeds");
    }
    text.push('s');
    text
}

fn receivers(to: &[&str]) -> String {
    match to {
        [] => String::new(),
        few if few.len() <= RECEIVERS_SHOWN => format!(" to {}", few.join(", ")),
        [first, .., last] => format!(" to {} clients, {first} to {last}", to.len()),
        [only] => format!(" to {only}"),
    }
}
