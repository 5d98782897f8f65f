//! A bug as a conformance case: what its shrunk run does to the service, in documented names, and what the sound service
//! makes of it.
//!
//! The expectations are recorded, not written by hand from a rule: outcomes, and how many messages and notices went to
//! clients after each step. The case is played before it is given out: the sound service must pass it and the broken one
//! must fail it. A case leaves out what its format cannot say, such as a second device.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use claque_conformance::case::Case;
use claque_conformance::case_file::read_case;
use claque_conformance::runner::run;
use claque_conformance::subject::CoreSubject;
use claque_conformance::verdict::Verdict;
use claque_core::{
    AppCreated, ClientRefusal, ClientRequest, Family, GroupKey, HitCounts, Input, Instant, LinkEnd, Mutant,
    NoticeTo, OldGroupCreated, Outcome, Output, Reply, Request, Response, Service, Sound, UserIx,
};
use claque_document::units::format_duration;
use claque_lab::bugbase::Bug;
use claque_lab::campaign::FailureClass;
use claque_lab::record::{RecordReplay, RunRecord, record};
use claque_scenario::{LimitChange, LimitValue};
use claque_wire::audience::{LogonMethod, SessionMethod};
use claque_wire::operation::OperationSpec;
use serde_json::Value;

use crate::CommandFailure;
use crate::output::remark;

/// Names in the case of what the service chose an ID for, by that ID.
#[derive(Default)]
struct ChosenNames {
    apps: BTreeMap<String, String>,
    /// Groups of the older family: the name under which the answer of their creation is saved.
    groups: BTreeMap<String, String>,
}

/// What a step is held to, by the word of the case file.
type ExpectedFields = BTreeMap<&'static str, String>;

struct ExportedStep {
    /// Milliseconds from the moment zero.
    at: u64,
    /// The action, in the words of a case.
    words: String,
    expected: ExpectedFields,
}

/// Makes a case of a bug and tries it on the sound and on the broken service.
pub(crate) fn to_case(bug: &Bug, out: Option<&Path>) -> Result<String, CommandFailure> {
    let Some(mutant) = bug.mutant else {
        return Err(CommandFailure::Usage(
            "the bug is not planted: there is no broken service to try a case on; write a test instead"
                .to_owned(),
        ));
    };
    let stem =
        out.and_then(Path::file_stem).map_or_else(|| bug.id.clone(), |it| it.to_string_lossy().into_owned());
    let area = out.and_then(Path::parent).and_then(Path::file_name);
    let area = area.map_or_else(|| "found".to_owned(), |it| it.to_string_lossy().into_owned());
    let file = format!("{area}/{stem}.toml");
    let mut steps = steps_of(bug, &record(&bug.plan(), Some(mutant)));
    let mut dropped = 0;
    loop {
        let text = text_of(bug, &steps);
        let case = read_case(&file, &text)
            .map_err(|said| CommandFailure::No(format!("no case comes of it: {said}")))?;
        let sound = run(&case, &mut CoreSubject::sound());
        match &sound.verdict {
            Verdict::Pass | Verdict::PassLenient(_) => {
                let (said, noticed_at) = on_the_broken(&case, mutant);
                if said.starts_with("fail") || said == "panic" {
                    let text = text_of(bug, &quieter(bug, &file, mutant, noticed_at, steps));
                    remark(&format!("the sound service passes it, the broken one does not: {said}"));
                    let missed = case
                        .rules
                        .iter()
                        .filter(|rule| sound.hits.as_ref().is_some_and(|it| it.of(**rule) == 0));
                    for rule in missed {
                        remark(&format!(
                            "{} decides nothing in it: the suite will not take it as it is",
                            rule.id()
                        ));
                    }
                    return Ok(text);
                }
                return Err(CommandFailure::No(
                    "the broken service passes the case: no client or caller of it receives anything else than from the sound one; \
                     write a Rust test instead"
                        .to_owned(),
                ));
            }
            Verdict::Fail(failure) => {
                let step = failure.step.checked_sub(1).and_then(|at| steps.get_mut(at));
                let word = failure.what.split('.').next().unwrap_or_default().to_owned();
                let dropped_one =
                    step.is_some_and(|step| match step.expected.keys().copied().find(|key| *key == word) {
                        Some(key) => step.expected.remove(key).is_some(),
                        None => !std::mem::take(&mut step.expected).is_empty(),
                    });
                dropped += 1;
                remark(&format!("expectation removed, since the suite judges it otherwise: {failure}"));
                if !dropped_one || dropped > 10_000 {
                    return Err(CommandFailure::No(format!("the sound service fails the case: {failure}")));
                }
            }
            other => return Err(CommandFailure::No(format!("the suite cannot judge it: {other}"))),
        }
    }
}

