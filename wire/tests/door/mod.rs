//! Requests that the sound endpoint receives, with secrets from a function.

use claque_wire::endpoint::{Call, Endpoint, Key, PlainGate, Rejection};
use claque_wire::http::HttpRequest;
use claque_wire::sign::replay::ReplayCache;

pub(crate) fn receive(
    now_seconds: u64,
    request: &HttpRequest,
    secret_of: impl Fn(&str) -> Option<String>,
    used: &mut ReplayCache,
) -> Result<Call, Rejection> {
    let key_of = |id: &str| secret_of(id).map(|secret| Key { secret, security_token: None });
    Endpoint::SOUND.receive(now_seconds, request, &mut PlainGate { key_of, used }).call
}
