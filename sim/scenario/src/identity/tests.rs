//! An identity line gives the identity back, and a default that is given changes nothing.

use std::num::NonZeroU32;

use claque_core::{Mutant, Readings};
use proptest::prelude::*;

use super::{FileWord, IdentityRequest, Seed, VERSION, words};
use crate::content::content_hash;
use crate::recorded::{RecordedChat, Speed};
use crate::scenario::Scenario;

const CHAT: &str = include_str!("../../../../fixtures/chats/market-day.jsonl");

fn show() -> Scenario {
    Scenario::builtin(Scenario::DEFAULT).expect("built in")
}

fn line(asked: &IdentityRequest) -> String {
    asked.resolve(&show(), None, None).expect("right").to_string()
}

fn check_wrong(text: &str, expected: &str) {
    assert_eq!(IdentityRequest::parse(text).expect_err(text).to_string(), expected.trim_matches('\n'));
}

#[test]
fn nothing_asked_for_is_the_default_run() {
    assert_eq!(
        line(&IdentityRequest::default()),
        format!("claque simulate --seed 1 --scenario evening-show --users 20000 --made-by {VERSION}")
    );
}

#[test]
fn defaults_given_explicitly_make_the_same_identity() {
    let reading = Readings::default().iter().next().expect("there is a reading");
    let given = format!(
        "simulate --users=20000 --reading {}={} --scenario evening-show --speed 1 --seed 0x1",
        reading.id, reading.default
    );
    assert_eq!(line(&IdentityRequest::parse(&given).expect("right")), line(&IdentityRequest::default()));
}

#[test]
fn forks_are_printed_by_moment_and_read_back() {
    let asked = IdentityRequest::parse("--fork 1m30s=0x10 --seed 7 --fork=2s=5").expect("right");
    let printed = line(&asked);
    assert_eq!(
        printed,
        format!(
            "claque simulate --seed 7 --scenario evening-show --users 20000 --fork 2s=5 --fork 90s=16 \
             --made-by {VERSION}"
        )
    );
    assert_eq!(line(&IdentityRequest::parse(&printed).expect("right")), printed);
    let twice = IdentityRequest::parse("--fork 1s=1 --fork 1s=2").expect("each for itself");
    let said = twice.resolve(&show(), None, None).expect_err("one moment").to_string();
    assert!(said.contains("two forks are at one moment: 1s=1 and 1s=2"), "{said}");
}

#[test]
fn everything_at_once_is_printed_in_one_order() {
    let reading = Readings::default().iter().next().expect("there is a reading");
    let other = reading.alternatives.last().expect("a reading has alternatives");
    let mutant = Mutant::ALL.first().expect("there is a mutant").id();
    let given = format!(
        "--swarm --chat-unit ms --speed 6/4 --chat-start first --chat 'my chat.jsonl' --mutant {mutant} --reading {}={other} --users 300 --seed 7 --scenario smoke",
        reading.id
    );
    let chat = RecordedChat::read("my chat.jsonl", CHAT.as_bytes()).expect("right");
    let smoke = Scenario::builtin("smoke").expect("built in");
    let identity =
        IdentityRequest::parse(&given).expect("right").resolve(&smoke, None, Some(&chat)).expect("right");
    let hash = content_hash(CHAT.as_bytes());
    assert_eq!(
        identity.to_string(),
        format!(
            "claque simulate --seed 7 --scenario smoke --users 300 --reading {}={other} --chat 'my chat.jsonl#{hash:016x}' --chat-start first --chat-unit ms --speed 3/2 --mutant {mutant} --swarm --made-by {VERSION}",
            reading.id
        )
    );
    let again = IdentityRequest::parse(&identity.to_string()).expect("right");
    assert_eq!(again.made_by.as_deref(), Some(VERSION));
    assert_eq!(again.resolve(&smoke, None, Some(&chat)).expect("right"), identity);
    assert_eq!(identity.speed(), Speed::new(3, 2).expect("valid"));
}

