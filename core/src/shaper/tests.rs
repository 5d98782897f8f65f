//! The shaper alone, second by second.

extern crate std;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{Admission, Candidate, Cause, Shaper, Terms};
use crate::message::Priority::{self, High, Medium, Normal};
use crate::mutation::Sound;
use crate::reading::{ShaperFloor, ShaperWindow};
use crate::time::Instant;

const BASE: u64 = 1_000;

/// One send: when (in milliseconds after the base), type, level, weight. Its number is its place in the list.
type Send = (u64, i64, Priority, i64);

/// What happened to one message: when it was delivered and whether by a reserved slot; or when it was shed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Delivered { at: u64, reserved: bool },
    Shed { at: u64, cause: Cause },
}

fn at(millis: u64) -> Instant {
    Instant::from_micros(BASE * 1_000_000 + millis * 1_000)
}

fn millis(at: Instant) -> u64 {
    at.as_micros() / 1_000 - BASE * 1_000
}

/// Runs the shaper over the sends, and lets it settle. Gives fates in the order in which they fell.
fn run(terms: &Terms, sends: &[Send]) -> Vec<(usize, Fate)> {
    let mut shaper = Shaper::<usize>::default();
    let mut fates = Vec::new();
    let mut due = None;
    let mut open = |shaper: &mut Shaper<usize>, until: Instant, due: &mut Option<Instant>| {
        while let Some(now) = due.filter(|due| *due <= until) {
            let opening = shaper.open(now, terms, &Sound);
            let at = millis(now);
            for (place, candidate) in opening.delivered.iter().enumerate() {
                let reserved = place < opening.reserved;
                fates.push((candidate.payload, Fate::Delivered { at, reserved }));
            }
            for (candidate, cause) in opening.lost {
                fates.push((candidate.payload, Fate::Shed { at, cause }));
            }
            *due = shaper.due(now, terms, &Sound);
        }
        core::mem::take(&mut fates)
    };
    let mut all = Vec::new();
    for (number, &(time, kind, level, weight)) in sends.iter().enumerate() {
        let now = at(time);
        all.extend(open(&mut shaper, now, &mut due));
        match shaper.admit(now, terms, kind, &Sound) {
            Admission::Now(superseded) => {
                all.push((number, Fate::Delivered { at: time, reserved: false }));
                let shed = Fate::Shed { at: time, cause: Cause::Replaced };
                all.extend(superseded.map(|older| (older.payload, shed)));
            }
            Admission::Wait => {
                let candidate =
                    Candidate { level, weight, kind, submitted: now, arrival: 0, payload: number };
                let losses = shaper.wait(now, terms, candidate, &Sound);
                let shed =
                    |(lost, cause): (Candidate<usize>, Cause)| (lost.payload, Fate::Shed { at: time, cause });
                all.extend(losses.into_iter().flatten().map(shed));
            }
        }
        due = shaper.due(now, terms, &Sound);
        let (ranked, types) = (shaper.ranked(), shaper.types.len());
        assert!(ranked <= terms.budget as usize, "{ranked} ranked");
        assert!(types <= 6, "{types} types");
    }
    all.extend(open(&mut shaper, Instant::MAX, &mut due));
    assert_eq!(shaper.waiting().count(), 0);
    all
}

