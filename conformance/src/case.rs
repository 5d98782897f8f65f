//! A case: which rules it shows, what is given, what is done, and what must then be so.
//!
//! A case is data. It is written by hand from the rule, never from a run; `fixtures/README.md` specifies the format.
//! [`read_case`](crate::case_file::read_case) makes one of a file, [`boundaries`](crate::boundary::boundaries) makes
//! some of the registry, and [`run`](crate::runner::run) plays them.

use claque_core::{Duration, Family, Instant, Limits, Readings, Rule};
use claque_wire::audience::{LogonMethod, SessionMethod};
use claque_wire::client::ClientStyle;

use crate::matcher::Matcher;
use crate::template::Template;

mod sent;

pub use self::sent::{Forgery, Sent};

/// The moment zero of every case: 2025-06-20, noon UTC. `at` counts from here.
pub const ZERO: Instant = Instant::from_unix_seconds(1_750_420_800);

/// The moment at which the givens begin: an hour before [`ZERO`], so that they use up no quota that a step needs.
pub const GIVENS_BEGIN: Instant = Instant::from_unix_seconds(1_750_420_800 - 3_600);

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The area: the folder that the file lies in, or `boundary`.
    pub area: String,
    /// The name: what is shown, in words joined by hyphens.
    pub name: String,
    /// Where the case was written down; the registry for generated ones.
    pub file: String,
    /// The rules that it shows, in the order written.
    pub rules: Vec<Rule>,
    /// Its summary, in one sentence.
    pub summary: String,
    /// The configuration of the service.
    pub setup: Setup,
    /// The readings that the case chooses, by id; the expectations hold under them.
    pub chosen: Vec<(String, String)>,
    /// RAM users that steps may call as.
    pub users: Vec<RamUser>,
    /// The state before the first step; made through public calls.
    pub given: Vec<Given>,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Case {
    /// The name of the test: `conformance::area::name`.
    #[must_use]
    pub fn test_name(&self) -> String {
        format!("conformance::{}::{}", self.area, self.name)
    }

    /// Whether the case is meant by a filter: a part of its test name, or of the id of one of its rules.
    #[must_use]
    pub fn matches(&self, filter: &str) -> bool {
        self.test_name().contains(filter) || self.rules.iter().any(|rule| rule.id().contains(filter))
    }
}

/// The configuration of a service for a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Bounds; the documented ones unless the case changes them.
    pub limits: Limits,
    /// Readings; the defaults unless the case or the run chooses others.
    pub readings: Readings,
    /// Words that the built-in moderation refuses.
    pub refused_words: Vec<String>,
}

/// A RAM user of the account, with a policy whose texts may refer to applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RamUser {
    /// The name that steps use in `as`.
    pub name: String,
    /// The statements of its policy.
    pub policy: Vec<PolicyStatement>,
}

/// One statement of a RAM user's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyStatement {
    /// Whether it allows; otherwise it denies.
    pub allows: bool,
    /// Actions, with wildcards.
    pub actions: Vec<Template>,
    /// Whether it is about all actions but these.
    pub all_but: bool,
    /// Resources, with wildcards.
    pub resources: Vec<Template>,
}

/// Something that exists before the first step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// An application.
    App {
        /// What steps call it.
        name: String,
        /// The family of operations that creates it.
        family: Family,
        /// Parameters of its creation.
        with: Vec<(String, Template)>,
    },
    /// A group, with clients that have joined it.
    Group {
        /// The application.
        app: String,
        /// The family of the application.
        family: Family,
        /// The group ID; in the older family the name under which the service's own ID is saved.
        group: String,
        /// The owner.
        owner: Option<String>,
        /// The administrators.
        admins: Vec<String>,
        /// Clients that log on, unless they are on, and join; in the older family the back end joins them.
        members: Vec<String>,
        /// That many more members, named `c1`, `c2` and so on.
        crowd: u32,
        /// More parameters of its creation.
        with: Vec<(String, Template)>,
    },
    /// Clients that are logged on.
    Online {
        /// The application.
        app: String,
        /// The clients.
        clients: Vec<String>,
    },
}

