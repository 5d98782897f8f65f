//! Tests of units, their results and what is made of them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

use claque_core::{Mutant, Rule};
use claque_document::units::Permille;
use claque_scenario::Scenario;
use claque_scenario::identity::IdentityRequest;
use claque_scenario::plan::Plan;

use super::result::{covered, digest_of};
use super::*;
use crate::campaign::{CampaignOptions, Shard};

/// A store in memory, which lists backwards.
#[derive(Default)]
struct MemoryStore(Mutex<BTreeMap<String, String>>);

impl ResultStore for MemoryStore {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let files = self.0.lock().expect("no test panics within");
        let inside = files.keys().rev().filter(|name| name.starts_with(&format!("{folder}/")));
        Ok(inside.cloned().collect())
    }

    fn get(&self, name: &str) -> io::Result<Option<String>> {
        Ok(self.0.lock().expect("no test panics within").get(name).cloned())
    }

    fn put_new(&self, name: &str, text: &str) -> io::Result<bool> {
        let mut files = self.0.lock().expect("no test panics within");
        let free = !files.contains_key(name);
        if free {
            files.insert(name.to_owned(), text.to_owned());
        }
        Ok(free)
    }
}

impl MemoryStore {
    fn write(&self, name: &str, text: &str) {
        self.0.lock().expect("no test panics within").insert(name.to_owned(), text.to_owned());
    }
}

fn options(line: &str) -> CampaignOptions {
    let mut scenario = Scenario::builtin("smoke").expect("built in");
    scenario.cut(claque_core::Duration::from_secs(10));
    let identity =
        IdentityRequest::parse(line).expect("a line").resolve(&scenario, None, None).expect("right");
    CampaignOptions {
        identity,
        model: Plan::new(scenario.clone(), 0),
        scenario,
        seeds: 100..110,
        shard: Shard::WHOLE,
        threads: 1,
        twice: Permille::new(500).expect("in range"),
    }
}

fn record(options: &CampaignOptions) -> CampaignRecord {
    CampaignRecord {
        schema: SCHEMA,
        run: options.identity.clone().with_seed(options.seeds.start).to_string(),
        source: "0123456789abcdef".to_owned(),
        first_seed: options.seeds.start,
        end_seed: options.seeds.end,
        unit_seeds: 3,
        twice: 500,
        double: 0,
        rules: CampaignRecord::rules_of_this_version(),
    }
}

fn build(profile: &str) -> BuildId {
    let words = ["x86_64-unknown-linux-gnu", profile, "rustc 1.95.0"].map(str::to_owned);
    let [target, profile, compiler] = words;
    BuildId { target, profile, compiler }
}

fn result(ran: RanUnit, number: u64, micros: u64, place: &str) -> UnitResult {
    let RanUnit { lines, digest, canary } = ran;
    let (build, place) = (build("release"), place.to_owned());
    let trailer = UnitTrailer { digest, build, canary, processor_micros: micros, place };
    UnitResult { unit: number, lines, trailer }
}

/// A campaign of four units with all of its results.
fn whole() -> (CampaignRecord, MemoryStore) {
    let options = options("--scenario smoke");
    let (record, store) = (record(&options), MemoryStore::default());
    for number in 0..record.units() {
        let unit = record.unit(number).expect("in range");
        let result = result(run_unit(&options, &unit), number, 1_000 + number, "here");
        let name = keep(&store, &record, &unit, &result, false).expect("memory takes it");
        assert_eq!(name, Some(unit_name(UNITS, number, 1)));
    }
    (record, store)
}

fn read(record: &CampaignRecord, store: &MemoryStore) -> Reconciliation {
    Reconciliation::read(record, store, &mut |_| {}).expect("memory answers")
}

#[test]
fn units_together_are_the_seeds_of_the_campaign() {
    let record = record(&options("--scenario smoke"));
    let units: Vec<_> =
        (0..record.units()).map(|number| record.unit(number).expect("in range").seeds).collect();
    assert_eq!(units, [100..103, 103..106, 106..109, 109..110]);
    assert_eq!((record.unit(4), record.unit(u64::MAX)), (None, None));
    assert!(record.run_of(107).starts_with("claque simulate --seed 107 --scenario smoke "));
}

