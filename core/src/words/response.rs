//! Answers of the service: the documented fields, typed. Spelling on the wire is the wire crate's business.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::data_center::DataCenter;
use crate::words::id::Ticket;
use crate::words::text::Text;

/// The outcome of an accepted server-side call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reply {
    /// The answer.
    Done(Response),
    /// The answer follows as [`Output::Answer`](crate::Output::Answer): a moderation verdict or a receiver's
    /// acknowledgement must come first.
    Pending(Ticket),
}

/// A documented response body, without the request ID that the edge adds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Response {
    /// No field besides the request ID.
    Empty,
    /// An application's credentials, after its creation.
    AppCreated(AppCreated),
    /// One application.
    App(AppView),
    /// A page of applications.
    Apps(AppPage),
    /// The moderation settings after a change.
    AppAudit(AppAudit),
    /// The callback settings after a change.
    AppCallback(AppCallback),
    /// The switch after a change.
    AppDisable(AppDisable),
    /// The outcome of a group's creation.
    GroupCreated(GroupCreated),
    /// One group.
    Group(GroupView),
    /// The group that an operation was about: deletion, restore.
    GroupId(Arc<str>),
    /// A page of groups by cursor.
    Groups(GroupCursorPage),
    /// A page of groups by number.
    GroupsByPage(GroupNumberPage),
    /// A page of users of a group.
    Users(UserPage),
    /// Presence in a group.
    UsersInGroup(Vec<Presence>),
    /// Presence in the service.
    UsersOnline(Vec<Presence>),
    /// The ID of an accepted message.
    MessageSent(Text),
    /// The group and message of a recall.
    MessageDeleted(MessageDeleted),
    /// A page of stored messages.
    Messages(MessagePage),
    /// Per group, whether a change of user information took effect.
    UserInfo(UserInfoOutcome),
    /// The mute state of a group.
    Band(Band),
    /// Old family: the application created.
    OldAppCreated(Arc<str>),
    /// Old family: whether the change was made.
    OldSuccess(bool),
    /// Old family: one application.
    OldApp(OldApp),
    /// Old family: a page of applications.
    OldApps(OldPage<OldApp>),
    /// Old family: applications found by a query (an array on the wire).
    OldAppsFound(OldPage<OldApp>),
    /// Old family: the group created.
    OldGroupCreated(OldGroupCreated),
    /// Old family: one group.
    OldGroup(OldGroup),
    /// Old family: a page of groups.
    OldGroups(OldPage<OldGroup>),
    /// Old family: a page of members.
    OldMembers(OldPage<OldMember>),
    /// Old family: members read by ID.
    OldMembersById(OldPage<OldMemberDetail>),
    /// Old family: a page of the IDs of muted users.
    OldMuted(OldPage<Arc<str>>),
    /// Old family: which of several members are connected.
    OldOnline(Vec<OldOnline>),
    /// Old family: the likes of a group.
    OldLikes(u64),
    /// Old family: a page of messages.
    OldMessages(OldPage<OldMessage>),
    /// Old family: a client token.
    OldToken(OldToken),
}

/// Credentials that the service makes for a new application.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppCreated {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The secret that client tokens are derived from.
    pub app_key: Arc<str>,
    /// The signature that clients need at initialisation.
    pub app_sign: Arc<str>,
    /// Where the application lives.
    pub data_center: DataCenter,
}

/// An application as the documents show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppView {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The name; empty when none was given.
    pub app_name: Arc<str>,
    /// The secret that client tokens are derived from.
    pub app_key: Arc<str>,
    /// The signature that clients need at initialisation.
    pub app_sign: Arc<str>,
    /// 0 off, 1 built-in, 2 custom.
    pub audit_type: i32,
    /// Only with custom review.
    pub audit_url: Option<Arc<str>>,
    /// UNIX seconds.
    pub create_time: u64,
    /// UNIX seconds.
    pub modify_time: u64,
    /// Where the application lives.
    pub data_center: DataCenter,
    /// Whether it is disabled.
    pub disable: bool,
    /// Empty: callbacks are off.
    pub event_callback_url: Arc<str>,
    /// 0, 1, 2 for 30, 90, 180 days.
    pub msg_life_cycle: i32,
}

