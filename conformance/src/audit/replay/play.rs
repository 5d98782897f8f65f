//! One play of a recording with the reference service, under one reading of each open point.

use std::collections::{BTreeMap, BTreeSet};

use claque_core::{Instant, Operation, Readings, Rule};
use serde_json::{Map, Value as Json};

use super::compare::Closely;
use super::model::{Differs, LateOwed, Lost, Model, Seen};
use super::moments::Moments;
use super::{places, ranked};
use crate::audit::assumed::Assumed;
use crate::audit::recording::{CallSeen, ClientSeen, Ended, FrameSeen, Kind, Place, Recording, Scripted};
use crate::audit::window::Window;
use crate::case::Setup;
use crate::log::{Header, LinkState};
use crate::subject::Subject;

/// What was sent to a client is under way for so long at the most, where time passes. Microseconds.
const UNDER_WAY: u64 = 10_000_000;

/// How a play ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Everything came out as it was recorded.
    Explained { lines: usize },
    /// A line did not: the number of it in the script, and what shows it.
    Differs { at: usize, place: Place, says: String, lines: Vec<Place>, rules: Vec<Rule>, ever: Vec<Rule> },
    /// The reference could not do what was done.
    Lost { at: usize, why: String },
}

impl End {
    /// How many lines were explained.
    pub(super) const fn reached(&self) -> usize {
        match self {
            Self::Explained { lines } => *lines,
            Self::Differs { at, .. } | Self::Lost { at, .. } => *at,
        }
    }
}

/// A recording in the order in which it was done.
pub(super) struct Script<'a> {
    recording: &'a Recording,
    lines: Vec<Scripted>,
    calls: BTreeMap<Place, &'a CallSeen>,
    /// The answer to each request of a client: by client and the number of the frame that asks.
    answers: BTreeMap<(usize, usize), usize>,
    exact: bool,
    /// Nothing that was done with the account is missing.
    account: bool,
    began: u64,
    ended: u64,
    /// Why it ends before the recording does.
    open: Option<String>,
}

impl<'a> Script<'a> {
    /// Puts a recording in order, or tells what is missing for that.
    pub(super) fn of(recording: &'a Recording) -> Result<Self, String> {
        if let Some(shared) = recording.shared_clients.iter().next() {
            return Err(format!("the lines of client {shared} are those of several programs"));
        }
        let exact = recording.headers.iter().all(Header::is_virtual);
        let calls = recording.calls.iter().map(|call| (call.place, call)).collect();
        let mut script = Self {
            recording,
            lines: recording.script.clone(),
            calls,
            answers: BTreeMap::new(),
            exact,
            account: false,
            began: 0,
            ended: u64::MAX,
            open: None,
        };
        script.find_answers();
        // By time; what one source saw at one time stays in its order.
        let single = script.is_single();
        script.lines.sort_by_key(|line| (if single { line.at } else { line.window.earliest }, line.place));
        script.check_complete()?;
        script.check_order()?;
        Ok(script)
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing was under way, and the clock is right: else a call had its effect somewhere between its sending and its
    /// answer, and is taken to have had it at once.
    pub(super) const fn is_exact(&self) -> bool {
        self.exact
    }

    fn client(&self, number: usize) -> (&'a str, &'a ClientSeen) {
        let name = &self.recording.client_names[number];
        (name, &self.recording.clients[name])
    }

    /// Which frame answers which: a client uses an ID again once it is answered.
    fn find_answers(&mut self) {
        for number in 0..self.recording.client_names.len() {
            let mut waiting: Vec<(&Json, usize)> = Vec::new();
            for (index, (_, _, frame)) in self.client(number).1.frames.iter().enumerate() {
                match frame {
                    FrameSeen::Sent(frame) => waiting.extend(frame.get("id").map(|id| (id, index))),
                    FrameSeen::Received(frame) => {
                        let Some(id) = frame.get("id") else { continue };
                        if let Some(found) = waiting.iter().position(|(waits, _)| *waits == id) {
                            let asked = waiting.remove(found).1;
                            self.answers.insert((number, asked), index);
                        }
                    }
                    FrameSeen::Link(_) => {}
                }
            }
        }
    }

    fn answer(&self, number: usize, asked: usize) -> Option<&'a Map<String, Json>> {
        let index = *self.answers.get(&(number, asked))?;
        match &self.client(number).1.frames.get(index)?.2 {
            FrameSeen::Received(frame) => Some(frame),
            FrameSeen::Sent(_) | FrameSeen::Link(_) => None,
        }
    }

