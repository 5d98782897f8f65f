//! Stories of runs, as somebody asks for them, against what the run itself counted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use claque_core::Duration;
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_sim::run::RunOptions;

use super::{Asked, Event, Explainer, Fate, Kind, NotExplained, Story, What, explain_run, read_trace};
use crate::transcript::{Lines, transcript};

fn plan() -> Plan {
    Plan::new(Scenario::builtin("smoke").expect("built in"), 3)
}

fn trace_of(plan: &Plan) -> Vec<String> {
    transcript(plan, RunOptions::default(), &Lines::default()).1
}

fn story_of(plan: &Plan, word: &str) -> Result<Story, NotExplained> {
    let (_, explainer) = explain_run(plan, RunOptions::default(), Asked::parse(word).expect("a name"));
    explainer.story()
}

/// Members and links of the groups of a run, counted from the lines of its trace alone.
#[derive(Default)]
struct Counted {
    members: BTreeMap<String, BTreeSet<String>>,
    down: BTreeSet<String>,
}

impl Counted {
    /// Takes one line; gives message, members and members with a link where it delivers one.
    fn take(&mut self, line: &str) -> Option<(String, u64, u64)> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let user = |word: &str| word.split('#').next().unwrap_or_default().to_owned();
        match words.as_slice() {
            [_, ">", who, "join", group, "ok", ..] => {
                self.members.entry((*group).to_owned()).or_default().insert(user(who));
            }
            [_, ">", who, "leave", group, "ok", ..] => {
                self.members.entry((*group).to_owned()).or_default().remove(&user(who));
            }
            [_, ">", who, "lose-link" | "close-link", ..] => self.down.extend([user(who)]),
            [_, ">", who, "reconnect", ..] if words.contains(&"ok") => {
                self.down.retain(|down| *down != user(who));
            }
            [_, ">", who, "log-on", ..] if words.contains(&"ok") => {
                self.down.retain(|down| *down != user(who));
            }
            [_, "<", "close", _, who] => {
                let gone = user(who);
                self.members.values_mut().for_each(|members| members.retain(|member| *member != gone));
                self.down.remove(&gone);
            }
            [_, "<", "deliver", message, "to", members, "of", group, ..] => {
                let of = self.members.get(*group)?;
                let members: u64 = members.parse().ok()?;
                // Kicks name nobody in a trace: only where everybody is known, the count says who had a link.
                if of.len() as u64 != members {
                    return None;
                }
                let linked = of.iter().filter(|user| !self.down.contains(*user)).count() as u64;
                return Some(((*message).to_owned(), members, linked));
            }
            _ => {}
        }
        None
    }
}

/// "Where did this message go?" The number delivered is that of the members who had a link at that moment.
#[test]
fn a_delivered_message_went_to_the_members_with_a_link() {
    let plan = plan();
    let mut counted = Counted::default();
    let sent: Vec<(String, u64, u64)> =
        trace_of(&plan).iter().filter_map(|line| counted.take(line)).collect();
    let apart: Vec<_> = sent.iter().filter(|(_, members, linked)| members != linked).take(3).collect();
    assert!(apart.len() > 2, "some messages found members without a link: {apart:?}");
    let together = sent.iter().filter(|(_, members, linked)| members == linked && *members > 5).take(2);
    for (message, members, linked) in apart.into_iter().chain(together) {
        let story = story_of(&plan, message).expect("it was delivered");
        let went = story.events.iter().find_map(|event| match &event.what {
            What::Delivered { members, delivered, .. } => Some((*members, *delivered)),
            _ => None,
        });
        assert_eq!(went, Some((*members, Some(*linked))), "{story}");
        let Some(Fate::Delivered { delivered, .. }) = story.fate else { panic!("{story}") };
        assert_eq!(delivered, *linked, "{story}");
        // Nobody hears it who had no link, and copies may be lost on the way.
        let heard = story.events.iter().find_map(|event| match &event.what {
            What::Landed { heard, .. } => Some(*heard),
            _ => None,
        });
        assert!(heard.is_some_and(|heard| heard > 0 && heard <= *members), "{story}");
    }
}

