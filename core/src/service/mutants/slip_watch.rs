//! Before and after each input of a broken service: which moment it was, and for whom. A sound service looks at nothing.

use alloc::vec::Vec;

use crate::mutants::{Mutants, Slip, SlipMoment};
use crate::state::group::GroupActivity;
use crate::state::service::Service;
use crate::state::tickets::Pending;
use crate::words::client::ClientRequest;
use crate::words::id::{AppIx, GroupIx, GroupKey, SessionId, Ticket, UserIx};
use crate::words::request::{ConsoleRequest, Request};
use crate::words::tracer::Tracer;

/// The state of a group before an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Former {
    group: GroupIx,
    members: u32,
    large: bool,
    live: bool,
}

/// The objects of an input.
#[derive(Clone, Debug)]
pub(crate) struct SlipContext {
    slip: Slip,
    moment: Option<SlipMoment>,
    pub(crate) app: Option<AppIx>,
    pub(crate) user: Option<UserIx>,
    former: Vec<Former>,
}

impl SlipContext {
    /// The groups that it is about.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupIx> + '_ {
        self.former.iter().map(|former| former.group)
    }
}

/// Application, group and user that a request names, and what it is.
type NamedTargets<'r> = (SlipMoment, &'r str, &'r str, &'r str);

/// The first request of a list that it is.
macro_rules! named {
    ($request:expr; $($variant:ident($call:ident) $moment:ident $group:expr, $user:expr;)*) => {
        $(if let Request::$variant($call) = $request {
            return Some((SlipMoment::$moment, &$call.app_id, $group, $user));
        })*
    };
}

fn named(request: &Request) -> Option<NamedTargets<'_>> {
    named! { request;
        CreateLiveMessageGroup(call) CreatedAgain &call.group_id, "";
        ModifyLiveMessageGroup(call) Modified &call.group_id, "";
        UpdateMessageGroup(call) Modified &call.group_id, "";
        DeleteLiveMessageGroup(call) Deleted &call.group_id, "";
        RecoverLiveMessageDeletedGroup(call) Restored &call.group_id, "";
        JoinMessageGroup(call) Joined &call.group_id, &call.user_id;
        LeaveMessageGroup(call) Left &call.group_id, &call.user_id;
        KickLiveMessageGroupUser(call) Kicked &call.group_id, &call.kickoff_user;
        AddLiveMessageGroupBand(call) UsersMuted &call.group_id, "";
        MuteGroupUser(call) UsersMuted &call.group_id, "";
        RemoveLiveMessageGroupBand(call) UsersUnmuted &call.group_id, "";
        CancelMuteGroupUser(call) UsersUnmuted &call.group_id, "";
        BanLiveMessageGroup(call) AllMuted &call.group_id, "";
        MuteAllGroupUser(call) AllMuted &call.group_id, "";
        UnbanLiveMessageGroup(call) AllUnmuted &call.group_id, "";
        CancelMuteAllGroupUser(call) AllUnmuted &call.group_id, "";
        SendLiveMessageGroup(call) Sent &call.group_id, &call.sender_id;
        SendMessageToGroup(call) Sent &call.group_id, &call.operator_user_id;
        SendMessageToGroupUsers(call) Sent &call.group_id, &call.operator_user_id;
        SendLiveMessageUser(call) SentToUser "", &call.receiver_id;
        DeleteLiveMessageGroupMessage(call) Recalled &call.group_id, "";
        ModifyLiveMessageUserInfo(call) UserModified "", &call.user_id;
        ModifyLiveMessageAppAudit(call) AppModified "", "";
        ModifyLiveMessageAppCallback(call) AppModified "", "";
        UpdateMessageApp(call) AppModified "", "";
        DescribeLiveMessageGroup(call) Read &call.group_id, "";
        DescribeLiveMessageGroupBand(call) Read &call.group_id, "";
        ListLiveMessageGroupUsers(call) Read &call.group_id, "";
        ListLiveMessageGroupMessages(call) Read &call.group_id, "";
        CheckLiveMessageUsersInGroup(call) Read &call.group_id, "";
        GetMessageGroup(call) Read &call.group_id, "";
        ListMessage(call) Read &call.group_id, "";
    }
    if let Request::ModifyLiveMessageAppDisable(call) = request {
        let moment = if call.disable == Some(true) { SlipMoment::Disabled } else { SlipMoment::Enabled };
        return Some((moment, &call.app_id, "", ""));
    }
    None
}

