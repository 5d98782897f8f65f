//! Who calls: accounts, RAM users and their policies.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::AccountIx;

/// Whether a statement of a policy allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Grants, unless another statement denies.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

/// One statement of a RAM policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Statement {
    /// Allows or denies.
    pub effect: Effect,
    /// Actions such as `live:CreateLiveMessageGroup`; `*` matches any run of characters.
    pub actions: Vec<String>,
    /// Resources such as `acs:live::1000:rtc/demo`; `*` matches any run of characters.
    pub resources: Vec<String>,
}

/// What a RAM user may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Policy {
    /// The statements; none allow anything: everything is refused.
    pub statements: Vec<Statement>,
}

/// Who makes a server-side call. The edge has checked the signature already.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// The account whose applications and quotas are meant.
    pub account: AccountIx,
    /// The policy of a RAM user; none: the account itself, which may do everything.
    pub policy: Option<Arc<Policy>>,
}

impl Caller {
    /// The account itself.
    #[must_use]
    pub const fn account(account: AccountIx) -> Self {
        Self { account, policy: None }
    }

    /// A RAM user of the account.
    #[must_use]
    pub const fn ram_user(account: AccountIx, policy: Arc<Policy>) -> Self {
        Self { account, policy: Some(policy) }
    }
}
