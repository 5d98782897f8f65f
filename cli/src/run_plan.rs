//! From options to a plan: what `simulate`, `campaign` and their like have in common.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use claque_conformance::file;
use claque_core::{Duration, Mutant};
use claque_document::diagnostic::Diagnostic;
use claque_document::units::format_duration;
use claque_scenario::expected::ExpectedRules;

use claque_scenario::identity::{FileWord, Fork, Identity, IdentityRequest, Seed, parse_reading};
use claque_scenario::plan::{ChatLine, Oracle, Plan};
use claque_scenario::recorded::{ChatOptions, ChatTimes, RecordedChat, Speed};
use claque_scenario::swarm::swarm;
use claque_scenario::{Scenario, USERS_MAX, content_hash};

use crate::CommandFailure;
use crate::input::{read, read_written};
use crate::output::remark;

/// A number of users, which scenarios scale to.
pub(crate) fn users(text: &str) -> Result<NonZeroU32, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number of users: write a whole number from 1 to {USERS_MAX}"))
}

/// What decides a run. Together with the version these options are its identity.
#[derive(clap::Args, Clone)]
pub(crate) struct RunArguments {
    /// The number from which all random draws of the run come: decimal, 0x…, or a git hash [default: 1]
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<String>,
    /// What is simulated: a built-in scenario or a TOML file; a wrong name lists the built-in ones [default: evening-show;
    /// with --chat: recorded-chat]
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// How many virtual users there are in all: the scenario's groups of users grow or shrink in proportion.
    #[arg(long, value_parser = users)]
    users: Option<NonZeroU32>,
    /// Another interpretation of a point that the documents leave open (`claque readings`), or @FILE for a file of them; repeatable.
    #[arg(long, value_name = "ID=VALUE")]
    reading: Vec<String>,
    /// Replays a recorded chat; `claque chat --help` lists the formats
    #[arg(long, value_name = "FILE")]
    chat: Option<String>,
    #[command(flatten)]
    times: ChatArguments,
    /// How fast to replay it: 3, 3/2, 1.5.
    #[arg(long)]
    speed: Option<String>,
    /// A mutant: the service with one deliberate change that breaks a rule; `claque mutants` lists them.
    #[arg(long, value_name = "ID")]
    mutant: Option<String>,
    /// From this moment of the show on everything is drawn from another seed, such as 12m30s=99; with --swarm also the faults and
    /// acts that begin later. Repeatable; before the first fork the run is the one without forks.
    #[arg(long, value_name = "TIME=SEED")]
    fork: Vec<Fork>,
    /// Lets the seed switch parts of the scenario on and off, and draw sizes.
    #[arg(long)]
    swarm: bool,
    /// The version of Claque that printed this command; another version may give another run.
    #[arg(long, value_name = "VERSION")]
    made_by: Option<String>,
}

/// A run, ready to start.
pub(crate) struct PreparedRun {
    pub(crate) identity: Identity,
    pub(crate) plan: Plan,
    pub(crate) mutation: Option<Mutant>,
    pub(crate) made_by: Option<String>,
    /// The rules that its scenario expects.
    pub(crate) expected: ExpectedRules,
    /// The chat that it replays.
    pub(crate) chat: Option<RecordedChat>,
}

impl PreparedRun {
    /// The run with what its seed draws, where the swarm is on.
    pub(crate) fn drawn(mut self) -> Self {
        if self.identity.is_swarm() {
            let identity = &self.identity;
            let swarm = swarm(&self.plan.scenario, identity.seed(), identity.forks(), identity.readings());
            remark(&swarm.to_string());
            self.plan.scenario = swarm.scenario;
        }
        self
    }
}

/// Writes a file.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), CommandFailure> {
    std::fs::write(path, text).map_err(|error| CommandFailure::Usage(file::unwritten(path, &error)))
}

pub(crate) fn refused(diagnostic: &Diagnostic) -> CommandFailure {
    CommandFailure::Usage(diagnostic.to_string())
}

