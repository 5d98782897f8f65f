//! The quota of calls: what counts against it, and how a call beyond it is refused.

use crate::mutants::{Mutant, Mutants, half, half_seconds};
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::UserIx;
use crate::words::limits::CLIENT_HISTORY_PER_SECOND;
use crate::words::operation::Operation;
use crate::words::refusal::{ClientRefusal, Refusal};
use crate::words::rule::Rule;
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Counts a client's list of stored messages; refused when it has used up the second.
    pub(crate) fn count_history_call(&mut self, user: UserIx) -> Result<(), ClientRefusal> {
        // A run may switch quotas off as a whole: load tests are about what lies behind them.
        if !self.config.limits.call_quotas || self.mutants.has(Mutant::ClientHistoryRateOff) {
            return Ok(());
        }
        self.hit(Rule::HistoryClientRate);
        let bound = self.mutants.one_more(Mutant::ClientHistoryRateOneMore, CLIENT_HISTORY_PER_SECOND);
        let bound = self.mutants.one_less(Mutant::ClientHistoryRateOneLess, bound);
        let mut second = self.state.now.unix_seconds();
        if self.mutants.has(Mutant::ClientHistoryTwoSeconds) {
            second = half(second);
        }
        // All clients together, where a mutant counts so.
        // One second for each client, by user and not by session: a logon anew must not give a fresh allowance.
        let counted = if self.mutants.has(Mutant::ClientHistoryRateShared) { UserIx(0) } else { user };
        if self.state.quotas.take_history_call(counted, second, bound) {
            Ok(())
        } else {
            Err(ClientRefusal::TooFast)
        }
    }

    /// Counts a call; the refusal, when the account has used up the second. A refused call is not counted.
    pub(crate) fn count_call(&mut self, caller: &Caller, operation: Operation) -> Option<Refusal> {
        if !self.config.limits.call_quotas || self.is_call_free_by_mutant(operation) {
            return None;
        }
        let rule = operation.calls_rule();
        self.hit(rule);
        // The rate stands in the operation's row of the table; nothing here knows an operation.
        let bound = self.most(rule, self.old_join_bound(rule, operation.calls_per_second()));
        let now = self.state.now;
        let mut second = now.unix_seconds();
        if self.mutants.has(Mutant::CallQuotaTwoSeconds) {
            second = half(second);
        }
        if self.mutants.has(Mutant::QuotaSecondHalved) {
            second = half_seconds(now);
        }
        if self.mutants.has(Mutant::QuotaSecondIsMinute) {
            second /= 60;
        }
        let mut account =
            if self.mutants.has(Mutant::CallQuotaAllAccounts) { 0 } else { caller.account.at() };
        // RAM users of an account share its quota: the window is the account's, and the rule is hit only where that
        // shows.
        if caller.policy.is_some() {
            self.hit(Rule::QuotaQpsSharedByAccount);
            if self.mutants.has(Mutant::CallQuotaPerUser) {
                account = self.account_of_its_own(account);
            }
        }
        // Whole seconds of the service's clock, not a sliding window: it is the documented reading, and one counter
        // instead of a list of times.
        if self.state.quotas.take_call(account, self.counted_as(rule, operation), second, bound) {
            return None;
        }
        self.hit(Rule::QuotaQpsSecond);
        self.hit(Rule::QuotaQpsDropped);
        self.hit(Rule::QuotaThrottleCode);
        // The start of the next second, when the window is empty again: an honest hint for a caller that waits.
        let next = Instant::from_unix_seconds(now.unix_seconds() + 1);
        Some(Refusal::Throttled { operation, bound, retry_after_micros: next.since(now).as_micros() })
    }
}
