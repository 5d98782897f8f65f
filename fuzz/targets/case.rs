//! Case files: a case, or a complaint that can be printed.
//!
//! Input: the file.
#![no_main]

use claque_conformance::case_file::read_case;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(complaint) = read_case("area/what-it-shows.toml", text) {
        assert!(!complaint.to_string().is_empty());
    }
});
