//! Dense indices. Names are interned once, at the edge of the service; inside, everything is a `u32`.

use serde::{Deserialize, Serialize};

macro_rules! dense {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as a position in a table.
            #[must_use]
            pub const fn at(self) -> usize {
                self.0 as usize
            }

            /// The index for a table position.
            ///
            /// # Panics
            /// When the position does not fit 32 bits.
            #[must_use]
            pub fn from_at(at: usize) -> Self {
                Self(u32::try_from(at).expect("a table holds fewer than 2^32 entries"))
            }
        }
    )*};
}

dense! {
    /// An account of the cloud: owner of applications, unit of call quotas.
    AccountIx
    /// An application.
    AppIx
    /// An audience group, live or deleted, over all applications.
    GroupIx
    /// A user of one application. The same name in two applications is two users.
    UserIx
    /// A place in a group's audience. Reused after its member left, under a new generation.
    MemberSlot
}

/// A logon of a user on one device. A user has at most one live session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId {
    /// Whose session it is.
    pub user: UserIx,
    /// Counts the logons of this user, from 1.
    pub generation: u32,
}

/// An answer that is owed: a moderation verdict or a receiver's acknowledgement must come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket(pub u64);

/// A message accepted by the service, counted over the whole service in the order of sending, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageNumber(pub u64);

/// Names a group in a client's request: by the index it was given on joining, or by its ID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GroupKey {
    /// The dense index, as an earlier answer gave it.
    Index(GroupIx),
    /// The group ID.
    Name(alloc::sync::Arc<str>),
}

impl From<GroupIx> for GroupKey {
    fn from(group: GroupIx) -> Self {
        Self::Index(group)
    }
}

impl From<&str> for GroupKey {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}
