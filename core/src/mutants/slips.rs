//! Slips, drawn from the product of moments, damages and reaches (`slip.rs`).

/// Adds these mutants, and hands all to the next table.
macro_rules! mutants_by_slip {
    ($($so_far:tt)*) => {
        mutants_of_spoils! {
            $($so_far)*
            /// Forgets that a client acknowledges when it joins a group.
            AcknowledgesLostJoined => "acknowledges-lost-joined" breaks MessageUserSendHighReliability, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Acknowledges, to: DamageReach::Own };
            /// Forgets that a client acknowledges when it is sent a message.
            AcknowledgesLostSentToUser => "acknowledges-lost-sent-to-user" breaks MessageUserSendHighReliability, crowd false,
                slips Slip { at: SlipMoment::SentToUser, does: Damage::Acknowledges, to: DamageReach::Own };
            /// Forgets the administrators of a group when everybody is muted.
            AdminsLostAllMuted => "admins-lost-all-muted" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::AllMuted, does: Damage::Admins, to: DamageReach::Own };
            /// Forgets the administrators of a group when its last member leaves.
            AdminsLostEmptied => "admins-lost-emptied" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Admins, to: DamageReach::Own };
            /// Forgets the administrators of a group when somebody joins.
            AdminsLostJoined => "admins-lost-joined" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Admins, to: DamageReach::Own };
            /// Forgets the administrators of a group when another is modified.
            AdminsLostModifiedElsewhere => "admins-lost-modified-elsewhere" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Modified, does: Damage::Admins, to: DamageReach::Neighbours };
            /// Forgets the administrators of a group when a review ends.
            AdminsLostReviewed => "admins-lost-reviewed" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Reviewed, does: Damage::Admins, to: DamageReach::Own };
            /// Forgets the name of an application when it is disabled.
            AppNameLostDisabled => "app-name-lost-disabled" breaks AppDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Disabled, does: Damage::AppName, to: DamageReach::Own };
            /// Forgets the name of an application when it is enabled.
            AppNameLostEnabled => "app-name-lost-enabled" breaks AppDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Enabled, does: Damage::AppName, to: DamageReach::Own };
            /// Forgets the callback address of an application when another is modified.
            CallbackUrlLostAppModifiedInTwin => "callback-url-lost-app-modified-in-twin" breaks CallbackEventKinds, crowd false,
                slips Slip { at: SlipMoment::AppModified, does: Damage::CallbackUrl, to: DamageReach::Namesakes };
            /// Forgets the callback address of an application when it is disabled.
            CallbackUrlLostDisabled => "callback-url-lost-disabled" breaks AppDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Disabled, does: Damage::CallbackUrl, to: DamageReach::Own };
            /// Forgets the callback address of an application when it is enabled.
            CallbackUrlLostEnabled => "callback-url-lost-enabled" breaks AppDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Enabled, does: Damage::CallbackUrl, to: DamageReach::Own };
            /// Forgets the counters of a group when another is deleted of that name in another application.
            CountersLostDeletedInTwin => "counters-lost-deleted-in-twin" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Counters, to: DamageReach::Namesakes };
            /// Forgets the counters of a group when the other's last member leaves.
            CountersLostEmptiedElsewhere => "counters-lost-emptied-elsewhere" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Counters, to: DamageReach::Neighbours };
            /// Forgets the counters of a group when somebody leaves.
            CountersLostLeft => "counters-lost-left" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::Counters, to: DamageReach::Own };
            /// Forgets the counters of a group when it is given a limit.
            CountersLostLimited => "counters-lost-limited" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Limited, does: Damage::Counters, to: DamageReach::Own };
            /// Forgets the counters of a group when a member logs off.
            CountersLostLoggedOff => "counters-lost-logged-off" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::LoggedOff, does: Damage::Counters, to: DamageReach::Own };
            /// Forgets the counters of a group when it becomes a supergroup.
            CountersLostUpgraded => "counters-lost-upgraded" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Upgraded, does: Damage::Counters, to: DamageReach::Own };
            /// Forgets the counters of a group when users are unmuted.
            CountersLostUsersUnmuted => "counters-lost-users-unmuted" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::UsersUnmuted, does: Damage::Counters, to: DamageReach::Own };
            /// Stamps the time of creation of a group anew when it opens again.
            CreatedLostReopened => "created-lost-reopened" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Reopened, does: Damage::Created, to: DamageReach::Own };
            /// Stamps the time of creation of a group anew when it becomes a supergroup.
            CreatedLostUpgraded => "created-lost-upgraded" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Upgraded, does: Damage::Created, to: DamageReach::Own };
            /// Forgets the creator of a group when somebody joins.
            CreatorLostJoined => "creator-lost-joined" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Creator, to: DamageReach::Own };
            /// Forgets the creator of a group when users are muted.
            CreatorLostUsersMuted => "creator-lost-users-muted" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::UsersMuted, does: Damage::Creator, to: DamageReach::Own };
            /// Forgets the exceptions of a group's mute when it is deleted.
            ExceptionsLostDeleted => "exceptions-lost-deleted" breaks MuteDescribeLists, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Exceptions, to: DamageReach::Own };
            /// Forgets the exceptions of a group's mute when a member is back.
            ExceptionsLostLinkBack => "exceptions-lost-link-back" breaks MuteDescribeLists, crowd false,
                slips Slip { at: SlipMoment::LinkBack, does: Damage::Exceptions, to: DamageReach::Own };
            /// Forgets the exceptions of a group's mute when it is modified.
            ExceptionsLostModified => "exceptions-lost-modified" breaks MuteDescribeLists, crowd false,
                slips Slip { at: SlipMoment::Modified, does: Damage::Exceptions, to: DamageReach::Own };
            /// Forgets the exceptions of a group's mute when it is read.
            ExceptionsLostRead => "exceptions-lost-read" breaks MuteDescribeLists, crowd false,
                slips Slip { at: SlipMoment::Read, does: Damage::Exceptions, to: DamageReach::Own };
            /// Forgets the exceptions of a group's mute when a message is recalled.
            ExceptionsLostRecalled => "exceptions-lost-recalled" breaks MuteDescribeLists, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::Exceptions, to: DamageReach::Own };
            /// Forgets the exceptions of a group's mute when a call is refused.
            ExceptionsLostRefused => "exceptions-lost-refused" breaks MuteDescribeLists, crowd false,
                slips Slip { at: SlipMoment::Refused, does: Damage::Exceptions, to: DamageReach::Own };
            /// Forgets the groups that ended for a user when it joins a group.
            ExitsLostJoined => "exits-lost-joined" breaks MembershipResumeExits, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Exits, to: DamageReach::Own };
            /// Forgets the counters of a group but for the first type when somebody joins.
            FirstCounterLostJoined => "first-counter-lost-joined" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::FirstCounter, to: DamageReach::Own };
            /// Forgets the counters of a group but for the first type when it is modified.
            FirstCounterLostModified => "first-counter-lost-modified" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Modified, does: Damage::FirstCounter, to: DamageReach::Own };
            /// Forgets the counters of a group but for the first type when a call is refused.
            FirstCounterLostRefused => "first-counter-lost-refused" breaks StatisticsTypesAmount, crowd false,
                slips Slip { at: SlipMoment::Refused, does: Damage::FirstCounter, to: DamageReach::Own };
            /// Forgets the counters of a group but for the first type when it is restored.
            FirstCounterLostRestored => "first-counter-lost-restored" breaks DeletionRestoreState, crowd false,
                slips Slip { at: SlipMoment::Restored, does: Damage::FirstCounter, to: DamageReach::Own };
            /// Forgets the IDs that are on their way in a group when somebody is removed.
            GivenIdsLostKicked => "given-ids-lost-kicked" breaks MessageMsgTidUnique, crowd false,
                slips Slip { at: SlipMoment::Kicked, does: Damage::GivenIds, to: DamageReach::Own };
            /// Forgets the IDs that are on their way in a group when it is read.
            GivenIdsLostRead => "given-ids-lost-read" breaks MessageMsgTidUnique, crowd false,
                slips Slip { at: SlipMoment::Read, does: Damage::GivenIds, to: DamageReach::Own };
            /// Forgets the IDs that are on their way in a group when a message is recalled.
            GivenIdsLostRecalled => "given-ids-lost-recalled" breaks MessageMsgTidUnique, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::GivenIds, to: DamageReach::Own };
            /// Forgets the IDs that are on their way in a group when a message is recalled in another of that name in another application.
            GivenIdsLostRecalledInTwin => "given-ids-lost-recalled-in-twin" breaks MessageMsgTidUnique, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::GivenIds, to: DamageReach::Namesakes };
            /// Forgets the heartbeat timeout that a client asked for when it joins a group.
            HeartbeatLostJoined => "heartbeat-lost-joined" breaks MembershipHeartbeatRange, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Heartbeat, to: DamageReach::Own };
            /// Forgets the heartbeat timeout that a client asked for when it is back.
            HeartbeatLostLinkBack => "heartbeat-lost-link-back" breaks MembershipHeartbeatRange, crowd false,
                slips Slip { at: SlipMoment::LinkBack, does: Damage::Heartbeat, to: DamageReach::Own };
            /// Forgets the information of a group when somebody joins.
            InfoLostJoined => "info-lost-joined" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Info, to: DamageReach::Own };
            /// Forgets the information of a group when another is modified.
            InfoLostModifiedElsewhere => "info-lost-modified-elsewhere" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Modified, does: Damage::Info, to: DamageReach::Neighbours };
            /// Forgets the information of a group when another is modified of that name in another application.
            InfoLostModifiedInTwin => "info-lost-modified-in-twin" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Modified, does: Damage::Info, to: DamageReach::Namesakes };
            /// Forgets the information of a group when it is read.
            InfoLostRead => "info-lost-read" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Read, does: Damage::Info, to: DamageReach::Own };
            /// Forgets the information of a group when it is restored.
            InfoLostRestored => "info-lost-restored" breaks DeletionRestoreState, crowd false,
                slips Slip { at: SlipMoment::Restored, does: Damage::Info, to: DamageReach::Own };
            /// Forgets the information of a group when users are muted.
            InfoLostUsersMuted => "info-lost-users-muted" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::UsersMuted, does: Damage::Info, to: DamageReach::Own };
            /// Forgets the information of a group when users are unmuted.
            InfoLostUsersUnmuted => "info-lost-users-unmuted" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::UsersUnmuted, does: Damage::Info, to: DamageReach::Own };
            /// Forgets when a supergroup was notified last when its last member leaves.
            IntervalLostEmptied => "interval-lost-emptied" breaks SupergroupNoticeInterval, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Interval, to: DamageReach::Own };
            /// Forgets when a supergroup was notified last when a member is back.
            IntervalLostLinkBack => "interval-lost-link-back" breaks SupergroupNoticeInterval, crowd false,
                slips Slip { at: SlipMoment::LinkBack, does: Damage::Interval, to: DamageReach::Own };
            /// Forgets the session total of a group when it is deleted.
            JoinsLostDeleted => "joins-lost-deleted" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Joins, to: DamageReach::Own };
            /// Forgets the session total of a group when the other's last member leaves.
            JoinsLostEmptiedElsewhere => "joins-lost-emptied-elsewhere" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Joins, to: DamageReach::Neighbours };
            /// Forgets the session total of a group when a member loses the link.
            JoinsLostLinkLost => "joins-lost-link-lost" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::LinkLost, does: Damage::Joins, to: DamageReach::Own };
            /// Forgets the session total of a group when a member logs off.
            JoinsLostLoggedOff => "joins-lost-logged-off" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::LoggedOff, does: Damage::Joins, to: DamageReach::Own };
            /// Forgets the session total of a group when a call is refused.
            JoinsLostRefused => "joins-lost-refused" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::Refused, does: Damage::Joins, to: DamageReach::Own };
            /// Forgets the session total of a group when it is restored.
            JoinsLostRestored => "joins-lost-restored" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::Restored, does: Damage::Joins, to: DamageReach::Own };
            /// Forgets the session total of a group when a message is sent.
            JoinsLostSent => "joins-lost-sent" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::Sent, does: Damage::Joins, to: DamageReach::Own };
            /// Forgets the session total of a group when users are unmuted.
            JoinsLostUsersUnmuted => "joins-lost-users-unmuted" breaks StatisticsSessionsTotal, crowd false,
                slips Slip { at: SlipMoment::UsersUnmuted, does: Damage::Joins, to: DamageReach::Own };
            /// Forgets the likes of a group when somebody leaves.
            LikesLostLeft => "likes-lost-left" breaks LegacyLikeCount, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::Likes, to: DamageReach::Own };
            /// Forgets the likes of a group when it opens again.
            LikesLostReopened => "likes-lost-reopened" breaks LegacyLikeCount, crowd false,
                slips Slip { at: SlipMoment::Reopened, does: Damage::Likes, to: DamageReach::Own };
            /// Forgets the limit of a group when another is deleted.
            LimitLostDeletedElsewhere => "limit-lost-deleted-elsewhere" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Limit, to: DamageReach::Neighbours };
            /// Forgets the limit of a group when another is deleted of that name in another application.
            LimitLostDeletedInTwin => "limit-lost-deleted-in-twin" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Limit, to: DamageReach::Namesakes };
            /// Forgets the limit of a group when another is given a limit.
            LimitLostLimitedElsewhere => "limit-lost-limited-elsewhere" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Limited, does: Damage::Limit, to: DamageReach::Neighbours };
            /// Forgets the limit of a group when another is given a limit of that name in another application.
            LimitLostLimitedInTwin => "limit-lost-limited-in-twin" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Limited, does: Damage::Limit, to: DamageReach::Namesakes };
            /// Forgets the limit of a group when it is read.
            LimitLostRead => "limit-lost-read" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Read, does: Damage::Limit, to: DamageReach::Own };
            /// Forgets the limit of a group when a call is refused.
            LimitLostRefused => "limit-lost-refused" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Refused, does: Damage::Limit, to: DamageReach::Own };
            /// Forgets the limit of a group when it is restored.
            LimitLostRestored => "limit-lost-restored" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Restored, does: Damage::Limit, to: DamageReach::Own };
            /// Forgets the limit of a group when a review ends.
            LimitLostReviewed => "limit-lost-reviewed" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::Reviewed, does: Damage::Limit, to: DamageReach::Own };
            /// Forgets the limit of a group when users are muted.
            LimitLostUsersMuted => "limit-lost-users-muted" breaks ShaperBudgetDiffers, crowd false,
                slips Slip { at: SlipMoment::UsersMuted, does: Damage::Limit, to: DamageReach::Own };
            /// Forgets the members of a group when another is deleted of that name in another application.
            MembersLostDeletedInTwin => "members-lost-deleted-in-twin" breaks StatisticsOnlineCount, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Members, to: DamageReach::Namesakes };
            /// Forgets the members of a group when the other's last member leaves.
            MembersLostEmptiedElsewhere => "members-lost-emptied-elsewhere" breaks StatisticsOnlineCount, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Members, to: DamageReach::Neighbours };
            /// Stamps when an application was modified when another is disabled.
            ModifyTimeLostDisabledInTwin => "modify-time-lost-disabled-in-twin" breaks AppConfigModifiable, crowd false,
                slips Slip { at: SlipMoment::Disabled, does: Damage::ModifyTime, to: DamageReach::Namesakes };
            /// Forgets when the mutes of a group end when somebody leaves.
            MuteEndsLostLeft => "mute-ends-lost-left" breaks LegacyMuteDefaultDuration, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::MuteEnds, to: DamageReach::Own };
            /// Forgets when the mutes of a group end when a member logs off.
            MuteEndsLostLoggedOff => "mute-ends-lost-logged-off" breaks LegacyMuteDefaultDuration, crowd false,
                slips Slip { at: SlipMoment::LoggedOff, does: Damage::MuteEnds, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when the mute of everybody is lifted in another.
            MuteOfAllLostAllUnmutedElsewhere => "mute-of-all-lost-all-unmuted-elsewhere" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::AllUnmuted, does: Damage::MuteOfAll, to: DamageReach::Neighbours };
            /// Forgets the mute of everybody in a group when the mute of everybody is lifted in another of that name in another application.
            MuteOfAllLostAllUnmutedInTwin => "mute-of-all-lost-all-unmuted-in-twin" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::AllUnmuted, does: Damage::MuteOfAll, to: DamageReach::Namesakes };
            /// Forgets the mute of everybody in a group when it is deleted.
            MuteOfAllLostDeleted => "mute-of-all-lost-deleted" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when somebody joins.
            MuteOfAllLostJoined => "mute-of-all-lost-joined" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when somebody leaves.
            MuteOfAllLostLeft => "mute-of-all-lost-left" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when a member is back.
            MuteOfAllLostLinkBack => "mute-of-all-lost-link-back" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::LinkBack, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when a member loses the link.
            MuteOfAllLostLinkLost => "mute-of-all-lost-link-lost" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::LinkLost, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when it is read.
            MuteOfAllLostRead => "mute-of-all-lost-read" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Read, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when it becomes a supergroup.
            MuteOfAllLostUpgraded => "mute-of-all-lost-upgraded" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Upgraded, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the mute of everybody in a group when users are unmuted.
            MuteOfAllLostUsersUnmuted => "mute-of-all-lost-users-unmuted" breaks MuteIndividualSeparate, crowd false,
                slips Slip { at: SlipMoment::UsersUnmuted, does: Damage::MuteOfAll, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when the mute of everybody is lifted in another.
            MutedUsersLostAllUnmutedElsewhere => "muted-users-lost-all-unmuted-elsewhere" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::AllUnmuted, does: Damage::MutedUsers, to: DamageReach::Neighbours };
            /// Forgets the individual mutes of a group when the mute of everybody is lifted.
            MutedUsersLostAllUnmuted => "muted-users-lost-all-unmuted" breaks MuteUnbanKeepsIndividual, crowd false,
                slips Slip { at: SlipMoment::AllUnmuted, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when it is created again.
            MutedUsersLostCreatedAgain => "muted-users-lost-created-again" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::CreatedAgain, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when another is deleted.
            MutedUsersLostDeletedElsewhere => "muted-users-lost-deleted-elsewhere" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::MutedUsers, to: DamageReach::Neighbours };
            /// Forgets the individual mutes of a group when another is deleted of that name in another application.
            MutedUsersLostDeletedInTwin => "muted-users-lost-deleted-in-twin" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::MutedUsers, to: DamageReach::Namesakes };
            /// Forgets the individual mutes of a group when the other's last member leaves.
            MutedUsersLostEmptiedElsewhere => "muted-users-lost-emptied-elsewhere" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::MutedUsers, to: DamageReach::Neighbours };
            /// Forgets the individual mutes of a group when its last member leaves.
            MutedUsersLostEmptied => "muted-users-lost-emptied" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when a member is back.
            MutedUsersLostLinkBack => "muted-users-lost-link-back" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::LinkBack, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when a member logs off.
            MutedUsersLostLoggedOff => "muted-users-lost-logged-off" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::LoggedOff, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when it is read.
            MutedUsersLostRead => "muted-users-lost-read" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Read, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when it opens again.
            MutedUsersLostReopened => "muted-users-lost-reopened" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Reopened, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when another is restored.
            MutedUsersLostRestoredElsewhere => "muted-users-lost-restored-elsewhere" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Restored, does: Damage::MutedUsers, to: DamageReach::Neighbours };
            /// Forgets the individual mutes of a group when a message is sent.
            MutedUsersLostSent => "muted-users-lost-sent" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Sent, does: Damage::MutedUsers, to: DamageReach::Own };
            /// Forgets the individual mutes of a group when users are unmuted in another of that name in another application.
            MutedUsersLostUsersUnmutedInTwin => "muted-users-lost-users-unmuted-in-twin" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::UsersUnmuted, does: Damage::MutedUsers, to: DamageReach::Namesakes };
            /// Forgets the display name of a group when everybody is muted.
            NameLostAllMuted => "name-lost-all-muted" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::AllMuted, does: Damage::Name, to: DamageReach::Own };
            /// Forgets the display name of a group when it is deleted.
            NameLostDeleted => "name-lost-deleted" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Name, to: DamageReach::Own };
            /// Forgets the display name of a group when somebody joins.
            NameLostJoined => "name-lost-joined" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Name, to: DamageReach::Own };
            /// Forgets the display name of a group when somebody leaves.
            NameLostLeft => "name-lost-left" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::Name, to: DamageReach::Own };
            /// Forgets the display name of a group when a message is sent.
            NameLostSent => "name-lost-sent" breaks GroupDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Sent, does: Damage::Name, to: DamageReach::Own };
            /// Forgets the oldest message of a group when everybody is muted.
            OldestLostAllMuted => "oldest-lost-all-muted" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::AllMuted, does: Damage::Oldest, to: DamageReach::Own };
            /// Forgets the oldest message of a group when the mute of everybody is lifted.
            OldestLostAllUnmuted => "oldest-lost-all-unmuted" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::AllUnmuted, does: Damage::Oldest, to: DamageReach::Own };
            /// Forgets the oldest message of a group when it is created again.
            OldestLostCreatedAgain => "oldest-lost-created-again" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::CreatedAgain, does: Damage::Oldest, to: DamageReach::Own };
            /// Forgets the oldest message of a group when somebody joins.
            OldestLostJoined => "oldest-lost-joined" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Oldest, to: DamageReach::Own };
            /// Forgets the oldest message of a group when somebody leaves.
            OldestLostLeft => "oldest-lost-left" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::Oldest, to: DamageReach::Own };
            /// Forgets the oldest message of a group when it is given a limit.
            OldestLostLimited => "oldest-lost-limited" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::Limited, does: Damage::Oldest, to: DamageReach::Own };
            /// Forgets the oldest message of a group when a member is back.
            OldestLostLinkBack => "oldest-lost-link-back" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::LinkBack, does: Damage::Oldest, to: DamageReach::Own };
            /// Forgets the other groups of a user when it joins a group.
            OtherGroupsLostJoined => "other-groups-lost-joined" breaks MessageDeliverAllMembers, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::OtherGroups, to: DamageReach::Own };
            /// Forgets the other groups of a user when it leaves a group.
            OtherGroupsLostLeft => "other-groups-lost-left" breaks MessageDeliverAllMembers, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::OtherGroups, to: DamageReach::Own };
            /// Forgets the mutes of a user when it joins a group.
            OwnMuteLostJoined => "own-mute-lost-joined" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::OwnMute, to: DamageReach::Own };
            /// Forgets the mutes of a user when it logs on.
            OwnMuteLostLoggedOn => "own-mute-lost-logged-on" breaks MuteDurationNone, crowd false,
                slips Slip { at: SlipMoment::LoggedOn, does: Damage::OwnMute, to: DamageReach::Own };
            /// Moves a group to the end of the lists when it opens again.
            PlaceLostReopened => "place-lost-reopened" breaks ListGroupsSort, crowd false,
                slips Slip { at: SlipMoment::Reopened, does: Damage::Place, to: DamageReach::Own };
            /// Moves a group to the end of the lists when it is restored.
            PlaceLostRestored => "place-lost-restored" breaks ListGroupsSort, crowd false,
                slips Slip { at: SlipMoment::Restored, does: Damage::Place, to: DamageReach::Own };
            /// Forgets the recent list of a group when everybody is muted.
            RecentListLostAllMuted => "recent-list-lost-all-muted" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::AllMuted, does: Damage::Recent, to: DamageReach::Own };
            /// Forgets the recent list of a group when it is created again.
            RecentListLostCreatedAgain => "recent-list-lost-created-again" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::CreatedAgain, does: Damage::Recent, to: DamageReach::Own };
            /// Forgets the recent list of a group when the other's last member leaves.
            RecentListLostEmptiedElsewhere => "recent-list-lost-emptied-elsewhere" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Recent, to: DamageReach::Neighbours };
            /// Forgets the recent list of a group when its last member leaves.
            RecentListLostEmptied => "recent-list-lost-emptied" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Recent, to: DamageReach::Own };
            /// Forgets the recent list of a group when somebody joins.
            RecentListLostJoined => "recent-list-lost-joined" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Recent, to: DamageReach::Own };
            /// Forgets the recent list of a group when a message is recalled in another.
            RecentListLostRecalledElsewhere => "recent-list-lost-recalled-elsewhere" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::Recent, to: DamageReach::Neighbours };
            /// Forgets the recent list of a group when a call is refused.
            RecentListLostRefused => "recent-list-lost-refused" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::Refused, does: Damage::Recent, to: DamageReach::Own };
            /// Forgets the recent list of a group when users are unmuted.
            RecentListLostUsersUnmuted => "recent-list-lost-users-unmuted" breaks MessageRecentSize, crowd false,
                slips Slip { at: SlipMoment::UsersUnmuted, does: Damage::Recent, to: DamageReach::Own };
            /// Forgets the retention of an application when it is modified.
            RetentionLostAppModified => "retention-lost-app-modified" breaks HistoryRetentionAtCreate, crowd false,
                slips Slip { at: SlipMoment::AppModified, does: Damage::Retention, to: DamageReach::Own };
            /// Forgets the retention of an application when another is modified.
            RetentionLostAppModifiedInTwin => "retention-lost-app-modified-in-twin" breaks HistoryRetentionAtCreate, crowd false,
                slips Slip { at: SlipMoment::AppModified, does: Damage::Retention, to: DamageReach::Namesakes };
            /// Forgets the retention of an application when it is enabled.
            RetentionLostEnabled => "retention-lost-enabled" breaks HistoryRetentionAtCreate, crowd false,
                slips Slip { at: SlipMoment::Enabled, does: Damage::Retention, to: DamageReach::Own };
            /// Forgets the review of an application when it is disabled.
            ReviewLostDisabled => "review-lost-disabled" breaks AppDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Disabled, does: Damage::Review, to: DamageReach::Own };
            /// Forgets the review of an application when it is enabled.
            ReviewLostEnabled => "review-lost-enabled" breaks AppDescribeFields, crowd false,
                slips Slip { at: SlipMoment::Enabled, does: Damage::Review, to: DamageReach::Own };
            /// Forgets what a group has under review when another is deleted.
            ReviewsLostDeletedElsewhere => "reviews-lost-deleted-elsewhere" breaks ModerationVerdictPass, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Reviews, to: DamageReach::Neighbours };
            /// Forgets what a group has under review when somebody joins.
            ReviewsLostJoined => "reviews-lost-joined" breaks ModerationVerdictPass, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Reviews, to: DamageReach::Own };
            /// Forgets what a group has under review when it is given a limit.
            ReviewsLostLimited => "reviews-lost-limited" breaks ModerationVerdictPass, crowd false,
                slips Slip { at: SlipMoment::Limited, does: Damage::Reviews, to: DamageReach::Own };
            /// Forgets what a group has under review when a member logs off.
            ReviewsLostLoggedOff => "reviews-lost-logged-off" breaks ModerationVerdictPass, crowd false,
                slips Slip { at: SlipMoment::LoggedOff, does: Damage::Reviews, to: DamageReach::Own };
            /// Forgets what a group has under review when a message is recalled.
            ReviewsLostRecalled => "reviews-lost-recalled" breaks ModerationVerdictPass, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::Reviews, to: DamageReach::Own };
            /// Forgets the role of a client when it leaves a group.
            RoleLostLeft => "role-lost-left" breaks TokenRoleAdmin, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::Role, to: DamageReach::Own };
            /// Forgets the role of a client when it sends a message.
            RoleLostSent => "role-lost-sent" breaks TokenRoleAdmin, crowd false,
                slips Slip { at: SlipMoment::Sent, does: Damage::Role, to: DamageReach::Own };
            /// Forgets what a group delivered in the second when everybody is muted.
            SecondForgottenAllMuted => "second-forgotten-all-muted" breaks ShaperBudgetPerSecond, crowd false,
                slips Slip { at: SlipMoment::AllMuted, does: Damage::Second, to: DamageReach::Own };
            /// Forgets what a group delivered in the second when it is created again.
            SecondForgottenCreatedAgain => "second-forgotten-created-again" breaks ShaperBudgetPerSecond, crowd false,
                slips Slip { at: SlipMoment::CreatedAgain, does: Damage::Second, to: DamageReach::Own };
            /// Forgets what a group delivered in the second when somebody joins.
            SecondForgottenJoined => "second-forgotten-joined" breaks ShaperBudgetPerSecond, crowd false,
                slips Slip { at: SlipMoment::Joined, does: Damage::Second, to: DamageReach::Own };
            /// Forgets what a group delivered in the second when somebody is removed.
            SecondForgottenKicked => "second-forgotten-kicked" breaks ShaperBudgetPerSecond, crowd false,
                slips Slip { at: SlipMoment::Kicked, does: Damage::Second, to: DamageReach::Own };
            /// Forgets what a group delivered in the second when it is given a limit.
            SecondForgottenLimited => "second-forgotten-limited" breaks ShaperBudgetPerSecond, crowd false,
                slips Slip { at: SlipMoment::Limited, does: Damage::Second, to: DamageReach::Own };
            /// Forgets what a group delivered in the second when it is modified.
            SecondForgottenModified => "second-forgotten-modified" breaks ShaperBudgetPerSecond, crowd false,
                slips Slip { at: SlipMoment::Modified, does: Damage::Second, to: DamageReach::Own };
            /// Forgets what a group delivered in the second when it becomes a supergroup.
            SecondForgottenUpgraded => "second-forgotten-upgraded" breaks ShaperBudgetPerSecond, crowd false,
                slips Slip { at: SlipMoment::Upgraded, does: Damage::Second, to: DamageReach::Own };
            /// Mutes everybody in a group when everybody is muted in another.
            SilenceAllMutedElsewhere => "silence-all-muted-elsewhere" breaks MuteSendBlocked, crowd false,
                slips Slip { at: SlipMoment::AllMuted, does: Damage::Silence, to: DamageReach::Neighbours };
            /// Mutes everybody in a group when everybody is muted in another of that name in another application.
            SilenceAllMutedInTwin => "silence-all-muted-in-twin" breaks MuteSendBlocked, crowd false,
                slips Slip { at: SlipMoment::AllMuted, does: Damage::Silence, to: DamageReach::Namesakes };
            /// Forgets that a group is a supergroup when it is created again.
            SizeLostCreatedAgain => "size-lost-created-again" breaks SupergroupStateSticky, crowd false,
                slips Slip { at: SlipMoment::CreatedAgain, does: Damage::Size, to: DamageReach::Own };
            /// Forgets that a group is a supergroup when the other's last member leaves.
            SizeLostEmptiedElsewhere => "size-lost-emptied-elsewhere" breaks SupergroupStateSticky, crowd false,
                slips Slip { at: SlipMoment::Emptied, does: Damage::Size, to: DamageReach::Neighbours };
            /// Forgets that a group is a supergroup when somebody leaves.
            SizeLostLeft => "size-lost-left" breaks SupergroupStateSticky, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::Size, to: DamageReach::Own };
            /// Forgets that a group is a supergroup when a member is back.
            SizeLostLinkBack => "size-lost-link-back" breaks SupergroupStateSticky, crowd false,
                slips Slip { at: SlipMoment::LinkBack, does: Damage::Size, to: DamageReach::Own };
            /// Forgets that a group is a supergroup when another becomes a supergroup.
            SizeLostUpgradedElsewhere => "size-lost-upgraded-elsewhere" breaks SupergroupStateSticky, crowd false,
                slips Slip { at: SlipMoment::Upgraded, does: Damage::Size, to: DamageReach::Neighbours };
            /// Forgets the stored messages of a group when another is deleted.
            StoredLostDeletedElsewhere => "stored-lost-deleted-elsewhere" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Stored, to: DamageReach::Neighbours };
            /// Forgets the stored messages of a group when it is deleted.
            StoredLostDeleted => "stored-lost-deleted" breaks DeletionMessagesWindow, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Stored, to: DamageReach::Own };
            /// Forgets the stored messages of a group when another is deleted of that name in another application.
            StoredLostDeletedInTwin => "stored-lost-deleted-in-twin" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Stored, to: DamageReach::Namesakes };
            /// Forgets the stored messages of a group when a message is recalled in another.
            StoredLostRecalledElsewhere => "stored-lost-recalled-elsewhere" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::Stored, to: DamageReach::Neighbours };
            /// Forgets the stored messages of a group when a message is recalled in another of that name in another application.
            StoredLostRecalledInTwin => "stored-lost-recalled-in-twin" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::Stored, to: DamageReach::Namesakes };
            /// Forgets the stored messages of a group when it is restored.
            StoredLostRestored => "stored-lost-restored" breaks DeletionRestoreMessagesKept, crowd false,
                slips Slip { at: SlipMoment::Restored, does: Damage::Stored, to: DamageReach::Own };
            /// Forgets the stored messages of a group when a member is gone for too long.
            StoredLostTimedOut => "stored-lost-timed-out" breaks HistoryRetentionDefault, crowd false,
                slips Slip { at: SlipMoment::TimedOut, does: Damage::Stored, to: DamageReach::Own };
            /// Ends the token of a client when it loses the link.
            TokenEndLostLinkLost => "token-end-lost-link-lost" breaks TokenExpiryInstant, crowd false,
                slips Slip { at: SlipMoment::LinkLost, does: Damage::TokenEnd, to: DamageReach::Own };
            /// Ends the token of a client when it sends a message.
            TokenEndLostSent => "token-end-lost-sent" breaks TokenExpiryInstant, crowd false,
                slips Slip { at: SlipMoment::Sent, does: Damage::TokenEnd, to: DamageReach::Own };
            /// Forgets the information of a user when it is removed from a group.
            UserInfoLostKicked => "user-info-lost-kicked" breaks UserInfoListed, crowd false,
                slips Slip { at: SlipMoment::Kicked, does: Damage::UserInfo, to: DamageReach::Own };
            /// Forgets the information of a user when it loses the link.
            UserInfoLostLinkLost => "user-info-lost-link-lost" breaks UserInfoListed, crowd false,
                slips Slip { at: SlipMoment::LinkLost, does: Damage::UserInfo, to: DamageReach::Own };
            /// Forgets what waits for a slot of a group when another is deleted.
            WaitingLostDeletedElsewhere => "waiting-lost-deleted-elsewhere" breaks ShaperFloorLatestPerType, crowd false,
                slips Slip { at: SlipMoment::Deleted, does: Damage::Waiting, to: DamageReach::Neighbours };
            /// Forgets what waits for a slot of a group when somebody is removed.
            WaitingLostKicked => "waiting-lost-kicked" breaks ShaperFloorLatestPerType, crowd false,
                slips Slip { at: SlipMoment::Kicked, does: Damage::Waiting, to: DamageReach::Own };
            /// Forgets what waits for a slot of a group when somebody leaves.
            WaitingLostLeft => "waiting-lost-left" breaks ShaperFloorLatestPerType, crowd false,
                slips Slip { at: SlipMoment::Left, does: Damage::Waiting, to: DamageReach::Own };
            /// Forgets what waits for a slot of a group when a message is recalled.
            WaitingLostRecalled => "waiting-lost-recalled" breaks ShaperFloorLatestPerType, crowd false,
                slips Slip { at: SlipMoment::Recalled, does: Damage::Waiting, to: DamageReach::Own };
            /// Forgets what waits for a slot of a group when a review ends.
            WaitingLostReviewed => "waiting-lost-reviewed" breaks ShaperFloorLatestPerType, crowd false,
                slips Slip { at: SlipMoment::Reviewed, does: Damage::Waiting, to: DamageReach::Own };
        }
    };
}
pub(super) use mutants_by_slip;
