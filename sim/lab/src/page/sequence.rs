//! The diagram of a failure: who did what to the service and what came of it, for the steps that the failure depends on.

use super::{escape, put};
use crate::story::{Party, StepOutput, Story, StoryStep};

/// Users that have a lane of their own.
const LANES_MAX: usize = 10;
/// Distance of two lanes, and of two rows. Unit: pixels.
const LANE: usize = 150;
const ROW: usize = 30;
/// Room on the left for times.
const LEFT: usize = 110;
/// Room above for names.
const TOP: usize = 46;
/// Characters that fit beside an arrow.
const CHARACTERS: usize = 58;

/// Draws the steps, and lists them in words below.
pub(super) fn draw(page: &mut String, story: &Story, steps: &[usize], failing: usize, verdict: &str) {
    let chosen: Vec<(usize, &StoryStep)> =
        steps.iter().filter_map(|at| story.steps.get(*at).map(|step| (*at, step))).collect();
    let lanes = lanes(&chosen);
    let rows: usize = chosen.iter().map(|(_, step)| 1 + shown(step, &lanes).count()).sum::<usize>() + 1;
    let width = LEFT + lanes.len() * LANE + 40;
    let height = TOP + rows * ROW + 20;
    put(
        page,
        format_args!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Sequence of the steps that the failure \
             depends on; the same in words follows\">\n<svg class=\"sequence\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" \
             refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\">\
             <path d=\"M0 0 8 4 0 8z\"/></marker></defs>\n"
        ),
    );
    for (at, lane) in lanes.iter().enumerate() {
        let x = middle(at);
        put(
            page,
            format_args!(
                "<text class=\"lane\" x=\"{x}\" y=\"20\">{}</text>\
                 <line class=\"life\" x1=\"{x}\" x2=\"{x}\" y1=\"28\" y2=\"{}\"/>\n",
                escape(&short(&name(lane), 20)),
                height - 10
            ),
        );
    }
    let mut y = TOP + ROW / 2;
    for (number, step) in &chosen {
        let class = if *number == failing { "step failing" } else { "step" };
        let time = format!("{}.{:03}", step.at / 1_000_000, step.at / 1_000 % 1_000);
        put(page, format_args!("<text class=\"time\" x=\"{}\" y=\"{}\">{time}</text>\n", LEFT - 20, y + 4));
        // A party without a lane is named in the words.
        let what = if lanes.contains(&step.who) { without_name(step) } else { step.what.clone() };
        arrow(page, class, lane_of(&lanes, &step.who), service(&lanes), y, &what);
        y += ROW;
        for sent in shown(step, &lanes) {
            arrow(page, "sent", service(&lanes), lane_of(&lanes, &sent.to), y, &sent.what);
            y += ROW;
        }
    }
    put(
        page,
        format_args!(
            "<text class=\"broken\" x=\"{}\" y=\"{}\">✗ {}</text>\n</svg></div>\n",
            LEFT,
            y + 6,
            // A character of this type is about seven pixels wide.
            escape(&short(verdict, (width - LEFT) / 7))
        ),
    );
    words(page, &chosen, failing);
}

/// The same in words: every step with everything the service sent.
fn words(page: &mut String, chosen: &[(usize, &StoryStep)], failing: usize) {
    page.push_str("<details><summary>The same in words</summary><ol class=\"words\">\n");
    for (number, step) in chosen {
        let class = if *number == failing { " class=\"failing\"" } else { "" };
        put(
            page,
            format_args!(
                "<li{class}><time>{}.{:06} s</time> <code>{}</code>",
                step.at / 1_000_000,
                step.at % 1_000_000,
                escape(&step.what)
            ),
        );
        for sent in &step.sent {
            put(page, format_args!("<br><code>→ {}</code>", escape(&sent.what)));
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ol></details>\n");
}

/// The outputs of a step to parties that have a lane.
fn shown<'s>(step: &'s StoryStep, lanes: &[Party]) -> impl Iterator<Item = &'s StepOutput> {
    step.sent.iter().filter(|sent| lanes.contains(&sent.to))
}

/// Who has a lane: the service first, where it is always in sight, then the groups, then those who act.
fn lanes(chosen: &[(usize, &StoryStep)]) -> Vec<Party> {
    let mut actors: Vec<Party> = Vec::new();
    let mut groups: Vec<Party> = Vec::new();
    // The latest matter most: where lanes are scarce, they get them.
    for (_, step) in chosen.iter().rev() {
        let receivers = step.sent.iter().map(|sent| &sent.to);
        for party in std::iter::once(&step.who).chain(receivers) {
            let list = if matches!(party, Party::Group(_)) { &mut groups } else { &mut actors };
            if *party != Party::Service && !list.contains(party) && list.len() < LANES_MAX {
                list.push(party.clone());
            }
        }
    }
    // Groups by name, as a reader looks for them; those who act are by their last act.
    groups.sort();
    let mut lanes = vec![Party::Service];
    lanes.extend(groups);
    // Who acted last stands nearest.
    lanes.extend(actors);
    lanes
}

fn name(lane: &Party) -> String {
    match lane {
        Party::Group(name) => format!("members of {name}"),
        other => other.name().to_owned(),
    }
}

fn lane_of(lanes: &[Party], party: &Party) -> usize {
    lanes.iter().position(|lane| lane == party).unwrap_or_else(|| service(lanes))
}

fn service(lanes: &[Party]) -> usize {
    lanes.iter().position(|lane| *lane == Party::Service).unwrap_or(0)
}

const fn middle(lane: usize) -> usize {
    LEFT + lane * LANE + LANE / 2
}

/// The words of a step without the name of who acts: the lane says that.
fn without_name(step: &StoryStep) -> String {
    match step.what.split_once(' ') {
        // Words begin with a session, which is a name with its generation, or with the account that calls.
        Some((first, rest)) if first.split('#').next() == Some(step.who.name()) || first == "account" => {
            rest.to_owned()
        }
        _ => step.what.clone(),
    }
}

fn arrow(page: &mut String, class: &str, from: usize, to: usize, y: usize, what: &str) {
    let text = escape(&short(what, CHARACTERS));
    if from == to {
        let x = middle(to);
        put(
            page,
            format_args!(
                "<g class=\"{class}\"><circle cx=\"{x}\" cy=\"{y}\" r=\"4\"/><text class=\"own\" x=\"{}\" y=\"{}\">{text}</text></g>\n",
                x + 10,
                y + 4
            ),
        );
        return;
    }
    let (one, other) = (middle(from), middle(to));
    let left = one.min(other);
    put(
        page,
        format_args!(
            "<g class=\"{class}\"><line x1=\"{one}\" x2=\"{other}\" y1=\"{y}\" y2=\"{y}\" marker-end=\"url(#tip)\"/>\
             <text x=\"{}\" y=\"{}\">{text}</text></g>\n",
            left + 8,
            y - 5
        ),
    );
}

/// Text cut to so many characters.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}