/// The moment of a client's request, and the group that it names.
fn named_by_client(request: &ClientRequest) -> (Option<SlipMoment>, Option<&GroupKey>) {
    match request {
        ClientRequest::Acknowledge(_) => (None, None),
        ClientRequest::Logout => (Some(SlipMoment::LoggedOff), None),
        ClientRequest::CancelMuteAll(key) => (Some(SlipMoment::AllUnmuted), Some(key)),
        ClientRequest::CancelMuteUsers(key, _) => (Some(SlipMoment::UsersUnmuted), Some(key)),
        ClientRequest::CloseGroup(key) => (Some(SlipMoment::Deleted), Some(key)),
        ClientRequest::CreateGroup { .. } => (Some(SlipMoment::CreatedAgain), None),
        ClientRequest::DeleteMessage(key, _) => (Some(SlipMoment::Recalled), Some(key)),
        ClientRequest::Join(key) => (Some(SlipMoment::Joined), Some(key)),
        ClientRequest::Leave(key) => (Some(SlipMoment::Left), Some(key)),
        ClientRequest::ListGroupUsers { group, .. }
        | ClientRequest::ListHistory { group, .. }
        | ClientRequest::ListMuteUsers(group)
        | ClientRequest::ListRecentGroupUsers(group)
        | ClientRequest::ListRecentMessages { group, .. }
        | ClientRequest::QueryGroup(group) => (Some(SlipMoment::Read), Some(group)),
        ClientRequest::ModifyGroup { group, .. } => (Some(SlipMoment::Modified), Some(group)),
        ClientRequest::MuteAll(key) => (Some(SlipMoment::AllMuted), Some(key)),
        ClientRequest::MuteUsers(key, _) => (Some(SlipMoment::UsersMuted), Some(key)),
        ClientRequest::Send(key, _) => (Some(SlipMoment::Sent), Some(key)),
        ClientRequest::SendToUser { .. } => (Some(SlipMoment::SentToUser), None),
    }
}

/// Looking.
impl<T: Tracer, D: Mutants> Service<T, D> {
    fn seen(
        &self,
        moment: Option<SlipMoment>,
        app: Option<AppIx>,
        user: Option<UserIx>,
        groups: impl IntoIterator<Item = GroupIx>,
    ) -> Option<SlipContext> {
        let slip = self.mutants.slip()?;
        let former = groups.into_iter().map(|group| {
            let record = &self.state.groups[group.at()];
            Former {
                group,
                members: record.audience.count(),
                large: record.is_supergroup(),
                live: record.is_live(),
            }
        });
        Some(SlipContext { slip, moment, app, user, former: former.collect() })
    }

    /// The objects of a call.
    #[inline(always)]
    pub(super) fn watch_request(&self, request: &Request) -> Option<SlipContext> {
        self.mutants.slip()?;
        let (moment, app, group, user) = named(request)?;
        let app = self.find_app(app)?;
        self.seen(Some(moment), Some(app), self.find_user(app, user), self.find_group(app, group))
    }

    /// The objects of a console action.
    #[inline(always)]
    pub(crate) fn watch_console(&self, request: &ConsoleRequest) -> Option<SlipContext> {
        self.mutants.slip()?;
        let (moment, app_id, group) = match request {
            ConsoleRequest::DeleteApp { app_id } => (None, app_id, ""),
            ConsoleRequest::ModifyApp { app_id, .. } => (Some(SlipMoment::AppModified), app_id, ""),
            ConsoleRequest::LimitMessages { app_id, group_id, .. } => {
                (Some(SlipMoment::Limited), app_id, &**group_id)
            }
            ConsoleRequest::ModifyGroup { app_id, group_id, .. } => {
                (Some(SlipMoment::Modified), app_id, &**group_id)
            }
            ConsoleRequest::SendMessage { app_id, group_id, .. } => {
                (Some(SlipMoment::Sent), app_id, &**group_id)
            }
        };
        let app = self.find_app(app_id)?;
        self.seen(moment, Some(app), None, self.find_group(app, group))
    }

