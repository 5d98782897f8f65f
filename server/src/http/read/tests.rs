//! Requests off a wire: whole, chunked, too long, broken off.

use super::{HttpLimits, Incoming, ReadError, Stream};

async fn read(bytes: &[u8]) -> Result<Incoming, ReadError> {
    let (near, far) = tokio::io::duplex(1 << 20);
    let (mut far_read, mut far_write) = tokio::io::split(far);
    let owned = bytes.to_vec();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        far_write.write_all(&owned).await.expect("the pipe is open");
        far_write.shutdown().await.expect("the pipe is open");
        let mut rest = Vec::new();
        drop(tokio::io::AsyncReadExt::read_to_end(&mut far_read, &mut rest).await);
    });
    Stream::new(near, HttpLimits::default()).next().await
}

fn refused(outcome: Result<Incoming, ReadError>) -> (u16, String) {
    match outcome {
        Err(ReadError::Refused(status, text)) => (status, text),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_target_of_98_000_characters_is_read() {
    let long = "x".repeat(98_300);
    let text = format!("POST /?GroupInfo={long} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    let incoming = read(text.as_bytes()).await.expect("a legal call");
    assert_eq!(incoming.request.query.len(), 98_300 + "GroupInfo=".len());
    assert!(incoming.keep_alive);
}

#[tokio::test]
async fn a_target_over_the_bound_is_refused_with_the_way_out() {
    let text = format!("POST /?a={} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(320 * 1_024));
    let (status, sentence) = refused(read(text.as_bytes()).await);
    assert_eq!(status, 414);
    assert!(sentence.contains("327680") && sentence.contains("form body"), "{sentence}");
}

#[tokio::test]
async fn chunked_bodies_are_joined() {
    let text =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n4;x=y\r\n&b=2\r\n0\r\nT: u\r\n\r\n";
    let incoming = read(text.as_bytes()).await.expect("a legal call");
    assert_eq!(incoming.request.body, b"a=1&b=2");
}

#[tokio::test]
async fn a_body_with_two_lengths_is_refused() {
    let both = "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc";
    assert_eq!(refused(read(both.as_bytes()).await).0, 400);
    let twice = "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd";
    assert_eq!(refused(read(twice.as_bytes()).await).0, 400);
}

#[tokio::test]
async fn a_length_with_a_sign_is_refused() {
    let signed = "POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc";
    assert_eq!(refused(read(signed.as_bytes()).await).0, 400);
    let chunk = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(refused(read(chunk.as_bytes()).await).0, 400);
    let empty = "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n";
    assert_eq!(refused(read(empty.as_bytes()).await).0, 400);
}

#[tokio::test]
async fn a_body_over_the_bound_is_refused_before_it_is_read() {
    let text = "POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n";
    let (status, sentence) = refused(read(text.as_bytes()).await);
    assert_eq!(status, 413);
    assert!(sentence.contains("1048577") && sentence.contains("1048576"), "{sentence}");
}

#[tokio::test]
async fn a_closed_connection_is_no_request() {
    assert!(matches!(read(b"").await, Err(ReadError::Closed)));
    assert!(matches!(read(b"POST / HT").await, Err(ReadError::Broken)));
}
