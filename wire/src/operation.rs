//! The one table of documented operations: parameters, answers, quotas, permissions.
//!
//! Everything that speaks about an operation is derived from its row: decoding of calls, encoding of calls by a client,
//! checks of answers, routing and documentation. Names are kept byte for byte, the irregular ones too. What an operation
//! *does* is not written here.

use core::fmt::Write;

use claque_core::{Family, Operation, ResourceKind};

pub use crate::argument::Kind;
pub use crate::spec::{Access, Field, FieldKind, OperationSpec, Parameter, Placement};
use crate::table;

impl OperationSpec {
    /// The row of an operation.
    ///
    /// # Panics
    ///
    /// Never: a test holds that every operation has a row.
    #[must_use]
    pub fn of(operation: Operation) -> &'static Self {
        Self::all().find(|spec| spec.operation == operation).expect("every operation has a row")
    }

    /// The row of the operation with this exact name; `None` if no operation has it.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|spec| spec.name() == name)
    }

    /// All rows, by subject.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        table::ROWS.iter().copied().flatten()
    }

    /// The documented name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.operation.name()
    }

    /// The parameter with this exact name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The action that a policy must allow, `live:` and the name.
    #[must_use]
    pub fn ram_action(&self) -> String {
        format!("live:{}", self.name())
    }

    /// The resource that a policy must cover, for an account and the application the call names.
    #[must_use]
    pub fn ram_resource(&self, account: &str, app_id: &str) -> String {
        match self.operation.resource() {
            ResourceKind::All => "*".to_owned(),
            ResourceKind::Domain => format!("acs:live:*:{account}:domain/{app_id}"),
            ResourceKind::Rtc => format!("acs:live::{account}:rtc/{app_id}"),
        }
    }
}

/// The whole table as Markdown: one section an operation, its parameters and its answer.
///
/// # Panics
///
/// Never: writing to a text does not fail.
#[must_use]
pub fn to_markdown() -> String {
    let mut text = String::from("# Operations\n\n");
    text.push_str("Derived from the table that the server, the clients and the suite share. Every parameter is taken from the\n");
    text.push_str("query or from a form body; every answer carries `RequestId` besides the fields listed.\n");
    for spec in OperationSpec::all() {
        write_section(&mut text, spec).expect("writing to a string succeeds");
    }
    text
}

fn write_section(text: &mut String, spec: &OperationSpec) -> core::fmt::Result {
    let family = match spec.operation.family() {
        Family::Live => "live",
        Family::Old => "old",
    };
    let calls = spec.operation.calls_per_second();
    writeln!(text, "\n## {}\n\n{}\n", spec.name(), spec.doc)?;
    writeln!(text, "Family: {family}. Method: {}. Calls per second and account: {calls}.\n", spec.method)?;
    writeln!(text, "| parameter | type | placement | required | meaning |\n| --- | --- | --- | --- | --- |")?;
    for Parameter { name, kind, placement, required, doc } in spec.parameters {
        let kind = match kind {
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::List => "list",
            Kind::Long => "long",
            Kind::Map => "map",
            Kind::Text => "text",
        };
        let placement = match placement {
            Placement::Form => "form",
            Placement::Query => "query",
        };
        let required = if *required { "yes" } else { "no" };
        writeln!(text, "| `{name}` | {kind} | {placement} | {required} | {doc} |")?;
    }
    if !spec.fields.is_empty() {
        writeln!(text, "\n| answer | type | always | meaning |\n| --- | --- | --- | --- |")?;
    }
    write_fields(text, spec.fields, "")
}

fn write_fields(text: &mut String, fields: &[Field], prefix: &str) -> core::fmt::Result {
    for Field { name, kind, optional, doc } in fields {
        let always = if *optional { "no" } else { "yes" };
        let (kind, suffix, inner): (&str, &str, &[Field]) = match kind {
            FieldKind::Boolean => ("boolean", "", &[]),
            FieldKind::CountMap => ("map to integer", "", &[]),
            FieldKind::Integer => ("integer", "", &[]),
            FieldKind::Object(inner) => ("object", ".", inner),
            FieldKind::ObjectList(inner) => ("list of objects", "[].", inner),
            FieldKind::Text => ("text", "", &[]),
            FieldKind::TextList => ("list of texts", "", &[]),
            FieldKind::TextMap => ("map to text", "", &[]),
        };
        writeln!(text, "| `{prefix}{name}` | {kind} | {always} | {doc} |")?;
        write_fields(text, inner, &format!("{prefix}{name}{suffix}"))?;
    }
    Ok(())
}