#[test]
fn identity_changes_the_scenario() {
    let reading = Readings::default().iter().next().expect("there is a reading");
    let other = reading.alternatives.last().expect("a reading has alternatives");
    let asked =
        IdentityRequest::parse(&format!("--users 3000 --reading {}={other}", reading.id)).expect("right");
    let mut scenario = show();
    let identity = asked.resolve(&scenario, None, None).expect("right").with_seed(9);
    identity.apply(&mut scenario);
    assert_eq!((scenario.users(), identity.users(), identity.seed()), (3_000, 3_000, 9));
    assert_eq!(identity.readings(), [(reading.id, *other)]);
    assert!(scenario.readings.iter().any(|now| now.id == reading.id && now.value == *other));
}

#[test]
fn chat_without_a_scenario_has_its_own_default() {
    let asked = IdentityRequest::parse("--chat x.xml").expect("right");
    assert_eq!(asked.scenario_word(), FileWord::parse(Scenario::DEFAULT_FOR_CHAT));
}

#[test]
fn changed_files_are_refused() {
    let asked = IdentityRequest::parse("--scenario a.toml#00000000000000ff").expect("right");
    assert_eq!(
        asked.resolve(&show(), Some(0xfe), None).expect_err("changed").to_string(),
        "error: the file has changed: its content hash is 00000000000000fe, the line names 00000000000000ff
--> a.toml
 = help: get the old file back, or leave `#` and the hash away to run with the new one"
    );
    let identity = asked.resolve(&show(), Some(0xff), None).expect("the same");
    assert!(identity.to_string().contains("--scenario a.toml#00000000000000ff --users"), "{identity}");
}

#[test]
fn unknown_readings_alternatives_and_mutants_suggest_the_nearest() {
    let resolve = |text: &str| {
        IdentityRequest::parse(text).expect("the line is right").resolve(&show(), None, None).expect_err(text)
    };
    let reading = Readings::default().iter().next().expect("there is a reading");
    let said = resolve(&format!("--reading {}x=y", reading.id));
    let expected = format!("unknown reading `{}x`", reading.id);
    assert_eq!((said.message(), said.suggestion()), (expected.as_str(), Some(reading.id)));
    let said = resolve(&format!("--reading {}={}x", reading.id, reading.default));
    assert_eq!(said.suggestion(), Some(reading.default));
    assert_eq!(said.expected(), reading.alternatives);
    let mutant = Mutant::ALL.first().expect("there is a mutant").id();
    assert_eq!(
        resolve(&format!("--mutant {mutant}x")).to_string(),
        format!("error: unknown mutant `{mutant}x`\n--> --mutant\n = help: the nearest is `{mutant}`")
    );
    assert_eq!(
        resolve("--speed 2").to_string(),
        "error: `--speed`, `--chat-start` and `--chat-unit` are for a recorded chat\n--> the options of the run\n = help: add `--chat FILE`"
    );
}

#[test]
fn unknown_option_is_shown() {
    check_wrong(
        "claque simulate --sede 7",
        "
error: unknown option `--sede`
 --> the identity line:1:17
  |
1 | claque simulate --sede 7
  |                 ^^^^^^
  = expected one of: --seed, --scenario, --users, --reading, --chat, --chat-start, --chat-unit, --speed, --mutant, --fork, --swarm, --made-by
  = did you mean `--seed`?",
    );
}

#[test]
fn wrong_values_are_shown() {
    check_wrong(
        "--seed seven",
        "
error: `seven` is not a seed: a seed is a number from 0 and below 2^64, 0x and hexadecimal digits, or a git hash of 7 to 40 digits
 --> the identity line:1:8
  |
1 | --seed seven
  |        ^^^^^",
    );
    check_wrong(
        "--users 0",
        "
error: `0` is not a number of users from 1 to 10000000
 --> the identity line:1:9
  |
1 | --users 0
  |         ^",
    );
    check_wrong(
        "--users",
        "
error: `--users` needs a value
 --> the identity line:1:1
  |
1 | --users
  | ^^^^^^^",
    );
    check_wrong(
        "--reading shaper.window",
        "
error: `shaper.window` is not `READING=ALTERNATIVE`
 --> the identity line:1:11
  |
1 | --reading shaper.window
  |           ^^^^^^^^^^^^^",
    );
    check_wrong(
        "--seed 7 --chat 'a b",
        "
error: this quote never ends
 --> the identity line:1:17
  |
1 | --seed 7 --chat 'a b
  |                 ^",
    );
}

