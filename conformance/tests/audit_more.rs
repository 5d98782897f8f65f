//! Recordings written by hand: lists, what clients are notified of, tokens, callbacks, and what hangs on the past. Each judge bites, and
//! does not bite the innocent.

mod log;

use claque_conformance::audit::{Assumed, Findings, Verdict};
use claque_core::Rule;
use claque_wire::callback::signature;
use serde_json::{Value, json};

/// Microseconds.
const SECOND: u64 = 1_000_000;
const START: u64 = 1_764_000_000 * SECOND;

/// Lines of one source whose clock is right.
#[derive(Clone)]
struct Log(Vec<Value>);

impl Log {
    fn new() -> Self {
        Self(vec![json!({ "source": "s", "header": { "version": 1 } })])
    }

    /// A recording of virtual time: nothing is under way.
    fn virtual_time() -> Self {
        Self(vec![json!({ "source": "s", "header": { "version": 1, "delayMaxMicros": 0 } })])
    }

    fn line(mut self, at: u64, what: &str, value: Value) -> Self {
        self.0.push(json!({ "source": "s", "at": START + at, what: value }));
        self
    }

    fn call(self, at: u64, operation: &str, parameters: Value, answer: Value) -> Self {
        let code = answer.get("Code").and_then(Value::as_str);
        let status = match code {
            None => 200,
            Some("ResourceNotExist") => 404,
            Some(_) => 400,
        };
        let call = json!({ "operation": operation, "parameters": parameters, "answeredAt": START + at, "status": status,
            "answer": answer });
        self.line(at, "call", call)
    }

    fn sent(self, at: u64, id: u64, method: &str, params: Value) -> Self {
        let frame = json!({ "id": id, "method": method, "params": params });
        self.line(at, "client", json!({ "id": "ada", "app": "a", "user": "ada", "sent": frame }))
    }

    fn received(self, at: u64, frame: Value) -> Self {
        self.line(at, "client", json!({ "id": "ada", "app": "a", "user": "ada", "received": frame }))
    }

    /// A request that is accepted at once.
    fn asks(self, at: u64, id: u64, method: &str, params: Value, result: Value) -> Self {
        self.sent(at, id, method, params).received(at, json!({ "id": id, "result": result }))
    }

    fn logs_on(self, at: u64) -> Self {
        let login = json!({ "appId": "a", "appSign": "sign", "user": { "userId": "ada" },
            "userAuth": { "nonce": "", "timestamp": 4_000_000_000_u64, "role": "", "token": "t" } });
        self.asks(at, 1, "login", login, json!({ "session": "s", "groups": [] }))
    }

    fn delivered(self, at: u64, id: &str) -> Self {
        let message = json!({ "messageId": id, "type": 1, "data": "x", "level": 0 });
        self.received(at, json!({ "event": "recvgroupmessage", "groupId": "g", "message": message }))
    }

    fn complete(mut self, claim: Value) -> Self {
        let mut claim = claim;
        claim["from"] = json!(START);
        claim["to"] = json!(START + 1_000 * SECOND);
        self.0.push(json!({ "source": "s", "complete": claim }));
        self
    }

    fn without(mut self, index: usize) -> Self {
        self.0.remove(index);
        self
    }

    fn audit(&self) -> Findings {
        log::audited(&self.0, &Assumed::default())
    }
}

/// The lines of the first breach of the only rule that is broken.
fn broken(log: &Log, rule: Rule) -> Vec<usize> {
    log::broken(&log.audit(), rule)
}

fn sound(log: &Log) -> Findings {
    log::sound(log.audit())
}

