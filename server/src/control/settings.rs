//! Readings and limits: what is chosen, what there is to choose from, and what it means.

use std::collections::BTreeMap;

use claque_core::{AccountIx, Caller, ConsoleRequest, GroupIx, Input, Outcome};
use claque_wire::http::HttpRequest;
use serde_json::{Value, json};

use super::{Answered, Refused, body, conformance, query};
use crate::driver::Driver;
use crate::http::HttpResponse;
use crate::world::LiveWorld;

pub(super) async fn readings(world: &LiveWorld) -> Answered {
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

pub(super) async fn set_readings(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let asked: BTreeMap<String, String> = body(request)?;
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

pub(super) async fn limits(request: &HttpRequest, world: &LiveWorld) -> Answered {
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

pub(super) async fn set_limits(request: &HttpRequest, world: &LiveWorld) -> Answered {
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
