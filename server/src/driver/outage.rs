//! Outages: the link of a session is lost, and does not come back before the tester says so.

use claque_core::{Cursor, Input, LinkEnd, SessionId, UserIx};

use super::state::{CROWD_DEVICE, Driver, SessionOutage};
use crate::feed::FeedEvent;

impl Driver {
    /// Whether a session that still lives is cut off.
    pub(crate) fn is_cut_off(&self, session: SessionId) -> bool {
        self.outages.get(&session.user).is_some_and(|outage| outage.session == session)
            && self.service.session_state(session).is_some()
    }

    /// Cuts a session off. A client's attempts to come back end without an answer, as without a network.
    pub(crate) fn begin_outage(&mut self, session: SessionId) {
        if self.is_cut_off(session) {
            return;
        }
        // Noted when the outage begins: what is delivered from here on is what the member has to pull.
        let groups = self.service.groups().filter(|group| self.service.is_member(*group, session.user));
        let cursors = groups.map(|group| Cursor { group, high_seq: self.service.group_seq(group) }).collect();
        self.outages.insert(session.user, SessionOutage { session, cursors });
        self.links.cut_off(session);
        self.apply(Input::Disconnect(session, LinkEnd::Lost));
    }

    /// Ends a user's outage. A virtual member is back at once and pulls what it missed; a client comes by itself, and learns
    /// then whether its session still lives. False: there was none.
    pub(crate) fn end_outage(&mut self, user: UserIx) -> bool {
        let Some(SessionOutage { session, cursors }) = self.outages.remove(&user) else { return false };
        let state = self.service.session_state(session);
        if state.is_some_and(|state| state.device == CROWD_DEVICE && !state.link_up) {
            self.apply(Input::Reconnect(session, None, cursors));
            self.feed.keep(self.service.now(), FeedEvent::Logon(user, true));
        }
        true
    }
}
