//! A disk that fails when a test wants it to: every call of the file layer is asked for before it is made.

use std::fmt;
use std::io;
use std::sync::Arc;

use claque_core::journal::DiskCall;

/// The part of its work that a failing call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskEffect {
    /// Nothing.
    Nothing,
    /// Half of it: a short write. Only a write has halves; of any other call it is nothing.
    Half,
    /// All of it: the error is reported all the same.
    All,
}

/// How a call of the disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskFault {
    /// The error that it reports, as the system numbers it: 5 is EIO, 24 EMFILE, 28 ENOSPC.
    pub errno: i32,
    /// The part of its work that it does.
    pub effect: DiskEffect,
}

type FaultPlan = dyn Fn(DiskCall) -> Option<DiskFault> + Send + Sync;

/// Which calls of the disk fail: by default none. Clones share the plan.
#[derive(Clone, Default)]
pub struct DiskFaults(Option<Arc<FaultPlan>>);

impl fmt::Debug for DiskFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "DiskFaults(planned)" } else { "DiskFaults(none)" })
    }
}

impl DiskFaults {
    /// A disk whose calls fail as a plan says, which is asked before each.
    #[must_use]
    pub fn planned(plan: impl Fn(DiskCall) -> Option<DiskFault> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(plan)))
    }

    /// Makes a call, or fails it. `half` does half of it.
    pub(super) fn or<T>(
        &self,
        call: DiskCall,
        half: impl FnOnce() -> io::Result<()>,
        whole: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let Some(fault) = self.0.as_ref().and_then(|plan| plan(call)) else { return whole() };
        match fault.effect {
            DiskEffect::Nothing => {}
            DiskEffect::Half => half()?,
            // Done and reported as failed, as a rename over NFS or an interrupted sync can be: the caller
            // must not take it for undone.
            DiskEffect::All => drop(whole()?),
        }
        Err(io::Error::from_raw_os_error(fault.errno))
    }

    /// A call without halves.
    pub(super) fn whole<T>(&self, call: DiskCall, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.or(call, || Ok(()), make)
    }
}
