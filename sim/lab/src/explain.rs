//! The story of one message, user or group: what became of it, event by event, each with the rule that decided.
//!
//! Five sources tell it: a run, a bug's run, a written trace, a recording and a live server. Each is turned into [`Event`]s
//! and handed to one [`Explainer`], so that the same thing is said in the same words wherever it was seen.

mod event;
mod run;
mod story;
mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use claque_document::diagnostic::nearest;
use serde::Serialize;

use crate::amount::counted;

pub use event::{Event, What};
pub use run::{events_of, explain_run};
pub use story::{Fate, Story};
pub use trace::{TraceError, is_trace_line, read_trace};

/// A kind of thing that has a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message, by its ID.
    Message,
    /// A user, by ID.
    User,
    /// A group, by ID.
    Group,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Message, Self::User, Self::Group];

    /// The word that stands before a name to say which kind is meant: `user:ada`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// A name as somebody asks for it: the kind may be said, and of a message its first characters are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    kind: Option<Kind>,
    name: String,
}

/// By fewer characters no message is meant: `g1` would otherwise be a group and a hundred messages.
const PREFIX_CHARS_MIN: usize = 4;
/// Names that an ambiguous beginning is answered with.
const NAMED_MAX: usize = 5;

impl Asked {
    /// `NAME`, or `message:NAME`, `user:NAME`, `group:NAME`.
    ///
    /// # Errors
    ///
    /// Without a name.
    pub fn parse(word: &str) -> Result<Self, String> {
        let kinds = Kind::ALL.into_iter();
        let split = |kind: Kind| Some((kind, word.strip_prefix(kind.word())?.strip_prefix(':')?));
        let (kind, name) = match kinds.filter_map(split).next() {
            Some((kind, name)) => (Some(kind), name),
            None => (None, word),
        };
        if name.is_empty() {
            return Err("a name is missing: write the ID of a message, a user or a group".to_owned());
        }
        Ok(Self { kind, name: name.to_owned() })
    }

    /// Whether a thing may be the one that is meant.
    fn admits(&self, kind: Kind, name: &str) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind) && (name == self.name || self.abbreviates(kind, name))
    }

    fn abbreviates(&self, kind: Kind, name: &str) -> bool {
        kind == Kind::Message && self.name.len() >= PREFIX_CHARS_MIN && name.starts_with(&self.name)
    }
}

/// Why there is no story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotExplained {
    /// Nothing has this name; the nearest names, each with its kind.
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Names that somebody may have meant.
        near: Vec<(Kind, String)>,
        /// How many messages, users and groups the source names.
        seen: [usize; 3],
    },
    /// Several things may be meant.
    Ambiguous {
        /// The name that was asked for.
        name: String,
        /// Some of them.
        among: Vec<(Kind, String)>,
        /// All of them.
        of: usize,
    },
}

impl fmt::Display for NotExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |names: &[(Kind, String)]| {
            names.iter().map(|(kind, name)| format!("{}:{name}", kind.word())).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Unknown { name, near, seen: [messages, users, groups] } => {
                write!(f, "nothing here is called {name:?}")?;
                if near.is_empty() {
                    let of = |number: usize, thing| counted(number as u64, thing);
                    let (messages, users) = (of(*messages, "message"), of(*users, "user"));
                    write!(f, ": there are {messages}, {users} and {}", of(*groups, "group"))
                } else {
                    write!(f, "; did you mean {}?", listed(near))
                }
            }
            Self::Ambiguous { name, among, of } => {
                let more = of - among.len();
                write!(f, "{name:?} may be {}", listed(among))?;
                if more > 0 {
                    write!(f, " and {more} more")?;
                }
                f.write_str(": write one of them")
            }
        }
    }
}

/// Takes the events of a source in order, and keeps those that belong to a story.
#[derive(Clone, Debug)]
pub struct Explainer {
    asked: Asked,
    kept: Vec<Event>,
    /// Sends that wait for a review, by ticket: which message each becomes shows only when it is answered.
    reviews: BTreeMap<u64, Event>,
    /// The names of the source, by kind.
    names: [BTreeSet<String>; 3],
    last_at: i64,
}

