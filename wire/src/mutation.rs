//! Mutants of the wire: what a broken endpoint would do to requests, answers and callbacks around a sound state
//! machine, so that a suite can prove that it notices.
//!
//! A mutant is a change of plain data at one of nine places; the code that reads and writes stays free of it. Those about calls and
//! answers are in [`Endpoint`](crate::endpoint::Endpoint), which servers and the suite share; those about callbacks are where they
//! are sent.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a mutant does its damage at one or two of the nine places and nothing at the others"
)]

mod in_part;
mod pieces;
mod posting;
mod table;
mod unverified;

use claque_core::{Family, Operation};
use serde_json::{Map, Value, json};

use crate::envelope::HttpAnswer;
use crate::http::HttpRequest;
use crate::operation::{Kind, OperationSpec};
use crate::param::ParamMap;
use crate::reached::{COMMON_TARGET_MAX, lists_host};
use crate::xml::Format;

pub use self::table::WireMutation;

impl WireMutation {
    /// The mutant of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mutation| mutation.id() == id)
    }

    /// Damages a request before it is received.
    pub fn on_request(self, request: &mut HttpRequest) {
        let header_signed = request.header_values("authorization").next().is_some();
        let lose = |request: &mut HttpRequest, name: &str| {
            request.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        };
        let has = |request: &HttpRequest, wanted: &dyn Fn(&str, &str) -> bool| {
            request.query_pairs().is_ok_and(|pairs| pairs.iter().any(|(name, value)| wanted(name, value)))
        };
        match self {
            Self::FormIgnored => request.body.clear(),
            Self::GroupPagePostOnly if request.method == "GET" && header_signed => {
                "HEAD".clone_into(&mut request.method);
            }
            Self::HeaderActionIgnored if header_signed => lose(request, "x-acs-action"),
            Self::HeaderActionOverruled if header_signed && has(request, &|name, _| name == "Action") => {
                lose(request, "x-acs-action");
            }
            Self::QueryIgnored => request.query.clear(),
            Self::SignHeadersRefused => lose(request, "authorization"),
            Self::SignParametersRefused if !header_signed => request.query.push_str("&defect=1"),
            Self::SignEmptyNeeded
                if !header_signed
                    && has(request, &|name, value| value.is_empty() && name != "SignatureType") =>
            {
                request.query.push_str("&defect=1");
            }
            Self::SignFractionRefused
                if has(request, &|name, value| name == "Timestamp" && value.contains('.')) =>
            {
                request.query.push_str("&defect=1");
            }
            Self::SignHostNeeded
                if request.header("authorization").is_some_and(|value| !lists_host(value)) =>
            {
                lose(request, "authorization");
            }
            Self::SignScopeRefused
                if request.header("authorization").is_some_and(|value| value.starts_with("ACS4-")) =>
            {
                lose(request, "authorization");
            }
            Self::SignPlusLiteral => request.query = request.query.replace('+', "%2B"),
            Self::TargetCut => request.query.truncate(COMMON_TARGET_MAX),
            _ => self.on_spelling(request),
        }
    }

    /// Damages the parameters of a call before they are decoded.
    pub fn on_params(self, operation: Operation, params: &mut ParamMap) {
        let spec = OperationSpec::of(operation);
        let of_kind =
            |name: &str, kind: Kind| spec.parameter(name).is_some_and(|parameter| parameter.kind == kind);
        let is = |name: &str| params.iter().any(|(given, _)| given == name);
        let (typed, operator) = (is("Type"), is("OperatorUserId"));
        let mut pairs: Vec<(String, String)> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let add = |pairs: &mut Vec<(String, String)>, name: &str, value: &str| {
            pairs.push((name.to_owned(), value.to_owned()));
        };
        match self {
            Self::BoolLowerOnly => {
                for (name, value) in &mut pairs {
                    if of_kind(name, Kind::Boolean) && value.bytes().any(|byte| byte.is_ascii_uppercase()) {
                        value.push('?');
                    }
                }
            }
            Self::AdminsUnsplit | Self::ListUnsplit => {
                for (name, value) in &mut pairs {
                    let meant = (name == "Administrators") == (self == Self::AdminsUnsplit);
                    if meant && of_kind(name, Kind::List) && !value.starts_with('[') {
                        *value = value.replace(',', "");
                    }
                }
            }
            Self::ListFirstIndexOnly => pairs.retain(|(name, _)| match name.split_once('.') {
                Some((list, index)) => index == "1" || !of_kind(list, Kind::List),
                None => true,
            }),
            Self::ListJsonAsComma => {
                for (name, value) in &mut pairs {
                    if of_kind(name, Kind::List) && value.starts_with('[') {
                        value.insert(0, ',');
                    }
                }
            }
            Self::MapFlattened => {
                for (_, value) in pairs.iter_mut().filter(|(name, _)| of_kind(name, Kind::Map)) {
                    *value = flattened(value);
                }
            }
            Self::MapIgnored => pairs.retain(|(name, _)| !of_kind(name, Kind::Map)),
            Self::MessageTypeLenient => {
                pairs.retain(|(name, value)| name != "MsgType" || value.parse::<i64>().is_ok());
            }
            Self::NameBannedCorrected if operation == Operation::ModifyLiveMessageGroupBand => {
                pairs.retain(|(name, _)| !name.starts_with("BannnedUsers"));
                rename(&mut pairs, "BannedUsers", "BannnedUsers");
            }
            Self::NameSenderInfoOne if operation == Operation::SendLiveMessageUser => {
                pairs.retain(|(name, _)| name != "SenderInfo");
                rename(&mut pairs, "SenderMetaInfo", "SenderInfo");
            }
            Self::OldDataObjectOnly if operation == Operation::SendMessageToGroup => {
                pairs.retain(|(name, value)| name != "Data" || value.starts_with('{'));
            }
            Self::OldSendAnonymous if operation == Operation::SendMessageToGroup && !operator => {
                add(&mut pairs, "OperatorUserId", "nobody");
            }
            Self::OldSendTypeNeeded if operation == Operation::SendMessageToGroup && !typed => {
                add(&mut pairs, "Type", "none");
            }
            Self::OldSendUsersTypeLenient if operation == Operation::SendMessageToGroupUsers && !typed => {
                add(&mut pairs, "Type", "0");
            }
            _ => self.on_params_in_part(operation, &mut pairs),
        }
        *params = ParamMap::from_pairs(pairs);
    }

    /// Damages the form in which an answer is wanted.
    #[must_use]
    pub fn on_format(self, format: Format) -> Format {
        if self == Self::FormatIgnored { Format::Json } else { format }
    }

    /// Damages an answer before it is sent; `action` is what the caller asked for, known or not.
    ///
    /// # Panics
    ///
    /// If the answer's body is no JSON object, which none of this crate's is.
    pub fn on_answer(self, action: &str, answer: &mut HttpAnswer) {
        let mut body: Map<String, Value> =
            serde_json::from_str(&answer.body).expect("an answer is a JSON object");
        if body.contains_key("Code") {
            self.on_refusal(action, answer, &mut body);
        } else {
            self.on_success(action, answer, &mut body);
        }
        answer.body = Value::Object(body).to_string();
    }

    fn on_refusal(self, action: &str, answer: &mut HttpAnswer, body: &mut Map<String, Value>) {
        let code = body["Code"].as_str().unwrap_or_default().to_owned();
        let set = |body: &mut Map<String, Value>, code: &str| body.insert("Code".to_owned(), json!(code));
        let old = Operation::from_name(action).is_some_and(|asked| asked.family() == Family::Old);
        match (self, code.as_str()) {
            (Self::EnvelopeNoMessage, _) => drop(body.shift_remove("Message")),
            (Self::EnvelopeNoId, _) => drop(body.shift_remove("RequestId")),
            (Self::ErrorInputStatus, "InputInvalid") => answer.status = 422,
            (Self::ErrorNoAuthOther, "NoAuth") => drop(set(body, "Forbidden")),
            (Self::ErrorNotExistOther, "ResourceNotExist") => drop(set(body, "NotFound")),
            (Self::ErrorServerOther, "ServerError") => drop(set(body, "InternalError")),
            (Self::ErrorTooManyStatus, "ErrorTooManyGroups") => answer.status = 403,
            (Self::ThrottleHeadersZero, "Throttling.User") => {
                answer.headers.iter_mut().for_each(|(_, value)| *value = "0".to_owned());
            }
            (Self::ErrorInputOther, "InputInvalid") => drop(set(body, "InvalidInput")),
            (Self::ErrorNoAuthStatus, "NoAuth") => answer.status = 401,
            (Self::ErrorNotExistStatus, "ResourceNotExist") => answer.status = 400,
            (Self::ErrorServerStatus, "ServerError") => answer.status = 503,
            (Self::ErrorTooManyOther, "ErrorTooManyGroups") => drop(set(body, "InputInvalid")),
            (Self::ThrottleCodeOther, "Throttling.User") => drop(set(body, "ServiceBusy")),
            (Self::ErrorNoAuthOldOther, "NoAuth") if old => drop(set(body, "Forbidden")),
            (Self::ErrorNotExistOldStatus, "ResourceNotExist") if old => answer.status = 400,
            (Self::ThrottleCodeOldOther, "Throttling.User") if old => drop(set(body, "ServiceBusy")),
            (Self::ThrottleHeadersOldMissing, "Throttling.User") if old => answer.headers.clear(),
            (Self::ThrottleHeadersMissing, "Throttling.User") => {
                answer
                    .headers
                    .retain(|(name, _)| !matches!(*name, "x-acs-retry-after" | "X-RateLimit-User-API"));
            }
            (Self::AppDeleteAnswered, "InvalidAction.NotFound") if action == "DeleteLiveMessageApp" => {
                answer.status = 200;
                body.retain(|name, _| name == "RequestId");
            }
            _ => {}
        }
    }

    fn on_success(self, action: &str, answer: &mut HttpAnswer, body: &mut Map<String, Value>) {
        match (self, action) {
            (Self::AppCreateUnsigned, "CreateLiveMessageApp") => drop(body.shift_remove("AppSign")),
            (Self::AppDescribeShort, "DescribeLiveMessageApp") => drop(body.shift_remove("MsgLifeCycle")),
            (Self::AppTimesMillis, "DescribeLiveMessageApp" | "ListLiveMessageApps") => {
                each(body, &mut |object| {
                    scale(object, "CreateTime", 1_000, 1);
                    scale(object, "ModifyTime", 1_000, 1);
                });
            }
            (Self::AppsDisableBoolean, "ListLiveMessageApps") => each(body, &mut disable_as_boolean),
            (Self::CounterWraps, _) => each(body, &mut wrap_counters),
            (Self::GroupCreateFlagsSwapped, "CreateLiveMessageGroup") => {
                let exists = body.insert("AlreadyExists".to_owned(), body["AlreadyDelete"].clone());
                body.insert("AlreadyDelete".to_owned(), exists.unwrap_or(Value::Bool(false)));
            }
            (Self::GroupDescribeShort, "DescribeLiveMessageGroup") => drop(body.shift_remove("AdminList")),
            (Self::GroupListShort, "ListLiveMessageGroups" | "ListLiveMessageGroupByPage") => {
                each(body, &mut |object| drop(object.shift_remove("GroupInfo")));
            }
            (Self::GroupTokenNumber, _) => {
                if let Some(Value::String(token)) = body.get("NextpageToken") {
                    let token: i64 = token.parse().unwrap_or_default();
                    body.insert("NextpageToken".to_owned(), json!(token));
                }
            }
            (Self::GroupTokenOnLastPage, "ListLiveMessageGroups") => {
                body.entry("NextpageToken").or_insert_with(|| json!("0"));
            }
            (Self::MessageListMillis, "ListLiveMessageGroupMessages") => {
                each(body, &mut |object| scale(object, "Timestamp", 1_000, 1));
            }
            (Self::UserTokenKept, "ListLiveMessageGroupUsers") => {
                if body.get("NextPageToken") == Some(&json!(0)) {
                    body.insert("NextPageToken".to_owned(), json!(-1));
                }
            }
            (Self::MessageListShort, "ListLiveMessageGroupMessages") => {
                each(body, &mut |object| drop(object.shift_remove("SeqNumber")));
            }
            (Self::MessageSendOtherId, "SendLiveMessageGroup" | "SendLiveMessageUser") => {
                body.insert("MsgTid".to_owned(), json!("other"));
            }
            (Self::NameHasMoreEverywhere, _) => {
                each(body, &mut |object| rename_key(object, "Hasmore", "HasMore"));
            }
            (Self::NamesCorrected, _) => correct_names(body),
            (Self::OperationMissing, "UnbanLiveMessageGroup") => {
                answer.status = 404;
                body.insert("Code".to_owned(), json!("InvalidAction.NotFound"));
                body.insert("Message".to_owned(), json!("Specified api is not found."));
            }
            (Self::RestoreUnnamed, "RecoverLiveMessageDeletedGroup") => drop(body.shift_remove("GroupId")),
            (Self::UserInfoFailuresLost, "ModifyLiveMessageUserInfo") => {
                body.insert("FailList".to_owned(), json!([]));
            }
            (Self::UserInfoFailuresTaken, "ModifyLiveMessageUserInfo") => {
                each(body, &mut |object| {
                    if object.contains_key("Code") {
                        object.insert("Success".to_owned(), json!(true));
                    }
                });
            }
            (Self::UserListShort, "ListLiveMessageGroupUsers") => {
                each(body, &mut |object| drop(object.shift_remove("UserInfo")));
            }
            _ => self.on_success_in_part(action, body),
        }
    }

    fn on_old_success(self, action: &str, body: &mut Map<String, Value>) {
        match (self, body.get("Result").cloned()) {
            (Self::OldEnvelopeFlat, Some(Value::Object(result))) => {
                body.shift_remove("Result");
                body.extend(result);
            }
            (Self::OldEnvelopeIdInside, Some(Value::Object(mut result))) => {
                let id = body.shift_remove("RequestId").unwrap_or_default();
                result.insert("RequestId".to_owned(), id);
                body.insert("Result".to_owned(), Value::Object(result));
            }
            (Self::OldQueryObject, Some(Value::Array(pages))) if action == "QueryMessageApp" => {
                let page = pages.into_iter().next().unwrap_or(json!({}));
                body.insert("Result".to_owned(), page);
            }
            (Self::OldSendOtherName, Some(_)) => {
                each(body, &mut |object| rename_key(object, "MessageId", "MsgTid"));
            }
            (Self::OldStatusZero, Some(_)) => each(body, &mut |object| scale(object, "Status", 0, 1)),
            (Self::OldTokenSeconds, Some(_)) => {
                each(body, &mut |object| scale(object, "AccessTokenExpiredTime", 1, 1_000));
            }
            _ => {}
        }
    }
}

