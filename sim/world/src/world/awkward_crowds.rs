//! Awkward amounts: crowds, groups, reviews and types beyond what a run of a few hundred users reaches.

use claque_core::{
    ClientRequest, CreateLiveMessageApp, CreateLiveMessageGroup, Cursor, DescribeLiveMessageGroup, GroupIx,
    Input, LinkEnd, ListLiveMessageGroupByPage, ListLiveMessageGroups, ModifyLiveMessageAppDisable, Mutants,
    Outcome, Priority, Reply, Response, SendLiveMessageGroup,
};
use claque_document::units::Between;
use claque_engine::Queue;

use crate::world::client::Speech;
use crate::world::credentials::AppCredentials;
use crate::world::session::SECOND;
use crate::world::{World, index};

impl<D: Mutants, Q: Queue<crate::world::ControlEvent>> World<'_, D, Q> {
    /// A crowd joins a group of its own, which is deleted then; one of it is away, and comes back.
    pub(crate) fn delete_under_crowd(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        let (app_id, _) = self.name_group(group);
        let group_id = format!("crowd{}", draw % 1_000);
        let data_center = self.data_center(group);
        self.request(CreateLiveMessageGroup {
            app_id: app_id.clone(),
            data_center: data_center.clone(),
            group_id: group_id.clone(),
            ..Default::default()
        });
        let away = self.crowd(&app, &[&group_id], count);
        let describe = DescribeLiveMessageGroup {
            app_id: app_id.clone(),
            data_center: data_center.clone(),
            group_id: group_id.clone(),
        };
        self.request(describe.clone());
        self.request(claque_core::DeleteLiveMessageGroup {
            app_id,
            data_center,
            group_id,
            operator_id: Some("operator".to_owned()),
        });
        self.request(describe.clone());
        if let Some(session) = away {
            // By then all have been notified: a crowd is dismissed in slices.
            self.input_later(SECOND / 2, Input::Reconnect(session, None, Vec::new()));
        }
        self.input_later(SECOND, Input::Request(self.owner.clone(), describe.into()));
    }

    /// So many users log on and join groups; gives one whose link is lost.
    fn crowd(&mut self, app: &AppCredentials, groups: &[&str], count: u32) -> Option<claque_core::SessionId> {
        let mut away = None;
        for nth in 0..count {
            let Some(session) = self.log_on_extra(app, &format!("crowd{nth}"), false, 0) else { continue };
            for group in groups {
                self.call(Input::Client(session, ClientRequest::Join(Self::key_by_name(group))));
            }
            if nth == count / 2 {
                self.call(Input::Disconnect(session, LinkEnd::Lost));
                away = Some(session);
            }
        }
        away
    }

    /// An application of its own, with an address for its events, is disabled while a crowd is in it, and enabled again.
    pub(crate) fn disable_under_crowd(&mut self, count: u32, draw: u64) {
        let create = CreateLiveMessageApp {
            app_name: Some("crowded".to_owned()),
            event_callback_url: Some("https://callbacks.example.com/events".to_owned()),
            ..Default::default()
        };
        let Outcome::Request(Ok(Reply::Done(Response::AppCreated(made)))) =
            self.call(Input::Request(self.owner.clone(), create.into()))
        else {
            return;
        };
        let Some(app) = self.service.find_app(&made.app_id) else { return };
        let own = AppCredentials {
            app,
            app_id: made.app_id.clone(),
            app_key: made.app_key.clone(),
            app_sign: made.app_sign.clone(),
        };
        let app_id = made.app_id.to_string();
        for group_id in ["crowded1", "crowded2"] {
            let (app_id, group_id) = (app_id.clone(), group_id.to_owned());
            self.request(CreateLiveMessageGroup { app_id, group_id, ..Default::default() });
        }
        let away = self.crowd(&own, &["crowded1", "crowded2"], count);
        for disable in [true, false] {
            let app_id = app_id.clone();
            self.request(ModifyLiveMessageAppDisable { app_id, disable: Some(disable), data_center: None });
            if let Some(session) = away {
                self.call(Input::Reconnect(session, None, Vec::new()));
            }
            if disable && draw.is_multiple_of(2) {
                self.log_on_extra(&own, "crowd1", false, 0);
            }
        }
        self.crowd(&own, &["crowded1"], count.min(3));
        let group_id = "crowded1".to_owned();
        let describe = DescribeLiveMessageGroup { app_id, group_id, data_center: None };
        self.input_later(SECOND, Input::Request(self.owner.clone(), describe.into()));
    }

    /// A user is in many groups while its link is lost; some of them end, and in some it misses HIGH messages.
    pub(crate) fn be_in_many_groups(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        let (app_id, _) = self.name_group(group);
        let data_center = self.data_center(group);
        let id = |nth: u32| format!("many{}x{nth}", draw % 1_000);
        let Some(session) = self.log_on_extra(&app, "everywhere", false, 0) else { return };
        let mut cursors = Vec::new();
        for nth in 0..count {
            self.request(CreateLiveMessageGroup {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: id(nth),
                ..Default::default()
            });
            self.call(Input::Client(session, ClientRequest::Join(Self::key_by_name(&id(nth)))));
            if let Some(at) = self.service.find_group(app.app, &id(nth)) {
                cursors.push(Cursor { group: at, high_seq: 0 });
            }
        }
        self.call(Input::Disconnect(session, LinkEnd::Lost));
        for nth in 0..count {
            self.request(SendLiveMessageGroup {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: id(nth),
                sender_id: "backend".to_owned(),
                body: Some("missed".to_owned()),
                msg_type: Some(20_017),
                weight: Some(1_000_000),
                ..Default::default()
            });
            if nth % 3 == 1 {
                self.request(claque_core::DeleteLiveMessageGroup {
                    app_id: app_id.clone(),
                    data_center: data_center.clone(),
                    group_id: id(nth),
                    operator_id: None,
                });
            }
        }
        cursors.sort_unstable_by_key(|cursor| cursor.group);
        self.call(Input::Reconnect(session, None, cursors));
    }

    /// So many groups are created and deleted, and so many created again; the lists show them all.
    pub(crate) fn list_many_groups(&mut self, group: u32, count: u32) {
        let Some(app) = self.credentials_of(group) else { return };
        let Some(session) = self.log_on_extra(&app, "founder", true, 0) else { return };
        for round in 0..2 {
            for nth in 0..count {
                let id = format!("listed{round}x{nth}");
                let create = ClientRequest::CreateGroup {
                    group_id: Some(id.as_str().into()),
                    name: "listed".into(),
                    info: "".into(),
                };
                self.call(Input::Client(session, create));
                if round == 0 {
                    self.call(Input::Client(session, ClientRequest::CloseGroup(Self::key_by_name(&id))));
                }
            }
        }
        let (app_id, _) = self.name_group(group);
        let data_center = self.data_center(group);
        for group_status in 0..3 {
            self.request(ListLiveMessageGroupByPage {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_status: Some(group_status),
                page_number: Some(3),
                page_size: Some(50),
                sort_type: Some(2),
            });
            self.request(ListLiveMessageGroups {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_status: Some(group_status),
                sort_type: Some(1),
                next_page_token: None,
            });
        }
    }

    /// A user misses so many HIGH messages, and pulls them.
    pub(crate) fn miss_many(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        let Some(session) = self.log_on_extra(&app, "misser", false, 0) else { return };
        self.call(Input::Client(session, ClientRequest::Join(self.key_of(group))));
        let number = self.groups[index(group)];
        if self.group_views.get(index(number)).is_none() {
            return;
        }
        let high_seq = self.service.group_seq(GroupIx(number));
        self.call(Input::Disconnect(session, LinkEnd::Lost));
        let speech = Speech { kind: 20_018, level: Priority::High, bytes: Between::new(1, 20) };
        for nth in 0..u64::from(count) {
            // Spread, or the second would have no room for them.
            let request = self.speech_of_backend(group, speech, draw.wrapping_add(nth));
            self.input_later(nth * 40_000, Input::Request(self.owner.clone(), request.into()));
        }
        let back = Input::Reconnect(session, None, vec![Cursor { group: GroupIx(number), high_seq }]);
        self.input_later(u64::from(count) * 40_000 + SECOND, back);
    }

    /// So many messages are under review at once.
    pub(crate) fn review_many(&mut self, count: u32, draw: u64) {
        let Some(group) = self.reviewed_group() else { return };
        let Some(app) = self.credentials_of(group) else { return };
        let Some(session) = self.log_on_extra(&app, "reviewed", false, 0) else { return };
        self.call(Input::Client(session, ClientRequest::Join(self.key_of(group))));
        for nth in 0..count {
            self.say_as(session, group, &format!("to be reviewed {nth}"), Priority::Normal);
        }
        if draw.is_multiple_of(2) {
            // Whoever has gone is owed no answer, and the messages are owed all the same.
            self.call(Input::Client(session, ClientRequest::Logout));
        }
    }

    /// So many types come at once, more than the group's second holds.
    pub(crate) fn send_many_types(&mut self, group: u32, count: u32, draw: u64) {
        let level = [Priority::Normal, Priority::Medium, Priority::High];
        for nth in 0..u64::from(count) * 3 {
            let kind = 20_100 + i64::try_from(nth % u64::from(count.max(1))).unwrap_or(0);
            let level = level[usize::try_from(claque_engine::mix(draw ^ nth) % 3).unwrap_or(0)];
            let speech = Speech { kind, level, bytes: Between::new(1, 20) };
            let request = self.speech_of_backend(group, speech, draw.wrapping_add(nth));
            let after = (nth % 6) * SECOND / 2 + nth;
            self.input_later(after, Input::Request(self.owner.clone(), request.into()));
        }
    }
}
