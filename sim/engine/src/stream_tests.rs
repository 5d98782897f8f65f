//! Golden vectors of named randomness, and what every draw promises.

use proptest::prelude::*;
use rand::seq::SliceRandom;

use super::*;

const JITTER: DrawPurpose = DrawPurpose::named("jitter");

#[test]
// A change here makes every stored seed another run: golden runs, kept bugs, and identity lines that users have
// pasted somewhere.
fn known_draws_never_change() {
    let randomness = Randomness::new(42);
    let ada = Actor::named("ada");
    let mut draws = randomness.draws(JITTER, ada, 0);
    let behaviour: Vec<String> = (0..4).map(|_| format!("{:016x}", draws.draw())).collect();
    assert_eq!(behaviour, ["1b04f8869abe51df", "7df06f958749ed36", "56d263665933fee1", "188e15d1071ec3b7"]);
    let message = randomness.deliveries(JITTER).message(7);
    let deliveries: Vec<String> = (0..4).map(|user| format!("{:08x}", message.draw(user))).collect();
    assert_eq!(deliveries, ["b87166bb", "4961fe09", "257d71fc", "d88437c1"]);
    let times: Vec<u64> =
        [0, 1 << 20, 1 << 62, 1 << 63, u64::MAX].map(|draw| exponential(draw, 1_000_000)).to_vec();
    assert_eq!(times, [44_361_419, 30_498_474, 1_386_294, 693_147, 0]);
    assert_eq!(Actor::numbered("user", 17), Actor(9_178_420_187_575_780_386));
}

#[test]
fn names_positions_and_seeds_are_independent() {
    let randomness = Randomness::new(1);
    let ada = Actor::named("ada");
    let base = randomness.draw(JITTER, ada, 0);
    assert_ne!(base, randomness.draw(DrawPurpose::named("loss"), ada, 0));
    assert_ne!(base, randomness.draw(JITTER, Actor::named("bob"), 0));
    assert_ne!(base, randomness.draw(JITTER, ada, 1));
    assert_ne!(base, Randomness::new(2).draw(JITTER, ada, 0));
    assert_ne!(Actor::numbered("user", 1), Actor::numbered("user", 2));
    assert_ne!(Actor::numbered("user", 1), Actor::numbered("host", 1));
}

#[test]
fn the_generator_of_rand_counts_its_draws() {
    let randomness = Randomness::new(3);
    let mut draws = randomness.draws(JITTER, Actor::named("ada"), 0);
    let mut order: Vec<u32> = (0..50).collect();
    order.shuffle(&mut draws);
    let mut bytes = [0; 20];
    draws.fill_bytes(&mut bytes);
    let position = draws.position();
    assert!(position > 3, "20 bytes are three draws, and the shuffle drew before: {position}");
    let next = draws.next_u64();
    assert_eq!(next, randomness.draw(JITTER, Actor::named("ada"), position));
    order.sort_unstable();
    assert!(order.iter().copied().eq(0..50));
}

proptest! {
    #[test]
    fn a_draw_is_found_by_its_position(seed: u64, actor: u64, position in 0u32..5_000) {
        let randomness = Randomness::new(seed);
        let actor = Actor::numbered("user", actor);
        let mut draws = randomness.draws(JITTER, actor, 0);
        let mut last = draws.draw();
        for _ in 0..position {
            last = draws.draw();
        }
        prop_assert_eq!(draws.position(), position + 1);
        prop_assert_eq!(last, randomness.draw(JITTER, actor, position));
    }

    #[test]
    fn bounded_draws_stay_in_bounds(draw: u64, bound in 1u64.., mean in 0u64..1 << 40) {
        prop_assert!(below(draw, bound) < bound);
        prop_assert!(exponential(draw, mean) <= mean * 45);
    }

    #[test]
    fn a_filled_latency_is_the_draw_of_its_user(seed: u64, message: u64, users: Vec<u32>) {
        let draws = Randomness::new(seed).deliveries(JITTER).message(message);
        let mut latencies = vec![0; users.len()];
        draws.fill_latencies(&users, 20_000, 180_000, &mut latencies);
        for (&user, &latency) in users.iter().zip(&latencies) {
            prop_assert!((20_000..200_000).contains(&latency));
            prop_assert_eq!(u64::from(latency - 20_000), (u64::from(draws.draw(user)) * 180_000) >> 32);
        }
    }
}

/// Counts of `draws` in 64 equal bins must be near their mean: six standard deviations of a fair die.
fn check_uniform(what: &str, draws: impl Iterator<Item = u32>) {
    let mut bins = [0u32; 64];
    let mut count = 0;
    for draw in draws {
        bins[(draw >> 26) as usize] += 1;
        count += 1;
    }
    let mean = count / 64;
    for (bin, &found) in bins.iter().enumerate() {
        let off = found.abs_diff(mean);
        assert!(
            u64::from(off).pow(2) <= 36 * u64::from(mean),
            "{what}: bin {bin} has {found} of mean {mean}"
        );
    }
}

#[test]
fn delivery_draws_are_uniform_over_users_messages_and_neighbours() {
    let draws = Randomness::new(5).deliveries(JITTER);
    check_uniform("users", (0..64_000).map(|user| draws.message(9).draw(user)));
    check_uniform("messages", (0..64_000).map(|message| draws.message(message).draw(9)));
    check_uniform(
        "differences of neighbours",
        (0..64_000).map(|user| draws.message(3).draw(user).wrapping_sub(draws.message(3).draw(user + 1))),
    );
    check_uniform(
        "differences of consecutive messages",
        (0..64_000).map(|message| draws.message(message).draw(7) ^ draws.message(message + 1).draw(7)),
    );
}

#[test]
fn chances_and_times_have_their_means() {
    let mut draws = Randomness::new(6).draws(DrawPurpose::named("test"), Actor::named("ada"), 0);
    let hits = (0..100_000).filter(|_| draws.chance_permille(250)).count();
    assert!((24_000..26_000).contains(&hits), "{hits} of 100,000 at 250 permille");
    let hits = (0..100_000).filter(|_| draws.chance_ppm(10_000)).count();
    assert!((850..1_150).contains(&hits), "{hits} of 100,000 at 10,000 ppm");
    let total: u64 = (0..100_000).map(|_| draws.exponential(20_000)).sum();
    assert!((1_960_000_000..2_040_000_000).contains(&total), "mean of {} for 20,000", total / 100_000);
    for _ in 0..1_000 {
        assert!((3..=5).contains(&draws.between(3, 5)));
    }
    assert_eq!(draws.between(u64::MAX, u64::MAX), u64::MAX);
}

#[test]
fn delivery_hits_have_their_rate() {
    let draws = Randomness::new(8).deliveries(DrawPurpose::named("loss")).message(1);
    let hits = (0..100_000).filter(|&user| draws.is_hit_ppm(user, 50_000)).count();
    assert!((4_700..5_300).contains(&hits), "{hits} of 100,000 at 50,000 ppm");
    assert!(!(0..1_000).any(|user| draws.is_hit_ppm(user, 0)));
    assert!((0..1_000).all(|user| draws.is_hit_ppm(user, 1_000_000)));
}
