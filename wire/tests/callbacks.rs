//! Callback and moderation bodies, and signatures against computed vectors.

use claque_core::{AppIx, Callback, CallbackEvent, Instant, Readings, UserIx, Verdict};
use claque_wire::callback::{self, CallbackDistrust, OldEvent, ReceivedEvent};
use serde_json::{Value, json};

const URL: &str = "http://demo.aliyundoc.com/examplecallback";
const SIGNATURE: &str = "de0ac2959b29c88e8a4228d77bad165d";

fn callback(event: CallbackEvent) -> Callback {
    Callback {
        app: AppIx(0),
        app_id: "demo".into(),
        url: URL.into(),
        transaction: "T1".into(),
        user: UserIx(0),
        user_id: "u1".into(),
        sid: "s1".into(),
        event,
        at: Instant::EPOCH,
    }
}

fn reading(id: &str, value: &str) -> Readings {
    let mut readings = Readings::default();
    readings.set(id, value).expect("the reading exists");
    readings
}

#[test]
fn a_body_holds_one_session_and_only_the_field_of_its_event() {
    let events = [
        (CallbackEvent::Logon, json!({ "e": 1 })),
        (CallbackEvent::Logoff(3), json!({ "e": 2, "r": 3 })),
        (CallbackEvent::Join("g1".into()), json!({ "e": 3, "g": "g1" })),
        (CallbackEvent::Leave("g1".into()), json!({ "e": 4, "g": "g1" })),
        (CallbackEvent::Reconnect(vec!["g1".into(), "g2".into()]), json!({ "e": 5, "gs": ["g1", "g2"] })),
    ];
    for (event, written) in events {
        let body = callback::body(&callback(event.clone()));
        let expected = json!({
            "transactionid": "T1", "appid": "demo", "eves": [{ "uid": "u1", "sid": "s1", "events": [written] }],
        });
        assert_eq!(body, expected);
        let text = |text: &str| text.to_owned();
        let (transaction, app_id, user_id, sid) = (text("T1"), text("demo"), text("u1"), text("s1"));
        assert_eq!(
            callback::read_body(&body),
            Ok(vec![ReceivedEvent { transaction, app_id, user_id, sid, event }])
        );
    }
}

#[test]
fn a_body_that_contradicts_itself_is_refused_with_the_place() {
    let body = |event: Value| json!({ "transactionid": "T", "appid": "a", "eves": [{ "uid": "u", "sid": "s", "events": [{ "e": 1 }, event] }] });
    let refused = |event: Value| callback::read_body(&body(event)).expect_err("it contradicts itself");
    assert_eq!(refused(json!({ "e": 1, "g": "g" })), "eves[0].events[1].g");
    assert_eq!(refused(json!({ "e": 2 })), "eves[0].events[1].r");
    assert_eq!(refused(json!({ "e": 3, "g": 7 })), "eves[0].events[1].g");
    assert_eq!(refused(json!({ "e": 5, "gs": [1] })), "eves[0].events[1].gs");
    assert_eq!(refused(json!({ "e": 6 })), "eves[0].events[1].e");
    assert_eq!(callback::read_body(&json!({})), Err("transactionid".to_owned()));
    assert_eq!(callback::read_body(&json!({ "transactionid": "T", "appid": "a" })), Err("eves".to_owned()));
}

#[test]
fn the_signature_is_the_md5_of_address_time_and_key() {
    let default = Readings::default();
    assert_eq!(callback::signature(&default, URL, 1_700_000_000, "appkey123"), SIGNATURE);
    let host = reading("callback.sign-field", "host");
    for url in [
        "http://learn.aliyundoc.com",
        "https://u:p@learn.aliyundoc.com:8080/a?b=http://c/",
        "learn.aliyundoc.com/x",
    ] {
        let signed = callback::signature(&host, url, 1_519_375_990, "yourkey");
        assert_eq!(signed, "9e226fc2c250be266e3657e156f68c12", "{url}");
    }
    let old = callback::old_signature("https://www.example.com/your/callback", 1_519_375_990, "Test123");
    assert_eq!(old, "c587b80d2d0ede300e8967937da7219b");
}

