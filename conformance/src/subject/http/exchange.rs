//! One HTTP connection, by hand: the very bytes that were signed leave, however long the target is, and an answer that does
//! not come yet can be asked for again.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use claque_wire::http::HttpRequest;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::stopwatch::{Stopwatch, sleep};

/// Longest wait for a connection, and for the next bytes of an answer that is not optional. On a starved machine an answer was seen to take
/// more than ten seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// A connection that was idle for longer is not used again: the peer may be about to end it.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(2);
/// Longest answer that is read. Unit: bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// Where to connect to.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// Name and port, as in the `Host` header.
    pub(super) host: String,
    /// The path before everything else: empty, or `/something`.
    pub(super) prefix: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Endpoint {
    /// Reads `http://HOST:PORT` or `https://HOST:PORT`; certificates are checked against a file of authorities where one is
    /// given, and against the usual public ones otherwise.
    pub(super) fn parse(url: &str, authorities: Option<&str>) -> Result<Self, String> {
        let (secure, rest) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(format!("{url:?} is no endpoint: write http://HOST:PORT")),
        };
        let (host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host.is_empty() {
            return Err(format!("{url:?} names no host: write http://HOST:PORT"));
        }
        let tls = if secure { Some(trusting(authorities)?) } else { None };
        Ok(Self { host: host.to_owned(), prefix: prefix.trim_end_matches('/').to_owned(), tls })
    }

    /// A new connection.
    pub(super) fn connect(&self) -> Result<Stream, String> {
        let failed = |error: std::io::Error| {
            format!("cannot connect to {}: {error}; is the service running there?", self.host)
        };
        let port = if self.tls.is_some() { 443 } else { 80 };
        let named = if self.host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            self.host.clone()
        } else {
            format!("{}:{port}", self.host)
        };
        let mut addresses = named.to_socket_addrs().map_err(failed)?;
        let address = addresses.next().ok_or_else(|| format!("{named} has no address"))?;
        let plain = TcpStream::connect_timeout(&address, PATIENCE).map_err(failed)?;
        plain.set_nodelay(true).map_err(failed)?;
        plain.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
        plain.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        let Some(config) = &self.tls else { return Ok(Stream::Plain(plain)) };
        let name = named.rsplit_once(':').map_or(named.as_str(), |(name, _)| name).to_owned();
        let name = ServerName::try_from(name).map_err(|error| format!("{}: {error}", self.host))?;
        let secured = ClientConnection::new(Arc::clone(config), name).map_err(|error| error.to_string())?;
        Ok(Stream::Secured(Box::new(StreamOwned::new(secured, plain))))
    }
}

fn trusting(authorities: Option<&str>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let wrong = |error: String| format!("{file}: {error}");
            let bytes = crate::file::read(Path::new(file), crate::file::WRITTEN_BYTES_MAX)?;
            for certificate in CertificateDer::pem_slice_iter(&bytes) {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
        }
    }
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

/// A connection in plain text or not.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Secured(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Bounds the wait of reads.
    pub(super) fn wait(&self, within: Duration) -> Result<(), String> {
        self.plain().set_read_timeout(Some(within)).map_err(|error| error.to_string())
    }

    /// Whether reads and writes wait at all.
    pub(super) fn block(&self, blocks: bool) -> Result<(), String> {
        self.plain().set_nonblocking(!blocks).map_err(|error| error.to_string())
    }

    fn plain(&self) -> &TcpStream {
        match self {
            Self::Plain(plain) => plain,
            Self::Secured(secured) => secured.get_ref(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.read(bytes),
            Self::Secured(secured) => secured.read(bytes),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.write(bytes),
            Self::Secured(secured) => secured.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(plain) => plain.flush(),
            Self::Secured(secured) => secured.flush(),
        }
    }
}

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether another request may follow on this connection.
    pub(super) keeps: bool,
}

/// A connection with a request on its way.
#[derive(Debug)]
pub(super) struct Exchange {
    stream: Stream,
    bytes: Vec<u8>,
    ended: bool,
}

/// How a request is cut up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pieces {
    /// It leaves in packets of so many bytes; none: as the system likes.
    pub(super) packets: Option<usize>,
    /// Its body is in chunks of so many bytes; none: in one piece, with its length.
    pub(super) chunks: Option<usize>,
}

/// The time between two packets.
const PACKET_SPACING: Duration = Duration::from_micros(200);

/// The time that the packets of one request are spaced for: a busy machine sleeps longer than it is asked to, and a service rightly
/// gives up on a head that takes ten seconds.
const SPACED_WITHIN: Duration = Duration::from_secs(2);

/// A request that is cut into more packets than this leaves the rest in larger ones: what is awkward are its ends.
const PACKETS_MAX: usize = 2_000;

