//! Why a request is refused before anybody looks at who calls: its length, its framing, its path, a server that is full.
//!
//! The official client libraries read the documented envelope and nothing else: a plain sentence becomes a JSON syntax
//! error of the language's own, or an error without a code. So each of these refusals has a status, a code and one text,
//! and goes out in the envelope. Codes are the gateway's where it has one (`InvalidAction.NotFound`,
//! `UnsupportedHTTPMethod`, `ServiceUnavailable`), and name the thing otherwise.

use core::fmt;

use crate::envelope::{self, HttpAnswer, RequestId};

/// Why a request never became a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Its body is longer than allowed. Unit: bytes; no length: it is not known how much longer.
    BodyTooLong {
        /// The length that was announced.
        bytes: Option<u64>,
        /// The longest allowed.
        bound: usize,
    },
    /// Its target is longer than allowed. Unit: bytes.
    TargetTooLong {
        /// The length so far.
        bytes: usize,
        /// The longest allowed.
        bound: usize,
    },
    /// Its head, or the trailer of its body, is longer than allowed. Unit: bytes.
    HeadTooLong {
        /// The longest allowed.
        bound: usize,
    },
    /// It has more headers than allowed.
    TooManyHeaders {
        /// The most allowed.
        bound: usize,
    },
    /// It did not arrive in time.
    TooSlow(Slow),
    /// It is not HTTP/1.1 as the standard has it: what is wrong, as a sentence without its point.
    Malformed(String),
    /// A header stands more than once that must stand once.
    Repeated(&'static str),
    /// It is of another version of HTTP.
    Version,
    /// Its body has a coding that is not understood.
    Coding,
    /// It expects something else than an answer to go on.
    Expectation,
    /// Operations take GET and POST.
    Method,
    /// A client takes the server for a proxy, and asks for a tunnel through it.
    Tunnel,
    /// There is nothing at its path.
    Path {
        /// The path.
        path: String,
        /// The things that are there, and where.
        there_is: String,
    },
    /// The endpoint for audience connections is asked for something else.
    Upgrade,
    /// Who sends it may not: a page of another site, or a key that is not for everybody.
    Forbidden(String),
    /// As many connections are open as may be.
    TooManyConnections {
        /// How many.
        bound: usize,
    },
    /// As many bytes of requests and answers are held as may be.
    TooManyBytes {
        /// How many.
        bound: usize,
    },
    /// The server stops.
    Stopping,
}

/// The part that was too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// The head was not complete after so many seconds.
    Head(u64),
    /// The body came with fewer bytes a second than this.
    Body(u64),
}

