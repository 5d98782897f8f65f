//! One line of a recording.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// The version of the format. A recording of a later one is refused.
pub const VERSION: u32 = 1;

/// One observation: who saw it, when by its clock, and exactly one of the things that can be seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Line {
    /// Who saw it: one process with one clock.
    pub source: String,
    /// When, by that clock. Microseconds since the UNIX epoch. Absent in `header` and `complete` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// The facts about the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// A call of the back end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallLine>,
    /// A frame of a client, or its link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientLine>,
    /// An action in the console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<ConsoleLine>,
    /// A callback as it was received: its request, or the body alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Json>,
    /// A review, as the reviewing service was asked, or as it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewLine>,
    /// A claim: everything of something, between two times, stands in the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<Complete>,
}

impl Line {
    /// A line of a source that says nothing yet.
    #[must_use]
    pub fn of(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            at: None,
            header: None,
            call: None,
            client: None,
            console: None,
            callback: None,
            review: None,
            complete: None,
        }
    }
}

/// The facts about a source.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Header {
    /// The version of the format: [`VERSION`].
    pub version: u32,
    /// How wrong the source's clock is, at the most; absent: nobody says. Microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_error_micros: Option<u64>,
    /// How long after its sending by the service a frame is received, at the most; absent: nobody knows. Microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_max_micros: Option<u64>,
}

/// How wrong a clock is taken to be of which nobody says it: as wrong as one may be that somebody looks after now and then.
const CLOCK_ERROR_ASSUMED: u64 = 2_000_000;

impl Header {
    /// Whether time is virtual: nothing is ever under way, and the clock is right.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.delay_max_micros == Some(0) && self.clock_error() == 0
    }

    /// How wrong the source's clock is taken to be at the most. Microseconds.
    #[must_use]
    pub fn clock_error(&self) -> u64 {
        let assumed = if self.delay_max_micros == Some(0) { 0 } else { CLOCK_ERROR_ASSUMED };
        self.clock_error_micros.unwrap_or(assumed)
    }
}

/// A call of the back end.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CallLine {
    /// The operation's documented name.
    pub operation: String,
    /// The account that called, where it is another than the one that the recording is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The RAM user that called; absent: the account itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ram_user: Option<String>,
    /// The parameters by their documented names: texts, numbers, truth values, lists of texts, objects.
    #[serde(default)]
    pub parameters: Map<String, Json>,
    /// When its answer came; absent: none came, or it was not seen. Microseconds since the UNIX epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<u64>,
    /// The HTTP status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Map<String, Json>>,
}

/// An action in the console.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConsoleLine {
    /// The action: `DeleteApp`, `LimitMessages`, `ModifyApp`, `ModifyGroup` or `SendMessage`.
    pub action: String,
    /// The values of its form, by the names of parameters.
    #[serde(default)]
    pub parameters: Map<String, Json>,
    /// Whether it was done; absent: nobody saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Map<String, Json>>,
}

/// A review of a custom reviewing service. Exactly one of `asked` and `status`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ReviewLine {
    /// The request to the reviewing service, as it was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Json>,
    /// The status with which the oldest question was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Something that a client saw. Exactly one of `sent`, `received` and `link`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ClientLine {
    /// Which client: one program of one user, whose links come and go.
    pub id: String,
    /// The application that it uses, where it is known without a logon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Its user, where it is known without a logon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A frame as it was sent: `{"id":1,"method":"joinGroup","params":{…}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Map<String, Json>>,
    /// A frame as it was received: an answer or an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Map<String, Json>>,
    /// The link: `up` or `lost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkState>,
}

/// A change of a client's link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// It stands.
    Up,
    /// It is gone.
    Lost,
}

/// A claim of completeness. Exactly one of `app`, `client` and `account`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Complete {
    /// Everything that anybody did to this application stands in the recording: calls, console, clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// With `true`, everything that anybody did with the account, which had no application before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<bool>,
    /// Every frame that this client sent and received, and every loss of its link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Every callback of this application, each try of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callbacks: Option<String>,
    /// From this time on, by the source's clock. Microseconds since the UNIX epoch.
    pub from: u64,
    /// Up to this time.
    pub to: u64,
}
