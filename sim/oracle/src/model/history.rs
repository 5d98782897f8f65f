//! Stored messages and recent lists: what each list must show, by time of sending or by number, and how often it may be
//! asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::reading::{DeletionMessageWindow, HistorySendPage, ListPageRange, ListWindowEnd};
use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, Defects, Duration, GroupIx, Input, Instant,
    ListLiveMessageGroupMessages, Message, MessagePage, Rule, UserIx, limits,
};

use super::answer::WrongAnswer;
use super::group::{GroupBooks, GroupExistence};
use super::kept::KeptMessage;
use super::{Model, Observed};
use crate::evidence;
use crate::evidence::Few;

/// A first page that is asked for.
#[derive(Clone, Copy, Debug)]
struct PageAsked {
    newest: bool,
    size: usize,
    /// UNIX seconds, inclusive, as the end is unless a reading excludes it.
    begin: Option<u64>,
    end: Option<u64>,
}

impl Model {
    /// The first page of stored messages holds exactly what was delivered, is stored, was not recalled and is young
    /// enough.
    pub(super) fn wrong_messages<D: Defects>(
        &self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        call: &ListLiveMessageGroupMessages,
        page: &MessagePage,
    ) -> WrongAnswer {
        let books = self.groups.get(group)?;
        let window = match self.config.readings.deletion_message_window {
            DeletionMessageWindow::SevenDays => limits::GROUP_DELETED_MESSAGES_WINDOW,
            DeletionMessageWindow::ThirtyDays => limits::GROUP_RESTORE_WINDOW,
        };
        let visible = match books.standing(seen.now) {
            GroupExistence::Live => true,
            GroupExistence::Deleted(at, _) => seen.now.since(at) < window,
            GroupExistence::Purged => false,
        };
        if !visible {
            return (!page.messages.is_empty())
                .then(|| (Rule::DeletionMessagesWindow, evidence!("messages of a deleted group are shown")));
        }
        for listed in &page.messages {
            // Of every page, whatever it was asked for: that something may not be shown needs no knowledge of what
            // else belongs on it.
            if books.recalled.contains(&listed.msg_tid) {
                return Some((Rule::RecallMessageByMsgTid, evidence!(&listed.msg_tid, " was recalled")));
            }
            if !books.delivered.contains(&listed.msg_tid) {
                return Some((Rule::ShaperShedNotStored, evidence!(&listed.msg_tid, " was never delivered")));
            }
        }
        // Under the default readings only: by the others a page has another size, or messages of the back end end at
        // another time.
        let whole = call.next_page_token.is_none_or(|token| token <= 0)
            && call.msg_type.is_none()
            && self.config.readings.history_send_page == HistorySendPage::Tier
            && self.config.readings.list_page_range == ListPageRange::Refused;
        if !whole || self.unknown.count(Rule::ListMessagesSort, books.unordered) {
            return None;
        }
        let app = seen.app(&call.app_id);
        let retention = self.retention(app);
        let asked = PageAsked {
            newest: call.sort_type == Some(2),
            size: usize::try_from(call.page_size.unwrap_or(10)).unwrap_or(10),
            begin: call.begin_time.and_then(|begin| u64::try_from(begin).ok()),
            end: call.end_time.map(|end| u64::try_from(end).unwrap_or(0)),
        };
        let owed = self.owed_page(seen.now, books, retention, asked)?;
        let shown: Vec<u64> = page.messages.iter().map(|message| message.seq_number).collect();
        if owed == shown {
            return None;
        }
        // The first that does not belong tells the rule; where none is, something is missing or out of order.
        let extra = shown.iter().find(|seq| !owed.contains(seq));
        let unstored = extra.and_then(|seq| books.kept.iter().find(|kept| kept.seq == *seq));
        let rule = match unstored {
            Some(kept) if !kept.stored => Rule::HistoryNoStorageSkips,
            Some(kept) if seen.now.since(kept.at) >= retention => Rule::HistoryRetentionExpires,
            _ if books.was_restored => Rule::DeletionRestoreMessagesKept,
            _ => Rule::ListMessagesSort,
        };
        Some((rule, evidence!("sequence numbers ", Few(&shown), ", not ", Few(&owed))))
    }

