//! Defects of an endpoint that believes what nobody signed.

use claque_core::Operation;

use super::WireMutation;
use crate::endpoint::Call;
use crate::http::HttpRequest;
use crate::param::ParamMap;
use crate::reached::lists_host;
use crate::sign::{API_VERSION, Scheme, Signed};

impl WireMutation {
    /// The call that a request with a wrong signature is taken for, where it is believed all the same.
    #[must_use]
    pub fn believed(self, now_seconds: u64, request: &HttpRequest) -> Option<Call> {
        let params = ParamMap::from_request(request).ok()?;
        let authorization = request.header("authorization");
        let scheme = match authorization {
            Some(value) if value.starts_with("ACS4-") => Scheme::Acs4Sha256,
            Some(_) => Scheme::Acs3Sha256,
            None => Scheme::Rpc1,
        };
        let believes = match self {
            Self::SignBodyUnverified => scheme == Scheme::Acs3Sha256 && !request.body.is_empty(),
            Self::SignUnverifiedAcs3 => scheme == Scheme::Acs3Sha256,
            Self::SignUnverifiedAcs4 => scheme == Scheme::Acs4Sha256,
            Self::SignUnverifiedRpc1 => scheme == Scheme::Rpc1,
            Self::SignUnverifiedWithoutHost => authorization.is_some_and(|value| !lists_host(value)),
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
        };
        Some(Call { operation, signed })
    }
}
