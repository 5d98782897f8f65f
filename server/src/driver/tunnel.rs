//! Viewers in a tunnel: the link of a session is lost, and does not come back before the tester says so.

use std::collections::BTreeMap;

use claque_core::{Cursor, Input, LinkEnd, SessionId};

use super::{CROWD_DEVICE, Driver};
use crate::feed::Event;

/// Sessions in a tunnel, and how far each had come in its groups.
pub(crate) type Tunnels = BTreeMap<SessionId, Vec<Cursor>>;

impl Driver {
    /// Cuts a session off. A client's attempts to come back end without an answer, as without a network.
    pub(crate) fn enter_tunnel(&mut self, session: SessionId) {
        let groups = self.service.groups().filter(|group| self.service.is_member(*group, session.user));
        let cursors = groups.map(|group| Cursor { group, high_seq: self.service.group_seq(group) }).collect();
        if self.tunnels.insert(session, cursors).is_none() {
            self.links.cut_off(session);
            self.apply(Input::Disconnect(session, LinkEnd::Lost));
        }
    }

    /// Lets a session out. A virtual member is back at once and pulls what it missed; a client comes by itself. False:
    /// it was in none.
    pub(crate) fn leave_tunnel(&mut self, session: SessionId) -> bool {
        let Some(cursors) = self.tunnels.remove(&session) else { return false };
        let state = self.service.session_state(session);
        if state.is_some_and(|state| state.device == CROWD_DEVICE && !state.link_up) {
            self.apply(Input::Reconnect(session, None, cursors));
            self.feed.keep(self.service.now(), Event::Logon(session.user, true));
        }
        true
    }
}
