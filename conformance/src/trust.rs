//! Whether an audit can be trusted: sessions whose truth is known are recorded, lost in part, and judged.
//!
//! Sound sessions are cases of the suite, played against the reference, and seen by one process in full or by several parties with
//! wrong clocks, delays and gaps ([`lossy`]). None of them may be condemned. Broken sessions are the same with one mutant
//! on. A violation is observable if the case that was played fails, so that its author calls it a violation, and the full recording is
//! another than that of the sound service, so that somebody could see it; both are decided without asking an audit.

use claque_core::{Duration, Readings, Rule};
use claque_engine::Randomness;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_scenario::swarm::swarm;

use crate::audit::lossy::{self, Loss, drawn};
use crate::audit::{Assumed, Findings, Line, Recording, RecordingError, Stop, Verdict as Says, audit};
use crate::case::{Case, Setup};
use crate::mutants::SubjectMutant;
use crate::runner::{not_applicable, run_with};
use crate::spread::spread;
use crate::subject::{CoreSubject, Recorded, Subject};
use crate::suite::Suite;
use crate::verdict::Verdict;

pub mod world;

/// Of so many sessions one is a simulated world, and not a case.
const WORLDS: u64 = 8;
/// So many sessions are judged before it is asked whether to go on.
const PART: usize = 64;
/// So much of a world is played.
const SHOW: Duration = Duration::from_secs(12);

/// A session ends behind so many observations: where ten thousand log on, each is notified of all that come after it, and a recording of
/// that is larger than any memory. As many can be done again with the reference.
const LINES_MAX: usize = 20_000;

/// Clocks are off by so much at the most. Microseconds.
const CLOCK_MAX: u64 = 2_000_000;
/// Calls and frames are under way for so long at the most. Microseconds.
const DELAY_MAX: u64 = 300_000;
/// The clock of a slow session is off by so much at the most. Microseconds.
const OFF_MAX: u64 = 500_000;
/// Of a thousand observations, at the most so many are missing.
const DROPPED_MAX: u64 = 600;

/// How one session was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// By one process, at once and in full.
    Full,
    /// By one process in full, in some milliseconds for each call, by a clock that is off.
    Slow(u64),
    /// By several parties that lost something.
    Lossy(Loss),
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full => f.write_str("in full"),
            Self::Slow(seed) => write!(f, "in full while time passes, seed {seed}"),
            Self::Lossy(loss) => write!(
                f,
                "with {} of 1,000 lines dropped, clocks off by up to {} µs, up to {} µs under way, seed {}",
                loss.dropped_permille, loss.clock_micros, loss.delay_micros, loss.seed
            ),
        }
    }
}

/// A sound session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The case that was played, or the world that was simulated.
    pub name: String,
    /// How it was seen.
    pub seen: Seen,
    /// Its recording.
    pub lines: Vec<Line>,
    /// What is known of its service.
    pub assumed: Assumed,
}

impl Session {
    /// The recording as it is read, and what an audit finds in it.
    ///
    /// # Panics
    /// When a recording that was written cannot be read.
    #[must_use]
    pub fn judge(&self) -> (Recording, Findings) {
        let recording = read(&text(&self.lines)).unwrap_or_else(|error| panic!("{error}"));
        let findings = audit(&recording, &self.assumed);
        (recording, findings)
    }
}

/// A sound session that was condemned.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Which session.
    pub number: u64,
    /// The case that was played.
    pub case: String,
    /// How it was seen.
    pub seen: Seen,
    /// The rule that is said to be broken.
    pub rule: Rule,
    /// The sentence.
    pub says: String,
}

/// The results of sound sessions.
#[derive(Clone, Debug, Default)]
pub struct Soundness {
    /// Sessions that were judged.
    pub sessions: u64,
    /// Observations in them.
    pub lines: u64,
    /// Those that were condemned.
    pub alarms: Vec<Alarm>,
    /// Those of which a line is not explained, without a verdict.
    pub unexplained: Vec<Alarm>,
    /// Sessions that were done again with the reference.
    pub done_again: u64,
}

