//! A long recording, whose deliveries are read twice and not kept, is judged as one that is held as a whole.

use std::io::{BufRead, Cursor};

use claque_conformance::audit::{Assumed, Findings, Place, Recording, Verdict, audit, audit_files};
use claque_core::Rule;
use serde_json::{Value, json};

const SECOND: u64 = 1_000_000;
const START: u64 = 1_764_000_000 * SECOND;
/// So many clients receive so many messages each: more lines than are kept.
const CLIENTS: usize = 30;
const MESSAGES: usize = 800;

/// What is wrong with a show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// A client gets a message twice.
    Twice,
    /// A message arrives changed.
    Changed,
    /// The newest message of a type never arrives.
    Missing,
    /// A message arrives behind the answer to leaving.
    BehindLeaving,
    /// A client gets messages of a group that it never joined.
    Uninvited,
    /// More messages are passed on than the limit allows.
    TooMany,
    /// A message arrives behind the news of a kick.
    BehindExit,
}

fn client(at: u64, id: usize, key: &str, frame: Value) -> Value {
    let id = format!("c{id}");
    json!({ "source": "show", "at": at, "client": { "id": id, "app": "a", "user": id, key: frame } })
}

fn asks(lines: &mut Vec<Value>, at: u64, id: usize, number: u64, method: &str, params: Value) {
    lines.push(client(at, id, "sent", json!({ "id": number, "method": method, "params": params })));
    lines.push(client(at + 500, id, "received", json!({ "id": number, "result": {} })));
}

fn delivery(at: u64, id: usize, message: usize, body: &str, kind: u64) -> Value {
    let message = json!({ "messageId": format!("m{message}"), "type": kind, "sender": { "userId": "host" }, "data": body, "level": 0 });
    client(at, id, "received", json!({ "event": "recvgroupmessage", "groupId": "g", "message": message }))
}

/// A show of one message every 100 ms, or every 10 ms, each received by everybody.
fn show(wrong: Wrong) -> Vec<Value> {
    let step = if wrong == Wrong::TooMany { SECOND / 200 } else { SECOND / 10 };
    let mut lines = vec![json!({ "source": "show", "header": { "version": 1 } })];
    for id in 0..CLIENTS {
        asks(
            &mut lines,
            START,
            id,
            1,
            "login",
            json!({ "appId": "a", "appSign": "s", "user": { "userId": format!("c{id}") } }),
        );
        if !(wrong == Wrong::Uninvited && id == 3) {
            asks(&mut lines, START + 1_000, id, 2, "joinGroup", json!({ "groupId": "g" }));
        }
    }
    let begin = START + SECOND;
    for number in 0..MESSAGES {
        let at = begin + number as u64 * step;
        let kind = if number == 400 { 777 } else { 1 };
        let parameters =
            json!({ "AppId": "a", "GroupId": "g", "SenderId": "host", "Body": "x", "MsgType": kind });
        lines.push(json!({ "source": "show", "at": at, "call": { "operation": "SendLiveMessageGroup", "parameters": parameters,
            "answeredAt": at + 100, "status": 200, "answer": { "RequestId": "r", "MsgTid": format!("m{number}") } } }));
        for id in 0..CLIENTS {
            let special = id == 3 && number == 400;
            let body = if special && wrong == Wrong::Changed { "y" } else { "x" };
            if special && wrong == Wrong::BehindLeaving {
                asks(&mut lines, at + 200, id, 3, "leaveGroup", json!({ "groupId": "g" }));
            }
            if special && wrong == Wrong::BehindExit {
                let exit = json!({ "event": "exit", "groupId": "g", "reason": 2 });
                lines.push(client(at + 200, id, "received", exit));
            }
            if !(wrong == Wrong::Missing && special) {
                lines.push(delivery(at + 1_000, id, number, body, kind));
            }
            if special && wrong == Wrong::Twice {
                lines.push(delivery(at + 1_100, id, number, body, kind));
            }
        }
    }
    let end = begin + MESSAGES as u64 * step + 20 * SECOND;
    for id in 0..CLIENTS {
        asks(&mut lines, end, id, 9, "queryGroup", json!({ "groupId": "g" }));
        let claim = json!({ "client": format!("c{id}"), "from": START - SECOND, "to": end + SECOND });
        lines.push(json!({ "source": "show", "complete": claim }));
    }
    let claim = json!({ "app": "a", "from": START - SECOND, "to": end + SECOND });
    lines.push(json!({ "source": "show", "complete": claim }));
    lines
}

