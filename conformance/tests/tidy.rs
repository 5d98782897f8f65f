//! What a reader may rely on everywhere: short files with a head, no leftovers, no rule that does not exist.

use std::fs;
use std::path::{Path, PathBuf};

use claque_conformance::registry::Registry;

/// Most lines of a source file.
const LINES_MAX: usize = 600;

/// Words that never stand in the project.
const LEFTOVERS: &[&str] = &["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "dbg!("];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of an extension in the given folders, with its text, in order of path.
fn files(folders: &[&str], extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "target" && name != "node_modules") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|given| given == extension) {
                let text =
                    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folders:?} hold no .{extension}");
    found
}

fn sources() -> Vec<(String, String)> {
    files(
        &["core", "document", "wire", "sim", "conformance", "server", "clients/rust", "cli", "benches"],
        "rs",
    )
}

#[test]
fn source_files_are_short() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LINES_MAX)
        .map(|(path, text)| format!("{path}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// Things that commands and pages of runs count.
const COUNTED: &[&str] = &[
    "accounts",
    "alternatives",
    "bugs",
    "callbacks",
    "calls",
    "cases",
    "classes",
    "events",
    "failures",
    "files",
    "frames",
    "futures",
    "groups",
    "inputs",
    "lines",
    "machines",
    "messages",
    "minutes",
    "mutants",
    "nonces",
    "operations",
    "parameters",
    "readings",
    "records",
    "results",
    "rules",
    "runs",
    "seeds",
    "sessions",
    "states",
    "steps",
    "times",
    "transitions",
    "units",
    "users",
];
/// Sentences about a number that is never 1: a bound, or what is larger than one.
const NEVER_ONE: &[&str] = &[
    "the campaign would have {units} units",
    "{users} users are more than",
    "{} of {} rules decided something",
    "{RESULTS_MAX} ",
    "{ends} users, groups and memberships",
    "{most} files at the most",
    "assert!",
];

/// The one function knows that one thing is not many.
#[test]
fn what_is_counted_is_counted_by_the_one_function() {
    let mut by_hand = Vec::new();
    for (path, text) in files(&["cli/src", "sim/lab/src", "sim/fleet/src"], "rs") {
        for (number, line) in
            text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            let counts = |noun: &&&str| {
                let ends =
                    |rest: &str| !rest.starts_with(|it: char| it.is_alphanumeric() || "_=".contains(it));
                line.match_indices(&format!("}} {noun}")).any(|(at, found)| ends(&line[at + found.len()..]))
            };
            let known = NEVER_ONE.iter().any(|part| line.contains(part));
            if !known
                && line.contains('"')
                && (line.contains("(s)") || COUNTED.iter().any(|noun| counts(&noun)))
            {
                by_hand.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(by_hand.is_empty(), "use `counted` of claque_lab::amount: {by_hand:#?}");
}

#[test]
fn source_files_begin_with_what_they_own() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{path} does not say what it is for");
    }
}

#[test]
fn lines_end_where_their_text_ends() {
    let mut all = sources();
    all.extend(files(&["fixtures"], "toml"));
    all.extend(files(&["docs", "fixtures"], "md"));
    for (path, text) in all {
        for (number, line) in text.lines().enumerate() {
            assert!(line.trim_end() == line, "{path}:{}: space at the end of the line", number + 1);
        }
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path} does not end in one line end");
    }
}

#[test]
fn nothing_is_left_over() {
    for (path, text) in sources() {
        if path.ends_with("conformance/tests/tidy.rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for word in LEFTOVERS {
                assert!(!line.contains(word), "{path}:{}: {word}", number + 1);
            }
        }
    }
}

#[test]
fn lints_are_waived_with_a_reason() {
    for (path, text) in sources() {
        for start in ["#[allow(", "#![allow("] {
            for (place, _) in text.match_indices(start).filter(|_| !path.ends_with("tests/tidy.rs")) {
                let tail = text.get(place..).unwrap_or_default();
                let attribute = tail.split(")]").next().unwrap_or_default();
                assert!(attribute.contains("reason = "), "{path}: {attribute} has no reason");
            }
        }
    }
}

