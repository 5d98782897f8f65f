//! One HTTP call to a running server.

use std::path::{Path, PathBuf};

use serde_json::Value;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

use crate::CommandFailure;
use crate::name::unknown;

/// Longest answer that is read: a snapshot. Unit: bytes.
const ANSWER_BYTES_MAX: u64 = claque_core::journal::SNAPSHOT_FILE_BYTES_MAX as u64;

/// A server and the token that opens its control API.
#[derive(Clone, Copy)]
pub(crate) struct Server<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) token: Option<&'a str>,
    /// A PEM file of authorities to trust, for a server with a certificate of its own making.
    pub(crate) ca: Option<&'a Path>,
    /// The world whose control API is meant; none: that of the server.
    pub(crate) world: Option<&'a str>,
}

/// Whose control API a command calls.
#[derive(clap::Args)]
pub(crate) struct Controlled {
    /// The server.
    #[arg(long, global = true, default_value = "127.0.0.1:8787", env = "CLAQUE_ENDPOINT")]
    endpoint: String,
    /// The control token, if the server has one.
    #[arg(long, global = true, env = "CLAQUE_CONTROL_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Trusts this authority, for a server with a certificate of its own making: a PEM file.
    #[arg(long, global = true, env = "CLAQUE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl Controlled {
    /// The server, or one of its worlds.
    pub(crate) fn server<'a>(&'a self, world: Option<&'a str>) -> Server<'a> {
        Server { endpoint: &self.endpoint, token: self.token.as_deref(), ca: self.ca.as_deref(), world }
    }
}

/// The address of an endpoint, which may be host and port alone: with an authority named, it is reached by TLS.
pub(crate) fn url_of(endpoint: &str, ca: Option<&Path>) -> String {
    if endpoint.contains("://") {
        return endpoint.to_owned();
    }
    let scheme = if ca.is_some() { "https" } else { "http" };
    format!("{scheme}://{endpoint}")
}

/// The authorities in a PEM file.
fn trust(ca: &Path) -> Result<TlsConfig, CommandFailure> {
    let wrong = |error: String| CommandFailure::Usage(format!("--ca: {error}"));
    let pem =
        claque_conformance::file::read(ca, claque_conformance::file::WRITTEN_BYTES_MAX).map_err(wrong)?;
    let certificates: Vec<Certificate<'static>> = ureq::tls::parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            // A bundle may hold keys and comments; that no certificate is among it is found below.
            Ok(_) | Err(_) => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(wrong(format!("{}: no certificate in it", ca.display())));
    }
    Ok(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&certificates)).build())
}

impl Server<'_> {
    /// Asks the control API and gives its JSON, or the text that is none.
    pub(crate) fn ask(self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, CommandFailure> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let answer = self.exchange(method, path, "application/json", text.into_bytes())?;
        let value = serde_json::from_slice(&answer);
        Ok(value.unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&answer).into_owned())))
    }

    /// Sends bytes to the control API and gives the bytes of its answer.
    pub(crate) fn exchange(
        self,
        method: &str,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, CommandFailure> {
        let Self { endpoint, token, ca, world } = self;
        let world = world.map_or_else(String::new, |name| format!("worlds/{name}/"));
        // A trailing slash is what people copy from a browser, and two would be another path.
        let url = format!("{}/_claque/{world}{path}", url_of(endpoint, ca).trim_end_matches('/'));
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let (status, bytes) = self.send(request.header("content-type", kind).body(body), &url)?;
        if (200..300).contains(&status) {
            return Ok(bytes);
        }
        let said = match serde_json::from_slice::<Value>(&bytes) {
            Ok(value) => {
                value.get("error").and_then(Value::as_str).map_or_else(|| value.to_string(), str::to_owned)
            }
            Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        let hint = if status == 404 { self.nearest_world() } else { None };
        let hint = hint.map(|says| format!("\n{says}")).unwrap_or_default();
        Err(CommandFailure::No(format!("the server refused it with status {status}: {said}{hint}")))
    }

    /// Why something about a world failed, with the nearest name where the server does not have it.
    pub(crate) fn without_world(self, name: &str, failure: CommandFailure) -> CommandFailure {
        let CommandFailure::No(text) = failure else { return failure };
        let hint = Server { world: Some(name), ..self }.nearest_world();
        CommandFailure::No(hint.map_or_else(|| text.clone(), |says| format!("{text}\n{says}")))
    }

    /// That the server has no world of this name, with the nearest that it has.
    fn nearest_world(self) -> Option<String> {
        let name = self.world?;
        let answer = Server { world: None, ..self }.ask("GET", "worlds", None).ok()?;
        let known = answer["worlds"].as_array()?.iter().filter_map(|it| it["world"].as_str());
        let known: Vec<&str> = known.collect();
        (!known.contains(&name)).then(|| unknown("world", name, known, "`claque ctl worlds` lists all"))
    }

    /// Sends a request to an address of the server; status and body of the answer.
    pub(crate) fn send(
        self,
        request: ureq::http::Result<ureq::http::Request<Vec<u8>>>,
        url: &str,
    ) -> Result<(u16, Vec<u8>), CommandFailure> {
        let Self { endpoint, ca, .. } = self;
        let request = request
            .map_err(|error| CommandFailure::Usage(format!("{endpoint:?} is no endpoint: {error}")))?;
        // ureq makes an error of 4xx and drops the body, which is where the server says what is wrong.
        let mut config = ureq::Agent::config_builder().http_status_as_error(false);
        if let Some(ca) = ca {
            // In the place of the public authorities: a named one is meant for this server and no other.
            config = config.tls_config(trust(ca)?);
        }
        let agent: ureq::Agent = config.build().into();
        let mut answer = agent.run(request).map_err(|error| {
            let hint = if !url.starts_with("http:") && !url.starts_with("https:") {
                "an endpoint is HOST:PORT, http://HOST:PORT or https://HOST:PORT"
            } else if url.starts_with("https:") && ca.is_none() {
                "--ca names the authority that `claque serve --tls self-signed` wrote"
            } else {
                "is `claque serve` running there? --endpoint names another place"
            };
            CommandFailure::No(format!("{url}: {error}; {hint}"))
        })?;
        // ureq reads ten megabytes by default; a snapshot is longer.
        let bytes = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let bytes = bytes.map_err(|error| CommandFailure::No(format!("{url}: {error}")))?;
        Ok((answer.status().as_u16(), bytes))
    }
}
