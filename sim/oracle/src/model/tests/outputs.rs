//! Which fields of what the service puts out the model does not judge, computed: each output of a history is left out, put
//! out twice, and spoiled in each of its fields in turn, and whatever no spoiling makes fail is listed, with the reason.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_core::{
    Callback, CallbackEvent, ClientReply, ClientRequest, ClientSend, Fanout, Input, Instant, LinkEnd,
    Message, Moderation, ModifyLiveMessageAppAudit, Notice, NoticeTo, Outcome, Output, Overdue, Priority,
    Readings, Shed, Ticket, UserIx,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fields::{scene, spoiled};
use super::{Observed, Tamper, Trial, key};
use crate::verdict::Verdict;

/// Fields that no part judges, and why that cannot be or need not be.
const UNJUDGED: &[(&str, &str)] = &[
    ("Callback.transaction", "the service chooses it"),
    ("Direct.at", "the time of handing over is shown to nobody; the time stamp is that of sending"),
    ("Direct.cached", "messages to one user are in no list"),
    ("Direct.high_index", "only groups count"),
    ("Direct.increase", "only groups count"),
    ("Direct.number", "messages to one user are in no list"),
    ("Direct.seq", "only groups count"),
    ("Direct.stored", "messages to one user are in no list"),
    ("Direct.total", "only groups count"),
];

/// An output with one thing changed: which, and what is put out in its place.
type Spoiled = (String, Vec<Output>);

/// Spoils each field of a value.
fn each_field<T: Serialize + DeserializeOwned>(name: &str, value: &T) -> Vec<(String, T)> {
    let whole = serde_json::to_value(value).expect("a value");
    let parts = spoiled(&whole).into_iter();
    parts
        .filter_map(|(path, other)| Some((format!("{name}{path}"), serde_json::from_value(other).ok()?)))
        .collect()
}

fn later(at: Instant) -> Instant {
    at + claque_core::Duration::from_micros(1)
}

fn other_text(text: &str) -> Arc<str> {
    format!("{text}x").into()
}

fn messages(name: &str, message: &Message, put: impl Fn(Arc<Message>) -> Output) -> Vec<Spoiled> {
    let made = each_field(name, message).into_iter();
    made.map(|(path, message)| (path, vec![put(Arc::new(message))])).collect()
}

fn of_fanout(fanout: &Fanout) -> Vec<Spoiled> {
    let Fanout { group: _, generation: _, message, withhold } = fanout;
    let mut all =
        messages("Deliver", message, |message| Output::Deliver(Fanout { message, ..fanout.clone() }));
    let other = if withhold.is_some() { None } else { Some(message.sender) };
    all.push((
        "Deliver.withhold".to_owned(),
        vec![Output::Deliver(Fanout { withhold: other, ..fanout.clone() })],
    ));
    all
}

fn of_callback(callback: &Callback) -> Vec<Spoiled> {
    let Callback { app: _, app_id, url, transaction, user: _, user_id, sid, event, at } = callback;
    let with = |change: &dyn Fn(&mut Callback)| {
        let mut other = callback.clone();
        change(&mut other);
        vec![Output::Callback(other)]
    };
    let kind = match event {
        CallbackEvent::Logon => "Logon",
        CallbackEvent::Logoff(_) => "Logoff",
        CallbackEvent::Join(_) => "Join",
        CallbackEvent::Leave(_) => "Leave",
        CallbackEvent::Reconnect(_) => "Reconnect",
    };
    let mut all = vec![
        ("Callback.app_id".to_owned(), with(&|it| it.app_id = other_text(app_id))),
        ("Callback.url".to_owned(), with(&|it| it.url = other_text(url))),
        ("Callback.user_id".to_owned(), with(&|it| it.user_id = other_text(user_id))),
        ("Callback.sid".to_owned(), with(&|it| it.sid = other_text(sid))),
        ("Callback.at".to_owned(), with(&|it| it.at = later(*at))),
        ("Callback.transaction".to_owned(), with(&|it| it.transaction = other_text(transaction))),
    ];
    for (path, event) in each_field(&format!("Callback.event.{kind}"), event) {
        all.push((path, with(&|it| it.event = event.clone())));
    }
    all
}

