//! The report of a run: what is counted in it, and what is said of it at the end.

use claque_core::{Duration, HitCounts, Rule};
use claque_engine::LatencyHistogram;
use claque_oracle::UnknownCounts;
use claque_oracle::liveness::PendingObligations;
use claque_oracle::verdict::Verdict;
use claque_scenario::plan::{Oracle, Plan};

use crate::input_coverage::InputCoverage;

/// Counts by priority level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByLevel {
    /// HIGH.
    pub high: u64,
    /// MEDIUM.
    pub medium: u64,
    /// NORMAL.
    pub normal: u64,
}

impl ByLevel {
    const fn of(counts: [u64; 3]) -> Self {
        let [normal, medium, high] = counts;
        Self { high, medium, normal }
    }

    /// All levels together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.high + self.medium + self.normal
    }
}

/// Latencies of deliveries, from the service's sending to the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// Half of all deliveries took at most this.
    pub median: Duration,
    /// 99 of a hundred took at most this.
    pub p99: Duration,
    /// The slowest.
    pub max: Duration,
}

/// Life-cycle changes of supergroups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SupergroupChanges {
    /// Normal groups that became supergroups.
    pub upgrades: u64,
    /// Supergroups that shut down when the last member left.
    pub shutdowns: u64,
    /// Of those, reopened as normal groups.
    pub reopenings: u64,
}

/// The report of a run.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// Virtual users.
    pub users: u64,
    /// Most members that any group had.
    pub members_peak: u64,
    /// Groups of the plan.
    pub groups: u64,
    /// Logons, joins and leaves of clients that were answered.
    pub logons: u64,
    /// Joins.
    pub joins: u64,
    /// Leaves asked for by clients.
    pub leaves: u64,
    /// Links that broke.
    pub links_lost: u64,
    /// Links taken up again within their session.
    pub reconnects: u64,
    /// Messages whose sender was answered with success, shed ones included.
    pub accepted: u64,
    /// Sends refused.
    pub refused: u64,
    /// Calls throttled.
    pub throttled: u64,
    /// Messages that nobody could send: everybody who might have was away, or without a link.
    pub unspoken: u64,
    /// Messages shed, by level.
    pub shed: ByLevel,
    /// Messages delivered to their group, by level.
    pub delivered: ByLevel,
    /// Deliveries of messages to members that arrived.
    pub deliveries: u64,
    /// Notices to members that arrived.
    pub notices: u64,
    /// Deliveries that the network lost, or that found no link.
    pub lost: u64,
    /// Copies that clients had already.
    pub duplicates: u64,
    /// HIGH messages that members got after a reconnect.
    pub recovered: u64,
    /// Callbacks sent.
    pub callbacks: u64,
    /// How often the service came back out of its journal.
    pub restarts: u64,
    /// Obligations still pending at the end, with their waivers.
    pub pending: PendingObligations,
    /// How often the model did not know, by rule.
    pub unknown: UnknownCounts,
    /// Classes of values that the parameters of server-side calls had.
    pub values: InputCoverage,
    /// Supergroup life cycle.
    pub supergroups: SupergroupChanges,
    /// How often each rule decided.
    pub rules: HitCounts,
    /// Virtual time that passed.
    pub virtual_time: Duration,
    /// Show time at which it ended, time jumps not counted: where something broke, when that was noticed.
    pub show_time: Duration,
    /// Deliveries and control events handled.
    pub events: u64,
    /// Latencies of deliveries that arrived.
    pub latencies: Latencies,
    /// The rolling hash over everything that happened.
    pub trace_hash: u64,
    /// Why the trace is not whole: what its sink said first.
    pub trace_failure: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Memory that the simulator keeps per user and per membership, the service's not counted. Unit: bytes.
    pub bytes_per_user: u64,
    /// See [`RunReport::bytes_per_user`].
    pub bytes_per_membership: u64,
}

impl RunReport {
    /// How many rules decided something.
    #[must_use]
    pub fn rules_reached(&self) -> usize {
        self.rules.iter().count()
    }

