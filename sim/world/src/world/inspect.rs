//! The world as those who watch it see it.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use claque_core::{Duration, GroupIx, HitCounts, Instant, Mutants, UserIx};
use claque_engine::{Queue, TraceHash};
use claque_oracle::Model;
use claque_oracle::verdict::Refutation;
use claque_scenario::Scenario;

use crate::observer::{Flow, ObservedCall, Scene};
use crate::trace::lines_of;
use crate::user::{ClientPresence, NONE};
use crate::world::{ControlEvent, World, index};

/// Members that are named where a group is described.
const NAMED: usize = 12;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// Shows a call to the observer.
    pub(crate) fn show_call(&mut self, call: &ObservedCall<'_>) {
        // Taken out while it looks: it is given all of the world, and would otherwise be a part of what it sees.
        if let Some(mut observer) = self.observer.take() {
            observer.on_call(call, &*self);
            self.observer = Some(observer);
        }
    }

    /// Shows that an event has been handled; whether the run goes on.
    pub(crate) fn show_event(&mut self, control: ControlEvent) -> Flow {
        let Some(mut observer) = self.observer.take() else { return Flow::GoOn };
        let flow = observer.on_event(&Described { world: self, control }, &*self);
        self.observer = Some(observer);
        flow
    }

    fn failed(&self) -> Option<&Refutation> {
        self.model.as_ref().and_then(Model::failure)
    }

    fn find_user(&self, name: &str) -> Option<u32> {
        (0..self.users.len()).find(|user| self.scenario.user_name(*user) == name)
    }
}

/// An event in words.
struct Described<'t, 'p, D, Q> {
    world: &'t World<'p, D, Q>,
    control: ControlEvent,
}

impl<D, Q> fmt::Display for Described<'_, '_, D, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = self.world.scenario;
        match self.control {
            // In names, since these lines are compared between two runs and read by people; numbers tell them nothing.
            ControlEvent::User(user, _, act) => write!(f, "{} {act:?}", scenario.user_name(user)),
            ControlEvent::Event(event) => match scenario.events.get(usize::from(event)) {
                Some(event) => write!(f, "script {}", event.name),
                None => write!(f, "script {event}"),
            },
            ControlEvent::FaultBegins(fault) => match scenario.faults.get(usize::from(fault)) {
                Some(fault) => write!(f, "fault {} begins", fault.name),
                None => write!(f, "fault {fault} begins"),
            },
            ControlEvent::Exit(user, _) => write!(f, "{} learns of an exit", scenario.user_name(user)),
            other => write!(f, "{other:?}"),
        }
    }
}

impl<D: Mutants, Q: Queue<ControlEvent>> Scene for World<'_, D, Q> {
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

    fn rules(&self) -> &HitCounts {
        self.service.tracer()
    }

    fn failure(&self) -> Option<&Refutation> {
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

    fn members_away(&self, group: GroupIx) -> Vec<UserIx> {
        let up: BTreeSet<UserIx> = self.service.links_up().map(|(session, _)| session.user).collect();
        let members = self.service.audience(group).iter().filter(|member| member.is_taken());
        members.map(|member| member.user).filter(|user| !up.contains(user)).collect()
    }

    fn is_supergroup(&self, group: GroupIx) -> bool {
        self.service.is_supergroup(group)
    }

    fn faults(&self) -> Vec<u16> {
        self.network.active().map(|(_, fault)| fault.number).collect()
    }

    fn lines(&self, call: &ObservedCall<'_>) -> Vec<String> {
        lines_of(World::clock(self), self.scenario.start, call, &self.service)
    }

    fn tell_user(&self, name: &str) -> Option<String> {
        let user = self.find_user(name)?;
        let presence = match self.users.presence[index(user)] {
            ClientPresence::Away => "away",
            ClientPresence::Down => "link down",
            ClientPresence::Muffled => "cannot be heard",
            ClientPresence::Online => "online",
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
                let membership = self
                    .group_views
                    .get(index(number))
                    .and_then(|view| view.membership_of(number, user, &self.memberships, &self.users));
                if let Some(membership) = membership {
                    put(
                        &mut text,
                        format_args!(
                            ", has HIGH messages up to {}",
                            self.memberships.high[index(membership)].done
                        ),
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
        // All of that name: an ID belongs to an application, and the reader gave none.
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
            if let Some(view) = self.group_views.get(index(group.0)) {
                put(&mut text, format_args!("  {} HIGH messages\n", view.high()));
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
