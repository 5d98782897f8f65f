//! Which rules about the wire decided: the marks that the state machine cannot set, because it never sees the wire.
//!
//! The computation of which rules a case reached asks here after each step, with what was received and what was answered.
//! Nothing here changes an outcome.

use claque_core::{CallbackEvent, Operation, Refusal, Response, Rule};

use crate::callback::CallbackDistrust;
use crate::endpoint::{Call, Rejection};
use crate::http::HttpRequest;
use crate::operation::{Kind, OperationSpec, Placement};
use crate::param::{ParamMap, index_of};

use crate::sign::{AuthError, Scheme};
use crate::xml::Format;

/// Longest request target that common servers take; a legal call may need a longer one. Unit: bytes.
///
/// Rule: `wire.target.long`
pub const COMMON_TARGET_MAX: usize = 65_534;

/// The rules that decided how a request was attributed and routed.
#[must_use]
pub fn by_request(request: &HttpRequest, call: &Call) -> Vec<Rule> {
    let mut rules = vec![match call.signed.scheme {
        Scheme::Acs3Sha256 | Scheme::Acs3Sm3 => Rule::WireSignAcs3,
        Scheme::Acs4Sha256 | Scheme::Acs4Sm3 => Rule::WireSignAcs4,
        Scheme::Rpc1 => Rule::WireSignRpc1,
    }];
    if call.signed.scheme == Scheme::Rpc1 {
        let time = call.signed.params.text("Timestamp").ok().flatten().unwrap_or_default();
        if time.contains('.') {
            rules.push(Rule::WireSignFraction);
        }
        if call.signed.empty_unsigned {
            rules.push(Rule::WireSignEmpty);
        }
    } else {
        rules.push(Rule::WireActionHeader);
        if request.header("x-acs-date").is_some_and(|time| time.contains('.')) {
            rules.push(Rule::WireSignFraction);
        }
        if request.header("authorization").is_some_and(|value| !lists_host(value)) {
            rules.push(Rule::WireSignListed);
        }
    }
    if request.query.contains('+') {
        rules.push(Rule::WireSignPlusSpace);
    }
    if request.target().len() > COMMON_TARGET_MAX {
        rules.push(Rule::WireTargetLong);
    }
    let spec = OperationSpec::of(call.operation);
    let placed = |placement| spec.parameters.iter().any(|parameter| parameter.placement == placement);
    if placed(Placement::Form) && request.has_form() && !request.body.is_empty() {
        rules.push(Rule::WireParametersBody);
    }
    if placed(Placement::Query) && !request.query.is_empty() && request.body.is_empty() {
        rules.push(Rule::WireParametersQuery);
    }
    if call.operation == Operation::ListLiveMessageGroupByPage && request.method == "GET" {
        rules.push(Rule::WireGroupPageGet);
    }
    sorted(rules)
}

/// Whether a header signature covers the host.
pub(crate) fn lists_host(authorization: &str) -> bool {
    let list = authorization.split_once("SignedHeaders=").map_or("", |(_, rest)| rest);
    list.split(',').next().unwrap_or("").split(';').any(|name| name == "host")
}

