//! What Twitch says in words: cheers, and gifts of subscriptions, where a recorder has kept nothing else of them.

use serde_json::Value;

use crate::recorded::json;

/// Beginnings of the words by which everybody can cheer, in lower case; digits follow.
const CHEERS: [&str; 36] = [
    "4head",
    "anon",
    "bday",
    "biblethump",
    "bitboss",
    "charity",
    "cheer",
    "cheerwhal",
    "corgo",
    "dansgame",
    "doodlecheer",
    "elegiggle",
    "failfish",
    "frankerz",
    "goal",
    "heyguys",
    "holidaycheer",
    "kappa",
    "kreygasm",
    "mrdestructoid",
    "muxy",
    "notlikethis",
    "party",
    "pjsalt",
    "pride",
    "ripcheer",
    "scoops",
    "seemsgood",
    "showlove",
    "streamlabs",
    "swiftrage",
    "shamrock",
    "trihard",
    "uni",
    "vohiyo",
    "bonuscheer",
];

/// Whether a text cheers: one of its words is a cheer with an amount.
pub(super) fn cheers(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let amount = word.get(stem.len()..).unwrap_or_default();
        let paid = !amount.starts_with('0') && (1..=7).contains(&amount.len());
        let known = |cheer: &&str| stem.eq_ignore_ascii_case(cheer);
        paid && CHEERS.iter().any(known)
    })
}

/// Whether a text is the service's sentence about a gift: it begins with who gives, which is its author.
pub(super) fn gives(text: &str, authors: &[Option<&str>]) -> bool {
    let anonymous = ["An anonymous user", "An anonymous gifter", "AnAnonymousGifter"];
    let named = authors.iter().flatten().copied().filter(|name| !name.is_empty());
    named.chain(anonymous).any(|name| {
        let rest = text.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name));
        let rest = rest.and_then(|_| text.get(name.len()..)).unwrap_or_default();
        let says =
            [" gifted ", " is gifting ", " is paying forward "].iter().any(|verb| rest.starts_with(verb));
        says && ["sub", "Sub", "membership", "Gift"].iter().any(|thing| rest.contains(thing))
    })
}

/// The texts of a message's fragments, one behind the other.
pub(super) fn fragments(message: &Value) -> String {
    let list = json::at(message, &["fragments"]).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|part| json::text(part, &["text"])).collect()
}

#[cfg(test)]
mod tests {
    use super::{cheers, gives};

    #[test]
    fn a_cheer_is_a_known_word_with_an_amount() {
        for text in ["cheer100 great", "Cheer1 Cheer5 hi", "go Kappa10", "4Head100"] {
            assert!(cheers(text), "{text}");
        }
        for text in ["no cheers", "cheer", "cheer0", "kappa", "4Head", "abc123", "cheers100", ""] {
            assert!(!cheers(text), "{text}");
        }
    }

    #[test]
    fn a_gift_in_words_begins_with_its_giver() {
        let by = [Some("Ann"), Some("ann_")];
        for text in [
            "ann gifted a Tier 1 sub to Ben! They have given 3",
            "Ann is gifting 5 Tier 1 Subs to x's community!",
        ] {
            assert!(gives(text, &by), "{text}");
        }
        assert!(gives("An anonymous user gifted a Tier 1 sub to Ben!", &[]));
        for text in ["ben gifted a sub to me", "Ann gifted me a cake", "ann", "é"] {
            assert!(!gives(text, &by), "{text}");
        }
    }
}
