//! The show: drives the service, and puts what it puts out into inboxes.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use claque_core::{
    AccountIx, AppCreated, Callback, Caller, ClientRefusal, ClientReply, ClientRequest, ClientSend, Config,
    CreateLiveMessageApp, CreateLiveMessageGroup, Cursor, Duration, GroupIx, GroupKey, Instant, LinkEnd,
    Login, Moderation, NoTrace, NoticeTo, Output, Overdue, Priority, Refusal, Reply, Request, Response,
    Service, SessionId, Shed, Sound, Text, Ticket, UserIx, Verdict, client_token,
};

use crate::inbox::{Inbox, InboxItem};

/// The type of a comment, as the vendor's examples have it.
pub const COMMENT: i64 = 10_001;
/// The owner of every group that [`Show::group`] makes.
pub const OWNER: &str = "host";
/// When a show begins: 2026-01-01T20:00:00Z.
const BEGINNING: Instant = Instant::from_unix_seconds(1_767_297_600);
/// So long a viewer's token is good.
const TOKEN_LIFE: Duration = Duration::from_days(365);

/// A viewer who has logged on at least once.
#[derive(Debug)]
struct ViewerState {
    /// None after the session ended.
    session: Option<SessionId>,
    /// Whether its link is up: only then anything arrives.
    is_linked: bool,
    /// How far it came in each group, for a reconnect.
    seen: BTreeMap<GroupIx, u64>,
    inbox: Vec<InboxItem>,
}

/// An application of the service with its groups, viewers and clock.
pub struct Show {
    service: Service<NoTrace, Sound>,
    now: Instant,
    app: AppCreated,
    /// The group that [`Show::join`] and [`Show::say`] mean.
    current: Option<Arc<str>>,
    viewers: BTreeMap<UserIx, ViewerState>,
    ledger: Vec<Shed>,
    overdue: Vec<Overdue>,
    callbacks: Vec<Callback>,
    reviews: VecDeque<Moderation>,
    answers: BTreeMap<Ticket, Result<Response, Refusal>>,
    client_answers: BTreeMap<Ticket, Result<ClientReply, ClientRefusal>>,
}

impl fmt::Debug for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.viewers.keys().map(|user| self.service.user_id(*user));
        f.debug_struct("Show")
            .field("now", &self.now)
            .field("app", &self.app.app_id)
            .field("viewers", &names.collect::<Vec<_>>())
            .field("shed", &self.ledger.len())
            .finish_non_exhaustive()
    }
}

impl Default for Show {
    fn default() -> Self {
        Self::new()
    }
}

/// The setting: each gives the show back, so that it is written in one line.
impl Show {
    /// A service with one application, at 2026-01-01T20:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// The same with other readings, limits, refused words, or another key for its IDs.
    ///
    /// # Panics
    /// When the configuration has no account.
    #[must_use]
    pub fn with(config: Config) -> Self {
        assert!(!config.accounts.is_empty(), "a service without an account takes no calls");
        let mut service = Service::new(BEGINNING, config, NoTrace, Sound);
        service.subscribe_ledger(true);
        let request = CreateLiveMessageApp { app_name: Some("show".to_owned()), ..Default::default() };
        let caller = Caller::account(AccountIx(0));
        let Ok(Reply::Done(Response::AppCreated(app))) =
            service.handle_request(BEGINNING, &caller, request.into())
        else {
            panic!("the limits of the configuration allow no application");
        };
        Self {
            service,
            now: BEGINNING,
            app,
            current: None,
            viewers: BTreeMap::new(),
            ledger: Vec::new(),
            overdue: Vec::new(),
            callbacks: Vec::new(),
            reviews: VecDeque::new(),
            answers: BTreeMap::new(),
            client_answers: BTreeMap::new(),
        }
    }

    /// Creates a group, owned by [`OWNER`]; [`Self::join`] and [`Self::say`] mean the last one.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        let request = CreateLiveMessageGroup {
            app_id: self.app.app_id.to_string(),
            group_id: group.to_owned(),
            creator_id: Some(OWNER.to_owned()),
            ..Default::default()
        };
        self.call(request).unwrap_or_else(|refusal| panic!("group {group:?}: {refusal}"));
        self.current = Some(group.into());
        self
    }

    /// Logs a viewer on, unless that has happened, and joins the group.
    ///
    /// # Panics
    /// When it is refused, or there is no group.
    #[must_use]
    pub fn join(mut self, user: &str) -> Self {
        self.enter(user);
        self
    }
}

