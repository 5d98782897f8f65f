//! A recording proxy: calls pass through it untouched to another service, and what was asked and answered is written down in the format
//! of `docs/audit-format.md`; and a receiver that writes down the callbacks it gets.
//!
//! Secrets are not written down: no access key, no signature, and of an application's credentials only whose they are
//! ([`claque_wire::recorded`]).

use std::collections::BTreeSet;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claque_core::Operation;
use claque_wire::http::HttpRequest;
use claque_wire::recorded::{SeenCall, answer_without_secrets, app_of_answer};
use serde_json::{Map, Value as Json, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::rustls::ClientConfig;

use crate::clock::wall_now;
use crate::connections::Connections;
use crate::http::{HttpResponse, HttpStream, ReadError, forward};
use crate::limits::HttpLimits;
use crate::server::Awaited;
use crate::server_state::stop_requested;
use crate::tls;

/// A call that is not answered within this span is answered by the proxy.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Connections of one proxy that are open at once.
const CONNECTIONS_MAX: usize = 1_024;
/// The one source of a recording: proxy and receiver go by the same clock.
const SOURCE: &str = "recorder";

/// Where calls go.
#[derive(Clone, Debug)]
pub struct Upstream {
    host: String,
    port: u16,
    /// What to trust; none: in plain text.
    trust: Option<Arc<ClientConfig>>,
}

impl Upstream {
    /// The service at an address, `https://live.aliyuncs.com` or `http://127.0.0.1:8787`.
    ///
    /// # Errors
    /// A sentence, when it is no such address, or the file of authorities cannot be read.
    pub fn new(url: &str, authorities: Option<&Path>) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!(
                "{url:?} {what}; an address like https://live.aliyuncs.com or http://127.0.0.1:8787 is expected"
            )
        };
        let uri: hyper::Uri = url.parse().map_err(|error| wrong(&format!("is no address ({error})")))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return Err(wrong("begins with neither http:// nor https://")),
        };
        if !matches!(uri.path_and_query().map_or("/", |target| target.as_str()), "" | "/") {
            return Err(wrong("has a path, and calls bring their own"));
        }
        let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
        Ok(Self {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            trust: if secure { Some(tls::trust(authorities)?) } else { None },
        })
    }

    async fn call(&self, request: &HttpRequest, limits: &HttpLimits) -> Result<HttpResponse, String> {
        let there = (self.host.as_str(), self.port);
        let link = TcpStream::connect(there).await.map_err(|error| format!("cannot connect: {error}"))?;
        match &self.trust {
            None => forward(link, request, ANSWER_WITHIN, limits).await,
            Some(trust) => {
                let link = tls::connect(Arc::clone(trust), &self.host, link).await?;
                forward(link, request, ANSWER_WITHIN, limits).await
            }
        }
    }
}

/// What has been written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedCounts {
    /// Calls with their answers.
    pub calls: u64,
    /// Callbacks.
    pub callbacks: u64,
    /// Requests that were passed on and are no calls.
    pub others: u64,
}

struct LogWriter {
    to: Box<dyn Write + Send>,
    counts: RecordedCounts,
    /// Access keys in the order of first use: the first is the recording's account.
    keys: Vec<String>,
    apps: BTreeSet<String>,
    began: u64,
    /// Why nothing is written any more.
    failed: Option<String>,
}

/// The recording that a proxy and a receiver write.
pub struct RecordingLog {
    lines: Mutex<LogWriter>,
    clock_error: u64,
}

impl std::fmt::Debug for RecordingLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordingLog").field("clock_error", &self.clock_error).finish_non_exhaustive()
    }
}

impl RecordingLog {
    /// Begins a recording. This machine's clock is wrong by so many microseconds at the most.
    #[must_use]
    pub fn new(to: Box<dyn Write + Send>, clock_error: u64) -> Self {
        let lines = LogWriter {
            to,
            counts: RecordedCounts::default(),
            keys: Vec::new(),
            apps: BTreeSet::new(),
            began: now(),
            failed: None,
        };
        let log = Self { lines: Mutex::new(lines), clock_error };
        log.with(|lines| {
            lines.put(
                &json!({ "source": SOURCE, "header": { "version": 1, "clockErrorMicros": clock_error } }),
            );
        });
        log
    }

