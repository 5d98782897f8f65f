//! Server-side operations on applications: create, describe, list, modify; and deletion from the console.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::{Validated, invalid};
use crate::mutants::{Mutant, Mutants, RuleChange};
use crate::state::app::{App, Audit, Availability, LifeCycle, OldAppData};
use crate::state::secret::SecretPurpose;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::data_center::DataCenter;
use crate::words::id::AppIx;
use crate::words::operation::{Family, Operation};
use crate::words::reading::{
    AppDataCenterAbsent, AppDisabled, AppIdCharset, AppQuotaCode, ListPageSize, ModerationStrayUrl,
};
use crate::words::refusal::{Fault, Full, InputInvalid, Refusal};
use crate::words::request::{
    CreateLiveMessageApp, DescribeLiveMessageApp, ListLiveMessageApps, ModifyLiveMessageAppAudit,
    ModifyLiveMessageAppCallback, ModifyLiveMessageAppDisable,
};
use crate::words::response::{
    AppAudit, AppCallback, AppCreated, AppDisable, AppPage, AppView, Reply, Response,
};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// The checked parameters of a new application.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewApp {
    pub(crate) name: Arc<str>,
    pub(crate) audit: Audit,
    pub(crate) data_center: DataCenter,
    pub(crate) callback_url: Arc<str>,
    pub(crate) life_cycle: LifeCycle,
    pub(crate) old: OldAppData,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn create_live_message_app(
        &mut self,
        caller: &Caller,
        call: CreateLiveMessageApp,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_new_app(&call);
        let new = self.enter_account(caller, Operation::CreateLiveMessageApp, checked)?;
        let at = self.create_app(caller, Family::Live, new)?;
        self.hit(Rule::AppCreateResponse);
        let app = &self.state.apps[at.at()];
        Ok(Reply::Done(Response::AppCreated(AppCreated {
            app_id: Arc::clone(&app.id),
            app_key: Arc::clone(&app.key),
            app_sign: Arc::clone(&app.sign),
            data_center: app.data_center,
        })))
    }

    fn check_new_app(&mut self, call: &CreateLiveMessageApp) -> Validated<NewApp> {
        match &call.app_name {
            Some(name) => self.check_app_name(name, Rule::AppNameLength)?,
            None if self.is_app_name_wanted_by_mutant() => {
                return Err(invalid("AppName", Fault::Missing, Rule::AppNameOptional));
            }
            None => self.hit(Rule::AppNameOptional),
        }
        if call.audit_type.is_none() {
            self.hit(Rule::ModerationSwitchDefaultOff);
        }
        let mut audit = self.check_audit(call.audit_type, call.audit_url.as_deref())?;
        if call.audit_type.is_none() && self.mutants.has(Mutant::ReviewDefaultBuiltIn) {
            audit = Audit::BuiltIn;
        }
        let data_center = match self.check_data_center(call.data_center.as_deref())? {
            Some(center) => center,
            None => {
                self.hit(Rule::AppDataCenterDefault);
                self.default_center()
            }
        };
        let mut callback_url = self.check_callback_url(call.event_callback_url.as_deref())?;
        if callback_url.is_empty() {
            self.hit(Rule::CallbackSwitchDefaultOff);
            if self.mutants.has(Mutant::CallbackDefaultOn) {
                callback_url = Arc::from("https://callback.example.com/");
            }
        }
        let life_cycle = match call.msg_life_cycle {
            None => {
                self.hit(Rule::HistoryRetentionDefault);
                if self.mutants.has(Mutant::RetentionDefault90) {
                    LifeCycle::Days90
                } else {
                    LifeCycle::default()
                }
            }
            Some(tier) => self.check_life_cycle(tier)?,
        };
        self.hit(Rule::HistoryRetentionAtCreate);
        let name = Arc::from(call.app_name.as_deref().unwrap_or_default());
        Ok(NewApp { name, audit, data_center, callback_url, life_cycle, old: OldAppData::default() })
    }

    pub(super) fn check_life_cycle(&mut self, tier: i32) -> Validated<LifeCycle> {
        self.hit(Rule::HistoryRetentionChoices);
        match tier {
            0 => Ok(LifeCycle::Days30),
            1 => Ok(LifeCycle::Days90),
            2 if self.mutants.has(Mutant::RetentionTierTwoShort) => Ok(LifeCycle::Days90),
            2 => Ok(LifeCycle::Days180),
            ..=-1 if self.mutants.has(Mutant::RetentionTierNegative) => Ok(LifeCycle::Days30),
            _ if self.mutants.has(Mutant::RetentionAnyTier) => Ok(LifeCycle::Days30),
            _ => Err(invalid("MsgLifeCycle", Fault::NotAllowed, Rule::HistoryRetentionChoices)),
        }
    }

    pub(crate) fn check_callback_url(&mut self, url: Option<&str>) -> Validated<Arc<str>> {
        let url = url.unwrap_or_default();
        if !url.is_empty() {
            self.check_url(url, "EventCallbackUrl", Rule::CallbackUrlForm)?;
        }
        Ok(Arc::from(url))
    }

    fn check_audit(&mut self, kind: Option<i32>, url: Option<&str>) -> Validated<Audit> {
        let emptied = url == Some("") && self.mutants.has(Mutant::CustomReviewEmptyUrlTaken);
        let url = url.filter(|url| !url.is_empty());
        self.hit(Rule::ModerationMethodTwo);
        match kind.unwrap_or(0) {
            2 => {
                self.hit(Rule::ModerationCustomNeedsUrl);
                let Some(url) = url else {
                    if emptied || self.mutants.has(Mutant::CustomReviewWithoutUrl) {
                        return Ok(Audit::BuiltIn);
                    }
                    return Err(invalid("AuditUrl", Fault::Missing, Rule::ModerationCustomNeedsUrl));
                };
                self.check_url(url, "AuditUrl", Rule::ModerationUrlForm)?;
                Ok(Audit::Custom(Arc::from(url)))
            }
            0 | 1
                if url.is_some()
                    && self.config.readings.moderation_stray_url == ModerationStrayUrl::Refused =>
            {
                Err(invalid("AuditUrl", Fault::Conflict, Rule::ModerationCustomNeedsUrl))
            }
            0 => Ok(Audit::Off),
            1 => Ok(Audit::BuiltIn),
            _ if self.mutants.has(Mutant::ReviewMethodAny) => Ok(Audit::Off),
            _ => Err(invalid("AuditType", Fault::NotAllowed, Rule::ModerationMethodTwo)),
        }
    }

    /// Creates an application, unless the account holds all it may.
    pub(super) fn create_app(
        &mut self,
        caller: &Caller,
        family: Family,
        new: NewApp,
    ) -> Result<AppIx, Refusal> {
        self.hit(Rule::QuotaAppsPerAccount);
        let bound = self.config.limits.account_apps_max;
        let allowed = self.most(Rule::QuotaAppsPerAccount, bound as usize);
        let (anybodys, gone) = (
            self.mutants.has(Mutant::QuotaAppsOfAllAccounts),
            self.mutants.has(Mutant::QuotaAppsCountsDeleted),
        );
        let together = self.mutants.has(Mutant::AppQuotaCountsBoth)
            || (family == Family::Old && self.mutants.has(Mutant::OlderQuotaCountsNewer));
        // Deleted applications do not count, and each family counts its own: they are separate by default.
        let counts = |app: &&App| {
            (app.account == caller.account || anybodys)
                && (!app.deleted || gone)
                && (together || self.sees(family, app))
        };
        // Counted anew: an account has at most three hundred, and creates are rare.
        let held = self.state.apps.iter().filter(counts).count();
        let apart = |app: &App| app.account == caller.account && !app.deleted && !self.sees(family, app);
        if self.state.apps.iter().any(apart) {
            self.hit(Rule::LegacyFamiliesSeparate);
        }
        if held >= allowed {
            let rule = Rule::QuotaAppsPerAccount;
            let (given, most) = (held as u64 + 1, u64::from(bound));
            return Err(match self.config.readings.app_quota_code {
                AppQuotaCode::TooManyApps => Refusal::Full { what: Full::Apps, bound, rule },
                AppQuotaCode::InputInvalid => Refusal::InputInvalid(InputInvalid {
                    parameter: "AppName",
                    fault: Fault::TooLong { given, bound: most },
                    rule,
                }),
            });
        }
        self.hit(Rule::AppCreateCredentials);
        let at = AppIx::from_at(self.state.apps.len());
        let (id, key, sign) = self.credentials(at);
        let index = self.state.app_names.intern(0, &id);
        assert!(index == at.0, "an application ID is made once");
        let now = self.state.now;
        self.state.apps.push(App {
            account: caller.account,
            family,
            id,
            name: new.name,
            key,
            sign,
            data_center: new.data_center,
            life_cycle: new.life_cycle,
            audit: new.audit,
            callback_url: new.callback_url,
            availability: Availability::Open,
            deleted: false,
            created: now,
            modified: now,
            live_groups: 0,
            groups: Vec::new(),
            old: new.old,
        });
        Ok(at)
    }

    /// ID, key and signature of the application of an index.
    fn credentials(&self, at: AppIx) -> (Arc<str>, Arc<str>, Arc<str>) {
        // The index is the position of the draws, so that the same creates in the same order make the same secrets.
        let text = |purpose, chars| self.state.secrets.text(purpose, u64::from(at.0), chars);
        let (id, key, sign) = (
            text(SecretPurpose::AppId, 16),
            text(SecretPurpose::AppKey, 32),
            text(SecretPurpose::AppSign, 32),
        );
        let id = match self.config.readings.app_id_charset {
            AppIdCharset::Strict => id,
            AppIdCharset::Underscore => in_fours(&id, "_"),
            AppIdCharset::Hyphen => in_fours(&id, "-"),
        };
        let sign = if self.mutants.has(Mutant::AppSignShared) {
            self.state.secrets.text(SecretPurpose::AppSign, 0, 32)
        } else {
            sign
        };
        let key = if self.mutants.has(Mutant::AppKeyIsId) { Arc::clone(&id) } else { key };
        (id, key, sign)
    }

    pub(crate) fn describe_live_message_app(
        &mut self,
        caller: &Caller,
        call: DescribeLiveMessageApp,
    ) -> Result<Reply, Refusal> {
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::DescribeLiveMessageApp, &call.app_id, center, Ok(()))?;
        self.hit(Rule::AppDescribeFields);
        Ok(Reply::Done(Response::App(self.app_view(app))))
    }

    fn app_view(&mut self, app: AppIx) -> AppView {
        self.hit(Rule::AppTimesUnixSeconds);
        self.hit(Rule::ModerationUrlDescribed);
        let app = &self.state.apps[app.at()];
        let (audit_type, mut audit_url) = audit_fields(&app.audit);
        if self.mutants.has(Mutant::ReviewUrlHidden) {
            audit_url = None;
        }
        AppView {
            app_id: Arc::clone(&app.id),
            app_name: Arc::clone(&app.name),
            app_key: Arc::clone(&app.key),
            app_sign: Arc::clone(&app.sign),
            audit_type,
            audit_url,
            create_time: app.created.unix_seconds(),
            modify_time: app.modified.unix_seconds(),
            data_center: app.data_center,
            disable: app.availability.is_disabled(),
            event_callback_url: Arc::clone(&app.callback_url),
            msg_life_cycle: app.life_cycle.number(),
        }
    }

    pub(crate) fn list_live_message_apps(
        &mut self,
        caller: &Caller,
        call: ListLiveMessageApps,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_app_list(&call);
        let (descending, center) = self.enter_account(caller, Operation::ListLiveMessageApps, checked)?;
        let first = match call.next_page_token {
            None | Some(0) => true,
            Some(token) => {
                token == -1
                    && !self.mutants.has(Mutant::AppTokenMinusOneTaken)
                    && !(descending && self.mutants.has(Mutant::AppTokenMinusOneTakenDescending))
            }
        };
        if first {
            self.hit(Rule::ListAppsFirstPage);
        }
        // Tokens are positions from one on, since 0 and -1 mean the first page.
        let after = call.next_page_token.unwrap_or(0);
        let beyond = |app: AppIx| {
            let position = i64::from(app.0) + 1;
            first || if descending { position < after } else { position > after }
        };
        let listed = |app: &App| {
            app.account == caller.account
                && center.is_none_or(|center| app.data_center == center)
                && (!app.deleted || self.mutants.has(Mutant::DeletedAppListed))
                && !(app.modified == app.created && self.mutants.has(Mutant::FreshAppUnlisted))
                && self.lists(Family::Live, app)
        };
        let mut found: Vec<AppIx> = (0..self.state.apps.len())
            .filter(|at| listed(&self.state.apps[*at]))
            .map(AppIx::from_at)
            .filter(|app| beyond(*app))
            .collect();
        if self.mutants.changes(Rule::ListAppsSort, RuleChange::OtherKey) {
            found.sort_by_key(|app| Arc::clone(&self.state.apps[app.at()].name));
        }
        if descending {
            found.reverse();
        }
        let size = self.unsized_page();
        let more = found.len() > size || self.mutants.has(Mutant::AppListTokenOnLastPage);
        found.truncate(size);
        self.hit(Rule::ListAppsTokenWhenMore);
        let next_page_token = match found.last() {
            Some(last) if more && !self.mutants.has(Mutant::ListEndsEarly) => Some(i64::from(last.0) + 1),
            _ => None,
        };
        self.hit(Rule::WireAppsDisableString);
        let apps = found.into_iter().map(|app| self.app_view(app)).collect();
        Ok(Reply::Done(Response::Apps(AppPage { apps, next_page_token })))
    }

    fn check_app_list(&mut self, call: &ListLiveMessageApps) -> Validated<(bool, Option<DataCenter>)> {
        let named = self.check_data_center(call.data_center.as_deref())?;
        let center = match self.config.readings.app_data_center_absent {
            AppDataCenterAbsent::Shanghai => Some(named.unwrap_or_default()),
            AppDataCenterAbsent::Any => named,
        };
        let descending = self.check_sort(call.sort_type, Rule::ListAppsSort)?;
        self.check_token(call.next_page_token, Rule::ListAppsFirstPage)?;
        Ok((descending, center))
    }

    /// A page token as a caller may give it back: none, -1 or a number that was issued.
    pub(crate) fn check_token(&mut self, token: Option<i64>, rule: Rule) -> Validated {
        self.hit(rule);
        match token {
            Some(low) if low < -1 => {
                let fault = Fault::OutOfRange { given: low, low: -1, high: i64::MAX };
                Err(invalid("NextPageToken", fault, rule))
            }
            _ => Ok(()),
        }
    }

    /// Entries of a page without a size parameter.
    pub(crate) const fn unsized_page(&self) -> usize {
        match self.config.readings.list_page_size {
            ListPageSize::Twenty => self.config.limits.list_page_size as usize,
            ListPageSize::Ten => 10,
            ListPageSize::Fifty => 50,
        }
    }

    pub(crate) fn modify_live_message_app_audit(
        &mut self,
        caller: &Caller,
        call: ModifyLiveMessageAppAudit,
    ) -> Result<Reply, Refusal> {
        let checked = match call.audit_type {
            Some(method)
                if !(0..=2).contains(&method) && self.mutants.has(Mutant::ReviewMethodAnyOnModify) =>
            {
                Ok(None)
            }
            Some(_) => self.check_audit(call.audit_type, call.audit_url.as_deref()).map(Some),
            None => self.check_audit_url(call.audit_url.as_deref()),
        };
        if checked.is_err() {
            self.switch_review_off_by_mutant(&call.app_id);
        }
        let center = call.data_center.as_deref();
        let (audit, at) =
            self.enter(caller, Operation::ModifyLiveMessageAppAudit, &call.app_id, center, checked)?;
        let now = self.state.now;
        let app = &mut self.state.apps[at.at()];
        match (audit, &app.audit) {
            (Some(Audit::Custom(url)), Audit::Custom(_)) => app.audit = Audit::Custom(url),
            // An address alone does not switch the review on: it holds only where custom review is on already.
            (Some(Audit::Custom(_)), _) if call.audit_type.is_none() => {}
            (Some(audit), _) => app.audit = audit,
            (None, _) => {}
        }
        if !self.mutants.has(Mutant::AuditModifyTimeStale) {
            app.modified = now;
        }
        if self.mutants.has(Mutant::RetentionFollowsModify) {
            app.life_cycle = LifeCycle::Days30;
        }
        self.hit(Rule::AppConfigModifiable);
        self.hit(Rule::ModerationUrlDescribed);
        self.hit(Rule::ModerationAuthDefaultOn);
        let app = &self.state.apps[at.at()];
        let (audit_type, audit_url) = audit_fields(&app.audit);
        Ok(Reply::Done(Response::AppAudit(AppAudit {
            app_id: Arc::clone(&app.id),
            app_sign: Arc::clone(&app.sign),
            audit_type,
            audit_url: audit_url.filter(|_| !self.mutants.has(Mutant::ReviewUrlAnswerHidden)),
            audit_need_authentication: !self.mutants.has(Mutant::ReviewAuthOff),
        })))
    }

    /// A new address alone: it holds only where custom review is on.
    fn check_audit_url(&mut self, url: Option<&str>) -> Validated<Option<Audit>> {
        let Some(url) = url.filter(|url| !url.is_empty()) else { return Ok(None) };
        if !self.mutants.has(Mutant::ReviewUrlModifiedUnchecked) {
            self.check_url(url, "AuditUrl", Rule::ModerationUrlForm)?;
        }
        Ok(Some(Audit::Custom(Arc::from(url))))
    }

    pub(crate) fn modify_live_message_app_callback(
        &mut self,
        caller: &Caller,
        call: ModifyLiveMessageAppCallback,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_changed_callback_url(call.event_callback_url.as_deref());
        let center = call.data_center.as_deref();
        let (url, at) =
            self.enter(caller, Operation::ModifyLiveMessageAppCallback, &call.app_id, center, checked)?;
        if url.is_empty() {
            self.hit(Rule::CallbackUrlEmptyClears);
        }
        self.hit(Rule::AppConfigModifiable);
        self.hit(Rule::CallbackAuthDefaultOn);
        let keep = url.is_empty() && self.mutants.has(Mutant::CallbackUrlNeverCleared);
        let untouched = self.mutants.has(Mutant::ModifyTimeStale);
        let now = self.state.now;
        let app = &mut self.state.apps[at.at()];
        let former =
            self.mutants.has(Mutant::CallbackClearNamesFormer).then(|| Arc::clone(&app.callback_url));
        if !keep {
            app.callback_url = url;
        }
        if !untouched {
            app.modified = now;
        }
        // An empty address is left out of the answer and not shown as empty.
        let shown = (!app.callback_url.is_empty()).then(|| Arc::clone(&app.callback_url)).or(former);
        Ok(Reply::Done(Response::AppCallback(AppCallback {
            app_id: Arc::clone(&app.id),
            app_sign: Arc::clone(&app.sign),
            event_callback_url: shown,
            event_callback_need_authentication: !self.mutants.has(Mutant::CallbackAuthOff),
        })))
    }

    pub(crate) fn modify_live_message_app_disable(
        &mut self,
        caller: &Caller,
        call: ModifyLiveMessageAppDisable,
    ) -> Result<Reply, Refusal> {
        let center = call.data_center.as_deref();
        let ((), at) =
            self.enter(caller, Operation::ModifyLiveMessageAppDisable, &call.app_id, center, Ok(()))?;
        self.hit(Rule::AppDisableSwitch);
        self.hit(Rule::AppConfigModifiable);
        let now = self.state.now;
        let ignored = self.mutants.has(Mutant::DisableIgnored);
        let app = &mut self.state.apps[at.at()];
        // Without the flag the call changes nothing but the time of modification.
        let was = app.availability.is_disabled();
        let disable = call.disable.unwrap_or(was);
        if !(ignored || was && self.mutants.has(Mutant::EnableIgnored)) {
            app.availability.set(disable);
        }
        if !self.mutants.has(Mutant::DisableModifyTimeStale) {
            app.modified = now;
        }
        if self.mutants.has(Mutant::RetentionFollowsDisable) {
            app.life_cycle = LifeCycle::Days30;
        }
        let (app_id, app_sign) = (Arc::clone(&app.id), Arc::clone(&app.sign));
        // Only the change ends sessions: disabling twice finds none, and must not begin another walk over all users.
        if disable && !was && self.config.readings.app_disabled != AppDisabled::Logons {
            self.hit(Rule::AppDisableRefusesUse);
            if !self.mutants.has(Mutant::DisableKeepsSessions) {
                self.end_sessions(at);
            }
        }
        let disable = if self.mutants.has(Mutant::DisableAnswerStale) { was } else { disable };
        Ok(Reply::Done(Response::AppDisable(AppDisable { app_id, app_sign, disable })))
    }

    /// Deletes an application for good: its sessions end, its groups are gone.
    pub(super) fn delete_app(&mut self, app: AppIx) {
        self.hit(Rule::AppDeleteFinal);
        // The mark first: from here on nothing finds the application, while its sessions and groups end slice by slice.
        self.state.apps[app.at()].deleted = true;
        self.end_sessions(app);
    }
}

/// A text with something between every four of its letters and digits.
fn in_fours(text: &str, between: &str) -> Arc<str> {
    let mut made = String::new();
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            made.push_str(between);
        }
        made.push(character);
    }
    made.into()
}

fn audit_fields(audit: &Audit) -> (i32, Option<Arc<str>>) {
    match audit {
        Audit::Off => (0, None),
        Audit::BuiltIn => (1, None),
        Audit::Custom(url) => (2, Some(Arc::clone(url))),
    }
}
