//! The documented operations over HTTP: who calls, what is asked, what the service says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use claque_core::journal::UsedNonce;
use claque_core::{Caller, ConsoleRequest, Operation, Readings, Rule};
use claque_wire::endpoint::{Asked, Call, Context, Endpoint, Gate, Key};
use claque_wire::envelope::{HttpAnswer, RequestId};
use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::reached;
use claque_wire::sign::{AuthError, Signed};
use claque_wire::transport::Transport;
use claque_wire::xml::Format;
use tokio::sync::watch;

use crate::call_log::{CallLog, CallNote};
use crate::connections::Visit;
use crate::driver::{CallAnswer, CallNotes, Declined, Handle, Nonces, Stopped};
use crate::faults::{FaultCode, FaultTarget, FaultedCall, Faults, Strike};
use crate::outgoing::Calls;
use crate::worlds::{KeyGate, Owned, Worlds};

/// Who the log says made a call through the control API.
const CONTROL_CALLER: &str = "control API";

/// Everything that an API call needs.
#[derive(Debug)]
pub(crate) struct Api {
    driver: Handle,
    readings: watch::Receiver<Readings>,
    /// Notes which rules decided on the way in and out; none: nobody asks.
    marks: Option<Arc<Calls>>,
    nonces: Nonces,
    /// Whether nonces are to be remembered beyond this process.
    durable: bool,
    pub(crate) faults: Arc<Faults>,
    /// The newest calls, of clients too.
    pub(crate) calls: Arc<CallLog>,
    ids: RequestIds,
    endpoint: Endpoint,
}

/// Draws request IDs: a random start, then a count scrambled by it.
#[derive(Debug)]
struct RequestIds {
    key: [u64; 2],
    next: AtomicU64,
}

impl RequestIds {
    fn draw(&self) -> RequestId {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        // A bijection of the count: IDs never repeat, look random as the service's do, and cost no lock and
        // no system call.
        let low = (count ^ self.key[0]).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        RequestId(u128::from(self.key[1].wrapping_add(low)) << 64 | u128::from(low ^ self.key[1]))
    }
}

/// An answer, or none: the connection is to be dropped.
pub(crate) type ApiOutcome = Option<HttpAnswer>;

impl Api {
    pub(crate) fn new(
        driver: Handle,
        readings: watch::Receiver<Readings>,
        marks: Option<Arc<Calls>>,
        (nonces, durable): (Nonces, bool),
        random: [u64; 2],
        calls: Arc<CallLog>,
    ) -> Self {
        Self {
            driver,
            readings,
            marks,
            nonces,
            durable,
            faults: Arc::default(),
            calls,
            ids: RequestIds { key: random, next: AtomicU64::new(0) },
            endpoint: Endpoint::SOUND,
        }
    }

    /// The answer to a request that never became a call.
    pub(crate) fn turned_away(&self, request: Option<&HttpRequest>, why: &Transport) -> HttpAnswer {
        let id = self.ids.draw();
        tracing::info!(request_id = %id, code = why.code(), %why, "request refused");
        let host = request.and_then(|request| request.header("host")).unwrap_or("localhost");
        let format =
            request.and_then(|request| Some(Format::of(request, &ParamMap::from_request(request).ok()?)));
        self.endpoint.turned_away(Asked { id, host, format: format.unwrap_or(Format::Json) }, why)
    }

    async fn call(&self, asked: Asked<'_>, call: &Call, caller: Caller) -> ApiOutcome {
        let Call { operation, signed } = call;
        // Only with a journal: the cache in memory lives exactly as long as the process whose calls it
        // guards.
        let nonce = self.durable.then(|| UsedNonce {
            access_key_id: signed.access_key_id.clone(),
            nonce: signed.nonce.clone(),
            signed_at: signed.signed_at,
        });
        self.logged(asked, (*operation, &signed.params), (caller, &signed.access_key_id), nonce).await
    }

    /// Makes a call for the holder of the control API, in the first account's name and without a signature.
    pub(crate) async fn call_unsigned(
        &self,
        operation: Operation,
        parameters: &ParamMap,
        host: &str,
    ) -> ApiOutcome {
        let asked = Asked { id: self.ids.draw(), host, format: Format::Json };
        let caller = Caller::account(claque_core::AccountIx(0));
        self.logged(asked, (operation, parameters), (caller, CONTROL_CALLER), None).await
    }

    /// Makes a call that is let in, and notes what comes of it.
    async fn logged(
        &self,
        asked: Asked<'_>,
        (operation, parameters): (Operation, &ParamMap),
        (caller, name): (Caller, &str),
        nonce: Option<UsedNonce>,
    ) -> ApiOutcome {
        let log = self.calls.call(operation.name(), name, parameters.iter());
        let outcome = self.struck(asked, (operation, parameters), name, &log).await;
        let outcome = match outcome {
            CallFaultEffect::Answer(answer) => Some(answer),
            CallFaultEffect::Drop => None,
            CallFaultEffect::Go => {
                let notes = CallNotes { nonce, log: log.clone() };
                Some(self.decided(asked, (operation, parameters), caller, notes).await)
            }
        };
        if let Some(answer) = &outcome {
            log.answered(answer.status, &answer.body);
        }
        outcome
    }

