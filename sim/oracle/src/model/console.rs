//! What the console changes: name and retention of an application, parameters and limit of a group.

use std::sync::Arc;

use claque_core::reading::HistorySendPage;
use claque_core::{AppIx, ConsoleRequest, Duration, GroupIx, Input, Instant, Mutants, Outcome};

use super::{Model, Observed};

impl Model {
    /// Follows what the console did.
    pub(super) fn follow_console<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let (Input::Console(_, request), Outcome::Request(Ok(_))) = (seen.input, seen.outcome) else {
            return;
        };
        match request {
            ConsoleRequest::LimitMessages { app_id, group_id, messages_per_second } => {
                let limit = messages_per_second.and_then(|limit| u32::try_from(limit).ok());
                let Some(group) = seen.group_of(app_id, group_id) else { return };
                let (second, before) = (seen.now.unix_seconds(), self.budget_of(group));
                if let Some(books) = self.groups.get_mut(group) {
                    let most = if books.limited_at == second { books.limited_most } else { before };
                    books.limit = limit;
                    (books.limited_at, books.limited_most) = (second, most);
                    // What went out was laid against one limit, and what waits is against the other.
                    books.ranks.unclear(seen.now);
                }
                let after = self.budget_of(group);
                if let Some(books) = self.groups.get_mut(group) {
                    books.limited_most = books.limited_most.max(after);
                }
            }
            ConsoleRequest::ModifyApp { app_id, msg_life_cycle: Some(tier), .. } => {
                self.on_retention_changed(seen.now, seen.app(app_id), *tier);
            }
            ConsoleRequest::ModifyGroup {
                app_id,
                group_id,
                creator_id,
                administrators,
                group_info,
                group_name,
            } => {
                let Some(group) = seen.group_of(app_id, group_id) else { return };
                let text = |text: &String| Arc::from(text.as_str());
                if let (Some(books), Some(name)) = (self.groups.get_mut(group), group_name) {
                    books.name = text(name);
                }
                if let (Some(books), Some(creator)) = (self.groups.get_mut(group), creator_id) {
                    books.creator = text(creator);
                }
                let admins = administrators.as_ref().map(|admins| self.admins_of(admins));
                self.on_modified(seen, group, group_info.as_ref().map(text), admins);
            }
            ConsoleRequest::DeleteApp { .. }
            | ConsoleRequest::ModifyApp { msg_life_cycle: None, .. }
            | ConsoleRequest::SendMessage { .. } => {}
        }
    }

    /// What outlived the former retention is gone; everything else is kept by the new one from its sending on.
    fn on_retention_changed(&mut self, now: Instant, app: Option<AppIx>, tier: i32) {
        let former = self.retention(app);
        let of_live = match self.config.readings.history_send_page {
            HistorySendPage::Tier => former,
            HistorySendPage::ThirtyDays => Duration::from_days(30),
        };
        let groups: Vec<GroupIx> =
            self.groups.iter().filter(|(_, books)| books.app == app).map(|(group, _)| group).collect();
        for group in groups {
            if let Some(books) = self.groups.get_mut(group) {
                books.recent.outlive(now, (former, of_live));
                books.kept.retain(|kept| kept.at + if kept.live { of_live } else { former } > now);
            }
        }
        // Where the reading forbids the change the service refuses the call, and nothing comes here.
        if let Some(known) = app.and_then(|app| self.apps.get_mut(&app)) {
            known.retention = tier;
        }
    }
}
