//! Sentences and words of Twitch that mean money: cheers and subscriptions, where a recorder has kept nothing else.

use serde_json::Value;

use crate::recorded::json;

/// Beginnings of the words by which every viewer can cheer, in lower case; digits follow.
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
        // Digits at the end only: the name of a cheer may begin with one.
        let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let amount = word.get(stem.len()..).unwrap_or_default();
        // More than seven digits are no amount that anybody cheers with, but numbers beside a word.
        let paid = !amount.starts_with('0') && (1..=7).contains(&amount.len());
        let known = |cheer: &&str| stem.eq_ignore_ascii_case(cheer);
        paid && CHEERS.iter().any(known)
    })
}

/// The kind of a notice that costs money, by its `msg-id`.
pub(super) fn paid_notice(id: &str) -> Option<&'static str> {
    match id {
        "sub" | "resub" | "primepaidupgrade" | "extendsub" => Some("subscriptions"),
        "charitydonation" => Some("donations"),
        id if id.contains("gift") || id.ends_with("payforward") => Some("gifts of subscriptions"),
        _ => None,
    }
}

/// The rest of a text behind the name of its author.
fn after_author<'t>(text: &'t str, name: &str) -> &'t str {
    // Names differ from logins in their capitals, and recorders keep one or the other.
    let begins = text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    text.get(name.len()..).filter(|_| begins && !name.is_empty()).unwrap_or_default()
}

/// Whether a text is the service's sentence about a subscription: its author has bought it.
pub(super) fn subscribes(text: &str, authors: &[Option<&str>]) -> bool {
    let verbs = [
        " subscribed with Prime",
        " subscribed at Tier ",
        " converted from a ",
        " extended their Tier ",
        " is continuing the Gift Sub",
    ];
    authors.iter().flatten().any(|name| {
        // Between name and verb some recorders leave two spaces.
        let rest = after_author(text, name).trim_start();
        !rest.is_empty() && verbs.iter().any(|verb| rest.starts_with(verb.trim_start()))
    })
}

/// Whether a text is the service's sentence about a gift: it begins with its author, who gives.
pub(super) fn gives(text: &str, authors: &[Option<&str>]) -> bool {
    // These have no author with that name.
    let anonymous = ["An anonymous user", "An anonymous gifter", "AnAnonymousGifter"];
    let named = authors.iter().flatten().copied();
    named.chain(anonymous).any(|name| {
        let rest = after_author(text, name);
        let says =
            [" gifted ", " is gifting ", " is paying forward "].iter().any(|verb| rest.starts_with(verb));
        // A viewer may write that somebody gifted a cake.
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
    use super::{cheers, gives, paid_notice, subscribes};

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
    fn a_notice_costs_money_where_somebody_buys_something() {
        for id in ["sub", "resub", "subgift", "submysterygift", "giftpaidupgrade", "communitypayforward"] {
            assert!(paid_notice(id).is_some(), "{id}");
        }
        for id in ["", "raid", "announcement", "ritual", "viewermilestone", "subscriber"] {
            assert_eq!(paid_notice(id), None, "{id}");
        }
    }

    #[test]
    fn a_subscription_in_words_begins_with_who_bought_it() {
        let by = [Some("Ann"), Some("ann_")];
        for text in [
            "Ann subscribed with Prime.",
            "ann  subscribed at Tier 1. They've subscribed for 3 months!",
            "Ann converted from a Prime sub to a Tier 1 sub!",
        ] {
            assert!(subscribes(text, &by), "{text}");
        }
        for text in ["Ben subscribed with Prime.", "Ann subscribed to a magazine", "Ann", ""] {
            assert!(!subscribes(text, &by), "{text}");
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
