//! Server-side queries of stored messages.

use alloc::sync::Arc;

use crate::call::check::{Validated, invalid};
use crate::call::enter::no_group;
use crate::call::paging::OldPaging;
use crate::mutants::{Mutant, Mutants};
use crate::state::history::Query;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::{AppIx, GroupIx};
use crate::words::limits::SYSTEM_TYPE_MAX;
use crate::words::message::Message;
use crate::words::operation::Operation;
use crate::words::reading::{ListTotalMessages, ListWindowEnd, ListWindowReversed};
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{ListLiveMessageGroupMessages, ListMessage};
use crate::words::response::{MessagePage, MessageView, OldMessage, Reply, Response, UserView};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// Bounds of the page size of the message list, which must be given.
const MESSAGE_PAGE_SIZES: (i32, i32) = (10, 50);

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn list_live_message_group_messages(
        &mut self,
        caller: &Caller,
        call: ListLiveMessageGroupMessages,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_message_list(&call);
        let center = call.data_center.as_deref();
        let (query, app) =
            self.enter(caller, Operation::ListLiveMessageGroupMessages, &call.app_id, center, checked)?;
        // Not `live_group`: the messages of a deleted group can be listed for days.
        let group = self.listable_group(app, &call.group_id)?;
        let (messages, mut next) = self.stored_page(group, &query);
        self.hit(Rule::ListMessagesTokenEnd);
        if next == 0 && self.mutants.has(Mutant::MessageListNeverEnds) {
            next = messages.last().map_or(1, |message| message.number.0);
        }
        if self.mutants.has(Mutant::MessageListEndsEarly) {
            next = 0;
        }
        let messages = messages.iter().map(|message| self.message_view(message)).collect();
        let group_id = Arc::clone(self.group_id(group));
        let next_page_token = i64::try_from(next).expect("fewer than 2^63 messages");
        Ok(Reply::Done(Response::Messages(MessagePage { group_id, messages, next_page_token })))
    }

    fn check_message_list(&mut self, call: &ListLiveMessageGroupMessages) -> Validated<Query> {
        self.check_group_id(&call.group_id)?;
        let size = self.check_page_size(call.page_size, MESSAGE_PAGE_SIZES, Rule::ListMessagesPageSize)?;
        let descending = self.check_sort(call.sort_type, Rule::ListMessagesSort)?;
        let descending = descending != self.mutants.has(Mutant::MessageSortReversed);
        let after = self.check_message_token(call.next_page_token)?;
        let (begin, end) = self.check_window(call.begin_time, call.end_time)?;
        let mut kind = call.msg_type;
        if kind.is_some() {
            self.hit(Rule::ListMessagesTypeFilter);
            if self.mutants.has(Mutant::TypeFilterIgnored) || self.is_type_unasked_by_mutant(kind, after) {
                kind = None;
            }
        }
        Ok(Query { descending, after, size, kind, begin, end })
    }

    /// The token of a page: none, 0 and -1 mean the first.
    pub(super) fn check_message_token(&self, token: Option<i64>) -> Validated<u64> {
        match token {
            // 0 is the token of the last page too: a caller that asks on begins again, as the page says.
            None | Some(0 | -1) => Ok(0),
            Some(token) => u64::try_from(token).map_err(|_| {
                let fault = Fault::OutOfRange { given: token, low: -1, high: i64::MAX };
                invalid("NextPageToken", fault, Rule::ListMessagesTokenEnd)
            }),
        }
    }

    /// A window of UNIX seconds, both ends inclusive.
    fn check_window(
        &mut self,
        begin: Option<i64>,
        end: Option<i64>,
    ) -> Validated<(Option<u64>, Option<u64>)> {
        if begin.is_none() && end.is_none() {
            return Ok((None, None));
        }
        let rule = Rule::ListMessagesTimeWindow;
        self.hit(rule);
        if let (Some(begin), Some(end)) = (begin, end)
            && begin > end
            && self.config.readings.list_window_reversed == ListWindowReversed::Refused
        {
            return Err(invalid("EndTime", Fault::Conflict, rule));
        }
        // A bound before the epoch bounds nothing at the beginning, and admits nothing at the end.
        let second = |given: i64| u64::try_from(given).unwrap_or(0);
        let later = u64::from(self.mutants.has(Mutant::TimeWindowBeginExclusive));
        let begin = begin
            .filter(|_| !self.mutants.has(Mutant::TimeWindowBeginOpen))
            .map(|begin| second(begin) + later);
        if self.mutants.has(Mutant::TimeWindowEndOpen) {
            return Ok((begin, None));
        }
        let end = match self.config.readings.list_window_end {
            ListWindowEnd::Inclusive => end,
            ListWindowEnd::Exclusive => end.map(|end| end.saturating_sub(1)),
        };
        Ok((begin, end.map(second)))
    }

    /// A group whose messages can be listed: live, or deleted for less than the window.
    fn listable_group(&mut self, app: AppIx, group_id: &str) -> Result<GroupIx, Refusal> {
        let group = self.known_group(app, group_id, Rule::ErrorResourceNotExistCode)?;
        if self.messages_visible(group) { Ok(group) } else { Err(no_group(Rule::DeletionMessagesWindow)) }
    }

    fn message_view(&self, message: &Message) -> MessageView {
        MessageView {
            msg_tid: message.tid.clone(),
            msg_type: message.kind,
            body: Arc::clone(&message.body),
            sender: UserView {
                user_id: message.sender_id.to_shared(),
                user_info: message.sender_info.to_shared(),
            },
            seq_number: message.seq,
            timestamp: message.sent.unix_seconds(),
            total_messages: match self.config.readings.list_total_messages {
                ListTotalMessages::Type => message.total,
                ListTotalMessages::Group => message.seq,
            },
        }
    }

    pub(crate) fn list_message(&mut self, caller: &Caller, call: ListMessage) -> Result<Reply, Refusal> {
        let checked = self.check_old_message_list(&call);
        let (paging, app) = self.enter(caller, Operation::ListMessage, &call.app_id, None, checked)?;
        let group = self.listable_group(app, &call.group_id)?;
        let all = call.kind == Some(0) && self.mutants.has(Mutant::OldListTypeZeroIsAll);
        let kind = call.kind.filter(|_| !all).map(i64::from);
        // All of them, since the older family's pages are numbered and need the total; one less than the greatest,
        // because a page asks for one more.
        let query = Query { size: usize::MAX - 1, kind, ..Query::default() };
        let (mut messages, _) = self.stored_page(group, &query);
        if self.mutants.has(Mutant::OldListSortedByDelivery) {
            messages.sort_by_key(|message| message.seq);
        }
        let group_id = Arc::clone(self.group_id(group));
        let view = |message: Arc<Message>| OldMessage {
            group_id: Arc::clone(&group_id),
            message_id: message.tid.clone(),
            sender_id: message.sender_id.to_shared(),
            kind: message.kind,
            data: Arc::clone(&message.body),
        };
        Ok(Reply::Done(Response::OldMessages(paging.cut(messages, view))))
    }

    fn check_old_message_list(&mut self, call: &ListMessage) -> Validated<OldPaging> {
        self.check_old_group_id(&call.group_id)?;
        if let Some(kind) = call.kind {
            self.hit(Rule::LegacyListCustomTypes);
            self.hit(Rule::LegacyTypeSystem);
            let given = i64::from(kind);
            let low = self.mutants.one_more(Mutant::SystemTypeOneMore, SYSTEM_TYPE_MAX + 1);
            let low = self.mutants.one_less(Mutant::SystemTypeOneLess, low);
            let zero = given == 0 && self.mutants.has(Mutant::OldListTypeZeroIsAll);
            if given < low && !zero && !self.mutants.has(Mutant::OldListAnyType) {
                let fault = Fault::OutOfRange { given, low, high: i64::from(i32::MAX) };
                return Err(invalid("Type", fault, Rule::LegacyListCustomTypes));
            }
        }
        self.check_old_page(call.page_num, call.page_size, call.sort_type)
    }
}