impl Given {
    /// The family of an application, where this is what makes it.
    fn makes(&self, app: &str) -> Option<Family> {
        match self {
            Self::App { name, family, .. } => (name == app).then_some(*family),
            Self::Group { .. } | Self::Online { .. } => None,
        }
    }

    /// The family of an application among givens; one that none of them makes is of the newer.
    #[must_use]
    pub fn family(all: &[Self], app: &str) -> Family {
        all.iter().find_map(|given| given.makes(app)).unwrap_or(Family::Live)
    }

    /// The application it creates or needs.
    #[must_use]
    pub fn app(&self) -> &str {
        match self {
            Self::App { name, .. } => name,
            Self::Group { app, .. } | Self::Online { app, .. } => app,
        }
    }
}

/// One thing that is done, and what must be so afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands in the file; 0 for generated steps. Unit: lines, from 1.
    pub line: usize,
    /// When, counted from the moment zero.
    pub at: Duration,
    /// What is done.
    pub action: Action,
    /// How often.
    pub repeat: u32,
    /// The time between two repetitions.
    pub every: Duration,
    /// The name under which later steps find the answer.
    pub save: Option<String>,
    /// The expectation.
    pub expect: Expect,
    /// The expectation under another reading: the case then passes leniently.
    pub allow: Vec<Expect>,
}

impl Step {
    /// The server-side call that it makes, if it is one.
    #[must_use]
    pub const fn call(&self) -> Option<&Call> {
        match &self.action {
            Action::Call(call) => Some(call),
            Action::Await { .. }
            | Action::Client(_)
            | Action::Console { .. }
            | Action::Look
            | Action::Receive
            | Action::RefuseCallbacks { .. }
            | Action::Restart { .. }
            | Action::Review(_)
            | Action::SettleCallbacks => None,
        }
    }

    /// When its last repetition begins, counted from the moment zero.
    #[must_use]
    pub fn end(&self) -> Duration {
        let repeats = u64::from(self.repeat.saturating_sub(1));
        self.at + Duration::from_micros(self.every.as_micros().saturating_mul(repeats))
    }

    /// A step that does something once and expects that it is accepted.
    #[must_use]
    pub fn new(at: Duration, action: Action) -> Self {
        Self {
            line: 0,
            at,
            action,
            repeat: 1,
            every: Duration::ZERO,
            save: None,
            expect: Expect::default(),
            allow: Vec::new(),
        }
    }
}

/// The action of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Waits for the answer that an earlier step was owed.
    Await {
        /// The name under which that step saves its answer.
        call: String,
    },
    /// Makes a server-side call.
    Call(Call),
    /// Does what an audience client does.
    Client(ClientAction),
    /// Uses the console.
    Console {
        /// The action there.
        what: ConsoleVerb,
        /// Its parameters.
        with: Vec<(String, Template)>,
    },
    /// Only looks, once everything due has happened.
    Look,
    /// Lets the receiver of callbacks judge the newest one, as if it arrived only now.
    Receive,
    /// Lets the receiver refuse the next callbacks.
    RefuseCallbacks {
        /// The way in which it refuses them.
        with: Unwilling,
        /// How many of them; those after are taken.
        times: u32,
        /// Part of the addresses that it is about; empty: all.
        of: String,
    },
    /// The service ends, and goes on from what it had kept.
    Restart {
        /// Its journal is compacted first, where it keeps one.
        compacted: bool,
    },
    /// Answers the oldest review that is waiting.
    Review(ReviewAnswer),
    /// Waits until every callback was taken or given up.
    SettleCallbacks,
}

impl Action {
    /// The values that it sends.
    pub(crate) fn values(&self) -> &[(String, Template)] {
        match self {
            Self::Call(call) => &call.with,
            Self::Client(action) => &action.with,
            Self::Console { with, .. } => with,
            Self::Await { .. }
            | Self::Look
            | Self::Receive
            | Self::RefuseCallbacks { .. }
            | Self::Restart { .. }
            | Self::Review(_)
            | Self::SettleCallbacks => &[],
        }
    }
}

/// How a receiver fails to take a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwilling {
    /// It answers with another status than 200.
    Status(u16),
    /// It says nothing, until the caller has had enough.
    Silence,
    /// It takes the request and breaks the connection.
    Breaks,
}

