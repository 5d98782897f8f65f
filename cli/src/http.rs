//! One HTTP call to a running server.

use serde_json::Value;

use crate::Failure;

/// Asks the control API and gives its JSON.
pub(crate) fn ask(
    endpoint: &str,
    token: Option<&str>,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let base = if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") };
    let url = format!("{}/_claque/{path}", base.trim_end_matches('/'));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(&url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let text = body.map(Value::to_string).unwrap_or_default();
    let request = request.header("content-type", "application/json").body(text);
    let request = request.map_err(|error| Failure::Usage(format!("{endpoint:?} is no endpoint: {error}")))?;
    let mut answer = agent.run(request).map_err(|error| {
        Failure::No(format!(
            "{url}: {error}; is `claque serve` running there? --endpoint names another place"
        ))
    })?;
    let text = answer.body_mut().read_to_string().map_err(|error| Failure::No(format!("{url}: {error}")))?;
    let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    if answer.status().is_success() {
        return Ok(value);
    }
    let said = value.get("error").and_then(Value::as_str).map_or_else(|| value.to_string(), str::to_owned);
    Err(Failure::No(format!("{} {said}", answer.status().as_u16())))
}
