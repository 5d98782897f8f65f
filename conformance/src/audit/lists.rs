//! Who is listed in a group, who may speak in it, how many there are: what follows from joins and leaves alone.

use std::collections::{BTreeMap, BTreeSet};

use claque_core::{Operation, Rule};
use serde_json::Value as Json;

use super::asked::{Answer, Asked};
use super::assumed::Assumed;
use super::findings::Findings;
use super::groups::done_by_others;
use super::membership::is_newer;
use super::recording::{CallSeen, Ended, Place, Recording};
use super::window::Window;

/// A callback that nobody refuses arrives so soon at the latest, with all its tries. Microseconds.
const CALLED_BACK: u64 = 60_000_000;

pub(super) fn judge(recording: &Recording, asked: &[Asked<'_>], assumed: &Assumed, findings: &mut Findings) {
    for call in recording.calls.iter().filter(|call| call.operation == Operation::ListLiveMessageGroupUsers) {
        if let Ended::Accepted(answer) = &call.ended
            && let Some(users) = answer.get("UserList").and_then(Json::as_array)
        {
            let listed = users.iter().filter_map(|user| user.get("UserId").and_then(Json::as_str)).collect();
            who_is_out(recording, asked, (call, &listed), findings);
        }
    }
    for (id, client) in recording.judged_clients().filter(|(_, client)| is_newer(client)) {
        let mine: Vec<&Asked<'_>> = asked.iter().filter(|asked| asked.client == &**id).collect();
        let begun = client.frames.first().map(|(_, window, _)| *window);
        let spans = recording.complete_clients.get(&**id);
        for send in mine.iter().filter(|asked| asked.method == "sendGroupMessage") {
            if begun.is_some_and(|begun| begun.until(send.answered).is_within(spans)) {
                speaks(&mine, send, findings);
            }
        }
    }
    joins_called_back(recording, asked, findings);
    groups_of_apps(recording, assumed, findings);
}

/// A join to a group by any client of a user that may have taken effect behind a time.
fn may_have_joined(
    recording: &Recording,
    asked: &[Asked<'_>],
    (app, group, user): (&str, &str, &str),
    after: Window,
    until: Window,
) -> bool {
    asked.iter().any(|asked| {
        let client = &recording.clients[asked.client];
        let same = client.app.as_deref().is_none_or(|of| of == app)
            && client.user.as_deref().is_none_or(|of| of == user);
        let joins = match asked.method {
            "joinGroup" => asked.text("groupId").is_none_or(|of| of == group),
            // It is in the groups that it was in, or creates one.
            "login" | "reconnect" => is_in(asked, group),
            "createGroup" => true,
            _ => false,
        };
        same && joins && !asked.window.before(after) && !until.before(asked.sent)
    }) || recording.calls.iter().any(|call| {
        // A back end joins users, too.
        call.operation == Operation::JoinMessageGroup
            && call.text("AppId").is_none_or(|of| of == app)
            && call.text("GroupId").is_none_or(|of| of == group)
            && call.text("UserId").is_none_or(|of| of == user)
            && !call.window.before(after)
            && !until.before(call.sent)
    }) || done_by_others(recording, app)
}

/// Who has left a group, or was taken out of it, and has not joined it again, is not listed in it.
fn who_is_out(
    recording: &Recording,
    asked: &[Asked<'_>],
    (list, listed): (&CallSeen, &BTreeSet<&str>),
    findings: &mut Findings,
) {
    let (Some(app), Some(group)) = (list.text("AppId"), list.text("GroupId")) else { return };
    let whole = |from: Window| from.until(list.window).is_within(recording.complete_apps.get(app));
    let stays_out = |user: &str, (sent, out): (Window, Window)| {
        out.before(list.sent)
            && whole(sent)
            && !may_have_joined(recording, asked, (app, group, user), sent, list.window)
    };
    if !recording.shared_clients.is_empty() {
        return;
    }
    for left in asked.iter().filter(|asked| asked.method == "leaveGroup" && asked.accepted()) {
        let client = &recording.clients[left.client];
        let Some(user) = client.user.as_deref().filter(|_| client.app.as_deref() == Some(app)) else {
            continue;
        };
        if left.text("groupId") != Some(group)
            || !is_newer(client)
            || !stays_out(user, (left.sent, left.window))
        {
            continue;
        }
        if listed.contains(user) {
            let says = format!("{user} is listed in {group}, and had left it");
            let lines = vec![left.places.0, left.places.1, list.place];
            findings.break_rule(Rule::ListUsersConnected, says, lines);
        } else {
            findings.keep(Rule::ListUsersConnected);
        }
    }
    for kick in recording.calls.iter().filter(|call| {
        call.operation == Operation::KickLiveMessageGroupUser
            && call.accepted()
            && call.text("AppId") == Some(app)
            && call.text("GroupId") == Some(group)
    }) {
        let Some(user) = kick.text("KickoffUser") else { continue };
        if !stays_out(user, (kick.sent, kick.window)) {
            continue;
        }
        if listed.contains(user) {
            let says = format!("{user} is listed in {group}, and was kicked from it");
            findings.break_rule(Rule::UserKickRemoves, says, vec![kick.place, list.place]);
        } else {
            findings.keep(Rule::UserKickRemoves);
        }
    }
}

/// A client that never joined a group, or has left it, cannot speak in it. `mine`: its requests in the order of sending.
fn speaks(mine: &[&Asked<'_>], send: &Asked<'_>, findings: &mut Findings) {
    let Some(group) = send.text("groupId") else { return };
    let logon = mine.iter().rfind(|asked| asked.method == "login" && asked.places.0 < send.places.0);
    let Some(logon) = logon.filter(|logon| logon.accepted()) else { return };
    let mut out = Some(logon.places);
    for asked in mine.iter().filter(|asked| asked.places.0 < send.places.1) {
        let about = asked.text("groupId") == Some(group);
        match asked.method {
            "joinGroup" if about && !matches!(asked.answer, Answer::Error(_)) => out = None,
            "createGroup" if about || asked.text("groupId").is_none() => out = None,
            // Its answer says in which groups it is; one that was not seen may.
            "login" | "reconnect" if is_in(asked, group) => out = None,
            "leaveGroup" if about && asked.accepted() && asked.places.1 < send.places.0 => {
                out = Some(asked.places);
            }
            _ => {}
        }
    }
    match (out, send.answer) {
        (Some((from, _)), Answer::Result(_)) => {
            let says =
                format!("{} sent to {group} without being in it, and was answered with success", send.client);
            let lines: Vec<Place> = vec![from, send.places.0, send.places.1];
            findings.break_rule(Rule::MessageClientSendMemberOnly, says, lines);
        }
        (Some(_), Answer::Error(425)) => findings.keep(Rule::MessageClientSendMemberOnly),
        (Some(_) | None, Answer::Result(_) | Answer::Error(_) | Answer::None) => {}
    }
}

fn is_in(logon: &Asked<'_>, group: &str) -> bool {
    match logon.answer {
        Answer::Result(result) => result.get("groups").and_then(Json::as_array).is_none_or(|groups| {
            groups.iter().any(|one| one.get("groupId").and_then(Json::as_str) == Some(group))
        }),
        Answer::Error(_) => false,
        Answer::None => true,
    }
}

/// The first join of a user to a group is called back, where no callback is missing.
fn joins_called_back(recording: &Recording, asked: &[Asked<'_>], findings: &mut Findings) {
    if recording.complete_callbacks.is_empty() {
        return;
    }
    let back = called_back(recording);
    let mut first: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for join in asked.iter().filter(|asked| asked.method == "joinGroup") {
        let client = &recording.clients[join.client];
        let (Some(app), Some(user), Some(group)) =
            (client.app.as_deref(), client.user.as_deref(), join.text("groupId"))
        else {
            continue;
        };
        if !first.insert((app, user, group)) || !join.accepted() || !is_newer(client) {
            continue;
        }
        let until = join.window.lasting(CALLED_BACK);
        let Some(created) = calls_back(recording, app, until) else { continue };
        if !join.sent.until(until).is_within(recording.complete_callbacks.get(app)) {
            continue;
        }
        if back.contains(&(app, user, group)) {
            findings.keep(Rule::CallbackEventKinds);
        } else {
            let says = format!("{user} joined {group}, and the callback address was not notified of it");
            findings.break_rule(Rule::CallbackEventKinds, says, vec![created, join.places.0, join.places.1]);
        }
    }
}

/// Application, user and group of each join that was called back.
fn called_back(recording: &Recording) -> BTreeSet<(&str, &str, &str)> {
    let mut back = BTreeSet::new();
    for callback in &recording.callbacks {
        let body = callback.get("body").filter(|_| callback.get("method").is_some()).unwrap_or(callback);
        let Some(app) = body.get("appid").and_then(Json::as_str) else { continue };
        for eve in body.get("eves").and_then(Json::as_array).into_iter().flatten() {
            let Some(user) = eve.get("uid").and_then(Json::as_str) else { continue };
            for event in eve.get("events").and_then(Json::as_array).into_iter().flatten() {
                if let Some(group) = event.get("g").and_then(Json::as_str)
                    && event.get("e").and_then(Json::as_u64) == Some(3)
                {
                    back.insert((app, user, group));
                }
            }
        }
    }
    back
}

/// Where an application was created that certainly calls back up to a time.
fn calls_back(recording: &Recording, app: &str, until: Window) -> Option<Place> {
    let created = recording.calls.iter().find(|call| call.made_app() == Some(app))?;
    let on = created.text("EventCallbackUrl").is_some_and(|url| !url.is_empty());
    let changed = recording.calls.iter().any(|call| {
        call.operation == Operation::ModifyLiveMessageAppCallback
            && call.text("AppId").is_none_or(|of| of == app)
    });
    let kept = on && !changed && recording.consoles.is_empty() && !done_by_others(recording, app);
    (kept && recording.is_whole(app, until)).then_some(created.place)
}

/// An application holds no more groups than it may.
fn groups_of_apps(recording: &Recording, assumed: &Assumed, findings: &mut Findings) {
    let most = assumed.limits.app_groups_max as usize;
    let mut made: BTreeMap<&str, Vec<&CallSeen>> = BTreeMap::new();
    let mut freed: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &recording.calls {
        let Some(app) = call.text("AppId") else { continue };
        match (call.operation, &call.ended) {
            (Operation::CreateLiveMessageGroup, Ended::Accepted(answer)) => {
                let flag = |name: &str| answer.get(name).is_none_or(|value| value == &Json::Bool(false));
                if flag("AlreadyExists") && flag("AlreadyDelete") {
                    made.entry(app).or_default().push(call);
                }
            }
            (Operation::DeleteLiveMessageGroup, Ended::Accepted(_) | Ended::Unseen) => {
                *freed.entry(app).or_default() += 1;
            }
            _ => {}
        }
    }
    for (app, made) in made {
        let most = most + freed.get(app).copied().unwrap_or(0);
        let (Some(first), Some(over)) = (made.first(), made.get(most)) else { continue };
        let names: BTreeSet<&str> = made[..=most].iter().filter_map(|call| call.text("GroupId")).collect();
        // Clients and RAM users delete groups, too.
        let others = done_by_others(recording, app)
            || recording.clients.values().any(|client| client.app.as_deref().is_none_or(|of| of == app));
        let whole = first.window.until(over.window).is_within(recording.complete_apps.get(app));
        if whole && !others && names.len() == most + 1 {
            let says = format!(
                "{} groups were created in {app}, which holds {} at the most",
                most + 1,
                assumed.limits.app_groups_max
            );
            findings.break_rule(Rule::QuotaGroupsPerApp, says, vec![first.place, over.place]);
        }
    }
}
