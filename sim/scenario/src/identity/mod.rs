//! The identity of a run: everything that decides it, in one line that is a command.
//!
//! ```text
//! claque simulate --seed 7 --scenario evening-show --users 20000 --made-by 0.1.0
//! ```
//!
//! A run is a pure function of version, scenario, seed, readings and overrides, so the line is all it takes to have the
//! run again. It is canonical: what differs from the scenario is printed, what does not is left away, and the number of
//! users is always printed. Giving a default explicitly therefore makes the same line.
//!
//! | option | printed | value |
//! |---|---|---|
//! | `--seed` | always | the seed as a decimal number |
//! | `--scenario` | always | a built-in name, or a file and the hash of its content: `show.toml#0123456789abcdef` |
//! | `--users` | always | virtual users |
//! | `--reading` | for each reading that the scenario does not choose | `id=alternative`, by id |
//! | `--chat` | when a recorded chat is replayed | a file and the hash of its content |
//! | `--chat-start` | when the chat does not begin at its own zero | `first`, a span, or a date |
//! | `--chat-unit` | when its times are in another unit than its format's | `s`, `ms`, `us` or `ns` |
//! | `--speed` | when the chat is not replayed as recorded | a whole number or a ratio |
//! | `--mutant` | when the service is a mutant | the mutant's id |
//! | `--fork` | for each moment from which on another seed decides | `moment=seed`, by moment: [`Fork`] |
//! | `--swarm` | when the seed switches parts of the scenario off | nothing |
//! | `--made-by` | always | the version that printed the line |
//!
//! [`IdentityRequest`] is the same line as a user gave it: in any order, with parts left away.
//! [`IdentityRequest::resolve`] makes it an [`Identity`].

mod fork;
mod seed;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroU32;

use claque_core::{Mutant, ReadingError, Readings};
use claque_document::diagnostic::{Diagnostic, nearest};

use crate::recorded::{ChatTimes, RecordedChat, Speed};
use crate::scenario::{Scenario, USERS_MAX};

pub use fork::{FORKS_MAX, Fork, forks_in_order};
pub use seed::Seed;

/// The version of this simulator, part of every identity.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file that a run depends on, as an identity names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileWord {
    /// The path, as it was given.
    pub path: String,
    /// The hash of its content, when it was given or is known.
    pub hash: Option<u64>,
}

impl FileWord {
    /// Reads `path` or `path#hash`, where the hash is 16 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        let hashed = word.rsplit_once('#').filter(|(path, hash)| {
            // Exactly as it is printed. A path may hold a `#` itself, and a hash in another form would be part of the
            // path.
            !path.is_empty()
                && hash.len() == 16
                && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        });
        match hashed {
            Some((path, hash)) => Self { path: path.to_owned(), hash: u64::from_str_radix(hash, 16).ok() },
            None => Self { path: word.to_owned(), hash: None },
        }
    }

    /// Refuses a file whose content is not the one that was named.
    fn settle(&self, actual: u64) -> Result<Self, Diagnostic> {
        match self.hash {
            // Refused and not warned about: under the same line this would be another run.
            Some(named) if named != actual => Err(Diagnostic::whole(
                &self.path,
                format!(
                    "the file has changed: its content hash is {actual:016x}, the line names {named:016x}"
                ),
            )
            .help("get the old file back, or leave `#` and the hash away to run with the new one")),
            _ => Ok(Self { path: self.path.clone(), hash: Some(actual) }),
        }
    }
}

impl fmt::Display for FileWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.hash.map_or(Ok(()), |hash| write!(f, "#{hash:016x}"))
    }
}

/// The identity of a run, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    seed: u64,
    scenario: FileWord,
    users: u32,
    readings: Vec<(&'static str, &'static str)>,
    chat: Option<(FileWord, Speed, ChatTimes)>,
    mutant: Option<&'static str>,
    forks: Vec<Fork>,
    swarm: bool,
}

impl Identity {
    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of virtual users.
    #[must_use]
    pub fn users(&self) -> u32 {
        self.users
    }

    /// The readings that differ from the scenario's, by id.
    #[must_use]
    pub fn readings(&self) -> &[(&'static str, &'static str)] {
        &self.readings
    }

