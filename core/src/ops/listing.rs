//! Server-side operations: listing.

use alloc::vec::Vec;

use crate::account::Caller;
use crate::audience::Member;
use crate::id::GroupIx;
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

    /// A page of the members of a group by joining, from a position on; and the position of the next page, 0: none.
    pub(crate) fn page_of_members(
        &self,
        group: GroupIx,
        descending: bool,
        token: i64,
        size: usize,
    ) -> (Vec<Member>, i64) {
        let mut members = self.state.groups[group.at()].audience.by_joining();
        if descending {
            members.reverse();
        }
        let position = |member: &Member| i64::try_from(member.order).expect("fewer than 2^63 joins");
        if token > 0 {
            members.retain(
                |member| {
                    if descending { position(member) < token } else { position(member) > token }
                },
            );
        }
        let more = members.len() > size;
        members.truncate(size);
        let next = members.last().filter(|_| more).map_or(0, position);
        (members, next)
    }
}
