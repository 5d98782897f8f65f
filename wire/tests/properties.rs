//! Properties over arbitrary calls, texts and bytes: what one side writes the other reads, and nothing panics.

mod door;

use claque_core::Operation;
use claque_wire::argument::{Argument, Arguments};
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::decode::{arguments, decode};
use claque_wire::envelope;
use claque_wire::http::HttpRequest;
use claque_wire::operation::{Kind, OperationSpec, Parameter};
use claque_wire::param::ParamMap;
use claque_wire::sign::replay::ReplayCache;
use claque_wire::sign::{AuthError, Credentials, Scheme, date};
use claque_wire::url::{self, Spelling};
use door::receive;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

const NOW: u64 = 1_700_000_000;

/// Any text, with the characters that encodings trip over more often than chance gives them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ +%&=?#;,/'\"()*~.\\[\\]{}:a-z中🎁\\n\\\\]{0,24}"]
}

/// A list item that every encoding can carry: not empty, no comma, not like a JSON array.
fn item() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("u{}", text.replace(',', "")))
}

fn argument(kind: Kind) -> BoxedStrategy<Argument> {
    match kind {
        Kind::Boolean => any::<bool>().prop_map(Argument::Boolean).boxed(),
        Kind::Integer => any::<i32>().prop_map(|value| Argument::Integer(value.into())).boxed(),
        Kind::List => vec(item(), 1..4).prop_map(Argument::List).boxed(),
        Kind::Long => any::<i64>().prop_map(Argument::Integer).boxed(),
        Kind::Map => vec((text(), text()), 0..4)
            .prop_map(|pairs| {
                Argument::Map(
                    pairs.into_iter().map(|(key, text)| (key, Value::String(text))).collect::<Map<_, _>>(),
                )
            })
            .boxed(),
        Kind::Text => text().prop_map(Argument::Text).boxed(),
    }
}

/// The arguments without the empty texts among them.
fn filled(given: &Arguments) -> Arguments {
    let mut filled = Arguments::new();
    for (name, argument) in given.iter() {
        if *argument != Argument::Text(String::new()) {
            filled.set(name, argument.clone());
        }
    }
    filled
}

/// Arguments for some of an operation's parameters.
fn some_arguments(parameters: &'static [Parameter]) -> BoxedStrategy<Arguments> {
    let each: Vec<_> = parameters.iter().map(|parameter| option::of(argument(parameter.kind))).collect();
    each.prop_map(move |values| {
        let mut arguments = Arguments::new();
        for (parameter, value) in parameters.iter().zip(values) {
            if let Some(value) = value {
                arguments.set(parameter.name, value);
            }
        }
        arguments
    })
    .boxed()
}

/// Any call: an operation and arguments for it.
fn call() -> impl Strategy<Value = (Operation, Arguments)> {
    select(Operation::ALL).prop_flat_map(|operation| {
        some_arguments(OperationSpec::of(operation).parameters)
            .prop_map(move |arguments| (operation, arguments))
    })
}

fn credentials(token: Option<String>) -> Credentials {
    Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: "secret".to_owned(),
        security_token: token,
    }
}

fn secret_of(id: &str) -> Option<String> {
    if id == "id" { Some("secret".to_owned()) } else { None }
}

fn written(style: ClientStyle, operation: Operation, given: &Arguments) -> HttpRequest {
    let stamp = Stamp { nonce: "n", signed_at: NOW };
    style
        .request(operation.name(), given, "h:1", &credentials(None), stamp)
        .expect("what was encoded decodes")
}