/// Which known ways to break a rule are tried to name the rule of a broken line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// All of them, the one that was planted too.
    AllKnown,
    /// All but the one that was planted: as a service breaks in a way that nobody thought of.
    WithoutItself,
    /// All but that, in sessions in which time passes and the clock is off.
    WhileTimePasses,
}

/// The result of one broken session.
#[derive(Clone, Debug)]
pub struct BrokenSession {
    /// The mutant that was on.
    pub mutant: SubjectMutant,
    /// The case that was played.
    pub case: String,
    /// Nothing was found.
    pub missed: bool,
    /// The mutant's rule is named first, in some breach.
    pub named: bool,
    /// The mutant's rule is among those that a breach names.
    pub among: bool,
    /// Rules that were found instead or besides.
    pub found: Vec<(Rule, String)>,
}

/// Everything that is needed for sessions: cases that the reference can be asked.
#[derive(Debug)]
pub struct Trust {
    suite: Suite,
    seed: u64,
    draws: Randomness,
}

impl Trust {
    /// Sessions of the suite that was compiled in; `seed` decides which.
    ///
    /// # Errors
    /// When the suite cannot be read.
    pub fn new(seed: u64) -> Result<Self, String> {
        let mut suite = Suite::embedded().map_err(|error| error.to_string())?;
        suite.cases.retain(|case| not_applicable(case, &CoreSubject::sound()).is_none());
        Ok(Self { suite, seed, draws: Randomness::new(seed) })
    }

    /// The case that a session plays.
    #[must_use]
    pub fn case(&self, number: u64) -> &Case {
        let cases = &self.suite.cases;
        let index = drawn(&self.draws, "case", number, cases.len() as u64);
        &cases[usize::try_from(index).unwrap_or(0)]
    }

    /// How a session is seen.
    #[must_use]
    pub fn seen(&self, number: u64) -> Seen {
        let draws = &self.draws;
        match drawn(draws, "full", number, 4) {
            0 => return Seen::Full,
            1 => return Seen::Slow(drawn(draws, "slow", number, u64::MAX)),
            _ => {}
        }
        // Now and then one thing alone is wrong.
        let part = |purpose: &str, max: u64| match drawn(draws, purpose, number ^ 0x5eed, 4) {
            0 => 0,
            _ => drawn(draws, purpose, number, max + 1),
        };
        Seen::Lossy(Loss {
            seed: drawn(draws, "loss", number, u64::MAX),
            dropped_permille: part("dropped", DROPPED_MAX),
            clock_micros: part("clock", CLOCK_MAX),
            delay_micros: part("delay", DELAY_MAX),
        })
    }

    /// Judges sound sessions, from one number to before another; no further part of them once `stop` says so. `progress` is given
    /// what they came to so far, after each part.
    #[must_use]
    pub fn sound(
        &self,
        numbers: std::ops::Range<u64>,
        stop: Stop<'_>,
        progress: &mut dyn FnMut(&Soundness),
    ) -> Soundness {
        let numbers: Vec<u64> = numbers.collect();
        let mut all = Soundness::default();
        for part in numbers.chunks(PART).take_while(|_| !stop()) {
            for one in spread(part, |number| self.sound_one(*number)) {
                all.sessions += one.sessions;
                all.lines += one.lines;
                all.alarms.extend(one.alarms);
                all.unexplained.extend(one.unexplained);
                all.done_again += one.done_again;
            }
            progress(&all);
        }
        all
    }

    /// A world that a seed draws, with what is known of its service.
    fn world(&self, number: u64) -> Option<(String, Vec<Line>, Setup)> {
        let base = Scenario::builtin("smoke").ok()?;
        let seed = drawn(&self.draws, "world", number, u64::MAX);
        let mut scenario = swarm(&base, seed, &[], &[]).scenario;
        scenario.cut(SHOW);
        let seen = world::record(&Plan::new(scenario, seed));
        let setup =
            Setup { limits: seen.limits, refused_words: vec!["forbidden".to_owned()], ..Setup::default() };
        Some((format!("world {seed}"), seen.lines, setup))
    }

