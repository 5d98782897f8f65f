//! `claque ctl ledger`: an empty list must not come from a slip of the pen.

use serde_json::Value;

use crate::CommandFailure;
use crate::http::Server;
use crate::name::unknown;

pub(super) fn ledger(
    server: Server<'_>,
    app: Option<&str>,
    group: Option<&str>,
) -> Result<Value, CommandFailure> {
    let chosen: Vec<String> = [("app", app), ("group", group)]
        .into_iter()
        .filter_map(|(name, id)| Some(format!("{name}={}", claque_wire::url::canonical(id?))))
        .collect();
    let mark = if chosen.is_empty() { "" } else { "?" };
    let found = server.ask("GET", &format!("ledger{mark}{}", chosen.join("&")), None)?;
    let is_empty = ["shed", "overdue"].iter().all(|list| found[list].as_array().is_none_or(Vec::is_empty));
    // Entries outlive their group: only where there are none does it matter whether the group is known.
    if let Some(group) = group.filter(|_| is_empty) {
        let groups = server.ask("GET", "groups", None)?;
        let known: Vec<&str> = groups["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|it| app.is_none_or(|app| it["appId"] == *app))
            .filter_map(|it| it["groupId"].as_str())
            .collect();
        if !known.contains(&group) {
            let of = app.map(|app| format!(" of the application {app}")).unwrap_or_default();
            let lists = format!("no entry{of} is of one, either; `claque ctl groups` lists all");
            return Err(CommandFailure::Usage(unknown("group", group, known, &lists)));
        }
    }
    Ok(found)
}
