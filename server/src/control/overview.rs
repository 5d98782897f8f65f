//! Everything that the console shows of one moment.

use claque_core::{Instant, SessionState};
use serde_json::{Value, json};

use super::{Answered, clock, routes};
use crate::driver::{CROWD_DEVICE, Driver};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

/// Groups and sessions that an overview lists; the counts are of all.
const LISTED_MAX: usize = 200;

pub(super) async fn read(world: &LiveWorld) -> Answered {
    let object = world.driver.with(object).await?;
    Ok(HttpResponse::json(200, &object))
}

/// O(groups + users).
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
            "fanouts": counters.fanouts,
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
    })
}

fn session_object(driver: &Driver, state: &SessionState) -> Value {
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
