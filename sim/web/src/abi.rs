//! The border to JavaScript: numbers, and texts in this module's memory.
//!
//! The page asks [`input`] for room, writes a text there, and makes a call with its length. A call answers with the length of the
//! text that then begins at [`output`]. An answer is a JSON object, with `error` where the line was refused. A broken assertion ends
//! the module: before, `claque_panicked` gets its words.
#![expect(
    unsafe_code,
    reason = "names of exported functions stand without Rust's mangling; no memory is touched by hand"
)]

use std::cell::RefCell;

use claque_document::diagnostic::Diagnostic;
use serde_json::{Value, json};

use crate::Playground;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<String> = const { RefCell::new(String::new()) };
    static PLAYGROUND: RefCell<Playground> = const { RefCell::new(Playground::new()) };
}

#[link(wasm_import_module = "page")]
unsafe extern "C" {
    /// How far a run is: a JSON object.
    safe fn claque_grown(text: *const u8, length: usize);
    /// The words of a broken assertion.
    safe fn claque_panicked(text: *const u8, length: usize);
}

/// Makes a broken assertion tell its words. To be called once, before all else.
#[unsafe(no_mangle)]
pub extern "C" fn begin() {
    std::panic::set_hook(Box::new(|broken| {
        let words = broken.to_string();
        claque_panicked(words.as_ptr(), words.len());
    }));
}

/// Room for a text of so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.resize(length, 0);
        input.as_mut_ptr()
    })
}

/// Where the last answer begins.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.with_borrow(|output| output.as_ptr())
}

/// [`crate::hash`] of the line in [`input`]: `hash`.
#[unsafe(no_mangle)]
pub extern "C" fn hash() -> usize {
    answer(crate::hash(&line()).map(|hash| json!({ "hash": format!("{hash:016x}") })))
}

/// [`Playground::run`] of the line in [`input`].
#[unsafe(no_mangle)]
pub extern "C" fn run() -> usize {
    let mut grown = |piece: &Value| {
        let piece = piece.to_string();
        claque_grown(piece.as_ptr(), piece.len());
    };
    answer(PLAYGROUND.with_borrow_mut(|playground| playground.run(&line(), &mut grown)))
}

/// [`Playground::moment`] of the run before: `html`. A JavaScript number holds the microseconds of 285 years.
#[unsafe(no_mangle)]
pub extern "C" fn moment(at: f64) -> usize {
    let html = PLAYGROUND.with_borrow(|playground| playground.moment(at as u64));
    answer(Ok(json!({ "html": html })))
}

/// [`crate::compare`] of the two lines in [`input`].
#[unsafe(no_mangle)]
pub extern "C" fn compare() -> usize {
    let lines = line();
    let (one, other) = lines.split_once('\n').unwrap_or((&lines, ""));
    answer(crate::compare(one, other))
}

/// [`crate::fork`] of the line and the fork in [`input`], a line each.
#[unsafe(no_mangle)]
pub extern "C" fn fork() -> usize {
    let lines = line();
    let (of, fork) = lines.split_once('\n').unwrap_or((&lines, ""));
    answer(crate::fork(of, fork))
}

/// [`crate::readings`] of the line in [`input`]: `readings`.
#[unsafe(no_mangle)]
pub extern "C" fn readings() -> usize {
    answer(crate::readings(&line()).map(|readings| json!({ "readings": readings })))
}

fn line() -> String {
    INPUT.with_borrow(|input| String::from_utf8_lossy(input).into_owned())
}

fn answer(result: Result<Value, Diagnostic>) -> usize {
    let object = result.unwrap_or_else(|refused| json!({ "error": refused.to_string() }));
    OUTPUT.with_borrow_mut(|output| {
        *output = object.to_string();
        output.len()
    })
}
