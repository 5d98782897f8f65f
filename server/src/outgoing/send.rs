//! Calls on their way: who has a turn is sent, tried again, given up.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use claque_core::{Moderation, Readings, Rule, Ticket, Verdict};
use claque_wire::callback;
use claque_wire::delivery::Next;
use tokio::time::Instant;

use super::calls::{Calls, OutgoingCall, OutgoingTask, WayOut};
use super::http::{self, PostAnswer};
use super::log::CallbackEntry;
use super::queue::{QueueTurn, WaitingCall};

/// Where the verdicts on reviews go. The driver takes them; calls on their way know no more of it.
pub(crate) trait Verdicts: Clone + Send + Sync + 'static {
    /// Brings a verdict on a review that was asked for in an epoch.
    fn bring(&self, ticket: Ticket, verdict: Verdict, epoch: u64) -> impl Future<Output = ()> + Send;
}

/// Sends calls in the order of their turns until the driver is gone.
pub(crate) async fn run(task: OutgoingTask, verdicts: impl Verdicts) {
    let OutgoingTask { calls, mut closed } = task;
    loop {
        loop {
            // A block, so that the guard is gone before anything is awaited. The epoch is read under the same
            // lock as the turn.
            let (turn, epoch) = {
                let mut queues = calls.queues();
                let epoch = queues.epoch();
                (queues.next(Instant::now()), epoch)
            };
            match turn {
                None => break,
                Some(QueueTurn::Send(call)) => {
                    // As many as there are connections.
                    tokio::spawn(send(Arc::clone(&calls), verdicts.clone(), call, epoch));
                }
                // Awaited here: a driver that is behind slows this loop down, and is not flooded with
                // verdicts.
                Some(QueueTurn::Expired(call)) => expire(&calls, &verdicts, call, epoch).await,
            }
        }
        tokio::select! {
            biased;
            // A wake-up between the last look and this wait is kept by `notify_one`: none is lost.
            () = calls.woken.notified() => {}
            _ = closed.changed() => return,
        }
    }
}

/// It waited too long for a connection.
async fn expire(calls: &Calls, verdicts: &impl Verdicts, call: WaitingCall<OutgoingCall>, epoch: u64) {
    let WaitingCall { receiver, lane, bytes, what, .. } = call;
    calls.queues().done(epoch, (&receiver, lane, bytes), Instant::now());
    match what {
        OutgoingCall::Callback { number, .. } => {
            calls.no_place(number, "it waited too long for a connection");
        }
        OutgoingCall::Review { moderation, .. } => {
            calls.counts.reviews_overflowed.fetch_add(1, Ordering::Relaxed);
            calls.counts.reviews_unavailable.fetch_add(1, Ordering::Relaxed);
            verdicts.bring(moderation.ticket, Verdict::Unavailable, epoch).await;
        }
    }
}

async fn send(calls: Arc<Calls>, verdicts: impl Verdicts, call: WaitingCall<OutgoingCall>, epoch: u64) {
    let WaitingCall { receiver, lane, bytes, until, what } = call;
    match what {
        OutgoingCall::Callback { number, entry, tries } => {
            let next = try_callback(&calls, &receiver, number, &entry, tries, epoch).await;
            if let Next::Again(after) = next {
                // Slept while its lane stays taken: later callbacks of the user wait behind it, as the order
                // demands.
                tokio::time::sleep(after).await;
                let until = Instant::now() + calls.limits.waiting_within;
                let what = OutgoingCall::Callback { number, entry, tries: tries + 1 };
                calls.queues().again(epoch, WaitingCall { receiver, lane, bytes, until, what });
            } else {
                calls.queues().done(epoch, (&receiver, lane, bytes), Instant::now());
                if next == Next::GivenUp {
                    given_up(&calls, number, &entry);
                }
            }
        }
        OutgoingCall::Review { moderation, at, key, readings } => {
            let (ticket, url) = (moderation.ticket, Arc::clone(&moderation.url));
            let verdict = review(&calls, &receiver, (moderation, at, &key, &readings), until).await;
            calls.queues().done(epoch, (&receiver, lane, bytes), Instant::now());
            let count = if verdict == Verdict::Unavailable {
                tracing::info!(url = &*url, "review not available");
                &calls.counts.reviews_unavailable
            } else {
                &calls.counts.reviews_answered
            };
            count.fetch_add(1, Ordering::Relaxed);
            calls.woken.notify_one();
            verdicts.bring(ticket, verdict, epoch).await;
        }
    }
    calls.woken.notify_one();
}

