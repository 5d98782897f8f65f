//! Recordings written by hand: each breach is found with the lines that prove it, and what is not certain is not judged.

mod log;

use claque_conformance::audit::{Assumed, Findings, Recording, Verdict};
use claque_core::Rule;
use serde_json::{Value, json};

/// Microseconds.
const SECOND: u64 = 1_000_000;
const START: u64 = 1_764_000_000 * SECOND;

/// Lines of a recording, one below the other.
#[derive(Clone, Default)]
struct Log(Vec<Value>);

impl Log {
    fn new() -> Self {
        Self::with_clocks(0, 0)
    }

    /// A recording of two sources, whose clocks are wrong by so much at the most. Microseconds.
    fn with_clocks(back_end: u64, phone: u64) -> Self {
        Self(vec![
            json!({ "source": "back-end", "header": { "version": 1, "clockErrorMicros": back_end } }),
            json!({ "source": "phone", "header": { "version": 1, "clockErrorMicros": phone } }),
        ])
    }

    fn call(mut self, at: u64, operation: &str, parameters: Value, answer: Value) -> Self {
        let status = match answer.get("Code").and_then(Value::as_str) {
            None => 200,
            Some("ResourceNotExist") => 404,
            Some(_) => 400,
        };
        self.0.push(json!({ "source": "back-end", "at": START + at, "call": {
            "operation": operation, "parameters": parameters, "answeredAt": START + at + 1_000,
            "status": status, "answer": answer } }));
        self
    }

    fn client(mut self, at: u64, id: &str, key: &str, frame: Value) -> Self {
        self.0.push(json!({ "source": "phone", "at": START + at, "client": {
            "id": id, "app": "a", "user": "ada", key: frame } }));
        self
    }

    /// A request of ada's client, answered at once.
    fn asks(self, at: u64, number: u64, method: &str, params: Value, result: Value) -> Self {
        self.client(at, "ada", "sent", json!({ "id": number, "method": method, "params": params })).client(
            at + 500,
            "ada",
            "received",
            json!({ "id": number, "result": result }),
        )
    }

    fn receives(self, at: u64, id: &str, kind: u64) -> Self {
        let message =
            json!({ "messageId": id, "type": kind, "sender": { "userId": "host" }, "data": "x", "level": 0 });
        self.client(
            at,
            "ada",
            "received",
            json!({ "event": "recvgroupmessage", "groupId": "g", "message": message }),
        )
    }

    fn sends(self, at: u64, id: &str, kind: u64) -> Self {
        let parameters =
            json!({ "AppId": "a", "GroupId": "g", "SenderId": "host", "Body": "x", "MsgType": kind });
        self.call(at, "SendLiveMessageGroup", parameters, json!({ "RequestId": "r", "MsgTid": id }))
    }

    fn complete(mut self, what: &str, name: &str, to: u64) -> Self {
        self.0.push(
            json!({ "source": "back-end", "complete": { what: name, "from": START, "to": START + to } }),
        );
        self
    }

    fn without(mut self, index: usize) -> Self {
        self.0.remove(index);
        self
    }

    fn audit(&self) -> Findings {
        log::audited(&self.0, &Assumed { limit_is_known: true, ..Assumed::default() })
    }
}

/// The lines of the only breach, which must be of this rule.
fn broken(log: &Log, rule: Rule) -> Vec<usize> {
    log::broken(&log.audit(), rule)
}

fn sound(log: &Log) -> Findings {
    log::sound(log.audit())
}

fn on(group: &str) -> Value {
    json!({ "AppId": "a", "GroupId": group })
}

fn done() -> Value {
    json!({ "RequestId": "r" })
}

fn refused(code: &str) -> Value {
    json!({ "RequestId": "r", "Code": code, "Message": "no" })
}

