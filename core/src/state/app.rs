//! Applications: the scope of groups, users and messages.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use core::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::words::data_center::DataCenter;

use crate::words::id::AccountIx;
use crate::words::operation::Family;
use crate::words::time::{Duration, Instant};

/// How long group messages are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum LifeCycle {
    #[default]
    Days30,
    Days90,
    Days180,
}

impl LifeCycle {
    pub(crate) const fn span(self) -> Duration {
        Duration::from_days(match self {
            Self::Days30 => 30,
            Self::Days90 => 90,
            Self::Days180 => 180,
        })
    }

    pub(crate) const fn number(self) -> i32 {
        self as i32
    }
}

/// Whether and how messages are moderated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Audit {
    #[default]
    Off,
    BuiltIn,
    Custom(Arc<str>),
}

/// The facts of an application that only the old family knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct OldAppData {
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) extension: BTreeMap<String, String>,
}

/// Whether an application can be used. Written and hashed as the flag `disabled`, beside which two values more are for the
/// moment in which its sessions end (`ending.rs`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Availability {
    #[default]
    Open,
    Disabled,
    /// Disabled, and some of its sessions are still to end.
    DisabledEnding,
    /// The same, but it was enabled again or is deleted.
    OpenEnding,
}

impl Availability {
    /// Whether it is disabled, as its owner sees it.
    pub(crate) const fn is_disabled(self) -> bool {
        matches!(self, Self::Disabled | Self::DisabledEnding)
    }

    /// Whether its users are refused.
    pub(crate) const fn is_closed(self) -> bool {
        !matches!(self, Self::Open)
    }

    /// Whether sessions are still to end: for everybody they have ended.
    pub(crate) const fn is_ending(self) -> bool {
        matches!(self, Self::OpenEnding | Self::DisabledEnding)
    }

    /// Disables or enables it.
    pub(crate) const fn set(&mut self, disabled: bool) {
        *self = match (disabled, self.is_ending()) {
            (false, false) => Self::Open,
            (true, false) => Self::Disabled,
            (false, true) => Self::OpenEnding,
            (true, true) => Self::DisabledEnding,
        };
    }

    pub(crate) const fn begin_ending(&mut self) {
        *self = if self.is_disabled() { Self::DisabledEnding } else { Self::OpenEnding };
    }

    pub(crate) const fn end(&mut self) {
        *self = if self.is_disabled() { Self::Disabled } else { Self::Open };
    }
}

impl Hash for Availability {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(*self as u8);
    }
}

/// An application. Deleted ones stay as tombstones, so that indices and IDs are never reused.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub(crate) struct App {
    pub(crate) account: AccountIx,
    /// The family that created it.
    pub(crate) family: Family,
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) key: Arc<str>,
    pub(crate) sign: Arc<str>,
    pub(crate) data_center: DataCenter,
    pub(crate) life_cycle: LifeCycle,
    pub(crate) audit: Audit,
    /// Empty: callbacks are off.
    pub(crate) callback_url: Arc<str>,
    pub(crate) availability: Availability,
    pub(crate) deleted: bool,
    pub(crate) created: Instant,
    pub(crate) modified: Instant,
    pub(crate) live_groups: u32,
    /// Groups of this application in order of creation, deleted ones until they are purged.
    pub(crate) groups: alloc::vec::Vec<crate::words::id::GroupIx>,
    pub(crate) old: OldAppData,
}