    /// Every application in it is complete, from its creation on.
    fn check_complete(&mut self) -> Result<(), String> {
        let mut apps: BTreeMap<&str, Option<Window>> = BTreeMap::new();
        for call in &self.recording.calls {
            let creates =
                matches!(call.operation, Operation::CreateLiveMessageApp | Operation::CreateMessageApp);
            if creates && call.ended == Ended::Unseen {
                return Err("nobody saw which application was created".to_owned());
            }
            let created = call.made_app();
            if let Some(app) = created {
                apps.insert(app, Some(call.window));
            } else if let Some(app) = call.text("AppId") {
                // An application that there is not is nobody's to complete.
                let absent = matches!(&call.ended, Ended::Refused(404, _));
                if !absent {
                    apps.entry(app).or_insert(None);
                }
            }
        }
        // What another account or a RAM user does is done to these applications, too.
        let app = |parameters: &'a Map<String, Json>| parameters.get("AppId")?.as_str();
        let others = self.recording.foreign.iter().filter_map(|call| app(&call.parameters));
        let consoles = self.recording.consoles.iter().filter_map(|console| app(&console.parameters));
        let clients = self.recording.clients.values().filter_map(|client| client.app.as_deref());
        for app in clients.chain(others).chain(consoles) {
            apps.entry(app).or_insert(None);
        }
        if apps.is_empty() && self.lines.is_empty() {
            return Err("it is empty".to_owned());
        }
        let whole = self.recording.complete_account.iter().max_by_key(|span| span.latest);
        self.account = whole.is_some();
        let mut began = u64::MAX;
        if let Some(whole) = whole {
            (began, self.ended) = self.span_of(*whole);
        }
        for (app, created) in apps {
            // Of an account that is complete everything is known: what was not created in it is not there.
            if created.is_none() && self.account {
                continue;
            }
            let Some(created) = created else {
                return Err(format!("application {app} was not created in it"));
            };
            let spans = self.recording.complete_apps.get(app).into_iter().flatten();
            let span = spans.filter(|span| created.begins_within(**span)).max_by_key(|span| span.latest);
            let span =
                span.ok_or_else(|| format!("application {app} is not complete from its creation on"))?;
            let (from, to) = self.span_of(*span);
            began = began.min(from);
            self.ended = self.ended.min(to);
        }
        let first = self.lines.iter().map(|line| line.at).min().unwrap_or(0);
        self.began = began.min(first);
        Ok(())
    }

    /// From when to when a claim holds: where one process saw everything, by its clock.
    const fn span_of(&self, claim: Window) -> (u64, u64) {
        if self.is_single() { claim.shown() } else { (claim.earliest, claim.latest) }
    }

    /// What was done was done in one certain order; of what one process saw, losses of links may stand anywhere in their time.
    fn check_order(&mut self) -> Result<(), String> {
        if self.exact && self.is_single() {
            return Ok(());
        }
        let mut last: Option<(u64, Place)> = None;
        let mut open = None;
        for (number, line) in self.lines.iter().enumerate().filter(|(_, line)| self.acts(line)) {
            let (from, to) = self.span(line);
            // What one process did at one moment it did in the order of its lines.
            let meets = |until: u64| if self.is_single() { until > from } else { until >= from };
            if let Some((_, before)) = last.filter(|(until, _)| meets(*until)) {
                open = Some((number, before, line.place));
                break;
            }
            if !self.is_single() || !self.is_loss_line(line) {
                last = Some((to, line.place));
            }
        }
        let Some((number, one, other)) = open else { return Ok(()) };
        let why =
            format!("the order of what was done at line {} and at line {} is open", one.line, other.line);
        if !self.is_single() {
            return Err(why);
        }
        self.open = Some(why);
        // The first of the two has not had its effect for certain, either.
        let first = self.lines.iter().position(|line| line.place == one).unwrap_or(number);
        let end = self.lines.get(first).map_or(self.ended, |line| line.at);
        self.lines.truncate(first);
        self.ended = self.ended.min(end);
        Ok(())
    }

