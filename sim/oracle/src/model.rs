//! The reference model: what the service must do, written from the rules and not from the service. Slow and plain.
//!
//! It is shown every input with its outcome and outputs, in order, and keeps its own books: who is logged on, who is in
//! which group, what was accepted and delivered. Where the books and the service disagree, a rule is broken, and the
//! first time is kept. What a rule leaves open is not judged.
//!
//! It asks the service for the number of a name that is new, and nothing else but the member counts and flags that it
//! compares.

mod answer;
mod apps;
mod budget;
mod callbacks;
mod calls;
mod console;
mod direct;
mod echoes;
mod exits;
mod facts;
mod families;
mod fingerprint;
mod group;
mod history;
mod ledger;
mod messages;
mod mutes;
mod notices;
mod older;
mod outputs;
mod pull;
mod ranks;
mod recall;
mod recent;
mod repeats;
mod reviews;
mod rights;
mod send;
mod sessions;
mod users;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_core::reading::{QuotaInvalidCalls, ShaperBudgetEdge};
use claque_core::{
    AppIx, ClientRequest, Config, ConsoleRequest, Duration, GroupIx, GroupKey, HitCounts, Input, Instant,
    Mutants, Operation, Outcome, Output, Rule, Service, Text, Ticket, UserIx,
};

use crate::books::app::AppBooks;
use crate::books::direct::DirectBooks;
use crate::books::group::GroupBooks;
use crate::books::message::SentMessage;
use crate::books::names::{NameBooks, SharedNames};
use crate::books::sessions::{SessionBooks, SidBooks};
use crate::books::unknown::{UnknownBooks, UnknownCounts};
use crate::books::walks::Walks;
use crate::dense::Dense;
use crate::evidence;
use crate::evidence::{Evidence, Part};
use crate::liveness::{Obligation, PendingObligations, Waiver};
use crate::verdict::{Refutation, Verdict};
use calls::{Effect, MessageSend};

/// Time that may pass at once without making the order within it unknowable.
const LEAP: Duration = Duration::from_secs(30);

/// Whether a call may hand one message, and no more, to the frequency control.
fn is_send(input: &Input) -> bool {
    match input {
        Input::Client(_, request) => matches!(request, ClientRequest::Send(..)),
        Input::Request(_, request) => matches!(
            request.into(),
            Effect::Send(MessageSend::SendLiveMessageGroup(_) | MessageSend::SendMessageToGroup(_))
        ),
        Input::Console(_, request) => matches!(request, ConsoleRequest::SendMessage { .. }),
        Input::Verdict(..) => true,
        Input::Connect(_)
        | Input::Disconnect(..)
        | Input::Malformed(..)
        | Input::Reconnect(..)
        | Input::SetLimits(_)
        | Input::SetReadings(_)
        | Input::Timeout => false,
    }
}

/// A list of groups that is walked through: of an application, by status and direction, at a token.
type ListWalk = (AppIx, (Option<i32>, bool), i64);

/// The model of one service. A clone goes on by itself.
#[derive(Clone, Debug)]
pub struct Model {
    config: Config,
    apps: BTreeMap<AppIx, AppBooks>,
    groups: Dense<GroupIx, GroupBooks>,
    people: SessionBooks,
    sids: SidBooks,
    /// What the last event was called.
    last_transaction: Arc<str>,
    direct: DirectBooks,
    /// Sends that wait for a verdict, with when they need it no longer.
    pending: BTreeMap<Ticket, (Instant, SentMessage)>,
    /// Calls counted in the running second: surely, and possibly.
    calls: BTreeMap<(u32, Operation), (u64, u32, u32)>,
    /// Lists that are walked through: by order and token, the serial of the last group shown.
    walks: Walks<ListWalk>,
    /// Lists of members that are walked through: by group and token, the number of the last one's join.
    user_walks: Walks<(GroupIx, i64)>,
    /// Lists of messages that are walked through: by group and token, the place of the last one in the order of sending.
    message_walks: Walks<(GroupIx, i64)>,
    /// When mutes of the older family end, and in which group.
    mute_ends: BTreeSet<(Instant, GroupIx)>,
    /// Groups created so far.
    creations: u64,
    /// Calls so far: the order of sending.
    sends: u64,
    /// Lists of stored messages that clients asked for in the running second.
    history_calls: BTreeMap<UserIx, (u64, u32)>,
    /// Messages accepted so far.
    arrivals: u64,
    /// Large groups that were deleted, when, and who is still to be notified of it.
    dismissals: BTreeMap<GroupIx, (Instant, BTreeSet<UserIx>)>,
    /// The message that this call recalls.
    recalls: Option<(GroupIx, Text)>,
    /// Whether this call may hand one message to the frequency control.
    sending: bool,
    /// The group that this call deleted, with those who were in it.
    just_deleted: Option<(GroupIx, Vec<UserIx>)>,
    last: Instant,
    /// The second in which what shows within seconds was looked at.
    seconds_looked_at: u64,
    /// The second in which counts that are not notified yet were looked at.
    counts_looked_at: u64,
    /// More time passed at once than the order of what happened in it can be known.
    leapt: bool,
    /// The service was away: what fell due meanwhile comes all at once.
    absent: bool,
    /// Kinds of notices to groups that were notified.
    notified: BTreeSet<Rule>,
    /// The first notice to a group that was not sent, by the rule on its kind, until others show whether it is that
    /// kind.
    unnotified: Option<(Instant, Rule, Evidence)>,
    failure: Option<Refutation>,
    names: SharedNames,
    unknown: UnknownBooks,
}

