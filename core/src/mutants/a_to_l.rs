//! Mutants of one rule each, A to L.

/// Adds these mutants, and hands all to the next table.
macro_rules! mutants_a_to_l {
    ($($so_far:tt)*) => {
        mutants_m_to_z! {
            $($so_far)*
            /// Keeps the membership when somebody is removed whose link is lost.
            AbsentKickKeepsSeat => "absent-kick-keeps-seat" breaks UserKickRemoves, crowd true;
            /// Lets a user of the older family log on to any application with one's token.
            AccessTokenAnyApp => "access-token-any-app" breaks LegacyTokenLogsOn, crowd false;
            /// Lets anybody log on to an application of the older family with another user's token.
            AccessTokenAnyUser => "access-token-any-user" breaks LegacyTokenLogsOn, crowd false;
            /// Gives a user who logs on with an access token the role that it asks for.
            AccessTokenGivesRole => "access-token-gives-role" breaks LegacyTokenLogsOn, crowd false;
            /// Takes an access token however old it is.
            AccessTokenNeverExpires => "access-token-never-expires" breaks LegacyTokenLogsOn, crowd false;
            /// Lets a client log on to an application of the older family with any token.
            AccessTokenUnchecked => "access-token-unchecked" breaks LegacyTokenLogsOn, crowd false;
            /// Reports a highly reliable message as sent without waiting for its receiver.
            AckNotAwaited => "ack-not-awaited" breaks MessageUserSendHighReliability, crowd false;
            /// Gives a receiver five seconds to acknowledge.
            AckWithinFiveSeconds => "ack-within-five-seconds" breaks MessageUserSendHighReliability, crowd false;
            /// Refuses an administrator of the longest legal name.
            AdminOneByteLess => "admin-one-byte-less" breaks GroupAdminsFormat, crowd false, by RuleChange::OneLess;
            /// Takes an administrator whose name is one byte too long.
            AdminOneByteMore => "admin-one-byte-more" breaks GroupAdminsFormat, crowd false, by RuleChange::OneMore;
            /// Checks the name of the first of several administrators only.
            AdminsCheckedFirstOnly => "admins-checked-first-only" breaks GroupAdminsFormat, crowd false, by RuleChange::FirstOnly;
            /// Takes the first three of more administrators, in silence.
            AdminsCut => "admins-cut" breaks GroupAdminsMax, crowd false, by RuleChange::Cut;
            /// Gives a receiver two seconds to acknowledge.
            AckWithinTwoSeconds => "ack-within-two-seconds" breaks MessageUserSendHighReliability, crowd false;
            /// Refuses a create without administrators.
            AdminsDemanded => "admins-demanded" breaks GroupAdminsOptional, crowd false;
            /// Checks the names of administrators when a group is created only.
            AdminsModifiedUnchecked => "admins-modified-unchecked" breaks GroupAdminsFormat, crowd false, by RuleChange::Skips("AdminList");
            /// Counts administrators when a group is created only.
            AdminsModifiedUncounted => "admins-modified-uncounted" breaks GroupAdminsMax, crowd false, by RuleChange::Skips("AdminList");
            /// Takes whatever administrators a client names.
            AdminsOfClientsUnchecked => "admins-of-clients-unchecked" breaks GroupAdminsFormat, crowd false, by RuleChange::Skips("admins");
            /// Takes however many administrators a client names.
            AdminsOfClientsUncounted => "admins-of-clients-uncounted" breaks GroupAdminsMax, crowd false, by RuleChange::Skips("admins");
            /// Lets a group have two administrators only.
            AdminsOneLess => "admins-one-less" breaks GroupAdminsMax, crowd false, by RuleChange::OneLess;
            /// Lets a group have a fourth administrator.
            AdminsOneMore => "admins-one-more" breaks GroupAdminsMax, crowd false, by RuleChange::OneMore;
            /// Accepts any ID of an administrator.
            AdminsUnchecked => "admins-unchecked" breaks GroupAdminsFormat, crowd false;
            /// Lets any client close a group.
            AnyoneCloses => "anyone-closes" breaks GroupCloseRights, crowd true;
            /// Lets a client without the role admin create groups.
            AnyoneCreates => "anyone-creates" breaks TokenRoleAdmin, crowd false;
            /// Lets any client list all messages of a group.
            AnyoneListsMessages => "anyone-lists-messages" breaks ListMessagesClientRights, crowd false;
            /// Lets any client list who is muted.
            AnyoneListsMutes => "anyone-lists-mutes" breaks MuteListClientRights, crowd false;
            /// Lets any client list all members of a group.
            AnyoneListsUsers => "anyone-lists-users" breaks ListUsersClientRights, crowd false;
            /// Lets any client change a group.
            AnyoneModifies => "anyone-modifies" breaks GroupModifyClientRights, crowd false;
            /// Lets any client mute.
            AnyoneMutes => "anyone-mutes" breaks MuteClientRights, crowd true;
            /// Lets any client recall any message.
            AnyoneRecalls => "anyone-recalls" breaks RecallClientRights, crowd false;
            /// Reports an application as deleted and keeps it.
            AppDeleteUndone => "app-delete-undone" breaks AppDeleteFinal, crowd false;
            /// Takes a missing application ID for an unknown one.
            AppIdMissingUnknown => "app-id-missing-unknown" breaks GroupAppIdRequired, crowd false;
            /// Gives an application its ID as key.
            AppKeyIsId => "app-key-is-id" breaks AppCreateCredentials, crowd false;
            /// Counts the bytes of an application's name instead of its characters.
            AppNameBytes => "app-name-bytes" breaks AppNameLength, crowd false, by RuleChange::InBytes;
            /// Refuses to create an application without a name.
            AppNameDemanded => "app-name-demanded" breaks AppNameOptional, crowd false;
            /// Takes a name of one character for an application.
            AppNameLeastOneLess => "app-name-least-one-less" breaks AppNameLength, crowd false, by RuleChange::LeastOneLess;
            /// Refuses a name of sixteen characters for an application.
            AppNameOneLess => "app-name-one-less" breaks AppNameLength, crowd false, by RuleChange::OneLess;
            /// Takes a name of seventeen characters for an application.
            AppNameOneMore => "app-name-one-more" breaks AppNameLength, crowd false, by RuleChange::OneMore;
            /// Counts the units of UTF-16 of an application's name instead of its characters.
            AppNameUtf16 => "app-name-utf16" breaks AppNameLength, crowd false, by RuleChange::InUtf16;
            /// Counts the applications of both families together.
            AppQuotaCountsBoth => "app-quota-counts-both" breaks LegacyFamiliesSeparate, crowd true;
            /// Lets an account hold one application more.
            AppQuotaOneMore => "app-quota-one-more" breaks QuotaAppsPerAccount, crowd false, by RuleChange::OneMore;
            /// Admits a logon with a wrong application signature.
            AppSignIgnored => "app-sign-ignored" breaks TokenAppSignInit, crowd false;
            /// Lists applications by their names.
            AppSortByName => "app-sort-by-name" breaks ListAppsSort, crowd false, by RuleChange::OtherKey;
            /// Lists applications though no order is named.
            AppSortOptional => "app-sort-optional" breaks ListAppsSort, crowd false, by RuleChange::Optional;
            /// Takes whatever stands for the order of applications.
            AppSortOther => "app-sort-other" breaks ListAppsSort, crowd false, by RuleChange::AnyOrder;
            /// Reverses the orders of the list of applications.
            AppSortReversed => "app-sort-reversed" breaks ListAppsSort, crowd false, by RuleChange::Reversed;
            /// Takes the token -1 for a position in the list of applications.
            AppTokenMinusOneTaken => "app-token-minus-one-taken" breaks ListAppsFirstPage, crowd false;
            /// Adds the lists of a combined mute change to the stored ones.
            BandListsMerged => "band-lists-merged" breaks MuteModifyCombined, crowd false;
            /// Swaps the two lists of a group's mute description.
            BandListsSwapped => "band-lists-swapped" breaks MuteDescribeLists, crowd false;
            /// Counts the characters of a body.
            BodyInCharacters => "body-in-characters" breaks MessageBodyBytes, crowd false, by RuleChange::InCharacters;
            /// Does not bound the body of what a client sends.
            BodyOfClientUnbounded => "body-of-client-unbounded" breaks MessageBodyBytes, crowd false, by RuleChange::Skips("data");
            /// Refuses a body of exactly 15 KB.
            BodyOneByteLess => "body-one-byte-less" breaks MessageBodyBytes, crowd false, by RuleChange::OneLess;
            /// Accepts a body of one byte more.
            BodyOneByteMore => "body-one-byte-more" breaks MessageBodyBytes, crowd false, by RuleChange::OneMore;
            /// Delivers one message a second less than the budget.
            BudgetMinusOne => "budget-minus-one" breaks ShaperBudgetPerSecond, crowd true;
            /// Delivers one message a second more than the budget.
            BudgetPlusOne => "budget-plus-one" breaks ShaperBudgetPerSecond, crowd true;
            /// Counts a message of a second's first instant to the second before.
            BudgetSecondBeginsLate => "budget-second-begins-late" breaks ShaperBudgetPerSecond, crowd false;
            /// Counts the messages of all groups of an application together.
            BudgetShared => "budget-shared" breaks ShaperBudgetPerGroup, crowd true;
            /// Begins a new budget every half second.
            BudgetTwiceASecond => "budget-twice-a-second" breaks ShaperBudgetPerSecond, crowd true;
            /// Delivers everything at once, however much it is.
            BudgetUnbounded => "budget-unbounded" breaks ShaperOverloadDiscards, crowd true;
            /// Counts characters where bytes are bounded.
            BytesCountedAsCharacters => "bytes-counted-as-characters" breaks GroupNameBytes, crowd false;
            /// Never throttles a call.
            CallQuotaOff => "call-quota-off" breaks QuotaQpsDropped, crowd false;
            /// Lets one call a second more pass.
            CallQuotaOneMore => "call-quota-one-more" breaks QuotaQpsNewFamily, crowd false, by RuleChange::OneMore;
            /// Counts the calls of RAM users apart from those of their account.
            CallQuotaPerUser => "call-quota-per-user" breaks QuotaQpsSharedByAccount, crowd false;
            /// Counts calls in windows of two seconds.
            CallQuotaTwoSeconds => "call-quota-two-seconds" breaks QuotaQpsSecond, crowd false;
            /// Goes on raising callbacks once the address was cleared.
            CallbackAfterClear => "callback-after-clear" breaks CallbackSwitchNeedsUrl, crowd false;
            /// Tells that callbacks are not authenticated.
            CallbackAuthOff => "callback-auth-off" breaks CallbackAuthDefaultOn, crowd false;
            /// Gives an application without a callback address one of its own.
            CallbackDefaultOn => "callback-default-on" breaks CallbackSwitchDefaultOff, crowd false;
            /// Raises no leave events.
            CallbackLeaveMissing => "callback-leave-missing" breaks CallbackEventKinds, crowd true;
            /// Raises a join event for a join of the back end.
            CallbackOnServerJoin => "callback-on-server-join" breaks CallbackSourceClientActions, crowd false;
            /// Keeps the callback address when an empty one is set.
            CallbackUrlNeverCleared => "callback-url-never-cleared" breaks CallbackUrlEmptyClears, crowd false;
            /// Raises callbacks for an application without an address.
            CallbackWithoutUrl => "callback-without-url" breaks CallbackUrlAbsentOff, crowd false;
            /// Sorts the stored messages that a client lists by the time of their delivery.
            ClientHistoryByDelivery => "client-history-by-delivery" breaks ListMessagesSort, crowd true;
            /// Shows stored messages to clients that are in the group only.
            ClientHistoryNeedsJoin => "client-history-needs-join" breaks HistoryClientNoJoin, crowd false;
            /// Refuses a client a page of one stored message.
            ClientHistoryPageLeastOneMore => "client-history-page-least-one-more" breaks HistoryClientPageSize, crowd false, by RuleChange::LeastOneMore;
            /// Lets a client ask for a page of one stored message less.
            ClientHistoryPageOneLess => "client-history-page-one-less" breaks HistoryClientPageSize, crowd false, by RuleChange::OneLess;
            /// Lets a client ask for a page of one stored message more.
            ClientHistoryPageOneMore => "client-history-page-one-more" breaks HistoryClientPageSize, crowd false, by RuleChange::OneMore;
            /// Lets a client list stored messages however often.
            ClientHistoryRateOff => "client-history-rate-off" breaks HistoryClientRate, crowd true;
            /// Lets a client list stored messages once a second only.
            ClientHistoryRateOneLess => "client-history-rate-one-less" breaks HistoryClientRate, crowd true;
            /// Lets a client list stored messages once a second more.
            ClientHistoryRateOneMore => "client-history-rate-one-more" breaks HistoryClientRate, crowd true;
            /// Counts the lists of stored messages of all clients together.
            ClientHistoryRateShared => "client-history-rate-shared" breaks HistoryClientRate, crowd false;
            /// Counts a client's lists of stored messages in windows of two seconds.
            ClientHistoryTwoSeconds => "client-history-two-seconds" breaks HistoryClientRate, crowd false;
            /// Takes an end of 0 for the earliest time.
            ClientHistoryZeroEnds => "client-history-zero-ends" breaks HistoryClientUnbounded, crowd false;
            /// Does not let administrators close their group.
            CloseByOwnerOnly => "close-by-owner-only" breaks GroupCloseRights, crowd false;
            /// Does not let owner and administrators close their group.
            CloseByRoleOnly => "close-by-role-only" breaks GroupCloseRights, crowd false;
            /// Does not let the role admin close a group.
            CloseByStaffOnly => "close-by-staff-only" breaks GroupCloseRights, crowd false;
            /// Lets carried messages wait for the second after the next.
            CarriedTooLong => "carried-too-long" breaks ShaperShedNotDelivered, crowd true;
            /// Carries every message that outranks the worst of its second, not one for one.
            CarriesAllThatOutrankOne => "carries-all-that-outrank-one" breaks ShaperOverloadDiscards, crowd true;
            /// Carries messages that are as good as a delivered one of their second.
            CarriesEquals => "carries-equals" breaks ShaperOverloadDiscards, crowd true;
            /// Carries no message into the next second.
            CarriesNothing => "carries-nothing" breaks PriorityHighFirst, crowd true;
            /// Clears the owner of a group whose other parameters the console changes.
            ConsoleClearsOwner => "console-clears-owner" breaks GroupModifyConsole, crowd false;
            /// Forgets the information of a sender in the console.
            ConsoleDropsSenderInfo => "console-drops-sender-info" breaks MessageConsoleSenderInfo, crowd false;
            /// Reports a new display name of a group and does not set it.
            ConsoleGroupNameIgnored => "console-group-name-ignored" breaks GroupModifyConsole, crowd false;
            /// Reports a new name of an application and does not set it.
            ConsoleNameIgnored => "console-name-ignored" breaks AppConsoleModifies, crowd false;
            /// Reports a new retention of an application and keeps the old one.
            ConsoleRetentionIgnored => "console-retention-ignored" breaks HistoryRetentionConsole, crowd false;
            /// Takes a type that is no number for 0 in the console.
            ConsoleTypeUnchecked => "console-type-unchecked" breaks MessageTypeNumeric, crowd false;
            /// Refuses a create of a known name when the quota is used up.
            CreateQuotaFirst => "create-quota-first" breaks QuotaGroupsPerApp, crowd false;
            /// Makes a second group under a name that exists.
            CreateRepeatMakesSecond => "create-repeat-makes-second" breaks GroupIdUnique, crowd true;
            /// Reports a repeated create as a fresh one.
            CreateRepeatUntold => "create-repeat-untold" breaks GroupCreateAlreadyExists, crowd true;
            /// Overwrites an existing group when it is created again.
            CreateRepeatUpdates => "create-repeat-updates" breaks GroupCreateAlreadyExists, crowd false;
            /// Makes a fresh group under a deleted name.
            CreateRevivesDeleted => "create-revives-deleted" breaks GroupCreateAlreadyDeleted, crowd true;
            /// Takes whatever characters a creator's name has.
            CreatorAnyCharacter => "creator-any-character" breaks GroupCreatorFormat, crowd false, by RuleChange::AnyCharacter;
            /// Refuses a create without a creator.
            CreatorDemanded => "creator-demanded" breaks GroupCreatorOptional, crowd false;
            /// Takes whatever owner the console names.
            CreatorOfConsoleUnchecked => "creator-of-console-unchecked" breaks GroupCreatorFormat, crowd false, by RuleChange::Skips("console");
            /// Refuses a creator of the longest legal name.
            CreatorOneByteLess => "creator-one-byte-less" breaks GroupCreatorFormat, crowd false, by RuleChange::OneLess;
            /// Takes a creator whose name is one byte too long.
            CreatorOneByteMore => "creator-one-byte-more" breaks GroupCreatorFormat, crowd false, by RuleChange::OneMore;
            /// Accepts custom review without an address.
            CustomReviewWithoutUrl => "custom-review-without-url" breaks ModerationCustomNeedsUrl, crowd false;
            /// Puts an application without a data centre into Singapore.
            DataCenterDefaultOther => "data-center-default-other" breaks AppDataCenterDefault, crowd false;
            /// Finds an application under any data centre.
            DataCenterIgnored => "data-center-ignored" breaks AppDataCenterMatch, crowd false;
            /// Accepts any name of a data centre.
            DataCenterUnknownAccepted => "data-center-unknown-accepted" breaks AppDataCenterTwo, crowd false;
            /// Goes on listing deleted applications.
            DeletedAppListed => "deleted-app-listed" breaks AppDeleteFinal, crowd false;
            /// Tells the counters of a deleted group.
            DeletedGroupCounters => "deleted-group-counters" breaks GroupDescribeLiveOnly, crowd true;
            /// Lets clients join a deleted group.
            DeletedGroupJoinable => "deleted-group-joinable" breaks MembershipJoinGroupExists, crowd true;
            /// Drops deleted groups from the lists at once.
            DeletedGroupUnlisted => "deleted-group-unlisted" breaks DeletionGroupListed, crowd true;
            /// Goes on using deleted groups.
            DeletedGroupUsable => "deleted-group-usable" breaks DeletionGroupUnavailable, crowd false;
            /// Hides the messages of a deleted group at once.
            DeletedMessagesHidden => "deleted-messages-hidden" breaks DeletionMessagesWindow, crowd false;
            /// Shows the messages of a deleted group until it is purged.
            DeletedMessagesStay => "deleted-messages-stay" breaks DeletionMessagesWindow, crowd false;
            /// Accepts any length of a deleter's information.
            DeleterInfoUnbounded => "deleter-info-unbounded" breaks RecallDeleterInfoBytes, crowd false;
            /// Accepts any text as a deleter.
            DeleterUnchecked => "deleter-unchecked" breaks RecallDeleterFormat, crowd false;
            /// Describes a deleted group without time and operator of the deletion.
            DeletionHidden => "deletion-hidden" breaks GroupDescribeDeletedOnly, crowd true;
            /// Leaves everybody in a deleted group when somebody's link is lost.
            DeletionKeepsAllForOne => "deletion-keeps-all-for-one" breaks DeletionGroupSessionOver, crowd false;
            /// Deletes a group and leaves everybody in it.
            DeletionKeepsMembers => "deletion-keeps-members" breaks DeletionGroupSessionOver, crowd true;
            /// Does not tell a client that is back of a group that was deleted while its link was down.
            DeletionOnReturnUntold => "deletion-on-return-untold" breaks MembershipResumeExits, crowd true;
            /// Takes whatever characters a deleting operator's name has.
            DeletionOperatorAnyCharacter => "deletion-operator-any-character" breaks DeletionOperatorFormat, crowd false, by RuleChange::AnyCharacter;
            /// Refuses a deleting operator of the longest legal name.
            DeletionOperatorOneLess => "deletion-operator-one-less" breaks DeletionOperatorFormat, crowd false, by RuleChange::OneLess;
            /// Refuses a deleting operator's name once the group is deleted.
            DeletionOperatorTooLate => "deletion-operator-too-late" breaks DeletionOperatorFormat, crowd false, by RuleChange::TooLate;
            /// Raises a leave event for each member of a deleted group.
            DeletionRaisesLeaves => "deletion-raises-leaves" breaks CallbackGroupDeleteNoLeave, crowd false;
            /// Notifies everybody twice that a group was deleted.
            DeletionToldTwice => "deletion-told-twice" breaks DeletionGroupNotifies, crowd false;
            /// Does not tell the members that their group was deleted.
            DeletionUntold => "deletion-untold" breaks DeletionGroupNotifies, crowd true;
            /// Keeps the end of a group from its owner and administrators.
            DeletionUntoldToStaff => "deletion-untold-to-staff" breaks DeletionGroupNotifies, crowd false;
            /// Does not record who deleted a group.
            DeletorForgotten => "deletor-forgotten" breaks DeletionGroupOperatorRecorded, crowd false;
            /// Delivers every 64th message of a group to nobody.
            DeliverySkipsSome => "delivery-skips-some" breaks MessageDeliverAllMembers, crowd true;
            /// Delivers every 64th message of a group twice.
            DeliveryTwice => "delivery-twice" breaks MessageDeliverAllMembers, crowd true;
            /// Stamps messages between users with the time of their delivery.
            DirectStampOfDelivery => "direct-stamp-of-delivery" breaks MessageTimestampSending, crowd false;
            /// Reports an application as disabled and does not disable it.
            DisableIgnored => "disable-ignored" breaks AppDisableSwitch, crowd false;
            /// Leaves the sessions of a disabled application alone.
            DisableKeepsSessions => "disable-keeps-sessions" breaks AppDisableRefusesUse, crowd false;
            /// Lets a disabled application work as before.
            DisabledAppWorks => "disabled-app-works" breaks AppDisableRefusesUse, crowd false;
            /// Sends a message under a known ID again.
            DuplicateDelivered => "duplicate-delivered" breaks MessageMsgTidUnique, crowd false;
            /// Notifies a client that is back again of what it learned while its link was up.
            ExitOnReturnAnew => "exit-on-return-anew" breaks MembershipResumeExits, crowd true;
            /// Gives a client that is back the wrong reason for the end of a group.
            ExitOnReturnReason => "exit-on-return-reason" breaks MembershipResumeExits, crowd true;
            /// Notifies a client at every return of the groups that ended while its link was down once.
            ExitOnReturnRepeated => "exit-on-return-repeated" breaks MembershipResumeExits, crowd true;
            /// Notifies a client that is back of the end of a group that it is in again.
            ExitOnReturnThoughBack => "exit-on-return-though-back" breaks MembershipResumeExits, crowd false;
            /// Lists the applications of both families in either.
            FamiliesListedTogether => "families-listed-together" breaks LegacyFamiliesSeparate, crowd true;
            /// Counts the five seconds of a message from its type's last delivery.
            FloorCountsFromDelivery => "floor-counts-from-delivery" breaks ShaperFloorLatestPerType, crowd false;
            /// Reserves a slot for a type half a second late.
            FloorFiveAndAHalfSeconds => "floor-five-and-a-half-seconds" breaks ShaperFloorLatestPerType, crowd true;
            /// Does not count reserved slots against the budget.
            FloorBeyondBudget => "floor-beyond-budget" breaks ShaperBudgetPerSecond, crowd true;
            /// Keeps no slot for NORMAL messages.
            FloorForHigherOnly => "floor-for-higher-only" breaks ShaperFloorNoStarvation, crowd false;
            /// Keeps the oldest message of a type for the reserved slot.
            FloorKeepsOldest => "floor-keeps-oldest" breaks ShaperFloorLatestPerType, crowd true;
            /// Gives reserved slots to the type that has waited least.
            FloorLatestFirst => "floor-latest-first" breaks ShaperFloorLatestPerType, crowd false;
            /// Keeps the newest message of the group, not of each type.
            FloorOfAllTypes => "floor-of-all-types" breaks ShaperFloorLatestPerType, crowd true;
            /// Never reserves a slot for a type.
            FloorOff => "floor-off" breaks ShaperFloorNoStarvation, crowd true;
            /// Keeps a slot for a type once, and never again.
            FloorOnce => "floor-once" breaks ShaperFloorNoStarvation, crowd false;
            /// Reserves slots only in the second in which they are due, however many.
            FloorReservesTooLate => "floor-reserves-too-late" breaks ShaperFloorLatestPerType, crowd false;
            /// Reserves a slot for a type only after seven seconds.
            FloorSevenSeconds => "floor-seven-seconds" breaks ShaperFloorLatestPerType, crowd true;
            /// Reserves a slot for a type only after six seconds.
            FloorSixSeconds => "floor-six-seconds" breaks ShaperFloorLatestPerType, crowd true;
            /// Accepts any character in a group's name.
            GroupIdCharsetOpen => "group-id-charset-open" breaks GroupIdCharset, crowd false;
            /// Accepts an empty group name.
            GroupIdEmptyAllowed => "group-id-empty-allowed" breaks GroupIdRequired, crowd false;
            /// Takes whatever name a client chooses for a new group.
            GroupIdOfClientsUnchecked => "group-id-of-clients-unchecked" breaks GroupIdBytes, crowd false, by RuleChange::Skips("groupId");
            /// Refuses a group's name of the longest legal size.
            GroupIdOneByteLess => "group-id-one-byte-less" breaks GroupIdBytes, crowd false, by RuleChange::OneLess;
            /// Accepts a group name of 65 bytes.
            GroupIdOneByteMore => "group-id-one-byte-more" breaks GroupIdBytes, crowd false, by RuleChange::OneMore;
            /// Counts the characters of a group's information instead of its bytes.
            GroupInfoCharacters => "group-info-characters" breaks GroupInfoBytes, crowd false, by RuleChange::InCharacters;
            /// Refuses a create without information.
            GroupInfoDemanded => "group-info-demanded" breaks GroupInfoOptional, crowd false;
            /// Bounds the information of a group when it is created only.
            GroupInfoModifiedUnchecked => "group-info-modified-unchecked" breaks GroupInfoBytes, crowd false, by RuleChange::Skips("GroupInfo");
            /// Takes information of any size from a client.
            GroupInfoOfClientsUnchecked => "group-info-of-clients-unchecked" breaks GroupInfoBytes, crowd false, by RuleChange::Skips("groupMeta");
            /// Refuses information of the largest legal size.
            GroupInfoOneByteLess => "group-info-one-byte-less" breaks GroupInfoBytes, crowd false, by RuleChange::OneLess;
            /// Accepts group information of 32 KB and a byte.
            GroupInfoOneByteMore => "group-info-one-byte-more" breaks GroupInfoBytes, crowd false, by RuleChange::OneMore;
            /// Sets the limit of one group for all groups.
            GroupLimitForAll => "group-limit-for-all" breaks ShaperBudgetDiffers, crowd false;
            /// Reports the limit of one group as set and keeps the default.
            GroupLimitIgnored => "group-limit-ignored" breaks ShaperBudgetDiffers, crowd false;
            /// Refuses a create without a display name.
            GroupNameDemanded => "group-name-demanded" breaks GroupNameOptional, crowd false;
            /// Takes a display name of any size from a client.
            GroupNameOfClientsUnchecked => "group-name-of-clients-unchecked" breaks GroupNameBytes, crowd false, by RuleChange::Skips("groupName");
            /// Takes a display name of any size from the console.
            GroupNameOfConsoleUnchecked => "group-name-of-console-unchecked" breaks GroupNameBytes, crowd false, by RuleChange::Skips("console");
            /// Refuses a display name of the largest legal size.
            GroupNameOneByteLess => "group-name-one-byte-less" breaks GroupNameBytes, crowd false, by RuleChange::OneLess;
            /// Takes a display name that is one byte too long.
            GroupNameOneByteMore => "group-name-one-byte-more" breaks GroupNameBytes, crowd false, by RuleChange::OneMore;
            /// Counts the units of UTF-16 of a display name instead of its bytes.
            GroupNameUtf16 => "group-name-utf16" breaks GroupNameBytes, crowd false, by RuleChange::InUtf16;
            /// Notifies groups of nothing but members that come and go.
            GroupNoticesUntold => "group-notices-untold" breaks MembershipNoticeKinds, crowd true;
            /// Lists numbered pages of groups oldest first, whatever the order.
            GroupPageAscends => "group-page-ascends" breaks ListGroupsSort, crowd false, by RuleChange::Skips("PageNumber");
            /// Takes the largest page of groups for one that is too large, in silence.
            GroupPageCut => "group-page-cut" breaks ListGroupPageSize, crowd false, by RuleChange::Cut;
            /// Answers ten groups on a page without a size.
            GroupPageDefaultTen => "group-page-default-ten" breaks ListGroupPageDefaults, crowd false;
            /// Takes a page of no groups.
            GroupPageLeastOneLess => "group-page-least-one-less" breaks ListGroupPageSize, crowd false, by RuleChange::LeastOneLess;
            /// Takes the number 0 for the first page of groups.
            GroupPageNumberLeastOneLess => "group-page-number-least-one-less" breaks ListGroupPageNumber, crowd false, by RuleChange::LeastOneLess;
            /// Refuses the last legal number of a page of groups.
            GroupPageNumberOneLess => "group-page-number-one-less" breaks ListGroupPageNumber, crowd false, by RuleChange::OneLess;
            /// Accepts page 10,001 of groups.
            GroupPageNumberOneMore => "group-page-number-one-more" breaks ListGroupPageNumber, crowd false, by RuleChange::OneMore;
            /// Refuses a page of fifty groups.
            GroupPageOneLess => "group-page-one-less" breaks ListGroupPageSize, crowd false, by RuleChange::OneLess;
            /// Accepts a page of 51 groups.
            GroupPageOneMore => "group-page-one-more" breaks ListGroupPageSize, crowd false, by RuleChange::OneMore;
            /// Tells the groups of the page as the total.
            GroupPageTotalIsPage => "group-page-total-is-page" breaks ListGroupPageTotal, crowd true;
            /// Counts deleted groups toward the quota.
            GroupQuotaCountsDeleted => "group-quota-counts-deleted" breaks QuotaGroupsExcludesDeleted, crowd false;
            /// Lets an application hold one group more.
            GroupQuotaOneMore => "group-quota-one-more" breaks QuotaGroupsPerApp, crowd false, by RuleChange::OneMore;
            /// Finds the name of a group taken where another application of the account has it.
            GroupScopeAccount => "group-scope-account" breaks GroupIdUnique, crowd true;
            /// Finds a group's name taken by another application.
            GroupScopeGlobal => "group-scope-global" breaks AppScopeSeparates, crowd false;
            /// Lists groups by their names.
            GroupSortByName => "group-sort-by-name" breaks ListGroupsSort, crowd false, by RuleChange::OtherKey;
            /// Lists groups though no order is named.
            GroupSortOptional => "group-sort-optional" breaks ListGroupsSort, crowd false, by RuleChange::Optional;
            /// Reverses the orders of the lists of groups.
            GroupSortReversed => "group-sort-reversed" breaks ListGroupsSort, crowd true, by RuleChange::Reversed;
            /// Takes the token -1 for a position in the list of groups.
            GroupTokenMinusOneTaken => "group-token-minus-one-taken" breaks ListGroupsFirstPage, crowd false;
            /// Moves a heartbeat timeout out of range to the nearest in it.
            HeartbeatCut => "heartbeat-cut" breaks MembershipHeartbeatRange, crowd false, by RuleChange::Cut;
            /// Holds the session of a client that asks for nothing for 100 seconds.
            HeartbeatDefaultDiffers => "heartbeat-default-differs" breaks MembershipHeartbeatRange, crowd false, by RuleChange::OtherDefault;
            /// Grants a heartbeat timeout of 14 seconds.
            HeartbeatLeastOneLess => "heartbeat-least-one-less" breaks MembershipHeartbeatRange, crowd false, by RuleChange::LeastOneLess;
            /// Refuses a heartbeat timeout of 15 seconds.
            HeartbeatLeastOneMore => "heartbeat-least-one-more" breaks MembershipHeartbeatRange, crowd false, by RuleChange::LeastOneMore;
            /// Refuses a heartbeat timeout of 120 seconds.
            HeartbeatOneLess => "heartbeat-one-less" breaks MembershipHeartbeatRange, crowd false, by RuleChange::OneLess;
            /// Grants a heartbeat timeout of 121 seconds.
            HeartbeatOneMore => "heartbeat-one-more" breaks MembershipHeartbeatRange, crowd false, by RuleChange::OneMore;
            /// Waits twice the heartbeat timeout before it logs a lost client off.
            HeartbeatTimeoutDoubled => "heartbeat-timeout-doubled" breaks MembershipSessionTimeout, crowd true;
            /// Logs a lost client off a second before its heartbeat timeout is over.
            HeartbeatTimeoutSecondEarly => "heartbeat-timeout-second-early" breaks MembershipSessionTimeout, crowd false, by RuleChange::OneLess;
            /// Logs a lost client off a second after its heartbeat timeout is over.
            HeartbeatTimeoutSecondLate => "heartbeat-timeout-second-late" breaks MembershipSessionTimeout, crowd false, by RuleChange::OneMore;
            /// Accepts any heartbeat timeout.
            HeartbeatUnbounded => "heartbeat-unbounded" breaks MembershipHeartbeatRange, crowd false;
            /// Sorts stored messages by the time of their delivery.
            HistorySortedByDelivery => "history-sorted-by-delivery" breaks ListMessagesSort, crowd true;
            /// Accepts any character in the IDs of users and messages.
            IdCharsetOpen => "id-charset-open" breaks GroupCreatorFormat, crowd false;
            /// Accepts IDs of users and messages of 65 bytes.
            IdOneByteMore => "id-one-byte-more" breaks DeletionOperatorFormat, crowd false;
            /// Takes messages for a group that nobody is in.
            InactiveGroupTakes => "inactive-group-takes" breaks MessageSendNeedsActive, crowd false;
            /// Lets a message add nothing when it does not say what.
            IncreaseDefaultZero => "increase-default-zero" breaks StatisticsIncreaseDefault, crowd false;
            /// Lets every message add one, whatever it says.
            IncreaseIgnored => "increase-ignored" breaks StatisticsIncreaseDefault, crowd false;
            /// Lets a counter grow beyond the largest number with a sign.
            IncreaseUnbounded => "increase-unbounded" breaks StatisticsIncreaseSaturates, crowd false;
            /// Does not tell the members of new information.
            InfoChangeUntold => "info-change-untold" breaks GroupInfoNotified, crowd true;
            /// Answers a join without counters.
            JoinHidesCounters => "join-hides-counters" breaks StatisticsJoinCounters, crowd true;
            /// Answers a join without the group's information.
            JoinHidesInfo => "join-hides-info" breaks GroupInfoOnJoin, crowd false;
            /// Answers a join as if nobody were muted.
            JoinHidesMute => "join-hides-mute" breaks MuteJoinState, crowd false;
            /// Notifies a user of a kick and leaves it in the group.
            KickKeepsMember => "kick-keeps-member" breaks UserKickRemoves, crowd true;
            /// Does not tell a client that is back that it was kicked while its link was down.
            KickOnReturnUntold => "kick-on-return-untold" breaks MembershipResumeExits, crowd true;
            /// Does not tell a user that it was kicked.
            KickUntold => "kick-untold" breaks UserKickRemoves, crowd true;
            /// Answers a user that it left and keeps its membership.
            LeaveKeepsSeat => "leave-keeps-seat" breaks MembershipLeaveEndsDelivery, crowd true;
            /// Does not tell a normal group who left.
            LeaveNoticeMissing => "leave-notice-missing" breaks MembershipNoticeChange, crowd true;
            /// Gives the list of applications no token for the next page.
            ListEndsEarly => "list-ends-early" breaks ListAppsTokenWhenMore, crowd false;
            /// Lists users without their information.
            ListHidesUserInfo => "list-hides-user-info" breaks UserInfoListed, crowd false;
            /// Lists members whose link is lost.
            ListShowsLostLinks => "list-shows-lost-links" breaks ListUsersConnected, crowd true;
            /// Reports every logoff as a normal one.
            LogoffReasonAlwaysNormal => "logoff-reason-always-normal" breaks CallbackLogoffReasons, crowd true;
            /// Tells a client the application's key at the logon.
            LogonTellsKey => "logon-tells-key" breaks TokenAppKeySecret, crowd false;
        }
    };
}
pub(super) use mutants_a_to_l;