    fn with<T>(&self, act: impl FnOnce(&mut LogWriter) -> T) -> T {
        act(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What has been written down so far.
    ///
    /// # Errors
    /// When a line could not be written; nothing has been written since.
    pub fn counts(&self) -> Result<RecordedCounts, String> {
        self.with(|lines| lines.failed.clone().map_or(Ok(lines.counts), Err))
    }

    /// Ends the recording. `complete`: nothing was done to the applications created in it but what passed through the proxy.
    ///
    /// # Errors
    /// When a line could not be written.
    pub fn end(&self, complete: bool) -> Result<RecordedCounts, String> {
        self.with(|lines| {
            // By a clock that may be wrong, what is certainly within is shorter by twice that error.
            let (from, to) = (lines.began.saturating_sub(2 * self.clock_error), now() + 2 * self.clock_error);
            let apps = if complete { std::mem::take(&mut lines.apps) } else { BTreeSet::new() };
            for app in apps {
                lines.put(&json!({ "source": SOURCE, "complete": { "app": app, "from": from, "to": to } }));
            }
            if lines.failed.is_none()
                && let Err(error) = lines.to.flush()
            {
                lines.failed = Some(error.to_string());
            }
        });
        self.counts()
    }

    fn call(&self, at: u64, call: SeenCall, answered: Option<(u64, &HttpResponse)>) {
        self.with(|lines| {
            let mut line = Map::new();
            line.insert("operation".to_owned(), json!(call.operation));
            let key = call.access_key_id.unwrap_or_default();
            let number = lines.keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                lines.keys.push(key);
                lines.keys.len() - 1
            });
            // Whether another key is a RAM user's or another account's cannot be known.
            if number > 0 {
                line.insert("ramUser".to_owned(), json!(format!("key {}", number + 1)));
            }
            line.insert("parameters".to_owned(), Json::Object(call.parameters));
            if let Some((at, response)) = answered {
                line.insert("answeredAt".to_owned(), json!(at));
                let answer = answer_without_secrets(&response.body);
                // Of an answer in XML it is not written down what it says, and so not that it came with a status either.
                if let Some(answer) = answer {
                    let makes = matches!(
                        Operation::from_name(&call.operation),
                        Some(Operation::CreateLiveMessageApp | Operation::CreateMessageApp)
                    );
                    let app = app_of_answer(&answer);
                    lines.apps.extend(app.filter(|_| makes && number == 0).map(str::to_owned));
                    line.insert("status".to_owned(), json!(response.status));
                    line.insert("answer".to_owned(), Json::Object(answer));
                }
            }
            lines.counts.calls += 1;
            lines.put(&json!({ "source": SOURCE, "at": at, "call": line }));
        });
    }
}

impl LogWriter {
    fn put(&mut self, line: &Json) {
        if self.failed.is_some() {
            return;
        }
        // Whole lines, at once: whoever reads meanwhile, or after a crash, finds no half of one.
        let text = format!("{line}\n");
        if let Err(error) = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush()) {
            self.failed = Some(error.to_string());
        }
    }
}

/// This machine's time. Unit: microseconds since the UNIX epoch.
fn now() -> u64 {
    wall_now().as_micros()
}

/// What a listener is for.
#[derive(Clone, Debug)]
enum Role {
    Proxy(Arc<Upstream>),
    Receiver(SocketAddr),
}

/// Listens at an address.
///
/// # Errors
/// When somebody else does, or the address is not this machine's.
pub fn listen(at: SocketAddr) -> std::io::Result<TcpListener> {
    crate::accept::listen(at)
}

/// Passes calls on, and writes them down, until it is asked to stop.
#[must_use]
pub fn proxy(
    listener: TcpListener,
    upstream: Upstream,
    log: Arc<RecordingLog>,
    stop: watch::Receiver<bool>,
) -> Awaited<'static, ()> {
    Box::pin(accept(listener, Role::Proxy(Arc::new(upstream)), log, stop))
}

/// Takes callbacks, and writes them down, until it is asked to stop.
#[must_use]
pub fn receive(
    listener: TcpListener,
    log: Arc<RecordingLog>,
    stop: watch::Receiver<bool>,
) -> Awaited<'static, ()> {
    Box::pin(async move {
        let Ok(address) = listener.local_addr() else { return };
        accept(listener, Role::Receiver(address), log, stop).await;
    })
}