    /// The mutant that the service has, by its id.
    #[must_use]
    pub fn mutant(&self) -> Option<&'static str> {
        self.mutant
    }

    /// The moments from which on other seeds decide, in order of time.
    #[must_use]
    pub fn forks(&self) -> &[Fork] {
        &self.forks
    }

    /// Whether the seed draws a scenario of its own out of the one that is named: [`crate::swarm`].
    #[must_use]
    pub fn is_swarm(&self) -> bool {
        self.swarm
    }

    /// The speed of the recorded chat; as recorded when there is none.
    #[must_use]
    pub fn speed(&self) -> Speed {
        self.chat.as_ref().map_or(Speed::RECORDED, |(_, speed, _)| *speed)
    }

    /// Why the run plays another show than the scenario describes; none where it plays that one.
    ///
    /// A mutant changes the service and not the show. A fork changes only what chance makes of it, as another seed does.
    #[must_use]
    pub fn changes_show(&self, scenario: &Scenario) -> Option<&'static str> {
        if self.swarm {
            Some("--swarm draws another show for each seed")
        } else if self.users != scenario.users() {
            Some("--users changes the size of the show")
        } else if self.chat.is_some() {
            Some("--chat replaces what is said in the show")
        } else if !self.readings.is_empty() {
            Some("--reading changes what the rules mean")
        } else {
            None
        }
    }

    /// Changes a scenario the way the identity says: number of users, readings.
    pub fn apply(&self, scenario: &mut Scenario) {
        if let Some(users) = NonZeroU32::new(self.users) {
            scenario.scale(users);
        }
        for (id, word) in &self.readings {
            let set = scenario.readings.set(id, word);
            debug_assert!(set.is_ok(), "an identity holds only readings that exist");
        }
    }

    /// The same run with other forks, which are in order of time.
    #[must_use]
    pub fn with_forks(mut self, forks: Vec<Fork>) -> Self {
        self.forks = forks;
        self
    }

    /// The same run with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenario = words::quote(&self.scenario.to_string());
        write!(f, "claque simulate --seed {} --scenario {scenario} --users {}", self.seed, self.users)?;
        for (id, word) in &self.readings {
            write!(f, " --reading {}", words::quote(&format!("{id}={word}")))?;
        }
        if let Some((file, speed, times)) = &self.chat {
            write!(f, " --chat {}", words::quote(&file.to_string()))?;
            if let Some(start) = times.start {
                write!(f, " --chat-start {start}")?;
            }
            if let Some(unit) = times.unit {
                write!(f, " --chat-unit {unit}")?;
            }
            if *speed != Speed::RECORDED {
                write!(f, " --speed {speed}")?;
            }
        }
        if let Some(mutant) = self.mutant {
            write!(f, " --mutant {mutant}")?;
        }
        for fork in &self.forks {
            write!(f, " --fork {fork}")?;
        }
        if self.swarm {
            f.write_str(" --swarm")?;
        }
        // Last, and never compared here: another version may give another run, and the command line says so before it
        // runs.
        write!(f, " --made-by {VERSION}")
    }
}

/// An identity as a user asked for it: parts may be left away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityRequest {
    /// The seed; 1 when none is given.
    pub seed: Option<Seed>,
    /// A built-in name or a file; the default scenario when none is given.
    pub scenario: Option<FileWord>,
    /// Virtual users; the scenario's own number when none is given.
    pub users: Option<NonZeroU32>,
    /// Readings: id and alternative; of two for one id the later one holds.
    pub readings: Vec<(String, String)>,
    /// A recorded chat to replay.
    pub chat: Option<FileWord>,
    /// The start and the unit of its times.
    pub times: ChatTimes,
    /// How fast to replay it.
    pub speed: Option<Speed>,
    /// A mutant of the service.
    pub mutant: Option<String>,
    /// Moments from which on other seeds decide, in any order.
    pub forks: Vec<Fork>,
    /// Whether the seed switches parts of the scenario off.
    pub swarm: bool,
    /// The version that printed the line.
    pub made_by: Option<String>,
}

/// The name of an identity line in complaints about it.
const LINE: &str = "the identity line";
/// An option of an identity line.
#[derive(Clone, Copy)]
enum LineOption {
    Swarm,
    Valued(ValuedOption),
}

