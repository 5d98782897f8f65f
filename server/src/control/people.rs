//! Who is there: sessions by name, and one group with its members, messages and rates.

use claque_core::{GroupIx, Message, SessionState};
use claque_wire::http::HttpRequest;
use serde_json::{Value, json};

use super::{Answered, Refused, overview, query};
use crate::driver::{CROWD_DEVICE, Driver};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

/// Entries of a list, unless more are asked for.
const COUNT: usize = 100;
/// Most entries of a list.
const COUNT_MAX: usize = 10_000;

fn count(request: &HttpRequest) -> Result<usize, Refused> {
    let Some(text) = query(request, "count")? else { return Ok(COUNT) };
    let number = text.parse::<usize>().ok().filter(|number| *number <= COUNT_MAX);
    number.ok_or_else(|| Refused::bad(format!("count: {text:?} is no number up to {COUNT_MAX}")))
}

/// A choice of sessions. None: whichever.
struct SessionFilter {
    app: Option<String>,
    group: Option<GroupIx>,
    /// A part of the user's ID.
    search: String,
}

impl SessionFilter {
    fn admits(&self, driver: &Driver, state: &SessionState) -> bool {
        let service = &driver.service;
        let user = state.session.user;
        let app = service.app_of(user).map(|app| &**service.app_id(app));
        self.app.as_deref().is_none_or(|wanted| app == Some(wanted))
            && service.user_id(user).contains(&*self.search)
            && self.group.is_none_or(|group| service.is_member(group, user))
    }
}

/// The sessions that are asked for, clients first. O(users).
pub(super) async fn sessions(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let (app, group) = (query(request, "app")?, query(request, "group")?);
    let search = query(request, "search")?.unwrap_or_default();
    let count = count(request)?;
    let object = world
        .driver
        .with(move |driver| {
            let group = match group {
                None => None,
                Some(id) => Some(find_group(driver, app.as_deref(), &id)?),
            };
            let filter = SessionFilter { app, group, search };
            let mut found: Vec<SessionState> =
                driver.service.sessions().filter(|state| filter.admits(driver, state)).collect();
            found.sort_by_key(|state| state.device == CROWD_DEVICE);
            let listed = found.iter().take(count).map(|state| overview::session_object(driver, state));
            let listed: Vec<Value> = listed.collect();
            Ok::<Value, Refused>(json!({ "count": found.len(), "sessions": listed }))
        })
        .await?;
    Ok(HttpResponse::json(200, &object?))
}

fn find_group(driver: &Driver, app: Option<&str>, id: &str) -> Result<GroupIx, Refused> {
    let app = app.ok_or_else(|| Refused::bad("group without app: name the application of the group"))?;
    let found = driver.service.find_app(app).and_then(|app| driver.service.find_group(app, id));
    found.ok_or_else(|| Refused::missing(format!("no group {id:?} in application {app:?}")))
}

/// One group as a whole.
pub(super) async fn group(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let (app, group) = (query(request, "app")?, query(request, "group")?);
    let group = group.ok_or_else(|| Refused::bad("group: name it, and its application as app"))?;
    let search = query(request, "search")?.unwrap_or_default();
    let count = count(request)?;
    let object = world
        .driver
        .with(move |driver| {
            let group = find_group(driver, app.as_deref(), &group)?;
            Ok::<Value, Refused>(group_object(driver, group, &search, count))
        })
        .await?;
    Ok(HttpResponse::json(200, &object?))
}

fn group_object(driver: &Driver, group: GroupIx, search: &str, count: usize) -> Value {
    let service = &driver.service;
    let facts = service.group_facts(group);
    let members = service.audience(group).iter().filter(|member| member.is_taken());
    let found = members.filter(|member| service.user_id(member.user).contains(search));
    let members = found.take(count).map(|member| {
        let state = service.session_of(member.user).and_then(|session| service.session_state(session));
        json!({
            "user": &**service.user_id(member.user),
            "joinedMicros": member.joined.as_micros(),
            "linkUp": state.as_ref().is_some_and(|state| state.link_up),
            "virtual": state.as_ref().is_some_and(|state| state.device == CROWD_DEVICE),
            "admin": state.as_ref().is_some_and(|state| state.admin),
        })
    });
    let members: Vec<Value> = members.collect();
    // The newest ones, in the order in which they were delivered.
    let mut messages: Vec<Value> =
        service.stored_messages(group).rev().take(count).map(|message| message_object(message)).collect();
    messages.reverse();
    json!({
        "appId": &**service.app_id(service.app_of_group(group)),
        "groupId": &**service.group_id(group),
        "live": service.group_is_live(group),
        "name": &*facts.name,
        "owner": &*facts.creator,
        "admins": facts.admins.iter().map(|admin| &**admin).collect::<Vec<_>>(),
        "info": &*facts.info,
        "created": facts.created,
        "supergroup": service.is_supergroup(group),
        "membersMax": service.config().limits.group_members_max,
        "messagesPerSecond": service.messages_per_second(group),
        "delivered": service.group_seq(group),
        "memberCount": service.member_count(group),
        "members": members,
        "messages": messages,
        "rates": driver.rates.object(group),
    })
}

fn message_object(message: &Message) -> Value {
    json!({
        "messageId": &*message.tid,
        "seq": message.seq,
        "user": &*message.sender_id,
        "type": message.kind,
        "level": message.level.as_str(),
        "body": &*message.body,
        "sentMicros": message.sent.as_micros(),
        "atMicros": message.at.as_micros(),
    })
}
