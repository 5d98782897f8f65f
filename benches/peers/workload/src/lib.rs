//! The reference workload: groups of members, messages at a rate, every delivery after its own latency of 20 to 200 ms.
//!
//! All peers draw the same arrivals and, where their programming model lets them, the same latencies, so that their
//! checksums agree. A member's work per delivery is the same few instructions everywhere.

use std::time::Instant;

/// Shortest latency. Unit: microseconds.
pub const LATENCY_MIN: u64 = 20_000;
/// Width of the latency range. Unit: microseconds.
pub const LATENCY_SPAN: u64 = 180_000;
/// What a run goes on for after its last message, so that everything arrives. Unit: microseconds.
pub const DRAIN: u64 = 300_000;

/// The shape of a run.
#[derive(Clone, Debug)]
pub struct Shape {
    pub variant: String,
    pub groups: u32,
    pub members: u32,
    pub per_second: u64,
    /// Unit: milliseconds.
    pub millis: u64,
}

impl Shape {
    /// Reads `VARIANT GROUPS MEMBERS PER_SECOND MILLIS` from the command line.
    pub fn from_arguments() -> Self {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let [variant, groups, members, per_second, millis] = words.as_slice() else {
            eprintln!("usage: PEER VARIANT GROUPS MEMBERS PER_SECOND MILLIS");
            std::process::exit(2);
        };
        let number = |word: &str| word.parse::<u64>().expect("a whole number");
        Self {
            variant: variant.clone(),
            groups: number(groups) as u32,
            members: number(members) as u32,
            per_second: number(per_second),
            millis: number(millis),
        }
    }

    pub fn audience(&self) -> usize {
        self.groups as usize * self.members as usize
    }

    /// Unit: microseconds.
    pub const fn end(&self) -> u64 {
        self.millis * 1_000
    }
}

/// A 64-bit mixing function of three multiplications.
pub const fn mix(mut x: u64) -> u64 {
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// One message of a group.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub seq: u32,
    pub group: u32,
    pub hash: u64,
}

impl Sent {
    pub const fn new(group: u32, seq: u32) -> Self {
        Self { seq, group, hash: mix((group as u64) << 32 | seq as u64) }
    }

    /// The latency of this message to a member. Unit: microseconds.
    pub const fn latency(&self, member: u32) -> u64 {
        let word = mix(self.hash ^ (member as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)) & 0xffff_ffff;
        LATENCY_MIN + (word * LATENCY_SPAN >> 32)
    }
}

/// The arrivals of one group: gaps uniform between zero and twice the mean.
#[derive(Clone, Debug)]
pub struct Arrivals {
    group: u32,
    seq: u32,
    at: u64,
    end: u64,
    gap: u64,
}

impl Arrivals {
    pub const fn new(shape: &Shape, group: u32) -> Self {
        Self { group, seq: 0, at: 0, end: shape.end(), gap: 2_000_000 / shape.per_second }
    }
}

impl Iterator for Arrivals {
    /// When, in microseconds, and what.
    type Item = (u64, Sent);

    fn next(&mut self) -> Option<(u64, Sent)> {
        self.seq += 1;
        let word = mix(u64::from(self.group) << 40 ^ u64::from(self.seq) << 1 ^ 1) & 0xffff_ffff;
        self.at += 1 + (word * self.gap >> 32);
        (self.at < self.end).then(|| (self.at, Sent::new(self.group, self.seq)))
    }
}

/// What a member keeps: 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub count: u64,
    pub sum: u64,
    pub last: u32,
}

impl Member {
    pub fn take(&mut self, seq: u32, hash: u64) {
        self.last = self.last.max(seq);
        self.count += 1;
        self.sum = self.sum.wrapping_add(hash);
    }
}

/// Prints a run's line: peer, variant, deliveries, nanoseconds per delivery, checksum.
pub fn report(peer: &str, shape: &Shape, started: Instant, members: &[Member]) {
    let nanos = started.elapsed().as_nanos();
    let deliveries: u64 = members.iter().map(|member| member.count).sum();
    let sum = members.iter().fold(0_u64, |sum, member| sum.rotate_left(5) ^ member.sum ^ u64::from(member.last));
    let each = nanos as f64 / deliveries.max(1) as f64;
    println!("{peer} {} {deliveries} {each:.2} {sum:016x}", shape.variant);
}
