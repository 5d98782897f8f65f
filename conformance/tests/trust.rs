//! An audit condemns no sound session, and finds what a broken one shows.
//!
//! A small number is tried here; `claque audit --trust 10000` tries more.

use claque_conformance::trust::{Naming, Trust};

/// Sound sessions that are tried.
const SOUND: u64 = 60;
/// Broken sessions that are tried.
const BROKEN: usize = 20;

#[test]
fn no_sound_session_is_condemned() {
    let sound = Trust::new(7).expect("the suite is there").sound(0..SOUND, &|| false, &mut |_| {});
    assert_eq!(sound.sessions, SOUND);
    assert!(sound.done_again > SOUND / 10, "{} were done again", sound.done_again);
    let alarms: Vec<String> = sound
        .alarms
        .iter()
        .map(|alarm| {
            format!("{} {} {}: {}: {}", alarm.number, alarm.case, alarm.seen, alarm.rule.id(), alarm.says)
        })
        .collect();
    assert_eq!(alarms, Vec::<String>::new());
}

#[test]
fn what_a_broken_session_shows_is_found_under_its_rule() {
    let trust = Trust::new(7).expect("the suite is there");
    let (sessions, tried) = trust.broken(BROKEN, Naming::AllKnown, &|| false, &mut |_| {});
    assert_eq!(sessions.len(), BROKEN, "of {tried}");
    let missed: Vec<&str> =
        sessions.iter().filter(|session| session.missed).map(|session| session.mutant.id()).collect();
    // So small a sample may hold a few more than one in twenty.
    assert!(missed.len() * 10 <= BROKEN, "{missed:?}");
    let named = sessions.iter().filter(|session| session.among).count();
    assert!(named * 10 >= BROKEN * 8, "{named} of {BROKEN} under the right rule");
}
