//! Faults, set and removed by whoever tests a client.

use std::time::Duration;

use claque_core::{ErrorCode, Operation};
use claque_wire::audience::{CODES, Method, sayable};
use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answered, Refused, body, query};
use crate::faults::{ActiveFault, FAULTS_MAX, Fault, FaultCode, FaultScope, FaultTarget, Latency};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

/// The longest that a fault lets calls wait.
const DELAY_MAX: claque_core::Duration = claque_core::Duration::from_days(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FaultAsked {
    /// None: all operations, unless a method is named.
    operation: Option<String>,
    /// A method of audience clients.
    method: Option<String>,
    /// Only calls of this access key, or requests of this user.
    caller: Option<String>,
    /// Only calls that name this group.
    group: Option<String>,
    /// Only messages of this type.
    #[serde(rename = "type")]
    kind: Option<i64>,
    /// Of a hundred calls so many.
    #[serde(default = "always")]
    percent: u32,
    /// So many calls, and then no more.
    next: Option<u64>,
    /// `200ms`, or a span to draw from: `50ms..2s`.
    delay: Option<String>,
    /// Most draws are near the lower end.
    #[serde(default)]
    tail: bool,
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

const fn always() -> u32 {
    100
}

impl FaultAsked {
    fn read(self) -> Result<Fault, Refused> {
        let target = target(self.operation.as_deref(), self.method.as_deref())?;
        let fail = self.fail.map(|fail| failure(target, fail)).transpose()?;
        let delay = self.delay.as_deref().map(|text| latency(text, self.tail)).transpose()?;
        let delay = delay.unwrap_or_default();
        if delay == Latency::default() && !self.drop && fail.is_none() {
            let text = "a fault that does nothing: name at least one of delay, drop and fail";
            return Err(Refused::bad(text));
        }
        if !(1..=100).contains(&self.percent) {
            return Err(Refused::bad(format!("percent is {}; from 1 to 100", self.percent)));
        }
        if self.next == Some(0) {
            return Err(Refused::bad("next is 0; from 1, or left out for all calls"));
        }
        let named = |text: Option<String>| text.filter(|text| !text.is_empty());
        let scope =
            FaultScope { target, caller: named(self.caller), group: named(self.group), kind: self.kind };
        Ok(Fault { scope, percent: self.percent, next: self.next, delay, drop: self.drop, fail })
    }
}

fn target(operation: Option<&str>, method: Option<&str>) -> Result<FaultTarget, Refused> {
    match (operation, method) {
        (Some(_), Some(_)) => Err(Refused::bad("operation and method: name one of them")),
        (None, None) => Ok(FaultTarget::AllOperations),
        (Some(name), None) => {
            let unknown = || {
                format!(
                    "operation: {name:?} is no documented operation; `claque call --operations` lists them"
                )
            };
            let found = Operation::from_name(name);
            Ok(FaultTarget::Operation(found.ok_or_else(|| Refused::bad(unknown()))?))
        }
        (None, Some(name)) => {
            let unknown = || {
                let names: Vec<&str> = Method::all().map(Method::name).collect();
                format!("method: audience clients have no method {name:?}; there are {}", names.join(", "))
            };
            let found = Method::find(name).ok_or_else(|| Refused::bad(unknown()))?;
            Ok(FaultTarget::Method(found.name()))
        }
    }
}

fn failure(target: FaultTarget, fail: Failing) -> Result<FaultCode, Refused> {
    match (target, fail) {
        (FaultTarget::Method(_), Failing::Number(number)) if sayable(number).is_some() => {
            Ok(FaultCode::Client(number))
        }
        (FaultTarget::Method(_), Failing::Number(_) | Failing::Name(_)) => {
            let codes = CODES.iter().map(|code| code.number).filter(|number| sayable(*number).is_some());
            let codes: Vec<String> = codes.map(|number| number.to_string()).collect();
            Err(Refused::bad(format!("fail: for a method a number, one of {}", codes.join(", "))))
        }
        (FaultTarget::AllOperations | FaultTarget::Operation(_), Failing::Number(number)) => {
            Err(Refused::bad(format!("fail: {number} is a code of audience clients; name a method too")))
        }
        (FaultTarget::AllOperations | FaultTarget::Operation(_), Failing::Name(name)) => {
            let names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
            let found = ErrorCode::ALL.into_iter().find(|code| code.as_str() == name);
            found.map(FaultCode::Operation).ok_or_else(|| {
                let names = names.join(", ");
                Refused::bad(format!("fail: no operation fails with {name:?}; there are {names}"))
            })
        }
    }
}

/// A span, or two with dots between.
fn latency(text: &str, tail: bool) -> Result<Latency, Refused> {
    let span = |text: &str| {
        let span: claque_core::Duration =
            text.trim().parse().map_err(|error| Refused::bad(format!("delay: {error}")))?;
        if span > DELAY_MAX {
            return Err(Refused::bad("delay: at most 1d"));
        }
        Ok(Duration::from_micros(span.as_micros()))
    };
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let (least, most) = (span(least)?, span(most)?);
    if most < least {
        return Err(Refused::bad(format!(
            "delay is {text:?}; the first span is the shorter, as in 50ms..2s"
        )));
    }
    Ok(Latency { least, most, tail: tail && most > least })
}

pub(super) fn set(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let fault = body::<FaultAsked>(request)?.read()?;
    if world.api.faults.set(fault).is_none() {
        return Err(Refused(409, format!("{FAULTS_MAX} faults are on already; remove some")));
    }
    Ok(list(world))
}

/// Takes off the fault that is named by its number, or all.
pub(super) fn remove(request: &HttpRequest, world: &LiveWorld) -> Answered {
    match query(request, "number")? {
        None => world.api.faults.clear(),
        Some(text) => {
            let number: Option<u64> = text.parse().ok();
            if !number.is_some_and(|number| world.api.faults.remove(number)) {
                return Err(Refused::missing(format!("no fault {text:?}; GET faults lists those there are")));
            }
        }
    }
    Ok(list(world))
}

pub(super) fn list(world: &LiveWorld) -> HttpResponse {
    HttpResponse::json(200, &json!({ "faults": objects(world) }))
}

/// Every fault that is on.
pub(super) fn objects(world: &LiveWorld) -> Vec<Value> {
    world.api.faults.all().iter().map(object).collect()
}

fn object(active: &ActiveFault) -> Value {
    let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let Fault { scope, percent, next, delay, drop, fail } = &active.fault;
    let mut object = json!({
        "number": active.number,
        "percent": percent,
        "next": next,
        "seen": active.seen,
        "struck": active.struck,
        "delayMicros": micros(delay.least),
        "drop": drop,
        "fail": match fail {
            None => Value::Null,
            Some(FaultCode::Operation(code)) => ErrorCode::as_str(*code).into(),
            Some(FaultCode::Client(code)) => (*code).into(),
        },
    });
    match scope.target {
        FaultTarget::AllOperations => {}
        FaultTarget::Operation(operation) => object["operation"] = operation.name().into(),
        FaultTarget::Method(method) => object["method"] = method.into(),
    }
    if delay.most > delay.least {
        object["delayMostMicros"] = micros(delay.most).into();
        object["tail"] = delay.tail.into();
    }
    let named = [("caller", &scope.caller), ("group", &scope.group)];
    for (name, text) in named {
        if let Some(text) = text {
            object[name] = text.as_str().into();
        }
    }
    if let Some(kind) = scope.kind {
        object["type"] = kind.into();
    }
    object
}
