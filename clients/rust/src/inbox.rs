//! What came to a viewer, in order.

use std::sync::Arc;

use claque_core::{LogoffReason, Message, Notice};

/// Something that came over a viewer's link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxItem {
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
pub struct Inbox<'a>(pub(crate) &'a [InboxItem]);

impl<'a> Inbox<'a> {
    /// Everything, in the order of arrival.
    #[must_use]
    pub const fn all(self) -> &'a [InboxItem] {
        self.0
    }

    /// The messages, those recovered among them.
    pub fn messages(self) -> impl Iterator<Item = &'a Message> {
        self.0.iter().filter_map(|one| match one {
            InboxItem::Message(message) | InboxItem::Recovered(message) => Some(&**message),
            InboxItem::Notice(_) | InboxItem::LoggedOff(_) => None,
        })
    }

    /// The notices.
    pub fn notices(self) -> impl Iterator<Item = &'a Notice> {
        self.0.iter().filter_map(|one| match one {
            InboxItem::Notice(notice) => Some(notice),
            InboxItem::Message(_) | InboxItem::Recovered(_) | InboxItem::LoggedOff(_) => None,
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
