//! Evidence that stays short, whatever a run came to: lists with their middle left out, sentences with a bound.

use std::fmt;

/// The longest evidence. Unit: characters.
const EVIDENCE_MAX: usize = 2_000;
/// Of a list, so many of the first and of the last are shown.
const ENDS: usize = 8;

/// A list of which only both ends are written, and how many items lie between them.
pub(super) struct Few<'l, T>(pub(super) &'l [T]);

impl<T: fmt::Debug> fmt::Display for Few<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(list) = self;
        let (Some(first), Some(last)) =
            (list.get(..ENDS), list.len().checked_sub(ENDS).and_then(|at| list.get(at..)))
        else {
            return write!(f, "{list:?}");
        };
        match list.len() - first.len() {
            0..=ENDS => write!(f, "{list:?}"),
            _ => {
                f.write_str("[")?;
                first.iter().try_for_each(|item| write!(f, "{item:?}, "))?;
                write!(f, "… {} more …", list.len() - first.len() - last.len())?;
                last.iter().try_for_each(|item| write!(f, ", {item:?}"))?;
                f.write_str("]")
            }
        }
    }
}

/// Evidence cut to its bound, with a word on how much was cut.
pub(super) fn bounded(evidence: String) -> String {
    match evidence.char_indices().nth(EVIDENCE_MAX) {
        None => evidence,
        Some((cut, _)) => {
            let more = evidence.get(cut..).map_or(0, |rest| rest.chars().count());
            format!("{}… ({more} characters more)", evidence.get(..cut).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ENDS, EVIDENCE_MAX, Few, bounded};

    #[test]
    fn short_lists_are_written_whole_and_long_ones_by_their_ends() {
        assert_eq!(Few(&[1, 2, 3]).to_string(), "[1, 2, 3]");
        let sixteen: Vec<usize> = (0..2 * ENDS).collect();
        assert_eq!(Few(&sixteen).to_string(), format!("{sixteen:?}"));
        let many: Vec<u64> = (1..=50_000).collect();
        let said = Few(&many).to_string();
        assert!(said.starts_with("[1, 2, ") && said.ends_with(", 49999, 50000]"), "{said}");
        assert!(said.contains("… 49984 more …"), "{said}");
    }

    #[test]
    fn evidence_has_a_bound_and_says_what_was_cut() {
        assert_eq!(bounded("short".to_owned()), "short");
        let said = bounded("é".repeat(EVIDENCE_MAX + 5));
        assert!(said.ends_with("… (5 characters more)"));
        assert_eq!(said.chars().filter(|character| *character == 'é').count(), EVIDENCE_MAX);
    }
}