/// The rules that decided how a call's parameters were read.
#[must_use]
pub fn by_parameters(operation: Operation, params: &ParamMap) -> Vec<Rule> {
    let mut rules = Vec::new();
    if Format::of_params(params) == Some(Format::Xml) {
        rules.push(Rule::WireFormatXml);
    }
    let has = |name: &str| params.iter().any(|(given, _)| given == name);
    for parameter in OperationSpec::of(operation).parameters {
        let given = params.iter().find(|(name, _)| *name == parameter.name).map(|(_, value)| value);
        let rule = match (parameter.kind, given) {
            (Kind::Boolean, Some(_)) => Rule::WireBoolAnyCase,
            (Kind::List, Some(value)) if value.starts_with('[') => Rule::WireListJson,
            (Kind::List, Some(_)) => Rule::WireListComma,
            (Kind::List, None) if params.iter().any(|(name, _)| index_of(name, parameter.name).is_some()) => {
                Rule::WireListIndexed
            }
            (Kind::Map, Some(_)) => Rule::WireMapJson,
            (Kind::Boolean | Kind::Integer | Kind::List | Kind::Long | Kind::Map | Kind::Text, _) => continue,
        };
        rules.push(rule);
        if parameter.name == "Administrators" && rule == Rule::WireListComma {
            rules.push(Rule::GroupAdminsComma);
        }
    }
    let named: &[(Operation, &str, Rule)] = &[
        (Operation::ModifyLiveMessageGroupBand, "BannnedUsers", Rule::WireNamesBannnedUsers),
        (Operation::SendLiveMessageGroup, "SenderMetaInfo", Rule::WireNamesSenderInfo),
        (Operation::SendLiveMessageUser, "SenderInfo", Rule::WireNamesSenderInfo),
        (Operation::SendLiveMessageGroup, "StaticsIncrease", Rule::WireNamesIrregular),
        (Operation::KickLiveMessageGroupUser, "KickoffUser", Rule::WireNamesIrregular),
        (Operation::SendLiveMessageGroup, "MsgType", Rule::MessageTypeNumeric),
        (Operation::SendLiveMessageUser, "MsgType", Rule::MessageTypeNumeric),
        (Operation::SendMessageToGroup, "Data", Rule::LegacySendDataString),
    ];
    rules
        .extend(named.iter().filter(|(of, name, _)| *of == operation && has(name)).map(|(_, _, rule)| *rule));
    if operation == Operation::SendMessageToGroup {
        rules.push(Rule::LegacySendRequired);
        if !has("Type") {
            rules.push(Rule::LegacySendTypeOptional);
        }
    }
    if operation == Operation::SendMessageToGroupUsers {
        rules.push(Rule::LegacySendUsersTypeRequired);
    }
    sorted(rules)
}

/// The rules that decided how an answer was written.
#[must_use]
pub fn by_answer(operation: Operation, response: &Response) -> Vec<Rule> {
    let old_send = matches!(operation, Operation::SendMessageToGroup | Operation::SendMessageToGroupUsers);
    let mut rules = match response {
        Response::AppCreated(_) => vec![Rule::AppCreateResponse],
        Response::App(_) => {
            vec![Rule::AppDescribeFields, Rule::AppTimesUnixSeconds, Rule::WireAppsDisableString]
        }
        Response::Apps(_) => {
            vec![Rule::AppTimesUnixSeconds, Rule::WireAppsDisableString, Rule::WireNamesHasMore]
        }
        Response::GroupCreated(_) => vec![Rule::GroupCreateResponse],
        Response::Group(_) => vec![Rule::GroupDescribeFields, Rule::WireNamesIrregular],
        Response::GroupId(_) if operation == Operation::RecoverLiveMessageDeletedGroup => {
            vec![Rule::DeletionRestoreResponse]
        }
        Response::Groups(_) => {
            vec![
                Rule::ListGroupsFields,
                Rule::ListGroupsTokenString,
                Rule::WireNamesHasMore,
                Rule::WireNamesIrregular,
            ]
        }
        Response::GroupsByPage(_) => vec![Rule::ListGroupsFields, Rule::WireNamesIrregular],
        Response::Users(_) => vec![Rule::ListUsersFields, Rule::WireNamesHasMore],
        Response::Messages(_) => vec![Rule::ListMessagesFields, Rule::WireNamesHasMore],
        Response::MessageSent(_) if old_send => vec![Rule::LegacySendResponse],
        Response::MessageSent(_) => vec![Rule::MessageSendResponse],
        Response::Band(_) => vec![Rule::WireNamesIrregular],
        Response::OldAppsFound(_) => vec![Rule::LegacyQueryArray, Rule::LegacyStatusNormal],
        Response::OldApp(_) | Response::OldApps(_) | Response::OldGroup(_) | Response::OldGroups(_) => {
            vec![Rule::LegacyStatusNormal]
        }
        Response::OldToken(_) => vec![Rule::LegacyTokenExpiryMs],
        Response::Empty
        | Response::AppAudit(_)
        | Response::AppCallback(_)
        | Response::AppDisable(_)
        | Response::GroupId(_)
        | Response::UsersInGroup(_)
        | Response::UsersOnline(_)
        | Response::MessageDeleted(_)
        | Response::UserInfo(_)
        | Response::OldAppCreated(_)
        | Response::OldSuccess(_)
        | Response::OldGroupCreated(_)
        | Response::OldMembers(_)
        | Response::OldMembersById(_)
        | Response::OldMuted(_)
        | Response::OldOnline(_)
        | Response::OldLikes(_)
        | Response::OldMessages(_) => Vec::new(),
    };
    match operation.family() {
        claque_core::Family::Live => rules.push(Rule::WireOperationsNewFamily),
        claque_core::Family::Old => rules.push(Rule::LegacyResponseEnvelope),
    }
    sorted(rules)
}

