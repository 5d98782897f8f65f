//! The credentials of applications, and the bodies that messages have.

use std::sync::Arc;

use claque_core::AppIx;
use claque_document::units::Between;

use crate::world::events::index;

/// The word that moderation refuses in a simulated world.
pub(crate) const REFUSED_WORD: &str = "forbidden";
/// Bodies of each length up to this are made once.
const SHARED_BYTES_MAX: u32 = 256;

/// The identity and the secrets of an application, as its clients and back ends hold them.
#[derive(Clone, Debug)]
pub(crate) struct AppCredentials {
    pub(crate) app: AppIx,
    pub(crate) app_id: Arc<str>,
    pub(crate) app_key: Arc<str>,
    pub(crate) app_sign: Arc<str>,
}

/// Message bodies.
#[derive(Debug)]
pub(crate) struct Bodies {
    /// By length.
    shared: Vec<Arc<str>>,
    refused: Arc<str>,
}

impl Default for Bodies {
    fn default() -> Self {
        // Shared by all messages of a length: no rule looks at what a body says, and each would otherwise be an
        // allocation.
        let shared = (0..=SHARED_BYTES_MAX).map(|bytes| text(bytes).into()).collect();
        Self { shared, refused: format!("a {REFUSED_WORD} word").into() }
    }
}

impl Bodies {
    /// A body whose length lies in a range, by a draw.
    pub(crate) fn body(&self, bytes: Between<u32>, draw: u64) -> Arc<str> {
        let bytes = bytes.uniform(u32::try_from(draw >> 32).unwrap_or(0));
        self.shared.get(index(bytes)).map_or_else(|| text(bytes).into(), Arc::clone)
    }

    /// A body that moderation refuses.
    pub(crate) fn refused(&self) -> Arc<str> {
        Arc::clone(&self.refused)
    }
}

/// A text of so many bytes.
pub(crate) fn text(bytes: u32) -> String {
    "0123456789abcdefghijklmnopqrstuvwxyz".chars().cycle().take(index(bytes)).collect()
}
