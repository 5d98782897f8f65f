//! The way into every server-side call: count it, check its parameters, its caller and its application.
//!
//! Order of refusals: illegal parameter, missing permission (also: disabled application), throttled, missing
//! application. [`Refusal`]'s declaration order says so; here the smallest is picked.

use crate::call::check::{Validated, invalid};
use crate::mutants::{Mutant, Mutants};
use crate::state::app::App;
use crate::state::service::Service;
use crate::state::user::User;
use crate::words::account::Caller;
use crate::words::data_center::DataCenter;
use crate::words::id::{AppIx, GroupIx, UserIx};
use crate::words::operation::{Family, Operation, WhileDisabled};
use crate::words::reading::{
    AppDataCenterAbsent, AppDataCenterCode, AppDisabled, DeletionWriteCode, Families, QuotaInvalidCalls,
};
use crate::words::refusal::{Fault, InputInvalid, Missing, Refusal};
use crate::words::rule::Rule;
use crate::words::text::{Extra, Text};
use crate::words::tracer::Tracer;

/// A missing group.
pub(crate) const fn no_group(rule: Rule) -> Refusal {
    Refusal::NotExist { what: Missing::Group, rule }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Admits a call on an application, with its checked parameters.
    ///
    /// Counts the call against the account's quota, whatever comes of it (reading `quota.invalid-calls`). Changes
    /// nothing else.
    pub(crate) fn enter<V>(
        &mut self,
        caller: &Caller,
        operation: Operation,
        app_id: &str,
        data_center: Option<&str>,
        checked: Validated<V>,
    ) -> Result<(V, AppIx), Refusal> {
        // Everything is asked before anything is refused: which of several reasons is answered is decided by precedence,
        // not by the order of these lines.
        let scope = self.check_scope(operation, app_id, data_center);
        let wanted = scope.ok().flatten();
        let checked = scope.and(checked);
        // The only change that a refused call makes. It is counted with its parameters known, since one reading counts
        // illegal calls and another does not.
        let throttled = self.count_if_due(caller, operation, checked.is_ok());
        let denied = self.check_policy(caller, operation, app_id);
        let app = self.admitted_app(caller, operation, app_id, wanted);
        let disabled = app.ok().and_then(|app| self.refused_while_disabled(operation, app));
        match (checked, app) {
            (Ok(value), Ok(app)) if denied.is_none() && disabled.is_none() && throttled.is_none() => {
                Ok((value, app))
            }
            (checked, app) => Err(self.first_refusal([
                checked.err().map(Refusal::InputInvalid),
                denied,
                disabled,
                throttled,
                app.err(),
            ])),
        }
    }

    /// Admits a call that names no application.
    pub(crate) fn enter_account<V>(
        &mut self,
        caller: &Caller,
        operation: Operation,
        checked: Validated<V>,
    ) -> Result<V, Refusal> {
        let throttled = self.count_if_due(caller, operation, checked.is_ok());
        let denied = self.check_policy(caller, operation, "");
        match checked {
            Ok(value) if denied.is_none() && throttled.is_none() => Ok(value),
            checked => Err(self.first_refusal([
                checked.err().map(Refusal::InputInvalid),
                denied,
                throttled,
                None,
                None,
            ])),
        }
    }

    /// Counts a call; one with illegal parameters only under the reading that says so.
    fn count_if_due(&mut self, caller: &Caller, operation: Operation, valid: bool) -> Option<Refusal> {
        let counted = self.config.readings.quota_invalid_calls == QuotaInvalidCalls::Counted;
        if valid || counted { self.count_call(caller, operation) } else { None }
    }

    fn first_refusal(&mut self, refusals: [Option<Refusal>; 5]) -> Refusal {
        let reasons = refusals.iter().flatten();
        // Only a call with two reasons shows that there is an order; the rule is hit then and not before.
        let several = reasons.clone().count() > 1;
        let first = if self.mutants.has(Mutant::PrecedenceReversed) { reasons.max() } else { reasons.min() };
        let first = *first.expect("a call is refused for a reason");
        let first = self.refusal_by_mutant(&refusals).unwrap_or(first);
        if several {
            self.hit(Rule::ErrorOrderPrecedence);
        }
        first
    }

    fn check_scope(
        &mut self,
        operation: Operation,
        app_id: &str,
        data_center: Option<&str>,
    ) -> Validated<Option<DataCenter>> {
        if app_id.is_empty()
            && !self.mutants.has(Mutant::AppIdMissingUnknown)
            && !self.mutants.has(Mutant::AppIdMissingFirst)
        {
            self.hit(Rule::GroupAppIdRequired);
            return Err(invalid("AppId", Fault::Missing, Rule::GroupAppIdRequired));
        }
        // The older family has no data centres.
        if operation.family() == Family::Old {
            return Ok(None);
        }
        let named = match self.check_data_center(data_center) {
            Err(_) if self.mutants.has(Mutant::DataCenterUncheckedLater) => None,
            checked => checked?,
        };
        // Not named is Shanghai and not any: an application elsewhere is then not found, under the default reading.
        if named.is_none() && self.config.readings.app_data_center_absent == AppDataCenterAbsent::Shanghai {
            return Ok(Some(DataCenter::Shanghai));
        }
        Ok(named)
    }

    /// The data centre named; none when the parameter is absent or empty.
    pub(crate) fn check_data_center(&mut self, name: Option<&str>) -> Validated<Option<DataCenter>> {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
        self.hit(Rule::AppDataCenterTwo);
        match DataCenter::from_name(name) {
            Some(center) => Ok(Some(center)),
            None if self.mutants.has(Mutant::DataCenterUnknownAccepted) => Ok(None),
            None if self.mutants.has(Mutant::DataCenterAnyCase)
                && name.eq_ignore_ascii_case("cn-shanghai") =>
            {
                Ok(None)
            }
            None => Err(invalid("DataCenter", Fault::NotAllowed, Rule::AppDataCenterTwo)),
        }
    }

    fn admitted_app(
        &mut self,
        caller: &Caller,
        operation: Operation,
        app_id: &str,
        wanted: Option<DataCenter>,
    ) -> Result<AppIx, Refusal> {
        let absent = |rule| Refusal::NotExist { what: Missing::App, rule };
        let first = app_id.is_empty() && self.mutants.has(Mutant::AppIdMissingFirst);
        let any = (first || self.mutants.has(Mutant::UnknownAppServed)).then_some(AppIx(0));
        let Some(at) = self.find_app(app_id).or_else(|| any.filter(|_| !self.state.apps.is_empty())) else {
            self.hit(Rule::GroupAppRequired);
            return Err(absent(Rule::GroupAppRequired));
        };
        // An application of another account is not forbidden, it is not there: nobody learns which IDs are taken.
        let app = &self.state.apps[at.at()];
        let mine = app.account == caller.account;
        if mine && !self.reaches(operation, app) {
            self.hit(Rule::LegacyFamiliesSeparate);
            self.hit(Rule::GroupAppRequired);
            return Err(absent(Rule::GroupAppRequired));
        }
        let app = &self.state.apps[at.at()];
        if !mine && !self.mutants.has(Mutant::AnotherAccountsAppServed) {
            self.hit(Rule::GroupAppRequired);
            return Err(absent(Rule::GroupAppRequired));
        }
        // After the account: that an application was deleted is answered to its owner only.
        if app.deleted && !self.mutants.has(Mutant::DeletedAppServed) {
            self.hit(Rule::AppDeleteFinal);
            return Err(absent(Rule::AppDeleteFinal));
        }
        // Last, since it is the only one of these reasons that a caller can mend by another parameter.
        let elsewhere = wanted.is_some_and(|center| center != app.data_center);
        if wanted.is_some() {
            self.hit(Rule::AppDataCenterMatch);
        }
        let ignored = self.mutants.has(Mutant::DataCenterIgnored)
            || (operation.while_disabled() == WhileDisabled::Open
                && self.mutants.has(Mutant::DataCenterIgnoredByReads));
        if elsewhere && !ignored {
            return Err(match self.config.readings.app_data_center_code {
                AppDataCenterCode::ResourceNotExist => absent(Rule::AppDataCenterMatch),
                AppDataCenterCode::InputInvalid => Refusal::InputInvalid(InputInvalid {
                    parameter: "DataCenter",
                    fault: Fault::NotAllowed,
                    rule: Rule::AppDataCenterMatch,
                }),
            });
        }
        Ok(at)
    }

    /// Whether a family of operations sees an application: its own only, under the reading `families = separate`.
    pub(crate) fn sees(&self, family: Family, app: &App) -> bool {
        self.config.readings.families == Families::Shared || app.family == family
    }

    /// Whether the lists of a family show an application.
    pub(crate) fn lists(&self, family: Family, app: &App) -> bool {
        let older = family == Family::Old && self.mutants.has(Mutant::OlderListsNewer);
        self.sees(family, app) || older || self.mutants.has(Mutant::FamiliesListedTogether)
    }

    /// Whether an operation reaches an application by its ID.
    fn reaches(&self, operation: Operation, app: &App) -> bool {
        let family = operation.family();
        let mutant = match family {
            Family::Live => Mutant::NewerReachesOlder,
            Family::Old => Mutant::OlderReachesNewer,
        };
        let joins = operation == Operation::JoinMessageGroup && self.mutants.has(Mutant::OlderJoinsNewer);
        self.sees(family, app) || joins || self.mutants.has(mutant)
    }

    fn refused_while_disabled(&mut self, operation: Operation, app: AppIx) -> Option<Refusal> {
        if !self.state.apps[app.at()].availability.is_closed() || self.mutants.has(Mutant::DisabledAppWorks) {
            return None;
        }
        // What stays open is a property of the operation, kept in its row of the table; only the two extremes are named
        // here.
        let open = match self.config.readings.app_disabled {
            AppDisabled::Writes => operation.while_disabled() == WhileDisabled::Open,
            AppDisabled::Everything => operation == Operation::ModifyLiveMessageAppDisable,
            AppDisabled::Logons => operation != Operation::GetMessageToken,
        };
        if open {
            return None;
        }
        self.hit(Rule::AppDisableRefusesUse);
        Some(Refusal::NoAuth { operation, rule: Rule::AppDisableRefusesUse })
    }

    /// The group of that ID, which must exist and not be deleted.
    ///
    /// `missing` is the rule that refuses an unknown ID.
    pub(crate) fn live_group(
        &mut self,
        app: AppIx,
        group_id: &str,
        missing: Rule,
    ) -> Result<GroupIx, Refusal> {
        let group = self.known_group(app, group_id, missing)?;
        if self.state.groups[group.at()].is_live() {
            return Ok(group);
        }
        self.hit(Rule::DeletionGroupUnavailable);
        if self.mutants.has(Mutant::DeletedGroupUsable) {
            return Ok(group);
        }
        Err(match self.config.readings.deletion_write_code {
            DeletionWriteCode::ResourceNotExist => no_group(Rule::DeletionGroupUnavailable),
            DeletionWriteCode::InputInvalid => Refusal::InputInvalid(InputInvalid {
                parameter: "GroupId",
                fault: Fault::NotAllowed,
                rule: Rule::DeletionGroupUnavailable,
            }),
        })
    }

    /// The group of that ID, which must exist or be deleted for less than the restore window.
    pub(crate) fn known_group(
        &mut self,
        app: AppIx,
        group_id: &str,
        missing: Rule,
    ) -> Result<GroupIx, Refusal> {
        let Some(group) = self.find_group(app, group_id) else {
            self.hit(missing);
            return Err(no_group(missing));
        };
        // Its ID is still interned, but for a caller it is as if it never was.
        if self.state.groups[group.at()].is_purged() {
            self.hit(Rule::DeletionWindowPurge);
            return Err(no_group(Rule::DeletionWindowPurge));
        }
        Ok(group)
    }

    /// The scope within which a group's name is unique: the application.
    pub(crate) fn group_scope(&self, app: AppIx) -> u32 {
        if self.mutants.has(Mutant::GroupScopeGlobal) {
            return 0;
        }
        if self.mutants.has(Mutant::GroupScopeAccount) {
            return self.state.apps[app.at()].account.0;
        }
        app.0
    }

    /// The user of that ID, known from now on. Call it only once a request can no longer be refused.
    pub(crate) fn intern_user(&mut self, app: AppIx, user_id: &str) -> UserIx {
        let user = UserIx(self.state.user_names.intern(app.0, user_id));
        // Names and users grow together: a fresh index is the next entry.
        if user.at() == self.state.users.len() {
            let id = Text::from(self.user_id(user));
            self.state.users.push(User::new(app, id));
        }
        debug_assert!(self.state.users.len() == self.state.user_names.len(), "every name is a user's");
        user
    }

    /// The extension information of a user; empty when there is none.
    pub(crate) fn user_info(&self, user: UserIx) -> Extra {
        self.state.users[user.at()].info.clone()
    }

    /// The ID of a user, to go into a message.
    pub(crate) fn user_text(&self, user: UserIx) -> Text {
        self.state.users[user.at()].id.clone()
    }
}
