//! A guest: somebody with accounts of their own in the service that the world uses, who acts at moments of their own
//! choosing. The world makes way at those moments, and leaves alone whatever the service wants told to the guest.

use std::collections::{BTreeSet, VecDeque};

use claque_core::{
    AccountIx, AppIx, Caller, ClientReply, Config, Defects, HitCounts, Input, Instant, NoticeTo, Outcome,
    Output, Reply, Service, Ticket,
};
use claque_engine::Queue;
use claque_scenario::plan::Plan;

use crate::world::{Control, Turn, World};

/// What belongs to the guest, and what does not.
#[derive(Debug, Default)]
pub(crate) struct Guest {
    /// What the service wants told to the guest, oldest first.
    outputs: VecDeque<Output>,
    /// Answers that are owed to the world.
    owed_to_world: BTreeSet<Ticket>,
    /// The moment for which a halt is scheduled. Unit: microseconds since the UNIX epoch.
    halts_at: Option<u64>,
}

impl Guest {
    /// Takes note of an answer that the world is owed.
    pub(crate) fn note(&mut self, outcome: &Outcome) {
        if let Outcome::Request(Ok(Reply::Pending(ticket)))
        | Outcome::Client(Ok(ClientReply::Pending(ticket))) = outcome
        {
            self.owed_to_world.insert(*ticket);
        }
    }
}

impl<'p, D: Defects, Q: Queue<Control>> World<'p, D, Q> {
    /// A world that has one account of a service, and a guest who has the others.
    ///
    /// # Panics
    /// When the service goes down in the plan: its journal would know nothing of the guest.
    pub(crate) fn with_guest(
        plan: &'p Plan,
        defects: D,
        queue: Q,
        config: Config,
        account: AccountIx,
    ) -> Self {
        let mut world = Self {
            owner: Caller::account(account),
            guest: Some(Guest::default()),
            // The service goes on after the show, for as long as the guest stays.
            settled: u64::MAX,
            ..Self::empty(plan, defects, queue, config)
        };
        assert!(world.blackbox.is_none(), "the service of a guest does not go down");
        world.prepare();
        world
    }

    /// Lets happen what happens up to a moment, or until the service wants the guest told something; whether the
    /// moment is reached.
    pub(crate) fn run_for_guest(&mut self, to: u64) -> bool {
        if self.guest_halts_at() != Some(to) {
            self.set_halt(Some(to));
            self.schedule(to, Control::Halt);
        }
        while !self.guest_is_told() {
            match self.turn() {
                Turn::Over => unreachable!("the guest's own halt is pending"),
                Turn::Handled(Control::Halt) => {
                    self.set_halt(None);
                    return self.catch_up();
                }
                Turn::Passed | Turn::Handled(_) => {}
            }
        }
        false
    }

    /// Does what is due at the guest's moment; whether the guest was told nothing.
    fn catch_up(&mut self) -> bool {
        if self.service.poll_timeout().is_some_and(|due| due <= self.clock()) {
            self.call(Input::Timeout);
        }
        !self.guest_is_told()
    }

    /// The service, to look at.
    pub(crate) const fn service(&self) -> &Service<HitCounts, D> {
        &self.service
    }

    /// Lets the guest act.
    pub(crate) fn act_for_guest<R>(
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

    /// What the service wants told to the guest next.
    pub(crate) fn poll_for_guest(&mut self) -> Option<Output> {
        self.guest.as_mut()?.outputs.pop_front()
    }

    pub(crate) fn leave_to_guest(&mut self, output: Output) {
        if let Some(guest) = &mut self.guest {
            guest.outputs.push_back(output);
        }
    }

    /// Whether something that the service wants told concerns the guest and not the world.
    pub(crate) fn is_guests(&mut self, output: &Output) -> bool {
        let of_group = |group| Some(self.service.app_of_group(group));
        let app: Option<AppIx> = match output {
            Output::Answer(ticket, _) => {
                let guest = self.guest.as_mut();
                return guest.is_some_and(|guest| !guest.owed_to_world.remove(ticket));
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
        app.is_some_and(|app| self.credentials.iter().all(|own| own.app != app))
    }

    fn guest_is_told(&self) -> bool {
        self.guest.as_ref().is_some_and(|guest| !guest.outputs.is_empty())
    }

    fn guest_halts_at(&self) -> Option<u64> {
        self.guest.as_ref().and_then(|guest| guest.halts_at)
    }

    fn set_halt(&mut self, at: Option<u64>) {
        if let Some(guest) = &mut self.guest {
            guest.halts_at = at;
        }
    }
}
