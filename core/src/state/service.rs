//! `Service`: owns all state, routes calls, queues outputs. It has no rules of its own.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::mutants::{Mutants, Sound};
use crate::state::app::App;
use crate::state::audience::Member;
use crate::state::group::Group;
use crate::state::name::NameTable;
use crate::state::quota::Quotas;
use crate::state::secret::Secrets;
use crate::state::sequences::Sequences;
use crate::state::tickets::{Pending, Tickets};
use crate::state::timer::Timers;
use crate::state::user::User;
use crate::words::config::Config;
use crate::words::id::{AppIx, GroupIx, SessionId, UserIx};
use crate::words::output::Output;
use crate::words::rule::Rule;
use crate::words::time::Instant;
use crate::words::tracer::{NoTrace, Tracer};

/// Everything that a service remembers: plain data, so that a snapshot is a copy.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub(crate) struct ServiceState {
    pub(crate) now: Instant,
    pub(crate) secrets: Secrets,
    pub(crate) apps: Vec<App>,
    pub(crate) app_names: NameTable,
    pub(crate) groups: Vec<Group>,
    pub(crate) group_names: NameTable,
    pub(crate) users: Vec<User>,
    pub(crate) user_names: NameTable,
    pub(crate) timers: Timers,
    pub(crate) quotas: Quotas,
    pub(crate) tickets: Tickets,
    pub(crate) sequences: Sequences,
}

/// The documented service as a deterministic state machine. See the crate documentation for the laws.
#[derive(Clone, Debug)]
pub struct Service<T = NoTrace, D = Sound> {
    pub(crate) config: Config,
    pub(crate) state: ServiceState,
    pub(crate) tracer: T,
    pub(crate) mutants: D,
    pub(crate) ledger: bool,
    outputs: VecDeque<Output>,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A service without applications, at a point in time.
    #[must_use]
    pub fn new(now: Instant, config: Config, tracer: T, mutants: D) -> Self {
        let state = ServiceState {
            now,
            secrets: Secrets::new(config.key),
            apps: Vec::new(),
            app_names: NameTable::default(),
            groups: Vec::new(),
            group_names: NameTable::default(),
            users: Vec::new(),
            user_names: NameTable::default(),
            timers: Timers::default(),
            quotas: Quotas::default(),
            tickets: Tickets::default(),
            sequences: Sequences::default(),
        };
        Self::from_state(state, config, tracer, mutants)
    }

    /// A service that remembers what is given.
    pub(crate) const fn from_state(state: ServiceState, config: Config, tracer: T, mutants: D) -> Self {
        Self { config, state, tracer, mutants, ledger: false, outputs: VecDeque::new() }
    }

    /// Outputs that wait to be drained.
    pub(crate) fn queued(&self) -> usize {
        self.outputs.len()
    }

    /// Whether outputs wait to be drained.
    pub(crate) fn has_outputs(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// The next deadline: call [`Self::handle_timeout`] then. None: nothing is due, ever.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.state.timers.earliest()
    }

    /// The next thing to do for the driver, oldest first. Drain it after every `handle_*`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether shed messages are put out as [`Output::Shed`].
    pub const fn subscribe_ledger(&mut self, on: bool) {
        self.ledger = on;
    }