async fn accept(listener: TcpListener, role: Role, log: Arc<RecordingLog>, mut stop: watch::Receiver<bool>) {
    let limits = HttpLimits::default();
    let connections = Arc::new(Connections::new(&limits, CONNECTIONS_MAX, 1, 0));
    loop {
        let link = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop_requested(&mut stop) => return,
        };
        let Ok((link, _)) = link else {
            // Out of descriptors, for a moment.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&connections.places).acquire_owned().await else { return };
        let stream = HttpStream::new(link, limits, Arc::clone(&connections));
        let (role, log, stop) = (role.clone(), Arc::clone(&log), stop.clone());
        tokio::spawn(async move {
            serve(stream, &role, &log, stop).await;
            drop(place);
        });
    }
}

async fn serve(
    mut stream: HttpStream<TcpStream>,
    role: &Role,
    log: &RecordingLog,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let next = tokio::select! {
            biased;
            next = stream.head() => next,
            () = stop_requested(&mut stop) => return,
        };
        let mut head = match next {
            Ok(head) => head,
            Err(ReadError::Closed | ReadError::Broken) => return,
            Err(ReadError::Refused(why)) => return end(stream, 400, &why.to_string()).await,
        };
        if head.request.method == "CONNECT" {
            let says = "CONNECT is refused: calls within a tunnel cannot be recorded. Give the client library this address as its \
                        endpoint, with the protocol http";
            return end(stream, 405, says).await;
        }
        let bound = stream.limits.body_bytes_max;
        match stream.body(&mut head, bound).await {
            Ok(()) => {}
            Err(ReadError::Closed | ReadError::Broken) => return,
            Err(ReadError::Refused(why)) => return end(stream, 400, &why.to_string()).await,
        }
        let response = match role {
            Role::Proxy(upstream) => pass(&head.request, upstream, log, &stream.limits).await,
            Role::Receiver(address) => take(&head.request, *address, log),
        };
        let (keep_alive, head_only) = (head.keep_alive && !*stop.borrow(), head.request.method == "HEAD");
        let limits = stream.limits;
        let sent = response.send(&mut stream.link, (keep_alive, head_only), &limits).await;
        if sent.is_err() || !keep_alive {
            return;
        }
    }
}

async fn end(mut stream: HttpStream<TcpStream>, status: u16, says: &str) {
    let limits = stream.limits;
    let response = HttpResponse::new(status, "text/plain; charset=utf-8", format!("{says}\n"));
    if response.send(&mut stream.link, (false, false), &limits).await.is_ok() {
        crate::http::linger(&mut stream.link, &limits).await;
    }
}

/// Passes a request on; a call is written down with its answer.
async fn pass(
    request: &HttpRequest,
    upstream: &Upstream,
    log: &RecordingLog,
    limits: &HttpLimits,
) -> HttpResponse {
    let at = now();
    let answered = upstream.call(request, limits).await;
    let call = SeenCall::of(request);
    match call {
        Some(call) => log.call(at, call, answered.as_ref().ok().map(|response| (now(), response))),
        None => log.with(|lines| lines.counts.others += 1),
    }
    answered.unwrap_or_else(|why| {
        let (host, port) = (&upstream.host, upstream.port);
        HttpResponse::new(502, "text/plain; charset=utf-8", format!("{host}:{port}: {why} (--upstream)\n"))
    })
}

/// Takes a callback.
fn take(request: &HttpRequest, address: SocketAddr, log: &RecordingLog) -> HttpResponse {
    let host = request.header("host").map_or_else(|| address.to_string(), str::to_owned);
    let headers: Map<String, Json> =
        request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), json!(value))).collect();
    let body = serde_json::from_slice(&request.body)
        .unwrap_or_else(|_| json!(String::from_utf8_lossy(&request.body).into_owned()));
    let callback = json!({
        "method": request.method, "url": format!("http://{host}{}", request.target()), "headers": headers,
        "body": body, "answered": 200,
    });
    log.with(|lines| {
        lines.counts.callbacks += 1;
        lines.put(&json!({ "source": SOURCE, "at": now(), "callback": callback }));
    });
    HttpResponse::json(200, &json!({}))
}
