//! One HTTP request as plain data, between whatever read it from a socket and the rules of this crate.
//!
//! Nothing here parses bytes from a connection and nothing is normalised: the raw query and the raw header values are what
//! signatures are computed over.

use crate::url::{self, UrlError};

/// One HTTP request, complete: chunked bodies are already joined, the target is split at its first `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, upper case as it stood on the wire.
    pub method: String,
    /// The path, `/` for every documented operation.
    pub path: String,
    /// The raw query, without its `?`; empty when there was none.
    pub query: String,
    /// Header names and values in the order they arrived; names in any case, a name may stand more than once.
    pub headers: Vec<(String, String)>,
    /// The body, empty when there was none.
    pub body: Vec<u8>,
}

/// Media type of the bodies that carry parameters.
pub const FORM_TYPE: &str = "application/x-www-form-urlencoded";

impl HttpRequest {
    /// A request from its request line's method and target; everything after the first `?` is the query.
    ///
    /// A target that names scheme and host, as a client writes it that takes its receiver for a proxy, counts like the rest of it
    /// behind the host, if it names the same host as the `Host` header; one that differs stays as it is, and so is the path of
    /// nothing. A request without a `Host` header gets the host of the target.
    #[must_use]
    pub fn new(method: &str, target: &str, mut headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let mut origin_form = None;
        if let Some((host, rest)) = absolute(target) {
            let mut hosts = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
            let agrees = match (hosts.next(), hosts.next()) {
                (None, _) => true,
                (Some((_, given)), None) => same_host(given, host),
                (Some(_), Some(_)) => false,
            };
            if agrees {
                if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
                    headers.push(("host".to_owned(), host.to_owned()));
                }
                let slash = if rest.starts_with('/') { "" } else { "/" };
                origin_form = Some(format!("{slash}{rest}"));
            }
        }
        let target = origin_form.as_deref().unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers, body }
    }

    /// The request target: the path, and the query behind a `?` if there is one.
    #[must_use]
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// All values of a header, in order; the name is compared without regard to case.
    pub fn header_values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(given, _)| given.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The trimmed value of a header that stands exactly once; `None` if it is absent or repeated.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.header_values(name);
        let first = values.next()?;
        if values.next().is_some() { None } else { Some(first.trim()) }
    }

    /// Whether the body carries parameters, by its content type.
    #[must_use]
    pub fn has_form(&self) -> bool {
        self.header("content-type").is_some_and(|value| {
            let kind = value.split(';').next().unwrap_or(value);
            kind.trim().eq_ignore_ascii_case(FORM_TYPE)
        })
    }

    /// The decoded parameters of the query, in order.
    ///
    /// # Errors
    ///
    /// A name or value that does not decode.
    pub fn query_pairs(&self) -> Result<Vec<(String, String)>, UrlError> {
        url::decode_pairs(&self.query)
    }

    /// The decoded parameters of the form body, in order; none when the body is no form.
    ///
    /// # Errors
    ///
    /// A body that is not text, or a name or value that does not decode.
    pub fn form_pairs(&self) -> Result<Vec<(String, String)>, UrlError> {
        if !self.has_form() {
            return Ok(Vec::new());
        }
        match core::str::from_utf8(&self.body) {
            Ok(text) => url::decode_pairs(text),
            Err(error) => Err(UrlError::NotUtf8 { position: error.valid_up_to() }),
        }
    }
}

/// The host and the rest of a target in absolute form; `None` for any other.
fn absolute(target: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let (host, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let plain = !host.is_empty() && !host.contains(['@', '#', '\\']);
    plain.then_some((host, rest))
}

/// Whether two ways to write a host mean the same: some clients put a whole address into the header.
fn same_host(one: &str, other: &str) -> bool {
    let bare = |host: &str| {
        let host = host.trim().to_ascii_lowercase();
        let host = host.strip_prefix("http://").or_else(|| host.strip_prefix("https://")).unwrap_or(&host);
        let host = host.trim_end_matches('/');
        host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(host).to_owned()
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &[u8]) -> HttpRequest {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        HttpRequest::new("POST", "/?a=1?b", headers, body.to_vec())
    }

    #[test]
    fn the_target_is_split_at_the_first_question_mark_and_put_together_again() {
        let asked = request(&[], b"");
        assert_eq!((asked.path.as_str(), asked.query.as_str()), ("/", "a=1?b"));
        assert_eq!(asked.target(), "/?a=1?b");
        assert_eq!(HttpRequest::new("GET", "/", Vec::new(), Vec::new()).target(), "/");
    }

    #[test]
    fn a_target_with_scheme_and_host_counts_like_the_rest_of_it() {
        let asked = |target: &str, hosts: &[&str]| {
            let headers = hosts.iter().map(|host| ("Host".to_owned(), (*host).to_owned())).collect();
            HttpRequest::new("GET", target, headers, Vec::new())
        };
        for (target, host) in [
            ("http://live.aliyuncs.com/?a=1", "live.aliyuncs.com"),
            ("HTTP://LIVE.aliyuncs.com:80/?a=1", "live.aliyuncs.com"),
            ("http://live.aliyuncs.com?a=1", "live.aliyuncs.com:80"),
            ("https://live.aliyuncs.com/?a=1", "https://live.aliyuncs.com/"),
            ("http://127.0.0.1:8787/?a=1", "127.0.0.1:8787"),
        ] {
            let request = asked(target, &[host]);
            assert_eq!((request.path.as_str(), request.query.as_str()), ("/", "a=1"), "{target}");
            assert_eq!(request.header("host"), Some(host), "what was signed stays");
        }
        let hostless = asked("http://live.aliyuncs.com/_claque/?a=1", &[]);
        assert_eq!(
            (hostless.path.as_str(), hostless.header("host")),
            ("/_claque/", Some("live.aliyuncs.com"))
        );
        let query = asked("/?url=http://elsewhere/", &["here"]);
        assert_eq!((query.path.as_str(), query.query.as_str()), ("/", "url=http://elsewhere/"));
        for (target, hosts) in [
            ("http://elsewhere/?a=1", &["here"][..]),
            ("http://here:81/", &["here"]),
            ("http://here/", &["here", "here"]),
            ("http://user@here/", &["here"]),
            ("http:///", &[""]),
            ("ftp://here/", &["here"]),
            ("here:443", &["here"]),
        ] {
            assert_ne!(asked(target, hosts).path, "/", "{target}");
        }
    }

    #[test]
    fn headers_are_found_in_any_case_and_a_repeated_one_has_no_single_value() {
        let asked = request(&[("Host", " a "), ("X-Acs-Date", "1"), ("x-acs-date", "2")], b"");
        assert_eq!(asked.header("hOST"), Some("a"));
        assert_eq!(asked.header("x-acs-date"), None);
        assert_eq!(asked.header_values("x-acs-date").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn only_a_form_body_carries_parameters() {
        let form = request(&[("content-type", "application/x-www-form-urlencoded; charset=utf-8")], b"k=v+w");
        assert_eq!(form.form_pairs(), Ok(vec![("k".to_owned(), "v w".to_owned())]));
        let other = request(&[("content-type", "application/octet-stream")], b"k=v");
        assert_eq!(other.form_pairs(), Ok(Vec::new()));
        let broken = request(&[("content-type", FORM_TYPE)], b"k=\xff");
        assert_eq!(broken.form_pairs(), Err(UrlError::NotUtf8 { position: 2 }));
    }
}
