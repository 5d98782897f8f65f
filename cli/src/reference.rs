//! The registry as pages of the documentation: `claque rules --markdown` and `claque readings --markdown`.

use claque_conformance::registry::{Citation, ReadingEntry, Registry, RuleEntry};

/// Every rule under its area, each with an anchor that is its ID.
pub(crate) fn rules(registry: &Registry) -> String {
    let head = "# Rules\n\nEvery documented statement that Claque knows, in its words, with its sources. `claque rules ID` prints \
                one with its cases.\nThis page is written by `claque rules --markdown`.\n";
    let mut text = head.to_owned();
    let mut area = "";
    for rule in registry.rules() {
        if rule.area() != area {
            area = rule.area();
            text.push_str(&format!("\n## {area}\n"));
        }
        text.push_str(&one_rule(registry, rule));
    }
    text
}

fn one_rule(registry: &Registry, rule: &RuleEntry) -> String {
    let mut text = title(&rule.id);
    text.push_str(&format!("{}\n\n", plain(&rule.says)));
    let value = rule.value.as_ref().map(|value| format!(" Value: {}.", plain(value))).unwrap_or_default();
    let kind = format!("{}, {}, {}", rule.kind, rule.level, rule.status);
    text.push_str(&format!("- Kind: {kind}. Decided by: {}.{value}\n", rule.decided));
    if let Some(reason) = &rule.reason {
        text.push_str(&format!("- Not observable: {}\n", plain(reason)));
    }
    text.push_str(&sources(registry, &rule.sources));
    let readings: Vec<String> =
        rule.readings.iter().map(|id| format!("[`{id}`](readings.md#{id})")).collect();
    if !readings.is_empty() {
        text.push_str(&format!("- Readings: {}\n", readings.join(", ")));
    }
    text
}

/// Every reading with its alternatives, each with an anchor that is its ID.
pub(crate) fn readings(registry: &Registry) -> String {
    let head = "# Readings\n\nEvery point that the documents leave open, with the default interpretation and its alternatives \
                ([what a reading is](explain/readings.md)).\nThis page is written by `claque readings --markdown`.\n";
    let mut text = head.to_owned();
    for reading in registry.readings() {
        text.push_str(&one_reading(registry, reading));
    }
    text
}

fn one_reading(registry: &Registry, reading: &ReadingEntry) -> String {
    let mut text = title(&reading.id);
    text.push_str(&format!("{} {}\n\n", plain(&reading.question), plain(&reading.says)));
    for alternative in &reading.alternatives {
        let default = if alternative.value == reading.default { " (default)" } else { "" };
        text.push_str(&format!("- `{}`{default}: {}\n", alternative.value, plain(&alternative.says)));
    }
    if let Some(reason) = &reading.reason {
        text.push_str(&format!("- No switch: {}\n", plain(reason)));
    }
    text.push_str(&sources(registry, &reading.sources));
    text
}

fn title(id: &str) -> String {
    format!("\n<a id=\"{id}\"></a>\n\n### `{id}`\n\n")
}

fn sources(registry: &Registry, citations: &[Citation]) -> String {
    let mut texts = Vec::new();
    for citation in citations {
        let title =
            registry.source(&citation.doc).map_or(citation.doc.as_str(), |source| source.title.as_str());
        let section = citation.section.as_ref().map(|section| format!(", “{section}”")).unwrap_or_default();
        let text = plain(&format!("{title}{section}"));
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if texts.is_empty() { String::new() } else { format!("- Sources: {}\n", texts.join("; ")) }
}

/// Text that Markdown shows as it is.
fn plain(text: &str) -> String {
    text.trim()
        .replace('\\', "\\\\")
        .replace('*', "\\*")
        .replace('<', "&lt;")
        .replace('[', "\\[")
        .replace('\n', " ")
}
