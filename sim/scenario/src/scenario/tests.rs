//! Scenarios are read as they are written, and built-in ones hold what their pages promise.

use std::num::NonZeroU32;

use claque_core::{Duration, Operation, Priority, Rule};
use claque_document::units::{Between, Rate, Skew};
use proptest::prelude::*;

use super::{
    Arrivals, Direction, FaultKind, FaultName, GroupNumber, LatencyShape, LimitValue, MessageKind,
    PopulationKind, PopulationNumber, Scenario, ScriptAction, StreamOrigin,
};

/// The least that a scenario must say.
pub(super) const LEAST: &str = r#"says = "x"
duration = "10m"
[[app]]
name = "show"
[[group]]
name = "g"
count = 3
[[population]]
name = "viewer"
kind = "audience"
users = 30
"#;

fn least_and(more: &str) -> Scenario {
    Scenario::parse("x.toml", &format!("{LEAST}{more}")).expect("the scenario is right")
}

#[test]
fn every_builtin_scenario_is_right_and_called_by_its_name() {
    for name in Scenario::builtin_names() {
        let scenario = Scenario::builtin(name).unwrap_or_else(|said| panic!("{said}"));
        assert_eq!(scenario.name, name);
        assert!(scenario.says.ends_with('.'), "{name}: {}", scenario.says);
    }
    assert_eq!(Scenario::builtin_names().next(), Some(Scenario::DEFAULT));
    assert!(Scenario::builtin_text(Scenario::DEFAULT_FOR_CHAT).is_some());
}

#[test]
fn unknown_builtin_scenario_suggests_the_nearest() {
    assert_eq!(
        Scenario::builtin("evenning-show").expect_err("misspelt").to_string(),
        "error: unknown scenario `evenning-show`
--> evenning-show
 = expected one of: evening-show, arena, bystanders, recorded-chat, selftest, smoke, stadium, swarm, workload-a, workload-b, workload-c
 = did you mean `evening-show`?
 = help: give one of these names, or the path of a scenario file"
    );
}

#[test]
fn evening_show_is_what_the_default_promises() {
    let show = Scenario::builtin(Scenario::DEFAULT).expect("built in");
    assert_eq!((show.users(), show.groups.len()), (20_000, 60));
    assert_eq!(show.duration, Duration::from_secs(30 * 60));
    let attending = |group| -> u32 {
        (0..)
            .zip(&show.populations)
            .filter(|(_, population)| population.kind == PopulationKind::Audience)
            .flat_map(|(number, _)| show.attendance(PopulationNumber(number)))
            .filter(|attendance| attendance.group == group)
            .map(|attendance| attendance.users)
            .sum()
    };
    let sizes: Vec<u32> = (0..60).map(|number| attending(GroupNumber(number))).collect();
    // With a tenth of the viewers away at times, 2,200 users keep a group above 2,000.
    assert_eq!(sizes.iter().filter(|size| **size > 2_200).count(), 2, "{sizes:?}");
    assert_eq!(sizes.iter().filter(|size| **size > 1_800).count(), 2, "{sizes:?}");
    let names: Vec<&str> = show.events.iter().map(|event| event.action.word()).collect();
    for word in ["drain-group", "reopen-group", "delete-group", "restore-group", "messages", "time-jump"] {
        assert!(names.contains(&word), "{word}");
    }
    assert!(show.events.iter().any(|it| it.action == ScriptAction::TimeJump { by: Duration::from_days(31) }));
    let brown_out = show.faults.iter().find(|it| matches!(it.kind, FaultKind::BrownOut { .. }));
    assert_eq!(brown_out.expect("there is one").target.share.as_u16(), 333);
}

#[test]
fn sizes_of_the_other_scenarios_are_what_they_say() {
    let of = |name| Scenario::builtin(name).expect("built in");
    assert_eq!((of("stadium").users(), of("arena").users()), (1_000_000, 100_000));
    for (name, groups, members, rate, seconds) in [
        ("workload-a", 1, 2_000, 50, 60),
        ("workload-b", 100, 200, 20, 20),
        ("workload-c", 1, 100_000, 50, 2),
    ] {
        let workload = of(name);
        let attendance = workload.attendance(PopulationNumber(0));
        assert_eq!(attendance.len(), groups, "{name}");
        assert!(attendance.iter().all(|attendance| attendance.users == members), "{name}");
        let [event] = workload.events.as_slice() else { panic!("{name} has one event") };
        let ScriptAction::Messages(stream) = event.action else { panic!("{name} sends messages") };
        assert_eq!(
            (stream.rate, stream.lasts),
            (Rate::per_second(rate), Duration::from_secs(seconds)),
            "{name}"
        );
        assert_eq!(event.groups.len(), groups, "{name}");
        let range = Between::new(Duration::from_millis(20), Duration::from_millis(200));
        assert_eq!((workload.network.latency.range, workload.faults.len()), (range, 0), "{name}");
    }
}

