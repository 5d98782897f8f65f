//! One documented operation as a row of the table says it: parameters, answer, access.

use claque_core::{Operation, Request};

use crate::argument::{Arguments, Kind};
use crate::param::{ParamError, ParamMap};

/// Where the documented clients put a parameter; a server reads it from either place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// In a form body.
    Form,
    /// In the query.
    Query,
}

/// One documented parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name, byte for byte.
    pub name: &'static str,
    /// The documented type.
    pub kind: Kind,
    /// Where the documented clients put it.
    pub placement: Placement,
    /// Whether the documents mark it required.
    pub required: bool,
    /// Its meaning, with its bounds.
    pub doc: &'static str,
}

/// The documented type of a field of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// `true` or `false`.
    Boolean,
    /// An object from text to integer.
    CountMap,
    /// An integer.
    Integer,
    /// An object with these fields.
    Object(&'static [Field]),
    /// A list of objects with these fields.
    ObjectList(&'static [Field]),
    /// Text.
    Text,
    /// A list of texts.
    TextList,
    /// An object from text to text.
    TextMap,
}

/// One documented field of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name, byte for byte.
    pub name: &'static str,
    /// The documented type.
    pub kind: FieldKind,
    /// Whether the documents let it be absent.
    pub optional: bool,
    /// Its meaning, with its unit.
    pub doc: &'static str,
}

impl Field {
    /// A field that is always there.
    pub(crate) const fn new(name: &'static str, kind: FieldKind, doc: &'static str) -> Self {
        Self { name, kind, optional: false, doc }
    }

    /// The same field, absent where it has nothing to say.
    pub(crate) const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// The access level that the documents print for an operation.
///
/// The printed levels are not reliable (a send is printed as *get*, another as *none*): policies name the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Printed as *create*.
    Create,
    /// Printed as *delete*.
    Delete,
    /// Printed as *get*.
    Get,
    /// Printed as *list*.
    List,
    /// Printed as *none*.
    None,
    /// Not printed in any page known.
    Unstated,
    /// Printed as *update*.
    Update,
}

/// One row of the table: all that the documents say about the shape of an operation.
#[derive(Clone, Copy, Debug)]
pub struct OperationSpec {
    /// The operation.
    pub operation: Operation,
    /// The method of the documented clients; a server takes GET and POST for every operation.
    pub method: &'static str,
    /// The printed access level.
    pub access: Access,
    /// Its effect, in one sentence.
    pub doc: &'static str,
    /// Its parameters, the application first.
    pub parameters: &'static [Parameter],
    /// The fields of its answer besides `RequestId`.
    pub fields: &'static [Field],
    pub(crate) read: fn(&ParamMap) -> Result<Request, ParamError>,
    pub(crate) write: fn(&Request) -> Option<Arguments>,
}
