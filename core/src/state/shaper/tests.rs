//! The shaper alone, second by second.

extern crate std;

mod slow;

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{Admission, Candidate, LossCause, Shaper, ShaperTerms, SlotKind, floor};
use crate::mutants::Sound;
use crate::words::message::Priority::{self, High, Medium, Normal};
use crate::words::reading::{ShaperFloor, ShaperWindow};
use crate::words::time::Instant;
use slow::{can_hold, merit, model};

const BASE: u64 = 1_000;

/// One send: when (in milliseconds after the base), type, level, weight. Its number is its place in the list.
type Send = (u64, i64, Priority, i64);

/// How a message came to be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    AtOnce,
    Reserved,
    Ranked,
    Free,
}

/// The fate of one message: when it was delivered and by what; or when it was shed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Delivered { at: u64, way: Way },
    Shed { at: u64, cause: LossCause },
}

fn at(millis: u64) -> Instant {
    Instant::from_micros(BASE * 1_000_000 + millis * 1_000)
}

fn millis(at: Instant) -> u64 {
    at.as_micros() / 1_000 - BASE * 1_000
}

/// Runs the shaper over the sends, and lets it settle. Gives fates in the order in which they fell.
fn run(terms: &ShaperTerms, sends: &[Send]) -> Vec<(usize, Fate)> {
    let mut shaper = Shaper::<usize>::default();
    let mut fates = Vec::new();
    let mut due = None;
    let mut open = |shaper: &mut Shaper<usize>, until: Instant, due: &mut Option<Instant>| {
        while let Some(now) = due.filter(|due| *due <= until) {
            let opening = shaper.open(now, terms, &Sound);
            let at = millis(now);
            for (candidate, slot) in opening.delivered {
                let way = match slot {
                    SlotKind::Reserved(_) => Way::Reserved,
                    SlotKind::Ranked => Way::Ranked,
                    SlotKind::Free(_) => Way::Free,
                };
                fates.push((candidate.payload, Fate::Delivered { at, way }));
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
        match shaper.admit(now, terms, kind, (level, weight), &Sound) {
            Admission::Now(superseded) => {
                all.push((number, Fate::Delivered { at: time, way: Way::AtOnce }));
                let shed = Fate::Shed { at: time, cause: LossCause::Replaced };
                all.extend(superseded.map(|older| (older.payload, shed)));
            }
            Admission::Wait => {
                let candidate =
                    Candidate { level, weight, kind, submitted: now, arrival: 0, payload: number };
                let losses = shaper.wait(now, terms, candidate, &Sound);
                let shed = |(lost, cause): (Candidate<usize>, LossCause)| {
                    (lost.payload, Fate::Shed { at: time, cause })
                };
                all.extend(losses.into_iter().flatten().map(shed));
            }
        }
        due = shaper.due(now, terms, &Sound);
        let (ranked, types) = (shaper.ranked(), shaper.types.len());
        assert!(ranked <= terms.budget as usize, "{ranked} ranked");
        assert!(types <= 12, "{types} types");
    }
    all.extend(open(&mut shaper, Instant::MAX, &mut due));
    assert_eq!(shaper.waiting().count(), 0);
    all
}

fn check_budget(terms: &ShaperTerms, fates: &[(usize, Fate)]) {
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

/// Where no more types are in use than five seconds have slots, each message is followed out within five seconds of being
/// sent, by itself or by a newer one of its type.
fn check_floor(sends: &[Send], fates: &[(usize, Fate)]) {
    for (number, (time, kind, ..)) in sends.iter().enumerate() {
        let met = fates.iter().any(|(other, fate)| {
            let Fate::Delivered { at, .. } = fate else { return false };
            *other >= number && sends[*other].1 == *kind && *at <= time + 5_000
        });
        assert!(met, "message {number}, type {kind}, sent at {time}: nothing in five seconds: {fates:?}");
    }
}

/// Where the five seconds count from the last delivery, the type is delivered by then, or at the end of the second.
fn check_sliding_floor(sends: &[Send], fates: &[(usize, Fate)]) {
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

/// Of two types that waited at the same opening and had not been served since, the one that waited longer goes first.
fn check_longest_waiting_first(sends: &[Send], fates: &[(usize, Fate)]) {
    let kept: Vec<(u64, usize)> = fates
        .iter()
        .filter_map(|(number, fate)| match fate {
            Fate::Delivered { at, way: Way::Reserved | Way::Free } => Some((*at, *number)),
            Fate::Delivered { .. } | Fate::Shed { .. } => None,
        })
        .collect();
    let since = |number: usize| {
        let of_kind = |other: &usize| sends[*other].1 == sends[number].1;
        let before = fates.iter().filter(|(other, fate)| {
            *other < number && of_kind(other) && matches!(fate, Fate::Delivered { .. })
        });
        let after = before.map(|(other, _)| other + 1).max().unwrap_or(0);
        (after..=number).find(of_kind).map(|first| sends[first].0).expect("itself")
    };
    for (at, first) in &kept {
        for (later, second) in kept.iter().filter(|(later, _)| later > at) {
            let waited = sends[*second].0 < *at && sends[*second].1 != sends[*first].1;
            let partly = fates.iter().any(|(number, fate)| {
                matches!(fate, Fate::Delivered { at: served, way: Way::Ranked } if served < later)
                    && [sends[*first].1, sends[*second].1].contains(&sends[*number].1)
            });
            assert!(
                !waited || partly || since(*first) <= since(*second),
                "{first} goes at {at}, and {second}, which waited longer, at {later}: {fates:?}"
            );
        }
    }
}

/// Out of the messages of one second that waited, none was delivered by rank while one of a higher level was shed.
fn check_levels(sends: &[Send], fates: &[(usize, Fate)]) {
    for (winner, fate) in fates {
        let Fate::Delivered { at, way: Way::Ranked } = fate else { continue };
        let (sent, _, level, _) = sends[*winner];
        for (loser, fate) in fates {
            let Fate::Shed {
                at: shed_at,
                cause: LossCause::Excess | LossCause::Displaced | LossCause::Reserved,
            } = fate
            else {
                continue;
            };
            let same_set = sends[*loser].0 / 1_000 == sent / 1_000 && *shed_at <= *at;
            assert!(!same_set || sends[*loser].2 <= level, "{winner} won over {loser}: {fates:?}");
        }
    }
}

/// One for one: what a message that was shed outranks in its own second is made up for by as many that were carried and
/// are at least as good, reserved slots aside; and each that was carried outranks one of its second.
fn check_outranking(sends: &[Send], fates: &[(usize, Fate)]) {
    let second_of = |number: usize| sends[number].0 / 1_000;
    let delivered_in = |second: u64| {
        fates.iter().filter_map(move |(number, fate)| match fate {
            Fate::Delivered { at, way } if at / 1_000 == second => Some((*number, *way)),
            Fate::Delivered { .. } | Fate::Shed { .. } => None,
        })
    };
    for (loser, fate) in fates {
        let Fate::Shed { cause: LossCause::Excess | LossCause::Displaced | LossCause::Reserved, .. } = fate
        else {
            continue;
        };
        let worth = merit(&sends[*loser]);
        let second = second_of(*loser);
        let lower = delivered_in(second).filter(|(number, _)| merit(&sends[*number]) < worth).count();
        let stands_for = |(number, way): &(usize, Way)| {
            let carried = *way == Way::Ranked && second_of(*number) == second;
            *way == Way::Reserved || carried && merit(&sends[*number]) >= worth
        };
        let instead = delivered_in(second + 1).filter(stands_for).count();
        assert!(lower <= instead, "{loser} is shed, {lower} lower ones went, {instead} instead: {fates:?}");
    }
    let last = sends.last().map_or(0, |send| send.0 / 1_000);
    for second in 0..=last {
        let mut lower: Vec<_> = delivered_in(second).map(|(number, _)| merit(&sends[number])).collect();
        lower.sort_unstable();
        let carried = delivered_in(second + 1).filter(|(_, way)| *way == Way::Ranked);
        let mut carried: Vec<_> = carried.map(|(number, _)| merit(&sends[number])).collect();
        carried.sort_unstable();
        for (better, worse) in carried.iter().rev().zip(&lower) {
            assert!(better > worse, "{better:?} is carried for {worse:?}: {fates:?}");
        }
        assert!(carried.len() <= lower.len(), "{fates:?}");
    }
}

/// A message is delivered at once while its second has delivered fewer than the budget.
fn check_calm(terms: &ShaperTerms, sends: &[Send], fates: &[(usize, Fate)]) {
    let mut used: BTreeMap<u64, u32> = BTreeMap::new();
    for (number, fate) in fates {
        let Fate::Delivered { at, way } = fate else { continue };
        let used = used.entry(at / 1_000).or_default();
        *used += 1;
        assert!(*way != Way::AtOnce || *at == sends[*number].0);
    }
    for (number, fate) in fates {
        let at_once = matches!(fate, Fate::Delivered { way: Way::AtOnce, .. });
        let full = used.get(&(sends[*number].0 / 1_000)).is_some_and(|used| *used == terms.budget);
        assert!(at_once || full, "{number} waits in a second that had room: {fates:?}");
    }
}

fn sends() -> impl Strategy<Value = Vec<Send>> {
    let level = prop_oneof![Just(Normal), Just(Medium), Just(High)];
    let burst = (0_u64..2_500, 0_u64..3, 1_usize..9);
    let one = (burst, 0_i64..10, level, 0_i64..3, any::<bool>());
    (prop::collection::vec(one, 1..40), any::<bool>()).prop_map(|(bursts, rising)| {
        let mut time = 0;
        let mut sends = Vec::new();
        for ((gap, step, count), kind, level, weight, edge) in bursts {
            time += gap;
            if edge {
                // The last millisecond of a second, or the first instant of one.
                time = time / 1_000 * 1_000 + if gap % 2 == 0 { 999 } else { 1_000 };
            }
            for _ in 0..count {
                // Weights that rise without end fill every second with carried messages.
                let weight = if rising && kind < 2 { sends.len() as i64 } else { weight };
                sends.push((time, kind, if rising && kind < 2 { High } else { level }, weight));
                time += step * 37;
            }
        }
        sends
    })
}

fn terms() -> impl Strategy<Value = ShaperTerms> {
    let window = prop_oneof![
        Just(ShaperWindow::Outrank),
        Just(ShaperWindow::RankedExcess),
        Just(ShaperWindow::WindowClose),
        Just(ShaperWindow::ImmediateOnly)
    ];
    let floor = prop_oneof![Just(ShaperFloor::Sent), Just(ShaperFloor::Sliding), Just(ShaperFloor::Fixed)];
    (1_u32..7, window, floor).prop_map(|(budget, window, floor)| ShaperTerms { budget, window, floor })
}

fn types_of(sends: &[Send]) -> usize {
    let mut kinds: Vec<i64> = sends.iter().map(|send| send.1).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reading_keeps_the_promises(terms in terms(), sends in sends()) {
        let fates = run(&terms, &sends);
        check_everyone_has_one_fate(&sends, &fates);
        check_budget(&terms, &fates);
        check_levels(&sends, &fates);
        if terms.window != ShaperWindow::WindowClose {
            check_calm(&terms, &sends, &fates);
        }
        if terms.window == ShaperWindow::Outrank {
            check_outranking(&sends, &fates);
        }
        match terms.floor {
            ShaperFloor::Sent => {
                if types_of(&sends) <= 5 * terms.budget as usize {
                    check_floor(&sends, &fates);
                }
                check_longest_waiting_first(&sends, &fates);
            }
            ShaperFloor::Sliding if types_of(&sends) <= terms.budget as usize => {
                check_sliding_floor(&sends, &fates);
            }
            ShaperFloor::Sliding | ShaperFloor::Fixed => {}
        }
    }

    #[test]
    fn the_shaper_delivers_what_the_slow_model_delivers(terms in terms(), sends in sends()) {
        let delivered: BTreeMap<usize, (u64, Way)> = run(&terms, &sends)
            .into_iter()
            .filter_map(|(number, fate)| match fate {
                Fate::Delivered { at, way } => Some((number, (at, way))),
                Fate::Shed { .. } => None,
            })
            .collect();
        prop_assert_eq!(delivered, model(&terms, &sends));
    }

    /// As many slots are reserved as must be, by trying every number, and not one more.
    #[test]
    fn what_is_reserved_is_the_least_that_holds(
        mut dues in prop::collection::vec(0_u64..8, 0..40),
        budget in 1_u32..6,
    ) {
        dues.sort_unstable();
        let due: Vec<(Instant, usize)> =
            dues.iter().enumerate().map(|(place, due)| (at(due * 1_000 + 300), place)).collect();
        let now = 2_u64;
        let reserved = floor::reserved(&due, at(now * 1_000), &default_terms(budget), &Sound);
        // Whatever is overdue already must go now.
        let dues: Vec<u64> = dues.iter().map(|due| now.max(*due)).collect();
        let least = (0..=dues.len()).find(|now_go| can_hold(&dues, *now_go, now, budget as usize));
        prop_assert_eq!(Some(reserved), least);
    }
}

const fn default_terms(budget: u32) -> ShaperTerms {
    ShaperTerms { budget, window: ShaperWindow::Outrank, floor: ShaperFloor::Sent }
}

const fn former_terms(budget: u32) -> ShaperTerms {
    ShaperTerms { budget, window: ShaperWindow::RankedExcess, floor: ShaperFloor::Sliding }
}

fn shed(fates: &[(usize, Fate)]) -> usize {
    fates.iter().filter(|(_, fate)| matches!(fate, Fate::Shed { .. })).count()
}

fn many(count: usize, time: u64, level: Priority) -> Vec<Send> {
    (0..count as u64).map(|number| (time + number, 1, level, 1)).collect()
}

#[test]
fn over_the_limit_some_are_discarded() {
    let fates = run(&default_terms(50), &many(60, 0, Normal));
    assert_eq!(shed(&fates), 9);
    assert_eq!(delivered(&fates).last(), Some(&(59, 1_000)), "the newest is kept by the floor");
    assert_eq!(shed(&run(&default_terms(50), &many(60, 0, High))), 9);
    let mut sends = many(50, 0, Normal);
    sends.extend(many(10, 900, High));
    let fates = run(&default_terms(50), &sends);
    assert_eq!(shed(&fates), 0);
    assert!(delivered(&fates)[50..].iter().all(|(_, at)| *at == 1_000));
}

#[test]
fn one_for_one_the_best_of_a_second_stay() {
    // Three NORMAL and one HIGH went; of three MEDIUM and one HIGH, the HIGH and two MEDIUM outrank a NORMAL each.
    let sends = [
        (0, 1, Normal, 1),
        (1, 1, Normal, 1),
        (2, 1, High, 1),
        (3, 1, Normal, 1),
        (4, 1, Medium, 1),
        (5, 1, Medium, 1),
        (6, 1, Medium, 1),
        (7, 1, High, 1),
    ];
    let fates = run(&default_terms(4), &sends);
    assert_eq!(delivered(&fates)[4..], [(7, 1_000), (4, 1_000), (5, 1_000)]);
    assert!(fates.contains(&(6, Fate::Shed { at: 1_000, cause: LossCause::Excess })), "{fates:?}");
}

#[test]
fn six_types_of_one_second_take_the_next_five() {
    let sends: Vec<Send> = (0..6).map(|kind| (kind as u64 * 100, kind, Normal, 1)).collect();
    let at: Vec<u64> = delivered(&run(&default_terms(1), &sends)).iter().map(|(_, at)| *at).collect();
    assert_eq!(at, [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
}

#[test]
fn reserved_slots_go_to_types_before_what_is_carried() {
    // Each second's only slot goes to a message that outranks the one before; three types wait from the first on.
    let mut sends: Vec<Send> =
        vec![(0, 1, High, 0), (10, 7, Normal, 1), (20, 8, Normal, 1), (30, 9, Normal, 1)];
    sends.extend((0..9).map(|second: u64| (second * 1_000 + 500, 1, High, second as i64 + 1)));
    let fates = run(&default_terms(1), &sends);
    let low: Vec<(usize, u64)> =
        delivered(&fates).into_iter().filter(|(number, _)| (1..4).contains(number)).collect();
    assert_eq!(low, [(1, 3_000), (2, 4_000), (3, 5_000)], "{fates:?}");
    assert!(
        fates.iter().any(|(_, fate)| matches!(fate, Fate::Shed { cause: LossCause::Reserved, .. }))
            || shed(&fates) > 0
    );
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
    let fates = run(&former_terms(2), &sends);
    assert_eq!(delivered(&fates), [(0, 0), (1, 10), (3, 1_000), (2, 1_000), (4, 6_000)]);
    let fates = run(&default_terms(2), &sends);
    assert_eq!(delivered(&fates), [(0, 0), (1, 10), (3, 1_000), (2, 1_000), (4, 2_000)]);
}

#[test]
fn earlier_beats_later_and_heavier_beats_earlier() {
    let sends =
        [(0, 1, High, 1), (1, 1, Medium, 5), (2, 1, Medium, 5), (3, 1, Medium, 6), (999, 1, Medium, 1)];
    let fates = run(&former_terms(1), &sends);
    assert_eq!(delivered(&fates)[..2], [(0, 0), (3, 1_000)]);
}

#[test]
fn a_type_under_endless_overload_gets_through_every_five_seconds() {
    let mut sends: Vec<Send> = Vec::new();
    for tenth in 0..200 {
        sends.push((tenth * 100, 7, Normal, 1));
        sends.extend([(tenth * 100, 1, High, 9); 8]);
    }
    let fates = run(&former_terms(3), &sends);
    let likes: Vec<u64> =
        delivered(&fates).iter().filter(|(number, _)| sends[*number].1 == 7).map(|(_, at)| *at).collect();
    assert!(likes.windows(2).all(|pair| pair[1] - pair[0] <= 5_000), "{likes:?}");
    assert!(likes.len() >= 4 && likes.len() <= 6, "{likes:?}");
    check_sliding_floor(&sends, &fates);
}

#[test]
fn a_newer_message_of_the_type_takes_the_place_of_the_kept_one() {
    let sends =
        [(0, 1, High, 1), (1, 2, Normal, 1), (2, 3, High, 1), (1_500, 2, Normal, 1), (1_501, 3, High, 1)];
    let fates = run(&former_terms(1), &sends);
    assert!(fates.contains(&(1, Fate::Shed { at: 1_500, cause: LossCause::Replaced })), "{fates:?}");
    assert!(fates.contains(&(3, Fate::Delivered { at: 5_000, way: Way::Reserved })), "{fates:?}");
}

#[test]
fn draining_forgets_what_waits_and_remembers_what_was_delivered() {
    let terms = former_terms(1);
    let mut shaper = Shaper::<usize>::default();
    assert_eq!(shaper.admit(at(0), &terms, 1, (Normal, 1), &Sound), Admission::Now(None));
    for payload in 0..3 {
        let candidate =
            Candidate { level: Normal, weight: 1, kind: 2, submitted: at(1), arrival: 0, payload };
        shaper.wait(at(1), &terms, candidate, &Sound);
    }
    let drained: Vec<usize> = shaper.drain().into_iter().map(|candidate| candidate.payload).collect();
    assert_eq!(drained, [0, 2], "the one in the middle was replaced at once");
    assert_eq!(shaper.due(at(1), &terms, &Sound), None);
    assert_eq!(shaper.admit(at(2), &terms, 1, (Normal, 1), &Sound), Admission::Wait);
    assert_eq!((shaper.ranked(), shaper.types.len()), (0, 1));
}

#[test]
fn a_withdrawn_message_leaves_the_place_to_the_one_before_it() {
    let terms = former_terms(2);
    let mut shaper = Shaper::<usize>::default();
    let wait = |shaper: &mut Shaper<usize>, payload, weight| {
        let candidate = Candidate { level: Normal, weight, kind: 2, submitted: at(1), arrival: 0, payload };
        shaper.wait(at(1), &terms, candidate, &Sound)
    };
    for payload in 0..2 {
        shaper.admit(at(0), &terms, 1, (Normal, 1), &Sound);
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
        let (level, weight) = (Priority::ALL[(payload % 3) as usize], i64::from(payload % 7));
        let kind = i64::from(payload % 30);
        if shaper.admit(now, &terms, kind, (level, weight), &Sound) == Admission::Wait {
            let candidate = Candidate { level, weight, kind, submitted: now, arrival: 0, payload };
            shaper.wait(now, &terms, candidate, &Sound);
        }
        let (ranked, types) = (shaper.ranked(), shaper.types.len());
        assert!(ranked <= 50 && types <= 30);
    }
    let opening = shaper.open(at(1_000), &terms, &Sound);
    assert_eq!(opening.delivered.len(), 50);
    let ranked = opening.delivered.iter().filter(|(_, slot)| *slot == SlotKind::Ranked);
    assert!(ranked.map(|(candidate, _)| candidate.level).all(|level| level == High));
}
