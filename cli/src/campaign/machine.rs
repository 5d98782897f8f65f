//! What a unit's result says of where it was run: the build, the machine, and the processor time. None of it is part of
//! the digest.

use claque_lab::unit::BuildId;
use rustix::time::{ClockId, clock_gettime};

/// The fingerprint of the sources that decide a run, of which this program was built.
pub(super) const SOURCE: &str = env!("CLAQUE_SOURCE");

/// What built this program.
pub(super) fn build() -> BuildId {
    BuildId {
        target: env!("CLAQUE_TARGET").to_owned(),
        profile: env!("CLAQUE_PROFILE").to_owned(),
        compiler: env!("CLAQUE_COMPILER").to_owned(),
    }
}

/// The name that this machine has of itself.
pub(super) fn place() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Processor time of the thread that asks. Unit: microseconds.
pub(super) fn processor_micros() -> u64 {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    part(spent.tv_sec) * 1_000_000 + part(spent.tv_nsec) / 1_000
}
