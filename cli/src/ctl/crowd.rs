//! `claque ctl crowd`: virtual members by number, by a scenario, or by a recorded chat.

use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use serde_json::{Value, json};

use super::route::query;
use crate::http::Server;
use crate::number::number;
use crate::output::remark;
use crate::run_plan::ChatArguments;
use crate::{CommandFailure, meanwhile};

/// Members and messages that a crowd may be asked for; the server has bounds of its own.
const CROWD: std::ops::RangeInclusive<i128> = 0..=4_294_967_295;

#[derive(clap::Args)]
pub(super) struct CrowdArguments {
    /// The application ID.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    app: String,
    /// The group ID.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    group: String,
    /// How many virtual members join.
    #[arg(long, default_value_t = 0, value_parser = number::<u32>("number of members", CROWD))]
    join: u32,
    /// How many virtual members leave, the newest first.
    #[arg(long, default_value_t = 0, value_parser = number::<u32>("number of members", CROWD))]
    leave: u32,
    /// How many messages they send now, one member after the other.
    #[arg(long, default_value_t = 0, value_parser = number::<u32>("number of messages", CROWD))]
    send: u32,
    /// Level of the messages: NORMAL (the lowest), MEDIUM, HIGH.
    #[arg(long, default_value = "NORMAL", value_parser = ["NORMAL", "MEDIUM", "HIGH"])]
    level: String,
    /// Type of the messages.
    #[arg(long = "type", default_value_t = 10_001, allow_negative_numbers = true,
        value_parser = number::<i64>("message type", i64::MIN.into()..=i64::MAX.into()))]
    kind: i64,
    /// Body of the messages.
    #[arg(long, default_value = "applause")]
    body: String,
    /// How many messages a second (of the service's time) they send by themselves from now on.
    #[arg(long, default_value_t = 0, value_name = "COUNT", value_parser = number::<u32>("number of messages a second", CROWD))]
    chat_per_second: u32,
    /// For how many seconds they do this.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = number::<u32>("number of seconds", CROWD))]
    chat_seconds: u32,
    /// Ends what they do by themselves: chat and scenario.
    #[arg(long)]
    hush: bool,
    /// First part of the members' names; unless it is named: crowd, or chat for a recorded chat.
    #[arg(long)]
    prefix: Option<String>,
    /// They come, chat and go as the audience of a simulator's scenario does: a built-in name, or a file.
    #[arg(long, value_name = "NAME|FILE", conflicts_with_all = ["join", "leave", "send", "chat_per_second", "hush", "prefix"])]
    scenario: Option<String>,
    /// Users of a recorded chat join and say what they said, at its times; `claque chat --help` lists the formats.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scenario", "join", "leave", "send", "chat_per_second", "hush"])]
    chat: Option<PathBuf>,
    /// The chat's speed: 10, 3/2, 1.5.
    #[arg(long, requires = "chat", value_name = "FACTOR")]
    speed: Option<String>,
    #[command(flatten)]
    times: ChatArguments,
    /// Users of the scenario: its populations scale.
    #[arg(long, requires = "scenario", conflicts_with = "chat", value_parser = crate::run_plan::users)]
    users: Option<std::num::NonZeroU32>,
}

impl CrowdArguments {
    /// The application and the group.
    pub(super) fn names(&self) -> (&str, &str) {
        (&self.app, &self.group)
    }

    pub(super) fn run(&self, server: Server<'_>) -> Result<Value, CommandFailure> {
        meanwhile::telling(server, || match (&self.scenario, &self.chat) {
            (Some(name), _) => self.scenario(name, server),
            (None, Some(file)) => self.chat(file, server),
            (None, None) => server.ask("POST", "crowd", Some(&self.body())),
        })
    }

    fn body(&self) -> Value {
        json!({
            "app": self.app, "group": self.group, "join": self.join, "leave": self.leave, "send": self.send,
            "level": self.level, "type": self.kind, "body": self.body, "chatPerSecond": self.chat_per_second,
            "chatSeconds": self.chat_seconds, "hush": self.hush,
            "prefix": self.prefix.as_deref().unwrap_or("crowd"),
        })
    }

    fn scenario(&self, name: &str, server: Server<'_>) -> Result<Value, CommandFailure> {
        let mut body = json!({ "app": self.app, "group": self.group, "scenario": name });
        // A built-in name first, as everywhere: a file of that name is written ./NAME.
        let builtin = claque_scenario::Scenario::builtin_text(name).is_some();
        if !builtin && Path::new(name).exists() {
            body["text"] = crate::input::read_text(Path::new(name))?.into();
        }
        if let Some(users) = self.users {
            body["users"] = users.get().into();
        }
        let mut answer = server.ask("POST", "crowd/scenario", Some(&body))?;
        let left_out: Vec<String> = serde_json::from_value(answer["leftOut"].take()).unwrap_or_default();
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("leftOut");
        }
        if !left_out.is_empty() {
            remark(&format!("left out, as they are in your hands on a server: {}", left_out.join(", ")));
        }
        Ok(answer)
    }

    fn chat(&self, file: &Path, server: Server<'_>) -> Result<Value, CommandFailure> {
        let bytes = crate::input::read(file)?;
        let name = file.display().to_string();
        let chosen = [
            ("app", Some(self.app.as_str())),
            ("group", Some(&self.group)),
            ("file", Some(&name)),
            ("prefix", self.prefix.as_deref()),
            ("speed", self.speed.as_deref()),
            ("start", self.times.start()),
            ("unit", self.times.unit()),
            ("strict", self.times.is_strict().then_some("true")),
        ];
        let path = query("crowd/chat", &chosen);
        let answer = server.exchange("POST", &path, "application/octet-stream", bytes)?;
        serde_json::from_slice(&answer).map_err(|error| CommandFailure::No(error.to_string()))
    }
}
