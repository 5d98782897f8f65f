//! Mutants of one rule each, M to Z.

/// Adds these mutants, and hands all to the next table.
macro_rules! mutants_m_to_z {
    ($($so_far:tt)*) => {
        mutants_in_part! {
            $($so_far)*
            /// Notifies a normal group of the member count before the change.
            MemberNoticeCountStale => "member-notice-count-stale" breaks MembershipNoticeChange, crowd true;
            /// Gives the last page of messages a token.
            MessageListNeverEnds => "message-list-never-ends" breaks ListMessagesTokenEnd, crowd false;
            /// Takes a page of nine messages.
            MessagePageLeastOneLess => "message-page-least-one-less" breaks ListMessagesPageSize, crowd false, by RuleChange::LeastOneLess;
            /// Refuses a page of fifty messages.
            MessagePageOneLess => "message-page-one-less" breaks ListMessagesPageSize, crowd false, by RuleChange::OneLess;
            /// Lists 51 messages on a page.
            MessagePageOneMore => "message-page-one-more" breaks ListMessagesPageSize, crowd false, by RuleChange::OneMore;
            /// Lists messages though no size is given.
            MessagePageOptional => "message-page-optional" breaks ListMessagesPageSize, crowd false, by RuleChange::Optional;
            /// Lists messages in the opposite order.
            MessageSortReversed => "message-sort-reversed" breaks ListMessagesSort, crowd false;
            /// Reports a send to a missing group as sent.
            MissingGroupTakes => "missing-group-takes" breaks MessageSendGroupMissing, crowd false;
            /// Forgets the creator when a group is changed.
            ModifyClearsCreator => "modify-clears-creator" breaks GroupModifyNoName, crowd false;
            /// Reports a change of a group and does not make it.
            ModifyIgnored => "modify-ignored" breaks GroupModifyAllowed, crowd false;
            /// Leaves the modification time of an application alone.
            ModifyTimeStale => "modify-time-stale" breaks AppConfigModifiable, crowd false;
            /// Takes a new value over although its flag is not set.
            ModifyWithoutFlag => "modify-without-flag" breaks GroupModifyFlags, crowd false;
            /// Accepts any text as a message ID.
            MsgTidFormatUnchecked => "msg-tid-format-unchecked" breaks MessageMsgTidFormat, crowd false;
            /// Refuses a message ID of 64 bytes.
            MsgTidOneByteLess => "msg-tid-one-byte-less" breaks MessageMsgTidFormat, crowd false, by RuleChange::OneLess;
            /// Accepts a message ID of 65 bytes.
            MsgTidOneByteMore => "msg-tid-one-byte-more" breaks MessageMsgTidFormat, crowd false, by RuleChange::OneMore;
            /// Gives two messages the same generated ID.
            MsgTidRepeats => "msg-tid-repeats" breaks MessageMsgTidGenerated, crowd true;
            /// Accepts an underscore in a message ID.
            MsgTidUnderscore => "msg-tid-underscore" breaks MessageMsgTidFormat, crowd false, by RuleChange::Underscore;
            /// Lets a client mute any number of users.
            MuteAddByClientUnbounded => "mute-add-by-client-unbounded" breaks MuteAddMax, crowd false, by RuleChange::Skips("users");
            /// Mutes the first thirty of more users.
            MuteAddCut => "mute-add-cut" breaks MuteAddMax, crowd false, by RuleChange::Cut;
            /// Refuses to mute thirty users.
            MuteAddOneLess => "mute-add-one-less" breaks MuteAddMax, crowd false, by RuleChange::OneLess;
            /// Mutes 31 users in one call.
            MuteAddOneMore => "mute-add-one-more" breaks MuteAddMax, crowd false, by RuleChange::OneMore;
            /// Excepts the first thirty of more users.
            MuteBanCut => "mute-ban-cut" breaks MuteBanExceptionsMax, crowd false, by RuleChange::Cut;
            /// Refuses thirty exceptions.
            MuteBanOneLess => "mute-ban-one-less" breaks MuteBanExceptionsMax, crowd false, by RuleChange::OneLess;
            /// Takes 31 exceptions of a whole-group mute.
            MuteBanOneMore => "mute-ban-one-more" breaks MuteBanExceptionsMax, crowd false, by RuleChange::OneMore;
            /// Does not tell the group that its mutes changed.
            MuteChangeUntold => "mute-change-untold" breaks MuteChangeNotified, crowd true;
            /// Lets individual mutes end after a day, as in the older family.
            MuteEndsAfterDay => "mute-ends-after-day" breaks MuteDurationNone, crowd false;
            /// Lifts the mute of a user who leaves.
            MuteEndsWithLeave => "mute-ends-with-leave" breaks MuteDurationNone, crowd false;
            /// Unmutes a user who logs off.
            MuteEndsWithLogoff => "mute-ends-with-logoff" breaks MuteDurationNone, crowd false;
            /// Unmutes a user who logs on.
            MuteEndsWithLogon => "mute-ends-with-logon" breaks MuteDurationNone, crowd false;
            /// Mutes the exceptions of a whole-group mute too.
            MuteExceptionsIgnored => "mute-exceptions-ignored" breaks MuteBanExceptionsMax, crowd false;
            /// Mutes creator and administrators too.
            MuteHoldsForStaff => "mute-holds-for-staff" breaks MuteStaffExempt, crowd false;
            /// Takes the first thirty of more users in a combined change.
            MuteModifyCut => "mute-modify-cut" breaks MuteModifyMax, crowd false, by RuleChange::Cut;
            /// Takes any number of exceptions in a combined change.
            MuteModifyExceptionsUnbounded => "mute-modify-exceptions-unbounded" breaks MuteModifyMax, crowd false, by RuleChange::Skips("ExceptUsers");
            /// Refuses thirty users in a combined change.
            MuteModifyOneLess => "mute-modify-one-less" breaks MuteModifyMax, crowd false, by RuleChange::OneLess;
            /// Takes 31 users in a combined mute change.
            MuteModifyOneMore => "mute-modify-one-more" breaks MuteModifyMax, crowd false, by RuleChange::OneMore;
            /// Counts mutes and exceptions of a combined change together.
            MuteModifyTogether => "mute-modify-together" breaks MuteModifyMax, crowd false;
            /// Lifts the mute of everybody when the group has lost its last member.
            MuteOfAllEndsWhenEmpty => "mute-of-all-ends-when-empty" breaks MuteDurationNone, crowd false;
            /// Lets one mute call a second more pass.
            MuteQuotaOneMore => "mute-quota-one-more" breaks QuotaQpsMuteWriters, crowd false, by RuleChange::OneMore;
            /// Lets a client unmute any number of users.
            MuteRemoveByClientUnbounded => "mute-remove-by-client-unbounded" breaks MuteRemoveMax, crowd false, by RuleChange::Skips("users");
            /// Unmutes the first thirty of more users.
            MuteRemoveCut => "mute-remove-cut" breaks MuteRemoveMax, crowd false, by RuleChange::Cut;
            /// Refuses to unmute thirty users.
            MuteRemoveOneLess => "mute-remove-one-less" breaks MuteRemoveMax, crowd false, by RuleChange::OneLess;
            /// Unmutes 31 users in one call.
            MuteRemoveOneMore => "mute-remove-one-more" breaks MuteRemoveMax, crowd false, by RuleChange::OneMore;
            /// Lets muted users send.
            MutedMayTalk => "muted-may-talk" breaks MuteSendBlocked, crowd true;
            /// Lets the newer family's operations reach the older's applications.
            NewerReachesOlder => "newer-reaches-older" breaks LegacyFamiliesSeparate, crowd true;
            /// Caches messages that are not to be cached.
            NoCacheIgnored => "no-cache-ignored" breaks MessageNoCacheSkipsRecent, crowd false;
            /// Stores messages that are not to be stored.
            NoStorageIgnored => "no-storage-ignored" breaks HistoryNoStorageSkips, crowd false;
            /// Keeps waiting messages of a closed group for the user who joins next.
            OfflineKept => "offline-kept" breaks MessageSendNoOffline, crowd false;
            /// Reports a message to an offline user as sent.
            OfflineReceiverAccepted => "offline-receiver-accepted" breaks MessageUserSendReceiverOnline, crowd false;
            /// Accepts any name of an old-family application.
            OldAppNameAny => "old-app-name-any" breaks LegacyAppNameLength, crowd false, by RuleChange::Unbounded;
            /// Counts the bytes of an older application's name instead of its characters.
            OldAppNameBytes => "old-app-name-bytes" breaks LegacyAppNameLength, crowd false, by RuleChange::InBytes;
            /// Refuses a name of sixteen characters for an older application.
            OldAppNameOneLess => "old-app-name-one-less" breaks LegacyAppNameLength, crowd false, by RuleChange::OneLess;
            /// Takes a name of seventeen characters for an older application.
            OldAppNameOneMore => "old-app-name-one-more" breaks LegacyAppNameLength, crowd false, by RuleChange::OneMore;
            /// Bounds the name of an older application when it is created only.
            OldAppNameUpdateUnchecked => "old-app-name-update-unchecked" breaks LegacyAppNameLength, crowd false, by RuleChange::Skips("AppName");
            /// Notifies the group of an old-family join that asks to notify nobody.
            OldBroadcastAlways => "old-broadcast-always" breaks LegacyBroadcastTypes, crowd false;
            /// Accepts any character in the old family's users and devices.
            OldCharsetOpen => "old-charset-open" breaks LegacyTokenDeviceId, crowd false;
            /// Waits for an acknowledgement that an old client cannot give.
            OldClientAwaited => "old-client-awaited" breaks MessageUserSendOldClient, crowd false;
            /// Takes whatever characters an older creator's name has.
            OldCreatorAnyCharacter => "old-creator-any-character" breaks LegacyCreatorFormat, crowd false, by RuleChange::AnyCharacter;
            /// Refuses an older creator of the longest legal name.
            OldCreatorOneLess => "old-creator-one-less" breaks LegacyCreatorFormat, crowd false, by RuleChange::OneLess;
            /// Accepts an old-family creator of 37 characters.
            OldCreatorOneMore => "old-creator-one-more" breaks LegacyCreatorFormat, crowd false, by RuleChange::OneMore;
            /// Refuses an older device of the longest legal name.
            OldDeviceOneLess => "old-device-one-less" breaks LegacyTokenDeviceId, crowd false, by RuleChange::OneLess;
            /// Takes an older device whose name is one character too long.
            OldDeviceOneMore => "old-device-one-more" breaks LegacyTokenDeviceId, crowd false, by RuleChange::OneMore;
            /// Refuses underscores and hyphens in an older device's name.
            OldDevicePlain => "old-device-plain" breaks LegacyTokenDeviceId, crowd false, by RuleChange::PlainCharacters;
            /// Makes the ID of the previous old-family group again.
            OldGroupIdRepeats => "old-group-id-repeats" breaks LegacyGroupServerId, crowd false;
            /// Reports an old-family join as done and adds nobody.
            OldJoinIgnored => "old-join-ignored" breaks LegacyJoinServerSide, crowd false;
            /// Reports a join of a missing old-family group as done.
            OldJoinMissingSucceeds => "old-join-missing-succeeds" breaks LegacyJoinGroupExists, crowd false;
            /// Lets one old-family join a second more pass.
            OldJoinQuotaOneMore => "old-join-quota-one-more" breaks QuotaQpsOldJoin, crowd false, by RuleChange::OneMore;
            /// Lists system types in the old family.
            OldListAnyType => "old-list-any-type" breaks LegacyListCustomTypes, crowd false;
            /// Sorts the older list of messages by the time of their delivery.
            OldListSortedByDelivery => "old-list-sorted-by-delivery" breaks LegacyPageSort, crowd false;
            /// Hides individual mutes from the old family's list of users by ID.
            OldMuteByHidesUser => "old-mute-by-hides-user" breaks LegacyMuteBy, crowd false;
            /// Answers with the second page of the older family where none is named.
            OldPageNumberFromTwo => "old-page-number-from-two" breaks LegacyPageNumber, crowd false, by RuleChange::OtherDefault;
            /// Takes the number 0 for the first page of the older family.
            OldPageNumberLeastOneLess => "old-page-number-least-one-less" breaks LegacyPageNumber, crowd false, by RuleChange::LeastOneLess;
            /// Refuses the last legal number of a page of the older family.
            OldPageNumberOneLess => "old-page-number-one-less" breaks LegacyPageNumber, crowd false, by RuleChange::OneLess;
            /// Accepts page 100,001 of the old family.
            OldPageNumberOneMore => "old-page-number-one-more" breaks LegacyPageNumber, crowd false, by RuleChange::OneMore;
            /// Answers nineteen entries of the older family where no size is named.
            OldPageSizeDefaultOther => "old-page-size-default-other" breaks LegacyPageSize, crowd false, by RuleChange::OtherDefault;
            /// Takes a page of no entries in the older family.
            OldPageSizeLeastOneLess => "old-page-size-least-one-less" breaks LegacyPageSize, crowd false, by RuleChange::LeastOneLess;
            /// Refuses a page of fifty entries in the older family.
            OldPageSizeOneLess => "old-page-size-one-less" breaks LegacyPageSize, crowd false, by RuleChange::OneLess;
            /// Accepts an old-family page of 51 entries.
            OldPageSizeOneMore => "old-page-size-one-more" breaks LegacyPageSize, crowd false, by RuleChange::OneMore;
            /// Lets one old-family call a second more pass.
            OldQuotaOneMore => "old-quota-one-more" breaks QuotaQpsOldFamily, crowd false, by RuleChange::OneMore;
            /// Takes whatever stands for an order of the older family.
            OldSortAny => "old-sort-any" breaks LegacyPageSort, crowd false, by RuleChange::AnyOrder;
            /// Reverses the orders of the old family.
            OldSortReversed => "old-sort-reversed" breaks LegacyPageSort, crowd false, by RuleChange::Reversed;
            /// Does not broadcast statistics when asked to.
            OldStatisticsUntold => "old-statistics-untold" breaks LegacyBroadcastStatistics, crowd false;
            /// Issues old-family tokens for any kind of device.
            OldTokenAnyDevice => "old-token-any-device" breaks LegacyTokenDeviceType, crowd false;
            /// Takes whatever characters an older user's name has.
            OldUserAnyCharacter => "old-user-any-character" breaks LegacyTokenUserId, crowd false, by RuleChange::AnyCharacter;
            /// Refuses an older user of the longest legal name.
            OldUserOneLess => "old-user-one-less" breaks LegacyTokenUserId, crowd false, by RuleChange::OneLess;
            /// Accepts an old-family user of 33 characters.
            OldUserOneMore => "old-user-one-more" breaks LegacyTokenUserId, crowd false, by RuleChange::OneMore;
            /// Refuses underscores and periods in an older user's name.
            OldUserPlain => "old-user-plain" breaks LegacyTokenUserId, crowd false, by RuleChange::PlainCharacters;
            /// Lets the older family join users to groups of the newer's applications.
            OlderJoinsNewer => "older-joins-newer" breaks LegacyFamiliesSeparate, crowd true;
            /// Lists the newer family's applications in the older.
            OlderListsNewer => "older-lists-newer" breaks LegacyFamiliesSeparate, crowd true;
            /// Counts the newer family's applications where the older creates one.
            OlderQuotaCountsNewer => "older-quota-counts-newer" breaks LegacyFamiliesSeparate, crowd true;
            /// Lets the older family's operations reach the newer's applications.
            OlderReachesNewer => "older-reaches-newer" breaks LegacyFamiliesSeparate, crowd true;
            /// Tells all joins as the online count.
            OnlineCountsJoins => "online-counts-joins" breaks StatisticsOnlineCount, crowd true;
            /// Tells that every user it ever saw is online.
            OnlineMeansKnown => "online-means-known" breaks UserCheckOnline, crowd true;
            /// Takes a permission for an application whatever account the resource names.
            PolicyAccountIgnored => "policy-account-ignored" breaks AuthPolicyResource, crowd false;
            /// Refuses a RAM user what cannot be limited to a resource.
            PolicyAllRefused => "policy-all-refused" breaks AuthPolicyAllResources, crowd false;
            /// Applies a policy for one application to all.
            PolicyAppIgnored => "policy-app-ignored" breaks AuthPolicyResource, crowd false;
            /// Lets a grant outrank a denial.
            PolicyDenyIgnored => "policy-deny-ignored" breaks AuthPolicyAction, crowd false;
            /// Lets every RAM user do everything.
            PolicyIgnored => "policy-ignored" breaks AuthPolicyAction, crowd false;
            /// Honours a statement whose resource does not fit the action.
            PolicyIncompatibleEffective => "policy-incompatible-effective" breaks AuthPolicyIncompatible, crowd false;
            /// Tells of a missing resource before anything else.
            PrecedenceExistenceFirst => "precedence-existence-first" breaks ErrorOrderPrecedence, crowd false;
            /// Tells of a missing permission before an illegal parameter.
            PrecedencePermissionFirst => "precedence-permission-first" breaks ErrorOrderPrecedence, crowd false;
            /// Tells of a used-up rate after a missing resource.
            PrecedenceRateLast => "precedence-rate-last" breaks ErrorOrderPrecedence, crowd false;
            /// Tells the last reason for a refusal instead of the first.
            PrecedenceReversed => "precedence-reversed" breaks ErrorOrderPrecedence, crowd false;
            /// Prefers HIGH to all others, and MEDIUM to nothing.
            PreferenceForHighOnly => "preference-for-high-only" breaks PriorityHighFirst, crowd false;
            /// Tells that a user is in a group when it is only online.
            PresenceIsOnline => "presence-is-online" breaks UserCheckInGroup, crowd true;
            /// Purges a deleted group after 29 days.
            PurgeDayEarly => "purge-day-early" breaks DeletionWindowPurge, crowd true;
            /// Never purges a deleted group.
            PurgeNever => "purge-never" breaks DeletionWindowPurge, crowd true;
            /// Counts deleted applications.
            QuotaAppsCountsDeleted => "quota-apps-counts-deleted" breaks QuotaAppsPerAccount, crowd false;
            /// Counts the applications of all accounts together.
            QuotaAppsOfAllAccounts => "quota-apps-of-all-accounts" breaks QuotaAppsPerAccount, crowd false;
            /// Refuses the 300th application.
            QuotaAppsOneLess => "quota-apps-one-less" breaks QuotaAppsPerAccount, crowd false, by RuleChange::OneLess;
            /// Counts the groups of all applications together.
            QuotaGroupsOfAccount => "quota-groups-of-account" breaks QuotaGroupsPerApp, crowd false;
            /// Refuses the 5,000th group.
            QuotaGroupsOneLess => "quota-groups-one-less" breaks QuotaGroupsPerApp, crowd false, by RuleChange::OneLess;
            /// Takes 49 calls of an operation in a second.
            QuotaLiveOneLess => "quota-live-one-less" breaks QuotaQpsNewFamily, crowd false, by RuleChange::OneLess;
            /// Counts the operations of the newer family together.
            QuotaLiveTogether => "quota-live-together" breaks QuotaQpsNewFamily, crowd false;
            /// Takes nine calls of a mute change in a second.
            QuotaMuteWritersOneLess => "quota-mute-writers-one-less" breaks QuotaQpsMuteWriters, crowd false, by RuleChange::OneLess;
            /// Counts the five mute changes together.
            QuotaMuteWritersTogether => "quota-mute-writers-together" breaks QuotaQpsMuteWriters, crowd false;
            /// Takes a hundred joins of the older family in a second.
            QuotaOldJoinAsOthers => "quota-old-join-as-others" breaks QuotaQpsOldJoin, crowd false;
            /// Takes 199 joins of the older family in a second.
            QuotaOldJoinOneLess => "quota-old-join-one-less" breaks QuotaQpsOldJoin, crowd false, by RuleChange::OneLess;
            /// Takes 99 calls of an older operation in a second.
            QuotaOldOneLess => "quota-old-one-less" breaks QuotaQpsOldFamily, crowd false, by RuleChange::OneLess;
            /// Counts the operations of the older family together.
            QuotaOldTogether => "quota-old-together" breaks QuotaQpsOldFamily, crowd false;
            /// Counts calls by the half second.
            QuotaSecondHalved => "quota-second-halved" breaks QuotaQpsSecond, crowd false;
            /// Counts calls by the minute.
            QuotaSecondIsMinute => "quota-second-is-minute" breaks QuotaQpsSecond, crowd false;
            /// Ranks by arrival alone.
            RankIgnoresLevel => "rank-ignores-level" breaks PriorityHighFirst, crowd true;
            /// Ranks messages of a level by arrival alone.
            RankIgnoresWeight => "rank-ignores-weight" breaks PriorityWeightLevels, crowd false;
            /// Of messages that weigh alike, ranks the later higher.
            RankLaterFirst => "rank-later-first" breaks PriorityWeightLevels, crowd true;
            /// Ranks MEDIUM as HIGH.
            RankMediumAsHigh => "rank-medium-as-high" breaks PriorityLevelsOrder, crowd false;
            /// Ranks NORMAL as MEDIUM.
            RankNormalAsMedium => "rank-normal-as-medium" breaks PriorityLevelsOrder, crowd false;
            /// Ranks NORMAL above MEDIUM.
            RankSwapsLowLevels => "rank-swaps-low-levels" breaks PriorityLevelsOrder, crowd true;
            /// Counts the characters of a deleter's information.
            RecallDeleterInfoInCharacters => "recall-deleter-info-in-characters" breaks RecallDeleterInfoBytes, crowd false, by RuleChange::InCharacters;
            /// Refuses a deleter's information of 512 bytes.
            RecallDeleterInfoOneByteLess => "recall-deleter-info-one-byte-less" breaks RecallDeleterInfoBytes, crowd false, by RuleChange::OneLess;
            /// Accepts a deleter's information of 513 bytes.
            RecallDeleterInfoOneByteMore => "recall-deleter-info-one-byte-more" breaks RecallDeleterInfoBytes, crowd false, by RuleChange::OneMore;
            /// Refuses a deleter of 64 bytes.
            RecallDeleterOneByteLess => "recall-deleter-one-byte-less" breaks RecallDeleterFormat, crowd false, by RuleChange::OneLess;
            /// Accepts a deleter of 65 bytes.
            RecallDeleterOneByteMore => "recall-deleter-one-byte-more" breaks RecallDeleterFormat, crowd false, by RuleChange::OneMore;
            /// Accepts an underscore in a deleter.
            RecallDeleterUnderscore => "recall-deleter-underscore" breaks RecallDeleterFormat, crowd false, by RuleChange::Underscore;
            /// Accepts any text as the message that a client recalls.
            RecallIdByClientUnchecked => "recall-id-by-client-unchecked" breaks RecallMessageIdFormat, crowd false, by RuleChange::Skips("messageId");
            /// Refuses a message of 64 bytes to be recalled.
            RecallIdOneByteLess => "recall-id-one-byte-less" breaks RecallMessageIdFormat, crowd false, by RuleChange::OneLess;
            /// Accepts a message of 65 bytes to be recalled.
            RecallIdOneByteMore => "recall-id-one-byte-more" breaks RecallMessageIdFormat, crowd false, by RuleChange::OneMore;
            /// Accepts any text as the ID of a message to recall.
            RecallIdUnchecked => "recall-id-unchecked" breaks RecallMessageIdFormat, crowd false;
            /// Goes on listing a recalled message.
            RecallKeepsMessage => "recall-keeps-message" breaks RecallMessageByMsgTid, crowd false;
            /// Refuses to recall a message that does not exist.
            RecallMissingRefused => "recall-missing-refused" breaks RecallMessageIdempotent, crowd false;
            /// Notifies the group twice of a recall.
            RecallToldTwice => "recall-told-twice" breaks RecallNoticeMembers, crowd true;
            /// Does not tell the group of a recall.
            RecallUntold => "recall-untold" breaks RecallNoticeMembers, crowd true;
            /// Refuses a receiver of 64 bytes.
            ReceiverOneByteLess => "receiver-one-byte-less" breaks MessageReceiverFormat, crowd false, by RuleChange::OneLess;
            /// Accepts a receiver of 65 bytes.
            ReceiverOneByteMore => "receiver-one-byte-more" breaks MessageReceiverFormat, crowd false, by RuleChange::OneMore;
            /// Accepts any text as a receiver.
            ReceiverUnchecked => "receiver-unchecked" breaks MessageReceiverFormat, crowd false;
            /// Accepts an underscore in a receiver.
            ReceiverUnderscore => "receiver-underscore" breaks MessageReceiverFormat, crowd false, by RuleChange::Underscore;
            /// Takes places of the recent list for messages that are not in it.
            RecentCountsUncached => "recent-counts-uncached" breaks MessageRecentSize, crowd false;
            /// Keeps the first fifty messages in the recent list.
            RecentHoldsOldest => "recent-holds-oldest" breaks MessageRecentSize, crowd false;
            /// Shares the fifty places of the recent list among the groups of an application.
            RecentOfApplication => "recent-of-application" breaks MessageRecentSize, crowd false;
            /// Keeps a message less in the recent list of a group.
            RecentOneLess => "recent-one-less" breaks MessageRecentSize, crowd false;
            /// Keeps a message more in the recent list of a group.
            RecentOneMore => "recent-one-more" breaks MessageRecentSize, crowd true;
            /// Lets a session with an expired token reconnect.
            ReconnectIgnoresExpiry => "reconnect-ignores-expiry" breaks TokenExpiryBlocksReconnect, crowd true;
            /// Gives a reconnected client every missed message.
            RecoveryAllLevels => "recovery-all-levels" breaks RecoveryHighAfterReconnect, crowd true;
            /// Looks for what a reconnected client missed no further back than a minute.
            RecoveryMinuteOnly => "recovery-minute-only" breaks RecoveryHighAfterReconnect, crowd false;
            /// Gives a reconnected client nothing.
            RecoveryOff => "recovery-off" breaks RecoveryHighAfterReconnect, crowd true;
            /// Gives a reconnected client the last message that it has once more.
            RecoveryRepeats => "recovery-repeats" breaks RecoveryHighAfterReconnect, crowd true;
            /// Gives a reconnected client the missed messages newest first.
            RecoveryReversed => "recovery-reversed" breaks RecoveryHighAfterReconnect, crowd true;
            /// Delivers messages that the review refused.
            RejectedDelivered => "rejected-delivered" breaks ModerationVerdictPass, crowd false;
            /// Answers the sender of a rejected message that it was sent.
            RejectedToldSent => "rejected-told-sent" breaks ModerationRejectedRefused, crowd true;
            /// Restores a group without the limit that was set for it.
            RestoreForgetsLimit => "restore-forgets-limit" breaks DeletionRestoreState, crowd false;
            /// Restores a group into a full application.
            RestoreIgnoresQuota => "restore-ignores-quota" breaks DeletionRestoreQuota, crowd false;
            /// Restores a group without its information.
            RestoreLosesInfo => "restore-loses-info" breaks DeletionRestoreState, crowd false;
            /// Restores a group without its stored messages.
            RestoreLosesMessages => "restore-loses-messages" breaks DeletionRestoreMessagesKept, crowd true;
            /// Refuses to restore a group after seven days.
            RestoreWeekOnly => "restore-week-only" breaks DeletionWindowRestore, crowd false;
            /// Tells a client that is back no counters of its groups.
            ResumeHidesCounters => "resume-hides-counters" breaks MembershipResumeStates, crowd true;
            /// Hides the information of its groups from a client that is back.
            ResumeHidesInfo => "resume-hides-info" breaks MembershipResumeStates, crowd true;
            /// Hides from a client that is back that everybody is muted.
            ResumeHidesMute => "resume-hides-mute" breaks MembershipResumeStates, crowd true;
            /// Tells a client that is back of its first group only.
            ResumeStatesMissing => "resume-states-missing" breaks MembershipResumeStates, crowd true;
            /// Accepts any retention tier.
            RetentionAnyTier => "retention-any-tier" breaks HistoryRetentionChoices, crowd false;
            /// Keeps messages a day longer.
            RetentionDayMore => "retention-day-more" breaks HistoryRetentionExpires, crowd false;
            /// Keeps messages 90 days when no tier was chosen.
            RetentionDefault90 => "retention-default-90" breaks HistoryRetentionDefault, crowd false;
            /// Resets the retention tier when the moderation changes.
            RetentionFollowsModify => "retention-follows-modify" breaks HistoryRetentionAtCreate, crowd false;
            /// Never lets messages expire.
            RetentionNever => "retention-never" breaks HistoryRetentionExpires, crowd false;
            /// Reviews messages of an application that has review off.
            ReviewAlwaysOn => "review-always-on" breaks ModerationSwitchDefaultOff, crowd false;
            /// Tells that calls to a custom reviewer are not authenticated.
            ReviewAuthOff => "review-auth-off" breaks ModerationAuthDefaultOn, crowd false;
            /// Reviews the messages of an application that did not ask for it.
            ReviewDefaultBuiltIn => "review-default-built-in" breaks ModerationSwitchDefaultOff, crowd false;
            /// Stops messages while the reviewer is unavailable.
            ReviewFailsClosed => "review-fails-closed" breaks ModerationFailureOpen, crowd false;
            /// Accepts any moderation method.
            ReviewMethodAny => "review-method-any" breaks ModerationMethodTwo, crowd false;
            /// Hides the address of a custom review.
            ReviewUrlHidden => "review-url-hidden" breaks ModerationUrlDescribed, crowd false;
            /// Records a second deletion over the first.
            SecondDeleteRestamps => "second-delete-restamps" breaks DeletionGroupIdempotent, crowd true;
            /// Keeps the session of the first device, forgotten, with its memberships.
            SecondDeviceKeepsFirst => "second-device-keeps-first" breaks MembershipSessionOnePerUser, crowd true;
            /// Does not tell the first device that its session ended.
            SecondDeviceUntold => "second-device-untold" breaks MembershipSessionOnePerUser, crowd true;
            /// Accepts any text as a sender.
            SenderFormatUnchecked => "sender-format-unchecked" breaks MessageSenderFormat, crowd false;
            /// Counts the characters of a sender's information.
            SenderInfoInCharacters => "sender-info-in-characters" breaks MessageSenderInfoBytes, crowd false, by RuleChange::InCharacters;
            /// Does not bound a sender's information where one user is written to.
            SenderInfoOfLetterUnbounded => "sender-info-of-letter-unbounded" breaks MessageSenderInfoBytes, crowd false, by RuleChange::Skips("SenderInfo");
            /// Refuses a sender's information of 512 bytes.
            SenderInfoOneByteLess => "sender-info-one-byte-less" breaks MessageSenderInfoBytes, crowd false, by RuleChange::OneLess;
            /// Accepts a sender's information of 513 bytes.
            SenderInfoOneByteMore => "sender-info-one-byte-more" breaks MessageSenderInfoBytes, crowd false, by RuleChange::OneMore;
            /// Accepts any length of a sender's information.
            SenderInfoUnbounded => "sender-info-unbounded" breaks MessageSenderInfoBytes, crowd false;
            /// Refuses a back-end message in the name of a user who is not in the group.
            SenderMustBeMember => "sender-must-be-member" breaks MessageSenderNotMember, crowd false;
            /// Refuses a sender of 64 bytes.
            SenderOneByteLess => "sender-one-byte-less" breaks MessageSenderFormat, crowd false, by RuleChange::OneLess;
            /// Accepts a sender of 65 bytes.
            SenderOneByteMore => "sender-one-byte-more" breaks MessageSenderFormat, crowd false, by RuleChange::OneMore;
            /// Sends a message without a sender.
            SenderOptional => "sender-optional" breaks MessageSendRequired, crowd false;
            /// Accepts an underscore in a sender.
            SenderUnderscore => "sender-underscore" breaks MessageSenderFormat, crowd false, by RuleChange::Underscore;
            /// Tells the members of the moment as the session total.
            SessionsTotalFalls => "sessions-total-falls" breaks StatisticsSessionsTotal, crowd true;
            /// Puts shed messages into the recent list.
            ShedCached => "shed-cached" breaks ShaperShedNotCached, crowd false;
            /// Counts shed messages.
            ShedCounted => "shed-counted" breaks ShaperShedNotCounted, crowd true;
            /// Delivers messages that lost by rank.
            ShedDelivered => "shed-delivered" breaks ShaperShedNotDelivered, crowd true;
            /// Tells a client that its message had to wait for a slot.
            ShedRefused => "shed-refused" breaks ShaperShedReportsSuccess, crowd true;
            /// Stores shed messages.
            ShedStored => "shed-stored" breaks ShaperShedNotStored, crowd false;
            /// Never reviews messages of the old family.
            SkipAuditByDefault => "skip-audit-by-default" breaks ModerationSkipDefaultFalse, crowd false;
            /// Reviews messages that ask to skip the review.
            SkipAuditIgnored => "skip-audit-ignored" breaks ModerationSkipExempts, crowd false;
            /// Lets an administrator of one group change another.
            StaffOfAnyGroup => "staff-of-any-group" breaks GroupModifyClientRights, crowd false;
            /// Lists deleted groups when asked for existing ones.
            StatusFilterIgnored => "status-filter-ignored" breaks ListGroupsStatus, crowd true;
            /// Lets a client send to a group that it has not joined.
            StrangersSend => "strangers-send" breaks MessageClientSendMemberOnly, crowd false;
            /// Counts the members of all groups of an application.
            SupergroupCountsApplication => "supergroup-counts-application" breaks SupergroupThresholdMembers, crowd false;
            /// Counts everybody who ever joined.
            SupergroupCountsJoins => "supergroup-counts-joins" breaks SupergroupThresholdMembers, crowd false;
            /// Describes a supergroup as a normal group.
            SupergroupFlagHidden => "supergroup-flag-hidden" breaks SupergroupFlagDescribed, crowd true;
            /// Turns a supergroup into a normal group as it shuts down.
            SupergroupFlagLostOnClose => "supergroup-flag-lost-on-close" breaks SupergroupEmptyShutsDown, crowd true;
            /// Notifies a supergroup of each leave at once.
            SupergroupLeavesAtOnce => "supergroup-leaves-at-once" breaks SupergroupNoticeInterval, crowd false;
            /// Lists the members of a supergroup.
            SupergroupListed => "supergroup-listed" breaks SupergroupListUnavailable, crowd true;
            /// Notifies a supergroup of each change at once.
            SupergroupNoticeEachChange => "supergroup-notice-each-change" breaks SupergroupNoticeInterval, crowd true;
            /// Notifies a supergroup of changes every four seconds.
            SupergroupNoticeFourSeconds => "supergroup-notice-four-seconds" breaks SupergroupNoticeInterval, crowd true;
            /// Lists who joined and left in a supergroup's notices.
            SupergroupNoticeLists => "supergroup-notice-lists" breaks SupergroupNoticeNoLists, crowd true;
            /// Notifies a supergroup of changes a millisecond before the interval has passed.
            SupergroupNoticeMillisecondEarly => "supergroup-notice-millisecond-early" breaks SupergroupNoticeInterval, crowd false;
            /// Rounds the member count in a supergroup's notices.
            SupergroupNoticeRoundedCount => "supergroup-notice-rounded-count" breaks SupergroupNoticeExactCount, crowd true;
            /// Makes a group of 2,000 members a supergroup.
            SupergroupOneEarlier => "supergroup-one-earlier" breaks SupergroupThresholdMembers, crowd true;
            /// Makes a group a supergroup only at 2,002 members.
            SupergroupOneLater => "supergroup-one-later" breaks SupergroupThresholdMembers, crowd true;
            /// Opens a shut supergroup as a supergroup again.
            SupergroupReopensSuper => "supergroup-reopens-super" breaks SupergroupReopenNormal, crowd true;
            /// Makes a supergroup normal again as it shrinks.
            SupergroupReverts => "supergroup-reverts" breaks SupergroupStateSticky, crowd true;
            /// Takes type 10,001 for a system message.
            SystemTypeOneMore => "system-type-one-more" breaks LegacyTypeSystem, crowd false;
            /// Lists messages beyond the end of the window.
            TimeWindowEndOpen => "time-window-end-open" breaks ListMessagesTimeWindow, crowd false;
            /// Leaves a timed-out user in its groups.
            TimeoutKeepsMemberships => "timeout-keeps-memberships" breaks MembershipSessionTimeout, crowd true;
            /// Stamps group messages with the time of their delivery.
            TimestampOfDelivery => "timestamp-of-delivery" breaks MessageTimestampSending, crowd true;
            /// Stamps a reviewed group message with the time of its verdict.
            TimestampOfVerdict => "timestamp-of-verdict" breaks MessageTimestampSending, crowd true;
            /// Goes by the expiry of the former token after a fresh one came.
            TokenFreshExpiryForgotten => "token-fresh-expiry-forgotten" breaks TokenExpiryInstant, crowd false;
            /// Admits expired tokens.
            TokenNeverExpires => "token-never-expires" breaks TokenExpiryInstant, crowd false;
            /// Admits any character in a nonce.
            TokenNonceAnyCharacter => "token-nonce-any-character" breaks TokenNonceFormat, crowd false, by RuleChange::AnyCharacter;
            /// Refuses an empty nonce.
            TokenNonceNeeded => "token-nonce-needed" breaks TokenNonceFormat, crowd false;
            /// Refuses a nonce of 64 bytes.
            TokenNonceOneByteLess => "token-nonce-one-byte-less" breaks TokenNonceFormat, crowd false, by RuleChange::OneLess;
            /// Admits a nonce of 65 bytes.
            TokenNonceOneByteMore => "token-nonce-one-byte-more" breaks TokenNonceFormat, crowd false, by RuleChange::OneMore;
            /// Leaves the role out of the token.
            TokenRoleUnchecked => "token-role-unchecked" breaks TokenFormulaSha256, crowd false;
            /// Refuses a token in its last second.
            TokenSecondEarly => "token-second-early" breaks TokenExpiryInstant, crowd false, by RuleChange::OneLess;
            /// Admits a token in the second at which it expires.
            TokenSecondLate => "token-second-late" breaks TokenExpiryInstant, crowd false, by RuleChange::OneMore;
            /// Admits any token.
            TokenUnchecked => "token-unchecked" breaks TokenParametersMatch, crowd false;
            /// Refuses a user of 64 bytes.
            TokenUserOneByteLess => "token-user-one-byte-less" breaks TokenUserIdFormat, crowd false, by RuleChange::OneLess;
            /// Admits a user of 65 bytes.
            TokenUserOneByteMore => "token-user-one-byte-more" breaks TokenUserIdFormat, crowd false, by RuleChange::OneMore;
            /// Logs users on whose names no call takes: those with an underscore.
            TokenUserUnderscore => "token-user-underscore" breaks TokenUserIdFormat, crowd false;
            /// Tells with a message the total before it.
            TotalStale => "total-stale" breaks StatisticsDeliveryTotal, crowd true;
            /// Leaves the first message type out of a group's counters.
            TypeAmountMissing => "type-amount-missing" breaks StatisticsTypesAmount, crowd true;
            /// Lists messages of all types when asked for one.
            TypeFilterIgnored => "type-filter-ignored" breaks ListMessagesTypeFilter, crowd false;
            /// Drops a message of a type too many, and reports it as sent.
            TypesCut => "types-cut" breaks MessageTypesMax, crowd false, by RuleChange::Cut;
            /// Shares the thirty types among the groups of an application.
            TypesOfApplication => "types-of-application" breaks MessageTypesMax, crowd false;
            /// Lets a group see 29 types.
            TypesOneLess => "types-one-less" breaks MessageTypesMax, crowd false, by RuleChange::OneLess;
            /// Lets a group see a 31st type.
            TypesOneMore => "types-one-more" breaks MessageTypesMax, crowd false, by RuleChange::OneMore;
            /// Reports a message as sent that nobody acknowledged in time.
            UnacknowledgedSucceeds => "unacknowledged-succeeds" breaks MessageUserSendHighReliability, crowd false;
            /// Lifts individual mutes together with the mute of everybody.
            UnbanLiftsIndividual => "unban-lifts-individual" breaks MuteUnbanKeepsIndividual, crowd false;
            /// Takes an unknown application for the first one.
            UnknownAppServed => "unknown-app-served" breaks GroupAppRequired, crowd false;
            /// Lifts the mute of everybody when a user is unmuted.
            UnmuteLiftsBan => "unmute-lifts-ban" breaks MuteIndividualSeparate, crowd false;
            /// Goes on listing the members of a new supergroup until somebody leaves.
            UpgradeKeepsList => "upgrade-keeps-list" breaks SupergroupUpgradeClearsList, crowd true;
            /// Accepts an address with a usual port.
            UrlPortAllowed => "url-port-allowed" breaks CallbackUrlForm, crowd false;
            /// Accepts a private address.
            UrlPrivateAllowed => "url-private-allowed" breaks ModerationUrlForm, crowd false;
            /// Does not bound the information that a client tells at its logon.
            UserInfoAtLogonUnbounded => "user-info-at-logon-unbounded" breaks UserInfoBytes, crowd false, by RuleChange::Skips("userExtension");
            /// Gives a missing group the sub-code 404.
            UserInfoCodeOther => "user-info-code-other" breaks UserInfoMissingGroupCode, crowd false;
            /// Does not tell in which groups new user information took effect.
            UserInfoGroupsUntold => "user-info-groups-untold" breaks UserInfoPerGroup, crowd false;
            /// Counts the characters of a user's information.
            UserInfoInCharacters => "user-info-in-characters" breaks UserInfoBytes, crowd false, by RuleChange::InCharacters;
            /// Reports a change of user information and keeps the old.
            UserInfoKept => "user-info-kept" breaks UserInfoListed, crowd false;
            /// Refuses to change the information of an unknown user.
            UserInfoMissingRefused => "user-info-missing-refused" breaks UserInfoMissingSucceeds, crowd false;
            /// Refuses user information of 512 bytes.
            UserInfoOneByteLess => "user-info-one-byte-less" breaks UserInfoBytes, crowd false, by RuleChange::OneLess;
            /// Accepts user information of 513 bytes.
            UserInfoOneByteMore => "user-info-one-byte-more" breaks UserInfoBytes, crowd false, by RuleChange::OneMore;
            /// Gives the last page of users a token for a next one.
            UserListNeverEnds => "user-list-never-ends" breaks ListUsersTokenEnd, crowd true;
            /// Drops every 16th message where it goes to one user.
            UserMessagesShaped => "user-messages-shaped" breaks ShaperScopeGroupMessages, crowd false;
            /// Takes a page of nine users.
            UserPageLeastOneLess => "user-page-least-one-less" breaks ListUsersPageSize, crowd false, by RuleChange::LeastOneLess;
            /// Refuses a page of fifty users.
            UserPageOneLess => "user-page-one-less" breaks ListUsersPageSize, crowd false, by RuleChange::OneLess;
            /// Accepts a page of 51 users.
            UserPageOneMore => "user-page-one-more" breaks ListUsersPageSize, crowd false, by RuleChange::OneMore;
            /// Lists users though no size is given.
            UserPageOptional => "user-page-optional" breaks ListUsersPageSize, crowd false, by RuleChange::Optional;
            /// Recalls a user message without a deleter.
            UserRecallAnonymous => "user-recall-anonymous" breaks RecallUserMessageDeleterRequired, crowd false;
            /// Does not tell the receiver of a recall.
            UserRecallUntold => "user-recall-untold" breaks RecallUserMessageReceiverNotified, crowd false;
            /// Lists users by when the application first met them.
            UserSortByAcquaintance => "user-sort-by-acquaintance" breaks ListUsersSort, crowd false, by RuleChange::OtherKey;
            /// Lists users though no order is named.
            UserSortOptional => "user-sort-optional" breaks ListUsersSort, crowd false, by RuleChange::Optional;
            /// Reverses the orders of the list of users.
            UserSortReversed => "user-sort-reversed" breaks ListUsersSort, crowd true, by RuleChange::Reversed;
            /// Takes weight 5 for NORMAL.
            WeightCommentNormal => "weight-comment-normal" breaks PriorityWeightLevels, crowd false;
            /// Gives a message without a weight the weight 5.
            WeightDefaultFive => "weight-default-five" breaks PriorityWeightDefault, crowd false;
            /// Takes weight 1,000,000 for MEDIUM.
            WeightGiftMedium => "weight-gift-medium" breaks PriorityWeightLevels, crowd false;
            /// Leaves out of a time window what was sent in it and delivered after it.
            WindowOfDelivery => "window-of-delivery" breaks ListMessagesTimeWindow, crowd false;
        }
    };
}
pub(super) use mutants_m_to_z;
