//! The registry agrees with core, with its sources and with itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use claque_conformance::mutants::SubjectMutant;
use claque_conformance::registry::{Bound, Decided, Kind, Level, RAW_STATEMENTS, Registry, Status, Tier};
use claque_core::{Duration, Readings, Rule, limits};
use claque_wire::operation::OperationSpec;

fn registry() -> Registry {
    Registry::embedded().unwrap_or_else(|fault| panic!("{fault}"))
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

#[test]
fn embedded_copy_equals_the_folder() {
    let folder = Registry::load(&fixtures()).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(folder.fingerprint(), registry().fingerprint(), "a file of rules is not embedded");
    assert_eq!(folder, registry());
}

#[test]
fn rules_of_core_are_the_rules_that_code_decides() {
    let registry = registry();
    let entries: BTreeSet<&str> = registry
        .rules()
        .iter()
        .filter(|entry| entry.decided != Decided::None)
        .map(|entry| entry.id.as_str())
        .collect();
    let known: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(entries, known);
    for &rule in Rule::ALL {
        assert_eq!(registry.entry(rule).rule, Some(rule));
    }
}

/// A boundary that is off by one, a wrong unit and a wrong scope are told apart by different steps of a case.
#[test]
fn limits_times_and_orders_have_three_mutants_each() {
    let mutants = SubjectMutant::all();
    let registry = registry();
    let numbered = |kind: Kind| matches!(kind, Kind::Limit | Kind::Timing | Kind::Order);
    let rules: Vec<Rule> = registry
        .rules()
        .iter()
        .filter(|entry| numbered(entry.kind) && entry.observable)
        .filter_map(|entry| entry.rule)
        .collect();
    assert!(rules.len() > 60, "only {} rules are limits, times and orders", rules.len());
    let of = |rule: Rule| mutants.iter().filter(|mutant| mutant.rule() == rule).count();
    let few: Vec<(&str, usize)> =
        rules.iter().map(|rule| (rule.id(), of(*rule))).filter(|(_, count)| *count < 3).collect();
    assert!(few.is_empty(), "fewer than three mutants: {few:?}");
}

/// Sources that rules may be taken from although none of the statements found at first comes from them.
const BRIDGES: [&str; 4] =
    ["live-interactive-messages-faq", "message-playback", "version-update-instructions", "web-client-types"];

#[test]
fn every_statement_of_the_sources_is_covered() {
    let registry = registry();
    let (mut seed, mut public) = (BTreeSet::new(), BTreeSet::new());
    for entry in registry.rules() {
        seed.extend(&entry.raw_seed);
        public.extend(&entry.raw_public);
        let bridged = entry.status == Status::Derived
            || entry.sources.iter().any(|at| BRIDGES.contains(&at.doc.as_str()));
        let merged = entry.raw_seed.len() + entry.raw_public.len();
        assert!(merged > 0 || bridged, "{} comes from no statement and is not derived", entry.id);
    }
    assert!(seed.is_disjoint(&public));
    for (tier, count) in RAW_STATEMENTS {
        let covered = if tier == Tier::Seed { seed.len() } else { public.len() };
        assert_eq!(u32::try_from(covered), Ok(count), "{tier}");
    }
}

#[test]
fn weight_of_a_rule_is_that_of_its_weightiest_source() {
    let registry = registry();
    for entry in registry.rules() {
        let weightiest =
            entry.sources.iter().filter_map(|at| registry.source(&at.doc)).map(|at| at.tier).min();
        assert_eq!(weightiest, Some(entry.tier), "{}", entry.id);
    }
    for source in registry.sources() {
        let cited = registry.rules().iter().any(|entry| entry.sources.iter().any(|at| at.doc == source.id))
            || registry.readings().iter().any(|entry| entry.sources.iter().any(|at| at.doc == source.id));
        assert!(cited, "nothing cites {}", source.id);
        assert!(source.tier == Tier::Public || source.date.is_some(), "{} has no date", source.id);
    }
}

#[test]
fn seed_sources_are_cited_by_section() {
    let registry = registry();
    for entry in registry.rules() {
        for at in &entry.sources {
            let seed = registry.source(&at.doc).is_some_and(|source| source.tier == Tier::Seed);
            assert!(!seed || at.section.is_some(), "{} cites {} without a section", entry.id, at.doc);
        }
    }
}

#[test]
fn readings_with_a_switch_are_those_of_core() {
    let registry = registry();
    let switches: Vec<&str> =
        registry.readings().iter().filter(|entry| entry.switch).map(|entry| entry.id.as_str()).collect();
    assert_eq!(switches, Readings::ids());
    for choice in Readings::default().iter() {
        let entry = registry.reading(choice.id).unwrap();
        assert_eq!(entry.default, choice.default, "{}", choice.id);
        assert_eq!(entry.question, choice.question, "{}", choice.id);
        let words: Vec<&str> = entry.alternatives.iter().map(|known| known.value.as_str()).collect();
        assert_eq!(words, choice.alternatives, "{}", choice.id);
    }
}

#[test]
fn every_open_point_is_settled_or_set_aside() {
    let registry = registry();
    let settled: BTreeSet<u32> =
        registry.readings().iter().flat_map(|entry| entry.points.iter().copied()).collect();
    let aside: BTreeSet<u32> = registry.undecided().iter().map(|entry| entry.point).collect();
    assert!(settled.is_disjoint(&aside), "a point is both settled and set aside");
    assert_eq!(settled.union(&aside).copied().collect::<Vec<u32>>(), (1..=91).collect::<Vec<u32>>());
}

#[test]
fn every_reading_serves_a_rule() {
    let registry = registry();
    let named: BTreeSet<&str> =
        registry.rules().iter().flat_map(|entry| entry.readings.iter().map(String::as_str)).collect();
    for entry in registry.readings() {
        assert!(named.contains(entry.id.as_str()), "no rule depends on {}", entry.id);
    }
}

#[test]
fn contested_rules_cite_two_sources_or_name_a_reading() {
    for entry in registry().rules() {
        let open = entry.sources.len() > 1 || !entry.readings.is_empty();
        assert!(entry.status != Status::Contested || open, "{}", entry.id);
        assert!(
            entry.decided != Decided::None
                || entry.level == Level::Should
                || entry.bound.is_some()
                || unoffered(&entry.operations),
            "{}",
            entry.id
        );
    }
}

/// Whether a rule speaks of operations, and of none that is offered.
fn unoffered(operations: &[String]) -> bool {
    !operations.is_empty() && operations.iter().all(|name| OperationSpec::named(name).is_none())
}

#[test]
fn numbers_of_core_equal_the_documented_ones() {
    let mut compared = 0;
    for entry in registry().rules() {
        let Some(bound) = &entry.bound else { continue };
        for (constant, documented) in
            [(&bound.constant, Some(bound.most)), (&bound.constant_least, bound.least)]
        {
            let Some(constant) = constant else { continue };
            let documented =
                documented.unwrap_or_else(|| panic!("{} names {constant} without a number", entry.id));
            let held =
                constant_of_core(constant).unwrap_or_else(|| panic!("{}: core has no {constant}", entry.id));
            assert_eq!(held, in_core_units(documented, bound), "{}: {constant}", entry.id);
            compared += 1;
        }
    }
    assert!(compared >= 40, "only {compared} numbers were compared");
}

/// The number as core holds it: spans of time in microseconds, everything else as it is.
fn in_core_units(number: u64, bound: &Bound) -> u64 {
    match bound.unit.as_str() {
        "seconds" => Duration::from_secs(number).as_micros(),
        "days" => Duration::from_days(number).as_micros(),
        _ => number,
    }
}

macro_rules! constants {
    ($name:expr; numbers { $($number:ident)+ } spans { $($span:ident)+ }) => {
        match $name {
            $(stringify!($number) => u64::try_from(limits::$number).ok(),)+
            $(stringify!($span) => Some(limits::$span.as_micros()),)+
            _ => None,
        }
    };
}

fn constant_of_core(name: &str) -> Option<u64> {
    constants!(name;
        numbers {
            ACCOUNT_APPS_MAX APP_GROUPS_MAX APP_NAME_CHARS_MAX APP_NAME_CHARS_MIN CLIENT_HISTORY_PAGE_MAX
            CLIENT_HISTORY_PER_SECOND GROUP_ADMINS_MAX
            GROUP_INFO_BYTES_MAX GROUP_MEMBERS_MAX GROUP_MESSAGES_PER_SECOND GROUP_NAME_BYTES_MAX GROUP_TYPES_MAX
            ID_BYTES_MAX LEGACY_CREATOR_CHARS_MAX LEGACY_DEVICE_CHARS_MAX LEGACY_ONLINE_USERS_MAX LEGACY_USER_CHARS_MAX
            MESSAGE_BODY_BYTES_MAX MUTE_USERS_MAX RECENT_MESSAGES_MAX SYSTEM_TYPE_MAX USER_INFO_BYTES_MAX
        }
        spans {
            ACK_WITHIN GROUP_DELETED_MESSAGES_WINDOW GROUP_RESTORE_WINDOW HEARTBEAT_TIMEOUT HEARTBEAT_TIMEOUT_MAX
            HEARTBEAT_TIMEOUT_MIN LEGACY_MUTE_DEFAULT SUPERGROUP_NOTICE_INTERVAL_MIN TYPE_FLOOR
        }
    )
}

#[test]
fn ids_in_doc_comments_of_core_exist() {
    let registry = registry();
    let mut found = 0;
    let mut folders = vec![fixtures().join("../core/src"), fixtures().join("../wire/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                let Some((_, tail)) = line.split_once("Rule: `") else { continue };
                let id = tail.split('`').next().unwrap_or_default();
                let known = registry.rule(id).is_some();
                assert!(known, "{}:{}: no rule is called {id}", path.display(), number + 1);
                found += 1;
            }
        }
    }
    assert!(found > 0, "core names its rules in doc comments");
}

#[test]
fn statements_are_sentences_of_our_own() {
    let registry = registry();
    for (id, says) in registry
        .rules()
        .iter()
        .map(|entry| (&entry.id, &entry.says))
        .chain(registry.readings().iter().map(|entry| (&entry.id, &entry.says)))
    {
        assert!(says.ends_with('.'), "{id} does not end in a full stop");
        assert!(says.len() <= 320, "{id} is {} bytes long, more than two plain sentences", says.len());
        assert!(!says.contains('"'), "{id} quotes instead of saying");
    }
}
