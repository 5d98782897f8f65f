//! The oracle on trial: histories of a sound service must pass, and the same histories with one thing changed must
//! fail, under the rule that the change breaks.

mod early;
mod fields;
mod lists;
mod outputs;
mod rights;

use std::cell::RefCell;
use std::sync::Arc;

use claque_core::{
    AccountIx, BanLiveMessageGroup, CallbackEvent, Caller, ClientReply, ClientRequest, ClientSend, Config,
    CreateLiveMessageApp, CreateLiveMessageGroup, Cursor, DeleteLiveMessageGroup, DescribeLiveMessageGroup,
    Duration, ExitReason, GroupIx, GroupKey, HitCounts, Input, Instant, KickLiveMessageGroupUser, LinkEnd,
    Login, LogoffReason, ModifyLiveMessageGroup, Notice, NoticeTo, Outcome, Output, Priority, Readings,
    Refusal, Reply, Request, Response, Rule, Service, SessionId, Sound, client_token,
};

use super::Model;
use crate::verdict::Verdict;

/// One call as the oracle sees it.
type Observed = (Outcome, Vec<Output>);
/// A change of the history, by the number of the call.
type Tamper<'t> = &'t dyn Fn(&str, &mut Observed);

/// A stage with one application and one group, where ada and bob are.
struct Trial<'t> {
    service: Service<HitCounts, Sound>,
    model: Model,
    now: Instant,
    owner: Caller,
    app: (String, Arc<str>, Arc<str>),
    tamper: Tamper<'t>,
}

impl<'t> Trial<'t> {
    fn new(readings: Readings, tamper: Tamper<'t>) -> Self {
        let config = Config { readings, ..Config::default() };
        let now = Instant::from_micros(1_750_000_000_000_000);
        let model = Model::new(&config);
        let mut service = Service::new(now, config, HitCounts::default(), Sound);
        service.subscribe_ledger(true);
        let owner = Caller::account(AccountIx(0));
        let app = (String::new(), Arc::from(""), Arc::from(""));
        Self { service, model, now, owner, app, tamper }
    }

    /// Does something half a second later, and shows it to the oracle, changed or not.
    fn step(&mut self, name: &str, input: Input) -> Outcome {
        self.wait(Duration::from_millis(500));
        self.apply(self.now, name, input)
    }

    fn apply(&mut self, now: Instant, name: &str, input: Input) -> Outcome {
        let outcome = self.service.apply(now, input.clone());
        let mut outputs = Vec::new();
        while let Some(output) = self.service.poll_output() {
            outputs.push(output);
        }
        let mut seen = (outcome.clone(), outputs);
        (self.tamper)(name, &mut seen);
        self.model.observe(now, &input, &seen.0, &seen.1, &self.service);
        outcome
    }

    fn ask(&mut self, name: &str, request: impl Into<Request>) -> Outcome {
        self.step(name, Input::Request(self.owner.clone(), request.into()))
    }

    fn log_on(&mut self, name: &str, user: &str, device: u32) -> SessionId {
        let timestamp = self.now.unix_seconds() + 3_600;
        let token = client_token(&self.app.0, &self.app.1, user, "", timestamp, "");
        let login = Login {
            app_id: self.app.0.as_str().into(),
            app_sign: Arc::clone(&self.app.2),
            user_id: user.into(),
            timestamp,
            token: token.into(),
            device,
            acknowledges: true,
            ..Login::default()
        };
        match self.step(name, Input::Connect(login)) {
            Outcome::Connected(Ok(connected)) => connected.session,
            other => panic!("{user} cannot log on: {other:?}"),
        }
    }

    fn client(&mut self, name: &str, session: SessionId, request: ClientRequest) -> Outcome {
        self.step(name, Input::Client(session, request))
    }

    fn say(&mut self, name: &str, session: SessionId, level: Priority) {
        let send = ClientSend::new(10_001, level, name);
        self.client(name, session, ClientRequest::Send(key(), send));
    }

    /// Lets time pass, and shows the oracle what falls due.
    fn wait(&mut self, span: Duration) {
        self.now = self.now + span;
        while let Some(due) = self.service.poll_timeout().filter(|due| *due <= self.now) {
            self.apply(due, "timeout", Input::Timeout);
        }
    }

