//! What clients are told besides the messages of their groups: the end of a membership, and what comes back after a break.

use claque_core::{Operation, Rule};
use serde_json::{Map, Value as Json};

use super::Findings;
use super::recording::{ClientSeen, FrameSeen, Place, Recording};
use super::window::Window;

/// The level HIGH, as frames number it.
const HIGH: u64 = 1;

pub(super) fn judge(recording: &Recording, findings: &mut Findings) {
    for (id, client) in &recording.clients {
        for (index, (place, window, frame)) in client.frames.iter().enumerate() {
            let FrameSeen::Received(frame) = frame else { continue };
            match frame.get("event").and_then(Json::as_str) {
                Some("recovered") => recovered(frame, *place, findings),
                Some("exit") => {
                    after_exit(recording, (id, client), index, frame, findings);
                    kicked(recording, (id, client), index, (*place, *window, frame), findings);
                }
                Some("recvgroupmessage") => uninvited(recording, (id, client), index, frame, findings),
                Some(_) | None => {}
            }
        }
    }
}

fn text<'a>(frame: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    frame.get(name).and_then(Json::as_str)
}

/// What comes back was HIGH, and comes in order.
fn recovered(frame: &Map<String, Json>, place: Place, findings: &mut Findings) {
    let messages = frame.get("messages").and_then(Json::as_array).into_iter().flatten();
    let mut last = 0;
    for message in messages {
        let number = |name: &str| message.get(name).and_then(Json::as_u64);
        let wrong = if number("level").is_some_and(|level| level != HIGH) {
            Some("its level is not HIGH")
        } else if number("seqnum").is_some_and(|number| number <= last) {
            Some("it comes behind a newer one")
        } else {
            None
        };
        last = number("seqnum").unwrap_or(last);
        match wrong {
            None => findings.keep(Rule::RecoveryHighAfterReconnect),
            Some(wrong) => {
                let id = message.get("messageId").and_then(Json::as_str).unwrap_or_default();
                let says = format!("message {id} came back after a break, and {wrong}");
                findings.break_rule(Rule::RecoveryHighAfterReconnect, says, vec![place]);
            }
        }
    }
}

/// Whether the client belongs to an application of the newer family, whose back end joins nobody.
fn is_newer(client: &ClientSeen) -> bool {
    client.frames.iter().any(|(_, _, frame)| {
        let FrameSeen::Sent(frame) = frame else { return false };
        let sign = frame.get("params").and_then(|params| params.get("appSign")).and_then(Json::as_str);
        text(frame, "method") == Some("login") && sign.is_some_and(|sign| !sign.is_empty())
    })
}

/// Whether the client may come into a group by this frame.
fn may_join(frame: &FrameSeen, group: &str) -> bool {
    match frame {
        FrameSeen::Link(_) => true,
        FrameSeen::Sent(frame) => {
            let of = frame.get("params").and_then(|params| params.get("groupId")).and_then(Json::as_str);
            match text(frame, "method") {
                Some("joinGroup") => of == Some(group),
                Some("login" | "reconnect" | "createGroup") => true,
                Some(_) | None => false,
            }
        }
        FrameSeen::Received(_) => false,
    }
}

