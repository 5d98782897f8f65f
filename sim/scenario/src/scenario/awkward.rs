//! What awkward clients and back ends do: calls in a row that nobody makes on purpose, and amounts that few ever reach.

macro_rules! awkward {
    ($($name:ident = $word:literal, $share:literal, $amount:expr, $doc:literal;)*) => {
        /// A row of calls that stands on an edge, made by users of its own beside the crowd.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AwkwardAct {
            $(#[doc = concat!("`", $word, "`: ", $doc)] $name,)*
        }

        impl AwkwardAct {
            /// Every one, in the order of the words.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Every one with its word.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$name)),*];

            /// The word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// In how many of a thousand runs a swarm has it do.
            #[must_use]
            pub const fn share(self) -> u32 {
                match self {
                    $(Self::$name => $share,)*
                }
            }

            /// The least and the greatest amount that a swarm draws.
            #[must_use]
            pub const fn amounts(self) -> (u32, u32) {
                match self {
                    $(Self::$name => $amount,)*
                }
            }
        }
    };
}

awkward! {
    Bounce = "bounce", 120, (1, 12), "the group is deleted, restored and joined again within one second.";
    CaseIds = "case-ids", 120, (1, 3), "users whose IDs differ from the staff's by case alone try what staff may do.";
    CaseMessages = "case-messages", 80, (1, 4), "messages have IDs that differ by case alone, and one that was sent before.";
    CrowdDeleted = "crowd-deleted", 5, (8_200, 10_500), "so many join a group that is deleted then.";
    CrowdDisabled = "crowd-disabled", 5, (8_200, 10_500), "so many are in an application that is disabled then.";
    Cursors = "cursors", 200, (2, 12), "lists are walked through page by page, and from beyond the newest.";
    DeviceWhileAway = "device-while-away", 120, (1, 5), "a user whose link is lost logs on from another device.";
    EdgeOfSecond = "edge-of-second", 200, (1, 6), "changes are made in the last tenth of a second, and looked at.";
    FewDisabled = "few-disabled", 100, (1, 9), "an application of so many users is disabled and enabled again.";
    HistoryOfStaff = "history-of-staff", 80, (1, 6), "an administrator lists stored messages too often.";
    HistoryOverLogon = "history-over-logon", 150, (1, 4), "a client lists too often, logging on anew in between.";
    Information = "information", 120, (1, 3), "information of users and of the group changes, becomes empty, and changes again.";
    KickedAway = "kicked-away", 120, (1, 3), "members are removed while their link is lost.";
    LateAck = "late-ack", 150, (1, 4), "sessions that are over acknowledge, and other users' sessions do.";
    LateJoin = "late-join", 120, (1, 6), "a user who joined late loses the link and recovers.";
    LimitAlone = "limit-alone", 80, (4, 90), "a group gets a limit of its own, while so many messages a turn are sent.";
    ManyGroups = "many-groups", 5, (9, 24), "a user is in so many groups, of which some end while it is away.";
    ManyListed = "many-listed", 5, (2_600, 2_800), "so many groups are created and deleted, and so many created again.";
    ManyMissed = "many-missed", 5, (100, 160), "a user misses so many HIGH messages.";
    ManyOlderMutes = "many-older-mutes", 60, (31, 60), "so many are muted in an older group, for longer and for shorter.";
    ManyReviews = "many-reviews", 5, (600, 700), "so many messages are under review at once.";
    ManyTypes = "many-types", 5, (17, 30), "messages of so many types come while the group is over its limit.";
    OlderCalls = "older-calls", 100, (1, 6), "members come and go by calls of the older family.";
    OtherAccount = "other-account", 100, (1, 3), "another account makes its first call when one has used its second up.";
    Outsiders = "outsiders", 120, (2, 6), "users who have left or never joined try what members may do.";
    RecallWaiting = "recall-waiting", 150, (2, 30), "messages are recalled that wait, and such as nothing stores.";
    ReturnWithToken = "return-with-token", 120, (1, 4), "users come back with a fresh token, and lose the link for long.";
    SkipReview = "skip-review", 100, (1, 6), "messages ask to be spared the review, by who may ask and by who may not.";
}
