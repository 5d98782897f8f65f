//! The endpoint of the operations, without sockets: from an HTTP request to a call, and from what was decided to the answer.
//!
//! [`Endpoint::receive`] attributes and routes, in this order: method and path, decoding, signature, security token, version,
//! operation, time, nonce. A nonce is used up only by a request that passed all the rest. [`Endpoint::read`] reads the parameters;
//! permissions, quotas and bounds are the state machine's to judge. What it decided goes out by [`Endpoint::accepted`] or
//! [`Endpoint::refused`], whatever else by [`Endpoint::rejected`], [`Endpoint::turned_away`] or [`Endpoint::failed`], in the
//! form that was asked for.
//!
//! Everything that answers operations goes through here, a server as well as the suite's subject in the process: so a deliberate
//! mutant of the wire, which changes plain data at these places, is one of the code that runs.

use core::fmt;

use claque_core::{InputInvalid, Instant, Operation, Readings, Refusal, Request, Response, Rule};
use subtle::ConstantTimeEq;

use crate::decode::{decode, input_invalid};
use crate::encode::encode;
use crate::envelope::{self, HttpAnswer, RequestId, failed, unauthenticated};
use crate::http::HttpRequest;
use crate::mutation::WireMutation;
use crate::param::ParamMap;
use crate::reached;
use crate::sign::replay::ReplayCache;
use crate::sign::{self, AuthError, Signed};
use crate::transport::Transport;
use crate::url::UrlError;
use crate::xml::{self, Format};

/// An endpoint's knowledge of an access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// The secret that requests are signed with.
    pub secret: String,
    /// The security token that belongs to it; none: requests need none, and any is taken.
    pub security_token: Option<String>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

/// Who lets requests in: the keys, the nonces that are used up, and the counter of which rules decided.
pub trait Gate {
    /// The key of that ID.
    fn key(&self, id: &str) -> Option<Key>;

    /// Uses a request's nonce up. `now_seconds` is UNIX time.
    ///
    /// # Errors
    ///
    /// [`AuthError::NonceUsed`] where it is used up already.
    fn admit(&mut self, now_seconds: u64, signed: &Signed) -> Result<(), AuthError>;

    /// Takes which rules decided, if it wants to know: they are worked out when it asks.
    fn note(&mut self, rules: &dyn Fn() -> Vec<Rule>);
}

/// A gate of a function from IDs to keys and a list of nonces, which nobody watches.
#[derive(Debug)]
pub struct PlainGate<'a, F> {
    /// The key of an ID.
    pub key_of: F,
    /// Nonces that are used up.
    pub used: &'a mut ReplayCache,
}

impl<F: Fn(&str) -> Option<Key>> Gate for PlainGate<'_, F> {
    fn key(&self, id: &str) -> Option<Key> {
        (self.key_of)(id)
    }

    fn admit(&mut self, now_seconds: u64, signed: &Signed) -> Result<(), AuthError> {
        self.used.admit(now_seconds, signed)
    }

    fn note(&mut self, _rules: &dyn Fn() -> Vec<Rule>) {}
}

/// The parts that every answer to one request repeats, and its form.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The ID of the request.
    pub id: RequestId,
    /// The endpoint's name, as the caller wrote it.
    pub host: &'a str,
    /// The form that was asked for.
    pub format: Format,
}

/// The context in which a refusal is written.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The readings in force.
    pub readings: &'a Readings,
    /// The service's time when it decided.
    pub now: Instant,
    /// A remark for the caller, such as a reviewer's reason.
    pub note: Option<&'a str>,
}

/// A call whose caller and operation are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The operation asked for.
    pub operation: Operation,
    /// The signed parts of the call, its parameters among them.
    pub signed: Signed,
}

/// The result of receiving a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The form in which it asks for its answer.
    pub format: Format,
    /// The call, or why it is none.
    pub call: Result<Call, Rejection>,
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

/// The endpoint: sound, or a mutant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    mutant: Option<WireMutation>,
}

impl Endpoint {
    /// The sound endpoint.
    pub const SOUND: Self = Self { mutant: None };

    /// An endpoint that is broken in one way.
    #[must_use]
    pub const fn broken(mutant: WireMutation) -> Self {
        Self { mutant: Some(mutant) }
    }

    /// Its mutant, which may be one of callbacks as well.
    #[must_use]
    pub const fn mutant(self) -> Option<WireMutation> {
        self.mutant
    }

    /// Receives a request: who calls, what is asked, and whether it is fresh.
    ///
    /// `now_seconds` is UNIX time. Work: linear in the request.
    ///
    /// A request that is refused is so for the first reason in the order that the module describes, and uses up no nonce.
    pub fn receive(self, now_seconds: u64, request: &HttpRequest, gate: &mut impl Gate) -> Received {
        let damaged = self.mutant.map(|mutant| {
            let mut request = request.clone();
            mutant.on_request(&mut request);
            request
        });
        let request = damaged.as_ref().unwrap_or(request);
        let params = ParamMap::from_request(request);
        let format = params.as_ref().map_or(Format::Json, |params| Format::of(request, params));
        let call = self.attribute(now_seconds, request, params, gate).or_else(|rejection| {
            let believed = match (&rejection, self.mutant) {
                (Rejection::Auth(error), Some(mutant)) => mutant.believed(now_seconds, request, error),
                (Rejection::Auth(_) | Rejection::Method | Rejection::Undecodable(_), _) => None,
            };
            believed.ok_or(rejection)
        });
        match &call {
            Ok(call) => gate.note(&|| reached::by_request(request, call)),
            Err(rejection) => gate.note(&|| reached::by_rejection(rejection)),
        }
        Received { format, call }
    }