#[test]
fn rules_in_docs_exist() {
    let registry = Registry::embedded().unwrap_or_else(|fault| panic!("{fault}"));
    let mut named = 0;
    for (path, text) in sources().into_iter().filter(|(path, _)| !path.contains("conformance/tests/")) {
        for (number, line) in text.lines().enumerate() {
            let Some((_, tail)) = line.split_once("Rule: `") else { continue };
            let id = tail.split('`').next().unwrap_or_default();
            assert!(registry.rule(id).is_some(), "{path}:{}: no rule is called {id}", number + 1);
            named += 1;
        }
    }
    assert!(named > 20, "only {named} rules are named in docs");
}

/// Each sentence of the threat model names tests that hold it.
#[test]
fn tests_that_the_threat_model_names_exist() {
    let page = fs::read_to_string(root().join("docs/threat-model.md")).expect("the page is there");
    let mut named = 0;
    for span in page.split('`').skip(1).step_by(2) {
        let Some((file, test)) = span.split_once(".rs::") else { continue };
        let folder = if file.contains('/') { "" } else { "server/tests/server/" };
        let path = root().join(format!("{folder}{file}.rs"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{span}: {error}"));
        let test = test.split_whitespace().next().unwrap_or_default();
        assert!(text.contains(&format!("fn {test}()")), "{span}: there is no such test");
        named += 1;
    }
    assert!(named >= 20, "only {named} tests were found on the page");
}

/// Of a hundred names of types, so many may stand for more than one thing.
const SECOND_MEANINGS_MAX: usize = 6;

/// The type that a line at the left margin defines.
fn type_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) ")).unwrap_or(line);
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let kinds = ["struct ", "enum ", "trait ", "type "];
    let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
    rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

#[test]
fn a_name_of_a_type_stands_for_one_thing() {
    let mut files: std::collections::BTreeMap<String, std::collections::BTreeSet<String>> =
        Default::default();
    for (path, text) in sources() {
        if !path.contains("/src/") || path.contains("tests") {
            continue;
        }
        for name in text.lines().filter_map(type_name) {
            files.entry(name.to_owned()).or_default().insert(path.clone());
        }
    }
    assert!(files.len() > 700, "{} names: the search is wrong", files.len());
    let shared: Vec<&String> =
        files.iter().filter(|(_, paths)| paths.len() > 1).map(|(name, _)| name).collect();
    assert!(
        shared.len() * 100 <= files.len() * SECOND_MEANINGS_MAX,
        "{} of {} names of types are used in several files: {shared:?}",
        shared.len(),
        files.len()
    );
}

/// Whether a number stands before `runs` in a line without the function that knows the singular.
fn counts_runs_by_hand(line: &str) -> bool {
    line.split('}')
        .skip(1)
        .any(|rest| rest.strip_prefix(" runs").is_some_and(|rest| !rest.starts_with(char::is_alphabetic)))
}

#[test]
fn one_run_is_not_called_runs() {
    let said = files(&["cli/src", "sim/lab/src"], "rs");
    let mut found = Vec::new();
    for (path, text) in said.iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            if counts_runs_by_hand(line) {
                found.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "claque_lab::amount::counted says `1 run` and `2 runs`: {found:#?}");
    assert!(counts_runs_by_hand("\"{} of {all} runs failed\", a, b"));
}

/// One word for one count, in what the console, the commands and the control API call it: the glossary's, and words that once stood
/// for it.
const COUNT_WORDS: &[(&str, &[&str])] = &[("delivered", &["passed", "fan-outs", "fanned out", "sent out"])];

#[test]
fn one_count_has_one_word() {
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).expect("the glossary");
    let mut said = files(&["cli/src/ctl"], "rs");
    said.extend(["html", "js"].into_iter().flat_map(|kind| files(&["server/src/console"], kind)));
    said.extend(files(&["docs"], "yaml"));
    said.extend(files(&["docs/how-to"], "md"));
    assert!(said.len() > 30, "{} files: the search is wrong", said.len());
    for (word, others) in COUNT_WORDS {
        let entry = format!("\n### {}{}\n", word[..1].to_uppercase(), &word[1..]);
        assert!(glossary.contains(&entry), "the glossary has no entry {word}");
        for (path, text) in &said {
            for (number, line) in text.lines().enumerate() {
                let other = others.iter().find(|other| {
                    let mut parts = line.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
                    if other.contains(' ') {
                        line.contains(*other)
                    } else {
                        parts.any(|part| part == **other)
                    }
                });
                assert!(
                    other.is_none(),
                    "{path}:{}: {} is called {word}: {line}",
                    number + 1,
                    other.unwrap_or(&"")
                );
            }
        }
    }
}