    /// A sound session.
    #[must_use]
    pub fn session(&self, number: u64) -> Session {
        let seen = self.seen(number);
        let lossy = |full: Vec<Line>| match seen {
            Seen::Full | Seen::Slow(_) => full,
            Seen::Lossy(loss) => lossy::observe(&full, loss),
        };
        let world = (number % WORLDS == WORLDS - 1).then(|| self.world(number)).flatten();
        if let Some((name, full, setup)) = world {
            return Session { name, seen, lines: lossy(full), assumed: known(&setup, &[]) };
        }
        let (case, sound) = (self.case(number), Box::new(CoreSubject::sound()));
        let lines = match seen {
            Seen::Slow(seed) => record_slowly(case, sound, &case.setup, seed).1,
            Seen::Full | Seen::Lossy(_) => lossy(record(case, sound, &case.setup).1),
        };
        Session { name: case.test_name(), seen, lines, assumed: known(&case.setup, &[]) }
    }

    fn sound_one(&self, number: u64) -> Soundness {
        let session = self.session(number);
        let findings = session.judge().1;
        let Session { name, seen, lines, .. } = session;
        let alarm = |rule: Rule, says: String| Alarm { number, case: name.clone(), seen, rule, says };
        let (mut alarms, mut unexplained) = (Vec::new(), Vec::new());
        for rule in findings.broken() {
            let says = match findings.verdict(rule) {
                Says::Broken(_, [breach, ..]) => format!("{} {:?}", breach.says, breach.lines),
                Says::Broken(..) | Says::Kept(_) | Says::NotObservable(_) => String::new(),
            };
            alarms.push(alarm(rule, says));
        }
        if let Some((says, _)) = findings.unexplained() {
            unexplained.push(alarm(Rule::WireErrorEnvelope, says.to_owned()));
        }
        let done_again = u64::from(findings.undone().is_none());
        Soundness { sessions: 1, lines: lines.len() as u64, alarms, unexplained, done_again }
    }

    /// The smallest recording of a case from which alone an audit infers that an open point is read so; none where no case shows it.
    ///
    /// Its service has documented bounds, and reads every other point as by default.
    #[must_use]
    pub fn telling(&self, id: &str, value: &str) -> Option<Vec<Line>> {
        let registry = &self.suite.registry;
        let concerns = |case: &&Case| {
            let mut rules = case.rules.iter().map(|rule| registry.entry(*rule));
            let chosen = case.chosen.iter().any(|(own, _)| own == id);
            let others = case.chosen.iter().any(|(own, _)| own != id);
            let plain = case.setup.limits == Setup::default().limits && case.setup.refused_words.is_empty();
            plain
                && !others
                && (chosen || rules.any(|entry| entry.readings.iter().any(|reading| reading == id)))
        };
        let mut readings = Readings::default();
        readings.set(id, value).ok()?;
        let setup = Setup { readings, ..Setup::default() };
        let mut recordings: Vec<Vec<Line>> = self
            .suite
            .cases
            .iter()
            .filter(concerns)
            .map(|case| record(case, Box::new(CoreSubject::sound()), &setup).1)
            .collect();
        recordings.sort_by_key(|lines| text(lines).len());
        recordings.into_iter().find(|lines| {
            let findings = judge(lines, &Setup::default(), &[]);
            findings.broken().next().is_none() && findings.inferred(id) == Some(value)
        })
    }

    /// Judges broken sessions until so many with an observable violation were, or every mutant was tried with every case of its rule.
    ///
    /// The sessions, and how many were tried in all. `progress` is given the sessions so far, after each part.
    #[must_use]
    pub fn broken(
        &self,
        wanted: usize,
        naming: Naming,
        stop: Stop<'_>,
        progress: &mut dyn FnMut(&[BrokenSession]),
    ) -> (Vec<BrokenSession>, usize) {
        let pairs = self.pairs();
        let mut found = Vec::new();
        let mut tried = 0;
        while found.len() < wanted && tried < pairs.len() && !stop() {
            // About every second pair shows nothing.
            let next = (wanted - found.len()).clamp(4, PART).min(pairs.len() - tried);
            let part = &pairs[tried..tried + next];
            tried += next;
            found.extend(
                spread(part, |(mutant, case)| self.broken_one(*mutant, case, naming)).into_iter().flatten(),
            );
            progress(&found);
        }
        found.truncate(wanted);
        (found, tried)
    }

