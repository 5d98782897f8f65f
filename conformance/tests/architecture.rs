//! The picture in ARCHITECTURE.md: which crate uses which, read from the manifests, and what may never be there; and circles of
//! imports between the files of a crate.
//!
//! `CLAQUE_WRITE=1 cargo test --test architecture` draws it anew.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use imports::Uses;

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
    ("claque-plot", &["claque"]),
    ("claque-document", &["claque-engine", "claque-wire", "claque-scenario", "claque-oracle", "claque-sim"]),
    ("claque-oracle", &["claque-document", "claque-scenario", "claque-sim", "claque-lab", "claque-wire"]),
    ("claque-scenario", &["claque-oracle", "claque-sim", "claque-lab", "claque-wire"]),
    ("claque-sim", &["claque-lab", "claque-wire", "claque-conformance", "claque-server"]),
    ("claque-lab", &["claque-wire", "claque-conformance", "claque-server"]),
    ("claque-web", &["claque-wire", "claque-conformance", "claque-server"]),
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

/// Files of a circle at the most: a type, what is made of it, and who hands both on.
const CIRCLE_MAX: usize = 3;

/// The words of a file's place in its crate: a folder's own file, and the crate's, stands for the folder.
fn place(file: &Path) -> Vec<String> {
    let mut words: Vec<String> = file
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if words.last().is_some_and(|last| matches!(last.as_str(), "lib" | "main" | "mod")) {
        words.pop();
    }
    words
}

/// Neighbours in a folder, as far as files in them use files of each other.
fn neighbours(uses: &Uses) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let mut found: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for (file, used) in uses {
        let own = place(file);
        for other in used.iter().map(|other| place(other)) {
            let common = own.iter().zip(&other).take_while(|(one, other)| one == other).count();
            // A folder's own file and what is in the folder are no neighbours.
            if common < own.len().min(other.len()) {
                let unit = |words: &[String]| words[..=common].iter().collect::<PathBuf>();
                found.entry(unit(&own)).or_default().insert(unit(&other));
            }
        }
    }
    found
}

/// The circles of a graph: what comes back to each of its members.
fn circles(uses: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> BTreeSet<BTreeSet<PathBuf>> {
    let reach = |from: &PathBuf| {
        let (mut all, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            for used in uses.get(next).into_iter().flatten() {
                if all.insert(used.clone()) {
                    open.push(used);
                }
            }
        }
        all
    };
    let reached: BTreeMap<&PathBuf, BTreeSet<PathBuf>> =
        uses.keys().map(|from| (from, reach(from))).collect();
    let around = |of: &PathBuf, all: &BTreeSet<PathBuf>| -> BTreeSet<PathBuf> {
        all.iter().filter(|other| reached.get(other).is_some_and(|back| back.contains(of))).cloned().collect()
    };
    reached.iter().map(|(of, all)| around(of, all)).filter(|circle| circle.len() > 1).collect()
}

/// What is wrong with the imports of a crate.
fn wrong(uses: &Uses) -> Vec<String> {
    let is_folder = |unit: &PathBuf| {
        let files = uses.keys().chain(uses.values().flatten());
        let within = |file: &PathBuf| file.starts_with(unit) && file.with_extension("") != *unit;
        files.into_iter().any(within)
    };
    let files = circles(uses).into_iter().filter(|circle| circle.len() > CIRCLE_MAX);
    let files = files.map(|circle| format!("a circle of {} files: {circle:?}", circle.len()));
    let folders = circles(&neighbours(uses)).into_iter().filter_map(|circle| {
        let folders: Vec<PathBuf> = circle.into_iter().filter(is_folder).collect();
        (folders.len() > 1).then(|| format!("a circle of folders: {folders:?}"))
    });
    files.chain(folders).collect()
}

/// The first files of a crate's library, program and test programs, below the crate's folder.
fn first_files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["lib.rs", "main.rs"].map(|name| folder.join("src").join(name)).into();
    let programs = fs::read_dir(folder.join("tests")).into_iter().flatten();
    found.extend(programs.map(|entry| entry.expect("an entry").path().join("main.rs")));
    found.retain(|path| path.is_file());
    found.sort();
    found
}