/// How a case ends on the broken service, and at which step where it fails at one.
fn on_the_broken(case: &Case, mutant: Mutant) -> (String, Option<usize>) {
    let played = catch_unwind(AssertUnwindSafe(|| run(case, &mut CoreSubject::mutated(mutant)).verdict));
    let step = match &played {
        Ok(Verdict::Fail(failure)) => failure.step.checked_sub(1),
        _ => None,
    };
    (played.map_or_else(|_| "panic".to_owned(), |verdict| verdict.to_string()), step)
}

/// The steps without expectations that are not needed: that nobody is notified of anything, wherever the broken service fails
/// without them too. Those of the step that tells the two apart stay.
fn quieter(
    bug: &Bug,
    file: &str,
    mutant: Mutant,
    noticed_at: Option<usize>,
    mut steps: Vec<ExportedStep>,
) -> Vec<ExportedStep> {
    for at in (0..steps.len()).filter(|at| Some(*at) != noticed_at) {
        let whole = steps[at].expected.clone();
        steps[at].expected.retain(|_, value| value != "0");
        let case = read_case(file, &text_of(bug, &steps));
        let said = case.map_or_else(|_| String::new(), |case| on_the_broken(&case, mutant).0);
        if !said.starts_with("fail") && said != "panic" {
            steps[at].expected = whole;
        }
    }
    steps.retain(|step| !(step.words.is_empty() && step.expected.is_empty()));
    steps
}

/// The calls as steps, with what the sound service makes of each.
fn steps_of(bug: &Bug, record: &RunRecord) -> Vec<ExportedStep> {
    let mut service = record.replay();
    let apps: Vec<String> = bug.scenario.apps.iter().map(|app| app.name.clone()).collect();
    let mut names = ChosenNames::default();
    let mut steps = Vec::new();
    let mut notified = Notified::default();
    for (at, input) in &record.calls {
        while let Some(due) = service.due().filter(|due| due <= at) {
            service.apply(due, Input::Timeout);
            notified.drain(&mut service);
        }
        let words = words_of(input, service.service(), &names, apps.first().map_or("", String::as_str));
        let outcome = service.apply(*at, input.clone());
        let saved = name_what_was_made(&mut names, &apps, &outcome);
        notified.drain(&mut service);
        let Some(words) = words.map(|words| words + &saved) else { continue };
        let mut expected = std::mem::take(&mut notified).expected();
        if let Some((key, value)) = outcome_of(&outcome) {
            expected.insert(key, value);
        }
        steps.push(ExportedStep { at: moment(*at, bug.scenario.start), words, expected });
    }
    // What fell due after the last call shows when somebody looks.
    while let Some(due) = service.due().filter(|due| *due <= record.ended) {
        service.apply(due, Input::Timeout);
        notified.drain(&mut service);
    }
    let at = moment(record.ended, bug.scenario.start);
    steps.push(ExportedStep { at, words: String::new(), expected: notified.expected() });
    steps
}

/// Notes the ID of a new application, or of a new group of the older family; of the latter with the words that save it.
fn name_what_was_made(names: &mut ChosenNames, apps: &[String], outcome: &Outcome) -> String {
    let Outcome::Request(Ok(Reply::Done(made))) = outcome else { return String::new() };
    match made {
        Response::AppCreated(AppCreated { app_id, .. }) | Response::OldAppCreated(app_id) => {
            // A run makes its applications in the scenario's order, and no others.
            if let Some(name) = apps.get(names.apps.len()) {
                names.apps.insert(app_id.to_string(), name.clone());
            }
            String::new()
        }
        Response::OldGroupCreated(OldGroupCreated { group_id, .. }) => {
            let name = format!("older{}", names.groups.len() + 1);
            let words = format!(", save = {}", quote(&name));
            names.groups.insert(group_id.to_string(), name);
            words
        }
        _ => String::new(),
    }
}

/// Whole seconds stay whole seconds; what precedes the show happens at zero. Unit: milliseconds.
fn moment(at: Instant, start: Instant) -> u64 {
    match at.as_micros().checked_sub(start.as_micros()) {
        None => 0,
        Some(after) => 1_000 + after / 1_000,
    }
}

