//! Back ends: callers of the server-side operations, at a rate of their own, now and then faster than allowed.

use std::sync::Arc;

use claque_core::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, Caller, CheckLiveMessageUsersInGroup,
    CheckLiveMessageUsersOnline, CreateLiveMessageGroup, Defects, DeleteLiveMessageGroup,
    DeleteLiveMessageGroupMessage, DescribeLiveMessageApp, DescribeLiveMessageGroup,
    DescribeLiveMessageGroupBand, Effect, Input, KickLiveMessageGroupUser, ListLiveMessageGroupByPage,
    ListLiveMessageGroupMessages, ListLiveMessageGroupUsers, ListLiveMessageGroups, ModifyLiveMessageGroup,
    ModifyLiveMessageUserInfo, Outcome, Policy, RecoverLiveMessageDeletedGroup, Refusal,
    RemoveLiveMessageGroupBand, Request, SendLiveMessageGroup, SendLiveMessageUser, Statement,
    UnbanLiveMessageGroup,
};

use crate::engine::{Actor, Draws, Queue, exponential};
use crate::plan::{CallerPlan, Errand};
use crate::world::setup::Credentials;
use crate::world::{Control, ERRAND, World, index};

/// Groups of its own that a caller creates, deletes and restores.
const OWN_GROUPS: u64 = 6;

/// A caller in the middle of its work.
#[derive(Debug)]
pub(crate) struct CallerState {
    actor: Actor,
    position: u32,
    caller: Caller,
}

