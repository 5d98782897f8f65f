//! Requests recorded from official client libraries: each verifies as it stands, and none with a byte changed.

use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::sign::{self, AuthError, Scheme, Signed};
use serde_json::Value;

/// Requests in the first fixture.
const RECORDED: usize = 380;
/// Requests in the second, of the runtimes that came later.
const RUNTIMES: usize = 96;
/// Bytes changed per part of a request.
const CHANGES_PER_PART: usize = 8;

struct Recorded {
    client: String,
    operation: String,
    scheme: Scheme,
    request: HttpRequest,
}

fn recorded() -> Vec<Recorded> {
    fixture("requests.jsonl")
}

fn runtimes() -> Vec<Recorded> {
    fixture("runtimes.jsonl")
}

fn fixture(name: &str) -> Vec<Recorded> {
    let path = format!("{}/../fixtures/wire/{name}", env!("CARGO_MANIFEST_DIR"));
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
        "acs4-sha256" => Scheme::Acs4Sha256,
        "acs4-sm3" => Scheme::Acs4Sm3,
        "rpc1" => Scheme::Rpc1,
        other => panic!("unknown scheme {other}"),
    };
    let request =
        HttpRequest::new(&text("method"), &text("target"), headers.collect(), text("body").into_bytes());
    Recorded { client: text("client"), operation: text("operation"), scheme, request }
}