fn member_changes(
    count: u64,
    joined: &[UserIx],
    left: &[UserIx],
    supergroup: bool,
) -> [(&'static str, Notice); 4] {
    let change = |count, joined: &[UserIx], left: &[UserIx], supergroup| {
        let (joined, left) = (joined.to_vec(), left.to_vec());
        Notice::MemberChange { count, joined, left, supergroup }
    };
    [
        ("count", change(count + 1, joined, left, supergroup)),
        ("supergroup", change(count, joined, left, !supergroup)),
        ("swapped", change(count, left, joined, supergroup)),
        ("nobody", change(count, &[], &[], supergroup)),
    ]
}

fn of_notice(to: NoticeTo, notice: &Notice, users: &[UserIx]) -> Vec<Spoiled> {
    let put = |notice: Notice| vec![Output::Notice(to, notice, users.to_vec())];
    let mut all = match notice {
        Notice::MemberChange { count, joined, left, supergroup } => {
            let made = member_changes(*count, joined, left, *supergroup).into_iter();
            made.map(|(path, notice)| (format!("Notice.MemberChange.{path}"), put(notice))).collect()
        }
        Notice::Exit(reason) => {
            let made = each_field("Notice.Exit", reason).into_iter();
            let other = match reason {
                claque_core::ExitReason::GroupDeleted => claque_core::ExitReason::Kicked,
                claque_core::ExitReason::Kicked => claque_core::ExitReason::GroupDeleted,
            };
            made.map(|(path, reason)| (path, put(Notice::Exit(reason))))
                .chain([("Notice.Exit.reason".to_owned(), put(Notice::Exit(other)))])
                .collect()
        }
        Notice::InfoChange { info, admins } => {
            let more = admins.iter().cloned().chain([Arc::from("nobody")]).collect();
            vec![
                (
                    "Notice.InfoChange.info".to_owned(),
                    put(Notice::InfoChange { info: other_text(info), admins: admins.clone() }),
                ),
                (
                    "Notice.InfoChange.admins".to_owned(),
                    put(Notice::InfoChange { info: Arc::clone(info), admins: more }),
                ),
            ]
        }
        Notice::MuteChange { all, users, except } => {
            let change = |all, users, except| put(Notice::MuteChange { all, users, except });
            let mut made =
                vec![("Notice.MuteChange.all".to_owned(), change(!all, users.clone(), except.clone()))];
            if users.len() + except.len() > 0 {
                made.push((
                    "Notice.MuteChange.lists".to_owned(),
                    change(*all, except.clone(), users.clone()),
                ));
            }
            made
        }
        Notice::MessageDeleted { tid } => {
            let tid = format!("{tid}x").as_str().into();
            vec![("Notice.MessageDeleted.tid".to_owned(), put(Notice::MessageDeleted { tid }))]
        }
        Notice::Statistics { online, joins } => vec![
            (
                "Notice.Statistics.online".to_owned(),
                put(Notice::Statistics { online: online + 1, joins: *joins }),
            ),
            (
                "Notice.Statistics.joins".to_owned(),
                put(Notice::Statistics { online: *online, joins: joins + 1 }),
            ),
        ],
        Notice::Likes(count) => vec![("Notice.Likes".to_owned(), put(Notice::Likes(count + 1)))],
    };
    if let NoticeTo::Users(_) = to {
        all.push(("Notice.users".to_owned(), vec![Output::Notice(to, notice.clone(), users[1..].to_vec())]));
    }
    all
}

fn of_shed(shed: &Shed) -> Vec<Spoiled> {
    let Shed { group: _, tid, kind, level, weight, sender: _, submitted, rule: _, winner: _, body } = shed;
    let with = |change: &dyn Fn(&mut Shed)| {
        let mut other = shed.clone();
        change(&mut other);
        vec![Output::Shed(other)]
    };
    let level = if *level == Priority::High { Priority::Normal } else { Priority::High };
    vec![
        ("Shed.tid".to_owned(), with(&|it| it.tid = format!("{tid}x").as_str().into())),
        ("Shed.kind".to_owned(), with(&|it| it.kind = kind + 1)),
        ("Shed.level".to_owned(), with(&|it| it.level = level)),
        ("Shed.weight".to_owned(), with(&|it| it.weight = weight + 1)),
        ("Shed.submitted".to_owned(), with(&|it| it.submitted = later(*submitted))),
        ("Shed.rule".to_owned(), with(&|it| it.rule = claque_core::Rule::GroupIdUnique)),
        ("Shed.winner".to_owned(), with(&|it| it.winner = Some("nothing".into()))),
        ("Shed.body".to_owned(), with(&|it| it.body = other_text(body))),
    ]
}

fn of_overdue(overdue: &Overdue) -> Vec<Spoiled> {
    let Overdue { group: _, tid, kind, submitted, due } = overdue;
    let with = |change: &dyn Fn(&mut Overdue)| {
        let mut other = overdue.clone();
        change(&mut other);
        vec![Output::Overdue(other)]
    };
    vec![
        ("Overdue.tid".to_owned(), with(&|it| it.tid = format!("{tid}x").as_str().into())),
        ("Overdue.kind".to_owned(), with(&|it| it.kind = kind + 1)),
        ("Overdue.submitted".to_owned(), with(&|it| it.submitted = later(*submitted))),
        ("Overdue.due".to_owned(), with(&|it| it.due = later(*due))),
    ]
}

fn of_review(review: &Moderation) -> Vec<Spoiled> {
    let Moderation { ticket: _, app: _, url, content } = review;
    let with = |url, content| vec![Output::Moderate(Moderation { url, content, ..review.clone() })];
    vec![
        ("Moderate.url".to_owned(), with(other_text(url), Arc::clone(content))),
        ("Moderate.content".to_owned(), with(Arc::clone(url), other_text(content))),
    ]
}

/// The name of an output, and every way to spoil it.
fn ways(output: &Output) -> (&'static str, Vec<Spoiled>) {
    match output {
        Output::Answer(ticket, answer) => {
            let made = answer.iter().flat_map(|answer| each_field("Answer", answer));
            ("Answer", made.map(|(path, answer)| (path, vec![Output::Answer(*ticket, Ok(answer))])).collect())
        }
        Output::ClientAnswer(session, ticket, answer) => {
            let made = answer.iter().flat_map(|answer| each_field("ClientAnswer", answer));
            let put = |answer| vec![Output::ClientAnswer(*session, *ticket, Ok(answer))];
            ("ClientAnswer", made.map(|(path, answer)| (path, put(answer))).collect())
        }
        Output::Callback(callback) => ("Callback", of_callback(callback)),
        Output::Close(session, reason) => {
            let other = match reason {
                claque_core::LogoffReason::Normal => claque_core::LogoffReason::Timeout,
                claque_core::LogoffReason::Timeout
                | claque_core::LogoffReason::OtherDevice
                | claque_core::LogoffReason::AppDisabled => claque_core::LogoffReason::Normal,
            };
            ("Close", vec![("Close.reason".to_owned(), vec![Output::Close(*session, other)])])
        }
        Output::Deliver(fanout) => ("Deliver", of_fanout(fanout)),
        Output::DeliverTo(sessions, message) => {
            let mut all =
                messages("DeliverTo", message, |message| Output::DeliverTo(sessions.clone(), message));
            let fewer = Output::DeliverTo(sessions[1..].to_vec(), Arc::clone(message));
            all.push(("DeliverTo.sessions".to_owned(), vec![fewer]));
            ("DeliverTo", all)
        }
        Output::Direct(session, message, ticket) => {
            let mut all = messages("Direct", message, |message| Output::Direct(*session, message, *ticket));
            let other = if ticket.is_some() { None } else { Some(Ticket(7)) };
            all.push((
                "Direct.ticket".to_owned(),
                vec![Output::Direct(*session, Arc::clone(message), other)],
            ));
            ("Direct", all)
        }
        Output::Moderate(review) => ("Moderate", of_review(review)),
        Output::Notice(to, notice, users) => ("Notice", of_notice(*to, notice, users)),
        Output::Recover(session, group, missed) => {
            let mut all = Vec::new();
            for (at, message) in missed.iter().enumerate() {
                all.extend(messages("Recover", message, |message| {
                    let mut missed = missed.clone();
                    missed[at] = message;
                    Output::Recover(*session, *group, missed)
                }));
            }
            let backwards = missed.iter().rev().cloned().collect();
            all.push(("Recover.order".to_owned(), vec![Output::Recover(*session, *group, backwards)]));
            all.push((
                "Recover.missed".to_owned(),
                vec![Output::Recover(*session, *group, missed[1..].to_vec())],
            ));
            ("Recover", all)
        }
        Output::Shed(shed) => ("Shed", of_shed(shed)),
        Output::Overdue(overdue) => ("Overdue", of_overdue(overdue)),
        Output::Log(_) => ("Log", Vec::new()),
    }
}

/// Everything that answers are spoiled in, and behind it what makes the service put out the rest.
fn play(tamper: Tamper<'_>) -> Verdict {
    let mut trial = Trial::new(Readings::default(), tamper);
    scene(&mut trial);
    let app_id = trial.app.0.clone();
    let (ada, bob) = (trial.log_on("ada anew", "ada", 3), trial.log_on("bob anew", "bob", 3));
    trial.client("ada joins anew", ada, ClientRequest::Join(key()));
    trial.client("bob joins anew", bob, ClientRequest::Join(key()));
    trial.step("bob is cut", Input::Disconnect(bob, LinkEnd::Lost));
    let cursor = claque_core::Cursor {
        group: trial.service.groups().next().expect("the group"),
        high_seq: trial.service.group_seq(trial.service.groups().next().expect("the group")),
    };
    trial.say("missed one", ada, Priority::High);
    trial.say("missed two", ada, Priority::High);
    trial.step("bob is back", Input::Reconnect(bob, None, vec![cursor]));
    let alone = ClientRequest::SendToUser {
        receiver: "bob".into(),
        kind: 10_001,
        body: "for you alone".into(),
        skip_audit: false,
    };
    if let Outcome::Client(Ok(ClientReply::Pending(ticket))) = trial.client("to bob", ada, alone) {
        trial.client("bob has it", bob, ClientRequest::Acknowledge(ticket));
    }
    let at = trial.now + claque_core::Duration::from_secs(2);
    trial.wait(claque_core::Duration::from_secs(2));
    for kind in 0..60 {
        let send = ClientSend::new(10_001 + kind / 20, Priority::Normal, format!("crowd {kind}"));
        trial.apply(at, "crowd", Input::Client(ada, ClientRequest::Send(key(), send)));
    }
    trial.wait(claque_core::Duration::from_secs(9));
    let audit = ModifyLiveMessageAppAudit {
        app_id,
        audit_type: Some(2),
        audit_url: Some("https://reviews.example.com/".to_owned()),
        ..Default::default()
    };
    trial.ask("reviews", audit);
    for verdict in [claque_core::Verdict::Pass, claque_core::Verdict::Unavailable] {
        let send = ClientSend::new(10_001, Priority::Normal, "to be looked at");
        let sent = trial.client("reviewed", ada, ClientRequest::Send(key(), send));
        if let Outcome::Client(Ok(ClientReply::Pending(ticket))) = sent {
            trial.step("verdict", Input::Verdict(ticket, verdict));
        }
    }
    trial.step("ada is cut", Input::Disconnect(ada, LinkEnd::Lost));
    trial.wait(claque_core::Duration::from_secs(200));
    trial.model.finish(trial.now);
    trial.model.verdict()
}

/// Plays everything with one output changed: which, counted from 0, and by what it is replaced.
fn play_with(which: usize, other: &[Output]) -> Verdict {
    let seen_before = Cell::new(0);
    play(&|_, seen: &mut Observed| {
        let from = seen_before.get();
        seen_before.set(from + seen.1.len());
        if let Some(at) = which.checked_sub(from).filter(|at| *at < seen.1.len()) {
            seen.1.splice(at..=at, other.iter().cloned());
        }
    })
}

#[test]
fn every_field_of_every_output_is_judged_but_for_those_with_a_reason() {
    let outputs: RefCell<Vec<Output>> = RefCell::default();
    let verdict = play(&|_, seen| outputs.borrow_mut().extend(seen.1.iter().cloned()));
    assert_eq!(verdict, Verdict::Pass, "a sound history passes");
    let mut judged: BTreeMap<String, bool> = BTreeMap::new();
    let mut tries: BTreeMap<String, u32> = BTreeMap::new();
    for (which, output) in outputs.borrow().iter().enumerate() {
        let (name, mut all) = ways(output);
        if name != "Log" {
            all.push((format!("{name} is missing"), Vec::new()));
            all.push((format!("{name} twice"), vec![output.clone(), output.clone()]));
        }
        for (path, other) in all {
            if other == [output.clone()] {
                continue;
            }
            let judged = judged.entry(path.clone()).or_default();
            let tries = tries.entry(path).or_default();
            // One that fails is enough, and what fails nowhere in so many places fails nowhere.
            if !*judged && *tries < 30 {
                *tries += 1;
                *judged = play_with(which, &other).is_fail();
            }
        }
    }
    let unjudged: BTreeSet<&str> =
        judged.iter().filter(|(_, judged)| !**judged).map(|(field, _)| field.as_str()).collect();
    let known: BTreeSet<&str> = UNJUDGED.iter().map(|(field, _)| *field).collect();
    assert_eq!(unjudged, known, "of {} ways to spoil an output", judged.len());
    assert!(judged.len() > 90, "{} ways", judged.len());
}
