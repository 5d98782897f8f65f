//! Who is logged on and who is in which group: the books on sessions and memberships, and what clients may expect of
//! logging on, coming back, joining and leaving.

use std::sync::Arc;

use claque_core::{
    AppIx, ClientRefusal, ClientReply, ClientRequest, Connected, Duration, ExitReason, GroupIx, Input,
    Instant, LinkEnd, Login, LogoffReason, Mutants, Outcome, Output, Reply, Request, Response, Rule,
    SessionId, UserIx,
};

use super::calls::{Effect, MemberChange};
use super::{Model, Observed};
use crate::books::group::GroupExistence;
use crate::books::sessions::{Comings, Logoff, MembershipCause, MembershipChange, OpenSession};
use crate::evidence;

impl Model {
    /// Follows logons, logoffs, joins and leaves that somebody asked for.
    pub(super) fn follow_people<D: Mutants>(&mut self, seen: &Observed<'_, D>) -> Comings {
        let mut comings = Comings::default();
        match (seen.input, seen.outcome) {
            (Input::Connect(login), Outcome::Connected(answer)) => {
                self.judge_logon(seen, login, answer);
                if let Ok(connected) = answer {
                    self.on_logon(seen, login, connected, &mut comings);
                }
            }
            (Input::Reconnect(session, fresh, _), Outcome::Connected(answer)) => {
                let disabled = seen.app_of(session.user).is_none_or(|app| self.is_disabled(app));
                self.on_reconnect(seen.now, *session, (fresh.as_ref(), disabled), answer);
            }
            (Input::Disconnect(session, end), _) => self.on_link_end(seen.now, *session, *end, &mut comings),
            (Input::Client(session, request), Outcome::Client(answer)) => {
                self.judge_session(seen.now, *session, answer);
                match answer {
                    Ok(reply) => self.on_client(seen, *session, request, reply, &mut comings),
                    Err(refusal) => self.judge_refused_client(seen, *session, request, *refusal),
                }
            }
            (Input::Request(_, request), Outcome::Request(Ok(reply))) => {
                self.on_request(seen, request, reply, &mut comings);
            }
            _ => {}
        }
        comings
    }

