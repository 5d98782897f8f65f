//! The result of a unit: a file of lines, a seed each, between a head and a trailer.

use std::fmt;

use claque_core::{HitCounts, Rule};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::record::{CampaignRecord, CampaignUnit, SCHEMA};

/// The first line of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResultHead {
    schema: u32,
    campaign: String,
    unit: u64,
    first_seed: u64,
    end_seed: u64,
    run: String,
}

/// The result of one seed: a function of the campaign and the seed alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedLine {
    /// The seed.
    pub seed: u64,
    /// The rolling hash of its run, 16 hexadecimal digits; of zeros when it panicked.
    pub hash: String,
    /// Virtual users.
    pub users: u64,
    /// Deliveries and control events.
    pub events: u64,
    /// What broke: a rule's id, `invariant`, `panic`, or `queues-differ` when only the reference queue gave another run.
    pub class: Option<String>,
    /// The rules that decided something: a bit each in the order of the campaign's rules, in hexadecimal digits, the
    /// first rule in the lowest bit of the first digit.
    pub coverage: String,
}

impl SeedLine {
    /// The rules that decided something, as places in the campaign's list, in rising order.
    pub fn reached(&self) -> impl Iterator<Item = usize> {
        covered(&self.coverage)
    }
}

/// The class of a seed that gave another run on the reference queue.
pub(super) const QUEUES_DIFFER: &str = "queues-differ";

/// What built a program: two of these must give the same digests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildId {
    /// The target, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// The profile with what of it matters, such as `release opt-level=3`.
    pub profile: String,
    /// The compiler with its version.
    pub compiler: String,
}

impl fmt::Display for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.target, self.profile, self.compiler)
    }
}

/// What became of a unit's canary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryResult {
    /// The mutant that was run.
    pub mutant: String,
    /// Under this seed of the swarm.
    pub seed: u64,
    /// Whether the run failed under the mutant's rule.
    pub found: bool,
}

/// The last line of a result: what is said of it, and is no part of the digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitTrailer {
    /// The digest of the lines of the seeds, 32 hexadecimal digits.
    pub digest: String,
    /// What built the program.
    pub build: BuildId,
    /// The canary.
    pub canary: CanaryResult,
    /// Processor time of the unit. Unit: microseconds.
    pub processor_micros: u64,
    /// The machine that ran it, by its own name.
    pub place: String,
}

/// The result of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitResult {
    /// The unit's number.
    pub unit: u64,
    /// A line for each seed, in order.
    pub lines: Vec<SeedLine>,
    /// What is said of it.
    pub trailer: UnitTrailer,
}

/// Why a file is not the result of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoidReason {
    /// It ends before its trailer: what wrote it died, or the copy was cut.
    Torn,
    /// A line of it cannot be read. The number of the line, counted from 1, and what is wrong.
    Unreadable(usize, String),
    /// It belongs to another campaign, or to another unit than its name says.
    Foreign(String),
    /// Its seeds are not those of the unit.
    Seeds,
    /// Its lines do not have the digest that its trailer says: a byte has changed.
    Digest,
    /// The canary was not found: what ran it judges nothing.
    Canary(String),
}

impl fmt::Display for VoidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn => f.write_str("it ends before its trailer"),
            Self::Unreadable(number, said) => write!(f, "line {number} cannot be read: {said}"),
            Self::Foreign(said) => f.write_str(said),
            Self::Seeds => f.write_str("its seeds are not those of the unit"),
            Self::Digest => f.write_str("its lines do not have the digest that its trailer names"),
            Self::Canary(mutant) => {
                write!(f, "the canary `{mutant}` was not found: the program that ran it notices nothing")
            }
        }
    }
}

/// The rules that decided something, as a seed's line holds them.
pub(super) fn coverage_word(rules: &HitCounts) -> String {
    let digit = |four: &[Rule]| {
        let bits = four.iter().zip([1, 2, 4, 8]).map(|(rule, bit)| if rules.of(*rule) > 0 { bit } else { 0 });
        char::from_digit(bits.sum(), 16).unwrap_or('0')
    };
    Rule::ALL.chunks(4).map(digit).collect()
}

