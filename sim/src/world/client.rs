//! The client library as the documents describe it: logging on with a token, joining, talking, losing the link, coming
//! back with a growing distance between attempts, pulling what was missed, and starting anew when the session is gone.

use std::sync::Arc;

use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, ClientSend, Cursor, Defects, GroupIx, GroupKey, Input,
    LinkEnd, Login, LogoffReason, Message, Outcome, SessionId, Ticket, client_token,
};

use crate::engine::{Queue, below, exponential, is_hit_permille};
use crate::plan::Speech;
use crate::user::{NONE, Presence, Role};
use crate::world::{Act, Control, World, index};

const SECOND: u64 = 1_000_000;
/// Distance of the first attempt to get back, doubled with each attempt.
const RETRY_FIRST: u64 = SECOND;
/// Largest distance of two attempts.
const RETRY_LAST: u64 = 30 * SECOND;
/// A client asks for a fresh token when its own clock says that the old one has less than this left.
const TOKEN_MARGIN: u64 = 5;
/// Mean time after which somebody whose group is missing looks again.
const LOOK_AGAIN: u64 = 60 * SECOND;

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    pub(crate) fn on_user(&mut self, user: u32, epoch: u16, act: Act) {
        if self.users.epoch[index(user)] != epoch {
            return;
        }
        match act {
            Act::Come => self.come(user),
            Act::Join(nth) => self.join(user, nth),
            Act::Speak(habit) => self.on_speak(user, habit),
            Act::Leave => self.leave(user),
            Act::Lose => self.lose_link(user),
            Act::Retry => self.retry(user),
            Act::Device => self.second_device(user),
            Act::GoHome => self.go_home(user),
            Act::Intervene => self.intervene(user),
        }
    }

    /// Logs a user on who is away; joins those of the groups that an online user is not in.
    pub(crate) fn come(&mut self, user: u32) {
        match self.users.presence[index(user)] {
            Presence::Away => self.log_on(user),
            Presence::Online => self.join_all(user),
            Presence::Down | Presence::Muffled => {}
        }
    }

    fn log_on(&mut self, user: u32) {
        if self.network.is_cut(self.users.class[index(user)]) {
            return self.try_later(user, Act::Come);
        }
        let login = self.login(user);
        match self.call(Input::Connect(login)) {
            Outcome::Connected(Ok(connected)) => {
                self.counts.logons += 1;
                self.users.log_on(user, connected.session);
                self.users.presence[index(user)] = Presence::Online;
                self.users.joined[index(user)] = 0;
                self.users.attempts[index(user)] = 0;
                self.begin_life(user);
                self.join_all(user);
            }
            _ => self.try_later(user, Act::Come),
        }
    }

    /// What a session has from its first moment on: losses of the link, a second device, interventions.
    fn begin_life(&mut self, user: u32) {
        let crowd = self.users.crowd(user);
        let (link_loss, second_device, role) = (crowd.plan.link_loss, crowd.plan.second_device, crowd.role);
        if let Some(mean) = link_loss {
            let after = exponential(self.draw(user), mean.as_micros());
            self.later(user, after, Act::Lose);
        }
        if second_device > 0
            && self.users.device[index(user)] == 0
            && is_hit_permille(self.draw(user), u32::from(second_device))
        {
            let after = SECOND + self.draw_below(user, 60 * SECOND);
            self.later(user, after, Act::Device);
        }
        if role != Role::Audience {
            self.plan_intervention(user);
        }
    }

    /// The logon of a user, with a token that its back end has just made.
    fn login(&mut self, user: u32) -> Login {
        let crowd = self.users.crowd(user);
        let (span, heartbeat_timeout) = (crowd.plan.token, crowd.plan.heartbeat);
        let role = if crowd.role == Role::Audience { "" } else { "admin" };
        let acknowledges = u64::from(crowd.plan.acknowledges);
        let timestamp = self.now / SECOND + span.as_secs().max(1);
        self.users.expiry[index(user)] = timestamp;
        let user_id = self.users.id(user);
        let secrets = &self.credentials;
        let token = client_token(&secrets.app_id, &secrets.app_key, &user_id, "", timestamp, role);
        Login {
            app_id: Arc::clone(&secrets.app_id),
            app_sign: Arc::clone(&secrets.app_sign),
            user_id: user_id.into(),
            user_info: "".into(),
            nonce: "".into(),
            role: role.into(),
            timestamp,
            token: token.into(),
            heartbeat_timeout,
            acknowledges: below(u64::from(self.users.key[index(user)]) << 32, 1_000) < acknowledges,
            device: u32::from(self.users.device[index(user)]),
        }
    }

    fn try_later(&mut self, user: u32, act: Act) {
        let attempts = self.users.attempts[index(user)];
        self.users.attempts[index(user)] = attempts.saturating_add(1);
        let wait = (RETRY_FIRST << attempts.min(5)).min(RETRY_LAST);
        let after = wait + self.draw_below(user, wait);
        self.later(user, after, act);
    }

    fn join_all(&mut self, user: u32) {
        for nth in 0..self.users.homes(user) {
            if !self.users.is_in(user, nth) {
                let after = 1_000 + self.draw_below(user, 50_000);
                self.later(user, after, Act::Join(nth));
            }
        }
    }

    /// How a client names the n-th of its groups.
    fn key_of(&self, user: u32, nth: u8) -> GroupKey {
        let position = index(self.users.home(user, nth));
        match self.plan_groups[position] {
            NONE => GroupKey::Name(self.plan.groups[position].id.as_str().into()),
            group => GroupKey::Index(GroupIx(group)),
        }
    }

    fn join(&mut self, user: u32, nth: u8) {
        if self.users.presence[index(user)] != Presence::Online || self.users.is_in(user, nth) {
            return;
        }
        let request = ClientRequest::Join(self.key_of(user, nth));
        match self.call(Input::Client(self.users.session(user), request)) {
            Outcome::Client(Ok(ClientReply::Group(_))) => {
                self.counts.joins += 1;
                let first = self.users.joined[index(user)] == 0;
                self.users.joined[index(user)] |= 1 << nth;
                if first {
                    self.settle_in(user);
                }
            }
            Outcome::Client(Err(ClientRefusal::NoSession)) => self.start_anew(user),
            Outcome::Client(Err(ClientRefusal::GroupDeleted | ClientRefusal::NoGroup)) => {
                let after = exponential(self.draw(user), LOOK_AGAIN);
                self.later(user, after, Act::Join(nth));
            }
            _ => {}
        }
    }

    /// What a user does once it is in a group: its habits, and leaving some day.
    fn settle_in(&mut self, user: u32) {
        let habits = self.users.crowd(user).plan.habits.len();
        for habit in 0..u8::try_from(habits).unwrap_or(u8::MAX) {
            self.plan_speech(user, habit);
        }
        if let Some(stay) = self.users.crowd(user).plan.stay {
            let after = exponential(self.draw(user), stay.as_micros());
            self.later(user, after, Act::Leave);
        }
    }

    fn plan_speech(&mut self, user: u32, habit: u8) {
        let Some(every) = self.users.crowd(user).plan.habits.get(usize::from(habit)).map(|habit| habit.every)
        else {
            return;
        };
        let after = exponential(self.draw(user), every.as_micros());
        self.later(user, after, Act::Speak(habit));
    }

    fn on_speak(&mut self, user: u32, habit: u8) {
        let joined = self.users.joined[index(user)];
        if joined == 0 {
            return;
        }
        if self.users.presence[index(user)] == Presence::Online {
            let mut nth = u8::try_from(joined.trailing_zeros()).unwrap_or(0);
            let homes = self.users.homes(user);
            if homes > 1 {
                let drawn = u8::try_from(self.draw_below(user, u64::from(homes))).unwrap_or(0);
                nth = if self.users.is_in(user, drawn) { drawn } else { nth };
            }
            let plan = &self.users.crowd(user).plan;
            if let Some(speech) = plan.habits.get(usize::from(habit)).map(|habit| habit.speech.clone()) {
                let key = self.key_of(user, nth);
                self.speak(user, key, &speech);
            }
        }
        self.plan_speech(user, habit);
    }

    /// Sends to a group as a client; whether the service took it.
    pub(crate) fn speak(&mut self, user: u32, group: GroupKey, speech: &Speech) -> bool {
        let draw = self.draw(user);
        let ephemeral = is_hit_permille(draw.rotate_left(20), u32::from(speech.ephemeral));
        let send = ClientSend {
            kind: speech.kind,
            level: speech.level,
            body: self.bodies.body(speech, draw),
            repeat: speech.repeat,
            no_storage: ephemeral,
            no_cache: ephemeral,
            skip_audit: false,
            skip_mute_check: false,
        };
        let outcome = self.call(Input::Client(self.users.session(user), ClientRequest::Send(group, send)));
        self.count_send(&outcome);
        match outcome {
            Outcome::Client(Ok(_)) => true,
            Outcome::Client(Err(ClientRefusal::NoSession)) => {
                self.start_anew(user);
                false
            }
            _ => false,
        }
    }

    fn leave(&mut self, user: u32) {
        if self.users.presence[index(user)] != Presence::Online {
            return self.later(user, 10 * SECOND, Act::Leave);
        }
        let (logs_off, away) = (self.users.crowd(user).plan.logs_off, self.users.crowd(user).plan.away);
        if logs_off {
            self.log_off(user);
        } else {
            self.leave_groups(user);
        }
        if let Some(mean) = away {
            let after = SECOND + exponential(self.draw(user), mean.as_micros());
            self.later(user, after, Act::Come);
        }
    }

    /// Leaves every group, staying logged on.
    pub(crate) fn leave_groups(&mut self, user: u32) {
        for nth in 0..self.users.homes(user) {
            if self.users.is_in(user, nth) {
                self.counts.leaves += 1;
                let key = self.key_of(user, nth);
                self.users.joined[index(user)] &= !(1 << nth);
                if let GroupKey::Index(GroupIx(group)) = key {
                    self.close_seat(user, group);
                }
                self.call(Input::Client(self.users.session(user), ClientRequest::Leave(key)));
            }
        }
        self.end_life(user);
        self.begin_life(user);
    }

    /// Logs off in an orderly way.
    fn log_off(&mut self, user: u32) {
        let session = self.users.session(user);
        let input = if self.users.number(user).is_multiple_of(2) {
            Input::Client(session, ClientRequest::Logout)
        } else {
            Input::Disconnect(session, LinkEnd::Closed)
        };
        self.close_seats(user);
        self.users.presence[index(user)] = Presence::Away;
        self.users.joined[index(user)] = 0;
        self.end_life(user);
        self.call(input);
    }

    /// Voids everything scheduled for the user.
    pub(crate) fn end_life(&mut self, user: u32) {
        let epoch = &mut self.users.epoch[index(user)];
        *epoch = epoch.wrapping_add(1);
    }

    fn go_home(&mut self, user: u32) {
        match self.users.presence[index(user)] {
            Presence::Online => self.log_off(user),
            Presence::Away => self.end_life(user),
            Presence::Down | Presence::Muffled => {
                // The link is down: nothing can be said any more, the service will find out.
                self.close_seats(user);
                self.users.presence[index(user)] = Presence::Away;
                self.users.joined[index(user)] = 0;
                self.end_life(user);
            }
        }
    }

    /// The client of a user accepts nothing more from its groups.
    fn close_seats(&mut self, user: u32) {
        let Self { seats, users, .. } = self;
        let list: Vec<u32> = seats.of(users.seat[index(user)]).collect();
        for seat in list {
            seats.close(seat);
        }
    }

    fn close_seat(&mut self, user: u32, group: u32) {
        if let Some(place) = self.places.get(index(group))
            && let Some(seat) = place.seat_of(group, user, &self.seats, &self.users)
        {
            self.seats.close(seat);
        }
    }

    /// The link of a user breaks.
    pub(crate) fn lose_link(&mut self, user: u32) {
        if self.users.presence[index(user)] != Presence::Online {
            return;
        }
        self.counts.links_lost += 1;
        self.users.presence[index(user)] = Presence::Down;
        self.users.attempts[index(user)] = 0;
        self.close_seats(user);
        self.call(Input::Disconnect(self.users.session(user), LinkEnd::Lost));
        self.try_later(user, Act::Retry);
    }

    /// What a user's own clock shows. Unit: UNIX seconds.
    fn own_clock(&self, user: u32) -> u64 {
        let shift = self.clock_shift(user);
        self.now.saturating_add_signed(shift) / SECOND
    }

    fn retry(&mut self, user: u32) {
        if self.users.presence[index(user)] == Presence::Online {
            return;
        }
        if self.network.is_cut(self.users.class[index(user)]) {
            return self.try_later(user, Act::Retry);
        }
        let wants_fresh = self.own_clock(user) + TOKEN_MARGIN >= self.users.expiry[index(user)];
        let fresh = wants_fresh.then(|| self.login(user));
        let cursors = self.cursors(user);
        let session = self.users.session(user);
        match self.call(Input::Reconnect(session, fresh, cursors)) {
            Outcome::Connected(Ok(_)) => {
                self.counts.reconnects += 1;
                self.users.presence[index(user)] = Presence::Online;
                self.users.attempts[index(user)] = 0;
                self.open_seats(user);
                if let Some(mean) = self.users.crowd(user).plan.link_loss {
                    let after = exponential(self.draw(user), mean.as_micros());
                    self.later(user, after, Act::Lose);
                }
            }
            Outcome::Connected(Err(ClientRefusal::NoSession)) => self.start_anew(user),
            Outcome::Connected(Err(ClientRefusal::Forbidden)) => {
                // The token has expired whatever the own clock says: the next attempt brings a fresh one.
                self.users.expiry[index(user)] = 0;
                self.try_later(user, Act::Retry);
            }
            _ => self.try_later(user, Act::Retry),
        }
    }

    /// How far the user had come in each of its groups.
    fn cursors(&self, user: u32) -> Vec<Cursor> {
        let seats = &self.seats;
        let mut cursors: Vec<Cursor> = (0..self.users.homes(user))
            .filter(|nth| self.users.is_in(user, *nth))
            .filter_map(|nth| {
                let group = self.plan_groups[index(self.users.home(user, nth))];
                let place = self.places.get(index(group))?;
                let seat = place.seat_of(group, user, seats, &self.users);
                let done = seat.map_or_else(|| place.high(), |seat| seats.high[index(seat)].done);
                let high_seq = done.checked_sub(1).map_or(0, |at| place.high_seqs[index(at)]);
                Some(Cursor { group: GroupIx(group), high_seq })
            })
            .collect();
        cursors.sort_unstable_by_key(|cursor| cursor.group);
        cursors
    }

    /// The link is up again: whatever the groups deliver from here on arrives.
    fn open_seats(&mut self, user: u32) {
        let Self { seats, users, places, .. } = self;
        let list: Vec<u32> = seats.of(users.seat[index(user)]).collect();
        for seat in list {
            let group = seats.owner[index(seat)].group;
            seats.listen_after(seat, places[index(group)].delivered);
        }
    }

    /// The session is gone: the client logs on and joins again.
    fn start_anew(&mut self, user: u32) {
        self.close_seats(user);
        self.users.presence[index(user)] = Presence::Away;
        self.users.joined[index(user)] = 0;
        self.end_life(user);
        let after = 100_000 + self.draw_below(user, SECOND);
        self.later(user, after, Act::Come);
    }

    fn second_device(&mut self, user: u32) {
        if self.users.presence[index(user)] != Presence::Online {
            return;
        }
        self.users.device[index(user)] = 1;
        self.close_seats(user);
        self.users.presence[index(user)] = Presence::Away;
        self.users.joined[index(user)] = 0;
        self.end_life(user);
        self.log_on(user);
    }

    /// Missed HIGH messages arrive.
    pub(crate) fn on_recovered(&mut self, session: SessionId, group: GroupIx, messages: &[Arc<Message>]) {
        let Some(user) = self.receiver(session) else { return };
        let Some(place) = self.places.get(index(group.0)) else { return };
        let Some(seat) = place.seat_of(group.0, user, &self.seats, &self.users) else { return };
        let high = &mut self.seats.high[index(seat)];
        let mut fresh = 0;
        for message in messages {
            let found = place.high_seqs.binary_search(&message.seq);
            let nth = found.ok().and_then(|at| u32::try_from(at + 1).ok());
            fresh += u64::from(nth.is_some_and(|nth| high.take(nth)));
        }
        self.counts.recovered += fresh;
        let (done, began) = (high.done, high.began);
        let reached = messages.last().and_then(|last| place.high_seqs.binary_search(&last.seq).ok());
        if let (Some(model), Some(reached)) = (&mut self.model, reached) {
            model.check_recovered(group, done, began, reached + 1);
        }
    }

    pub(crate) fn on_direct(&mut self, session: SessionId, ticket: Option<Ticket>) {
        if self.now > self.end {
            return;
        }
        if let (Some(_), Some(ticket)) = (self.receiver(session), ticket) {
            self.call(Input::Client(session, ClientRequest::Acknowledge(ticket)));
        }
    }

    pub(crate) fn on_closed(&mut self, session: SessionId, reason: LogoffReason) {
        let Some(user) = self.receiver(session) else { return };
        match reason {
            LogoffReason::Normal | LogoffReason::OtherDevice => {}
            LogoffReason::Timeout | LogoffReason::AppDisabled => {
                self.start_anew(user);
                self.users.attempts[index(user)] = 4;
            }
        }
    }

    /// A user learns that a group has ended, or that it was removed from it.
    pub(crate) fn on_exit(&mut self, user: u32, group: u32) {
        let Some(position) = self.places.get(index(group)).map(|place| place.plan).filter(|at| *at != NONE)
        else {
            return;
        };
        let Some(nth) = self.users.nth_of(user, position) else { return };
        self.users.joined[index(user)] &= !(1 << nth);
        if self.users.presence[index(user)] == Presence::Online {
            let after = SECOND + exponential(self.draw(user), LOOK_AGAIN);
            self.later(user, after, Act::Join(nth));
        }
    }
}
