//! The network between the service and its clients: how long a delivery takes, and whether it arrives.
//!
//! What happens to a delivery is decided by a counter hash over (purpose, message, user), so that it does not depend on
//! any other delivery. While nothing is wrong all links are alike and a fan-out is one tight loop; while faults are on,
//! each user's link is looked up by the population and the set of faults that hit the user.

mod link;
mod route;

use claque_document::units::Permille;
use claque_engine::{Actor, DeliveryDraws, DrawPurpose, MessageDraws, Randomness, below, mix};
use claque_scenario::{Direction, FaultKind, Latency, Scenario};

use link::UserLink;

pub(crate) use link::{Active, LinkClass};
pub(crate) use route::{FanoutRoute, ReadingLists};

/// How long a delivery takes.
const JITTER: DrawPurpose = DrawPurpose::named("network.jitter");
/// The fate of a delivery: lost, doubled, held back, or nothing.
const FATE: DrawPurpose = DrawPurpose::named("network.fate");
/// The users that a fault or trait takes into its share.
const HITS: DrawPurpose = DrawPurpose::named("fault.hits");
/// How many faults may be on at once.
pub(crate) const FAULTS_AT_ONCE: usize = 32;

/// The links of all users.
#[derive(Debug)]
pub(crate) struct SimNetwork {
    /// By population.
    calm: Vec<UserLink>,
    /// Whether all populations have the same link.
    alike: bool,
    jitter: DeliveryDraws,
    fate: DeliveryDraws,
    hits: DeliveryDraws,
    active: Vec<Option<Active>>,
    /// Whether an active fault changes links.
    rough: bool,
}

impl SimNetwork {
    pub(crate) fn new(scenario: &Scenario, randomness: &Randomness) -> Self {
        let network = &scenario.network;
        let link = |own: Option<Latency>| {
            UserLink::of(own.unwrap_or(network.latency), network.loss, network.duplicate)
        };
        let mut calm: Vec<UserLink> =
            scenario.populations.iter().map(|population| link(population.latency)).collect();
        // A scenario may consist of back ends alone: a link is asked for all the same.
        if calm.is_empty() {
            calm.push(link(None));
        }
        let alike = calm.windows(2).all(|pair| pair.first() == pair.last());
        Self {
            calm,
            alike,
            jitter: randomness.deliveries(JITTER),
            fate: randomness.deliveries(FATE),
            hits: randomness.deliveries(HITS),
            active: vec![None; FAULTS_AT_ONCE],
            rough: false,
        }
    }

    /// Draws everything from here on from another randomness.
    pub(crate) fn redraw(&mut self, randomness: &Randomness) {
        self.jitter = randomness.deliveries(JITTER);
        self.fate = randomness.deliveries(FATE);
        self.hits = randomness.deliveries(HITS);
    }

    /// Turns a fault on; the bit that stands for it, none when too many are on.
    pub(crate) fn begin(&mut self, fault: Active) -> Option<u8> {
        // One fault for each bit of a user's set, and so no more than thirty-two at once.
        let place = self.active.iter().position(Option::is_none)?;
        if let Some(slot) = self.active.get_mut(place) {
            *slot = Some(fault);
        }
        self.recount();
        u8::try_from(place).ok()
    }

    /// Turns the fault behind a bit off, and gives it back.
    pub(crate) fn end(&mut self, bit: u8) -> Option<Active> {
        let fault = self.active.get_mut(usize::from(bit)).and_then(Option::take);
        self.recount();
        fault
    }

    /// Sets the end of the fault behind a bit.
    pub(crate) fn expire(&mut self, bit: u8, at: u64) {
        if let Some(fault) = self.active.get_mut(usize::from(bit)).and_then(Option::as_mut) {
            fault.ends = at;
        }
    }

    /// Loses and repeats nothing from here on.
    pub(crate) fn mend(&mut self) {
        for link in &mut self.calm {
            (link.lost, link.twice) = (0, 0);
        }
        self.recount();
    }

