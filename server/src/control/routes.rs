//! Which path does what.

use std::sync::Arc;
use std::time::Duration;

use claque_core::{AccountIx, Caller, ConsoleRequest, ErrorCode, GroupIx, Input, Operation, Outcome};
use claque_wire::audience::{CODES, Method, sayable};
use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answered, CONSOLE, CONSOLE_POLICY, ControlApi, Refused, asks_for_page, body, clock, conformance, crowd,
    outage, overview, query, states, worlds,
};
use crate::connections::MetricRow;
use crate::driver::Driver;
use crate::faults::{ClientFault, ClientFaults, OperationFault};
use crate::http::HttpResponse;
use crate::ledger::LedgerFilter;
use crate::outgoing::DeliveryTotals;
use crate::server_state::ServerState;
use crate::world::LiveWorld;

/// Every route, as the answer to a path that is none of them.
const ROUTES: &str = "GET health, ready, version, metrics, memory, overview, export, groups, feed, stream, ledger, callbacks, faults, readings, limits, clock, digest, rules, snapshot; \
POST clock, outage, reset, console, keys, outgoing, restore, compact, crowd, crowd/script, join, leave, callbacks/replay, faults, readings, limits; DELETE faults; \
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
                Ok(HttpResponse::new(200, "text/html; charset=utf-8", CONSOLE)
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
            ("POST", "join") => crowd::join(request, world).await,
            ("POST", "leave") => crowd::leave(request, world).await,
            ("GET", "groups") => groups(world).await,
            ("GET", "ledger") => ledger(request, world).await,
            ("GET", "callbacks") => Ok(HttpResponse::json(200, &world.calls.log())),
            ("POST", "callbacks/replay") => replay(request, world).await,
            ("GET", "faults") => Ok(faults(world)),
            ("POST", "faults") => set_fault(request, world),
            ("DELETE", "faults") => {
                world.api.faults.clear();
                Ok(faults(world))
            }
            ("GET", "readings") => readings(world).await,
            ("POST", "readings") => set_readings(request, world).await,
            ("GET", "limits") => limits(request, world).await,
            ("POST", "limits") => set_limits(request, world).await,
            (method, path) => Err(Refused::missing(format!("no {method} {path:?}; there are {ROUTES}"))),
        }
    }
}

