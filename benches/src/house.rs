//! A service with a full house: groups, users who are logged on, memberships.

use std::sync::Arc;

use claque_core::{
    AccountIx, AddLiveMessageGroupBand, AppIx, Caller, ClientReply, ClientRequest, ClientSend, Config,
    CreateLiveMessageApp, CreateLiveMessageGroup, DeleteLiveMessageGroup, Duration, GroupIx, GroupKey,
    Instant, LinkEnd, Login, NoTrace, Priority, Reply, Request, Response, Service, SessionId, Sound,
    client_token,
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
    group_names: Vec<String>,
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
        let mut house = Self::empty(groups, members_each);
        for user in 0..groups * members_each {
            house.log_on(user);
            assert!(house.join(user), "user {user} was not let in");
        }
        house
    }

    /// A service with groups for so many members each, who have not come yet.
    ///
    /// # Panics
    /// When the service refuses to be set up.
    #[must_use]
    pub fn empty(groups: u32, members_each: u32) -> Self {
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
            group_names: Vec::new(),
            sessions: Vec::new(),
            members_each,
            created: 0,
            body: "what a song".into(),
        };
        for _ in 0..groups {
            let name = house.create();
            house.groups.push(house.service.find_group(house.app, &name).expect("it was just created"));
            house.group_names.push(name);
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

    /// Lets time pass; whatever falls due happens.
    pub fn pass(&mut self, span: Duration) {
        self.wait(span);
        self.service.handle_timeout(self.now);
        self.drain();
    }

    /// The ID of a user's group.
    #[must_use]
    pub fn home_name(&self, user: u32) -> String {
        self.group_names[self.home(user)].clone()
    }

    /// A user logs off.
    pub fn log_off(&mut self, user: u32) {
        let (session, _) = self.place(user);
        self.service.handle_disconnect(self.now, session, LinkEnd::Closed);
        self.drain();
    }

    /// A request that creates one group more.
    pub fn creation(&mut self) -> Request {
        let group_id = format!("Group{}", self.created);
        self.created += 1;
        Request::from(CreateLiveMessageGroup {
            app_id: self.app_id.to_string(),
            group_id,
            ..Default::default()
        })
    }

    /// Creates one group more; returns its ID.
    ///
    /// # Panics
    /// When the service refuses.
    pub fn create(&mut self) -> String {
        let group_id = format!("Group{}", self.created);
        let request = self.creation();
        assert!(self.request(request), "{group_id} was not created");
        group_id
    }

    /// Mutes users in the first group; whether that was done.
    pub fn mute(&mut self, users: &[String]) -> bool {
        let group_id = self.group_names[0].clone();
        let app_id = self.app_id.to_string();
        let banned_users = users.to_vec();
        self.request(AddLiveMessageGroupBand { app_id, group_id, banned_users, ..Default::default() }.into())
    }

    /// Makes a request; whether it was answered with success.
    pub fn request(&mut self, request: Request) -> bool {
        let done = self.service.handle_request(self.now, &self.caller, request).is_ok();
        self.drain();
        done
    }

    /// Deletes a group.
    pub fn delete(&mut self, group_id: String) -> bool {
        self.request(Request::from(DeleteLiveMessageGroup {
            app_id: self.app_id.to_string(),
            group_id,
            ..Default::default()
        }))
    }

    /// The names by which an edge is given a user: the user's own and the group's.
    #[must_use]
    pub fn names(&self, user: u32) -> (String, String) {
        (format!("u{user}"), self.group_names[self.home(user)].clone())
    }

    /// What an edge does with names: finds the user's session and the group. None: the service knows no such name.
    #[must_use]
    pub fn find(&self, (user, group): &(String, String)) -> Option<(SessionId, GroupIx)> {
        let user = self.service.find_user(self.app, user)?;
        Some((self.service.session_of(user)?, self.service.find_group(self.app, group)?))
    }

    /// A user's session, and the group that is the user's.
    #[must_use]
    pub fn place(&self, user: u32) -> (SessionId, GroupIx) {
        (self.sessions[user as usize], self.groups[self.home(user)])
    }

    /// The next user logs on.
    ///
    /// # Panics
    /// When the service refuses.
    pub fn log_on(&mut self, user: u32) {
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
        self.join_at(self.place(user))
    }

    /// A user leaves it.
    pub fn leave(&mut self, user: u32) -> bool {
        self.leave_at(self.place(user))
    }

    /// A user sends to it: by index, or by the group's ID.
    pub fn send(&mut self, user: u32, stored: bool, by_name: bool) -> bool {
        let (session, group) = self.place(user);
        let key = if by_name {
            GroupKey::Name(Arc::clone(self.service.group_id(group)))
        } else {
            GroupKey::Index(group)
        };
        self.say(session, key, stored)
    }

    /// Fetches what calls of these sessions on these groups will need.
    pub fn prefetch(&self, places: &[(SessionId, GroupIx)]) {
        self.service.prefetch(places.iter().map(|(session, group)| (session.user, *group)));
    }

    /// A session joins a group.
    pub fn join_at(&mut self, (session, group): (SessionId, GroupIx)) -> bool {
        self.ask(session, ClientRequest::Join(GroupKey::Index(group)))
    }

    /// A session leaves a group.
    pub fn leave_at(&mut self, (session, group): (SessionId, GroupIx)) -> bool {
        self.ask(session, ClientRequest::Leave(GroupKey::Index(group)))
    }

    /// A session sends to a group.
    pub fn send_at(&mut self, (session, group): (SessionId, GroupIx), stored: bool) -> bool {
        self.say(session, GroupKey::Index(group), stored)
    }

    fn say(&mut self, session: SessionId, key: GroupKey, stored: bool) -> bool {
        let message = ClientSend {
            no_storage: !stored,
            no_cache: !stored,
            ..ClientSend::new(10_001, Priority::Medium, Arc::clone(&self.body))
        };
        self.ask(session, ClientRequest::Send(key, message))
    }

    fn ask(&mut self, session: SessionId, request: ClientRequest) -> bool {
        let reply = self.service.handle_client(self.now, session, request);
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
        assert_eq!(house.find(&house.names(7)), Some(house.place(7)));
        assert_eq!(house.find(&("nobody".to_owned(), "Group0".to_owned())), None);
    }
}
