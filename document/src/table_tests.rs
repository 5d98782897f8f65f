//! Each value is read as it stands; each complaint points at its word.

use super::{Between, Duration, Instant, Permille, Rate, Table, read};
use crate::diagnostic::Diagnostic;

fn check(text: &str, body: impl FnOnce(&Table<'_>) -> Result<(), Diagnostic>, expected: &str) {
    let said = read("x.toml", text, body).expect_err("the text is wrong").to_string();
    assert_eq!(said, expected.trim_matches('\n'));
}

#[test]
fn values_of_every_kind_are_read() {
    let text = "at = 2025-06-20T11:00:00Z\nlast = \"30m\"\nrate = 50\nshare = 333\nwords = [\"a\"]\nsize = \"4..60\"\n[[row]]\nok = true";
    read("x.toml", text, |table| {
        assert_eq!(table.need::<Instant>("at")?, Instant::from_unix_seconds(1_750_417_200));
        assert_eq!(table.need::<Duration>("last")?, Duration::from_secs(1_800));
        assert_eq!(table.need::<Rate>("rate")?, Rate::per_second(50));
        assert_eq!(table.need::<Permille>("share")?.as_u16(), 333);
        assert_eq!(table.need::<Vec<String>>("words")?, ["a"]);
        assert_eq!(table.need::<Between<u32>>("size")?, Between::new(4, 60));
        let rows = table.tables("row")?;
        assert!(rows.first().expect("one row").need::<bool>("ok")?);
        assert_eq!(table.or("absent", 7_u32)?, 7);
        Ok(())
    })
    .expect("all of it is right");
}

#[test]
fn misspelt_key_is_found_before_the_missing_one() {
    check(
        "[[event]]\ngrup = \"g07\"\n",
        |table| table.tables("event")?.iter().try_for_each(|row| row.need::<String>("group").map(drop)),
        "
error: unknown key `grup` in [[event]]
 --> x.toml:2:1
  |
2 | grup = \"g07\"
  | ^^^^
  = expected: group
  = did you mean `group`?",
    );
}

#[test]
fn missing_key_is_placed_at_the_head_of_its_table() {
    check(
        "a = 1\n\n[[event]]\nat = 1\n",
        |table| table.tables("event")?.iter().try_for_each(|row| row.need::<String>("do").map(drop)),
        "
error: missing key `do` in [[event]]
 --> x.toml:3:1
  |
3 | [[event]]
  | ^^^^^^^^^",
    );
}

#[test]
fn wrong_kind_of_value_is_named() {
    check(
        "share = 1.5\n",
        |table| table.need::<Permille>("share").map(drop),
        "
error: `share` in the file is the fraction 1.5, expected a whole number from 0 to 1000
 --> x.toml:1:9
  |
1 | share = 1.5
  |         ^^^",
    );
}

#[test]
fn value_out_of_bounds_is_named_with_its_bounds() {
    check(
        "share = 1001\n",
        |table| table.need::<Permille>("share").map(drop),
        "
error: `share` in the file is the number 1001, expected a whole number from 0 to 1000
 --> x.toml:1:9
  |
1 | share = 1001
  |         ^^^^",
    );
}

#[test]
fn word_that_does_not_parse_is_quoted() {
    check(
        "last = \"30 min\"\n",
        |table| table.need::<Duration>("last").map(drop),
        "
error: `last` in the file: `30 min` is not a duration such as \"30m\", \"99s\", \"20ms\" or \"1h30m\" (units: us, ms, s, m, h, d)
 --> x.toml:1:8
  |
1 | last = \"30 min\"
  |        ^^^^^^^^",
    );
}

#[test]
fn unknown_choice_suggests_the_nearest() {
    check(
        "kind = \"gitf\"\n",
        |table| table.need_value("kind")?.choice("kind", &[("gift", 1), ("like", 2)]).map(drop),
        "
error: unknown kind `gitf`
 --> x.toml:1:8
  |
1 | kind = \"gitf\"
  |        ^^^^^^
  = expected one of: gift, like
  = did you mean `gift`?",
    );
}

#[test]
fn local_date_is_refused() {
    check(
        "at = 2025-06-20\n",
        |table| table.need::<Instant>("at").map(drop),
        "
error: `at` in the file is the date 2025-06-20, expected a date and time in UTC from 1970 on, such as 2025-06-20T11:00:00Z
 --> x.toml:1:6
  |
1 | at = 2025-06-20
  |      ^^^^^^^^^^",
    );
}
