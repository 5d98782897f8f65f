//! Audience clients of the in-process subject: the client library's part of the exchange, as far as a case needs it.
//!
//! A client makes its token, keeps its session, and remembers how far it has come in each group, so that a reconnect
//! pulls what it missed. It acknowledges nothing unless its case says so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, ClientSend, Cursor, Duration, GroupIx, GroupKey, LinkEnd,
    Login, Priority, Rule, SessionId, Ticket, UserIx,
};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::core_http::mark;
use super::host::Host;
use super::{ClientMade, CoreSubject, Outcome, SubjectError, frames};
use crate::case::ClientVerb;

/// How long a token lasts when a case does not say: longer than any case. Unit: seconds.
const TOKEN_SECONDS: u64 = 10 * 365 * 86_400;

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
    /// The newest sequence number that arrived, by group.
    cursors: BTreeMap<GroupIx, u64>,
    /// Messages that wait to be acknowledged.
    owes: VecDeque<Ticket>,
}

impl Clients {
    /// The client at the other end of a session whose link is up.
    pub(super) fn reachable(&self, session: SessionId) -> Option<Arc<str>> {
        let name = self.by_session.get(&session)?;
        let client = self.by_name.get(name)?;
        if client.up && client.session == session { Some(Arc::clone(name)) } else { None }
    }

    /// The session ended; gives who is told: its client, unless its link is down.
    ///
    /// The client keeps the stale number, as a client library does until it is told.
    pub(super) fn ended(&mut self, session: SessionId) -> Option<Arc<str>> {
        let name = self.by_session.remove(&session)?;
        if let Some(client) = self.by_name.get_mut(&name).filter(|client| client.session == session) {
            client.up = false;
        }
        let linkless = self.linkless.remove(&session);
        if linkless { None } else { Some(name) }
    }

    /// A message reached whoever has its link up.
    pub(super) fn received(&mut self, user: UserIx, group: GroupIx, seq: u64) {
        let first = SessionId { user, generation: 0 };
        let last = SessionId { user, generation: u32::MAX };
        for name in self.by_session.range(first..=last).map(|(_, name)| name) {
            if let Some(client) = self.by_name.get_mut(name).filter(|client| client.up) {
                let cursor = client.cursors.entry(group).or_default();
                *cursor = seq.max(*cursor);
            }
        }
    }

    /// A client is out of a group: it asks for nothing of it any more.
    pub(super) fn left(&mut self, name: &str, group: GroupIx) {
        if let Some(client) = self.by_name.get_mut(name) {
            client.cursors.remove(&group);
        }
    }

    /// A message waits for the client's acknowledgement.
    pub(super) fn must_acknowledge(&mut self, session: SessionId, ticket: Ticket) {
        if let Some(client) = self.by_session.get(&session).and_then(|name| self.by_name.get_mut(name)) {
            client.owes.push_back(ticket);
        }
    }

    fn known(&mut self, name: &str) -> Result<&mut Client, SubjectError> {
        self.by_name
            .get_mut(name)
            .ok_or_else(|| SubjectError(format!("the client {name} has never logged on")))
    }

    fn opened(&mut self, name: &str, session: SessionId) {
        let name: Arc<str> = name.into();
        self.by_session.insert(session, Arc::clone(&name));
        let client = Client { session, up: true, cursors: BTreeMap::new(), owes: VecDeque::new() };
        self.by_name.insert(name, client);
    }
}

