//! Every mutant of the wire does damage that its rule forbids, and nothing else does any.

mod door;
mod sample;

use std::collections::BTreeSet;

use claque_core::{
    AppIx, Callback, CallbackEvent, Fault, Full, InputInvalid, Instant, Missing, Operation, Readings,
    Refusal, Rule, UserIx,
};
use claque_wire::argument::{Argument, Arguments};
use claque_wire::client::{ClientStyle, Stamp, Unusual};
use claque_wire::delivery::{Delivery, Posting};
use claque_wire::encode::encode;
use claque_wire::endpoint::Rejection;
use claque_wire::envelope::{self, HttpAnswer, RequestId};
use claque_wire::http::HttpRequest;
use claque_wire::mutation::WireMutation;
use claque_wire::operation::{Kind, OperationSpec};
use claque_wire::param::ParamMap;
use claque_wire::sign::replay::ReplayCache;
use claque_wire::sign::{AuthError, Credentials};
use claque_wire::{callback, decode};
use door::receive;

/// Rules of the wire that no mutant breaks, because no case can see them broken.
const UNSEEN: [Rule; 3] = [
    // The receiver of a callback decides it, not the service.
    Rule::CallbackSignFreshness,
    // No operation configures the callbacks of the old family.
    Rule::LegacyCallbackGet,
    Rule::LegacyCallbackSignature,
];

fn arguments(spec: &OperationSpec) -> Arguments {
    let mut arguments = Arguments::new();
    for parameter in spec.parameters {
        let value = match parameter.kind {
            Kind::Boolean => Argument::Boolean(true),
            Kind::Integer | Kind::Long => Argument::Integer(7),
            Kind::List => Argument::List(vec!["u1".to_owned(), "u2".to_owned()]),
            Kind::Map => Argument::Map(serde_json::Map::from_iter([
                ("k".to_owned(), "v".into()),
                ("n".to_owned(), serde_json::json!({ "in": 1 })),
            ])),
            Kind::Text => Argument::Text("a b".to_owned()),
        };
        arguments.set(parameter.name, value);
    }
    arguments
}

/// A call as a client writes and signs it.
fn signed(style: ClientStyle, action: &str, arguments: &Arguments, secret: &str) -> HttpRequest {
    let credentials = Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: secret.to_owned(),
        security_token: None,
    };
    let stamp = Stamp { nonce: "n", signed_at: 1 };
    style.request(action, arguments, "h", &credentials, stamp).expect("what was encoded decodes")
}

/// Requests that are spelled unusually, and right.
fn unusual() -> Vec<HttpRequest> {
    let credentials = Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: "secret".to_owned(),
        security_token: None,
    };
    let asked = Arguments::new().with("AppName", "a + b=é%41");
    let written = |style: ClientStyle, unusual: Unusual<'_>| {
        let stamp = Stamp { nonce: "n", signed_at: 1 };
        let request = style.unusual_request("CreateMessageApp", &asked, "h", &credentials, stamp, unusual);
        request.expect("what was encoded decodes")
    };
    let mut requests = vec![
        written(ClientStyle::Python, Unusual { lower_escapes: true, ..Unusual::default() }),
        written(
            ClientStyle::PopCorePost,
            Unusual {
                form_type: Some("application/x-www-form-urlencoded; charset=utf-8"),
                ..Unusual::default()
            },
        ),
    ];
    let mut shouted = written(ClientStyle::TypeScript, Unusual::default());
    shouted.headers.iter_mut().for_each(|(name, _)| name.make_ascii_uppercase());
    requests.push(shouted);
    requests
}

