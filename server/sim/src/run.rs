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

use crate::ask::FrameWriter;
use crate::backend::{CallBatch, CallGate, slot};
use crate::disk::DataDirectory;
use crate::plan::{
    LifeEnd, Mood, PacketCut, PlanShape, PlanStep, PlannedAct, PlannedCall, RECEIVERS, RequestForm, SLOTS,
    ServerPlan, Treatment, VIEWERS, ViewerAct,
};
use crate::receiver::Receivers;
use crate::seen::{Log, SharedLog, Sight};
use crate::viewer::{Bidden, SimulatedViewer, ViewerApp, ViewerMemory};

/// When a run begins. Unit: UNIX seconds.
const BEGIN: u64 = 1_700_000_000;
/// The time between two lives.
const BETWEEN: Duration = Duration::from_secs(2);
/// Behind the last step: callbacks that were not taken are tried again, and silent viewers are given up.
const SETTLE: Duration = Duration::from_secs(90);

/// Messages of a burst, and the length of each: together more than may wait for a link before its logon.
const BURST: usize = 7;
const LONG: usize = 15_000;

const RANDOM: DrawPurpose = DrawPurpose::named("server random");

/// What outlasts a life of the server.
struct ServedWorld {
    disk: SimDisk,
    log: Arc<Mutex<Log>>,
    randomness: Randomness,
    viewers: Vec<ViewerMemory>,
    app: ViewerApp,
    treatments: Arc<Mutex<Vec<Treatment>>>,
    wall: Instant,
}

/// Runs a plan; gives everything that was seen.
///
/// # Panics
/// When the runtime cannot be made.
#[must_use]
pub fn run(plan: &ServerPlan) -> Log {
    let randomness = Randomness::new(plan.seed);
    let mut world = ServedWorld {
        disk: SimDisk::new(plan.seed, SimDiskFaults::default()),
        log: Arc::default(),
        randomness,
        viewers: vec![ViewerMemory::default(); usize::try_from(VIEWERS).unwrap_or(0)],
        app: ViewerApp::default(),
        treatments: Arc::new(Mutex::new(vec![Treatment::Takes; usize::try_from(RECEIVERS).unwrap_or(0)])),
        wall: Instant::from_unix_seconds(BEGIN),
    };
    let restarts = |step: &PlanStep| matches!(step.act, PlannedAct::Restart(_));
    let mut lives: Vec<&[PlanStep]> = plan.steps.split_inclusive(restarts).collect();
    // The last life does nothing but look at what is left.
    lives.push(&[]);
    let last = lives.len() - 1;
    for (number, steps) in lives.into_iter().enumerate() {
        {
            let mut log = world.log.lock().expect("no holder of this lock can panic");
            (log.life, log.ended) = (number, false);
        }
        let planned = steps.last().and_then(|step| match step.act {
            PlannedAct::Restart(ending) => Some(ending),
            PlannedAct::Calls { .. }
            | PlannedAct::Burst { .. }
            | PlannedAct::Viewer(..)
            | PlannedAct::Receiver(..) => None,
        });
        let drawn = [LifeEnd::Stop, LifeEnd::Kill, LifeEnd::PowerFailure]
            [usize::try_from(plan.seed % 3).unwrap_or(0)];
        let ending = planned.unwrap_or(if number == last { LifeEnd::Stop } else { drawn });
        let settles = number + 1 >= last;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime without a poller needs nothing of the machine");
        let (wall, killed) =
            runtime.block_on(live(&mut world, plan.shape, (number, steps), (ending, settles)));
        // With everything that still runs on it: a process that was killed does nothing more, and hears of nothing.
        drop(runtime);
        drop(killed);
        match ending {
            LifeEnd::Stop | LifeEnd::Kill => world.disk.kill(),
            LifeEnd::PowerFailure => world.disk.power_failure(),
        }
        world.wall =
            wall + claque_core::Duration::from_micros(u64::try_from(BETWEEN.as_micros()).unwrap_or(0));
    }
    std::mem::take(&mut *world.log.lock().expect("no holder of this lock can panic"))
}

/// Everybody around one life of the server.
struct Life {
    shared: SharedLog,
    gate: CallGate,
    writer: FrameWriter,
    slots: Vec<mpsc::UnboundedSender<CallBatch>>,
    bidden: Vec<mpsc::UnboundedSender<Bidden>>,
    viewing: Vec<JoinHandle<ViewerMemory>>,
    treatments: Arc<Mutex<Vec<Treatment>>>,
}