impl Transport {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::Repeated(_) => 400,
            Self::Forbidden(_) => 403,
            Self::Path { .. } => 404,
            Self::Method | Self::Tunnel => 405,
            Self::TooSlow(_) => 408,
            Self::BodyTooLong { .. } => 413,
            Self::TargetTooLong { .. } => 414,
            Self::Expectation => 417,
            Self::Upgrade => 426,
            Self::HeadTooLong { .. } | Self::TooManyHeaders { .. } => 431,
            Self::Coding => 501,
            Self::TooManyConnections { .. } | Self::TooManyBytes { .. } | Self::Stopping => 503,
            Self::Version => 505,
        }
    }

    /// The code that clients decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::Repeated(_) => "InvalidRequest",
            Self::Forbidden(_) => "Forbidden",
            Self::Path { .. } => "InvalidAction.NotFound",
            Self::Method | Self::Tunnel => "UnsupportedHTTPMethod",
            Self::TooSlow(_) => "RequestTimeout",
            Self::BodyTooLong { .. } => "RequestBodyTooLarge",
            Self::TargetTooLong { .. } => "RequestTargetTooLong",
            Self::Expectation => "ExpectationFailed",
            Self::Upgrade => "UpgradeRequired",
            Self::HeadTooLong { .. } | Self::TooManyHeaders { .. } => "RequestHeadTooLarge",
            Self::Coding => "UnsupportedTransferCoding",
            Self::TooManyConnections { .. } | Self::TooManyBytes { .. } | Self::Stopping => {
                "ServiceUnavailable"
            }
            Self::Version => "UnsupportedHTTPVersion",
        }
    }

    /// Headers that the standard asks for beside the status.
    fn headers(&self) -> Vec<(&'static str, String)> {
        let owned = |name, value: &str| vec![(name, value.to_owned())];
        match self {
            Self::Method | Self::Tunnel => owned("Allow", "GET, POST"),
            Self::Upgrade => {
                let mut both = owned("Upgrade", "websocket");
                both.extend(owned("Sec-WebSocket-Version", "13"));
                both
            }
            Self::TooManyConnections { .. } | Self::TooManyBytes { .. } | Self::Stopping => {
                owned("Retry-After", "1")
            }
            Self::BodyTooLong { .. }
            | Self::TargetTooLong { .. }
            | Self::HeadTooLong { .. }
            | Self::TooManyHeaders { .. }
            | Self::TooSlow(_)
            | Self::Malformed(_)
            | Self::Repeated(_)
            | Self::Version
            | Self::Coding
            | Self::Expectation
            | Self::Path { .. }
            | Self::Forbidden(_) => Vec::new(),
        }
    }

    /// The answer in the documented envelope.
    #[must_use]
    pub fn answer(&self, id: RequestId, host: &str) -> HttpAnswer {
        let mut answer = envelope::failed(id, host, self.status(), self.code(), &self.to_string());
        answer.headers.extend(self.headers());
        answer
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyTooLong { bytes: Some(bytes), bound } => {
                write!(f, "The body is {bytes} bytes, at most {bound} are allowed here.")
            }
            Self::BodyTooLong { bytes: None, bound } => {
                write!(f, "The body is longer than the {bound} bytes that are allowed here.")
            }
            Self::TargetTooLong { bytes, bound } => write!(
                f,
                "The request target is {bytes} bytes or more, at most {bound} are allowed; send a form body."
            ),
            Self::HeadTooLong { bound } => {
                write!(f, "The head of the request is longer than the {bound} bytes that are allowed.")
            }
            Self::TooManyHeaders { bound } => write!(f, "The request has more than {bound} headers."),
            Self::TooSlow(Slow::Head(seconds)) => {
                write!(f, "The head of the request was not complete after {seconds} s.")
            }
            Self::TooSlow(Slow::Body(rate)) => {
                write!(f, "The body came with fewer than {rate} bytes a second.")
            }
            Self::Malformed(what) => write!(f, "This is no HTTP/1.1 request: {what}."),
            Self::Repeated(header) => write!(f, "The header {header} stands more than once."),
            Self::Version => f.write_str("Only HTTP/1.1 and HTTP/1.0 are spoken here."),
            Self::Coding => f.write_str("Of the transfer codings only chunked is understood."),
            Self::Expectation => f.write_str("The only expectation understood is 100-continue."),
            Self::Method => f.write_str("This http method is not supported."),
            Self::Tunnel => f.write_str(
                "No tunnel here: as a proxy this server takes plain HTTP alone; set the client's protocol to http.",
            ),
            Self::Path { path, there_is } => write!(f, "There is nothing at {path:?}: {there_is}."),
            Self::Upgrade => {
                f.write_str("Audience connections are WebSockets of version 13, and this request does not begin one.")
            }
            Self::Forbidden(why) => write!(f, "{why}."),
            Self::TooManyConnections { bound } => {
                write!(f, "All {bound} connections that may be open at once are; try again.")
            }
            Self::TooManyBytes { bound } => {
                write!(
                    f,
                    "All {bound} bytes that requests and answers may take at once are in use; try again."
                )
            }
            Self::Stopping => f.write_str("The server is stopping."),
        }
    }
}

impl core::error::Error for Transport {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{Outcome, read};

    fn every() -> Vec<Transport> {
        vec![
            Transport::BodyTooLong { bytes: Some(9), bound: 8 },
            Transport::BodyTooLong { bytes: None, bound: 8 },
            Transport::TargetTooLong { bytes: 9, bound: 8 },
            Transport::HeadTooLong { bound: 8 },
            Transport::TooManyHeaders { bound: 8 },
            Transport::TooSlow(Slow::Head(8)),
            Transport::TooSlow(Slow::Body(8)),
            Transport::Malformed("a \"quote\"".to_owned()),
            Transport::Repeated("Host"),
            Transport::Version,
            Transport::Coding,
            Transport::Expectation,
            Transport::Method,
            Transport::Tunnel,
            Transport::Path { path: "/x\u{1}".to_owned(), there_is: "operations are at /".to_owned() },
            Transport::Upgrade,
            Transport::Forbidden("no".to_owned()),
            Transport::TooManyConnections { bound: 8 },
            Transport::TooManyBytes { bound: 8 },
            Transport::Stopping,
        ]
    }

    #[test]
    fn every_refusal_is_one_that_a_strict_client_reads() {
        for refusal in every() {
            let answer = refusal.answer(RequestId(7), "h");
            let seen = read(answer.status, answer.body.as_bytes());
            let expected = Outcome::Refused {
                status: refusal.status(),
                code: refusal.code().to_owned(),
                message: refusal.to_string(),
                request_id: RequestId(7).to_string(),
            };
            assert_eq!(seen, expected);
            assert!(refusal.status() >= 400 && refusal.to_string().ends_with('.'), "{refusal}");
        }
    }

    #[test]
    fn a_refusal_that_passes_says_when_to_come_back_and_one_of_a_method_what_is_allowed() {
        for refusal in every() {
            let names: Vec<&str> =
                refusal.answer(RequestId(7), "h").headers.iter().map(|(name, _)| *name).collect();
            assert_eq!(names.contains(&"Retry-After"), refusal.status() == 503, "{refusal}");
            assert_eq!(names.contains(&"Allow"), refusal.status() == 405, "{refusal}");
        }
    }
}
