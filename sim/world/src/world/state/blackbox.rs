//! The journal of the service in a world: what was written down of it, and how it stood when it went down.

use claque_core::journal::{Entry, Journal, JournalError, Mark, Record, Replaced};
use claque_core::{Config, HitCounts, Input, Instant, Mutants, Rule, Service, Snapshot};
use claque_engine::Draws;
use claque_oracle::evidence;
use claque_oracle::evidence::Evidence;

use crate::disk::{SimDisk, SimDiskFaults};

/// Records longer than this give way to a snapshot. Unit: bytes.
const LONG: u64 = 256 << 10;

/// Records that wait for a commit while nobody can tell: a crash commits them first. Unit: bytes.
const PENDING: usize = 16 << 10;

/// The state of a service as it went down, its last input not counted where that was torn.
#[derive(Debug)]
pub(crate) struct Down {
    pub(crate) at: Instant,
    pub(crate) digest: u64,
    /// Everything that it remembered, to name what the restart lost.
    pub(crate) state: Snapshot,
    pub(crate) config: Config,
    /// The rules that had decided until then.
    pub(crate) hits: HitCounts,
}

/// Records of everything that was done to the service, and what it was when it went down.
#[derive(Debug)]
pub(crate) struct Blackbox {
    pub(crate) disk: SimDisk,
    /// None: the service is down, or the journal could not be opened.
    pub(crate) journal: Option<Journal<SimDisk>>,
    /// Where the input begins that is being applied.
    pub(crate) mark: Option<Mark>,
    /// The state of the service that is down.
    pub(crate) down: Option<Down>,
    /// When it comes back. Unit: microseconds of show time.
    pub(crate) back_at: u64,
    /// How often it came back.
    pub(crate) restarts: u64,
    /// Records cut because they were torn.
    pub(crate) torn: u64,
    /// The first difference between a service and what came of its journal.
    pub(crate) differs: Option<(Instant, Option<Rule>, Evidence)>,
}

impl Blackbox {
    /// Begins with what the service is made with.
    pub(crate) fn new(now: Instant, config: &Config, draws: Draws) -> Self {
        let disk = SimDisk::drawing(draws, SimDiskFaults::default());
        let mut journal = Journal::open(disk.clone()).expect("an empty disk without faults").journal;
        let begun = journal.replace(&[Entry::Genesis(now, config.clone())], now);
        assert!(matches!(begun, Replaced::Done(..)), "a disk without faults");
        Self {
            disk,
            journal: Some(journal),
            mark: None,
            down: None,
            back_at: 0,
            restarts: 0,
            torn: 0,
            differs: None,
        }
    }

    /// Whether the service is down.
    pub(crate) const fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether the records are so long that a snapshot should take their place.
    pub(crate) fn is_long(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.bytes() > journal.begun_bytes() + LONG)
    }

    /// Begins anew with a snapshot in place of all records.
    pub(crate) fn compact<D: Mutants>(&mut self, service: &Service<HitCounts, D>) {
        self.commit(service.now());
        let Some(journal) = &mut self.journal else { return };
        let state = service.snapshot_bytes();
        let snapshot = Entry::Snapshot(service.config().clone(), state, Vec::new());
        drop(journal.replace(&[snapshot], service.now()));
    }

    /// Writes an input down before it is applied.
    pub(crate) fn record(&mut self, now: Instant, input: &Input) {
        // As the server does: a read changes nothing that a restart could miss.
        let Some(journal) = self.journal.as_mut().filter(|_| !input.only_reads()) else { return };
        self.mark = Some(journal.mark());
        journal.append(&Entry::Input(now, input.clone())).expect("no input is that long");
    }

    /// Notes the outcome of the input that was written down last: a refused one is taken back.
    pub(crate) fn recorded(&mut self, now: Instant, refused: bool) {
        let Some((journal, mark)) = self.journal.as_mut().zip(self.mark.take()) else { return };
        // A refused call changes the caller's quota alone, and quotas are not what a journal keeps. So the record is
        // taken back before it is written.
        if refused {
            journal.rewind(mark);
        } else if journal.pending_bytes() > PENDING {
            // Not at each input: only a crash can tell when the bytes were written, and it commits first.
            self.commit(now);
        }
    }

    pub(crate) fn commit(&mut self, now: Instant) {
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.commit(now)
        {
            let what = evidence!("a commit failed: ", format!("{error:?}"));
            self.differs.get_or_insert((now, None, what));
        }
    }

    /// Begins to compact the way the server does, out of the journal itself, while a call of the disk fails.
    pub(crate) fn compact_badly<D: Mutants>(&mut self, now: Instant, nth_call: u64, mutants: &D) {
        let Some(journal) = &mut self.journal else { return };
        self.disk.set_faults(SimDiskFaults {
            once_at: Some(self.disk.calls() + nth_call),
            ..SimDiskFaults::default()
        });
        // Through bytes, as the server's compaction thread does it: out of a service in memory one would write a state
        // that no reader of the journal has come to.
        if let Some(mut plan) = journal.plan()
            && let Ok(read) = plan.bytes()
            && let Ok((records, _)) = claque_core::journal::read(&read)
            && let Ok(service) = rebuild(records, mutants)
        {
            let state = service.snapshot_bytes();
            let first = Entry::Snapshot(service.config().clone(), state, Vec::new());
            if let Ok(staged) = plan.stage(&read, &first) {
                drop(journal.adopt(staged, now));
            }
        }
        self.disk.set_faults(SimDiskFaults::default());
    }

    /// An input is being written down when the process dies.
    pub(crate) fn tear(&mut self, now: Instant, input: &Input) {
        self.disk.set_faults(SimDiskFaults { dies_at: Some(self.disk.calls()), ..SimDiskFaults::default() });
        if let Some(journal) = &mut self.journal {
            journal.append(&Entry::Input(now, input.clone())).expect("no input is that long");
            assert!(journal.commit(now).is_err(), "the process is dead");
        }
        self.disk.set_faults(SimDiskFaults::default());
    }
}

/// A service out of a journal's records.
pub(crate) fn rebuild<D: Mutants>(
    records: Vec<Record>,
    mutants: &D,
) -> Result<Service<HitCounts, D>, JournalError> {
    let corrupt = |offset, what: &str| JournalError::Corrupt { offset, what: what.into() };
    let mut service = None;
    for Record { offset, entry, .. } in records {
        match (entry, &mut service) {
            (Entry::Genesis(now, config), _) => {
                let mut made = Service::new(now, config, HitCounts::default(), mutants.clone());
                made.subscribe_ledger(true);
                service = Some(made);
            }
            (Entry::Snapshot(config, bytes, _), _) => {
                let snapshot = Snapshot::from_bytes(&bytes)
                    .map_err(|_| corrupt(offset, "the snapshot does not decode"))?;
                let mut made = Service::restore(snapshot, config, HitCounts::default(), mutants.clone());
                made.subscribe_ledger(true);
                service = Some(made);
            }
            (Entry::Input(now, input) | Entry::Signed(now, _, input), Some(service)) => {
                service.apply(now, input);
                while service.poll_output().is_some() {}
            }
            (Entry::Nonce(_) | Entry::Digest(_), Some(_)) => {}
            (Entry::Input(..) | Entry::Signed(..) | Entry::Nonce(_) | Entry::Digest(_), None) => {
                return Err(corrupt(offset, "an input precedes the first record"));
            }
        }
    }
    service.ok_or_else(|| corrupt(0, "the journal has no first record"))
}
