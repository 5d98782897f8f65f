//! Mutants at the edges of times, by the clock of another event, and on another occasion than the first. Sound, each of these
//! gives what it was given, or nothing.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::history::Query;
use crate::state::service::Service;
use crate::state::tickets::Pending;
use crate::words::id::{GroupIx, SessionId, UserIx};
use crate::words::message::Message;
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Users that a mutant takes for all.
const THOUSAND: usize = 1_000;

fn less(span: Duration, by: Duration) -> Duration {
    Duration::from_micros(span.as_micros().saturating_sub(by.as_micros()))
}

/// Times.
impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A span; longer or shorter where the service has one of two mutants.
    #[inline(always)]
    fn moved(&self, span: Duration, by: Duration, later: Mutant, earlier: Mutant) -> Duration {
        if self.mutants.has(later) {
            return span + by;
        }
        if self.mutants.has(earlier) { less(span, by) } else { span }
    }

    #[inline(always)]
    pub(crate) fn timeout_by_mutant(&self, timeout: Duration) -> Duration {
        let (late, early) = (Mutant::SessionEndsMillisecondLate, Mutant::SessionEndsMillisecondEarly);
        self.moved(timeout, MILLISECOND, late, early)
    }

    #[inline(always)]
    pub(crate) fn restore_window_by_mutant(&self, window: Duration) -> Duration {
        self.moved(window, SECOND, Mutant::PurgeSecondLate, Mutant::PurgeSecondEarly)
    }

    #[inline(always)]
    pub(super) fn message_window_by_mutant(&self, window: Duration) -> Duration {
        let (more, less) = (Mutant::DeletedMessagesSecondMore, Mutant::DeletedMessagesSecondLess);
        self.moved(window, SECOND, more, less)
    }

    #[inline(always)]
    pub(crate) fn retention_by_mutant(&self, span: Duration) -> Duration {
        self.moved(span, SECOND, Mutant::RetentionSecondMore, Mutant::RetentionSecondLess)
    }

    /// How long an acknowledgement is waited for, of a message that was sent at a time.
    #[inline(always)]
    pub(crate) fn ack_within_by_mutant(&self, within: Duration, sent: Instant) -> Duration {
        if self.mutants.has(Mutant::AckOfSending) {
            return less(within, self.state.now.since(sent));
        }
        self.moved(within, MILLISECOND, Mutant::AckMillisecondMore, Mutant::AckMillisecondLess)
    }

    /// When a mute of the older family ends.
    #[inline(always)]
    pub(crate) fn mute_end_by_mutant(&self, group: GroupIx, users: &[UserIx], until: Instant) -> Instant {
        let ends = self.state.groups[group.at()].mutes().ends();
        let former = || users.first().and_then(|user| ends.get(self.user_id(*user))).copied();
        if self.mutants.has(Mutant::OldMuteOfFirst) {
            return former().unwrap_or(until);
        }
        if self.mutants.has(Mutant::OldMuteNeverShortened) {
            return former().map_or(until, |former| former.max(until));
        }
        if self.mutants.has(Mutant::OldMuteSecondMore) {
            return until + SECOND;
        }
        if self.mutants.has(Mutant::OldMuteSecondLess) {
            return Instant::from_micros(until.as_micros() - SECOND.as_micros());
        }
        until
    }
}

/// Occasions.
impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The join of a user who is in the group already.
    #[inline(always)]
    pub(crate) fn join_again_by_mutant(&mut self, session: SessionId, group: GroupIx) {
        if self.mutants.has(Mutant::JoinCountsTwice) {
            self.state.groups[group.at()].audience.count_join_by_mutant();
        }
        if self.mutants.has(Mutant::JoinToldTwice) {
            self.notify_change(group, session.user, true);
        }
        if self.mutants.has(Mutant::JoinCalledBackTwice) {
            self.call_back_membership(session, group, true);
        }
    }

    #[inline(always)]
    pub(crate) fn drop_reviews_by_mutant(&mut self, user: UserIx, group: GroupIx) {
        if self.mutants.has(Mutant::KickedReviewDropped) {
            self.state.tickets.retain_by_mutant(|pending| {
                !matches!(pending, Pending::Group { group: of, draft, .. } if *of == group && draft.sender == user)
            });
        }
    }

    #[inline(always)]
    pub(crate) fn is_spared_by_mutant(&self, user: usize) -> bool {
        user >= THOUSAND && self.mutants.has(Mutant::DisabledThousandOnly)
    }

    #[inline(always)]
    pub(crate) fn is_membership_forgotten_by_mutant(&self, at: usize) -> bool {
        at >= 8 && self.mutants.has(Mutant::LeaveKeepsBeyondEight)
    }

    /// Forgets the exceptions, where a mutant has a change of individual mutes do that.
    #[inline(always)]
    pub(crate) fn forget_exceptions_by_mutant(&mut self, group: GroupIx) {
        if self.mutants.has(Mutant::SecondMuteOfAllUnfreed) {
            self.state.groups[group.at()]
                .change_mutes(|mutes| mutes.all() && mutes.set_exceptions(Vec::new()));
        }
    }

    /// Takes off a counter what a message added that is recalled.
    #[inline(always)]
    pub(super) fn uncount_by_mutant(&mut self, group: GroupIx, tid: &str) {
        if self.mutants.has(Mutant::RecallReducesCounter)
            && let Some(message) = self.state.groups[group.at()].history.find(tid)
        {
            self.count(group, message.kind, -message.increase);
        }
    }

    /// A query of stored messages as a mutant takes it.
    #[inline(always)]
    pub(crate) fn query_by_mutant(&self, query: &Query) -> Option<Query> {
        let repeats = self.mutants.has(Mutant::DescendingSecondPageRepeats);
        (repeats && query.descending && query.after > 0).then(|| Query { after: query.after + 1, ..*query })
    }

    /// The token of a page of users as a mutant takes it.
    #[inline(always)]
    pub(crate) fn user_token_by_mutant(&self, descending: bool, token: i64) -> i64 {
        let repeats = self.mutants.has(Mutant::UsersDescendingSecondPageRepeats);
        if repeats && descending && token > 0 { token + 1 } else { token }
    }

    /// Where a page of groups begins as a mutant has it.
    #[inline(always)]
    pub(crate) fn overlapping_by_mutant<'g>(
        &self,
        found: &'g [GroupIx],
        (number, size): (i32, i32),
    ) -> Option<&'g [GroupIx]> {
        if number < 3 || !self.mutants.has(Mutant::NumberedPageOverlaps) {
            return None;
        }
        let from = usize::try_from((number - 1).saturating_mul(size) - 1).unwrap_or(0).min(found.len());
        let to = (from + usize::try_from(size).unwrap_or(0)).min(found.len());
        found.get(from..to)
    }

    /// A page of one type as a mutant takes it: what a page of all types has of it.
    #[inline(always)]
    pub(crate) fn page_of_type_by_mutant(
        &self,
        group: GroupIx,
        query: &Query,
    ) -> Option<(Vec<Arc<Message>>, u64)> {
        let kind = query.kind.filter(|_| self.mutants.has(Mutant::HistoryPageShortOfTypes))?;
        let record = &self.state.groups[group.at()];
        let (mut page, next) =
            record.history.page(&Query { kind: None, ..*query }, &self.keeping(record.app));
        page.retain(|message| message.kind == kind);
        Some((page, next))
    }
}
