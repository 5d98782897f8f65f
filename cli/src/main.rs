//! `claque`: the one binary. It parses, prints and exits; everything else is in the libraries.
#![forbid(unsafe_code)]

mod against;
mod audit;
mod bug;
mod call;
mod campaign;
mod cause;
mod chat;
mod config;
mod conform;
mod coverage;
mod ctl;
mod doctor;
mod explain;
mod explore;
mod export;
mod failure;
mod golden;
#[cfg(test)]
mod help_tests;
mod http;
mod init;
mod input;
mod interrupt;
mod journal;
mod listen;
mod meanwhile;
mod mutants;
mod mutation_score;
mod name;
mod number;
mod output;
mod pictures;
mod policy;
mod progress;
mod readings;
mod record;
mod reference;
mod replay;
mod replay_log;
mod rules;
mod run_command;
mod run_plan;
mod selftest;
mod serve;
mod server_campaign;
mod shell;
mod shows;
mod shrink;
mod simulate;
mod size;
mod step;
mod subject;
mod suite;
mod survey;
mod threads;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::{CommandFailure, Done};

/// A local stand-in for the messaging service of a live stream. Serve it to your programs, simulate whole shows, check a service
/// against the documented rules.
///
/// Claque is independent of the vendor whose public documents it implements.
#[derive(Parser)]
#[command(name = "claque", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  claque simulate                                  the default evening show, from seed 1
  claque simulate --seed 7 --users 2000            another run, and a smaller audience
  claque rules shaper.floor.latest-per-type        one rule: statement, sources, readings, cases
  claque readings                                  every open point and what is assumed
  claque serve --listen 127.0.0.1:8787             the service on localhost
  claque call CreateLiveMessageApp AppName=show    one call, signed, without a client library
  claque ctl clock --advance 31d                   move a running server's clock
  claque explain viewer7 --scenario smoke          what became of a user, a group or a message

Exit status: 0 all is well, 1 a rule was broken or a request refused, 2 wrong usage.";

#[derive(Subcommand)]
enum Command {
    /// Checks recorded traffic of any service against the documented rules.
    Audit(audit::Arguments),
    /// Turns a bug of the bug base (fixtures/bugs) into a test.
    Bug(bug::Arguments),
    /// Makes one signed call of an operation, and prints the answer.
    Call(call::Arguments),
    /// Runs the simulator with many seeds on all cores, and reports on all runs together.
    Campaign(Box<campaign::Arguments>),
    /// Finds the moment from which on a failing run could no longer pass.
    Cause(cause::Arguments),
    /// Shows what a recorded chat holds.
    Chat(chat::Arguments),
    /// Prints a completion script for your shell.
    Completions(shell::CompletionsArguments),
    /// Runs the conformance suite against Claque's own service, or against any service over HTTP.
    Conform(conform::Arguments),
    /// Controls a running server: clock, crowd, ledger, faults.
    Ctl(ctl::Arguments),
    /// Looks at what on this machine would stand in the way: port, descriptors, clock, memory, data directory, version.
    Doctor(doctor::Arguments),
    /// Tells what became of a message, a user or a group: in a run, a trace, a recording or a running server.
    Explain(explain::Arguments),
    /// Tries every short sequence of calls in a world of two users.
    Explore(explore::Arguments),
    /// Repeats fixed runs and compares each with its recorded hash.
    Golden(golden::Arguments),
    /// Counts how many seeds the simulator needs to catch each mutant (a service broken on purpose).
    Hunt(mutation_score::Arguments),
    /// Writes a configuration, a first scenario and a first test for a language.
    Init(init::Arguments),
    /// Lists, checks, replays or repairs a server's journal.
    Journal(journal::Arguments),
    /// Writes the manual pages.
    Man(shell::ManArguments),
    /// Lists the mutants: versions of the service that are broken on purpose, to check that tests notice.
    Mutants(mutants::Arguments),
    /// Lists the points that the documents leave open, and how each is interpreted (its reading).
    Readings(readings::Arguments),
    /// Records calls as a proxy in front of a service, and callbacks as their receiver.
    Record(record::Arguments),
    /// Repeats a run, or a bug of the bug base, and shows what happened.
    Replay(replay::Arguments),
    /// Repeats the calls of a recording against a running server, and compares the answers.
    ReplayLog(replay_log::Arguments),
    /// Lists the documented rules, or shows one.
    Rules(rules::Arguments),
    /// Plays every mutant (a service broken on purpose), and shows whether the suite and the simulator notice it.
    ///
    /// Mutants of the HTTP layer are played through the same code that the server runs.
    Selftest(selftest::Arguments),
    /// Serves the documented operations on this machine.
    Serve(serve::Arguments),
    /// Tests the whole server with many seeds, on a virtual clock and without a network.
    ServerCampaign(server_campaign::Arguments),
    /// Makes a failing run smaller while it fails the same way.
    Shrink(shrink::Arguments),
    /// Simulates a show with virtual users from a seed, and checks it against the rules.
    Simulate(simulate::Arguments),
    /// Writes a world (one service of a running server) to a file, or creates one from a file.
    World(world::Arguments),
}

fn main() -> ExitCode {
    // Asked of the words and not of the parsed options: what cannot be parsed is answered in the same form.
    let machine = std::env::args_os().any(|word| word == "--json");
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are no errors; they are for whoever reads the terminal.
        Err(said) if machine && said.use_stderr() => return refuse(true, USAGE, &said.to_string()),
        Err(said) if said.use_stderr() => said.exit(),
        Err(said) => {
            // As every output: what cannot be written is an error, which the parser's own way out forgets.
            output::print_styled(&said.render());
            return ExitCode::SUCCESS;
        }
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandFailure::No(text)) => refuse(machine, NO, &text),
        Err(CommandFailure::Usage(text)) => refuse(machine, USAGE, &text),
        Err(CommandFailure::Status(status)) => ExitCode::from(status),
    }
}

/// The answer is no: a rule was broken, a request refused.
const NO: u8 = 1;
/// It was asked wrongly.
const USAGE: u8 = 2;

/// Says why a command did not do what it was asked, and gives its exit status.
fn refuse(machine: bool, status: u8, text: &str) -> ExitCode {
    if machine {
        output::complain_as_json(status, text);
    } else {
        output::complain(text);
    }
    ExitCode::from(status)
}

fn run(command: Command) -> Done {
    match command {
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Bug(arguments) => bug::run(&arguments),
        Command::Call(arguments) => call::run(&arguments),
        Command::Campaign(arguments) => campaign::run(&arguments),
        Command::Cause(arguments) => cause::run(&arguments),
        Command::Chat(arguments) => chat::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Conform(arguments) => conform::run(&arguments),
        Command::Ctl(arguments) => ctl::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Explore(arguments) => explore::run(&arguments),
        Command::Golden(arguments) => golden::run(&arguments),
        Command::Hunt(arguments) => mutation_score::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Journal(arguments) => journal::run(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
        Command::Mutants(arguments) => mutants::run(&arguments),
        Command::Readings(arguments) => readings::run(&arguments),
        Command::Record(arguments) => record::run(arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::ReplayLog(arguments) => replay_log::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Selftest(arguments) => selftest::run(&arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::ServerCampaign(arguments) => server_campaign::run(&arguments),
        Command::Shrink(arguments) => shrink::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::World(arguments) => world::run(&arguments),
    }
}
