//! What a limit counts, whom it holds for and how long it lasts, where a deliberate defect has that otherwise. Sound, each of
//! these gives what it was given, or nothing.

use alloc::sync::Arc;

use crate::call::check::{Validated, invalid};
use crate::mutants::{Change, Defects, Mutation};
use crate::state::app::App;
use crate::state::group::Group;
use crate::state::service::Service;
use crate::words::id::{GroupIx, UserIx};
use crate::words::limits::MUTE_USERS_MAX;
use crate::words::operation::{Family, Operation};
use crate::words::refusal::Fault;
use crate::words::rule::Rule;
use crate::words::time::Duration;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    /// The heartbeat timeout of a client that asks for none.
    pub(crate) fn default_heartbeat(&self) -> Duration {
        if self.defects.changes(Rule::MembershipHeartbeatRange, Change::OtherDefault) {
            return Duration::from_secs(100);
        }
        self.config.limits.heartbeat_timeout
    }

    /// Whether a defect judges a nonce otherwise than by its characters and length.
    pub(crate) fn is_nonce_misjudged(&self, nonce: &str) -> bool {
        let plain = nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        (!plain && self.defects.changes(Rule::TokenNonceFormat, Change::AnyCharacter))
            || (nonce.is_empty() && self.defects.has(Mutation::TokenNonceNeeded))
    }

    /// Whether a message enters the recent list of its group.
    #[inline(always)]
    pub(crate) fn enters_recent(&mut self, group: GroupIx, cached: bool) -> bool {
        let max = self.recent_max();
        if !cached && self.defects.has(Mutation::RecentCountsUncached) {
            self.state.groups[group.at()].history.fit_recent(max.saturating_sub(1));
        }
        if self.defects.has(Mutation::RecentHoldsOldest) {
            return cached && self.state.groups[group.at()].history.recent().len() < max;
        }
        if cached && self.defects.has(Mutation::RecentOfApplication) {
            let app = self.state.groups[group.at()].app;
            let groups = self.state.groups.iter().filter(|other| other.app == app);
            if groups.map(|other| other.history.recent().len()).sum::<usize>() >= max {
                let history = &mut self.state.groups[group.at()].history;
                history.fit_recent(history.recent().len().saturating_sub(1));
            }
        }
        cached
    }

    /// Types that other groups have seen, where a defect counts them.
    pub(crate) fn types_elsewhere_by_defect(&self, group: GroupIx) -> usize {
        if !self.defects.has(Mutation::TypesOfApplication) {
            return 0;
        }
        let app = self.state.groups[group.at()].app;
        let others = self.groups().filter(|other| *other != group);
        let others = others.map(|other| &self.state.groups[other.at()]).filter(|other| other.app == app);
        others.map(|other| other.types.len()).sum()
    }

    /// How many members a group has, for the question whether it is large.
    #[inline(always)]
    pub(crate) fn members_for_threshold(&self, group: GroupIx) -> u64 {
        let place = &self.state.groups[group.at()];
        if self.defects.has(Mutation::SupergroupCountsJoins) {
            return place.audience.joins();
        }
        if self.defects.has(Mutation::SupergroupCountsApplication) {
            let ours = |other: &&Group| other.app == place.app;
            return self
                .state
                .groups
                .iter()
                .filter(ours)
                .map(|other| u64::from(other.audience.count()))
                .sum();
        }
        u64::from(place.audience.count())
    }

    /// Live groups of other applications, where a defect counts them.
    pub(crate) fn groups_elsewhere_by_defect(&self, app: &App) -> usize {
        if !self.defects.has(Mutation::QuotaGroupsOfAccount) {
            return 0;
        }
        let others = self.state.apps.iter().filter(|other| other.id != app.id);
        others.map(|other| other.live_groups as usize).sum()
    }

    /// The operation under which a call is counted.
    #[inline(always)]
    pub(crate) fn counted_as(&self, rule: Rule, operation: Operation) -> Operation {
        let together = match rule {
            Rule::QuotaQpsMuteWriters => {
                (Mutation::QuotaMuteWritersTogether, Operation::AddLiveMessageGroupBand)
            }
            Rule::QuotaQpsNewFamily => (Mutation::QuotaLiveTogether, Operation::CreateLiveMessageGroup),
            _ if operation.family() == Family::Old => {
                (Mutation::QuotaOldTogether, Operation::SendMessageToGroup)
            }
            _ => return operation,
        };
        if self.defects.has(together.0) { together.1 } else { operation }
    }

    /// How many joins the back end may ask for in a second, where a defect has them held to what others are.
    pub(crate) fn old_join_bound(&self, rule: Rule, bound: u32) -> u32 {
        let as_others = rule == Rule::QuotaQpsOldJoin && self.defects.has(Mutation::QuotaOldJoinAsOthers);
        if as_others { bound.min(100) } else { bound }
    }

    /// Refuses a combined change whose lists are too long together, where a defect counts them so.
    pub(crate) fn check_together_by_defect(
        &self,
        users: Option<&[Arc<str>]>,
        except: Option<&[Arc<str>]>,
    ) -> Validated {
        let given = users.map_or(0, <[_]>::len) + except.map_or(0, <[_]>::len);
        if given > MUTE_USERS_MAX as usize && self.defects.has(Mutation::MuteModifyTogether) {
            return Err(invalid("BannnedUsers", Fault::NotAllowed, Rule::MuteModifyMax));
        }
        Ok(())
    }

    /// Whether a defect has the mutes of a group end a day after it was created.
    pub(crate) fn are_mutes_over_by_defect(&self, group: GroupIx) -> bool {
        let day = Duration::from_days(1).as_secs();
        self.defects.has(Mutation::MuteEndsAfterDay)
            && self.state.groups[group.at()].meta.created + day < self.state.now.unix_seconds()
    }

    /// Lifts the individual mutes of a user where a defect has them end.
    pub(crate) fn unmute_by_defect(&mut self, user: UserIx, defect: Mutation) {
        if self.defects.has(defect) {
            let id = Arc::clone(self.user_id(user));
            for group in &mut self.state.groups {
                group.change_mutes(|mutes| mutes.unlist_by_defect(&id));
            }
        }
    }

    /// Lifts the mute of everybody in a group that nobody is in any more, where a defect has it end.
    pub(crate) fn unmute_closed_by_defect(&mut self, group: GroupIx) {
        if self.defects.has(Mutation::MuteOfAllEndsWhenEmpty) {
            self.state.groups[group.at()].change_mutes(|mutes| mutes.set_all(false));
        }
    }
}
