//! The documented operations over HTTP: who calls, what is asked, what the service says.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use claque_core::{Caller, ConsoleRequest, Operation, Readings};
use claque_wire::envelope::{self, HttpAnswer, RequestId};
use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::receive::{Call, Rejection};
use claque_wire::sign::replay::ReplayCache;
use claque_wire::sign::{self, AuthError, Signed};
use claque_wire::transport::Transport;
use claque_wire::{decode, encode, reached};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::clock::wall_now;
use crate::connections::Visit;
use crate::driver::{Answer, Handle, Stopped};
use crate::faults::{Fault, Faults};
use crate::options::AccessKey;
use crate::outgoing::CallbackLog;

/// Everything that an API call needs.
#[derive(Debug)]
pub(crate) struct Api {
    driver: Handle,
    readings: watch::Receiver<Readings>,
    keys: RwLock<Vec<AccessKey>>,
    /// Told which rules decided on the way in and out; none: nobody asks.
    marks: Option<Arc<CallbackLog>>,
    nonces: Mutex<ReplayCache>,
    pub(crate) faults: Faults,
    ids: RequestIds,
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
        let low = (count ^ self.key[0]).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        RequestId(u128::from(self.key[1].wrapping_add(low)) << 64 | u128::from(low ^ self.key[1]))
    }
}

/// An answer, or none: the connection is to be dropped.
pub(crate) type Outcome = Option<HttpAnswer>;

impl Api {
    pub(crate) fn new(
        driver: Handle,
        readings: watch::Receiver<Readings>,
        keys: Vec<AccessKey>,
        marks: Option<Arc<CallbackLog>>,
        random: [u64; 2],
    ) -> Self {
        Self {
            driver,
            readings,
            keys: RwLock::new(keys),
            marks,
            nonces: Mutex::new(ReplayCache::default()),
            faults: Faults::default(),
            ids: RequestIds { key: random, next: AtomicU64::new(0) },
        }
    }

    /// The answer to a request that never became a call.
    pub(crate) fn turned_away(&self, request: Option<&HttpRequest>, why: &Transport) -> HttpAnswer {
        let id = self.ids.draw();
        tracing::info!(request_id = %id, code = why.code(), %why, "request refused");
        let host = request.and_then(|request| request.header("host")).unwrap_or("localhost");
        why.answer(id, host)
    }