/// An option that is followed by a value.
#[derive(Clone, Copy)]
enum ValuedOption {
    Chat,
    ChatStart,
    ChatUnit,
    Fork,
    MadeBy,
    Mutant,
    Reading,
    Scenario,
    Seed,
    Speed,
    Users,
}

/// The options by their words, in the order in which a line prints them.
const OPTIONS: [(&str, LineOption); 12] = [
    ("--seed", LineOption::Valued(ValuedOption::Seed)),
    ("--scenario", LineOption::Valued(ValuedOption::Scenario)),
    ("--users", LineOption::Valued(ValuedOption::Users)),
    ("--reading", LineOption::Valued(ValuedOption::Reading)),
    ("--chat", LineOption::Valued(ValuedOption::Chat)),
    ("--chat-start", LineOption::Valued(ValuedOption::ChatStart)),
    ("--chat-unit", LineOption::Valued(ValuedOption::ChatUnit)),
    ("--speed", LineOption::Valued(ValuedOption::Speed)),
    ("--mutant", LineOption::Valued(ValuedOption::Mutant)),
    ("--fork", LineOption::Valued(ValuedOption::Fork)),
    ("--swarm", LineOption::Swarm),
    ("--made-by", LineOption::Valued(ValuedOption::MadeBy)),
];

impl IdentityRequest {
    /// The scenario that is meant: the one that was asked for, or the default.
    #[must_use]
    pub fn scenario_word(&self) -> FileWord {
        self.scenario.clone().unwrap_or_else(|| {
            // The default show has a script and faults of its own; for a chat the others only read, and few lose
            // their links.
            let chosen = if self.chat.is_some() { Scenario::DEFAULT_FOR_CHAT } else { Scenario::DEFAULT };
            FileWord { path: chosen.to_owned(), hash: None }
        })
    }

    /// Reads a line such as [`Identity`] prints, in any order; `claque simulate` at its beginning may be left away.
    ///
    /// # Errors
    ///
    /// The first fault of the line, at its word: an unknown option, a missing or a wrong value.
    pub fn parse(line: &str) -> Result<Self, Diagnostic> {
        let refuse =
            |word: &words::Word, message: String| Diagnostic::at(LINE, line, word.span.clone(), message);
        let words =
            words::split(line).map_err(|quote| Diagnostic::at(LINE, line, quote, "this quote never ends"))?;
        let mut words = words.into_iter().peekable();
        for prefix in ["claque", "simulate"] {
            // A line is pasted as it was printed, or only from its first option on.
            words.next_if(|word| word.text == prefix);
        }
        let mut asked = Self::default();
        while let Some(word) = words.next() {
            let (name, given) = match word.text.split_once('=') {
                // A value may hold a `=` itself, as those of `--reading` do.
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (word.text.as_str(), None),
            };
            let Some((_, option)) = OPTIONS.into_iter().find(|(known, _)| *known == name) else {
                return Err(refuse(&word, format!("unknown option `{name}`"))
                    .word(name)
                    .allowed(OPTIONS.map(|(known, _)| known)));
            };
            let option = match option {
                LineOption::Swarm => {
                    asked.swarm = true;
                    continue;
                }
                LineOption::Valued(option) => option,
            };
            let (place, value) = match given {
                Some(value) => (word.clone(), value),
                None => {
                    let next =
                        words.next().ok_or_else(|| refuse(&word, format!("`{name}` needs a value")))?;
                    let value = next.text.clone();
                    (next, value)
                }
            };
            asked.take(option, value).map_err(|said| refuse(&place, said))?;
        }
        Ok(asked)
    }

    fn take(&mut self, option: ValuedOption, value: String) -> Result<(), String> {
        match option {
            ValuedOption::Seed => self.seed = Some(value.parse()?),
            ValuedOption::Scenario => self.scenario = Some(FileWord::parse(&value)),
            ValuedOption::Users => {
                let users = value.parse().ok().filter(|users: &NonZeroU32| users.get() <= USERS_MAX);
                let wrong = || format!("`{value}` is not a number of users from 1 to {USERS_MAX}");
                self.users = Some(users.ok_or_else(wrong)?);
            }
            ValuedOption::Reading => self.readings.push(parse_reading(&value)?),
            ValuedOption::Chat => self.chat = Some(FileWord::parse(&value)),
            ValuedOption::ChatStart => self.times.start = Some(value.parse()?),
            ValuedOption::ChatUnit => self.times.unit = Some(value.parse()?),
            ValuedOption::Speed => self.speed = Some(value.parse()?),
            ValuedOption::Mutant => self.mutant = Some(value),
            ValuedOption::Fork => self.forks.push(value.parse()?),
            ValuedOption::MadeBy => self.made_by = Some(value),
        }
        Ok(())
    }

