//! Mutants of one rule each that keep it where it is asked first: they break it at one entrance of several, on a later
//! occasion, for another role, or in one of the parts of its sentence.

/// Adds these mutants, and hands all to the next table.
macro_rules! mutants_in_part {
    ($($so_far:tt)*) => {
        mutants_of_older! {
            $($so_far)*
            /// Makes the creator the administrator of a group that has none.
            AdminsDefaultToCreator => "admins-default-to-creator" breaks GroupAdminsOptional, crowd false;
            /// Lists mutes to the creator and the role admin only.
            AdminsMayNotListMutes => "admins-may-not-list-mutes" breaks MuteListClientRights, crowd false;
            /// Lets the creator alone mute on clients.
            AdminsMayNotMute => "admins-may-not-mute" breaks MuteClientRights, crowd false;
            /// Serves the applications of other accounts.
            AnotherAccountsAppServed => "another-accounts-app-served" breaks GroupAppRequired, crowd false;
            /// Lets clients into a group that another application has.
            AnothersGroupJoinable => "anothers-group-joinable" breaks MembershipJoinGroupExists, crowd false;
            /// Lets any client recall a message that still waits for its turn.
            AnyoneRecallsWaiting => "anyone-recalls-waiting" breaks RecallClientRights, crowd false;
            /// Lets any client lift mutes.
            AnyoneUnmutes => "anyone-unmutes" breaks MuteClientRights, crowd false;
            /// Takes the first application where none is named.
            AppIdMissingFirst => "app-id-missing-first" breaks GroupAppIdRequired, crowd false;
            /// Gives the last page of applications a token for a next one.
            AppListTokenOnLastPage => "app-list-token-on-last-page" breaks ListAppsTokenWhenMore, crowd false;
            /// Admits a logon without an application signature.
            AppSignEmptyAdmits => "app-sign-empty-admits" breaks TokenAppSignInit, crowd false;
            /// Admits a logon with the signature of any application.
            AppSignOfAnyApp => "app-sign-of-any-app" breaks TokenAppSignInit, crowd false;
            /// Gives every application the signature of the first.
            AppSignShared => "app-sign-shared" breaks AppCreateCredentials, crowd false;
            /// Takes the token -1 for a position in the list of the newest applications.
            AppTokenMinusOneTakenDescending => "app-token-minus-one-taken-descending" breaks ListAppsFirstPage, crowd false;
            /// Leaves the modification time alone when the review changes.
            AuditModifyTimeStale => "audit-modify-time-stale" breaks AppConfigModifiable, crowd false;
            /// Describes nobody as muted by the mute of everybody.
            BandAllHidden => "band-all-hidden" breaks MuteDescribeLists, crowd false;
            /// Leaves the exceptions out of the description of mutes.
            BandExceptHidden => "band-except-hidden" breaks MuteDescribeLists, crowd false;
            /// Changes the two lists of a combined mute change, and not the mute of everybody.
            BandModifyFlagIgnored => "band-modify-flag-ignored" breaks MuteModifyCombined, crowd false;
            /// Clears the list that a combined mute change does not name.
            BandModifyUnnamedCleared => "band-modify-unnamed-cleared" breaks MuteModifyCombined, crowd false;
            /// Lifts individual mutes when everybody is muted.
            BanLiftsUsers => "ban-lifts-users" breaks MuteIndividualSeparate, crowd false;
            /// Refuses a send without a body.
            BodyDemanded => "body-demanded" breaks MessageSendRequired, crowd false;
            /// Answers a clearing of the callback address with the former one.
            CallbackClearNamesFormer => "callback-clear-names-former" breaks CallbackUrlEmptyClears, crowd false;
            /// Goes on to report leaves and logoffs after the address was cleared.
            CallbackEndsAfterClear => "callback-ends-after-clear" breaks CallbackSwitchNeedsUrl, crowd false;
            /// Reports leaves and logoffs although there is no address.
            CallbackEndsWithoutUrl => "callback-ends-without-url" breaks CallbackUrlAbsentOff, crowd false;
            /// Reports the first logon of a user only.
            CallbackFirstLogonOnly => "callback-first-logon-only" breaks CallbackEventKinds, crowd false;
            /// Raises no join events.
            CallbackJoinMissing => "callback-join-missing" breaks CallbackEventKinds, crowd false;
            /// Reports joins before an address was ever given.
            CallbackJoinsByDefault => "callback-joins-by-default" breaks CallbackSwitchDefaultOff, crowd false;
            /// Raises no leave events for the groups that a logoff ends.
            CallbackLogoffLeavesUntold => "callback-logoff-leaves-untold" breaks CallbackEventKinds, crowd false;
            /// Reports the sessions of a disabled application as logged off.
            CallbackOnDisable => "callback-on-disable" breaks CallbackSourceClientActions, crowd false;
            /// Raises a leave event for a leave of the back end.
            CallbackOnServerLeave => "callback-on-server-leave" breaks CallbackSourceClientActions, crowd false;
            /// Does not report the logoff of a session that timed out.
            CallbackTimeoutUntold => "callback-timeout-untold" breaks CallbackEventKinds, crowd false;
            /// Checks a callback address when an application is created only.
            CallbackUrlModifiedUnchecked => "callback-url-modified-unchecked" breaks CallbackUrlForm, crowd false;
            /// Counts the calls of all accounts together.
            CallQuotaAllAccounts => "call-quota-all-accounts" breaks QuotaQpsSharedByAccount, crowd false;
            /// Never throttles a call that only reads.
            CallQuotaReadsFree => "call-quota-reads-free" breaks QuotaQpsDropped, crowd false;
            /// Lists no stored messages to a client that was removed from the group.
            ClientHistoryClosedToRemoved => "client-history-closed-to-removed" breaks HistoryClientNoJoin, crowd false;
            /// Takes a begin of 0 for this moment.
            ClientHistoryZeroBegins => "client-history-zero-begins" breaks HistoryClientUnbounded, crowd false;
            /// Loses messages from client to client while a group of the receiver is full.
            ClientLettersShaped => "client-letters-shaped" breaks ShaperScopeGroupMessages, crowd false;
            /// Lists the exceptions of a mute to the back end only.
            ClientMutesWithoutExceptions => "client-mutes-without-exceptions" breaks MuteDescribeLists, crowd false;
            /// Counts a client's message once, whatever it says.
            ClientRepeatIgnored => "client-repeat-ignored" breaks StatisticsIncreaseDefault, crowd false;
            /// Lists messages of all types to a client that asks for one.
            ClientTypeFilterIgnored => "client-type-filter-ignored" breaks ListMessagesTypeFilter, crowd false;
            /// Lifts individual mutes when a client lifts the mute of everybody.
            ClientUnbanLiftsIndividual => "client-unban-lifts-individual" breaks MuteUnbanKeepsIndividual, crowd false;
            /// Gives every page of users that a client lists a token.
            ClientUserListNeverEnds => "client-user-list-never-ends" breaks ListUsersTokenEnd, crowd false;
            /// Keeps the place of a group that a client closed.
            ClosedGroupKeepsPlace => "closed-group-keeps-place" breaks QuotaGroupsExcludesDeleted, crowd false;
            /// Does not record which client closed a group.
            CloserForgotten => "closer-forgotten" breaks DeletionGroupOperatorRecorded, crowd false;
            /// Raises a leave event for each member of a group that a client closes.
            ClosingRaisesLeaves => "closing-raises-leaves" breaks CallbackGroupDeleteNoLeave, crowd false;
            /// Does not tell the members of a group that a client closed it.
            ClosingUntold => "closing-untold" breaks MembershipNoticeKinds, crowd false;
            /// Clears the administrators of a group whose other parameters the console changes.
            ConsoleClearsAdmins => "console-clears-admins" breaks GroupModifyConsole, crowd false;
            /// Takes messages of the console for a group that nobody is in.
            ConsoleInactiveTakes => "console-inactive-takes" breaks MessageSendNeedsActive, crowd false;
            /// Keeps the information that the console names for the next messages.
            ConsoleInfoSticks => "console-info-sticks" breaks MessageConsoleSenderInfo, crowd false;
            /// Lists messages again that were gone when the console made the retention longer.
            ConsoleRetentionBringsBack => "console-retention-brings-back" breaks HistoryRetentionConsole, crowd false;
            /// Clears the name of an application whose retention alone the console changes.
            ConsoleRetentionClearsName => "console-retention-clears-name" breaks AppConsoleModifies, crowd false;
            /// Does not count messages of the console.
            ConsoleUncounted => "console-uncounted" breaks StatisticsTypesAmount, crowd false;
            /// Begins a full counter anew.
            CounterStartsAnew => "counter-starts-anew" breaks StatisticsIncreaseSaturates, crowd false;
            /// Refuses to create a group whose name was deleted.
            CreateDeletedRefused => "create-deleted-refused" breaks GroupCreateAlreadyDeleted, crowd false;
            /// Does not say that a group of that name was deleted.
            CreateDeletedUntold => "create-deleted-untold" breaks GroupCreateAlreadyDeleted, crowd false;
            /// Takes the administrators of a repeated create over.
            CreateRepeatTakesAdmins => "create-repeat-takes-admins" breaks GroupCreateAlreadyExists, crowd false;
            /// Restores a deleted group that is created again.
            CreateUndeletes => "create-undeletes" breaks GroupCreateAlreadyDeleted, crowd false;
            /// Mutes administrators too.
            CreatorAloneExempt => "creator-alone-exempt" breaks MuteStaffExempt, crowd false;
            /// Takes the first administrator for the creator where none is named.
            CreatorDefaultsToAdmin => "creator-defaults-to-admin" breaks GroupCreatorOptional, crowd false;
            /// Lets administrators alone recall what others sent, and not the creator.
            CreatorMayNotRecall => "creator-may-not-recall" breaks RecallClientRights, crowd false;
            /// Takes an empty address of a custom review.
            CustomReviewEmptyUrlTaken => "custom-review-empty-url-taken" breaks ModerationCustomNeedsUrl, crowd false;
            /// Switches the review off when a change to custom review is refused.
            CustomReviewRefusedTaken => "custom-review-refused-taken" breaks ModerationCustomNeedsUrl, crowd false;
            /// Takes the name of a data centre in any case.
            DataCenterAnyCase => "data-center-any-case" breaks AppDataCenterTwo, crowd false;
            /// Creates an application where the last one lives when no data centre is named.
            DataCenterDefaultOfLast => "data-center-default-of-last" breaks AppDataCenterDefault, crowd false;
            /// Finds an application under any data centre when it is only read.
            DataCenterIgnoredByReads => "data-center-ignored-by-reads" breaks AppDataCenterMatch, crowd false;
            /// Checks the name of a data centre when an application is created only.
            DataCenterUncheckedLater => "data-center-unchecked-later" breaks AppDataCenterTwo, crowd false;
            /// Goes on serving calls for a deleted application.
            DeletedAppServed => "deleted-app-served" breaks AppDeleteFinal, crowd false;
            /// Mutes everybody in a deleted group.
            DeletedGroupBanned => "deleted-group-banned" breaks DeletionGroupUnavailable, crowd false;
            /// Lists a deleted group for seven days only.
            DeletedGroupListedForWeek => "deleted-group-listed-for-week" breaks DeletionGroupListed, crowd false;
            /// Leaves deleted groups out of the numbered list.
            DeletedGroupOfPages => "deleted-group-of-pages" breaks DeletionGroupListed, crowd false;
            /// Hides the messages of a deleted group a day too early.
            DeletedMessagesDayLess => "deleted-messages-day-less" breaks DeletionMessagesWindow, crowd false;
            /// Hides the messages of a deleted group a day too late.
            DeletedMessagesDayMore => "deleted-messages-day-more" breaks DeletionMessagesWindow, crowd false;
            /// Tells of the deletion of a group that was restored.
            DeletionToldAfterRestore => "deletion-told-after-restore" breaks GroupDescribeDeletedOnly, crowd false;
            /// Answers a change of the disabled flag with the former state.
            DisableAnswerStale => "disable-answer-stale" breaks AppDisableSwitch, crowd false;
            /// Leaves the modification time alone when an application is disabled.
            DisableModifyTimeStale => "disable-modify-time-stale" breaks AppConfigModifiable, crowd false;
            /// Takes a message ID for used that another group of the application knows.
            DuplicateOfApplication => "duplicate-of-application" breaks MessageMsgTidUnique, crowd false;
            /// Sends a message under the ID of one that still waits.
            DuplicateWhileWaiting => "duplicate-while-waiting" breaks MessageMsgTidUnique, crowd false;
            /// Reports a disabled application as enabled and leaves it disabled.
            EnableIgnored => "enable-ignored" breaks AppDisableSwitch, crowd false;
            /// Ends the session of a user who logs on elsewhere with an expired token.
            ExpiredLogonEndsSession => "expired-logon-ends-session" breaks TokenExpiryBlocksReconnect, crowd false;
            /// Lists an application only after its first change.
            FreshAppUnlisted => "fresh-app-unlisted" breaks AppCreateCredentials, crowd false;
            /// Accepts letters and digits of every script in a group's name.
            GroupIdUnicode => "group-id-unicode" breaks GroupIdCharset, crowd false;
            /// Forgets the limit of a group when its last member leaves.
            GroupLimitForgottenWhenEmpty => "group-limit-forgotten-when-empty" breaks ShaperBudgetDiffers, crowd false;
            /// Answers fifty groups on a page without a size.
            GroupPageDefaultFifty => "group-page-default-fifty" breaks ListGroupPageDefaults, crowd false;
            /// Tells the number 1 for every numbered page.
            GroupPageNumberOne => "group-page-number-one" breaks ListGroupPageTotal, crowd false;
            /// Tells how many groups a numbered page holds as its size.
            GroupPageSizeOfPage => "group-page-size-of-page" breaks ListGroupPageTotal, crowd false;
            /// Takes the token -1 for a position in the list of the newest groups.
            GroupTokenMinusOneTakenDescending => "group-token-minus-one-taken-descending" breaks ListGroupsFirstPage, crowd false;
            /// Hides the counters of a group while nobody is in it.
            IdleGroupCountersHidden => "idle-group-counters-hidden" breaks GroupDescribeLiveOnly, crowd false;
            /// Does not tell the members of information that a client changes.
            InfoChangeByClientUntold => "info-change-by-client-untold" breaks GroupInfoNotified, crowd false;
            /// Notifies of new information with the former text.
            InfoChangeOldText => "info-change-old-text" breaks GroupInfoNotified, crowd false;
            /// Does not tell a supergroup of new information.
            InfoChangeUntoldInSupergroup => "info-change-untold-in-supergroup" breaks GroupInfoNotified, crowd false;
            /// Takes the name of a group for its information where there is none.
            InfoDefaultsToName => "info-defaults-to-name" breaks GroupInfoOptional, crowd false;
            /// Answers a join of a supergroup without its information.
            JoinHidesInfoOfSupergroup => "join-hides-info-of-supergroup" breaks GroupInfoOnJoin, crowd false;
            /// Answers a join without the online count.
            JoinHidesOnline => "join-hides-online" breaks StatisticsJoinCounters, crowd false;
            /// Answers a join as if only everybody could be muted.
            JoinHidesOwnMute => "join-hides-own-mute" breaks MuteJoinState, crowd false;
            /// Cuts long information off in the answer to a join.
            JoinInfoCut => "join-info-cut" breaks GroupInfoOnJoin, crowd false;
            /// Puts the application's key into the answer to a join.
            JoinTellsKey => "join-tells-key" breaks TokenAppKeySecret, crowd false;
            /// Lets a client go on sending to a group that it was removed from.
            KickedMaySend => "kicked-may-send" breaks MessageClientSendMemberOnly, crowd false;
            /// Lists members whose link is lost beyond the first page.
            ListShowsLostLinksLater => "list-shows-lost-links-later" breaks ListUsersConnected, crowd false;
            /// Reports a session that another device replaces as logged off normally.
            LogoffReasonDeviceNormal => "logoff-reason-device-normal" breaks CallbackLogoffReasons, crowd false;
            /// Gives every page of messages the token 0.
            MessageListEndsEarly => "message-list-ends-early" breaks ListMessagesTokenEnd, crowd false;
            /// Reports a change of administrators and does not make it.
            ModifyAdminsIgnored => "modify-admins-ignored" breaks GroupModifyAllowed, crowd false;
            /// Forgets the display name when a group is changed.
            ModifyClearsName => "modify-clears-name" breaks GroupModifyNoName, crowd false;
            /// Takes a flag that says false for one that is set.
            ModifyFlagFalseTaken => "modify-flag-false-taken" breaks GroupModifyFlags, crowd false;
            /// Takes new information over although its flag is not set.
            ModifyInfoWithoutFlag => "modify-info-without-flag" breaks GroupModifyFlags, crowd false;
            /// Does not tell a group that a client muted everybody.
            MuteByClientUntold => "mute-by-client-untold" breaks MembershipNoticeKinds, crowd false;
            /// Mutes a user in the groups of that name in all applications.
            MuteInEveryApplication => "mute-in-every-application" breaks AppScopeSeparates, crowd false;
            /// Mutes a user in all groups of its application.
            MuteInEveryGroup => "mute-in-every-group" breaks MuteSendBlocked, crowd false;
            /// Does not tell a supergroup that its mutes changed.
            MuteUntoldInSupergroup => "mute-untold-in-supergroup" breaks MuteChangeNotified, crowd false;
            /// Shows a group without a name under its ID.
            NameDefaultsToId => "name-defaults-to-id" breaks GroupNameOptional, crowd false;
            /// Needs a name for an application once there is one without.
            NamelessAppOnce => "nameless-app-once" breaks AppNameOptional, crowd false;
            /// Needs a name for a group once there is one without.
            NamelessGroupOnce => "nameless-group-once" breaks GroupNameOptional, crowd false;
            /// Caches messages of clients that are not to be cached.
            NoCacheOfClientsIgnored => "no-cache-of-clients-ignored" breaks MessageNoCacheSkipsRecent, crowd false;
            /// Does not deliver messages that are not to be cached.
            NoCacheUndelivered => "no-cache-undelivered" breaks MessageNoCacheSkipsRecent, crowd false;
            /// Does not store messages that are not to be cached.
            NoCacheUnstored => "no-cache-unstored" breaks MessageNoCacheSkipsRecent, crowd false;
            /// Does not store a message that says it is to be stored.
            NoStorageFalseTaken => "no-storage-false-taken" breaks HistoryNoStorageSkips, crowd false;
            /// Stores messages of clients that are not to be stored.
            NoStorageOfClientsIgnored => "no-storage-of-clients-ignored" breaks HistoryNoStorageSkips, crowd false;
            /// Does not deliver messages that are not to be stored.
            NoStorageUndelivered => "no-storage-undelivered" breaks HistoryNoStorageSkips, crowd false;
            /// Reports a client's message to an offline user as sent.
            OfflineReceiverOfClients => "offline-receiver-of-clients" breaks MessageUserSendReceiverOnline, crowd false;
            /// Takes any choice of who is notified for nobody.
            OldBroadcastAnyKind => "old-broadcast-any-kind" breaks LegacyBroadcastTypes, crowd false;
            /// Notifies the user alone where the whole group is to be notified.
            OldBroadcastGroupTellsUser => "old-broadcast-group-tells-user" breaks LegacyBroadcastTypes, crowd false;
            /// Notifies the whole group where the user alone is to be notified.
            OldBroadcastUserTellsGroup => "old-broadcast-user-tells-group" breaks LegacyBroadcastTypes, crowd false;
            /// Does not deliver a highly reliable message to a client that cannot acknowledge.
            OldClientUndelivered => "old-client-undelivered" breaks MessageUserSendOldClient, crowd false;
            /// Takes the older group send without data.
            OldDataOptional => "old-data-optional" breaks LegacySendRequired, crowd false;
            /// Names an older group after its creator.
            OldGroupIdOfCreator => "old-group-id-of-creator" breaks LegacyGroupServerId, crowd false;
            /// Takes older messages for a group that nobody is in.
            OldInactiveTakes => "old-inactive-takes" breaks MessageSendNeedsActive, crowd false;
            /// Reports a join of a deleted old-family group as done.
            OldJoinDeletedSucceeds => "old-join-deleted-succeeds" breaks LegacyJoinGroupExists, crowd false;
            /// Reports an old-family leave as done and keeps the membership.
            OldLeaveIgnored => "old-leave-ignored" breaks LegacyJoinServerSide, crowd false;
            /// Broadcasts statistics for joins only.
            OldLeaveStatisticsUntold => "old-leave-statistics-untold" breaks LegacyBroadcastStatistics, crowd false;
            /// Lists older messages of all types to a caller who asks for type 0.
            OldListTypeZeroIsAll => "old-list-type-zero-is-all" breaks LegacyListCustomTypes, crowd false;
            /// Reports an older send to a missing group as sent.
            OldMissingGroupTakes => "old-missing-group-takes" breaks MessageSendGroupMissing, crowd false;
            /// Tells of an excepted user that the group mutes it.
            OldMuteByForgetsExceptions => "old-mute-by-forgets-exceptions" breaks LegacyMuteBy, crowd false;
            /// Hides the mute of everybody from the old family's list of users by ID.
            OldMuteByHidesGroup => "old-mute-by-hides-group" breaks LegacyMuteBy, crowd false;
            /// Takes an empty operator of the older group send.
            OldOperatorEmptyTaken => "old-operator-empty-taken" breaks LegacySendRequired, crowd false;
            /// Keeps messages of the older family 90 days.
            OldRetentionDefault90 => "old-retention-default-90" breaks HistoryRetentionDefault, crowd false;
            /// Takes the kind of a device in any case.
            OldTokenDeviceAnyCase => "old-token-device-any-case" breaks LegacyTokenDeviceType, crowd false;
            /// Does not count messages of the older family.
            OldUncounted => "old-uncounted" breaks StatisticsTypesAmount, crowd false;
            /// Tells that a user is online who is logged on to another application.
            OnlineInAnyApplication => "online-in-any-application" breaks UserCheckOnline, crowd false;
            /// Tells that a user is offline as soon as its link is lost.
            OnlineLinkOnly => "online-link-only" breaks UserCheckOnline, crowd false;
            /// Tells the members of all groups of the application as the online count.
            OnlineOfApplication => "online-of-application" breaks StatisticsOnlineCount, crowd false;
            /// Lets staff alone recall, not the sender.
            OwnRecallRefused => "own-recall-refused" breaks RecallClientRights, crowd false;
            /// Applies a policy for one application to all where a call only reads.
            PolicyAppIgnoredByReads => "policy-app-ignored-by-reads" breaks AuthPolicyResource, crowd false;
            /// Honours a permission whose resource does not fit the action.
            PolicyIncompatibleAllows => "policy-incompatible-allows" breaks AuthPolicyIncompatible, crowd false;
            /// Honours a denial whose resource does not fit the action.
            PolicyIncompatibleDenies => "policy-incompatible-denies" breaks AuthPolicyIncompatible, crowd false;
            /// Asks for no permission in the older family.
            PolicyOldUnasked => "policy-old-unasked" breaks AuthPolicyAction, crowd false;
            /// Asks for no permission where a call only reads.
            PolicyReadsUnasked => "policy-reads-unasked" breaks AuthPolicyAction, crowd false;
            /// Overlooks the resource * where a statement names others too.
            PolicyStarAmongOthersIgnored => "policy-star-among-others-ignored" breaks AuthPolicyAllResources, crowd false;
            /// Leaves users out of a check whom it never saw.
            PresenceUnknownLeftOut => "presence-unknown-left-out" breaks UserCheckInGroup, crowd false;
            /// Purges a group thirty days after its first deletion although it was restored meanwhile.
            PurgeByFirstDeletion => "purge-by-first-deletion" breaks DeletionWindowRestore, crowd false;
            /// Lets clients into a group that is gone for good.
            PurgedGroupJoinable => "purged-group-joinable" breaks MembershipJoinGroupExists, crowd false;
            /// Goes on listing groups that are gone for good.
            PurgedGroupListed => "purged-group-listed" breaks DeletionGroupListed, crowd false;
            /// Purges a deleted group after 32 days.
            PurgeTwoDaysLate => "purge-two-days-late" breaks DeletionWindowPurge, crowd false;
            /// Does not tell the group of a recall by a client.
            RecallByClientUntold => "recall-by-client-untold" breaks RecallNoticeMembers, crowd false;
            /// Recalls a message from the groups of that name in all applications.
            RecallInEveryApplication => "recall-in-every-application" breaks AppScopeSeparates, crowd false;
            /// Recalls the messages of that ID in all groups of the application.
            RecallInEveryGroup => "recall-in-every-group" breaks RecallMessageByMsgTid, crowd false;
            /// Leaves a recalled message in the recent list.
            RecallKeepsRecent => "recall-keeps-recent" breaks RecallMessageByMsgTid, crowd false;
            /// Notifies the group of the recall of a message that does not exist.
            RecallMissingTold => "recall-missing-told" breaks RecallMessageIdempotent, crowd false;
            /// Shows recent messages to owner and administrators only.
            RecentMessagesNeedStaff => "recent-messages-need-staff" breaks ListMessagesClientRights, crowd false;
            /// Goes on showing expired messages in the recent list.
            RecentNeverExpires => "recent-never-expires" breaks HistoryRetentionExpires, crowd false;
            /// Shows recent members to owner and administrators only.
            RecentUsersNeedStaff => "recent-users-need-staff" breaks ListUsersClientRights, crowd false;
            /// Delivers messages to one user that the review refused.
            RejectedLettersDelivered => "rejected-letters-delivered" breaks ModerationVerdictPass, crowd false;
            /// Answers a client whose message was rejected that it was sent.
            RejectedToldSentToClients => "rejected-told-sent-to-clients" breaks ModerationRejectedRefused, crowd false;
            /// Restores a group without its messages once they had been hidden.
            RestoreLateLosesMessages => "restore-late-loses-messages" breaks DeletionRestoreMessagesKept, crowd false;
            /// Restores a group without its administrators.
            RestoreLosesAdmins => "restore-loses-admins" breaks DeletionRestoreState, crowd false;
            /// Restores a group without its counters.
            RestoreLosesCounters => "restore-loses-counters" breaks DeletionRestoreState, crowd false;
            /// Restores a group without its mutes.
            RestoreLosesMutes => "restore-loses-mutes" breaks DeletionRestoreState, crowd false;
            /// Restores a group although it refuses to.
            RestoreRefusedRevives => "restore-refused-revives" breaks DeletionRestoreQuota, crowd false;
            /// Keeps messages a day less.
            RetentionDayLess => "retention-day-less" breaks HistoryRetentionExpires, crowd false;
            /// Resets the retention tier when an application is disabled.
            RetentionFollowsDisable => "retention-follows-disable" breaks HistoryRetentionAtCreate, crowd false;
            /// Takes a negative retention tier for the first.
            RetentionTierNegative => "retention-tier-negative" breaks HistoryRetentionChoices, crowd false;
            /// Keeps messages 90 days under tier 2.
            RetentionTierTwoShort => "retention-tier-two-short" breaks HistoryRetentionChoices, crowd false;
            /// Checks the method of review when an application is created only.
            ReviewMethodAnyOnModify => "review-method-any-on-modify" breaks ModerationMethodTwo, crowd false;
            /// Stops messages whose reviewer says nothing in time.
            ReviewSilenceCloses => "review-silence-closes" breaks ModerationFailureOpen, crowd false;
            /// Does not name the review address in the answer to its change.
            ReviewUrlAnswerHidden => "review-url-answer-hidden" breaks ModerationUrlDescribed, crowd false;
            /// Takes any address where a review's address alone is changed.
            ReviewUrlModifiedUnchecked => "review-url-modified-unchecked" breaks ModerationUrlForm, crowd false;
            /// Takes the role admin in any case.
            RoleAdminAnyCase => "role-admin-any-case" breaks TokenRoleAdmin, crowd false;
            /// Lets the role admin mute.
            RoleAdminMutes => "role-admin-mutes" breaks MuteClientRights, crowd false;
            /// Takes every role that begins with admin for it.
            RoleAdminPrefix => "role-admin-prefix" breaks TokenRoleAdmin, crowd false;
            /// Forgets who deleted a group when it is deleted again by nobody in particular.
            SecondDeleteForgetsDeletor => "second-delete-forgets-deletor" breaks DeletionGroupIdempotent, crowd false;
            /// Gives a place back for each deletion, of a missing group too.
            SecondDeleteFreesPlace => "second-delete-frees-place" breaks DeletionGroupIdempotent, crowd false;
            /// Takes a logon to another application for one on a second device.
            SecondDeviceInAnyApplication => "second-device-in-any-application" breaks AppScopeSeparates, crowd false;
            /// Notifies the first device that its session timed out.
            SecondDeviceReasonTimeout => "second-device-reason-timeout" breaks MembershipSessionOnePerUser, crowd false;
            /// Refuses a logon while another device is logged on.
            SecondDeviceRefused => "second-device-refused" breaks MembershipSessionOnePerUser, crowd false;
            /// Refuses a back-end message in the name of a user it never saw.
            SenderMustBeKnown => "sender-must-be-known" breaks MessageSenderNotMember, crowd false;
            /// Tells the members of a supergroup for its session total.
            SessionsTotalFallsInSupergroup => "sessions-total-falls-in-supergroup" breaks StatisticsSessionsTotal, crowd false;
            /// Caches discarded messages above the lowest level.
            ShedCachedAboveNormal => "shed-cached-above-normal" breaks ShaperShedNotCached, crowd false;
            /// Caches the messages of clients that the limit discards.
            ShedCachedOfClients => "shed-cached-of-clients" breaks ShaperShedNotCached, crowd false;
            /// Counts discarded messages above the lowest level.
            ShedCountedAboveNormal => "shed-counted-above-normal" breaks ShaperShedNotCounted, crowd false;
            /// Counts the messages of clients that the limit discards.
            ShedCountedOfClients => "shed-counted-of-clients" breaks ShaperShedNotCounted, crowd false;
            /// Refuses a reviewed message for which there is no slot.
            ShedRefusedAfterReview => "shed-refused-after-review" breaks ShaperShedReportsSuccess, crowd false;
            /// Refuses an older message for which there is no slot.
            ShedRefusedToOld => "shed-refused-to-old" breaks ShaperShedReportsSuccess, crowd false;
            /// Refuses a message of the back end for which there is no slot.
            ShedRefusedToServer => "shed-refused-to-server" breaks ShaperShedReportsSuccess, crowd false;
            /// Stores discarded messages above the lowest level.
            ShedStoredAboveNormal => "shed-stored-above-normal" breaks ShaperShedNotStored, crowd false;
            /// Stores the messages of clients that the limit discards.
            ShedStoredOfClients => "shed-stored-of-clients" breaks ShaperShedNotStored, crowd false;
            /// Skips the review of an old-family message that asks not to skip it.
            SkipAuditFalseSkips => "skip-audit-false-skips" breaks ModerationSkipDefaultFalse, crowd false;
            /// Never reviews older messages to chosen members.
            SkipAuditOfSomeByDefault => "skip-audit-of-some-by-default" breaks ModerationSkipDefaultFalse, crowd false;
            /// Reviews older messages to chosen members that ask to skip the review.
            SkipAuditOfSomeIgnored => "skip-audit-of-some-ignored" breaks ModerationSkipExempts, crowd false;
            /// Mutes creator and administrators whom somebody muted individually.
            StaffExemptFromBanOnly => "staff-exempt-from-ban-only" breaks MuteStaffExempt, crowd false;
            /// Takes a fresh token at a reconnection although it has expired.
            StaleFreshTokenTaken => "stale-fresh-token-taken" breaks TokenExpiryBlocksReconnect, crowd false;
            /// Lists all groups for a status that no group has.
            StatusAnyAccepted => "status-any-accepted" breaks ListGroupsStatus, crowd false;
            /// Lists existing groups when no status is named.
            StatusDefaultExisting => "status-default-existing" breaks ListGroupsStatus, crowd false;
            /// Lists all groups when asked for deleted ones.
            StatusDeletedIgnored => "status-deleted-ignored" breaks ListGroupsStatus, crowd false;
            /// Lists all groups on numbered pages, whatever status is asked for.
            StatusOfPagesIgnored => "status-of-pages-ignored" breaks ListGroupsStatus, crowd false;
            /// Describes a group by its members of the moment, and not by what it is.
            SupergroupFlagByCount => "supergroup-flag-by-count" breaks SupergroupFlagDescribed, crowd false;
            /// Goes on to deliver to a user who left a supergroup.
            SupergroupLeaveKeepsSeat => "supergroup-leave-keeps-seat" breaks MembershipLeaveEndsDelivery, crowd false;
            /// Lists the members of a supergroup to its clients.
            SupergroupListedToClients => "supergroup-listed-to-clients" breaks SupergroupListUnavailable, crowd false;
            /// Lists the members of a supergroup to the older family.
            SupergroupListedToOld => "supergroup-listed-to-old" breaks SupergroupListUnavailable, crowd false;
            /// Names who left a supergroup.
            SupergroupNoticeListsLeaves => "supergroup-notice-lists-leaves" breaks SupergroupNoticeNoLists, crowd false;
            /// Counts one member less in a supergroup's notices.
            SupergroupNoticeOneLess => "supergroup-notice-one-less" breaks SupergroupNoticeExactCount, crowd false;
            /// Opens a supergroup of the older family as one again.
            SupergroupReopensSuperForOld => "supergroup-reopens-super-for-old" breaks SupergroupReopenNormal, crowd false;
            /// Opens a supergroup as one again when it shut down a second time.
            SupergroupReopensSuperLater => "supergroup-reopens-super-later" breaks SupergroupReopenNormal, crowd false;
            /// Makes a supergroup normal again when it has half the members of a normal group.
            SupergroupRevertsAtHalf => "supergroup-reverts-at-half" breaks SupergroupStateSticky, crowd false;
            /// Takes messages for a supergroup that nobody is in any more.
            SupergroupTakesWhenEmpty => "supergroup-takes-when-empty" breaks SupergroupEmptyShutsDown, crowd false;
            /// Takes type 10,000 for a custom message.
            SystemTypeOneLess => "system-type-one-less" breaks LegacyTypeSystem, crowd false;
            /// Leaves out of a time window what was sent in its first second.
            TimeWindowBeginExclusive => "time-window-begin-exclusive" breaks ListMessagesTimeWindow, crowd false;
            /// Lists messages from before the window.
            TimeWindowBeginOpen => "time-window-begin-open" breaks ListMessagesTimeWindow, crowd false;
            /// Leaves the nonce out of the token.
            TokenNonceLeftOut => "token-nonce-left-out" breaks TokenFormulaSha256, crowd false;
            /// Admits a role that the token was not made for.
            TokenRoleFree => "token-role-free" breaks TokenParametersMatch, crowd false;
            /// Tells with a message the total of all types.
            TotalOfAllTypes => "total-of-all-types" breaks StatisticsDeliveryTotal, crowd false;
            /// Refuses a send without a type.
            TypeDemanded => "type-demanded" breaks MessageSendRequired, crowd false;
            /// Narrows the first page of messages to a type, and no later one.
            TypeFilterFirstPageOnly => "type-filter-first-page-only" breaks ListMessagesTypeFilter, crowd false;
            /// Lists messages of all types when asked for type 0.
            TypeZeroIsAll => "type-zero-is-all" breaks ListMessagesTypeFilter, crowd false;
            /// Does not tell the group that nobody is muted any more.
            UnmuteUntold => "unmute-untold" breaks MuteChangeNotified, crowd false;
            /// Lists a new supergroup to clients.
            UpgradeKeepsListForClients => "upgrade-keeps-list-for-clients" breaks SupergroupUpgradeClearsList, crowd false;
            /// Reports a group that was restored as missing.
            UserInfoFailsForRestored => "user-info-fails-for-restored" breaks UserInfoMissingGroupCode, crowd false;
            /// Changes the information of the users of that name in all applications.
            UserInfoInEveryApplication => "user-info-in-every-application" breaks AppScopeSeparates, crowd false;
            /// Keeps information for a user that nobody has seen.
            UserInfoMissingMakes => "user-info-missing-makes" breaks UserInfoMissingSucceeds, crowd false;
            /// Names groups that the user was removed from among those that took the change.
            UserInfoNamesRemovedGroups => "user-info-names-removed-groups" breaks UserInfoPerGroup, crowd false;
            /// Gives a page without users a token.
            UserListEmptyGoesOn => "user-list-empty-goes-on" breaks ListUsersTokenEnd, crowd false;
            /// Gives every page of the newest users a token.
            UserListNeverEndsDescending => "user-list-never-ends-descending" breaks ListUsersTokenEnd, crowd false;
            /// Takes a slot of each group of the receiver for a message to one user.
            UserMessagesTakeSlots => "user-messages-take-slots" breaks ShaperScopeGroupMessages, crowd false;
            /// Needs no deleter where the receiver is not online.
            UserRecallAnonymousOffline => "user-recall-anonymous-offline" breaks RecallUserMessageDeleterRequired, crowd false;
            /// Notifies the receiver of a recall without the message's ID.
            UserRecallUnnamed => "user-recall-unnamed" breaks RecallUserMessageReceiverNotified, crowd false;
            /// Gives a message without a weight the weight 4.
            WeightDefaultFour => "weight-default-four" breaks PriorityWeightDefault, crowd false;
            /// Gives a message without a weight the weight 2.
            WeightDefaultTwo => "weight-default-two" breaks PriorityWeightDefault, crowd false;
        }
    };
}
pub(super) use mutants_in_part;
