//! How a campaign's coverage grows: the first seed that reached each rule, and each pair of rules together.

/// Of a rule or a pair that no seed has reached.
const NEVER: u64 = u64::MAX;

/// The smallest seed that reached each rule, and each pair of rules in one run. Rules are places in the campaign's list.
///
/// The smallest and not the first to end: so it is the same for every number of threads, and parts are merged in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    rules: Vec<u64>,
    /// The pair of `low < high` is at `high * (high - 1) / 2 + low`.
    pairs: Vec<u64>,
}

impl Growth {
    /// Adds a run of a seed, by the rules that decided something, in rising order. Work: the square of their number.
    pub fn add(&mut self, seed: u64, reached: &[usize]) {
        for (number, high) in reached.iter().copied().enumerate() {
            lower(&mut self.rules, high, seed);
            let row = high * high.saturating_sub(1) / 2;
            for low in reached.iter().copied().take(number) {
                lower(&mut self.pairs, row + low, seed);
            }
        }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.rules, &other.rules), (&mut self.pairs, &other.pairs)] {
            theirs.iter().enumerate().for_each(|(place, seed)| lower(mine, place, *seed));
        }
    }

    /// The smallest seed that reached a rule; none where no seed did.
    #[must_use]
    pub fn first(&self, rule: usize) -> Option<u64> {
        self.rules.get(rule).copied().filter(|seed| *seed != NEVER)
    }

    /// The smallest seed of each rule that some seed reached, in rising order.
    #[must_use]
    pub fn rules(&self) -> Vec<u64> {
        rising(&self.rules)
    }

    /// The smallest seed of each pair of rules that some seed reached, in rising order.
    #[must_use]
    pub fn pairs(&self) -> Vec<u64> {
        rising(&self.pairs)
    }
}

fn lower(seeds: &mut Vec<u64>, place: usize, seed: u64) {
    if place >= seeds.len() {
        seeds.resize(place + 1, NEVER);
    }
    seeds[place] = seeds[place].min(seed);
}

fn rising(seeds: &[u64]) -> Vec<u64> {
    let mut all: Vec<u64> = seeds.iter().copied().filter(|seed| *seed != NEVER).collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::Growth;

    #[test]
    fn the_order_of_seeds_and_parts_changes_nothing() {
        let runs: [(u64, &[usize]); 4] = [(3, &[0, 2]), (1, &[2, 5]), (2, &[0, 2, 5]), (0, &[])];
        let mut forward = Growth::default();
        runs.iter().for_each(|(seed, rules)| forward.add(*seed, rules));
        let (mut one, mut other) = (Growth::default(), Growth::default());
        runs.iter().take(2).for_each(|(seed, rules)| one.add(*seed, rules));
        runs.iter().skip(2).for_each(|(seed, rules)| other.add(*seed, rules));
        other.merge(&one);
        assert_eq!(forward, other);
        // Rules 0, 2 and 5; pairs 2-5, then 0-2 and 0-5.
        assert_eq!((forward.rules(), forward.pairs()), (vec![1, 1, 2], vec![1, 2, 2]));
        assert_eq!((forward.first(0), forward.first(1), forward.first(99)), (Some(2), None, None));
    }
}
