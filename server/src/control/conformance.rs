//! Control calls of the conformance suite: a service made to measure, callers with policies, the console, and
//! which rules have decided.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use claque_core::{AccountIx, Config, ConsoleRequest, Instant, Limits, Readings};
use claque_wire::http::HttpRequest;
use claque_wire::policy;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answered, Refused, body};
use crate::http::HttpResponse;
use crate::options::AccessKey;
use crate::outgoing::WayOut;
use crate::world::LiveWorld;
use crate::worlds::Worlds;

/// Accounts, and words that the built-in moderation refuses, that a call may ask for.
// A thousand worlds may each have a list of their own, and every message is compared with every word.
const ACCOUNTS_MAX: usize = 1_000;
const REFUSED_WORDS_MAX: usize = 10_000;
/// Longest account ID, and longest refused word. Unit: bytes.
const TEXT_BYTES_MAX: usize = 256;
/// Longest ID, secret or token of a key. Unit: bytes.
const KEY_BYTES_MAX: usize = 4_096;

/// The last second that can be written down: the end of the year 9999. Unit: UNIX seconds.
const UNIX_SECONDS_MAX: u64 = 253_402_300_799;

/// The configuration of the service after a reset; what is not named is as it was at the server's start.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct Reset {
    /// Where the new service's time begins; none: it goes on. Unit: UNIX seconds.
    pub(super) unix_seconds: Option<u64>,
    /// The accounts, by ID.
    pub(super) accounts: Option<Vec<String>>,
    /// Bounds, by name.
    pub(super) limits: Map<String, Value>,
    /// Readings, by id.
    pub(super) readings: BTreeMap<String, String>,
    /// Words that the built-in moderation refuses.
    pub(super) refused_words: Option<Vec<String>>,
}

impl Reset {
    /// Where the new service's time begins.
    pub(super) fn at(&self) -> Result<Option<Instant>, Refused> {
        if self.unix_seconds.is_some_and(|seconds| seconds > UNIX_SECONDS_MAX) {
            return Err(Refused::bad(format!("unixSeconds: at most {UNIX_SECONDS_MAX}")));
        }
        Ok(self.unix_seconds.map(Instant::from_unix_seconds))
    }

    pub(super) fn config(self, made_with: &Config) -> Result<Config, Refused> {
        // The console and the development key act for the first account: there must be one.
        if self.accounts.as_ref().is_some_and(Vec::is_empty) {
            return Err(Refused::bad("accounts: name at least one"));
        }
        let lists = [
            ("accounts", &self.accounts, ACCOUNTS_MAX),
            ("refusedWords", &self.refused_words, REFUSED_WORDS_MAX),
        ];
        for (name, list, count_max) in lists {
            let list = list.as_deref().unwrap_or_default();
            if list.len() > count_max {
                return Err(Refused::bad(format!("{name}: {} of them, at most {count_max}", list.len())));
            }
            if let Some(long) = list.iter().map(String::len).find(|bytes| *bytes > TEXT_BYTES_MAX) {
                return Err(Refused::bad(format!("{name}: one has {long} bytes, at most {TEXT_BYTES_MAX}")));
            }
        }
        Ok(Config {
            key: made_with.key,
            accounts: self.accounts.unwrap_or_else(|| made_with.accounts.clone()),
            limits: with_limits(&made_with.limits, self.limits)?,
            readings: with_readings(made_with.readings, &self.readings)?,
            refused_words: self.refused_words.unwrap_or_else(|| made_with.refused_words.clone()),
        })
    }
}

/// Starts over with an empty service.
pub(super) async fn reset(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let asked: Reset = body(request)?;
    let at = asked.at()?;
    let outcome = world
        .driver
        .with(move |driver| {
            let config = asked.config(driver.made_with())?;
            driver.reset(at, config).map_err(|error| Refused(500, error.to_string()))
        })
        .await?;
    outcome?;
    world.api.faults.clear();
    world.api.calls.clear();
    Ok(HttpResponse::json(200, &json!({ "reset": true })))
}

/// Bounds with some of them changed, by name.
pub(super) fn with_limits(limits: &Limits, asked: Map<String, Value>) -> Result<Limits, Refused> {
    // By way of JSON: a bound that is added to the service is then known here by its name, too.
    let mut object = serde_json::to_value(limits).map_err(|error| Refused(500, error.to_string()))?;
    for (name, value) in asked {
        let Some(place) = object.get_mut(&name) else {
            let names: Vec<&str> =
                object.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default();
            return Err(Refused::bad(format!("no limit {name:?}; there are {}", names.join(", "))));
        };
        *place = value;
    }
    let limits: Limits = serde_json::from_value(object).map_err(|error| Refused::bad(error.to_string()))?;
    // The frequency control reads zero as one: a limit that is not held must not be accepted.
    if limits.group_messages_per_second == 0 {
        return Err(Refused::bad("group_messages_per_second: at least 1; mute a group to silence it"));
    }
    Ok(limits)
}

