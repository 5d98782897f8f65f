//! Every rule that the registry gives to the wire is reported by somebody who decides it.

mod door;
mod sample;

use std::collections::BTreeSet;

use claque_core::{CallbackEvent, Full, InputInvalid, Missing, Operation, Refusal, Rule};
use claque_wire::argument::{Argument, Arguments};
use claque_wire::callback::CallbackDistrust;
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::endpoint::Rejection;
use claque_wire::operation::{Kind, OperationSpec};
use claque_wire::param::ParamMap;
use claque_wire::reached;
use claque_wire::sign::replay::ReplayCache;
use claque_wire::sign::{AuthError, Credentials};
use door::receive;

/// Arguments that fit every parameter of an operation.
fn full(spec: &OperationSpec) -> Arguments {
    let mut arguments = Arguments::new();
    for parameter in spec.parameters {
        let value = match parameter.kind {
            Kind::Boolean => Argument::Boolean(true),
            Kind::Integer | Kind::Long => Argument::Integer(7),
            Kind::List => Argument::List(vec!["u".to_owned()]),
            Kind::Map => Argument::Map(serde_json::Map::new()),
            Kind::Text => Argument::Text("a b".to_owned()),
        };
        arguments.set(parameter.name, value);
    }
    arguments
}

fn by_calls(reached: &mut BTreeSet<Rule>) {
    let credentials = Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: "secret".to_owned(),
        security_token: None,
    };
    let mut replay = ReplayCache::default();
    for spec in OperationSpec::all() {
        for style in ClientStyle::ALL {
            let nonce = format!("{}-{}", spec.name(), style.name());
            let stamp = Stamp { nonce: &nonce, signed_at: 1_700_000_000 };
            let request =
                style.request(spec.name(), &full(spec), "h", &credentials, stamp).expect("it is written");
            let call =
                receive(1_700_000_000, &request, |_| Some("secret".to_owned()), &mut replay).expect("a call");
            reached.extend(reached::by_request(&request, &call));
            reached.extend(reached::by_parameters(call.operation, &call.signed.params));
        }
        for answer in sample::answers(spec.operation) {
            reached.extend(reached::by_answer(spec.operation, &answer));
        }
    }
    let empty = Arguments::new().with("AppId", "a").with("GroupInfo", "");
    let stamp = Stamp { nonce: "empty", signed_at: 1_700_000_000 };
    let request = ClientStyle::JavaTeaV2.request("CreateLiveMessageGroup", &empty, "h", &credentials, stamp);
    let request = request.expect("it is written");
    let call = receive(1_700_000_000, &request, |_| Some("secret".to_owned()), &mut replay).expect("a call");
    reached.extend(reached::by_request(&request, &call));
    let json = ParamMap::from_pairs(vec![("UserIds".to_owned(), "[]".to_owned())]);
    reached.extend(reached::by_parameters(Operation::CheckLiveMessageUsersOnline, &json));
    reached.extend(reached::by_parameters(Operation::SendMessageToGroup, &ParamMap::default()));
}

#[test]
fn every_rule_of_the_wire_is_reported() {
    let mut reached = BTreeSet::new();
    by_calls(&mut reached);
    let rule = Rule::ErrorInputInvalidCode;
    let operation = Operation::SendLiveMessageGroup;
    let input = InputInvalid { parameter: "MsgType", fault: claque_core::Fault::Kind, rule };
    for refusal in [
        Refusal::InputInvalid(input),
        Refusal::NoAuth { operation, rule },
        Refusal::Throttled { operation, bound: 50, retry_after_micros: 1 },
        Refusal::NotExist { what: Missing::App, rule },
        Refusal::Full { what: Full::Groups, bound: 1, rule },
        Refusal::ServerError { rule },
    ] {
        reached.extend(reached::by_refusal(&refusal));
    }
    for event in [CallbackEvent::Join("g".into()), CallbackEvent::Reconnect(Vec::new())] {
        reached.extend(reached::by_callback(&event));
    }
    reached.extend(reached::by_old_callback());
    reached.extend(reached::by_moderation());
    reached.extend(reached::by_distrust(CallbackDistrust::Stale));
    reached.extend(reached::by_rejection(&Rejection::Auth(AuthError::ActionUnknown)));
    let expected = sample::rules_of_the_wire();
    assert!(expected.len() > 50, "the registry gives the wire only {} rules", expected.len());
    let silent: Vec<&str> = expected.difference(&reached).map(|rule| rule.id()).collect();
    assert_eq!(silent, [""; 0], "decided by the wire and reported by nobody");
}
