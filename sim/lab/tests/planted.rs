//! The table of mutants says what the mutants are.

use claque_core::Mutant;

const TABLE: &str = include_str!("../../../docs/planted-bugs.md");

#[test]
fn the_table_lists_exactly_the_mutants_in_which_several_things_meet() {
    let rows: Vec<&str> = TABLE.lines().filter(|line| line.starts_with("| `")).collect();
    let owed: Vec<String> = Mutant::SEVERAL
        .iter()
        .map(|mutation| {
            let meets = mutation.meets().join(", ");
            let (id, rule) = (mutation.id(), mutation.rule().id());
            format!("| `{id}` | `{rule}` | {} | {meets} |", mutation.says().trim())
        })
        .collect();
    assert_eq!(rows, owed);
}

#[test]
fn the_table_counts_the_other_mutants_right() {
    let count = format!("- {} mutants break one rule each.", Mutant::ALL.len());
    assert!(TABLE.contains(&count), "the table should say: {count}");
}