impl Exchange {
    /// Sends a request over a connection that nothing else is on.
    pub(super) fn send(
        mut stream: Stream,
        prefix: &str,
        request: &HttpRequest,
        pieces: Pieces,
    ) -> Result<Self, String> {
        let mut head = format!("{} {prefix}{} HTTP/1.1\r\n", request.method, request.target());
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let framing = match pieces.chunks {
            None => format!("content-length: {}\r\n\r\n", request.body.len()),
            Some(_) => "transfer-encoding: chunked\r\n\r\n".to_owned(),
        };
        head.push_str(&framing);
        let mut bytes = head.into_bytes();
        match pieces.chunks {
            None => bytes.extend_from_slice(&request.body),
            Some(length) => bytes.extend(chunked(&request.body, length)),
        }
        let packet = pieces.packets.unwrap_or(bytes.len()).max(bytes.len().div_ceil(PACKETS_MAX)).max(1);
        let began = Stopwatch::start();
        for packet in bytes.chunks(packet) {
            let sent = stream.write_all(packet).and_then(|()| stream.flush());
            sent.map_err(|error| format!("the request could not be sent: {error}"))?;
            if pieces.packets.is_some() && began.passed() < SPACED_WITHIN {
                // What follows at once would travel together.
                sleep(PACKET_SPACING);
            }
        }
        Ok(Self { stream, bytes: Vec::new(), ended: false })
    }

    /// The answer, if it comes within a span.
    pub(super) fn poll(&mut self, within: Duration) -> Result<Option<Answer>, String> {
        self.stream.wait(within)?;
        let mut piece = [0; 16 * 1_024];
        loop {
            if let Some(answer) = parse(&self.bytes, self.ended)? {
                return Ok(Some(answer));
            }
            match self.stream.read(&mut piece) {
                Ok(0) if self.ended => {
                    return Err("the connection ended in the middle of an answer".to_owned());
                }
                Ok(0) => self.ended = true,
                Ok(count) => self.bytes.extend_from_slice(&piece[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Ok(None);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("no answer: {error}")),
            }
            if self.bytes.len() > ANSWER_BYTES_MAX {
                return Err(format!("an answer of more than {ANSWER_BYTES_MAX} bytes"));
            }
        }
    }

    /// The connection, once its answer has come.
    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }
}

/// A body in the chunked coding.
fn chunked(body: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(length.max(1)) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// The answer that the bytes hold, once they hold it whole.
fn parse(bytes: &[u8], ended: bool) -> Result<Option<Answer>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(bytes).map_err(|error| format!("no HTTP answer: {error}"))? {
        httparse::Status::Complete(start) => start,
        httparse::Status::Partial if ended => return Err("the connection ended without an answer".to_owned()),
        httparse::Status::Partial => return Ok(None),
    };
    let status = head.code.unwrap_or(0);
    let named = head.headers.iter().map(|header| {
        (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().to_owned())
    });
    let headers: Vec<(String, String)> = named.collect();
    let value = |name: &str| headers.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str());
    let mut keeps = !value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let rest = bytes.get(start..).unwrap_or_default();
    let body = if value("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        joined(rest)?
    } else if let Some(length) = value("content-length") {
        let length: usize = length.parse().map_err(|_| format!("content-length is {length:?}"))?;
        rest.get(..length).map(<[u8]>::to_vec)
    } else if ended {
        keeps = false;
        Some(rest.to_vec())
    } else {
        None
    };
    Ok(body.map(|body| Answer { status, headers, body, keeps: keeps && !ended }))
}

/// The joined chunks, once the last one is there.
fn joined(mut bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut body = Vec::new();
    loop {
        match httparse::parse_chunk_size(bytes).map_err(|_| "a chunk without a size".to_owned())? {
            httparse::Status::Partial => return Ok(None),
            httparse::Status::Complete((_, 0)) => return Ok(Some(body)),
            httparse::Status::Complete((start, length)) => {
                let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
                let end = end.ok_or("a chunk beyond all bounds")?;
                let Some(chunk) = bytes.get(start..end) else { return Ok(None) };
                body.extend_from_slice(chunk);
                let Some(rest) = bytes.get(end + 2..) else { return Ok(None) };
                bytes = rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_answer_is_whole_only_at_its_last_byte() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".as_slice();
        let chunked =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n".as_slice();
        for (bytes, needed) in [(plain, plain.len()), (chunked, chunked.len() - 2)] {
            for length in 0..needed {
                assert_eq!(parse(&bytes[..length], false), Ok(None), "{length}");
            }
            let answer = parse(&bytes[..needed], false).expect("it parses").expect("it is whole");
            assert_eq!((answer.status, answer.body.as_slice(), answer.keeps), (200, b"{}".as_slice(), true));
        }
    }

    #[test]
    fn an_answer_without_a_length_ends_with_its_connection() {
        let bytes = b"HTTP/1.0 404 Not Found\r\nX-A: b\r\n\r\nno";
        assert_eq!(parse(bytes, false), Ok(None));
        let answer = parse(bytes, true).expect("it parses").expect("it is whole");
        assert_eq!((answer.status, answer.body.as_slice(), answer.keeps), (404, b"no".as_slice(), false));
        assert_eq!(answer.headers, [("x-a".to_owned(), "b".to_owned())]);
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", true).is_err(), "cut in its head");
    }
}