fn messages(parameters: Value, entries: &[(&str, i64, i64)], more: bool, token: i64) -> Log {
    let entry = |(id, kind, at): &(&str, i64, i64)| {
        json!({ "MsgTid": id, "Body": "x", "MsgType": kind, "SeqNumber": 1, "Timestamp": at, "TotalMessages": 1,
            "Sender": { "UserId": "host", "UserInfo": "" } })
    };
    let mut asked = json!({ "AppId": "a", "GroupId": "g", "PageSize": 10, "SortType": 1 });
    if let (Some(all), Some(more)) = (asked.as_object_mut(), parameters.as_object()) {
        all.extend(more.clone());
    }
    let list: Vec<Value> = entries.iter().map(entry).collect();
    let answer = json!({ "RequestId": "r", "GroupId": "g", "Hasmore": more, "NextPageToken": token, "MessageList": list });
    Log::new().call(SECOND, "ListLiveMessageGroupMessages", asked, answer)
}

#[test]
fn a_list_has_the_size_the_order_and_the_kind_that_was_asked_for() {
    let two = [("m1", 1, 100), ("m2", 1, 200)];
    let kept = sound(&messages(json!({ "MsgType": 1, "BeginTime": 100, "EndTime": 200 }), &two, false, 0));
    for rule in [
        Rule::ListMessagesPageSize,
        Rule::ListMessagesSort,
        Rule::ListMessagesTypeFilter,
        Rule::ListMessagesTimeWindow,
        Rule::ListMessagesTokenEnd,
    ] {
        assert_eq!(kept.verdict(rule), Verdict::Kept(1), "{}", rule.id());
    }
    assert_eq!(broken(&messages(json!({ "SortType": 2 }), &two, false, 0), Rule::ListMessagesSort), [2]);
    assert_eq!(broken(&messages(json!({ "MsgType": 2 }), &two, false, 0), Rule::ListMessagesTypeFilter), [2]);
    assert_eq!(
        broken(&messages(json!({ "BeginTime": 150 }), &two, false, 0), Rule::ListMessagesTimeWindow),
        [2]
    );
    assert_eq!(broken(&messages(json!({}), &two, false, 7), Rule::ListMessagesTokenEnd), [2]);
    sound(&messages(json!({}), &two, true, 7));
    let eleven: Vec<(&str, i64, i64)> = (0..11).map(|number| ("m", 1, number)).collect();
    assert_eq!(broken(&messages(json!({}), &eleven, false, 0), Rule::ListMessagesPageSize), [2]);
}

#[test]
fn a_message_that_was_not_to_be_stored_is_not_listed() {
    let send = |tid: Option<&str>| {
        let mut parameters = json!({ "AppId": "a", "GroupId": "g", "SenderId": "host", "NoStorage": true });
        if let Some(tid) = tid {
            parameters["MsgTid"] = json!(tid);
        }
        let listed = messages(json!({}), &[("m1", 1, 100)], false, 0);
        let mut log = Log::new().call(
            0,
            "SendLiveMessageGroup",
            parameters,
            json!({ "RequestId": "r", "MsgTid": "m1" }),
        );
        log.0.push(listed.0[1].clone());
        log
    };
    let complete = json!({ "app": "a", "from": START, "to": START + 9_000_000 });
    let whole = |mut log: Log| {
        log.0.push(json!({ "source": "s", "complete": complete }));
        log
    };
    assert_eq!(broken(&whole(send(None)), Rule::HistoryNoStorageSkips), [2, 3]);
    // Another may have been sent under the ID, unseen: since then, or before where its sender chose it; or was, for all to see.
    sound(&send(None));
    sound(&whole(send(Some("m1"))));
    let stored = json!({ "AppId": "a", "GroupId": "g", "SenderId": "host", "MsgTid": "m1" });
    sound(&whole(send(None).call(
        1,
        "SendLiveMessageGroup",
        stored,
        json!({ "RequestId": "r", "MsgTid": "m1" }),
    )));
}

#[test]
fn what_comes_back_after_a_break_was_high_and_comes_in_order() {
    let back = |levels: [u64; 2], numbers: [u64; 2]| {
        let message =
            |which: usize| json!({ "messageId": "m", "level": levels[which], "seqnum": numbers[which] });
        let frame = json!({ "event": "recovered", "groupId": "g", "messages": [message(0), message(1)] });
        Log::new().received(SECOND, frame)
    };
    assert_eq!(sound(&back([1, 1], [3, 5])).verdict(Rule::RecoveryHighAfterReconnect), Verdict::Kept(2));
    assert_eq!(broken(&back([1, 2], [3, 5]), Rule::RecoveryHighAfterReconnect), [2]);
    assert_eq!(broken(&back([1, 1], [5, 3]), Rule::RecoveryHighAfterReconnect), [2]);
}

