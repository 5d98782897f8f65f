//! `claque ctl`: the control API as commands.

mod crowd;
mod fault;
mod files;
mod ledger;
mod made;
mod named;
mod route;

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value, json};

use crate::http::{Controlled, Server};
use crate::number::number;
use crate::output::line;
use crate::{CommandFailure, Done, meanwhile};
use crowd::CrowdArguments;
use fault::FaultArguments;
pub(crate) use files::write_secret;
use files::{restore, snapshot};
use ledger::ledger;
use made::{AppVerb, GroupVerb, WorldVerb};
use named::Named;
use route::{ControlCall, number_or_text, pairs, query};

/// Which server, and what to do.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque ctl clock --freeze
  claque ctl clock --advance 31d
  claque ctl join --app APP --group g1 --user ada
  claque ctl crowd --app APP --group g1 --join 2500
  claque ctl crowd --app APP --group g1 --scenario evening-show --users 500
  claque ctl crowd --app APP --group g1 --chat comments.xml --speed 10
  claque ctl say --app APP --group g1 --user ada --body hello
  claque ctl snapshot --to before.clq
  claque ctl restore --from before.clq
  claque ctl ledger --group g1
  claque ctl key --id reader --secret s3cret --security-token t0ken --policy policy.json
  claque ctl fault --operation SendLiveMessageGroup --fail ServerError
  claque ctl fault --method sendGroupMessage --group g1 --percent 30 --delay 50ms..2s
  claque ctl calls
  claque ctl world create --clock manual
  claque ctl --world w1 clock --advance 30d
  claque ctl app create --name show
  claque ctl group create --app APP --group g1 --owner host")]
pub(crate) struct Arguments {
    #[command(flatten)]
    controlled: Controlled,
    /// Steers this world of the server instead of the default world.
    #[arg(long, global = true, env = "CLAQUE_WORLD", value_name = "NAME")]
    world: Option<String>,
    #[command(subcommand)]
    verb: CtlVerb,
}

#[derive(clap::Args)]
struct MemberArguments {
    /// The application ID.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    app: String,
    /// The group ID.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    group: String,
    /// The user ID.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    user: String,
}

#[derive(clap::Args)]
struct ClockArguments {
    /// Makes the clock stand still.
    #[arg(long)]
    freeze: bool,
    /// Makes the clock run as fast as the wall clock.
    #[arg(long, conflicts_with = "freeze")]
    resume: bool,
    /// Makes the clock run this many times as fast: 10x, 3/2x.
    #[arg(long, conflicts_with_all = ["freeze", "resume"])]
    speed: Option<String>,
    /// Moves the clock forward by a span: 5s, 31d. Ends when everything that was due has happened, and shows progress until then.
    #[arg(long, value_parser = crate::input::span)]
    advance: Option<String>,
    /// Moves the clock forward to a point in time, in UNIX seconds.
    #[arg(long, value_name = "SECONDS", value_parser = crate::input::unix_seconds)]
    to: Option<u64>,
}

/// What the vendor's console offers and no server-side operation does.
#[derive(Subcommand)]
enum Console {
    /// Deletes an application.
    DeleteApp {
        /// The application ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: String,
    },
    /// Changes the name of an application, or how long its messages are kept.
    ModifyApp {
        /// The application ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: String,
        /// Its new name, 2 to 16 characters.
        #[arg(long)]
        name: Option<String>,
        /// How long messages are kept: 0 for 30 days, 1 for 90, 2 for 180.
        #[arg(long, value_name = "TIER", value_parser = number::<i32>("retention tier", 0..=2))]
        retention: Option<i32>,
    },
    /// Changes a group: what is not named stays, and an empty text clears.
    ModifyGroup {
        /// The application ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: String,
        /// The group ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        group: String,
        /// Its new display name.
        #[arg(long)]
        name: Option<String>,
        /// Its new owner.
        #[arg(long)]
        owner: Option<String>,
        /// Its administrators from now on, joined by commas.
        #[arg(long, value_delimiter = ',', value_name = "USERS")]
        admins: Option<Vec<String>>,
        /// Its new extension information.
        #[arg(long)]
        info: Option<String>,
    },
    /// Sends a message to a group.
    SendMessage {
        /// The application ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: String,
        /// The group ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        group: String,
        /// The message.
        #[arg(long)]
        body: String,
        /// Who sends it: the ID of a user.
        #[arg(long)]
        sender: String,
        /// What the members see of the sender besides the name.
        #[arg(long, default_value = "")]
        sender_info: String,
        /// Its type: a number.
        #[arg(long = "type", default_value = "10001", allow_hyphen_values = true)]
        kind: String,
    },
}

