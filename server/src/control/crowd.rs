//! Virtual members beside real clients: they log on, join, chat and leave without a socket.

use std::sync::Arc;

use claque_core::{
    AppIx, ClientRefusal, ClientRequest, ClientSend, Duration, GroupIx, GroupKey, Input, Login, Outcome,
    Priority, SessionId, client_token,
};
use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answered, Refused, body};
use crate::chat::Chat;
use crate::connection::Shared;
use crate::driver::{CROWD_DEVICE, Driver};
use crate::http::Response;

/// Members, or messages, that one call may ask for.
const CROWD_AT_ONCE_MAX: u32 = 100_000;
/// Fastest chat that one call may begin. Unit: messages per second.
const CHAT_PER_SECOND_MAX: u32 = 100_000;
/// Virtual users' tokens outlive every test.
const FAR_FUTURE: u64 = 253_402_300_799;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Crowd {
    app: String,
    group: String,
    /// Members that join.
    #[serde(default)]
    join: u32,
    /// Members that leave, the newest first.
    #[serde(default)]
    leave: u32,
    /// Messages that members send, in turn, at once.
    #[serde(default)]
    send: u32,
    #[serde(default = "comment_type", rename = "type")]
    kind: i64,
    #[serde(default)]
    level: Level,
    #[serde(default = "comment")]
    body: String,
    /// From here on, members speak on their own at this rate, on the service's time. Unit: messages per second.
    #[serde(default)]
    chat_per_second: u32,
    /// How long they do. Unit: seconds.
    #[serde(default = "minute")]
    chat_seconds: u32,
    /// Ends what they say on their own.
    #[serde(default)]
    hush: bool,
    /// First part of the members' names.
    #[serde(default = "prefix")]
    prefix: String,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Level {
    #[default]
    Normal,
    Medium,
    High,
}

fn comment_type() -> i64 {
    10_001
}

fn comment() -> String {
    "applause".to_owned()
}

fn minute() -> u32 {
    60
}

fn prefix() -> String {
    "crowd".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    app: String,
    group: String,
    user: String,
}

pub(super) async fn crowd(request: &HttpRequest, shared: &Shared) -> Answered {
    let crowd: Crowd = body(request)?;
    for (name, count) in [("join", crowd.join), ("leave", crowd.leave), ("send", crowd.send)] {
        if count > CROWD_AT_ONCE_MAX {
            return Err(Refused::bad(format!("{name} is {count}, at most {CROWD_AT_ONCE_MAX} at once")));
        }
    }
    if crowd.chat_per_second > CHAT_PER_SECOND_MAX {
        let text = format!("chatPerSecond is {}, at most {CHAT_PER_SECOND_MAX}", crowd.chat_per_second);
        return Err(Refused::bad(text));
    }
    let object = shared.driver.with(move |driver| act(driver, &crowd)).await??;
    Ok(Response::json(200, &object))
}

pub(super) async fn join(request: &HttpRequest, shared: &Shared) -> Answered {
    let one: One = body(request)?;
    let outcome = shared
        .driver
        .with(move |driver| {
            let app = app(driver, &one.app)?;
            let session = session(driver, app, &one.app, &one.user)?;
            ask(driver, session, ClientRequest::Join(GroupKey::from(one.group.as_str())))
        })
        .await?;
    outcome.map(|()| Response::json(200, &json!({ "joined": true })))
}

pub(super) async fn leave(request: &HttpRequest, shared: &Shared) -> Answered {
    let one: One = body(request)?;
    let outcome = shared
        .driver
        .with(move |driver| {
            let app = app(driver, &one.app)?;
            let user = driver.service.find_user(app, &one.user);
            let session = user.and_then(|user| driver.service.session_of(user));
            let session = session.ok_or_else(|| Refused::missing(format!("{} is not online", one.user)))?;
            ask(driver, session, ClientRequest::Leave(GroupKey::from(one.group.as_str())))
        })
        .await?;
    outcome.map(|()| Response::json(200, &json!({ "left": true })))
}

fn act(driver: &mut Driver, crowd: &Crowd) -> Result<Value, Refused> {
    let app = app(driver, &crowd.app)?;
    let found = driver.service.find_group(app, &crowd.group);
    let ix =
        found.ok_or_else(|| Refused::missing(format!("no group {:?} in this application", crowd.group)))?;
    let name = |number: u32| format!("{}{number:06}", crowd.prefix);
    let mut present = 0;
    while seated(driver, app, ix, &name(present)).is_some() {
        present += 1;
    }
    for _ in 0..crowd.join {
        let session = session(driver, app, &crowd.app, &name(present))?;
        ask(driver, session, ClientRequest::Join(GroupKey::Index(ix)))?;
        present += 1;
    }
    for _ in 0..crowd.leave.min(present) {
        present -= 1;
        if let Some(session) = seated(driver, app, ix, &name(present)) {
            ask(driver, session, ClientRequest::Leave(GroupKey::Index(ix)))?;
        }
    }
    if crowd.hush {
        driver.chats.end(Some(ix));
    }
    if (crowd.send > 0 || crowd.chat_per_second > 0) && present == 0 {
        return Err(Refused(409, "nobody of the crowd is in the group; let some join first".to_owned()));
    }
    let text: Arc<str> = crowd.body.as_str().into();
    let (mut sent, mut refused) = (0_u32, 0_u32);
    for number in 0..crowd.send {
        if let Some(session) = seated(driver, app, ix, &name(number % present)) {
            let request = ClientRequest::Send(GroupKey::Index(ix), message(crowd, &text));
            // Who is muted, say, is refused like any client; the others go on.
            let heard = ask(driver, session, request).is_ok();
            *if heard { &mut sent } else { &mut refused } += 1;
        }
    }
    if crowd.chat_per_second > 0 {
        let speakers = (0..present).filter_map(|number| seated(driver, app, ix, &name(number)));
        let chat = Chat {
            group: ix,
            speakers: speakers.collect(),
            message: message(crowd, &text),
            every: Duration::from_micros(1_000_000 / u64::from(crowd.chat_per_second)),
            next: driver.now(),
            left: u64::from(crowd.chat_per_second) * u64::from(crowd.chat_seconds),
        };
        driver.chats.begin(chat).map_err(|bound| {
            Refused(
                409,
                format!("more than {bound} messages would be in store; let them be said, or hush the group"),
            )
        })?;
    }
    let members = driver.service.member_count(ix);
    Ok(json!({ "crowd": present, "members": members, "sent": sent, "refused": refused }))
}

/// The session of a user who is in the group.
fn seated(driver: &Driver, app: AppIx, group: GroupIx, user_id: &str) -> Option<SessionId> {
    let user = driver.service.find_user(app, user_id)?;
    driver.service.is_member(group, user).then(|| driver.service.session_of(user)).flatten()
}

fn message(crowd: &Crowd, body: &Arc<str>) -> ClientSend {
    let level = match crowd.level {
        Level::Normal => Priority::Normal,
        Level::Medium => Priority::Medium,
        Level::High => Priority::High,
    };
    ClientSend {
        kind: crowd.kind,
        level,
        body: Arc::clone(body),
        repeat: 1,
        no_storage: false,
        no_cache: false,
        skip_audit: false,
        skip_mute_check: false,
    }
}

fn app(driver: &Driver, app_id: &str) -> Result<AppIx, Refused> {
    driver.service.find_app(app_id).ok_or_else(|| Refused::missing(format!("no application {app_id:?}")))
}

/// The user's live session, or a new one without a socket.
fn session(driver: &mut Driver, app: AppIx, app_id: &str, user_id: &str) -> Result<SessionId, Refused> {
    let user = driver.service.find_user(app, user_id);
    if let Some(session) = user.and_then(|user| driver.service.session_of(user)) {
        return Ok(session);
    }
    let token = client_token(app_id, driver.service.app_key(app), user_id, "", FAR_FUTURE, "");
    let login = Login {
        app_id: app_id.into(),
        app_sign: Arc::clone(driver.service.app_sign(app)),
        user_id: user_id.into(),
        timestamp: FAR_FUTURE,
        token: token.into(),
        device: CROWD_DEVICE,
        ..Login::default()
    };
    match driver.apply(Input::Connect(login)) {
        Outcome::Connected(Ok(connected)) => Ok(connected.session),
        Outcome::Connected(Err(refusal)) => Err(refused(refusal)),
        Outcome::Client(_) | Outcome::Quiet | Outcome::Request(_) => {
            unreachable!("a logon's outcome is a logon's")
        }
    }
}

fn ask(driver: &mut Driver, session: SessionId, request: ClientRequest) -> Result<(), Refused> {
    match driver.apply(Input::Client(session, request)) {
        Outcome::Client(Err(refusal)) => Err(refused(refusal)),
        Outcome::Client(Ok(_)) | Outcome::Connected(_) | Outcome::Quiet | Outcome::Request(_) => Ok(()),
    }
}

fn refused(refusal: ClientRefusal) -> Refused {
    Refused(409, format!("the service refused with {}: {refusal}", refusal.code()))
}