/// The rules once more, slowly: everything is remembered, every second is looked at, nothing is bounded.
fn model(terms: &Terms, sends: &[Send]) -> BTreeMap<usize, (u64, bool)> {
    let mut delivered: BTreeMap<usize, (u64, bool)> = BTreeMap::new();
    let mut waiting: Vec<usize> = Vec::new();
    let mut next = 0;
    let last_second = sends.last().map_or(0, |send| send.0 / 1_000) + 12 * 6;
    for second in 0..=last_second {
        let start = second * 1_000;
        let mut used = 0;
        // Reserved: the newest of each type, when its deadline lies before the end of this second.
        let mut overdue: Vec<(u64, usize, usize)> = Vec::new();
        let kinds: Vec<i64> = sends.iter().map(|send| send.1).collect();
        for (order, kind) in first_uses(&kinds[..next]).into_iter().enumerate() {
            let of_kind = |number: &usize| sends[*number].1 == kind;
            let Some(&newest) = waiting.iter().rfind(|number| of_kind(number)) else { continue };
            let newer_delivered = delivered.keys().any(|number| of_kind(number) && *number > newest);
            if newer_delivered {
                continue;
            }
            let last = delivered.iter().filter(|(number, _)| of_kind(number)).map(|(_, (at, _))| *at).max();
            let deadline =
                deadline(terms.floor, last, first_wait(&sends[..next], &delivered, kind, last, terms));
            if deadline < start + 1_000 {
                overdue.push((deadline, order, newest));
            }
        }
        overdue.sort_unstable();
        for (_, _, number) in overdue.into_iter().take(terms.budget as usize) {
            delivered.insert(number, (start, true));
            waiting.retain(|other| *other != number);
            used += 1;
        }
        // The best of those that came in the second before.
        let mut fresh: Vec<usize> =
            waiting.iter().copied().filter(|number| sends[*number].0 / 1_000 + 1 == second).collect();
        if terms.window == ShaperWindow::ImmediateOnly {
            fresh.clear();
        }
        fresh.sort_by_key(|number| (core::cmp::Reverse((sends[*number].2, sends[*number].3)), *number));
        for number in fresh.into_iter().take(terms.budget as usize - used) {
            delivered.insert(number, (start, false));
            waiting.retain(|other| *other != number);
            used += 1;
        }
        while next < sends.len() && sends[next].0 < start + 1_000 {
            let at_once = terms.window != ShaperWindow::WindowClose && used < terms.budget as usize;
            if at_once {
                delivered.insert(next, (sends[next].0, false));
                used += 1;
                // An older one of the type has no floor any more, and no rank either.
                waiting.retain(|other| sends[*other].1 != sends[next].1);
            } else {
                waiting.push(next);
            }
            next += 1;
        }
    }
    delivered
}

/// Types in the order of their first use.
fn first_uses(kinds: &[i64]) -> Vec<i64> {
    let mut seen = Vec::new();
    for kind in kinds {
        if !seen.contains(kind) {
            seen.push(*kind);
        }
    }
    seen
}

/// When a type began to wait: its first send that found no slot since its last delivery, or that delivery itself when
/// something newer than every delivered message was waiting already.
fn first_wait(
    sends: &[Send],
    delivered: &BTreeMap<usize, (u64, bool)>,
    kind: i64,
    last: Option<u64>,
    terms: &Terms,
) -> u64 {
    let newest_delivered = delivered.keys().filter(|number| sends[**number].1 == kind).max();
    for (number, send) in sends.iter().enumerate().filter(|(_, send)| send.1 == kind) {
        let at_once = delivered.get(&number).is_some_and(|(at, _)| *at == send.0)
            && terms.window != ShaperWindow::WindowClose;
        if at_once || last.is_some_and(|last| send.0 < last && newest_delivered >= Some(&number)) {
            continue;
        }
        return send.0.max(last.unwrap_or(0));
    }
    last.unwrap_or(0)
}

fn deadline(floor: ShaperFloor, last: Option<u64>, first: u64) -> u64 {
    match floor {
        ShaperFloor::Sliding => last.unwrap_or(first) + 5_000,
        ShaperFloor::Fixed => {
            // Milliseconds since the base, which begins an interval.
            let served = last.filter(|last| last / 5_000 >= first / 5_000);
            served.map_or(first / 5_000 + 1, |last| last / 5_000 + 2) * 5_000 - 1
        }
    }
}

fn check_budget(terms: &Terms, fates: &[(usize, Fate)]) {
    let mut seconds: BTreeMap<u64, u32> = BTreeMap::new();
    for (_, fate) in fates {
        if let Fate::Delivered { at, .. } = fate {
            *seconds.entry(at / 1_000).or_default() += 1;
        }
    }
    assert!(seconds.values().all(|count| *count <= terms.budget), "{seconds:?}");
}

fn check_everyone_has_one_fate(sends: &[Send], fates: &[(usize, Fate)]) {
    let mut numbers: Vec<usize> = fates.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..sends.len()).collect::<Vec<_>>());
}

/// Whoever sends a type sees that type delivered within five seconds of its last delivery, or at the end of the second.
fn check_floor(sends: &[Send], fates: &[(usize, Fate)]) {
    let deliveries = |kind: i64| {
        fates.iter().filter_map(move |(number, fate)| match fate {
            Fate::Delivered { at, .. } if sends[*number].1 == kind => Some(*at),
            Fate::Delivered { .. } | Fate::Shed { .. } => None,
        })
    };
    for (time, kind, ..) in sends {
        let last = deliveries(*kind).filter(|at| at < time).max();
        let second_end = (time / 1_000 + 1) * 1_000;
        let bound = (last.unwrap_or(*time) + 5_000).max(second_end);
        let met = deliveries(*kind).any(|at| (*time..=bound).contains(&at));
        assert!(met, "type {kind} sent at {time}, last {last:?}, nothing until {bound}: {fates:?}");
    }
}

