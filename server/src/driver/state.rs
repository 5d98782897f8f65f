//! The owner of the state machine, and what it remembers besides.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use claque_core::{Config, Cursor, GroupIx, Instant, Readings, Refusal, Rule, SessionId, Ticket, UserIx};
use tokio::sync::{mpsc, oneshot, watch};

use super::durable::{Durable, PreparedJournal};
use super::effect::{Asking, CallAnswer, HeldEffect};
use super::handle::DriverCommand;
use super::room::MemoryRoom;
use super::status::Status;
use crate::audience::Links;
use crate::call_log::CallLog;
use crate::clock::Clock;
use crate::crowd::CrowdSchedule;
use crate::feed::Feed;
use crate::ledger::Ledger;
use crate::outgoing::Outgoing;
use crate::rates::GroupRates;
use crate::service::LiveService;

/// The device number of virtual members, whose sessions need no link.
pub(crate) const CROWD_DEVICE: u32 = u32::MAX;

/// A journal, and where the results of its compactions arrive.
pub(crate) type Kept = (Durable, mpsc::UnboundedReceiver<PreparedJournal>);

/// Why all links are to end; none: they are not.
pub(crate) type Goodbye = Option<&'static str>;

/// The owner of the state machine.
pub(crate) struct Driver {
    pub(crate) service: LiveService,
    pub(crate) clock: Clock,
    pub(crate) journal: Option<Durable>,
    pub(crate) links: Links,
    pub(crate) ledger: Ledger,
    pub(crate) feed: Feed,
    pub(crate) crowds: CrowdSchedule,
    pub(crate) outages: Outages,
    pub(crate) outgoing: Outgoing,
    pub(crate) counters: Counters,
    /// Longest snapshot. Unit: bytes.
    pub(super) snapshot_bytes_max: usize,
    /// Whether a restore is under way: somebody holds what it began with.
    pub(super) restoring: Weak<()>,
    /// The configuration that the service was made with; limits and readings may have been changed since.
    pub(super) made_with: Config,
    /// The outcomes of compactions that were prepared beside.
    pub(super) prepared: mpsc::UnboundedReceiver<PreparedJournal>,
    /// Whether what is being done has written something down.
    pub(super) wrote: bool,
    /// Something fell due by the clock behind the last input that was written down.
    pub(super) fell_due: bool,
    pub(super) readings: watch::Sender<Readings>,
    pub(super) answers: BTreeMap<Ticket, oneshot::Sender<CallAnswer>>,
    pub(super) client_answers: BTreeMap<Ticket, Asking>,
    pub(super) audiences: BTreeMap<GroupIx, (u64, Arc<[UserIx]>)>,
    pub(super) orphans: Vec<(SessionId, u64)>,
    /// Reviews that found no place: their verdicts come once what led to them is out.
    pub(super) unreviewed: Vec<Ticket>,
    /// Why a reviewer refused, between its verdict and the answer that it leads to.
    pub(super) reasons: BTreeMap<Ticket, Arc<str>>,
    pub(super) effects: VecDeque<HeldEffect>,
    /// Answers to calls that ended something for many: sent when it has ended for all.
    pub(super) held: Vec<HeldEffect>,
    /// A slice of catching up with the clock ended before everything was done.
    pub(super) behind: Option<Behind>,
    /// Continuations, run once everything due at a time is done.
    pub(super) thens: Vec<(Instant, Then)>,
    pub(super) status: Arc<Status>,
    pub(crate) room: MemoryRoom,
    pub(crate) rates: GroupRates,
    /// The log of calls, to count its memory.
    pub(super) calls: Arc<CallLog>,
    /// How often each rule had decided before the call that is being applied. Kept for its memory.
    pub(super) rule_counts: Vec<u64>,
    pub(super) commands: mpsc::Receiver<DriverCommand>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("now", &self.service.now()).finish_non_exhaustive()
    }
}

/// A catch-up that a slice left unfinished.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behind {
    pub(super) goal: Instant,
    pub(super) done: u64,
}

/// Something to do once everything due at a time is done.
pub(super) type Then = Box<dyn FnOnce(&mut Driver) + Send>;

/// A session that is cut off, and how far it had come in its groups.
pub(crate) struct SessionOutage {
    pub(super) session: SessionId,
    pub(super) cursors: Vec<Cursor>,
}

/// The outages that nobody has ended yet. By user, since an outage can outlast the session that it cut off.
pub(crate) type Outages = BTreeMap<UserIx, SessionOutage>;

/// Counters of what happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Inputs applied.
    pub(crate) inputs: u64,
    /// Server-side calls accepted.
    pub(crate) calls_accepted: u64,
    /// Server-side calls refused.
    pub(crate) calls_refused: u64,
    /// Group messages delivered.
    pub(crate) delivered: u64,
    /// Messages shed.
    pub(crate) shed: u64,
    /// Journal commits.
    pub(crate) commits: u64,
}

/// The answer to a call that changes something while the journal cannot be written, or could not be when it was applied.
pub(super) const NOT_DURABLE: Refusal = Refusal::ServerError { rule: Rule::ErrorServerErrorCode };

/// Counts of what is under way, or was since the service began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InProgress {
    /// Server-side calls that wait for a review or an acknowledgement.
    pub(crate) calls: usize,
    /// Client requests that wait for a review.
    pub(crate) client_calls: usize,
    /// Audience links that are up.
    pub(crate) links: usize,
    /// Messages shed so far.
    pub(crate) shed: u64,
    /// Reviews asked for so far.
    pub(crate) reviews: u64,
}

/// A snapshot as the driver gives it.
pub(crate) struct Snapshotted {
    /// The longest that it may be. Unit: bytes.
    pub(crate) bytes_max: usize,
    pub(crate) state: SnapshotState,
}

/// The state of a snapshot.
pub(crate) enum SnapshotState {
    /// A copy of the service, to be written elsewhere.
    Copied(Box<LiveService>),
    /// The part of the journal to replay, elsewhere.
    Planned(claque_core::journal::Plan<crate::journal::JournalDisk>),
}

/// A journal longer than this has a state that is better replayed elsewhere than written while others wait. Unit: bytes.
pub(super) const DIRECT_BYTES_MAX: u64 = 8 << 20;
