//! A histogram of latencies with a bounded relative error and no floats.
//!
//! Each power of two is split in eight equal bins, so a percentile is at most 12.5 % too high.

/// Bins per power of two, as a power of two.
const SPLIT_BITS: u32 = 3;
/// Bins: values below 8 have one each, then eight for each of the 29 larger powers of two.
const BINS: usize = 8 + 29 * 8;

/// Counts of latencies up to an hour, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyHistogram {
    // More than the 240 bins, so that a bin masked to eight bits is always within: no check of the index for each
    // delivery.
    counts: Box<[u64; 256]>,
    max: u32,
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self { counts: Box::new([0; 256]), max: 0 }
    }
}

#[expect(clippy::indexing_slicing, reason = "a bin is below 240 by construction")]
impl LatencyHistogram {
    /// Counts one latency, in microseconds.
    #[inline]
    pub fn record(&mut self, latency: u32) {
        self.max = self.max.max(latency);
        let count = &mut self.counts[bin(latency) & 255];
        // 64 bits are not counted to the end; a check for it would be one for each delivery.
        *count = count.wrapping_add(1);
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        self.max = self.max.max(other.max);
        for (count, more) in self.counts.iter_mut().zip(other.counts.iter()) {
            *count += more;
        }
    }

    /// The number of latencies counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The largest latency counted, in microseconds; 0 when none was.
    #[must_use]
    pub const fn max(&self) -> u32 {
        self.max
    }

    /// The latency that `permille` thousandths of all latencies do not exceed, in microseconds.
    ///
    /// Bound: at most 12.5 % too high, never above [`LatencyHistogram::max`]; 0 when nothing was counted.
    #[must_use]
    pub fn percentile(&self, permille: u32) -> u32 {
        let rank = (u128::from(self.count()) * u128::from(permille.min(1_000))).div_ceil(1_000);
        let mut seen = 0u128;
        for (index, &count) in self.counts.iter().enumerate() {
            seen += u128::from(count);
            if count > 0 && seen >= rank {
                return highest(index).min(self.max);
            }
        }
        self.max
    }
}

#[inline]
#[expect(clippy::as_conversions, reason = "a bin is below 240 by construction")]
const fn bin(value: u32) -> usize {
    // The highest bit and the three bits after it.
    // With the bit of 8 set, values below 8 share the first shift and get a bin each, without a branch.
    let shift = (31 - (value | 8).leading_zeros()).wrapping_sub(SPLIT_BITS);
    ((shift << SPLIT_BITS).wrapping_add(value >> shift)) as usize
}

/// The highest value of a bin.
#[expect(clippy::as_conversions, reason = "a bin is below 240 by construction")]
const fn highest(bin: usize) -> u32 {
    debug_assert!(bin < BINS);
    let (shift, rest) = ((bin >> SPLIT_BITS) as u32, (bin & 7) as u32);
    if shift == 0 {
        rest
    } else {
        let shift = shift - 1;
        (((rest + 9) as u64) << shift).wrapping_sub(1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_adjoining_and_in_order() {
        assert_eq!(bin(0), 0);
        for index in 0..BINS - 1 {
            let last = highest(index);
            assert_eq!(bin(last), index, "highest value {last} of bin {index}");
            assert_eq!(bin(last + 1), index + 1, "value after {last}");
        }
        assert_eq!(highest(BINS - 1), u32::MAX);
        assert_eq!(bin(u32::MAX), BINS - 1);
    }

    #[test]
    fn percentiles_are_within_an_eighth() {
        let mut histogram = LatencyHistogram::default();
        for latency in 1..=100_000 {
            histogram.record(latency);
        }
        assert_eq!(histogram.count(), 100_000);
        for permille in [1, 10, 500, 900, 990, 999] {
            let exact = permille * 100;
            let found = histogram.percentile(permille);
            assert!(found >= exact && found <= exact + exact / 8, "{permille} permille: {found} for {exact}");
        }
        assert_eq!(histogram.percentile(1_000), 100_000);
        assert_eq!(histogram.max(), 100_000);
    }

    #[test]
    fn merging_is_counting_both() {
        let (mut left, mut right, mut both) =
            (LatencyHistogram::default(), LatencyHistogram::default(), LatencyHistogram::default());
        for latency in [0, 7, 8, 20_000, 3_000_000] {
            left.record(latency);
            right.record(latency * 2);
            both.record(latency);
            both.record(latency * 2);
        }
        left.merge(&right);
        assert_eq!(left, both);
        assert_eq!(LatencyHistogram::default().percentile(500), 0);
    }
}
