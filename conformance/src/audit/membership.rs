//! Whether a client may receive messages of a group at all, as its frames pass.

use claque_core::Rule;
use serde_json::{Map, Value as Json};

use super::findings::Findings;
use super::recording::{ClientSeen, FrameSeen, Place};
use super::window::Window;

/// A text in a frame.
pub(super) fn text<'a>(frame: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    frame.get(name).and_then(Json::as_str)
}

/// Whether the client belongs to an application of the newer family, whose back end joins nobody.
pub(super) fn is_newer(client: &ClientSeen) -> bool {
    client.frames.iter().any(|(_, _, frame)| {
        let FrameSeen::Sent(frame) = frame else { return false };
        let sign = frame.get("params").and_then(|params| params.get("appSign")).and_then(Json::as_str);
        text(frame, "method") == Some("login") && sign.is_some_and(|sign| !sign.is_empty())
    })
}

/// The group that a request is about.
fn group_of(frame: &Map<String, Json>) -> Option<&str> {
    frame.get("params").and_then(|params| params.get("groupId")).and_then(Json::as_str)
}

/// Whether the client may come into a group by this frame.
pub(super) fn may_join(frame: &FrameSeen, group: &str) -> bool {
    match frame {
        FrameSeen::Link(_) => true,
        FrameSeen::Sent(frame) => match text(frame, "method") {
            Some("joinGroup") => group_of(frame) == Some(group),
            Some("login" | "reconnect" | "createGroup") => true,
            Some(_) | None => false,
        },
        FrameSeen::Received(_) => false,
    }
}

/// The client was notified that it is out of a group.
#[derive(Debug)]
struct ToldExit<'a> {
    group: &'a str,
    rule: Rule,
    place: Place,
    from: Window,
}

/// The groups that one client may be in.
#[derive(Debug, Default)]
pub(super) struct Membership<'a> {
    newer: bool,
    /// Where its frames begin.
    begun: Option<(Place, Window)>,
    logged_on: bool,
    /// Groups that it asked to be in, or was shown that it is in.
    invited: Vec<&'a str>,
    /// It created a group of which nobody knows the name.
    anywhere: bool,
    /// Requests that may bring it into a group and are not answered.
    waiting: Vec<(&'a Map<String, Json>, &'a FrameSeen)>,
    exits: Vec<ToldExit<'a>>,
}

impl<'a> Membership<'a> {
    pub(super) fn of(client: Option<&'a ClientSeen>) -> Self {
        Self { newer: client.is_some_and(is_newer), ..Self::default() }
    }

    /// What stands at a place comes next.
    pub(super) fn come_to(&mut self, (place, window): (Place, Window), spans: Option<&Vec<Window>>) {
        self.begun.get_or_insert((place, window));
        if !self.exits.is_empty() {
            self.exits.retain(|exit| exit.from.until(window).is_within(spans));
        }
    }

    /// A frame that delivers no message.
    pub(super) fn frame(&mut self, (place, window): (Place, Window), frame: &'a FrameSeen) {
        self.exits.retain(|exit| !may_join(frame, exit.group));
        match frame {
            FrameSeen::Link(_) => {}
            FrameSeen::Sent(asked) => {
                self.logged_on |= text(asked, "method") == Some("login");
                // Who creates a group may be in it.
                if matches!(text(asked, "method"), Some("joinGroup" | "createGroup")) {
                    match group_of(asked) {
                        Some(group) => self.invite(group),
                        None => self.anywhere = true,
                    }
                }
                if matches!(text(asked, "method"), Some("joinGroup" | "login" | "reconnect" | "createGroup"))
                {
                    self.waiting.push((asked, frame));
                }
            }
            FrameSeen::Received(heard) => {
                if let Some(id) = heard.get("id") {
                    self.waiting.retain(|(asked, _)| asked.get("id") != Some(id));
                }
                // The answer to a logon lists the groups that the user is in already.
                let groups =
                    heard.get("result").and_then(|result| result.get("groups")).and_then(Json::as_array);
                for group in groups.into_iter().flatten() {
                    group
                        .get("groupId")
                        .and_then(Json::as_str)
                        .into_iter()
                        .for_each(|group| self.invite(group));
                }
                if text(heard, "event") == Some("exit") {
                    self.exit((place, window), heard);
                }
            }
        }
    }

    fn invite(&mut self, group: &'a str) {
        if !self.invited.contains(&group) {
            self.invited.push(group);
        }
    }

    fn exit(&mut self, (place, from): (Place, Window), exit: &'a Map<String, Json>) {
        let Some(group) = text(exit, "groupId").filter(|_| self.newer) else { return };
        let rule = match exit.get("reason").and_then(Json::as_u64) {
            Some(1) => Rule::DeletionGroupUnavailable,
            Some(2) => Rule::UserKickRemoves,
            Some(_) | None => return,
        };
        // A join that is under way when the news comes is answered behind it.
        if !self.waiting.iter().any(|(_, frame)| may_join(frame, group)) {
            self.exits.push(ToldExit { group, rule, place, from });
        }
    }

    /// A message of a group: whether it is certain that the client may receive it.
    pub(super) fn delivery(
        &mut self,
        (id, group): (&str, &str),
        (place, window): (Place, Window),
        spans: Option<&Vec<Window>>,
        findings: &mut Findings,
    ) -> bool {
        // Nothing of a group arrives behind the news that one is out of it.
        while let Some(index) = self.exits.iter().position(|exit| exit.group == group) {
            let exit = self.exits.remove(index);
            // Its line stands behind the news, and its clock says before: nobody knows.
            if window.before(exit.from) {
                continue;
            }
            let says = format!("a message of {group} was received behind the news that {id} is out of it");
            findings.break_rule(exit.rule, says, vec![exit.place, place]);
        }
        // A message of a group reaches nobody who never asked to be in it.
        let Some((first, begun)) = self.begun.filter(|_| self.newer && self.logged_on) else { return false };
        if !begun.until(window).is_within(spans) {
            return false;
        }
        let invited = self.anywhere || self.invited.contains(&group);
        if !invited {
            let says = format!("{id} received a message of {group}, which it never joined");
            findings.break_rule(Rule::MessageDeliverAllMembers, says, vec![first, place]);
        }
        invited
    }

    /// Nothing more is to come.
    pub(super) fn finish(&mut self, findings: &mut Findings) {
        for exit in self.exits.drain(..) {
            findings.keep(exit.rule);
        }
    }
}
