//! Deliveries of group messages to clients.

use std::collections::BTreeMap;

use claque_core::{Operation, Rule};
use serde_json::{Map, Value as Json};

use super::asked::{self, Asked};
use super::groups::id_of;
use super::recording::{ClientSeen, FrameSeen, Place, Recording};
use super::window::Window;
use super::{Assumed, Findings};

/// Microseconds.
const SECOND: u64 = 1_000_000;
/// The newest message of a type is delivered so soon after it was sent. Microseconds.
const FLOOR: u64 = 5 * SECOND;
/// Spans in which deliveries are counted. Seconds.
const SPANS: [u64; 8] = [1, 2, 5, 10, 30, 60, 120, 300];

/// Messages that were passed on: when they were sent and received, and where that stands.
type Passed = Vec<(u64, u64, Place)>;

/// A message as its sender sent it.
struct Sent<'a> {
    place: Place,
    window: Window,
    sent: Window,
    body: Option<&'a str>,
    kind: Option<i64>,
    sender: Option<&'a str>,
    /// So many were sent under this ID.
    times: u32,
    /// It may be forgotten, so that another under its ID is a new one.
    forgotten: bool,
    /// Its ID was chosen by its sender, so that nobody knows who else sent under it.
    given: bool,
    /// A client sent it, no back end.
    by_client: bool,
}

type Sends<'a> = BTreeMap<(&'a str, &'a str, &'a str), Sent<'a>>;

/// A message as a client received it.
struct Received<'a> {
    place: Place,
    window: Window,
    /// The frame's number among those of the client.
    index: usize,
    group: &'a str,
    id: &'a str,
    message: &'a Map<String, Json>,
    recovered: bool,
}