/// The viewers' side.
impl Show {
    /// As [`Self::join`], while the show goes on.
    ///
    /// # Panics
    /// When it is refused, or there is no group.
    pub fn enter(&mut self, user: &str) {
        let group = self.group_key();
        if !self.is_online(user) {
            self.log_on(user).unwrap_or_else(|refusal| panic!("{user:?} logs on: {refusal:?}"));
        }
        self.ask(user, ClientRequest::Join(group))
            .unwrap_or_else(|refusal| panic!("{user:?} joins: {refusal:?}"));
    }

    /// Logs a viewer on, or on again: an earlier session of the user ends.
    ///
    /// # Errors
    /// The documented refusal.
    pub fn log_on(&mut self, user: &str) -> Result<(), ClientRefusal> {
        let login = self.login(user);
        let connected = self.service.handle_connect(self.now, &login)?;
        let viewer = ViewerState {
            session: Some(connected.session),
            is_linked: true,
            seen: connected.groups.iter().map(|state| (state.group, state.high_index)).collect(),
            inbox: Vec::new(),
        };
        // Ahead of the outputs: they may be for this session already. The earlier one's inbox ends with it.
        self.viewers.insert(connected.session.user, viewer);
        self.drain();
        Ok(())
    }

    /// Says something as a comment of the lowest level, in the group that was made last; gives the message ID.
    ///
    /// # Panics
    /// When it is refused, waits for a review, or there is no group.
    pub fn say(&mut self, user: &str, text: &str) -> Text {
        self.send(user, COMMENT, Priority::Normal, text)
            .unwrap_or_else(|refusal| panic!("{user:?} says: {refusal:?}"))
    }

    /// Sends a message to the group that was made last; gives the message ID.
    ///
    /// # Errors
    /// The documented refusal.
    ///
    /// # Panics
    /// When the message waits for a review ([`Self::ask`] gives its ticket), or there is no group.
    pub fn send(
        &mut self,
        user: &str,
        kind: i64,
        level: Priority,
        text: &str,
    ) -> Result<Text, ClientRefusal> {
        let message = ClientSend::new(kind, level, text);
        match self.ask(user, ClientRequest::Send(self.group_key(), message))? {
            ClientReply::Sent(tid) => Ok(tid),
            other => panic!("{user:?} sends {text:?}, and the answer is {other:?}"),
        }
    }

    /// Makes any request of a viewer's client.
    ///
    /// # Errors
    /// The documented refusal.
    ///
    /// # Panics
    /// When the viewer is not logged on.
    pub fn ask(&mut self, user: &str, request: ClientRequest) -> Result<ClientReply, ClientRefusal> {
        let session = self.session(user);
        let reply = self.service.handle_client(self.now, session, request);
        if let Ok(ClientReply::Group(state)) = &reply
            && let Some(viewer) = self.viewers.get_mut(&session.user)
        {
            // What was delivered before the viewer came is not missing.
            viewer.seen.entry(state.group).or_insert(state.high_index);
        }
        self.drain();
        reply
    }

    /// Cuts a viewer's link: the service notices when no heartbeat comes, and what is sent meanwhile is lost.
    ///
    /// # Panics
    /// When the viewer is not logged on.
    pub fn cut(&mut self, user: &str) {
        let session = self.session(user);
        self.viewer_mut(session.user).is_linked = false;
        self.service.handle_disconnect(self.now, session, LinkEnd::Lost);
        self.drain();
    }

    /// Brings a link back; HIGH messages that were missed come as [`InboxItem::Recovered`].
    ///
    /// # Errors
    /// That the session is over: [`Self::log_on`] makes a new one.
    ///
    /// # Panics
    /// When the viewer never logged on.
    pub fn reconnect(&mut self, user: &str) -> Result<(), ClientRefusal> {
        let session = self.session(user);
        let seen = &self.viewer_mut(session.user).seen;
        let cursors: Vec<Cursor> =
            seen.iter().map(|(group, high_seq)| Cursor { group: *group, high_seq: *high_seq }).collect();
        let login = self.login(user);
        let connected = self.service.handle_reconnect(self.now, session, Some(&login), &cursors)?;
        let viewer = self.viewer_mut(session.user);
        (viewer.session, viewer.is_linked) = (Some(connected.session), true);
        self.drain();
        Ok(())
    }

