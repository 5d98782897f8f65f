//! Crash schedules of the journal, judged by a model: whatever the disk does, a restart finds a prefix of what was
//! written that holds all that was acknowledged.
//!
//! A schedule is a pure function of its seed: records are appended and committed, the journal is compacted while it
//! goes on and begun again, the disk is full and has room again, calls fail, the process is killed or the power fails
//! at any call. After each crash the journal is opened again, sometimes in several attempts, and compared with the
//! model: a list of numbers, and how many of them were acknowledged. At the end a bit is flipped, or the journal
//! removed.

use claque_core::journal::{
    Entry, FILE_NAME, Journal, JournalMutant, OpenError, Record, Replaced, Staged, Unwritten,
};
use claque_core::{Config, Instant};
use claque_engine::{Actor, Draws, Randomness};

use super::model::{Allowed, ModelState, entry};
use super::{DISK, DiskError, SimDisk, SimDiskFaults};

/// Steps of a schedule.
const STEPS_MAX: u64 = 40;
/// Attempts to open a journal before the disk has no more faults.
const ATTEMPTS: u64 = 3;

/// The totals of schedules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleTotals {
    /// Schedules played.
    pub schedules: u64,
    /// Calls of the file layer.
    pub calls: u64,
    /// Records acknowledged.
    pub acknowledged: u64,
    /// Restarts after a killed process.
    pub kills: u64,
    /// Restarts after a power failure.
    pub power_failures: u64,
    /// Torn tails that were cut.
    pub cuts: u64,
    /// Compactions and resets that took the journal's place.
    pub replaced: u64,
    /// Commits, compactions and resets that the disk refused.
    pub refused: u64,
}

impl std::ops::AddAssign for ScheduleTotals {
    fn add_assign(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.calls += other.calls;
        self.acknowledged += other.acknowledged;
        self.kills += other.kills;
        self.power_failures += other.power_failures;
        self.cuts += other.cuts;
        self.replaced += other.replaced;
        self.refused += other.refused;
    }
}

struct Play {
    disk: SimDisk,
    draws: Draws,
    faults: SimDiskFaults,
    mutant: Option<JournalMutant>,
    /// None: the process is down.
    journal: Option<Journal<SimDisk>>,
    staged: Option<Staged<SimDisk>>,
    now: Allowed,
    /// The states that the journal may lead to instead, after a replacement of which nothing is known.
    or: Option<Allowed>,
    next: u64,
    totals: ScheduleTotals,
}

/// Plays one schedule.
///
/// # Errors
/// A sentence that says what was broken.
pub fn play(seed: u64, mutant: Option<JournalMutant>) -> Result<ScheduleTotals, String> {
    let mut draws = Randomness::new(seed).draws(DISK, Actor::named("schedule"), 0);
    // One seed in four meets a sound disk, so that a bug of the journal's own is not put down to the disk.
    let faults = match seed % 4 {
        0 => SimDiskFaults::default(),
        1 => SimDiskFaults { once_at: Some(draws.below(160)), ..SimDiskFaults::default() },
        2 => SimDiskFaults { permille: 30, ..SimDiskFaults::default() },
        _ => SimDiskFaults { permille: 150, ..SimDiskFaults::default() },
    };
    let dies_at = (draws.below(2) == 0).then(|| draws.below(160));
    let faults = SimDiskFaults { dies_at, ..faults };
    let mut play = Play {
        disk: SimDisk::new(seed, faults),
        draws,
        faults,
        mutant,
        journal: None,
        staged: None,
        now: Allowed { state: ModelState::default(), acknowledged: 0 },
        or: None,
        next: 0,
        totals: ScheduleTotals { schedules: 1, ..ScheduleTotals::default() },
    };
    play.reopen()?;
    for _ in 0..10 + play.draws.below(STEPS_MAX) {
        play.step()?;
    }
    play.end()?;
    play.totals.calls = play.disk.calls();
    Ok(play.totals)
}

impl Play {
    fn wall(&self) -> Instant {
        Instant::from_micros(self.next)
    }

    fn step(&mut self) -> Result<(), String> {
        if self.disk.is_dead() {
            return self.crash();
        }
        match self.draws.below(100) {
            0..45 => self.append(),
            45..75 => self.commit(),
            75..87 => self.compact(),
            87..89 => self.reset(),
            89..92 => self.toggle_full(),
            _ => return self.crash(),
        }
        // A journal that has ended says so, and the server ends with it.
        if self.or.is_some() { self.crash() } else { Ok(()) }
    }

