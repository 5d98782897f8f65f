//! The head of a request, off bytes that come in any pieces. Each byte is looked at once until the head is whole, and then
//! parsed once: a head that comes byte by byte costs no more than one that comes at once.
//!
//! Two readers that split one stream of bytes into different requests are how requests are smuggled. What the standard
//! lets a server tolerate, such as lines without CR, folded lines, or a repeated length, is therefore refused.

use claque_wire::http::HttpRequest;
use claque_wire::transport::Transport;

use crate::limits::HttpLimits;

/// The first byte of every TLS connection, and of no HTTP request.
// Named in the refusal, because client libraries default to https and report nothing but a broken handshake.
const TLS_HANDSHAKE: u8 = 0x16;
/// Bytes that a request line has besides its target at most: method, two spaces, version.
const LINE_BESIDES_TARGET_BYTES: usize = 64;
/// Headers that say one thing, or nothing that could be relied on.
const ONCE: [&str; 7] =
    ["Host", "Origin", "Content-Length", "Transfer-Encoding", "Authorization", "Expect", "Sec-Fetch-Site"];

/// How the body of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is none.
    Empty,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
}

/// A request without its body.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) request: HttpRequest,
    pub(crate) framing: Framing,
    /// Whether it is of HTTP/1.0.
    pub(crate) old: bool,
    /// Whether the connection may stay open after the answer.
    pub(crate) keep_alive: bool,
    /// Whether the client waits for `100 Continue` before it sends its body.
    pub(crate) expects_continue: bool,
}

/// Where a head that is not whole yet has been looked at.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Everything before is looked at. Unit: bytes.
    searched: usize,
    /// Where the current line begins.
    line: usize,
    /// Whole lines, the request line included.
    lines: usize,
    /// An empty line came before the request line, as the standard lets a client send it.
    led: bool,
    /// Bytes that were looked at so far, for the test that holds it to be linear.
    pub(super) work: usize,
}

impl Scan {
    /// Looks on. Gives the length of the head once it is whole.
    pub(super) fn find(&mut self, bytes: &[u8], limits: &HttpLimits) -> Result<Option<usize>, Transport> {
        if self.searched == 0 && bytes.first() == Some(&TLS_HANDSHAKE) {
            let text = "a TLS handshake came to a port without TLS; use http:// (protocol=http), or start with TLS on";
            tracing::warn!("{text}");
            return Err(Transport::Malformed(text.to_owned()));
        }
        let lines_before = self.lines;
        while let Some(found) = memchr::memchr(b'\n', &bytes[self.searched..]) {
            self.work += found + 1;
            let end = self.searched + found;
            self.searched = end + 1;
            // A bare LF ends a line for some proxies and not for others: a header hidden behind one is a
            // header smuggled.
            if end == self.line || bytes[end - 1] != b'\r' {
                return Err(malformed("a line ends without a carriage return"));
            }
            if end - 1 == self.line && self.lines > 0 {
                check_head(self.searched, limits)?;
                return Ok(Some(self.searched));
            }
            if end - 1 == self.line {
                // One empty line is what old clients send behind a body (RFC 9112, 2.2); more of them are no
                // request of anybody.
                if self.led {
                    return Err(malformed("it begins with empty lines"));
                }
                self.led = true;
            } else {
                self.lines += 1;
            }
            self.line = self.searched;
            // Counted while they come: the parser below sets room aside for each line.
            if self.lines > limits.headers_max + 1 {
                return Err(Transport::TooManyHeaders { bound: limits.headers_max });
            }
        }
        self.work += bytes.len() - self.searched;
        self.searched = bytes.len();
        if self.lines == 0 {
            let target = bytes.len().saturating_sub(self.line + LINE_BESIDES_TARGET_BYTES);
            check_target(target, limits)?;
        } else if lines_before == 0 {
            // A client that speaks something else learns it now, and not when the time for a head is over.
            self.work += self.line;
            check_request_line(&bytes[..self.line], limits)?;
        }
        check_head(bytes.len(), limits)?;
        Ok(None)
    }

