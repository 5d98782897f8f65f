//! Lists, facts and messages to users: a sound history passes, and each thing that is shown otherwise is found out.

use std::sync::Arc;

use claque_core::{
    ClientReply, ClientRequest, ClientSend, CreateLiveMessageGroup, DeleteLiveMessageGroupMessage,
    DescribeLiveMessageApp, DescribeLiveMessageGroup, Input, LinkEnd, ListLiveMessageApps,
    ListLiveMessageGroupMessages, ListLiveMessageGroupUsers, Message, Notice, Outcome, Output, Priority,
    Readings, Reply, Response, Rule, SendLiveMessageUser, SessionId, Text, Ticket,
};

use super::{Observed, Tamper, Trial, key};
use crate::verdict::Verdict;

fn play(tamper: Tamper<'_>) -> Verdict {
    let mut trial = Trial::new(Readings::default(), tamper);
    let app_id = trial.create_app();
    let group_id = "g".to_owned();
    let group = CreateLiveMessageGroup {
        app_id: app_id.clone(),
        group_id: group_id.clone(),
        group_name: Some("the show".to_owned()),
        group_info: Some("on air".to_owned()),
        creator_id: Some("ada".to_owned()),
        administrators: vec!["ann".to_owned()],
        ..Default::default()
    };
    trial.ask("group", group);
    let (ada, bob) = (trial.log_on("ada", "ada", 0), trial.log_on("bob", "bob", 0));
    for session in [ada, bob] {
        trial.client("joins", session, ClientRequest::Join(key()));
    }
    for word in ["one", "two", "three"] {
        trial.say(word, ada, Priority::Normal);
    }
    let recent = |before| ClientRequest::ListRecentMessages { group: key(), before, page_size: 2 };
    trial.client("recent", bob, recent(0));
    trial.client("recent older", bob, recent(2));
    trial.client("recent beyond", bob, recent(1_000));
    let stored = |token| ListLiveMessageGroupMessages {
        app_id: app_id.clone(),
        group_id: group_id.clone(),
        page_size: Some(10),
        sort_type: Some(1),
        next_page_token: token,
        ..Default::default()
    };
    trial.ask("stored", stored(None));
    trial.client("query", bob, ClientRequest::QueryGroup(key()));
    let (of, group_of) = (app_id.clone(), group_id.clone());
    trial.ask("describe", DescribeLiveMessageGroup { app_id: of, group_id: group_of, data_center: None });
    trial.ask("app", DescribeLiveMessageApp { app_id: app_id.clone(), data_center: None });
    trial.ask("apps", ListLiveMessageApps { sort_type: Some(1), ..Default::default() });
    let users = ListLiveMessageGroupUsers {
        app_id: app_id.clone(),
        group_id: group_id.clone(),
        page_size: Some(10),
        sort_type: Some(1),
        ..Default::default()
    };
    trial.ask("users", users);
    unstored(&mut trial, bob);
    direct(&mut trial, &app_id, (ada, bob));
    trial.model.finish(trial.now);
    trial.model.verdict()
}

/// A message that nothing stores is sent and recalled.
fn unstored(trial: &mut Trial<'_>, bob: SessionId) {
    let send = ClientSend { no_storage: true, ..ClientSend::new(10_001, Priority::Normal, "unstored") };
    let Outcome::Client(Ok(ClientReply::Sent(tid))) =
        trial.client("unstored", bob, ClientRequest::Send(key(), send))
    else {
        panic!("bob cannot send")
    };
    let recall = DeleteLiveMessageGroupMessage {
        app_id: trial.app.0.clone(),
        group_id: "g".to_owned(),
        message_id: tid.to_string(),
        ..Default::default()
    };
    trial.ask("recall", recall);
}

