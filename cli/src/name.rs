//! Names that somebody writes, and what is said of one that nothing has: the same everywhere, with the nearest that there is.

use claque_document::diagnostic::nearest;

/// That nothing of a kind has this name. `lists` says where its names are listed, and ends the sentence.
pub(crate) fn unknown<'c>(
    kind: &str,
    name: &str,
    known: impl IntoIterator<Item = &'c str>,
    lists: &str,
) -> String {
    if name.trim().is_empty() {
        let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        return format!("the name of {article} {kind} is empty; {lists}");
    }
    let hint = near(name, known).map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    format!("no {kind} {name:?}; {hint}{lists}")
}

/// The name that is meant, or that begins with what is meant.
pub(crate) fn near<'c>(name: &str, known: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let known: Vec<&str> = known.into_iter().collect();
    nearest(name, known.iter().copied()).or_else(|| {
        // Names have parts: `shaper.budgt` means the first `shaper.budget.…`.
        let begin = |known: &&'c str| {
            let parts = known.match_indices(['.', '-', ':', '/']).map(|(end, _)| end);
            parts.filter_map(|end| known.get(..end)).any(|begin| nearest(name, [begin]).is_some())
        };
        known.iter().copied().find(|known| !name.is_empty() && begin(known))
    })
}

#[cfg(test)]
mod tests {
    use super::{near, unknown};

    #[test]
    fn a_slip_is_answered_with_the_nearest_name_and_an_empty_name_with_where_they_stand() {
        let known = ["session.limit", "shaper.budget.per-group", "shaper.budget.per-second"];
        assert_eq!(
            unknown("rule", "shaper.budgt", known, "`claque rules` lists all"),
            "no rule \"shaper.budgt\"; did you mean shaper.budget.per-group? `claque rules` lists all"
        );
        assert_eq!(unknown("rule", "banana", known, "so"), "no rule \"banana\"; so");
        assert_eq!(unknown("rule", " ", known, "so"), "the name of a rule is empty; so");
        assert_eq!(unknown("area", "", known, "so"), "the name of an area is empty; so");
        assert_eq!(near("sesion.limit", known), Some("session.limit"));
        assert_eq!(near("shaper.budget.per-secnd", known), Some("shaper.budget.per-second"));
        assert_eq!(near("", known), None);
    }
}
