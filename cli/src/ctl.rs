//! `claque ctl`: the control API as commands.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::http::ask;
use crate::output::line;
use crate::{Done, Failure};

/// Which server, and what to do.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque ctl clock --freeze
  claque ctl clock --advance 31d
  claque ctl join --app APP --group g1 --user ada
  claque ctl crowd --app APP --group g1 --join 2500
  claque ctl ledger --group g1
  claque ctl fault --operation SendLiveMessageGroup --fail ServerError")]
pub(crate) struct Arguments {
    /// The server.
    #[arg(long, global = true, default_value = "127.0.0.1:8787", env = "CLAQUE_ENDPOINT")]
    endpoint: String,
    /// The control token, if the server has one.
    #[arg(long, global = true, env = "CLAQUE_CONTROL_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Args)]
struct Member {
    /// The application ID.
    #[arg(long)]
    app: String,
    /// The group ID.
    #[arg(long)]
    group: String,
    /// The user ID.
    #[arg(long)]
    user: String,
}

#[derive(clap::Args)]
struct Crowd {
    /// The application ID.
    #[arg(long)]
    app: String,
    /// The group ID.
    #[arg(long)]
    group: String,
    /// Virtual members that join.
    #[arg(long, default_value_t = 0)]
    join: u32,
    /// Virtual members that leave, the newest first.
    #[arg(long, default_value_t = 0)]
    leave: u32,
    /// Messages that they send at once, in turn.
    #[arg(long, default_value_t = 0)]
    send: u32,
    /// Level of the messages: NORMAL (the lowest), MEDIUM, HIGH.
    #[arg(long, default_value = "NORMAL")]
    level: String,
    /// Type of the messages.
    #[arg(long = "type", default_value_t = 10_001)]
    kind: i64,
    /// Body of the messages.
    #[arg(long, default_value = "applause")]
    body: String,
}

#[derive(clap::Args)]
struct Clock {
    /// Stand still.
    #[arg(long)]
    freeze: bool,
    /// Go on as fast as the wall.
    #[arg(long, conflicts_with = "freeze")]
    resume: bool,
    /// Run so many times as fast: 10x, 3/2x.
    #[arg(long, conflicts_with_all = ["freeze", "resume"])]
    speed: Option<String>,
    /// Move on by a span: 5s, 31d. Answers when everything due has been sent.
    #[arg(long)]
    advance: Option<String>,
    /// Move on to a point in UNIX seconds.
    #[arg(long)]
    to: Option<u64>,
}

#[derive(clap::Args)]
struct FaultArguments {
    /// The operation; none: all.
    #[arg(long)]
    operation: Option<String>,
    /// Calls wait so long first: 200ms.
    #[arg(long)]
    delay: Option<String>,
    /// Connections are dropped without an answer.
    #[arg(long)]
    drop: bool,
    /// Calls fail with this code: ServerError.
    #[arg(long)]
    fail: Option<String>,
    /// Takes all faults off.
    #[arg(long, conflicts_with_all = ["operation", "delay", "drop", "fail"])]
    clear: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists event callbacks and what became of them; or sends one again.
    Callbacks {
        /// Sends the callback of this number once more.
        #[arg(long)]
        replay: Option<u64>,
    },
    /// Shows or moves the clock.
    Clock(Clock),
    /// Virtual members join, leave or chat.
    Crowd(Crowd),
    /// Shows a hash of the whole state.
    Digest,
    /// Shows, sets or clears faults of operations.
    Fault(FaultArguments),
    /// Lists all groups.
    Groups,
    /// Asks whether the server lives.
    Health,
    /// Makes one virtual user join a group.
    Join(Member),
    /// Makes a user leave a group.
    Leave(Member),
    /// Lists the messages that were shed, with rule and winner.
    Ledger {
        /// Only of this group.
        #[arg(long)]
        group: Option<String>,
    },
    /// Shows the bounds, or sets some: NAME=VALUE.
    Limits {
        /// NAME=VALUE, such as group_messages_per_second=5.
        set: Vec<String>,
    },
    /// Shows the readings, or sets some: ID=VALUE.
    Readings {
        /// ID=VALUE, such as shaper.window=window-close.
        set: Vec<String>,
    },
    /// Asks whether the server takes calls.
    Ready,
    /// Starts over with an empty service.
    Reset,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let (method, path, body) = plan(&arguments.verb)?;
    let token = arguments.token.as_deref();
    let answer = ask(&arguments.endpoint, token, method, &path, body.as_ref())?;
    let text = serde_json::to_string_pretty(&answer).map_err(|error| Failure::No(error.to_string()))?;
    line(&text);
    Ok(())
}

type Plan = (&'static str, String, Option<Value>);

fn plan(verb: &Verb) -> Result<Plan, Failure> {
    let get = |path: &str| ("GET", path.to_owned(), None);
    let post = |path: &str, body: Value| ("POST", path.to_owned(), Some(body));
    Ok(match verb {
        Verb::Callbacks { replay: None } => get("callbacks"),
        Verb::Callbacks { replay: Some(number) } => post("callbacks/replay", json!({ "number": number })),
        Verb::Clock(clock) => clock_plan(clock),
        Verb::Crowd(it) => post(
            "crowd",
            json!({
                "app": it.app, "group": it.group, "join": it.join, "leave": it.leave, "send": it.send,
                "level": it.level, "type": it.kind, "body": it.body,
            }),
        ),
        Verb::Digest => get("digest"),
        Verb::Fault(fault) => fault_plan(fault),
        Verb::Groups => get("groups"),
        Verb::Health => get("health"),
        Verb::Join(it) => post("join", json!({ "app": it.app, "group": it.group, "user": it.user })),
        Verb::Leave(it) => post("leave", json!({ "app": it.app, "group": it.group, "user": it.user })),
        Verb::Ledger { group: None } => get("ledger"),
        Verb::Ledger { group: Some(group) } => {
            let group = claque_wire::url::canonical(group);
            ("GET", format!("ledger?group={group}"), None)
        }
        Verb::Limits { set } if set.is_empty() => get("limits"),
        Verb::Limits { set } => post("limits", pairs(set, number_or_text)?),
        Verb::Readings { set } if set.is_empty() => get("readings"),
        Verb::Readings { set } => post("readings", pairs(set, |text| text.into())?),
        Verb::Ready => get("ready"),
        Verb::Reset => post("reset", json!({})),
    })
}

fn clock_plan(clock: &Clock) -> Plan {
    let mut body = Map::new();
    if clock.freeze {
        body.insert("freeze".to_owned(), true.into());
    }
    if clock.resume {
        body.insert("resume".to_owned(), true.into());
    }
    if let Some(speed) = &clock.speed {
        body.insert("speed".to_owned(), speed.as_str().into());
    }
    if let Some(advance) = &clock.advance {
        body.insert("advance".to_owned(), advance.as_str().into());
    }
    if let Some(to) = clock.to {
        body.insert("to".to_owned(), to.into());
    }
    if body.is_empty() {
        return ("GET", "clock".to_owned(), None);
    }
    ("POST", "clock".to_owned(), Some(Value::Object(body)))
}

fn fault_plan(fault: &FaultArguments) -> Plan {
    if fault.clear {
        return ("DELETE", "faults".to_owned(), None);
    }
    if fault.delay.is_none() && !fault.drop && fault.fail.is_none() {
        return ("GET", "faults".to_owned(), None);
    }
    let body = json!({
        "operation": fault.operation, "delay": fault.delay, "drop": fault.drop, "fail": fault.fail,
    });
    ("POST", "faults".to_owned(), Some(body))
}

fn number_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn pairs(set: &[String], value: impl Fn(&str) -> Value) -> Result<Value, Failure> {
    let mut object = Map::new();
    for pair in set {
        let Some((name, text)) = pair.split_once('=') else {
            return Err(Failure::Usage(format!("{pair:?}: write NAME=VALUE")));
        };
        object.insert(name.to_owned(), value(text));
    }
    Ok(Value::Object(object))
}
