//! Requests recorded from official client libraries: each verifies as it stands, and none with a byte changed.

use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::sign::{self, AuthError, Scheme, Signed};
use serde_json::Value;

/// Requests in the fixture.
const RECORDED: usize = 366;
/// Bytes changed per part of a request.
const CHANGES_PER_PART: usize = 8;

struct Recorded {
    operation: String,
    scheme: Scheme,
    request: HttpRequest,
}

fn recorded() -> Vec<Recorded> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/wire/requests.jsonl");
    let text = std::fs::read_to_string(path).expect("the fixture is readable");
    text.lines().map(one).collect()
}

fn one(line: &str) -> Recorded {
    let value: Value = serde_json::from_str(line).expect("each line is a JSON object");
    let text = |name: &str| value[name].as_str().expect("the field is text").to_owned();
    let headers = value["headers"].as_array().expect("headers are a list").iter();
    let headers = headers.map(|pair| {
        let part = |index: usize| pair[index].as_str().expect("a header is a pair of texts").to_owned();
        (part(0), part(1))
    });
    let scheme = match text("scheme").as_str() {
        "acs3-sha256" => Scheme::Acs3Sha256,
        "acs3-sm3" => Scheme::Acs3Sm3,
        "rpc1" => Scheme::Rpc1,
        other => panic!("unknown scheme {other}"),
    };
    let request =
        HttpRequest::new(&text("method"), &text("target"), headers.collect(), text("body").into_bytes());
    Recorded { operation: text("operation"), scheme, request }
}

/// What a receiver that knows the recorded key makes of a request; `None` if it does not even decode.
fn verify(request: &HttpRequest) -> Option<Result<Signed, AuthError>> {
    let params = ParamMap::from_request(request).ok()?;
    let secret_of = |id: &str| if id == "testid" { Some("testsecret".to_owned()) } else { None };
    Some(sign::verify(request, &params, secret_of))
}

/// Another byte of the same kind, so that the text stays well-formed where it can.
fn changed(byte: u8) -> u8 {
    match byte {
        b'0'..=b'8' | b'a'..=b'y' | b'A'..=b'Y' => byte + 1,
        b'9' => b'0',
        b'z' => b'a',
        b'Z' => b'A',
        _ => b'x',
    }
}

/// The text with one byte changed, at evenly spread positions.
fn variants(text: &str) -> Vec<String> {
    let step = (text.len() / CHANGES_PER_PART).max(1);
    let positions = (0..text.len()).step_by(step).chain(text.len().checked_sub(1));
    let change = |position: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[position] = changed(bytes[position]);
        String::from_utf8(bytes).expect("the recorded requests are ASCII")
    };
    positions.map(change).collect()
}

#[test]
fn every_recorded_request_verifies() {
    let all = recorded();
    assert_eq!(all.len(), RECORDED);
    for (line, Recorded { operation, scheme, request }) in all.iter().enumerate() {
        let signed =
            verify(request).expect("it decodes").unwrap_or_else(|error| panic!("line {}: {error}", line + 1));
        assert_eq!((&signed.action, &signed.scheme), (operation, scheme), "line {}", line + 1);
        assert_eq!(signed.access_key_id, "testid");
        assert_eq!(sign::check_version(&signed), Ok(()));
        assert!(!signed.nonce.is_empty());
        // All were recorded within five minutes of each other.
        assert!(
            (1_795_392_300..1_795_392_600).contains(&signed.signed_at),
            "line {}: {}",
            line + 1,
            signed.signed_at
        );
    }
    let tokens = all.iter().filter_map(|one| verify(&one.request)?.ok()?.security_token);
    assert_eq!(tokens.collect::<Vec<_>>(), ["faketoken"; 4]);
}

#[test]
fn every_recorded_nonce_is_new_once() {
    let mut cache = sign::replay::ReplayCache::default();
    let all = recorded();
    for Recorded { request, .. } in &all {
        let signed = verify(request).expect("it decodes").expect("it verifies");
        assert_eq!(cache.admit(signed.signed_at, &signed), Ok(()));
        assert_eq!(cache.admit(signed.signed_at, &signed), Err(AuthError::NonceUsed));
    }
    assert_eq!(cache.len(), RECORDED);
}

#[test]
fn no_recorded_request_verifies_with_a_byte_changed() {
    let mut tried = 0;
    let mut refuse = |request: &HttpRequest, what: &str| {
        let outcome = verify(request);
        assert!(!matches!(outcome, Some(Ok(_))), "verifies with {what} changed: {}", request.target());
        tried += 1;
    };
    for Recorded { scheme, request, .. } in recorded() {
        for query in variants(&request.query) {
            refuse(&HttpRequest { query, ..request.clone() }, "the query");
        }
        let body = String::from_utf8(request.body.clone()).expect("the recorded bodies are text");
        for body in variants(&body) {
            refuse(&HttpRequest { body: body.into_bytes(), ..request.clone() }, "the body");
        }
        let method = if request.method == "GET" { "POST" } else { "GET" };
        refuse(&HttpRequest { method: method.to_owned(), ..request.clone() }, "the method");
        if scheme == Scheme::Rpc1 {
            continue;
        }
        refuse(&HttpRequest { path: "/x".to_owned(), ..request.clone() }, "the path");
        let authorization = request.header("authorization").expect("this scheme signs in a header");
        let list = authorization.split("SignedHeaders=").nth(1).and_then(|rest| rest.split(',').next());
        let signed: Vec<&str> =
            list.expect("the list is there").split(';').chain(["authorization"]).collect();
        for (index, (name, value)) in request.headers.iter().enumerate() {
            if signed.contains(&name.to_ascii_lowercase().as_str()) {
                for value in variants(value) {
                    let mut other = request.clone();
                    other.headers[index].1 = value;
                    refuse(&other, name);
                }
            }
        }
    }
    assert!(tried > 20_000, "only {tried} changed requests were tried");
}

#[test]
fn no_recorded_request_verifies_with_a_signed_header_repeated_or_a_parameter_added() {
    for Recorded { scheme, request, .. } in recorded() {
        if scheme != Scheme::Rpc1 {
            for name in ["host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-extra"] {
                let mut other = request.clone();
                other.headers.push((name.to_owned(), "x".to_owned()));
                assert!(!matches!(verify(&other), Some(Ok(_))), "verifies with another {name}");
            }
        }
        let mut other = request.clone();
        other.query = if other.query.is_empty() { "z=".to_owned() } else { format!("{}&z=", other.query) };
        assert!(!matches!(verify(&other), Some(Ok(_))), "verifies with an empty parameter added");
    }
}
