//! The requirements of a case: where the subject does not meet one, the case is not applicable, and says why.

use claque_core::{Duration, Family, Operation};
use claque_wire::operation::OperationSpec;

use crate::case::{Action, Case, Channel, ClientVerb, Given, Setup, Step};
use crate::subject::{Capabilities, Subject};
use crate::template::Template;

/// The first requirement that the subject does not meet.
pub(super) fn lack(case: &Case, subject: &dyn Subject) -> Option<String> {
    lacks(case, subject.capabilities()).or_else(|| {
        let missing = operations(case).find(|operation| {
            let spec = OperationSpec::named(operation);
            spec.is_some_and(|spec| !subject.offers(spec.operation))
        })?;
        Some(format!("it does not offer {missing}"))
    })
}

fn lacks(case: &Case, can: Capabilities) -> Option<String> {
    let acts = |what: fn(&Action) -> bool| case.steps.iter().any(|step| what(&step.action));
    let members = case.given.iter().any(|given| match given {
        Given::App { .. } => false,
        Given::Group { members, crowd, .. } => !members.is_empty() || *crowd > 0,
        Given::Online { .. } => true,
    });
    let called_as = |name: &str| {
        case.steps.iter().filter_map(Step::call).any(|call| call.caller.as_deref() == Some(name))
    };
    let transport = looks_at(case, Channel::Posted)
        || acts(|action| matches!(action, Action::RefuseCallbacks { .. } | Action::SettleCallbacks));
    let restarts = acts(|action| matches!(action, Action::Restart { .. }));
    let longest = case.steps.last().map_or(Duration::ZERO, Step::end);
    let lack = if case.setup != Setup::default() && !can.setup {
        "its limits and readings cannot be chosen".to_owned()
    } else if !can.applications && !fits(case) && makes_applications(case) {
        "it makes applications, which no operation deletes".to_owned()
    } else if counts_applications(case) && !can.setup {
        "its account may hold applications that the case did not make".to_owned()
    } else if (members || acts(|action| matches!(action, Action::Client(_)))) && !can.audience {
        "it admits no audience clients".to_owned()
    } else if acts(|action| matches!(action, Action::Console { .. })) && !can.console {
        "it has no console".to_owned()
    } else if acts(|action| matches!(action, Action::Receive | Action::Review(_))) && !can.callbacks {
        "its callbacks and reviews cannot be answered".to_owned()
    } else if transport && !can.transport {
        "no callback of it travels over HTTP".to_owned()
    } else if restarts && !can.restart {
        "it cannot be restarted".to_owned()
    } else if !case.users.is_empty() && !can.policies {
        "it knows no RAM users of cases".to_owned()
    } else if called_as("other-account") && !can.other_account {
        "there are no credentials of a second account".to_owned()
    } else if longest > can.patience && !can.virtual_time {
        format!("its clock cannot be set, and the case takes {longest}")
    } else if case.steps.iter().any(names_moments) && !can.virtual_time {
        "its clock cannot be set, and the case names moments".to_owned()
    } else {
        return None;
    };
    Some(lack)
}

/// Longer names keep their length, which a case may be about: their end gives way to the suffix. Unit: bytes.
pub(super) const NAME_BYTES_MAX: usize = 40;

/// Parameters that say something of a user, which an application remembers.
const INFORMATION: [&str; 4] = ["SenderInfo", "SenderMetaInfo", "UserMetaInfo", "userExtension"];

/// Operations whose answers or effects go beyond the groups that they name.
const OF_APPLICATIONS: [Operation; 8] = [
    Operation::CreateLiveMessageApp,
    Operation::ListLiveMessageApps,
    Operation::ListLiveMessageGroupByPage,
    Operation::ListLiveMessageGroups,
    Operation::ModifyLiveMessageAppAudit,
    Operation::ModifyLiveMessageAppCallback,
    Operation::ModifyLiveMessageAppDisable,
    Operation::ModifyLiveMessageUserInfo,
];

