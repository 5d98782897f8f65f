//! A message of a group reaches each of its members once, in order and as it was sent, and nobody else.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::broken::{BrokenPromise, SECOND};
use super::story::{Link, LogStory};
use crate::viewer::{group_id, name};

/// A member has a message so soon after it was accepted. Microseconds.
const DELIVERED_WITHIN: u64 = 4 * SECOND;
/// More messages of a group within two seconds may be shed, or wait.
const CROWDED: usize = 10;

/// A message that was certainly accepted.
#[derive(Debug)]
struct MessageStory<'a> {
    group: &'a str,
    id: &'a str,
    text: &'a str,
    sent: u64,
    accepted: u64,
    /// The viewer that sent it.
    by: Option<usize>,
}

/// A span in which a viewer was certainly in a group, on one link.
#[derive(Clone, Copy, Debug)]
struct Within {
    from: u64,
    to: u64,
    /// It ended with the link alone: the membership may have gone on.
    by_link: bool,
}

pub(crate) fn judge(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let messages = messages(story);
    for (index, link) in story.links.iter().enumerate() {
        order(link, findings);
        for group in 0..3 {
            let group = group_id(group);
            let spans = within(story, link, &group);
            received(story, (link, &group, &spans), &messages, findings);
            stale(story, link, &group, &messages, findings);
            let before = story.links[..index].iter().rev().find(|before| before.viewer == link.viewer);
            if let Some(before) = before.filter(|_| link.began_with("reconnect")) {
                recovered(story, (before, link), &group, &messages, findings);
            }
        }
    }
}

fn messages<'a>(story: &LogStory<'a>) -> Vec<MessageStory<'a>> {
    let mut messages = Vec::new();
    for call in story.calls.iter().filter(|call| call.is("SendLiveMessageGroup") && !call.made.elsewhere) {
        let (Some(group), Some(id), Some(text)) = (
            call.made.parameters.get("GroupId").and_then(Json::as_str),
            call.made.parameters.get("MsgTid").and_then(Json::as_str),
            call.made.parameters.get("Body").and_then(Json::as_str),
        ) else {
            continue;
        };
        // Sent once, so that it is known when.
        let copies = story.calls.iter().filter(|other| {
            other.made.repeats.unwrap_or(other.number) == call.made.repeats.unwrap_or(call.number)
                && !other.refused()
        });
        if call.accepted() && copies.count() == 1 {
            messages.push(MessageStory {
                group,
                id,
                text,
                sent: call.sent,
                accepted: call.until(),
                by: None,
            });
        }
    }
    for link in &story.links {
        for (sent, request, answer) in link.asked("sendGroupMessage") {
            let id = answer.and_then(|(at, frame)| Some((at, frame["result"]["messageId"].as_str()?)));
            let params = &request["params"];
            if let (Some((accepted, id)), Some(group), Some(text)) =
                (id, params["groupId"].as_str(), params["data"].as_str())
            {
                messages.push(MessageStory { group, id, text, sent, accepted, by: Some(link.viewer) });
            }
        }
    }
    messages
}

/// The group's messages around a moment.
fn crowd(messages: &[MessageStory<'_>], about: &MessageStory<'_>) -> usize {
    let near = |message: &&MessageStory<'_>| {
        message.group == about.group
            && message.sent + 3 * SECOND > about.sent
            && message.sent < about.accepted + 3 * SECOND
    };
    messages.iter().filter(near).count()
}

/// The first moment behind another at which somebody took a viewer out of a group.
fn kicked(story: &LogStory<'_>, viewer: usize, group: &str, after: u64) -> Option<u64> {
    let kick = story.calls.iter().find(|call| {
        call.is("KickLiveMessageGroupUser")
            && !call.refused()
            && call.text("GroupId") == Some(group)
            && call.text("KickoffUser") == Some(&name(viewer))
            && call.until() >= after
    });
    kick.map(|call| call.sent)
}