impl<H: Host> CoreSubject<H> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "all verbs but a few are requests of a session")]
    pub(super) fn handle_client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        match action.verb {
            ClientVerb::LogOn => Ok(self.log_on(action)),
            ClientVerb::Reconnect => self.reconnect(action),
            ClientVerb::DropLink => {
                let client = self.clients.known(&action.client)?;
                client.up = false;
                let session = client.session;
                self.clients.linkless.insert(session);
                self.host.act(|service, now| service.handle_disconnect(now, session, LinkEnd::Lost));
                Ok(Outcome::accepted(Map::new()))
            }
            ClientVerb::Acknowledge => {
                let client = self.clients.known(&action.client)?;
                let session = client.session;
                let ticket = client.owes.pop_front();
                let ticket = ticket
                    .ok_or_else(|| SubjectError(format!("{} has nothing to acknowledge", action.client)))?;
                self.ask(action, session, ClientRequest::Acknowledge(ticket))
            }
            _ => {
                let session = self.clients.known(&action.client)?.session;
                let request = request(action)?;
                self.ask(action, session, request)
            }
        }
    }

    fn ask(
        &mut self,
        action: &ClientMade,
        session: SessionId,
        request: ClientRequest,
    ) -> Result<Outcome, SubjectError> {
        let decided = self.host.act(|service, now| service.handle_client(now, session, request));
        match &decided {
            Ok(ClientReply::Group(state)) if action.verb == ClientVerb::Join => {
                self.clients.known(&action.client)?.cursors.insert(state.group, state.seq);
            }
            Ok(ClientReply::Pending(ticket)) => return Ok(Outcome::Pending(self.owe_client(*ticket))),
            Ok(_) | Err(_) => {}
        }
        Ok(outcome(decided.as_ref(), action.group.as_deref().unwrap_or_default()))
    }

    fn log_on(&mut self, action: &ClientMade) -> Outcome {
        let login = login(action, self.now.unix_seconds());
        match self.host.act(|service, now| service.handle_connect(now, &login)) {
            Ok(connected) => {
                self.clients.opened(&action.client, connected.session);
                Outcome::accepted(Map::from_iter([("sid".to_owned(), json!(connected.sid))]))
            }
            Err(refusal) => refused(refusal),
        }
    }

    fn reconnect(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        let seconds = self.now.unix_seconds();
        let fresh = if action.with.is_empty() { None } else { Some(login(action, seconds)) };
        let client = self.clients.known(&action.client)?;
        let session = client.session;
        let cursors: Vec<Cursor> =
            client.cursors.iter().map(|(group, seq)| Cursor { group: *group, high_seq: *seq }).collect();
        let back =
            self.host.act(|service, now| service.handle_reconnect(now, session, fresh.as_ref(), &cursors));
        match back {
            Ok(connected) => {
                // The client asked for what it missed by itself, as part of coming back.
                mark(&mut self.marks, &[Rule::RecoveryPullByClient]);
                self.clients.known(&action.client)?.up = true;
                self.clients.linkless.remove(&session);
                let groups: Vec<Json> = connected.groups.iter().map(frames::group_state).collect();
                Ok(Outcome::accepted(Map::from_iter([("groupInfos".to_owned(), Json::from(groups))])))
            }
            Err(refusal) => Ok(refused(refusal)),
        }
    }
}

/// The outcome of a client's request.
pub(super) fn outcome(decided: Result<&ClientReply, &ClientRefusal>, group: &str) -> Outcome {
    match decided {
        Ok(reply) => Outcome::accepted(frames::reply(reply, group)),
        Err(refusal) => refused(*refusal),
    }
}

fn refused(refusal: ClientRefusal) -> Outcome {
    Outcome::Refused {
        status: refusal.code(),
        code: refusal.code().to_string(),
        message: refusal.to_string(),
        about: None,
        headers: Map::new(),
    }
}

/// A logon with a token made from the very values it presents, unless the case forges some of them afterwards.
pub(super) fn login(action: &ClientMade, now_seconds: u64) -> Login {
    let text = |name: &str| argument_text(&action.with, name);
    let with = &action.with;
    let timestamp = with.get("timestamp").and_then(Json::as_u64).unwrap_or(now_seconds + TOKEN_SECONDS);
    let (nonce, role) = (text("nonce"), text("role"));
    let made = token(&[&action.app.id, &action.app.key, &action.user, &nonce, &timestamp.to_string(), &role]);
    let forged = |name: &str, made: String| {
        with.get("forged")
            .and_then(|forged| forged.get(name))
            .and_then(Json::as_str)
            .map_or(made, str::to_owned)
    };
    let forged_time = with.get("forged").and_then(|forged| forged.get("timestamp")).and_then(Json::as_u64);
    let sign = with.get("appSign").and_then(Json::as_str).unwrap_or(&action.app.sign);
    let given = with.get("token").and_then(Json::as_str);
    Login {
        app_id: forged("appId", action.app.id.clone()).into(),
        app_sign: sign.into(),
        user_id: forged("userId", action.user.clone()).into(),
        user_info: text("userExtension").into(),
        nonce: forged("nonce", nonce).into(),
        role: forged("role", role).into(),
        timestamp: forged_time.unwrap_or(timestamp),
        token: given.map_or_else(|| made.into(), Into::into),
        heartbeat_timeout: with.get("heartbeatTimeout").and_then(Json::as_u64).map(Duration::from_secs),
        acknowledges: with.get("acknowledges").and_then(Json::as_bool).unwrap_or(true),
        device: action.device,
    }
}

/// The token of the documented formula: SHA-256 over the parts without separators, in lower-case hexadecimal.
fn token(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.concat());
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string succeeds");
        hex
    })
}

