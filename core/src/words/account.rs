//! Who calls: accounts, RAM users and their policies.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::id::AccountIx;

/// Whether a statement of a policy allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Grants, unless another statement denies.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

/// One statement of a RAM policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Statement {
    /// Allows or denies.
    pub effect: Effect,
    /// Actions such as `live:CreateLiveMessageGroup`; `*` stands for any run of characters, `?` for any one, and the case
    /// of letters does not matter.
    pub actions: Vec<String>,
    /// Resources such as `acs:live::1000:rtc/demo`; `*` stands for any run of characters, `?` for any one.
    pub resources: Vec<String>,
}

/// The rights of a RAM user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Policy {
    /// The statements; none allow anything: everything is refused.
    pub statements: Vec<Statement>,
}

/// Who makes a server-side call. The edge has checked the signature already.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// The account whose applications and quotas are meant.
    pub account: AccountIx,
    /// The policy of a RAM user; none: the account itself, which may do everything.
    pub policy: Option<Arc<Policy>>,
}

impl Caller {
    /// The account itself.
    #[must_use]
    pub const fn account(account: AccountIx) -> Self {
        Self { account, policy: None }
    }

    /// A RAM user of the account.
    #[must_use]
    pub const fn ram_user(account: AccountIx, policy: Arc<Policy>) -> Self {
        Self { account, policy: Some(policy) }
    }
}

/// Whether a policy's pattern covers an action. The page on policy elements: the value of an action is, as a rule, not
/// case-sensitive. It says nothing of the kind about resources, whose IDs are.
#[must_use]
pub fn action_matches(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether a text matches a pattern in which `*` stands for any run of characters and `?` for any one.
/// O(pattern x text).
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    // One star remembered is enough: an earlier one can only need more characters if the later one could not have taken
    // them. So no recursion, and no pattern takes exponential time.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(from) {
            Some(b'*') => {
                star = Some((from, at));
                from += 1;
            }
            Some(byte) if matches!(*byte, b'?') || *byte == text[at] => {
                from += 1;
                at += 1;
            }
            _ => {
                let Some((back, taken)) = star else { return false };
                at = taken + 1;
                star = Some((back, at));
                from = back + 1;
            }
        }
    }
    pattern[from..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::{action_matches, matches};

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "abc"),
            ("a*c", "abbc"),
            ("live:*", "live:X"),
            ("a*b*c", "a-b-b-c"),
            ("abc", "abc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", ""), ("a*c", "abd"), ("live:A", "live:AB"), ("*a", "ab")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_question_mark_stands_for_any_one() {
        for (pattern, text) in
            [("a?c", "abc"), ("?", "x"), ("*?", "x"), ("live:List*App?", "live:ListMessageApps")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a?c", "ac"), ("?", ""), ("?", "xy"), ("a?", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn the_case_of_an_action_does_not_matter_and_that_of_a_resource_does() {
        assert!(action_matches("LIVE:list*", "live:ListLiveMessageApps"));
        assert!(!matches("acs:live::1000:rtc/Demo", "acs:live::1000:rtc/demo"));
    }

    #[test]
    fn an_app_pattern_is_no_pattern_for_everything() {
        assert!(!matches("acs:live::1000:rtc/demo", "*"));
        assert!(matches("acs:live:*:1000:rtc/*", "acs:live::1000:rtc/demo"));
    }
}