pub(super) fn judge(recording: &Recording, asked: &[Asked<'_>], assumed: &Assumed, findings: &mut Findings) {
    let sends = sends(recording, asked);
    let by_call = recording.calls.iter().any(|call| {
        call.operation == Operation::SendLiveMessageGroup
            && matches!(call.ended, super::recording::Ended::Unseen)
    });
    let by_client =
        asked.iter().any(|asked| asked.method == "sendGroupMessage" && asked.answer == asked::Answer::None);
    let unanswered = by_call || by_client || !recording.consoles.is_empty() || !recording.foreign.is_empty();
    for (id, client) in &recording.clients {
        let Some(app) = client.app.as_deref() else { continue };
        let received = received(client);
        let mine: Vec<&Asked<'_>> = asked.iter().filter(|asked| asked.client == &**id).collect();
        let context = Context { recording, asked, app, id, client, mine: &mine, unanswered };
        contents(&context, &received, &sends, findings);
        doubles(&context, &received, &sends, findings);
        strays(&context, &received, findings);
        crowds(&context, &received, &sends, assumed, findings);
        newest(&context, &received, &sends, findings);
        notices(client, findings);
    }
}

fn sends<'a>(recording: &'a Recording, asked: &[Asked<'a>]) -> Sends<'a> {
    let mut sends = Sends::new();
    for call in recording.calls.iter().filter(|call| call.operation == Operation::SendLiveMessageGroup) {
        let (Some(app), Some(group), Some(id)) = (call.text("AppId"), call.text("GroupId"), id_of(call))
        else {
            continue;
        };
        let sent = Sent {
            place: call.place,
            window: call.window,
            sent: call.sent,
            body: Some(call.text("Body").unwrap_or_default()),
            kind: call.params.long("MsgType").ok().flatten(),
            sender: call.text("SenderId"),
            times: 1,
            forgotten: call.params.boolean("NoStorage").ok().flatten() == Some(true),
            given: call.text("MsgTid").is_some(),
            by_client: false,
        };
        note(&mut sends, (app, group, id), sent);
    }
    for send in asked.iter().filter(|asked| asked.method == "sendGroupMessage") {
        let client = &recording.clients[send.client];
        let asked::Answer::Result(result) = send.answer else { continue };
        let id = result.get("messageId").and_then(Json::as_str);
        let (Some(app), Some(group), Some(id)) = (client.app.as_deref(), send.text("groupId"), id) else {
            continue;
        };
        let sent = Sent {
            place: send.places.0,
            window: send.window,
            sent: send.sent,
            body: send.text("data"),
            kind: send.params.and_then(|params| params.get("type")).and_then(Json::as_i64),
            sender: client.user.as_deref(),
            times: 1,
            forgotten: false,
            given: false,
            by_client: true,
        };
        note(&mut sends, (app, group, id), sent);
    }
    sends
}

fn note<'a>(sends: &mut Sends<'a>, key: (&'a str, &'a str, &'a str), sent: Sent<'a>) {
    sends
        .entry(key)
        .and_modify(|first| {
            first.times += 1;
            first.forgotten |= sent.forgotten;
        })
        .or_insert(sent);
}

fn received(client: &ClientSeen) -> Vec<Received<'_>> {
    let mut all = Vec::new();
    for (index, (place, window, frame)) in client.frames.iter().enumerate() {
        let FrameSeen::Received(frame) = frame else { continue };
        let Some(group) = frame.get("groupId").and_then(Json::as_str) else { continue };
        let (messages, recovered): (Vec<&Json>, bool) = match frame.get("event").and_then(Json::as_str) {
            Some("recvgroupmessage") => (frame.get("message").into_iter().collect(), false),
            Some("recovered") => {
                (frame.get("messages").and_then(Json::as_array).into_iter().flatten().collect(), true)
            }
            Some(_) | None => continue,
        };
        for message in messages.into_iter().filter_map(Json::as_object) {
            let Some(id) = message.get("messageId").and_then(Json::as_str) else { continue };
            all.push(Received { place: *place, window: *window, index, group, id, message, recovered });
        }
    }
    all
}

/// Whether nobody can have sent another message under the same ID before a time.
fn is_only(context: &Context<'_>, sent: &Sent<'_>, until: Window) -> bool {
    sent.times == 1
        && (!sent.given || (context.recording.is_whole(context.app, until) && !context.unanswered))
}

/// A message arrives as it was sent, and not before.
fn contents(context: &Context<'_>, received: &[Received<'_>], sends: &Sends<'_>, findings: &mut Findings) {
    for one in received {
        let sent = sends.get(&(context.app, one.group, one.id));
        let Some(sent) = sent.filter(|sent| is_only(context, sent, one.window)) else {
            continue;
        };
        let text = |name: &str| one.message.get(name).and_then(Json::as_str);
        let sender = one.message.get("sender").and_then(|sender| sender.get("userId")).and_then(Json::as_str);
        let kind = one.message.get("type").and_then(Json::as_i64);
        let wrong = if sent.body.is_some() && text("data").is_some() && text("data") != sent.body {
            Some("its body is not the one that was sent")
        } else if sent.sender.is_some() && sender.is_some() && sender != sent.sender {
            Some("its sender is not the one who sent it")
        } else if sent.kind.is_some() && kind.is_some() && kind != sent.kind {
            Some("its type is not the one that was sent")
        } else if one.window.before(sent.sent) {
            Some("it was received before it was sent")
        } else {
            None
        };
        match wrong {
            None => findings.keep(Rule::MessageDeliverAllMembers),
            Some(wrong) => {
                let says = format!("message {} of {}: {wrong}", one.id, one.group);
                findings.break_rule(Rule::MessageDeliverAllMembers, says, vec![sent.place, one.place]);
            }
        }
    }
}

/// A message arrives once.
fn doubles(context: &Context<'_>, received: &[Received<'_>], sends: &Sends<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<(&str, &str), &Received<'_>> = BTreeMap::new();
    for one in received {
        let Some(before) = first.insert((one.group, one.id), one) else { continue };
        // Nobody saw how often it was sent.
        let Some(sent) = sends.get(&(context.app, one.group, one.id)) else { continue };
        let rule = match sent.times {
            2.. if sent.forgotten => continue,
            // What a second message under an ID does is open.
            2.. => {
                for (value, refuted) in [("ignored", true), ("refused", true), ("delivered", false)] {
                    let explanation = findings.readings.entry(("send.duplicate-msg-tid", value)).or_default();
                    explanation.explained += u64::from(!refuted);
                    explanation.refuted = explanation.refuted.or_else(|| refuted.then_some(one.place));
                }
                continue;
            }
            _ if !is_only(context, sent, one.window) => continue,
            _ if one.recovered || before.recovered => {
                if !knew(context.client, one) {
                    continue;
                }
                Rule::RecoveryHighAfterReconnect
            }
            _ => Rule::MessageDeliverAllMembers,
        };
        let says = format!("message {} of {} was received twice", one.id, one.group);
        findings.break_rule(rule, says, vec![before.place, one.place]);
    }
}

