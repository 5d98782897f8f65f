//! `claque replay --step`: stops between events, and shows what client and service know.

use std::fmt;
use std::io::{BufRead, IsTerminal};

use claque_core::Duration;
use claque_document::units::parse_duration;
use claque_lab::explain::{What, events_of};
use claque_lab::transcript::Lines;
use claque_sim::observer::{Flow, ObservedCall, Observer, Scene};

use crate::cause::seconds;
use crate::output::{count, line, print};

const HELP: &str = "\
Enter, n         the next event
b, b N           back by one event, or by N
u USER           on to the next event that names this user
g GROUP          on to the next event that names this group
t TIME           on, or back, to this show time, such as 1m12s
until WORD       on to the next event of a kind: until shed
until WORD(NAME) the same, of a message, user or group: until shed(g4), until joined(viewer7)
p NAME           what is known of a user or a group
f                the faults that are on
r                on to the end, or to the failure
q                stop here
";

/// How many lines are shown at a stop, the last ones.
const SHOWN: usize = 40;

/// When to stop next.
#[derive(Clone, Debug)]
enum Until {
    /// At the next event.
    Next,
    /// At an event that has a line of these.
    Names(Lines),
    /// At this show time.
    Time(Duration),
    /// At the event of this number.
    Event(u64),
    /// At an event of a story: its word, and whom it is about.
    Story(&'static str, Option<String>),
    /// At the failure, or never.
    End,
}

/// Stops a run between its events and takes commands on standard input.
#[derive(Debug)]
pub(crate) struct Stepper {
    until: Until,
    lines: Vec<String>,
    /// Whether an event that is waited for has happened since the last stop.
    happened: bool,
    /// The event in which the failure was shown.
    failed: Option<u64>,
    /// Whether the run is played again from its beginning, to come to an event before this one.
    back: bool,
}

impl Stepper {
    /// Stops first at a time, or at the first event that names somebody, or at the first event of all.
    pub(crate) fn new(at: Option<Duration>, wanted: &Lines) -> Self {
        let until = match at {
            Some(at) => Until::Time(at),
            None if wanted.user.is_some() || wanted.group.is_some() => Until::Names(Lines {
                user: wanted.user.clone(),
                group: wanted.group.clone(),
                ..Lines::default()
            }),
            None => Until::Next,
        };
        Self { until, lines: Vec::new(), happened: false, failed: None, back: false }
    }

    /// Whether the run is to be played again, to stop earlier than it did.
    pub(crate) fn goes_back(&mut self) -> bool {
        self.lines.clear();
        self.happened = false;
        std::mem::take(&mut self.back)
    }

    /// Stops this run, and asks for one that comes to an earlier event.
    fn turn_back(&mut self, to: Until) -> Flow {
        // What lies behind that event is still to come, the failure as well.
        self.failed = self.failed.filter(|failed| matches!(to, Until::Event(event) if *failed <= event));
        self.until = to;
        self.back = true;
        Flow::Stop
    }

    fn is_due(&self, scene: &dyn Scene) -> bool {
        match &self.until {
            Until::Next => true,
            Until::Names(wanted) => self.lines.iter().any(|line| wanted.wants(line)),
            Until::Time(at) => scene.passed() >= *at,
            Until::Event(event) => scene.events() >= *event,
            Until::Story(..) => self.happened,
            Until::End => false,
        }
    }

