//! The events of a recording (`docs/audit-format.md`), and what `claque audit` finds broken in it.

use std::collections::BTreeMap;
use std::path::Path;

use claque_conformance::audit::{
    self, Assumed, CallLine, ClientLine, Findings, Line, LinkState, Place, Verdict, read_lines,
};
use claque_core::Rule;
use claque_lab::explain::{Asked, Event, Explainer, Kind, What};
use serde_json::{Map, Value};

use crate::CommandFailure;
use crate::audit::RecordingFile;
use crate::output::quietly;

/// Parameters of calls by whose names something is about a group, a user or a message.
const GROUPS: [&str; 1] = ["GroupId"];
const USERS: [&str; 6] = ["UserId", "SenderId", "ReceiverId", "CreatorId", "KickoffUser", "OwnerUserId"];
const MESSAGES: [&str; 2] = ["MessageId", "MsgTid"];

/// Reads a recording and judges it.
pub(super) fn explainer(path: &Path, asked: Asked) -> Result<Explainer, CommandFailure> {
    let log = RecordingFile::of(path)?;
    let open = |_file: usize| log.open();
    let wrong = |at: usize, says: &str| CommandFailure::Usage(format!("{}: {says}", log.place(at)));
    // The judge first: it refuses what is no recording, with the line and what to write instead.
    let assumed = Assumed::default();
    let judged = quietly(|| audit::audit_files(1, &open, &assumed, &|| false));
    let (_, findings) = judged.map_err(|error| wrong(error.place.line, &error.says))?;
    let mut reader = RecordingReader {
        explainer: Explainer::new(asked),
        zero: None,
        clients: BTreeMap::new(),
        times: BTreeMap::new(),
    };
    let opened = log.open().map_err(|error| wrong(0, &error.to_string()))?;
    let mut take = |place: Place, bytes: &[u8]| {
        let line: Line = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        reader.take(place, line);
        Ok(true)
    };
    read_lines(0, opened, &mut take).map_err(|error| wrong(error.place.line, &error.says))?;
    Ok(reader.end(&findings))
}

/// A client of the recording: its user, and the requests that wait for an answer.
#[derive(Default)]
struct Client {
    user: Option<String>,
    asked: BTreeMap<i64, (String, Map<String, Value>)>,
}

struct RecordingReader {
    explainer: Explainer,
    zero: Option<i64>,
    clients: BTreeMap<String, Client>,
    /// When each line was seen: what is found broken has lines, and no time.
    times: BTreeMap<Place, i64>,
}

fn text(of: &Map<String, Value>, name: &str) -> Option<String> {
    of.get(name)?.as_str().map(str::to_owned)
}

impl RecordingReader {
    fn take(&mut self, place: Place, line: Line) {
        let Some(at) = line.at.and_then(|at| i64::try_from(at).ok()) else { return };
        let at_micros = at - *self.zero.get_or_insert(at);
        self.times.insert(place, at_micros);
        let what = match (line.call, line.client) {
            (Some(call), _) => Some(of_call(&call)),
            (None, Some(client)) => self.of_client(client),
            (None, None) => None,
        };
        if let Some(what) = what {
            self.explainer.take(Event { at_micros, what });
        }
    }

    fn of_client(&mut self, line: ClientLine) -> Option<What> {
        let client = self.clients.entry(line.id.clone()).or_default();
        client.user = line.user.or_else(|| client.user.take());
        let user = client.user.clone().unwrap_or(line.id);
        if let Some(link) = line.link {
            return Some(match link {
                LinkState::Up => What::LinkBack { user },
                LinkState::Lost => What::LinkLost { user },
            });
        }
        if let Some(sent) = line.sent {
            let (number, method) = (sent.get("id").and_then(Value::as_i64)?, text(&sent, "method")?);
            let params = sent.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
            if let Some(named) = text(&params, "userId").filter(|_| method == "login") {
                client.user = Some(named);
            }
            client.asked.insert(number, (method, params));
            return None;
        }
        let received = line.received?;
        let answered = received.get("id").and_then(Value::as_i64).and_then(|id| client.asked.remove(&id));
        match answered {
            Some((method, params)) => Some(answer(user, &method, &params, &received)),
            None => event(user, &received),
        }
    }

