//! `claque shrink`: makes a failing run smaller while it fails the same way.

use std::path::{Path, PathBuf};

use claque_core::Mutation;
use claque_sim::bugbase::{Bug, Named, is_id};
use claque_sim::campaign::FailureClass;
use claque_sim::shrink::{Shrunk, Size, Surveyed, shrink, survey};
use claque_sim::units::format_duration;

use crate::bug::commit;
use crate::campaign::options;
use crate::output::{line, remark};
use crate::run_plan::{RunArguments, write};
use crate::simulate::stopwatch;
use crate::{Done, Failure};

/// Which run, and where the smaller one goes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque shrink --scenario smoke --swarm --seed 17 --out small.toml
  claque shrink --scenario smoke --seed 3 --mutant budget-plus-one --bug budget-plus-one

  claque shrink --scenario smoke --all-planted --seeds 20          how small does every planted bug get?

With --bug the result becomes a folder of the bug base, and `claque replay` runs it again.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// Writes the smaller scenario to a file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Writes a folder of the bug base with this name.
    #[arg(long, value_name = "ID")]
    bug: Option<String>,
    /// One sentence about the bug [default: what the verdict says]
    #[arg(long, value_name = "TEXT", requires = "bug")]
    says: Option<String>,
    /// Where the bug base is.
    #[arg(long, value_name = "DIR", default_value = "fixtures/bugs")]
    base: PathBuf,
    /// The most runs that it may take.
    #[arg(long, default_value_t = 1500)]
    budget: u32,
    /// Shrinks the first run that reveals each planted bug, and says how small they get.
    #[arg(long, conflicts_with_all = ["out", "bug"])]
    all_planted: bool,
    /// Seeds in which each planted bug is looked for, counted from 0.
    #[arg(long, default_value_t = 20, requires = "all_planted")]
    seeds: u64,
    /// Every n-th planted bug only.
    #[arg(long, default_value_t = 1, value_name = "N", requires = "all_planted", value_parser = clap::value_parser!(u16).range(1..))]
    every: u16,
    /// Threads at work on planted bugs [default: one for each core]
    #[arg(long, requires = "all_planted")]
    threads: Option<usize>,
}

/// What the median planted bug must come to: a share of its events in permille, and users.
const WANTED: (u64, u64) = (100, 12);

pub(crate) fn run(arguments: &Arguments) -> Done {
    if let Some(id) = arguments.bug.as_deref().filter(|id| !is_id(id)) {
        return Err(Failure::Usage(format!("--bug: `{id}` is not a name of a-z, 0-9 and hyphens")));
    }
    if arguments.all_planted {
        return shrink_all(arguments);
    }
    let prepared = arguments.run.prepare()?.drawn();
    line(&prepared.identity.to_string());
    let started = stopwatch();
    let mut told = 0;
    let shrunk = shrink(&prepared.plan, prepared.mutation, arguments.budget, &mut |runs, events| {
        if runs >= told + 50 {
            told = runs;
            remark(&format!("{runs} runs, {events} events left"));
        }
    });
    let Some(shrunk) = shrunk else {
        return Err(Failure::No("the run does not fail, so there is nothing to shrink".to_owned()));
    };
    tell(&shrunk, started.elapsed());
    if let Some(path) = &arguments.out {
        write(path, &shrunk.plan.scenario.to_toml())?;
        let mutant = prepared.mutation.map_or(String::new(), |it| format!(" --mutant {}", it.id()));
        line(&format!(
            "run it: claque simulate --scenario {} --seed {}{mutant}",
            path.display(),
            shrunk.plan.seed
        ));
    }
    if let Some(id) = &arguments.bug {
        let says = arguments.says.clone().unwrap_or_else(|| shrunk.evidence.clone());
        let found = prepared.identity.to_string();
        let named = Named { id: id.clone(), says, found, commit: commit() };
        let bug = Bug::new(named, &prepared.plan, &shrunk, prepared.mutation);
        let folder = arguments.base.join(id);
        keep(&folder, &bug)?;
        let at = folder.display();
        line(&format!(
            "kept in {at}\n  run it again:      claque replay {at}\n  see it:            claque replay {at} --html bug.html\n  \
             step through it:   claque replay {at} --step\n  when was it lost:  claque cause {at}\n  \
             make it a test:    claque bug export {at}\n  check all of them: claque replay --all"
        ));
    }
    Ok(())
}

