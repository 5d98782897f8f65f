//! What a user, a membership, a stored message and a pending delivery take, counted where memory is asked for.
//!
//! Each figure is the growth from one size to twice that size, both just where the lists are full, divided by what was
//! added. The bounds are those of `docs/performance.md`. One test, since it counts what the whole process asks for.

#![expect(unsafe_code, reason = "an allocator is an unsafe trait; this one only counts and passes on")]
#![expect(clippy::print_stdout, reason = "with --nocapture the test tells the figures")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use claque_benches::house::House;
use claque_core::Duration;
use claque_engine::{Queue, Wheel};
use claque_scenario::Scenario;
use claque_scenario::plan::{Oracle, Plan};
use claque_sim::observer::Flow;
use claque_sim::run::{RunOptions, run_with};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
/// Everything that was ever asked for, given back or not.
static ASKED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        ASKED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        HELD.fetch_add(new_size, Ordering::Relaxed);
        ASKED.fetch_add(new_size, Ordering::Relaxed);
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(place, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}

/// Prints a figure and holds it to its bound.
fn bound(what: &str, grown: usize, added: u32, most: usize) {
    let each = grown as f64 / f64::from(added);
    println!("{what}: {each:.1} bytes, bound {most}");
    assert!(each <= most as f64, "{what} takes {each:.1} bytes, more than {most}");
    assert!(each > 1.0, "{what} takes {each:.1} bytes: nothing was measured");
}

/// The service: users who are logged on and in no group, their memberships, and what they said.
fn service() {
    const HALF: u32 = 1 << 15;
    let mut house = House::empty(1, 2 * HALF);
    (0..HALF).for_each(|user| house.log_on(user));
    let before = held();
    (HALF..2 * HALF).for_each(|user| house.log_on(user));
    // The bench's own list of sessions is not the service's.
    bound("an idle user", held() - before - 8 * HALF as usize, HALF, 200);

    (0..HALF).for_each(|user| assert!(house.join(user)));
    let before = held();
    (HALF..2 * HALF).for_each(|user| assert!(house.join(user)));
    bound("a membership", held() - before, HALF, 25);

    const SAID: u32 = 1 << 12;
    let mut say = |count: u32| {
        for user in 0..count {
            house.wait(Duration::from_millis(25));
            assert!(house.send(user, true, false));
        }
    };
    say(SAID);
    let before = held();
    say(SAID);
    bound("a stored message without its body", held() - before, SAID, 186);
}

/// What is left of what ended: of a user who logged off, of members of a group that was deleted, of groups that can still be
/// restored, and of groups that are gone for good, whose IDs stay taken.
fn ended() {
    const MANY: u32 = 1 << 15;
    let mut house = House::empty(1, MANY);
    let before = held();
    (0..MANY).for_each(|user| house.log_on(user));
    let online = held() - 8 * MANY as usize;
    (0..MANY).for_each(|user| assert!(house.join(user)));
    assert!(house.delete(house.home_name(0)));
    house.pass(Duration::from_millis(1));
    // A list of the groups that ended, until the session ends.
    bound("a former member of a deleted group", held() - 8 * MANY as usize - online, MANY, 48);
    (0..MANY).for_each(|user| house.log_off(user));
    let kept = held() - 8 * MANY as usize;
    bound("a user without a session", kept - before, MANY, 200);
    assert!(kept < online + 4_096, "who was in a deleted group leaves {} bytes", kept - online);

    const GROUPS: u32 = 1 << 10;
    const MEMBERS: u32 = 64;
    let mut house = House::empty(GROUPS, MEMBERS);
    (0..GROUPS * MEMBERS).for_each(|user| house.log_on(user));
    let empty = held();
    for user in 0..GROUPS * MEMBERS {
        assert!(house.join(user));
        if user % 8 == 0 {
            house.wait(Duration::from_millis(25));
            assert!(house.send(user, true, false));
        }
    }
    let full = held();
    for group in 0..GROUPS {
        assert!(house.delete(house.home_name(group * MEMBERS)));
    }
    house.pass(Duration::from_millis(1));
    (0..GROUPS * MEMBERS).for_each(|user| house.log_off(user));
    // Its eight messages stay for whoever restores it or lists them; its members' places do not.
    bound("a deleted group with 8 messages", held() - empty, GROUPS, 8 * 230 + 500);
    let (kept, places) = (held(), 24 * (GROUPS * MEMBERS) as usize);
    // Each group has the deadline of its purge instead.
    let deadlines = 40 * GROUPS as usize;
    assert!(
        kept + places <= full + deadlines,
        "of {full} bytes {kept} are left, though {places} were the members' places"
    );
    house.pass(Duration::from_days(31));
    let gone = held();
    // The queue of outputs has grown meanwhile, once for all.
    assert!(
        gone < empty + (32 << 10),
        "groups that are gone take {gone} bytes, {empty} when nobody had ever come"
    );
}