fn text(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

fn both(wrong: Wrong) -> (Findings, Findings) {
    let bytes = text(&show(wrong));
    let assumed = Assumed { limit_is_known: true, ..Assumed::default() };
    let mut recording = Recording::default();
    recording.read(0, bytes.as_slice()).expect("a recording");
    recording.finish();
    let held = audit(&recording, &assumed);
    let open = |_: usize| -> std::io::Result<Box<dyn BufRead>> { Ok(Box::new(Cursor::new(bytes.clone()))) };
    let (read, passing) = audit_files(1, &open, &assumed, &|| false).expect("a recording");
    assert!(read.is_deferred(), "{} lines are not many", read.lines());
    assert_eq!((read.lines(), read.counts()), (recording.lines(), recording.counts()));
    (held, passing)
}

/// The only rule that is broken, how often, and the lines of the first breach.
fn broken(findings: &Findings) -> Option<(Rule, u64, Vec<Place>)> {
    let rules: Vec<Rule> = findings.broken().collect();
    assert!(rules.len() < 2, "{rules:?}");
    let rule = *rules.first()?;
    match findings.verdict(rule) {
        Verdict::Broken(times, [breach, ..]) => Some((rule, times, breach.lines.clone())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_breach_is_found_with_its_lines_whether_deliveries_are_kept_or_not() {
    for (wrong, rule) in [
        (Wrong::Nothing, None),
        (Wrong::Twice, Some(Rule::MessageDeliverAllMembers)),
        (Wrong::Changed, Some(Rule::MessageDeliverAllMembers)),
        (Wrong::Missing, Some(Rule::ShaperFloorLatestPerType)),
        (Wrong::BehindLeaving, Some(Rule::MembershipLeaveEndsDelivery)),
        (Wrong::Uninvited, Some(Rule::MessageDeliverAllMembers)),
        (Wrong::BehindExit, Some(Rule::UserKickRemoves)),
    ] {
        let (held, passing) = both(wrong);
        assert_eq!(broken(&held).map(|(rule, ..)| rule), rule, "{wrong:?}");
        assert_eq!(broken(&passing), broken(&held), "{wrong:?}");
        for rule in Rule::ALL {
            assert_eq!(passing.verdict(*rule), held.verdict(*rule), "{wrong:?}: {}", rule.id());
        }
    }
}

#[test]
fn more_than_the_limit_refutes_the_reading_that_it_holds_for_back_ends() {
    let (held, passing) = both(Wrong::TooMany);
    let every = |findings: &Findings| {
        findings
            .readings()
            .find(|(id, value, _)| (*id, *value) == ("shaper.senders", "all"))
            .map(|(.., it)| it)
    };
    assert!(every(&held).is_some_and(|it| it.refuted.is_some()));
    assert_eq!(every(&passing).map(|it| it.refuted.is_some()), Some(true));
    // What clients receive of the messages of clients, and of calls, is counted apart.
    assert_eq!(broken(&passing).map(|(rule, ..)| rule), broken(&held).map(|(rule, ..)| rule));
}

#[test]
fn a_delivery_that_is_not_of_the_format_is_found_at_its_line() {
    let mut lines = show(Wrong::Nothing);
    let at =
        lines.iter().rposition(|line| line.to_string().contains("recvgroupmessage")).expect("a delivery");
    lines[at]["client"]["more"] = json!(1);
    let bytes = text(&lines);
    let open = |_: usize| -> std::io::Result<Box<dyn BufRead>> { Ok(Box::new(Cursor::new(bytes.clone()))) };
    let error = audit_files(1, &open, &Assumed::default(), &|| false).expect_err("a key that there is not");
    assert_eq!(error.place, Place { file: 0, line: at + 1 });
    assert!(error.says.contains("more"), "{error}");
}
