//! One viewer's link, in the tester's hands.

use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::json;

use super::{Answered, Refused, body};
use crate::http::Response;
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tunnel {
    app: String,
    user: String,
    /// True: the link is lost and cannot come back. False: it can again.
    #[serde(rename = "in")]
    inside: bool,
}

pub(super) async fn tunnel(request: &HttpRequest, world: &World) -> Answered {
    let Tunnel { app, user, inside } = body(request)?;
    let name = user.clone();
    let outcome = world
        .driver
        .with(move |driver| {
            let found = driver.service.find_app(&app);
            let app = found.ok_or_else(|| Refused::missing(format!("no application {app:?}")))?;
            let session = driver.service.find_user(app, &user);
            let session = session.and_then(|user| driver.service.session_of(user));
            let session = session.ok_or_else(|| Refused::missing(format!("{user} is not online")))?;
            if inside {
                driver.enter_tunnel(session);
            } else if !driver.leave_tunnel(session) {
                return Err(Refused(409, format!("{user} has no outage that could end")));
            }
            Ok(())
        })
        .await?;
    outcome?;
    Ok(Response::json(200, &json!({ "user": name, "in": inside })))
}
