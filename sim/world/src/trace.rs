//! The canonical trace: one line for each thing that happened, the same bytes for the same run.
//!
//! Columns: the virtual time since the start of the run in seconds; a sign (`>` something done to the service and its
//! outcome, `<` something the service wants sent); what it was, in words and names. Deliveries to single members are
//! not written: a group message is one line with the size of its audience.

#![expect(clippy::wildcard_enum_match_arm, reason = "rare requests are written by their name alone")]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::rc::Rc;

use claque_core::{
    ClientReply, ClientRequest, ConsoleRequest, Duration, GroupIx, GroupKey, HitCounts, Input, Instant,
    LinkEnd, Mutants, Notice, NoticeTo, Outcome, Output, Reply, Response, Service, SessionId, UserIx,
};

use crate::observer::ObservedCall;

/// Where a trace goes, and which part of the run it shows.
pub struct Trace {
    sink: Box<dyn Write>,
    start: Instant,
    from: Instant,
    until: Instant,
    line: String,
    failed: Option<io::Error>,
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").field("from", &self.from).field("until", &self.until).finish_non_exhaustive()
    }
}

impl Trace {
    /// A trace of a run that begins at `start`, into a sink.
    #[must_use]
    pub fn new(start: Instant, sink: Box<dyn Write>) -> Self {
        Self { sink, start, from: Instant::EPOCH, until: Instant::MAX, line: String::new(), failed: None }
    }

    /// Shows only what happens from `from` to `until` after the start, both included.
    #[must_use]
    pub fn window(self, from: Duration, until: Duration) -> Self {
        Self { from: self.start + from, until: self.start + until, ..self }
    }

    /// Flushes the sink.
    ///
    /// # Errors
    ///
    /// The first error that the sink gave, now or earlier.
    pub fn close(mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.sink.flush(),
        }
    }

    /// Writes down one call and what came of it.
    pub(crate) fn step<D: Mutants>(
        &mut self,
        now: Instant,
        input: &Input,
        outcome: &Outcome,
        outputs: &[Output],
        service: &Service<HitCounts, D>,
    ) {
        if now < self.from || now > self.until {
            return;
        }
        // A deadline that comes to nothing is not worth a line.
        if !(matches!(input, Input::Timeout) && outputs.is_empty()) {
            self.begin(now, '>');
            write_input(&mut self.line, input, service);
            self.line.push_str("  ");
            write_outcome(&mut self.line, outcome);
            self.end();
        }
        for output in outputs {
            self.begin(now, '<');
            write_output(&mut self.line, output, service);
            self.end();
        }
    }

    fn begin(&mut self, now: Instant, sign: char) {
        self.line.clear();
        let micros = i128::from(now.as_micros()) - i128::from(self.start.as_micros());
        let (minus, span) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
        // Before the show times are negative: applications and groups are made then.
        let text = format!("{minus}{}.{:06}", span / 1_000_000, span % 1_000_000);
        put(&mut self.line, format_args!("{text:>15} {sign} "));
    }

    fn end(&mut self) {
        self.line.push('\n');
        // The first error is kept for `close`: a run is not ended by a full disk under its trace.
        if self.failed.is_none() {
            self.failed = self.sink.write_all(self.line.as_bytes()).err();
        }
    }
}

/// Appends to a line; a string takes everything.
fn put(line: &mut String, words: std::fmt::Arguments<'_>) {
    line.write_fmt(words).expect("a string takes everything");
}

/// The lines of one call, each with its line feed.
pub(crate) fn lines_of<D: Mutants>(
    now: Instant,
    start: Instant,
    call: &ObservedCall<'_>,
    service: &Service<HitCounts, D>,
) -> Vec<String> {
    let kept = Rc::new(RefCell::new(Vec::new()));
    let mut trace = Trace::new(start, Box::new(KeptLine(Rc::clone(&kept))));
    trace.step(now, call.input, call.outcome, call.outputs, service);
    kept.take()
}

/// Keeps each line.
struct KeptLine(Rc<RefCell<Vec<String>>>);