    fn append(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        for _ in 0..=self.draws.below(3) {
            let length =
                if self.draws.below(8) == 0 { self.draws.below(3_000) } else { self.draws.below(60) };
            let entry = entry(self.next, length);
            let mark = journal.mark();
            journal.append(&entry).expect("a short entry");
            // What is taken back was never there.
            if self.draws.below(6) == 0 {
                journal.rewind(mark);
                continue;
            }
            self.now.state.numbers.push(self.next);
            self.next += 1;
        }
    }

    fn commit(&mut self) {
        let wall = self.wall();
        let Some(journal) = &mut self.journal else { return };
        if self.draws.below(4) == 0 && journal.reserve(self.draws.below(4_096)).is_err() {
            self.totals.refused += 1;
            return;
        }
        match journal.commit(wall) {
            Ok(_) => {
                self.totals.acknowledged += (self.now.state.numbers.len() - self.now.acknowledged) as u64;
                self.now.acknowledged = self.now.state.numbers.len();
            }
            Err(Unwritten::Disk(_) | Unwritten::Ended) => self.totals.refused += 1,
        }
    }

    /// One step of a compaction: the first half, some of the copying, or the end.
    fn compact(&mut self) {
        let wall = self.wall();
        let Some(journal) = &mut self.journal else { return };
        let Some(mut staged) = self.staged.take() else {
            let Some(mut plan) = journal.plan() else { return };
            let Ok(read) = plan.bytes() else { return };
            let Ok((records, _)) = claque_core::journal::read(&read) else { return };
            let Ok(state) = ModelState::of(&records) else { return };
            match plan.stage(&read, &state.snapshot()) {
                Ok(staged) => self.staged = Some(staged),
                Err(_) => self.totals.refused += 1,
            }
            return;
        };
        if self.draws.below(2) == 0 {
            if staged.catch_up(journal.bytes()).is_ok() {
                self.staged = Some(staged);
            }
            return;
        }
        let replaced = journal.adopt(staged, wall);
        self.on_replaced(replaced, None);
    }

    fn reset(&mut self) {
        let wall = self.wall();
        let Some(journal) = &mut self.journal else { return };
        // A compaction under way knows the old journal only; the journal must refuse it later.
        self.next += 1;
        let state = ModelState { begun: self.next, numbers: Vec::new() };
        let genesis = Entry::Genesis(Instant::from_micros(self.next), Config::default());
        let replaced = journal.replace(&[genesis], wall);
        self.on_replaced(replaced, Some(state));
    }

    fn on_replaced(&mut self, replaced: Replaced<DiskError>, fresh: Option<ModelState>) {
        let fresh = fresh.map(|state| Allowed { state, acknowledged: 0 });
        match replaced {
            Replaced::Done(..) => {
                self.totals.replaced += 1;
                self.now = fresh.unwrap_or_else(|| self.now.clone());
            }
            Replaced::Unknown(_) => {
                self.totals.refused += 1;
                self.or = Some(fresh.unwrap_or_else(|| self.now.clone()));
            }
            Replaced::Kept(_)
            | Replaced::Ended
            | Replaced::TooLong(_)
            | Replaced::Unreadable(_)
            | Replaced::Outdated
            | Replaced::Pending => self.totals.refused += 1,
        }
    }

    fn toggle_full(&mut self) {
        let full = self.draws.below(2) == 0;
        self.disk.set_full(full);
    }

    fn crash(&mut self) -> Result<(), String> {
        (self.journal, self.staged) = (None, None);
        if self.draws.below(2) == 0 {
            self.totals.kills += 1;
            self.disk.kill();
        } else {
            self.totals.power_failures += 1;
            self.disk.power_failure();
        }
        self.reopen()
    }

    /// Opens the journal, in as many attempts as the disk makes necessary, and holds it to the model.
    fn reopen(&mut self) -> Result<(), String> {
        self.disk.set_full(false);
        for attempt in 0.. {
            // From here on the disk is sound: a journal that still does not open is itself at fault.
            if attempt == ATTEMPTS {
                self.disk.set_faults(SimDiskFaults::default());
            }
            let before = self.disk.bytes(FILE_NAME);
            match Journal::open_with(self.disk.clone(), self.mutant) {
                Ok(opened) => {
                    let kept = opened.cut.as_ref().map(|cut| (cut.name.clone(), cut.bytes));
                    self.totals.cuts += u64::from(kept.is_some());
                    if let Some((name, length)) = kept {
                        let before = before.unwrap_or_default();
                        let tail = &before[before.len().saturating_sub(length)..];
                        if self.disk.bytes(&name).as_deref() != Some(tail) {
                            return Err(format!(
                                "a tail of {length} bytes was cut and is not kept as {name}"
                            ));
                        }
                    }
                    if self.accept(opened.journal, &opened.records)? {
                        self.disk.set_faults(self.faults);
                        return Ok(());
                    }
                }
                Err(OpenError::Disk(_)) if attempt < ATTEMPTS => {}
                Err(error) => return Err(format!("the journal does not open: {error:?}")),
            }
            if self.draws.below(2) == 0 {
                self.disk.kill();
            } else {
                self.disk.power_failure();
            }
        }
        Ok(())
    }

