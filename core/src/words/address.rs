//! Which addresses of a network are the whole world's, and which have a meaning of their own.
//!
//! A callback or a review goes out into the world. An address that leads back to this machine, into its network, or to
//! nobody, is none for it, however it is written. The ranges are those of IANA's registries of special-purpose addresses
//! that are not globally reachable; an address of version 6 that carries one of version 4 is taken for what it carries.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ranges of version 4 that the world does not reach: the first address, and the bits that all of them share.
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    // This network, this host.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private use.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by the customers of a carrier.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, the metadata service of clouds among them.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Private use.
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    // Protocol assignments.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // AS112 service.
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    // Automatic multicast tunnelling.
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    // Relays of 6to4, given up.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Private use.
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarking.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Documentation.
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    // Documentation.
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, and broadcast.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Whether the whole world reaches an address.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let shares = |(first, bits): &(Ipv4Addr, u32)| (address.to_bits() ^ first.to_bits()) >> (32 - bits) == 0;
    !SPECIAL_V4.iter().any(shares)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let carried = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        // ::ffff:a.b.c.d, the deprecated ::a.b.c.d, loopback and no address at all.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => {
            address.to_ipv4_mapped().is_some() && is_public_v4(carried(high, low))
        }
        // ::ffff:0:a.b.c.d, translated by a stack of its own.
        [0, 0, 0, 0, 0xffff, 0, high, low]
        // 64:ff9b::a.b.c.d, translated by the network.
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // 2002:a.b.c.d::, 6to4.
        | [0x2002, high, low, ..] => is_public_v4(carried(high, low)),
        // 64:ff9b:1::, translation within a network; Teredo, whose client and server are both anybody's; benchmarking;
        // identifiers that no packet goes to.
        [0x64, 0xff9b, 1, ..] | [0x2001, 0..=0x1ff, ..] => false,
        // Documentation, of both lengths.
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // The interface identifier of ISATAP carries an address of version 4, whatever stands before it.
        [.., 0x5efe, high, low] if is_isatap(address) => is_public_v4(carried(high, low)) && is_unicast(address),
        _ => is_unicast(address),
    }
}

fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(address.segments()[4], 0 | 0x200)
}

/// Whether an address is of the only block that unicast addresses of the world are given from, 2000::/3. Unique local,
/// link-local, site-local, multicast and discard-only addresses are not.
fn is_unicast(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xe000 == 0x2000
}

/// The address that a host stands for without anybody being asked: the usual forms, and those of old that resolvers still
/// take, such as `127.1`, `2130706433`, `0x7f000001` and `0177.0.0.1`. None: it is a name.
#[must_use]
pub fn literal(host: &str) -> Option<IpAddr> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return zoneless(inner).parse().ok().map(IpAddr::V6);
    }
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    old_form(host).map(IpAddr::V4).or_else(|| zoneless(host).parse().ok().map(IpAddr::V6))
}

/// An address of version 6 without the interface that it may name behind a percent sign.
fn zoneless(host: &str) -> &str {
    host.split_once('%').map_or(host, |(address, _)| address)
}

/// One to four numbers, each decimal, octal or hexadecimal, of which the last fills what is left.
fn old_form(host: &str) -> Option<Ipv4Addr> {
    let mut bits: u32 = 0;
    let mut parts = host.split('.').peekable();
    for place in 0..4_u32 {
        let value = number(parts.next()?)?;
        let last = parts.peek().is_none();
        let width = if last { 32 - 8 * place } else { 8 };
        if width < 32 && value >> width != 0 {
            return None;
        }
        if last {
            return Some(Ipv4Addr::from_bits(bits | value));
        }
        bits |= value << (24 - 8 * place);
    }
    None
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        // No digit at all is a zero to those who read this form.
        (if digits.is_empty() { "0" } else { digits }, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (text, 8)
    } else {
        (text, 10)
    };
    // A sign is no digit.
    if digits.starts_with('+') { None } else { u32::from_str_radix(digits, radix).ok() }
}

/// Whether a host is a name that means this machine wherever it is read.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    last.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::{is_public, is_this_machine, literal};

    /// Hosts that stand for an address which a callback must not go to.
    const SPECIAL: &[&str] = &[
        // This machine, as people write it and as resolvers read it.
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0177.1",
        "127.0.0.1.",
        "127.0x1",
        "[::1]",
        "::1",
        "[0:0:0:0:0:0:0:1]",
        "0",
        "0.0.0.0",
        "0x0",
        "00",
        "0.1.2.3",
        "[::]",
        "0x",
        // The network it stands in.
        "10.0.0.1",
        "10.1",
        "167772161",
        "0xa000001",
        "012.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "2886729729",
        "192.168.0.1",
        "192.168.257",
        "3232235521",
        "0xc0a80001",
        "0300.0250.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "1681915905",
        "169.254.169.254",
        "169.254.43518",
        "2852039166",
        "0xa9fea9fe",
        // Nobody, everybody, or an example.
        "192.0.0.1",
        "192.0.0.170",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "198.18.0.1",
        "198.19.255.255",
        "192.88.99.1",
        "192.31.196.1",
        "192.52.193.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "4294967295",
        "0xffffffff",
        // Version 4 within version 6.
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:10.0.0.1]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::808:808]",
        "[2002:7f00:1::]",
        "[2002:a00:1::1]",
        "[2002:c0a8:101::5]",
        "[2001:0:7f00:1::]",
        "[2001::1]",
        "[2001:db8::5efe:10.0.0.1]",
        "[2a00:1450::5efe:10.0.0.1]",
        // Version 6 itself.
        "[fe80::1]",
        "[fe80::1%eth0]",
        "[fe80::1%25eth0]",
        "[febf::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[2001:2::1]",
        "[2001:10::1]",
        "[2001:20::1]",
        "[3fff::1]",
    ];

    #[test]
    fn no_form_of_a_special_address_is_public() {
        for host in SPECIAL {
            let address = literal(host).unwrap_or_else(|| panic!("{host} stands for an address"));
            assert!(!is_public(address), "{host} is {address}");
        }
    }

    #[test]
    fn what_the_world_reaches_is_public() {
        for host in [
            "8.8.8.8",
            "134744072",
            "0x08080808",
            "010.010.010.010",
            "1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.1",
            "203.0.114.1",
            "223.255.255.255",
            "[2606:4700::1111]",
            "[2001:4860:4860::8888]",
            "[2001:200::1]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::808:808]",
            "[2002:808:808::1]",
            "[3fff:1000::1]",
        ] {
            let address = literal(host).unwrap_or_else(|| panic!("{host} stands for an address"));
            assert!(is_public(address), "{host} is {address}");
        }
    }

    #[test]
    fn a_name_stands_for_no_address_until_somebody_is_asked() {
        for host in [
            "example.com",
            "localhost",
            "",
            ".",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.2.3.256",
            "0x1ffffffff",
            "08.1.1.1",
            "a.1",
            "+1",
            "1..2",
        ] {
            assert_eq!(literal(host), None, "{host}");
        }
    }

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "LOCALHOST", "localhost.", "a.localhost", "x.y.LocalHost."] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["localhost.example.com", "mylocalhost", "example.com", ""] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
