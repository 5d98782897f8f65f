//! The control API under `/_claque/`: the tester's hands. Answers this machine only, unless a token is set.

mod callbacks;
mod calls;
mod chat;
mod clock;
mod conformance;
mod crowd;
mod explain;
mod faults;
mod outage;
mod overview;
mod people;
mod routes;
mod settings;
mod states;
mod stream;
mod worlds;

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use claque_wire::http::HttpRequest;
use serde::de::DeserializeOwned;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::http::HttpResponse;
use crate::origin;
use crate::server_state::{ControlApi, ServerState};
use crate::world::LiveWorld;

pub(crate) use chat::CHAT_BYTES_MAX;
pub(crate) use stream::STREAM_PATH;
pub(crate) use worlds::WORLD_BYTES_MAX;

/// The embedded console: one page, no other file, no other host.
static CONSOLE: LazyLock<String> = LazyLock::new(|| {
    [
        include_str!("../console/head.html"),
        "<style>\n",
        claque_plot::STYLE,
        include_str!("../console/style.css"),
        "</style>\n",
        include_str!("../console/body.html"),
        "<script>\n",
        include_str!("../console/js/dom.js"),
        include_str!("../console/js/server.js"),
        claque_plot::SCRIPT,
        include_str!("../console/js/live_plot.js"),
        include_str!("../console/js/messages.js"),
        include_str!("../console/js/calls.js"),
        include_str!("../console/js/feed.js"),
        include_str!("../console/js/create.js"),
        include_str!("../console/js/groups.js"),
        include_str!("../console/js/crowd.js"),
        include_str!("../console/js/faults.js"),
        include_str!("../console/js/ledger.js"),
        include_str!("../console/js/callbacks.js"),
        include_str!("../console/js/sessions.js"),
        include_str!("../console/js/settings.js"),
        include_str!("../console/js/worlds.js"),
        include_str!("../console/js/main.js"),
        "</script>\n</html>\n",
    ]
    .concat()
});
/// The policy of the console's page: run its own script and ask its own server.
// Names and messages of the traffic stand in the page: whatever is injected can load nothing and reach no
// other host.
const CONSOLE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Why a control call is refused: a status and a sentence.
#[derive(Debug)]
pub(crate) struct Refused(u16, String);

impl Refused {
    fn bad(text: impl Into<String>) -> Self {
        Self(400, text.into())
    }

    fn full() -> Self {
        Self(507, crate::driver::NO_ROOM.to_owned())
    }

    fn missing(text: impl Into<String>) -> Self {
        Self(404, text.into())
    }

    fn offline(user: &str) -> Self {
        Self::missing(format!(
            "{user:?} is not online: a client must log on first, or `claque ctl join` a virtual member"
        ))
    }
}

impl From<crate::driver::Stopped> for Refused {
    fn from(_: crate::driver::Stopped) -> Self {
        Self(503, "the server is stopping".to_owned())
    }
}

type Answered = Result<HttpResponse, Refused>;

impl ControlApi {
    pub(crate) const fn new(token: Option<String>) -> Self {
        Self { token }
    }

    pub(crate) async fn answer(
        &self,
        request: &mut HttpRequest,
        peer: IpAddr,
        (world, shared): (&Arc<LiveWorld>, &ServerState),
    ) -> HttpResponse {
        let outcome = match self.admit(request, peer) {
            Ok(()) => Self::route(request, world, shared).await,
            Err(refused) => Err(refused),
        };
        let refused = |Refused(status, text)| HttpResponse::json(status, &json!({ "error": text }));
        let response = outcome.unwrap_or_else(refused);
        tracing::debug!(
            method = request.method,
            path = request.path,
            world = world.name,
            status = response.status,
            "control call"
        );
        response
    }

    /// The answer to a request that may not be sent, by its head alone: its body is not read then.
    pub(crate) fn refusal(&self, request: &HttpRequest, peer: IpAddr) -> Option<HttpResponse> {
        let refused = |Refused(status, text)| HttpResponse::json(status, &json!({ "error": text }));
        self.admit(request, peer).err().map(refused)
    }

    /// Admits callers that carry the token; without a token set, callers on this machine.
    fn admit(&self, request: &HttpRequest, peer: IpAddr) -> Result<(), Refused> {
        // Without a token: an orchestrator's probe has none, and learns nothing but yes or no.
        if matches!(request.path.as_str(), "/_claque/health" | "/_claque/ready") {
            return Ok(());
        }
        // Ahead of the token: a page of elsewhere must not be able to try tokens in its reader's browser.
        if let Some(text) = origin::refused_site(request).filter(|_| !asks_for_page(request)) {
            return Err(Refused(403, text));
        }
        let Some(token) = &self.token else { return admit_local(request, peer) };
        // The page itself knows nothing: it asks its reader for the token.
        if asks_for_page(request) {
            return Ok(());
        }
        let given = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        // In constant time: the token could be found byte by byte from how long a refusal takes.
        if given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes()))) {
            return Ok(());
        }
        let says = match given {
            None => {
                "a control token is set: send it as Authorization: Bearer (claque ctl: --token or CLAQUE_CONTROL_TOKEN)"
            }
            Some(_) => "this is not the control token that the server was started with",
        };
        Err(Refused(401, says.to_owned()))
    }
}

/// Whether a request reads the console's page, which shows nothing by itself and stands in no other page's frame: a link
/// of elsewhere may lead to it. What is posted to the same path does what the console's buttons do, and is no page.
pub(crate) fn asks_for_page(request: &HttpRequest) -> bool {
    matches!(request.method.as_str(), "GET" | "HEAD")
        && matches!(request.path.as_str(), "/_claque/" | "/_claque/console")
}

/// Keeps out other machines, and pages of other origins that reach the loopback in their reader's name.
fn admit_local(request: &HttpRequest, peer: IpAddr) -> Result<(), Refused> {
    // Canonical, because a listener for both families shows 127.0.0.1 as ::ffff:127.0.0.1.
    if !peer.to_canonical().is_loopback() {
        let text = "the control API answers this machine only; set --control-token to open it";
        return Err(Refused(403, text.to_owned()));
    }
    if let Some(origin) = origin::foreign_page(request) {
        return Err(Refused(403, format!("the control API does not answer pages of {origin}")));
    }
    if let Some(header) = origin::passed_on(request) {
        let text = format!(
            "the control API answers this machine only, and {header} says that a proxy passed this on; set --control-token to open it"
        );
        return Err(Refused(403, text));
    }
    // A name that a foreign DNS server points at the loopback is not this machine's name.
    let host = request.header("host").unwrap_or("");
    if host.is_empty() || origin::is_loopback(origin::host_name(host)) {
        return Ok(());
    }
    Err(Refused(
        403,
        format!("the control API answers to localhost, not to {host:?}; set a token to open it"),
    ))
}

/// The JSON body of a request.
fn body<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Refused> {
    // No body is an empty object: `curl -X POST` of a call without parameters sends none.
    let bytes: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    serde_json::from_slice(bytes).map_err(|error| Refused::bad(format!("the body: {error}")))
}

/// A parameter of the query.
fn query(request: &HttpRequest, name: &str) -> Result<Option<String>, Refused> {
    let pairs = request.query_pairs().map_err(|error| Refused::bad(error.to_string()))?;
    Ok(pairs.into_iter().find(|(its, _)| its == name).map(|(_, value)| value))
}
