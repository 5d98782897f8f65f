//! Plays a case against a subject and judges it.
//!
//! Everything a case makes, the givens too, goes through calls that anybody could make. A step sees what happened after
//! the step before, up to and including itself; repetitions count as one step.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::{
    Duration, Effect, HitCounts, Instant, Operation, Policy, Readings, Rule, Statement, Tracer as _,
};
use claque_wire::argument::{Argument, Arguments};
use claque_wire::operation::OperationSpec;
use serde_json::{Map, Value as Json};

use crate::case::{
    Action, Call, Case, Channel, ClientAction, Expect, GIVENS_BEGIN, OutcomeExpected, Sent, Setup, Step, ZERO,
};
use crate::case_file::DEFAULT_APP;
use crate::case_file::bounds::ACTIONS_MAX;
use crate::expectation::{Seen, describe, first_difference};
use crate::matcher::Difference;
use crate::render::{Entry, Transcript};
use crate::subject::{
    AppKeys, CallMade, CallerName, ClientMade, Event, Happening, Outcome, Subject, SubjectError,
};
use crate::template::{Scope, Template};
use crate::verdict::{Failure, Verdict};

mod given;
mod pace;
mod requirements;
mod shared;
mod throughout;

use self::shared::Disguise;

pub(crate) use self::given::CALL_SPACING;
pub use crate::subject::{Pace, Shared};

/// The result of a case.
#[derive(Clone, Debug)]
pub struct Run {
    /// How it ended.
    pub verdict: Verdict,
    /// The transcript, line by line.
    pub transcript: String,
    /// How often each rule decided; none when the subject cannot tell.
    pub hits: Option<HitCounts>,
    /// The virtual time that passed from the moment zero.
    pub virtual_time: Duration,
}

/// Plays a case against a subject and judges it.
///
/// Work: that of its steps. The subject is started over first, and left as the case leaves it.
pub fn run(case: &Case, subject: &mut dyn Subject) -> Run {
    run_with(case, subject, &case.setup)
}

/// Why a case cannot be played against a subject; none where it can.
#[must_use]
pub fn not_applicable(case: &Case, subject: &dyn Subject) -> Option<String> {
    requirements::lack(case, subject)
}

/// Plays a case under another set-up than its own: other readings, say.
pub fn run_with(case: &Case, subject: &mut dyn Subject, setup: &Setup) -> Run {
    if let Some(lack) = not_applicable(case, subject) {
        let transcript = Transcript::new(case).finish();
        let verdict = Verdict::NotApplicable(lack);
        return Run { verdict, transcript, hits: None, virtual_time: Duration::ZERO };
    }
    let first = play_once(case, subject, setup);
    // Once more, when the machine may be quieter.
    if matches!(first.verdict, Verdict::Unknown(_)) { play_once(case, subject, setup) } else { first }
}

fn play_once(case: &Case, subject: &mut dyn Subject, setup: &Setup) -> Run {
    let mut player = Player::new(case, subject);
    let verdict = match player.play(setup) {
        Ok(None) => match player.lenient.take() {
            None => Verdict::Pass,
            Some(said) => Verdict::PassLenient(said),
        },
        Ok(Some(failure)) => Verdict::Fail(failure),
        // A machine that is starved, here or there, may have been too slow for any patience.
        Err(SubjectError(said)) if waited_in_vain(player.subject) => Verdict::Unknown(said),
        Err(SubjectError(said)) => Verdict::Error(said),
    };
    let verdict = match (player.unoffered.take(), verdict) {
        (Some(operation), Verdict::Fail(_) | Verdict::Error(_)) => Verdict::Unimplemented(operation),
        (_, verdict) => verdict,
    };
    let verdict = match (player.clear_away(), verdict) {
        (Err(SubjectError(said)), Verdict::Pass) => {
            let said = format!("when it cleared away: {said}");
            if waited_in_vain(player.subject) { Verdict::Unknown(said) } else { Verdict::Error(said) }
        }
        (Ok(()) | Err(_), verdict) => verdict,
    };
    let (now, virtual_time) = (player.now, player.now.since(ZERO));
    let transcript = std::mem::replace(&mut player.transcript, Transcript::new(case)).finish();
    let searched = player.searched;
    let verdict = match (verdict, subject.pace()) {
        (Verdict::Fail(failure), Some(pace)) if pace::explains(case, setup, &failure, pace) => {
            let behind = pace.behind(now);
            Verdict::Unknown(format!("{behind} behind the case's time, which may explain it: {failure}"))
        }
        (verdict, _) => verdict,
    };
    let mut hits = subject.hits();
    if let Some(hits) = hits.as_mut().filter(|_| searched) {
        hits.hit(Rule::TokenAppKeySecret);
    }
    Run { verdict, transcript, hits, virtual_time }
}

