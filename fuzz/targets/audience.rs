//! What an audience client may send: WebSocket bytes, and the JSON inside. It is a request, or it is refused with a
//! documented code and a sentence.
//!
//! Input: an even first byte: the rest is a text frame; an odd one: the rest is what comes over the connection.
#![no_main]

use std::io::{self, Read, Write};

use claque_wire::audience::{BadFrame, check_frame};
use libfuzzer_sys::fuzz_target;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

/// Reads from the input, writes into nothing.
struct Link<'a>(&'a [u8]);

impl Read for Link<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Link<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check(text: &str) {
    if let Err(BadFrame { code, text }) = check_frame(text) {
        assert!(code == 400 || code == 604, "{code} is no code of a frame that is no request");
        assert!(!text.is_empty());
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, bytes @ ..] = bytes else { return };
    if kind & 1 == 0 {
        if let Ok(text) = std::str::from_utf8(bytes) {
            check(text);
        }
        return;
    }
    let limits = WebSocketConfig::default().max_message_size(Some(4_096)).max_frame_size(Some(4_096));
    let mut socket = WebSocket::from_raw_socket(Link(bytes), Role::Server, Some(limits));
    while let Ok(message) = socket.read() {
        if let Message::Text(text) = message {
            check(&text);
        }
    }
});
