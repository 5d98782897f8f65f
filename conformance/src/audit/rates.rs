//! How often an account may call.
//!
//! Whether a service counts by clock seconds or over any second that passes is open. Within any span of `n` seconds it takes at
//! most `n + 1` times the limit under either, and more than that is too many whatever the clocks.

use std::collections::BTreeMap;

use claque_core::Operation;

use super::findings::Findings;
use super::recording::{CallSeen, Ended, Place, Recording};

/// Microseconds.
const SECOND: u64 = 1_000_000;

pub(super) fn judge(recording: &Recording, findings: &mut Findings) {
    // How long a span was is known by one clock.
    let mut of_each: BTreeMap<(Operation, Option<u32>), Vec<&CallSeen>> = BTreeMap::new();
    for call in &recording.calls {
        let throttled = matches!(&call.ended, Ended::Refused(_, code) if code.starts_with("Throttling"));
        if throttled {
            findings.keep(claque_core::Rule::QuotaThrottleCode);
        } else if call.accepted() {
            // Whether a call that is refused for what it says takes a place is open.
            of_each.entry((call.operation, call.window.clock())).or_default().push(call);
        }
    }
    for ((operation, _), mut calls) in of_each {
        calls.sort_by_key(|call| begun(call));
        let limit = operation.calls_per_second() as usize;
        let rule = operation.calls_rule();
        match crowded(&calls, limit) {
            Some((count, seconds, lines)) => {
                let says = format!(
                    "{count} calls of {} were taken within {seconds} s, where the rate of {limit} a second allows {} at the most",
                    operation.name(),
                    (seconds + 1) * limit
                );
                findings.break_rule(rule, says, lines);
            }
            None if calls.len() >= limit => findings.keep(rule),
            None => {}
        }
    }
}

/// When a call was sent at the earliest, by its own clock.
const fn begun(call: &CallSeen) -> u64 {
    call.sent.earliest_by(call.sent)
}

/// The first span of whole seconds in which more was taken than any count by seconds allows: how many, seconds, first and last.
fn crowded(calls: &[&CallSeen], limit: usize) -> Option<(usize, usize, Vec<Place>)> {
    // By their beginnings; a call lies within a span if it begins and ends there.
    for seconds in 1..=5_usize {
        let most = (seconds + 1) * limit;
        if calls.len() <= most {
            break;
        }
        let span = SECOND * seconds as u64;
        for (index, first) in calls.iter().enumerate() {
            // All that follow begin later; of those, whatever ended in time was within the span.
            let until = begun(first).saturating_add(span);
            let within = || calls[index..].iter().take_while(|call| begun(call) <= until);
            // Cheap first: too few begin in it at all.
            if calls.len() - index <= most || begun(calls[index + most]) > until {
                continue;
            }
            let ended = within().filter(|call| call.window.latest_shown() <= until);
            let count = ended.clone().count();
            if count > most {
                let last = ended.last().map_or(first.place, |call| call.place);
                return Some((count, seconds, vec![first.place, last]));
            }
        }
    }
    None
}
