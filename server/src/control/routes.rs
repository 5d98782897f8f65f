//! Which path does what.

use std::sync::Arc;
use std::time::Duration;

use claque_wire::http::HttpRequest;
use serde_json::{Value, json};

use super::{
    Answered, CONSOLE, CONSOLE_POLICY, ControlApi, Refused, asks_for_page, callbacks, calls, chat, clock,
    conformance, crowd, explain, faults, outage, overview, people, query, settings, states, worlds,
};
use crate::connections::MetricRow;
use crate::driver::Driver;
use crate::http::HttpResponse;
use crate::ledger::LedgerFilter;
use crate::outgoing::DeliveryTotals;
use crate::server_state::ServerState;
use crate::world::LiveWorld;

/// Every route, as the answer to a path that is none of them.
const ROUTES: &str = "GET health, ready, version, metrics, memory, overview, reference, export, groups, group, sessions, feed, stream, calls, ledger, callbacks, faults, readings, limits, clock, digest, rules, snapshot; \
POST clock, outage, reset, console, keys, outgoing, restore, compact, crowd, crowd/script, crowd/scenario, crowd/chat, join, leave, say, call, callbacks/replay, callbacks/check, faults, readings, limits; DELETE faults; \
of one world all of these under worlds/NAME/; and GET, POST worlds; GET, DELETE worlds/NAME";

impl ControlApi {
    pub(super) async fn route(
        request: &mut HttpRequest,
        world: &Arc<LiveWorld>,
        shared: &ServerState,
    ) -> Answered {
        let path = request.path.strip_prefix(crate::paths::CONTROL_PREFIX).unwrap_or("");
        check_query(request, path)?;
        // Ahead of the table: what concerns all worlds must not be asked of one.
        if path == "worlds" || path.starts_with("worlds/") {
            return worlds::route(request, shared).await;
        }
        match (request.method.as_str(), path) {
            ("GET" | "HEAD", "" | "console") => {
                Ok(HttpResponse::new(200, "text/html; charset=utf-8", CONSOLE.as_str())
                    .with("Content-Security-Policy", CONSOLE_POLICY))
            }
            ("GET", "overview") => overview::read(world).await,
            ("POST", "outage") => outage::outage(request, world).await,
            ("GET" | "HEAD", "health") => Ok(HttpResponse::json(200, &json!({ "status": "ok" }))),
            // Not asked on the driver: whether it keeps up cannot be the question that waits for it.
            ("GET" | "HEAD", "ready") => {
                let (ready, object) = world.driver.status()?;
                Ok(HttpResponse::json(if ready { 200 } else { 503 }, &object))
            }
            ("GET", "version") => {
                Ok(HttpResponse::json(200, &json!({ "version": env!("CARGO_PKG_VERSION") })))
            }
            ("GET", "metrics") => metrics(world, shared).await,
            ("GET", "memory") => {
                let object = world.driver.with(|driver| driver.memory_object()).await?;
                Ok(HttpResponse::json(200, &object))
            }
            ("GET", "digest") => {
                let digest = world.driver.with(|driver| driver.service.lasting_digest()).await?;
                Ok(HttpResponse::json(200, &json!({ "digest": format!("{digest:016x}") })))
            }
            ("GET", "clock") => clock::read(world).await,
            ("POST", "clock") => clock::change(request, world).await,
            ("GET", "export") => worlds::export(world, shared).await,
            ("GET", "feed") => feed(request, world).await,
            ("POST", "reset") => conformance::reset(request, world).await,
            ("POST", "console") => conformance::console(request, world).await,
            ("POST", "keys") => conformance::add_key(request, world, &shared.worlds).await,
            ("POST", "outgoing") => conformance::send_through(request, world),
            ("GET", "rules") => conformance::rules(world).await,
            ("GET", "snapshot") => states::snapshot(world).await,
            // A state is too long to be copied.
            ("POST", "restore") => states::restore(std::mem::take(&mut request.body), world).await,
            ("POST", "compact") => states::compact(world).await,
            ("POST", "crowd") => crowd::crowd(request, world).await,
            ("POST", "crowd/script") => crowd::script(request, world).await,
            ("POST", "crowd/scenario") => chat::scenario(request, (world, shared)).await,
            // A recording is too long to be copied.
            ("POST", "crowd/chat") => chat::chat(request, (world, shared)).await,
            ("POST", "say") => crowd::say(request, world).await,
            ("POST", "call") => calls::call(request, world).await,
            ("GET", "calls") => calls::list(request, world),
            ("GET", "reference") => explain::read(shared),
            ("GET", "sessions") => people::sessions(request, world).await,
            ("GET", "group") => people::group(request, world).await,
            ("POST", "join") => crowd::join(request, world).await,
            ("POST", "leave") => crowd::leave(request, world).await,
            ("GET", "groups") => groups(world).await,
            ("GET", "ledger") => ledger(request, world).await,
            ("GET", "callbacks") => callbacks::list(request, world),
            ("POST", "callbacks/replay") => callbacks::replay(request, world).await,
            ("POST", "callbacks/check") => callbacks::check(request, world),
            ("GET", "faults") => Ok(faults::list(world)),
            ("POST", "faults") => faults::set(request, world),
            ("DELETE", "faults") => faults::remove(request, world),
            ("GET", "readings") => settings::readings(world).await,
            ("POST", "readings") => settings::set_readings(request, world).await,
            ("GET", "limits") => settings::limits(request, world).await,
            ("POST", "limits") => settings::set_limits(request, world).await,
            (method, path) => Err(Refused::missing(format!("no {method} {path:?}; there are {ROUTES}"))),
        }
    }
}

