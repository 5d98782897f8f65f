//! What a restart may not change, field by field.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::{
    AccountIx, Caller, ClientReply, ClientRequest, Config, CreateLiveMessageApp, CreateLiveMessageGroup,
    Duration, GroupKey, HitCounts, Input, Instant, Login, Outcome, Reply, Request, Response, Rule, Service,
    Sound, client_token,
};

use super::{
    DEADLINES, SERVES, SERVES_NONE, deadline_at, differing, first_difference, first_setting, indent, label,
    lasting, rule_of,
};

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn service() -> Service<HitCounts, Sound> {
    let now = Instant::from_unix_seconds(1_750_000_000);
    Service::new(now, Config::default(), HitCounts::default(), Sound)
}

/// A service that remembers an application, a group and a user in it.
fn peopled() -> Service<HitCounts, Sound> {
    let mut service = service();
    let (now, owner) = (service.now(), Caller::account(AccountIx(0)));
    let ask = |service: &mut Service<HitCounts, Sound>, request: Request| match service
        .apply(now, Input::Request(owner.clone(), request))
    {
        Outcome::Request(Ok(Reply::Done(response))) => response,
        other => panic!("{other:?}"),
    };
    let create =
        CreateLiveMessageApp { app_name: Some("show".to_owned()), ..CreateLiveMessageApp::default() };
    let Response::AppCreated(app) = ask(&mut service, create.into()) else { panic!("no application") };
    let app_id = app.app_id.to_string();
    let create =
        CreateLiveMessageGroup { app_id, group_id: "g1".to_owned(), ..CreateLiveMessageGroup::default() };
    ask(&mut service, create.into());
    let timestamp = now.unix_seconds() + 60;
    let login = Login {
        app_id: Arc::clone(&app.app_id),
        app_sign: Arc::clone(&app.app_sign),
        user_id: "ann".into(),
        timestamp,
        token: client_token(&app.app_id, &app.app_key, "ann", "", timestamp, "").into(),
        ..Login::default()
    };
    let Outcome::Connected(Ok(connected)) = service.apply(now, Input::Connect(login)) else {
        panic!("ann cannot log on")
    };
    let join = ClientRequest::Join(GroupKey::Name("g1".into()));
    let joined = service.apply(now, Input::Client(connected.session, join));
    assert!(matches!(joined, Outcome::Client(Ok(ClientReply::Group(_)))), "{joined:?}");
    while service.poll_output().is_some() {}
    service
}

const STATE: &str = "Snapshot(\n    State {\n        groups: [\n            Group {\n                seq: 1,\n            \
                     },\n            Group {\n                seq: 7,\n                types: [\n                    3,\n                ],\n            },\n        ],\n        \
                     tids: 4,\n    },\n)";

#[test]
fn the_first_field_that_differs_is_named_with_its_place() {
    let path = |other: &str| differing(&lines(STATE), &lines(other)).map(|(_, path, ..)| path.join("."));
    assert_eq!(path(STATE), None);
    assert_eq!(path(&STATE.replace("seq: 7", "seq: 8")).as_deref(), Some("groups.1.seq"));
    assert_eq!(path(&STATE.replace("    3,", "    4,")).as_deref(), Some("groups.1.types.0"));
    assert_eq!(path(&STATE.replace("tids: 4", "tids: 2")).as_deref(), Some("tids"));
}

