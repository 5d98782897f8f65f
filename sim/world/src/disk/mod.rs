//! A disk that behaves as badly as a real one may: what was written but not synced is lost, torn or reordered when the
//! power fails; any call may fail, with its effect or without; a failed sync may have given pages up for good.
//!
//! What a process sees ("cached") and what a power failure leaves ("durable") are kept apart. Between them lie the
//! changes since the last sync: writes, in sectors of 512 bytes, of which a power failure keeps any subset; and changes
//! of names, of which it keeps any subset too. A killed process loses nothing that it wrote: the kernel still has it.

mod crash;
pub mod enumeration;
mod histories;
mod model;
mod player;
pub mod schedule;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use claque_core::journal::{Disk, DiskCall};
use claque_engine::{Actor, DrawPurpose, Draws, Randomness};

pub use crash::Crash;

const DISK: DrawPurpose = DrawPurpose::named("disk");
const SECTOR: usize = 512;

/// Why a simulated disk refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// EIO.
    Io,
    /// ENOSPC.
    NoSpace,
    /// EMFILE.
    TooManyOpen,
    /// The process is dead: nothing that it calls happens.
    Dead,
}

/// The effect that a call has although it fails by plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimDiskEffect {
    /// Nothing.
    Nothing,
    /// Half of it: a short write; a sync that wrote some of the pages, and gave up the others.
    Half,
    /// All of it: the error is wrong.
    All,
    /// A sync wrote nothing, and gave the pages up: they are clean now, and what they hold is not on the disk.
    GivenUp,
    /// A write reports success, its pages are given up later, and the next sync of the file reports the error, once.
    Late,
}

/// How a call fails by plan. With [`DiskError::Dead`] the process dies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskFailure {
    /// The error that it reports.
    pub error: DiskError,
    /// The effect that it has.
    pub effect: SimDiskEffect,
}

/// Which calls fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SimDiskFaults {
    /// These calls fail in this way, counted from 0.
    pub exactly: [Option<(u64, DiskFailure)>; 2],
    /// Of a thousand calls so many fail.
    pub permille: u32,
    /// This call fails, counted from 0.
    pub once_at: Option<u64>,
    /// The process dies in this call, counted from 0.
    pub dies_at: Option<u64>,
}

#[derive(Clone, Debug)]
enum DiskChange {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl DiskChange {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => {
                let end = at + written.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*at..end].copy_from_slice(written);
            }
            Self::Truncate(length) => bytes.truncate(*length),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Inode {
    cached: Vec<u8>,
    durable: Vec<u8>,
    dirty: Vec<DiskChange>,
    reserved: usize,
    /// An error of which the next sync speaks.
    late: Option<DiskError>,
}

impl Inode {
    fn change(&mut self, change: DiskChange) {
        change.apply(&mut self.cached);
        self.dirty.push(change);
    }

    /// Everything reaches the disk.
    fn settle(&mut self) {
        for change in std::mem::take(&mut self.dirty) {
            change.apply(&mut self.durable);
        }
    }

    /// Of the last write only the first half is left, up to a sector's end.
    fn halve_last(&mut self) {
        if let Some(DiskChange::Write(at, bytes)) = self.dirty.last_mut() {
            // A disk writes whole sectors: what is torn ends where one does.
            let half = (*at + bytes.len() / 2) / SECTOR * SECTOR;
            bytes.truncate(half.saturating_sub(*at));
        }
    }

