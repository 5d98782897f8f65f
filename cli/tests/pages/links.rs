//! Links lead to files and headings that exist, and the site has every page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use super::ground::root;
use super::markdown;

/// A path without `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// Every link of these pages that leads into the repository.
pub(crate) fn all(pages: &[String]) -> Result<(), String> {
    let mut anchors: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut links = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(root().join(page)).map_err(|error| format!("{page}: {error}"))?;
        let read = markdown::read(&text).map_err(|error| format!("{page}: {error}"))?;
        anchors.insert(PathBuf::from(page), read.anchors);
        links.extend(read.links.into_iter().map(|(line, link)| (page.clone(), line, link)));
    }
    let mut wrong = Vec::new();
    for (page, line, link) in links.iter().filter(|(_, _, link)| !link.contains("://")) {
        let (file, anchor) =
            link.split_once('#').map_or((link.as_str(), None), |(file, anchor)| (file, Some(anchor)));
        let home = Path::new(page).parent().unwrap_or_else(|| Path::new(""));
        let target = if file.is_empty() { PathBuf::from(page) } else { plain(&home.join(file)) };
        if page.starts_with("docs/") && !target.starts_with("docs") {
            wrong.push(format!("{page}:{line}: {link}: leads out of the site; name the path instead"));
        } else if !root().join(&target).exists() {
            wrong.push(format!("{page}:{line}: {link}: there is no {}", target.display()));
        } else if let Some((anchor, known)) = anchor.zip(anchors.get(&target))
            && !known.contains(anchor)
        {
            wrong.push(format!("{page}:{line}: {link}: no heading has this anchor"));
        }
    }
    if links.len() < 20 {
        wrong.push(format!("only {} links were found", links.len()));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The pages of rules and readings say what the binary says.
pub(crate) fn generated() -> Result<(), String> {
    for name in ["rules", "readings"] {
        let page = root().join("docs").join(name).with_extension("md");
        let page = std::fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
        let printed =
            super::usage::output(Command::new(env!("CARGO_BIN_EXE_claque")).args([name, "--markdown"]))?;
        if page != printed {
            return Err(format!("docs/{name}.md is old: `cargo run -- {name} --markdown >docs/{name}.md`"));
        }
    }
    Ok(())
}

/// `docs/SUMMARY.md` lists each page below `docs`, once.
pub(crate) fn summary(pages: &[String]) -> Result<(), String> {
    let text = std::fs::read_to_string(root().join("docs/SUMMARY.md"))
        .map_err(|error| format!("docs/SUMMARY.md: {error}"))?;
    let listed = markdown::read(&text)?.links.into_iter().map(|(_, link)| format!("docs/{link}"));
    let mut listed: Vec<String> = listed.collect();
    listed.sort();
    let there = pages.iter().filter(|page| page.starts_with("docs/") && *page != "docs/SUMMARY.md");
    let there: Vec<String> = there.cloned().collect();
    if listed == there {
        Ok(())
    } else {
        Err(format!("docs/SUMMARY.md lists {listed:#?}, and there are {there:#?}"))
    }
}
