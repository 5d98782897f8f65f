//! What was seen as a recording, which the audit of recorded traffic judges.

use claque_conformance::audit::{
    Assumed, CallLine, ClientLine, Complete, Header, Line, LinkState, Recording, VERSION, Verdict, audit,
};
use claque_core::Limits;
use serde_json::{Map, Value as Json, json};

use crate::judge::BrokenPromise;
use crate::seen::{Log, MadeCall, Sight};
use crate::viewer::name;

/// The one source: everybody has the same clock.
const SOURCE: &str = "seen";

fn object(value: &Json) -> Option<Map<String, Json>> {
    value.as_object().cloned()
}

/// A call whose answer has not been seen yet.
fn made(call: &MadeCall) -> CallLine {
    CallLine {
        operation: call.name.clone(),
        account: None,
        ram_user: None,
        parameters: call.parameters.clone(),
        answered_at: None,
        status: None,
        answer: None,
    }
}

/// The recording of what was seen.
fn lines(log: &Log) -> Vec<Line> {
    let header = Header { version: VERSION, clock_error_micros: Some(0), delay_max_micros: None };
    let mut lines = vec![Line { header: Some(header), ..Line::of(SOURCE) }];
    let mut calls = std::collections::BTreeMap::new();
    let mut refused = Vec::new();
    let mut posted_in = std::collections::BTreeMap::new();
    for seen in &log.seen {
        let line = |line: Line| Line { at: Some(seen.at), ..line };
        match &seen.what {
            Sight::Sent(number, _) => {
                let call = &log.calls[*number];
                if call.documented && !call.elsewhere {
                    calls.insert(*number, lines.len());
                    lines.push(line(Line { call: Some(made(call)), ..Line::of(SOURCE) }));
                }
                if call.name == "POST join" && !call.elsewhere {
                    lines.push(line(came(&call.parameters)));
                }
            }
            // The same bytes were sent before. They are refused if the first were taken; if those were lost, these are the call.
            Sight::Answered(number, 400.., _) if log.calls[*number].repeats.is_some() => {
                refused.extend(calls.remove(number));
            }
            Sight::Answered(number, status, body) => {
                if let Some(call) = calls.get(number).and_then(|at| lines[*at].call.as_mut()) {
                    call.answered_at = Some(seen.at);
                    call.status = Some(*status);
                    call.answer = object(body);
                }
            }
            Sight::Frame(viewer, _, frame) => lines.push(line(client(*viewer, (object(frame), None, None)))),
            Sight::Received(viewer, _, frame) => {
                lines.push(line(client(*viewer, (None, object(frame), None))));
            }
            Sight::Up(viewer, _) => lines.push(line(client(*viewer, (None, None, Some(LinkState::Up))))),
            Sight::Down(viewer, ..) => lines.push(line(client(*viewer, (None, None, Some(LinkState::Lost))))),
            Sight::Posted(posted) => {
                // Behind a crash it is sent anew, which the audit cannot know.
                let transaction = posted.body["transactionid"].as_str().unwrap_or_default();
                if *posted_in.entry(transaction).or_insert(seen.life) != seen.life {
                    continue;
                }
                let headers: Map<String, Json> =
                    posted.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
                let request = json!({
                    "method": posted.method, "url": posted.url, "headers": headers, "body": posted.body,
                });
                lines.push(line(Line { callback: Some(request), ..Line::of(SOURCE) }));
            }
            Sight::Lost(..)
            | Sight::Garbled(..)
            | Sight::Paused(..)
            | Sight::Silent(_)
            | Sight::Spoilt(..)
            | Sight::Unstandard(_)
            | Sight::Treats(..)
            | Sight::Reviewed(_)
            | Sight::Ends(_)
            | Sight::Began
            | Sight::Failed(_) => {}
        }
    }
    // From behind: the places of those before stay as they are.
    refused.sort_unstable();
    for index in refused.into_iter().rev() {
        lines.remove(index);
    }
    lines
}

/// A user came by a way that the documents do not know. What the answer to a logon would have said, nobody knows.
fn came(asked: &Map<String, Json>) -> Line {
    let text = |name: &str| asked.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (app, user) = (text("app"), text("user"));
    let login = json!({
        "id": 1, "method": "login",
        "params": { "appId": &app, "user": { "userId": &user }, "userAuth": { "token": "left out" } },
    });
    let id = format!("{user} of {}", text("group"));
    let line =
        ClientLine { id, app: Some(app), user: Some(user), sent: object(&login), received: None, link: None };
    Line { client: Some(line), ..Line::of(SOURCE) }
}

type PassedFields = (Option<Map<String, Json>>, Option<Map<String, Json>>, Option<LinkState>);

fn client(viewer: usize, (sent, received, link): PassedFields) -> Line {
    let line = ClientLine { id: name(viewer), app: None, user: Some(name(viewer)), sent, received, link };
    Line { client: Some(line), ..Line::of(SOURCE) }
}

/// What the audit finds broken.
pub(crate) fn judge(log: &Log, findings: &mut Vec<BrokenPromise>) {
    let mut lines = lines(log);
    let (Some(from), Some(to)) = (log.seen.first().map(|seen| seen.at), log.seen.last().map(|seen| seen.at))
    else {
        return;
    };
    let app = lines.iter().find_map(|line| {
        let call = line.call.as_ref().filter(|call| call.operation == "CreateLiveMessageApp")?;
        call.answer.as_ref()?.get("AppId")?.as_str().map(str::to_owned)
    });
    if let Some(app) = app {
        let complete = Complete { app: Some(app), from, to, ..Complete::default() };
        lines.push(Line { complete: Some(complete), ..Line::of(SOURCE) });
    }
    let mut text = Vec::new();
    for line in &lines {
        serde_json::to_writer(&mut text, line).expect("texts and numbers can be written");
        text.push(b'\n');
    }
    let mut recording = Recording::default();
    if let Err(error) = recording.read(0, text.as_slice()) {
        findings.push(BrokenPromise { class: "unrecordable", says: error.to_string() });
        return;
    }
    recording.finish();
    let limits = Limits { group_messages_per_second: 60, ..Limits::default() };
    let found = audit(&recording, &Assumed { limits, ..Assumed::default() });
    for rule in found.broken() {
        if let Verdict::Broken(_, breaches) = found.verdict(rule)
            && let Some(breach) = breaches.first()
        {
            findings.push(BrokenPromise { class: rule.id(), says: breach.says.clone() });
        }
    }
}
