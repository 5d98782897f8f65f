//! Pictures of runs: they show the run, change nothing about it, and are in the formats they claim.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::rc::Rc;

use claque_core::{Duration, Mutant};
use claque_document::units::Permille;
use claque_lab::campaign::{CampaignOptions, FailureClass, Shard, end_of};
use claque_lab::mutation_score::hunt;
use claque_lab::page::{Shown, to_html};
use claque_lab::perfetto::to_json;
use claque_lab::story::{CausalSlice, Party, Story, StoryStep};
use claque_oracle::evidence::Subject;
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::identity::IdentityRequest;
use claque_scenario::plan::Plan;
use claque_sim::observer::Observer;
use claque_sim::run::{QueueKind, RunOptions, RunReport, run, run_with};
use serde_json::Value;

fn plan() -> Plan {
    let mut scenario = Scenario::builtin("smoke").expect("built in");
    scenario.scale(NonZeroU32::new(60).expect("more than none"));
    scenario.cut(Duration::from_secs(50));
    Plan::new(scenario, 2)
}

fn drawn(plan: &Plan, mutation: Option<Mutant>) -> (RunReport, Story) {
    let story = Rc::new(RefCell::new(Story::of(&plan.scenario)));
    let observer = Some(Box::new(Rc::clone(&story)) as Box<dyn Observer>);
    let report = run_with(plan, RunOptions { mutation, observer, ..RunOptions::default() });
    story.borrow_mut().close(&plan.scenario, Some(&report.verdict));
    (report, story.take())
}

fn page(plan: &Plan, report: &RunReport, story: &Story) -> String {
    let verdict = report.verdict.to_string();
    let identity = "claque simulate --scenario 'a<b>'";
    to_html(&Shown { identity, scenario: &plan.scenario, report: Some(report), verdict: &verdict, story })
}

/// A mutant whose failing step is known, with the plan that shows it.
fn broken() -> (Plan, Mutant) {
    let plan = plan();
    let reveals = |mutation: &Mutant| {
        let ending = end_of(&plan, Some(*mutation), QueueKind::Wheel);
        ending.class == Some(FailureClass::Rule(mutation.rule()))
            && ending.report.is_some_and(|report| report.events > 300)
    };
    let mutation = Mutant::ALL.iter().copied().filter(|it| it.crowd()).find(reveals);
    (plan, mutation.expect("some mutant shows after a while"))
}

#[test]
fn drawing_a_run_does_not_change_it() {
    let (report, story) = drawn(&plan(), None);
    assert_eq!(report.trace_hash, run(&plan()).trace_hash);
    let accepted: u64 =
        story.series.slices.iter().map(|it| it.accepted.high + it.accepted.medium + it.accepted.normal).sum();
    assert!(accepted > 0 && accepted <= report.accepted, "{accepted} of {}", report.accepted);
    let arrived: u64 = story.series.slices.iter().map(|slice| slice.latencies.count()).sum();
    assert_eq!(arrived, report.deliveries + report.duplicates);
    let shed: u64 = story.series.slices.iter().map(|it| it.shed.high + it.shed.medium + it.shed.normal).sum();
    assert_eq!(shed, report.shed.total());
}

