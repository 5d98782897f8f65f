//! One HTTP call to a running server.

use serde_json::Value;

use crate::Failure;

/// Longest answer that is read: a snapshot. Unit: bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// A server and the token that opens its control API.
#[derive(Clone, Copy)]
pub(crate) struct Server<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) token: Option<&'a str>,
}

impl Server<'_> {
    /// Asks the control API and gives its JSON, or the text that is none.
    pub(crate) fn ask(self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
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
    ) -> Result<Vec<u8>, Failure> {
        let Self { endpoint, token } = self;
        let base = if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") };
        let url = format!("{}/_claque/{path}", base.trim_end_matches('/'));
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.header("content-type", kind).body(body);
        let request =
            request.map_err(|error| Failure::Usage(format!("{endpoint:?} is no endpoint: {error}")))?;
        let mut answer = agent.run(request).map_err(|error| {
            Failure::No(format!(
                "{url}: {error}; is `claque serve` running there? --endpoint names another place"
            ))
        })?;
        let bytes = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let bytes = bytes.map_err(|error| Failure::No(format!("{url}: {error}")))?;
        if answer.status().is_success() {
            return Ok(bytes);
        }
        let said = match serde_json::from_slice::<Value>(&bytes) {
            Ok(value) => {
                value.get("error").and_then(Value::as_str).map_or_else(|| value.to_string(), str::to_owned)
            }
            Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        Err(Failure::No(format!("{} {said}", answer.status().as_u16())))
    }
}
