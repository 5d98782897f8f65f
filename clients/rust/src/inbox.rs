//! What came to a viewer, in order.

use std::sync::Arc;

use claque_core::{LogoffReason, Message, Notice};

/// Something that came over a viewer's link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message of a group, or of one user.
    Message(Arc<Message>),
    /// A HIGH message that was missed while the link was lost.
    Recovered(Arc<Message>),
    /// A notice: who came and left, mutes, the end of a group.
    Notice(Notice),
    /// The session ended; nothing follows until the next logon.
    LoggedOff(LogoffReason),
}

/// All that came to one viewer since the logon, or since it was taken out.
#[derive(Clone, Copy, Debug)]
pub struct Inbox<'a>(pub(crate) &'a [Received]);

impl<'a> Inbox<'a> {
    /// Everything, in the order of arrival.
    #[must_use]
    pub const fn all(self) -> &'a [Received] {
        self.0
    }

    /// The messages, those recovered among them.
    pub fn messages(self) -> impl Iterator<Item = &'a Message> {
        self.0.iter().filter_map(|one| match one {
            Received::Message(message) | Received::Recovered(message) => Some(&**message),
            Received::Notice(_) | Received::LoggedOff(_) => None,
        })
    }

    /// The notices.
    pub fn notices(self) -> impl Iterator<Item = &'a Notice> {
        self.0.iter().filter_map(|one| match one {
            Received::Notice(notice) => Some(notice),
            Received::Message(_) | Received::Recovered(_) | Received::LoggedOff(_) => None,
        })
    }

    /// The bodies of the messages.
    #[must_use]
    pub fn texts(self) -> Vec<&'a str> {
        self.messages().map(|message| &*message.body).collect()
    }

    /// Whether a message arrived.
    #[must_use]
    pub fn has(self, tid: &str) -> bool {
        self.messages().any(|message| message.tid.is(tid))
    }
}