    /// What the judge found broken, each with the messages, users and groups that its sentence names.
    fn end(mut self, findings: &Findings) -> Explainer {
        for rule in Rule::ALL {
            let Verdict::Broken(_, breaches) = findings.verdict(*rule) else { continue };
            for breach in breaches {
                let at_micros = breach.lines.iter().filter_map(|place| self.times.get(place)).max();
                let (rule, says) = (rule.id().to_owned(), breach.says.clone());
                let about = self.explainer.named_in(&says);
                let what = What::Broken { rule, says, about };
                self.explainer.take(Event { at_micros: at_micros.copied().unwrap_or(0), what });
            }
        }
        self.explainer
    }
}

/// A call of the back end.
fn of_call(call: &CallLine) -> What {
    let by = text(&call.parameters, "SenderId").unwrap_or_else(|| "account".to_owned());
    let group = text(&call.parameters, "GroupId");
    let answer = call.answer.as_ref();
    let message = answer.and_then(|answer| {
        text(answer, "MsgTid").or_else(|| text(answer.get("Result")?.as_object()?, "MessageId"))
    });
    let refused = match call.status {
        Some(status) if status >= 300 => {
            Some(answer.and_then(|answer| text(answer, "Code")).unwrap_or_else(|| status.to_string()))
        }
        Some(_) | None => None,
    };
    if let Some(message) = message.filter(|_| refused.is_none() && call.operation.starts_with("Send")) {
        return What::Accepted { message, group, by, level: None, ticket: None };
    }
    let mut about = Vec::new();
    for (kind, names) in [(Kind::Group, &GROUPS[..]), (Kind::User, &USERS), (Kind::Message, &MESSAGES)] {
        about.extend(names.iter().filter_map(|name| Some((kind, text(&call.parameters, name)?))));
    }
    What::Requested { by: "account".to_owned(), call: call.operation.clone(), about, refused }
}

/// An answer to a client's request.
fn answer(user: String, method: &str, params: &Map<String, Value>, received: &Map<String, Value>) -> What {
    let group = text(params, "groupId");
    let result = received.get("result").and_then(Value::as_object);
    let refused = received.get("error").map(|error| error["code"].to_string());
    let message = result.and_then(|result| text(result, "messageId"));
    match (method, group, message) {
        (_, group, Some(message)) => What::Accepted { message, group, by: user, level: None, ticket: None },
        ("joinGroup", Some(group), None) if refused.is_none() => What::Joined { user, group },
        ("leaveGroup", Some(group), None) if refused.is_none() => What::Left { user, group },
        ("login", _, None) if refused.is_none() => What::LoggedOn { user },
        (_, group, None) => {
            let about = group.into_iter().map(|group| (Kind::Group, group)).collect();
            What::Requested { by: user, call: method.to_owned(), about, refused }
        }
    }
}

/// An event that a client received.
fn event(user: String, received: &Map<String, Value>) -> Option<What> {
    let (event, group) = (text(received, "event")?, text(received, "groupId"));
    let ids = |messages: &[Value]| {
        messages.iter().filter_map(|it| it["messageId"].as_str().map(str::to_owned)).collect()
    };
    Some(match event.as_str() {
        "recvgroupmessage" | "recvc2cmessage" => {
            let message = text(received.get("message")?.as_object()?, "messageId")?;
            What::Received { message, group, user }
        }
        "recovered" => {
            let messages: Vec<String> = ids(received.get("messages")?.as_array()?);
            What::Recovered { user, group: group?, count: messages.len() as u64, messages }
        }
        "deletegroupmessage" => What::Recalled { message: text(received, "messageId")?, group },
        _ => What::Notified { group, user: Some(user), notice: event },
    })
}
