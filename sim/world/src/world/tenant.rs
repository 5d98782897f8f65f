//! A tenant: somebody with accounts of their own in the service that the world uses, who acts at moments of their own
//! choosing. The world makes way at those moments, and leaves alone whatever the service wants delivered to the tenant.

use claque_core::{
    AccountIx, AppIx, Caller, Config, HitCounts, Input, Instant, Mutants, NoticeTo, Output, Service,
};
use claque_engine::Queue;
use claque_scenario::plan::Plan;

use crate::world::state::tenant::Tenant;
use crate::world::{ControlEvent, World, WorldTurn};

impl<'p, D: Mutants, Q: Queue<ControlEvent>> World<'p, D, Q> {
    /// A world that has one account of a service, and a tenant who has the others.
    ///
    /// # Panics
    /// When the service goes down in the plan: its journal would know nothing of the tenant.
    pub(crate) fn with_tenant(
        plan: &'p Plan,
        mutants: D,
        queue: Q,
        config: Config,
        account: AccountIx,
    ) -> Self {
        let mut world = Self {
            owner: Caller::account(account),
            tenant: Some(Tenant::default()),
            // The service goes on after the show, for as long as the tenant stays.
            settled: u64::MAX,
            ..Self::empty(plan, mutants, queue, config)
        };
        assert!(world.blackbox.is_none(), "the service of a tenant does not go down");
        world.prepare();
        world
    }

    /// Plays the world up to a moment, or until the service has something for the tenant; whether the
    /// moment is reached.
    pub(crate) fn run_for_tenant(&mut self, to: u64) -> bool {
        if self.tenant_halts_at() != Some(to) {
            self.set_halt(Some(to));
            self.schedule(to, ControlEvent::Halt);
        }
        // Stopped as soon as there is something for the tenant, which may act on it at that very moment.
        while !self.tenant_is_owed() {
            match self.turn() {
                WorldTurn::Over => unreachable!("the tenant's own halt is pending"),
                WorldTurn::Handled(ControlEvent::Halt) => {
                    self.set_halt(None);
                    return self.catch_up();
                }
                WorldTurn::Passed | WorldTurn::Handled(_) => {}
            }
        }
        false
    }

    /// Fires the deadlines of the tenant's moment; whether there was nothing for the tenant.
    fn catch_up(&mut self) -> bool {
        if self.service.poll_timeout().is_some_and(|due| due <= self.clock()) {
            self.call(Input::Timeout);
        }
        !self.tenant_is_owed()
    }

    /// The service, to look at.
    pub(crate) const fn service(&self) -> &Service<HitCounts, D> {
        &self.service
    }

    /// Plays a call of the tenant.
    pub(crate) fn act_for_tenant<R>(
        &mut self,
        act: impl FnOnce(&mut Service<HitCounts, D>, Instant) -> R,
    ) -> R {
        let now = self.clock();
        let result = act(&mut self.service, now);
        while let Some(output) = self.service.poll_output() {
            self.outbox.push(output);
        }
        self.send_outputs();
        self.await_timeout();
        result
    }

    /// The next output for the tenant.
    pub(crate) fn poll_for_tenant(&mut self) -> Option<Output> {
        self.tenant.as_mut()?.outputs.pop_front()
    }

    pub(crate) fn leave_to_tenant(&mut self, output: Output) {
        if let Some(tenant) = &mut self.tenant {
            tenant.outputs.push_back(output);
        }
    }

    /// Whether something that the service sends out concerns the tenant and not the world.
    pub(crate) fn is_tenants(&mut self, output: &Output) -> bool {
        let of_group = |group| Some(self.service.app_of_group(group));
        let app: Option<AppIx> = match output {
            Output::Answer(ticket, _) => {
                let tenant = self.tenant.as_mut();
                // An answer names no application: only whose ticket it is tells whom it is for.
                return tenant.is_some_and(|tenant| !tenant.owed_to_world.remove(ticket));
            }
            Output::ClientAnswer(session, ..)
            | Output::Close(session, _)
            | Output::Direct(session, ..)
            | Output::Recover(session, ..) => self.service.app_of(session.user),
            Output::Callback(callback) => Some(callback.app),
            Output::Deliver(fanout) => of_group(fanout.group),
            Output::DeliverTo(sessions, _) => {
                sessions.first().and_then(|session| self.service.app_of(session.user))
            }
            Output::Moderate(review) => Some(review.app),
            Output::Notice(NoticeTo::Group(group) | NoticeTo::Users(group), ..) => of_group(*group),
            Output::Notice(NoticeTo::Session(session), ..) => self.service.app_of(session.user),
            Output::Shed(shed) => of_group(shed.group),
            Output::Overdue(late) => of_group(late.group),
            Output::Log(_) => None,
        };
        // By what is the world's own: the tenant makes applications whenever it likes, and nobody keeps a list of them.
        app.is_some_and(|app| self.credentials.iter().all(|own| own.app != app))
    }

    fn tenant_is_owed(&self) -> bool {
        self.tenant.as_ref().is_some_and(|tenant| !tenant.outputs.is_empty())
    }

    fn tenant_halts_at(&self) -> Option<u64> {
        self.tenant.as_ref().and_then(|tenant| tenant.halts_at)
    }

    fn set_halt(&mut self, at: Option<u64>) {
        if let Some(tenant) = &mut self.tenant {
            tenant.halts_at = at;
        }
    }
}
