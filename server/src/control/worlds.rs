//! Worlds: made, listed, looked at, ended. What happens in one is the matter of the other routes, under its name.

use std::sync::Arc;

use claque_core::{Input, Instant};
use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::conformance::Reset;
use super::{Answered, Refused, body, clock};
use crate::clock::ClockPace;
use crate::driver::Driver;
use crate::http::HttpResponse;
use crate::options::AccessKey;
use crate::origin;
use crate::paths::{AUDIENCE_PATH, CONTROL_PREFIX};
use crate::server_state::ServerState;
use crate::world::LiveWorld;
use crate::world_file::{self, SECONDS_MAX, WorldFile};
use crate::worlds::{NoWorld, Wanted};

/// The longest that a world is asked for with. Unit: bytes.
pub(crate) const WORLD_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// A world that is asked for. What is not named is as it was at the server's start.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct WorldAsked {
    name: Option<String>,
    /// `manual`: it stands until it is moved; `real`: it runs as the wall's; or a ratio such as `10x`.
    clock: Option<String>,
    /// Where its time begins; none: the wall's. Unit: UNIX seconds.
    unix_seconds: Option<u64>,
    accounts: Option<Vec<String>>,
    limits: Map<String, Value>,
    readings: std::collections::BTreeMap<String, String>,
    refused_words: Option<Vec<String>>,
    /// A world file, as a text of TOML or as the same in JSON. What is named besides goes before what it says.
    seed: Option<Value>,
}

impl From<NoWorld> for Refused {
    fn from(why: NoWorld) -> Self {
        let status = match why {
            NoWorld::Name(_) => 400,
            NoWorld::Unknown(_) => 404,
            NoWorld::Taken(_) | NoWorld::KeyTaken(..) | NoWorld::Stays => 409,
            NoWorld::Full(_) | NoWorld::Machine(_) => 507,
        };
        Self(status, why.to_string())
    }
}

/// Answers what is asked of all worlds, or of one as a whole.
pub(super) async fn route(request: &HttpRequest, shared: &ServerState) -> Answered {
    let rest = request.path.strip_prefix(CONTROL_PREFIX).and_then(|path| path.strip_prefix("worlds"));
    let name = rest.and_then(|rest| rest.strip_prefix('/')).filter(|name| !name.is_empty());
    let host = request.header("host");
    match (request.method.as_str(), name) {
        ("GET", None) => {
            let all = shared.worlds.all_with_keys();
            let list: Vec<Value> =
                all.iter().map(|(world, keys)| object(world, keys, &address(host, shared))).collect();
            Ok(HttpResponse::json(200, &json!({ "worlds": list })))
        }
        ("POST", None) => create(request, shared).await,
        ("GET", Some(name)) => {
            let world = shared.worlds.find(name)?;
            let mut object = object(&world, &shared.worlds.keys_of(&world), &address(host, shared));
            object["clock"] = world.driver.with(|driver| clock::object(driver)).await?;
            Ok(HttpResponse::json(200, &object))
        }
        ("DELETE", Some(name)) => {
            shared.worlds.delete(name).await?;
            Ok(HttpResponse::done())
        }
        (method, name) => {
            let path = name.map_or_else(|| "worlds".to_owned(), |name| format!("worlds/{name}"));
            let text = format!("no {method} {path:?}; there are GET, POST worlds; GET, DELETE worlds/NAME");
            Err(Refused::missing(text))
        }
    }
}