impl CallerState {
    pub(crate) fn of(plan: &CallerPlan, owner: &Caller, credentials: &Credentials) -> Self {
        let caller = if plan.reads_only {
            let resource = format!("acs:live::*:rtc/{}", credentials.app_id);
            let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
            let statement = Statement {
                effect: Effect::Allow,
                actions: words(&["live:Describe*", "live:List*", "live:Check*"]),
                resources: vec![resource],
            };
            Caller::ram_user(owner.account, Arc::new(Policy { statements: vec![statement] }))
        } else {
            owner.clone()
        };
        Self { actor: Actor::named(&plan.name), position: 0, caller }
    }
}

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    pub(crate) fn on_caller(&mut self, number: u16) {
        let plan = self.plan;
        let caller = &plan.callers[usize::from(number)];
        let ends = (plan.start + caller.at + caller.lasts).as_micros();
        if self.now >= ends || caller.errands.is_empty() {
            return;
        }
        let state = &self.callers[usize::from(number)];
        let mut draws = self.randomness.draws(ERRAND, state.actor, state.position);
        let who = state.caller.clone();
        let next = exponential(draws.draw(), caller.every.as_micros()).max(1);
        let chosen =
            usize::try_from(draws.below(u64::try_from(caller.errands.len()).unwrap_or(1))).unwrap_or(0);
        let errand = caller.errands.get(chosen).copied().unwrap_or(Errand::DescribeApp);
        for _ in 0..caller.burst.max(1) {
            let request = self.errand(&caller.name, errand, &mut draws);
            let outcome = self.call(Input::Request(who.clone(), request));
            if let Outcome::Request(Err(Refusal::Throttled { .. })) = outcome {
                self.counts.throttled += 1;
            }
            if matches!(errand, Errand::Send | Errand::SendAgain | Errand::SendUser) {
                self.count_send(&outcome);
            }
        }
        self.callers[usize::from(number)].position = draws.position();
        self.schedule(self.now + next, Control::Caller(number));
    }

    fn errand(&self, caller: &str, errand: Errand, draws: &mut Draws) -> Request {
        let app_id = self.credentials.app_id.to_string();
        let groups = u64::try_from(self.plan.groups.len()).unwrap_or(0);
        let home = u32::try_from(draws.below(groups)).unwrap_or(0);
        let group_id = self.plan.groups.get(index(home)).map_or_else(String::new, |group| group.id.clone());
        match errand {
            Errand::DescribeApp
            | Errand::DescribeGroup
            | Errand::ListGroups
            | Errand::ListGroupPage
            | Errand::ListMessages
            | Errand::ListUsers
            | Errand::CheckInGroup
            | Errand::CheckOnline
            | Errand::DescribeMutes
            | Errand::Missing => self.look(errand, app_id, group_id, draws),
            Errand::CreateGroup | Errand::DeleteGroup | Errand::RestoreGroup => {
                own_group(caller, errand, app_id, group_id, draws)
            }
            Errand::Send | Errand::SendAgain | Errand::SendUser | Errand::Illegal | Errand::Recall => {
                self.say(errand, app_id, group_id, home, draws)
            }
            Errand::ModifyGroup
            | Errand::Mute
            | Errand::Unmute
            | Errand::MuteAll
            | Errand::UnmuteAll
            | Errand::Kick
            | Errand::UserInfo => self.change(errand, app_id, group_id, home, draws),
        }
    }

    /// The ID of somebody whose home may be a group.
    fn somebody(&self, draws: &mut Draws) -> String {
        let count = u64::from(self.users.len());
        let user = u32::try_from(draws.below(count.max(1))).unwrap_or(0);
        if count == 0 { "nobody".to_owned() } else { self.users.id(user) }
    }

    fn look(&self, errand: Errand, app_id: String, group_id: String, draws: &mut Draws) -> Request {
        let sort_type = Some(if draws.chance_permille(500) { 1 } else { 2 });
        let page_size = Some(i32::try_from(draws.between(10, 50)).unwrap_or(10));
        let group_status = Some(i32::try_from(draws.below(3)).unwrap_or(0));
        match errand {
            Errand::DescribeGroup => {
                DescribeLiveMessageGroup { app_id, group_id, ..Default::default() }.into()
            }
            Errand::ListGroups => {
                ListLiveMessageGroups { app_id, group_status, sort_type, ..Default::default() }.into()
            }
            Errand::ListGroupPage => ListLiveMessageGroupByPage {
                app_id,
                group_status,
                sort_type,
                page_size,
                page_number: Some(1),
                ..Default::default()
            }
            .into(),
            Errand::ListMessages => {
                ListLiveMessageGroupMessages { app_id, group_id, page_size, sort_type, ..Default::default() }
                    .into()
            }
            Errand::ListUsers => {
                ListLiveMessageGroupUsers { app_id, group_id, page_size, sort_type, ..Default::default() }
                    .into()
            }
            Errand::CheckInGroup => {
                let user_ids = (0..3).map(|_| self.somebody(draws)).collect();
                CheckLiveMessageUsersInGroup { app_id, group_id, user_ids, ..Default::default() }.into()
            }
            Errand::CheckOnline => {
                let user_ids = (0..3).map(|_| self.somebody(draws)).collect();
                CheckLiveMessageUsersOnline { app_id, user_ids, ..Default::default() }.into()
            }
            Errand::DescribeMutes => {
                DescribeLiveMessageGroupBand { app_id, group_id, ..Default::default() }.into()
            }
            Errand::Missing => DescribeLiveMessageGroup {
                app_id,
                group_id: format!("{group_id}Missing"),
                ..Default::default()
            }
            .into(),
            _ => DescribeLiveMessageApp { app_id, ..Default::default() }.into(),
        }
    }

    fn say(&self, errand: Errand, app_id: String, group_id: String, home: u32, draws: &mut Draws) -> Request {
        let weight = [1, 5, 1_000_000][usize::try_from(draws.below(3)).unwrap_or(0)];
        let recent = self.recent_tid(home, draws.draw());
        let send = SendLiveMessageGroup {
            app_id: app_id.clone(),
            group_id: group_id.clone(),
            sender_id: "backend".to_owned(),
            body: Some("said by the back end".to_owned()),
            msg_type: Some(20_000 + i64::try_from(draws.below(4)).unwrap_or(0)),
            statics_increase: Some(i64::try_from(draws.below(4)).unwrap_or(0)),
            weight: Some(weight),
            no_storage: Some(draws.chance_permille(100)),
            no_cache: Some(draws.chance_permille(100)),
            ..Default::default()
        };
        match errand {
            Errand::SendAgain => {
                let msg_tid = recent.map(|tid| tid.to_string());
                SendLiveMessageGroup { msg_tid, ..send }.into()
            }
            Errand::SendUser => SendLiveMessageUser {
                app_id,
                receiver_id: self.somebody(draws),
                sender_id: "backend".to_owned(),
                body: Some("said to one".to_owned()),
                msg_type: Some(20_001),
                ..Default::default()
            }
            .into(),
            Errand::Recall => DeleteLiveMessageGroupMessage {
                app_id,
                group_id,
                message_id: recent.map_or_else(|| "unknown".to_owned(), |tid| tid.to_string()),
                ..Default::default()
            }
            .into(),
            Errand::Illegal => SendLiveMessageGroup { sender_id: "not a name".to_owned(), ..send }.into(),
            _ => send.into(),
        }
    }

    fn change(
        &self,
        errand: Errand,
        app_id: String,
        group_id: String,
        home: u32,
        draws: &mut Draws,
    ) -> Request {
        let user = self.somebody(draws);
        let _ = home;
        match errand {
            Errand::Mute => {
                AddLiveMessageGroupBand { app_id, group_id, banned_users: vec![user], ..Default::default() }
                    .into()
            }
            Errand::Unmute => RemoveLiveMessageGroupBand {
                app_id,
                group_id,
                unbanned_users: vec![user],
                ..Default::default()
            }
            .into(),
            Errand::MuteAll => {
                BanLiveMessageGroup { app_id, group_id, except_users: vec![user], ..Default::default() }
                    .into()
            }
            Errand::UnmuteAll => UnbanLiveMessageGroup { app_id, group_id, ..Default::default() }.into(),
            Errand::Kick => {
                KickLiveMessageGroupUser { app_id, group_id, kickoff_user: user, ..Default::default() }.into()
            }
            Errand::UserInfo => ModifyLiveMessageUserInfo {
                app_id,
                user_id: user,
                user_meta_info: Some(format!("meta{}", draws.below(1_000))),
                ..Default::default()
            }
            .into(),
            _ => ModifyLiveMessageGroup {
                app_id,
                group_id,
                modify_info: Some(true),
                group_info: Some(format!("info{}", draws.below(1_000))),
                ..Default::default()
            }
            .into(),
        }
    }
}

/// Creates, deletes or restores one of a caller's own groups; creates one of the plan's again now and then.
fn own_group(caller: &str, errand: Errand, app_id: String, planned: String, draws: &mut Draws) -> Request {
    let own = format!("{caller}Own{}", draws.below(OWN_GROUPS));
    match errand {
        Errand::DeleteGroup => DeleteLiveMessageGroup {
            app_id,
            group_id: own,
            operator_id: Some("operator".to_owned()),
            ..Default::default()
        }
        .into(),
        Errand::RestoreGroup => {
            RecoverLiveMessageDeletedGroup { app_id, group_id: own, ..Default::default() }.into()
        }
        _ => {
            let group_id = if draws.chance_permille(200) { planned } else { own };
            CreateLiveMessageGroup { app_id, group_id, ..Default::default() }.into()
        }
    }
}
