//! Requests off a wire: whole, in pieces, chunked, too long, malformed, broken off.

use std::sync::Arc;

use claque_wire::http::HttpRequest;
use claque_wire::transport::Transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::{HttpStream, ReadError};
use crate::connections::Connections;
use crate::limits::HttpLimits;

const BODY_MAX: usize = 1 << 20;

fn stream(link: DuplexStream, limits: HttpLimits) -> HttpStream<DuplexStream> {
    HttpStream::new(link, limits, Arc::new(Connections::new(&limits, 8, 2, 64)))
}

async fn next(stream: &mut HttpStream<DuplexStream>) -> Result<(HttpRequest, bool), ReadError> {
    let mut head = stream.head().await?;
    stream.body(&mut head, BODY_MAX).await?;
    Ok((head.request, head.keep_alive))
}

/// What comes of bytes that arrive in pieces: requests, then why there is no more.
async fn read_pieces(pieces: &[&[u8]]) -> Vec<Result<HttpRequest, String>> {
    let (near, mut far) = tokio::io::duplex(1 << 21);
    let mut stream = stream(near, HttpLimits::default());
    let reading = async {
        let mut all = Vec::new();
        loop {
            match next(&mut stream).await {
                Ok((request, _)) => all.push(Ok(request)),
                Err(error) => {
                    all.push(Err(format!("{error:?}")));
                    return all;
                }
            }
        }
    };
    let writing = async {
        for piece in pieces {
            far.write_all(piece).await.expect("the pipe is long");
            // Until the reader has taken it and waits for more.
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
        }
        far.shutdown().await.expect("the pipe is open");
        far
    };
    tokio::join!(reading, writing).0
}

async fn read(bytes: &[u8]) -> Result<(HttpRequest, bool), ReadError> {
    let (near, mut far) = tokio::io::duplex(1 << 21);
    far.write_all(bytes).await.expect("the pipe is long");
    far.shutdown().await.expect("the pipe is open");
    next(&mut stream(near, HttpLimits::default())).await
}

async fn refusal(bytes: &[u8]) -> Transport {
    match read(bytes).await {
        Err(ReadError::Refused(why)) => why,
        other => panic!("{:?} is not refused: {other:?}", String::from_utf8_lossy(bytes)),
    }
}

#[tokio::test]
async fn a_target_of_98_000_characters_is_read() {
    let long = "x".repeat(98_300);
    let text = format!("POST /?GroupInfo={long} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    let (request, keep_alive) = read(text.as_bytes()).await.expect("a legal call");
    assert_eq!(request.query.len(), 98_300 + "GroupInfo=".len());
    assert!(keep_alive);
}

#[tokio::test]
async fn a_target_over_the_bound_is_refused_with_the_way_out() {
    let long = "x".repeat(320 * 1_024);
    for text in [format!("POST /?a={long} HTTP/1.1\r\nHost: a\r\n\r\n"), format!("POST /?a={long}{long}")] {
        let why = refusal(text.as_bytes()).await;
        assert_eq!(why.status(), 414);
        assert!(why.to_string().contains("327680") && why.to_string().contains("form body"), "{why}");
    }
}

#[tokio::test]
async fn heads_over_their_bounds_are_refused_before_they_end() {
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "a: b\r\n".repeat(100));
    assert_eq!(refusal(many.as_bytes()).await, Transport::TooManyHeaders { bound: 100 });
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\na: {}", "b".repeat(400 * 1_024));
    assert_eq!(refusal(long.as_bytes()).await, Transport::HeadTooLong { bound: 400 * 1_024 });
}

#[tokio::test]
async fn chunked_bodies_are_joined() {
    let text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n4;x=y\r\n&b=2\r\n0\r\nT: u\r\n\r\n";
    let (request, _) = read(text.as_bytes()).await.expect("a legal call");
    assert_eq!(request.body, b"a=1&b=2");
}

