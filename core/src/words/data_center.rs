//! The data centres.

use serde::{Deserialize, Serialize};

/// Where an application lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DataCenter {
    /// `cn-shanghai`, the default.
    #[default]
    Shanghai,
    /// `ap-southeast-1`.
    Singapore,
}

impl DataCenter {
    /// The documented name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shanghai => "cn-shanghai",
            Self::Singapore => "ap-southeast-1",
        }
    }

    /// The data centre of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Shanghai, Self::Singapore].into_iter().find(|center| center.as_str() == name)
    }
}
