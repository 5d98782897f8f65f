//! A run: the server's own code on a runtime whose time is virtual, one life after the other, and everybody around it.
//!
//! A life is a runtime. When the server is killed, the runtime goes with everything on it: what the next life finds is what the
//! simulated disk kept, what viewers remember, and the wall's clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_core::{Config, Instant, Limits};
use claque_engine::{Actor, DrawPurpose, Draws, Randomness};
use claque_server::clock::Wall;
use claque_server::machine::{Machine, RandomBytes, Workers};
use claque_server::{Options, Running, start_simulated};
use claque_sim::disk::{SimDisk, SimDiskFaults};
use serde_json::Value as Json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::ask::Writer;
use crate::backend::{Batch, Gate, slot};
use crate::disk::DataDirectory;
use crate::plan::{Act, Ask, Cut, Ending, Plan, RECEIVERS, SLOTS, Shape, Step, Treatment, VIEWERS};
use crate::receiver::Receivers;
use crate::seen::{Log, Shared, What};
use crate::viewer::{AppKnown, Kept, Told, Viewer};

/// When a run begins. Unit: UNIX seconds.
const BEGIN: u64 = 1_700_000_000;
/// The time between two lives.
const BETWEEN: Duration = Duration::from_secs(2);
/// Behind the last step: callbacks that were not taken are tried again, and silent viewers are given up.
const SETTLE: Duration = Duration::from_secs(90);

const RANDOM: DrawPurpose = DrawPurpose::named("server random");

/// What outlasts a life of the server.
struct World {
    disk: SimDisk,
    log: Arc<Mutex<Log>>,
    randomness: Randomness,
    viewers: Vec<Kept>,
    app: AppKnown,
    treatments: Arc<Mutex<Vec<Treatment>>>,
    wall: Instant,
}

/// Runs a plan; gives everything that was seen.
#[must_use]
pub fn run(plan: &Plan) -> Log {
    let randomness = Randomness::new(plan.seed);
    let mut world = World {
        disk: SimDisk::new(plan.seed, SimDiskFaults::default()),
        log: Arc::default(),
        randomness,
        viewers: vec![Kept::default(); usize::try_from(VIEWERS).unwrap_or(0)],
        app: AppKnown::default(),
        treatments: Arc::new(Mutex::new(vec![Treatment::Takes; usize::try_from(RECEIVERS).unwrap_or(0)])),
        wall: Instant::from_unix_seconds(BEGIN),
    };
    let restarts = |step: &Step| matches!(step.act, Act::Restart(_));
    let mut lives: Vec<&[Step]> = plan.steps.split_inclusive(restarts).collect();
    // The last life does nothing but look at what is left.
    lives.push(&[]);
    let last = lives.len() - 1;
    for (number, steps) in lives.into_iter().enumerate() {
        {
            let mut log = world.log.lock().expect("no holder of this lock can panic");
            (log.life, log.ended) = (number, false);
        }
        let ending = match steps.last().map(|step| &step.act) {
            Some(Act::Restart(ending)) => *ending,
            Some(Act::Calls { .. } | Act::Viewer(..) | Act::Receiver(..)) | None if number == last => {
                Ending::Stop
            }
            Some(Act::Calls { .. } | Act::Viewer(..) | Act::Receiver(..)) | None => {
                [Ending::Stop, Ending::Kill, Ending::PowerFailure]
                    [usize::try_from(plan.seed % 3).unwrap_or(0)]
            }
        };
        let settles = number + 1 >= last;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime without a poller needs nothing of the machine");
        let (wall, killed) =
            runtime.block_on(live(&mut world, plan.shape, (number, steps), (ending, settles)));
        // With everything that still runs on it: a process that was killed does nothing more, and is told nothing.
        drop(runtime);
        drop(killed);
        match ending {
            Ending::Stop | Ending::Kill => world.disk.kill(),
            Ending::PowerFailure => world.disk.power_failure(),
        }
        world.wall =
            wall + claque_core::Duration::from_micros(u64::try_from(BETWEEN.as_micros()).unwrap_or(0));
    }
    std::mem::take(&mut *world.log.lock().expect("no holder of this lock can panic"))
}

