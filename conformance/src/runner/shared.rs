//! Where what a case makes stays: cases share applications, which no operation deletes, and each has names of its own in them.
//!
//! Groups and messages are called in the service as they are in the case, with a suffix that no other case has; what the service
//! says is read without it. What can be deleted is deleted when the case has ended.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use claque_wire::argument::{Argument, Arguments};
use serde_json::{Map, Value as Json};

use super::Player;
use super::requirements::NAME_BYTES_MAX;
use crate::case::Sent;
use crate::subject::{CallMade, CallerName, Outcome, Shared, SubjectError};

/// Parameters that name groups and messages.
const NAMED: [&str; 6] = ["GroupId", "MessageId", "MsgTid", "groupId", "messageId", "RepeatMsgTid"];

/// The names of one case in a service that it shares.
#[derive(Clone, Debug, Default)]
pub(super) struct Disguise {
    suffix: String,
    /// Groups that the case has made, by application and name in the service.
    groups: BTreeSet<(String, String)>,
    /// Longer names in the case, by their names in the service.
    longer: RefCell<BTreeMap<String, String>>,
    /// Names that the service has chosen.
    theirs: BTreeSet<String>,
    /// Older applications that it has made.
    older: Vec<String>,
    /// How many of the shared applications it has taken.
    pub(super) taken: usize,
}

impl Disguise {
    /// The next of a service's.
    pub(super) fn next(shared: &mut Shared) -> Self {
        shared.cases += 1;
        Self { suffix: format!("{}n{}", shared.word, shared.cases), ..Self::default() }
    }

    /// A name as the service learns it.
    pub(super) fn name(&self, name: &str) -> String {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain || name.is_empty() || name.ends_with(&self.suffix) || self.theirs.contains(name) {
            return name.to_owned();
        }
        if name.len() <= NAME_BYTES_MAX {
            return format!("{name}{}", self.suffix);
        }
        let unique = format!("{}{}", &name[..name.len() - self.suffix.len()], self.suffix);
        self.longer.borrow_mut().insert(unique.clone(), name.to_owned());
        unique
    }

    /// The parameters of a client's action as they are sent to the service.
    pub(super) fn parameters(&self, with: &mut Map<String, Json>) {
        for (_, value) in with.iter_mut().filter(|(name, _)| NAMED.contains(&name.as_str())) {
            if let Json::String(text) = value {
                *text = self.name(text);
            }
        }
    }

    /// The arguments of a call as they are sent to the service.
    pub(super) fn arguments(&self, arguments: &mut Arguments) {
        for name in NAMED {
            if let Some(Argument::Text(text)) = arguments.get(name) {
                let text = self.name(text);
                arguments.set(name, Argument::Text(text));
            }
        }
    }

    /// Reads what the service says as the case knows it.
    pub(super) fn read(&mut self, said: &mut Json) {
        match said {
            Json::String(text) => {
                let longer = self.longer.borrow().get(&*text).cloned();
                if let Some(longer) = longer {
                    *text = longer;
                } else if let Some(short) = text.strip_suffix(&self.suffix) {
                    *text = short.to_owned();
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.read(item)),
            Json::Object(object) => self.read_object(object),
            Json::Bool(_) | Json::Null | Json::Number(_) => {}
        }
    }

    /// A name that does not have the suffix is one that the service has chosen.
    fn read_object(&mut self, object: &mut Map<String, Json>) {
        for (name, value) in object {
            if let Json::String(text) = &*value
                && NAMED.contains(&name.as_str())
                && !text.ends_with(&self.suffix)
            {
                self.theirs.insert(text.clone());
            }
            self.read(value);
        }
    }

    /// Reads how a call ended as the case knows it, and notes what it has made.
    pub(super) fn outcome(&mut self, call: Option<&CallMade>, outcome: &mut Outcome) {
        let Outcome::Accepted { fields, .. } = outcome else { return };
        if let Some(call) = call {
            self.note(call, fields.get("Result").unwrap_or(&Json::Null));
        }
        self.read_object(fields);
    }

    fn note(&mut self, call: &CallMade, result: &Json) {
        let text = |name: &str| match call.arguments.get(name) {
            Some(Argument::Text(text)) => text.clone(),
            Some(_) | None => String::new(),
        };
        match call.operation.as_str() {
            "CreateLiveMessageGroup" => drop(self.groups.insert((text("AppId"), text("GroupId")))),
            "CreateMessageApp" => {
                self.older.extend(result.get("AppId").and_then(Json::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }
}

impl Player<'_> {
    /// The application of a given, of those that cases share; none: it is to be made.
    pub(super) fn shared_app(&mut self) -> Option<Json> {
        let disguise = self.disguise.as_mut()?;
        let app = self.subject.shared()?.apps.get(disguise.taken).cloned();
        disguise.taken += 1;
        app
    }

    /// Keeps an application for the cases that follow.
    pub(super) fn share_app(&mut self, app: &Json) {
        if let (Some(_), Some(shared)) = (&self.disguise, self.subject.shared()) {
            shared.apps.push(app.clone());
        }
    }

    /// Deletes what the case has made. What cannot be deleted stays: whether it can is judged by cases of its own.
    pub(super) fn clear_away(&mut self) -> Result<(), SubjectError> {
        let Some(disguise) = self.disguise.take() else { return Ok(()) };
        self.subject.may_owe(false);
        let made = |operation: &str, with: &[(&str, &str)]| {
            let mut arguments = Arguments::new();
            for (name, value) in with {
                arguments.set(name, Argument::Text((*value).to_owned()));
            }
            let (operation, caller) = (operation.to_owned(), CallerName::Account);
            CallMade { operation, arguments, caller, via: None, forged: None, sent: Sent::default() }
        };
        for (app, group) in &disguise.groups {
            let call = made("DeleteLiveMessageGroup", &[("AppId", app), ("GroupId", group)]);
            self.subject.call(&call)?;
        }
        for app in &disguise.older {
            self.subject.call(&made("DeleteMessageApp", &[("AppId", app)]))?;
        }
        Ok(())
    }
}
