//! The documented operations over HTTP: who calls, what is asked, what the service says.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use claque_core::journal::UsedNonce;
use claque_core::{Caller, ConsoleRequest, Operation, Readings};
use claque_wire::envelope::{self, HttpAnswer, RequestId};
use claque_wire::http::HttpRequest;
use claque_wire::param::ParamMap;
use claque_wire::receive::{self, Rejection};
use claque_wire::sign::{self, AuthError, Signed};
use claque_wire::transport::Transport;
use claque_wire::xml::{self, Format};
use claque_wire::{decode, encode, reached};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::clock::wall_now;
use crate::connections::Visit;
use crate::driver::{Answer, Declined, Handle, Nonces, Stopped};
use crate::faults::{Fault, Faults};
use crate::options::AccessKey;
use crate::outgoing::Calls;

/// Everything that an API call needs.
#[derive(Debug)]
pub(crate) struct Api {
    driver: Handle,
    readings: watch::Receiver<Readings>,
    keys: RwLock<Vec<AccessKey>>,
    /// Told which rules decided on the way in and out; none: nobody asks.
    marks: Option<Arc<Calls>>,
    nonces: Nonces,
    /// Whether nonces are to be remembered beyond this process.
    durable: bool,
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

/// What every answer to one call repeats.
struct Asked {
    id: RequestId,
    /// The endpoint's name, as the caller wrote it.
    host: String,
}

impl Asked {
    fn failed(&self, status: u16, code: &str, message: &str) -> HttpAnswer {
        envelope::failed(self.id, &self.host, status, code, message)
    }
}

/// An answer, or none: the connection is to be dropped.
pub(crate) type Outcome = Option<HttpAnswer>;

impl Api {
    pub(crate) fn new(
        driver: Handle,
        readings: watch::Receiver<Readings>,
        keys: Vec<AccessKey>,
        marks: Option<Arc<Calls>>,
        (nonces, durable): (Nonces, bool),
        random: [u64; 2],
    ) -> Self {
        Self {
            driver,
            readings,
            keys: RwLock::new(keys),
            marks,
            nonces,
            durable,
            faults: Faults::default(),
            ids: RequestIds { key: random, next: AtomicU64::new(0) },
        }
    }

    /// The answer to a request that never became a call.
    pub(crate) fn turned_away(&self, request: Option<&HttpRequest>, why: &Transport) -> HttpAnswer {
        let id = self.ids.draw();
        tracing::info!(request_id = %id, code = why.code(), %why, "request refused");
        let host = request.and_then(|request| request.header("host")).unwrap_or("localhost");
        let asked =
            request.and_then(|request| Some(Format::of(request, &ParamMap::from_request(request).ok()?)));
        xml::rendered(asked.unwrap_or(Format::Json), "", why.answer(id, host))
    }

    /// Answers one call. Whoever signed it is let in.
    pub(crate) async fn answer(&self, request: &HttpRequest, visit: &Visit) -> Outcome {
        let params = ParamMap::from_request(request);
        let format = params.as_ref().map_or(Format::Json, |params| Format::of(request, params));
        let host = request.header("host").unwrap_or("localhost").to_owned();
        let asked = Asked { id: self.ids.draw(), host };
        let params = match params {
            Ok(params) => params,
            Err(error) => return Some(asked.failed(400, "InputInvalid", &format!("{error}."))),
        };
        match self.call(&asked, request, &params, visit).await {
            Ok((operation, outcome)) => {
                outcome.map(|answer| xml::rendered(format, operation.map_or("", Operation::name), answer))
            }
            Err(error) => {
                tracing::info!(request_id = %asked.id, code = error.code(), "call not attributed");
                self.mark(|| reached::by_rejection(&Rejection::Auth(error.clone())));
                let answer = envelope::unauthenticated(asked.id, &asked.host, &error);
                Some(xml::rendered(format, "", answer))
            }
        }
    }