    /// Reads commands until one lets the run go on.
    fn ask(&mut self, scene: &dyn Scene) -> Flow {
        let names = |user: Option<&str>, group: Option<&str>| {
            let own = |word: Option<&str>| word.map(str::to_owned);
            Until::Names(Lines { user: own(user), group: own(group), ..Lines::default() })
        };
        loop {
            if std::io::stdin().is_terminal() {
                print("> ");
            }
            let mut text = String::new();
            if std::io::stdin().lock().read_line(&mut text).unwrap_or(0) == 0 {
                return Flow::Stop;
            }
            let mut words = text.split_whitespace();
            match (words.next(), words.next()) {
                (None | Some("n"), _) => self.until = Until::Next,
                (Some("u"), Some(name)) => self.until = names(Some(name), None),
                (Some("g"), Some(name)) => self.until = names(None, Some(name)),
                (Some("r"), _) => self.until = Until::End,
                (Some("b"), by) => match by.map_or(Ok(1), str::parse::<u64>) {
                    Ok(by) => return self.turn_back(Until::Event(scene.events().saturating_sub(by).max(1))),
                    Err(_) => {
                        line("b takes a number of events: b, or b 10");
                        continue;
                    }
                },
                (Some("until"), condition) => match story(condition.unwrap_or_default()) {
                    Ok(until) => self.until = until,
                    Err(said) => {
                        line(&said);
                        continue;
                    }
                },
                (Some("t"), Some(word)) => match parse_duration(word) {
                    Ok(at) if at > scene.passed() => self.until = Until::Time(at),
                    Ok(at) => return self.turn_back(Until::Time(at)),
                    Err(said) => {
                        line(&said.to_string());
                        continue;
                    }
                },
                (Some("p"), Some(name)) => {
                    let texts = [scene.tell_user(name), scene.tell_group(name)];
                    if texts.iter().all(Option::is_none) {
                        line(&format!("no user and no group is called {name}"));
                    }
                    texts.into_iter().flatten().for_each(|text| print(&text));
                    continue;
                }
                (Some("f"), _) => {
                    let on = scene.faults();
                    let named = on.iter().filter_map(|at| scene.scenario().faults.get(usize::from(*at)));
                    let names: Vec<&str> = named.map(|fault| fault.name.as_str()).collect();
                    line(&if names.is_empty() { "no fault is on".to_owned() } else { names.join(" ") });
                    continue;
                }
                (Some("q"), _) => return Flow::Stop,
                _ => {
                    print(HELP);
                    continue;
                }
            }
            return Flow::GoOn;
        }
    }
}

impl Observer for Stepper {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        self.lines.extend(scene.lines(call));
        if let Until::Story(word, of) = &self.until {
            self.happened |= events_of(call, scene)
                .iter()
                .any(|what| what.word() == *word && concerns(what, of.as_deref()));
        }
    }

    fn on_event(&mut self, event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        let failure = scene.failure().filter(|_| self.failed.is_none());
        if failure.is_none() && !self.is_due(scene) {
            // What is passed over is not shown.
            self.lines.clear();
            return Flow::GoOn;
        }
        let skipped = self.lines.len().saturating_sub(SHOWN);
        if skipped > 0 {
            line(&format!("… {} before", count(skipped, "line")));
        }
        for text in self.lines.drain(..).skip(skipped) {
            print(&text);
        }
        line(&format!("at {}, event {}: {event}", seconds(scene.passed()), scene.events()));
        if let Some(failure) = failure {
            self.failed = Some(scene.events());
            line(&format!("broken: {failure}"));
        }
        self.happened = false;
        self.ask(scene)
    }
}

/// Whether an event is about somebody; about anybody where none is named.
fn concerns(what: &What, name: Option<&str>) -> bool {
    let Some(name) = name else { return true };
    let mut found = false;
    what.names(&mut |_, id| found |= id == name);
    found
}

/// A condition: `shed`, or `shed(g4)`. Words of two parts are joined by a hyphen: `link-lost(viewer3)`.
fn story(condition: &str) -> Result<Until, String> {
    let (word, name) = match condition.split_once('(') {
        Some((word, rest)) => {
            let name = rest.strip_suffix(')').filter(|name| !name.is_empty());
            let name =
                name.ok_or_else(|| format!("{condition}: a name stands in parentheses, such as shed(g4)"))?;
            (word, Some(name.to_owned()))
        }
        None => (condition, None),
    };
    let spelled = word.replace('-', " ");
    if let Some(known) = What::WORDS.into_iter().find(|known| *known == spelled) {
        return Ok(Until::Story(known, name));
    }
    let words: Vec<String> = What::WORDS.iter().map(|word| word.replace(' ', "-")).collect();
    let there_are = format!("there are {}", words.join(", "));
    Err(format!(
        "until: {}",
        crate::name::unknown("event", word, words.iter().map(String::as_str), &there_are)
    ))
}