    /// Reads the parameters of a call.
    ///
    /// # Errors
    ///
    /// The first parameter that cannot be read, as the refusal that the state machine is to count and to rank among its own.
    pub fn read(
        self,
        operation: Operation,
        params: &ParamMap,
        gate: &mut impl Gate,
    ) -> Result<Request, InputInvalid> {
        gate.note(&|| reached::by_parameters(operation, params));
        let damaged = self.mutant.map(|mutant| {
            let mut params = params.clone();
            mutant.on_params(operation, &mut params);
            params
        });
        let params = damaged.as_ref().unwrap_or(params);
        decode(operation, params).map_err(|error| input_invalid(operation, &error))
    }

    /// The answer to a call that was accepted.
    #[must_use]
    pub fn accepted(
        self,
        asked: Asked<'_>,
        operation: Operation,
        response: &Response,
        readings: &Readings,
    ) -> HttpAnswer {
        let answer = envelope::accepted(asked.id, encode(readings, operation, response));
        self.finish(asked, operation.name(), answer)
    }

    /// The answer to a call that the state machine refused.
    #[must_use]
    pub fn refused(
        self,
        asked: Asked<'_>,
        operation: Operation,
        refusal: &Refusal,
        context: Context<'_>,
    ) -> HttpAnswer {
        let Context { readings, now, note } = context;
        let answer = envelope::refused_with(readings, now, (asked.id, asked.host), refusal, note);
        self.finish(asked, operation.name(), answer)
    }

    /// The answer to a request that is no call; `action` is what it asked for, known or not.
    #[must_use]
    pub fn rejected(self, asked: Asked<'_>, action: &str, rejection: &Rejection) -> HttpAnswer {
        self.finish(asked, action, rejection.answer(asked.id, asked.host))
    }

    /// The answer to what never became a request that could be received.
    #[must_use]
    pub fn turned_away(self, asked: Asked<'_>, why: &Transport) -> HttpAnswer {
        self.finish(asked, "", why.answer(asked.id, asked.host))
    }

    /// An answer with any status, code and message.
    #[must_use]
    pub fn failed(self, asked: Asked<'_>, (status, code): (u16, &str), message: &str) -> HttpAnswer {
        self.finish(asked, "", failed(asked.id, asked.host, status, code, message))
    }

    /// Whose key signed a request, and what it asks for. What goes on is what was signed, and nothing else.
    fn attribute(
        self,
        now_seconds: u64,
        request: &HttpRequest,
        params: Result<ParamMap, UrlError>,
        gate: &mut impl Gate,
    ) -> Result<Call, Rejection> {
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return Err(Rejection::Method);
        }
        if request.path != "/" {
            return Err(AuthError::ActionUnknown.into());
        }
        let params = params.map_err(Rejection::Undecodable)?;
        let mut token = None;
        let secret_of = |id: &str| {
            let key = gate.key(id)?;
            token = key.security_token;
            Some(key.secret)
        };
        let signed = sign::verify(request, params, secret_of)?;
        if let Some(token) = token {
            let given = signed.security_token.as_deref().unwrap_or_default();
            if !bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
                return Err(AuthError::SecurityTokenMismatch.into());
            }
        }
        sign::check_version(&signed)?;
        let operation = Operation::from_name(&signed.action).ok_or(AuthError::ActionUnknown)?;
        sign::check_time(now_seconds, &signed)?;
        match self.mutant {
            None => gate.admit(now_seconds, &signed)?,
            Some(mutant) => {
                let mut known = signed.clone();
                mutant.on_signed(now_seconds, &mut known);
                gate.admit(now_seconds, &known)?;
            }
        }
        Ok(Call { operation, signed })
    }

    fn finish(self, asked: Asked<'_>, action: &str, mut answer: HttpAnswer) -> HttpAnswer {
        let mut format = asked.format;
        if let Some(mutant) = self.mutant {
            mutant.on_answer(action, &mut answer);
            format = mutant.on_format(format);
        }
        xml::rendered(format, action, answer)
    }
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
        let key_of =
            |id: &str| (id == "id").then(|| Key { secret: "secret".to_owned(), security_token: None });
        Endpoint::SOUND.receive(NOW, request, &mut PlainGate { key_of, used: replay }).call
    }

    #[test]
    fn a_signed_request_is_a_call_once() {
        for style in ClientStyle::ALL {
            let mut replay = ReplayCache::default();
            let request = request(style, "DescribeLiveMessageApp", "n", NOW);
            let call = ask(&request, &mut replay).expect("it is a call");
            assert_eq!(call.operation, Operation::DescribeLiveMessageApp);
            assert_eq!(call.signed.params.text("AppId"), Ok(Some("a")));
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
