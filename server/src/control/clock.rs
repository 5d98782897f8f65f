//! The clock in the tester's hands.

use claque_core::{Duration, Input, Instant};
use claque_wire::http::HttpRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{Answered, Refused, body};
use crate::clock::ClockPace;
use crate::driver::{Driver, InProgress, Stopped};
use crate::http::HttpResponse;
use crate::world::LiveWorld;

/// Longest span that one call moves the clock.
const ADVANCE_MAX: Duration = Duration::from_days(36_500);
/// Longest wait for clients and receivers that do not take what is sent.
// A test that moves the clock waits for this: above a callback's usual answer, and below a test runner's
// patience.
const SETTLED_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// One change of the clock; several fields are done in this order.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ClockChange {
    /// Stand still.
    freeze: bool,
    /// Go on as fast as the wall.
    resume: bool,
    /// Run so many times as fast: `10x`, `3/2x`.
    speed: Option<String>,
    /// Move on by a span: `31d`.
    advance: Option<String>,
    /// Move on to a point. Unit: UNIX seconds.
    to: Option<u64>,
}

pub(super) async fn read(world: &LiveWorld) -> Answered {
    let object = world.driver.with(|driver| object(driver)).await?;
    Ok(HttpResponse::json(200, &object))
}

pub(super) async fn change(request: &HttpRequest, world: &LiveWorld) -> Answered {
    let change: ClockChange = body(request)?;
    let speed = change.speed.as_deref().map(parse_speed).transpose()?;
    let span = change.advance.as_deref().unwrap_or_default();
    let advance = change.advance.as_deref().map(str::parse::<Duration>).transpose();
    let advance = advance.map_err(|error| Refused::bad(format!("advance: {error}")))?;
    if advance.is_some_and(|span| span > ADVANCE_MAX) {
        return Err(Refused::bad(format!("advance {span:?}: at most 36500d at once; repeat it for more")));
    }
    let (reply, answer) = oneshot::channel();
    let turned = world.driver.with(move |driver| {
        turn(driver, &change, speed, advance)?;
        driver.once_caught_up(reply, |driver| {
            // Written down: a restart must find the time that the tester was shown, although nothing was due.
            driver.apply(Input::Timeout);
            object(driver)
        });
        Ok::<(), Refused>(())
    });
    turned.await??;
    let object = answer.await.map_err(|_| Stopped)?;
    // Ahead of the answer, so that a test may look for what the advance led to as soon as it returns.
    settled(world).await?;
    Ok(HttpResponse::json(200, &object))
}

/// Waits until everything sent so far has left: frames to the operating system, callbacks tried once. A client that
/// does not read, or a receiver that does not answer, is waited for a few seconds only.
async fn settled(world: &LiveWorld) -> Result<(), Refused> {
    let flushed = world.driver.with(|driver| driver.links.flushed()).await?;
    let all = async {
        for link in flushed {
            // A link that ended has nothing more to send.
            drop(link.await);
        }
        world.calls.settled().await;
    };
    // Passing the bound is an answer too: the client or receiver is at fault, not the clock.
    drop(tokio::time::timeout(SETTLED_WITHIN, all).await);
    Ok(())
}

/// Turns the clock. What is due up to the new time is still to be done.
fn turn(
    driver: &mut Driver,
    change: &ClockChange,
    speed: Option<ClockPace>,
    advance: Option<Duration>,
) -> Result<(), Refused> {
    let to = change.to.map(Instant::from_unix_seconds);
    // Against the goal and not the service's time, which is behind while an earlier advance is still being
    // caught up with.
    if to.is_some_and(|to| to < driver.goal()) {
        return Err(Refused::bad("to: time never goes back; reset the service instead"));
    }
    if to.is_some_and(|to| to.since(driver.goal()) > ADVANCE_MAX) {
        return Err(Refused::bad("to: at most 36500d ahead"));
    }
    if change.freeze {
        driver.clock.set_pace(ClockPace::Frozen);
    }
    if change.resume {
        driver.clock.set_pace(ClockPace::REAL);
    }
    if let Some(pace) = speed {
        driver.clock.set_pace(pace);
    }
    if let Some(span) = advance {
        driver.clock.advance(span);
    }
    if let Some(to) = to {
        driver.clock.advance(to.since(driver.goal()));
    }
    Ok(())
}

pub(super) fn object(driver: &Driver) -> Value {
    let InProgress { calls, client_calls, links, shed, reviews } = driver.under_way();
    let now = driver.now();
    let (frozen, times, per) = match driver.clock.pace() {
        ClockPace::Frozen => (true, 0, 1),
        ClockPace::Running { times, per } => (false, times, per),
    };
    json!({
        "nowMicros": now.as_micros(),
        "unixSeconds": now.unix_seconds(),
        "frozen": frozen,
        "speed": { "times": times, "per": per },
        "nextDeadlineMicros": driver.service.poll_timeout().map(Instant::as_micros),
        "underWay": {
            "calls": calls, "clientCalls": client_calls, "links": links, "shed": shed, "reviews": reviews,
        },
    })
}

fn parse_speed(text: &str) -> Result<ClockPace, Refused> {
    let wrong = || Refused::bad(format!("speed is {text:?}; write a ratio above 0, such as 10x or 3/2x"));
    ClockPace::ratio(text).ok_or_else(wrong)
}
