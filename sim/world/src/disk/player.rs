//! A history as it is played, with a journal and a model of what it must hold.

use claque_core::journal::{
    Entry, FILE_NAME, Journal, JournalMutant, OpenError, Opened, Renewed, Replaced, Staged, Unwritten,
};
use claque_core::{Config, Instant};

use super::enumeration::Depth;
use super::histories::{END, HISTORIES, HistoryStep};
use super::model::{Allowed, ModelState, entry};
use super::{Crash, DiskError, SimDisk, SimDiskFaults};

pub(super) struct HistoryPlayer {
    pub(super) disk: SimDisk,
    faults: SimDiskFaults,
    mutant: Option<JournalMutant>,
    /// None: the process is down.
    pub(super) journal: Option<Journal<SimDisk>>,
    staged: Option<Staged<SimDisk>>,
    /// A state that is to take the journal's place.
    renewed: Option<(Renewed<SimDisk>, ModelState)>,
    now: Allowed,
    /// The states that the journal may lead to instead, after a replacement of which nothing is known.
    or: Option<Allowed>,
    next: u64,
    pub(super) crashes: u64,
}

impl HistoryPlayer {
    pub(super) fn new(faults: SimDiskFaults, mutant: Option<JournalMutant>) -> Self {
        Self {
            disk: SimDisk::new(0, faults),
            faults,
            mutant,
            journal: None,
            staged: None,
            renewed: None,
            now: Allowed::default(),
            or: None,
            next: 0,
            crashes: 0,
        }
    }

    const fn wall(&self) -> Instant {
        Instant::from_micros(self.next)
    }

    /// Plays a history; with crashes after a call, when one fails.
    pub(super) fn play(&mut self, history: usize, fails: Option<(u64, Depth)>) -> Result<(), String> {
        let mut after = 0;
        let steps = HISTORIES[history].iter().chain(END).copied().map(Some);
        let steps = [None].into_iter().chain(steps);
        for (number, step) in steps.enumerate() {
            let named = |what| format!("step {number} ({step:?}): {what}");
            match step {
                None => self.restart(),
                Some(step) => self.step(step),
            }
            .map_err(named)?;
            let Some((call, depth)) = fails.filter(|(call, _)| *call < self.disk.calls()) else { continue };
            // The step in which the call failed, and the one after it: a failure that is handled wrongly shows there,
            // and most of the time of an enumeration goes into crashes.
            if after < 2 || depth == Depth::Full {
                self.crash_in_every_way().map_err(|what| named(format!("after call {call}: {what}")))?;
            }
            after += 1;
            // A journal of which nothing is known has ended and says so; a server starts again then.
            if self.disk.is_dead() || self.or.is_some() {
                self.restart().map_err(named)?;
            }
        }
        if self.now.acknowledged < self.now.state.numbers.len() {
            return Err("nothing fails any more, and a commit is refused".to_owned());
        }
        Ok(())
    }

    fn step(&mut self, step: HistoryStep) -> Result<(), String> {
        match step {
            HistoryStep::Kill => {
                self.disk.kill();
                return self.restart();
            }
            HistoryStep::PowerFailure => {
                self.disk.crash(&Crash::Power(0));
                return self.restart();
            }
            HistoryStep::Tear(length) => return self.tear(length),
            HistoryStep::Full(full) => self.disk.set_full(full),
            HistoryStep::Append(length) => self.append(length),
            HistoryStep::Commit => self.commit(),
            HistoryStep::Reset => self.replace(false),
            HistoryStep::Restore => self.replace(true),
            HistoryStep::Stage => self.stage(),
            HistoryStep::Renewal => self.renewal(),
            HistoryStep::Renew => self.renew(),
            HistoryStep::Adopt => self.adopt(),
            HistoryStep::TakeBack => {
                let Some(journal) = &mut self.journal else { return Ok(()) };
                let mark = journal.mark();
                journal.append(&entry(u64::MAX, 5)).expect("a short entry");
                journal.rewind(mark);
            }
            // Refused or not: no room means that nothing is appended, which a history does all the same.
            HistoryStep::Reserve => drop(self.journal.as_mut().map(|journal| journal.reserve(4_096))),
            HistoryStep::CatchUp => {
                let Some((journal, mut staged)) = self.journal.as_ref().zip(self.staged.take()) else {
                    return Ok(());
                };
                self.staged = staged.catch_up(journal.bytes()).is_ok().then_some(staged);
            }
            HistoryStep::Close => {
                if let Some(journal) = &mut self.journal {
                    journal.close();
                }
            }
        }
        Ok(())
    }