fn within(story: &LogStory<'_>, link: &Link<'_>, group: &str) -> Vec<Within> {
    let mut spans = Vec::new();
    let mut since: Option<u64> = None;
    let lists = |frame: &Json| {
        frame["result"]["groups"].as_array().is_some_and(|all| all.iter().any(|one| one["groupId"] == group))
    };
    if let Some((at, frame)) = link.logon()
        && lists(frame)
    {
        since = Some(at);
    }
    let mut joins: Vec<&Json> = Vec::new();
    for (at, sent, frame) in &link.frames {
        let of_group = frame["params"]["groupId"] == group;
        if *sent {
            match frame["method"].as_str() {
                Some("joinGroup") if of_group => joins.push(&frame["id"]),
                Some("leaveGroup") if of_group => end(&mut spans, &mut since, *at),
                Some("logout") => end(&mut spans, &mut since, *at),
                Some(_) | None => {}
            }
        } else if frame["event"] == "exit" && frame["groupId"] == group || frame["event"] == "disconnect" {
            end(&mut spans, &mut since, *at);
        } else if frame.get("result").is_some() && joins.contains(&&frame["id"]) && since.is_none() {
            // Asked to leave before the answer came: then nobody knows.
            let left = link.asked("leaveGroup").any(|(left, request, answer)| {
                request["params"]["groupId"] == group
                    && left <= *at
                    && answer.is_none_or(|(done, _)| done >= *at)
            });
            since = Some(*at).filter(|_| !left);
        }
    }
    if let Some(from) = since {
        spans.push(Within { from, to: link.down.0.min(story.end_of(link.life)), by_link: true });
    }
    for span in &mut spans {
        if let Some(at) = kicked(story, link.viewer, group, span.from).filter(|at| *at < span.to) {
            (span.to, span.by_link) = (at, false);
        }
    }
    spans.retain(|span| span.from < span.to);
    spans
}

fn end(spans: &mut Vec<Within>, since: &mut Option<u64>, at: u64) {
    if let Some(from) = since.take() {
        spans.push(Within { from, to: at, by_link: false });
    }
}

/// The deliveries of a group over a link: when, the message, by its ID.
fn deliveries<'l>(link: &'l Link<'_>, group: &'l str) -> impl Iterator<Item = (u64, &'l str, &'l Json)> {
    let of = move |frame: &&(u64, bool, &Json)| {
        !frame.1 && frame.2["event"] == "recvgroupmessage" && frame.2["groupId"] == group
    };
    link.frames
        .iter()
        .filter(of)
        .filter_map(|(at, _, frame)| Some((*at, frame["message"]["messageId"].as_str()?, &frame["message"])))
}