/// Refuses what no route reads: a misspelt filter would be answered as if none had been given.
fn check_query(request: &HttpRequest, path: &str) -> Result<(), Refused> {
    let read: &[&str] = match (request.method.as_str(), path) {
        (_, "calls") => &["after", "count"],
        (_, "callbacks") => &["count"],
        ("DELETE", "faults") => &["number"],
        (_, "sessions" | "group") => &["app", "group", "search", "count"],
        (_, "crowd/chat") => &["app", "group", "file", "prefix", "speed", "start", "unit", "strict"],
        (_, "feed") => &["after", "count", "wait"],
        (_, "ledger" | "limits") => &["app", "group"],
        // The page may carry what its own links and bookmarks like.
        _ if asks_for_page(request) => return Ok(()),
        _ => &[],
    };
    let pairs = request.query_pairs().map_err(|error| Refused::bad(error.to_string()))?;
    let Some((name, _)) = pairs.iter().find(|(name, _)| !read.contains(&&**name)) else { return Ok(()) };
    let known = if read.is_empty() { "none".to_owned() } else { read.join(", ") };
    Err(Refused::bad(format!("{path}: no query parameter {name:?}; there is {known}")))
}

/// Events behind a number; waits for one when there is none yet and `wait` allows it.
async fn feed(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let number = |name: &str, default: u64| match query(request, name)? {
        None => Ok(default),
        Some(text) => text.parse::<u64>().map_err(|_| Refused::bad(format!("{name}: {text:?} is no number"))),
    };
    let (after, count) = (number("after", 0)?, number("count", 200)?);
    // Below the idle time of common proxies, which would cut a longer wait without an answer.
    let wait = Duration::from_secs(number("wait", 0)?.min(30));
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    // `wait_for` looks at the present number first: an event between two calls of a poller is not waited for
    // in vain.
    let mut numbers = world.driver.with(|driver| driver.feed.watch()).await?;
    // The time running out is an answer too: an empty one.
    drop(tokio::time::timeout(wait, numbers.wait_for(|newest| *newest > after)).await.map(|_| ()));
    let (newest, events) =
        world.driver.with(move |driver| driver.feed.since(after, count, &driver.service)).await?;
    Ok(HttpResponse::json(200, &json!({ "newest": newest, "events": events })))
}

async fn groups(world: &LiveWorld) -> Answered {
    let list = world.driver.with(|driver| Value::Array(group_objects(driver))).await?;
    Ok(HttpResponse::json(200, &json!({ "groups": list })))
}

pub(super) fn group_objects(driver: &Driver) -> Vec<Value> {
    let service = &driver.service;
    service
        .groups()
        .map(|group| {
            json!({
                "appId": &**service.app_id(service.app_of_group(group)),
                "groupId": &**service.group_id(group),
                "live": service.group_is_live(group),
                "members": service.member_count(group),
                "supergroup": service.is_supergroup(group),
                "delivered": service.group_seq(group),
            })
        })
        .collect()
}

