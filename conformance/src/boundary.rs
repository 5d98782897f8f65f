//! Cases made of the registry: for every documented bound, one below, at and above it.
//!
//! A bound on a parameter becomes calls whose other parameters are beyond doubt (`world`); bounds on free text also get
//! a text of characters that take several bytes, so that bytes and characters differ. Bounds on totals and rates
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

/// Where a value lies that is to be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    BelowLeast,
    AtLeast,
    UnderLimit,
    AtLimit,
    OverLimit,
    WideAtLimit,
    WideOverLimit,
}

impl Edge {
    /// The last part of a case's name.
    const fn word(self) -> &'static str {
        match self {
            Self::BelowLeast => "below-least",
            Self::AtLeast => "at-least",
            Self::UnderLimit => "under-limit",
            Self::AtLimit => "at-limit",
            Self::OverLimit => "over-limit",
            Self::WideAtLimit => "wide-at-limit",
            Self::WideOverLimit => "wide-over-limit",
        }
    }

    const fn is_legal(self) -> bool {
        match self {
            Self::AtLeast | Self::UnderLimit | Self::AtLimit | Self::WideAtLimit => true,
            Self::BelowLeast | Self::OverLimit | Self::WideOverLimit => false,
        }
    }

    /// Where it lies, in words.
    const fn place(self) -> &'static str {
        match self {
            Self::BelowLeast => "just below the least",
            Self::AtLeast => "at the least",
            Self::UnderLimit => "just under the limit",
            Self::AtLimit => "at the limit",
            Self::OverLimit => "just over the limit",
            Self::WideAtLimit => "at the limit, in characters of several bytes",
            Self::WideOverLimit => "just over the limit, in characters of several bytes",
        }
    }
}

/// One value to be tried.
struct Trial {
    edge: Edge,
    value: Template,
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
                true => format!("{}.{}-{parameter}.{}", entry.id, spec.name(), trial.edge.word()),
                false => format!("{}.{}", entry.id, trial.edge.word()),
            };
            cases.extend(case_of(entry, name, spec.operation, parameter, trial));
        }
    }
    cases
}

/// The values around a bound.
fn trials(bound: &Bound, kind: ParameterKind) -> Vec<Trial> {
    let of = |edge, value| Trial { edge, value };
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
                made.push(of(Edge::BelowLeast, text(least - 1, "x")));
                made.push(of(Edge::AtLeast, text(least, "x")));
            }
            made.push(of(Edge::UnderLimit, text(most - 1, "x")));
            made.push(of(Edge::AtLimit, text(most, "x")));
            made.push(of(Edge::OverLimit, text(most + 1, "x")));
            if bound.text {
                made.push(of(Edge::WideAtLimit, text(most, WIDE)));
                made.push(of(Edge::WideOverLimit, text(most + 1, WIDE)));
            }
        }
        "entries" | "pages" => {
            let integer = |number: u32| Template::Integer(i64::from(number));
            if let Some(least) = bound.least.map(number).filter(|least| *least > 0) {
                made.push(of(Edge::BelowLeast, integer(least - 1)));
                made.push(of(Edge::AtLeast, integer(least)));
            }
            made.push(of(Edge::UnderLimit, integer(most - 1)));
            made.push(of(Edge::AtLimit, integer(most)));
            made.push(of(Edge::OverLimit, integer(most + 1)));
        }
        _ if kind == ParameterKind::List => {
            let ids = |count: u32| Template::Ids { count, prefix: "u".to_owned() };
            made.push(of(Edge::UnderLimit, ids(most - 1)));
            made.push(of(Edge::AtLimit, ids(most)));
            made.push(of(Edge::OverLimit, ids(most + 1)));
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
    let expect = if trial.edge.is_legal() {
        Expect::default()
    } else {
        let refused = OutcomeExpected::Refused {
            codes: vec!["InputInvalid".to_owned()],
            status: Some(400),
            about: Some(parameter.to_owned()),
        };
        Expect { outcome: refused, ..Expect::default() }
    };
    let word = if trial.edge.is_legal() { "accepts" } else { "refuses" };
    Some(Case {
        area: AREA.to_owned(),
        name,
        file: file(entry),
        rules: vec![rule],
        summary: format!("{} {word} {parameter} {}.", operation.name(), trial.edge.place()),
        setup: Setup::default(),
        chosen: Vec::new(),
        users: Vec::new(),
        given,
        steps: vec![Step { expect, ..Step::new(Duration::ZERO, Action::Call(call)) }],
    })
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