    /// Why it ends before the recording does.
    pub(super) fn open(&self) -> Option<&str> {
        self.open.as_deref()
    }

    /// Whether something was done, rather than heard.
    fn acts(&self, line: &Scripted) -> bool {
        match line.what {
            Kind::Call | Kind::Foreign(_) | Kind::Console(_) => true,
            Kind::Callback(_) => false,
            Kind::Client(number, index) => {
                !matches!(self.client(number).1.frames[index].2, FrameSeen::Received(_))
            }
            Kind::Review(index) => self.recording.reviews[index].status.is_some(),
        }
    }

    /// From when to when something that was done took effect.
    fn span(&self, line: &Scripted) -> (u64, u64) {
        let error = line.at - line.window.earliest.min(line.at);
        let until = match line.what {
            // Nobody knows when a lost link was noticed.
            Kind::Client(number, index) if self.is_loss(number, index) => {
                let later = &self.client(number).1.frames[index + 1..];
                let sent = later.iter().find(|(_, _, frame)| matches!(frame, FrameSeen::Sent(_)));
                Some(sent.map_or(self.ended, |(_, window, _)| window.shown().0))
            }
            Kind::Call => self.calls.get(&line.place).and_then(|call| call.answered_at),
            Kind::Foreign(index) => self.recording.foreign[index].answered_at,
            Kind::Client(number, index) => self
                .answers
                .get(&(number, index))
                .and_then(|answer| self.client(number).1.frames.get(*answer))
                .map(|(_, window, _)| window.shown().1),
            Kind::Console(_) | Kind::Callback(_) | Kind::Review(_) => Some(line.at),
        };
        // One clock is wrong by the same for all: the order is certain.
        let (from, error) = if self.is_single() { (line.at, 0) } else { (line.window.earliest, error) };
        (from, until.map_or(u64::MAX, |until| until.saturating_add(error)))
    }

    /// Whether a line is a call of a back end, with its answer.
    pub(super) fn is_call(&self, place: Place) -> bool {
        self.calls.contains_key(&place)
    }

    fn is_loss_line(&self, line: &Scripted) -> bool {
        matches!(line.what, Kind::Client(number, index) if self.is_loss(number, index))
    }

    fn is_loss(&self, number: usize, index: usize) -> bool {
        matches!(self.client(number).1.frames[index].2, FrameSeen::Link(LinkState::Lost))
    }

    /// Whether one process saw everything.
    pub(super) const fn is_single(&self) -> bool {
        self.recording.headers.len() == 1
    }

    /// When a line is taken to have happened.
    fn moment(&self, number: usize, line: &Scripted, moments: Moments) -> u64 {
        if self.exact {
            line.at
        } else if self.acts(line) {
            moments.of(number, self.span(line), self.clock_error())
        } else {
            moments.shifted(line.at, self.clock_error())
        }
    }

    /// The lines by the moments at which they are taken to have happened.
    fn in_order(&self, moments: Moments) -> Vec<(u64, usize)> {
        let lines = self.lines.iter().enumerate();
        let mut order: Vec<(u64, usize)> =
            lines.map(|(number, line)| (self.moment(number, line, moments), number)).collect();
        if self.is_single() && !self.exact {
            order.sort_unstable();
        }
        order
    }

    /// By how much the clock of all is off at the most; where there are several clocks, the spans of lines hold their errors.
    fn clock_error(&self) -> u64 {
        match self.recording.headers.as_slice() {
            [only] => only.clock_error(),
            _ => 0,
        }
    }

