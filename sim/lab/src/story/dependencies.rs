//! The dependencies of a step of the service: what it reads and what it changes; and the step in a few words.

use std::collections::BTreeMap;

use claque_core::{
    ClientReply, ClientRequest, ConsoleRequest, GroupKey, Input, Instant, Notice, NoticeTo, OperationSubject,
    Outcome, Output, Reply, Request, Response, SessionId,
};
use claque_oracle::evidence::Subject;
use claque_sim::observer::{ObservedCall, Scene};
use serde_json::Value;

use super::{Party, StepOutput, StoryStep};

/// In groups up to this size, who comes or goes depends on who came or went before.
const CLOSE_KNIT: u32 = 12;

/// The things that a step reads and changes, by number in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dependencies {
    pub(super) reads: Vec<u32>,
    pub(super) writes: Vec<u32>,
}

/// Everything that steps read or change, by name, with the steps that changed it.
#[derive(Clone, Debug, Default)]
pub(super) struct DependencyLedger {
    numbers: BTreeMap<String, u32>,
    changes: Vec<Vec<usize>>,
}

impl DependencyLedger {
    fn key(&mut self, name: String) -> u32 {
        let next = u32::try_from(self.changes.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.changes.push(Vec::new());
        }
        number
    }

    pub(super) fn changes(&self, key: u32) -> &[usize] {
        usize::try_from(key).ok().and_then(|at| self.changes.get(at)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn note(&mut self, dependencies: &Dependencies, step: usize) {
        for key in &dependencies.writes {
            let changes = usize::try_from(*key).ok().and_then(|at| self.changes.get_mut(at));
            // A step may change one thing several times, and counts once.
            if let Some(changes) = changes.filter(|changes| changes.last() != Some(&step)) {
                changes.push(step);
            }
        }
    }

    /// The things that evidence is about.
    pub(super) fn named(&self, subjects: &[Subject]) -> Vec<u32> {
        let names = subjects.iter().flat_map(|subject| match subject {
            Subject::User(id) => vec![format!("user {id}")],
            Subject::Group(id) => vec![format!("group {id}"), format!("members {id}")],
            Subject::Message(tid) => vec![format!("message {tid}")],
            Subject::Moment(_) | Subject::Second(_) => Vec::new(),
        });
        names.filter_map(|name| self.numbers.get(&name).copied()).collect()
    }

    /// The dependencies of a call.
    pub(super) fn dependencies_of(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) -> Dependencies {
        let mut book = Book { ledger: self, dependencies: Dependencies::default() };
        book.input(call, scene);
        if is_refused(call.outcome) {
            book.dependencies.writes.clear();
        }
        for output in call.outputs {
            book.output(output, scene);
        }
        book.dependencies
    }
}

struct Book<'l> {
    ledger: &'l mut DependencyLedger,
    dependencies: Dependencies,
}

impl Book<'_> {
    fn read(&mut self, name: String) {
        let key = self.ledger.key(name);
        self.dependencies.reads.push(key);
    }

    fn write(&mut self, name: String) {
        let key = self.ledger.key(name);
        self.dependencies.writes.push(key);
    }

    fn change(&mut self, name: String) {
        self.read(name.clone());
        self.write(name);
    }

    /// A user comes into a group or leaves it.
    fn come_or_go(&mut self, user: &str, group: &str, size: u32) {
        self.read(format!("group {group}"));
        self.change(format!("member {user} {group}"));
        // In a large group everybody would depend on everybody, and the causal slice be the whole run.
        if size <= CLOSE_KNIT {
            self.read(format!("members {group}"));
        }
        self.write(format!("members {group}"));
    }

    fn input(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        match call.input {
            Input::Client(session, request) => self.client(*session, request, call.outcome, scene),
            Input::Connect(login) => self.change(format!("user {}", login.user_id)),
            Input::Disconnect(session, _) => self.change(format!("user {}", scene.user_id(session.user))),
            Input::Reconnect(session, _, cursors) => {
                let user = scene.user_id(session.user).to_owned();
                for cursor in cursors {
                    let group = scene.group_id(cursor.group);
                    self.read(format!("member {user} {group}"));
                    self.read(format!("history {group}"));
                }
                self.change(format!("user {user}"));
            }
            Input::Request(_, request) => self.request(request, call.outcome),
            Input::Verdict(ticket, _) => self.change(format!("ticket {}", ticket.0)),
            Input::Console(_, request) => self.console(request, call.outcome),
            Input::Malformed(..) | Input::SetLimits(_) | Input::SetReadings(_) | Input::Timeout => {}
        }
    }

