//! Every crash that a disk allows: what was not synced as a list of pieces, of which a power failure keeps any.

use std::collections::BTreeSet;

use super::{DiskChange, Inner, SECTOR, SimDisk};

/// Pieces of which every subset is tried; of more, those that differ most.
const EVERY_SUBSET: usize = 5;

/// Something that is not on the disk yet, and gets there whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TornPiece {
    /// A file is cut.
    Truncate(usize, usize),
    /// All that was written to a sector of a file.
    Sector(usize, usize),
    /// A change of names.
    Naming(usize),
}

/// How the process ends, and what the disk keeps then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The process is killed; the kernel lives on.
    Kill,
    /// The power fails; a piece that is not synced is kept where its bit is set, the first piece by the lowest.
    Power(u64),
}

impl Inner {
    fn pieces(&self) -> Vec<TornPiece> {
        let mut reachable: BTreeSet<usize> =
            self.names.values().chain(self.durable_names.values()).copied().collect();
        // A file whose name a later change took away may come back by a power failure that keeps the earlier one only.
        reachable.extend(self.renamed.iter().filter_map(super::Naming::inode));
        let mut pieces = Vec::new();
        for at in reachable {
            for change in &self.inodes[at].dirty {
                match change {
                    DiskChange::Truncate(length) => pieces.push(TornPiece::Truncate(at, *length)),
                    DiskChange::Write(from, bytes) => {
                        for sector in from / SECTOR..(from + bytes.len()).div_ceil(SECTOR) {
                            let piece = TornPiece::Sector(at, sector);
                            // Writes to one sector are one piece: a disk has one of its states, and the last is taken
                            // for all of them.
                            if !pieces.contains(&piece) {
                                pieces.push(piece);
                            }
                        }
                    }
                }
            }
        }
        pieces.extend((0..self.renamed.len()).map(TornPiece::Naming));
        pieces
    }

    fn keep(&mut self, piece: TornPiece) {
        match piece {
            TornPiece::Truncate(inode, length) => self.inodes[inode].durable.truncate(length),
            TornPiece::Naming(at) => self.renamed[at].clone().apply(&mut self.durable_names),
            TornPiece::Sector(inode, sector) => {
                let inode = &mut self.inodes[inode];
                let (begin, end) = (sector * SECTOR, (sector + 1) * SECTOR);
                for change in &inode.dirty {
                    let DiskChange::Write(at, bytes) = change else { continue };
                    let (from, to) = (begin.max(*at), end.min(at + bytes.len()));
                    if from < to {
                        DiskChange::Write(from, bytes[from - at..to - at].to_vec()).apply(&mut inode.durable);
                    }
                }
            }
        }
    }
}

impl SimDisk {
    /// A disk of its own that is as this one is.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(std::sync::Arc::new(std::sync::Mutex::new(self.locked().clone())))
    }

    /// Every crash at this moment: a killed process, and power failures that keep any subset of what was not synced.
    /// Where there are too many subsets: nothing, everything, one piece alone, all but one, and the first few.
    #[must_use]
    pub fn crashes(&self) -> Vec<Crash> {
        // A subset is a word of bits.
        let count = self.locked().pieces().len().min(63);
        let all = (1_u64 << count) - 1;
        let mut kept: BTreeSet<u64> = BTreeSet::new();
        if count <= EVERY_SUBSET {
            kept.extend(0..=all);
        } else {
            for piece in 0..count {
                // One alone shows what depends on something else, all but one what something else depends on, and the
                // first few what an order of writes would have saved.
                kept.extend([1 << piece, all ^ 1 << piece, (1 << piece) - 1]);
            }
            kept.insert(all);
        }
        std::iter::once(Crash::Kill).chain(kept.into_iter().map(Crash::Power)).collect()
    }

    /// Crashes.
    pub fn crash(&self, crash: &Crash) {
        let kept = match crash {
            Crash::Kill => return self.kill(),
            Crash::Power(kept) => *kept,
        };
        let inner = &mut *self.locked();
        inner.dead = false;
        for (at, piece) in inner.pieces().into_iter().enumerate() {
            if at < 64 && kept >> at & 1 == 1 {
                inner.keep(piece);
            }
        }
        for inode in &mut inner.inodes {
            inode.dirty.clear();
            inode.cached.clone_from(&inode.durable);
            (inode.reserved, inode.late) = (0, None);
        }
        inner.renamed.clear();
        inner.names.clone_from(&inner.durable_names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDiskFaults;
    use claque_core::journal::Disk;

    #[test]
    fn a_power_failure_keeps_any_subset_of_what_was_not_synced() {
        let mut disk = SimDisk::new(0, SimDiskFaults::default());
        let file = disk.create("a").expect("no faults");
        disk.sync_directory().expect("no faults");
        disk.write_at(&file, 0, &[1; SECTOR]).expect("no faults");
        disk.sync(&file).expect("no faults");
        // Two sectors that were not synced, and a name.
        disk.write_at(&file, 100, &[2; SECTOR]).expect("no faults");
        disk.rename("a", "b").expect("no faults");
        let crashes = disk.crashes();
        assert_eq!(crashes.len(), 1 + 8, "a kill, and every subset of three pieces");
        let found: BTreeSet<_> = crashes
            .iter()
            .map(|crash| {
                let disk = disk.fork();
                disk.crash(crash);
                (disk.bytes("a"), disk.bytes("b"))
            })
            .collect();
        assert_eq!(found.len(), 8, "the killed process leaves what the disk would with everything kept");
        assert!(found.iter().all(|(a, b)| a.is_some() != b.is_some()), "a file has one of two names");
        let old = (Some(vec![1; SECTOR]), None);
        let torn = [vec![1; SECTOR], vec![2; 100]].concat();
        assert!(found.contains(&old) && found.contains(&(Some(torn), None)), "{found:?}");
    }
}
