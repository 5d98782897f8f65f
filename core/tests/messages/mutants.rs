//! Every rule about messages decides something, and every mutant and reading shows.

use claque_core::{Mutant, Readings, Rule};

use crate::scenes::story;
use crate::unnoticed;
use crate::world::Setup;

/// Areas of rules about messages.
const AREAS: &[&str] = &[
    "deletion.messages.",
    "history.client.",
    "history.no-storage",
    "history.retention.default",
    "history.retention.expires",
    "history.user-message",
    "legacy.list.",
    "legacy.send",
    "legacy.type",
    "list.messages.",
    "message.",
    "moderation.failure",
    "moderation.skip",
    "moderation.switch",
    "moderation.verdict",
    "priority.",
    "recall.",
    "recovery.",
    "shaper.",
    "statistics.delivery",
    "statistics.increase",
];

/// Rules of these areas that the wire or the client decides.
const ELSEWHERE: &[&str] =
    &["legacy.send.response", "list.messages.fields", "message.send.response", "recovery.pull.by-client"];

/// Mutants that the checks shared with other areas have.
const SHARED_CHECKS: &[&str] =
    &["old-retention-default-90", "retention-default-90", "review-default-built-in"];

fn in_area(rule: Rule) -> bool {
    AREAS.iter().any(|area| rule.id().starts_with(area)) && !ELSEWHERE.contains(&rule.id())
}

#[test]
fn every_rule_about_messages_decides_something() {
    let (_, hits) = story(Setup::default());
    let silent = |rule: &&Rule| in_area(**rule) && hits.of(**rule) == 0;
    let silent: Vec<&str> = Rule::ALL.iter().filter(silent).map(|rule| rule.id()).collect();
    assert!(silent.is_empty(), "never decided: {silent:?}");
}

#[test]
fn every_rule_that_core_alone_decides_has_a_mutant() {
    let wire = ["legacy.send"];
    // No operation shows what is kept of messages between users, so that nobody could catch such a mutant.
    let unseen = "history.user-message.unstored";
    let spared = |rule: &&Rule| {
        in_area(**rule)
            && rule.id() != unseen
            && !wire.iter().any(|start| rule.id().starts_with(start))
            && !Mutant::ALL.iter().any(|mutation| mutation.rule() == **rule)
    };
    let spared: Vec<&str> = Rule::ALL.iter().filter(spared).map(|rule| rule.id()).collect();
    assert!(spared.is_empty(), "no mutant breaks {spared:?}");
}

#[test]
fn the_same_script_tells_the_same_story() {
    assert_eq!(story(Setup::default()).0, story(Setup::default()).0);
}

/// Rules whose mutants in core show in what the script does not have: changes of a group between a message and its listing, more
/// than ten receivers. The suite's cases have it.
const SHOWN_BY_CASES: &[&str] = &["history.retention.default", "legacy.send-users.type-required"];

/// The conformance suite judges every single mutant; here each rule has one at least that core's own script notices.
#[test]
fn a_mutant_of_every_rule_changes_the_story() {
    let here = |mutant: &Mutant| {
        in_area(mutant.rule())
            && !SHARED_CHECKS.contains(&mutant.id())
            && !SHOWN_BY_CASES.contains(&mutant.rule().id())
    };
    let (sound, _) = story(Setup::default());
    let noted = |mutant| story(Setup { mutation: Some(mutant), reading: None }).0;
    let unnoticed = unnoticed::rules(Mutant::ALL.iter().copied().filter(here), &sound, noted);
    assert!(unnoticed.is_empty(), "the script notices no mutant of {unnoticed:?}");
}

/// Readings about messages, but for those that only the way from the reviewer to core can show.
const READINGS: &[&str] = &[
    "deletion.late-restore",
    "deletion.message-window",
    "group.active",
    "history.",
    "legacy.data",
    "legacy.shaping",
    "list.page-range",
    "list.total-messages",
    "list.window-",
    "priority.",
    "recall.",
    "recovery.",
    "send.",
    "shaper.",
    "size.",
    "user-id.charset",
    "user-send.",
];

#[test]
fn every_alternative_reading_changes_the_story() {
    let (default, _) = story(Setup::default());
    let mut unnoticed = Vec::new();
    for &id in Readings::ids() {
        if !READINGS.iter().any(|area| id.starts_with(area)) {
            continue;
        }
        for &value in Readings::alternatives(id).expect("a known reading").iter().skip(1) {
            if story(Setup { mutation: None, reading: Some((id, value)) }).0 == default {
                unnoticed.push(format!("{id} = {value}"));
            }
        }
    }
    assert!(unnoticed.is_empty(), "the script does not notice {unnoticed:?}");
}
