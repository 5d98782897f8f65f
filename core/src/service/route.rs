//! Routes each documented server operation to its method, which stands with its subject.

use crate::mutants::Mutants;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::operation::each_operation;
use crate::words::refusal::Refusal;
use crate::words::request::Request;
use crate::words::response::Reply;
use crate::words::tracer::Tracer;

macro_rules! routes {
    ($($name:ident $method:ident $family:ident $resource:ident $per_second:literal $rule:ident $access:ident $disabled:ident $subject:ident;)*) => {
        impl<T: Tracer, D: Mutants> Service<T, D> {
            pub(crate) fn route(&mut self, caller: &Caller, request: Request) -> Result<Reply, Refusal> {
                match request {
                    $(Request::$name(call) => self.$method(caller, *call),)*
                }
            }
        }
    };
}

each_operation!(routes);