async fn ledger(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let filter = LedgerFilter { app_id: query(request, "app")?, group_id: query(request, "group")? };
    let object = world.driver.with(move |driver| driver.ledger.object(&filter)).await?;
    Ok(HttpResponse::json(200, &object))
}

async fn metrics(world: &LiveWorld, shared: &ServerState) -> Answered {
    let mut text = world.driver.with(metrics_text).await?;
    text.push_str(&shared.worlds.metrics());
    text.push_str(&shared.connections.metrics());
    Ok(HttpResponse::new(200, "text/plain; version=0.0.4; charset=utf-8", text))
}

fn metrics_text(driver: &mut Driver) -> String {
    let memory = memory_rows(driver);
    let counters = driver.counters;
    let rows: [MetricRow; 11] = [
        ("claque_inputs_total", "counter", "Inputs applied.", counters.inputs),
        ("claque_calls_accepted_total", "counter", "Server-side calls accepted.", counters.calls_accepted),
        ("claque_calls_refused_total", "counter", "Server-side calls refused.", counters.calls_refused),
        ("claque_delivered_total", "counter", "Group messages delivered.", counters.delivered),
        // For dashboards that were made when it had this name.
        ("claque_fanouts_total", "counter", "The same as claque_delivered_total.", counters.delivered),
        ("claque_shed_total", "counter", "Messages shed by the frequency control.", counters.shed),
        ("claque_frames_total", "counter", "Frames handed to audience links.", driver.links.delivered()),
        ("claque_links", "gauge", "Audience links that are up.", driver.links.up() as u64),
        ("claque_links_cut_total", "counter", "Slow readers cut.", driver.links.cut()),
        ("claque_journal_commits_total", "counter", "Journal commits.", counters.commits),
        (
            "claque_journal_bytes",
            "gauge",
            "Bytes of the journal.",
            driver.journal.as_ref().map_or(0, |j| j.bytes()),
        ),
    ];
    rows.iter()
        .chain(&outgoing_rows(&driver.outgoing.calls.totals()))
        .map(|(name, kind, help, value)| {
            format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
        })
        .chain([memory])
        .collect()
}

/// The memory of the state by its use, and its bound.
fn memory_rows(driver: &mut Driver) -> String {
    let room = driver.count_memory();
    let mut text =
        "# HELP claque_memory_bytes What is kept, by what it is for.\n# TYPE claque_memory_bytes gauge\n"
            .to_owned();
    for (part, bytes) in room.parts() {
        text.push_str(&format!("claque_memory_bytes{{part=\"{part}\"}} {bytes}\n"));
    }
    if room.max() < u64::MAX {
        text.push_str("# HELP claque_memory_bytes_max The most that it may take.\n# TYPE claque_memory_bytes_max gauge\n");
        text.push_str(&format!("claque_memory_bytes_max {}\n", room.max()));
    }
    text
}

fn outgoing_rows(outgoing: &DeliveryTotals) -> [MetricRow; 10] {
    [
        ("claque_callbacks_delivered_total", "counter", "Callbacks that were taken.", outgoing.delivered),
        (
            "claque_callbacks_given_up_total",
            "counter",
            "Callbacks given up, for whatever reason.",
            outgoing.given_up,
        ),
        (
            "claque_callbacks_overflowed_total",
            "counter",
            "Callbacks given up because too much waited for their receiver.",
            outgoing.overflowed,
        ),
        ("claque_reviews_answered_total", "counter", "Reviews with a verdict.", outgoing.reviews_answered),
        (
            "claque_reviews_unavailable_total",
            "counter",
            "Reviews that were unavailable, for whatever reason.",
            outgoing.reviews_unavailable,
        ),
        (
            "claque_reviews_overflowed_total",
            "counter",
            "Reviews unavailable because too much waited for their receiver.",
            outgoing.reviews_overflowed,
        ),
        (
            "claque_outgoing_waiting",
            "gauge",
            "Callbacks and reviews that wait or are on their way.",
            outgoing.waiting as u64,
        ),
        (
            "claque_outgoing_connections",
            "gauge",
            "Connections to receivers.",
            u64::from(outgoing.connections),
        ),
        (
            "claque_outgoing_receivers_down",
            "gauge",
            "Receivers that do not answer.",
            outgoing.receivers_down as u64,
        ),
        (
            "claque_callback_log_dropped_total",
            "counter",
            "Callbacks that the log has no room for any more.",
            outgoing.log_dropped,
        ),
    ]
}
