//! Where two states of a service differ first: the field, and the rule that it serves.
//!
//! The state is core's own and shows itself as text only. A restart compares digests, which is cheap; when they are not
//! the same, the two texts are walked side by side.

use std::iter::zip;

use claque_core::{Rule, Snapshot};
use claque_oracle::evidence;
use claque_oracle::evidence::Evidence;

/// Calls counted in the running second are written down by no journal: a restart forgets them.
const NOT_LASTING: &str = "quotas";
/// The longest value that is shown. Unit: characters.
const VALUE_MAX: usize = 80;

/// A field of the state, by the list it lies in and its name there, and the rule that nobody could keep without it.
///
/// A field that is missing here is named all the same, without a rule.
const SERVES: [(&str, &str, Rule); 28] = [
    ("apps", "life_cycle", Rule::HistoryRetentionExpires),
    ("apps", "audit", Rule::ModerationSwitchDefaultOff),
    ("apps", "callback_url", Rule::CallbackUrlAbsentOff),
    ("apps", "availability", Rule::AppDisableRefusesUse),
    ("apps", "deleted", Rule::AppDeleteFinal),
    ("apps", "created", Rule::AppTimesUnixSeconds),
    ("apps", "modified", Rule::AppTimesUnixSeconds),
    ("apps", "live_groups", Rule::QuotaGroupsPerApp),
    ("apps", "groups", Rule::ListGroupsSort),
    ("groups", "session", Rule::SupergroupStateSticky),
    ("groups", "muted", Rule::MuteSendBlocked),
    ("groups", "seq", Rule::ListMessagesFields),
    ("groups", "high_index", Rule::RecoveryHighAfterReconnect),
    ("groups", "types", Rule::StatisticsDeliveryTotal),
    ("groups", "audience", Rule::MessageDeliverAllMembers),
    ("groups", "shaper", Rule::ShaperFloorLatestPerType),
    ("groups", "standing", Rule::DeletionWindowPurge),
    ("groups", "history", Rule::RecoveryHighAfterReconnect),
    ("groups", "notices", Rule::SupergroupNoticeInterval),
    ("groups", "openings", Rule::StatisticsSessionsTotal),
    ("groups", "limit", Rule::ShaperBudgetDiffers),
    ("users", "logons", Rule::MembershipSessionOnePerUser),
    ("users", "memberships", Rule::MembershipSessionTimeout),
    ("users", "session", Rule::MembershipSessionTimeout),
    ("users", "info", Rule::UserInfoPerGroup),
    ("users", "ended", Rule::MembershipResumeExits),
    ("pending", "", Rule::ModerationFailureOpen),
    ("tids", "", Rule::MessageMsgTidGenerated),
];

/// The first field in which a service that came back differs from the one that went down, with its rule.
pub(crate) fn first_difference(before: &Snapshot, after: &Snapshot) -> (Option<Rule>, Evidence) {
    let (before, after) = (lasting(before), lasting(after));
    let Some((path, was, is)) = differing(&before, &after) else {
        return (None, evidence!("the service that the journal gives is not the one that went down"));
    };
    let rule = rule_of(&path);
    let field = path.join(".");
    // What an application signs with stays out of reports.
    let is_secret = path.first().is_some_and(|list| list == "apps" || list == "secrets");
    let values = if is_secret {
        Evidence::default()
    } else {
        evidence!(": it was ", shortened(&was), ", and is ", shortened(&is))
    };
    (rule, evidence!("after the restart ", field, " is not what it was", values))
}

