//! How long messages are kept, and which stored ones a list shows.

use crate::mutants::{Mutant, Mutants};
use crate::state::app::LifeCycle;
use crate::state::history::{FREEING, Keeping, Query};
use crate::state::service::Service;
use crate::state::timer::Timer;
use crate::words::id::{AppIx, GroupIx};
use crate::words::message::Message;
use crate::words::reading::HistorySendPage;
use crate::words::rule::Rule;
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;
use alloc::sync::Arc;
use alloc::vec::Vec;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Which messages of an application are kept now.
    pub(crate) fn keeping(&self, app: AppIx) -> Keeping {
        let mut span = self.state.apps[app.at()].life_cycle.span();
        if self.mutants.has(Mutant::RetentionDayMore) {
            span = span + Duration::from_days(1);
        }
        if self.mutants.has(Mutant::RetentionDayLess) {
            span = Duration::from_secs(span.as_secs() - Duration::from_days(1).as_secs());
        }
        if self.mutants.has(Mutant::RetentionNever) {
            span = Duration::MAX;
        }
        span = self.retention_by_mutant(span);
        // One page of the documents names thirty days for the send operation, another the application's choice: a
        // reading, and so two spans.
        let span_of_live = match self.config.readings.history_send_page {
            HistorySendPage::Tier => span,
            HistorySendPage::ThirtyDays => LifeCycle::Days30.span(),
        };
        Keeping { now: self.state.now, span, span_of_live }
    }

    /// Messages that a recent list holds.
    pub(crate) fn recent_max(&self) -> usize {
        let bound = self.mutants.one_more(Mutant::RecentOneMore, self.config.limits.recent_messages_max);
        self.mutants.one_less(Mutant::RecentOneLess, bound) as usize
    }

    /// Changes how long the messages of an application are kept. O(groups of the application and what expires).
    ///
    /// Messages that the former span let go are dropped first: a longer one must not bring them back.
    pub(crate) fn change_retention(&mut self, app: AppIx, life_cycle: LifeCycle) {
        let groups = self.state.apps[app.at()].groups.clone();
        // Both spans, the former first: what it let go is gone, and a longer one must not bring it back only because no
        // timer had freed it yet.
        let mut spans = Vec::from([self.keeping(app)]);
        self.state.apps[app.at()].life_cycle = life_cycle;
        spans.push(self.keeping(app));
        for group in groups {
            let history = &mut self.state.groups[group.at()].history;
            for keeping in
                spans.iter().skip(usize::from(self.mutants.has(Mutant::ConsoleRetentionBringsBack)))
            {
                // Not from the front alone: what the former span let go, and a message before it hides, would come back.
                history.purge(keeping);
            }
            // The timer was set by the former span; a shorter one needs an earlier, and the former finds then that it
            // is none any more.
            history.forget_timer();
            self.arm_retention(group);
        }
    }

    /// A page of the stored messages of a group.
    pub(super) fn stored_page(&mut self, group: GroupIx, query: &Query) -> (Vec<Arc<Message>>, u64) {
        self.hit(Rule::HistoryRetentionExpires);
        let record = &self.state.groups[group.at()];
        // For the coverage of rules only: the default tier is a sentence of its own.
        if self.state.apps[record.app.at()].life_cycle == LifeCycle::Days30 {
            self.hit(Rule::HistoryRetentionDefault);
        }
        if let Some(page) = self.page_of_type_by_mutant(group, query) {
            return page;
        }
        let spoilt = self.query_by_mutant(query);
        let query = spoilt.as_ref().unwrap_or(query);
        let record = &self.state.groups[group.at()];
        let (mut page, next) = record.history.page(query, &self.keeping(record.app));
        if self.mutants.has(Mutant::HistorySortedByDelivery) {
            page.sort_by_key(|message| if query.descending { u64::MAX - message.seq } else { message.seq });
        }
        if self.mutants.has(Mutant::WindowOfDelivery) {
            page.retain(|message| query.end.is_none_or(|end| message.at.unix_seconds() <= end));
        }
        (page, next)
    }

    /// Whether the messages of a known group can be listed: always while it lives, for a window after its deletion.
    pub(super) fn messages_visible(&mut self, group: GroupIx) -> bool {
        // The messages of a deleted group outlive its use by days: nobody can send to it, and its operator may still
        // read.
        let Some(at) = self.state.groups[group.at()].deleted_at() else { return true };
        self.hit(Rule::DeletionMessagesWindow);
        if self.mutants.has(Mutant::DeletedMessagesHidden) {
            return false;
        }
        self.state.now.since(at) < self.deleted_messages_window_by_mutant()
            || self.mutants.has(Mutant::DeletedMessagesStay)
    }

    /// Sets the retention timer of a group, unless it is set.
    pub(super) fn arm_retention(&mut self, group: GroupIx) {
        let record = &self.state.groups[group.at()];
        if record.history.armed().is_some() {
            return;
        }
        // The oldest in order of delivery. Another may have been sent earlier and waited, by seconds: the hour of
        // coarseness covers it.
        let Some(oldest) = record.history.stored().front() else { return };
        let expiry = self.keeping(record.app).expiry(oldest).as_micros();
        // Rounded up to whole hours, the same for all groups, so that a busy group does not wake for every message that
        // expires.
        let coarse = expiry.div_ceil(FREEING.as_micros()).saturating_mul(FREEING.as_micros());
        // Never sooner than a span from now: a state with old messages, or a retention that was shortened, must not set
        // a timer for every one of them in turn.
        let at = Instant::from_micros(coarse).max(self.state.now + FREEING);
        self.state.groups[group.at()].history.arm(at);
        self.state.timers.set(at, Timer::Retention(group));
    }

    /// The oldest stored message of a group has expired, unless its history was dropped meanwhile.
    pub(crate) fn on_retention(&mut self, group: GroupIx) {
        let now = self.state.now;
        // One timer of a group counts, the one noted last; the history may have been dropped and begun anew since this
        // was set.
        if !self.state.groups[group.at()].history.disarm(now) {
            return;
        }
        let keeping = self.keeping(self.state.groups[group.at()].app);
        let history = &mut self.state.groups[group.at()].history;
        if history.expire(&keeping) {
            self.hit(Rule::HistoryRetentionExpires);
        }
        self.arm_retention(group);
    }
}