#[test]
fn who_is_out_of_a_group_or_never_joined_it_hears_nothing_of_it() {
    let kicked = Log::new()
        .logs_on(0)
        .asks(SECOND, 2, "joinGroup", json!({ "groupId": "g" }), json!({ "groupId": "g" }))
        .received(30 * SECOND, json!({ "event": "exit", "groupId": "g", "reason": 2 }));
    let stray = kicked.clone().delivered(40 * SECOND, "m1");
    sound(&stray);
    let stray = stray.complete(json!({ "client": "ada" }));
    assert_eq!(broken(&stray, Rule::UserKickRemoves).len(), 2);
    let again = kicked
        .asks(35 * SECOND, 3, "joinGroup", json!({ "groupId": "g" }), json!({ "groupId": "g" }))
        .delivered(40 * SECOND, "m1")
        .complete(json!({ "client": "ada" }));
    sound(&again);
    let never = Log::new().logs_on(0).delivered(SECOND, "m1");
    sound(&never);
    assert_eq!(broken(&never.complete(json!({ "client": "ada" })), Rule::MessageDeliverAllMembers), [2, 4]);
    let joined = Log::new()
        .logs_on(0)
        .asks(SECOND, 2, "joinGroup", json!({ "groupId": "g" }), json!({ "groupId": "g" }))
        .delivered(2 * SECOND, "m1")
        .complete(json!({ "client": "ada" }));
    sound(&joined);
}

#[test]
fn a_token_admits_only_what_it_was_made_of_and_only_in_time() {
    let made = "1ffa9025713e96302f8d3c011ae71ac21b50f5463072241640a7083f79a3bc5f";
    let log = |user: &str, ends: u64, begun: u64| {
        let created = json!({ "RequestId": "r", "AppId": "demo", "AppKey": "appkey123", "AppSign": "sign", "DataCenter": "cn-shanghai" });
        let login = json!({ "appId": "demo", "appSign": "sign", "user": { "userId": user },
            "userAuth": { "nonce": "AK-nonce", "timestamp": ends, "role": "admin", "token": made } });
        let mut log = Log::new().call(0, "CreateLiveMessageApp", json!({}), created);
        for (what, frame) in [
            ("sent", json!({ "id": 1, "method": "login", "params": login })),
            ("received", json!({ "id": 1, "result": { "session": "s" } })),
        ] {
            let client = json!({ "id": "c", "app": "demo", "user": user, what: frame });
            log.0.push(json!({ "source": "s", "at": begun, "client": client }));
        }
        log
    };
    let (ends, in_time) = (1_700_000_000, 1_699_999_999 * SECOND);
    assert_eq!(sound(&log("uid1", ends, in_time)).verdict(Rule::TokenFormulaSha256), Verdict::Kept(1));
    assert_eq!(broken(&log("uid2", ends, in_time), Rule::TokenParametersMatch), [3, 4]);
    assert_eq!(broken(&log("uid1", ends, (ends + 5) * SECOND), Rule::TokenExpiryInstant), [3, 4]);
    // Without the key nobody knows which tokens are right.
    sound(&log("uid2", ends, in_time).without(1));
}

/// A callback of application `a`, whose key is `k`, as it was received.
fn callback(change: impl Fn(&mut Value)) -> Value {
    let url = "http://example.com/events";
    let signed = signature(&claque_core::Readings::default(), url, 1_764_000_000, "k");
    let mut request = json!({ "method": "POST", "url": url, "answered": 200,
        "headers": { "Ali-Live-Timestamp": "1764000000", "Ali-Live-Signature": signed },
        "body": { "transactionid": "t1", "appid": "a",
            "eves": [{ "uid": "ada", "sid": "s", "events": [{ "e": 3, "g": "g" }] }] } });
    change(&mut request);
    request
}