#[test]
fn a_record_survives_writing_and_says_in_what_another_differs() {
    let record = record(&options("--scenario smoke"));
    assert_eq!(CampaignRecord::read(&record.to_text()), Ok(record.clone()));
    assert_eq!(record.difference(&record), None);
    let other = |change: &dyn Fn(&mut CampaignRecord)| {
        let mut other = record.clone();
        change(&mut other);
        assert_ne!(other.hash(), record.hash());
        record.difference(&other).expect("they differ")
    };
    assert!(other(&|it| it.run.push('x')).starts_with("the run: it has `claque simulate --seed 100"));
    assert!(other(&|it| it.source.push('x')).starts_with("the sources of the program"));
    assert_eq!(other(&|it| it.end_seed = 120), "the seeds: it has 100..110, and 100..120 is asked for");
    assert_eq!(other(&|it| it.unit_seeds = 4), "the seeds of a unit: it has 3, and 4 is asked for");
    assert_eq!(other(&|it| it.twice = 0), "--twice: it has 500, and 0 is asked for");
    assert!(other(&|it| it.rules.clear()).contains("another version"));
    for (wrong, said) in
        [("{", "EOF"), ("\"schema\":1", "expected"), ("{\"schema\":1,\"more\":2}", "unknown field")]
    {
        assert!(CampaignRecord::read(wrong).is_err_and(|it| it.contains(said)), "{wrong}");
    }
    let text = record.to_text();
    for (from, to, said) in [
        ("\"schema\":1", "\"schema\":2", "its format is 2"),
        ("\"first_seed\":100", "\"first_seed\":110", "the first must be below the last"),
        ("\"unit_seeds\":3", "\"unit_seeds\":0", "1 to 1000000 are allowed"),
    ] {
        assert!(CampaignRecord::read(&text.replace(from, to)).is_err_and(|it| it.contains(said)), "{to}");
    }
}

#[test]
fn a_result_survives_writing_and_each_damage_is_told() {
    let options = options("--scenario smoke");
    let record = record(&options);
    let unit = record.unit(1).expect("in range");
    let result = result(run_unit(&options, &unit), 1, 5, "here");
    let text = result.to_text(&record, &unit);
    assert_eq!(UnitResult::read(&text, &record, &unit), Ok(result));
    let said = |text: &str| UnitResult::read(text, &record, &unit).expect_err("it is void").to_string();
    // Wherever the file is cut, it is no result.
    for end in 0..text.len() {
        let cut = text.get(..end).unwrap_or_default();
        assert!(UnitResult::read(cut, &record, &unit).is_err(), "cut behind {end} bytes");
    }
    assert_eq!(said(text.trim_end()), "it ends before its trailer");
    assert_eq!(
        said(&text.replace("\"seed\":104,\"hash\":\"", "\"seed\":104,\"hash\":\"f")),
        "its lines do not have the digest that its trailer names"
    );
    assert_eq!(said(&text.replace("\"seed\":104", "\"seed\":105")), "its seeds are not those of the unit");
    assert_eq!(said(&text.replace("\"unit\":1,", "\"unit\":2,")), "it is the result of unit 2");
    assert!(
        said(&text.replace("\"campaign\":\"", "\"campaign\":\"f")).contains("it belongs to the campaign f")
    );
    assert!(
        said(&text.replace("\"users\"", "\"people\"")).starts_with("line 2 cannot be read: unknown field")
    );
    assert!(said(&format!("{text}{{}}\n")).contains("a line behind the trailer"));
    assert!(said(&text.replace("\"found\":true", "\"found\":false")).contains("was not found"));
}

#[test]
fn the_digest_knows_neither_machine_nor_time() {
    let options = options("--scenario smoke");
    let record = record(&options);
    let unit = record.unit(0).expect("in range");
    let one = result(run_unit(&options, &unit), 0, 1, "here");
    let mut other = result(run_unit(&options, &unit), 0, 9_999, "there");
    other.trailer.build = build("debug");
    assert_eq!((one.trailer.digest.len(), &one.trailer.digest), (32, &other.trailer.digest));
    assert_ne!(one.trailer.digest, run_unit(&options, &record.unit(1).expect("in range")).digest);
}

