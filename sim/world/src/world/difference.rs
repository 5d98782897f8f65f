//! Where two states of a service differ first: the field, and the rule that it serves.
//!
//! The state is core's own and shows itself as text only. A restart compares digests, which is cheap; when they are not
//! the same, the two texts are walked side by side.

use std::iter::zip;

use claque_core::{Config, Rule, Snapshot};
use claque_oracle::evidence;
use claque_oracle::evidence::Evidence;

/// Calls counted in the running second are written down by no journal: a restart forgets them.
const NOT_LASTING: &str = "quotas";
/// Tables that are made again when somebody asks: they remember nothing, and no snapshot holds them.
const MADE_ANEW: &str = "index";
/// The longest value that is shown. Unit: characters.
const VALUE_MAX: usize = 80;

/// A field of the state, by the list it lies in and its name, and the rule that nobody could keep without it.
///
/// Of the names on the way to a value the innermost that stands here counts: the end of a mute serves another rule than the
/// mutes do. A field that serves no rule stands in [`SERVES_NONE`], and a test asks for all of them.
const SERVES: [(&str, &str, Rule); 50] = [
    ("apps", "name", Rule::AppDescribeFields),
    ("apps", "life_cycle", Rule::HistoryRetentionExpires),
    ("apps", "audit", Rule::ModerationSwitchDefaultOff),
    ("apps", "callback_url", Rule::CallbackUrlAbsentOff),
    ("apps", "availability", Rule::AppDisableRefusesUse),
    ("apps", "data_center", Rule::AppDataCenterMatch),
    ("apps", "deleted", Rule::AppDeleteFinal),
    ("apps", "created", Rule::AppTimesUnixSeconds),
    ("apps", "modified", Rule::AppTimesUnixSeconds),
    ("apps", "live_groups", Rule::QuotaGroupsPerApp),
    ("apps", "groups", Rule::ListGroupsSort),
    ("apps", "family", Rule::LegacyFamiliesSeparate),
    ("groups", "activity", Rule::SupergroupStateSticky),
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
    ("groups", "shut", Rule::SupergroupReopenNormal),
    ("groups", "meta", Rule::GroupDescribeFields),
    ("groups", "mutes", Rule::MuteSendBlocked),
    ("groups", "ends", Rule::LegacyMuteDefaultDuration),
    ("groups", "likes", Rule::LegacyLikeCount),
    ("groups", "given_tids", Rule::MessageMsgTidUnique),
    ("users", "logons", Rule::MembershipSessionOnePerUser),
    ("users", "memberships", Rule::MembershipSessionTimeout),
    ("users", "session", Rule::MembershipSessionTimeout),
    ("users", "token_expiry", Rule::TokenExpiryBlocksReconnect),
    ("users", "admin", Rule::TokenRoleAdmin),
    ("users", "acknowledges", Rule::MessageUserSendOldClient),
    ("users", "info", Rule::UserInfoPerGroup),
    ("users", "ended", Rule::MembershipResumeExits),
    ("tickets", "", Rule::ModerationFailureOpen),
    ("sequences", "", Rule::MessageMsgTidGenerated),
    ("limits", "account_apps_max", Rule::QuotaAppsPerAccount),
    ("limits", "app_groups_max", Rule::QuotaGroupsPerApp),
    ("limits", "group_members_max", Rule::SupergroupThresholdMembers),
    ("limits", "group_types_max", Rule::MessageTypesMax),
    ("limits", "group_messages_per_second", Rule::ShaperBudgetPerGroup),
    ("limits", "recent_messages_max", Rule::MessageRecentSize),
    ("limits", "list_page_size", Rule::ListGroupsTokenString),
    ("limits", "heartbeat_timeout", Rule::MembershipSessionTimeout),
    ("limits", "moderation_within", Rule::ModerationFailureOpen),
    ("limits", "call_quotas", Rule::QuotaQpsSecond),
];

/// Fields that serve no rule of their own: what names a thing, what the ledger and answers copy, and what only runs have.
#[cfg(test)]
const SERVES_NONE: [(&str, &str); 12] = [
    ("apps", "account"),
    ("apps", "id"),
    ("apps", "key"),
    ("apps", "sign"),
    ("apps", "old"),
    ("groups", "app"),
    ("groups", "last_slot"),
    ("users", "app"),
    ("users", "id"),
    ("users", "device"),
    ("limits", "public_urls_only"),
    ("limits", "readings"),
];

