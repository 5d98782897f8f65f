//! What one client receives, in its order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_core::Rule;
use serde_json::Value as Json;

use super::crowd::PassedOn;
use super::known::{FLOOR, SentKnown, SentMessage};
use super::stream::GroupDelivery;
use crate::audit::asked::Asked;
use crate::audit::findings::Findings;
use crate::audit::membership::{Membership, is_newer, text};
use crate::audit::recording::{ClientSeen, FrameSeen, Place};
use crate::audit::window::Window;

/// What a client has received of one group.
#[derive(Debug, Default)]
struct HeardOfGroup {
    name: String,
    /// Of each message, by its number in the group, the line in which it was received; 0: it was not.
    lines: Vec<u32>,
    /// Of each message the sequence number with which it was received last; kept only where somebody unseen may have sent another
    /// under its ID, which then has another number. 0: none is known.
    seqnums: Vec<u32>,
    /// The file of these lines, and what stands in another.
    file: usize,
    elsewhere: BTreeMap<u32, Place>,
    /// Those that came back after a break.
    recovered: BTreeSet<u32>,
    /// When the newest of each type arrived.
    kinds: Vec<(i64, Window)>,
    crowd: PassedOn,
    /// When the last of them arrived.
    latest: Option<Window>,
}

impl HeardOfGroup {
    /// Notes where a message stands; gives where it stood before, and whether either came back after a break.
    fn note(&mut self, number: u32, place: Place, recovered: bool) -> Option<(Place, bool)> {
        let index = number as usize;
        if self.lines.is_empty() {
            self.file = place.file;
        }
        if self.lines.len() <= index {
            self.lines.resize(index + 1, 0);
        }
        let file = self.file;
        let line = u32::try_from(place.line).ok().filter(|_| place.file == file);
        let known = std::mem::replace(&mut self.lines[index], line.unwrap_or(u32::MAX));
        let before = match known {
            0 => None,
            u32::MAX => self.elsewhere.get(&number).copied(),
            line => Some(Place { file, line: line as usize }),
        };
        if line.is_none() {
            self.elsewhere.insert(number, place);
        }
        let came_back = self.recovered.contains(&number) || recovered;
        if recovered {
            self.recovered.insert(number);
        }
        before.map(|before| (before, came_back))
    }

    /// Notes the sequence number of a message; gives whether it came with the same one before, and so is the same message.
    fn is_same(&mut self, number: u32, seqnum: Option<u64>) -> bool {
        let index = number as usize;
        if self.seqnums.len() <= index {
            self.seqnums.resize(index + 1, 0);
        }
        let seqnum = seqnum.and_then(|seqnum| u32::try_from(seqnum).ok()).unwrap_or(0);
        std::mem::replace(&mut self.seqnums[index], seqnum) == seqnum && seqnum > 0
    }

    fn newest(&mut self, kind: i64, at: Window) {
        match self.kinds.iter_mut().find(|(of, _)| *of == kind) {
            Some((_, last)) if at.latest > last.latest => *last = at,
            Some(_) => {}
            None => self.kinds.push((kind, at)),
        }
    }

    /// Whether a message was received, by its number.
    fn has(&self, number: u32) -> bool {
        self.lines.get(number as usize).is_some_and(|line| *line != 0)
    }
}

/// A span in which a client is out of a group: from the answer to leaving it up to what may bring it back.
#[derive(Debug)]
struct Left<'a> {
    asked: Asked<'a>,
    group: &'a str,
    until: Option<Place>,
}

/// A request whose answer proves that everything due before its sending had been said; and which messages it is the first to prove.
#[derive(Debug)]
struct ProvingAnswer<'a> {
    asked: Asked<'a>,
    due: std::ops::Range<u64>,
}

/// One client as its frames pass.
pub(super) struct Hearing<'a> {
    pub id: Arc<str>,
    client: Option<&'a ClientSeen>,
    /// Its application, where some line tells it.
    pub app: Option<String>,
    /// The spans in which nothing of it is missing.
    spans: Option<&'a Vec<Window>>,
    groups: Vec<HeardOfGroup>,
    membership: Membership<'a>,
    /// By their beginnings; those from `left_next` on have not begun.
    lefts: Vec<Left<'a>>,
    left_next: usize,
    out: Vec<usize>,
    /// By the places of their answers.
    proofs: Vec<ProvingAnswer<'a>>,
    proof_next: usize,
    /// Where it may have gone out of every group.
    breaks: Vec<Place>,
    delivered: u64,
}

