//! placeholder
use crate::id::{GroupIx, Ticket};
use crate::mutation::Defects;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn on_shaper_window(&mut self, _group: GroupIx) {}
    pub(crate) fn on_retention(&mut self, _group: GroupIx) {}
    pub(crate) fn on_ticket_timeout(&mut self, _ticket: Ticket) {}
}
