//! The imports of a crate, file by file: which file names an item of which other one.
//!
//! A path (`crate::a::b`, `super::b`, a name that a `use` has brought, a module beside) leads to the file in which the item
//! stands, through whatever hands it on. `pub use` alone hands on and uses nothing. Tests are left out: they may look at
//! everything. What is called as a method is no import: a file that knows a type may call what its file defines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

mod tokens;

use tokens::tokens;

/// Reads a file; none: there is no such file.
pub(crate) type Read<'r> = &'r dyn Fn(&Path) -> Option<String>;

/// Which file uses which others.
pub(crate) type Uses = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

type Words = Vec<String>;

#[derive(Default)]
struct Module {
    parent: Option<usize>,
    file: PathBuf,
    children: BTreeMap<String, usize>,
    /// Names that it defines.
    defined: BTreeSet<String>,
    /// Names that a `use` has brought, with their paths.
    named: BTreeMap<String, Words>,
    /// Modules of which a `use` has brought everything.
    globs: Vec<Words>,
    /// Paths that it names.
    paths: Vec<Words>,
    /// Names that it hands on, which count as used where the file uses them itself.
    handed: Vec<(String, Words)>,
    /// First words of everything in it.
    words: BTreeSet<String>,
}

struct Tree<'r> {
    read: Read<'r>,
    modules: Vec<Module>,
}

/// The imports of a crate between its files.
pub(crate) fn of_crate(root: &Path, read: Read<'_>) -> Uses {
    let mut tree = Tree { read, modules: Vec::new() };
    let text = read(root).unwrap_or_else(|| panic!("{}: there is no such file", root.display()));
    tree.module(None, root, &tokens(&text), root.parent().expect("a folder"));
    let mut uses = Uses::new();
    for (at, module) in tree.modules.iter().enumerate() {
        let handed = module.handed.iter().filter(|(name, _)| module.words.contains(name));
        for path in module.paths.iter().chain(handed.map(|(_, path)| path)) {
            let target = tree.resolve(at, path, 0).map(|found| &tree.modules[found].file);
            if let Some(file) = target.filter(|file| **file != module.file) {
                uses.entry(module.file.clone()).or_default().insert(file.clone());
            }
        }
    }
    uses
}

/// Words before the name of an item.
const KINDS: [&str; 8] = ["const", "enum", "fn", "static", "struct", "trait", "type", "union"];

