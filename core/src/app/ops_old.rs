//! Operations of the old family on applications, and its client tokens.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::app::ops::NewApp;
use crate::call::check::{Validated, at_most, invalid};
use crate::mutants::{Mutant, Mutants};
use crate::state::app::{App, OldAppData};
use crate::state::secret::{ACCESS_TOKEN_CHARS, SecretPurpose};
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::AppIx;
use crate::words::limits::{LEGACY_DEVICE_CHARS_MAX, LEGACY_USER_CHARS_MAX};
use crate::words::operation::{Family, Operation};
use crate::words::reading::UserIdCharset;
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{
    CreateMessageApp, DeleteMessageApp, GetMessageApp, GetMessageToken, ListMessageApp, QueryMessageApp,
    UpdateMessageApp,
};
use crate::words::response::{OldApp, OldToken, Reply, Response};
use crate::words::rule::Rule;
use crate::words::time::Duration;
use crate::words::tracer::Tracer;

/// How long a client token of the old family is good for; the documents name no span.
const TOKEN_LIFE: Duration = Duration::from_days(1);

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn create_message_app(
        &mut self,
        caller: &Caller,
        call: CreateMessageApp,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_app_name(&call.app_name, Rule::LegacyAppNameLength);
        self.enter_account(caller, Operation::CreateMessageApp, checked)?;
        let old = OldAppData {
            config: call.app_config.unwrap_or_default(),
            extension: call.extension.unwrap_or_default(),
        };
        let life_cycle = self.old_life_cycle();
        let new = NewApp { name: call.app_name.into(), life_cycle, old, ..NewApp::default() };
        let app = self.create_app(caller, Family::Old, new)?;
        Ok(Reply::Done(Response::OldAppCreated(Arc::clone(&self.state.apps[app.at()].id))))
    }

    pub(crate) fn delete_message_app(
        &mut self,
        caller: &Caller,
        call: DeleteMessageApp,
    ) -> Result<Reply, Refusal> {
        let ((), app) = self.enter(caller, Operation::DeleteMessageApp, &call.app_id, None, Ok(()))?;
        self.delete_app(app);
        Ok(Reply::Done(Response::OldSuccess(true)))
    }

    pub(crate) fn get_message_app(&mut self, caller: &Caller, call: GetMessageApp) -> Result<Reply, Refusal> {
        let ((), app) = self.enter(caller, Operation::GetMessageApp, &call.app_id, None, Ok(()))?;
        self.hit(Rule::LegacyStatusNormal);
        Ok(Reply::Done(Response::OldApp(self.old_app_view(app))))
    }

    fn old_app_view(&self, app: AppIx) -> OldApp {
        let app = &self.state.apps[app.at()];
        OldApp {
            app_id: Arc::clone(&app.id),
            app_name: Arc::clone(&app.name),
            app_config: app.old.config.clone(),
            extension: app.old.extension.clone(),
            create_time: app.created.unix_seconds(),
            // The older family has no operation that disables; under shared families one of the newer may have been
            // disabled.
            status: if app.availability.is_disabled() { 2 } else { 1 },
        }
    }

    pub(crate) fn list_message_app(
        &mut self,
        caller: &Caller,
        call: ListMessageApp,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_old_page(call.page_num, call.page_size, call.sort_type);
        let paging = self.enter_account(caller, Operation::ListMessageApp, checked)?;
        self.hit(Rule::LegacyFamiliesSeparate);
        let found = self.old_apps(caller, |_| true);
        Ok(Reply::Done(Response::OldApps(paging.cut(found, |app| self.old_app_view(app)))))
    }

    pub(crate) fn query_message_app(
        &mut self,
        caller: &Caller,
        call: QueryMessageApp,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_old_page(call.page_num, call.page_size, call.sort_type);
        let paging = self.enter_account(caller, Operation::QueryMessageApp, checked)?;
        self.hit(Rule::LegacyQueryArray);
        let asked = |given: &Option<String>, stored: &str| {
            given.as_deref().is_none_or(|given| given.is_empty() || given == stored)
        };
        let found =
            self.old_apps(caller, |app| asked(&call.app_id, &app.id) && asked(&call.app_name, &app.name));
        Ok(Reply::Done(Response::OldAppsFound(paging.cut(found, |app| self.old_app_view(app)))))
    }

    fn old_apps(&self, caller: &Caller, wanted: impl Fn(&App) -> bool) -> Vec<AppIx> {
        let apps = self.state.apps.iter().enumerate();
        apps.filter(|(_, app)| {
            app.account == caller.account && !app.deleted && self.lists(Family::Old, app) && wanted(app)
        })
        .map(|(at, _)| AppIx::from_at(at))
        .collect()
    }

    pub(crate) fn update_message_app(
        &mut self,
        caller: &Caller,
        call: UpdateMessageApp,
    ) -> Result<Reply, Refusal> {
        let checked = match &call.app_name {
            Some(name) if !self.skips(Rule::LegacyAppNameLength, "AppName") => {
                self.check_app_name(name, Rule::LegacyAppNameLength)
            }
            Some(_) | None => Ok(()),
        };
        let ((), app) = self.enter(caller, Operation::UpdateMessageApp, &call.app_id, None, checked)?;
        let now = self.state.now;
        let app = &mut self.state.apps[app.at()];
        if let Some(name) = call.app_name {
            app.name = name.into();
        }
        let replace = |stored: &mut BTreeMap<String, String>, given: Option<BTreeMap<String, String>>| {
            if let Some(given) = given {
                *stored = given;
            }
        };
        replace(&mut app.old.config, call.app_config);
        replace(&mut app.old.extension, call.extension);
        app.modified = now;
        Ok(Reply::Done(Response::OldSuccess(true)))
    }

    pub(crate) fn get_message_token(
        &mut self,
        caller: &Caller,
        call: GetMessageToken,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_token_request(&call);
        let ((), _) = self.enter(caller, Operation::GetMessageToken, &call.app_id, None, checked)?;
        self.hit(Rule::LegacyTokenExpiryMs);
        let number = self.state.sequences.next_old_token();
        // To the second, as the newer family's token ends.
        let end = (self.state.now + TOKEN_LIFE).unix_seconds();
        let (app_id, user_id) = self.sealed_for(&call.app_id, &call.user_id);
        let secrets = &self.state.secrets;
        Ok(Reply::Done(Response::OldToken(OldToken {
            access_token: secrets.access_token(app_id, user_id, end, number).into(),
            access_token_expired_time: end * 1_000,
            refresh_token: secrets.text(SecretPurpose::OldToken, number, ACCESS_TOKEN_CHARS),
        })))
    }

    fn check_token_request(&mut self, call: &GetMessageToken) -> Validated {
        self.check_old_user(&call.user_id)?;
        self.hit(Rule::LegacyTokenDeviceId);
        let (device, rule) = (&call.device_id, Rule::LegacyTokenDeviceId);
        self.check_lower(device, b"_-", LEGACY_DEVICE_CHARS_MAX, "DeviceId", rule)?;
        self.hit(Rule::LegacyTokenDeviceType);
        if matches!(&*call.device_type, "ios" | "android" | "web" | "pc")
            || self.mutants.has(Mutant::OldTokenAnyDevice)
            || self.is_device_in_any_case(&call.device_type)
        {
            return Ok(());
        }
        let fault = if call.device_type.is_empty() { Fault::Missing } else { Fault::NotAllowed };
        Err(invalid("DeviceType", fault, Rule::LegacyTokenDeviceType))
    }

    /// A user of the old family: lower-case letters, digits, underscores and periods, at most 32.
    pub(crate) fn check_old_user(&mut self, user: &str) -> Validated {
        self.hit(Rule::LegacyTokenUserId);
        let others: &[u8] = match self.config.readings.user_id_charset {
            UserIdCharset::Strict | UserIdCharset::Underscore => b"_.",
            UserIdCharset::Hyphen => b"_.-",
        };
        self.check_lower(user, others, LEGACY_USER_CHARS_MAX, "UserId", Rule::LegacyTokenUserId)
    }

    fn check_lower(
        &self,
        text: &str,
        others: &[u8],
        bound: u32,
        parameter: &'static str,
        rule: Rule,
    ) -> Validated {
        if text.is_empty() {
            return Err(invalid(parameter, Fault::Missing, rule));
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || others.contains(&byte);
        if self.is_misspelt(rule, text, allowed) && !self.mutants.has(Mutant::OldCharsetOpen) {
            return Err(invalid(parameter, Fault::Charset, rule));
        }
        at_most(text.chars().count(), self.most(rule, bound), parameter, rule)
    }
}
