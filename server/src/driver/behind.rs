//! Catching up with the clock, and with what ends for many at once, a slice at a time.
//!
//! An advance over a year may have millions of acts and deadlines to do. They are done in the order of their times, for a
//! slice of wall time at most; then other commands get their turn, at the service's own time: what
//! is not reached yet has not happened for it either.

use std::time::Duration as Span;

use claque_core::Instant;
use tokio::sync::oneshot;

use super::crowd::perform;
use super::effect::HeldEffect;
use super::state::{Behind, Driver};
use crate::clock::monotonic;

/// How long others wait at most for a slice, besides the act that ends it.
// Below what a viewer notices, and far above what a slice costs besides its work.
const SLICE: Span = Span::from_millis(20);

/// Held effects that end a slice early: they are released while others wait, too.
const EFFECTS_MAX: usize = 16_384;

impl Driver {
    /// The time that the clock shows, which the service may not have reached yet.
    pub(crate) fn goal(&self) -> Instant {
        self.clock.now().max(self.service.now())
    }

    /// Whether a slice ended before everything was done.
    pub(super) const fn is_behind(&self) -> bool {
        self.behind.is_some()
    }

    /// Whether somebody waits, or a slice ended.
    pub(super) fn has_to_catch_up(&self) -> bool {
        self.is_behind() || !self.thens.is_empty()
    }

    /// Does what is due by the clock, in order, for a slice of time at most.
    pub(crate) fn catch_up(&mut self) {
        let Behind { mut goal, mut done } =
            self.behind.unwrap_or_else(|| Behind { goal: self.goal(), done: 0 });
        let began = monotonic();
        loop {
            // What ends a slice at a time does so whether the clock goes on or stands.
            let ending = self.service.ends_at();
            goal = goal.max(ending.unwrap_or(goal));
            if !self.do_next(goal) {
                break;
            }
            done += 1;
            // A look at the clock costs as much as a small act; an end for many is large enough to look
            // behind each.
            let looks = done.is_multiple_of(8) || ending.is_some();
            if self.effects.len() >= EFFECTS_MAX || looks && monotonic().duration_since(began) >= SLICE {
                self.behind = Some(Behind { goal, done });
                return self.tell_progress();
            }
        }
        // Even when nothing was due: the service's time moves on, and what is asked next is answered at that
        // time.
        self.service.handle_timeout(goal.max(self.service.now()));
        self.collect();
        self.links.expire(goal);
        if self.behind.take().is_some() {
            self.status.tell(done, self.service.now(), None, 0);
        }
        // Everything has ended that these calls began to end: now their callers may be answered.
        self.effects.extend(std::mem::take(&mut self.held));
        // Taken out first: what is run here may ask for more, and must not find itself in the list.
        for (target, then) in std::mem::take(&mut self.thens) {
            if target <= goal {
                then(self);
            } else {
                self.thens.push((target, then));
            }
        }
    }

    /// Does the next thing that is due by a time; false: there is none.
    ///
    /// One deadline after the other: the members of a group when a message falls due are its audience, even when the
    /// clock has moved on so far that the member is gone by the end.
    fn do_next(&mut self, goal: Instant) -> bool {
        // Whatever is applied later than that would have all that is left end at once.
        if let Some(at) = self.service.ends_at().filter(|at| *at <= goal) {
            self.service.handle_timeout(at);
            self.fell_due = true;
            self.collect();
            return true;
        }
        // Acts first: applying one meets the service's deadlines up to its time, while the next deadline may
        // lie behind the next act.
        if let Some(due) = self.crowds.take_due(goal) {
            perform(self, due);
            return true;
        }
        let Some(due) = self.service.poll_timeout().filter(|due| *due <= goal) else { return false };
        self.service.handle_timeout(due.max(self.service.now()));
        self.fell_due = true;
        self.collect();
        true
    }

