//! The words that a subject and who asks it have in common: what is asked, how it ended, what was sent to whom.

use std::sync::Arc;

use claque_core::{Duration, HitCounts, Instant, Operation, Rule, Tracer as _};
use claque_wire::argument::Arguments;
use claque_wire::callback::CallbackDistrust;
use claque_wire::client::ClientStyle;
use claque_wire::{envelope, xml};
use serde_json::{Map, Value as Json};

use crate::case::{Channel, ClientVerb, ConsoleVerb, Forgery, Sent, Setup, Unwilling, ZERO};

/// Capabilities of a subject beyond taking calls; a case that needs more is not applicable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Its clock can be set: days pass at once.
    pub virtual_time: bool,
    /// The longest that a case may take where its clock cannot be set.
    pub patience: Duration,
    /// Audience clients can connect.
    pub audience: bool,
    /// Applications that cases make may stay.
    pub applications: bool,
    /// Its limits and readings can be chosen.
    pub setup: bool,
    /// Its event callbacks can be seen, and its reviewing service answered for.
    pub callbacks: bool,
    /// Each try of a callback can be seen as the request that it is, and refused.
    pub transport: bool,
    /// It can be ended and go on from what it has kept.
    pub restart: bool,
    /// It tells which messages were shed.
    pub ledger: bool,
    /// It tells which parameter a refusal is about.
    pub reasons: bool,
    /// It offers what the console offers.
    pub console: bool,
    /// RAM users with policies of a case's own can call.
    pub policies: bool,
    /// A second account can call.
    pub other_account: bool,
}

impl Capabilities {
    /// Every capability with the word that reports use.
    #[must_use]
    pub fn named(self) -> Vec<(&'static str, bool)> {
        vec![
            ("applications", self.applications),
            ("audience", self.audience),
            ("callbacks", self.callbacks),
            ("console", self.console),
            ("ledger", self.ledger),
            ("other-account", self.other_account),
            ("policies", self.policies),
            ("reasons", self.reasons),
            ("restart", self.restart),
            ("setup", self.setup),
            ("transport", self.transport),
            ("virtual-time", self.virtual_time),
        ]
    }
}

/// Who makes a server-side call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerName {
    /// The account.
    Account,
    /// A second account, without anything in common with the first.
    OtherAccount,
    /// A RAM user of the account, with its policy: effects, actions and resources.
    RamUser(Arc<claque_core::Policy>),
}

/// A server-side call, filled in.
#[derive(Clone, Debug)]
pub struct CallMade {
    /// The operation's name, known or not.
    pub operation: String,
    /// The parameters.
    pub arguments: Arguments,
    /// Who calls.
    pub caller: CallerName,
    /// The client library whose habits the call is written with, and whose signature it carries.
    pub via: Option<ClientStyle>,
    /// The mistake in that signature.
    pub forged: Option<Forgery>,
    /// The deviations in how it travels.
    pub sent: Sent,
}

/// How a call or client action ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted.
    Accepted {
        /// The documented fields of the answer.
        fields: Map<String, Json>,
        /// Headers of the answer, by lower-case name.
        headers: Map<String, Json>,
    },
    /// The answer follows as [`Happening::Answer`] under this number.
    Pending(u64),
    /// Refused.
    Refused {
        /// The HTTP status, or the client's error number.
        status: u16,
        /// The code.
        code: String,
        /// In words; never judged.
        message: String,
        /// The parameter it is about, where the subject can tell.
        about: Option<String>,
        /// Headers of the answer, by lower-case name.
        headers: Map<String, Json>,
    },
    /// Answered with something that is not in the documented envelope: no JSON object, no request ID, or a refusal
    /// without code or message.
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// The body that came.
        body: String,
    },
}

impl Outcome {
    /// An accepted outcome without headers.
    #[must_use]
    pub fn accepted(fields: Map<String, Json>) -> Self {
        Self::Accepted { fields, headers: Map::new() }
    }
}

/// An application as clients and callers need to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppKeys {
    /// The application ID.
    pub id: String,
    /// The secret that tokens are made from.
    pub key: String,
    /// The signature of the application, which clients start with.
    pub sign: String,
}

