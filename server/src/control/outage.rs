//! One viewer's link, in the tester's hands.

use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::json;

use super::{Answered, Refused, body};
use crate::http::Response;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outage {
    app: String,
    user: String,
    /// True: the link is lost and cannot come back. False: it can again.
    down: bool,
}

pub(super) async fn outage(request: &HttpRequest, world: &World) -> Answered {
    let Outage { app, user, down } = body(request)?;
    let name = user.clone();
    let outcome = world
        .driver
        .with(move |driver| {
            let found = driver.service.find_app(&app);
            let app = found.ok_or_else(|| Refused::missing(format!("no application {app:?}")))?;
            let offline = || Refused::missing(format!("{user} is not online"));
            let found = driver.service.find_user(app, &user).ok_or_else(offline)?;
            if down {
                driver.begin_outage(driver.service.session_of(found).ok_or_else(offline)?);
            } else if !driver.end_outage(found) {
                return Err(Refused(409, format!("{user} has no outage that could end")));
            }
            Ok(())
        })
        .await?;
    outcome?;
    Ok(Response::json(200, &json!({ "user": name, "down": down })))
}
