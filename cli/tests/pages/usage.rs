//! What can be known of a command without running it: its options are parsed, and the files that it names are there.

use std::path::Path;
use std::process::Command;

/// What is wrong with a command that is not run; nothing where only another program knows.
pub(crate) fn parsed(command: &str) -> Result<(), String> {
    let command = command.split(" #").next().unwrap_or_default().trim();
    let command = super::ground::as_claque(command);
    for part in command.split(['|', ';', '&']).map(str::trim).filter(|part| !part.is_empty()) {
        if part == "claque" || part.starts_with("claque ") {
            help(part)?;
        } else {
            files(part)?;
        }
    }
    Ok(())
}

/// Whether a command that stands in the text names a subcommand and options that exist.
pub(crate) fn mentioned(span: &str) -> Result<(), String> {
    let words: Vec<&str> = span.split_whitespace().collect();
    // Names of subcommands may have hyphens within, and options begin with one.
    let is_name = |word: &str| {
        !word.starts_with('-') && word.chars().all(|sign| sign.is_ascii_lowercase() || sign == '-')
    };
    let mut depth = words.iter().skip(1).take_while(|word| is_name(word)).count();
    let help = loop {
        let names = &words[1..=depth];
        match output(Command::new(env!("CARGO_BIN_EXE_claque")).args(names).arg("--help")) {
            Ok(help) if help.contains(&format!("Usage: {}", words[..=depth].join(" "))) => break help,
            other if depth == 0 => return other.map(|_| ()),
            // The last word is no subcommand: an argument, such as `inspect FILE`, is none either.
            _ if depth == 1 => return Err(format!("`{span}`: there is no such command")),
            _ => depth -= 1,
        }
    };
    let options = words.iter().filter(|word| word.starts_with("--") && word.len() > 2);
    for option in options.map(|word| word.split(['=', ',']).next().unwrap_or_default()) {
        let there = help.split(|sign: char| sign.is_whitespace() || sign == ',').any(|word| word == option);
        if !there {
            return Err(format!("`{span}`: {option} is no option of it"));
        }
    }
    Ok(())
}

/// `--help` behind the options of a command: they are parsed first.
fn help(command: &str) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_BIN_EXE_claque")).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    output(Command::new("sh").env("PATH", path).args(["-c", &format!("{command} --help")])).map(|_| ())
}

/// Scripts, examples, tests and benches that a command of another program names.
fn files(command: &str) -> Result<(), String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let script = words.iter().find(|word| !word.contains('=')).filter(|word| word.contains('/'));
    if let Some(script) = script.filter(|script| !script.starts_with('/'))
        && !super::ground::root().join(script).is_file()
    {
        return Err(format!("{command}: there is no {script}"));
    }
    for pair in words.windows(2) {
        let folder = match pair[0] {
            "--bench" => "benches",
            "--example" => "examples",
            "--test" => "tests",
            _ => continue,
        };
        let crates =
            ["core", "wire", "sim/engine", "sim/world", "sim/lab", "conformance", "server", "cli", "benches"];
        let there = crates.iter().any(|home| {
            let place = super::ground::root().join(home).join(folder).join(pair[1]);
            place.is_dir() || place.with_extension("rs").is_file()
        });
        if !there {
            return Err(format!("{command}: there is no {} {}", pair[0], pair[1]));
        }
    }
    Ok(())
}

pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&done.stderr).into_owned())
}