    /// The lines before one in which something was done, in their order, and until when each can have taken effect.
    pub(super) fn acts_before(&self, end: usize) -> Vec<(usize, u64)> {
        let lines = self.lines.iter().enumerate().take(end.saturating_add(1));
        lines.filter(|(_, line)| self.acts(line)).map(|(number, line)| (number, self.span(line).1)).collect()
    }

    /// Whether nothing of what a client received is missing.
    fn client_is_complete(&self, number: usize) -> bool {
        let spans = self.recording.complete_clients.get(self.client(number).0);
        let first = self.client(number).1.frames.first().map_or(0, |(_, window, _)| window.shown().0);
        spans.is_some_and(|spans| {
            spans
                .iter()
                .map(|span| self.span_of(*span))
                .any(|(from, to)| from <= first.max(self.began) && to >= self.ended)
        })
    }

    /// Does everything again.
    pub(super) fn play(
        &self,
        assumed: &Assumed,
        readings: Readings,
        moments: Moments,
        subject: Box<dyn Subject>,
    ) -> End {
        let setup =
            Setup { limits: assumed.limits.clone(), readings, refused_words: assumed.refused_words.clone() };
        let closely = Closely { times: self.exact, account: self.account };
        let began = self.began.min(moments.shifted(self.began, self.clock_error()));
        let Ok(mut model) = Model::new(subject, &setup, Instant::from_micros(began), closely) else {
            return End::Lost { at: 0, why: String::new() };
        };
        let complete: BTreeSet<usize> = (0..self.recording.client_names.len())
            .filter(|number| self.client_is_complete(*number))
            .collect();
        let mut now = began;
        for (at, (taken, number)) in self.in_order(moments).into_iter().enumerate() {
            let line = &self.lines[number];
            now = now.max(taken);
            let moment = Instant::from_micros(now);
            match self.step(&mut model, line, moment, &complete) {
                Err(Lost(why)) => return End::Lost { at, why },
                Ok(None) => {}
                Ok(Some((place, differs))) => return model.at_end(ended(at, place, differs)),
            }
        }
        let last = Instant::from_micros(now + 1);
        if self.exact
            && let Some((place, differs)) = model.overdue(&|owed| self.was_answered(owed, last))
        {
            return model.at_end(ended(self.lines.len(), place, differs));
        }
        // What is due up to the end of what is complete, and only what nobody can still be waiting for.
        let end = if self.exact { self.ended.min(i64::MAX as u64) } else { now };
        if end > now && model.advance(Instant::from_micros(end)).is_err() {
            return End::Lost { at: self.lines.len(), why: String::new() };
        }
        if let Some((place, differs)) = model.late(&|owed| self.late(owed)) {
            return model.at_end(ended(self.lines.len(), place, differs));
        }
        let end = Instant::from_micros(end.max(now) + u64::from(self.exact));
        match model.missing(self.heard_by(end), &|number| complete.contains(&number)) {
            Some((place, differs)) => model.at_end(ended(self.lines.len(), place, differs)),
            None => End::Explained { lines: self.lines.len() + 1 },
        }
    }

    /// What was due before that has reached everybody at a moment: all of it where nothing is under way.
    fn heard_by(&self, moment: Instant) -> Instant {
        if self.exact { moment } else { Instant::from_micros(moment.as_micros().saturating_sub(UNDER_WAY)) }
    }

