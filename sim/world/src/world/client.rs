//! What users do in groups: join, talk out of habit, leave, come back.

use std::sync::Arc;

use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, ClientSend, Input, Mutants, Outcome, Priority, SessionId,
};
use claque_document::units::{Between, Permille};
use claque_engine::{Queue, exponential};
use claque_scenario::plan::ChatLine;
use claque_scenario::{ModerationMode, PopulationKind};

use crate::network::user_key;
use crate::user::{ClientPresence, NONE};
use crate::world::fault_concern::FaultConcern;
use crate::world::session::SECOND;
use crate::world::{Act, ControlEvent, World, index};

/// In a moderated application, one message in so many holds a refused word.
const REFUSED_ONE_IN: u64 = 50;

/// A message as its sender means it: type, level and length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speech {
    pub(crate) kind: i64,
    pub(crate) level: Priority,
    pub(crate) bytes: Between<u32>,
}

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// Plans the life of a session from its first moment on: comings and goings, a second device, duties.
    pub(crate) fn begin_life(&mut self, user: u32) {
        let population = &self.scenario.populations[self.users.population(user)];
        if population.two_devices.as_u16() > 0
            && self.users.device[index(user)] == 0
            && self.network.takes("two-devices", population.two_devices, self.users.key[index(user)])
        {
            let span = self.scenario.duration.as_micros() / 4;
            let after = SECOND + self.draw_below(user, span.max(SECOND));
            self.later(user, after, Act::Device);
        }
        if let Some(stay) = population.stay {
            let after = SECOND + exponential(self.draw(user), stay.as_micros());
            self.later(user, after, Act::GoHome);
        }
        for duty in 0..u8::try_from(population.duties.len()).unwrap_or(0) {
            self.plan_duty(user, duty);
        }
    }

    pub(crate) fn join_all(&mut self, user: u32) {
        for nth in 0..self.users.groups(user) {
            if !self.users.is_in(user, nth) {
                let after = 1_000 + self.draw_below(user, 50_000);
                self.later(user, after, Act::Join(nth));
            }
        }
    }

    pub(crate) fn join(&mut self, user: u32, nth: u8) {
        let Some(group) = self.users.group(user, nth) else { return };
        let online = self.users.presence[index(user)] == ClientPresence::Online;
        // A cut link is no refusal: the client does not try, and joins again when it is back.
        if !online || self.users.is_in(user, nth) || self.stage.is_shunned(group) || self.is_cut(user) {
            return;
        }
        if let Some(until) = self.held_until(user) {
            return self.later(user, until - self.now, Act::Join(nth));
        }
        let request = ClientRequest::Join(self.key_of(group));
        match self.call(Input::Client(self.users.session(user), request)) {
            Outcome::Client(Ok(ClientReply::Group(_))) => {
                self.counts.joins += 1;
                // Habits belong to the user and not to a group: with the second group they would be twice as frequent.
                let first = self.users.joined[index(user)] == 0;
                self.users.joined[index(user)] |= 1 << nth;
                self.begin_membership(user, group);
                if first {
                    self.settle_in(user);
                }
            }
            Outcome::Client(Err(ClientRefusal::NoSession)) => self.start_anew(user),
            Outcome::Client(_) | Outcome::Connected(_) | Outcome::Request(_) | Outcome::Quiet => {}
        }
    }

    /// The client knows from here on that it is in a group. Its back end may have put it there before, and it asks for
    /// nothing of that time.
    fn begin_membership(&mut self, user: u32, group: u32) {
        let number = self.groups[index(group)];
        let Some(view) = self.group_views.get(index(number)) else { return };
        if let Some(membership) = view.membership_of(number, user, &self.memberships, &self.users) {
            self.memberships.high[index(membership)].begin_after(view.high());
            if !self.memberships.is_open(membership) {
                // The back end joined the user while no client was there to listen.
                self.memberships.listen_after(membership, view.delivered);
            }
        }
    }

    /// Plans the life of a user in a group: its habits, and stepping out some time.
    fn settle_in(&mut self, user: u32) {
        let population = &self.scenario.populations[self.users.population(user)];
        let key = self.users.key[index(user)];
        // By name and not by position: a user who lurks has drawn nothing, and a lower share wakes users without moving
        // a draw of the others.
        let lurks = population.lurk.as_u16() > 0 && self.network.takes("lurk", population.lurk, key);
        if !lurks {
            for habit in 0..u8::try_from(population.habits.len()).unwrap_or(u8::MAX) {
                self.plan_speech(user, habit);
            }
        }
        if population.kind == PopulationKind::Audience && key.is_multiple_of(64) {
            // Somebody always tries what only staff may do.
            let group = self.users.group(user, 0).unwrap_or(0);
            for request in [ClientRequest::MuteAll, ClientRequest::CloseGroup] {
                let request = request(self.key_of(group));
                self.call(Input::Client(self.users.session(user), request));
            }
        }
        if population.kind == PopulationKind::Audience && key % 64 == 1 {
            // Somebody always looks at what was said before, and asks once too often.
            let group = self.users.group(user, 0).unwrap_or(0);
            for descending in [true, false, true] {
                self.list_history(self.users.session(user), group, descending, 100);
            }
            // And at what the group shows to everybody, and to its staff only.
            let key = || self.key_of(group);
            let recent = ClientRequest::ListRecentMessages { group: key(), before: 0, page_size: 50 };
            let members =
                ClientRequest::ListGroupUsers { group: key(), descending: false, token: 0, page_size: 50 };
            let stored = ClientRequest::ListHistory {
                group: key(),
                staff: true,
                kind: None,
                descending: true,
                token: 0,
                page_size: 30,
                begin: 0,
                end: 0,
            };
            for request in [recent, members, stored, ClientRequest::ListMuteUsers(key())] {
                self.call(Input::Client(self.users.session(user), request));
            }
        }
        if let Some(churn) = population.churn
            && self.network.takes("churn", churn.share, key)
        {
            let after = SECOND + exponential(self.draw(user), churn.stay.as_micros());
            self.later(user, after, Act::StepOut);
        }
    }

    fn plan_speech(&mut self, user: u32, habit: u8) {
        let population = &self.scenario.populations[self.users.population(user)];
        if let Some(habit_of) = population.habits.get(usize::from(habit)) {
            let after = exponential(self.draw(user), habit_of.every.as_micros());
            self.later(user, after, Act::Speak(habit));
        }
    }

    pub(crate) fn on_speak(&mut self, user: u32, habit: u8) {
        if self.users.joined[index(user)] == 0 {
            // A user who comes back begins its habits anew.
            return;
        }
        let population = &self.scenario.populations[self.users.population(user)];
        let burst = population.habits.get(usize::from(habit)).map_or(1, |habit| habit.burst);
        self.on_burst(user, habit, burst);
        self.plan_speech(user, habit);
    }

    /// Sends one message of a bout, and plans the rest of it.
    pub(crate) fn on_burst(&mut self, user: u32, habit: u8, left: u32) {
        let population = &self.scenario.populations[self.users.population(user)];
        let Some(habit_of) = population.habits.get(usize::from(habit)).copied() else { return };
        let joined = self.users.joined[index(user)];
        if left == 0 || joined == 0 {
            return;
        }
        let mut nth = u8::try_from(joined.trailing_zeros()).unwrap_or(0);
        let groups = self.users.groups(user);
        if groups > 1 {
            // Among all groups that the user goes to, and not among those it is in: leaving one must not change what
            // the draws that follow are for.
            let drawn = u8::try_from(self.draw_below(user, u64::from(groups))).unwrap_or(0);
            nth = if self.users.is_in(user, drawn) { drawn } else { nth };
        }
        if let Some(group) = self.users.group(user, nth) {
            let speech = Speech {
                kind: i64::from(habit_of.kind.message_type()),
                level: habit_of.level,
                bytes: habit_of.body_bytes,
            };
            self.speak(user, group, speech);
        }
        if left > 1 {
            self.later(user, habit_of.gap.as_micros().max(1), Act::Burst(habit, left - 1));
        }
    }

    /// Whether a user can say something in a group, as far as its client knows.
    pub(crate) fn can_speak(&self, user: u32, group: u32) -> bool {
        self.users.presence[index(user)] == ClientPresence::Online
            && self.users.nth_of(user, group).is_some_and(|nth| self.users.is_in(user, nth))
            && !self.is_cut(user)
    }

    /// Sends to a group of the scenario as a client, unless the client knows that it cannot.
    pub(crate) fn speak(&mut self, user: u32, group: u32, speech: Speech) {
        if !self.can_speak(user, group) {
            self.counts.unspoken += 1;
            return;
        }
        let draw = self.draw(user);
        let moderated = self.scenario.apps[self.app_of(user)].moderation != ModerationMode::Off;
        // One draw serves for all that a message decides: a draw of behaviour costs 80 ns, and a line of chat would
        // make five.
        let body = if moderated && claque_engine::below(draw.rotate_left(32), REFUSED_ONE_IN) == 0 {
            self.bodies.refused()
        } else {
            self.bodies.body(speech.bytes, draw)
        };
        let ephemeral = draw & 0x3F;
        let send = ClientSend {
            repeat: 1 + u32::from(speech.level == Priority::Normal)
                * u32::try_from(draw >> 8 & 7).unwrap_or(0),
            no_storage: ephemeral == 1,
            no_cache: ephemeral == 2,
            ..ClientSend::new(speech.kind, speech.level, body)
        };
        if let Some(until) = self.held_until(user) {
            let request = ClientRequest::Send(self.key_of(group), send);
            let input = Input::Client(self.users.session(user), request);
            return self.input_later(until - self.now, input);
        }
        // The client cannot tell a lost answer from a lost request, and sends the same once more: to the service they
        // are two.
        let again = self.reply_is_lost(user, draw);
        for _ in 0..=u8::from(again) {
            let request = ClientRequest::Send(self.key_of(group), send.clone());
            let outcome = self.call(Input::Client(self.users.session(user), request));
            self.count_send(&outcome);
            if let Outcome::Client(Err(ClientRefusal::NoSession)) = outcome {
                return self.start_anew(user);
            }
        }
    }

    /// A client looks at the first page of all that a group stores.
    pub(crate) fn list_history(&mut self, session: SessionId, group: u32, descending: bool, page_size: u32) {
        let request = ClientRequest::ListHistory {
            group: self.key_of(group),
            staff: false,
            kind: None,
            descending,
            token: 0,
            page_size,
            begin: 0,
            end: 0,
        };
        self.call(Input::Client(session, request));
    }

    /// Sends a line of the recorded chat.
    pub(crate) fn repeat_line(&mut self, user: u32, group: u32, line: &ChatLine) {
        let send = ClientSend::new(line.kind, line.level, Arc::clone(&line.body));
        let request = ClientRequest::Send(self.key_of(group), send);
        let outcome = self.call(Input::Client(self.users.session(user), request));
        self.count_send(&outcome);
    }

    /// Whether the answer to a send is lost, so that the user sends it again.
    fn reply_is_lost(&self, user: u32, draw: u64) -> bool {
        self.users.faults[index(user)] != 0
            && self.network.hitting(self.users.faults[index(user)]).any(|fault| {
                let word = u32::try_from(draw >> 16 & 0xFFFF_FFFF).unwrap_or(0);
                matches!(FaultConcern::of(fault.kind), FaultConcern::Replies(chance) if chance.takes(word))
            })
    }

    /// Leaves one group, staying logged on.
    pub(crate) fn leave(&mut self, user: u32, nth: u8) {
        if !self.users.is_in(user, nth) {
            return;
        }
        if self.users.presence[index(user)] != ClientPresence::Online
            || self.is_cut(user)
            || self.is_held(user)
        {
            // The wish to leave outlives the link: without it a group that the script drains would keep those whose
            // link was down.
            return self.later(user, 5 * SECOND, Act::Leave(nth));
        }
        let Some(group) = self.users.group(user, nth) else { return };
        self.counts.leaves += 1;
        self.users.joined[index(user)] &= !(1 << nth);
        // From now on and not from the answer: what is in flight finds a client that no longer listens.
        if let Some(membership) = self.membership_in(user, group) {
            self.memberships.close(membership);
        }
        let request = ClientRequest::Leave(self.key_of(group));
        let outcome = self.call(Input::Client(self.users.session(user), request));
        if let Outcome::Client(Err(ClientRefusal::NoSession)) = outcome {
            self.start_anew(user);
        }
    }

    /// The membership of a user in a group of the scenario.
    fn membership_in(&self, user: u32, group: u32) -> Option<u32> {
        let number = self.groups[index(group)];
        self.group_views.get(index(number))?.membership_of(number, user, &self.memberships, &self.users)
    }

    /// Leaves the groups, or logs off, to come back some time.
    pub(crate) fn step_out(&mut self, user: u32) {
        let population = &self.scenario.populations[self.users.population(user)];
        let Some(churn) = population.churn else { return };
        if self.users.presence[index(user)] != ClientPresence::Online
            || self.is_cut(user)
            || self.is_held(user)
        {
            return self.later(user, 10 * SECOND, Act::StepOut);
        }
        let draw = self.draw(user);
        // By the user's name and not by a draw: the same users log off each time, and the others leave their groups
        // only.
        if Permille::new(500).is_some_and(|half| half.takes(self.users.key[index(user)])) {
            self.go_home(user);
        } else {
            for nth in 0..self.users.groups(user) {
                self.leave(user, nth);
            }
            if self.users.presence[index(user)] == ClientPresence::Online {
                // The habits of this stay must not go on into the next, which plans its own.
                self.end_life(user);
                self.begin_life(user);
            }
        }
        let after = SECOND + exponential(draw, churn.away.as_micros());
        self.later(user, after, Act::Come);
    }

    /// A user learns that a group has ended, or that it was removed from it.
    pub(crate) fn on_exit(&mut self, user: u32, group: u32) {
        let Some(number) =
            self.group_views.get(index(group)).map(|view| view.number).filter(|it| *it != NONE)
        else {
            return;
        };
        let Some(nth) = self.users.nth_of(user, number) else { return };
        // Over a link that is down nothing comes: the client learns of it on its return.
        if !self.users.hears(user) {
            return;
        }
        // Frames keep their order: a user who is in again learned of the exit before it joined.
        if self.service.is_member(claque_core::GroupIx(group), self.users.session(user).user) {
            return;
        }
        self.users.joined[index(user)] &= !(1 << nth);
        let population = &self.scenario.populations[self.users.population(user)];
        let key = user_key("comes-back", self.users.key[index(user)]);
        // Of the audience every other user takes the hint; staff come back, since the script counts on them.
        if population.kind != PopulationKind::Audience || key.is_multiple_of(2) {
            let after = SECOND + exponential(self.draw(user), 60 * SECOND);
            self.later(user, after, Act::Join(nth));
        }
    }
}
