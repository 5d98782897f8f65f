//! Bugs that somebody wrote by hand, as data: a text of the tree, and what stands there instead.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// What stands for the switch of a bug in the text that it puts in place.
const SWITCH: &str = "{on}";

/// Their switches have the last numbers, behind those of all operators, so that both can stand in one tree.
pub const FIRST: u32 = claque_switch::MOST as u32 - 1_024;

/// A bug: how it is called, and what it changes.
#[derive(Debug, Deserialize)]
pub struct HandWrittenBug {
    /// What the broken service does.
    pub name: String,
    /// The kind of mistake.
    pub kind: String,
    /// The changes, in one file or several.
    pub edits: Vec<HandWrittenEdit>,
}

/// A text that stands once in a file, and what takes its place.
#[derive(Debug, Deserialize)]
pub struct HandWrittenEdit {
    file: String,
    old: String,
    new: String,
}

impl HandWrittenBug {
    /// What it is called in lists, with its file and kind.
    pub fn title(&self) -> String {
        let file = self.edits.first().map_or("", |edit| edit.file.as_str());
        format!("{file}:1:1: {} ({}) in by-hand.json", self.name, self.kind)
    }
}

/// Puts all bugs into the sources, each behind the switch of its position.
///
/// # Errors
/// Names the bug whose text is not there, or stands there more than once.
pub fn apply(bugs: &[HandWrittenBug], sources: &mut BTreeMap<String, String>) -> Result<(), String> {
    for (number, bug) in (FIRST..).zip(bugs) {
        let switch = format!("::claque_switch::on({number})");
        for HandWrittenEdit { file, old, new } in &bug.edits {
            let text = sources.get_mut(file).ok_or_else(|| format!("{}: no file {file}", bug.name))?;
            let found = text.matches(old.as_str()).count();
            if found != 1 {
                let way = "the code has changed; write the text anew";
                return Err(format!("{}: its text stands {found} times in {file}: {way}", bug.name));
            }
            *text = text.replacen(old.as_str(), &new.replace(SWITCH, &switch), 1);
        }
    }
    Ok(())
}

/// Reads the bugs of a file.
///
/// # Errors
/// What is wrong with it.
pub fn read(file: &Path) -> Result<Vec<HandWrittenBug>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{apply, read};

    /// A bug whose text has moved would silently test nothing.
    #[test]
    fn every_bug_fits_the_tree() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.join("../../..");
        for (list, count) in [("", 58), ("-2", 60), ("-3", 50), ("-3-server", 40)] {
            let list = format!("../by-hand{list}.json");
            let bugs = read(&here.join(&list)).unwrap_or_else(|said| panic!("{said}"));
            assert_eq!(bugs.len(), count, "{list}");
            let files = bugs.iter().flat_map(|bug| &bug.edits).map(|edit| edit.file.clone());
            let text_of = |file: String| {
                let text = std::fs::read_to_string(root.join(&file)).expect("the file is there");
                (file, text)
            };
            let mut sources: BTreeMap<String, String> = files.map(text_of).collect();
            apply(&bugs, &mut sources).unwrap_or_else(|said| panic!("{list}: {said}"));
        }
    }
}
