//! Requests of audience clients, and their answers.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::words::id::{GroupIx, GroupKey, SessionId, Ticket};
use crate::words::message::{Message, Priority};
use crate::words::refusal::ClientRefusal;
use crate::words::response::GroupCounters;
use crate::words::roll::NameList;
use crate::words::text::Text;
use crate::words::time::Duration;

/// A logon: the fields that the token was derived from, and the token.
///
/// To an application of the older family a client logs on with the access token that its user was issued; the fields then count
/// for nothing. Rule: `legacy.token.logs-on`
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Login {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The signature that the client was initialised with.
    pub app_sign: Arc<str>,
    /// The user ID.
    pub user_id: Arc<str>,
    /// Extension information shown in member lists and messages.
    pub user_info: Arc<str>,
    /// The nonce of the token; may be empty.
    pub nonce: Arc<str>,
    /// `admin` for users allowed control operations.
    pub role: Arc<str>,
    /// Expiry of the token. Unit: UNIX seconds.
    pub timestamp: u64,
    /// Lower-case hex SHA-256, see [`token`](crate::words::token).
    pub token: Arc<str>,
    /// The heartbeat timeout asked for, 15 s to 120 s; none: the default.
    pub heartbeat_timeout: Option<Duration>,
    /// Whether this client acknowledges highly reliable messages.
    pub acknowledges: bool,
    /// Distinguishes the devices of one user.
    pub device: u32,
}

/// How far a client had come in a group when its link was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The group.
    pub group: GroupIx,
    /// HIGH messages of this membership up to this sequence number have all arrived.
    pub high_seq: u64,
}

/// Why a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LinkEnd {
    /// The client said goodbye: logged off at once, reason 1.
    Closed,
    /// No more heartbeats come: the session lives on until its heartbeat timeout, reason 3.
    Lost,
}

/// A message that a client sends to a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientSend {
    /// The message type.
    pub kind: i64,
    /// The priority level.
    pub level: Priority,
    /// The body, at most 15 KB.
    pub body: Arc<str>,
    /// How much it adds to the counter of its type; default 1.
    pub repeat: u32,
    /// Not stored.
    pub no_storage: bool,
    /// Not in the recent list.
    pub no_cache: bool,
    /// Not moderated; only with the role `admin`.
    pub skip_audit: bool,
    /// Not subject to mutes; only with the role `admin`.
    pub skip_mute_check: bool,
}

impl ClientSend {
    /// A message that is stored, in the recent list, moderated, subject to mutes, and counts once.
    #[must_use]
    pub fn new(kind: i64, level: Priority, body: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            level,
            body: body.into(),
            repeat: 1,
            no_storage: false,
            no_cache: false,
            skip_audit: false,
            skip_mute_check: false,
        }
    }
}

/// A request of an audience client.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientRequest {
    /// Acknowledges a highly reliable one-to-one message.
    Acknowledge(Ticket),
    /// Lifts the mute of a whole group.
    CancelMuteAll(GroupKey),
    /// Unmutes users.
    CancelMuteUsers(GroupKey, Vec<Arc<str>>),
    /// Deletes a group.
    CloseGroup(GroupKey),
    /// Creates a group, under the given ID or one that the service makes.
    CreateGroup {
        /// The ID; none: the service makes one.
        group_id: Option<Arc<str>>,
        /// The name.
        name: Arc<str>,
        /// Extension information.
        info: Arc<str>,
    },
    /// Recalls a message.
    DeleteMessage(GroupKey, Text),
    /// Joins a group.
    Join(GroupKey),
    /// Leaves a group.
    Leave(GroupKey),
    /// Lists the members of a group by joining time; for the owner and administrators.
    ListGroupUsers {
        /// The group.
        group: GroupKey,
        /// Newest first.
        descending: bool,
        /// Start position; 0: the first page.
        token: i64,
        /// At most 50.
        page_size: u32,
    },
    /// Lists stored messages; also for a client that is not in the group.
    ListHistory {
        /// The group.
        group: GroupKey,
        /// Whether the client calls the method that only staff may call; the answers are the same.
        staff: bool,
        /// Only this type.
        kind: Option<i64>,
        /// Newest first.
        descending: bool,
        /// Start position; 0: the first page.
        token: i64,
        /// 1 to 100, for staff 10 to 30 (reading `history.client-page`).
        page_size: u32,
        /// UNIX seconds, inclusive; 0: the earliest.
        begin: u64,
        /// UNIX seconds, inclusive; 0: the latest.
        end: u64,
    },
    /// Reads the mute state; for the owner and administrators.
    ListMuteUsers(GroupKey),
    /// Lists the newest members and the member count.
    ListRecentGroupUsers(GroupKey),
    /// Lists the newest messages of the recent cache, from a sequence number downwards.
    ListRecentMessages {
        /// The group.
        group: GroupKey,
        /// Only messages before this sequence number; 0: from the newest.
        before: u64,
        /// At most 50.
        page_size: u32,
    },
    /// Logs off.
    Logout,
    /// Changes extension information or administrators of a group.
    ModifyGroup {
        /// The group.
        group: GroupKey,
        /// The new extension information.
        info: Option<Arc<str>>,
        /// The new administrators.
        admins: Option<Vec<Arc<str>>>,
    },
    /// Mutes a whole group.
    MuteAll(GroupKey),
    /// Mutes users individually.
    MuteUsers(GroupKey, Vec<Arc<str>>),
    /// Reads a group.
    QueryGroup(GroupKey),
    /// Sends to a group.
    Send(GroupKey, ClientSend),
    /// Sends to one user.
    SendToUser {
        /// The receiver.
        receiver: Arc<str>,
        /// The message type.
        kind: i64,
        /// The body.
        body: Arc<str>,
        /// Not moderated; only with the role `admin`.
        skip_audit: bool,
    },
}

