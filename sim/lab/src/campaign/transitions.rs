//! The transitions of a run: which rule decided something, and which one next, about the same user or group.
//!
//! A rule that decided says little, since one run reaches most of them. Two that decided one after the other about one
//! user or group, with the class of the time between them and of the state that they found, are a step of a story, and
//! there are so many of them that new ones still come after many thousands of runs.

use std::collections::BTreeMap;

use claque_core::{Duration, GroupIx, Input, Instant, NoticeTo, Outcome, Output, Rule, UserIx};
use claque_sim::observer::{ObservedCall, Observer, Scene};

/// Classes of the time between two calls.
const GAPS: usize = 4;
/// Classes of the state.
const STATES: usize = 4;
/// How many transitions there are.
pub(super) const TRANSITIONS: usize = Rule::COUNT * Rule::COUNT * GAPS * STATES;

/// Whom a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    /// The back ends: their calls follow one another.
    Account,
    User(UserIx),
    Group(GroupIx),
}

/// The last call about a subject.
#[derive(Debug, Default)]
struct LastCall {
    at: Instant,
    /// The places of the rules that decided, in rising order.
    rules: Vec<usize>,
    /// Of a user: a link was lost before.
    lost: bool,
}

/// A transition that a run has made, and when it made it for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FirstMade {
    /// The number of the transition.
    pub(super) transition: usize,
    /// Unit: show time.
    pub(super) at: Duration,
}

/// Follows a run, and collects its transitions.
#[derive(Debug)]
pub(super) struct Transitions {
    made: Vec<FirstMade>,
    /// A bit for each transition.
    seen: Vec<u64>,
    counts: Vec<u64>,
    now: Vec<usize>,
    subjects: Vec<Subject>,
    last: BTreeMap<Subject, LastCall>,
}

impl Transitions {
    pub(super) fn new() -> Self {
        Self {
            made: Vec::new(),
            seen: vec![0; TRANSITIONS.div_ceil(64)],
            counts: vec![0; Rule::COUNT],
            now: Vec::new(),
            subjects: Vec::new(),
            last: BTreeMap::new(),
        }
    }

    /// The transitions so far, in the order in which they were made first.
    pub(super) fn take(&mut self) -> Vec<FirstMade> {
        std::mem::take(&mut self.made)
    }

    fn find_subjects(&mut self, call: &ObservedCall<'_>) {
        self.subjects.clear();
        match call.input {
            Input::Client(session, _) | Input::Disconnect(session, _) | Input::Reconnect(session, ..) => {
                self.subjects.push(Subject::User(session.user));
            }
            Input::Connect(_) => {
                if let Outcome::Connected(Ok(connected)) = call.outcome {
                    self.subjects.push(Subject::User(connected.session.user));
                }
            }
            Input::Console(..) | Input::Malformed(..) | Input::Request(..) => {
                self.subjects.push(Subject::Account);
            }
            Input::SetLimits(_) | Input::SetReadings(_) | Input::Timeout | Input::Verdict(..) => {}
        }
        for output in call.outputs {
            let subject = match output {
                Output::Deliver(fanout) => Subject::Group(fanout.group),
                Output::Notice(NoticeTo::Group(group) | NoticeTo::Users(group), ..)
                | Output::Recover(_, group, _) => Subject::Group(*group),
                Output::Notice(NoticeTo::Session(session), ..)
                | Output::ClientAnswer(session, ..)
                | Output::Close(session, _)
                | Output::Direct(session, ..) => Subject::User(session.user),
                Output::Answer(..)
                | Output::Callback(_)
                | Output::DeliverTo(..)
                | Output::Log(_)
                | Output::Moderate(_)
                | Output::Overdue(_)
                | Output::Shed(_) => continue,
            };
            if !self.subjects.contains(&subject) {
                self.subjects.push(subject);
            }
        }
    }

    fn note(&mut self, subject: Subject, call: &ObservedCall<'_>, scene: &dyn Scene) {
        let last = self.last.entry(subject).or_default();
        let marked = match subject {
            Subject::Account => false,
            Subject::User(_) => last.lost,
            Subject::Group(group) => scene.is_supergroup(group),
        };
        let state = usize::from(call.outcome.is_refused()) * 2 + usize::from(marked);
        let class = gap(scene.clock().since(last.at)) * STATES + state;
        for before in &last.rules {
            for now in &self.now {
                let transition = (before * Rule::COUNT + now) * GAPS * STATES + class;
                let (word, bit) = (transition / 64, 1 << (transition % 64));
                if self.seen[word] & bit == 0 {
                    self.seen[word] |= bit;
                    self.made.push(FirstMade { transition, at: scene.passed() });
                }
            }
        }
        last.at = scene.clock();
        last.rules.clone_from(&self.now);
        last.lost |= matches!(call.input, Input::Disconnect(..));
    }
}

impl Observer for Transitions {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        self.now.clear();
        self.now.extend(scene.rules().risen(&self.counts).map(Rule::index));
        scene.rules().copy_counts(&mut self.counts);
        self.find_subjects(call);
        for number in 0..self.subjects.len() {
            self.note(self.subjects[number], call, scene);
        }
    }
}

/// The class of a time between two calls: at once, within a second, within a minute, later.
fn gap(span: Duration) -> usize {
    [Duration::from_millis(1), Duration::from_secs(1), Duration::from_secs(60)]
        .iter()
        .filter(|bound| span >= **bound)
        .count()
}
