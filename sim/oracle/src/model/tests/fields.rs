//! Which fields of answers the model does not judge, computed: each field of each answer is spoiled in turn, and whatever no
//! spoiling makes fail is listed, with the reason.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use claque_core::{
    ClientReply, ClientRequest, ClientSend, Connected, Cursor, Input, LinkEnd, Outcome, Priority, Readings,
    Reply, Request, Response,
};
use serde_json::{Value, json};

use super::{Tamper, Trial, key};
use crate::verdict::Verdict;

/// Fields that no part judges, and why that cannot be or need not be.
const UNJUDGED: &[(&str, &str)] = &[
    ("GetMessageToken.access_token", "the service chooses it"),
    ("GetMessageToken.access_token_expired_time", "how long a token is good for is stated nowhere"),
    ("GetMessageToken.refresh_token", "the service chooses it, and no operation takes it"),
    ("SendMessageToGroupUsers", "the service chooses the ID, and there may be nobody to receive the message"),
];

/// The calls of back ends that are spoiled, in order; `APP` and `OLD` stand for the two applications, `GROUP` for the group
/// that the service named.
fn calls() -> Vec<Value> {
    let live = |mut call: Value| {
        call.as_object_mut().expect("parameters").insert("app_id".to_owned(), json!("APP"));
        call
    };
    let group = |mut call: Value| {
        let fields = call.as_object_mut().expect("parameters");
        fields.insert("app_id".to_owned(), json!("APP"));
        fields.insert("group_id".to_owned(), json!("g"));
        call
    };
    let mut all = vec![
        json!({"DescribeLiveMessageApp": live(json!({}))}),
        json!({"ListLiveMessageApps": {}}),
        json!({"ModifyLiveMessageAppAudit": live(json!({"audit_type": 1}))}),
        json!({"ModifyLiveMessageAppCallback": live(json!({"event_callback_url": "https://elsewhere.example.com/"}))}),
        json!({"ModifyLiveMessageAppDisable": live(json!({"disable": false}))}),
        json!({"CheckLiveMessageUsersInGroup": group(json!({"user_ids": ["ada", "nobody"]}))}),
        json!({"CheckLiveMessageUsersOnline": live(json!({"user_ids": ["ada", "nobody"]}))}),
        json!({"DescribeLiveMessageGroup": group(json!({}))}),
        json!({"ListLiveMessageGroups": live(json!({}))}),
        json!({"ListLiveMessageGroupByPage": live(json!({}))}),
        json!({"ListLiveMessageGroupUsers": group(json!({}))}),
        json!({"ListLiveMessageGroupMessages": group(json!({"page_size": 10}))}),
        json!({"AddLiveMessageGroupBand": group(json!({"banned_users": ["bob"]}))}),
        json!({"BanLiveMessageGroup": group(json!({"except_users": ["ada"]}))}),
        json!({"DescribeLiveMessageGroupBand": group(json!({}))}),
        json!({"UnbanLiveMessageGroup": group(json!({}))}),
        json!({"ModifyLiveMessageUserInfo": live(json!({"user_id": "ada", "user_meta_info": "the first"}))}),
        json!({"ListLiveMessageGroupUsers": group(json!({}))}),
        json!({"SendLiveMessageGroup": group(json!({"sender_id": "ada", "body": "hi", "msg_type": 20001}))}),
        json!({"SendLiveMessageUser": live(json!({"sender_id": "ada", "receiver_id": "bob", "body": "hi"}))}),
        json!({"DeleteLiveMessageGroupMessage": group(json!({"message_id": "M", "deleter_id": "ada"}))}),
    ];
    all.extend(older_calls());
    all.extend([
        json!({"ModifyLiveMessageGroup": group(json!({"modify_info": true, "group_info": "on air"}))}),
        json!({"KickLiveMessageGroupUser": group(json!({"kickoff_user": "bob"}))}),
        json!({"DeleteLiveMessageGroup": group(json!({"operator_id": "ada"}))}),
        json!({"DescribeLiveMessageGroup": group(json!({}))}),
        json!({"CreateLiveMessageGroup": group(json!({}))}),
        json!({"RecoverLiveMessageDeletedGroup": group(json!({}))}),
        json!({"DeleteMessageApp": {"app_id": "OLD"}}),
    ]);
    all
}

