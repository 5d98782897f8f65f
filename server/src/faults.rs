//! Faults of operations and client methods, asked for through the control API.
//!
//! A fault strikes before the service sees the call: what it strikes has not happened. Of several faults that concern a call the
//! newest that strikes decides, and the others do nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use claque_core::{ErrorCode, Operation};

/// Faults that may be on at once.
pub(crate) const FAULTS_MAX: usize = 1_000;

/// The calls that a fault concerns, by their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultTarget {
    /// Every operation of the server side.
    AllOperations,
    Operation(Operation),
    /// A method of audience clients.
    Method(&'static str),
}

/// The code with which a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultCode {
    Operation(ErrorCode),
    Client(u16),
}

/// The time that a call waits first. Wall time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latency {
    pub(crate) least: Duration,
    /// As much as `least` where every call waits equally long.
    pub(crate) most: Duration,
    /// Most calls wait little more than the least, and few nearly the most; otherwise every span is as likely.
    pub(crate) tail: bool,
}

impl Latency {
    /// The span of a draw.
    fn of(self, draw: u64) -> Duration {
        // Sixteen bits: fine enough for any span, and their fourth power still fits.
        let part = draw & 0xffff;
        let part = if self.tail { part.pow(4) >> 48 } else { part };
        let spread = self.most.saturating_sub(self.least).as_micros() * u128::from(part) / 0xffff;
        self.least + Duration::from_micros(u64::try_from(spread).unwrap_or(u64::MAX))
    }
}

/// The calls that a fault concerns. None: whichever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FaultScope {
    pub(crate) target: FaultTarget,
    /// An access key's ID, or a user's for a method.
    pub(crate) caller: Option<String>,
    pub(crate) group: Option<String>,
    /// The type of the message.
    pub(crate) kind: Option<i64>,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) scope: FaultScope,
    /// Of a hundred calls that it concerns it strikes so many.
    pub(crate) percent: u32,
    /// It strikes so many calls and then no more; none: until it is removed.
    pub(crate) next: Option<u64>,
    pub(crate) delay: Latency,
    /// The connection is dropped without an answer.
    pub(crate) drop: bool,
    pub(crate) fail: Option<FaultCode>,
}

/// A fault that is on, and what it did so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActiveFault {
    pub(crate) number: u64,
    pub(crate) fault: Fault,
    /// Calls that it concerned.
    pub(crate) seen: u64,
    /// Calls that it struck.
    pub(crate) struck: u64,
}

/// A call, as faults see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultedCall<'a> {
    pub(crate) target: FaultTarget,
    pub(crate) caller: &'a str,
    pub(crate) group: Option<&'a str>,
    pub(crate) kind: Option<i64>,
}

/// What a fault does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) number: u64,
    pub(crate) delay: Duration,
    pub(crate) drop: bool,
    pub(crate) fail: Option<FaultCode>,
}

impl Strike {
    /// What it does, for people.
    pub(crate) fn effect(self) -> String {
        let waits = (!self.delay.is_zero()).then(|| format!("waits {} ms", self.delay.as_millis()));
        let then = match self.fail {
            _ if self.drop => Some("dropped without an answer".to_owned()),
            Some(FaultCode::Operation(code)) => Some(format!("fails with {}", code.as_str())),
            Some(FaultCode::Client(code)) => Some(format!("fails with {code}")),
            None => None,
        };
        waits.into_iter().chain(then).collect::<Vec<_>>().join(", then ")
    }
}

impl FaultScope {
    fn concerns(&self, call: &FaultedCall<'_>) -> bool {
        let target = match (self.target, call.target) {
            (FaultTarget::AllOperations, FaultTarget::Operation(_) | FaultTarget::AllOperations) => true,
            (FaultTarget::AllOperations, FaultTarget::Method(_)) => false,
            (mine @ (FaultTarget::Operation(_) | FaultTarget::Method(_)), theirs) => mine == theirs,
        };
        target
            && self.caller.as_deref().is_none_or(|caller| caller == call.caller)
            && self.group.as_deref().is_none_or(|group| Some(group) == call.group)
            && self.kind.is_none_or(|kind| Some(kind) == call.kind)
    }
}