/// Whether an answer did not come where time really passes: a later one may have been right.
fn waited_in_vain(subject: &dyn Subject) -> bool {
    subject.gave_up() && subject.pace().is_some()
}

struct Player<'p> {
    case: &'p Case,
    subject: &'p mut dyn Subject,
    scope: Scope,
    transcript: Transcript,
    now: Instant,
    hits: HitCounts,
    lenient: Option<String>,
    /// The number of the answer that a saved step is owed.
    owed: Vec<(String, u64)>,
    /// Answers that came, by number.
    answers: Vec<(u64, Outcome)>,
    actions: u64,
    /// Clients that the givens have logged on.
    online: BTreeSet<String>,
    readings: Readings,
    /// Something that clients were sent was searched for keys.
    searched: bool,
    /// The first documented operation that the subject answers as if it did not exist.
    unoffered: Option<String>,
    /// The case looks at the requests that callbacks are made with.
    posts: bool,
    /// Its names in a service that keeps what it makes.
    disguise: Option<Disguise>,
    /// IDs of the requests so far.
    requests: BTreeSet<String>,
}

/// The most repetitions at one moment that are looked at one by one where looks are dear.
const LOOKED_AT_ONE_BY_ONE_MAX: u32 = 1_000;

/// Beyond them, every so many are looked at together.
const LOOK_EVERY: u32 = 500;

/// The code of an operation that does not exist.
const UNKNOWN_OPERATION: &str = "InvalidAction.NotFound";

impl<'p> Player<'p> {
    fn new(case: &'p Case, subject: &'p mut dyn Subject) -> Self {
        let disguise = if requirements::fits(case) { subject.shared().map(Disguise::next) } else { None };
        Self {
            disguise,
            case,
            subject,
            scope: Scope { number: 1, zero: ZERO, ..Scope::default() },
            transcript: Transcript::new(case),
            now: GIVENS_BEGIN,
            hits: HitCounts::default(),
            lenient: None,
            owed: Vec::new(),
            answers: Vec::new(),
            actions: 0,
            online: BTreeSet::new(),
            readings: Readings::default(),
            searched: false,
            unoffered: None,
            posts: requirements::looks_at(case, Channel::Posted),
            requests: BTreeSet::new(),
        }
    }

    fn play(&mut self, setup: &Setup) -> Result<Option<Failure>, SubjectError> {
        self.readings = setup.readings;
        self.subject.reset(GIVENS_BEGIN, setup)?;
        self.make_givens()?;
        self.advance(ZERO)?;
        self.subject.take_events()?;
        self.hits = self.subject.hits().unwrap_or_default();
        let case = self.case;
        for (position, step) in case.steps.iter().enumerate() {
            if let Some(found) = self.play_step(step)? {
                return Ok(Some(Failure { step: position + 1, ..found }));
            }
        }
        self.subject.check()?;
        Ok(None)
    }

    fn advance(&mut self, to: Instant) -> Result<(), SubjectError> {
        self.now = to;
        self.subject.advance(to)
    }

