//! The rules that a scenario expects to be reached, and when this is demanded.

use std::fmt;

use claque_core::Rule;

use crate::Scenario;
use crate::identity::Identity;

/// The rules that a scenario expects: a run must reach all of them, and a campaign each of them in at least one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRules {
    rules: Vec<Rule>,
    waived: Option<&'static str>,
}

impl ExpectedRules {
    /// Those of a scenario as it is written, before the identity changes it.
    #[must_use]
    pub fn of(scenario: &Scenario, identity: &Identity) -> Self {
        Self { rules: scenario.expect.clone(), waived: identity.changes_show(scenario) }
    }

    /// The same, and not demanded for this reason, unless there was a reason already.
    #[must_use]
    pub fn waived_for(mut self, reason: Option<&'static str>) -> Self {
        self.waived = self.waived.or(reason);
        self
    }

    /// The rules that were not reached.
    #[must_use]
    pub fn unreached(&self, reached: impl Fn(Rule) -> bool) -> UnreachedRules {
        let rules = self.rules.iter().copied().filter(|rule| !reached(*rule)).collect();
        UnreachedRules { rules, of: self.rules.len(), waived: self.waived }
    }
}

/// The expected rules that were not reached. Printed, it is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreachedRules {
    rules: Vec<Rule>,
    of: usize,
    waived: Option<&'static str>,
}

impl UnreachedRules {
    /// The rules, in the scenario's order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether all were reached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether they had to be reached, so that the run or the campaign fails.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        !self.rules.is_empty() && self.waived.is_none()
    }
}

impl fmt::Display for UnreachedRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.rules.iter().map(|rule| rule.id()).collect();
        let (missing, of, names) = (names.len(), self.of, names.join(", "));
        write!(f, "{missing} of {of} rules that the scenario expects were not reached: {names}; ")?;
        match self.waived {
            Some(reason) => write!(f, "this is not demanded here, because {reason}"),
            None => f.write_str("change the scenario so that they are, or take them out of its [expect]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Rule;

    use super::ExpectedRules;
    use crate::Scenario;
    use crate::identity::IdentityRequest;

    /// What is said of a run of `smoke` that reaches no rule at all.
    fn said(options: &str) -> (bool, String) {
        let scenario = Scenario::builtin("smoke").expect("built in");
        let line = format!("--scenario smoke {options}");
        let identity = IdentityRequest::parse(&line).expect("a line").resolve(&scenario, None, None);
        let unreached = ExpectedRules::of(&scenario, &identity.expect("right")).unreached(|_| false);
        assert_eq!(unreached.rules(), scenario.expect, "nothing was reached");
        (unreached.is_failure(), unreached.to_string())
    }

    #[test]
    fn what_changes_the_show_takes_the_demand_off_and_is_named() {
        for (options, reason) in [
            ("--swarm", "--swarm draws another show for each seed"),
            ("--users 50", "--users changes the size of the show"),
            ("--reading shaper.window=window-close", "--reading changes what the rules mean"),
        ] {
            let (fails, text) = said(options);
            assert!(!fails && text.ends_with(reason), "{options}: {text}");
        }
    }

    #[test]
    fn another_seed_a_mutant_and_a_default_that_is_given_leave_the_demand() {
        let users = Scenario::builtin("smoke").expect("built in").users();
        for options in ["", "--seed 9", "--mutant budget-plus-one", &format!("--users {users}")] {
            let (fails, text) = said(options);
            assert!(fails && text.contains("supergroup.reopen.normal"), "{options}: {text}");
        }
    }

    #[test]
    fn a_rule_that_was_reached_is_not_missed() {
        let scenario = Scenario::builtin("smoke").expect("built in");
        let identity =
            IdentityRequest::parse("--scenario smoke").expect("a line").resolve(&scenario, None, None);
        let expected = ExpectedRules::of(&scenario, &identity.expect("right"));
        let missed = |rule| expected.unreached(|reached| reached != rule);
        assert_eq!(missed(Rule::SupergroupReopenNormal).rules(), [Rule::SupergroupReopenNormal]);
        assert!(!expected.unreached(|_| true).is_failure());
        let early = expected.clone().waived_for(Some("it ended early")).unreached(|_| false);
        assert!(!early.is_failure() && early.to_string().ends_with("because it ended early"));
    }
}
