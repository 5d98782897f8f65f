//! Mutants that show only where several things meet: none of them breaks a rule on its own path, so that no case of one
//! rule reveals it. They are what the simulator is for.

/// Adds these mutants, and makes the type of all.
macro_rules! mutants_of_several {
    ($($so_far:tt)*) => {
        all_mutants! {
            $($so_far)*
            @several
            /// Takes off a group's slots what groups of other applications delivered in the second.
            BudgetSharedWithStrangers => "budget-shared-with-strangers" breaks ShaperBudgetPerGroup,
                meets "two applications", "a full second in one of them", "a message in the other";
            /// Skips a group at a page's edge once a group of the application was purged.
            CursorSkipsAfterPurge => "cursor-skips-after-purge" breaks ListGroupsSort,
                meets "a purge", "the second page of a list";
            /// Takes an exit for notified whose notice was under way when the link broke.
            ExitUnderWayLost => "exit-under-way-lost" breaks MembershipResumeExits,
                meets "a removal or deletion", "a link that breaks before the notice arrives";
            /// Takes two slots for each newest message of a type when several types have theirs at once.
            FloorsTakeTwice => "floors-take-twice" breaks ShaperBudgetPerSecond,
                meets "an overloaded second", "several types kept after it", "messages right after that";
            /// Lets a muted user talk from a second device.
            MutedTalksOnSecondDevice => "muted-talks-on-second-device" breaks MuteSendBlocked,
                meets "an individual mute", "a logon on a second device";
            /// Gives everything anew to a client that comes back with a fresh token.
            RecoveryAnewWithToken => "recovery-anew-with-token" breaks RecoveryHighAfterReconnect,
                meets "a token about to expire", "a reconnect", "HIGH messages that arrived already";
            /// Gives only the newest missed message in a supergroup.
            RecoveryShortInSupergroup => "recovery-short-in-supergroup" breaks RecoveryHighAfterReconnect,
                meets "a supergroup", "a lost link", "two HIGH messages meanwhile";
            /// Notifies nobody of the first change when a supergroup opens again soon after its last notice.
            ReopeningUntoldInInterval => "reopening-untold-in-interval" breaks MembershipNoticeChange,
                meets "a supergroup that empties", "a join within the notice interval", "another member";
            /// Forgets the links that were lost when it restarts from a snapshot.
            RestartForgetsLostLinks => "restart-forgets-lost-links" breaks MembershipSessionTimeout,
                meets "a lost link", "a compacted journal", "a restart";
            /// Forgets the messages under review when it restarts from a snapshot.
            RestartForgetsReviews => "restart-forgets-reviews" breaks ModerationFailureOpen,
                meets "a message under review", "a compacted journal", "a restart";
            /// Gives message IDs a second time after a restart from a snapshot.
            RestartRepeatsIds => "restart-repeats-ids" breaks MessageMsgTidGenerated,
                meets "a compacted journal", "a restart", "messages after it";
            /// Does not report the logoff of a lost link that a second device replaces.
            SecondDeviceOverLostLinkUntold => "second-device-over-lost-link-untold" breaks CallbackEventKinds,
                meets "a lost link", "a logon before its time is up";
            /// Logs a user off at the first loss's time although the link came back and was lost again.
            SecondLossTimesOutEarly => "second-loss-times-out-early" breaks MembershipSessionTimeout,
                meets "a lost link", "a reconnect", "a second loss within the heartbeat time";
        }
    };
}
pub(super) use mutants_of_several;
