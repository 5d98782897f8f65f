//! Virtual members: they log on, join, chat and leave without a socket, by the calls of clients.

use std::fmt;
use std::sync::Arc;

use claque_core::{
    AppIx, ClientRefusal, ClientReply, ClientRequest, ClientSend, GroupIx, GroupKey, Input, Instant, Login,
    Outcome, SessionId, client_token, limits,
};

use claque_wire::audience;
use serde_json::{Value, json};

use super::state::{CROWD_DEVICE, Driver};
use crate::call_log::CallNote;
use crate::crowd::{Crowd, Deed, Due};
use crate::feed::FeedEvent;

/// Why a virtual member cannot do what it is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CrowdError {
    NoApplication(String),
    NoGroup(String),
    LongPrefix(usize),
    Refused(ClientRefusal),
}

impl fmt::Display for CrowdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoApplication(id) => write!(f, "no application {id:?}"),
            Self::NoGroup(id) => write!(f, "no group {id:?} in this application"),
            Self::LongPrefix(bytes) => {
                write!(f, "prefix has {bytes} bytes, at most {PREFIX_BYTES_MAX}: a number follows it")
            }
            Self::Refused(refusal) => write!(f, "the service refused with {}: {refusal}", refusal.code()),
        }
    }
}

/// Longest first part of a member's name, which ends with a number. Unit: bytes.
const PREFIX_BYTES_MAX: usize = limits::ID_BYTES_MAX as usize - 6;
/// Virtual users' tokens outlive every test.
const FAR_FUTURE: u64 = 253_402_300_799;

/// Does what is due. What a member is refused, like any client, is simply not heard.
pub(super) fn perform(driver: &mut Driver, due: Due) {
    let Due { at, crowd, deed, turn } = due;
    // Stored while there was room, and due when there may be none: a script must not be a way around the bound.
    if !matches!(deed, Deed::Leave) && !driver.has_room() {
        return;
    }
    if let Deed::SayAs(number, message) = deed {
        return speak(driver, at, &crowd, number, message);
    }
    let mut present = present(driver, &crowd);
    match deed {
        Deed::Join => present += u32::from(step_in(driver, at, &crowd, present).is_ok()),
        Deed::Leave => {
            if let Some(last) = present.checked_sub(1) {
                drop(step_out(driver, at, &crowd, last));
                present = last;
            }
        }
        Deed::Say(message) if present > 0 => {
            let number = u32::try_from(turn % u64::from(present)).expect("below a number of 32 bits");
            if let Some(session) = session_in(driver, crowd.app, crowd.group, &crowd.name(number)) {
                let request = ClientRequest::Send(GroupKey::Index(crowd.group), message);
                drop(ask(driver, at, session, request));
            }
        }
        Deed::Say(_) | Deed::SayAs(..) => {}
    }
    driver.crowds.note(&crowd, present);
}

/// A member of a recorded chat speaks, and joins for it.
fn speak(driver: &mut Driver, at: Instant, crowd: &Crowd, number: u32, message: ClientSend) {
    let present = |driver: &Driver| session_in(driver, crowd.app, crowd.group, &crowd.name(number));
    if present(driver).is_none() && step_in(driver, at, crowd, number).is_err() {
        return;
    }
    if let Some(session) = present(driver) {
        drop(ask(driver, at, session, ClientRequest::Send(GroupKey::Index(crowd.group), message)));
    }
}

/// A crowd by the names of its group.
pub(crate) fn crowd_of(
    driver: &Driver,
    app_id: &str,
    group_id: &str,
    prefix: &str,
) -> Result<Crowd, CrowdError> {
    let app = app(driver, app_id)?;
    let group = driver.service.find_group(app, group_id);
    let group = group.ok_or_else(|| CrowdError::NoGroup(group_id.to_owned()))?;
    // What no member could be called is kept by nobody: neither as a name nor as a crowd that is remembered.
    if prefix.len() > PREFIX_BYTES_MAX {
        return Err(CrowdError::LongPrefix(prefix.len()));
    }
    Ok(Crowd { app, group, prefix: prefix.into() })
}

/// Members of a crowd: numbered from 0 without gaps.
fn count(driver: &Driver, crowd: &Crowd) -> u32 {
    let present = |number: &u32| session_in(driver, crowd.app, crowd.group, &crowd.name(*number)).is_some();
    (0..u32::MAX).take_while(present).count().try_into().unwrap_or(u32::MAX)
}

/// The same, from what was known before where that still holds.
pub(crate) fn present(driver: &Driver, crowd: &Crowd) -> u32 {
    let at = |number: u32| session_in(driver, crowd.app, crowd.group, &crowd.name(number));
    let still = |present: &u32| {
        present.checked_sub(1).is_none_or(|last| at(last).is_some()) && at(*present).is_none()
    };
    let known = driver.crowds.known(crowd);
    // Two look-ups confirm what is known; counting a hundred thousand members for each act would be
    // quadratic.
    known.filter(still).unwrap_or_else(|| count(driver, crowd))
}