    /// Answers one call. Whoever signed it is let in.
    pub(crate) async fn answer(&self, request: &HttpRequest, visit: &Visit) -> Outcome {
        let id = self.ids.draw();
        let host = request.header("host").unwrap_or("localhost").to_owned();
        match self.call(id, &host, request, visit).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::info!(request_id = %id, code = error.code(), "call not attributed");
                self.mark(|| reached::by_rejection(&Rejection::Auth(error.clone())));
                Some(envelope::unauthenticated(id, &host, &error))
            }
        }
    }

    async fn call(
        &self,
        id: RequestId,
        host: &str,
        request: &HttpRequest,
        visit: &Visit,
    ) -> Result<Outcome, AuthError> {
        let params = match ParamMap::from_request(request) {
            Ok(params) => params,
            Err(error) => {
                return Ok(Some(envelope::failed(id, host, 400, "InputInvalid", &format!("{error}."))));
            }
        };
        let (operation, caller) = self.attribute(request, &params)?;
        visit.is_let_in();
        self.mark(|| reached::by_parameters(operation, &params));
        if let Some(fault) = self.faults.of(operation) {
            match self.suffer(fault, id, host).await {
                Suffered::Go => {}
                Suffered::Answer(answer) => return Ok(Some(answer)),
                Suffered::Drop => return Ok(None),
            }
        }
        Ok(self.dispatch(id, host, caller, operation, &params).await)
    }

    /// Whose key signed the request, and what is asked. Time and nonce are judged by the wall's clock, whatever the
    /// service's clock shows. A nonce is used up only by a request that passed everything else.
    fn attribute(&self, request: &HttpRequest, params: &ParamMap) -> Result<(Operation, Caller), AuthError> {
        let secret_of = |id: &str| self.key(id).map(|key| key.secret);
        let signed = sign::verify(request, params, secret_of)?;
        let key = self.key(&signed.access_key_id).ok_or(AuthError::KeyUnknown)?;
        if let Some(token) = &key.security_token {
            let given = signed.security_token.as_deref().unwrap_or_default();
            if !bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
                return Err(AuthError::SecurityTokenMismatch);
            }
        }
        sign::check_version(&signed)?;
        let operation = Operation::from_name(&signed.action).ok_or(AuthError::ActionUnknown)?;
        let now = wall_now().unix_seconds();
        sign::check_time(now, &signed)?;
        self.nonces.lock().expect("no holder of this lock can panic").admit(now, &signed)?;
        self.mark(|| {
            let call = Call { operation, params: params.clone(), signed: Signed::clone(&signed) };
            reached::by_request(request, &call)
        });
        Ok((operation, key.caller()))
    }

    fn mark(&self, rules: impl FnOnce() -> Vec<claque_core::Rule>) {
        if let Some(marks) = &self.marks {
            marks.mark(&rules());
        }
    }

    fn key(&self, id: &str) -> Option<AccessKey> {
        let keys = self.keys.read().expect("no holder of this lock can panic");
        keys.iter().find(|key| key.id == id).cloned()
    }

    /// Whether the key that everybody knows may sign calls.
    pub(crate) fn is_open(&self) -> bool {
        let keys = self.keys.read().expect("no holder of this lock can panic");
        keys.contains(&AccessKey::development())
    }

    /// Adds a key that may sign calls, in the place of the one with its ID.
    pub(crate) fn add_key(&self, key: AccessKey) {
        let mut keys = self.keys.write().expect("no holder of this lock can panic");
        keys.retain(|known| known.id != key.id);
        keys.push(key);
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
        Ok(self.written(self.ids.draw(), host, operation, &answer))
    }

    async fn suffer(&self, fault: Fault, id: RequestId, host: &str) -> Suffered {
        if !fault.delay.is_zero() {
            tokio::time::sleep(fault.delay).await;
        }
        if fault.drop {
            return Suffered::Drop;
        }
        match fault.fail {
            None => Suffered::Go,
            Some(code) => {
                let text = "a fault that was asked for through the control API.";
                Suffered::Answer(envelope::failed(id, host, code.status(), code.as_str(), text))
            }
        }
    }

    async fn dispatch(
        &self,
        id: RequestId,
        host: &str,
        caller: Caller,
        operation: Operation,
        params: &ParamMap,
    ) -> Outcome {
        let outcome = match decode::decode(operation, params) {
            Ok(request) => self.driver.call(caller, request).await,
            Err(error) => {
                let input = decode::input_invalid(operation, &error);
                self.driver.malformed(caller, operation, input).await.map(Err)
            }
        };
        match outcome {
            Ok(answer) => Some(self.written(id, host, operation, &answer)),
            Err(Stopped) => Some(envelope::failed(id, host, 503, "ServerError", "the server is stopping.")),
        }
    }

    /// An answer in the documented envelope.
    fn written(&self, id: RequestId, host: &str, operation: Operation, answer: &Answer) -> HttpAnswer {
        let (name, readings) = (operation.name(), *self.readings.borrow());
        match answer {
            Ok(response) => {
                tracing::debug!(request_id = %id, operation = name, "accepted");
                self.mark(|| reached::by_answer(operation, response));
                envelope::accepted(id, encode::encode(&readings, operation, response))
            }
            Err((refusal, at)) => {
                tracing::debug!(request_id = %id, operation = name, code = refusal.code().as_str(), "refused");
                self.mark(|| reached::by_refusal(refusal));
                envelope::refused(&readings, *at, id, host, refusal)
            }
        }
    }
}

enum Suffered {
    Go,
    Answer(HttpAnswer),
    Drop,
}

/// The API, shared by all connections.
pub(crate) type SharedApi = Arc<Api>;
