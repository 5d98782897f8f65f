//! The frequency control of a group.

use serde::{Deserialize, Serialize};

/// The state of a group's frequency control.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Shaper {}