    /// A token opens a session until it expires, unless the application is disabled.
    fn judge_logon<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        login: &Login,
        answer: &Result<Connected, ClientRefusal>,
    ) {
        let app = seen.app(&login.app_id);
        let disabled = app.is_none_or(|app| self.is_disabled(app));
        let ending = app.is_some_and(|app| self.ends_sessions(seen.now, app));
        let expired = seen.now.unix_seconds() >= login.timestamp;
        let (rule, said) = match answer {
            Ok(_) if disabled => (Rule::AppDisableRefusesUse, "logs on to a disabled application"),
            Ok(_) if expired => (Rule::TokenExpiryInstant, "logs on with an expired token"),
            // Virtual users present what their tokens were made from; wrong tokens are the suite's to try.
            Err(_) if !disabled && !ending && !expired => {
                (Rule::TokenFormulaSha256, "is refused with a good token")
            }
            Ok(_) | Err(_) => return,
        };
        self.refute(
            seen.now,
            Some(rule),
            evidence!("user ", seen.who(&login.app_id, &login.user_id), " ", said),
        );
    }

    fn on_logon<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        login: &Login,
        connected: &Connected,
        comings: &mut Comings,
    ) {
        let user = connected.session.user;
        if let Some(old) = self.people.sessions.get(user).copied() {
            let notified = seen.outputs.iter().any(|output| {
                matches!(output, Output::Close(session, LogoffReason::OtherDevice) if *session == old.id)
            });
            if !notified {
                let evidence =
                    evidence!("user ", user, " logged on twice, and the first session is not closed");
                self.refute(seen.now, Some(Rule::MembershipSessionOnePerUser), evidence);
            }
            // Before the new one is booked: the leaves of the former session come first, as in the service.
            self.end(old.id, LogoffReason::OtherDevice, comings);
        }
        let heartbeat = login.heartbeat_timeout.unwrap_or(self.config.limits.heartbeat_timeout);
        let admin = &*login.role == "admin";
        self.people.logged_on.insert(user, ());
        // A logon without information keeps what was there.
        if !login.user_info.is_empty() {
            self.people.set_info(user, Arc::clone(&login.user_info));
        }
        let session =
            OpenSession { id: connected.session, heartbeat, expiry: login.timestamp, until: None, admin };
        self.people.sessions.insert(user, session);
    }

    /// A session is taken up again while it lives and its token holds, or a fresh one is given.
    fn on_reconnect(
        &mut self,
        now: Instant,
        session: SessionId,
        (fresh, disabled): (Option<&Login>, bool),
        answer: &Result<Connected, ClientRefusal>,
    ) {
        let known = self.people.sessions.get(session.user).filter(|known| known.id == session).copied();
        let expiry =
            fresh.map(|login| login.timestamp).or_else(|| known.map(|known| known.expiry)).unwrap_or(0);
        // token.expiry.instant names a second, at whose beginning it is over.
        let expired = now.unix_seconds() >= expiry;
        let wrong = match (answer, known) {
            (Ok(_), None) => Some((Rule::MembershipSessionTimeout, "took up a session that is over")),
            (Ok(_), Some(_)) if expired => {
                Some((Rule::TokenExpiryBlocksReconnect, "came back with an expired token"))
            }
            // A fresh token for a disabled application is refused like a logon.
            // Sessions of a disabled application end one after the other.
            (Err(_), Some(_)) if self.is_ending(now, session.user) => return,
            (Err(_), Some(_)) if !(expired || disabled && fresh.is_some()) => {
                Some((Rule::MembershipSessionTimeout, "cannot take up a session that lives"))
            }
            (Err(ClientRefusal::Forbidden), None) | (Ok(_) | Err(_), _) => None,
        };
        if let Some((rule, said)) = wrong {
            self.refute(now, Some(rule), evidence!("user ", session.user, " ", said));
        }
        if answer.is_ok()
            && let Some(known) = self.people.sessions.get_mut(session.user)
        {
            known.expiry = expiry;
            // The role of the newest token: who presents a plain one has given the role up.
            if let Some(login) = fresh {
                known.admin = &*login.role == "admin";
            }
            if let Some(until) = known.until.take() {
                self.people.overdue.remove(&(until, session.user));
            }
        }
    }

    /// Whether the application of a user was disabled within the last second.
    fn is_ending(&self, now: Instant, user: UserIx) -> bool {
        self.names.of_user(user).is_some_and(|(app, _)| self.ends_sessions(now, app))
    }

    /// Whether an application was disabled within the last second. Sessions of ten thousand users may end in slices, and
    /// while they do, the application takes nobody, although it is enabled again.
    fn ends_sessions(&self, now: Instant, app: AppIx) -> bool {
        let disabled_at = self.apps.get(&app).and_then(|app| app.disabled_at);
        disabled_at.is_some_and(|at| now.since(at) < Duration::from_secs(1))
    }

    fn on_link_end(&mut self, now: Instant, session: SessionId, end: LinkEnd, comings: &mut Comings) {
        let Some(known) = self.people.sessions.get_mut(session.user).filter(|known| known.id == session)
        else {
            return;
        };
        match end {
            LinkEnd::Closed => self.end(session, LogoffReason::Normal, comings),
            LinkEnd::Lost => {
                // A link that is lost already keeps its deadline: the heartbeat has been missing since the first
                // loss.
                if known.until.is_none() {
                    let until = now + known.heartbeat;
                    known.until = Some(until);
                    self.people.overdue.insert((until, session.user));
                }
            }
        }
    }

    /// A link is closed: a session is over that its client did not end.
    pub(super) fn on_close(
        &mut self,
        now: Instant,
        session: SessionId,
        reason: LogoffReason,
        comings: &mut Comings,
    ) {
        let Some(known) = self.people.sessions.get(session.user).filter(|known| known.id == session) else {
            return;
        };
        if reason == LogoffReason::Timeout {
            let due = known.until;
            // Too early is judged here, by the closing; too late, when nothing is closed, by `judge_deadlines`.
            if due.is_none_or(|until| now < until) {
                let due = due.map_or_else(|| "never".to_owned(), |due| due.to_string());
                let evidence = evidence!("user ", session.user, " is timed out at ", now, ", due ", due);
                self.refute(now, Some(Rule::MembershipSessionTimeout), evidence);
            }
        }
        self.end(session, reason, comings);
    }

    /// A session is over: its user is out of every group, in the order of the groups.
    fn end(&mut self, session: SessionId, reason: LogoffReason, comings: &mut Comings) {
        let user = session.user;
        self.people.exits.remove(user);
        if let Some(OpenSession { until: Some(until), .. }) = self.people.sessions.remove(user) {
            self.people.overdue.remove(&(until, user));
        }
        let cause = if reason == LogoffReason::AppDisabled {
            MembershipCause::Disabled
        } else {
            MembershipCause::SessionEnd
        };
        for group in self.people.groups_of(user).to_vec() {
            self.take_out(group, user, cause, comings);
        }
        comings.logoffs.push(Logoff { session, reason });
    }

    fn take_out(&mut self, group: GroupIx, user: UserIx, cause: MembershipCause, comings: &mut Comings) {
        self.people.exit(user, group);
        let Some(books) = self.groups.get_mut(group) else { return };
        if books.leave(user) {
            let (count, supergroup) = (books.count(), books.supergroup);
            comings.changes.push(MembershipChange { group, user, joined: false, cause, count, supergroup });
        }
    }

    fn take_in(
        &mut self,
        now: Instant,
        (group, user): (GroupIx, UserIx),
        cause: MembershipCause,
        comings: &mut Comings,
    ) {
        let bound = self.config.limits.group_members_max;
        let Some(books) = self.groups.get_mut(group) else { return };
        if books.join(now, user, bound) {
            let (count, supergroup) = (books.count(), books.supergroup);
            comings.changes.push(MembershipChange { group, user, joined: true, cause, count, supergroup });
            self.people.enter(user, group);
            // membership.resume.exits: nothing is owed of an end to a user who is in the group again.
            self.people.forget_exit(user, group);
        }
    }

    /// Only a live session whose link is up is answered.
    fn judge_session(
        &mut self,
        now: Instant,
        session: SessionId,
        answer: &Result<ClientReply, ClientRefusal>,
    ) {
        let known = self.people.sessions.get(session.user).filter(|known| known.id == session);
        let up = known.is_some_and(|known| known.until.is_none());
        // Any other refusal is an answer: it shows that the service knows the session.
        let answered = !matches!(answer, Err(ClientRefusal::NoSession));
        if up != answered {
            let said = if up { "lives and is not known" } else { "is over and is answered" };
            let evidence = evidence!("the session of user ", session.user, " ", said);
            self.refute(now, Some(Rule::MembershipSessionTimeout), evidence);
        }
    }

    fn on_client<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        session: SessionId,
        request: &ClientRequest,
        reply: &ClientReply,
        comings: &mut Comings,
    ) {
        match request {
            ClientRequest::Join(key) => {
                let Some(group) = seen.group(session.user, key) else { return };
                if self
                    .groups
                    .get(group)
                    .is_some_and(|books| books.standing(seen.now) != GroupExistence::Live)
                {
                    let evidence = evidence!("user ", session.user, " joined the deleted group ", group);
                    self.refute(seen.now, Some(Rule::MembershipJoinGroupExists), evidence);
                }
                if self.groups.get(group).is_some_and(|books| books.shut) {
                    let evidence =
                        evidence!("user ", session.user, " joined the group ", group, ", which is shut");
                    self.refute(seen.now, Some(Rule::SupergroupReopenNormal), evidence);
                }
                self.take_in(seen.now, (group, session.user), MembershipCause::Client, comings);
                if let ClientReply::Group(state) = reply {
                    self.judge_join(seen, group, session.user, state);
                }
            }
            ClientRequest::Leave(key) => {
                if let Some(group) = seen.group(session.user, key) {
                    self.take_out(group, session.user, MembershipCause::Client, comings);
                }
            }
            ClientRequest::Logout => self.end(session, LogoffReason::Normal, comings),
            // These move nobody. Each by its name: one that does would leave the books behind the service for ever.
            ClientRequest::Acknowledge { .. }
            | ClientRequest::CancelMuteAll { .. }
            | ClientRequest::CancelMuteUsers { .. }
            | ClientRequest::CloseGroup { .. }
            | ClientRequest::CreateGroup { .. }
            | ClientRequest::DeleteMessage { .. }
            | ClientRequest::ListGroupUsers { .. }
            | ClientRequest::ListHistory { .. }
            | ClientRequest::ListMuteUsers { .. }
            | ClientRequest::ListRecentGroupUsers { .. }
            | ClientRequest::ListRecentMessages { .. }
            | ClientRequest::ModifyGroup { .. }
            | ClientRequest::MuteAll { .. }
            | ClientRequest::MuteUsers { .. }
            | ClientRequest::QueryGroup { .. }
            | ClientRequest::Send { .. }
            | ClientRequest::SendToUser { .. } => {}
        }
    }

    fn judge_refused_client<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        session: SessionId,
        request: &ClientRequest,
        refusal: ClientRefusal,
    ) {
        let ClientRequest::Join(key) = request else { return };
        let books = seen.group(session.user, key).and_then(|group| self.groups.get(group));
        let live = books.is_some_and(|books| books.standing(seen.now) == GroupExistence::Live && !books.shut);
        if live && refusal != ClientRefusal::NoSession {
            let evidence =
                evidence!("user ", session.user, " cannot join a group that exists: ", refusal.to_string());
            self.refute(seen.now, Some(Rule::MembershipJoinGroupExists), evidence);
        }
    }

    fn on_request<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        request: &Request,
        reply: &Reply,
        comings: &mut Comings,
    ) {
        let Effect::Members(change) = request.into() else { return };
        let changed = matches!(reply, Reply::Done(Response::OldSuccess(true)));
        match change {
            MemberChange::KickLiveMessageGroupUser(call) => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                if let (Some(group), Some(user)) = (group, seen.user_of(&call.app_id, &call.kickoff_user)) {
                    let before = comings.changes.len();
                    self.take_out(group, user, MembershipCause::Kick, comings);
                    // A kick of a user who is not in the group succeeds and ends nothing (reading user.kick-absent).
                    if comings.changes.len() > before {
                        self.people.note_exit(user, group, ExitReason::Kicked);
                    }
                }
            }
            MemberChange::JoinMessageGroup(call) if changed => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                if let (Some(group), Some(user)) = (group, seen.user_of(&call.app_id, &call.user_id)) {
                    self.take_in(seen.now, (group, user), MembershipCause::BackEnd, comings);
                }
            }
            MemberChange::LeaveMessageGroup(call) if changed => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                if let (Some(group), Some(user)) = (group, seen.user_of(&call.app_id, &call.user_id)) {
                    self.take_out(group, user, MembershipCause::BackEnd, comings);
                }
            }
            MemberChange::JoinMessageGroup(_) | MemberChange::LeaveMessageGroup(_) => {}
        }
    }

    /// A session without heartbeats is over when its time is up, and not later.
    pub(super) fn judge_deadlines(&mut self, now: Instant) {
        if let Some((until, user)) = self.people.overdue.first().copied()
            // Strictly: other calls of that very instant may be shown before the one that handles the deadline.
            && until < now
        {
            let evidence =
                evidence!("user ", user, " was to be logged off at ", until, " and lives at ", now);
            self.refute(now, Some(Rule::MembershipSessionTimeout), evidence);
        }
    }
}
