//! Writes a copy of core and wire in which every listed change stands behind a switch.
//!
//! `claque-mutants-make list TREE LIST` lists the changes of our own operators ([`operators`]) in the form in which
//! `cargo mutants --list --json` lists its own. `claque-mutants-make TREE LIST OUT`: TREE is a copy of the repository, LIST either
//! list, OUT gets the number, name and fate of each change. `claque-mutants-make by-hand TREE BUGS OUT` puts bugs in that somebody
//! wrote by hand ([`by_hand`]); operators may be listed and applied afterwards. `claque-mutants-make join OUT OUT BOTH` writes the
//! changes of both into one file.

mod by_hand;
mod listed;
mod operators;
mod rewrite;
mod rounds;
mod semantic;
mod sites;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use crate::listed::{Fate, Listed};
use crate::rewrite::{Rewritten, rewrite};
use crate::sites::{Places, places};

/// More rounds than the compiler has passes, many times over.
const ROUNDS_MAX: u32 = 60;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let done = match arguments.as_slice() {
        [word, tree, list] if word.as_os_str() == "list" => write_list(tree, list),
        [word, tree, bugs, out] if word.as_os_str() == "by-hand" => put_in(tree, bugs, out),
        [word, first, second, out] if word.as_os_str() == "join" => join(first, second, out),
        [tree, list, out] => make(tree, list, out),
        _ => {
            eprintln!(
                "claque-mutants-make list TREE LIST | by-hand TREE BUGS OUT | join OUT OUT BOTH | TREE LIST OUT"
            );
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

/// What is changed: the packages, and what is read of each.
const PACKAGES: [(&str, &str); 3] =
    [("core/Cargo.toml", "core/src"), ("wire/Cargo.toml", "wire/src"), ("server/Cargo.toml", "server/src")];

/// Files that only a deliberate mutant runs, what fetches memory early, and what no trial of this process runs: bugs of the server
/// are written by hand, and have a judge of their own (`server.sh`).
const LEFT_OUT: [&str; 6] = [
    "core/src/mutants/",
    "core/src/service/mutants/",
    "core/src/service/prefetch.rs",
    "wire/src/mutation",
    "wire/src/client.rs",
    "server/src/",
];

/// Writes the list of what our operators change.
fn write_list(tree: &Path, list: &Path) -> Result<(), String> {
    let mut listed: Vec<Listed> = Vec::new();
    for (file, text) in sources(tree)? {
        if !LEFT_OUT.iter().any(|left_out| file.starts_with(left_out)) {
            listed.extend(semantic::changes(&file, &text).map_err(|error| format!("{file}: {error}"))?);
        }
    }
    if let Some(one_in) = env::var("SAMPLE").ok().and_then(|word| word.parse().ok()) {
        listed.retain(|change| claque_switch::is_sampled(&change.name, one_in));
    }
    let text = serde_json::to_string(&listed).map_err(|error| error.to_string())?;
    fs::write(list, text).map_err(|error| format!("{}: {error}", list.display()))
}

/// Puts bugs that were written by hand into the tree, each behind a switch; there is nothing to try out about them.
fn put_in(tree: &Path, bugs: &Path, out: &Path) -> Result<(), String> {
    let bugs = by_hand::read(bugs)?;
    let mut texts = sources(tree)?;
    by_hand::apply(&bugs, &mut texts)?;
    for (file, text) in texts {
        fs::write(tree.join(&file), text).map_err(|error| format!("{file}: {error}"))?;
    }
    add_dependency(tree)?;
    let rows = (by_hand::FIRST..).zip(&bugs).map(
        |(number, bug)| serde_json::json!({ "number": number, "name": bug.title(), "fate": Fate::Switched }),
    );
    let text = serde_json::Value::Array(rows.collect()).to_string();
    fs::write(out, text).map_err(|error| format!("{}: {error}", out.display()))
}

/// Writes the changes of two files into one.
fn join(first: &Path, second: &Path, out: &Path) -> Result<(), String> {
    let mut both: Vec<serde_json::Value> = Vec::new();
    for file in [first, second] {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let changes: Vec<serde_json::Value> =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        both.extend(changes);
    }
    let text = serde_json::Value::Array(both).to_string();
    fs::write(out, text).map_err(|error| format!("{}: {error}", out.display()))
}

/// What is changed asks the switch, so it must know it.
fn add_dependency(tree: &Path) -> Result<(), String> {
    for (manifest, _) in PACKAGES {
        let manifest = tree.join(manifest);
        let text =
            fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
        let known = "claque-switch = { path = \"../benches/mutants/switch\" }";
        if text.contains(known) {
            continue;
        }
        let text = text.replacen("[dependencies]\n", &format!("[dependencies]\n{known}\n"), 1);
        fs::write(&manifest, text).map_err(|error| format!("{}: {error}", manifest.display()))?;
    }
    Ok(())
}

fn sources(tree: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for (_, folder) in PACKAGES {
        all.extend(read_sources(tree, folder)?);
    }
    Ok(all)
}

/// A copy of the repository and the changes to its core.
struct Maker {
    tree: PathBuf,
    listed: Vec<Listed>,
    fates: Vec<Fate>,
    /// The files as they were, by their path from the tree.
    originals: BTreeMap<String, String>,
    constant: BTreeSet<String>,
}

fn make(tree: &Path, list: &Path, out: &Path) -> Result<(), String> {
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let listed: Vec<Listed> =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", list.display()))?;
    let tree = tree.canonicalize().map_err(|error| format!("{}: {error}", tree.display()))?;
    let fates = vec![Fate::Switched; listed.len()];
    let originals = sources(&tree)?;
    let mut maker = Maker { tree, listed, fates, originals, constant: BTreeSet::new() };
    add_dependency(&maker.tree)?;
    for round in 1..=ROUNDS_MAX {
        let files = maker.write()?;
        let complaints = rounds::check(&maker.tree, &files)?;
        eprintln!(
            "round {round}: {} do not compile, {} cannot stand where they are, {} functions stay constant",
            complaints.refused.len(),
            complaints.misplaced.len(),
            complaints.constant.len()
        );
        if complaints.none {
            return maker.report(out);
        }
        let learnt = complaints.refused.len() + complaints.misplaced.len() + complaints.constant.len();
        if learnt == 0 {
            return Err(complaints.others.join("\n"));
        }
        complaints.refused.iter().for_each(|number| maker.settle(*number, Fate::DoesNotCompile));
        complaints.misplaced.iter().for_each(|number| maker.settle(*number, Fate::NotTried));
        maker.constant.extend(complaints.constant);
    }
    Err(format!("the compiler still refuses something after {ROUNDS_MAX} rounds"))
}

impl Maker {
    fn settle(&mut self, number: u32, fate: Fate) {
        self.fates[number as usize] = fate;
    }

    /// Writes all files of core with the changes that are still to be tried.
    fn write(&mut self) -> Result<BTreeMap<String, Rewritten>, String> {
        let mut written = BTreeMap::new();
        for (file, text) in &self.originals {
            let changes: Vec<(u32, &Listed)> =
                (0..).zip(&self.listed).filter(|(_, listed)| listed.file == *file).collect();
            let found = places(text, &changes, &self.constant).map_err(|error| format!("{file}: {error}"))?;
            let Places { sites, no_program } = found;
            no_program.iter().for_each(|number| self.fates[*number as usize] = Fate::DoesNotCompile);
            let placed: BTreeSet<u32> =
                sites.iter().flat_map(|site| &site.changes).map(|change| change.number).collect();
            for (number, _) in changes {
                if self.fates[number as usize] == Fate::Switched && !placed.contains(&number) {
                    self.fates[number as usize] = Fate::NotTried;
                }
            }
            let made = rewrite(text, &sites, |number| self.fates[number as usize] == Fate::Switched);
            let path = self.tree.join(file);
            fs::write(&path, &made.text).map_err(|error| format!("{}: {error}", path.display()))?;
            written.insert(file.clone(), made);
        }
        Ok(written)
    }

    fn report(&self, out: &Path) -> Result<(), String> {
        let rows: Vec<serde_json::Value> = (0_u32..)
            .zip(self.listed.iter().zip(&self.fates))
            .map(|(number, (listed, fate))| {
                serde_json::json!({ "number": number, "name": listed.name, "fate": fate, "rules": listed.rules })
            })
            .collect();
        let text = serde_json::Value::Array(rows).to_string();
        fs::write(out, text).map_err(|error| format!("{}: {error}", out.display()))
    }
}

fn read_sources(tree: &Path, folder: &str) -> Result<BTreeMap<String, String>, String> {
    let mut files = BTreeMap::new();
    let unreadable = |error| format!("{folder}: {error}");
    for entry in fs::read_dir(tree.join(folder)).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.extend(read_sources(tree, &name)?);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).map_err(|error| format!("{name}: {error}"))?;
            files.insert(name, text);
        }
    }
    Ok(files)
}