fn usage(option: &str, error: impl std::fmt::Display) -> CommandFailure {
    CommandFailure::Usage(format!("--{option}: {error}"))
}

/// How a recorded chat is to be read.
#[derive(clap::Args, Clone)]
pub(crate) struct ChatArguments {
    /// Where the replay begins: `first` (the first message), a span (1h30m), or a date (2024-01-01T20:00:00Z)
    #[arg(long, value_name = "START")]
    chat_start: Option<String>,
    /// The unit of the recording's times, where it is not the format's: s, ms, us, ns
    #[arg(long, value_name = "UNIT")]
    chat_unit: Option<String>,
    /// Refuses a recording in which anything is wrong, instead of reading what can be read
    #[arg(long)]
    strict: bool,
}

impl ChatArguments {
    pub(crate) fn options(&self) -> Result<ChatOptions, CommandFailure> {
        let start = self.chat_start.as_deref().map(str::parse).transpose();
        let unit = self.chat_unit.as_deref().map(str::parse).transpose();
        let times = ChatTimes {
            start: start.map_err(|error: String| usage("chat-start", error))?,
            unit: unit.map_err(|error: String| usage("chat-unit", error))?,
        };
        Ok(ChatOptions { times, strict: self.strict })
    }

    /// As it was written, for a server that reads the recording itself.
    pub(crate) fn start(&self) -> Option<&str> {
        self.chat_start.as_deref()
    }

    pub(crate) fn unit(&self) -> Option<&str> {
        self.chat_unit.as_deref()
    }

    pub(crate) const fn is_strict(&self) -> bool {
        self.strict
    }
}

/// Refuses a run that is larger than any that has been tried, before anything is set up for it.
fn check_bounds(scenario: &Scenario) -> Result<(), CommandFailure> {
    let lasts = scenario.duration + scenario.settle;
    if lasts > RUN_MAX {
        let (lasts, most) = (format_duration(lasts), format_duration(RUN_MAX));
        return Err(CommandFailure::Usage(format!(
            "the run would last {lasts}, and at most {most} are run; for a recorded chat `--chat-start` and `--speed` \
             make it shorter"
        )));
    }
    Ok(())
}

/// The longest run: a month of show, and as long to settle.
const RUN_MAX: Duration = Duration::from_days(62);

impl RunArguments {
    /// The same; where nothing is said of what happens, each seed draws it.
    pub(crate) fn or_swarm(&self) -> Self {
        let mut drawn = self.clone();
        if drawn.scenario.is_none() && drawn.chat.is_none() {
            drawn.scenario = Some(Scenario::DEFAULT_FOR_SWARM.to_owned());
            drawn.swarm = true;
        }
        drawn
    }

    /// The same run from another seed.
    pub(crate) fn with_seed(&self, seed: &str) -> Self {
        Self { seed: Some(seed.to_owned()), ..self.clone() }
    }

    /// The same run under another reading.
    pub(crate) fn with_reading(&self, pair: &str) -> Self {
        let mut other = self.clone();
        other.reading.push(pair.to_owned());
        other
    }

    /// The same run of the sound service.
    pub(crate) fn sound(&self) -> Self {
        Self { mutant: None, ..self.clone() }
    }

    fn asked(&self) -> Result<IdentityRequest, CommandFailure> {
        let pairs = crate::readings::expand(&self.reading)?;
        let readings: Result<Vec<_>, _> = pairs.iter().map(|pair| parse_reading(pair)).collect();
        Ok(IdentityRequest {
            seed: self
                .seed
                .as_deref()
                .map(str::parse::<Seed>)
                .transpose()
                .map_err(|error| usage("seed", error))?,
            scenario: self.scenario.as_deref().map(FileWord::parse),
            users: self.users,
            readings: readings.map_err(|error| usage("reading", error))?,
            chat: self.chat.as_deref().map(FileWord::parse),
            times: self.times.options()?.times,
            speed: self
                .speed
                .as_deref()
                .map(str::parse::<Speed>)
                .transpose()
                .map_err(|error| usage("speed", error))?,
            mutant: self.mutant.clone(),
            forks: self.fork.clone(),
            swarm: self.swarm,
            made_by: self.made_by.clone(),
        })
    }