/// Words that the project once used, each with the field's own.
const FORMER_WORDS: &[(&str, &str)] = &[
    ("astray", "wrong"),
    ("blurred", "unknown"),
    ("defect", "mutant"),
    ("docket", "pending obligations"),
    ("era", "epoch"),
    ("excuse", "waiver"),
    ("faint", "unknown"),
    ("guest", "tenant"),
    ("look-ahead", "prefetch"),
    ("parcel", "in-flight message"),
    ("perhaps", "unknown, or may"),
    ("quarry", "mutant"),
    ("seat", "membership"),
    ("seated", "member"),
    ("stranger", "who is no member"),
    ("told", "notified, answered or shown"),
    ("tunnel", "outage"),
    ("twin", "reference queue"),
];

/// Places where such a word is the right one, and why.
const RIGHT_WORDS: &[(&str, &str, &str)] = &[
    (
        "defect",
        "wire/src/mutation.rs",
        "a parameter's name, which is in requests whose signatures are written down",
    ),
    ("era", "document/src/calendar.rs", "the calendar's 400 years"),
    ("era", "wire/src/sign/date.rs", "the calendar's 400 years"),
    ("guest", "sim/scenario/src/recorded/recorder_tests.rs", "a name in a recorded chat"),
    ("seat", "sim/scenario/src/recorded/tests.rs", "a gift in a recorded chat"),
    ("told", "docs/rules.md", "a title of a source"),
    ("tunnel", "docs/audit-format.md", "HTTP's CONNECT"),
    ("tunnel", "server/src/connection.rs", "HTTP's CONNECT"),
    ("tunnel", "server/src/outgoing/http.rs", "HTTP's CONNECT"),
    ("tunnel", "server/src/recorder.rs", "HTTP's CONNECT"),
    ("tunnel", "server/tests/server/api.rs", "HTTP's CONNECT"),
    ("tunnel", "wire/src/transport.rs", "HTTP's CONNECT"),
    ("twin", "conformance/src/case_file_tests.rs", "an application in a case"),
];

/// Words behind which `told` means another thing: to tell apart, to tell to.
const BEHIND_TOLD: &[&str] = &["apart", "from", "otherwise", "to"];

/// The former words of a line that are not right in a file.
fn former_words<'l>(path: &str, line: &'l str) -> Vec<&'l str> {
    // Names of several words, such as `leave-keeps-seat`, are names.
    let is_part = |letter: char| letter.is_alphanumeric() || "_-'".contains(letter);
    let words: Vec<&str> = line.split(|letter| !is_part(letter)).filter(|word| !word.is_empty()).collect();
    let is_former = |at: usize, word: &str| {
        let lower = word.to_lowercase();
        let one = lower.strip_suffix('s').unwrap_or(&lower);
        let found = FORMER_WORDS.iter().find(|(former, _)| lower == *former || one == *former);
        let apart = lower == "told" && words.get(at + 1).is_some_and(|next| BEHIND_TOLD.contains(next));
        found.is_some_and(|(former, _)| {
            !apart && !RIGHT_WORDS.iter().any(|(right, place, _)| right == former && path.ends_with(place))
        })
    };
    let former = words.iter().enumerate().filter(|(at, word)| is_former(*at, word));
    former.map(|(_, word)| *word).collect()
}

#[test]
fn words_are_the_fields_own() {
    let mut all = sources();
    all.extend(files(&["docs"], "md"));
    for kind in ["html", "js"] {
        all.extend(files(&["server/src/console"], kind));
    }
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"] {
        let text = fs::read_to_string(root().join(page)).expect("the page is there");
        all.push((page.to_owned(), text));
    }
    let mut found = Vec::new();
    for (path, text) in all.iter().filter(|(path, _)| !path.ends_with("conformance/tests/tidy.rs")) {
        for (number, line) in text.lines().enumerate() {
            for word in former_words(path, line) {
                found.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "the field has other words (FORMER_WORDS): {found:#?}");
    assert_eq!(
        former_words("a.rs", "// Perhaps a stranger was told; told apart, told-twice, 2 seats."),
        ["Perhaps", "stranger", "told", "seats"]
    );
    for (word, place, why) in RIGHT_WORDS {
        let text = all.iter().find(|(path, _)| path.ends_with(place)).map(|(_, text)| text.to_lowercase());
        assert!(
            text.is_some_and(|text| text.contains(word)),
            "{place} has no {word} ({why}): take it off the list"
        );
    }
}
