//! `claque shrink --all-planted`: how small does every planted bug get?

use claque_core::Mutant;
use claque_lab::amount::counted;
use claque_lab::campaign::FailureClass;
use claque_lab::shrink::{Shrunk, Surveyed, survey};
use serde_json::{Value, json};

use crate::campaign::options;
use crate::number::{COUNT_MAX, number};
use crate::output::{count, line, quietly};
use crate::progress::Progress;
use crate::run_plan::RunArguments;
use crate::shrink::sizes;
use crate::simulate::stopwatch;
use crate::{CommandFailure, Done};

/// How far to look.
#[derive(clap::Args)]
pub(crate) struct Survey {
    /// Seeds in which each planted bug is looked for, counted from 0.
    #[arg(long, default_value_t = 500, requires = "all_planted", value_parser = number::<u64>("number of seeds", 0..=COUNT_MAX))]
    seeds: u64,
    /// Every n-th planted bug only.
    #[arg(long, default_value_t = 1, value_name = "N", requires = "all_planted", value_parser = number::<u16>("number of mutants", 1..=u16::MAX.into()))]
    every: u16,
    /// Threads at work on planted bugs [default: one for each core]
    #[arg(long, requires = "all_planted", value_parser = crate::threads::threads)]
    threads: Option<usize>,
}

/// What the median planted bug must come to: a share of its events in permille, and users.
const WANTED: (u64, u64) = (100, 12);

/// Shrinks every planted bug that the seeds reveal, and holds the medians to what is wanted.
pub(crate) fn run(asked: &RunArguments, arguments: &Survey, budget: u32, machine: bool) -> Done {
    let prepared = asked.or_swarm().prepare()?;
    let mutants: Vec<Mutant> = match prepared.mutation {
        Some(mutation) => vec![mutation],
        None => {
            let crowd = Mutant::every().filter(|mutation| mutation.crowd());
            crowd.step_by(usize::from(arguments.every)).collect()
        }
    };
    let options = options(prepared, 0..arguments.seeds, arguments.threads);
    let mut bar = Progress::failing("planted bugs", mutants.len() as u64, "not revealed");
    let started = stopwatch();
    let clock = || u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let say = |text: &str| {
        if !machine {
            line(text);
        }
    };
    say(&format!(
        "{:40} {:>5} {:>17} {:>7} {:>11} {:>5} {:>7}",
        "mutant", "seed", "events", "permille", "users", "runs", "seconds"
    ));
    crate::interrupt::watch();
    let all = quietly(|| {
        survey(&options, &mutants, budget, (&clock, &crate::interrupt::asked), &mut |surveyed| {
            bar.aside(|| say(&row(surveyed)));
            bar.fail(usize::from(surveyed.shrunk.is_none()));
            bar.step(1);
        })
    });
    bar.finish();
    let medians = Medians::of(&all);
    let wall = started.elapsed();
    if machine {
        let mut object = object(&all, &medians, wall);
        object["partial"] = crate::interrupt::asked().into();
        line(&object.to_string());
    } else {
        line(&medians.sentence(all.len(), wall));
    }
    if crate::interrupt::asked() {
        return Err(crate::interrupt::partial(all.len(), &count(mutants.len(), "mutant")));
    }
    let Medians { revealed, share, users, gone, .. } = medians;
    if revealed == all.len() && gone == 0 && share <= WANTED.0 && users <= WANTED.1 {
        return Ok(());
    }
    Err(CommandFailure::No(format!(
        "wanted: each revealed within {}, a median of {} permille of the events and {}, and every one failing again",
        counted(arguments.seeds, "seed"),
        WANTED.0,
        counted(WANTED.1, "user")
    )))
}

/// What the planted bugs came to together.
struct Medians {
    /// Those that some seed revealed.
    revealed: usize,
    /// What is left of the events. Unit: permille.
    share: u64,
    events: u64,
    users: u64,
    micros: u64,
    /// Shrunk runs that do not fail again.
    gone: usize,
}

impl Medians {
    fn of(all: &[Surveyed]) -> Self {
        let small: Vec<(&Surveyed, &Shrunk)> =
            all.iter().filter_map(|it| it.shrunk.as_ref().map(|shrunk| (it, shrunk))).collect();
        let median_of = |of: &dyn Fn(&(&Surveyed, &Shrunk)) -> u64| {
            let mut values: Vec<u64> = small.iter().map(of).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or(0)
        };
        Self {
            revealed: small.len(),
            share: median_of(&|(_, shrunk)| share(shrunk)),
            events: median_of(&|(_, shrunk)| shrunk.after.events),
            users: median_of(&|(_, shrunk)| shrunk.after.users),
            micros: median_of(&|(it, _)| it.micros),
            gone: small.iter().filter(|(it, _)| !it.fails_again).count(),
        }
    }

    fn sentence(&self, all: usize, wall: std::time::Duration) -> String {
        format!(
            "{} of {} revealed; median: {}.{} % of the events ({}), {}, {}.{} s; not failing again: {}; {:.1} s in all",
            self.revealed,
            count(all, "planted bug"),
            self.share / 10,
            self.share % 10,
            counted(self.events, "event"),
            counted(self.users, "user"),
            self.micros / 1_000_000,
            self.micros / 100_000 % 10,
            self.gone,
            wall.as_secs_f64()
        )
    }
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

fn object(all: &[Surveyed], medians: &Medians, wall: std::time::Duration) -> Value {
    let each = |it: &Surveyed| {
        json!({
            "mutant": it.mutation.id(),
            "rule": it.mutation.rule().id(),
            "seed": it.seed,
            "breaks": it.shrunk.as_ref().map(|shrunk| shrunk.class.word()),
            "before": it.shrunk.as_ref().map(|shrunk| sizes(&shrunk.before)),
            "after": it.shrunk.as_ref().map(|shrunk| sizes(&shrunk.after)),
            "runs": it.shrunk.as_ref().map(|shrunk| shrunk.runs),
            "fails_again": it.fails_again,
            "micros": it.micros,
        })
    };
    json!({
        "mutants": all.iter().map(each).collect::<Vec<_>>(),
        "revealed": medians.revealed,
        "median_permille_of_events": medians.share,
        "median_events": medians.events,
        "median_users": medians.users,
        "median_micros": medians.micros,
        "do_not_fail_again": medians.gone,
        "wall_seconds": wall.as_secs_f64(),
    })
}
