//! What was acknowledged is there when it is read: at once, behind a compaction, behind every end of a server.

use claque_core::Limits;
use serde_json::Value as Json;

use super::answers::early;
use super::broken::{BrokenPromise, SECOND};
use super::story::{CallStory, LogStory};
use crate::receiver::address;
use crate::viewer::group_id;

/// A write of a value.
struct Write {
    sent: u64,
    /// When it had certainly happened; for ever where that is not known.
    done: u64,
    /// When it can have happened at the latest.
    latest: u64,
    value: String,
}

pub(crate) fn judge(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    for group in 0..3 {
        let group = group_id(group);
        let of = |call: &CallStory<'_>, name: &str| call.is(name) && call.text("GroupId") == Some(&group);
        let writes = writes(story, String::new(), &|call| {
            of(call, "ModifyLiveMessageGroup").then(|| call.text("GroupInfo").unwrap_or_default().to_owned())
        });
        let what = format!("the information of {group}");
        register(story, (&what, &writes), findings, &|call| {
            of(call, "DescribeLiveMessageGroup").then_some("GroupInfo")
        });
        stored(story, &group, findings);
    }
    let urls = writes(story, address(0), &|call| {
        let url = || call.text("EventCallbackUrl").unwrap_or_default().to_owned();
        call.is("ModifyLiveMessageAppCallback").then(url)
    });
    register(story, ("the address of callbacks", &urls), findings, &|call| {
        call.is("DescribeLiveMessageApp").then_some("EventCallbackUrl")
    });
    let default = Limits::default().group_messages_per_second.to_string();
    let limits = writes(story, default, &|call| {
        let limit = || call.made.parameters.get("group_messages_per_second").map(Json::to_string);
        call.is("POST limits").then(limit).flatten()
    });
    register(story, ("the limit of group messages", &limits), findings, &|call| {
        call.is("GET limits").then_some("group_messages_per_second")
    });
}

/// Every write of a value that may have happened, with the one before all.
fn writes(
    story: &LogStory<'_>,
    first: String,
    value: &dyn Fn(&CallStory<'_>) -> Option<String>,
) -> Vec<Write> {
    let mut writes = vec![Write { sent: 0, done: 0, latest: 0, value: first }];
    for call in story.calls.iter().filter(|call| !call.made.elsewhere && !call.refused()) {
        if let Some(value) = value(call) {
            // What was not answered happened in the life of its server, or never.
            let latest = if call.accepted() { call.until() } else { story.end_of(call.life) };
            writes.push(Write { sent: call.sent, done: call.until(), latest, value });
        }
    }
    writes
}

/// The values that a reader may find who asked between two times.
fn possible(writes: &[Write], from: u64, to: u64) -> Vec<&str> {
    let overwritten =
        |write: &Write| writes.iter().any(|later| later.sent > write.latest && later.done < from);
    let fit = writes.iter().filter(|write| write.sent <= to && !overwritten(write));
    fit.map(|write| write.value.as_str()).collect()
}

/// The addresses that callbacks may have had between two times.
pub(crate) fn addresses(story: &LogStory<'_>, from: u64, to: u64) -> Vec<String> {
    let urls = writes(story, address(0), &|call| {
        let url = || call.text("EventCallbackUrl").unwrap_or_default().to_owned();
        call.is("ModifyLiveMessageAppCallback").then(url)
    });
    possible(&urls, from, to).into_iter().map(str::to_owned).collect()
}

fn register(
    story: &LogStory<'_>,
    (what, writes): (&str, &[Write]),
    findings: &mut Vec<BrokenPromise>,
    field: &dyn Fn(&CallStory<'_>) -> Option<&'static str>,
) {
    for call in story.calls.iter().filter(|call| call.accepted() && !call.made.elsewhere) {
        let (Some(field), Some((at, _, body))) = (field(call), call.answer) else { continue };
        let read = match &body[field] {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let possible = possible(writes, call.sent, at);
        if !possible.contains(&read.as_str()) {
            let says = format!(
                "call {} read {read:?} as {what}; possible was {}",
                call.number,
                possible.join(" or ")
            );
            findings.push(BrokenPromise { class: "acknowledged-lost", says });
        }
    }
}

/// The newest messages of a group are listed, and none that was refused.
fn stored(story: &LogStory<'_>, group: &str, findings: &mut Vec<BrokenPromise>) {
    let sends: Vec<&CallStory<'_>> = story
        .calls
        .iter()
        .filter(|call| {
            call.is("SendLiveMessageGroup") && !call.made.elsewhere && call.text("GroupId") == Some(group)
        })
        .collect();
    let by_viewers: Vec<(u64, String)> = story
        .links
        .iter()
        .flat_map(|link| link.asked("sendGroupMessage"))
        .filter(|(_, request, _)| request["params"]["groupId"] == group)
        .map(|(at, _, answer)| {
            let id = answer.and_then(|(_, frame)| frame["result"]["messageId"].as_str()).unwrap_or_default();
            (answer.map_or(at, |(at, _)| at), id.to_owned())
        })
        .collect();
    let lists = story.calls.iter().filter(|call| {
        call.is("ListLiveMessageGroupMessages") && call.accepted() && call.text("GroupId") == Some(group)
    });
    for list in lists {
        let Some((at, _, body)) = list.answer else { continue };
        let listed: Vec<&str> = body["MessageList"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["MsgTid"].as_str())
            .collect();
        let before = sends.iter().filter(|send| send.sent < at).count() + by_viewers.len();
        let accepted = sends.iter().filter(|send| send.accepted());
        let owed = accepted
            .filter_map(|send| Some((send.until(), send.text("MsgTid")?)))
            .chain(by_viewers.iter().filter(|(_, id)| !id.is_empty()).map(|(at, id)| (*at, id.as_str())));
        for (done, id) in owed {
            // A page has fifty.
            if before <= 50 && done + SECOND < list.sent && !listed.contains(&id) {
                let says = format!(
                    "message {id} of {group} was accepted and is not in the list of call {}",
                    list.number
                );
                findings.push(BrokenPromise { class: "acknowledged-lost", says });
            }
        }
        for send in sends.iter().filter(|send| send.refused() && send.made.repeats.is_none()) {
            let others = sends.iter().filter(|other| other.text("MsgTid") == send.text("MsgTid")).count();
            if others == 1 && send.text("MsgTid").is_some_and(|id| listed.contains(&id)) {
                let says = format!("message of call {} was refused and is listed", send.number);
                findings.push(BrokenPromise { class: "refused-kept", says });
            }
        }
    }
    debug_assert!(early(Some(group)), "only groups that are there from the start are looked at");
}
