//! The shop's own service, judged by the suite: the rules of what it offers.

use claque_conformance::case::{ConsoleVerb, Setup, Unwilling};
use claque_conformance::play::{Terms, play};
use claque_conformance::subject::{
    CallMade, Capabilities, ClientMade, Event, Outcome, Subject, SubjectError,
};
use claque_conformance::suite::Suite;
use claque_core::{Duration, HitCounts, Instant, Operation};
use claque_wire::argument::{Argument, Arguments};
use my_live_shop::{Messaging, Refused};
use serde_json::{Map, Value, json};

/// The service as the suite sees it.
#[derive(Default)]
struct Mine(Messaging);

/// What it does not have; the suite asks for none of it, because the capabilities say so.
fn lacking<T>() -> Result<T, SubjectError> {
    Err(SubjectError("it has no such thing".to_owned()))
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

impl Subject for Mine {
    fn name(&self) -> &str {
        "my live shop"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            virtual_time: true,
            patience: Duration::ZERO,
            audience: false,
            applications: true,
            setup: false,
            callbacks: false,
            transport: false,
            restart: false,
            ledger: false,
            reasons: true,
            console: false,
            policies: false,
            other_account: false,
        }
    }

    fn offers(&self, operation: Operation) -> bool {
        operation.name() == "CreateLiveMessageApp"
    }

    fn reset(&mut self, _: Instant, _: &Setup) -> Result<(), SubjectError> {
        self.0 = Messaging::default();
        Ok(())
    }

    fn advance(&mut self, _: Instant) -> Result<(), SubjectError> {
        Ok(())
    }

    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        let name = match call.arguments.get("AppName") {
            Some(Argument::Text(text)) => Some(&**text),
            Some(_) | None => None,
        };
        Ok(match self.0.create_app(name) {
            Ok(id) => Outcome::Accepted {
                fields: object(json!({
                    "AppId": id, "AppKey": format!("key of {id}"), "AppSign": format!("sign of {id}"),
                    "DataCenter": "cn-shanghai",
                })),
                headers: Map::new(),
            },
            Err(Refused(code, about)) => Outcome::Refused {
                status: 400,
                code: code.to_owned(),
                message: format!("{about}: not of the allowed length"),
                about: Some(about.to_owned()),
                headers: Map::new(),
            },
        })
    }

    fn console(&mut self, _: ConsoleVerb, _: &Arguments) -> Result<Outcome, SubjectError> {
        lacking()
    }

    fn client(&mut self, _: &ClientMade) -> Result<Outcome, SubjectError> {
        lacking()
    }

    fn review(&mut self, _: Option<(u16, &str)>) -> Result<(), SubjectError> {
        lacking()
    }

    fn receive_callback(&mut self) -> Result<Outcome, SubjectError> {
        lacking()
    }

    fn refuse_callbacks(&mut self, _: Unwilling, _: u32, _: &str) -> Result<(), SubjectError> {
        lacking()
    }

    fn restart(&mut self, _: bool) -> Result<(), SubjectError> {
        lacking()
    }

    fn settle_callbacks(&mut self) -> Result<(), SubjectError> {
        lacking()
    }

    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError> {
        Ok(Vec::new())
    }

    fn hits(&self) -> Option<HitCounts> {
        None
    }

    fn check(&self) -> Result<(), SubjectError> {
        Ok(())
    }
}

/// The cases of the rules that the service keeps; a rule joins when it is kept.
#[test]
fn the_rules_that_it_keeps_are_kept() {
    let suite = Suite::embedded().unwrap_or_else(|error| panic!("{error}"));
    for rule in ["app.name.length"] {
        let cases: Vec<_> = suite.matching(Some(rule)).collect();
        let report = play(&suite, &cases, &mut Mine::default(), &Terms::default(), &mut ());
        for case in &report.cases {
            println!("{:<50} {:?} {}", case.case, case.verdict, case.detail);
        }
        let totals = report.totals();
        assert_eq!(totals.bad(), 0, "{rule}");
        assert!(totals.passed() > 0, "{rule}: nothing was judged");
    }
}
