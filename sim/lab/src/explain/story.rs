//! A story as it is shown: its events, what came of it, and how much was left out.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Kind;
use super::event::{Event, What};
use crate::amount::counted;

/// The story of one message, user or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Story {
    /// What it is about.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How it ended, for a message.
    pub fate: Option<Fate>,
    /// How many events of each kind there were, by their words.
    pub counts: BTreeMap<&'static str, u64>,
    /// The events, in order; the earliest may have been left out.
    pub events: Vec<Event>,
    /// How many were left out.
    pub left_out: u64,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum Fate {
    /// It went out.
    Delivered {
        /// To so many members or users; those with a link, where the source tells who had one.
        delivered: u64,
        /// So many of them pulled it after their links were back.
        recovered: u64,
        /// Whether it was recalled afterwards.
        recalled: bool,
    },
    /// The frequency control took it out.
    Shed {
        /// The rule that decided.
        rule: Option<String>,
        /// The message that was delivered in its place.
        winner: Option<String>,
    },
    /// It was accepted, and the source ends before anything became of it.
    Waiting {
        /// Since when. Unit: microseconds.
        since_micros: i64,
        /// When the source ends.
        until_micros: i64,
    },
    /// Clients were seen to receive it, and the source does not tell who should have.
    Received {
        /// So many.
        clients: u64,
    },
    /// The source names it and tells nothing of what became of it.
    Unknown,
}

impl Story {
    pub(super) fn of(kind: Kind, name: String, mut events: Vec<Event>, last_at: i64) -> Self {
        // An abbreviated name has kept what only begins like it.
        events.retain(|event| concerns(&event.what, kind, &name));
        // Sorted and stable: a review that was asked earlier is handed over late.
        events.sort_by_key(|event| event.at_micros);
        let mut counts = BTreeMap::new();
        for event in &events {
            *counts.entry(event.what.word()).or_insert(0) += 1;
        }
        let fate = (kind == Kind::Message).then(|| Fate::of(&name, &events, last_at));
        Self { kind, name, fate, counts, events, left_out: 0 }
    }

    /// Leaves the last so many events.
    pub fn keep_last(&mut self, count: usize) {
        let cut = self.events.len().saturating_sub(count);
        self.events.drain(..cut);
        self.left_out += cut as u64;
    }
}

fn concerns(what: &What, kind: Kind, name: &str) -> bool {
    let mut found = false;
    what.names(&mut |of, id| found |= of == kind && id == name);
    // A send under review is kept for its ticket, and names no message yet.
    found || kind == Kind::Message && matches!(what, What::Reviewing { .. })
}

impl Fate {
    fn of(name: &str, events: &[Event], last_at: i64) -> Self {
        let (mut accepted, mut delivered, mut shed, mut clients) = (None, None, None, 0);
        let (mut recovered, mut recalled) = (0, false);
        for event in events {
            match &event.what {
                What::Accepted { .. } => accepted = Some(event.at_micros),
                What::Delivered { members, delivered: linked, .. } => {
                    *delivered.get_or_insert(0) += linked.unwrap_or(*members);
                }
                What::Direct { .. } => *delivered.get_or_insert(0) += 1,
                What::Shed { message, rule, winner, .. } if message == name => {
                    shed = Some(Self::Shed { rule: rule.clone(), winner: winner.clone() });
                }
                What::Received { .. } => clients += 1,
                What::Recovered { .. } => recovered += 1,
                What::Recalled { .. } => recalled = true,
                What::Shed { .. }
                | What::LoggedOn { .. }
                | What::LoggedOff { .. }
                | What::LinkLost { .. }
                | What::LinkBack { .. }
                | What::Joined { .. }
                | What::Left { .. }
                | What::Reviewing { .. }
                | What::Landed { .. }
                | What::Overdue { .. }
                | What::Notified { .. }
                | What::Requested { .. }
                | What::Broken { .. } => {}
            }
        }
        match (delivered, shed, accepted) {
            (Some(delivered), _, _) => Self::Delivered { delivered, recovered, recalled },
            (None, Some(shed), _) => shed,
            (None, None, _) if clients > 0 => Self::Received { clients },
            (None, None, Some(since_micros)) => Self::Waiting { since_micros, until_micros: last_at },
            (None, None, None) => Self::Unknown,
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered { delivered, recovered, recalled } => {
                write!(f, "delivered to {delivered}")?;
                if *recovered > 0 {
                    write!(f, ", recovered by {recovered} after their links were back")?;
                }
                if *recalled { f.write_str(", and recalled") } else { Ok(()) }
            }
            Self::Shed { rule, winner } => {
                write!(f, "shed by {}", rule.as_deref().unwrap_or("the frequency control"))?;
                match winner {
                    Some(winner) => write!(f, "; {winner} was delivered in its place"),
                    None => Ok(()),
                }
            }
            Self::Waiting { since_micros, until_micros } => {
                write!(
                    f,
                    "accepted, and nothing more in {} s until the end",
                    Seconds(until_micros - since_micros)
                )
            }
            Self::Received { clients } => {
                write!(f, "received by {clients} of the clients that were recorded")
            }
            Self::Unknown => f.write_str("what became of it is not known here"),
        }
    }
}

