//! Observed sends beside those of the reference: answers that were owed, events, callbacks, reviews.

use std::rc::Rc;

use claque_core::Instant;
use serde_json::{Map, Value as Json, json};

use super::super::compare::{difference, find};
use super::{Differs, Expected, LateOwed, Model, Owed, Seen};
use crate::audit::recording::{FrameSeen, Place};

impl Model {
    /// Answers that the reference has given to what it owed, each beside what was seen.
    pub(in crate::audit::replay) fn late(
        &mut self,
        find: &dyn Fn(&LateOwed<'_>) -> Option<Seen>,
    ) -> Option<(Place, Differs)> {
        for (owed, outcome, deciding) in std::mem::take(&mut self.late) {
            let (place, found) = match &owed {
                Owed::Call(place) => (*place, find(&LateOwed::Call(*place))),
                Owed::Client(number, id, place) => (*place, find(&LateOwed::Client(*number, id))),
            };
            let differs = match found {
                None => continue,
                Some(Seen::Call(operation, ended)) => self.same_answer(operation, &ended, &outcome),
                Some(Seen::Frame(what, frame)) => self.same_frame(&what, &frame, &outcome),
            };
            if let Some(differs) = differs {
                return Some((place, Differs { deciding, ..differs }));
            }
        }
        None
    }

    /// An answer that was seen while the reference still owes it.
    pub(in crate::audit::replay) fn overdue(
        &self,
        answered: &dyn Fn(&LateOwed<'_>) -> bool,
    ) -> Option<(Place, Differs)> {
        let found = self.owed.values().find(|owed| match owed {
            Owed::Call(place) => answered(&LateOwed::Call(*place)),
            Owed::Client(number, id, _) => answered(&LateOwed::Client(*number, id)),
        })?;
        let (Owed::Call(place) | Owed::Client(_, _, place)) = found;
        Some((*place, self.differs("it was answered, and its answer was still owed".to_owned())))
    }

    /// A client was seen to receive something.
    pub(in crate::audit::replay) fn heard(
        &mut self,
        number: usize,
        at: Instant,
        frame: &FrameSeen,
    ) -> Option<Differs> {
        let FrameSeen::Received(frame) = frame else { return None };
        let seen = Json::Object(frame.clone());
        let event = frame.get("event").and_then(Json::as_str).unwrap_or("answer").to_owned();
        let exact = self.closely.times;
        let Some(expected) = self.clients.entry(number).or_default().pop_front() else {
            return Some(self.differs(format!("{event} was received, and nothing was due")));
        };
        let wrong = difference(&seen, &expected.body, &mut self.names, self.closely);
        let wrong =
            wrong.or_else(|| (exact && at != expected.at).then(|| format!("it was due at {}", expected.at)));
        wrong.map(|wrong| expected.differs(format!("{event} was received, and {wrong}")))
    }

    /// A client was seen to receive something where time passes: it is among what was due, in whatever order.
    pub(in crate::audit::replay) fn heard_in_time(
        &mut self,
        number: usize,
        frame: &Map<String, Json>,
    ) -> Option<Differs> {
        let event = frame.get("event").and_then(Json::as_str).unwrap_or("answer");
        let queue = self.clients.entry(number).or_default();
        let mut due = queue.iter().map(|expected| &expected.body);
        match find(&Json::Object(frame.clone()), &mut due, &mut self.names, self.closely) {
            Ok(index) => {
                queue.remove(index);
                None
            }
            Err(None) => Some(self.differs(format!("{event} was received, and nothing was due"))),
            Err(Some((index, wrong))) => {
                Some(queue[index].clone().differs(format!("{event} was received, and {wrong}")))
            }
        }
    }

    /// A callback was seen.
    pub(in crate::audit::replay) fn called_back(&mut self, request: &Json) -> Option<Differs> {
        let transaction = request.get("transactionid").and_then(Json::as_str).unwrap_or_default();
        self.refused |= request.get("answered").is_some_and(|answered| *answered != json!(200));
        if self.transactions.iter().any(|known| known == transaction) {
            return None;
        }
        self.transactions.push(transaction.to_owned());
        let mut due = self.callbacks.iter().map(|expected| &expected.body);
        match find(request, &mut due, &mut self.names, self.closely) {
            Ok(index) => {
                self.callbacks.remove(index);
                None
            }
            Err(None) => Some(self.differs("a callback was received, and none was to be sent".to_owned())),
            Err(Some((index, wrong))) => {
                Some(self.callbacks[index].clone().differs(format!("a callback was received, and {wrong}")))
            }
        }
    }

    /// The reviewing service was seen to be asked.
    pub(in crate::audit::replay) fn asked_review(&mut self, asked: &Json) -> Option<Differs> {
        let Some(expected) = self.reviews.pop_front() else {
            return Some(self.differs("a review was asked for, and none was due".to_owned()));
        };
        let wrong = difference(asked, &expected.body, &mut self.names, self.closely)?;
        Some(expected.differs(format!("a review was asked for, and {wrong}")))
    }

    /// Something that was due before a time and reached nobody; for clients only where their recording is complete.
    pub(in crate::audit::replay) fn missing(
        &self,
        before: Instant,
        complete: &dyn Fn(usize) -> bool,
    ) -> Option<(Place, Differs)> {
        let lacks = |expected: &Expected, who: String| {
            let event = expected.body.get("event").and_then(Json::as_str).unwrap_or("a request").to_owned();
            let says = format!("{event} was to reach {who}, and did not");
            let deciding = Rc::clone(&expected.deciding);
            (expected.cause, Differs { says, accepted: false, about: None, cause: None, deciding })
        };
        for (number, queue) in self.clients.iter().filter(|(number, _)| complete(**number)) {
            let name =
                self.by_name.iter().find(|(_, of)| *of == number).map_or("", |(name, _)| name.as_str());
            if let Some(first) = queue.front().filter(|first| first.at < before) {
                return Some(lacks(first, name.to_owned()));
            }
        }
        // Receivers may be slow, and whether they are is not known where time passes.
        let receivers =
            self.reviews.front().into_iter().chain(self.callbacks.front().filter(|_| !self.refused));
        receivers
            .filter(|_| self.closely.times)
            .filter(|first| first.at < before)
            .map(|first| lacks(first, "the receiver".to_owned()))
            .next()
    }
}