    /// Part of what is not synced reaches the disk all the same, in no order but that of one sector's.
    fn settle_some(&mut self, draws: &mut Draws) {
        // Nothing, a little, half or everything, and the same for all changes of a file: with one chance for all of
        // them, files that are lost or kept whole would hardly ever occur.
        let permille = [0, 125, 500, 1_000][usize::try_from(draws.below(4)).unwrap_or(0)];
        for change in std::mem::take(&mut self.dirty) {
            match change {
                DiskChange::Truncate(_) if draws.chance_permille(permille) => change.apply(&mut self.durable),
                DiskChange::Truncate(_) => {}
                DiskChange::Write(at, bytes) => {
                    let mut from = 0;
                    while from < bytes.len() {
                        let upto = bytes.len().min((at + from) / SECTOR * SECTOR + SECTOR - at);
                        // Each sector by itself: the kernel writes pages back in whatever order it likes.
                        if draws.chance_permille(permille) {
                            DiskChange::Write(at + from, bytes[from..upto].to_vec()).apply(&mut self.durable);
                        }
                        from = upto;
                    }
                }
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Naming {
    Set(String, usize),
    Remove(String),
    Rename(String, String, usize),
}

impl Naming {
    /// The file that gets a name.
    const fn inode(&self) -> Option<usize> {
        match self {
            Self::Set(_, inode) | Self::Rename(_, _, inode) => Some(*inode),
            Self::Remove(_) => None,
        }
    }

    fn apply(self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Set(name, inode) => drop(names.insert(name, inode)),
            Self::Remove(name) => drop(names.remove(&name)),
            Self::Rename(from, to, inode) => {
                names.remove(&from);
                names.insert(to, inode);
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Inner {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    renamed: Vec<Naming>,
    draws: Draws,
    faults: SimDiskFaults,
    calls: u64,
    /// The calls so far, where a log is kept.
    log: Option<Vec<DiskCall>>,
    dead: bool,
    full: bool,
}

/// A handle to a simulated directory; clones share it.
#[derive(Clone, Debug)]
pub struct SimDisk(Arc<Mutex<Inner>>);

/// How a call goes.
enum Fate {
    Well,
    /// It reports an error; whether it happened all the same.
    Fails(DiskError, bool),
    /// It fails by plan.
    Planned(DiskFailure),
}

impl Inner {
    fn fate(&mut self, call: DiskCall) -> Fate {
        let number = self.calls;
        self.calls += 1;
        if let Some(log) = &mut self.log {
            log.push(call);
        }
        // Counted and logged like others: the enumeration finds its calls by number.
        if self.dead {
            return Fate::Fails(DiskError::Dead, false);
        }
        let planned = self.faults.exactly.into_iter().flatten().find(|(at, _)| *at == number);
        if let Some((_, failure)) = planned {
            self.dead = failure.error == DiskError::Dead;
            return Fate::Planned(failure);
        }
        let by_plan = self.faults.once_at == Some(number);
        let dies = self.faults.dies_at == Some(number);
        let by_chance = self.faults.permille > 0 && self.draws.chance_permille(self.faults.permille);
        if !(by_plan || dies || by_chance) {
            return Fate::Well;
        }
        self.dead = dies;
        let error = match self.draws.below(3) {
            _ if dies => DiskError::Dead,
            0 if matches!(call, DiskCall::Open | DiskCall::Create) => DiskError::TooManyOpen,
            1 => DiskError::NoSpace,
            _ => DiskError::Io,
        };
        Fate::Fails(error, self.draws.below(2) == 0)
    }

    fn name(&mut self, naming: Naming) {
        naming.clone().apply(&mut self.names);
        self.renamed.push(naming);
    }

    /// A change of names, with its fate.
    fn named(&mut self, call: DiskCall, change: impl FnOnce(&mut Self)) -> Result<(), DiskError> {
        match self.fate(call) {
            Fate::Well => {
                change(self);
                Ok(())
            }
            Fate::Planned(DiskFailure { error, effect }) => {
                if effect == SimDiskEffect::All {
                    change(self);
                }
                Err(error)
            }
            Fate::Fails(error, happened) => {
                if happened {
                    change(self);
                }
                Err(error)
            }
        }
    }
}

impl SimDisk {
    /// An empty directory of a disk whose caprices follow from a seed.
    #[must_use]
    pub fn new(seed: u64, faults: SimDiskFaults) -> Self {
        Self::drawing(Randomness::new(seed).draws(DISK, Actor::named("caprice"), 0), faults)
    }

    /// An empty directory of a disk whose caprices are these draws.
    #[must_use]
    pub fn drawing(draws: Draws, faults: SimDiskFaults) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            renamed: Vec::new(),
            draws,
            faults,
            calls: 0,
            log: None,
            dead: false,
            full: false,
        })))
    }

    // A lock and no cell: a server's tasks must be able to move between threads, and in a run they never do.
    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no holder of this lock can panic")
    }

    /// Which calls fail from here on.
    pub fn set_faults(&self, faults: SimDiskFaults) {
        self.locked().faults = faults;
    }

    /// Fills the disk from here on, or makes room.
    pub fn set_full(&self, full: bool) {
        self.locked().full = full;
    }

    /// Calls so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.locked().calls
    }

