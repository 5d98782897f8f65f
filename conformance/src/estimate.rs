//! The load of a run on a subject, before the first call: so that a user who pays for calls, or waits, knows.

use claque_core::Duration;

use crate::case::{Action, Case, Given};
use crate::runner::{CALL_SPACING, not_applicable};
use crate::subject::Subject;

/// The totals of the cases of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Cases that are played.
    pub cases: u64,
    /// Cases that are not applicable.
    pub not_applicable: u64,
    /// Server-side calls, those that delete what the cases made not counted.
    pub calls: u64,
    /// Actions of audience clients.
    pub client_actions: u64,
    /// Groups that are made.
    pub groups: u64,
    /// Applications that the cases make or share.
    pub applications: u64,
    /// The time that passes in the cases by their own clocks: at least so long where the clock cannot be set.
    pub time: Duration,
}

/// The time between the givens and the first step, where time really passes.
const BEFORE_STEPS: Duration = Duration::from_millis(1_100);

impl Estimate {
    /// The load of some cases on a subject. Nothing is asked of it.
    #[must_use]
    pub fn of(cases: &[&Case], subject: &dyn Subject) -> Self {
        let mut all = Self::default();
        for case in cases {
            if not_applicable(case, subject).is_some() {
                all.not_applicable += 1;
            } else {
                all.add(case);
            }
        }
        all
    }

    fn add(&mut self, case: &Case) {
        self.cases += 1;
        let before = self.calls;
        for given in &case.given {
            match given {
                Given::App { .. } => {
                    self.calls += 1;
                    self.applications += 1;
                }
                Given::Group { members, crowd, .. } => {
                    self.calls += 1;
                    self.groups += 1;
                    self.client_actions += 2 * (members.len() as u64 + u64::from(*crowd));
                }
                Given::Online { clients, .. } => self.client_actions += clients.len() as u64,
            }
        }
        let given = self.calls - before;
        let mut end = Duration::ZERO;
        for step in &case.steps {
            let repeat = u64::from(step.repeat);
            end = step.end();
            if let Some(call) = step.call() {
                self.calls += repeat;
                match call.operation.as_str() {
                    "CreateLiveMessageApp" | "CreateMessageApp" => self.applications += repeat,
                    "CreateLiveMessageGroup" | "CreateMessageGroup" => self.groups += repeat,
                    _ => {}
                }
            }
            self.client_actions += if matches!(step.action, Action::Client(_)) { repeat } else { 0 };
        }
        let spaced = Duration::from_micros(CALL_SPACING.as_micros().saturating_mul(given));
        self.time = self.time + end + spaced + BEFORE_STEPS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_file::read_case;
    use crate::subject::CoreSubject;

    #[test]
    fn everything_that_a_case_does_is_counted() {
        let text = r#"rules = ["group.admins.max"]
summary = "A case."
given = [{ app = "app" }, { group = "g", members = ["bob", "cid"] }, { online = ["dan"] }]
steps = [
  { call = "CreateLiveMessageGroup", repeat = 3, every = "2s", with = { GroupId = "h${n}" } },
  { client = "bob", do = "logout" },
]"#;
        let case = read_case("group/one.toml", text).expect("it is a case");
        let seen = Estimate::of(&[&case], &CoreSubject::sound());
        let expected = Estimate {
            cases: 1,
            not_applicable: 0,
            calls: 5,
            client_actions: 6,
            groups: 4,
            applications: 1,
            time: Duration::from_millis(4_000 + 200 + 1_100),
        };
        assert_eq!(seen, expected);
    }
}