#[test]
fn a_parameter_that_is_illegal_whatever_the_state_must_be_refused() {
    let create = |id: &str, answer: Value| {
        let parameters = json!({ "AppId": "a", "GroupId": id, "Administrators": ["u1", "u2", "u3", "u4"] });
        Log::new().call(0, "CreateLiveMessageGroup", parameters, answer)
    };
    let accepted = create("g", json!({ "RequestId": "r", "GroupId": "g" }));
    assert_eq!(broken(&accepted, Rule::GroupAdminsMax), [3]);
    let findings = sound(&create("g", refused("InputInvalid")));
    assert_eq!(findings.verdict(Rule::GroupAdminsMax), Verdict::Kept(1));
    assert_eq!(findings.verdict(Rule::ErrorInputInvalidCode), Verdict::Kept(1));
    // Somebody else was in the way first: nothing follows.
    assert!(matches!(
        sound(&create("g", refused("Throttling.User"))).verdict(Rule::GroupAdminsMax),
        Verdict::NotObservable(_)
    ));
}

#[test]
fn where_the_documents_are_open_the_recording_tells_the_reading() {
    let named = |answer: Value| {
        Log::new().call(0, "CreateLiveMessageGroup", json!({ "AppId": "a", "GroupId": "my-group" }), answer)
    };
    let taken = sound(&named(json!({ "RequestId": "r", "GroupId": "my-group" })));
    assert_eq!(taken.inferred("group-id.charset"), Some("hyphen"));
    let refused = sound(&named(refused("InputInvalid")));
    let refuted: Vec<_> =
        refused.readings().filter(|(_, _, says)| says.explained == 0).map(|(_, value, _)| value).collect();
    assert!(refuted.contains(&"hyphen"), "{refuted:?}");
}

#[test]
fn a_deleted_group_takes_no_message_unless_somebody_may_have_restored_it() {
    let deleted =
        Log::new().call(0, "DeleteLiveMessageGroup", on("g"), json!({ "RequestId": "r", "GroupId": "g" }));
    let used = deleted.clone().sends(SECOND, "m1", 10_001).complete("app", "a", 9 * SECOND);
    assert_eq!(broken(&used, Rule::DeletionGroupUnavailable), [3, 4]);
    // Nobody says that the recording is complete: a restore may be missing.
    sound(&used.without(4));
    // Somebody restored it, or may have: no answer was seen.
    for answer in [json!({ "RequestId": "r", "GroupId": "g" }), Value::Null] {
        let mut restored =
            deleted.clone().call(SECOND / 2, "RecoverLiveMessageDeletedGroup", on("g"), done());
        if answer.is_null() {
            let call = restored.0.last_mut().unwrap()["call"].as_object_mut().unwrap();
            call.retain(|name, _| !matches!(name.as_str(), "answeredAt" | "status" | "answer"));
        } else {
            restored.0.last_mut().unwrap()["call"]["answer"] = answer;
        }
        sound(&restored.sends(SECOND, "m1", 10_001).complete("app", "a", 9 * SECOND));
    }
    // The clocks of two callers leave open which came first; one caller's own clock does not.
    let mut unsure = Log::with_clocks(SECOND, 0)
        .call(0, "DeleteLiveMessageGroup", on("g"), json!({ "RequestId": "r", "GroupId": "g" }))
        .sends(SECOND, "m1", 10_001)
        .complete("app", "a", 9 * SECOND);
    assert_eq!(broken(&unsure, Rule::DeletionGroupUnavailable), [3, 4]);
    unsure.0[3]["source"] = json!("phone");
    sound(&unsure);
}

/// A group of ada's, in which she may speak like everybody.
fn with_ada() -> Log {
    let create = json!({ "AppId": "a", "GroupId": "g", "CreatorId": "host" });
    Log::new().call(10, "CreateLiveMessageGroup", create, json!({ "RequestId": "r", "GroupId": "g" })).asks(
        SECOND,
        1,
        "joinGroup",
        json!({ "groupId": "g" }),
        json!({ "groupId": "g" }),
    )
}

