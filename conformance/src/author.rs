//! Help for the author of a case: the skeleton of a file that states its rules, and fails until somebody has thought.

use std::fmt::Write as _;

use claque_core::Rule;
use claque_document::diagnostic::nearest;
use claque_wire::operation::{Kind, OperationSpec, Parameter};

use crate::case_file::codes::UNWRITTEN;
use crate::registry::{Registry, RuleEntry};
use crate::suite::Suite;

/// Columns after which a comment is continued on the next line.
const COMMENT_WIDTH: usize = 110;

/// A case file that is about to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// Where it belongs, below the folder of cases.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// Makes the skeleton of a case: `area/name` or `area::name`, for at least one rule.
///
/// # Errors
/// A sentence with the nearest word that would do: the name has another form, its area or a rule is unknown, a rule cannot be
/// shown by a case, or a case has that name already.
pub fn skeleton(case: &str, rules: &[String], suite: &Suite) -> Result<Skeleton, String> {
    let (area, name) = place(case, suite)?;
    let mut entries = Vec::new();
    for id in rules {
        entries.push(entry(id, &suite.registry)?);
    }
    let Some((first, _)) = entries.split_first() else {
        return Err("a case names at least one rule: give --rule ID".to_owned());
    };
    let mut text = String::new();
    for entry in &entries {
        about(&mut text, entry, suite);
    }
    let ids: Vec<String> = entries.iter().map(|entry| format!("{:?}", entry.id)).collect();
    push(&mut text, &format!("rules = [{}]", ids.join(", ")));
    push(&mut text, "summary = \"Say in one sentence what this case shows.\"");
    push(&mut text, "given = [{ group = \"g\", owner = \"ada\", members = [\"bob\"] }]");
    push(&mut text, "steps = [");
    push(
        &mut text,
        "  # The expectation fails until it says what the rule demands; `fixtures/README.md` has every key.",
    );
    push(&mut text, &format!("  {},", step(first)));
    push(&mut text, "]");
    Ok(Skeleton { path: format!("{area}/{name}.toml"), text })
}

fn place(case: &str, suite: &Suite) -> Result<(String, String), String> {
    let bare = case.strip_prefix("conformance::").unwrap_or(case);
    let bare = bare.strip_suffix(".toml").unwrap_or(bare).replace("::", "/");
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let Some((area, name)) = bare.split_once('/').filter(|(area, name)| word(area) && word(name)) else {
        return Err(format!(
            "{case:?} names no case: write AREA/WHAT-IT-SHOWS in lower-case words, digits and hyphens"
        ));
    };
    let mut areas: Vec<&str> = suite.registry.rules().iter().map(RuleEntry::area).collect();
    areas.dedup();
    if !areas.contains(&area) {
        let hint = match nearest(area, areas.iter().copied()) {
            Some(near) => format!("did you mean {near}/{name}?"),
            None => format!("there are {}", areas.join(", ")),
        };
        return Err(format!("no area {area:?}; {hint}"));
    }
    if let Some(taken) = suite.cases.iter().find(|case| case.area == area && case.name == name) {
        return Err(format!("{}::{} is there already: {}", taken.area, taken.name, taken.summary));
    }
    Ok((area.to_owned(), name.to_owned()))
}

fn entry<'r>(id: &str, registry: &'r Registry) -> Result<&'r RuleEntry, String> {
    let Some(entry) = registry.rule(id) else {
        let hint =
            registry.nearest_rule(id).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(format!("no rule {id:?}{hint}; `claque rules` lists all"));
    };
    match (&entry.reason, entry.rule) {
        (Some(reason), _) => Err(format!("{id} cannot be shown by a case: {reason}")),
        (None, None) => Err(format!("{id} cannot be shown by a case: no code decides it")),
        (None, Some(_)) => Ok(entry),
    }
}

/// Writes what is known of a rule as comments.
fn about(text: &mut String, entry: &RuleEntry, suite: &Suite) {
    comment(text, &format!("{}: {}", entry.id, entry.says));
    if let Some(value) = &entry.value {
        comment(text, &format!("  documented value: {value}"));
    }
    for citation in &entry.sources {
        let title =
            suite.registry.source(&citation.doc).map_or(citation.doc.as_str(), |source| &source.title);
        let section =
            citation.section.as_deref().map(|section| format!(", \"{section}\"")).unwrap_or_default();
        comment(text, &format!("  source: {title}{section}"));
    }
    for reading in entry.readings.iter().filter_map(|id| suite.registry.reading(id)) {
        comment(text, &format!("  reading: {} = {}: {}", reading.id, reading.default, reading.question));
    }
    let rule = entry.rule;
    let shown = suite.cases.iter().filter(|case| rule.is_some_and(|rule: Rule| case.rules.contains(&rule)));
    for case in shown.take(5) {
        comment(text, &format!("  shown by: {}::{}", case.area, case.name));
    }
}

