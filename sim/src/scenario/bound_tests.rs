//! Numbers and names of scenario files have bounds.

use super::Scenario;

/// Every number has a bound that is looked at before anything is made for it, and is named with its place.
#[test]
fn numbers_beyond_their_bounds_are_refused_with_place_and_bound() {
    let show = |top: &str, rest: &str| {
        format!(
            "says = \"x\"\n{top}\n[[app]]\nname = \"app\"\n[[group]]\nname = \"g\"\n\
             [[population]]\nname = \"viewer\"\nkind = \"audience\"\n{rest}"
        )
    };
    let users = "users = 5\n";
    for (top, rest, bound) in [
        ("duration = \"32d\"", users, "31d"),
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