    /// Does what is due by now, in slices if it takes long, and then something whose answer is sent when it is durable.
    pub(crate) fn once_caught_up<R: Send + 'static>(
        &mut self,
        reply: oneshot::Sender<R>,
        then: impl FnOnce(&mut Self) -> R + Send + 'static,
    ) {
        let then = move |driver: &mut Self| {
            let answer = then(driver);
            // Taken after the question, and kept with the answer: by the time it is let out, the flag is
            // about something else.
            let wrote = driver.wrote;
            // The caller may have gone; then nobody misses the answer.
            driver.effects.push_back(HeldEffect::Tell(Box::new(move || drop(reply.send(answer))), wrote));
        };
        // The goal of this moment: a clock that runs on would otherwise never be caught up with.
        self.thens.push((self.goal(), Box::new(then)));
        self.catch_up();
    }

    /// Forgets what was to be caught up with: another service begins.
    pub(super) fn forget_behind(&mut self) {
        self.behind = None;
        self.thens.clear();
        self.status.tell(0, self.service.now(), None, 0);
    }

    fn tell_progress(&self) {
        if let Some(Behind { goal, done }) = self.behind {
            self.status.tell(done, self.service.now(), Some(goal), self.service.left_to_end());
        }
    }

    /// An input may have begun something that ends a slice at a time: others get their turn in between, at the
    /// service's own time.
    pub(super) fn mind_endings(&mut self) {
        if self.behind.is_none() && self.service.ends_at().is_some() {
            self.behind = Some(Behind { goal: self.goal(), done: 0 });
            self.tell_progress();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use serde_json::Value;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use crate::clock::monotonic;
    use crate::{Options, start};

    async fn ask(address: SocketAddr, path: &str) -> (u16, Value) {
        let mut link = TcpStream::connect(address).await.expect("it listens");
        let text = format!("GET /_claque/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        link.write_all(text.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        link.read_to_string(&mut answer).await.expect("it answers");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        (status, serde_json::from_str(body).expect("JSON"))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_caller_that_has_waited_for_more_than_two_seconds_finds_it_behind() {
        let options = Options { listen: ([127, 0, 0, 1], 0).into(), ..Options::default() };
        let running = start(options, None).await.expect("the server starts");
        let (address, driver) = (running.address, running.driver.clone());
        assert_eq!(ask(address, "ready").await.0, 200);
        let began = monotonic();
        let (release, held) = std::sync::mpsc::channel::<()>();
        // Something that takes as long as it takes, and somebody behind it.
        let (busy, waits) = (driver.clone(), driver);
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let busy =
            tokio::spawn(
                async move { busy.with(move |_| begun.send(()).is_ok() && held.recv().is_err()).await },
            );
        // A command that comes now is not of the same batch.
        has_begun.await.expect("it begins");
        let waits = tokio::spawn(async move { waits.with(|_| ()).await });
        let late = loop {
            let (status, ready) = ask(address, "ready").await;
            let waited = monotonic().duration_since(began);
            assert_eq!(ask(address, "health").await.0, 200, "health never waits");
            if status != 200 {
                assert!(waited >= Duration::from_secs(2), "after {waited:?}: {ready}");
                break (status, ready);
            }
            assert_eq!(ready["status"], "ready");
            assert!(waited < Duration::from_secs(10), "still ready after {waited:?}: {ready}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let (status, ready) = late;
        assert_eq!((status, ready["status"].as_str()), (503, Some("behind")));
        assert!(ready["oldestWaitMillis"].as_u64() > Some(2_000) && ready["waiting"] == 1, "{ready}");
        drop(release);
        assert!(busy.await.expect("no panic").expect("an answer"), "it was let go");
        waits.await.expect("no panic").expect("an answer");
        while ask(address, "ready").await.0 != 200 {
            assert!(monotonic().duration_since(began) < Duration::from_secs(20), "it is never ready again");
        }
        running.stop().await.expect("it stops");
    }
}
