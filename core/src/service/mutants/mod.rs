//! Changes that mutants make to the state: a service without one calls none of it.

mod aside;
mod occasions;
mod partly;
mod scopes;
mod slip_damage;
pub(crate) mod slip_watch;
mod spoil_answers;
mod spoil_outputs;
mod spoil_requests;
pub(crate) mod support;
