//! A recording written by hand, line by line, and what an audit finds in it.

use claque_conformance::audit::{Assumed, Findings, Recording, Verdict, audit};
use claque_core::Rule;
use serde_json::Value;

/// Audits lines, one below the other.
pub(crate) fn audited(lines: &[Value], assumed: &Assumed) -> Findings {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut recording = Recording::default();
    recording.read(0, text.as_bytes()).expect("a recording");
    recording.finish();
    audit(&recording, assumed)
}

/// The lines of the first breach of the only rule that is broken, which must be this one.
pub(crate) fn broken(findings: &Findings, rule: Rule) -> Vec<usize> {
    assert_eq!(findings.broken().collect::<Vec<_>>(), [rule], "{findings:#?}");
    let Verdict::Broken(_, [breach, ..]) = findings.verdict(rule) else {
        panic!("{:?}", findings.verdict(rule))
    };
    breach.lines.iter().map(|place| place.line).collect()
}

/// Findings in which no rule is broken.
pub(crate) fn sound(findings: Findings) -> Findings {
    assert_eq!(findings.broken().collect::<Vec<_>>(), [], "{findings:#?}");
    findings
}