#[test]
fn a_callback_is_signed_shaped_and_sent_once_it_was_taken() {
    let log = |request: Value| {
        let created = json!({ "RequestId": "r", "AppId": "a", "AppKey": "k", "AppSign": "sign", "DataCenter": "cn-shanghai" });
        let asked = json!({ "EventCallbackUrl": "http://example.com/events" });
        Log::new().call(0, "CreateLiveMessageApp", asked, created).line(SECOND, "callback", request)
    };
    let right = sound(&log(callback(|_| {})));
    for rule in [Rule::CallbackSignFormula, Rule::CallbackBodyShape, Rule::CallbackTransportPostJson] {
        assert_eq!(right.verdict(rule), Verdict::Kept(1), "{}", rule.id());
    }
    let unsigned = callback(|it| it["headers"] = json!({ "Ali-Live-Timestamp": "1764000000" }));
    assert_eq!(broken(&log(unsigned), Rule::CallbackAuthHeaders), [3]);
    let forged = callback(|it| it["headers"]["Ali-Live-Signature"] = json!("x"));
    assert_eq!(broken(&log(forged.clone()), Rule::CallbackSignFormula), [3]);
    // Without the key nobody knows which signature is right.
    sound(&log(forged).without(1));
    let other = callback(|it| it["body"]["eves"][0]["events"] = json!([{ "e": 1, "g": "g" }]));
    assert_eq!(broken(&log(other), Rule::CallbackFieldGroup), [3]);
    assert_eq!(
        broken(&log(callback(|it| it["method"] = json!("GET"))), Rule::CallbackTransportPostJson),
        [3]
    );
    let twice = log(callback(|_| {})).line(2 * SECOND, "callback", callback(|_| {}));
    assert_eq!(broken(&twice, Rule::CallbackDeliveryRetries), [3, 4]);
    let refused = log(callback(|it| it["answered"] = json!(500)));
    sound(&refused.line(2 * SECOND, "callback", callback(|_| {})));
}

#[test]
fn a_complete_recording_is_done_again_and_a_partial_one_is_not() {
    let described = |count: u64| {
        json!({ "RequestId": "r", "GroupId": "g", "GroupName": "", "GroupInfo": "", "CreatorId": "host", "AdminList": [],
            "Createtime": 1_764_000_001_u64, "Delete": false, "IsMuteAll": false, "SuperLargeGroup": false,
            "TotalTimes": 0, "OnlineUserCounts": count, "MsgAmount": {} })
    };
    let on = json!({ "AppId": "a", "GroupId": "g" });
    let log = |begin: Log, count: u64| {
        let create = json!({ "AppName": "evening" });
        let created = json!({ "RequestId": "r", "AppId": "a", "AppKey": "k", "AppSign": "sign", "DataCenter": "cn-shanghai" });
        let group = json!({ "AppId": "a", "GroupId": "g", "CreatorId": "host" });
        begin
            .call(0, "CreateLiveMessageApp", create, created)
            .call(SECOND, "CreateLiveMessageGroup", group, json!({ "RequestId": "r", "GroupId": "g" }))
            .call(2 * SECOND, "DescribeLiveMessageGroup", on.clone(), described(count))
    };
    let complete = json!({ "app": "a" });
    let findings = log(Log::virtual_time(), 1).complete(complete.clone()).audit();
    let named: Vec<Rule> = findings.broken().collect();
    assert_eq!(named.len(), 1, "{findings:#?}");
    let Verdict::Broken(1, [breach]) = findings.verdict(named[0]) else { panic!("{findings:#?}") };
    assert_eq!(breach.lines.iter().map(|place| place.line).collect::<Vec<_>>(), [4], "{}", breach.says);
    assert!(breach.says.contains("OnlineUserCounts"), "{}", breach.says);
    // Somebody may have joined, unseen.
    assert!(sound(&log(Log::virtual_time(), 1)).undone().is_some());
    let right = sound(&log(Log::virtual_time(), 0).complete(complete));
    assert_eq!((right.undone(), right.unexplained()), (None, None));
}
