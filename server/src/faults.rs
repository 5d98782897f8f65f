//! Faults of single operations and client methods, asked for through the control API.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_core::{ErrorCode, Operation};

/// A fault of an operation: it strikes calls before the service sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OperationFault {
    /// They wait so long first. Wall time.
    pub(crate) delay: Duration,
    /// Their connection is dropped without an answer.
    pub(crate) drop: bool,
    /// They fail with this code.
    pub(crate) fail: Option<ErrorCode>,
}

/// A fault of a method: it strikes audience clients' requests before the service sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClientFault {
    /// They wait so long first, and so does what the link sends behind them. Wall time.
    pub(crate) delay: Duration,
    /// The link is cut without an answer.
    pub(crate) drop: bool,
    /// They fail with this documented code.
    pub(crate) fail: Option<u16>,
}

/// The faults of client methods that are on.
#[derive(Debug, Default)]
pub(crate) struct ClientFaults {
    by_method: Mutex<BTreeMap<&'static str, ClientFault>>,
    /// Whether there are any, for the many requests that need not ask further.
    // A lock for each frame of each link would be taken by all worker threads at once, for faults that are
    // hardly ever on.
    any: AtomicBool,
}

impl ClientFaults {
    fn change(&self, change: impl FnOnce(&mut BTreeMap<&'static str, ClientFault>)) {
        let mut faults = self.by_method.lock().expect("no holder of this lock can panic");
        change(&mut faults);
        // Under the lock, so that two changes cannot leave it wrong. Relaxed: a request in the same moment
        // may be before or after.
        self.any.store(!faults.is_empty(), Ordering::Relaxed);
    }

    /// The fault of a method.
    pub(crate) fn of(&self, method: &str) -> Option<ClientFault> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        self.by_method.lock().expect("no holder of this lock can panic").get(method).copied()
    }

    /// Puts a fault on.
    pub(crate) fn set(&self, method: &'static str, fault: ClientFault) {
        self.change(|faults| {
            faults.insert(method, fault);
        });
    }

    /// Every fault that is on.
    pub(crate) fn all(&self) -> Vec<(&'static str, ClientFault)> {
        let faults = self.by_method.lock().expect("no holder of this lock can panic");
        faults.iter().map(|(method, fault)| (*method, *fault)).collect()
    }
}

/// The faults that are on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    by_operation: Mutex<BTreeMap<Operation, OperationFault>>,
    /// The faults of audience clients.
    pub(crate) clients: Arc<ClientFaults>,
}

impl Faults {
    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<Operation, OperationFault>> {
        // Copied out by all readers: a guard that is held while a fault sleeps would hold up every other
        // call.
        self.by_operation.lock().expect("no holder of this lock can panic")
    }

    /// The fault of an operation.
    pub(crate) fn of(&self, operation: Operation) -> Option<OperationFault> {
        self.locked().get(&operation).copied()
    }

    /// Puts a fault on; on all operations when none is named.
    pub(crate) fn set(&self, operation: Option<Operation>, fault: OperationFault) {
        let mut faults = self.locked();
        match operation {
            Some(operation) => drop(faults.insert(operation, fault)),
            None => faults.extend(Operation::ALL.iter().map(|operation| (*operation, fault))),
        }
    }

    /// Takes all faults off.
    pub(crate) fn clear(&self) {
        self.locked().clear();
        self.clients.change(BTreeMap::clear);
    }

    /// Every fault that is on.
    pub(crate) fn all(&self) -> Vec<(Operation, OperationFault)> {
        self.locked().iter().map(|(operation, fault)| (*operation, *fault)).collect()
    }
}
