//! `claque campaign merge`: what the results of a campaign came to, from one folder or several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use claque_lab::amount::{counted, grouped, humane};
use claque_lab::unit::{
    CampaignRecord, CampaignSummary, CampaignUnit, RECORD, Reconciliation, UNITS, UnitResult, keep,
    seeds_a_core_hour, unit_name, unit_of_name,
};
use claque_scenario::expected::UnreachedRules;
use serde_json::{Value, json};

use super::page::UnitsPage;
use super::place::CampaignPlace;
use super::status;
use crate::output::{line, remark};
use crate::run_plan::PreparedRun;
use crate::simulate::judge_expected;
use crate::{CommandFailure, Done};

/// Which folders.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque campaign merge DIR
  claque campaign merge part-1 part-2 part-3 --into whole     files of tasks that share no folder
  claque campaign merge DIR --json
  claque campaign merge DIR --page campaign.html

Status 1 when a seed failed. A unit with several results is counted once; `claque campaign reconcile` compares them.")]
pub(super) struct Arguments {
    /// Folders of one campaign.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<String>,
    /// Copies the results of all of them into this folder. Results that are there stay.
    #[arg(long, value_name = "DIR")]
    into: Option<String>,
    /// Writes a page: failures with their commands, curves of failures and coverage by seed, rare rules, pace.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Machine output: one JSON object (docs/schemas/campaign-merge.json).
    #[arg(long)]
    json: bool,
}

/// The record of the campaign in a folder.
pub(super) fn record(folder: &CampaignPlace) -> Result<CampaignRecord, CommandFailure> {
    let wrong = |said: String| CommandFailure::Usage(format!("{folder}/{RECORD}: {said}"));
    let text = folder.get(RECORD).map_err(|error| wrong(error.to_string()))?;
    let none = || wrong("there is no such file: this is no folder of `claque campaign --out`".to_owned());
    CampaignRecord::read(&text.ok_or_else(none)?).map_err(wrong)
}

/// The record of the campaign in all of some folders.
pub(super) fn one_record(folders: &[&CampaignPlace]) -> Result<CampaignRecord, CommandFailure> {
    let mut first: Option<(CampaignRecord, &CampaignPlace)> = None;
    for folder in folders {
        let record = record(folder)?;
        let Some((known, from)) = &first else {
            first = Some((record, folder));
            continue;
        };
        if let Some(said) = known.difference(&record) {
            let text =
                format!("{from} and {folder} are not of one campaign. It differs in {said} by the second");
            return Err(CommandFailure::Usage(text));
        }
    }
    first.map(|(record, _)| record).ok_or_else(|| CommandFailure::Usage("no folder is named".to_owned()))
}

/// Adds what a folder has to what another has. Says how many results were new.
fn copy(record: &CampaignRecord, from: &CampaignPlace, into: &CampaignPlace) -> Result<u64, CommandFailure> {
    let failed = |error: std::io::Error| status::try_again(&format!("{from}: {error}"));
    let mut names = from.list(UNITS).map_err(failed)?;
    names.sort();
    let mut new = 0;
    for name in names {
        let Some(unit) = unit_of_name(&name).and_then(|number| record.unit(number)) else {
            remark(&format!("{from}: {name} is the result of no unit, and stays"));
            continue;
        };
        let text = from.get(&name).map_err(failed)?.unwrap_or_default();
        match UnitResult::read(&text, record, &unit) {
            // Two results of two machines are both kept: that they agree is worth something.
            Ok(result) => new += u64::from(keep_once(into, record, &unit, &result).map_err(failed)?),
            Err(reason) => remark(&format!("{from}: {name} is void and stays: {reason}")),
        }
    }
    Ok(new)
}

/// Keeps a result, unless the very same file is there, under whatever number.
pub(super) fn keep_once(
    into: &CampaignPlace,
    record: &CampaignRecord,
    unit: &CampaignUnit,
    result: &UnitResult,
) -> std::io::Result<bool> {
    let text = result.to_text(record, unit);
    for number in 1.. {
        let name = unit_name(UNITS, unit.number, number);
        match into.get(&name)? {
            Some(there) if there == text => return Ok(false),
            Some(_) => {}
            None => break,
        }
    }
    keep(&**into, record, unit, result, true).map(|name| name.is_some())
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let opened =
        arguments.folders.iter().map(|name| CampaignPlace::open(name)).collect::<Result<Vec<_>, _>>()?;
    let folders: Vec<&CampaignPlace> = opened.iter().collect();
    let record = one_record(&folders)?;
    if let Some(into) = &arguments.into {
        let into = CampaignPlace::open(into)?;
        let failed = |error: std::io::Error| status::try_again(&format!("{into}: {error}"));
        into.put_new(RECORD, &record.to_text()).map_err(failed)?;
        one_record(&[folders[0], &into])?;
        for folder in &folders {
            let new = copy(&record, folder, &into)?;
            remark(&format!("{folder}: {} new in {into}", counted(new, "result")));
        }
        return tell(&record, &[&into], arguments);
    }
    tell(&record, &folders, arguments)
}

