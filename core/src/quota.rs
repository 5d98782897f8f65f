//! Calls per second, per account and operation.

use serde::{Deserialize, Serialize};

use crate::account::Caller;
use crate::mutation::Defects;
use crate::operation::Operation;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::tracer::Tracer;

/// The calls counted in the running second.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Quotas {}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Counts a call; the refusal, when the account has used up the second.
    pub(crate) fn count_call(&mut self, _caller: &Caller, _operation: Operation) -> Option<Refusal> {
        None
    }
}
