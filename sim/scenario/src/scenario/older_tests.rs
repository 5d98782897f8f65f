//! Applications of the older family: what can be said of one, and what cannot.

use claque_core::{DataCenter, Family};

use super::Scenario;

/// A scenario with these tables before its only group.
fn with(apps: &str, group: &str) -> Result<Scenario, String> {
    let text = format!(
        "says = \"x\"\nduration = \"1m\"\n{apps}[[group]]\nname = \"g\"\n{group}\
         [[population]]\nname = \"viewer\"\nkind = \"audience\"\nusers = 5\n"
    );
    Scenario::parse("older", &text).map_err(|said| said.to_string())
}

const NEWER: &str = "[[app]]\nname = \"newer\"\n";
const OLDER: &str = "[[app]]\nname = \"older\"\nfamily = \"old\"\n";

#[test]
fn one_of_each_family_is_read_and_written() {
    let scenario = with(&format!("{NEWER}{OLDER}"), "").expect("right");
    let families: Vec<Family> = scenario.apps.iter().map(|app| app.family).collect();
    assert_eq!(families, [Family::Live, Family::Old]);
    let older = scenario.apps.last().expect("two");
    assert_eq!((older.data_center, older.callbacks), (DataCenter::default(), false));
    assert_eq!(Scenario::parse("older", &scenario.to_toml()).as_ref(), Ok(&scenario));
}

#[test]
fn what_its_creation_does_not_take_is_refused_with_the_way_out() {
    for line in
        ["data-center = \"cn-shanghai\"", "retention = \"90d\"", "callbacks = false", "moderation = \"off\""]
    {
        let said = with(&format!("{NEWER}{OLDER}{line}\n"), "").expect_err(line);
        let key = line.split(' ').next().expect("a key");
        assert!(said.contains(&format!("takes no `{key}`")) && said.contains("leave the key out"), "{said}");
    }
}

#[test]
fn it_has_no_group_and_is_not_shut() {
    let said = with(&format!("{NEWER}{OLDER}"), "app = \"older\"\n").expect_err("no group of it");
    assert!(said.contains("`older` is an application of the older family"), "{said}");
    let said = with(&format!("{OLDER}{NEWER}"), "").expect_err("the first is an older one");
    assert!(said.contains("name the group's own with `app`"), "{said}");
    assert!(with(&format!("{OLDER}{NEWER}"), "app = \"newer\"\n").is_ok());
    let event = "[[event]]\ndo = \"disable-app\"\napp = \"older\"\nat = \"1s\"\n";
    let said = with(&format!("{NEWER}{OLDER}{event}"), "").expect_err("it cannot be disabled");
    assert!(said.contains("`older` is an application of the older family"), "{said}");
}

#[test]
fn another_family_is_unknown() {
    let said = with(&format!("{NEWER}family = \"older\"\n"), "").expect_err("unknown");
    assert!(said.contains("unknown family `older`"), "{said}");
}

#[test]
fn each_family_has_the_accounts_limit_to_itself_unless_they_share() {
    let limit = "[limits]\naccount-apps-max = 1\n";
    assert!(with(&format!("{NEWER}{OLDER}{limit}"), "").is_ok());
    let shared = format!("{NEWER}{OLDER}{limit}[readings]\nfamilies = \"shared\"\n");
    let said = with(&shared, "").expect_err("two, together");
    assert!(said.contains("the account may have 1 applications (account-apps-max)"), "{said}");
    let second = OLDER.replace("older", "other");
    let said = with(&format!("{NEWER}{OLDER}{second}{limit}"), "").expect_err("two of the older");
    assert!(said.contains("the account may have 1 applications of a family"), "{said}");
}
