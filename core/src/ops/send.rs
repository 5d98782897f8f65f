//! Server-side operations: send.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{SendLiveMessageGroup, SendMessageToGroup, SendMessageToGroupUsers};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn send_live_message_group(
        &mut self,
        _caller: &Caller,
        _call: SendLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn send_message_to_group(
        &mut self,
        _caller: &Caller,
        _call: SendMessageToGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn send_message_to_group_users(
        &mut self,
        _caller: &Caller,
        _call: SendMessageToGroupUsers,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
