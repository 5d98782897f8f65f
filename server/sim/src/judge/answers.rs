//! Every call is answered, with its own answer, once; a signed request is taken once; nothing is refused without a reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::broken::{BrokenPromise, SECOND};
use super::story::{CallStory, LogStory};
use super::worlds::{self, UNKNOWN_KEY};
use crate::backend::CLOSED_BEFORE;
use crate::plan::LifeEnd;
use crate::receiver::REASON;
use crate::seen::{HowSent, Sight};
use crate::viewer::group_id;

pub(crate) fn judge(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let mut ids = BTreeSet::new();
    for call in &story.calls {
        unanswered(story, call, findings);
        own_answer(call, findings);
        if let Some((_, _, body)) = call.answer
            && let Some(id) = body["RequestId"].as_str()
            && !ids.insert(id)
        {
            let says =
                format!("the request ID {id} stands in two answers, the second to call {}", call.number);
            findings.push(BrokenPromise { class: "request-id-twice", says });
        }
        refused(story, call, findings);
        reviewed(story, call, findings);
        let said = call.answer.filter(|(_, _, body)| call.is("SendLiveMessageGroup") && !is_rejection(body));
        if let Some((until, _, body)) = said.filter(|_| call.refused()) {
            let message = body["Message"].as_str().unwrap_or_default();
            reason(story, (call.text("Body").unwrap_or_default(), until, message), findings);
        }
    }
    taken_once(story, findings);
}

fn unanswered(story: &LogStory<'_>, call: &CallStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let Some((at, why)) = call.lost.filter(|_| call.how != HowSent::Broken) else { return };
    if at < story.end_of(call.life) && why != CLOSED_BEFORE {
        let says = format!("call {} ({}) was not answered: {why}", call.number, call.made.name);
        findings.push(BrokenPromise { class: "unanswered", says });
    }
}

/// What an answer repeats of its call is the call's.
fn own_answer(call: &CallStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let Some((_, status, body)) = call.answer else { return };
    if body.is_null() && status != 204 && !call.made.name.starts_with("HEAD ") {
        let says = format!("the answer to call {} ({}) is no JSON", call.number, call.made.name);
        findings.push(BrokenPromise { class: "unreadable-answer", says });
        return;
    }
    if !call.accepted() {
        return;
    }
    for name in ["GroupId", "MsgTid"] {
        let (asked, answered) = (call.text(name), body[name].as_str());
        if asked.is_some() && answered.is_some() && asked != answered {
            let says = format!(
                "call {} ({}) asked for {name} {asked:?} and was answered about {answered:?}",
                call.number, call.made.name
            );
            findings.push(BrokenPromise { class: "another-answer", says });
        }
    }
    // Which fields an answer has is known of these.
    let field = match call.made.name.as_str() {
        "CreateLiveMessageApp" => "AppKey",
        "DescribeLiveMessageApp" => "EventCallbackUrl",
        "ListLiveMessageApps" => "AppList",
        "ListLiveMessageGroupMessages" => "MessageList",
        "ListLiveMessageGroupUsers" => "UserList",
        "SendLiveMessageGroup" | "SendLiveMessageUser" => "MsgTid",
        "GET limits" => "heartbeat_timeout",
        "GET clock" => "nowMicros",
        _ => return,
    };
    if body.get(field).is_none() {
        let says = format!("call {} ({}) was answered without {field}", call.number, call.made.name);
        findings.push(BrokenPromise { class: "another-answer", says });
    }
}

/// The group is one that was certainly made before.
fn exists(story: &LogStory<'_>, call: &CallStory<'_>) -> bool {
    let Some(group) = call.text("GroupId") else { return true };
    let made = |other: &&CallStory<'_>| {
        other.is("CreateLiveMessageGroup")
            && !other.made.elsewhere
            && other.text("GroupId") == Some(group)
            && other.accepted()
            && other.until() < call.sent
    };
    story.calls.iter().find(made).is_some()
}

fn refused(story: &LogStory<'_>, call: &CallStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let Some((at, status, body)) = call.answer.filter(|_| !call.accepted()) else { return };
    if at >= story.end_of(call.life) || call.made.repeats.is_some() {
        return;
    }
    // Its copy may have come first, over another connection.
    let copied = story.calls.iter().any(|other| other.made.repeats == Some(call.number));
    if copied && is_rejection(body) {
        return;
    }
    let text = call.text("Body").unwrap_or_default();
    let may = match call.made.name.as_str() {
        // Its receiver may be offline, or not acknowledge; a kicked user may not be there.
        "SendLiveMessageUser" | "KickLiveMessageGroupUser" => true,
        "SendLiveMessageGroup" => text.starts_with("refuses"),
        // There is nothing of that name.
        "HEAD nothing-of-this-name" => true,
        // It may be there already.
        "POST worlds" => status == 409 && worlds::may_be_there(story, call),
        "DELETE worlds/elsewhere" => status == 404 && worlds::may_be_gone(story, call),
        name if call.made.elsewhere || name.contains("worlds/elsewhere") => worlds::may_be_gone(story, call),
        _ => call.made.documented && !exists(story, call),
    };
    if !may {
        let says = format!(
            "call {} ({}) was refused without a reason: {status} {body}",
            call.number, call.made.name
        );
        findings.push(BrokenPromise { class: "refused", says });
    }
}

