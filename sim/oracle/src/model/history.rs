//! Stored messages: what each list must show, by time of sending or by number, and how often it may be asked for.

use std::sync::Arc;

use claque_core::reading::{
    DeletionMessageWindow, HistoryClientPage, ListTotalMessages, ListWindowEnd, ShaperShedStatistics,
};
use claque_core::{
    AppIx, ClientRefusal, ClientReply, ClientRequest, GroupIx, Input, Instant, ListLiveMessageGroupMessages,
    Message, MessagePage, MessageView, Mutants, Rule, UserIx, limits,
};

use super::{Model, Observed, WrongAnswer};
use crate::books::group::{GroupBooks, GroupExistence};
use crate::books::kept::KeptMessage;
use crate::books::recent::is_kept;
use crate::evidence;
use crate::evidence::Few;

/// Fewest and most stored messages on a page of a back end, and on one of a client's staff.
const PAGE_SIZES: (usize, usize) = (10, 50);
const STAFF_PAGE_SIZES: (usize, usize) = (10, 30);

/// A page that is asked for.
#[derive(Clone, Copy, Debug)]
struct PageAsked {
    newest: bool,
    size: usize,
    kind: Option<i64>,
    /// The place in the order of sending of the last message of the page before.
    after: Option<u64>,
    /// UNIX seconds, inclusive, as the end is unless a reading excludes it.
    begin: Option<u64>,
    end: Option<u64>,
}

/// A page that is owed.
struct OwedPage<'b> {
    messages: Vec<&'b KeptMessage>,
    more: bool,
}

impl Model {
    /// A page of stored messages holds exactly what was delivered, is stored, was not recalled and is young enough.
    pub(super) fn wrong_messages<D: Mutants>(
        &mut self,
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
        if self.names.of_group(group).is_some_and(|id| id != page.group_id) {
            return Some((Rule::ListMessagesFields, evidence!("they are said to be of another group")));
        }
        let asked = PageAsked {
            newest: call.sort_type == Some(2),
            size: within(usize::try_from(call.page_size.unwrap_or(10)).unwrap_or(10), PAGE_SIZES),
            kind: call.msg_type,
            after: self.walked_to(group, call.next_page_token.unwrap_or(0))?,
            begin: call.begin_time.map(|begin| u64::try_from(begin).unwrap_or(0)),
            end: call.end_time.map(|end| u64::try_from(end).unwrap_or(0)),
        };
        let shown: Vec<u64> = page.messages.iter().map(|message| message.seq_number).collect();
        let (app, next) = (seen.app(&call.app_id), page.next_page_token);
        let wrong = self.wrong_page(seen.now, (group, app), asked, &shown, next).or_else(|| {
            let books = self.groups.get(group)?;
            page.messages.iter().find_map(|view| self.wrong_message_view(books, view))
        });
        self.note_walk(group, shown.last().copied(), next);
        wrong
    }

    /// The place that a token stands for; none where the model saw nobody given it.
    fn walked_to(&self, group: GroupIx, token: i64) -> Option<Option<u64>> {
        if token <= 0 { Some(None) } else { self.message_walks.place((group, token)).map(Some) }
    }

    /// Takes note of what the token of a next page stands for.
    fn note_walk(&mut self, group: GroupIx, last: Option<u64>, next: i64) {
        let books = self.groups.get(group).filter(|_| next > 0);
        let turn = books.zip(last).and_then(|(books, seq)| Some(books.kept_of(seq)?.turn));
        if let Some(turn) = turn {
            self.message_walks.note((group, next), turn);
        }
    }

    /// What a page gets wrong: by its numbers, and in whether there are more.
    fn wrong_page(
        &self,
        now: Instant,
        (group, app): (GroupIx, Option<AppIx>),
        asked: PageAsked,
        shown: &[u64],
        next: i64,
    ) -> WrongAnswer {
        let books = self.groups.get(group)?;
        if self.unknown.count(Rule::ListMessagesSort, books.unordered) {
            return None;
        }
        let OwedPage { messages, more } = self.owed_page(now, books, app, asked)?;
        let owed: Vec<u64> = messages.iter().map(|kept| kept.seq).collect();
        if owed == shown {
            return (more == (next == 0)).then(|| {
                let said = evidence!(
                    "there are ",
                    if more { "" } else { "no " },
                    "more, and the token is ",
                    next.to_string()
                );
                (Rule::ListMessagesTokenEnd, said)
            });
        }
        let extra = shown.iter().find(|seq| !owed.contains(seq)).and_then(|seq| books.kept_of(*seq));
        let spans = self.spans(app);
        let rule = match extra {
            Some(kept) if !kept.stored => Rule::HistoryNoStorageSkips,
            Some(kept) if !is_kept(&kept.message, now, spans) => Rule::HistoryRetentionExpires,
            Some(kept) if asked.kind.is_some_and(|kind| kind != kept.message.kind) => {
                Rule::ListMessagesTypeFilter
            }
            _ if books.was_restored => Rule::DeletionRestoreMessagesKept,
            _ => Rule::ListMessagesSort,
        };
        Some((rule, evidence!("sequence numbers ", Few(shown), ", not ", Few(&owed))))
    }

