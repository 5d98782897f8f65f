//! The driver's work with its journal: commits, compactions, snapshots, other beginnings; and the commands that it
//! refuses while the disk takes nothing.

use claque_core::journal::Entry;
use claque_core::{Access, ClientRefusal, Config, HitCounts, Input, Instant, Service, Sound};
use tokio::sync::oneshot;

use super::durable::{Committed, Compacted, Durable, PreparedJournal};
use super::effect::{Declined, HeldEffect};
use super::handle::DriverCommand;
use super::state::{DIRECT_BYTES_MAX, Driver, NOT_DURABLE, SnapshotState, Snapshotted};
use crate::clock::Clock;
use crate::crowd::CrowdSchedule;
use crate::feed::FeedEvent;
use crate::ledger::Ledger;
use crate::service::LiveService;

impl Driver {
    /// The answer to a call that is refused whatever it says.
    fn refused(&self, now: Instant) -> Declined {
        Declined { note: self.why_refused(), ..Declined::bare(NOT_DURABLE, now) }
    }

    /// While the journal cannot be written, or there is no room: a command that only reads is given back, any other
    /// answered.
    pub(super) fn refuse_changes(&mut self, command: DriverCommand) -> Option<DriverCommand> {
        let now = self.now();
        match command {
            // Refused before it is applied: what cannot be written down must not be seen by those who only
            // read.
            DriverCommand::Call(_, request, notes, reply)
                if request.operation().access() != Access::Reads =>
            {
                let (code, number) = (NOT_DURABLE.code().as_str(), notes.log.number());
                self.feed.keep(now, FeedEvent::Call(request.operation(), Some(code), None, number));
                self.counters.calls_refused += 1;
                self.effects.push_back(HeldEffect::Answer(reply, Err(self.refused(now)), false));
            }
            DriverCommand::Console(_, _, reply) => {
                self.effects.push_back(HeldEffect::Answer(reply, Err(self.refused(now)), false));
            }
            DriverCommand::Client(_, request, asking) if !request.only_reads() => {
                let refused = Err(ClientRefusal::Temporary);
                self.effects.push_back(HeldEffect::ClientAnswer(Box::new(asking), refused, false));
            }
            DriverCommand::Connect(_, _, _, reply) | DriverCommand::Reconnect(_, _, _, reply) => {
                self.effects.push_back(HeldEffect::LogonRefused(reply, ClientRefusal::Temporary));
            }
            // What has happened already is written down when the disk takes it; control calls are for who holds the server.
            other @ (DriverCommand::Call(..)
            | DriverCommand::Client(..)
            | DriverCommand::Malformed(..)
            | DriverCommand::Disconnect(..)
            | DriverCommand::Verdict(..)
            | DriverCommand::Ask(_)) => return Some(other),
        }
        None
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.stalled().is_some())
    }

    /// Makes everything applied so far durable, if the disk takes it.
    pub(super) fn commit(&mut self) -> std::io::Result<()> {
        if let Some(journal) = &mut self.journal {
            let committed = journal.commit(false).inspect_err(|error| {
                tracing::error!(%error, path = %journal.path().display(), "the journal cannot be written; stopping");
            })?;
            self.counters.commits += u64::from(matches!(committed, Committed::All(1..)));
        }
        Ok(())
    }

    /// The end: everything applied is made durable, and what waited for that goes out.
    pub(super) fn finish(&mut self) -> std::io::Result<()> {
        // Only inputs are written down. Without one behind it, what fell due by the clock would fall due again at the next start,
        // and be called back a second time.
        if self.fell_due && !self.is_stalled() {
            self.apply(Input::Timeout);
        }
        if let Some(journal) = &mut self.journal {
            journal.finish(&mut self.service)?;
        }
        self.effects.extend(std::mem::take(&mut self.held));
        self.release();
        Ok(())
    }

    pub(super) fn adopt(&mut self, prepared: PreparedJournal) -> std::io::Result<()> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        journal.adopt(prepared)
    }

    /// Begins to replace the journal by a snapshot; the outcome comes later. None: there is no journal.
    pub(crate) fn compact(&mut self) -> std::io::Result<Option<oneshot::Receiver<Compacted>>> {
        self.settle()?;
        let Some(journal) = &mut self.journal else { return Ok(None) };
        let (reply, waits) = oneshot::channel();
        journal.compact(Some(reply));
        Ok(Some(waits))
    }

    /// The state and configuration of this moment; or the journal's bytes that lead to it, where the state is so large that
    /// others would wait even for its copy.
    pub(crate) fn snapshot(&mut self) -> std::io::Result<Snapshotted> {
        self.settle()?;
        let bytes_max = self.snapshot_bytes_max;
        let large = self.journal.as_ref().is_some_and(|journal| journal.bytes() > DIRECT_BYTES_MAX);
        if large {
            // Time is part of the state, and only inputs are written down.
            self.apply(Input::Timeout);
            self.settle()?;
            if let Some(plan) = self.journal.as_mut().and_then(Durable::plan) {
                return Ok(Snapshotted { bytes_max, state: SnapshotState::Planned(plan) });
            }
        }
        // A copy shares the messages' bytes, so it takes a fraction of the time that writing the state takes.
        Ok(Snapshotted { bytes_max, state: SnapshotState::Copied(Box::new(self.service.clone())) })
    }

    /// The configuration that the service was made with at the server's start.
    pub(crate) const fn made_with(&self) -> &Config {
        &self.made_with
    }

    /// Starts over with an empty service, at the clock's time or the one given.
    pub(crate) fn reset(&mut self, at: Option<Instant>, config: Config) -> std::io::Result<()> {
        // What was asked before still gets its answer.
        self.effects.extend(std::mem::take(&mut self.held));
        self.settle()?;
        // The goal, so that time does not go back by what was not caught up with yet.
        let now = at.unwrap_or_else(|| self.goal());
        let service = Service::new(now, config.clone(), HitCounts::default(), Sound);
        if let Some(journal) = &mut self.journal {
            // The disk first: if it refuses, the old service goes on, in memory as on the disk.
            journal.replace(&Entry::Genesis(now, config))?;
        }
        self.take_over(service, "the service was reset");
        Ok(())
    }

    /// Another service goes on in the place of this one.
    pub(super) fn take_over(&mut self, service: LiveService, why: &'static str) {
        // The old service's links, while the driver still knows them: 1012 tells clients to come back.
        self.links.close_all(1012, why);
        self.ledger = Ledger::default();
        self.feed.clear();
        self.rates.clear();
        self.crowds = CrowdSchedule::default();
        self.outages.clear();
        self.outgoing.forget();
        self.answers.clear();
        self.client_answers.clear();
        self.audiences.clear();
        self.effects.clear();
        self.unreviewed.clear();
        self.reasons.clear();
        self.readings.send_replace(service.config().readings);
        self.outgoing.public_only(service.config().limits.public_urls_only);
        // The pace stays: a tester who froze the clock did not ask for it to run.
        self.clock = Clock::new(service.now(), self.clock.pace());
        let former = std::mem::replace(&mut self.service, service);
        // Freeing a large state takes long: nobody waits for it. Without a thread for it, it is freed here.
        let free = std::thread::Builder::new().name("free".to_owned());
        drop(free.spawn(move || drop(former)));
        self.forget_behind();
        self.fell_due = false;
        self.service.subscribe_ledger(true);
    }
}
