//! The picture in ARCHITECTURE.md: which crate uses which, read from the manifests, and what may never be there.
//!
//! `CLAQUE_WRITE=1 cargo test --test architecture` draws it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const BEGIN: &str = "<!-- the picture: CLAQUE_WRITE=1 cargo test --test architecture -->\n```text\n";
const END: &str = "```\n";

/// Crates by name, with what their manifests say.
type Crates = BTreeMap<String, Crate>;

struct Crate {
    folder: String,
    uses: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(folder: &str) -> toml::Table {
    read(&root().join(folder).join("Cargo.toml")).parse().expect("a manifest is TOML")
}

fn crates() -> Crates {
    let members = manifest("")["workspace"]["members"].as_array().expect("members").clone();
    let folders = members.iter().map(|member| member.as_str().expect("a folder"));
    folders
        .map(|folder| {
            let manifest = manifest(folder);
            let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
            let uses = manifest["dependencies"].as_table().expect("a table").keys();
            let uses = uses.filter(|name| name.starts_with("claque")).cloned().collect();
            (name, Crate { folder: folder.to_owned(), uses })
        })
        .collect()
}

/// Everything that a crate uses, itself or through others.
fn reach(crates: &Crates, name: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        for used in &crates[&next].uses {
            if all.insert(used.clone()) {
                open.push(used.clone());
            }
        }
    }
    all
}

/// How many crates stand below one another under this one.
fn floor(crates: &Crates, name: &str) -> usize {
    crates[name].uses.iter().map(|used| floor(crates, used) + 1).max().unwrap_or(0)
}

/// One line a crate, the highest floor first, with what it uses that nothing else it uses does.
fn picture(crates: &Crates) -> String {
    let mut rows: Vec<(usize, &str)> =
        crates.keys().map(|name| (floor(crates, name), name.as_str())).collect();
    rows.sort_by_key(|(floor, name)| (std::cmp::Reverse(*floor), *name));
    let mut drawn = String::from("floor  folder        package             stands on\n");
    for (floor, name) in rows {
        let Crate { folder, uses } = &crates[name];
        let through: BTreeSet<String> = uses.iter().flat_map(|used| reach(crates, used)).collect();
        let on: Vec<&str> = uses
            .iter()
            .filter(|used| !through.contains(*used))
            .map(|used| crates[used.as_str()].folder.as_str())
            .collect();
        let line = format!("{floor:5}  {folder:12}  {name:18}  {}", on.join(", "));
        writeln!(drawn, "{}", line.trim_end()).expect("a string takes everything");
    }
    drawn
}

#[test]
fn the_picture_shows_what_the_manifests_say() {
    let path = root().join("ARCHITECTURE.md");
    let text = read(&path);
    let (before, rest) = text.split_once(BEGIN).expect("the picture has its place");
    let (there, after) = rest.split_once(END).expect("the picture ends");
    let drawn = picture(&crates());
    if env::var_os("CLAQUE_WRITE").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{drawn}{END}{after}")).expect("the page can be written");
        return;
    }
    assert_eq!(there, drawn, "`CLAQUE_WRITE=1 cargo test --test architecture` draws it anew");
}

/// A crate, and what it must not reach, not even through others: the reasons stand in ARCHITECTURE.md.
const NEVER: &[(&str, &[&str])] = &[
    ("claque-core", &["claque"]),
    ("claque-engine", &["claque"]),
    ("claque-document", &["claque-engine", "claque-wire", "claque-scenario", "claque-oracle", "claque-sim"]),
    ("claque-oracle", &["claque-document", "claque-scenario", "claque-sim", "claque-lab", "claque-wire"]),
    ("claque-scenario", &["claque-oracle", "claque-sim", "claque-lab", "claque-wire"]),
    ("claque-sim", &["claque-lab", "claque-wire", "claque-conformance", "claque-server"]),
    ("claque-lab", &["claque-wire", "claque-conformance", "claque-server"]),
    ("claque-conformance", &["claque-lab", "claque-server"]),
    (
        "claque-server",
        &["claque-engine", "claque-scenario", "claque-oracle", "claque-sim", "claque-conformance"],
    ),
    ("claque-show", &["claque-document", "claque-engine", "claque-wire", "claque-server"]),
];

#[test]
fn no_crate_reaches_what_it_must_not_see() {
    let crates = crates();
    for (name, never) in NEVER {
        for used in reach(&crates, name) {
            let forbidden = never.iter().any(|never| *never == used || *never == "claque");
            assert!(!forbidden, "{name} reaches {used}");
        }
    }
}

/// The names that a text imports from its own crate: the first two steps of each path after `crate::`.
fn paths(text: &str) -> BTreeSet<Vec<String>> {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || "_:$".contains(letter)) {
            continue;
        }
        let tail = &code[at + start.len()..];
        let words = |text: &str| -> Vec<String> {
            let word =
                |word: &str| word.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            text.split("::").take(2).map(word).collect()
        };
        match tail.strip_prefix('{') {
            Some(group) => {
                let group = group.split(';').next().unwrap_or_default();
                found.extend(group.split(',').map(|part| words(part.trim())));
            }
            None => {
                found.insert(words(tail));
            }
        }
    }
    found
}

/// The files of a folder and of those in it, with their paths from it.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = read(&path);
                let path = path.strip_prefix(folder).expect("within").to_owned();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The names that the root of a crate hands on, each with the module it is from.
fn handed_on(library: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for line in library.split(';').filter_map(|part| part.split("pub use ").nth(1)) {
        let Some((module, rest)) = line.split_once("::") else { continue };
        for name in rest.trim_matches(['{', '}']).split(',') {
            let name = name.trim().rsplit("::").next().unwrap_or_default();
            names.insert(name.to_owned(), module.to_owned());
        }
    }
    names
}

/// The modules at a crate's root, with those of their neighbours that they use.
fn modules(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let files = sources(folder);
    let module = |path: &Path| {
        let first = path.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        first.trim_end_matches(".rs").to_owned()
    };
    let all: BTreeSet<String> = files.iter().map(|(path, _)| module(path)).collect();
    let library = files.iter().find(|(path, _)| path == Path::new("lib.rs"));
    let handed = library.map(|(_, text)| handed_on(text)).unwrap_or_default();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in &files {
        let own = module(path);
        if own == "lib" || own == "main" {
            continue;
        }
        for used in paths(text) {
            let first = used.first().map(String::as_str).unwrap_or_default();
            let target = handed.get(first).map_or(first, String::as_str);
            if target != own && all.contains(target) {
                uses.entry(own.clone()).or_default().insert(target.to_owned());
            }
        }
    }
    uses
}

/// The modules that come back to one by its imports, and it to them.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>, of: &str) -> BTreeSet<String> {
    let reach = |from: &str| {
        let (mut all, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(next) = open.pop() {
            for used in uses.get(&next).into_iter().flatten() {
                if all.insert(used.clone()) {
                    open.push(used.clone());
                }
            }
        }
        all
    };
    reach(of).into_iter().filter(|other| reach(other).contains(of)).collect()
}

#[test]
fn no_two_modules_of_the_simulator_import_each_other() {
    for name in ["document", "sim/engine", "sim/oracle", "sim/scenario", "sim/world", "sim/lab"] {
        let uses = modules(&root().join(name).join("src"));
        for module in uses.keys() {
            let around = circle(&uses, module);
            assert!(around.is_empty(), "{name}: {module} is in a circle: {around:?}");
        }
    }
}
