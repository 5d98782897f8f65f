//! The network between the service and its clients: how long a delivery takes, and whether it arrives.
//!
//! What happens to a delivery is decided by a counter hash over (purpose, message, user), so that it does not depend on
//! any other delivery. While nothing is wrong all links are alike and a fan-out is one tight loop; while faults are on,
//! each user's links are looked up by the set of faults that hit the user.

use claque_core::Duration;

use crate::engine::{Actor, DeliveryDraws, Purpose, Randomness, below, is_hit_permille, mix};
use crate::plan::{Fault, NetworkPlan};

/// How many faults may be on at once.
pub(crate) const FAULTS_AT_ONCE: usize = 32;
/// How long a delivery that is held back waits at most, after its latency.
const HOLD_MAX: u32 = 1_000_000;

/// A span of time as deliveries count it. Unit: microseconds, at most an hour.
pub(crate) fn micros(span: Duration) -> u32 {
    const HOUR: u32 = 3_600_000_000;
    u32::try_from(span.as_micros()).unwrap_or(HOUR).min(HOUR)
}

/// What a link does to deliveries. Times in microseconds, chances in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    floor: u32,
    span: u32,
    loss: u32,
    duplication: u32,
    reordering: u32,
}

impl Link {
    fn of(plan: &NetworkPlan) -> Self {
        let (least, most) = plan.latency;
        let floor = micros(least);
        Self {
            floor,
            span: micros(most).saturating_sub(floor).saturating_add(1),
            loss: plan.loss_ppm,
            duplication: plan.duplication_ppm,
            reordering: plan.reordering_ppm,
        }
    }

    const fn is_smooth(&self) -> bool {
        self.loss == 0 && self.duplication == 0 && self.reordering == 0
    }

    /// The link under one fault more.
    fn under(self, fault: &Fault) -> Self {
        let add = |chance: u32, more: u32| chance.saturating_add(more).min(1_000_000);
        match *fault {
            Fault::Latency(least, most) => Self {
                floor: self.floor.saturating_add(micros(least)),
                span: self.span.saturating_add(micros(most).saturating_sub(micros(least))),
                ..self
            },
            Fault::SlowReaders(wait) => Self { floor: self.floor.saturating_add(micros(wait)), ..self },
            Fault::Loss(chance) => Self { loss: add(self.loss, chance), ..self },
            Fault::Duplication(chance) => Self { duplication: add(self.duplication, chance), ..self },
            Fault::Reordering(chance) => Self { reordering: add(self.reordering, chance), ..self },
            Fault::DeafClients => Self { loss: 1_000_000, ..self },
            Fault::BrownOut(slow, chance, _) => Self {
                floor: self.floor.saturating_add(micros(slow) / 4),
                span: self.span.saturating_add(micros(slow)),
                loss: add(self.loss, chance),
                ..self
            },
            Fault::Disconnects
            | Fault::Outage
            | Fault::MuteClients
            | Fault::ClockOffset(_)
            | Fault::ClockDrift(_)
            | Fault::ModerationSlow(_)
            | Fault::ModerationDown
            | Fault::CallbacksFail => self,
        }
    }
}

/// Where the deliveries of one message go. Used again for every message.
#[derive(Debug, Default)]
pub(crate) struct Route {
    /// Seats that the message reaches.
    pub(crate) seats: Vec<u32>,
    /// How long each takes, beside `seats`. Unit: microseconds.
    pub(crate) latencies: Vec<u32>,
    /// Seats that the network keeps it from.
    pub(crate) lost: Vec<u32>,
    /// Seats that it reaches a second time.
    pub(crate) twice: Vec<u32>,
    /// How long the second ones take, beside `twice`.
    pub(crate) twice_latencies: Vec<u32>,
    /// The longest latency of all.
    pub(crate) longest: u32,
}

/// The links of all users.
#[derive(Debug)]
pub(crate) struct Network {
    calm: Link,
    jitter: DeliveryDraws,
    fate: DeliveryDraws,
    hits: DeliveryDraws,
    active: Vec<Option<Fault>>,
    /// Whether an active fault changes links.
    rough: bool,
}

