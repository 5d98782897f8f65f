//! Bounds of what a case may ask for, checked before anything is made of it.

use claque_core::Duration;
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{Table, Value};
use claque_document::units::format_duration;

use super::end_of;
use crate::case::{Given, Step};
use crate::template::{GENERATED_BYTES_MAX, Template};

/// Most steps and repetitions of a case.
pub(crate) const ACTIONS_MAX: u64 = 200_000;
/// Most members that the crowds of a case have together.
pub(super) const CROWD_MAX: u32 = 100_000;
/// Most repetitions of a step.
pub(super) const REPEAT_MAX: i64 = 100_000;
/// The latest moment of a case: a century after the moment zero.
const LASTS_MAX: Duration = Duration::from_days(36_525);
/// The longest that the values of all calls and actions of a case may be together. Unit: bytes.
const VALUES_BYTES_MAX: u64 = 256 << 20;

/// Reads the size of a crowd, which may not go beyond those of the givens before it.
pub(super) fn crowd(table: &Table<'_>, before: u32) -> Result<u32, Diagnostic> {
    let Some(value) = table.value("crowd") else { return Ok(0) };
    let count = value.as_integer(0, CROWD_MAX.into())?;
    let count = u32::try_from(count).expect("the number was checked against the bounds");
    if count > CROWD_MAX - before {
        return Err(value.refuse(format!("the crowds of a case have at most {CROWD_MAX} members together")));
    }
    Ok(count)
}

/// The members of the crowds of some givens.
pub(super) fn crowded(given: &[Given]) -> u32 {
    let sizes = given.iter().map(|given| match given {
        Given::Group { crowd, .. } => *crowd,
        Given::App { .. } | Given::Online { .. } => 0,
    });
    sizes.fold(0, u32::saturating_add)
}

/// Refuses steps that are too many, last too long, or say too much, together.
pub(super) fn check_steps(tables: &[Table<'_>], steps: &[Step]) -> Result<(), Diagnostic> {
    let (mut actions, mut bytes) = (0_u64, 0_u64);
    for (table, step) in tables.iter().zip(steps) {
        actions = actions.saturating_add(step.repeat.into());
        if actions > ACTIONS_MAX {
            let said = format!("all steps and repetitions together are at most {ACTIONS_MAX}");
            return Err(table.refuse(said));
        }
        let last = end_of(step);
        if last > LASTS_MAX {
            let (last, most) = (format_duration(last), format_duration(LASTS_MAX));
            return Err(
                table.refuse(format!("the step lasts until {last}, and a case ends at {most} at the latest"))
            );
        }
        bytes = bytes.saturating_add(length(step).saturating_mul(step.repeat.into()));
        if bytes > VALUES_BYTES_MAX {
            let said =
                format!("what all steps and repetitions send together has at most {VALUES_BYTES_MAX} bytes");
            return Err(table.refuse(said));
        }
    }
    Ok(())
}

/// How long the values of a step are.
fn length(step: &Step) -> u64 {
    together(step.action.values())
}

fn together(with: &[(String, Template)]) -> u64 {
    with.iter().map(|(_, template)| template.length()).fold(0, u64::saturating_add)
}

/// Refuses values of one call that are too long together.
pub(super) fn check_values(value: &Value<'_>, with: &[(String, Template)]) -> Result<(), Diagnostic> {
    let long = together(with);
    if long <= GENERATED_BYTES_MAX {
        return Ok(());
    }
    let said = format!("the values come to {long} bytes together, and may come to {GENERATED_BYTES_MAX}");
    Err(value.refuse(said))
}