impl ActiveFault {
    /// Whether it strikes a call that it concerns, and how.
    fn strike(&mut self) -> Option<Strike> {
        let Fault { percent, next, delay, drop, fail, .. } = self.fault;
        if next.is_some_and(|next| self.struck >= next) {
            return None;
        }
        self.seen += 1;
        // By its number and the count of calls, not by chance: two runs of a test see the same calls struck.
        let draw = mixed(self.number << 32 ^ self.seen);
        if (draw >> 32) % 100 >= u64::from(percent) {
            return None;
        }
        self.struck += 1;
        Some(Strike { number: self.number, delay: delay.of(draw), drop, fail })
    }
}

/// The finalizer of SplitMix64: numbers in a row become bits that look drawn.
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// The faults that are on, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Mutex<FaultList>,
    /// Whether there are any, for the many calls that need not ask further.
    // A lock for each call of each link would be taken by all worker threads at once, for faults that are
    // hardly ever on.
    any: AtomicBool,
}

#[derive(Debug, Default)]
struct FaultList {
    faults: Vec<ActiveFault>,
    newest: u64,
}

impl Faults {
    fn change<R>(&self, change: impl FnOnce(&mut FaultList) -> R) -> R {
        let mut list = self.list.lock().expect("no holder of this lock can panic");
        let outcome = change(&mut list);
        // Under the lock, so that two changes cannot leave it wrong. Relaxed: a call in the same moment may be
        // before or after.
        self.any.store(!list.faults.is_empty(), Ordering::Relaxed);
        outcome
    }

    /// Whether any fault is on.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// What happens to a call.
    pub(crate) fn strike(&self, call: &FaultedCall<'_>) -> Option<Strike> {
        if !self.any() {
            return None;
        }
        self.change(|list| {
            let concerned = list.faults.iter_mut().rev().filter(|active| active.fault.scope.concerns(call));
            concerned.filter_map(ActiveFault::strike).next()
        })
    }

    /// Puts a fault on, in the place of one with the same scope. Its number; none: there are too many.
    pub(crate) fn set(&self, fault: Fault) -> Option<u64> {
        self.change(|list| {
            list.faults.retain(|active| active.fault.scope != fault.scope);
            if list.faults.len() >= FAULTS_MAX {
                return None;
            }
            list.newest += 1;
            list.faults.push(ActiveFault { number: list.newest, fault, seen: 0, struck: 0 });
            Some(list.newest)
        })
    }

    /// Takes one fault off. False: there is none of that number.
    pub(crate) fn remove(&self, number: u64) -> bool {
        self.change(|list| {
            let before = list.faults.len();
            list.faults.retain(|active| active.number != number);
            list.faults.len() < before
        })
    }

    /// Takes all faults off.
    pub(crate) fn clear(&self) {
        self.change(|list| list.faults.clear());
    }

