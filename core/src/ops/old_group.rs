//! Server-side operations: old_group.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{
    CreateMessageGroup, GetMessageGroup, JoinMessageGroup, LeaveMessageGroup, ListMessageGroup,
    ListMessageGroupUser, ListMessageGroupUserById, UpdateMessageGroup,
};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn create_message_group(
        &mut self,
        _caller: &Caller,
        _call: CreateMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn get_message_group(
        &mut self,
        _caller: &Caller,
        _call: GetMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn update_message_group(
        &mut self,
        _caller: &Caller,
        _call: UpdateMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn list_message_group(
        &mut self,
        _caller: &Caller,
        _call: ListMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn list_message_group_user(
        &mut self,
        _caller: &Caller,
        _call: ListMessageGroupUser,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn list_message_group_user_by_id(
        &mut self,
        _caller: &Caller,
        _call: ListMessageGroupUserById,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn join_message_group(
        &mut self,
        _caller: &Caller,
        _call: JoinMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn leave_message_group(
        &mut self,
        _caller: &Caller,
        _call: LeaveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