    /// The time of the last call.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.state.now
    }

    /// The configuration that the service was made with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Who watches.
    #[must_use]
    pub const fn tracer(&self) -> &T {
        &self.tracer
    }

    /// Who watches, to be reset.
    pub const fn tracer_mut(&mut self) -> &mut T {
        &mut self.tracer
    }

    /// The application of that ID, deleted or not.
    #[must_use]
    pub fn find_app(&self, app_id: &str) -> Option<AppIx> {
        self.state.app_names.find(0, app_id).map(AppIx)
    }

    /// The group of that ID, live or deleted.
    #[must_use]
    pub fn find_group(&self, app: AppIx, group_id: &str) -> Option<GroupIx> {
        let group = self.state.group_names.find(self.group_scope(app), group_id).map(GroupIx)?;
        (self.state.groups[group.at()].app == app).then_some(group)
    }

    /// The user of that ID, if the service ever heard of it.
    #[must_use]
    pub fn find_user(&self, app: AppIx, user_id: &str) -> Option<UserIx> {
        let users = &self.state.users;
        let same = |at: u32| {
            let user = &users[at as usize];
            user.app == app && user.id.is(user_id)
        };
        // The user's own record tells whether it is the one: a call needs that line anyway, and saves two of the
        // table's.
        self.state.user_names.find_where(app.0, user_id, same).map(UserIx)
    }

    /// The ID of a group.
    #[must_use]
    pub fn group_id(&self, group: GroupIx) -> &Arc<str> {
        self.state.group_names.name(group.0)
    }

    /// The ID of a user.
    #[must_use]
    pub fn user_id(&self, user: UserIx) -> &Arc<str> {
        self.state.user_names.name(user.0)
    }

    /// The live session of a user.
    #[must_use]
    pub fn session_of(&self, user: UserIx) -> Option<SessionId> {
        let entry = &self.state.users[user.at()];
        // For a session that is still to be ended it is over already.
        entry.session_id(user).filter(|_| !self.state.apps[entry.app.at()].availability.is_ending())
    }

    /// Every session whose link is up, and the device it was opened on, in order of users. O(users).
    pub fn links_up(&self) -> impl Iterator<Item = (SessionId, u32)> + '_ {
        self.state.users.iter().enumerate().filter_map(|(at, user)| {
            let live = user.session().filter(|live| live.is_up())?;
            Some((user.session_id(UserIx::from_at(at))?, live.device))
        })
    }

    /// Every group, live or deleted, in order of creation.
    pub fn groups(&self) -> impl Iterator<Item = GroupIx> + '_ {
        (0..self.state.groups.len()).map(GroupIx::from_at)
    }

    /// The application that a group belongs to.
    #[must_use]
    pub fn app_of_group(&self, group: GroupIx) -> AppIx {
        self.state.groups[group.at()].app
    }

    /// The application that a user belongs to; none for an index that no user has.
    #[must_use]
    pub fn app_of(&self, user: UserIx) -> Option<AppIx> {
        self.state.users.get(user.at()).map(|user| user.app)
    }

    /// The ID of an application.
    #[must_use]
    pub fn app_id(&self, app: AppIx) -> &Arc<str> {
        &self.state.apps[app.at()].id
    }

    /// The secret of an application, to derive tokens or sign callbacks with.
    #[must_use]
    pub fn app_key(&self, app: AppIx) -> &Arc<str> {
        &self.state.apps[app.at()].key
    }

    /// The signature that clients of an application are initialised with.
    #[must_use]
    pub fn app_sign(&self, app: AppIx) -> &Arc<str> {
        &self.state.apps[app.at()].sign
    }

    /// Whether a user is in a group.
    #[must_use]
    pub fn is_member(&self, group: GroupIx, user: UserIx) -> bool {
        self.state.users[user.at()].slot_in(group).is_some() && !self.is_dismissing(group)
    }

    /// Sequence number of the newest message that a group delivered; 0: none.
    #[must_use]
    pub fn group_seq(&self, group: GroupIx) -> u64 {
        self.state.groups[group.at()].seq()
    }

    /// The audience of a group: every slot, free ones too ([`Member::is_taken`]).
    #[must_use]
    pub fn audience(&self, group: GroupIx) -> &[Member] {
        self.state.groups[group.at()].audience.slots()
    }

    /// Counts the changes of a group's audience.
    #[must_use]
    pub fn audience_generation(&self, group: GroupIx) -> u64 {
        self.state.groups[group.at()].audience.generation()
    }

    /// Messages of groups that are under review. O(what is owed an answer).
    #[must_use]
    pub fn reviews(&self) -> usize {
        self.state.tickets.waiting().filter(|pending| matches!(pending, Pending::Group { .. })).count()
    }

    /// Members of a group.
    #[must_use]
    pub fn member_count(&self, group: GroupIx) -> u32 {
        // Members that are still to be taken out of a deleted group are none for anybody who asks.
        if self.is_dismissing(group) { 0 } else { self.state.groups[group.at()].audience.count() }
    }

    /// Whether a group is a supergroup.
    #[must_use]
    pub fn is_supergroup(&self, group: GroupIx) -> bool {
        self.state.groups[group.at()].is_supergroup()
    }

    pub(crate) fn push(&mut self, mut output: Output) {
        // The one door through which everything goes out, so that a mutant of what is put out wants no other.
        if D::MUTATED && !self.spoil_output(&mut output) {
            return;
        }
        self.outputs.push_back(output);
    }

    /// Takes back what was queued last: a sound service never does.
    pub(crate) fn take_back(&mut self) {
        self.outputs.pop_back();
    }

    #[inline]
    #[track_caller]
    pub(crate) fn hit(&mut self, rule: Rule) {
        self.tracer.hit(rule);
    }
}