/// Out of the messages of one second that waited, none was delivered by rank while one of a higher level was shed.
fn check_levels(sends: &[Send], fates: &[(usize, Fate)]) {
    for (winner, fate) in fates {
        let Fate::Delivered { at, reserved: false } = fate else { continue };
        let (sent, _, level, _) = sends[*winner];
        if *at == sent {
            continue;
        }
        for (loser, fate) in fates {
            let Fate::Shed { at: shed_at, cause: Cause::Outranked } = fate else { continue };
            let same_set = sends[*loser].0 / 1_000 == sent / 1_000 && *shed_at <= *at;
            assert!(!same_set || sends[*loser].2 <= level, "{winner} won over {loser}: {fates:?}");
        }
    }
}

fn sends() -> impl Strategy<Value = Vec<Send>> {
    let level = prop_oneof![Just(Normal), Just(Medium), Just(High)];
    let burst = (0_u64..2_500, 0_u64..3, 1_usize..9);
    let one = (burst, 0_i64..4, level, 0_i64..3);
    prop::collection::vec(one, 1..40).prop_map(|bursts| {
        let mut time = 0;
        let mut sends = Vec::new();
        for ((gap, step, count), kind, level, weight) in bursts {
            time += gap;
            for _ in 0..count {
                sends.push((time, kind, level, weight));
                time += step * 37;
            }
        }
        sends
    })
}

fn terms() -> impl Strategy<Value = Terms> {
    let window = prop_oneof![
        Just(ShaperWindow::RankedExcess),
        Just(ShaperWindow::WindowClose),
        Just(ShaperWindow::ImmediateOnly)
    ];
    let floor = prop_oneof![Just(ShaperFloor::Sliding), Just(ShaperFloor::Fixed)];
    (1_u32..7, window, floor).prop_map(|(budget, window, floor)| Terms { budget, window, floor })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reading_keeps_the_promises(terms in terms(), sends in sends()) {
        let fates = run(&terms, &sends);
        check_everyone_has_one_fate(&sends, &fates);
        check_budget(&terms, &fates);
        check_levels(&sends, &fates);
        if terms.budget >= 4 && terms.floor == ShaperFloor::Sliding {
            check_floor(&sends, &fates);
        }
    }

    #[test]
    fn the_shaper_delivers_what_the_slow_model_delivers(terms in terms(), sends in sends()) {
        let delivered: BTreeMap<usize, (u64, bool)> = run(&terms, &sends)
            .into_iter()
            .filter_map(|(number, fate)| match fate {
                Fate::Delivered { at, reserved } => Some((number, (at, reserved))),
                Fate::Shed { .. } => None,
            })
            .collect();
        prop_assert_eq!(delivered, model(&terms, &sends));
    }
}

const fn default_terms(budget: u32) -> Terms {
    Terms { budget, window: ShaperWindow::RankedExcess, floor: ShaperFloor::Sliding }
}

fn delivered(fates: &[(usize, Fate)]) -> Vec<(usize, u64)> {
    let delivery = |(number, fate): &(usize, Fate)| match fate {
        Fate::Delivered { at, .. } => Some((*number, *at)),
        Fate::Shed { .. } => None,
    };
    fates.iter().filter_map(delivery).collect()
}

#[test]
fn a_calm_group_has_no_delay() {
    let sends: Vec<Send> = (0..20).map(|n| (n * 500, 1, Normal, 1)).collect();
    let fates = run(&default_terms(2), &sends);
    assert_eq!(delivered(&fates), (0..20).map(|n| (n as usize, n * 500)).collect::<Vec<_>>());
}

#[test]
fn the_best_of_the_excess_take_the_next_second() {
    let sends =
        [(0, 1, Normal, 1), (10, 1, Normal, 1), (20, 1, Medium, 5), (30, 2, High, 9), (40, 1, Normal, 1)];
    let fates = run(&default_terms(2), &sends);
    assert_eq!(delivered(&fates), [(0, 0), (1, 10), (3, 1_000), (2, 1_000), (4, 6_000)]);
}

#[test]
fn earlier_beats_later_and_heavier_beats_earlier() {
    let sends =
        [(0, 1, High, 1), (1, 1, Medium, 5), (2, 1, Medium, 5), (3, 1, Medium, 6), (999, 1, Medium, 1)];
    let fates = run(&default_terms(1), &sends);
    assert_eq!(delivered(&fates)[..2], [(0, 0), (3, 1_000)]);
}

