//! The record of a campaign: everything that decides its units.

use std::ops::Range;

use claque_core::Rule;
use claque_engine::mix;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::amount::counted;

/// The version of the files' format.
pub const SCHEMA: u32 = 1;
/// The most seeds of a unit.
pub const UNIT_SEEDS_MAX: u64 = 1_000_000;

/// Everything that decides the units of a campaign and their results. It is the first file of a campaign's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignRecord {
    /// The version of the format: [`SCHEMA`].
    pub schema: u32,
    /// The identity line of the first run: version, scenario, users, readings, recorded chat, swarm.
    pub run: String,
    /// The fingerprint of the sources that decide a run.
    pub source: String,
    /// The first seed.
    pub first_seed: u64,
    /// The seed after the last one.
    pub end_seed: u64,
    /// Seeds of a unit; the last unit may have fewer.
    pub unit_seeds: u64,
    /// How many seeds of a thousand are run on the reference queue, too.
    pub twice: u16,
    /// How many units of a thousand are to be run by two machines.
    pub double: u16,
    /// The rules, in the order of the bits of a seed's coverage.
    pub rules: Vec<String>,
}

/// A part of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignUnit {
    /// Its number, counted from 0.
    pub number: u64,
    /// Its seeds.
    pub seeds: Range<u64>,
}

impl CampaignRecord {
    /// The rules of this version, as a record names them.
    #[must_use]
    pub fn rules_of_this_version() -> Vec<String> {
        Rule::ALL.iter().map(|rule| rule.id().to_owned()).collect()
    }

    /// The text of its file: one line of JSON.
    ///
    /// # Panics
    ///
    /// Never: numbers and texts can be written.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string(self).expect("numbers and texts can be written");
        text.push('\n');
        text
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// That it is no record, is one of another format, or says what cannot be.
    pub fn read(text: &str) -> Result<Self, String> {
        let record: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Self { schema, first_seed, end_seed, unit_seeds, .. } = &record;
        if *schema != SCHEMA {
            return Err(format!("its format is {schema}, and this version reads {SCHEMA}"));
        }
        if first_seed >= end_seed {
            return Err(format!(
                "its seeds are {first_seed}..{end_seed}, and the first must be below the last"
            ));
        }
        if !(1..=UNIT_SEEDS_MAX).contains(unit_seeds) {
            return Err(format!(
                "its units have {}, and 1 to {UNIT_SEEDS_MAX} are allowed",
                counted(*unit_seeds, "seed")
            ));
        }
        Ok(record)
    }

    /// The name of the campaign in its results: a hash of the record, 16 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        format!("{:016x}", xxh3_64(self.to_text().as_bytes()))
    }

    /// The identity line of the run of a seed.
    #[must_use]
    pub fn run_of(&self, seed: u64) -> String {
        // The line is as an identity prints it, so that its seed stands once and in this form.
        self.run.replacen(&format!(" --seed {} ", self.first_seed), &format!(" --seed {seed} "), 1)
    }

    /// Its seeds.
    #[must_use]
    pub const fn seeds(&self) -> Range<u64> {
        self.first_seed..self.end_seed
    }

    /// How many units it has.
    #[must_use]
    pub const fn units(&self) -> u64 {
        (self.end_seed - self.first_seed).div_ceil(self.unit_seeds)
    }

    /// A unit, where there is one of this number.
    #[must_use]
    pub fn unit(&self, number: u64) -> Option<CampaignUnit> {
        let first = self.first_seed + number.checked_mul(self.unit_seeds)?;
        let end = first.saturating_add(self.unit_seeds).min(self.end_seed);
        (number < self.units()).then_some(CampaignUnit { number, seeds: first..end })
    }

    /// Says of a unit whether two machines are to run it. A function of the campaign and the unit, so that everybody agrees
    /// on which they are.
    pub fn doubles(&self) -> impl Fn(u64) -> bool {
        let (campaign, double) = (xxh3_64(self.to_text().as_bytes()), u64::from(self.double));
        move |unit| mix(campaign ^ mix(unit)) % 1_000 < double
    }

    /// In what another record differs, in one sentence: nothing where it is the same campaign.
    #[must_use]
    pub fn difference(&self, asked: &Self) -> Option<String> {
        let sentence = |what: &str, there: &dyn std::fmt::Display, asked: &dyn std::fmt::Display| {
            Some(format!("{what}: it has {there}, and {asked} is asked for"))
        };
        let seeds = |record: &Self| format!("{}..{}", record.first_seed, record.end_seed);
        if self.run != asked.run {
            return sentence("the run", &format!("`{}`", self.run), &format!("`{}`", asked.run));
        }
        if self.source != asked.source {
            // Other sources may give other runs under the same line: their results would not be those of one campaign.
            return sentence("the sources of the program", &self.source, &asked.source);
        }
        if seeds(self) != seeds(asked) {
            return sentence("the seeds", &seeds(self), &seeds(asked));
        }
        for (what, there, asked) in [
            ("the seeds of a unit", self.unit_seeds, asked.unit_seeds),
            ("--twice", self.twice.into(), asked.twice.into()),
            ("--double", self.double.into(), asked.double.into()),
        ] {
            if there != asked {
                return sentence(what, &there, &asked);
            }
        }
        (self != asked).then(|| "the list of rules: another version made it".to_owned())
    }
}