#[derive(clap::Args)]
struct KeyArguments {
    /// The key's ID.
    #[arg(long)]
    id: String,
    /// Its secret.
    #[arg(long)]
    secret: String,
    /// The token of a temporary key, which its calls must carry.
    #[arg(long, value_name = "TOKEN")]
    security_token: Option<String>,
    /// The account that it belongs to; the first, unless it is named.
    #[arg(long)]
    account: Option<String>,
    /// The policy of a RAM user: a JSON file as RAM has it, with Version and Statement, or a list of statements.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// The address of a proxy; names are not looked up.
fn proxy_address(text: &str) -> Result<std::net::SocketAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is not an IP address with a port, such as 127.0.0.1:8080"))
}

#[derive(Subcommand)]
enum CtlVerb {
    /// Creates an application.
    #[command(subcommand)]
    App(AppVerb),
    /// Lists event callbacks and what became of them; or sends one again, or checks the headers that a receiver saw.
    Callbacks {
        /// Sends the callback of this number once more.
        #[arg(long, value_parser = number::<u64>("number of a callback", 0..=u64::MAX.into()))]
        replay: Option<u64>,
        /// Checks the headers that came with the callback of this number.
        #[arg(long, value_name = "NUMBER", conflicts_with = "replay", requires_all = ["timestamp", "signature"],
            value_parser = number::<u64>("number of a callback", 0..=u64::MAX.into()))]
        check: Option<u64>,
        /// The header Ali-Live-Timestamp.
        #[arg(long, requires = "check")]
        timestamp: Option<String>,
        /// The header Ali-Live-Signature.
        #[arg(long, requires = "check")]
        signature: Option<String>,
    },
    /// Lists the newest calls and client requests: parameters, answer, the rules that decided, the place in the journal.
    Calls {
        /// Only those of a higher number.
        #[arg(long, default_value_t = 0, value_parser = number::<u64>("number of a call", 0..=u64::MAX.into()))]
        after: u64,
        /// The most of them.
        #[arg(long, default_value_t = 20, value_parser = number::<u32>("number of calls", 0..=4_294_967_295))]
        count: u32,
    },
    /// Shows or moves the clock.
    Clock(ClockArguments),
    /// Replaces the journal by one record of the state, which is shorter.
    Compact,
    /// Does what the vendor's web console can do and no documented operation can.
    #[command(subcommand)]
    Console(Console),
    /// Virtual members join, leave or chat, at once or by a scenario.
    Crowd(CrowdArguments),
    /// Shows a hash of the whole state.
    Digest,
    /// Shows, sets or clears faults of operations and client methods.
    Fault(FaultArguments),
    /// Lists the newest events: calls, deliveries, shed messages, links.
    Feed {
        /// Only what came after this number.
        #[arg(long, default_value_t = 0, value_parser = number::<u64>("number of an event", 0..=u64::MAX.into()))]
        after: u64,
    },
    /// Creates a group, or shows one with its members, messages and rates.
    #[command(subcommand)]
    Group(GroupVerb),
    /// Lists all groups.
    Groups,
    /// Asks whether the server answers.
    Health,
    /// Makes one virtual user join a group.
    Join(MemberArguments),
    /// Adds a key that may sign calls, or changes the one with its ID.
    Key(KeyArguments),
    /// Makes a user leave a group.
    Leave(MemberArguments),
    /// Lists the messages that were shed, each with its rule and the message that won its place, and newest messages of a
    /// type that were delivered too late.
    Ledger {
        /// Only of this application.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: Option<String>,
        /// Only of this group.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        group: Option<String>,
    },
    /// Shows the limits, or sets some: NAME=VALUE.
    Limits {
        /// NAME=VALUE, such as group_messages_per_second=5; of one group also group_messages_per_second=null.
        set: Vec<String>,
        /// Shows or sets the limit of this group only, in place of the limit for all groups.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        group: Option<String>,
        /// The group's application, where several have a group of that ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new(), requires = "group")]
        app: Option<String>,
    },
    /// Shows the counters, as Prometheus reads them.
    Metrics,
    /// Sends all callbacks and reviews through an HTTP proxy, or directly again.
    Outgoing {
        /// Address and port of the proxy.
        #[arg(long, value_name = "ADDRESS:PORT", value_parser = proxy_address, required_unless_present = "direct")]
        proxy: Option<std::net::SocketAddr>,
        /// Without a proxy, as at the start.
        #[arg(long, conflicts_with = "proxy", required_unless_present = "proxy")]
        direct: bool,
        /// Signs callbacks and reviews with the service's time instead of the wall clock's, for receivers that check it.
        #[arg(long)]
        service_time: bool,
    },
    /// Shows how much memory the state takes, by kind, application and group, and the bound.
    Memory,
    /// Shows clock, counters, groups and sessions together.
    Overview,
    /// Shows the readings, or sets some: ID=VALUE.
    Readings {
        /// ID=VALUE, such as shaper.window=window-close.
        set: Vec<String>,
    },
    /// Asks whether the server keeps up with its commands, and how many wait.
    Ready,
    /// Prints the texts that the console shows: rules, readings, limits, operations, client methods, codes.
    Reference,
    /// Empties the service: no applications, groups, users and messages.
    Reset {
        /// Where its clock begins, in UNIX seconds; without it the clock goes on.
        #[arg(long, value_name = "SECONDS", value_parser = crate::input::unix_seconds)]
        to: Option<u64>,
    },
    /// Replaces the state by that of a snapshot or a journal. The links of clients end; clients may reconnect to their sessions.
    Restore {
        /// What `claque ctl snapshot` wrote, or the journal of a data directory.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Counts how often each rule has decided.
    Rules,
    /// Makes a user who is online send a message to a group, by the call of a client.
    Say {
        #[command(flatten)]
        who: MemberArguments,
        /// The message.
        #[arg(long, default_value = "applause")]
        body: String,
        /// Its level: NORMAL (the lowest), MEDIUM, HIGH.
        #[arg(long, default_value = "NORMAL", value_parser = ["NORMAL", "MEDIUM", "HIGH"])]
        level: String,
        /// Its type.
        #[arg(long = "type", default_value_t = 10_001, allow_negative_numbers = true,
            value_parser = number::<i64>("message type", i64::MIN.into()..=i64::MAX.into()))]
        kind: i64,
    },
    /// Lists sessions, clients first.
    Sessions {
        /// Only of this application.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: Option<String>,
        /// Only of members of this group.
        #[arg(long, requires = "app", value_parser = NonEmptyStringValueParser::new())]
        group: Option<String>,
        /// Only of users whose ID has this in it.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// How many of them at most.
        #[arg(long, value_parser = number::<u32>("number of sessions", 0..=4_294_967_295))]
        count: Option<u32>,
    },
    /// Writes the whole state down: a journal of one record, which `claque journal` reads too.
    Snapshot {
        /// Where it goes; a file that is there is replaced.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Starts an outage for one viewer: the link is cut and stays down. With --end the outage ends.
    Outage {
        /// The application ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: String,
        /// The user ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        user: String,
        /// Ends the outage.
        #[arg(long)]
        end: bool,
    },
    /// Shows the server's version.
    Version,
    /// Creates or deletes a world.
    #[command(subcommand)]
    World(WorldVerb),
    /// Lists the worlds of the server.
    Worlds,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let server = arguments.controlled.server(arguments.world.as_deref());
    let named = Named::of(&arguments.verb);
    named.check_reading()?;
    let answer = answer(&arguments.verb, server).map_err(|failure| named.explain(failure, server))?;
    if is_empty(&answer) {
        named.check_app(server)?;
    }
    let text = match answer {
        Value::String(text) => text.trim_end().to_owned(),
        answer => {
            serde_json::to_string_pretty(&answer).map_err(|error| CommandFailure::No(error.to_string()))?
        }
    };
    line(&text);
    Ok(())
}

