//! `claque selftest`: services broken on purpose, and who notices.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use claque_conformance::mutants::{MutantRow, SubjectMutant, try_mutants_while};
use claque_conformance::spread::spread;
use claque_conformance::suite::Suite;
use claque_core::Mutant;
use claque_lab::amount::{counted, grouped};
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_sim::run::{RunOptions, run_with};
use serde_json::{Value, json};

use crate::name::unknown;
use crate::number::{COUNT_MAX, number};
use crate::output::{count, line, quietly, remark};
use crate::progress::Progress;
use crate::run_plan::refused;
use crate::{CommandFailure, Done};

/// How thoroughly.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque selftest
  claque selftest --short
  claque selftest --mutant budget-plus-one --seeds 50")]
pub(crate) struct Arguments {
    /// Every eighth mutant only.
    #[arg(long)]
    short: bool,
    /// Only this mutant.
    #[arg(long, value_name = "ID")]
    mutant: Option<String>,
    /// Seeds that the simulator may use up on one mutant.
    #[arg(long, default_value_t = 50, value_parser = number::<u64>("number of seeds", 0..=COUNT_MAX))]
    seeds: u64,
    /// The scenario that the simulator runs.
    #[arg(long, default_value = "selftest")]
    scenario: String,
    /// Machine output: one JSON array.
    #[arg(long)]
    json: bool,
}

/// What the simulator made of a mutant.
struct Revealed {
    seed: u64,
    rule: String,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let suite = crate::suite::suite()?;
    let mutants = chosen(arguments)?;
    let scenario = Scenario::builtin(&arguments.scenario).map_err(|diagnostic| refused(&diagnostic))?;
    let crowd: Vec<Mutant> = mutants
        .iter()
        .filter(|mutant| mutant.crowd())
        .filter_map(|mutant| if let SubjectMutant::Core(mutation) = mutant { Some(*mutation) } else { None })
        .collect();
    crate::interrupt::watch();
    let wanted = || !crate::interrupt::asked();
    let (rows, revealed) = quietly(|| {
        let rows = try_all(&suite, &mutants, &wanted);
        (rows, reveal_all(&scenario, &crowd, arguments.seeds, &wanted))
    });
    let of = |mutant: SubjectMutant| {
        let SubjectMutant::Core(mutation) = mutant else { return None };
        let at = crowd.iter().position(|candidate| *candidate == mutation)?;
        Some(revealed.get(at)?.as_ref())
    };
    if arguments.json {
        let list: Vec<Value> = rows.iter().map(|row| object(row, of(row.mutant))).collect();
        line(&json!({ "schema": 1, "mutants": list }).to_string());
    } else {
        line("| mutant | rule | caught by the suite | by the simulator |");
        line("|---|---|---|---|");
        for row in &rows {
            line(&table_row(row, of(row.mutant)));
        }
    }
    let escaped = rows.iter().filter(|row| row.caught_by.is_none()).count();
    let unseen = revealed.iter().filter(|revealed| revealed.is_none()).count();
    remark(&format!(
        "{}: the suite catches {}; of {} that a crowd can reveal, the simulator catches {} within {}",
        count(rows.len(), "mutant"),
        grouped((rows.len() - escaped) as u64),
        grouped(revealed.len() as u64),
        grouped((revealed.len() - unseen) as u64),
        counted(arguments.seeds, "seed")
    ));
    if rows.len() < mutants.len() || revealed.len() < crowd.len() {
        return Err(crate::interrupt::partial(rows.len(), &count(mutants.len(), "mutant")));
    }
    if escaped + unseen == 0 {
        return Ok(());
    }
    Err(CommandFailure::No(format!("{escaped} escape the suite, {unseen} escape the simulator")))
}

