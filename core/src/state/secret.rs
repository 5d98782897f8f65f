//! IDs and secrets that the service makes: a counter run through ChaCha under the configured key. Unpredictable
//! without the key, reproducible with it.

use alloc::string::String;
use alloc::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::words::text::Text;
use crate::words::token::same;

/// The purpose of an ID. Separate purposes never share a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretPurpose {
    AppId = 1,
    AppKey = 2,
    AppSign = 3,
    MessageTid = 4,
    SessionSid = 5,
    GroupId = 6,
    Transaction = 7,
    OldToken = 8,
}

/// Draws per purpose, by position.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub(crate) struct Secrets {
    key: [u8; 32],
    /// Round keys of the message IDs, drawn once: a ChaCha block for each message would cost more than the message.
    rounds: [u64; 4],
}

/// The text of a message ID that the service makes, aligned so that it is checked a block at a time.
#[repr(align(16))]
struct TidText([u8; 16]);

/// Characters of a number in an access token, five bits each, and of the seal behind two of them.
const PLAIN_CHARS: usize = 10;
const SEAL_CHARS: usize = 20;
/// Characters of an access token. No token of the newer family has so few.
pub(crate) const ACCESS_TOKEN_CHARS: usize = 2 * PLAIN_CHARS + SEAL_CHARS;

const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Secrets {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        let mut secrets = Self { key, rounds: [0; 4] };
        let bytes = secrets.draw(SecretPurpose::MessageTid, 0);
        for (round, chunk) in secrets.rounds.iter_mut().zip(bytes.chunks_exact(8)) {
            *round = u64::from_le_bytes(chunk.try_into().expect("a chunk has eight bytes"));
        }
        secrets
    }

    /// The message ID at a position: no two positions share one, and none tells the next without the key.
    ///
    /// The position goes through a Feistel network of four rounds under keys from ChaCha: a bijection of 64 bits.
    /// Keyed multiplication keeps callers from guessing IDs; it is no cipher, and no ID protects anything.
    #[inline]
    pub(crate) fn message_tid(&self, position: u64) -> Text {
        let (mut left, mut right) = ((position >> 32) as u32, position as u32);
        // Four rounds: fewer show the position in the digits, and more cost time that no ID is worth.
        for key in self.rounds {
            // Odd, so that the multiplication loses nothing.
            let product = (u64::from(right) ^ key >> 32).wrapping_mul(key | 1);
            (left, right) = (right, left ^ (product >> 32) as u32);
        }
        let mut text = TidText([0; 16]);
        // Eight digits at a time by arithmetic, without a branch or a table: an ID is made for every message.
        text.0[..8].copy_from_slice(&hex_digits(left).to_le_bytes());
        text.0[8..].copy_from_slice(&hex_digits(right).to_le_bytes());
        Text::from(core::str::from_utf8(&text.0).expect("hexadecimal digits"))
    }

    fn draw(&self, purpose: SecretPurpose, position: u64) -> [u8; 32] {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        // A stream for each purpose and position: any draw is made without those before it, in whatever order.
        rng.set_stream((purpose as u64) << 56 | (position & 0x00ff_ffff_ffff_ffff));
        let mut bytes = [0_u8; 32];
        rng.fill_bytes(&mut bytes);
        bytes
    }

    /// The draw at a position of a purpose: `chars` characters (at most 51) of letters and digits.
    pub(crate) fn text(&self, purpose: SecretPurpose, position: u64, chars: usize) -> Arc<str> {
        let bytes = self.draw(purpose, position);
        let text: String =
            (0..chars).map(|at| char::from(LETTERS[usize::from(five_bits(&bytes, at))])).collect();
        text.into()
    }

    /// The access token of a user of the older family: when it ends, its number, and a seal over these, application and user.
    ///
    /// The key checks it, so that nothing is kept of a token that was given. `end` in UNIX seconds; of `end` and
    /// `number` the low 50 bits.
    pub(crate) fn access_token(&self, app_id: &str, user_id: &str, end: u64, number: u64) -> String {
        let seal = Sha256::new()
            .chain_update(self.key)
            .chain_update([SecretPurpose::OldToken as u8])
            // The length first, or the end of one field could pass for the beginning of the next.
            .chain_update((app_id.len() as u64).to_le_bytes())
            .chain_update(app_id)
            .chain_update(end.to_le_bytes())
            .chain_update(number.to_le_bytes())
            .chain_update(user_id)
            .finalize()
            .into();
        let plain =
            |value: u64| (0..PLAIN_CHARS).rev().map(move |at| LETTERS[(value >> (5 * at) & 31) as usize]);
        let sealed = (0..SEAL_CHARS).map(|at| LETTERS[usize::from(five_bits(&seal, at))]);
        plain(end).chain(plain(number)).chain(sealed).map(char::from).collect()
    }

    /// The end of an access token that was given to this user of this application. Unit: UNIX seconds.
    pub(crate) fn access_token_end(&self, app_id: &str, user_id: &str, token: &str) -> Option<u64> {
        let plain = |text: &[u8]| {
            text.iter().try_fold(0_u64, |value, character| {
                let five = LETTERS.iter().position(|other| other == character)?;
                Some(value << 5 | five as u64)
            })
        };
        let end = plain(token.as_bytes().get(..PLAIN_CHARS)?)?;
        let number = plain(token.as_bytes().get(PLAIN_CHARS..2 * PLAIN_CHARS)?)?;
        // Made again and compared whole: the seal covers every field, so that nothing else has to be checked.
        same(&self.access_token(app_id, user_id, end, number), token).then_some(end)
    }

    /// The draw at a position of a purpose in the form of a random UUID: upper-case hexadecimal digits in five groups.
    pub(crate) fn uuid(&self, purpose: SecretPurpose, position: u64) -> Arc<str> {
        let mut bytes = self.draw(purpose, position);
        // Version and variant of a random UUID: receivers that parse it take it.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36);
        for (at, byte) in bytes.iter().take(16).enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
        text.into()
    }
}

