//! A call as a recording has it: what was asked and answered, without what signs it and without what it gives out in secret.

use serde_json::{Map, Value as Json, json};

use crate::http::HttpRequest;
use crate::param::ParamMap;

/// Begins what stands in a recording in the place of a secret; what the secret was follows.
pub const LEFT_OUT: &str = "left out: ";

/// Parameters that say who calls and how the answer is written, not what is called.
pub const COMMON: [&str; 11] = [
    "AccessKeyId",
    "Action",
    "Format",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// Fields of answers that are secrets, and what is said in their place: of which application they are.
const SECRETS: [(&str, &str); 4] = [
    ("AppKey", "key"),
    ("AppSign", "sign"),
    ("AccessToken", "access token"),
    ("RefreshToken", "refresh token"),
];

/// A call that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenCall {
    /// The documented name of its operation.
    pub operation: String,
    /// The ID of the access key that signed it, where the request shows it; no secret, and not to be written down either.
    pub access_key_id: Option<String>,
    /// Its parameters, without those that sign it.
    pub parameters: Map<String, Json>,
}

impl SeenCall {
    /// Reads a request; none if it names no operation, or does not decode.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let params = ParamMap::from_request(request).ok()?;
        let text = |name: &str| params.text(name).ok().flatten().map(str::to_owned);
        let operation = request.header("x-acs-action").map(str::to_owned).or_else(|| text("Action"))?;
        let in_header = request.header("authorization").and_then(|value| {
            let from = value.find("Credential=")? + "Credential=".len();
            value[from..].split([',', '/', ' ']).next().map(str::to_owned)
        });
        let access_key_id = text("AccessKeyId").or(in_header);
        let mut parameters = Map::new();
        for (name, value) in params.iter().filter(|(name, _)| !COMMON.contains(name)) {
            // Of a name that is given twice the first counts.
            if !parameters.contains_key(name) {
                parameters.insert(name.to_owned(), json!(value));
            }
        }
        Some(Self { operation, access_key_id, parameters })
    }
}

/// The body of an answer, if it is a JSON object, with what is secret in it left out.
#[must_use]
pub fn answer_without_secrets(body: &[u8]) -> Option<Map<String, Json>> {
    let mut answer: Json = serde_json::from_slice(body).ok()?;
    let app = answer.get("AppId").and_then(Json::as_str).unwrap_or_default().to_owned();
    leave_out(&mut answer, &app);
    match answer {
        Json::Object(answer) => Some(answer),
        Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => None,
    }
}

/// The application in the answer to its creation: the older family has it one level deeper.
#[must_use]
pub fn app_of_answer(answer: &Map<String, Json>) -> Option<&str> {
    let inner = answer.get("Result").and_then(|result| result.get("AppId"));
    answer.get("AppId").or(inner).and_then(Json::as_str)
}

fn leave_out(value: &mut Json, app: &str) {
    match value {
        Json::Object(fields) => {
            let app = fields.get("AppId").and_then(Json::as_str).unwrap_or(app).to_owned();
            for (name, value) in fields {
                match SECRETS.iter().find(|(secret, _)| secret == name).filter(|_| value.is_string()) {
                    Some((_, what)) => *value = json!(format!("{LEFT_OUT}{what} of {app}")),
                    None => leave_out(value, &app),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| leave_out(item, app)),
        Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signs_a_call_is_no_part_of_it() {
        let target =
            "/?Action=SendLiveMessageGroup&AppId=a&BannedUsers.1=ada&AccessKeyId=me&Signature=s&Format=JSON";
        let call = SeenCall::of(&HttpRequest::new("GET", target, Vec::new(), Vec::new())).expect("a call");
        assert_eq!(call.operation, "SendLiveMessageGroup");
        assert_eq!(call.access_key_id.as_deref(), Some("me"));
        assert_eq!(Json::Object(call.parameters), json!({ "AppId": "a", "BannedUsers.1": "ada" }));
        let headers = vec![
            ("x-acs-action".to_owned(), "CreateLiveMessageApp".to_owned()),
            (
                "Authorization".to_owned(),
                "ACS3-HMAC-SHA256 Credential=me,SignedHeaders=host,Signature=s".to_owned(),
            ),
        ];
        let call =
            SeenCall::of(&HttpRequest::new("POST", "/?AppName=x", headers, Vec::new())).expect("a call");
        assert_eq!(
            (call.operation.as_str(), call.access_key_id.as_deref()),
            ("CreateLiveMessageApp", Some("me"))
        );
        assert_eq!(SeenCall::of(&HttpRequest::new("GET", "/?x=%zz", Vec::new(), Vec::new())), None);
    }

    #[test]
    fn secrets_of_answers_are_left_out_and_told_apart() {
        let body = br#"{"AppId":"a","AppKey":"k","AppSign":"s","List":[{"AppId":"b","AppKey":"k2"}]}"#;
        let answer = answer_without_secrets(body).expect("an object");
        assert_eq!(
            Json::Object(answer),
            json!({ "AppId": "a", "AppKey": "left out: key of a", "AppSign": "left out: sign of a",
                    "List": [{ "AppId": "b", "AppKey": "left out: key of b" }] })
        );
        assert_eq!(answer_without_secrets(b"<xml/>"), None);
    }
}
