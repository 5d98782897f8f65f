//! Which part of the model follows a request, which one judges its answer, and which application it names. The one place
//! that names every operation: the compiler asks here for a new one, and then in the part that it is given to.
//!
//! A request that no part follows, or whose answer none judges, is named as such. What is said of all operations, quotas and
//! families, is judged of these, too.

use claque_core::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, BatchGetOnlineUsers, CancelMuteAllGroupUser,
    CancelMuteGroupUser, CheckLiveMessageUsersInGroup, CheckLiveMessageUsersOnline, ClientRequest,
    ConsoleRequest, CreateLiveMessageApp, CreateLiveMessageGroup, CreateMessageApp, CreateMessageGroup,
    DeleteLiveMessageGroup, DeleteLiveMessageGroupMessage, DeleteMessageApp, DescribeLiveMessageApp,
    DescribeLiveMessageGroup, DescribeLiveMessageGroupBand, GetMessageApp, GetMessageGroup, GetMessageToken,
    Input, JoinMessageGroup, KickLiveMessageGroupUser, LeaveMessageGroup, ListLiveMessageApps,
    ListLiveMessageGroupByPage, ListLiveMessageGroupMessages, ListLiveMessageGroupUsers,
    ListLiveMessageGroups, ListMessage, ListMessageApp, ListMessageGroup, ListMessageGroupUser,
    ListMessageGroupUserById, ListMuteGroupUser, ModifyLiveMessageAppAudit, ModifyLiveMessageAppCallback,
    ModifyLiveMessageAppDisable, ModifyLiveMessageGroup, ModifyLiveMessageGroupBand,
    ModifyLiveMessageUserInfo, MuteAllGroupUser, MuteGroupUser, QueryMessageApp,
    RecoverLiveMessageDeletedGroup, RemoveLiveMessageGroupBand, Request, SendLike, SendLiveMessageGroup,
    SendLiveMessageUser, SendMessageToGroup, SendMessageToGroupUsers, SessionId, UnbanLiveMessageGroup,
    UpdateMessageApp, UpdateMessageGroup,
};