impl Network {
    pub(crate) fn new(plan: &NetworkPlan, randomness: &Randomness) -> Self {
        Self {
            calm: Link::of(plan),
            jitter: randomness.deliveries(Purpose::named("network.jitter")),
            fate: randomness.deliveries(Purpose::named("network.fate")),
            hits: randomness.deliveries(Purpose::named("fault.hits")),
            active: vec![None; FAULTS_AT_ONCE],
            rough: false,
        }
    }

    /// Turns a fault on; the bit that stands for it, none when too many are on.
    pub(crate) fn begin(&mut self, fault: Fault) -> Option<u32> {
        let place = self.active.iter().position(Option::is_none)?;
        if let Some(slot) = self.active.get_mut(place) {
            *slot = Some(fault);
        }
        self.recount();
        u32::try_from(place).ok()
    }

    /// Turns the fault behind a bit off.
    pub(crate) fn end(&mut self, bit: u32) {
        if let Some(slot) = usize::try_from(bit).ok().and_then(|bit| self.active.get_mut(bit)) {
            *slot = None;
        }
        self.recount();
    }

    fn recount(&mut self) {
        let calm = self.calm;
        self.rough = self.active.iter().flatten().any(|fault| calm.under(fault) != calm);
    }

    /// The faults that are on and hit a user with this set of bits.
    pub(crate) fn hitting(&self, class: u32) -> impl Iterator<Item = (u32, &Fault)> {
        (0u32..).zip(&self.active).filter_map(move |(bit, fault)| {
            fault.as_ref().filter(|_| class >> bit & 1 == 1).map(|fault| (bit, fault))
        })
    }

    /// Whether no request of a user with this set of faults reaches the service.
    pub(crate) fn is_cut(&self, class: u32) -> bool {
        class != 0
            && self
                .hitting(class)
                .any(|(_, fault)| matches!(fault, Fault::Outage | Fault::MuteClients | Fault::DeafClients))
    }

    /// Whether a fault hits a user.
    pub(crate) fn is_hit(&self, fault: &str, share: u16, key: u32) -> bool {
        let draw = self.hits.message(mix(name_number(fault))).draw(key);
        is_hit_permille(u64::from(draw) << 32, u32::from(share))
    }

    /// The latency of something small to one user, by a draw.
    pub(crate) fn latency_of(&self, class: u32, draw: u64) -> u64 {
        let link = self.link(class);
        u64::from(link.floor) + below(draw, u64::from(link.span))
    }

    fn link(&self, class: u32) -> Link {
        self.hitting(class).fold(self.calm, |link, (_, fault)| link.under(fault))
    }

    /// Finds the way of a message to each seat. `keys` are the users' names for draws, beside `seats`; `class_of` tells
    /// which faults hit whoever sits on a seat.
    pub(crate) fn route(
        &self,
        message: u64,
        seats: &[u32],
        keys: &[u32],
        class_of: impl Fn(u32) -> u32,
        route: &mut Route,
    ) {
        route.lost.clear();
        route.twice.clear();
        route.twice_latencies.clear();
        let jitter = self.jitter.message(message);
        if !self.rough && self.calm.is_smooth() {
            route.seats.clear();
            route.seats.extend_from_slice(seats);
            route.latencies.resize(seats.len(), 0);
            jitter.fill_latencies(keys, self.calm.floor, self.calm.span, &mut route.latencies);
            route.longest = self.calm.floor.saturating_add(self.calm.span);
            return;
        }
        route.seats.clear();
        route.latencies.clear();
        route.longest = 0;
        let fate = self.fate.message(message);
        let (mut class, mut link) = (0, self.calm);
        for (&seat, &key) in seats.iter().zip(keys) {
            let its = class_of(seat);
            if its != class {
                (class, link) = (its, self.link(its));
            }
            self.send_one(link, jitter.draw(key), fate.draw(key), seat, route);
        }
    }