    /// Mutants with the cases that name their rules, by chance.
    fn pairs(&self) -> Vec<(SubjectMutant, &Case)> {
        let mut pairs = Vec::new();
        for mutant in SubjectMutant::all().into_iter().filter(|mutant| is_recorded(mutant.rule())) {
            pairs.extend(
                self.suite
                    .cases
                    .iter()
                    .filter(|case| case.rules.contains(&mutant.rule()))
                    .map(|case| (mutant, case)),
            );
        }
        let draws = &self.draws;
        let mut numbered: Vec<(u64, (SubjectMutant, &Case))> = pairs
            .into_iter()
            .enumerate()
            .map(|(number, pair)| (drawn(draws, "pair", number as u64, u64::MAX), pair))
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, pair)| pair).collect()
    }

    fn broken_one(&self, mutant: SubjectMutant, case: &Case, naming: Naming) -> Option<BrokenSession> {
        // A panic of the broken service is no session.
        let played = std::panic::catch_unwind(|| record(case, mutant.subject(), &case.setup));
        let (verdict, lines) = played.ok()?;
        let (_, sound) = record(case, Box::new(CoreSubject::sound()), &case.setup);
        if !matches!(verdict, Verdict::Fail(_)) || text(&lines) == text(&sound) {
            return None;
        }
        let hidden = [mutant.id()];
        let unsuspected: &[&'static str] = match naming {
            Naming::AllKnown => &[],
            Naming::WithoutItself | Naming::WhileTimePasses => &hidden,
        };
        let lines = if naming == Naming::WhileTimePasses {
            // A violation that shows at once may be none when time passes: only those that still are count.
            let slowly = |subject| record_slowly(case, subject, &case.setup, self.seed);
            let played = std::panic::catch_unwind(|| slowly(mutant.subject()));
            let (verdict, slow) = played.ok()?;
            let sound = slowly(Box::new(CoreSubject::sound()));
            if !matches!(verdict, Verdict::Fail(_)) || !matches!(sound.0, Verdict::Pass) {
                return None;
            }
            slow
        } else {
            lines
        };
        let findings = judge(&lines, &case.setup, unsuspected);
        let read_as = findings.read_as().filter(|_| findings.broken().next().is_none());
        if let Some(readings) = read_as.filter(|readings| *readings != case.setup.readings) {
            // Another reading of the documents would have given the very same recording: nobody could call it broken.
            let setup = Setup { readings, ..case.setup.clone() };
            // The case of that other reading goes on where this one failed.
            let subject: Box<dyn Subject> = Box::new(CoreSubject::sound());
            let other = match naming {
                Naming::AllKnown | Naming::WithoutItself => record(case, subject, &setup).1,
                Naming::WhileTimePasses => record_slowly(case, subject, &setup, self.seed).1,
            };
            if seen_in(&other).starts_with(&seen_in(&lines)) {
                return None;
            }
        }
        let mut session = BrokenSession {
            mutant,
            case: case.test_name(),
            missed: true,
            named: false,
            among: false,
            found: Vec::new(),
        };
        for rule in findings.broken() {
            session.missed = false;
            session.named |= rule == mutant.rule();
            if let Says::Broken(_, breaches) = findings.verdict(rule) {
                session.among |= breaches.iter().any(|breach| breach.or.contains(&mutant.rule()));
                session.found.extend(breaches.first().map(|breach| (rule, breach.says.clone())));
            }
        }
        session.among |= session.named;
        if session.missed {
            let why = findings.undone().map(str::to_owned);
            let odd = findings.unexplained().map(|(says, _)| format!("unexplained: {says}"));
            session.found.extend(why.or(odd).map(|says| (mutant.rule(), says)));
        }
        Some(session)
    }
}

