//! A fault of a scenario file is shown where it stands, with the words that may stand there.

use super::Scenario;
use super::tests::LEAST;

/// Checks the complaint about `more`: without the frame, and with lines counted from the first line of `more`.
fn check_wrong(more: &str, expected: &str) {
    let said = Scenario::parse("x.toml", &format!("{LEAST}{more}")).expect_err("the scenario is wrong");
    let place = said.place().expect("placed");
    let arrow = format!("--> +{}:{}", place.line - LEAST.lines().count(), place.column);
    let rendered = said.to_string();
    let shown: Vec<&str> = rendered
        .lines()
        .filter(|line| line.trim() != "|")
        .map(|line| line.split_once(" | ").map_or_else(|| line.trim_start(), |(_, text)| text))
        .map(|line| if line.starts_with("-->") { &arrow } else { line })
        .collect();
    assert_eq!(shown.join("\n"), expected.trim_matches('\n'));
}

#[test]
fn misspelt_key_of_an_event_is_shown() {
    check_wrong(
        "[[event]]\nat = \"1m\"\ndo = \"delete-group\"\ngrup = \"g1\"\n",
        "
error: unknown key `grup` in [[event]]
--> +4:1
grup = \"g1\"
^^^^
= expected one of: do, at, group
= did you mean `group`?",
    );
}

#[test]
fn unknown_act_is_shown_with_all_acts() {
    check_wrong(
        "[[event]]\nat = \"1m\"\ndo = \"delete-gruop\"\ngroup = \"g1\"\n",
        "
error: unknown act `delete-gruop`
--> +3:6
do = \"delete-gruop\"
     ^^^^^^^^^^^^^^
= expected one of: awkward, budget-burst, change-admins, create-group, delete-during-send, delete-group, disable-app, drain-group, enable-app, join-wave, kick, leave-wave, messages, modify-group, mute-all, mute-users, quota-burst, recall, reopen-group, restore-at-edge, restore-group, retention-edge, time-jump, unmute-all
= did you mean `delete-group`?",
    );
}

#[test]
fn key_that_the_act_does_not_take_is_refused() {
    check_wrong(
        "[[event]]\nat = \"1m\"\ndo = \"delete-group\"\ngroup = \"g1\"\nrate = 50\n",
        "
error: unknown key `rate` in [[event]]
--> +5:1
rate = 50
^^^^
= expected one of: do, at, group, name",
    );
}

