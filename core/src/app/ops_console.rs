//! The console's operations beyond the server-side ones: it deletes an application, changes what was chosen at a
//! creation, and sends a message.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::{Validated, invalid};
use crate::message::ops_server::ServerSend;
use crate::mutants::{Mutant, Mutants};
use crate::state::app::LifeCycle;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::AppIx;
use crate::words::limits::GROUP_MESSAGES_PER_SECOND;
use crate::words::message::Origin;
use crate::words::operation::Operation;
use crate::words::reading::{AppRetentionChange, GroupConsoleChange};
use crate::words::refusal::{Fault, Missing, Refusal};
use crate::words::request::{ConsoleRequest, SendLiveMessageGroup};
use crate::words::response::{Reply, Response};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// The checked changes of an application.
struct AppChanges {
    name: Option<Arc<str>>,
    life_cycle: Option<LifeCycle>,
}

/// The checked changes of a group.
struct GroupChanges {
    name: Option<Arc<str>>,
    creator: Option<Arc<str>>,
    admins: Option<Vec<Arc<str>>>,
    info: Option<Arc<str>>,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Does what the console asks.
    pub(crate) fn console(&mut self, caller: &Caller, request: ConsoleRequest) -> Result<Reply, Refusal> {
        match request {
            ConsoleRequest::DeleteApp { app_id } => self.console_delete_app(caller, &app_id),
            ConsoleRequest::LimitMessages { app_id, group_id, messages_per_second } => {
                let limit = self.check_limit(&group_id, messages_per_second);
                let limit = limit.map_err(Refusal::InputInvalid)?;
                self.console_limit_messages(caller, &app_id, &group_id, limit)
            }
            ConsoleRequest::ModifyApp { app_id, app_name, msg_life_cycle } => {
                let checked = self.check_app_changes(app_name.as_deref(), msg_life_cycle);
                let changes = checked.map_err(Refusal::InputInvalid)?;
                self.console_modify_app(caller, &app_id, changes)
            }
            ConsoleRequest::ModifyGroup {
                app_id,
                group_id,
                group_name,
                creator_id,
                administrators,
                group_info,
            } => {
                let given = (group_name.as_deref(), creator_id.as_deref());
                let checked = self.check_group_parameters(
                    &group_id,
                    given,
                    administrators.as_deref(),
                    group_info.as_deref(),
                );
                let changes = checked.map_err(Refusal::InputInvalid)?;
                self.console_modify_group(caller, &app_id, &group_id, changes)
            }
            ConsoleRequest::SendMessage { app_id, group_id, sender_id, sender_info, kind, body } => {
                let send = self.check_console_message(&group_id, sender_id, sender_info, &kind, body);
                let send = send.map_err(Refusal::InputInvalid)?;
                self.console_message(caller, &app_id, &group_id, send)
            }
        }
    }

    /// The application that the console means: of the caller, and not deleted.
    ///
    /// The console is no family of operations: it shows the applications of both, and reaches them.
    fn console_app(&mut self, caller: &Caller, app_id: &str, missing: Rule) -> Result<AppIx, Refusal> {
        // Not by `enter`: the console has no operation, no quota and no policy of its own.
        let found = self.find_app(app_id).filter(|app| {
            let app = &self.state.apps[app.at()];
            app.account == caller.account && !app.deleted
        });
        found.ok_or_else(|| {
            self.hit(missing);
            Refusal::NotExist { what: Missing::App, rule: missing }
        })
    }

    /// An application that is not disabled.
    fn console_enabled(&mut self, app: AppIx, operation: Operation) -> Result<(), Refusal> {
        if self.state.apps[app.at()].availability.is_closed() && !self.mutants.has(Mutant::DisabledAppWorks) {
            self.hit(Rule::AppDisableRefusesUse);
            return Err(Refusal::NoAuth { operation, rule: Rule::AppDisableRefusesUse });
        }
        Ok(())
    }