/// Whether recordings hold what a rule is about: signatures, policies of RAM users and pauses between tries are in none.
fn is_recorded(rule: Rule) -> bool {
    let id = rule.id();
    rule.area() != "auth" && !id.starts_with("wire.sign") && rule != Rule::CallbackDeliveryRetries
}

/// Somebody's observations, without claims.
fn seen_in(lines: &[Line]) -> Vec<String> {
    let seen = lines.iter().filter(|line| line.at.is_some()).map(|line| {
        let mut line = line.clone();
        // What a refusal says in words is nobody's rule.
        if let Some(answer) = line.call.as_mut().and_then(|call| call.answer.as_mut()) {
            answer.remove("Message");
        }
        let received = line.client.as_mut().and_then(|client| client.received.as_mut());
        if let Some(error) = received.and_then(|frame| frame.get_mut("error")) {
            error["message"] = serde_json::Value::Null;
        }
        text(std::slice::from_ref(&line))
    });
    seen.collect()
}

/// Plays a case and keeps what was seen.
fn record(case: &Case, subject: Box<dyn Subject>, setup: &Setup) -> (Verdict, Vec<Line>) {
    let mut recorded = Recorded::new(subject).at_most(LINES_MAX);
    let verdict = run_with(case, &mut recorded, setup).verdict;
    (verdict, recorded.recording())
}

/// The same while time passes, by a clock that is off by half a second at the most.
fn record_slowly(case: &Case, subject: Box<dyn Subject>, setup: &Setup, seed: u64) -> (Verdict, Vec<Line>) {
    let draws = Randomness::new(seed);
    let ahead = drawn(&draws, "ahead", 0, 2 * OFF_MAX + 1);
    let mut recorded = Recorded::new(subject).slowly(draws).at_most(LINES_MAX);
    let verdict = run_with(case, &mut recorded, setup).verdict;
    let clock = |at: u64| at + ahead - OFF_MAX;
    let mut lines = recorded.recording();
    for line in &mut lines {
        line.at = line.at.map(clock);
        if let Some(header) = &mut line.header {
            header.clock_error_micros = Some(OFF_MAX);
        }
        if let Some(call) = &mut line.call {
            call.answered_at = call.answered_at.map(clock);
        }
        if let Some(claim) = &mut line.complete {
            // What is claimed is said by the same clock, and holds for as long as that may be off.
            (claim.from, claim.to) = (clock(claim.from) - 2 * OFF_MAX, clock(claim.to) + 2 * OFF_MAX);
        }
    }
    (verdict, lines)
}

/// The file that a recording is.
///
/// # Panics
/// Never: texts and numbers can always be written.
#[must_use]
pub fn text(lines: &[Line]) -> String {
    let line = |line: &Line| serde_json::to_string(line).expect("texts and numbers can be written");
    lines.iter().map(|seen| line(seen) + "\n").collect()
}

/// Audits a recording of a service of which the bounds are known, and the readings are not.
///
/// # Panics
/// When a recording that was written cannot be read.
fn judge(lines: &[Line], setup: &Setup, unsuspected: &[&'static str]) -> Findings {
    let recording = read(&text(lines)).unwrap_or_else(|error| panic!("{error}"));
    audit(&recording, &known(setup, unsuspected))
}

/// What is known of a service by its set-up: its bounds, and not its readings.
fn known(setup: &Setup, unsuspected: &[&'static str]) -> Assumed {
    Assumed {
        readings: Readings::default(),
        limits: setup.limits.clone(),
        limit_is_known: false,
        refused_words: setup.refused_words.clone(),
        unsuspected: unsuspected.to_vec(),
    }
}

fn read(text: &str) -> Result<Recording, RecordingError> {
    let mut recording = Recording::default();
    recording.read(0, text.as_bytes())?;
    recording.finish();
    Ok(recording)
}