/// Whether a case can share its applications with others: they have the default settings and keep them, nobody looks at all of their
/// groups, and neither sessions nor information of users outlast the case.
pub(super) fn fits(case: &Case) -> bool {
    let plain = case.given.iter().all(|given| match given {
        Given::App { family, with, .. } => *family == Family::Old || with.is_empty(),
        Given::Group { group, .. } => group.len() <= NAME_BYTES_MAX,
        Given::Online { .. } => true,
    });
    plain
        && case.steps.iter().all(|step| match &step.action {
            Action::Call(call) => {
                let spec = OperationSpec::named(&call.operation);
                let informs = call.with.iter().any(|(name, _)| INFORMATION.contains(&name.as_str()));
                !informs && !spec.is_some_and(|spec| OF_APPLICATIONS.contains(&spec.operation))
            }
            Action::Client(action) => {
                let informs = action.with.iter().any(|(name, _)| INFORMATION.contains(&name.as_str()));
                !informs && action.verb != ClientVerb::DropLink
            }
            Action::Await { .. }
            | Action::Console { .. }
            | Action::Look
            | Action::Receive
            | Action::RefuseCallbacks { .. }
            | Action::Restart { .. }
            | Action::Review(_)
            | Action::SettleCallbacks => true,
        })
}

/// Applications that a case may make in an account that others use, too: an account holds 300 of them, and most cannot be deleted.
const APPS_BESIDE_OTHERS: u32 = 20;

/// Whether the case holds only in an account that has no other applications: it looks at a list of them, or makes many.
fn counts_applications(case: &Case) -> bool {
    let mut made = 0_u32;
    let mut lists = false;
    for step in &case.steps {
        match step.call().map(|call| call.operation.as_str()) {
            Some("ListLiveMessageApps" | "ListMessageApp") => lists |= step.expect.answer.is_some(),
            Some("CreateLiveMessageApp" | "CreateMessageApp") => made = made.saturating_add(step.repeat),
            _ => {}
        }
    }
    lists || made > APPS_BESIDE_OTHERS
}

/// Whether the case makes applications of the newer family, which stay.
fn makes_applications(case: &Case) -> bool {
    operations(case).any(|operation| operation == "CreateLiveMessageApp")
}

/// The operations that the case calls, givens included.
fn operations(case: &Case) -> impl Iterator<Item = &str> {
    let given = case.given.iter().flat_map(|given| match given {
        Given::Group { family: Family::Live, .. } => {
            ["CreateLiveMessageApp", "CreateLiveMessageGroup"].as_slice()
        }
        Given::Group { family: Family::Old, .. } => {
            ["CreateMessageApp", "CreateMessageGroup", "GetMessageToken", "JoinMessageGroup"].as_slice()
        }
        Given::App { family: Family::Old, .. } => ["CreateMessageApp"].as_slice(),
        Given::App { family: Family::Live, .. } | Given::Online { .. } => ["CreateLiveMessageApp"].as_slice(),
    });
    let called = case.steps.iter().filter_map(Step::call).map(|call| call.operation.as_str());
    given.copied().chain(called)
}

/// Whether a step expects something of what is sent in this way.
pub(super) fn looks_at(case: &Case, channel: Channel) -> bool {
    case.steps.iter().any(|step| tells(step, channel))
}

fn tells(step: &Step, channel: Channel) -> bool {
    std::iter::once(&step.expect)
        .chain(&step.allow)
        .any(|expect| expect.sent.iter().any(|(over, _)| *over == channel))
}

/// Whether the step speaks of a moment by the clock.
fn names_moments(step: &Step) -> bool {
    let sent = step.action.values().iter().any(|(_, template)| matches!(template, Template::Unix(_)));
    sent || step.expect.answer.as_ref().is_some_and(crate::matcher::Matcher::names_moments)
}