/// Whether the client said, when it came back, that it had come beyond a message that it is then given again.
fn knew(client: &ClientSeen, again: &Received<'_>) -> bool {
    let number = again.message.get("seqnum").and_then(Json::as_u64);
    let back = client.frames[..again.index].iter().rev().find_map(|(_, _, frame)| match frame {
        FrameSeen::Sent(frame) if frame.get("method").and_then(Json::as_str) == Some("reconnect") => {
            frame.get("params")?.get("cursors")?.as_array()
        }
        FrameSeen::Sent(_) | FrameSeen::Received(_) | FrameSeen::Link(_) => None,
    });
    let named = back
        .into_iter()
        .flatten()
        .find(|cursor| cursor.get("groupId").and_then(Json::as_str) == Some(again.group));
    let reached = named.and_then(|cursor| cursor.get("seqnum")).and_then(Json::as_u64);
    reached.zip(number).is_some_and(|(reached, number)| number <= reached)
}

/// Nothing of a group arrives behind the answer to leaving it: on one link the order is certain, whatever the clocks.
fn strays(context: &Context<'_>, received: &[Received<'_>], findings: &mut Findings) {
    let Context { recording, client, mine, .. } = *context;
    // Only an application of the older family lets its back end join users; its clients log on without a signature.
    let newer = mine.iter().any(|asked| asked.method == "login" && asked.text("appSign").is_some());
    if !newer {
        return;
    }
    for left in mine.iter().filter(|asked| asked.method == "leaveGroup" && asked.accepted()) {
        let Some(group) = left.text("groupId") else { continue };
        let again = mine
            .iter()
            .filter(|asked| asked.method == "joinGroup" && asked.text("groupId") == Some(group))
            .map(|asked| asked.frames.0)
            .filter(|index| *index > left.frames.0)
            .min();
        let relinked = client
            .frames
            .iter()
            .enumerate()
            .skip(left.frames.1)
            .find_map(|(index, (_, _, frame))| matches!(frame, FrameSeen::Link(_)).then_some(index));
        let until = again.into_iter().chain(relinked).min().unwrap_or(usize::MAX);
        if until <= left.frames.1 {
            continue;
        }
        let stray =
            received.iter().find(|one| one.group == group && (left.frames.1..until).contains(&one.index));
        // She may have joined again, unseen.
        let seen = Window {
            earliest: left.sent.earliest,
            latest: stray.map_or(left.window.latest, |stray| stray.window.latest),
        };
        if !seen.is_within(recording.complete_clients.get(context.id)) {
            continue;
        }
        match stray {
            None => findings.keep(Rule::MembershipLeaveEndsDelivery),
            Some(stray) => {
                let says =
                    format!("message {} of {group} was received behind the answer to leaving it", stray.id);
                findings.break_rule(
                    Rule::MembershipLeaveEndsDelivery,
                    says,
                    vec![left.places.1, stray.place],
                );
            }
        }
    }
}