impl Write for KeptLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().push(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn user_name<D: Mutants>(service: &Service<HitCounts, D>, user: UserIx) -> &str {
    service.user_id(user)
}

fn write_session<D: Mutants>(line: &mut String, session: SessionId, service: &Service<HitCounts, D>) {
    put(line, format_args!("{}#{}", user_name(service, session.user), session.generation));
}

fn key_name<'s, D: Mutants>(key: &'s GroupKey, service: &'s Service<HitCounts, D>) -> &'s str {
    match key {
        GroupKey::Index(group) => service.group_id(*group),
        GroupKey::Name(name) => name,
    }
}

const fn console_word(request: &ConsoleRequest) -> &'static str {
    match request {
        ConsoleRequest::DeleteApp { .. } => "DeleteApp",
        ConsoleRequest::LimitMessages { .. } => "LimitMessages",
        ConsoleRequest::ModifyApp { .. } => "ModifyApp",
        ConsoleRequest::ModifyGroup { .. } => "ModifyGroup",
        ConsoleRequest::SendMessage { .. } => "SendMessage",
    }
}

fn write_input<D: Mutants>(line: &mut String, input: &Input, service: &Service<HitCounts, D>) {
    match input {
        Input::Client(session, request) => {
            write_session(line, *session, service);
            line.push(' ');
            write_client(line, request, service);
        }
        Input::Connect(login) => put(line, format_args!("{} log-on device {}", login.user_id, login.device)),
        Input::Console(_, request) => put(line, format_args!("console {}", console_word(request))),
        Input::Disconnect(session, end) => {
            write_session(line, *session, service);
            line.push_str(match end {
                LinkEnd::Closed => " close-link",
                LinkEnd::Lost => " lose-link",
            });
        }
        Input::Malformed(_, operation) => put(line, format_args!("malformed {}", operation.name())),
        Input::Reconnect(session, fresh, cursors) => {
            write_session(line, *session, service);
            let token = if fresh.is_some() { "fresh" } else { "old" };
            put(line, format_args!(" reconnect token {token}"));
            for cursor in cursors {
                put(line, format_args!(" {}@{}", service.group_id(cursor.group), cursor.high_seq));
            }
        }
        Input::Request(caller, request) => {
            let who = if caller.policy.is_some() { "ram-user" } else { "account" };
            put(line, format_args!("{who} {}", request.operation().name()));
        }
        Input::SetLimits(_) => line.push_str("set-limits"),
        Input::SetReadings(_) => line.push_str("set-readings"),
        Input::Timeout => line.push_str("timeout"),
        Input::Verdict(ticket, verdict) => put(line, format_args!("verdict {} {verdict:?}", ticket.0)),
    }
}

fn write_client<D: Mutants>(line: &mut String, request: &ClientRequest, service: &Service<HitCounts, D>) {
    match request {
        ClientRequest::Send(key, send) => put(
            line,
            format_args!("send {} {} type {}", key_name(key, service), send.level.as_str(), send.kind),
        ),
        ClientRequest::Join(key) => put(line, format_args!("join {}", key_name(key, service))),
        ClientRequest::Leave(key) => put(line, format_args!("leave {}", key_name(key, service))),
        ClientRequest::Logout => line.push_str("log-off"),
        ClientRequest::MuteAll(key) => put(line, format_args!("mute-all {}", key_name(key, service))),
        ClientRequest::CancelMuteAll(key) => {
            put(line, format_args!("cancel-mute-all {}", key_name(key, service)));
        }
        other => {
            // Names only: an ID or a text in these requests would make lines long that nobody reads.
            let text = format!("{other:?}");
            line.push_str(text.split(['(', ' ', '{']).next().unwrap_or_default());
        }
    }
}

fn write_outcome(line: &mut String, outcome: &Outcome) {
    match outcome {
        Outcome::Quiet => {}
        Outcome::Client(Ok(ClientReply::Sent(tid))) => put(line, format_args!("ok {tid}")),
        Outcome::Client(Ok(ClientReply::Group(state))) => {
            put(line, format_args!("ok {} members", state.counters.online_user_counts));
        }
        Outcome::Client(Ok(ClientReply::Pending(ticket))) => put(line, format_args!("pending {}", ticket.0)),
        Outcome::Client(Ok(_)) => line.push_str("ok"),
        Outcome::Client(Err(refusal)) => put(line, format_args!("refused {}", refusal.code())),
        Outcome::Connected(Ok(connected)) => put(line, format_args!("ok #{}", connected.session.generation)),
        Outcome::Connected(Err(refusal)) => put(line, format_args!("refused {}", refusal.code())),
        Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid)))) => put(line, format_args!("ok {tid}")),
        Outcome::Request(Ok(Reply::Done(_))) => line.push_str("ok"),
        Outcome::Request(Ok(Reply::Pending(ticket))) => put(line, format_args!("pending {}", ticket.0)),
        Outcome::Request(Err(refusal)) => put(line, format_args!("refused {}", refusal.code().as_str())),
    }
}

