//! Evidence in names: the model keeps its books by the service's numbers, and whoever reads a verdict knows names.

use std::borrow::Cow;

use claque_core::{Defects, GroupIx, UserIx};

use crate::engine::Queue;
use crate::verdict::{Failure, Verdict};
use crate::world::{Control, World, index};

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    /// A verdict in the words of the show: its names, and time since it began.
    pub(crate) fn in_words(&self, verdict: Verdict) -> Verdict {
        let Verdict::Fail(failure) = verdict else { return verdict };
        let groups = self.service.groups().count();
        let group = |number: u32| {
            (index(number) < groups).then(|| self.service.group_id(GroupIx(number)).to_string())
        };
        let user = |number: u32| {
            self.service.app_of(UserIx(number))?;
            Some(self.service.user_id(UserIx(number)).to_string())
        };
        let evidence = with_names(&failure.evidence, group, user);
        Verdict::Fail(Failure { evidence, began: Some(self.scenario.start), ..failure })
    }
}

/// Puts names where a number follows the word `group`, `supergroup` or `user`.
fn with_names(
    evidence: &str,
    group: impl Fn(u32) -> Option<String>,
    user: impl Fn(u32) -> Option<String>,
) -> String {
    let mut before = "";
    let words = evidence.split(' ').map(|word| {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = word.split_at(digits);
        let named = match (before, number.parse()) {
            ("group" | "supergroup", Ok(number)) => group(number),
            ("user", Ok(number)) => user(number),
            _ => None,
        };
        before = word;
        named.map_or(Cow::Borrowed(word), |name| Cow::Owned(name + rest))
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::with_names;

    #[test]
    fn numbers_of_groups_and_users_become_names_and_nothing_else_does() {
        let named = |text| {
            let group = |number| (number < 3).then(|| format!("g{number}"));
            with_names(text, group, |number| Some(format!("viewer{number}")))
        };
        assert_eq!(
            named("supergroup 2: 5 members, and group 7 has 3"),
            "supergroup g2: 5 members, and group 7 has 3"
        );
        assert_eq!(named("user 0 pulls 112 of group 1, [3]"), "user viewer0 pulls 112 of group g1, [3]");
        assert_eq!(named("the list of a group: user"), "the list of a group: user");
    }
}
