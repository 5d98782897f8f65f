//! tokio with paused time, on one thread. `channels`: a task per delivery sleeps, then sends to the member's channel,
//! whose own task receives. `sleeps`: a task per delivery sleeps, then writes the member: its cheapest form. Its timers
//! have a resolution of one millisecond.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, sleep_until};
use workload::{Arrivals, DRAIN, Member, Sent, Shape, report};

async fn deliver_by_channels(shape: &Shape) -> Vec<Member> {
    let start = tokio::time::Instant::now();
    let (mut senders, mut receivers) = (Vec::new(), Vec::new());
    for group in 0..shape.groups {
        let mut boxes = Vec::new();
        for _ in 0..shape.members {
            let (sender, mut receiver) = mpsc::unbounded_channel::<Sent>();
            boxes.push(sender);
            receivers.push(spawn_local(async move {
                let mut state = Member::default();
                while let Some(sent) = receiver.recv().await {
                    state.take(sent.seq, sent.hash);
                }
                state
            }));
        }
        let arrivals = Arrivals::new(shape, group);
        senders.push(spawn_local(async move {
            for (at, sent) in arrivals {
                sleep_until(start + Duration::from_micros(at)).await;
                for (member, sender) in boxes.iter().enumerate() {
                    let (latency, sender) = (Duration::from_micros(sent.latency(member as u32)), sender.clone());
                    spawn_local(async move {
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

async fn deliver_by_sleeps(shape: &Shape) -> Vec<Member> {
    let start = tokio::time::Instant::now();
    let members = Rc::new(RefCell::new(vec![Member::default(); shape.audience()]));
    let mut senders = Vec::new();
    for group in 0..shape.groups {
        let (arrivals, count) = (Arrivals::new(shape, group), shape.members);
        let members = Rc::clone(&members);
        senders.push(spawn_local(async move {
            for (at, sent) in arrivals {
                sleep_until(start + Duration::from_micros(at)).await;
                for member in 0..count {
                    let (latency, members) = (Duration::from_micros(sent.latency(member)), Rc::clone(&members));
                    spawn_local(async move {
                        sleep(latency).await;
                        members.borrow_mut()[(group * count + member) as usize].take(sent.seq, sent.hash);
                    });
                }
            }
        }));
    }
    for sender in senders {
        sender.await.expect("no panic");
    }
    sleep(Duration::from_micros(DRAIN)).await;
    members.borrow().clone()
}

fn main() {
    let shape = Shape::from_arguments();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let started = Instant::now();
    let members = LocalSet::new().block_on(&runtime, async {
        if shape.variant == "channels" { deliver_by_channels(&shape).await } else { deliver_by_sleeps(&shape).await }
    });
    report("tokio", &shape, started, &members);
}
