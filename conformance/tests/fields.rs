//! Whatever is told can be told wrong: a service that writes any one field otherwise, everywhere, must fail.
//!
//! Fields are found by playing the suite: those of answers to calls, the console and clients, and those of whatever
//! somebody is told. Each is then altered wherever it stands: a truth is turned, a number is one more, a text has a letter
//! more, a list loses its last entry.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_conformance::case::{Case, Channel, ConsoleVerb, Setup};
use claque_conformance::runner::{not_applicable, run};
use claque_conformance::spread::spread;
use claque_conformance::subject::{
    CallMade, Capabilities, ClientMade, CoreSubject, Event, Happening, Outcome, Subject, SubjectError,
};
use claque_conformance::suite::Suite;
use claque_conformance::verdict::Verdict;
use claque_core::{HitCounts, Instant};
use claque_wire::argument::Arguments;
use serde_json::{Map, Value as Json};

/// Who writes it, and where in it: names, `[]` for the entries of a list, `*` for a name that is a number, `#` for how many.
type Place = (String, String);

/// Fields that may be otherwise without anybody being able to tell, with the reason.
const FREE: &[(&str, &str, &str)] = &[];

/// The core, and what is wrong with it.
struct Altered {
    core: CoreSubject,
    place: Option<Place>,
    seen: BTreeSet<Place>,
    owed: BTreeMap<u64, String>,
}

impl Altered {
    fn new(place: Option<Place>) -> Self {
        Self { core: CoreSubject::sound(), place, seen: BTreeSet::new(), owed: BTreeMap::new() }
    }

    fn fields(&mut self, who: &str, fields: &mut Map<String, Json>) {
        for (name, value) in fields {
            self.value(who, &step("", name), value);
        }
    }

    fn value(&mut self, who: &str, path: &str, value: &mut Json) {
        match value {
            Json::Object(fields) => {
                for (name, value) in fields {
                    self.value(who, &step(path, name), value);
                }
            }
            Json::Array(items) => {
                items.iter_mut().for_each(|item| self.value(who, &format!("{path}[]"), item));
                if !items.is_empty() && self.is_here(who, &format!("{path}#")) {
                    items.pop();
                }
            }
            Json::Null => {}
            Json::Bool(truth) => *truth ^= self.is_here(who, path),
            Json::Number(number) => {
                let other = number.as_i64().and_then(|number| number.checked_add(1));
                if let (true, Some(other)) = (self.is_here(who, path), other) {
                    *value = Json::from(other);
                }
            }
            Json::String(text) => {
                if self.is_here(who, path) {
                    text.push('x');
                }
            }
        }
    }

    fn is_here(&mut self, who: &str, path: &str) -> bool {
        match &self.place {
            Some((its, there)) => its == who && there == path,
            None => {
                self.seen.insert((who.to_owned(), path.to_owned()));
                false
            }
        }
    }

    fn outcome(&mut self, who: &str, mut outcome: Outcome) -> Outcome {
        match &mut outcome {
            Outcome::Accepted { fields, .. } => self.fields(who, fields),
            Outcome::Pending(number) => drop(self.owed.insert(*number, who.to_owned())),
            Outcome::Refused { .. } | Outcome::Unreadable { .. } => {}
        }
        outcome
    }
}

fn step(path: &str, name: &str) -> String {
    let name = if name.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { name };
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Subject for Altered {
    fn name(&self) -> &'static str {
        "altered"
    }

    fn capabilities(&self) -> Capabilities {
        self.core.capabilities()
    }

    fn reset(&mut self, now: Instant, setup: &Setup) -> Result<(), SubjectError> {
        self.core.reset(now, setup)
    }

    fn advance(&mut self, to: Instant) -> Result<(), SubjectError> {
        self.core.advance(to)
    }

    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        let outcome = self.core.call(call)?;
        Ok(self.outcome(&call.operation, outcome))
    }

    fn console(&mut self, what: ConsoleVerb, arguments: &Arguments) -> Result<Outcome, SubjectError> {
        let outcome = self.core.console(what, arguments)?;
        Ok(self.outcome(&format!("console {}", what.word()), outcome))
    }

    fn client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        let outcome = self.core.client(action)?;
        Ok(self.outcome(&format!("client {}", action.verb.word()), outcome))
    }

    fn review(&mut self, status: u16, body: &str) -> Result<(), SubjectError> {
        self.core.review(status, body)
    }

    fn receive_callback(&mut self) -> Result<Outcome, SubjectError> {
        self.core.receive_callback()
    }

    fn refuse_callbacks(&mut self, status: Option<u16>, times: u32) -> Result<(), SubjectError> {
        self.core.refuse_callbacks(status, times)
    }

    fn settle_callbacks(&mut self) -> Result<(), SubjectError> {
        self.core.settle_callbacks()
    }

    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError> {
        let mut events = self.core.take_events()?;
        for event in &mut events {
            match &mut event.what {
                Happening::Answer(number, outcome) => {
                    let who = self.owed.get(number).cloned().unwrap_or_default();
                    *outcome = self.outcome(&who, outcome.clone());
                }
                // The same as callbacks, seen as requests.
                Happening::Told { channel: Channel::Posted, .. } => {}
                Happening::Told { channel, body, .. } => {
                    self.value(channel.word(), "", Arc::make_mut(body));
                }
            }
        }
        Ok(events)
    }

    fn hits(&self) -> Option<HitCounts> {
        self.core.hits()
    }

    fn check(&self) -> Result<(), SubjectError> {
        Ok(())
    }
}

/// Every field, with the cases in which it stands, short ones first.
fn places(suite: &Suite) -> Vec<(Place, Vec<&Case>)> {
    let mut cases: Vec<&Case> =
        suite.cases.iter().filter(|case| not_applicable(case, &CoreSubject::sound()).is_none()).collect();
    cases.sort_by_key(|case| case.steps.iter().map(|step| u64::from(step.repeat)).sum::<u64>());
    let seen = spread(&cases, |case| {
        let mut subject = Altered::new(None);
        run(case, &mut subject);
        subject.seen
    });
    let mut places: BTreeMap<Place, Vec<&Case>> = BTreeMap::new();
    for (case, seen) in cases.iter().zip(seen) {
        for place in seen {
            places.entry(place).or_default().push(case);
        }
    }
    places.into_iter().collect()
}

#[test]
fn no_field_can_be_wrong_unnoticed() {
    let suite = Suite::embedded().unwrap_or_else(|fault| panic!("{fault}"));
    let places = places(&suite);
    assert!(places.len() > 200, "{} fields", places.len());
    let noticed = spread(&places, |(place, cases)| {
        cases.iter().any(|case| run(case, &mut Altered::new(Some(place.clone()))).verdict != Verdict::Pass)
    });
    let unnoticed: BTreeSet<(&str, &str)> = places
        .iter()
        .zip(noticed)
        .filter(|(_, noticed)| !noticed)
        .map(|(((who, path), _), _)| (who.as_str(), path.as_str()))
        .collect();
    let free: BTreeSet<(&str, &str)> = FREE.iter().map(|(who, path, _)| (*who, *path)).collect();
    let weak: Vec<_> = unnoticed.difference(&free).collect();
    assert!(weak.is_empty(), "no case notices when these are wrong: {weak:#?}");
    let held: Vec<_> = free.difference(&unnoticed).collect();
    assert!(held.is_empty(), "these are held by a case: {held:#?}");
}
