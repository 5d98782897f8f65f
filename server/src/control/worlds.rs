//! Worlds: made, listed, looked at, ended. What happens in one is the matter of the other routes, under its name.

use std::sync::Arc;

use claque_core::Instant;
use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::judge::Reset;
use super::{Answered, Refused, body, clock};
use crate::clock::Pace;
use crate::connection::{AUDIENCE_PATH, CONTROL_PREFIX, Shared};
use crate::http::Response;
use crate::options::AccessKey;
use crate::origin;
use crate::world::World;
use crate::worlds::{NoWorld, Wanted};

/// The longest that a world is asked for with. Unit: bytes.
pub(crate) const WORLD_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// A world that is asked for. What is not named is as it was at the server's start.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct Asked {
    name: Option<String>,
    /// `manual`: it stands until it is moved; `real`: it runs as the wall's; or a ratio such as `10x`.
    clock: Option<String>,
    /// Where its time begins; none: the wall's. Unit: UNIX seconds.
    unix_seconds: Option<u64>,
    accounts: Option<Vec<String>>,
    limits: Map<String, Value>,
    readings: std::collections::BTreeMap<String, String>,
    refused_words: Option<Vec<String>>,
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
pub(super) async fn route(request: &HttpRequest, shared: &Shared) -> Answered {
    let rest = request.path.strip_prefix(CONTROL_PREFIX).and_then(|path| path.strip_prefix("worlds"));
    let name = rest.and_then(|rest| rest.strip_prefix('/')).filter(|name| !name.is_empty());
    let host = request.header("host");
    match (request.method.as_str(), name) {
        ("GET", None) => {
            let all = shared.worlds.all_with_keys();
            let list: Vec<Value> =
                all.iter().map(|(world, keys)| object(world, keys, &address(host, shared))).collect();
            Ok(Response::json(200, &json!({ "worlds": list })))
        }
        ("POST", None) => create(request, shared).await,
        ("GET", Some(name)) => {
            let world = shared.worlds.find(name)?;
            let mut object = object(&world, &shared.worlds.keys_of(&world), &address(host, shared));
            object["clock"] = world.driver.with(|driver| clock::object(driver)).await?;
            Ok(Response::json(200, &object))
        }
        ("DELETE", Some(name)) => {
            shared.worlds.delete(name).await?;
            Ok(Response::done())
        }
        (method, name) => {
            let path = name.map_or_else(|| "worlds".to_owned(), |name| format!("worlds/{name}"));
            let text = format!("no {method} {path:?}; there are GET, POST worlds; GET, DELETE worlds/NAME");
            Err(Refused::missing(text))
        }
    }
}

async fn create(request: &HttpRequest, shared: &Shared) -> Answered {
    let Asked { name, clock, unix_seconds, accounts, limits, readings, refused_words } = body(request)?;
    let pace = clock.as_deref().map(pace_of).transpose()?.unwrap_or_else(|| shared.worlds.pace());
    let reset = Reset { unix_seconds, accounts, limits, readings, refused_words };
    let at: Option<Instant> = reset.at()?;
    let config = reset.config(shared.worlds.made_with())?;
    let account = config.accounts.first().cloned();
    let wanted = Wanted { name, config, pace, at, keys: Vec::new() };
    let (world, keys) = shared.worlds.make(wanted)?;
    if let Err(why) = shared.worlds.enter(&world, keys.clone()) {
        world.end("another world took its place").await;
        return Err(why.into());
    }
    tracing::info!(world = world.name, "world created");
    let mut object = object(&world, &keys, &address(request.header("host"), shared));
    object["account"] = account.into();
    Ok(Response::json(201, &object))
}

fn pace_of(text: &str) -> Result<Pace, Refused> {
    match text {
        "manual" => Ok(Pace::Frozen),
        "real" => Ok(Pace::REAL),
        ratio => clock::parse_speed(ratio).map_err(|_| {
            Refused::bad(format!("clock is {text:?}; write manual, real, or a ratio such as 10x or 3/2x"))
        }),
    }
}

/// Host and port by which the caller reaches the server, as it says itself.
fn address(host: Option<&str>, shared: &Shared) -> Reached {
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

/// What whoever uses a world needs to know.
fn object(world: &Arc<World>, keys: &[AccessKey], Reached { address, tls }: &Reached) -> Value {
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
