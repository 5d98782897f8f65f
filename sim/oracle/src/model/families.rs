//! The two families: each reaches and lists its own applications only, and only they count against its limit.

use claque_core::reading::Families;
use claque_core::{
    AppIx, Caller, ConsoleRequest, Family, Full, Input, Missing, Mutants, Outcome, Refusal, Reply, Request,
    Response, Rule,
};

use super::calls::{AppChange, Effect, app_id};
use super::{Model, Observed};
use crate::books::app::AppBooks;
use crate::evidence;

impl Model {
    /// Judges a call by the family of the application that it is about, and of those that it shows and counts.
    pub(super) fn judge_families<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let (Input::Request(caller, request), Outcome::Request(answer)) = (seen.input, seen.outcome) else {
            return;
        };
        let answer = answer.as_ref().map_err(|refusal| *refusal);
        self.judge_reach(seen, caller, request, answer);
        match (request, answer) {
            (Request::CreateLiveMessageApp(_), _) => self.judge_total(seen, caller, Family::Live, answer),
            (Request::CreateMessageApp(_), _) => self.judge_total(seen, caller, Family::Old, answer),
            (_, Ok(Reply::Done(Response::Apps(page)))) => {
                let shown = page.apps.iter().map(|view| &*view.app_id);
                self.judge_shown(seen, Family::Live, shown);
            }
            (_, Ok(Reply::Done(Response::OldApps(page)))) => {
                self.judge_shown(seen, Family::Old, page.items.iter().map(|view| &*view.app_id));
                let owed = self.held(caller, |app| self.sees(Family::Old, app));
                if u32::try_from(owed) != Ok(page.total) {
                    let evidence = evidence!(
                        "the older family lists ",
                        page.total,
                        " applications in all, it has ",
                        owed
                    );
                    self.refute(seen.now, Some(Rule::LegacyFamiliesSeparate), evidence);
                }
            }
            (_, Ok(Reply::Done(Response::OldAppsFound(page)))) => {
                self.judge_shown(seen, Family::Old, page.items.iter().map(|view| &*view.app_id));
            }
            _ => {}
        }
    }

    /// Whether a family is to see an application.
    pub(super) fn sees(&self, family: Family, app: &AppBooks) -> bool {
        self.config.readings.families == Families::Shared || app.family == family
    }

    /// So many applications of an account that are not deleted are of those asked for.
    fn held(&self, caller: &Caller, of: impl Fn(&AppBooks) -> bool) -> usize {
        self.apps.values().filter(|app| app.account == caller.account && !app.deleted && of(app)).count()
    }

    /// A call about an application of the other family does not find it, and one about an application of its own does.
    fn judge_reach<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        caller: &Caller,
        request: &Request,
        answer: Result<&Reply, Refusal>,
    ) {
        let Some(at) = app_id(request).and_then(|id| seen.app(id)) else { return };
        let Some(app) = self.apps.get(&at).filter(|app| app.account == caller.account) else { return };
        let (operation, family) = (request.operation(), request.operation().family());
        let absent = matches!(answer, Err(Refusal::NotExist { what: Missing::App, .. }));
        // Refusals that come before anybody looks for the application, and one that names no application.
        let early = matches!(
            answer,
            Err(Refusal::InputInvalid(_) | Refusal::Throttled { .. } | Refusal::NoAuth { .. })
        );
        let (sees, deleted) = (self.sees(family, app), app.deleted);
        if !sees && !absent && !early {
            let evidence = evidence!(operation.name(), " reaches application ", at.0, " of the other family");
            self.refute(seen.now, Some(Rule::LegacyFamiliesSeparate), evidence);
        }
        // Calls of the newer family may be about another data centre.
        if sees && absent && !deleted && family == Family::Old {
            let evidence = evidence!(operation.name(), " does not find application ", at.0);
            self.refute(seen.now, Some(Rule::ErrorResourceNotExistCode), evidence);
        }
    }

    /// What a family lists is of its own.
    fn judge_shown<'v, D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        family: Family,
        shown: impl Iterator<Item = &'v str>,
    ) {
        let foreign = |at: &AppIx| self.apps.get(at).is_some_and(|app| !self.sees(family, app));
        let found = shown.filter_map(|id| seen.app(id)).find(foreign);
        if let Some(at) = found {
            let evidence = evidence!("a list shows application ", at.0, " of the other family");
            self.refute(seen.now, Some(Rule::LegacyFamiliesSeparate), evidence);
        }
    }

    /// An account's limit of applications counts those of the family that creates one more.
    fn judge_total<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        caller: &Caller,
        family: Family,
        answer: Result<&Reply, Refusal>,
    ) {
        let bound = usize::try_from(self.config.limits.account_apps_max).unwrap_or(usize::MAX);
        let own = self.held(caller, |app| self.sees(family, app));
        let all = self.held(caller, |_| true);
        let wrong = match answer {
            Ok(_) if own >= bound => Some((Rule::QuotaAppsPerAccount, "is let in")),
            // Full only with the other family's: the limit is right, and what it counts is not.
            Err(Refusal::Full { what: Full::Apps, .. }) if own < bound && all >= bound => {
                Some((Rule::LegacyFamiliesSeparate, "is refused"))
            }
            Err(Refusal::Full { what: Full::Apps, .. }) if own < bound => {
                Some((Rule::QuotaAppsPerAccount, "is refused"))
            }
            Ok(_) | Err(_) => None,
        };
        if let Some((rule, said)) = wrong {
            let evidence = evidence!(
                "one more application ",
                said,
                " where its family has ",
                own,
                " of ",
                bound,
                ", of ",
                all
            );
            self.refute(seen.now, Some(rule), evidence);
        }
    }

    /// An application is gone.
    pub(super) fn follow_app_deletions<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let app_id = match (seen.input, seen.outcome) {
            (Input::Request(_, request), Outcome::Request(Ok(_))) => {
                let Effect::App(AppChange::DeleteMessageApp(call)) = request.into() else { return };
                &call.app_id
            }
            (Input::Console(_, ConsoleRequest::DeleteApp { app_id }), Outcome::Request(Ok(_))) => app_id,
            _ => return,
        };
        if let Some(app) = seen.app(app_id).and_then(|app| self.apps.get_mut(&app)) {
            app.deleted = true;
        }
    }
}
