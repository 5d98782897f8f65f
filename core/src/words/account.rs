//! Who calls: accounts, RAM users and their policies, and what a policy allows. A denial outranks every grant.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::mutants::{Defects, Mutation};
use crate::state::service::Service;
use crate::words::id::AccountIx;
use crate::words::operation::{Operation, ResourceKind};
use crate::words::refusal::Refusal;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

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

/// What a RAM user may do.
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

/// What one statement says about a call.
enum Finding {
    /// It is about another action.
    OtherAction,
    /// It is about the action, on a resource of another kind: it has no effect.
    Incompatible,
    /// It is about the action on another resource.
    OtherResource,
    /// It is about this call.
    Applies,
}

impl Statement {
    fn finding(&self, action: &str, resource: &str, kind: ResourceKind) -> Finding {
        if !self.actions.iter().any(|pattern| action_matches(pattern, action)) {
            return Finding::OtherAction;
        }
        if self.resources.iter().any(|pattern| matches(pattern, resource)) {
            return Finding::Applies;
        }
        let part = match kind {
            ResourceKind::All => return Finding::Incompatible,
            ResourceKind::Domain => ":domain/",
            ResourceKind::Rtc => ":rtc/",
        };
        if self.resources.iter().any(|pattern| pattern.contains(part)) {
            Finding::OtherResource
        } else {
            Finding::Incompatible
        }
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
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
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

impl<T: Tracer, D: Defects> Service<T, D> {
    /// The refusal, when the caller's policy does not allow the operation on the application.
    pub(crate) fn check_policy(
        &mut self,
        caller: &Caller,
        operation: Operation,
        app_id: &str,
    ) -> Option<Refusal> {
        let policy = caller.policy.as_ref()?;
        if self.defects.has(Mutation::PolicyIgnored) || self.is_unasked_by_defect(operation) {
            return None;
        }
        let account = self.config.accounts.get(caller.account.at()).map_or("", String::as_str);
        let kind = operation.resource();
        let resource = match kind {
            ResourceKind::All => String::from("*"),
            ResourceKind::Domain => alloc::format!("acs:live:*:{account}:domain/*"),
            ResourceKind::Rtc if self.is_app_ignored_by_defect(operation) => String::from("*"),
            ResourceKind::Rtc => alloc::format!("acs:live::{account}:rtc/{app_id}"),
        };
        let action = alloc::format!("live:{}", operation.name());
        let mut allowed = false;
        let mut denied = false;
        let mut rule = Rule::AuthPolicyAction;
        for statement in &policy.statements {
            let widened = self.of_any_account_by_defect(statement);
            let finding = widened.as_ref().unwrap_or(statement).finding(&action, &resource, kind);
            let applies = match finding {
                Finding::OtherAction => continue,
                Finding::Applies => !self.is_star_overlooked_by_defect(kind, statement),
                Finding::OtherResource => {
                    rule = Rule::AuthPolicyResource;
                    false
                }
                Finding::Incompatible => {
                    rule = Rule::AuthPolicyIncompatible;
                    self.hit(Rule::AuthPolicyIncompatible);
                    self.is_incompatible_effective_by_defect(statement.effect)
                }
            };
            match statement.effect {
                Effect::Allow => allowed |= applies,
                Effect::Deny => denied |= applies,
            }
        }
        if kind == ResourceKind::All && self.defects.has(Mutation::PolicyAllRefused) {
            allowed = false;
        }
        self.hit(match kind {
            ResourceKind::All => Rule::AuthPolicyAllResources,
            ResourceKind::Domain | ResourceKind::Rtc => Rule::AuthPolicyResource,
        });
        if denied && !self.defects.has(Mutation::PolicyDenyIgnored) {
            rule = Rule::AuthPolicyAction;
        } else if allowed {
            return None;
        }
        self.hit(rule);
        Some(Refusal::NoAuth { operation, rule })
    }
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
