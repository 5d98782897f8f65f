//! Descriptors of subjects: refused by a text that names the file, or one whose numbers are within their bounds.
//!
//! Input: an even first byte: the rest is a file; an odd one: which descriptor (u16 LE), then three bytes for each change.
#![no_main]

mod tokens;

use claque_conformance::subject::descriptor::{
    Descriptor, PATIENCE_SECONDS_MAX, READY_SECONDS_MAX, SETTLE_MILLIS_MAX,
};
use libfuzzer_sys::fuzz_target;

/// One with everything in it, and those that are in use.
const WHOLE: [&str; 3] = [
    "name = \"x\"\nendpoint = \"http://localhost:1\"\nstart = \"exec x\"\ncertificate-authorities = \"ca.pem\"\nclient = \"python\"\n\
     operations = [\"CreateLiveMessageApp\", \"ListLiveMessageApps\"]\npatience-seconds = 3\nready-seconds = 4\nsettle-millis = 5\n\
     [credentials]\nid-env = \"A\"\nsecret-env = \"B\"\nsecurity-token-env = \"C\"\n[other-account]\nid-env = \"D\"\nsecret-env = \"E\"\n\
     [capabilities]\ncontrol = true\naudience = false\n",
    include_str!("../../fixtures/subjects/claque-serve.toml"),
    include_str!("../../examples/foreign/subject.toml"),
];

fuzz_target!(|bytes: &[u8]| {
    let [kind, rest @ ..] = bytes else { return };
    let text = if kind & 1 == 0 {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        let Some((text, edits)) = tokens::chosen(&WHOLE, rest) else { return };
        tokens::changed(text, edits)
    };
    match Descriptor::parse("subject.toml", &text) {
        Err(complaint) => assert!(complaint.0.contains("subject.toml"), "{}", complaint.0),
        Ok(read) => {
            assert!((1..=PATIENCE_SECONDS_MAX).contains(&read.patience_seconds));
            assert!((1..=READY_SECONDS_MAX).contains(&read.ready_seconds));
            assert!(read.settle_millis <= SETTLE_MILLIS_MAX);
            assert!(read.endpoint.is_some() || read.start.is_some());
        }
    }
});
