//! What a shell and `man` read, made of the same definitions as `--help`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell as Generator;
use claque_wire::operation::OperationSpec;

use crate::output::{line, print};
use crate::{Arguments, CommandFailure, Done};

/// A program that reads commands.
#[derive(Clone, Copy, ValueEnum)]
enum CommandShell {
    Bash,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

impl CommandShell {
    const fn generator(self) -> Generator {
        match self {
            Self::Bash => Generator::Bash,
            Self::Fish => Generator::Fish,
            Self::PowerShell => Generator::PowerShell,
            Self::Zsh => Generator::Zsh,
        }
    }
}

/// Which shell.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  source <(claque completions bash)                                          in ~/.bashrc
  claque completions zsh >~/.zfunc/_claque                                   with fpath+=~/.zfunc before compinit
  claque completions fish >~/.config/fish/completions/claque.fish
  claque completions powershell | Out-String | Invoke-Expression             in $PROFILE

Commands and options are completed; for `claque call`, but in PowerShell, the operations and the names of their parameters too.")]
pub(crate) struct CompletionsArguments {
    /// The shell.
    shell: CommandShell,
}

pub(crate) fn completions(arguments: &CompletionsArguments) -> Done {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell.generator(), &mut described(), "claque", &mut text);
    print(&String::from_utf8_lossy(&text));
    if matches!(arguments.shell, CommandShell::Fish) {
        // Of a word that is no option, the generator for fish writes nothing.
        let words = [operations(), parameter_names()].concat().join(" ");
        line(&format!("complete -c claque -n \"__fish_claque_using_subcommand call\" -f -a \"{words}\""));
    }
    Ok(())
}

fn operations() -> Vec<&'static str> {
    OperationSpec::all().map(OperationSpec::name).collect()
}

/// The names of all parameters, each once and ready for its value.
fn parameter_names() -> Vec<&'static str> {
    let parameters = OperationSpec::all().flat_map(|spec| spec.parameters);
    let names: BTreeSet<&str> = parameters.map(|parameter| parameter.name).collect();
    // The parser keeps its words for as long as the program runs, and it is asked once.
    names.into_iter().map(|name| &*format!("{name}=").leak()).collect()
}

/// The command with the words that `--help` does not list: a wrong one is answered with the nearest where it is read,
/// so that they are no part of the definition.
fn described() -> clap::Command {
    Arguments::command().mut_subcommand("call", |call| {
        call.mut_arg("operation", |arg| arg.value_parser(PossibleValuesParser::new(operations())))
            .mut_arg("parameters_given", |arg| arg.value_parser(PossibleValuesParser::new(parameter_names())))
    })
}

/// Where to.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque man --out ~/.local/share/man/man1    then `man claque`, `man claque-ctl-clock`")]
pub(crate) struct ManArguments {
    /// The folder, which is made: one page for each command.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn man(arguments: &ManArguments) -> Done {
    let folder = arguments.out.display();
    let failed = |error: std::io::Error| {
        CommandFailure::Usage(format!("--out {folder}: the folder cannot be written: {error}; name another"))
    };
    std::fs::create_dir_all(&arguments.out).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), &arguments.out).map_err(failed)?;
    line(&format!("{folder}: claque.1 and a page for each command"));
    Ok(())
}