/// Requests that are to be refused although their signer has the secret, with the time at which they come.
fn refusable() -> Vec<(u64, HttpRequest)> {
    let spec = OperationSpec::of(Operation::UpdateMessageGroup);
    let styles = [ClientStyle::Python, ClientStyle::PopCoreGet];
    let mut requests = Vec::new();
    for style in styles {
        let request = signed(style, spec.name(), &arguments(spec), "secret");
        requests.push((5_000, request.clone()));
        let credentials = Credentials {
            access_key_id: "id".to_owned(),
            access_key_secret: "secret".to_owned(),
            security_token: None,
        };
        let stamp = Stamp { nonce: "n", signed_at: 5_000 };
        let ahead = style.request(spec.name(), &arguments(spec), "h", &credentials, stamp);
        requests.push((1, ahead.expect("what was encoded decodes")));
        let unlisted = ["x-acs-signature-nonce".to_owned()];
        let unusual = Unusual { unlisted: &unlisted, ..Unusual::default() };
        let stamp = Stamp { nonce: "m", signed_at: 1 };
        let short = style.unusual_request(spec.name(), &arguments(spec), "h", &credentials, stamp, unusual);
        requests.push((1, short.expect("what was encoded decodes")));
    }
    requests
}

fn requests() -> Vec<HttpRequest> {
    let mut requests = unusual();
    for spec in OperationSpec::all() {
        for style in ClientStyle::ALL {
            requests.push(signed(style, spec.name(), &arguments(spec), "secret"));
        }
    }
    let empty = Arguments::new().with("AppId", "a").with("GroupInfo", "");
    requests.push(signed(ClientStyle::JavaTeaV2, "CreateLiveMessageGroup", &empty, "secret"));
    let long = Arguments::new().with("GroupInfo", "é".repeat(16 * 1_024).as_str());
    requests.push(signed(ClientStyle::Python, "CreateLiveMessageGroup", &long, "secret"));
    let overruled = Arguments::new().with("Action", "ListLiveMessageApps");
    requests.push(signed(ClientStyle::Python, "DescribeLiveMessageApp", &overruled, "secret"));
    requests
}

/// Requests that somebody signed who does not have the secret.
fn forged() -> Vec<HttpRequest> {
    let spec = OperationSpec::of(Operation::UpdateMessageGroup);
    ClientStyle::ALL.iter().map(|style| signed(*style, spec.name(), &arguments(spec), "guessed")).collect()
}

fn params() -> Vec<(Operation, ParamMap)> {
    let mut all = Vec::new();
    for spec in OperationSpec::all() {
        for style in ClientStyle::ALL {
            all.push((spec.operation, style.params(spec.name(), &arguments(spec))));
        }
        all.push((spec.operation, ParamMap::default()));
    }
    let asked = vec![("Format".to_owned(), "XML".to_owned())];
    all.push((Operation::DescribeLiveMessageApp, ParamMap::from_pairs(asked)));
    for (operation, name, value) in [
        (Operation::CheckLiveMessageUsersOnline, "UserIds", "[\"u1\",\"u2\"]"),
        (Operation::SendLiveMessageGroup, "MsgType", "seven"),
        (Operation::ModifyLiveMessageGroupBand, "BannedUsers", "u1"),
        (Operation::SendLiveMessageUser, "SenderMetaInfo", "x"),
        (Operation::SendMessageToGroup, "Data", "text"),
        (Operation::SendMessageToGroup, "Data", "{ \"a\" : \"é\" }"),
        (Operation::SendMessageToGroup, "Type", "12000.5"),
        (Operation::ModifyLiveMessageAppDisable, "Disable", "TRUE"),
        (Operation::CheckLiveMessageUsersOnline, "UserIds.10", "u10"),
        (Operation::CheckLiveMessageUsersOnline, "UserIdsToo.1", "u1"),
        (Operation::CreateMessageApp, "Extension", "{\"n\":9007199254740993}"),
        (Operation::CreateMessageApp, "AppName", "a=b%41"),
    ] {
        all.push((operation, ParamMap::from_pairs(vec![(name.to_owned(), value.to_owned())])));
    }
    let items = (1..=12).map(|number| (format!("UserIds.{number}"), format!("u{number}")));
    all.push((Operation::CheckLiveMessageUsersOnline, ParamMap::from_pairs(items.collect())));
    all
}

