//! The alphabet of a small scope: what may happen next, as data.

use claque_core::Priority;
use claque_document::diagnostic::nearest;

/// Who acts: a user of the first application, or the user of the second who has the name of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeUser {
    Ada,
    Bob,
    /// `ada` of the other application, who is in a group `g` of hers.
    OtherAda,
}

/// What the back end of an application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BackEndAct {
    Delete,
    Disable,
    Enable,
    KickAda,
    Mute,
    MuteAll,
    /// Takes back the newest message that was accepted.
    Recall,
    Restore,
    Say,
    Unmute,
    UnmuteAll,
}

/// How far time goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeStep {
    /// To the first instant of the next second.
    Second,
    /// To the last instant before something falls due.
    BeforeDeadline,
    /// To the instant at which something falls due.
    Deadline,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepAct {
    LogOn(ScopeUser, u32),
    LogOff(ScopeUser),
    LoseLink(ScopeUser),
    Return(ScopeUser),
    Join(ScopeUser),
    Leave(ScopeUser),
    Say(ScopeUser, Priority),
    BackEnd(BackEndAct),
    OtherBackEnd(BackEndAct),
    Pass(TimeStep),
}

/// A step by its place in [`STEPS`].
pub(super) type StepNumber = u8;

/// Every step with its name. What is found is said in names, so that the order may change.
pub(super) const STEPS: [(&str, StepAct); 34] = [
    ("ada-logs-on", StepAct::LogOn(ScopeUser::Ada, 0)),
    ("ada-logs-on-elsewhere", StepAct::LogOn(ScopeUser::Ada, 1)),
    ("ada-logs-off", StepAct::LogOff(ScopeUser::Ada)),
    ("ada-loses-link", StepAct::LoseLink(ScopeUser::Ada)),
    ("ada-returns", StepAct::Return(ScopeUser::Ada)),
    ("ada-joins", StepAct::Join(ScopeUser::Ada)),
    ("ada-leaves", StepAct::Leave(ScopeUser::Ada)),
    ("ada-says-normal", StepAct::Say(ScopeUser::Ada, Priority::Normal)),
    ("ada-says-high", StepAct::Say(ScopeUser::Ada, Priority::High)),
    ("bob-logs-on", StepAct::LogOn(ScopeUser::Bob, 0)),
    ("bob-logs-off", StepAct::LogOff(ScopeUser::Bob)),
    ("bob-loses-link", StepAct::LoseLink(ScopeUser::Bob)),
    ("bob-returns", StepAct::Return(ScopeUser::Bob)),
    ("bob-joins", StepAct::Join(ScopeUser::Bob)),
    ("bob-leaves", StepAct::Leave(ScopeUser::Bob)),
    ("bob-says-medium", StepAct::Say(ScopeUser::Bob, Priority::Medium)),
    ("back-end-says", StepAct::BackEnd(BackEndAct::Say)),
    ("recalls", StepAct::BackEnd(BackEndAct::Recall)),
    ("kicks-ada", StepAct::BackEnd(BackEndAct::KickAda)),
    ("mutes-ada", StepAct::BackEnd(BackEndAct::Mute)),
    ("unmutes-ada", StepAct::BackEnd(BackEndAct::Unmute)),
    ("mutes-all-but-bob", StepAct::BackEnd(BackEndAct::MuteAll)),
    ("unmutes-all", StepAct::BackEnd(BackEndAct::UnmuteAll)),
    ("deletes-group", StepAct::BackEnd(BackEndAct::Delete)),
    ("restores-group", StepAct::BackEnd(BackEndAct::Restore)),
    ("disables-app", StepAct::BackEnd(BackEndAct::Disable)),
    ("enables-app", StepAct::BackEnd(BackEndAct::Enable)),
    ("other-back-end-says", StepAct::OtherBackEnd(BackEndAct::Say)),
    ("other-mutes-all", StepAct::OtherBackEnd(BackEndAct::MuteAll)),
    ("other-deletes-group", StepAct::OtherBackEnd(BackEndAct::Delete)),
    ("other-ada-leaves", StepAct::Leave(ScopeUser::OtherAda)),
    ("second-passes", StepAct::Pass(TimeStep::Second)),
    ("until-before-deadline", StepAct::Pass(TimeStep::BeforeDeadline)),
    ("until-deadline", StepAct::Pass(TimeStep::Deadline)),
];

/// The names of steps, in order.
pub(super) fn names_of(steps: &[StepNumber]) -> Vec<&'static str> {
    steps.iter().map(|step| STEPS[usize::from(*step)].0).collect()
}

/// The steps that a line of names, with commas between them, tells.
///
/// # Errors
///
/// That a name is unknown.
pub(super) fn read(line: &str) -> Result<Vec<StepNumber>, String> {
    let number = |name: &str| {
        let at = STEPS.iter().position(|(known, _)| *known == name);
        let number = at.and_then(|at| StepNumber::try_from(at).ok());
        number.ok_or_else(|| {
            let known: Vec<&str> = STEPS.iter().map(|(known, _)| *known).collect();
            let near = nearest(name, known.iter().copied());
            let hint = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
            format!("`{name}` is no step; {hint}the steps are {}", known.join(", "))
        })
    };
    line.split(',').map(str::trim).filter(|name| !name.is_empty()).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::{STEPS, StepNumber, names_of, read};

    #[test]
    fn every_step_has_a_name_of_its_own_that_reads_back() {
        let all: Vec<StepNumber> = (0..).take(STEPS.len()).collect();
        assert_eq!(read(&names_of(&all).join(",")), Ok(all));
        assert!(read("ada-joins,ada-sings").expect_err("no step").starts_with("`ada-sings` is no step"));
    }
}
