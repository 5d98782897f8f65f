//! The documented server operations: 29 of the `LiveMessage` family, 25 of the old `Message` family.

use serde::{Deserialize, Serialize};

use crate::words::rule::Rule;

/// Which of the two families of server operations an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// The `LiveMessage` operations.
    Live,
    /// The old `Message` operations, closed to new users by the vendor.
    Old,
}

/// The resource that a RAM policy must name to allow an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ResourceKind {
    /// All resources: the policy's resource must be `*`.
    All,
    /// `acs:live:*:{account}:domain/{domain}`: the old family's resource.
    Domain,
    /// `acs:live::{account}:rtc/{app}`.
    Rtc,
}

/// How an operation touches the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing: it asks for nothing but an answer. What is counted against a quota aside.
    Reads,
    /// It changes or removes what is there.
    Changes,
    /// It may add to what is kept.
    Adds,
}

/// Whether an operation works while its application is disabled, where reads and the application's own administration do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhileDisabled {
    Open,
    Shut,
}

/// The part of the state that a call reads or changes, besides the message that it may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationSubject {
    /// An application, or a group that the service has yet to name.
    App,
    /// A group and its members, which the call reads.
    Group,
    /// The facts of a group, which the call changes.
    GroupFacts,
    /// Whether a group is there.
    GroupLife,
    /// A membership that the call ends, under the name `kickoff_user`.
    Kicked,
    /// A membership that the call begins or ends, under the name `user_id`.
    Member,
    /// Users and their memberships, which the call reads.
    MembersNamed,
    /// One message, which the call takes back.
    Message,
    /// The stored messages of a group.
    Messages,
    /// The mutes of a group, which the call lists.
    MuteList,
    /// The mutes of a group, which the call changes.
    Mutes,
    /// The user who receives a message.
    Receiver,
    /// The information of a user, which the call changes.
    UserFacts,
    /// Users, whom the call asks about.
    UsersNamed,
}