#[test]
fn unknown_group_suggests_the_nearest() {
    check_wrong(
        "[[event]]\nat = \"1m\"\ndo = \"delete-group\"\ngroup = [\"g1\", \"q2\"]\n",
        "
error: unknown group `q2`
--> +4:16
group = [\"g1\", \"q2\"]
               ^^^^
= expected one of: g1, g2, g3
= did you mean `g2`?",
    );
}

#[test]
fn range_of_groups_that_runs_downwards_is_refused() {
    check_wrong(
        "[[event]]\nat = \"1m\"\ndo = \"mute-all\"\ngroup = \"g3..g1\"\n",
        "
error: `g3..g1` runs downwards
--> +4:9
group = \"g3..g1\"
        ^^^^^^^^",
    );
}

#[test]
fn event_after_the_end_is_refused() {
    check_wrong(
        "[[event]]\nat = \"11m\"\ndo = \"delete-group\"\ngroup = \"g1\"\n",
        "
error: 11m is after the end of the show, which lasts 10m
--> +2:6
at = \"11m\"
     ^^^^^",
    );
}

#[test]
fn fault_shorter_than_its_stability_is_refused() {
    check_wrong(
        "[[fault]]\nat = \"1m\"\nkind = \"outage\"\nfor = \"10ms\"\n",
        "
error: a fault `outage` lasts at least 1s, not 10ms
--> +4:7
for = \"10ms\"
      ^^^^^^",
    );
}

#[test]
fn fault_of_the_service_has_no_target() {
    check_wrong(
        "[[fault]]\nat = \"1m\"\nkind = \"crash\"\nfor = \"2s\"\nshare = 5\n",
        "
error: unknown key `share` in [[fault]]
--> +5:1
share = 5
^^^^^
= expected one of: kind, at, torn, for, name",
    );
}

#[test]
fn missing_parameter_of_a_fault_is_named() {
    check_wrong(
        "[[fault]]\nat = \"1m\"\nkind = \"loss\"\nfor = \"2s\"\n",
        "
error: missing key `ppm` in [[fault]]
--> +1:1
[[fault]]
^^^^^^^^^",
    );
}

#[test]
fn two_faults_of_one_name_are_refused() {
    check_wrong(
        "[[fault]]\nat = \"1m\"\nkind = \"kill\"\nfor = \"2s\"\n[[fault]]\nat = \"1m\"\nkind = \"kill\"\nfor = \"3s\"\n",
        "
error: two faults are called `kill@1m`; give one of them a `name`
--> +5:1
[[fault]]
^^^^^^^^^",
    );
}

#[test]
fn audience_has_no_duties() {
    check_wrong(
        "[[population]]\nname = \"fan\"\nkind = \"audience\"\nusers = 1\nkick = \"1m\"\n",
        "
error: unknown key `kick` in [[population]]
--> +5:1
kick = \"1m\"
^^^^
= expected one of: name, kind, users, group, arrive, stay, comment, gift, like, latency, second-group, lurk, two-devices, churn, clock, token",
    );
}

#[test]
fn name_with_a_number_cannot_be_a_population() {
    check_wrong(
        "[[population]]\nname = \"fan1\"\nkind = \"audience\"\nusers = 1\n",
        "
error: `fan1` is not a name of 1 to 48 letters
--> +2:8
name = \"fan1\"
       ^^^^^^",
    );
}

#[test]
fn second_group_of_one_name_is_refused() {
    check_wrong(
        "[[group]]\nname = \"g2\"\n",
        "
error: there is another group `g2`
--> +2:8
name = \"g2\"
       ^^^^",
    );
}

#[test]
fn two_ways_to_give_weights_are_refused() {
    check_wrong(
        "[[group]]\nname = \"h\"\nweight = 3\nzipf = 9\n",
        "
error: give only one of `weight`, `weights` and `zipf`
--> +4:8
zipf = 9
       ^",
    );
}

#[test]
fn weights_are_one_for_each_group() {
    check_wrong(
        "[[group]]\nname = \"h\"\ncount = 2\nweights = [1, 2, 3]\n",
        "
error: 3 weights for 2 groups
--> +4:11
weights = [1, 2, 3]
          ^^^^^^^^^",
    );
}

#[test]
fn unknown_rule_reading_limit_and_operation_suggest_the_nearest() {
    for (more, word, suggestion) in [
        (
            "[expect]\nrules = [\"supergroup.treshold.members\"]\n",
            "supergroup.treshold.members",
            "supergroup.threshold.members",
        ),
        ("[limits]\ngroup-member-max = 3\n", "group-member-max", "group-members-max"),
        (
            "[[backend]]\nname = \"b\"\ncalls = { ListLiveMesageApps = \"1s\" }\n",
            "ListLiveMesageApps",
            "ListLiveMessageApps",
        ),
    ] {
        let said = Scenario::parse("x.toml", &format!("{LEAST}{more}")).expect_err(word);
        assert_eq!((said.offending(), said.suggestion()), (Some(word), Some(suggestion)));
    }
    let id = claque_core::Readings::ids().first().expect("there is a reading");
    let said = Scenario::parse("x.toml", &format!("{LEAST}[readings]\n\"{id}x\" = \"y\"\n")).expect_err("id");
    assert_eq!((said.message(), said.suggestion()), (format!("unknown reading `{id}x`").as_str(), Some(*id)));
    let said =
        Scenario::parse("x.toml", &format!("{LEAST}[readings]\n\"{id}\" = \"zzz\"\n")).expect_err("word");
    assert_eq!(said.message(), format!("unknown alternative of `{id}` `zzz`"));
    assert_eq!(said.expected(), claque_core::Readings::alternatives(id).expect("known"));
}

#[test]
fn limit_of_the_wrong_kind_is_refused() {
    check_wrong(
        "[limits]\nheartbeat-timeout = 15\n",
        "
error: `heartbeat-timeout` in [limits] is the number 15, expected a text
--> +2:21
heartbeat-timeout = 15
                    ^^",
    );
}

#[test]
fn empty_scenarios_say_what_they_lack() {
    for (text, said) in [
        ("duration = \"1m\"\n", "missing key `says` in the file"),
        ("says = \"x\"\nduration = \"0s\"\n", "a show lasts longer than nothing"),
        ("says = \"x\"\nduration = \"1m\"\n", "a scenario has at least one application: add [[app]]"),
        (
            "says = \"x\"\nduration = \"1m\"\n[[app]]\nname = \"ab\"\n",
            "a scenario has at least one group: add [[group]]",
        ),
        (
            "says = \"x\"\nduration = \"1m\"\n[[app]]\nname = \"ab\"\n[[group]]\nname = \"g\"\n",
            "a scenario has at least one user: add [[population]] with `users`",
        ),
    ] {
        assert_eq!(Scenario::parse("x.toml", text).expect_err(said).message(), said);
    }
}