    /// The objects of a client's request.
    #[inline(always)]
    pub(crate) fn watch_client(&self, session: SessionId, request: &ClientRequest) -> Option<SlipContext> {
        self.mutants.slip()?;
        let (moment, key) = named_by_client(request);
        let app = self.app_of(session.user)?;
        let group = key.and_then(|key| match key {
            GroupKey::Index(group) => (group.at() < self.state.groups.len()).then_some(*group),
            GroupKey::Name(id) => self.find_group(app, id),
        });
        if moment == Some(SlipMoment::LoggedOff) {
            return self.watch_user(session.user, SlipMoment::LoggedOff);
        }
        self.seen(moment, Some(app), Some(session.user), group)
    }

    /// The moments of a user in all of its groups.
    #[inline(always)]
    pub(crate) fn watch_user(&self, user: UserIx, moment: SlipMoment) -> Option<SlipContext> {
        self.mutants.slip()?;
        let app = self.app_of(user)?;
        let groups: Vec<GroupIx> = self.groups_of(user).collect();
        self.seen(Some(moment), Some(app), Some(user), groups)
    }

    /// The group whose message a ticket has under review.
    #[inline(always)]
    pub(crate) fn reviewed_by_mutant(&self, ticket: Ticket) -> Option<GroupIx> {
        self.mutants.slip()?;
        match self.state.tickets.get(ticket)? {
            Pending::Group { group, .. } => Some(*group),
            Pending::Direct { .. } | Pending::Receipt { .. } => None,
        }
    }

    /// The objects of a verdict.
    #[inline(always)]
    pub(crate) fn watch_verdict(&self, group: Option<GroupIx>) -> Option<SlipContext> {
        self.mutants.slip()?;
        let app = group.map(|group| self.app_of_group(group));
        self.seen(Some(SlipMoment::Reviewed), app, None, group)
    }

    /// Does the damage where the moment has come.
    #[inline(always)]
    pub(crate) fn slip(&mut self, seen: Option<SlipContext>, done: bool) {
        if let Some(seen) = seen
            && self.has_come(&seen, done)
        {
            let Slip { does, to, .. } = seen.slip;
            self.damage(&seen, does, to);
        }
    }

    fn has_come(&self, seen: &SlipContext, done: bool) -> bool {
        let at = seen.slip.at;
        if !done {
            return at == SlipMoment::Refused;
        }
        let moved = |former: &Former| {
            let record = &self.state.groups[former.group.at()];
            let (members, live) = (record.audience.count(), record.is_live());
            match at {
                SlipMoment::Deleted => former.live && !live,
                SlipMoment::Restored => !former.live && live,
                SlipMoment::Emptied => live && former.members > 0 && members == 0,
                SlipMoment::Reopened => former.members == 0 && members > 0 && record.audience.joins() > 1,
                SlipMoment::Upgraded => {
                    !former.large && matches!(record.activity(), GroupActivity::Open { supergroup: true })
                }
                SlipMoment::Joined => members > former.members,
                SlipMoment::Left => live && members < former.members,
                SlipMoment::CreatedAgain
                | SlipMoment::Modified
                | SlipMoment::Kicked
                | SlipMoment::LoggedOn
                | SlipMoment::LoggedOff
                | SlipMoment::TimedOut
                | SlipMoment::LinkLost
                | SlipMoment::LinkBack
                | SlipMoment::UsersMuted
                | SlipMoment::UsersUnmuted
                | SlipMoment::AllMuted
                | SlipMoment::AllUnmuted
                | SlipMoment::Sent
                | SlipMoment::SentToUser
                | SlipMoment::Recalled
                | SlipMoment::Reviewed
                | SlipMoment::UserModified
                | SlipMoment::Limited
                | SlipMoment::AppModified
                | SlipMoment::Disabled
                | SlipMoment::Enabled
                | SlipMoment::Read
                | SlipMoment::Refused => seen.moment == Some(at),
            }
        };
        if seen.former.is_empty() { seen.moment == Some(at) } else { seen.former.iter().any(moved) }
    }
}
