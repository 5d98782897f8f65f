//! How a command is asked to end. Ctrl-C in long work: the first one ends it with what is known so far, the second one at
//! once.

use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::output::remark;
use crate::{CommandFailure, Done};

/// What a shell says of a command that Ctrl-C ended: 128 and the number of the signal.
pub(crate) const INTERRUPTED: u8 = 130;

/// What a shell says of a command that was asked to end, as an engine does before it takes a machine away.
const TERMINATED: u8 = 143;

/// The status that the work ends with; 0 while nobody asked.
static ASKED: AtomicU8 = AtomicU8::new(0);

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
    watch_for("runs", &[(SignalKind::interrupt(), INTERRUPTED)]);
}

/// From here on Ctrl-C and the signal of an engine that wants its machine back are questions that the work answers.
pub(crate) fn watch_units() {
    watch_for("units", &[(SignalKind::interrupt(), INTERRUPTED), (SignalKind::terminate(), TERMINATED)]);
}

/// Waits, on a thread of its own, for the signals, and for each says with which status the work then ends.
fn watch_for(work: &'static str, kinds: &[(SignalKind, u8)]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    // Without a runtime or a thread a signal ends the process as before, which is no reason to refuse the work.
    let Ok(runtime) = runtime else { return };
    let kinds = kinds.to_owned();
    let waits = move || {
        runtime.block_on(async {
            // An error leaves the system's own handling in place.
            let mut signals: Vec<_> =
                kinds.iter().filter_map(|(kind, status)| Some((signal(*kind).ok()?, *status))).collect();
            if signals.is_empty() {
                return;
            }
            ASKED.store(first_of(&mut signals).await, Ordering::Relaxed);
            remark(&format!("ending after the {work} under way; Ctrl-C once more ends at once"));
            std::process::exit(i32::from(first_of(&mut signals).await));
        });
    };
    drop(std::thread::Builder::new().name("interrupt".to_owned()).spawn(waits));
}

/// The end of a command whose work Ctrl-C has cut short: says how much of it was done.
pub(crate) fn partial(done: usize, all: &str) -> CommandFailure {
    remark(&format!("partial: interrupted after {done} of {all}"));
    CommandFailure::Status(asked_status().unwrap_or(INTERRUPTED))
}

/// Waits for one of some signals, and says its status.
async fn first_of(signals: &mut [(Signal, u8)]) -> u8 {
    std::future::poll_fn(|context| {
        let came = signals
            .iter_mut()
            .find_map(|(signal, status)| signal.poll_recv(context).is_ready().then_some(*status));
        came.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// Whether the work was asked to end.
pub(crate) fn asked() -> bool {
    asked_status().is_some()
}

/// The status that the work ends with, where it was asked to end.
pub(crate) fn asked_status() -> Option<u8> {
    Some(ASKED.load(Ordering::Relaxed)).filter(|status| *status > 0)
}