/// A member of a crowd joins, logged on if it is not yet.
pub(crate) fn step_in(
    driver: &mut Driver,
    at: Instant,
    crowd: &Crowd,
    number: u32,
) -> Result<(), CrowdError> {
    let session = session(driver, at, crowd.app, &crowd.name(number))?;
    ask(driver, at, session, ClientRequest::Join(GroupKey::Index(crowd.group)))
}

/// A member of a crowd leaves, if it is there.
pub(crate) fn step_out(
    driver: &mut Driver,
    at: Instant,
    crowd: &Crowd,
    number: u32,
) -> Result<(), CrowdError> {
    match session_in(driver, crowd.app, crowd.group, &crowd.name(number)) {
        Some(session) => ask(driver, at, session, ClientRequest::Leave(GroupKey::Index(crowd.group))),
        None => Ok(()),
    }
}

/// The session of a user who is in the group.
pub(crate) fn session_in(driver: &Driver, app: AppIx, group: GroupIx, user_id: &str) -> Option<SessionId> {
    let user = driver.service.find_user(app, user_id)?;
    driver.service.is_member(group, user).then(|| driver.service.session_of(user)).flatten()
}

/// An application by its ID.
pub(crate) fn app(driver: &Driver, app_id: &str) -> Result<AppIx, CrowdError> {
    driver.service.find_app(app_id).ok_or_else(|| CrowdError::NoApplication(app_id.to_owned()))
}

/// The user's live session, or a new one without a socket.
pub(crate) fn session(
    driver: &mut Driver,
    at: Instant,
    app: AppIx,
    user_id: &str,
) -> Result<SessionId, CrowdError> {
    let user = driver.service.find_user(app, user_id);
    if let Some(session) = user.and_then(|user| driver.service.session_of(user)) {
        return Ok(session);
    }
    let app_id = Arc::clone(driver.service.app_id(app));
    let token = client_token(&app_id, driver.service.app_key(app), user_id, "", FAR_FUTURE, "");
    let login = Login {
        app_id,
        app_sign: Arc::clone(driver.service.app_sign(app)),
        user_id: user_id.into(),
        timestamp: FAR_FUTURE,
        token: token.into(),
        // A device number that no client can send: by it a restart tells who needs no link.
        device: CROWD_DEVICE,
        ..Login::default()
    };
    match driver.apply_at(at, Input::Connect(login)) {
        Outcome::Connected(Ok(connected)) => Ok(connected.session),
        Outcome::Connected(Err(refusal)) => Err(CrowdError::Refused(refusal)),
        Outcome::Client(_) | Outcome::Quiet | Outcome::Request(_) => {
            unreachable!("a logon's outcome is a logon's")
        }
    }
}

/// Has a virtual user join a group, logged on if it is not yet.
pub(crate) fn join_as(driver: &mut Driver, app: AppIx, user_id: &str, group_id: &str) -> Result<(), String> {
    let now = driver.now();
    let joined = session(driver, now, app, user_id)
        .and_then(|session| ask(driver, now, session, ClientRequest::Join(GroupKey::from(group_id))));
    joined.map_err(|why| format!("{user_id:?}: {why}"))
}

/// Makes a request in the name of a user who is online, as a tester asks for; the fields of its answer. Unlike what a crowd
/// does by itself it stands in the feed and in the log of calls.
pub(crate) fn ask_as(
    driver: &mut Driver,
    session: SessionId,
    request: ClientRequest,
    log: &CallNote,
) -> Result<Value, CrowdError> {
    let mut event = FeedEvent::client(session.user, &request, log.number());
    driver.watch_rules(log);
    let Outcome::Client(answer) = driver.apply(Input::Client(session, request)) else {
        unreachable!("a client request's outcome is a client's")
    };
    let refused = answer.as_ref().err().map(|refusal| refusal.code());
    if let FeedEvent::Client(_, _, code, message, _) = &mut event {
        *code = refused;
        *message = if let Ok(ClientReply::Sent(tid)) = &answer { Some(tid.clone()) } else { None };
    }
    driver.feed.keep(driver.service.now(), event);
    driver.note_decision(log, refused.map(|code| (None, Some(code))), Some(session.user));
    let answer = answer.map_err(CrowdError::Refused).map(|reply| match &reply {
        ClientReply::Pending(_) => json!({ "pending": true }),
        reply => audience::Answer::accepted(&Value::Null, reply, &driver.service).value()["result"].take(),
    });
    let (status, body) = match &answer {
        Ok(fields) => (200, fields.to_string()),
        Err(why) => (refused.unwrap_or(500), why.to_string()),
    };
    log.answered(status, &body);
    answer
}

/// Makes a virtual user's request.
pub(crate) fn ask(
    driver: &mut Driver,
    at: Instant,
    session: SessionId,
    request: ClientRequest,
) -> Result<(), CrowdError> {
    match driver.apply_at(at, Input::Client(session, request)) {
        Outcome::Client(Err(refusal)) => Err(CrowdError::Refused(refusal)),
        Outcome::Client(Ok(_)) | Outcome::Connected(_) | Outcome::Quiet | Outcome::Request(_) => Ok(()),
    }
}