/// Readings with some of them chosen otherwise, by id.
pub(super) fn with_readings(
    mut readings: Readings,
    asked: &BTreeMap<String, String>,
) -> Result<Readings, Refused> {
    for (id, value) in asked {
        readings.set(id, value).map_err(|error| Refused::bad(format!("{id}={value}: {error}")))?;
    }
    Ok(readings)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KeyAsked {
    id: String,
    secret: String,
    /// The account's ID; none: the first.
    account: Option<String>,
    /// The token of a temporary key, which calls must carry; none: it is no temporary one.
    security_token: Option<String>,
    /// A RAM user's policy; none: the account itself.
    policy: Option<Value>,
}

/// Adds a key that may sign calls, or changes the one with its ID.
pub(super) async fn add_key(request: &HttpRequest, world: &Arc<LiveWorld>, worlds: &Worlds) -> Answered {
    let asked: KeyAsked = body(request)?;
    if asked.id.is_empty() || asked.secret.is_empty() {
        return Err(Refused::bad("id and secret: neither may be empty"));
    }
    for (name, text) in [("id", &asked.id), ("secret", &asked.secret)] {
        if text.len() > KEY_BYTES_MAX {
            return Err(Refused::bad(format!("{name}: {} bytes, at most {KEY_BYTES_MAX}", text.len())));
        }
    }
    if asked.security_token.as_deref() == Some("") {
        return Err(Refused::bad("securityToken: empty, so that anybody has it; leave it out"));
    }
    let accounts = world.driver.with(|driver| driver.service.config().accounts.clone()).await?;
    let position = match &asked.account {
        None => 0,
        Some(id) => accounts
            .iter()
            .position(|account| account == id)
            .ok_or_else(|| Refused::bad(format!("account: {id:?} is none of {}", accounts.join(", "))))?,
    };
    let policy = asked.policy.as_ref().map(policy::read).transpose();
    let policy = policy.map_err(|error| Refused::bad(format!("policy: {error}")))?.map(Arc::new);
    let id = asked.id.clone();
    let key = AccessKey {
        id: asked.id,
        secret: asked.secret,
        security_token: asked.security_token,
        account: AccountIx(u32::try_from(position).unwrap_or(u32::MAX)).0,
        policy,
    };
    worlds.add_key(world, key).map_err(|why| Refused(409, why.to_string()))?;
    Ok(HttpResponse::json(200, &json!({ "key": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ThroughAsked {
    /// Address and port; none: straight to the receivers.
    proxy: Option<SocketAddr>,
    /// Whether the receivers live in the service's time, so that signatures are stamped with it.
    #[serde(default)]
    service_time: bool,
}

/// Sends callbacks and reviews through an HTTP proxy: a tester sees them whatever their address, public ones included.
pub(super) fn send_through(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let ThroughAsked { proxy, service_time } = body(request)?;
    world.calls.send_through(WayOut { proxy, service_time });
    let object = json!({ "proxy": proxy.map(|proxy| proxy.to_string()), "serviceTime": service_time });
    Ok(HttpResponse::json(200, &object))
}

#[derive(Deserialize)]
#[serde(tag = "action", deny_unknown_fields)]
enum ConsoleAsked {
    #[serde(rename_all = "PascalCase")]
    DeleteApp { app_id: String },
    #[serde(rename_all = "PascalCase")]
    LimitMessages { app_id: String, group_id: String, messages_per_second: Option<i64> },
    #[serde(rename_all = "PascalCase")]
    ModifyApp { app_id: String, app_name: Option<String>, msg_life_cycle: Option<i32> },
    #[serde(rename_all = "PascalCase")]
    ModifyGroup {
        app_id: String,
        group_id: String,
        group_name: Option<String>,
        creator_id: Option<String>,
        administrators: Option<Vec<String>>,
        group_info: Option<String>,
    },
    #[serde(rename_all = "PascalCase")]
    SendMessage {
        app_id: String,
        group_id: String,
        #[serde(default)]
        sender_id: String,
        #[serde(default)]
        sender_meta_info: String,
        /// A number, or what was typed in its place.
        #[serde(default)]
        msg_type: Value,
        #[serde(default)]
        body: String,
    },
}

impl ConsoleAsked {
    fn into_request(self) -> ConsoleRequest {
        match self {
            Self::DeleteApp { app_id } => ConsoleRequest::DeleteApp { app_id },
            Self::LimitMessages { app_id, group_id, messages_per_second } => {
                ConsoleRequest::LimitMessages { app_id, group_id, messages_per_second }
            }
            Self::ModifyApp { app_id, app_name, msg_life_cycle } => {
                ConsoleRequest::ModifyApp { app_id, app_name, msg_life_cycle }
            }
            Self::ModifyGroup { app_id, group_id, group_name, creator_id, administrators, group_info } => {
                ConsoleRequest::ModifyGroup {
                    app_id,
                    group_id,
                    group_name,
                    creator_id,
                    administrators,
                    group_info,
                }
            }
            Self::SendMessage { app_id, group_id, sender_id, sender_meta_info, msg_type, body } => {
                let kind = match msg_type {
                    Value::Null => String::new(),
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                ConsoleRequest::SendMessage {
                    app_id,
                    group_id,
                    sender_id,
                    sender_info: sender_meta_info,
                    kind,
                    body,
                }
            }
        }
    }
}

/// Does what the console offers and no server-side operation does. Answers in the documented envelope.
pub(super) async fn console(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let asked = body::<ConsoleAsked>(request)?.into_request();
    let operation = asked.operation();
    let host = request.header("host").unwrap_or("localhost");
    let answer = world.api.console(operation, asked, host).await?;
    let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(HttpResponse { status: answer.status, headers, body: answer.body.into_bytes() })
}

/// How often each rule has decided since the service began.
pub(super) async fn rules(world: &LiveWorld) -> Answered {
    let mut hits = world.driver.with(|driver| driver.service.tracer().clone()).await?;
    // Signatures, answers and callbacks are decided outside of the state machine: both halves make the
    // coverage.
    hits.merge(&world.calls.marks());
    let counts: Map<String, Value> =
        hits.iter().map(|(rule, count)| (rule.id().to_owned(), count.into())).collect();
    Ok(HttpResponse::json(200, &json!({ "rules": counts })))
}
