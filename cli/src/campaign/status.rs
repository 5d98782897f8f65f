//! With which status a command about units ends. One table, made for the failure policies of engines: what another try
//! cannot mend is told from what it can. `docs/fleet.md` has it for people.

use crate::CommandFailure;
use crate::output::complain;

/// Try again, elsewhere if possible: a store that cannot be written, a canary that was not found, units that are missing.
/// The number is `EX_TEMPFAIL` of `sysexits.h`.
const TRY_AGAIN: u8 = 75;

/// Something was found: to run it again finds it again. Exit 1.
pub(super) fn found(text: String) -> CommandFailure {
    CommandFailure::No(text)
}

/// Another try may do it. Exit 75.
pub(super) fn try_again(text: &str) -> CommandFailure {
    complain(text);
    CommandFailure::Status(TRY_AGAIN)
}

/// The end of a command that asks for more than this program was built with.
#[cfg(not(all(feature = "queue", feature = "objects")))]
pub(super) fn not_built_for(what: &str, feature: &str) -> CommandFailure {
    CommandFailure::Usage(format!(
        "{what} takes a program with the feature `{feature}`, and this one was built without: \
         `cargo install --locked --path cli --features {feature}`"
    ))
}
