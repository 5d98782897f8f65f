//! Files as they lie on the disk: packed with gzip, in UTF-16, with a byte order mark, with bytes that are no text.

use std::borrow::Cow;
use std::io::Read as _;

use claque_document::diagnostic::Diagnostic;

/// The longest recording that is read, on the disk and unpacked. Unit: bytes.
pub(super) const BYTES_MAX: usize = 256 << 20;

/// Other packings, by the first bytes of their files. They are not unpacked here.
const OTHER_PACKINGS: [(&[u8], &str, &str); 5] = [
    (b"PK\x03\x04", "a ZIP archive", "unzip"),
    (b"\x28\xB5\x2F\xFD", "packed with Zstandard", "unzstd"),
    (b"\xFD7zXZ\0", "packed with XZ", "unxz"),
    (b"BZh", "packed with bzip2", "bunzip2"),
    (b"7z\xBC\xAF", "a 7-Zip archive", "7z x"),
];

/// A file's text, and what had to be done to get it.
#[derive(Debug)]
pub(super) struct Unpacked<'b> {
    pub(super) text: Cow<'b, str>,
    /// Whether it was packed with gzip.
    pub(super) packed: bool,
    /// Why unpacking ended before the end of the file, where it did.
    pub(super) cut: Option<String>,
    /// Whether it was UTF-16.
    pub(super) wide: bool,
    /// Whether bytes that are no text became U+FFFD.
    pub(super) broken: bool,
}

/// Unpacks and decodes a file.
pub(super) fn unpack<'b>(file: &str, bytes: &'b [u8]) -> Result<Unpacked<'b>, Diagnostic> {
    check_length(file, bytes.len())?;
    if let Some((_, what, tool)) = OTHER_PACKINGS.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(Diagnostic::whole(file, format!("the file is {what}"))
            .help(format!("unpack it with `{tool}` first; gzip alone is unpacked here")));
    }
    // By its first bytes and not by `.gz`: a browser or a proxy may have packed or unpacked a download without
    // renaming it.
    let (plain, cut, packed) = if bytes.starts_with(b"\x1F\x8B") {
        let (plain, cut) = gunzip(file, bytes)?;
        (Cow::Owned(plain), cut, true)
    } else {
        (Cow::Borrowed(bytes), None, false)
    };
    let (text, wide) = decode(plain);
    let broken = text.contains('\u{FFFD}');
    Ok(Unpacked { text, packed, cut, wide, broken })
}

fn check_length(file: &str, length: usize) -> Result<(), Diagnostic> {
    if length <= BYTES_MAX {
        return Ok(());
    }
    let message = format!("the recording is longer than {BYTES_MAX} bytes (256 MiB), the most that is read");
    Err(Diagnostic::whole(file, message).help("cut it into parts"))
}

/// Unpacks gzip, several members too; of a file that is broken, what came before the fault, and the fault.
fn gunzip(file: &str, bytes: &[u8]) -> Result<(Vec<u8>, Option<String>), Diagnostic> {
    let mut plain = Vec::new();
    // One byte more than allowed tells a bomb from a file of exactly the bound, and nothing more is ever unpacked.
    let most = u64::try_from(BYTES_MAX + 1).unwrap_or(u64::MAX);
    let ended = flate2::read::MultiGzDecoder::new(bytes).take(most).read_to_end(&mut plain);
    check_length(file, plain.len())?;
    match ended {
        Ok(_) => Ok((plain, None)),
        Err(error) if plain.is_empty() => {
            Err(Diagnostic::whole(file, format!("the gzip data cannot be unpacked: {error}")))
        }
        // A recorder that is killed leaves its gzip without an end. What came before is whole.
        Err(error) => Ok((plain, Some(error.to_string()))),
    }
}

/// Text from UTF-8, or from UTF-16 where a byte order mark or the first character says so.
fn decode(bytes: Cow<'_, [u8]>) -> (Cow<'_, str>, bool) {
    let wide: Option<fn([u8; 2]) -> u16> = match *bytes {
        // The signs are the first characters of the formats: in UTF-16 each has a zero byte beside it, which UTF-8
        // never has there.
        [0xFF, 0xFE, ..] | [b'<' | b'{' | b'[' | b'@' | b'#', 0, ..] => Some(u16::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, b'<' | b'{' | b'[' | b'@' | b'#', ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    let Some(unit) = wide else {
        let text = match bytes {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(
                String::from_utf8(bytes)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            ),
        };
        return (strip_mark(text), false);
    };
    let units = bytes.chunks_exact(2).map(|pair| match *pair {
        [one, other] => unit([one, other]),
        _ => 0xFFFD,
    });
    let text: String =
        char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    (strip_mark(Cow::Owned(text)), true)
}

fn strip_mark(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
        Cow::Owned(mut text) => {
            if text.starts_with('\u{FEFF}') {
                text.drain(..'\u{FEFF}'.len_utf8());
            }
            Cow::Owned(text)
        }
    }
}
