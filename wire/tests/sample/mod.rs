//! Answers that the state machine may give and rules that the registry names, shared by the tests that look at them.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::{BTreeMap, BTreeSet};

use claque_core::{
    AppAudit, AppCallback, AppCreated, AppDisable, AppPage, AppView, Band, DataCenter, Deletion,
    GroupCounters, GroupCreated, GroupCursorPage, GroupNumberPage, GroupView, MessageDeleted, MessagePage,
    MessageView, OldApp, OldGroup, OldGroupCreated, OldMember, OldMemberDetail, OldMessage, OldOnline,
    OldPage, OldToken, Operation, Presence, Response, Rule, UserInfoFailure, UserInfoOutcome, UserPage,
    UserView,
};
use claque_wire::operation::{Field, FieldKind, OperationSpec};

pub(crate) fn app(audit_url: Option<&str>, disable: bool) -> AppView {
    AppView {
        app_id: "app".into(),
        app_name: "show".into(),
        app_key: "key".into(),
        app_sign: "sign".into(),
        audit_type: 2,
        audit_url: audit_url.map(Into::into),
        create_time: 1_700_000_000,
        modify_time: 1_700_000_001,
        data_center: DataCenter::Singapore,
        disable,
        event_callback_url: "".into(),
        msg_life_cycle: 1,
    }
}

pub(crate) fn group(deleted: Option<&str>) -> GroupView {
    let counters =
        GroupCounters { online_user_counts: 2, total_times: 50, msg_amount: vec![(2, 30), (1, 20), (-7, 1)] };
    GroupView {
        group_id: "g".into(),
        group_name: "".into(),
        group_info: "i".into(),
        creator_id: "ada".into(),
        admin_list: vec!["bob".into(), "eve".into()],
        create_time: 1_700_000_000,
        deleted: deleted.map(|by| Deletion { at: 1_700_000_009, by: by.into() }),
        live: if deleted.is_none() { Some(counters) } else { None },
        super_large_group: false,
    }
}

pub(crate) fn message() -> MessageView {
    MessageView {
        msg_tid: "m1".into(),
        msg_type: 10_001,
        body: "中".into(),
        sender: UserView { user_id: "ada".into(), user_info: "".into() },
        seq_number: 3,
        timestamp: 1_700_000_000,
        total_messages: 7,
    }
}

pub(crate) fn old_app() -> OldApp {
    OldApp {
        app_id: "app".into(),
        app_name: "show".into(),
        app_config: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        extension: BTreeMap::new(),
        create_time: 1_700_000_000,
        status: 1,
    }
}

fn old_group() -> OldGroup {
    OldGroup {
        app_id: "app".into(),
        group_id: "g".into(),
        creator_id: "ada".into(),
        create_time: 1_700_000_000,
        extension: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        is_mute_all: true,
        status: 1,
    }
}

pub(crate) fn page<T>(item: T) -> OldPage<T> {
    OldPage { items: vec![item], has_more: true, total: 9 }
}

/// Answers about applications: sparse and full.
fn app_answers() -> Vec<(Operation, Response)> {
    let created = AppCreated {
        app_id: "app".into(),
        app_key: "key".into(),
        app_sign: "sign".into(),
        data_center: DataCenter::Shanghai,
    };
    let disabled = AppDisable { app_id: "app".into(), app_sign: "sign".into(), disable: true };
    let mut answers = vec![
        (Operation::CreateLiveMessageApp, Response::AppCreated(created)),
        (Operation::ModifyLiveMessageAppDisable, Response::AppDisable(disabled)),
    ];
    for url in [None, Some("http://x")] {
        answers.push((Operation::DescribeLiveMessageApp, Response::App(app(url, false))));
        let audit = AppAudit {
            app_id: "app".into(),
            app_sign: "sign".into(),
            audit_type: 2,
            audit_url: url.map(Into::into),
            audit_need_authentication: true,
        };
        answers.push((Operation::ModifyLiveMessageAppAudit, Response::AppAudit(audit)));
        let callback = AppCallback {
            app_id: "app".into(),
            app_sign: "sign".into(),
            event_callback_url: url.map(Into::into),
            event_callback_need_authentication: true,
        };
        answers.push((Operation::ModifyLiveMessageAppCallback, Response::AppCallback(callback)));
    }
    for next_page_token in [None, Some(3)] {
        let page = AppPage { apps: vec![app(None, true)], next_page_token };
        answers.push((Operation::ListLiveMessageApps, Response::Apps(page)));
    }
    answers
}

/// Answers about groups and users: sparse and full.
fn group_answers() -> Vec<(Operation, Response)> {
    let created = GroupCreated { group_id: "g".into(), already_exists: true, already_delete: false };
    let presence = || vec![Presence { user_id: "u".into(), online: true }];
    let page =
        GroupNumberPage { groups: vec![group(Some(""))], page_number: 2, page_size: 20, total_count: 21 };
    let failed = vec![UserInfoFailure { group_id: "h".into(), code: 440, reason: "gone".into() }];
    let outcome = UserInfoOutcome { succeeded: vec!["g".into()], failed };
    let mut answers = vec![
        (Operation::CreateLiveMessageGroup, Response::GroupCreated(created)),
        (Operation::DeleteLiveMessageGroup, Response::GroupId("g".into())),
        (Operation::RecoverLiveMessageDeletedGroup, Response::GroupId("g".into())),
        (Operation::CheckLiveMessageUsersInGroup, Response::UsersInGroup(presence())),
        (Operation::CheckLiveMessageUsersOnline, Response::UsersOnline(presence())),
        (Operation::ListLiveMessageGroupByPage, Response::GroupsByPage(page)),
        (Operation::ModifyLiveMessageUserInfo, Response::UserInfo(outcome)),
    ];
    for deleted in [None, Some(""), Some("bob")] {
        answers.push((Operation::DescribeLiveMessageGroup, Response::Group(group(deleted))));
    }
    for next_page_token in [0, 5] {
        let users = vec![UserView { user_id: "u".into(), user_info: "i".into() }];
        let page = UserPage { group_id: "g".into(), users, next_page_token };
        answers.push((Operation::ListLiveMessageGroupUsers, Response::Users(page)));
    }
    for next_page_token in [None, Some(1_001)] {
        let page = GroupCursorPage { groups: vec![group(None)], next_page_token };
        answers.push((Operation::ListLiveMessageGroups, Response::Groups(page)));
    }
    answers
}