/// What is wrong with an answer, and the rule that it breaks.
type WrongAnswer = Option<(Rule, Evidence)>;

/// Everything about one call of the service.
struct Observed<'s, D> {
    now: Instant,
    input: &'s Input,
    outcome: &'s Outcome,
    outputs: &'s [Output],
    /// For the members that it counts and the flags that it shows, which are judged, and for numbers of new names.
    service: &'s Service<HitCounts, D>,
    names: &'s NameBooks,
}

impl<D: Mutants> Observed<'_, D> {
    /// The group that a client's key names.
    fn group(&self, user: UserIx, key: &GroupKey) -> Option<GroupIx> {
        match key {
            GroupKey::Index(group) => Some(*group),
            GroupKey::Name(name) => self.group_in(self.app_of(user)?, name),
        }
    }

    /// The group that a server-side call names.
    fn group_of(&self, app_id: &str, group_id: &str) -> Option<GroupIx> {
        self.group_in(self.app(app_id)?, group_id)
    }

    fn user_of(&self, app_id: &str, user_id: &str) -> Option<UserIx> {
        self.names.user(self.service, self.app(app_id)?, user_id)
    }

    fn app(&self, app_id: &str) -> Option<AppIx> {
        self.names.app(self.service, app_id)
    }

    fn group_in(&self, app: AppIx, group_id: &str) -> Option<GroupIx> {
        self.names.group(self.service, app, group_id)
    }

    fn app_of(&self, user: UserIx) -> Option<AppIx> {
        self.names.of_user(user).map(|(app, _)| app).or_else(|| self.service.app_of(user))
    }

    fn user_id(&self, user: UserIx) -> Arc<str> {
        let known = self.names.of_user(user).map(|(_, id)| id);
        known.unwrap_or_else(|| Arc::clone(self.service.user_id(user)))
    }

    /// A user by ID, as a part of evidence.
    fn who(&self, app_id: &str, user_id: &str) -> Part {
        self.user_of(app_id, user_id).map_or_else(|| Part::Text(user_id.to_owned().into()), Part::User)
    }
}

