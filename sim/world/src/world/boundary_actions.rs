//! Acts of the script that stand on an edge: of a quota's second, of the days that something is kept, of a deletion.

use claque_core::{
    DeleteLiveMessageGroup, DescribeLiveMessageGroup, Duration, Input, ListLiveMessageGroupMessages, Mutants,
    Priority, RecoverLiveMessageDeletedGroup, Request, limits,
};
use claque_document::units::{Between, Skew};
use claque_engine::{Queue, mix};
use claque_scenario::GroupNumber;

use crate::world::client::Speech;
use crate::world::{Act, ControlEvent, World, index};

/// One second. Unit: microseconds.
const SECOND: u64 = 1_000_000;
/// How far from the edge of a second the calls of a burst lie. Unit: microseconds.
const NEAR: u64 = 1_000;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(super) fn delete_during_send(&mut self, group: u32, messages: u32, draw: u64) {
        let speech = Speech { kind: 20_007, level: Priority::Medium, bytes: Between::new(1, 20) };
        for nth in 0..u64::from(messages) {
            self.speak_for_backend(group, speech, draw.wrapping_add(nth));
        }
        // Before and after in one instant of the service's clock: what waits for the end of the second when its group
        // goes is where state is lost or kept too long.
        self.delete_group(group);
        for nth in 0..u64::from(messages) {
            self.speak_for_backend(group, speech, draw.wrapping_sub(nth + 1));
        }
    }

    /// The back end deletes a group, whose members stay away until it is reopened.
    pub(crate) fn delete_group(&mut self, group: u32) {
        self.shun(group);
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let operator_id = Some("operator".to_owned());
        self.request(DeleteLiveMessageGroup { app_id, data_center, group_id, operator_id });
    }

    /// The back end restores a group.
    pub(crate) fn restore_group(&mut self, group: u32) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        self.request(RecoverLiveMessageDeletedGroup { app_id, data_center, group_id });
    }

    /// Members leave until so many are left, the first of the list at a place that is drawn.
    pub(super) fn leave_wave(&mut self, group: u32, to: u32, over: Duration, draw: u64) {
        let inside: Vec<(u32, u8)> = (0..self.users.len())
            .filter_map(|user| {
                let nth = self.users.nth_of(user, group)?;
                self.users.is_in(user, nth).then_some((user, nth))
            })
            .collect();
        let leaving = inside.len().saturating_sub(index(to));
        let first = usize::try_from(draw).unwrap_or(0).checked_rem(inside.len()).unwrap_or(0);
        for (user, nth) in inside.iter().cycle().skip(first).take(leaving).copied() {
            let after = self.draw_below(user, over.as_micros().max(1));
            self.later(user, after, Act::Leave(nth));
        }
    }

    /// As many calls just before the end of a second of the service's clock as just after it.
    pub(super) fn burst_of_calls(&mut self, group: u32, calls: u32) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let request: Request = DescribeLiveMessageGroup { app_id, data_center, group_id }.into();
        for after in self.around_second() {
            for _ in 0..calls {
                self.input_later(after, Input::Request(self.owner.clone(), request.clone()));
            }
        }
    }

    /// As many messages just before the end of a second of the service's clock as just after it.
    pub(super) fn burst_of_messages(&mut self, group: u32, messages: u32, draw: u64) {
        let [before, end] = self.around_second();
        // Not in the very moment of the edge: what falls due then, such as the end of a review, belongs to neither
        // second.
        for after in [before, end + 1] {
            for nth in 0..u64::from(messages) {
                let level = [Priority::Normal, Priority::Medium, Priority::High];
                let level = level[index(u32::try_from(mix(draw ^ nth) % 3).unwrap_or(0))];
                let speech = Speech { kind: 20_009, level, bytes: Between::new(1, 20) };
                let request = self.speech_of_backend(group, speech, draw.wrapping_add(nth));
                self.input_later(after, Input::Request(self.owner.clone(), request.into()));
            }
        }
    }

    /// How long until just before the end of a second of the service's clock, and until its end. Unit: microseconds.
    fn around_second(&self) -> [u64; 2] {
        let clock = self.clock().as_micros();
        // The service's seconds, which a time jump may have shifted against the show's. The next second but one where
        // the end is too near to lie before it.
        let left = (clock + NEAR).div_ceil(SECOND) * SECOND - clock;
        [left - NEAR, left]
    }

    /// How long to wait for a moment that differs so much from the end of a span. Unit: microseconds.
    fn beside(span: Duration, by: Skew) -> u64 {
        span.as_micros().saturating_add_signed(by.0)
    }

    pub(super) fn restore_at_edge(&mut self, group: u32, by: Skew) {
        self.delete_group(group);
        // A jump, since thirty days of show would be thirty days of everybody's habits.
        self.jump(Self::beside(limits::GROUP_RESTORE_WINDOW, by));
        self.restore_group(group);
    }

    pub(super) fn list_at_edge(&mut self, group: u32, by: Skew, draw: u64) {
        let speech = Speech { kind: 20_008, level: Priority::High, bytes: Between::new(1, 20) };
        self.speak_for_backend(group, speech, draw);
        let app = self.scenario.group(GroupNumber(group)).app;
        let kept = self.scenario.apps.get(index(app.0)).map_or(Duration::ZERO, |app| app.retention);
        self.jump(Self::beside(kept, by));
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        // In both orders: a page from the other end would hide an expired message behind the page size.
        for sort_type in [Some(1), Some(2)] {
            self.request(ListLiveMessageGroupMessages {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: group_id.clone(),
                page_size: Some(30),
                sort_type,
                ..Default::default()
            });
        }
    }
}
