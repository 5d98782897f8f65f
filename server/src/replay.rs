//! The service that a journal's entries lead to.

use claque_core::journal::{self as format, Entry, Record, StateDigest, UsedNonce};
use claque_core::{HitCounts, Instant, NotASnapshot, Outcome, Output, Service, Snapshot, Sound};
use claque_wire::sign::TIME_SKEW_SECONDS_MAX;

use crate::service::LiveService;

/// The nonces of a journal's records whose calls would still be taken.
pub(crate) fn fresh_nonces(records: &[Record], now: Instant) -> Vec<UsedNonce> {
    // A nonce whose signature is too old to be taken anyway needs no memory; without this the list would grow
    // with the journal.
    let fresh =
        |nonce: &&UsedNonce| nonce.signed_at.saturating_add(TIME_SKEW_SECONDS_MAX) >= now.unix_seconds();
    let mut used = Vec::new();
    for record in records {
        match &record.entry {
            Entry::Signed(_, nonce, _) | Entry::Nonce(nonce) => {
                used.extend(Some(nonce).filter(fresh).cloned());
            }
            Entry::Snapshot(_, _, nonces) => used.extend(nonces.iter().filter(fresh).cloned()),
            Entry::Genesis(..) | Entry::Input(..) | Entry::Digest(_) => {}
        }
    }
    used
}

/// Why a journal's entries lead to no service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// The first entry does not say what the service was made with.
    NoBeginning,
    /// An entry other than the first says what a service was made with.
    TwoBeginnings,
    /// The snapshot is none of this version.
    NotASnapshot,
    /// The snapshot reads, but what it holds cannot be.
    Impossible(String),
    /// The inputs lead to another state than was written down.
    Diverged {
        /// After so many entries.
        entries: usize,
        /// Product and version that wrote the digest down.
        wrote: String,
    },
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoBeginning => f.write_str("the journal does not begin with what a service was made with"),
            Self::TwoBeginnings => f.write_str("the journal begins a second time in its middle"),
            Self::NotASnapshot => NotASnapshot.fmt(f),
            Self::Impossible(what) => write!(f, "the snapshot cannot be true: {what}"),
            Self::Diverged { entries, wrote } => write!(
                f,
                "after {entries} entries {wrote} wrote another state down than this, {}, comes to: it answers the same calls \
                 differently. Start the version that wrote it, or take what this one makes of it: `claque journal salvage PATH \
                 --to DIR` copies the journal without its digests",
                format::PRODUCT
            ),
        }
    }
}

impl std::error::Error for ReplayError {}

/// The service that a journal's entries lead to.
///
/// # Errors
/// When they do not begin with what a service was made with, or a snapshot, or lead to another state than was written down.
pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Result<LiveService, ReplayError> {
    replay_with(entries, |_, _, _, _| {})
}

/// The service that a journal's entries lead to, shown after each input, with what came of it and what went out.
///
/// # Errors
/// As [`replay`].
pub fn replay_with(
    entries: impl IntoIterator<Item = Entry>,
    mut each: impl FnMut(&LiveService, &Entry, &Outcome, &[Output]),
) -> Result<LiveService, ReplayError> {
    let mut entries = entries.into_iter();
    let mut service = match entries.next() {
        Some(Entry::Genesis(at, config)) => Service::new(at, config, HitCounts::default(), Sound),
        Some(Entry::Snapshot(config, bytes, _)) => {
            let snapshot = Snapshot::from_bytes(&bytes).map_err(|NotASnapshot| ReplayError::NotASnapshot)?;
            format::give_back(bytes);
            let service = Service::restore(snapshot, config, HitCounts::default(), Sound);
            // A snapshot comes from a file that anybody may have written: the checksum shows that it is
            // whole, not that it can be.
            service.check_invariants().map_err(|violation| ReplayError::Impossible(violation.what))?;
            service
        }
        Some(Entry::Input(..) | Entry::Signed(..) | Entry::Nonce(_) | Entry::Digest(_)) | None => {
            return Err(ReplayError::NoBeginning);
        }
    };
    service.subscribe_ledger(true);
    let mut outputs = Vec::new();
    for (number, entry) in entries.enumerate() {
        let (at, input) = match &entry {
            Entry::Input(at, input) | Entry::Signed(at, _, input) => (*at, input.clone()),
            Entry::Nonce(_) => continue,
            Entry::Digest(StateDigest { at, digest, product }) => {
                // The digest was taken when deadlines up to its time had been met, and only inputs are
                // written down: meet them here too.
                service.handle_timeout((*at).max(service.now()));
                // Outputs wait in the state: left there, they would be part of the digest that is compared
                // next.
                while service.poll_output().is_some() {}
                if service.lasting_digest() != *digest {
                    return Err(ReplayError::Diverged { entries: number + 1, wrote: product.clone() });
                }
                continue;
            }
            Entry::Genesis(..) | Entry::Snapshot(..) => return Err(ReplayError::TwoBeginnings),
        };
        // Not earlier than the last, as the driver applied it; an older server wrote the clock's time down as
        // it was.
        let outcome = service.apply(at.max(service.now()), input);
        // Everything here went out before the restart, or waits for a client that is gone.
        outputs.clear();
        outputs.extend(std::iter::from_fn(|| service.poll_output()));
        each(&service, &entry, &outcome, &outputs);
    }
    Ok(service)
}
