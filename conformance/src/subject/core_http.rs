//! How a server-side call reaches the in-process state machine: written by a client library, read like a server reads it.

use claque_core::{HitCounts, Operation, Rule, Tracer};
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::decode::{decode, input_invalid};
use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::reached;
use claque_wire::receive::{Rejection, receive};
use claque_wire::sign::{AuthError, Credentials};
use claque_wire::xml::Format;

use super::core::{By, HOST};
use super::host::Host;
use super::{CallMade, CoreSubject, Outcome, SubjectError};

/// The key that calls are signed with; the in-process endpoint knows no other.
const KEY: (&str, &str) = ("key-of-the-suite", "secret-of-the-suite");

/// The longest request target that common servers take. Unit: bytes.
const COMMON_TARGET_BYTES_MAX: usize = 65_534;

impl<H: Host> CoreSubject<H> {
    pub(super) fn handle_call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        let arrived = match call.via {
            None => Operation::from_name(&call.operation)
                .map(|operation| {
                    (operation, ClientStyle::TypeScript.params(&call.operation, &call.arguments))
                })
                .ok_or(Rejection::Auth(AuthError::ActionUnknown)),
            Some(style) => self.over_http(call, style)?,
        };
        let (operation, mut params) = match arrived {
            Ok(arrived) => arrived,
            Err(rejection) => return Ok(self.rejected(&call.operation, &rejection)),
        };
        mark(&mut self.marks, &reached::by_parameters(operation, &params));
        if let Some(defect) = self.wire {
            defect.on_params(operation, &mut params);
        }
        let caller = Self::caller(&call.caller);
        let decided = match decode(operation, &params) {
            Ok(request) => self.host.act(|service, now| service.handle_request(now, &caller, request)),
            Err(error) => {
                let input = input_invalid(operation, &error);
                Err(self.host.act(|service, now| service.handle_malformed(now, &caller, operation, input)))
            }
        };
        self.asked = Format::of_params(&params).unwrap_or_default();
        let outcome = self.answered((operation, By::Call), decided);
        self.asked = Format::Json;
        let outcome = outcome?;
        if let Outcome::Accepted { fields, .. } = &outcome {
            self.remembered.answered(fields);
        }
        Ok(outcome)
    }

    /// Signs the call as the library does, and receives it as a server does.
    fn over_http(
        &mut self,
        call: &CallMade,
        style: ClientStyle,
    ) -> Result<Result<(Operation, ParamMap), Rejection>, SubjectError> {
        let credentials = Credentials {
            access_key_id: KEY.0.to_owned(),
            access_key_secret: KEY.1.to_owned(),
            security_token: None,
        };
        self.calls += 1;
        let (nonce, seconds) = (format!("nonce-{}", self.calls), self.now.unix_seconds());
        let stamp = Stamp { nonce: &nonce, signed_at: seconds };
        let sent = style
            .request(&call.operation, &call.arguments, HOST, &credentials, stamp)
            .map_err(|error| SubjectError(format!("the call cannot be written: {error}")))?;
        let sent_bytes = sent.target().len();
        let mut received = HttpRequest::new(&sent.method, &sent.target(), sent.headers, sent.body);
        if sent_bytes > COMMON_TARGET_BYTES_MAX {
            mark(&mut self.marks, &[Rule::WireTargetLong]);
        }
        if let Some(defect) = self.wire {
            defect.on_request(&mut received);
        }
        let secret_of = |key: &str| if key == KEY.0 { Some(KEY.1.to_owned()) } else { None };
        Ok(receive(seconds, &received, secret_of, &mut self.replay).map(|arrived| {
            mark(&mut self.marks, &reached::by_request(&received, &arrived));
            (arrived.operation, arrived.params)
        }))
    }

    /// The answer to a request that is no call.
    fn rejected(&mut self, action: &str, rejection: &Rejection) -> Outcome {
        mark(&mut self.marks, &reached::by_rejection(rejection));
        let id = self.request_id();
        let mut answer = rejection.answer(id, HOST);
        if let Some(defect) = self.wire {
            defect.on_answer(action, &mut answer);
        }
        Self::read(action, &answer, None)
    }
}

/// Marks rules that the wire format decided.
pub(super) fn mark(marks: &mut HitCounts, rules: &[Rule]) {
    for rule in rules {
        marks.hit(*rule);
    }
}
