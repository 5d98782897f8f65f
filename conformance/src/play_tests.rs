//! Each verdict is reached by a subject that deserves it, and by no other.

use std::sync::LazyLock;

use claque_core::{HitCounts, Instant, Readings};
use claque_wire::argument::Arguments;
use serde_json::Map;

use super::{Terms, play};
use crate::case::{Case, ConsoleVerb, Setup, Unwilling};
use crate::case_file::read_case;
use crate::lists::Lists;
use crate::registry::Registry;
use crate::report::CaseRow;
use crate::subject::{
    CallMade, Capabilities, ClientMade, CoreSubject, Event, Outcome, Pace, Subject, SubjectError,
};
use crate::suite::Suite;
use crate::verdict::VerdictKind;

/// How a subject that is otherwise the core misbehaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Odd {
    No,
    /// It has no audience.
    Deaf,
    /// It refuses every second call, over all runs.
    Moody,
    /// Its account is used by others, who have applications of their own.
    Shared,
    /// It does not know how to create an application.
    Poor,
    /// It cannot be started over.
    Stuck,
    /// It refuses every call for no reason.
    Sulky,
    /// It answers no call, and its time really passes.
    Starved,
}

struct Oddity(CoreSubject, Odd, u32);

impl Oddity {
    fn refusal(code: &str) -> Outcome {
        Outcome::Refused {
            status: 404,
            code: code.to_owned(),
            message: "no".to_owned(),
            about: None,
            headers: Map::new(),
        }
    }
}

impl Subject for Oddity {
    fn name(&self) -> &str {
        "oddity"
    }

    fn capabilities(&self) -> Capabilities {
        let (audience, setup) = (self.1 != Odd::Deaf, self.1 != Odd::Shared);
        Capabilities { audience, setup, ..self.0.capabilities() }
    }

    fn reset(&mut self, now: Instant, setup: &Setup) -> Result<(), SubjectError> {
        if self.1 == Odd::Stuck {
            return Err(SubjectError("it does not start over".to_owned()));
        }
        self.0.reset(now, setup)
    }

    fn advance(&mut self, to: Instant) -> Result<(), SubjectError> {
        self.0.advance(to)
    }

    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        self.2 += 1;
        match self.1 {
            Odd::Poor => Ok(Self::refusal("InvalidAction.NotFound")),
            Odd::Sulky => Ok(Self::refusal("Mood")),
            Odd::Starved => Err(SubjectError("no answer within 60 s".to_owned())),
            Odd::Moody if self.2 % 2 == 1 => Ok(Self::refusal("Mood")),
            Odd::No | Odd::Deaf | Odd::Moody | Odd::Shared | Odd::Stuck => self.0.call(call),
        }
    }

    fn console(&mut self, what: ConsoleVerb, arguments: &Arguments) -> Result<Outcome, SubjectError> {
        self.0.console(what, arguments)
    }

    fn client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        self.0.client(action)
    }

    fn review(&mut self, answer: Option<(u16, &str)>) -> Result<(), SubjectError> {
        self.0.review(answer)
    }

    fn receive_callback(&mut self) -> Result<Outcome, SubjectError> {
        self.0.receive_callback()
    }

    fn refuse_callbacks(&mut self, with: Unwilling, times: u32, of: &str) -> Result<(), SubjectError> {
        self.0.refuse_callbacks(with, times, of)
    }

    fn restart(&mut self, compacted: bool) -> Result<(), SubjectError> {
        self.0.restart(compacted)
    }

    fn settle_callbacks(&mut self) -> Result<(), SubjectError> {
        self.0.settle_callbacks()
    }

    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError> {
        self.0.take_events()
    }

    fn hits(&self) -> Option<HitCounts> {
        self.0.hits()
    }

    fn gave_up(&self) -> bool {
        self.1 == Odd::Starved
    }

    fn pace(&self) -> Option<&Pace> {
        static PACE: LazyLock<Pace> = LazyLock::new(Pace::default);
        (self.1 == Odd::Starved).then(|| &*PACE)
    }

    fn check(&self) -> Result<(), SubjectError> {
        self.0.check()
    }
}

const HEAD: &str = "rules = [\"app.create.answered\"]\nsummary = \"It shows.\"\n";
const CREATE: &str = "{ call = \"CreateLiveMessageApp\", with = { AppName = \"shop\" }";

fn suite(steps: &str) -> Suite {
    let registry = Registry::embedded().unwrap_or_else(|fault| panic!("{fault}"));
    let rule = registry.rules().iter().find_map(|entry| entry.rule).expect("code decides some rule");
    let head = HEAD.replace("app.create.answered", rule.id());
    let text = format!("{head}steps = [{steps}]\n");
    let case: Case = read_case("app/it-shows.toml", &text).unwrap_or_else(|fault| panic!("{fault}"));
    Suite { registry, cases: vec![case] }
}

/// Plays one case of these steps against an oddity, under lists.
fn ends(odd: Odd, steps: &str, lists: &str) -> CaseRow {
    let suite = suite(steps);
    let lists = Lists::read("lists.toml", lists, &suite).unwrap_or_else(|fault| panic!("{fault}"));
    let terms = Terms { readings: Readings::default(), lists, filter: None };
    let cases: Vec<&Case> = suite.cases.iter().collect();
    let mut subject = Oddity(CoreSubject::sound(), odd, 0);
    let made = play(&suite, &cases, &mut subject, &terms, &mut ());
    assert_eq!(made.run.subject, "oddity");
    made.cases.into_iter().next().expect("one case was played")
}

fn sound() -> String {
    format!("{CREATE} }}")
}

fn wrong() -> String {
    format!("{CREATE}, expect = {{ refused = \"ServerError\" }} }}")
}

