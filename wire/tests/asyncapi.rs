//! The AsyncAPI document and the code say the same: methods, parameters, events, codes, references, and the fields of frames.

mod document;

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::{
    ClientRefusal, ClientReply, Connected, Duration, ExitReason, GroupIx, Instant, Login, LogoffReason,
    Message, NameList, Notice, Ticket, UserIx,
};
use claque_wire::audience::{
    Answer, Asked, BadFrame, CODES, EVENTS, Event, Logon, LogonMethod, Method, Names, PATH, SessionMethod,
    check_frame, login_params,
};
use serde_json::{Value, json};

use self::document::{assert_event, assert_exchange, document, place};

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn methods() -> BTreeSet<&'static str> {
    Method::all().map(Method::name).collect()
}

fn each_reference<'a>(value: &'a Value, seen: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref") {
                seen.push(reference.as_str().expect("a reference is a text"));
                assert_eq!(map.len(), 1, "nothing beside a reference counts: {value}");
            }
            map.values().for_each(|inner| each_reference(inner, seen));
        }
        Value::Array(list) => list.iter().for_each(|inner| each_reference(inner, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn methods_events_and_codes_are_those_of_the_code() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["channels"]["audience"]["address"], PATH);
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut operations = methods();
    operations.insert("tell");
    assert_eq!(keys(&document["operations"]), operations);
    let mut messages = methods();
    messages.extend(EVENTS);
    messages.extend(["result", "error"]);
    assert_eq!(keys(&document["components"]["messages"]), messages);
    assert_eq!(keys(&document["channels"]["audience"]["messages"]), messages);
    let numbers: Vec<Value> = CODES.iter().map(|code| code.number.into()).collect();
    let schema = &document["components"]["schemas"]["Code"];
    assert_eq!(schema["enum"], Value::Array(numbers));
    assert_eq!(keys(&schema["x-codes"]).len(), CODES.len());
    for code in CODES {
        let listed = &schema["x-codes"][code.number.to_string()];
        assert_eq!(listed["from"], code.origin.as_str(), "{}", code.number);
        assert_eq!(listed["meaning"], code.meaning, "{}", code.number);
    }
}

#[test]
fn the_page_by_example_tells_every_code() {
    let page = include_str!("../../docs/audience.md");
    let table = page.split_once("| code | says | when |").expect("a table of codes").1;
    let table = table.split_once("\n\n").expect("an end of the table").0;
    for code in CODES {
        let row = table.lines().find(|row| {
            row.split('|').nth(1).is_some_and(|numbers| {
                numbers.split(',').any(|number| number.trim() == code.number.to_string())
            })
        });
        let row = row.unwrap_or_else(|| panic!("docs/audience.md does not tell {}", code.number));
        assert_eq!(row.split('|').nth(2).map(str::trim), Some(code.origin.as_str()), "{}", code.number);
    }
}

#[test]
fn every_message_bears_its_name_and_every_reference_leads_somewhere() {
    let document = document();
    let messages = &document["components"]["messages"];
    for method in methods() {
        let payload = &messages[method]["payload"];
        assert_eq!(payload["properties"]["method"]["const"], method);
        let operation = &document["operations"][method];
        assert_eq!(operation["action"], "receive");
        let sent = operation["messages"][0]["$ref"].as_str();
        assert_eq!(sent, Some(&*format!("#/channels/audience/messages/{method}")));
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')));
    }
    let tell = &document["operations"]["tell"];
    assert_eq!(tell["action"], "send");
    let listed: BTreeSet<&str> = tell["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|message| message["$ref"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(listed, EVENTS.iter().copied().collect());
    for event in EVENTS {
        assert_eq!(messages[event]["payload"]["properties"]["event"]["const"], *event);
    }
    let mut references = Vec::new();
    each_reference(&document, &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        assert!(place(&document, reference).is_some(), "{reference} leads nowhere");
    }
}

/// What clients send on the page: the lines behind `>`, each with those that go on with it.
fn sent_on_the_page(page: &str) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        if let Some(begin) = line.strip_prefix("> ") {
            frames.push(begin.to_owned());
            open = true;
        } else if let Some(more) = line.strip_prefix("   ").filter(|_| open) {
            frames.last_mut().expect("one is open").push_str(more);
        } else {
            open = false;
        }
    }
    frames
}

