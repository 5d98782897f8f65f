//! `claque ctl` says how far a server is while it waits for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
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