    async fn call(
        &self,
        asked: &Asked,
        request: &HttpRequest,
        params: &ParamMap,
        visit: &Visit,
    ) -> Result<(Option<Operation>, Outcome), AuthError> {
        let Call { operation, params, caller, nonce } = self.attribute(request, params)?;
        visit.is_let_in();
        self.mark(|| reached::by_parameters(operation, &params));
        if let Some(fault) = self.faults.of(operation) {
            match self.suffer(fault, asked).await {
                Suffered::Go => {}
                Suffered::Answer(answer) => return Ok((Some(operation), Some(answer))),
                Suffered::Drop => return Ok((Some(operation), None)),
            }
        }
        Ok((Some(operation), self.dispatch(asked, (caller, nonce), operation, &params).await))
    }

    /// Whose key signed the request, and what is asked. Time and nonce are judged by the wall's clock, whatever the
    /// service's clock shows. A nonce is used up only by a request that passed everything else.
    /// What goes on to the state machine is what was signed, and nothing else.
    fn attribute(&self, request: &HttpRequest, params: &ParamMap) -> Result<Call, AuthError> {
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
            let call =
                receive::Call { operation, params: signed.params.clone(), signed: Signed::clone(&signed) };
            reached::by_request(request, &call)
        });
        let nonce = self.durable.then(|| UsedNonce {
            access_key_id: signed.access_key_id.clone(),
            nonce: signed.nonce.clone(),
            signed_at: signed.signed_at,
        });
        Ok(Call { operation, params: signed.params, caller: key.caller(), nonce })
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
        let asked = Asked { id: self.ids.draw(), host: host.to_owned() };
        Ok(self.enveloped(&asked, operation, &answer))
    }

    async fn suffer(&self, fault: Fault, asked: &Asked) -> Suffered {
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
                Suffered::Answer(asked.failed(code.status(), code.as_str(), text))
            }
        }
    }

    async fn dispatch(
        &self,
        asked: &Asked,
        (caller, nonce): (Caller, Option<UsedNonce>),
        operation: Operation,
        params: &ParamMap,
    ) -> Outcome {
        let outcome = match decode::decode(operation, params) {
            Ok(request) => self.driver.call(caller, request, nonce).await,
            Err(error) => {
                let input = decode::input_invalid(operation, &error);
                self.driver.malformed(caller, operation, input, nonce).await.map(Err)
            }
        };
        match outcome {
            Ok(answer) => Some(self.written(asked, operation, &answer)),
            Err(Stopped) => Some(asked.failed(503, "ServerError", "the server is stopping.")),
        }
    }

    /// The answer to a call.
    fn written(&self, asked: &Asked, operation: Operation, answer: &Answer) -> HttpAnswer {
        if let Ok(response) = answer {
            self.mark(|| reached::by_answer(operation, response));
        }
        self.enveloped(asked, operation, answer)
    }

    /// An answer in the documented envelope.
    fn enveloped(&self, asked: &Asked, operation: Operation, answer: &Answer) -> HttpAnswer {
        let Asked { id, host, .. } = asked;
        let (name, readings) = (operation.name(), *self.readings.borrow());
        match answer {
            Ok(response) => {
                tracing::debug!(request_id = %id, operation = name, "accepted");
                envelope::accepted(*id, encode::encode(&readings, operation, response))
            }
            Err(Declined { refusal, at, note }) => {
                tracing::debug!(request_id = %id, operation = name, code = refusal.code().as_str(), "refused");
                self.mark(|| reached::by_refusal(refusal));
                envelope::refused_with(&readings, *at, (*id, host), refusal, note.as_deref())
            }
        }
    }
}

/// A call whose caller and operation are known.
struct Call {
    operation: Operation,
    params: ParamMap,
    caller: Caller,
    /// The nonce that it used up, where that is to be remembered.
    nonce: Option<UsedNonce>,
}

enum Suffered {
    Go,
    Answer(HttpAnswer),
    Drop,
}

/// The API, shared by all connections.
pub(crate) type SharedApi = Arc<Api>;
