//! The world as those who watch it see it.

use std::fmt::{self, Write as _};

use claque_core::{Defects, Duration, GroupIx, Instant, UserIx};
use claque_engine::{Queue, TraceHash};
use claque_oracle::Model;
use claque_oracle::verdict::Failure;
use claque_scenario::Scenario;

use crate::observer::{Call, Flow, Scene};
use crate::trace::lines_of;
use crate::user::{NONE, Presence};
use crate::world::{Control, World, index};

/// Members that are named where a group is told about.
const NAMED: usize = 12;

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    /// Shows a call to whoever watches.
    pub(crate) fn show_call(&mut self, call: &Call<'_>) {
        if let Some(mut watch) = self.watch.take() {
            watch.on_call(call, &*self);
            self.watch = Some(watch);
        }
    }

    /// Shows that an event has been handled; whether the run goes on.
    pub(crate) fn show_event(&mut self, control: Control) -> Flow {
        let Some(mut watch) = self.watch.take() else { return Flow::GoOn };
        let flow = watch.on_event(&Told { world: self, control }, &*self);
        self.watch = Some(watch);
        flow
    }

    fn failed(&self) -> Option<&Failure> {
        self.model.as_ref().and_then(Model::failure)
    }

    fn find_user(&self, name: &str) -> Option<u32> {
        (0..self.users.len()).find(|user| self.scenario.user_name(*user) == name)
    }
}

/// An event in words.
struct Told<'t, 'p, D, Q> {
    world: &'t World<'p, D, Q>,
    control: Control,
}

impl<D, Q> fmt::Display for Told<'_, '_, D, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = self.world.scenario;
        match self.control {
            Control::User(user, _, act) => write!(f, "{} {act:?}", scenario.user_name(user)),
            Control::Event(event) => match scenario.events.get(usize::from(event)) {
                Some(event) => write!(f, "script {}", event.name),
                None => write!(f, "script {event}"),
            },
            Control::FaultBegins(fault) => match scenario.faults.get(usize::from(fault)) {
                Some(fault) => write!(f, "fault {} begins", fault.name),
                None => write!(f, "fault {fault} begins"),
            },
            Control::Exit(user, _) => write!(f, "{} learns of an exit", scenario.user_name(user)),
            other => write!(f, "{other:?}"),
        }
    }
}

impl<D: Defects, Q: Queue<Control>> Scene for World<'_, D, Q> {
    fn scenario(&self) -> &Scenario {
        self.scenario
    }

    fn passed(&self) -> Duration {
        Duration::from_micros(self.now.saturating_sub(self.scenario.start.as_micros()))
    }

    fn clock(&self) -> Instant {
        World::clock(self)
    }

    fn events(&self) -> u64 {
        self.counts.controls
    }

    fn hash(&self) -> TraceHash {
        self.hash
    }

    fn failure(&self) -> Option<&Failure> {
        self.failed()
    }

    fn user_id(&self, user: UserIx) -> &str {
        self.service.user_id(user)
    }

    fn group_id(&self, group: GroupIx) -> &str {
        self.service.group_id(group)
    }

    fn groups(&self) -> Vec<GroupIx> {
        self.service.groups().collect()
    }

    fn member_count(&self, group: GroupIx) -> u32 {
        self.service.member_count(group)
    }

    fn is_supergroup(&self, group: GroupIx) -> bool {
        self.service.is_supergroup(group)
    }

    fn faults(&self) -> Vec<u16> {
        self.network.active().map(|(_, fault)| fault.number).collect()
    }

    fn lines(&self, call: &Call<'_>) -> Vec<String> {
        lines_of(World::clock(self), self.scenario.start, call, &self.service)
    }

    fn tell_user(&self, name: &str) -> Option<String> {
        let user = self.find_user(name)?;
        let presence = match self.users.presence[index(user)] {
            Presence::Away => "away",
            Presence::Down => "link down",
            Presence::Muffled => "cannot be heard",
            Presence::Online => "online",
        };
        let session = self.users.session(user);
        let mut text = format!("user {name}: {presence}");
        if session.user.0 == NONE {
            text.push_str(", never logged on\n");
        } else {
            let live = self.service.session_of(session.user);
            let known =
                live.map_or_else(|| "no session".to_owned(), |live| format!("session #{}", live.generation));
            put(&mut text, format_args!(", client in session #{}, service: {known}\n", session.generation));
        }
        let shift = self.clock_shift(user);
        put(
            &mut text,
            format_args!(
                "  token until UNIX second {}, own clock off by {shift} µs, {} attempts to get back\n",
                self.users.expiry[index(user)],
                self.users.attempts[index(user)],
            ),
        );
        for nth in 0..self.users.groups(user) {
            let Some(group) = self.users.group(user, nth) else { continue };
            let id = &self.scenario.group(claque_scenario::GroupNumber(group)).name;
            let number = self.groups[index(group)];
            let joined = if self.users.is_in(user, nth) { "in" } else { "not in" };
            put(&mut text, format_args!("  {id}: client {joined}"));
            if number != NONE && session.user.0 != NONE {
                let member = self.service.is_member(GroupIx(number), session.user);
                put(&mut text, format_args!(", service {}", if member { "in" } else { "not in" }));
                let seat = self
                    .places
                    .get(index(number))
                    .and_then(|place| place.seat_of(number, user, &self.seats, &self.users));
                if let Some(seat) = seat {
                    put(
                        &mut text,
                        format_args!(", has HIGH messages up to {}", self.seats.high[index(seat)].done),
                    );
                }
            }
            text.push('\n');
        }
        for fault in self.network.hitting(self.users.faults[index(user)]) {
            if let Some(fault) = self.scenario.faults.get(usize::from(fault.number)) {
                put(&mut text, format_args!("  hit by {}\n", fault.name));
            }
        }
        Some(text)
    }

    fn tell_group(&self, name: &str) -> Option<String> {
        let mut text = String::new();
        for group in self.service.groups().filter(|group| &**self.service.group_id(*group) == name) {
            let (members, seq) = (self.service.member_count(group), self.service.group_seq(group));
            let kind = if self.service.is_supergroup(group) { "supergroup" } else { "group" };
            put(
                &mut text,
                format_args!(
                    "{kind} {name} of {}: {members} members, {seq} messages delivered, audience generation {}\n",
                    self.service.app_id(self.service.app_of_group(group)),
                    self.service.audience_generation(group)
                ),
            );
            if let Some(place) = self.places.get(index(group.0)) {
                put(&mut text, format_args!("  {} HIGH messages\n", place.high()));
            }
            let present = self.service.audience(group).iter().filter(|member| member.is_taken());
            let names: Vec<&str> =
                present.take(NAMED).map(|member| &**self.service.user_id(member.user)).collect();
            let more = usize::try_from(members).unwrap_or(0).saturating_sub(names.len());
            put(&mut text, format_args!("  members: {}", names.join(" ")));
            text.push_str(&if more > 0 { format!(" and {more} more\n") } else { "\n".to_owned() });
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Appends to a text; a string takes everything.
fn put(text: &mut String, words: fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a string takes everything");
}
