//! What a group keeps: the stored history and the recent list.

use alloc::collections::VecDeque;
use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// The stored messages of a group by sequence number, and its recent list.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) stored: VecDeque<Arc<Message>>,
    pub(crate) recent: VecDeque<Arc<Message>>,
}