/// The JSON of a map with texts in the place of whatever is none.
fn flattened(map: &str) -> String {
    let Ok(Value::Object(map)) = serde_json::from_str(map) else { return map.to_owned() };
    let text = |value: Value| if value.is_string() { value } else { json!(value.to_string()) };
    Value::Object(map.into_iter().map(|(key, value)| (key, text(value))).collect()).to_string()
}

/// Renames `from` and its numbered items.
fn rename(pairs: &mut [(String, String)], from: &str, to: &str) {
    for (name, _) in pairs {
        if name == from || name.strip_prefix(from).is_some_and(|rest| rest.starts_with('.')) {
            *name = name.replacen(from, to, 1);
        }
    }
}

/// Writes the names that the documents spell irregularly as one would expect them.
fn correct_names(body: &mut Map<String, Value>) {
    each(body, &mut |object| {
        for (irregular, regular) in [
            ("Createtime", "CreateTime"),
            ("Deletatime", "DeleteTime"),
            ("Deletor", "Deleter"),
            ("IsbannedAll", "IsBannedAll"),
            ("NextpageToken", "NextPageToken"),
        ] {
            rename_key(object, irregular, regular);
        }
    });
}

fn rename_key(object: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = object.shift_remove(from) {
        object.insert(to.to_owned(), value);
    }
}

/// Replaces the value of a field that is there.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(held) = object.get_mut(name) {
        *held = value;
    }
}

/// Multiplies and divides an integer field.
fn scale(object: &mut Map<String, Value>, name: &str, times: u64, by: u64) {
    if let Some(value) = object.get(name).and_then(Value::as_u64) {
        object.insert(name.to_owned(), json!(value * times / by));
    }
}

fn disable_as_boolean(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get("Disable") {
        let disabled = text == "true";
        object.insert("Disable".to_owned(), json!(disabled));
    }
}

fn wrap_counters(object: &mut Map<String, Value>) {
    for value in object.values_mut().filter(|value| value.as_i64() == Some(i64::MAX)) {
        *value = json!(i64::MIN);
    }
}

/// Applies a change to an object and every object inside it.
fn each(object: &mut Map<String, Value>, change: &mut impl FnMut(&mut Map<String, Value>)) {
    change(object);
    for value in object.values_mut() {
        each_value(value, change);
    }
}

fn each_value(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_value(item, change)),
        Value::Object(object) => each(object, change),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}
