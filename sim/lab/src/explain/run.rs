//! The events of a run, as an observer is shown them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use claque_core::{
    ClientReply, ClientRequest, GroupIx, GroupKey, Input, LinkEnd, Notice, NoticeTo, Outcome, Output, Reply,
    Response, SessionId, Text,
};
use claque_oracle::evidence::Subject;
use claque_oracle::verdict::Verdict;
use claque_scenario::plan::Plan;
use claque_sim::observer::{Landing, ObservedCall, Observer, Scene};
use claque_sim::run::{RunOptions, RunReport, run_with};

use super::event::{Event, What};
use super::{Asked, Explainer, Kind};
use crate::story::group_key;

/// Members without a link that are named.
const AWAY_NAMED_MAX: usize = 12;

/// Plays a plan and takes what happens to a name.
///
/// Memory: the events of that name, and the names of everything in the run.
///
/// # Panics
/// Never: a run drops its observer when it is over.
#[must_use]
pub fn explain_run(plan: &Plan, options: RunOptions<'_>, asked: Asked) -> (RunReport, Explainer) {
    let watcher = Rc::new(RefCell::new(Watcher::new(Explainer::new(asked))));
    let observer = Some(Box::new(Rc::clone(&watcher)) as Box<dyn Observer>);
    let report = run_with(plan, RunOptions { observer, ..options });
    // The run has dropped its observer, so that nobody else holds it.
    let watcher = Rc::into_inner(watcher).expect("the run is over").into_inner();
    (report.clone(), watcher.end(&report.verdict))
}

/// Copies of one message on their way.
#[derive(Debug)]
struct Arriving {
    message: String,
    group: String,
    heard: u64,
    unheard: u64,
    slowest: u64,
    last_at: i64,
}

#[derive(Debug)]
struct Watcher {
    explainer: Explainer,
    /// Messages that each group has delivered: arrivals name theirs by this number.
    delivered: BTreeMap<GroupIx, u32>,
    arriving: BTreeMap<(GroupIx, u32), Arriving>,
    /// From the clock of arrivals to that of events: the start of the show, and the time jumps so far.
    zero: i64,
    ended: i64,
}

impl Watcher {
    const fn new(explainer: Explainer) -> Self {
        Self { explainer, delivered: BTreeMap::new(), arriving: BTreeMap::new(), zero: 0, ended: 0 }
    }

    fn end(mut self, verdict: &Verdict) -> Explainer {
        let mut last_at = self.ended;
        for arriving in std::mem::take(&mut self.arriving).into_values() {
            let Arriving { message, group, heard, unheard, slowest: slowest_micros, last_at: at_micros } =
                arriving;
            last_at = last_at.max(at_micros);
            let what = What::Landed { message, group, heard, unheard, slowest_micros };
            self.explainer.take(Event { at_micros, what });
        }
        if let Verdict::Fail(failure) = verdict {
            let about = failure.subjects.iter().filter_map(|subject| match subject {
                Subject::User(id) => Some((Kind::User, id.clone())),
                Subject::Group(id) => Some((Kind::Group, id.clone())),
                Subject::Message(tid) => Some((Kind::Message, tid.to_string())),
                Subject::Moment(_) | Subject::Second(_) => None,
            });
            let rule = failure.rule.map_or("expectation", |rule| rule.id()).to_owned();
            let what = What::Broken { rule, says: failure.to_string(), about: about.collect() };
            // Behind the copies that were still under way: it is what ended the run.
            self.explainer.take(Event { at_micros: last_at, what });
        }
        self.explainer
    }

    /// A message went out to a whole group: who of it had a link, and from here on, where its copies arrive.
    fn follow(&mut self, of: GroupIx, what: &mut What, scene: &dyn Scene) {
        let number = self.delivered.entry(of).or_insert(0);
        *number += 1;
        let What::Delivered { message, group: Some(group), members, delivered, away } = what else { return };
        // Looked at only where somebody asks: it costs a look at every user.
        if !self.explainer.wants(message, group) {
            return;
        }
        let without = scene.members_away(of);
        *delivered = Some(members.saturating_sub(without.len() as u64));
        let named = without.iter().take(AWAY_NAMED_MAX);
        *away = named.map(|user| scene.user_id(*user).to_owned()).collect();
        let (message, group) = (message.clone(), group.clone());
        let arriving = Arriving { message, group, heard: 0, unheard: 0, slowest: 0, last_at: 0 };
        self.arriving.insert((of, *number), arriving);
    }
}

