//! Mutants of the older family's mutes, likes and presence.

/// Adds these mutants, and hands all to the next table.
macro_rules! mutants_of_older {
    ($($so_far:tt)*) => {
        mutants_by_slip! {
            $($so_far)*
            /// Counts calls instead of likes.
            OldLikeCountsCalls => "old-like-counts-calls" breaks LegacyLikeCount, crowd false;
            /// Answers what was added instead of the total of the group.
            OldLikeToldAsAdded => "old-like-told-as-added" breaks LegacyLikeCount, crowd false;
            /// Ignores the mute of everybody.
            OldMuteAllIgnored => "old-mute-all-ignored" breaks LegacyMuteWriters, crowd false;
            /// Lets anybody mute in a group.
            OldMuteByAnyone => "old-mute-by-anyone" breaks LegacyMuteOperatorCreator, crowd false;
            /// Lets every member mute in a group.
            OldMuteByMembers => "old-mute-by-members" breaks LegacyMuteOperatorCreator, crowd false;
            /// Mutes for an hour where no time is given.
            OldMuteDefaultHour => "old-mute-default-hour" breaks LegacyMuteDefaultDuration, crowd false;
            /// Gives the first page of muted users whichever is asked for.
            OldMutedListFirstPageOnly => "old-muted-list-first-page-only" breaks LegacyMuteList, crowd false;
            /// Lists no muted user.
            OldMutedListEmpty => "old-muted-list-empty" breaks LegacyMuteList, crowd false;
            /// Lists muted users to anybody.
            OldMutedListedToAnyone => "old-muted-listed-to-anyone" breaks LegacyMuteOperatorCreator, crowd false;
            /// Mutes the first user of a list only.
            OldMuteFirstOnly => "old-mute-first-only" breaks LegacyMuteWriters, crowd false;
            /// Never ends a mute.
            OldMuteNeverEnds => "old-mute-never-ends" breaks LegacyMuteDefaultDuration, crowd false;
            /// Mutes for a day whatever time is given.
            OldMuteTimeIgnored => "old-mute-time-ignored" breaks LegacyMuteDefaultDuration, crowd false;
            /// Takes the time of a mute for milliseconds.
            OldMuteTimeMilliseconds => "old-mute-time-milliseconds" breaks LegacyMuteDefaultDuration, crowd false;
            /// Takes a time of 0 for a mute without an end.
            OldMuteZeroIsForEver => "old-mute-zero-is-for-ever" breaks LegacyMuteDefaultDuration, crowd false;
            /// Takes every member for connected.
            OldOnlineAlways => "old-online-always" breaks LegacyOnlineBatch, crowd false;
            /// Cuts off who is asked about beyond 20.
            OldOnlineCut => "old-online-cut" breaks LegacyOnlineMax, crowd false, by RuleChange::Cut;
            /// Asks about 19 users at most.
            OldOnlineOneLess => "old-online-one-less" breaks LegacyOnlineMax, crowd false, by RuleChange::OneLess;
            /// Asks about 21 users.
            OldOnlineOneMore => "old-online-one-more" breaks LegacyOnlineMax, crowd false, by RuleChange::OneMore;
            /// Tells in seconds when a member joined.
            OldOnlineSeconds => "old-online-seconds" breaks LegacyOnlineBatch, crowd false;
            /// Lifts individual mutes with that of everybody.
            OldUnmuteAllLiftsUsers => "old-unmute-all-lifts-users" breaks LegacyMuteWriters, crowd false;
            /// Lets anybody lift mutes.
            OldUnmuteByAnyone => "old-unmute-by-anyone" breaks LegacyMuteOperatorCreator, crowd false;
            /// Ignores the end of an individual mute.
            OldUnmuteIgnored => "old-unmute-ignored" breaks LegacyMuteWriters, crowd false;
            /// Lifts the mute of everybody with an individual one.
            OldUnmuteLiftsAll => "old-unmute-lifts-all" breaks LegacyMuteWriters, crowd false;
        }
    };
}
pub(super) use mutants_of_older;
