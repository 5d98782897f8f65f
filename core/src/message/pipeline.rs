//! The way of a group message: checked, reviewed, shaped, delivered or shed.
//!
//! Order of decisions: parameters, group and membership, mutes (these three by the caller), then here: repeated ID,
//! types of the group, review, frequency control, delivery. Nothing changes before the last decision that can refuse.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::message::review::Review;
use crate::mutants::{Mutant, Mutants, RuleChange, half};
use crate::state::draft::{Draft, WEIGHT_HIGH, WEIGHT_MEDIUM};
use crate::state::group::Group;
use crate::state::service::Service;
use crate::state::shaper::{Admission, Candidate, Loss, LossCause, ShaperTerms, SlotKind};
use crate::state::tickets::{Asker, Pending};
use crate::state::timer::Timer;
use crate::words::id::{GroupIx, MessageNumber, Ticket};
use crate::words::message::{Origin, Priority};
use crate::words::output::{Moderation, Output, Overdue, Shed};
use crate::words::reading::{
    GroupActive, LegacyShaping, PriorityWeight, SendDuplicateMsgTid, SendNoStorageCount, SendTypeOverflow,
    ShaperBudgetEdge, ShaperSenders, ShaperShedStatistics,
};
use crate::words::rule::Rule;
use crate::words::text::Text;
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

/// Why an accepted-looking message is refused after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendDeclined {
    /// A message of that ID was sent already.
    Duplicate,
    /// The review refused its content.
    Rejected,
    /// Its type would be one more than the group may see.
    TooManyTypes,
}

/// The way of a message that nothing refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SendRoute {
    /// Say that it was sent, and do nothing.
    Ignore,
    /// Ask the reviewer at that address first.
    Review(Arc<str>),
    /// Hand it to the frequency control.
    Submit,
}

/// How an accepted message is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// When the review has answered.
    Pending(Ticket),
    /// At once, with its ID.
    Sent(Text),
}

