//! The client library's session: logging on with a token, losing the link, coming back with a growing distance between
//! attempts, pulling what was missed, and starting anew when the session is gone.

use std::sync::Arc;

use claque_core::{
    ClientRefusal, ClientRequest, Cursor, GroupIx, GroupKey, Input, LinkEnd, Login, LogoffReason, Message,
    Mutants, Outcome, SessionId, Ticket, client_token,
};
use claque_engine::Queue;
use claque_scenario::{FaultKind, PopulationKind};

use crate::user::{ClientPresence, NONE};
use crate::world::{Act, ControlEvent, World, index};

pub(crate) const SECOND: u64 = 1_000_000;
/// Distance of the first attempt to get back, doubled with each attempt.
const RETRY_FIRST: u64 = SECOND;
/// Largest distance of two attempts.
const RETRY_LAST: u64 = 30 * SECOND;
/// How far ahead of a gap a client keeps what arrives. Unit: HIGH messages.
const AHEAD_MAX: usize = 64;
/// Most pulls of a client after the show, besides the one on its return.
const PULLS_MAX: u8 = 8;
/// Time that is left after the show for a client to pull once more. Unit: microseconds.
const PULL_AGAIN: u64 = 20 * SECOND;
/// A client asks for a fresh token when its own clock says that the old one has less than this left.
const TOKEN_MARGIN: u64 = 5;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(crate) fn on_user(&mut self, user: u32, epoch: u16, act: Act) {
        // Planned in an earlier life of the client, which has ended since.
        if self.users.epoch[index(user)] != epoch {
            return;
        }
        if self.settling && act.is_of_the_show() {
            return;
        }
        match act {
            Act::Come => self.come(user),
            Act::Join(nth) => self.join(user, nth),
            Act::Leave(nth) => self.leave(user, nth),
            Act::Retry => self.retry(user),
            Act::Speak(habit) => self.on_speak(user, habit),
            Act::Burst(habit, left) => self.on_burst(user, habit, left),
            Act::GoHome => self.go_home(user),
            Act::StepOut => self.step_out(user),
            Act::Lose => self.lose_link(user),
            Act::Device => self.second_device(user),
            Act::Duty(duty) => self.on_duty(user, duty),
        }
    }

    /// Logs a user on who is away; joins those of the groups that an online user is not in.
    pub(crate) fn come(&mut self, user: u32) {
        match self.users.presence[index(user)] {
            ClientPresence::Away => self.log_on(user),
            ClientPresence::Online => self.join_all(user),
            ClientPresence::Down | ClientPresence::Muffled => {}
        }
    }

    /// Logs on and joins at once: for those who are in place when the show begins.
    pub(crate) fn settle_in_place(&mut self, user: u32) {
        if self.users.groups(user) > 0 && self.connect(user) {
            self.begin_life(user);
            for nth in 0..self.users.groups(user) {
                self.join(user, nth);
            }
        }
    }

    fn log_on(&mut self, user: u32) {
        if self.users.groups(user) == 0 {
            return;
        }
        if !self.is_cut(user) && !self.is_held(user) && self.connect(user) {
            self.begin_life(user);
            self.join_all(user);
        } else {
            self.try_later(user, Act::Come);
        }
    }

    /// Whether nothing that a user sends reaches the service.
    pub(crate) fn is_cut(&self, user: u32) -> bool {
        self.network.is_cut(self.users.faults[index(user)]) || self.rare.unhealed.contains(&user)
    }

    /// When what a user sends comes through, where it is held back.
    pub(crate) fn held_until(&self, user: u32) -> Option<u64> {
        self.network.held_until(self.users.faults[index(user)]).filter(|until| *until > self.now)
    }

    /// Whether what a user sends is held back.
    pub(crate) fn is_held(&self, user: u32) -> bool {
        self.held_until(user).is_some()
    }

    fn connect(&mut self, user: u32) -> bool {
        let login = self.login(user);
        let Outcome::Connected(Ok(connected)) = self.call(Input::Connect(login)) else {
            // Whatever was wrong, a token of its own making will not be it the next time.
            self.rare.old_token.remove(&user);
            return false;
        };
        self.counts.logons += 1;
        self.users.log_on(user, connected.session);
        self.users.presence[index(user)] = ClientPresence::Online;
        self.users.joined[index(user)] = 0;
        self.users.attempts[index(user)] = 0;
        true
    }

    /// The logon of a user, with a token that its back end has just made, or the one it had.
    fn login(&mut self, user: u32) -> Login {
        let population = &self.scenario.populations[self.users.population(user)];
        let role = if population.kind == PopulationKind::Audience { "" } else { "admin" };
        // A killed process starts again with the token that it had stored: it may have expired meanwhile, which is what
        // this tries.
        if !self.rare.old_token.remove(&user) {
            let life = population.token.as_secs().max(1);
            self.users.expiry[index(user)] = self.clock().unix_seconds() + life;
        }
        let timestamp = self.users.expiry[index(user)];
        let user_id = self.scenario.user_name(user);
        let secrets = &self.credentials[self.app_of(user)];
        let token = client_token(&secrets.app_id, &secrets.app_key, &user_id, "", timestamp, role);
        Login {
            app_id: Arc::clone(&secrets.app_id),
            app_sign: Arc::clone(&secrets.app_sign),
            user_id: user_id.into(),
            user_info: Arc::clone(&self.no_text),
            nonce: Arc::clone(&self.no_text),
            role: role.into(),
            timestamp,
            token: token.into(),
            heartbeat_timeout: None,
            // One client in eight is an old one that never acknowledges: a sender must not wait for it.
            acknowledges: !self.users.key[index(user)].is_multiple_of(8),
            device: u32::from(self.users.device[index(user)]),
        }
    }

    /// The application of a user: that of the group the user comes for.
    pub(crate) fn app_of(&self, user: u32) -> usize {
        let home = self.users.group(user, 0).unwrap_or(0);
        index(self.scenario.group(claque_scenario::GroupNumber(home)).app.0)
    }

    fn try_later(&mut self, user: u32, act: Act) {
        let attempts = self.users.attempts[index(user)];
        self.users.attempts[index(user)] = attempts.saturating_add(1);
        // The wait doubles, and as much again is drawn: thousands whose link broke in one moment must not come back in
        // one.
        let wait = (RETRY_FIRST << attempts.min(5)).min(RETRY_LAST);
        let after = wait + self.draw_below(user, wait);
        self.later(user, after, act);
    }

    /// Logs off in an orderly way.
    fn log_off(&mut self, user: u32) {
        let session = self.users.session(user);
        // A logout and a link that is closed are both orderly ends: every other user takes the one.
        let input = if self.users.number(user).is_multiple_of(2) {
            Input::Client(session, ClientRequest::Logout)
        } else {
            Input::Disconnect(session, LinkEnd::Closed)
        };
        self.drop_session(user);
        self.call(input);
    }

    /// The client forgets its session.
    pub(crate) fn drop_session(&mut self, user: u32) {
        self.close_memberships(user);
        self.users.presence[index(user)] = ClientPresence::Away;
        self.users.joined[index(user)] = 0;
        self.end_life(user);
    }

    /// Voids everything scheduled for the user.
    pub(crate) fn end_life(&mut self, user: u32) {
        let epoch = &mut self.users.epoch[index(user)];
        *epoch = epoch.wrapping_add(1);
    }

    pub(crate) fn go_home(&mut self, user: u32) {
        match self.users.presence[index(user)] {
            ClientPresence::Online => self.log_off(user),
            ClientPresence::Away => self.end_life(user),
            // The link is down: nothing can be said any more, the service will find out.
            ClientPresence::Down | ClientPresence::Muffled => self.drop_session(user),
        }
    }

    /// The client of a user accepts nothing more from its groups.
    pub(crate) fn close_memberships(&mut self, user: u32) {
        let Self { memberships, users, .. } = self;
        let list: Vec<u32> = memberships.of(users.membership[index(user)]).collect();
        for membership in list {
            memberships.close(membership);
        }
    }

    /// The link of a user breaks, and the client notices.
    pub(crate) fn lose_link(&mut self, user: u32) {
        if self.cut_link(user) {
            let wait = self.network.hitting(self.users.faults[index(user)]).find_map(|fault| {
                if let FaultKind::Disconnect { reconnect } = fault.kind { Some(reconnect) } else { None }
            });
            match wait {
                Some(wait) => {
                    let draw = u32::try_from(self.draw(user) >> 32).unwrap_or(0);
                    self.later(user, wait.uniform(draw).as_micros(), Act::Retry);
                }
                None => self.try_later(user, Act::Retry),
            }
        }
    }

    /// The link of a user is gone, as the service will find out; whether it was up.
    pub(crate) fn cut_link(&mut self, user: u32) -> bool {
        if !self.users.hears(user) {
            return false;
        }
        self.counts.links_lost += 1;
        self.users.presence[index(user)] = ClientPresence::Down;
        self.users.attempts[index(user)] = 0;
        self.close_memberships(user);
        // A service that is down notices nothing: at its restart it finds all links lost by itself.
        if !self.is_down() {
            self.call(Input::Disconnect(self.users.session(user), LinkEnd::Lost));
        }
        true
    }

    /// The time by a user's own clock. Unit: UNIX seconds.
    fn own_clock(&self, user: u32) -> u64 {
        self.clock().as_micros().saturating_add_signed(self.clock_shift(user)) / SECOND
    }

    fn retry(&mut self, user: u32) {
        if self.users.presence[index(user)] == ClientPresence::Online {
            return;
        }
        if self.is_cut(user) || self.is_held(user) {
            return self.try_later(user, Act::Retry);
        }
        // By the client's own clock, wrong as it may be: one that is slow comes with a token that has expired.
        let wants_fresh = self.own_clock(user) + TOKEN_MARGIN >= self.users.expiry[index(user)];
        let fresh = wants_fresh.then(|| self.login(user));
        let cursors = self.cursors(user);
        match self.call(Input::Reconnect(self.users.session(user), fresh, cursors)) {
            Outcome::Connected(Ok(_)) => {
                self.counts.reconnects += 1;
                self.users.presence[index(user)] = ClientPresence::Online;
                self.users.attempts[index(user)] = 0;
                self.open_memberships(user);
            }
            Outcome::Connected(Err(ClientRefusal::NoSession)) => self.start_anew(user),
            Outcome::Connected(Err(ClientRefusal::Forbidden)) => {
                // The token has expired whatever the own clock says: the next attempt brings a fresh one.
                // The first refusal of an old token is the client's own doing. Only a refusal of a fresh one says that
                // the service keeps the user out, which is a debt at the end.
                if std::mem::take(&mut self.users.expiry[index(user)]) == 0 || wants_fresh {
                    self.note_turned_away(user);
                }
                self.try_later(user, Act::Retry);
            }
            Outcome::Connected(Err(_)) | Outcome::Client(_) | Outcome::Request(_) | Outcome::Quiet => {
                self.note_turned_away(user);
                self.try_later(user, Act::Retry);
            }
        }
    }

    /// Nothing stands in the way of a link any more, and the service refuses it.
    fn note_turned_away(&mut self, user: u32) {
        if self.settling && !self.is_down() {
            self.rare.turned_away.insert(user);
        }
    }

    /// How far the user had come in each of its groups.
    fn cursors(&self, user: u32) -> Vec<Cursor> {
        let memberships = &self.memberships;
        let mut cursors: Vec<Cursor> = (0..self.users.groups(user))
            .filter(|nth| self.users.is_in(user, *nth))
            .filter_map(|nth| {
                let group = self.groups[index(self.users.group(user, nth)?)];
                let view = self.group_views.get(index(group))?;
                let membership = view.membership_of(group, user, memberships, &self.users);
                let done = membership
                    // In the group by its own belief only: there is no record of what it has, and it asks for nothing
                    // of before.
                    .map_or_else(|| view.high(), |membership| memberships.high[index(membership)].done);
                let high_seq = view.high_seq(done);
                Some(Cursor { group: GroupIx(group), high_seq })
            })
            .collect();
        cursors.sort_unstable_by_key(|cursor| cursor.group);
        cursors
    }

    /// The link is up again: whatever the groups deliver from here on arrives.
    fn open_memberships(&mut self, user: u32) {
        let Self { memberships, users, group_views, .. } = self;
        let list: Vec<u32> = memberships.of(users.membership[index(user)]).collect();
        for membership in list {
            let group = memberships.owner[index(membership)].group;
            // From the newest message on: those before it went down with the old link, and what of them was HIGH is in
            // the answer.
            memberships.listen_after(membership, group_views[index(group)].delivered);
        }
    }

    /// The session is gone: the client logs on and joins again.
    pub(crate) fn start_anew(&mut self, user: u32) {
        self.drop_session(user);
        let after = SECOND / 10 + self.draw_below(user, SECOND);
        self.later(user, after, Act::Come);
    }

    fn second_device(&mut self, user: u32) {
        if self.users.presence[index(user)] == ClientPresence::Online
            && !self.is_cut(user)
            && !self.is_held(user)
        {
            self.users.device[index(user)] = 1;
            self.drop_session(user);
            self.log_on(user);
        }
    }

    /// Missed HIGH messages arrive.
    pub(crate) fn on_recovered(&mut self, session: SessionId, group: GroupIx, messages: &[Arc<Message>]) {
        let Some(user) = self.receiver(session) else { return };
        let Some(view) = self.group_views.get(index(group.0)) else { return };
        let Some(membership) = view.membership_of(group.0, user, &self.memberships, &self.users) else {
            return;
        };
        let high = &mut self.memberships.high[index(membership)];
        for message in messages {
            let nth = view.nth_high(message.seq);
            self.counts.recovered += u64::from(nth.is_some_and(|nth| high.take(nth)));
        }
        // What was sent meanwhile may have come before all this, too far ahead for a client to keep: it pulls once more.
        if messages.len() < AHEAD_MAX / 8 || !self.settling || !self.misses_high(user) {
            return;
        }
        // A demand that nobody could meet any more would condemn a sound service: this user is let off.
        if self.now + PULL_AGAIN >= self.settled {
            self.rare.out_of_time.insert(user);
        } else if self.pulls_again(user) && self.cut_link(user) {
            self.later(user, SECOND, Act::Retry);
        }
    }

    /// Counts the pulls of a user after the show; whether one more is worth it.
    fn pulls_again(&mut self, user: u32) -> bool {
        let pulls = self.rare.pulled_again.entry(user).or_default();
        *pulls += 1;
        *pulls <= PULLS_MAX
    }

    pub(crate) fn on_direct(&mut self, session: SessionId, ticket: Option<Ticket>) {
        if self.now <= self.settled
            && let (Some(_), Some(ticket)) = (self.receiver(session), ticket)
        {
            self.call(Input::Client(session, ClientRequest::Acknowledge(ticket)));
        }
    }

    pub(crate) fn on_closed(&mut self, session: SessionId, reason: LogoffReason) {
        let Some(user) = self.receiver(session) else { return };
        match reason {
            LogoffReason::Normal | LogoffReason::OtherDevice => {}
            LogoffReason::Timeout | LogoffReason::AppDisabled => {
                self.start_anew(user);
                // It tries within a second or so. When that is refused, as it is while the application is disabled, the
                // next attempt waits sixteen.
                self.users.attempts[index(user)] = 4;
            }
        }
    }

    /// How a client names one of its groups: by the number it was given, or else by its ID.
    pub(crate) fn key_of(&self, group: u32) -> GroupKey {
        match self.groups[index(group)] {
            NONE => self.scenario.group(claque_scenario::GroupNumber(group)).name.as_str().into(),
            number => GroupKey::Index(GroupIx(number)),
        }
    }
}
