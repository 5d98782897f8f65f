//! Defects at the edges of times, by the clock of another event, and on another occasion than the first. Sound, each of these
//! gives what it was given, or nothing.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Defects, Mutation};
use crate::state::history::Query;
use crate::state::service::Service;
use crate::state::tickets::Pending;
use crate::words::id::{GroupIx, SessionId, UserIx};
use crate::words::message::Message;
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Users that a defect takes for all.
const THOUSAND: usize = 1_000;

fn less(span: Duration, by: Duration) -> Duration {
    Duration::from_micros(span.as_micros().saturating_sub(by.as_micros()))
}

/// Times.
impl<T: Tracer, D: Defects> Service<T, D> {
    /// A span; longer or shorter where the service has one of two defects.
    #[inline(always)]
    fn moved(&self, span: Duration, by: Duration, later: Mutation, earlier: Mutation) -> Duration {
        if self.defects.has(later) {
            return span + by;
        }
        if self.defects.has(earlier) { less(span, by) } else { span }
    }

    #[inline(always)]
    pub(crate) fn timeout_by_defect(&self, timeout: Duration) -> Duration {
        let (late, early) = (Mutation::SessionEndsMillisecondLate, Mutation::SessionEndsMillisecondEarly);
        self.moved(timeout, MILLISECOND, late, early)
    }

    #[inline(always)]
    pub(crate) fn restore_window_by_defect(&self, window: Duration) -> Duration {
        self.moved(window, SECOND, Mutation::PurgeSecondLate, Mutation::PurgeSecondEarly)
    }

    #[inline(always)]
    pub(crate) fn message_window_by_defect(&self, window: Duration) -> Duration {
        let (more, less) = (Mutation::DeletedMessagesSecondMore, Mutation::DeletedMessagesSecondLess);
        self.moved(window, SECOND, more, less)
    }

    #[inline(always)]
    pub(crate) fn retention_by_defect(&self, span: Duration) -> Duration {
        self.moved(span, SECOND, Mutation::RetentionSecondMore, Mutation::RetentionSecondLess)
    }

    /// How long an acknowledgement is waited for, of a message that was sent at a time.
    #[inline(always)]
    pub(crate) fn ack_within_by_defect(&self, within: Duration, sent: Instant) -> Duration {
        if self.defects.has(Mutation::AckOfSending) {
            return less(within, self.state.now.since(sent));
        }
        self.moved(within, MILLISECOND, Mutation::AckMillisecondMore, Mutation::AckMillisecondLess)
    }

    /// When a mute of the older family ends.
    #[inline(always)]
    pub(crate) fn mute_end_by_defect(&self, group: GroupIx, users: &[UserIx], until: Instant) -> Instant {
        let ends = self.state.groups[group.at()].mutes().ends();
        let former = || users.first().and_then(|user| ends.get(self.user_id(*user))).copied();
        if self.defects.has(Mutation::OldMuteOfFirst) {
            return former().unwrap_or(until);
        }
        if self.defects.has(Mutation::OldMuteNeverShortened) {
            return former().map_or(until, |former| former.max(until));
        }
        if self.defects.has(Mutation::OldMuteSecondMore) {
            return until + SECOND;
        }
        if self.defects.has(Mutation::OldMuteSecondLess) {
            return Instant::from_micros(until.as_micros() - SECOND.as_micros());
        }
        until
    }
}

/// Occasions.
impl<T: Tracer, D: Defects> Service<T, D> {
    /// What a join of somebody does who is in the group.
    #[inline(always)]
    pub(crate) fn join_again_by_defect(&mut self, session: SessionId, group: GroupIx) {
        if self.defects.has(Mutation::JoinCountsTwice) {
            self.state.groups[group.at()].audience.count_join_by_defect();
        }
        if self.defects.has(Mutation::JoinToldTwice) {
            self.tell_change(group, session.user, true);
        }
        if self.defects.has(Mutation::JoinCalledBackTwice) {
            self.call_back_membership(session, group, true);
        }
    }

    #[inline(always)]
    pub(crate) fn drop_reviews_by_defect(&mut self, user: UserIx, group: GroupIx) {
        if self.defects.has(Mutation::KickedReviewDropped) {
            self.state.pending.retain(|_, pending| {
                !matches!(pending, Pending::Group { group: of, draft, .. } if *of == group && draft.sender == user)
            });
        }
    }

    #[inline(always)]
    pub(crate) fn is_spared_by_defect(&self, user: usize) -> bool {
        user >= THOUSAND && self.defects.has(Mutation::DisabledThousandOnly)
    }

    #[inline(always)]
    pub(crate) fn is_seat_forgotten_by_defect(&self, at: usize) -> bool {
        at >= 8 && self.defects.has(Mutation::LeaveKeepsBeyondEight)
    }

    /// Forgets the exceptions, where a defect has a change of individual mutes do that.
    #[inline(always)]
    pub(crate) fn forget_exceptions_by_defect(&mut self, group: GroupIx) {
        if self.defects.has(Mutation::SecondMuteOfAllUnfreed) {
            self.state.groups[group.at()]
                .change_mutes(|mutes| mutes.all() && mutes.set_exceptions(Vec::new()));
        }
    }

    /// Takes off a counter what a message added that is recalled.
    #[inline(always)]
    pub(crate) fn uncount_by_defect(&mut self, group: GroupIx, tid: &str) {
        if self.defects.has(Mutation::RecallReducesCounter)
            && let Some(message) = self.state.groups[group.at()].history.find(tid)
        {
            self.count(group, message.kind, -message.increase);
        }
    }

    /// A query of stored messages as a defect takes it.
    #[inline(always)]
    pub(crate) fn query_by_defect(&self, query: &Query) -> Option<Query> {
        let repeats = self.defects.has(Mutation::DescendingSecondPageRepeats);
        (repeats && query.descending && query.after > 0).then(|| Query { after: query.after + 1, ..*query })
    }

    /// The token of a page of users as a defect takes it.
    #[inline(always)]
    pub(crate) fn user_token_by_defect(&self, descending: bool, token: i64) -> i64 {
        let repeats = self.defects.has(Mutation::UsersDescendingSecondPageRepeats);
        if repeats && descending && token > 0 { token + 1 } else { token }
    }

    /// Where a page of groups begins as a defect has it.
    #[inline(always)]
    pub(crate) fn overlapping_by_defect<'g>(
        &self,
        found: &'g [GroupIx],
        (number, size): (i32, i32),
    ) -> Option<&'g [GroupIx]> {
        if number < 3 || !self.defects.has(Mutation::NumberedPageOverlaps) {
            return None;
        }
        let from = usize::try_from((number - 1).saturating_mul(size) - 1).unwrap_or(0).min(found.len());
        let to = (from + usize::try_from(size).unwrap_or(0)).min(found.len());
        found.get(from..to)
    }

    /// A page of one type as a defect takes it: what a page of all types has of it.
    #[inline(always)]
    pub(crate) fn page_of_type_by_defect(
        &self,
        group: GroupIx,
        query: &Query,
    ) -> Option<(Vec<Arc<Message>>, u64)> {
        let kind = query.kind.filter(|_| self.defects.has(Mutation::HistoryPageShortOfTypes))?;
        let place = &self.state.groups[group.at()];
        let (mut page, next) = place.history.page(&Query { kind: None, ..*query }, &self.keeping(place.app));
        page.retain(|message| message.kind == kind);
        Some((page, next))
    }
}