/// The places in the campaign's list of the rules that a line's coverage holds.
pub(super) fn covered(word: &str) -> impl Iterator<Item = usize> {
    word.chars().enumerate().flat_map(|(place, digit)| {
        let bits = digit.to_digit(16).unwrap_or(0);
        (0..4).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| place * 4 + bit)
    })
}

fn json_line(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("numbers and texts can be written");
    text.push('\n');
    text
}

/// The digest over the lines of seeds.
#[derive(Default)]
struct LinesDigest(Xxh3);

impl LinesDigest {
    fn take(&mut self, line: &str) {
        self.0.update(line.as_bytes());
    }

    fn word(&self) -> String {
        format!("{:032x}", self.0.digest128())
    }
}

/// The digest of some lines.
pub(super) fn digest_of(lines: &[SeedLine]) -> String {
    let mut digest = LinesDigest::default();
    lines.iter().for_each(|line| digest.take(&json_line(line)));
    digest.word()
}

impl UnitResult {
    /// The text of its file.
    #[must_use]
    pub fn to_text(&self, record: &CampaignRecord, unit: &CampaignUnit) -> String {
        let head = ResultHead {
            schema: SCHEMA,
            campaign: record.hash(),
            unit: unit.number,
            first_seed: unit.seeds.start,
            end_seed: unit.seeds.end,
            run: record.run.clone(),
        };
        let mut text = json_line(&head);
        self.lines.iter().for_each(|line| text.push_str(&json_line(line)));
        text.push_str(&json_line(&self.trailer));
        text
    }

    /// Reads the text of a unit's file, and holds it to its unit and to its own digest.
    ///
    /// # Errors
    ///
    /// Why the file is not the result of the unit.
    pub fn read(text: &str, record: &CampaignRecord, unit: &CampaignUnit) -> Result<Self, VoidReason> {
        // Without its last line end the file was cut, even where the cut is at the very end.
        let whole = text.strip_suffix('\n').ok_or(VoidReason::Torn)?;
        let mut rows = whole.split('\n').enumerate();
        let unreadable =
            |row: usize| move |error: serde_json::Error| VoidReason::Unreadable(row + 1, error.to_string());
        let (row, first) = rows.next().ok_or(VoidReason::Torn)?;
        let head: ResultHead = serde_json::from_str(first).map_err(unreadable(row))?;
        check_head(&head, record, unit)?;
        let (mut lines, mut digest) = (Vec::new(), LinesDigest::default());
        let mut trailer = None;
        for (row, text) in rows {
            if trailer.is_some() {
                return Err(VoidReason::Unreadable(row + 1, "there is a line behind the trailer".to_owned()));
            }
            // By its first key: the lines of seeds are many, and each is parsed once.
            if text.starts_with("{\"digest\":") {
                trailer = Some(serde_json::from_str::<UnitTrailer>(text).map_err(unreadable(row))?);
                continue;
            }
            digest.take(text);
            digest.take("\n");
            lines.push(serde_json::from_str::<SeedLine>(text).map_err(unreadable(row))?);
        }
        let trailer = trailer.ok_or(VoidReason::Torn)?;
        if !lines.iter().map(|line| line.seed).eq(unit.seeds.clone()) {
            return Err(VoidReason::Seeds);
        }
        if digest.word() != trailer.digest {
            return Err(VoidReason::Digest);
        }
        if !trailer.canary.found {
            return Err(VoidReason::Canary(trailer.canary.mutant));
        }
        Ok(Self { unit: unit.number, lines, trailer })
    }
}

fn check_head(head: &ResultHead, record: &CampaignRecord, unit: &CampaignUnit) -> Result<(), VoidReason> {
    let foreign = |said: String| Err(VoidReason::Foreign(said));
    if head.schema != SCHEMA {
        return foreign(format!("its format is {}, and this version reads {SCHEMA}", head.schema));
    }
    let campaign = record.hash();
    if head.campaign != campaign {
        return foreign(format!("it belongs to the campaign {}, and this is {campaign}", head.campaign));
    }
    if head.unit != unit.number {
        return foreign(format!("it is the result of unit {}", head.unit));
    }
    if (head.first_seed, head.end_seed) != (unit.seeds.start, unit.seeds.end) {
        return Err(VoidReason::Seeds);
    }
    Ok(())
}
