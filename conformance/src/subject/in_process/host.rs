//! Where the state machine stands that the in-process subjects judge: alone, or in a simulated world.

use claque_core::{AccountIx, Config, HitCounts, Instant, Mutant, Mutated, Output, Service, Snapshot};
use claque_scenario::plan::Plan;
use claque_sim::bystanders::Bystanders;

use crate::subject::words::SubjectError;

/// The account that the crowd has; a case has those before it.
const CROWD: &str = "3000";

/// A place for a state machine.
// Its type can have mutants even where it has none: a service of its own type for sound ones would be compiled, and all that
// plays cases with it, for nothing but some nanoseconds a call.
#[derive(Debug)]
pub(super) struct Host {
    mutant: Option<Mutant>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Nobody else is there.
    Alone(Box<Service<HitCounts, Mutated>>, Instant),
    /// A crowd is there, which plays a plan and has an account of its own.
    Among(&'static Plan, Box<Bystanders<'static>>),
}

fn service(now: Instant, config: Config, mutant: Option<Mutant>) -> Service<HitCounts, Mutated> {
    Service::new(now, config, HitCounts::default(), Mutated(mutant))
}

fn gather(plan: &'static Plan, mut config: Config, mutant: Option<Mutant>) -> Bystanders<'static> {
    let account = AccountIx::from_at(config.accounts.len());
    config.accounts.push(CROWD.to_owned());
    Bystanders::new(plan, config, account, mutant)
}

impl Host {
    pub(super) fn alone(mutant: Option<Mutant>) -> Self {
        let now = Instant::EPOCH;
        Self { mutant, place: Place::Alone(Box::new(service(now, Config::default(), mutant)), now) }
    }

    pub(super) fn among(plan: &'static Plan, mutant: Option<Mutant>) -> Self {
        let crowd = gather(plan, Config::default(), mutant);
        Self { mutant, place: Place::Among(plan, Box::new(crowd)) }
    }

    /// Puts a new state machine there.
    pub(super) fn begin(&mut self, now: Instant, config: Config) {
        match &mut self.place {
            Place::Alone(alone, reached) => {
                **alone = service(now, config, self.mutant);
                alone.subscribe_ledger(true);
                *reached = now;
            }
            Place::Among(plan, crowd) => {
                **crowd = gather(plan, config, self.mutant);
                let reached = crowd.advance(now);
                assert!(reached, "a case that has done nothing is sent nothing");
            }
        }
    }

    /// Ends the state machine, and puts one there that is made of the bytes of its snapshot.
    ///
    /// # Errors
    /// When those bytes cannot be read.
    pub(super) fn restart(&mut self) -> Result<(), SubjectError> {
        let mutant = self.mutant;
        self.act(|service, _| {
            let kept = Snapshot::from_bytes(&service.snapshot_bytes())
                .map_err(|error| SubjectError(format!("what it kept cannot be read: {error}")))?;
            let (config, hits) = (service.config().clone(), service.tracer().clone());
            *service = Service::restore(kept, config, hits, Mutated(mutant));
            service.subscribe_ledger(true);
            Ok(())
        })
    }

    /// The state machine.
    pub(super) fn service(&self) -> &Service<HitCounts, Mutated> {
        match &self.place {
            Place::Alone(service, _) => service,
            Place::Among(_, crowd) => crowd.service(),
        }
    }

    /// Does something to it, at the moment that was reached.
    pub(super) fn act<R>(&mut self, act: impl FnOnce(&mut Service<HitCounts, Mutated>, Instant) -> R) -> R {
        match &mut self.place {
            Place::Alone(service, now) => act(service, *now),
            Place::Among(_, crowd) => crowd.act(act),
        }
    }

    /// Advances time up to a moment, or to something that is to be sent on the way; whether the moment is reached.
    pub(super) fn advance(&mut self, to: Instant) -> bool {
        match &mut self.place {
            // Each deadline on the way is met at its own time.
            Place::Alone(service, now) => {
                let due = service.poll_timeout().filter(|due| *due <= to);
                if let Some(due) = due {
                    service.handle_timeout(due);
                }
                *now = due.unwrap_or(to);
                due.is_none()
            }
            Place::Among(_, crowd) => crowd.advance(to),
        }
    }

    /// The next output.
    pub(super) fn poll_output(&mut self) -> Option<Output> {
        match &mut self.place {
            Place::Alone(service, _) => service.poll_output(),
            Place::Among(_, crowd) => crowd.poll_output(),
        }
    }

    /// How often each rule has decided; none where others use the service too.
    pub(super) fn hits(&self) -> Option<HitCounts> {
        match &self.place {
            Place::Alone(service, _) => Some(service.tracer().clone()),
            Place::Among(..) => None,
        }
    }
}
