//! The parameter scheme: no parameter makes the verifier fall over, what is signed verifies, and what is changed after that
//! does not.
//!
//! Input: one byte chooses the placement, the rest is the query or the form body.
#![no_main]

use claque_wire::http::{FORM_TYPE, HttpRequest};
use claque_wire::param::ParamMap;
use claque_wire::sign::rpc1;
use claque_wire::url::{Spelling, encode_pairs};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "testsecret";
const COMMON: [(&str, &str); 8] = [
    ("Action", "ListLiveMessageApps"),
    ("Version", "2016-11-01"),
    ("Format", "JSON"),
    ("AccessKeyId", "testid"),
    ("SignatureNonce", "nonce"),
    ("Timestamp", "2023-11-14T22:13:20Z"),
    ("SignatureMethod", "HMAC-SHA1"),
    ("SignatureVersion", "1.0"),
];

fn request(in_form: bool, text: String) -> HttpRequest {
    if in_form {
        let headers = vec![("content-type".to_owned(), FORM_TYPE.to_owned())];
        return HttpRequest::new("POST", "/", headers, text.into_bytes());
    }
    HttpRequest::new("POST", &format!("/?{text}"), Vec::new(), Vec::new())
}

fn verifies(request: &HttpRequest) -> bool {
    let Ok(params) = ParamMap::from_request(request) else { return false };
    rpc1::verify(request, params, |id| (id == "testid").then(|| SECRET.to_owned())).is_ok()
}

fuzz_target!(|bytes: &[u8]| {
    let [placement, text @ ..] = bytes else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let in_form = placement & 1 == 1;
    let drawn = request(in_form, text.to_owned());
    assert!(!verifies(&drawn), "nobody draws a signature of 160 bits");
    let Ok(params) = ParamMap::from_request(&drawn) else { return };
    let common = |name: &str| {
        name == "Signature" || name == "SecurityToken" || COMMON.iter().any(|(its, _)| *its == name)
    };
    let own = params.iter().filter(|(name, _)| !common(name));
    let mut pairs: Vec<(&str, &str)> = own.chain(COMMON).collect();
    let signature = rpc1::signature(SECRET, &rpc1::string_to_sign("POST", pairs.iter().copied()));
    pairs.push(("Signature", &signature));
    let signed = encode_pairs(pairs.iter().copied(), Spelling::Canonical);
    assert!(verifies(&request(in_form, signed.clone())), "what was signed verifies: {signed}");
    assert!(!verifies(&request(in_form, format!("{signed}&zz=1"))), "one more parameter does not: {signed}");
});
