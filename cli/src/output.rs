//! The only place that prints. A closed pipe is no error: its reader has seen enough. A full disk is one.

use std::io::{self, IsTerminal, Write};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use claque_lab::amount::{counted, humane};

/// Prints text as it is.
pub(crate) fn print(text: &str) {
    put(&mut io::stdout().lock(), text);
}

/// Prints text with its styles, on a terminal.
pub(crate) fn print_styled(text: &clap::builder::StyledStr) {
    print(&if io::stdout().is_terminal() { text.ansi().to_string() } else { text.to_string() });
}

/// Prints a line.
pub(crate) fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// Prints a line for the person at the terminal, apart from the results.
pub(crate) fn remark(text: &str) {
    put(&mut io::stderr().lock(), &format!("{text}\n"));
}

/// Says what is wrong; a diagnostic brings the word itself.
pub(crate) fn complain(text: &str) {
    // Taken off and put on again, so that it is coloured for a terminal and stands there once.
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let mark = if io::stderr().is_terminal() { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
    put(&mut io::stderr().lock(), &format!("{mark} {text}\n"));
}

/// Says what is wrong, for a program: one line on standard error, behind whatever was remarked there.
pub(crate) fn complain_as_json(status: u8, text: &str) {
    put(&mut io::stderr().lock(), &format!("{}\n", error_object(status, text)));
}

/// An error for a program.
fn error_object(status: u8, text: &str) -> serde_json::Value {
    let kind = if status == 1 { "no" } else { "usage" };
    let text = text.strip_prefix("error: ").unwrap_or(text).trim_end();
    serde_json::json!({ "error": { "schema": 1, "kind": kind, "status": status, "message": text } })
}

/// Bold on a terminal, plain elsewhere.
pub(crate) fn strong(text: &str) -> String {
    if io::stdout().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// Does something with services that are broken on purpose: that they break their own assertions is being found out, and
/// no news for the terminal. A panic that nobody caught is ours, and is shown.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    // The hook is the process's: it is put back, or a panic of our own would be silent later.
    let hook = std::panic::take_hook();
    let last = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&last);
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.to_string();
        // What a scope says of its threads tells nothing.
        if !said.contains("a scoped thread panicked") {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = said;
        }
    }));
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(hook);
    done.unwrap_or_else(|payload| {
        let said = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        complain(&format!("this is a bug of claque: {said}"));
        std::panic::resume_unwind(payload)
    })
}

fn put(to: &mut impl Write, text: &str) {
    let Err(error) = to.write_all(text.as_bytes()).and_then(|()| to.flush()) else { return };
    // `claque … | head` closes the pipe: an error, as a panic in `println!` would be, would fail the
    // user's script.
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    // Past our own functions, which would fail in the same way where the terminal itself is gone.
    drop(writeln!(io::stderr(), "error: the output cannot be written: {error}"));
    std::process::exit(1);
}

/// A number of things, in words.
pub(crate) fn count(number: usize, thing: &str) -> String {
    counted(number as u64, thing)
}

/// How long something took, in words.
pub(crate) fn took(wall: std::time::Duration) -> String {
    humane(micros(wall))
}

/// A wall time in microseconds.
pub(crate) fn micros(wall: std::time::Duration) -> u64 {
    u64::try_from(wall.as_micros()).unwrap_or(u64::MAX)
}