fn argument_text(with: &Map<String, Json>, name: &str) -> String {
    with.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// The request of a verb that needs a session.
fn request(action: &ClientMade) -> Result<ClientRequest, SubjectError> {
    let with = &action.with;
    let text = |name: &str| argument_text(with, name);
    let number = |name: &str| with.get(name).and_then(Json::as_i64);
    let flag = |name: &str| with.get(name).and_then(Json::as_bool).unwrap_or(false);
    let texts = |name: &str| -> Vec<Arc<str>> {
        let items = with.get(name).and_then(Json::as_array).into_iter().flatten();
        items.filter_map(Json::as_str).map(Into::into).collect()
    };
    let page = |absent: u32| number("pageSize").and_then(|size| u32::try_from(size).ok()).unwrap_or(absent);
    let group = || {
        let name = action.group.as_deref();
        name.map(GroupKey::from)
            .ok_or_else(|| SubjectError(format!("`{}` needs a group", action.verb.word())))
    };
    let moment = |name: &str| number(name).and_then(|at| u64::try_from(at).ok()).unwrap_or(0);
    Ok(match action.verb {
        ClientVerb::CancelMuteAll => ClientRequest::CancelMuteAll(group()?),
        ClientVerb::CancelMuteUsers => ClientRequest::CancelMuteUsers(group()?, texts("userList")),
        ClientVerb::CloseGroup => ClientRequest::CloseGroup(group()?),
        ClientVerb::CreateGroup => ClientRequest::CreateGroup {
            group_id: action.group.as_deref().map(Into::into),
            name: text("groupName").into(),
            info: text("groupMeta").into(),
        },
        ClientVerb::DeleteMessage => ClientRequest::DeleteMessage(group()?, text("messageId").into()),
        ClientVerb::Join => ClientRequest::Join(group()?),
        ClientVerb::Leave => ClientRequest::Leave(group()?),
        ClientVerb::ListGroupUsers => ClientRequest::ListGroupUsers {
            group: group()?,
            descending: text("sortType") == "DESC",
            token: number("nextPageToken").unwrap_or(0),
            page_size: page(50),
        },
        ClientVerb::ListHistory | ClientVerb::ListMessages => ClientRequest::ListHistory {
            group: group()?,
            staff: action.verb == ClientVerb::ListMessages,
            kind: number("type"),
            descending: text("sortType") == "DESC",
            token: number("nextPageToken").unwrap_or(0),
            page_size: page(10),
            begin: moment("beginTime"),
            end: moment("endTime"),
        },
        ClientVerb::ListMuteUsers => ClientRequest::ListMuteUsers(group()?),
        ClientVerb::ListRecentGroupUsers => ClientRequest::ListRecentGroupUsers(group()?),
        ClientVerb::ListRecentMessages => ClientRequest::ListRecentMessages {
            group: group()?,
            before: moment("seqnum"),
            page_size: page(50),
        },
        ClientVerb::LogOff => ClientRequest::Logout,
        ClientVerb::ModifyGroup => ClientRequest::ModifyGroup {
            group: group()?,
            info: with.get("groupMeta").and_then(Json::as_str).map(Into::into),
            admins: with.contains_key("admins").then(|| texts("admins")),
        },
        ClientVerb::MuteAll => ClientRequest::MuteAll(group()?),
        ClientVerb::MuteUsers => ClientRequest::MuteUsers(group()?, texts("userList")),
        ClientVerb::QueryGroup => ClientRequest::QueryGroup(group()?),
        ClientVerb::Send => ClientRequest::Send(group()?, send(with)?),
        ClientVerb::SendToUser => ClientRequest::SendToUser {
            receiver: text("receiverId").into(),
            kind: number("type").unwrap_or(0),
            body: text("data").into(),
            skip_audit: flag("skipAudit"),
        },
        ClientVerb::Acknowledge | ClientVerb::DropLink | ClientVerb::LogOn | ClientVerb::Reconnect => {
            return Err(SubjectError(format!("`{}` is no request", action.verb.word())));
        }
    })
}

fn send(with: &Map<String, Json>) -> Result<ClientSend, SubjectError> {
    let number = |name: &str| with.get(name).and_then(Json::as_i64);
    let flag = |name: &str| with.get(name).and_then(Json::as_bool).unwrap_or(false);
    let word = with.get("level").and_then(Json::as_str).unwrap_or(Priority::Normal.as_str());
    let level = Priority::ALL.into_iter().find(|level| level.as_str() == word);
    Ok(ClientSend {
        kind: number("type").unwrap_or(0),
        level: level.ok_or_else(|| SubjectError(format!("`{word}` is no level: HIGH, MEDIUM or NORMAL")))?,
        body: argument_text(with, "data").into(),
        repeat: number("repeatCount").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        no_storage: flag("noStorage"),
        no_cache: flag("noCache"),
        skip_audit: flag("skipAudit"),
        skip_mute_check: flag("skipMuteCheck"),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn token_is_the_computed_vector() {
        let made = super::token(&["demo", "appkey123", "uid1", "AK-nonce", "1700000000", "admin"]);
        assert_eq!(made, "1ffa9025713e96302f8d3c011ae71ac21b50f5463072241640a7083f79a3bc5f");
    }
}
