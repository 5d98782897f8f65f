//! The crash of the service: everything in memory is gone, and a new service is made from the journal's bytes.
//!
//! While the scenario has a crash in it, every input is written down before it is applied, in the journal's own format.
//! A crash cuts all links at once, and until it is over nobody is served and nothing falls due. The restart reads the
//! bytes from the beginning; whatever it cannot read of the last record was never acknowledged and is cut. The new
//! service must equal the old one bit by bit, configuration and all: that is judged at the end of the run, so that a
//! broken rule that follows from a difference is named first.

use claque_core::journal::{Entry, JournalError, Reader, append, header};
use claque_core::{
    ClientRequest, ClientSend, Config, Defects, HitCounts, Input, Instant, LinkEnd, Priority, Service,
    Snapshot,
};

use crate::engine::{Actor, Queue};
use crate::scenario::FaultKind;
use crate::world::{CRASH, Control, World};

/// Records longer than this give way to a snapshot. Unit: bytes.
const LONG: usize = 256 << 10;

/// What a service was when it went down, its last input not counted where that was torn.
#[derive(Debug)]
struct Down {
    digest: u64,
    config: Config,
    /// How many bytes of the journal are whole records.
    intact: usize,
}

/// Records of everything that was done to the service, and what it was when it went down.
#[derive(Debug)]
pub(crate) struct Blackbox {
    bytes: Vec<u8>,
    /// How many of them are the first record.
    base: usize,
    /// What was decided before the first record.
    before: HitCounts,
    /// What the service was that is down.
    down: Option<Down>,
    /// When it comes back. Unit: microseconds of show time.
    back_at: u64,
    /// How often it came back.
    pub(crate) restarts: u64,
    /// Records cut because they were torn.
    pub(crate) torn: u64,
    /// The first difference between a service and what came of its journal.
    pub(crate) differs: Option<(Instant, String)>,
}