#[test]
fn the_innermost_field_that_serves_a_rule_counts() {
    let rule = |path: &str| rule_of(&path.split('.').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(rule("groups.1.seq"), Some(Rule::ListMessagesFields));
    assert_eq!(rule("groups.1.meta.mutes.all"), Some(Rule::MuteSendBlocked));
    assert_eq!(rule("groups.1.meta.mutes.ends.0"), Some(Rule::LegacyMuteDefaultDuration));
    assert_eq!(rule("tickets.waiting.0.due"), Some(Rule::ModerationFailureOpen));
    assert_eq!(rule("secrets.counter"), None);
}

#[test]
fn every_field_of_applications_groups_and_users_serves_a_rule_or_is_known_to_serve_none() {
    let state = lasting(&peopled().snapshot());
    let mut list = "";
    let mut fields: BTreeSet<(&str, &str)> = BTreeSet::new();
    for line in &state {
        match (indent(line), label(line)) {
            (2, Some(name)) => list = name,
            (4, Some(name)) if ["apps", "groups", "users"].contains(&list) => {
                fields.insert((list, name));
            }
            _ => {}
        }
    }
    let known = |(list, field): &&(&str, &str)| {
        SERVES.iter().any(|(of, name, _)| (of, name) == (list, field))
            || SERVES_NONE.contains(&(*list, *field))
    };
    let unknown: Vec<_> = fields.iter().filter(|field| !known(field)).collect();
    assert!(unknown.is_empty(), "a restart that loses one of {unknown:?} would be reported without a rule");
    assert!(fields.len() > 30, "the walk has found {} fields", fields.len());
    let lists: BTreeSet<&str> =
        state.iter().filter(|line| indent(line) == 2).filter_map(|line| label(line)).collect();
    for (list, ..) in SERVES.iter().filter(|(list, ..)| *list != "limits") {
        assert!(lists.contains(list), "no part of the state is called {list}: {lists:?}");
    }
    for (list, field, _) in SERVES.iter().filter(|(list, field, _)| *list != "limits" && !field.is_empty()) {
        let named = |line: &&String| label(line) == Some(*field);
        let optional = ["session", "token_expiry", "admin", "acknowledges"];
        assert!(
            state.iter().any(|line| named(&line)) || optional.contains(field),
            "no field of {list} is called {field}"
        );
    }
}

#[test]
fn a_deadline_has_the_rule_that_it_is_for() {
    let state = "    timers: Timers {\n        due: {\n            (\n                Instant(\n                    5,\n                ),\n                \
                 MuteEnd(\n                    GroupIx(\n                        0,\n                    ),\n                ),\n            ),\n            (\n                \
                 Instant(\n                    9,\n                ),\n                Ticket(\n";
    let state = lines(state);
    assert_eq!(deadline_at(&state, 4), Some(Rule::LegacyMuteDefaultDuration));
    assert_eq!(deadline_at(&state, 8), Some(Rule::LegacyMuteDefaultDuration), "behind the name of its kind");
    assert_eq!(deadline_at(&state, 14), Some(Rule::ModerationFailureOpen));
    // Each kind that core has stands here: its words are the state's own.
    let mut lost = peopled();
    let (now, session) = (lost.now(), lost.sessions().next().expect("ann is on").session);
    let before = lost.snapshot();
    lost.handle_disconnect(now, session, claque_core::LinkEnd::Lost);
    let lines = lasting(&lost.snapshot());
    let timers = lines.iter().position(|line| label(line) == Some("timers")).expect("a state has deadlines");
    let opens = |line: &String, name: &str| line.trim_start().strip_prefix(name) == Some("(");
    let named = DEADLINES.iter().filter(|(name, _)| lines[timers..].iter().any(|line| opens(line, name)));
    assert_eq!(named.map(|(name, _)| *name).collect::<Vec<_>>(), ["SessionTimeout"]);
    let (rule, said) = first_difference(&before, &lost.snapshot());
    assert_eq!(rule, Some(Rule::MembershipSessionTimeout), "{said}");
}

#[test]
fn two_states_that_differ_in_time_alone_differ_in_time() {
    let at = |second| {
        let now = Instant::from_unix_seconds(second);
        Service::<HitCounts>::new(now, Config::default(), HitCounts::default(), Sound).snapshot()
    };
    let (rule, said) = first_difference(&at(1), &at(2));
    assert_eq!(rule, None);
    assert_eq!(
        said.to_string(),
        "after the restart now.0 is not what it was: it was 1000000, and is 2000000"
    );
    assert!(lasting(&at(1)).iter().all(|line| !line.contains("quotas")));
    // A table that was asked before the crash and not after it is no difference.
    assert!(lasting(&peopled().snapshot()).iter().all(|line| label(line) != Some("index")));
}

#[test]
fn a_setting_that_is_lost_is_named_with_its_rule() {
    let sound = Config::default();
    let mut lost = sound.clone();
    lost.limits.heartbeat_timeout = Duration::from_secs(1);
    let (rule, said) = first_setting(&lost, &sound);
    assert_eq!(rule, Some(Rule::MembershipSessionTimeout));
    assert!(said.to_string().contains("limits.heartbeat_timeout"), "{said}");
    assert_eq!(first_setting(&sound, &sound).0, None);
}