#[test]
fn a_muted_user_cannot_send() {
    let mute = json!({ "AppId": "a", "GroupId": "g", "BannedUsers": ["ada", "bob"] });
    let say = json!({ "groupId": "g", "type": 10_001, "data": "x" });
    let muted = with_ada().call(2 * SECOND, "AddLiveMessageGroupBand", mute, done());
    let spoke = muted
        .clone()
        .asks(3 * SECOND, 2, "sendGroupMessage", say.clone(), json!({ "messageId": "m" }))
        .complete("app", "a", 9 * SECOND);
    assert_eq!(broken(&spoke, Rule::MuteSendBlocked), [6, 7, 8]);
    // She is an administrator, or may be: the create is missing.
    let mut administrator = spoke.clone();
    administrator.0[2]["call"]["parameters"]["Administrators"] = json!(["ada"]);
    sound(&administrator);
    sound(&spoke.without(2));
    // Somebody has lifted it.
    let lift = json!({ "AppId": "a", "GroupId": "g", "UnbannedUsers": ["ada"] });
    let lifted = muted
        .call(2 * SECOND + 500_000, "RemoveLiveMessageGroupBand", lift, done())
        .asks(3 * SECOND, 2, "sendGroupMessage", say, json!({ "messageId": "m" }))
        .complete("app", "a", 9 * SECOND);
    sound(&lifted);
}

#[test]
fn a_recalled_message_is_listed_no_more() {
    let list = json!({ "AppId": "a", "GroupId": "g", "PageSize": 10, "SortType": 1 });
    let message = json!({ "MsgTid": "m1", "Body": "x", "MsgType": 1, "SeqNumber": 1, "Timestamp": 1, "TotalMessages": 1,
        "Sender": { "UserId": "host", "UserInfo": "" } });
    let page = |messages: Value| json!({ "RequestId": "r", "GroupId": "g", "Hasmore": false, "NextPageToken": 0, "MessageList": messages });
    let recall = json!({ "AppId": "a", "GroupId": "g", "MessageId": "m1" });
    let recalled = Log::new().sends(0, "m1", 1).call(
        SECOND,
        "DeleteLiveMessageGroupMessage",
        recall,
        json!({ "RequestId": "r", "GroupId": "g", "MessageId": "m1" }),
    );
    let listed = recalled.clone().call(
        2 * SECOND,
        "ListLiveMessageGroupMessages",
        list.clone(),
        page(json!([message])),
    );
    assert_eq!(broken(&listed, Rule::RecallMessageByMsgTid), [3, 4, 5]);
    let gone = recalled.call(2 * SECOND, "ListLiveMessageGroupMessages", list, page(json!([])));
    assert_eq!(sound(&gone).verdict(Rule::RecallMessageByMsgTid), Verdict::Kept(1));
}

/// So many messages, each so long behind the one before; sent by a back end, or by ada's client.
fn storm(count: u64, gap: u64, by_client: bool) -> Log {
    let say = json!({ "groupId": "g", "type": 10_001, "data": "x" });
    let mut log = with_ada();
    for number in 0..count {
        let (at, id) = (2 * SECOND + number * gap, format!("m{number}"));
        log = if by_client {
            log.asks(at, number + 2, "sendGroupMessage", say.clone(), json!({ "messageId": id }))
        } else {
            log.sends(at, &id, 10_001)
        };
        let message = json!({ "messageId": id, "type": 10_001, "data": "x", "level": 0 });
        let event = json!({ "event": "recvgroupmessage", "groupId": "g", "message": message });
        log = log.client(at + 2_000, "ada", "received", event);
    }
    log
}