/// The calls of the older family, which come in the middle.
fn older_calls() -> Vec<Value> {
    let old = |mut call: Value| {
        let fields = call.as_object_mut().expect("parameters");
        fields.insert("app_id".to_owned(), json!("OLD"));
        fields.insert("group_id".to_owned(), json!("GROUP"));
        call
    };
    vec![
        json!({"CreateMessageGroup": {"app_id": "OLD", "creator_id": "owner", "extension": {"k": "v"}}}),
        json!({"JoinMessageGroup": old(json!({"user_id": "eve", "broadcast_type": 2, "broadcast_statistics": true}))}),
        json!({"JoinMessageGroup": old(json!({"user_id": "fay", "broadcast_type": 2, "broadcast_statistics": true}))}),
        json!({"UpdateMessageGroup": old(json!({"extension": {"k": "w"}}))}),
        json!({"GetMessageGroup": old(json!({}))}),
        json!({"ListMessageGroup": {"app_id": "OLD", "sort_type": 1}}),
        json!({"ListMessageGroup": {"app_id": "OLD", "user_id": "eve"}}),
        json!({"SendMessageToGroup": old(json!({"operator_user_id": "eve", "data": "{}", "kind": 10001}))}),
        json!({"SendMessageToGroup": old(json!({"operator_user_id": "fay", "data": "{}", "kind": 10001}))}),
        json!({"ListMessage": old(json!({"page_size": 1}))}),
        json!({"SendLike": old(json!({"count": "3", "broadcast_type": 2}))}),
        json!({"SendLike": old(json!({"count": "4", "broadcast_type": 2}))}),
        json!({"MuteGroupUser": old(json!({"operator_user_id": "owner", "mute_user_list": ["eve"]}))}),
        json!({"ListMuteGroupUser": old(json!({"operator_user_id": "owner"}))}),
        json!({"ListMessageGroupUser": old(json!({"page_size": 1}))}),
        json!({"ListMessageGroupUserById": old(json!({"user_id_list": ["eve", "fay", "nobody"]}))}),
        json!({"BatchGetOnlineUsers": old(json!({"user_ids": ["eve", "nobody"]}))}),
        json!({"CancelMuteGroupUser": old(json!({"operator_user_id": "owner", "cancel_mute_user_list": ["eve"]}))}),
        json!({"MuteAllGroupUser": old(json!({"operator_user_id": "owner"}))}),
        json!({"CancelMuteAllGroupUser": old(json!({"operator_user_id": "owner"}))}),
        json!({"LeaveMessageGroup": old(json!({"user_id": "fay", "broadcast_type": 2, "broadcast_statistics": true}))}),
        json!({"SendMessageToGroupUsers": old(json!({"operator_user_id": "eve", "data": "{}", "kind": 10001, "receiver_id_list": ["eve"]}))}),
        json!({"UpdateMessageApp": {"app_id": "OLD", "app_name": "other", "app_config": {"c": "d"}}}),
        json!({"GetMessageApp": {"app_id": "OLD"}}),
        json!({"ListMessageApp": {}}),
        json!({"QueryMessageApp": {"app_name": "other"}}),
        json!({"GetMessageToken": {"app_id": "OLD", "user_id": "eve", "device_id": "d", "device_type": "web"}}),
    ]
}

/// A call with the parameters that it leaves out.
fn request(call: &Value, names: &[(&str, &str)]) -> Request {
    let mut text = call.to_string();
    for (stands, name) in names {
        text = text.replace(&format!("\"{stands}\""), &format!("\"{name}\""));
    }
    let mut call: Value = serde_json::from_str(&text).expect("JSON");
    let (operation, fields) = call.as_object_mut().expect("an operation").iter_mut().next().expect("one");
    let fields = fields.as_object_mut().expect("parameters");
    // What must be there, and what a list must say.
    let lists = operation.starts_with("ListLive");
    let required = [("administrators", json!([])), ("except_users", json!([])), ("user_ids", json!([]))];
    let listed = [("sort_type", json!(1)), ("page_size", json!(10))];
    let required = required.into_iter().chain(listed.into_iter().filter(|_| lists));
    for (name, value) in required {
        fields.entry(name).or_insert(value);
    }
    serde_json::from_value(call.clone()).unwrap_or_else(|said| panic!("{call}: {said}"))
}