impl Blackbox {
    /// Begins with what the service is made with.
    pub(crate) fn new(now: Instant, config: &Config) -> Self {
        let mut bytes = header().to_vec();
        append(&mut bytes, &Entry::Genesis(now, config.clone()));
        Self {
            bytes,
            base: 0,
            before: HitCounts::default(),
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
    pub(crate) const fn is_long(&self) -> bool {
        self.bytes.len() > self.base + LONG
    }

    /// Begins anew with a snapshot in place of all records.
    pub(crate) fn compact<D: Defects>(&mut self, service: &Service<HitCounts, D>) {
        self.bytes = header().to_vec();
        let snapshot = service.snapshot().to_bytes();
        append(&mut self.bytes, &Entry::Snapshot(service.config().clone(), snapshot));
        self.base = self.bytes.len();
        self.before = service.tracer().clone();
    }

    /// Tears the last record, which begins at `whole`: a disk keeps its first bytes, or has room for it and nothing written
    /// there, or has written its end wrongly.
    fn tear(&mut self, whole: usize, left: usize, how: u64) {
        match how {
            0 => self.bytes.truncate(whole + left),
            1 => self.bytes[whole..].fill(0),
            _ => {
                if let Some(last) = self.bytes.last_mut() {
                    *last ^= 0xff;
                }
            }
        }
        self.torn += u64::from(self.bytes.len() > whole);
    }

    /// Writes an input down before it is applied.
    pub(crate) fn record(&mut self, now: Instant, input: &Input) {
        append(&mut self.bytes, &Entry::Input(now, input.clone()));
    }
}

/// A service out of a journal's bytes, and how many of the bytes are whole records.
fn rebuild<D: Defects>(bytes: &[u8], defects: &D) -> Result<(Service<HitCounts, D>, usize), JournalError> {
    let mut service = None;
    let mut reader = Reader::new(bytes)?;
    for record in reader.by_ref() {
        let entry = match record {
            Ok(record) => record.entry,
            Err(JournalError::TornTail { .. }) => break,
            Err(error) => return Err(error),
        };
        match (entry, &mut service) {
            (Entry::Genesis(now, config), _) => {
                let mut made = Service::new(now, config, HitCounts::default(), defects.clone());
                made.subscribe_ledger(true);
                service = Some(made);
            }
            (Entry::Snapshot(config, bytes), _) => {
                let corrupt = JournalError::Corrupt { offset: 0, what: "the snapshot does not decode" };
                let snapshot = Snapshot::from_bytes(&bytes).map_err(|_| corrupt)?;
                let mut made = Service::restore(snapshot, config, HitCounts::default(), defects.clone());
                made.subscribe_ledger(true);
                service = Some(made);
            }
            (Entry::Input(now, input), Some(service)) => {
                service.apply(now, input);
                while service.poll_output().is_some() {}
            }
            (Entry::Input(..), None) => {
                let what = "an input precedes the first record";
                return Err(JournalError::Corrupt { offset: reader.offset(), what });
            }
        }
    }
    let intact = reader.offset();
    let empty = JournalError::Corrupt { offset: intact, what: "the journal has no first record" };
    service.map(|service| (service, intact)).ok_or(empty)
}

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    /// Whether the service is down.
    pub(crate) fn is_down(&self) -> bool {
        self.blackbox.as_ref().is_some_and(Blackbox::is_down)
    }

    /// When something that finds the service down is tried again. Unit: microseconds of show time.
    pub(crate) fn after_restart(&self) -> u64 {
        self.blackbox.as_ref().map_or(self.now, |it| it.back_at).max(self.now) + 1
    }

    /// The service goes down; with a torn record, in the middle of writing an input down.
    pub(crate) fn crash(&mut self, torn: bool, ends: u64) {
        let now = self.clock();
        if self.blackbox.is_none() {
            return;
        }
        if !self.is_down() {
            if self.service.poll_timeout().is_some_and(|due| due <= now) {
                self.call(Input::Timeout);
            }
            let (digest, config) = (self.service.digest(), self.service.config().clone());
            // A snapshot takes the records' place at any moment; one crash of four comes right after it.
            let (nth, _) = self.restarts();
            let compacted =
                self.randomness.draw(CRASH, Actor::numbered("compacted", nth), 0).is_multiple_of(4);
            if let Some(blackbox) = self.blackbox.as_mut().filter(|_| compacted) {
                blackbox.compact(&self.service);
            }
            let intact = self.blackbox.as_ref().map_or(0, |blackbox| blackbox.bytes.len());
            if torn {
                self.tear(now, digest);
            }
            self.receiver.lose_all();
            if let Some(blackbox) = &mut self.blackbox {
                blackbox.down = Some(Down { digest, config, intact });
                blackbox.back_at = 0;
            }
        }
        if let Some(blackbox) = &mut self.blackbox {
            blackbox.back_at = blackbox.back_at.max(ends);
        }
    }

    /// An input is half written when the service goes down: it happened in memory only, and nobody was answered.
    fn tear(&mut self, now: Instant, digest: u64) {
        let before = self.service.snapshot().to_bytes();
        let (nth, _) = self.restarts();
        let mut draws = self.randomness.draws(CRASH, Actor::numbered("torn", nth), 0);
        let input = self.half_done(draws.draw());
        let Some(blackbox) = &mut self.blackbox else { return };
        let whole = blackbox.bytes.len();
        blackbox.record(now, &input);
        let record = u64::try_from(blackbox.bytes.len() - whole).unwrap_or(1);
        let left = usize::try_from(draws.below(record)).unwrap_or(0);
        blackbox.tear(whole, left, draws.below(3));
        self.service.apply(now, input);
        while self.service.poll_output().is_some() {}
        // The judgement below rests on the digest: a state that is another must have another.
        let changed = self.service.snapshot().to_bytes() != before;
        if changed != (self.service.digest() != digest) {
            let what = "the digest does not tell whether the half written input changed the state";
            blackbox.differs.get_or_insert_with(|| (now, what.to_owned()));
        }
    }

    /// What somebody was asking when the service went down.
    fn half_done(&self, draw: u64) -> Input {
        let all = self.users.len().max(1);
        let first = u32::try_from(draw % u64::from(all)).unwrap_or(0);
        let speaker = (first..all).chain(0..first).take(64).find_map(|user| {
            let group = self.users.group(user, 0)?;
            self.can_speak(user, group).then_some((user, group))
        });
        let Some((user, group)) = speaker else {
            return Input::Timeout;
        };
        let send = ClientSend {
            kind: 20_001,
            level: Priority::High,
            body: "half written".into(),
            repeat: 1,
            no_storage: false,
            no_cache: false,
            skip_audit: false,
            skip_mute_check: false,
        };
        Input::Client(self.users.session(user), ClientRequest::Send(self.key_of(group), send))
    }

    /// The service comes back out of its journal, unless another crash keeps it down.
    pub(crate) fn restart(&mut self) {
        let crashed = |kind| matches!(kind, FaultKind::Crash { .. });
        if self.network.active().any(|(_, fault)| crashed(fault.kind)) {
            return;
        }
        let now = self.clock();
        let Some(blackbox) = &mut self.blackbox else { return };
        let Some(Down { digest, config, intact: whole }) = blackbox.down.take() else { return };
        let mut differs = None;
        match rebuild(&blackbox.bytes, &self.defects) {
            Err(error) => differs = Some(format!("the journal cannot be read: {error}")),
            Ok((mut service, intact)) => {
                blackbox.bytes.truncate(intact);
                service.tracer_mut().merge(&blackbox.before);
                if intact != whole {
                    differs = Some(format!("of {whole} bytes that were written down {intact} are read"));
                } else if service.digest() != digest || *service.config() != config {
                    differs =
                        Some("the service that the journal gives is not the one that went down".to_owned());
                }
                self.service = service;
            }
        }
        blackbox.restarts += 1;
        blackbox.differs = blackbox.differs.take().or_else(|| differs.map(|what| (now, what)));
        self.hash.control(self.now, 33, self.service.digest());
        if let Some(model) = &mut self.model {
            model.absent(now, self.service.reviews());
        }
        let up: Vec<_> = self.service.links_up().map(|(session, _)| session).collect();
        for session in up {
            self.call(Input::Disconnect(session, LinkEnd::Lost));
        }
        if self.service.links_up().next().is_some()
            && let Some(blackbox) = &mut self.blackbox
        {
            blackbox.differs.get_or_insert_with(|| (now, "a link outlives the crash".to_owned()));
        }
        self.await_timeout();
    }

    /// What becomes of an input that finds the service down: whoever asks for an operation asks again.
    pub(crate) fn find_down(&mut self, input: Input) {
        if matches!(input, Input::Request(..)) {
            let at = self.after_restart();
            self.input_later(at - self.now, input);
        }
    }

    /// The number of restarts, and of records cut.
    pub(crate) fn restarts(&self) -> (u64, u64) {
        self.blackbox.as_ref().map_or((0, 0), |it| (it.restarts, it.torn))
    }

    /// An act of the script that finds the service down happens when it is back.
    pub(crate) fn postpone_event(&mut self, number: u16) {
        let at = self.after_restart() + u64::from(number);
        self.schedule(at, Control::Event(number));
    }
}
