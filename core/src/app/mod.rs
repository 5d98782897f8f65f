//! Applications: the operations on them, what they are called back for, and what ends with them.

pub(crate) mod callback;
mod ending;
pub(crate) mod ops;
mod ops_console;
pub(crate) mod ops_old;