#[test]
fn a_group_delivers_no_more_than_its_limit() {
    // Of a thousand messages sent and received within ten seconds, 550 may pass: fifty in each second that the ten touch.
    assert_eq!(broken(&storm(560, 17_000, true), Rule::ShaperBudgetPerSecond).len(), 2);
    assert_eq!(sound(&storm(540, 20_000, true)).verdict(Rule::ShaperBudgetPerSecond), Verdict::Kept(1));
    // Whether messages of a back end are limited is open.
    let served = sound(&storm(560, 17_000, false));
    assert_eq!(served.inferred("shaper.senders"), Some("mobile-originated"));
    assert_eq!(sound(&storm(540, 20_000, false)).inferred("shaper.senders"), None);
    // The console gave the group another limit, or may have: nobody says that it did not.
    let mut other = storm(560, 17_000, true);
    other.0.push(json!({ "source": "back-end", "at": START, "console": { "action": "LimitMessages",
        "parameters": { "AppId": "a", "GroupId": "g", "MessagesPerSecond": 100 }, "accepted": true } }));
    sound(&other);
}

#[test]
fn a_message_arrives_once_and_as_it_was_sent() {
    let sent = || with_ada().sends(2 * SECOND, "m1", 1);
    let whole = |log: Log| log.complete("app", "a", 9 * SECOND);
    let twice = sent().receives(3 * SECOND, "m1", 1).receives(4 * SECOND, "m1", 1);
    let other = sent().receives(3 * SECOND, "m1", 2);
    assert_eq!(broken(&whole(twice.clone()), Rule::MessageDeliverAllMembers), [7, 8]);
    assert_eq!(broken(&whole(other.clone()), Rule::MessageDeliverAllMembers), [6, 7]);
    // Somebody unseen may have sent another message under the same ID, which is another by its number in the group.
    sound(&twice);
    sound(&other);
    let numbered = |numbers: [u64; 2]| {
        let mut log = twice.clone();
        let last = log.0.len() - 2;
        for (line, number) in log.0[last..].iter_mut().zip(numbers) {
            line["client"]["received"]["message"]["seqnum"] = json!(number);
        }
        log
    };
    sound(&numbered([4, 5]));
    assert_eq!(broken(&numbered([4, 4]), Rule::MessageDeliverAllMembers), [7, 8]);
    // No service can do that: a clock is not what is said of it.
    let early = sound(&with_ada().sends(2 * SECOND, "m1", 1).receives(SECOND + 700, "m1", 1));
    assert_eq!(early.contradiction().map(|(_, lines)| lines.len()), Some(2));
}

#[test]
fn who_has_left_receives_nothing_more() {
    let log = |appsign: &str| {
        let auth = json!({ "nonce": "", "timestamp": 4_000_000_000_u64, "role": "", "token": "t" });
        let logon =
            json!({ "appId": "a", "appSign": appsign, "user": { "userId": "ada" }, "userAuth": auth });
        let mut log = Log::new().asks(0, 1, "login", logon, json!({ "session": "s" }));
        if appsign.is_empty() {
            log.0[2]["client"]["sent"]["params"].as_object_mut().unwrap().remove("appSign");
        }
        log.asks(SECOND, 2, "joinGroup", json!({ "groupId": "g" }), json!({})).asks(
            2 * SECOND,
            3,
            "leaveGroup",
            json!({ "groupId": "g" }),
            json!({}),
        )
    };
    let stray = log("sign").receives(2 * SECOND + 600, "m1", 1);
    // She may have joined again, unseen.
    sound(&stray);
    let stray = stray.complete("client", "ada", 9 * SECOND);
    assert_eq!(broken(&stray, Rule::MembershipLeaveEndsDelivery), [8, 9]);
    // Before the answer it may come; after another join, too; and the older family's back end may have joined her.
    let before = {
        let mut log = log("sign").receives(2 * SECOND + 400, "m1", 1);
        let last = log.0.len() - 1;
        log.0.swap(last, last - 1);
        log
    };
    sound(&before);
    sound(
        &log("sign")
            .client(
                2 * SECOND + 600,
                "ada",
                "sent",
                json!({ "id": 4, "method": "joinGroup", "params": { "groupId": "g" } }),
            )
            .receives(2 * SECOND + 700, "m1", 1)
            .complete("client", "ada", 9 * SECOND),
    );
    sound(&log("").receives(2 * SECOND + 600, "m1", 1).complete("client", "ada", 9 * SECOND));
}

