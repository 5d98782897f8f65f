//! The configuration of a service.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::limits::Limits;
use crate::words::reading::Readings;

/// Everything that decides, together with the calls, what a service does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// Key of the counter that IDs and secrets are drawn from: entropy on a server, the seed in a simulation.
    pub key: [u8; 32],
    /// The accounts, by ID. Callers name them by index.
    pub accounts: Vec<String>,
    /// Bounds.
    pub limits: Limits,
    /// Which reading of each open point is on.
    pub readings: Readings,
    /// Words that the built-in moderation refuses.
    pub refused_words: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            key: [0; 32],
            accounts: alloc::vec![String::from("1000")],
            limits: Limits::default(),
            readings: Readings::default(),
            refused_words: Vec::new(),
        }
    }
}