    /// What came to a viewer.
    ///
    /// # Panics
    /// When nobody of that name ever logged on.
    #[must_use]
    pub fn inbox(&self, user: &str) -> Inbox<'_> {
        Inbox(&self.viewer(user).inbox)
    }

    /// Takes out what came to a viewer, so that the inbox is empty.
    ///
    /// # Panics
    /// When nobody of that name ever logged on.
    pub fn take_inbox(&mut self, user: &str) -> Vec<InboxItem> {
        let user = self.user(user);
        std::mem::take(&mut self.viewer_mut(user).inbox)
    }

    /// Whether a viewer has a session, be its link up or lost.
    #[must_use]
    pub fn is_online(&self, user: &str) -> bool {
        let found = self.service.find_user(self.app_ix(), user);
        found.and_then(|user| self.viewers.get(&user)).is_some_and(|viewer| viewer.session.is_some())
    }
}

/// The back end's side, and the tester's hands.
impl Show {
    /// Makes any documented server-side call, with the rights of the account.
    ///
    /// # Errors
    /// The documented refusal.
    pub fn call(&mut self, request: impl Into<Request>) -> Result<Reply, Refusal> {
        self.call_as(&Caller::account(AccountIx(0)), request)
    }

    /// Makes a call as somebody else: a RAM user, another account.
    ///
    /// # Errors
    /// The documented refusal.
    pub fn call_as(&mut self, caller: &Caller, request: impl Into<Request>) -> Result<Reply, Refusal> {
        let reply = self.service.handle_request(self.now, caller, request.into());
        self.drain();
        reply
    }

    /// Moves the clock on; all that is due on the way happens, each at its time.
    pub fn advance(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(due) = self.service.poll_timeout().filter(|due| *due <= until) {
            self.now = due;
            self.service.handle_timeout(due);
            self.drain();
        }
        self.now = until;
        self.service.handle_timeout(until);
        self.drain();
    }

    /// The time of the service.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The application: ID, key and sign.
    #[must_use]
    pub const fn app(&self) -> &AppCreated {
        &self.app
    }

    /// All messages that the frequency control discarded so far.
    #[must_use]
    pub fn ledger(&self) -> &[Shed] {
        &self.ledger
    }

    /// The newest messages of a type that came later than documented.
    #[must_use]
    pub fn overdue(&self) -> &[Overdue] {
        &self.overdue
    }

    /// Whether a message was discarded.
    #[must_use]
    pub fn is_shed(&self, tid: &str) -> bool {
        self.ledger.iter().any(|shed| shed.tid.is(tid))
    }

    /// Event callbacks that the application would have received, if it has an address for them.
    #[must_use]
    pub fn callbacks(&self) -> &[Callback] {
        &self.callbacks
    }

    /// The oldest text that waits for the application's own review.
    pub fn next_review(&mut self) -> Option<Moderation> {
        self.reviews.pop_front()
    }

    /// Answers a review.
    pub fn decide(&mut self, review: &Moderation, verdict: Verdict) {
        self.service.handle_verdict(self.now, review.ticket, verdict);
        self.drain();
    }

    /// The late answer to a server-side call that was [`Reply::Pending`].
    pub fn answer(&mut self, ticket: Ticket) -> Option<Result<Response, Refusal>> {
        self.answers.remove(&ticket)
    }

    /// The late answer to a viewer's request that was [`ClientReply::Pending`].
    pub fn client_answer(&mut self, ticket: Ticket) -> Option<Result<ClientReply, ClientRefusal>> {
        self.client_answers.remove(&ticket)
    }

    /// The service itself, to look at.
    #[must_use]
    pub const fn service(&self) -> &Service<NoTrace, Sound> {
        &self.service
    }
}

impl Show {
    fn app_ix(&self) -> claque_core::AppIx {
        self.service.find_app(&self.app.app_id).expect("the application was made with the show")
    }

    fn group_key(&self) -> GroupKey {
        let current = self.current.clone().expect("a show needs a group first: Show::new().group(\"g1\")");
        GroupKey::Name(current)
    }

    fn user(&self, user: &str) -> UserIx {
        let found =
            self.service.find_user(self.app_ix(), user).filter(|user| self.viewers.contains_key(user));
        found.unwrap_or_else(|| panic!("nobody called {user:?} has logged on: join({user:?}) does it"))
    }