    /// Makes the application; gives its ID.
    fn create_app(&mut self) -> String {
        let created = self.ask(
            "app",
            CreateLiveMessageApp {
                app_name: Some("trial".to_owned()),
                event_callback_url: Some("https://callbacks.example.com/events".to_owned()),
                ..Default::default()
            },
        );
        let Outcome::Request(Ok(Reply::Done(Response::AppCreated(app)))) = created else {
            panic!("no application: {created:?}")
        };
        self.app = (app.app_id.to_string(), app.app_key, app.app_sign);
        self.app.0.clone()
    }

    /// A little of everything.
    fn play(mut self) -> Verdict {
        let (app_id, group_id) = (self.create_app(), "g".to_owned());
        self.ask(
            "group",
            CreateLiveMessageGroup {
                app_id: app_id.clone(),
                group_id: group_id.clone(),
                ..Default::default()
            },
        );
        let (ada, bob) = (self.log_on("ada", "ada", 0), self.log_on("bob", "bob", 0));
        self.client("ada joins", ada, ClientRequest::Join(key()));
        self.client("bob joins", bob, ClientRequest::Join(key()));
        self.say("hello", ada, Priority::Normal);
        self.say("gift", ada, Priority::High);
        let group = self.service.groups().next().expect("the group");
        let cursor = Cursor { group, high_seq: self.service.group_seq(group) };
        self.step("bob is cut", Input::Disconnect(bob, LinkEnd::Lost));
        self.say("missed one", ada, Priority::High);
        self.say("missed two", ada, Priority::High);
        self.step("bob is back", Input::Reconnect(bob, None, vec![cursor]));
        let describe = DescribeLiveMessageGroup {
            app_id: app_id.clone(),
            group_id: group_id.clone(),
            data_center: None,
        };
        self.ask("describe", describe);
        let inform = ModifyLiveMessageGroup {
            app_id: app_id.clone(),
            group_id: group_id.clone(),
            modify_info: Some(true),
            group_info: Some("on air".to_owned()),
            ..Default::default()
        };
        self.ask("inform", inform);
        let mute =
            BanLiveMessageGroup { app_id: app_id.clone(), group_id: group_id.clone(), ..Default::default() };
        self.ask("mute", mute);
        let bob = self.log_on("bob again", "bob", 1);
        self.client("bob joins again", bob, ClientRequest::Join(key()));
        let kick = KickLiveMessageGroupUser {
            app_id: app_id.clone(),
            group_id: group_id.clone(),
            kickoff_user: "bob".to_owned(),
            data_center: None,
        };
        self.ask("kick", kick);
        let delete = DeleteLiveMessageGroup { app_id, group_id, ..Default::default() };
        self.ask("delete", delete);
        self.client("ada logs out", ada, ClientRequest::Logout);
        let end = self.now + Duration::from_secs(120);
        while let Some(due) = self.service.poll_timeout().filter(|due| *due <= end) {
            self.apply(due, "timeout", Input::Timeout);
        }
        self.model.finish(end);
        self.model.verdict()
    }
}

fn key() -> GroupKey {
    "g".into()
}

#[track_caller]
fn fails_under(rule: Rule, at: &str, tamper: impl Fn(&mut Observed)) {
    fails_where(rule, &|name, seen| {
        if name == at {
            tamper(seen);
        }
    });
}

#[track_caller]
fn fails_where(rule: Rule, tamper: Tamper<'_>) {
    match Trial::new(Readings::default(), tamper).play() {
        Verdict::Fail(failure) => assert_eq!(failure.rule, Some(rule), "{}", failure.evidence),
        other => panic!("the change should break {}: {other}", rule.id()),
    }
}

fn each_message(outputs: &mut [Output], change: impl Fn(&mut claque_core::Message)) {
    for output in outputs {
        if let Output::Deliver(fanout) = output {
            let mut message = (*fanout.message).clone();
            change(&mut message);
            fanout.message = Arc::new(message);
        }
    }
}

#[test]
fn a_sound_history_passes() {
    assert_eq!(Trial::new(Readings::default(), &|_, _| {}).play(), Verdict::Pass);
}

