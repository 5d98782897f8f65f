//! How a command is asked to end. Ctrl-C in long work: the first one ends it with what is known so far, the second one at
//! once.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use crate::output::remark;
use crate::{CommandFailure, Done};

/// What a shell says of a command that Ctrl-C ended: 128 and the number of the signal.
pub(crate) const INTERRUPTED: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Waits until what serves others is asked to stop.
pub(crate) async fn stopped() -> Done {
    let listen = |kind| signal(kind).map_err(|error| CommandFailure::No(format!("no signals: {error}")));
    let (mut term, mut hangup) = (listen(SignalKind::terminate())?, listen(SignalKind::hangup())?);
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
        // The terminal is gone.
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// From here on Ctrl-C is a question that the work answers: see [`asked`].
pub(crate) fn watch() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    // Without a runtime or a thread Ctrl-C ends the process as before, which is no reason to refuse the work.
    let Ok(runtime) = runtime else { return };
    let waits = move || {
        runtime.block_on(async {
            // Registered by the first call: an error leaves the system's own handling in place.
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            ASKED.store(true, Ordering::Relaxed);
            remark("ending after the runs under way; Ctrl-C once more ends at once");
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(INTERRUPTED));
            }
        });
    };
    drop(std::thread::Builder::new().name("interrupt".to_owned()).spawn(waits));
}

/// The end of a command whose work Ctrl-C has cut short: says how much of it was done.
pub(crate) fn partial(done: usize, all: &str) -> CommandFailure {
    remark(&format!("partial: interrupted after {done} of {all}"));
    CommandFailure::Status(INTERRUPTED)
}

/// Whether Ctrl-C was pressed.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
