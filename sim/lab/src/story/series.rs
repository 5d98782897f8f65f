//! Counts by slices of virtual time.

use std::collections::BTreeMap;

use claque_core::{ClientReply, ClientRequest, GroupIx, Input, Outcome, Output, Priority, Reply, Response};
use claque_engine::LatencyHistogram;
use claque_scenario::Scenario;
use claque_sim::observer::{Landing, ObservedCall, Scene};

/// Slices that a run is divided into.
const SLICES: u64 = 240;

/// A count for each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelSeries {
    /// HIGH.
    pub high: u64,
    /// MEDIUM.
    pub medium: u64,
    /// NORMAL.
    pub normal: u64,
}

impl LevelSeries {
    const fn add(&mut self, level: Priority) {
        match level {
            Priority::High => self.high += 1,
            Priority::Medium => self.medium += 1,
            Priority::Normal => self.normal += 1,
        }
    }
}

/// The counts of one slice.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// Messages whose sender was answered with success, by level; those of back ends without a level count as NORMAL.
    pub accepted: LevelSeries,
    /// Messages shed.
    pub shed: LevelSeries,
    /// HIGH messages that reached clients as they were sent.
    pub high_direct: u64,
    /// HIGH messages that clients got after a reconnect.
    pub high_recovered: u64,
    /// Links lost.
    pub links_lost: u64,
    /// Latencies of messages that arrived.
    pub latencies: LatencyHistogram,
}

/// Counts by slices of virtual time.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The length of a slice. Unit: microseconds.
    pub slice: u64,
    /// The slices, from the start of the show.
    pub slices: Vec<Slice>,
    /// By group: ID, and the members at the end of each slice in which they changed.
    pub members: BTreeMap<GroupIx, (String, BTreeMap<usize, u32>)>,
    start: u64,
}

impl Series {
    /// Empty slices over a scenario's show and the time after it.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let whole = (scenario.duration + scenario.settle).as_micros().max(1);
        Self {
            slice: whole.div_ceil(SLICES).max(1),
            slices: Vec::new(),
            members: BTreeMap::new(),
            start: scenario.start.as_micros(),
        }
    }

    fn number(&self, at: u64) -> usize {
        // What lands long after the settling, held by a clog, must not make slices without end.
        usize::try_from(at / self.slice.max(1)).unwrap_or(usize::MAX).min(4 * 240)
    }

    fn slice(&mut self, at: u64) -> &mut Slice {
        let number = self.number(at);
        while self.slices.len() <= number {
            self.slices.push(Slice::default());
        }
        self.slices.get_mut(number).expect("as many as needed were made")
    }

    pub(super) fn count(&mut self, at: u64, call: &ObservedCall<'_>, scene: &dyn Scene) {
        self.follow_members(at, call, scene);
        match (call.input, call.outcome) {
            (Input::Client(_, ClientRequest::Send(_, send)), Outcome::Client(Ok(ClientReply::Sent(_)))) => {
                self.slice(at).accepted.add(send.level);
            }
            (Input::Request(..), Outcome::Request(Ok(Reply::Done(Response::MessageSent(_))))) => {
                self.slice(at).accepted.add(Priority::Normal);
            }
            (Input::Disconnect(_, claque_core::LinkEnd::Lost), _) => self.slice(at).links_lost += 1,
            _ => {}
        }
        for output in call.outputs {
            if let Output::Shed(shed) = output {
                self.slice(at).shed.add(shed.level);
            } else if let Output::Recover(_, _, messages) = output {
                self.slice(at).high_recovered += u64::try_from(messages.len()).unwrap_or(0);
            }
        }
    }

    /// Takes note of groups whose members may have changed.
    fn follow_members(&mut self, at: u64, call: &ObservedCall<'_>, scene: &dyn Scene) {
        let number = self.number(at);
        // Sends are most of all calls and change no members, and the rest of this looks at every group.
        let changes = !matches!(
            call.input,
            Input::Client(_, ClientRequest::Send(..) | ClientRequest::Acknowledge(_)) | Input::Verdict(..)
        );
        if !changes || (matches!(call.input, Input::Timeout) && call.outputs.is_empty()) {
            return;
        }
        for group in scene.groups() {
            let count = scene.member_count(group);
            let (_, points) = self
                .members
                .entry(group)
                .or_insert_with(|| (scene.group_id(group).to_owned(), BTreeMap::new()));
            // Changes only: most groups stay as they are for most slices.
            if points.values().next_back() != Some(&count) {
                points.insert(number, count);
            }
        }
    }

    pub(super) fn land(&mut self, landing: &Landing) {
        // The latency of a notice, or of what nobody heard, is not that of a message.
        if landing.number == 0 || !landing.heard {
            return;
        }
        let at = landing.at.saturating_sub(self.start);
        let latency = u32::try_from(landing.at.saturating_sub(landing.sent)).unwrap_or(u32::MAX);
        let slice = self.slice(at);
        slice.latencies.record(latency);
        slice.high_direct += u64::from(landing.high != 0);
    }

    /// The slices that have ended at a moment. Unit: microseconds of show time.
    #[must_use]
    pub fn until(&self, at: u64) -> Self {
        let ended = usize::try_from(at / self.slice.max(1)).unwrap_or(usize::MAX);
        let members_until = |points: &BTreeMap<usize, u32>| -> BTreeMap<usize, u32> {
            points.range(..ended).map(|(slice, members)| (*slice, *members)).collect()
        };
        let members =
            self.members.iter().map(|(group, (name, points))| (*group, (name, members_until(points))));
        Self {
            slice: self.slice,
            slices: self.slices.iter().take(ended).cloned().collect(),
            members: members
                .filter(|(_, (_, points))| !points.is_empty())
                .map(|(group, (name, points))| (group, (name.clone(), points)))
                .collect(),
            start: self.start,
        }
    }

    /// The members of a group at the end of each slice.
    #[must_use]
    pub fn members_of(&self, group: GroupIx) -> Vec<u32> {
        let Some((_, points)) = self.members.get(&group) else { return Vec::new() };
        let mut now = 0;
        (0..self.slices.len())
            .map(|slice| {
                now = points.get(&slice).copied().unwrap_or(now);
                now
            })
            .collect()
    }
}
