//! The chunked coding, off bytes that come in any pieces. Each byte is looked at once.

use bytes::{Buf, BytesMut};
use claque_wire::transport::Transport;

/// Longest line of a size, its extension included. Unit: bytes.
const LINE_BYTES_MAX: usize = 4_096;
/// Bytes that extensions and trailer take together at most: nobody reads them. Unit: bytes.
const ASIDE_BYTES_MAX: usize = 8 * 1_024;
/// Hexadecimal digits of a size.
// As many as fill 64 bits: a size that overflows is small to one reader and large to the next.
const DIGITS_MAX: usize = 16;

/// Where in the coding a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size,
    /// So many bytes of a chunk are still to come.
    Data(usize),
    DataEnd,
    Trailer,
    End,
}

/// A body in chunks that has begun.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    /// Bytes of the current line that are looked at and hold no end.
    searched: usize,
    aside: usize,
    bound: usize,
    /// Bytes that were looked at so far, for the test that holds it to be linear.
    pub(super) work: usize,
}

impl Chunks {
    /// A body of at most so many bytes.
    pub(super) const fn new(bound: usize) -> Self {
        Self { at: At::Size, searched: 0, aside: 0, bound, work: 0 }
    }

    /// Takes what has come into the body. Whether the body is whole; what follows it stays.
    pub(super) fn take(&mut self, ahead: &mut BytesMut, body: &mut Vec<u8>) -> Result<bool, Transport> {
        loop {
            match self.at {
                At::Size => {
                    let Some(line) = self.line(ahead)? else { return Ok(false) };
                    let bytes = self.size(&line)?;
                    // Looked at ahead of the data: a chunk that announces too much is refused before any of
                    // it is taken in.
                    let room = self.bound - body.len();
                    if bytes > room as u64 {
                        return Err(Transport::BodyTooLong { bytes: None, bound: self.bound });
                    }
                    let bytes = usize::try_from(bytes).unwrap_or(room);
                    self.at = if bytes == 0 { At::Trailer } else { At::Data(bytes) };
                }
                At::Data(rest) => {
                    let here = rest.min(ahead.len());
                    body.extend_from_slice(&ahead[..here]);
                    ahead.advance(here);
                    self.work += here;
                    self.at = if here == rest { At::DataEnd } else { At::Data(rest - here) };
                    if here < rest {
                        return Ok(false);
                    }
                }
                At::DataEnd => {
                    let end = b"\r\n";
                    let here = ahead.len().min(end.len());
                    // Compared as far as there is something: a wrong byte is refused now, and not when the
                    // next one comes.
                    if ahead[..here] != end[..here] {
                        return Err(malformed("a chunk does not end where it says"));
                    }
                    if here < end.len() {
                        return Ok(false);
                    }
                    ahead.advance(end.len());
                    self.at = At::Size;
                }
                At::Trailer => {
                    let Some(line) = self.line(ahead)? else { return Ok(false) };
                    if line.is_empty() {
                        self.at = At::End;
                        continue;
                    }
                    // Trailers and extensions cost the reader time and are thrown away: a body of nothing
                    // else would go on for ever.
                    self.set_aside(line.len())?;
                    let named = line
                        .iter()
                        .position(|byte| *byte == b':')
                        .is_some_and(|end| end > 0 && line[..end].iter().all(|byte| byte.is_ascii_graphic()));
                    if !named {
                        return Err(malformed("a line of the trailer is no header"));
                    }
                }
                At::End => return Ok(true),
            }
        }
    }

    /// The next line without its end, if it is whole.
    fn line(&mut self, ahead: &mut BytesMut) -> Result<Option<BytesMut>, Transport> {
        let found = memchr::memchr(b'\n', &ahead[self.searched..]);
        let seen = found.map_or(ahead.len(), |at| self.searched + at);
        self.work += seen - self.searched;
        if seen > LINE_BYTES_MAX {
            return Err(malformed(&format!(
                "a line of the chunked coding is longer than {LINE_BYTES_MAX} bytes"
            )));
        }
        if found.is_none() {
            self.searched = seen;
            return Ok(None);
        }
        self.searched = 0;
        let mut line = ahead.split_to(seen);
        ahead.advance(1);
        // As in heads: a line that ends at a bare LF is read differently by what stands in front.
        if line.last() != Some(&b'\r') {
            return Err(malformed("a line of the chunked coding ends without a carriage return"));
        }
        line.truncate(line.len() - 1);
        if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(malformed("a line of the chunked coding has a control character"));
        }
        Ok(Some(line))
    }

    /// The size that a line begins with: digits alone, then nothing, or an extension, which nobody reads.
    fn size(&mut self, line: &[u8]) -> Result<u64, Transport> {
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (digits, rest) = line.split_at(digits);
        let rest = rest.trim_ascii_start();
        let readable = !digits.is_empty()
            && digits.len() <= DIGITS_MAX
            && (rest.is_empty() && digits.len() == line.len() || rest.first() == Some(&b';'));
        let text = str::from_utf8(digits).unwrap_or_default();
        let size = u64::from_str_radix(text, 16).ok().filter(|_| readable);
        let size = size.ok_or_else(|| {
            malformed(&format!("{:?} is no size of a chunk", String::from_utf8_lossy(line)))
        })?;
        self.set_aside(rest.len())?;
        Ok(size)
    }

    fn set_aside(&mut self, bytes: usize) -> Result<(), Transport> {
        self.aside += bytes;
        if self.aside <= ASIDE_BYTES_MAX {
            Ok(())
        } else {
            Err(Transport::HeadTooLong { bound: ASIDE_BYTES_MAX })
        }
    }
}

fn malformed(what: &str) -> Transport {
    Transport::Malformed(what.to_owned())
}
