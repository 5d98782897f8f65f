//! What a command names on a server, and the nearest name that the server has, where it refuses one.

use claque_wire::audience::Method;
use serde_json::Value;

use super::{Console, CtlVerb, GroupVerb};
use crate::CommandFailure;
use crate::http::Server;
use crate::name::unknown;

/// An overview lists so many applications.
const APPS_LISTED: usize = 200;

/// The names in a command; those that it does not have are none.
#[derive(Clone, Copy, Default)]
pub(super) struct Named<'a> {
    app: Option<&'a str>,
    group: Option<&'a str>,
    user: Option<&'a str>,
    limit: Option<&'a str>,
    reading: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// What a command names.
    pub(super) fn of(verb: &'a CtlVerb) -> Self {
        let none = Self::default();
        let first = |set: &'a [String]| Some(set.first()?.split('=').next().unwrap_or_default());
        match verb {
            CtlVerb::Join(it) | CtlVerb::Leave(it) | CtlVerb::Say { who: it, .. } => {
                Self { app: Some(&it.app), group: Some(&it.group), user: Some(&it.user), ..none }
            }
            CtlVerb::Outage { app, user, .. } => Self { app: Some(app), user: Some(user), ..none },
            CtlVerb::Crowd(crowd) => {
                let (app, group) = crowd.names();
                Self { app: Some(app), group: Some(group), ..none }
            }
            CtlVerb::Group(GroupVerb::Show { app, group, .. })
            | CtlVerb::Console(
                Console::ModifyGroup { app, group, .. } | Console::SendMessage { app, group, .. },
            ) => Self { app: Some(app), group: Some(group), ..none },
            CtlVerb::Console(Console::DeleteApp { app } | Console::ModifyApp { app, .. })
            | CtlVerb::Group(GroupVerb::Create { app, .. }) => Self { app: Some(app), ..none },
            CtlVerb::Ledger { app, group } | CtlVerb::Sessions { app, group, .. } => {
                Self { app: app.as_deref(), group: group.as_deref(), ..none }
            }
            CtlVerb::Limits { set, group, app } => {
                Self { app: app.as_deref(), group: group.as_deref(), limit: first(set), ..none }
            }
            CtlVerb::Readings { set } => Self { reading: first(set), ..none },
            CtlVerb::App(_)
            | CtlVerb::Callbacks { .. }
            | CtlVerb::Calls { .. }
            | CtlVerb::Clock(_)
            | CtlVerb::Compact
            | CtlVerb::Digest
            | CtlVerb::Fault(_)
            | CtlVerb::Feed { .. }
            | CtlVerb::Groups
            | CtlVerb::Health
            | CtlVerb::Key(_)
            | CtlVerb::Memory
            | CtlVerb::Metrics
            | CtlVerb::Outgoing { .. }
            | CtlVerb::Overview
            | CtlVerb::Ready
            | CtlVerb::Reference
            | CtlVerb::Reset { .. }
            | CtlVerb::Restore { .. }
            | CtlVerb::Rules
            | CtlVerb::Snapshot { .. }
            | CtlVerb::Version
            | CtlVerb::World(_)
            | CtlVerb::Worlds => none,
        }
    }

    /// The first name that the server does not have, in words with the nearest that it has.
    fn unknown_to(self, server: Server<'_>) -> Option<String> {
        let list = |path: &str, list: &str, name: &str, of_app: bool| -> Option<Vec<String>> {
            let answer = server.ask("GET", path, None).ok()?;
            let all = answer[list].as_array()?;
            // Of very many the server lists the first: what is not among them may be there.
            let is_cut =
                answer["count"].as_u64().map_or(all.len() >= APPS_LISTED, |count| count > all.len() as u64);
            if is_cut && list != "groups" {
                return None;
            }
            let ours = all
                .iter()
                .filter(|it| !of_app || self.app.is_none_or(|app| it["appId"] == *app || it["app"] == *app));
            Some(ours.filter_map(|it| it[name].as_str().map(str::to_owned)).collect())
        };
        let says = |kind: &str, name: Option<&str>, known: Option<Vec<String>>, lists: &str| {
            let (name, known) = (name?, known?);
            let is_there = known.iter().any(|it| it == name);
            (!is_there).then(|| unknown(kind, name, known.iter().map(String::as_str), lists))
        };
        let apps = self.app.and_then(|_| list("overview", "apps", "appId", false));
        let groups = self.group.and_then(|_| list("groups", "groups", "groupId", true));
        let users = self.user.and_then(|_| list("sessions", "sessions", "user", true));
        let keys = |value: Value| value.as_object().map(|it| it.keys().cloned().collect::<Vec<String>>());
        let limits = self.limit.and_then(|_| keys(server.ask("GET", "limits", None).ok()?));
        says("application", self.app, apps, "`claque ctl overview` lists all")
            .or_else(|| says("group", self.group, groups, "`claque ctl groups` lists all"))
            .or_else(|| says("user", self.user, users, "`claque ctl sessions` lists those who are online"))
            .or_else(|| says("limit", self.limit, limits, "`claque ctl limits` lists all"))
    }

    /// A refusal with the nearest name, where the server does not have one that was named.
    pub(super) fn explain(self, failure: CommandFailure, server: Server<'_>) -> CommandFailure {
        let CommandFailure::No(text) = failure else { return failure };
        match self.unknown_to(server) {
            Some(says) => CommandFailure::No(format!("{text}\n{says}")),
            None => CommandFailure::No(text),
        }
    }

    /// Refuses a name before the server is asked, or where nothing was found under it.
    pub(super) fn check_app(self, server: Server<'_>) -> Result<(), CommandFailure> {
        let alone = Self { app: self.app, ..Self::default() };
        alone.unknown_to(server).map_or(Ok(()), |says| Err(CommandFailure::Usage(says)))
    }

    /// Refuses a reading that there is not.
    pub(super) fn check_reading(self) -> Result<(), CommandFailure> {
        self.reading.map_or(Ok(()), crate::readings::check_id)
    }
}

/// The name of a client method, as an option's value.
pub(super) fn method_name(name: &str) -> Result<String, String> {
    let known = || Method::all().map(Method::name);
    if known().any(|it| it == name) {
        return Ok(name.to_owned());
    }
    let all: Vec<&str> = known().collect();
    Err(unknown("client method", name, all.iter().copied(), &format!("there are {}", all.join(", "))))
}
