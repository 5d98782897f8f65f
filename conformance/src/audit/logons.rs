//! Tokens of logons, where the application's key and the token stand in the recording.

use std::collections::BTreeMap;

use claque_core::Rule;
use claque_wire::recorded::LEFT_OUT;
use serde_json::{Map, Value as Json};

use super::asked::{Answer, Asked};
use super::findings::Findings;
use super::recording::{Ended, Recording};
use crate::subject::made_token;

/// Microseconds.
const SECOND: u64 = 1_000_000;

pub(super) fn judge(recording: &Recording, asked: &[Asked<'_>], findings: &mut Findings) {
    let keys = keys(recording);
    for logon in asked.iter().filter(|asked| asked.method == "login") {
        let Some(params) = logon.params else { continue };
        expired(logon, params, findings);
        forged(logon, params, &keys, findings);
    }
}

/// The key of each application; none where answers name several.
pub(super) fn keys(recording: &Recording) -> BTreeMap<&str, Option<&str>> {
    let mut keys: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for call in &recording.calls {
        let Ended::Accepted(answer) = &call.ended else { continue };
        let text = |name: &str| answer.get(name).and_then(Json::as_str);
        if let (Some(app), Some(key)) =
            (text("AppId"), text("AppKey").filter(|key| !key.starts_with(LEFT_OUT)))
        {
            let known = keys.entry(app).or_insert(Some(key));
            *known = known.filter(|known| *known == key);
        }
    }
    keys
}

fn auth(params: &Map<String, Json>) -> Option<&Map<String, Json>> {
    params.get("userAuth")?.as_object()
}

fn is_newer(params: &Map<String, Json>) -> bool {
    params.get("appSign").and_then(Json::as_str).is_some_and(|sign| !sign.is_empty())
}

/// A token that has expired admits nobody.
fn expired(logon: &Asked<'_>, params: &Map<String, Json>, findings: &mut Findings) {
    let ends = auth(params).and_then(|auth| auth.get("timestamp")).and_then(Json::as_u64);
    let Some(ends) = ends.filter(|_| is_newer(params)) else { return };
    // At the very second it may still hold.
    if ends.saturating_add(1).saturating_mul(SECOND) >= logon.sent.earliest {
        return;
    }
    let lines = vec![logon.places.0, logon.places.1];
    match logon.answer {
        Answer::Result(_) => {
            let says = format!("a token that expired at {ends} admitted a logon");
            findings.break_rule(Rule::TokenExpiryInstant, says, lines);
        }
        Answer::Error(_) => findings.keep(Rule::TokenExpiryInstant),
        Answer::None => {}
    }
}

/// A token that is not made of what is presented admits nobody.
fn forged(
    logon: &Asked<'_>,
    params: &Map<String, Json>,
    keys: &BTreeMap<&str, Option<&str>>,
    findings: &mut Findings,
) {
    let text = |of: &Map<String, Json>, name: &str| {
        of.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let (Some(auth), Some(user)) = (auth(params), params.get("user").and_then(Json::as_object)) else {
        return;
    };
    let app = text(params, "appId");
    let Some(Some(key)) = keys.get(&*app) else { return };
    let token = text(auth, "token");
    // What is no such token is left out of the recording, or of the older family.
    let whole = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some(ends) = auth.get("timestamp").and_then(Json::as_u64).filter(|_| whole && is_newer(params))
    else {
        return;
    };
    let parts =
        [&*app, *key, &text(user, "userId"), &text(auth, "nonce"), &ends.to_string(), &text(auth, "role")];
    let right = made_token(&parts) == token;
    match logon.answer {
        Answer::Result(_) if right => findings.keep(Rule::TokenFormulaSha256),
        Answer::Result(_) => {
            let says = "a token that is not made of what was presented admitted a logon".to_owned();
            findings.break_rule(Rule::TokenParametersMatch, says, vec![logon.places.0, logon.places.1]);
        }
        Answer::Error(_) if !right => findings.keep(Rule::TokenParametersMatch),
        Answer::Error(_) | Answer::None => {}
    }
}
