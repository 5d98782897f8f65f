//! madsim (built with `--cfg madsim`). `channels`: a task per delivery sleeps, then sends to the member's channel, whose
//! own task receives. `network`: a node per member, messages go through its simulated network, which draws the latency.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use madsim::net::{Endpoint, NetSim};
use madsim::runtime::{Handle, Runtime};
use madsim::time::{Instant, sleep, sleep_until};
use tokio::sync::mpsc;
use workload::{Arrivals, DRAIN, Member, Sent, Shape, report};

async fn deliver_by_channels(shape: Shape) -> Vec<Member> {
    let start = Instant::now();
    let (mut senders, mut receivers) = (Vec::new(), Vec::new());
    for group in 0..shape.groups {
        let mut boxes = Vec::new();
        for _ in 0..shape.members {
            let (sender, mut receiver) = mpsc::unbounded_channel::<Sent>();
            boxes.push(sender);
            receivers.push(madsim::task::spawn(async move {
                let mut state = Member::default();
                while let Some(sent) = receiver.recv().await {
                    state.take(sent.seq, sent.hash);
                }
                state
            }));
        }
        let arrivals = Arrivals::new(&shape, group);
        senders.push(madsim::task::spawn(async move {
            for (at, sent) in arrivals {
                sleep_until(start + Duration::from_micros(at)).await;
                for (member, sender) in boxes.iter().enumerate() {
                    let (latency, sender) = (Duration::from_micros(sent.latency(member as u32)), sender.clone());
                    madsim::task::spawn(async move {
                        sleep(latency).await;
                        let _ = sender.send(sent);
                    });
                }
            }
        }));
    }
    for sender in senders {
        sender.await.expect("no panic");
    }
    sleep(Duration::from_micros(DRAIN)).await;
    let mut members = Vec::new();
    for receiver in receivers {
        members.push(receiver.await.expect("no panic"));
    }
    members
}

fn address(first: u32, number: u32) -> String {
    format!("{first}.{}.{}.{}", number >> 16, number >> 8 & 255, number & 255)
}

async fn deliver_by_network(shape: Shape) -> Vec<Member> {
    let _network = NetSim::current();
    let handle = Handle::current();
    let members = Arc::new(Mutex::new(vec![Member::default(); shape.audience()]));
    // Nodes need a moment to bind before the first message.
    let bound = Duration::from_millis(500);
    let start = Instant::now() + bound;
    let mut senders = Vec::new();
    for group in 0..shape.groups {
        let mut targets = Vec::new();
        for member in 0..shape.members {
            let membership = group * shape.members + member;
            let ip = address(10, membership + 1);
            targets.push(format!("{ip}:9000").parse::<std::net::SocketAddr>().expect("an address"));
            let node = handle.create_node().name(format!("m{membership}")).ip(ip.parse().expect("an address")).build();
            let members = Arc::clone(&members);
            node.spawn(async move {
                let endpoint = Endpoint::bind("0.0.0.0:9000").await.expect("a free port");
                loop {
                    let (payload, _) = endpoint.recv_from_raw(1).await.expect("an open endpoint");
                    let sent = *payload.downcast::<Sent>().expect("a message");
                    members.lock().expect("not poisoned")[membership as usize].take(sent.seq, sent.hash);
                }
            });
        }
        let ip = address(11, group + 1).parse().expect("an address");
        let node = handle.create_node().name(format!("g{group}")).ip(ip).build();
        let arrivals = Arrivals::new(&shape, group);
        senders.push(node.spawn(async move {
            let endpoint = Endpoint::bind("0.0.0.0:9000").await.expect("a free port");
            for (at, sent) in arrivals {
                sleep_until(start + Duration::from_micros(at)).await;
                for target in &targets {
                    endpoint.send_to_raw(*target, 1, Box::new(sent)).await.expect("an open endpoint");
                }
            }
        }));
    }
    for sender in senders {
        sender.await.expect("no panic");
    }
    sleep(Duration::from_micros(DRAIN)).await;
    let members = members.lock().expect("not poisoned");
    members.clone()
}

fn main() {
    let shape = Shape::from_arguments();
    let mut config = madsim::Config::default();
    config.net.send_latency = Duration::from_millis(20)..Duration::from_millis(200);
    let runtime = Runtime::with_seed_and_config(42, config);
    // Outside the runtime the clock is the machine's.
    let started = std::time::Instant::now();
    let owned = shape.clone();
    let members = if shape.variant == "channels" {
        runtime.block_on(deliver_by_channels(owned))
    } else {
        runtime.block_on(deliver_by_network(owned))
    };
    report("madsim", &shape, started, &members);
}