#[test]
fn a_sound_history_passes_under_every_reading() {
    for &id in Readings::ids() {
        for &word in Readings::alternatives(id).expect("known") {
            let mut readings = Readings::default();
            readings.set(id, word).expect("known");
            let verdict = Trial::new(readings, &|_, _| {}).play();
            assert_eq!(verdict, Verdict::Pass, "{id} = {word}");
        }
    }
}

#[test]
fn a_message_that_is_not_delivered_while_there_is_room() {
    let lost = |seen: &mut Observed| seen.1.retain(|output| !matches!(output, Output::Deliver(_)));
    fails_under(Rule::MessageDeliverAllMembers, "hello", lost);
}

#[test]
fn a_message_that_is_held_back_while_there_is_room() {
    let held = RefCell::new(Vec::new());
    fails_where(Rule::ShaperBudgetPerSecond, &|name, seen| match name {
        "hello" => {
            let deliveries = |output: &mut Output| matches!(output, Output::Deliver(_));
            held.borrow_mut().extend(seen.1.extract_if(.., deliveries));
        }
        "gift" => {
            seen.1.splice(0..0, held.take());
        }
        _ => {}
    });
}

#[test]
fn a_message_delivered_twice() {
    let twice = |seen: &mut Observed| {
        let again: Vec<Output> =
            seen.1.iter().filter(|output| matches!(output, Output::Deliver(_))).cloned().collect();
        seen.1.extend(again);
    };
    fails_under(Rule::MessageDeliverAllMembers, "hello", twice);
    let anew = |seen: &mut Observed| {
        twice(seen);
        if let Some(last) = seen.1.last_mut() {
            each_message(std::slice::from_mut(last), |message| message.seq += 1);
        }
    };
    fails_under(Rule::MessageMsgTidUnique, "hello", anew);
}

#[test]
fn notices_to_a_group_that_are_not_told() {
    let unnotified = |seen: &mut Observed| {
        seen.1.retain(|output| {
            !matches!(
                output,
                Output::Notice(NoticeTo::Group(_), Notice::InfoChange { .. } | Notice::MuteChange { .. }, _)
            )
        });
    };
    fails_under(Rule::GroupInfoNotified, "inform", unnotified);
    fails_under(Rule::MuteChangeNotified, "mute", unnotified);
    fails_where(Rule::MembershipNoticeKinds, &|name, seen| {
        if matches!(name, "inform" | "mute") {
            unnotified(seen);
        }
    });
}

#[test]
fn a_message_that_says_something_else() {
    let changed = |seen: &mut Observed| each_message(&mut seen.1, |message| message.body = "bye".into());
    fails_under(Rule::MessageDeliverAllMembers, "hello", changed);
}

#[test]
fn a_message_with_another_level() {
    let changed = |seen: &mut Observed| each_message(&mut seen.1, |message| message.level = Priority::Normal);
    fails_under(Rule::MessageDeliverAllMembers, "gift", changed);
}

#[test]
fn a_message_with_a_wrong_total() {
    let high = |seen: &mut Observed| each_message(&mut seen.1, |message| message.total += 1);
    fails_under(Rule::ShaperShedNotCounted, "gift", high);
    let low = |seen: &mut Observed| each_message(&mut seen.1, |message| message.total -= 1);
    fails_under(Rule::StatisticsDeliveryTotal, "gift", low);
}

#[test]
fn a_message_with_an_old_number() {
    let old = |seen: &mut Observed| each_message(&mut seen.1, |message| message.seq = 1);
    fails_under(Rule::ListMessagesFields, "gift", old);
}

#[test]
fn a_change_of_members_that_is_not_told_or_told_wrong() {
    let unnotified = |seen: &mut Observed| {
        seen.1.retain(|output| !matches!(output, Output::Notice(_, Notice::MemberChange { .. }, _)));
    };
    fails_under(Rule::MembershipNoticeChange, "bob joins", unnotified);
    let miscounted = |seen: &mut Observed| {
        for output in &mut seen.1 {
            if let Output::Notice(_, Notice::MemberChange { count, .. }, _) = output {
                *count += 1;
            }
        }
    };
    fails_under(Rule::MembershipNoticeChange, "bob joins", miscounted);
}

