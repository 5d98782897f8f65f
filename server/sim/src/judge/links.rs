//! A link stays as long as its viewer keeps it up, and no longer; every request over it is answered once.

use serde_json::Value as Json;

use super::answers::{reason, verdict};
use super::broken::{BrokenPromise, SECOND};
use super::story::{Link, LogStory};
use crate::seen::LinkOver;

/// A request of a viewer is answered within this span, unless a review takes longer. Microseconds.
const ANSWERED_WITHIN: u64 = 20 * SECOND;

/// A link ends so soon behind a frame that the standard forbids. Microseconds.
const ENDED_WITHIN: u64 = 10 * SECOND;

pub(crate) fn judge(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    for (index, link) in story.links.iter().enumerate() {
        let next = story.links[index + 1..].iter().find(|next| next.viewer == link.viewer);
        cut(story, link, next, findings);
        kept(story, link, findings);
        answered(link, findings);
        expired(story, index, findings);
        for (sent, request, answer) in link.asked("sendGroupMessage") {
            if let Some((until, _)) = answer.filter(|(_, frame)| frame.get("result").is_some())
                && let Some(text) = request["params"]["data"].as_str()
            {
                verdict(story, (text, sent, until), link.paused.is_empty(), findings);
            }
            if let Some((until, frame)) = answer.filter(|(_, frame)| frame.get("error").is_some())
                && let Some(text) = request["params"]["data"].as_str()
            {
                let message = frame["error"]["message"].as_str().unwrap_or_default();
                reason(story, (text, until, message), findings);
            }
        }
    }
}

/// The silence after which a link counts as lost. Microseconds.
fn timeout(link: &Link<'_>) -> Option<u64> {
    let (_, frame) = link.logon()?;
    Some(frame["result"]["heartbeatTimeout"].as_u64()? * SECOND)
}

/// The server ends no link that its viewer keeps up.
fn cut(story: &LogStory<'_>, link: &Link<'_>, next: Option<&Link<'_>>, findings: &mut Vec<BrokenPromise>) {
    let (at, LinkOver::ByServer(code)) = link.down else { return };
    let Some(timeout) = timeout(link).filter(|_| at < story.end_of(link.life)) else { return };
    let logged_out = link.asked("logout").next().is_some();
    let replaced = next.is_some_and(|next| next.up <= at);
    let last = link.frames.iter().filter(|(_, sent, _)| *sent).map(|(at, ..)| *at).max().unwrap_or(link.up);
    let silent = link.silent.is_some() && at + SECOND >= last + timeout;
    if !logged_out && !replaced && !silent && link.spoilt.is_none() {
        let says = format!(
            "the link of viewer{} was ended {} µs after it came up, with code {code:?}, and it was kept up",
            link.viewer,
            at - link.up
        );
        findings.push(BrokenPromise { class: "link-cut", says });
    }
}

/// A viewer that has fallen silent is cut off.
fn kept(story: &LogStory<'_>, link: &Link<'_>, findings: &mut Vec<BrokenPromise>) {
    if let Some((at, how)) = link.spoilt
        && at + ENDED_WITHIN + link.pauses() < link.down.0.min(story.end_of(link.life))
    {
        let says = format!("the link of viewer{} went on behind a frame that is {how:?}", link.viewer);
        findings.push(BrokenPromise { class: "link-kept", says });
    }
    let (Some(_), Some(timeout)) = (link.silent, timeout(link)) else { return };
    let last = link.frames.iter().filter(|(_, sent, _)| *sent).map(|(at, ..)| *at).max().unwrap_or(link.up);
    let due = last + timeout + 2 * SECOND + link.pauses();
    if due < link.down.0 && due < story.end_of(link.life) {
        let says =
            format!("the link of viewer{} was silent for {timeout} µs and longer, and stays", link.viewer);
        findings.push(BrokenPromise { class: "link-kept", says });
    }
}

fn answered(link: &Link<'_>, findings: &mut Vec<BrokenPromise>) {
    for (at, _, request) in link.frames.iter().filter(|(_, sent, _)| *sent) {
        let answers = link
            .frames
            .iter()
            .filter(|(_, sent, frame)| !sent && frame.get("id") == Some(&request["id"]))
            .count();
        let (method, viewer) = (request["method"].as_str().unwrap_or_default(), link.viewer);
        if answers > 1 {
            let says = format!("{method} of viewer{viewer} was answered {answers} times");
            findings.push(BrokenPromise { class: "answered-twice", says });
        }
        // One on which nobody has logged on is closed for that, and be it at the very moment of the request.
        let ended = matches!(link.down, (_, LinkOver::ByServer(Some(_))))
            && link.paused.is_empty()
            && link.logon().is_some();
        if answers == 0 && method == "logout" && ended {
            let says =
                format!("the link of viewer{viewer} was closed behind its logout, whose answer never came");
            findings.push(BrokenPromise { class: "goodbye-lost", says });
        }
        // A logon that finds its link cut off is not answered, and a link that ends takes its answers along.
        if answers == 0 && at + ANSWERED_WITHIN + link.pauses() < link.down.0 {
            let says = format!("{method} of viewer{viewer} was not answered");
            findings.push(BrokenPromise { class: "request-unanswered", says });
        }
    }
    let known = |id: &Json| link.frames.iter().any(|(_, sent, frame)| *sent && frame.get("id") == Some(id));
    for (_, sent, frame) in &link.frames {
        if !sent && frame.get("id").is_some_and(|id| !id.is_null() && !known(id)) {
            let says = format!("viewer{} received an answer to nothing that it asked: {frame}", link.viewer);
            findings.push(BrokenPromise { class: "another-answer", says });
        }
    }
}

/// Whose token expires while the link is up learns it, once and then.
fn expired(story: &LogStory<'_>, index: usize, findings: &mut Vec<BrokenPromise>) {
    let link = &story.links[index];
    let Some((in_at, _)) = link.logon() else { return };
    // The token is that of the logon with which the session began.
    let began = story.session(index).last().filter(|one| one.began_with("login"));
    let Some((_, _, logon)) = began.and_then(|one| one.frames.first()) else { return };
    let due = logon["params"]["userAuth"]["timestamp"].as_u64().unwrap_or(0) * SECOND;
    let learnt: Vec<u64> = link
        .frames
        .iter()
        .filter(|(_, sent, frame)| !sent && frame["event"] == "tokenexpired")
        .map(|(at, ..)| *at)
        .collect();
    let lasts = link.down.0.min(story.end_of(link.life));
    let owed = in_at + SECOND < due && due + 3 * SECOND < lasts && link.pauses() == 0;
    let viewer = link.viewer;
    if owed && learnt.is_empty() {
        let says = format!("viewer{viewer} did not learn that its token expired at {due} µs");
        findings.push(BrokenPromise { class: "expiry-missed", says });
    }
    if learnt.len() > 1 || learnt.iter().any(|at| *at < due) {
        let says = format!("viewer{viewer}, whose token expires at {due} µs, learnt it at {learnt:?} µs");
        findings.push(BrokenPromise { class: "expiry-missed", says });
    }
}
