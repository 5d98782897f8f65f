//! The pages are true: every command that README and docs show is run with the built binary, and prints what the page
//! shows; every link leads to a file and a heading that exist.
//!
//! A block of commands is a fence ` ```console `: behind `$ ` stands a command, a line that ends in `\` goes on in the next,
//! and all other lines are its output on both streams. `…` stands for any text, alone on a line for
//! any lines (`...` too); a command without output in the page may print anything. A fence ` ```sh ` holds commands alone.
//! Words behind the name of the fence:
//!
//! | word | meaning |
//! |---|---|
//! | `status="1"` | the exit status of the block's last command; 0 unless it is named |
//! | `needs="curl"` | programs that this machine may lack; the block is then not run |
//! | `skip="why"` | the block is not run; its commands are still parsed, and its files must exist |
//!
//! The commands of one page share a shell's variables and a scratch folder, in which `fixtures` and `examples` are copies
//! of the repository's. `claque serve` without `--exec` goes on in the background until the page ends or starts another
//! one; `127.0.0.1:8787` is then its address, whatever port it got.

mod compare;
mod ground;
mod links;
mod markdown;
mod play;
mod usage;

use std::sync::{Arc, Mutex};

use ground::{Tally, root};
use libtest_mimic::{Arguments, Failed, Trial};

/// Pages besides those below `docs`.
const PAGES: [&str; 13] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "clients/go/README.md",
    "clients/java/README.md",
    "clients/js/README.md",
    "clients/python/README.md",
    "clients/rust/README.md",
    "clients/session/README.md",
    "examples/README.md",
    "fixtures/README.md",
    "fixtures/wire/README.md",
];

/// All pages, by their path in the repository, in order.
fn pages() -> Vec<String> {
    let mut found: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    let mut open = vec![root().join("docs")];
    while let Some(folder) = open.pop() {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let inside = path.strip_prefix(root()).expect("a page of the repository");
                found.push(inside.display().to_string());
            }
        }
    }
    found.sort();
    found
}

fn main() {
    let arguments = Arguments::from_args();
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut trials = Vec::new();
    for name in pages() {
        let shared = Arc::clone(&tally);
        let title = format!("pages::{}", name.trim_end_matches(".md").to_lowercase().replace('/', "::"));
        trials.push(Trial::test(title, move || play::page(&name, &shared).map_err(Into::into)));
    }
    trials.push(Trial::test("pages::links-lead-somewhere", || links::all(&pages()).map_err(Into::into)));
    trials.push(Trial::test("pages::the-site-lists-every-page", || {
        links::summary(&pages()).map_err(Into::into)
    }));
    trials.push(Trial::test("pages::rules-and-readings-are-current", || {
        links::generated().map_err(Into::into)
    }));
    trials.push(Trial::test("pages::wrong-pages-are-noticed", wrong_pages));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let tally = tally.lock().expect("no page panicked");
    if tally.run > 0 {
        report(&tally);
    }
    conclusion.exit();
}

/// Each way in which a page can be wrong.
fn wrong_pages() -> Result<(), Failed> {
    let fence = |info: &str, text: &str| format!("# Page\n\n```{info}\n{text}\n```\n");
    let rule = "claque rules shaper.budget.per-second";
    for (page, part) in [
        ("Code:\n\n    claque rules\n".to_owned(), "an indented block"),
        (fence("console", "claque rules"), "begins with a command"),
        (fence("console", &format!("$ {rule}\nshaper.budget.per-hour\n…")), "the page shows"),
        (fence("console", &format!("$ {rule}\nshaper.budget.per-second")), "the page shows"),
        (fence("console", "$ claque rules no.such.rule"), "ended with status 2, not 0"),
        (fence("console status=\"1\"", &format!("$ {rule}")), "ended with status 0, not 1"),
        (fence("sh", "claque rules no.such.rule"), "ended with status 2, not 0"),
        (fence("console skip=\"long\"", "$ claque rules"), "is no reason"),
        (fence("console skip=\"for a reason\"", "$ claque rules --colour"), "--colour"),
        (fence("console skip=\"for a reason\"", "$ benches/none/run.sh"), "there is no benches/none/run.sh"),
        (fence("console skip=\"for a reason\"", "$ cargo run --example none"), "there is no --example none"),
        (fence("console later", "$ claque rules"), "behind a fence stands"),
        ("Try `claque sing`.\n".to_owned(), "there is no such command"),
        ("Try `claque ctl clock --backwards 1s`.\n".to_owned(), "--backwards is no option"),
    ] {
        let error = play::text_of("a page", &page, &Mutex::default()).err().unwrap_or_default();
        if !error.contains(part) {
            return Err(format!("{page}\nshould be wrong with {part:?}, and this was said: {error}").into());
        }
    }
    let right =
        fence("console", &format!("$ {rule}\n…\n  kind        limit, …\n…\n$ claque rules --area app"));
    play::text_of("a page", &right, &Mutex::default()).map_err(Into::into)
}

#[expect(clippy::print_stdout, reason = "a test program tells its reader what it left out")]
fn report(tally: &Tally) {
    println!("{} commands of the pages were run; {} were parsed only:", tally.run, tally.skipped.len());
    for skipped in &tally.skipped {
        println!("  {skipped}");
    }
}
