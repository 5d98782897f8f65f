//! Client requests on messages: send, acknowledge, recall, list.

use crate::account::Caller;
use crate::client::{ClientReply, ClientRequest};
use crate::id::SessionId;
use crate::mutation::Defects;
use crate::refusal::{ClientRefusal, Refusal};
use crate::request::ConsoleRequest;
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Does what a live session asks about messages.
    pub(crate) fn client_message(
        &mut self,
        _session: SessionId,
        _request: ClientRequest,
    ) -> Result<ClientReply, ClientRefusal> {
        Err(ClientRefusal::Temporary)
    }

    /// Sends a message from the console.
    pub(crate) fn console_message(
        &mut self,
        _caller: &Caller,
        _request: ConsoleRequest,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
