//! A hash of the whole state, the same on every machine and in every build.

use core::hash::{Hash, Hasher};

use crate::mutants::Mutants;
use crate::state::service::Service;
use crate::words::tracer::Tracer;

/// Multiply and rotate, 64 bits at a time. Not against an adversary: it tells states of a run apart.
#[derive(Clone, Copy, Debug)]
struct Stable(u64);

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Stable {
    fn word(&mut self, word: u64) {
        // Written out and not the standard hasher, which promises nothing from one version to the next: digests are
        // stored and compared.
        self.0 = (self.0 ^ word).wrapping_mul(FACTOR).rotate_left(29);
    }
}

impl Hasher for Stable {
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ self.0 >> 32).wrapping_mul(FACTOR);
        mixed ^ mixed >> 29
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        // The length last, so that texts that differ in trailing zeroes differ.
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.word(value.into());
    }

    fn write_u16(&mut self, value: u16) {
        self.word(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.word(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    fn write_usize(&mut self, value: usize) {
        // As 64 bits everywhere: a digest must not depend on the machine's width.
        self.word(value as u64);
    }

    fn write_i32(&mut self, value: i32) {
        self.word(i64::from(value).cast_unsigned());
    }

    fn write_i64(&mut self, value: i64) {
        self.word(value.cast_unsigned());
    }

    fn write_isize(&mut self, value: isize) {
        self.word((value as i64).cast_unsigned());
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A hash of the whole state: equal states, equal digests. O(state).
    ///
    /// The configuration, the tracer and the outputs that wait are not part of it.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = Stable(FACTOR);
        self.state.hash(&mut hasher);
        hasher.finish()
    }

    /// A hash of what a journal keeps of the state: all of it but the calls counted in the running second, because calls that
    /// change nothing else are not written down. O(state).
    #[must_use]
    pub fn lasting_digest(&mut self) -> u64 {
        // Taken out and put back: a copy of the state without them would cost as much as the state.
        let quotas = core::mem::take(&mut self.state.quotas);
        let digest = self.digest();
        self.state.quotas = quotas;
        digest
    }
}

#[cfg(test)]
mod tests {
    use core::hash::{Hash, Hasher};

    use super::{FACTOR, Stable};

    fn digest(value: impl Hash) -> u64 {
        let mut hasher = Stable(FACTOR);
        value.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn order_and_length_count() {
        assert_ne!(digest((1_u32, 2_u32)), digest((2_u32, 1_u32)));
        assert_ne!(digest("ab"), digest("ba"));
        assert_ne!(digest(["a", ""]), digest(["", "a"]));
        assert_ne!(digest([0_u64; 2]), digest([0_u64; 3]));
    }

    #[test]
    fn a_value_keeps_its_digest() {
        assert_eq!(digest(0_u64), digest(0_u64));
        assert_eq!(digest((7_u32, "seven")), 8_708_564_529_912_976_340);
    }
}
