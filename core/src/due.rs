//! placeholder
use crate::id::{GroupIx, SessionId, Ticket};
use crate::mutation::Defects;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn on_shaper_window(&mut self, _group: GroupIx) {}
    pub(crate) fn on_membership_notice(&mut self, _group: GroupIx) {}
    pub(crate) fn on_session_timeout(&mut self, _session: SessionId) {}
    pub(crate) fn on_group_purge(&mut self, _group: GroupIx) {}
    pub(crate) fn on_retention(&mut self, _group: GroupIx) {}
    pub(crate) fn on_ticket_timeout(&mut self, _ticket: Ticket) {}
}
