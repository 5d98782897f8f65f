//! What a server that catches up with its clock says while somebody waits for it.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

use crate::http::Server;
use crate::output::remark;

/// How long nothing is said, and how far remarks lie apart.
const EVERY: Duration = Duration::from_secs(1);

/// Does something that makes the server catch up, and says how far it is while that lasts.
pub(crate) fn telling<R>(server: Server<'_>, work: impl FnOnce() -> R) -> R {
    std::thread::scope(|scope| {
        let (done, waits) = channel::<()>();
        scope.spawn(move || {
            // Nothing is sent: the end of the work drops the sender, which wakes this at once and not after a
            // second.
            while waits.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                // A server that does not answer is reported by the command that waits for it.
                if let Ok(ready) = server.ask("GET", "ready", None)
                    && let Some(text) = progress(&ready)
                {
                    remark(&text);
                }
            }
        });
        let outcome = work();
        // Ahead of the scope's end, which waits for the thread above.
        drop(done);
        outcome
    })
}

/// How far a server is that catches up.
fn progress(ready: &Value) -> Option<String> {
    let number = |name: &str| ready.get("catchingUp")?.get(name)?.as_u64();
    let (done, now, to) = (number("done")?, number("nowMicros")?, number("toMicros")?);
    let left = to.saturating_sub(now) / 1_000_000;
    if let Some(ends @ 1..) = number("leftToEnd") {
        return Some(format!("{ends} users, groups and memberships still to be looked at"));
    }
    Some(format!("{done} acts and deadlines done, {left} s of the service's time left"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::progress;

    #[test]
    fn only_a_server_that_catches_up_has_progress() {
        let at = |now: u64| json!({ "catchingUp": { "done": 7, "nowMicros": now, "toMicros": 9_000_000 } });
        assert_eq!(
            progress(&at(2_000_000)).as_deref(),
            Some("7 acts and deadlines done, 7 s of the service's time left")
        );
        assert_eq!(progress(&json!({ "status": "ready", "catchingUp": null })), None);
    }
}