/// The action of an audience client, filled in.
#[derive(Clone, Debug)]
pub struct ClientMade {
    /// The client's name in the case.
    pub client: String,
    /// The user ID.
    pub user: String,
    /// The device.
    pub device: u32,
    /// The application.
    pub app: AppKeys,
    /// The verb.
    pub verb: ClientVerb,
    /// The group, for verbs that are about one.
    pub group: Option<String>,
    /// Arguments by the protocol's names.
    pub with: Map<String, Json>,
}

/// Something that the subject sent to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// The happening.
    pub what: Happening,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The answer to a call or client action that was pending, by its number.
    Answer(u64, Outcome),
    /// Something was sent to somebody.
    Sent {
        /// In which way.
        channel: Channel,
        /// The client, where it is one.
        to: Option<Arc<str>>,
        /// What, with the documented field names.
        body: Arc<Json>,
        /// What an acknowledgement of it names, where one is awaited.
        ticket: Option<Arc<str>>,
    },
}

/// Why a subject cannot go on: not a verdict about the service, but about the means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectError(pub String);

impl std::fmt::Display for SubjectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SubjectError {}

/// The accounts: the caller's own and another tenant's.
pub(super) const ACCOUNTS: [&str; 2] = ["1000", "2000"];

/// When a subject was really asked, in the order of the case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Beginning and end of each action, counted from the moment zero.
    pub actions: Vec<(Duration, Duration)>,
}

impl Pace {
    /// By how much the last action ended later than its moment in the case.
    #[must_use]
    pub fn behind(&self, moment: Instant) -> Duration {
        let end = self.actions.last().map_or(Duration::ZERO, |(_, end)| *end);
        Duration::from_micros(end.as_micros().saturating_sub(moment.since(ZERO).as_micros()))
    }
}

/// State that cases share of a service that keeps what they make.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// A word that no earlier run had: lower-case letters and digits.
    pub word: String,
    /// Cases so far.
    pub cases: u64,
    /// Applications with the default settings, as they were answered when they were made.
    pub apps: Vec<Json>,
}

/// Anything that can be judged.
///
/// Times never decrease. Everything that is due at or before the time of an action happens before it.
pub trait Subject {
    /// The name that reports give it.
    fn name(&self) -> &str;

    /// Its capabilities.
    fn capabilities(&self) -> Capabilities;

    /// Whether it offers an operation.
    fn offers(&self, operation: Operation) -> bool {
        let _ = operation;
        true
    }

    /// Makes sure that it can be reached, before a case is played. What cannot be reached fails no case that does not apply to it.
    ///
    /// # Errors
    /// When it cannot be reached, with its place and what to do.
    fn reach(&self) -> Result<(), SubjectError> {
        Ok(())
    }

    /// Starts over, with nothing in it.
    ///
    /// # Errors
    /// When it cannot be brought into that state.
    fn reset(&mut self, now: Instant, setup: &Setup) -> Result<(), SubjectError>;

    /// Advances time.
    ///
    /// # Errors
    /// When the clock does not follow.
    fn advance(&mut self, to: Instant) -> Result<(), SubjectError>;

    /// Makes a server-side call.
    ///
    /// # Errors
    /// When no answer came that a caller could understand.
    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError>;

    /// Uses the console.
    ///
    /// # Errors
    /// When no answer came, or there is no console.
    fn console(&mut self, what: ConsoleVerb, arguments: &Arguments) -> Result<Outcome, SubjectError>;

    /// Makes an audience client act.
    ///
    /// # Errors
    /// When no answer came, or the arguments make no sense for the action.
    fn client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError>;

    /// Answers the oldest review that is waiting, with a status and a body, or breaks its connection.
    ///
    /// # Errors
    /// When none is waiting.
    fn review(&mut self, answer: Option<(u16, &str)>) -> Result<(), SubjectError>;

    /// Judges the newest callback as its receiver does, as if it arrived only now.
    ///
    /// # Errors
    /// When there was no callback.
    fn receive_callback(&mut self) -> Result<Outcome, SubjectError>;

    /// Fails to take the next so many callbacks to addresses with this in them, in this way.
    ///
    /// # Errors
    /// When its callbacks cannot be answered.
    fn refuse_callbacks(&mut self, with: Unwilling, times: u32, of: &str) -> Result<(), SubjectError>;