/// Shrinks every planted bug that the seeds reveal, and holds the medians to what is wanted.
fn shrink_all(arguments: &Arguments) -> Done {
    let prepared = arguments.run.prepare()?;
    let defects: Vec<Mutation> = match prepared.mutation {
        Some(mutation) => vec![mutation],
        None => {
            let crowd = Mutation::ALL.iter().copied().filter(|mutation| mutation.crowd());
            crowd.step_by(usize::from(arguments.every)).collect()
        }
    };
    let options = options(prepared, 0..arguments.seeds, arguments.threads);
    let started = stopwatch();
    let clock = || u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    line(&format!(
        "{:40} {:>5} {:>17} {:>7} {:>11} {:>5} {:>7}",
        "defect", "seed", "events", "permille", "users", "runs", "seconds"
    ));
    let hook = std::panic::take_hook();
    // A broken service may break its own assertions: no news for the terminal.
    std::panic::set_hook(Box::new(|_| {}));
    let all = survey(&options, &defects, arguments.budget, &clock, &mut |surveyed| line(&row(surveyed)));
    std::panic::set_hook(hook);
    let small: Vec<(&Surveyed, &Shrunk)> =
        all.iter().filter_map(|it| it.shrunk.as_ref().map(|shrunk| (it, shrunk))).collect();
    let median_of = |of: &dyn Fn(&(&Surveyed, &Shrunk)) -> u64| {
        let mut values: Vec<u64> = small.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or(0)
    };
    let share = median_of(&|(_, shrunk)| share(shrunk));
    let users = median_of(&|(_, shrunk)| shrunk.after.users);
    let (events, micros) = (median_of(&|(_, it)| it.after.events), median_of(&|(it, _)| it.micros));
    let gone = small.iter().filter(|(it, _)| !it.fails_again).count();
    line(&format!(
        "{} of {} planted bugs revealed; median: {}.{} % of the events ({events} events), {users} users, {}.{} s; \
         {gone} do not fail again; {:.1} s in all",
        small.len(),
        all.len(),
        share / 10,
        share % 10,
        micros / 1_000_000,
        micros / 100_000 % 10,
        started.elapsed().as_secs_f64()
    ));
    if gone == 0 && share <= WANTED.0 && users <= WANTED.1 && !small.is_empty() {
        return Ok(());
    }
    Err(Failure::No(format!(
        "wanted: a median of {} permille of the events and {} users, and every one failing again",
        WANTED.0, WANTED.1
    )))
}

/// What is left of the events. Unit: permille.
fn share(shrunk: &Shrunk) -> u64 {
    (shrunk.after.events * 1_000).checked_div(shrunk.before.events).unwrap_or(1_000)
}

fn row(surveyed: &Surveyed) -> String {
    let id = surveyed.mutation.id();
    let (Some(seed), Some(shrunk)) = (surveyed.seed, &surveyed.shrunk) else {
        return format!("{id:40} {:>5}", "-");
    };
    let note = match (surveyed.fails_again, shrunk.is_cut_short) {
        (false, _) => "  does not fail again",
        (true, true) => "  budget used up",
        (true, false) => "",
    };
    let own = FailureClass::Rule(surveyed.mutation.rule());
    let under = if shrunk.class == own { String::new() } else { format!("  under {}", shrunk.class.word()) };
    format!(
        "{id:40} {seed:>5} {:>17} {:>7} {:>11} {:>5} {:>5}.{}{note}{under}",
        format!("{} -> {}", shrunk.before.events, shrunk.after.events),
        share(shrunk),
        format!("{} -> {}", shrunk.before.users, shrunk.after.users),
        shrunk.runs,
        surveyed.micros / 1_000_000,
        surveyed.micros / 100_000 % 10
    )
}

/// Writes the folder of a bug.
pub(crate) fn keep(folder: &Path, bug: &Bug) -> Done {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::Usage(format!("{}: {error}", folder.display())))?;
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
    let more = if shrunk.is_cut_short { ", the whole budget: a larger one may do more" } else { "" };
    line(&format!("  {:8} {} runs, {:.1} s{more}", "took", shrunk.runs, wall.as_secs_f64()));
    line(&format!("  {:8} {}", "breaks", shrunk.class.word()));
    line(&shrunk.evidence);
}
