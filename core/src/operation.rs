//! The documented server operations: 29 of the `LiveMessage` family, 18 of the old `Message` family.

use serde::{Deserialize, Serialize};

/// Which of the two families of server operations an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// The `LiveMessage` operations.
    Live,
    /// The old `Message` operations, closed to new users by the vendor.
    Old,
}

/// What a RAM policy must name to allow an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ResourceKind {
    /// All resources: the policy's resource must be `*`.
    All,
    /// `acs:live:*:{account}:domain/{domain}`: the old family's resource.
    Domain,
    /// `acs:live::{account}:rtc/{app}`.
    Rtc,
}

macro_rules! operations {
    ($($name:ident $family:ident $resource:ident $per_second:literal;)*) => {
        /// A documented server operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Operation {
            $(
                #[doc = concat!("The operation `", stringify!($name), "`.")]
                $name,
            )*
        }

        impl Operation {
            /// Every operation, in alphabetical order within its family.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The documented name, byte for byte.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The family.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$name => Family::$family),* }
            }

            /// What a RAM policy must name.
            #[must_use]
            pub const fn resource(self) -> ResourceKind {
                match self { $(Self::$name => ResourceKind::$resource),* }
            }

            /// Calls per second that one account, with all its RAM users, may make.
            #[must_use]
            pub const fn calls_per_second(self) -> u32 {
                match self { $(Self::$name => $per_second),* }
            }
        }
    };
}

operations! {
    AddLiveMessageGroupBand Live Rtc 10;
    BanLiveMessageGroup Live Rtc 10;
    CheckLiveMessageUsersInGroup Live Rtc 50;
    CheckLiveMessageUsersOnline Live Rtc 50;
    CreateLiveMessageApp Live All 50;
    CreateLiveMessageGroup Live Rtc 50;
    DeleteLiveMessageGroup Live Rtc 50;
    DeleteLiveMessageGroupMessage Live Rtc 50;
    DeleteLiveMessageUserMessage Live Rtc 50;
    DescribeLiveMessageApp Live Rtc 50;
    DescribeLiveMessageGroup Live Rtc 50;
    DescribeLiveMessageGroupBand Live Rtc 50;
    KickLiveMessageGroupUser Live Rtc 50;
    ListLiveMessageApps Live All 50;
    ListLiveMessageGroupByPage Live Rtc 50;
    ListLiveMessageGroupMessages Live Rtc 50;
    ListLiveMessageGroupUsers Live Rtc 50;
    ListLiveMessageGroups Live Rtc 50;
    ModifyLiveMessageAppAudit Live Rtc 50;
    ModifyLiveMessageAppCallback Live Rtc 50;
    ModifyLiveMessageAppDisable Live Rtc 50;
    ModifyLiveMessageGroup Live Rtc 50;
    ModifyLiveMessageGroupBand Live Rtc 10;
    ModifyLiveMessageUserInfo Live All 50;
    RecoverLiveMessageDeletedGroup Live Rtc 50;
    RemoveLiveMessageGroupBand Live Rtc 10;
    SendLiveMessageGroup Live Rtc 50;
    SendLiveMessageUser Live Rtc 50;
    UnbanLiveMessageGroup Live Rtc 10;
    CreateMessageApp Old Domain 100;
    CreateMessageGroup Old Domain 100;
    DeleteMessageApp Old Domain 100;
    GetMessageApp Old Domain 100;
    GetMessageGroup Old Domain 100;
    GetMessageToken Old All 100;
    JoinMessageGroup Old Domain 200;
    LeaveMessageGroup Old Domain 100;
    ListMessage Old Domain 100;
    ListMessageApp Old All 100;
    ListMessageGroup Old Domain 100;
    ListMessageGroupUser Old Domain 100;
    ListMessageGroupUserById Old Domain 100;
    QueryMessageApp Old Domain 100;
    SendMessageToGroup Old All 100;
    SendMessageToGroupUsers Old Domain 100;
    UpdateMessageApp Old Domain 100;
    UpdateMessageGroup Old Domain 100;
}

impl Operation {
    /// The operation of that exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}
