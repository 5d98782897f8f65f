//! When a failure became inevitable.
//!
//! A failing run is played up to a moment, and then goes on with another chance: everything drawn from that moment on is
//! drawn with another seed. What was already under way stays so. Doing that with many seeds tells how likely the failure
//! was at that moment; the moment from which on every future fails is where to look for what did it, and bisection
//! narrows it down.

use std::sync::atomic::{AtomicU32, Ordering};

use claque_core::{Duration, Mutant};
use claque_engine::mix;
use claque_scenario::identity::Fork;
use claque_scenario::plan::Plan;
use claque_sim::run::QueueKind;

use crate::campaign::{FailureClass, end_of};

/// Moments that the time up to the failure is divided by at first.
const GRID: u64 = 8;
/// How narrow the turn is made: this part of the time up to the failure.
const PRECISION: u64 = 512;

/// How likely the failure was at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkMoment {
    /// The moment. Unit: show time.
    pub at: Duration,
    /// Futures that were tried from it.
    pub futures: u32,
    /// Those that failed the same way.
    pub failed: u32,
    /// Those that failed in another way.
    pub elsewhere: u32,
}

impl ForkMoment {
    /// Whether every future failed the same way.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.failed == self.futures
    }
}

/// When a failure became inevitable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureCause {
    /// The class of the failure.
    pub class: FailureClass,
    /// The sentence about it.
    pub evidence: String,
    /// When it was noticed. Unit: show time.
    pub failed_at: Duration,
    /// The moments that were tried, in order of time.
    pub moments: Vec<ForkMoment>,
    /// The last moment at which some future did not fail, and the first from which on all did. The first is absent when
    /// the failure was inevitable from the beginning.
    pub turn: (Option<Duration>, Duration),
}

/// Finds out when the failure of a plan became inevitable, with `futures` other seeds at each moment, on so many
/// threads; nothing when the plan does not fail.
///
/// The answer is as sure as the number of futures: with n of them failing, fewer than 3 of n can be expected not to, at
/// 95 %. `progress` is given each moment as it comes.
#[must_use]
pub fn cause(
    plan: &Plan,
    mutation: Option<Mutant>,
    futures: u32,
    threads: usize,
    progress: &mut dyn FnMut(&ForkMoment),
) -> Option<FailureCause> {
    let ending = end_of(plan, mutation, QueueKind::Wheel);
    let class = ending.class?;
    // A panic leaves no report: all that is known is that it came before the end.
    let show = plan.scenario.duration + plan.scenario.settle;
    let failed_at = ending.report.as_ref().map_or(show, |report| report.show_time);
    let asked = CauseSearch { plan, mutation, class, futures: futures.max(1), threads: threads.max(1) };
    let mut moments: Vec<ForkMoment> = Vec::new();
    let mut ask = |at: u64, moments: &mut Vec<ForkMoment>| {
        let moment = asked.at(Duration::from_micros(at));
        progress(&moment);
        moments.push(moment);
        moment.is_settled()
    };
    let end = failed_at.as_micros();
    // From the back: the earliest moment of the grid from which on all futures fail.
    let (mut low, mut high) = (None, end);
    for step in (0..GRID).rev() {
        let at = end / GRID * step;
        // Bisection wants answers that change once. Near the failure they do; further back chance may bring it about in
        // other ways. So a grid is walked from the back, and bisection narrows its last step.
        if ask(at, &mut moments) {
            high = at;
        } else {
            low = Some(at);
            break;
        }
    }
    // Each question costs as many runs as there are futures: a five-hundredth of the way is as narrow as a reader
    // needs.
    while let Some(from) = low.filter(|from| high - from > (end / PRECISION).max(1)) {
        let middle = from + (high - from) / 2;
        if ask(middle, &mut moments) {
            high = middle;
        } else {
            low = Some(middle);
        }
    }
    // How likely it was before, for the table.
    if let Some(from) = low {
        for part in [0, 1, 2, 3] {
            let at = from / 4 * part;
            if !moments.iter().any(|moment| moment.at.as_micros() == at) {
                ask(at, &mut moments);
            }
        }
    }
    moments.sort_by_key(|moment| moment.at);
    let turn = (low.map(Duration::from_micros), Duration::from_micros(high));
    Some(FailureCause { class, evidence: ending.evidence, failed_at, moments, turn })
}

/// The question that is asked about each moment.
struct CauseSearch<'a> {
    plan: &'a Plan,
    mutation: Option<Mutant>,
    class: FailureClass,
    futures: u32,
    threads: usize,
}

impl CauseSearch<'_> {
    fn at(&self, at: Duration) -> ForkMoment {
        let (next, failed, elsewhere) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= self.futures {
                            return;
                        }
                        match self.future(at, number) {
                            Some(class) if class == self.class => &failed,
                            // A future that breaks another rule is no proof that this failure was inevitable.
                            Some(_) => &elsewhere,
                            None => continue,
                        }
                        .fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let count = |number: AtomicU32| number.into_inner();
        ForkMoment { at, futures: self.futures, failed: count(failed), elsewhere: count(elsewhere) }
    }

    fn future(&self, at: Duration, number: u32) -> Option<FailureClass> {
        // By number, and not by moment: the same futures are tried from every moment, so that two moments differ in
        // nothing else.
        let seed = mix(self.plan.seed ^ mix(u64::from(number) + 1));
        // The run's own forks hold up to the moment; a later one would end what the future draws.
        let mut forks = self.plan.forks.clone();
        forks.retain(|fork| fork.at < at);
        forks.push(Fork { at, seed });
        let plan = Plan { forks, ..self.plan.clone() };
        end_of(&plan, self.mutation, QueueKind::Wheel).class
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{Duration, Mutant};

    use super::cause;
    use crate::campaign::end_of;
    use claque_scenario::Scenario;
    use claque_scenario::plan::Plan;
    use claque_sim::run::QueueKind;

    fn plan(seed: u64) -> Plan {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        scenario.scale(std::num::NonZeroU32::new(60).expect("more than none"));
        scenario.cut(Duration::from_secs(30));
        Plan::new(scenario, seed)
    }

    #[test]
    fn the_turn_lies_before_the_failure_and_from_there_on_every_future_fails() {
        let failing = |mutation: Mutant| {
            end_of(&plan(1), Some(mutation), QueueKind::Wheel).class
                == Some(crate::campaign::FailureClass::Rule(mutation.rule()))
        };
        let mutation = Mutant::ALL.iter().copied().filter(|it| it.crowd()).find(|it| failing(*it));
        assert!(mutation.is_some(), "some mutant shows");
        let found = cause(&plan(1), mutation, 3, 1, &mut |_| {}).expect("it fails");
        assert!(found.turn.1 <= found.failed_at, "{found:?}");
        assert!(found.turn.0.is_none_or(|low| low < found.turn.1), "{found:?}");
        for moment in &found.moments {
            assert_eq!(moment.futures, 3);
            if moment.at == found.turn.1 {
                assert!(moment.is_settled(), "{found:?}");
            }
            if Some(moment.at) == found.turn.0 {
                assert!(!moment.is_settled(), "{found:?}");
            }
        }
    }

    #[test]
    fn a_run_that_does_not_fail_has_no_cause() {
        assert_eq!(cause(&plan(1), None, 2, 1, &mut |_| {}), None);
    }
}
