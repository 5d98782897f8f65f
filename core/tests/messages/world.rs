//! A service with one application, short words for what tests do to it, and a transcript of everything it says.

use std::fmt::Write as _;
use std::sync::Arc;

use claque_core::reading::Families;
use claque_core::{
    AccountIx, AppIx, Caller, ClientRefusal, ClientReply, ClientRequest, ClientSend, Config, ConsoleRequest,
    CreateLiveMessageApp, CreateLiveMessageGroup, Cursor, DeleteLiveMessageGroup, Duration, GroupIx,
    HitCounts, Instant, LinkEnd, ListLiveMessageGroupMessages, Login, Message, MessagePage, Mutant, Mutated,
    Output, Priority, Readings, RecoverLiveMessageDeletedGroup, Refusal, Reply, Request, Response,
    SendLiveMessageGroup, Service, SessionId, Shed, Text, Ticket, Verdict, client_token,
};

/// What a world is made with besides its configuration.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    pub(crate) mutation: Option<Mutant>,
    pub(crate) reading: Option<(&'static str, &'static str)>,
}

/// A service, its clock, its application and everything it put out.
pub(crate) struct World {
    pub(crate) service: Service<HitCounts, Mutated>,
    pub(crate) now: Instant,
    pub(crate) caller: Caller,
    pub(crate) app_id: Arc<str>,
    app_key: Arc<str>,
    app_sign: Arc<str>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) story: String,
    strict: bool,
}

