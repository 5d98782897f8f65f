//! Evidence in names: the model keeps its books by the service's numbers, and the reader of a verdict knows names.

use std::borrow::Cow;

use claque_core::{Defects, GroupIx, Instant, UserIx};
use claque_engine::Queue;
use claque_oracle::verdict::{Refutation, Verdict};

use crate::world::{ControlEvent, World, index};

impl<D: Defects, Q: Queue<ControlEvent>> World<'_, D, Q> {
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
        let began = self.scenario.start;
        let evidence = with_names(&with_show_time(&failure.evidence, began), group, user);
        Verdict::Fail(Refutation { evidence, began: Some(began), ..failure })
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

/// Puts the time since the show began where a time of the service's clock stands: UNIX seconds with six decimals.
fn with_show_time(evidence: &str, began: Instant) -> String {
    let words = evidence.split(' ').map(|word| {
        let time = word.trim_end_matches([',', ';', ':', ')']);
        let shown = unix_time(time).filter(|at| *at >= began).map(|at| at.since(began).to_string());
        shown.map_or(Cow::Borrowed(word), |shown| Cow::Owned(shown + &word[time.len()..]))
    });
    words.collect::<Vec<_>>().join(" ")
}

fn unix_time(word: &str) -> Option<Instant> {
    let (seconds, micros) = word.split_once('.')?;
    let digits = |text: &str, len| text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = digits(seconds, 10) && digits(micros, 6);
    let at = whole.then(|| (seconds.parse::<u64>(), micros.parse::<u64>()));
    let (Ok(seconds), Ok(micros)) = at? else { return None };
    Some(Instant::from_micros(seconds * 1_000_000 + micros))
}

#[cfg(test)]
mod tests {
    use claque_core::Instant;

    use super::{with_names, with_show_time};

    #[test]
    fn times_of_the_clock_become_times_of_the_show_and_nothing_else_does() {
        let began = Instant::from_unix_seconds(1_750_417_200);
        let shown = |text| with_show_time(text, began);
        assert_eq!(
            shown("due at 1750417260.000000, and lives at 1750417261.757000"),
            "due at 60.000000s, and lives at 61.757000s"
        );
        assert_eq!(
            shown("1750417199.000000 of 1750417260 by 4.000000s"),
            "1750417199.000000 of 1750417260 by 4.000000s"
        );
    }

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
