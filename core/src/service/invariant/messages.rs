//! Invariants of messages between calls: the kept, the waiting and the counted.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::sync::Arc;

use super::{InvariantResult, hold};
use crate::mutants::Mutants;
use crate::state::group::Group;
use crate::state::history::FREEING;
use crate::state::service::Service;
use crate::state::tickets::Pending;
use crate::words::id::GroupIx;
use crate::words::message::{Message, Priority};
use crate::words::reading::{GroupActive, LegacyShaping};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Checks the messages that a group keeps, delays and counts.
    pub(super) fn check_messages(&self, at: GroupIx, group: &Group) -> InvariantResult {
        check_list(at, group, group.history.stored().iter(), |message| message.stored)?;
        check_list(at, group, group.history.recent().iter(), |message| message.cached)?;
        hold(group.history.bytes() == group.history.count_bytes(), None, || {
            format!("group {} has lost count of what its messages take", at.0)
        })?;
        self.check_retention(at, group)?;
        let (kept, bound) = (group.history.recent().len(), self.recent_max());
        hold(kept <= bound, Some(Rule::MessageNoCacheSkipsRecent), || {
            format!("the recent list of group {} holds {kept} messages, bound {bound}", at.0)
        })?;
        let distinct: BTreeSet<i64> = group.types.iter().map(|(kind, _)| kind).collect();
        hold(distinct.len() == group.types.len(), Some(Rule::StatisticsTypesAmount), || {
            format!("group {} counts a type twice", at.0)
        })?;
        let fresh = group.shaper.fresh_types().filter(|kind| !distinct.contains(kind)).count();
        let (types, bound) = (group.types.len() + fresh, self.config.limits.group_types_max);
        hold(types <= bound as usize, Some(Rule::MessageTypesMax), || {
            format!("group {} sees {types} types, bound {bound}", at.0)
        })?;
        self.check_shaper(at, group)
    }

    /// Expired messages are freed soon, so that a history does not grow for ever.
    fn check_retention(&self, at: GroupIx, group: &Group) -> InvariantResult {
        let Some(oldest) = group.history.stored().front() else { return Ok(()) };
        let awake = group.history.armed().is_some_and(|armed| armed >= self.state.now);
        hold(awake, Some(Rule::HistoryRetentionExpires), || {
            format!("group {} keeps messages and no timer frees them", at.0)
        })?;
        // Where the families are kept for different spans, the timer may be that of a longer kept one that was recalled.
        let expiry = self.keeping(group.app).latest_expiry(oldest);
        hold(expiry + FREEING >= self.state.now, Some(Rule::HistoryRetentionExpires), || {
            format!("group {} keeps a message that expired at {expiry}", at.0)
        })
    }

    fn check_shaper(&self, at: GroupIx, group: &Group) -> InvariantResult {
        let budget = self.messages_per_second(at);
        let delivered = group.shaper.delivered_in(self.state.now);
        hold(delivered <= budget, Some(Rule::ShaperBudgetPerSecond), || {
            format!("group {} delivered {delivered} messages in a second, budget {budget}", at.0)
        })?;
        let ranked = group.shaper.ranked();
        hold(ranked <= budget as usize, Some(Rule::ShaperOverloadDiscards), || {
            format!("group {} ranks {ranked} messages for {budget} slots", at.0)
        })?;
        let waiting = group.shaper.waiting().count();
        let open = group.is_open() || self.config.readings.group_active == GroupActive::Ever;
        hold(waiting == 0 || (group.is_live() && open), Some(Rule::MessageSendNoOffline), || {
            format!("{waiting} messages wait in group {}, which nobody is in", at.0)
        })?;
        let awake = group.shaper.armed().is_some_and(|armed| armed >= self.state.now);
        hold(waiting == 0 || awake, Some(Rule::ShaperFloorLatestPerType), || {
            format!("{waiting} messages wait in group {} and no timer is set", at.0)
        })?;
        // Messages that are exempt are numbered and not counted by the shaper.
        let exempt = self.config.readings.legacy_shaping == LegacyShaping::Exempt;
        hold(group.seq() >= u64::from(delivered) || exempt, None, || {
            format!("group {} numbered {} messages and delivered {delivered}", at.0, group.seq())
        })?;
        for tid in group.held_tids() {
            let held_back = group.shaper.waiting().any(|waiting| waiting.payload.tid == *tid);
            let under_review = || {
                self.state.tickets.waiting().any(
                    |pending| matches!(pending, Pending::Group { group, draft, .. } if *group == at && draft.tid == *tid),
                )
            };
            hold(held_back || under_review(), Some(Rule::MessageMsgTidUnique), || {
                format!("group {} waits for message {tid}, which is nowhere", at.0)
            })?;
        }
        Ok(())
    }

    /// Checks the tickets that wait for an answer.
    pub(super) fn check_pending(&self) -> InvariantResult {
        let newest = self.state.tickets.newest().map_or(0, |ticket| ticket.0);
        let given = self.state.tickets.last().0;
        hold(newest <= given, None, || format!("ticket {newest} waits, {given} were given out"))
    }
}

/// A list of kept messages: of this group, in order, and only what may be kept there.
fn check_list<'m>(
    at: GroupIx,
    group: &Group,
    mut list: impl DoubleEndedIterator<Item = &'m Arc<Message>> + Clone,
    belongs: impl Fn(&Message) -> bool,
) -> InvariantResult {
    let rule = Some(Rule::ListMessagesSort);
    let in_order = [
        list.clone().is_sorted_by(|a, b| a.seq < b.seq),
        // Pages are found by bisection and rely on it.
        list.clone().all(|message| message.sent <= message.at),
        list.clone().is_sorted_by_key(|message| message.at),
    ];
    hold(!in_order.contains(&false), rule, || {
        format!("the messages that group {} keeps are out of order", at.0)
    })?;
    hold(list.clone().next_back().is_none_or(|newest| newest.seq <= group.seq()), rule, || {
        format!("group {} keeps a message that it did not number", at.0)
    })?;
    hold(list.clone().all(|message| message.group == Some(at) && belongs(message)), None, || {
        format!("group {} keeps a message that is not to be kept there", at.0)
    })?;
    let indexed = |message: &Arc<Message>| (message.level == Priority::High) == (message.high_index > 0);
    hold(list.all(indexed), Some(Rule::RecoveryHighAfterReconnect), || {
        format!("group {} gives HIGH messages no index, or others one", at.0)
    })
}
