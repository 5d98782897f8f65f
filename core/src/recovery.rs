//! HIGH messages that a reconnected session missed.

use crate::client::Cursor;
use crate::id::SessionId;
use crate::mutation::Defects;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Queues the HIGH messages that a session missed in each group beyond its cursor.
    pub(crate) fn recover(&mut self, _session: SessionId, _cursors: &[Cursor]) {}
}
