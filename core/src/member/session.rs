//! Sessions: logging on with a token, losing and taking up the link, logging off.
//!
//! A user has at most one session. A lost link keeps session and memberships for the heartbeat timeout; after it the
//! session is logged off and has left its groups.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::member::membership::Notify;
use crate::mutants::{Mutant, Mutants, RuleChange, SlipMoment, anew};
use crate::state::app::App;
use crate::state::secret::ACCESS_TOKEN_CHARS;
use crate::state::service::Service;
use crate::state::timer::Timer;
use crate::state::user::LiveSession;
use crate::words::client::{Connected, Cursor, GroupState, LinkEnd, Login};
use crate::words::id::{AppIx, GroupIx, SessionId, UserIx};
use crate::words::limits::{HEARTBEAT_TIMEOUT_MAX, HEARTBEAT_TIMEOUT_MIN, ID_BYTES_MAX};
use crate::words::operation::Family;
use crate::words::output::{LogoffReason, Output};
use crate::words::reading::TokenNonceHyphen;
use crate::words::refusal::ClientRefusal;
use crate::words::rule::Rule;
use crate::words::time::Duration;
use crate::words::token::{client_token, same};
use crate::words::tracer::Tracer;

/// The role that allows control operations.
pub(crate) const ROLE_ADMIN: &str = "admin";

/// The facts of a live session that a driver may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionState {
    /// The session.
    pub session: SessionId,
    /// Whether its link is up; a lost link keeps the session for the heartbeat timeout.
    pub link_up: bool,
    /// The device that it was opened on.
    pub device: u32,
    /// Whether its token gave it the role `admin`.
    pub admin: bool,
    /// How long a lost link keeps it.
    pub heartbeat_timeout: Duration,
    /// Expiry of its token. Unit: UNIX seconds.
    pub token_expiry: u64,
    /// Groups that its user is in.
    pub groups: usize,
}

/// The rights of a client that logged on with a token.
#[derive(Clone, Copy)]
struct Proof {
    app: AppIx,
    /// Whether it gives the role that allows control operations.
    admin: bool,
    /// Unit: UNIX seconds.
    expiry: u64,
}

/// Why a client is shown the state of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// It logs on, joins or asks.
    Arrival,
    /// Its link is back.
    Return,
}

