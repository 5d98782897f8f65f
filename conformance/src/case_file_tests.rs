//! Messages to an author about a mistake: the file, the place, the word, what may stand there.

use super::read_case;

/// Checks the whole complaint about a case file, line by line.
fn check(file: &str, text: &str, expected: &str) {
    match read_case(file, text) {
        Ok(case) => panic!("{file} is sound: {case:?}"),
        Err(fault) => assert_eq!(format!("\n{fault}"), expected.trim_end(), "\n{fault}"),
    }
}

const FILE: &str = "group/it-shows.toml";

#[test]
fn a_rule_that_does_not_exist() {
    let text = "rules = [\"group.admins.mx\"]\nsummary = \"It shows.\"\nsteps = [{}]\n";
    let fault = read_case(FILE, text).expect_err("no such rule").to_string();
    let lines: Vec<&str> = fault.lines().collect();
    let head = [
        "error: unknown rule `group.admins.mx`",
        " --> group/it-shows.toml:1:10",
        "  |",
        "1 | rules = [\"group.admins.mx\"]",
        "  |          ^^^^^^^^^^^^^^^^^",
    ];
    assert_eq!(lines[..5], head);
    assert_eq!(lines.last(), Some(&"  = did you mean `group.admins.max`?"));
}

#[test]
fn a_key_that_no_step_has() {
    check(
        FILE,
        "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [\n  { call = \"DescribeLiveMessageApp\", expct = {} },\n]\n",
        "
error: unknown key `expct` in [[steps]]
 --> group/it-shows.toml:4:38
  |
4 |   { call = \"DescribeLiveMessageApp\", expct = {} },
  |                                      ^^^^^
  = expected one of: at, after, repeat, call, with, unchecked, without, as, via, forged, sent, expect, every, save, allow
  = did you mean `expect`?
",
    );
}

#[test]
fn a_parameter_that_the_operation_does_not_have() {
    check(
        FILE,
        "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [\n  { call = \"DescribeLiveMessageGroup\", with = { GroupID = \"g\" } },\n]\n",
        "
error: unknown parameter of DescribeLiveMessageGroup `GroupID`
 --> group/it-shows.toml:4:49
  |
4 |   { call = \"DescribeLiveMessageGroup\", with = { GroupID = \"g\" } },
  |                                                 ^^^^^^^
  = expected one of: AppId, GroupId, DataCenter
  = did you mean `GroupId`?
  = help: say `unchecked = true` to send a name that no document has
",
    );
}

#[test]
fn a_code_that_no_refusal_has() {
    let text = |refused: &str| {
        format!(
            "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [{{ call = \"DescribeLiveMessageApp\", expect.refused = {refused} }}]\n"
        )
    };
    for (refused, near) in [
        ("\"Foo\"", None),
        ("\"InputInvald\"", Some("InputInvalid")),
        ("[\"NoAuth\", \"Throttling.Usr\"]", Some("Throttling.User")),
        ("\"MissingGruopId\"", None),
        ("414", None),
    ] {
        let fault = read_case(FILE, &text(refused)).expect_err(refused);
        assert!(fault.message().starts_with("unknown error code"), "{fault}");
        if near.is_some() {
            assert_eq!(fault.suggestion(), near, "{fault}");
        }
    }
    for refused in ["\"*\"", "\"MissingGroupId\"", "\"Forbidden.RAM\"", "442", "[403, 425]"] {
        assert!(read_case(FILE, &text(refused)).is_ok(), "{refused}");
    }
}

#[test]
fn an_operation_that_does_not_exist() {
    let text = "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [{ call = \"DescribeLiveMessageGruop\" }]\n";
    let fault = read_case(FILE, text).expect_err("no such operation");
    assert_eq!(fault.suggestion(), Some("DescribeLiveMessageGroup"));
    assert!(
        fault.to_string().ends_with("say `unchecked = true` to send a name that no document has"),
        "{fault}"
    );
}

#[test]
fn a_forgery_of_a_call_without_a_signature() {
    let text = "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [{ call = \"DescribeLiveMessageApp\", forged = \"secret\" }]\n";
    let fault = read_case(FILE, text).expect_err("nothing is signed").to_string();
    assert!(fault.contains("only a call that says `via` has a signature to forge"), "{fault}");
}

#[test]
fn a_request_about_no_group() {
    let text =
        |step: &str| format!("rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [{step}]\n");
    let step = "{ client = \"bob\", do = \"joinGroup\" }";
    let fault = read_case(FILE, &text(step)).expect_err("it joins nothing").to_string();
    assert!(fault.contains("`joinGroup` is about a group: say `group`"), "{fault}");
    let step = "{ client = \"bob\", do = \"createGroup\" }";
    assert!(read_case(FILE, &text(step)).is_ok(), "the service chooses the ID");
}

#[test]
fn a_client_action_with_an_argument_of_another() {
    check(
        FILE,
        "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [{ client = \"bob\", do = \"muteUser\", with = { userlist = [\"x\"] } }]\n",
        "
error: unknown argument of muteUser `userlist`
 --> group/it-shows.toml:3:54
  |
3 | steps = [{ client = \"bob\", do = \"muteUser\", with = { userlist = [\"x\"] } }]
  |                                                      ^^^^^^^^
  = expected: userList
  = did you mean `userList`?
",
    );
}

#[test]
fn a_reading_with_a_word_it_does_not_have() {
    let text = "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nreadings.\"shaper.window\" = \"window-clse\"\nsteps = [{}]\n";
    let fault = read_case(FILE, text).expect_err("no such alternative");
    assert_eq!((fault.suggestion(), fault.place().map(|at| at.line)), (Some("window-close"), Some(3)));
}

#[test]
fn an_answer_of_a_step_that_is_refused() {
    check(
        FILE,
        "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [{ call = \"ListLiveMessageApps\", expect = { refused = \"NoAuth\", answer = {} } }]\n",
        "
error: only an accepted step has an `answer`
 --> group/it-shows.toml:3:51
  |
3 | steps = [{ call = \"ListLiveMessageApps\", expect = { refused = \"NoAuth\", answer = {} } }]
  |                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn a_summary_that_is_no_sentence() {
    check(
        FILE,
        "rules = [\"group.admins.max\"]\nsummary = \"it shows\"\nsteps = [{}]\n",
        "
error: a summary is a sentence: capital, words, full stop
 --> group/it-shows.toml:2:11
  |
2 | summary = \"it shows\"
  |           ^^^^^^^^^^
",
    );
}

#[test]
fn a_step_before_the_one_above() {
    let text = "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nsteps = [{ at = \"2s\" }, { at = \"1s\" }]\n";
    let fault = read_case(FILE, text).expect_err("time runs backwards");
    assert_eq!(fault.message(), "a step cannot happen before the step above it");
    assert_eq!(fault.place().map(|at| at.column), Some(25));
}

#[test]
fn a_path_that_names_no_case() {
    check(
        "Group/It Shows.toml",
        "",
        "
error: the path does not name an area and a case
--> Group/It Shows.toml
 = help: put it into area/what-it-shows.toml: lower-case words, digits and hyphens
",
    );
}

/// A case of one step, in a group of bob and c1, with a RAM user.
fn with_step(step: &str) -> String {
    format!(
        "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\nusers = [{{ name = \"guard\", policy = [] }}]\n\
         given = [{{ group = \"g\", members = [\"bob\"], crowd = 1 }}, {{ app = \"twin\", online = [\"bob\"] }}]\n\
         steps = [\n  {step},\n]\n"
    )
}

#[test]
fn somebody_who_is_not_in_the_case() {
    for (step, said, near) in [
        ("{ expect.delivered = { bbo = 0 } }", "unknown client `bbo`", "bob"),
        ("{ expect.notices = { bob = 0, c2 = 1 } }", "unknown client `c2`", "c1"),
        ("{ allow = [{ closed = { \"twin:bop\" = [1] } }] }", "unknown client `twin:bop`", "twin:bob"),
        ("{ call = \"DescribeLiveMessageApp\", as = \"gaurd\" }", "unknown caller `gaurd`", "guard"),
    ] {
        let fault = read_case(FILE, &with_step(step)).expect_err(step);
        assert_eq!((fault.message(), fault.suggestion()), (said, Some(near)), "{step}");
    }
    for step in [
        "{ client = \"eve\", do = \"login\", expect.notices = { bob = 0, c1 = 0, \"twin:bob\" = 0, eve = 0 } }",
        "{ call = \"DescribeLiveMessageApp\", as = \"guard\", expect.delivered = { count = 0 } }",
    ] {
        assert!(read_case(FILE, &with_step(step)).is_ok(), "{step}");
    }
}

#[test]
fn an_argument_of_another_type() {
    for (arguments, said) in [
        ("type = \"one\"", "`type` is a number"),
        ("noStorage = 1", "`noStorage` is true or false"),
        ("data = 7", "`data` is a text"),
    ] {
        let step = format!(
            "{{ client = \"bob\", do = \"sendGroupMessage\", group = \"g\", with = {{ {arguments} }} }}"
        );
        let fault = read_case(FILE, &with_step(&step)).expect_err(arguments);
        assert_eq!(fault.message(), said);
    }
    let step = "{ client = \"bob\", do = \"sendGroupMessage\", group = \"g\", with = { type = \"${app.AppId}\", data = \"${n}\" } }";
    assert!(read_case(FILE, &with_step(step)).is_ok());
}

/// A case whose givens and steps are these.
fn case_of(given: &str, steps: &str) -> String {
    format!(
        "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\ngiven = [{given}]\nsteps = [\n{steps}\n]\n"
    )
}

/// Every number of a case and everything that it makes has a bound, which is looked at before anything is made.
#[test]
fn what_a_case_asks_for_is_refused_beyond_its_bounds_with_the_place_and_the_bound() {
    let call = |with: &str| format!("{{ call = \"DescribeLiveMessageApp\", with = {{ {with} }} }}");
    let crowd = |count: u32| format!("{{ group = \"g\", crowd = {count} }}");
    let long = "p".repeat(200);
    for (given, steps, bound) in [
        ("", call("AppId = { ids = 4294967295 }"), "100000"),
        ("", call("AppId = { ids = -1 }"), "100000"),
        ("", call(&format!("AppId = {{ ids = 100000, prefix = \"{long}\" }}")), "8388608"),
        ("", call("AppId = { text-bytes = 4294967295 }"), "1048576"),
        ("", call("AppId = { text-chars = 4294967295 }"), "1048576"),
        ("", call(&format!("AppId = [{}]", "{ text-bytes = 1048576 }, ".repeat(9))), "8388608"),
        ("", call(&format!("AppId = {{ map = {{ a = [{}] }} }}", "{ ids = 100000 }, ".repeat(13))), "8388608"),
        ("", call("AppId = { text-chars = 1048576 }, DataCenter = { text-chars = 1048577 }"), "1048576"),
        (
            "",
            "{ call = \"DescribeLiveMessageApp\", with = { AppId = { text-bytes = 1048576 } }, repeat = 300 }".to_owned(),
            "268435456",
        ),
        ("", "{ repeat = 4294967295 }".to_owned(), "100000"),
        ("", "{ repeat = 0 }".to_owned(), "1 to 100000"),
        ("", "{ repeat = 100000 },\n{ repeat = 100000 },\n{}".to_owned(), "200000"),
        ("", "{ at = \"36526d\" }".to_owned(), "36525d"),
        ("", "{ repeat = 100000, every = \"36525d\" }".to_owned(), "36525d"),
        ("", "{ at = \"36525d\" },\n{ after = \"1s\" }".to_owned(), "36525d"),
        ("", "{ expect = { refused = 4294967295 } }".to_owned(), "1 to 999"),
        ("", "{ expect = { refused = \"*\", status = 4294967295 } }".to_owned(), "100 to 599"),
        ("", "{ refuse-callbacks = 4294967295 }".to_owned(), "201 to 599"),
        ("", "{ refuse-callbacks = 500, times = 4294967296 }".to_owned(), "4294967295"),
        (crowd(100_001).as_str(), "{}".to_owned(), "100000"),
        (crowd(u32::MAX).as_str(), "{}".to_owned(), "100000"),
        (format!("{}, {}", crowd(60_000), crowd(60_000)).as_str(), "{}".to_owned(), "100000"),
    ] {
        let said = read_case(FILE, &case_of(given, &steps)).expect_err(&steps);
        assert!(said.to_string().contains(bound), "{given} {steps}: {said}");
        assert!(said.place().is_some(), "{said}");
    }
    for (given, steps) in [
        (crowd(100_000).as_str(), "{ repeat = 100000 },\n{ repeat = 100000 }"),
        ("", "{ at = \"36525d\" }"),
        ("", "{ repeat = 36525, every = \"1d\" }"),
        ("", call("AppId = { ids = 100000 }").as_str()),
        ("", call("AppId = { text-bytes = 1048576 }").as_str()),
        ("", call("AppId = { text-chars = 1048576, of = \"\\u4e2d\" }").as_str()),
    ] {
        assert!(read_case(FILE, &case_of(given, steps)).is_ok(), "{given} {steps}");
    }
}

/// A case with these givens, whose only step is of this client.
fn with_givens(givens: &str, step: &str) -> Result<(), String> {
    let text = format!(
        "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\ngiven = [{givens}]\nsteps = [{step}]\n"
    );
    read_case(FILE, &text).map(drop).map_err(|fault| fault.to_string())
}

#[test]
fn a_client_of_the_older_family_is_given_its_token() {
    let older = "{ app = \"app\", family = \"old\" }";
    let group = "{ group = \"g\", owner = \"ada\", members = [\"bob\"] }";
    for (givens, step) in [
        (format!("{older}, {{ online = [\"bob\"] }}"), "{ client = \"bob\", do = \"logout\" }"),
        (format!("{older}, {group}"), "{ call = \"GetMessageApp\", expect.delivered = { bob = 0 } }"),
        (older.to_owned(), "{ client = \"bob\", do = \"login\", with = { token = \"x\" } }"),
        (format!("{{ app = \"new\" }}, {older}"), "{ client = \"bob\", do = \"login\" }"),
    ] {
        assert_eq!(with_givens(&givens, step), Ok(()));
    }
    for (givens, step) in [
        (older.to_owned(), "{ client = \"bob\", do = \"login\" }"),
        (format!("{{ app = \"new\" }}, {older}"), "{ client = \"app:bob\", do = \"login\" }"),
    ] {
        let fault = with_givens(&givens, step).expect_err("no token");
        assert!(
            fault.contains("`app` is an application of the older family: its clients make no token"),
            "{fault}"
        );
    }
}

#[test]
fn a_group_of_the_older_family_has_a_creator_and_no_administrators() {
    let look = "{ call = \"GetMessageApp\" }";
    let older = "{ app = \"app\", family = \"old\" }";
    for (group, said) in [
        ("{ group = \"g\" }", "a group of the older family has a creator"),
        (
            "{ group = \"g\", owner = \"ada\", admins = [\"cid\"] }",
            "a group of the older family has no administrators",
        ),
    ] {
        let fault = with_givens(&format!("{older}, {group}"), look).expect_err(said);
        assert!(fault.contains(said), "{fault}");
    }
    let fault = with_givens("{ app = \"app\", family = \"older\" }", look).expect_err("no such family");
    assert!(fault.contains("unknown family `older`"), "{fault}");
}
