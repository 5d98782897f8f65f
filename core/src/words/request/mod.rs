//! Requests of server-side callers: one variant for each operation, parameters as sent.

mod console;
mod live;
mod old;

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

pub use console::*;
pub use live::*;
pub use old::*;

use crate::words::operation::{Operation, each_operation};

macro_rules! requests {
    ($($name:ident $method:ident $family:ident $resource:ident $per_second:literal $rule:ident $access:ident $disabled:ident $subject:ident;)*) => {
        /// A documented server operation with its parameters.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Request {
            $(
                #[doc = concat!("Calls `", stringify!($name), "`.")]
                $name(Box<$name>),
            )*
        }

        impl Request {
            /// Which operation is called.
            #[must_use]
            pub const fn operation(&self) -> Operation {
                match self { $(Self::$name(_) => Operation::$name),* }
            }
        }

        $(impl From<$name> for Request {
            fn from(parameters: $name) -> Self {
                Self::$name(Box::new(parameters))
            }
        })*
    };
}

each_operation!(requests);
