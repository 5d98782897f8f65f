//! Rules that no run can reach, and why: every other one is owed by a campaign.

use claque_core::Rule;

/// By reason: the rules, by id, or all whose ids begin so where the word ends with a dot.
const BEYOND: [(&str, &[&str]); 7] = [
    (
        "decided on the wire, and a run has none",
        &[
            "app.delete.no-operation",
            "group.admins.comma",
            "legacy.response.envelope",
            "legacy.send.response",
            "list.messages.fields",
            "message.send.response",
            "quota.throttle.headers",
            "wire.",
        ],
    ),
    (
        "decided by the sender of callbacks and reviews, or their receiver",
        &[
            "callback.auth.headers",
            "callback.body.shape",
            "callback.delivery.retries",
            "callback.sign.",
            "callback.transport.",
            "legacy.callback.",
            "moderation.request.content",
        ],
    ),
    ("takes a counter near 2^63, and no crowd is that large", &["statistics.increase.saturates"]),
    ("decided by the client library", &["recovery.pull.by-client"]),
    ("takes an audience in an older application, and no scenario has one", &["legacy.token.logs-on"]),
    (
        "takes several callers with policies, and a run has one account",
        &["auth.policy.", "quota.qps.shared-by-account"],
    ),
    (
        "takes a caller that leaves an ID away or claims what is not so, and a crowd does neither",
        &[
            "group.app-id.required",
            "membership.heartbeat.range",
            "token.parameters.match",
            "token.role.admin",
        ],
    ),
];

/// Why no run reaches a rule; nothing where runs should.
#[must_use]
pub fn beyond(rule: Rule) -> Option<&'static str> {
    BEYOND.iter().find(|(_, words)| words.iter().any(|word| names(word, rule))).map(|(reason, _)| *reason)
}

fn names(word: &str, rule: Rule) -> bool {
    rule.id() == word || (word.ends_with('.') && rule.id().starts_with(word))
}

#[cfg(test)]
mod tests {
    use claque_core::Rule;

    use super::{BEYOND, beyond, names};

    #[test]
    fn every_word_names_a_rule_and_none_a_rule_of_another_reason() {
        for (reason, words) in BEYOND {
            for word in words {
                let rules: Vec<&Rule> = Rule::ALL.iter().filter(|rule| names(word, **rule)).collect();
                assert!(!rules.is_empty(), "{word} names no rule");
                assert!(rules.iter().all(|rule| beyond(**rule) == Some(reason)), "{word} stands twice");
            }
        }
        assert_eq!(beyond(Rule::ShaperBudgetPerSecond), None);
    }
}
