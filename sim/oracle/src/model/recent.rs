//! The recent list of a group: the newest messages that may be cached, page by page from the newest back.

use std::collections::VecDeque;
use std::sync::Arc;

use claque_core::{AppIx, Duration, GroupIx, Instant, Message, Mutants, Origin, Rule, Text};

use super::answer::WrongAnswer;
use super::{Model, Observed};
use crate::evidence;
use crate::evidence::Few;

/// Most messages on a page of the recent list.
const PAGE_MAX: u32 = 50;

/// What a recent list holds, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct RecentList {
    messages: VecDeque<Arc<Message>>,
    /// Something may be in it, or out of it, that the model cannot know of.
    unknown: bool,
}

impl RecentList {
    /// A message is delivered, and takes the place of the oldest of a full list.
    pub(super) fn add(&mut self, message: &Arc<Message>, max: usize) {
        if message.cached {
            self.messages.push_back(Arc::clone(message));
            self.fit(max);
        }
    }

    /// The list may hold so many from here on.
    pub(super) fn fit(&mut self, max: usize) {
        while self.messages.len() > max {
            self.messages.pop_front();
        }
    }

    /// A message is recalled. Whatever left the list to make place for it does not come back.
    pub(super) fn recall(&mut self, tid: &Text) {
        self.messages.retain(|message| message.tid != *tid);
    }

    /// The group is deleted.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
    }

    /// The message of an ID, if the list surely holds it.
    pub(super) fn holds(&self, tid: &Text) -> bool {
        !self.unknown && self.messages.iter().any(|message| message.tid == *tid)
    }

    /// What outlived the former retention is gone, and a longer one does not bring it back. Where the two families keep
    /// for different spans, one message may hide another that is freed behind it.
    pub(super) fn outlive(&mut self, now: Instant, spans: (Duration, Duration)) {
        let before = self.messages.len();
        self.messages.retain(|message| is_kept(message, now, spans));
        self.unknown |= spans.0 != spans.1 && self.messages.len() != before;
    }
}

/// Whether a message is young enough, by the span of all and that of the newer family's operations.
pub(super) fn is_kept(message: &Message, now: Instant, (span, span_of_live): (Duration, Duration)) -> bool {
    message.sent + (if message.origin == Origin::Live { span_of_live } else { span }) > now
}

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