/// Any request that looks a little like one.
fn request() -> impl Strategy<Value = HttpRequest> {
    let name = prop_oneof![
        select(vec![
            "Authorization",
            "host",
            "content-type",
            "x-acs-date",
            "x-acs-action",
            "x-acs-signature-nonce"
        ])
        .prop_map(str::to_owned),
        text(),
    ];
    let value = prop_oneof![
        text(),
        Just("ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host,Signature=00".to_owned()),
        Just("application/x-www-form-urlencoded".to_owned()),
    ];
    let query = prop_oneof![
        text(),
        Just(
            "Action=ListMessage&Version=2016-11-01&Signature=AAAA&AccessKeyId=id&SignatureNonce=n".to_owned()
        ),
    ];
    let method = select(vec!["GET", "POST", "PUT", ""]);
    (method, query, vec((name, value), 0..6), any::<Vec<u8>>()).prop_map(|(method, query, headers, body)| {
        HttpRequest { method: method.to_owned(), path: "/".to_owned(), query, headers, body }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_call_means_the_same_in_every_style((operation, given) in call(), style in select(&ClientStyle::ALL)) {
        // One library leaves empty parameters out of its signature, so that they count as not sent.
        let given = if style == ClientStyle::JavaTeaV2 { filled(&given) } else { given };
        let direct = decode(operation, &ClientStyle::Python.params(operation.name(), &given)).expect("it fits");
        let request = written(style, operation, &given);
        let received = receive(NOW, &request, secret_of, &mut ReplayCache::default()).expect("it is a call");
        prop_assert_eq!(received.operation, operation);
        prop_assert_eq!(decode(operation, &received.signed.params), Ok(direct.clone()));
        prop_assert_eq!(decode(operation, &style.params(operation.name(), &arguments(&direct))), Ok(direct));
    }

    #[test]
    fn a_signed_request_with_a_changed_byte_is_refused(
        (operation, given) in call(),
        style in select(&ClientStyle::ALL),
        part in 0..3_usize,
        position in any::<usize>(),
        flip in 1..128_u8,
    ) {
        let mut request = written(style, operation, &given);
        let bytes = match part {
            0 => request.query.clone().into_bytes(),
            1 => request.body.clone(),
            _ => request.header("authorization").unwrap_or_default().as_bytes().to_vec(),
        };
        prop_assume!(!bytes.is_empty());
        let mut changed = bytes.clone();
        let at = position % changed.len();
        changed[at] ^= flip;
        let Ok(changed) = String::from_utf8(changed) else { return Ok(()) };
        // Another spelling of the same text, and white space that is trimmed, are no change.
        let before = String::from_utf8(bytes).expect("it was text");
        prop_assume!(url::decode_pairs(&changed) != url::decode_pairs(&before));
        prop_assume!(changed.trim() != before.trim());
        match part {
            0 => request.query = changed,
            1 => request.body = changed.into_bytes(),
            _ => request.headers.iter_mut().for_each(|(name, value)| {
                if name == "Authorization" {
                    value.clone_from(&changed);
                }
            }),
        }
        let received = receive(NOW, &request, secret_of, &mut ReplayCache::default());
        // Where the signature leaves empty parameters out, one of them can become another: neither counts as sent.
        let meant = receive(NOW, &written(style, operation, &given), secret_of, &mut ReplayCache::default());
        let harmless = received.as_ref().is_ok_and(|received| {
            let meant = meant.expect("it is a call").signed.params;
            style.scheme() == Scheme::Rpc1 && received.signed.params == meant.filled_only()
        });
        prop_assert!(received.is_err() || harmless, "{} was taken", request.target());
    }

    #[test]
    fn no_request_makes_the_receiver_panic(request in request()) {
        let mut replay = ReplayCache::default();
        match receive(NOW, &request, secret_of, &mut replay) {
            Ok(call) => drop(decode(call.operation, &call.signed.params)),
            Err(rejection) => {
                let answer = rejection.answer(envelope::RequestId(1), "h");
                prop_assert!(matches!(answer.status, 400..=405));
                prop_assert!(replay.is_empty() || rejection == AuthError::NonceUsed.into());
            }
        }
    }

    #[test]
    fn no_parameters_make_the_decoder_panic(
        operation in select(Operation::ALL),
        values in vec((any::<prop::sample::Index>(), select(vec!["", ".1", ".2", ".0", ".x"]), text()), 0..8),
    ) {
        let parameters = OperationSpec::of(operation).parameters;
        let pairs = values.into_iter().map(|(index, suffix, value)| {
            (format!("{}{suffix}", parameters[index.index(parameters.len())].name), value)
        });
        let params = ParamMap::from_pairs(pairs.collect());
        if let Err(error) = decode(operation, &params) {
            prop_assert!(parameters.iter().any(|parameter| parameter.name == error.parameter));
            prop_assert!(error.to_string().starts_with(&error.parameter));
        }
    }

    #[test]
    fn text_comes_back_from_every_spelling(
        pairs in vec((text(), text()), 0..6),
        spelling in select(vec![
            Spelling::Canonical, Spelling::Component, Spelling::Location, Spelling::Plus, Spelling::Relaxed,
        ]),
    ) {
        let written = url::encode_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), spelling);
        prop_assert!(written.is_ascii());
        prop_assert_eq!(url::decode_pairs(&written), Ok(pairs));
    }

    #[test]
    fn an_answer_is_read_as_it_was_written(id in any::<u128>(), key in "[A-BD-Z][a-z]{0,8}", value in text()) {
        let fields = Map::from_iter([(key, Value::String(value))]);
        let answer = envelope::accepted(envelope::RequestId(id), fields.clone());
        let request_id = envelope::RequestId(id).to_string();
        let outcome = envelope::read(answer.status, answer.body.as_bytes());
        prop_assert_eq!(outcome, envelope::Outcome::Accepted { request_id, fields });
    }

    #[test]
    fn no_bytes_make_the_reader_of_answers_panic(status in 100..600_u16, body in any::<Vec<u8>>()) {
        drop(envelope::read(status, &body));
    }

    #[test]
    fn every_second_of_ten_thousand_years_is_a_date(seconds in 0..=253_402_300_799_u64) {
        prop_assert_eq!(date::parse(&date::format(seconds)), Some(seconds));
    }

    #[test]
    fn no_text_makes_the_date_parser_panic(text in prop_oneof![text(), "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"]) {
        if let Some(seconds) = date::parse(&text) {
            prop_assert_eq!(date::format(seconds), text);
        }
    }
}