/// What a call and its outputs are in a story, in their order.
#[must_use]
pub fn events_of(call: &ObservedCall<'_>, scene: &dyn Scene) -> Vec<What> {
    let outputs = call.outputs.iter().filter_map(|given| output(given, scene));
    input(call, scene).into_iter().chain(outputs).collect()
}

fn output(output: &Output, scene: &dyn Scene) -> Option<What> {
    let user = |session: &SessionId| scene.user_id(session.user).to_owned();
    let group = |group: GroupIx| scene.group_id(group).to_owned();
    Some(match output {
        Output::Deliver(fanout) => What::Delivered {
            message: fanout.message.tid.to_string(),
            group: Some(group(fanout.group)),
            members: u64::from(scene.member_count(fanout.group)),
            delivered: None,
            away: Vec::new(),
        },
        Output::DeliverTo(sessions, message) => What::Delivered {
            message: message.tid.to_string(),
            group: None,
            members: sessions.len() as u64,
            delivered: None,
            away: Vec::new(),
        },
        Output::Direct(session, message, _) => {
            What::Direct { message: message.tid.to_string(), user: user(session) }
        }
        Output::Shed(shed) => What::Shed {
            message: shed.tid.to_string(),
            group: group(shed.group),
            rule: Some(shed.rule.id().to_owned()),
            winner: shed.winner.as_ref().map(ToString::to_string),
        },
        Output::Overdue(late) => What::Overdue { message: late.tid.to_string(), group: group(late.group) },
        Output::Recover(session, of, messages) => What::Recovered {
            user: user(session),
            group: group(*of),
            count: messages.len() as u64,
            messages: messages.iter().map(|message| message.tid.to_string()).collect(),
        },
        Output::Close(session, reason) => {
            What::LoggedOff { user: user(session), reason: Some(format!("{reason:?}")) }
        }
        Output::Answer(ticket, Ok(Response::MessageSent(tid))) => accepted(tid, "account", Some(ticket.0)),
        Output::ClientAnswer(session, ticket, Ok(ClientReply::Sent(tid))) => {
            accepted(tid, scene.user_id(session.user), Some(ticket.0))
        }
        Output::Notice(to, notice, _) => notified(*to, notice, scene),
        Output::Answer(..)
        | Output::ClientAnswer(..)
        | Output::Callback(_)
        | Output::Moderate(_)
        | Output::Log(_) => return None,
    })
}

impl Observer for Watcher {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        let start = i128::from(scene.scenario().start.as_micros());
        let at = i128::from(scene.clock().as_micros()) - start;
        let at_micros = i64::try_from(at).unwrap_or(i64::MAX);
        let jumped = at - i128::from(scene.passed().as_micros());
        self.zero = i64::try_from(start - jumped.max(0)).unwrap_or(i64::MAX);
        self.ended = at_micros;
        let mut taken: Vec<What> = input(call, scene).into_iter().collect();
        for given in call.outputs {
            let mut what = output(given, scene);
            if let (Output::Deliver(fanout), Some(what)) = (given, &mut what) {
                self.follow(fanout.group, what, scene);
            }
            taken.extend(what);
        }
        for what in taken {
            self.explainer.take(Event { at_micros, what });
        }
    }

    fn wants_landings(&self) -> bool {
        !self.arriving.is_empty()
    }

    fn on_landing(&mut self, landing: &Landing) {
        let Some(arriving) = self.arriving.get_mut(&(landing.group, landing.number)) else { return };
        *(if landing.heard { &mut arriving.heard } else { &mut arriving.unheard }) += 1;
        arriving.slowest = arriving.slowest.max(landing.at.saturating_sub(landing.sent));
        let at = i64::try_from(landing.at).unwrap_or(i64::MAX).saturating_sub(self.zero);
        arriving.last_at = arriving.last_at.max(at);
    }
}

/// A message that was accepted, as an answer tells it: neither group nor level stands in it.
fn accepted(tid: &Text, by: &str, ticket: Option<u64>) -> What {
    What::Accepted { message: tid.to_string(), group: None, by: by.to_owned(), level: None, ticket }
}

fn notified(to: NoticeTo, notice: &Notice, scene: &dyn Scene) -> What {
    let (group, user) = match to {
        NoticeTo::Group(group) | NoticeTo::Users(group) => (Some(scene.group_id(group).to_owned()), None),
        NoticeTo::Session(session) => (None, Some(scene.user_id(session.user).to_owned())),
    };
    let notice = match notice {
        Notice::MessageDeleted { tid } => return What::Recalled { message: tid.to_string(), group },
        Notice::MemberChange { count, joined, left, supergroup } => {
            format!("members={count} +{} -{} super={supergroup}", joined.len(), left.len())
        }
        Notice::Exit(reason) => format!("exit {reason:?}"),
        Notice::InfoChange { .. } => "info".to_owned(),
        Notice::MuteChange { all, users, except } => {
            format!("mutes all={all} users={} except={}", users.len(), except.len())
        }
        Notice::Likes(likes) => format!("likes={likes}"),
        Notice::Statistics { online, joins } => format!("online={online} joins={joins}"),
    };
    What::Notified { group, user, notice }
}