/// Reads the results of some folders, each unit once.
fn summary(
    record: &CampaignRecord,
    folders: &[&CampaignPlace],
    page: &mut Option<UnitsPage>,
) -> Result<CampaignSummary, CommandFailure> {
    let mut summary = CampaignSummary::default();
    let mut seen = BTreeSet::new();
    for folder in folders {
        let mut add = |result: &UnitResult| {
            if seen.insert(result.unit) {
                summary.add(result);
                page.iter_mut().for_each(|page| page.add(result));
            }
        };
        let read = Reconciliation::read(record, &***folder, &mut add);
        read.map_err(|error| status::try_again(&format!("{folder}: {error}")))?;
    }
    Ok(summary)
}

fn tell(record: &CampaignRecord, folders: &[&CampaignPlace], arguments: &Arguments) -> Done {
    let mut page = arguments.page.as_ref().map(|_| UnitsPage::default());
    let summary = summary(record, folders, &mut page)?;
    if arguments.json {
        line(&object(record, &summary).to_string());
    } else {
        say(record, &summary);
    }
    if let Some((page, path)) = page.zip(arguments.page.as_ref()) {
        page.write(path, record, &summary)?;
    }
    if summary.failed.is_empty() {
        return judge_expected(&unreached(record, &summary)?);
    }
    Err(status::found(format!("{} of {} failed", summary.failures(), counted(summary.seeds, "run"))))
}

/// The rules that the campaign's scenario expects and that no seed reached.
fn unreached(record: &CampaignRecord, summary: &CampaignSummary) -> Result<UnreachedRules, CommandFailure> {
    let expected = PreparedRun::of_line(&record.run)?.expected;
    // Some seed of the missing units may reach them.
    let part = (summary.units < record.units()).then_some("some units are missing");
    Ok(expected.waived_for(part).unreached(|rule| summary.has_reached(record, rule)))
}

/// How many rare rules are printed.
const RARE_SHOWN: usize = 8;

fn say(record: &CampaignRecord, summary: &CampaignSummary) {
    let CampaignSummary { units, seeds, users, events, .. } = summary;
    let failures = summary.failures();
    let word = if failures == 0 { "pass" } else { "fail" };
    line(&format!("verdict     {word}: {} of {} failed", grouped(failures), counted(*seeds, "run")));
    for (class, failed) in &summary.failed {
        line(&format!("broken      {class} in {}; the smallest:", counted(failed.count, "run")));
        line(&format!("  {}", record.run_of(failed.seed)));
    }
    line(&format!("campaign    {}", record.hash()));
    line(&format!("run         {}", record.run));
    line(&format!("units       {} of {} are counted", grouped(*units), grouped(record.units())));
    line(&format!("runs        {}, {} failed", grouped(*seeds), grouped(failures)));
    line(&format!("users       {}", grouped(*users)));
    line(&format!("events      {}", grouped(*events)));
    if let Some(rate) = seeds_a_core_hour(summary.seeds, summary.processor_micros) {
        let took = humane(summary.processor_micros);
        line(&format!("processor   {took}, {} a core-hour", counted(rate, "seed")));
    }
    for (build, units) in &summary.builds {
        line(&format!("build       {} by {build}", counted(*units, "unit")));
    }
    line(&format!("machines    {}", grouped(summary.places.len() as u64)));
    let rare = summary.rare(record);
    line(&format!("rare rules  {} in fewer than one run of a hundred, or in none", rare.len()));
    for (rule, seeds) in rare.iter().take(RARE_SHOWN) {
        line(&format!("  {rule} {seeds}"));
    }
    if rare.len() > RARE_SHOWN {
        line(&format!("  and {} more: --json and --page have all", rare.len() - RARE_SHOWN));
    }
}

fn object(record: &CampaignRecord, summary: &CampaignSummary) -> Value {
    let failures = summary.failed.iter().map(|(class, failed)| {
        json!({
            "breaks": class,
            "runs": failed.count,
            "smallest_seed": failed.seed,
            "events": failed.events,
            "identity": record.run_of(failed.seed),
        })
    });
    let places = summary.places.iter().map(
        |(place, (units, micros))| json!({ "place": place, "units": units, "processor_micros": micros }),
    );
    json!({
        "schema": 1,
        "campaign": record.hash(),
        "run": record.run,
        "units": record.units(),
        "units_counted": summary.units,
        "runs": summary.seeds,
        "users": summary.users,
        "events": summary.events,
        "processor_micros": summary.processor_micros,
        "seeds_a_core_hour": seeds_a_core_hour(summary.seeds, summary.processor_micros),
        "builds": summary.builds,
        "machines": places.collect::<Vec<_>>(),
        "rare_rules": summary.rare(record).into_iter().collect::<BTreeMap<_, _>>(),
        "failures": failures.collect::<Vec<_>>(),
    })
}
