//! The log of event callbacks: what was sent, what became of it, and whether a signature is genuine.

use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::json;

use super::{Answered, Refused, body, query};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

pub(super) fn list(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let count = match query(request, "count")? {
        None => usize::MAX,
        Some(text) => text.parse().map_err(|_| Refused::bad(format!("count: {text:?} is no number")))?,
    };
    Ok(HttpResponse::json(200, &world.calls.log(count)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayAsked {
    number: u64,
}

pub(super) async fn replay(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let ReplayAsked { number } = body(request)?;
    if world.driver.with(move |driver| driver.outgoing.replay(number)).await? {
        return Ok(HttpResponse::json(200, &json!({ "replayed": number })));
    }
    Err(missing(number))
}

fn missing(number: u64) -> Refused {
    Refused::missing(format!("no callback {number} in the log"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckAsked {
    number: u64,
    /// The header `Ali-Live-Timestamp`, as a receiver saw it.
    #[serde(default)]
    timestamp: String,
    /// The header `Ali-Live-Signature`.
    #[serde(default)]
    signature: String,
}

/// Says whether the headers that a receiver saw with a callback are those of a genuine one.
pub(super) fn check(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let CheckAsked { number, timestamp, signature } = body(request)?;
    let found = world.calls.check(number, timestamp.trim(), signature.trim());
    Ok(HttpResponse::json(200, &found.ok_or_else(|| missing(number))?))
}
