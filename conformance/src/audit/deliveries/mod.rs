//! What clients receive of group messages.
//!
//! A recording holds a hundred deliveries for each call, so deliveries are judged as they pass, client by client, and are not kept. What
//! was sent, asked and claimed is known before the first of them passes ([`SentKnown`]); of the deliveries themselves a client's
//! [`hearing::Hearing`] keeps a bit for each message, the last five minutes of those that count against the limit, and the newest of
//! each type.

mod crowd;
mod hearing;
mod known;
mod stream;

use std::sync::Arc;

use serde_json::Value as Json;

pub(super) use self::stream::Deferred;
use self::stream::GroupDelivery;

use self::hearing::Hearing;
use self::known::SentKnown;
use super::asked::Asked;
use super::assumed::Assumed;
use super::findings::Findings;
use super::recording::{FrameSeen, Recording};

/// Judges the deliveries of a recording that is held as a whole.
pub(super) fn judge(recording: &Recording, asked: &[Asked<'_>], assumed: &Assumed, findings: &mut Findings) {
    let known = SentKnown::of(recording, asked, assumed);
    for (id, client) in recording.judged_clients() {
        let mut hearing = Hearing::of(&known, Arc::clone(id), Some(client));
        for (place, window, frame) in &client.frames {
            match as_delivery(frame) {
                Some(delivery) => hearing.delivery(&known, (*place, *window), &delivery, findings),
                None => hearing.frame(&known, (*place, *window), frame, findings),
            }
        }
        hearing.finish(&known, findings);
    }
}

/// A frame that delivers one message of a group.
fn as_delivery(frame: &FrameSeen) -> Option<GroupDelivery<'_>> {
    let FrameSeen::Received(frame) = frame else { return None };
    if frame.get("event").and_then(Json::as_str) != Some("recvgroupmessage") {
        return None;
    }
    let group = frame.get("groupId").and_then(Json::as_str)?;
    Some(GroupDelivery::of(group, frame.get("message")?))
}
