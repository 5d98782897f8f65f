//! Notices to clients besides the messages of their groups: the end of a membership, and what comes back after a break.

use std::collections::BTreeMap;

use claque_core::{Operation, Rule};
use serde_json::{Map, Value as Json};

use super::findings::Findings;
use super::membership::{is_newer, may_join, text};
use super::recording::{ClientSeen, FrameSeen, Place, Recording};
use super::window::Window;

/// Microseconds.
const SECOND: u64 = 1_000_000;
/// Notices of a supergroup stand so far apart. Microseconds.
const APART: u64 = 5 * SECOND;
/// The level HIGH, as frames number it.
const HIGH: u64 = 1;

pub(super) fn judge(recording: &Recording, findings: &mut Findings) {
    for (id, client) in recording.judged_clients() {
        for (index, (place, window, frame)) in client.frames.iter().enumerate() {
            let FrameSeen::Received(frame) = frame else { continue };
            match frame.get("event").and_then(Json::as_str) {
                Some("recovered") => recovered(frame, *place, findings),
                Some("exit") => kicked(recording, (id, client), index, (*place, *window, frame), findings),
                Some(_) | None => {}
            }
        }
        notices(client, findings);
    }
}

/// Recovered messages were HIGH, and come in order.
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

/// Operations that take a user out of a group.
const KICKS: [Operation; 1] = [Operation::KickLiveMessageGroupUser];

/// A user who is notified of a kick was kicked by somebody.
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
    let says = format!("{id} was notified that it was kicked from {group}, and nobody kicked it");
    let lines = joined.map(|(place, _, _)| *place).into_iter().chain([place]).collect();
    findings.break_rule(Rule::UserKickRemoves, says, lines);
}

/// Notices of a supergroup's members stand five seconds apart. How far apart they were sent follows only if the delay is known.
fn notices(client: &ClientSeen, findings: &mut Findings) {
    let Some(delay) = client.delay_max else { return };
    let mut last: BTreeMap<&str, (Window, Place)> = BTreeMap::new();
    for (place, window, frame) in &client.frames {
        let frame = match frame {
            FrameSeen::Received(frame) => frame,
            // A new link is shown the state of a group, which is no notice.
            FrameSeen::Link(_) => {
                last.clear();
                continue;
            }
            FrameSeen::Sent(_) => continue,
        };
        let is_notice = frame.get("event").and_then(Json::as_str) == Some("memberchange")
            && frame.get("isBigGroup").and_then(Json::as_bool) == Some(true);
        let Some(group) = frame.get("groupId").and_then(Json::as_str).filter(|_| is_notice) else { continue };
        let Some((before, at)) = last.insert(group, (*window, *place)) else { continue };
        // One source, one clock: its error is the same for both, and its digits are not.
        let apart = window.latest_shown().saturating_sub(before.earliest_by(*window));
        if apart + delay < APART {
            let says = format!(
                "two notices of supergroup {group} were received {}.{:06} s apart, with a delay of {delay} µs at the most",
                apart / SECOND,
                apart % SECOND
            );
            findings.break_rule(Rule::SupergroupNoticeInterval, says, vec![at, *place]);
        } else {
            findings.keep(Rule::SupergroupNoticeInterval);
        }
    }
}
