//! The source of a swarm's choices.

use claque_core::Duration;
use claque_engine::{Actor, DrawPurpose, Randomness, below};

/// The purpose of the draws of choices.
const CHOICE: DrawPurpose = DrawPurpose::named("swarm.choice");
/// The purpose of the draws of quantities.
// Apart from the choices: an amount of the same name must not follow from the choice that was drawn.
const AMOUNT: DrawPurpose = DrawPurpose::named("swarm.amount");
/// One thing that a seed decides about a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Its name, such as `fault:outage@45s` or `reading:shaper.window`.
    pub name: String,
    /// The choices; the first leaves the scenario as it is.
    pub choices: Vec<String>,
    /// Which of them was.
    pub drawn: usize,
}

impl Dimension {
    /// The word of the choice.
    #[must_use]
    pub fn choice(&self) -> &str {
        self.choices.get(self.drawn).map_or("", String::as_str)
    }
}

/// How much of a class is off: half of all seeds have nearly everything.
const OFF: [(&str, u32, u32); 4] = [("0", 4, 0), ("100", 3, 100), ("350", 2, 350), ("800", 1, 800)];

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
        // Always at position 0 of a stream that the name alone selects. A choice that is added, or not asked for in a
        // run, moves no other.
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
        // Kept even where the scenario stays as it was: a campaign compares failing runs with those that drew
        // otherwise.
        self.drawn.push(Dimension { name: name.to_owned(), choices: words, drawn: number });
        number
    }

    /// Draws one of some weighted choices; gives the value that stands beside its word.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, name: &str, rows: [(&str, u32, T); N]) -> T {
        let number = self.choose(name, &rows.map(|(word, weight, _)| (word, weight)));
        rows.get(number).map(|(.., value)| *value).expect("the number drawn is that of a row")
    }

    /// Draws how much of a class is off in this run. Unit: permille.
    pub(super) fn share_off(&mut self, class: &str) -> u32 {
        self.pick(&format!("off:{class}"), OFF)
    }

    /// Whether a part of the scenario stays on.
    pub(super) fn stays(&mut self, name: &str, off: u32) -> bool {
        // Never quite certain: a choice that cannot be drawn would be a hole.
        let off = off.clamp(20, 980);
        self.choose(name, &[("on", 1_000 - off), ("off", off)]) == 0
    }

    /// A number below a bound that belongs to a name and a position.
    pub(super) fn below(&self, name: &str, position: u32, bound: u64) -> u64 {
        below(self.randomness.draw(AMOUNT, Actor::named(name), position), bound)
    }

    /// One of some values, all equally likely, that belongs to a name and a position.
    pub(super) fn one_of<T: Copy, const N: usize>(&self, name: &str, position: u32, values: [T; N]) -> T {
        let drawn = self.below(name, position, u64::try_from(N).unwrap_or(u64::MAX));
        let value = usize::try_from(drawn).ok().and_then(|drawn| values.get(drawn));
        *value.expect("a number below the length was drawn")
    }

    /// A span from `least` to `most`, in whole milliseconds.
    pub(super) fn span(&self, name: &str, position: u32, least: Duration, most: Duration) -> Duration {
        let (least, most) = (least.as_millis(), most.as_millis());
        // Milliseconds, so that the time of a drawn fault is one that a person can write into a file, and can read.
        Duration::from_millis(least + self.below(name, position, most.saturating_sub(least) + 1))
    }
}