fn answers() -> Vec<(String, HttpAnswer)> {
    let id = RequestId(1);
    let readings = Readings::default();
    let mut all = Vec::new();
    for spec in OperationSpec::all() {
        for answer in sample::answers(spec.operation) {
            let fields = encode(&readings, spec.operation, &answer);
            all.push((spec.name().to_owned(), envelope::accepted(id, fields)));
        }
    }
    let (rule, operation) = (Rule::ErrorInputInvalidCode, Operation::CreateLiveMessageGroup);
    for refusal in [
        Refusal::InputInvalid(InputInvalid { parameter: "GroupId", fault: Fault::Charset, rule }),
        Refusal::NoAuth { operation, rule },
        Refusal::Throttled { operation, bound: 50, retry_after_micros: 1 },
        Refusal::NotExist { what: Missing::App, rule },
        Refusal::Full { what: Full::Groups, bound: 1, rule },
        Refusal::ServerError { rule },
    ] {
        let answer = envelope::refused(&readings, Instant::EPOCH, id, "h", &refusal);
        all.push((operation.name().to_owned(), answer));
    }
    let operation = Operation::GetMessageGroup;
    for refusal in [
        Refusal::NoAuth { operation, rule },
        Refusal::Throttled { operation, bound: 100, retry_after_micros: 1 },
        Refusal::NotExist { what: Missing::Group, rule },
    ] {
        let answer = envelope::refused(&readings, Instant::EPOCH, id, "h", &refusal);
        all.push((operation.name().to_owned(), answer));
    }
    let far = serde_json::Map::from_iter([("DataCenter".to_owned(), "ap-southeast-1".into())]);
    all.push(("CreateLiveMessageApp".to_owned(), envelope::accepted(id, far)));
    let full = serde_json::Map::from_iter([("TotalMessages".to_owned(), i64::MAX.into())]);
    all.push(("ListLiveMessageGroupMessages".to_owned(), envelope::accepted(id, full)));
    let unknown = Rejection::Auth(AuthError::ActionUnknown).answer(id, "h");
    all.push(("DeleteLiveMessageApp".to_owned(), unknown));
    all
}

fn callbacks() -> Vec<Callback> {
    let groups = vec!["g".into(), "h".into()];
    let events = [
        CallbackEvent::Logon,
        CallbackEvent::Leave("g".into()),
        CallbackEvent::Logoff(3),
        CallbackEvent::Reconnect(groups),
    ];
    events
        .map(|event| Callback {
            app: AppIx(0),
            app_id: "a".into(),
            url: "http://x".into(),
            transaction: "A8C7B033-0000-4000-8000-000000000000".into(),
            user: UserIx(0),
            user_id: "u".into(),
            sid: "s".into(),
            event,
            at: Instant::EPOCH,
        })
        .to_vec()
}

/// What a request is taken for.
fn believed(
    mutation: Option<WireMutation>,
    now: u64,
    request: &HttpRequest,
    replay: &mut ReplayCache,
) -> String {
    let received = receive(now, request, |_| Some("secret".to_owned()), replay);
    let call = received.or_else(|rejection| {
        let believed = match (&rejection, mutation) {
            (Rejection::Auth(error), Some(mutation)) => mutation.believed(now, request, error),
            _ => None,
        };
        believed.ok_or(rejection)
    });
    format!("{:?}", call.ok().map(|call| call.signed.params))
}

/// What requests are taken for, as text, from a mutant or a sound wire.
fn taken(mutation: Option<WireMutation>) -> Vec<String> {
    let mut seen = Vec::new();
    for mut request in requests() {
        if let Some(mutation) = mutation {
            mutation.on_request(&mut request);
        }
        let mut replay = ReplayCache::default();
        let received = receive(1, &request, |_| Some("secret".to_owned()), &mut replay);
        seen.push(format!("{:?}", received.map(|call| call.signed.params)));
    }
    for mut request in forged() {
        if let Some(mutation) = mutation {
            mutation.on_request(&mut request);
        }
        seen.push(believed(mutation, 1, &request, &mut ReplayCache::default()));
    }
    for (now, request) in refusable() {
        let mut replay = ReplayCache::default();
        seen.push(believed(mutation, now, &request, &mut replay));
        seen.push(believed(mutation, now, &request, &mut replay));
    }
    let request = signed(ClientStyle::Python, "DescribeLiveMessageApp", &Arguments::new(), "secret");
    let call = receive(1, &request, |_| Some("secret".to_owned()), &mut ReplayCache::default());
    let mut known = call.expect("it is a call").signed;
    if let Some(mutation) = mutation {
        mutation.on_signed(1_000, &mut known);
    }
    seen.push(format!("{known:?}"));
    seen
}