impl<'a> Hearing<'a> {
    pub(super) fn of(known: &SentKnown<'a>, id: Arc<str>, client: Option<&'a ClientSeen>) -> Self {
        let mut hearing = Self {
            client,
            app: client.and_then(|client| client.app.clone()),
            spans: known.recording.complete_clients.get(&*id),
            id,
            groups: Vec::new(),
            membership: Membership::of(client),
            lefts: Vec::new(),
            left_next: 0,
            out: Vec::new(),
            proofs: Vec::new(),
            proof_next: 0,
            breaks: Vec::new(),
            delivered: 0,
        };
        let Some(client) = client else { return hearing };
        // Only an application of the older family lets its back end join users; its clients log on without a signature.
        if is_newer(client) {
            hearing.find_lefts(known, client);
        }
        if hearing.spans.is_some() {
            hearing.find_proofs(known);
            let breaks = client.frames.iter().filter(|(_, _, frame)| ends_membership(frame));
            hearing.breaks = breaks.map(|(place, _, _)| *place).collect();
        }
        hearing
    }

    fn find_lefts(&mut self, known: &SentKnown<'a>, client: &ClientSeen) {
        let mine = known.requests(&self.id);
        for left in mine.iter().filter(|asked| asked.method == "leaveGroup" && asked.accepted()) {
            let Some(group) = left.text("groupId") else { continue };
            let again = mine
                .iter()
                .filter(|asked| asked.method == "joinGroup" && asked.text("groupId") == Some(group))
                .map(|asked| asked.places.0)
                .filter(|place| *place > left.places.0)
                .min();
            let from = client.frames.partition_point(|(place, _, _)| *place < left.places.1);
            let relinked = client.frames[from..]
                .iter()
                .find_map(|(place, _, frame)| matches!(frame, FrameSeen::Link(_)).then_some(*place));
            let until = again.into_iter().chain(relinked).min();
            if until.is_none_or(|until| until > left.places.1) {
                self.lefts.push(Left { asked: *left, group, until });
            }
        }
        self.lefts.sort_by_key(|left| left.asked.places.1);
    }

    fn find_proofs(&mut self, known: &SentKnown<'a>) {
        let mut proved = 0;
        for asked in known.requests(&self.id).iter().filter(|asked| asked.window.latest != u64::MAX) {
            let before = asked.sent.earliest;
            if before > proved {
                self.proofs.push(ProvingAnswer { asked: *asked, due: proved..before });
                proved = before;
            }
        }
        self.proofs.sort_by_key(|proof| proof.asked.places.1);
    }

    /// What stands at a place comes next.
    fn come_to(&mut self, known: &SentKnown<'a>, (place, window): (Place, Window), findings: &mut Findings) {
        self.membership.come_to((place, window), self.spans);
        while self.proofs.get(self.proof_next).is_some_and(|proof| proof.asked.places.1 <= place) {
            self.prove(known, self.proof_next, findings);
            self.proof_next += 1;
        }
        while self.lefts.get(self.left_next).is_some_and(|left| left.asked.places.1 <= place) {
            self.out.push(self.left_next);
            self.left_next += 1;
        }
        for index in (0..self.out.len()).rev() {
            let left = &self.lefts[self.out[index]];
            if left.until.is_some_and(|until| until <= place) {
                self.was_out(index, None, findings);
            }
        }
    }

    /// A frame that delivers no message of a group.
    pub(super) fn frame(
        &mut self,
        known: &SentKnown<'a>,
        at: (Place, Window),
        frame: &'a FrameSeen,
        findings: &mut Findings,
    ) {
        self.come_to(known, at, findings);
        self.membership.frame(at, frame);
        let FrameSeen::Received(frame) = frame else { return };
        if frame.get("event").and_then(Json::as_str) == Some("recovered")
            && let Some(group) = frame.get("groupId").and_then(Json::as_str)
        {
            for message in frame.get("messages").and_then(Json::as_array).into_iter().flatten() {
                let delivery = GroupDelivery { recovered: true, ..GroupDelivery::of(group, message) };
                self.message(known, at, &delivery, findings);
            }
        }
    }

    /// A message of a group.
    pub(super) fn delivery(
        &mut self,
        known: &SentKnown<'a>,
        at: (Place, Window),
        delivery: &GroupDelivery<'_>,
        findings: &mut Findings,
    ) {
        self.come_to(known, at, findings);
        if self.membership.delivery((&self.id, delivery.group), at, self.spans, findings) {
            self.delivered += 1;
        }
        self.message(known, at, delivery, findings);
    }

