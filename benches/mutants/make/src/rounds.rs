//! Asks the compiler which changes it refuses, until it refuses nothing more.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::rewrite::Rewritten;

/// What the compiler said about the tree with all its switches.
#[derive(Debug, Default)]
pub struct Complaints {
    /// Changes that do not compile.
    pub refused: BTreeSet<u32>,
    /// Changes whose switch does not compile where it stands.
    pub misplaced: BTreeSet<u32>,
    /// Functions that constants call.
    pub constant: BTreeSet<String>,
    /// Whether it compiles.
    pub none: bool,
    /// What could be laid at nobody's door.
    pub others: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    message: String,
    code: Option<Code>,
    spans: Vec<Place>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Place {
    file_name: PathBuf,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

/// Checks the tree. `files` are its files with switches, by their path from `tree`.
///
/// # Errors
/// When the compiler cannot be asked.
pub fn check(tree: &Path, files: &BTreeMap<String, Rewritten>) -> Result<Complaints, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        // The changed packages alone: what stands on them compiles if they do, and would cost minutes a round.
        .args(["check", "--offline", "--package", "claque-core", "--package", "claque-wire"])
        .args(["--message-format", "json"])
        .current_dir(tree)
        .env("RUSTFLAGS", "--cap-lints allow")
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    let mut complaints = Complaints { none: output.status.success(), ..Complaints::default() };
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
        let Some(message) = line.message.filter(|message| message.level == "error") else { continue };
        if line.reason == "compiler-message" && !message.spans.is_empty() {
            let package = line.manifest_path.parent().unwrap_or(tree);
            complaints.take(&message, |place| file_of(tree, package, &place.file_name), files);
        }
    }
    Ok(complaints)
}

/// The path from `tree` of a file that the compiler names from where it stood.
fn file_of(tree: &Path, package: &Path, named: &Path) -> Option<String> {
    [package, tree, &tree.join("benches/mutants")].into_iter().find_map(|root| {
        let path = root.join(named).canonicalize().ok()?;
        Some(path.strip_prefix(tree).ok()?.to_string_lossy().into_owned())
    })
}

impl Complaints {
    fn take(
        &mut self,
        message: &Message,
        file_of: impl Fn(&Place) -> Option<String>,
        files: &BTreeMap<String, Rewritten>,
    ) {
        if message.code.as_ref().is_some_and(|code| code.code == "E0015")
            && let Some(name) = message.message.split('`').nth(1)
        {
            self.constant.insert(short(name));
            return;
        }
        let mut places: Vec<&Place> = message.spans.iter().collect();
        places.sort_by_key(|place| !place.is_primary);
        let found = places.iter().find_map(|place| {
            let file = files.get(&file_of(place)?)?;
            innermost(&file.changes, place)
        });
        if let Some(number) = found {
            self.refused.insert(*number);
            return;
        }
        let around = places.iter().filter(|place| place.is_primary).find_map(|place| {
            let file = files.get(&file_of(place)?)?;
            innermost(&file.sites, place)
        });
        match around {
            Some(numbers) => self.misplaced.extend(numbers),
            None => self.others.push(message.rendered.clone().unwrap_or_else(|| message.message.clone())),
        }
    }
}

fn innermost<'r, T>(ranges: &'r [(Range<usize>, T)], place: &Place) -> Option<&'r T> {
    let around =
        ranges.iter().filter(|(range, _)| range.start <= place.byte_start && place.byte_end <= range.end);
    around.min_by_key(|(range, _)| range.len()).map(|(_, what)| what)
}

/// `time::Duration::<T>::from_secs` is `Duration::from_secs`.
fn short(name: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for letter in name.chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            other if depth == 0 => plain.push(other),
            _ => {}
        }
    }
    let parts: Vec<&str> = plain.split("::").filter(|part| !part.is_empty()).collect();
    let last = &parts[parts.len().saturating_sub(2)..];
    // A function of a module is known by its own name alone.
    if last.iter().all(|part| !part.starts_with(char::is_uppercase)) {
        return last.last().copied().unwrap_or_default().to_owned();
    }
    last.join("::")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_function_is_known_by_its_type_and_name() {
        assert_eq!(short("time::Duration::from_secs"), "Duration::from_secs");
        assert_eq!(short("service::Service::<T, D>::now"), "Service::now");
        assert_eq!(short("text::is_short"), "is_short");
    }
}
