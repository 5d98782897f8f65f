//! Where choices are drawn from.

use claque_core::Duration;
use claque_engine::{Actor, DrawPurpose, Randomness, below};

use super::Dimension;

/// What the choices of a swarm are drawn for.
const CHOICE: DrawPurpose = DrawPurpose::named("swarm.choice");
/// What the quantities of a swarm are drawn for.
const AMOUNT: DrawPurpose = DrawPurpose::named("swarm.amount");
/// How much of a class is off: half of all seeds have nearly everything.
const OFF: [(&str, u32); 4] = [("0", 4), ("100", 3), ("350", 2), ("800", 1)];

/// Draws choices, and keeps them.
pub(super) struct WeightedChoices {
    randomness: Randomness,
    drawn: Vec<Dimension>,
}

impl WeightedChoices {
    pub(super) fn new(seed: u64) -> Self {
        Self { randomness: Randomness::new(seed), drawn: Vec::new() }
    }

    pub(super) fn into_drawn(self) -> Vec<Dimension> {
        self.drawn
    }

    /// Draws one of some weighted choices; gives its number.
    pub(super) fn choose(&mut self, name: &str, choices: &[(&str, u32)]) -> usize {
        let all: u64 = choices.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut ball = below(self.randomness.draw(CHOICE, Actor::named(name), 0), all);
        let mut number = 0;
        for (index, (_, weight)) in choices.iter().enumerate() {
            if ball < u64::from(*weight) {
                number = index;
                break;
            }
            ball -= u64::from(*weight);
        }
        let words = choices.iter().map(|(word, _)| (*word).to_owned()).collect();
        self.drawn.push(Dimension { name: name.to_owned(), choices: words, drawn: number });
        number
    }

    /// Draws how much of a class is off in this run. Unit: permille.
    pub(super) fn share_off(&mut self, class: &str) -> u32 {
        let number = self.choose(&format!("off:{class}"), &OFF);
        OFF.get(number).and_then(|(word, _)| word.parse().ok()).unwrap_or(0)
    }

    /// Whether something that the scenario has stays on.
    pub(super) fn stays(&mut self, name: &str, off: u32) -> bool {
        // Never quite certain: a choice that cannot be drawn would be a hole.
        let off = off.clamp(20, 980);
        self.choose(name, &[("on", 1_000 - off), ("off", off)]) == 0
    }

    /// A number below a bound that belongs to a name and a position.
    pub(super) fn below(&self, name: &str, position: u32, bound: u64) -> u64 {
        below(self.randomness.draw(AMOUNT, Actor::named(name), position), bound)
    }

    /// A span from `least` to `most`, in whole milliseconds.
    pub(super) fn span(&self, name: &str, position: u32, least: Duration, most: Duration) -> Duration {
        let (least, most) = (least.as_millis(), most.as_millis());
        Duration::from_millis(least + self.below(name, position, most.saturating_sub(least) + 1))
    }
}