fn received(
    story: &LogStory<'_>,
    (link, group, spans): (&Link<'_>, &str, &[Within]),
    messages: &[MessageStory<'_>],
    findings: &mut Vec<BrokenPromise>,
) {
    let viewer = link.viewer;
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, id, message) in deliveries(link, group) {
        let count = times.entry(id).or_default();
        *count += 1;
        if *count == 2 {
            let says = format!("message {id} of {group} reached viewer{viewer} twice over one link");
            findings.push(BrokenPromise { class: "message-twice", says });
        }
        if let Some(known) = messages.iter().find(|known| known.id == id && known.group == group)
            && message["data"] != known.text
        {
            let says = format!("message {id} of {group} reached viewer{viewer} with another text");
            findings.push(BrokenPromise { class: "message-changed", says });
        }
    }
    for message in messages.iter().filter(|message| message.group == group && message.by != Some(viewer)) {
        let by = message.accepted + DELIVERED_WITHIN + link.pauses();
        let member = spans.iter().any(|span| span.from < message.sent && by < span.to);
        if member
            && by < story.end_of(link.life)
            && !times.contains_key(message.id)
            && crowd(messages, message) <= CROWDED
        {
            let says = format!(
                "message {} of {group} was accepted and never reached viewer{viewer}, a member",
                message.id
            );
            findings.push(BrokenPromise { class: "message-missing", says });
        }
    }
}

/// Nobody who has left a group, or was taken out of it, receives what is sent to it later.
fn stale(
    story: &LogStory<'_>,
    link: &Link<'_>,
    group: &str,
    messages: &[MessageStory<'_>],
    findings: &mut Vec<BrokenPromise>,
) {
    let mut outs: Vec<u64> = link
        .asked("leaveGroup")
        .filter(|(_, request, _)| request["params"]["groupId"] == group)
        .filter_map(|(_, _, answer)| answer.filter(|(_, frame)| frame.get("result").is_some()))
        .map(|(at, _)| at)
        .collect();
    outs.extend(story.calls.iter().filter_map(|call| {
        let kicks = call.is("KickLiveMessageGroupUser")
            && call.accepted()
            && call.text("GroupId") == Some(group)
            && call.text("KickoffUser") == Some(&name(link.viewer));
        (kicks && call.until() > link.up).then(|| call.until())
    }));
    // A join that was asked for before and done behind it would let the viewer in again.
    let joins: Vec<(u64, u64)> = link
        .asked("joinGroup")
        .filter(|(_, request, _)| request["params"]["groupId"] == group)
        .map(|(at, _, answer)| (at, answer.map_or(u64::MAX, |(at, _)| at)))
        .collect();
    for out in outs {
        let until =
            joins.iter().filter(|(_, done)| *done >= out).map(|(asked, _)| *asked).min().unwrap_or(u64::MAX);
        for (came, id, _) in deliveries(link, group) {
            let sent = messages
                .iter()
                .find(|message| message.id == id && message.group == group)
                .map(|message| message.sent);
            if sent.is_some_and(|sent| sent > out && came < until) {
                let says = format!("message {id} of {group} reached viewer{}, who had left", link.viewer);
                findings.push(BrokenPromise { class: "stale-audience", says });
            }
        }
    }
}

fn order(link: &Link<'_>, findings: &mut Vec<BrokenPromise>) {
    let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, sent, frame) in &link.frames {
        if *sent || frame["event"] != "recvgroupmessage" {
            continue;
        }
        let (Some(group), Some(seq)) = (frame["groupId"].as_str(), frame["message"]["seqnum"].as_u64())
        else {
            let says = format!("viewer{} received a message without group or number: {frame}", link.viewer);
            findings.push(BrokenPromise { class: "garbled-frame", says });
            continue;
        };
        let before = newest.insert(group, seq);
        if before.is_some_and(|before| before >= seq) {
            let says = format!(
                "number {seq} of {group} reached viewer{} behind number {}",
                link.viewer,
                before.unwrap_or(0)
            );
            findings.push(BrokenPromise { class: "out-of-order", says });
        }
    }
}

/// What was sent by viewers, all of it HIGH, while a member's link was down comes back with the link, once.
fn recovered(
    story: &LogStory<'_>,
    (before, link): (&Link<'_>, &Link<'_>),
    group: &str,
    messages: &[MessageStory<'_>],
    findings: &mut Vec<BrokenPromise>,
) {
    let Some((back, answer)) = link.logon() else { return };
    let viewer = link.viewer;
    let mut came: Vec<&str> = Vec::new();
    for (_, sent, frame) in &link.frames {
        if !*sent && frame["event"] == "recovered" && frame["groupId"] == group {
            let ids = frame["messages"].as_array().into_iter().flatten();
            came.extend(ids.filter_map(|one| one["messageId"].as_str()));
        }
    }
    for (index, id) in came.iter().enumerate() {
        if came[..index].contains(id) {
            let says = format!("message {id} of {group} came back to viewer{viewer} twice");
            findings.push(BrokenPromise { class: "message-twice", says });
        }
        let had = story.links.iter().filter(|other| other.viewer == viewer && other.up < link.up);
        if had.flat_map(|other| deliveries(other, group)).any(|(_, known, _)| known == *id) {
            let says = format!("message {id} of {group} came back to viewer{viewer}, which had it");
            findings.push(BrokenPromise { class: "message-twice", says });
        }
    }
    let still = answer["result"]["groups"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["groupId"] == group));
    let spans = within(story, before, group);
    let Some(span) = spans.last().filter(|span| span.by_link && still) else { return };
    let asked = link.up;
    for message in
        messages.iter().filter(|message| message.group == group && message.by.is_some_and(|by| by != viewer))
    {
        let missed = message.sent > span.to + SECOND && message.accepted < asked;
        if missed && back < link.down.0 && !came.contains(&message.id) && crowd(messages, message) <= CROWDED
        {
            let says = format!(
                "message {} of {group} was missed by viewer{viewer} and did not come back",
                message.id
            );
            findings.push(BrokenPromise { class: "not-recovered", says });
        }
    }
}