    /// Whether nothing is said of the run.
    pub(crate) fn is_silent(&self) -> bool {
        let Self { seed, scenario, users, reading, chat, times, speed, mutant, fork, swarm, made_by } = self;
        let words = [seed, scenario, chat, speed, mutant, made_by, &times.chat_start, &times.chat_unit];
        words.iter().all(|word| word.is_none())
            && users.is_none()
            && reading.is_empty()
            && fork.is_empty()
            && !(*swarm || times.strict)
    }

    /// Reads the files, checks the words, and makes the plan.
    pub(crate) fn prepare(&self) -> Result<PreparedRun, CommandFailure> {
        PreparedRun::of(self.asked()?, self.times.options()?)
    }
}

impl PreparedRun {
    /// The run of an identity line.
    pub(crate) fn of_line(line: &str) -> Result<Self, CommandFailure> {
        let asked = IdentityRequest::parse(line).map_err(|it| refused(&it))?;
        let options = ChatOptions { times: asked.times, strict: false };
        Self::of(asked, options)
    }

    fn of(asked: IdentityRequest, chat_options: ChatOptions) -> Result<Self, CommandFailure> {
        let word = asked.scenario_word();
        let is_file = Scenario::builtin_text(&word.path).is_none() && Path::new(&word.path).exists();
        let (mut scenario, hash) = if is_file {
            let text = read_written(Path::new(&word.path))?;
            let hash = content_hash(text.as_bytes());
            (Scenario::parse(&word.path, &text).map_err(|it| refused(&it))?, Some(hash))
        } else {
            (Scenario::builtin(&word.path).map_err(|it| refused(&it))?, None)
        };
        let mut chat = match &asked.chat {
            None => None,
            Some(file) => {
                let bytes = read(Path::new(&file.path))?;
                let chat = RecordedChat::read_as(&file.path, &bytes, chat_options);
                Some(chat.map_err(|it| refused(&it))?)
            }
        };
        let identity = asked.resolve(&scenario, hash, chat.as_ref()).map_err(|it| refused(&it))?;
        if identity.users() > USERS_MAX {
            let users = identity.users();
            return Err(usage(
                "users",
                format!("{users} users are more than the {USERS_MAX} that a run may have"),
            ));
        }
        let expected = ExpectedRules::of(&scenario, &identity);
        identity.apply(&mut scenario);
        if let Some(chat) = &mut chat {
            chat.compress(identity.speed());
            // The show goes on until the last line has been said.
            scenario.duration = scenario.duration.max(chat.length() + Duration::from_secs(1));
        }
        check_bounds(&scenario)?;
        if let Some(late) = identity.forks().iter().find(|fork| fork.at > scenario.duration) {
            let show = format_duration(scenario.duration);
            return Err(usage("fork", format!("{late} is after the end of the show, at {show}")));
        }
        let mut plan = Plan::new(scenario, identity.seed());
        plan.chat = chat.as_ref().map(lines);
        plan.forks = identity.forks().to_vec();
        let mutation = asked.mutant.as_deref().and_then(Mutant::from_id);
        Ok(Self { identity, plan, mutation, made_by: asked.made_by, expected, chat })
    }
}

fn lines(chat: &RecordedChat) -> Arc<[ChatLine]> {
    let line = |entry: &claque_scenario::recorded::ChatEntry| ChatLine {
        at: entry.at,
        author: entry.user,
        kind: i64::from(entry.message_type),
        level: entry.level,
        body: entry.body.as_ref().into(),
    };
    chat.entries.iter().map(line).collect()
}

/// Who watches.
pub(crate) fn oracle(word: &str) -> Oracle {
    if word == "none" { Oracle::None } else { Oracle::Full }
}