/// Whether nothing was found: no session, or no entry of the ledger.
fn is_empty(answer: &Value) -> bool {
    let lists = ["sessions", "shed", "overdue"].map(|name| answer[name].as_array());
    lists.iter().any(Option::is_some) && lists.iter().flatten().all(|list| list.is_empty())
}

/// Asks the server.
fn answer(verb: &CtlVerb, server: Server<'_>) -> Result<Value, CommandFailure> {
    Ok(match verb {
        CtlVerb::App(app) => app.run(server)?,
        CtlVerb::Crowd(crowd) => crowd.run(server)?,
        CtlVerb::Group(group) => group.run(server)?,
        CtlVerb::World(world) => world.run(server)?,
        CtlVerb::Worlds => Server { world: None, ..server }.ask("GET", "worlds", None)?,
        CtlVerb::Ledger { app, group } => ledger(server, app.as_deref(), group.as_deref())?,
        CtlVerb::Restore { from } => restore(server, from)?,
        CtlVerb::Snapshot { to } => snapshot(server, to)?,
        verb => {
            let (method, path, body) = plan(verb)?;
            meanwhile::telling(server, || server.ask(method, &path, body.as_ref()))?
        }
    })
}

fn limits_plan(
    set: &[String],
    group: Option<&str>,
    app: Option<&str>,
) -> Result<ControlCall, CommandFailure> {
    let named = [("group", group), ("app", app)].into_iter().filter_map(|(name, id)| Some((name, id?)));
    if set.is_empty() {
        return Ok(("GET", query("limits", &[("group", group), ("app", app)]), None));
    }
    let mut body = pairs(set, |text| if text == "null" { Value::Null } else { number_or_text(text) })?;
    for (name, id) in named {
        body[name] = id.into();
    }
    Ok(("POST", "limits".to_owned(), Some(body)))
}