/// Everybody around one life of the server.
struct Life {
    shared: Shared,
    gate: Gate,
    writer: Writer,
    slots: Vec<mpsc::UnboundedSender<Batch>>,
    told: Vec<mpsc::UnboundedSender<Told>>,
    viewing: Vec<JoinHandle<Kept>>,
    treatments: Arc<Mutex<Vec<Treatment>>>,
}

async fn live(
    world: &mut World,
    shape: Shape,
    (number, steps): (usize, &[Step]),
    (ending, settles): (Ending, bool),
) -> (Instant, Option<Running>) {
    let wall = Wall::simulated(world.wall);
    let shared = Shared::new(Arc::clone(&world.log), wall);
    let dead = Arc::new(AtomicBool::new(false));
    let life = u32::try_from(number).unwrap_or(u32::MAX);
    let draws = world.randomness.draws(RANDOM, Actor::named("machine"), life);
    let receivers = Receivers {
        shared: shared.clone(),
        treatments: Arc::clone(&world.treatments),
        shape,
        randomness: Randomness::new(world.randomness.seed() ^ u64::from(life)),
        dead: Arc::clone(&dead),
        dialled: Mutex::new(0),
    };
    let machine = Machine {
        wall,
        workers: Workers::Tasks(Duration::from_millis(3)),
        random: random_bytes(draws),
        disk: Some(Arc::new(DataDirectory(world.disk.clone()))),
        dial: Some(Arc::new(receivers)),
    };
    let running = match start_simulated(options(shape), machine).await {
        Ok(running) => running,
        Err(error) => {
            shared.note(What::Failed(error.to_string()));
            return (wall.now(), None);
        }
    };
    shared.note(What::Began);
    let gate = Gate {
        running: Arc::new(Mutex::new(Some(running))),
        shape,
        draws: Arc::new(Mutex::new(world.randomness.draws(RANDOM, Actor::named("links"), life))),
        dead,
    };
    let mut life = Life::begin(world, shape, shared, gate);
    life.open(number == 0).await;
    world.app = life.writer.app.clone();
    life.view(world);
    for step in steps {
        tokio::time::sleep(Duration::from_millis(step.wait)).await;
        life.act(step);
    }
    if settles {
        for receiver in 0..usize::try_from(RECEIVERS).unwrap_or(0) {
            life.treat(receiver, Treatment::Takes);
        }
        tokio::time::sleep(SETTLE).await;
    }
    let (viewers, killed) = life.end(ending, number, &world.viewers).await;
    world.viewers = viewers;
    (wall.now(), killed)
}

fn options(shape: Shape) -> Options {
    let limits = Limits { public_urls_only: false, ..Limits::default() };
    Options {
        data: Some("simulated".into()),
        compact_bytes: shape.compact_bytes,
        config: Config { limits, key: [7; 32], ..Config::default() },
        ..Options::default()
    }
}

fn random_bytes(draws: Draws) -> RandomBytes {
    let draws = Mutex::new(draws);
    RandomBytes::given(move |bytes| {
        let mut draws = draws.lock().expect("no holder of this lock can panic");
        for byte in bytes {
            *byte = u8::try_from(draws.below(256)).unwrap_or(0);
        }
        Ok(())
    })
}

impl Life {
    fn begin(world: &World, shape: Shape, shared: Shared, gate: Gate) -> Self {
        let mut slots = Vec::new();
        for _ in 0..SLOTS {
            let (sender, batches) = mpsc::unbounded_channel();
            tokio::spawn(slot(gate.clone(), shared.clone(), batches));
            slots.push(sender);
        }
        let writer = Writer::new(shared.clone(), world.app.clone(), shape);
        let treatments = Arc::clone(&world.treatments);
        Self { shared, gate, writer, slots, told: Vec::new(), viewing: Vec::new(), treatments }
    }

