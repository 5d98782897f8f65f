//! Refusals of lists, and each verdict under each list.

use claque_core::Duration;

use super::{Entry, List, Lists, fits};
use crate::suite::Suite;
use crate::verdict::{Failure, Verdict, VerdictKind};

fn suite() -> Suite {
    Suite::embedded().unwrap_or_else(|fault| panic!("{fault}"))
}

fn complaint(text: &str) -> String {
    match Lists::read("lists.toml", text, &suite()) {
        Ok(lists) => panic!("these lists are sound: {lists:?}"),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn patterns_match_whole_names() {
    assert!(fits("group::a", "group::a") && !fits("group::a", "group::ab"));
    assert!(fits("group::*", "group::ab") && !fits("group::*", "app::ab"));
    assert!(fits("*::a*c*", "x::abcd") && !fits("*::a*c*", "x::abd"));
    assert!(fits("a*a", "aa") && !fits("a*a", "a"), "what stands around a star does not overlap");
    assert!(fits("*", ""));
}

#[test]
fn entries_find_their_cases() {
    let suite = suite();
    let first = &suite.cases[0];
    let text = format!(
        "[[known-failing]]\ncases = [\"{}::{}\"]\nreason = \"not built yet\"\nissue = \"T-1\"\n\
         [[skipped]]\ncases = [\"conformance::wire::*\"]\nreason = \"no wire\"\n",
        first.area, first.name
    );
    let lists = Lists::read("lists.toml", &text, &suite).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(lists.entry(first).map(Entry::why).as_deref(), Some("not built yet (T-1)"));
    for case in &suite.cases {
        let skipped = lists.entry(case).is_some_and(|entry| entry.list == List::Skipped);
        assert_eq!(skipped, case.area == "wire", "{}", case.file);
    }
}

#[test]
fn entries_that_mean_nothing_are_refused_with_the_nearest_name() {
    let suite = suite();
    let case = suite.cases.iter().find(|case| case.area == "group").expect("there are cases of groups");
    let slip = case.name.get(1..).expect("names are ASCII");
    let said = complaint(&format!("[[skipped]]\nreason = \"because\"\ncases = [\"group::{slip}\"]\n"));
    assert!(said.contains(&format!("did you mean `group::{}`?", case.name)), "{said}");
    assert!(said.contains("lists.toml:3:10"), "{said}");
    let said = complaint("[[skipped]]\nreason = \"because\"\ncases = [\"nowhere::*\"]\n");
    assert!(said.contains("no case fits `nowhere::*`"), "{said}");
}

#[test]
fn entries_must_be_sound() {
    assert!(complaint("[[skipped]]\ncases = [\"*\"]\n").contains("missing key `reason`"));
    assert!(complaint("[[skipped]]\ncases = [\"*\"]\nreason = \" \"\n").contains("says why"));
    assert!(complaint("[[skipped]]\ncases = []\nreason = \"because\"\n").contains("at least one case"));
    assert!(complaint("[[skiped]]\ncases = []\n").contains("did you mean `skipped`?"));
    let twice = "[[known-failing]]\ncases = [\"app::*\"]\nreason = \"one\"\n[[skipped]]\ncases = [\"*\"]\nreason = \"two\"\n";
    assert!(complaint(twice).contains("stands in known-failing already"));
    let tries = "[[skipped]]\ncases = [\"*\"]\nreason = \"because\"\nattempts = 2\n";
    assert!(complaint(tries).contains("only a flaky case has several attempts"));
}

fn becomes(list: List, verdict: Verdict) -> VerdictKind {
    let entry = Entry { list, cases: Vec::new(), reason: "why".to_owned(), issue: None, attempts: 1 };
    entry.judge(verdict).kind()
}

fn failure() -> Verdict {
    Verdict::Fail(Failure {
        step: 1,
        line: 1,
        at: Duration::ZERO,
        what: "refused".to_owned(),
        expected: "a".to_owned(),
        actual: "b".to_owned(),
    })
}

#[test]
fn a_known_failure_must_fail() {
    use VerdictKind::{KnownFailing, NotApplicable, Stale};
    assert_eq!(becomes(List::KnownFailing, failure()), KnownFailing);
    assert_eq!(becomes(List::KnownFailing, Verdict::Error("x".to_owned())), KnownFailing);
    assert_eq!(becomes(List::KnownFailing, Verdict::Unimplemented("x".to_owned())), KnownFailing);
    assert_eq!(becomes(List::KnownFailing, Verdict::Pass), Stale);
    assert_eq!(becomes(List::KnownFailing, Verdict::PassLenient("x".to_owned())), Stale);
    assert_eq!(becomes(List::KnownFailing, Verdict::NotApplicable("x".to_owned())), NotApplicable);
    assert!(!Stale.is_good() && KnownFailing.is_good());
}

#[test]
fn a_flaky_case_may_fail_and_may_pass() {
    use VerdictKind::{KnownFlaky, NotApplicable, Pass, PassLenient};
    assert_eq!(becomes(List::KnownFlaky, failure()), KnownFlaky);
    assert_eq!(becomes(List::KnownFlaky, Verdict::Pass), Pass);
    assert_eq!(becomes(List::KnownFlaky, Verdict::PassLenient("x".to_owned())), PassLenient);
    assert_eq!(becomes(List::KnownFlaky, Verdict::NotApplicable("x".to_owned())), NotApplicable);
    assert_eq!(becomes(List::Skipped, Verdict::Pass), VerdictKind::Skipped);
}
