//! The ledger: messages that the frequency control takes out, laid against those that wait.

use claque_core::reading::{ShaperShedStatistics, ShaperWindow};
use claque_core::{Duration, Instant, Rule, Shed, Text};

use super::Model;
use super::messages::increased;
use super::ranks::ranking_rule;
use crate::books::group::GroupBooks;
use crate::books::message::{Rank, WaitingMessage};
use crate::evidence;
use crate::evidence::Evidence;

impl Model {
    /// Judges one shedding; the rank, when better messages took the slots.
    pub(super) fn on_shed(&mut self, now: Instant, shed: &Shed) -> Option<Rank> {
        let counted = self.config.readings.shaper_shed_statistics == ShaperShedStatistics::Counted;
        self.judge_late(shed.group, &shed.tid);
        let books = self.groups.get_mut(shed.group)?;
        books.held = now.unix_seconds();
        if self.unknown.count(Rule::ShaperShedNotDelivered, books.unsure.contains(&shed.tid)) {
            // Two messages of one ID: which of them this is cannot be known.
            books.count_perhaps(shed.kind, counted);
            books.ranks.unclear(now);
            return None;
        }
        // Recalled or old, it stays delivered: shedding is for what nobody has received.
        if books.delivered.contains(&shed.tid) {
            let evidence = evidence!("message ", &shed.tid, " is shed and was delivered");
            self.refute(now, Some(Rule::ShaperShedNotDelivered), evidence);
            return None;
        }
        // Judged while it still stands among those that wait, against which it is laid, and booked afterwards.
        let wrong = self.wrong_shed(now, shed);
        let recalled = self.recalling(shed);
        let books = self.groups.get_mut(shed.group)?;
        let Some(waited) = books.waiting.remove(&shed.tid).or_else(|| books.reveal_shed(shed)) else {
            books.count_perhaps(shed.kind, counted);
            books.ranks.unclear(now);
            // Messages to chosen members wait unseen, and so does what a review lets through whose sender has gone.
            if !books.chosen && books.incognito.is_empty() && !books.shed_unseen && books.is_active() {
                let said =
                    evidence!("message ", &shed.tid, " of group ", shed.group, " is shed, and does not wait");
                self.refute(now, Some(Rule::ShaperShedNotDelivered), said);
            }
            return None;
        };
        // A recall takes its message out of the books itself, and what waits where nobody is left is gone with the last.
        let by_rank = !recalled && books.is_active();
        if counted && by_rank {
            let total = books.totals.entry(shed.kind).or_default();
            *total = increased(*total, waited.sent.increase);
        }
        if !by_rank {
            books.count_perhaps(shed.kind, counted);
            // It was to be carried, and gives its place to nobody.
            books.ranks.unclear(now);
        }
        // What came in an earlier second has lost its rank: it waited for the floor of its type.
        let ranked = by_rank && waited.since.second_start() + Duration::from_secs(1) >= now;
        // Whatever reason the service gives, what it took out in its own second is laid against what that delivered.
        if by_rank {
            books.ranks.shed(now, waited.since, waited.rank());
        }
        if let Some((rule, said)) = wrong {
            self.refute(
                now,
                Some(rule),
                evidence!("message ", &shed.tid, " of group ", shed.group, " ", said),
            );
        }
        ranked.then(|| waited.rank())
    }

    /// What is wrong with taking out a message that waits, if anything.
    fn wrong_shed(&self, now: Instant, shed: &Shed) -> Option<(Rule, Evidence)> {
        let budget = self.budget_of(shed.group);
        // These shed whatever exceeds the limit, whoever else waits.
        let at_once =
            matches!(self.config.readings.shaper_window, ShaperWindow::ImmediateOnly | ShaperWindow::Outrank);
        let books = self.groups.get(shed.group)?;
        let waited = books.waiting.get(&shed.tid).or_else(|| books.hidden(shed))?;
        if !books.is_active() || self.recalling(shed) {
            return None;
        }
        if shed.rule == Rule::MessageSendNoOffline {
            let members = books.members.len();
            let said = evidence!("is taken out as if nobody were there, and ", members, " are");
            return Some((Rule::MessageSendNoOffline, said));
        }
        // The ledger shows the level under which the message was ranked: another than it was sent with is a service
        // that orders the levels wrongly.
        if waited.sent.level != shed.level {
            let (sent, out) = (waited.sent.level.as_str().to_owned(), shed.level.as_str().to_owned());
            return Some((
                Rule::PriorityLevelsOrder,
                evidence!("was sent with ", sent, " and is shed as ", out),
            ));
        }
        if let Some(what) = differs_in_ledger(waited, shed) {
            return Some((
                Rule::ShaperShedNotDelivered,
                evidence!("is shed with another ", what, " than it was sent with"),
            ));
        }
        if let Some(said) = wrong_reason(books, shed) {
            return Some((Rule::ShaperShedNotDelivered, said));
        }
        if self.unknown.count(Rule::ShaperFloorLatestPerType, books.full >= now.unix_seconds()) {
            // What went to chosen members may be better, or newer.
            return None;
        }
        if books.is_newest(shed.kind, &shed.tid) {
            return Some((Rule::ShaperFloorLatestPerType, evidence!("is the newest of its type")));
        }
        let others = || books.waiting.values().chain(&books.incognito);
        let better = others().filter(|other| other.rank() > waited.rank()).count();
        // What was sent under an ID that the group may have forgotten may wait, too.
        let at_most = better + books.unsure.len();
        // One that came in an earlier second waited for the floor of its type alone.
        // So may one that a newer one of its type comes for with this call: slots kept for other types had left it
        // none.
        let newer = |other: &WaitingMessage| other.sent.kind == waited.sent.kind && other.since == now;
        let replaced = waited.since.unix_seconds() < now.unix_seconds() || books.waiting.values().any(newer);
        let full = u64::try_from(at_most).unwrap_or(0) >= u64::from(budget);
        // While a second lasts the best wait, as many as the next one has slots: nothing is taken out for a worse one.
        let window = self.config.readings.shaper_window;
        let fresh = !replaced && self.sending && books.limited_at != now.unix_seconds();
        if fresh && !full && !self.leapt && window != ShaperWindow::ImmediateOnly {
            // The newest of its type waits for the floor of that, however bad it is.
            let worse = books.waiting.iter().filter(|(tid, other)| {
                other.since.unix_seconds() == now.unix_seconds()
                    && other.rank() < waited.rank()
                    && !books.may_be_newest(other.sent.kind, tid)
            });
            if let Some(worst) = worse.map(|(_, other)| other.rank()).min() {
                let said = evidence!(
                    "is shed while ",
                    better,
                    " better ones wait for ",
                    budget,
                    " slots, and a worse one"
                );
                return Some((ranking_rule(worst.0, waited.sent.level), said));
            }
        }
        // In the second in which the limit changes, what waits may still be laid against the one before.
        let second_full =
            books.second == (now.unix_seconds(), budget) || books.limited_at == now.unix_seconds();
        // Each of these is a reason to discard. Only where none holds was there a slot for the message.
        (!replaced && !full && !second_full && !at_once && !self.leapt).then(|| {
            let said = evidence!("is shed while ", better, " better ones wait for ", budget, " slots");
            (Rule::ShaperOverloadDiscards, said)
        })
    }