async fn live(
    world: &mut ServedWorld,
    shape: PlanShape,
    (number, steps): (usize, &[PlanStep]),
    (ending, settles): (LifeEnd, bool),
) -> (Instant, Option<Running>) {
    let wall = Wall::simulated(world.wall);
    let shared = SharedLog::new(Arc::clone(&world.log), wall);
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
        disk: Some(Arc::new(DataDirectory { disk: world.disk.clone(), dead: Arc::clone(&dead) })),
        dial: Some(Arc::new(receivers)),
    };
    let running = match start_simulated(options(shape), machine).await {
        Ok(running) => running,
        Err(error) => {
            shared.note(Sight::Failed(error.to_string()));
            return (wall.now(), None);
        }
    };
    shared.note(Sight::Began);
    let gate = CallGate {
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

fn options(shape: PlanShape) -> Options {
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
    fn begin(world: &ServedWorld, shape: PlanShape, shared: SharedLog, gate: CallGate) -> Self {
        let mut slots = Vec::new();
        for _ in 0..SLOTS {
            let (sender, batches) = mpsc::unbounded_channel();
            tokio::spawn(slot(gate.clone(), shared.clone(), batches));
            slots.push(sender);
        }
        let writer = FrameWriter::new(shared.clone(), world.app.clone(), shape);
        let treatments = Arc::clone(&world.treatments);
        Self { shared, gate, writer, slots, bidden: Vec::new(), viewing: Vec::new(), treatments }
    }

    /// Looks at what is there; in the first life, makes it first.
    async fn open(&mut self, first: bool) {
        if first {
            let call = self.writer.create_app();
            let made = self.alone(call).await;
            self.writer.knows_app(&made);
            for group in 0..3 {
                let call = self.writer.call(&PlannedCall::CreateGroup(group), "");
                self.alone(call).await;
                let call = self.writer.join_steadily(group);
                self.alone(call).await;
            }
        }
        if !first {
            // What was signed for the server before this one: it must have remembered.
            for back in 0..4 {
                let call = self.writer.call(&PlannedCall::Repeat(back * 2), "");
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
        let mut looks = vec![PlannedCall::DescribeApp, PlannedCall::ListApps, PlannedCall::ReadLimits];
        for group in 0..3 {
            looks.extend([
                PlannedCall::DescribeGroup(group),
                PlannedCall::ListMessages(group),
                PlannedCall::ListUsers(group),
            ]);
        }
        for look in looks {
            let call = self.writer.call(&look, "");
            self.alone(call).await;
        }
    }

    /// Makes one call and waits for its answer.
    async fn alone(&self, call: Option<(usize, Vec<u8>)>) -> Json {
        let Some((number, bytes)) = call else { return Json::Null };
        drop(self.slots[0].send(CallBatch { calls: vec![(number, bytes)], cut: PacketCut::Never }));
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let ended = self.shared.locked().outcome(number);
            if let Some(body) = ended {
                return body;
            }
        }
    }

    fn view(&mut self, world: &ServedWorld) {
        for (number, kept) in world.viewers.iter().enumerate() {
            let (sender, bidden) = mpsc::unbounded_channel();
            let app = self.writer.app.clone();
            let viewer =
                SimulatedViewer::new(number, self.gate.clone(), self.shared.clone(), app, kept.clone());
            self.viewing.push(tokio::spawn(viewer.live(bidden)));
            self.bidden.push(sender);
        }
    }

    fn act(&mut self, step: &PlanStep) {
        match &step.act {
            PlannedAct::Burst { slot, viewer, pause } => {
                self.writer.form = RequestForm::Plain;
                let deed = ViewerAct::Pause(*pause);
                drop(self.bidden[*viewer].send((deed, String::new())));
                let ask = PlannedCall::Send(0, LONG, Mood::Passes);
                let one = |nth| self.writer.call(&ask, &format!("s{}b{nth}", step.number));
                let calls: Vec<_> = (0..BURST).filter_map(one).collect();
                drop(self.slots[*slot].send(CallBatch { calls, cut: PacketCut::Never }));
            }
            PlannedAct::Calls { slot, asks, cut, form } => {
                self.writer.form = *form;
                let mut calls = Vec::new();
                for (index, ask) in asks.iter().enumerate() {
                    calls.extend(self.writer.call(ask, &format!("s{}i{index}", step.number)));
                }
                if !calls.is_empty() {
                    drop(self.slots[*slot].send(CallBatch { calls, cut: *cut }));
                }
            }
            PlannedAct::Viewer(viewer, deed) => {
                let text = crate::ask::text(deed.said(), &format!("v{}", step.number));
                drop(self.bidden[*viewer].send((*deed, text)));
            }
            PlannedAct::Receiver(receiver, treatment) => {
                self.treat(*receiver, *treatment);
            }
            PlannedAct::Restart(_) => {}
        }
    }

    fn treat(&self, receiver: usize, treatment: Treatment) {
        self.shared.note(Sight::Treats(receiver, treatment));
        self.treatments.lock().expect("no holder of this lock can panic")[receiver] = treatment;
    }

    /// Ends the server as it is to end; gives what the viewers keep.
    async fn end(
        self,
        ending: LifeEnd,
        life: usize,
        before: &[ViewerMemory],
    ) -> (Vec<ViewerMemory>, Option<Running>) {
        if ending == LifeEnd::Stop {
            // Who of those that wait learns first of a stop is drawn by the runtime: nothing that depends on it may be under way.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.shared.note(Sight::Ends(ending));
        let running = self.gate.running.lock().expect("no holder of this lock can panic").take();
        let killed = match (ending, running) {
            (LifeEnd::Stop, Some(running)) => {
                if let Err(error) = running.stop().await {
                    self.shared.note(Sight::Failed(format!("life {life} did not end well: {error}")));
                }
                None
            }
            (LifeEnd::Kill | LifeEnd::PowerFailure, running) => {
                self.gate.dead.store(true, Ordering::Relaxed);
                running
            }
            (LifeEnd::Stop, None) => None,
        };
        drop(self.bidden);
        let mut kept: BTreeMap<usize, ViewerMemory> = before.iter().cloned().enumerate().collect();
        for (number, viewing) in self.viewing.into_iter().enumerate() {
            if let Ok(one) = viewing.await {
                kept.insert(number, one);
            }
        }
        (kept.into_values().collect(), killed)
    }
}