impl Unwilling {
    /// The receiver's action, in the words of a transcript.
    #[must_use]
    pub fn says(self) -> String {
        match self {
            Self::Status(status) => format!("answers {status}"),
            Self::Silence => "says nothing".to_owned(),
            Self::Breaks => "breaks the connection".to_owned(),
        }
    }
}

/// A server-side call, as a caller sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The operation's name, known or not.
    pub operation: String,
    /// Parameters by documented name; an absent `AppId` is filled with the first application's.
    pub with: Vec<(String, Template)>,
    /// Parameters that are not sent although they would be filled in.
    pub without: Vec<String>,
    /// Who calls: none for the account, `other-account`, or a RAM user of the case.
    pub caller: Option<String>,
    /// The client library whose habits it is written and signed with; none: unsigned, the edge has checked it.
    pub via: Option<ClientStyle>,
    /// The mistake in the signature; none: it is right. Only of a call that has one.
    pub forged: Option<Forgery>,
    /// How it travels; only of a call that is written by a client library.
    pub sent: Sent,
}

impl Call {
    /// A call by the default caller, where a case names nobody, as that client writes it.
    #[must_use]
    pub fn new(operation: &str, with: Vec<(String, Template)>) -> Self {
        Self {
            operation: operation.to_owned(),
            with,
            without: Vec::new(),
            caller: None,
            via: None,
            forged: None,
            sent: Sent::default(),
        }
    }
}

/// An action of an audience client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAction {
    /// Which client: `user`, `user/device`, or `application:user`.
    pub client: String,
    /// The verb.
    pub verb: ClientVerb,
    /// The group, for verbs that are about one.
    pub group: Option<Template>,
    /// Arguments by the protocol's names.
    pub with: Vec<(String, Template)>,
}

macro_rules! verbs {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$about])* $variant,)+ }

        impl $name {
            /// The words, with what they choose.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word that a case writes.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

/// A verb of an audience client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientVerb {
    /// Asks a method of its session.
    Ask(SessionMethod),
    /// Loses its link without a word.
    DropLink,
    /// Logs on, or takes a lost link up again.
    Logon(LogonMethod),
}

impl ClientVerb {
    /// Everything that it can do, by the words that cases write: the protocol's own, where it has one.
    #[must_use]
    pub fn words() -> Vec<(&'static str, Self)> {
        let asked = SessionMethod::ALL.iter().map(|method| Self::Ask(*method));
        let logons = LogonMethod::ALL.iter().map(|method| Self::Logon(*method));
        asked.chain([Self::DropLink]).chain(logons).map(|verb| (verb.word(), verb)).collect()
    }

    /// The word that a case writes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask(method) => method.name(),
            Self::DropLink => "drop-link",
            Self::Logon(method) => method.name(),
        }
    }

    /// The arguments that it takes. Of a request those are its parameters, without what the client itself knows.
    #[must_use]
    pub fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::Ask(method) => {
                let known = |name: &&str| matches!(*name, "groupId" | "ticket");
                let asked = method.parameters().iter().copied().filter(|name| !known(name));
                asked.chain((method == SessionMethod::Acknowledge).then_some("of")).collect()
            }
            Self::DropLink => Vec::new(),
            Self::Logon(LogonMethod::Login) => vec![
                "userExtension",
                "nonce",
                "role",
                "timestamp",
                "token",
                "appSign",
                "heartbeatTimeout",
                "acknowledges",
                "forged",
            ],
            Self::Logon(LogonMethod::Reconnect) => {
                vec!["nonce", "role", "timestamp", "token", "forged", "cursors"]
            }
        }
    }

    /// Whether it is about a group that a case must name.
    #[must_use]
    pub fn needs_group(self) -> bool {
        match self {
            Self::Ask(SessionMethod::CreateGroup) | Self::DropLink | Self::Logon(_) => false,
            Self::Ask(method) => method.parameters().contains(&"groupId"),
        }
    }
}

verbs! {
    /// A verb of the console beyond the server-side operations.
    ConsoleVerb {
        /// Deletes an application.
        DeleteApp = "DeleteApp",
        /// Gives one group a limit of its own.
        LimitMessages = "LimitMessages",
        /// Changes parameters of an application.
        ModifyApp = "ModifyApp",
        /// Changes parameters of a group.
        ModifyGroup = "ModifyGroup",
        /// Sends a message to a group.
        SendMessage = "SendMessage",
    }
}