    /// Writes down what is called from here on.
    fn keep_log(&self) {
        self.locked().log.get_or_insert_default();
    }

    fn log(&self) -> Vec<DiskCall> {
        self.locked().log.clone().unwrap_or_default()
    }

    /// Whether the process died in a call.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.locked().dead
    }

    /// The process is killed and another takes its place; the kernel lives on. What it had to say of writes that failed
    /// later, it says to nobody.
    pub fn kill(&self) {
        let inner = &mut *self.locked();
        inner.dead = false;
        inner.inodes.iter_mut().for_each(|inode| inode.late = None);
    }

    /// The power fails: what was not synced is there in part, or not at all.
    pub fn power_failure(&self) {
        let inner = &mut *self.locked();
        inner.dead = false;
        for inode in &mut inner.inodes {
            inode.settle_some(&mut inner.draws);
            inode.cached.clone_from(&inode.durable);
            (inode.reserved, inode.late) = (0, None);
        }
        for naming in std::mem::take(&mut inner.renamed) {
            if inner.draws.below(2) == 0 {
                naming.apply(&mut inner.durable_names);
            }
        }
        inner.names.clone_from(&inner.durable_names);
    }

    /// The bytes of a file of that name, as a process sees them.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let inner = self.locked();
        inner.names.get(name).map(|inode| inner.inodes[*inode].cached.clone())
    }

    /// Names of all files, as a process sees them.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.locked().names.keys().cloned().collect()
    }

    /// Flips a bit of a file, on the disk and in the cache.
    pub fn flip(&self, name: &str, bit: u64) {
        let inner = &mut *self.locked();
        let Some(inode) = inner.names.get(name).map(|at| &mut inner.inodes[*at]) else { return };
        let at = usize::try_from(bit / 8).unwrap_or(usize::MAX);
        for bytes in [&mut inode.cached, &mut inode.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }

    /// Removes a file, as an administrator might.
    pub fn lose(&self, name: &str) {
        let inner = &mut *self.locked();
        inner.names.remove(name);
        inner.durable_names.remove(name);
    }
}

impl Disk for SimDisk {
    type File = usize;
    type Error = DiskError;

    fn open(&mut self, name: &str) -> Result<Option<usize>, DiskError> {
        let inner = &mut *self.locked();
        match inner.fate(DiskCall::Open) {
            Fate::Well => Ok(inner.names.get(name).copied()),
            Fate::Fails(error, _) | Fate::Planned(DiskFailure { error, .. }) => Err(error),
        }
    }

    fn create(&mut self, name: &str) -> Result<usize, DiskError> {
        let inner = &mut *self.locked();
        // A name takes room in the directory; one that exists is emptied, which frees some.
        if inner.full && !inner.names.contains_key(name) {
            return Err(DiskError::NoSpace);
        }
        inner.named(DiskCall::Create, |inner| {
            if let Some(inode) = inner.names.get(name) {
                inner.inodes[*inode].change(DiskChange::Truncate(0));
            } else {
                inner.inodes.push(Inode::default());
                let inode = inner.inodes.len() - 1;
                inner.name(Naming::Set(name.to_owned(), inode));
            }
        })?;
        inner.names.get(name).copied().ok_or(DiskError::Io)
    }

