//! Numbers and names of scenario files have bounds.

use super::Scenario;

/// A scenario with these lines at its top, and after the first ones of its only population.
fn show(top: &str, rest: &str) -> String {
    format!(
        "says = \"x\"\n{top}\n[[app]]\nname = \"app\"\n[[group]]\nname = \"g\"\n\
         [[population]]\nname = \"viewer\"\nkind = \"audience\"\n{rest}"
    )
}

const USERS: &str = "users = 5\n";

/// Every number has a bound that is looked at before anything is made for it, and is named with its place.
#[test]
fn numbers_beyond_their_bounds_are_refused_with_place_and_bound() {
    let users = USERS;
    for (top, rest, bound) in [
        ("duration = \"32d\"", users, "31d"),
        ("start = 1970-01-01T00:00:00Z\nduration = \"1m\"", users, "1970-01-02T00:00:00Z"),
        ("duration = \"1m\"\nsettle = \"32d\"", users, "31d"),
        ("duration = \"1m\"\nsettle = \"500000d\"", users, "36525d"),
        ("duration = \"1m\"", "users = 4294967295\n", "10000000"),
        ("duration = \"1m\"", "users = 5\ncomment = { every = \"1s\", burst = 4294967295 }\n", "100000"),
        (
            "duration = \"1m\"",
            "users = 5\ncomment = { every = \"1s\", body-bytes = 4294967295 }\n",
            "1048576",
        ),
        ("duration = \"1m\"", "users = 5\n[[group]]\nname = \"h\"\nfirst = 4294967295\n", "1000000"),
        ("duration = \"1m\"", "users = 5\n[[group]]\nname = \"h\"\nweight = 4294967295\n", "1000000"),
        ("duration = \"1m\"", "users = 5\n[[group]]\nname = \"h\"\ncount = 4294967295\n", "20000"),
        ("duration = \"1m\"", "users = 5\n[[group]]\nname = \"h\"\ninfo-bytes = 4294967295\n", "1048576"),
        (
            "duration = \"1m\"",
            "users = 5\n[[backend]]\nname = \"b\"\ncallers = 4294967295\ncalls = {}\n",
            "10000",
        ),
        (
            "duration = \"1m\"",
            "users = 5\n[[event]]\nat = \"1s\"\ndo = \"budget-burst\"\ngroup = \"g\"\nmessages = 4294967295\n",
            "100000",
        ),
        (
            "duration = \"1m\"",
            "users = 5\n[[event]]\nat = \"1s\"\ndo = \"messages\"\nkind = \"like\"\ngroup = \"g\"\nrate = 4294967295\n",
            "1000000",
        ),
    ] {
        let said = Scenario::parse("x.toml", &show(top, rest)).expect_err(rest);
        assert!(said.to_string().contains(bound), "{bound}: {said}");
        assert!(said.place().is_some(), "{said}");
    }
    assert!(Scenario::parse("x.toml", &show("duration = \"1m\"", users)).is_ok());
    for (name, right) in
        [("", false), ("a", false), ("ab", true), ("0123456789abcdef", true), ("0123456789abcdefg", false)]
    {
        let text = show("duration = \"1m\"", users).replace("name = \"app\"", &format!("name = \"{name}\""));
        assert_eq!(Scenario::parse("x.toml", &text).is_ok(), right, "{name}");
    }
}

/// Entries within their bounds one by one need not be so together.
#[test]
fn many_entries_are_refused_for_what_they_come_to_together() {
    let users = USERS;
    let callers = "[[backend]]\nname = \"bN\"\ncallers = 10000\ncalls = { ListLiveMessageApps = \"1s\", ListLiveMessageGroups = \"1s\" }\n";
    let callers: String = (0..4).map(|number| callers.replace('N', &number.to_string())).collect();
    let messages = "[[event]]\nat = \"0s\"\ndo = \"messages\"\nkind = \"like\"\ngroup = \"all\"\nrate = 1\nname = \"N\"\n";
    let messages: String = (0..4).map(|number| messages.replace('N', &number.to_string())).collect();
    let population = "[[population]]\nname = \"x\"\nkind = \"audience\"\nusers = 0\n";
    let letters = |number: usize| {
        (0..4).map(|place| char::from(b'a' + (number / 26_usize.pow(place) % 26) as u8)).collect::<String>()
    };
    let people: String =
        (0..10_000).map(|number| population.replace("\"x\"", &format!("\"{}\"", letters(number)))).collect();
    let apps: String = (0..300).map(|number| format!("[[app]]\nname = \"a{number}\"\n")).collect();
    let many = "[[group]]\nname = \"h\"\ncount = 19999\n";
    let kicks = "[[event]]\nat = \"1s\"\ndo = \"kick\"\ngroup = \"all\"\nname = \"N\"\n";
    let kicks: String = (0..201).map(|number| kicks.replace('N', &number.to_string())).collect();
    let list = "[[event]]\nat = \"1s\"\ndo = \"kick\"\ngroup = [\"all\", \"all\"]\n";
    for (rest, bound) in [
        (callers, "65535"),
        (format!("{many}{messages}"), "65535"),
        (people, "10000"),
        (apps, "300"),
        ("[limits]\naccount-apps-max = 0\n".to_owned(), "may have 0 applications"),
        (format!("{many}{kicks}"), "4000000"),
        (list.to_owned(), "a list of 2"),
    ] {
        let rest = format!("{users}{rest}");
        let said = Scenario::parse("x.toml", &show("duration = \"1m\"", &rest)).expect_err(bound);
        assert!(said.to_string().contains(bound), "{bound}: {said}");
        assert!(said.place().is_some(), "{said}");
    }
}