#[test]
fn an_event_that_is_not_called_back_or_called_back_wrong() {
    let uncalled = |seen: &mut Observed| seen.1.retain(|output| !matches!(output, Output::Callback(_)));
    fails_under(Rule::CallbackEventKinds, "ada joins", uncalled);
    let reason = |seen: &mut Observed| {
        for output in &mut seen.1 {
            if let Output::Callback(callback) = output
                && matches!(callback.event, CallbackEvent::Logoff(_))
            {
                callback.event = CallbackEvent::Logoff(3);
            }
        }
    };
    fails_under(Rule::CallbackLogoffReasons, "ada logs out", reason);
}

#[test]
fn a_recovery_that_gives_too_little_too_much_or_out_of_order() {
    fn missed(seen: &mut Observed, change: impl Fn(&mut Vec<Arc<claque_core::Message>>)) {
        for output in &mut seen.1 {
            if let Output::Recover(_, _, messages) = output {
                change(messages);
            }
        }
    }
    let rule = Rule::RecoveryHighAfterReconnect;
    fails_under(rule, "bob is back", |seen| missed(seen, |messages| drop(messages.pop())));
    fails_under(rule, "bob is back", |seen| missed(seen, |messages| messages.reverse()));
    fails_under(rule, "bob is back", |seen| {
        missed(seen, |messages| {
            let first = Arc::clone(&messages[0]);
            messages.insert(0, first);
        });
    });
    fails_under(rule, "bob is back", |seen| {
        seen.1.retain(|output| !matches!(output, Output::Recover(..)));
    });
}

#[test]
fn a_recovery_that_nobody_asked_for() {
    let given = |seen: &mut Observed| {
        let Some(Output::Deliver(fanout)) = seen.1.iter().find(|output| matches!(output, Output::Deliver(_)))
        else {
            return;
        };
        let message = Arc::clone(&fanout.message);
        let session = SessionId { user: message.sender, generation: 1 };
        seen.1.push(Output::Recover(session, GroupIx(0), vec![message]));
    };
    fails_under(Rule::RecoveryPullByClient, "gift", given);
}

#[test]
fn a_first_device_that_is_not_told() {
    let unnotified = |seen: &mut Observed| {
        seen.1.retain(|output| !matches!(output, Output::Close(_, LogoffReason::OtherDevice)));
    };
    fails_under(Rule::MembershipSessionOnePerUser, "bob again", unnotified);
}

#[test]
fn a_removal_and_a_deletion_that_are_not_told() {
    let unnotified = |reason: ExitReason| {
        move |seen: &mut Observed| {
            seen.1.retain(|output| {
                !matches!(output, Output::Notice(NoticeTo::Users(_), Notice::Exit(its), _) if *its == reason)
            });
        }
    };
    fails_under(Rule::UserKickRemoves, "kick", unnotified(ExitReason::Kicked));
    fails_under(Rule::DeletionGroupNotifies, "delete", unnotified(ExitReason::GroupDeleted));
}

#[test]
fn a_description_that_counts_wrong() {
    let miscounted = |seen: &mut Observed| {
        if let Outcome::Request(Ok(Reply::Done(Response::Group(view)))) = &mut seen.0
            && let Some(live) = &mut view.live
        {
            live.online_user_counts += 1;
        }
    };
    fails_under(Rule::StatisticsOnlineCount, "describe", miscounted);
}

#[test]
fn a_call_that_is_throttled_within_its_quota() {
    let throttled = |seen: &mut Observed| {
        let operation = claque_core::Operation::DescribeLiveMessageGroup;
        let bound = operation.calls_per_second();
        seen.0 = Outcome::Request(Err(Refusal::Throttled { operation, bound, retry_after_micros: 1 }));
    };
    fails_under(Rule::QuotaQpsNewFamily, "describe", throttled);
}

#[test]
fn a_session_that_is_refused_while_it_lives() {
    let refused = |seen: &mut Observed| seen.0 = Outcome::Client(Err(claque_core::ClientRefusal::NoSession));
    fails_under(Rule::MembershipSessionTimeout, "hello", refused);
    let joined = |seen: &mut Observed| {
        assert!(matches!(seen.0, Outcome::Client(Ok(ClientReply::Group(_)))), "bob joins");
        seen.0 = Outcome::Client(Err(claque_core::ClientRefusal::GroupDeleted));
    };
    fails_under(Rule::MembershipJoinGroupExists, "bob joins", joined);
}
