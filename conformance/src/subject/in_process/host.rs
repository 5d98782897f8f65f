//! Where the state machine stands that the in-process subjects judge: alone, or in a simulated world.

use claque_core::{AccountIx, Config, HitCounts, Instant, Mutants, Output, Service, Snapshot, Sound};
use claque_scenario::plan::Plan;
use claque_sim::bystanders::Bystanders;

use crate::subject::words::SubjectError;

/// A place for a state machine.
pub trait Host {
    /// The type of the state machine's mutants.
    type Broken: Mutants;

    /// Puts a new state machine there.
    fn begin(&mut self, now: Instant, config: Config);

    /// Its mutants.
    fn mutants(&self) -> Self::Broken;

    /// Ends the state machine, and puts one there that is made of the bytes of its snapshot.
    ///
    /// # Errors
    /// When those bytes cannot be read.
    fn restart(&mut self) -> Result<(), SubjectError> {
        let mutants = self.mutants();
        self.act(|service, _| {
            let kept = Snapshot::from_bytes(&service.snapshot_bytes())
                .map_err(|error| SubjectError(format!("what it kept cannot be read: {error}")))?;
            let (config, hits) = (service.config().clone(), service.tracer().clone());
            *service = Service::restore(kept, config, hits, mutants);
            service.subscribe_ledger(true);
            Ok(())
        })
    }

    /// The state machine.
    fn service(&self) -> &Service<HitCounts, Self::Broken>;

    /// Does something to it, at the moment that was reached.
    fn act<R>(&mut self, act: impl FnOnce(&mut Service<HitCounts, Self::Broken>, Instant) -> R) -> R;

    /// Advances time up to a moment, or to something that is to be sent on the way; whether the moment is reached.
    fn advance(&mut self, to: Instant) -> bool;

    /// The next output.
    fn poll_output(&mut self) -> Option<Output>;

    /// How often each rule has decided; none where others use the service too.
    fn hits(&self) -> Option<HitCounts>;
}

/// Nobody else is there.
#[derive(Debug)]
pub struct Alone<D> {
    mutants: D,
    service: Service<HitCounts, D>,
    now: Instant,
}

impl<D: Mutants + Clone> Alone<D> {
    pub(super) fn new(mutants: D) -> Self {
        let now = Instant::EPOCH;
        let service = Service::new(now, Config::default(), HitCounts::default(), mutants.clone());
        Self { mutants, service, now }
    }
}

impl<D: Mutants + Clone> Host for Alone<D> {
    type Broken = D;

    fn mutants(&self) -> D {
        self.mutants.clone()
    }

    fn begin(&mut self, now: Instant, config: Config) {
        self.service = Service::new(now, config, HitCounts::default(), self.mutants.clone());
        self.service.subscribe_ledger(true);
        self.now = now;
    }

    fn service(&self) -> &Service<HitCounts, D> {
        &self.service
    }

    fn act<R>(&mut self, act: impl FnOnce(&mut Service<HitCounts, D>, Instant) -> R) -> R {
        act(&mut self.service, self.now)
    }

    /// Each deadline on the way is met at its own time.
    fn advance(&mut self, to: Instant) -> bool {
        let due = self.service.poll_timeout().filter(|due| *due <= to);
        if let Some(due) = due {
            self.service.handle_timeout(due);
        }
        self.now = due.unwrap_or(to);
        due.is_none()
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.service.poll_output()
    }

    fn hits(&self) -> Option<HitCounts> {
        Some(self.service.tracer().clone())
    }
}

/// The account that the crowd has; a case has those before it.
const CROWD: &str = "3000";

/// A crowd is there, which has an account of its own.
#[derive(Debug)]
pub struct Among<'p, D = Sound> {
    plan: &'p Plan,
    mutants: D,
    crowd: Bystanders<'p, D>,
}

impl<'p, D: Mutants + Clone> Among<'p, D> {
    pub(super) fn new(plan: &'p Plan, mutants: D) -> Self {
        Self { plan, crowd: Self::gather(plan, Config::default(), mutants.clone()), mutants }
    }

    fn gather(plan: &'p Plan, config: Config, mutants: D) -> Bystanders<'p, D> {
        let mut config = config;
        let account = AccountIx::from_at(config.accounts.len());
        config.accounts.push(CROWD.to_owned());
        Bystanders::new(plan, config, account, mutants)
    }
}

impl<D: Mutants + Clone> Host for Among<'_, D> {
    type Broken = D;

    fn mutants(&self) -> D {
        self.mutants.clone()
    }

    fn begin(&mut self, now: Instant, config: Config) {
        self.crowd = Self::gather(self.plan, config, self.mutants.clone());
        let reached = self.crowd.advance(now);
        assert!(reached, "a case that has done nothing is sent nothing");
    }

    fn service(&self) -> &Service<HitCounts, D> {
        self.crowd.service()
    }

    fn act<R>(&mut self, act: impl FnOnce(&mut Service<HitCounts, D>, Instant) -> R) -> R {
        self.crowd.act(act)
    }

    fn advance(&mut self, to: Instant) -> bool {
        self.crowd.advance(to)
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.crowd.poll_output()
    }

    fn hits(&self) -> Option<HitCounts> {
        None
    }
}