/// The one step of a skeleton: the operation that the rule speaks of, with what it needs.
fn step(entry: &RuleEntry) -> String {
    let spoken = entry.operations.iter().find_map(|name| OperationSpec::named(name));
    let spec = spoken.or_else(|| OperationSpec::named("DescribeLiveMessageGroup"));
    let Some(spec) = spec else { return String::new() };
    let needed = spec.parameters.iter().filter(|parameter| parameter.required && parameter.name != "AppId");
    let with: Vec<String> =
        needed.map(|parameter| format!("{} = {}", parameter.name, placeholder(parameter))).collect();
    let with = if with.is_empty() { String::new() } else { format!(", with = {{ {} }}", with.join(", ")) };
    format!("{{ call = \"{}\"{with}, expect = {{ refused = \"{UNWRITTEN}\" }} }}", spec.name())
}

fn placeholder(parameter: &Parameter) -> &'static str {
    match (parameter.kind, parameter.name) {
        (Kind::Boolean, _) => "true",
        (Kind::Integer | Kind::Long, _) => "1",
        (Kind::List, _) => "[\"bob\"]",
        (Kind::Map, _) => "{ map = { key = \"value\" } }",
        (Kind::Text, "GroupId") => "\"g\"",
        (Kind::Text, "AppName") => "\"shop\"",
        (Kind::Text, "SenderId" | "OperatorUserId" | "CreatorId") => "\"ada\"",
        (Kind::Text, _) => "\"bob\"",
    }
}

/// Writes a text as comment lines of a readable width.
fn comment(text: &mut String, said: &str) {
    let indent = said.len() - said.trim_start().len();
    let mut line = String::new();
    for word in said.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() > COMMENT_WIDTH {
            push(text, &format!("# {:indent$}{line}", ""));
            line.clear();
            line.push_str("  ");
        }
        let gap = if line.trim().is_empty() { "" } else { " " };
        write!(line, "{gap}{word}").expect("writing to a string succeeds");
    }
    push(text, &format!("# {:indent$}{line}", ""));
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::{UNWRITTEN, skeleton};
    use crate::case_file::read_case;
    use crate::runner::run;
    use crate::subject::CoreSubject;
    use crate::suite::Suite;
    use crate::verdict::Verdict;

    fn suite() -> Suite {
        Suite::embedded().unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// Every rule that a case may name gets a file that is read, and that fails for the one reason it should.
    #[test]
    fn skeletons_are_read_and_fail() {
        let suite = suite();
        let mut made = 0;
        for entry in suite.registry.rules().iter().filter(|entry| entry.observable && entry.rule.is_some()) {
            let case = format!("{}/not-written-yet", entry.area());
            let made_of = skeleton(&case, std::slice::from_ref(&entry.id), &suite);
            let sketch = made_of.unwrap_or_else(|said| panic!("{}: {said}", entry.id));
            assert!(
                sketch.text.lines().all(|line| line.len() <= 250 && line.trim_end() == line),
                "{}",
                sketch.text
            );
            let case = read_case(&sketch.path, &sketch.text).unwrap_or_else(|fault| panic!("{fault}"));
            assert_eq!(case.rules.first().map(|rule| rule.id()), Some(entry.id.as_str()));
            match run(&case, &mut CoreSubject::sound()).verdict {
                Verdict::Fail(failure) => assert!(failure.expected.contains(UNWRITTEN), "{failure}"),
                other => panic!("{}: {other}\n{}", entry.id, sketch.text),
            }
            made += 1;
        }
        assert!(made > 200, "only {made} skeletons were made");
    }

    #[test]
    fn skeletons_state_the_rule_and_where_it_comes_from() {
        let rules = ["group.admins.max".to_owned()];
        let made = skeleton("group::four-are-too-many", &rules, &suite()).expect("rule and area exist");
        assert_eq!(made.path, "group/four-are-too-many.toml");
        assert!(
            made.text.starts_with("# group.admins.max: A group has at most three administrators.\n"),
            "{}",
            made.text
        );
        assert!(
            made.text.contains("#   source: ") && made.text.contains("#   reading: create.admin-items = ")
        );
    }

    #[test]
    fn slips_are_answered_with_the_nearest_word() {
        let suite = suite();
        let says =
            |case: &str, rule: &str| skeleton(case, &[rule.to_owned()], &suite).expect_err("it is a slip");
        assert!(says("group/x", "group.admins.mx").contains("did you mean group.admins.max?"));
        assert!(says("gruop/x", "group.admins.max").contains("did you mean group/x?"));
        assert!(says("nowhere/x", "group.admins.max").contains("there are app, auth"));
        assert!(says("x", "group.admins.max").contains("AREA/WHAT-IT-SHOWS"));
        let taken = suite.cases.iter().find(|case| case.area == "group").expect("there are cases of groups");
        let said = says(&format!("group/{}", taken.name), "group.admins.max");
        assert!(said.contains("is there already"), "{said}");
        let hidden =
            suite.registry.rules().iter().find(|entry| !entry.observable).expect("some rules are hidden");
        assert!(says("group/x", &hidden.id).contains("cannot be shown by a case"));
        assert!(skeleton("group/x", &[], &suite).expect_err("no rule").contains("--rule"));
    }
}