    /// Whether what the model knows to wait explains why a message is taken out.
    pub(super) fn explains_shed(&self, now: Instant, shed: &Shed) -> bool {
        self.groups.get(shed.group).is_none_or(|books| {
            books.unsure.contains(&shed.tid)
                || books.delivered.contains(&shed.tid)
                || ((books.waiting.contains_key(&shed.tid) || books.hidden(shed).is_some())
                    && self.wrong_shed(now, shed).is_none())
        })
    }

    /// Of a second that is over everything was delivered or taken out, but for the newest messages of types.
    pub(super) fn judge_undecided(&mut self, now: Instant) {
        let window = self.config.readings.shaper_window;
        let chance = Duration::from_secs(2);
        let undecided = |books: &GroupBooks| {
            let certain = !books.chosen && books.unsure.is_empty() && books.incognito.is_empty();
            let mut waiting = books.waiting.iter().filter(|_| certain && books.is_active());
            let left = |(tid, waiting): &(&Text, &WaitingMessage)| {
                waiting.since.second_start() + chance < now && !books.may_be_newest(waiting.sent.kind, tid)
            };
            waiting.find(left).map(|(tid, waiting)| (tid.clone(), waiting.since))
        };
        if !matches!(window, ShaperWindow::ImmediateOnly | ShaperWindow::Outrank) {
            return;
        }
        let found = self.groups.iter().find_map(|(group, books)| Some((group, undecided(books)?)));
        if let Some((group, (tid, since))) = found {
            let said = evidence!(
                "message ",
                &tid,
                " of group ",
                group,
                ", accepted at ",
                since,
                ", is neither delivered nor taken out"
            );
            self.refute(now, Some(Rule::ShaperOverloadDiscards), said);
        }
    }
}

/// What the ledger shows otherwise of a message than it was sent, if anything. Besides its level, which is a rule's own.
fn differs_in_ledger(waited: &WaitingMessage, shed: &Shed) -> Option<&'static str> {
    let sent = &waited.sent;
    if sent.kind != shed.kind {
        Some("type")
    } else if sent.weight != shed.weight {
        Some("weight")
    } else if sent.body != shed.body {
        Some("body")
    } else if sent.sender.is_some_and(|sender| sender != shed.sender) {
        Some("sender")
    } else if waited.since == sent.at && waited.since != shed.submitted {
        // A review that ends while the service is away ends at its own time, and the model hears of it later.
        Some("time")
    } else {
        None
    }
}

/// The rules under which the frequency control takes out a message of a group in which somebody is.
const SHED_RULES: [Rule; 4] = [
    Rule::PriorityHighFirst,
    Rule::ShaperFloorLatestPerType,
    Rule::ShaperFloorNoStarvation,
    Rule::ShaperOverloadDiscards,
];

/// What the ledger gives as the reason and cannot be it, if anything.
fn wrong_reason(books: &GroupBooks, shed: &Shed) -> Option<Evidence> {
    if !SHED_RULES.contains(&shed.rule) {
        return Some(evidence!("is taken out under ", shed.rule.id(), ", which takes out nothing"));
    }
    // What goes to chosen members takes slots, and is in no books.
    let winner = shed.winner.as_ref().filter(|_| !books.chosen)?;
    (!books.delivered.contains(winner))
        .then(|| evidence!("is said to have lost to ", winner, ", which nobody has"))
}