fn write_output<D: Mutants>(line: &mut String, output: &Output, service: &Service<HitCounts, D>) {
    match output {
        Output::Answer(ticket, answer) => {
            put(line, format_args!("answer {} ok={}", ticket.0, answer.is_ok()));
            if let Ok(Response::MessageSent(tid)) = answer {
                put(line, format_args!(" {tid}"));
            }
        }
        Output::ClientAnswer(session, ticket, answer) => {
            put(line, format_args!("client-answer {} ok={} to ", ticket.0, answer.is_ok()));
            write_session(line, *session, service);
            if let Ok(ClientReply::Sent(tid)) = answer {
                put(line, format_args!(" {tid}"));
            }
        }
        Output::Callback(callback) => {
            put(line, format_args!("callback {} {:?}", callback.user_id, callback.event));
        }
        Output::Close(session, reason) => {
            put(line, format_args!("close {reason:?} "));
            write_session(line, *session, service);
        }
        Output::Deliver(fanout) => put(
            line,
            format_args!(
                "deliver {} to {} of {} seq {} {}",
                fanout.message.tid,
                service.member_count(fanout.group),
                service.group_id(fanout.group),
                fanout.message.seq,
                fanout.message.level.as_str(),
            ),
        ),
        Output::DeliverTo(sessions, message) => {
            put(line, format_args!("deliver {} to {} chosen", message.tid, sessions.len()));
        }
        Output::Direct(session, message, ticket) => {
            put(line, format_args!("direct {} ack={} to ", message.tid, ticket.is_some()));
            write_session(line, *session, service);
        }
        Output::Moderate(moderation) => put(line, format_args!("moderate {}", moderation.ticket.0)),
        Output::Notice(to, notice, users) => write_notice(line, *to, notice, users.len(), service),
        Output::Recover(session, GroupIx(group), messages) => {
            write_session(line, *session, service);
            let id = service.group_id(GroupIx(*group));
            put(line, format_args!(" recovers {} of {id}", messages.len()));
            for message in messages {
                put(line, format_args!(" {}", message.tid));
            }
        }
        Output::Shed(shed) => {
            let (group, level) = (service.group_id(shed.group), shed.level.as_str());
            put(line, format_args!("shed {} of {group} {level} by {}", shed.tid, shed.rule.id()));
            if let Some(winner) = &shed.winner {
                put(line, format_args!(" for {winner}"));
            }
        }
        Output::Overdue(late) => {
            put(
                line,
                format_args!("overdue {} of {} type {}", late.tid, service.group_id(late.group), late.kind),
            );
        }
        Output::Log(text) => put(line, format_args!("log {text}")),
    }
}

fn write_notice<D: Mutants>(
    line: &mut String,
    to: NoticeTo,
    notice: &Notice,
    users: usize,
    service: &Service<HitCounts, D>,
) {
    match notice {
        Notice::MemberChange { count, joined, left, supergroup } => put(
            line,
            format_args!("notice members={count} +{} -{} super={supergroup}", joined.len(), left.len()),
        ),
        Notice::Exit(reason) => put(line, format_args!("notice exit {reason:?}")),
        Notice::InfoChange { .. } => line.push_str("notice info"),
        Notice::MuteChange { all, users, except } => {
            put(line, format_args!("notice mutes all={all} users={} except={}", users.len(), except.len()));
        }
        Notice::MessageDeleted { tid } => put(line, format_args!("notice recalled {tid}")),
        Notice::Likes(likes) => put(line, format_args!("notice likes={likes}")),
        Notice::Statistics { online, joins } => {
            put(line, format_args!("notice online={online} joins={joins}"));
        }
    }
    match to {
        NoticeTo::Group(group) => put(line, format_args!(" to {}", service.group_id(group))),
        NoticeTo::Users(group) => put(line, format_args!(" to {users} of {}", service.group_id(group))),
        NoticeTo::Session(session) => {
            line.push_str(" to ");
            write_session(line, session, service);
        }
    }
}
