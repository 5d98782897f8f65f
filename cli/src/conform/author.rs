//! `claque conform new` and `claque conform check`: for those who write cases.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use claque_conformance::author::skeleton;
use claque_conformance::suite::{Suite, read_file};

use crate::output::{count, line, print};
use crate::{CommandFailure, Done};

/// A new case.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque conform new group/four-administrators-are-too-many --rule group.admins.max
  claque conform new message/my-case --rule message.body.bytes --rule message.send.required")]
pub(super) struct NewArguments {
    /// The case: AREA/WHAT-IT-SHOWS.
    case: String,
    /// A rule that it shows; repeatable.
    #[arg(long, value_name = "ID", required = true)]
    rule: Vec<String>,
    /// The folder that is laid out as `fixtures/`.
    #[arg(long, value_name = "DIR", default_value = "fixtures")]
    fixtures: PathBuf,
}

/// Case files to read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque conform check fixtures/cases
  claque conform check fixtures/cases/group/my-case.toml")]
pub(super) struct CheckArguments {
    /// Case files, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// Writes the skeleton of a case; never over a file that is there.
pub(super) fn new(arguments: &NewArguments) -> Done {
    let folder = arguments.fixtures.join("cases");
    if !folder.is_dir() {
        return Err(CommandFailure::Usage(format!(
            "{} is no folder of cases; name the fixtures with --fixtures DIR",
            folder.display()
        )));
    }
    let suite =
        Suite::load(&arguments.fixtures).map_err(|diagnostic| CommandFailure::No(diagnostic.to_string()))?;
    let made = skeleton(&arguments.case, &arguments.rule, &suite).map_err(CommandFailure::Usage)?;
    let path = folder.join(&made.path);
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            CommandFailure::No(format!("{} is there already and is left as it is", path.display()))
        }
        _ => CommandFailure::No(format!("{} cannot be written: {error}", path.display())),
    };
    fs::create_dir_all(path.parent().unwrap_or(&folder)).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(made.text.as_bytes()).map_err(failed)?;
    line(&format!(
        "{} is written. It fails until its expectation says what the rule demands:",
        path.display()
    ));
    let name = made.path.strip_suffix(".toml").unwrap_or(&made.path).replace('/', "::");
    line(&format!("  claque conform --fixtures {} {name} --transcript", arguments.fixtures.display()));
    Ok(())
}

/// Reads case files and says what is wrong with each.
pub(super) fn check(arguments: &CheckArguments) -> Done {
    let mut files = Vec::new();
    for path in &arguments.paths {
        collect(path, &mut files)?;
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        let paths: Vec<String> = arguments.paths.iter().map(|path| path.display().to_string()).collect();
        let paths = paths.join(", ");
        return Err(CommandFailure::Usage(format!("no case file is in {paths}: their names end in .toml")));
    }
    let mut faults = 0;
    for file in &files {
        // The last two parts of the path are area and name.
        let root = file.parent().and_then(Path::parent).unwrap_or_else(|| Path::new(""));
        if let Err(fault) = read_file(root, file) {
            print(&format!("{fault}\n\n"));
            faults += 1;
        }
    }
    line(&format!("{} read, {faults} with errors", count(files.len(), "case file")));
    match faults {
        0 => Ok(()),
        1 => Err(CommandFailure::No("1 case file has an error".to_owned())),
        _ => Err(CommandFailure::No(format!("{faults} case files have errors"))),
    }
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) -> Done {
    let unreadable =
        |error: std::io::Error| CommandFailure::Usage(claque_conformance::file::unopened(path, &error));
    if !path.is_dir() {
        fs::metadata(path).map_err(unreadable)?;
        into.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "toml") {
            collect(&path, into)?;
        }
    }
    Ok(())
}