/// Messages to bob: acknowledged, acknowledged by somebody else and by a session that is over, and given up.
fn direct(trial: &mut Trial<'_>, app_id: &str, (ada, bob): (SessionId, SessionId)) {
    let send = || SendLiveMessageUser {
        app_id: app_id.to_owned(),
        receiver_id: "bob".to_owned(),
        sender_id: "ada".to_owned(),
        body: Some("to bob".to_owned()),
        msg_type: Some(10_002),
        high_reliability: Some(true),
        ..Default::default()
    };
    let ticket = |outcome: Outcome| match outcome {
        Outcome::Request(Ok(Reply::Pending(ticket))) => ticket,
        other => panic!("nobody waits for bob: {other:?}"),
    };
    let acknowledge = |ticket: Ticket| ClientRequest::Acknowledge(ticket);
    let first = ticket(trial.ask("direct", send()));
    trial.client("not bob acknowledges", ada, acknowledge(first));
    trial.client("bob acknowledges", bob, acknowledge(first));
    let second = ticket(trial.ask("direct again", send()));
    trial.step("bob goes", Input::Disconnect(bob, LinkEnd::Closed));
    trial.client("bob acknowledges late", bob, acknowledge(second));
    trial.wait(claque_core::Duration::from_secs(10));
}

#[track_caller]
fn fails(rule: Rule, at: &str, change: impl Fn(&mut Observed)) {
    let verdict = play(&|name, seen| {
        if name == at {
            change(seen);
        }
    });
    match verdict {
        Verdict::Fail(failure) => assert_eq!(failure.rule, Some(rule), "{}", failure.evidence),
        other => panic!("the change at `{at}` should break {}: {other}", rule.id()),
    }
}

fn messages(seen: &mut Observed, change: impl FnOnce(&mut Vec<Arc<Message>>, &mut i64)) {
    let Outcome::Client(Ok(ClientReply::Messages(list, next))) = &mut seen.0 else { panic!("a list") };
    change(list, next);
}

#[test]
fn a_sound_history_of_lists_passes() {
    assert_eq!(play(&|_, _| {}), Verdict::Pass);
}

#[test]
fn a_recent_list_that_leaves_out_shows_too_much_or_misses_its_end() {
    fails(Rule::MessageRecentSize, "recent", |seen| messages(seen, |list, _| drop(list.remove(0))));
    fails(Rule::MessageRecentSize, "recent older", |seen| messages(seen, |list, _| list.clear()));
    fails(Rule::MessageRecentSize, "recent beyond", |seen| {
        messages(seen, |list, next| {
            list.clear();
            *next = 0;
        });
    });
    fails(Rule::ListMessagesTokenEnd, "recent", |seen| messages(seen, |_, next| *next = 0));
    fails(Rule::ListMessagesFields, "recent", |seen| {
        messages(seen, |list, _| {
            let mut other = (*list[0]).clone();
            other.body = "other".into();
            list[0] = Arc::new(other);
        });
    });
}

#[test]
fn a_stored_list_that_shows_otherwise() {
    let page = |seen: &mut Observed, change: &dyn Fn(&mut claque_core::MessagePage)| {
        let Outcome::Request(Ok(Reply::Done(Response::Messages(page)))) = &mut seen.0 else {
            panic!("a page")
        };
        change(page);
    };
    fails(Rule::ListMessagesFields, "stored", |seen| page(seen, &|page| page.messages[0].timestamp += 1));
    fails(Rule::ListMessagesFields, "stored", |seen| page(seen, &|page| page.messages[1].msg_type += 1));
    fails(Rule::ListMessagesFields, "stored", |seen| page(seen, &|page| page.group_id = "h".into()));
    fails(Rule::ListMessagesTokenEnd, "stored", |seen| page(seen, &|page| page.next_page_token = 9));
    fails(Rule::ListMessagesSort, "stored", |seen| page(seen, &|page| drop(page.messages.pop())));
}

