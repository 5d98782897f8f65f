//! Tries an audit on sessions whose truth is known: `cargo run --release -p claque-conformance --example trust -- 10000 1000`.

use claque_conformance::trust::{Naming, Trust};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap_or(0));
    let (sound, broken) = (numbers.next().unwrap_or(300), numbers.next().unwrap_or(100));
    let trust = Trust::new(numbers.next().unwrap_or(1)).unwrap_or_else(|error| panic!("{error}"));
    if let Some(number) = std::env::var("SESSION").ok().and_then(|number| number.parse().ok()) {
        let text = claque_conformance::trust::text(&trust.recording(number).1);
        std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes()).expect("somebody reads");
        return;
    }
    let soundness = trust.sound(0..sound);
    let (sessions, tried) = trust.broken(
        usize::try_from(broken).unwrap_or(0),
        match numbers.next() {
            Some(0) => Naming::WithoutItself,
            Some(2) => Naming::WhileTimePasses,
            _ => Naming::AllKnown,
        },
    );
    let count = |of: &dyn Fn(&claque_conformance::trust::BrokenSession) -> bool| {
        sessions.iter().filter(|session| of(session)).count()
    };
    let said = format!(
        "sound: {} sessions, {} lines, {} done again, {} alarms, {} unexplained\nbroken: {} observable of {tried}; flagged {}, rule first {}, rule among {}\n",
        soundness.sessions,
        soundness.lines,
        soundness.done_again,
        soundness.alarms.len(),
        soundness.unexplained.len(),
        sessions.len(),
        count(&|session| !session.missed),
        count(&|session| session.named),
        count(&|session| session.among),
    );
    let mut text = said;
    for alarm in soundness.alarms.iter().chain(&soundness.unexplained) {
        text +=
            &format!("{} {} {} {}: {}\n", alarm.number, alarm.case, alarm.seen, alarm.rule.id(), alarm.says);
    }
    for session in sessions.iter().filter(|session| !session.named) {
        let kind = if session.missed {
            "MISSED"
        } else if session.among {
            "AMONG"
        } else {
            "OTHER"
        };
        text += &format!(
            "{kind} {} [{}] {} -> {:?}\n",
            session.mutant.id(),
            session.mutant.rule().id(),
            session.case,
            session.found.iter().map(|(rule, says)| format!("{}: {says}", rule.id())).collect::<Vec<_>>()
        );
    }
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes()).expect("somebody reads");
}
