//! Deliberate defects of the wire: what a broken endpoint would do to requests, answers and callbacks around a sound state
//! machine, so that a suite can prove that it notices.
//!
//! A defect is a change of plain data at one of seven places; the code that reads and writes stays free of it. A driver that
//! runs a broken endpoint calls the seven functions at their places, and a sound one calls none of them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a defect does its damage at one or two of the seven places and nothing at the others"
)]

mod posting;

use claque_core::{Operation, Rule};
use serde_json::{Map, Value, json};

use crate::callback::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::envelope::HttpAnswer;
use crate::http::HttpRequest;
use crate::operation::{Kind, OperationSpec};
use crate::param::ParamMap;
use crate::reached::{COMMON_TARGET_MAX, lists_host};

macro_rules! mutations {
    ($(#[doc = $doc:literal] $name:ident => $id:literal breaks $rule:ident;)*) => {
        /// A deliberate defect of the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WireMutation {
            $(#[doc = $doc] $name,)*
        }

        impl WireMutation {
            /// Every defect.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// The rule it breaks.
            #[must_use]
            pub const fn rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule),* }
            }

            /// What the broken endpoint does, in one sentence.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $doc.trim_ascii_start()),* }
            }
        }
    };
}

mutations! {
    /// Takes administrators joined by commas for one name.
    AdminsUnsplit => "admins-unsplit" breaks GroupAdminsComma;
    /// Leaves the signature out of the answer to a create of an application.
    AppCreateUnsigned => "app-create-unsigned" breaks AppCreateResponse;
    /// Leaves the retention tier out of the description of an application.
    AppDescribeShort => "app-describe-short" breaks AppDescribeFields;
    /// Answers a call that deletes an application of the newer family.
    AppDeleteAnswered => "app-delete-answered" breaks AppDeleteNoOperation;
    /// Writes the times of applications in milliseconds.
    AppTimesMillis => "app-times-millis" breaks AppTimesUnixSeconds;
    /// Writes the disabled flag of listed applications as a truth value.
    AppsDisableBoolean => "apps-disable-boolean" breaks WireAppsDisableString;
    /// Takes truth values in lower case only.
    BoolLowerOnly => "bool-lower-only" breaks WireBoolAnyCase;
    /// Sends a callback as a field of a form.
    CallbackAsForm => "callback-as-form" breaks CallbackTransportPostJson;
    /// Sends a callback with GET.
    CallbackByGet => "callback-by-get" breaks CallbackTransportPostJson;
    /// Sends a callback with PUT.
    CallbackByPut => "callback-by-put" breaks CallbackTransportPostJson;
    /// Says that callbacks are in another charset.
    CallbackCharsetOther => "callback-charset-other" breaks CallbackTransportPostJson;
    /// Numbers the events of callbacks from 0.
    CallbackCodesShifted => "callback-codes-shifted" breaks CallbackEventCodes;
    /// Sends a callback as a JSON text that holds JSON.
    CallbackEscapedTwice => "callback-escaped-twice" breaks CallbackTransportPostJson;
    /// Leaves the group out of leave events.
    CallbackGroupMissing => "callback-group-missing" breaks CallbackFieldGroup;
    /// Leaves the groups out of reconnection events.
    CallbackGroupsMissing => "callback-groups-missing" breaks CallbackFieldGroups;
    /// Calls back without a timestamp.
    CallbackHeadersMissing => "callback-headers-missing" breaks CallbackAuthHeaders;
    /// Sends callbacks in UTF-16.
    CallbackInUtf16 => "callback-in-utf16" breaks CallbackTransportPostJson;
    /// Never sends a callback again.
    CallbackOnceOnly => "callback-once-only" breaks CallbackDeliveryRetries;
    /// Sends a callback again four times at most.
    CallbackRetriesOneLess => "callback-retries-one-less" breaks CallbackDeliveryRetries;
    /// Sends a callback again six times at most.
    CallbackRetriesOneMore => "callback-retries-one-more" breaks CallbackDeliveryRetries;
    /// Names the application of a callback differently.
    CallbackShapeOther => "callback-shape-other" breaks CallbackBodyShape;
    /// Signs callbacks in upper case.
    CallbackSignUpper => "callback-sign-upper" breaks CallbackSignFormula;
    /// Takes a receiver that says nothing for one that took the callback.
    CallbackSilenceTaken => "callback-silence-taken" breaks CallbackDeliveryRetries;
    /// Sends a callback again at once.
    CallbackSpacingNone => "callback-spacing-none" breaks CallbackDeliveryRetries;
    /// Sends a callback again after two seconds.
    CallbackSpacingTwoSeconds => "callback-spacing-two-seconds" breaks CallbackDeliveryRetries;
    /// Takes every status from 200 to 299 for 200.
    CallbackTakenByAny2xx => "callback-taken-by-any-2xx" breaks CallbackDeliveryRetries;
    /// Takes every answer to a callback for 200.
    CallbackTakenByAnyAnswer => "callback-taken-by-any-answer" breaks CallbackDeliveryRetries;
    /// Calls back under a transaction without its groups of digits.
    CallbackTransactionPlain => "callback-transaction-plain" breaks CallbackBodyShape;
    /// Sends callbacks without a content type.
    CallbackTypeMissing => "callback-type-missing" breaks CallbackTransportPostJson;
    /// Calls the body of a callback plain text.
    CallbackTypeText => "callback-type-text" breaks CallbackTransportPostJson;
    /// Signs no callback.
    CallbackUnsigned => "callback-unsigned" breaks CallbackAuthDefaultOn;
    /// Signs no callback but those of logons.
    CallbackUnsignedAfterLogon => "callback-unsigned-after-logon" breaks CallbackAuthDefaultOn;
    /// Waits four seconds for the answer to a callback.
    CallbackWithinFourSeconds => "callback-within-four-seconds" breaks CallbackDeliveryRetries;
    /// Waits six seconds for the answer to a callback.
    CallbackWithinSixSeconds => "callback-within-six-seconds" breaks CallbackDeliveryRetries;
    /// Waits for the answer to a callback without end.
    CallbackWithoutEnd => "callback-without-end" breaks CallbackDeliveryRetries;
    /// Writes a counter that is full as a negative number.
    CounterWraps => "counter-wraps" breaks StatisticsIncreaseSaturates;
    /// Leaves the message out of refusals.
    EnvelopeNoMessage => "envelope-no-message" breaks WireErrorEnvelope;
    /// Refuses illegal parameters with a code of its own.
    ErrorInputOther => "error-input-other" breaks ErrorInputInvalidCode;
    /// Refuses missing permissions with status 401.
    ErrorNoAuthStatus => "error-no-auth-status" breaks ErrorNoAuthCode;
    /// Refuses missing resources with status 400.
    ErrorNotExistStatus => "error-not-exist-status" breaks ErrorResourceNotExistCode;
    /// Answers unknown failures with status 503.
    ErrorServerStatus => "error-server-status" breaks ErrorServerErrorCode;
    /// Refuses one group too many as an illegal parameter.
    ErrorTooManyOther => "error-too-many-other" breaks ErrorTooManyGroupsCode;
    /// Answers in JSON whatever is asked for.
    FormatIgnored => "format-ignored" breaks WireFormatXml;
    /// Loses the form body.
    FormIgnored => "form-ignored" breaks WireParametersBody;
    /// Swaps the two flags of the answer to a create.
    GroupCreateFlagsSwapped => "group-create-flags-swapped" breaks GroupCreateResponse;
    /// Leaves the administrators out of the description of a group.
    GroupDescribeShort => "group-describe-short" breaks GroupDescribeFields;
    /// Leaves the information out of listed groups.
    GroupListShort => "group-list-short" breaks ListGroupsFields;
    /// Writes the token of the next page of groups as a number.
    GroupTokenNumber => "group-token-number" breaks ListGroupsTokenString;
    /// Refuses GET for the numbered list of groups.
    GroupPagePostOnly => "group-page-post-only" breaks WireGroupPageGet;
    /// Takes the action from the parameters only.
    HeaderActionIgnored => "header-action-ignored" breaks WireActionHeader;
    /// Takes the first of several numbered items only.
    ListFirstIndexOnly => "list-first-index-only" breaks WireListIndexed;
    /// Takes a JSON array for names joined by commas.
    ListJsonAsComma => "list-json-as-comma" breaks WireListJson;
    /// Takes a list joined by commas for one item.
    ListUnsplit => "list-unsplit" breaks WireListComma;
    /// Takes the nested values of maps for texts.
    MapFlattened => "map-flattened" breaks WireMapJson;
    /// Ignores maps.
    MapIgnored => "map-ignored" breaks WireMapJson;
    /// Leaves the sequence number out of listed messages.
    MessageListShort => "message-list-short" breaks ListMessagesFields;
    /// Answers a send with another message id.
    MessageSendOtherId => "message-send-other-id" breaks MessageSendResponse;
    /// Takes a message type that is no number for none.
    MessageTypeLenient => "message-type-lenient" breaks MessageTypeNumeric;
    /// Asks the custom review about a text without its characters of several bytes.
    ModerationAsciiOnly => "moderation-ascii-only" breaks ModerationRequestContent;
    /// Asks the custom review about a text that is escaped twice.
    ModerationEscapedTwice => "moderation-escaped-twice" breaks ModerationRequestContent;
    /// Asks the custom review under another field name.
    ModerationOtherField => "moderation-other-field" breaks ModerationRequestContent;
    /// Takes the users of the combined mute change under the corrected spelling.
    NameBannedCorrected => "name-banned-corrected" breaks WireNamesBannnedUsers;
    /// Writes `HasMore` in every list.
    NameHasMoreEverywhere => "name-has-more-everywhere" breaks WireNamesHasMore;
    /// Corrects irregular names.
    NamesCorrected => "names-corrected" breaks WireNamesIrregular;
    /// Takes the sender's information of a user send under the name of the group send.
    NameSenderInfoOne => "name-sender-info-one" breaks WireNamesSenderInfo;
    /// Does not know one of the operations.
    OperationMissing => "operation-missing" breaks WireOperationsNewFamily;
    /// Refuses data that is no JSON object in the older group send.
    OldDataObjectOnly => "old-data-object-only" breaks LegacySendDataString;
    /// Writes answers of the older family without their result.
    OldEnvelopeFlat => "old-envelope-flat" breaks LegacyResponseEnvelope;
    /// Writes the result of the query of applications as an object.
    OldQueryObject => "old-query-object" breaks LegacyQueryArray;
    /// Takes the older group send without an operator.
    OldSendAnonymous => "old-send-anonymous" breaks LegacySendRequired;
    /// Names the message of the older sends differently.
    OldSendOtherName => "old-send-other-name" breaks LegacySendResponse;
    /// Needs a type in the older group send.
    OldSendTypeNeeded => "old-send-type-needed" breaks LegacySendTypeOptional;
    /// Takes the older send to several users without a type.
    OldSendUsersTypeLenient => "old-send-users-type-lenient" breaks LegacySendUsersTypeRequired;
    /// Writes status 0 for what is in order.
    OldStatusZero => "old-status-zero" breaks LegacyStatusNormal;
    /// Writes the expiry of older tokens in seconds.
    OldTokenSeconds => "old-token-seconds" breaks LegacyTokenExpiryMs;
    /// Loses the query.
    QueryIgnored => "query-ignored" breaks WireParametersQuery;
    /// Leaves the group out of the answer to a restore.
    RestoreUnnamed => "restore-unnamed" breaks DeletionRestoreResponse;
    /// Refuses signatures that leave out the host.
    SignHostNeeded => "sign-host-needed" breaks WireSignListed;
    /// Refuses times with a fraction of a second.
    SignFractionRefused => "sign-fraction-refused" breaks WireSignFraction;
    /// Refuses signatures with a key derived for the day.
    SignScopeRefused => "sign-scope-refused" breaks WireSignAcs4;
    /// Refuses signatures that leave out an empty parameter.
    SignEmptyNeeded => "sign-empty-needed" breaks WireSignEmpty;
    /// Refuses every request signed in its headers.
    SignHeadersRefused => "sign-headers-refused" breaks WireSignAcs3;
    /// Refuses every request signed in its parameters.
    SignParametersRefused => "sign-parameters-refused" breaks WireSignRpc1;
    /// Takes a plus sign in the query for a plus sign.
    SignPlusLiteral => "sign-plus-literal" breaks WireSignPlusSpace;
    /// Cuts a request target off where common servers do.
    TargetCut => "target-cut" breaks WireTargetLong;
    /// Throttles with a code of its own.
    ThrottleCodeOther => "throttle-code-other" breaks QuotaThrottleCode;
    /// Throttles without saying for how long.
    ThrottleHeadersMissing => "throttle-headers-missing" breaks QuotaThrottleHeaders;
    /// Leaves the groups out that a change of user information did not reach.
    UserInfoFailuresLost => "user-info-failures-lost" breaks UserInfoMissingGroupCode;
    /// Calls a change of user information a success where its group is gone.
    UserInfoFailuresTaken => "user-info-failures-taken" breaks UserInfoPerGroup;
    /// Leaves the information out of listed users.
    UserListShort => "user-list-short" breaks ListUsersFields;
}

