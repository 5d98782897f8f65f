//! Damaged snapshots whose checksums would be right: they are refused, or give a service that takes any call.

use claque_core::{Config, Duration, HitCounts, Service, Snapshot, Sound};

use crate::world::World;

/// A small linear generator: which byte is changed, and how.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn scene() -> (Vec<u8>, Config) {
    let mut world = World::new();
    let groups = [world.create("g"), world.create("h")];
    for user in ["ada", "bob", "cyd"] {
        let session = world.connect(user);
        for group in groups {
            world.join(session, group);
        }
        if user == "bob" {
            world.leave(session, groups[0]);
        }
    }
    world.take();
    let config = world.service.config().clone();
    (world.service.snapshot_bytes(), config)
}

#[test]
fn a_damaged_snapshot_is_refused_or_can_be_used() {
    let (bytes, config) = scene();
    let (mut draw, mut refused, mut used) = (Draw(7), 0, 0);
    for _ in 0..30_000 {
        let mut changed = bytes.clone();
        for _ in 0..=draw.below(3) {
            let at = draw.below(changed.len());
            changed[at] = match draw.below(3) {
                0 => changed[at] ^ 1 << draw.below(8),
                1 => changed[at].wrapping_add(1),
                _ => draw.below(256) as u8,
            };
        }
        let Ok(snapshot) = Snapshot::from_bytes(&changed) else {
            refused += 1;
            continue;
        };
        let mut service = Service::restore(snapshot, config.clone(), HitCounts::default(), Sound);
        if service.check_invariants().is_err() {
            refused += 1;
            continue;
        }
        used += 1;
        use_all(&mut service);
    }
    assert!(refused > 1_000 && used > 1_000, "{refused} refused, {used} used");
}

/// Everything falls due, every link is lost, every group is looked at.
fn use_all(service: &mut Service<HitCounts, Sound>) {
    let up: Vec<_> = service.links_up().map(|(session, _)| session).collect();
    let now = service.now();
    for session in up {
        service.handle_disconnect(now, session, claque_core::LinkEnd::Lost);
        while service.poll_output().is_some() {}
    }
    for group in service.groups().collect::<Vec<_>>() {
        let app = service.app_of_group(group);
        let _ = (service.group_id(group), service.app_id(app), service.member_count(group));
    }
    service.handle_timeout(now + Duration::from_days(40));
    while service.poll_output().is_some() {}
}
