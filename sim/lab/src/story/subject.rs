//! The subject of a back end's operation, as far as other steps depend on it. Every operation is placed here: one that is
//! left out would cut the chain of a failure's ancestors without a sign.

use claque_core::Operation;

/// The part of the state that a call reads or changes, besides the message that it may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OperationSubject {
    /// An application, or a group that the service has yet to name: no step depends on one.
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

impl OperationSubject {
    pub(super) const fn of(operation: Operation) -> Self {
        match operation {
            Operation::CreateLiveMessageApp
            | Operation::CreateMessageApp
            | Operation::CreateMessageGroup
            | Operation::DeleteMessageApp
            | Operation::DescribeLiveMessageApp
            | Operation::GetMessageApp
            | Operation::GetMessageToken
            | Operation::ListLiveMessageApps
            | Operation::ListLiveMessageGroupByPage
            | Operation::ListLiveMessageGroups
            | Operation::ListMessageApp
            | Operation::ListMessageGroup
            | Operation::ModifyLiveMessageAppAudit
            | Operation::ModifyLiveMessageAppCallback
            | Operation::ModifyLiveMessageAppDisable
            | Operation::QueryMessageApp
            | Operation::UpdateMessageApp => Self::App,
            Operation::DescribeLiveMessageGroup
            | Operation::GetMessageGroup
            | Operation::ListLiveMessageGroupUsers
            | Operation::ListMessageGroupUser
            | Operation::SendLike
            | Operation::SendLiveMessageGroup
            | Operation::SendMessageToGroup
            | Operation::SendMessageToGroupUsers => Self::Group,
            Operation::ModifyLiveMessageGroup | Operation::UpdateMessageGroup => Self::GroupFacts,
            Operation::CreateLiveMessageGroup
            | Operation::DeleteLiveMessageGroup
            | Operation::RecoverLiveMessageDeletedGroup => Self::GroupLife,
            Operation::KickLiveMessageGroupUser => Self::Kicked,
            Operation::JoinMessageGroup | Operation::LeaveMessageGroup => Self::Member,
            Operation::CheckLiveMessageUsersInGroup | Operation::ListMessageGroupUserById => {
                Self::MembersNamed
            }
            Operation::DeleteLiveMessageGroupMessage | Operation::DeleteLiveMessageUserMessage => {
                Self::Message
            }
            Operation::ListLiveMessageGroupMessages | Operation::ListMessage => Self::Messages,
            Operation::DescribeLiveMessageGroupBand | Operation::ListMuteGroupUser => Self::MuteList,
            Operation::AddLiveMessageGroupBand
            | Operation::BanLiveMessageGroup
            | Operation::CancelMuteAllGroupUser
            | Operation::CancelMuteGroupUser
            | Operation::ModifyLiveMessageGroupBand
            | Operation::MuteAllGroupUser
            | Operation::MuteGroupUser
            | Operation::RemoveLiveMessageGroupBand
            | Operation::UnbanLiveMessageGroup => Self::Mutes,
            Operation::SendLiveMessageUser => Self::Receiver,
            Operation::ModifyLiveMessageUserInfo => Self::UserFacts,
            Operation::BatchGetOnlineUsers | Operation::CheckLiveMessageUsersOnline => Self::UsersNamed,
        }
    }
}
