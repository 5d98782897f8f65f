//! Every short sequence of calls: the sound service gives no finding, and mutants are found by a sequence that reproduces.

use claque_core::{Mutant, Rule};
use claque_lab::explore::{Exploration, ExploreOptions, SCOPES, explore, replay};

/// Mutants, with the scope and the number of steps that show each: by a step, by what is read, by a restart, and in one
/// scope only. Two of them are planted bugs that no case of the suite reveals.
const MUTANTS: [(&str, usize, usize); 8] = [
    ("kick-untold", 0, 1),
    ("deletion-keeps-members", 0, 1),
    ("deleted-group-counters", 0, 1),
    ("heartbeat-timeout-doubled", 0, 1),
    ("supergroup-one-later", 1, 1),
    ("budget-plus-one", 1, 2),
    ("exit-under-way-lost", 0, 2),
    ("second-device-over-lost-link-untold", 0, 2),
];

fn explored(scope: usize, depth: usize, mutation: Option<Mutant>, threads: usize) -> Exploration {
    let options = ExploreOptions { bounds: SCOPES[scope], depth, mutation, threads };
    explore(&options, &mut |_| true)
}

#[test]
fn the_sound_service_gives_no_finding() {
    for (scope, bounds) in SCOPES.iter().enumerate() {
        let sound = explored(scope, 2, None, 2);
        assert_eq!(sound.findings, [], "{}", bounds.name);
        assert_eq!(sound.levels.len(), 3);
        // Fewer than all sequences, because many lead to one state, and more than the steps alone.
        assert!(sound.states() > 100 && sound.states() < sound.transitions(), "{sound:?}");
    }
}

#[test]
fn mutants_are_found_under_their_rule_by_the_fewest_steps_and_the_steps_reproduce() {
    for (id, scope, steps) in MUTANTS {
        let mutant = Mutant::from_id(id).expect(id);
        let found = explored(scope, 2, Some(mutant), 1);
        let first = found.findings.iter().find(|finding| finding.rule == Some(mutant.rule()));
        let first = first.unwrap_or_else(|| panic!("{id} is not found under its rule: {:?}", found.findings));
        assert_eq!(first.steps.len(), steps, "{id}: {first}");
        let line = first.steps.join(",");
        let again = |mutation| replay(&line, SCOPES[scope], mutation).expect("steps that were found");
        let same = again(Some(mutant)).expect("it fails again");
        assert_eq!((&same.steps, same.rule), (&first.steps, first.rule), "{id}");
        assert_eq!(again(None), None, "{id}: the sound service passes");
    }
}

#[test]
fn a_restart_that_forgets_something_is_seen_at_once() {
    let forgets = Mutant::from_id("restart-forgets-lost-links");
    let found = explored(0, 2, forgets, 1);
    let by_restart = found.findings.iter().find(|finding| finding.probe == Some("restart"));
    let by_restart = by_restart.expect("a restart shows it");
    assert_eq!(by_restart.steps, ["ada-loses-link"]);
    // As a campaign names it: by the first field of the state that is not what it was.
    assert_eq!(by_restart.rule, Some(Rule::MembershipSessionTimeout), "{by_restart}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mutant = Mutant::from_id("kick-untold");
    assert_eq!(explored(0, 2, mutant, 1), explored(0, 2, mutant, 3));
    assert_eq!(explored(1, 2, None, 1), explored(1, 2, None, 3));
}

#[test]
fn a_step_that_is_none_is_named() {
    let said = replay("ada-joins,ada-sings", SCOPES[0], None).expect_err("no step");
    let expected = "`ada-sings` is no step; did you mean ada-joins? the steps are ada-logs-on, ";
    assert!(said.starts_with(expected), "{said}");
}