    fn heard(&mut self, group: &str) -> usize {
        let found = self.groups.iter().position(|heard| heard.name == group);
        found.unwrap_or_else(|| {
            self.groups.push(HeardOfGroup { name: group.to_owned(), ..HeardOfGroup::default() });
            self.groups.len() - 1
        })
    }

    fn message(
        &mut self,
        known: &SentKnown<'a>,
        (place, window): (Place, Window),
        delivery: &GroupDelivery<'_>,
        findings: &mut Findings,
    ) {
        let (Some(id), Some(app)) = (delivery.id, &self.app) else { return };
        let number = known.number_of(app, delivery.group, id);
        for index in (0..self.out.len()).rev() {
            if self.lefts[self.out[index]].group == delivery.group {
                self.was_out(index, Some((place, window, id)), findings);
            }
        }
        let heard = self.heard(delivery.group);
        let heard = &mut self.groups[heard];
        if let Some(kind) = delivery.kind {
            heard.newest(kind, window);
        }
        // Nobody saw how often another was sent.
        let Some(sent) = number.map(|number| &known.sends[number as usize]) else { return };
        let only = known.is_only(sent, window);
        if known.is_first(sent, window) && window.before(sent.sent) {
            let says = format!("message {id} of {} was received before it was sent", delivery.group);
            findings.contradict(says, vec![sent.place, place]);
        }
        let before = heard.note(sent.number, place, delivery.recovered);
        let same = !known.is_claimed(sent.app) && heard.is_same(sent.number, delivery.seqnum);
        if only {
            match wrong(sent, delivery) {
                None => self.delivered += 1,
                Some(wrong) => {
                    let says = format!("message {id} of {}: {wrong}", delivery.group);
                    findings.break_rule(Rule::MessageDeliverAllMembers, says, vec![sent.place, place]);
                }
            }
        }
        // Of another under its ID this says only that it came within a longer time than it did.
        if known.is_first(sent, window) && !delivery.recovered && before.is_none() {
            let limit = u64::from(known.assumed.limits.group_messages_per_second);
            let (from, to) = (sent.sent.earliest_by(window), window.latest_shown());
            heard.crowd.take((from, to), sent.by_client, place, limit);
            heard.latest = Some(window);
        }
        if let Some((before, recovered)) = before {
            self.again((sent, only || same), (before, place, window), recovered, delivery, findings);
        }
    }