    fn read(&mut self, file: &usize, from: u64, to: Option<u64>) -> Result<Vec<u8>, DiskError> {
        let inner = &mut *self.locked();
        if let Fate::Fails(error, _) | Fate::Planned(DiskFailure { error, .. }) = inner.fate(DiskCall::Read) {
            return Err(error);
        }
        let bytes = &inner.inodes[*file].cached;
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[at(from)..to.map_or(bytes.len(), at)].to_vec())
    }

    fn write_at(&mut self, file: &usize, at: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let inner = &mut *self.locked();
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let fate = inner.fate(DiskCall::Write);
        let inode = &mut inner.inodes[*file];
        let room =
            if inner.full { inode.cached.len().max(inode.reserved).saturating_sub(at) } else { bytes.len() };
        let (written, error) = match fate {
            Fate::Well if room >= bytes.len() => (bytes.len(), None),
            Fate::Well => (room, Some(DiskError::NoSpace)),
            Fate::Planned(DiskFailure { error, effect }) => match effect {
                SimDiskEffect::Nothing | SimDiskEffect::GivenUp => (0, Some(error)),
                SimDiskEffect::Half => ((bytes.len() / 2).min(room), Some(error)),
                SimDiskEffect::All => (bytes.len().min(room), Some(error)),
                SimDiskEffect::Late => {
                    // In the cache and not among the changes: the process reads what it wrote, and no sync brings it to
                    // the disk.
                    DiskChange::Write(at, bytes[..bytes.len().min(room)].to_vec()).apply(&mut inode.cached);
                    inode.late = Some(error);
                    return Ok(());
                }
            },
            Fate::Fails(DiskError::Dead, false) => (0, Some(DiskError::Dead)),
            // A process that dies in a write has not written all of it.
            Fate::Fails(error, _) => {
                let whole = u64::from(error != DiskError::Dead);
                let part = inner.draws.below(bytes.len() as u64 + whole);
                (usize::try_from(part).unwrap_or(0).min(room), Some(error))
            }
        };
        if written > 0 {
            inode.change(DiskChange::Write(at, bytes[..written].to_vec()));
        }
        error.map_or(Ok(()), Err)
    }

    fn reserve(&mut self, file: &usize, to: u64) -> Result<(), DiskError> {
        let inner = &mut *self.locked();
        if let Fate::Fails(error, _) | Fate::Planned(DiskFailure { error, .. }) =
            inner.fate(DiskCall::Reserve)
        {
            return Err(error);
        }
        let inode = &mut inner.inodes[*file];
        let to = usize::try_from(to).unwrap_or(usize::MAX);
        // Room that was set aside before the disk was full stays the file's.
        if inner.full && to > inode.cached.len().max(inode.reserved) {
            return Err(DiskError::NoSpace);
        }
        inode.reserved = inode.reserved.max(to);
        Ok(())
    }

    fn truncate(&mut self, file: &usize, length: u64) -> Result<(), DiskError> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let inner = &mut *self.locked();
        inner.named(DiskCall::Truncate, |inner| inner.inodes[*file].change(DiskChange::Truncate(length)))
    }

    fn sync(&mut self, file: &usize) -> Result<(), DiskError> {
        let inner = &mut *self.locked();
        match inner.fate(DiskCall::Sync) {
            Fate::Well => {
                let inode = &mut inner.inodes[*file];
                inode.settle();
                inode.late.take().map_or(Ok(()), Err)
            }
            Fate::Planned(DiskFailure { error, effect }) => {
                let inode = &mut inner.inodes[*file];
                match effect {
                    SimDiskEffect::Nothing | SimDiskEffect::Late => {}
                    SimDiskEffect::GivenUp => inode.dirty.clear(),
                    SimDiskEffect::Half => {
                        let half = inode.dirty.len().div_ceil(2);
                        inode.dirty.truncate(half);
                        inode.halve_last();
                        inode.settle();
                    }
                    SimDiskEffect::All => inode.settle(),
                }
                Err(error)
            }
            Fate::Fails(error, happened) => {
                // The kernel may have given the pages up: they are clean now, and what they hold is not on the disk.
                if happened && error != DiskError::Dead {
                    inner.inodes[*file].settle_some(&mut inner.draws);
                }
                Err(error)
            }
        }
    }

    fn sync_directory(&mut self) -> Result<(), DiskError> {
        self.locked().named(DiskCall::SyncDirectory, |inner| {
            for naming in std::mem::take(&mut inner.renamed) {
                naming.apply(&mut inner.durable_names);
            }
        })
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        let inner = &mut *self.locked();
        let inode = inner.names.get(from).copied().ok_or(DiskError::Io)?;
        inner.named(DiskCall::Rename, |inner| {
            inner.name(Naming::Rename(from.to_owned(), to.to_owned(), inode));
        })
    }

    fn is_named(&mut self, name: &str, file: &usize) -> Result<bool, DiskError> {
        let inner = &mut *self.locked();
        match inner.fate(DiskCall::IsNamed) {
            Fate::Well => Ok(inner.names.get(name) == Some(file)),
            Fate::Fails(error, _) | Fate::Planned(DiskFailure { error, .. }) => Err(error),
        }
    }

    fn remove(&mut self, name: &str) -> Result<(), DiskError> {
        let inner = &mut *self.locked();
        inner.named(DiskCall::Remove, |inner| {
            if inner.names.contains_key(name) {
                inner.name(Naming::Remove(name.to_owned()));
            }
        })
    }
}