#[test]
fn seeds_are_numbers_or_commits() {
    let seed = |word: &str| word.parse::<Seed>().expect(word).value();
    assert_eq!((seed("7"), seed("18446744073709551615"), seed("0xFf")), (7, u64::MAX, 255));
    let commit = seed("9f86d08");
    assert_eq!(commit, seed("9F86D081884c7d659a2feaa0c55ad015a3bf4f1b"), "however long it is written");
    assert_eq!(commit, 0xBA4F_0A80_9F61_7757, "the fold never changes");
    assert_ne!(commit, seed("9f86d09"));
    assert_eq!(seed("1234567"), 1_234_567, "digits alone are a number");
    assert_eq!(Seed::default().to_string(), "1");
}

#[test]
fn what_is_no_seed_is_named() {
    for word in ["", "-1", "+1", "abc", "9f86d0", "0x", "18446744073709551616x", "xyzxyzxyz"] {
        let said = word.parse::<Seed>().expect_err(word);
        assert!(said.starts_with(&format!("`{word}` is not a seed: ")), "{said}");
    }
    assert_eq!(
        "0x10000000000000000".parse::<Seed>(),
        Err("the seed `0x10000000000000000` has more than 64 bits".to_owned())
    );
}

#[test]
fn words_are_split_as_a_shell_does() {
    let split = |line: &str| -> Vec<String> {
        words::split(line).expect("quotes end").into_iter().map(|word| word.text).collect()
    };
    assert_eq!(split(r#" a  'b c' "d \"e\" \n" f\ g ''"#), ["a", "b c", r#"d "e" \n"#, "f g", ""]);
    assert_eq!(words::split("a \"b\\"), Err(2..3));
}

proptest! {
    #[test]
    fn words_survive_quoting(text in prop::collection::vec(".{0,12}", 0..5)) {
        let line: Vec<String> = text.iter().map(|word| words::quote(word)).collect();
        let split: Vec<String> =
            words::split(&line.join(" ")).expect("quotes end").into_iter().map(|word| word.text).collect();
        prop_assert_eq!(split, text);
    }

    #[test]
    fn identities_survive_writing(
        seed in any::<u64>(),
        users in prop::option::of(1_u32..1_000_000),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4),
        speed in prop::option::of((1_u64..100, 1_u64..100)),
        path in "[a-z '#\"\\\\é]{1,12}",
        mutant in prop::option::of(any::<prop::sample::Index>()),
        swarm in any::<bool>(),
    ) {
        let readings = picks
            .iter()
            .map(|(which, what)| {
                let id = *which.get(Readings::ids());
                (id.to_owned(), (*what.get(Readings::alternatives(id).expect("known"))).to_owned())
            })
            .collect();
        let asked = IdentityRequest {
            seed: Some(Seed::new(seed)),
            users: users.and_then(NonZeroU32::new),
            readings,
            chat: speed.map(|_| FileWord { path: path.clone(), hash: None }),
            speed: speed.and_then(|(times, over)| Speed::new(times, over)),
            mutant: mutant.map(|index| index.get(Mutant::ALL).id().to_owned()),
            swarm,
            ..IdentityRequest::default()
        };
        let chat = RecordedChat::read("chat", CHAT.as_bytes()).expect("right");
        let identity = asked.resolve(&show(), None, Some(&chat)).expect("right");
        let line = identity.to_string();
        let read = IdentityRequest::parse(&line).unwrap_or_else(|said| panic!("{said}"));
        let again = read.resolve(&show(), None, Some(&chat)).expect("right");
        prop_assert_eq!(&again, &identity);
        prop_assert_eq!(again.to_string(), line);
    }

    #[test]
    fn no_line_makes_the_reader_panic(line in ".{0,80}") {
        let read = IdentityRequest::parse(&line);
        prop_assert!(read.is_ok() || read.is_err_and(|said| said.to_string().starts_with("error: ")));
    }
}