    /// Looks at what is there; in the first life, makes it first.
    async fn open(&mut self, first: bool) {
        if first {
            let call = self.writer.create_app();
            let made = self.alone(call).await;
            self.writer.knows_app(&made);
            for group in 0..3 {
                let call = self.writer.call(&Ask::CreateGroup(group), "");
                self.alone(call).await;
                let call = self.writer.join_steadily(group);
                self.alone(call).await;
            }
        }
        if !first {
            // What was signed for the server before this one: it must have remembered.
            for back in 0..4 {
                let call = self.writer.call(&Ask::Repeat(back * 2), "");
                self.alone(call).await;
            }
        }
        let call = self.writer.create_world();
        let made = self.alone(call).await;
        if self.writer.knows_world(&made) {
            let call = self.writer.create_app_elsewhere();
            let made = self.alone(call).await;
            self.writer.knows_app_elsewhere(&made);
            let call = self.writer.create_group_elsewhere();
            self.alone(call).await;
        }
        let mut looks = vec![Ask::DescribeApp, Ask::ListApps, Ask::ReadLimits];
        for group in 0..3 {
            looks.extend([Ask::DescribeGroup(group), Ask::ListMessages(group), Ask::ListUsers(group)]);
        }
        for look in looks {
            let call = self.writer.call(&look, "");
            self.alone(call).await;
        }
    }

    /// Makes one call and waits for its answer.
    async fn alone(&self, call: Option<(usize, Vec<u8>)>) -> Json {
        let Some((number, bytes)) = call else { return Json::Null };
        drop(self.slots[0].send(Batch { calls: vec![(number, bytes)], cut: Cut::Never }));
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let ended = self.shared.locked().outcome(number);
            if let Some(body) = ended {
                return body;
            }
        }
    }

    fn view(&mut self, world: &World) {
        for (number, kept) in world.viewers.iter().enumerate() {
            let (sender, told) = mpsc::unbounded_channel();
            let app = self.writer.app.clone();
            let viewer = Viewer::new(number, self.gate.clone(), self.shared.clone(), app, kept.clone());
            self.viewing.push(tokio::spawn(viewer.live(told)));
            self.told.push(sender);
        }
    }

    fn act(&mut self, step: &Step) {
        match &step.act {
            Act::Calls { slot, asks, cut, chunks } => {
                self.writer.chunks = *chunks;
                let mut calls = Vec::new();
                for (index, ask) in asks.iter().enumerate() {
                    calls.extend(self.writer.call(ask, &format!("s{}i{index}", step.number)));
                }
                if !calls.is_empty() {
                    drop(self.slots[*slot].send(Batch { calls, cut: *cut }));
                }
            }
            Act::Viewer(viewer, deed) => {
                let text = crate::ask::text(deed.said(), &format!("v{}", step.number));
                drop(self.told[*viewer].send((*deed, text)));
            }
            Act::Receiver(receiver, treatment) => {
                self.treat(*receiver, *treatment);
            }
            Act::Restart(_) => {}
        }
    }

    fn treat(&self, receiver: usize, treatment: Treatment) {
        self.shared.note(What::Treats(receiver, treatment));
        self.treatments.lock().expect("no holder of this lock can panic")[receiver] = treatment;
    }

    /// Ends the server as it is to end; gives what the viewers keep.
    async fn end(self, ending: Ending, life: usize, before: &[Kept]) -> (Vec<Kept>, Option<Running>) {
        if ending == Ending::Stop {
            // Who of those that wait is told first of a stop is drawn by the runtime: nothing that depends on it may be under way.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.shared.note(What::Ends(ending));
        let running = self.gate.running.lock().expect("no holder of this lock can panic").take();
        let killed = match (ending, running) {
            (Ending::Stop, Some(running)) => {
                if let Err(error) = running.stop().await {
                    self.shared.note(What::Failed(format!("life {life} did not end well: {error}")));
                }
                None
            }
            (Ending::Kill | Ending::PowerFailure, running) => {
                self.gate.dead.store(true, Ordering::Relaxed);
                running
            }
            (Ending::Stop, None) => None,
        };
        drop(self.told);
        let mut kept: BTreeMap<usize, Kept> = before.iter().cloned().enumerate().collect();
        for (number, viewing) in self.viewing.into_iter().enumerate() {
            if let Ok(one) = viewing.await {
                kept.insert(number, one);
            }
        }
        (kept.into_values().collect(), killed)
    }
}
