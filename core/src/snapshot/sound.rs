//! Whether a state that came from elsewhere may be used at all: every index and number is looked at before anything follows it.
//!
//! The walk follows the state's own serialisation, so that a new field of a known type is looked at without anybody thinking
//! of it: an index must be in its table, a time and a count must leave room to go on. What must hold between values is for
//! [`Service::check_invariants`](crate::Service::check_invariants), which may rely on this.

use alloc::string::{String, ToString};
use core::fmt;

use serde::ser::{self, Serialize, Serializer};

use crate::state::service::ServiceState;

/// Times and counts beyond this leave no room. For times it is some 36,000 years.
const WORD_MAX: u64 = 1 << 60;
/// Counts of 32 bits beyond this leave no room.
const COUNT_MAX: u32 = u32::MAX - (1 << 20);
/// Words that are no counts: what a caller chose, and what was drawn.
const ANY_WORD: [&str; 5] = ["token_expiry", "rounds", "device", "key", "expiry"];

/// A mistake in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsound(String);

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Unsound {}

impl ser::Error for Unsound {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

/// Looks at every index and number of a state. O(state).
pub(crate) fn check(state: &ServiceState) -> Result<(), Unsound> {
    let walk = StateWalk {
        apps: state.apps.len(),
        groups: state.groups.len(),
        users: state.users.len(),
        table: None,
        field: "",
    };
    state.serialize(&walk)
}

#[derive(Clone, Copy)]
struct StateWalk {
    apps: usize,
    groups: usize,
    users: usize,
    /// The table that the next number is an index of: its name and length.
    table: Option<(&'static str, usize)>,
    /// The field that is being looked at.
    field: &'static str,
}

impl StateWalk {
    fn at(&self, field: &'static str) -> Self {
        Self { field, table: None, ..*self }
    }
}

type WalkResult = Result<(), Unsound>;

macro_rules! harmless {
    ($($name:ident($type:ty))*) => {$(
        fn $name(self, _: $type) -> WalkResult {
            Ok(())
        }
    )*};
}

impl Serializer for &StateWalk {
    type Ok = ();
    type Error = Unsound;
    type SerializeSeq = StateWalk;
    type SerializeTuple = StateWalk;
    type SerializeTupleStruct = StateWalk;
    type SerializeTupleVariant = StateWalk;
    type SerializeMap = StateWalk;
    type SerializeStruct = StateWalk;
    type SerializeStructVariant = StateWalk;

    harmless! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_u8(u8)
        serialize_u16(u16) serialize_f32(f32) serialize_f64(f64) serialize_char(char) serialize_str(&str)
        serialize_bytes(&[u8])
    }

    fn serialize_u32(self, value: u32) -> WalkResult {
        let field = self.field;
        // The number is an index of a table: it must name an entry, or following it would panic.
        if let Some((table, length)) = self.table {
            // A free slot of an audience has no member.
            let nobody = field == "user" && value == u32::MAX;
            if nobody || (value as usize) < length {
                return Ok(());
            }
            return Err(Unsound(alloc::format!("{field} names {table} {value}, and there are {length}")));
        }
        // A count near its end would overflow by what comes next, long after the snapshot was taken as good.
        if value > COUNT_MAX && !ANY_WORD.contains(&field) {
            return Err(Unsound(alloc::format!("{field} is {value}, which leaves no room")));
        }
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> WalkResult {
        if value > WORD_MAX && !ANY_WORD.contains(&self.field) {
            return Err(Unsound(alloc::format!("{} is {value}, which leaves no room", self.field)));
        }
        Ok(())
    }

    fn serialize_none(self) -> WalkResult {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> WalkResult {
        value.serialize(self)
    }

    fn serialize_unit(self) -> WalkResult {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> WalkResult {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> WalkResult {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> WalkResult {
        // By the name of the type, which the serialisation carries: a new field of such a type is looked at without
        // anybody thinking of it.
        let table = match name {
            "AppIx" => Some(("application", self.apps)),
            "GroupIx" => Some(("group", self.groups)),
            "UserIx" => Some(("user", self.users)),
            // Text of other types is their own: only the three tables can be pointed into.
            _ => None,
        };
        value.serialize(&StateWalk { table, ..*self })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> WalkResult {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<StateWalk, Unsound> {
        Ok(*self)
    }

    fn serialize_tuple(self, _: usize) -> Result<StateWalk, Unsound> {
        Ok(*self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<StateWalk, Unsound> {
        Ok(*self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<StateWalk, Unsound> {
        Ok(*self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<StateWalk, Unsound> {
        Ok(*self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<StateWalk, Unsound> {
        Ok(*self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<StateWalk, Unsound> {
        Ok(*self)
    }
}

macro_rules! elements {
    ($($kind:ident $method:ident)*) => {$(
        impl ser::$kind for StateWalk {
            type Ok = ();
            type Error = Unsound;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> WalkResult {
                value.serialize(&*self)
            }

            fn end(self) -> WalkResult {
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! fields {
    ($($kind:ident)*) => {$(
        impl ser::$kind for StateWalk {
            type Ok = ();
            type Error = Unsound;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> WalkResult {
                value.serialize(&self.at(field))
            }

            fn end(self) -> WalkResult {
                Ok(())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for StateWalk {
    type Ok = ();
    type Error = Unsound;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> WalkResult {
        key.serialize(&*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> WalkResult {
        value.serialize(&*self)
    }

    fn end(self) -> WalkResult {
        Ok(())
    }
}
