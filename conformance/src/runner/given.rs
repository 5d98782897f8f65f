//! The state before the first step, made through public calls.

use claque_core::{Duration, Family};
use claque_wire::audience::{LogonMethod, SessionMethod};
use serde_json::{Value as Json, json};

use super::Player;
use crate::case::{Call, ClientAction, ClientVerb, Given, ZERO};
use crate::expectation::describe;
use crate::subject::{Outcome, SubjectError};
use crate::template::Template;

/// The time between two calls of the givens: ten a second, which no documented quota refuses.
pub(crate) const CALL_SPACING: Duration = Duration::from_millis(100);

impl Player<'_> {
    pub(super) fn make_givens(&mut self) -> Result<(), SubjectError> {
        let case = self.case;
        self.subject.may_owe(false);
        for given in &case.given {
            self.make_given(given).map_err(|SubjectError(said)| SubjectError(format!("given: {said}")))?;
        }
        self.subject.take_events()?;
        Ok(())
    }

    fn make_given(&mut self, given: &Given) -> Result<(), SubjectError> {
        match given {
            Given::App { name, family: Family::Live, with } => self.make_app(name, with),
            Given::App { name, family: Family::Old, with } => self.make_older_app(name, with),
            Given::Group { family: Family::Old, app, group, owner, members, crowd, with, admins: _ } => {
                let mut parameters = vec![("AppId".to_owned(), Template::text(&self.app_id(app)))];
                parameters.extend(owner.iter().map(|owner| ("CreatorId".to_owned(), Template::text(owner))));
                parameters.extend(with.iter().cloned());
                let id = self.make_older_group(group, parameters)?;
                for member in members {
                    self.put_into(app, &id, member)?;
                }
                (1..=*crowd).try_for_each(|number| self.put_into(app, &id, &format!("c{number}")))
            }
            Given::Group { family: Family::Live, app, group, owner, admins, members, crowd, with } => {
                self.need_app(app)?;
                let mut parameters = vec![
                    ("AppId".to_owned(), Template::text(&self.app_id(app))),
                    ("GroupId".to_owned(), Template::text(group)),
                ];
                if let Some(owner) = owner {
                    parameters.push(("CreatorId".to_owned(), Template::text(owner)));
                }
                if !admins.is_empty() {
                    parameters.push(("Administrators".to_owned(), Template::text(&admins.join(","))));
                }
                parameters.extend(with.iter().cloned());
                self.must_call("CreateLiveMessageGroup", parameters)?;
                self.transcript.names().literal(group);
                for member in members {
                    self.must_join(app, member, group)?;
                }
                (1..=*crowd).try_for_each(|number| self.must_join(app, &format!("c{number}"), group))
            }
            Given::Online { app, clients } => {
                self.need_app(app)?;
                clients.iter().try_for_each(|client| self.must_log_on(app, client).map(drop))
            }
        }
    }

    /// An application that nothing has made yet is made with the defaults.
    fn need_app(&mut self, app: &str) -> Result<(), SubjectError> {
        if self.scope.saved.contains_key(app) { Ok(()) } else { self.make_app(app, &[]) }
    }

    fn make_app(&mut self, name: &str, with: &[(String, Template)]) -> Result<(), SubjectError> {
        let made = match self.shared_app() {
            Some(shared) => shared,
            None => {
                let made = self.must_call("CreateLiveMessageApp", with.to_vec())?;
                self.share_app(&made);
                made
            }
        };
        for (field, short) in [
            ("AppId", name.to_owned()),
            ("AppKey", format!("{name}.key")),
            ("AppSign", format!("{name}.sign")),
        ] {
            let text = made.get(field).and_then(Json::as_str).unwrap_or_default();
            self.transcript.names().give(text, &short);
        }
        self.scope.saved.insert(name.to_owned(), made);
        Ok(())
    }

    /// An application of the older family: its creation shows no key. Without a name of its own it has that of the given.
    fn make_older_app(&mut self, name: &str, with: &[(String, Template)]) -> Result<(), SubjectError> {
        let mut parameters = with.to_vec();
        if parameters.iter().all(|(parameter, _)| parameter != "AppName") {
            parameters.push(("AppName".to_owned(), Template::text(name)));
        }
        let made = self.must_call("CreateMessageApp", parameters)?;
        let id = made.pointer("/Result/AppId").and_then(Json::as_str).unwrap_or_default();
        self.transcript.names().give(id, name);
        self.scope.saved.insert(name.to_owned(), json!({ "AppId": id }));
        Ok(())
    }

    /// A group of the older family, whose ID the service chooses.
    fn make_older_group(
        &mut self,
        group: &str,
        parameters: Vec<(String, Template)>,
    ) -> Result<String, SubjectError> {
        let made = self.must_call("CreateMessageGroup", parameters)?;
        let id = made.pointer("/Result/GroupId").and_then(Json::as_str).unwrap_or_default();
        self.transcript.names().give(id, group);
        self.scope.saved.insert(group.to_owned(), json!({ "GroupId": id }));
        Ok(id.to_owned())
    }

    /// A user of the older family logs on, and the back end puts it into a group.
    fn put_into(&mut self, app: &str, group: &str, user: &str) -> Result<(), SubjectError> {
        self.must_log_on(app, user)?;
        let text = |name: &str, value: &str| (name.to_owned(), Template::text(value));
        let with = vec![text("AppId", &self.app_id(app)), text("GroupId", group), text("UserId", user)];
        self.must_call("JoinMessageGroup", with).map(drop)
    }

    fn app_id(&self, app: &str) -> String {
        let id = self.scope.saved.get(app).and_then(|app| app.get("AppId")).and_then(Json::as_str);
        id.unwrap_or_default().to_owned()
    }

    fn must_call(&mut self, operation: &str, with: Vec<(String, Template)>) -> Result<Json, SubjectError> {
        self.space()?;
        let call = Call::new(operation, with);
        let made = self.fill_call(&call)?;
        let outcome = self.call(&made)?;
        self.note_unoffered(operation, &outcome);
        match outcome {
            Outcome::Accepted { fields, .. } => Ok(Json::Object(fields)),
            outcome @ (Outcome::Pending(_) | Outcome::Refused { .. } | Outcome::Unreadable { .. }) => {
                Err(SubjectError(format!("{operation}: {}", describe(&outcome))))
            }
        }
    }

    /// Waits a little, so that the givens use up no quota.
    fn space(&mut self) -> Result<(), SubjectError> {
        let next = self.now + CALL_SPACING;
        if next >= ZERO {
            return Err(SubjectError("more is given than fits into an hour".to_owned()));
        }
        self.advance(next)
    }

    fn must_join(&mut self, app: &str, client: &str, group: &str) -> Result<(), SubjectError> {
        let name = self.must_log_on(app, client)?;
        self.must_act(&name, ClientVerb::Ask(SessionMethod::JoinGroup), Some(group), Vec::new())
    }

    /// Logs a client on, unless it is, and gives its full name.
    fn must_log_on(&mut self, app: &str, client: &str) -> Result<String, SubjectError> {
        let first = self.case.given.first().map_or(app, Given::app);
        let name =
            if app == first || client.contains(':') { client.to_owned() } else { format!("{app}:{client}") };
        if !self.online.contains(&name) {
            let with = self.proof_of(app, client)?;
            self.must_act(&name, ClientVerb::Logon(LogonMethod::Login), None, with)?;
            self.online.insert(name.clone());
        }
        Ok(name)
    }

    /// Credentials of a client beyond those that it makes itself: in the older family the token that the service issues.
    fn proof_of(&mut self, app: &str, user: &str) -> Result<Vec<(String, Template)>, SubjectError> {
        if Given::family(&self.case.given, app) == Family::Live {
            return Ok(Vec::new());
        }
        let text = |name: &str, value: &str| (name.to_owned(), Template::text(value));
        let id = self.app_id(app);
        let with = vec![
            text("AppId", &id),
            text("UserId", user),
            text("DeviceId", "device"),
            text("DeviceType", "web"),
        ];
        let made = self.must_call("GetMessageToken", with)?;
        let token = made.pointer("/Result/AccessToken").and_then(Json::as_str).unwrap_or_default();
        Ok(vec![text("token", token)])
    }

    fn must_act(
        &mut self,
        client: &str,
        verb: ClientVerb,
        group: Option<&str>,
        with: Vec<(String, Template)>,
    ) -> Result<(), SubjectError> {
        let action = ClientAction { client: client.to_owned(), verb, group: group.map(Template::text), with };
        let made = self.fill_client(&action)?;
        let outcome = self.client(&made)?;
        match outcome {
            Outcome::Accepted { .. } => Ok(()),
            outcome @ (Outcome::Pending(_) | Outcome::Refused { .. } | Outcome::Unreadable { .. }) => {
                Err(SubjectError(format!("{client} {}: {}", verb.word(), describe(&outcome))))
            }
        }
    }
}
