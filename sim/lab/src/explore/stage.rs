//! A small world that can be copied: the service, its model, and what two users and two back ends know.

use std::sync::Arc;

use claque_core::{
    AccountIx, AddLiveMessageGroupBand, AppIx, BanLiveMessageGroup, Caller, ClientReply, ClientRequest,
    ClientSend, Config, CreateLiveMessageApp, CreateLiveMessageGroup, Cursor, DeleteLiveMessageGroup,
    DeleteLiveMessageGroupMessage, Duration, GroupIx, GroupKey, HitCounts, Input, Instant,
    KickLiveMessageGroupUser, Limits, LinkEnd, Login, Member, ModifyLiveMessageAppDisable, Mutants, Outcome,
    Output, RecoverLiveMessageDeletedGroup, RemoveLiveMessageGroupBand, Reply, Request, Response, Rule,
    SendLiveMessageGroup, Service, SessionId, Text, UnbanLiveMessageGroup, UserIx, client_token,
};
use claque_engine::mix;
use claque_oracle::Model;
use claque_oracle::evidence::EvidenceNames;
use claque_oracle::verdict::Verdict;

use super::step::{BackEndAct, STEPS, ScopeUser, StepAct, StepNumber, TimeStep};

/// When it begins: in the middle of a second, so that its end is something that can be waited for.
const BEGINS: Instant = Instant::from_micros(1_750_000_000_500_000);
/// The name of the group in both applications.
const GROUP: &str = "g";
/// The type of all messages.
const KIND: i64 = 10_001;

/// The bounds of a scope that decide which rules two users can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeBounds {
    /// What the scope is called.
    pub name: &'static str,
    /// Members above which a group is a supergroup.
    pub members: u32,
    /// Messages that a group delivers in a second.
    pub messages: u32,
}

/// The scopes. Two users show a crowd's rules where the bounds are as small as they are.
pub const SCOPES: [ScopeBounds; 2] = [
    // Two messages: the first that waits, and the newest of a type that is kept for it.
    ScopeBounds { name: "group", members: 2, messages: 2 },
    // One user is a group and two are a supergroup: both, and each change between them.
    ScopeBounds { name: "supergroup", members: 1, messages: 1 },
];

/// What is wrong: the rule, and the sentence.
pub(super) type WrongState = (Option<Rule>, String);

/// An application as its back end and clients know it.
#[derive(Clone, Debug, Default)]
struct AppFacts {
    id: String,
    key: Arc<str>,
    sign: Arc<str>,
}

/// A user's client.
#[derive(Clone, Copy, Debug, Default)]
struct ScopeClient {
    session: Option<SessionId>,
    /// Whether its link is up.
    up: bool,
    /// Up to where messages of its group had arrived when its link was lost.
    seen: u64,
}

/// A small world between two steps.
#[derive(Clone, Debug)]
pub(super) struct ExploredStage<D> {
    pub(super) service: Service<HitCounts, D>,
    pub(super) model: Model,
    pub(super) now: Instant,
    pub(super) mutants: D,
    apps: [AppFacts; 2],
    clients: [ScopeClient; 3],
    /// The newest message of the first application's group: accepted, and the number of the newest delivered.
    newest: Option<Text>,
    delivered: u64,
    wrong: Option<WrongState>,
}

impl<D: Mutants> ExploredStage<D> {
    /// Two applications with a group of one name each. Everybody is logged on; ada is in the group, and her namesake in the
    /// other application is in that one's.
    pub(super) fn new(bounds: ScopeBounds, mutants: D) -> Self {
        let limits = Limits {
            group_members_max: bounds.members,
            group_messages_per_second: bounds.messages,
            // So few calls reach no quota, and a count of them would make a new state of each.
            call_quotas: false,
            ..Limits::default()
        };
        let config = Config { limits, ..Config::default() };
        let model = Model::new(&config);
        let mut service = Service::new(BEGINS, config, HitCounts::default(), mutants.clone());
        service.subscribe_ledger(true);
        let mut stage = Self {
            service,
            model,
            now: BEGINS,
            mutants,
            apps: Default::default(),
            clients: Default::default(),
            newest: None,
            delivered: 0,
            wrong: None,
        };
        for app in 0..2 {
            stage.found_app(app);
        }
        for (actor, joins) in [(ScopeUser::Ada, true), (ScopeUser::Bob, false), (ScopeUser::OtherAda, true)] {
            stage.act(StepAct::LogOn(actor, 0));
            if joins {
                stage.act(StepAct::Join(actor));
            }
        }
        stage
    }