    fn recount(&mut self) {
        let Some(calm) = self.calm.first().copied() else { return };
        // Slow callbacks and wrong clocks are faults too, and must not cost the tight loop. One population's link
        // serves for the question: whether a fault changes links is the same for all.
        self.rough = self.active.iter().flatten().any(|fault| calm.under(fault, 0) != calm);
    }

    /// The faults that are on, with the bits that stand for them.
    pub(crate) fn active(&self) -> impl Iterator<Item = (u8, &Active)> {
        (0u8..).zip(&self.active).filter_map(|(bit, fault)| fault.as_ref().map(|fault| (bit, fault)))
    }

    /// The faults that are on and hit a user with this set of bits.
    pub(crate) fn hitting(&self, faults: u32) -> impl Iterator<Item = &Active> {
        self.active().filter(move |(bit, _)| faults >> bit & 1 == 1).map(|(_, fault)| fault)
    }

    /// Whether no request of a user hit by these faults reaches the service.
    pub(crate) fn is_cut(&self, faults: u32) -> bool {
        faults != 0
            && self.hitting(faults).any(|fault| {
                matches!(
                    fault.kind,
                    FaultKind::Outage
                        | FaultKind::Partition { .. }
                        | FaultKind::Pause
                        | FaultKind::Kill
                        | FaultKind::Crash { .. }
                )
            })
    }

    /// When the requests of a user hit by these faults come through that are held back now.
    pub(crate) fn held_until(&self, faults: u32) -> Option<u64> {
        let up = |fault: &&Active| {
            matches!(fault.kind, FaultKind::Clog { direction: Direction::Both | Direction::Up })
        };
        if faults == 0 { None } else { self.hitting(faults).filter(up).map(|fault| fault.ends).max() }
    }

    /// How long a user hit by these faults takes to read one message. Unit: microseconds; 0: no time.
    pub(crate) fn reading_time(&self, faults: u32) -> u64 {
        let each = |fault: &Active| {
            let FaultKind::SlowReader { rate } = fault.kind else { return None };
            Some(rate.per().as_micros() / u64::from(rate.count().max(1)))
        };
        if faults == 0 { 0 } else { self.hitting(faults).filter_map(each).max().unwrap_or(0) }
    }

    /// Whether anybody reads slowly now.
    pub(crate) fn has_slow_readers(&self) -> bool {
        self.active.iter().flatten().any(|fault| matches!(fault.kind, FaultKind::SlowReader { .. }))
    }

    /// Whether something with a name, such as a fault, takes this user into its share.
    pub(crate) fn takes(&self, name: &str, share: Permille, key: u32) -> bool {
        share == Permille::ALL || share.takes(self.hits.message(name_number(name)).draw(key))
    }

    /// The latency of something small to one user, by a draw.
    pub(crate) fn latency_of(&self, class: LinkClass, now: u64, draw: u64) -> u64 {
        let link = self.link(class, now);
        u64::from(link.floor) + below(draw, u64::from(link.span))
    }

    fn link(&self, class: LinkClass, now: u64) -> UserLink {
        let calm = self.calm.get(usize::from(class.population)).or_else(|| self.calm.first());
        let calm = *calm.expect("there is at least one population");
        if class.faults == 0 {
            return calm;
        }
        self.hitting(class.faults).fold(calm, |link, fault| link.under(fault, now))
    }

