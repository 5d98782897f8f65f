//! What a script is played on: a world, the calls in short, and the story so far as text.

use std::fmt::Write as _;

use claque_core::{
    Caller, ClientRequest, ClientSend, Config, ConsoleRequest, CreateLiveMessageApp, CreateLiveMessageGroup,
    Cursor, DeleteLiveMessageGroup, DescribeLiveMessageGroup, Duration, LinkEnd, ListLiveMessageGroupByPage,
    ListLiveMessageGroupUsers, ListLiveMessageGroups, Mutant, Priority, RecoverLiveMessageDeletedGroup,
    Reply, Request, Response, SessionId,
};

use crate::world::World;

/// What a run of the script changes about the service.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    pub(crate) mutation: Option<Mutant>,
    pub(crate) reading: Option<(&'static str, &'static str)>,
}

/// A world and the story so far.
pub(crate) struct Script {
    pub(crate) world: World,
    pub(super) story: String,
}

pub(super) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).into()).collect()
}

pub(super) fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("user{at}")).collect()
}

impl Script {
    pub(super) fn new(setup: Setup, change: impl FnOnce(&mut Config)) -> Self {
        let world = World::lax(setup.mutation, |config| {
            change(config);
            if let Some((id, value)) = setup.reading {
                config.readings.set(id, value).expect("the reading exists");
            }
        });
        let mut script = Self { world, story: String::new() };
        script.call(CreateLiveMessageApp::default());
        script
    }

    pub(super) fn tell(&mut self, what: &str) {
        writeln!(self.story, "{what}").expect("the test goes as planned");
        for output in self.world.take() {
            writeln!(self.story, "  {output:?}").expect("the test goes as planned");
        }
        if let Err(violation) = self.world.service.check_invariants() {
            writeln!(self.story, "  violated: {violation:?}").expect("the test goes as planned");
        }
    }

    pub(super) fn call(&mut self, request: impl Into<Request>) -> Option<Response> {
        let caller = self.world.caller.clone();
        self.call_as(&caller, request)
    }

    pub(super) fn call_as(&mut self, caller: &Caller, request: impl Into<Request>) -> Option<Response> {
        let outcome = self.world.call_as(caller, request);
        self.tell(&format!("{outcome:?}"));
        let response = outcome.ok()?;
        if let Response::AppCreated(app) = &response {
            self.world.app_id = app.app_id.clone();
            self.world.app_key = app.app_key.clone();
            self.world.app_sign = app.app_sign.clone();
        }
        Some(response)
    }

    pub(super) fn create(&mut self, group_id: &str) {
        self.call(CreateLiveMessageGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            ..CreateLiveMessageGroup::default()
        });
    }

    pub(super) fn delete(&mut self, group_id: &str, by: &str) {
        self.call(DeleteLiveMessageGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            operator_id: Some(by.into()),
            ..DeleteLiveMessageGroup::default()
        });
    }

    pub(super) fn recover(&mut self, group_id: &str) {
        self.call(RecoverLiveMessageDeletedGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            ..RecoverLiveMessageDeletedGroup::default()
        });
    }

    pub(super) fn describe(&mut self, group_id: &str) {
        self.call(DescribeLiveMessageGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            ..DescribeLiveMessageGroup::default()
        });
    }

    pub(super) fn list_users(&mut self, group_id: &str, sort: i32, size: i32) {
        self.call(ListLiveMessageGroupUsers {
            app_id: self.world.id(),
            group_id: group_id.into(),
            page_size: Some(size),
            sort_type: Some(sort),
            ..ListLiveMessageGroupUsers::default()
        });
    }

    pub(super) fn list_groups(&mut self, status: i32, sort: i32, token: Option<i64>) {
        self.call(ListLiveMessageGroups {
            app_id: self.world.id(),
            group_status: Some(status),
            sort_type: Some(sort),
            next_page_token: token,
            ..ListLiveMessageGroups::default()
        });
    }

    pub(super) fn page_groups(&mut self, number: Option<i32>, size: Option<i32>) {
        self.call(ListLiveMessageGroupByPage {
            app_id: self.world.id(),
            page_number: number,
            page_size: size,
            sort_type: Some(1),
            ..ListLiveMessageGroupByPage::default()
        });
    }

    pub(super) fn connect(&mut self, user: &str, role: &str) -> Option<SessionId> {
        let login = self.world.login(user, role);
        let outcome = self.world.connect_with(&login);
        self.tell(&format!("{outcome:?}"));
        outcome.ok().map(|connected| connected.session)
    }

    pub(super) fn ask(&mut self, session: Option<SessionId>, request: ClientRequest) {
        let Some(session) = session else { return };
        let outcome = self.world.ask(session, request);
        self.tell(&format!("{outcome:?}"));
    }

    pub(super) fn join(&mut self, session: Option<SessionId>, group: &str) {
        self.ask(session, ClientRequest::Join(group.into()));
    }

    pub(super) fn say(&mut self, session: Option<SessionId>, kind: i64, body: &str) {
        let message = ClientSend::new(kind, Priority::Medium, body);
        self.ask(session, ClientRequest::Send("show".into(), message));
    }

    pub(super) fn leave(&mut self, session: Option<SessionId>, group: &str) {
        self.ask(session, ClientRequest::Leave(group.into()));
    }

    pub(super) fn pass(&mut self, span: Duration) {
        self.world.pass(span);
        self.tell("time passes");
    }

    pub(super) fn disconnect(&mut self, session: Option<SessionId>, end: LinkEnd) {
        let Some(session) = session else { return };
        self.world.disconnect(session, end);
        self.tell("disconnected");
    }

    pub(super) fn reconnect(&mut self, session: Option<SessionId>, cursors: &[Cursor]) {
        let Some(session) = session else { return };
        let outcome = self.world.reconnect(session, None, cursors);
        self.tell(&format!("{outcome:?}"));
    }

    pub(super) fn console(&mut self, request: ConsoleRequest) -> Option<Reply> {
        let outcome = self.world.console(request);
        self.tell(&format!("{outcome:?}"));
        outcome.ok()
    }
}