/// Answers about messages and mutes: sparse and full.
fn message_answers() -> Vec<(Operation, Response)> {
    let deleted = MessageDeleted { group_id: "g".into(), message_id: "m".into() };
    let band = Band {
        group_id: "g".into(),
        is_banned_all: true,
        banned_users: vec!["u".into()],
        unbanned_users: Vec::new(),
    };
    let mut answers = vec![
        (Operation::DeleteLiveMessageGroupMessage, Response::MessageDeleted(deleted)),
        (Operation::DescribeLiveMessageGroupBand, Response::Band(band)),
    ];
    for next_page_token in [0, 5] {
        let page = MessagePage { group_id: "g".into(), messages: vec![message()], next_page_token };
        answers.push((Operation::ListLiveMessageGroupMessages, Response::Messages(page)));
    }
    answers
}

/// Answers of the old family.
fn old_answers() -> Vec<(Operation, Response)> {
    let created = OldGroupCreated { group_id: "g".into(), extension: BTreeMap::new() };
    let token = OldToken {
        access_token: "a".into(),
        access_token_expired_time: 1_700_000_000_000,
        refresh_token: "r".into(),
    };
    let message = OldMessage {
        group_id: "g".into(),
        message_id: "m".into(),
        sender_id: "u".into(),
        kind: 10_001,
        data: "{}".into(),
    };
    let member = OldMember { user_id: "u".into(), join_time: 1_700_000_000 };
    let online = OldOnline { user_id: "u".into(), join_time: 1_700_000_000_000, online: true };
    let detail = OldMemberDetail {
        user_id: "u".into(),
        user_extension: "x".into(),
        is_mute: true,
        muted_by_group: true,
        muted_by_user: true,
    };
    vec![
        (Operation::CreateMessageApp, Response::OldAppCreated("app".into())),
        (Operation::GetMessageApp, Response::OldApp(old_app())),
        (Operation::ListMessageApp, Response::OldApps(page(old_app()))),
        (Operation::QueryMessageApp, Response::OldAppsFound(page(old_app()))),
        (Operation::CreateMessageGroup, Response::OldGroupCreated(created)),
        (Operation::GetMessageGroup, Response::OldGroup(old_group())),
        (Operation::ListMessageGroup, Response::OldGroups(page(old_group()))),
        (Operation::ListMessageGroupUser, Response::OldMembers(page(member))),
        (Operation::ListMessageGroupUserById, Response::OldMembersById(page(detail))),
        (Operation::ListMuteGroupUser, Response::OldMuted(page("u".into()))),
        (Operation::SendLike, Response::OldLikes(7)),
        (Operation::BatchGetOnlineUsers, Response::OldOnline(vec![online])),
        (Operation::ListMessage, Response::OldMessages(page(message))),
        (Operation::GetMessageToken, Response::OldToken(token)),
    ]
}

/// The answers of the forms that many operations have, as the fields of an operation's row say it.
fn plain_answers(operation: Operation) -> Vec<Response> {
    match OperationSpec::of(operation).fields {
        [] => vec![Response::Empty],
        [Field { name: "MsgTid", .. }]
        | [Field { name: "Result", kind: FieldKind::Object([Field { name: "MessageId", .. }]), .. }] => {
            vec![Response::MessageSent("m1".into())]
        }
        [Field { name: "Result", kind: FieldKind::Object([Field { name: "Success", .. }]), .. }] => {
            vec![Response::OldSuccess(true), Response::OldSuccess(false)]
        }
        _ => Vec::new(),
    }
}

/// What the state machine may answer to an operation.
pub(crate) fn answers(operation: Operation) -> Vec<Response> {
    let all = [app_answers(), group_answers(), message_answers(), old_answers()].into_iter().flatten();
    let own = all.filter(|(of, _)| *of == operation).map(|(_, answer)| answer);
    let answers: Vec<Response> = own.chain(plain_answers(operation)).collect();
    assert!(!answers.is_empty(), "{} has no answer of a plain form: write one down", operation.name());
    answers
}

/// The ids of the rules that the registry says the wire decides.
pub(crate) fn rules_of_the_wire() -> BTreeSet<Rule> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/rules");
    let mut rules = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the registry is there") {
        let text = std::fs::read_to_string(entry.expect("it is readable").path()).expect("it is text");
        for table in text.split("[[rule]]").skip(1) {
            let value = |key: &str| {
                let line =
                    table.lines().find(|line| line.split('=').next().is_some_and(|name| name.trim() == key));
                line.and_then(|line| line.split('"').nth(1)).map(str::to_owned)
            };
            if value("decided").as_deref() == Some("wire") {
                let id = value("id").expect("a rule has an id");
                rules.insert(Rule::from_id(&id).unwrap_or_else(|| panic!("{id} is no rule")));
            }
        }
    }
    rules
}