    /// Ends it, and lets it go on from what it had kept, compacted first where it keeps a journal: every link is lost, and
    /// a caller that waits for an answer gets none.
    ///
    /// # Errors
    /// When it does not come back.
    fn restart(&mut self, compacted: bool) -> Result<(), SubjectError>;

    /// Waits, by the wall's clock if need be, until every callback was taken or given up.
    ///
    /// # Errors
    /// When one is neither in good time.
    fn settle_callbacks(&mut self) -> Result<(), SubjectError>;

    /// Takes what happened since the last call, oldest first.
    ///
    /// # Errors
    /// When what happened cannot be seen.
    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError>;

    /// How often each rule has decided since the reset; none when the subject cannot tell.
    fn hits(&self) -> Option<HitCounts>;

    /// Whether something was not answered for as long as it was waited for, since the reset.
    fn gave_up(&self) -> bool {
        false
    }

    /// When each action since the moment zero was really done; none where time passes as the case says.
    fn pace(&self) -> Option<&Pace> {
        None
    }

    /// Whether the answer to what is done next may be owed, as the documents have it. A subject that cannot be asked whether it owes
    /// one is waited for where it may not: a machine that is busy owes nobody anything.
    fn may_owe(&mut self, owed: bool) {
        let _ = owed;
    }

    /// Whether a look at what happened costs more than an action: where an action is repeated thousands of times at one moment, not
    /// every one of them is looked at by itself.
    fn looks_are_dear(&self) -> bool {
        false
    }

    /// The state that cases share, where what they make stays; none where each begins with nothing.
    fn shared(&mut self) -> Option<&mut Shared> {
        None
    }

    /// Checks what must hold between steps, where the subject can look inside itself.
    ///
    /// # Errors
    /// The first thing that does not hold.
    fn check(&self) -> Result<(), SubjectError>;
}

/// Where an outcome's headers hold the ID that its answer names, which no header is called.
pub(crate) const REQUEST_ID: &str = ":request-id";

/// Reads an answer as a strict client does.
///
/// An answer in XML is read back into the fields that it renders, by the documented types of the operation's answer.
pub(super) fn read_answer(
    operation: &str,
    (status, mut headers, body): (u16, Map<String, Json>, &[u8]),
    about: Option<String>,
) -> Outcome {
    let xml =
        headers.get("content-type").and_then(Json::as_str).is_some_and(|kind| kind.starts_with("text/xml"));
    let read = if xml {
        let fields = std::str::from_utf8(body).ok().and_then(|body| xml::read(operation, body));
        let body = fields.map(|fields| Json::Object(fields).to_string());
        envelope::read(status, body.unwrap_or_default().as_bytes())
    } else {
        envelope::read(status, body)
    };
    match read {
        envelope::Outcome::Accepted { fields, request_id } if !request_id.is_empty() => {
            headers.insert(REQUEST_ID.to_owned(), Json::from(request_id));
            Outcome::Accepted { fields, headers }
        }
        envelope::Outcome::Refused { status, code, message, request_id }
            if !request_id.is_empty() && !message.is_empty() =>
        {
            headers.insert(REQUEST_ID.to_owned(), Json::from(request_id));
            Outcome::Refused { status, code, message, about, headers }
        }
        envelope::Outcome::Accepted { .. }
        | envelope::Outcome::Refused { .. }
        | envelope::Outcome::Unreadable { .. } => {
            Outcome::Unreadable { status, body: String::from_utf8_lossy(body).into_owned() }
        }
    }
}

/// The complaint of a receiver that distrusts a callback.
pub(super) fn distrusted(distrust: CallbackDistrust) -> Outcome {
    let code = match distrust {
        CallbackDistrust::Malformed => "malformed",
        CallbackDistrust::Stale => "stale",
        CallbackDistrust::WrongSignature => "wrong-signature",
    };
    Outcome::Refused {
        status: 403,
        code: code.to_owned(),
        message: distrust.to_string(),
        about: None,
        headers: Map::new(),
    }
}

/// Marks rules that the wire format decided.
pub(super) fn mark(marks: &mut HitCounts, rules: &[Rule]) {
    for rule in rules {
        marks.hit(*rule);
    }
}
