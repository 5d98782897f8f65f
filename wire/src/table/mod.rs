//! The rows of the operations table, one file a subject.

mod live_app;
mod live_group;
mod live_message;
mod live_mute;
mod old_app;
mod old_group;

use crate::operation::{Field, FieldKind, OperationSpec};

/// All rows: the newer family, then the old one.
pub(crate) static ROWS: &[&[OperationSpec]] =
    &[live_app::ROWS, live_group::ROWS, live_message::ROWS, live_mute::ROWS, old_app::ROWS, old_group::ROWS];

/// Turns rows into specifications, with the code that reads and writes each operation's parameters.
///
/// A parameter's line: the field of the core request, the name on the wire, its type, `!` if required or `?` if not, its
/// placement, its meaning. A type that does not fit the core field does not compile.
macro_rules! operations {
    ($(
        #[doc = $doc:literal]
        $operation:ident $method:literal $access:ident {
            $($field:ident $name:literal $kind:ident $need:tt $placement:ident $about:expr;)*
        } => $fields:expr;
    )*) => {
        pub(super) static ROWS: &[$crate::operation::OperationSpec] = &[$($crate::operation::OperationSpec {
            operation: claque_core::Operation::$operation,
            method: $method,
            access: $crate::operation::Access::$access,
            doc: $doc.trim_ascii_start(),
            parameters: &[$($crate::operation::Parameter {
                name: $name,
                kind: $crate::operation::Kind::$kind,
                placement: $crate::operation::Placement::$placement,
                required: $crate::table::required!($need),
                doc: $about,
            }),*],
            fields: $fields,
            read: |params| {
                let request = claque_core::$operation {
                    $($field: $crate::argument::Carried::read(params, $name)?,)*
                };
                Ok(request.into())
            },
            write: |request| {
                let claque_core::Request::$operation(request) = request else { return None };
                let mut arguments = $crate::argument::Arguments::new();
                $(if let Some(value) = $crate::argument::Carried::write(&request.$field) {
                    arguments.set($name, value);
                })*
                Some(arguments)
            },
        }),*];

        $($(const _: () = {
            const fn kind<S, T: $crate::argument::Carried>(_: fn(&S) -> &T) -> $crate::operation::Kind {
                T::KIND
            }
            let carried = kind(|request: &claque_core::$operation| &request.$field);
            assert!(carried as u8 == $crate::operation::Kind::$kind as u8);
        };)*)*
    };
}
use operations;

macro_rules! required {
    (!) => {
        true
    };
    (?) => {
        false
    };
}
use required;

/// Meanings shared by many rows.
mod about {
    pub(super) const APP: &str = "ID of the application.";
    pub(super) const CENTER: &str = "Data centre of the application, `cn-shanghai` (when absent) or `ap-southeast-1`; must be the one it was created in.";
    pub(super) const GROUP: &str = "ID of the group: letters and digits, at most 64 bytes.";
    pub(super) const ORDER: &str = "Order: 1 ascending, 2 descending.";
    pub(super) const TOKEN: &str = "Where to go on; absent, empty or -1 is the first page.";
    pub(super) const PAGE_NUM: &str = "Page, 1 to 100,000; 1 when absent.";
    pub(super) const PAGE_SIZE: &str = "Items per page, 1 to 50; 20 when absent.";
    pub(super) const OLD_ORDER: &str = "Order by time: 0 ascending, 1 descending.";
    pub(super) const INFO: &str = "Extension information, at most 512 bytes.";
}

const fn boolean(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::Boolean, doc)
}

const fn integer(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::Integer, doc)
}

const fn object(name: &'static str, fields: &'static [Field], doc: &'static str) -> Field {
    Field::new(name, FieldKind::Object(fields), doc)
}

const fn objects(name: &'static str, fields: &'static [Field], doc: &'static str) -> Field {
    Field::new(name, FieldKind::ObjectList(fields), doc)
}

const fn text(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::Text, doc)
}

const fn text_map(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::TextMap, doc)
}

const fn texts(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::TextList, doc)
}