fn chosen(arguments: &Arguments) -> Result<Vec<SubjectMutant>, CommandFailure> {
    let all = SubjectMutant::all();
    if let Some(id) = &arguments.mutant {
        let found = all.iter().copied().find(|mutant| mutant.id() == id);
        let said = || match Mutant::SEVERAL.iter().find(|mutation| mutation.id() == id) {
            Some(_) => format!("no mutant {id:?} of one rule; `claque hunt --mutant {id}` hunts it"),
            None => unknown("mutant", id, all.iter().map(|mutant| mutant.id()), "`claque mutants` lists all"),
        };
        return Ok(vec![found.ok_or_else(|| CommandFailure::Usage(said()))?]);
    }
    let step = if arguments.short { 8 } else { 1 };
    Ok(all.into_iter().step_by(step).collect())
}

/// What the suite makes of each mutant.
fn try_all(suite: &Suite, mutants: &[SubjectMutant], wanted: &(dyn Fn() -> bool + Sync)) -> Vec<MutantRow> {
    let bar = Mutex::new(Progress::failing("mutants in the suite", mutants.len() as u64, "escaped"));
    let rows = try_mutants_while(suite, mutants, wanted, &|row| {
        let mut bar = bar.lock().expect("no holder panics");
        bar.fail(usize::from(row.caught_by.is_none()));
        bar.step(1);
    });
    bar.into_inner().expect("no holder panics").finish();
    rows
}

/// The first seed under which a run fails, for each mutant, on all cores; less than all once nobody wants more.
fn reveal_all(
    scenario: &Scenario,
    mutations: &[Mutant],
    seeds: u64,
    wanted: &(dyn Fn() -> bool + Sync),
) -> Vec<Option<Revealed>> {
    let bar = Mutex::new(Progress::failing("mutants in the simulator", mutations.len() as u64, "escaped"));
    let found = spread(mutations, |mutation| {
        let revealed = wanted().then(|| (1..=seeds).find_map(|seed| reveal(scenario, *mutation, seed)));
        let mut bar = bar.lock().expect("no holder panics");
        bar.fail(usize::from(matches!(revealed, Some(None))));
        bar.step(1);
        revealed
    });
    bar.into_inner().expect("no holder panics").finish();
    // In the order of the mutants, and they are begun in it: what is missing is missing at the end.
    found.into_iter().map_while(|revealed| revealed).collect()
}

fn reveal(scenario: &Scenario, mutation: Mutant, seed: u64) -> Option<Revealed> {
    let plan = Plan::new(scenario.clone(), seed);
    let options = RunOptions { mutation: Some(mutation), ..RunOptions::default() };
    let verdict = catch_unwind(AssertUnwindSafe(|| run_with(&plan, options).verdict));
    match verdict {
        Err(_) => Some(Revealed { seed, rule: "an assertion of the broken service".to_owned() }),
        Ok(Verdict::Fail(failure)) => {
            let rule = failure.rule.map_or("an invariant", claque_core::Rule::id);
            Some(Revealed { seed, rule: rule.to_owned() })
        }
        Ok(Verdict::Pass | Verdict::Unknown) => None,
    }
}

fn table_row(row: &MutantRow, revealed: Option<Option<&Revealed>>) -> String {
    let suite = row.caught_by.as_deref().unwrap_or("**escapes**");
    let simulator = match revealed {
        None => "not for a crowd".to_owned(),
        Some(None) => "**escapes**".to_owned(),
        Some(Some(revealed)) => format!("seed {} under {}", revealed.seed, revealed.rule),
    };
    format!("| {} | {} | {suite} | {simulator} |", row.mutant.id(), row.mutant.rule().id())
}

fn object(row: &MutantRow, revealed: Option<Option<&Revealed>>) -> Value {
    json!({
        "mutant": row.mutant.id(),
        "says": row.mutant.says(),
        "rule": row.mutant.rule().id(),
        "case": row.caught_by,
        "crowd": revealed.is_some(),
        "seed": revealed.flatten().map(|revealed| revealed.seed),
        "under": revealed.flatten().map(|revealed| revealed.rule.as_str()),
    })
}