    /// A message arrives once.
    fn again(
        &self,
        (sent, certain): (&SentMessage<'_>, bool),
        (before, place, window): (Place, Place, Window),
        recovered: bool,
        delivery: &GroupDelivery<'_>,
        findings: &mut Findings,
    ) {
        let rule = match sent.times {
            2.. if sent.forgotten => return,
            // What a second message under an ID does is open.
            2.. => {
                for (value, refuted) in [("ignored", true), ("refused", true), ("delivered", false)] {
                    let explanation = findings.readings.entry(("send.duplicate-msg-tid", value)).or_default();
                    explanation.explained += u64::from(!refuted);
                    explanation.refuted = explanation.refuted.or_else(|| refuted.then_some(place));
                }
                return;
            }
            _ if !certain => return,
            _ if recovered => {
                if !self.knew((place, window), delivery) {
                    return;
                }
                Rule::RecoveryHighAfterReconnect
            }
            _ => Rule::MessageDeliverAllMembers,
        };
        let says = format!("message {} of {} was received twice", sent.id, sent.group);
        findings.break_rule(rule, says, vec![before, place]);
    }

    /// Whether the client said, when it came back, that it had come beyond a message that it is then given again.
    ///
    /// What it said is in the request that was answered last before the message: a client may have asked once more by then, and
    /// what it hears is still the answer to the request before.
    fn knew(&self, (place, window): (Place, Window), again: &GroupDelivery<'_>) -> bool {
        let frames = self.client.map_or(&[][..], |client| client.frames.as_slice());
        let before = frames.partition_point(|(at, _, _)| *at < place);
        let asked = |id: &Json| {
            frames[..before].iter().rev().find_map(|(_, sent, frame)| match frame {
                FrameSeen::Sent(frame) if frame.get("id") == Some(id) => Some((*sent, frame)),
                FrameSeen::Sent(_) | FrameSeen::Received(_) | FrameSeen::Link(_) => None,
            })
        };
        // An answer to a request that nobody saw may be one to a reconnection, too.
        let back = frames[..before].iter().rev().find_map(|(_, _, frame)| match frame {
            FrameSeen::Received(answer) => match asked(answer.get("id")?) {
                Some((_, other)) if text(other, "method") != Some("reconnect") => None,
                request => Some(request),
            },
            FrameSeen::Sent(_) | FrameSeen::Link(_) => None,
        });
        let Some((sent, back)) = back.flatten() else { return false };
        // So may a request that nobody saw be answered by nothing that anybody saw.
        if !sent.until(window).is_within(self.spans) {
            return false;
        }
        let cursors = back.get("params").and_then(|params| params.get("cursors")).and_then(Json::as_array);
        let named = cursors
            .into_iter()
            .flatten()
            .find(|cursor| cursor.get("groupId").and_then(Json::as_str) == Some(again.group));
        let reached = named.and_then(|cursor| cursor.get("seqnum")).and_then(Json::as_u64);
        reached.zip(again.seqnum).is_some_and(|(reached, number)| number <= reached)
    }

    /// A span in which the client was out of a group ends: with a message of the group, or without.
    ///
    /// On one link the order is certain, whatever the clocks.
    fn was_out(&mut self, index: usize, stray: Option<(Place, Window, &str)>, findings: &mut Findings) {
        let left = &self.lefts[self.out.swap_remove(index)];
        let last = stray.map_or(left.asked.window, |(_, window, _)| window);
        // She may have joined again, unseen.
        if !left.asked.sent.until(last).is_within(self.spans) {
            return;
        }
        // A line that stands behind the answer, and by its clock lies before it, is not certainly behind it.
        if last.before(left.asked.answered) {
            return;
        }
        match stray {
            None => findings.keep(Rule::MembershipLeaveEndsDelivery),
            Some((place, _, id)) => {
                let says =
                    format!("message {id} of {} was received behind the answer to leaving it", left.group);
                let lines = vec![left.asked.places.1, place];
                findings.break_rule(Rule::MembershipLeaveEndsDelivery, says, lines);
            }
        }
    }

    /// The newest message of each type arrives within five seconds of being sent.
    ///
    /// No delay of the network is assumed: an answer to a request that was sent later than that comes behind every event so far.
    fn prove(&self, known: &SentKnown<'a>, proof: usize, findings: &mut Findings) {
        let ProvingAnswer { asked: proof, due } = &self.proofs[proof];
        let Some(app) = self.app.as_deref() else { return };
        let complete = known.recording.complete_apps.get(app);
        let Some(of_app) = known.app(app).filter(|_| complete.is_some()) else { return };
        let from = of_app.due.partition_point(|(at, _)| *at < due.start);
        for (_, number) in of_app.due[from..].iter().take_while(|(at, _)| *at < due.end) {
            let sent = &known.sends[*number as usize];
            let Some(kind) = sent.kind.filter(|_| sent.times == 1) else { continue };
            let Some(joined) = self.stays(known, sent, proof) else { continue };
            let span = sent.window.lasting(FLOOR);
            let stayed = sent.window.until(proof.window);
            if !stayed.is_within(self.spans)
                || !span.is_within(complete)
                || known.is_recalled(sent)
                || known.has_many_types(sent)
                // Under a limit of its own a group may pass fewer types in that time.
                || known.is_limited_alone(sent.group)
            {
                continue;
            }
            // A second send under one ID delivers nothing.
            if !known.is_first(sent, proof.window) {
                continue;
            }
            let heard = self.groups.iter().find(|heard| heard.name == sent.group);
            let kinds = heard.map_or(&[][..], |heard| heard.kinds.as_slice());
            // Whether a sender receives what it sends is open; so the newest of a type may be delivered to others alone.
            let user = self.client.and_then(|client| client.user.as_deref());
            let own = user == sent.sender || user.is_some_and(|user| known.sends_one_like(sent, user));
            let last = kinds.iter().find(|(of, _)| *of == kind).map(|(_, last)| *last);
            // Counted by the clock, one of an interval may be the first of it, and the next the last of the next interval.
            let may_wait = last.is_some_and(|last| {
                last.latest_shown().saturating_add(FLOOR) >= sent.sent.earliest
                    && proof.sent.earliest < last.latest_shown().saturating_add(2 * FLOOR)
            });
            if last.is_some_and(|last| !last.before(sent.sent)) {
                findings.keep(Rule::ShaperFloorLatestPerType);
                let received = heard.is_some_and(|heard| heard.has(sent.number));
                if !received && !own && known.is_alone(sent, proof.window) {
                    let says = format!(
                        "message {} of {} was never delivered, although its group was not near its limit",
                        sent.id, sent.group
                    );
                    let lines = vec![joined, sent.place, proof.places.1];
                    findings.break_rule(Rule::MessageDeliverAllMembers, says, lines);
                }
            } else if !own && !may_wait {
                let says = format!(
                    "message {} of {} was the newest of type {kind}, and for five seconds none of this type was delivered",
                    sent.id, sent.group
                );
                let lines = vec![joined, sent.place, proof.places.1];
                findings.break_rule(Rule::ShaperFloorLatestPerType, says, lines);
            }
        }
    }

    /// Where the client joined the group of a message, if it certainly stays in it with its link up from before the sending until a
    /// request was answered.
    fn stays(&self, known: &SentKnown<'a>, sent: &SentMessage<'_>, proof: &Asked<'a>) -> Option<Place> {
        let joined = known.requests(&self.id).iter().rev().find(|asked| {
            asked.method == "joinGroup"
                && asked.text("groupId") == Some(sent.group)
                && asked.accepted()
                && asked.window.before(sent.sent)
        })?;
        let next = self.breaks.partition_point(|place| *place < joined.places.1);
        let broken = self.breaks.get(next).is_some_and(|place| *place <= proof.places.1);
        (proof.places.0 > joined.places.1 && !broken).then_some(joined.places.1)
    }

    /// Nothing more of this client is to come.
    pub(super) fn finish(mut self, known: &SentKnown<'a>, findings: &mut Findings) {
        for index in (0..self.out.len()).rev() {
            self.was_out(index, None, findings);
        }
        self.membership.finish(findings);
        findings.keep_times(Rule::MessageDeliverAllMembers, self.delivered);
        let Some(app) = self.app.as_deref() else { return };
        for heard in &mut self.groups {
            limit(known, app, heard, findings);
        }
    }
}

/// Whether a frame may put a client out of a group.
fn ends_membership(frame: &FrameSeen) -> bool {
    match frame {
        FrameSeen::Link(_) => true,
        FrameSeen::Sent(frame) => {
            matches!(text(frame, "method"), Some("leaveGroup" | "logout" | "closeGroup" | "login"))
        }
        FrameSeen::Received(frame) => {
            matches!(text(frame, "event"), Some("exit" | "disconnect"))
        }
    }
}

/// A message arrives as it was sent; what is wrong, if it does not.
fn wrong(sent: &SentMessage<'_>, delivery: &GroupDelivery<'_>) -> Option<&'static str> {
    let other = |own: Option<&str>, seen: Option<&str>| own.is_some() && seen.is_some() && own != seen;
    if other(sent.body, delivery.data) {
        Some("its body is not the one that was sent")
    } else if other(sent.sender, delivery.sender) {
        Some("its sender is not the one who sent it")
    } else if sent.kind.is_some() && delivery.kind.is_some() && delivery.kind != sent.kind {
        Some("its type is not the one that was sent")
    } else {
        None
    }
}

