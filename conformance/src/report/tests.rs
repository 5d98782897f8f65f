//! Reports are written, read back and compared; every format says what the data says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::compare::compare;
use super::{CaseRow, Evidence, Report, RunHead, SCHEMA, badge, html, jsonl, junit, summary};
use crate::registry::Registry;
use crate::subject::{CoreSubject, Subject as _};
use crate::verdict::VerdictKind;

fn evidence() -> Evidence {
    Evidence {
        step: 2,
        line: 9,
        at_micros: 1_000_000,
        what: "answer.GroupId".to_owned(),
        expected: "\"g\"".to_owned(),
        actual: "</script>|\n\u{1}".to_owned(),
    }
}

fn row(name: &str, verdict: VerdictKind) -> CaseRow {
    let bad = !verdict.is_good();
    CaseRow {
        case: format!("conformance::{name}"),
        summary: "It shows <something> & more.".to_owned(),
        file: format!("{}.toml", name.replace("::", "/")),
        rules: vec!["group.name.bytes".to_owned()],
        readings: [("shaper.window".to_owned(), "window-close".to_owned())].into(),
        verdict,
        detail: if verdict == VerdictKind::Pass { String::new() } else { "because".to_owned() },
        evidence: if bad { Some(evidence()) } else { None },
        decided: Some([("group.name.bytes".to_owned(), 3)].into()),
        attempts: 1,
        virtual_micros: 5,
        wall_micros: 1_500_000,
        transcript: "rules: group.name.bytes\n         0.000s > x </script><b>\n".to_owned(),
    }
}

fn head(subject: &str) -> RunHead {
    let readings: BTreeMap<String, String> = claque_core::Readings::default()
        .iter()
        .map(|choice| (choice.id.to_owned(), choice.value.to_owned()))
        .collect();
    RunHead {
        schema: SCHEMA,
        suite: "0.1.0".to_owned(),
        registry: "00000000000000ff".to_owned(),
        subject: subject.to_owned(),
        capabilities: [("audience".to_owned(), true), ("console".to_owned(), false)].into(),
        readings,
        lists: Some("lists.toml".to_owned()),
        filter: Some("group".to_owned()),
    }
}

fn report(cases: Vec<CaseRow>) -> Report {
    Report { run: head("core"), cases }
}

/// One case of each verdict.
fn everything() -> Report {
    report(VerdictKind::ALL.iter().map(|kind| row(&format!("group::{kind}"), *kind)).collect())
}

#[test]
fn lines_are_read_back_as_they_were_written() {
    let made = everything();
    let text = jsonl::write(&made);
    assert_eq!(jsonl::read("report.jsonl", &text), Ok(vec![made.clone()]));
    assert_eq!(jsonl::read("report.jsonl", &format!("{text}\n{text}")), Ok(vec![made.clone(), made]));
    assert_eq!(text.lines().count(), VerdictKind::ALL.len() + 2);
}

#[test]
fn damaged_reports_are_refused() {
    let text = jsonl::write(&everything());
    let complaint = |text: &str| jsonl::read("r.jsonl", text).expect_err("it is damaged").to_string();
    let lines: Vec<&str> = text.lines().collect();
    let (without_end, without_head) = (lines[..lines.len() - 1].join("\n"), lines[1..].join("\n"));
    assert!(complaint(&without_end).contains("cut off"));
    assert!(complaint(&without_head).contains("does not begin with a `run` line"));
    let short = [&lines[..2], &lines[3..]].concat().join("\n");
    assert!(complaint(&short).contains("does not count the cases"));
    assert!(
        complaint(&text.replacen("\"schema\":1", "\"schema\":2", 1))
            .contains("schema 2; this version reads 1")
    );
    assert!(complaint("").contains("no report"));
    assert!(complaint("{\"type\":\"run\"").contains("r.jsonl:1:"));
    assert!(complaint(&text.replacen("\"fail\"", "\"flop\"", 1)).contains("flop"));
}

