//! The journal on a simulated disk, without drawing: every call fails once in every way, alone and with the next one,
//! and nothing acknowledged is lost; every deliberate fault of a journal is found.

use claque_core::journal::{DiskCall, JournalMutant};
use claque_sim::disk::enumeration::{Depth, Point, damage, followed, play, play_all, points};

#[test]
fn every_call_fails_in_every_way_and_nothing_acknowledged_is_lost() {
    let points = points(None).expect("nothing fails");
    let totals = play(&points, Depth::Full, None).unwrap_or_else(|what| panic!("{what}"));
    assert_eq!(totals.points, points.len() as u64);
    assert!(totals.points > 2_500 && totals.crashes > 100_000, "{totals:?}");
}

#[test]
fn the_call_after_a_failed_one_fails_too_and_nothing_acknowledged_is_lost() {
    let followed = followed(&points(None).expect("nothing fails"), None).expect("one failure is survived");
    let totals = play(&followed, Depth::Short, None).unwrap_or_else(|what| panic!("{what}"));
    assert!(totals.points > 8_000, "{totals:?}");
    // Whether a rename happened is asked only when it failed.
    let asked = |point: &&Point| point.what == DiskCall::Rename;
    assert!(followed.iter().filter(asked).count() > 10, "a failed rename is asked for, and that fails");
}

#[test]
fn the_histories_make_every_call_and_each_fails_in_more_than_one_way() {
    let points = points(None).expect("nothing fails");
    for call in [
        DiskCall::Open,
        DiskCall::Create,
        DiskCall::Read,
        DiskCall::Write,
        DiskCall::Reserve,
        DiskCall::Truncate,
        DiskCall::Sync,
        DiskCall::SyncDirectory,
        DiskCall::Rename,
        DiskCall::Remove,
    ] {
        let failures: Vec<_> = points.iter().filter(|point| point.what == call).collect();
        assert!(failures.len() > 1, "{call:?} fails in {} ways", failures.len());
    }
}

#[test]
fn every_flipped_bit_and_every_lost_journal_is_noticed() {
    let totals = damage(None).unwrap_or_else(|what| panic!("{what}"));
    assert!(totals.damages > 20_000, "{totals:?}");
}

#[test]
fn every_fault_of_a_journal_is_found_without_drawing() {
    for mutant in JournalMutant::ALL {
        assert!(play_all(Depth::Short, Some(*mutant)).is_err(), "the enumeration survives {mutant:?}");
    }
}
