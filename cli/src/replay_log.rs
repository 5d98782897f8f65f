//! `claque replay-log`: the calls of a recording, made again of a running server.

mod digest;

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use claque_conformance::audit::{CallLine, Line, is_edge, read_lines};
use claque_lab::amount::{counted, grouped as count};
use claque_wire::argument::{Argument, Arguments as Parameters};
use claque_wire::operation::OperationSpec;
use claque_wire::sign::Credentials;
use serde_json::{Map, Value};

use crate::call::{Callee, exchange};
use crate::http::Server;
use crate::output::line;
use crate::{CommandFailure, Done};
use digest::AnswersDigest;

/// What to do again.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The recording: JSON Lines, as `claque record` writes them.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    #[command(flatten)]
    callee: Callee,
}

const EXAMPLES: &str = "\
Examples:
  claque replay-log calls.jsonl
  claque replay-log calls.jsonl --endpoint 127.0.0.1:9000
  claque replay-log calls.jsonl --world w1

Calls are made in the order of their times, as fast as they are answered; IDs that the server makes are put in the place of those that
were recorded. What clients did is not done again. The digest is of all answers but for times, secrets, and how IDs are spelled.
Exit status: 0 every call is answered with the recorded status and code, 1 one is not, 2 the recording cannot be read.";

/// Fields whose values a service makes: what stands in them names the same thing in the recording and here.
const MADE: [&str; 6] = ["AppId", "GroupId", "MsgTid", "MessageId", "TaskId", "NextPageToken"];

/// What was answered then and is answered now.
struct Digests {
    recorded: AnswersDigest,
    here: AnswersDigest,
}

/// A call and where it stands.
struct RecordedCall {
    at: u64,
    place: String,
    call: CallLine,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let mut calls = Vec::new();
    for path in &arguments.logs {
        read(path, &mut calls)?;
    }
    if calls.is_empty() {
        let logs: Vec<String> = arguments.logs.iter().map(|log| log.display().to_string()).collect();
        return Err(CommandFailure::Usage(format!(
            "{}: there is nothing to do again, 0 calls; `claque record` writes calls down",
            logs.join(", ")
        )));
    }
    calls.sort_by_key(|call| call.at);
    let server = arguments.callee.server();
    let who = arguments.callee.credentials()?;
    let (mut names, mut differ, mut skipped) = (BTreeMap::new(), 0_u64, 0_u64);
    let mut digests = Digests { recorded: AnswersDigest::new(), here: AnswersDigest::new() };
    for recorded in &calls {
        let Some(spec) = OperationSpec::named(&recorded.call.operation).filter(|_| is_own(&recorded.call))
        else {
            skipped += 1;
            continue;
        };
        if let Some(says) = again(spec, &recorded.call, (&mut names, &mut digests), (server, &who))? {
            differ += 1;
            line(&format!("{}: {} {says}", recorded.place, recorded.call.operation));
        }
    }
    let made = calls.len() as u64 - skipped;
    line(&format!(
        "{} made again, {} answered otherwise, {} left out that this account did not sign",
        counted(made, "call"),
        count(differ),
        count(skipped)
    ));
    let (was, is) = (digests.recorded.value(), digests.here.value());
    let same = if was == is { "the same as".to_owned() } else { format!("not {was:016x} of") };
    line(&format!("digest of the answers {is:016x}, {same} what was recorded"));
    match differ {
        0 => Ok(()),
        1 => Err(CommandFailure::No("a call was answered otherwise than recorded".to_owned())),
        _ => {
            let differ = counted(differ, "call");
            Err(CommandFailure::No(format!("{differ} were answered otherwise than recorded")))
        }
    }
}

/// Whether the recording's account called, and was known by its signature: a wrong one is not recorded.
fn is_own(call: &CallLine) -> bool {
    let code = call.answer.as_ref().and_then(|answer| answer.get("Code")).and_then(Value::as_str);
    call.account.is_none() && call.ram_user.is_none() && !code.is_some_and(is_edge)
}

fn read(path: &Path, calls: &mut Vec<RecordedCall>) -> Done {
    crate::audit::check(path)?;
    let wrong =
        |line: usize, says: String| CommandFailure::Usage(format!("{}:{line}: {says}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| wrong(0, error.to_string()))?;
    let read = read_lines(0, BufReader::new(file), &mut |place, bytes| {
        let seen: Line = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if let (Some(call), Some(when)) = (seen.call, seen.at) {
            calls.push(RecordedCall { at: when, place: format!("{}:{}", path.display(), place.line), call });
        }
        Ok(true)
    });
    read.map(drop).map_err(|error| wrong(error.place.line, error.says))
}

/// Makes a call again; how its answer differs.
fn again(
    spec: &'static OperationSpec,
    call: &CallLine,
    (names, digests): (&mut BTreeMap<String, String>, &mut Digests),
    (server, who): (Server<'_>, &Credentials),
) -> Result<Option<String>, CommandFailure> {
    let mut parameters = Parameters::new();
    for (name, value) in &call.parameters {
        if let Some(argument) = Argument::of_json(&renamed(value, names)) {
            parameters.set(name, argument);
        }
    }
    let (status, body) = exchange(spec, &parameters, server, who)?;
    let answer: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(recorded) = call.status else { return Ok(None) };
    let code = |answer: Option<&Value>| answer.and_then(Value::as_str).unwrap_or_default().to_owned();
    let was = code(call.answer.as_ref().and_then(|answer| answer.get("Code")));
    let is = code(answer.get("Code"));
    if (status, &is) != (recorded, &was) {
        let said = |status: u16, code: &str| format!("{status} {code}").trim_end().to_owned();
        return Ok(Some(format!(
            "was answered {} and is answered {}",
            said(recorded, &was),
            said(status, &is)
        )));
    }
    if let (Some(was), Value::Object(is)) = (&call.answer, &answer) {
        note(was, is, names);
        digests.recorded.take(&call.operation, recorded, was);
        digests.here.take(&call.operation, status, is);
    }
    Ok(None)
}

/// Notes which of the server's names stand for which of the recorded ones.
fn note(was: &Map<String, Value>, is: &Map<String, Value>, names: &mut BTreeMap<String, String>) {
    for (name, was) in was {
        match (was, is.get(name)) {
            (Value::String(was), Some(Value::String(is))) if MADE.contains(&name.as_str()) && was != is => {
                names.insert(was.clone(), is.clone());
            }
            (Value::Object(was), Some(Value::Object(is))) => note(was, is, names),
            (_, _) => {}
        }
    }
}

/// A value as this server names things. What a caller put into a map is its own.
fn renamed(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            names.get(text).map_or_else(|| value.clone(), |name| Value::from(name.as_str()))
        }
        Value::Array(items) => items.iter().map(|item| renamed(item, names)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}
