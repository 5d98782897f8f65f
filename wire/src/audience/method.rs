//! The table of methods: each with its name and its parameters.

use claque_core::ClientRequest;

macro_rules! methods {
    ($(#[$doc:meta])* $table:ident { $($(#[$about:meta])* $name:ident = $word:literal ($($parameter:literal)*),)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $table { $($(#[$about])* $name,)+ }

        impl $table {
            /// Every one, in the order of their names.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name that a frame bears.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The names of its parameters, those that it needs first.
            #[must_use]
            pub const fn parameters(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($parameter),*]),+ }
            }

            /// The one of that name.
            #[must_use]
            pub fn find(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

methods! {
    /// A method that gives a link its session.
    LogonMethod {
        /// Logs a user on.
        Login = "login" ("appId" "appSign" "user" "userAuth" "heartbeatTimeout" "acknowledges" "device"),
        /// Takes a session up again over a new link.
        Reconnect = "reconnect" ("session" "cursors" "fresh"),
    }
}

methods! {
    /// A method of a client that has logged on.
    SessionMethod {
        /// Acknowledges a message to one user.
        Acknowledge = "acknowledge" ("ticket"),
        /// Lifts the mute of a whole group.
        CancelMuteAll = "cancelMuteAll" ("groupId"),
        /// Lifts the mute of users.
        CancelMuteUser = "cancelMuteUser" ("groupId" "userList"),
        /// Dissolves a group.
        CloseGroup = "closeGroup" ("groupId"),
        /// Creates a group.
        CreateGroup = "createGroup" ("groupId" "groupName" "groupMeta"),
        /// Recalls a message.
        DeleteMessage = "deleteMessage" ("groupId" "messageId"),
        /// Joins a group.
        JoinGroup = "joinGroup" ("groupId"),
        /// Leaves a group.
        LeaveGroup = "leaveGroup" ("groupId"),
        /// Lists members by joining time.
        ListGroupUser = "listGroupUser" ("groupId" "sortType" "nextPageToken" "pageSize"),
        /// Lists stored messages, also of a group that was not joined.
        ListHistoryMessage = "listHistoryMessage"
            ("groupId" "type" "sortType" "nextPageToken" "pageSize" "beginTime" "endTime"),
        /// Lists stored messages, as staff of a group.
        ListMessage = "listMessage"
            ("groupId" "type" "sortType" "nextPageToken" "pageSize" "beginTime" "endTime"),
        /// Reads the mute state.
        ListMuteUsers = "listMuteUsers" ("groupId"),
        /// Lists the newest members.
        ListRecentGroupUser = "listRecentGroupUser" ("groupId"),
        /// Lists the newest messages of the cache.
        ListRecentMessage = "listRecentMessage" ("groupId" "seqnum" "pageSize"),
        /// Logs off.
        Logout = "logout" (),
        /// Changes information or administrators of a group.
        ModifyGroup = "modifyGroup" ("groupId" "groupMeta" "admins"),
        /// Mutes a whole group.
        MuteAll = "muteAll" ("groupId"),
        /// Mutes users.
        MuteUser = "muteUser" ("groupId" "userList"),
        /// Reads a group.
        QueryGroup = "queryGroup" ("groupId"),
        /// Sends to one user.
        SendC2cMessage = "sendC2cMessage" ("receiverId" "type" "data" "skipAudit"),
        /// Sends to a group.
        SendGroupMessage = "sendGroupMessage"
            ("groupId" "type" "data" "level" "repeatCount" "noStorage" "noCache" "skipMuteCheck" "skipAudit"),
    }
}

impl SessionMethod {
    /// The method that makes such a request.
    #[must_use]
    pub const fn of(request: &ClientRequest) -> Self {
        match request {
            ClientRequest::Acknowledge(_) => Self::Acknowledge,
            ClientRequest::CancelMuteAll(_) => Self::CancelMuteAll,
            ClientRequest::CancelMuteUsers(..) => Self::CancelMuteUser,
            ClientRequest::CloseGroup(_) => Self::CloseGroup,
            ClientRequest::CreateGroup { .. } => Self::CreateGroup,
            ClientRequest::DeleteMessage(..) => Self::DeleteMessage,
            ClientRequest::Join(_) => Self::JoinGroup,
            ClientRequest::Leave(_) => Self::LeaveGroup,
            ClientRequest::ListGroupUsers { .. } => Self::ListGroupUser,
            ClientRequest::ListHistory { staff: false, .. } => Self::ListHistoryMessage,
            ClientRequest::ListHistory { staff: true, .. } => Self::ListMessage,
            ClientRequest::ListMuteUsers(_) => Self::ListMuteUsers,
            ClientRequest::ListRecentGroupUsers(_) => Self::ListRecentGroupUser,
            ClientRequest::ListRecentMessages { .. } => Self::ListRecentMessage,
            ClientRequest::Logout => Self::Logout,
            ClientRequest::ModifyGroup { .. } => Self::ModifyGroup,
            ClientRequest::MuteAll(_) => Self::MuteAll,
            ClientRequest::MuteUsers(..) => Self::MuteUser,
            ClientRequest::QueryGroup(_) => Self::QueryGroup,
            ClientRequest::Send(..) => Self::SendGroupMessage,
            ClientRequest::SendToUser { .. } => Self::SendC2cMessage,
        }
    }
}

/// A method, by who may ask it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Tells that the client lives; anybody may ask it.
    Heartbeat,
    /// A link without a session.
    Logon(LogonMethod),
    /// A link with one.
    Session(SessionMethod),
}

impl Method {
    /// The name that a frame bears.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Logon(method) => method.name(),
            Self::Session(method) => method.name(),
        }
    }

    /// The names of its parameters, those that it needs first.
    #[must_use]
    pub const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Heartbeat => &[],
            Self::Logon(method) => method.parameters(),
            Self::Session(method) => method.parameters(),
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        SessionMethod::find(name)
            .map(Self::Session)
            .or_else(|| LogonMethod::find(name).map(Self::Logon))
            .or_else(|| (name == Self::Heartbeat.name()).then_some(Self::Heartbeat))
    }

    /// Every method: those that concern the link first.
    pub fn all() -> impl Iterator<Item = Self> {
        let of_links = LogonMethod::ALL.iter().map(|method| Self::Logon(*method));
        let of_sessions = SessionMethod::ALL.iter().map(|method| Self::Session(*method));
        std::iter::once(Self::Heartbeat).chain(of_links).chain(of_sessions)
    }
}
