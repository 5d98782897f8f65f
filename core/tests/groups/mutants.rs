//! Every deliberate defect of this area shows in what the script is answered.

use std::panic;

use claque_core::{Mutation, Rule};

use crate::script::story;

/// Areas of rules that concern messages, which the script does not send.
const ELSEWHERE: &[&str] = &[
    "deletion.messages.",
    "deletion.restore.messages-kept",
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
    "mute.send.blocked",
    "mute.staff.exempt",
    "priority.",
    "recall.",
    "recovery.",
    "shaper.",
    "statistics.delivery",
    "statistics.increase",
    "statistics.types",
    "wire.",
];

/// Defects of other areas' rules that only messages show.
const NEED_MESSAGES: &[&str] = &["mute-exceptions-ignored"];

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
    "legacy.like.count",
    "legacy.mute.default-duration",
    "legacy.mute.operator-creator",
    "legacy.response.envelope",
    "moderation.request.content",
    "quota.throttle.headers",
    "token.app-key.secret",
];

#[test]
fn every_rule_of_the_area_decides_something() {
    let (_, hits) = story(None);
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
    assert_eq!(story(None).0, story(None).0);
}

#[test]
fn every_defect_changes_the_story() {
    let (sound, _) = story(None);
    let mut unnoticed = Vec::new();
    for &mutation in Mutation::ALL {
        let rule = mutation.rule().id();
        if ELSEWHERE.iter().any(|area| rule.starts_with(area)) || NEED_MESSAGES.contains(&mutation.id()) {
            continue;
        }
        let broken = panic::catch_unwind(|| story(Some(mutation)).0);
        if broken.is_ok_and(|broken| broken == sound) {
            unnoticed.push(mutation.id());
        }
    }
    assert!(unnoticed.is_empty(), "the script does not notice {unnoticed:?}");
}