fn console_body(console: &Console) -> Value {
    match console {
        Console::DeleteApp { app } => json!({ "action": "DeleteApp", "AppId": app }),
        Console::ModifyApp { app, name, retention } => {
            json!({ "action": "ModifyApp", "AppId": app, "AppName": name, "MsgLifeCycle": retention })
        }
        Console::ModifyGroup { app, group, name, owner, admins, info } => {
            let admins =
                admins.as_ref().map(|all| all.iter().filter(|one| !one.is_empty()).collect::<Vec<_>>());
            json!({
                "action": "ModifyGroup", "AppId": app, "GroupId": group, "GroupName": name, "CreatorId": owner,
                "Administrators": admins, "GroupInfo": info,
            })
        }
        Console::SendMessage { app, group, body, sender, sender_info, kind } => json!({
            "action": "SendMessage", "AppId": app, "GroupId": group, "SenderId": sender,
            "SenderMetaInfo": sender_info, "MsgType": kind, "Body": body,
        }),
    }
}

fn plan(verb: &CtlVerb) -> Result<ControlCall, CommandFailure> {
    let get = |path: &str| ("GET", path.to_owned(), None);
    let post = |path: &str, body: Value| ("POST", path.to_owned(), Some(body));
    Ok(match verb {
        CtlVerb::Callbacks { check: Some(number), timestamp, signature, .. } => {
            let body = json!({ "number": number, "timestamp": timestamp, "signature": signature });
            post("callbacks/check", body)
        }
        CtlVerb::Callbacks { replay: Some(number), .. } => {
            post("callbacks/replay", json!({ "number": number }))
        }
        CtlVerb::Callbacks { replay: None, .. } => get("callbacks"),
        CtlVerb::Calls { after, count } => get(&format!("calls?after={after}&count={count}")),
        CtlVerb::Clock(clock) => clock_plan(clock),
        CtlVerb::Compact => post("compact", json!({})),
        CtlVerb::Console(console) => post("console", console_body(console)),
        CtlVerb::Digest => get("digest"),
        CtlVerb::Fault(fault) => fault.plan()?,
        CtlVerb::Feed { after } => ("GET", format!("feed?after={after}"), None),
        CtlVerb::Groups => get("groups"),
        CtlVerb::Health => get("health"),
        CtlVerb::Join(it) => post("join", json!({ "app": it.app, "group": it.group, "user": it.user })),
        CtlVerb::Key(it) => post("keys", key(it)?),
        CtlVerb::Leave(it) => post("leave", json!({ "app": it.app, "group": it.group, "user": it.user })),
        CtlVerb::Limits { set, group, app } => limits_plan(set, group.as_deref(), app.as_deref())?,
        CtlVerb::Memory => get("memory"),
        CtlVerb::Metrics => get("metrics"),
        CtlVerb::Outgoing { proxy, service_time, direct: _ } => {
            let proxy = proxy.map(|proxy| proxy.to_string());
            post("outgoing", json!({ "proxy": proxy, "serviceTime": service_time }))
        }
        CtlVerb::Overview => get("overview"),
        CtlVerb::Readings { set } if set.is_empty() => get("readings"),
        CtlVerb::Readings { set } => post("readings", pairs(set, |text| text.into())?),
        CtlVerb::Ready => get("ready"),
        CtlVerb::Reference => get("reference"),
        CtlVerb::Reset { to: None } => post("reset", json!({})),
        CtlVerb::Reset { to: Some(seconds) } => post("reset", json!({ "unixSeconds": seconds })),
        CtlVerb::Rules => get("rules"),
        CtlVerb::Say { who, body, level, kind } => post(
            "say",
            json!({
                "app": who.app, "group": who.group, "user": who.user, "body": body, "level": level, "type": kind,
            }),
        ),
        CtlVerb::Sessions { app, group, search, count } => {
            let count = count.map(|count| count.to_string());
            let chosen = [("app", app), ("group", group), ("search", search), ("count", &count)];
            get(&query("sessions", &chosen.map(|(name, value)| (name, value.as_deref()))))
        }
        CtlVerb::App(_) | CtlVerb::Crowd(_) | CtlVerb::Group(_) | CtlVerb::World(_) | CtlVerb::Worlds => {
            unreachable!("they are calls of operations, of all worlds, or have files to send")
        }
        CtlVerb::Restore { .. } | CtlVerb::Snapshot { .. } => unreachable!("they move bytes, not JSON"),
        CtlVerb::Ledger { .. } => unreachable!("it may ask for the groups, too"),
        CtlVerb::Outage { app, user, end } => {
            post("outage", json!({ "app": app, "user": user, "down": !end }))
        }
        CtlVerb::Version => get("version"),
    })
}

fn key(it: &KeyArguments) -> Result<Value, CommandFailure> {
    let policy = match &it.policy {
        None => Value::Null,
        Some(file) => {
            let wrong =
                |error: String| CommandFailure::Usage(format!("--policy {}: {error}", file.display()));
            let text = crate::input::read_written(file)?;
            let value = serde_json::from_str(&text).map_err(|error| {
                wrong(format!("{error}: a policy is JSON, such as {{\"Version\":\"1\",\"Statement\":[…]}}"))
            })?;
            crate::policy::read(&value).map_err(wrong)?;
            value
        }
    };
    Ok(json!({
        "id": it.id, "secret": it.secret, "securityToken": it.security_token, "account": it.account, "policy": policy,
    }))
}

fn clock_plan(clock: &ClockArguments) -> ControlCall {
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
