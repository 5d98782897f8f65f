//! Parameters of the `LiveMessage` operations, as a caller sends them: nothing is checked yet.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Mutes users individually in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AddLiveMessageGroupBand {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// 1 to 30 users to mute.
    pub banned_users: Vec<String>,
}

/// Mutes a whole group, with exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BanLiveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// Up to 30 users who may go on talking.
    pub except_users: Vec<String>,
}

/// Asks whether given users are in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CheckLiveMessageUsersInGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// Users to look up.
    pub user_ids: Vec<String>,
}

/// Asks whether given users are online.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CheckLiveMessageUsersOnline {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// Users to look up.
    pub user_ids: Vec<String>,
}

/// Creates an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CreateLiveMessageApp {
    /// Name, 2 to 16 characters.
    pub app_name: Option<String>,
    /// Moderation: 0 off, 1 built-in, 2 custom.
    pub audit_type: Option<i32>,
    /// Address of the custom review.
    pub audit_url: Option<String>,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// Address of event callbacks; none or empty: callbacks are off.
    pub event_callback_url: Option<String>,
    /// Retention: 0, 1, 2 for 30, 90, 180 days.
    pub msg_life_cycle: Option<i32>,
}

/// Creates a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CreateLiveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// Name, at most 128 bytes.
    pub group_name: Option<String>,
    /// Extension information, at most 32 KB.
    pub group_info: Option<String>,
    /// Up to three administrators.
    pub administrators: Vec<String>,
    /// The owner.
    pub creator_id: Option<String>,
}

/// Deletes a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeleteLiveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// Who deletes; recorded.
    pub operator_id: Option<String>,
}

/// Recalls one group message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeleteLiveMessageGroupMessage {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// The `MsgTid` of the message.
    pub message_id: String,
    /// Who recalls.
    pub deleter_id: Option<String>,
    /// Extension information of the deleter, at most 512 bytes.
    pub deleter_info: Option<String>,
}

/// Recalls one message between users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeleteLiveMessageUserMessage {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The `MsgTid` of the message.
    pub message_id: String,
    /// Who is notified.
    pub receiver_id: String,
    /// Who recalls; required in practice.
    pub deleter_id: Option<String>,
    /// Extension information of the deleter, at most 512 bytes.
    pub deleter_info: Option<String>,
}

/// Reads an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DescribeLiveMessageApp {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
}

/// Reads a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DescribeLiveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
}

/// Reads the mute state of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DescribeLiveMessageGroupBand {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
}

/// Removes one user from a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KickLiveMessageGroupUser {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// Who is removed.
    pub kickoff_user: String,
}

/// Lists the account's applications in one data centre.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListLiveMessageApps {
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// Start position; none or -1: the first page.
    pub next_page_token: Option<i64>,
    /// 1 ascending, 2 descending by creation; required.
    pub sort_type: Option<i32>,
}

/// Lists groups by page number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListLiveMessageGroupByPage {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// 0 all, 1 existing, 2 deleted.
    pub group_status: Option<i32>,
    /// 1 to 10,000; default 1.
    pub page_number: Option<i32>,
    /// 1 to 50; default 20.
    pub page_size: Option<i32>,
    /// 1 ascending, 2 descending by creation; required.
    pub sort_type: Option<i32>,
}

/// Queries the stored messages of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListLiveMessageGroupMessages {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// 10 to 50; required.
    pub page_size: Option<i32>,
    /// 1 ascending, 2 descending by sending time; required.
    pub sort_type: Option<i32>,
    /// Start position; none or -1: the first page.
    pub next_page_token: Option<i64>,
    /// Only this type.
    pub msg_type: Option<i64>,
    /// UNIX seconds, inclusive.
    pub begin_time: Option<i64>,
    /// UNIX seconds, inclusive.
    pub end_time: Option<i64>,
}

/// Lists the users in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListLiveMessageGroupUsers {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// 10 to 50; required.
    pub page_size: Option<i32>,
    /// 1 ascending, 2 descending by joining; required.
    pub sort_type: Option<i32>,
    /// Start position; none or -1: the first page.
    pub next_page_token: Option<i64>,
}

/// Lists groups by cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListLiveMessageGroups {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// 0 all, 1 existing, 2 deleted.
    pub group_status: Option<i32>,
    /// Start position; none or -1: the first page.
    pub next_page_token: Option<i64>,
    /// 1 ascending, 2 descending by creation; required.
    pub sort_type: Option<i32>,
}

/// Changes the moderation settings of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModifyLiveMessageAppAudit {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// 0 off, 1 built-in, 2 custom.
    pub audit_type: Option<i32>,
    /// Address of the custom review.
    pub audit_url: Option<String>,
}

/// Changes the event callback address of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModifyLiveMessageAppCallback {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The address; none or empty: callbacks are off.
    pub event_callback_url: Option<String>,
}

/// Disables or enables an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModifyLiveMessageAppDisable {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// True disables.
    pub disable: Option<bool>,
}

/// Changes administrators or extension information of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModifyLiveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// True: the administrators change.
    pub modify_admin: Option<bool>,
    /// The new administrators, up to three.
    pub admin_list: Option<Vec<String>>,
    /// True: the extension information changes.
    pub modify_info: Option<bool>,
    /// The new extension information, at most 32 KB.
    pub group_info: Option<String>,
}

/// Sets the mute state of a group in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModifyLiveMessageGroupBand {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// Whether everyone is muted.
    pub banned_all: Option<bool>,
    /// Users muted individually, up to 30 (three n: the documented spelling).
    pub bannned_users: Option<Vec<String>>,
    /// Exceptions, up to 30.
    pub except_users: Option<Vec<String>>,
}

/// Changes a user's extension information in every group the user is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModifyLiveMessageUserInfo {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The user.
    pub user_id: String,
    /// The information, at most 512 bytes.
    pub user_meta_info: Option<String>,
}

/// Restores a deleted group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RecoverLiveMessageDeletedGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
}

/// Unmutes users individually.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RemoveLiveMessageGroupBand {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// 1 to 30 users to unmute.
    pub unbanned_users: Vec<String>,
}

/// Sends a message to every user in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SendLiveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
    /// The sender.
    pub sender_id: String,
    /// Extension information of the sender, at most 512 bytes.
    pub sender_meta_info: Option<String>,
    /// The body, at most 15 KB.
    pub body: Option<String>,
    /// The message type.
    pub msg_type: Option<i64>,
    /// Unique ID chosen by the caller.
    pub msg_tid: Option<String>,
    /// Contribution to the counter of the type; default 1.
    pub statics_increase: Option<i64>,
    /// Weight; default 1.
    pub weight: Option<i64>,
    /// True: not stored.
    pub no_storage: Option<bool>,
    /// True: not in the recent list.
    pub no_cache: Option<bool>,
}

/// Sends a message to one online user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SendLiveMessageUser {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The receiver.
    pub receiver_id: String,
    /// The sender.
    pub sender_id: String,
    /// Extension information of the sender, at most 512 bytes.
    pub sender_info: Option<String>,
    /// The body, at most 15 KB.
    pub body: Option<String>,
    /// The message type.
    pub msg_type: Option<i64>,
    /// Unique ID chosen by the caller.
    pub msg_tid: Option<String>,
    /// True: success only once the receiver acknowledged.
    pub high_reliability: Option<bool>,
    /// True: stored.
    pub storage: Option<bool>,
}

/// Lifts the mute of a whole group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnbanLiveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The data centre the application was created in.
    pub data_center: Option<String>,
    /// The group ID.
    pub group_id: String,
}
