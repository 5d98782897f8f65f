//! What anybody may hand to an audit: recordings and HAR files. They are judged, or refused with a place and a sentence.
//!
//! Input: an even first byte: the rest is a recording; an odd one: the rest is a HAR, whose lines are a recording.
#![no_main]

use claque_conformance::audit::{Assumed, Recording, audit, har};
use libfuzzer_sys::fuzz_target;

fn judge(text: &[u8]) -> bool {
    let mut recording = Recording::default();
    if let Err(error) = recording.read(0, text) {
        assert!(!error.says.is_empty() && error.place.line > 0, "{error:?}");
        return false;
    }
    recording.finish();
    let findings = audit(&recording, &Assumed::default());
    assert!(
        !recording.is_empty() || findings.broken().next().is_none(),
        "nothing was seen, and a rule is broken"
    );
    true
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, bytes @ ..] = bytes else { return };
    if kind & 1 == 0 {
        judge(bytes);
        return;
    }
    if let Ok(lines) = har::lines(bytes, "har") {
        let text: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        assert!(judge(text.as_bytes()), "what is made of a HAR is a recording: {text}");
    }
});
