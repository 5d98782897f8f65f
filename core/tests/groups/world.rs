//! A service with one application, and short words for what tests do to it.

use std::sync::Arc;

use claque_core::reading::Families;
use claque_core::{
    AccountIx, AppIx, Caller, ClientRefusal, ClientReply, ClientRequest, Config, Connected, ConsoleRequest,
    CreateLiveMessageApp, CreateLiveMessageGroup, Cursor, Duration, GroupIx, GroupState, HitCounts, Instant,
    LinkEnd, Login, Mutant, Mutated, Output, Refusal, Reply, Request, Response, Service, SessionId,
    client_token,
};

/// A service, its clock, its application and everything it put out since the last look.
pub(crate) struct World {
    pub(crate) service: Service<HitCounts, Mutated>,
    pub(crate) now: Instant,
    pub(crate) caller: Caller,
    pub(crate) app_id: Arc<str>,
    pub(crate) app_key: Arc<str>,
    pub(crate) app_sign: Arc<str>,
    pub(crate) outputs: Vec<Output>,
    strict: bool,
}

/// The start of all tests: a whole second.
pub(crate) const START: Instant = Instant::from_unix_seconds(1_700_000_000);

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::broken(None, change)
    }

    pub(crate) fn broken(mutation: Option<Mutant>, change: impl FnOnce(&mut Config)) -> Self {
        let mut world = Self::lax(mutation, change);
        world.strict = true;
        world.use_new_app(CreateLiveMessageApp::default());
        world
    }

    /// A service without an application, whose invariants are not checked after each call.
    pub(crate) fn lax(mutation: Option<Mutant>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.limits.call_quotas = false;
        // One application serves both families' calls.
        config.readings.families = Families::Shared;
        change(&mut config);
        let service = Service::new(START, config, HitCounts::default(), Mutated(mutation));
        Self {
            service,
            now: START,
            caller: Caller::account(AccountIx(0)),
            app_id: "".into(),
            app_key: "".into(),
            app_sign: "".into(),
            outputs: Vec::new(),
            strict: false,
        }
    }

    /// Creates an application and works in it from now on.
    pub(crate) fn use_new_app(&mut self, parameters: CreateLiveMessageApp) {
        let Response::AppCreated(app) = self.call(parameters).expect("the test goes as planned") else {
            panic!("an application")
        };
        self.app_id = app.app_id;
        self.app_key = app.app_key;
        self.app_sign = app.app_sign;
    }

    pub(crate) fn app(&self) -> AppIx {
        self.service.find_app(&self.app_id).expect("the test goes as planned")
    }

    pub(crate) fn id(&self) -> String {
        self.app_id.to_string()
    }

    /// Makes a call that is answered at once.
    pub(crate) fn call(&mut self, request: impl Into<Request>) -> Result<Response, Refusal> {
        let caller = self.caller.clone();
        self.call_as(&caller, request)
    }

    pub(crate) fn call_as(
        &mut self,
        caller: &Caller,
        request: impl Into<Request>,
    ) -> Result<Response, Refusal> {
        let outcome = self.service.handle_request(self.now, caller, request.into());
        self.drain();
        outcome.map(|reply| match reply {
            Reply::Done(response) => response,
            Reply::Pending(ticket) => panic!("answered later: {ticket:?}"),
        })
    }

    pub(crate) fn create(&mut self, group_id: &str) -> GroupIx {
        let request = CreateLiveMessageGroup {
            app_id: self.id(),
            group_id: group_id.into(),
            ..CreateLiveMessageGroup::default()
        };
        let Response::GroupCreated(created) = self.call(request).expect("the test goes as planned") else {
            panic!("a group")
        };
        assert!(!created.already_exists && !created.already_delete, "{group_id} is new");
        self.service.find_group(self.app(), group_id).expect("the test goes as planned")
    }

    pub(crate) fn login(&self, user: &str, role: &str) -> Login {
        let timestamp = START.unix_seconds() + 400 * 86_400;
        Login {
            app_id: self.app_id.clone(),
            app_sign: self.app_sign.clone(),
            user_id: user.into(),
            role: role.into(),
            timestamp,
            token: client_token(&self.app_id, &self.app_key, user, "", timestamp, role).into(),
            ..Login::default()
        }
    }

    pub(crate) fn connect_with(&mut self, login: &Login) -> Result<Connected, ClientRefusal> {
        let outcome = self.service.handle_connect(self.now, login);
        self.drain();
        outcome
    }

    pub(crate) fn connect(&mut self, user: &str) -> SessionId {
        let login = self.login(user, "");
        self.connect_with(&login).expect("the test goes as planned").session
    }

    pub(crate) fn connect_admin(&mut self, user: &str) -> SessionId {
        let login = self.login(user, "admin");
        self.connect_with(&login).expect("the test goes as planned").session
    }

    pub(crate) fn ask(
        &mut self,
        session: SessionId,
        request: ClientRequest,
    ) -> Result<ClientReply, ClientRefusal> {
        let outcome = self.service.handle_client(self.now, session, request);
        self.drain();
        outcome
    }

    pub(crate) fn join(&mut self, session: SessionId, group: GroupIx) -> GroupState {
        let ClientReply::Group(state) =
            self.ask(session, ClientRequest::Join(group.into())).expect("the test goes as planned")
        else {
            panic!("a join answers with the group")
        };
        *state
    }

    pub(crate) fn leave(&mut self, session: SessionId, group: GroupIx) {
        assert_eq!(self.ask(session, ClientRequest::Leave(group.into())), Ok(ClientReply::Done));
    }

    /// Lets time pass; whatever falls due happens.
    pub(crate) fn pass(&mut self, span: Duration) {
        self.now = self.now + span;
        self.service.handle_timeout(self.now);
        self.drain();
        assert!(self.service.poll_timeout().is_none_or(|due| due > self.now), "nothing stays due");
    }

    pub(crate) fn disconnect(&mut self, session: SessionId, end: LinkEnd) {
        self.service.handle_disconnect(self.now, session, end);
        self.drain();
    }

    pub(crate) fn reconnect(
        &mut self,
        session: SessionId,
        fresh: Option<&Login>,
        cursors: &[Cursor],
    ) -> Result<Connected, ClientRefusal> {
        let outcome = self.service.handle_reconnect(self.now, session, fresh, cursors);
        self.drain();
        outcome
    }

    pub(crate) fn console(&mut self, request: ConsoleRequest) -> Result<Reply, Refusal> {
        let outcome = self.service.handle_console(self.now, &self.caller, request);
        self.drain();
        outcome
    }

    /// Goes on with a service restored from a snapshot of this one.
    pub(crate) fn restore(&mut self) {
        let snapshot = self.service.snapshot();
        let config = self.service.config().clone();
        self.service = Service::restore(snapshot, config, HitCounts::default(), Mutated(None));
    }

    pub(crate) fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.service.poll_output() {
            self.outputs.push(output);
        }
        if self.strict
            && let Err(violation) = self.service.check_invariants()
        {
            panic!("violated: {violation:?}");
        }
    }
}
