//! The recent list of a group: the newest messages that may be cached, page by page from the newest back.

use std::sync::Arc;

use claque_core::{AppIx, Duration, GroupIx, Instant, Message, Mutants, Rule};

use super::{Model, Observed, WrongAnswer};
use crate::books::recent::is_kept;
use crate::evidence;
use crate::evidence::Few;

/// Most messages on a page of the recent list.
const PAGE_MAX: u32 = 50;

impl Model {
    /// How long an application's messages are kept: those of all, and those of the newer family's operations.
    pub(super) fn spans(&self, app: Option<AppIx>) -> (Duration, Duration) {
        let reach = self.reach(self.last, app);
        (reach.retention, reach.retention_of_live)
    }

    /// Messages that a recent list holds.
    pub(super) fn recent_max(&self) -> usize {
        usize::try_from(self.config.limits.recent_messages_max).unwrap_or(usize::MAX)
    }

    /// Every list is cut to a new bound at once.
    pub(super) fn fit_recents(&mut self) {
        let max = self.recent_max();
        self.groups.values_mut().for_each(|books| books.recent.fit(max));
    }

    /// A page of the recent list holds the newest that are older than its cursor, newest first, and says whether there
    /// are more. A cursor beyond the newest leaves nothing out.
    pub(super) fn judge_recent<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        (before, page_size): (u64, u32),
        (list, next): (&[Arc<Message>], i64),
    ) {
        let wrong = self
            .wrong_recent(group, list)
            .or_else(|| self.wrong_recent_page(seen.now, group, (before, page_size), (list, next)));
        self.refute_answer(seen, group, "recent list", wrong);
    }

    /// What holds of any page, whatever the model knows of the list.
    fn wrong_recent(&self, group: GroupIx, list: &[Arc<Message>]) -> WrongAnswer {
        let books = self.groups.get(group)?;
        if list.windows(2).any(|pair| matches!(pair, [one, other] if one.seq <= other.seq)) {
            return Some((Rule::ListMessagesSort, evidence!("not from the newest down")));
        }
        list.iter().find_map(|message| {
            // By number: two messages of one ID may differ in it.
            let kept = books.kept_of(message.seq);
            if books.recalled.contains(&message.tid) {
                Some((Rule::RecallMessageByMsgTid, evidence!(&message.tid, " was recalled")))
            } else if !books.delivered.contains(&message.tid) {
                Some((Rule::ShaperShedNotCached, evidence!(&message.tid, " was never delivered")))
            } else if kept.is_some_and(|kept| !kept.cached) {
                Some((Rule::MessageNoCacheSkipsRecent, evidence!(&message.tid, " was sent uncached")))
            } else {
                None
            }
        })
    }

    fn wrong_recent_page(
        &self,
        now: Instant,
        group: GroupIx,
        (before, page_size): (u64, u32),
        (list, next): (&[Arc<Message>], i64),
    ) -> WrongAnswer {
        let books = self.groups.get(group)?;
        if self.unknown.count(Rule::MessageRecentSize, books.recent.unknown) {
            return None;
        }
        let size = usize::try_from(page_size.clamp(1, PAGE_MAX)).unwrap_or(usize::MAX);
        let spans = self.spans(books.app);
        let older = books.recent.messages.iter().rev().filter(|message| before == 0 || message.seq < before);
        let mut owed: Vec<&Arc<Message>> = older.filter(|message| is_kept(message, now, spans)).collect();
        let more = owed.len() > size;
        owed.truncate(size);
        let numbers = |list: &[&Arc<Message>]| list.iter().map(|message| message.seq).collect::<Vec<u64>>();
        let shown: Vec<&Arc<Message>> = list.iter().collect();
        if numbers(&shown) != numbers(&owed) {
            let said = evidence!(
                "older than ",
                before,
                ": sequence numbers ",
                Few(&numbers(&shown)),
                ", not ",
                Few(&numbers(&owed))
            );
            return Some((Rule::MessageRecentSize, said));
        }
        if let Some(other) = shown.iter().zip(&owed).find(|(shown, owed)| shown != owed) {
            let said = evidence!("message ", &other.1.tid, " is not shown as it was delivered");
            return Some((Rule::ListMessagesFields, said));
        }
        let cursor = owed.last().filter(|_| more).map_or(0, |message| message.seq);
        (i64::try_from(cursor) != Ok(next)).then(|| {
            let said = evidence!("the next page is older than ", next.to_string(), ", not than ", cursor);
            (Rule::ListMessagesTokenEnd, said)
        })
    }
}