/// Where a counter ends: the largest value of its documented type. Rule: `statistics.increase.saturates`
const COUNTER_MAX: u64 = i64::MAX.unsigned_abs();

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The place of the next message in the order of sending. Only for a message that nothing refuses any more.
    #[inline]
    pub(super) fn next_number(&mut self) -> MessageNumber {
        self.state.sequences.next_message()
    }

    /// The level that a weight stands for.
    pub(super) fn level_of(&mut self, weight: i64) -> Priority {
        self.hit(Rule::PriorityWeightLevels);
        self.hit(Rule::PriorityLevelsOrder);
        if let Some(level) = self.level_by_mutant(weight) {
            return level;
        }
        match (self.config.readings.priority_weight, weight) {
            (PriorityWeight::Thresholds, WEIGHT_HIGH..) => Priority::High,
            (PriorityWeight::Thresholds, WEIGHT_MEDIUM..) => Priority::Medium,
            (PriorityWeight::Exact, WEIGHT_HIGH) => Priority::High,
            (PriorityWeight::Exact, WEIGHT_MEDIUM) => Priority::Medium,
            (PriorityWeight::Thresholds | PriorityWeight::Exact, _) => Priority::Normal,
        }
    }

    /// Whether a live group takes messages now.
    pub(super) fn is_active(&mut self, group: GroupIx) -> bool {
        self.hit(Rule::MessageSendNeedsActive);
        let audience = &self.state.groups[group.at()].audience;
        match self.config.readings.group_active {
            // Members and not sessions: a member whose link is lost is still in the group, and is given the HIGH
            // messages when it is back.
            GroupActive::Current => audience.count() > 0 || self.is_open_though_empty_by_mutant(group),
            GroupActive::Ever => audience.joins() > 0,
        }
    }

    /// Decides what becomes of a message for a group that takes messages. Changes nothing.
    #[inline(always)]
    pub(super) fn route_message(
        &mut self,
        group: GroupIx,
        (tid, kind, body): (Option<&str>, i64, &str),
        origin: Origin,
        skip_review: bool,
    ) -> Result<SendRoute, SendDeclined> {
        // The repeated ID comes first: a retry of a message that was accepted must be answered as the first was, even
        // if the group has since become full of types or the review would refuse it now.
        if let Some(tid) = tid
            && self.is_duplicate(group, tid)
        {
            match self.config.readings.send_duplicate_msg_tid {
                SendDuplicateMsgTid::Ignored => return Ok(SendRoute::Ignore),
                SendDuplicateMsgTid::Refused => return Err(SendDeclined::Duplicate),
                SendDuplicateMsgTid::Delivered => {}
            }
        }
        // Before the review: nobody is to be asked about a message that the group cannot take anyway.
        if !self.admits_type(group, kind) {
            return match self.config.readings.send_type_overflow {
                SendTypeOverflow::Refused if self.mutants.changes(Rule::MessageTypesMax, RuleChange::Cut) => {
                    Ok(SendRoute::Ignore)
                }
                SendTypeOverflow::Refused => Err(SendDeclined::TooManyTypes),
                SendTypeOverflow::Dropped => Ok(SendRoute::Ignore),
            };
        }
        let app = self.state.groups[group.at()].app;
        // Last, since it may cost a call to the application's reviewer, and before the frequency control (reading
        // `moderation.order`): a message under review takes no slot of a second that will be over.
        match self.review(app, body, origin, skip_review) {
            Review::Ask(url) => Ok(SendRoute::Review(url)),
            Review::Pass => Ok(SendRoute::Submit),
            Review::Reject { openly: true } => Err(SendDeclined::Rejected),
            Review::Reject { openly: false } => Ok(SendRoute::Ignore),
        }
    }

    /// Whether the group keeps, or has in flight, a message of that ID.
    fn is_duplicate(&mut self, group: GroupIx, tid: &str) -> bool {
        self.hit(Rule::MessageMsgTidUnique);
        if self.mutants.has(Mutant::DuplicateDelivered) {
            return false;
        }
        if self.is_known_elsewhere_by_mutant(group, tid) {
            return true;
        }
        // What is in flight counts too: two sends of one ID within a second would otherwise both be delivered, the
        // second before the first is in any list.
        let landed_only = self.mutants.has(Mutant::DuplicateWhileWaiting);
        let stored_only = self.mutants.has(Mutant::DuplicateStoredOnly);
        let record = &mut self.state.groups[group.at()];
        (!landed_only
            && (record.holds_tid(tid) || record.shaper.waiting().any(|waiting| *waiting.payload.tid == *tid)))
            || record.history.find(tid).is_some_and(|message| message.stored || !stored_only)
    }

    /// Whether a group may see a message of that type: a known type, or one for which there is room.
    pub(super) fn admits_type(&mut self, group: GroupIx, kind: i64) -> bool {
        let record: &Group = &self.state.groups[group.at()];
        // Known types are the common case, and cost no look at what waits.
        if record.types.knows(kind) {
            return true;
        }
        self.hit(Rule::MessageTypesMax);
        let record = &self.state.groups[group.at()];
        // Types that wait were never counted, so that they are in no counter yet; each must hold its place of the
        // thirty or the thirty-first could overtake it.
        let known = |kind: &i64| record.types.knows(*kind);
        let on_the_way = || record.shaper.fresh_types().filter(|kind| !known(kind));
        // Its place is taken already, by a message of the same type that waits.
        if on_the_way().any(|fresh| fresh == kind) {
            return true;
        }
        let bound = self.most(Rule::MessageTypesMax, self.config.limits.group_types_max as usize);
        record.types.len() + on_the_way().count() + self.types_elsewhere_by_mutant(group) < bound
    }

    /// The ID of the next message: the given one, or a fresh one.
    #[inline(always)]
    pub(crate) fn next_tid(&mut self, given: Option<Text>) -> Text {
        if let Some(given) = given {
            return given;
        }
        self.hit(Rule::MessageMsgTidGenerated);
        let mut position = self.state.sequences.next_tid();
        // Counted even if the message is shed later: an ID that a sender was given must never be given to another
        // message.
        if self.mutants.has(Mutant::MsgTidRepeats) {
            position = half(position);
        }
        self.state.secrets.message_tid(position)
    }

    /// Sends an accepted message on its way.
    #[inline(always)]
    pub(super) fn dispatch(
        &mut self,
        group: GroupIx,
        draft: Draft,
        route: SendRoute,
        asker: Asker,
    ) -> Accepted {
        match route {
            // A repetition and a dropped message look like a success to their sender, by the documents; only the ledger
            // and the counters tell the difference.
            SendRoute::Ignore => Accepted::Sent(draft.tid),
            SendRoute::Submit => {
                let tid = draft.tid.clone();
                self.submit(group, draft);
                Accepted::Sent(tid)
            }
            SendRoute::Review(url) => Accepted::Pending(self.ask_reviewer(group, draft, url, asker)),
        }
    }

    /// Puts a message behind a ticket until the verdict of the application's reviewer.
    #[cold]
    #[inline(never)]
    fn ask_reviewer(&mut self, group: GroupIx, draft: Draft, url: Arc<str>, asker: Asker) -> Ticket {
        // Only IDs that a caller chose can collide; those that the service makes are never looked up here.
        if draft.given {
            self.state.groups[group.at()].hold_tid(&draft.tid);
        }
        let app = self.state.groups[group.at()].app;
        // Shared and not copied: a body has up to 15 KB, and the reviewer's request is written much later.
        let content = Arc::clone(&draft.body);
        let within = self.config.limits.moderation_within;
        let ticket = self.open_ticket(Pending::Group { group, draft: Box::new(draft), asker }, within);
        self.push(Output::Moderate(Moderation { ticket, app, url, content }));
        ticket
    }

    /// The terms that one group is held to: its own limit where it has one.
    pub(crate) fn terms_of(&self, group: GroupIx) -> ShaperTerms {
        self.terms_under(self.messages_per_second(group))
    }

    fn terms_under(&self, limit: u32) -> ShaperTerms {
        // At least one, whatever was configured: a budget of nothing would keep messages for ever and never be due.
        let budget = self.mutants.one_more(Mutant::BudgetPlusOne, limit.max(1));
        let mut budget = self.mutants.one_less(Mutant::BudgetMinusOne, budget).max(1);
        if self.mutants.has(Mutant::BudgetUnbounded) {
            budget = u32::MAX;
        }
        let readings = &self.config.readings;
        if readings.shaper_budget_edge == ShaperBudgetEdge::Exclusive {
            // A limit of one would deliver nothing at all.
            budget = (budget - 1).max(1);
        }
        ShaperTerms { budget, window: readings.shaper_window, floor: readings.shaper_floor }
    }

    /// Messages that a group delivers in a second: its own limit, or that of all groups.
    #[must_use]
    pub fn messages_per_second(&self, group: GroupIx) -> u32 {
        let own = self.state.groups[group.at()].limit;
        own.unwrap_or(self.config.limits.group_messages_per_second).max(1)
    }

    /// Hands a message to the frequency control of its group.
    #[inline(always)]
    pub(super) fn submit(&mut self, group: GroupIx, draft: Draft) {
        self.hit(Rule::ShaperScopeGroupMessages);
        // The two exemptions return before a slot is asked for: what is exempt must not use up the slots of what is
        // not.
        if draft.origin == Origin::Old && self.config.readings.legacy_shaping == LegacyShaping::Exempt {
            return self.deliver(group, draft);
        }
        let mobile_only = self.config.readings.shaper_senders == ShaperSenders::MobileOriginated;
        if mobile_only && draft.origin != Origin::Client {
            return self.deliver(group, draft);
        }
        self.hit(Rule::ShaperBudgetPerGroup);
        // By value, and made anew for each message: readings and limits may change between two calls, and a shaper
        // keeps none of them.
        let terms = self.terms_of(group);
        let now = self.state.now;
        if self.mutants.has(Mutant::BudgetShared) && self.is_budget_used_by_all(group, &terms) {
            return self.hold_back(group, draft, &terms);
        }
        if self.mutants.has(Mutant::BudgetSharedWithStrangers)
            && self.is_budget_used_by_other_apps(group, &terms)
        {
            return self.hold_back(group, draft, &terms);
        }
        let record = &mut self.state.groups[group.at()];
        let merit = (draft.level, draft.weight);
        let admission = record.shaper.admit(now, &terms, draft.kind, merit, &self.mutants);
        // Who takes the last slot is remembered, so that the ledger can name a winner to each message that the second
        // sheds.
        if let Admission::Now(_) = admission
            && record.shaper.is_full(&terms)
        {
            record.last_slot = Some((draft.tid.clone(), draft.level));
        }
        match admission {
            Admission::Now(None) => self.deliver(group, draft),
            Admission::Now(Some(superseded)) => self.supersede(group, draft, superseded),
            Admission::Wait => self.hold_back(group, draft, &terms),
        }
    }

    /// Delivers a message that makes an older one of its type pointless.
    #[cold]
    #[inline(never)]
    fn supersede(&mut self, group: GroupIx, draft: Draft, superseded: Candidate<Box<Draft>>) {
        // Kept aside, since the delivery consumes the draft. The delivery goes first: the ledger names as winner what
        // everybody has by then.
        let winner = (draft.tid.clone(), draft.level);
        self.deliver(group, draft);
        self.shed(group, (superseded, LossCause::Replaced), Some(&winner));
    }

    /// Keeps a message waiting that has no slot in the running second.
    #[cold]
    #[inline(never)]
    fn hold_back(&mut self, group: GroupIx, draft: Draft, terms: &ShaperTerms) {
        // Out of line: within its budget a group never comes here, and the way of a message that is delivered at once
        // stays in one piece.
        self.hit(Rule::ShaperBudgetPerSecond);
        let now = self.state.now;
        let level = draft.level;
        if draft.given {
            self.state.groups[group.at()].hold_tid(&draft.tid);
        }
        let candidate = Candidate {
            level: draft.level,
            weight: draft.weight,
            kind: draft.kind,
            submitted: now,
            arrival: 0,
            // Boxed: a draft is large, and the ranking moves its entries whenever one is inserted.
            payload: Box::new(draft),
        };
        let record = &mut self.state.groups[group.at()];
        // The shaper says who is lost and why; which rule that is, and what the ledger records, is decided here, so
        // that the shaper knows nothing of rules.
        let losses = record.shaper.wait(now, terms, candidate, &self.mutants);
        for (candidate, cause) in losses.into_iter().flatten() {
            match cause {
                LossCause::Excess => {
                    let record = &self.state.groups[group.at()];
                    // Only in a second that is really full: a message that this very one pushed out lost to no
                    // delivered one.
                    let winner = record.last_slot.clone().filter(|_| record.shaper.is_full(terms));
                    self.shed(group, (candidate, cause), winner.as_ref());
                }
                // What takes its place is not delivered yet.
                // By level, so that the rule is the one on priorities; by weight or arrival it is the plain overload.
                LossCause::Displaced if level > candidate.level => {
                    self.shed_by(group, candidate, Rule::PriorityHighFirst, None);
                }
                LossCause::Displaced | LossCause::Reserved | LossCause::Replaced => {
                    self.shed(group, (candidate, cause), None);
                }
            }
        }
        // After the losses: what was shed must not be what the timer waits for.
        self.arm_shaper(group, terms);
    }

    /// Sets the timer of a group's shaper, unless an earlier one is set.
    fn arm_shaper(&mut self, group: GroupIx, terms: &ShaperTerms) {
        let shaper = &mut self.state.groups[group.at()].shaper;
        // A pure question, asked again after each change: no bookkeeping of timers can go wrong.
        let Some(due) = shaper.due(self.state.now, terms, &self.mutants) else { return };
        if shaper.arm(due) {
            self.state.timers.set(due, Timer::ShaperWindow(group));
        }
    }

    /// A second of a group begins for which messages wait.
    pub(crate) fn on_shaper_window(&mut self, group: GroupIx) {
        let now = self.state.now;
        // Timers are never cancelled: one that is no longer the noted one, because the group closed or an earlier one
        // was set, must not open a second.
        if !self.state.groups[group.at()].shaper.disarm(now) {
            return;
        }
        // The terms of now, not of when the messages came: a limit that was changed meanwhile holds from here on.
        let terms = self.terms_of(group);
        let record = &mut self.state.groups[group.at()];
        let opening = record.shaper.open(now, &terms, &self.mutants);
        // Who had what the losers lack: the last that went by its rank, or else the last of the second that is over; and
        // the last for which a slot was reserved.
        let (mut ranked, mut reserved) = (record.last_slot.clone(), None);
        for (candidate, slot) in opening.delivered {
            // Noted before the delivery consumes it.
            let taker = (candidate.payload.tid.clone(), candidate.level);
            match slot {
                SlotKind::Ranked => {
                    if candidate.level > Priority::Normal {
                        self.hit(Rule::PriorityHighFirst);
                    }
                    ranked = Some(taker.clone());
                }
                SlotKind::Reserved(_) => reserved = Some(taker.clone()),
                // A free slot was wanted by nothing that was lost.
                SlotKind::Free(_) => {}
            }
            self.state.groups[group.at()].last_slot = Some(taker);
            if let SlotKind::Reserved(due) | SlotKind::Free(due) = slot {
                self.hit(Rule::ShaperFloorLatestPerType);
                self.hit(Rule::ShaperFloorNoStarvation);
                self.record_overdue(group, &candidate, due);
            }
            self.deliver(group, *candidate.payload);
        }
        // After all deliveries: the winners are known only then, and the ledger names what each loser lost to.
        for loss in opening.lost {
            let winner = if loss.1 == LossCause::Reserved { &reserved } else { &ranked };
            self.shed(group, loss, winner.as_ref());
        }
        self.arm_shaper(group, &terms);
    }

    /// Notes in the ledger that the newest message of a type comes too late.
    fn record_overdue(&mut self, group: GroupIx, candidate: &Candidate<Box<Draft>>, due: Instant) {
        // Never in the default reading while the types fit: it is the caller's sign that the floor was promised to too
        // many.
        if self.ledger && self.state.now > due {
            let (tid, kind) = (candidate.payload.tid.clone(), candidate.kind);
            self.push(Output::Overdue(Overdue { group, tid, kind, submitted: candidate.submitted, due }));
        }
    }

    /// Fits every group into a budget and a recent list that may have changed. O(groups).
    pub(crate) fn fit_groups(&mut self) {
        let recent_max = self.recent_max();
        for group in 0..self.state.groups.len() {
            let group = GroupIx::from_at(group);
            let budget = self.terms_of(group).budget;
            // At once and not with the next message: between calls no list is ever beyond its bound, which the
            // invariants check.
            self.state.groups[group.at()].history.fit_recent(recent_max);
            for loss in self.state.groups[group.at()].shaper.fit(budget, &self.mutants) {
                self.shed(group, loss, None);
            }
        }
    }

    /// A group closed, was deleted or forgotten: nothing waits for delivery any more.
    pub(crate) fn end_delivery(&mut self, group: GroupIx) {
        if self.mutants.has(Mutant::OfflineKept) {
            return;
        }
        // There is no offline storage: what waits when the last member leaves is lost, and is never delivered to later
        // members.
        for candidate in self.state.groups[group.at()].shaper.drain() {
            self.hit(Rule::MessageSendNoOffline);
            self.record_shed(group, candidate, Rule::MessageSendNoOffline, None);
        }
    }

    /// Takes a message out. Only the ledger shows it.
    fn shed(
        &mut self,
        group: GroupIx,
        (candidate, cause): Loss<Box<Draft>>,
        winner: Option<&(Text, Priority)>,
    ) {
        // The level of the one that had the slot decides which rule the loss is put under; without one it was overload.
        let by_level = winner.is_some_and(|(_, level)| *level > candidate.level);
        let rule = match cause {
            LossCause::Replaced => Rule::ShaperFloorLatestPerType,
            LossCause::Reserved => Rule::ShaperFloorNoStarvation,
            LossCause::Excess | LossCause::Displaced if by_level => Rule::PriorityHighFirst,
            LossCause::Excess | LossCause::Displaced => Rule::ShaperOverloadDiscards,
        };
        self.shed_by(group, candidate, rule, winner.map(|(tid, _)| tid.clone()));
    }

    /// Takes a message out under a rule.
    fn shed_by(
        &mut self,
        group: GroupIx,
        candidate: Candidate<Box<Draft>>,
        rule: Rule,
        winner: Option<Text>,
    ) {
        // Three rules at once, since each is a sentence of its own: it is discarded, its sender does not learn of it, and here
        // is why it was this one.
        self.hit(Rule::ShaperOverloadDiscards);
        self.hit(Rule::ShaperShedReportsSuccess);
        self.hit(rule);
        if self.mutants.has(Mutant::ShedDelivered) {
            return self.deliver(group, *candidate.payload);
        }
        self.hit(Rule::ShaperShedNotDelivered);
        self.record_shed(group, candidate, rule, winner);
    }

    /// Forgets a message that will not be delivered.
    pub(super) fn record_shed(
        &mut self,
        group: GroupIx,
        candidate: Candidate<Box<Draft>>,
        rule: Rule,
        winner: Option<Text>,
    ) {
        let Candidate { payload: draft, submitted, .. } = candidate;
        // First of all: the ID of a message that is gone may be sent again, and be delivered then.
        self.release_tid(group, &draft);
        self.hit(Rule::ShaperShedNotStored);
        self.hit(Rule::ShaperShedNotCached);
        self.hit(Rule::ShaperShedNotCounted);
        // What is shed was not delivered, so that it is not counted, unless the reading says that the statistics are of
        // sends.
        if self.config.readings.shaper_shed_statistics == ShaperShedStatistics::Counted
            || self.is_shed_counted_by_mutant(&draft)
        {
            let increase = self.counted_increase(&draft);
            self.count(group, draft.kind, increase);
        }
        self.keep_although_shed(group, &draft);
        if self.ledger {
            let Draft { tid, kind, level, weight, sender, body, .. } = *draft;
            self.push(Output::Shed(Shed {
                group,
                tid,
                kind,
                level,
                weight,
                sender,
                submitted,
                rule,
                winner,
                body,
            }));
        }
    }

    /// A message in flight has landed or is gone: its ID is kept by the history or by nobody.
    pub(crate) fn release_tid(&mut self, group: GroupIx, draft: &Draft) {
        if draft.given {
            self.state.groups[group.at()].release_tid(&draft.tid);
        }
    }

    /// Adds to the counter of a type, and gives the new total. It stops at the largest number that a client's 64 bits with a
    /// sign hold.
    #[inline]
    pub(crate) fn count(&mut self, group: GroupIx, kind: i64, increase: i64) -> u64 {
        let bound = if self.mutants.has(Mutant::IncreaseUnbounded) { u64::MAX } else { COUNTER_MAX };
        let total = self.state.groups[group.at()].types.add(kind, increase, bound);
        if total > bound {
            if self.mutants.has(Mutant::CounterStartsAnew) {
                self.state.groups[group.at()].types.set_by_mutant(kind, increase.unsigned_abs());
            }
            self.hit(Rule::StatisticsIncreaseSaturates);
            return bound;
        }
        total
    }

    /// The amount that a delivered message adds to the counter of its type.
    pub(super) fn counted_increase(&self, draft: &Draft) -> i64 {
        // The time of delivery decides, not that of the send: a reading that changes meanwhile is asked anew.
        let uncounted =
            !draft.stored && self.config.readings.send_no_storage_count == SendNoStorageCount::NotCounted;
        if uncounted || self.is_uncounted_by_mutant(draft.origin) {
            0
        } else if self.mutants.has(Mutant::IncreaseIgnored) {
            1
        } else {
            draft.increase
        }
    }
}