/// A page of applications.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppPage {
    /// The applications.
    pub apps: Vec<AppView>,
    /// Present only when there is more.
    pub next_page_token: Option<i64>,
}

/// Moderation settings after a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppAudit {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The signature that clients need at initialisation.
    pub app_sign: Arc<str>,
    /// 0 off, 1 built-in, 2 custom.
    pub audit_type: i32,
    /// Only with custom review.
    pub audit_url: Option<Arc<str>>,
    /// Whether calls of the custom review are authenticated.
    pub audit_need_authentication: bool,
}

/// Callback settings after a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppCallback {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The signature that clients need at initialisation.
    pub app_sign: Arc<str>,
    /// Absent when callbacks are off.
    pub event_callback_url: Option<Arc<str>>,
    /// Whether callbacks are signed.
    pub event_callback_need_authentication: bool,
}

/// The switch after a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppDisable {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The signature that clients need at initialisation.
    pub app_sign: Arc<str>,
    /// Whether the application is disabled.
    pub disable: bool,
}

/// The outcome of a group's creation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupCreated {
    /// The group ID.
    pub group_id: Arc<str>,
    /// The group was there already; nothing changed.
    pub already_exists: bool,
    /// The ID belonged to a deleted group and is unavailable.
    pub already_delete: bool,
}

/// A group as the documents show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupView {
    /// The group ID.
    pub group_id: Arc<str>,
    /// The name; empty when none was given.
    pub group_name: Arc<str>,
    /// Extension information.
    pub group_info: Arc<str>,
    /// The owner; empty when none was given.
    pub creator_id: Arc<str>,
    /// Administrators.
    pub admin_list: Vec<Arc<str>>,
    /// UNIX seconds.
    pub create_time: u64,
    /// Present when the group is deleted.
    pub deleted: Option<Deletion>,
    /// Present while the group exists.
    pub live: Option<GroupCounters>,
    /// Whether it is a supergroup.
    pub super_large_group: bool,
}

/// When and by whom a group was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Deletion {
    /// UNIX seconds.
    pub at: u64,
    /// The operator; empty when none was given.
    pub by: Arc<str>,
}

/// Counters of a group that exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupCounters {
    /// Users in the group.
    pub online_user_counts: u64,
    /// Joins over the life of the group.
    pub total_times: u64,
    /// Counter per message type, in order of first use.
    pub msg_amount: Vec<(i64, u64)>,
}

/// A page of groups by cursor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupCursorPage {
    /// The groups.
    pub groups: Vec<GroupView>,
    /// Present only when there is more.
    pub next_page_token: Option<i64>,
}

/// A page of groups by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupNumberPage {
    /// The groups.
    pub groups: Vec<GroupView>,
    /// The page.
    pub page_number: i32,
    /// Groups per page.
    pub page_size: i32,
    /// Groups over all pages.
    pub total_count: u32,
}

/// A user in a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserView {
    /// The user ID.
    pub user_id: Arc<str>,
    /// Extension information.
    pub user_info: Arc<str>,
}

/// A page of users of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserPage {
    /// The group ID.
    pub group_id: Arc<str>,
    /// The users.
    pub users: Vec<UserView>,
    /// 0 when there is no more.
    pub next_page_token: i64,
}

/// Whether a user is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Presence {
    /// The user ID.
    pub user_id: Arc<str>,
    /// In the group, or online, as the operation asks.
    pub online: bool,
}

/// The group and message of a recall.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageDeleted {
    /// The group ID.
    pub group_id: Arc<str>,
    /// The message, whether it existed or not.
    pub message_id: Text,
}

