//! One viewer's link, in the tester's hands.

use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::json;

use super::{Answered, Refused, body};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutageAsked {
    app: String,
    user: String,
    /// True: the link is lost and cannot come back. False: it can again.
    down: bool,
}

pub(super) async fn outage(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let OutageAsked { app, user, down } = body(request)?;
    let name = user.clone();
    let outcome = world
        .driver
        .with(move |driver| {
            let found = driver.service.find_app(&app);
            let app = found.ok_or_else(|| Refused::missing(format!("no application {app:?}")))?;
            let offline = || Refused::offline(&user);
            let found = driver.service.find_user(app, &user).ok_or_else(offline)?;
            if down {
                driver.begin_outage(driver.service.session_of(found).ok_or_else(offline)?);
            } else if !driver.end_outage(found) {
                return Err(Refused(
                    409,
                    format!(
                        "{user:?} has no outage that could end; `claque ctl outage` without --end starts one"
                    ),
                ));
            }
            Ok(())
        })
        .await?;
    outcome?;
    Ok(HttpResponse::json(200, &json!({ "user": name, "down": down })))
}
