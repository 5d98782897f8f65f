//! `claque explore`: every short sequence of calls in a world of two users.

use claque_core::{Mutant, Rule};
use claque_lab::amount::counted;
use claque_lab::explore::{
    Exploration, ExploreFinding, ExploreOptions, SCOPES, STEPS_MAX, ScopeBounds, explore, replay, step_names,
};
use serde_json::{Value, json};

use crate::name::unknown;
use crate::output::{count, line, quietly, remark};
use crate::simulate::stopwatch;
use crate::{CommandFailure, Done};

/// What to explore.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque explore                                            every sequence of up to three steps
  claque explore --depth 5 --scope supergroup               fifteen times the states with each step more
  claque explore --mutant exit-under-way-lost               the fewest steps that show a mutant
  claque explore --scope group --steps ada-leaves,ada-returns     one sequence, as a finding prints it
  claque explore --list                                     the steps

The world has two users, a group, and another application with a group of the same name. After each step the model judges; in each
state everything that can be read is read, the service is restarted, and time goes on until nothing is owed. What is found is as
short as it can be.")]
pub(crate) struct Arguments {
    /// The longest sequence.
    #[arg(long, value_name = "STEPS", default_value_t = 3, value_parser = depth)]
    depth: usize,
    /// One of the small worlds, group or supergroup [default: both]
    #[arg(long, value_name = "NAME", value_parser = scope)]
    scope: Option<ScopeBounds>,
    /// A mutant: the service with one deliberate change that breaks a rule; `claque mutants` lists them.
    #[arg(long, value_name = "ID", value_parser = mutant)]
    mutant: Option<Mutant>,
    /// Plays one sequence of steps.
    #[arg(long, value_name = "STEP,STEP…", conflicts_with = "depth")]
    steps: Option<String>,
    /// Lists the steps.
    #[arg(long, conflicts_with_all = ["depth", "scope", "mutant", "steps"])]
    list: bool,
    /// Threads at work [default: one for each core]
    #[arg(long, value_parser = crate::threads::threads)]
    threads: Option<usize>,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

fn depth(word: &str) -> Result<usize, String> {
    let number = word.parse().ok().filter(|number| (1..=STEPS_MAX).contains(number));
    number.ok_or_else(|| format!("`{word}` is not a number of steps from 1 to {STEPS_MAX}"))
}

fn scope(word: &str) -> Result<ScopeBounds, String> {
    let found = SCOPES.into_iter().find(|scope| scope.name == word);
    found.ok_or_else(|| {
        let names = SCOPES.map(|scope| scope.name);
        unknown("scope", word, names, &format!("write {}", names.join(" or ")))
    })
}

fn mutant(id: &str) -> Result<Mutant, String> {
    let known = || Mutant::every().map(Mutant::id);
    Mutant::from_id(id).ok_or_else(|| unknown("mutant", id, known(), "`claque mutants` lists them"))
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    if arguments.list {
        step_names().for_each(line);
        return Ok(());
    }
    let scopes = arguments.scope.map_or_else(|| SCOPES.to_vec(), |scope| vec![scope]);
    match &arguments.steps {
        Some(steps) => replay_all(arguments, &scopes, steps),
        None => explore_all(arguments, &scopes),
    }
}

fn replay_all(arguments: &Arguments, scopes: &[ScopeBounds], steps: &str) -> Done {
    let mut found = 0;
    for scope in scopes {
        let replayed = quietly(|| replay(steps, *scope, arguments.mutant));
        let finding = replayed.map_err(|said| CommandFailure::Usage(format!("--steps: {said}")))?;
        found += usize::from(finding.is_some());
        if arguments.json {
            let finding = finding.as_ref().map(|finding| object_of(*scope, arguments.mutant, finding));
            line(&json!({ "schema": 1, "scope": scope.name, "finding": finding }).to_string());
        } else {
            let says = finding.map_or_else(|| "nothing is wrong".to_owned(), |finding| finding.to_string());
            line(&format!("{:11} {says}", scope.name));
        }
    }
    verdict(found)
}

fn explore_all(arguments: &Arguments, scopes: &[ScopeBounds]) -> Done {
    crate::interrupt::watch();
    let mut found = 0;
    for scope in scopes {
        let options = ExploreOptions {
            bounds: *scope,
            depth: arguments.depth,
            mutation: arguments.mutant,
            threads: arguments.threads.unwrap_or_else(crate::threads::cores),
        };
        let started = stopwatch();
        let explored = quietly(|| {
            explore(&options, &mut |level| {
                remark(&counted(level.states, "state"));
                !crate::interrupt::asked()
            })
        });
        found += explored.findings.len();
        if arguments.json {
            line(&object(*scope, arguments.mutant, &explored, started.elapsed()).to_string());
        } else {
            tell(*scope, arguments.mutant, &explored, started.elapsed());
        }
        if crate::interrupt::asked() {
            return Err(CommandFailure::Status(crate::interrupt::INTERRUPTED));
        }
    }
    verdict(found)
}

fn verdict(found: usize) -> Done {
    if found == 0 { Ok(()) } else { Err(CommandFailure::No(count(found, "finding"))) }
}

fn tell(scope: ScopeBounds, mutant: Option<Mutant>, explored: &Exploration, wall: std::time::Duration) {
    let ScopeBounds { name, members, messages } = scope;
    line(&format!(
        "scope       {name}: a group of more than {members} is a supergroup, {messages} a second are delivered"
    ));
    for (length, level) in explored.levels.iter().enumerate() {
        let (states, transitions) = (level.states, level.transitions);
        let (states, transitions) = (counted(states, "state"), counted(transitions, "transition"));
        line(&format!("length {length}    {states}, {transitions}"));
    }
    line(&format!("states      {}", explored.states()));
    line(&format!("transitions {}, {} of them wrong", explored.transitions(), explored.failed));
    line(&format!("wall        {:.1} s", wall.as_secs_f64()));
    line(&format!("findings    {}", explored.findings.len()));
    for finding in &explored.findings {
        line(&format!("  {finding}"));
        line(&format!("    again: {}", command(scope, mutant, finding)));
    }
}

/// The command that shows a finding again.
fn command(scope: ScopeBounds, mutant: Option<Mutant>, finding: &ExploreFinding) -> String {
    let mutant = mutant.map_or_else(String::new, |mutant| format!(" --mutant {}", mutant.id()));
    format!("claque explore --scope {}{mutant} --steps {}", scope.name, finding.steps.join(","))
}

fn object(
    scope: ScopeBounds,
    mutant: Option<Mutant>,
    explored: &Exploration,
    wall: std::time::Duration,
) -> Value {
    let levels =
        explored.levels.iter().map(|it| json!({ "states": it.states, "transitions": it.transitions }));
    json!({
        "schema": 1,
        "scope": scope.name,
        "mutant": mutant.map(Mutant::id),
        "levels": levels.collect::<Vec<_>>(),
        "states": explored.states(),
        "transitions": explored.transitions(),
        "wrong": explored.failed,
        "findings": explored.findings.iter().map(|it| object_of(scope, mutant, it)).collect::<Vec<_>>(),
        "wall_seconds": wall.as_secs_f64(),
    })
}

fn object_of(scope: ScopeBounds, mutant: Option<Mutant>, finding: &ExploreFinding) -> Value {
    json!({
        "steps": finding.steps,
        "probe": finding.probe,
        "breaks": finding.rule.map_or("invariant", Rule::id),
        "evidence": finding.says,
        "again": command(scope, mutant, finding),
    })
}
