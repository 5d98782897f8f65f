//! Randomness that has names.
//!
//! Every draw belongs to a purpose and to the stable name of an actor, and is found by its position.
//! So a draw does not depend on the draws of other actors: take a user, a fault or a request out of a
//! run and all other randomness stays as it was. No generator state is kept per actor; an actor that
//! draws repeatedly remembers the position it has come to.
//!
//! There are two kinds:
//!
//! - **behaviour**: what actors decide to do, a few draws each. `ChaCha8`, keyed by the seed of the
//!   run; purpose and actor choose the stream ([`Randomness::draws`]).
//! - **deliveries**: latency and loss, one draw or two for each delivery. A counter hash keyed from
//!   `ChaCha8` over purpose, message and user ([`Randomness::deliveries`]), a nanosecond a draw.
//!
//! Everything is integer arithmetic: the same seed gives the same draws on every machine.

use std::convert::Infallible;

use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;

const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;
const USER_FACTOR: u64 = 0xD1B5_4A32_D192_ED03;
const FINISH_FACTOR: u64 = 0xDA94_2042_E4DD_58B5;

/// Spreads a word over all 64 bits; a bijection.
#[inline]
#[must_use]
pub const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 32)).wrapping_mul(GOLDEN_RATIO);
    let word = (word ^ (word >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word ^ (word >> 32)
}

/// Hashes a name: FNV-1a, then [`mix`], so that close names lie far apart.
#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "a const fn cannot iterate; bytes widen")]
const fn hash_of(name: &str) -> u64 {
    // At compile time for every purpose that is a constant: naming a draw costs nothing while the run goes on.
    let bytes = name.as_bytes();
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01B3);
        index += 1;
    }
    mix(hash)
}

/// The purpose of draws: a name such as `jitter` or `user.next-comment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DrawPurpose(u64);

impl DrawPurpose {
    /// The purpose of this name. Two purposes are independent when their names differ.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        Self(hash_of(name))
    }
}

/// Who draws, by a name that stays the same when others come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor(u64);

impl Actor {
    /// The actor of this name.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        Self(hash_of(name))
    }

    /// The actor with this number among those of a kind, such as `user` 17.
    #[must_use]
    pub const fn numbered(kind: &str, number: u64) -> Self {
        Self(mix(hash_of(kind) ^ mix(number.wrapping_add(GOLDEN_RATIO))))
    }
}

/// All randomness of a run.
#[derive(Clone, Debug)]
pub struct Randomness {
    seed: u64,
    template: ChaCha8Rng,
}

impl Randomness {
    /// The randomness of the run with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = [0u8; 32];
        for (part, bytes) in (1u64..).zip(key.chunks_exact_mut(8)) {
            let word = mix(seed.wrapping_add(part.wrapping_mul(GOLDEN_RATIO)));
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self { seed, template: ChaCha8Rng::from_seed(key) }
    }

    /// The seed.
    #[must_use]
    #[inline]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The draws of an actor for a purpose, from a position on.
    ///
    /// Unit: draws of 64 bits since the beginning of the stream. Work: about 80 ns, no allocation.
    #[must_use]
    pub fn draws(&self, purpose: DrawPurpose, actor: Actor, position: u32) -> Draws {
        // Copied and moved to its stream, not kept: a generator for each user takes 304 bytes, and a position takes
        // four.
        let mut generator = self.template.clone();
        // Rotated: a purpose and an actor of the same name would cancel each other, and all such pairs would share
        // one stream.
        generator.set_stream(mix(purpose.0.rotate_left(32) ^ actor.0));
        if position != 0 {
            // A draw of 64 bits is two words of the stream.
            generator.set_word_pos(u128::from(position) * 2);
        }
        Draws { generator, position }
    }

    /// One draw of an actor for a purpose.
    #[must_use]
    pub fn draw(&self, purpose: DrawPurpose, actor: Actor, position: u32) -> u64 {
        self.draws(purpose, actor, position).draw()
    }

    /// The per-delivery draws for a purpose.
    #[must_use]
    pub fn deliveries(&self, purpose: DrawPurpose) -> DeliveryDraws {
        DeliveryDraws { key: self.draw(purpose, Actor::named("deliveries"), 0) }
    }
}

/// Consecutive draws of one actor for one purpose.
///
/// Also a generator of the `rand` crate, for its shuffles and distributions. Each call for 32 or 64
/// bits is one draw, so [`Draws::position`] is all that need be kept to go on later.
#[derive(Clone, Debug)]
pub struct Draws {
    generator: ChaCha8Rng,
    position: u32,
}

impl Draws {
    /// The position of the next draw.
    #[must_use]
    #[inline]
    pub const fn position(&self) -> u32 {
        self.position
    }

    /// The next 64 bits.
    #[inline]
    pub fn draw(&mut self) -> u64 {
        self.position = self.position.wrapping_add(1);
        self.generator.next_u64()
    }

