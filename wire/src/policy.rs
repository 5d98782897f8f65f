//! RAM policies as people write them: the document of the RAM console, a list of statements, or one statement.
//!
//! Sources: "Policy structure and syntax" and "Permission policy elements" of Resource Access Management. A value and a
//! list of one value mean the same; a statement has `Action` or `NotAction`; a denial outranks every grant, which is the
//! state machine's to decide.

use claque_core::{Effect, Operation, Policy, Statement, action_matches};
use serde_json::{Map, Value};

/// The only version of the policy language.
const VERSION: &str = "1";
/// Statements that one policy may have.
const STATEMENTS_MAX: usize = 1_000;
/// Values that one element may have.
const VALUES_MAX: usize = 1_000;

/// Reads a policy: an object with `Version` and `Statement`, a statement, a list of statements, or a text that is one of
/// these as JSON. Names of elements are read in capitals, as RAM writes them, and in small letters.
///
/// # Errors
///
/// The path of the first element that is absent, unknown or has another value, and what would be right.
pub fn read(value: &Value) -> Result<Policy, String> {
    match value {
        Value::String(text) => {
            let inner: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
            if inner.is_string() {
                return Err("a text within a text is no policy".to_owned());
            }
            read(&inner)
        }
        Value::Array(_) => statements(value, ""),
        Value::Object(object) if names(object).any(|name| matches!(&*name, "version" | "statement")) => {
            document(object)
        }
        Value::Object(_) => statements(value, ""),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Err("a policy is an object with Version and Statement, or a list of statements".to_owned())
        }
    }
}

/// The actions that an element `NotAction` of these patterns leaves: all others.
#[must_use]
pub fn all_but(patterns: &[String]) -> Vec<String> {
    let actions = Operation::ALL.iter().map(|operation| format!("live:{}", operation.name()));
    actions.filter(|action| !patterns.iter().any(|pattern| action_matches(pattern, action))).collect()
}

fn names(object: &Map<String, Value>) -> impl Iterator<Item = String> {
    object.keys().map(|name| name.to_ascii_lowercase())
}

fn document(object: &Map<String, Value>) -> Result<Policy, String> {
    let [version, statement] = elements(object, "", ["Version", "Statement"])?;
    match version {
        None => {}
        Some(Value::String(text)) if text == VERSION => {}
        Some(other) => return Err(format!("Version is {other}, the only one is \"{VERSION}\"")),
    }
    statements(statement.ok_or("Statement is missing")?, "Statement")
}

fn statements(value: &Value, path: &str) -> Result<Policy, String> {
    let one = std::slice::from_ref(value);
    let list = value.as_array().map_or(one, Vec::as_slice);
    if list.len() > STATEMENTS_MAX {
        return Err(format!("{} statements, at most {STATEMENTS_MAX}", list.len()));
    }
    let made = list.iter().enumerate().map(|(at, value)| statement(value, &format!("{path}[{at}]")));
    Ok(Policy { statements: made.collect::<Result<_, _>>()? })
}

fn statement(value: &Value, path: &str) -> Result<Statement, String> {
    let Value::Object(object) = value else { return Err(format!("{path} is no object")) };
    let [effect, action, not_action, resource] =
        elements(object, path, ["Effect", "Action", "NotAction", "Resource"])?;
    let effect = match effect.and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        Some(other) => return Err(format!("{path}.Effect is {other:?}, neither Allow nor Deny")),
        None => return Err(format!("{path}.Effect must be Allow or Deny")),
    };
    let actions = match (action, not_action) {
        (Some(action), None) => texts(action, &format!("{path}.Action"))?,
        (None, Some(except)) => all_but(&texts(except, &format!("{path}.NotAction"))?),
        (None, None) => return Err(format!("{path}.Action is missing")),
        (Some(_), Some(_)) => return Err(format!("{path} has Action and NotAction, one of them is allowed")),
    };
    let resource = resource.ok_or_else(|| format!("{path}.Resource is missing"))?;
    Ok(Statement { effect, actions, resources: texts(resource, &format!("{path}.Resource"))? })
}

