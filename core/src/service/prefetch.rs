//! Prefetching: what several calls will need is fetched from memory at the same time, not one call after the other.
//!
//! A service of thousands of groups and hundreds of thousands of users lies in no cache. A call waits for the lines of
//! its user and its group, one after the other, since it decides by the first what to look at next. A driver that takes
//! calls in batches knows whom they are about: the loads of a whole batch do not wait for each other.

use core::hint::black_box;

use crate::mutants::Mutants;
use crate::state::group::Group;
use crate::state::service::Service;
use crate::state::user::{LiveSession, User};
use crate::words::id::{GroupIx, UserIx};
use crate::words::tracer::Tracer;

impl User {
    /// One value of each line of memory.
    fn touch(&self) -> u64 {
        let up = self.session().is_some_and(LiveSession::is_up);
        u64::from(self.logons()) + u64::from(up) + u64::from(self.ended.any())
    }
}

impl Group {
    /// One value of each line of memory that a send, join or leave looks at in the group itself.
    fn touch(&self) -> u64 {
        let open = self.is_live() && self.is_open();
        self.seq() + self.audience.joins() + self.shaper.touch() + u64::from(open) + self.history.touch()
    }

    /// One value of what the group's own lists point to.
    fn touch_lists(&self) -> u64 {
        let total = self.types.touch();
        total.wrapping_add(self.shaper.touch_types())
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Fetches what the next calls of these users on these groups will look at. Changes nothing.
    ///
    /// Worth it for some 16 calls at a time, where users and groups are many; what was fetched for more than some hundred
    /// may be pushed out of the cache before it is needed. Numbers that nobody has are passed over.
    /// Work: O(calls).
    pub fn prefetch(&self, calls: impl Iterator<Item = (UserIx, GroupIx)> + Clone) {
        let mut seen = 0_u64;
        for (user, group) in calls.clone() {
            let of_user = self.state.users.get(user.at()).map_or(0, User::touch);
            let of_group = self.state.groups.get(group.at()).map_or(0, Group::touch);
            seen = seen.wrapping_add(of_user).wrapping_add(of_group);
        }
        // A second walk: which lists a group points to is known only when the first has brought the group in.
        for (user, group) in calls {
            let Some(record) = self.state.groups.get(group.at()) else { continue };
            let slot = self.state.users.get(user.at()).and_then(|user| user.slot_in(group));
            let of_member =
                slot.and_then(|slot| record.audience.slots().get(slot.at())).map_or(0, |member| member.order);
            seen = seen.wrapping_add(record.touch_lists()).wrapping_add(of_member);
        }
        // The loads must happen although nobody wants the sum: without this the compiler would leave all of them out.
        black_box(seen);
    }
}

#[cfg(test)]
mod tests {
    use core::iter;

    use super::*;
    use crate::{Config, Instant, NoTrace, Sound};

    #[test]
    fn numbers_that_nobody_has_are_passed_over() {
        let service = Service::new(Instant::EPOCH, Config::default(), NoTrace, Sound);
        let before = service.digest();
        service.prefetch(iter::once((UserIx(7), GroupIx(9))));
        assert_eq!(service.digest(), before);
    }
}