    /// A number below `bound`, see [`below`].
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        below(self.draw(), bound)
    }

    /// A number from `low` to `high`, both included.
    ///
    /// # Panics
    ///
    /// When `low` is above `high`.
    #[inline]
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        assert!(low <= high, "the range from {low} to {high} is empty");
        match (high - low).checked_add(1) {
            Some(span) => low + self.below(span),
            None => self.draw(),
        }
    }

    /// Whether an event happens that does so `permille` times in a thousand.
    #[inline]
    pub fn chance_permille(&mut self, permille: u32) -> bool {
        is_hit_permille(self.draw(), permille)
    }

    /// Whether an event happens that does so `ppm` times in a million.
    #[inline]
    pub fn chance_ppm(&mut self, ppm: u32) -> bool {
        is_hit_ppm(self.draw(), ppm)
    }

    /// The time to the next event of a Poisson process, see [`exponential`].
    #[inline]
    pub fn exponential(&mut self, mean: u64) -> u64 {
        exponential(self.draw(), mean)
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    #[expect(clippy::as_conversions, reason = "the high half of a draw")]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        // A whole draw for half of its bits: the position would not say where to go on if a half were kept.
        Ok((self.draw() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.draw())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        // By draws, not by the generator's own `fill_bytes`, which takes words without counting them.
        for part in bytes.chunks_mut(8) {
            let word = self.draw().to_le_bytes();
            for (byte, drawn) in part.iter_mut().zip(word) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}

/// Maps 64 random bits to a number below `bound`: the high half of their product; 0 when `bound` is 0.
///
/// No draw is rejected, so the number of draws never depends on their values. The bias is below
/// `bound` in 2^64.
#[inline]
#[must_use]
#[expect(clippy::as_conversions, reason = "the high half of a 128-bit product")]
pub const fn below(draw: u64, bound: u64) -> u64 {
    ((draw as u128 * bound as u128) >> 64) as u64
}

/// Whether 64 random bits mean yes for an event that happens `permille` times in a thousand.
#[inline]
#[must_use]
pub const fn is_hit_permille(draw: u64, permille: u32) -> bool {
    below(draw, 1_000) < permille as u64
}

/// Whether 64 random bits mean yes for an event that happens `ppm` times in a million.
#[inline]
#[must_use]
pub const fn is_hit_ppm(draw: u64, ppm: u32) -> bool {
    below(draw, 1_000_000) < ppm as u64
}

/// Maps 64 random bits to an exponentially distributed time with this mean, rounded down.
///
/// That is `-ln(u) × mean` for u in (0, 1), in fixed point: relative error below 10⁻⁵, largest
/// value 45 × mean.
#[must_use]
#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "fixed-point fields of known width")]
#[inline]
pub const fn exponential(draw: u64, mean: u64) -> u64 {
    const LN_2: u128 = 2_977_044_472; // times 2^32
    // 0 would be infinitely late. The smallest draw is 2⁻⁶⁴ for it, which bounds the time at 45 means.
    let draw = draw | 1;
    let zeros = draw.leading_zeros();
    // The mantissa as 1.63 bits; eight of its bits choose the step, the next 32 interpolate.
    let mantissa = draw << zeros;
    let step = (mantissa >> 55) as usize & 0xFF;
    let rest = (mantissa >> 23) & 0xFFFF_FFFF;
    let low = LOG_2[step];
    let log = low + (((LOG_2[step + 1] - low) * rest) >> 32);
    // -log2(u) = 1 + zeros - log2(mantissa), times 2^32.
    let negative_log = (((zeros + 1) as u64) << 32) - log;
    ((negative_log as u128 * LN_2 * mean as u128) >> 64) as u64
}

/// log2(1 + i / 256) × 2^32.
// One more than the steps: the last one interpolates towards log2(2).
static LOG_2: [u64; 257] = {
    let mut table = [0; 257];
    let mut index = 0u64;
    while index < 256 {
        table[index as usize] = log_2((256 + index) << 55);
        index += 1;
    }
    table[256] = 1 << 32;
    table
};

/// log2 of a number in [1, 2) with 63 fractional bits, times 2^32: squared once for each bit.
const fn log_2(mut mantissa: u64) -> u64 {
    let mut log = 0;
    let mut bit = 0;
    while bit < 32 {
        let square = ((mantissa as u128 * mantissa as u128) >> 64) as u64;
        log <<= 1;
        if square >> 63 == 1 {
            log |= 1;
            mantissa = square;
        } else {
            mantissa = square << 1;
        }
        bit += 1;
    }
    log
}

/// The per-delivery draws of a run for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryDraws {
    key: u64,
}

impl DeliveryDraws {
    /// The draws for one message, named by a number that is never used again in the run.
    #[inline]
    #[must_use]
    pub const fn message(&self, message: u64) -> MessageDraws {
        MessageDraws { key: mix(self.key ^ mix(message.wrapping_add(GOLDEN_RATIO))) }
    }
}

/// The draws for one message: one for each user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageDraws {
    key: u64,
}

#[expect(clippy::as_conversions, reason = "high halves of 64-bit words, the hot path of a fan-out")]
impl MessageDraws {
    /// The draw of a user: 32 bits.
    ///
    /// Work: two multiplications that depend on nothing but the user, about a nanosecond.
    #[inline]
    #[must_use]
    pub const fn draw(&self, user: u32) -> u32 {
        // No ChaCha here: a stream of it takes 80 ns to begin, and there is a draw, or two, for each delivery.
        let word = (user as u64).wrapping_mul(USER_FACTOR).wrapping_add(self.key);
        let word = (word ^ (word >> 32)).wrapping_mul(FINISH_FACTOR);
        ((word ^ (word >> 29)) >> 32) as u32
    }

    /// Writes to `latencies` one latency for each user: `floor` plus something below `span`.
    ///
    /// Unit: microseconds. Writes as many as the shorter slice holds.
    #[inline]
    pub fn fill_latencies(&self, users: &[u32], floor: u32, span: u32, latencies: &mut [u32]) {
        for (latency, &user) in latencies.iter_mut().zip(users) {
            let drawn = (u64::from(self.draw(user)) * u64::from(span)) >> 32;
            *latency = floor.wrapping_add(drawn as u32);
        }
    }

    /// Whether an event happens to a user's delivery that does so `ppm` times in a million.
    #[inline]
    #[must_use]
    pub const fn is_hit_ppm(&self, user: u32, ppm: u32) -> bool {
        (self.draw(user) as u64 * 1_000_000) >> 32 < ppm as u64
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
