//! Signatures: who calls, and whether the call arrived as it was sent.
//!
//! Three schemes carry the same facts: [`acs3`] in headers, its successor in the same headers with a key derived for the day,
//! and [`rpc1`] in parameters. [`verify`] tells them apart, recomputes the signature from the bytes that arrived and the secret
//! alone, and returns what was signed: only that may decide what the call does. Whether the
//! time is fresh and the nonce new is judged afterwards ([`check_time`], [`replay`]), because that needs a clock and a
//! memory. Comparisons of signatures take constant time.

pub mod acs3;
mod acs4;
pub mod date;
pub mod error;
pub mod replay;
pub mod rpc1;
mod words;

pub use error::AuthError;
pub(crate) use words::hex;
pub use words::{Credentials, Scheme, Signed};

use crate::http::HttpRequest;
use crate::param::ParamMap;

/// Seconds a request's own time may lie before or after the receiver's, inclusive.
///
/// Unit: seconds; 15 minutes.
pub const TIME_SKEW_SECONDS_MAX: u64 = 15 * 60;

/// The documented version of the interface.
pub const API_VERSION: &str = "2016-11-01";

/// Verifies a request's signature and returns what was signed.
///
/// `secret_of` finds the secret of an access key, `None` for an unknown key. Work: linear in the request.
///
/// # Errors
///
/// The first that applies: the signature is missing or malformed, the key unknown, the signature wrong.
pub fn verify<S>(request: &HttpRequest, params: ParamMap, secret_of: S) -> Result<Signed, AuthError>
where
    S: FnOnce(&str) -> Option<String>,
{
    let in_headers =
        |value: &str| ["ACS3-", "ACS4-"].iter().any(|prefix| value.trim_start().starts_with(prefix));
    if request.header_values("authorization").any(in_headers) {
        return acs3::verify(request, params, secret_of);
    }
    if params.iter().any(|(name, _)| name == "Signature") {
        return rpc1::verify(request, params, secret_of);
    }
    if request.header_values("authorization").next().is_some() {
        return Err(AuthError::IncompleteSignature);
    }
    Err(AuthError::MissingParameter { name: "Signature" })
}

/// Refuses a request whose own time is more than 15 minutes before or after `now_seconds`.
///
/// # Errors
///
/// [`AuthError::TimeExpired`].
pub fn check_time(now_seconds: u64, signed: &Signed) -> Result<(), AuthError> {
    if now_seconds.abs_diff(signed.signed_at) > TIME_SKEW_SECONDS_MAX {
        Err(AuthError::TimeExpired)
    } else {
        Ok(())
    }
}

/// Refuses a version other than the documented one.
///
/// # Errors
///
/// [`AuthError::VersionUnknown`].
pub fn check_version(signed: &Signed) -> Result<(), AuthError> {
    if signed.version == API_VERSION { Ok(()) } else { Err(AuthError::VersionUnknown) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(signed_at: u64) -> Signed {
        Signed {
            scheme: Scheme::Rpc1,
            access_key_id: "k".to_owned(),
            security_token: None,
            nonce: "n".to_owned(),
            signed_at,
            action: "A".to_owned(),
            version: API_VERSION.to_owned(),
            params: ParamMap::default(),
            empty_unsigned: false,
        }
    }

    #[test]
    fn a_time_is_fresh_up_to_fifteen_minutes_on_either_side() {
        let now = 1_000_000;
        for (at, fresh) in
            [(now, true), (now - 900, true), (now + 900, true), (now - 901, false), (now + 901, false)]
        {
            assert_eq!(check_time(now, &signed(at)).is_ok(), fresh, "signed at {at}");
        }
    }

    #[test]
    fn a_request_without_a_signature_learns_what_is_missing() {
        let request = HttpRequest::new("GET", "/?Action=A", Vec::new(), Vec::new());
        let params = ParamMap::from_request(&request).expect("it decodes");
        let refused = verify(&request, params.clone(), |_| None).expect_err("nothing is signed");
        assert_eq!(refused, AuthError::MissingParameter { name: "Signature" });
        let basic = vec![("Authorization".to_owned(), "Basic eA==".to_owned())];
        let request = HttpRequest::new("GET", "/?Action=A", basic, Vec::new());
        assert_eq!(verify(&request, params, |_| None), Err(AuthError::IncompleteSignature));
    }

    #[test]
    fn secrets_are_not_printed() {
        let credentials = Credentials {
            access_key_id: "id".to_owned(),
            access_key_secret: "hush".to_owned(),
            security_token: Some("hush".to_owned()),
        };
        assert!(!format!("{credentials:?}").contains("hush"));
    }
}
