//! The origin of a request, by its own words: what a browser sends in its reader's name must not reach a service that
//! trusts the loopback.

use std::net::IpAddr;

use claque_wire::http::HttpRequest;

/// Last labels of names that nobody can register.
// Reserved by RFC 2606, RFC 6762 and ICANN for private use: a rebinding attack needs a name that its author
// can register.
const OWN_LABELS: [&str; 4] = ["internal", "local", "localhost", "test"];

/// The name in a `Host` header, without port and brackets. Some client libraries write a whole address there.
pub(crate) fn host_name(host: &str) -> &str {
    let authority = authority(host);
    // Ahead of the port: an address of version 6 without brackets is full of colons.
    if authority.parse::<IpAddr>().is_ok() {
        return authority;
    }
    let port = |port: &str| port.parse::<u16>().is_ok();
    let name = authority.rsplit_once(':').filter(|(_, last)| port(last)).map_or(authority, |(name, _)| name);
    name.trim_start_matches('[').trim_end_matches(']')
}

/// Host and port of a `Host` header, in which some client libraries write a whole address.
pub(crate) fn authority(host: &str) -> &str {
    page_authority(host).unwrap_or(host).trim_end_matches('/')
}

/// Whether a name means this machine wherever it is read.
pub(crate) fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a foreign DNS server may point a name at this machine.
pub(crate) fn is_public(name: &str) -> bool {
    // A trailing dot makes a name absolute, and leads to the same address.
    let name = name.trim_end_matches('.');
    // A name of one label is the machine's own or its network's: no registry sells one.
    let Some((_, last)) = name.rsplit_once('.') else { return false };
    // A literal address cannot be pointed anywhere by DNS.
    name.parse::<IpAddr>().is_err() && !OWN_LABELS.iter().any(|label| last.eq_ignore_ascii_case(label))
}

/// The origin of the page that sent a request, unless it is the server's own.
pub(crate) fn foreign_page(request: &HttpRequest) -> Option<&str> {
    let origin = request.header("origin")?;
    // Compared whole, the port included: another port of this machine is another origin, and may be anybody's
    // development server. `null` matches nothing.
    (page_authority(origin) != Some(request.header("host").unwrap_or(""))).then_some(origin)
}

/// Why a call of the documented operations is not even looked at: a page of elsewhere sent it. Back ends are no pages, and
/// pages of this machine are the developer's.
pub(crate) fn refused_page(request: &HttpRequest) -> Option<String> {
    let of_elsewhere = |origin: &&str| !page_authority(origin).is_some_and(|its| is_loopback(host_name(its)));
    if let Some(origin) = foreign_page(request).filter(of_elsewhere) {
        return Some(format!("the operations are for back ends; a page of {origin} is none"));
    }
    // What a page loads without asking, such as an image, names no origin; browsers still tell that it is another's.
    let cross = request.header("sec-fetch-site").is_some_and(|site| site.eq_ignore_ascii_case("cross-site"));
    cross.then(|| "the operations are for back ends; a page of another site is none".to_owned())
}

/// Why a control call is not even looked at: a page of another site, or of another port of this machine, sent it. What a
/// page loads without asking names no origin, but browsers tell whose page it is, for every method.
pub(crate) fn refused_site(request: &HttpRequest) -> Option<String> {
    let site = request.header("sec-fetch-site")?;
    // `same-site` is left out: it covers other ports of localhost. `none` is an address that somebody typed.
    let own = ["same-origin", "none"].iter().any(|own| site.eq_ignore_ascii_case(own));
    (!own).then(|| format!("the control API does not answer pages of elsewhere (Sec-Fetch-Site: {site})"))
}

/// The header by which a proxy says that it passes on what somebody else sent. A caller that reaches a proxy on this
/// machine is not on this machine, whatever address and `Host` the proxy shows.
pub(crate) fn passed_on(request: &HttpRequest) -> Option<&'static str> {
    const HEADERS: [&str; 5] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
    HEADERS.into_iter().find(|name| request.header(name).is_some())
}

fn page_authority(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
}

#[cfg(test)]
mod tests {
    use super::{host_name, is_loopback, is_public};

    #[test]
    fn names_stand_without_scheme_port_and_brackets() {
        for (host, name) in [
            ("127.0.0.1:8787", "127.0.0.1"),
            ("[::1]:8787", "::1"),
            ("::1", "::1"),
            ("http://127.0.0.1:8787/", "127.0.0.1"),
            ("claque", "claque"),
            ("", ""),
        ] {
            assert_eq!(host_name(host), name, "{host}");
        }
    }

    #[test]
    fn names_that_foreign_dns_may_point_here_are_public() {
        for name in ["evil.example.com", "127.0.0.1.nip.io", "evil.com."] {
            assert!(is_public(name) && !is_loopback(name), "{name}");
        }
        for name in ["localhost", "LOCALHOST", "127.0.0.1", "::1"] {
            assert!(is_loopback(name) && !is_public(name), "{name}");
        }
        for name in ["claque", "claque.svc.cluster.local", "host.docker.internal", "192.168.0.2", ""] {
            assert!(!is_public(name) && !is_loopback(name), "{name}");
        }
    }
}