/// The notices that clients got since the step before.
#[derive(Default)]
struct Notified {
    delivered: u64,
    recovered: u64,
    noticed: u64,
}

impl Notified {
    fn drain(&mut self, replay: &mut RecordReplay) {
        let outputs = replay.take_outputs();
        let service = replay.service();
        let up: BTreeSet<UserIx> = service.links_up().map(|(session, _)| session.user).collect();
        let wide = |count: usize| u64::try_from(count).unwrap_or(0);
        let present = |group| {
            let taken = service.audience(group).iter().filter(|member| member.is_taken());
            wide(taken.filter(|member| up.contains(&member.user)).count())
        };
        for output in outputs {
            match output {
                Output::Deliver(fanout) => {
                    let spared = fanout.withhold.is_some_and(|user| up.contains(&user));
                    self.delivered += present(fanout.group) - u64::from(spared);
                }
                Output::Recover(_, _, messages) => self.recovered += wide(messages.len()),
                Output::Notice(NoticeTo::Group(group), ..) => self.noticed += present(group),
                Output::Notice(NoticeTo::Users(_), _, users) => {
                    self.noticed += wide(users.iter().filter(|user| up.contains(user)).count());
                }
                Output::Notice(NoticeTo::Session(_), ..) => self.noticed += 1,
                _ => {}
            }
        }
    }

    fn expected(self) -> ExpectedFields {
        let counts =
            [("delivered", self.delivered), ("recovered", self.recovered), ("notices", self.noticed)];
        counts.into_iter().map(|(word, count)| (word, count.to_string())).collect()
    }
}

fn outcome_of(outcome: &Outcome) -> Option<(&'static str, String)> {
    let refused = |code: String| Some(("refused", code));
    match outcome {
        Outcome::Client(Err(refusal)) | Outcome::Connected(Err(refusal)) => refused(client_code(*refusal)),
        Outcome::Request(Err(refusal)) => refused(quote(refusal.code().as_str())),
        _ => None,
    }
}

fn client_code(refusal: ClientRefusal) -> String {
    refusal.code().to_string()
}

/// An action in the words of a case; none for what a case cannot say.
fn words_of(
    input: &Input,
    service: &Service<HitCounts, Sound>,
    names: &ChosenNames,
    first: &str,
) -> Option<String> {
    let client = |user: UserIx| {
        let app = service.app_of(user).and_then(|app| names.apps.get(&**service.app_id(app)));
        let name = service.user_id(user);
        match app {
            Some(app) if app != first => format!("{app}:{name}"),
            _ => name.to_string(),
        }
    };
    let group = |key: &GroupKey| match key {
        GroupKey::Index(group) => service.group_id(*group).to_string(),
        GroupKey::Name(name) => name.to_string(),
    };
    let act =
        |who: String, what: &str, rest: &str| format!("client = {}, do = \"{what}\"{rest}", quote(&who));
    let in_group = |key: &GroupKey| format!(", group = {}", quote(&group(key)));
    Some(match input {
        Input::Connect(login) => {
            let app = names.apps.get(&*login.app_id);
            let other = app.filter(|app| *app != first);
            let who =
                other.map_or_else(|| login.user_id.to_string(), |app| format!("{app}:{}", login.user_id));
            let role = if login.role.is_empty() {
                String::new()
            } else {
                format!(", with = {{ role = {} }}", quote(&login.role))
            };
            act(who, LogonMethod::Login.name(), &role)
        }
        Input::Disconnect(session, LinkEnd::Lost) => act(client(session.user), "drop-link", ""),
        Input::Disconnect(session, LinkEnd::Closed) => {
            act(client(session.user), SessionMethod::Logout.name(), "")
        }
        Input::Reconnect(session, ..) => act(client(session.user), LogonMethod::Reconnect.name(), ""),
        Input::Client(session, request) => {
            let who = client(session.user);
            let method = SessionMethod::of(request).name();
            match request {
                ClientRequest::Join(key)
                | ClientRequest::Leave(key)
                | ClientRequest::MuteAll(key)
                | ClientRequest::CancelMuteAll(key) => act(who, method, &in_group(key)),
                ClientRequest::Logout => act(who, method, ""),
                ClientRequest::Send(key, send) => {
                    let with = format!(
                        "{}, with = {{ type = {}, level = \"{}\", data = {}{} }}",
                        in_group(key),
                        send.kind,
                        send.level.as_str(),
                        quote(&send.body),
                        if send.repeat > 1 {
                            format!(", repeatCount = {}", send.repeat)
                        } else {
                            String::new()
                        }
                    );
                    act(who, method, &with)
                }
                _ => return None,
            }
        }
        Input::Request(_, Request::CreateLiveMessageApp(_) | Request::CreateMessageApp(_)) => return None,
        Input::Request(_, request) => call_of(request, names)?,
        _ => return None,
    })
}