#[test]
fn a_type_under_endless_overload_gets_through_every_five_seconds() {
    let mut sends: Vec<Send> = Vec::new();
    for tenth in 0..200 {
        sends.push((tenth * 100, 7, Normal, 1));
        sends.extend([(tenth * 100, 1, High, 9); 8]);
    }
    let fates = run(&default_terms(3), &sends);
    let likes: Vec<u64> =
        delivered(&fates).iter().filter(|(number, _)| sends[*number].1 == 7).map(|(_, at)| *at).collect();
    assert!(likes.windows(2).all(|pair| pair[1] - pair[0] <= 5_000), "{likes:?}");
    assert!(likes.len() >= 4 && likes.len() <= 6, "{likes:?}");
    check_floor(&sends, &fates);
}

#[test]
fn a_newer_message_of_the_type_takes_the_place_of_the_kept_one() {
    let sends =
        [(0, 1, High, 1), (1, 2, Normal, 1), (2, 3, High, 1), (1_500, 2, Normal, 1), (1_501, 3, High, 1)];
    let fates = run(&default_terms(1), &sends);
    assert!(fates.contains(&(1, Fate::Shed { at: 1_500, cause: Cause::Replaced })), "{fates:?}");
    assert!(fates.contains(&(3, Fate::Delivered { at: 5_000, reserved: true })), "{fates:?}");
}

#[test]
fn draining_forgets_what_waits_and_remembers_what_was_delivered() {
    let terms = default_terms(1);
    let mut shaper = Shaper::<usize>::default();
    assert_eq!(shaper.admit(at(0), &terms, 1, &Sound), Admission::Now(None));
    for payload in 0..3 {
        let candidate =
            Candidate { level: Normal, weight: 1, kind: 2, submitted: at(1), arrival: 0, payload };
        shaper.wait(at(1), &terms, candidate, &Sound);
    }
    let drained: Vec<usize> = shaper.drain().into_iter().map(|candidate| candidate.payload).collect();
    assert_eq!(drained, [0, 2], "the one in the middle was replaced at once");
    assert_eq!(shaper.due(at(1), &terms, &Sound), None);
    assert_eq!(shaper.admit(at(2), &terms, 1, &Sound), Admission::Wait);
    assert_eq!((shaper.ranked(), shaper.types.len()), (0, 1));
}

#[test]
fn a_withdrawn_message_leaves_the_place_to_the_one_before_it() {
    let terms = default_terms(2);
    let mut shaper = Shaper::<usize>::default();
    let wait = |shaper: &mut Shaper<usize>, payload, weight| {
        let candidate = Candidate { level: Normal, weight, kind: 2, submitted: at(1), arrival: 0, payload };
        shaper.wait(at(1), &terms, candidate, &Sound)
    };
    for payload in 0..2 {
        shaper.admit(at(0), &terms, 1, &Sound);
        wait(&mut shaper, payload, 1);
    }
    assert_eq!(shaper.withdraw(|payload| *payload == 1).map(|candidate| candidate.payload), Some(1));
    assert_eq!(shaper.withdraw(|payload| *payload == 1), None);
    assert_eq!(shaper.fresh_types().collect::<Vec<_>>(), [2]);
    let opening = shaper.open(at(1_000), &terms, &Sound);
    assert_eq!(opening.delivered.len(), 1);
    assert_eq!(shaper.due(at(1_000), &terms, &Sound), None);
}

#[test]
fn a_flood_of_one_second_stays_bounded() {
    let terms = default_terms(50);
    let mut shaper = Shaper::<u32>::default();
    for payload in 0..100_000 {
        let now = Instant::from_micros(BASE * 1_000_000 + u64::from(payload) * 9);
        if shaper.admit(now, &terms, i64::from(payload % 30), &Sound) == Admission::Wait {
            let level = Priority::ALL[(payload % 3) as usize];
            let candidate = Candidate {
                level,
                weight: i64::from(payload % 7),
                kind: i64::from(payload % 30),
                submitted: now,
                arrival: 0,
                payload,
            };
            shaper.wait(now, &terms, candidate, &Sound);
        }
        let (ranked, types) = (shaper.ranked(), shaper.types.len());
        assert!(ranked <= 50 && types <= 30);
    }
    let opening = shaper.open(at(1_000), &terms, &Sound);
    assert_eq!(opening.delivered.len(), 50);
    assert!(opening.delivered[opening.reserved..].iter().all(|candidate| candidate.level == High));
}