    /// Makes it a canonical identity, given what the files hold: the scenario, unscaled, with the hash of its content
    /// when it is not built in, and the recorded chat.
    ///
    /// # Errors
    ///
    /// That a file has changed, that a reading, an alternative or a mutant is unknown, or that a speed has no chat.
    pub fn resolve(
        &self,
        scenario: &Scenario,
        scenario_hash: Option<u64>,
        chat: Option<&RecordedChat>,
    ) -> Result<Identity, Diagnostic> {
        let word = self.scenario_word();
        let named = match scenario_hash {
            Some(hash) => word.settle(hash)?,
            None => FileWord { path: scenario.name.clone(), hash: None },
        };
        let mut chosen = scenario.readings;
        for (id, word) in &self.readings {
            set_reading(&mut chosen, id, word)?;
        }
        let readings = chosen
            .iter()
            // Both come in the order of ids. A default that is given, or a reading that the scenario has already,
            // leaves no word in the line.
            .zip(scenario.readings.iter())
            .filter(|(now, own)| now.value != own.value)
            .map(|(now, _)| (now.id, now.value))
            .collect();
        let chat = match (&self.chat, chat) {
            (Some(file), Some(chat)) => {
                let speed = self.speed.unwrap_or(Speed::RECORDED);
                Some((file.settle(chat.content_hash)?, speed, self.times))
            }
            // Speed 1 is the default, and giving a default never makes another identity.
            _ if self.speed.is_some_and(|speed| speed != Speed::RECORDED) || !self.times.is_silent() => {
                return Err(Diagnostic::whole(
                    "the options of the run",
                    "`--speed`, `--chat-start` and `--chat-unit` are for a recorded chat",
                )
                .help("add `--chat FILE`"));
            }
            _ => None,
        };
        let mutant = self.mutant.as_deref().map(find_mutant).transpose()?;
        let forks = forks_in_order(self.forks.clone()).map_err(|said| Diagnostic::whole("--fork", said))?;
        Ok(Identity {
            // The number and not the word: a commit may be shortened or written in capitals, and is the same run.
            seed: self.seed.unwrap_or_default().value(),
            scenario: named,
            users: self.users.map_or_else(|| scenario.users(), NonZeroU32::get),
            readings,
            chat,
            mutant,
            forks,
            swarm: self.swarm,
        })
    }
}

/// Reads `id=alternative`.
///
/// # Errors
///
/// That there is no `=`.
pub fn parse_reading(word: &str) -> Result<(String, String), String> {
    let (id, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is not `READING=ALTERNATIVE`"))?;
    Ok((id.to_owned(), value.to_owned()))
}

/// Chooses an alternative of a reading.
///
/// # Errors
///
/// That the reading, or the alternative, is unknown, with those that are known and the nearest of them.
pub fn set_reading(readings: &mut Readings, id: &str, word: &str) -> Result<(), Diagnostic> {
    readings.set(id, word).map_err(|error| match error {
        ReadingError::UnknownReading => {
            let known = Readings::ids().iter().copied();
            Diagnostic::whole("--reading", format!("unknown reading `{id}`")).word(id).allowed(known)
        }
        ReadingError::UnknownValue { id, alternatives } => {
            let message = format!("unknown alternative `{word}` of the reading `{id}`");
            Diagnostic::whole("--reading", message).word(word).allowed(alternatives.iter().copied())
        }
    })
}

fn find_mutant(id: &str) -> Result<&'static str, Diagnostic> {
    let mut known = Mutant::every().map(Mutant::id);
    known.clone().find(|known| *known == id).ok_or_else(|| {
        let said = Diagnostic::whole("--mutant", format!("unknown mutant `{id}`")).word(id);
        let near = nearest(id, known.by_ref());
        let help = near.map_or_else(
            || "`claque mutants` lists all".to_owned(),
            |near| format!("the nearest is `{near}`"),
        );
        said.help(help)
    })
}
