//! What playing, links and usage of the pages stand on: the repository, its command, and the tally.

use std::path::{Path, PathBuf};

/// The commands that were run, and those that were not, with the reason.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) run: usize,
    pub(crate) skipped: Vec<String>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

/// A command with `claque` where the page has `cargo run`.
pub(crate) fn as_claque(command: &str) -> String {
    let begins = ["cargo run --release -- ", "cargo run -- "];
    let found = begins.iter().find_map(|begin| command.strip_prefix(begin));
    found.map_or_else(|| command.to_owned(), |rest| format!("claque {rest}"))
}