    /// Parses a head that is whole, and begins anew.
    pub(super) fn parse(&mut self, head: &[u8], limits: &HttpLimits) -> Result<Head, Transport> {
        // As many as there are lines, so that the parser cannot run out of room on a head that was counted.
        let mut headers = vec![httparse::EMPTY_HEADER; self.lines];
        // Reset ahead of parsing: after an error too, nothing of this head may be left for the next one.
        *self = Self { work: self.work + head.len(), ..Self::default() };
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(head) {
            // Two scanners that disagree on the end of a head would leave its rest as the beginning of a next
            // request.
            Ok(httparse::Status::Complete(whole)) if whole == head.len() => {}
            Ok(_) => return Err(malformed("its head does not end where its lines do")),
            Err(error) => return Err(unparsable(error)),
        }
        let target = parsed.path.unwrap_or("/");
        check_target(target.len(), limits)?;
        // Case-sensitive by the standard; but a lower-case method can mean one thing only, and refusing it
        // would help nobody.
        let method = parsed.method.unwrap_or("GET").to_ascii_uppercase();
        let named = parsed
            .headers
            .iter()
            // Lossy: a header with other bytes is legal, and none of those that are read here may have any.
            .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()));
        let request = HttpRequest::new(&method, target, named.collect(), Vec::new());
        let old = parsed.version == Some(0);
        check_headers(&request, old)?;
        Ok(Head {
            framing: framing(&request, old)?,
            old,
            keep_alive: keeps_alive(&request, old),
            expects_continue: expects_continue(&request, old)?,
            request,
        })
    }
}

fn malformed(what: &str) -> Transport {
    Transport::Malformed(what.to_owned())
}

fn unparsable(error: httparse::Error) -> Transport {
    match error {
        httparse::Error::Version => Transport::Version,
        other => Transport::Malformed(other.to_string()),
    }
}

fn check_request_line(line: &[u8], limits: &HttpLimits) -> Result<(), Transport> {
    let mut parsed = httparse::Request::new(&mut []);
    match parsed.parse(line) {
        // Only the first line is given to it, with room for no header: that it wants more is what a good line
        // looks like.
        Ok(_) | Err(httparse::Error::TooManyHeaders) => check_target(parsed.path.map_or(0, str::len), limits),
        Err(error) => Err(unparsable(error)),
    }
}

fn check_target(bytes: usize, limits: &HttpLimits) -> Result<(), Transport> {
    let bound = limits.target_bytes_max;
    if bytes <= bound { Ok(()) } else { Err(Transport::TargetTooLong { bytes, bound }) }
}

fn check_head(bytes: usize, limits: &HttpLimits) -> Result<(), Transport> {
    let bound = limits.head_bytes_max;
    if bytes <= bound { Ok(()) } else { Err(Transport::HeadTooLong { bound }) }
}

fn check_headers(request: &HttpRequest, old: bool) -> Result<(), Transport> {
    // Of two values one reader takes the first and another the last: with Host or a length that is an attack.
    let repeated = ONCE.into_iter().find(|name| request.header_values(name).nth(1).is_some());
    if let Some(name) = repeated {
        return Err(Transport::Repeated(name));
    }
    if !old && request.header("host").is_none() {
        return Err(malformed("the header Host is missing"));
    }
    Ok(())
}

fn framing(request: &HttpRequest, old: bool) -> Result<Framing, Transport> {
    match (request.header("content-length"), request.header("transfer-encoding")) {
        (None, None) => Ok(Framing::Empty),
        // The classic of request smuggling; the standard lets a server prefer the coding, which is safe only
        // if everybody in front does so too.
        (Some(_), Some(_)) => Err(malformed("a body has one Content-Length or the chunked coding, not both")),
        (Some(length), None) => {
            // `parse` would take a plus sign, which other readers refuse or skip.
            if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(malformed("Content-Length must be one decimal number"));
            }
            // A number too long to be read is too long a body as well.
            match length.parse().unwrap_or(u64::MAX) {
                // Nothing has to be read, so that the connection stays open even behind a refusal.
                0 => Ok(Framing::Empty),
                bytes => Ok(Framing::Length(bytes)),
            }
        }
        // A proxy of that version passes the header on without knowing it, and ends the body elsewhere.
        (None, Some(_)) if old => Err(malformed("HTTP/1.0 has no transfer codings")),
        (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        (None, Some(_)) => Err(Transport::Coding),
    }
}

fn expects_continue(request: &HttpRequest, old: bool) -> Result<bool, Transport> {
    match request.header("expect") {
        // HTTP/1.0 does not know the expectation, so that its clients do not wait.
        None => Ok(false),
        Some(_) if old => Ok(false),
        Some(value) if value.eq_ignore_ascii_case("100-continue") => Ok(true),
        Some(_) => Err(Transport::Expectation),
    }
}

fn keeps_alive(request: &HttpRequest, old: bool) -> bool {
    let mut words = request.header_values("connection").flat_map(|value| value.split(','));
    let says = |word: &str, wanted: &str| word.trim().eq_ignore_ascii_case(wanted);
    if old { words.any(|word| says(word, "keep-alive")) } else { !words.any(|word| says(word, "close")) }
}