    /// The sequence numbers of a first page: by time of sending, of what was sent in the window; none where messages
    /// belong on it that the model has forgotten.
    fn owed_page(
        &self,
        now: Instant,
        books: &GroupBooks,
        retention: Duration,
        asked: PageAsked,
    ) -> Option<Vec<u64>> {
        let exclusive = self.config.readings.list_window_end == ListWindowEnd::Exclusive;
        // Windows are whole seconds: an end that does not belong to its window ends one second earlier.
        let last = asked.end.map(|end| end.saturating_sub(u64::from(exclusive)));
        let within = |at: Instant| {
            let second = at.unix_seconds();
            asked.begin.is_none_or(|begin| second >= begin) && last.is_none_or(|last| second <= last)
        };
        let kept = |kept: &&KeptMessage| {
            kept.stored && !kept.recalled && now.since(kept.at) < retention && within(kept.at)
        };
        let mut owed: Vec<(Instant, u64, u64)> =
            books.kept.iter().filter(kept).map(|kept| (kept.at, kept.turn, kept.seq)).collect();
        owed.sort_unstable();
        if asked.newest {
            owed.reverse();
        }
        owed.truncate(asked.size);
        let unknown = books.forgotten.map(|forgotten| forgotten.at).filter(|at| {
            now.since(*at) < retention && asked.begin.is_none_or(|begin| at.unix_seconds() >= begin)
        });
        // A page from the newest down that is full does not reach what was forgotten.
        let full = asked.newest && owed.len() == asked.size;
        let beyond = owed.last().is_some_and(|(at, ..)| unknown.is_none_or(|forgotten| *at > forgotten));
        (unknown.is_none() || (full && beyond)).then(|| owed.into_iter().map(|(_, _, seq)| seq).collect())
    }

    /// A client lists stored messages twice a second at most, and sees what a back end sees.
    pub(super) fn judge_client_history<D: Defects>(
        &mut self,
        seen: &Observed<'_, D>,
        user: UserIx,
        answer: &Result<ClientReply, ClientRefusal>,
    ) {
        let Input::Client(
            _,
            ClientRequest::ListHistory { group, staff, kind, descending, token, page_size, begin, end },
        ) = seen.input
        else {
            return;
        };
        // The list for staff is another operation with rights of its own (list.messages.client-rights), and no rate
        // is documented for it.
        if *staff || matches!(answer, Err(ClientRefusal::NoSession)) {
            return;
        }
        let second = seen.now.unix_seconds();
        let calls = self.history_calls.entry(user).or_default();
        if calls.0 != second {
            *calls = (second, 0);
        }
        let refused = matches!(answer, Err(ClientRefusal::TooFast));
        let full = calls.1 >= limits::CLIENT_HISTORY_PER_SECOND && self.config.limits.call_quotas;
        calls.1 += u32::from(!refused);
        if refused != full {
            let said = if refused { "is refused" } else { "passes" };
            let evidence = evidence!(
                "list ",
                calls.1 + u32::from(refused),
                " of stored messages of user ",
                user,
                " in a second ",
                said
            );
            self.refute(seen.now, Some(Rule::HistoryClientRate), evidence);
        }
        let (Ok(ClientReply::Messages(messages, _)), Some(group)) = (answer, seen.group(user, group)) else {
            return;
        };
        let Some(books) = self.groups.get(group).filter(|books| books.is_live() && !books.unordered) else {
            return;
        };
        let plain = self.config.readings.history_send_page == HistorySendPage::Tier
            && self.config.readings.list_page_range == ListPageRange::Refused;
        if kind.is_some() || *token > 0 || !plain {
            return;
        }
        // history.client.unbounded: for clients 0 leaves a side open, where a back end leaves the parameter out.
        let bound = |at: u64| Some(at).filter(|at| *at > 0);
        let size = usize::try_from(*page_size).unwrap_or(usize::MAX);
        let asked = PageAsked { newest: *descending, size, begin: bound(*begin), end: bound(*end) };
        let retention = self.retention(books.app);
        let Some(owed) = self.owed_page(seen.now, books, retention, asked) else { return };
        let shown: Vec<u64> = messages.iter().map(|message| message.seq).collect();
        let wrong = (owed != shown).then(|| {
            let rule =
                if books.was_restored { Rule::DeletionRestoreMessagesKept } else { Rule::ListMessagesSort };
            (rule, evidence!("sequence numbers ", Few(&shown), ", not ", Few(&owed)))
        });
        self.refute_answer(seen, group, "messages as a client lists them", wrong);
    }

    /// The recent list holds delivered messages that may be cached, newest first.
    pub(super) fn judge_recent<D: Defects>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        list: &[Arc<Message>],
    ) {
        let Some(books) = self.groups.get(group) else { return };
        // By number: two messages of one ID may differ in it.
        let uncached: BTreeSet<u64> =
            // More than the fifty that the list holds: uncached ones lie between them.
            books.kept.iter().rev().take(200).filter(|kept| !kept.cached).map(|kept| kept.seq).collect();
        let mut wrong: WrongAnswer = None;
        for message in list {
            if books.recalled.contains(&message.tid) {
                wrong = Some((Rule::RecallMessageByMsgTid, evidence!(&message.tid, " was recalled")));
            } else if !books.delivered.contains(&message.tid) {
                wrong = Some((Rule::ShaperShedNotCached, evidence!(&message.tid, " was never delivered")));
            } else if uncached.contains(&message.seq) {
                wrong =
                    Some((Rule::MessageNoCacheSkipsRecent, evidence!(&message.tid, " was sent uncached")));
            }
        }
        if list.windows(2).any(|pair| matches!(pair, [one, other] if one.seq <= other.seq)) {
            wrong = Some((Rule::ListMessagesSort, evidence!("not from the newest down")));
        }
        self.refute_answer(seen, group, "recent list", wrong);
    }
}
