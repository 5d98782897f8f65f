//! Faults as they begin and end: whose links break, whose clocks are wrong, who stands still; and how the services
//! beside ours fail: custom moderation and the receiver of callbacks.

use claque_core::{Input, LinkEnd, Moderation, Mutants, Verdict};
use claque_engine::{Actor, Queue, below, mix};
use claque_scenario::{Direction, FaultKind, GroupNumber, PopulationNumber, ScheduledFault};

use crate::network::Active;
use crate::user::{ClientPresence, NONE};
use crate::world::credentials::REFUSED_WORD;
use crate::world::fault_concern::{ClockFault, FaultConcern, ReviewFault};
use crate::world::{Act, ControlEvent, FAULT, REVIEW, World, index};

/// How long custom moderation takes when nothing is wrong with it. Unit: microseconds.
const REVIEW_LEAST: u64 = 20_000;
const REVIEW_MOST: u64 = 300_000;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(crate) fn on_fault_begins(&mut self, number: u16) {
        if self.settling {
            return;
        }
        let fault = &self.scenario.faults[usize::from(number)];
        // A state that is over before anybody notices tries nothing. All faults end with the show, so that nothing but
        // the drawn part of the world is left to heal.
        let lasts = fault.lasts.max(fault.kind.stability()).as_micros();
        let ends = (self.now + lasts).min(self.ends);
        let active = Active { number, kind: fault.kind, began: self.now, ends };
        let Some(bit) = self.network.begin(active) else { return };
        // Before the users lose their links: their disconnects would be inputs of a service that is dead already.
        if let FaultKind::Crash { torn } = fault.kind {
            self.crash(torn, ends);
        }
        if fault.kind.hits_service() {
            // The service's other faults leave links as they are: no bit of the users' is worth a walk over all of
            // them.
            if matches!(fault.kind, FaultKind::Crash { .. } | FaultKind::FanOutDelay { .. }) {
                for user in 0..self.users.len() {
                    self.hit(user, fault, bit, ends);
                }
            }
        } else {
            for user in 0..self.users.len() {
                if self.is_target(fault, user) {
                    self.hit(user, fault, bit, ends);
                }
            }
        }
        self.schedule(ends, ControlEvent::FaultEnds(bit));
    }

    fn is_target(&self, fault: &ScheduledFault, user: u32) -> bool {
        let target = &fault.target;
        let population = PopulationNumber(u32::try_from(self.users.population(user)).unwrap_or(NONE));
        let home = GroupNumber(self.users.group(user, 0).unwrap_or(NONE));
        target.populations.as_ref().is_none_or(|list| list.contains(&population))
            && target.groups.as_ref().is_none_or(|list| list.contains(&home))
            // By the fault's name: the same users are hit from its beginning to its end, and whatever other faults
            // there are.
            && self.network.takes(&fault.name, target.share, self.users.key[index(user)])
    }

    /// Begins a fault for one user.
    fn hit(&mut self, user: u32, fault: &ScheduledFault, bit: u8, ends: u64) {
        self.users.faults[index(user)] |= 1 << bit;
        let lasts = ends - self.now;
        let key = self.users.key[index(user)];
        // The fault draws, at the user's place: a draw of the user would move all that the user decides later, and a
        // run without the fault would be another run.
        let draw = self.randomness.draw(FAULT, Actor::named(&fault.name), key);
        match fault.kind {
            FaultKind::Disconnect { .. } => self.later(user, below(draw, lasts.max(1)), Act::Lose),
            FaultKind::Outage | FaultKind::Crash { .. } => self.lose_link(user),
            FaultKind::Kill => {
                if self.cut_link(user) {
                    self.drop_session(user);
                    self.rare.old_token.insert(user);
                }
                let back = lasts + below(draw, 1_000_000);
                self.later(user, back, Act::Come);
            }
            // The client does not notice: it looks after its link when heartbeats have gone unanswered for long.
            FaultKind::Partition { direction: Direction::Both } | FaultKind::Pause => {
                if self.cut_link(user) {
                    self.later(user, self.patience().min(lasts) + below(draw, 1_000_000), Act::Retry);
                }
            }
            FaultKind::Partition { direction: Direction::Down } => {
                if self.patience() < lasts {
                    self.later(user, self.patience(), Act::Lose);
                }
            }
            FaultKind::Partition { direction: Direction::Up } => self.muffle(user),
            FaultKind::Clog { direction: Direction::Both | Direction::Up } => {
                if self.patience() <= lasts {
                    self.muffle(user);
                }
            }
            FaultKind::ClockStep { by } => *self.rare.stepped.entry(user).or_default() += by.0,
            // These are the network's or other services' business, and nothing happens to a user when they begin.
            FaultKind::BrownOut { .. }
            | FaultKind::CallbackFailing { .. }
            | FaultKind::CallbackFlapping { .. }
            | FaultKind::CallbackSlow { .. }
            | FaultKind::ClockDrift { .. }
            | FaultKind::ClockOffset { .. }
            | FaultKind::ClockWander { .. }
            | FaultKind::Clog { direction: Direction::Down }
            | FaultKind::Duplicate { .. }
            | FaultKind::FanOutDelay { .. }
            | FaultKind::Latency { .. }
            | FaultKind::Loss { .. }
            | FaultKind::LostReply { .. }
            | FaultKind::ModerationFailing { .. }
            | FaultKind::ModerationRefusing { .. }
            | FaultKind::ModerationSlow { .. }
            | FaultKind::Reorder { .. }
            | FaultKind::SlowReader { .. } => {}
        }
    }

    /// How long a client waits for an answer to its heartbeats. Unit: microseconds.
    fn patience(&self) -> u64 {
        self.service.config().limits.heartbeat_timeout.as_micros()
    }

    /// Nothing that the user sends arrives any more; the service misses its heartbeats.
    fn muffle(&mut self, user: u32) {
        if self.users.presence[index(user)] == ClientPresence::Online {
            self.users.presence[index(user)] = ClientPresence::Muffled;
            // Heartbeats are no events here, since a link that is up is alive: that they stop is reported at once, and
            // the service counts from now.
            self.call(Input::Disconnect(self.users.session(user), LinkEnd::Lost));
        }
    }

    pub(crate) fn on_fault_ends(&mut self, bit: u8) {
        // A fault that was healed early has given its bit to another that ends later.
        if self.network.active().any(|(its, fault)| its == bit && fault.ends > self.now) {
            return;
        }
        let Some(fault) = self.network.end(bit) else { return };
        for user in 0..self.users.len() {
            let faults = &mut self.users.faults[index(user)];
            if *faults >> bit & 1 == 0 {
                continue;
            }
            *faults &= !(1 << bit);
            let muffled = self.users.presence[index(user)] == ClientPresence::Muffled;
            if muffled && matches!(fault.kind, FaultKind::Partition { .. } | FaultKind::Clog { .. }) {
                let after = self.draw_below(user, 1_000_000);
                self.later(user, after, Act::Retry);
            }
        }
        if matches!(fault.kind, FaultKind::Crash { .. }) {
            self.restart();
        }
    }

    /// How far a user's clock is off. Unit: microseconds, positive is fast.
    pub(crate) fn clock_shift(&self, user: u32) -> i64 {
        let signed = |span: u64| i64::try_from(span).unwrap_or(i64::MAX);
        let mut shift = self.rare.stepped.get(&user).copied().unwrap_or(0);
        let spread = self.scenario.populations[self.users.population(user)].clock;
        let show = signed(self.now - self.scenario.start.as_micros());
        let key = self.users.key[index(user)];
        // Offset and drift are parts of the user's name for draws, turned by different amounts: they need no memory and
        // no draw, and stay the same throughout a run.
        let scaled =
            |bound: u64, word: u32| signed(below(u64::from(word) << 32, 2 * bound + 1)) - signed(bound);
        shift += scaled(spread.offset.as_micros(), key.rotate_left(9));
        shift += show.saturating_mul(scaled(u64::from(spread.drift_ppm), key.rotate_left(18))) / 1_000_000;
        for fault in self.network.hitting(self.users.faults[index(user)]) {
            let FaultConcern::Clocks(wrong) = FaultConcern::of(fault.kind) else { continue };
            shift += match wrong {
                ClockFault::Offset(by) => by.0,
                ClockFault::Drift { ppm } => {
                    signed(self.now - fault.began).saturating_mul(i64::from(ppm)) / 1_000_000
                }
                ClockFault::Wander { by, every } => {
                    // The n-th stretch has a shift of its own: a wandering clock jumps to and fro, which a drift never
                    // does.
                    let nth = (self.now - fault.began) / every.as_micros().max(1);
                    let word = mix(u64::from(key) ^ mix(nth)) >> 32;
                    scaled(by.as_micros(), u32::try_from(word).unwrap_or(0))
                }
                ClockFault::Step(_) => 0,
            };
        }
        shift
    }

    /// Asks the custom moderation, which answers in its time.
    pub(crate) fn send_review(&mut self, moderation: &Moderation) {
        let ticket = moderation.ticket.0;
        self.hash.control(self.now, 27, ticket);
        self.counts.reviews += 1;
        // By ticket, so that a review's answer does not depend on which others are under way.
        let mut draws = self.randomness.draws(REVIEW, Actor::numbered("ticket", ticket), 0);
        let mut takes = draws.between(REVIEW_LEAST, REVIEW_MOST);
        let mut verdict = if moderation.content.contains(REFUSED_WORD) {
            Verdict::Refuse(REFUSED_WORD.into())
        } else {
            Verdict::Pass
        };
        let mut word = || u32::try_from(draws.draw() >> 32).unwrap_or(0);
        for (_, fault) in self.network.active() {
            let FaultConcern::Reviews(wrong) = FaultConcern::of(fault.kind) else { continue };
            match wrong {
                ReviewFault::Slow(delay) => takes += delay.uniform(word()).as_micros(),
                ReviewFault::Failing(share) => {
                    if share.takes(word()) {
                        verdict = Verdict::Unavailable;
                    }
                }
                ReviewFault::Refusing(share) => {
                    if share.takes(word()) {
                        verdict = Verdict::Refuse("refused".into());
                    }
                }
            }
        }
        self.input_later(takes, Input::Verdict(moderation.ticket, verdict));
    }

    /// Heals everything: all faults end at once.
    pub(crate) fn heal(&mut self) {
        let bits: Vec<u8> = self.network.active().map(|(bit, _)| bit).collect();
        for bit in bits {
            self.network.expire(bit, self.now);
            self.on_fault_ends(bit);
        }
    }
}
