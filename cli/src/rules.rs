//! `claque rules`.

use std::collections::BTreeSet;

use claque_conformance::registry::{Registry, RuleEntry};
use claque_conformance::subject::CoreSubject;
use claque_core::Rule;
use serde_json::{Value, json};

use crate::name::unknown;
use crate::output::{count, line, strong};
use crate::readings::{registry, section};
use crate::{CommandFailure, Done, reference};

/// What to list.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  claque rules\n  claque rules --area shaper\n  claque rules shaper.shed.reports-success"
)]
pub(crate) struct Arguments {
    /// One rule; all, unless it is named.
    id: Option<String>,
    /// Only the rules of one area.
    #[arg(long)]
    area: Option<String>,
    /// Declared, executed and killed coverage, computed from a run of the whole suite.
    #[arg(long, conflicts_with = "id")]
    coverage: bool,
    /// Machine output: one JSON array.
    #[arg(long)]
    json: bool,
    /// Every rule as one page of the documentation.
    #[arg(long, conflicts_with_all = ["id", "area", "coverage", "json"])]
    markdown: bool,
}

pub(crate) fn unknown_rule(registry: &Registry, id: &str) -> CommandFailure {
    let known = registry.rules().iter().map(|rule| rule.id.as_str());
    CommandFailure::Usage(unknown("rule", id, known, "`claque rules` lists all"))
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    if arguments.coverage {
        return crate::coverage::run(arguments.json);
    }
    let registry = registry()?;
    if arguments.markdown {
        line(reference::rules(&registry).trim_end());
        return Ok(());
    }
    if let Some(id) = &arguments.id {
        let rule = registry.rule(id).ok_or_else(|| unknown_rule(&registry, id))?;
        if arguments.json {
            line(&listing(&registry, &[rule]));
        } else {
            show(&registry, rule)?;
        }
        return Ok(());
    }
    let rules: Vec<&RuleEntry> = registry
        .rules()
        .iter()
        .filter(|rule| arguments.area.as_deref().is_none_or(|area| rule.area() == area))
        .collect();
    if rules.is_empty() {
        let mut areas: Vec<&str> = registry.rules().iter().map(RuleEntry::area).collect();
        areas.dedup();
        let asked = arguments.area.as_deref().unwrap_or("");
        let there_are = format!("there are {}", areas.join(", "));
        return Err(CommandFailure::Usage(unknown("area", asked, areas, &there_are)));
    }
    if arguments.json {
        line(&listing(&registry, &rules));
        return Ok(());
    }
    for rule in &rules {
        line(&format!("{:40} {:10} {}", rule.id, rule.kind, rule.says));
    }
    line(&format!("\n{}. `claque rules ID` shows one.", count(rules.len(), "rule")));
    Ok(())
}

fn show(registry: &Registry, rule: &RuleEntry) -> Done {
    line(&strong(&rule.id));
    line(&format!("  says        {}", rule.says));
    line(&format!("  kind        {}, {}, {}", rule.kind, rule.level, rule.status));
    if let Some(value) = &rule.value {
        line(&format!("  value       {value}"));
    }
    line(&format!("  decided by  {}", rule.decided));
    if let Some(reason) = &rule.reason {
        line(&format!("  reason      {reason}"));
    }
    for citation in &rule.sources {
        let title = registry.source(&citation.doc).map_or("", |source| source.title.as_str());
        let date =
            registry.source(&citation.doc).and_then(|source| source.date.as_deref()).unwrap_or("undated");
        line(&format!("  source      {title} ({date}){}", section(citation.section.as_deref())));
    }
    for id in &rule.readings {
        let Some(reading) = registry.reading(id) else { continue };
        line(&format!("  reading     {id} = {}: {}", reading.default, reading.question));
    }
    if let Some(rule) = rule.rule {
        show_cases(rule)?;
    }
    Ok(())
}

/// The cases of a rule, and the lines that decided it while they ran.
fn show_cases(rule: Rule) -> Done {
    let suite = crate::suite::suite()?;
    let mut lines: BTreeSet<(&'static str, u32)> = BTreeSet::new();
    for case in suite.cases.iter().filter(|case| case.rules.contains(&rule)) {
        line(&format!("  case        {}", case.test_name()));
        let mut subject = CoreSubject::sound();
        let run = claque_conformance::runner::run(case, &mut subject);
        lines.extend(run.hits.and_then(|hits| hits.deciding_line(rule)));
    }
    for (file, number) in lines {
        line(&format!("  decided at  {file}:{number}"));
    }
    Ok(())
}

fn listing(registry: &Registry, rules: &[&RuleEntry]) -> String {
    let rules: Vec<Value> = rules.iter().map(|rule| object(registry, rule)).collect();
    json!({ "schema": 1, "rules": rules }).to_string()
}

fn object(registry: &Registry, rule: &RuleEntry) -> Value {
    let sources: Vec<Value> = rule
        .sources
        .iter()
        .map(|citation| {
            let title = registry.source(&citation.doc).map(|source| source.title.as_str());
            json!({ "doc": citation.doc, "title": title, "section": citation.section })
        })
        .collect();
    json!({
        "id": rule.id,
        "says": rule.says,
        "kind": rule.kind.to_string(),
        "level": rule.level.to_string(),
        "status": rule.status.to_string(),
        "value": rule.value,
        "decided": rule.decided.to_string(),
        "observable": rule.observable,
        "reason": rule.reason,
        "sources": sources,
        "readings": rule.readings,
    })
}