/// The expectation after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// How the step itself ended.
    pub outcome: OutcomeExpected,
    /// A demand on the answer.
    pub answer: Option<Matcher>,
    /// A demand on the headers of the answer, by lower-case name.
    pub headers: Option<Matcher>,
    /// Demands on what clients and the back end were sent since the step before, each kind at most once.
    pub sent: Vec<(Channel, SentExpected)>,
}

/// How a step must end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OutcomeExpected {
    /// Accepted.
    #[default]
    Accepted,
    /// The answer is owed; it comes later.
    Pending,
    /// Refused.
    Refused {
        /// The codes that may be given.
        codes: Vec<String>,
        /// The HTTP status.
        status: Option<u16>,
        /// The parameter that the refusal is about, where the subject can tell.
        about: Option<String>,
    },
}

impl OutcomeExpected {
    /// Whether a refusal with this code is what the step wants.
    #[must_use]
    pub fn admits(&self, code: &str) -> bool {
        match self {
            Self::Accepted | Self::Pending => false,
            Self::Refused { codes, .. } => codes.iter().any(|wanted| wanted == code || wanted == "*"),
        }
    }
}

verbs! {
    /// An answer of a reviewing service.
    ReviewAnswer {
        /// The connection breaks.
        Breaks = "breaks",
        /// 201 with what would be a refusal.
        Created = "created",
        /// 204.
        NoContent = "no-content",
        /// 200: passed.
        Pass = "pass",
        /// 200: did not pass, with a reason.
        Refuse = "refuse",
        /// 500.
        Unavailable = "unavailable",
        /// 200 with a body that says neither.
        Unreadable = "unreadable",
    }
}

impl ReviewAnswer {
    /// Status and body; none: there is no answer.
    #[must_use]
    pub const fn http(self) -> Option<(u16, &'static str)> {
        const REFUSED: &str = r#"{"pass":false,"reason":"not suitable"}"#;
        Some(match self {
            Self::Breaks => return None,
            Self::Created => (201, REFUSED),
            Self::NoContent => (204, ""),
            Self::Pass => (200, r#"{"pass":true}"#),
            Self::Refuse => (200, REFUSED),
            Self::Unavailable => (500, ""),
            Self::Unreadable => (200, "thank you"),
        })
    }
}

verbs! {
    /// A way in which something is sent to somebody.
    Channel {
        /// The back end, by event callbacks.
        Callbacks = "callbacks",
        /// Clients, that their session ended.
        Closed = "closed",
        /// Members, by group messages.
        Delivered = "delivered",
        /// Receivers, by messages to one user.
        Direct = "direct",
        /// The reviewing service.
        Moderated = "moderated",
        /// Clients, by notices.
        Notices = "notices",
        /// The back end, by the requests that callbacks are: each try is one.
        Posted = "posted",
        /// Reconnected clients, by missed messages.
        Recovered = "recovered",
        /// Nobody but the ledger.
        Shed = "shed",
    }
}

impl Channel {
    /// The field of an event that a plain value in a list is compared to.
    #[must_use]
    pub const fn main_field(self) -> &'static str {
        match self {
            Self::Callbacks => "/eves/0/events/0/e",
            Self::Closed => "/code",
            Self::Delivered | Self::Direct | Self::Recovered | Self::Shed => "/data",
            Self::Moderated => "/content",
            Self::Notices => "/event",
            Self::Posted => "/transactionid",
        }
    }

    /// Whether it reaches clients, so that a case may say which.
    #[must_use]
    pub const fn reaches_clients(self) -> bool {
        match self {
            Self::Closed | Self::Delivered | Self::Direct | Self::Notices | Self::Recovered => true,
            Self::Callbacks | Self::Moderated | Self::Posted | Self::Shed => false,
        }
    }
}

/// How much was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentExpected {
    /// Exactly that many, to all together.
    Count(u64),
    /// Exactly these, in this order.
    List(Vec<Matcher>),
    /// Something that fits: the matcher sees the list of what matters most in each.
    Fits(Matcher),
    /// To each of these clients: exactly that. Others may be sent anything.
    Clients(Vec<(String, Self)>),
}