    fn client(&mut self, session: SessionId, request: &ClientRequest, outcome: &Outcome, scene: &dyn Scene) {
        let user = scene.user_id(session.user).to_owned();
        self.read(format!("user {user}"));
        let (group, size) = group_of(request, scene).unwrap_or_default();
        match request {
            ClientRequest::Logout => self.write(format!("user {user}")),
            ClientRequest::Acknowledge(ticket) => self.change(format!("ticket {}", ticket.0)),
            ClientRequest::Join(_) | ClientRequest::Leave(_) => self.come_or_go(&user, &group, size),
            ClientRequest::Send(..) => {
                self.read(format!("member {user} {group}"));
                self.read(format!("mutes {group}"));
                self.write(format!("shaping {group}"));
                self.client_sent(outcome);
            }
            ClientRequest::SendToUser { receiver, .. } => {
                self.read(format!("user {receiver}"));
                self.client_sent(outcome);
            }
            ClientRequest::DeleteMessage(_, tid) => self.change(format!("message {tid}")),
            ClientRequest::MuteAll(_)
            | ClientRequest::CancelMuteAll(_)
            | ClientRequest::MuteUsers(..)
            | ClientRequest::CancelMuteUsers(..) => self.change(format!("mutes {group}")),
            ClientRequest::CloseGroup(_) | ClientRequest::ModifyGroup { .. } => {
                self.change(format!("group {group}"));
                self.read(format!("members {group}"));
            }
            ClientRequest::CreateGroup { group_id, .. } => {
                if let Some(group) = group_id {
                    self.begin_or_end(group);
                }
            }
            ClientRequest::ListHistory { .. } | ClientRequest::ListRecentMessages { .. } => {
                self.read(format!("group {group}"));
                self.read(format!("history {group}"));
            }
            ClientRequest::ListMuteUsers(_) => self.read(format!("mutes {group}")),
            ClientRequest::ListGroupUsers { .. }
            | ClientRequest::ListRecentGroupUsers(_)
            | ClientRequest::QueryGroup(_) => self.look_at(&group),
        }
    }

    /// A client's message was taken, or waits for its review.
    fn client_sent(&mut self, outcome: &Outcome) {
        if let Outcome::Client(Ok(ClientReply::Sent(tid))) = outcome {
            self.write(format!("message {tid}"));
        } else if let Outcome::Client(Ok(ClientReply::Pending(ticket))) = outcome {
            self.write(format!("ticket {}", ticket.0));
        }
    }

    /// A group begins, ends or comes back.
    fn begin_or_end(&mut self, group: &str) {
        self.change(format!("group {group}"));
        self.write(format!("members {group}"));
        self.write(format!("mutes {group}"));
    }

    fn look_at(&mut self, group: &str) {
        self.read(format!("group {group}"));
        self.read(format!("members {group}"));
    }

    fn console(&mut self, request: &ConsoleRequest, outcome: &Outcome) {
        match request {
            ConsoleRequest::LimitMessages { group_id, .. } => self.change(format!("shaping {group_id}")),
            ConsoleRequest::ModifyGroup { group_id, .. } => self.change(format!("group {group_id}")),
            ConsoleRequest::SendMessage { group_id, .. } => {
                self.read(format!("group {group_id}"));
                self.read(format!("members {group_id}"));
                self.sent(group_id, outcome);
            }
            ConsoleRequest::DeleteApp { .. } | ConsoleRequest::ModifyApp { .. } => {}
        }
    }

