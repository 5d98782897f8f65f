//! From parameters to the state machine's request, and from a parameter that does not fit to its refusal.

use claque_core::{Fault, InputInvalid, Operation, Request, Rule};

use crate::argument::Arguments;
use crate::operation::OperationSpec;
use crate::param::{ParamError, ParamMap, Problem};

/// Reads the parameters of a call into the request that the state machine decides.
///
/// Absent parameters are not refused here: the state machine knows which it needs, and says so in its own order. Parameters
/// that no row of the operation names are ignored, as the service does.
///
/// # Errors
///
/// The first parameter, in the order of the operation's row, whose value does not have the documented type.
pub fn decode(operation: Operation, params: &ParamMap) -> Result<Request, ParamError> {
    (OperationSpec::of(operation).read)(params)
}

/// The arguments with which a caller asks for this request: the inverse of [`decode`].
///
/// Required texts and lists that are empty are left out, like absent ones.
///
/// # Panics
///
/// Never: each row writes the request of its own operation.
#[must_use]
pub fn arguments(request: &Request) -> Arguments {
    let row = OperationSpec::of(request.operation());
    (row.write)(request).expect("a row writes the request of its own operation")
}

/// The refusal for a parameter that could not be read: 400 `InputInvalid`.
///
/// # Panics
///
/// If the operation has no parameter of that name, which [`decode`] never reports.
#[must_use]
pub fn input_invalid(operation: Operation, error: &ParamError) -> InputInvalid {
    let parameter = OperationSpec::of(operation).parameter(&error.parameter);
    let parameter = parameter.expect("a parameter that does not decode has a row");
    let fault = match error.problem {
        Problem::Missing => Fault::Missing,
        Problem::MixedEncodings | Problem::Repeated => Fault::Conflict,
        Problem::Index { .. }
        | Problem::NotBoolean { .. }
        | Problem::NotInteger { .. }
        | Problem::NotList { .. }
        | Problem::NotMap { .. }
        | Problem::OutOfRange { .. } => Fault::Kind,
    };
    InputInvalid { parameter: parameter.name, fault, rule: rule_of(&error.problem) }
}

/// The rule that decides a problem.
fn rule_of(problem: &Problem) -> Rule {
    match problem {
        Problem::Index { .. } => Rule::WireListIndexed,
        Problem::NotBoolean { .. } => Rule::WireBoolAnyCase,
        Problem::MixedEncodings | Problem::NotList { .. } => Rule::WireListJson,
        Problem::NotMap { .. } => Rule::WireMapJson,
        Problem::Missing | Problem::NotInteger { .. } | Problem::OutOfRange { .. } | Problem::Repeated => {
            Rule::ErrorInputInvalidCode
        }
    }
}
