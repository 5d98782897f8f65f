//! One request off a connection: head by `httparse`, body by length or in chunks.

use bytes::{Buf, BytesMut};
use claque_wire::http::HttpRequest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::HttpLimits;

/// The first byte of every TLS connection, and of no HTTP request.
const TLS_HANDSHAKE: u8 = 0x16;

/// Why no request came off a connection.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The peer closed, or said nothing for too long, between requests: the normal end.
    Closed,
    /// The peer broke off, or the link failed.
    Broken,
    /// The request is refused with a status and a sentence; the connection closes.
    Refused(u16, String),
}

/// A connection and what was read ahead of it.
#[derive(Debug)]
pub(crate) struct Stream<S> {
    pub(crate) link: S,
    pub(crate) ahead: BytesMut,
    limits: HttpLimits,
    /// The path whose bodies may be as long as a state.
    long_path: Option<&'static str>,
}

struct Head {
    request: HttpRequest,
    head_bytes: usize,
    keep_alive: bool,
}

/// A request, and whether the connection stays open after its answer.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) request: HttpRequest,
    pub(crate) keep_alive: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    pub(crate) fn new(link: S, limits: HttpLimits) -> Self {
        Self { link, ahead: BytesMut::new(), limits, long_path: None }
    }

    /// Lets bodies to one path be longer than others.
    pub(crate) fn allow_long(&mut self, path: &'static str) {
        self.long_path = Some(path);
    }

    /// The connection, and what was read ahead of it.
    pub(crate) fn into_parts(self) -> (S, Vec<u8>) {
        (self.link, self.ahead.to_vec())
    }

    /// The next request. Waits at most the idle span for its first byte and the request span for its last.
    pub(crate) async fn next(&mut self) -> Result<Incoming, ReadError> {
        if self.ahead.is_empty() {
            let limit = self.limits.idle;
            match tokio::time::timeout(limit, self.fill()).await {
                Ok(Ok(0)) | Err(_) => return Err(ReadError::Closed),
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return Err(ReadError::Broken),
            }
        }
        let limit = self.limits.request;
        match tokio::time::timeout(limit, self.whole()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let text = format!("the request was not complete after {} s", limit.as_secs());
                Err(ReadError::Refused(408, text))
            }
        }
    }

    async fn whole(&mut self) -> Result<Incoming, ReadError> {
        let mut head = loop {
            if let Some(head) = parse_head(&self.ahead, &self.limits)? {
                break head;
            }
            self.more().await?;
        };
        self.ahead.advance(head.head_bytes);
        if expects_continue(&head.request) {
            let line = b"HTTP/1.1 100 Continue\r\n\r\n";
            self.link.write_all(line).await.map_err(|_| ReadError::Broken)?;
        }
        head.request.body = self.body(&head.request).await?;
        Ok(Incoming { request: head.request, keep_alive: head.keep_alive })
    }

    async fn body(&mut self, request: &HttpRequest) -> Result<Vec<u8>, ReadError> {
        let lengths: Vec<&str> = request.header_values("content-length").collect();
        let bound = match &self.long_path {
            Some(path) if request.path == *path => self.limits.restore_bytes_max,
            Some(_) | None => self.limits.body_bytes_max,
        };
        let codings: Vec<&str> = request.header_values("transfer-encoding").collect();
        match (lengths.as_slice(), codings.as_slice()) {
            ([], []) => Ok(Vec::new()),
            ([length], []) => {
                let text = "Content-Length must be one decimal number";
                let bytes =
                    number(length.trim(), 10).ok_or_else(|| ReadError::Refused(400, text.to_owned()))?;
                check_body(bytes, bound)?;
                while self.ahead.len() < bytes {
                    self.more().await?;
                }
                Ok(self.ahead.split_to(bytes).to_vec())
            }
            ([], [coding]) if coding.trim().eq_ignore_ascii_case("chunked") => self.chunks(bound).await,
            ([], _) => {
                Err(ReadError::Refused(501, "only the chunked transfer coding is understood".to_owned()))
            }
            _ => {
                let text = "a body has one Content-Length or the chunked coding, not both".to_owned();
                Err(ReadError::Refused(400, text))
            }
        }
    }

    async fn chunks(&mut self, bound: usize) -> Result<Vec<u8>, ReadError> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let digits = line.split(';').next().unwrap_or("").trim();
            let bytes = number(digits, 16)
                .ok_or_else(|| ReadError::Refused(400, format!("{digits:?} is no chunk size")))?;
            check_body(body.len().saturating_add(bytes), bound)?;
            if bytes == 0 {
                while !self.line().await?.is_empty() {}
                return Ok(body);
            }
            while self.ahead.len() < bytes + 2 {
                self.more().await?;
            }
            body.extend_from_slice(&self.ahead.split_to(bytes));
            if &self.ahead.split_to(2)[..] != b"\r\n" {
                return Err(ReadError::Refused(400, "a chunk does not end where it says".to_owned()));
            }
        }
    }

    /// A line of the chunked coding, without its end; at most 4 KiB.
    async fn line(&mut self) -> Result<String, ReadError> {
        loop {
            if let Some(end) = self.ahead.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.ahead.split_to(end);
                self.ahead.advance(2);
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            if self.ahead.len() > 4_096 {
                return Err(ReadError::Refused(
                    400,
                    "a chunk's size line is longer than 4,096 bytes".to_owned(),
                ));
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), ReadError> {
        match self.fill().await {
            Ok(0) | Err(_) => Err(ReadError::Broken),
            Ok(_) => Ok(()),
        }
    }

    async fn fill(&mut self) -> std::io::Result<usize> {
        self.ahead.reserve(8 * 1_024);
        self.link.read_buf(&mut self.ahead).await
    }
}

/// A number of digits alone: a sign, which the standard library would read too, makes two readers of one message differ.
fn number(digits: &str, radix: u32) -> Option<usize> {
    let plain = digits.chars().all(|digit| digit.is_digit(radix));
    if plain { usize::from_str_radix(digits, radix).ok() } else { None }
}

fn check_body(bytes: usize, bound: usize) -> Result<(), ReadError> {
    if bytes <= bound {
        return Ok(());
    }
    Err(ReadError::Refused(413, format!("the body is {bytes} bytes, at most {bound} allowed")))
}

fn expects_continue(request: &HttpRequest) -> bool {
    request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
}

fn parse_head(bytes: &[u8], limits: &HttpLimits) -> Result<Option<Head>, ReadError> {
    if bytes.first() == Some(&TLS_HANDSHAKE) {
        let text =
            "a TLS handshake came to a port without TLS; use http:// (protocol=http), or start with TLS on";
        tracing::warn!("{text}");
        return Err(ReadError::Refused(400, text.to_owned()));
    }
    let mut headers = vec![httparse::EMPTY_HEADER; limits.headers_max];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(head_bytes)) => {
            let target = parsed.path.unwrap_or("/");
            check_target(target.len(), limits)?;
            check_head(head_bytes, limits)?;
            let method = parsed.method.unwrap_or("GET").to_ascii_uppercase();
            let version = parsed.version.unwrap_or(1);
            let named = parsed
                .headers
                .iter()
                .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()));
            let request = HttpRequest::new(&method, target, named.collect(), Vec::new());
            let keep_alive = keeps_alive(&request, version);
            Ok(Some(Head { request, head_bytes, keep_alive }))
        }
        Ok(httparse::Status::Partial) => {
            check_target(parsed.path.map_or(0, str::len), limits)?;
            check_head(bytes.len(), limits)?;
            Ok(None)
        }
        Err(httparse::Error::TooManyHeaders) => {
            Err(ReadError::Refused(431, format!("more than {} headers", limits.headers_max)))
        }
        Err(error) => Err(ReadError::Refused(400, format!("no HTTP/1.1 request: {error}"))),
    }
}

fn check_target(bytes: usize, limits: &HttpLimits) -> Result<(), ReadError> {
    if bytes <= limits.target_bytes_max {
        return Ok(());
    }
    let bound = limits.target_bytes_max;
    Err(ReadError::Refused(
        414,
        format!("the request target is {bytes} bytes, at most {bound} allowed; send a form body"),
    ))
}

fn check_head(bytes: usize, limits: &HttpLimits) -> Result<(), ReadError> {
    if bytes <= limits.head_bytes_max {
        return Ok(());
    }
    let bound = limits.head_bytes_max;
    Err(ReadError::Refused(431, format!("the head is {bytes} bytes or more, at most {bound} allowed")))
}

fn keeps_alive(request: &HttpRequest, version: u8) -> bool {
    let mut words = request.header_values("connection").flat_map(|value| value.split(','));
    let says = |word: &str, wanted: &str| word.trim().eq_ignore_ascii_case(wanted);
    if version == 0 {
        words.any(|word| says(word, "keep-alive"))
    } else {
        !words.any(|word| says(word, "close"))
    }
}

#[cfg(test)]
mod tests;
