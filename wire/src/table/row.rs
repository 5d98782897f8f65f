//! The form of a row: the macro that makes specifications of rows, and the words that rows share.

use crate::spec::{Field, FieldKind};

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
        pub(in crate::table) static ROWS: &[$crate::spec::OperationSpec] = &[$($crate::spec::OperationSpec {
            operation: claque_core::Operation::$operation,
            method: $method,
            access: $crate::spec::Access::$access,
            doc: $doc.trim_ascii_start(),
            parameters: &[$($crate::spec::Parameter {
                name: $name,
                kind: $crate::argument::Kind::$kind,
                placement: $crate::spec::Placement::$placement,
                required: $crate::table::row::required!($need),
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
            const fn kind<S, T: $crate::argument::Carried>(_: fn(&S) -> &T) -> $crate::argument::Kind {
                T::KIND
            }
            let carried = kind(|request: &claque_core::$operation| &request.$field);
            assert!(carried as u8 == $crate::argument::Kind::$kind as u8);
        };)*)*
    };
}
pub(super) use operations;

macro_rules! required {
    (!) => {
        true
    };
    (?) => {
        false
    };
}
pub(super) use required;

/// Meanings shared by many rows.
pub(super) mod about {
    pub(in crate::table) const APP: &str = "ID of the application.";
    pub(in crate::table) const CENTER: &str = "Data centre of the application, `cn-shanghai` (when absent) or `ap-southeast-1`; must be the one it was created in.";
    pub(in crate::table) const GROUP: &str = "ID of the group: letters and digits, at most 64 bytes.";
    pub(in crate::table) const ORDER: &str = "Order: 1 ascending, 2 descending.";
    pub(in crate::table) const TOKEN: &str = "Where to go on; absent, empty or -1 is the first page.";
    pub(in crate::table) const PAGE_NUM: &str = "Page, 1 to 100,000; 1 when absent.";
    pub(in crate::table) const PAGE_SIZE: &str = "Items per page, 1 to 50; 20 when absent.";
    pub(in crate::table) const OLD_ORDER: &str = "Order by time: 0 ascending, 1 descending.";
    pub(in crate::table) const INFO: &str = "Extension information, at most 512 bytes.";
}

pub(super) const fn boolean(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::Boolean, doc)
}

pub(super) const fn integer(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::Integer, doc)
}

pub(super) const fn object(name: &'static str, fields: &'static [Field], doc: &'static str) -> Field {
    Field::new(name, FieldKind::Object(fields), doc)
}

pub(super) const fn objects(name: &'static str, fields: &'static [Field], doc: &'static str) -> Field {
    Field::new(name, FieldKind::ObjectList(fields), doc)
}

pub(super) const fn text(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::Text, doc)
}

pub(super) const fn text_map(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::TextMap, doc)
}

pub(super) const fn texts(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, FieldKind::TextList, doc)
}