#[test]
fn the_headers_let_a_receiver_verify_the_caller() {
    let readings = Readings::default();
    let now = 1_700_000_000;
    let [kind, timestamp, signature] = callback::headers(&readings, URL, now, "appkey123");
    assert_eq!(kind, ("Content-Type", "application/json; charset=utf-8".to_owned()));
    assert_eq!(timestamp, ("Ali-Live-Timestamp", "1700000000".to_owned()));
    assert_eq!(signature, ("Ali-Live-Signature", SIGNATURE.to_owned()));
    let verify = |now: u64, url: &str, key: &str, time: &str, signed: &str| {
        callback::verify(&readings, now, (url, key), (time, signed))
    };
    assert_eq!(verify(now + 300, URL, "appkey123", &timestamp.1, SIGNATURE), Ok(()));
    assert_eq!(verify(now + 301, URL, "appkey123", &timestamp.1, SIGNATURE), Err(CallbackDistrust::Stale));
    let wrong = Err(CallbackDistrust::WrongSignature);
    assert_eq!(verify(now, "http://demo.aliyundoc.com/", "appkey123", &timestamp.1, SIGNATURE), wrong);
    assert_eq!(verify(now, URL, "appkey124", &timestamp.1, SIGNATURE), wrong);
    assert_eq!(verify(now, URL, "appkey123", "1700000001", SIGNATURE), wrong);
    assert_eq!(verify(now, URL, "appkey123", &timestamp.1, ""), wrong);
    assert_eq!(verify(now, URL, "appkey123", "soon", SIGNATURE), Err(CallbackDistrust::Malformed));
}

#[test]
fn a_review_is_asked_with_the_text_and_only_pass_true_passes() {
    assert_eq!(callback::moderation_request("say \"中\""), r#"{"content":"say \"中\""}"#);
    let readings = Readings::default();
    let verdict = |status: u16, body: &str| callback::moderation_verdict(&readings, status, body.as_bytes());
    assert_eq!(verdict(200, r#"{"pass":true,"reason":""}"#), Verdict::Pass);
    assert_eq!(verdict(200, r#"{"pass":false,"reason":"rude"}"#), Verdict::Refuse("rude".into()));
    assert_eq!(verdict(200, r#"{"pass":false}"#), Verdict::Refuse("".into()));
    assert_eq!(verdict(503, r#"{"pass":false}"#), Verdict::Unavailable);
    assert_eq!(verdict(204, ""), Verdict::Unavailable);
    for unreadable in ["", "{}", "[]", r#"{"pass":"true"}"#, r#"{"pass":1}"#] {
        assert!(matches!(verdict(200, unreadable), Verdict::Refuse(_)), "{unreadable}");
        let passed = reading("moderation.unreadable", "passed");
        assert_eq!(callback::moderation_verdict(&passed, 200, unreadable.as_bytes()), Verdict::Unavailable);
    }
}

#[test]
fn an_old_callback_is_a_get_with_its_event_in_the_query() {
    let event =
        OldEvent { joined: true, app_id: "a", group_id: "g 1", user_id: "u", at_millis: 1_519_375_990_123 };
    let query = "action=join_group&appId=a&time=1519375990123&groupId=g%201&userId=u";
    assert_eq!(callback::old_target("https://x/cb", &event), format!("https://x/cb?{query}"));
    let left = OldEvent { joined: false, ..event };
    let query = query.replace("join", "leave");
    assert_eq!(callback::old_target("https://x/cb?k=v", &left), format!("https://x/cb?k=v&{query}"));
    let [timestamp, signature] =
        callback::old_headers("https://www.example.com/your/callback", 1_519_375_990, "Test123");
    assert_eq!(timestamp, ("ALI-IM-TIMESTAMP", "1519375990".to_owned()));
    assert_eq!(signature, ("ALI-IM-SIGNATURE", "c587b80d2d0ede300e8967937da7219b".to_owned()));
    assert!(callback::old_taken(br#"{"code":200}"#));
    assert!(!callback::old_taken(br#"{"code":500}"#) && !callback::old_taken(b"ok"));
}
