//! What stands before the show begins: the service's configuration, the applications, the groups, those who are in
//! place from the start, and everything in the scenario that has a time.

use claque_core::{
    AppIx, CreateLiveMessageApp, CreateLiveMessageGroup, Duration, Family, Input, Mutants, Outcome, Reply,
    Request, Response,
};
use claque_engine::{Queue, below};
use claque_scenario::{AppSetup, GroupNumber, ModerationMode};

use crate::user::NONE;
use crate::world::configuration::CREATION_INTERVAL;
use crate::world::credentials::{AppCredentials, text};
use crate::world::group::WorldGroup;
use crate::world::older;
use crate::world::{ARRIVAL, ControlEvent, World, index};

/// Where events are called back.
pub(super) const CALLBACK_URL: &str = "https://callbacks.example.com/events";
/// Where custom moderation is asked.
pub(super) const REVIEW_URL: &str = "https://review.example.com/check";

fn create_app(app: &AppSetup) -> Request {
    let audit = match app.moderation {
        ModerationMode::Off => 0,
        ModerationMode::BuiltIn => 1,
        ModerationMode::Custom => 2,
    };
    CreateLiveMessageApp {
        app_name: Some(app.name.clone()),
        audit_type: Some(audit),
        audit_url: (app.moderation == ModerationMode::Custom).then(|| REVIEW_URL.to_owned()),
        data_center: Some(app.data_center.as_str().to_owned()),
        event_callback_url: app.callbacks.then(|| CALLBACK_URL.to_owned()),
        msg_life_cycle: Some(match app.retention.as_secs() / 86_400 {
            0..=30 => 0,
            31..=90 => 1,
            _ => 2,
        }),
    }
    .into()
}

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(crate) fn prepare(&mut self) {
        for app in &self.scenario.apps {
            self.now += CREATION_INTERVAL.as_micros();
            let call = match app.family {
                Family::Live => create_app(app),
                Family::Old => older::create_app(app),
            };
            let outcome = self.call(Input::Request(self.owner.clone(), call));
            let Outcome::Request(Ok(Reply::Done(response))) = outcome else { continue };
            if let Response::AppCreated(created) = response {
                self.credentials.push(AppCredentials {
                    app: self.service.find_app(&created.app_id).unwrap_or(AppIx(0)),
                    app_id: created.app_id,
                    app_key: created.app_key,
                    app_sign: created.app_sign,
                });
            } else if let Response::OldAppCreated(app_id) = response {
                self.credentials.push(self.keyless(app_id.clone()));
                self.now += CREATION_INTERVAL.as_micros();
                self.create_older_group(&app_id);
            }
        }
        for group in 0..u32::try_from(self.groups.len()).unwrap_or(0) {
            if self.scenario.group(GroupNumber(group)).open {
                self.now += CREATION_INTERVAL.as_micros();
                self.create_group(group);
            }
        }
        self.now = self.scenario.start.as_micros();
        self.schedule_arrivals();
        self.schedule_script();
        self.preparing = false;
        self.await_timeout();
    }

    /// The application of a group, and the group's ID.
    pub(crate) fn name_group(&self, group: u32) -> (String, String) {
        let group = self.scenario.group(GroupNumber(group));
        let app_id =
            self.credentials.get(index(group.app.0)).map_or_else(String::new, |it| it.app_id.to_string());
        (app_id, group.name.clone())
    }

    /// The data centre that calls about a group must name.
    pub(crate) fn data_center(&self, group: u32) -> Option<String> {
        let app = self.scenario.group(GroupNumber(group)).app;
        self.scenario.apps.get(index(app.0)).map(|app| app.data_center.as_str().to_owned())
    }

    /// Creates a group of the scenario.
    pub(crate) fn create_group(&mut self, group: u32) {
        let number = GroupNumber(group);
        let plan = self.scenario.group(number);
        let (app_id, group_id) = self.name_group(group);
        let name = |user: u32| self.scenario.user_name(user);
        let request = CreateLiveMessageGroup {
            app_id,
            data_center: self.data_center(group),
            group_id,
            group_name: Some(format!("{} live", plan.name)),
            group_info: Some(text(plan.info_bytes)),
            administrators: self.scenario.administrators(number).into_iter().map(name).collect(),
            creator_id: self.scenario.owner(number).map(name),
        };
        self.call(Input::Request(self.owner.clone(), request.into()));
        let app = self.credentials.get(index(plan.app.0)).map(|it| it.app);
        let found =
            app.and_then(|app| self.service.find_group(app, &plan.name)).map_or(NONE, |found| found.0);
        // Kept when the group is created a second time, as a script may: its members' client windows are still in use.
        if found != NONE && self.groups[index(group)] == NONE {
            *self.view(found) = WorldGroup::new(&plan.name, group);
            self.groups[index(group)] = found;
        }
    }

    /// Logs on and joins the users who are in place from the start, and draws when the others come.
    fn schedule_arrivals(&mut self) {
        let start = self.scenario.start.as_micros();
        for (at, population) in self.scenario.populations.iter().enumerate() {
            let (from, over) = (population.arrive_at.as_micros(), population.arrive_over.as_micros());
            let members = self.users.of_population(at);
            // Without events: a million users who are in place from the start would be two million of them in one
            // instant.
            if from == 0 && over == 0 {
                members.for_each(|user| self.settle_in_place(user));
                self.arrivals.push(Vec::new());
                continue;
            }
            let mut list: Vec<(u64, u32)> = members
                .map(|user| {
                    let draw = self.randomness.draw(ARRIVAL, self.users.actor(self.scenario, user), 0);
                    (start + from + below(draw, over.max(1)), user)
                })
                .collect();
            // Latest first, so that `pop` takes the next one. Users break ties: an unstable sort by time alone may give
            // another order on another version of the library.
            list.sort_unstable_by(|one, other| other.cmp(one));
            self.arrivals.push(list);
            // One event for each population at a time, and not one for each user: the heap of events stays small.
            self.schedule_arrival(u16::try_from(at).expect("fewer than 65,536 populations"));
        }
    }

    fn schedule_arrival(&mut self, population: u16) {
        if let Some((at, _)) = self.arrivals[usize::from(population)].last().copied() {
            self.schedule(at, ControlEvent::Arrival(population));
        }
    }

    pub(crate) fn on_arrival(&mut self, population: u16) {
        if let Some((_, user)) = self.arrivals[usize::from(population)].pop()
            && !self.settling
        {
            self.come(user);
        }
        self.schedule_arrival(population);
    }

    fn schedule_script(&mut self) {
        let at = |span: Duration| (self.scenario.start + span).as_micros();
        let number = |place: usize| u16::try_from(place).expect("a scenario has fewer than 65,536 entries");
        self.set_stage();
        // Before acts and faults of the same instant, which are then the fork's already.
        self.schedule_forks();
        self.add_callers();
        for (place, event) in self.scenario.events.iter().enumerate() {
            self.schedule(at(event.at), ControlEvent::Event(number(place)));
        }
        for (place, fault) in self.scenario.faults.iter().enumerate() {
            self.schedule(at(fault.at), ControlEvent::FaultBegins(number(place)));
        }
        if let Some(line) = self.plan.chat.as_ref().and_then(|chat| chat.first()) {
            self.schedule(at(line.at), ControlEvent::Chat);
        }
        if let Some(interval) = self.plan.check_interval {
            self.schedule(at(interval), ControlEvent::Check);
        }
        // Behind acts and faults of the show's last instant, which come first as they were scheduled first.
        self.schedule(self.ends, ControlEvent::Settle);
    }
}
