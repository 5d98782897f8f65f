//! turmoil: a host with a UDP socket per member, a client per group sends to each. The latency is turmoil's own draw
//! between 20 and 200 ms, its clock ticks in milliseconds.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use turmoil::net::UdpSocket;
use workload::{Arrivals, Member, Sent, Shape, report};

fn main() {
    let shape = Shape::from_arguments();
    let mut builder = turmoil::Builder::new();
    builder
        .min_message_latency(Duration::from_millis(20))
        .max_message_latency(Duration::from_millis(200))
        .simulation_duration(Duration::from_millis(shape.millis + 2_000))
        .udp_capacity(4_096)
        .rng_seed(42);
    let mut simulation = builder.build();
    let members = Rc::new(RefCell::new(vec![Member::default(); shape.audience()]));
    for group in 0..shape.groups {
        for member in 0..shape.members {
            let members = Rc::clone(&members);
            let membership = (group * shape.members + member) as usize;
            simulation.host(format!("m{membership}"), move || {
                let members = Rc::clone(&members);
                async move {
                    let socket = UdpSocket::bind(("0.0.0.0", 9000)).await?;
                    let mut bytes = [0; 8];
                    loop {
                        socket.recv_from(&mut bytes).await?;
                        let word = u64::from_le_bytes(bytes);
                        let sent = Sent::new((word >> 32) as u32, word as u32);
                        members.borrow_mut()[membership].take(sent.seq, sent.hash);
                    }
                }
            });
        }
        let (arrivals, count) = (Arrivals::new(&shape, group), shape.members);
        simulation.client(format!("g{group}"), async move {
            let socket = UdpSocket::bind(("0.0.0.0", 9000)).await?;
            let targets: Vec<_> =
                (0..count).map(|member| (turmoil::lookup(format!("m{}", group * count + member)), 9000)).collect();
            let start = tokio::time::Instant::now();
            for (at, sent) in arrivals {
                tokio::time::sleep_until(start + Duration::from_micros(at)).await;
                let bytes = (u64::from(sent.group) << 32 | u64::from(sent.seq)).to_le_bytes();
                for target in &targets {
                    socket.send_to(&bytes, *target).await?;
                }
            }
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok(())
        });
    }
    let started = Instant::now();
    simulation.run().expect("a sound run");
    report("turmoil", &shape, started, &members.borrow());
}
