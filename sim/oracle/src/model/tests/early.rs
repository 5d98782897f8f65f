//! A service that delivers earlier than it must breaks no rule: the oracle goes by one reading of the floor, the
//! service by another that gives the newest message of a type whatever slot is free.

use claque_core::reading::{ShaperFloor, ShaperWindow};
use claque_core::{
    ClientRequest, ClientSend, CreateLiveMessageGroup, Duration, Input, Priority, Readings, Rule,
};

use super::{Trial, key};
use crate::model::Model;
use crate::verdict::Verdict;

/// Bursts over the limit of three types, of one service as the oracle of another sees it.
fn bursts(service: Readings, oracle: Readings) -> Verdict {
    let mut trial = Trial::new(service, &|_, _| {});
    let mut limits = trial.service.config().limits.clone();
    limits.group_messages_per_second = 4;
    trial.model = Model::new(&claque_core::Config { readings: oracle, ..trial.service.config().clone() });
    trial.step("limits", Input::SetLimits(limits));
    let app_id = trial.create_app();
    let (group_id, creator_id) = ("g".to_owned(), Some("ada".to_owned()));
    trial.ask("group", CreateLiveMessageGroup { app_id, group_id, creator_id, ..Default::default() });
    let ada = trial.log_on("ada", "ada", 0);
    trial.client("join", ada, ClientRequest::Join(key()));
    for burst in 0..12_u64 {
        trial.wait(Duration::from_millis(if burst % 3 == 2 { 3_000 } else { 700 }));
        for nth in 0..9_u64 {
            trial.wait(Duration::from_millis(7));
            let of_medium = (nth == 4 || nth == 5) && burst % 2 == 0;
            let level = if of_medium { Priority::Medium } else { Priority::Normal };
            let kind = 10_001 + i64::try_from((burst + nth) % 3).unwrap_or(0);
            let send = ClientSend::new(kind, level, "x");
            trial.apply(trial.now, "say", Input::Client(ada, ClientRequest::Send(key(), send)));
        }
    }
    trial.wait(Duration::from_secs(20));
    trial.model.finish(trial.now);
    trial.model.verdict()
}

#[test]
fn whatever_reading_of_the_floor_the_oracle_goes_by() {
    for window in [ShaperWindow::Outrank, ShaperWindow::RankedExcess, ShaperWindow::ImmediateOnly] {
        let early =
            Readings { shaper_window: window, shaper_floor: ShaperFloor::Sent, ..Readings::default() };
        for floor in [ShaperFloor::Sent, ShaperFloor::Sliding, ShaperFloor::Fixed] {
            let oracle = Readings { shaper_floor: floor, ..early };
            assert_eq!(bursts(early, oracle), Verdict::Pass, "{window:?}, judged by {floor:?}");
        }
    }
}

#[test]
fn whoever_keeps_more_than_outranks_is_found_out() {
    let more = Readings { shaper_window: ShaperWindow::RankedExcess, ..Readings::default() };
    let Verdict::Fail(failure) = bursts(more, Readings::default()) else { panic!("nobody notices") };
    assert_eq!(failure.rule, Some(Rule::ShaperOverloadDiscards), "{}", failure.evidence);
}

#[test]
fn whoever_carries_nothing_is_found_out() {
    let less = Readings { shaper_window: ShaperWindow::ImmediateOnly, ..Readings::default() };
    let Verdict::Fail(failure) = bursts(less, Readings::default()) else { panic!("nobody notices") };
    assert_eq!(failure.rule, Some(Rule::PriorityHighFirst), "{}", failure.evidence);
}
