//! How many descriptors the process may have open, and what for: clients get most of them, and never the last.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that journal, callbacks, reviews and the runtime need at least.
// A journal needs its file, its directory and those of a compaction; a runtime needs its poller; some must be
// left for receivers.
const RESERVED_MIN: u64 = 32;
/// The most that is set aside for them.
const RESERVED_MAX: u64 = 512;
/// Of these, what is not for connections to receivers: listener, journal, runtime, standard streams.
const OWN: u64 = 16;
/// Connections above the bound that are answered with 503, or ask for the server's health.
const DOORSTEP_MIN: u64 = 8;
const DOORSTEP_MAX: u64 = 256;

/// How the descriptors are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// All that the process may have open.
    pub(crate) all: u64,
    /// Connections of clients.
    pub(crate) connections: usize,
    /// Connections that are answered that there is no place.
    pub(crate) doorstep: usize,
    /// Connections to receivers of callbacks and reviews.
    pub(crate) outgoing: u32,
}

/// There are so few that no client could be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFew(pub u64);

impl std::fmt::Display for TooFew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let least = RESERVED_MIN + DOORSTEP_MIN + 1;
        write!(
            f,
            "the process may have {} files open and needs {least} at least: raise it with ulimit -n",
            self.0
        )
    }
}

/// Raises the soft limit of descriptors to the hard one, and shares them out; `wanted` connections at most.
pub(crate) fn share_out(wanted: usize) -> Result<Shares, TooFew> {
    let limit = getrlimit(Resource::Nofile);
    // The soft limit is 1,024 by custom, for programs that use select(2); the hard one is what the operator
    // allows.
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_err() {
        tracing::warn!("the limit of open files could not be raised from {:?}", limit.current);
    }
    // No limit at all is as good as a very high one.
    shares(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX), wanted)
}

impl Shares {
    /// Those of a machine that has descriptors enough.
    pub(crate) const fn unbounded(connections: usize) -> Self {
        Self { all: u64::MAX, connections, doorstep: DOORSTEP_MAX as usize, outgoing: u32::MAX }
    }
}

fn shares(all: u64, wanted: usize) -> Result<Shares, TooFew> {
    // Taken off before anything else: without a descriptor for a newcomer, nobody could be answered that the
    // server is full.
    let doorstep = (all / 16).clamp(DOORSTEP_MIN, DOORSTEP_MAX);
    let reserved = (all / 4).clamp(RESERVED_MIN, RESERVED_MAX);
    let rest = all.checked_sub(doorstep + reserved).filter(|rest| *rest > 0).ok_or(TooFew(all))?;
    // At least one, whatever was asked for: a server without a place would answer its health and nothing
    // else.
    let connections = usize::try_from(rest).unwrap_or(usize::MAX).min(wanted.max(1));
    let doorstep = usize::try_from(doorstep).unwrap_or(usize::MAX);
    Ok(Shares { all, connections, doorstep, outgoing: u32::try_from(reserved - OWN).unwrap_or(u32::MAX) })
}

#[cfg(test)]
mod tests {
    use super::{RESERVED_MAX, RESERVED_MIN, TooFew, shares};

    #[test]
    fn clients_get_what_the_rest_does_not_need() {
        for all in [41, 64, 256, 1_024, 20_000, 1 << 20, u64::MAX] {
            let shares = shares(all, 1 << 16).expect("enough");
            let left = all - shares.connections as u64 - shares.doorstep as u64;
            assert!(shares.connections >= 1 && shares.connections <= 1 << 16);
            assert!(left >= RESERVED_MIN, "{all}: {left}");
            assert!(u64::from(shares.outgoing) < left && shares.outgoing > 0, "{all}: {shares:?}");
            assert!(left <= RESERVED_MAX || shares.connections == 1 << 16, "{all}: {left}");
        }
        assert_eq!(shares(1_024, 100).expect("enough").connections, 100, "no more than asked for");
        assert_eq!(shares(40, 100), Err(TooFew(40)));
        assert!(TooFew(40).to_string().contains("ulimit -n"));
    }
}
