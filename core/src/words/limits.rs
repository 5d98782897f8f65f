//! Documented bounds. Each constant is checked against the registry of rules; `Limits` holds the few that a
//! run may change, with the documented values as default.

use serde::{Deserialize, Serialize};

use crate::words::time::Duration;

/// Live applications that an account may hold. Unit: applications, inclusive. Rule: `quota.apps.per-account`
pub const ACCOUNT_APPS_MAX: u32 = 300;
/// Live groups that an application may hold; deleted groups do not count. Rule: `quota.groups.per-app`
pub const APP_GROUPS_MAX: u32 = 5_000;
/// Shortest application name. Unit: characters (Unicode scalar values).
pub const APP_NAME_CHARS_MIN: u32 = 2;
/// Longest application name. Unit: characters (Unicode scalar values).
pub const APP_NAME_CHARS_MAX: u32 = 16;
/// Longest group, user, message or operator ID. Unit: bytes.
pub const ID_BYTES_MAX: u32 = 64;
/// Longest group name. Unit: bytes of UTF-8.
pub const GROUP_NAME_BYTES_MAX: u32 = 128;
/// Longest group extension information: 32 KB. Unit: bytes of UTF-8.
pub const GROUP_INFO_BYTES_MAX: u32 = 32 * 1_024;
/// Administrators of a group, distinct. Unit: users.
pub const GROUP_ADMINS_MAX: u32 = 3;
/// Members above which a group becomes a supergroup: 2,000 is normal, 2,001 is not.
pub const GROUP_MEMBERS_MAX: u32 = 2_000;
/// Distinct message types that one group may see. Unit: types.
pub const GROUP_TYPES_MAX: u32 = 30;
/// Longest message body: 15 KB. Unit: bytes of UTF-8.
pub const MESSAGE_BODY_BYTES_MAX: u32 = 15 * 1_024;
/// Longest extension information of a sender, deleter or user. Unit: bytes of UTF-8.
pub const USER_INFO_BYTES_MAX: u32 = 512;
/// Messages that a group delivers in one second. Unit: messages.
pub const GROUP_MESSAGES_PER_SECOND: u32 = 50;
/// The newest message of a type is delivered within this span even under shedding.
pub const TYPE_FLOOR: Duration = Duration::from_secs(5);
/// Least distance of two membership notices of a supergroup.
pub const SUPERGROUP_NOTICE_INTERVAL_MIN: Duration = Duration::from_secs(5);
/// Time that a deleted group can be restored, and stays listed.
pub const GROUP_RESTORE_WINDOW: Duration = Duration::from_days(30);
/// Time that the messages of a deleted group stay visible.
pub const GROUP_DELETED_MESSAGES_WINDOW: Duration = Duration::from_days(7);
/// Users that one mute or unmute call may name; also exceptions of a whole-group mute.
pub const MUTE_USERS_MAX: u32 = 30;
/// Time that a receiver has to acknowledge a highly reliable one-to-one message.
pub const ACK_WITHIN: Duration = Duration::from_secs(3);
/// Time that a moderation service has to answer; afterwards the message passes unreviewed.
pub const MODERATION_WITHIN: Duration = Duration::from_secs(3);
/// Time without a sign of life after which a session is logged off, unless the client asked otherwise.
pub const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(99);
/// Shortest heartbeat timeout a client may ask for.
pub const HEARTBEAT_TIMEOUT_MIN: Duration = Duration::from_secs(15);
/// Longest heartbeat timeout a client may ask for.
pub const HEARTBEAT_TIMEOUT_MAX: Duration = Duration::from_secs(120);
/// Messages that a group's recent list holds (the documents name no size).
pub const RECENT_MESSAGES_MAX: u32 = 50;
/// Items on a page of the lists that have no page-size parameter (the documents name no size).
pub const LIST_PAGE_SIZE: u32 = 20;
/// Groups that ended for a session which are kept in mind until it ends: as many as an application may hold.
pub(crate) const ENDED_GROUPS_MAX: usize = APP_GROUPS_MAX as usize;
/// Most stored messages on a page that a client lists. Rule: `history.client.page-size`
pub const CLIENT_HISTORY_PAGE_MAX: u32 = 100;
/// Lists of stored messages that one client may ask for in a second. Rule: `history.client.rate`
pub const CLIENT_HISTORY_PER_SECOND: u32 = 2;
/// Mute time of the old family when none, or zero, is given. Rule: `legacy.mute.default-duration`
pub const LEGACY_MUTE_DEFAULT: Duration = Duration::from_secs(86_400);
/// Users that one call of the old family asks about. Rule: `legacy.online.max`
pub const LEGACY_ONLINE_USERS_MAX: u32 = 20;
/// Longest creator ID of the old family. Unit: characters.
pub const LEGACY_CREATOR_CHARS_MAX: u32 = 36;
/// Longest user ID of the old family. Unit: characters.
pub const LEGACY_USER_CHARS_MAX: u32 = 32;
/// Longest device ID of the old family. Unit: characters.
pub const LEGACY_DEVICE_CHARS_MAX: u32 = 64;
/// Types up to and including this are system messages, above it custom messages (old family).
pub const SYSTEM_TYPE_MAX: i64 = 10_000;

/// The bounds that a run may change. `Default` gives the documented values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// See [`ACCOUNT_APPS_MAX`].
    pub account_apps_max: u32,
    /// See [`APP_GROUPS_MAX`].
    pub app_groups_max: u32,
    /// See [`GROUP_MEMBERS_MAX`].
    pub group_members_max: u32,
    /// See [`GROUP_TYPES_MAX`].
    pub group_types_max: u32,
    /// See [`GROUP_MESSAGES_PER_SECOND`].
    pub group_messages_per_second: u32,
    /// See [`RECENT_MESSAGES_MAX`].
    pub recent_messages_max: u32,
    /// See [`LIST_PAGE_SIZE`].
    pub list_page_size: u32,
    /// See [`HEARTBEAT_TIMEOUT`].
    pub heartbeat_timeout: Duration,
    /// See [`MODERATION_WITHIN`].
    pub moderation_within: Duration,
    /// Whether calls are counted against the documented calls per second.
    pub call_quotas: bool,
    /// Whether callback and review addresses obey the documented rule: no port, no private address.
    pub public_urls_only: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            account_apps_max: ACCOUNT_APPS_MAX,
            app_groups_max: APP_GROUPS_MAX,
            group_members_max: GROUP_MEMBERS_MAX,
            group_types_max: GROUP_TYPES_MAX,
            group_messages_per_second: GROUP_MESSAGES_PER_SECOND,
            recent_messages_max: RECENT_MESSAGES_MAX,
            list_page_size: LIST_PAGE_SIZE,
            heartbeat_timeout: HEARTBEAT_TIMEOUT,
            moderation_within: MODERATION_WITHIN,
            call_quotas: true,
            public_urls_only: true,
        }
    }
}
