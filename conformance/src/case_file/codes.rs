//! The codes of refusals that an expectation may name.
//!
//! A code that no service can give would make an expectation that nothing meets: a slip of the pen would pass for a
//! fault of the service.

use claque_core::{ClientRefusal, ErrorCode};
use claque_document::diagnostic::Diagnostic;
use claque_document::table::Value;
use claque_wire::operation::OperationSpec;

/// The code in the cases that `claque conform new` drafts: no service gives it, so that a draft fails until it is finished.
pub(crate) const UNWRITTEN: &str = "Write.WhatTheRuleDemands";
/// Any code.
const ANY: &str = "*";

/// The codes of calls: documented ones; those about a signature; that of RAM under another reading; those of receivers of
/// callbacks.
fn of_calls() -> impl Iterator<Item = &'static str> + Clone {
    const OTHER: [&str; 14] = [
        "IncompleteSignature",
        "InvalidAccessKeyId.NotFound",
        "InvalidAction.NotFound",
        "InvalidSecurityToken.MismatchWithAccessKey",
        "InvalidTimeStamp.Expired",
        "InvalidTimeStamp.Format",
        "InvalidVersion",
        "MissingParameter",
        "SignatureDoesNotMatch",
        "SignatureNonceUsed",
        "Forbidden.RAM",
        "malformed",
        "stale",
        "wrong-signature",
    ];
    std::iter::once(ANY).chain(ErrorCode::ALL.into_iter().map(ErrorCode::as_str)).chain(OTHER)
}

/// `MissingGroupId` and its like: what a parameter's absence is called under another reading.
fn is_of_missing(code: &str) -> bool {
    code.strip_prefix("Missing")
        .is_some_and(|name| OperationSpec::all().any(|operation| operation.parameter(name).is_some()))
}

/// Reads a code: a name of the server side, or a number of the audience side.
pub(super) fn read(value: &Value<'_>) -> Result<String, Diagnostic> {
    if value.is_text() {
        let code = value.as_text()?;
        // What `claque conform new` writes into a new case, which fails until somebody writes the code in its place.
        let is_known = of_calls().any(|known| known == code) || is_of_missing(code) || code == UNWRITTEN;
        if is_known {
            return Ok(code.to_owned());
        }
        return Err(value.unknown("error code", code, of_calls()));
    }
    let number = value.as_integer(1, 999)?;
    let numbers = ClientRefusal::ALL.map(|refusal| refusal.code());
    if numbers.iter().any(|known| i64::from(*known) == number) {
        return Ok(number.to_string());
    }
    let known: Vec<String> = numbers.iter().map(u16::to_string).collect();
    Err(value.unknown(
        "error code of audience clients",
        &number.to_string(),
        known.iter().map(String::as_str),
    ))
}
