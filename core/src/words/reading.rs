//! The readings: what the service does where the documents leave a point open.
//!
//! One table declares every reading that a program can act on, with its alternatives; the first one is the default.
//! The sentence each interprets, its source and the readings that have no switch stand in the registry
//! (`fixtures/readings.toml`) under the same ids; a test keeps both equal.
//!
//! This module must never decide anything: the module that owns a behaviour asks for the reading.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! readings {
    ($(
        $field:ident: $name:ident = $id:literal, $question:literal {
            $first:ident = $first_value:literal, $first_says:literal;
            $($variant:ident = $value:literal, $says:literal;)+
        }
    )+) => {
        $(
            #[doc = $question]
            #[doc = ""]
            #[doc = concat!("Reading: `", $id, "`")]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
            pub enum $name {
                #[doc = $first_says]
                #[doc = " The default."]
                #[default]
                #[serde(rename = $first_value)]
                $first,
                $(#[doc = $says] #[serde(rename = $value)] $variant,)+
            }

            impl $name {
                /// The words that choose this reading's alternatives, the default first.
                pub const VALUES: &'static [&'static str] = &[$first_value, $($value),+];

                /// The word that chooses this alternative.
                #[must_use]
                pub const fn value(self) -> &'static str {
                    match self {
                        Self::$first => $first_value,
                        $(Self::$variant => $value,)+
                    }
                }

                /// Finds the alternative that a word chooses; `None` when no alternative has it.
                #[must_use]
                pub fn parse(value: &str) -> Option<Self> {
                    match value {
                        $first_value => Some(Self::$first),
                        $($value => Some(Self::$variant),)+
                        _ => None,
                    }
                }
            }
        )+

        /// One alternative for each open point of the documents.
        ///
        /// `Readings::default()` holds every default. As text it is a table from reading id to chosen word.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Readings {
            $(#[doc = $question] #[serde(rename = $id)] pub $field: $name,)+
        }

        impl Readings {
            /// Chooses an alternative by the reading's id and the alternative's word.
            ///
            /// # Errors
            ///
            /// [`ReadingError::UnknownReading`] when no reading has the id, [`ReadingError::UnknownValue`] when the
            /// reading has no such alternative. Neither changes anything.
            pub fn set(&mut self, id: &str, value: &str) -> Result<(), ReadingError> {
                match id {
                    $($id => match $name::parse(value) {
                        Some(chosen) => self.$field = chosen,
                        None => return Err(ReadingError::UnknownValue { id: $id, alternatives: $name::VALUES }),
                    },)+
                    _ => return Err(ReadingError::UnknownReading),
                }
                Ok(())
            }

            /// The id of every reading, sorted.
            #[must_use]
            pub const fn ids() -> &'static [&'static str] {
                &[$($id),+]
            }

            /// The words that choose a reading's alternatives, the default first; `None` when no reading has
            /// the id.
            #[must_use]
            pub fn alternatives(id: &str) -> Option<&'static [&'static str]> {
                match id {
                    $($id => Some($name::VALUES),)+
                    _ => None,
                }
            }

            /// Walks over all readings, sorted by id, with what is chosen.
            pub fn iter(&self) -> impl Iterator<Item = ReadingChoice> + use<> {
                [$(ReadingChoice {
                    id: $id,
                    question: $question,
                    value: self.$field.value(),
                    default: $first_value,
                    alternatives: $name::VALUES,
                }),+].into_iter()
            }
        }
    };
}

/// One reading as it stands in a [`Readings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadingChoice {
    /// The reading's id, such as `shaper.window`.
    pub id: &'static str,
    /// The point that the documents leave open.
    pub question: &'static str,
    /// The word of the chosen alternative.
    pub value: &'static str,
    /// The word of the default.
    pub default: &'static str,
    /// The words of all alternatives, the default first.
    pub alternatives: &'static [&'static str],
}

impl ReadingChoice {
    /// Tells whether the default is chosen.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.value == self.default
    }
}