/// The elements of an object by name, in the order asked for; a name that nobody asks for is refused.
fn elements<'a, const N: usize>(
    object: &'a Map<String, Value>,
    path: &str,
    known: [&str; N],
) -> Result<[Option<&'a Value>; N], String> {
    let mut found = [None; N];
    let dot = if path.is_empty() { "" } else { "." };
    for (name, value) in object {
        let Some(at) = known.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            let hint = if name.eq_ignore_ascii_case("Condition") {
                "; conditions are not judged here: take it out, or the policy would permit something else"
            } else {
                ""
            };
            return Err(format!("{path}{dot}{name} is unknown, there are {}{hint}", known.join(", ")));
        };
        if found[at].replace(value).is_some() {
            return Err(format!("{path}{dot}{name} is there twice"));
        }
    }
    Ok(found)
}

/// One text, or a list of at least one.
fn texts(value: &Value, path: &str) -> Result<Vec<String>, String> {
    let one = std::slice::from_ref(value);
    let list = value.as_array().map_or(one, Vec::as_slice);
    if list.is_empty() || list.len() > VALUES_MAX {
        return Err(format!("{path} has {} values, from 1 to {VALUES_MAX} are allowed", list.len()));
    }
    let text = |value: &Value| match value.as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        Some(_) | None => Err(format!("{path} is {value}, a text is expected")),
    };
    list.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use claque_core::{Effect, Operation, Policy, Statement};
    use serde_json::{Value, json};

    use super::{all_but, read};

    fn one(effect: Effect, action: &str, resource: &str) -> Policy {
        let (actions, resources) = (vec![action.to_owned()], vec![resource.to_owned()]);
        Policy { statements: vec![Statement { effect, actions, resources }] }
    }

    #[test]
    fn one_policy_in_every_way_to_write_it() {
        let wanted = one(Effect::Allow, "live:List*", "*");
        let inner = json!({ "Effect": "Allow", "Action": "live:List*", "Resource": "*" });
        for value in [
            json!({ "Version": "1", "Statement": [inner] }),
            json!({ "Version": "1", "Statement": inner }),
            json!({ "version": "1", "statement": inner }),
            json!({ "Statement": [inner] }),
            json!([inner]),
            inner.clone(),
            json!([{ "effect": "Allow", "action": ["live:List*"], "resource": ["*"] }]),
            json!({ "Effect": "Allow", "Action": ["live:List*"], "Resource": "*" }),
            Value::String(json!({ "Version": "1", "Statement": [inner] }).to_string()),
        ] {
            assert_eq!(read(&value), Ok(wanted.clone()), "{value}");
        }
        assert_eq!(read(&json!([])), Ok(Policy::default()), "nothing is permitted");
    }

    #[test]
    fn not_action_is_everything_else() {
        let value =
            json!({ "Effect": "Deny", "NotAction": ["live:List*", "live:describe*"], "Resource": "*" });
        let policy = read(&value).expect("it reads");
        let actions = &policy.statements[0].actions;
        assert!(actions.contains(&"live:CreateLiveMessageApp".to_owned()));
        assert!(
            !actions
                .iter()
                .any(|action| action.starts_with("live:List") || action.starts_with("live:Describe"))
        );
        assert_eq!(all_but(&[]).len(), Operation::ALL.len());
        assert_eq!(all_but(&["*".to_owned()]), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_policy_is_refused_with_its_place() {
        let whole = |more: Value| {
            let mut inner = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
            for (name, value) in more.as_object().expect("an object") {
                inner[name] = value.clone();
            }
            json!({ "Version": "1", "Statement": [inner] })
        };
        for (value, part) in [
            (json!(3), "an object with Version and Statement"),
            (json!("{"), "not JSON"),
            (json!({ "Version": "1" }), "Statement is missing"),
            (json!({ "Version": "2012-10-17", "Statement": [] }), "Version is \"2012-10-17\""),
            (json!({ "Version": 1, "Statement": [] }), "the only one is \"1\""),
            (whole(json!({ "Effect": "allow" })), "Statement[0].Effect is \"allow\""),
            (whole(json!({ "Action": [] })), "Statement[0].Action has 0 values"),
            (whole(json!({ "Action": [7] })), "Statement[0].Action is 7"),
            (whole(json!({ "Resource": "" })), "Statement[0].Resource"),
            (whole(json!({ "NotAction": "*" })), "Action and NotAction"),
            (whole(json!({ "action": "*" })), "there twice"),
            (whole(json!({ "Condition": {} })), "conditions are not judged"),
            (whole(json!({ "Principal": "*" })), "Principal is unknown"),
            (json!([1]), "[0] is no object"),
        ] {
            let error = read(&value).expect_err("no policy");
            assert!(error.contains(part), "{value}: {error}");
        }
    }
}
