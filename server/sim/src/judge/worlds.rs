//! Worlds share nothing: a key leads into its own, and so do clocks and messages.

use super::broken::{BrokenPromise, SECOND};
use super::story::{CallStory, LogStory};

/// The code of a call whose key nobody knows.
pub(super) const UNKNOWN_KEY: &str = "InvalidAccessKeyId.NotFound";
/// So far is the other world's clock moved. Microseconds.
const HOUR: u64 = 3_600 * SECOND;

pub(crate) fn judge(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let mut own: [Vec<&str>; 2] = [Vec::new(), Vec::new()];
    for call in story.calls.iter().filter(|call| call.is("CreateLiveMessageApp")) {
        let id = call.answer.and_then(|(_, _, body)| body["AppId"].as_str());
        own[usize::from(call.made.elsewhere)].extend(id);
    }
    for call in story.calls.iter().filter(|call| call.is("ListLiveMessageApps") && call.accepted()) {
        let Some((_, _, body)) = call.answer else { continue };
        let other = &own[usize::from(!call.made.elsewhere)];
        let listed: Vec<&str> = body["AppList"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|app| app["AppId"].as_str())
            .collect();
        if let Some(leaked) =
            listed.iter().find(|id| other.contains(id) && !own[usize::from(call.made.elsewhere)].contains(id))
        {
            let says = format!("call {} was shown the application {leaked} of another world", call.number);
            findings.push(BrokenPromise { class: "world-leaks", says });
        }
        if !call.made.elsewhere && !own[0].is_empty() && listed.is_empty() {
            let says = format!("call {} was shown no application of its world", call.number);
            findings.push(BrokenPromise { class: "acknowledged-lost", says });
        }
    }
    ended(story, findings);
    other_clock(story, findings);
    for call in story.calls.iter().filter(|call| call.is("GET clock") && call.accepted()) {
        let Some((at, _, body)) = call.answer else { continue };
        let shown = body["nowMicros"].as_u64().unwrap_or(0);
        if shown + SECOND < call.sent || shown > at + SECOND {
            let says =
                format!("call {} was shown the time {shown} between {} and {at}", call.number, call.sent);
            findings.push(BrokenPromise { class: "clock-wrong", says });
        }
    }
}

/// The calls of a name that may have been carried out.
fn changes<'a>(story: &'a LogStory<'_>, of: &'a str) -> impl Iterator<Item = &'a CallStory<'a>> + 'a {
    story.calls.iter().filter(move |call| call.is(of) && !call.refused())
}

/// The ends of the other world that a call certainly came behind.
fn ends_before<'a>(
    story: &'a LogStory<'_>,
    call: &'a CallStory<'_>,
) -> impl Iterator<Item = &'a CallStory<'a>> + 'a {
    changes(story, "DELETE worlds/elsewhere").filter(|end| end.life == call.life && end.until() < call.sent)
}

/// The other world may be there when a call is carried out.
pub(crate) fn may_be_there(story: &LogStory<'_>, call: &CallStory<'_>) -> bool {
    changes(story, "POST worlds").any(|made| {
        made.number != call.number
            && made.life == call.life
            && made.sent <= answered(call)
            && !ends_before(story, call).any(|end| end.sent > latest(story, made))
    })
}

/// The other world may be gone when a call is carried out: so may what was in it before.
pub(crate) fn may_be_gone(story: &LogStory<'_>, call: &CallStory<'_>) -> bool {
    let emptied = |name| changes(story, name).any(|one| one.life == call.life && one.sent <= answered(call));
    emptied("DELETE worlds/elsewhere") || emptied("POST worlds/elsewhere/reset") || !may_be_there(story, call)
}

fn answered(call: &CallStory<'_>) -> u64 {
    call.answer.map_or(u64::MAX, |(at, ..)| at)
}

/// When a call was certainly carried out, or never will be.
fn latest(story: &LogStory<'_>, call: &CallStory<'_>) -> u64 {
    call.answer.map_or_else(|| story.end_of(call.life), |(at, ..)| at)
}

/// A key of a world that has ended, or that this server has not made yet, leads nowhere.
fn ended(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    for call in story.calls.iter().filter(|call| call.made.elsewhere && call.made.documented) {
        let Some((_, status, body)) = call.answer else { continue };
        let code = body["Code"].as_str().unwrap_or_default();
        if !may_be_there(story, call) && code != UNKNOWN_KEY {
            let says = format!(
                "call {} with the key of a world that is not there was answered {status} {code}, and not {UNKNOWN_KEY}",
                call.number
            );
            findings.push(BrokenPromise { class: "world-outlived", says });
        }
    }
}

/// What is known of the other world's clock.
#[derive(Clone, Copy, Debug)]
struct OtherClock {
    life: usize,
    /// Somewhere between these two times of the wall it showed a time between those two. Microseconds.
    wall: (u64, u64),
    shown: Option<(u64, u64)>,
    /// So many times the wall's pace.
    pace: u64,
}

impl OtherClock {
    /// What it may show between two times of the wall.
    fn between(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let (least, most) = self.shown?;
        Some((
            least + self.pace * from.saturating_sub(self.wall.1),
            most + self.pace * to.saturating_sub(self.wall.0),
        ))
    }
}

/// The other world's clock goes at the pace that it was given, and jumps where it was moved.
fn other_clock(story: &LogStory<'_>, findings: &mut Vec<BrokenPromise>) {
    let mut known: Option<OtherClock> = None;
    let mut free_from = 0;
    for call in &story.calls {
        let name = call.made.name.as_str();
        let concerns = name.contains("worlds/elsewhere") || name == "POST worlds";
        if !concerns || call.refused() {
            continue;
        }
        // In which order two of them were carried out at once is not known, and of an unanswered one not even whether.
        let alone = free_from < call.sent;
        free_from = free_from.max(latest(story, call));
        let clock = known.filter(|clock| clock.life == call.life && alone);
        let Some((at, _, body)) = call.answer.filter(|_| call.accepted() && alone) else {
            known = None;
            continue;
        };
        let wall = (call.sent, at);
        let shown = clock.and_then(|clock| clock.between(call.sent, at));
        known = match name {
            "POST worlds" => Some(OtherClock { life: call.life, wall, shown: Some(wall), pace: 1 }),
            "GET worlds/elsewhere/clock" => {
                let now = body["nowMicros"].as_u64().unwrap_or(0);
                if let Some((least, most)) = shown.filter(|(least, most)| !(*least..=*most).contains(&now)) {
                    let says = format!(
                        "call {} was shown {now} µs as the other world's time, and not between {least} and {most}",
                        call.number
                    );
                    findings.push(BrokenPromise { class: "clock-wrong", says });
                }
                clock.map(|clock| OtherClock { wall, shown: Some((now, now)), ..clock })
            }
            "POST worlds/elsewhere/clock" => clock.map(|clock| {
                let asked = &call.made.parameters;
                let jump = if asked.contains_key("advance") { HOUR } else { 0 };
                let pace = if asked.contains_key("freeze") {
                    0
                } else if asked.contains_key("resume") {
                    1
                } else {
                    let speed = call.text("speed").and_then(|text| text.trim_end_matches('x').parse().ok());
                    speed.unwrap_or(clock.pace)
                };
                let quick = pace.max(clock.pace) * (at - call.sent);
                let shown = shown.map(|(least, most)| (least + jump, most + jump + quick));
                OtherClock { wall, shown, pace, ..clock }
            }),
            // Its pace stays, and where it goes on from is not promised.
            "POST worlds/elsewhere/reset" => clock.map(|clock| OtherClock { wall, shown: None, ..clock }),
            _ => None,
        };
    }
}