#[test]
fn the_newest_message_of_a_type_arrives_within_five_seconds() {
    let shed = with_ada()
        .sends(2 * SECOND, "m1", 7)
        .asks(8 * SECOND, 2, "heartbeat", json!({}), json!({}))
        .complete("app", "a", 60 * SECOND)
        .complete("client", "ada", 60 * SECOND);
    assert_eq!(broken(&shed, Rule::ShaperFloorLatestPerType), [5, 6, 8]);
    // A newer one of the type arrived; or she asked too early for that to prove anything; or frames may be missing.
    let newer = |limit: u32| {
        let log = with_ada()
            .sends(2 * SECOND, "m1", 7)
            .sends(2 * SECOND + 10, "m2", 7)
            .receives(3 * SECOND, "m2", 7)
            .asks(8 * SECOND, 2, "heartbeat", json!({}), json!({}))
            .complete("app", "a", 60 * SECOND)
            .complete("client", "ada", 60 * SECOND);
        let mut assumed = Assumed { limit_is_known: true, ..Assumed::default() };
        assumed.limits.group_messages_per_second = limit;
        log::audited(&log.0, &assumed)
    };
    assert_eq!(log::sound(newer(1)).verdict(Rule::ShaperFloorLatestPerType), Verdict::Kept(2));
    // Two messages are far from a limit of fifty: then none of them may be missing.
    assert_eq!(log::broken(&newer(50), Rule::MessageDeliverAllMembers), [5, 6, 10]);
    let early = with_ada()
        .sends(2 * SECOND, "m1", 7)
        .asks(6 * SECOND, 2, "heartbeat", json!({}), json!({}))
        .complete("app", "a", 60 * SECOND)
        .complete("client", "ada", 60 * SECOND);
    sound(&early);
    sound(&shed.clone().without(8));
    sound(&shed.clone().without(9));
    // She sent it herself: whether she gets a copy is open.
    let say = json!({ "groupId": "g", "type": 7, "data": "x" });
    sound(
        &with_ada()
            .asks(2 * SECOND, 2, "sendGroupMessage", say, json!({ "messageId": "m1" }))
            .asks(8 * SECOND, 3, "heartbeat", json!({}), json!({}))
            .complete("app", "a", 60 * SECOND)
            .complete("client", "ada", 60 * SECOND),
    );
    // Her link was lost meanwhile.
    let mut lost = shed;
    lost.0.insert(
        6,
        json!({ "source": "phone", "at": START + 3 * SECOND, "client": { "id": "ada", "link": "lost" } }),
    );
    sound(&lost);
}

#[test]
fn notices_of_a_supergroup_stand_five_seconds_apart_where_the_delay_is_known() {
    let notice = json!({ "event": "memberchange", "groupId": "g", "memberCount": 2001, "isBigGroup": true,
        "joinUsers": [], "leaveUsers": [] });
    let two = |apart: u64, delay: Option<u64>| {
        let mut log = with_ada().client(2 * SECOND, "ada", "received", notice.clone()).client(
            2 * SECOND + apart,
            "ada",
            "received",
            notice.clone(),
        );
        if let Some(delay) = delay {
            log.0[1]["header"]["delayMaxMicros"] = json!(delay);
        }
        log
    };
    assert_eq!(broken(&two(4 * SECOND, Some(500_000)), Rule::SupergroupNoticeInterval), [6, 7]);
    sound(&two(4 * SECOND, None));
    sound(&two(4_700_000, Some(500_000)));
    assert_eq!(sound(&two(5 * SECOND, Some(0))).verdict(Rule::SupergroupNoticeInterval), Verdict::Kept(1));
}