    fn found_app(&mut self, app: usize) {
        let created = self.ask(CreateLiveMessageApp {
            app_name: Some(["first", "second"][app].to_owned()),
            event_callback_url: Some("https://callbacks.example.com/events".to_owned()),
            ..Default::default()
        });
        if let Outcome::Request(Ok(Reply::Done(Response::AppCreated(made)))) = created {
            self.apps[app] = AppFacts { id: made.app_id.to_string(), key: made.app_key, sign: made.app_sign };
        }
        let app_id = self.apps[app].id.clone();
        self.ask(CreateLiveMessageGroup { app_id, group_id: GROUP.to_owned(), ..Default::default() });
    }

    /// What was found to be wrong first.
    pub(super) fn wrong(&self) -> Option<WrongState> {
        self.wrong.clone()
    }

    pub(super) fn refute(&mut self, rule: Option<Rule>, says: String) {
        self.wrong.get_or_insert((rule, says));
    }

    /// What two states must share, so that the same follows from both.
    pub(super) fn fingerprint(&mut self) -> u64 {
        let known = self.clients.iter().fold(self.delivered, |hash, client| {
            let generation = client.session.map_or(0, |session| u64::from(session.generation));
            mix(hash ^ mix(generation << 1 | u64::from(client.up)) ^ client.seen.rotate_left(32))
        });
        let newest = self.newest.as_ref().map_or(0, |tid| xxhash_rust::xxh3::xxh3_64(tid.as_bytes()));
        // The model beside the service: of a service that forgets something, two states look alike that must not be.
        mix(self.service.lasting_digest() ^ mix(self.model.fingerprint() ^ mix(known ^ newest)))
    }

    /// Takes a step, unless nothing can come of it, such as waiting for nothing; whether it did.
    pub(super) fn step(&mut self, step: StepNumber) -> bool {
        self.act(STEPS[usize::from(step)].1)
    }

    fn act(&mut self, act: StepAct) -> bool {
        match act {
            StepAct::LogOn(actor, device) => self.log_on(actor, device),
            StepAct::LogOff(actor) => self.client(actor, ClientRequest::Logout),
            StepAct::LoseLink(actor) => return self.lose_link(actor),
            StepAct::Return(actor) => return self.come_back(actor),
            StepAct::Join(actor) => self.client(actor, ClientRequest::Join(GroupKey::from(GROUP))),
            StepAct::Leave(actor) => self.client(actor, ClientRequest::Leave(GroupKey::from(GROUP))),
            StepAct::Say(actor, level) => {
                let send = ClientSend::new(KIND, level, "hello");
                self.client(actor, ClientRequest::Send(GroupKey::from(GROUP), send));
            }
            StepAct::BackEnd(act) => self.back_end(0, act),
            StepAct::OtherBackEnd(act) => self.back_end(1, act),
            StepAct::Pass(span) => return self.pass(span),
        }
        true
    }

    fn log_on(&mut self, actor: ScopeUser, device: u32) {
        let (app, user) = home_of(actor);
        let AppFacts { id, key, sign } = self.apps[app].clone();
        let timestamp = self.now.unix_seconds() + 3_600;
        let token = client_token(&id, &key, user, "", timestamp, "");
        let login = Login {
            app_id: id.into(),
            app_sign: sign,
            user_id: user.into(),
            timestamp,
            token: token.into(),
            device,
            acknowledges: true,
            ..Login::default()
        };
        if let Outcome::Connected(Ok(connected)) = self.apply(Input::Connect(login)) {
            self.clients[place_of(actor)] =
                ScopeClient { session: Some(connected.session), up: true, seen: 0 };
        }
    }

    fn client(&mut self, actor: ScopeUser, request: ClientRequest) {
        // An old session, too: that it is refused is worth a look. Nobody asks before the first logon.
        if let Some(session) = self.clients[place_of(actor)].session {
            self.apply(Input::Client(session, request));
        }
    }