/// The imports of each program, library and test program of the workspace, by its first file.
fn all_imports() -> Vec<(String, Uses)> {
    let mut found = Vec::new();
    for Crate { folder, .. } in crates().values() {
        for first in first_files(&root().join(folder)) {
            let uses = imports::of_crate(&first, &|path| fs::read_to_string(path).ok());
            let source = first.parent().expect("a file is in a folder");
            // A test program may include a file that it shares with others.
            let inside = |file: &PathBuf| file.strip_prefix(source).unwrap_or(file).to_owned();
            let uses =
                uses.iter().map(|(file, used)| (inside(file), used.iter().map(inside).collect())).collect();
            let name = first.strip_prefix(root()).expect("a file of the repository").display().to_string();
            found.push((name, uses));
        }
    }
    found
}

#[test]
fn circles_of_imports_are_small_and_within_one_folder() {
    let all = all_imports();
    let edges: usize = all.iter().flat_map(|(_, uses)| uses.values()).map(BTreeSet::len).sum();
    assert!(edges > 2_000, "{edges} imports: the search is wrong");
    let found: Vec<String> = all
        .iter()
        .flat_map(|(name, uses)| wrong(uses).into_iter().map(move |what| format!("{name}: {what}")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_two_modules_of_the_simulator_import_each_other() {
    let of_sim = |name: &str| name.starts_with("sim/") || name.starts_with("document/");
    for (name, uses) in all_imports().iter().filter(|(name, _)| of_sim(name)) {
        let tops = neighbours(uses);
        let tops = tops.into_iter().filter(|(unit, _)| unit.components().count() == 1).collect();
        let found = circles(&tops);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// A crate of these files, with what its imports get wrong.
fn of_texts(texts: &[(&str, &str)]) -> Vec<String> {
    let read = |path: &Path| {
        let found = texts.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, text)| (*text).to_owned())
    };
    wrong(&imports::of_crate(Path::new("lib.rs"), &read))
}

#[test]
fn a_circle_is_found_whatever_its_imports_look_like() {
    let four = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn f() -> super::c::C { todo() }"),
        ("c.rs", "use super::{a, d}; pub struct C(d::D); impl C { fn f(&self) -> u8 { 0 } }"),
        ("d.rs", "use crate::a as other; pub struct D; fn g(_: other::A) {}"),
    ];
    assert_eq!(of_texts(&four), [r#"a circle of 4 files: {"a.rs", "b.rs", "c.rs", "d.rs"}"#]);
    let mut three = four;
    three[3].1 = "use super::a; pub struct C(a::A);";
    assert_eq!(of_texts(&three), [""; 0], "three may be one");
    let mut open = four;
    open[4].1 = "pub struct D; // crate::a::A\n const S: &str = \"crate::a::A\"; #[cfg(test)] mod tests { use crate::a::A; }";
    assert_eq!(of_texts(&open), [""; 0], "comments, texts and tests import nothing");
}

#[test]
fn who_hands_a_name_on_is_in_no_circle_for_it() {
    let handed = [
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod b; mod c; mod d; mod e; pub use b::B; pub(crate) use e::E;"),
        ("a/b.rs", "use super::E; pub struct B(E);"),
        ("a/c.rs", "use super::B; pub struct C(B);"),
        ("a/d.rs", "use super::c::C; pub struct D(C);"),
        ("a/e.rs", "pub struct E;"),
    ];
    assert_eq!(of_texts(&handed), [""; 0]);
    let mut used = handed;
    used[5].1 = "use super::d::D; pub struct E; fn f(_: &D) {}";
    assert_eq!(of_texts(&used), [r#"a circle of 4 files: {"a/b.rs", "a/c.rs", "a/d.rs", "a/e.rs"}"#]);
}

#[test]
fn two_folders_are_no_circle() {
    let folders = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod x; mod y;"),
        ("a/x.rs", "use crate::b::B; pub struct X(B);"),
        ("a/y.rs", "pub struct Y;"),
        ("b.rs", "mod z; pub struct B;"),
        ("b/z.rs", "use crate::a::y::Y; pub struct Z(Y);"),
    ];
    assert_eq!(of_texts(&folders), [r#"a circle of folders: ["a", "b"]"#]);
    let mut one_way = folders;
    one_way[5].1 = "pub struct Z;";
    assert_eq!(of_texts(&one_way), [""; 0]);
}