/// At most the limit is delivered.
///
/// Whether the messages of back ends are limited is open: more of all than the limit refutes one reading only.
fn limit(known: &SentKnown<'_>, app: &str, heard: &mut HeardOfGroup, findings: &mut Findings) {
    let group = heard.name.as_str();
    let limit = u64::from(known.assumed.limits.group_messages_per_second);
    if known.is_limited_alone(group)
        || !(known.assumed.limit_is_known || heard.latest.is_some_and(|latest| known.is_whole(app, latest)))
    {
        return;
    }
    let (all, of_clients, clients) = heard.crowd.finish(limit);
    match of_clients {
        Some((count, seconds, lines)) => {
            let most = limit * (seconds + 1);
            let says = format!(
                "{count} messages of {group} were sent and received within {seconds} s; a limit of {limit} a second passes {most} at \
                 the most"
            );
            findings.break_rule(Rule::ShaperBudgetPerSecond, says, lines);
        }
        None if clients > limit => findings.keep(Rule::ShaperBudgetPerSecond),
        None => {}
    }
    if let Some((_, _, lines)) = all {
        let every = findings.readings.entry(("shaper.senders", "all")).or_default();
        every.refuted = every.refuted.or_else(|| lines.last().copied());
        findings.readings.entry(("shaper.senders", "mobile-originated")).or_default().explained += 1;
    }
}
