//! The events of a running server: its feed, and its ledger for what the feed has forgotten.

use std::collections::BTreeSet;

use claque_lab::explain::{Asked, Event, Explainer, Kind, What};
use serde_json::Value;

use crate::CommandFailure;
use crate::http::Server;

/// More events than a feed keeps.
const FEED_ALL: &str = "feed?count=100000";

/// Asks a server.
pub(super) fn explainer(server: Server<'_>, asked: Asked) -> Result<Explainer, CommandFailure> {
    let [feed, ledger, groups] = [FEED_ALL, "ledger", "groups"].map(|path| server.ask("GET", path, None));
    let mut explainer = Explainer::new(asked);
    for group in list(&groups?, "groups") {
        text(&group, "groupId").into_iter().for_each(|id| explainer.know(Kind::Group, &id));
    }
    let mut events = of_feed(&list(&feed?, "events"));
    of_ledger(&ledger?, &mut events);
    events.sort_by_key(|event| event.at_micros);
    // From the first event on: by the service's clock, which may stand in another year.
    let zero = events.first().map_or(0, |event| event.at_micros);
    for Event { at_micros, what } in events {
        explainer.take(Event { at_micros: at_micros - zero, what });
    }
    Ok(explainer)
}

fn list(of: &Value, name: &str) -> Vec<Value> {
    of[name].as_array().cloned().unwrap_or_default()
}

fn text(of: &Value, name: &str) -> Option<String> {
    of[name].as_str().map(str::to_owned)
}

fn time(of: &Value, name: &str) -> Option<i64> {
    of[name].as_i64()
}

/// The events of a feed. A message whose sending it has forgotten tells by itself when it was sent.
fn of_feed(entries: &[Value]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut accepted = BTreeSet::new();
    for entry in entries {
        let Some(at_micros) = time(entry, "atMicros") else { continue };
        let kind = entry["kind"].as_str().unwrap_or_default();
        let message = text(entry, "messageId");
        if matches!(kind, "call" | "client")
            && let Some(id) = &message
        {
            accepted.insert(id.clone());
        }
        if let (Some(id), Some(sent)) = (&message, time(entry, "sentMicros"))
            && accepted.insert(id.clone())
        {
            events.push(Event { at_micros: sent, what: accept(id, entry) });
        }
        if let Some(what) = of_entry(kind, message, entry) {
            events.push(Event { at_micros, what });
        }
    }
    events
}

fn accept(message: &str, entry: &Value) -> What {
    What::Accepted {
        message: message.to_owned(),
        group: text(entry, "group"),
        by: text(entry, "user").unwrap_or_else(|| "account".to_owned()),
        level: text(entry, "level"),
        ticket: None,
    }
}

fn of_entry(kind: &str, message: Option<String>, entry: &Value) -> Option<What> {
    let user = || text(entry, "user");
    let group = || text(entry, "group");
    Some(match (kind, message) {
        ("call" | "client", Some(message)) => accept(&message, entry),
        ("call" | "client", None) => What::Requested {
            by: user().unwrap_or_else(|| "account".to_owned()),
            call: text(entry, "operation").or_else(|| text(entry, "method"))?,
            about: Vec::new(),
            refused: entry["code"]
                .as_str()
                .map(str::to_owned)
                .or_else(|| entry["code"].as_u64().map(|it| it.to_string())),
        },
        ("delivered", Some(message)) => What::Delivered {
            message,
            group: group(),
            members: entry["members"].as_u64()?,
            delivered: None,
            away: Vec::new(),
        },
        ("shed", Some(message)) => {
            What::Shed { message, group: group()?, rule: text(entry, "rule"), winner: text(entry, "winner") }
        }
        ("recovered", _) => What::Recovered {
            user: user()?,
            group: group()?,
            count: entry["messages"].as_u64()?,
            messages: list(entry, "messageIds").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        },
        ("logon", _) => What::LoggedOn { user: user()? },
        ("reconnect", _) => What::LinkBack { user: user()? },
        ("logoff", _) => What::LoggedOff { user: user()?, reason: reason(&entry["reason"]) },
        ("notice", _) => What::Notified { group: group(), user: None, notice: text(entry, "notice")? },
        _ => return None,
    })
}

/// The documented number of a reason, in the word that runs have for it.
fn reason(number: &Value) -> Option<String> {
    let word = match number.as_u64()? {
        1 => "Normal",
        3 => "Timeout",
        4 => "OtherDevice",
        _ => return None,
    };
    Some(word.to_owned())
}

/// Shed messages of the ledger that the feed has forgotten: it keeps fifty times as many.
fn of_ledger(ledger: &Value, events: &mut Vec<Event>) {
    let known: BTreeSet<String> = events
        .iter()
        .filter_map(
            |event| if let What::Shed { message, .. } = &event.what { Some(message.clone()) } else { None },
        )
        .collect();
    let sent: BTreeSet<String> = events
        .iter()
        .filter_map(|event| {
            if let What::Accepted { message, .. } = &event.what { Some(message.clone()) } else { None }
        })
        .collect();
    for entry in list(ledger, "shed") {
        let (Some(message), Some(group)) = (text(&entry, "messageId"), text(&entry, "groupId")) else {
            continue;
        };
        if let Some(at_micros) = time(&entry, "submittedMicros").filter(|_| !sent.contains(&message)) {
            let by = text(&entry, "sender").unwrap_or_else(|| "account".to_owned());
            let (message, group, level) = (message.clone(), Some(group.clone()), text(&entry, "level"));
            events
                .push(Event { at_micros, what: What::Accepted { message, group, by, level, ticket: None } });
        }
        if let Some(at_micros) = time(&entry, "atMicros").filter(|_| !known.contains(&message)) {
            let (rule, winner) = (text(&entry, "rule"), text(&entry, "winner"));
            events.push(Event { at_micros, what: What::Shed { message, group, rule, winner } });
        }
    }
    for entry in list(ledger, "overdue") {
        let (message, group) = (text(&entry, "messageId"), text(&entry, "groupId"));
        if let (Some(at_micros), Some(message), Some(group)) = (time(&entry, "atMicros"), message, group) {
            events.push(Event { at_micros, what: What::Overdue { message, group } });
        }
    }
}
