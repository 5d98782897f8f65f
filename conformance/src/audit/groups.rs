//! Groups that are deleted and come back, users who are muted, messages that were recalled.
//!
//! That nobody has lifted a mute or restored a group in between is known only where the application is complete.

use claque_core::{Operation, Rule};
use serde_json::Value as Json;

use super::asked::{Answer, Asked};
use super::findings::Findings;
use super::recording::{CallSeen, Ended, Place, Recording};
use super::window::Window;

/// The code of a client's refusal: muted.
const MUTED: u64 = 442;

pub(super) fn judge(recording: &Recording, asked: &[Asked<'_>], findings: &mut Findings) {
    for call in &recording.calls {
        match call.operation {
            Operation::DeleteLiveMessageGroup if call.accepted() => {
                uses_of_deleted(recording, asked, call, findings);
            }
            Operation::AddLiveMessageGroupBand if call.accepted() => {
                sends_of_muted(recording, asked, call, findings);
            }
            Operation::DeleteLiveMessageGroupMessage if call.accepted() => {
                lists_of_recalled(recording, call, findings);
            }
            _ => {}
        }
    }
}

/// Calls of some operations on the same group.
fn on_group<'a>(
    recording: &'a Recording,
    like: &'a CallSeen,
    operations: &'a [Operation],
) -> impl Iterator<Item = &'a CallSeen> {
    let (app, group) = (like.text("AppId"), like.text("GroupId"));
    recording.calls.iter().filter(move |call| {
        operations.contains(&call.operation)
            && app.is_some()
            && group.is_some()
            && call.text("AppId") == app
            && call.text("GroupId") == group
    })
}

/// Whether something may have taken effect behind `first` and before the end of `last`.
fn between(what: Window, first: Window, last: Window) -> bool {
    !what.before(first) && !last.before(what)
}

const USES: [Operation; 8] = [
    Operation::SendLiveMessageGroup,
    Operation::ModifyLiveMessageGroup,
    Operation::AddLiveMessageGroupBand,
    Operation::RemoveLiveMessageGroupBand,
    Operation::BanLiveMessageGroup,
    Operation::UnbanLiveMessageGroup,
    Operation::ModifyLiveMessageGroupBand,
    Operation::KickLiveMessageGroupUser,
];

/// Operations that may bring a group back, or make another of its name.
const REVIVES: [Operation; 2] =
    [Operation::RecoverLiveMessageDeletedGroup, Operation::CreateLiveMessageGroup];