    /// Whether a rule decided something.
    #[must_use]
    pub fn reached(&self, rule: Rule) -> bool {
        self.rules.of(rule) > 0
    }
}

/// The counts of a run besides deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunCounts {
    pub(crate) controls: u64,
    pub(crate) calls: u64,
    pub(crate) logons: u64,
    pub(crate) joins: u64,
    pub(crate) leaves: u64,
    pub(crate) links_lost: u64,
    pub(crate) reconnects: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// By level: normal, medium, high.
    pub(crate) shed: [u64; 3],
    /// By level: normal, medium, high.
    pub(crate) delivered: [u64; 3],
    pub(crate) fanned_out: u64,
    pub(crate) network_lost: u64,
    pub(crate) recovered: u64,
    pub(crate) callbacks: u64,
    pub(crate) callbacks_failed: u64,
    pub(crate) reviews: u64,
    pub(crate) throttled: u64,
    pub(crate) unspoken: u64,
    pub(crate) jumped: u64,
    pub(crate) peak_members: u64,
}

/// The parts of a report that only the world knows.
pub(crate) struct RunTally<'w> {
    pub(crate) plan: &'w Plan,
    pub(crate) users: u64,
    pub(crate) counts: &'w RunCounts,
    pub(crate) restarts: u64,
    pub(crate) pending: PendingObligations,
    pub(crate) unknown: UnknownCounts,
    pub(crate) values: InputCoverage,
    pub(crate) landed: [u64; 4],
    pub(crate) latencies: &'w LatencyHistogram,
    pub(crate) rules: &'w HitCounts,
    pub(crate) virtual_time: Duration,
    pub(crate) show_time: Duration,
    pub(crate) trace_hash: u64,
    pub(crate) trace_failure: Option<String>,
    pub(crate) verdict: Verdict,
    pub(crate) bytes: (usize, usize),
}

impl RunTally<'_> {
    pub(crate) fn report(self) -> RunReport {
        let counts = self.counts;
        let [deliveries, notices, missed, duplicates] = self.landed;
        let micros = |value: u32| Duration::from_micros(u64::from(value));
        RunReport {
            users: self.users,
            members_peak: counts.peak_members,
            groups: size(self.plan.scenario.groups.len()),
            logons: counts.logons,
            joins: counts.joins,
            leaves: counts.leaves,
            links_lost: counts.links_lost,
            reconnects: counts.reconnects,
            accepted: counts.accepted,
            refused: counts.refused,
            throttled: counts.throttled,
            unspoken: counts.unspoken,
            shed: ByLevel::of(counts.shed),
            delivered: ByLevel::of(counts.delivered),
            deliveries,
            notices,
            lost: counts.network_lost + missed,
            duplicates,
            recovered: counts.recovered,
            callbacks: counts.callbacks,
            restarts: self.restarts,
            pending: self.pending,
            unknown: self.unknown,
            values: self.values,
            supergroups: SupergroupChanges {
                // By the rules that decided: the world does not look at groups for this, and cannot count otherwise
                // than the service.
                upgrades: self.rules.of(Rule::SupergroupThresholdMembers),
                shutdowns: self.rules.of(Rule::SupergroupEmptyShutsDown),
                reopenings: self.rules.of(Rule::SupergroupReopenNormal),
            },
            rules: self.rules.clone(),
            virtual_time: self.virtual_time,
            show_time: self.show_time,
            events: deliveries + notices + missed + duplicates + counts.controls,
            latencies: Latencies {
                median: micros(self.latencies.percentile(500)),
                p99: micros(self.latencies.percentile(990)),
                max: micros(self.latencies.max()),
            },
            trace_hash: self.trace_hash,
            trace_failure: self.trace_failure,
            verdict: if self.plan.oracle == Oracle::None { Verdict::Unknown } else { self.verdict },
            bytes_per_user: size(self.bytes.0),
            bytes_per_membership: size(self.bytes.1),
        }
    }
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
