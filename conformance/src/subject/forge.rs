//! Calls whose signature is not theirs: whoever makes them must be refused.

use claque_wire::http::HttpRequest;
use claque_wire::sign::Credentials;

use crate::case::Forgery;

/// What is done before a call is signed.
pub(super) fn before_signing(forged: Option<Forgery>, credentials: &mut Credentials) {
    match forged {
        Some(Forgery::Secret) => credentials.access_key_secret.push_str("-of-somebody-else"),
        Some(Forgery::Parameter) | None => {}
    }
}

/// What is done after that: the parameter goes where the call has its own.
pub(super) fn after_signing(forged: Option<Forgery>, request: &mut HttpRequest) {
    match forged {
        Some(Forgery::Parameter) if request.body.is_empty() => request.query.push_str("&Forged=1"),
        Some(Forgery::Parameter) => request.body.extend_from_slice(b"&Forged=1"),
        Some(Forgery::Secret) | None => {}
    }
}