fn is_word(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

impl Tree<'_> {
    /// Takes in a module of these tokens; files of its children lie in a folder.
    fn module(&mut self, parent: Option<usize>, file: &Path, tokens: &[String], folder: &Path) -> usize {
        let at = self.modules.len();
        self.modules.push(Module { parent, file: file.to_owned(), ..Module::default() });
        let mut next = 0;
        while let Some(token) = tokens.get(next) {
            next = match token.as_str() {
                "#" => attribute(tokens, next),
                "mod" if tokens.get(next + 1).is_some_and(|name| is_word(name)) => {
                    self.child(at, tokens, next, folder)
                }
                "use" => self.import(at, tokens, next),
                "pub" if tokens.get(next + 2).is_some_and(|word| word == "in") => close(tokens, next + 1),
                word if is_word(word) => self.path(at, tokens, next),
                _ => next + 1,
            };
        }
        at
    }

    /// `mod name;` or `mod name { … }`.
    fn child(&mut self, at: usize, tokens: &[String], next: usize, folder: &Path) -> usize {
        let name = &tokens[next + 1];
        let inner = folder.join(name);
        match tokens.get(next + 2).map(String::as_str) {
            Some(";") => {
                let files = [folder.join(format!("{name}.rs")), inner.join("mod.rs")];
                let found = files.into_iter().find_map(|file| (self.read)(&file).map(|text| (file, text)));
                // Behind an attribute it is elsewhere, for several programs to share: it uses none of this one.
                let shared = next.checked_sub(1).is_some_and(|before| tokens[before] == "]");
                let found = found.or_else(|| shared.then(|| (inner.clone(), String::new())));
                let (file, text) = found.unwrap_or_else(|| panic!("{}: no file", inner.display()));
                let child = self.module(Some(at), &file, &self::tokens(&text), &inner);
                self.modules[at].children.insert(name.clone(), child);
                next + 3
            }
            Some("{") => {
                let end = close(tokens, next + 2);
                let file = self.modules[at].file.clone();
                let child = self.module(Some(at), &file, &tokens[next + 3..end - 1], &inner);
                self.modules[at].children.insert(name.clone(), child);
                end
            }
            _ => next + 1,
        }
    }

    /// `use a::{b, c as d, e::*};`
    fn import(&mut self, at: usize, tokens: &[String], next: usize) -> usize {
        let public = next.checked_sub(1).is_some_and(|before| matches!(tokens[before].as_str(), "pub" | ")"));
        let mut found = Vec::new();
        let end = branch(tokens, next + 1, &mut Vec::new(), &mut found);
        let module = &mut self.modules[at];
        for (name, path) in found {
            if name == "*" {
                module.globs.push(path.clone());
            } else {
                module.named.insert(name.clone(), path.clone());
            }
            if public {
                module.handed.push((name, path));
            } else {
                module.paths.push(path);
            }
        }
        end
    }

    /// A word, or words with `::` between them.
    fn path(&mut self, at: usize, tokens: &[String], next: usize) -> usize {
        let (mut words, mut end) = (vec![tokens[next].clone()], next + 1);
        while tokens.get(end).is_some_and(|token| token == "::")
            && let Some(word) = tokens.get(end + 1).filter(|word| is_word(word))
        {
            words.push(word.clone());
            end += 2;
        }
        let module = &mut self.modules[at];
        let before = next.checked_sub(1).map(|before| tokens[before].as_str());
        let is_macro = before == Some("!") && next >= 2 && tokens[next - 2] == "macro_rules";
        let defines = is_macro || before.is_some_and(|word| KINDS.contains(&word));
        if defines && words.len() == 1 {
            module.defined.insert(words[0].clone());
        }
        // Behind a dot stands a field or a method, which is no path.
        if before != Some(".") && before != Some("::") {
            module.words.insert(words[0].clone());
            if words.len() > 1 {
                module.paths.push(words);
            }
        }
        end
    }

    /// The module in which the item of a path stands, seen from a module; none: it is of another crate.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk(0, rest, depth),
            "self" => self.walk(from, rest, depth),
            "super" => {
                let above = self.modules[from].parent?;
                match rest.first().map(String::as_str) {
                    Some("super") => self.resolve(above, rest, depth),
                    _ => self.walk(above, rest, depth),
                }
            }
            _ => self.find(from, first, rest, depth),
        }
    }

    /// What a name means in a module.
    fn find(&self, within: usize, name: &str, rest: &[String], depth: usize) -> Option<usize> {
        // A name may be brought from where it is brought from here.
        if depth > 8 {
            return None;
        }
        let module = &self.modules[within];
        if let Some(child) = module.children.get(name) {
            return self.walk(*child, rest, depth);
        }
        if module.defined.contains(name) {
            return Some(within);
        }
        if let Some(path) = module.named.get(name) {
            // `use name;` brings another crate, which has that name.
            if path.first().is_some_and(|first| first == name) {
                return None;
            }
            let path: Words = path.iter().chain(rest).cloned().collect();
            return self.resolve(within, &path, depth + 1);
        }
        module.globs.iter().find_map(|glob| {
            let source = self.resolve(within, glob, depth + 1).filter(|source| *source != within)?;
            self.find(source, name, rest, depth + 1)
        })
    }

    fn walk(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        let Some((first, rest)) = path.split_first() else { return Some(from) };
        self.find(from, first, rest, depth).or(Some(from))
    }
}

/// Behind an attribute; behind the item too where it is one for tests.
fn attribute(tokens: &[String], at: usize) -> usize {
    let inner = usize::from(tokens.get(at + 1).is_some_and(|token| token == "!"));
    let begin = at + 1 + inner;
    if tokens.get(begin).is_none_or(|token| token != "[") {
        return at + 1;
    }
    let end = close(tokens, begin);
    let words: Vec<&str> = tokens[begin + 1..end - 1].iter().map(String::as_str).collect();
    let of_tests = words.starts_with(&["cfg", "("]) && words.contains(&"test") && !words.contains(&"not");
    if !of_tests || inner == 1 { end } else { item(tokens, end) }
}

/// Behind an item: a semicolon, or the block that it ends with.
fn item(tokens: &[String], from: usize) -> usize {
    let mut at = from;
    let import = tokens[from..].iter().take(5).any(|token| token == "use");
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            ";" => return at + 1,
            "{" if import => at = close(tokens, at),
            "{" => return close(tokens, at),
            "(" | "[" => at = close(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// Behind the bracket that closes the one at a place.
fn close(tokens: &[String], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// One branch of the tree behind `use`: each name that it brings, with its path. Gives the place behind it.
fn branch(tokens: &[String], from: usize, before: &mut Words, found: &mut Vec<(String, Words)>) -> usize {
    let (mut at, depth) = (from, before.len());
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.as_str() {
            "::" => continue,
            "{" => {
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = branch(tokens, at, before, found);
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                at += 1;
                break;
            }
            "*" => {
                found.push(("*".to_owned(), before.clone()));
                break;
            }
            word => before.push(word.to_owned()),
        }
        if tokens.get(at).is_some_and(|token| token == "::") {
            continue;
        }
        let mut name = before.last().cloned().unwrap_or_default();
        let mut path = before.clone();
        if name == "self" {
            path.pop();
            name = path.last().cloned().unwrap_or_default();
        }
        if tokens.get(at).is_some_and(|token| token == "as") {
            name = tokens.get(at + 1).cloned().unwrap_or_default();
            at += 2;
        }
        found.push((name, path));
        break;
    }
    before.truncate(depth);
    at
}