/// One try, and what follows it.
async fn try_callback(
    calls: &Calls,
    receiver: &str,
    number: u64,
    entry: &CallbackEntry,
    tries: u32,
    epoch: u64,
) -> Next {
    if calls.queues().epoch() != epoch {
        // The connection goes back all the same: it was counted when the turn was given, and a reset does not
        // uncount it.
        calls.queues().tried(receiver, true);
        return Next::Taken;
    }
    let WayOut { service_time, .. } = calls.way_out();
    let CallbackEntry { url, key, at, readings, body } = entry;
    let stamp = if service_time { *at } else { calls.machine.wall.now() };
    let headers = callback::headers(readings, url, stamp.unix_seconds(), key);
    calls.mark(&[if tries == 0 { Rule::CallbackTransportPostJson } else { Rule::CallbackDeliveryRetries }]);
    let within = calls.limits.callback_within;
    // Behind the headers: a signature's time is that of the call, and waiting for a place is short.
    let place = calls.place().await;
    let outcome = http::post(url, &calls.way(false), &headers, body.clone(), within).await;
    drop(place);
    // Ahead of the log: a waiting call gets the connection even if it is the log that is slow.
    calls.queues().tried(receiver, outcome.is_ok());
    calls.woken.notify_one();
    // A reset meanwhile has forgotten it: its number may be another's by now.
    if calls.queues().epoch() != epoch {
        return Next::Taken;
    }
    let status = outcome.as_ref().ok().map(|PostAnswer { status, .. }| *status);
    let next = calls.limits.delivery().next(tries, status);
    let done = next == Next::Taken;
    if done {
        calls.counts.delivered.fetch_add(1, Ordering::Relaxed);
    }
    let text = outcome.map_or_else(|error| error, |posted| posted.status.to_string());
    calls.log.note(number, &text, (done, stamp.unix_seconds()));
    next
}

fn given_up(calls: &Calls, number: u64, entry: &CallbackEntry) {
    let tries = calls.limits.callback_retries_max + 1;
    calls.counts.given_up.fetch_add(1, Ordering::Relaxed);
    calls.log.give_up(number, format!("not taken in {tries} tries"));
    tracing::warn!(url = &*entry.url, tries, "callback given up");
}

async fn review(
    calls: &Calls,
    receiver: &str,
    (moderation, at, key, readings): (Moderation, claque_core::Instant, &str, &Readings),
    until: Instant,
) -> Verdict {
    let Moderation { url, content, .. } = &moderation;
    let stamp = if calls.way_out().service_time { at } else { calls.machine.wall.now() };
    let headers = callback::headers(readings, url, stamp.unix_seconds(), key);
    let body = callback::moderation_request(content);
    let place = calls.place().await;
    // What is left of its time, waiting included: the service's own deadline does not wait for a late answer.
    let within = until.saturating_duration_since(Instant::now());
    let outcome = http::post(url, &calls.way(true), &headers, body, within).await;
    drop(place);
    calls.queues().tried(receiver, outcome.is_ok());
    match outcome {
        Ok(posted) => callback::moderation_verdict(readings, posted.status, &posted.body),
        Err(error) => {
            tracing::info!(url = &**url, %error, "review without an answer");
            Verdict::Unavailable
        }
    }
}