/// A server-side call with its parameters by their documented names.
fn call_of(request: &Request, names: &ChosenNames) -> Option<String> {
    let operation = request.operation().name();
    let spec = OperationSpec::named(operation)?;
    let value = serde_json::to_value(request).ok()?;
    let fields = value.as_object()?.values().next()?.as_object()?.clone();
    let plain =
        |name: &str| name.chars().filter(|it| it.is_alphanumeric()).collect::<String>().to_lowercase();
    let mut with = Vec::new();
    for parameter in spec.parameters {
        let field = fields.iter().find(|(name, _)| plain(name) == plain(parameter.name));
        let Some((_, value)) = field else { continue };
        let text = match value {
            Value::String(id) if names.apps.contains_key(id) => {
                quote(&format!("${{{}.AppId}}", names.apps[id]))
            }
            Value::String(id) if names.groups.contains_key(id) => {
                quote(&format!("${{{}.GroupId}}", names.groups[id]))
            }
            Value::String(text) if !text.is_empty() => quote(text),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(list) if !list.is_empty() => {
                let items: Vec<String> = list.iter().filter_map(Value::as_str).map(quote).collect();
                format!("[{}]", items.join(", "))
            }
            _ => continue,
        };
        with.push(format!("{} = {text}", parameter.name));
    }
    Some(format!("call = \"{operation}\", with = {{ {} }}", with.join(", ")))
}

/// The text of the case.
fn text_of(bug: &Bug, steps: &[ExportedStep]) -> String {
    let rule = match bug.breaks {
        FailureClass::Rule(rule) => rule,
        FailureClass::Invariant | FailureClass::Panic => {
            bug.mutant.map_or(claque_core::Rule::ALL[0], Mutant::rule)
        }
    };
    let mut text = format!("rules = [\"{}\"]\nsummary = {}\n", rule.id(), quote(&summary(&bug.says)));
    let limits: Vec<String> = bug.scenario.limits.iter().map(limit).collect();
    if !limits.is_empty() {
        put(&mut text, format_args!("config = {{ {} }}\n", limits.join(", ")));
    }
    let readings = bug.scenario.readings.iter().filter(|choice| !choice.is_default());
    let readings: Vec<String> =
        readings.map(|choice| format!("{} = {}", quote(choice.id), quote(choice.value))).collect();
    if !readings.is_empty() {
        put(&mut text, format_args!("readings = {{ {} }}\n", readings.join(", ")));
    }
    let apps = bug.scenario.apps.iter().map(|app| match app.family {
        Family::Live => format!("{{ app = {} }}", quote(&app.name)),
        Family::Old => format!("{{ app = {}, family = \"old\" }}", quote(&app.name)),
    });
    put(&mut text, format_args!("given = [{}]\nsteps = [\n", apps.collect::<Vec<_>>().join(", ")));
    for ExportedStep { at, words, expected } in steps {
        let expected: Vec<String> =
            expected.iter().map(|(word, value)| format!("{word} = {value}")).collect();
        let expect = if expected.is_empty() {
            String::new()
        } else {
            format!(", expect = {{ {} }}", expected.join(", "))
        };
        let words = if words.is_empty() { String::new() } else { format!(", {words}") };
        put(&mut text, format_args!("  {{ at = \"{at}ms\"{words}{expect} }},\n"));
    }
    text.push_str("]\n");
    text
}

fn limit(change: &LimitChange) -> String {
    match change.value {
        LimitValue::Count(count) => format!("{} = {count}", change.name),
        LimitValue::Span(span) => format!("{} = \"{}\"", change.name, format_duration(span)),
        LimitValue::Switch(on) => format!("{} = {on}", change.name),
    }
}

/// A sentence as cases want it: a capital at the beginning, a full stop at the end.
fn summary(says: &str) -> String {
    let mut letters = says.chars();
    let first: String = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
    let rest = letters.as_str().trim_end_matches('.');
    format!("{first}{rest}.")
}

fn quote(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// Appends to a text; a string takes everything.
fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a string takes everything");
}