/// The facts of a group that seldom change: written once, shared by every answer and notice that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupFacts {
    /// The group ID.
    pub group_id: Arc<str>,
    /// The name.
    pub name: Arc<str>,
    /// Extension information.
    pub info: Arc<str>,
    /// The owner.
    pub creator: Arc<str>,
    /// Administrators.
    pub admins: Vec<Arc<str>>,
    /// Creation. Unit: UNIX seconds.
    pub created: u64,
}

/// The state of a group that a client is given on joining, asking, or reconnecting. Reads as its [`GroupFacts`], too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupState {
    /// The dense index for later requests.
    pub group: GroupIx,
    /// ID, name, information, owner, administrators, creation.
    pub facts: Arc<GroupFacts>,
    /// Members, joins and counters per type.
    pub counters: GroupCounters,
    /// Whether it is a supergroup.
    pub supergroup: bool,
    /// Whether everyone is muted.
    pub muted_all: bool,
    /// Whether this user is muted individually.
    pub muted_self: bool,
    /// Sequence number of the newest delivered message; 0 when there is none.
    pub seq: u64,
    /// Index of the newest delivered HIGH message in this group, counted from 1; 0 when there is none.
    pub high_index: u64,
}

impl Deref for GroupState {
    type Target = GroupFacts;

    fn deref(&self) -> &GroupFacts {
        &self.facts
    }
}

/// The outcome of an accepted client request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientReply {
    /// Done; nothing to tell.
    Done,
    /// The answer follows as [`Output::ClientAnswer`](crate::Output::ClientAnswer).
    Pending(Ticket),
    /// The ID of an accepted message. A shed message is accepted too: the sender learns nothing else.
    Sent(Text),
    /// The group created, and whether it was there already.
    GroupCreated {
        /// The dense index.
        group: GroupIx,
        /// The group ID.
        group_id: Arc<str>,
        /// It was there already.
        already_exists: bool,
    },
    /// The state of a group: the answer to joining and asking.
    Group(alloc::boxed::Box<GroupState>),
    /// A page of members.
    Users {
        /// User IDs.
        users: Vec<Arc<str>>,
        /// Members in all.
        total: u64,
        /// Start of the next page; 0: none.
        next: i64,
    },
    /// A page of messages, and the start of the next page (0: none).
    Messages(Vec<Arc<Message>>, i64),
    /// The mute state of a group.
    Mutes {
        /// Whether everyone is muted.
        all: bool,
        /// Users muted individually.
        users: NameList,
        /// Exceptions.
        except: NameList,
    },
}

/// The answer to a request of a client.
pub(crate) type ClientAnswer = Result<ClientReply, ClientRefusal>;

/// A session that a logon or reconnect opened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Connected {
    /// The session.
    pub session: SessionId,
    /// The session's ID as callbacks print it.
    pub sid: Arc<str>,
    /// Every group that the user is in: after a logon, those that the back end put it in.
    pub groups: Vec<GroupState>,
}