#[test]
fn keys_of_a_later_version_are_ignored() {
    let text = jsonl::write(&everything());
    let later = text.replacen("\"attempts\"", "\"colour\":\"blue\",\"attempts\"", 1);
    assert_eq!(jsonl::read("r.jsonl", &later), Ok(vec![everything()]));
}

/// The keys that the schema's page documents, as `line.key`, with their types.
fn documented() -> BTreeMap<String, String> {
    let page = include_str!("../../../docs/report-schema.md");
    let mut keys = BTreeMap::new();
    let mut of = String::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            of = title.split('`').nth(1).unwrap_or_default().to_owned();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let key =
            cells.get(1).and_then(|cell| cell.strip_prefix('`')).and_then(|cell| cell.strip_suffix('`'));
        if let (Some(key), Some(kind), false) = (key, cells.get(2), of.is_empty()) {
            keys.insert(format!("{of}.{key}"), (*kind).to_owned());
        }
    }
    keys
}

#[test]
fn written_keys_are_the_documented_ones() {
    let documented = documented();
    let mut written = BTreeSet::new();
    for line in jsonl::write(&everything()).lines() {
        let Ok(Json::Object(fields)) = serde_json::from_str::<Json>(line) else {
            panic!("{line} is no object")
        };
        let of = fields["type"].as_str().expect("a line says what it is").to_owned();
        for (key, value) in &fields {
            check_kind(&documented, &format!("{of}.{key}"), value);
            written.insert(format!("{of}.{key}"));
            if let (Json::Object(inner), true) = (value, key == "evidence") {
                for (inner_key, value) in inner {
                    check_kind(&documented, &format!("evidence.{inner_key}"), value);
                    written.insert(format!("evidence.{inner_key}"));
                }
            }
        }
    }
    let known: BTreeSet<String> = documented.into_keys().collect();
    assert_eq!(written, known, "docs/report-schema.md and the writer agree on every key");
    let page = include_str!("../../../docs/report-schema.md");
    for kind in VerdictKind::ALL {
        assert!(page.contains(&format!("`{kind}`")), "{kind} is documented");
    }
    assert!(page.contains(&format!("Schema {SCHEMA}")), "the page names its version");
    for (capability, _) in CoreSubject::sound().capabilities().named() {
        assert!(page.contains(&format!("| `{capability}` |")), "{capability} is documented");
    }
}

fn check_kind(documented: &BTreeMap<String, String>, key: &str, value: &Json) {
    let kind = documented.get(key).unwrap_or_else(|| panic!("{key} is not documented"));
    let fits = match kind.as_str() {
        "text" => value.is_string(),
        "number" => value.is_u64(),
        "truth" => value.is_boolean(),
        "list of texts" => value.as_array().is_some_and(|list| list.iter().all(Json::is_string)),
        "map of texts" => value.as_object().is_some_and(|map| map.values().all(Json::is_string)),
        "map of numbers" => value.as_object().is_some_and(|map| map.values().all(Json::is_u64)),
        "map of truths" => value.as_object().is_some_and(|map| map.values().all(Json::is_boolean)),
        "evidence" => value.is_object(),
        other => panic!("{key}: no type is called {other}"),
    };
    assert!(fits, "{key} is documented as {kind}, but is {value}");
}

