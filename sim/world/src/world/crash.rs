//! The crash of the service: everything in memory is gone, and a new service is made from the journal.
//!
//! While the scenario has a crash in it, every input is written down before it is applied, by the journal that the
//! server uses, on a disk that loses, tears and reorders what was not synced. A crash kills the process or fails the
//! power; it cuts all links at once, and until it is over nobody is served and nothing falls due. Every other crash
//! comes after a compaction, or in the middle of one in which a call of the disk fails. The new service must equal the
//! old one bit by bit, configuration and all: that is judged at the end of the run, so that a broken rule that follows
//! from a difference is named first.

use claque_core::journal::Journal;
use claque_core::{ClientRequest, ClientSend, Input, Instant, LinkEnd, Mutants, Priority, Rule};
use claque_engine::{Actor, Queue};
use claque_oracle::evidence;
use claque_scenario::FaultKind;

use crate::world::difference::{first_difference, first_setting};
use crate::world::state::blackbox::{Blackbox, Down, rebuild};
use crate::world::{CRASH, ControlEvent, World};

/// Calls of the disk that a compaction makes, about.
const COMPACTION_CALLS: u64 = 8;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
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
            // Deadlines of this instant come first, as before any input: after the restart they would lie in the past.
            if self.service.poll_timeout().is_some_and(|due| due <= now) {
                self.call(Input::Timeout);
            }
            let at = self.service.now();
            // The digest without what no journal keeps, such as calls counted in the running second.
            let (digest, config) = (self.service.lasting_digest(), self.service.config().clone());
            let state = self.service.snapshot();
            let hits = self.service.tracer().clone();
            // A crash draws by its number: what earlier ones drew, and how often, moves nothing here.
            let (nth, _) = self.restarts();
            let mut draws = self.randomness.draws(CRASH, Actor::numbered("crash", nth), 0);
            if let Some(blackbox) = &mut self.blackbox {
                blackbox.commit(now);
                // A snapshot takes the records' place at any moment; of these compactions every other is interrupted.
                if draws.below(2) == 0 {
                    blackbox.compact_badly(now, draws.below(2 * COMPACTION_CALLS), &self.mutants);
                }
            }
            // After the digest: the torn input was answered to nobody, and a restart must not know of it.
            if torn {
                self.tear(now, digest);
            }
            self.receiver.lose_all();
            if let Some(blackbox) = &mut self.blackbox {
                blackbox.journal = None;
                if draws.below(2) == 0 {
                    blackbox.disk.kill();
                } else {
                    blackbox.disk.power_failure();
                }
                blackbox.down = Some(Down { at, digest, state, config, hits });
                blackbox.back_at = 0;
            }
        }
        if let Some(blackbox) = &mut self.blackbox {
            // Two crashes may overlap, and the longer one counts.
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
        blackbox.tear(now, &input);
        self.service.apply(now, input);
        while self.service.poll_output().is_some() {}
        // The comparison at the restart rests on the digest, which must change exactly when the state does.
        let changed = self.service.snapshot().to_bytes() != before;
        if changed != (self.service.lasting_digest() != digest) {
            let what = evidence!("the digest does not tell whether the half written input changed the state");
            blackbox.differs.get_or_insert((now, None, what));
        }
    }

    /// The request that was under way when the service went down.
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
        let send = ClientSend::new(20_001, Priority::High, "half written");
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
        let Some(Down { at, digest, state, config, hits }) = blackbox.down.take() else { return };
        let mut differs = None;
        match Journal::open(blackbox.disk.clone()) {
            Err(error) => {
                differs = Some((None, evidence!("the journal cannot be opened: ", format!("{error:?}"))));
            }
            Ok(opened) => {
                blackbox.torn += u64::from(opened.cut.is_some());
                blackbox.journal = Some(opened.journal);
                match rebuild(opened.records, &self.mutants) {
                    Err(error) => {
                        differs = Some((None, evidence!("the journal cannot be read: ", error.to_string())));
                    }
                    Ok(mut service) => {
                        // What only read is not written down: it took time all the same.
                        service.handle_timeout(at);
                        while service.poll_output().is_some() {}
                        // Coverage is the run's and not the process's: a replay would count the rules of its records
                        // once more.
                        *service.tracer_mut() = hits;
                        if service.lasting_digest() != digest {
                            differs = Some(first_difference(&state, &service.snapshot()));
                        } else if *service.config() != config {
                            differs = Some(first_setting(&config, service.config()));
                        }
                        self.service = service;
                    }
                }
            }
        }
        blackbox.restarts += 1;
        blackbox.differs = blackbox.differs.take().or_else(|| differs.map(|(rule, what)| (now, rule, what)));
        // In the hash whatever the verdict: two runs whose restarts differ are two runs.
        self.hash.control(self.now, 33, self.service.digest());
        if let Some(model) = &mut self.model {
            model.absent(now, self.service.reviews());
        }
        let up: Vec<_> = self.service.links_up().map(|(session, _)| session).collect();
        // The journal does not say that the process died: to the new service all links are up until it hears otherwise.
        for session in up {
            self.call(Input::Disconnect(session, LinkEnd::Lost));
        }
        if self.service.links_up().next().is_some()
            && let Some(blackbox) = &mut self.blackbox
        {
            blackbox.differs.get_or_insert_with(|| {
                (now, Some(Rule::MembershipSessionTimeout), evidence!("a link outlives the crash"))
            });
        }
        self.await_timeout();
    }

    /// Handles an input that finds the service down: the caller of an operation asks again.
    pub(crate) fn find_down(&mut self, input: Input) {
        // A client tries again by itself when its link is back. A review's answer is lost, as it would be.
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
        // Its number keeps acts apart that were put off to the same moment, in the script's order.
        let at = self.after_restart() + u64::from(number);
        self.schedule(at, ControlEvent::Event(number));
    }
}
