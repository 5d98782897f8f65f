//! What a server-side caller may ask: one variant an operation, parameters as sent.

mod console;
mod live;
mod old;

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

pub use console::*;
pub use live::*;
pub use old::*;

use crate::operation::Operation;

macro_rules! requests {
    ($($name:ident)*) => {
        /// A documented server operation with its parameters.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Request {
            $(
                #[doc = concat!("Calls `", stringify!($name), "`.")]
                $name(Box<$name>),
            )*
        }

        impl Request {
            /// Which operation is called.
            #[must_use]
            pub const fn operation(&self) -> Operation {
                match self { $(Self::$name(_) => Operation::$name),* }
            }
        }

        $(impl From<$name> for Request {
            fn from(parameters: $name) -> Self {
                Self::$name(Box::new(parameters))
            }
        })*
    };
}

requests! {
    AddLiveMessageGroupBand
    BanLiveMessageGroup
    CheckLiveMessageUsersInGroup
    CheckLiveMessageUsersOnline
    CreateLiveMessageApp
    CreateLiveMessageGroup
    DeleteLiveMessageGroup
    DeleteLiveMessageGroupMessage
    DeleteLiveMessageUserMessage
    DescribeLiveMessageApp
    DescribeLiveMessageGroup
    DescribeLiveMessageGroupBand
    KickLiveMessageGroupUser
    ListLiveMessageApps
    ListLiveMessageGroupByPage
    ListLiveMessageGroupMessages
    ListLiveMessageGroupUsers
    ListLiveMessageGroups
    ModifyLiveMessageAppAudit
    ModifyLiveMessageAppCallback
    ModifyLiveMessageAppDisable
    ModifyLiveMessageGroup
    ModifyLiveMessageGroupBand
    ModifyLiveMessageUserInfo
    RecoverLiveMessageDeletedGroup
    RemoveLiveMessageGroupBand
    SendLiveMessageGroup
    SendLiveMessageUser
    UnbanLiveMessageGroup
    CreateMessageApp
    CreateMessageGroup
    DeleteMessageApp
    GetMessageApp
    GetMessageGroup
    GetMessageToken
    JoinMessageGroup
    LeaveMessageGroup
    ListMessage
    ListMessageApp
    ListMessageGroup
    ListMessageGroupUser
    ListMessageGroupUserById
    QueryMessageApp
    SendMessageToGroup
    SendMessageToGroupUsers
    UpdateMessageApp
    UpdateMessageGroup
}