    /// Goes on with an opened journal, when it holds what it must. False: it could not be begun.
    fn accept(&mut self, mut journal: Journal<SimDisk>, records: &[Record]) -> Result<bool, String> {
        let found = ModelState::of(records)?;
        let allowed = self.now.takes(&found) || self.or.as_ref().is_some_and(|other| other.takes(&found));
        if !allowed {
            return Err(format!(
                "{} records were acknowledged ({:?}), and a restart found {found:?}",
                self.now.acknowledged, self.now.state
            ));
        }
        // From here on what was found counts as acknowledged: a restart has read it, and the next one must not lose it.
        self.now = Allowed { acknowledged: found.numbers.len(), state: found };
        self.or = None;
        if records.is_empty() {
            self.next += 1;
            let state = ModelState { begun: self.next, numbers: Vec::new() };
            let genesis = Entry::Genesis(Instant::from_micros(self.next), Config::default());
            match journal.replace(&[genesis], self.wall()) {
                Replaced::Done(..) => self.now = Allowed { state, acknowledged: 0 },
                Replaced::Ended
                | Replaced::Kept(_)
                | Replaced::Outdated
                | Replaced::Pending
                | Replaced::TooLong(_)
                | Replaced::Unknown(_)
                | Replaced::Unreadable(_) => {
                    // Whether it begins with this one is seen at the next start.
                    self.or = Some(Allowed { state, acknowledged: 0 });
                    return Ok(false);
                }
            }
        }
        self.journal = Some(journal);
        Ok(true)
    }

    /// A killed process, and damage: a flipped bit is never taken for a torn tail, nor a lost journal for a new one.
    fn end(&mut self) -> Result<(), String> {
        self.disk.set_full(false);
        self.commit();
        let sound = self.faults == SimDiskFaults::default();
        let end = self.journal.as_ref().map_or(0, Journal::bytes);
        // What was synced is known, and so damage there is told from a torn tail. On a disk that fails it is not known
        // for sure, and nothing is promised.
        if !sound || end == 0 {
            return self.crash();
        }
        (self.journal, self.staged) = (None, None);
        self.disk.kill();
        if self.draws.below(4) == 0 {
            self.disk.lose(FILE_NAME);
            return match Journal::open_with(self.disk.clone(), self.mutant) {
                Err(OpenError::Gone { .. }) => Ok(()),
                Err(error) => Err(format!("a lost journal is reported as {error:?}")),
                Ok(_) => Err("a lost journal is begun afresh".to_owned()),
            };
        }
        // Half of the flips hit the last records, where damage and a torn tail look alike.
        let near = if self.draws.below(2) == 0 { end.min(80) } else { end };
        let bit = (end - near) * 8 + self.draws.below(near * 8);
        self.disk.flip(FILE_NAME, bit);
        match Journal::open_with(self.disk.clone(), self.mutant) {
            Err(OpenError::Journal(_)) => Ok(()),
            Err(error) => Err(format!("a flipped bit is reported as {error:?}")),
            Ok(opened) => Err(format!(
                "bit {bit} of {end} acknowledged bytes was flipped, and the journal opens with {} records",
                opened.records.len()
            )),
        }
    }
}

/// Plays the schedules of many seeds.
///
/// # Errors
/// The first seed that breaks a promise, and which.
pub fn play_all(
    seeds: std::ops::Range<u64>,
    mutant: Option<JournalMutant>,
) -> Result<ScheduleTotals, (u64, String)> {
    let mut sum = ScheduleTotals::default();
    for seed in seeds {
        let one = play(seed, mutant).map_err(|what| (seed, what))?;
        sum += one;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::{JournalMutant, play_all};

    #[test]
    fn what_was_acknowledged_is_found_after_any_crash() {
        let totals =
            play_all(0..4_000, None).unwrap_or_else(|(seed, what)| panic!("schedule {seed}: {what}"));
        assert!(totals.acknowledged > 10_000 && totals.cuts > 100, "{totals:?}");
        assert!(totals.kills > 1_000 && totals.power_failures > 1_000, "{totals:?}");
        assert!(totals.replaced > 1_000 && totals.refused > 1_000, "{totals:?}");
    }

    #[test]
    fn every_fault_of_a_journal_is_found() {
        for mutant in JournalMutant::ALL {
            let found = play_all(0..4_000, Some(*mutant));
            assert!(found.is_err(), "4,000 schedules survive {mutant:?}");
        }
    }
}