/// Nothing of a group arrives behind the news that one is out of it.
fn after_exit(
    recording: &Recording,
    (id, client): (&str, &ClientSeen),
    index: usize,
    exit: &Map<String, Json>,
    findings: &mut Findings,
) {
    let Some(group) = text(exit, "groupId").filter(|_| is_newer(client)) else { return };
    let rule = match exit.get("reason").and_then(Json::as_u64) {
        Some(1) => Rule::DeletionGroupUnavailable,
        Some(2) => Rule::UserKickRemoves,
        Some(_) | None => return,
    };
    let (out, from, _) = &client.frames[index];
    // A join that is under way when the news comes is answered behind it.
    let before = &client.frames[..index];
    let is_answered = |asked: &Map<String, Json>| {
        before.iter().any(|(_, _, frame)| {
            matches!(frame, FrameSeen::Received(answer) if answer.get("id").is_some() && answer.get("id") == asked.get("id"))
        })
    };
    let under_way = before.iter().any(|(_, _, frame)| match frame {
        FrameSeen::Sent(asked) => may_join(frame, group) && !is_answered(asked),
        FrameSeen::Received(_) | FrameSeen::Link(_) => false,
    });
    if under_way {
        return;
    }
    for (place, window, frame) in &client.frames[index + 1..] {
        if may_join(frame, group) || !from.until(*window).is_within(recording.complete_clients.get(id)) {
            return;
        }
        let FrameSeen::Received(frame) = frame else { continue };
        if text(frame, "event") == Some("recvgroupmessage") && text(frame, "groupId") == Some(group) {
            let says = format!("a message of {group} was received behind the news that {id} is out of it");
            findings.break_rule(rule, says, vec![*out, *place]);
            return;
        }
    }
    findings.keep(rule);
}

/// Operations that take a user out of a group.
const KICKS: [Operation; 1] = [Operation::KickLiveMessageGroupUser];

/// Who is told of a kick was kicked by somebody.
fn kicked(
    recording: &Recording,
    (id, client): (&str, &ClientSeen),
    index: usize,
    (place, window, exit): (Place, Window, &Map<String, Json>),
    findings: &mut Findings,
) {
    let (Some(group), Some(app)) = (text(exit, "groupId"), client.app.as_deref()) else { return };
    let reason = exit.get("reason").and_then(Json::as_u64);
    if reason != Some(2) || !is_newer(client) || !recording.is_whole(app, window) {
        return;
    }
    let kick = recording.calls.iter().find(|call| {
        KICKS.contains(&call.operation) && call.text("GroupId") == Some(group) && !window.before(call.sent)
    });
    // Calls of RAM users are not looked at one by one.
    if kick.is_some() || !recording.foreign.is_empty() {
        findings.keep(Rule::UserKickRemoves);
        return;
    }
    let joined = client.frames[..index].iter().rev().find(|(_, _, frame)| may_join(frame, group));
    let says = format!("{id} was told that it was kicked from {group}, and nobody kicked it");
    let lines = joined.map(|(place, _, _)| *place).into_iter().chain([place]).collect();
    findings.break_rule(Rule::UserKickRemoves, says, lines);
}

/// A message of a group reaches nobody who never asked to be in it.
fn uninvited(
    recording: &Recording,
    (id, client): (&str, &ClientSeen),
    index: usize,
    frame: &Map<String, Json>,
    findings: &mut Findings,
) {
    let Some(group) = text(frame, "groupId").filter(|_| is_newer(client)) else { return };
    let before = &client.frames[..index];
    let (first, begun, _) = &client.frames[0];
    let (place, window, _) = &client.frames[index];
    let logged_on = before.iter().any(
        |(_, _, frame)| matches!(frame, FrameSeen::Sent(frame) if text(frame, "method") == Some("login")),
    );
    if !logged_on || !begun.until(*window).is_within(recording.complete_clients.get(id)) {
        return;
    }
    let invited = before.iter().any(|(_, _, frame)| match frame {
        FrameSeen::Sent(frame) => {
            let of = frame.get("params").and_then(|params| params.get("groupId")).and_then(Json::as_str);
            // Who creates a group may be in it.
            matches!(text(frame, "method"), Some("joinGroup" | "createGroup"))
                && of.is_none_or(|of| of == group)
        }
        // The answer to a logon lists the groups that the user is in already.
        FrameSeen::Received(frame) => {
            frame.get("result").and_then(|result| result.get("groups")).and_then(Json::as_array).is_some_and(
                |groups| groups.iter().any(|of| of.get("groupId").and_then(Json::as_str) == Some(group)),
            )
        }
        FrameSeen::Link(_) => false,
    });
    if invited {
        findings.keep(Rule::MessageDeliverAllMembers);
    } else {
        let says = format!("{id} received a message of {group}, which it never joined");
        findings.break_rule(Rule::MessageDeliverAllMembers, says, vec![*first, *place]);
    }
}
