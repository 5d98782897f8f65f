//! Answers of the state machine as JSON: every one fits its row, and the irregular ones are exact.

mod sample;

use claque_core::{AppPage, GroupCreated, GroupCursorPage, MessagePage, Operation, Readings, Response};
use claque_wire::encode::encode;
use claque_wire::operation::OperationSpec;
use claque_wire::schema::mismatches;
use serde_json::{Value, json};

use sample::{answers, app, group, message, old_app, page};

fn json_of(operation: Operation, response: &Response) -> Value {
    Value::Object(encode(&Readings::default(), operation, response))
}

#[test]
fn every_answer_has_the_documented_fields_and_types() {
    for spec in OperationSpec::all() {
        for answer in answers(spec.operation) {
            let fields = encode(&Readings::default(), spec.operation, &answer);
            assert_eq!(mismatches(spec.fields, &fields), [], "{}: {fields:?}", spec.name());
            assert!(!fields.contains_key("Code") && !fields.contains_key("RequestId"));
            assert!(!Value::Object(fields).to_string().contains("null"), "{} writes a null", spec.name());
        }
    }
}

#[test]
fn every_documented_field_is_written_by_some_answer() {
    for spec in OperationSpec::all() {
        let all: Vec<Value> =
            answers(spec.operation).iter().map(|answer| json_of(spec.operation, answer)).collect();
        for field in spec.fields {
            assert!(
                all.iter().any(|answer| answer.get(field.name).is_some()),
                "{} of {}",
                field.name,
                spec.name()
            );
        }
    }
}

#[test]
fn the_list_of_applications_writes_its_flag_as_text() {
    let page = AppPage { apps: vec![app(None, true)], next_page_token: Some(3) };
    let listed = json_of(Operation::ListLiveMessageApps, &Response::Apps(page.clone()));
    assert_eq!(listed["AppList"][0]["Disable"], json!("true"));
    assert_eq!((&listed["HasMore"], &listed["NextPageToken"]), (&json!(true), &json!(3)));
    let described = json_of(Operation::DescribeLiveMessageApp, &Response::App(app(None, true)));
    assert_eq!(described["Disable"], json!(true));
    let mut readings = Readings::default();
    readings.set("list.disable-type", "boolean").expect("the reading exists");
    let listed = encode(&readings, Operation::ListLiveMessageApps, &Response::Apps(page));
    assert_eq!(listed["AppList"][0]["Disable"], json!(true));
}

#[test]
fn a_page_of_groups_has_a_text_token_only_if_there_is_more() {
    let page = |next_page_token| Response::Groups(GroupCursorPage { groups: Vec::new(), next_page_token });
    let more = json_of(Operation::ListLiveMessageGroups, &page(Some(1_001)));
    assert_eq!(more, json!({ "GroupList": [], "Hasmore": true, "NextpageToken": "1001" }));
    let last = json_of(Operation::ListLiveMessageGroups, &page(None));
    assert_eq!(last, json!({ "GroupList": [], "Hasmore": false }));
}

#[test]
fn a_page_of_messages_ends_with_token_zero() {
    let page = MessagePage { group_id: "g".into(), messages: vec![message()], next_page_token: 0 };
    let last = json_of(Operation::ListLiveMessageGroupMessages, &Response::Messages(page));
    let expected = json!({
        "GroupId": "g", "Hasmore": false, "NextPageToken": 0,
        "MessageList": [{
            "Body": "中", "MsgTid": "m1", "MsgType": 10_001, "Sender": { "UserId": "ada", "UserInfo": "" },
            "SeqNumber": 3, "Timestamp": 1_700_000_000, "TotalMessages": 7,
        }],
    });
    assert_eq!(last, expected);
}

#[test]
fn a_group_is_described_by_what_it_is() {
    let live = json_of(Operation::DescribeLiveMessageGroup, &Response::Group(group(None)));
    let expected = json!({
        "AdminList": ["bob", "eve"], "Createtime": 1_700_000_000, "CreatorId": "ada", "Delete": false, "GroupId": "g",
        "GroupInfo": "i", "GroupName": "", "MsgAmount": { "2": 30, "1": 20, "-7": 1 }, "OnlineUserCounts": 2,
        "SuperLargeGroup": false, "TotalTimes": 50,
    });
    assert_eq!(live, expected);
    let deleted = json_of(Operation::DescribeLiveMessageGroup, &Response::Group(group(Some("bob"))));
    let expected = json!({
        "AdminList": ["bob", "eve"], "Createtime": 1_700_000_000, "CreatorId": "ada", "Deletatime": 1_700_000_009,
        "Delete": true, "Deletor": "bob", "GroupId": "g", "GroupInfo": "i", "GroupName": "", "SuperLargeGroup": false,
    });
    assert_eq!(deleted, expected);
    let mut readings = Readings::default();
    let nobody = Response::Group(group(Some("")));
    assert_eq!(encode(&readings, Operation::DescribeLiveMessageGroup, &nobody).get("Deletor"), None);
    readings.set("deletion.deletor-absent", "empty").expect("the reading exists");
    let fields = encode(&readings, Operation::DescribeLiveMessageGroup, &nobody);
    assert_eq!(fields.get("Deletor"), Some(&json!("")));
}

#[test]
fn the_flags_of_a_fresh_group_are_false_or_absent() {
    let created = |already_exists| {
        Response::GroupCreated(GroupCreated { group_id: "g".into(), already_exists, already_delete: false })
    };
    let operation = Operation::CreateLiveMessageGroup;
    let expected = json!({ "AlreadyDelete": false, "AlreadyExists": false, "GroupId": "g" });
    assert_eq!(json_of(operation, &created(false)), expected);
    let mut readings = Readings::default();
    readings.set("create.fresh-flags", "absent").expect("the reading exists");
    assert_eq!(Value::Object(encode(&readings, operation, &created(false))), json!({ "GroupId": "g" }));
    assert!(encode(&readings, operation, &created(true)).contains_key("AlreadyDelete"));
}

#[test]
fn the_old_family_nests_its_answer_and_one_query_nests_it_in_a_list() {
    let sent = Response::MessageSent("m1".into());
    assert_eq!(json_of(Operation::SendMessageToGroup, &sent), json!({ "Result": { "MessageId": "m1" } }));
    assert_eq!(json_of(Operation::SendLiveMessageGroup, &sent), json!({ "MsgTid": "m1" }));
    let found = json_of(Operation::QueryMessageApp, &Response::OldAppsFound(page(old_app())));
    assert_eq!((found["Result"].is_array(), &found["Result"][0]["TotalCount"]), (true, &json!(9)));
    let listed = json_of(Operation::ListMessageApp, &Response::OldApps(page(old_app())));
    assert_eq!((listed["Result"].is_object(), &listed["Result"]["Total"]), (true, &json!(9)));
    let members =
        json_of(Operation::ListMessageGroupUserById, &answers(Operation::ListMessageGroupUserById)[0]);
    assert_eq!(members["Result"]["UserList"][0]["MuteBy"], json!(["group", "user"]));
}