#[test]
fn coverage_names_the_rules_that_decided() {
    let options = options("--scenario smoke");
    let line = run_unit(&options, &record(&options).unit(0).expect("in range")).lines.remove(0);
    let report = options.run_seed(100).ending.report.expect("it does not panic");
    let reached: Vec<Rule> = report.rules.iter().map(|(rule, _)| rule).collect();
    let named: Vec<Rule> = covered(&line.coverage).map(|place| Rule::ALL[place]).collect();
    assert!(reached.len() > 20);
    assert_eq!(named, reached);
}

#[test]
fn a_seed_that_fails_has_its_class() {
    // The whole show: what the mutant does begins after the first seconds.
    let scenario = Scenario::builtin("smoke").expect("built in");
    let options = CampaignOptions { scenario, ..options("--scenario smoke --mutant delivery-twice") };
    let lines = run_unit(&options, &record(&options).unit(0).expect("in range")).lines;
    let classes: Vec<_> = lines.iter().map(|line| line.class.as_deref()).collect();
    assert!(classes.contains(&Some("message.deliver.all-members")), "{classes:?}");
}

#[test]
fn every_canary_is_found_under_its_rule() {
    let missed: Vec<&Canary> = CANARIES.iter().filter(|canary| !canary.run().found).collect();
    assert!(missed.is_empty(), "`claque hunt --mutant ID` says the seed of today: {missed:?}");
    let several = CANARIES.iter().filter(|canary| Mutant::SEVERAL.iter().any(|it| it.id() == canary.mutant));
    assert!(several.count() >= 10, "few of them take an interaction");
    let rules = CANARIES.iter().filter_map(|canary| Some(Mutant::from_id(canary.mutant)?.rule()));
    let areas: std::collections::BTreeSet<&str> =
        rules.filter_map(|rule| rule.id().split('.').next()).collect();
    assert!(areas.len() >= 15, "{areas:?}");
    assert_eq!(Canary::of_unit(0), CANARIES[0]);
    assert_eq!(Canary::of_unit(u64::try_from(CANARIES.len()).expect("short") + 1), CANARIES[1]);
}

#[test]
fn what_is_missing_void_or_contradictory_is_found_by_counting() {
    let (record, store) = whole();
    assert!(read(&record, &store).is_complete());
    let name = |unit| unit_name(UNITS, unit, 1);
    let first = store.get(&name(0)).expect("memory answers").expect("it is there");
    store.0.lock().expect("no test panics within").remove(&name(1));
    store.write(&name(2), &first);
    store.write("units/notes.txt", "by hand");
    store.write("units/0000000009.1.jsonl", "no such unit");
    let found = read(&record, &store);
    assert_eq!((found.missing(), found.spoilt(), found.contradictory()), (vec![1], vec![2], vec![]));
    assert_eq!(found.void[&2][0].1.to_string(), "it is the result of unit 0");
    assert_eq!(found.others, ["units/0000000009.1.jsonl", "units/notes.txt"]);
    assert!(!found.is_complete());
    // The unit is run again, and the void file no longer counts.
    let options = options("--scenario smoke");
    for number in [1, 2] {
        let unit = record.unit(number).expect("in range");
        let ran = result(run_unit(&options, &unit), number, 7, "there");
        keep(&store, &record, &unit, &ran, true).expect("memory takes it");
    }
    assert!(read(&record, &store).is_complete());
    assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), "0..3,5..6,7..9");
}

#[test]
fn a_second_result_is_kept_where_it_differs_or_was_asked_for() {
    let (record, store) = whole();
    let options = options("--scenario smoke");
    let unit = record.unit(3).expect("in range");
    let equal = result(run_unit(&options, &unit), 3, 1, "there");
    assert_eq!(keep(&store, &record, &unit, &equal, false).expect("memory takes it"), None);
    let name = keep(&store, &record, &unit, &equal, true).expect("memory takes it");
    assert_eq!(name.as_deref(), Some("units/0000000003.2.jsonl"));
    let found = read(&record, &store);
    assert_eq!((found.contradictory(), found.of_two(|kept| &kept.place)), (vec![], 1));
    let mut lines = equal.lines;
    lines[0].events += 1;
    let digest = digest_of(&lines);
    let other = UnitResult { lines, trailer: UnitTrailer { digest, ..equal.trailer }, unit: 3 };
    let name = keep(&store, &record, &unit, &other, false).expect("memory takes it");
    assert_eq!(name.as_deref(), Some("units/0000000003.3.jsonl"));
    assert_eq!(read(&record, &store).contradictory(), [3]);
    assert!(!read(&record, &store).is_complete());
}

