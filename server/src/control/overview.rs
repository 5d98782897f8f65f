//! Everything that the console shows of one moment.

use claque_core::{Instant, SessionState};
use serde_json::{Map, Value, json};

use super::{Answered, clock, faults, routes};
use crate::driver::{CROWD_DEVICE, Driver};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

/// Groups and sessions that an overview lists; the counts are of all.
const LISTED_MAX: usize = 200;

pub(super) async fn read(world: &LiveWorld) -> Answered {
    let object = whole(world, world.driver.with(object).await?);
    Ok(HttpResponse::json(200, &object))
}

/// An overview with what is not the driver's: faults, and how far the logs have come.
pub(super) fn whole(world: &LiveWorld, mut object: Value) -> Value {
    object["faults"] = faults::objects(world).into();
    object["newestCall"] = world.api.calls.newest().into();
    object["callbackRevision"] = world.calls.log_revision().into();
    object
}

/// The part that the driver knows. O(groups + users).
pub(super) fn object(driver: &mut Driver) -> Value {
    let memory = driver.count_memory().object();
    // Borrowed again without the right to change: an overview must not move the state that it shows.
    let driver = &*driver;
    let counters = driver.counters;
    let mut counts = [0_u64; 3];
    let mut listed = Vec::new();
    for state in driver.service.sessions() {
        let virtual_member = state.device == CROWD_DEVICE;
        counts[0] += 1;
        counts[1] += u64::from(state.link_up && !virtual_member);
        counts[2] += u64::from(virtual_member);
        // Clients first: a crowd's members are as alike as they are many.
        if !virtual_member && listed.len() < LISTED_MAX {
            listed.push(session_object(driver, &state));
        }
    }
    let crowd = driver.service.sessions().filter(|state| state.device == CROWD_DEVICE);
    let room = LISTED_MAX - listed.len();
    listed.extend(crowd.take(room).map(|state| session_object(driver, &state)));
    let mut groups = routes::group_objects(driver);
    let group_count = groups.len();
    groups.truncate(LISTED_MAX);
    json!({
        "clock": clock::object(driver),
        "counters": {
            "inputs": counters.inputs,
            "accepted": counters.calls_accepted,
            "refused": counters.calls_refused,
            "delivered": counters.delivered,
            "shed": counters.shed,
            "frames": driver.links.delivered(),
        },
        "outgoing": driver.outgoing.calls.totals().object(),
        "memory": memory,
        "durable": driver.journal.is_some(),
        "groupCount": group_count,
        "groups": groups,
        "sessionCount": counts[0],
        "linksUp": counts[1],
        "virtualCount": counts[2],
        "sessions": listed,
        "apps": apps(driver),
        "crowdWaiting": driver.crowds.waiting(),
        "limits": serde_json::to_value(&driver.service.config().limits).unwrap_or_default(),
        "readings": changed_readings(driver),
    })
}

/// The applications that were not deleted.
fn apps(driver: &Driver) -> Vec<Value> {
    let service = &driver.service;
    let live = service.apps().filter(|app| service.app_is_live(*app)).take(LISTED_MAX);
    live.map(|app| {
        json!({
            "appId": &**service.app_id(app),
            "name": &**service.app_name(app),
            "callbackUrl": &**service.callback_url(app),
        })
    })
    .collect()
}

/// The readings that are not the default, by ID.
fn changed_readings(driver: &Driver) -> Value {
    let choices = driver.service.config().readings.iter().filter(|choice| choice.value != choice.default);
    choices.map(|choice| (choice.id.to_owned(), choice.value.into())).collect::<Map<String, Value>>().into()
}

pub(super) fn session_object(driver: &Driver, state: &SessionState) -> Value {
    let service = &driver.service;
    let user = state.session.user;
    let app = service.app_of(user).map(|app| &**service.app_id(app));
    json!({
        "app": app,
        "user": &**service.user_id(user),
        "linkUp": state.link_up,
        "virtual": state.device == CROWD_DEVICE,
        "admin": state.admin,
        "groups": state.groups,
        "inOutage": driver.is_cut_off(state.session),
        "tokenExpiryMicros": Instant::from_unix_seconds(state.token_expiry).as_micros(),
    })
}