    /// One line.
    fn step(
        &self,
        model: &mut Model,
        line: &Scripted,
        moment: Instant,
        complete: &BTreeSet<usize>,
    ) -> Result<Option<(Place, Differs)>, Lost> {
        model.advance(moment)?;
        let place = line.place;
        if let Some(late) = model.late(&|owed| self.late(owed)) {
            return Ok(Some(late));
        }
        if let Some(missing) = model.missing(self.heard_by(moment), &|number| complete.contains(&number)) {
            return Ok(Some(missing));
        }
        if self.exact
            && let Some(overdue) = model.overdue(&|owed| self.was_answered(owed, moment))
        {
            return Ok(Some(overdue));
        }
        let differs = match line.what {
            Kind::Call => match self.calls.get(&place) {
                Some(call) => model.call(call)?,
                None => None,
            },
            Kind::Foreign(index) => model.foreign(&self.recording.foreign[index], place)?,
            Kind::Console(index) => model.console(&self.recording.consoles[index], place)?,
            Kind::Callback(index) => model.called_back(&self.recording.callbacks[index]),
            Kind::Review(index) => self.review(model, index, place)?,
            Kind::Client(number, index) => self.client_line(model, number, index, moment, complete)?,
        };
        if differs.is_some() {
            return Ok(differs.map(|differs| (place, differs)));
        }
        Ok(model.late(&|owed| self.late(owed)))
    }

    fn review(&self, model: &mut Model, index: usize, place: Place) -> Result<Option<Differs>, Lost> {
        let review = &self.recording.reviews[index];
        if let Some(asked) = &review.asked {
            return Ok(model.asked_review(asked));
        }
        let body = review.body.as_deref().unwrap_or_default();
        model.reviewed(review.status.unwrap_or(0), body, place)?;
        Ok(None)
    }

    fn client_line(
        &self,
        model: &mut Model,
        number: usize,
        index: usize,
        moment: Instant,
        complete: &BTreeSet<usize>,
    ) -> Result<Option<Differs>, Lost> {
        let (id, seen) = self.client(number);
        let (place, _, frame) = &seen.frames[index];
        match frame {
            FrameSeen::Sent(asked) => {
                let answer = self.answer(number, index);
                model.request((number, id, seen), asked, answer, *place)
            }
            FrameSeen::Link(LinkState::Lost) => model.unlink(number, id, seen, *place).map(|()| None),
            FrameSeen::Link(LinkState::Up) => Ok(None),
            // An answer was looked at with its request.
            FrameSeen::Received(heard) if heard.contains_key("id") => Ok(None),
            FrameSeen::Received(heard) if complete.contains(&number) => Ok(if self.exact {
                model.heard(number, moment, frame)
            } else {
                model.heard_in_time(number, heard)
            }),
            FrameSeen::Received(_) => Ok(None),
        }
    }

    /// Whether what the reference still owes was answered before a moment.
    fn was_answered(&self, owed: &LateOwed<'_>, moment: Instant) -> bool {
        let answered = match owed {
            LateOwed::Call(place) => self.calls.get(place).and_then(|call| call.answered_at),
            LateOwed::Client(number, id) => self.late_answer(*number, id).map(|(at, _)| at),
        };
        answered.is_some_and(|answered| answered < moment.as_micros())
    }

    /// When the answer to the newest request of that number came, and what it is.
    fn late_answer(&self, number: usize, id: &Json) -> Option<(u64, &'a Map<String, Json>)> {
        let frames = &self.client(number).1.frames;
        let asked = frames.iter().rposition(
            |(_, _, frame)| matches!(frame, FrameSeen::Sent(frame) if frame.get("id") == Some(id)),
        )?;
        let (_, window, _) = frames.get(*self.answers.get(&(number, asked))?)?;
        Some((window.shown().0, self.answer(number, asked)?))
    }

    /// What was seen of an answer that was owed.
    fn late(&self, owed: &LateOwed<'_>) -> Option<Seen> {
        match owed {
            LateOwed::Call(place) => {
                let call = self.calls.get(place)?;
                Some(Seen::Call(call.operation, call.ended.clone()))
            }
            LateOwed::Client(number, id) => {
                let (_, answer) = self.late_answer(*number, id)?;
                Some(Seen::Frame("a request".to_owned(), answer.clone()))
            }
        }
    }
}

fn ended(at: usize, place: Place, differs: Differs) -> End {
    let Differs { says, accepted, about, cause, deciding } = differs;
    let rules = ranked(&deciding, accepted, about);
    End::Differs { at, place, says, lines: places(cause, place), rules, ever: Vec::new() }
}
