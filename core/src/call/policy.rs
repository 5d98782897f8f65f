//! Calls that a policy allows. A denial outranks every grant.

use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::account::{Caller, Effect, Statement, action_matches, matches};
use crate::words::operation::{Operation, ResourceKind};
use crate::words::refusal::Refusal;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;
use alloc::string::String;

/// The word of one statement about a call.
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
            // An operation on everything cannot be granted for one application: such a statement has no effect
            // (`auth.policy.incompatible`).
            ResourceKind::All => return Finding::Incompatible,
            ResourceKind::Domain => ":domain/",
            ResourceKind::Rtc => ":rtc/",
        };
        // A pattern of the right kind for another resource, or one of another kind: the documents give the two
        // different effects.
        if self.resources.iter().any(|pattern| pattern.contains(part)) {
            Finding::OtherResource
        } else {
            Finding::Incompatible
        }
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The refusal, when the caller's policy does not allow the operation on the application.
    pub(super) fn check_policy(
        &mut self,
        caller: &Caller,
        operation: Operation,
        app_id: &str,
    ) -> Option<Refusal> {
        // The account itself may do everything.
        let policy = caller.policy.as_ref()?;
        if self.mutants.has(Mutant::PolicyIgnored) || self.is_unasked_by_mutant(operation) {
            return None;
        }
        // An account without a name has resources that no pattern names but a star.
        let account = self.config.accounts.get(caller.account.at()).map_or("", String::as_str);
        let kind = operation.resource();
        let resource = match kind {
            ResourceKind::All => String::from("*"),
            ResourceKind::Domain => alloc::format!("acs:live:*:{account}:domain/*"),
            ResourceKind::Rtc if self.is_app_ignored_by_mutant(operation) => String::from("*"),
            ResourceKind::Rtc => alloc::format!("acs:live::{account}:rtc/{app_id}"),
        };
        let action = alloc::format!("live:{}", operation.name());
        // All statements are read before anything is decided: a denial outranks every grant, wherever it stands.
        let mut allowed = false;
        let mut denied = false;
        let mut rule = Rule::AuthPolicyAction;
        for statement in &policy.statements {
            let widened = self.of_any_account_by_mutant(statement);
            let finding = widened.as_ref().unwrap_or(statement).finding(&action, &resource, kind);
            let applies = match finding {
                Finding::OtherAction => continue,
                Finding::Applies => !self.is_star_overlooked_by_mutant(kind, statement),
                Finding::OtherResource => {
                    rule = Rule::AuthPolicyResource;
                    false
                }
                Finding::Incompatible => {
                    rule = Rule::AuthPolicyIncompatible;
                    self.hit(Rule::AuthPolicyIncompatible);
                    self.is_incompatible_effective_by_mutant(statement.effect)
                }
            };
            match statement.effect {
                Effect::Allow => allowed |= applies,
                Effect::Deny => denied |= applies,
            }
        }
        if kind == ResourceKind::All && self.mutants.has(Mutant::PolicyAllRefused) {
            allowed = false;
        }
        self.hit(match kind {
            ResourceKind::All => Rule::AuthPolicyAllResources,
            ResourceKind::Domain | ResourceKind::Rtc => Rule::AuthPolicyResource,
        });
        if denied && !self.mutants.has(Mutant::PolicyDenyIgnored) {
            rule = Rule::AuthPolicyAction;
        } else if allowed {
            return None;
        }
        self.hit(rule);
        Some(Refusal::NoAuth { operation, rule })
    }
}
