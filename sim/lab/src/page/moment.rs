//! A run as it was at a moment: what had been counted until then, and the last steps before it.
//!
//! It shows a run that goes on and a run that has ended in the same way, so that a page may grow with the one and go back and forth
//! in the other.

use claque_scenario::Scenario;

use super::{cards, clock, count, plots, put, sequence, timeline};
use crate::amount::counted;
use crate::story::{LevelSeries, Slice, Story};

/// Steps that are shown in words.
const STEPS: usize = 20;

/// A run as it was at a moment: counts, plots, faults and script until then, and the last steps before it.
///
/// Counts are those of the slices that have ended, so they are exact at the end of a slice. Unit: microseconds of show time.
#[must_use]
pub fn moment_to_html(scenario: &Scenario, story: &Story, at: u64) -> String {
    let end = (scenario.duration + scenario.settle).as_micros().max(story.ended);
    let story = story.until(at, scenario, STEPS);
    let mut page = String::new();
    counts(&mut page, &story, at);
    plots(&mut page, &story, Some(end));
    timeline(&mut page, scenario, &story);
    steps(&mut page, &story);
    page
}

fn counts(page: &mut String, story: &Story, at: u64) {
    let sum = |pick: &dyn Fn(&Slice) -> u64| story.series.slices.iter().map(pick).sum::<u64>();
    let levels = |pick: fn(&Slice) -> LevelSeries| {
        let each = [
            sum(&|slice| pick(slice).high),
            sum(&|slice| pick(slice).medium),
            sum(&|slice| pick(slice).normal),
        ];
        let [high, medium, normal] = each.map(count);
        (count(each.iter().sum()), format!("HIGH {high}, MEDIUM {medium}, NORMAL {normal}"))
    };
    let groups = story
        .series
        .members
        .values()
        .filter_map(|(name, points)| Some((*points.values().next_back()?, name)));
    let (members, largest) =
        groups.max_by_key(|(members, _)| *members).map_or((0, "no group"), |(members, name)| (members, name));
    let (accepted, accepted_levels) = levels(|slice| slice.accepted);
    let (shed, shed_levels) = levels(|slice| slice.shed);
    let recovered = sum(&|slice| slice.high_recovered);
    let facts = [
        ("members", count(u64::from(members)), format!("of the largest group, {largest}")),
        ("accepted", accepted, accepted_levels),
        ("shed", shed, shed_levels),
        (
            "links lost",
            count(sum(&|slice| slice.links_lost)),
            format!("{} HIGH pulled after a reconnect", count(recovered)),
        ),
    ];
    cards(page, &format!("At {}", clock(at)), &facts);
}

fn steps(page: &mut String, story: &Story) {
    if story.steps.is_empty() {
        return;
    }
    put(
        page,
        format_args!(
            "<section><h2>The last {} before</h2><ol class=\"words\" start=\"{}\">\n",
            counted(story.steps.len() as u64, "step"),
            story.forgotten + 1
        ),
    );
    story.steps.iter().for_each(|step| sequence::item(page, step, ""));
    page.push_str("</ol></section>\n");
}
