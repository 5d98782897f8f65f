//! Where `claque serve` listens, as people write it.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// The port of a server that is given none.
const PORT: u16 = 8787;

/// Reads `HOST:PORT`, `HOST`, `:PORT` or `PORT`. A name is resolved here; of several addresses one of version 4 is taken,
/// which clients that are given the same name find at once.
pub(crate) fn read(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    if let Ok(ip) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, PORT));
    }
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let (host, port) = match text.rsplit_once(':') {
        None => (text, PORT),
        Some((host, port)) => {
            let port = port
                .parse()
                .map_err(|_| format!("{port:?} is not a port: a port is a number from 0 to 65535"))?;
            (if host.is_empty() { "127.0.0.1" } else { host }, port)
        }
    };
    if host.is_empty() || host.contains('/') {
        return Err("write HOST:PORT, such as localhost:8787, 127.0.0.1:0 or [::1]:8787".to_owned());
    }
    let found =
        (host, port).to_socket_addrs().map_err(|error| format!("{host:?} has no address: {error}"))?;
    let found: Vec<SocketAddr> = found.collect();
    let first = found.iter().find(|address| address.is_ipv4()).or_else(|| found.first());
    first.copied().ok_or_else(|| format!("{host:?} has no address"))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn every_way_to_say_where() {
        for (text, address) in [
            ("127.0.0.1:8787", "127.0.0.1:8787"),
            ("127.0.0.1", "127.0.0.1:8787"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("localhost:9000", "127.0.0.1:9000"),
            ("localhost", "127.0.0.1:8787"),
            ("LOCALHOST:0", "127.0.0.1:0"),
            ("::1", "[::1]:8787"),
            ("[::1]", "[::1]:8787"),
            ("[::1]:99", "[::1]:99"),
            (":99", "127.0.0.1:99"),
            ("9000", "127.0.0.1:9000"),
        ] {
            assert_eq!(read(text).map(|it| it.to_string()), Ok(address.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused_with_a_reason() {
        for (text, part) in [
            ("", "write HOST:PORT"),
            ("localhost:http", "is not a port"),
            ("localhost:65536", "is not a port"),
            ("http://localhost:8787", "write HOST:PORT"),
            ("no-such-name.invalid:1", "has no address"),
        ] {
            let error = read(text).expect_err("no place");
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
