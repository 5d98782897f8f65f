//! Server-side operations: old_app.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{
    CreateMessageApp, DeleteMessageApp, GetMessageApp, GetMessageToken, ListMessageApp, QueryMessageApp,
    UpdateMessageApp,
};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn create_message_app(
        &mut self,
        _caller: &Caller,
        _call: CreateMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn delete_message_app(
        &mut self,
        _caller: &Caller,
        _call: DeleteMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn get_message_app(
        &mut self,
        _caller: &Caller,
        _call: GetMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn list_message_app(
        &mut self,
        _caller: &Caller,
        _call: ListMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn query_message_app(
        &mut self,
        _caller: &Caller,
        _call: QueryMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn update_message_app(
        &mut self,
        _caller: &Caller,
        _call: UpdateMessageApp,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn get_message_token(
        &mut self,
        _caller: &Caller,
        _call: GetMessageToken,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