/// Deadlines by the names that the state shows, and the rule that each is for.
const DEADLINES: [(&str, Rule); 10] = [
    ("ShaperWindow", Rule::ShaperFloorLatestPerType),
    ("MembershipNotice", Rule::SupergroupNoticeInterval),
    ("SessionTimeout", Rule::MembershipSessionTimeout),
    ("GroupPurge", Rule::DeletionWindowPurge),
    ("Retention", Rule::HistoryRetentionExpires),
    ("Ticket", Rule::ModerationFailureOpen),
    ("MuteEnd", Rule::LegacyMuteDefaultDuration),
    ("SessionsEnd", Rule::AppDisableRefusesUse),
    ("GroupsEnd", Rule::AppDeleteFinal),
    ("MembersEnd", Rule::DeletionGroupSessionOver),
];

/// The first field in which a service that came back differs from the one that went down, with its rule.
#[must_use]
pub fn first_difference(before: &Snapshot, after: &Snapshot) -> (Option<Rule>, Evidence) {
    let (before, after) = (lasting(before), lasting(after));
    let Some((at, path, was, is)) = differing(&before, &after) else {
        return (None, evidence!("the service that the journal gives is not the one that went down"));
    };
    // A deadline more or less moves all that follow; the one that the fuller state has there is what differs.
    let fuller = if before.len() < after.len() { &after } else { &before };
    let rule = match path.first().map(String::as_str) {
        Some("timers") => deadline_at(fuller, at),
        Some(_) | None => rule_of(&path),
    };
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

/// The first setting that a restart gives another value than it had, with its rule.
pub(crate) fn first_setting(before: &Config, after: &Config) -> (Option<Rule>, Evidence) {
    let lines = |config: &Config| -> Vec<String> {
        // Nested as the state is, so that one walk reads both.
        let limits = format!("{:#?}", config.limits);
        let readings = format!("{:#?}", config.readings);
        let nested = |text: &str| text.replace('\n', "\n    ");
        let text =
            format!("Config {{\n    limits: {},\n    readings: {},\n}}", nested(&limits), nested(&readings));
        text.lines().map(str::to_owned).collect()
    };
    let (before, after) = (lines(before), lines(after));
    let Some((_, path, was, is)) = differing(&before, &after) else {
        return (None, evidence!("the restart lost a change of the configuration"));
    };
    let said = evidence!(
        "the restart lost a change of the configuration: ",
        path.join("."),
        " was ",
        shortened(&was),
        ", and is ",
        shortened(&is)
    );
    (rule_of(&path), said)
}

/// The rule of the deadline in which a line of the state lies.
fn deadline_at(lines: &[String], at: usize) -> Option<Rule> {
    // Time first, then the kind: from the line on, the next kind that is named is that of the entry, unless the line
    // lies behind it already.
    let named = |line: &String| {
        DEADLINES
            .iter()
            .find(|(name, _)| line.trim_start().strip_prefix(name).is_some_and(|rest| rest == "("))
    };
    let entry = lines.get(..=at)?.iter().rposition(|line| line.trim() == "(").unwrap_or(0);
    lines.get(entry..)?.iter().find_map(named).map(|(_, rule)| *rule)
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
            None if (label(line) == Some(NOT_LASTING) && depth == 2) || label(line) == Some(MADE_ANEW) => {
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

/// The number of the first line that differs, its path, and the line in both.
fn differing(before: &[String], after: &[String]) -> Option<(usize, Vec<String>, String, String)> {
    // Of each level above the line: its name, and how many unnamed entries came in it so far.
    let mut path: Vec<(Option<String>, usize)> = Vec::new();
    let named = |path: &[(Option<String>, usize)]| path.iter().filter_map(|(name, _)| name.clone()).collect();
    for (at, (was, is)) in zip(before, after).enumerate() {
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
            return Some((at, named(&path), was.trim().to_owned(), is.trim().to_owned()));
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
    Some((short.len(), named(&path), was.trim().to_owned(), is.trim().to_owned()))
}

fn rule_of(path: &[String]) -> Option<Rule> {
    let list = path.first()?;
    let serves = |field: &str| SERVES.iter().find(|(of, name, _)| of == list && *name == field);
    // From the value outwards, and last of all what a list serves as a whole.
    let named = path.iter().skip(1).rev().find_map(|field| serves(field));
    named.or_else(|| serves("")).map(|(.., rule)| *rule)
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_MAX) {
        Some((cut, _)) => format!("{}…", value.get(..cut).unwrap_or_default()),
        None => value.trim_end_matches(',').to_owned(),
    }
}

#[cfg(test)]
mod tests;
