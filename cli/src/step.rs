//! `claque replay --step`: stops between events, and shows what client and service know.

use std::fmt;
use std::io::{BufRead, IsTerminal};

use claque_core::Duration;
use claque_document::units::parse_duration;
use claque_lab::transcript::Lines;
use claque_sim::observer::{Flow, ObservedCall, Observer, Scene};

use crate::cause::seconds;
use crate::output::{line, print};

const HELP: &str = "\
Enter, n         the next event
u USER           on to the next event that names this user
g GROUP          on to the next event that names this group
t TIME           on to this show time, such as 1m12s
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
    /// At the failure, or never.
    End,
}

/// Stops a run between its events and takes commands on standard input.
#[derive(Debug)]
pub(crate) struct Stepper {
    until: Until,
    lines: Vec<String>,
    failed: bool,
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
        Self { until, lines: Vec::new(), failed: false }
    }

    fn is_due(&self, scene: &dyn Scene) -> bool {
        match &self.until {
            Until::Next => true,
            Until::Names(wanted) => self.lines.iter().any(|line| wanted.wants(line)),
            Until::Time(at) => scene.passed() >= *at,
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
                (Some("t"), Some(word)) => match parse_duration(word) {
                    Ok(at) if at > scene.passed() => self.until = Until::Time(at),
                    Ok(_) => {
                        line(&format!("it is {} already: a run goes forward only", seconds(scene.passed())));
                        continue;
                    }
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
    }

    fn on_event(&mut self, event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        let failure = scene.failure().filter(|_| !self.failed);
        if failure.is_none() && !self.is_due(scene) {
            // What is passed over is not shown.
            self.lines.clear();
            return Flow::GoOn;
        }
        let skipped = self.lines.len().saturating_sub(SHOWN);
        if skipped > 0 {
            line(&format!("… {skipped} lines before"));
        }
        for text in self.lines.drain(..).skip(skipped) {
            print(&text);
        }
        line(&format!("at {}, event {}: {event}", seconds(scene.passed()), scene.events()));
        if let Some(failure) = failure {
            self.failed = true;
            line(&format!("broken: {failure}"));
        }
        self.ask(scene)
    }
}
