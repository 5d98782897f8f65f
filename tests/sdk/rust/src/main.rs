//! Plays the story through the published Rust client, unmodified: only the endpoint is named. Odd calls use GET, even ones
//! POST. Its time stamps have nanoseconds.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use aliyun_openapi_core_rust_sdk::client::error::Error as SdkError;
use aliyun_openapi_core_rust_sdk::client::rpc::RPClient;
use serde_json::Value;

type Fallible<T> = Result<T, Box<dyn Error>>;

struct Sdk {
    url: String,
    key: String,
    secret: String,
    calls: usize,
}

impl Sdk {
    /// The answer, or the code of the refusal.
    async fn call(&mut self, action: &str, parameters: &Value) -> Fallible<Result<Value, String>> {
        self.calls += 1;
        let client = RPClient::new(&self.key, &self.secret, &self.url).version("2016-11-01");
        let client = if self.calls % 2 == 1 { client.get(action) } else { client.post(action) };
        match client.query(pairs(parameters)).json::<Value>().await {
            Ok(answer) => Ok(Ok(answer)),
            Err(SdkError::InvalidResponse { request_id, error_code, .. }) => {
                assert!(!request_id.is_empty(), "{action}: no request ID");
                Ok(Err(error_code))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// This client takes texts: lists are numbered, maps are JSON, as its users write them.
fn pairs(parameters: &Value) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in parameters.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            Value::Array(items) => pairs.extend(items.iter().enumerate().map(|(index, item)| {
                (format!("{name}.{}", index + 1), item.as_str().unwrap_or_default().to_owned())
            })),
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_) => {
                pairs.push((name.clone(), value.to_string()));
            }
        }
    }
    pairs
}

/// The value with the saved ones in the place of their names.
fn filled(value: &Value, known: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$') {
            Some(name) => known[name].clone(),
            None => value.clone(),
        },
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, inner)| (name.clone(), filled(inner, known))).collect())
        }
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) => value.clone(),
    }
}

fn field<'a>(body: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(body, |inner, name| match name.parse::<usize>() {
        Ok(index) => &inner[index],
        Err(_) => &inner[name],
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Fallible<()> {
    let of = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set: run under claque serve --exec"));
    let url = of("CLAQUE_URL")?;
    let (key, secret) = (of("CLAQUE_ACCESS_KEY_ID")?, of("CLAQUE_ACCESS_KEY_SECRET")?);
    let mut sdk = Sdk { url: url.clone(), key, secret, calls: 0 };
    let http = reqwest::Client::new();
    let steps: Vec<Value> = serde_json::from_str(include_str!("../../story.json"))?;
    let (mut known, mut actions) = (BTreeMap::new(), BTreeSet::new());
    for step in &steps {
        let parameters = filled(&step["with"], &known);
        if let Some(path) = step["control"].as_str() {
            let asked = http.post(format!("{url}/_claque/{path}")).header("Content-Type", "application/json");
            asked.body(parameters.to_string()).send().await?.error_for_status()?;
            continue;
        }
        let action = step["call"].as_str().ok_or("a step calls something")?;
        actions.insert(action);
        let outcome = sdk.call(action, &parameters).await?;
        if let Some(code) = step["refused"]["code"].as_str() {
            assert_eq!(outcome, Err(code.to_owned()), "{action}");
            continue;
        }
        let body = outcome.map_err(|code| format!("{action}: {code}"))?;
        assert!(body["RequestId"].is_string(), "{action}: no request ID");
        for (path, expected) in step["expect"].as_object().into_iter().flatten() {
            assert_eq!(field(&body, path), &filled(expected, &known), "{action}: {path}");
        }
        for (variable, path) in step["save"].as_object().into_iter().flatten() {
            known.insert(variable.clone(), field(&body, path.as_str().ok_or("a path")?).clone());
        }
    }
    "wrong".clone_into(&mut sdk.secret);
    let refused = sdk.call("DescribeLiveMessageApp", &serde_json::json!({ "AppId": known["app"] })).await?;
    assert_eq!(refused, Err("SignatureDoesNotMatch".to_owned()));
    assert_eq!(actions.len(), 54);
    eprintln!("aliyun-openapi-core-rust-sdk over {url}: {} steps, {} operations", steps.len(), actions.len());
    Ok(())
}
