//! The receiver's side in one call: from an HTTP request to an attributed, routed call, or to the answer that refuses it.
//!
//! Order: method and path, decoding, signature, version, operation, time, nonce. A nonce is used up only by a request that
//! passed all the rest. Permissions, quotas and parameters are not looked at: they are the state machine's to judge.

use core::fmt;

use claque_core::Operation;

use crate::envelope::{HttpAnswer, RequestId, failed, unauthenticated};
use crate::http::HttpRequest;
use crate::param::ParamMap;
use crate::sign::replay::ReplayCache;
use crate::sign::{self, AuthError, Signed};
use crate::transport::Transport;
use crate::url::UrlError;

/// A call whose caller and operation are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The operation asked for.
    pub operation: Operation,
    /// The parameters as they arrived and as far as they were signed, the common ones of the parameter scheme included.
    pub params: ParamMap,
    /// What the caller signed.
    pub signed: Signed,
}

/// Why a request is no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It cannot be attributed or routed.
    Auth(AuthError),
    /// Its method is neither GET nor POST.
    Method,
    /// Its query or form body does not decode.
    Undecodable(UrlError),
}

impl From<AuthError> for Rejection {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Method => f.write_str("UnsupportedHTTPMethod: operations take GET and POST"),
            Self::Undecodable(error) => write!(f, "InputInvalid: {error}"),
        }
    }
}

impl core::error::Error for Rejection {}

impl Rejection {
    /// The answer to the request.
    #[must_use]
    pub fn answer(&self, id: RequestId, host: &str) -> HttpAnswer {
        match self {
            Self::Auth(error) => unauthenticated(id, host, error),
            Self::Method => Transport::Method.answer(id, host),
            Self::Undecodable(error) => failed(id, host, 400, "InputInvalid", &format!("{error}.")),
        }
    }
}

/// Receives a request: who calls, what is asked, and whether it is fresh.
///
/// `now_seconds` is UNIX time; `secret_of` finds the secret of an access key. Work: linear in the request.
///
/// # Errors
///
/// The first reason in the order that the module describes; then the nonce is not used up.
pub fn receive<S>(
    now_seconds: u64,
    request: &HttpRequest,
    secret_of: S,
    replay: &mut ReplayCache,
) -> Result<Call, Rejection>
where
    S: FnOnce(&str) -> Option<String>,
{
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Err(Rejection::Method);
    }
    if request.path != "/" {
        return Err(AuthError::ActionUnknown.into());
    }
    let params = ParamMap::from_request(request).map_err(Rejection::Undecodable)?;
    let signed = sign::verify(request, &params, secret_of)?;
    sign::check_version(&signed)?;
    let operation = Operation::from_name(&signed.action).ok_or(AuthError::ActionUnknown)?;
    sign::check_time(now_seconds, &signed)?;
    replay.admit(now_seconds, &signed)?;
    Ok(Call { operation, params: signed.params.clone(), signed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::Arguments;
    use crate::client::{ClientStyle, Stamp};
    use crate::sign::Credentials;

    const NOW: u64 = 1_700_000_000;

    fn request(style: ClientStyle, action: &str, nonce: &str, signed_at: u64) -> HttpRequest {
        let credentials = Credentials {
            access_key_id: "id".to_owned(),
            access_key_secret: "secret".to_owned(),
            security_token: None,
        };
        let arguments = Arguments::new().with("AppId", "a");
        style
            .request(action, &arguments, "h", &credentials, Stamp { nonce, signed_at })
            .expect("what was encoded decodes")
    }

    fn ask(request: &HttpRequest, replay: &mut ReplayCache) -> Result<Call, Rejection> {
        receive(NOW, request, |id| if id == "id" { Some("secret".to_owned()) } else { None }, replay)
    }

    #[test]
    fn a_signed_request_is_a_call_once() {
        for style in ClientStyle::ALL {
            let mut replay = ReplayCache::default();
            let request = request(style, "DescribeLiveMessageApp", "n", NOW);
            let call = ask(&request, &mut replay).expect("it is a call");
            assert_eq!(call.operation, Operation::DescribeLiveMessageApp);
            assert_eq!(call.params.text("AppId"), Ok(Some("a")));
            assert_eq!(ask(&request, &mut replay), Err(AuthError::NonceUsed.into()), "{style:?}");
        }
    }

    #[test]
    fn an_operation_that_does_not_exist_is_not_found_and_uses_no_nonce_up() {
        let mut replay = ReplayCache::default();
        for action in ["DeleteLiveMessageApp", "describeLiveMessageApp"] {
            let refused = ask(&request(ClientStyle::Python, action, "n", NOW), &mut replay);
            assert_eq!(refused, Err(AuthError::ActionUnknown.into()), "{action}");
        }
        assert!(replay.is_empty());
    }

    #[test]
    fn stale_requests_other_versions_methods_and_paths_are_refused() {
        let mut replay = ReplayCache::default();
        let good = request(ClientStyle::PopCoreGet, "DescribeLiveMessageApp", "n", NOW - 900);
        let stale = request(ClientStyle::PopCoreGet, "DescribeLiveMessageApp", "n", NOW - 901);
        assert_eq!(ask(&stale, &mut replay), Err(AuthError::TimeExpired.into()));
        let put = HttpRequest { method: "PUT".to_owned(), ..good.clone() };
        assert_eq!(ask(&put, &mut replay), Err(Rejection::Method));
        let elsewhere = HttpRequest { path: "/x".to_owned(), ..good.clone() };
        assert_eq!(ask(&elsewhere, &mut replay), Err(AuthError::ActionUnknown.into()));
        let broken = HttpRequest { query: "a=%".to_owned(), ..good.clone() };
        assert_eq!(ask(&broken, &mut replay), Err(Rejection::Undecodable(UrlError::Escape { position: 2 })));
        let answer = Rejection::Undecodable(UrlError::Escape { position: 2 }).answer(RequestId(1), "h");
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains("\"Code\":\"InputInvalid\""));
        assert!(ask(&good, &mut replay).is_ok(), "none of the above used the nonce up");
    }
}