    fn console_delete_app(&mut self, caller: &Caller, app_id: &str) -> Result<Reply, Refusal> {
        let app = self.console_app(caller, app_id, Rule::AppDeleteFinal)?;
        if !self.mutants.has(Mutant::AppDeleteUndone) {
            self.delete_app(app);
        }
        Ok(Reply::Done(Response::Empty))
    }

    fn check_limit(&mut self, group_id: &str, limit: Option<i64>) -> Validated<Option<u32>> {
        self.check_group_id(group_id)?;
        self.hit(Rule::ShaperBudgetDiffers);
        // No number takes the group's own limit away; zero is not "no limit" but illegal, since nothing could be
        // delivered.
        let Some(given) = limit else { return Ok(None) };
        match u32::try_from(given) {
            Ok(limit) if limit > 0 => Ok(Some(limit)),
            _ => {
                let fault = Fault::OutOfRange { given, low: 1, high: u32::MAX.into() };
                Err(invalid("MessagesPerSecond", fault, Rule::ShaperBudgetDiffers))
            }
        }
    }

    fn console_limit_messages(
        &mut self,
        caller: &Caller,
        app_id: &str,
        group_id: &str,
        limit: Option<u32>,
    ) -> Result<Reply, Refusal> {
        let app = self.console_app(caller, app_id, Rule::GroupAppRequired)?;
        let group = self.live_group(app, group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::ShaperBudgetDiffers);
        if self.mutants.has(Mutant::GroupLimitForAll) {
            self.config.limits.group_messages_per_second = limit.unwrap_or(GROUP_MESSAGES_PER_SECOND);
        } else if !self.mutants.has(Mutant::GroupLimitIgnored) {
            self.state.groups[group.at()].limit = limit;
        }
        // At once: messages that wait beyond the new limit are shed now, not at the end of the second.
        self.fit_groups();
        Ok(Reply::Done(Response::Empty))
    }

    fn check_app_changes(&mut self, name: Option<&str>, life_cycle: Option<i32>) -> Validated<AppChanges> {
        if let Some(name) = name {
            self.check_app_name(name, Rule::AppNameLength)?;
        }
        let life_cycle = match life_cycle {
            None => None,
            Some(_) if self.config.readings.app_retention_change == AppRetentionChange::Never => {
                self.hit(Rule::HistoryRetentionAtCreate);
                return Err(invalid("MsgLifeCycle", Fault::NotAllowed, Rule::HistoryRetentionAtCreate));
            }
            Some(tier) => Some(self.check_life_cycle(tier)?),
        };
        Ok(AppChanges { name: name.map(Arc::from), life_cycle })
    }

    /// Changes name and retention. What has outlived the former retention is gone, whatever the new one is.
    fn console_modify_app(
        &mut self,
        caller: &Caller,
        app_id: &str,
        changes: AppChanges,
    ) -> Result<Reply, Refusal> {
        let app = self.console_app(caller, app_id, Rule::GroupAppRequired)?;
        self.hit(Rule::AppConfigModifiable);
        self.hit(Rule::AppConsoleModifies);
        let ignored = self.mutants.has(Mutant::ConsoleNameIgnored);
        let now = self.state.now;
        let entry = &mut self.state.apps[app.at()];
        entry.modified = now;
        if let Some(name) = changes.name.filter(|_| !ignored) {
            entry.name = name;
        } else if self.mutants.has(Mutant::ConsoleRetentionClearsName) {
            entry.name = Arc::from("");
        }
        if let Some(life_cycle) = changes.life_cycle {
            self.hit(Rule::HistoryRetentionConsole);
            if !self.mutants.has(Mutant::ConsoleRetentionIgnored) {
                // Not `app.life_cycle = …`: what has expired by the former retention must go first.
                self.change_retention(app, life_cycle);
            }
        }
        Ok(Reply::Done(Response::Empty))
    }