impl WireMutation {
    /// The defect of that name.
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
            _ => {}
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
            Self::FormatIgnored => pairs.retain(|(name, _)| name != "Format"),
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
            _ => {}
        }
        *params = ParamMap::from_pairs(pairs);
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
        match (self, code.as_str()) {
            (Self::EnvelopeNoMessage, _) => drop(body.shift_remove("Message")),
            (Self::ErrorInputOther, "InputInvalid") => drop(set(body, "InvalidInput")),
            (Self::ErrorNoAuthStatus, "NoAuth") => answer.status = 401,
            (Self::ErrorNotExistStatus, "ResourceNotExist") => answer.status = 400,
            (Self::ErrorServerStatus, "ServerError") => answer.status = 503,
            (Self::ErrorTooManyOther, "ErrorTooManyGroups") => drop(set(body, "InputInvalid")),
            (Self::ThrottleCodeOther, "Throttling.User") => drop(set(body, "ServiceBusy")),
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
            (Self::AppsDisableBoolean, "ListLiveMessageApps") => each(body, &mut |object| {
                if let Some(Value::String(text)) = object.get("Disable") {
                    let disabled = text == "true";
                    object.insert("Disable".to_owned(), json!(disabled));
                }
            }),
            (Self::CounterWraps, _) => each(body, &mut |object| {
                for value in object.values_mut().filter(|value| value.as_i64() == Some(i64::MAX)) {
                    *value = json!(i64::MIN);
                }
            }),
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
            _ => self.on_old_success(action, body),
        }
    }

    fn on_old_success(self, action: &str, body: &mut Map<String, Value>) {
        match (self, body.get("Result").cloned()) {
            (Self::OldEnvelopeFlat, Some(Value::Object(result))) => {
                body.shift_remove("Result");
                body.extend(result);
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

    /// Damages a callback before it is sent.
    pub fn on_callback(self, body: &mut Value, headers: &mut Vec<(&'static str, String)>) {
        match self {
            Self::CallbackHeadersMissing => headers.retain(|(name, _)| *name != TIMESTAMP_HEADER),
            Self::CallbackSignUpper => {
                for (_, value) in headers.iter_mut().filter(|(name, _)| *name == SIGNATURE_HEADER) {
                    value.make_ascii_uppercase();
                }
            }
            Self::CallbackCodesShifted
            | Self::CallbackGroupMissing
            | Self::CallbackGroupsMissing
            | Self::CallbackShapeOther
            | Self::CallbackTransactionPlain => {
                let Value::Object(object) = body else { return };
                each(object, &mut |object| match self {
                    Self::CallbackCodesShifted => {
                        if let Some(code) = object.get("e").and_then(Value::as_u64) {
                            object.insert("e".to_owned(), json!(code.saturating_sub(1)));
                        }
                    }
                    Self::CallbackTransactionPlain => {
                        if let Some(Value::String(id)) = object.get_mut("transactionid") {
                            id.retain(|mark| mark != '-');
                        }
                    }
                    Self::CallbackGroupMissing => drop(object.shift_remove("g")),
                    Self::CallbackGroupsMissing => drop(object.shift_remove("gs")),
                    _ => rename_key(object, "appid", "appId"),
                });
            }
            _ => {}
        }
    }

    /// Damages the question to a custom review before it is sent.
    pub fn on_moderation(self, body: &mut String) {
        match self {
            Self::ModerationAsciiOnly => body.retain(|mark| mark.is_ascii()),
            Self::ModerationEscapedTwice => *body = body.replace('\\', "\\\\\\"),
            Self::ModerationOtherField => *body = body.replacen("\"content\"", "\"text\"", 1),
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

/// Multiplies and divides an integer field.
fn scale(object: &mut Map<String, Value>, name: &str, times: u64, by: u64) {
    if let Some(value) = object.get(name).and_then(Value::as_u64) {
        object.insert(name.to_owned(), json!(value * times / by));
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