async fn create(request: &HttpRequest, shared: &ServerState) -> Answered {
    let mut asked: WorldAsked = body(request)?;
    let seed = asked.seed.take().map(WorldFile::read).transpose();
    let seed = seed.map_err(|error| Refused::bad(format!("seed: {error}")))?.unwrap_or_default();
    let wrong = |error: String| Refused::bad(error);
    let clock = asked.clock.or_else(|| seed.clock.clone());
    let pace = clock.as_deref().map(ClockPace::named).transpose().map_err(wrong)?;
    let mut readings = seed.readings.clone();
    readings.extend(asked.readings);
    let reset = Reset {
        unix_seconds: asked.unix_seconds.or(seed.unix_seconds),
        accounts: asked.accounts.or_else(|| seed.accounts.clone()),
        limits: asked.limits,
        readings,
        refused_words: asked.refused_words.or_else(|| seed.refused_words.clone()),
    };
    let at: Instant = reset.at()?.unwrap_or_else(|| shared.worlds.wall().now());
    let config = reset.config(shared.worlds.made_with())?;
    let account = config.accounts.first().cloned();
    let wanted = Wanted {
        name: asked.name,
        keys: seed.access_keys(&config.accounts).map_err(wrong)?,
        ids: seed.key().map_err(wrong)?,
        config,
        pace: pace.unwrap_or_else(|| shared.worlds.pace()),
        // The calls of a file need seconds of quota, which are taken from before the time that the world is
        // to begin at.
        at: if seed.is_empty() { at } else { before(at) },
    };
    let (world, keys) = shared.worlds.make(wanted)?;
    let began = match seed.is_empty() {
        true => Ok(()),
        false => world.driver.with(move |driver| play(driver, &seed, at)).await?,
    };
    // Only now can anybody find it: no call comes between the file's.
    let entered = began.and_then(|()| Ok(shared.worlds.enter(&world, keys.clone())?));
    if let Err(why) = entered {
        // Its thread runs already, and nobody else would end it.
        world.end("the world never began").await;
        return Err(why);
    }
    tracing::info!(world = world.name, "world created");
    let mut object = object(&world, &keys, &address(request.header("host"), shared));
    object["account"] = account.into();
    Ok(HttpResponse::json(201, &object))
}

/// A file is applied ahead of the time at which its world begins, so that calls of many seconds fit.
fn before(at: Instant) -> Instant {
    Instant::from_micros(at.as_micros().saturating_sub(SECONDS_MAX * 1_000_000))
}

/// Does what a file says, and moves the clock on to the time at which the world begins.
fn play(driver: &mut Driver, seed: &WorldFile, at: Instant) -> Result<(), Refused> {
    if !driver.has_room() {
        return Err(Refused::full());
    }
    seed.play(driver).map_err(|error| Refused::bad(format!("seed: {error}")))?;
    if driver.goal() > at {
        let text = format!("seed: what it says takes more than {SECONDS_MAX} seconds of the service's time");
        return Err(Refused::bad(text));
    }
    driver.clock.advance(at.since(driver.goal()));
    driver.apply(Input::Timeout);
    Ok(())
}

/// Writes a world down as a file that another can begin with.
pub(super) async fn export(world: &Arc<LiveWorld>, shared: &ServerState) -> Answered {
    let keys = shared.worlds.keys_of(world);
    let written = world.driver.with(move |driver| world_file::write(driver, &keys)).await?;
    let text = written.map_err(|error| Refused(500, error))?;
    Ok(HttpResponse::new(200, "application/toml; charset=utf-8", text))
}

/// Host and port by which the caller reaches the server, as it says itself.
fn address(host: Option<&str>, shared: &ServerState) -> Reached {
    // The header is repeated in the answer: only what an address can have is taken over.
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    let said = host.map(origin::authority).filter(|host| !host.is_empty() && host.bytes().all(legal));
    let address = said.map_or_else(|| shared.address.to_string(), str::to_owned);
    Reached { address, tls: shared.tls }
}

/// How the caller reaches the server.
struct Reached {
    /// Host and port.
    address: String,
    tls: bool,
}

/// A world as its user needs it: addresses and the first key.
fn object(world: &Arc<LiveWorld>, keys: &[AccessKey], Reached { address, tls }: &Reached) -> Value {
    let (http, ws) = if *tls { ("https", "wss") } else { ("http", "ws") };
    let under = format!("{CONTROL_PREFIX}worlds/{}", world.name);
    let first = keys.first();
    json!({
        "world": world.name,
        "endpoint": format!("{http}://{address}"),
        "accessKeyId": first.map(|key| &key.id),
        "accessKeySecret": first.map(|key| &key.secret),
        "audience": format!("{ws}://{address}{under}{AUDIENCE_PATH}"),
        "control": format!("{http}://{address}{under}/"),
        "bytes": world.driver.kept(),
    })
}