    fn viewer(&self, user: &str) -> &ViewerState {
        &self.viewers[&self.user(user)]
    }

    fn viewer_mut(&mut self, user: UserIx) -> &mut ViewerState {
        self.viewers.get_mut(&user).expect("the viewer was found")
    }

    fn session(&self, user: &str) -> SessionId {
        let session = self.viewer(user).session;
        session.unwrap_or_else(|| panic!("the session of {user:?} is over: log_on({user:?}) makes another"))
    }

    fn login(&self, user: &str) -> Login {
        let timestamp = (self.now + TOKEN_LIFE).unix_seconds();
        Login {
            app_id: Arc::clone(&self.app.app_id),
            app_sign: Arc::clone(&self.app.app_sign),
            user_id: user.into(),
            token: client_token(&self.app.app_id, &self.app.app_key, user, "", timestamp, "").into(),
            timestamp,
            acknowledges: true,
            ..Default::default()
        }
    }

    /// Does what the service wants done, until it wants nothing.
    fn drain(&mut self) {
        while let Some(output) = self.service.poll_output() {
            self.obey(output);
        }
    }

    fn obey(&mut self, output: Output) {
        match output {
            Output::Answer(ticket, answer) => drop(self.answers.insert(ticket, answer)),
            Output::ClientAnswer(_, ticket, answer) => drop(self.client_answers.insert(ticket, answer)),
            Output::Callback(callback) => self.callbacks.push(callback),
            Output::Close(session, reason) => {
                if let Some(viewer) = self.linked(session) {
                    (viewer.session, viewer.is_linked) = (None, false);
                    viewer.inbox.push(InboxItem::LoggedOff(reason));
                } else if let Some(viewer) = self.viewers.get_mut(&session.user)
                    && viewer.session == Some(session)
                {
                    viewer.session = None;
                }
            }
            Output::Deliver(fanout) => {
                let members: Vec<UserIx> = self.members(fanout.group);
                for user in members.into_iter().filter(|user| Some(*user) != fanout.withhold) {
                    self.put(user, InboxItem::Message(Arc::clone(&fanout.message)));
                }
            }
            Output::DeliverTo(sessions, message) => {
                for session in sessions {
                    self.put(session.user, InboxItem::Message(Arc::clone(&message)));
                }
            }
            Output::Direct(session, message, ticket) => {
                let arrives = self.linked(session).is_some();
                self.put(session.user, InboxItem::Message(message));
                if let Some(ticket) = ticket.filter(|_| arrives) {
                    // As the documented client does it, without asking anybody.
                    drop(self.service.handle_client(self.now, session, ClientRequest::Acknowledge(ticket)));
                }
            }
            Output::Moderate(review) => self.reviews.push_back(review),
            Output::Notice(to, notice, users) => {
                let users = match to {
                    NoticeTo::Group(group) => self.members(group),
                    NoticeTo::Users(_) => users,
                    NoticeTo::Session(session) => vec![session.user],
                };
                for user in users {
                    self.put(user, InboxItem::Notice(notice.clone()));
                }
            }
            Output::Recover(session, _, messages) => {
                for message in messages {
                    self.put(session.user, InboxItem::Recovered(message));
                }
            }
            Output::Shed(shed) => self.ledger.push(shed),
            Output::Overdue(overdue) => self.overdue.push(overdue),
            Output::Log(_) => {}
        }
    }

    fn members(&self, group: GroupIx) -> Vec<UserIx> {
        self.service
            .audience(group)
            .iter()
            .filter(|member| member.is_taken())
            .map(|member| member.user)
            .collect()
    }

    /// The viewer of a session, where its link is up.
    fn linked(&mut self, session: SessionId) -> Option<&mut ViewerState> {
        let viewer = self.viewers.get_mut(&session.user)?;
        (viewer.session == Some(session) && viewer.is_linked).then_some(viewer)
    }

    fn put(&mut self, user: UserIx, received: InboxItem) {
        let Some(viewer) = self.viewers.get_mut(&user).filter(|viewer| viewer.is_linked) else { return };
        if let InboxItem::Message(message) | InboxItem::Recovered(message) = &received
            && let Some(group) = message.group
            && message.high_index > 0
        {
            let seen = viewer.seen.entry(group).or_default();
            *seen = message.high_index.max(*seen);
        }
        viewer.inbox.push(received);
    }
}