/// Eight hexadecimal digits, the lowest first, computed side by side.
const fn hex_digits(bits: u32) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut digits = bits as u64;
    digits = (digits & 0xffff_0000) << 16 | digits & 0xffff;
    digits = (digits & 0x0000_ff00_0000_ff00) << 8 | digits & 0x0000_00ff_0000_00ff;
    digits = (digits & 0x00f0_00f0_00f0_00f0) << 4 | digits & 0x000f_000f_000f_000f;
    let letters = (digits + 6 * ONES) >> 4 & ONES;
    digits + b'0' as u64 * ONES + (b'a' - b'0' - 10) as u64 * letters
}

/// Five bits of `bytes`, from bit `5 * at`.
fn five_bits(bytes: &[u8; 32], at: usize) -> u8 {
    let (byte, shift) = (at * 5 / 8, at * 5 % 8);
    let next = bytes.get(byte + 1).copied().unwrap_or(0);
    ((u16::from(bytes[byte]) | u16::from(next) << 8) >> shift & 31) as u8
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::{Secrets, hex_digits};

    #[test]
    fn message_ids_are_letters_and_digits_and_never_repeat() {
        let secrets = Secrets::new([7; 32]);
        let ids: BTreeSet<_> = (0..50_000).map(|position| secrets.message_tid(position)).collect();
        assert_eq!(ids.len(), 50_000);
        assert!(ids.iter().all(|id| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())));
        assert_ne!(secrets.message_tid(1), Secrets::new([8; 32]).message_tid(1));
    }

    #[test]
    fn digits_are_written_lowest_first() {
        assert_eq!(&hex_digits(0x0123_9abf).to_le_bytes(), b"fba93210");
        assert_eq!(&hex_digits(u32::MAX).to_le_bytes(), b"ffffffff");
    }
}
