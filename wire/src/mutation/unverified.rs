//! Mutants of an endpoint that believes what nobody signed, or what was signed for another time or call.

use claque_core::Operation;

use super::WireMutation;
use crate::endpoint::Call;
use crate::http::HttpRequest;
use crate::param::ParamMap;
use crate::reached::lists_host;
use crate::sign::{API_VERSION, AuthError, Scheme, Signed, TIME_SKEW_SECONDS_MAX, date};

impl WireMutation {
    /// The call that a request which is to be refused for this reason is taken for, where it is believed all the same.
    #[must_use]
    pub fn believed(self, now_seconds: u64, request: &HttpRequest, error: &AuthError) -> Option<Call> {
        let params = ParamMap::from_request(request).ok()?;
        let authorization = request.header("authorization");
        let scheme = match authorization {
            Some(value) if value.starts_with("ACS4-") => Scheme::Acs4Sha256,
            Some(_) => Scheme::Acs3Sha256,
            None => Scheme::Rpc1,
        };
        let believes = match (self, error) {
            (Self::SignFutureTaken, AuthError::TimeExpired) => dated(request, &params)? > now_seconds,
            (Self::SignPastTaken, AuthError::TimeExpired) => dated(request, &params)? < now_seconds,
            (Self::SignReplayTaken, AuthError::NonceUsed) => true,
            (Self::SignReplayTakenRpc1, AuthError::NonceUsed) => scheme == Scheme::Rpc1,
            (Self::SignUnlistedTaken, AuthError::IncompleteSignature) => scheme != Scheme::Rpc1,
            (_, AuthError::SignatureMismatch { .. }) => {
                self.believes_signature(scheme, request, authorization)
            }
            _ => false,
        };
        let action = match scheme {
            Scheme::Rpc1 => params.text("Action").ok().flatten()?.to_owned(),
            Scheme::Acs3Sha256 | Scheme::Acs3Sm3 | Scheme::Acs4Sha256 | Scheme::Acs4Sm3 => {
                request.header("x-acs-action")?.to_owned()
            }
        };
        let operation = Operation::from_name(&action).filter(|_| believes)?;
        let signed = Signed {
            scheme,
            access_key_id: String::new(),
            security_token: None,
            nonce: String::new(),
            signed_at: now_seconds,
            action,
            version: API_VERSION.to_owned(),
            params,
            empty_unsigned: false,
        };
        Some(Call { operation, signed })
    }

    /// Whether a wrong signature is taken for a right one.
    fn believes_signature(self, scheme: Scheme, request: &HttpRequest, authorization: Option<&str>) -> bool {
        match self {
            Self::SignBodyUnverified => scheme == Scheme::Acs3Sha256 && !request.body.is_empty(),
            Self::SignUnverifiedAcs3 => scheme == Scheme::Acs3Sha256,
            Self::SignUnverifiedAcs4 => scheme == Scheme::Acs4Sha256,
            Self::SignUnverifiedRpc1 => scheme == Scheme::Rpc1,
            Self::SignUnverifiedWithoutHost => authorization.is_some_and(|value| !lists_host(value)),
            _ => false,
        }
    }

    /// Damages what is known of a call before its nonce is used up.
    pub fn on_signed(self, now_seconds: u64, signed: &mut Signed) {
        match self {
            Self::SignNonceBrief => {
                signed.signed_at = now_seconds.saturating_sub(TIME_SKEW_SECONDS_MAX - BRIEF_SECONDS);
            }
            Self::SignNonceShared => signed.access_key_id.clear(),
            _ => {}
        }
    }
}

/// How long a nonce is remembered that is forgotten too early.
const BRIEF_SECONDS: u64 = 60;

/// The time that a request says it was signed at.
fn dated(request: &HttpRequest, params: &ParamMap) -> Option<u64> {
    let in_parameters = || params.text("Timestamp").ok().flatten();
    date::parse(request.header("x-acs-date").or_else(in_parameters)?)
}