    fn check_group_parameters(
        &mut self,
        group_id: &str,
        (name, creator): (Option<&str>, Option<&str>),
        admins: Option<&[String]>,
        info: Option<&str>,
    ) -> Validated<GroupChanges> {
        self.check_group_id(group_id)?;
        if self.config.readings.group_console_change == GroupConsoleChange::Operation {
            let more = [("GroupName", name), ("CreatorId", creator)];
            if let Some((parameter, _)) = more.into_iter().find(|(_, given)| given.is_some()) {
                self.hit(Rule::GroupModifyNoName);
                return Err(invalid(parameter, Fault::NotAllowed, Rule::GroupModifyNoName));
            }
        }
        if let Some(name) = name.filter(|_| !self.skips(Rule::GroupNameBytes, "console")) {
            self.check_group_name(name)?;
        }
        let owner = creator.filter(|creator| !creator.is_empty());
        if let Some(creator) = owner.filter(|_| !self.skips(Rule::GroupCreatorFormat, "console")) {
            self.check_user_id(creator, "CreatorId", Rule::GroupCreatorFormat)?;
        }
        let admins = match admins {
            Some(admins) => Some(self.check_admins(admins, "Administrators")?),
            None => None,
        };
        if let Some(info) = info {
            self.check_group_info(info)?;
        }
        Ok(GroupChanges {
            name: name.map(Arc::from),
            creator: creator.map(Arc::from),
            admins,
            info: info.map(Arc::from),
        })
    }

    fn console_modify_group(
        &mut self,
        caller: &Caller,
        app_id: &str,
        group_id: &str,
        changes: GroupChanges,
    ) -> Result<Reply, Refusal> {
        let app = self.console_app(caller, app_id, Rule::GroupAppRequired)?;
        self.console_enabled(app, Operation::ModifyLiveMessageGroup)?;
        let group = self.live_group(app, group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::GroupModifyConsole);
        let ignored = self.mutants.has(Mutant::ConsoleGroupNameIgnored);
        let clears = self.mutants.has(Mutant::ConsoleClearsOwner);
        let meta = &mut self.state.groups[group.at()].meta;
        if let Some(name) = changes.name.filter(|_| !ignored) {
            meta.name = name;
        }
        match changes.creator {
            Some(creator) => meta.creator = creator,
            None if clears => meta.creator = Arc::from(""),
            None => {}
        }
        let clears = self.mutants.has(Mutant::ConsoleClearsAdmins);
        let admins = changes.admins.or_else(|| clears.then(Vec::new));
        self.change_group(group, admins, changes.info);
        Ok(Reply::Done(Response::Empty))
    }

    fn check_console_message(
        &mut self,
        group_id: &str,
        sender_id: String,
        sender_info: String,
        kind: &str,
        body: String,
    ) -> Validated<ServerSend> {
        self.hit(Rule::MessageTypeNumeric);
        let kind = match kind.parse::<i64>() {
            Ok(kind) => kind,
            Err(_) if self.mutants.has(Mutant::ConsoleTypeUnchecked) => 0,
            Err(_) => {
                let fault = if kind.is_empty() { Fault::Missing } else { Fault::Kind };
                return Err(invalid("MsgType", fault, Rule::MessageTypeNumeric));
            }
        };
        if !sender_info.is_empty() {
            self.hit(Rule::MessageConsoleSenderInfo);
        }
        let dropped = self.mutants.has(Mutant::ConsoleDropsSenderInfo);
        let checked = self.check_live_send(SendLiveMessageGroup {
            group_id: group_id.into(),
            sender_id,
            sender_meta_info: Some(sender_info).filter(|info| !info.is_empty() && !dropped),
            body: Some(body),
            msg_type: Some(kind),
            ..SendLiveMessageGroup::default()
        })?;
        Ok(ServerSend { origin: Origin::Console, ..checked })
    }

    fn console_message(
        &mut self,
        caller: &Caller,
        app_id: &str,
        group_id: &str,
        send: ServerSend,
    ) -> Result<Reply, Refusal> {
        let app = self.console_app(caller, app_id, Rule::GroupAppRequired)?;
        self.console_enabled(app, Operation::SendLiveMessageGroup)?;
        let group = self.live_group(app, group_id, Rule::MessageSendGroupMissing)?;
        self.server_send(app, group, send)
    }
}
