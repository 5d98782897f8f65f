//! One event of a story, whatever source it was seen in.

use claque_core::Rule;
use serde::Serialize;

use super::Kind;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When: since the start of the show, or since the first observation of a recording or a live server. Unit: microseconds.
    pub at_micros: i64,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of events. A field that is absent is one that the source does not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[expect(missing_docs, reason = "most fields are the nouns of the sentence above them")]
pub enum What {
    /// A user logged on.
    LoggedOn { user: String },
    /// A session ended.
    LoggedOff { user: String, reason: Option<String> },
    /// A link is down; the session may come back.
    LinkLost { user: String },
    /// A lost link is up again.
    LinkBack { user: String },
    /// A user came into a group.
    Joined { user: String, group: String },
    /// A user left a group.
    Left { user: String, group: String },
    /// A send that waits for a custom review; which message it becomes shows when it is answered.
    Reviewing { by: String, group: Option<String>, ticket: u64 },
    /// A message was accepted: its sender is answered with success, whatever becomes of it.
    Accepted {
        message: String,
        group: Option<String>,
        by: String,
        level: Option<String>,
        ticket: Option<u64>,
    },
    /// A message went out.
    Delivered {
        message: String,
        group: Option<String>,
        /// Members at that moment, or the members that were chosen.
        members: u64,
        /// Those of them who had a link.
        delivered: Option<u64>,
        /// Members without a link, some of them by name.
        away: Vec<String>,
    },
    /// A message went out to one user.
    Direct { message: String, user: String },
    /// Copies of a message have arrived at clients.
    Landed {
        message: String,
        group: String,
        /// Clients that heard it.
        heard: u64,
        /// Copies that came to a client whose link was down or who had left.
        unheard: u64,
        /// How long the slowest was under way. Unit: microseconds.
        slowest_micros: u64,
    },
    /// A client was seen to receive a message.
    Received { message: String, group: Option<String>, user: String },
    /// A message was shed. Nobody is notified.
    Shed { message: String, group: String, rule: Option<String>, winner: Option<String> },
    /// The newest message of its type goes out later than five seconds after it was sent.
    Overdue { message: String, group: String },
    /// HIGH messages that a session missed were pulled after its link came back.
    Recovered { user: String, group: String, count: u64, messages: Vec<String> },
    /// A message was recalled.
    Recalled { message: String, group: Option<String> },
    /// A notice went out.
    Notified { group: Option<String>, user: Option<String>, notice: String },
    /// Any other request.
    Requested { by: String, call: String, about: Vec<(Kind, String)>, refused: Option<String> },
    /// A judge found a rule broken.
    Broken { rule: String, says: String, about: Vec<(Kind, String)> },
}

impl What {
    /// Calls something with each message, user and group that it is about.
    pub fn names(&self, each: &mut dyn FnMut(Kind, &str)) {
        match self {
            Self::LoggedOn { user } | Self::LoggedOff { user, .. } => each(Kind::User, user),
            Self::LinkLost { user } | Self::LinkBack { user } => each(Kind::User, user),
            Self::Joined { user, group } | Self::Left { user, group } => {
                each(Kind::User, user);
                each(Kind::Group, group);
            }
            Self::Reviewing { by, group, .. } => sent((by, group), each),
            Self::Accepted { message: id, group, by, .. } => {
                each(Kind::Message, id);
                sent((by, group), each);
            }
            Self::Delivered { message: id, group, .. } => {
                each(Kind::Message, id);
                group.iter().for_each(|group| each(Kind::Group, group));
            }
            Self::Direct { message: id, user } => {
                each(Kind::Message, id);
                each(Kind::User, user);
            }
            Self::Received { message: id, group, user } => {
                each(Kind::Message, id);
                each(Kind::User, user);
                group.iter().for_each(|group| each(Kind::Group, group));
            }
            Self::Shed { message: id, group, winner, .. } => {
                each(Kind::Message, id);
                winner.iter().for_each(|winner| each(Kind::Message, winner));
                each(Kind::Group, group);
            }
            Self::Landed { message: id, group, .. } | Self::Overdue { message: id, group } => {
                each(Kind::Message, id);
                each(Kind::Group, group);
            }
            Self::Recovered { user, group, messages, .. } => {
                messages.iter().for_each(|id| each(Kind::Message, id));
                each(Kind::User, user);
                each(Kind::Group, group);
            }
            Self::Recalled { message: id, group } => {
                each(Kind::Message, id);
                group.iter().for_each(|group| each(Kind::Group, group));
            }
            Self::Notified { group, user, .. } => {
                group.iter().for_each(|group| each(Kind::Group, group));
                user.iter().for_each(|user| each(Kind::User, user));
            }
            Self::Requested { by, about, .. } => {
                sent((by, &None), each);
                about.iter().for_each(|(kind, name)| each(*kind, name));
            }
            Self::Broken { about, .. } => about.iter().for_each(|(kind, name)| each(*kind, name)),
        }
    }

