//! `claque serve` as its user starts it: where it listens, what it refuses, and what ends with it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

fn claque(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.arg("serve").args(arguments).env("RUST_LOG", "warn").env_remove("CLAQUE_CONTROL_TOKEN");
    command
}

fn done(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = claque(arguments).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[expect(clippy::disallowed_methods, reason = "what other processes do takes wall time")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Waits for something that other processes do.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        pause();
    }
    panic!("never: {what}");
}

/// Whether a process runs; one that has ended and waits for its parent does not.
fn runs(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
    stat.is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')))
}

/// A server whose command starts a child and a grandchild: the server, and the process IDs that they wrote down.
fn server_with_family(folder: &Path, rest: &str) -> (Child, Vec<String>) {
    let file = folder.join("ids");
    let script = format!(
        "sleep 300 & echo $! >>{0}; sh -c 'trap \"\" TERM; sleep 301 & echo $! >>{0}; echo $$ >>{0}; wait' & \
         until [ \"$(wc -l <{0})\" = 3 ]; do sleep 0.02; done; touch {0}.all; {rest}",
        file.display()
    );
    let mut command = claque(&["--listen", "127.0.0.1:0", "--exec", &script]);
    let server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    until("the family is there", || folder.join("ids.all").exists());
    let ids = std::fs::read_to_string(&file).expect("a list");
    (server, ids.lines().map(str::to_owned).collect())
}

fn kill(signal: &str, id: u32) {
    let done = Command::new("kill").args([signal, &id.to_string()]).status().expect("kill runs");
    assert!(done.success());
}

fn family_ends(rest: &str, end: impl FnOnce(&Child)) -> Option<i32> {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, ids) = server_with_family(folder.path(), rest);
    end(&server);
    let status = server.wait().expect("it ends");
    for id in ids {
        until("nothing of the family is left", || !runs(&id));
    }
    status.code()
}

#[test]
fn what_the_command_left_behind_ends_with_it() {
    assert_eq!(family_ends("exit 7", |_| {}), Some(7));
}

#[test]
fn a_server_that_is_asked_to_end_takes_all_of_the_command_with_it() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let status = family_ends("sleep 302", |server| kill(signal, server.id()));
        assert_eq!(status, Some(143), "{signal}");
    }
}

#[test]
fn a_server_that_is_killed_takes_all_of_the_command_with_it() {
    assert_eq!(family_ends("sleep 302", |server| kill("-KILL", server.id())), None);
}

#[test]
fn it_listens_where_a_name_says() {
    for (listen, ready) in [("localhost:0", "ready http://127.0.0.1:"), (":0", "ready http://127.0.0.1:")] {
        let (status, out, _) = done(&["--listen", listen, "--exec", "true"]);
        assert_eq!(status, Some(0), "{listen}");
        assert!(out.starts_with(ready), "{listen}: {out}");
    }
    let (status, _, error) = done(&["--listen", "http://localhost:1", "--exec", "true"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("write HOST:PORT"), "{error}");
}

#[test]
fn the_known_key_is_for_this_machine_unless_somebody_insists() {
    let public = ["--listen", "0.0.0.0:0", "--exec", "true"];
    let (status, _, error) = done(&public);
    assert_eq!(status, Some(2));
    assert!(error.contains("--access-key") && error.contains("--insecure"), "{error}");
    let known = ["--access-key", "claque-development:claque-development-secret"];
    assert_eq!(done(&[public.as_slice(), &known].concat()).0, Some(2), "however it comes in");
    assert_eq!(done(&[public.as_slice(), &["--insecure"]].concat()).0, Some(0));
    assert_eq!(done(&[public.as_slice(), &["--access-key", "own:secret"]].concat()).0, Some(0));
}

#[test]
fn an_empty_token_opens_nothing() {
    let (status, _, error) = done(&["--listen", ":0", "--control-token", "", "--exec", "true"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("the control token is empty"), "{error}");
}

#[test]
fn authorities_of_receivers_are_read_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("none.pem");
    let file = file.to_str().expect("a path");
    let with = ["--listen", ":0", "--exec", "true", "--callback-ca", file];
    assert_eq!(done(&with).0, Some(2), "it is not there");
    std::fs::write(file, "nothing").expect("a file");
    let (status, _, error) = done(&with);
    assert_eq!(status, Some(2));
    assert!(error.contains("no certificate in it"), "{error}");
}

#[test]
fn the_first_line_is_there_before_the_command_runs() {
    let mut server =
        claque(&["--listen", ":0", "--exec", "cat"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut out = BufReader::new(server.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert!(line.starts_with("ready http://127.0.0.1:"), "{line}");
    // The command reads from nothing, and so ends at once.
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("its end");
    assert_eq!((rest.as_str(), server.wait().expect("it ends").code()), ("", Some(0)));
}