/// Plays everything; each call has its place as name.
fn play(tamper: Tamper<'_>) -> Verdict {
    let mut trial = Trial::new(Readings::default(), tamper);
    scene(&mut trial);
    trial.model.finish(trial.now);
    trial.model.verdict()
}

/// All calls, one after the other.
pub(super) fn scene(trial: &mut Trial<'_>) {
    let app_id = trial.create_app();
    let group = json!({"CreateLiveMessageGroup": {"app_id": "APP", "group_id": "g", "creator_id": "ada"}});
    let names = [("APP", app_id.as_str())];
    trial.ask("CreateLiveMessageGroup#first", request(&group, &names));
    let (ada, bob) = (trial.log_on("Connect#ada", "ada", 0), trial.log_on("Connect#bob", "bob", 0));
    trial.client("Join#ada", ada, ClientRequest::Join(key()));
    trial.client("Join#bob", bob, ClientRequest::Join(key()));
    trial.say("Send#gift", ada, Priority::High);
    let send = ClientSend::new(10_001, Priority::Normal, "hello");
    let hello = trial.client("Send#hello", ada, ClientRequest::Send(key(), send));
    let Outcome::Client(Ok(ClientReply::Sent(hello))) = hello else { panic!("{hello:?}") };
    let old = json!({"CreateMessageApp": {"app_name": "older", "extension": {"a": "b"}}});
    let made = trial.ask("CreateMessageApp#first", request(&old, &[]));
    let Outcome::Request(Ok(Reply::Done(Response::OldAppCreated(old)))) = made else { panic!("{made:?}") };
    let client = |name: &str, trial: &mut Trial<'_>, request| trial.client(name, ada, request);
    client("QueryGroup#ada", trial, ClientRequest::QueryGroup(key()));
    client("MuteUsers#ada", trial, ClientRequest::MuteUsers(key(), vec!["bob".into()]));
    client("ListMuteUsers#ada", trial, ClientRequest::ListMuteUsers(key()));
    let list = ClientRequest::ListGroupUsers { group: key(), descending: false, token: 0, page_size: 10 };
    client("ListGroupUsers#ada", trial, list);
    client("ListRecentGroupUsers#ada", trial, ClientRequest::ListRecentGroupUsers(key()));
    let recent = ClientRequest::ListRecentMessages { group: key(), before: 0, page_size: 10 };
    client("ListRecentMessages#ada", trial, recent);
    let history = ClientRequest::ListHistory {
        group: key(),
        staff: true,
        kind: None,
        descending: false,
        token: 0,
        page_size: 10,
        begin: 0,
        end: 0,
    };
    client("ListHistory#ada", trial, history);
    client("CancelMuteUsers#ada", trial, ClientRequest::CancelMuteUsers(key(), vec!["bob".into()]));
    trial.step("Disconnect#bob", Input::Disconnect(bob, LinkEnd::Lost));
    trial.say("Send#missed", ada, Priority::High);
    let group = trial.service.groups().next().expect("the group");
    let cursor = Cursor { group, high_seq: 1 };
    trial.step("Reconnect#bob", Input::Reconnect(bob, None, vec![cursor]));
    let (mut older, mut refused) = ("none".to_owned(), Vec::new());
    for (nth, call) in calls().iter().enumerate() {
        let operation = call.as_object().and_then(|it| it.keys().next()).expect("an operation");
        let names = [("APP", app_id.as_str()), ("OLD", &old), ("GROUP", &older), ("M", &hello)];
        let answer = trial.ask(&format!("{operation}#{nth}"), request(call, &names));
        match answer {
            Outcome::Request(Ok(Reply::Done(Response::OldGroupCreated(made)))) => {
                older = made.group_id.to_string();
            }
            Outcome::Request(Ok(Reply::Done(_))) => {}
            other => refused.push(format!("{operation}: {other:?}")),
        }
    }
    assert!(refused.is_empty(), "calls that are not answered have no fields: {refused:#?}");
}

