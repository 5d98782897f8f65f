//! nexosim. `members`: a model per member, the group's port broadcasts, each member schedules its own delivery (models
//! schedule only on themselves). `group`: a model per group that schedules every delivery on itself, its fastest form.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSource, Output};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use workload::{Arrivals, DRAIN, Member, Sent, Shape, report};

static MEMBERSHIPS: Mutex<Vec<Member>> = Mutex::new(Vec::new());

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Wire {
    seq: u32,
    group: u32,
}

type Upcoming = std::iter::Peekable<Arrivals>;

#[derive(Serialize, Deserialize)]
struct Sender {
    port: Output<Wire>,
    #[serde(skip)]
    upcoming: Option<Upcoming>,
}

#[Model]
impl Sender {
    #[nexosim(init)]
    async fn start(&mut self, cx: &Context<Self>) {
        if let Some((at, _)) = self.upcoming.as_mut().and_then(|it| it.peek()) {
            cx.schedule_event(Duration::from_micros(*at), schedulable!(Self::send), ()).expect("in the future");
        }
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, _: (), cx: &Context<Self>) {
        let upcoming = self.upcoming.as_mut().expect("set before the start");
        let (now, sent) = upcoming.next().expect("it was seen");
        let next = upcoming.peek().map(|(at, _)| at - now);
        self.port.send(Wire { seq: sent.seq, group: sent.group }).await;
        if let Some(gap) = next {
            cx.schedule_event(Duration::from_micros(gap), schedulable!(Self::send), ()).expect("in the future");
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Viewer {
    member: u32,
    membership: u32,
    #[serde(skip)]
    state: Member,
}

#[Model]
impl Viewer {
    pub fn receive(&mut self, wire: Wire, cx: &Context<Self>) {
        let latency = Sent::new(wire.group, wire.seq).latency(self.member);
        cx.schedule_event(Duration::from_micros(latency), schedulable!(Self::take), wire).expect("in the future");
    }

    #[nexosim(schedulable)]
    fn take(&mut self, wire: Wire) {
        self.state.take(wire.seq, Sent::new(wire.group, wire.seq).hash);
    }

    pub fn finish(&mut self) {
        MEMBERSHIPS.lock().expect("not poisoned")[self.membership as usize] = self.state;
    }
}

#[derive(Serialize, Deserialize)]
struct Whole {
    base: u32,
    #[serde(skip)]
    upcoming: Option<Upcoming>,
    #[serde(skip)]
    members: Vec<Member>,
}

#[Model]
impl Whole {
    #[nexosim(init)]
    async fn start(&mut self, cx: &Context<Self>) {
        if let Some((at, _)) = self.upcoming.as_mut().and_then(|it| it.peek()) {
            cx.schedule_event(Duration::from_micros(*at), schedulable!(Self::send), ()).expect("in the future");
        }
    }

    #[nexosim(schedulable)]
    fn send(&mut self, _: (), cx: &Context<Self>) {
        let upcoming = self.upcoming.as_mut().expect("set before the start");
        let (now, sent) = upcoming.next().expect("it was seen");
        for member in 0..self.members.len() as u32 {
            let latency = Duration::from_micros(sent.latency(member));
            cx.schedule_event(latency, schedulable!(Self::take), (member, sent.seq, sent.hash)).expect("in the future");
        }
        if let Some((at, _)) = upcoming.peek() {
            let gap = Duration::from_micros(at - now);
            cx.schedule_event(gap, schedulable!(Self::send), ()).expect("in the future");
        }
    }

    #[nexosim(schedulable)]
    fn take(&mut self, (member, seq, hash): (u32, u32, u64)) {
        self.members[member as usize].take(seq, hash);
    }

    pub fn finish(&mut self) {
        let base = self.base as usize;
        MEMBERSHIPS.lock().expect("not poisoned")[base..base + self.members.len()].copy_from_slice(&self.members);
    }
}

fn main() {
    let shape = Shape::from_arguments();
    *MEMBERSHIPS.lock().expect("not poisoned") = vec![Member::default(); shape.audience()];
    let mut bench = SimInit::with_num_threads(1);
    let mut finish = EventSource::new();
    for group in 0..shape.groups {
        let upcoming = Some(Arrivals::new(&shape, group).peekable());
        let base = group * shape.members;
        if shape.variant == "members" {
            let mut sender = Sender { port: Output::new(), upcoming };
            for member in 0..shape.members {
                let mailbox = Mailbox::with_capacity(2);
                sender.port.connect(Viewer::receive, &mailbox);
                finish = finish.connect(Viewer::finish, &mailbox);
                let viewer = Viewer { member, membership: base + member, state: Member::default() };
                bench = bench.add_model(viewer, mailbox, "viewer");
            }
            bench = bench.add_model(sender, Mailbox::new(), "sender");
        } else {
            let mailbox = Mailbox::new();
            finish = finish.connect(Whole::finish, &mailbox);
            let members = vec![Member::default(); shape.members as usize];
            bench = bench.add_model(Whole { base, upcoming, members }, mailbox, "group");
        }
    }
    let finish = finish.register(&mut bench);
    let mut simulation = bench.init(MonotonicTime::EPOCH).expect("a sound bench");
    let started = Instant::now();
    simulation.step_until(Duration::from_micros(shape.end() + DRAIN)).expect("a sound run");
    let elapsed = started;
    simulation.process_event(&finish, ()).expect("a sound run");
    report("nexosim", &shape, elapsed, &MEMBERSHIPS.lock().expect("not poisoned"));
}
