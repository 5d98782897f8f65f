//! Every operation of the journal fails once, at every call of the disk, in every way that the call can fail; after it
//! the process is killed or the power fails, at once and after each later step; and a restart must find a prefix of
//! what was written that holds all that was acknowledged.
//!
//! The histories are fixed, and between them they hold every operation of a journal: starting, appending, taking back,
//! committing, setting room aside, compacting in its three parts, resetting, restoring, closing, a torn tail, a full
//! disk. A history is played once to learn its calls. Then it is played again for each of its calls and each failure
//! that fits the call: EIO, ENOSPC, EMFILE, a short write, an effect in spite of the error, pages given up by a sync, a
//! write whose failure is notified late, and the process dying in the call before, amid and after its effect. Then
//! again with the call that comes next failing too, which is what the handling of the first failure calls.
//!
//! After the step in which the call failed, and after each later one, the disk is copied for every crash that it allows
//! (`SimDisk::crashes`); the journal is opened, goes on, and must survive another power failure that keeps nothing.

use claque_core::journal::{DiskCall, FILE_NAME, Journal, JournalMutant, OpenError};

use super::histories::{HISTORIES, failures};
use super::player::HistoryPlayer;
use super::{DiskError, DiskFailure, SimDiskFaults};

/// The totals of an enumeration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnumerationTotals {
    /// Histories.
    pub histories: u64,
    /// Calls of the disk in them, each of which failed.
    pub calls: u64,
    /// Calls that failed, each in every way that fits it.
    pub points: u64,
    /// Crashes after them, each followed by a restart.
    pub crashes: u64,
    /// Flipped bits of acknowledged records, and journals that were gone: all of them were noticed.
    pub damages: u64,
}

impl std::ops::AddAssign for EnumerationTotals {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.calls += other.calls;
        self.points += other.points;
        self.crashes += other.crashes;
        self.damages += other.damages;
    }
}

/// A call of a history, and how it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Which history.
    pub history: usize,
    /// Which call of it, counted from 0.
    pub call: u64,
    /// The call of the disk.
    pub what: DiskCall,
    /// How it fails.
    pub failure: DiskFailure,
    /// How the call after it fails; none: it does not.
    pub then: Option<DiskFailure>,
}

impl Point {
    fn faults(&self) -> SimDiskFaults {
        let exactly = [Some((self.call, self.failure)), self.then.map(|failure| (self.call + 1, failure))];
        SimDiskFaults { exactly, ..SimDiskFaults::default() }
    }
}

/// Every point of every history at which one call fails.
///
/// # Errors
/// A history breaks a promise although nothing fails.
pub fn points(mutant: Option<JournalMutant>) -> Result<Vec<Point>, String> {
    let mut points = Vec::new();
    for history in 0..HISTORIES.len() {
        let mut player = HistoryPlayer::new(SimDiskFaults::default(), mutant);
        player.disk.keep_log();
        player.play(history, None).map_err(|what| format!("history {history}, nothing fails: {what}"))?;
        for (call, what) in (0..).zip(player.disk.log()) {
            points.extend(failures(what).into_iter().map(|failure| Point {
                history,
                call,
                what,
                failure,
                then: None,
            }));
        }
    }
    Ok(points)
}

/// Those points again, each with the next call failing too, in every way that fits it.
///
/// # Errors
/// A history breaks a promise at one of the points.
pub fn followed(points: &[Point], mutant: Option<JournalMutant>) -> Result<Vec<Point>, String> {
    let mut followed = Vec::new();
    // A dead process makes no next call.
    for point in points.iter().filter(|point| point.failure.error != DiskError::Dead) {
        let mut player = HistoryPlayer::new(point.faults(), mutant);
        // Played to learn what is called next: after a failure that is how the journal handles it, and no longer the
        // history's next call.
        player.disk.keep_log();
        player.play(point.history, None).map_err(|what| format!("{point:?}: {what}"))?;
        let next = usize::try_from(point.call + 1).ok().and_then(|at| player.disk.log().get(at).copied());
        for then in next.map(failures).unwrap_or_default() {
            followed.push(Point { then: Some(then), ..*point });
        }
    }
    Ok(followed)
}

/// How much is tried at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Crashes after the step in which the call failed, and after the one that follows.
    Short,
    /// Crashes after every later step too.
    Full,
}

/// Plays points.
///
/// # Errors
/// The first that breaks a promise, and which.
pub fn play(
    points: &[Point],
    depth: Depth,
    mutant: Option<JournalMutant>,
) -> Result<EnumerationTotals, String> {
    let mut totals = EnumerationTotals::default();
    for point in points {
        let mut player = HistoryPlayer::new(point.faults(), mutant);
        let played = player.play(point.history, Some((point.call, depth)));
        played.map_err(|what| format!("{point:?}: {what}"))?;
        totals.points += 1;
        totals.crashes += player.crashes;
    }
    Ok(totals)
}

/// Flips every bit of what each history has acknowledged in the end, one after the other, and takes the journal away.
///
/// # Errors
/// The damage that was not noticed.
pub fn damage(mutant: Option<JournalMutant>) -> Result<EnumerationTotals, String> {
    let mut totals = EnumerationTotals::default();
    for history in 0..HISTORIES.len() {
        let mut player = HistoryPlayer::new(SimDiskFaults::default(), mutant);
        player.play(history, None)?;
        player.journal = None;
        let bytes = player.disk.bytes(FILE_NAME).unwrap_or_default();
        for bit in 0..bytes.len() as u64 * 8 {
            player.disk.flip(FILE_NAME, bit);
            match Journal::open_with(player.disk.fork(), mutant) {
                Err(OpenError::Journal(_)) => totals.damages += 1,
                other => {
                    let found = other.map(|opened| opened.records.len());
                    return Err(format!(
                        "history {history}: bit {bit} was flipped, and opening gives {found:?}"
                    ));
                }
            }
            // Back again: one bit at a time.
            player.disk.flip(FILE_NAME, bit);
        }
        player.disk.lose(FILE_NAME);
        match Journal::open_with(player.disk.fork(), mutant) {
            Err(OpenError::Gone { .. }) => totals.damages += 1,
            other => {
                let found = other.map(|opened| opened.records.len());
                return Err(format!("history {history}: the journal is gone, and opening gives {found:?}"));
            }
        }
        totals.histories += 1;
        totals.calls += player.disk.calls();
    }
    Ok(totals)
}

/// Everything: each point, alone and followed by another, and each damage.
///
/// # Errors
/// The first promise that is broken.
pub fn play_all(depth: Depth, mutant: Option<JournalMutant>) -> Result<EnumerationTotals, String> {
    let points = points(mutant)?;
    let mut totals = play(&points, depth, mutant)?;
    // Of pairs there are many more than of points, so each is crashed less often.
    totals += play(&followed(&points, mutant)?, Depth::Short, mutant)?;
    totals += damage(mutant)?;
    Ok(totals)
}
