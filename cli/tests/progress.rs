//! Long work says how far it is: `claque ctl` while it waits for a server, and the bar of each command that tries many things.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Reads a request and gives its first line.
fn request(link: &TcpStream) -> String {
    let mut reader = BufReader::new(link);
    let mut first = String::new();
    reader.read_line(&mut first).expect("a request");
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a head");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new()).expect("a body");
    first
}

fn answer(mut link: &TcpStream, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
    let text = format!("{head}Connection: close\r\n\r\n{body}");
    link.write_all(text.as_bytes()).expect("it is read");
}

/// A server that answers what it is asked once it has said so often how far it is.
fn slow_server(progress: &'static [&'static str], answered: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        let (reported, enough): (Sender<()>, Receiver<()>) = channel();
        let mut reported = Some(reported);
        let mut enough = Some(enough);
        let mut left = progress.iter();
        for link in listener.incoming() {
            let link = link.expect("a connection");
            if request(&link).starts_with("GET /_claque/ready ") {
                match left.next() {
                    Some(catching_up) => answer(&link, &format!(r#"{{"catchingUp":{catching_up}}}"#)),
                    None => answer(&link, r#"{"catchingUp":null}"#),
                }
                if left.len() == 0 {
                    drop(reported.take());
                }
            } else if let Some(enough) = enough.take() {
                thread::spawn(move || {
                    let _ = enough.recv();
                    answer(&link, answered);
                });
            }
        }
    });
    address
}

/// What `claque ctl` says on standard error before it prints the answer.
fn remarks(progress: &'static [&'static str], words: &[&str]) -> Vec<String> {
    let address = slow_server(progress, r#"{"done":"at last"}"#);
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    let output = command.args(["ctl", "--endpoint", &address]).args(words).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    let (printed, complaint) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success() && printed.contains("at last"), "{printed} {complaint}");
    complaint.lines().map(str::to_owned).collect()
}

#[test]
fn a_long_advance_and_a_long_end_report_every_second() {
    const ADVANCE: &[&str] = &[
        r#"{"done":7,"nowMicros":2000000,"toMicros":9000000,"leftToEnd":0}"#,
        r#"{"done":9000,"nowMicros":8000000,"toMicros":9000000,"leftToEnd":0}"#,
    ];
    assert_eq!(
        remarks(ADVANCE, &["clock", "--advance", "30d"]),
        [
            "7 acts and deadlines done, 7 s of the service's time left",
            "9000 acts and deadlines done, 1 s of the service's time left",
        ]
    );
    const END: &[&str] = &[r#"{"done":3,"nowMicros":2000003,"toMicros":2000004,"leftToEnd":640000}"#];
    assert_eq!(
        remarks(END, &["console", "delete-app", "--app", "a"]),
        ["640000 users, groups and memberships still to be looked at"]
    );
}

/// What a command draws on a terminal of 200 columns, which its standard error is.
fn drawn(words: &[&str]) -> String {
    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("it is ours");
    let name = ptsname(&ours, Vec::new()).expect("it has a name");
    let theirs =
        rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("it opens");
    let size = rustix::termios::Winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&theirs, size).expect("a size");
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(words);
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::null()).stderr(theirs);
    let mut child = command.spawn().expect("the binary runs");
    // The command has the only other end, so that its end is that of the terminal.
    drop(command);
    let mut text = Vec::new();
    // Linux reports the end of a terminal as an error.
    let _ended = std::fs::File::from(ours).read_to_end(&mut text);
    child.wait().expect("it ends");
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn the_bar_of_each_long_command_shows_failures_rate_and_time_left() {
    for (words, parts) in [
        ("campaign --scenario smoke --seeds 0..6 --mutant budget-plus-one", &["/6 runs, ", " failed, "][..]),
        ("campaign --seeds 0..4 --scenario smoke --out FOLDER", &[" units, 0 failed runs, "]),
        ("conform --rule shaper.budget.per-group", &[" cases, 0 bad, "]),
        (
            "hunt --scenario smoke --mutant budget-plus-one --seeds 3 --sound 2",
            &["/1 mutants, 0 escaped, ", "/2 runs of the sound service, 0 failed, "],
        ),
        (
            "selftest --mutant budget-plus-one --seeds 3",
            &["/1 mutants in the suite, 0 escaped, ", "/1 mutants in the simulator, 0 escaped, "],
        ),
        ("server-campaign --seeds 0..3", &["/3 runs, 0 failed, "]),
        (
            "shrink --scenario smoke --users 60 --seed 3 --mutant budget-plus-one --budget 8",
            &["/8 runs at the most, ", " events left, "],
        ),
        ("audit --trust 10", &["/10 sound sessions, 0 condemned, ", "/1 broken sessions, "]),
    ] {
        let folder = tempfile::TempDir::new().expect("a folder");
        let words = words.replace("FOLDER", &folder.path().join("campaign").display().to_string());
        let drawn = drawn(&words.split(' ').collect::<Vec<_>>());
        for part in parts.iter().chain(&["/s, ", "s left"]) {
            assert!(drawn.contains(part), "{words}: {part:?} is not in {drawn}");
        }
    }
}

#[test]
fn the_bar_counts_what_failed() {
    let drawn = drawn(&["campaign", "--scenario", "smoke", "--seeds", "0..6", "--mutant", "budget-plus-one"]);
    let failed = (1..=6).any(|failed| drawn.contains(&format!(", {failed} failed, ")));
    assert!(failed, "{drawn}");
    // It is gone in the end: what is said then stands on a line of its own.
    let before = drawn.split("6 runs failed").next().expect("a beginning");
    assert!(before.rfind("\x1b[2K") > before.rfind(" failed, "), "{drawn}");
}
