//! Server-side operations: direct.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{DeleteLiveMessageUserMessage, SendLiveMessageUser};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn send_live_message_user(
        &mut self,
        _caller: &Caller,
        _call: SendLiveMessageUser,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn delete_live_message_user_message(
        &mut self,
        _caller: &Caller,
        _call: DeleteLiveMessageUserMessage,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