/// Microseconds as seconds, all six places.
struct Seconds(i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, micros) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.kind.word(), self.name)?;
        if self.left_out > 0 {
            writeln!(f, "{:>15}  {} earlier events are left out: --last shows more", "…", self.left_out)?;
        }
        let mut accepted = BTreeMap::new();
        for event in &self.events {
            let mut text = event.what.to_string();
            if let What::Accepted { message, .. } = &event.what {
                accepted.insert(message, event.at_micros);
            }
            if let What::Delivered { message, .. } | What::Shed { message, .. } = &event.what {
                let waited = accepted.get(message).map_or(0, |since| event.at_micros - since);
                if waited > 0 {
                    text.push_str(&format!(", after waiting {} s", Seconds(waited)));
                }
            }
            let at = Seconds(event.at_micros).to_string();
            let rule = event.what.rule().map_or_else(String::new, |rule| format!("  [{rule}]"));
            writeln!(f, "{at:>15}  {:10}  {text}{rule}", event.what.word())?;
        }
        match &self.fate {
            Some(fate) => writeln!(f, "{fate}"),
            None => {
                let counts: Vec<String> =
                    self.counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
                writeln!(f, "{}", counts.join(", "))
            }
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of =
            |group: &Option<String>| group.as_ref().map_or_else(String::new, |group| format!(" of {group}"));
        match self {
            Self::LoggedOn { user } | Self::LinkLost { user } | Self::LinkBack { user } => f.write_str(user),
            Self::LoggedOff { user, reason } => match reason {
                Some(reason) => write!(f, "{user}: {reason}"),
                None => f.write_str(user),
            },
            Self::Joined { user, group } => write!(f, "{user} is in {group}"),
            Self::Left { user, group } => write!(f, "{user} is out of {group}"),
            Self::Reviewing { by, group, ticket } => {
                write!(f, "for the review of a message{} from {by}, ticket {ticket}", of(group))
            }
            Self::Accepted { message, group, by, level, .. } => {
                write!(f, "{message}{} from {by}", of(group))?;
                level.as_ref().map_or(Ok(()), |level| write!(f, ", {level}"))
            }
            Self::Delivered { message, group, members, delivered, away } => {
                match delivered {
                    Some(delivered) => {
                        write!(
                            f,
                            "{message}{} to {delivered} of {}",
                            of(group),
                            counted(*members, "member")
                        )?;
                    }
                    None => write!(f, "{message}{} to {}", of(group), counted(*members, "member"))?,
                }
                if let Some(without) = delivered.map(|delivered| members - delivered).filter(|out| *out > 0) {
                    write!(f, ", {without} without a link: {}", away.join(" "))?;
                    if without > away.len() as u64 {
                        f.write_str(" …")?;
                    }
                }
                Ok(())
            }
            Self::Direct { message, user } => write!(f, "{message} to {user}"),
            Self::Landed { message, heard, unheard, slowest_micros, .. } => {
                let slowest = Seconds(i64::try_from(*slowest_micros).unwrap_or(i64::MAX));
                write!(f, "{message} by {}, the last after {slowest} s", counted(*heard, "client"))?;
                if *unheard > 0 { write!(f, "; to a dead link: {unheard}") } else { Ok(()) }
            }
            Self::Received { message, group, user } => write!(f, "{message}{} by {user}", of(group)),
            Self::Shed { message, group, winner, .. } => {
                write!(f, "{message} of {group}")?;
                winner.as_ref().map_or(Ok(()), |winner| write!(f, "; {winner} was delivered in its place"))
            }
            Self::Overdue { message, group } => {
                write!(f, "{message} of {group}: more types wait than five seconds have slots")
            }
            Self::Recovered { user, group, count, .. } => {
                write!(f, "by {user}: {count} HIGH messages of {group} that it had missed")
            }
            Self::Recalled { message, group } => write!(f, "{message}{}", of(group)),
            Self::Notified { group, user, notice } => {
                write!(f, "{notice}")?;
                group.iter().chain(user).try_for_each(|to| write!(f, " to {to}"))
            }
            Self::Requested { by, call, about, refused } => {
                write!(f, "{by} {call}")?;
                about.iter().try_for_each(|(_, name)| write!(f, " {name}"))?;
                refused.as_ref().map_or(Ok(()), |code| write!(f, ": {code}"))
            }
            Self::Broken { says, .. } => f.write_str(says),
        }
    }
}
