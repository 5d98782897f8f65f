//! All cases: those written by hand, and the boundaries made of the registry.

use std::collections::BTreeSet;
use std::path::Path;

use claque_document::diagnostic::Diagnostic;

use crate::boundary::boundaries;
use crate::case::Case;
use crate::case_file::matrix::read_cases;
use crate::file::{WRITTEN_BYTES_MAX, read_text};
use crate::registry::Registry;

/// The case files that were compiled in: path below the folder of cases, and text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// The version of the suite, which reports carry.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// All cases, in order of area and name.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The rules that the cases are about.
    pub registry: Registry,
    /// The cases.
    pub cases: Vec<Case>,
}

impl Suite {
    /// The suite that was compiled in.
    ///
    /// # Errors
    /// The first complaint about a file of the registry or a case.
    pub fn embedded() -> Result<Self, Diagnostic> {
        let registry = Registry::embedded()?;
        let mut written = Vec::new();
        for (file, text) in FILES {
            written.extend(read_cases(file, text)?);
        }
        Self::with(registry, written)
    }

    /// The suite of a folder with the layout of `fixtures/`.
    ///
    /// # Errors
    /// The first complaint about a file, or that a file cannot be read.
    pub fn load(root: &Path) -> Result<Self, Diagnostic> {
        let registry = Registry::load(root)?;
        let folder = root.join("cases");
        let mut files = Vec::new();
        walk(&folder, &mut files)?;
        files.sort();
        let mut written = Vec::new();
        for file in files {
            written.extend(read_file(&folder, &file)?);
        }
        Self::with(registry, written)
    }

    fn with(registry: Registry, written: Vec<Case>) -> Result<Self, Diagnostic> {
        let mut cases = written;
        cases.extend(boundaries(&registry));
        cases.sort_by(|a, b| (&a.area, &a.name).cmp(&(&b.area, &b.name)));
        let mut names = BTreeSet::new();
        for case in &cases {
            if !names.insert(case.test_name()) {
                let said = format!("two cases are called {}", case.test_name());
                return Err(Diagnostic::whole(&case.file, said));
            }
        }
        Ok(Self { registry, cases })
    }

    /// The cases that a filter means; all for none.
    pub fn matching<'s>(&'s self, filter: Option<&'s str>) -> impl Iterator<Item = &'s Case> {
        self.cases.iter().filter(move |case| filter.is_none_or(|filter| case.matches(filter)))
    }
}

/// Reads one case file, of one case or of a matrix of cases; its area and name are those of its folder and file below `root`.
///
/// # Errors
/// The mistake in the case, or that the file cannot be read.
pub fn read_file(root: &Path, file: &Path) -> Result<Vec<Case>, Diagnostic> {
    let shown = file.display().to_string();
    let text = read_text(file, WRITTEN_BYTES_MAX).map_err(|said| Diagnostic::whole(&shown, said))?;
    let name = file.strip_prefix(root).unwrap_or(file);
    read_cases(&name.to_string_lossy().replace('\\', "/"), &text)
}

fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<(), Diagnostic> {
    let unreadable =
        |error| Diagnostic::whole(&folder.display().to_string(), format!("cannot be read: {error}"));
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
