//! The documented server operations, one method each, grouped by what they are about.

pub(crate) mod app;
mod client;
mod client_message;
mod console;
mod direct;
mod group;
pub(crate) mod listing;
mod mute;
pub(crate) mod old_app;
pub(crate) mod old_group;
mod old_mute;
mod query;
mod recall;
pub(crate) mod send;
mod user;

use crate::account::Caller;
use crate::mutation::Defects;
use crate::operation::each_operation;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::response::Reply;
use crate::service::Service;
use crate::tracer::Tracer;

macro_rules! routes {
    ($($name:ident $method:ident $family:ident $resource:ident $per_second:literal $rule:ident $access:ident $disabled:ident;)*) => {
        impl<T: Tracer, D: Defects> Service<T, D> {
            pub(crate) fn route(&mut self, caller: &Caller, request: Request) -> Result<Reply, Refusal> {
                match request {
                    $(Request::$name(call) => self.$method(caller, *call),)*
                }
            }
        }
    };
}

each_operation!(routes);