/// The start of all tests: a whole second, and the start of five.
pub(crate) const START: Instant = Instant::from_unix_seconds(1_700_000_000);

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::set_up(Setup::default(), change)
    }

    pub(crate) fn read(reading: &'static str, value: &'static str) -> Self {
        Self::set_up(Setup { mutation: None, reading: Some((reading, value)) }, |_| {})
    }

    pub(crate) fn set_up(setup: Setup, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.limits.call_quotas = false;
        // One application serves both families' calls.
        config.readings.families = Families::Shared;
        change(&mut config);
        if let Some((id, value)) = setup.reading {
            let mut readings: Readings = config.readings;
            readings.set(id, value).expect("a known reading");
            config.readings = readings;
        }
        let mut service = Service::new(START, config, HitCounts::default(), Mutated(setup.mutation));
        service.subscribe_ledger(true);
        let empty: Arc<str> = "".into();
        let mut world = Self {
            service,
            now: START,
            caller: Caller::account(AccountIx(0)),
            app_id: empty.clone(),
            app_key: empty.clone(),
            app_sign: empty,
            outputs: Vec::new(),
            story: String::new(),
            strict: setup.mutation.is_none(),
        };
        world.use_new_app(CreateLiveMessageApp::default());
        world
    }

    /// Creates an application and works in it from now on.
    pub(crate) fn use_new_app(&mut self, parameters: CreateLiveMessageApp) {
        let Ok(Response::AppCreated(app)) = self.call(parameters) else { panic!("an application") };
        self.app_id = app.app_id;
        self.app_key = app.app_key;
        self.app_sign = app.app_sign;
    }

    pub(crate) fn id(&self) -> String {
        self.app_id.to_string()
    }

    pub(crate) fn app(&self) -> AppIx {
        self.service.find_app(&self.app_id).expect("the application exists")
    }

    pub(crate) fn group(&self, group_id: &str) -> GroupIx {
        self.service.find_group(self.app(), group_id).expect("the group exists")
    }

    pub(crate) fn request(&mut self, request: impl Into<Request>) -> Result<Reply, Refusal> {
        let caller = self.caller.clone();
        let outcome = self.service.handle_request(self.now, &caller, request.into());
        self.tell(&format!("{outcome:?}"));
        self.drain();
        outcome
    }

    /// Makes a call that is answered at once.
    pub(crate) fn call(&mut self, request: impl Into<Request>) -> Result<Response, Refusal> {
        self.request(request).map(|reply| match reply {
            Reply::Done(response) => response,
            Reply::Pending(ticket) => panic!("answered later: {ticket:?}"),
        })
    }

    pub(crate) fn create(&mut self, group_id: &str) -> GroupIx {
        let (app_id, group_id) = (self.id(), group_id.to_owned());
        let id = group_id.clone();
        drop(self.call(CreateLiveMessageGroup { app_id, group_id, ..Default::default() }));
        self.group(&id)
    }

    pub(crate) fn delete(&mut self, group_id: &str) {
        let (app_id, group_id) = (self.id(), group_id.to_owned());
        drop(self.call(DeleteLiveMessageGroup { app_id, group_id, ..Default::default() }));
    }

    pub(crate) fn restore(&mut self, group_id: &str) {
        let (app_id, group_id) = (self.id(), group_id.to_owned());
        drop(self.call(RecoverLiveMessageDeletedGroup { app_id, group_id, ..Default::default() }));
    }

    pub(crate) fn login(&self, user: &str, role: &str) -> Login {
        let timestamp = START.unix_seconds() + 400 * 86_400;
        Login {
            app_id: self.app_id.clone(),
            app_sign: self.app_sign.clone(),
            user_id: user.into(),
            user_info: format!("{user}'s").into(),
            role: role.into(),
            timestamp,
            token: client_token(&self.app_id, &self.app_key, user, "", timestamp, role).into(),
            acknowledges: true,
            ..Login::default()
        }
    }

    pub(crate) fn connect_with(&mut self, login: &Login) -> SessionId {
        let connected = self.service.handle_connect(self.now, login).expect("the token verifies");
        self.drain();
        connected.session
    }

    pub(crate) fn connect(&mut self, user: &str) -> SessionId {
        let login = self.login(user, "");
        self.connect_with(&login)
    }

    /// Logs users on and puts them into a group.
    pub(crate) fn add_members<const N: usize>(&mut self, group: GroupIx, users: [&str; N]) -> [SessionId; N] {
        users.map(|user| {
            let session = self.connect(user);
            self.ask(session, ClientRequest::Join(group.into())).expect("the group exists");
            session
        })
    }

    pub(crate) fn ask(
        &mut self,
        session: SessionId,
        request: ClientRequest,
    ) -> Result<ClientReply, ClientRefusal> {
        let outcome = self.service.handle_client(self.now, session, request);
        self.tell(&format!("{outcome:?}"));
        self.drain();
        outcome
    }

    pub(crate) fn say(
        &mut self,
        session: SessionId,
        group: GroupIx,
        send: ClientSend,
    ) -> Result<ClientReply, ClientRefusal> {
        self.ask(session, ClientRequest::Send(group.into(), send))
    }

    /// Sends and expects an ID at once.
    pub(crate) fn said(&mut self, session: SessionId, group: GroupIx, send: ClientSend) -> Text {
        match self.say(session, group, send) {
            Ok(ClientReply::Sent(tid)) => tid,
            other => panic!("sent: {other:?}"),
        }
    }

    pub(crate) fn console(&mut self, request: ConsoleRequest) -> Result<Reply, Refusal> {
        let outcome = self.service.handle_console(self.now, &self.caller, request);
        self.tell(&format!("{outcome:?}"));
        self.drain();
        outcome
    }

    pub(crate) fn judge(&mut self, ticket: Ticket, verdict: Verdict) {
        self.service.handle_verdict(self.now, ticket, verdict);
        self.drain();
    }

    pub(crate) fn lose(&mut self, session: SessionId) {
        self.service.handle_disconnect(self.now, session, LinkEnd::Lost);
        self.drain();
    }

    pub(crate) fn reconnect(&mut self, session: SessionId, cursors: &[Cursor]) {
        let outcome = self.service.handle_reconnect(self.now, session, None, cursors);
        self.tell(&format!("{outcome:?}"));
        self.drain();
    }

    /// Lets time pass; whatever falls due happens.
    pub(crate) fn pass(&mut self, span: Duration) {
        self.now = self.now + span;
        self.service.handle_timeout(self.now);
        self.drain();
        assert!(self.service.poll_timeout().is_none_or(|due| due > self.now), "nothing stays due");
    }

    pub(crate) fn pass_ms(&mut self, millis: u64) {
        self.pass(Duration::from_millis(millis));
    }

    pub(crate) fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// What was delivered to whole groups since the last look.
    pub(crate) fn delivered(&mut self) -> Vec<Arc<Message>> {
        let fanout = |output| if let Output::Deliver(fanout) = output { Some(fanout.message) } else { None };
        self.take().into_iter().filter_map(fanout).collect()
    }

    /// What was shed since the last look; everything else is forgotten.
    pub(crate) fn shed(&mut self) -> Vec<Shed> {
        let shed = |output| if let Output::Shed(shed) = output { Some(shed) } else { None };
        self.take().into_iter().filter_map(shed).collect()
    }

    /// A send of the back end to a group, to be completed.
    pub(crate) fn post(&self, group_id: &str) -> SendLiveMessageGroup {
        SendLiveMessageGroup {
            app_id: self.id(),
            group_id: group_id.into(),
            sender_id: "studio".into(),
            body: Some("welcome".into()),
            msg_type: Some(10_001),
            ..Default::default()
        }
    }

    pub(crate) fn posted(&mut self, send: SendLiveMessageGroup) -> Result<Text, Refusal> {
        self.call(send).map(|response| {
            let Response::MessageSent(tid) = response else { panic!("sent: {response:?}") };
            tid
        })
    }

    pub(crate) fn query(&self, group_id: &str) -> ListLiveMessageGroupMessages {
        ListLiveMessageGroupMessages {
            app_id: self.id(),
            group_id: group_id.into(),
            page_size: Some(50),
            sort_type: Some(1),
            ..Default::default()
        }
    }

    pub(crate) fn page(&mut self, query: ListLiveMessageGroupMessages) -> Result<MessagePage, Refusal> {
        self.call(query).map(|response| {
            let Response::Messages(page) = response else { panic!("a page: {response:?}") };
            page
        })
    }

    /// Bodies of everything that is stored, oldest first.
    pub(crate) fn stored(&mut self, group_id: &str) -> Vec<String> {
        let query = self.query(group_id);
        bodies(&self.page(query).expect("the group is known"))
    }

    /// Bodies of the recent list, newest first.
    pub(crate) fn recent(&mut self, session: SessionId, group: GroupIx) -> Vec<String> {
        let request = ClientRequest::ListRecentMessages { group: group.into(), before: 0, page_size: 50 };
        match self.ask(session, request) {
            Ok(ClientReply::Messages(messages, _)) => {
                messages.iter().map(|message| message.body.to_string()).collect()
            }
            other => panic!("messages: {other:?}"),
        }
    }

    pub(crate) fn tell(&mut self, line: &str) {
        let since = self.now.since(START);
        writeln!(self.story, "{since} {line}").expect("a text takes any line");
    }

    fn drain(&mut self) {
        while let Some(output) = self.service.poll_output() {
            self.tell(&format!("< {output:?}"));
            self.outputs.push(output);
        }
        if self.strict
            && let Err(violation) = self.service.check_invariants()
        {
            panic!("violated: {violation:?}");
        }
    }
}

/// A client's message.
pub(crate) fn note(body: &str, kind: i64, level: Priority) -> ClientSend {
    ClientSend::new(kind, level, body)
}

pub(crate) fn bodies(page: &MessagePage) -> Vec<String> {
    page.messages.iter().map(|message| message.body.to_string()).collect()
}
