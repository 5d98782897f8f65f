//! Forks: from some moment of a run on, what is still to come is drawn from another seed.
//!
//! A run before its first fork is, event for event, the run without forks. From the moment of a fork on, everything that
//! is drawn comes from the seed of the fork: what users and back ends do, the network, the course of faults. With the swarm
//! on, the faults and acts that begin at that moment or later are drawn anew, too. What has begun before goes on: a user
//! who is on the way arrives, a fault that is on lasts as long as it would have.

use std::fmt;
use std::str::FromStr;

use claque_core::Duration;
use claque_document::units::{format_duration, parse_duration};

use super::seed::Seed;

/// The most forks of a run.
pub const FORKS_MAX: usize = 1_000;

/// A moment from which on everything is drawn from another seed.
// By time first: a run takes its forks in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fork {
    /// From when on. Unit: show time.
    pub at: Duration,
    /// The seed of everything drawn from then on.
    pub seed: u64,
}

impl FromStr for Fork {
    type Err = String;

    /// Reads `MOMENT=SEED`, such as `12m30s=99`.
    fn from_str(word: &str) -> Result<Self, String> {
        let (at, seed) = word.split_once('=').ok_or_else(|| {
            format!("`{word}` is not a fork: write the moment of the show and the seed from then on, such as 12m30s=99")
        })?;
        let seed: Seed = seed.parse()?;
        Ok(Self { at: parse_duration(at)?, seed: seed.value() })
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", format_duration(self.at), self.seed)
    }
}

/// Forks in the order in which a run takes them.
///
/// # Errors
///
/// That two of them are at one moment, or that there are more than [`FORKS_MAX`].
pub fn forks_in_order(mut forks: Vec<Fork>) -> Result<Vec<Fork>, String> {
    if forks.len() > FORKS_MAX {
        return Err(format!("{} forks are more than the {FORKS_MAX} that a run may have", forks.len()));
    }
    forks.sort_unstable();
    let same = forks.windows(2).find(|pair| pair.first().map(|it| it.at) == pair.last().map(|it| it.at));
    match same {
        // Not the later one of the two: a line has no order among its options, so which one holds would be a guess.
        Some(pair) => {
            let forks: Vec<String> = pair.iter().map(Fork::to_string).collect();
            Err(format!("two forks are at one moment: {}; leave one of them away", forks.join(" and ")))
        }
        None => Ok(forks),
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Duration;

    use super::{Fork, forks_in_order};

    #[test]
    fn forks_are_written_as_they_are_read() {
        for (word, written, micros) in [
            ("12m30s=99", "750s=99", 750_000_000),
            ("750s=0x63", "750s=99", 750_000_000),
            ("1us=0", "1us=0", 1),
        ] {
            let fork: Fork = word.parse().expect(word);
            assert_eq!((fork.to_string().as_str(), fork.at), (written, Duration::from_micros(micros)));
        }
    }

    #[test]
    fn what_is_no_fork_is_refused_with_the_form() {
        for (word, said) in [
            (
                "12m30s",
                "`12m30s` is not a fork: write the moment of the show and the seed from then on, such as 12m30s=99",
            ),
            (
                "5s=-1",
                "`-1` is not a seed: a seed is a number from 0 and below 2^64, 0x and hexadecimal digits, or a git hash \
                       of 7 to 40 digits",
            ),
        ] {
            assert_eq!(word.parse::<Fork>(), Err(said.to_owned()));
        }
        assert!("x=1".parse::<Fork>().is_err());
    }

    #[test]
    fn forks_come_in_order_and_no_two_at_one_moment() {
        let forks =
            |words: &[&str]| forks_in_order(words.iter().map(|word| word.parse().expect("a fork")).collect());
        let ordered = forks(&["9s=1", "2s=7"]).expect("two moments");
        assert_eq!(ordered.iter().map(|fork| fork.seed).collect::<Vec<_>>(), [7, 1]);
        assert_eq!(
            forks(&["9s=1", "9000ms=2"]),
            Err("two forks are at one moment: 9s=1 and 9s=2; leave one of them away".to_owned())
        );
    }
}
