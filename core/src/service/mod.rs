//! The drive loop: inputs come in, calls are routed, deadlines fire; and checks that look at the whole state at once.

mod apply;
mod digest;
pub(crate) mod drive;
mod inspect;
mod invariant;
pub(crate) mod memory;
pub(crate) mod mutants;
mod prefetch;
mod route;
