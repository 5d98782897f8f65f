//! The diagram of a failure: who did what to the service and what came of it, for the steps that the failure depends on.

use super::{escape, put};
use crate::amount;
use crate::story::{CausalSlice, Party, StepOutput, Story, StoryStep};

/// Users that have a lane of their own.
const LANES_MAX: usize = 10;
/// Distance of two lanes at the most and at the least, and of two rows. Unit: pixels.
const LANE_MAX: usize = 150;
const LANE_MIN: usize = 112;
/// Lanes are so close together that all of them stand in a wide page, if they can. Unit: pixels.
const WIDE: usize = 1_200;
const ROW: usize = 30;
/// Room on the left for times.
const LEFT: usize = 110;
/// Room above, and the height of the names.
const TOP: usize = 14;
const HEAD: usize = 32;
/// Characters that fit beside an arrow.
const CHARACTERS: usize = 58;

/// Of the steps between two that the evidence names, so many are drawn; earlier ones are counted.
const BETWEEN: usize = 3;

/// Who has a lane, from left to right, and the distance of two.
struct Lanes {
    parties: Vec<Party>,
    apart: usize,
}

/// A row of the diagram, and an item of the list.
enum Row<'s> {
    /// A step; whether the evidence names it, and whether the rule broke at it.
    Step { step: &'s StoryStep, named: bool, broke: bool },
    /// Steps that the diagram only counts.
    Folded(Vec<&'s StoryStep>),
    /// The moment of the verdict.
    Verdict,
}

/// Draws the steps, and lists them in words below.
pub(super) fn draw(page: &mut String, story: &Story, slice: &CausalSlice, verdict: &str) {
    let rows = rows(story, slice);
    let lanes = lanes(&rows);
    let lines: usize =
        rows.iter().map(|row| row.step().map_or(1, |step| 1 + shown(step, &lanes).count())).sum();
    let width = LEFT + lanes.parties.len() * lanes.apart + 40;
    begin(page, &lanes, width, TOP + lines * ROW + 20);
    let mut y = TOP + ROW / 2;
    for row in &rows {
        let step = match row {
            Row::Step { step, .. } => step,
            Row::Folded(steps) => {
                let words = escape(&counted(steps));
                put(
                    page,
                    format_args!("<text class=\"folded\" x=\"{LEFT}\" y=\"{}\">{words}</text>\n", y + 4),
                );
                y += ROW;
                continue;
            }
            Row::Verdict => {
                // A character of this type is about seven pixels wide.
                let words = escape(&short(verdict, (width - LEFT) / 7));
                put(
                    page,
                    format_args!("<text class=\"broken\" x=\"{LEFT}\" y=\"{}\">✗ {words}</text>\n", y + 4),
                );
                y += ROW;
                continue;
            }
        };
        let receivers: Vec<&StepOutput> = shown(step, &lanes).collect();
        if matches!(row, Row::Step { named: true, .. }) {
            let rows = 1 + receivers.len();
            let (top, high) = (y - ROW / 2, rows * ROW - 4);
            put(
                page,
                format_args!("<rect class=\"named\" x=\"4\" y=\"{top}\" width=\"5\" height=\"{high}\"/>\n"),
            );
        }
        let time = format!("{}.{:03}", step.at / 1_000_000, step.at / 1_000 % 1_000);
        put(page, format_args!("<text class=\"time\" x=\"{}\" y=\"{}\">{time}</text>\n", LEFT - 20, y + 4));
        // A party without a lane is named in the words.
        let what = if lanes.parties.contains(&step.who) { without_name(step) } else { step.what.clone() };
        arrow(page, row.class(), lanes.at(&step.who), lanes.at(&Party::Service), y, &what);
        y += ROW;
        for sent in receivers {
            arrow(page, "sent", lanes.at(&Party::Service), lanes.at(&sent.to), y, &sent.what);
            y += ROW;
        }
    }
    page.push_str("</svg></div>\n");
    words(page, &rows, verdict);
}

/// The names of the lanes, and the picture up to their lines.
fn begin(page: &mut String, lanes: &Lanes, width: usize, height: usize) {
    page.push_str(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Sequence of the steps that the failure \
         depends on; the same in words follows\">\n",
    );
    heads(page, lanes, width);
    put(
        page,
        format_args!(
            "<svg class=\"sequence\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             aria-hidden=\"true\">\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
             markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0 8 4 0 8z\"/></marker></defs>\n"
        ),
    );
    for at in 0..lanes.parties.len() {
        let (x, end) = (lanes.middle(at), height - 10);
        put(page, format_args!("<line class=\"life\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"{end}\"/>\n"));
    }
}

/// The names of the lanes. They stay in sight while the steps are scrolled, so they are a picture of their own.
fn heads(page: &mut String, lanes: &Lanes, width: usize) {
    put(
        page,
        format_args!(
            "<svg class=\"sequence heads\" width=\"{width}\" height=\"{HEAD}\" viewBox=\"0 0 {width} {HEAD}\" \
             aria-hidden=\"true\">\n"
        ),
    );
    for (at, lane) in lanes.parties.iter().enumerate() {
        // A letter of this type is about seven pixels wide.
        let name = escape(&short(&name(lane), lanes.apart / 7));
        put(page, format_args!("<text class=\"lane\" x=\"{}\" y=\"20\">{name}</text>\n", lanes.middle(at)));
    }
    page.push_str("</svg>\n");
}

impl<'s> Row<'s> {
    const fn step(&self) -> Option<&'s StoryStep> {
        match self {
            Self::Step { step, .. } => Some(step),
            Self::Folded(_) | Self::Verdict => None,
        }
    }

    const fn class(&self) -> &'static str {
        match self {
            Self::Step { broke: true, .. } => "step failing",
            Self::Step { broke: false, .. } | Self::Folded(_) | Self::Verdict => "step",
        }
    }
}