#[test]
fn every_frame_that_a_client_sends_on_the_page_can_be_sent() {
    let frames = sent_on_the_page(include_str!("../../docs/audience.md"));
    assert!(frames.len() >= 6, "{frames:?}");
    for frame in &frames {
        let checked = check_frame(frame);
        // A session of the page is made up, and cut short.
        let made_up = frame.contains("\"session\":\"0-1-…\"");
        assert!(checked.is_ok() || made_up, "{frame}: {checked:?}");
    }
    assert!(frames.iter().any(|frame| frame.contains("\"acknowledge\"") && frame.contains("\"ticket\"")));
}

#[test]
fn names_and_codes_are_listed_once_and_in_order() {
    let names = |methods: &[SessionMethod]| methods.iter().map(|method| method.name()).collect::<Vec<_>>();
    let logons: Vec<&str> = LogonMethod::ALL.iter().map(|method| method.name()).collect();
    for names in [names(SessionMethod::ALL), logons, EVENTS.to_vec()] {
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    }
    assert!(CODES.windows(2).all(|pair| pair[0].number < pair[1].number));
    assert!(CODES.iter().all(|code| (304..=604).contains(&code.number)));
    for method in Method::all() {
        assert_eq!(Method::find(method.name()), Some(method));
    }
}

#[test]
fn parameters_are_those_of_the_table() {
    let document = document();
    for method in Method::all() {
        let schema = &document["components"]["schemas"][format!("{}Params", method.name())];
        let listed =
            if schema["properties"].is_null() { BTreeSet::new() } else { keys(&schema["properties"]) };
        assert_eq!(listed, method.parameters().iter().copied().collect(), "{}", method.name());
    }
}

/// Parameters that the method accepts, each of them.
fn example(method: Method) -> Value {
    let value = |name: &str| match name {
        "acknowledges" | "noCache" | "noStorage" | "skipAudit" | "skipMuteCheck" => json!(true),
        "admins" | "userList" => json!(["bob"]),
        "beginTime" | "device" | "endTime" | "heartbeatTimeout" | "nextPageToken" | "pageSize"
        | "repeatCount" | "seqnum" | "type" => json!(20),
        "cursors" => json!([{ "groupId": "show", "seqnum": 17 }]),
        "fresh" => example(Method::Logon(LogonMethod::Login)),
        "level" => json!("HIGH"),
        "session" => json!("0-1-secret"),
        "sortType" => json!(1),
        "ticket" => json!("17"),
        "user" => json!({ "userId": "ada", "userExtension": "" }),
        "userAuth" => json!({ "nonce": "AK", "timestamp": 4_000_000_000_u64, "role": "", "token": "t" }),
        _ => json!("text"),
    };
    method.parameters().iter().map(|name| ((*name).to_owned(), value(name))).collect()
}

fn frame(method: Method, params: Value) -> String {
    Asked::text(&json!(1), method, params)
}

#[test]
fn every_parameter_of_the_table_is_read() {
    for method in Method::all() {
        let right = example(method);
        assert_eq!(check_frame(&frame(method, right.clone())), Ok(()), "{}", method.name());
        for name in method.parameters() {
            let mut wrong = right.clone();
            // No parameter is a list of lists.
            wrong[*name] = json!([[true]]);
            let refused = check_frame(&frame(method, wrong)).map_err(|bad| bad.code);
            assert_eq!(refused, Err(400), "{} takes anything as {name}", method.name());
        }
    }
}

#[test]
fn every_required_parameter_is_needed() {
    let document = document();
    for method in Method::all() {
        let schema = &document["components"]["schemas"][format!("{}Params", method.name())];
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // A client of the older family starts without a signature.
            if name == "appSign" {
                continue;
            }
            let mut without = example(method);
            without.as_object_mut().expect("an object").remove(name);
            let refused = check_frame(&frame(method, without)).map_err(|bad| bad.code);
            assert_eq!(refused, Err(400), "{} goes without {name}", method.name());
        }
    }
}