fn lenient() -> String {
    format!("{CREATE}, expect = {{ refused = \"ServerError\" }}, allow = [{{}}] }}")
}

fn listed(list: &str) -> String {
    format!("[[{list}]]\ncases = [\"app::*\"]\nreason = \"it is known\"\nissue = \"T-9\"\n")
}

#[test]
fn what_holds_passes() {
    let row = ends(Odd::No, &sound(), "");
    assert_eq!((row.verdict, row.attempts, row.evidence), (VerdictKind::Pass, 1, None));
    assert!(row.decided.is_some_and(|decided| !decided.is_empty()), "the core tells what decided");
}

#[test]
fn what_does_not_hold_fails_with_evidence() {
    let row = ends(Odd::No, &wrong(), "");
    let evidence = row.evidence.expect("a failure has evidence");
    assert_eq!((row.verdict, evidence.step, evidence.line), (VerdictKind::Fail, 1, 3));
    assert_eq!((evidence.expected.as_str(), evidence.actual.as_str()), ("refused ServerError", "accepted"));
}

#[test]
fn what_an_allowed_reading_explains_passes_leniently() {
    let row = ends(Odd::No, &lenient(), "");
    assert_eq!(row.verdict, VerdictKind::PassLenient);
    assert!(row.detail.contains("expected refused ServerError"), "{}", row.detail);
}

#[test]
fn what_cannot_be_judged_is_an_error() {
    let row = ends(Odd::Stuck, &sound(), "");
    assert_eq!((row.verdict, row.detail.as_str()), (VerdictKind::Error, "it does not start over"));
}

#[test]
fn what_is_not_offered_is_unimplemented() {
    let row = ends(Odd::Poor, &sound(), "");
    assert_eq!((row.verdict, row.detail.as_str()), (VerdictKind::Unimplemented, "CreateLiveMessageApp"));
    let wanted = format!("{CREATE}, expect = {{ refused = \"InvalidAction.NotFound\" }} }}");
    assert_eq!(
        ends(Odd::Poor, &wanted, "").verdict,
        VerdictKind::Pass,
        "where the case wants it, it is an answer"
    );
    assert_eq!(ends(Odd::Sulky, &sound(), "").verdict, VerdictKind::Fail, "any other code is a failure");
}

#[test]
fn what_the_subject_cannot_do_is_not_applicable() {
    let steps = "{ client = \"ada\", do = \"logout\" }";
    let row = ends(Odd::Deaf, steps, "");
    assert_eq!(
        (row.verdict, row.detail.as_str()),
        (VerdictKind::NotApplicable, "it admits no audience clients")
    );
    let listed = ends(Odd::Deaf, steps, &listed("known-failing"));
    assert_eq!(listed.verdict, VerdictKind::NotApplicable, "a list does not make it apply");
}

/// A service that is judged over HTTP has other applications in its account: a list shows them, and few more may be made.
#[test]
fn an_account_that_others_use_is_judged_by_no_list_of_applications() {
    let list = "{ call = \"ListLiveMessageApps\", with = { SortType = 1 }";
    let looked_at = format!("{list}, expect.answer.AppList = [] }}");
    let lists = ["{ call = \"CreateLiveMessageApp\", repeat = 300 }", &looked_at];
    for steps in lists {
        let row = ends(Odd::Shared, steps, "");
        let why = "its account may hold applications that the case did not make";
        assert_eq!((row.verdict, row.detail.as_str()), (VerdictKind::NotApplicable, why), "{steps}");
    }
    for steps in ["{ call = \"CreateLiveMessageApp\", repeat = 3 }", &format!("{list} }}")] {
        assert_eq!(ends(Odd::Shared, steps, "").verdict, VerdictKind::Pass, "{steps}");
    }
    assert_eq!(ends(Odd::No, &looked_at, "").verdict, VerdictKind::Pass, "an account of its own is empty");
}

#[test]
fn a_known_failure_is_played_and_must_fail() {
    let row = ends(Odd::No, &wrong(), &listed("known-failing"));
    assert_eq!((row.verdict, row.attempts), (VerdictKind::KnownFailing, 1));
    assert_eq!(row.detail, "it is known (T-9)");
    assert!(row.evidence.is_some(), "how it failed is shown all the same");
    assert!(row.verdict.is_good());
    let stale = ends(Odd::No, &sound(), &listed("known-failing"));
    assert_eq!(stale.verdict, VerdictKind::Stale);
    assert!(!stale.verdict.is_good(), "a known failure that passes makes the run bad");
    assert_eq!(ends(Odd::No, &lenient(), &listed("known-failing")).verdict, VerdictKind::Stale);
    assert_eq!(ends(Odd::Poor, &sound(), &listed("known-failing")).verdict, VerdictKind::KnownFailing);
}

#[test]
fn a_flaky_case_is_tried_again() {
    let row = ends(Odd::Moody, &sound(), &listed("known-flaky"));
    assert_eq!((row.verdict, row.attempts), (VerdictKind::Pass, 2), "the second attempt passes");
    assert_eq!(ends(Odd::Moody, &sound(), "").verdict, VerdictKind::Fail, "unlisted, it is tried once");
    let row = ends(Odd::Sulky, &sound(), &listed("known-flaky"));
    assert_eq!((row.verdict, row.attempts), (VerdictKind::KnownFlaky, 3));
    let many = format!("{}attempts = 5\n", listed("known-flaky"));
    assert_eq!(ends(Odd::Sulky, &sound(), &many).attempts, 5);
}

#[test]
fn a_skipped_case_is_not_played() {
    let row = ends(Odd::Stuck, &sound(), &listed("skipped"));
    assert_eq!((row.verdict, row.attempts, row.evidence), (VerdictKind::Skipped, 0, None));
    assert!(row.transcript.starts_with("rules: "), "its head is still shown");
}
