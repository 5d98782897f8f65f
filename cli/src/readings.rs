//! `claque readings`.

use std::collections::BTreeMap;
use std::path::Path;

use claque_conformance::registry::{ReadingEntry, Registry};
use claque_core::Readings;
use claque_document::diagnostic::Diagnostic;
use serde_json::{Value, json};

use crate::output::{count, line, strong};
use crate::run_plan::refused;
use crate::{CommandFailure, Done, reference};

/// What to list.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  claque readings\n  claque readings shaper.window\n  claque readings --json"
)]
pub(crate) struct Arguments {
    /// One reading; all, unless it is named.
    id: Option<String>,
    /// Machine output: one JSON array.
    #[arg(long)]
    json: bool,
    /// Every reading as one page of the documentation.
    #[arg(long, conflicts_with_all = ["id", "json"])]
    markdown: bool,
}

/// A file of readings, as `claque audit --write-readings` writes it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    readings: BTreeMap<String, String>,
}

/// The pairs `id=value` of an option `--reading`, those of a file in the place of `@FILE`.
pub(crate) fn expand(asked: &[String]) -> Result<Vec<String>, CommandFailure> {
    let mut pairs = Vec::with_capacity(asked.len());
    for one in asked {
        let Some(file) = one.strip_prefix('@') else {
            pairs.push(one.clone());
            continue;
        };
        let text = crate::input::read_written(Path::new(file))?;
        let misread = |error| refused(&Diagnostic::from_toml(file, &text, &error));
        let chosen: Chosen = toml::from_str(&text).map_err(misread)?;
        pairs.extend(chosen.readings.into_iter().map(|(id, value)| format!("{id}={value}")));
    }
    Ok(pairs)
}

/// Sets the pairs of an option `--reading`.
pub(crate) fn parse(pairs: &[String]) -> Result<Readings, CommandFailure> {
    let registry = registry()?;
    let mut readings = Readings::default();
    for pair in &expand(pairs)? {
        let Some((id, value)) = pair.split_once('=') else {
            return Err(CommandFailure::Usage(format!(
                "--reading {pair:?}: write ID=VALUE, such as shaper.window=window-close, or @FILE for a file of them"
            )));
        };
        if registry.reading(id).is_none_or(|reading| !reading.switch) {
            return Err(unknown(&registry, id));
        }
        readings
            .set(id, value)
            .map_err(|error| CommandFailure::Usage(format!("--reading {pair:?}: {error}")))?;
    }
    Ok(readings)
}

pub(crate) fn registry() -> Result<Registry, CommandFailure> {
    Registry::embedded().map_err(|diagnostic| CommandFailure::No(diagnostic.to_string()))
}

fn unknown(registry: &Registry, id: &str) -> CommandFailure {
    let known = registry.readings().iter().map(|reading| reading.id.as_str());
    CommandFailure::Usage(crate::name::unknown("reading", id, known, "`claque readings` lists all"))
}

/// Refuses an ID that no reading has.
pub(crate) fn check_id(id: &str) -> Done {
    let registry = registry()?;
    registry.reading(id).map_or_else(|| Err(unknown(&registry, id)), |_| Ok(()))
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let registry = registry()?;
    if arguments.markdown {
        line(reference::readings(&registry).trim_end());
        return Ok(());
    }
    let chosen: Vec<&ReadingEntry> = match &arguments.id {
        None => registry.readings().iter().collect(),
        Some(id) => vec![registry.reading(id).ok_or_else(|| unknown(&registry, id))?],
    };
    if arguments.json {
        let list: Vec<Value> = chosen.iter().map(|reading| object(reading)).collect();
        line(&json!({ "schema": 1, "readings": list }).to_string());
        return Ok(());
    }
    if arguments.id.is_some() {
        chosen.iter().for_each(|reading| show(reading));
        return Ok(());
    }
    for reading in &chosen {
        let others: Vec<&str> = reading
            .alternatives
            .iter()
            .map(|it| it.value.as_str())
            .filter(|value| *value != reading.default)
            .collect();
        let others = if reading.switch { others.join(" | ") } else { "(no switch)".to_owned() };
        line(&format!("{:32} {:24} {others}", reading.id, reading.default));
    }
    let readings = count(chosen.len(), "reading");
    line(&format!("\n{readings}: id, default, alternatives. `claque readings ID` shows one."));
    Ok(())
}

fn show(reading: &ReadingEntry) {
    line(&strong(&reading.id));
    line(&format!("  question    {}", reading.question));
    line(&format!("  documents   {}", reading.says));
    for citation in &reading.sources {
        line(&format!("  source      {}{}", citation.doc, section(citation.section.as_deref())));
    }
    for alternative in &reading.alternatives {
        let mark = if alternative.value == reading.default { "default" } else { "" };
        line(&format!("  {:11} {}: {}", mark, alternative.value, alternative.says));
    }
    if let Some(reason) = &reading.reason {
        line(&format!("  no switch   {reason}"));
    }
}

pub(crate) fn section(section: Option<&str>) -> String {
    section.map(|section| format!(", \"{section}\"")).unwrap_or_default()
}

fn object(reading: &ReadingEntry) -> Value {
    json!({
        "id": reading.id,
        "question": reading.question,
        "says": reading.says,
        "sources": reading.sources.iter().map(|it| json!({ "doc": it.doc, "section": it.section })).collect::<Vec<_>>(),
        "default": reading.default,
        "switch": reading.switch,
        "alternatives": reading.alternatives.iter().map(|it| json!({ "value": it.value, "says": it.says })).collect::<Vec<_>>(),
    })
}
