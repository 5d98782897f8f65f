//! A long script of calls, and what a service answers to it, as text: the same script tells a sound service from a
//! broken one.

mod console;
mod open;
mod people;
mod places;
mod returns;

use std::fmt::Write as _;

use claque_core::{
    Caller, ClientRequest, ClientSend, Config, ConsoleRequest, CreateLiveMessageApp, CreateLiveMessageGroup,
    Cursor, DeleteLiveMessageGroup, DescribeLiveMessageGroup, Duration, HitCounts, LinkEnd,
    ListLiveMessageGroupByPage, ListLiveMessageGroupUsers, ListLiveMessageGroups, Mutant, Priority,
    RecoverLiveMessageDeletedGroup, Reply, Request, Response, SessionId,
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
    story: String,
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).into()).collect()
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("user{at}")).collect()
}

impl Script {
    fn new(setup: Setup, change: impl FnOnce(&mut Config)) -> Self {
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

    fn tell(&mut self, what: &str) {
        writeln!(self.story, "{what}").expect("the test goes as planned");
        for output in self.world.take() {
            writeln!(self.story, "  {output:?}").expect("the test goes as planned");
        }
        if let Err(violation) = self.world.service.check_invariants() {
            writeln!(self.story, "  violated: {violation:?}").expect("the test goes as planned");
        }
    }

    fn call(&mut self, request: impl Into<Request>) -> Option<Response> {
        let caller = self.world.caller.clone();
        self.call_as(&caller, request)
    }

    fn call_as(&mut self, caller: &Caller, request: impl Into<Request>) -> Option<Response> {
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

    fn create(&mut self, group_id: &str) {
        self.call(CreateLiveMessageGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            ..CreateLiveMessageGroup::default()
        });
    }

    fn delete(&mut self, group_id: &str, by: &str) {
        self.call(DeleteLiveMessageGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            operator_id: Some(by.into()),
            ..DeleteLiveMessageGroup::default()
        });
    }

    fn recover(&mut self, group_id: &str) {
        self.call(RecoverLiveMessageDeletedGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            ..RecoverLiveMessageDeletedGroup::default()
        });
    }

    fn describe(&mut self, group_id: &str) {
        self.call(DescribeLiveMessageGroup {
            app_id: self.world.id(),
            group_id: group_id.into(),
            ..DescribeLiveMessageGroup::default()
        });
    }

    fn list_users(&mut self, group_id: &str, sort: i32, size: i32) {
        self.call(ListLiveMessageGroupUsers {
            app_id: self.world.id(),
            group_id: group_id.into(),
            page_size: Some(size),
            sort_type: Some(sort),
            ..ListLiveMessageGroupUsers::default()
        });
    }

    fn list_groups(&mut self, status: i32, sort: i32, token: Option<i64>) {
        self.call(ListLiveMessageGroups {
            app_id: self.world.id(),
            group_status: Some(status),
            sort_type: Some(sort),
            next_page_token: token,
            ..ListLiveMessageGroups::default()
        });
    }

    fn page_groups(&mut self, number: Option<i32>, size: Option<i32>) {
        self.call(ListLiveMessageGroupByPage {
            app_id: self.world.id(),
            page_number: number,
            page_size: size,
            sort_type: Some(1),
            ..ListLiveMessageGroupByPage::default()
        });
    }

    fn connect(&mut self, user: &str, role: &str) -> Option<SessionId> {
        let login = self.world.login(user, role);
        let outcome = self.world.connect_with(&login);
        self.tell(&format!("{outcome:?}"));
        outcome.ok().map(|connected| connected.session)
    }

    fn ask(&mut self, session: Option<SessionId>, request: ClientRequest) {
        let Some(session) = session else { return };
        let outcome = self.world.ask(session, request);
        self.tell(&format!("{outcome:?}"));
    }

    fn join(&mut self, session: Option<SessionId>, group: &str) {
        self.ask(session, ClientRequest::Join(group.into()));
    }

    fn say(&mut self, session: Option<SessionId>, kind: i64, body: &str) {
        let message = ClientSend::new(kind, Priority::Medium, body);
        self.ask(session, ClientRequest::Send("show".into(), message));
    }

    fn leave(&mut self, session: Option<SessionId>, group: &str) {
        self.ask(session, ClientRequest::Leave(group.into()));
    }

    fn pass(&mut self, span: Duration) {
        self.world.pass(span);
        self.tell("time passes");
    }

    fn disconnect(&mut self, session: Option<SessionId>, end: LinkEnd) {
        let Some(session) = session else { return };
        self.world.disconnect(session, end);
        self.tell("disconnected");
    }

    fn reconnect(&mut self, session: Option<SessionId>, cursors: &[Cursor]) {
        let Some(session) = session else { return };
        let outcome = self.world.reconnect(session, None, cursors);
        self.tell(&format!("{outcome:?}"));
    }

    fn console(&mut self, request: ConsoleRequest) -> Option<Reply> {
        let outcome = self.world.console(request);
        self.tell(&format!("{outcome:?}"));
        outcome.ok()
    }
}

/// Everything that the service answers to the whole script, and how often each rule decided.
pub(crate) fn story(setup: Setup) -> (String, HitCounts) {
    let parts = [
        places::applications,
        places::switches,
        places::groups,
        places::forms,
        places::members,
        places::supergroups,
        people::sessions,
        people::mutes,
        people::silence,
        people::quotas,
        people::policies,
        people::old,
        people::old_apps,
        console::changes,
        console::characters,
        console::rights,
        console::returns,
        open::names,
        open::groups,
        open::mutes,
        open::scopes,
        returns::returns,
        returns::closing,
        returns::families,
    ];
    let mut noted = String::new();
    let mut hits = HitCounts::default();
    for part in parts {
        let script = part(setup);
        noted.push_str(&script.story);
        hits.merge(script.world.service.tracer());
    }
    (noted, hits)
}
