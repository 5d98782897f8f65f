//! What is made: applications and groups by calls of operations, worlds by the control API of the server.

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use claque_wire::argument::Arguments as Parameters;
use serde_json::{Value, json};

use super::route::{pairs, query};
use crate::http::Server;
use crate::number::number;
use crate::{CommandFailure, call};

/// Applications, for users without a client library.
#[derive(Subcommand)]
pub(super) enum AppVerb {
    /// Creates an application; `claque call` does everything else.
    Create {
        /// Its name, 2 to 16 characters.
        #[arg(long)]
        name: Option<String>,
        /// Where event callbacks go.
        #[arg(long, value_name = "URL")]
        callbacks: Option<String>,
        #[command(flatten)]
        signer: call::Signer,
    },
}

/// Groups, for users without a client library.
#[derive(Subcommand)]
pub(super) enum GroupVerb {
    /// Creates a group; `claque call` does everything else.
    Create {
        /// The application ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: String,
        /// The group ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        group: String,
        /// The user who owns it.
        #[arg(long)]
        owner: String,
        /// Its display name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        signer: call::Signer,
    },
    /// Shows a group: facts, members, newest messages, and messages delivered and shed in each second.
    Show {
        /// The application ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        app: String,
        /// The group ID.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        group: String,
        /// Only members whose ID has this in it.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// The most members, and the most messages.
        #[arg(long, value_parser = number::<u32>("number of members and messages", 0..=4_294_967_295))]
        count: Option<u32>,
    },
}

/// Worlds of one server: docs/worlds.md.
#[derive(Subcommand)]
pub(super) enum WorldVerb {
    /// Creates a world, and prints its endpoint and its access key.
    Create {
        /// Its name; none: a number.
        #[arg(value_name = "NAME")]
        world_name: Option<String>,
        /// Its name, too.
        #[arg(long, conflicts_with = "world_name")]
        name: Option<String>,
        /// Its clock: manual, real, or a ratio such as 10x; none: as the server's own.
        #[arg(long)]
        clock: Option<String>,
        /// Where its time begins, in UNIX seconds; none: now.
        #[arg(long, value_name = "SECONDS", value_parser = crate::input::unix_seconds)]
        to: Option<u64>,
        /// Another reading of an open point; repeatable.
        #[arg(long, value_name = "ID=VALUE")]
        reading: Vec<String>,
    },
    /// Ends a world: its links, its thread, its memory.
    Delete {
        /// Its name.
        name: String,
    },
}

impl AppVerb {
    pub(super) fn run(&self, server: Server<'_>) -> Result<Value, CommandFailure> {
        let Self::Create { name, callbacks, signer } = self;
        let given = [("AppName", name.as_deref()), ("EventCallbackUrl", callbacks.as_deref())];
        called("CreateLiveMessageApp", &given, signer, server)
    }
}

impl GroupVerb {
    pub(super) fn run(&self, server: Server<'_>) -> Result<Value, CommandFailure> {
        let (app, group, owner, name, signer) = match self {
            Self::Create { app, group, owner, name, signer } => (app, group, owner, name, signer),
            Self::Show { app, group, search, count } => {
                let count = count.map(|count| count.to_string());
                let chosen = [
                    ("app", Some(app.as_str())),
                    ("group", Some(group.as_str())),
                    ("search", search.as_deref()),
                    ("count", count.as_deref()),
                ];
                return server.ask("GET", &query("group", &chosen), None);
            }
        };
        let given = [
            ("AppId", Some(app.as_str())),
            ("GroupId", Some(group)),
            ("CreatorId", Some(owner)),
            ("GroupName", name.as_deref()),
        ];
        called("CreateLiveMessageGroup", &given, signer, server)
    }
}

impl WorldVerb {
    pub(super) fn run(&self, server: Server<'_>) -> Result<Value, CommandFailure> {
        let server = Server { world: None, ..server };
        match self {
            Self::Create { world_name, name, clock, to, reading } => {
                let mut body = json!({ "readings": pairs(reading, |text| text.into())? });
                for (key, value) in
                    [("name", name.as_ref().or(world_name.as_ref())), ("clock", clock.as_ref())]
                {
                    if let Some(value) = value {
                        body[key] = value.as_str().into();
                    }
                }
                if let Some(seconds) = to {
                    body["unixSeconds"] = (*seconds).into();
                }
                server.ask("POST", "worlds", Some(&body))
            }
            Self::Delete { name } => {
                let deleted = server.ask("DELETE", &format!("worlds/{name}"), None);
                deleted.map_err(|failure| server.without_world(name, failure))?;
                Ok(json!({ "deleted": name }))
            }
        }
    }
}

fn called(
    operation: &str,
    given: &[(&str, Option<&str>)],
    signer: &call::Signer,
    server: Server<'_>,
) -> Result<Value, CommandFailure> {
    let mut parameters = Parameters::new();
    for (name, value) in given {
        if let Some(value) = value {
            parameters.set(name, *value);
        }
    }
    let who = call::credentials(signer, server, server.world)?;
    call::call(operation, &parameters, server, &who).map(Value::String)
}