fn uses_of_deleted(recording: &Recording, asked: &[Asked<'_>], deleted: &CallSeen, findings: &mut Findings) {
    let Some(app) = deleted.text("AppId") else { return };
    for used in on_group(recording, deleted, &USES).filter(|used| deleted.window.before(used.sent)) {
        let span = deleted.window.until(used.window);
        let revived = on_group(recording, deleted, &REVIVES).any(|call| {
            between(call.window, deleted.sent, span) && !matches!(call.ended, Ended::Refused(..))
        }) || client_made_groups(recording, asked, app)
            || done_by_others(recording, app);
        if revived || !span.is_within(recording.complete_apps.get(app)) {
            continue;
        }
        match &used.ended {
            Ended::Accepted(_) => {
                let says = format!("{} was accepted for a group that is deleted", used.operation.name());
                findings.break_rule(Rule::DeletionGroupUnavailable, says, vec![deleted.place, used.place]);
            }
            Ended::Refused(_, code) if !code.starts_with("Throttling") => {
                findings.keep(Rule::DeletionGroupUnavailable);
            }
            Ended::Refused(..) | Ended::Unreadable(_) | Ended::Unseen => {}
        }
    }
}

/// Whether somebody did something to an application whose calls are not judged one by one, and may so have changed anything in it: a RAM
/// user, or the console.
pub(super) fn done_by_others(recording: &Recording, app: &str) -> bool {
    let text = |parameters: &serde_json::Map<String, Json>| {
        parameters.get("AppId").and_then(Json::as_str).map(str::to_owned)
    };
    let called = recording.foreign.iter().any(|call| {
        let refused = call.answer.as_ref().is_some_and(|answer| answer.contains_key("Code"));
        let reads = ["List", "Describe", "Check", "Get", "Query"]
            .iter()
            .any(|begin| call.operation.starts_with(begin));
        !refused && !reads && text(&call.parameters).is_none_or(|of| of == app)
    });
    called
        || recording.consoles.iter().any(|console| {
            matches!(&*console.action, "DeleteApp" | "ModifyGroup")
                && text(&console.parameters).is_none_or(|of| of == app)
        })
}

/// Clients that create groups may make another of the same name.
fn client_made_groups(recording: &Recording, asked: &[Asked<'_>], app: &str) -> bool {
    asked.iter().any(|asked| {
        asked.method == "createGroup"
            && recording.clients[asked.client].app.as_deref().is_none_or(|of| of == app)
    })
}

/// Operations that may lift a mute, or end what it belonged to.
const LIFTS: [Operation; 5] = [
    Operation::RemoveLiveMessageGroupBand,
    Operation::ModifyLiveMessageGroupBand,
    Operation::DeleteLiveMessageGroup,
    Operation::RecoverLiveMessageDeletedGroup,
    Operation::CreateLiveMessageGroup,
];

fn sends_of_muted(recording: &Recording, asked: &[Asked<'_>], muted: &CallSeen, findings: &mut Findings) {
    let (Some(app), Some(group)) = (muted.text("AppId"), muted.text("GroupId")) else { return };
    let Ok(Some(users)) = muted.params.list("BannedUsers") else { return };
    let of_app = |asked: &&Asked<'_>| recording.clients[asked.client].app.as_deref() == Some(app);
    let on_it = |asked: &&Asked<'_>| asked.text("groupId") == Some(group);
    for send in asked.iter().filter(of_app).filter(on_it).filter(|asked| asked.method == "sendGroupMessage") {
        let Some(user) = recording.clients[send.client].user.as_deref() else { continue };
        if !users.iter().any(|name| name == user) || !muted.window.before(send.sent) {
            continue;
        }
        let span = muted.window.until(send.window);
        let lifted = done_by_others(recording, app)
            || on_group(recording, muted, &LIFTS).any(|call| between(call.window, muted.sent, span))
            // Whether an exception from the mute of all frees of a mute of one's own is open.
            || on_group(recording, muted, &[Operation::BanLiveMessageGroup]).any(|call| excepts(call, user))
            || asked.iter().filter(of_app).filter(on_it).any(|asked| {
                matches!(asked.method, "cancelMuteUser" | "closeGroup" | "createGroup")
                    && between(asked.window, muted.sent, span)
            });
        if lifted
            || !span.is_within(recording.complete_apps.get(app))
            || !is_nobody(recording, asked, (app, muted), user)
        {
            continue;
        }
        let lines = vec![muted.place, send.places.0, send.places.1];
        match send.answer {
            Answer::Result(_) => {
                let says = format!("{user} sent to {group} while muted, and was answered with success");
                findings.break_rule(Rule::MuteSendBlocked, says, lines);
            }
            Answer::Error(MUTED) => findings.keep(Rule::MuteSendBlocked),
            Answer::Error(_) | Answer::None => {}
        }
    }
}

/// Whether a call that mutes everybody leaves somebody out.
fn excepts(ban: &CallSeen, user: &str) -> bool {
    match ban.params.list("ExceptUsers") {
        Ok(users) => users.is_some_and(|users| users.iter().any(|name| name == user)),
        Err(_) => true,
    }
}

/// Whether the user is certainly neither owner nor administrator of the group, and has no role: mutes hold for nobody else.
fn is_nobody(recording: &Recording, asked: &[Asked<'_>], (app, like): (&str, &CallSeen), user: &str) -> bool {
    let mut creates = on_group(recording, like, &[Operation::CreateLiveMessageGroup])
        .filter(|call| call.accepted() && call.window.before(like.sent));
    // The first create that was seen made the group only if nothing before it is missing.
    let Some(create) = creates.next() else { return false };
    let whole = create.window.until(like.window);
    let fresh = matches!(&create.ended, Ended::Accepted(answer) if answer.get("AlreadyExists") != Some(&Json::Bool(true))
        && answer.get("AlreadyDelete") != Some(&Json::Bool(true)));
    if !fresh || !whole.is_within(recording.complete_apps.get(app)) {
        return false;
    }
    let names = |call: &CallSeen, parameter: &str| {
        call.params.list(parameter).ok().flatten().is_some_and(|names| names.iter().any(|name| name == user))
    };
    let staff = create.text("CreatorId") == Some(user)
        || names(create, "Administrators")
        || on_group(recording, like, &[Operation::ModifyLiveMessageGroup])
            .any(|call| names(call, "AdminList"));
    let by_clients = asked.iter().any(|asked| {
        // Who has a role may skip the check, and clients change administrators, too.
        asked.method == "modifyGroup"
            || (asked.method == "login" && role(asked) && is_of(recording, asked, user))
    });
    !staff && !by_clients
}

fn role(asked: &Asked<'_>) -> bool {
    let auth = asked.params.and_then(|params| params.get("userAuth"));
    auth.and_then(|auth| auth.get("role")).and_then(Json::as_str).is_some_and(|role| !role.is_empty())
}

fn is_of(recording: &Recording, asked: &Asked<'_>, user: &str) -> bool {
    recording.clients[asked.client].user.as_deref() == Some(user)
}

/// A recalled message is no longer listed.
fn lists_of_recalled(recording: &Recording, recalled: &CallSeen, findings: &mut Findings) {
    let Some(message) = recalled.text("MessageId") else { return };
    let sent: Vec<&CallSeen> = on_group(recording, recalled, &[Operation::SendLiveMessageGroup])
        .filter(|call| call.text("MsgTid") == Some(message) || id_of(call) == Some(message))
        .collect();
    // Where nobody saw it sent, it may have been sent behind the recall.
    let [sent] = sent.as_slice() else { return };
    if !sent.window.before(recalled.sent) {
        return;
    }
    for list in on_group(recording, recalled, &[Operation::ListLiveMessageGroupMessages]) {
        let Ended::Accepted(answer) = &list.ended else { continue };
        // Under an ID of its sender's choice somebody may have sent another since.
        let given = sent.text("MsgTid").is_some();
        let whole = || recalled.text("AppId").is_some_and(|app| recording.is_whole(app, list.window));
        if !recalled.window.before(list.sent) || (given && !whole()) {
            continue;
        }
        let listed = answer.get("MessageList").and_then(Json::as_array).is_some_and(|messages| {
            messages.iter().any(|one| one.get("MsgTid").and_then(Json::as_str) == Some(message))
        });
        if listed {
            let says = format!("message {message} is listed after its recall");
            let lines: Vec<Place> = vec![sent.place, recalled.place, list.place];
            findings.break_rule(Rule::RecallMessageByMsgTid, says, lines);
        } else {
            findings.keep(Rule::RecallMessageByMsgTid);
        }
    }
}

/// The ID under which a message was sent.
pub(super) fn id_of(sent: &CallSeen) -> Option<&str> {
    match &sent.ended {
        Ended::Accepted(answer) => answer.get("MsgTid").and_then(Json::as_str),
        Ended::Refused(..) | Ended::Unreadable(_) | Ended::Unseen => None,
    }
}
