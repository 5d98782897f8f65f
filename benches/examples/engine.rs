//! Runs one cell of the reference workload once and prints its figures: for runs interleaved with other engines.
//!
//! `engine client|trivial|heap A|B|C [SECONDS]` or `engine client GROUPS MEMBERS RATE SECONDS`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]
#![expect(clippy::disallowed_methods, reason = "a stopwatch")]

use std::process::ExitCode;
use std::time::Instant;

use claque_benches::workload::{Cell, Outcome, Receiver, run, run_on_heap};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((what, cell)) = parse(&words) else {
        eprintln!(
            "usage: engine client|trivial|heap A|B|C [SECONDS]\n       engine client|trivial|heap GROUPS MEMBERS RATE SECONDS"
        );
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let Outcome { deliveries, hash, latency_median } = match what {
        "trivial" => run(cell, Receiver::Trivial),
        "heap" => run_on_heap(cell, Receiver::Client),
        _ => run(cell, Receiver::Client),
    };
    let wall = start.elapsed();
    println!(
        "RESULT\tclaque\t{what}\tG={}\tN={}\tdeliveries={deliveries}\twall_s={:.4}\tns={:.2}\tmedian_us={latency_median}\thash={hash:016x}",
        cell.groups,
        cell.members,
        wall.as_secs_f64(),
        wall.as_secs_f64() * 1e9 / deliveries as f64,
    );
    ExitCode::SUCCESS
}

fn parse(words: &[String]) -> Option<(&str, Cell)> {
    let what =
        words.first().map(String::as_str).filter(|what| ["client", "trivial", "heap"].contains(what))?;
    let cell = Cell::parse(&words[1..])?;
    Some((what, cell))
}
