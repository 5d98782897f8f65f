//! The examples of every `--help`, as the binary prints them.

use std::collections::BTreeSet;
use std::process::Command;

/// What a command's `--help` prints.
fn help(words: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_claque")).args(words).arg("--help").output();
    let output = output.expect("the binary runs");
    assert!(output.status.success(), "{words:?} has no help");
    String::from_utf8(output.stdout).expect("text")
}

/// The commands below one, as its help lists them.
fn below(help: &str) -> Vec<String> {
    let list =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = list.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

/// Each example once, without what is said about it, which stands behind several spaces.
pub(crate) fn examples() -> BTreeSet<String> {
    let (mut open, mut found) = (vec![Vec::new()], BTreeSet::new());
    while let Some(words) = open.pop() {
        let text = help(&words);
        for name in below(&text) {
            open.push([&words[..], &[name]].concat());
        }
        let lines = text.lines().skip_while(|line| !line.ends_with("Examples:")).map(str::trim_start);
        let lines = lines.filter(|line| line.starts_with("claque "));
        found
            .extend(lines.filter_map(|line| line.split("   ").next()).map(|line| line.trim_end().to_owned()));
    }
    found
}
