//! The shape of answers and refusals.

use claque_core::{Operation, Rule};
use claque_wire::operation::OperationSpec;
use claque_wire::schema::{MismatchKind, mismatches};

use super::findings::Findings;
use super::recording::{CallSeen, Ended, Recording};

/// The documented codes, each with its status and rule.
const CODES: [(&str, u16, Rule); 5] = [
    ("InputInvalid", 400, Rule::ErrorInputInvalidCode),
    ("NoAuth", 403, Rule::ErrorNoAuthCode),
    ("ResourceNotExist", 404, Rule::ErrorResourceNotExistCode),
    ("ServerError", 500, Rule::ErrorServerErrorCode),
    ("ErrorTooManyGroups", 400, Rule::ErrorTooManyGroupsCode),
];

/// The rule that speaks of a documented code.
pub(super) fn rule_of_code(code: &str) -> Option<Rule> {
    CODES.iter().find(|(name, _, _)| *name == code).map(|(_, _, rule)| *rule)
}

pub(super) fn judge(recording: &Recording, findings: &mut Findings) {
    for call in &recording.calls {
        match &call.ended {
            Ended::Accepted(fields) => shape(call, fields, findings),
            Ended::Refused(status, code) => refusal(call, (*status, code), findings),
            Ended::Unreadable(status) => {
                let says = format!(
                    "{} was answered with status {status} and a body that is neither an answer nor a refusal",
                    call.operation.name()
                );
                findings.break_rule(Rule::WireErrorEnvelope, says, vec![call.place]);
            }
            Ended::Unseen => {}
        }
    }
}

fn is_disable(mismatch: &str) -> bool {
    mismatch.split(' ').next().is_some_and(|path| path.ends_with(".Disable"))
}

fn shape(call: &CallSeen, fields: &serde_json::Map<String, serde_json::Value>, findings: &mut Findings) {
    let rule = rule_of_answer(call.operation);
    // What no document names is ignored by clients, and may be new.
    let wrong = mismatches(OperationSpec::of(call.operation).fields, fields)
        .into_iter()
        // How the list of applications writes whether one is disabled is open: `list.disable-type`.
        .filter(|mismatch| {
            call.operation != Operation::ListLiveMessageApps || !is_disable(&mismatch.to_string())
        })
        .find(|mismatch| mismatch.problem != MismatchKind::Unknown);
    match wrong {
        None => findings.keep(rule),
        Some(wrong) => {
            let says = format!("in the answer to {}, {wrong}", call.operation.name());
            findings.break_rule(rule, says, vec![call.place]);
        }
    }
}

fn refusal(call: &CallSeen, (status, code): (u16, &str), findings: &mut Findings) {
    let documented = CODES.iter().find(|(name, _, _)| *name == code);
    if let Some((_, expected, rule)) = documented {
        if status == *expected {
            findings.keep(*rule);
        } else {
            let says = format!("{code} came with status {status}, not {expected}");
            findings.break_rule(*rule, says, vec![call.place]);
        }
    }
    let whole = call.answer.as_ref().is_some_and(|answer| {
        ["RequestId", "Code", "Message"]
            .iter()
            .all(|name| answer.get(*name).is_some_and(serde_json::Value::is_string))
    });
    if whole {
        findings.keep(Rule::WireErrorEnvelope);
    } else {
        let says = format!("the refusal {code} lacks RequestId, Code or Message");
        findings.break_rule(Rule::WireErrorEnvelope, says, vec![call.place]);
    }
}

/// The rule that speaks of the fields of an operation's answer; the names as they are printed where none does.
pub(super) const fn rule_of_answer(operation: Operation) -> Rule {
    match operation {
        Operation::CreateLiveMessageApp => Rule::AppCreateResponse,
        Operation::DescribeLiveMessageApp => Rule::AppDescribeFields,
        Operation::ListLiveMessageApps => Rule::WireNamesHasMore,
        Operation::CreateLiveMessageGroup => Rule::GroupCreateResponse,
        Operation::DescribeLiveMessageGroup => Rule::GroupDescribeFields,
        Operation::RecoverLiveMessageDeletedGroup => Rule::DeletionRestoreResponse,
        Operation::ListLiveMessageGroups => Rule::ListGroupsFields,
        Operation::ListLiveMessageGroupByPage => Rule::ListGroupPageTotal,
        Operation::ListLiveMessageGroupUsers => Rule::ListUsersFields,
        Operation::ListLiveMessageGroupMessages => Rule::ListMessagesFields,
        Operation::SendLiveMessageGroup => Rule::MessageSendResponse,
        Operation::SendMessageToGroup => Rule::LegacySendResponse,
        other => match other.family() {
            claque_core::Family::Live => Rule::WireNamesIrregular,
            claque_core::Family::Old => Rule::LegacyResponseEnvelope,
        },
    }
}

/// Whether a code is one of the edge's: what it says hangs on the signature, which no recording has.
#[must_use]
pub fn is_edge(code: &str) -> bool {
    [
        "Incomplete",
        "InvalidA",
        "InvalidS",
        "InvalidT",
        "InvalidV",
        "MissingParameter",
        "Signature",
        "UnsupportedHTTP",
    ]
    .iter()
    .any(|begin| code.starts_with(begin))
}