    /// Every word for an event.
    pub const WORDS: [&'static str; 19] = [
        "accepted",
        "asked",
        "broken",
        "delivered",
        "heard",
        "joined",
        "left",
        "link back",
        "link lost",
        "logged off",
        "logged on",
        "notified",
        "overdue",
        "recalled",
        "received",
        "recovered",
        "refused",
        "shed",
        "waits",
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::LoggedOn { .. } => "logged on",
            Self::LoggedOff { .. } => "logged off",
            Self::LinkLost { .. } => "link lost",
            Self::LinkBack { .. } => "link back",
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::Reviewing { .. } => "waits",
            Self::Accepted { .. } => "accepted",
            Self::Delivered { .. } | Self::Direct { .. } => "delivered",
            Self::Landed { .. } => "heard",
            Self::Received { .. } => "received",
            Self::Shed { .. } => "shed",
            Self::Overdue { .. } => "overdue",
            Self::Recovered { .. } => "recovered",
            Self::Recalled { .. } => "recalled",
            Self::Notified { .. } => "notified",
            Self::Requested { refused: None, .. } => "asked",
            Self::Requested { refused: Some(_), .. } => "refused",
            Self::Broken { .. } => "broken",
        }
    }

    /// The rule that it follows from, where one does.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        let rule = match self {
            Self::Shed { rule, .. } => return rule.as_deref(),
            Self::Broken { rule, .. } => return Some(rule),
            Self::LoggedOff { reason: Some(reason), .. } if reason == "Timeout" => {
                Rule::MembershipSessionTimeout
            }
            Self::LinkBack { .. } => Rule::MembershipResumeStates,
            Self::Left { .. } => Rule::MembershipLeaveEndsDelivery,
            Self::Reviewing { .. } => Rule::ModerationRequestContent,
            Self::Accepted { .. } => Rule::MessageSendResponse,
            Self::Delivered { group: Some(_), .. } => Rule::MessageDeliverAllMembers,
            Self::Overdue { .. } => Rule::ShaperFloorLatestPerType,
            Self::Recovered { .. } => Rule::RecoveryHighAfterReconnect,
            Self::Recalled { .. } => Rule::RecallNoticeMembers,
            Self::LoggedOn { .. }
            | Self::LoggedOff { .. }
            | Self::LinkLost { .. }
            | Self::Joined { .. }
            | Self::Delivered { group: None, .. }
            | Self::Direct { .. }
            | Self::Landed { .. }
            | Self::Received { .. }
            | Self::Notified { .. }
            | Self::Requested { .. } => return None,
        };
        Some(rule.id())
    }
}

/// The sender and the group of a send. A back end that calls in its own name is no user.
fn sent((by, group): (&String, &Option<String>), each: &mut dyn FnMut(Kind, &str)) {
    if !BACK_ENDS.contains(&by.as_str()) {
        each(Kind::User, by);
    }
    group.iter().for_each(|group| each(Kind::Group, group));
}

/// Callers that are no users: of server operations, and the vendor's console.
pub(super) const BACK_ENDS: [&str; 3] = ["account", "ram-user", "console"];