#[test]
fn comparison_tells_what_changed_and_which_way() {
    use VerdictKind::{Error, Fail, KnownFailing, Pass};
    let old = report(vec![
        row("a::same", Pass),
        row("a::breaks", Pass),
        row("a::heals", Fail),
        row("a::weaker", Pass),
        row("a::other-reason", Fail),
        row("a::worse-word", Fail),
        row("a::gone", Pass),
    ]);
    let mut elsewhere = row("a::other-reason", Fail);
    elsewhere.evidence = Some(Evidence { step: 7, ..evidence() });
    let mut slower = row("a::same", Pass);
    slower.wall_micros += 1;
    let new = report(vec![
        slower,
        row("a::breaks", Fail),
        row("a::heals", Pass),
        row("a::weaker", KnownFailing),
        elsewhere,
        row("a::worse-word", Error),
        row("a::new", Fail),
    ]);
    let made = compare(&old, &new);
    let names = |rows: &[(&CaseRow, &CaseRow)]| {
        rows.iter().map(|(_, row)| row.short().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&made.broken), ["a::breaks"]);
    assert_eq!(names(&made.fixed), ["a::heals"]);
    assert_eq!(names(&made.changed), ["a::weaker", "a::worse-word"]);
    assert_eq!(names(&made.moved), ["a::other-reason"]);
    assert_eq!(made.added.iter().map(|row| row.short()).collect::<Vec<_>>(), ["a::new"]);
    assert_eq!(made.gone.iter().map(|row| row.short()).collect::<Vec<_>>(), ["a::gone"]);
    assert_eq!(made.unchanged, 1, "a case that only took longer is unchanged");
    assert!(!made.is_good());
    let text = made.markdown();
    assert!(
        text.contains("**1 broken, 1 fixed, 2 changed, 1 moved, 1 new, 1 gone, 1 unchanged.**"),
        "{text}"
    );
    assert!(text.contains("| fail | 3 | 3 | 0 |") && text.contains("| pass | 4 | 2 | -2 |"), "{text}");
    assert!(text.contains("got </script>\\| \u{1} |"), "a cell stays one cell: {text}");
    let same = compare(&old, &old);
    assert!(same.is_good() && same.unchanged == 7 && !same.markdown().contains("\n## "));
}

