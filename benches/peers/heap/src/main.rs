//! The baseline: one entry of a binary heap per delivery, ordered by time and insertion.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use workload::{Arrivals, Member, Sent, Shape, report};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Send(u32),
    Deliver { member: u32, message: u32 },
}

fn main() {
    let shape = Shape::from_arguments();
    let mut members = vec![Member::default(); shape.audience()];
    let mut arrivals: Vec<_> = (0..shape.groups).map(|group| Arrivals::new(&shape, group).peekable()).collect();
    let mut messages: Vec<Sent> = Vec::new();
    let mut heap: BinaryHeap<Reverse<(u64, u64, What)>> = BinaryHeap::new();
    let mut order = 0;
    let mut push = |heap: &mut BinaryHeap<_>, at: u64, what: What| {
        order += 1;
        heap.push(Reverse((at, order, what)));
    };
    let started = Instant::now();
    for group in 0..shape.groups {
        if let Some((at, _)) = arrivals[group as usize].peek() {
            push(&mut heap, *at, What::Send(group));
        }
    }
    while let Some(Reverse((at, _, what))) = heap.pop() {
        match what {
            What::Deliver { member, message } => {
                let sent = messages[message as usize];
                members[member as usize].take(sent.seq, sent.hash);
            }
            What::Send(group) => {
                let (_, sent) = arrivals[group as usize].next().expect("it was seen");
                let message = messages.len() as u32;
                messages.push(sent);
                for member in 0..shape.members {
                    let membership = group * shape.members + member;
                    push(&mut heap, at + sent.latency(member), What::Deliver { member: membership, message });
                }
                if let Some((next, _)) = arrivals[group as usize].peek() {
                    push(&mut heap, *next, What::Send(group));
                }
            }
        }
    }
    report("heap", &shape, started, &members);
}
