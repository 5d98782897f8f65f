//! The operations that back ends call, by the part of the world that makes the request: every part's match is total, and
//! an operation that is new has no place until somebody gives it one.

use claque_core::Operation;

/// An operation, with the part of the world that makes its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BackendCall {
    App(AppCall),
    Group(GroupCall),
    Older(OlderCall),
    OlderMute(OlderMuteCall),
    Read(ReadCall),
    Send(SendCall),
}

/// Calls about applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppCall {
    Create,
    CreateOld,
    DeleteOld,
    GetOld,
    ListOld,
    ModifyAudit,
    ModifyCallback,
    ModifyDisable,
    QueryOld,
    UpdateOld,
}

/// Calls that change a group or what is known of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupCall {
    Create,
    Delete,
    Kick,
    Modify,
    ModifyUserInfo,
    Mute,
    MuteAll,
    Restore,
    Unmute,
    UnmuteAll,
}

/// Calls of the older family about groups, and those of the newer one that no other part makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OlderCall {
    CreateGroup,
    DeleteUserMessage,
    GetGroup,
    GetToken,
    JoinGroup,
    LeaveGroup,
    ListGroups,
    ListUsers,
    ListUsersById,
    ModifyMutes,
    SendToUsers,
    UpdateGroup,
}

/// Mutes, likes and presence of the older family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OlderMuteCall {
    CancelMute,
    CancelMuteAll,
    Like,
    ListMuted,
    Mute,
    MuteAll,
    Online,
}

/// Calls that change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadCall {
    DescribeApp,
    DescribeGroup,
    DescribeMutes,
    ListApps,
    ListGroups,
    ListGroupsByPage,
    ListMessages,
    ListOldMessages,
    ListUsers,
    UsersInGroup,
    UsersOnline,
}

/// Calls that send a message, and the one that takes one back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendCall {
    Recall,
    ToGroup,
    ToOldGroup,
    ToUser,
}

impl BackendCall {
    pub(super) const fn of(operation: Operation) -> Self {
        match operation {
            Operation::AddLiveMessageGroupBand => Self::Group(GroupCall::Mute),
            Operation::BanLiveMessageGroup => Self::Group(GroupCall::MuteAll),
            Operation::BatchGetOnlineUsers => Self::OlderMute(OlderMuteCall::Online),
            Operation::CancelMuteAllGroupUser => Self::OlderMute(OlderMuteCall::CancelMuteAll),
            Operation::CancelMuteGroupUser => Self::OlderMute(OlderMuteCall::CancelMute),
            Operation::CheckLiveMessageUsersInGroup => Self::Read(ReadCall::UsersInGroup),
            Operation::CheckLiveMessageUsersOnline => Self::Read(ReadCall::UsersOnline),
            Operation::CreateLiveMessageApp => Self::App(AppCall::Create),
            Operation::CreateLiveMessageGroup => Self::Group(GroupCall::Create),
            Operation::CreateMessageApp => Self::App(AppCall::CreateOld),
            Operation::CreateMessageGroup => Self::Older(OlderCall::CreateGroup),
            Operation::DeleteLiveMessageGroup => Self::Group(GroupCall::Delete),
            Operation::DeleteLiveMessageGroupMessage => Self::Send(SendCall::Recall),
            Operation::DeleteLiveMessageUserMessage => Self::Older(OlderCall::DeleteUserMessage),
            Operation::DeleteMessageApp => Self::App(AppCall::DeleteOld),
            Operation::DescribeLiveMessageApp => Self::Read(ReadCall::DescribeApp),
            Operation::DescribeLiveMessageGroup => Self::Read(ReadCall::DescribeGroup),
            Operation::DescribeLiveMessageGroupBand => Self::Read(ReadCall::DescribeMutes),
            Operation::GetMessageApp => Self::App(AppCall::GetOld),
            Operation::GetMessageGroup => Self::Older(OlderCall::GetGroup),
            Operation::GetMessageToken => Self::Older(OlderCall::GetToken),
            Operation::JoinMessageGroup => Self::Older(OlderCall::JoinGroup),
            Operation::KickLiveMessageGroupUser => Self::Group(GroupCall::Kick),
            Operation::LeaveMessageGroup => Self::Older(OlderCall::LeaveGroup),
            Operation::ListLiveMessageApps => Self::Read(ReadCall::ListApps),
            Operation::ListLiveMessageGroupByPage => Self::Read(ReadCall::ListGroupsByPage),
            Operation::ListLiveMessageGroupMessages => Self::Read(ReadCall::ListMessages),
            Operation::ListLiveMessageGroupUsers => Self::Read(ReadCall::ListUsers),
            Operation::ListLiveMessageGroups => Self::Read(ReadCall::ListGroups),
            Operation::ListMessage => Self::Read(ReadCall::ListOldMessages),
            Operation::ListMessageApp => Self::App(AppCall::ListOld),
            Operation::ListMessageGroup => Self::Older(OlderCall::ListGroups),
            Operation::ListMessageGroupUser => Self::Older(OlderCall::ListUsers),
            Operation::ListMessageGroupUserById => Self::Older(OlderCall::ListUsersById),
            Operation::ListMuteGroupUser => Self::OlderMute(OlderMuteCall::ListMuted),
            Operation::ModifyLiveMessageAppAudit => Self::App(AppCall::ModifyAudit),
            Operation::ModifyLiveMessageAppCallback => Self::App(AppCall::ModifyCallback),
            Operation::ModifyLiveMessageAppDisable => Self::App(AppCall::ModifyDisable),
            Operation::ModifyLiveMessageGroup => Self::Group(GroupCall::Modify),
            Operation::ModifyLiveMessageGroupBand => Self::Older(OlderCall::ModifyMutes),
            Operation::ModifyLiveMessageUserInfo => Self::Group(GroupCall::ModifyUserInfo),
            Operation::MuteAllGroupUser => Self::OlderMute(OlderMuteCall::MuteAll),
            Operation::MuteGroupUser => Self::OlderMute(OlderMuteCall::Mute),
            Operation::QueryMessageApp => Self::App(AppCall::QueryOld),
            Operation::RecoverLiveMessageDeletedGroup => Self::Group(GroupCall::Restore),
            Operation::RemoveLiveMessageGroupBand => Self::Group(GroupCall::Unmute),
            Operation::SendLike => Self::OlderMute(OlderMuteCall::Like),
            Operation::SendLiveMessageGroup => Self::Send(SendCall::ToGroup),
            Operation::SendLiveMessageUser => Self::Send(SendCall::ToUser),
            Operation::SendMessageToGroup => Self::Send(SendCall::ToOldGroup),
            Operation::SendMessageToGroupUsers => Self::Older(OlderCall::SendToUsers),
            Operation::UnbanLiveMessageGroup => Self::Group(GroupCall::UnmuteAll),
            Operation::UpdateMessageApp => Self::App(AppCall::UpdateOld),
            Operation::UpdateMessageGroup => Self::Older(OlderCall::UpdateGroup),
        }
    }
}
