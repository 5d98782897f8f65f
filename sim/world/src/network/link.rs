//! A link: latency, and the chances of loss, doubling and delay; and the link that faults make of a calm one.

use claque_core::Duration;
use claque_document::units::{Between, Ppm};
use claque_scenario::{Direction, FaultKind, Latency, LatencyShape};

/// A span of time as deliveries count it. Unit: microseconds, at most an hour.
pub(crate) fn micros(span: Duration) -> u32 {
    // Thirty-two bits hold 71 minutes: an hour leaves room for what faults add.
    const HOUR: u32 = 3_600_000_000;
    u32::try_from(span.as_micros()).unwrap_or(HOUR).min(HOUR)
}

/// The words below which a uniform 32-bit word falls into a chance.
fn threshold(chance: Ppm) -> u32 {
    // Certainty would be 2^32, a bit too many: the largest word stands for it, and `send_fated` knows.
    u32::try_from((u64::from(chance.as_u32()) << 32) / 1_000_000).unwrap_or(u32::MAX)
}

/// A link: latency, and the chances of loss, doubling and delay. Times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UserLink {
    pub(super) floor: u32,
    pub(super) span: u32,
    pub(super) tailed: bool,
    /// Of 2^32 words of fate, so many mean: lost, twice, held back.
    pub(super) lost: u32,
    pub(super) twice: u32,
    pub(super) held: u32,
    pub(super) hold_floor: u32,
    pub(super) hold_span: u32,
}

impl UserLink {
    pub(super) fn of(latency: Latency, lost: Ppm, twice: Ppm) -> Self {
        let floor = micros(latency.range.least());
        Self {
            floor,
            // Both ends of a range can be drawn.
            span: micros(latency.range.most()) - floor + 1,
            tailed: latency.shape == LatencyShape::Tailed,
            lost: threshold(lost),
            twice: threshold(twice),
            held: 0,
            hold_floor: 0,
            hold_span: 0,
        }
    }

    /// The words of fate below which anything happens to a delivery.
    pub(super) const fn fateful(&self) -> u32 {
        self.lost.saturating_add(self.twice).saturating_add(self.held)
    }

    fn slower(self, add: Between<Duration>) -> Self {
        let floor = micros(add.least());
        Self {
            floor: self.floor.saturating_add(floor),
            span: self.span.saturating_add(micros(add.most()) - floor),
            ..self
        }
    }

    /// The link under one fault more.
    pub(super) fn under(self, fault: &Active, now: u64) -> Self {
        match fault.kind {
            FaultKind::Latency { add } | FaultKind::FanOutDelay { add } => self.slower(add),
            FaultKind::BrownOut { add, loss } => {
                Self { lost: self.lost.saturating_add(threshold(loss)), ..self.slower(add) }
            }
            FaultKind::Loss { chance } => Self { lost: self.lost.saturating_add(threshold(chance)), ..self },
            FaultKind::Duplicate { chance } => {
                Self { twice: self.twice.saturating_add(threshold(chance)), ..self }
            }
            FaultKind::Reorder { chance, by } => Self {
                held: self.held.saturating_add(threshold(chance)),
                hold_floor: micros(by.least()),
                hold_span: micros(by.most()) - micros(by.least()) + 1,
                ..self
            },
            // What a clog holds back comes through when it ends. Only the floor moves: the jitter is the one that the
            // delivery would have had, so that a run without the fault differs by the fault alone.
            FaultKind::Clog { direction: Direction::Both | Direction::Down } => {
                let rest = u32::try_from(fault.ends.saturating_sub(now)).unwrap_or(u32::MAX);
                Self { floor: self.floor.saturating_add(rest), ..self }
            }
            FaultKind::Partition { direction: Direction::Both | Direction::Down } => {
                Self { lost: u32::MAX, ..self }
            }
            // Listed one by one: the compiler asks of a fault that is new whether links know it.
            FaultKind::CallbackFailing { .. }
            | FaultKind::CallbackFlapping { .. }
            | FaultKind::CallbackSlow { .. }
            | FaultKind::ClockDrift { .. }
            | FaultKind::ClockOffset { .. }
            | FaultKind::ClockStep { .. }
            | FaultKind::ClockWander { .. }
            | FaultKind::Clog { direction: Direction::Up }
            | FaultKind::Crash { .. }
            | FaultKind::Disconnect { .. }
            | FaultKind::Kill
            | FaultKind::LostReply { .. }
            | FaultKind::ModerationFailing { .. }
            | FaultKind::ModerationRefusing { .. }
            | FaultKind::ModerationSlow { .. }
            | FaultKind::Outage
            | FaultKind::Partition { direction: Direction::Up }
            | FaultKind::Pause
            | FaultKind::SlowReader { .. } => self,
        }
    }

    #[expect(clippy::as_conversions, reason = "high halves of 64-bit products")]
    pub(super) const fn latency(&self, word: u32) -> u32 {
        let word = if self.tailed {
            // The cube of a uniform draw, in integers: most deliveries lie near the floor, and few far from it. A float
            // would not give the same run on every machine.
            let wide = word as u64;
            (((wide * wide) >> 32) * wide) >> 32
        } else {
            word as u64
        };
        self.floor.saturating_add(((word * self.span as u64) >> 32) as u32)
    }
}

/// A fault that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Active {
    /// Its place in the scenario.
    pub(crate) number: u16,
    pub(crate) kind: FaultKind,
    pub(crate) began: u64,
    pub(crate) ends: u64,
}

/// Who receives: the population and the faults that hit, which together make the link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkClass {
    pub(crate) population: u16,
    /// Bit i: the fault behind bit i is on and hits.
    pub(crate) faults: u32,
}
