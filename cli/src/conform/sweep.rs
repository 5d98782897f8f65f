//! `claque conform --sweep`.

use std::collections::BTreeSet;

use claque_conformance::case::Case;
use claque_conformance::suite::Suite;
use claque_conformance::sweep::{Alternative, sweep};
use serde_json::json;

use crate::output::{count, line};

/// Cases that are named in the table before it only counts.
const NAMED_MAX: usize = 3;

/// Tries every alternative with the chosen cases, and prints a Markdown table.
pub(super) fn run(suite: &Suite, cases: &[&Case], machine: bool) {
    let chosen: BTreeSet<String> = cases.iter().map(|case| case.test_name()).collect();
    let rows = sweep(suite, |case, _| chosen.contains(&case.test_name()));
    if machine {
        let list = rows.iter().map(|row| {
            json!({ "reading": row.id, "value": row.value, "own": row.own, "boundToDefault": row.changed })
        });
        let alternatives: Vec<serde_json::Value> = list.collect();
        return line(&json!({ "schema": 1, "alternatives": alternatives }).to_string());
    }
    line("| reading | alternative | cases of its own | cases bound to the default | which |");
    line("|---|---|---:|---:|---|");
    rows.iter().for_each(|row| line(&text(row)));
    let alike: Vec<&Alternative> = rows.iter().filter(|row| !row.told_apart()).collect();
    let distinguished = rows.len() - alike.len();
    line(&format!(
        "\n{}, {distinguished} told apart by at least one of {}",
        count(rows.len(), "alternative"),
        count(cases.len(), "case")
    ));
    for row in alike {
        line(&format!("like the default: {} = {}", row.id, row.value));
    }
}

fn text(row: &Alternative) -> String {
    let Alternative { id, value, own, changed } = row;
    let names = own.iter().chain(changed).take(NAMED_MAX);
    let mut named: Vec<&str> = names.map(|name| name.strip_prefix("conformance::").unwrap_or(name)).collect();
    if own.len() + changed.len() > NAMED_MAX {
        named.push("…");
    }
    format!("| {id} | {value} | {} | {} | {} |", own.len(), changed.len(), named.join(", "))
}
