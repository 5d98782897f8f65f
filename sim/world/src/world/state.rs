//! What the parts of a world remember. Each stores and looks up; what happens to it is decided in the part that it belongs to.

pub(crate) mod blackbox;
pub(crate) mod callbacks;
pub(crate) mod caller;
pub(crate) mod rare;
pub(crate) mod stage;
pub(crate) mod tenant;