#[test]
fn defaults_are_the_documented_ones() {
    let scenario = least_and("");
    assert_eq!(scenario.start.unix_seconds(), 1_750_417_200);
    assert_eq!(scenario.settle, Duration::from_secs(120));
    assert_eq!(scenario.changed_limits(), claque_core::Limits::default());
    assert_eq!(scenario.readings, claque_core::Readings::default());
    let [viewer] = scenario.populations.as_slice() else { panic!("one population") };
    assert_eq!((viewer.groups.len(), viewer.habits.len(), viewer.arrive_over), (3, 0, Duration::ZERO));
    let names: Vec<&str> = scenario.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["g1", "g2", "g3"]);
}

#[test]
fn populations_are_read_with_all_their_keys() {
    let scenario = least_and(
        r#"
[[population]]
name = "mod"
kind = "administrators"
users = 2
group = ["g1", "g3"]
arrive = "1m..90s"
stay = "5m"
lurk = 250
comment = "2m"
gift = { every = "1h", burst = 3, gap = "50ms", body-bytes = "9", level = "normal" }
mute = { every = "10m", for = "30s" }
kick = "1h"
churn = { share = 10, stay = "1m", away = "2s" }
clock = { offset = "2s", drift-ppm = 50 }
token = "10m"
latency = "1s..2s"
"#,
    );
    let population = scenario.population(PopulationNumber(1));
    assert_eq!(population.kind, PopulationKind::Administrators);
    assert_eq!(population.groups, [GroupNumber(0), GroupNumber(2)]);
    assert_eq!(
        (population.arrive_at, population.arrive_over),
        (Duration::from_secs(60), Duration::from_secs(30))
    );
    let [comment, gift] = population.habits.as_slice() else { panic!("two habits") };
    assert_eq!((comment.kind, comment.level, comment.burst), (MessageKind::Comment, Priority::Medium, 1));
    assert_eq!((gift.level, gift.burst, gift.body_bytes), (Priority::Normal, 3, Between::new(9, 9)));
    assert_eq!(population.duties.len(), 2);
    assert_eq!(population.churn.map(|churn| churn.share.as_u16()), Some(10));
    assert_eq!((population.clock.drift_ppm, population.token), (50, Duration::from_secs(600)));
    assert!(population.latency.is_some() && population.stay.is_some());
}

#[test]
fn time_lines_are_sorted_and_named() {
    let scenario = least_and(
        r#"
[[fault]]
kind = "partition"
at = "2m"
for = "5s"
direction = "up"
share = 100
group = "g2..g3"
[[fault]]
kind = "clock-step"
at = "1m"
by = "-2s"
[[event]]
do = "messages"
at = "1m"
group = "all"
kind = "like"
rate = "3/m"
from = "backend"
arrivals = "even"
[[event]]
do = "time-jump"
at = "0s"
by = "1h30m"
"#,
    );
    let faults: Vec<&str> = scenario.faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(faults, ["clock-step@1m", "partition@2m"]);
    let [step, partition] = scenario.faults.as_slice() else { panic!("two faults") };
    assert_eq!(step.kind, FaultKind::ClockStep { by: Skew(-2_000_000) });
    assert_eq!(partition.kind, FaultKind::Partition { direction: Direction::Up });
    assert_eq!(partition.target.groups, Some(vec![GroupNumber(1), GroupNumber(2)]));
    let [jump, messages] = scenario.events.as_slice() else { panic!("two events") };
    assert_eq!(jump.action, ScriptAction::TimeJump { by: Duration::from_secs(5_400) });
    let ScriptAction::Messages(stream) = messages.action else { panic!("messages come second") };
    assert_eq!(
        (stream.from, stream.arrivals, stream.level),
        (StreamOrigin::Backend, Arrivals::Even, Priority::Normal)
    );
    assert_eq!((stream.lasts, messages.groups.len()), (Duration::from_secs(540), 3));
}

#[test]
fn every_kind_of_fault_is_read_under_its_word() {
    let keys = "add=\"1s..2s\"\nloss-ppm=5\nppm=5\npermille=5\ndelay=\"1s\"\nby=\"1s\"\nrate=5\nevery=\"1s\"\nreconnect=\"1s\"\ndirection=\"up\"\ntorn=true";
    for word in FaultName::words() {
        let mut found = None;
        // Of all keys, leave away those that the kind refuses.
        let mut lines: Vec<&str> = keys.lines().collect();
        for _ in 0..keys.lines().count() + 2 {
            let duration = if word == "clock-step" { "" } else { "for = \"9s\"\n" };
            let text =
                format!("{LEAST}[[fault]]\nkind = \"{word}\"\nat = \"1m\"\n{duration}{}\n", lines.join("\n"));
            match Scenario::parse("x.toml", &text) {
                Ok(scenario) => found = scenario.faults.first().map(|fault| fault.kind.word()),
                Err(said) => {
                    let key = said.offending().unwrap_or_else(|| panic!("{word}: {said}")).to_owned();
                    lines.retain(|line| !line.starts_with(&format!("{key}=")));
                }
            }
        }
        assert_eq!(found, Some(word));
    }
}

