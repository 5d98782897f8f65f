//! Limits that a mutant counts, scopes or ends otherwise. Sound, each of
//! these gives what it was given, or nothing.

use alloc::sync::Arc;

use crate::call::check::{Validated, invalid};
use crate::mutants::{Mutant, Mutants, RuleChange};
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

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The heartbeat timeout of a client that asks for none.
    pub(crate) fn default_heartbeat(&self) -> Duration {
        if self.mutants.changes(Rule::MembershipHeartbeatRange, RuleChange::OtherDefault) {
            return Duration::from_secs(100);
        }
        self.config.limits.heartbeat_timeout
    }

    /// Whether a mutant judges a nonce otherwise than by its characters and length.
    pub(crate) fn is_nonce_misjudged(&self, nonce: &str) -> bool {
        let plain = nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        (!plain && self.mutants.changes(Rule::TokenNonceFormat, RuleChange::AnyCharacter))
            || (nonce.is_empty() && self.mutants.has(Mutant::TokenNonceNeeded))
    }

    /// Whether a message enters the recent list of its group.
    #[inline(always)]
    pub(crate) fn enters_recent(&mut self, group: GroupIx, cached: bool) -> bool {
        let max = self.recent_max();
        if !cached && self.mutants.has(Mutant::RecentCountsUncached) {
            self.state.groups[group.at()].history.fit_recent(max.saturating_sub(1));
        }
        if self.mutants.has(Mutant::RecentHoldsOldest) {
            return cached && self.state.groups[group.at()].history.recent().len() < max;
        }
        if cached && self.mutants.has(Mutant::RecentOfApplication) {
            let app = self.state.groups[group.at()].app;
            let groups = self.state.groups.iter().filter(|other| other.app == app);
            if groups.map(|other| other.history.recent().len()).sum::<usize>() >= max {
                let history = &mut self.state.groups[group.at()].history;
                history.fit_recent(history.recent().len().saturating_sub(1));
            }
        }
        cached
    }

    /// Types that other groups have seen, where a mutant counts them.
    pub(crate) fn types_elsewhere_by_mutant(&self, group: GroupIx) -> usize {
        if !self.mutants.has(Mutant::TypesOfApplication) {
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
        let record = &self.state.groups[group.at()];
        if self.mutants.has(Mutant::SupergroupCountsJoins) {
            return record.audience.joins();
        }
        if self.mutants.has(Mutant::SupergroupCountsApplication) {
            let ours = |other: &&Group| other.app == record.app;
            return self
                .state
                .groups
                .iter()
                .filter(ours)
                .map(|other| u64::from(other.audience.count()))
                .sum();
        }
        u64::from(record.audience.count())
    }

    /// Live groups of other applications, where a mutant counts them.
    pub(crate) fn groups_elsewhere_by_mutant(&self, app: &App) -> usize {
        if !self.mutants.has(Mutant::QuotaGroupsOfAccount) {
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
                (Mutant::QuotaMuteWritersTogether, Operation::AddLiveMessageGroupBand)
            }
            Rule::QuotaQpsNewFamily => (Mutant::QuotaLiveTogether, Operation::CreateLiveMessageGroup),
            _ if operation.family() == Family::Old => {
                (Mutant::QuotaOldTogether, Operation::SendMessageToGroup)
            }
            _ => return operation,
        };
        if self.mutants.has(together.0) { together.1 } else { operation }
    }

    /// How many joins the back end may ask for in a second, where a mutant has them held to what others are.
    pub(crate) fn old_join_bound(&self, rule: Rule, bound: u32) -> u32 {
        let as_others = rule == Rule::QuotaQpsOldJoin && self.mutants.has(Mutant::QuotaOldJoinAsOthers);
        if as_others { bound.min(100) } else { bound }
    }

    /// Refuses a combined change whose lists are too long together, where a mutant counts them so.
    pub(crate) fn check_together_by_mutant(
        &self,
        users: Option<&[Arc<str>]>,
        except: Option<&[Arc<str>]>,
    ) -> Validated {
        let given = users.map_or(0, <[_]>::len) + except.map_or(0, <[_]>::len);
        if given > MUTE_USERS_MAX as usize && self.mutants.has(Mutant::MuteModifyTogether) {
            return Err(invalid("BannnedUsers", Fault::NotAllowed, Rule::MuteModifyMax));
        }
        Ok(())
    }

    /// Whether a mutant has the mutes of a group end a day after it was created.
    pub(crate) fn are_mutes_over_by_mutant(&self, group: GroupIx) -> bool {
        let day = Duration::from_days(1).as_secs();
        self.mutants.has(Mutant::MuteEndsAfterDay)
            && self.state.groups[group.at()].meta.created + day < self.state.now.unix_seconds()
    }

    /// Lifts the individual mutes of a user where a mutant has them end.
    pub(crate) fn unmute_by_mutant(&mut self, user: UserIx, mutant: Mutant) {
        if self.mutants.has(mutant) {
            let id = Arc::clone(self.user_id(user));
            for group in &mut self.state.groups {
                group.change_mutes(|mutes| mutes.unlist_by_mutant(&id));
            }
        }
    }

    /// Lifts the mute of everybody in a group that nobody is in any more, where a mutant has it end.
    pub(crate) fn unmute_closed_by_mutant(&mut self, group: GroupIx) {
        if self.mutants.has(Mutant::MuteOfAllEndsWhenEmpty) {
            self.state.groups[group.at()].change_mutes(|mutes| mutes.set_all(false));
        }
    }
}
