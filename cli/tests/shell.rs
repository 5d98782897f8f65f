//! What `claque completions` and `claque man` write is understood by a shell and by `man`.

use std::process::{Command, Output};

fn claque(words: &[&str]) -> String {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_claque")).args(words).output().expect("the binary runs");
    assert!(status.success(), "{words:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("it speaks UTF-8")
}

/// What bash offers for the last of these words.
fn offered(words: &[&str]) -> Vec<String> {
    let script = r#"
        source <("$claque" completions bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _claque claque "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    bash.env("claque", env!("CARGO_BIN_EXE_claque")).args(["-c", script, "bash"]).args(words);
    let Output { status, stdout, stderr } = bash.output().expect("bash runs");
    assert!(status.success(), "{words:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("words").lines().map(ToOwned::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_operations_and_their_parameters() {
    for (words, all) in [
        (&["claque", "con"][..], &["conform"][..]),
        (&["claque", "ctl", "cl"], &["clock"]),
        (&["claque", "ctl", "clock", "--adv"], &["--advance"]),
        (&["claque", "call", "CreateLiveM"], &["CreateLiveMessageApp", "CreateLiveMessageGroup"]),
        (&["claque", "call", "CreateLiveMessageApp", "AppN"], &["AppName="]),
        (&["claque", "completions", "pow"], &["powershell"]),
    ] {
        assert_eq!(offered(words), all, "{words:?}");
    }
}

#[test]
fn each_shell_has_a_text_that_names_what_is_completed() {
    for (shell, sign) in [
        ("bash", "complete -F _claque"),
        ("zsh", "#compdef claque"),
        ("fish", "complete -c claque"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'claque'"),
    ] {
        let text = claque(&["completions", shell]);
        for part in [sign, "completions", "advance"] {
            assert!(text.contains(part), "{shell} misses {part}");
        }
        // What is written for PowerShell completes no values.
        let values = shell != "powershell";
        for part in ["SendLiveMessageGroup", "GroupId="] {
            assert_eq!(text.contains(part), values, "{shell}: {part}");
        }
        assert_eq!(text, claque(&["completions", shell]), "{shell}: it is a function of the program");
    }
}

#[test]
fn each_command_has_a_page_that_man_can_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path");
    claque(&["man", "--out", path]);
    let page = |name: &str| std::fs::read_to_string(folder.path().join(format!("{name}.1")));
    let overview = page("claque").expect("the overview");
    let help = claque(&["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .filter_map(|line| line.split(' ').next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() > 20, "{commands:?}");
    for name in commands {
        let text = page(&format!("claque-{name}")).unwrap_or_else(|error| panic!("claque-{name}.1: {error}"));
        assert!(text.contains(".SH SYNOPSIS"), "{name}");
        // The pages spell a hyphen as troff does.
        let spelt = name.replace('-', "\\-");
        assert!(overview.contains(&format!("claque\\-{spelt}(1)")), "{name} is not in the overview");
    }
    assert!(page("claque-ctl-clock").expect("a page").contains("advance"));
}