/// The rules that decided how a refusal was written.
#[must_use]
pub fn by_refusal(refusal: &Refusal) -> Vec<Rule> {
    let mut rules = vec![Rule::WireErrorEnvelope];
    match refusal {
        Refusal::InputInvalid(_) => rules.push(Rule::ErrorInputInvalidCode),
        Refusal::NoAuth { .. } => rules.push(Rule::ErrorNoAuthCode),
        Refusal::Throttled { .. } => rules.extend([Rule::QuotaThrottleCode, Rule::QuotaThrottleHeaders]),
        Refusal::NotExist { .. } => rules.push(Rule::ErrorResourceNotExistCode),
        Refusal::Full { what: claque_core::Full::Groups, .. } => rules.push(Rule::ErrorTooManyGroupsCode),
        Refusal::Full { .. } => {}
        Refusal::ServerError { .. } => rules.push(Rule::ErrorServerErrorCode),
    }
    sorted(rules)
}

/// The rules that decided how a callback was written and signed.
#[must_use]
pub fn by_callback(event: &CallbackEvent) -> Vec<Rule> {
    let mut rules = vec![
        Rule::CallbackAuthHeaders,
        Rule::CallbackBodyShape,
        Rule::CallbackEventCodes,
        Rule::CallbackSignFormula,
    ];
    match event {
        CallbackEvent::Join(_) | CallbackEvent::Leave(_) => rules.push(Rule::CallbackFieldGroup),
        CallbackEvent::Reconnect(_) => rules.push(Rule::CallbackFieldGroups),
        CallbackEvent::Logoff(_) | CallbackEvent::Logon => {}
    }
    sorted(rules)
}

/// The rules that decided how an old-family callback was written and signed.
#[must_use]
pub fn by_old_callback() -> Vec<Rule> {
    vec![Rule::LegacyCallbackGet, Rule::LegacyCallbackSignature]
}

/// The rules that decided how a custom moderation was asked.
#[must_use]
pub fn by_moderation() -> Vec<Rule> {
    vec![Rule::ModerationRequestContent]
}

/// The rules that decided that a receiver does not trust a callback.
#[must_use]
pub fn by_distrust(distrust: CallbackDistrust) -> Vec<Rule> {
    match distrust {
        CallbackDistrust::Malformed | CallbackDistrust::WrongSignature => vec![Rule::CallbackSignFormula],
        CallbackDistrust::Stale => vec![Rule::CallbackSignFreshness],
    }
}

/// The rules that decided that a request is no call.
#[must_use]
pub fn by_rejection(rejection: &Rejection) -> Vec<Rule> {
    match rejection {
        Rejection::Auth(AuthError::ActionUnknown) => {
            vec![Rule::AppDeleteNoOperation, Rule::WireErrorEnvelope]
        }
        Rejection::Auth(_) | Rejection::Method | Rejection::Undecodable(_) => vec![Rule::WireErrorEnvelope],
    }
}

fn sorted(mut rules: Vec<Rule>) -> Vec<Rule> {
    rules.sort();
    rules.dedup();
    rules
}
