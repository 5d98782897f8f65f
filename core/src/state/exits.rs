//! The groups that ended for a user, and of which its client may not have heard.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::id::GroupIx;
use crate::words::limits::ENDED_GROUPS_MAX;
use crate::words::output::ExitReason;

/// A group that ended for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct EndedGroup {
    pub(crate) group: GroupIx,
    pub(crate) reason: ExitReason,
    /// The client was notified over a link that was up, or there was no session to notify.
    pub(crate) notified: bool,
}

/// The groups that ended for a user, until the session ends: the oldest first, each once, at most
/// [`ENDED_GROUPS_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::box_collection, reason = "mostly none, and two words less in every user")]
pub(crate) struct Exits(Option<Box<Vec<EndedGroup>>>);

impl Exits {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn list(&self) -> &[EndedGroup] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Whether there is any, for prefetching.
    pub(crate) const fn any(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }

    pub(crate) fn add(&mut self, ended: EndedGroup) {
        // The newest end of a group is the one to tell, and each stands once.
        self.forget(ended.group);
        let list = self.0.get_or_insert_default();
        if list.len() >= ENDED_GROUPS_MAX {
            // Bounded: a client that never comes back must not let its list grow with every group that ends.
            list.remove(0);
        }
        // Mostly one: a million users may have been in the group that was deleted.
        if list.is_empty() {
            list.reserve_exact(1);
        }
        list.push(ended);
        debug_assert!(list.len() <= ENDED_GROUPS_MAX, "the oldest goes beyond the bound");
    }

    /// The user is in the group again.
    pub(crate) fn forget(&mut self, group: GroupIx) {
        if let Some(list) = &mut self.0 {
            list.retain(|ended| ended.group != group);
        }
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut EndedGroup> {
        self.0.iter_mut().flat_map(|list| list.iter_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::{EndedGroup, Exits};
    use crate::words::id::GroupIx;
    use crate::words::limits::ENDED_GROUPS_MAX;
    use crate::words::output::ExitReason;

    fn ended(group: usize) -> EndedGroup {
        EndedGroup { group: GroupIx::from_at(group), reason: ExitReason::Kicked, notified: false }
    }

    #[test]
    fn each_group_stands_once_and_the_oldest_goes_beyond_the_bound() {
        let mut exits = Exits::none();
        for group in [0, 1, 0] {
            exits.add(ended(group));
        }
        assert_eq!(exits.list(), [ended(1), ended(0)]);
        for group in 2..ENDED_GROUPS_MAX + 1 {
            exits.add(ended(group));
        }
        assert_eq!(exits.list().len(), ENDED_GROUPS_MAX);
        assert_eq!(exits.list()[0], ended(0), "group 1 was the oldest");
    }

    #[test]
    fn the_list_takes_a_word_in_every_user() {
        assert_eq!(size_of::<Exits>(), size_of::<usize>());
    }
}