fn made_of(text: &str, others: &[u8], bytes_max: u32) -> bool {
    text.len() <= bytes_max as usize
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Logs a client on, and ends the user's session on another device.
    pub(crate) fn connect(&mut self, login: &Login) -> Result<Connected, ClientRefusal> {
        // Proved before anything is known of the user: a failed logon must not even make the user known.
        let proof = self.prove(login);
        if proof.is_err() {
            self.end_session_by_mutant(login);
        }
        let Proof { app, admin, expiry } = proof?;
        // From here on nothing refuses: the user may be new to the service, and becomes known now.
        let user = self.intern_user(app, &login.user_id);
        self.log_off_elsewhere_by_mutant(app, &login.user_id);
        // The former session ends before the new one begins, so that its outputs come first and the driver never sees
        // two.
        self.hit(Rule::MembershipSessionOnePerUser);
        if self.session_of(user).is_some() && self.mutants.has(Mutant::SecondDeviceRefused) {
            return Err(ClientRefusal::Forbidden);
        }
        if let Some(former) = self.session_of(user)
            && !self.mutants.has(Mutant::SecondDeviceKeepsFirst)
        {
            self.log_off(former, LogoffReason::OtherDevice, Notify::Group);
        }
        self.unmute_by_mutant(user, Mutant::MuteEndsWithLogon);
        // Kept in the session: a limit that is changed later holds for later logons, not for clients that were promised
        // another.
        let heartbeat_timeout = login.heartbeat_timeout.unwrap_or_else(|| self.default_heartbeat());
        let entry = &mut self.state.users[user.at()];
        let rights = (admin, login.acknowledges);
        let generation =
            entry.open_session(LiveSession::new(heartbeat_timeout, expiry, login.device, rights));
        // A logon without information keeps what the back end or a former logon gave: absent is not empty.
        if !login.user_info.is_empty() {
            entry.info = Arc::clone(&login.user_info).into();
        }
        let session = SessionId { user, generation };
        self.call_back_logon(session);
        Ok(self.connected(session, Occasion::Arrival))
    }

    /// The proof of a logon, when its form, its application and its token are right.
    fn prove(&mut self, login: &Login) -> Result<Proof, ClientRefusal> {
        // An unknown application is refused only after the form was checked: an illegal field is 400, whatever it
        // names.
        let app = self.find_app(&login.app_id);
        let older = app.is_some_and(|app| self.is_by_access_token(app, login));
        self.check_login_form(login, older)?;
        let app = self.usable_app(app.ok_or(ClientRefusal::Forbidden)?)?;
        if older { self.prove_by_access_token(app, login) } else { self.prove_by_formula(app, login) }
    }

    /// Whether a client logs on as those of the older family do: with a token that the service gave. Where the families
    /// share applications the token's length tells.
    fn is_by_access_token(&self, app: AppIx, login: &Login) -> bool {
        let app = &self.state.apps[app.at()];
        // By length alone: a derived token has 64 characters, and no token of the service's own has as many.
        let issued = login.token.len() == ACCESS_TOKEN_CHARS;
        self.sees(Family::Old, app) && (issued || !self.sees(Family::Live, app))
    }

    fn check_login_form(&mut self, login: &Login, older: bool) -> Result<(), ClientRefusal> {
        if older {
            self.check_old_user(&login.user_id).map_err(|_| ClientRefusal::BadParameter)?;
        } else {
            self.check_derived_form(login)?;
        }
        self.check_user_info(&login.user_info, "userExtension", Rule::UserInfoBytes)
            .map_err(|_| ClientRefusal::BadParameter)?;
        if let Some(asked) = login.heartbeat_timeout {
            self.check_heartbeat(asked)?;
        }
        Ok(())
    }

    /// The form of what a token is derived from.
    fn check_derived_form(&mut self, login: &Login) -> Result<(), ClientRefusal> {
        // The pages differ about the characters of a user's ID, and about a hyphen in the nonce: two readings.
        let user_others =
            if self.mutants.has(Mutant::TokenUserUnderscore) { b"_" } else { self.user_id_others() };
        let nonce_others: &[u8] = match self.config.readings.token_nonce_hyphen {
            TokenNonceHyphen::Accepted => b"_-",
            TokenNonceHyphen::Refused => b"_",
        };
        let nonce_max = self.most(Rule::TokenNonceFormat, ID_BYTES_MAX);
        self.hit(Rule::TokenUserIdFormat);
        let user_max = self.most(Rule::TokenUserIdFormat, ID_BYTES_MAX);
        if login.user_id.is_empty() || !made_of(&login.user_id, user_others, user_max) {
            return Err(ClientRefusal::BadParameter);
        }
        self.hit(Rule::TokenNonceFormat);
        if made_of(&login.nonce, nonce_others, nonce_max) == self.is_nonce_misjudged(&login.nonce) {
            return Err(ClientRefusal::BadParameter);
        }
        Ok(())
    }

    fn check_heartbeat(&mut self, asked: Duration) -> Result<(), ClientRefusal> {
        let rule = Rule::MembershipHeartbeatRange;
        self.hit(rule);
        let least = Duration::from_secs(self.least(rule, HEARTBEAT_TIMEOUT_MIN.as_secs()));
        let most = Duration::from_secs(self.most(rule, HEARTBEAT_TIMEOUT_MAX.as_secs()));
        let any = self.mutants.changes(rule, RuleChange::Cut) || self.mutants.has(Mutant::HeartbeatUnbounded);
        if (least..=most).contains(&asked) || any { Ok(()) } else { Err(ClientRefusal::BadParameter) }
    }

    /// The application that a logon is for, which must not be deleted or disabled.
    fn usable_app(&mut self, app: AppIx) -> Result<AppIx, ClientRefusal> {
        // Deleted before disabled: an application that is gone for good is not said to be merely shut.
        let App { deleted, availability, .. } = self.state.apps[app.at()];
        if deleted {
            self.hit(Rule::AppDeleteFinal);
            return Err(ClientRefusal::Forbidden);
        }
        if availability.is_closed() && !self.mutants.has(Mutant::DisabledAppWorks) {
            self.hit(Rule::AppDisableRefusesUse);
            return Err(ClientRefusal::Forbidden);
        }
        Ok(app)
    }

    /// The newer family's token: what the back end derived, under the application's signature.
    fn prove_by_formula(&mut self, app: AppIx, login: &Login) -> Result<Proof, ClientRefusal> {
        self.hit(Rule::TokenAppSignInit);
        // The signature of the application first: a client that was set up for another application is refused without
        // its token being tried.
        let signed = login.app_sign == self.state.apps[app.at()].sign || self.is_signed_by_mutant(login);
        if !signed && !self.mutants.has(Mutant::AppSignIgnored) {
            return Err(ClientRefusal::Forbidden);
        }
        self.hit(Rule::TokenFormulaSha256);
        let key = &self.state.apps[app.at()].key;
        let role = if self.mutants.has(Mutant::TokenRoleUnchecked) { "" } else { &*login.role };
        let nonce = if self.mutants.has(Mutant::TokenNonceLeftOut) { "" } else { &*login.nonce };
        // Derived again from what the logon presents: any field that differs from those the token was made of gives
        // another token.
        let token = client_token(&login.app_id, key, &login.user_id, nonce, login.timestamp, role);
        let free = self.mutants.has(Mutant::TokenRoleFree) && {
            let plain = client_token(&login.app_id, key, &login.user_id, &login.nonce, login.timestamp, "");
            same(&plain, &login.token)
        };
        // In constant time, although this is a test service: a copy of this line in a back end should be a good one.
        if !same(&token, &login.token) && !free && !self.mutants.has(Mutant::TokenUnchecked) {
            self.hit(Rule::TokenParametersMatch);
            return Err(ClientRefusal::Forbidden);
        }
        // After the token is known to be right: a wrong one must not be answered by what it claims about itself.
        self.check_expiry(login.timestamp)?;
        Ok(Proof { app, admin: self.is_admin_role(&login.role), expiry: login.timestamp })
    }

    /// The older family's token: what `GetMessageToken` gave for this user of this application. It gives no role.
    fn prove_by_access_token(&mut self, app: AppIx, login: &Login) -> Result<Proof, ClientRefusal> {
        self.hit(Rule::LegacyTokenLogsOn);
        let (app_id, user_id) = self.sealed_for(&login.app_id, &login.user_id);
        // Nothing is stored of an issued token; its seal says all, also after a restart.
        let end = self.state.secrets.access_token_end(app_id, user_id, &login.token);
        let expiry = if self.mutants.has(Mutant::AccessTokenUnchecked) {
            login.timestamp
        } else {
            end.ok_or(ClientRefusal::Forbidden)?
        };
        if self.state.now.unix_seconds() >= expiry && !self.mutants.has(Mutant::AccessTokenNeverExpires) {
            return Err(ClientRefusal::Forbidden);
        }
        // The older family has no roles.
        let admin = self.mutants.has(Mutant::AccessTokenGivesRole) && &*login.role == ROLE_ADMIN;
        Ok(Proof { app, admin, expiry })
    }

    /// Whom an access token is for, and in which application.
    pub(crate) fn sealed_for<'a>(&self, app_id: &'a str, user_id: &'a str) -> (&'a str, &'a str) {
        let app_id = if self.mutants.has(Mutant::AccessTokenAnyApp) { "" } else { app_id };
        let user_id = if self.mutants.has(Mutant::AccessTokenAnyUser) { "" } else { user_id };
        (app_id, user_id)
    }

    fn check_expiry(&mut self, timestamp: u64) -> Result<(), ClientRefusal> {
        self.hit(Rule::TokenExpiryInstant);
        let end = self.most(Rule::TokenExpiryInstant, timestamp);
        // Good until the second named, and not within it.
        if self.state.now.unix_seconds() < end || self.mutants.has(Mutant::TokenNeverExpires) {
            return Ok(());
        }
        self.hit(Rule::TokenExpiryBlocksReconnect);
        Err(ClientRefusal::Forbidden)
    }

    /// Takes a lost link up again.
    pub(crate) fn reconnect(
        &mut self,
        session: SessionId,
        fresh: Option<&Login>,
        cursors: &[Cursor],
    ) -> Result<Connected, ClientRefusal> {
        // Before any token is looked at: a session that was logged off cannot be taken up, however fresh the token.
        let live = self.live_session(session).ok_or(ClientRefusal::NoSession)?;
        let expiry = live.token_expiry;
        let mut proven = None;
        if let Some(login) = fresh {
            let proof = match self.prove(login) {
                Err(_) if self.is_stale_token_taken_by_mutant(login) => Proof {
                    app: self.state.users[session.user.at()].app,
                    admin: false,
                    expiry: login.timestamp,
                },
                proven => proven?,
            };
            // A fresh token must be this user's: another's would hand over a session with all its memberships.
            if self.find_user(proof.app, &login.user_id) != Some(session.user) {
                self.hit(Rule::TokenParametersMatch);
                return Err(ClientRefusal::Forbidden);
            }
            proven = Some(proof);
        } else if !self.mutants.has(Mutant::ReconnectIgnoresExpiry) {
            self.check_expiry(expiry)?;
        }
        let live = self.state.users[session.user.at()].session_mut().expect("the session is live");
        // Only now, when nothing refuses any more. A link that was still up stays so: a client may find its own loss
        // before the service does.
        live.take_link_up();
        if let Some(Proof { admin, expiry, .. }) = proven {
            if !self.mutants.has(Mutant::TokenFreshExpiryForgotten) {
                live.token_expiry = expiry;
            }
            // The role of the newest token holds. Who presents a plain one has given the role up.
            live.admin = admin;
        }
        self.call_back_reconnect(session);
        // Ends before messages, and both before the states: what a client receives last is what holds.
        self.notify_exits(session, cursors);
        if fresh.is_some() && self.mutants.has(Mutant::RecoveryAnewWithToken) {
            self.recover(session, &anew(cursors));
        } else {
            self.recover(session, cursors);
        }
        self.hit(Rule::MembershipResumeStates);
        Ok(self.connected(session, Occasion::Return))
    }

    /// The answer to a client that logs on or takes up its link: its session, and the groups it is in.
    ///
    /// After a logon these are the groups that the back end put the user in.
    fn connected(&mut self, session: SessionId, occasion: Occasion) -> Connected {
        let user = session.user;
        self.hit(Rule::TokenAppKeySecret);
        let sid = if self.mutants.has(Mutant::LogonTellsKey) {
            Arc::clone(&self.state.apps[self.state.users[user.at()].app.at()].key)
        } else {
            self.sid(session)
        };
        // Collected, since each state counts rules and so borrows the whole service.
        let joined: Vec<GroupIx> = self.groups_of(user).collect();
        let states = joined.into_iter().map(|group| self.group_state(group, user, occasion));
        let mut groups: Vec<GroupState> = states.collect();
        if occasion == Occasion::Return && self.mutants.has(Mutant::ResumeStatesMissing) {
            groups.truncate(1);
        }
        Connected { session, sid, groups }
    }

    /// The state of a session, while it lives. O(1).
    #[must_use]
    pub fn session_state(&self, session: SessionId) -> Option<SessionState> {
        let live = self.live_session(session)?;
        Some(SessionState {
            session,
            link_up: live.is_up(),
            device: live.device,
            admin: live.admin,
            heartbeat_timeout: live.heartbeat_timeout,
            token_expiry: live.token_expiry,
            groups: self.state.users[session.user.at()].memberships().len(),
        })
    }

    /// Every live session, in order of users. O(users).
    pub fn sessions(&self) -> impl Iterator<Item = SessionState> + '_ {
        let users = (0..self.state.users.len()).map(UserIx::from_at);
        users.filter_map(|user| self.session_state(self.session_of(user)?))
    }

    /// The session behind an ID, while it lives.
    pub(crate) fn live_session(&self, session: SessionId) -> Option<&LiveSession> {
        // `get`, since a driver may name a session that no user ever had.
        let user = self.state.users.get(session.user.at())?;
        let live = user.session_of_logon(session.generation)?;
        // Sessions of a disabled application end a slice at a time; for everybody they ended with the call.
        (!self.state.apps[user.app.at()].availability.is_ending()).then_some(live)
    }

    /// A session's link ended.
    pub(crate) fn disconnect(&mut self, session: SessionId, end: LinkEnd) {
        // Not an error: the link of a session that was logged off breaks as a consequence.
        let Some(live) = self.live_session(session) else { return };
        match end {
            LinkEnd::Closed => self.log_off(session, LogoffReason::Normal, Notify::Group),
            LinkEnd::Lost if live.is_up() => {
                // The heartbeat timeout runs from the loss of the link, which is the last that was heard; a link that
                // is up needs no timer at all.
                let since = self.state.now;
                let mut timeout = live.heartbeat_timeout;
                if self.mutants.changes(Rule::MembershipSessionTimeout, RuleChange::OneMore) {
                    timeout = timeout + Duration::from_secs(1);
                }
                if self.mutants.changes(Rule::MembershipSessionTimeout, RuleChange::OneLess) {
                    timeout = Duration::from_secs(timeout.as_secs() - 1);
                }
                if self.mutants.has(Mutant::HeartbeatTimeoutDoubled) {
                    timeout = timeout + timeout;
                }
                let until = since + self.timeout_by_mutant(timeout);
                let user = &mut self.state.users[session.user.at()];
                user.session_mut().expect("the session is live").lose_link(since, until);
                self.state.timers.set(until, Timer::SessionTimeout(session));
            }
            // Lost twice: the timer of the first loss stands.
            LinkEnd::Lost => {}
        }
    }

    /// A session's heartbeat timeout has passed, unless the client came back meanwhile.
    pub(crate) fn on_session_timeout(&mut self, session: SessionId) {
        let now = self.state.now;
        let early = self.mutants.has(Mutant::SecondLossTimesOutEarly);
        let overdue =
            self.live_session(session).is_some_and(|live| live.is_overdue(now) || (early && !live.is_up()));
        if overdue {
            self.hit(Rule::MembershipSessionTimeout);
            let seen = if D::MUTATED { self.watch_user(session.user, SlipMoment::TimedOut) } else { None };
            self.log_off(session, LogoffReason::Timeout, Notify::Group);
            if D::MUTATED {
                self.slip(seen, true);
            }
        }
    }

    /// Ends a live session: out of all groups, then logged off. What the client did not ask for closes its link.
    pub(crate) fn log_off(&mut self, session: SessionId, reason: LogoffReason, notify: Notify) {
        // The cause is put out before its consequences, here and everywhere, so that outputs can be followed in order.
        if reason != LogoffReason::Normal
            && !(reason != LogoffReason::Timeout && self.mutants.has(Mutant::SecondDeviceUntold))
        {
            self.push(Output::Close(session, self.shown_reason(reason)));
        }
        if !(reason == LogoffReason::Timeout && self.mutants.has(Mutant::TimeoutKeepsMemberships)) {
            // Before the session is gone: members are notified by its user's name, and callbacks name its session.
            self.leave_all(session, notify);
        }
        self.unmute_by_mutant(session.user, Mutant::MuteEndsWithLogoff);
        let unnotified = self.is_logoff_unnotified_by_mutant(session, reason);
        // After the groups, so that the leave events come before the logoff that explains them.
        self.state.users[session.user.at()].end_session();
        if !unnotified {
            self.call_back_logoff(session, reason);
        }
    }

    /// The state of a group as a client is given it.
    pub(crate) fn group_state(&mut self, group: GroupIx, user: UserIx, occasion: Occasion) -> GroupState {
        self.hit(Rule::GroupInfoOnJoin);
        self.hit(Rule::MuteJoinState);
        self.hit(Rule::StatisticsJoinCounters);
        // Computed and not stored: a join is seldom against a send, and a send must not keep a copy of them up to date.
        let mut counters = self.counters(group);
        let hides = |joining, returning| match occasion {
            Occasion::Arrival => self.mutants.has(joining),
            Occasion::Return => self.mutants.has(returning),
        };
        if self.mutants.has(Mutant::JoinHidesOnline) {
            counters.online_user_counts = 0;
        }
        if hides(Mutant::JoinHidesCounters, Mutant::ResumeHidesCounters) {
            counters.online_user_counts = 0;
            counters.msg_amount.clear();
        }
        let user_id = self.user_id(user);
        let record = &self.state.groups[group.at()];
        let meta = &record.meta;
        let mut facts = Arc::clone(&meta.facts);
        if hides(Mutant::JoinHidesInfo, Mutant::ResumeHidesInfo) {
            Arc::make_mut(&mut facts).info = Arc::from("");
        }
        if self.mutants.has(Mutant::JoinTellsKey) {
            Arc::make_mut(&mut facts).info = Arc::clone(&self.state.apps[record.app.at()].key);
        }
        if occasion == Occasion::Arrival {
            self.shorten_info_by_mutant(record, &mut facts);
        }
        let hides_own = self.mutants.has(Mutant::JoinHidesOwnMute);
        let hides_mute = hides(Mutant::JoinHidesMute, Mutant::ResumeHidesMute);
        GroupState {
            group,
            facts,
            counters,
            supergroup: record.is_supergroup(),
            muted_all: record.mutes().all() && !hides_mute,
            muted_self: !hides_own
                && !record.mutes().users().is_empty()
                && record.mutes().users().contains(user_id),
            seq: record.seq(),
            high_index: record.high_index(),
        }
    }
}
