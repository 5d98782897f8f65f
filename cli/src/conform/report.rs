//! `claque conform report`: the formats of runs that were made before.

use std::fs;
use std::path::{Path, PathBuf};

use claque_conformance::registry::Registry;
use claque_conformance::report::{Report, badge, html, jsonl, junit, summary};

use crate::output::{count, line, remark};
use crate::{CommandFailure, Done};

/// Runs to report on together.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque conform report core/report.jsonl world/report.jsonl --out both")]
pub(super) struct Arguments {
    /// Runs: `report.jsonl` files, each of one run or several.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The folder that the formats are written into.
    #[arg(long, value_name = "DIR", default_value = "conformance-report")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let mut reports = Vec::new();
    for path in &arguments.runs {
        reports.extend(read(path)?);
    }
    let registry = crate::readings::registry()?;
    let own = format!("{:016x}", registry.fingerprint());
    for report in reports.iter().filter(|report| report.run.registry != own) {
        remark(&format!(
            "{} was judged by registry {}; statements and sources are those of {own}",
            report.run.subject, report.run.registry
        ));
    }
    write_all(&arguments.out, &reports, &registry)
}

/// The runs of a file.
fn read(path: &Path) -> Result<Vec<Report>, CommandFailure> {
    jsonl::read(&path.display().to_string(), &crate::input::read_text(path)?)
        .map_err(|diagnostic| CommandFailure::Usage(diagnostic.to_string()))
}

/// The one run of a file.
pub(super) fn only_run(path: &Path) -> Result<Report, CommandFailure> {
    let mut reports = read(path)?;
    match (reports.pop(), reports.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => Err(CommandFailure::Usage(format!(
            "{} holds {}; compare files of one run each",
            path.display(),
            count(reports.len() + usize::from(last.is_some()), "run")
        ))),
    }
}

/// Writes runs in every format, and says where.
pub(super) fn write_all(folder: &Path, reports: &[Report], registry: &Registry) -> Done {
    fs::create_dir_all(folder).map_err(|error| {
        CommandFailure::No(format!("{}: the folder cannot be made: {error}; name another", folder.display()))
    })?;
    let truth: String = reports.iter().map(jsonl::write).collect();
    write_file(&folder.join("report.jsonl"), &truth)?;
    write_file(&folder.join("junit.xml"), &junit::write(reports))?;
    write_file(&folder.join("report.html"), &html::write(reports, registry))?;
    write_file(&folder.join("summary.md"), &summary::write(reports))?;
    for (position, report) in reports.iter().enumerate() {
        let name =
            if reports.len() == 1 { "badge.json".to_owned() } else { format!("badge-{}.json", position + 1) };
        write_file(&folder.join(name), &badge::write(report))?;
    }
    line(&format!("reports: {}", folder.join("report.html").display()));
    Ok(())
}

pub(super) fn write_file(path: &Path, text: &str) -> Done {
    fs::write(path, text)
        .map_err(|error| CommandFailure::No(claque_conformance::file::unwritten(path, &error)))
}
