//! Whether time explains a failure, where it really passes.
//!
//! A case says when it does what. A subject whose clock cannot be set is asked later than that: the network takes time, and so do
//! the machines. A limit of ten a second is no limit for eleven calls that took two seconds. So a failure there is put to the
//! documented service: it is asked the same, at the moments at which the subject was. If it fails at the same step, the case
//! has shown nothing, and the verdict is that nobody knows.

use claque_core::{Duration, HitCounts, Instant, Operation};
use claque_wire::argument::Arguments;

use super::Player;
use crate::case::{Case, ConsoleVerb, Setup, Unwilling, ZERO};
use crate::subject::{
    CallMade, Capabilities, ClientMade, CoreSubject, Event, Outcome, Pace, Subject, SubjectError,
};
use crate::verdict::Failure;

/// Where in a second of the service the moment zero may have lain, which nobody knows of somebody else's clock.
const PHASES_MILLIS: [u64; 10] = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900];

/// The actions before a failure into each of which the end of a second is laid.
const LAST_ACTIONS: usize = 20;

const SECOND_MICROS: u64 = 1_000_000;

/// Where in a second the moment zero is tried. Calls that follow each other within milliseconds have the end of a second between
/// them only if it is laid there: tenths of a second miss it.
fn phases(pace: &Pace) -> impl Iterator<Item = Duration> {
    let within = |(begin, end): &(Duration, Duration)| {
        let middle = begin.as_micros().midpoint(end.as_micros());
        Duration::from_micros((SECOND_MICROS - middle % SECOND_MICROS) % SECOND_MICROS)
    };
    let tenths = PHASES_MILLIS.into_iter().map(Duration::from_millis);
    tenths.chain(pace.actions.iter().rev().take(LAST_ACTIONS).map(within))
}

/// Whether the documented service, asked at these moments, fails at the same step.
pub(super) fn explains(case: &Case, setup: &Setup, failure: &Failure, pace: &Pace) -> bool {
    phases(pace).any(|phase| {
        [false, true].iter().any(|at_the_end| {
            let mut asked = Paced {
                inner: CoreSubject::sound(),
                pace,
                phase,
                at_the_end: *at_the_end,
                next: 0,
                now: Instant::EPOCH,
            };
            let played = Player::new(case, &mut asked).play(setup);
            matches!(played, Ok(Some(found)) if found.step == failure.step)
        })
    })
}

/// The documented service, asked when another was.
struct Paced<'p> {
    inner: CoreSubject,
    pace: &'p Pace,
    phase: Duration,
    /// An action takes effect at its end instead of its beginning.
    at_the_end: bool,
    next: usize,
    now: Instant,
}

impl Paced<'_> {
    fn reach(&mut self, to: Instant) -> Result<(), SubjectError> {
        self.now = self.now.max(to);
        self.inner.advance(self.now)
    }

    /// The moment of the next action.
    fn act(&mut self) -> Result<(), SubjectError> {
        if self.now < ZERO {
            return Ok(());
        }
        let Some((begin, end)) = self.pace.actions.get(self.next) else { return Ok(()) };
        self.next += 1;
        let at = if self.at_the_end { *end } else { *begin };
        self.reach(ZERO + self.phase + at)
    }
}

impl Subject for Paced<'_> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn offers(&self, operation: Operation) -> bool {
        self.inner.offers(operation)
    }

    fn reset(&mut self, now: Instant, setup: &Setup) -> Result<(), SubjectError> {
        self.now = now;
        self.inner.reset(now, setup)
    }

    fn advance(&mut self, to: Instant) -> Result<(), SubjectError> {
        let phase = if to >= ZERO { self.phase } else { Duration::ZERO };
        self.reach(to + phase)
    }

    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        self.act()?;
        self.inner.call(call)
    }

    fn console(&mut self, what: ConsoleVerb, arguments: &Arguments) -> Result<Outcome, SubjectError> {
        self.act()?;
        self.inner.console(what, arguments)
    }

    fn client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        self.act()?;
        self.inner.client(action)
    }

    fn review(&mut self, answer: Option<(u16, &str)>) -> Result<(), SubjectError> {
        self.inner.review(answer)
    }

    fn receive_callback(&mut self) -> Result<Outcome, SubjectError> {
        self.inner.receive_callback()
    }

    fn refuse_callbacks(&mut self, with: Unwilling, times: u32, of: &str) -> Result<(), SubjectError> {
        self.inner.refuse_callbacks(with, times, of)
    }

    fn restart(&mut self, compacted: bool) -> Result<(), SubjectError> {
        self.inner.restart(compacted)
    }

    fn settle_callbacks(&mut self) -> Result<(), SubjectError> {
        self.inner.settle_callbacks()
    }

    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError> {
        self.inner.take_events()
    }

    fn hits(&self) -> Option<HitCounts> {
        self.inner.hits()
    }

    fn check(&self) -> Result<(), SubjectError> {
        self.inner.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suite;

    fn explained(name: &str, step: usize, millis: &[u64]) -> bool {
        let suite = Suite::embedded().unwrap();
        let case = suite.cases.iter().find(|case| format!("{}::{}", case.area, case.name) == name).unwrap();
        let at = |millis: u64| (Duration::from_millis(millis), Duration::from_millis(millis));
        let pace = Pace { actions: millis.iter().map(|millis| at(*millis)).collect() };
        let failure = Failure {
            step,
            line: 0,
            at: Duration::ZERO,
            what: "outcome".to_owned(),
            expected: String::new(),
            actual: String::new(),
        };
        explains(case, &case.setup, &failure, &pace)
    }

    #[test]
    fn eleven_calls_that_took_two_seconds_show_nothing_of_a_limit_of_ten_a_second() {
        let case = "boundary::quota.qps.mute-writers.AddLiveMessageGroupBand.over-limit";
        let slow: Vec<u64> = (0..11).map(|number| number * 200).collect();
        assert!(explained(case, 2, &slow));
        // Sixty milliseconds apart they are within one second, unless that second ended meanwhile: nobody knows.
        let brisk: Vec<u64> = (0..11).map(|number| number * 60).collect();
        assert!(explained(case, 2, &brisk));
        // All at once they are within one second, wherever it begins; and no time explains a refusal of the first ten.
        assert!(!explained(case, 2, &[0; 11]));
        assert!(!explained(case, 1, &slow));
    }

    #[test]
    fn a_second_may_end_between_two_calls_that_are_milliseconds_apart() {
        // The third list of a second is refused, unless that second ended a few milliseconds before it.
        let case = "history::clients-list-twice-a-second";
        let brisk = [0, 3, 6, 905, 908, 911, 914, 917, 920, 1_953, 1_957, 1_961];
        assert!(explained(case, 10, &brisk));
        assert!(!explained(case, 3, &brisk[..3]));
    }

    #[test]
    fn a_wrong_answer_is_wrong_at_any_pace() {
        assert!(!explained("group::application-and-name-are-required", 1, &[5_000, 20_000]));
    }
}
