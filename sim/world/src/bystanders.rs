//! A crowd around somebody else's business: a service that is shared by a simulated world, with one account, and a
//! tenant, with the others.
//!
//! The world does what its plan says, link failures and all. The tenant acts whenever it likes and is given what
//! concerns it, exactly as if nobody else were there: that nothing leaks from one account into another is what can be
//! seen here.

use claque_core::{AccountIx, Config, HitCounts, Instant, Mutant, Mutated, Output, Service};
use claque_scenario::Scenario;
use claque_scenario::plan::{Oracle, Plan};

use crate::run::{AnyQueue, any_wheel};
use crate::world::World;

/// The scenario that the crowd plays.
pub const SCENARIO: &str = "bystanders";

/// A service with a crowd in it, and room for a tenant.
#[derive(Debug)]
pub struct Bystanders<'p> {
    world: World<'p, Mutated, AnyQueue>,
}

impl<'p> Bystanders<'p> {
    /// A crowd at the start of its show, in a service of this configuration, as this one of its accounts.
    ///
    /// # Panics
    /// When the service goes down in the plan.
    #[must_use]
    pub fn new(plan: &'p Plan, config: Config, account: AccountIx, mutant: Option<Mutant>) -> Self {
        Self { world: World::with_tenant(plan, Mutated(mutant), any_wheel(plan), config, account) }
    }

    /// The service, to look at.
    #[must_use]
    pub const fn service(&self) -> &Service<HitCounts, Mutated> {
        self.world.service()
    }

    /// Plays a call of the tenant on the service, at the moment that was reached.
    pub fn act<R>(&mut self, act: impl FnOnce(&mut Service<HitCounts, Mutated>, Instant) -> R) -> R {
        self.world.act_for_tenant(act)
    }

    /// Plays the crowd until a moment, or until there is something for the tenant; whether the moment is reached.
    pub fn advance(&mut self, to: Instant) -> bool {
        self.world.run_for_tenant(to.as_micros())
    }

    /// The next output for the tenant.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.world.poll_for_tenant()
    }
}

/// The crowd's plan, with a seed. The crowd has no oracle: the tenant is what a caller looks at.
///
/// # Panics
/// Never: the scenario is built in.
#[must_use]
pub fn plan(seed: u64) -> Plan {
    let scenario = Scenario::builtin(SCENARIO).expect("a built-in scenario");
    // The model would follow the crowd's calls only, and take what the tenant does to the same service for a fault.
    Plan { oracle: Oracle::None, check_interval: None, ..Plan::new(scenario, seed) }
}

#[cfg(test)]
mod tests {
    use claque_core::{Caller, CreateLiveMessageApp, Duration, Reply};

    use super::*;

    fn show() -> (Plan, Config) {
        let accounts = ["tenant", "crowd"].map(str::to_owned).to_vec();
        (plan(7), Config { accounts, ..Config::default() })
    }

    #[test]
    fn a_tenant_among_bystanders_is_notified_of_nothing_that_is_not_its_own() {
        let (plan, config) = show();
        let mut crowd = Bystanders::new(&plan, config, AccountIx(1), None);
        let end = plan.scenario.start + plan.scenario.duration + Duration::from_days(40);
        assert!(crowd.advance(end), "a tenant without applications is notified of nothing");
        let groups: Vec<u32> = crowd.service().groups().map(|it| crowd.service().member_count(it)).collect();
        assert!(groups.iter().sum::<u32>() > 20, "the crowd is there: {groups:?}");
        assert!(crowd.service().tracer().iter().count() > 60, "and does this and that");
        assert_eq!(crowd.service().check_invariants(), Ok(()));
    }

    #[test]
    fn a_tenant_acts_at_the_moment_that_it_asked_for() {
        let (plan, config) = show();
        let mut crowd = Bystanders::new(&plan, config, AccountIx(1), None);
        let at = plan.scenario.start + Duration::from_micros(61_000_001);
        assert!(crowd.advance(at));
        let made = crowd.act(|service, now| {
            assert_eq!(now, at);
            service.handle_request(
                now,
                &Caller::account(AccountIx(0)),
                CreateLiveMessageApp::default().into(),
            )
        });
        assert!(matches!(made, Ok(Reply::Done(_))), "{made:?}");
        assert!(crowd.advance(at));
    }
}