    /// Finds the way of a message to some of its memberships. `keys` are the users' names for draws, beside
    /// `memberships`; `class_of` tells the link of a membership.
    pub(crate) fn route(
        &self,
        message: u64,
        now: u64,
        (memberships, keys): (&[u32], &[u32]),
        class_of: impl Fn(u32) -> LinkClass,
        route: &mut FanoutRoute,
    ) {
        route.begin_part();
        let (jitter, fate) = (self.jitter.message(message), self.fate.message(message));
        if self.alike && !self.rough {
            let link = self.link(LinkClass::default(), now);
            // A bound, not the maximum: it says until when the message's slot is held, and the true one would cost a
            // second pass.
            route.longest = link.floor.saturating_add(link.span);
            // Nothing can happen, so no fate is drawn: draws have names, and those that are skipped move nobody's.
            if link.fateful() == 0 {
                fill(link, jitter, keys, &mut route.latencies);
                route.memberships.extend_from_slice(memberships);
            } else {
                keep_fated(link, (jitter, fate), memberships, keys, route);
            }
            return;
        }
        let mut class = LinkClass { population: u16::MAX, faults: 0 };
        let mut link = self.link(LinkClass::default(), now);
        for (&membership, &key) in memberships.iter().zip(keys) {
            let its = class_of(membership);
            // Neighbours in a group are mostly alike, and a message remembers the links it met: faults are folded once
            // for each class.
            if its != class {
                (class, link) = (its, self.known_link(its, now, route));
            }
            let latency = link.latency(jitter.draw(key));
            let word = fate.draw(key);
            if word < link.fateful() {
                send_fated(link, word, (membership, latency), route);
            } else {
                route.memberships.push(membership);
                route.latencies.push(latency);
                route.longest = route.longest.max(latency);
            }
        }
    }

    /// The link of a class, which neighbours in a group often share.
    fn known_link(&self, class: LinkClass, now: u64, route: &mut FanoutRoute) -> UserLink {
        if let Some((_, link)) = route.links.iter().find(|(known, _)| *known == class) {
            return *link;
        }
        let link = self.link(class, now);
        route.links.push((class, link));
        link
    }
}

/// Writes the latency of each user.
fn fill(link: UserLink, jitter: MessageDraws, keys: &[u32], latencies: &mut Vec<u32>) {
    if link.tailed {
        latencies.extend(keys.iter().map(|key| link.latency(jitter.draw(*key))));
    } else {
        latencies.resize(keys.len(), 0);
        jitter.fill_latencies(keys, link.floor, link.span, latencies);
    }
}

/// Routes where something happens to few deliveries: all others are copied in runs.
fn keep_fated(
    link: UserLink,
    (jitter, fate): (MessageDraws, MessageDraws),
    memberships: &[u32],
    keys: &[u32],
    route: &mut FanoutRoute,
) {
    let bound = link.fateful();
    // Taken out while the route's other lists are filled, and put back for its memory.
    let mut drawn = std::mem::take(&mut route.drawn);
    drawn.clear();
    fill(link, jitter, keys, &mut drawn);
    let mut from = 0;
    for (at, &key) in keys.iter().enumerate() {
        let word = fate.draw(key);
        if word < bound
            && let (Some(&membership), Some(&latency)) = (memberships.get(at), drawn.get(at))
        {
            route.memberships.extend_from_slice(memberships.get(from..at).unwrap_or_default());
            route.latencies.extend_from_slice(drawn.get(from..at).unwrap_or_default());
            send_fated(link, word, (membership, latency), route);
            from = at + 1;
        }
    }
    route.memberships.extend_from_slice(memberships.get(from..).unwrap_or_default());
    route.latencies.extend_from_slice(drawn.get(from..).unwrap_or_default());
    route.drawn = drawn;
}

/// Sends a delivery that something happens to.
fn send_fated(link: UserLink, word: u32, (membership, latency): (u32, u32), route: &mut FanoutRoute) {
    // The largest word means certain, and is itself not below it.
    if word < link.lost || link.lost == u32::MAX {
        route.lost.push(membership);
        return;
    }
    // Mixed out of the two draws that are there: few deliveries come here, and a third draw would be made for all.
    let more = mix(u64::from(word) << 32 | u64::from(latency));
    let below_u32 = |bound: u32| u32::try_from(below(more, u64::from(bound))).unwrap_or(0);
    let mut latency = latency;
    if word - link.lost < link.twice {
        let second = latency.saturating_add(below_u32(link.span));
        route.twice.push(membership);
        route.twice_latencies.push(second);
        route.longest = route.longest.max(second);
    } else {
        latency = latency.saturating_add(link.hold_floor).saturating_add(below_u32(link.hold_span));
    }
    route.longest = route.longest.max(latency);
    route.memberships.push(membership);
    route.latencies.push(latency);
}

