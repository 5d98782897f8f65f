//! `claque mutants`: the services that are broken on purpose.

use claque_conformance::mutants::SubjectMutant;
use claque_core::{Mutant, Rule};
use serde_json::{Value, json};

use crate::name::unknown;
use crate::output::{count, line};
use crate::readings::registry;
use crate::rules::unknown_rule;
use crate::{CommandFailure, Done};

/// Which ones to list.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque mutants
  claque mutants supergroup                      those with this word in their name, rule or sentence
  claque mutants --rule shaper.budget.per-second
  claque simulate --scenario smoke --mutant budget-plus-one

A mutant is the service with one deliberate change that breaks one documented rule. `suite`: a case of the conformance suite
notices it. `crowd`: so do virtual users. `planted`: no case shows it, only several events that meet (`claque hunt`). `wire`: it is
in the HTTP around the service, which only the suite sees.")]
pub(crate) struct Arguments {
    /// A word of the name, the rule or the sentence; all, unless it is given.
    word: Option<String>,
    /// Only those that break one rule.
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Machine output: one JSON array.
    #[arg(long)]
    json: bool,
}

/// A mutant, and who must notice it.
struct Listed {
    id: &'static str,
    rule: Rule,
    says: &'static str,
    by: &'static [&'static str],
}

fn all() -> Vec<Listed> {
    let of_one_rule = SubjectMutant::all().into_iter().map(|mutant| Listed {
        id: mutant.id(),
        rule: mutant.rule(),
        says: mutant.says(),
        by: match mutant {
            SubjectMutant::Core(_) if mutant.crowd() => &["suite", "crowd"],
            SubjectMutant::Core(_) => &["suite"],
            SubjectMutant::Wire(_) => &["suite", "wire"],
        },
    });
    let planted = Mutant::SEVERAL.iter().map(|mutant| Listed {
        id: mutant.id(),
        rule: mutant.rule(),
        says: mutant.says(),
        by: &["planted"],
    });
    let mut all: Vec<Listed> = of_one_rule.chain(planted).collect();
    all.sort_by_key(|mutant| mutant.id);
    all
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let mut listed = all();
    if let Some(id) = &arguments.rule {
        let registry = registry()?;
        let rule = registry.rule(id).ok_or_else(|| unknown_rule(&registry, id))?;
        listed.retain(|mutant| mutant.rule.id() == rule.id);
    }
    if let Some(word) = &arguments.word {
        let known: Vec<&str> = listed.iter().map(|mutant| mutant.id).collect();
        listed.retain(|mutant| {
            !word.trim().is_empty()
                && [mutant.id, mutant.rule.id(), mutant.says].iter().any(|text| text.contains(word))
        });
        if listed.is_empty() {
            let lists = "none has that in its rule or sentence, either; `claque mutants` lists all";
            return Err(CommandFailure::Usage(unknown("mutant", word, known, lists)));
        }
    }
    if arguments.json {
        let object = |mutant: &Listed| json!({ "mutant": mutant.id, "rule": mutant.rule.id(), "says": mutant.says.trim(), "noticed_by": mutant.by });
        let mutants: Vec<Value> = listed.iter().map(object).collect();
        line(&json!({ "schema": 1, "mutants": mutants }).to_string());
        return Ok(());
    }
    for mutant in &listed {
        line(&format!(
            "{:44} {:40} {:12} {}",
            mutant.id,
            mutant.rule.id(),
            mutant.by.join(","),
            mutant.says.trim()
        ));
    }
    line(&format!(
        "\n{}. `claque simulate --mutant ID` and `claque selftest --mutant ID` run one.",
        count(listed.len(), "mutant")
    ));
    Ok(())
}
