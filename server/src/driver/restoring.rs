//! Another state in the place of the present one. Everything that grows with it is done beside the driver: reading,
//! checking, ending the links that it had, writing it down. The driver puts it in its place, which takes as long as a
//! rename.

use std::sync::Arc;

use claque_core::journal::{Entry, Renewal, Renewed};
use claque_core::{Input, LinkEnd, Output};

use super::durable::{Durable, reason, within_bound};
use super::effect::HeldEffect;
use super::state::{CROWD_DEVICE, Driver};
use crate::journal::JournalDisk;
use crate::service::LiveService;

/// The part of the driver that a restore needs, while the old state goes on. Only one is under way.
pub(crate) struct Restoring {
    renewal: Option<Renewal<JournalDisk>>,
    bytes_max: usize,
    accounts: Vec<String>,
    // Counted and not a flag: a restore that fails or panics anywhere gives the claim back by being dropped.
    here: Arc<()>,
}

/// A file that was written beside the journal; removed again unless it takes the journal's place.
struct Written(Option<Renewed<JournalDisk>>);

impl Drop for Written {
    fn drop(&mut self) {
        if let Some(renewed) = self.0.take() {
            renewed.discard();
        }
    }
}

/// A state that is ready to take the other's place.
pub(crate) struct Restored {
    service: LiveService,
    /// The outputs of the ends of its links.
    outputs: Vec<Output>,
    written: Written,
    digest: u64,
    _here: Arc<()>,
}

impl Restored {
    /// Hash of the state.
    pub(crate) const fn digest(&self) -> u64 {
        self.digest
    }
}

impl Restoring {
    /// The accounts of the server, which those of the state must be.
    pub(crate) fn accounts(&self) -> &[String] {
        &self.accounts
    }

    /// Makes a state ready: its links are lost, and it is written down beside the journal. O(state).
    ///
    /// # Errors
    /// A sentence, when the state is too large or the disk refuses; the old state goes on.
    pub(crate) fn prepare(self, mut service: LiveService) -> Result<Restored, String> {
        service.subscribe_ledger(true);
        // Here and not by the driver: a hundred thousand ends would hold up everybody who is still served by
        // the old state.
        let outputs = lose_links(&mut service);
        let state = service.snapshot_bytes();
        within_bound(state.len(), self.bytes_max)?;
        let entry = Entry::Snapshot(service.config().clone(), state, Vec::new());
        let written = self.renewal.map(|renewal| renewal.write(&entry)).transpose();
        entry.give_back();
        let written = Written(written.map_err(|replaced| reason(&replaced))?);
        let digest = service.lasting_digest();
        Ok(Restored { service, outputs, written, digest, _here: self.here })
    }
}

/// After a restart no session has its link any more; virtual members need none.
fn lose_links(service: &mut LiveService) -> Vec<Output> {
    let up: Vec<_> = service
        .links_up()
        .filter(|(_, device)| *device != CROWD_DEVICE)
        .map(|(session, _)| session)
        .collect();
    let mut outputs = Vec::new();
    for session in up {
        drop(service.apply(service.now(), Input::Disconnect(session, LinkEnd::Lost)));
        outputs.extend(std::iter::from_fn(|| service.poll_output()));
    }
    outputs
}

impl Driver {
    /// Begins to restore another state; none when that is under way already.
    pub(crate) fn begin_restore(&mut self) -> Option<Restoring> {
        if self.restoring.strong_count() > 0 {
            return None;
        }
        let here = Arc::new(());
        self.restoring = Arc::downgrade(&here);
        Some(Restoring {
            renewal: self.journal.as_ref().and_then(Durable::renewal),
            bytes_max: self.snapshot_bytes_max,
            accounts: self.service.config().accounts.clone(),
            here,
        })
    }

    /// Goes on from another state, at that state's time. Sessions may come back.
    pub(crate) fn restore(&mut self, restored: Restored) -> std::io::Result<()> {
        self.settle()?;
        let Restored { service, outputs, mut written, .. } = restored;
        if let Some((journal, renewed)) = self.journal.as_mut().zip(written.0.take()) {
            // The rename first and the memory behind it: in the other order a crash would bring the old state
            // back under links of the new one.
            journal.renew(renewed)?;
        }
        self.take_over(service, "another state was restored");
        for output in outputs {
            let audience = self.audience_of(&output);
            self.effects.push_back(HeldEffect::Output(Box::new(output), self.service.now(), audience));
        }
        Ok(())
    }
}
