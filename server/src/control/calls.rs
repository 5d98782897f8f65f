//! Calls: the newest ones with what decided them, and calls made without a signature.

use claque_core::Operation;
use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Answered, Refused, body, query};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

/// Calls that one answer lists, unless more are asked for.
const COUNT: usize = 100;

pub(super) fn list(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let number = |name: &str, default: u64| match query(request, name)? {
        None => Ok(default),
        Some(text) => text.parse::<u64>().map_err(|_| Refused::bad(format!("{name}: {text:?} is no number"))),
    };
    let (after, count) = (number("after", 0)?, number("count", COUNT as u64)?);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    Ok(HttpResponse::json(200, &world.api.calls.object(after, count)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallAsked {
    operation: String,
    /// By name: texts, numbers, lists and maps as JSON has them.
    #[serde(default)]
    parameters: Map<String, Value>,
}

/// Makes a call of a documented operation. Answers as that does.
pub(super) async fn call(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let CallAsked { operation: name, parameters } = body(request)?;
    let operation = Operation::from_name(&name).ok_or_else(|| {
        let text = "no documented operation; GET reference lists them, as `claque call --operations` does";
        Refused::bad(format!("operation: {name:?} is {text}"))
    })?;
    let pairs = parameters.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let text = match value {
            Value::String(text) => text,
            // Lists and maps go as JSON, which every operation reads.
            other => other.to_string(),
        };
        (name, text)
    });
    let parameters = ParamMap::from_pairs(pairs.collect());
    let host = request.header("host").unwrap_or("localhost");
    match world.api.call_unsigned(operation, &parameters, host).await {
        Some(answer) => {
            let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Ok(HttpResponse { status: answer.status, headers, body: answer.body.into_bytes() })
        }
        None => Err(Refused(502, "a fault dropped the call without an answer".to_owned())),
    }
}
