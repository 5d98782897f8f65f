//! `claque audit --trust`: the audit on sessions whose truth is known.

use std::fmt::Write as _;

use claque_conformance::file;
use claque_conformance::trust::{self, Alarm, BrokenSession, Naming, Soundness, Trust};
use claque_lab::amount::{counted, grouped as count};
use serde_json::{Value, json};

use super::{Arguments, print};
use crate::output::{line, quietly, remark, strong};
use crate::progress::Progress;
use crate::{CommandFailure, Done};

/// In which ways broken sessions are tried, and how each is called in text and JSON.
const NAMINGS: [(Naming, &str, &str); 3] = [
    (Naming::AllKnown, "broken", "broken"),
    (Naming::WithoutItself, "broken anew", "broken_anew"),
    (Naming::WhileTimePasses, "in passing time", "in_passing_time"),
];

/// The results of broken sessions that were tried in one way.
struct Broken {
    tried: usize,
    sessions: Vec<BrokenSession>,
}

impl Broken {
    fn number_of(&self, which: impl Fn(&BrokenSession) -> bool) -> usize {
        self.sessions.iter().filter(|session| which(session)).count()
    }

    /// Those in which nothing was found.
    fn missed(&self) -> impl Iterator<Item = &BrokenSession> {
        self.sessions.iter().filter(|session| session.missed)
    }

    /// Those in which something was found, and the mutant's rule is not named.
    fn misnamed(&self) -> impl Iterator<Item = &BrokenSession> {
        self.sessions.iter().filter(|session| !session.missed && !session.among)
    }
}

/// Tries the audit on so many sound sessions, and on a tenth as many broken ones in each way.
pub(super) fn try_itself(sessions: u64, seed: u64, as_json: bool) -> Done {
    let trust = Trust::new(seed).map_err(CommandFailure::No)?;
    let stop = crate::interrupt::asked;
    let mut bar = Progress::failing("sound sessions", sessions, "condemned");
    let mut condemned = 0;
    let sound = trust.sound(0..sessions, &stop, &mut |so_far| {
        bar.fail(so_far.alarms.len() - condemned);
        condemned = so_far.alarms.len();
        bar.reach(so_far.sessions);
    });
    bar.finish();
    if !as_json {
        // Broken sessions take longer.
        line(sound_text(&sound).trim_end());
    }
    let wanted = usize::try_from(sessions / 10).unwrap_or(usize::MAX);
    let mut all = json!({ "schema": 1, "sound": sound_json(&sound) });
    let mut text = String::new();
    for (naming, name, key) in NAMINGS {
        let mut bar = Progress::failing("broken sessions", wanted as u64, "missed");
        let mut missed = 0;
        let (sessions, tried) = trust.broken(wanted, naming, &stop, &mut |so_far| {
            let now = so_far.iter().filter(|session| session.missed).count();
            bar.fail(now - missed);
            missed = now;
            bar.reach(so_far.len() as u64);
        });
        bar.finish();
        let broken = Broken { tried, sessions };
        text.push_str(&broken_text(name, &broken));
        all[key] = broken_json(&broken);
    }
    all["partial"] = stop().into();
    line(&if as_json { all.to_string() } else { text.trim_end().to_owned() });
    if stop() {
        let done = usize::try_from(sound.sessions).unwrap_or(usize::MAX);
        return Err(crate::interrupt::partial(done, &counted(sessions, "sound session")));
    }
    if sound.alarms.is_empty() {
        Ok(())
    } else {
        Err(CommandFailure::No("a sound session was condemned".to_owned()))
    }
}

fn sound_text(sound: &Soundness) -> String {
    let mut text = format!(
        "{}  {}, {}, {} of them done again with the reference: {} condemned, {} with a line that is not explained\n",
        strong(&format!("{:15}", "sound")),
        counted(sound.sessions, "session"),
        counted(sound.lines, "line"),
        count(sound.done_again),
        count(sound.alarms.len() as u64),
        count(sound.unexplained.len() as u64)
    );
    for alarm in sound.alarms.iter().chain(&sound.unexplained) {
        let Alarm { number, case, seen, rule, says } = alarm;
        let _ = writeln!(text, "{:15}  session {number}, {case} {seen}: {}: {says}", "", rule.id());
    }
    text
}

fn sound_json(sound: &Soundness) -> Value {
    let alarms = |alarms: &[Alarm]| -> Vec<Value> {
        let one = |alarm: &Alarm| {
            let Alarm { number, case, seen, rule, says } = alarm;
            json!({ "session": number, "case": case, "seen": seen.to_string(), "rule": rule.id(), "says": says })
        };
        alarms.iter().map(one).collect()
    };
    json!({
        "sessions": sound.sessions,
        "lines": sound.lines,
        "done_again": sound.done_again,
        "condemned": alarms(&sound.alarms),
        "unexplained": alarms(&sound.unexplained),
    })
}

fn broken_text(name: &str, broken: &Broken) -> String {
    let of = broken.sessions.len();
    let mut text = format!(
        "{}  of {} {of} with an observable violation: {} of {of} condemned; the rule is named first in {} of {of}, at all in {} of {of}\n",
        strong(&format!("{name:15}")),
        counted(broken.tried as u64, "session"),
        broken.number_of(|session| !session.missed),
        broken.number_of(|session| session.named),
        broken.number_of(|session| session.among)
    );
    for session in broken.missed() {
        let _ = writeln!(text, "{:15}  missed: {} in {}", "", session.mutant.id(), session.case);
    }
    for session in broken.misnamed() {
        let (mutant, rule) = (session.mutant.id(), session.mutant.rule().id());
        let found = session.found.first().map_or("", |(rule, _)| rule.id());
        let _ = writeln!(text, "{:15}  another rule: {mutant} in {}: {found}, not {rule}", "", session.case);
    }
    text
}

fn broken_json(broken: &Broken) -> Value {
    let one = |session: &BrokenSession| {
        let found: Vec<&str> = session.found.iter().map(|(rule, _)| rule.id()).collect();
        json!({ "mutant": session.mutant.id(), "rule": session.mutant.rule().id(), "case": session.case, "found": found })
    };
    json!({
        "tried": broken.tried,
        "sessions": broken.sessions.len(),
        "condemned": broken.number_of(|session| !session.missed),
        "named_first": broken.number_of(|session| session.named),
        "named": broken.number_of(|session| session.among),
        "missed": broken.missed().map(one).collect::<Vec<_>>(),
        "misnamed": broken.misnamed().map(one).collect::<Vec<_>>(),
    })
}

/// Judges one sound session as a recording, and keeps the recording where that is wanted.
pub(super) fn one(number: u64, arguments: &Arguments) -> Done {
    let trust = Trust::new(arguments.seed).map_err(CommandFailure::No)?;
    let session = trust.session(number);
    if let Some(path) = &arguments.keep {
        std::fs::write(path, trust::text(&session.lines))
            .map_err(|error| CommandFailure::No(file::unwritten(path, &error)))?;
    }
    remark(&format!("session {number}, {} {}", session.name, session.seen));
    let (recording, findings) = quietly(|| session.judge());
    print(arguments, &recording, &findings, &|place| format!("line {}", place.line))
}
