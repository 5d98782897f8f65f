//! Watching a run from outside: an observer that draws, measures or steps through a run is shown what happens in it.
//!
//! Watching decides nothing: a run with a watcher and one without give the same trace hash. Nothing is collected unless
//! somebody watches.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use claque_core::{Duration, GroupIx, HitCounts, Input, Instant, Outcome, Output, UserIx};
use claque_engine::TraceHash;
use claque_oracle::verdict::Refutation;
use claque_scenario::Scenario;

/// One call of the service: what was done to it, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct ObservedCall<'c> {
    /// The input.
    pub input: &'c Input,
    /// The outcome.
    pub outcome: &'c Outcome,
    /// The service's outputs, in its order.
    pub outputs: &'c [Output],
}

/// A delivery that reaches a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landing {
    /// When, by the clock of the show. Unit: microseconds since the UNIX epoch.
    pub at: u64,
    /// When the service sent it.
    pub sent: u64,
    /// The user, by number in the scenario; none for members that the simulator does not play.
    pub user: Option<u32>,
    /// The group.
    pub group: GroupIx,
    /// Which message of the group it is, counted from 1; 0 for a notice.
    pub number: u32,
    /// Which HIGH message of the group it is, counted from 1; 0 for any other.
    pub high: u32,
    /// Whether the client listens: it has not left, and its link is up.
    pub heard: bool,
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    GoOn,
    /// It ends here, unjudged.
    Stop,
}

/// A watcher of a run.
pub trait Observer: fmt::Debug {
    /// A call of the service, after the model has compared it.
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        let _ = (call, scene);
    }

    /// Whether [`Observer::on_landing`] is wanted; asked once for each run of deliveries.
    fn wants_landings(&self) -> bool {
        false
    }

    /// A delivery reaches a client.
    fn on_landing(&mut self, landing: &Landing) {
        let _ = landing;
    }

    /// A control event has been handled.
    fn on_event(&mut self, event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        let _ = (event, scene);
        Flow::GoOn
    }
}

/// A watcher that the run holds and its caller reads afterwards.
impl<W: Observer> Observer for Rc<RefCell<W>> {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        self.borrow_mut().on_call(call, scene);
    }

    fn wants_landings(&self) -> bool {
        self.borrow().wants_landings()
    }

    fn on_landing(&mut self, landing: &Landing) {
        self.borrow_mut().on_landing(landing);
    }

    fn on_event(&mut self, event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        self.borrow_mut().on_event(event, scene)
    }
}

/// A world as a watcher sees it: everything can be looked at, nothing changed.
pub trait Scene {
    /// The scenario that is played.
    fn scenario(&self) -> &Scenario;

    /// Show time since the start; zero while the scene is being set.
    fn passed(&self) -> Duration;

    /// The service's clock: ahead of show time by the time jumps so far.
    fn clock(&self) -> Instant;

    /// Control events so far.
    fn events(&self) -> u64;

    /// The rolling hash so far.
    fn hash(&self) -> TraceHash;

    /// How often each rule has decided so far.
    fn rules(&self) -> &HitCounts;

    /// The failure, as soon as the oracle has noticed one.
    fn failure(&self) -> Option<&Refutation>;

    /// The ID of a user.
    fn user_id(&self, user: UserIx) -> &str;

    /// The ID of a group.
    fn group_id(&self, group: GroupIx) -> &str;

    /// Every group, live or deleted, in order of creation.
    fn groups(&self) -> Vec<GroupIx>;

    /// Members of a group.
    fn member_count(&self, group: GroupIx) -> u32;

    /// Members of a group whose link is down as far as the service knows, in the order of their places. O(users).
    fn members_away(&self, group: GroupIx) -> Vec<UserIx>;

    /// Whether a group is a supergroup.
    fn is_supergroup(&self, group: GroupIx) -> bool;

    /// Faults that are on, by their place in the scenario.
    fn faults(&self) -> Vec<u16>;

    /// The lines that the canonical trace has for a call, each with its line feed.
    fn lines(&self, call: &ObservedCall<'_>) -> Vec<String>;

    /// A user as client and service know it, a line each; nothing for a name that nobody has.
    fn tell_user(&self, name: &str) -> Option<String>;

    /// A group as the service and its audience know it, a line each; nothing for a name that no group has.
    fn tell_group(&self, name: &str) -> Option<String>;
}