/// Messages that were sent within a span and received within it were passed on within it: at most the limit for each
/// second that it touches.
///
/// Whether the messages of back ends are limited is open: more of all than the limit refutes one reading only.
fn crowds(
    context: &Context<'_>,
    received: &[Received<'_>],
    sends: &Sends<'_>,
    assumed: &Assumed,
    findings: &mut Findings,
) {
    // All messages of each group, and those of clients among them.
    let mut of_each: BTreeMap<&str, [Passed; 2]> = BTreeMap::new();
    for one in received.iter().filter(|one| !one.recovered) {
        let sent = sends.get(&(context.app, one.group, one.id));
        if let Some(sent) = sent.filter(|sent| is_only(context, sent, one.window)) {
            let [all, of_clients] = of_each.entry(one.group).or_default();
            let seen = (sent.sent.earliest, one.window.latest, one.place);
            all.push(seen);
            if sent.by_client {
                of_clients.push(seen);
            }
        }
    }
    let limit = u64::from(assumed.limits.group_messages_per_second);
    for (group, [mut all, mut of_clients]) in of_each {
        if !limit_holds(context, group, &all, assumed) {
            continue;
        }
        all.sort_unstable_by_key(|(sent, _, _)| *sent);
        of_clients.sort_unstable_by_key(|(sent, _, _)| *sent);
        let reading = |value| ("shaper.senders", value);
        match SPANS.iter().find_map(|seconds| too_many(&of_clients, limit, *seconds)) {
            Some((count, seconds, lines)) => {
                let most = limit * (seconds + 1);
                let says = format!(
                    "{count} messages of {group} were sent and received within {seconds} s; a limit of {limit} a second passes \
                     {most} at the most"
                );
                findings.break_rule(Rule::ShaperBudgetPerSecond, says, lines);
            }
            None if of_clients.len() as u64 > limit => findings.keep(Rule::ShaperBudgetPerSecond),
            None => {}
        }
        if let Some((_, _, lines)) = SPANS.iter().find_map(|seconds| too_many(&all, limit, *seconds)) {
            let every = findings.readings.entry(reading("all")).or_default();
            every.refuted = every.refuted.or_else(|| lines.last().copied());
            findings.readings.entry(reading("mobile-originated")).or_default().explained += 1;
        }
    }
}

/// Whether the limit is certainly the one that is assumed: the console can give a group another.
fn limit_holds(context: &Context<'_>, group: &str, all: &[(u64, u64, Place)], assumed: &Assumed) -> bool {
    let changed = context.recording.consoles.iter().any(|console| {
        console.action == "LimitMessages"
            && console.parameters.get("GroupId").and_then(Json::as_str).is_none_or(|of| of == group)
    });
    let latest = all.iter().map(|(_, arrived, _)| *arrived).max().unwrap_or(0);
    let until = Window { earliest: latest, latest };
    !changed && (assumed.limit_is_known || context.recording.is_whole(context.app, until))
}

fn too_many(messages: &[(u64, u64, Place)], limit: u64, seconds: u64) -> Option<(u64, u64, Vec<Place>)> {
    // A span of so many seconds touches one clock second more.
    let most = usize::try_from(limit * (seconds + 1)).ok()?;
    for (index, (from, _, first)) in messages.iter().enumerate() {
        let until = from.saturating_add(seconds * SECOND);
        if messages.get(index + most).is_none_or(|(sent, _, _)| *sent > until) {
            continue;
        }
        let within = messages[index..].iter().take_while(|(sent, _, _)| *sent <= until);
        let (mut count, mut last) = (0, *first);
        for (_, arrived, place) in within {
            if *arrived <= until {
                count += 1;
                last = *place;
            }
        }
        if count > most {
            return Some((count as u64, seconds, vec![*first, last]));
        }
    }
    None
}

struct Context<'a> {
    recording: &'a Recording,
    app: &'a str,
    id: &'a str,
    client: &'a ClientSeen,
    /// The requests of all clients.
    asked: &'a [Asked<'a>],
    mine: &'a [&'a Asked<'a>],
    /// Something was sent of which nobody saw under which ID.
    unanswered: bool,
}

/// The newest message of each type arrives within five seconds of being sent.
///
/// No delay of the network is assumed: an answer to a request that was sent later than that comes behind every event so far.
fn newest(context: &Context<'_>, received: &[Received<'_>], sends: &Sends<'_>, findings: &mut Findings) {
    for ((app, group, id), sent) in sends.iter().filter(|((app, _, _), _)| *app == context.app) {
        let (Some(kind), 1, false) = (sent.kind, sent.times, sent.window.latest == u64::MAX) else {
            continue;
        };
        let due = sent.window.latest + FLOOR;
        let Some((joined, proof)) = stays(context, group, sent.sent, due) else { continue };
        let span = Window { earliest: sent.window.earliest, latest: due };
        let stayed = Window { latest: proof.window.latest, ..span };
        if !stayed.is_within(context.recording.complete_clients.get(context.id))
            || !span.is_within(context.recording.complete_apps.get(*app))
            || recalled(context, group, id)
            || types(sends, app, group) > 250
        {
            continue;
        }
        let of_kind = |one: &&Received<'_>| {
            one.group == *group
                && one.index < proof.frames.1
                && one.message.get("type").and_then(Json::as_i64) == Some(kind)
                && !one.window.before(sent.sent)
        };
        if received.iter().any(|one| of_kind(&one)) {
            findings.keep(Rule::ShaperFloorLatestPerType);
        } else {
            let says = format!(
                "message {id} of {group} was the newest of type {kind}, and for five seconds none of this type was delivered"
            );
            findings.break_rule(
                Rule::ShaperFloorLatestPerType,
                says,
                vec![joined, sent.place, proof.places.1],
            );
        }
    }
}

