//! `claque world`: worlds as files that people read and write.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::http::Controlled;
use crate::output::{line, print};
use crate::{CommandFailure, Done};

/// Which server, and what to do.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque world export > show.toml
  claque world export --world w1 --to show.toml
  claque world import show.toml --name again
  claque serve --world show.toml

The same file leads to the same AppIds, AppKeys and access keys each time. docs/worlds.md tells what may stand in it.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    controlled: Controlled,
    #[command(subcommand)]
    verb: WorldFileVerb,
}

#[derive(Subcommand)]
enum WorldFileVerb {
    /// Writes a world to a file: keys, readings, applications with their groups, members and mutes. No messages.
    Export {
        /// The world; none: the default world.
        #[arg(long, env = "CLAQUE_WORLD", value_name = "NAME")]
        world: Option<String>,
        /// The file to write, replaced if it exists; without it the world is printed.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Creates a world from a file.
    Import {
        /// A world file: written by `claque world export`, or by hand (docs/worlds.md).
        file: PathBuf,
        /// The world's name; without it: w1, w2 and so on.
        #[arg(value_name = "NAME")]
        world: Option<String>,
        /// The world's name, too.
        #[arg(long, conflicts_with = "world")]
        name: Option<String>,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match &arguments.verb {
        WorldFileVerb::Export { world, to } => {
            let server = arguments.controlled.server(world.as_deref());
            let bytes = server.exchange("GET", "export", "application/json", Vec::new())?;
            match to {
                // It holds secrets.
                Some(file) => crate::ctl::write_secret(file, &bytes)
                    .map_err(|error| CommandFailure::Usage(format!("{}: {error}", file.display())))?,
                None => print(&String::from_utf8_lossy(&bytes)),
            }
        }
        WorldFileVerb::Import { file, world, name } => {
            let text = crate::input::read_written(file)?;
            let mut body = json!({ "seed": text });
            if let Some(name) = name.as_ref().or(world.as_ref()) {
                body["name"] = name.as_str().into();
            }
            let made: Value = arguments.controlled.server(None).ask("POST", "worlds", Some(&body))?;
            line(
                &serde_json::to_string_pretty(&made)
                    .map_err(|error| CommandFailure::No(error.to_string()))?,
            );
        }
    }
    Ok(())
}
