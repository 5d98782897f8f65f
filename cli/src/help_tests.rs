//! The help of every command: each of its examples is a command line that the command takes.

use clap::{Command, CommandFactory as _, Parser as _};

use crate::Arguments;

/// Help is broken into lines of so many columns where it goes to no terminal.
const HELP_COLUMNS: usize = 100;

/// The examples of a command's help, without what is said about them.
fn examples(command: &Command) -> Vec<String> {
    let help = [command.get_after_help(), command.get_after_long_help()];
    let help: Vec<String> = help.into_iter().flatten().map(ToString::to_string).collect();
    let lines = help.iter().flat_map(|help| help.lines()).map(str::trim_start);
    // What is said about an example stands behind several spaces.
    let examples =
        lines.filter(|line| line.starts_with("claque ")).filter_map(|line| line.split("   ").next());
    examples.map(|example| example.trim_end().to_owned()).collect()
}

/// The words of a command line, up to a pipe or whatever else is the shell's.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    assert!(quote.is_none(), "a quote is left open: {line}");
    words.extend(word);
    words.into_iter().take_while(|word| !word.starts_with(['|', '>', '&', ';', '<'])).collect()
}

/// Why a line is no command line; none where it is one.
fn refused(line: &str) -> Option<String> {
    Arguments::try_parse_from(words(line)).err().map(|error| error.to_string())
}

#[test]
fn every_example_of_every_help_is_taken_by_its_command() {
    let (mut open, mut tried, mut without) = (vec![(Arguments::command(), String::new())], 0, Vec::new());
    while let Some((command, path)) = open.pop() {
        let name = format!("{path}{}", command.get_name());
        for below in command.get_subcommands() {
            open.push((below.clone(), format!("{name} ")));
        }
        let examples = examples(&command);
        if examples.is_empty() && !path.contains(' ') {
            without.push(name.clone());
        }
        for example in examples {
            // Wider ones are broken into two lines, and the second is no command.
            assert!(
                example.len() + 2 <= HELP_COLUMNS,
                "`{example}` in the help of `{name}` is broken into two lines"
            );
            let why = refused(&example).unwrap_or_default();
            assert!(why.is_empty(), "`{example}` in the help of `{name}`: {why}");
            tried += 1;
        }
    }
    assert!(without.is_empty(), "commands without an example: {without:?}");
    assert!(tried > 120, "only {tried} examples were found");
}

#[test]
fn an_example_that_no_command_takes_is_noticed() {
    assert_eq!(words("claque call App 'Name=a b' | less"), ["claque", "call", "App", "Name=a b"]);
    assert_eq!(refused("claque simulate --seed 7 | less"), None);
    for wrong in
        ["claque simulate --sede 7", "claque simulate --users seven", "claque shrink --bug", "claque nothing"]
    {
        assert!(refused(wrong).is_some(), "{wrong}");
    }
}

#[test]
fn no_option_answers_a_wrong_number_without_its_bounds() {
    let mut open = vec![(Arguments::command(), String::new())];
    let mut tried = 0;
    while let Some((command, path)) = open.pop() {
        let name = format!("{path}{}", command.get_name());
        for below in command.get_subcommands() {
            open.push((below.clone(), format!("{name} ")));
        }
        for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
            let value = clap::Arg::new("value").value_parser(argument.get_value_parser().clone());
            let said = Command::new("x").arg(value).try_get_matches_from(["x", "9x"]);
            let said = said.err().map(|error| error.to_string()).unwrap_or_default();
            // The words of the standard library, which name neither bound nor unit.
            let bare = ["invalid digit", "is not in", "empty string", "too large"]
                .iter()
                .any(|it| said.contains(it));
            assert!(!bare, "{name} {}: use `crate::number`: {said}", argument.get_id());
            tried += usize::from(said.contains("write a whole number from"));
        }
    }
    assert!(tried > 20, "only {tried} options with a number were found");
}

#[test]
fn every_command_with_json_has_a_schema_in_the_page() {
    let page = include_str!("../../docs/json.md");
    let (mut open, mut with) = (vec![(Arguments::command(), String::new())], 0);
    while let Some((command, path)) = open.pop() {
        let name = format!("{path}{}", command.get_name());
        open.extend(command.get_subcommands().map(|below| (below.clone(), format!("{name} "))));
        if !command.get_arguments().any(|argument| argument.get_long() == Some("json")) {
            continue;
        }
        with += 1;
        // A row may name options between the command and `--json`, and none of a command below it.
        let below: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let has = page.lines().filter(|row| row.contains("`docs/schemas/")).any(|row| {
            let rest = row.strip_prefix(&format!("| `{name} ")).unwrap_or_default();
            let next = rest.split([' ', '`']).next().unwrap_or_default();
            next.starts_with("--") && !below.contains(&next)
        });
        assert!(has, "`{name} --json` has no row with a schema in docs/json.md");
    }
    assert!(with > 20, "only {with} commands with --json were found");
}
