//! A service with a full house: groups, users who are logged on, memberships.

use std::sync::Arc;

use claque_core::{
    AccountIx, AppIx, Caller, ClientReply, ClientRequest, ClientSend, Config, CreateLiveMessageApp,
    CreateLiveMessageGroup, DeleteLiveMessageGroup, Duration, GroupIx, GroupKey, Instant, Login, NoTrace,
    Priority, Reply, Request, Response, Service, SessionId, Sound, client_token,
};

/// A service and what is needed to call it.
#[derive(Debug)]
pub struct House {
    /// The service.
    pub service: Service,
    now: Instant,
    caller: Caller,
    app_id: Arc<str>,
    app_key: Arc<str>,
    app_sign: Arc<str>,
    app: AppIx,
    groups: Vec<GroupIx>,
    sessions: Vec<SessionId>,
    members_each: u32,
    created: u32,
    body: Arc<str>,
}

impl House {
    /// A service with groups of so many members each; a user is in one group.
    ///
    /// # Panics
    /// When the service refuses to be set up.
    #[must_use]
    pub fn full(groups: u32, members_each: u32) -> Self {
        let mut config = Config::default();
        config.limits.call_quotas = false;
        let now = Instant::from_unix_seconds(1_800_000_000);
        let mut service = Service::new(now, config, NoTrace, Sound);
        let caller = Caller::account(AccountIx(0));
        let request = CreateLiveMessageApp { app_name: Some("bench".to_owned()), ..Default::default() };
        let reply = service.handle_request(now, &caller, Request::from(request));
        let Ok(Reply::Done(Response::AppCreated(app))) = reply else {
            panic!("the application was not created: {reply:?}");
        };
        let mut house = Self {
            app: service.find_app(&app.app_id).expect("it was just created"),
            service,
            now,
            caller,
            app_id: app.app_id,
            app_key: app.app_key,
            app_sign: app.app_sign,
            groups: Vec::new(),
            sessions: Vec::new(),
            members_each,
            created: 0,
            body: "what a song".into(),
        };
        for _ in 0..groups {
            let name = house.create();
            house.groups.push(house.service.find_group(house.app, &name).expect("it was just created"));
        }
        for user in 0..groups * members_each {
            house.log_on(user);
            assert!(house.join(user), "user {user} was not let in");
        }
        house
    }

    /// Users.
    #[must_use]
    pub const fn user_count(&self) -> u32 {
        self.members_each * self.groups.len() as u32
    }

    /// Lets time pass.
    pub fn wait(&mut self, span: Duration) {
        self.now = self.now + span;
    }

    /// Creates one group more; returns its ID.
    ///
    /// # Panics
    /// When the service refuses.
    pub fn create(&mut self) -> String {
        let group_id = format!("Group{}", self.created);
        self.created += 1;
        let request = CreateLiveMessageGroup {
            app_id: self.app_id.to_string(),
            group_id: group_id.clone(),
            ..Default::default()
        };
        let reply = self.service.handle_request(self.now, &self.caller, Request::from(request));
        assert!(reply.is_ok(), "{group_id} was not created: {reply:?}");
        self.drain();
        group_id
    }

    /// Deletes a group.
    pub fn delete(&mut self, group_id: String) -> bool {
        let request =
            DeleteLiveMessageGroup { app_id: self.app_id.to_string(), group_id, ..Default::default() };
        let done = self.service.handle_request(self.now, &self.caller, Request::from(request)).is_ok();
        self.drain();
        done
    }

    fn log_on(&mut self, user: u32) {
        let user_id = format!("u{user}");
        let timestamp = self.now.as_micros() / 1_000_000 + 86_400 * 365;
        let token = client_token(&self.app_id, &self.app_key, &user_id, "", timestamp, "");
        let login = Login {
            app_id: Arc::clone(&self.app_id),
            app_sign: Arc::clone(&self.app_sign),
            user_id: user_id.into(),
            timestamp,
            token: token.into(),
            ..Login::default()
        };
        let connected = self.service.handle_connect(self.now, &login).expect("the token is right");
        self.sessions.push(connected.session);
        self.drain();
    }

    const fn home(&self, user: u32) -> usize {
        (user / self.members_each) as usize
    }

    /// A user joins the group that is the user's.
    pub fn join(&mut self, user: u32) -> bool {
        let request = ClientRequest::Join(GroupKey::Index(self.groups[self.home(user)]));
        self.ask(user, request)
    }

    /// A user leaves it.
    pub fn leave(&mut self, user: u32) -> bool {
        let request = ClientRequest::Leave(GroupKey::Index(self.groups[self.home(user)]));
        self.ask(user, request)
    }

    /// A user sends to it: by index, or by the group's ID.
    pub fn send(&mut self, user: u32, stored: bool, by_name: bool) -> bool {
        let group = self.groups[self.home(user)];
        let key = if by_name {
            GroupKey::Name(Arc::clone(self.service.group_id(group)))
        } else {
            GroupKey::Index(group)
        };
        let message = ClientSend {
            kind: 10_001,
            level: Priority::Medium,
            body: Arc::clone(&self.body),
            repeat: 1,
            no_storage: !stored,
            no_cache: !stored,
            skip_audit: false,
            skip_mute_check: false,
        };
        self.ask(user, ClientRequest::Send(key, message))
    }

    fn ask(&mut self, user: u32, request: ClientRequest) -> bool {
        let reply = self.service.handle_client(self.now, self.sessions[user as usize], request);
        let done = matches!(reply, Ok(ClientReply::Done | ClientReply::Group(_) | ClientReply::Sent(_)));
        self.drain();
        done
    }

    fn drain(&mut self) {
        while let Some(output) = self.service.poll_output() {
            drop(std::hint::black_box(output));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_does_what_is_asked() {
        let mut house = House::full(3, 4);
        assert_eq!(house.user_count(), 12);
        assert!(house.send(5, true, false) && house.send(5, false, true));
        assert!(house.leave(11) && !house.send(11, true, false) && house.join(11));
        house.wait(Duration::from_secs(1));
        let name = house.create();
        assert!(house.delete(name.clone()));
        assert!(house.delete(name), "a second time is a success, too");
    }
}