/// A call that somebody makes: what the model lays the answer and the outputs against.
#[derive(Clone, Copy, Debug)]
pub(super) enum CallInput<'i> {
    Client(SessionId, &'i ClientRequest),
    Console(&'i ConsoleRequest),
    Server(&'i Request),
}

impl<'i> CallInput<'i> {
    /// The call of an input; none where nobody asks for anything.
    pub(super) const fn of(input: &'i Input) -> Option<Self> {
        match input {
            Input::Client(session, request) => Some(Self::Client(*session, request)),
            Input::Console(_, request) => Some(Self::Console(request)),
            Input::Request(_, request) => Some(Self::Server(request)),
            Input::Connect(_)
            | Input::Disconnect(..)
            | Input::Malformed(..)
            | Input::Reconnect(..)
            | Input::SetLimits(_)
            | Input::SetReadings(_)
            | Input::Timeout
            | Input::Verdict(..) => None,
        }
    }
}

macro_rules! by_part {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$part_doc:meta])* $part:ident $calls:ident { $($request:ident)* })*;
            $($(#[$none_doc:meta])* $none:ident { $($unjudged:ident)* })*
        }
    ) => {
        $(
            $(#[$part_doc])*
            #[derive(Clone, Copy, Debug)]
            #[allow(clippy::enum_variant_names, reason = "the operations have the names that the documents give them")]
            pub(super) enum $calls<'r> {
                $($request(&'r $request),)*
            }
        )*

        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(super) enum $name<'r> {
            $($(#[$part_doc])* $part($calls<'r>),)*
            $($(#[$none_doc])* $none,)*
        }

        impl<'r> From<&'r Request> for $name<'r> {
            fn from(request: &'r Request) -> Self {
                match request {
                    $($(Request::$request(call) => Self::$part($calls::$request(call)),)*)*
                    $($(Request::$unjudged(_) => Self::$none,)*)*
                }
            }
        }
    };
}

by_part! {
    /// What a request changes that the model remembers.
    Effect {
        /// Applications.
        App AppChange {
            CreateLiveMessageApp CreateMessageApp DeleteMessageApp ModifyLiveMessageAppAudit
            ModifyLiveMessageAppCallback ModifyLiveMessageAppDisable UpdateMessageApp
        }
        /// Groups: whether they exist, and what they are set to.
        Group GroupChange {
            CreateLiveMessageGroup CreateMessageGroup DeleteLiveMessageGroup ModifyLiveMessageGroup
            RecoverLiveMessageDeletedGroup
        }
        /// Who is in a group.
        Members MemberChange { JoinMessageGroup KickLiveMessageGroupUser LeaveMessageGroup }
        /// Who may talk in a group.
        Mutes MuteChange {
            AddLiveMessageGroupBand BanLiveMessageGroup CancelMuteAllGroupUser CancelMuteGroupUser
            ModifyLiveMessageGroupBand MuteAllGroupUser MuteGroupUser RemoveLiveMessageGroupBand
            UnbanLiveMessageGroup
        }
        /// A message is sent.
        Send MessageSend {
            SendLiveMessageGroup SendLiveMessageUser SendMessageToGroup SendMessageToGroupUsers
        }
        /// What only groups of the older family have.
        Older OlderChange { SendLike UpdateMessageGroup }
        /// What is known of users.
        People PeopleChange { ModifyLiveMessageUserInfo }
        /// A message is taken back.
        Recall MessageRecall { DeleteLiveMessageGroupMessage };
        /// It changes nothing, whatever it is answered.
        Reads {
            BatchGetOnlineUsers CheckLiveMessageUsersInGroup CheckLiveMessageUsersOnline DescribeLiveMessageApp
            DescribeLiveMessageGroup DescribeLiveMessageGroupBand GetMessageApp GetMessageGroup
            ListLiveMessageApps ListLiveMessageGroupByPage ListLiveMessageGroupMessages
            ListLiveMessageGroupUsers ListLiveMessageGroups ListMessage ListMessageApp ListMessageGroup
            ListMessageGroupUser ListMessageGroupUserById ListMuteGroupUser QueryMessageApp
        }
        /// It changes what the model does not remember: how many tokens were given, and what is on its way to one user.
        Unfollowed { DeleteLiveMessageUserMessage GetMessageToken }
    }
}

by_part! {
    /// What the answer to a request shows of what the model remembers.
    Shown {
        /// Applications.
        Apps AppAnswer {
            DescribeLiveMessageApp ListLiveMessageApps ModifyLiveMessageAppAudit ModifyLiveMessageAppCallback
            ModifyLiveMessageAppDisable
        }
        /// Lists of groups, page by page.
        Groups GroupsAnswer { ListLiveMessageGroupByPage ListLiveMessageGroups }
        /// What is in one group, and who.
        Group GroupAnswer {
            CheckLiveMessageUsersInGroup CheckLiveMessageUsersOnline DescribeLiveMessageGroup
            DescribeLiveMessageGroupBand ListLiveMessageGroupMessages ListLiveMessageGroupUsers
        }
        /// Mutes of the older family: whether the caller may change them, and who is muted.
        OlderMutes OlderMuteAnswer {
            CancelMuteAllGroupUser CancelMuteGroupUser ListMuteGroupUser MuteAllGroupUser MuteGroupUser
        }
        /// What else the older family shows.
        Older OlderAnswer {
            BatchGetOnlineUsers CreateMessageGroup GetMessageApp GetMessageGroup GetMessageToken ListMessage
            ListMessageApp ListMessageGroup ListMessageGroupUser ListMessageGroupUserById QueryMessageApp SendLike
        };
        /// It shows nothing of what was before the call.
        Nothing {
            AddLiveMessageGroupBand BanLiveMessageGroup CreateLiveMessageApp CreateLiveMessageGroup
            CreateMessageApp DeleteLiveMessageGroup DeleteLiveMessageGroupMessage DeleteLiveMessageUserMessage
            DeleteMessageApp JoinMessageGroup KickLiveMessageGroupUser LeaveMessageGroup ModifyLiveMessageGroup
            ModifyLiveMessageGroupBand ModifyLiveMessageUserInfo RecoverLiveMessageDeletedGroup
            RemoveLiveMessageGroupBand SendLiveMessageGroup SendLiveMessageUser SendMessageToGroup
            SendMessageToGroupUsers UnbanLiveMessageGroup UpdateMessageApp UpdateMessageGroup
        }
    }
}

/// The application that a call is about, where it must name one.
pub(super) fn app_id(request: &Request) -> Option<&str> {
    macro_rules! named {
        ($($name:ident)*) => {
            match request {
                $(Request::$name(call) => Some(&call.app_id),)*
                Request::CreateLiveMessageApp(_)
                | Request::CreateMessageApp(_)
                | Request::ListLiveMessageApps(_)
                | Request::ListMessageApp(_)
                | Request::QueryMessageApp(_) => None,
            }
        };
    }
    named! {
        AddLiveMessageGroupBand BanLiveMessageGroup CheckLiveMessageUsersInGroup CheckLiveMessageUsersOnline
        CreateLiveMessageGroup DeleteLiveMessageGroup DeleteLiveMessageGroupMessage DeleteLiveMessageUserMessage
        DescribeLiveMessageApp DescribeLiveMessageGroup DescribeLiveMessageGroupBand KickLiveMessageGroupUser
        ListLiveMessageGroupByPage ListLiveMessageGroupMessages ListLiveMessageGroupUsers ListLiveMessageGroups
        ModifyLiveMessageAppAudit ModifyLiveMessageAppCallback ModifyLiveMessageAppDisable ModifyLiveMessageGroup
        ModifyLiveMessageGroupBand ModifyLiveMessageUserInfo RecoverLiveMessageDeletedGroup
        RemoveLiveMessageGroupBand SendLiveMessageGroup SendLiveMessageUser UnbanLiveMessageGroup
        BatchGetOnlineUsers CancelMuteAllGroupUser CancelMuteGroupUser ListMuteGroupUser MuteAllGroupUser
        MuteGroupUser SendLike
        CreateMessageGroup DeleteMessageApp GetMessageApp GetMessageGroup GetMessageToken JoinMessageGroup
        LeaveMessageGroup ListMessage ListMessageGroup ListMessageGroupUser ListMessageGroupUserById
        SendMessageToGroup SendMessageToGroupUsers UpdateMessageApp UpdateMessageGroup
    }
    .map(String::as_str)
}
