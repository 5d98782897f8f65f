//! Answers that need no run to be kept.

use claque_document::diagnostic::Diagnostic;
use claque_document::units::format_duration;
use claque_lab::divergence::first_divergence;
use claque_lab::golden::plan_of;
use claque_lab::page::comparison_to_html;
use claque_scenario::identity::{Fork, forks_in_order};
use claque_sim::run::{RunOptions, run_with};
use serde_json::{Value, json};

/// The hash of the run of an identity line.
///
/// # Errors
///
/// The error in the line; that it names a file.
pub fn hash(line: &str) -> Result<u64, Diagnostic> {
    let (_, plan, mutation) = plan_of(line)?;
    Ok(run_with(&plan, RunOptions { mutation, ..RunOptions::default() }).trace_hash)
}

/// What differs between the runs of two lines: `one` and `other`, their canonical lines, and `html`.
///
/// Work: six runs.
///
/// # Errors
///
/// The error in one of the lines; that it names a file.
pub fn compare(line: &str, other_line: &str) -> Result<Value, Diagnostic> {
    let ((one, plan, mutation), (other, other_plan, other_mutation)) = (plan_of(line)?, plan_of(other_line)?);
    let options = || RunOptions { mutation, ..RunOptions::default() };
    let other_options = || RunOptions { mutation: other_mutation, ..RunOptions::default() };
    let (report, other_report) = (run_with(&plan, options()), run_with(&other_plan, other_options()));
    let parted = first_divergence((&plan, &options), (&other_plan, &other_options));
    Ok(json!({
        "one": one.to_string(),
        "other": other.to_string(),
        "event": parted.event,
        "html": comparison_to_html(&report, &other_report, &parted),
    }))
}

/// The line of the same run that another seed continues from a moment on: `identity`. `fork` is written as in a line, `20s=99`. Forks of
/// the line before that moment stay; the later ones belong to the future that is drawn anew.
///
/// # Errors
///
/// The error in the line or in the fork; that it names a file; that the show is over at that moment.
pub fn fork(line: &str, fork: &str) -> Result<Value, Diagnostic> {
    let refuse = |said: String| Diagnostic::whole("--fork", said);
    let (identity, plan, _) = plan_of(line)?;
    let fork: Fork = fork.parse().map_err(refuse)?;
    let duration = plan.scenario.duration;
    // A run ignores such a fork, since a shrunk show may end before a fork of its run. Here somebody waits for another run.
    if fork.at > duration {
        return Err(refuse(format!(
            "a fork at {} changes nothing: the show is over at {}; choose an earlier moment",
            format_duration(fork.at),
            format_duration(duration)
        )));
    }
    let earlier = identity.forks().iter().copied().filter(|other| other.at < fork.at);
    let forks = forks_in_order(earlier.chain([fork]).collect()).map_err(refuse)?;
    Ok(json!({ "identity": identity.with_forks(forks).to_string() }))
}

/// All readings, by id: `question`, `default`, `alternatives`, and the `value` that the line has chosen.
///
/// # Errors
///
/// The error in the line; that it names a file.
pub fn readings(line: &str) -> Result<Value, Diagnostic> {
    let (_, plan, _) = plan_of(line)?;
    let all = plan.scenario.readings.iter().map(|reading| {
        json!({
            "id": reading.id,
            "question": reading.question,
            "value": reading.value,
            "default": reading.default,
            "alternatives": reading.alternatives,
        })
    });
    Ok(all.collect())
}

#[cfg(test)]
mod tests {
    use super::{compare, fork, hash, readings};

    const LINE: &str = "claque simulate --seed 3 --scenario smoke --users 60";

    #[test]
    fn a_hash_is_that_of_the_line_however_it_is_written() {
        let one = hash(LINE).expect("a line");
        assert_eq!(hash("--users 60 --scenario smoke --seed 9 --seed 3"), Ok(one), "the later seed holds");
        assert_ne!(hash("--users 60 --scenario smoke --seed 4"), Ok(one));
    }

    #[test]
    fn a_line_that_needs_a_file_is_refused() {
        for (line, says) in [
            ("--chat comments.xml", "recorded chat"),
            ("--scenario show.toml", "show.toml"),
            ("--sed 1", "--seed"),
        ] {
            let refused = hash(line).expect_err(line).to_string();
            assert!(refused.contains(says), "{line}: {refused}");
        }
    }

    #[test]
    fn a_run_does_not_part_from_itself_and_another_reading_does() {
        let same = compare(LINE, LINE).expect("two lines");
        assert!(
            same["event"].is_null() && same["html"].as_str().is_some_and(|html| html.contains("Nothing")),
            "{same}"
        );
        let other =
            compare(LINE, &format!("{LINE} --reading shaper.window=window-close")).expect("two lines");
        assert!(other["other"].as_str().is_some_and(|line| line.contains("window-close")), "{other}");
        // With the alternative the first message waits for its window to close.
        let html = other["html"].as_str().expect("a text");
        for part in ["the runs differ from event 3 on", "&lt; deliver ", "<td>delivered NORMAL</td>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn a_fork_replaces_the_forks_of_its_future() {
        let forked = |line: &str, word: &str| -> String {
            let answer = fork(line, word).expect("a fork");
            answer["identity"].as_str().expect("a line").to_owned()
        };
        let once = forked(LINE, "20000000us=7");
        assert!(once.contains(" --users 60 --fork 20s=7 "), "{once}");
        let twice = forked(&forked(&once, "30s=8"), "40s=9");
        assert!(twice.contains(" --fork 20s=7 --fork 30s=8 --fork 40s=9 "), "{twice}");
        let back = forked(&twice, "30s=1");
        assert!(back.contains(" --fork 20s=7 --fork 30s=1 --made-by"), "{back}");
    }

    #[test]
    fn a_fork_after_the_show_is_refused_with_its_end() {
        for (word, says) in [("1h=1", "the show is over at "), ("20s=x", "seed"), ("20s", "12m30s=99")] {
            let refused = fork(LINE, word).expect_err(word).to_string();
            assert!(refused.contains("--fork") && refused.contains(says), "{word}: {refused}");
        }
    }

    #[test]
    fn readings_say_what_a_line_has_chosen() {
        let all = readings(&format!("{LINE} --reading shaper.window=window-close")).expect("a line");
        let window =
            all.as_array().expect("a list").iter().find(|it| it["id"] == "shaper.window").expect("is there");
        assert_eq!(window["value"], "window-close");
        assert_ne!(window["default"], "window-close");
        assert!(window["question"].as_str().is_some_and(|question| !question.is_empty()));
    }
}