/// The steps in order, the verdict where it fell, and what leads up to the evidence in short.
fn rows<'s>(story: &'s Story, slice: &CausalSlice) -> Vec<Row<'s>> {
    let (mut rows, mut between) = (Vec::new(), Vec::new());
    for (at, step) in slice.steps.iter().filter_map(|at| story.steps.get(*at).map(|step| (*at, step))) {
        let (named, broke) = (slice.named.contains(&at), slice.broke == Some(at));
        if !named && !broke {
            between.push(step);
            continue;
        }
        fold(&mut rows, &mut between);
        rows.push(Row::Step { step, named, broke });
        if broke {
            rows.push(Row::Verdict);
        }
    }
    fold(&mut rows, &mut between);
    if slice.broke.is_none() {
        rows.push(Row::Verdict);
    }
    rows
}

/// Adds the steps between two that the evidence names.
fn fold<'s>(rows: &mut Vec<Row<'s>>, between: &mut Vec<&'s StoryStep>) {
    let counted = between.len().saturating_sub(BETWEEN);
    // One that is only counted takes as much room as one that is drawn.
    if counted > 1 {
        rows.push(Row::Folded(between.drain(..counted).collect()));
    }
    rows.extend(between.drain(..).map(|step| Row::Step { step, named: false, broke: false }));
}

/// How many steps of each kind there are.
fn counted(steps: &[&StoryStep]) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for step in steps {
        // Without who did it and to what.
        let kind = without_name(step).split(' ').next().unwrap_or_default().to_owned();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} × {kind}")).collect();
    format!("… {}, see the list below: {} …", amount::counted(steps.len() as u64, "step"), kinds.join(", "))
}

/// The same in words: every step with everything the service sent.
fn words(page: &mut String, rows: &[Row<'_>], verdict: &str) {
    page.push_str("<details><summary>The same in words</summary><ol class=\"words\">\n");
    for row in rows {
        match row {
            Row::Step { step, broke: true, .. } => item(page, step, " class=\"failing\""),
            Row::Step { step, named: true, .. } => item(page, step, " class=\"named\""),
            Row::Step { step, .. } => item(page, step, ""),
            Row::Folded(steps) => steps.iter().for_each(|step| item(page, step, "")),
            Row::Verdict => {
                put(page, format_args!("<li class=\"failing\"><code>✗ {}</code></li>\n", escape(verdict)));
            }
        }
    }
    page.push_str("</ol></details>\n");
}

/// A step in words, as an item of a list.
pub(super) fn item(page: &mut String, step: &StoryStep, class: &str) {
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

/// The outputs of a step to parties that have a lane.
fn shown<'s>(step: &'s StoryStep, lanes: &Lanes) -> impl Iterator<Item = &'s StepOutput> {
    step.sent.iter().filter(|sent| lanes.parties.contains(&sent.to))
}

/// Who has a lane: the service first, where it is always in sight, then the groups, then those who act.
fn lanes(rows: &[Row<'_>]) -> Lanes {
    let mut actors: Vec<Party> = Vec::new();
    let mut groups: Vec<Party> = Vec::new();
    // The latest matter most: where lanes are scarce, they get them.
    for step in rows.iter().rev().filter_map(Row::step) {
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
    let mut parties = vec![Party::Service];
    parties.extend(groups);
    // Who acted last stands nearest.
    parties.extend(actors);
    let apart = (WIDE.saturating_sub(LEFT + 40) / parties.len()).clamp(LANE_MIN, LANE_MAX);
    Lanes { parties, apart }
}

fn name(lane: &Party) -> String {
    match lane {
        Party::Group(name) => format!("members of {name}"),
        other => other.name().to_owned(),
    }
}

impl Lanes {
    /// Where a party's lane is; the service's, if it has none.
    fn at(&self, party: &Party) -> usize {
        let place = |party: &Party| self.parties.iter().position(|lane| lane == party);
        self.middle(place(party).or_else(|| place(&Party::Service)).unwrap_or(0))
    }

    const fn middle(&self, lane: usize) -> usize {
        LEFT + lane * self.apart + self.apart / 2
    }
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
        put(
            page,
            format_args!(
                "<g class=\"{class}\"><circle cx=\"{to}\" cy=\"{y}\" r=\"4\"/><text class=\"own\" x=\"{}\" y=\"{}\">{text}</text></g>\n",
                to + 10,
                y + 4
            ),
        );
        return;
    }
    let left = from.min(to);
    put(
        page,
        format_args!(
            "<g class=\"{class}\"><line x1=\"{from}\" x2=\"{to}\" y1=\"{y}\" y2=\"{y}\" marker-end=\"url(#tip)\"/>\
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
