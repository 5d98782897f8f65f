//! `fixtures/README.md` is the specification of the formats: whatever a reader accepts stands there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use claque_conformance::case::{Channel, ClientVerb, ConsoleVerb, ReviewAnswer};
use claque_conformance::lists::List;
use claque_wire::client::ClientStyle;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every word that stands in code marks in the specification, split at what joins several.
fn documented() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("fixtures/README.md")).expect("the specification is there");
    let mut words = BTreeSet::new();
    for (position, span) in page.split('`').enumerate() {
        if position % 2 == 1 {
            let parts = span.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            words.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
        }
    }
    words
}

/// The keys that a reader asks a table for, taken from its source: the first text of each call that asks.
fn asked(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut keys = BTreeSet::new();
    for ask in ["value", "need", "need_value", "find", "or", "table", "tables"] {
        for (place, _) in text.match_indices(&format!(".{ask}")) {
            let tail = &text[place + ask.len() + 1..];
            // A type may stand between the name of the call and its arguments.
            let tail = match tail.strip_prefix("::<") {
                Some(typed) => typed.split_once(">(").map_or("", |(_, rest)| rest),
                None => tail.strip_prefix('(').unwrap_or_default(),
            };
            let Some(quoted) = tail.trim_start().strip_prefix('"') else { continue };
            keys.extend(quoted.split('"').next().map(str::to_owned));
        }
    }
    keys
}

/// The readers of this package's formats, and how many keys each asks for at least.
const READERS: [(&str, usize); 7] = [
    ("conformance/src/case_file/bounds.rs", 1),
    ("conformance/src/case_file.rs", 40),
    ("conformance/src/case_file/sent.rs", 8),
    ("conformance/src/matcher.rs", 7),
    ("conformance/src/template.rs", 6),
    ("conformance/src/registry/read.rs", 35),
    ("conformance/src/lists.rs", 4),
];

#[test]
fn every_key_that_a_reader_asks_for_is_specified() {
    let documented = documented();
    let of_scenarios = [
        ("sim/scenario/src/scenario/parse.rs", 30),
        ("sim/scenario/src/scenario/parse_people.rs", 20),
        ("sim/scenario/src/scenario/parse_timeline.rs", 25),
    ];
    for (file, least) in READERS.into_iter().chain(of_scenarios) {
        let keys = asked(file);
        assert!(keys.len() >= least, "only {} keys were found in {file}: {keys:?}", keys.len());
        let missing: Vec<&String> = keys.iter().filter(|key| !documented.contains(*key)).collect();
        assert!(missing.is_empty(), "fixtures/README.md does not say what {missing:?} of {file} mean");
    }
}

#[test]
fn every_word_that_chooses_something_is_specified() {
    let documented = documented();
    let mut words: Vec<&str> = Vec::new();
    for (word, verb) in ClientVerb::words() {
        words.push(word);
        words.extend(verb.arguments());
    }
    words.extend(Channel::WORDS.iter().map(|(word, _)| *word));
    words.extend(ConsoleVerb::WORDS.iter().map(|(word, _)| *word));
    words.extend(ReviewAnswer::WORDS.iter().map(|(word, _)| *word));
    words.extend(ClientStyle::ALL.iter().map(|style| style.name()));
    words.extend(List::ALL.iter().map(|list| list.word()));
    words.extend(claque_scenario::FaultName::words());
    words.extend(claque_scenario::ActionName::words());
    let missing: Vec<&&str> = words.iter().filter(|word| !documented.contains(**word)).collect();
    assert!(missing.is_empty(), "fixtures/README.md does not say what {missing:?} mean");
}

/// A subject's descriptor is read into a struct: each of its fields is a key.
fn descriptor_keys() -> Vec<String> {
    let text = fs::read_to_string(root().join("conformance/src/subject/descriptor.rs")).expect("it is there");
    let fields = text.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "));
    let plain = |field: &str| field.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    fields.filter(|(field, _)| plain(field)).map(|(field, _)| field.replace('_', "-")).collect()
}

/// The specification promises no key that nobody reads: those are what stands in the first columns of its tables of keys.
#[test]
fn every_specified_key_is_asked_for() {
    let page = fs::read_to_string(root().join("fixtures/README.md")).expect("the specification is there");
    let own = page.split("\n## Scenarios").next().unwrap_or_default();
    let mut read: BTreeSet<String> = READERS.iter().flat_map(|(file, _)| asked(file)).collect();
    read.extend(descriptor_keys());
    read.extend(Channel::WORDS.iter().map(|(word, _)| (*word).to_owned()));
    let mut promised = 0;
    let mut in_table = false;
    for line in own.lines() {
        let first = line.strip_prefix("| ").and_then(|row| row.split(" |").next());
        let Some(first) = first else {
            in_table &= line.starts_with('|');
            continue;
        };
        if matches!(first, "key" | "keys") {
            in_table = true;
            continue;
        }
        for key in first.split('`').skip(1).step_by(2).filter(|_| in_table) {
            promised += 1;
            assert!(read.contains(key), "nobody reads the key `{key}` that fixtures/README.md specifies");
        }
    }
    assert!(promised > 100, "only {promised} keys were found in the specification");
}

#[test]
fn every_key_of_a_descriptor_is_specified() {
    let documented = documented();
    let keys = descriptor_keys();
    assert!(keys.len() >= 12, "only {keys:?} were found");
    let missing: Vec<&String> = keys.iter().filter(|key| !documented.contains(*key)).collect();
    assert!(missing.is_empty(), "fixtures/README.md does not say what {missing:?} mean");
}

/// The words of the registry stand in a table of its source: `Variant = "word", "meaning";`.
#[test]
fn every_word_of_the_registry_is_specified() {
    let documented = documented();
    let text =
        fs::read_to_string(root().join("conformance/src/registry/words.rs")).expect("the words are there");
    let mut found = 0;
    for line in text.lines() {
        let Some((_, tail)) = line.split_once(" = \"").filter(|_| line.trim_end().ends_with("\";")) else {
            continue;
        };
        let word = tail.split('"').next().unwrap_or_default();
        found += 1;
        assert!(documented.contains(word), "fixtures/README.md does not say what `{word}` means");
    }
    assert!(found >= 20, "only {found} words were found");
}

/// Each example of a case in the specification is a case.
#[test]
fn the_example_is_a_case() {
    let page = fs::read_to_string(root().join("fixtures/README.md")).expect("the specification is there");
    let examples = page.split("```toml\n").skip(1).filter_map(|part| part.split("```").next());
    let mut examples = examples.filter(|example| example.starts_with("rules = "));
    let example = examples.next().expect("an example of a case");
    assert!(examples.next().is_none(), "one example is judged");
    let case = claque_conformance::case_file::read_case("group/example.toml", example);
    let case = case.unwrap_or_else(|fault| panic!("{fault}"));
    let mut subject = claque_conformance::subject::CoreSubject::sound();
    let run = claque_conformance::runner::run(&case, &mut subject);
    assert_eq!(run.verdict, claque_conformance::verdict::Verdict::Pass, "{}", run.transcript);
}
