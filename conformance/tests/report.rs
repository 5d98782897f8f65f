//! A report of the whole suite: the same twice but for its times, read back whole, and a page of a bearable size.

use claque_conformance::case::Case;
use claque_conformance::play::{Onlooker, Terms, play};
use claque_conformance::report::compare::compare;
use claque_conformance::report::{CaseRow, Report, html, jsonl};
use claque_conformance::subject::CoreSubject;
use claque_conformance::suite::Suite;
use serde_json::Value;

/// The largest page of one run. Unit: bytes.
const PAGE_BYTES_MAX: usize = 4 << 20;

/// A stopwatch that shows another time at every look.
struct Ticking(u64);

impl Onlooker for Ticking {
    fn stopwatch(&mut self) -> u64 {
        self.0 += 7;
        self.0 * self.0
    }
}

fn report(suite: &Suite, start: u64) -> Report {
    let cases: Vec<&Case> = suite.cases.iter().collect();
    play(suite, &cases, &mut CoreSubject::sound(), &Terms::default(), &mut Ticking(start))
}

#[test]
fn a_report_of_everything() {
    let suite = Suite::embedded().unwrap_or_else(|fault| panic!("{fault}"));
    let (one, two) = (report(&suite, 0), report(&suite, 1_000));
    assert_eq!(one.cases.len(), suite.cases.len());
    assert!(one.totals().good, "{:?}", one.totals());
    assert_ne!(one, two, "the stopwatch ran");
    let timeless = |report: &Report| report.cases.iter().map(CaseRow::without_times).collect::<Vec<_>>();
    assert_eq!(timeless(&one), timeless(&two), "and nothing else differs");
    assert_eq!(compare(&one, &two).unchanged, one.cases.len() as u64, "times are not compared");
    assert_eq!(jsonl::read("report.jsonl", &jsonl::write(&one)), Ok(vec![one.clone()]));
    let page = html::write(std::slice::from_ref(&one), &suite.registry);
    assert!(page.len() < PAGE_BYTES_MAX, "the page has {} bytes", page.len());
    let data = data_of(&page);
    for row in &one.cases {
        assert_eq!(transcript_of(&data, row.short()), Some(row.transcript.clone()), "{}", row.case);
    }
}

/// What the page's script reads.
fn data_of(page: &str) -> Value {
    let json = page
        .split_once(r#"<script id="data" type="application/json">"#)
        .and_then(|(_, rest)| rest.split_once("</script>"))
        .map(|(json, _)| json)
        .expect("the page has its data");
    serde_json::from_str(json).unwrap_or_else(|fault| panic!("{fault}"))
}

/// The transcript of a case in its only run, put together from its lines as the page does it.
fn transcript_of(data: &Value, name: &str) -> Option<String> {
    let case = data["cases"].as_array()?.iter().find(|case| case["name"] == name)?;
    let text = position(&case["ended"]["0"]["text"])?;
    let lines = data["texts"][text].as_array()?.iter().map(|line| data["lines"][position(line)?].as_str());
    lines.collect::<Option<Vec<&str>>>().map(|lines| lines.join("\n"))
}

fn position(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|value| usize::try_from(value).ok())
}
