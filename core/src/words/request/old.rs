//! Parameters of the old `Message` operations, as a caller sends them: nothing is checked yet.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Creates an application (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CreateMessageApp {
    /// Name, 2 to 16 characters.
    pub app_name: String,
    /// Free-form configuration.
    pub app_config: Option<BTreeMap<String, String>>,
    /// Free-form extension.
    pub extension: Option<BTreeMap<String, String>>,
}

/// Creates a group whose ID the service chooses (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CreateMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The owner: letters and digits, at most 36.
    pub creator_id: String,
    /// Free-form extension.
    pub extension: Option<BTreeMap<String, String>>,
}

/// Deletes an application (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeleteMessageApp {
    /// The application ID.
    pub app_id: String,
}

/// Reads an application (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GetMessageApp {
    /// The application ID.
    pub app_id: String,
}

/// Reads a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GetMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
}

/// Issues a client token (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GetMessageToken {
    /// The application ID.
    pub app_id: String,
    /// The user.
    pub user_id: String,
    /// The device.
    pub device_id: String,
    /// ios, android, web or pc.
    pub device_type: String,
}

/// Makes a user join a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JoinMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The user.
    pub user_id: String,
    /// Fan-out of the system message: 0 none, 1 the users concerned, 2 the group.
    pub broadcast_type: Option<i32>,
    /// True: statistics are broadcast too.
    pub broadcast_statistics: Option<bool>,
}

/// Makes a user leave a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeaveMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The user.
    pub user_id: String,
    /// Fan-out of the system message: 0 none, 1 the users concerned, 2 the group.
    pub broadcast_type: Option<i32>,
    /// True: statistics are broadcast too.
    pub broadcast_statistics: Option<bool>,
}

/// Queries messages of a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListMessage {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// Custom type, above 10,000.
    pub kind: Option<i32>,
    /// Page number, 1 to 100,000; default 1.
    pub page_num: Option<i32>,
    /// Page size, 1 to 50; default 20.
    pub page_size: Option<i32>,
    /// 0 ascending, 1 descending by time.
    pub sort_type: Option<i32>,
}

/// Lists applications (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListMessageApp {
    /// Page number, 1 to 100,000; default 1.
    pub page_num: Option<i32>,
    /// Page size, 1 to 50; default 20.
    pub page_size: Option<i32>,
    /// 0 ascending, 1 descending by time.
    pub sort_type: Option<i32>,
}

/// Lists the groups of a user (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The user.
    pub user_id: Option<String>,
    /// Page number, 1 to 100,000; default 1.
    pub page_num: Option<i32>,
    /// Page size, 1 to 50; default 20.
    pub page_size: Option<i32>,
    /// 0 ascending, 1 descending by time.
    pub sort_type: Option<i32>,
}

/// Lists the members of a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListMessageGroupUser {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// Page number, 1 to 100,000; default 1.
    pub page_num: Option<i32>,
    /// Page size, 1 to 50; default 20.
    pub page_size: Option<i32>,
    /// 0 ascending, 1 descending by time.
    pub sort_type: Option<i32>,
}

/// Reads given members of a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListMessageGroupUserById {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The users.
    pub user_id_list: Vec<String>,
}

/// Finds applications by ID or name (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueryMessageApp {
    /// The application ID.
    pub app_id: Option<String>,
    /// The name.
    pub app_name: Option<String>,
    /// Page number, 1 to 100,000; default 1.
    pub page_num: Option<i32>,
    /// Page size, 1 to 50; default 20.
    pub page_size: Option<i32>,
    /// 0 ascending, 1 descending by time.
    pub sort_type: Option<i32>,
}

/// Sends a message to all members of a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SendMessageToGroup {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The operator.
    pub operator_user_id: String,
    /// Up to 10,000: system message; above: custom message.
    pub kind: Option<i32>,
    /// The body: a JSON string.
    pub data: String,
    /// True: not moderated.
    pub skip_audit: Option<bool>,
}

/// Sends a message to chosen members of a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SendMessageToGroupUsers {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The operator.
    pub operator_user_id: String,
    /// The receivers.
    pub receiver_id_list: Vec<String>,
    /// Up to 10,000: system message; above: custom message; required.
    pub kind: Option<i32>,
    /// The body: a JSON string.
    pub data: String,
    /// True: not moderated.
    pub skip_audit: Option<bool>,
}

/// Changes an application (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UpdateMessageApp {
    /// The application ID.
    pub app_id: String,
    /// The new name.
    pub app_name: Option<String>,
    /// The new configuration.
    pub app_config: Option<BTreeMap<String, String>>,
    /// The new extension.
    pub extension: Option<BTreeMap<String, String>>,
}

/// Changes the extension of a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UpdateMessageGroup {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The new extension.
    pub extension: Option<BTreeMap<String, String>>,
}

/// Asks which of several users are connected (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BatchGetOnlineUsers {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The users, at most 20.
    pub user_ids: Vec<String>,
}

/// Mutes everybody in a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MuteAllGroupUser {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The operator: the group's creator.
    pub operator_user_id: Option<String>,
    /// Who is notified: 0 nobody, 1 the users concerned, 2 the group.
    pub broadcast_type: Option<i32>,
}

/// Lifts the mute of everybody in a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CancelMuteAllGroupUser {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The operator: the group's creator.
    pub operator_user_id: Option<String>,
    /// Who is notified: 0 nobody, 1 the users concerned, 2 the group.
    pub broadcast_type: Option<i32>,
}

/// Mutes members of a group for a time (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MuteGroupUser {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The operator: the group's creator.
    pub operator_user_id: Option<String>,
    /// The users.
    pub mute_user_list: Vec<String>,
    /// Seconds; 0 as when absent: 86,400.
    pub mute_time: Option<i32>,
    /// Who is notified: 0 nobody, 1 the users concerned, 2 the group.
    pub broadcast_type: Option<i32>,
}

/// Unmutes members of a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CancelMuteGroupUser {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The operator: the group's creator.
    pub operator_user_id: Option<String>,
    /// The users.
    pub cancel_mute_user_list: Vec<String>,
    /// Who is notified: 0 nobody, 1 the users concerned, 2 the group.
    pub broadcast_type: Option<i32>,
}

/// Lists the members of a group that are muted individually (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListMuteGroupUser {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// The operator: the group's creator.
    pub operator_user_id: Option<String>,
    /// Page number, 1 to 100,000; default 1.
    pub page_num: Option<i32>,
    /// Page size, 1 to 50; default 20.
    pub page_size: Option<i32>,
}

/// Adds likes to a group (old family).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SendLike {
    /// The application ID.
    pub app_id: String,
    /// The group ID.
    pub group_id: String,
    /// Who likes.
    pub operator_user_id: Option<String>,
    /// How many: a number as a text.
    pub count: String,
    /// Who is notified: 0 nobody, 1 the users concerned, 2 the group.
    pub broadcast_type: Option<i32>,
}
