//! `claque campaign reconcile`: what of a campaign is missing, void or contradictory, and the commands that run it.

use claque_lab::amount::counted;
use claque_lab::unit::{Reconciliation, ranges};
use serde_json::{Value, json};

use super::place::CampaignPlace;
use super::{merge, status};
use crate::output::line;
use crate::{CommandFailure, Done};

/// Which folder.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque campaign reconcile DIR
  claque campaign reconcile DIR --json | jq -r '.commands[]'

Status 0 when every unit has a sound result and those to be run by two machines have two that agree, 1 when two results
of a unit differ, 75 when a unit is missing, void, or to be run by a second machine: the commands that are printed run
those.")]
pub(super) struct Arguments {
    /// The folder of a campaign.
    #[arg(value_name = "DIR")]
    folder: String,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

/// The commands that run what is to be run, and what each is for.
fn commands(folder: &str, whole: &Reconciliation) -> Vec<(&'static str, String)> {
    let mut commands = Vec::new();
    let quoted = if folder.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./:".contains(letter)) {
        folder.to_owned()
    } else {
        format!("'{}'", folder.replace('\'', r"'\''"))
    };
    let mut add = |why, units: &[u64], again: &str| {
        if !units.is_empty() {
            let units = ranges(units);
            commands.push((why, format!("claque campaign --out {quoted}{again} --units {units}")));
        }
    };
    add("missing", &whole.missing(), "");
    // Their names are taken: without --again they would pass for done.
    add("void", &whole.spoilt(), " --again");
    add("to be run by another machine, and if possible by another build", &whole.single, " --again");
    commands
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let folder = &arguments.folder;
    let store = CampaignPlace::open(folder)?;
    let record = merge::record(&store)?;
    let whole = Reconciliation::read(&record, &*store, &mut |_| {});
    let whole = whole.map_err(|error| status::try_again(&format!("{folder}: {error}")))?;
    let commands = commands(folder, &whole);
    if arguments.json {
        line(&object(&whole, &commands, store.count_unfinished()).to_string());
    } else {
        tell(&whole, &commands, store.count_unfinished());
    }
    end(folder, &whole)
}

fn end(folder: &str, whole: &Reconciliation) -> Done {
    let contradictory = whole.contradictory();
    if let Some(unit) = contradictory.first() {
        let count = counted(contradictory.len() as u64, "unit");
        let text = format!(
            "{count} with results that differ, the first is {unit}: nothing is run again for that, since no further \
             result takes one of two away; `claque campaign --out {folder} --again --units {unit}..{}` makes a third, \
             and the file that is wrong is yours to remove",
            unit + 1
        );
        return Err(status::found(text));
    }
    if whole.is_complete() {
        return Ok(());
    }
    let (missing, spoilt, single) = (whole.missing().len(), whole.spoilt().len(), whole.single.len());
    let missing = counted(missing as u64, "unit");
    let text = format!("{missing} missing, {spoilt} void, {single} to be run by another machine");
    Err::<(), CommandFailure>(status::try_again(&text))
}

fn tell(whole: &Reconciliation, commands: &[(&str, String)], unfinished: usize) {
    line(&format!("units       {} of {} have a sound result", whole.kept.len(), whole.units));
    let twice = whole.kept.values().filter(|kept| kept.len() > 1).count();
    let (builds, places) = (whole.of_two(|kept| &kept.build), whole.of_two(|kept| &kept.place));
    line(&format!("run twice   {twice}, {places} of them on two machines, {builds} by two builds"));
    for (name, reason) in whole.void.values().flatten() {
        line(&format!("void        {name}: {reason}"));
    }
    for (unit, times) in &whole.blind {
        let since = if whole.kept.contains_key(unit) { ", and was run soundly too" } else { "" };
        line(&format!("blind       unit {unit} did not find its canary {}{since}", counted(*times, "time")));
    }
    for unit in whole.contradictory() {
        line(&format!("differ      unit {unit}:"));
        for kept in whole.kept.get(&unit).into_iter().flatten() {
            line(&format!("  {} {} on {} by {}", kept.digest, kept.name, kept.place, kept.build));
        }
    }
    for name in &whole.others {
        line(&format!("other       {name} is the result of no unit"));
    }
    if unfinished > 0 {
        let files = counted(unfinished as u64, "file");
        line(&format!("unfinished  {files} of processes at work, or of such as were killed"));
    }
    for (why, command) in commands {
        line(&format!("{why}:"));
        line(&format!("  {command}"));
    }
}

fn object(whole: &Reconciliation, commands: &[(&str, String)], unfinished: usize) -> Value {
    let void = whole.void.iter().flat_map(|(unit, files)| {
        files.iter().map(move |(name, why)| json!({ "unit": unit, "file": name, "why": why.to_string() }))
    });
    let differ = whole.contradictory().into_iter().map(|unit| {
        let results = whole.kept.get(&unit).into_iter().flatten();
        let results = results.map(|kept| {
            let build = kept.build.to_string();
            json!({ "file": kept.name, "digest": kept.digest, "place": kept.place, "build": build })
        });
        json!({ "unit": unit, "results": results.collect::<Vec<_>>() })
    });
    json!({
        "schema": 1,
        "units": whole.units,
        "sound": whole.kept.len(),
        "missing": whole.missing(),
        "void": void.collect::<Vec<_>>(),
        "canary_not_found": whole.blind.keys().collect::<Vec<_>>(),
        "differ": differ.collect::<Vec<_>>(),
        "to_be_run_by_another": whole.single,
        "of_two_builds": whole.of_two(|kept| &kept.build),
        "of_two_machines": whole.of_two(|kept| &kept.place),
        "others": whole.others,
        "unfinished_files": unfinished,
        "commands": commands.iter().map(|(_, command)| command).collect::<Vec<_>>(),
    })
}
