//! Demands on every step of every case, whatever the case expects.

use std::sync::Arc;

use claque_core::reading::ListDisableType;
use claque_wire::operation::OperationSpec;
use claque_wire::schema::mismatches;
use serde_json::Value as Json;

use super::Player;
use crate::case::{Action, Step};
use crate::matcher::Difference;
use crate::subject::{Event, Happening, Outcome, REQUEST_ID};

impl Player<'_> {
    /// The first place at which an accepted answer does not have the documented shape.
    pub(super) fn misshapen(&self, step: &Step, outcomes: &[Outcome]) -> Option<Difference> {
        // The documented shape is that of the documents as they stand.
        if self.readings.list_disable_type != ListDisableType::default() {
            return None;
        }
        let Action::Call(call) = &step.action else { return None };
        let spec = OperationSpec::named(&call.operation)?;
        let mut answers = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Accepted { fields, .. } => Some(fields),
            Outcome::Pending(_) | Outcome::Refused { .. } | Outcome::Unreadable { .. } => None,
        });
        let first = answers.find_map(|fields| mismatches(spec.fields, fields).into_iter().next())?;
        let expected = "the documented shape".to_owned();
        Some(Difference { path: format!("answer.{}", first.path), expected, actual: first.to_string() })
    }

    /// The first answer whose request has the ID of an earlier one.
    pub(super) fn repeated_id(&mut self, outcomes: &[Outcome]) -> Option<Difference> {
        let mut ids = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Accepted { headers, .. } | Outcome::Refused { headers, .. } => {
                headers.get(REQUEST_ID).and_then(Json::as_str)
            }
            Outcome::Pending(_) | Outcome::Unreadable { .. } => None,
        });
        let again = ids.find(|id| !self.requests.insert((*id).to_owned()))?;
        let expected = "an ID that no earlier request had".to_owned();
        Some(Difference { path: "RequestId".to_owned(), expected, actual: again.to_owned() })
    }

    /// The first refusal that does not say why in words, naming the parameter that it is about.
    pub(super) fn wordless(&self, outcomes: &[Outcome]) -> Option<Difference> {
        if !self.subject.capabilities().reasons {
            return None;
        }
        let said = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Refused { message, about, .. } => {
                let rest = about.as_deref().map_or(Some(message.as_str()), |name| {
                    message.find(name).map(|at| &message[at + name.len()..])
                });
                let explains = rest.is_some_and(|rest| rest.contains(char::is_alphabetic));
                (!explains).then_some(message)
            }
            Outcome::Accepted { .. } | Outcome::Pending(_) | Outcome::Unreadable { .. } => None,
        })?;
        let expected = "words that say why, and of which parameter".to_owned();
        Some(Difference { path: "message".to_owned(), expected, actual: format!("{said:?}") })
    }

    /// The first thing sent to a client that holds an application's key.
    pub(super) fn leak(&mut self, step: &Step, outcomes: &[Outcome], events: &[Event]) -> Option<Difference> {
        let keys: Vec<&str> =
            self.scope.saved.values().filter_map(|app| app.get("AppKey").and_then(Json::as_str)).collect();
        let mut sent: Vec<String> = Vec::new();
        if matches!(step.action, Action::Client(_)) {
            sent.extend(outcomes.iter().map(|outcome| format!("{outcome:?}")));
        }
        let mut last: Option<&Arc<Json>> = None;
        for event in events {
            let Happening::Sent { to: Some(_), body, .. } = &event.what else { continue };
            if !last.is_some_and(|last| Arc::ptr_eq(last, body)) {
                sent.push(body.to_string());
            }
            last = Some(body);
        }
        self.searched |= !sent.is_empty() && !keys.is_empty();
        let leaked = sent.into_iter().find(|text| keys.iter().any(|key| text.contains(key)))?;
        let expected = "nothing that holds an application's key".to_owned();
        Some(Difference { path: "what a client was sent".to_owned(), expected, actual: leaked })
    }
}