/// Refuses what no route reads: a misspelt filter would be answered as if none had been given.
fn check_query(request: &HttpRequest, path: &str) -> Result<(), Refused> {
    let read: &[&str] = match path {
        "feed" => &["after", "count", "wait"],
        "ledger" | "limits" => &["app", "group"],
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    number: u64,
}

async fn replay(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let Replay { number } = body(request)?;
    if world.driver.with(move |driver| driver.outgoing.replay(number)).await? {
        return Ok(HttpResponse::json(200, &json!({ "replayed": number })));
    }
    Err(Refused::missing(format!("no callback {number} in the log")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FaultAsked {
    /// None: all operations, unless a method is named.
    operation: Option<String>,
    /// A method of audience clients.
    method: Option<String>,
    #[serde(default)]
    delay: Option<String>,
    #[serde(default)]
    drop: bool,
    /// A documented code: a name of the server side, or a number of the audience side.
    fail: Option<Failing>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Failing {
    Name(String),
    Number(u16),
}

/// The longest that a fault lets calls wait.
const DELAY_MAX: claque_core::Duration = claque_core::Duration::from_days(1);

fn set_fault(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let asked: FaultAsked = body(request)?;
    let delay = asked.delay.as_deref().map(str::parse::<claque_core::Duration>).transpose();
    let delay = delay.map_err(|error| Refused::bad(format!("delay: {error}")))?.unwrap_or_default();
    if delay > DELAY_MAX {
        return Err(Refused::bad("delay: at most 1d"));
    }
    let delay = Duration::from_micros(delay.as_micros());
    if let Some(method) = &asked.method {
        set_client_fault(&asked, method, delay, &world.api.faults.clients)?;
        return Ok(faults(world));
    }
    let operation = match asked.operation.as_deref() {
        None => None,
        Some(name) => {
            let found = Operation::from_name(name);
            Some(found.ok_or_else(|| {
                Refused::bad(format!(
                    "operation: {name:?} is no documented operation; `claque call --operations` lists them"
                ))
            })?)
        }
    };
    let fail = match &asked.fail {
        None => None,
        Some(Failing::Name(name)) => Some(code(name)?),
        Some(Failing::Number(number)) => {
            return Err(Refused::bad(format!(
                "fail: {number} is a code of audience clients; name a method too"
            )));
        }
    };
    world.api.faults.set(operation, OperationFault { delay, drop: asked.drop, fail });
    Ok(faults(world))
}

fn set_client_fault(
    asked: &FaultAsked,
    method: &str,
    delay: Duration,
    clients: &ClientFaults,
) -> Result<(), Refused> {
    if asked.operation.is_some() {
        return Err(Refused::bad("operation and method: name one of them"));
    }
    let found = Method::find(method);
    let found = found.ok_or_else(|| Refused::bad(unknown_method(method)))?;
    let fail = match &asked.fail {
        None => None,
        Some(Failing::Number(number)) if sayable(*number).is_some() => Some(*number),
        Some(other @ (Failing::Number(_) | Failing::Name(_))) => {
            let codes = CODES.iter().map(|code| code.number).filter(|number| sayable(*number).is_some());
            let codes: Vec<String> = codes.map(|number| number.to_string()).collect();
            let given = match other {
                Failing::Number(number) => number.to_string(),
                Failing::Name(name) => format!("{name:?}"),
            };
            let text =
                format!("fail: a method does not fail with {given}; the numbers are {}", codes.join(", "));
            return Err(Refused::bad(text));
        }
    };
    clients.set(found.name(), ClientFault { delay, drop: asked.drop, fail });
    Ok(())
}

fn unknown_method(method: &str) -> String {
    let names: Vec<&str> = Method::all().map(Method::name).collect();
    format!("method: audience clients have no method {method:?}; there are {}", names.join(", "))
}

fn code(text: &str) -> Result<ErrorCode, Refused> {
    const CODES: [ErrorCode; 7] = [
        ErrorCode::InputInvalid,
        ErrorCode::NoAuth,
        ErrorCode::Throttling,
        ErrorCode::ResourceNotExist,
        ErrorCode::ErrorTooManyApps,
        ErrorCode::ErrorTooManyGroups,
        ErrorCode::ServerError,
    ];
    let names: Vec<&str> = CODES.iter().map(|code| code.as_str()).collect();
    let found = CODES.into_iter().find(|code| code.as_str() == text);
    found.ok_or_else(|| {
        Refused::bad(format!("fail: no operation fails with {text:?}; there are {}", names.join(", ")))
    })
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

fn faults(world: &LiveWorld) -> HttpResponse {
    let of_methods = world.api.faults.clients.all().into_iter().map(|(method, fault)| {
        json!({ "method": method, "delayMicros": micros(fault.delay), "drop": fault.drop, "fail": fault.fail })
    });
    let list: Vec<Value> = world
        .api
        .faults
        .all()
        .into_iter()
        .map(|(operation, fault)| {
            json!({
                "operation": operation.name(),
                "delayMicros": micros(fault.delay),
                "drop": fault.drop,
                "fail": fault.fail.map(ErrorCode::as_str),
            })
        })
        .chain(of_methods)
        .collect();
    HttpResponse::json(200, &json!({ "faults": list }))
}

async fn readings(world: &LiveWorld) -> Answered {
    let object = world
        .driver
        .with(|driver| {
            let choices = driver.service.config().readings.iter().map(|choice| {
                json!({ "id": choice.id, "value": choice.value, "default": choice.default, "alternatives": choice.alternatives })
            });
            json!({ "readings": choices.collect::<Vec<_>>() })
        })
        .await?;
    Ok(HttpResponse::json(200, &object))
}

async fn set_readings(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let asked: std::collections::BTreeMap<String, String> = body(request)?;
    let outcome = world
        .driver
        .with(move |driver| {
            let readings = conformance::with_readings(driver.service.config().readings, &asked)?;
            driver.apply(Input::SetReadings(readings));
            Ok::<(), Refused>(())
        })
        .await?;
    outcome?;
    readings(world).await
}

async fn limits(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let asked = LimitOf { app: query(request, "app")?, group: query(request, "group")? };
    let object = world
        .driver
        .with(move |driver| match asked.found(driver)? {
            Some(group) => Ok(group_limit(driver, group)),
            None => serde_json::to_value(&driver.service.config().limits)
                .map_err(|error| Refused(500, error.to_string())),
        })
        .await?;
    Ok(HttpResponse::json(200, &object?))
}

/// The scope of a limit: all groups, or one.
struct LimitOf {
    app: Option<String>,
    group: Option<String>,
}

impl LimitOf {
    /// The group that is named, if one is: in the application that is named, or the only group of that ID.
    fn found(&self, driver: &Driver) -> Result<Option<GroupIx>, Refused> {
        let service = &driver.service;
        let Some(id) = &self.group else {
            return match self.app {
                None => Ok(None),
                Some(_) => Err(Refused::bad("app without group: name the group whose limit is meant")),
            };
        };
        let named = |group: &GroupIx| {
            let app = self.app.as_deref();
            **service.group_id(*group) == **id
                && app.is_none_or(|app| **service.app_id(service.app_of_group(*group)) == *app)
        };
        let mut found = service.groups().filter(named);
        match (found.next(), found.count()) {
            (None, _) => Err(Refused::missing(format!("no group {id:?}; GET groups lists those there are"))),
            (Some(group), 0) => Ok(Some(group)),
            (Some(_), more) => {
                Err(Refused::bad(format!("{} applications have a group {id:?}: name one as app", more + 1)))
            }
        }
    }
}

fn group_limit(driver: &Driver, group: GroupIx) -> Value {
    let service = &driver.service;
    json!({
        "app": &**service.app_id(service.app_of_group(group)),
        "group": &**service.group_id(group),
        "group_messages_per_second": service.messages_per_second(group),
    })
}

async fn set_limits(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let mut asked: serde_json::Map<String, Value> = body(request)?;
    let mut named = |name: &str| match asked.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Refused::bad(format!("{name} is a text, not {other}"))),
    };
    let whose = LimitOf { app: named("app")?, group: named("group")? };
    let object = world
        .driver
        .with(move |driver| {
            if let Some(group) = whose.found(driver)? {
                return set_group_limit(driver, group, asked);
            }
            let limits = conformance::with_limits(&driver.service.config().limits, asked)?;
            driver.apply(Input::SetLimits(limits));
            serde_json::to_value(&driver.service.config().limits)
                .map_err(|error| Refused(500, error.to_string()))
        })
        .await?;
    Ok(HttpResponse::json(200, &object?))
}

/// Sets the limit of one group, or takes it back: `null` is the default again.
fn set_group_limit(
    driver: &mut Driver,
    group: GroupIx,
    mut asked: serde_json::Map<String, Value>,
) -> Result<Value, Refused> {
    const NAME: &str = "group_messages_per_second";
    let given = asked.remove(NAME);
    if let Some(name) = asked.keys().next() {
        return Err(Refused::bad(format!("no limit {name:?} of one group; there is {NAME}")));
    }
    let messages_per_second = match given {
        None => return Err(Refused::bad(format!("name {NAME}: a number, or null for that of all groups"))),
        Some(Value::Null) => None,
        Some(value) => match value.as_i64() {
            Some(number) if (1..=i64::from(u32::MAX)).contains(&number) => Some(number),
            _ => return Err(Refused::bad(format!("{NAME} is a number from 1 to {}, not {value}", u32::MAX))),
        },
    };
    let service = &driver.service;
    let request = ConsoleRequest::LimitMessages {
        app_id: service.app_id(service.app_of_group(group)).to_string(),
        group_id: service.group_id(group).to_string(),
        messages_per_second,
    };
    match driver.apply(Input::Console(Caller::account(AccountIx(0)), request)) {
        Outcome::Request(Err(refusal)) => {
            Err(Refused(refusal.code().status(), refusal.code().as_str().to_owned()))
        }
        Outcome::Request(Ok(_)) | Outcome::Client(_) | Outcome::Connected(_) | Outcome::Quiet => {
            Ok(group_limit(driver, group))
        }
    }
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
    let rows: [MetricRow; 10] = [
        ("claque_inputs_total", "counter", "Inputs applied.", counters.inputs),
        ("claque_calls_accepted_total", "counter", "Server-side calls accepted.", counters.calls_accepted),
        ("claque_calls_refused_total", "counter", "Server-side calls refused.", counters.calls_refused),
        ("claque_fanouts_total", "counter", "Group messages fanned out.", counters.fanouts),
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