    fn request(&mut self, request: &Request, outcome: &Outcome) {
        // By field name, since these mean the same in all operations: fifty-four patterns would say no more.
        let fields = serde_json::to_value(request).unwrap_or(Value::Null);
        let fields =
            fields.as_object().and_then(|object| object.values().next()).cloned().unwrap_or(Value::Null);
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let texts = |name: &str| {
            let list = fields.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let group = text("group_id");
        match request.operation().subject() {
            OperationSubject::GroupLife => self.begin_or_end(&group),
            OperationSubject::Kicked => self.come_or_go(&text("kickoff_user"), &group, u32::MAX),
            OperationSubject::Member => self.come_or_go(&text("user_id"), &group, u32::MAX),
            OperationSubject::GroupFacts => self.change(format!("group {group}")),
            OperationSubject::Mutes => {
                self.read(format!("group {group}"));
                self.change(format!("mutes {group}"));
            }
            OperationSubject::MuteList => self.read(format!("mutes {group}")),
            OperationSubject::Message => self.change(format!("message {}", text("message_id"))),
            OperationSubject::MembersNamed => {
                for user in texts("user_ids").into_iter().chain(texts("user_id_list")) {
                    self.read(format!("member {user} {group}"));
                    self.read(format!("user {user}"));
                }
            }
            OperationSubject::UsersNamed => {
                texts("user_ids").into_iter().for_each(|user| self.read(format!("user {user}")));
            }
            OperationSubject::Receiver => self.read(format!("user {}", text("receiver_id"))),
            OperationSubject::UserFacts => self.change(format!("user {}", text("user_id"))),
            OperationSubject::Messages => {
                self.read(format!("group {group}"));
                self.read(format!("history {group}"));
            }
            OperationSubject::Group => self.look_at(&group),
            OperationSubject::App => {}
        }
        self.sent(&group, outcome);
    }

    fn sent(&mut self, group: &str, outcome: &Outcome) {
        if let Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid)))) = outcome {
            self.write(format!("message {tid}"));
            self.write(format!("shaping {group}"));
        }
        if let Outcome::Request(Ok(Reply::Pending(ticket))) = outcome {
            self.write(format!("ticket {}", ticket.0));
        }
    }

    fn output(&mut self, output: &Output, scene: &dyn Scene) {
        match output {
            Output::Deliver(fanout) => {
                let group = scene.group_id(fanout.group);
                self.change(format!("message {}", fanout.message.tid));
                self.write(format!("history {group}"));
            }
            Output::DeliverTo(_, message) => self.change(format!("message {}", message.tid)),
            Output::Shed(shed) => {
                self.change(format!("message {}", shed.tid));
                self.read(format!("shaping {}", scene.group_id(shed.group)));
                // A message gave way to another: without that one the loss cannot be understood.
                if let Some(winner) = &shed.winner {
                    self.read(format!("message {winner}"));
                }
            }
            Output::Close(session, _) => self.change(format!("user {}", scene.user_id(session.user))),
            Output::Recover(session, _, messages) => {
                self.read(format!("user {}", scene.user_id(session.user)));
                messages.iter().for_each(|message| self.read(format!("message {}", message.tid)));
            }
            Output::Direct(session, message, ticket) => {
                self.read(format!("user {}", scene.user_id(session.user)));
                self.change(format!("message {}", message.tid));
                if let Some(ticket) = ticket {
                    self.write(format!("ticket {}", ticket.0));
                }
            }
            Output::Moderate(moderation) => self.write(format!("ticket {}", moderation.ticket.0)),
            Output::Answer(ticket, _) => self.change(format!("ticket {}", ticket.0)),
            Output::ClientAnswer(_, ticket, answer) => {
                self.change(format!("ticket {}", ticket.0));
                if let Ok(ClientReply::Sent(tid)) = answer {
                    self.change(format!("message {tid}"));
                }
            }
            Output::Notice(to, notice, _) => self.notice(*to, notice, scene),
            Output::Callback(callback) => self.read(format!("user {}", callback.user_id)),
            Output::Overdue(late) => self.read(format!("shaping {}", scene.group_id(late.group))),
            Output::Log(_) => {}
        }
    }

    fn notice(&mut self, to: NoticeTo, notice: &Notice, scene: &dyn Scene) {
        let (NoticeTo::Group(group) | NoticeTo::Users(group)) = to else { return };
        let group = scene.group_id(group);
        match notice {
            Notice::MemberChange { .. } | Notice::Statistics { .. } => self.read(format!("members {group}")),
            Notice::MuteChange { .. } => self.read(format!("mutes {group}")),
            Notice::MessageDeleted { tid } => self.read(format!("message {tid}")),
            Notice::Exit(_) | Notice::InfoChange { .. } | Notice::Likes(_) => {
                self.read(format!("group {group}"));
            }
        }
    }
}

/// The group that a client's request is about, and its size.
fn group_of(request: &ClientRequest, scene: &dyn Scene) -> Option<(String, u32)> {
    Some(match group_key(request)? {
        GroupKey::Index(group) => (scene.group_id(*group).to_owned(), scene.member_count(*group)),
        GroupKey::Name(name) => (name.to_string(), 0),
    })
}

