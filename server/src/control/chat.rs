//! Recorded chats and audiences of scenarios, put in store for the virtual members of a group.

use std::sync::Arc;

use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::crowd::{CrowdScript, full, store};
use super::{Answered, Refused, body, query};
use crate::crowd::{LINES_MAX, RecordedShow};
use crate::driver::Stopped;
use crate::driver::crowd::crowd_of;
use crate::http::HttpResponse;
use crate::server_state::ServerState;
use crate::shows::{ChatReplay, RecordedLines, ShowReader};
use crate::world::LiveWorld;

/// Longest recording. Unit: bytes, as it is sent.
pub(crate) const CHAT_BYTES_MAX: usize = 64 * 1_024 * 1_024;

fn reader(shared: &ServerState) -> Result<Arc<dyn ShowReader>, Refused> {
    let none = || Refused(501, "this server was started without a reader of chats and scenarios".to_owned());
    shared.shows.clone().ok_or_else(none)
}

/// Puts a recording in store. Its users join with their first message, and speak on the service's time.
pub(super) async fn chat(request: &mut HttpRequest, (world, shared): (&LiveWorld, &ServerState)) -> Answered {
    let reader = reader(shared)?;
    let given = |name: &str| Ok::<_, Refused>(query(request, name)?.filter(|text| !text.is_empty()));
    let named =
        |name: &str| given(name)?.ok_or_else(|| Refused::bad(format!("{name}: name it in the query")));
    let (app, group) = (named("app")?, named("group")?);
    let prefix = given("prefix")?.unwrap_or_else(|| "chat".to_owned());
    let how = ChatReplay {
        file: given("file")?.unwrap_or_else(|| "the recording".to_owned()),
        speed: given("speed")?,
        start: given("start")?,
        unit: given("unit")?,
        strict: given("strict")?.as_deref() == Some("true"),
    };
    if request.body.is_empty() {
        return Err(Refused::bad("the body is empty: send the recording as it is, packed or not"));
    }
    let bytes = std::mem::take(&mut request.body);
    // Elsewhere: reading takes as long as the recording is, and other connections wait for this thread.
    let read = tokio::task::spawn_blocking(move || reader.chat(&bytes, &how));
    let chat = read.await.map_err(|_| Stopped)?.map_err(Refused::bad)?;
    if chat.lines.len() > LINES_MAX {
        let text = format!("the recording has {} messages, at most {LINES_MAX}", chat.lines.len());
        return Err(Refused::bad(text));
    }
    let (reply, caught_up) = oneshot::channel();
    let stored = world
        .driver
        .with(move |driver| {
            if !driver.has_room() {
                return Err(Refused::full());
            }
            let RecordedLines { format, users, notes, lines } = chat;
            let begin = driver.now();
            let crowd = crowd_of(driver, &app, &group, &prefix)?;
            let end = lines.back().map_or(begin, |last| begin + last.at);
            let messages = lines.len();
            driver.crowds.replay(RecordedShow { crowd, begin, lines }).map_err(full)?;
            // What is due at once happens before the answer.
            driver.once_caught_up(reply, |_| ());
            let about = json!({
                "endMicros": end.as_micros(), "format": format, "messages": messages, "users": users, "notes": notes,
            });
            Ok::<Value, Refused>(about)
        })
        .await??;
    caught_up.await.map_err(|_| Stopped)?;
    Ok(HttpResponse::json(200, &stored))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioAsked {
    app: String,
    group: String,
    /// The name of a built-in scenario; with a text what complaints call that.
    scenario: String,
    /// A scenario file.
    text: Option<String>,
    /// None: as many as the scenario has.
    users: Option<u32>,
}

/// Puts the audience of a scenario in store. It comes, speaks and goes on the service's time.
pub(super) async fn scenario(request: &HttpRequest, (world, shared): (&LiveWorld, &ServerState)) -> Answered {
    let asked: ScenarioAsked = body(request)?;
    if asked.users == Some(0) {
        return Err(Refused::bad("users is 0; from 1, or left out for those of the scenario"));
    }
    let read = reader(shared)?.scenario(&asked.scenario, asked.text.as_deref(), asked.users);
    let read = read.map_err(Refused::bad)?;
    let script: CrowdScript =
        serde_json::from_value(json!({ "app": asked.app, "group": asked.group, "steps": read.steps }))
            .map_err(|error| Refused(500, error.to_string()))?;
    let mut stored = store(script, world).await?;
    stored["leftOut"] = read.left_out.into();
    Ok(HttpResponse::json(200, &stored))
}
