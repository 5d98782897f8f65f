//! Answers of lists: how many entries, in which order, narrowed to what.

use std::collections::{BTreeMap, BTreeSet};

use claque_core::{Operation, Rule};
use serde_json::{Map, Value as Json};

use super::findings::Findings;
use super::groups::done_by_others;
use super::recording::{CallSeen, Ended, FrameSeen, Place, Recording};

/// The fields that are judged in the answer of one operation.
struct SeenPage {
    list: &'static str,
    /// With the sizes that may be asked for: what another one does is open.
    size: Option<(Rule, i64, i64)>,
    sort: Option<(&'static str, Rule)>,
    token: Option<Rule>,
}

const fn page_of(operation: Operation) -> Option<SeenPage> {
    match operation {
        Operation::ListLiveMessageGroupUsers => Some(SeenPage {
            list: "UserList",
            size: Some((Rule::ListUsersPageSize, 10, 50)),
            sort: None,
            token: Some(Rule::ListUsersTokenEnd),
        }),
        Operation::ListLiveMessageGroupMessages => Some(SeenPage {
            list: "MessageList",
            size: Some((Rule::ListMessagesPageSize, 10, 50)),
            sort: Some(("Timestamp", Rule::ListMessagesSort)),
            token: Some(Rule::ListMessagesTokenEnd),
        }),
        Operation::ListLiveMessageGroups => Some(SeenPage {
            list: "GroupList",
            size: None,
            sort: Some(("Createtime", Rule::ListGroupsSort)),
            token: None,
        }),
        Operation::ListLiveMessageApps => Some(SeenPage {
            list: "AppList",
            size: None,
            sort: Some(("CreateTime", Rule::ListAppsSort)),
            token: None,
        }),
        Operation::ListLiveMessageGroupByPage => {
            let size = Some((Rule::ListGroupPageSize, 1, 50));
            Some(SeenPage { list: "GroupList", size, sort: None, token: None })
        }
        _ => None,
    }
}

pub(super) fn judge(recording: &Recording, findings: &mut Findings) {
    let unstored = unstored(recording);
    for call in &recording.calls {
        let (Ended::Accepted(answer), Some(page)) = (&call.ended, page_of(call.operation)) else { continue };
        let Some(entries) = answer.get(page.list).and_then(Json::as_array) else { continue };
        let integer = |name: &str| call.params.long(name).ok().flatten();
        if let (Some((rule, least, most)), Some(size)) = (page.size, integer("PageSize"))
            && (least..=most).contains(&size)
        {
            let fits = i64::try_from(entries.len()).is_ok_and(|entries| entries <= size);
            let says = || format!("a page of {size} holds {} entries", entries.len());
            findings.hold(fits, rule, call.place, says);
        }
        if let (Some((field, rule)), Some(order)) = (page.sort, integer("SortType")) {
            sorted(entries, field, order, rule, call.place, findings);
        }
        if let Some(rule) = page.token {
            token(answer, rule, call.place, findings);
        }
        match call.operation {
            Operation::ListLiveMessageGroupMessages => {
                narrowed(call, entries, findings);
                listed_unstored(recording, (call, entries), &unstored, findings);
            }
            Operation::ListLiveMessageGroups | Operation::ListLiveMessageGroupByPage => {
                status(call, entries, findings);
            }
            _ => {}
        }
    }
}

fn sorted(entries: &[Json], field: &str, order: i64, rule: Rule, place: Place, findings: &mut Findings) {
    let times: Option<Vec<i64>> = entries.iter().map(|entry| entry.get(field)?.as_i64()).collect();
    let Some(times) = times.filter(|times| times.len() > 1) else { return };
    let fits = match order {
        1 => times.is_sorted(),
        2 => times.is_sorted_by(|earlier, later| earlier >= later),
        _ => return,
    };
    let says = || format!("a list of order {order} is not in the order of {field}");
    findings.hold(fits, rule, place, says);
}

/// The last page carries the token 0, and no other.
fn token(answer: &Map<String, Json>, rule: Rule, place: Place, findings: &mut Findings) {
    let more = answer.get("Hasmore").or_else(|| answer.get("HasMore")).and_then(Json::as_bool);
    let next = answer.get("NextPageToken").and_then(Json::as_i64);
    let (Some(false), Some(next)) = (more, next) else { return };
    findings.hold(next == 0, rule, place, || format!("the last page carries the token {next}"));
}

/// Messages that were sent with `NoStorage` whenever something was sent under their IDs.
fn unstored(recording: &Recording) -> BTreeMap<(&str, &str, &str), &CallSeen> {
    let mut unstored = BTreeMap::new();
    let mut stored = BTreeSet::new();
    for call in recording.calls.iter().filter(|call| call.operation == Operation::SendLiveMessageGroup) {
        let id = super::groups::id_of(call).or_else(|| call.text("MsgTid"));
        let (Some(app), Some(group), Some(id)) = (call.text("AppId"), call.text("GroupId"), id) else {
            continue;
        };
        if call.params.boolean("NoStorage").ok().flatten() == Some(true) {
            unstored.insert((app, group, id), call);
        } else {
            stored.insert((app, group, id));
        }
    }
    // A back end may choose an ID that somebody else was given: then it is that message which is listed.
    let older = recording.calls.iter().filter_map(|call| match &call.ended {
        Ended::Accepted(answer) => answer.get("Result")?.get("MessageId")?.as_str(),
        Ended::Refused(..) | Ended::Unreadable(_) | Ended::Unseen => None,
    });
    let frames = recording.clients.values().flat_map(|client| &client.frames);
    let given: BTreeSet<&str> = frames
        .filter_map(|(_, _, frame)| match frame {
            FrameSeen::Received(answer) => answer.get("result")?.get("messageId")?.as_str(),
            FrameSeen::Sent(_) | FrameSeen::Link(_) => None,
        })
        .chain(older)
        .collect();
    unstored.retain(|key, _| !stored.contains(key) && !given.contains(key.2));
    unstored
}

fn narrowed(call: &CallSeen, entries: &[Json], findings: &mut Findings) {
    let integer = |name: &str| call.params.long(name).ok().flatten();
    let of = |entry: &Json, name: &str| entry.get(name).and_then(Json::as_i64);
    if let Some(kind) = integer("MsgType") {
        let fits = entries.iter().all(|entry| of(entry, "MsgType").is_none_or(|own| own == kind));
        let says = || format!("a list of type {kind} holds another type");
        findings.hold(fits, Rule::ListMessagesTypeFilter, call.place, says);
    }
    let (begin, end) = (integer("BeginTime").unwrap_or(0), integer("EndTime").unwrap_or(0));
    if begin > 0 || end > 0 {
        let inside = |at: i64| at >= begin && (end <= 0 || at <= end);
        let fits = entries.iter().all(|entry| of(entry, "Timestamp").is_none_or(inside));
        let says = || format!("a list from {begin} to {end} holds a message of another time");
        findings.hold(fits, Rule::ListMessagesTimeWindow, call.place, says);
    }
}

/// A message that was sent with `NoStorage` is not listed.
fn listed_unstored(
    recording: &Recording,
    (call, entries): (&CallSeen, &[Json]),
    unstored: &BTreeMap<(&str, &str, &str), &CallSeen>,
    findings: &mut Findings,
) {
    let (Some(app), Some(group)) = (call.text("AppId"), call.text("GroupId")) else { return };
    for entry in entries {
        let id = entry.get("MsgTid").and_then(Json::as_str).unwrap_or_default();
        if let Some(sent) = unstored.get(&(app, group, id)) {
            // Where something is missing, somebody may have sent another message under the same ID, and that is listed.
            let since = sent.sent.until(call.window).is_within(recording.complete_apps.get(app));
            let ever = sent.text("MsgTid").is_none() || recording.is_whole(app, call.window);
            if !since || !ever || done_by_others(recording, app) {
                continue;
            }
            let says = format!("message {id} is listed, although it was sent with NoStorage");
            findings.break_rule(Rule::HistoryNoStorageSkips, says, vec![sent.place, call.place]);
        }
    }
}

fn status(call: &CallSeen, entries: &[Json], findings: &mut Findings) {
    let deleted = match call.params.long("GroupStatus").ok().flatten() {
        Some(1) => false,
        Some(2) => true,
        Some(_) | None => return,
    };
    let fits = entries.iter().all(|entry| {
        entry.get("Delete").and_then(Json::as_bool).is_none_or(|is_deleted| is_deleted == deleted)
    });
    let says = || "a list of groups of one status holds one of the other".to_owned();
    findings.hold(fits, Rule::ListGroupsStatus, call.place, says);
}