/// Why a reading could not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingError {
    /// No reading has this id; [`Readings::ids`] lists those that exist.
    UnknownReading,
    /// The reading exists and has no such alternative.
    UnknownValue {
        /// The reading's id.
        id: &'static str,
        /// The words it accepts.
        alternatives: &'static [&'static str],
    },
}

impl fmt::Display for ReadingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownReading => f.write_str("no reading has this ID: `claque readings` lists them all"),
            Self::UnknownValue { id, alternatives } => {
                write!(f, "reading {id} has no such alternative, it accepts ")?;
                for (index, word) in alternatives.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{word}")?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for ReadingError {}

readings! {
    app_id_charset: AppIdCharset = "app-id.charset", "Which characters the ids of applications hold, which the service makes." {
        Strict = "strict", "Letters and digits.";
        Underscore = "underscore", "Letters and digits, with underscores between.";
        Hyphen = "hyphen", "Letters and digits, with hyphens between.";
    }
    app_data_center_absent: AppDataCenterAbsent = "app.data-center-absent", "What an absent data centre means after creation." {
        Shanghai = "shanghai", "The default data centre.";
        Any = "any", "The data centre of the application.";
    }
    app_data_center_code: AppDataCenterCode = "app.data-center-code", "Which code refuses a wrong data centre." {
        ResourceNotExist = "resource-not-exist", "The code of a missing resource.";
        InputInvalid = "input-invalid", "The code of an illegal parameter.";
    }
    app_disabled: AppDisabled = "app.disabled", "What a disabled application refuses." {
        Writes = "writes", "Logons and every change of groups, messages and mutes.";
        Everything = "everything", "Every operation but enabling it again.";
        Logons = "logons", "Logons only.";
    }
    app_name_unit: AppNameUnit = "app.name-unit", "What a character of an application's name is." {
        Scalars = "scalars", "A Unicode scalar value.";
        Utf16 = "utf16", "A unit of UTF-16.";
    }
    app_quota_code: AppQuotaCode = "app.quota-code", "Which code refuses one application too many." {
        TooManyApps = "too-many-apps", "A code of its own, formed like that of groups.";
        InputInvalid = "input-invalid", "The code of an illegal parameter.";
    }
    app_retention_change: AppRetentionChange = "app.retention-change", "Whether the retention can change after creation." {
        Console = "console", "In the console, for everything that is kept.";
        Never = "never", "It never changes.";
    }
    auth_ram_code: AuthRamCode = "auth.ram-code", "Which code a missing permission has." {
        NoAuth = "no-auth", "The code of the operation's table.";
        ForbiddenRam = "forbidden-ram", "The code of the platform.";
    }
    callback_group_delete: CallbackGroupDelete = "callback.group-delete", "Whether deleting a group raises leave events." {
        None = "none", "It does not.";
        Leave = "leave", "One for each member.";
    }
    callback_kick: CallbackKick = "callback.kick", "Whether a kick raises a leave event." {
        Leave = "leave", "It does.";
        None = "none", "It does not.";
    }
    callback_sign_field: CallbackSignField = "callback.sign-field", "What the first signed field of a callback is." {
        Url = "url", "The whole address.";
        Host = "host", "The host of the address.";
    }
    create_admin_items: CreateAdminItems = "create.admin-items", "How empty and repeated administrators count." {
        Distinct = "distinct", "Empty items are dropped and repeated ones count once.";
        Every = "every", "Every item counts, and an empty one is illegal.";
    }
    create_deleted_flags: CreateDeletedFlags = "create.deleted-flags", "Which flags a create of a deleted name reports." {
        Both = "both", "Already existing and already deleted.";
        DeletedOnly = "deleted-only", "Already deleted only.";
    }
    create_fresh_flags: CreateFreshFlags = "create.fresh-flags", "How the flags of a fresh create are written." {
        False = "false", "Both present and false.";
        Absent = "absent", "Both left out.";
    }
    create_quota_deleted: CreateQuotaDeleted = "create.quota-deleted", "Whether deleted groups count toward the quota." {
        NotCounted = "not-counted", "Only groups that exist count.";
        Counted = "counted", "Deleted groups count until they are purged.";
    }
    create_quota_order: CreateQuotaOrder = "create.quota-order", "Whether a full application still answers for names it knows." {
        ExistingFirst = "existing-first", "Known and deleted names are answered before the quota is asked.";
        QuotaFirst = "quota-first", "The quota refuses every create.";
    }
    create_repeat: CreateRepeat = "create.repeat", "Whether creating an existing group again changes it." {
        Untouched = "untouched", "The stored group stays as it is.";
        Updates = "updates", "The parameters given replace the stored ones.";
    }
    deletion_delete_missing: DeletionDeleteMissing = "deletion.delete-missing", "What deleting a missing group does." {
        Succeeds = "succeeds", "Succeeds and names the group.";
        Refused = "refused", "Is refused as a missing resource.";
    }
    deletion_deletor_absent: DeletionDeletorAbsent = "deletion.deletor-absent", "How a deletion without an operator is described." {
        Omitted = "omitted", "The key is left out.";
        Empty = "empty", "The key holds an empty text.";
    }
    deletion_id_reuse: DeletionIdReuse = "deletion.id-reuse", "Whether the name of a purged group is free again." {
        Never = "never", "Never; a create keeps reporting the deletion.";
        AfterPurge = "after-purge", "Once the group is purged.";
        DeletedOnly = "deleted-only", "Never; a create keeps reporting the deletion, and no longer that the group exists.";
    }
    deletion_late_restore: DeletionLateRestore = "deletion.late-restore", "What a restore after the visibility window brings back." {
        Kept = "kept", "All messages whose own retention has not passed.";
        Gone = "gone", "Only the group; messages that left the window are lost.";
    }
    deletion_message_window: DeletionMessageWindow = "deletion.message-window", "How long the messages of a deleted group stay visible." {
        SevenDays = "7d", "Seven days after the deletion.";
        ThirtyDays = "30d", "Thirty days after the deletion, as long as the group itself.";
    }
    deletion_purge: DeletionPurge = "deletion.purge", "When the thirty days of a deleted group end." {
        Exact = "exact", "Thirty times 86,400 seconds after the deletion.";
        Daily = "daily", "At the first midnight UTC after that instant.";
    }
    deletion_restore_live: DeletionRestoreLive = "deletion.restore-live", "What a restore of a group that is not deleted does." {
        Succeeds = "succeeds", "Succeeds and changes nothing.";
        Refused = "refused", "Is refused as a missing resource.";
    }
    deletion_write_code: DeletionWriteCode = "deletion.write-code", "Which code refuses a change of a deleted group." {
        ResourceNotExist = "resource-not-exist", "The code of a missing resource.";
        InputInvalid = "input-invalid", "The code of an illegal parameter.";
    }
    families: Families = "families", "How the two families of operations relate." {
        Separate = "separate", "Each family sees only what it created.";
        Shared = "shared", "Groups and applications are the same for both.";
    }
    group_id_charset: GroupIdCharset = "group-id.charset", "Which characters the name of a group may hold." {
        Strict = "strict", "Letters and digits.";
        Underscore = "underscore", "Letters, digits and underscore.";
        Hyphen = "hyphen", "Letters, digits, underscore and hyphen.";
    }
    group_active: GroupActive = "group.active", "When a group is active." {
        Current = "current", "While at least one user is in it.";
        Ever = "ever", "From the first join on.";
    }
    group_client_rights: GroupClientRights = "group.client-rights", "Which clients may change a group, and list its members, messages and mutes." {
        Either = "either", "Its owner and administrators, and those with the role admin.";
        Staff = "staff", "Its owner and administrators only.";
        Role = "role", "Those with the role admin only.";
    }
    group_close_rights: GroupCloseRights = "group.close-rights", "Which clients may close a group." {
        Either = "either", "Those with the role admin, its owner and its administrators.";
        Role = "role", "Those with the role admin only.";
        Staff = "staff", "Its owner and its administrators only.";
    }
    group_console_change: GroupConsoleChange = "group.console-change", "What the console changes of a group." {
        All = "all", "Display name, owner, administrators and information.";
        Operation = "operation", "Administrators and information, as the operation does.";
    }
    group_flag_without_value: GroupFlagWithoutValue = "group.flag-without-value", "What changing administrators or information without a value does." {
        Clears = "clears", "It clears them.";
        Refused = "refused", "It is refused as illegal.";
    }
    group_info_unit: GroupInfoUnit = "group.info-unit", "What the limit of the group information counts." {
        Bytes = "bytes", "Bytes of UTF-8.";
        Characters = "characters", "Unicode characters.";
    }
    history_client_page: HistoryClientPage = "history.client-page", "How many stored messages a page of a client holds." {
        Hundred = "hundred", "Up to a hundred.";
        TenToThirty = "ten-to-thirty", "Ten to thirty.";
    }
    history_send_page: HistorySendPage = "history.send-page", "What the thirty days on the send page mean." {
        Tier = "tier", "The default tier; the application's tier decides.";
        ThirtyDays = "thirty-days", "Thirty days for every message sent by the back end.";
    }
    legacy_data: LegacyData = "legacy.data", "Whether the body of an old-family send must be JSON." {
        Any = "any", "Any text will do.";
        Json = "json", "A text that is not JSON is refused.";
    }
    legacy_like_total: LegacyLikeTotal = "legacy.like-total", "What the like count in the answer is." {
        Total = "total", "The total of the group.";
        Increment = "increment", "What the call added.";
    }
    legacy_mute_operator: LegacyMuteOperator = "legacy.mute-operator", "What an old-family mute by another than the creator answers." {
        Refused = "refused", "A refusal for missing permission.";
        Unsuccessful = "unsuccessful", "Success false, with status 200.";
    }
    legacy_shaping: LegacyShaping = "legacy.shaping", "Whether old-family messages are shaped." {
        Shaped = "shaped", "They share the budget of the group.";
        Exempt = "exempt", "They pass the shaper by.";
    }
    list_disable_type: ListDisableType = "list.disable-type", "How the list of applications writes the disabled flag." {
        String = "string", "As a text.";
        Boolean = "boolean", "As a truth value.";
    }
    list_page_range: ListPageRange = "list.page-range", "What a page size or number out of range does." {
        Refused = "refused", "It is refused as illegal.";
        Clamped = "clamped", "It is moved to the nearest bound.";
    }
    list_page_size: ListPageSize = "list.page-size", "How many entries a page without a size parameter holds." {
        Twenty = "20", "Twenty.";
        Ten = "10", "Ten.";
        Fifty = "50", "Fifty.";
    }
    list_total_messages: ListTotalMessages = "list.total-messages", "What the running total in a listed message counts." {
        Type = "type", "Messages of its type.";
        Group = "group", "All messages of the group.";
    }
    list_users_link: ListUsersLink = "list.users-link", "Whether a list of members holds those whose link is lost." {
        Connected = "connected", "Only those whose link is up, and members that the back end put in.";
        Session = "session", "Everybody whose session lasts.";
    }
    list_window_end: ListWindowEnd = "list.window-end", "Whether the end of a time window belongs to it." {
        Inclusive = "inclusive", "It does.";
        Exclusive = "exclusive", "It does not.";
    }
    list_window_reversed: ListWindowReversed = "list.window-reversed", "What a time window that ends before it begins does." {
        Refused = "refused", "It is refused as illegal.";
        Empty = "empty", "It finds nothing.";
    }
    membership_notice: MembershipNotice = "membership.notice", "When a change of membership in a normal group is notified." {
        EachChange = "each-change", "At once, one notice for each change.";
        OneSecond = "one-second", "Together, once a second.";
    }
    moderation_stray_url: ModerationStrayUrl = "moderation.stray-url", "What a review address without custom review does." {
        Ignored = "ignored", "It is ignored.";
        Refused = "refused", "It is refused as illegal.";
    }
    moderation_unreadable: ModerationUnreadable = "moderation.unreadable", "What an unreadable verdict means." {
        Blocked = "blocked", "The message did not pass.";
        Passed = "passed", "The review was unavailable and the message goes through.";
    }
    mute_after_restore: MuteAfterRestore = "mute.after-restore", "Whether mutes survive a deletion and restore." {
        Kept = "kept", "They do.";
        Cleared = "cleared", "They do not.";
    }
    mute_empty_list: MuteEmptyList = "mute.empty-list", "What a mute of nobody does." {
        Refused = "refused", "It is refused as illegal.";
        Accepted = "accepted", "It succeeds and changes nothing.";
    }
    mute_excepted_individual: MuteExceptedIndividual = "mute.excepted-individual", "Whether an exception frees a user muted individually." {
        Muted = "muted", "The user stays muted.";
        Free = "free", "The user may speak.";
    }
    mute_modify_lists: MuteModifyLists = "mute.modify-lists", "What the lists of a combined change do." {
        Replace = "replace", "They replace the stored lists.";
        Merge = "merge", "They are added to the stored lists.";
    }
    mute_second_ban: MuteSecondBan = "mute.second-ban", "What a second mute of all does to the exceptions." {
        Replaces = "replaces", "The new exceptions replace the old.";
        Merges = "merges", "The new exceptions are added.";
    }
    priority_weight: PriorityWeight = "priority.weight", "Which level a weight stands for." {
        Thresholds = "thresholds", "Below 5 NORMAL, below 1,000,000 MEDIUM, from there HIGH.";
        Exact = "exact", "5 is MEDIUM, 1,000,000 is HIGH, every other weight is NORMAL.";
    }
    quota_invalid_calls: QuotaInvalidCalls = "quota.invalid-calls", "Whether refused calls count against the rate." {
        Counted = "counted", "Every authenticated call counts.";
        NotCounted = "not-counted", "Only calls that pass validation count.";
    }
    quota_throttle_status: QuotaThrottleStatus = "quota.throttle-status", "Which status a throttled call has." {
        BadRequest = "400", "HTTP 400.";
        TooManyRequests = "429", "HTTP 429.";
    }
    recall_deleter: RecallDeleter = "recall.deleter", "Whether recalling a group message must name the deleter." {
        Optional = "optional", "It need not.";
        Required = "required", "It must.";
    }
    recovery_reach: RecoveryReach = "recovery.reach", "Where missed HIGH messages are found." {
        CacheOrStorage = "cache-or-storage", "In the recent list or in storage.";
        StorageOnly = "storage-only", "In storage only.";
        CacheOnly = "cache-only", "In the recent list only.";
    }
    send_absent_body: SendAbsentBody = "send.absent-body", "What a send without a body or a type means." {
        Empty = "empty", "An empty body and type 0.";
        Refused = "refused", "An illegal request.";
    }
    send_duplicate_msg_tid: SendDuplicateMsgTid = "send.duplicate-msg-tid", "What a second message under the same id does." {
        Ignored = "ignored", "It succeeds and nothing is sent again.";
        Refused = "refused", "It is refused as illegal.";
        Delivered = "delivered", "It is sent again.";
    }
    send_inactive_code: SendInactiveCode = "send.inactive-code", "Which code refuses a send to an inactive group." {
        ResourceNotExist = "resource-not-exist", "The code of a missing resource.";
        InputInvalid = "input-invalid", "The code of an illegal parameter.";
    }
    send_no_storage_count: SendNoStorageCount = "send.no-storage-count", "Whether an unstored message counts in the statistics." {
        Counted = "counted", "It counts.";
        NotCounted = "not-counted", "It does not count.";
    }
    send_number_range: SendNumberRange = "send.number-range", "Whether weights below one and negative contributions are legal." {
        Refused = "refused", "They are refused as illegal.";
        Accepted = "accepted", "They are accepted as they are.";
    }
    send_own_copy: SendOwnCopy = "send.own-copy", "Whether a member receives the message it sent." {
        Delivered = "delivered", "It does.";
        Withheld = "withheld", "It does not.";
    }
    send_sender_member: SendSenderMember = "send.sender-member", "Whether the sender of a back-end message must be in the group." {
        NotRequired = "not-required", "Anyone may be named.";
        Required = "required", "Only a member may be named.";
    }
    send_server_moderation: SendServerModeration = "send.server-moderation", "Whether messages of the back end are moderated." {
        Moderated = "moderated", "They are.";
        Exempt = "exempt", "They are not.";
    }
    send_server_mute: SendServerMute = "send.server-mute", "Whether mutes hold for messages of the back end." {
        Exempt = "exempt", "They do not.";
        Enforced = "enforced", "They hold for the named sender.";
    }
    send_type_overflow: SendTypeOverflow = "send.type-overflow", "What happens to a message of a 31st type." {
        Refused = "refused", "It is refused as illegal.";
        Dropped = "dropped", "It is dropped and reported as sent.";
    }
    shaper_budget_edge: ShaperBudgetEdge = "shaper.budget-edge", "Whether the fiftieth message of a second is still delivered." {
        Inclusive = "inclusive", "Fifty are delivered, the fifty-first exceeds the limit.";
        Exclusive = "exclusive", "Forty-nine are delivered, the fiftieth reaches the limit.";
    }
    shaper_floor: ShaperFloor = "shaper.floor", "How the five seconds of a type are counted." {
        Sent = "sent", "From sending; the message goes out in the first second with a free slot.";
        Sliding = "sliding", "From the last delivery of the type.";
        Fixed = "fixed", "In consecutive intervals of the clock.";
    }
    shaper_senders: ShaperSenders = "shaper.senders", "Whose messages are limited." {
        All = "all", "Those of all users, whether clients or the back end send them.";
        MobileOriginated = "mobile-originated", "Those that clients send; what the back end sends passes the limit by.";
    }
    shaper_shed_statistics: ShaperShedStatistics = "shaper.shed-statistics", "Whether a shed message counts in the statistics." {
        NotCounted = "not-counted", "It does not count.";
        Counted = "counted", "It counts.";
    }
    shaper_window: ShaperWindow = "shaper.window", "When messages past the budget are chosen." {
        Outrank = "outrank", "At once while the budget lasts; past it, what outranks a message of its second waits for the next, one for one, and the rest is shed.";
        RankedExcess = "ranked-excess", "At once while the budget lasts; the excess is ranked at the end of the second for the slots of the next.";
        WindowClose = "window-close", "Every message waits for the end of its second, when the best are chosen.";
        ImmediateOnly = "immediate-only", "At once while the budget lasts; the excess is shed at once.";
    }
    size_kilobyte: SizeKilobyte = "size.kilobyte", "How many bytes a kilobyte has." {
        Binary = "1024", "1,024 bytes.";
        Decimal = "1000", "1,000 bytes.";
    }
    statistics_sessions: StatisticsSessions = "statistics.sessions", "What the total number of sessions counts." {
        Joins = "joins", "Joins of users.";
        Openings = "openings", "Times the group became active.";
    }
    supergroup_closed_flag: SupergroupClosedFlag = "supergroup.closed-flag", "What the supergroup flag reads between shutdown and reopening." {
        Kept = "kept", "Still a supergroup.";
        Cleared = "cleared", "Not a supergroup.";
    }
    supergroup_first_notice: SupergroupFirstNotice = "supergroup.first-notice", "When the first change after a quiet time is notified." {
        AtOnce = "at-once", "At once.";
        Delayed = "delayed", "One interval later.";
    }
    supergroup_list_answer: SupergroupListAnswer = "supergroup.list-answer", "What a list of the members of a supergroup answers." {
        Empty = "empty", "An empty list.";
        Refused = "refused", "A refusal as illegal.";
    }
    supergroup_notice_names: SupergroupNoticeNames = "supergroup.notice-names", "Whom a notice of a supergroup names." {
        Nobody = "nobody", "Nobody.";
        Some = "some", "Some of those who joined or left, and never all.";
    }
    supergroup_presence: SupergroupPresence = "supergroup.presence", "What a presence check in a supergroup answers." {
        Truthful = "truthful", "Who is in the group.";
        Cleared = "cleared", "That nobody is, as in the cleared list.";
    }
    supergroup_reopening: SupergroupReopening = "supergroup.reopening", "What opens a supergroup again that shut down." {
        Join = "join", "The next join.";
        Create = "create", "Creating it again; until then nobody can join.";
    }
    token_nonce_hyphen: TokenNonceHyphen = "token.nonce-hyphen", "Whether a nonce may hold a hyphen." {
        Accepted = "accepted", "It may.";
        Refused = "refused", "It may not.";
    }
    url_port: UrlPort = "url.port", "Whether an address may name the usual port." {
        Refused = "refused", "No port may be named.";
        UsualAllowed = "usual-allowed", "80 and 443 may be named.";
    }
    user_id_charset: UserIdCharset = "user-id.charset", "Which characters the name of a user may hold." {
        Strict = "strict", "Letters and digits.";
        Underscore = "underscore", "Letters, digits and underscore.";
        Hyphen = "hyphen", "Letters, digits, underscore and hyphen.";
    }
    user_send_offline_code: UserSendOfflineCode = "user-send.offline-code", "Which code refuses a message to an offline user." {
        ResourceNotExist = "resource-not-exist", "The code of a missing resource.";
        InputInvalid = "input-invalid", "The code of an illegal parameter.";
    }
    user_send_silent_code: UserSendSilentCode = "user-send.silent-code", "Which code tells that the receiver did not acknowledge." {
        ServerError = "server-error", "The code of an unknown failure.";
        ResourceNotExist = "resource-not-exist", "The code of a missing resource.";
    }
    user_kick_absent: UserKickAbsent = "user.kick-absent", "What kicking a user who is not in the group does." {
        Succeeds = "succeeds", "It succeeds and changes nothing.";
        Refused = "refused", "It is refused as a missing resource.";
    }
    wire_missing_code: WireMissingCode = "wire.missing-code", "Which code a missing required parameter has." {
        InputInvalid = "input-invalid", "The code of an illegal parameter.";
        Missing = "missing", "The platform's code, formed with the parameter's name.";
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::ToString;

    use super::{ReadingError, Readings, ShaperWindow};

    #[test]
    fn every_alternative_can_be_chosen_and_is_shown() {
        let defaults = Readings::default();
        for reading in defaults.iter() {
            assert!(reading.is_default(), "{} starts at its default", reading.id);
            assert_eq!(Readings::alternatives(reading.id), Some(reading.alternatives));
            for &value in reading.alternatives {
                let mut readings = defaults;
                readings.set(reading.id, value).unwrap();
                let found = readings.iter().find(|other| other.id == reading.id).unwrap();
                assert_eq!(found.value, value);
                let changed = readings.iter().filter(|other| !other.is_default()).count();
                assert_eq!(changed, usize::from(value != reading.default), "{} moves alone", reading.id);
            }
        }
    }

    #[test]
    fn ids_are_sorted() {
        assert!(Readings::ids().is_sorted());
        assert_eq!(Readings::ids().len(), Readings::default().iter().count());
    }

    #[test]
    fn unknown_words_change_nothing() {
        let mut readings = Readings::default();
        assert_eq!(readings.set("shaper.windows", "window-close"), Err(ReadingError::UnknownReading));
        let refused = readings.set("shaper.window", "never").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "reading shaper.window has no such alternative, it accepts outrank, ranked-excess, window-close, immediate-only"
        );
        assert_eq!(readings, Readings::default());
        assert_eq!(readings.shaper_window, ShaperWindow::Outrank);
    }
}
