//! `claque shrink`: makes a failing run smaller while it fails the same way.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use claque_document::units::format_duration;
use claque_lab::amount::counted;
use claque_lab::bugbase::{Bug, BugNotes, is_id};
use claque_lab::shrink::{Shrunk, Size, shrink};
use serde_json::{Value, json};

use crate::bug::commit;
use crate::number::number;
use crate::output::{count, line, remark};
use crate::progress::Progress;
use crate::run_plan::{RunArguments, write};
use crate::simulate::stopwatch;
use crate::survey::{self, Survey};
use crate::{CommandFailure, Done};

/// Which run, and where the smaller one goes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque shrink --scenario smoke --seed 3 --mutant budget-plus-one --out small.toml
  claque shrink --scenario smoke --seed 3 --mutant budget-plus-one --bug budget-plus-one

  claque shrink --all-planted                                      how small does every planted bug get?

With --bug the result becomes a folder of the bug base, and `claque replay` runs it again.
Ctrl-C ends it with the smallest run so far, which is kept as asked, and status 130.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// Writes the smaller scenario to this file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Keeps the result in the bug base, as a folder with this name.
    #[arg(long, value_name = "ID")]
    bug: Option<String>,
    /// One sentence about the bug [default: what the verdict says]
    #[arg(long, value_name = "TEXT", requires = "bug")]
    says: Option<String>,
    /// Where the bug base is.
    #[arg(long, value_name = "DIR", default_value = "fixtures/bugs")]
    base: PathBuf,
    /// The most runs that shrinking may take.
    #[arg(long, default_value_t = 6000, value_parser = number::<u32>("number of runs", 0..=u32::MAX.into()))]
    budget: u32,
    /// Shrinks, for each planted bug (a mutant that only several events together reveal), the first run that reveals it, and
    /// reports the sizes. Without --scenario the runs are those of `claque hunt`.
    #[arg(long, conflicts_with_all = ["out", "bug"])]
    all_planted: bool,
    #[command(flatten)]
    survey: Survey,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    if let Some(id) = arguments.bug.as_deref().filter(|id| !is_id(id)) {
        return Err(CommandFailure::Usage(format!("--bug: `{id}` is not a name of a-z, 0-9 and hyphens")));
    }
    if arguments.all_planted {
        return survey::run(&arguments.run, &arguments.survey, arguments.budget, arguments.json);
    }
    let prepared = arguments.run.prepare()?.drawn();
    if !arguments.json {
        line(&prepared.identity.to_string());
    }
    let started = stopwatch();
    let mut bar = Progress::new("runs at the most", arguments.budget.into());
    crate::interrupt::watch();
    let shrunk = shrink(&prepared.plan, prepared.mutation, arguments.budget, &mut |runs, events| {
        bar.note(&format!("{} left", counted(events, "event")));
        bar.reach(runs.into());
        if crate::interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish();
    let interrupted = crate::interrupt::asked();
    let Some(shrunk) = shrunk else {
        return Err(CommandFailure::No("the run does not fail, so there is nothing to shrink".to_owned()));
    };
    let say = |text: &str| if arguments.json { remark(text) } else { line(text) };
    if arguments.json {
        line(&object(&prepared.identity.to_string(), &shrunk, started.elapsed()).to_string());
    } else {
        tell(&shrunk, started.elapsed());
    }
    if let Some(path) = &arguments.out {
        write(path, &shrunk.plan.scenario.to_toml())?;
        let mutant = prepared.mutation.map_or(String::new(), |it| format!(" --mutant {}", it.id()));
        let forks: String = shrunk.plan.forks.iter().map(|fork| format!(" --fork {fork}")).collect();
        say(&format!(
            "run it: claque simulate --scenario {} --seed {}{mutant}{forks}",
            path.display(),
            shrunk.plan.seed
        ));
    }
    if let Some(id) = &arguments.bug {
        let says = arguments.says.clone().unwrap_or_else(|| shrunk.evidence.clone());
        let found = prepared.identity.to_string();
        let named = BugNotes { id: id.clone(), says, found, commit: commit() };
        let bug = Bug::new(named, &prepared.plan, &shrunk, prepared.mutation);
        let folder = arguments.base.join(id);
        keep(&folder, &bug)?;
        let at = folder.display();
        say(&format!(
            "kept in {at}\n  run it again:      claque replay {at}\n  see it:            claque replay {at} --html bug.html\n  \
             step through it:   claque replay {at} --step\n  when was it lost:  claque cause {at}\n  \
             make it a test:    claque bug export {at}\n  check all of them: claque replay --all"
        ));
    }
    // Behind what it has come to, which is kept as asked: a smaller run than before is worth having.
    if interrupted {
        return Err(crate::interrupt::partial(
            size(shrunk.runs),
            &format!("{} at the most", count(size(arguments.budget), "run")),
        ));
    }
    Ok(())
}

/// A number of runs as a number of things.
fn size(runs: u32) -> usize {
    usize::try_from(runs).unwrap_or(usize::MAX)
}

/// A shrunk run for machines.
fn object(identity: &str, shrunk: &Shrunk, wall: std::time::Duration) -> Value {
    json!({
        "schema": 1,
        "identity": identity,
        "breaks": shrunk.class.word(),
        "evidence": shrunk.evidence,
        "seed": shrunk.plan.seed,
        "forks": shrunk.plan.forks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "before": sizes(&shrunk.before),
        "after": sizes(&shrunk.after),
        "runs": shrunk.runs,
        "budget_used_up": shrunk.is_cut_short && !crate::interrupt::asked(),
        "partial": crate::interrupt::asked(),
        "wall_seconds": wall.as_secs_f64(),
        "scenario": shrunk.plan.scenario.to_toml(),
    })
}

/// A size for machines.
pub(crate) fn sizes(size: &Size) -> Value {
    json!({
        "events": size.events,
        "users": size.users,
        "groups": size.groups,
        "steps": size.steps,
        "show_micros": size.duration.as_micros(),
    })
}

/// Writes the folder of a bug.
pub(crate) fn keep(folder: &Path, bug: &Bug) -> Done {
    std::fs::create_dir_all(folder)
        .map_err(|error| CommandFailure::Usage(format!("{}: {error}", folder.display())))?;
    write(&folder.join("bug.toml"), &bug.to_toml())?;
    write(&folder.join("plan.toml"), &bug.found_in.to_toml())?;
    write(&folder.join("shrunk.toml"), &bug.scenario.to_toml())?;
    write(&folder.join("trace.txt"), &bug.trace())
}

fn tell(shrunk: &Shrunk, wall: std::time::Duration) {
    let row = |name: &str, of: &dyn Fn(&Size) -> u64| {
        let (before, after) = (of(&shrunk.before), of(&shrunk.after));
        let share = (after * 1_000).checked_div(before).unwrap_or(1_000);
        line(&format!("  {name:8} {before:>10} -> {after:>8}   {}.{} %", share / 10, share % 10));
    };
    row("events", &|size| size.events);
    row("users", &|size| size.users);
    row("groups", &|size| size.groups);
    row("steps", &|size| size.steps);
    let [before, after] = [&shrunk.before, &shrunk.after].map(|size| format_duration(size.duration));
    line(&format!("  {:8} {before:>10} -> {after:>8}", "show"));
    let more = match (crate::interrupt::asked(), shrunk.is_cut_short) {
        (true, _) => ", interrupted: more may do more",
        (false, true) => ", the whole budget: a larger one may do more",
        (false, false) => "",
    };
    line(&format!("  {:8} {}, {:.1} s{more}", "took", count(size(shrunk.runs), "run"), wall.as_secs_f64()));
    line(&format!("  {:8} {}", "breaks", shrunk.class.word()));
    line(&shrunk.evidence);
}