/// The table of operations, in alphabetical order within the families, handed to a macro: name, method, family, resource, calls a
/// second and the rule that says so, access, whether it works while its application is disabled, and its subject.
macro_rules! each_operation {
    ($then:ident) => {
        $then! {
            AddLiveMessageGroupBand add_live_message_group_band Live Rtc 10 QuotaQpsMuteWriters Adds Shut Mutes;
            BanLiveMessageGroup ban_live_message_group Live Rtc 10 QuotaQpsMuteWriters Changes Shut Mutes;
            CheckLiveMessageUsersInGroup check_live_message_users_in_group Live Rtc 50 QuotaQpsNewFamily Reads Open MembersNamed;
            CheckLiveMessageUsersOnline check_live_message_users_online Live Rtc 50 QuotaQpsNewFamily Reads Open UsersNamed;
            CreateLiveMessageApp create_live_message_app Live All 50 QuotaQpsNewFamily Adds Shut App;
            CreateLiveMessageGroup create_live_message_group Live Rtc 50 QuotaQpsNewFamily Adds Shut GroupLife;
            DeleteLiveMessageGroup delete_live_message_group Live Rtc 50 QuotaQpsNewFamily Changes Shut GroupLife;
            DeleteLiveMessageGroupMessage delete_live_message_group_message Live Rtc 50 QuotaQpsNewFamily Changes Shut Message;
            DeleteLiveMessageUserMessage delete_live_message_user_message Live Rtc 50 QuotaQpsNewFamily Changes Shut Message;
            DescribeLiveMessageApp describe_live_message_app Live Rtc 50 QuotaQpsNewFamily Reads Open App;
            DescribeLiveMessageGroup describe_live_message_group Live Rtc 50 QuotaQpsNewFamily Reads Open Group;
            DescribeLiveMessageGroupBand describe_live_message_group_band Live Rtc 50 QuotaQpsNewFamily Reads Open MuteList;
            KickLiveMessageGroupUser kick_live_message_group_user Live Rtc 50 QuotaQpsNewFamily Changes Shut Kicked;
            ListLiveMessageApps list_live_message_apps Live All 50 QuotaQpsNewFamily Reads Open App;
            ListLiveMessageGroupByPage list_live_message_group_by_page Live Rtc 50 QuotaQpsNewFamily Reads Open App;
            ListLiveMessageGroupMessages list_live_message_group_messages Live Rtc 50 QuotaQpsNewFamily Reads Open Messages;
            ListLiveMessageGroupUsers list_live_message_group_users Live Rtc 50 QuotaQpsNewFamily Reads Open Group;
            ListLiveMessageGroups list_live_message_groups Live Rtc 50 QuotaQpsNewFamily Reads Open App;
            ModifyLiveMessageAppAudit modify_live_message_app_audit Live Rtc 50 QuotaQpsNewFamily Adds Open App;
            ModifyLiveMessageAppCallback modify_live_message_app_callback Live Rtc 50 QuotaQpsNewFamily Adds Open App;
            ModifyLiveMessageAppDisable modify_live_message_app_disable Live Rtc 50 QuotaQpsNewFamily Changes Open App;
            ModifyLiveMessageGroup modify_live_message_group Live Rtc 50 QuotaQpsNewFamily Adds Shut GroupFacts;
            ModifyLiveMessageGroupBand modify_live_message_group_band Live Rtc 10 QuotaQpsMuteWriters Adds Shut Mutes;
            ModifyLiveMessageUserInfo modify_live_message_user_info Live All 50 QuotaQpsNewFamily Adds Shut UserFacts;
            RecoverLiveMessageDeletedGroup recover_live_message_deleted_group Live Rtc 50 QuotaQpsNewFamily Changes Shut GroupLife;
            RemoveLiveMessageGroupBand remove_live_message_group_band Live Rtc 10 QuotaQpsMuteWriters Changes Shut Mutes;
            SendLiveMessageGroup send_live_message_group Live Rtc 50 QuotaQpsNewFamily Adds Shut Group;
            SendLiveMessageUser send_live_message_user Live Rtc 50 QuotaQpsNewFamily Adds Shut Receiver;
            UnbanLiveMessageGroup unban_live_message_group Live Rtc 10 QuotaQpsMuteWriters Changes Shut Mutes;
            BatchGetOnlineUsers batch_get_online_users Old Domain 100 QuotaQpsOldFamily Reads Open UsersNamed;
            CancelMuteAllGroupUser cancel_mute_all_group_user Old Domain 100 QuotaQpsOldFamily Changes Shut Mutes;
            CancelMuteGroupUser cancel_mute_group_user Old Domain 100 QuotaQpsOldFamily Changes Shut Mutes;
            CreateMessageApp create_message_app Old Domain 100 QuotaQpsOldFamily Adds Shut App;
            CreateMessageGroup create_message_group Old Domain 100 QuotaQpsOldFamily Adds Shut App;
            DeleteMessageApp delete_message_app Old Domain 100 QuotaQpsOldFamily Changes Open App;
            GetMessageApp get_message_app Old Domain 100 QuotaQpsOldFamily Reads Open App;
            GetMessageGroup get_message_group Old Domain 100 QuotaQpsOldFamily Reads Open Group;
            // It counts the tokens that it gives.
            GetMessageToken get_message_token Old All 100 QuotaQpsOldFamily Changes Shut App;
            JoinMessageGroup join_message_group Old Domain 200 QuotaQpsOldJoin Adds Shut Member;
            LeaveMessageGroup leave_message_group Old Domain 100 QuotaQpsOldFamily Changes Shut Member;
            ListMessage list_message Old Domain 100 QuotaQpsOldFamily Reads Open Messages;
            ListMessageApp list_message_app Old All 100 QuotaQpsOldFamily Reads Open App;
            ListMessageGroup list_message_group Old Domain 100 QuotaQpsOldFamily Reads Open App;
            ListMessageGroupUser list_message_group_user Old Domain 100 QuotaQpsOldFamily Reads Open Group;
            ListMessageGroupUserById list_message_group_user_by_id Old Domain 100 QuotaQpsOldFamily Reads Open MembersNamed;
            ListMuteGroupUser list_mute_group_user Old Domain 100 QuotaQpsOldFamily Reads Open MuteList;
            MuteAllGroupUser mute_all_group_user Old Domain 100 QuotaQpsOldFamily Changes Shut Mutes;
            MuteGroupUser mute_group_user Old Domain 100 QuotaQpsOldFamily Adds Shut Mutes;
            QueryMessageApp query_message_app Old Domain 100 QuotaQpsOldFamily Reads Open App;
            SendLike send_like Old Domain 100 QuotaQpsOldFamily Changes Shut Group;
            SendMessageToGroup send_message_to_group Old All 100 QuotaQpsOldFamily Adds Shut Group;
            SendMessageToGroupUsers send_message_to_group_users Old Domain 100 QuotaQpsOldFamily Adds Shut Group;
            UpdateMessageApp update_message_app Old Domain 100 QuotaQpsOldFamily Adds Open App;
            UpdateMessageGroup update_message_group Old Domain 100 QuotaQpsOldFamily Adds Shut GroupFacts;
        }
    };
}
pub(crate) use each_operation;

macro_rules! operations {
    ($($name:ident $method:ident $family:ident $resource:ident $per_second:literal $rule:ident $access:ident $disabled:ident $subject:ident;)*) => {
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

            /// The resource that a RAM policy must name.
            #[must_use]
            pub const fn resource(self) -> ResourceKind {
                match self { $(Self::$name => ResourceKind::$resource),* }
            }

            /// Calls per second that one account, with all its RAM users, may make.
            #[must_use]
            pub const fn calls_per_second(self) -> u32 {
                match self { $(Self::$name => $per_second),* }
            }

            /// The rule that says how many calls per second those are.
            #[must_use]
            pub const fn calls_rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule),* }
            }

            /// How it touches the state.
            #[must_use]
            pub const fn access(self) -> Access {
                match self { $(Self::$name => Access::$access),* }
            }

            /// The part of the state that it is about.
            #[must_use]
            pub const fn subject(self) -> OperationSubject {
                match self { $(Self::$name => OperationSubject::$subject),* }
            }

            pub(crate) const fn while_disabled(self) -> WhileDisabled {
                match self { $(Self::$name => WhileDisabled::$disabled),* }
            }
        }
    };
}

each_operation!(operations);

impl Operation {
    /// The operation of that exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}