/// Holds what the service says that it takes to what was asked for: a quarter less to a half more, so that a bound of memory
/// means what it says.
fn estimate(what: &str, counted: u64, grown: usize) {
    let share = counted as f64 / grown as f64;
    println!("{what}: {share:.2} of what was asked for are counted");
    assert!((0.75..1.5).contains(&share), "{counted} bytes of {what} are counted, {grown} were asked for");
}

/// What a server's bound of memory counts is about what there is.
fn estimates() {
    const MANY: u32 = 1 << 13;
    let mut house = House::empty(1, MANY);
    let (before, counted) = (held(), house.service.memory());
    (0..MANY).for_each(|user| house.log_on(user));
    let now = house.service.memory();
    estimate("users", now.users - counted.users, held() - before - 8 * MANY as usize);

    let (before, counted) = (held(), house.service.memory());
    (0..MANY).for_each(|user| assert!(house.join(user)));
    let now = house.service.memory();
    estimate("memberships", now.memberships - counted.memberships, held() - before);

    let (before, counted) = (held(), house.service.memory());
    for user in 0..MANY {
        house.wait(Duration::from_millis(25));
        assert!(house.send(user, true, false));
    }
    let now = house.service.memory();
    estimate("messages", now.messages - counted.messages, held() - before);

    let muted: Vec<String> = (0..MANY).map(|user| format!("muted{user}")).collect();
    let (before, counted) = (held(), house.service.memory());
    for (second, users) in muted.chunks(30).enumerate() {
        house.wait(Duration::from_millis(if second % 5 == 0 { 1_000 } else { 1 }));
        assert!(house.mute(users));
    }
    let now = house.service.memory();
    estimate("mutes", now.mutes - counted.mutes, held() - before);

    const GROUPS: u32 = 1 << 10;
    let (before, counted) = (held(), house.service.memory());
    for _ in 0..GROUPS {
        house.wait(Duration::from_millis(20));
        house.create();
    }
    let now = house.service.memory();
    estimate("groups", now.groups - counted.groups, held() - before);
}

/// Mutes, one call after the other, of users who are known and of others, in a group that somebody is in: what each takes,
/// and what one more asks for, which must not grow with those that are muted already.
fn mutes() {
    const HALF: u32 = 1 << 15;
    for (what, stem, most) in [("a mute", "u", 31), ("a mute of an unknown user", "unlisted", 62)] {
        let mut house = House::empty(1, 2 * HALF);
        (0..2 * HALF).for_each(|user| house.log_on(user));
        assert!(house.join(0));
        let users: Vec<String> = (0..2 * HALF).map(|user| format!("{stem}{user}")).collect();
        let (few, more) = users.split_at(HALF as usize);
        few.chunks(30).for_each(|users| assert!(house.mute(users)));
        let before = held();
        more.chunks(30).for_each(|users| assert!(house.mute(users)));
        bound(what, held() - before, HALF, most);
        let asked = ASKED.load(Ordering::Relaxed);
        assert!(house.mute(&["one more".to_owned()]));
        let asked = ASKED.load(Ordering::Relaxed) - asked;
        println!("one more of {}: {asked} bytes asked for", users.len());
        assert!(asked <= 4_096, "one mute more of {} asks for {asked} bytes", users.len());
    }
}

/// The engine: deliveries on their way. The pool they lie in doubles when it is full, so that is the worst moment.
fn engine() {
    for (what, count, most) in
        [("a pending delivery", 1_000_000u32, 9), ("a pending delivery, pool just doubled", 1 << 20, 17)]
    {
        let members: Vec<u32> = (0..count).collect();
        let latencies: Vec<u32> = members.iter().map(|member| 20_000 + member % 180_000).collect();
        let mut queue: Wheel<()> = Wheel::new(0);
        let before = held();
        queue.append_fanout(0, 0, &members, &latencies);
        bound(what, held() - before, count, most);
    }
}

/// Everything that a simulated user takes when all are in place: client, service, and the model when it watches.
fn crowd(oracle: Oracle, most: usize) {
    const HALF: u32 = 1 << 15;
    let at_the_start = |users: u32| {
        let mut scenario = Scenario::builtin("workload-c").expect("a scenario of this name is built in");
        scenario.scale(std::num::NonZeroU32::new(users).expect("there are users"));
        scenario.duration = Duration::from_millis(1);
        let mut plan = Plan::new(scenario, 1);
        plan.oracle = oracle;
        let before = held();
        let mut set = None;
        let mut noted = |_| {
            set.get_or_insert_with(held);
            Flow::GoOn
        };
        let report = run_with(&plan, RunOptions { progress: Some(&mut noted), ..RunOptions::default() });
        assert_eq!(report.users, u64::from(users));
        set.expect("the scene was set") - before
    };
    let what = if oracle == Oracle::Full { "a simulated user, watched" } else { "a simulated user" };
    bound(what, at_the_start(2 * HALF) - at_the_start(HALF), HALF, most);
}

#[test]
fn memory_keeps_within_its_bounds() {
    mutes();
    service();
    ended();
    estimates();
    engine();
    crowd(Oracle::None, 290);
    // Some seventy of them are the model's own table of names, which it keeps so that it need not ask the service for them.
    crowd(Oracle::Full, 520);
}
