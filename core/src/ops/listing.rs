//! Server-side operations: listing.

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::{
    CheckLiveMessageUsersInGroup, CheckLiveMessageUsersOnline, ListLiveMessageGroupByPage,
    ListLiveMessageGroupUsers, ListLiveMessageGroups,
};
use crate::response::Reply;
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn list_live_message_groups(
        &mut self,
        _caller: &Caller,
        _call: ListLiveMessageGroups,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn list_live_message_group_by_page(
        &mut self,
        _caller: &Caller,
        _call: ListLiveMessageGroupByPage,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn list_live_message_group_users(
        &mut self,
        _caller: &Caller,
        _call: ListLiveMessageGroupUsers,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn check_live_message_users_in_group(
        &mut self,
        _caller: &Caller,
        _call: CheckLiveMessageUsersInGroup,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }

    pub(crate) fn check_live_message_users_online(
        &mut self,
        _caller: &Caller,
        _call: CheckLiveMessageUsersOnline,
    ) -> Result<Reply, Refusal> {
        Err(Refusal::ServerError { rule: Rule::ErrorServerErrorCode })
    }
}