/// The lines of a state that a journal keeps.
fn lasting(snapshot: &Snapshot) -> Vec<String> {
    // As text: the state is core's own, and a walk over its fields from here would open all of them.
    let text = format!("{snapshot:#?}");
    let mut lines = Vec::new();
    let mut skips: Option<usize> = None;
    for line in text.lines() {
        let depth = indent(line);
        match skips {
            Some(from) if depth > from => continue,
            Some(_) => skips = None,
            // Its first line opens it, and its last is as deep as the first.
            None if label(line) == Some(NOT_LASTING) && depth == 2 => {
                skips = line.ends_with(['{', '[', '(']).then_some(depth);
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

fn indent(line: &str) -> usize {
    (line.len() - line.trim_start().len()) / 4
}

/// The name of the field that a line begins or is.
fn label(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().split_once(": ")?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some(name)
}

/// The path of the first line that differs, and the line in both.
fn differing(before: &[String], after: &[String]) -> Option<(Vec<String>, String, String)> {
    // Of each level above the line: its name, and how many unnamed entries came in it so far.
    let mut path: Vec<(Option<String>, usize)> = Vec::new();
    let named = |path: &[(Option<String>, usize)]| path.iter().filter_map(|(name, _)| name.clone()).collect();
    for (was, is) in zip(before, after) {
        // The indentation is the path: a line at a depth closes whatever is open at that depth or below.
        path.truncate(indent(was));
        let closes = was.trim_start().starts_with(['}', ']', ')']);
        let name = label(was).map(str::to_owned).or_else(|| {
            let (_, entries) = path.last_mut().filter(|_| !closes && indent(was) > 2)?;
            *entries += 1;
            Some((*entries - 1).to_string())
        });
        if was != is {
            if !closes {
                path.push((name, 0));
            }
            return Some((named(&path), was.trim().to_owned(), is.trim().to_owned()));
        }
        if was.ends_with(['{', '[', '(']) {
            path.push((name, 0));
        }
    }
    // All lines that both have are equal: the difference is what the longer one has more.
    let (long, short) = if before.len() > after.len() { (before, after) } else { (after, before) };
    let more = long.get(short.len())?;
    let (was, is) =
        if before.len() > after.len() { (more.as_str(), "nothing") } else { ("nothing", more.as_str()) };
    Some((named(&path), was.trim().to_owned(), is.trim().to_owned()))
}

fn rule_of(path: &[String]) -> Option<Rule> {
    let list = path.first()?;
    let field = path.iter().skip(1).find(|name| name.parse::<usize>().is_err()).map_or("", String::as_str);
    let serves = |(of, name, _): &&(&str, &str, Rule)| of == list && (name.is_empty() || *name == field);
    SERVES.iter().find(serves).map(|(.., rule)| *rule)
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_MAX) {
        Some((cut, _)) => format!("{}…", value.get(..cut).unwrap_or_default()),
        None => value.trim_end_matches(',').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{Config, Instant, Rule, Service};

    use super::{differing, first_difference, lasting, rule_of};

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    const STATE: &str = "Snapshot(\n    State {\n        groups: [\n            Group {\n                seq: 1,\n            \
                         },\n            Group {\n                seq: 7,\n                types: [\n                    3,\n                ],\n            },\n        ],\n        \
                         tids: 4,\n    },\n)";

    #[test]
    fn the_first_field_that_differs_is_named_with_its_place() {
        let path = |other: &str| differing(&lines(STATE), &lines(other)).map(|(path, ..)| path.join("."));
        assert_eq!(path(STATE), None);
        assert_eq!(path(&STATE.replace("seq: 7", "seq: 8")).as_deref(), Some("groups.1.seq"));
        assert_eq!(path(&STATE.replace("    3,", "    4,")).as_deref(), Some("groups.1.types.0"));
        assert_eq!(path(&STATE.replace("tids: 4", "tids: 2")).as_deref(), Some("tids"));
    }

    #[test]
    fn a_field_has_the_rule_that_it_serves() {
        let rule = |path: &str| rule_of(&path.split('.').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(rule("groups.1.seq"), Some(Rule::ListMessagesFields));
        assert_eq!(rule("pending.0.due"), Some(Rule::ModerationFailureOpen));
        assert_eq!(rule("secrets.counter"), None);
    }

    #[test]
    fn two_states_that_differ_in_time_alone_differ_in_time() {
        let at = |second| {
            Service::<claque_core::HitCounts>::new(
                Instant::from_unix_seconds(second),
                Config::default(),
                claque_core::HitCounts::default(),
                claque_core::Sound,
            )
            .snapshot()
        };
        let (rule, said) = first_difference(&at(1), &at(2));
        assert_eq!(rule, None);
        assert_eq!(
            said.to_string(),
            "after the restart now.0 is not what it was: it was 1000000, and is 2000000"
        );
        assert!(lasting(&at(1)).iter().all(|line| !line.contains("quotas")));
    }
}
