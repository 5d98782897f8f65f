//! Virtual members beside real clients: they log on, join, chat and leave without a socket.

use std::sync::Arc;

use claque_core::{
    AppIx, ClientRequest, ClientSend, Duration, GroupKey, Instant, Priority, SessionId, limits,
};
use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{Answered, Refused, body};
use crate::crowd::{ACTS_MAX, Acts, Crowd, Deed, STEPS_MAX as CROWD_STEPS_MAX, TooManyActs};
use crate::driver::crowd::{
    CrowdError, app, ask, ask_as, crowd_of, present, session, session_in, step_in, step_out,
};
use crate::driver::{Driver, Stopped};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

/// Members, or messages, that one call may ask for.
const CROWD_AT_ONCE_MAX: u32 = 100_000;
/// Members that come, go or speak before others get their turn.
// A few milliseconds of the driver's thread: real clients are not held up by a crowd of a hundred thousand.
const PART: u32 = 1_000;
/// Fastest chat that one call may begin. Unit: messages per second.
const CHAT_PER_SECOND_MAX: u32 = 100_000;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CrowdAsked {
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
    level: CrowdLevel,
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
enum CrowdLevel {
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

pub(super) async fn crowd(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let crowd: CrowdAsked = body(request)?;
    for (name, count) in [("join", crowd.join), ("leave", crowd.leave), ("send", crowd.send)] {
        if count > CROWD_AT_ONCE_MAX {
            return Err(Refused::bad(format!("{name} is {count}, at most {CROWD_AT_ONCE_MAX} at once")));
        }
    }
    if crowd.chat_per_second > CHAT_PER_SECOND_MAX {
        let text = format!("chatPerSecond is {}, at most {CHAT_PER_SECOND_MAX}", crowd.chat_per_second);
        return Err(Refused::bad(text));
    }
    check_body(&crowd.body).map_err(Refused::bad)?;
    let mut done = CrowdProgress::default();
    // One command each, so that the commands of others come in between.
    for part in crowd.in_parts() {
        let so_far = done;
        done = world.driver.with(move |driver| act(driver, &part, so_far)).await??;
    }
    Ok(HttpResponse::json(200, &done.object()))
}

pub(super) async fn join(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let one: One = body(request)?;
    let log = world.api.calls.client("joinGroup", &one.user, &json!({ "groupId": one.group }));
    let outcome = world
        .driver
        .with(move |driver| {
            if !driver.has_room() {
                return Err(Refused::full());
            }
            let app = app(driver, &one.app)?;
            let now = driver.now();
            let session = session(driver, now, app, &one.user)?;
            ask_as(driver, session, ClientRequest::Join(GroupKey::from(one.group.as_str())), &log)?;
            Ok(())
        })
        .await?;
    outcome.map(|()| HttpResponse::json(200, &json!({ "joined": true })))
}

/// The session of a user who is online.
fn online(driver: &Driver, app: AppIx, user_id: &str) -> Result<SessionId, Refused> {
    let user = driver.service.find_user(app, user_id);
    user.and_then(|user| driver.service.session_of(user)).ok_or_else(|| Refused::offline(user_id))
}

pub(super) async fn leave(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let one: One = body(request)?;
    let log = world.api.calls.client("leaveGroup", &one.user, &json!({ "groupId": one.group }));
    let outcome = world
        .driver
        .with(move |driver| {
            let app = app(driver, &one.app)?;
            let session = online(driver, app, &one.user)?;
            ask_as(driver, session, ClientRequest::Leave(GroupKey::from(one.group.as_str())), &log)?;
            Ok(())
        })
        .await?;
    outcome.map(|()| HttpResponse::json(200, &json!({ "left": true })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SayAsked {
    app: String,
    group: String,
    user: String,
    #[serde(default = "comment_type", rename = "type")]
    kind: i64,
    #[serde(default)]
    level: CrowdLevel,
    #[serde(default = "comment")]
    body: String,
}

/// Has a user who is online send a message to a group, by the call of a client.
pub(super) async fn say(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let asked: SayAsked = body(request)?;
    check_body(&asked.body).map_err(Refused::bad)?;
    let parameters = json!({ "groupId": asked.group, "type": asked.kind, "data": asked.body });
    let log = world.api.calls.client("sendGroupMessage", &asked.user, &parameters);
    let outcome = world
        .driver
        .with(move |driver| {
            if !driver.has_room() {
                return Err(Refused::full());
            }
            let app = app(driver, &asked.app)?;
            let session = online(driver, app, &asked.user)?;
            let message = send(asked.kind, asked.level, &asked.body.as_str().into());
            let request = ClientRequest::Send(GroupKey::from(asked.group.as_str()), message);
            Ok(ask_as(driver, session, request, &log)?)
        })
        .await?;
    Ok(HttpResponse::json(200, &outcome?))
}

impl From<CrowdError> for Refused {
    fn from(why: CrowdError) -> Self {
        let status = match why {
            CrowdError::LongPrefix(_) => 400,
            CrowdError::NoApplication(_) | CrowdError::NoGroup(_) => 404,
            CrowdError::Refused(_) => 409,
        };
        Self(status, why.to_string())
    }
}

/// The progress of a call so far.
#[derive(Clone, Copy, Default)]
struct CrowdProgress {
    crowd: u32,
    members: u32,
    joined: u32,
    left: u32,
    sent: u32,
    refused: u32,
    /// The number of the member that speaks next.
    turn: u32,
}

impl CrowdProgress {
    fn object(&self) -> Value {
        json!({
            "crowd": self.crowd, "members": self.members, "joined": self.joined, "left": self.left, "sent": self.sent,
            "refused": self.refused,
        })
    }
}

impl CrowdAsked {
    /// The same a part at a time: first who joins, then who leaves, then what is said.
    fn in_parts(&self) -> Vec<Self> {
        let quiet = Self { join: 0, leave: 0, send: 0, chat_per_second: 0, hush: false, ..self.clone() };
        let pieces = |count: u32| (0..count).step_by(PART as usize).map(move |from| PART.min(count - from));
        let joins = pieces(self.join).map(|join| Self { join, ..quiet.clone() });
        let leaves = pieces(self.leave).map(|leave| Self { leave, ..quiet.clone() });
        let hush = Self { hush: self.hush, ..quiet.clone() };
        let sends = pieces(self.send).map(|send| Self { send, ..quiet.clone() });
        let chat = Self { chat_per_second: self.chat_per_second, ..quiet.clone() };
        joins.chain(leaves).chain([hush]).chain(sends).chain([chat]).collect()
    }
}

fn act(driver: &mut Driver, asked: &CrowdAsked, mut done: CrowdProgress) -> Result<CrowdProgress, Refused> {
    // For each part: a crowd that is allowed at its beginning could fill the memory before its end.
    if asked.join.max(asked.send) > 0 && !driver.has_room() {
        return Err(Refused::full());
    }
    let crowd = crowd_of(driver, &asked.app, &asked.group, &asked.prefix)?;
    let (app, ix, now) = (crowd.app, crowd.group, driver.now());
    // Counted anew: a member may have been removed by a call or have left since the last part.
    let mut present = present(driver, &crowd);
    for _ in 0..asked.join {
        step_in(driver, now, &crowd, present)?;
        present += 1;
    }
    // Fewer are there than were asked to leave, now and then: the answer says how many did.
    let left = asked.leave.min(present);
    for _ in 0..left {
        present -= 1;
        step_out(driver, now, &crowd, present)?;
    }
    driver.crowds.note(&crowd, present);
    if asked.hush {
        driver.crowds.end(ix);
    }
    if (asked.send > 0 || asked.chat_per_second > 0) && present == 0 {
        return Err(Refused(409, "nobody of the crowd is in the group; let some join first".to_owned()));
    }
    let text: Arc<str> = asked.body.as_str().into();
    let message = send(asked.kind, asked.level, &text);
    for _ in 0..asked.send {
        let number = done.turn;
        done.turn += 1;
        if let Some(session) = session_in(driver, app, ix, &crowd.name(number % present)) {
            let request = ClientRequest::Send(GroupKey::Index(ix), message.clone());
            // Who is muted, say, is refused like any client; the others go on.
            let heard = ask(driver, now, session, request).is_ok();
            *if heard { &mut done.sent } else { &mut done.refused } += 1;
        }
    }
    if asked.chat_per_second > 0 {
        let over = Duration::from_secs(u64::from(asked.chat_seconds));
        let count = u64::from(asked.chat_per_second) * u64::from(asked.chat_seconds);
        let acts = Acts { crowd, deed: Deed::Say(message), begin: now, over, count, done: 0 };
        driver.crowds.begin(vec![acts]).map_err(full)?;
    }
    done.joined += asked.join;
    done.left += left;
    (done.crowd, done.members) = (present, driver.service.member_count(ix));
    Ok(done)
}

/// Refuses a text that no member could send, before it is kept for later.
pub(super) fn check_body(body: &str) -> Result<(), String> {
    let bound = limits::MESSAGE_BODY_BYTES_MAX as usize;
    if body.len() > bound { Err(format!("body has {} bytes, at most {bound}", body.len())) } else { Ok(()) }
}

pub(super) fn full(_: TooManyActs) -> Refused {
    let text = format!(
        "virtual members can have {ACTS_MAX} acts of {CROWD_STEPS_MAX} steps ahead of them, and this asks for more: let \
         the clock go on, or end the chat of a group (`claque ctl crowd --hush`)"
    );
    Refused(409, text)
}

/// The acts of crowds in one group, from this moment on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CrowdScript {
    app: String,
    group: String,
    steps: Vec<ScriptStep>,
}

/// One of `join`, `leave` and `send`, spread evenly over a span.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptStep {
    /// When it begins, after this moment.
    #[serde(default = "at_once")]
    at: String,
    /// How long it takes.
    #[serde(default = "at_once")]
    over: String,
    #[serde(default)]
    join: u32,
    #[serde(default)]
    leave: u32,
    #[serde(default)]
    send: u64,
    #[serde(default = "comment_type", rename = "type")]
    kind: i64,
    #[serde(default)]
    level: CrowdLevel,
    #[serde(default = "comment")]
    body: String,
    #[serde(default = "prefix")]
    prefix: String,
}

fn at_once() -> String {
    "0s".to_owned()
}

/// Steps that one script may have.
const STEPS_MAX: usize = 1_000;

impl ScriptStep {
    fn acts(&self, crowd: Crowd, now: Instant) -> Result<Acts, String> {
        let span = |name: &str, text: &str| {
            let span = text.parse::<Duration>().map_err(|error| format!("{name}: {error}"))?;
            let longest = Duration::from_days(3_650);
            if span > longest { Err(format!("{name} {text:?}: at most 3650d")) } else { Ok(span) }
        };
        let (at, over) = (span("at", &self.at)?, span("over", &self.over)?);
        check_body(&self.body)?;
        if self.join.max(self.leave) > CROWD_AT_ONCE_MAX {
            return Err(format!("at most {CROWD_AT_ONCE_MAX} members"));
        }
        let (deed, count) = match (self.join, self.leave, self.send) {
            (join @ 1.., 0, 0) => (Deed::Join, u64::from(join)),
            (0, leave @ 1.., 0) => (Deed::Leave, u64::from(leave)),
            (0, 0, count @ 1..) => {
                (Deed::Say(send(self.kind, self.level, &Arc::from(self.body.as_str()))), count)
            }
            _ => return Err("one of join, leave and send, above 0".to_owned()),
        };
        Ok(Acts { crowd, deed, begin: now + at, over, count, done: 0 })
    }
}

/// Puts a script in store. It happens on the service's time, like everything else.
pub(super) async fn script(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let stored = store(body(request)?, world).await?;
    Ok(HttpResponse::json(200, &stored))
}

/// The same for a script that was made here.
pub(super) async fn store(script: CrowdScript, world: &LiveWorld) -> Result<Value, Refused> {
    if script.steps.len() > STEPS_MAX {
        return Err(Refused::bad(format!("{} steps, at most {STEPS_MAX}", script.steps.len())));
    }
    let (reply, caught_up) = oneshot::channel();
    let stored = world
        .driver
        .with(move |driver| {
            let now = driver.now();
            let mut list = Vec::with_capacity(script.steps.len());
            for (number, step) in script.steps.iter().enumerate() {
                let crowd = crowd_of(driver, &script.app, &script.group, &step.prefix)?;
                let acts = step.acts(crowd, now);
                list.push(acts.map_err(|error| Refused::bad(format!("steps[{number}]: {error}")))?);
            }
            let end = list.iter().map(|acts| acts.begin + acts.over).max();
            let acts = driver.crowds.begin(list).map_err(full)?;
            // What is due at once happens before the answer.
            // Asked for on the driver, answered later: the command returns at once, and others have their
            // turn while it is caught up.
            driver.once_caught_up(reply, |_| ());
            Ok::<Value, Refused>(json!({ "acts": acts, "endMicros": end.unwrap_or(now).as_micros() }))
        })
        .await??;
    caught_up.await.map_err(|_| Stopped)?;
    Ok(stored)
}

fn send(kind: i64, level: CrowdLevel, body: &Arc<str>) -> ClientSend {
    let level = match level {
        CrowdLevel::Normal => Priority::Normal,
        CrowdLevel::Medium => Priority::Medium,
        CrowdLevel::High => Priority::High,
    };
    ClientSend::new(kind, level, Arc::clone(body))
}
