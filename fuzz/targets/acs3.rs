//! The header scheme: no header makes the verifier fall over, what is signed verifies, and what is changed after that does
//! not.
//!
//! Input: a request as text: the target, header lines, an empty line, the body.
#![no_main]

use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::sign::acs3::{self, SignedHeaders};
use claque_wire::sign::{Credentials, Scheme};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "testsecret";

fn request(text: &str) -> HttpRequest {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let target = format!("/?{}", lines.next().unwrap_or(""));
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    HttpRequest::new("POST", &target, headers, body.as_bytes().to_vec())
}

fn verifies(request: &HttpRequest) -> bool {
    let Ok(params) = ParamMap::from_request(request) else { return false };
    acs3::verify(request, &params, |id| (id == "testid").then(|| SECRET.to_owned())).is_ok()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut request = request(text);
    // Nobody draws a signature of 256 bits.
    assert!(!verifies(&request));
    let reserved = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-acs-") || matches!(name.as_str(), "authorization" | "accept" | "host")
    };
    request.headers.retain(|(name, _)| !reserved(name));
    request.headers.push(("host".to_owned(), "localhost".to_owned()));
    let credentials = Credentials {
        access_key_id: "testid".to_owned(),
        access_key_secret: SECRET.to_owned(),
        security_token: None,
    };
    let how = (Scheme::Acs3Sha256, SignedHeaders::Needed);
    let signed = acs3::sign(&mut request, "ListLiveMessageApps", &credentials, ("nonce", 1_700_000_000), how);
    let Ok(params) = ParamMap::from_request(&request) else { return };
    // An action or a version that is said twice is one that nobody can have meant.
    if signed.is_err() || ["Action", "Version"].iter().any(|name| params.text(name).is_err()) {
        return;
    }
    // So is a header that stands twice.
    let mut names: Vec<String> =
        request.headers.iter().map(|(name, _)| name.trim().to_ascii_lowercase()).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    if names.len() == count && names.iter().all(|name| !name.is_empty()) {
        assert!(verifies(&request), "what was signed verifies: {request:?}");
    }
    request.body.push(b'x');
    assert!(!verifies(&request), "another body does not");
    request.body.pop();
    request.query.push_str("&zz=1");
    assert!(!verifies(&request), "another query does not");
});
