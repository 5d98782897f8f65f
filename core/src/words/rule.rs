//! The documented rules that code decides, each with its stable id.
//!
//! One table pairs a variant with its id. The registry (`fixtures/rules/*.toml`) holds the statement, the sources and
//! the readings of every rule under the same id; a test keeps both lists equal. Rules that no program can decide, such
//! as advice on what a priority is meant for, stand in the registry only.
//!
//! This module must never hold behaviour: it names what other modules decide.

use core::fmt;

macro_rules! rules {
    ($($variant:ident => $id:literal,)+) => {
        /// A documented rule, the unit that cases, marks, mutants and reports refer to.
        ///
        /// The order is that of the ids, so that a sorted set of rules prints by area.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Rule {
            $(#[doc = concat!("Names the rule `", $id, "`.")] $variant,)+
        }

        impl Rule {
            /// Every rule, in the order of the ids.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// How many rules there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The stable id, `area.subject.behaviour`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }

            /// Finds the rule with this id; `None` when no rule has it.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                match id {
                    $($id => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

rules! {
    AppConfigModifiable => "app.config.modifiable",
    AppConsoleModifies => "app.console.modifies",
    AppCreateCredentials => "app.create.credentials",
    AppCreateResponse => "app.create.response",
    AppDataCenterDefault => "app.data-center.default",
    AppDataCenterMatch => "app.data-center.match",
    AppDataCenterTwo => "app.data-center.two",
    AppDeleteFinal => "app.delete.final",
    AppDeleteNoOperation => "app.delete.no-operation",
    AppDescribeFields => "app.describe.fields",
    AppDisableRefusesUse => "app.disable.refuses-use",
    AppDisableSwitch => "app.disable.switch",
    AppNameLength => "app.name.length",
    AppNameOptional => "app.name.optional",
    AppScopeSeparates => "app.scope.separates",
    AppTimesUnixSeconds => "app.times.unix-seconds",
    AuthPolicyAction => "auth.policy.action",
    AuthPolicyAllResources => "auth.policy.all-resources",
    AuthPolicyIncompatible => "auth.policy.incompatible",
    AuthPolicyResource => "auth.policy.resource",
    CallbackAuthDefaultOn => "callback.auth.default-on",
    CallbackAuthHeaders => "callback.auth.headers",
    CallbackBodyShape => "callback.body.shape",
    CallbackDeliveryRetries => "callback.delivery.retries",
    CallbackEventCodes => "callback.event.codes",
    CallbackEventKinds => "callback.event.kinds",
    CallbackFieldGroup => "callback.field.group",
    CallbackFieldGroups => "callback.field.groups",
    CallbackGroupDeleteNoLeave => "callback.group-delete.no-leave",
    CallbackLogoffReasons => "callback.logoff.reasons",
    CallbackSignFormula => "callback.sign.formula",
    CallbackSignFreshness => "callback.sign.freshness",
    CallbackSourceClientActions => "callback.source.client-actions",
    CallbackSwitchDefaultOff => "callback.switch.default-off",
    CallbackSwitchNeedsUrl => "callback.switch.needs-url",
    CallbackTransportPostJson => "callback.transport.post-json",
    CallbackUrlAbsentOff => "callback.url.absent-off",
    CallbackUrlEmptyClears => "callback.url.empty-clears",
    CallbackUrlForm => "callback.url.form",
    DeletionGroupIdempotent => "deletion.group.idempotent",
    DeletionGroupListed => "deletion.group.listed",
    DeletionGroupNotifies => "deletion.group.notifies",
    DeletionGroupOperatorRecorded => "deletion.group.operator-recorded",
    DeletionGroupSessionOver => "deletion.group.session-over",
    DeletionGroupUnavailable => "deletion.group.unavailable",
    DeletionMessagesWindow => "deletion.messages.window",
    DeletionOperatorFormat => "deletion.operator.format",
    DeletionRestoreMessagesKept => "deletion.restore.messages-kept",
    DeletionRestoreQuota => "deletion.restore.quota",
    DeletionRestoreResponse => "deletion.restore.response",
    DeletionRestoreState => "deletion.restore.state",
    DeletionWindowPurge => "deletion.window.purge",
    DeletionWindowRestore => "deletion.window.restore",
    ErrorInputInvalidCode => "error.input-invalid.code",
    ErrorNoAuthCode => "error.no-auth.code",
    ErrorOrderPrecedence => "error.order.precedence",
    ErrorResourceNotExistCode => "error.resource-not-exist.code",
    ErrorServerErrorCode => "error.server-error.code",
    ErrorTooManyGroupsCode => "error.too-many-groups.code",
    GroupAdminsComma => "group.admins.comma",
    GroupAdminsFormat => "group.admins.format",
    GroupAdminsMax => "group.admins.max",
    GroupAdminsOptional => "group.admins.optional",
    GroupAppIdRequired => "group.app-id.required",
    GroupAppRequired => "group.app.required",
    GroupCloseRights => "group.close.rights",
    GroupCreateAlreadyDeleted => "group.create.already-deleted",
    GroupCreateAlreadyExists => "group.create.already-exists",
    GroupCreateResponse => "group.create.response",
    GroupCreatorFormat => "group.creator.format",
    GroupCreatorOptional => "group.creator.optional",
    GroupDescribeDeletedOnly => "group.describe.deleted-only",
    GroupDescribeFields => "group.describe.fields",
    GroupDescribeLiveOnly => "group.describe.live-only",
    GroupIdBytes => "group.id.bytes",
    GroupIdCharset => "group.id.charset",
    GroupIdRequired => "group.id.required",
    GroupIdUnique => "group.id.unique",
    GroupInfoBytes => "group.info.bytes",
    GroupInfoNotified => "group.info.notified",
    GroupInfoOnJoin => "group.info.on-join",
    GroupInfoOptional => "group.info.optional",
    GroupModifyAllowed => "group.modify.allowed",
    GroupModifyClientRights => "group.modify.client-rights",
    GroupModifyConsole => "group.modify.console",
    GroupModifyFlags => "group.modify.flags",
    GroupModifyNoName => "group.modify.no-name",
    GroupNameBytes => "group.name.bytes",
    GroupNameOptional => "group.name.optional",
    HistoryClientNoJoin => "history.client.no-join",
    HistoryClientPageSize => "history.client.page-size",
    HistoryClientRate => "history.client.rate",
    HistoryClientUnbounded => "history.client.unbounded",
    HistoryNoStorageSkips => "history.no-storage.skips",
    HistoryRetentionAtCreate => "history.retention.at-create",
    HistoryRetentionChoices => "history.retention.choices",
    HistoryRetentionConsole => "history.retention.console",
    HistoryRetentionDefault => "history.retention.default",
    HistoryRetentionExpires => "history.retention.expires",
    HistoryUserMessageUnstored => "history.user-message.unstored",
    LegacyAppNameLength => "legacy.app-name.length",
    LegacyBroadcastStatistics => "legacy.broadcast.statistics",
    LegacyBroadcastTypes => "legacy.broadcast.types",
    LegacyCallbackGet => "legacy.callback.get",
    LegacyCallbackRetried => "legacy.callback.retried",
    LegacyCallbackSignature => "legacy.callback.signature",
    LegacyCreatorFormat => "legacy.creator.format",
    LegacyFamiliesSeparate => "legacy.families.separate",
    LegacyGroupServerId => "legacy.group.server-id",
    LegacyJoinGroupExists => "legacy.join.group-exists",
    LegacyJoinServerSide => "legacy.join.server-side",
    LegacyLikeCount => "legacy.like.count",
    LegacyListCustomTypes => "legacy.list.custom-types",
    LegacyMuteBy => "legacy.mute.by",
    LegacyMuteDefaultDuration => "legacy.mute.default-duration",
    LegacyMuteList => "legacy.mute.list",
    LegacyMuteOperatorCreator => "legacy.mute.operator-creator",
    LegacyMuteWriters => "legacy.mute.writers",
    LegacyOnlineBatch => "legacy.online.batch",
    LegacyOnlineMax => "legacy.online.max",
    LegacyPageNumber => "legacy.page.number",
    LegacyPageSize => "legacy.page.size",
    LegacyPageSort => "legacy.page.sort",
    LegacyQueryArray => "legacy.query.array",
    LegacyResponseEnvelope => "legacy.response.envelope",
    LegacySendUsersTypeRequired => "legacy.send-users.type-required",
    LegacySendDataString => "legacy.send.data-string",
    LegacySendRequired => "legacy.send.required",
    LegacySendResponse => "legacy.send.response",
    LegacySendTypeOptional => "legacy.send.type-optional",
    LegacyStatusNormal => "legacy.status.normal",
    LegacyTokenDeviceId => "legacy.token.device-id",
    LegacyTokenDeviceType => "legacy.token.device-type",
    LegacyTokenExpiryMs => "legacy.token.expiry-ms",
    LegacyTokenLogsOn => "legacy.token.logs-on",
    LegacyTokenUserId => "legacy.token.user-id",
    LegacyTypeSystem => "legacy.type.system",
    ListAppsFirstPage => "list.apps.first-page",
    ListAppsSort => "list.apps.sort",
    ListAppsTokenWhenMore => "list.apps.token-when-more",
    ListGroupPageDefaults => "list.group-page.defaults",
    ListGroupPageNumber => "list.group-page.number",
    ListGroupPageSize => "list.group-page.size",
    ListGroupPageTotal => "list.group-page.total",
    ListGroupsFields => "list.groups.fields",
    ListGroupsFirstPage => "list.groups.first-page",
    ListGroupsSort => "list.groups.sort",
    ListGroupsStatus => "list.groups.status",
    ListGroupsTokenString => "list.groups.token-string",
    ListMessagesClientRights => "list.messages.client-rights",
    ListMessagesFields => "list.messages.fields",
    ListMessagesPageSize => "list.messages.page-size",
    ListMessagesSort => "list.messages.sort",
    ListMessagesTimeWindow => "list.messages.time-window",
    ListMessagesTokenEnd => "list.messages.token-end",
    ListMessagesTypeFilter => "list.messages.type-filter",
    ListUsersClientRights => "list.users.client-rights",
    ListUsersConnected => "list.users.connected",
    ListUsersFields => "list.users.fields",
    ListUsersPageSize => "list.users.page-size",
    ListUsersSort => "list.users.sort",
    ListUsersTokenEnd => "list.users.token-end",
    MembershipHeartbeatRange => "membership.heartbeat.range",
    MembershipJoinGroupExists => "membership.join.group-exists",
    MembershipLeaveEndsDelivery => "membership.leave.ends-delivery",
    MembershipNoticeChange => "membership.notice.change",
    MembershipNoticeKinds => "membership.notice.kinds",
    MembershipResumeExits => "membership.resume.exits",
    MembershipResumeStates => "membership.resume.states",
    MembershipSessionOnePerUser => "membership.session.one-per-user",
    MembershipSessionTimeout => "membership.session.timeout",
    MessageBodyBytes => "message.body.bytes",
    MessageClientSendMemberOnly => "message.client-send.member-only",
    MessageConsoleSenderInfo => "message.console.sender-info",
    MessageDeliverAllMembers => "message.deliver.all-members",
    MessageMsgTidFormat => "message.msg-tid.format",
    MessageMsgTidGenerated => "message.msg-tid.generated",
    MessageMsgTidUnique => "message.msg-tid.unique",
    MessageNoCacheSkipsRecent => "message.no-cache.skips-recent",
    MessageReceiverFormat => "message.receiver.format",
    MessageRecentSize => "message.recent.size",
    MessageSendGroupMissing => "message.send.group-missing",
    MessageSendNeedsActive => "message.send.needs-active",
    MessageSendNoOffline => "message.send.no-offline",
    MessageSendRequired => "message.send.required",
    MessageSendResponse => "message.send.response",
    MessageSenderInfoBytes => "message.sender-info.bytes",
    MessageSenderFormat => "message.sender.format",
    MessageSenderNotMember => "message.sender.not-member",
    MessageTimestampSending => "message.timestamp.sending",
    MessageTypeNumeric => "message.type.numeric",
    MessageTypesMax => "message.types.max",
    MessageUserSendHighReliability => "message.user-send.high-reliability",
    MessageUserSendOldClient => "message.user-send.old-client",
    MessageUserSendReceiverOnline => "message.user-send.receiver-online",
    ModerationAuthDefaultOn => "moderation.auth.default-on",
    ModerationCustomNeedsUrl => "moderation.custom.needs-url",
    ModerationFailureOpen => "moderation.failure.open",
    ModerationMethodTwo => "moderation.method.two",
    ModerationRejectedRefused => "moderation.rejected.refused",
    ModerationRequestContent => "moderation.request.content",
    ModerationSkipDefaultFalse => "moderation.skip.default-false",
    ModerationSkipExempts => "moderation.skip.exempts",
    ModerationSwitchDefaultOff => "moderation.switch.default-off",
    ModerationUrlDescribed => "moderation.url.described",
    ModerationUrlForm => "moderation.url.form",
    ModerationVerdictPass => "moderation.verdict.pass",
    MuteAddMax => "mute.add.max",
    MuteBanExceptionsMax => "mute.ban.exceptions-max",
    MuteChangeNotified => "mute.change.notified",
    MuteClientRights => "mute.client.rights",
    MuteDescribeLists => "mute.describe.lists",
    MuteDurationNone => "mute.duration.none",
    MuteIndividualSeparate => "mute.individual.separate",
    MuteJoinState => "mute.join.state",
    MuteListClientRights => "mute.list.client-rights",
    MuteModifyCombined => "mute.modify.combined",
    MuteModifyMax => "mute.modify.max",
    MuteRemoveMax => "mute.remove.max",
    MuteSendBlocked => "mute.send.blocked",
    MuteStaffExempt => "mute.staff.exempt",
    MuteUnbanKeepsIndividual => "mute.unban.keeps-individual",
    PriorityHighFirst => "priority.high.first",
    PriorityLevelsOrder => "priority.levels.order",
    PriorityWeightDefault => "priority.weight.default",
    PriorityWeightLevels => "priority.weight.levels",
    QuotaAppsPerAccount => "quota.apps.per-account",
    QuotaGroupsExcludesDeleted => "quota.groups.excludes-deleted",
    QuotaGroupsPerApp => "quota.groups.per-app",
    QuotaQpsDropped => "quota.qps.dropped",
    QuotaQpsMuteWriters => "quota.qps.mute-writers",
    QuotaQpsNewFamily => "quota.qps.new-family",
    QuotaQpsOldFamily => "quota.qps.old-family",
    QuotaQpsOldJoin => "quota.qps.old-join",
    QuotaQpsSecond => "quota.qps.second",
    QuotaQpsSharedByAccount => "quota.qps.shared-by-account",
    QuotaThrottleCode => "quota.throttle.code",
    QuotaThrottleHeaders => "quota.throttle.headers",
    RecallClientRights => "recall.client.rights",
    RecallDeleterInfoBytes => "recall.deleter-info.bytes",
    RecallDeleterFormat => "recall.deleter.format",
    RecallMessageIdFormat => "recall.message-id.format",
    RecallMessageByMsgTid => "recall.message.by-msg-tid",
    RecallMessageIdempotent => "recall.message.idempotent",
    RecallNoticeMembers => "recall.notice.members",
    RecallUserMessageDeleterRequired => "recall.user-message.deleter-required",
    RecallUserMessageReceiverNotified => "recall.user-message.receiver-notified",
    RecoveryHighAfterReconnect => "recovery.high.after-reconnect",
    RecoveryPullByClient => "recovery.pull.by-client",
    ShaperBudgetDiffers => "shaper.budget.differs",
    ShaperBudgetPerGroup => "shaper.budget.per-group",
    ShaperBudgetPerSecond => "shaper.budget.per-second",
    ShaperFloorLatestPerType => "shaper.floor.latest-per-type",
    ShaperFloorNoStarvation => "shaper.floor.no-starvation",
    ShaperOverloadDiscards => "shaper.overload.discards",
    ShaperScopeGroupMessages => "shaper.scope.group-messages",
    ShaperShedNotCached => "shaper.shed.not-cached",
    ShaperShedNotCounted => "shaper.shed.not-counted",
    ShaperShedNotDelivered => "shaper.shed.not-delivered",
    ShaperShedNotStored => "shaper.shed.not-stored",
    ShaperShedReportsSuccess => "shaper.shed.reports-success",
    StatisticsDeliveryTotal => "statistics.delivery.total",
    StatisticsIncreaseDefault => "statistics.increase.default",
    StatisticsIncreaseSaturates => "statistics.increase.saturates",
    StatisticsJoinCounters => "statistics.join.counters",
    StatisticsOnlineCount => "statistics.online.count",
    StatisticsSessionsTotal => "statistics.sessions.total",
    StatisticsTypesAmount => "statistics.types.amount",
    SupergroupEmptyShutsDown => "supergroup.empty.shuts-down",
    SupergroupFlagDescribed => "supergroup.flag.described",
    SupergroupListUnavailable => "supergroup.list.unavailable",
    SupergroupNoticeExactCount => "supergroup.notice.exact-count",
    SupergroupNoticeInterval => "supergroup.notice.interval",
    SupergroupNoticeNoLists => "supergroup.notice.no-lists",
    SupergroupReopenNormal => "supergroup.reopen.normal",
    SupergroupStateSticky => "supergroup.state.sticky",
    SupergroupThresholdMembers => "supergroup.threshold.members",
    SupergroupUpgradeClearsList => "supergroup.upgrade.clears-list",
    TokenAppKeySecret => "token.app-key.secret",
    TokenAppSignInit => "token.app-sign.init",
    TokenExpiryBlocksReconnect => "token.expiry.blocks-reconnect",
    TokenExpiryInstant => "token.expiry.instant",
    TokenFormulaSha256 => "token.formula.sha256",
    TokenNonceFormat => "token.nonce.format",
    TokenParametersMatch => "token.parameters.match",
    TokenRoleAdmin => "token.role.admin",
    TokenUserIdFormat => "token.user-id.format",
    UserCheckInGroup => "user.check.in-group",
    UserCheckOnline => "user.check.online",
    UserInfoBytes => "user.info.bytes",
    UserInfoListed => "user.info.listed",
    UserInfoMissingGroupCode => "user.info.missing-group-code",
    UserInfoMissingSucceeds => "user.info.missing-succeeds",
    UserInfoPerGroup => "user.info.per-group",
    UserKickRemoves => "user.kick.removes",
    WireActionHeader => "wire.action.header",
    WireAppsDisableString => "wire.apps.disable-string",
    WireBoolAnyCase => "wire.bool.any-case",
    WireErrorEnvelope => "wire.error.envelope",
    WireFormatXml => "wire.format.xml",
    WireGroupPageGet => "wire.group-page.get",
    WireListComma => "wire.list.comma",
    WireListIndexed => "wire.list.indexed",
    WireListJson => "wire.list.json",
    WireMapJson => "wire.map.json",
    WireNamesBannnedUsers => "wire.names.bannned-users",
    WireNamesHasMore => "wire.names.has-more",
    WireNamesIrregular => "wire.names.irregular",
    WireNamesSenderInfo => "wire.names.sender-info",
    WireOperationsNewFamily => "wire.operations.new-family",
    WireParametersBody => "wire.parameters.body",
    WireParametersQuery => "wire.parameters.query",
    WireSignAcs3 => "wire.sign.acs3",
    WireSignAcs4 => "wire.sign.acs4",
    WireSignEmpty => "wire.sign.empty",
    WireSignFraction => "wire.sign.fraction",
    WireSignListed => "wire.sign.listed",
    WireSignPlusSpace => "wire.sign.plus-space",
    WireSignRpc1 => "wire.sign.rpc1",
    WireTargetLong => "wire.target.long",
}

impl Rule {
    /// The first segment of the id, which is also the name of the registry's file.
    #[must_use]
    pub fn area(self) -> &'static str {
        self.id().split_once('.').map_or("", |(area, _)| area)
    }

    /// The position in [`Rule::ALL`], below [`Rule::COUNT`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn ids_lead_back_to_their_rule() {
        for (index, &rule) in Rule::ALL.iter().enumerate() {
            assert_eq!(Rule::from_id(rule.id()), Some(rule));
            assert_eq!(rule.index(), index);
        }
        assert_eq!(Rule::from_id("shaper.budget"), None);
        assert_eq!(Rule::ALL.len(), Rule::COUNT);
    }

    #[test]
    fn ids_are_sorted_and_well_formed() {
        for pair in Rule::ALL.windows(2) {
            assert!(pair[0].id() < pair[1].id(), "{} stands before {}", pair[0], pair[1]);
            assert!(pair[0] < pair[1]);
        }
        for rule in Rule::ALL {
            assert_eq!(rule.id().split('.').count(), 3, "{rule} has three segments");
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
            assert!(rule.id().chars().all(word), "{rule} holds only lower-case words");
        }
    }
}