#[test]
fn every_method_makes_the_request_that_it_is_named_after() {
    for method in SessionMethod::ALL {
        let request = method.read(example(Method::Session(*method))).expect("the example is right");
        assert_eq!(SessionMethod::of(&request), *method);
    }
}

#[test]
fn what_is_no_request_is_refused_with_the_documented_codes() {
    for (text, code) in [
        ("no JSON", 604),
        ("[]", 604),
        (r#"{"id":1}"#, 604),
        (r#"{"id":1,"method":"dance"}"#, 400),
        (r#"{"id":1,"method":"joinGroup"}"#, 400),
        (r#"{"id":1,"method":"acknowledge","params":{"ticket":"x"}}"#, 400),
        (r#"{"id":1,"method":"reconnect","params":{"session":"x"}}"#, 400),
    ] {
        let refused = check_frame(text).map_err(|BadFrame { code, .. }| code);
        assert_eq!(refused, Err(code), "{text}");
    }
}

#[test]
fn a_logon_is_read_as_it_was_written() {
    let login = Login {
        app_id: "app".into(),
        app_sign: "sign".into(),
        user_id: "ada".into(),
        user_info: "{\"nick\":\"é\"}".into(),
        nonce: "n".into(),
        role: "admin".into(),
        timestamp: 4_000_000_000,
        token: "t".into(),
        heartbeat_timeout: Some(Duration::from_secs(20)),
        acknowledges: false,
        device: 3,
    };
    for login in [login.clone(), Login { heartbeat_timeout: None, ..login }] {
        let params = login_params(&login);
        assert_exchange("login", &params, &connected_value());
        assert_eq!(Logon::read(LogonMethod::Login, params), Ok(Logon::Login(login)));
    }
}

fn connected_value() -> Value {
    connected_as("ada")
}

fn connected_as(user_id: &str) -> Value {
    let connected = Connected {
        session: claque_core::SessionId { user: UserIx(4), generation: 2 },
        sid: "s-1".into(),
        groups: Vec::new(),
    };
    let answer =
        Answer::connected(&Value::Null, &connected, ("app", user_id), Duration::from_secs(99)).value();
    answer["result"].clone()
}

#[test]
fn a_session_is_taken_up_under_the_name_that_the_logon_gave() {
    let session = connected_value()["session"].as_str().expect("a text").to_owned();
    let params = claque_wire::audience::reconnect_params(&session, [("show", 17)], None);
    let Ok(Logon::Reconnect(back)) = Logon::read(LogonMethod::Reconnect, params) else {
        panic!("a comeback")
    };
    assert_eq!((back.session.user, back.session.generation), (UserIx(4), 2));
    // The sid, which may hold hyphens, and behind it a mark of whose the session is.
    let mark = back.secret.strip_prefix("s-1").expect("the sid stands whole");
    assert_eq!(mark.len(), 16, "{mark}");
    assert_ne!(
        connected_as("bob")["session"],
        session,
        "another user's session of the same number has another secret"
    );
    assert_eq!(back.cursors, [("show".to_owned(), 17)]);
}

/// IDs made of the dense numbers.
struct Made;

impl Names for Made {
    fn group_id(&self, _: GroupIx) -> &str {
        "show"
    }

    fn user_id(&self, user: UserIx) -> &str {
        ["ada", "bob", "cid"][user.0 as usize]
    }
}

fn message(group: Option<GroupIx>) -> Message {
    Message {
        number: claque_core::MessageNumber(7),
        group,
        seq: 3,
        high_index: 2,
        tid: "t1".into(),
        kind: 10_001,
        level: claque_core::Priority::High,
        origin: claque_core::Origin::Client,
        sender: UserIx(0),
        sender_id: "ada".into(),
        sender_info: "".into(),
        body: "say \"hé\"\n".into(),
        sent: Instant::from_unix_seconds(1_750_420_800),
        at: Instant::from_unix_seconds(1_750_420_801),
        total: 9,
        increase: 1,
        stored: true,
        cached: true,
    }
}

#[test]
fn a_message_for_many_is_written_as_documented() {
    assert_eq!(
        Event::delivered(&message(Some(GroupIx(1))), "show").text(),
        "{\"event\":\"recvgroupmessage\",\"groupId\":\"show\",\"message\":{\"messageId\":\"t1\",\"type\":10001,\
         \"sender\":{\"userId\":\"ada\",\"userExtension\":\"\"},\"data\":\"say \\\"hé\\\"\\n\",\"timestamp\":1750420800,\
         \"level\":1,\"groupId\":\"show\",\"seqnum\":3,\"highIndex\":2,\"repeatCount\":1,\"totalMsgs\":9}}"
    );
    assert_eq!(
        Event::direct(&message(None), Some(Ticket(17))).text(),
        "{\"event\":\"recvc2cmessage\",\"message\":{\"messageId\":\"t1\",\"type\":10001,\
         \"sender\":{\"userId\":\"ada\",\"userExtension\":\"\"},\"data\":\"say \\\"hé\\\"\\n\",\"timestamp\":1750420800,\
         \"level\":1},\"acknowledge\":\"17\"}"
    );
}

#[test]
fn every_event_is_as_documented() {
    let (in_group, alone) = (message(Some(GroupIx(1))), message(None));
    let missed = [Arc::new(message(Some(GroupIx(1))))];
    let notices = [
        Notice::MemberChange { count: 2, joined: vec![UserIx(1)], left: vec![UserIx(2)], supergroup: false },
        Notice::Exit(ExitReason::Kicked),
        Notice::InfoChange { info: "on air".into(), admins: vec!["bob".into()] },
        Notice::MuteChange { all: true, users: NameList::default(), except: NameList::default() },
        Notice::MessageDeleted { tid: "t1".into() },
        Notice::Statistics { online: 3, joins: 5 },
        Notice::Likes(8),
    ];
    let recalled = Notice::MessageDeleted { tid: "t1".into() };
    let mut events = vec![
        Event::delivered(&in_group, "show"),
        Event::direct(&alone, None),
        Event::recovered(&missed, "show"),
        Event::disconnect(LogoffReason::OtherDevice),
        Event::token_expired(),
        Event::notice(&recalled, None, &Made),
    ];
    events.extend(notices.iter().map(|notice| Event::notice(notice, Some("show"), &Made)));
    let mut seen = BTreeSet::new();
    for event in events {
        let value = event.value();
        assert_event(&value);
        assert_eq!(serde_json::from_str::<Value>(&event.text()).expect("JSON"), value);
        seen.insert(value["event"].as_str().expect("a name").to_owned());
    }
    assert_eq!(seen, EVENTS.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_answer_is_as_documented() {
    let listed = || vec![Arc::new(message(Some(GroupIx(1))))];
    for (method, reply) in [
        ("muteAll", ClientReply::Done),
        ("sendGroupMessage", ClientReply::Sent("t1".into())),
        (
            "createGroup",
            ClientReply::GroupCreated { group: GroupIx(1), group_id: "show".into(), already_exists: true },
        ),
        ("listGroupUser", ClientReply::Users { users: vec!["ada".into()], total: 2, next: 7 }),
        ("listMessage", ClientReply::Messages(listed(), 0)),
        (
            "listMuteUsers",
            ClientReply::Mutes { all: false, users: NameList::default(), except: NameList::default() },
        ),
    ] {
        let answer = Answer::accepted(&json!("a-1"), &reply, &Made).value();
        assert_eq!(answer["id"], "a-1");
        assert_exchange(method, &Value::Null, &answer["result"]);
    }
    let sentence = Answer::sentence(ClientRefusal::Muted, Some("not now"));
    let refused = Answer::refused(&json!(4), ClientRefusal::Muted.code(), &sentence).value();
    assert_eq!(refused["error"]["code"], 442);
    assert!(refused["error"]["message"].as_str().is_some_and(|text| text.ends_with("not now")));
}
