//! The histories that are enumerated, and how each call of a disk can fail.

use claque_core::journal::DiskCall;

use super::{DiskError, DiskFailure, SimDiskEffect};

/// One step of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HistoryStep {
    /// Appends a record, so many bytes longer than it must be.
    Append(u64),
    /// Appends a record and takes it back.
    TakeBack,
    Commit,
    Reserve,
    /// The first part of a compaction: it reads, and writes another journal.
    Stage,
    CatchUp,
    Adopt,
    /// Begins anew with nothing.
    Reset,
    /// Begins anew with another state, and what is remembered beside it.
    Restore,
    /// The first part of another restore: its state is written beside the journal.
    Renewal,
    /// It takes the journal's place.
    Renew,
    Full(bool),
    Close,
    /// The process is killed, and starts again.
    Kill,
    /// The process dies while it writes a record of so many bytes, and starts again.
    Tear(u64),
    /// The power fails and nothing is kept that was not synced.
    PowerFailure,
}

use HistoryStep::{
    Adopt, Append, CatchUp, Close, Commit, Full, Kill, PowerFailure, Renew, Renewal, Reserve, Reset, Restore,
    Stage, TakeBack, Tear,
};

/// The histories. Each begins with an empty directory.
#[rustfmt::skip]
pub(super) const HISTORIES: &[&[HistoryStep]] = &[
    &[Append(10), Commit, Append(700), Append(20), Commit, Kill, Append(5), Commit, Append(40), Commit],
    &[Reserve, Append(3), TakeBack, Commit, Append(600), TakeBack, Append(9), Reserve, Commit, Close, Kill],
    &[Append(10), Commit, Append(9), Stage, Append(11), Commit, CatchUp, Append(12), Commit, Adopt, Append(13), Commit],
    &[Append(600), Commit, Stage, Adopt, Append(8), Commit, Stage, Append(3), Adopt, Commit, Kill, Append(1), Commit],
    &[Append(10), Commit, Append(9), Reset, Append(700), Commit, Kill, Reset, PowerFailure, Append(2), Commit],
    &[Append(10), Commit, Restore, Append(9), Commit, Restore, Kill, Append(2), Commit, Close],
    &[Append(10), Commit, Tear(1_200), Append(4), Commit, Tear(30), Append(9), Commit, Stage, Tear(600), Commit],
    &[Append(10), Commit, Stage, Reset, Append(9), Commit, Adopt, Append(8), Commit, Stage, Kill, Append(1), Commit],
    &[Append(10), Commit, Full(true), Append(700), Commit, Reserve, Stage, Full(false), Commit, Append(5), Commit],
    &[Append(10), Commit, Renewal, Append(9), Commit, Renew, Append(8), Commit, Renewal, Renew, Kill, Append(2), Commit],
    &[Append(10), Commit, Stage, Renewal, Append(600), Commit, Reset, Renew, Adopt, Append(8), Commit, Renewal, Kill],
    &[Append(10), PowerFailure, Append(9), Commit, Stage, PowerFailure, Append(7), Commit, Close, PowerFailure],
];

/// The end of every history: nothing fails any more, and the journal must go on.
pub(super) const END: &[HistoryStep] = &[Full(false), Append(1), Commit, Commit, Commit];

/// Every way in which a call can fail.
pub(super) fn failures(call: DiskCall) -> Vec<DiskFailure> {
    use DiskError::{Dead, Io, NoSpace, TooManyOpen};
    use SimDiskEffect::{All, GivenUp, Half, Late, Nothing};
    let ways: &[(DiskError, SimDiskEffect)] = match call {
        DiskCall::Open => &[(Io, Nothing), (TooManyOpen, Nothing), (Dead, Nothing)],
        DiskCall::Create => &[
            (Io, Nothing),
            (Io, All),
            (NoSpace, Nothing),
            (TooManyOpen, Nothing),
            (Dead, Nothing),
            (Dead, All),
        ],
        DiskCall::Read | DiskCall::IsNamed => &[(Io, Nothing), (Dead, Nothing)],
        DiskCall::Write => &[
            (Io, Nothing),
            (Io, Half),
            (Io, All),
            (NoSpace, Nothing),
            (NoSpace, Half),
            (Io, Late),
            (NoSpace, Late),
            (Dead, Nothing),
            (Dead, Half),
            (Dead, All),
        ],
        DiskCall::Reserve => &[(Io, Nothing), (NoSpace, Nothing), (Dead, Nothing)],
        DiskCall::Truncate | DiskCall::Remove | DiskCall::SyncDirectory => {
            &[(Io, Nothing), (Io, All), (Dead, Nothing), (Dead, All)]
        }
        DiskCall::Rename => &[(Io, Nothing), (Io, All), (NoSpace, Nothing), (Dead, Nothing), (Dead, All)],
        DiskCall::Sync => &[
            (Io, Nothing),
            (Io, GivenUp),
            (Io, Half),
            (Io, All),
            (NoSpace, GivenUp),
            (NoSpace, Half),
            (Dead, Nothing),
            (Dead, All),
        ],
    };
    ways.iter().map(|(error, effect)| DiskFailure { error: *error, effect: *effect }).collect()
}
