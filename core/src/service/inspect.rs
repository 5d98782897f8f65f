//! Applications and groups as an observer sees them, who makes no call and uses up no quota.

use alloc::sync::Arc;

use crate::mutants::Mutants;
use crate::state::service::Service;
use crate::words::client::GroupFacts;
use crate::words::id::{AppIx, GroupIx};
use crate::words::message::Message;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The name of an application.
    #[must_use]
    pub fn app_name(&self, app: AppIx) -> &Arc<str> {
        &self.state.apps[app.at()].name
    }

    /// Where an application's event callbacks go; empty: they are off.
    #[must_use]
    pub fn callback_url(&self, app: AppIx) -> &Arc<str> {
        &self.state.apps[app.at()].callback_url
    }

    /// Whether an application exists and was not deleted.
    #[must_use]
    pub fn app_is_live(&self, app: AppIx) -> bool {
        !self.state.apps[app.at()].deleted
    }

    /// Whether a group exists and was not deleted.
    #[must_use]
    pub fn group_is_live(&self, group: GroupIx) -> bool {
        self.state.groups[group.at()].is_live()
    }

    /// Name, owner, administrators and information of a group.
    #[must_use]
    pub fn group_facts(&self, group: GroupIx) -> &GroupFacts {
        &self.state.groups[group.at()].meta.facts
    }

    /// The stored messages of a group in order of delivery, those too that have expired and are not freed yet.
    pub fn stored_messages(&self, group: GroupIx) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.state.groups[group.at()].history.stored().iter()
    }
}