/// The trace event format, as its document describes it: phases, and the keys each phase needs.
#[test]
fn a_timeline_is_in_the_trace_event_format() {
    let (_, story) = drawn(&plan(), None);
    let text = to_json(&plan().scenario, &story);
    let file: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(file["displayTimeUnit"], "ms");
    let events = file["traceEvents"].as_array().expect("a list of events");
    let mut phases: BTreeMap<&str, usize> = BTreeMap::new();
    let mut arrows: BTreeMap<u64, u64> = BTreeMap::new();
    let mut named = Vec::new();
    for event in events {
        let phase = event["ph"].as_str().expect("a phase");
        *phases.entry(phase).or_default() += 1;
        let (pid, tid) =
            (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"));
        let ts = event["ts"].as_u64().expect("microseconds");
        assert!(event["name"].as_str().is_some_and(|name| !name.is_empty()), "{event}");
        match phase {
            "M" => {
                assert!(event["args"]["name"].is_string(), "{event}");
                named.push((event["name"].as_str().expect("a name").to_owned(), pid, tid));
            }
            "X" => assert!(event["dur"].as_u64().is_some_and(|dur| dur > 0), "{event}"),
            "i" => assert!(matches!(event["s"].as_str(), Some("g" | "p" | "t")), "{event}"),
            "C" => {
                let args = event["args"].as_object().expect("values");
                assert!(!args.is_empty() && args.values().all(Value::is_number), "{event}");
            }
            "s" => drop(arrows.insert(event["id"].as_u64().expect("an id"), ts)),
            "f" => {
                let begun = arrows.get(&event["id"].as_u64().expect("an id"));
                assert!(begun.is_some_and(|begun| *begun <= ts) && event["bp"] == "e", "{event}");
            }
            other => panic!("no such phase here: {other}"),
        }
    }
    for event in events.iter().filter(|event| event["ph"] != "M" && event["ph"] != "C") {
        let at = (
            "thread_name".to_owned(),
            event["pid"].as_u64().expect("one"),
            event["tid"].as_u64().expect("one"),
        );
        assert!(named.contains(&at), "a thread without a name: {event}");
    }
    for phase in ["M", "X", "i", "C", "s", "f"] {
        assert!(phases.get(phase).is_some_and(|count| *count > 3), "{phase}: {phases:?}");
    }
}

/// What the UI's importer asks beyond keys: the slices of a thread nest, and both ends of an arrow lie in a slice that
/// was written before.
#[test]
fn slices_of_a_timeline_nest_and_arrows_begin_and_end_in_them() {
    let (_, story) = drawn(&plan(), None);
    let file: Value = serde_json::from_str(&to_json(&plan().scenario, &story)).expect("JSON");
    let mut events: Vec<(u64, &Value)> =
        file["traceEvents"].as_array().expect("a list").iter().map(at).collect();
    // The importer sorts by time, and leaves those of one time in their order.
    events.sort_by_key(|(at, _)| *at);
    let mut open: BTreeMap<(u64, u64), Vec<u64>> = BTreeMap::new();
    let mut arrows = 0;
    for (at, event) in events {
        let thread = (event["pid"].as_u64().expect("one"), event["tid"].as_u64().expect("one"));
        let stack = open.entry(thread).or_default();
        stack.retain(|end| *end > at);
        match event["ph"].as_str() {
            Some("X") => {
                let end = at + event["dur"].as_u64().expect("a length");
                assert!(
                    stack.iter().all(|outer| end <= *outer),
                    "a slice outlives the one around it: {event}"
                );
                stack.push(end);
            }
            Some("s" | "f") => {
                assert!(!stack.is_empty(), "an arrow's end lies in no slice: {event}");
                arrows += 1;
            }
            _ => {}
        }
    }
    assert!(arrows > 100, "{arrows}");
}

fn at(event: &Value) -> (u64, &Value) {
    (event["ts"].as_u64().expect("microseconds"), event)
}

#[test]
fn a_page_stands_alone_and_shows_every_plot() {
    let (report, story) = drawn(&plan(), None);
    let page = page(&plan(), &report, &story);
    for part in
        ["Members", "Accepted", "Shed", "Delivery latency", "HIGH recovery", "Faults and script", "brown-out"]
    {
        assert!(page.contains(part), "{part}");
    }
    for fetched in ["http://", "https://", "src=", "url(http", "@import", "<link"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    assert!(page.contains("'a&lt;b&gt;'") || page.contains("&#39;a&lt;b&gt;&#39;"), "names are escaped");
    assert!(!page.contains("<b>'"), "names are escaped");
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("tabindex=\"0\""));
    assert!(!page.contains("What broke"));
    for tag in ["section", "figure", "svg", "div", "ol", "dl", "table", "details"] {
        let (open, close) =
            (page.matches(&format!("<{tag}")).count(), page.matches(&format!("</{tag}>")).count());
        assert_eq!(open, close, "{tag}");
    }
}

#[test]
fn a_failure_shows_its_ancestors_only() {
    let (plan, mutation) = broken();
    let (report, story) = drawn(&plan, Some(mutation));
    let (_, noticed) = story.failure.clone().expect("it fails");
    let CausalSlice { steps, named, .. } = story.causal_slice(60);
    let (shown, all) = (steps.len(), story.steps.len());
    assert!(shown > 0 && shown < all / 2, "{shown} of {all}");
    assert!(steps.windows(2).all(|pair| pair[0] < pair[1]) && steps.iter().all(|step| *step <= noticed));
    assert!(named.iter().all(|step| steps.contains(step)));
    let page = page(&plan, &report, &story);
    assert!(page.contains("What broke") && page.contains("class=\"sequence\""));
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
}

/// The swarm, in which each planted bug is looked for where the plan of this file does not show it.
fn swarm() -> CampaignOptions {
    let scenario = Scenario::builtin(Scenario::DEFAULT_FOR_SWARM).expect("built in");
    let asked = IdentityRequest::parse(&format!("--swarm --scenario {}", scenario.name)).expect("a line");
    CampaignOptions {
        identity: asked.resolve(&scenario, None, None).expect("right"),
        model: Plan::new(scenario.clone(), 0),
        scenario,
        seeds: 0..200,
        shard: Shard::WHOLE,
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        twice: Permille::default(),
    }
}

/// A run in which each planted bug breaks its own rule: of the plan of this file, or of the first seed of the swarm.
fn failing_runs() -> Vec<(Mutant, Plan)> {
    let planted = Mutant::every().filter(|mutation| mutation.crowd());
    let shows = |mutation: &Mutant| {
        end_of(&plan(), Some(*mutation), QueueKind::Wheel).class == Some(FailureClass::Rule(mutation.rule()))
    };
    let (here, elsewhere): (Vec<Mutant>, Vec<Mutant>) = planted.partition(shows);
    let swarm = swarm();
    let found = hunt(&swarm, &elsewhere, (&|| 0, &|| true), &mut |_| {});
    let mut runs: Vec<(Mutant, Plan)> = here.into_iter().map(|mutation| (mutation, plan())).collect();
    for score in found {
        let (seed, _) = score.caught.unwrap_or_else(|| panic!("no seed shows {}", score.mutation.id()));
        runs.push((score.mutation, swarm.plan(seed).0));
    }
    runs
}

/// Under each planted bug: each user, group and message that the evidence names stands in a step on the page, each message and
/// each time in a step that is marked as evidence; a second shows all that it delivered; and the verdict stands at its moment.
#[test]
fn the_page_of_each_planted_bug_shows_its_evidence() {
    let (mut failures, mut seconds) = (BTreeSet::new(), 0);
    for (mutation, plan) in failing_runs() {
        let (report, story) = drawn(&plan, Some(mutation));
        let Verdict::Fail(failure) = &report.verdict else { panic!("{} passes", mutation.id()) };
        failures.insert(mutation);
        // Its time ends where the rule broke or where that was noticed, and not when the run would have settled.
        let (broke, ended) = (failure.at, plan.scenario.start + report.virtual_time);
        assert!(
            ended >= broke && report.show_time <= plan.scenario.duration + plan.scenario.settle,
            "{}",
            mutation.id()
        );
        seconds += shows_evidence(mutation.id(), &plan, (&report, &story), &failure.to_string());
    }
    let missing: Vec<&str> =
        Mutant::SEVERAL.iter().filter(|it| !failures.contains(it)).map(|it| it.id()).collect();
    assert!(missing.is_empty(), "no crowd reveals {missing:?}");
    assert!(
        failures.len() > 85 && seconds > 5,
        "{} failures, {seconds} by what a second held",
        failures.len()
    );
}

/// Asserts that the page of a failure shows what its evidence names; how much of that are whole seconds.
fn shows_evidence(id: &str, plan: &Plan, (report, story): (&RunReport, &Story), failure: &str) -> usize {
    let page = page(plan, report, story);
    let slice = story.causal_slice(60);
    let all: String = slice.steps.iter().map(|at| words(&story.steps[*at])).collect();
    let marked: Vec<&StoryStep> = slice.named.iter().map(|at| &story.steps[*at]).collect();
    let evidence: String = marked.iter().map(|step| words(step)).collect();
    assert!(!marked.is_empty(), "{id}: no step shows: {failure}");
    assert_eq!(page.matches("<rect class=\"named\"").count(), marked.len(), "{id}");
    let mut seconds = 0;
    for subject in &story.failure.as_ref().expect("it was noticed").0.subjects {
        let shown = match subject {
            Subject::Message(name) => evidence.contains(&**name),
            Subject::User(name) | Subject::Group(name) => all.contains(name),
            // Where something was due and nothing happened there is no step: the verdict's own words say when.
            Subject::Moment(at) => {
                let happened = story.steps.iter().any(|step| step.clock == *at);
                marked.iter().any(|step| step.clock == *at) || !happened
            }
            Subject::Second(begin) => {
                seconds += 1;
                let of_it = |step: &StoryStep| step.clock.unix_seconds() == begin.unix_seconds();
                let delivers = |step: &&StoryStep| {
                    of_it(step) && step.sent.iter().any(|sent| sent.of.as_ref() == group_of(story))
                };
                let all = story.steps.iter().filter(delivers).count();
                marked.iter().copied().filter(delivers).count() == all
            }
        };
        assert!(shown, "{id}: {subject:?} is not on the page of: {failure}");
    }
    let says = failure.split(['<', '>', '&', '"', '\'']).max_by_key(|part| part.len()).expect("words");
    assert!(page.contains(says), "{id}: the page does not say: {failure}");
    // In the picture once, behind the step at which the rule broke.
    let verdict = page.match_indices("<text class=\"broken\"").map(|(at, _)| at).collect::<Vec<_>>();
    assert_eq!(verdict.len(), 1, "{id}");
    let broke = page.find("class=\"step failing\"");
    assert_eq!(broke.is_some(), slice.broke.is_some(), "{id}");
    assert!(broke.is_none_or(|broke| broke < verdict[0]), "{id}: the verdict stands before its step");
    seconds
}

/// A step and everything that the service sent in it, in words.
fn words(step: &StoryStep) -> String {
    let sent: String = step.sent.iter().map(|sent| format!("\n{}", sent.what)).collect();
    format!("{} {}{sent}\n", step.who.name(), step.what)
}

/// The first group that the evidence of a failure names.
fn group_of(story: &Story) -> Option<&Party> {
    story.groups_named().first()
}