impl Model {
    /// The books on a service that has not been called yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            apps: BTreeMap::new(),
            groups: Dense::default(),
            people: SessionBooks::default(),
            sids: SidBooks::default(),
            last_transaction: Arc::from(""),
            direct: DirectBooks::default(),
            pending: BTreeMap::new(),
            calls: BTreeMap::new(),
            walks: Walks::default(),
            user_walks: Walks::default(),
            message_walks: Walks::default(),
            mute_ends: BTreeSet::new(),
            creations: 0,
            sends: 0,
            history_calls: BTreeMap::new(),
            arrivals: 0,
            dismissals: BTreeMap::new(),
            recalls: None,
            sending: false,
            just_deleted: None,
            last: Instant::EPOCH,
            seconds_looked_at: 0,
            counts_looked_at: 0,
            leapt: false,
            absent: false,
            notified: BTreeSet::new(),
            unnotified: None,
            failure: None,
            names: SharedNames::default(),
            unknown: UnknownBooks::default(),
        }
    }

    /// Takes note of a call and judges it.
    pub fn observe<D: Mutants>(
        &mut self,
        now: Instant,
        input: &Input,
        outcome: &Outcome,
        outputs: &[Output],
        service: &Service<HitCounts, D>,
    ) {
        // What fell due meanwhile comes in this one call, each at its own deadline: the model sees all of it at the
        // end, and judges no times of it.
        self.leapt = std::mem::take(&mut self.absent) || now.since(self.last) > LEAP;
        self.last = now;
        self.sends += 1;
        let names = self.names.share();
        let seen = Observed { now, input, outcome, outputs, service, names: &names };
        // Before anything is judged by names: the call that makes a user known is its own first witness.
        if let (Input::Connect(login), Outcome::Connected(Ok(connected))) = (input, outcome)
            && let Some(app) = seen.app(&login.app_id)
        {
            names.learn_user(app, &login.user_id, connected.session.user);
        }
        // Limits and readings are asked of the configuration at each judgement and not kept in the books of a group,
        // so that a change holds for groups that exist, too.
        if let Input::SetLimits(limits) = input {
            self.config.limits = limits.clone();
            self.fit_recents();
        }
        if let Input::SetReadings(readings) = input {
            self.config.readings = *readings;
        }
        self.recalls = seen.recalled();
        self.sending = is_send(input);
        self.count_call(&seen);
        self.judge_families(&seen);
        self.judge_rights(&seen);
        self.follow_apps(&seen);
        self.follow_app_deletions(&seen);
        self.follow_groups(&seen);
        self.follow_older(&seen);
        self.follow_console(&seen);
        self.expire_mutes(now);
        self.follow_mutes(&seen);
        // After the mutes were followed and those whose time is over were lifted: a list shows what holds after the
        // call.
        self.judge_older_mutes(&seen);
        let mut comings = self.follow_people(&seen);
        self.follow_sids(&seen);
        self.follow_direct(&seen);
        let fresh = self.follow_accepted(&seen);
        // Links that this call closes are followed with the messages and not with the sessions: one call may deliver
        // and then empty the group, and what went out before is judged by who was there then (seed 11129 of a
        // campaign).
        self.follow_outputs(&seen, &mut comings, fresh.as_ref());
        self.judge_repeats(&seen);
        self.judge_callbacks(&seen, &comings);
        self.judge_callback_fields(&seen);
        self.judge_review_requests(&seen);
        self.judge_counts(&seen, &comings.changes);
        self.judge_notices(&seen, &comings.changes);
        self.judge_change_notices(&seen);
        self.judge_kicks(&seen, &comings.changes);
        self.follow_dismissals(&seen);
        self.judge_exits(&seen);
        self.follow_recalls(&seen);
        self.judge_pulls(&seen);
        self.judge_answer(&seen);
        self.judge_user_info(&seen);
        self.judge_echoes(&seen);
        self.judge_deadlines(now);
        self.judge_unnotified(now);
        if let Some((rule, said)) = names.take_wrong() {
            self.refute(now, Some(rule), said);
        }
    }

    /// The service was down and is back, with so many messages of groups under review.
    pub fn absent(&mut self, now: Instant, reviews: usize) {
        self.absent = true;
        // By number only: after a restart the service has none of the tickets to compare, and a reviewer that does
        // not answer lets a message through, so that none may be lost with the process.
        if reviews < self.pending.len() {
            let evidence =
                evidence!(self.pending.len(), " messages were under review, and the restart knows ", reviews);
            self.refute(now, Some(Rule::ModerationFailureOpen), evidence);
        }
    }

    /// Compares a fan-out's audience with the members that the model knows: their count and a sum over them.
    #[inline]
    pub fn check_audience(&mut self, group: GroupIx, members: usize, sum: u64) {
        let Some(books) = self.groups.get(group) else { return };
        // The count alone would take one member for another. The sum costs nothing for each delivery, which comparing
        // the members would.
        if (books.members.len(), books.members_sum) != (members, sum) {
            let evidence = evidence!(
                "a message to group ",
                group,
                " goes to ",
                members,
                " members, ",
                books.members.len(),
                " are in it"
            );
            self.refute(self.last, Some(Rule::MessageDeliverAllMembers), evidence);
        }
    }

    /// Whether an application is disabled, by the service's number of one of its users.
    #[must_use]
    pub fn is_shut(&self, app: Option<AppIx>) -> bool {
        // A user of no application that the service knows is refused as one of a disabled application is: no link is
        // owed.
        app.is_none_or(|app| self.is_disabled(app))
    }

    /// What the service owes and still has time for.
    pub fn owe(&self, now: Instant, obligations: &mut PendingObligations) {
        let (reviews, types) = self.not_due(now);
        obligations.waive(Obligation::Review, Waiver::NotDue, reviews);
        obligations.waive(Obligation::Type, Waiver::NotDue, types);
        let unnotified = self.groups.values().filter(|books| books.unnotified.is_some()).count();
        obligations.waive(Obligation::Notice, Waiver::NotDue, u64::try_from(unnotified).unwrap_or(0));
    }

    /// Keeps the first failure.
    pub fn refute(&mut self, at: Instant, rule: Option<Rule>, evidence: Evidence) {
        // Whatever comes after a first wrong step is judged by books that are wrong, and would blame other
        // rules.
        if self.failure.is_none() {
            self.failure = Some(Refutation::new(rule, at, evidence));
        }
    }

    /// The run is over: whatever was due before must have come.
    pub fn finish(&mut self, now: Instant) {
        self.judge_deadlines(now);
        self.judge_seconds(now, true);
        // No other kind of notice came to decide it by: what is missing is a notice of this kind.
        self.judge_unnotified_kind();
    }

    /// How often the model did not know.
    #[must_use]
    pub fn unknown(&self) -> UnknownCounts {
        self.unknown.counts()
    }

    /// Whether something was refuted.
    #[must_use]
    #[inline]
    pub const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// What was refuted first.
    #[must_use]
    #[inline]
    pub const fn failure(&self) -> Option<&Refutation> {
        self.failure.as_ref()
    }

    /// What the model has to say so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.failure.clone().map_or(Verdict::Pass, Verdict::Fail)
    }

    fn is_called_back(&self, app: AppIx) -> bool {
        self.apps.get(&app).is_some_and(|app| !app.callback_url.is_empty())
    }

    fn is_disabled(&self, app: AppIx) -> bool {
        self.apps.get(&app).is_some_and(|app| app.disabled)
    }

    /// Judges the quota: so many calls of an operation pass in a second, the next is throttled.
    fn count_call<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let (Input::Request(caller, request), Outcome::Request(answer)) = (seen.input, seen.outcome) else {
            return;
        };
        // Quotas can be switched off, by a scenario or through a server's control API: then nothing is promised of a
        // rate.
        if !self.config.limits.call_quotas {
            return;
        }
        let operation = request.operation();
        let second = seen.now.unix_seconds();
        let count = self.calls.entry((caller.account.0, operation)).or_default();
        if count.0 != second {
            *count = (second, 0, 0);
        }
        // By a reading only calls that pass validation count, and a code does not show at which step it was given.
        let may_not_count = matches!(answer, Err(claque_core::Refusal::InputInvalid(_)))
            && self.config.readings.quota_invalid_calls == QuotaInvalidCalls::NotCounted;
        count.1 += u32::from(!may_not_count);
        count.2 += 1;
        let (sure, most) = (count.1, count.2);
        let bound = operation.calls_per_second();
        let throttled = matches!(answer, Err(claque_core::Refusal::Throttled { .. }));
        let right = if throttled { most > bound } else { sure <= bound };
        // Of several refusals that apply any may be given (reading error.precedence): one that is no throttling says
        // nothing about the rate, also past it.
        if right || (answer.is_err() && !throttled) {
            return;
        }
        let evidence = evidence!(
            "call ",
            most,
            " of ",
            operation.name(),
            " in second ",
            second,
            " ",
            if throttled { "was throttled" } else { "passed" },
            "; ",
            bound,
            " may pass"
        );
        self.refute(seen.now, Some(operation.calls_rule()), evidence);
    }

    /// Messages that a group delivers in a second: its own limit, or that of all groups.
    fn budget_of(&self, group: GroupIx) -> u32 {
        let own = self.groups.get(group).and_then(|books| books.limit);
        let limit = own.unwrap_or(self.config.limits.group_messages_per_second).max(1);
        match self.config.readings.shaper_budget_edge {
            ShaperBudgetEdge::Inclusive => limit,
            // A group whose own limit is 1 would deliver nothing at all by this reading.
            ShaperBudgetEdge::Exclusive => (limit - 1).max(1),
        }
    }
}
