//! A request passed on to another server, and its whole answer.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use claque_wire::http::HttpRequest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::HttpResponse;
use super::chunk::Chunks;
use crate::limits::HttpLimits;

/// The longest answer that is passed on: a list of a million entries fits. Unit: bytes.
const ANSWER_BYTES_MAX: usize = 256 << 20;
/// Headers of one answer.
const HEADERS_MAX: usize = 200;
/// Headers that are about one connection, and not about what is said on it (RFC 9110, 7.6.1).
const OF_ONE_LINK: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

fn is_passed_on(name: &str) -> bool {
    !OF_ONE_LINK.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// Sends a request as it came, and reads its answer to the end. Everything that a signature can be about is as it was.
///
/// # Errors
/// A sentence, when the connection breaks, or the answer is no HTTP, too long or late.
pub(crate) async fn forward<S: AsyncRead + AsyncWrite + Unpin>(
    mut link: S,
    request: &HttpRequest,
    within: Duration,
    limits: &HttpLimits,
) -> Result<HttpResponse, String> {
    let exchange = async {
        let broken = |error: std::io::Error| format!("the connection broke: {error}");
        link.write_all(&head_of(request)).await.map_err(broken)?;
        link.write_all(&request.body).await.map_err(broken)?;
        link.flush().await.map_err(broken)?;
        answer(&mut link, request.method == "HEAD", limits).await
    };
    // One deadline over everything: whoever asked gives up as well.
    timeout(within, exchange)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", within.as_secs())))
}

fn head_of(request: &HttpRequest) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target());
    for (name, value) in request.headers.iter().filter(|(name, _)| is_passed_on(name)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT") {
        head.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    head.into_bytes()
}

/// How an answer says where it ends.
enum BodyEnd {
    Length(usize),
    Chunked,
    /// With the connection.
    Close,
}

async fn answer<S: AsyncRead + Unpin>(
    link: &mut S,
    head_only: bool,
    limits: &HttpLimits,
) -> Result<HttpResponse, String> {
    let mut ahead = BytesMut::new();
    loop {
        let (response, end, bytes) = match parsed(&ahead)? {
            Some(parsed) => parsed,
            None if ahead.len() > limits.head_bytes_max => {
                return Err(format!("an answer whose head is longer than {} bytes", limits.head_bytes_max));
            }
            None => {
                more(link, &mut ahead).await?;
                continue;
            }
        };
        ahead.advance(bytes);
        // That the body may be sent.
        if response.status < 200 {
            continue;
        }
        if head_only || matches!(response.status, 204 | 304) {
            return Ok(response);
        }
        let body = body(link, ahead, end).await?;
        return Ok(HttpResponse { body, ..response });
    }
}

/// The head of an answer, how its body ends, and where it begins; none before it is whole.
fn parsed(bytes: &[u8]) -> Result<Option<(HttpResponse, BodyEnd, usize)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Response::new(&mut headers);
    let whole = match parsed.parse(bytes).map_err(|error| format!("an answer that is no HTTP: {error}"))? {
        httparse::Status::Complete(whole) => whole,
        httparse::Status::Partial => return Ok(None),
    };
    let value = |header: &httparse::Header<'_>| String::from_utf8_lossy(header.value).into_owned();
    let find =
        |name: &str| parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(value);
    let chunked =
        find("transfer-encoding").is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    let end = if chunked {
        BodyEnd::Chunked
    } else if let Some(length) = find("content-length") {
        let length = length.trim().parse().map_err(|_| format!("an answer of the length {length:?}"))?;
        BodyEnd::Length(length)
    } else {
        BodyEnd::Close
    };
    let passed = parsed.headers.iter().filter(|header| is_passed_on(header.name));
    let headers = passed.map(|header| (header.name.to_owned(), value(header))).collect();
    let response = HttpResponse { status: parsed.code.unwrap_or(0), headers, body: Vec::new() };
    Ok(Some((response, end, whole)))
}

async fn body<S: AsyncRead + Unpin>(
    link: &mut S,
    mut ahead: BytesMut,
    end: BodyEnd,
) -> Result<Vec<u8>, String> {
    let too_long = || format!("an answer longer than {ANSWER_BYTES_MAX} bytes");
    match end {
        BodyEnd::Length(length) if length > ANSWER_BYTES_MAX => Err(too_long()),
        BodyEnd::Length(length) => {
            while ahead.len() < length {
                more(link, &mut ahead).await?;
            }
            Ok(ahead[..length].to_vec())
        }
        BodyEnd::Chunked => {
            let (mut chunks, mut body) = (Chunks::new(ANSWER_BYTES_MAX), Vec::new());
            while !chunks.take(&mut ahead, &mut body).map_err(|error| error.to_string())? {
                more(link, &mut ahead).await?;
            }
            Ok(body)
        }
        BodyEnd::Close => {
            while ahead.len() <= ANSWER_BYTES_MAX {
                if link
                    .read_buf(&mut ahead)
                    .await
                    .map_err(|error| format!("the connection broke: {error}"))?
                    == 0
                {
                    return Ok(ahead.to_vec());
                }
            }
            Err(too_long())
        }
    }
}

async fn more<S: AsyncRead + Unpin>(link: &mut S, ahead: &mut BytesMut) -> Result<(), String> {
    match link.read_buf(ahead).await {
        Ok(0) => Err("the connection was closed in the middle of an answer".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the connection broke: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn passed(answer: &'static [u8]) -> Result<(HttpResponse, String), String> {
        let (mine, mut theirs) = tokio::io::duplex(1 << 16);
        let headers = [("Host", "live.example"), ("x-acs-date", "now"), ("Proxy-Connection", "keep-alive")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let request = HttpRequest::new("POST", "/?Action=X&a=%20", headers, b"body".to_vec());
        let server = tokio::spawn(async move {
            let mut asked = vec![0; 4_096];
            let read = theirs.read(&mut asked).await.expect("asked");
            theirs.write_all(answer).await.expect("answered");
            String::from_utf8(asked[..read].to_vec()).expect("text")
        });
        let limits = HttpLimits::default();
        let response = forward(mine, &request, Duration::from_secs(5), &limits).await?;
        Ok((response, server.await.expect("it ends")))
    }

    #[tokio::test]
    async fn what_is_signed_goes_on_as_it_came() {
        let (response, asked) =
            passed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-more: 1\r\nConnection: close\r\n\r\n{}")
                .await
                .expect("answered");
        assert!(
            asked.starts_with("POST /?Action=X&a=%20 HTTP/1.1\r\nHost: live.example\r\nx-acs-date: now\r\n")
        );
        assert!(asked.contains("Content-Length: 4\r\n") && !asked.contains("Proxy-"), "{asked}");
        assert_eq!((response.status, response.body.as_slice()), (200, b"{}".as_slice()));
        assert_eq!(response.headers, [("x-more".to_owned(), "1".to_owned())]);
    }

    #[tokio::test]
    async fn an_answer_may_end_in_three_ways() {
        for answer in [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n".as_slice(),
            b"HTTP/1.1 200 OK\r\n\r\n{}",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        ] {
            assert_eq!(passed(answer).await.expect("answered").0.body, b"{}");
        }
        let broken = passed(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}").await.expect_err("too short");
        assert!(broken.contains("closed in the middle"), "{broken}");
        assert!(passed(b"SSH-2.0\r\n\r\n").await.expect_err("no HTTP").contains("no HTTP"));
    }
}
