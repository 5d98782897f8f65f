//! Mutants in what goes in and out, at the edges of times, and where an occasion is not the first.

/// Adds these mutants, and hands all to the next table.
macro_rules! mutants_of_spoils {
    ($($so_far:tt)*) => {
        mutants_of_several! {
            $($so_far)*
            /// Waits a millisecond less for an acknowledgement.
            AckMillisecondLess => "ack-millisecond-less" breaks MessageUserSendHighReliability, crowd false;
            /// Waits a millisecond more for an acknowledgement.
            AckMillisecondMore => "ack-millisecond-more" breaks MessageUserSendHighReliability, crowd false;
            /// Counts the time for an acknowledgement from the sending, also after a review.
            AckOfSending => "ack-of-sending" breaks MessageUserSendHighReliability, crowd false;
            /// Names administrators in lower case.
            AdminsFolded => "admins-folded" breaks GroupDescribeFields, crowd false;
            /// Forgets the exceptions when a combined change lifts the mute of everybody.
            BandFalseClearsExceptions => "band-false-clears-exceptions" breaks MuteModifyCombined, crowd false;
            /// Takes line feeds out of bodies.
            BodyOneLine => "body-one-line" breaks MessageDeliverAllMembers, crowd false;
            /// Trims bodies.
            BodyTrimmed => "body-trimmed" breaks MessageDeliverAllMembers, crowd false;
            /// Ignores new administrators of a client that are none.
            ClientAdminsEmptyIgnored => "client-admins-empty-ignored" breaks GroupModifyAllowed, crowd false;
            /// Trims the bodies of clients.
            ClientBodyTrimmed => "client-body-trimmed" breaks MessageDeliverAllMembers, crowd false;
            /// Lists stored messages to clients without the information of their senders.
            ClientHistorySenderInfoLost => "client-history-sender-info-lost" breaks ListMessagesFields, crowd false;
            /// Lists messages to clients with types of 32 bits.
            ClientHistoryTypeCut => "client-history-type-cut" breaks ListMessagesFields, crowd false;
            /// Takes the type that a client narrows a list to to 32 bits.
            ClientListTypeCut => "client-list-type-cut" breaks ListMessagesTypeFilter, crowd false;
            /// Mutes the first ten users that a client names.
            ClientMuteTenOnly => "client-mute-ten-only" breaks MuteAddMax, crowd false;
            /// Tells a client the first ten users who are muted.
            ClientMutesTen => "client-mutes-ten" breaks MuteDescribeLists, crowd false;
            /// Takes the type of a client's message to 32 bits.
            ClientTypeCut => "client-type-cut" breaks MessageTypeNumeric, crowd false;
            /// Tells a client how many users its page holds instead of how many are in the group.
            ClientUsersTotalOfPage => "client-users-total-of-page" breaks StatisticsOnlineCount, crowd false;
            /// Creates groups in lower case.
            CreateFoldsGroupId => "create-folds-group-id" breaks GroupIdUnique, crowd false;
            /// Deletes the group whose ID is the given one in lower case.
            DeleteFoldsGroupId => "delete-folds-group-id" breaks DeletionGroupIdempotent, crowd false;
            /// Keeps the messages of a deleted group visible a second less.
            DeletedMessagesSecondLess => "deleted-messages-second-less" breaks DeletionMessagesWindow, crowd false;
            /// Keeps the messages of a deleted group visible a second more.
            DeletedMessagesSecondMore => "deleted-messages-second-more" breaks DeletionMessagesWindow, crowd false;
            /// Delivers bodies with question marks where they are not ASCII.
            DeliveredBodyAsciiOnly => "delivered-body-ascii-only" breaks MessageDeliverAllMembers, crowd false;
            /// Delivers messages of clients without the information of their senders.
            DeliveredClientInfoLost => "delivered-client-info-lost" breaks UserInfoListed, crowd false;
            /// Delivers messages of the console without the information of their senders.
            DeliveredConsoleInfoLost => "delivered-console-info-lost" breaks MessageConsoleSenderInfo, crowd false;
            /// Delivers running totals of 32 bits.
            DeliveredTotalCut => "delivered-total-cut" breaks StatisticsDeliveryTotal, crowd false;
            /// Delivers types of 32 bits.
            DeliveredTypeCut => "delivered-type-cut" breaks MessageTypeNumeric, crowd false;
            /// Repeats the last message of a descending page on the next.
            DescendingSecondPageRepeats => "descending-second-page-repeats" breaks ListMessagesSort, crowd false;
            /// Describes the group whose ID is the given one in lower case.
            DescribeFoldsGroupId => "describe-folds-group-id" breaks GroupIdUnique, crowd false;
            /// Describes a deleted group without its display name.
            DescribedDeletedNameless => "described-deleted-nameless" breaks GroupDescribeFields, crowd false;
            /// Describes a deleted group without its administrators.
            DescribedDeletedWithoutAdmins => "described-deleted-without-admins" breaks GroupDescribeFields, crowd false;
            /// Describes the first ten exceptions.
            DescribedExceptionsTen => "described-exceptions-ten" breaks MuteDescribeLists, crowd false;
            /// Describes the first ten users who are muted.
            DescribedMutesTen => "described-mutes-ten" breaks MuteDescribeLists, crowd false;
            /// Describes counters to 32 bits.
            DescribedTotalsCut => "described-totals-cut" breaks StatisticsTypesAmount, crowd false;
            /// Describes the counters of the first ten types of a group.
            DescribedTypesTen => "described-types-ten" breaks StatisticsTypesAmount, crowd false;
            /// Delivers messages to one user with types of 32 bits.
            DirectTypeCut => "direct-type-cut" breaks MessageTypeNumeric, crowd false;
            /// Ends the first thousand sessions of a disabled application.
            DisabledThousandOnly => "disabled-thousand-only" breaks AppDisableRefusesUse, crowd false;
            /// Takes no message ID for used that only the recent list keeps.
            DuplicateStoredOnly => "duplicate-stored-only" breaks MessageMsgTidUnique, crowd false;
            /// Takes the first ten exceptions of a call.
            ExceptTenOnly => "except-ten-only" breaks MuteBanExceptionsMax, crowd false;
            /// Notifies the first thousand members that their group was deleted.
            ExitThousandOnly => "exit-thousand-only" breaks DeletionGroupNotifies, crowd false;
            /// Ends a page of one type where a page of all types would.
            HistoryPageShortOfTypes => "history-page-short-of-types" breaks ListMessagesTypeFilter, crowd false;
            /// Answers that users named after the tenth are not in the group.
            InGroupBeyondTenFalse => "in-group-beyond-ten-false" breaks UserCheckInGroup, crowd false;
            /// Asks for users in lower case whether they are in a group.
            InGroupFoldsUsers => "in-group-folds-users" breaks UserCheckInGroup, crowd false;
            /// Changes the information of the user whose ID is the given one in lower case.
            InfoFoldsUser => "info-folds-user" breaks UserInfoPerGroup, crowd false;
            /// Notifies of new information with question marks where it is not ASCII.
            InfoNoticeAsciiOnly => "info-notice-ascii-only" breaks GroupInfoNotified, crowd false;
            /// Notifies of the first kilobyte of new information.
            InfoNoticeCut => "info-notice-cut" breaks GroupInfoNotified, crowd false;
            /// Trims the information of a group.
            InfoTrimmed => "info-trimmed" breaks GroupDescribeFields, crowd false;
            /// Tells a client that joins no administrators.
            JoinAdminsLost => "join-admins-lost" breaks GroupInfoOnJoin, crowd false;
            /// Notifies the back end of a join of somebody who is in the group.
            JoinCalledBackTwice => "join-called-back-twice" breaks CallbackEventKinds, crowd false;
            /// Counts a join of somebody who is in the group as one more session.
            JoinCountsTwice => "join-counts-twice" breaks StatisticsSessionsTotal, crowd false;
            /// Lets a client join the group whose ID is the given one in lower case.
            JoinFoldsGroupId => "join-folds-group-id" breaks MembershipJoinGroupExists, crowd false;
            /// Tells a client that joins the information with question marks where it is not ASCII.
            JoinInfoAsciiOnly => "join-info-ascii-only" breaks GroupInfoOnJoin, crowd false;
            /// Notifies the group of a join of somebody who is in it.
            JoinToldTwice => "join-told-twice" breaks MembershipNoticeChange, crowd false;
            /// Tells a client that joins its counters to 32 bits.
            JoinTotalsCut => "join-totals-cut" breaks StatisticsJoinCounters, crowd false;
            /// Tells a client that joins the counters of the first ten types.
            JoinTypesTen => "join-types-ten" breaks StatisticsJoinCounters, crowd false;
            /// Removes the user whose ID is the given one in lower case.
            KickFoldsUser => "kick-folds-user" breaks UserKickRemoves, crowd false;
            /// Drops what is under review of a user who is removed.
            KickedReviewDropped => "kicked-review-dropped" breaks ModerationVerdictPass, crowd false;
            /// Keeps a user who logs off in every group beyond its eighth.
            LeaveKeepsBeyondEight => "leave-keeps-beyond-eight" breaks StatisticsOnlineCount, crowd false;
            /// Takes the window of a list of messages to 32 bits.
            ListTimesCut => "list-times-cut" breaks ListMessagesTimeWindow, crowd false;
            /// Takes the type that a list of messages is narrowed to to 32 bits.
            ListTypeCut => "list-type-cut" breaks ListMessagesTypeFilter, crowd false;
            /// Lists every application under the default data centre.
            ListedAppsDefaultCenter => "listed-apps-default-center" breaks AppDataCenterTwo, crowd false;
            /// Lists every application with the default retention.
            ListedAppsDefaultTier => "listed-apps-default-tier" breaks HistoryRetentionChoices, crowd false;
            /// Lists a disabled application as enabled.
            ListedAppsEnabled => "listed-apps-enabled" breaks AppDisableSwitch, crowd false;
            /// Lists applications as last modified when they were created.
            ListedAppsUnmodified => "listed-apps-unmodified" breaks AppConfigModifiable, crowd false;
            /// Lists bodies with question marks where they are not ASCII.
            ListedBodyAsciiOnly => "listed-body-ascii-only" breaks ListMessagesFields, crowd false;
            /// Lists the first kilobyte of a body.
            ListedBodyCut => "listed-body-cut" breaks ListMessagesFields, crowd false;
            /// Lists one administrator of a group by token.
            ListedGroupsOneAdmin => "listed-groups-one-admin" breaks ListGroupsFields, crowd false;
            /// Lists groups by token without their information.
            ListedGroupsWithoutInfo => "listed-groups-without-info" breaks ListGroupsFields, crowd false;
            /// Lists messages without the information of their senders.
            ListedSenderInfoLost => "listed-sender-info-lost" breaks ListMessagesFields, crowd false;
            /// Lists the running total of a message to 32 bits.
            ListedTotalCut => "listed-total-cut" breaks ListMessagesFields, crowd false;
            /// Lists the type of a message to 32 bits.
            ListedTypeCut => "listed-type-cut" breaks ListMessagesFields, crowd false;
            /// Notifies the back end of no logon from another device.
            LogonCallbackSecondUntold => "logon-callback-second-untold" breaks CallbackEventKinds, crowd false;
            /// Takes the first ten users of a combined change.
            ModifyBandTenOnly => "modify-band-ten-only" breaks MuteModifyMax, crowd false;
            /// Ignores new administrators that are none.
            ModifyEmptyAdminsIgnored => "modify-empty-admins-ignored" breaks GroupModifyAllowed, crowd false;
            /// Ignores new information that is empty.
            ModifyEmptyInfoIgnored => "modify-empty-info-ignored" breaks GroupModifyAllowed, crowd false;
            /// Takes new information with question marks where it is not ASCII.
            ModifyInfoAsciiOnly => "modify-info-ascii-only" breaks GroupModifyAllowed, crowd false;
            /// Gives messages their IDs in lower case.
            MsgTidFolded => "msg-tid-folded" breaks MessageMsgTidUnique, crowd false;
            /// Mutes users in lower case.
            MuteFoldsUsers => "mute-folds-users" breaks MuteSendBlocked, crowd false;
            /// Lets a mute of the newer family end when an older one would have.
            MuteKeepsOldEnd => "mute-keeps-old-end" breaks MuteDurationNone, crowd false;
            /// Notifies of a change of mutes without the exceptions.
            MuteNoticeExceptionsLost => "mute-notice-exceptions-lost" breaks MuteChangeNotified, crowd false;
            /// Notifies of the first ten muted users of a change.
            MuteNoticeTen => "mute-notice-ten" breaks MuteChangeNotified, crowd false;
            /// Mutes the first ten users of a call.
            MuteTenOnly => "mute-ten-only" breaks MuteAddMax, crowd false;
            /// Trims the display name of a group.
            NameTrimmed => "name-trimmed" breaks GroupDescribeFields, crowd false;
            /// Lists one administrator of a group by number.
            NumberedGroupsOneAdmin => "numbered-groups-one-admin" breaks ListGroupsFields, crowd false;
            /// Lists groups by number without their information.
            NumberedGroupsWithoutInfo => "numbered-groups-without-info" breaks ListGroupsFields, crowd false;
            /// Begins the third page of groups one group early.
            NumberedPageOverlaps => "numbered-page-overlaps" breaks ListGroupPageNumber, crowd false;
            /// Tells no information in the older list of users by id.
            OldByIdInfoLost => "old-by-id-info-lost" breaks UserInfoListed, crowd false;
            /// Tells the first ten users of the older list of users by id.
            OldByIdTen => "old-by-id-ten" breaks LegacyMuteBy, crowd false;
            /// Never shortens a mute of the older family.
            OldMuteNeverShortened => "old-mute-never-shortened" breaks LegacyMuteDefaultDuration, crowd false;
            /// Counts a second mute of the older family from the first.
            OldMuteOfFirst => "old-mute-of-first" breaks LegacyMuteDefaultDuration, crowd false;
            /// Ends a mute of the older family a second early.
            OldMuteSecondLess => "old-mute-second-less" breaks LegacyMuteDefaultDuration, crowd false;
            /// Ends a mute of the older family a second late.
            OldMuteSecondMore => "old-mute-second-more" breaks LegacyMuteDefaultDuration, crowd false;
            /// Lists the first ten muted users of the older family.
            OldMutedTen => "old-muted-ten" breaks LegacyMuteList, crowd false;
            /// Tells how many muted users a page holds instead of how many there are.
            OldMutedTotalOfPage => "old-muted-total-of-page" breaks LegacyMuteList, crowd false;
            /// Tells the first ten of several users of the older family.
            OldOnlineTen => "old-online-ten" breaks LegacyOnlineBatch, crowd false;
            /// Sends to the first ten of the users that the older family names.
            OldReceiversTen => "old-receivers-ten" breaks LegacySendUsersTypeRequired, crowd false;
            /// Answers that users named after the tenth are offline.
            OnlineBeyondTenFalse => "online-beyond-ten-false" breaks UserCheckOnline, crowd false;
            /// Asks for users in lower case whether they are online.
            OnlineFoldsUsers => "online-folds-users" breaks UserCheckOnline, crowd false;
            /// Answers once for a user that is named twice.
            PresenceEachOnce => "presence-each-once" breaks UserCheckOnline, crowd false;
            /// Purges a deleted group a second early.
            PurgeSecondEarly => "purge-second-early" breaks DeletionWindowPurge, crowd false;
            /// Purges a deleted group a second late.
            PurgeSecondLate => "purge-second-late" breaks DeletionWindowPurge, crowd false;
            /// Recalls the message whose ID is the given one in lower case.
            RecallFoldsId => "recall-folds-id" breaks RecallMessageByMsgTid, crowd false;
            /// Takes what a recalled message added off the counter of its type.
            RecallReducesCounter => "recall-reduces-counter" breaks StatisticsTypesAmount, crowd false;
            /// Recalls no message that only the recent list keeps.
            RecallStoredOnly => "recall-stored-only" breaks RecallMessageByMsgTid, crowd false;
            /// Notifies a supergroup of no recall.
            RecallUntoldInSupergroup => "recall-untold-in-supergroup" breaks RecallNoticeMembers, crowd false;
            /// Sends to the user whose ID is the given one in lower case.
            ReceiverFolded => "receiver-folded" breaks MessageUserSendReceiverOnline, crowd false;
            /// Names the first eight groups in a reconnection event.
            ReconnectEightGroups => "reconnect-eight-groups" breaks CallbackFieldGroups, crowd false;
            /// Gives at most five missed messages back.
            RecoverFiveOnly => "recover-five-only" breaks RecoveryHighAfterReconnect, crowd false;
            /// Gives missed messages back without the information of their senders.
            RecoverInfoLost => "recover-info-lost" breaks RecoveryHighAfterReconnect, crowd false;
            /// Gives missed messages back in the first group only.
            RecoveryFirstGroupOnly => "recovery-first-group-only" breaks RecoveryHighAfterReconnect, crowd false;
            /// Never gives a user its own HIGH messages back.
            RecoveryWithoutOwn => "recovery-without-own" breaks RecoveryHighAfterReconnect, crowd false;
            /// Takes the repeat count of a client to 8 bits.
            RepeatCountByte => "repeat-count-byte" breaks StatisticsDeliveryTotal, crowd false;
            /// Gives a client that is back the state of its first eight groups.
            ResumeEightGroups => "resume-eight-groups" breaks MembershipResumeStates, crowd false;
            /// Tells a client that is back in a supergroup that it is not muted.
            ResumeInSupergroupUnmuted => "resume-in-supergroup-unmuted" breaks MembershipResumeStates, crowd false;
            /// Keeps messages a second less.
            RetentionSecondLess => "retention-second-less" breaks HistoryRetentionExpires, crowd false;
            /// Keeps messages a second longer.
            RetentionSecondMore => "retention-second-more" breaks HistoryRetentionExpires, crowd false;
            /// Asks the reviewer with question marks where a text is not ASCII.
            ReviewAsciiOnly => "review-ascii-only" breaks ModerationRequestContent, crowd false;
            /// Asks the reviewer for the first kilobyte of a text.
            ReviewCut => "review-cut" breaks ModerationRequestContent, crowd false;
            /// Forgets the exceptions when users are muted while everybody is.
            SecondMuteOfAllUnfreed => "second-mute-of-all-unfreed" breaks MuteIndividualSeparate, crowd false;
            /// Sends to the group whose ID is the given one in lower case.
            SendFoldsGroupId => "send-folds-group-id" breaks AppScopeSeparates, crowd false;
            /// Takes what a message adds to 32 bits.
            SendIncreaseCut => "send-increase-cut" breaks StatisticsIncreaseDefault, crowd false;
            /// Takes the type of a message to 32 bits.
            SendTypeCut => "send-type-cut" breaks MessageTypeNumeric, crowd false;
            /// Takes the weight of a message to 32 bits.
            SendWeightCut => "send-weight-cut" breaks PriorityWeightLevels, crowd false;
            /// Ends a session a millisecond before its timeout.
            SessionEndsMillisecondEarly => "session-ends-millisecond-early" breaks MembershipSessionTimeout, crowd false;
            /// Ends a session a millisecond after its timeout.
            SessionEndsMillisecondLate => "session-ends-millisecond-late" breaks MembershipSessionTimeout, crowd false;
            /// Writes no winner for a HIGH message into the ledger.
            ShedWinnerOfHighUntold => "shed-winner-of-high-untold" breaks ShaperOverloadDiscards, crowd false;
            /// Tells the older statistics with online count and session total swapped.
            StatisticsNoticeSwapped => "statistics-notice-swapped" breaks LegacyBroadcastStatistics, crowd false;
            /// Notifies the back end of no leaves when a session ends by its timeout.
            TimeoutLeavesUntold => "timeout-leaves-untold" breaks CallbackEventKinds, crowd false;
            /// Unmutes users in lower case.
            UnmuteFoldsUsers => "unmute-folds-users" breaks MuteIndividualSeparate, crowd false;
            /// Unmutes the first ten users of a call.
            UnmuteTenOnly => "unmute-ten-only" breaks MuteRemoveMax, crowd false;
            /// Lists the information of users with question marks where it is not ASCII.
            UserInfoAsciiOnly => "user-info-ascii-only" breaks UserInfoListed, crowd false;
            /// Lists the information of the first ten users of a page.
            UserInfoBeyondTenHidden => "user-info-beyond-ten-hidden" breaks UserInfoListed, crowd false;
            /// Drops what waits for a slot when the group becomes a supergroup.
            UpgradeDropsWaiting => "upgrade-drops-waiting" breaks MessageSendNoOffline, crowd true;
            /// Sends a message past a full second when its review ends in it.
            ReviewPassesFullSecond => "review-passes-full-second" breaks ShaperBudgetPerSecond, crowd true;
            /// Tells the first eight groups that took a change of user information.
            UserInfoEightGroups => "user-info-eight-groups" breaks UserInfoPerGroup, crowd false;
            /// Ignores new information of a user that is empty.
            UserInfoEmptyIgnored => "user-info-empty-ignored" breaks UserInfoListed, crowd false;
            /// Tells the first group that failed a change of user information.
            UserInfoOneFailure => "user-info-one-failure" breaks UserInfoMissingGroupCode, crowd false;
            /// Trims the information of users.
            UserInfoTrimmed => "user-info-trimmed" breaks UserInfoListed, crowd false;
            /// Repeats the last user of a descending page on the next.
            UsersDescendingSecondPageRepeats => "users-descending-second-page-repeats" breaks ListUsersSort, crowd false;
        }
    };
}
pub(super) use mutants_of_spoils;
