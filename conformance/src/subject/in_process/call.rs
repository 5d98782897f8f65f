//! How a server-side call reaches the in-process state machine: written by a client library, read like a server reads it.

use claque_core::{HitCounts, Operation, Rule};
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::endpoint::{Asked, Gate, Key, Rejection};
use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::reached;
use claque_wire::sign::replay::ReplayCache;
use claque_wire::sign::{AuthError, Credentials, Signed};
use claque_wire::xml::Format;

use super::{By, CoreSubject, HOST};
use crate::subject::forge;
use crate::subject::words::{CallMade, CallerName, Outcome, SubjectError, mark};

/// The keys that calls are signed with, one for each kind of caller; the in-process endpoint knows no others.
const KEYS: [&str; 3] = ["key-of-the-suite", "key-of-the-other-account", "key-of-a-ram-user"];
/// Their secret.
const SECRET: &str = "secret-of-the-suite";

/// The key of a caller.
const fn key_of(caller: &CallerName) -> &'static str {
    match caller {
        CallerName::Account => KEYS[0],
        CallerName::OtherAccount => KEYS[1],
        CallerName::RamUser(_) => KEYS[2],
    }
}

/// The form in which an answer is asked for, and what is asked, or why nothing is.
type Arrived = (Format, Result<(Operation, ParamMap), Rejection>);

/// The door of the endpoint in the process: its keys, the subject's nonces and its marks.
struct Door<'a> {
    used: &'a mut ReplayCache,
    marks: &'a mut HitCounts,
}

impl Gate for Door<'_> {
    fn key(&self, id: &str) -> Option<Key> {
        KEYS.contains(&id).then(|| Key { secret: SECRET.to_owned(), security_token: None })
    }

    fn admit(&mut self, now_seconds: u64, signed: &Signed) -> Result<(), AuthError> {
        self.used.admit(now_seconds, signed)
    }

    fn note(&mut self, rules: &dyn Fn() -> Vec<Rule>) {
        mark(self.marks, &rules());
    }
}

impl CoreSubject {
    pub(super) fn handle_call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        let (format, arrived) = match call.via {
            None => self.straight(call),
            Some(style) => self.over_http(call, style)?,
        };
        let (operation, params) = match arrived {
            Ok(arrived) => arrived,
            Err(rejection) => return Ok(self.rejected(&call.operation, format, &rejection)),
        };
        let caller = Self::caller(&call.caller);
        let read = self.endpoint.read(operation, &params, &mut self.door());
        let decided = match read {
            Ok(request) => self.host.act(|service, now| service.handle_request(now, &caller, request)),
            Err(input) => {
                Err(self.host.act(|service, now| service.handle_malformed(now, &caller, operation, input)))
            }
        };
        self.asked = format;
        let outcome = self.answered((operation, By::Call), decided);
        self.asked = Format::Json;
        let outcome = outcome?;
        if let Outcome::Accepted { fields, .. } = &outcome {
            self.remembered.answered(fields);
        }
        Ok(outcome)
    }

    fn door(&mut self) -> Door<'_> {
        Door { used: &mut self.replay, marks: &mut self.marks }
    }

    /// A call that is given to the service as parameters, without a request around them.
    fn straight(&mut self, call: &CallMade) -> Arrived {
        let Some(operation) = Operation::from_name(&call.operation) else {
            let rejection = Rejection::Auth(AuthError::ActionUnknown);
            mark(&mut self.marks, &reached::by_rejection(&rejection));
            return (Format::Json, Err(rejection));
        };
        let params = ClientStyle::TypeScript.params(&call.operation, &call.arguments);
        (Format::of_params(&params).unwrap_or_default(), Ok((operation, params)))
    }

    /// Signs the call as the library does, and receives it as a server does.
    fn over_http(&mut self, call: &CallMade, style: ClientStyle) -> Result<Arrived, SubjectError> {
        let mut credentials = Credentials {
            access_key_id: key_of(&call.caller).to_owned(),
            access_key_secret: SECRET.to_owned(),
            security_token: None,
        };
        forge::before_signing(call.forged, &mut credentials);
        self.calls += 1;
        let nonce = call.sent.nonce.as_ref().map_or_else(|| format!("nonce-{}", self.calls), Clone::clone);
        let seconds = self.now.unix_seconds();
        let stamp = Stamp { nonce: &nonce, signed_at: call.sent.signed_at(seconds) };
        let mut sent = style
            .unusual_request(&call.operation, &call.arguments, HOST, &credentials, stamp, call.sent.unusual())
            .map_err(|error| SubjectError(format!("the call cannot be written: {error}")))?;
        forge::after_signing(call, &mut sent);
        let request = HttpRequest::new(&sent.method, &sent.target(), sent.headers, sent.body);
        let received = self.endpoint.receive(seconds, &request, &mut self.door());
        Ok((received.format, received.call.map(|call| (call.operation, call.signed.params))))
    }

    /// The answer to a request that is no call.
    fn rejected(&mut self, action: &str, format: Format, rejection: &Rejection) -> Outcome {
        let asked = Asked { id: self.request_id(), host: HOST, format };
        let answer = self.endpoint.rejected(asked, action, rejection);
        Self::read(action, &answer, None)
    }
}