    fn lose_link(&mut self, actor: ScopeUser) -> bool {
        let ScopeClient { session: Some(session), up: true, .. } = self.clients[place_of(actor)] else {
            return false;
        };
        self.clients[place_of(actor)] =
            ScopeClient { session: Some(session), up: false, seen: self.delivered };
        self.apply(Input::Disconnect(session, LinkEnd::Lost));
        true
    }

    fn come_back(&mut self, actor: ScopeUser) -> bool {
        let ScopeClient { session: Some(session), up, seen } = self.clients[place_of(actor)] else {
            return false;
        };
        // A client may come back before the service knows that it was away: then nothing was missed.
        let seen = if up { self.delivered } else { seen };
        let cursors = self.group().map(|group| Cursor { group, high_seq: seen });
        let back = self.apply(Input::Reconnect(session, None, cursors.into_iter().collect()));
        if let Outcome::Connected(Ok(connected)) = back {
            self.clients[place_of(actor)] = ScopeClient { session: Some(connected.session), up: true, seen };
        }
        true
    }

    /// The group of the first application.
    fn group(&self) -> Option<GroupIx> {
        self.service.find_group(self.service.find_app(&self.apps[0].id)?, GROUP)
    }

    fn back_end(&mut self, app: usize, act: BackEndAct) {
        let (app_id, group_id) = (self.apps[app].id.clone(), GROUP.to_owned());
        let (ada, disable) = (vec!["ada".to_owned()], Some(act == BackEndAct::Disable));
        let request = match act {
            BackEndAct::Delete => DeleteLiveMessageGroup { app_id, group_id, ..Default::default() }.into(),
            BackEndAct::Disable | BackEndAct::Enable => {
                ModifyLiveMessageAppDisable { app_id, disable, ..Default::default() }.into()
            }
            BackEndAct::KickAda => {
                let kickoff_user = "ada".to_owned();
                KickLiveMessageGroupUser { app_id, group_id, kickoff_user, data_center: None }.into()
            }
            BackEndAct::Mute => {
                AddLiveMessageGroupBand { app_id, group_id, banned_users: ada, data_center: None }.into()
            }
            BackEndAct::MuteAll => {
                let except_users = vec!["bob".to_owned()];
                BanLiveMessageGroup { app_id, group_id, except_users, data_center: None }.into()
            }
            BackEndAct::Recall => {
                let message_id = self.newest.as_deref().unwrap_or("none").to_owned();
                DeleteLiveMessageGroupMessage { app_id, group_id, message_id, ..Default::default() }.into()
            }
            BackEndAct::Restore => {
                RecoverLiveMessageDeletedGroup { app_id, group_id, data_center: None }.into()
            }
            BackEndAct::Say => SendLiveMessageGroup {
                app_id,
                group_id,
                sender_id: "ada".to_owned(),
                body: Some("from the back end".to_owned()),
                msg_type: Some(KIND + 1),
                ..Default::default()
            }
            .into(),
            BackEndAct::Unmute => {
                RemoveLiveMessageGroupBand { app_id, group_id, unbanned_users: ada, data_center: None }.into()
            }
            BackEndAct::UnmuteAll => UnbanLiveMessageGroup { app_id, group_id, data_center: None }.into(),
        };
        let sent = self.ask::<Request>(request);
        if app == 0
            && let Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid)))) = sent
        {
            self.newest = Some(tid);
        }
    }

    /// A server-side call of the account.
    pub(super) fn ask<R: Into<Request>>(&mut self, request: R) -> Outcome {
        self.apply(Input::Request(Caller::account(AccountIx(0)), request.into()))
    }

    /// The ID of the first application, or of the second.
    pub(super) fn app_id(&self, app: usize) -> String {
        self.apps[app].id.clone()
    }

    /// The session that a client of the first application had last.
    pub(super) fn session(&self, actor: ScopeUser) -> Option<SessionId> {
        self.clients[place_of(actor)].session
    }

    fn pass(&mut self, span: TimeStep) -> bool {
        let due = self.service.poll_timeout();
        let second = self.now.second_start() + Duration::from_secs(1);
        let to = match span {
            TimeStep::Second => Some(second),
            TimeStep::BeforeDeadline => due.map(|due| Instant::from_micros(due.as_micros() - 1)),
            TimeStep::Deadline => due,
        };
        let Some(to) = to.filter(|to| *to > self.now) else { return false };
        self.wait_until(to);
        true
    }

    /// Lets time pass. What falls due, falls due at its own time.
    pub(super) fn wait_until(&mut self, to: Instant) {
        while let Some(due) = self.service.poll_timeout().filter(|due| *due < to) {
            self.now = self.now.max(due);
            self.apply(Input::Timeout);
        }
        // Also where nothing is due: the state holds the time of the last call, and a call that changes nothing else must not
        // seem to change it.
        self.now = self.now.max(to);
        self.apply(Input::Timeout);
    }

    /// Does something, and has the model judge it.
    pub(super) fn apply(&mut self, input: Input) -> Outcome {
        let before = self.service.lasting_digest();
        let outcome = self.service.apply(self.now, input.clone());
        let mut outputs = Vec::new();
        while let Some(output) = self.service.poll_output() {
            outputs.push(output);
        }
        self.model.observe(self.now, &input, &outcome, &outputs, &self.service);
        let app = self.service.find_app(&self.apps[0].id);
        for output in &outputs {
            if let Output::Close(session, _) = output {
                for client in self.clients.iter_mut().filter(|client| client.session == Some(*session)) {
                    client.up = false;
                }
            }
            let Output::Deliver(fanout) = output else { continue };
            if self.service.audience_generation(fanout.group) == fanout.generation {
                let audience = self.service.audience(fanout.group).iter();
                let users = audience.map(|member| member.user).filter(|user| *user != Member::NOBODY);
                let (members, sum) = users.fold((0, 0), |(members, sum): (usize, u64), user| {
                    (members + 1, sum.wrapping_add(mark(user)))
                });
                self.model.check_audience(fanout.group, members, sum);
            }
            if app == Some(self.service.app_of_group(fanout.group)) {
                self.delivered = self.delivered.max(fanout.message.seq);
            }
        }
        if let (Input::Client(session, _), Outcome::Client(Ok(ClientReply::Sent(tid)))) = (&input, &outcome)
            && self.service.app_of(session.user) == app
        {
            self.newest = Some(tid.clone());
        }
        self.judge(&outcome, before);
        outcome
    }

    /// What must hold after every call, besides what the model says.
    fn judge(&mut self, outcome: &Outcome, before: u64) {
        if let Verdict::Fail(refutation) = self.model.verdict() {
            let rule = refutation.rule;
            let says = refutation.named(self).sentence();
            self.refute(rule, says);
        }
        let refused = match outcome {
            Outcome::Client(Err(refusal)) | Outcome::Connected(Err(refusal)) => Some(format!("{refusal:?}")),
            Outcome::Request(Err(refusal)) => Some(format!("{refusal:?}")),
            Outcome::Client(Ok(_)) | Outcome::Connected(Ok(_)) | Outcome::Request(Ok(_)) | Outcome::Quiet => {
                None
            }
        };
        if let Some(refusal) = refused
            && self.service.lasting_digest() != before
        {
            self.refute(None, format!("a call that was refused ({refusal}) changed the state"));
        }
        if let Err(violation) = self.service.check_invariants() {
            self.refute(violation.rule, violation.what);
        }
    }
}

impl<D: Mutants> EvidenceNames for ExploredStage<D> {
    fn user(&self, user: UserIx) -> Option<String> {
        self.service.app_of(user)?;
        Some(self.service.user_id(user).to_string())
    }

    fn group(&self, group: GroupIx) -> Option<String> {
        let known = group.at() < self.service.groups().count();
        let of = |app: AppIx| if app.0 == 0 { "" } else { " of the other application" };
        known.then(|| format!("{GROUP}{}", of(self.service.app_of_group(group))))
    }

    fn began(&self) -> Option<Instant> {
        Some(BEGINS)
    }
}

/// The application of a user, and the user's ID.
const fn home_of(actor: ScopeUser) -> (usize, &'static str) {
    match actor {
        ScopeUser::Ada => (0, "ada"),
        ScopeUser::Bob => (0, "bob"),
        ScopeUser::OtherAda => (1, "ada"),
    }
}

const fn place_of(actor: ScopeUser) -> usize {
    match actor {
        ScopeUser::Ada => 0,
        ScopeUser::Bob => 1,
        ScopeUser::OtherAda => 2,
    }
}

/// What a member adds to the sum over an audience, as the model has it.
fn mark(user: UserIx) -> u64 {
    mix(u64::from(user.0) + 1)
}