/// A number for a name, the same in every run.
fn name_number(name: &str) -> u64 {
    mix(name
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)))
}

/// A 32-bit name for draws: of the user with this number in a population.
pub(crate) fn user_key(population: &str, number: u32) -> u32 {
    // One more than the number: `mix` keeps zero, and the first user would have the name's own word.
    let word = mix(name_number(population) ^ mix(u64::from(number).wrapping_add(1)));
    u32::try_from(word >> 32).unwrap_or(0)
}

/// A 64-bit name for draws: of a group.
pub(crate) fn group_key(id: &str) -> u64 {
    name_number(id)
}

/// The actor that a user's draws belong to.
pub(crate) const fn user_actor(population: &str, number: u32) -> Actor {
    Actor::numbered(population, number as u64)
}

#[cfg(test)]
mod tests {
    use claque_document::units::Ppm;

    use super::*;

    fn network(loss: u32, twice: u32) -> SimNetwork {
        let mut scenario = Scenario::builtin("smoke").unwrap();
        scenario.network.loss = Ppm::new(loss).unwrap();
        scenario.network.duplicate = Ppm::new(twice).unwrap();
        SimNetwork::new(&scenario, &Randomness::new(7))
    }

    fn routed(network: &SimNetwork, users: u32, message: u64, faults: impl Fn(u32) -> u32) -> FanoutRoute {
        let memberships: Vec<u32> = (0..users).collect();
        let keys: Vec<u32> = (0..users).map(|number| user_key("viewer", number)).collect();
        let mut route = FanoutRoute::default();
        let class = |membership| LinkClass { population: 0, faults: faults(membership) };
        network.route(message, 0, (&memberships, &keys), class, &mut route);
        route
    }

    #[test]
    fn a_calm_network_reaches_everybody_within_its_latency() {
        let route = routed(&network(0, 0), 1_000, 3, |_| 0);
        assert_eq!(route.memberships, (0..1_000).collect::<Vec<_>>());
        assert!(route.latencies.iter().all(|latency| (10_000..=250_000).contains(latency)));
        assert!(route.lost.is_empty() && route.twice.is_empty());
    }

    #[test]
    fn loss_and_duplication_happen_about_as_often_as_asked() {
        let route = routed(&network(250_000, 100_000), 20_000, 3, |_| 0);
        assert!((4_700..5_300).contains(&route.lost.len()), "{} lost", route.lost.len());
        assert!((1_800..2_200).contains(&route.twice.len()), "{} twice", route.twice.len());
        assert_eq!(route.memberships.len() + route.lost.len(), 20_000);
        assert_eq!(route.memberships.len(), route.latencies.len());
    }

    #[test]
    fn what_happens_to_a_user_does_not_depend_on_the_others() {
        let network = network(250_000, 0);
        let (many, few) = (routed(&network, 500, 9, |_| 0), routed(&network, 100, 9, |_| 0));
        let few_lost: Vec<u32> = many.lost.iter().copied().filter(|membership| *membership < 100).collect();
        assert_eq!(few_lost, few.lost);
        assert_eq!(many.latencies.get(..few.latencies.len()), Some(few.latencies.as_slice()));
    }

    #[test]
    fn a_fault_hits_only_its_share_and_ends() {
        let mut network = network(0, 0);
        let kind = FaultKind::Loss { chance: Ppm::new(1_000_000).unwrap() };
        let bit = network.begin(Active { number: 0, kind, began: 0, ends: 9 }).unwrap();
        let share = Permille::new(300).unwrap();
        let hit =
            |membership: u32| u32::from(network.takes("burst", share, user_key("viewer", membership))) << bit;
        let route = routed(&network, 10_000, 1, hit);
        assert!((2_850..3_150).contains(&route.lost.len()), "{} of 10000 hit", route.lost.len());
        network.end(bit);
        assert_eq!(routed(&network, 100, 1, |_| u32::MAX).memberships.len(), 100);
    }
}
