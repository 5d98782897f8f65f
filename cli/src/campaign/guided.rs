//! `claque campaign --search`: how the runs of a campaign are chosen.

use std::ops::ControlFlow;
use std::path::PathBuf;

use claque_lab::amount::{counted, grouped};
use claque_lab::campaign::{CampaignOptions, CampaignReport, EndedRun, GuidedReport, campaign, guided};
use serde_json::{Value, json};

use crate::output::line;
use crate::run_plan::write;
use crate::{CommandFailure, Done};

/// How runs are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum SearchKind {
    /// Each run is that of a seed.
    #[default]
    Uniform,
    /// Up to half of the runs fork an earlier one that did something new.
    Guided,
}

/// How the runs are chosen, and what is kept of the choice.
#[derive(clap::Args)]
pub(super) struct SearchArguments {
    /// How runs are chosen. With `guided`, as many runs as --seeds has seeds; those that fork another run print it with --fork
    #[arg(long, value_enum, default_value_t)]
    search: SearchKind,
    /// Writes the commands of the runs that a guided search has kept, because they did something new
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    corpus: Option<PathBuf>,
}

impl SearchArguments {
    fn check(&self, option: &str, why: &str) -> Done {
        match self.search {
            SearchKind::Uniform => Ok(()),
            SearchKind::Guided => Err(CommandFailure::Usage(format!(
                "--search guided has no {option}: {why}; other --seeds give another search"
            ))),
        }
    }

    /// Refuses a guided search in units.
    pub(super) fn check_units(&self) -> Done {
        self.check("--out", "a run depends on those before it, and units are run in any order")
    }

    /// Refuses a guided search of a part of the seeds.
    pub(super) fn check_shard(&self) -> Done {
        self.check("--shard", "a run depends on all those before it")
    }

    /// Runs the campaign.
    pub(super) fn run(
        &self,
        options: &CampaignOptions,
        progress: &mut dyn FnMut(u64, EndedRun) -> ControlFlow<()>,
    ) -> (CampaignReport, Option<GuidedReport>) {
        match self.search {
            SearchKind::Uniform => (campaign(options, progress), None),
            SearchKind::Guided => {
                let mut found = guided(options, progress);
                (std::mem::take(&mut found.report), Some(found))
            }
        }
    }

    /// Refuses to keep runs where none are kept: before the runs, and not after them.
    pub(super) fn check_corpus(&self) -> Done {
        if self.corpus.is_some() && self.search == SearchKind::Uniform {
            return Err(CommandFailure::Usage("--corpus: only --search guided keeps runs".to_owned()));
        }
        Ok(())
    }

    /// Writes the kept runs, where that is asked for.
    pub(super) fn write_kept(&self, found: Option<&GuidedReport>) -> Done {
        let Some((path, found)) = self.corpus.as_ref().zip(found) else { return Ok(()) };
        write(path, &found.kept.iter().map(|kept| format!("{kept}\n")).collect::<String>())
    }
}

/// The search for people: a line.
pub(super) fn tell(found: Option<&GuidedReport>) {
    if let Some(found) = found {
        line(&format!(
            "guided      {} behind forks; {}, {} first made by forks; {} kept",
            counted(found.forked, "run"),
            counted(found.transitions, "transition"),
            grouped(found.transitions_by_forks),
            counted(found.kept.len() as u64, "run")
        ));
    }
}

/// The search for machines.
pub(super) fn object(found: Option<&GuidedReport>) -> Value {
    found.map_or(Value::Null, |found| {
        json!({
            "forked": found.forked,
            "transitions": found.transitions,
            "transitions_by_forks": found.transitions_by_forks,
            "kept": found.kept.len(),
        })
    })
}
