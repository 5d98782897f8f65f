//! RAM policies that somebody names: an action that no operation has would grant or deny nothing.

use claque_core::{Operation, Policy, action_matches};
use serde_json::Value;

/// Reads a policy.
///
/// # Errors
/// What is wrong with it, or that an action of this service names no operation.
pub(crate) fn read(value: &Value) -> Result<Policy, String> {
    let policy = claque_wire::policy::read(value)?;
    for pattern in policy.statements.iter().flat_map(|statement| &statement.actions) {
        // Actions of other services may stand in a policy, and mean nothing here.
        let is_ours = pattern.get(..5).is_some_and(|service| service.eq_ignore_ascii_case("live:"));
        let actions = || Operation::ALL.iter().map(|operation| format!("live:{}", operation.name()));
        if is_ours && !actions().any(|action| action_matches(pattern, &action)) {
            let known: Vec<String> = actions().collect();
            let known = known.iter().map(String::as_str);
            return Err(crate::name::unknown(
                "action",
                pattern,
                known,
                "`claque call --operations` lists them",
            ));
        }
    }
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn an_action_without_an_operation_is_refused_with_the_nearest() {
        let policy = |action: &str| json!([{ "Effect": "Allow", "Action": action, "Resource": "*" }]);
        for right in ["*", "live:*", "live:List*", "live:CreateLiveMessageGroup", "ecs:StartInstance"] {
            assert!(read(&policy(right)).is_ok(), "{right}");
        }
        let said = read(&policy("live:CreatLiveMessageGroup")).expect_err("no such operation");
        assert!(said.contains("did you mean live:CreateLiveMessageGroup?"), "{said}");
        assert!(read(&policy("live:Nothing*")).is_err());
    }
}