    fn append(&mut self, length: u64) {
        let Some(journal) = &mut self.journal else { return };
        journal.append(&entry(self.next, length)).expect("a short entry");
        self.now.state.numbers.push(self.next);
        self.next += 1;
    }

    fn commit(&mut self) {
        let wall = self.wall();
        let Some(journal) = &mut self.journal else { return };
        match journal.commit(wall) {
            Ok(_) => self.now.acknowledged = self.now.state.numbers.len(),
            Err(Unwritten::Disk(_) | Unwritten::Ended) => {}
        }
    }

    fn stage(&mut self) {
        let Some(mut plan) = self.journal.as_mut().and_then(|journal| journal.plan()) else { return };
        let Ok(read) = plan.bytes() else { return };
        let Ok((records, _)) = claque_core::journal::read(&read) else { return };
        let Ok(state) = ModelState::of(&records) else { return };
        self.staged = plan.stage(&read, &state.snapshot()).ok();
    }

    fn adopt(&mut self) {
        let wall = self.wall();
        let Some((journal, staged)) = self.journal.as_mut().zip(self.staged.take()) else { return };
        let replaced = journal.adopt(staged, wall);
        self.on_replaced(&replaced, None);
    }

    /// Begins anew: with nothing, or with another state and two numbers beside it.
    fn replace(&mut self, restored: bool) {
        let wall = self.wall();
        let Some(journal) = &mut self.journal else { return };
        // Unlike any number that is written, so that a state is never taken for one of another beginning.
        let begun = self.next + 1_000;
        let (first, state) = if restored {
            let state = ModelState { begun, numbers: self.now.state.numbers.clone() };
            (state.snapshot(), state)
        } else {
            let first = Entry::Genesis(Instant::from_micros(begun), Config::default());
            (first, ModelState { begun, numbers: Vec::new() })
        };
        let beside = if restored { vec![self.next, self.next + 1] } else { Vec::new() };
        self.next += beside.len() as u64;
        let entries: Vec<Entry> =
            [first].into_iter().chain(beside.iter().map(|number| entry(*number, 300))).collect();
        let state = ModelState { numbers: [state.numbers, beside].concat(), ..state };
        let replaced = journal.replace(&entries, wall);
        self.on_replaced(&replaced, Some(state));
    }

    fn renewal(&mut self) {
        let Some(renewal) = self.journal.as_ref().and_then(Journal::renewal) else { return };
        let state = ModelState { begun: self.next + 1_000, numbers: self.now.state.numbers.clone() };
        self.renewed = renewal.write(&state.snapshot()).ok().map(|renewed| (renewed, state));
    }

    fn renew(&mut self) {
        let wall = self.wall();
        let Some((journal, (renewed, mut state))) = self.journal.as_mut().zip(self.renewed.take()) else {
            return;
        };
        state.numbers.push(self.next);
        let replaced = journal.renew(renewed, &[entry(self.next, 300)], wall);
        self.next += 1;
        self.on_replaced(&replaced, Some(state));
    }

    fn on_replaced(&mut self, replaced: &Replaced<DiskError>, fresh: Option<ModelState>) {
        let fresh = fresh.map_or_else(|| self.now.clone(), Allowed::whole);
        match replaced {
            Replaced::Done(..) => self.now = fresh,
            Replaced::Unknown(_) => self.or = Some(fresh),
            Replaced::Kept(_)
            | Replaced::Ended
            | Replaced::TooLong(_)
            | Replaced::Unreadable(_)
            | Replaced::Outdated
            | Replaced::Pending => {}
        }
    }

    /// The process dies while it writes.
    fn tear(&mut self, length: u64) -> Result<(), String> {
        self.append(length);
        self.disk.set_faults(SimDiskFaults { dies_at: Some(self.disk.calls()), ..self.faults });
        self.commit();
        self.disk.set_faults(self.faults);
        self.disk.kill();
        self.restart()
    }

