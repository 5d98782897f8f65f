//! Client requests on messages: send, acknowledge, recall, list.

use alloc::sync::Arc;

use crate::message::pipeline::Accepted;
use crate::message::review::Review;
use crate::mutants::{Mutant, Mutants};
use crate::state::direct::DirectMessage;
use crate::state::draft::{Draft, weight_of};
use crate::state::history::Query;
use crate::state::service::Service;
use crate::state::tickets::Asker;
use crate::words::client::{ClientAnswer, ClientReply, ClientSend};
use crate::words::id::{GroupIx, GroupKey, SessionId, Ticket, UserIx};
use crate::words::limits::CLIENT_HISTORY_PAGE_MAX;
use crate::words::message::Origin;
use crate::words::reading::{HistoryClientPage, ListPageRange, ListWindowEnd, ListWindowReversed};
use crate::words::refusal::ClientRefusal;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// Most messages on a page of the recent list.
const RECENT_PAGE_MAX: u32 = 50;
/// Bounds of a client's page of stored messages, as the client library's types have them.
const TYPED_PAGE_SIZES: (u32, u32) = (10, 30);

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Acknowledges a message to the client alone.
    pub(crate) fn client_acknowledge(&mut self, session: SessionId, ticket: Ticket) -> ClientAnswer {
        self.acknowledge(session, ticket);
        Ok(ClientReply::Done)
    }

    /// Stored messages, as staff of a group or as anybody: `asked` has their order and type.
    pub(crate) fn client_history(
        &mut self,
        (session, role_admin): (SessionId, bool),
        (key, staff): (&GroupKey, bool),
        asked: Query,
        (begin, end): (u64, u64),
        (token, page_size): (i64, u32),
    ) -> ClientAnswer {
        let pages = self.client_history_pages(staff);
        if staff {
            self.resolve_staffed(session.user, role_admin, key, Rule::ListMessagesClientRights)?;
        } else {
            // Counted before the group is looked for: what goes beyond the rate is rejected, and must not cost a
            // search.
            self.count_history_call(session.user)?;
        }
        let kind = asked.kind.filter(|_| !self.mutants.has(Mutant::ClientTypeFilterIgnored));
        let query = Query { descending: asked.descending, kind, ..self.client_window(begin, end) };
        let page = self.client_page(page_size, pages)?;
        self.client_list_history(session.user, key, Query { size: page, ..query }, token)
    }

    /// Sends a message to a group that the client has joined. O(1) in the size of the group.
    #[inline(always)]
    pub(crate) fn client_send(
        &mut self,
        session: SessionId,
        key: &GroupKey,
        send: ClientSend,
    ) -> ClientAnswer {
        let user = session.user;
        self.check_body(&send.body, "data").map_err(|_| ClientRefusal::BadParameter)?;
        // The form of the message before the group: an illegal parameter is refused whatever it was meant for.
        let group = self.resolve(user, key)?;
        self.hit(Rule::MessageClientSendMemberOnly);
        self.check_joined(user, group)?;
        // Asked only where a flag needs the role: most messages set none.
        let admin = (send.skip_mute_check || send.skip_audit)
            && self.live_session(session).is_some_and(|live| live.admin);
        // A flag without the role is ignored and not refused: the client library sets it for anybody.
        let unmuted = send.skip_mute_check && admin;
        if !unmuted && !self.may_talk(group, user) {
            return Err(ClientRefusal::Muted);
        }
        let skip_review = send.skip_audit && admin;
        let route = self
            // Clients choose no message ID, so that nothing is looked up.
            .route_message(group, (None, send.kind, &send.body), Origin::Client, skip_review)
            .map_err(|_| ClientRefusal::BadParameter)?;
        self.hit(Rule::PriorityLevelsOrder);
        let draft = Draft {
            number: self.next_number(),
            sent: self.state.now,
            tid: self.next_tid(None),
            given: false,
            stored: !send.no_storage || self.mutants.has(Mutant::NoStorageOfClientsIgnored),
            cached: !send.no_cache || self.mutants.has(Mutant::NoCacheOfClientsIgnored),
            origin: Origin::Client,
            level: send.level,
            kind: send.kind,
            // A client names a level and the back end a weight: on one scale, or the two could not be ranked together.
            weight: weight_of(send.level),
            sender: user,
            sender_id: self.user_text(user),
            sender_info: self.user_info(user),
            body: send.body,
            increase: if self.mutants.has(Mutant::ClientRepeatIgnored) { 1 } else { i64::from(send.repeat) },
            receivers: None,
        };
        let refused = self.mutants.has(Mutant::ShedRefused) && self.is_exhausted(group);
        // Shed or not, the sender is answered with success: only the ledger shows what became of it.
        let accepted = self.dispatch(group, draft, route, Asker::Client(session));
        if refused { Err(ClientRefusal::Temporary) } else { Ok(answered(accepted)) }
    }

    fn check_joined(&self, user: UserIx, group: GroupIx) -> Result<(), ClientRefusal> {
        let joined = self.state.users[user.at()].slot_in(group).is_some();
        if joined || self.mutants.has(Mutant::StrangersSend) || self.sends_on_by_mutant(user, group) {
            Ok(())
        } else {
            Err(ClientRefusal::NotJoined)
        }
    }

    pub(crate) fn client_send_to_user(
        &mut self,
        session: SessionId,
        receiver: &str,
        kind: i64,
        body: Arc<str>,
        skip_audit: bool,
    ) -> ClientAnswer {
        let user = session.user;
        self.check_body(&body, "data").map_err(|_| ClientRefusal::BadParameter)?;
        self.check_any_user(receiver, "receiverId", Rule::MessageReceiverFormat)
            .map_err(|_| ClientRefusal::BadParameter)?;
        let app = self.state.users[user.at()].app;
        let receiver = self.find_user(app, receiver);
        let reachable = self.is_reachable(receiver);
        let Some(receiver) = receiver.filter(|_| reachable) else {
            if self.mutants.has(Mutant::OfflineReceiverOfClients) {
                return Ok(ClientReply::Sent(self.next_tid(None)));
            }
            return Err(ClientRefusal::ReceiverOffline);
        };
        let admin = skip_audit && self.live_session(session).is_some_and(|live| live.admin);
        // After the receiver is known to be there: a review that nobody is to read would cost a call for nothing.
        let review = self.review(app, &body, Origin::Client, admin);
        if review == (Review::Reject { openly: true }) {
            return Err(ClientRefusal::BadParameter);
        }
        let direct = DirectMessage {
            number: self.next_number(),
            sent: self.state.now,
            receiver,
            tid: self.next_tid(None),
            kind,
            origin: Origin::Client,
            sender: user,
            sender_id: self.user_text(user),
            sender_info: self.user_info(user),
            body,
            reliable: false,
            stored: false,
        };
        Ok(answered(self.dispatch_direct(direct, review, Asker::Client(session))))
    }

    /// Recalls a message: one's own, or any as creator or administrator of the group.
    pub(crate) fn client_recall(&mut self, user: UserIx, key: &GroupKey, tid: &str) -> ClientAnswer {
        self.check_message_id(tid, "messageId", Rule::RecallMessageIdFormat)
            .map_err(|_| ClientRefusal::BadParameter)?;
        let group = self.resolve(user, key)?;
        self.hit(Rule::RecallClientRights);
        // A message that is not there belongs to nobody: recalling it succeeds, also for who is no staff.
        let anothers = self.sender_of(group, tid).is_some_and(|sender| sender != user)
            || self.mutants.has(Mutant::OwnRecallRefused);
        let staff = self.is_staff(group, user) && !self.is_creator_barred_by_mutant(group, user);
        if anothers && !staff && !self.mutants.has(Mutant::AnyoneRecalls) {
            return Err(ClientRefusal::Forbidden);
        }
        self.recall(group, tid);
        self.take_back_by_mutant(Mutant::RecallByClientUntold);
        Ok(ClientReply::Done)
    }

    /// The newest messages of the recent list, newest first.
    pub(crate) fn client_list_recent(
        &mut self,
        user: UserIx,
        key: &GroupKey,
        before: u64,
        page_size: u32,
    ) -> ClientAnswer {
        let size = self.client_page(page_size, (1, RECENT_PAGE_MAX))?;
        let group = self.resolve(user, key)?;
        self.check_joined(user, group)?;
        self.check_staff_by_mutant(user, group, Mutant::RecentMessagesNeedStaff)?;
        self.hit(Rule::MessageRecentSize);
        let record = &self.state.groups[group.at()];
        let keeping = self.keeping(record.app);
        // From the newest back, since that is the page; the list is short enough to be walked.
        let older = record
            .history
            .recent()
            .iter()
            .rev()
            .filter(|message| before == 0 || message.seq < before)
            .filter(|message| keeping.keeps(message) || self.mutants.has(Mutant::RecentNeverExpires));
        // One more than the page tells whether there is a next one.
        let mut page: alloc::vec::Vec<_> = older.take(size + 1).cloned().collect();
        let more = page.len() > size;
        page.truncate(size);
        let next = page.last().filter(|_| more).map_or(0, |message| message.seq);
        Ok(ClientReply::Messages(page, i64::try_from(next).expect("fewer than 2^63 messages")))
    }

    /// Stored messages, also for a client that is not in the group.
    fn client_list_history(
        &mut self,
        user: UserIx,
        key: &GroupKey,
        query: Query,
        token: i64,
    ) -> ClientAnswer {
        // All parameters before the group, as everywhere.
        let after = self.check_message_token(Some(token)).map_err(|_| ClientRefusal::BadParameter)?;
        let readings = &self.config.readings;
        let reversed = matches!((query.begin, query.end), (Some(begin), Some(end)) if begin > end);
        if reversed && readings.list_window_reversed == ListWindowReversed::Refused {
            return Err(ClientRefusal::BadParameter);
        }
        let end = match readings.list_window_end {
            ListWindowEnd::Inclusive => query.end,
            ListWindowEnd::Exclusive => query.end.map(|end| end.saturating_sub(1)),
        };
        let group = self.resolve(user, key)?;
        self.hit(Rule::HistoryClientNoJoin);
        self.hit(Rule::ListMessagesSort);
        if self.mutants.has(Mutant::ClientHistoryNeedsJoin) || self.is_removed_by_mutant(user, group) {
            self.check_joined(user, group)?;
        }
        let (mut messages, next) = self.stored_page(group, &Query { after, end, ..query });
        if self.mutants.has(Mutant::ClientHistoryByDelivery) {
            messages
                .sort_by_key(|message| if query.descending { u64::MAX - message.seq } else { message.seq });
        }
        Ok(ClientReply::Messages(messages, i64::try_from(next).expect("fewer than 2^63 messages")))
    }

    /// The bounds of a page of stored messages: of those for a replay, or of those that only staff may list.
    fn client_history_pages(&mut self, staff: bool) -> (u32, u32) {
        if staff {
            return TYPED_PAGE_SIZES;
        }
        self.hit(Rule::HistoryClientPageSize);
        let (low, high) = match self.config.readings.history_client_page {
            HistoryClientPage::Hundred => (1, CLIENT_HISTORY_PAGE_MAX),
            HistoryClientPage::TenToThirty => TYPED_PAGE_SIZES,
        };
        let rule = Rule::HistoryClientPageSize;
        (self.least(rule, low), self.most(rule, high))
    }

    /// The window that a client asks for, in UNIX seconds; 0 is no bound.
    fn client_window(&mut self, begin: u64, end: u64) -> Query {
        if begin == 0 || end == 0 {
            self.hit(Rule::HistoryClientUnbounded);
        }
        // Zero is "no bound" for clients, where the back end leaves the parameter out.
        let bounds = |at: &u64| *at > 0;
        let mut end = Some(end).filter(bounds);
        if self.mutants.has(Mutant::ClientHistoryZeroEnds) {
            end = end.or(Some(0));
        }
        let mut begin = Some(begin).filter(bounds);
        if self.mutants.has(Mutant::ClientHistoryZeroBegins) {
            begin = begin.or_else(|| Some(self.state.now.unix_seconds() + 1));
        }
        Query { begin, end, ..Query::default() }
    }

    fn client_page(&self, given: u32, (low, high): (u32, u32)) -> Result<usize, ClientRefusal> {
        if !(low..=high).contains(&given) && self.config.readings.list_page_range == ListPageRange::Refused {
            return Err(ClientRefusal::BadParameter);
        }
        Ok(given.clamp(low, high) as usize)
    }
}

fn answered(accepted: Accepted) -> ClientReply {
    match accepted {
        Accepted::Pending(ticket) => ClientReply::Pending(ticket),
        Accepted::Sent(tid) => ClientReply::Sent(tid),
    }
}