/// A text that passes is not held up by another's review, and one that is refused does not pass.
fn reviewed(story: &LogStory<'_>, call: &CallStory<'_>, findings: &mut Vec<BrokenPromise>) {
    if !call.is("SendLiveMessageGroup") || call.made.elsewhere || !call.accepted() {
        return;
    }
    let text = call.text("Body").unwrap_or_default();
    verdict(story, (text, call.sent, call.until()), call.how == HowSent::Alone, findings);
}

/// The fate of a text that was accepted.
pub(crate) fn verdict(
    story: &LogStory<'_>,
    (text, sent, until): (&str, u64, u64),
    alone: bool,
    findings: &mut Vec<BrokenPromise>,
) {
    let asked =
        |seen: &crate::seen::Sighting| matches!(&seen.what, Sight::Reviewed(content) if content == text);
    let was_asked = story.log.seen.iter().any(|seen| seen.at <= until && asked(seen));
    let what = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    if text.starts_with("refuses") && was_asked {
        let says = format!("the text {what:?} passed, and its reviewer had refused it");
        findings.push(BrokenPromise { class: "review-ignored", says });
    }
    let hangs = |seen: &crate::seen::Sighting| {
        matches!(&seen.what, Sight::Reviewed(content) if content.starts_with("hangs"))
            && seen.at + 60 * SECOND > sent
            && seen.at < until
    };
    // A reviewer that has not answered several times in a row is asked less at once, by design.
    let few = story.log.seen.iter().filter(|seen| hangs(seen)).count() < 2;
    if text.starts_with("passes") && alone && few && until.saturating_sub(sent) > SECOND {
        let says = format!("the text {what:?} passed its review {} µs after it was sent", until - sent);
        findings.push(BrokenPromise { class: "review-late", says });
    }
}

/// Whose text a reviewer refuses learns the reviewer's reason.
pub(crate) fn reason(
    story: &LogStory<'_>,
    (text, until, message): (&str, u64, &str),
    findings: &mut Vec<BrokenPromise>,
) {
    let asked = |seen: &crate::seen::Sighting| {
        seen.at <= until && matches!(&seen.what, Sight::Reviewed(content) if content == text)
    };
    if text.starts_with("refuses") && story.log.seen.iter().any(asked) && !message.contains(REASON) {
        let what = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let says =
            format!("the text {what:?} was refused by its reviewer, and its sender learnt {message:?}");
        findings.push(BrokenPromise { class: "reason-lost", says });
    }
}

/// Of all copies of a signed request one is let in.
fn taken_once(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let mut copies: BTreeMap<usize, Vec<&CallStory<'_>>> = BTreeMap::new();
    for call in story.calls.iter().filter(|call| call.made.documented) {
        copies.entry(call.made.repeats.unwrap_or(call.number)).or_default().push(call);
    }
    for copies in copies.into_values() {
        let let_in = |call: &&CallStory<'_>| {
            call.answer.is_some_and(|(at, status, body)| {
                // Behind the end of its server a call may be answered that it stops.
                (status < 300 || !is_rejection(body)) && at < story.end_of(call.life)
            })
        };
        let through: Vec<&CallStory<'_>> = copies.into_iter().filter(let_in).collect();
        for pair in through.windows(2) {
            let [first, second] = pair else { continue };
            // What only reads is promised to be taken once by one process, and by the next one if it was asked to stop.
            let crashed = killed_between(story, first.life, second.life);
            // The other world is kept in memory alone, and its key goes with it.
            let forgotten = first.made.elsewhere && first.life != second.life;
            if !forgotten && (!crashed || first.accepted() && changes(first)) {
                let says = format!(
                    "the same signed request ({}) was let in as call {} and again as call {}",
                    first.made.name, first.number, second.number
                );
                findings.push(BrokenPromise { class: "taken-twice", says });
            }
        }
    }
}

fn is_rejection(body: &Json) -> bool {
    let code = body["Code"].as_str().unwrap_or_default();
    // A key of a world that has ended is nobody's.
    matches!(code, "SignatureNonceUsed" | "InvalidTimeStamp.Expired" | "IllegalTimestamp" | UNKNOWN_KEY)
        || code.contains("Nonce")
}

fn changes(call: &CallStory<'_>) -> bool {
    !["Describe", "List", "Check"].iter().any(|reads| call.made.name.starts_with(reads))
}

/// A server was killed, or lost its power, between two lives.
pub(crate) fn killed_between(story: &LogStory<'_>, first: usize, second: usize) -> bool {
    story.log.seen.iter().any(|seen| {
        matches!(seen.what, Sight::Ends(LifeEnd::Kill | LifeEnd::PowerFailure))
            && (first..second).contains(&seen.life)
    })
}

/// A group of the first three, which are there from the start.
pub(crate) fn early(group: Option<&str>) -> bool {
    (0..3).any(|number| group == Some(&*group_id(number)))
}