impl Explainer {
    /// For one name.
    #[must_use]
    pub fn new(asked: Asked) -> Self {
        Self { asked, kept: Vec::new(), reviews: BTreeMap::new(), names: Default::default(), last_at: 0 }
    }

    /// Whether what happens to a message of a group is asked for, so that a source looks closer.
    #[must_use]
    pub fn wants(&self, message: &str, group: &str) -> bool {
        self.asked.admits(Kind::Message, message) || self.asked.admits(Kind::Group, group)
    }

    /// Takes note of a name that the source has, whatever happens to it.
    pub fn know(&mut self, kind: Kind, name: &str) {
        if let Some(names) = self.names.get_mut(kind as usize).filter(|names| !names.contains(name)) {
            names.insert(name.to_owned());
        }
    }

    /// The known names that stand in a sentence.
    #[must_use]
    pub fn named_in(&self, sentence: &str) -> Vec<(Kind, String)> {
        let words = sentence.split(|letter: char| letter.is_whitespace() || ",;:()\"".contains(letter));
        let kinds = |word: &str| {
            Kind::ALL
                .into_iter()
                .zip(&self.names)
                .filter(|(_, names)| names.contains(word))
                .map(|(kind, _)| kind)
                .collect::<Vec<_>>()
        };
        words.flat_map(|word| kinds(word).into_iter().map(|kind| (kind, word.to_owned()))).collect()
    }

    /// Takes the next event.
    pub fn take(&mut self, event: Event) {
        self.last_at = self.last_at.max(event.at_micros);
        let mut wanted = false;
        event.what.names(&mut |kind, name| {
            self.know(kind, name);
            wanted |= self.asked.admits(kind, name);
        });
        if let What::Accepted { ticket: Some(ticket), .. } = &event.what
            && let Some(review) = self.reviews.remove(ticket)
            && wanted
            && !self.kept.contains(&review)
        {
            self.kept.push(review);
        }
        if let What::Reviewing { ticket, .. } = &event.what {
            self.reviews.insert(*ticket, event.clone());
        }
        if wanted {
            self.kept.push(event);
        }
    }

    /// The story, or why there is none.
    ///
    /// # Errors
    ///
    /// Where the name is unknown, or may mean several things.
    pub fn story(self) -> Result<Story, NotExplained> {
        let (kind, name) = self.meant()?;
        let Self { kept, last_at, .. } = self;
        Ok(Story::of(kind, name, kept, last_at))
    }

    /// The one thing that is meant.
    fn meant(&self) -> Result<(Kind, String), NotExplained> {
        let known = || {
            let each = Kind::ALL.into_iter().zip(&self.names);
            each.flat_map(|(kind, names)| names.iter().map(move |name| (kind, name)))
        };
        let admitted: Vec<(Kind, &String)> =
            known().filter(|(kind, name)| self.asked.admits(*kind, name)).collect();
        // A whole name is meant before any that only begins with it.
        let whole: Vec<(Kind, &String)> =
            admitted.iter().copied().filter(|(_, name)| **name == self.asked.name).collect();
        let candidates = if whole.is_empty() { admitted } else { whole };
        let owned = |(kind, name): (Kind, &String)| (kind, name.clone());
        match candidates.as_slice() {
            [one] => Ok(owned(*one)),
            [] => {
                let wanted = |kind: Kind| self.asked.kind.is_none_or(|wanted| wanted == kind);
                let each = Kind::ALL.into_iter().zip(&self.names).filter(|(kind, _)| wanted(*kind));
                let near = each.filter_map(|(kind, names)| {
                    let name = nearest(&self.asked.name, names.iter().map(String::as_str))?;
                    Some((kind, name.to_owned()))
                });
                Err(NotExplained::Unknown {
                    name: self.asked.name.clone(),
                    near: near.collect(),
                    seen: [0, 1, 2].map(|at: usize| self.names.get(at).map_or(0, BTreeSet::len)),
                })
            }
            several => Err(NotExplained::Ambiguous {
                name: self.asked.name.clone(),
                among: several.iter().take(NAMED_MAX).map(|each| owned(*each)).collect(),
                of: several.len(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