/// Everything that two readers could read differently, and what is no HTTP at all.
const MALFORMED: &[(&str, u16)] = &[
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nORIGIN: http://b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nabc", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
    ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\nHost: a\n\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / a HTTP/1.1\r\nHost: a\r\n\r\n", 505),
    ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("SSH-2.0-OpenSSH_9.9\r\n", 400),
    ("\u{16}\u{3}\u{1}\u{2}", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\n\r\n", 417),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
];

/// The same for the coding of a body, behind a head of its own.
const MALFORMED_CHUNKS: &[(&str, u16)] = &[
    ("+3\r\nabc\r\n0\r\n\r\n", 400),
    ("0x3\r\nabc\r\n0\r\n\r\n", 400),
    ("\r\nabc\r\n0\r\n\r\n", 400),
    (" 3\r\nabc\r\n0\r\n\r\n", 400),
    ("3 \r\nabc\r\n0\r\n\r\n", 400),
    ("3\nabc\r\n0\r\n\r\n", 400),
    ("3;a\rb\r\nabc\r\n0\r\n\r\n", 400),
    ("3;a\0\r\nabc\r\n0\r\n\r\n", 400),
    ("3\r\nabcd\r\n0\r\n\r\n", 400),
    ("3\r\nabc\n0\r\n\r\n", 400),
    ("00000000000000003\r\nabc\r\n0\r\n\r\n", 400),
    ("ffffffffffffffff\r\nabc", 413),
    ("100001\r\n", 413),
    ("3\r\nabc\r\nffffe\r\n", 413),
    ("0\r\nfolded\r\n\r\n", 400),
    ("0\r\nA: b\r\n folded\r\n\r\n", 400),
    ("0\r\nA : b\r\n\r\n", 400),
    ("0\r\nA: b\n\r\n", 400),
];

fn chunked(chunks: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}")
}

fn malformed() -> Vec<(String, u16)> {
    let heads = MALFORMED.iter().map(|(text, status)| ((*text).to_owned(), *status));
    heads.chain(MALFORMED_CHUNKS.iter().map(|(text, status)| (chunked(text), *status))).collect()
}

#[tokio::test]
async fn what_two_readers_could_read_differently_is_refused() {
    for (text, status) in malformed() {
        let why = refusal(text.as_bytes()).await;
        assert_eq!(why.status(), status, "{text:?}: {why}");
    }
}

#[tokio::test]
async fn what_nobody_reads_of_a_chunked_body_has_a_bound() {
    let extension = chunked(&format!("1;{}\r\na\r\n", "x".repeat(2_000)).repeat(10));
    assert_eq!(refusal(extension.as_bytes()).await.status(), 431);
    let line = chunked(&format!("1;{}\r\na\r\n", "x".repeat(5_000)));
    assert_eq!(refusal(line.as_bytes()).await.status(), 400);
    let endless = chunked(&"x".repeat(5_000));
    assert_eq!(refusal(endless.as_bytes()).await.status(), 400);
    let trailer = chunked(&format!("0\r\n{}", "a: b\r\n".repeat(3_000)));
    assert_eq!(refusal(trailer.as_bytes()).await.status(), 431);
}

/// Requests that follow each other on one connection, of every framing.
fn well_formed() -> Vec<String> {
    vec![
        "GET /?a=1 HTTP/1.1\r\nHost: a\r\n\r\nGET /?a=2 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
            .to_owned(),
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET /b HTTP/1.0\r\n\r\n".to_owned(),
        format!(
            "{}GET /c HTTP/1.1\r\nHost: a\r\n\r\n",
            chunked("3\r\na\r\n\r\n1 ;x=\"y\"\r\nb\r\n0\r\nT: u\r\n\r\n")
        ),
        format!("{}{}", chunked("0\r\n\r\n"), chunked("A\r\n0123456789\r\n000\r\n\r\n")),
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc".to_owned(),
        "GET / HTTP/1.1\r\nHos".to_owned(),
    ]
}