#[test]
fn a_blind_program_is_told_apart_from_one_that_did_not_run() {
    let (record, store) = whole();
    let unit = record.unit(0).expect("in range");
    let mut blind = result(run_unit(&options("--scenario smoke"), &unit), 0, 1, "here");
    blind.trailer.canary.found = false;
    let name = keep_void(&store, &record, &unit, &blind).expect("memory takes it");
    assert_eq!(name, "void/0000000000.1.jsonl");
    let found = read(&record, &store);
    assert_eq!((found.blind.get(&0), found.is_complete()), (Some(&1), true));
}

#[test]
fn the_units_that_two_machines_run_are_chosen_by_campaign_and_number() {
    let (mut record, store) = whole();
    record.end_seed = 100 + 3 * 10_000;
    let chosen = |record: &CampaignRecord| {
        let doubles = record.doubles();
        (0..record.units()).filter(|unit| doubles(*unit)).collect::<Vec<_>>()
    };
    assert!(chosen(&record).is_empty());
    record.double = 10;
    let ten = chosen(&record);
    assert!((60..140).contains(&ten.len()), "{} of ten thousand", ten.len());
    assert_eq!(ten, chosen(&record));
    record.double = 1_000;
    assert_eq!(chosen(&record).len(), 10_000);
    // A record is part of its results: those of the other campaign are not this one's.
    assert_eq!(read(&record, &store).void.len(), 4);
}

#[test]
fn a_summary_is_the_same_in_any_order() {
    let (record, store) = whole();
    let mut results = Vec::new();
    Reconciliation::read(&record, &store, &mut |result| results.push(result.clone()))
        .expect("memory answers");
    results[1].lines[1].class = Some("panic".to_owned());
    results[2].lines[0].class = Some("panic".to_owned());
    let sum = |results: &mut dyn Iterator<Item = &UnitResult>| {
        let mut summary = CampaignSummary::default();
        results.for_each(|result| summary.add(result));
        summary
    };
    let forth = sum(&mut results.iter());
    assert_eq!(forth, sum(&mut results.iter().rev()));
    assert_eq!((forth.units, forth.seeds, forth.failures(), forth.processor_micros), (4, 10, 2, 4_006));
    assert_eq!(seeds_a_core_hour(10, 4_006), Some(36_000_000_000 / 4_006));
    assert_eq!((seeds_a_core_hour(10, 0), seeds_a_core_hour(u64::MAX, 1)), (None, None));
    let fewest = [(results[1].lines[1].events, 104), (results[2].lines[0].events, 106)].into_iter().min();
    assert_eq!(fewest.map(|(_, seed)| seed), forth.failed.get("panic").map(|failed| failed.seed));
    let rare = forth.rare(&record);
    assert!(rare.iter().any(|(rule, seeds)| rule == "deletion.window.purge" && *seeds == 0), "{rare:?}");
}

#[test]
fn names_of_results_are_read_as_they_are_written() {
    assert_eq!(unit_name(UNITS, 42, 1), "units/0000000042.1.jsonl");
    assert_eq!(unit_of_name("units/0000000042.1.jsonl"), Some(42));
    assert_eq!(unit_of_name("units/9999999999.17.jsonl"), Some(9_999_999_999));
    for wrong in [
        "units/42.1.jsonl",
        "units/0000000042.jsonl",
        "units/0000000042.0.jsonl",
        "units/0000000042.1.json",
        "units/0000000042.1.jsonl~",
        "units/0000000042.01.jsonl",
        "units/x.1.jsonl",
        "",
    ] {
        assert_eq!(unit_of_name(wrong), None, "{wrong}");
    }
}