/// "Who threw it away, and for whom?" The run's own count of shed messages, and the lines of its trace.
#[test]
fn each_shed_message_names_its_rule_and_the_message_in_its_place() {
    let plan = plan();
    let (report, lines) = transcript(&plan, RunOptions::default(), &Lines::default());
    let shed: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.split_whitespace().skip(1).collect())
        .filter(|words: &Vec<&str>| matches!(words.as_slice(), ["<", "shed", ..]))
        .collect();
    assert_eq!(shed.len() as u64, report.shed.total());
    for words in shed.iter().take(2) {
        let ["<", "shed", message, "of", group, _, "by", rule, rest @ ..] = words.as_slice() else {
            panic!("{words:?}")
        };
        let story = story_of(&plan, message).expect("it was shed");
        let winner = rest.get(1).map(|winner| (*winner).to_owned());
        assert_eq!(story.fate, Some(Fate::Shed { rule: Some((*rule).to_owned()), winner: winner.clone() }));
        assert!(story.to_string().contains(&format!("[{rule}]")), "{story}");
        assert!(
            matches!(story.events.first().map(|event| &event.what), Some(What::Accepted { .. })),
            "{story}"
        );
        let members = story_of(&plan, &format!("group:{group}")).expect("a group");
        assert!(members.counts["shed"] > 0, "{members}");
        // The one in its place was delivered.
        if let Some(winner) = winner {
            let story = story_of(&plan, &winner).expect("a message");
            assert!(matches!(story.fate, Some(Fate::Delivered { .. })), "{story}");
        }
    }
}

/// "And those who were away?" Each recovery that the trace has is in the story of the user and of the message.
#[test]
fn a_recovered_message_names_who_pulled_it() {
    let plan = (0..40).map(|seed| Plan::new(Scenario::builtin("smoke").expect("built in"), seed));
    let found = plan.into_iter().find_map(|plan| {
        let lines = trace_of(&plan);
        let line = lines.iter().find(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            matches!(words.as_slice(), [_, "<", _, "recovers", _, "of", _, _, ..])
        })?;
        Some((plan, line.clone()))
    });
    let (plan, line) = found.expect("somebody recovers something in forty runs");
    let words: Vec<&str> = line.split_whitespace().collect();
    let (user, count) =
        (words[2].split('#').next().expect("a user"), words[4].parse::<usize>().expect("a count"));
    assert_eq!(words[7..].len(), count, "the line names as many messages as it counts: {line}");
    let story = story_of(&plan, words[7]).expect("a message");
    let by = |event: &Event| matches!(&event.what, What::Recovered { user: by, .. } if by == user);
    assert!(story.events.iter().any(by), "{story}");
    let Some(Fate::Delivered { recovered, .. }) = story.fate else { panic!("{story}") };
    assert!(recovered > 0, "{story}");
    assert!(story_of(&plan, user).expect("a user").events.iter().any(by));
}

/// One mechanism: a trace tells what the run says, but for what only the run knows.
#[test]
fn a_trace_tells_the_same_events_as_its_run() {
    let plan = plan();
    let lines = trace_of(&plan).concat();
    let comparable = |story: Story| -> Vec<Event> {
        let events = story.events.into_iter().filter(|event| {
            !matches!(event.what, What::Landed { .. } | What::Requested { .. } | What::Broken { .. })
        });
        events
            .map(|mut event| {
                if let What::Delivered { delivered, away, .. } = &mut event.what {
                    (*delivered, *away) = (None, Vec::new());
                }
                event
            })
            .collect()
    };
    for word in ["group:g1", "group:g2", "user:viewer7", "user:viewer30", "user:host1"] {
        let run = story_of(&plan, word).expect("it is in the run");
        let mut explainer = Explainer::new(Asked::parse(word).expect("a name"));
        read_trace(Cursor::new(&lines), &mut explainer).expect("a trace");
        let trace = explainer.story().expect("it is in the trace");
        let (run, trace) = (comparable(run), comparable(trace));
        assert!(run.len() > 2, "{word}: {run:?}");
        assert_eq!(run, trace, "{word}");
    }
}

