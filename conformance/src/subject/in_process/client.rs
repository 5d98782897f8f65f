//! Audience clients of the in-process subject: their requests and events go through the protocol's own words, without a link.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_core::{ClientRefusal, ClientReply, Connected, LinkEnd, Rule, SessionId};
use claque_wire::audience::{Answer, BadFrame, Logon, LogonMethod, SessionMethod, login_params};
use serde_json::{Map, Value as Json};

use super::CoreSubject;
use crate::case::ClientVerb;
use crate::subject::audience::{Heard, Memory, login, outcome, proves, shown_by};
use crate::subject::words::{ClientMade, Outcome, SubjectError, mark};

/// Without a link an answer needs nothing to find its request by.
const NO_ID: Json = Json::Null;

/// The clients of a case, by name.
#[derive(Debug, Default)]
pub(super) struct Clients {
    by_name: BTreeMap<Arc<str>, Client>,
    by_session: BTreeMap<SessionId, Arc<str>>,
    /// Sessions whose link is down.
    linkless: BTreeSet<SessionId>,
}

/// One client that has logged on at least once.
#[derive(Debug)]
struct Client {
    session: SessionId,
    up: bool,
    memory: Memory,
}

impl Clients {
    /// The client at the other end of a session takes something in, if its link is up.
    pub(super) fn hears(&mut self, session: SessionId, heard: &Heard) -> Option<Arc<str>> {
        let name = self.by_session.get(&session)?;
        let client = self.by_name.get_mut(name).filter(|client| client.up && client.session == session)?;
        client.memory.note(heard);
        Some(Arc::clone(name))
    }

    /// The session ended; gives who is notified: its client, unless its link is down.
    ///
    /// The client keeps the stale number, as a client library does until it is notified.
    pub(super) fn ended(&mut self, session: SessionId) -> Option<Arc<str>> {
        let name = self.by_session.remove(&session)?;
        if let Some(client) = self.by_name.get_mut(&name).filter(|client| client.session == session) {
            client.up = false;
        }
        let linkless = self.linkless.remove(&session);
        if linkless { None } else { Some(name) }
    }

    /// Every link is lost at once; the sessions that had one.
    pub(super) fn lose_links(&mut self) -> Vec<SessionId> {
        let up = self.by_name.values_mut().filter(|client| client.up);
        let lost: Vec<SessionId> = up
            .map(|client| {
                client.up = false;
                client.session
            })
            .collect();
        self.linkless.extend(&lost);
        lost
    }

    fn known(&mut self, name: &str) -> Result<&mut Client, SubjectError> {
        self.by_name
            .get_mut(name)
            .ok_or_else(|| SubjectError(format!("the client {name} has never logged on")))
    }

    /// The ticket that a client acknowledges in the place of another.
    fn shown(&mut self, action: &ClientMade) -> Result<Option<Arc<str>>, SubjectError> {
        let Some(name) = shown_by(action) else { return Ok(None) };
        self.known(name)?.memory.ticket(name).map(Some)
    }

    fn opened(&mut self, name: &str, session: SessionId, memory: Memory) {
        let name: Arc<str> = name.into();
        self.by_session.insert(session, Arc::clone(&name));
        self.by_name.insert(name, Client { session, up: true, memory });
    }
}

impl CoreSubject {
    pub(super) fn handle_client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        match action.verb {
            ClientVerb::DropLink => {
                let client = self.clients.known(&action.client)?;
                client.up = false;
                let session = client.session;
                self.clients.linkless.insert(session);
                self.host.act(|service, now| service.handle_disconnect(now, session, LinkEnd::Lost));
                Ok(Outcome::accepted(Map::new()))
            }
            ClientVerb::Logon(method) => self.log_on(method, action),
            ClientVerb::Ask(method) => self.ask(method, action),
        }
    }

    fn ask(&mut self, method: SessionMethod, action: &ClientMade) -> Result<Outcome, SubjectError> {
        let shown = self.clients.shown(action)?;
        let client = self.clients.known(&action.client)?;
        let (session, params) = (client.session, client.memory.params(method, action, shown)?);
        let request = match method.read(params) {
            Ok(request) => request,
            Err(bad) => return Ok(unreadable(&bad)),
        };
        let decided = self.host.act(|service, now| service.handle_client(now, session, request));
        if let Ok(ClientReply::Pending(ticket)) = decided {
            return Ok(Outcome::Pending(self.owe_client(ticket)));
        }
        let outcome = self.answered_client(decided.as_ref());
        self.clients.known(&action.client)?.memory.answered(method, &outcome);
        Ok(outcome)
    }

    /// How a client's request ended.
    pub(super) fn answered_client(&self, decided: Result<&ClientReply, &ClientRefusal>) -> Outcome {
        match decided {
            Ok(reply) => outcome(Answer::accepted(&NO_ID, reply, self.service()).value()),
            Err(refusal) => refused(*refusal),
        }
    }

    fn log_on(&mut self, method: LogonMethod, action: &ClientMade) -> Result<Outcome, SubjectError> {
        let seconds = self.now.unix_seconds();
        let params = match method {
            LogonMethod::Login => login_params(&login(action, seconds)),
            LogonMethod::Reconnect => {
                let fresh = proves(action).then(|| login(action, seconds));
                self.clients.known(&action.client)?.memory.comeback(&action.with, fresh.as_ref())
            }
        };
        let connected = match Logon::read(method, params) {
            Ok(logon) => self.connect(&logon),
            Err(bad) => return Ok(unreadable(&bad)),
        };
        let connected = match connected {
            Ok(connected) => connected,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let state = self.service().session_state(connected.session);
        let usual = self.service().config().limits.heartbeat_timeout;
        let timeout = state.map_or(usual, |state| state.heartbeat_timeout);
        let user = connected.session.user;
        let app_id = self.service().app_of(user).map_or("", |app| self.service().app_id(app));
        let whose = (app_id, &**self.service().user_id(user));
        let outcome = outcome(Answer::connected(&NO_ID, &connected, whose, timeout).value());
        match method {
            LogonMethod::Login => {
                let Outcome::Accepted { fields, .. } = &outcome else { return Ok(outcome) };
                self.clients.opened(&action.client, connected.session, Memory::of(fields));
            }
            LogonMethod::Reconnect => {
                // The client asked for what it missed by itself, as part of coming back.
                mark(&mut self.marks, &[Rule::RecoveryPullByClient]);
                self.clients.known(&action.client)?.up = true;
                self.clients.linkless.remove(&connected.session);
            }
        }
        Ok(outcome)
    }

    fn connect(&mut self, logon: &Logon) -> Result<Connected, ClientRefusal> {
        match logon {
            Logon::Login(login) => self.host.act(|service, now| service.handle_connect(now, login)),
            Logon::Reconnect(back) => {
                let cursors = back.proven_cursors(self.service()).ok_or(ClientRefusal::NoSession)?;
                let (session, fresh) = (back.session, back.fresh.as_ref());
                self.host.act(|service, now| service.handle_reconnect(now, session, fresh, &cursors))
            }
        }
    }
}

fn refused(refusal: ClientRefusal) -> Outcome {
    let sentence = Answer::sentence(refusal, None);
    outcome(Answer::refused(&NO_ID, refusal.code(), &sentence).value())
}

fn unreadable(bad: &BadFrame) -> Outcome {
    outcome(Answer::refused(&NO_ID, bad.code, &bad.text).value())
}