/// What a receiver that knows the recorded key makes of a request; `None` if it does not even decode.
fn verify(request: &HttpRequest) -> Option<Result<Signed, AuthError>> {
    let params = ParamMap::from_request(request).ok()?;
    let secret_of = |id: &str| if id == "testid" { Some("testsecret".to_owned()) } else { None };
    Some(sign::verify(request, params, secret_of))
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
    for (line, Recorded { operation, scheme, request, .. }) in all.iter().enumerate() {
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
fn every_request_of_a_later_runtime_verifies() {
    let all = runtimes();
    assert_eq!(all.len(), RUNTIMES);
    let mut seen = std::collections::BTreeMap::new();
    for (line, Recorded { client, operation, scheme, request }) in all.iter().enumerate() {
        let signed =
            verify(request).expect("it decodes").unwrap_or_else(|error| panic!("line {}: {error}", line + 1));
        assert_eq!((&signed.action, &signed.scheme), (operation, scheme), "line {}", line + 1);
        assert_eq!((signed.access_key_id.as_str(), sign::check_version(&signed)), ("testid", Ok(())));
        // All were recorded within an hour of each other.
        assert!(
            (1_795_917_600..1_795_921_200).contains(&signed.signed_at),
            "line {}: {}",
            line + 1,
            signed.signed_at
        );
        let sent = ParamMap::from_request(request).expect("it decodes");
        let unsigned = client == "java-tea-v2" && sent.iter().any(|(_, value)| value.is_empty());
        assert_eq!(signed.params == sent, !unsigned, "line {}: only what is signed is passed on", line + 1);
        *seen.entry((client.as_str(), format!("{scheme:?}"))).or_insert(0) += 1;
    }
    let expected = ["go", "java", "python"]
        .into_iter()
        .flat_map(|client| ["Acs4Sha256", "Acs4Sm3"].map(|scheme| (format!("{client}-gateway-pop"), scheme)));
    let java = ["Acs3Sha256", "Acs3Sm3", "Acs4Sha256", "Acs4Sm3"];
    let expected = expected.chain(java.map(|scheme| ("java-async".to_owned(), scheme)));
    for (client, scheme) in expected.chain([("java-tea-v2".to_owned(), "Rpc1")]) {
        assert!(seen.contains_key(&(client.as_str(), scheme.to_owned())), "{client} with {scheme}");
    }
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
    let mut refuse = |(scheme, meant): (Scheme, &Option<ParamMap>), request: &HttpRequest, what: &str| {
        let outcome = verify(request);
        // Under a signature that leaves empty parameters out, one of them can become another: neither counts as sent.
        let filled = |params: &ParamMap| params.iter().all(|(_, value)| !value.is_empty());
        let harmless = scheme == Scheme::Rpc1
            && outcome.as_ref().is_some_and(|outcome| {
                outcome
                    .as_ref()
                    .is_ok_and(|signed| filled(&signed.params) && Some(&signed.params) == meant.as_ref())
            });
        assert!(
            harmless || !matches!(outcome, Some(Ok(_))),
            "verifies with {what} changed: {}",
            request.target()
        );
        tried += 1;
    };
    for Recorded { scheme, request, .. } in recorded().into_iter().chain(runtimes()) {
        let meant = verify(&request).and_then(Result::ok).map(|signed| signed.params);
        let of = (scheme, &meant);
        for query in variants(&request.query) {
            refuse(of, &HttpRequest { query, ..request.clone() }, "the query");
        }
        let body = String::from_utf8(request.body.clone()).expect("the recorded bodies are text");
        for body in variants(&body) {
            refuse(of, &HttpRequest { body: body.into_bytes(), ..request.clone() }, "the body");
        }
        let method = if request.method == "GET" { "POST" } else { "GET" };
        refuse(of, &HttpRequest { method: method.to_owned(), ..request.clone() }, "the method");
        if scheme == Scheme::Rpc1 {
            continue;
        }
        refuse(of, &HttpRequest { path: "/x".to_owned(), ..request.clone() }, "the path");
        let authorization = request.header("authorization").expect("this scheme signs in a header");
        let list = authorization.split("SignedHeaders=").nth(1).and_then(|rest| rest.split(',').next());
        let signed: Vec<&str> =
            list.expect("the list is there").split(';').chain(["authorization"]).collect();
        for (index, (name, value)) in request.headers.iter().enumerate() {
            if signed.contains(&name.to_ascii_lowercase().as_str()) {
                for value in variants(value) {
                    let mut other = request.clone();
                    other.headers[index].1 = value;
                    refuse(of, &other, name);
                }
            }
        }
    }
    assert!(tried > 30_000, "only {tried} changed requests were tried");
}

/// What a request is taken for: the operation, the version, who calls, and the parameters. What is not signed must not be able
/// to change it.
fn meaning(request: &HttpRequest) -> Option<(String, String, String, Option<String>, ParamMap)> {
    let signed = verify(request)?.ok()?;
    Some((signed.action, signed.version, signed.access_key_id, signed.security_token, signed.params))
}

fn with_header(request: &HttpRequest, name: &str, value: &str) -> HttpRequest {
    let mut other = request.clone();
    other.headers.push((name.to_owned(), value.to_owned()));
    other
}

#[test]
fn no_recorded_request_verifies_with_a_header_that_decides_repeated_or_added() {
    let extra = ["x-acs-extra", "x-acs-security-token", "x-acs-content-sm3", "X-Acs-Accesskey-Id"];
    for Recorded { scheme, request, .. } in recorded().into_iter().chain(runtimes()) {
        if scheme == Scheme::Rpc1 {
            continue;
        }
        let decides = [
            "x-acs-action",
            "X-ACS-VERSION",
            "x-acs-date",
            "x-acs-signature-nonce",
            "content-type",
            "Authorization",
        ];
        for name in decides.into_iter().chain(extra) {
            let present = request.header(name).is_some();
            if !present && name == "content-type" {
                continue;
            }
            let same = request.header(name).unwrap_or("x").to_owned();
            for value in ["x", same.as_str()] {
                assert!(
                    meaning(&with_header(&request, name, value)).is_none(),
                    "verifies with another {name}"
                );
            }
        }
    }
}

#[test]
fn what_nobody_signed_changes_nothing() {
    for Recorded { scheme, request, .. } in recorded().into_iter().chain(runtimes()) {
        let wanted = meaning(&request);
        assert!(wanted.is_some());
        // A parameter without a value may be left out of the parameter signature, so it may be added: it then counts as not sent.
        for added in [
            "z=",
            "GroupInfo=",
            "Administrators=",
            "AppId=",
            "SecurityToken=",
            "z=1",
            "Action=DeleteLiveMessageGroup",
        ] {
            let mut other = request.clone();
            other.query =
                if other.query.is_empty() { added.to_owned() } else { format!("{}&{added}", other.query) };
            let made = meaning(&other);
            let harmless = made.is_none()
                || (scheme == Scheme::Rpc1 && added.ends_with('=') && same_calls(&made, &wanted));
            assert!(harmless, "{added} changes a call: {}", other.target());
        }
        for (name, value) in [
            ("x-forwarded-host", "elsewhere"),
            ("accept", "application/xml"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("host", "elsewhere"),
        ] {
            let made = meaning(&with_header(&request, name, value));
            assert!(made.is_none() || made == wanted, "an unsigned {name} changes a call");
        }
        if scheme == Scheme::Rpc1 {
            for (name, value) in [
                ("x-acs-action", "DeleteLiveMessageGroup"),
                ("x-acs-version", "1"),
                ("authorization", "Bearer x"),
            ] {
                let mut other = request.clone();
                other.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
                assert_eq!(meaning(&with_header(&other, name, value)), wanted, "{name} is not signed");
            }
        }
    }
}

/// Whether two calls mean the same, empty parameters aside: those that one signature leaves out and the other covers.
fn same_calls(
    one: &Option<(String, String, String, Option<String>, ParamMap)>,
    other: &Option<(String, String, String, Option<String>, ParamMap)>,
) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    (&one.0, &one.1, &one.2, &one.3) == (&other.0, &other.1, &other.2, &other.3)
        && one.4.clone().filled_only() == other.4.clone().filled_only()
        && one.4.iter().all(|pair| other.4.iter().any(|given| given == pair))
}

#[test]
fn no_scheme_is_taken_for_another() {
    for Recorded { scheme, request, .. } in recorded().into_iter().chain(runtimes()) {
        let Some(authorization) = request.header("authorization") else { continue };
        let (algorithm, rest) = authorization.split_once(' ').expect("an algorithm and its parts");
        for other in [
            "ACS3-HMAC-SHA256",
            "ACS3-HMAC-SM3",
            "ACS4-HMAC-SHA256",
            "ACS4-HMAC-SM3",
            "ACS3-RSA-SHA256",
            "ACS5-X",
            "acs3-hmac-sha256",
        ] {
            if other == algorithm {
                continue;
            }
            let mut changed = request.clone();
            changed.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            let changed = with_header(&changed, "Authorization", &format!("{other} {rest}"));
            assert!(meaning(&changed).is_none(), "{scheme:?} verifies as {other}");
        }
        // Without its header it is no call of the parameter scheme either.
        let mut bare = request.clone();
        bare.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        assert!(meaning(&bare).is_none());
    }
}
