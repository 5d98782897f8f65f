//! The service as the server runs it.

use claque_core::{HitCounts, Service, Sound};

/// The service as the server runs it: sound, and counting which rules decided.
pub type LiveService = Service<HitCounts, Sound>;