#[test]
fn facts_that_are_not_what_was_set() {
    let view = |seen: &mut Observed, change: &dyn Fn(&mut claque_core::GroupView)| {
        let Outcome::Request(Ok(Reply::Done(Response::Group(view)))) = &mut seen.0 else { panic!("a view") };
        change(view);
    };
    let rule = Rule::GroupDescribeFields;
    fails(rule, "describe", |seen| view(seen, &|view| view.group_name = "other".into()));
    fails(rule, "describe", |seen| view(seen, &|view| view.creator_id = "bob".into()));
    fails(rule, "describe", |seen| view(seen, &|view| view.admin_list.clear()));
    fails(rule, "describe", |seen| view(seen, &|view| view.create_time += 1));
    let state = |seen: &mut Observed, change: &dyn Fn(&mut claque_core::GroupState)| {
        let Outcome::Client(Ok(ClientReply::Group(state))) = &mut seen.0 else { panic!("a state") };
        change(state);
    };
    fails(Rule::RecoveryHighAfterReconnect, "query", |seen| state(seen, &|state| state.seq += 1));
    fails(Rule::StatisticsJoinCounters, "query", |seen| {
        state(seen, &|state| state.counters.msg_amount[0].1 += 1);
    });
    let app = |seen: &mut Observed, change: &dyn Fn(&mut claque_core::AppView)| {
        if let Outcome::Request(Ok(Reply::Done(Response::App(view)))) = &mut seen.0 {
            change(view);
        }
    };
    fails(Rule::AppDescribeFields, "app", |seen| app(seen, &|view| view.app_name = "other".into()));
    fails(Rule::AppTimesUnixSeconds, "app", |seen| app(seen, &|view| view.modify_time += 1));
    fails(Rule::ListAppsSort, "apps", |seen| {
        let Outcome::Request(Ok(Reply::Done(Response::Apps(page)))) = &mut seen.0 else { panic!("a page") };
        page.apps.clear();
    });
    fails(Rule::ListUsersTokenEnd, "users", |seen| {
        let Outcome::Request(Ok(Reply::Done(Response::Users(page)))) = &mut seen.0 else { panic!("a page") };
        page.next_page_token = 4;
    });
}

#[test]
fn a_recall_of_what_nothing_stores_is_notified() {
    fails(Rule::RecallNoticeMembers, "recall", |seen| {
        seen.1.retain(|output| !matches!(output, Output::Notice(_, Notice::MessageDeleted { .. }, _)));
    });
}

#[test]
fn acknowledgements_count_from_the_session_that_has_the_message_alone() {
    let rule = Rule::MessageUserSendHighReliability;
    let answered = |seen: &mut Observed, ticket: u64| {
        seen.1.push(Output::Answer(Ticket(ticket), Ok(Response::MessageSent(Text::from("any")))));
    };
    let tickets = |name: &str| {
        let found = std::cell::Cell::new(0);
        play(&|at, seen| {
            if let (true, Outcome::Request(Ok(Reply::Pending(Ticket(ticket))))) = (at == name, &seen.0) {
                found.set(*ticket);
            }
        });
        found.get()
    };
    let (first, second) = (tickets("direct"), tickets("direct again"));
    fails(rule, "not bob acknowledges", |seen| answered(seen, first));
    fails(rule, "bob acknowledges late", |seen| answered(seen, second));
    fails(rule, "bob acknowledges", |seen| seen.1.clear());
    fails(Rule::MessageUserSendReceiverOnline, "direct", |seen| seen.1.clear());
}

#[test]
fn an_event_or_message_that_carries_something_else() {
    fails(Rule::CallbackBodyShape, "ada", |seen| {
        for output in &mut seen.1 {
            if let Output::Callback(callback) = output {
                callback.url = "https://elsewhere.example.com/".into();
            }
        }
    });
    fails(Rule::MessageNoCacheSkipsRecent, "one", |seen| {
        super::each_message(&mut seen.1, |message| message.cached = false);
    });
    fails(Rule::ListMessagesFields, "two", |seen| {
        super::each_message(&mut seen.1, |message| message.seq += 1);
    });
}