/// How many types the group saw.
fn types(sends: &Sends<'_>, app: &str, group: &str) -> usize {
    let kinds =
        sends.iter().filter(|((of, at, _), _)| *of == app && *at == group).filter_map(|(_, sent)| sent.kind);
    kinds.collect::<std::collections::BTreeSet<_>>().len()
}

fn recalled(context: &Context<'_>, group: &str, id: &str) -> bool {
    context.recording.calls.iter().any(|call| {
        call.operation == Operation::DeleteLiveMessageGroupMessage && call.text("MessageId") == Some(id)
    }) || context
        .asked
        .iter()
        .any(|asked| asked.method == "deleteMessage" && asked.text("groupId") == Some(group))
}

/// Where the client joined the group, if it certainly stays in it with its link up from before the sending until a request that
/// it sent after a time was answered; and that request.
fn stays<'a>(context: &Context<'a>, group: &str, sent: Window, due: u64) -> Option<(Place, &'a Asked<'a>)> {
    let joined = context.mine.iter().rev().find(|asked| {
        asked.method == "joinGroup"
            && asked.text("groupId") == Some(group)
            && asked.accepted()
            && asked.window.before(sent)
    })?;
    let proof = context.mine.iter().find(|asked| {
        asked.sent.earliest > due && asked.window.latest != u64::MAX && asked.frames.0 > joined.frames.1
    })?;
    let frames = context.client.frames.get(joined.frames.1..=proof.frames.1)?;
    let stayed = frames.iter().all(|(_, _, frame)| match frame {
        FrameSeen::Link(_) => false,
        FrameSeen::Sent(frame) => !matches!(
            frame.get("method").and_then(Json::as_str),
            Some("leaveGroup" | "logout" | "closeGroup" | "login")
        ),
        FrameSeen::Received(frame) => {
            !matches!(frame.get("event").and_then(Json::as_str), Some("exit" | "disconnect"))
        }
    });
    stayed.then_some((joined.places.1, proof))
}

/// Notices of a supergroup's members stand five seconds apart. How far apart they were sent follows only if the delay is known.
fn notices(client: &ClientSeen, findings: &mut Findings) {
    let Some(delay) = client.delay_max else { return };
    let mut last: BTreeMap<&str, (Window, Place)> = BTreeMap::new();
    for (place, window, frame) in &client.frames {
        let frame = match frame {
            FrameSeen::Received(frame) => frame,
            // A new link is sent the state of a group, not a notice.
            FrameSeen::Link(_) => {
                last.clear();
                continue;
            }
            FrameSeen::Sent(_) => continue,
        };
        let is_notice = frame.get("event").and_then(Json::as_str) == Some("memberchange")
            && frame.get("isBigGroup").and_then(Json::as_bool) == Some(true);
        let Some(group) = frame.get("groupId").and_then(Json::as_str).filter(|_| is_notice) else { continue };
        let Some((before, at)) = last.insert(group, (*window, *place)) else { continue };
        // One source, one clock: its error is the same for both.
        let apart = window.earliest.saturating_sub(before.earliest);
        if apart + delay < FLOOR {
            let says = format!(
                "two notices of supergroup {group} were received {}.{:06} s apart, with a delay of {delay} µs at the most",
                apart / SECOND,
                apart % SECOND
            );
            findings.break_rule(Rule::SupergroupNoticeInterval, says, vec![at, *place]);
        } else {
            findings.keep(Rule::SupergroupNoticeInterval);
        }
    }
}
