//! `claque explain`: what became of one message, user or group, wherever it was seen.

mod live;
mod recording;

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use claque_conformance::audit::har;
use claque_conformance::file;
use claque_lab::explain::{Asked, Explainer, Story, explain_run, read_trace};
use claque_sim::run::RunOptions;
use serde_json::{Value, json};

use crate::bug;
use crate::http::Controlled;
use crate::number::{COUNT_MAX, number};
use crate::output::{line, print};
use crate::run_plan::RunArguments;
use crate::{CommandFailure, Done};

/// Of what, and where it was seen.
#[derive(clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  claque explain viewer7 --scenario smoke --seed 3
  claque explain group:g1 --scenario smoke --seed 3 --last 200
  claque explain 1dc42575 run.txt                        a trace: of a message its first characters are enough
  claque explain raider1 fixtures/bugs/supergroup-notice-early
  claque explain m2 fixtures/recordings/lost-gift.jsonl
  claque explain ada --live                              the newest events of a running server
  claque explain group:g1 --live --world w1 --json

Each line has a time, what happened, and the rule that it follows from. What ends the story of a message stands last:
delivered to how many, recovered by how many, shed by which rule and for which message, or still waiting.
Exit status: 0 the story is printed, 2 nothing or several things have the name."
)]
pub(crate) struct Arguments {
    /// The ID of a message, a user or a group; user:ID where several have it.
    #[arg(value_name = "MESSAGE|USER|GROUP", value_parser = Asked::parse)]
    name: Asked,
    /// A trace, the folder of a bug, or a recording: JSON Lines or HAR.
    #[arg(value_name = "FILE|DIR", conflicts_with = "live")]
    source: Option<PathBuf>,
    /// Asks a running server: its feed of the newest events, and its ledger.
    #[arg(long)]
    live: bool,
    #[command(flatten)]
    controlled: Controlled,
    /// A world of that server instead of the default world.
    #[arg(long, env = "CLAQUE_WORLD", value_name = "NAME")]
    world: Option<String>,
    #[command(flatten)]
    run: RunArguments,
    /// Tells at most so many of the last events.
    #[arg(long, value_name = "EVENTS", default_value_t = 60, value_parser = number::<usize>("number of events", 0..=COUNT_MAX))]
    last: usize,
    /// Machine output: one JSON object (docs/schemas/explain.json).
    #[arg(long)]
    json: bool,
}

/// By so many bytes a recording is distinguished from a trace.
const BEGIN_BYTES: u64 = 256;

pub(crate) fn run(arguments: &Arguments) -> Done {
    let asked = arguments.name.clone();
    if (arguments.source.is_some() || arguments.live) && !arguments.run.is_silent() {
        let text =
            "the options of a run, such as --seed, and a file or --live are two sources: name one".to_owned();
        return Err(CommandFailure::Usage(text));
    }
    let (source, explainer) = match &arguments.source {
        Some(path) if path.is_dir() => {
            let bug = bug::read(path)?;
            let options = RunOptions { mutation: bug.mutant, ..RunOptions::default() };
            ("bug", explain_run(&bug.plan(), options, asked).1)
        }
        Some(path) => of_file(path, asked)?,
        None if arguments.live => {
            ("server", live::explainer(arguments.controlled.server(arguments.world.as_deref()), asked)?)
        }
        None if arguments.run.is_silent() => {
            let text = "where was it seen? Write a run (--scenario smoke --seed 3), a trace, the folder of a bug, a \
                        recording, or --live for a running server";
            return Err(CommandFailure::Usage(text.to_owned()));
        }
        None => {
            let prepared = arguments.run.prepare()?.drawn();
            if !arguments.json {
                line(&prepared.identity.to_string());
            }
            let options = RunOptions { mutation: prepared.mutation, ..RunOptions::default() };
            ("run", explain_run(&prepared.plan, options, asked).1)
        }
    };
    let mut story = explainer.story().map_err(|error| CommandFailure::Usage(error.to_string()))?;
    story.keep_last(arguments.last);
    if arguments.json {
        line(&object(source, &story).to_string());
    } else {
        print(&story.to_string());
    }
    Ok(())
}

/// A trace or a recording: the second begins with a brace.
fn of_file(path: &Path, asked: Asked) -> Result<(&'static str, Explainer), CommandFailure> {
    let unread = |error: std::io::Error| CommandFailure::Usage(file::unopened(path, &error));
    let mut begin = Vec::new();
    let opened = std::fs::File::open(path).map_err(unread)?;
    opened.take(BEGIN_BYTES).read_to_end(&mut begin).map_err(unread)?;
    let first = begin.iter().find(|byte| !byte.is_ascii_whitespace() && byte.is_ascii());
    if first == Some(&b'{') || har::is_har(&begin) {
        return Ok(("recording", recording::explainer(path, asked)?));
    }
    let mut explainer = Explainer::new(asked);
    let trace = BufReader::new(std::fs::File::open(path).map_err(unread)?);
    read_trace(trace, &mut explainer)
        .map_err(|error| CommandFailure::Usage(format!("{}: {error}", path.display())))?;
    Ok(("trace", explainer))
}

fn object(source: &str, story: &Story) -> Value {
    let mut events = json!(story.events);
    // Beside the event and not within: a rule follows from what happened, whatever source shows it.
    for (value, event) in events.as_array_mut().into_iter().flatten().zip(&story.events) {
        value["rule"] = event.what.rule().into();
        value["says"] = event.what.to_string().into();
    }
    json!({
        "schema": 1,
        "source": source,
        "kind": story.kind,
        "name": story.name,
        "fate": story.fate,
        "fate_says": story.fate.as_ref().map(ToString::to_string),
        "counts": story.counts,
        "events": events,
        "left_out": story.left_out,
    })
}
