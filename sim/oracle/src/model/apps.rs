//! Applications: what they are set to, and what answers show of them.

use claque_core::reading::AppDataCenterAbsent;
use claque_core::{
    AppIx, AppView, Caller, ConsoleRequest, DataCenter, Family, Input, ListLiveMessageApps, Mutants, Outcome,
    Reply, Request, Response, Rule,
};

use super::calls::{AppAnswer, AppChange, Effect, Shown};
use super::{Model, Observed};
use crate::books::app::{AppBooks, given};
use crate::evidence;
use crate::evidence::Few;

impl Model {
    /// Keeps in mind what applications are set to.
    pub(super) fn follow_apps<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        match (seen.input, seen.outcome) {
            (Input::Request(caller, request), Outcome::Request(Ok(Reply::Done(response)))) => {
                self.follow_app_request(seen, caller, request, response);
                self.judge_app_answer(seen, caller, request, response);
            }
            (
                Input::Console(_, ConsoleRequest::ModifyApp { app_id, app_name, .. }),
                Outcome::Request(Ok(_)),
            ) => {
                if let Some(app) = seen.app(app_id).and_then(|app| self.apps.get_mut(&app)) {
                    app.modified = seen.now;
                    if let Some(name) = app_name {
                        app.name = name.as_str().into();
                    }
                }
            }
            _ => {}
        }
    }

    fn follow_app_request<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        caller: &Caller,
        request: &Request,
        response: &Response,
    ) {
        let account = caller.account;
        let Effect::App(change) = request.into() else { return };
        match change {
            AppChange::CreateLiveMessageApp(call) => {
                let Response::AppCreated(made) = response else { return };
                let Some(app) = seen.app(&made.app_id) else { return };
                let name = call.app_name.as_deref().unwrap_or_default();
                let audit = call.audit_type.unwrap_or(0);
                let books = AppBooks {
                    callback_url: given(call.event_callback_url.as_ref()).unwrap_or_default(),
                    retention: call.msg_life_cycle.unwrap_or(0),
                    audit,
                    audit_url: given(call.audit_url.as_ref()).filter(|_| audit == 2),
                    center: made.data_center,
                    secrets: Some((made.app_key.clone(), made.app_sign.clone())),
                    ..AppBooks::new(account, Family::Live, name, seen.now)
                };
                self.apps.insert(app, books);
            }
            AppChange::CreateMessageApp(call) => {
                let Response::OldAppCreated(app_id) = response else { return };
                let Some(app) = seen.app(app_id) else { return };
                let books = AppBooks {
                    config: call.app_config.clone().unwrap_or_default(),
                    extension: call.extension.clone().unwrap_or_default(),
                    ..AppBooks::new(account, Family::Old, &call.app_name, seen.now)
                };
                self.apps.insert(app, books);
            }
            AppChange::ModifyLiveMessageAppCallback(call) => {
                if let Some(app) = self.app_to_change(seen, &call.app_id) {
                    app.callback_url = given(call.event_callback_url.as_ref()).unwrap_or_default();
                }
            }
            AppChange::ModifyLiveMessageAppAudit(call) => {
                if let Some(app) = self.app_to_change(seen, &call.app_id) {
                    app.change_audit(call);
                }
            }
            AppChange::ModifyLiveMessageAppDisable(call) => {
                if let Some(app) = self.app_to_change(seen, &call.app_id) {
                    if call.disable == Some(true) && !app.disabled {
                        app.disabled_at = Some(seen.now);
                    }
                    app.disabled = call.disable.unwrap_or(app.disabled);
                }
            }
            AppChange::UpdateMessageApp(call) => {
                let Some(app) = self.app_to_change(seen, &call.app_id) else { return };
                if let Some(name) = &call.app_name {
                    app.name = name.as_str().into();
                }
                // What is given takes the place of all that was there; what is absent stays.
                for (stored, given) in
                    [(&mut app.config, &call.app_config), (&mut app.extension, &call.extension)]
                {
                    if let Some(given) = given {
                        stored.clone_from(given);
                    }
                }
            }
            // Followed with those of the console (`follow_app_deletions`).
            AppChange::DeleteMessageApp(_) => {}
        }
    }

    fn app_to_change<D: Mutants>(&mut self, seen: &Observed<'_, D>, app_id: &str) -> Option<&mut AppBooks> {
        let app = seen.app(app_id).and_then(|app| self.apps.get_mut(&app))?;
        app.modified = seen.now;
        Some(app)
    }

    /// What an answer shows of an application is what was set.
    fn judge_app_answer<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        caller: &Caller,
        request: &Request,
        response: &Response,
    ) {
        let Shown::Apps(answer) = request.into() else { return };
        match answer {
            AppAnswer::DescribeLiveMessageApp(call) => {
                let Response::App(view) = response else { return };
                if call.app_id != *view.app_id {
                    let said = evidence!("another application is described than the one that was asked for");
                    self.refute(seen.now, Some(Rule::AppDescribeFields), said);
                }
                self.judge_app_view(seen, view);
            }
            AppAnswer::ListLiveMessageApps(call) => {
                let Response::Apps(page) = response else { return };
                page.apps.iter().for_each(|view| self.judge_app_view(seen, view));
                let shown: Vec<u32> =
                    page.apps.iter().filter_map(|view| seen.app(&view.app_id)).map(|app| app.0).collect();
                if call.next_page_token.is_none_or(|token| token <= 0) {
                    self.judge_app_list(seen, caller, call, &shown, page.next_page_token.is_some());
                }
            }
            AppAnswer::ModifyLiveMessageAppAudit(call) => {
                let Response::AppAudit(view) = response else { return };
                let books = seen.app(&call.app_id).and_then(|app| self.apps.get(&app));
                let wrong = books.is_some_and(|books| {
                    (books.audit, &books.audit_url) != (view.audit_type, &view.audit_url)
                        || !view.audit_need_authentication
                        || !(call.app_id == *view.app_id && books.is_signed(&view.app_sign))
                });
                self.object_to_app(seen, wrong, Rule::ModerationUrlDescribed, "review");
            }
            AppAnswer::ModifyLiveMessageAppCallback(call) => {
                let Response::AppCallback(view) = response else { return };
                let books = seen.app(&call.app_id).and_then(|app| self.apps.get(&app));
                let wrong = books.is_some_and(|books| {
                    *books.callback_url != *view.event_callback_url.as_deref().unwrap_or_default()
                        || !view.event_callback_need_authentication
                        || !(call.app_id == *view.app_id && books.is_signed(&view.app_sign))
                });
                self.object_to_app(seen, wrong, Rule::AppConfigModifiable, "callbacks");
            }
            AppAnswer::ModifyLiveMessageAppDisable(call) => {
                let Response::AppDisable(view) = response else { return };
                let books = seen.app(&call.app_id).and_then(|app| self.apps.get(&app));
                let wrong = books.is_some_and(|books| {
                    books.disabled != view.disable
                        || !(call.app_id == *view.app_id && books.is_signed(&view.app_sign))
                });
                self.object_to_app(seen, wrong, Rule::AppDisableSwitch, "switch");
            }
        }
    }

    fn object_to_app<D>(&mut self, seen: &Observed<'_, D>, wrong: bool, rule: Rule, what: &'static str) {
        if wrong {
            let said =
                evidence!("the answer to a change of an application shows another ", what, " than was set");
            self.refute(seen.now, Some(rule), said);
        }
    }

    fn judge_app_view<D: Mutants>(&mut self, seen: &Observed<'_, D>, view: &AppView) {
        let Some(at) = seen.app(&view.app_id) else { return };
        let Some(books) = self.apps.get(&at) else { return };
        let times = (books.created.unix_seconds(), books.modified.unix_seconds());
        let (rule, what) = if *view.app_name != *books.name {
            (Rule::AppDescribeFields, "name")
        } else if (view.audit_type, &view.audit_url) != (books.audit, &books.audit_url) {
            (Rule::ModerationUrlDescribed, "review")
        } else if (view.create_time, view.modify_time) != times {
            (Rule::AppTimesUnixSeconds, "time of creation or change")
        } else if view.data_center != books.center {
            (Rule::AppDescribeFields, "data centre")
        } else if books
            .secrets
            .as_ref()
            .is_some_and(|(key, sign)| (key, sign) != (&view.app_key, &view.app_sign))
        {
            (Rule::AppDescribeFields, "secret or signature")
        } else if view.disable != books.disabled {
            (Rule::AppDisableSwitch, "switch")
        } else if view.event_callback_url != books.callback_url {
            (Rule::AppDescribeFields, "address of callbacks")
        } else if view.msg_life_cycle != books.retention {
            (Rule::AppDescribeFields, "retention")
        } else {
            return;
        };
        let said = evidence!("application ", at.0, " is shown with another ", what, " than was set");
        self.refute(seen.now, Some(rule), said);
    }

    /// The first page of the applications of an account begins with the oldest, or the newest, and leaves none out.
    fn judge_app_list<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        caller: &Caller,
        call: &ListLiveMessageApps,
        shown: &[u32],
        more: bool,
    ) {
        let named = call.data_center.as_deref().and_then(DataCenter::from_name);
        let center = match self.config.readings.app_data_center_absent {
            AppDataCenterAbsent::Shanghai => Some(named.unwrap_or_default()),
            AppDataCenterAbsent::Any => named,
        };
        let listed = |app: &AppBooks| {
            app.account == caller.account
                && !app.deleted
                && self.sees(Family::Live, app)
                && center.is_none_or(|center| app.center == center)
        };
        let mut owed: Vec<u32> =
            self.apps.iter().filter(|(_, app)| listed(app)).map(|(AppIx(at), _)| *at).collect();
        if call.sort_type == Some(2) {
            owed.reverse();
        }
        if owed.starts_with(shown) && more == (shown.len() < owed.len()) {
            return;
        }
        let said =
            evidence!("applications listed: ", Few(shown), ", more: ", more, "; there are ", Few(&owed));
        self.refute(seen.now, Some(Rule::ListAppsSort), said);
    }
}