/// The answer that a call was given, as a value; none: it has no fields.
fn answered(outcome: &Outcome) -> Option<Value> {
    match outcome {
        Outcome::Request(Ok(Reply::Done(response))) => serde_json::to_value(response).ok(),
        Outcome::Client(Ok(reply)) => serde_json::to_value(reply).ok(),
        Outcome::Connected(Ok(connected)) => serde_json::to_value(connected).ok(),
        Outcome::Client(Err(_)) | Outcome::Connected(Err(_)) | Outcome::Quiet | Outcome::Request(_) => None,
    }
}

/// The outcome with another answer; none: no such answer can be.
fn answering(outcome: &Outcome, answer: Value) -> Option<Outcome> {
    match outcome {
        Outcome::Request(Ok(_)) => {
            let response: Response = serde_json::from_value(answer).ok()?;
            Some(Outcome::Request(Ok(Reply::Done(response))))
        }
        Outcome::Client(Ok(_)) => {
            let reply: ClientReply = serde_json::from_value(answer).ok()?;
            Some(Outcome::Client(Ok(reply)))
        }
        Outcome::Connected(Ok(_)) => {
            let connected: Connected = serde_json::from_value(answer).ok()?;
            Some(Outcome::Connected(Ok(connected)))
        }
        Outcome::Client(Err(_)) | Outcome::Connected(Err(_)) | Outcome::Quiet | Outcome::Request(Err(_)) => {
            None
        }
    }
}

/// Every way to spoil one value of an answer: the path of the field, and the whole answer with it spoiled.
pub(super) fn spoiled(answer: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut paths = vec![(String::new(), String::new())];
    while let Some((pointer, path)) = paths.pop() {
        let Some(value) = answer.pointer(&pointer) else { continue };
        let other = match value {
            Value::Object(fields) => {
                for name in fields.keys() {
                    // The name of the answer's kind is no field.
                    let below = if pointer.is_empty() && fields.len() == 1 {
                        String::new()
                    } else {
                        format!("{path}.{name}")
                    };
                    paths.push((format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), below));
                }
                continue;
            }
            Value::Array(items) => {
                paths.extend((0..items.len()).map(|at| (format!("{pointer}/{at}"), path.clone())));
                if items.is_empty() { continue } else { json!(items[1..]) }
            }
            Value::Bool(flag) => json!(!flag),
            Value::Number(number) => match number.as_i64() {
                Some(number) => json!(number + 1),
                None => continue,
            },
            Value::String(text) => json!(format!("{text}x")),
            Value::Null => continue,
        };
        let mut whole = answer.clone();
        *whole.pointer_mut(&pointer).expect("it is there") = other;
        found.push((path, whole));
    }
    found
}

#[test]
fn every_field_of_every_answer_is_judged_but_for_those_with_a_reason() {
    let answers: RefCell<BTreeMap<String, Outcome>> = RefCell::default();
    let verdict = play(&|name, seen| {
        answers.borrow_mut().insert(name.to_owned(), seen.0.clone());
    });
    assert_eq!(verdict, Verdict::Pass, "a sound history passes");
    let mut judged: BTreeMap<String, bool> = BTreeMap::new();
    for (at, outcome) in answers.borrow().iter() {
        let operation = at.split('#').next().expect("a name");
        let Some(answer) = answered(outcome) else { continue };
        for (path, whole) in spoiled(&answer) {
            let Some(other) = answering(outcome, whole).filter(|other| other != outcome) else { continue };
            let spoil = |name: &str, seen: &mut super::Observed| {
                if name == at {
                    seen.0 = other.clone();
                }
            };
            *judged.entry(format!("{operation}{path}")).or_default() |= play(&spoil).is_fail();
        }
    }
    let unjudged: BTreeSet<&str> =
        judged.iter().filter(|(_, judged)| !**judged).map(|(field, _)| field.as_str()).collect();
    let known: BTreeSet<&str> = UNJUDGED.iter().map(|(field, _)| *field).collect();
    assert_eq!(unjudged, known, "of {} fields", judged.len());
    assert!(judged.len() > 120, "{} fields were spoiled", judged.len());
}
