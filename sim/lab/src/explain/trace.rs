//! The events of a written trace (`docs/traces.md`).

use std::fmt;
use std::io::BufRead;

use super::event::{BACK_ENDS, Event, What};
use super::{Explainer, Kind};

/// Why a file is no trace.
#[derive(Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, and how it should be.
    pub says: String,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.says)
    }
}

impl std::error::Error for TraceError {}

/// Reads a trace, as `claque simulate --trace` writes it and `claque replay` prints it.
///
/// # Errors
///
/// At a line that cannot be read, and where no line is one of a trace.
pub fn read_trace(from: impl BufRead, explainer: &mut Explainer) -> Result<(), TraceError> {
    let (mut lines, mut taken) = (0, 0);
    for text in from.lines() {
        lines += 1;
        let text = text.map_err(|error| TraceError { line: lines, says: error.to_string() })?;
        // What stands around a trace that was printed: a verdict, the sentence of a bug.
        let Some((at_micros, sign, words)) = split(&text) else { continue };
        taken += 1;
        let what = if sign == '>' { input(words) } else { output(words) };
        if let Some(what) = what {
            explainer.take(Event { at_micros, what });
        }
    }
    if taken == 0 {
        let says = "no line of a trace in it: a time, `>` or `<`, and words, as `claque simulate --trace` writes them";
        return Err(TraceError { line: lines, says: says.to_owned() });
    }
    Ok(())
}

/// Whether a line is one of a trace: a time, a sign, and words.
#[must_use]
pub fn is_trace_line(line: &str) -> bool {
    split(line).is_some()
}

/// Time, sign and words of a line.
fn split(line: &str) -> Option<(i64, char, &str)> {
    let (time, rest) = line.trim_start().split_once(' ')?;
    let (sign, words) = rest.split_once(' ')?;
    let sign = sign.chars().next().filter(|sign| matches!(sign, '>' | '<'))?;
    let (seconds, micros) = time.split_once('.').filter(|(_, micros)| micros.len() == 6)?;
    let whole: i64 = seconds.trim_start_matches('-').parse().ok()?;
    let micros = whole.checked_mul(1_000_000)?.checked_add(micros.parse().ok()?)?;
    Some((if seconds.starts_with('-') { -micros } else { micros }, sign, words))
}

/// A user without the number of the session.
fn user_of(word: &str) -> String {
    word.rsplit_once('#').map_or(word, |(user, _)| user).to_owned()
}

fn own(word: Option<&&str>) -> Option<String> {
    word.map(|word| (*word).to_owned())
}

/// The line of an input: an actor, a request, and behind two spaces its outcome.
fn input(words: &str) -> Option<What> {
    let (request, outcome) = words.split_once("  ").unwrap_or((words, ""));
    let request: Vec<&str> = request.split(' ').collect();
    let outcome: Vec<&str> = outcome.split_whitespace().collect();
    let (actor, verb) = (*request.first()?, request.get(1).copied().unwrap_or_default());
    if actor == "timeout" || actor == "verdict" {
        return None;
    }
    let by = user_of(actor);
    let refused = match outcome.as_slice() {
        ["refused", code, ..] => Some((*code).to_owned()),
        _ => None,
    };
    let group = || own(request.get(2));
    let is_user = !BACK_ENDS.contains(&actor);
    let names_group = is_user && matches!(verb, "send" | "join" | "leave" | "mute-all" | "cancel-mute-all");
    match (verb, outcome.as_slice()) {
        (_, ["pending", ticket]) => {
            let group = if names_group { group() } else { None };
            Some(What::Reviewing { by, group, ticket: ticket.parse().ok()? })
        }
        ("log-on", ["ok", ..]) => Some(What::LoggedOn { user: by }),
        ("lose-link", _) => Some(What::LinkLost { user: by }),
        ("reconnect", ["ok", ..]) => Some(What::LinkBack { user: by }),
        ("join", ["ok", ..]) => Some(What::Joined { user: by, group: group()? }),
        ("leave", ["ok", ..]) => Some(What::Left { user: by, group: group()? }),
        // A message is what an answer names besides: joins were taken above, and logons say the session.
        (_, ["ok", message]) => Some(What::Accepted {
            message: (*message).to_owned(),
            group: if names_group { group() } else { None },
            by,
            level: if verb == "send" { own(request.get(3)) } else { None },
            ticket: None,
        }),
        (_, _) if actor == "console" => None,
        (call, _) => Some(What::Requested {
            by,
            call: call.to_owned(),
            about: if names_group {
                group().map(|group| (Kind::Group, group)).into_iter().collect()
            } else {
                Vec::new()
            },
            refused,
        }),
    }
}

/// The line of an output.
fn output(words: &str) -> Option<What> {
    let words: Vec<&str> = words.split(' ').collect();
    let owned = |word: &str| word.to_owned();
    Some(match words.as_slice() {
        ["deliver", message, "to", members, "of", group, ..] => What::Delivered {
            message: owned(message),
            group: Some(owned(group)),
            members: members.parse().ok()?,
            delivered: None,
            away: Vec::new(),
        },
        ["deliver", message, "to", members, "chosen"] => What::Delivered {
            message: owned(message),
            group: None,
            members: members.parse().ok()?,
            delivered: None,
            away: Vec::new(),
        },
        ["direct", message, _, "to", session] => {
            What::Direct { message: owned(message), user: user_of(session) }
        }
        // Traces of earlier versions end behind the level.
        ["shed", message, "of", group, _, rest @ ..] => What::Shed {
            message: owned(message),
            group: owned(group),
            rule: rest.get(1).map(|rule| owned(rule)),
            winner: rest.get(3).map(|winner| owned(winner)),
        },
        ["overdue", message, "of", group, ..] => {
            What::Overdue { message: owned(message), group: owned(group) }
        }
        [session, "recovers", count, "of", group, messages @ ..] => What::Recovered {
            user: user_of(session),
            group: owned(group),
            count: count.parse().ok()?,
            messages: messages.iter().map(|message| owned(message)).collect(),
        },
        ["close", reason, session] => What::LoggedOff { user: user_of(session), reason: Some(owned(reason)) },
        ["answer", ticket, "ok=true", message] => answered(ticket, "account", message)?,
        ["client-answer", ticket, "ok=true", "to", session, message] => {
            answered(ticket, &user_of(session), message)?
        }
        ["notice", words @ ..] => notice(words)?,
        _ => return None,
    })
}

fn answered(ticket: &str, by: &str, message: &str) -> Option<What> {
    Some(What::Accepted {
        message: message.to_owned(),
        group: None,
        by: by.to_owned(),
        level: None,
        ticket: Some(ticket.parse().ok()?),
    })
}

/// A notice, and to whom: `… to G`, `… to N of G`, `… to U#S`.
fn notice(words: &[&str]) -> Option<What> {
    let to = words.iter().rposition(|word| *word == "to")?;
    let (notice, to) = (words.get(..to)?, words.get(to + 1..)?);
    let (group, user) = match to {
        [_, "of", group] => (Some((*group).to_owned()), None),
        [session] if session.contains('#') => (None, Some(user_of(session))),
        [group] => (Some((*group).to_owned()), None),
        _ => return None,
    };
    if let ["recalled", message] = notice {
        return Some(What::Recalled { message: (*message).to_owned(), group });
    }
    Some(What::Notified { group, user, notice: notice.join(" ") })
}
