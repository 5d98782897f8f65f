//! `claque ctl fault`: faults of operations and client methods.

use serde_json::{Value, json};

use super::{ControlCall, number_or_text};
use crate::CommandFailure;

/// Which fault of what.
#[derive(clap::Args)]
pub(super) struct FaultArguments {
    /// The operation; all, unless it is named.
    #[arg(long, value_parser = crate::call::operation_name)]
    operation: Option<String>,
    /// A method of audience clients instead: sendGroupMessage.
    #[arg(long, conflicts_with = "operation")]
    method: Option<String>,
    /// Calls wait this long first: 200ms.
    #[arg(long)]
    delay: Option<String>,
    /// Closes the connection without an answer.
    #[arg(long)]
    drop: bool,
    /// Calls fail with this code: ServerError; for a method a number, such as 412.
    #[arg(long)]
    fail: Option<String>,
    /// Removes all faults.
    #[arg(long, conflicts_with_all = ["operation", "method", "delay", "drop", "fail"])]
    clear: bool,
}

impl FaultArguments {
    pub(super) fn plan(&self) -> Result<ControlCall, CommandFailure> {
        if self.clear {
            return Ok(("DELETE", "faults".to_owned(), None));
        }
        let has_effect = self.delay.is_some() || self.drop || self.fail.is_some();
        match self.operation.as_ref().or(self.method.as_ref()) {
            Some(named) if !has_effect => Err(CommandFailure::Usage(format!(
                "{named} is named, but no fault: add --delay 200ms, --drop or --fail CODE; `claque ctl fault` alone lists \
                 the faults, and --clear removes all"
            ))),
            None if !has_effect => Ok(("GET", "faults".to_owned(), None)),
            Some(_) | None => Ok(("POST", "faults".to_owned(), Some(self.body()))),
        }
    }

    fn body(&self) -> Value {
        let fail = self.fail.as_deref().map(number_or_text);
        json!({
            "operation": self.operation, "method": self.method, "delay": self.delay, "drop": self.drop, "fail": fail,
        })
    }
}
