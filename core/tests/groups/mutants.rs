//! Every mutant of this area shows in what the script is answered.

use claque_core::{Mutant, Readings, Rule};

use crate::script::{Setup, story};
use crate::unnoticed;

/// Areas of rules that concern messages, which the script does not send.
const ELSEWHERE: &[&str] = &[
    "deletion.messages.",
    "deletion.restore.messages-kept",
    "history.client.",
    "history.no-storage",
    "history.retention.expires",
    "history.user-message",
    "legacy.list.",
    "legacy.send",
    "legacy.type",
    "list.messages.",
    "message.",
    "moderation.failure",
    "moderation.skip",
    "moderation.verdict",
    "priority.",
    "recall.",
    "recovery.",
    "shaper.",
    "statistics.delivery",
    "statistics.increase",
    "wire.",
];

/// Rules of these areas that something else than core decides, or that no operation of the surface touches.
const DECIDED_ELSEWHERE: &[&str] = &[
    "app.delete.no-operation",
    "callback.auth.headers",
    "callback.body.shape",
    "callback.delivery.retries",
    "callback.sign.formula",
    "callback.sign.freshness",
    "callback.transport.post-json",
    "error.server-error.code",
    "group.admins.comma",
    "legacy.callback.get",
    "legacy.callback.key",
    "legacy.callback.retried",
    "legacy.callback.signature",
    "legacy.response.envelope",
    "moderation.request.content",
    "quota.throttle.headers",
];

#[test]
fn every_rule_of_the_area_decides_something() {
    let (_, hits) = story(Setup::default());
    let elsewhere =
        |id: &str| ELSEWHERE.iter().any(|area| id.starts_with(area)) || DECIDED_ELSEWHERE.contains(&id);
    let silent: Vec<&str> = Rule::ALL
        .iter()
        .filter(|rule| hits.of(**rule) == 0)
        .map(|rule| rule.id())
        .filter(|id| !elsewhere(id))
        .collect();
    assert!(silent.is_empty(), "never decided: {silent:?}");
}

#[test]
fn the_same_script_tells_the_same_story() {
    assert_eq!(story(Setup::default()).0, story(Setup::default()).0);
}

/// Rules whose mutants in core show in what the script does not have: an application with settings that is disabled, a user in
/// nine groups, a text under review beyond ASCII. The suite's cases have it.
const SHOWN_BY_CASES: &[&str] =
    &["app.describe.fields", "callback.field.groups", "moderation.request.content"];

/// The conformance suite judges every single mutant; here each rule has one at least that core's own script notices.
#[test]
fn a_mutant_of_every_rule_changes_the_story() {
    // The list of messages is the other script's.
    let here = |mutant: &Mutant| {
        *mutant != Mutant::OldListSortedByDelivery
            && !ELSEWHERE.iter().any(|area| mutant.rule().id().starts_with(area))
            && !SHOWN_BY_CASES.contains(&mutant.rule().id())
    };
    let (sound, _) = story(Setup::default());
    let noted = |mutant| story(Setup { mutation: Some(mutant), reading: None }).0;
    let unnoticed = unnoticed::rules(Mutant::ALL.iter().copied().filter(here), &sound, noted);
    assert!(unnoticed.is_empty(), "the script notices no mutant of {unnoticed:?}");
}

/// Readings that only messages, or the way an answer is written, can show.
const READ_ELSEWHERE: &[&str] = &[
    "auth.ram-code",
    "callback.sign-field",
    "create.fresh-flags",
    "deletion.deletor-absent",
    "deletion.late-restore",
    "deletion.message-window",
    "group.active",
    "history.",
    "legacy.",
    "list.disable-type",
    "list.total-messages",
    "list.window-",
    "moderation.unreadable",
    "priority.",
    "quota.throttle-status",
    "recall.",
    "recovery.",
    "send.",
    "shaper.",
    "user-send.",
    "wire.",
];

#[test]
fn every_alternative_reading_changes_the_story() {
    let (default, _) = story(Setup::default());
    let mut unnoticed = Vec::new();
    for &id in Readings::ids() {
        if READ_ELSEWHERE.iter().any(|area| id.starts_with(area)) {
            continue;
        }
        let values = Readings::alternatives(id).unwrap();
        // The script is notified under shared families, which is not their default.
        let others = if id == "families" { &values[..1] } else { &values[1..] };
        for &value in others {
            let (other, _) = story(Setup { mutation: None, reading: Some((id, value)) });
            if other == default {
                unnoticed.push(format!("{id} = {value}"));
            }
            assert!(!other.contains("violated"), "{id} = {value} keeps the invariants");
        }
    }
    assert!(unnoticed.is_empty(), "the script does not notice {unnoticed:?}");
}
