//! The rows of the operations table, one file a subject.

mod live_app;
mod live_group;
mod live_message;
mod live_mute;
mod old_app;
mod old_group;
mod row;

use crate::spec::OperationSpec;

/// All rows: the newer family, then the old one.
pub(crate) static ROWS: &[&[OperationSpec]] =
    &[live_app::ROWS, live_group::ROWS, live_message::ROWS, live_mute::ROWS, old_app::ROWS, old_group::ROWS];