#[test]
fn junit_is_well_formed_and_counts() {
    let text = junit::write(&[everything(), report(vec![row("app::x", VerdictKind::Pass)])]);
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut cases, mut endings, mut suites) = (0, BTreeMap::new(), 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{text}")) {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap_or_else(|error| panic!("{error}\n{text}"));
                }
                match tag.name().as_ref() {
                    "testsuite" => suites += 1,
                    "testcase" => cases += 1,
                    name @ ("failure" | "error" | "skipped") => {
                        *endings.entry(name.to_owned()).or_insert(0) += 1;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    assert_eq!((suites, cases), (2, 12));
    assert_eq!(
        endings,
        BTreeMap::from([("error".to_owned(), 1), ("failure".to_owned(), 3), ("skipped".to_owned(), 5)])
    );
    let counts = "tests=\"12\" skipped=\"5\" failures=\"3\" errors=\"1\" time=\"18.000\"";
    assert!(text.contains(counts), "{text}");
    assert!(!text.contains('\u{1}'), "XML 1.0 holds no control characters");
}

#[test]
fn what_people_and_build_servers_read_says_what_was_judged_by_what() {
    let mut report = everything();
    report.run.readings.insert("shaper.window".to_owned(), "window-close".to_owned());
    let (xml, page) = (junit::write(std::slice::from_ref(&report)), summary::write(&[report, everything()]));
    for (name, value) in [
        ("suite", "0.1.0"),
        ("registry", "00000000000000ff"),
        ("subject", "core"),
        ("readings", "shaper.window = window-close"),
    ] {
        assert!(xml.contains(&format!("<property name=\"{name}\" value=\"{value}\"/>")), "{name}: {xml}");
    }
    assert!(
        page.contains("Suite 0.1.0, registry 00000000000000ff, readings: shaper.window = window-close."),
        "{page}"
    );
    assert!(page.contains("readings: every default."), "{page}");
}

/// The keys that an endpoint badge may have; the service that draws it refuses every other.
const BADGE_KEYS: [&str; 5] = ["color", "isError", "label", "message", "schemaVersion"];

#[test]
fn badge_has_the_form_of_an_endpoint_and_says_what_was_run() {
    let badge =
        |report: &Report| serde_json::from_str::<Json>(&badge::write(report)).expect("a badge is JSON");
    let whole = |cases: Vec<CaseRow>| {
        let mut made = report(cases);
        made.run.filter = None;
        made
    };
    let good = badge(&whole(vec![row("a::x", VerdictKind::Pass), row("a::y", VerdictKind::NotApplicable)]));
    let mut keys: Vec<&str> = good.as_object().expect("it is an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, BADGE_KEYS);
    assert_eq!(good["schemaVersion"], 1);
    assert_eq!(good["label"], "conformance of core · claque 0.1.0 · registry 00000000");
    let message = "1/1 cases · readings: every default";
    assert_eq!((&good["message"], &good["color"]), (&message.into(), &"brightgreen".into()));
    let mut known = report(vec![row("a::x", VerdictKind::Pass), row("a::y", VerdictKind::KnownFailing)]);
    known.run.readings.insert("shaper.window".to_owned(), "window-close".to_owned());
    let known = badge(&known);
    let message = "1/2 cases, 1 known · only group · readings: shaper.window = window-close";
    assert_eq!((&known["message"], &known["color"]), (&message.into(), &"yellow".into()));
    let bad = badge(&everything());
    assert_eq!((&bad["color"], &bad["isError"]), (&"red".into(), &true.into()));
    assert_eq!(badge(&report(Vec::new()))["color"], "lightgrey");
}

#[test]
fn summary_lists_what_did_not_simply_pass() {
    let text = summary::write(&[everything()]);
    assert!(text.contains("Bad: 2 of 8 judged cases pass."), "{text}");
    assert!(text.contains("| group::stale | stale |") && !text.contains("| group::pass |"), "{text}");
}

#[test]
fn page_tells_runs_of_one_subject_apart() {
    let registry = Registry::embedded().unwrap_or_else(|fault| panic!("{fault}"));
    let mut other = everything();
    other.run.readings.insert("shaper.window".to_owned(), "window-close".to_owned());
    let page = html::write(&[everything(), report(Vec::new()), other], &registry);
    assert!(page.contains("aria-label=\"group.name.bytes on core (1): 1 of 11 cases fail\""));
    assert!(page.contains("aria-label=\"group.name.bytes on core (3): 1 of 11 cases fail\""));
    assert_eq!(
        page.matches("Under shaper.window = window-close").count(),
        1,
        "the third run says what it chose"
    );
    let behind = "\"under\":[{},{},{\"shaper.window\":\"window-close\"}]";
    assert!(page.contains(behind), "and so does what is behind a cell");
}

#[test]
fn page_is_whole_and_loads_nothing() {
    let registry = Registry::embedded().unwrap_or_else(|fault| panic!("{fault}"));
    let mut unknown = row("group::unheard-of", VerdictKind::Fail);
    unknown.rules = vec!["group.rule.unheard-of".to_owned()];
    let mut other = everything();
    other.run.subject = "an <odd> & \"quoted\" subject".to_owned();
    other.cases.push(unknown);
    let page = html::write(&[everything(), other], &registry);
    for entry in registry.rules() {
        assert!(page.contains(&format!("<code>{}</code>", entry.id)), "{} has a row", entry.id);
    }
    assert!(page.contains("<code>group.rule.unheard-of</code>"), "a rule of another registry has a row too");
    assert!(page.contains("an &lt;odd&gt; &amp; &quot;quoted&quot; subject") && !page.contains("<odd>"));
    assert!(page.contains(
        "class=\"cell fail\" data-run=\"0\" aria-label=\"group.name.bytes on core: 1 of 11 cases fail\""
    ));
    for outside in [" src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<base", "<iframe", "import("] {
        assert!(!page.contains(outside), "the page loads something: {outside}");
    }
    assert_eq!(page.matches("<link ").count(), 1, "the only link is the empty icon");
    assert_eq!(page.matches("</script>").count(), 2, "no text of a case ends a script");
    let data =
        page.split("type=\"application/json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: Json = serde_json::from_str(data.expect("the page has data")).expect("the data is JSON");
    assert_eq!(data["texts"].as_array().map(Vec::len), Some(1), "equal transcripts are kept once");
    assert_eq!(data["cases"].as_array().map(Vec::len), Some(12));
}