    fn play_step(&mut self, step: &Step) -> Result<Option<Failure>, SubjectError> {
        let mut outcomes = Vec::new();
        let mut entries = Vec::new();
        let owes = |expect: &Expect| expect.outcome == OutcomeExpected::Pending;
        self.subject.may_owe(owes(&step.expect) || step.allow.iter().any(owes));
        for number in 0..step.repeat {
            self.actions += 1;
            if self.actions > ACTIONS_MAX {
                return Err(SubjectError(format!("the case does more than {ACTIONS_MAX} things")));
            }
            let spread = Duration::from_micros(step.every.as_micros().saturating_mul(u64::from(number)));
            self.advance(ZERO + step.at + spread)?;
            self.scope.number = number + 1;
            if number == 0 || !self.hurries(step) {
                self.collect(&mut entries, true)?;
            }
            let (what, outcome) = self.act(&step.action, step)?;
            if let Some(what) = what {
                entries.push(Entry::Did { at: self.now, what, outcome: outcome.clone() });
            }
            outcomes.extend(outcome);
            if !self.hurries(step) || number + 1 == step.repeat || self.draws_breath(number) {
                self.collect(&mut entries, false)?;
            }
        }
        self.save(step, outcomes.last())?;
        let rules = self.take_hits();
        self.transcript.step(&entries, &rules);
        let repeated = self.repeated_id(&outcomes);
        let events: Vec<Event> = entries
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Happened { event, .. } => Some(event),
                Entry::Did { .. } => None,
            })
            .collect();
        Ok(self.judge(step, &outcomes, &events, repeated))
    }

    /// Whether what the step does at one moment is looked at when all of it is done. Where time really passes, a look takes some; and
    /// a look over HTTP is four requests, which thousands of repetitions cannot afford.
    fn hurries(&self, step: &Step) -> bool {
        let dear = self.subject.looks_are_dear() && step.repeat > LOOKED_AT_ONE_BY_ONE_MAX;
        (self.subject.pace().is_some() || dear) && step.every == Duration::ZERO
    }

    /// Whether a look is due in the middle of a step that hurries: what reaches clients must not pile up unread.
    fn draws_breath(&self, number: u32) -> bool {
        self.subject.pace().is_none() && (number + 1).is_multiple_of(LOOK_EVERY)
    }

    /// Takes what has happened into the record of the step.
    fn collect(&mut self, entries: &mut Vec<Entry>, by_time: bool) -> Result<(), SubjectError> {
        for mut event in self.subject.take_events()? {
            if let Some(disguise) = &mut self.disguise {
                match &mut event.what {
                    Happening::Answer(_, outcome) => disguise.outcome(None, outcome),
                    Happening::Sent { body, .. } => disguise.read(Arc::make_mut(body)),
                }
            }
            if let Happening::Answer(number, outcome) = &event.what {
                self.answers.push((*number, outcome.clone()));
            }
            // Each callback is a request too: cases that do not look at requests are spared what they say twice.
            let posted = matches!(event.what, Happening::Sent { channel: Channel::Posted, .. });
            if !posted || self.posts {
                entries.push(Entry::Happened { event, by_time });
            }
        }
        Ok(())
    }

    fn judge(
        &mut self,
        step: &Step,
        outcomes: &[Outcome],
        events: &[Event],
        repeated: Option<Difference>,
    ) -> Option<Failure> {
        let leaked = self.leak(step, outcomes, events);
        let seen = Seen { outcomes, events, capabilities: self.subject.capabilities(), scope: &self.scope };
        let found = first_difference(&step.expect, &seen)
            .or_else(|| self.misshapen(step, outcomes))
            .or_else(|| self.wordless(outcomes))
            .or(repeated)
            .or(leaked)?;
        let excused = step.allow.iter().any(|expect| first_difference(expect, &seen).is_none());
        if excused {
            self.lenient = Some(format!("{}: expected {}, got {}", found.path, found.expected, found.actual));
            return None;
        }
        Some(Failure {
            step: 0,
            line: step.line,
            at: step.at,
            what: found.path,
            expected: found.expected,
            actual: found.actual,
        })
    }

    /// The rules that decided since the step before.
    fn take_hits(&mut self) -> Vec<Rule> {
        let Some(hits) = self.subject.hits() else { return Vec::new() };
        let news =
            hits.iter().filter(|(rule, count)| *count > self.hits.of(*rule)).map(|(rule, _)| rule).collect();
        self.hits = hits;
        news
    }

    /// Keeps the answer of a step for later ones.
    fn save(&mut self, step: &Step, outcome: Option<&Outcome>) -> Result<(), SubjectError> {
        let name = match (&step.save, &step.action) {
            (Some(name), _) => name,
            (None, Action::Await { call }) => call,
            (None, _) => return Ok(()),
        };
        match outcome {
            Some(Outcome::Accepted { fields, .. }) => {
                self.scope.saved.insert(name.clone(), Json::Object(fields.clone()));
            }
            Some(Outcome::Pending(number)) => self.owed.push((name.clone(), *number)),
            Some(Outcome::Refused { .. } | Outcome::Unreadable { .. }) | None
                if step.expect.outcome == OutcomeExpected::Accepted =>
            {
                let ended = outcome.map_or_else(|| "no outcome".to_owned(), describe);
                return Err(SubjectError(format!(
                    "line {}: nothing to save as `{name}`: {ended}",
                    step.line
                )));
            }
            Some(Outcome::Refused { .. } | Outcome::Unreadable { .. }) | None => {}
        }
        Ok(())
    }

    /// Does what a step does, and says in one line what that was.
    fn act(
        &mut self,
        action: &Action,
        step: &Step,
    ) -> Result<(Option<String>, Option<Outcome>), SubjectError> {
        Ok(match action {
            Action::Await { call } => (Some(format!("await {call}")), Some(self.answer_of(call)?)),
            Action::Call(call) => {
                let made = self.fill_call(call)?;
                let what = self.says(call, &made);
                let outcome = self.call(&made)?;
                if !step.expect.outcome.admits(UNKNOWN_OPERATION) {
                    self.note_unoffered(&call.operation, &outcome);
                }
                (Some(what), Some(outcome))
            }
            Action::Client(action) => {
                let made = self.fill_client(action)?;
                let with = self.transcript.names().client_arguments(&made.with);
                let names = self.transcript.names();
                made.group.iter().for_each(|group| names.literal(group));
                let group = made
                    .group
                    .as_deref()
                    .map_or_else(String::new, |group| format!(" {}", names.short(group)));
                let what = format!("{} {}{group} {with}", made.client, made.verb.word());
                (Some(what.trim_end().to_owned()), Some(self.client(&made)?))
            }
            Action::Console { what, with } => {
                let mut arguments = self.arguments(with)?;
                self.fill_app(&mut arguments);
                let said =
                    format!("console {} {}", what.word(), self.transcript.names().arguments(&arguments));
                (Some(said), Some(self.subject.console(*what, &arguments)?))
            }
            Action::Look => (None, None),
            Action::Receive => {
                (Some("receive the newest callback".to_owned()), Some(self.subject.receive_callback()?))
            }
            Action::RefuseCallbacks { with, times, of } => {
                self.subject.refuse_callbacks(*with, *times, of)?;
                let at = if of.is_empty() { String::new() } else { format!(" at {of}") };
                (Some(format!("the receiver {}{at}", with.says())), None)
            }
            Action::Restart { compacted } => {
                self.subject.restart(*compacted)?;
                let said = if *compacted { "restart, compacted" } else { "restart" };
                (Some(said.to_owned()), None)
            }
            Action::SettleCallbacks => {
                self.subject.settle_callbacks()?;
                (None, None)
            }
            Action::Review(answer) => {
                self.subject
                    .review(answer.http())
                    .map_err(|SubjectError(said)| SubjectError(format!("line {}: {said}", step.line)))?;
                (Some(format!("review {}", answer.word())), None)
            }
        })
    }

    /// A call in one line.
    fn says(&mut self, call: &Call, made: &CallMade) -> String {
        let mut what = format!("{} {}", call.operation, self.transcript.names().arguments(&made.arguments));
        if let Some(caller) = &call.caller {
            what = format!("{caller}: {what}");
        }
        if let Some(style) = call.via {
            what = format!("{what}   via {}", style.name());
        }
        if let Some(forged) = call.forged {
            what = format!("{what}, forged {}", forged.word());
        }
        if call.sent != Sent::default() {
            what = format!("{what}, {}", call.sent.says());
        }
        what
    }

    /// Makes a call, whose outcome is given in the case's own names.
    fn call(&mut self, made: &CallMade) -> Result<Outcome, SubjectError> {
        let mut outcome = self.subject.call(made)?;
        if let Some(disguise) = &mut self.disguise {
            disguise.outcome(Some(made), &mut outcome);
        }
        Ok(outcome)
    }

    /// Makes a client act, likewise.
    fn client(&mut self, made: &ClientMade) -> Result<Outcome, SubjectError> {
        let mut outcome = self.subject.client(made)?;
        if let Some(disguise) = &mut self.disguise {
            disguise.outcome(None, &mut outcome);
        }
        Ok(outcome)
    }

    /// Remembers a documented operation that the subject does not know.
    fn note_unoffered(&mut self, operation: &str, outcome: &Outcome) {
        let unknown = matches!(outcome, Outcome::Refused { code, .. } if code == UNKNOWN_OPERATION);
        if unknown && self.unoffered.is_none() && OperationSpec::named(operation).is_some() {
            self.unoffered = Some(operation.to_owned());
        }
    }

    /// The answer that an earlier step was owed, as an outcome: still owed, when it has not come.
    fn answer_of(&self, call: &str) -> Result<Outcome, SubjectError> {
        let number = self.owed.iter().rev().find(|(name, _)| name == call).map(|(_, number)| *number);
        let number = number.ok_or_else(|| SubjectError(format!("no step is owed an answer as `{call}`")))?;
        let came = self.answers.iter().find(|(of, _)| *of == number).map(|(_, outcome)| outcome.clone());
        Ok(came.unwrap_or(Outcome::Pending(number)))
    }

    fn arguments(&self, with: &[(String, Template)]) -> Result<Arguments, SubjectError> {
        let mut arguments = Arguments::new();
        for (name, template) in with {
            arguments.set(name, template.argument(&self.scope).map_err(SubjectError)?);
        }
        Ok(arguments)
    }

    /// The first application stands for the one that a call does not name.
    fn fill_app(&self, arguments: &mut Arguments) {
        let first = self.case.given.first().map_or(DEFAULT_APP, crate::case::Given::app);
        let id = self.scope.saved.get(first).and_then(|app| app.get("AppId")).and_then(Json::as_str);
        if let (None, Some(id)) = (arguments.get("AppId"), id) {
            arguments.set("AppId", Argument::Text(id.to_owned()));
        }
    }

    fn fill_call(&self, call: &Call) -> Result<CallMade, SubjectError> {
        let mut arguments = self.arguments(&call.with)?;
        let takes_app = OperationSpec::named(&call.operation).is_some_and(|spec| {
            spec.operation != Operation::QueryMessageApp && spec.parameter("AppId").is_some()
        });
        if takes_app {
            self.fill_app(&mut arguments);
        }
        for name in &call.without {
            arguments.remove(name);
        }
        if let Some(disguise) = &self.disguise {
            disguise.arguments(&mut arguments);
        }
        let caller = self.caller(call.caller.as_deref())?;
        let (operation, via, forged) = (call.operation.clone(), call.via, call.forged);
        Ok(CallMade { operation, arguments, caller, via, forged, sent: call.sent.clone() })
    }

    fn caller(&self, name: Option<&str>) -> Result<CallerName, SubjectError> {
        let name = match name {
            None | Some("account") => return Ok(CallerName::Account),
            Some("other-account") => return Ok(CallerName::OtherAccount),
            Some(name) => name,
        };
        let user = self.case.users.iter().find(|user| user.name == name);
        let user = user.ok_or_else(|| SubjectError(format!("the case has no RAM user `{name}`")))?;
        let texts = |templates: &[Template]| -> Result<Vec<String>, SubjectError> {
            let filled = templates.iter().map(|template| template.value(&self.scope).map_err(SubjectError));
            filled.map(|value| Ok(value?.as_str().unwrap_or_default().to_owned())).collect()
        };
        let statements = user.policy.iter().map(|statement| {
            let actions = texts(&statement.actions)?;
            Ok(Statement {
                effect: if statement.allows { Effect::Allow } else { Effect::Deny },
                actions: if statement.all_but { claque_wire::policy::all_but(&actions) } else { actions },
                resources: texts(&statement.resources)?,
            })
        });
        let statements = statements.collect::<Result<_, SubjectError>>()?;
        Ok(CallerName::RamUser(Arc::new(Policy { statements })))
    }

    fn fill_client(&self, action: &ClientAction) -> Result<ClientMade, SubjectError> {
        let client = action.client.replace("${n}", &self.scope.number.to_string());
        let (app, user, device) = self.client_name(&client)?;
        let fill = |template: &Template| template.value(&self.scope).map_err(SubjectError);
        let mut with = Map::new();
        for (name, template) in &action.with {
            with.insert(name.clone(), fill(template)?);
        }
        let group = action.group.as_ref().map(fill).transpose()?;
        let mut group = group.and_then(|group| group.as_str().map(str::to_owned));
        if let Some(disguise) = &self.disguise {
            disguise.parameters(&mut with);
            group = group.map(|group| disguise.name(&group));
        }
        Ok(ClientMade { client, user, device, app, verb: action.verb, group, with })
    }

    /// Splits `application:user/device`.
    fn client_name(&self, client: &str) -> Result<(AppKeys, String, u32), SubjectError> {
        let first = self.case.given.first().map_or(DEFAULT_APP, crate::case::Given::app);
        let (app, rest) = client.split_once(':').unwrap_or((first, client));
        let (user, device) = rest.split_once('/').unwrap_or((rest, "0"));
        let keys = self.scope.saved.get(app);
        let keys = keys.ok_or_else(|| SubjectError(format!("{client}: there is no application `{app}`")))?;
        let text = |name: &str| keys.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let device =
            device.parse().map_err(|_| SubjectError(format!("{client}: the device is no number")))?;
        Ok((
            AppKeys { id: text("AppId"), key: text("AppKey"), sign: text("AppSign") },
            user.to_owned(),
            device,
        ))
    }
}