    /// Every fault that is on, oldest first.
    pub(crate) fn all(&self) -> Vec<ActiveFault> {
        self.list.lock().expect("no holder of this lock can panic").faults.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use claque_core::{ErrorCode, Operation};

    use super::{Fault, FaultCode, FaultScope, FaultTarget, FaultedCall, Faults, Latency};

    fn fault(target: FaultTarget) -> Fault {
        let scope = FaultScope { target, caller: None, group: None, kind: None };
        let fail = Some(FaultCode::Operation(ErrorCode::ServerError));
        Fault { scope, percent: 100, next: None, delay: Latency::default(), drop: false, fail }
    }

    const fn send<'a>(caller: &'a str, group: &'a str, kind: i64) -> FaultedCall<'a> {
        let target = FaultTarget::Operation(Operation::SendLiveMessageGroup);
        FaultedCall { target, caller, group: Some(group), kind: Some(kind) }
    }

    #[test]
    fn a_fault_strikes_what_it_concerns_and_nothing_else() {
        let faults = Faults::default();
        let mut narrow = fault(FaultTarget::Operation(Operation::SendLiveMessageGroup));
        narrow.scope.caller = Some("key".to_owned());
        narrow.scope.group = Some("g".to_owned());
        narrow.scope.kind = Some(7);
        faults.set(narrow);
        assert!(faults.strike(&send("key", "g", 7)).is_some());
        for other in [send("kez", "g", 7), send("key", "h", 7), send("key", "g", 8)] {
            assert_eq!(faults.strike(&other), None, "{other:?}");
        }
        let method = FaultedCall { target: FaultTarget::Method("joinGroup"), ..send("key", "g", 7) };
        faults.set(fault(FaultTarget::AllOperations));
        assert_eq!(faults.strike(&method), None, "all operations are no methods");
        assert_eq!(faults.strike(&send("kez", "h", 8)).map(|strike| strike.number), Some(2));
        assert_eq!(faults.strike(&send("key", "g", 7)).map(|strike| strike.number), Some(2), "the newest");
    }

    #[test]
    fn one_of_the_same_scope_takes_its_place_and_each_can_be_removed() {
        let faults = Faults::default();
        faults.set(fault(FaultTarget::AllOperations));
        faults.set(fault(FaultTarget::Method("joinGroup")));
        assert_eq!(faults.set(fault(FaultTarget::AllOperations)), Some(3));
        let numbers = || faults.all().iter().map(|active| active.number).collect::<Vec<_>>();
        assert_eq!(numbers(), [2, 3]);
        assert!(!faults.remove(1));
        assert!(faults.remove(2));
        assert_eq!(numbers(), [3]);
        faults.clear();
        assert!(!faults.any());
    }

    #[test]
    fn the_next_three_are_three_and_thirty_percent_are_about_thirty_and_always_the_same() {
        let struck = |fault: Fault| {
            let faults = Faults::default();
            faults.set(fault);
            (0..1_000).map(|_| faults.strike(&send("key", "g", 7)).is_some()).collect::<Vec<_>>()
        };
        let count = |list: &[bool]| list.iter().filter(|struck| **struck).count();
        let next = struck(Fault { next: Some(3), ..fault(FaultTarget::AllOperations) });
        assert_eq!(next[..4], [true, true, true, false]);
        assert_eq!(count(&next), 3);
        let some = struck(Fault { percent: 30, ..fault(FaultTarget::AllOperations) });
        assert!((250..350).contains(&count(&some)), "{}", count(&some));
        assert_eq!(some, struck(Fault { percent: 30, ..fault(FaultTarget::AllOperations) }));
    }

    #[test]
    fn latencies_lie_between_their_bounds_and_a_tail_is_mostly_short() {
        let spans = |tail: bool| {
            let faults = Faults::default();
            let delay =
                Latency { least: Duration::from_millis(100), most: Duration::from_millis(1_100), tail };
            faults.set(Fault { delay, ..fault(FaultTarget::AllOperations) });
            let mut spans: Vec<Duration> =
                (0..1_000).filter_map(|_| Some(faults.strike(&send("key", "g", 7))?.delay)).collect();
            spans.sort_unstable();
            spans
        };
        for (tail, middle) in [(false, 500..700), (true, 100..200)] {
            let spans = spans(tail);
            assert!(spans[0] >= Duration::from_millis(100) && spans[999] <= Duration::from_millis(1_100));
            assert!(spans[999] > Duration::from_millis(900), "{:?}", spans[999]);
            assert!(middle.contains(&spans[500].as_millis()), "{tail}: {:?}", spans[500]);
        }
    }
}