    /// The process starts, a second time if a call of the disk fails in the first.
    fn restart(&mut self) -> Result<(), String> {
        // What a process holds in memory dies with it.
        (self.journal, self.staged, self.renewed) = (None, None, None);
        self.disk.set_full(false);
        // Twice a call may fail by plan. The third start has nothing in its way.
        for _ in 0..3 {
            self.disk.kill();
            let before = self.disk.calls();
            let opened = self.open(self.disk.clone());
            let called = before..self.disk.calls();
            let failed = self.faults.exactly.into_iter().flatten().any(|(at, _)| called.contains(&at));
            match opened {
                Ok((journal, found)) => {
                    self.now = found;
                    self.or = None;
                    self.journal = Some(journal);
                    if self.begin().is_ok() {
                        return Ok(());
                    }
                }
                // A refusal to start is right where the disk failed, and a fault of the journal where it did not.
                Err(Unopened::Disk(_)) if failed => {}
                Err(Unopened::Disk(error)) => {
                    return Err(format!("it does not start, and nothing failed: {error:?}"));
                }
                Err(Unopened::Broken(what)) => return Err(what),
            }
        }
        Err("it does not start a third time".to_owned())
    }

    /// A journal that is new begins with something.
    fn begin(&mut self) -> Result<(), String> {
        if self.now.state.begun == 0 {
            self.replace(false);
        }
        if self.now.state.begun == 0 { Err("it cannot be begun".to_owned()) } else { Ok(()) }
    }

    /// Opens the journal of a disk, and holds it to what it must be.
    fn open(&self, disk: SimDisk) -> Result<(Journal<SimDisk>, Allowed), Unopened> {
        let before = disk.bytes(FILE_NAME).unwrap_or_default();
        let opened = Journal::open_with(disk.clone(), self.mutant);
        let Opened { journal, records, cut, .. } = opened.map_err(|error| match error {
            OpenError::Disk(error) => Unopened::Disk(error),
            other => Unopened::Broken(format!("the journal does not open: {other:?}")),
        })?;
        if let Some(cut) = cut {
            let tail = &before[before.len().saturating_sub(cut.bytes)..];
            // A tail is cut because it looks torn. In case it was not, it must still be there for somebody to look at.
            if disk.bytes(&cut.name).as_deref() != Some(tail) {
                let what = format!("a tail of {} bytes was cut and is not kept as {}", cut.bytes, cut.name);
                return Err(Unopened::Broken(what));
            }
        }
        let found = ModelState::of(&records).map_err(Unopened::Broken)?;
        if self.now.takes(&found) || self.or.as_ref().is_some_and(|other| other.takes(&found)) {
            return Ok((journal, Allowed::whole(found)));
        }
        Err(Unopened::Broken(format!(
            "{} numbers of {:?} were acknowledged, and a restart finds {found:?}",
            self.now.acknowledged, self.now.state
        )))
    }

    /// Crashes in every way that the disk allows, each on a copy of it; what starts then must go on, and outlive a power
    /// failure that keeps nothing.
    fn crash_in_every_way(&mut self) -> Result<(), String> {
        for crash in self.disk.crashes() {
            self.crashes += 1;
            let disk = self.disk.fork();
            disk.set_faults(SimDiskFaults::default());
            disk.set_full(false);
            disk.crash(&crash);
            let named = |what: String| format!("{crash:?}: {what}");
            self.goes_on(&disk).map_err(named)?;
        }
        Ok(())
    }

    fn goes_on(&self, disk: &SimDisk) -> Result<(), String> {
        let (journal, found) = self.open(disk.clone()).map_err(|error| format!("{error:?}"))?;
        let mut next = Self {
            disk: disk.clone(),
            faults: SimDiskFaults::default(),
            journal: Some(journal),
            staged: None,
            renewed: None,
            now: found,
            or: None,
            next: self.next,
            crashes: 0,
            mutant: self.mutant,
        };
        next.begin()?;
        next.append(2);
        next.commit();
        if next.now.acknowledged < next.now.state.numbers.len() {
            return Err("nothing fails any more, and a commit is refused".to_owned());
        }
        disk.crash(&Crash::Power(0));
        let again = next.open(disk.clone());
        again.map(drop).map_err(|error| format!("started, written, and the power failed: {error:?}"))
    }
}

/// Why a journal did not open.
#[derive(Debug)]
enum Unopened {
    Disk(DiskError),
    Broken(String),
}
