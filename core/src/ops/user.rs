//! Server-side operations: user.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{KickLiveMessageGroupUser, ModifyLiveMessageUserInfo};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn kick_live_message_group_user(
        &mut self,
        _caller: &Caller,
        _call: KickLiveMessageGroupUser,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn modify_live_message_user_info(
        &mut self,
        _caller: &Caller,
        _call: ModifyLiveMessageUserInfo,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