    fn send_one(&self, link: Link, jitter: u32, fate: u32, seat: u32, route: &mut Route) {
        let scaled = |word: u32, bound: u32| below(u64::from(word) << 32, u64::from(bound));
        let drawn = u32::try_from(scaled(jitter, link.span)).unwrap_or(u32::MAX);
        let mut latency = link.floor.saturating_add(drawn);
        if !link.is_smooth() {
            let fate_draw = mix(u64::from(fate) ^ u64::from(jitter) << 32);
            let chance = u32::try_from(below(fate_draw, 1_000_000)).unwrap_or(u32::MAX);
            let rest = mix(fate_draw);
            if chance < link.loss {
                route.lost.push(seat);
                return;
            }
            if below(rest, 1_000_000) < u64::from(link.reordering) {
                let held = u32::try_from(below(mix(rest), u64::from(HOLD_MAX))).unwrap_or(HOLD_MAX);
                latency = latency.saturating_add(held);
            }
            if below(mix(rest ^ 1), 1_000_000) < u64::from(link.duplication) {
                let later = u32::try_from(below(mix(rest ^ 2), u64::from(link.span))).unwrap_or(0);
                let second = latency.saturating_add(later);
                route.twice.push(seat);
                route.twice_latencies.push(second);
                route.longest = route.longest.max(second);
            }
        }
        route.longest = route.longest.max(latency);
        route.seats.push(seat);
        route.latencies.push(latency);
    }
}

/// A number for a name, the same in every run.
fn name_number(name: &str) -> u64 {
    name.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

/// A 32-bit name for draws: of the user with this number in a crowd.
pub(crate) fn user_key(crowd: &str, number: u32) -> u32 {
    let word = mix(name_number(crowd) ^ mix(u64::from(number).wrapping_add(1)));
    u32::try_from(word >> 32).unwrap_or(0)
}

/// A 64-bit name for draws: of a group.
pub(crate) fn group_key(id: &str) -> u64 {
    mix(name_number(id))
}

/// The actor that a user's draws belong to.
pub(crate) fn user_actor(crowd: &str, number: u32) -> Actor {
    Actor::numbered(crowd, u64::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rough(loss_ppm: u32) -> Network {
        let plan = NetworkPlan { loss_ppm, duplication_ppm: 100_000, ..NetworkPlan::default() };
        Network::new(&plan, &Randomness::new(7))
    }

    fn routed(network: &Network, users: u32, message: u64, hit: impl Fn(u32) -> u32) -> Route {
        let seats: Vec<u32> = (0..users).collect();
        let keys: Vec<u32> = (0..users).map(|number| user_key("viewers", number)).collect();
        let mut route = Route::default();
        network.route(message, &seats, &keys, hit, &mut route);
        route
    }

    #[test]
    fn a_calm_network_reaches_everybody_within_its_latency() {
        let network = Network::new(&NetworkPlan::default(), &Randomness::new(7));
        let route = routed(&network, 1_000, 3, |_| 0);
        assert_eq!(route.seats.len(), 1_000);
        assert!(route.latencies.iter().all(|latency| (20_000..=200_000).contains(latency)));
        assert!(route.lost.is_empty() && route.twice.is_empty());
    }

    #[test]
    fn loss_and_duplication_happen_about_as_often_as_asked() {
        let route = routed(&rough(250_000), 20_000, 3, |_| 0);
        assert!((4_700..5_300).contains(&route.lost.len()), "{} lost", route.lost.len());
        assert!((1_350..1_650).contains(&route.twice.len()), "{} twice", route.twice.len());
        assert_eq!(route.seats.len() + route.lost.len(), 20_000);
    }

    #[test]
    fn what_happens_to_a_user_does_not_depend_on_the_others() {
        let network = rough(250_000);
        let (many, few) = (routed(&network, 500, 9, |_| 0), routed(&network, 100, 9, |_| 0));
        let few_lost: Vec<u32> = many.lost.iter().copied().filter(|seat| *seat < 100).collect();
        assert_eq!(few_lost, few.lost);
    }

    #[test]
    fn a_fault_hits_only_its_share() {
        let mut network = Network::new(&NetworkPlan::default(), &Randomness::new(7));
        let bit = network.begin(Fault::Loss(1_000_000)).unwrap();
        let hit = |seat: u32| u32::from(network.is_hit("burst", 300, user_key("viewers", seat))) << bit;
        let route = routed(&network, 10_000, 1, hit);
        assert!((2_850..3_150).contains(&route.lost.len()), "{} of 10000 hit", route.lost.len());
        assert!(network.is_cut(0) == network.is_cut(1 << bit));
        network.end(bit);
        assert_eq!(routed(&network, 100, 1, |_| u32::MAX).seats.len(), 100);
    }
}
