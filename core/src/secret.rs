//! IDs and secrets that the service makes: a counter run through ChaCha under the configured key. Unpredictable
//! without the key, reproducible with it.

use alloc::string::String;
use alloc::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// What an ID is for. Separate purposes never share a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
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
}

const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Secrets {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The draw at a position of a purpose: `chars` characters (at most 51) of letters and digits.
    pub(crate) fn text(&self, purpose: Purpose, position: u64, chars: usize) -> Arc<str> {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream((purpose as u64) << 56 | (position & 0x00ff_ffff_ffff_ffff));
        let mut bytes = [0_u8; 32];
        rng.fill_bytes(&mut bytes);
        let text: String =
            (0..chars).map(|at| char::from(LETTERS[usize::from(letter(&bytes, at))])).collect();
        text.into()
    }
}

/// Five bits of `bytes`, from bit `5 * at`.
fn letter(bytes: &[u8; 32], at: usize) -> u8 {
    let (byte, shift) = (at * 5 / 8, at * 5 % 8);
    let next = bytes.get(byte + 1).copied().unwrap_or(0);
    ((u16::from(bytes[byte]) | u16::from(next) << 8) >> shift & 31) as u8
}
