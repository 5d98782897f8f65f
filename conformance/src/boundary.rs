//! Cases made of the registry: for every documented bound, one below, at and above it.
//!
//! A bound on a parameter becomes calls whose other parameters are beyond doubt (`world`); bounds on free text also get
//! a text of characters that take several bytes, so that bytes and characters are told apart. Bounds on totals and rates
//! have generators of their own (`totals`). What a bound means is the registry's to say; nothing here knows a number.

use claque_core::{Duration, Family, Operation};
use claque_wire::operation::{Kind as ParameterKind, OperationSpec};

use crate::case::{Action, Call, Case, Expect, Given, OutcomeExpected, Setup, Step};
use crate::registry::{Bound, Kind, Registry, RuleEntry};
use crate::template::Template;

mod totals;
mod world;

/// The area of generated cases.
pub const AREA: &str = "boundary";

/// A character of three bytes of UTF-8 and one unit of UTF-16.
const WIDE: &str = "汉";

/// All cases that the registry's bounds give, in the order of the registry.
#[must_use]
pub fn boundaries(registry: &Registry) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in registry.rules().iter().filter(|entry| entry.kind == Kind::Limit && entry.observable) {
        let Some(bound) = &entry.bound else { continue };
        match totals::of(entry, bound) {
            Some(made) => cases.extend(made),
            None => cases.extend(of_parameters(entry, bound)),
        }
    }
    cases
}

/// One value to be tried, and whether it is legal.
struct Trial {
    name: &'static str,
    value: Template,
    legal: bool,
}

/// Cases of a bound on one or more parameters.
fn of_parameters(entry: &RuleEntry, bound: &Bound) -> Vec<Case> {
    let mut targets = Vec::new();
    for operation in &entry.operations {
        let Some(spec) = OperationSpec::named(operation) else { continue };
        for name in &entry.params {
            if let Some(parameter) = spec.parameter(name) {
                targets.push((spec, parameter.name, parameter.kind));
            }
        }
    }
    let several = targets.len() > 1;
    let mut cases = Vec::new();
    for (spec, parameter, kind) in targets {
        for trial in trials(bound, kind) {
            let name = match several {
                true => format!("{}.{}-{parameter}.{}", entry.id, spec.name(), trial.name),
                false => format!("{}.{}", entry.id, trial.name),
            };
            cases.extend(case_of(entry, name, spec.operation, parameter, trial));
        }
    }
    cases
}

/// The values around a bound.
fn trials(bound: &Bound, kind: ParameterKind) -> Vec<Trial> {
    let of = |name, value, legal| Trial { name, value, legal };
    let most = number(bound.most);
    let text = |length: u32, of: &str| {
        let in_characters = bound.unit == "characters";
        let made = Template::TextOf { length, in_characters, of: of.to_owned() };
        if kind == ParameterKind::List { Template::List(vec![made]) } else { made }
    };
    let mut made = Vec::new();
    match bound.unit.as_str() {
        "bytes" | "characters" => {
            if let Some(least) = bound.least.map(number).filter(|least| *least > 0) {
                made.push(of("below-least", text(least - 1, "x"), false));
                made.push(of("at-least", text(least, "x"), true));
            }
            made.push(of("under-limit", text(most - 1, "x"), true));
            made.push(of("at-limit", text(most, "x"), true));
            made.push(of("over-limit", text(most + 1, "x"), false));
            if bound.text {
                made.push(of("wide-at-limit", text(most, WIDE), true));
                made.push(of("wide-over-limit", text(most + 1, WIDE), false));
            }
        }
        "entries" | "pages" => {
            let integer = |number: u32| Template::Integer(i64::from(number));
            if let Some(least) = bound.least.map(number).filter(|least| *least > 0) {
                made.push(of("below-least", integer(least - 1), false));
                made.push(of("at-least", integer(least), true));
            }
            made.push(of("under-limit", integer(most - 1), true));
            made.push(of("at-limit", integer(most), true));
            made.push(of("over-limit", integer(most + 1), false));
        }
        _ if kind == ParameterKind::List => {
            let ids = |count: u32| Template::Ids { count, prefix: "u".to_owned() };
            made.push(of("under-limit", ids(most - 1), true));
            made.push(of("at-limit", ids(most), true));
            made.push(of("over-limit", ids(most + 1), false));
        }
        _ => {}
    }
    made
}

fn case_of(
    entry: &RuleEntry,
    name: String,
    operation: Operation,
    parameter: &str,
    trial: Trial,
) -> Option<Case> {
    let rule = entry.rule?;
    let mut with = world::parameters(operation, parameter);
    with.retain(|(given, _)| given != parameter);
    let mut given = world::givens(operation);
    if let Some(needed) = world::needed_for(operation, parameter, &trial.value) {
        given.push(needed);
    }
    with.push((parameter.to_owned(), trial.value));
    let call = Call::new(operation.name(), with);
    let expect = if trial.legal {
        Expect::default()
    } else {
        let refused = OutcomeExpected::Refused {
            codes: vec!["InputInvalid".to_owned()],
            status: Some(400),
            about: Some(parameter.to_owned()),
        };
        Expect { outcome: refused, ..Expect::default() }
    };
    let word = if trial.legal { "accepts" } else { "refuses" };
    Some(Case {
        area: AREA.to_owned(),
        name,
        file: file(entry),
        rules: vec![rule],
        summary: format!("{} {word} {parameter} {}.", operation.name(), where_it_lies(trial.name)),
        setup: Setup::default(),
        chosen: Vec::new(),
        users: Vec::new(),
        given,
        steps: vec![Step { expect, ..Step::new(Duration::ZERO, Action::Call(call)) }],
    })
}

/// Where the value of a trial lies, in words.
fn where_it_lies(trial: &str) -> &'static str {
    match trial {
        "below-least" => "just below the least",
        "at-least" => "at the least",
        "under-limit" => "just under the limit",
        "at-limit" => "at the limit",
        "over-limit" => "just over the limit",
        "wide-at-limit" => "at the limit, in characters of several bytes",
        "wide-over-limit" => "just over the limit, in characters of several bytes",
        other => unreachable!("no trial is called {other}"),
    }
}

/// Where the bound of a generated case is written down.
fn file(entry: &RuleEntry) -> String {
    format!("rules/{}.toml", entry.area())
}

/// The given that stands for an application without anything in it.
fn bare_app() -> Given {
    Given::App { name: crate::case_file::DEFAULT_APP.to_owned(), family: Family::Live, with: Vec::new() }
}

fn number(bound: u64) -> u32 {
    u32::try_from(bound).expect("the registry's bounds fit 32 bits")
}