/// A stored message as the documents show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageView {
    /// The message ID.
    pub msg_tid: Text,
    /// The type.
    pub msg_type: i64,
    /// The body.
    pub body: Arc<str>,
    /// The sender as of sending.
    pub sender: UserView,
    /// Per group, strictly increasing over delivered messages.
    pub seq_number: u64,
    /// UNIX seconds.
    pub timestamp: u64,
    /// Running total of the type at this message.
    pub total_messages: u64,
}

/// A page of stored messages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessagePage {
    /// The group ID.
    pub group_id: Arc<str>,
    /// The messages.
    pub messages: Vec<MessageView>,
    /// 0 when there is no more.
    pub next_page_token: i64,
}

/// Per group, whether a change of user information took effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserInfoOutcome {
    /// Groups that show the new information.
    pub succeeded: Vec<Arc<str>>,
    /// Groups that do not.
    pub failed: Vec<UserInfoFailure>,
}

/// Why a change of user information did not take effect in a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserInfoFailure {
    /// The group ID.
    pub group_id: Arc<str>,
    /// Sub-code, such as 440.
    pub code: i32,
    /// In words.
    pub reason: Arc<str>,
}

/// The mute state of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Band {
    /// The group ID.
    pub group_id: Arc<str>,
    /// Whether everyone is muted.
    pub is_banned_all: bool,
    /// Users muted individually.
    pub banned_users: Vec<Arc<str>>,
    /// Exceptions of the whole-group mute.
    pub unbanned_users: Vec<Arc<str>>,
}

/// An application of the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldApp {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The name.
    pub app_name: Arc<str>,
    /// Free-form configuration.
    pub app_config: BTreeMap<String, String>,
    /// Free-form extension.
    pub extension: BTreeMap<String, String>,
    /// UNIX seconds.
    pub create_time: u64,
    /// 1: normal.
    pub status: i32,
}

/// A new group of the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldGroupCreated {
    /// The ID that the service chose.
    pub group_id: Arc<str>,
    /// Free-form extension.
    pub extension: BTreeMap<String, String>,
}

/// A group of the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldGroup {
    /// The application ID.
    pub app_id: Arc<str>,
    /// The group ID.
    pub group_id: Arc<str>,
    /// The owner.
    pub creator_id: Arc<str>,
    /// UNIX seconds.
    pub create_time: u64,
    /// Free-form extension.
    pub extension: BTreeMap<String, String>,
    /// Whether everyone is muted.
    pub is_mute_all: bool,
    /// 1: normal.
    pub status: i32,
}

/// A member of a group of the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldMember {
    /// The user ID.
    pub user_id: Arc<str>,
    /// UNIX seconds.
    pub join_time: u64,
}

/// A member read by ID (old family).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldMemberDetail {
    /// The user ID.
    pub user_id: Arc<str>,
    /// Extension information.
    pub user_extension: Arc<str>,
    /// Whether the user is muted.
    pub is_mute: bool,
    /// By the whole-group mute.
    pub muted_by_group: bool,
    /// Individually.
    pub muted_by_user: bool,
}

/// A stored message of the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldMessage {
    /// The group ID.
    pub group_id: Arc<str>,
    /// The message ID.
    pub message_id: Text,
    /// The sender.
    pub sender_id: Arc<str>,
    /// The type.
    pub kind: i64,
    /// The body.
    pub data: Arc<str>,
}

/// A member of a group, and whether it is connected (old family).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldOnline {
    /// The user.
    pub user_id: Arc<str>,
    /// UNIX milliseconds.
    pub join_time: u64,
    /// Whether its client is connected.
    pub online: bool,
}

/// A client token of the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldToken {
    /// The token.
    pub access_token: Arc<str>,
    /// UNIX milliseconds.
    pub access_token_expired_time: u64,
    /// Obtains a new token.
    pub refresh_token: Arc<str>,
}

/// A page of the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldPage<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether there is another page.
    pub has_more: bool,
    /// Items over all pages.
    pub total: u32,
}