#[test]
fn a_broken_rule_stands_in_the_story_of_what_its_evidence_names() {
    let mut plan = plan();
    plan.seed = 1;
    let mutation = claque_core::Mutant::from_id("supergroup-notice-four-seconds");
    let asked = Asked::parse("g1").expect("a name");
    let (report, explainer) = explain_run(&plan, RunOptions { mutation, ..RunOptions::default() }, asked);
    let Verdict::Fail(failure) = &report.verdict else { panic!("{}", report.verdict) };
    assert!(failure.to_string().contains("supergroup g1"), "{failure}");
    let story = explainer.story().expect("a group");
    let last = story.events.last().expect("events");
    assert_eq!(last.what.rule(), Some("supergroup.notice.interval"), "{story}");
    // The run ends where it broke, and not when it would have settled.
    let broke = failure.at.since(plan.scenario.start);
    assert_eq!((report.virtual_time, report.show_time), (broke, broke));
    assert!(broke < Duration::from_secs(60), "{broke:?}");
}

#[test]
fn a_name_that_nothing_has_is_answered_with_the_nearest_ones() {
    let plan = plan();
    let said = story_of(&plan, "veiwer7").expect_err("a typing error").to_string();
    assert!(said.contains("\"veiwer7\"") && said.contains("did you mean user:viewer7"), "{said}");
    let said = story_of(&plan, "user:g1").expect_err("no user").to_string();
    assert!(said.contains("nothing here is called \"g1\""), "{said}");
    assert!(Asked::parse("group:").is_err() && Asked::parse("").is_err());
}

#[test]
fn a_name_that_several_things_have_is_answered_with_all_of_them() {
    let explainer = |word: &str| {
        let mut explainer = Explainer::new(Asked::parse(word).expect("a name"));
        for (message, by) in [("abcd01", "ada"), ("abcd02", "stage")] {
            let (message, by) = (message.to_owned(), by.to_owned());
            let group = Some("stage".to_owned());
            let what = What::Accepted { message, group, by, level: None, ticket: None };
            explainer.take(Event { at_micros: 0, what });
        }
        explainer.story()
    };
    let said = explainer("stage").expect_err("a user and a group").to_string();
    assert_eq!(said, "\"stage\" may be user:stage, group:stage: write one of them");
    let said = explainer("abcd").expect_err("two messages").to_string();
    assert_eq!(said, "\"abcd\" may be message:abcd01, message:abcd02: write one of them");
    assert_eq!(explainer("abcd01").expect("one message").kind, Kind::Message);
    assert_eq!(explainer("user:stage").expect("one user").counts["accepted"], 1);
    // Three characters are no beginning of a message.
    assert!(matches!(explainer("abc"), Err(NotExplained::Unknown { .. })));
}

#[test]
fn what_still_waits_at_the_end_is_said_to_wait() {
    let trace = "       1.000000 > ada#1 send g1 HIGH type 10001  pending 4\n\
                 \x20      1.500000 > verdict 4 Pass\n\
                 \x20      1.500000 < client-answer 4 ok=true to ada#1 m17\n\
                 \x20      3.000000 > bo#1 join g1  ok 2 members\n";
    let mut explainer = Explainer::new(Asked::parse("message:m17").expect("a name"));
    read_trace(Cursor::new(trace), &mut explainer).expect("a trace");
    let story = explainer.story().expect("a message");
    let words: Vec<&str> = story.events.iter().map(|event| event.what.word()).collect();
    assert_eq!(words, ["waits", "accepted"], "{story}");
    assert_eq!(story.fate, Some(Fate::Waiting { since_micros: 1_500_000, until_micros: 3_000_000 }));
    let said =
        read_trace(Cursor::new("{\"a\":1}\n"), &mut Explainer::new(Asked::parse("m17").expect("a name")));
    assert!(said.is_err_and(|error| error.says.contains("no line of a trace")));
}
