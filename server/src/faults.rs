//! Faults of single operations, asked for through the control API.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use claque_core::{ErrorCode, Operation};

/// What happens to calls of an operation before the service sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// They wait so long first. Wall time.
    pub(crate) delay: Duration,
    /// Their connection is dropped without an answer.
    pub(crate) drop: bool,
    /// They fail with this code.
    pub(crate) fail: Option<ErrorCode>,
}

/// The faults that are on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    by_operation: Mutex<BTreeMap<Operation, Fault>>,
}

impl Faults {
    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<Operation, Fault>> {
        self.by_operation.lock().expect("no holder of this lock can panic")
    }

    /// The fault of an operation.
    pub(crate) fn of(&self, operation: Operation) -> Option<Fault> {
        self.locked().get(&operation).copied()
    }

    /// Puts a fault on; on all operations when none is named.
    pub(crate) fn set(&self, operation: Option<Operation>, fault: Fault) {
        let mut faults = self.locked();
        match operation {
            Some(operation) => drop(faults.insert(operation, fault)),
            None => faults.extend(Operation::ALL.iter().map(|operation| (*operation, fault))),
        }
    }

    /// Takes all faults off.
    pub(crate) fn clear(&self) {
        self.locked().clear();
    }

    /// Every fault that is on.
    pub(crate) fn all(&self) -> Vec<(Operation, Fault)> {
        self.locked().iter().map(|(operation, fault)| (*operation, *fault)).collect()
    }
}