/// The group that a client's request names.
pub(crate) const fn group_key(request: &ClientRequest) -> Option<&GroupKey> {
    match request {
        ClientRequest::CancelMuteAll(key)
        | ClientRequest::CancelMuteUsers(key, _)
        | ClientRequest::CloseGroup(key)
        | ClientRequest::DeleteMessage(key, _)
        | ClientRequest::Join(key)
        | ClientRequest::Leave(key)
        | ClientRequest::ListGroupUsers { group: key, .. }
        | ClientRequest::ListHistory { group: key, .. }
        | ClientRequest::ListMuteUsers(key)
        | ClientRequest::ListRecentGroupUsers(key)
        | ClientRequest::ListRecentMessages { group: key, .. }
        | ClientRequest::ModifyGroup { group: key, .. }
        | ClientRequest::MuteAll(key)
        | ClientRequest::MuteUsers(key, _)
        | ClientRequest::QueryGroup(key)
        | ClientRequest::Send(key, _) => Some(key),
        ClientRequest::Acknowledge(_)
        | ClientRequest::CreateGroup { .. }
        | ClientRequest::Logout
        | ClientRequest::SendToUser { .. } => None,
    }
}

/// A step in a few words, those of the trace.
pub(super) fn tell(
    (at, clock): (u64, Instant),
    call: &ObservedCall<'_>,
    scene: &dyn Scene,
    dependencies: Dependencies,
) -> StoryStep {
    let user = |session: &SessionId| Party::User(scene.user_id(session.user).to_owned());
    let who = match call.input {
        Input::Client(session, _) | Input::Disconnect(session, _) | Input::Reconnect(session, ..) => {
            user(session)
        }
        Input::Connect(login) => Party::User(login.user_id.to_string()),
        Input::Request(..) | Input::Console(..) | Input::Malformed(..) => Party::BackEnd,
        Input::Verdict(..) => Party::Moderation,
        Input::SetLimits(_) | Input::SetReadings(_) | Input::Timeout => Party::Service,
    };
    let mut lines = scene.lines(call).into_iter();
    // The trace has no line for such a step.
    let silent = matches!(call.input, Input::Timeout) && call.outputs.is_empty();
    let what = if silent { "timeout".to_owned() } else { words_of(&lines.next().unwrap_or_default()) };
    let what = about_whom(what, call.input);
    let sent = call.outputs.iter().zip(lines).map(|(output, line)| {
        let to = match output {
            Output::Close(session, _) | Output::Recover(session, ..) | Output::Direct(session, ..) => {
                user(session)
            }
            Output::ClientAnswer(session, ..) => user(session),
            Output::Deliver(fanout) => Party::Group(scene.group_id(fanout.group).to_owned()),
            Output::Notice(NoticeTo::Group(group) | NoticeTo::Users(group), ..) => {
                Party::Group(scene.group_id(*group).to_owned())
            }
            Output::Notice(NoticeTo::Session(session), ..) => user(session),
            Output::Moderate(_) => Party::Moderation,
            Output::Answer(..) | Output::Callback(_) => Party::BackEnd,
            Output::DeliverTo(..) | Output::Shed(_) | Output::Overdue(_) | Output::Log(_) => Party::Service,
        };
        let mut what = words_of(&line);
        // The trace says which ticket is answered; a reader looks for the message.
        if let Output::ClientAnswer(_, _, Ok(ClientReply::Sent(tid))) = output {
            what.push_str(&format!(" for {tid}"));
        }
        StepOutput { to, what, of: group_of_message(output, scene) }
    });
    let refused = is_refused(call.outcome);
    StoryStep { at, clock, who, what, refused, sent: sent.collect(), dependencies }
}

/// Whether the caller was refused, so that nothing changed.
const fn is_refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Client(Err(_)) | Outcome::Connected(Err(_)) | Outcome::Request(Err(_)))
}

/// The group whose message an output delivers or sheds.
fn group_of_message(output: &Output, scene: &dyn Scene) -> Option<Party> {
    let group = if let Output::Deliver(fanout) = output {
        fanout.group
    } else if let Output::Shed(shed) = output {
        shed.group
    } else {
        return None;
    };
    Some(Party::Group(scene.group_id(group).to_owned()))
}

/// A line of the trace without its time and sign.
fn words_of(line: &str) -> String {
    line.trim_start().splitn(3, ' ').nth(2).unwrap_or_default().trim_end().to_owned()
}

/// Adds the names that the trace leaves away: whom a back end's call is about.
fn about_whom(what: String, input: &Input) -> String {
    let Input::Request(_, request) = input else { return what };
    let fields = serde_json::to_value(request).unwrap_or(Value::Null);
    let Some(fields) = fields.as_object().and_then(|object| object.values().next()) else { return what };
    let mut named = Vec::new();
    for field in ["group_id", "kickoff_user", "user_ids", "banned_users", "unbanned_users", "receiver_id"] {
        match fields.get(field) {
            Some(Value::String(word)) => named.push(word.clone()),
            Some(Value::Array(words)) => {
                named.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }
    if named.is_empty() { what } else { what.replacen("  ", &format!(" {}  ", named.join(" ")), 1) }
}