#[test]
fn an_account_is_not_served_beyond_its_rate() {
    let calls = |count: u64, gap: u64| {
        (0..count).fold(Log::new(), |log, number| {
            let answer = json!({ "RequestId": "r", "GroupId": "g", "BannedUserList": [], "IsbannedAll": false,
                "UnbannedUserList": [] });
            log.call(number * gap, "DescribeLiveMessageGroupBand", on("g"), answer)
        })
    };
    assert_eq!(broken(&calls(120, 5_000), Rule::QuotaQpsNewFamily).len(), 2);
    // By clock seconds, a hundred may fall into one second that begins in the middle of another.
    sound(&calls(100, 9_000));
    // Whether a call that is refused for what it says takes a place is open.
    let mut some = calls(120, 5_000);
    for line in some.0.iter_mut().skip(2).take(40) {
        line["call"]["status"] = json!(400);
        line["call"]["answer"] = refused("InputInvalid");
    }
    sound(&some);
}

#[test]
fn answers_and_refusals_have_the_documented_shape() {
    let lacks = Log::new().call(
        0,
        "DescribeLiveMessageGroupBand",
        on("g"),
        json!({ "RequestId": "r", "GroupId": "g" }),
    );
    assert_eq!(broken(&lacks, Rule::WireNamesIrregular), [3]);
    let mut status = Log::new().call(0, "DescribeLiveMessageGroup", on("g"), refused("ResourceNotExist"));
    sound(&status);
    status.0[2]["call"]["status"] = json!(400);
    assert_eq!(broken(&status, Rule::ErrorResourceNotExistCode), [3]);
    let mut bare = Log::new().call(0, "DescribeLiveMessageGroup", on("g"), refused("InputInvalid"));
    bare.0[2]["call"]["answer"].as_object_mut().unwrap().remove("RequestId");
    assert_eq!(broken(&bare, Rule::WireErrorEnvelope), [3]);
}

#[test]
fn a_line_that_is_not_of_the_format_is_refused_with_its_place() {
    for (text, says) in [
        (
            "{\"source\":\"x\",\"at\":1,\"call\":{\"operation\":\"ListLiveMessageApps\"}}",
            "has no header before it",
        ),
        ("{\"source\":\"x\",\"header\":{\"version\":2}}", "version 2 is not known"),
        ("{\"source\":\"x\",\"header\":{\"version\":1},\"at\":1,\"callback\":{}}", "exactly one of"),
        ("{\"source\":\"x\",\"header\":{\"version\":1,\"color\":1}}", "unknown field `color`"),
        ("not JSON", "expected"),
    ] {
        let error = Recording::default().read(0, format!("\n{text}\n").as_bytes()).unwrap_err();
        assert_eq!((error.place.file, error.place.line), (0, 2), "{error}");
        assert!(error.says.contains(says), "{error}");
    }
    let header = "{\"source\":\"x\",\"header\":{\"version\":1}}\n";
    for (line, says) in [
        ("{\"source\":\"x\",\"callback\":{}}", "has no `at`"),
        (
            "{\"source\":\"x\",\"at\":5,\"call\":{\"operation\":\"ListMessageApp\",\"answeredAt\":4}}",
            "answered before",
        ),
        ("{\"source\":\"x\",\"at\":5,\"client\":{\"id\":\"c\"}}", "exactly one of sent, received and link"),
        (
            "{\"source\":\"x\",\"complete\":{\"from\":5,\"to\":4,\"app\":\"a\"}}",
            "the end lies before the beginning",
        ),
    ] {
        let error = Recording::default().read(0, format!("{header}{line}\n").as_bytes()).unwrap_err();
        assert_eq!(error.place.line, 2);
        assert!(error.says.contains(says), "{error}");
    }
}