/// Everything that passes the wire, as text, from a mutant or a sound wire.
fn traffic(mutation: Option<WireMutation>) -> Vec<String> {
    let mut seen = taken(mutation);
    for (operation, mut params) in params() {
        if let Some(mutation) = mutation {
            mutation.on_params(operation, &mut params);
        }
        let mut format = claque_wire::xml::Format::of_params(&params);
        if let Some(mutation) = mutation {
            format = format.map(|format| mutation.on_format(format));
        }
        seen.push(format!("{format:?} {:?}", decode::decode(operation, &params)));
    }
    for (action, mut answer) in answers() {
        if let Some(mutation) = mutation {
            mutation.on_answer(&action, &mut answer);
        }
        seen.push(format!("{answer:?}"));
    }
    for sent in callbacks() {
        let mut body = callback::body(&sent);
        let mut headers = callback::headers(&Readings::default(), &sent.url, 1, "key").to_vec();
        if let Some(mutation) = mutation {
            mutation.on_callback(&mut body, &mut headers);
        }
        seen.push(format!("{body} {headers:?}"));
        let body = body.to_string().into_bytes();
        let mut posting = Posting { method: "POST", headers, body };
        if let Some(mutation) = mutation {
            mutation.on_posting(&mut posting);
        }
        seen.push(format!("{posting:?}"));
        if let Some(mutation) = mutation {
            mutation.on_retry(&mut posting);
        }
        seen.push(format!("{posting:?}"));
    }
    let mut delivery = Delivery::default();
    if let Some(mutation) = mutation {
        mutation.on_delivery(&mut delivery);
    }
    seen.push(format!("{delivery:?}"));
    for text in ["tëxt\n".to_owned(), "x".repeat(2_000)] {
        let mut asked = callback::moderation_request(&text);
        let mut headers = callback::headers(&Readings::default(), "http://x", 1, "key").to_vec();
        if let Some(mutation) = mutation {
            mutation.on_moderation(&mut asked, &mut headers);
        }
        seen.push(format!("{asked} {headers:?}"));
    }
    seen
}

#[test]
fn every_mutant_does_damage_but_leaves_most_alone() {
    let sound = traffic(None);
    let damage = |mutation: &WireMutation| {
        let broken = traffic(Some(*mutation));
        assert_eq!(broken.len(), sound.len());
        (mutation.id(), sound.iter().zip(&broken).filter(|(sound, broken)| sound != broken).count())
    };
    let out_of_bounds: Vec<(&str, usize)> = WireMutation::ALL
        .iter()
        .map(damage)
        .filter(|(_, damaged)| *damaged == 0 || *damaged >= sound.len() / 2)
        .collect();
    assert!(out_of_bounds.is_empty(), "of {} places they damage {out_of_bounds:?}", sound.len());
}

#[test]
fn every_rule_of_the_wire_that_a_case_can_see_has_a_mutant() {
    let broken: BTreeSet<Rule> = WireMutation::ALL.iter().map(|mutation| mutation.rule()).collect();
    let unbroken: Vec<&str> = sample::rules_of_the_wire()
        .difference(&broken)
        .filter(|rule| !UNSEEN.contains(rule))
        .map(|rule| rule.id())
        .collect();
    assert_eq!(unbroken, [""; 0], "rules of the wire without a mutant");
}

#[test]
fn mutants_have_names_of_their_own() {
    let ids: BTreeSet<&str> = WireMutation::ALL.iter().map(|mutation| mutation.id()).collect();
    assert_eq!(ids.len(), WireMutation::ALL.len());
    for mutation in WireMutation::ALL {
        assert_eq!(WireMutation::from_id(mutation.id()), Some(*mutation));
        assert!(mutation.says().ends_with('.'));
    }
    assert_eq!(WireMutation::from_id("none"), None);
}
