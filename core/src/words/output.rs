//! Outputs: the service asks its driver to do them. Drained with [`Service::poll_output`](crate::Service::poll_output).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::client::ClientReply;
use crate::words::id::{AppIx, GroupIx, SessionId, Ticket, UserIx};
use crate::words::message::{Message, Priority};
use crate::words::refusal::{ClientRefusal, Refusal};
use crate::words::response::Response;
use crate::words::roll::NameList;
use crate::words::rule::Rule;
use crate::words::text::Text;
use crate::words::time::Instant;

/// One group message on its way to everybody in the group: the driver reads the audience as a slice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fanout {
    /// The group; its members are [`Service::audience`](crate::Service::audience).
    pub group: GroupIx,
    /// Counts the changes of the audience: equal generations, equal audience.
    pub generation: u64,
    /// The message.
    pub message: Arc<Message>,
    /// A user who must not receive it: its sender, under the reading `send.own-copy = withheld`.
    pub withhold: Option<UserIx>,
}

/// A notice to members of a group, or to one user, besides messages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Somebody joined or left: `memberchange`.
    MemberChange {
        /// Members after the change, exact.
        count: u64,
        /// Who joined; empty in a supergroup.
        joined: Vec<UserIx>,
        /// Who left; empty in a supergroup.
        left: Vec<UserIx>,
        /// Whether the group is a supergroup.
        supergroup: bool,
    },
    /// The group ended for its members: `exit`.
    Exit(ExitReason),
    /// The extension information or the administrators changed: `infochange`.
    InfoChange {
        /// The extension information.
        info: Arc<str>,
        /// Administrators.
        admins: Vec<Arc<str>>,
    },
    /// The mute state changed: `mutechange`.
    MuteChange {
        /// Whether everyone is muted.
        all: bool,
        /// Users muted individually.
        users: NameList,
        /// Exceptions.
        except: NameList,
    },
    /// A message was recalled: `deletegroupmessage`, or its one-to-one counterpart.
    MessageDeleted {
        /// The message ID.
        tid: Text,
    },
    /// Statistics of the old family, broadcast on demand after a join or leave.
    Statistics {
        /// Members.
        online: u64,
        /// Joins over the life of the group.
        joins: u64,
    },
    /// Likes of the old family, broadcast on demand.
    Likes(u64),
}

/// Why a client is out of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ExitReason {
    /// 1: the group was deleted.
    GroupDeleted,
    /// 2: the user was removed by the server.
    Kicked,
}

/// To whom a notice goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeTo {
    /// Everybody in the group at this moment.
    Group(GroupIx),
    /// The users listed in the output: those who have just left the group (delete, kick), or whom alone it concerns.
    Users(GroupIx),
    /// One session.
    Session(SessionId),
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LogoffReason {
    /// 1: the user logged off.
    Normal,
    /// 3: no sign of life for the heartbeat timeout.
    Timeout,
    /// 4: the user logged on at another device.
    OtherDevice,
    /// The application was disabled or deleted.
    AppDisabled,
}

impl LogoffReason {
    /// The documented number for callbacks; none where the documents have no event.
    #[must_use]
    pub const fn callback_number(self) -> Option<u8> {
        match self {
            Self::Normal => Some(1),
            Self::Timeout => Some(3),
            Self::OtherDevice => Some(4),
            Self::AppDisabled => None,
        }
    }
}

/// An event that a callback reports.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CallbackEvent {
    /// 1: logged on.
    Logon,
    /// 2: logged off, with the documented reason number.
    Logoff(u8),
    /// 3: joined a group.
    Join(Arc<str>),
    /// 4: left a group.
    Leave(Arc<str>),
    /// 5: the link is back; the groups that the session is in.
    Reconnect(Vec<Arc<str>>),
}

/// One callback call: one session, one event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callback {
    /// The application.
    pub app: AppIx,
    /// The application ID.
    pub app_id: Arc<str>,
    /// Where it goes.
    pub url: Arc<str>,
    /// ID of the callback: equal over its retries.
    pub transaction: Arc<str>,
    /// The user.
    pub user: UserIx,
    /// The user ID.
    pub user_id: Arc<str>,
    /// The session's ID.
    pub sid: Arc<str>,
    /// The event.
    pub event: CallbackEvent,
    /// When.
    pub at: Instant,
}

/// A text that a custom moderation service must decide on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Moderation {
    /// To be given back with the verdict.
    pub ticket: Ticket,
    /// The application.
    pub app: AppIx,
    /// The address of the review.
    pub url: Arc<str>,
    /// The text.
    pub content: Arc<str>,
}

/// A message that the frequency control took out. Nobody else learns of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shed {
    /// The group.
    pub group: GroupIx,
    /// The message ID that its sender was given.
    pub tid: Text,
    /// The type.
    pub kind: i64,
    /// The level.
    pub level: Priority,
    /// The weight, as ranked.
    pub weight: i64,
    /// The sender.
    pub sender: UserIx,
    /// When it was submitted.
    pub submitted: Instant,
    /// The rule that decided.
    pub rule: Rule,
    /// The message that was delivered in its place: it took the last slot, or is the newer one of its type. None where
    /// nothing was delivered for it, or not yet.
    pub winner: Option<Text>,
    /// The text.
    pub body: Arc<str>,
}

/// The newest message of a type that is delivered later than five seconds after it, or one that it replaced, was sent: the
/// group has more types than five seconds have slots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Overdue {
    /// The group.
    pub group: GroupIx,
    /// The message ID.
    pub tid: Text,
    /// The type.
    pub kind: i64,
    /// When it was submitted.
    pub submitted: Instant,
    /// When the type was due.
    pub due: Instant,
}

/// The next thing that the driver must do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// The answer to a server-side call that was pending.
    Answer(Ticket, Result<Response, Refusal>),
    /// The answer to a client request that was pending.
    ClientAnswer(SessionId, Ticket, Result<ClientReply, ClientRefusal>),
    /// Call an application's callback address.
    Callback(Callback),
    /// End a session's link: its user is logged off.
    Close(SessionId, LogoffReason),
    /// A group message to the whole audience.
    Deliver(Fanout),
    /// A group message of the old family to chosen members.
    DeliverTo(Vec<SessionId>, Arc<Message>),
    /// A message to one session; with a ticket, its receiver must acknowledge.
    Direct(SessionId, Arc<Message>, Option<Ticket>),
    /// Ask the custom moderation.
    Moderate(Moderation),
    /// A notice; the list is empty unless the target is [`NoticeTo::Users`].
    Notice(NoticeTo, Notice, Vec<UserIx>),
    /// HIGH messages that a reconnected session missed in a group, oldest first.
    Recover(SessionId, GroupIx, Vec<Arc<Message>>),
    /// A message was shed; only while the ledger is subscribed.
    Shed(Shed),
    /// The newest message of a type is late; put out only while the ledger is on.
    Overdue(Overdue),
    /// A line for the operator's log.
    Log(String),
}

/// The word of the custom moderation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// The content passed.
    Pass,
    /// The content did not pass, with the reason given.
    Refuse(Arc<str>),
    /// The review is not available: anything but HTTP 200. The message passes unreviewed.
    Unavailable,
}