#[tokio::test]
async fn requests_split_at_any_byte_are_the_same_requests() {
    let texts = well_formed().into_iter().chain(malformed().into_iter().map(|(text, _)| text));
    for text in texts {
        let bytes = text.as_bytes();
        let whole = read_pieces(&[bytes]).await;
        for at in 1..bytes.len() {
            let (first, second) = bytes.split_at(at);
            assert_eq!(read_pieces(&[first, second]).await, whole, "{text:?} split at {at}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read_pieces(&single).await, whole, "{text:?} byte by byte");
    }
}

#[tokio::test]
async fn requests_that_follow_each_other_are_separated() {
    let lengths: Vec<usize> = {
        let mut lengths = Vec::new();
        for text in well_formed() {
            lengths.push(read_pieces(&[text.as_bytes()]).await.iter().filter(|one| one.is_ok()).count());
        }
        lengths
    };
    assert_eq!(lengths, [2, 2, 2, 2, 2, 0, 0]);
}

/// By counting and not by the clock: a head of n bytes that comes byte by byte is looked at twice, once to find its end
/// and once to parse it, and not n times.
#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_looked_at_as_often_as_one_that_comes_at_once() {
    let headers: String = (0..90).map(|number| format!("x-{number}: {}\r\n", "y".repeat(40))).collect();
    let text = format!("GET /?{} HTTP/1.1\r\nHost: a\r\n{headers}\r\n", "z".repeat(4_000));
    let mut works = Vec::new();
    for piece in [1, 7, text.len()] {
        let (near, mut far) = tokio::io::duplex(piece);
        let owned = text.clone().into_bytes();
        let writing = tokio::spawn(async move { far.write_all(&owned).await.map(|()| far) });
        let mut stream = stream(near, HttpLimits::default());
        stream.head().await.expect("a head");
        works.push(stream.scan.work);
        drop(writing.await);
    }
    for work in &works {
        assert!(*work <= 3 * text.len(), "{works:?} of {}", text.len());
    }
}

#[tokio::test]
async fn a_closed_connection_is_no_request() {
    assert!(matches!(read(b"").await, Err(ReadError::Closed)));
    assert!(matches!(read(b"POST / HT").await, Err(ReadError::Broken)));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_has_an_end() {
    let (near, mut far) = tokio::io::duplex(1 << 10);
    let mut stream = stream(near, HttpLimits::default());
    let trickle = tokio::spawn(async move {
        far.write_all(b"GET / HTTP/1.1\r\n").await.expect("open");
        while far.write_all(b"x: y\r\n").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    });
    let began = tokio::time::Instant::now();
    let why = stream.head().await.expect_err("not a head");
    assert!(matches!(why, ReadError::Refused(ref why) if why.status() == 408), "{why:?}");
    assert_eq!(began.elapsed().as_secs(), 10);
    trickle.abort();
}

/// A body must come at 16 KiB a second after ten seconds of grace: one byte a second is cut, a slow line is not.
#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_cut_and_one_of_a_slow_line_is_not() {
    for (bytes_a_second, framing, arrives) in [
        (1, "Content-Length: 400000", false),
        (20_000, "Content-Length: 400000", true),
        (1, "Transfer-Encoding: chunked", false),
        (20_000, "Transfer-Encoding: chunked", true),
    ] {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let mut stream = stream(near, HttpLimits::default());
        let text = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
        let trickle = tokio::spawn(async move {
            far.write_all(text.as_bytes()).await.expect("open");
            if framing.contains("chunked") {
                far.write_all(b"61a80\r\n").await.expect("open");
            }
            let piece = vec![b'x'; bytes_a_second];
            for _ in 0..400_000 / bytes_a_second {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                if far.write_all(&piece).await.is_err() {
                    return;
                }
            }
            drop(far.write_all(b"\r\n0\r\n\r\n").await);
            // Stays open: an end of its own would be an error.
            tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        });
        let began = tokio::time::Instant::now();
        match next(&mut stream).await {
            Ok((request, _)) => {
                assert!(arrives, "{bytes_a_second} {framing}");
                assert_eq!(request.body.len(), 400_000);
            }
            Err(ReadError::Refused(why)) => {
                assert!(!arrives && why.status() == 408, "{bytes_a_second} {framing}: {why}");
                assert!(began.elapsed().as_secs() <= 11);
            }
            Err(other) => panic!("{other:?}"),
        }
        trickle.abort();
    }
}

#[tokio::test]
async fn a_client_that_waits_is_answered_to_go_on_or_why_not() {
    for (bytes, goes_on) in [(4, true), (BODY_MAX + 1, false)] {
        let (near, mut far) = tokio::io::duplex(1 << 10);
        let text =
            format!("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {bytes}\r\n\r\n");
        far.write_all(text.as_bytes()).await.expect("open");
        let mut stream = stream(near, HttpLimits::default());
        let reading = tokio::spawn(async move { next(&mut stream).await });
        let mut said = vec![0; 25];
        let heard = far.read_exact(&mut said).await;
        if goes_on {
            heard.expect("an answer");
            assert_eq!(said, b"HTTP/1.1 100 Continue\r\n\r\n");
            far.write_all(b"body").await.expect("open");
            assert_eq!(reading.await.expect("no panic").expect("a request").0.body, b"body");
        } else {
            heard.expect_err("nothing is said before the refusal");
            let refused = reading.await.expect("no panic").expect_err("refused");
            assert!(matches!(refused, ReadError::Refused(why) if why.status() == 413));
        }
    }
}