#[test]
fn limits_readings_backends_and_expectations_are_read() {
    let (id, alternatives) = claque_core::Readings::ids()
        .iter()
        .find_map(|id| claque_core::Readings::alternatives(id).map(|words| (*id, words)))
        .expect("there is a reading");
    let word = alternatives.last().expect("a reading has alternatives");
    let scenario = least_and(&format!(
        r#"
[limits]
group-members-max = 20
call-quotas = true
heartbeat-timeout = "15s"
[readings]
"{id}" = "{word}"
[expect]
rules = ["supergroup.threshold.members"]
[[backend]]
name = "console"
calls = {{ ListLiveMessageApps = "5s" }}
"#
    ));
    let changes: Vec<_> = scenario.limits.iter().map(|change| (change.name, change.value)).collect();
    assert_eq!(
        changes,
        [
            ("group-members-max", LimitValue::Count(20)),
            ("heartbeat-timeout", LimitValue::Span(Duration::from_secs(15)))
        ],
        "a limit at its documented value is no change"
    );
    assert_eq!(scenario.changed_limits().group_members_max, 20);
    assert_ne!(scenario.readings, claque_core::Readings::default());
    assert_eq!(scenario.expect, [Rule::SupergroupThresholdMembers]);
    let calls: Vec<_> = scenario.backends.iter().flat_map(|backend| backend.calls.clone()).collect();
    assert_eq!(calls, [(Operation::ListLiveMessageApps, Duration::from_secs(5))]);
}

#[test]
fn hosts_and_administrators_take_turns() {
    let text = LEAST.replace("count = 3", "count = 3\nadmins = 2")
        + "[[population]]\nname = \"host\"\nkind = \"hosts\"\nusers = 2\n[[population]]\nname = \"mod\"\nkind = \"administrators\"\nusers = 3\n";
    let scenario = Scenario::parse("x.toml", &text).expect("right");
    let owner = |group| scenario.owner(GroupNumber(group)).map(|user| scenario.user_name(user));
    assert_eq!([owner(0), owner(1), owner(2)].map(|it| it.expect("owned")), ["host1", "host2", "host1"]);
    let admins = |group| -> Vec<String> {
        let users = scenario.administrators(GroupNumber(group));
        users.into_iter().map(|user| scenario.user_name(user)).collect()
    };
    assert_eq!([admins(0), admins(1), admins(2)], [["mod1", "mod2"], ["mod3", "mod1"], ["mod2", "mod3"]]);
    assert_eq!((scenario.user_name(0), scenario.user_name(29)), ("viewer1".into(), "viewer30".into()));
    assert_eq!(scenario.population_of(30), Some((PopulationNumber(1), 0)));
    assert_eq!(scenario.population_of(35), None);
    assert_eq!(scenario.first_user(PopulationNumber(2)), 32);
}

#[test]
fn group_without_hosts_has_no_owner() {
    let scenario = least_and("");
    assert_eq!((scenario.owner(GroupNumber(0)), scenario.administrators(GroupNumber(0)).len()), (None, 0));
}

#[test]
fn tailed_latencies_are_mostly_short() {
    let mut latency = super::NetworkSetup::default().latency;
    latency.shape = LatencyShape::Tailed;
    assert_eq!(latency.draw(0), Duration::from_millis(20));
    assert_eq!(latency.draw(u32::MAX), Duration::from_millis(200));
    assert_eq!(latency.draw(1 << 31).as_micros(), 20_000 + 180_001 / 8);
}

#[test]
fn fewer_users_shrink_every_population_and_more_only_the_audience() {
    let scaled = |users: u32| {
        let mut show = Scenario::builtin(Scenario::DEFAULT).expect("built in");
        show.scale(NonZeroU32::new(users).expect("not zero"));
        assert_eq!(show.users(), users);
        show.populations.iter().map(|population| population.users).collect::<Vec<_>>()
    };
    assert_eq!(scaled(20_000), [60, 71, 18_869, 200, 800], "its own number changes nothing");
    assert_eq!(scaled(3_000), [9, 11, 2_830, 30, 120]);
    assert_eq!(scaled(5), [1, 1, 1, 1, 1]);
    assert_eq!(scaled(40_000), [60, 71, 37_863, 401, 1_605]);
}

proptest! {
    #[test]
    fn any_number_of_users_is_reached_exactly(users in 1_u32..200_000) {
        let mut show = Scenario::builtin("smoke").expect("built in");
        show.scale(NonZeroU32::new(users).expect("not zero"));
        prop_assert_eq!(show.users(), users);
        for number in 0..2 {
            let population = PopulationNumber(2 + number);
            let attending: u32 = show.attendance(population).iter().map(|attendance| attendance.users).sum();
            prop_assert_eq!(attending, show.population(population).users);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[ -~\n\"=\\[\\]]{0,200}") {
        let read = Scenario::parse("x.toml", &text);
        prop_assert!(read.is_err(), "a scenario needs more than chance");
    }
}
