//! Server-side operations: group.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{
    CreateLiveMessageGroup, DeleteLiveMessageGroup, DescribeLiveMessageGroup, ModifyLiveMessageGroup,
    RecoverLiveMessageDeletedGroup,
};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn create_live_message_group(
        &mut self,
        _caller: &Caller,
        _call: CreateLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn describe_live_message_group(
        &mut self,
        _caller: &Caller,
        _call: DescribeLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn modify_live_message_group(
        &mut self,
        _caller: &Caller,
        _call: ModifyLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn delete_live_message_group(
        &mut self,
        _caller: &Caller,
        _call: DeleteLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn recover_live_message_deleted_group(
        &mut self,
        _caller: &Caller,
        _call: RecoverLiveMessageDeletedGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
