//! Calls per second, per account and operation: consecutive whole seconds of the service's clock.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::id::UserIx;
use crate::words::operation::Operation;

/// The calls counted in the running second: by account and operation, and a client's lists of stored messages.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Quotas {
    accounts: Vec<Vec<CallWindow>>,
    history: HistoryCalls,
}

/// The lists of stored messages that clients asked for in the running second.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
struct HistoryCalls {
    second: u64,
    by_user: BTreeMap<UserIx, u32>,
}

impl HistoryCalls {
    /// Takes a call in; false when the client has used the second up. Only the running second is kept.
    fn take(&mut self, user: UserIx, second: u64, bound: u32) -> bool {
        if self.second != second {
            // Only the running second is kept: a map of all clients that ever asked would grow without end.
            *self = Self { second, by_user: BTreeMap::new() };
        }
        let calls = self.by_user.entry(user).or_default();
        let passes = *calls < bound;
        *calls += u32::from(passes);
        passes
    }
}

/// One second of one operation.
#[derive(Clone, Copy, Debug, Default, Hash, Serialize, Deserialize)]
struct CallWindow {
    second: u64,
    calls: u32,
}

impl Quotas {
    /// Takes in a client's list of stored messages; false when the client has used the second up.
    pub(crate) fn take_history_call(&mut self, user: UserIx, second: u64, bound: u32) -> bool {
        self.history.take(user, second, bound)
    }

    /// Takes a call in; false when the second is used up.
    pub(crate) fn take_call(
        &mut self,
        account: usize,
        operation: Operation,
        second: u64,
        bound: u32,
    ) -> bool {
        // Accounts come into being with their first call: the table holds those that call, not those that are
        // configured.
        if self.accounts.len() <= account {
            self.accounts.resize_with(account + 1, Vec::new);
        }
        let windows = &mut self.accounts[account];
        if windows.is_empty() {
            // All operations at once, indexed by number: a call then costs no search and no allocation.
            windows.resize_with(Operation::ALL.len(), CallWindow::default);
        }
        let window = &mut windows[operation as usize];
        // Turned when it is looked at, not by a timer: an operation that nobody calls costs nothing.
        if window.second != second {
            *window = CallWindow { second, calls: 0 };
        }
        if window.calls >= bound {
            return false;
        }
        window.calls += 1;
        debug_assert!(window.calls <= bound, "no call beyond the bound is let in");
        true
    }
}