    /// The messages of a page: by time of sending, of what was sent in the window; none where messages belong on it
    /// that the model has forgotten.
    fn owed_page<'b>(
        &self,
        now: Instant,
        books: &'b GroupBooks,
        app: Option<AppIx>,
        asked: PageAsked,
    ) -> Option<OwedPage<'b>> {
        let exclusive = self.config.readings.list_window_end == ListWindowEnd::Exclusive;
        // Windows are whole seconds: an end that does not belong to its window ends one second earlier.
        let last = asked.end.map(|end| end.saturating_sub(u64::from(exclusive)));
        let spans = self.spans(app);
        let within = |at: Instant| {
            let second = at.unix_seconds();
            asked.begin.is_none_or(|begin| second >= begin) && last.is_none_or(|last| second <= last)
        };
        let beyond = |turn: u64| match asked.after {
            Some(after) if asked.newest => turn < after,
            Some(after) => turn > after,
            None => true,
        };
        let kept = |kept: &&KeptMessage| {
            kept.stored
                && !kept.recalled
                && is_kept(&kept.message, now, spans)
                && within(kept.at)
                && beyond(kept.turn)
                && asked.kind.is_none_or(|kind| kind == kept.message.kind)
        };
        let mut owed: Vec<&KeptMessage> = books.kept.iter().filter(kept).collect();
        owed.sort_unstable_by_key(|kept| (kept.at, kept.turn, kept.seq));
        if asked.newest {
            owed.reverse();
        }
        let more = owed.len() > asked.size;
        owed.truncate(asked.size);
        let span = spans.0.max(spans.1);
        let unknown = books
            .forgotten
            .map(|forgotten| forgotten.at)
            .filter(|at| now.since(*at) < span && asked.begin.is_none_or(|begin| at.unix_seconds() >= begin));
        // A page from the newest down that is full, with more behind it, does not reach what was forgotten.
        let beyond = owed.last().is_some_and(|kept| unknown.is_none_or(|forgotten| kept.at > forgotten));
        let clear = unknown.is_none() || (asked.newest && more && beyond);
        clear.then_some(OwedPage { messages: owed, more })
    }

    /// Everything that a group stores of a type, by time of sending; none where some of it is forgotten.
    pub(super) fn all_stored<'b>(
        &self,
        now: Instant,
        books: &'b GroupBooks,
        app: Option<AppIx>,
        kind: Option<i64>,
    ) -> Option<Vec<&'b KeptMessage>> {
        let size = usize::MAX;
        let asked = PageAsked { newest: false, size, kind, after: None, begin: None, end: None };
        self.owed_page(now, books, app, asked).map(|page| page.messages)
    }

    /// What an entry of a list gets wrong of a message.
    fn wrong_message_view(&self, books: &GroupBooks, view: &MessageView) -> WrongAnswer {
        let message = &books.kept_of(view.seq_number)?.message;
        let counted = self.config.readings.shaper_shed_statistics == ShaperShedStatistics::NotCounted;
        let total = match self.config.readings.list_total_messages {
            ListTotalMessages::Type => message.total,
            ListTotalMessages::Group => message.seq,
        };
        let what = if view.msg_tid != message.tid {
            "ID"
        } else if view.msg_type != message.kind {
            "type"
        } else if view.body != message.body {
            "body"
        } else if *view.sender.user_id != *message.sender_id || *view.sender.user_info != *message.sender_info
        {
            "sender"
        } else if view.timestamp != message.sent.unix_seconds() {
            "time"
        } else if counted && view.total_messages != total {
            "running total"
        } else {
            return None;
        };
        Some((
            Rule::ListMessagesFields,
            evidence!("the ", what, " of ", &message.tid, " is not what was delivered"),
        ))
    }

    /// A client lists stored messages twice a second at most, and sees what a back end sees.
    pub(super) fn judge_client_history<D: Mutants>(
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
        if matches!(answer, Err(ClientRefusal::NoSession)) {
            return;
        }
        if !*staff {
            self.judge_history_rate(seen, user, answer);
        }
        let (Ok(ClientReply::Messages(messages, next)), Some(group)) = (answer, seen.group(user, group))
        else {
            return;
        };
        let Some(app) = self.groups.get(group).filter(|books| books.is_live()).map(|books| books.app) else {
            return;
        };
        let bound = |at: u64| Some(at).filter(|at| *at > 0);
        let Some(after) = self.walked_to(group, *token) else { return };
        let asked = PageAsked {
            newest: *descending,
            size: within(usize::try_from(*page_size).unwrap_or(usize::MAX), self.client_page_sizes(*staff)),
            kind: *kind,
            after,
            begin: bound(*begin),
            end: bound(*end),
        };
        let shown: Vec<u64> = messages.iter().map(|message| message.seq).collect();
        let wrong = self.wrong_page(seen.now, (group, app), asked, &shown, *next).or_else(|| {
            let books = self.groups.get(group)?;
            let other = |message: &&Arc<Message>| {
                books.kept_of(message.seq).is_some_and(|kept| kept.message != **message)
            };
            let other = messages.iter().find(other)?;
            let said = evidence!("message ", &other.tid, " is not shown as it was delivered");
            Some((Rule::ListMessagesFields, said))
        });
        self.note_walk(group, shown.last().copied(), *next);
        self.refute_answer(seen, group, "messages as a client lists them", wrong);
    }

    /// A client lists stored messages twice a second at most, whatever sessions it has had meanwhile.
    fn judge_history_rate<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        user: UserIx,
        answer: &Result<ClientReply, ClientRefusal>,
    ) {
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
    }

    /// Fewest and most stored messages on a client's page.
    fn client_page_sizes(&self, staff: bool) -> (usize, usize) {
        match self.config.readings.history_client_page {
            HistoryClientPage::Hundred if !staff => (1, 100),
            HistoryClientPage::Hundred | HistoryClientPage::TenToThirty => STAFF_PAGE_SIZES,
        }
    }
}

fn within(size: usize, (low, high): (usize, usize)) -> usize {
    size.clamp(low, high)
}