    /// The answer of the service.
    async fn decided(
        &self,
        asked: Asked<'_>,
        (operation, parameters): (Operation, &ParamMap),
        caller: Caller,
        notes: CallNotes,
    ) -> HttpAnswer {
        let outcome = match self.endpoint.read(operation, parameters, &mut Watching(self)) {
            Ok(request) => self.driver.call(caller, request, notes).await,
            // The driver is asked even so: the documented quotas count calls that cannot be read, too.
            Err(input) => self.driver.malformed(caller, operation, input, notes).await.map(Err),
        };
        match outcome {
            Ok(answer) => {
                if let Ok(response) = &answer {
                    self.mark(|| reached::by_answer(operation, response));
                }
                self.written(asked, operation, &answer)
            }
            Err(Stopped) => self.endpoint.failed(asked, (503, "ServerError"), "the server is stopping."),
        }
    }

    pub(crate) fn mark(&self, rules: impl FnOnce() -> Vec<Rule>) {
        if let Some(marks) = &self.marks {
            marks.mark(&rules());
        }
    }

    /// Uses a request's nonce up.
    pub(crate) fn admit(&self, now_seconds: u64, signed: &Signed) -> Result<(), AuthError> {
        // Used up here, on the way in: of two copies of a call that arrive together exactly one is let in.
        self.nonces.lock().expect("no holder of this lock can panic").admit(now_seconds, signed)
    }

    /// Uses the console in the first account's name, and answers like the operation closest to it.
    pub(crate) async fn console(
        &self,
        operation: Operation,
        request: ConsoleRequest,
        host: &str,
    ) -> Result<HttpAnswer, Stopped> {
        let caller = Caller::account(claque_core::AccountIx(0));
        let answer = self.driver.console(caller, request).await?;
        let asked = Asked { id: self.ids.draw(), host, format: Format::Json };
        Ok(self.written(asked, operation, &answer))
    }

    /// Applies the faults that the control API set. Ahead of the service: a call that fails here has not happened, and its
    /// quota is not used.
    async fn struck(
        &self,
        asked: Asked<'_>,
        (operation, parameters): (Operation, &ParamMap),
        caller: &str,
        log: &CallNote,
    ) -> CallFaultEffect {
        if !self.faults.any() {
            return CallFaultEffect::Go;
        }
        let text = |name: &str| parameters.text(name).ok().flatten();
        let call = FaultedCall {
            target: FaultTarget::Operation(operation),
            caller,
            group: text("GroupId"),
            // The older family's name for it.
            kind: text("MsgType").or_else(|| text("Type")).and_then(|kind| kind.parse().ok()),
        };
        let Some(strike) = self.faults.strike(&call) else { return CallFaultEffect::Go };
        self.driver.note_strike(operation.name(), caller, strike, log).await;
        let Strike { delay, drop, fail, .. } = strike;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match fail {
            _ if drop => CallFaultEffect::Drop,
            Some(FaultCode::Operation(code)) => {
                let text = "a fault that was asked for through the control API.";
                CallFaultEffect::Answer(self.endpoint.failed(asked, (code.status(), code.as_str()), text))
            }
            Some(FaultCode::Client(_)) | None => CallFaultEffect::Go,
        }
    }

    /// The decision on a call, in the documented envelope.
    fn written(&self, asked: Asked<'_>, operation: Operation, answer: &CallAnswer) -> HttpAnswer {
        // A copy: the borrow holds a lock that the driver takes to change the readings.
        let (name, readings) = (operation.name(), *self.readings.borrow());
        match answer {
            Ok(response) => {
                tracing::debug!(request_id = %asked.id, operation = name, "accepted");
                self.endpoint.accepted(asked, operation, response, &readings)
            }
            Err(Declined { refusal, at, note }) => {
                let code = refusal.code().as_str();
                tracing::debug!(request_id = %asked.id, operation = name, code, "refused");
                self.mark(|| reached::by_refusal(refusal));
                let context = Context { readings: &readings, now: *at, note: note.as_deref() };
                self.endpoint.refused(asked, operation, refusal, context)
            }
        }
    }
}

/// Answers one call, in the world of the key that it names. A signature that holds lets the connection in.
pub(crate) async fn answer(worlds: &Worlds, request: &HttpRequest, visit: &Visit) -> ApiOutcome {
    let mut door = KeyGate::new(worlds);
    // Time and nonce are judged by the wall's clock, whatever the service's clock shows.
    let received = Endpoint::SOUND.receive(worlds.wall().now().unix_seconds(), request, &mut door);
    let found = door.found();
    let host = request.header("host").unwrap_or("localhost");
    match (received.call, found) {
        (Ok(call), Some(Owned { world, key, .. })) => {
            let asked = Asked { id: world.api.ids.draw(), host, format: received.format };
            // Behind the signature and ahead of the call: from here on the connection may not be closed to
            // make room.
            visit.is_let_in();
            world.api.call(asked, &call, key.caller()).await
        }
        (call, _) => {
            // Of no world: a caller whose key is unknown must not learn from the answer which keys there are.
            let api = &worlds.default_world().api;
            let asked = Asked { id: api.ids.draw(), host, format: received.format };
            let rejection = call.err().unwrap_or_else(|| AuthError::KeyUnknown.into());
            tracing::info!(request_id = %asked.id, %rejection, "call not attributed");
            Some(api.endpoint.rejected(asked, "", &rejection))
        }
    }
}

/// A gate behind which everybody is let in already: it only tells which rules decided.
struct Watching<'a>(&'a Api);

impl Gate for Watching<'_> {
    fn key(&self, _id: &str) -> Option<Key> {
        None
    }

    fn admit(&mut self, _now_seconds: u64, _signed: &Signed) -> Result<(), AuthError> {
        Ok(())
    }

    fn note(&mut self, rules: &dyn Fn() -> Vec<Rule>) {
        self.0.mark(rules);
    }
}

enum CallFaultEffect {
    Go,
    Answer(HttpAnswer),
    Drop,
}
