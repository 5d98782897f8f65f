//! `claque ctl fault`: faults of operations and client methods.

use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value};

use super::route::{ControlCall, number_or_text};
use crate::CommandFailure;
use crate::number::number;

#[derive(clap::Args)]
pub(super) struct FaultArguments {
    /// The operation; all, unless it is named.
    #[arg(long, value_parser = crate::call::operation_name)]
    operation: Option<String>,
    /// A method of audience clients instead: sendGroupMessage.
    #[arg(long, conflicts_with = "operation", value_parser = super::named::method_name)]
    method: Option<String>,
    /// Only calls of this access key, or requests of this user.
    #[arg(long, value_name = "KEY|USER", value_parser = NonEmptyStringValueParser::new())]
    caller: Option<String>,
    /// Only calls that name this group.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    group: Option<String>,
    /// Only messages of this type.
    #[arg(long = "type", allow_negative_numbers = true, value_parser = number::<i64>("message type", i64::MIN.into()..=i64::MAX.into()))]
    kind: Option<i64>,
    /// Strikes so many of a hundred calls, by count and not by chance: two runs see the same calls struck.
    #[arg(long, value_parser = number::<u32>("share of a hundred", 1..=100))]
    percent: Option<u32>,
    /// Strikes the next so many calls, and then no more.
    #[arg(long, value_name = "COUNT", value_parser = number::<u64>("number of calls", 1..=u64::MAX.into()))]
    next: Option<u64>,
    /// Calls wait so long first: 200ms, or a span between two: 50ms..2s.
    #[arg(long)]
    delay: Option<String>,
    /// Of a delay between two spans most are near the shorter one.
    #[arg(long, requires = "delay")]
    tail: bool,
    /// Connections are dropped without an answer.
    #[arg(long)]
    drop: bool,
    /// Calls fail with this code: ServerError; for a method a number, such as 412.
    #[arg(long)]
    fail: Option<String>,
    /// Takes the fault of this number off.
    #[arg(long, value_name = "NUMBER", value_parser = number::<u64>("number of a fault", 0..=u64::MAX.into()), conflicts_with_all = ["operation", "method", "delay", "drop", "fail", "clear"])]
    remove: Option<u64>,
    /// Takes all faults off.
    #[arg(long, conflicts_with_all = ["operation", "method", "delay", "drop", "fail"])]
    clear: bool,
}

impl FaultArguments {
    pub(super) fn plan(&self) -> Result<ControlCall, CommandFailure> {
        if self.clear {
            return Ok(("DELETE", "faults".to_owned(), None));
        }
        if let Some(number) = self.remove {
            return Ok(("DELETE", format!("faults?number={number}"), None));
        }
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let given = [
            ("operation", text(&self.operation)),
            ("method", text(&self.method)),
            ("caller", text(&self.caller)),
            ("group", text(&self.group)),
            ("type", self.kind.map(Value::from)),
            ("percent", self.percent.map(Value::from)),
            ("next", self.next.map(Value::from)),
            ("delay", text(&self.delay)),
            ("tail", self.tail.then_some(true.into())),
            ("drop", self.drop.then_some(true.into())),
            ("fail", self.fail.as_deref().map(number_or_text)),
        ];
        let body: Map<String, Value> =
            given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if body.is_empty() {
            return Ok(("GET", "faults".to_owned(), None));
        }
        if self.delay.is_none() && !self.drop && self.fail.is_none() {
            let values =
                body.values().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            let named: Vec<String> = values.collect();
            return Err(CommandFailure::Usage(format!(
                "{} is named, but no fault: add --delay 200ms, --drop or --fail CODE; `claque ctl fault` alone lists the faults, \
                 and --clear removes all",
                named.join(", ")
            )));
        }
        Ok(("POST", "faults".to_owned(), Some(Value::Object(body))))
    }
}