/// What a call is, where it is anything of a story.
fn input(call: &ObservedCall<'_>, scene: &dyn Scene) -> Option<What> {
    let user = |session: &SessionId| scene.user_id(session.user).to_owned();
    let refused = refusal_of(call.outcome);
    let requested = |by: String, call: &str| What::Requested {
        by,
        call: call.to_owned(),
        about: Vec::new(),
        refused: refused.clone(),
    };
    Some(match call.input {
        Input::Client(session, request) => client(&user(session), request, call.outcome, scene),
        Input::Connect(login) if refused.is_none() => What::LoggedOn { user: login.user_id.to_string() },
        Input::Connect(login) => requested(login.user_id.to_string(), "log-on"),
        Input::Reconnect(session, ..) if refused.is_none() => What::LinkBack { user: user(session) },
        Input::Reconnect(session, ..) => requested(user(session), "reconnect"),
        Input::Disconnect(session, LinkEnd::Lost) => What::LinkLost { user: user(session) },
        Input::Disconnect(session, LinkEnd::Closed) => requested(user(session), "close-link"),
        Input::Request(caller, request) => {
            let by = if caller.policy.is_some() { "ram-user" } else { "account" };
            match call.outcome {
                Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid)))) => accepted(tid, by, None),
                Outcome::Request(Ok(Reply::Pending(ticket))) => {
                    What::Reviewing { by: by.to_owned(), group: None, ticket: ticket.0 }
                }
                Outcome::Request(_) | Outcome::Client(_) | Outcome::Connected(_) | Outcome::Quiet => {
                    requested(by.to_owned(), request.operation().name())
                }
            }
        }
        Input::Console(..) => match call.outcome {
            Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid)))) => accepted(tid, "console", None),
            Outcome::Request(_) | Outcome::Client(_) | Outcome::Connected(_) | Outcome::Quiet => return None,
        },
        Input::Malformed(..)
        | Input::SetLimits(_)
        | Input::SetReadings(_)
        | Input::Timeout
        | Input::Verdict(..) => return None,
    })
}

/// A client's request. The outcome is what the service answered.
fn client(by: &str, request: &ClientRequest, outcome: &Outcome, scene: &dyn Scene) -> What {
    let by = by.to_owned();
    let group = group_key(request).map(|key| match key {
        GroupKey::Index(group) => scene.group_id(*group).to_owned(),
        GroupKey::Name(name) => name.to_string(),
    });
    let level =
        if let ClientRequest::Send(_, send) = request { Some(send.level.as_str().to_owned()) } else { None };
    match outcome {
        Outcome::Client(Ok(ClientReply::Sent(tid))) => {
            return What::Accepted { message: tid.to_string(), group, by, level, ticket: None };
        }
        Outcome::Client(Ok(ClientReply::Pending(ticket))) => {
            return What::Reviewing { by, group, ticket: ticket.0 };
        }
        Outcome::Client(_) | Outcome::Request(_) | Outcome::Connected(_) | Outcome::Quiet => {}
    }
    let refused = refusal_of(outcome);
    match (request, group) {
        (ClientRequest::Join(_), Some(group)) if refused.is_none() => What::Joined { user: by, group },
        (ClientRequest::Leave(_), Some(group)) if refused.is_none() => What::Left { user: by, group },
        (_, group) => {
            let about = group.into_iter().map(|group| (Kind::Group, group)).collect();
            What::Requested { by, call: word_of(request), about, refused }
        }
    }
}

/// A request by its name, in the trace's spelling: names only, since an ID or a text in it would make lines long.
fn word_of(request: &ClientRequest) -> String {
    let text = format!("{request:?}");
    let mut word = String::new();
    for letter in text.chars().take_while(|letter| letter.is_ascii_alphabetic()) {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

/// The code of a refusal.
fn refusal_of(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Client(Err(refusal)) | Outcome::Connected(Err(refusal)) => Some(refusal.code().to_string()),
        Outcome::Request(Err(refusal)) => Some(refusal.code().as_str().to_owned()),
        Outcome::Client(Ok(_)) | Outcome::Connected(Ok(_)) | Outcome::Request(Ok(_)) | Outcome::Quiet => None,
    }
}
