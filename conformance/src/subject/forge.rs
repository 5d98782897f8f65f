//! Calls that are not what was signed: forged ones must be refused, others are changed where no signature says anything.

use claque_wire::http::HttpRequest;
use claque_wire::sign::Credentials;

use super::words::CallMade;
use crate::case::Forgery;

/// Changes before a call is signed.
pub(super) fn before_signing(forged: Option<Forgery>, credentials: &mut Credentials) {
    match forged {
        Some(Forgery::Secret) => credentials.access_key_secret.push_str("-of-somebody-else"),
        Some(Forgery::Parameter) | None => {}
    }
}

/// Changes after that: the parameter goes where the call has its own, headers in the place of those of their names.
pub(super) fn after_signing(call: &CallMade, request: &mut HttpRequest) {
    let sent = &call.sent;
    for (name, value) in &sent.unsigned {
        request.headers.retain(|(its, _)| !its.eq_ignore_ascii_case(name));
        request.headers.push((name.clone(), value.clone()));
    }
    if sent.upper_names {
        request.headers.iter_mut().for_each(|(name, _)| name.make_ascii_uppercase());
    }
    match call.forged {
        Some(Forgery::Parameter) if request.body.is_empty() => request.query.push_str("&Forged=1"),
        Some(Forgery::Parameter) => request.body.extend_from_slice(b"&Forged=1"),
        Some(Forgery::Secret) | None => {}
    }
}
