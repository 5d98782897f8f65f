//! Evidence: what was expected and what was seen, in parts that keep what they are about.
//!
//! A sentence is written once, where it is shown, with the names that the reader knows. Whatever asks what a failure is
//! about (the causal slice of a run page, the shrinker's class) reads the parts and never the sentence.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use claque_core::{Duration, GroupIx, Instant, Text, UserIx};

/// The longest evidence. Unit: characters.
const EVIDENCE_MAX: usize = 2_000;
/// Of a list, so many of the first and of the last are shown.
const ENDS: usize = 8;

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words. Those of the judgement itself are borrowed from the program, values of the run are owned.
    Text(Cow<'static, str>),
    /// A user.
    User(UserIx),
    /// A group.
    Group(GroupIx),
    /// A message, by ID.
    Message(Text),
    /// A moment of the service's clock.
    At(Instant),
    /// The whole second of the service's clock that a moment lies in.
    Second(Instant),
    /// A number of things.
    Count(u64),
    /// A list of which only both ends are written. However long it is, the evidence is of the same kind.
    List(Vec<Evidence>),
}

/// What was expected and what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence(Vec<Part>);

/// The kind of an evidence: its words without the values of the run. Two failures of one rule and one kind are the same
/// failure of two runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceKind(String);

/// Something that an evidence is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user, by ID.
    User(String),
    /// A group, by ID.
    Group(String),
    /// A message, by ID.
    Message(Text),
    /// A moment of the service's clock.
    Moment(Instant),
    /// A whole second of the service's clock, by its begin.
    Second(Instant),
}

/// Names for the numbers that an evidence holds.
pub trait EvidenceNames {
    /// The name of a user; none: the number is shown.
    fn user(&self, user: UserIx) -> Option<String>;
    /// The name of a group; none: the number is shown.
    fn group(&self, group: GroupIx) -> Option<String>;
    /// When the show began, from which times are shown.
    fn began(&self) -> Option<Instant>;
}

/// The service's own numbers.
struct Numbers;

impl EvidenceNames for Numbers {
    fn user(&self, _user: UserIx) -> Option<String> {
        None
    }

    fn group(&self, _group: GroupIx) -> Option<String> {
        None
    }

    fn began(&self) -> Option<Instant> {
        None
    }
}

impl Part {
    fn write(&self, into: &mut String, names: &dyn EvidenceNames) -> fmt::Result {
        match self {
            Self::Text(words) => into.write_str(words),
            Self::User(user) => match names.user(*user) {
                Some(name) => into.write_str(&name),
                None => write!(into, "{}", user.0),
            },
            Self::Group(group) => match names.group(*group) {
                Some(name) => into.write_str(&name),
                None => write!(into, "{}", group.0),
            },
            Self::Message(tid) => write!(into, "{tid}"),
            Self::At(at) => write_time(*at, into, names),
            Self::Second(within) => write_time(second_of(*within), into, names),
            Self::Count(count) => write!(into, "{count}"),
            Self::List(list) => {
                // Written first and cut afterwards: an item is a few words.
                let items: Vec<Plain> = list.iter().map(|item| Plain(item.render(names))).collect();
                write!(into, "{}", Few(&items))
            }
        }
    }
}

/// Words that are shown in a list without quotes.
struct Plain(String);

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A moment, in time since the show began.
fn write_time(at: Instant, into: &mut String, names: &dyn EvidenceNames) -> fmt::Result {
    // What happened while the scene was set has no time of the show: it keeps that of the clock.
    match names.began().filter(|began| at >= *began) {
        Some(began) => write!(into, "{}", at.since(began)),
        None => write!(into, "{at}"),
    }
}

/// The begin of the whole second that a moment lies in.
const fn second_of(at: Instant) -> Instant {
    Instant::from_unix_seconds(at.unix_seconds())
}

impl Evidence {
    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The users, groups, messages and times that it is about, by name, in order.
    #[must_use]
    pub fn subjects(&self, names: &dyn EvidenceNames) -> Vec<Subject> {
        let subjects = |part: &Part| match part {
            Part::User(user) => names.user(*user).map(Subject::User).into_iter().collect(),
            Part::Group(group) => names.group(*group).map(Subject::Group).into_iter().collect(),
            Part::Message(tid) => vec![Subject::Message(tid.clone())],
            Part::At(at) => vec![Subject::Moment(*at)],
            Part::Second(within) => vec![Subject::Second(second_of(*within))],
            Part::List(list) => list.iter().flat_map(|item| item.subjects(names)).collect(),
            Part::Text(_) | Part::Count(_) => Vec::new(),
        };
        self.0.iter().flat_map(subjects).collect()
    }

    /// The sentence, with names; cut to its bound, with a word on how much was cut.
    #[must_use]
    pub fn render(&self, names: &dyn EvidenceNames) -> String {
        let mut sentence = String::new();
        for part in &self.0 {
            let written = part.write(&mut sentence, names);
            // Not asserted in release: evidence that reads badly must not hide the failure that it is about.
            debug_assert!(written.is_ok(), "a String takes what is written");
        }
        bounded(sentence)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        let mut words = String::new();
        for part in &self.0 {
            words.push_str(match part {
                Part::Text(Cow::Borrowed(own)) => own,
                // A value: what it is differs from run to run, that it stands there does not.
                Part::Text(Cow::Owned(_)) => "_",
                Part::User(_) => "{user}",
                Part::Group(_) => "{group}",
                Part::Message(_) => "{message}",
                // Times and counts differ from seed to seed; with them in it, the shrinker would take each smaller
                // run for another failure.
                Part::At(_) | Part::Second(_) => "{time}",
                Part::List(_) => "{list}",
                Part::Count(_) => "{count}",
            });
        }
        EvidenceKind(words)
    }
}

impl fmt::Display for Evidence {
    /// The sentence with the service's own numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Numbers))
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Evidence out of words and values, in the order in which they are read.
#[macro_export]
macro_rules! evidence {
    ($($part:expr),* $(,)?) => {{
        let mut parts = $crate::evidence::Evidence::default();
        $($crate::evidence::Say::say($part, &mut parts);)*
        parts
    }};
}

/// Something that evidence can hold.
pub trait Say {
    /// Adds it to the parts.
    fn say(self, evidence: &mut Evidence);
}

impl Say for Evidence {
    fn say(self, evidence: &mut Evidence) {
        evidence.0.extend(self.0);
    }
}

impl Say for Vec<Evidence> {
    fn say(self, evidence: &mut Evidence) {
        evidence.0.push(Part::List(self));
    }
}

impl Say for Part {
    fn say(self, evidence: &mut Evidence) {
        evidence.0.push(self);
    }
}

macro_rules! says {
    ($($value:ty, $given:ident => $part:expr;)*) => {
        $(impl Say for $value {
            fn say(self, evidence: &mut Evidence) {
                let $given = self;
                evidence.0.push($part);
            }
        })*
    };
}

says! {
    &'static str, words => Part::Text(Cow::Borrowed(words));
    UserIx, user => Part::User(user);
    GroupIx, group => Part::Group(group);
    &Text, tid => Part::Message(tid.clone());
    Instant, at => Part::At(at);
    u64, count => Part::Count(count);
    u32, count => Part::Count(count.into());
    usize, count => Part::Count(u64::try_from(count).unwrap_or(u64::MAX));
    String, value => Part::Text(Cow::Owned(value));
    &Arc<str>, value => Part::Text(Cow::Owned(value.to_string()));
    i64, value => Part::Text(Cow::Owned(value.to_string()));
    bool, value => Part::Text(Cow::Owned(value.to_string()));
    Duration, value => Part::Text(Cow::Owned(value.to_string()));
}

impl<T: fmt::Debug> Say for Few<'_, T> {
    fn say(self, evidence: &mut Evidence) {
        evidence.0.push(Part::Text(Cow::Owned(self.to_string())));
    }
}

/// A list of which only both ends are written, and how many items lie between them.
pub(crate) struct Few<'l, T>(pub(crate) &'l [T]);

impl<T: fmt::Debug> fmt::Display for Few<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(list) = self;
        let (Some(first), Some(last)) =
            (list.get(..ENDS), list.len().checked_sub(ENDS).and_then(|at| list.get(at..)))
        else {
            return write!(f, "{list:?}");
        };
        match list.len() - first.len() {
            0..=ENDS => write!(f, "{list:?}"),
            _ => {
                f.write_str("[")?;
                first.iter().try_for_each(|item| write!(f, "{item:?}, "))?;
                write!(f, "… {} more …", list.len() - first.len() - last.len())?;
                last.iter().try_for_each(|item| write!(f, ", {item:?}"))?;
                f.write_str("]")
            }
        }
    }
}

/// Evidence cut to its bound, with a word on how much was cut.
fn bounded(evidence: String) -> String {
    // By characters and not bytes: IDs and bodies of users may hold any text, and half a character is no text.
    match evidence.char_indices().nth(EVIDENCE_MAX) {
        None => evidence,
        Some((cut, _)) => {
            let more = evidence.get(cut..).map_or(0, |rest| rest.chars().count());
            format!("{}… ({more} characters more)", evidence.get(..cut).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{GroupIx, Instant, Text, UserIx};

    use super::{ENDS, EVIDENCE_MAX, Evidence, EvidenceNames, Few, Subject, bounded};

    struct Show;

    impl EvidenceNames for Show {
        fn user(&self, user: UserIx) -> Option<String> {
            Some(format!("viewer{}", user.0))
        }

        fn group(&self, group: GroupIx) -> Option<String> {
            (group.0 < 3).then(|| format!("g{}", group.0))
        }

        fn began(&self) -> Option<Instant> {
            Some(Instant::from_unix_seconds(1_750_417_200))
        }
    }

    fn pulled(user: u32, group: u32, after: u64, due: u64) -> Evidence {
        let due = Instant::from_unix_seconds(due);
        crate::evidence!(
            "user ",
            UserIx(user),
            " pulls ",
            after,
            " of group ",
            GroupIx(group),
            ", due at ",
            due
        )
    }

    #[test]
    fn numbers_become_names_and_times_of_the_clock_times_of_the_show() {
        let evidence = pulled(0, 2, 112, 1_750_417_260);
        assert_eq!(evidence.render(&Show), "user viewer0 pulls 112 of group g2, due at 60.000000s");
        assert_eq!(evidence.to_string(), "user 0 pulls 112 of group 2, due at 1750417260.000000");
        let before = pulled(0, 7, 112, 1_750_417_199);
        assert_eq!(before.render(&Show), "user viewer0 pulls 112 of group 7, due at 1750417199.000000");
    }

    #[test]
    fn the_kind_is_what_two_runs_have_in_common() {
        assert_eq!(pulled(0, 2, 112, 5).kind(), pulled(9, 1, 3, 70).kind());
        assert_ne!(pulled(0, 2, 112, 5).kind(), crate::evidence!("group ", GroupIx(2), " is gone").kind());
        let (one, other) = (crate::evidence!("it ", "is in"), crate::evidence!("it ", "is out"));
        assert_ne!(one.kind(), other.kind(), "words of the judgement tell kinds apart");
        let value = |text: &str| crate::evidence!("reads ", text.to_owned()).kind();
        assert_eq!(value("one"), value("another"), "values of the run do not");
    }

    #[test]
    fn an_evidence_is_about_what_it_names() {
        let tid = Text::from("m-1");
        let evidence = crate::evidence!("group ", GroupIx(1), " delivers ", &tid, " to user ", UserIx(4));
        let subjects =
            [Subject::Group("g1".to_owned()), Subject::Message(tid), Subject::User("viewer4".to_owned())];
        assert_eq!(evidence.subjects(&Show), subjects);
    }

    #[test]
    fn a_list_names_what_is_in_it_and_is_of_one_kind_however_long() {
        let left = |users: u32| {
            let item = |user| crate::evidence!(UserIx(user), " left ", GroupIx(1));
            crate::evidence!("changes: ", (0..users).map(item).collect::<Vec<_>>())
        };
        assert_eq!(left(2).render(&Show), "changes: [viewer0 left g1, viewer1 left g1]");
        assert!(left(40).render(&Show).contains("viewer7 left g1, … 24 more …, viewer32 left g1"));
        assert_eq!(left(0).kind(), left(40).kind());
        assert_eq!(left(40).subjects(&Show).len(), 80);
    }

    #[test]
    fn short_lists_are_written_whole_and_long_ones_by_their_ends() {
        assert_eq!(Few(&[1, 2, 3]).to_string(), "[1, 2, 3]");
        let sixteen: Vec<usize> = (0..2 * ENDS).collect();
        assert_eq!(Few(&sixteen).to_string(), format!("{sixteen:?}"));
        let many: Vec<u64> = (1..=50_000).collect();
        let said = Few(&many).to_string();
        assert!(said.starts_with("[1, 2, ") && said.ends_with(", 49999, 50000]"), "{said}");
        assert!(said.contains("… 49984 more …"), "{said}");
    }

    #[test]
    fn evidence_has_a_bound_and_says_what_was_cut() {
        assert_eq!(bounded("short".to_owned()), "short");
        let said = bounded("é".repeat(EVIDENCE_MAX + 5));
        assert!(said.ends_with("… (5 characters more)"));
        assert_eq!(said.chars().filter(|character| *character == 'é').count(), EVIDENCE_MAX);
    }
}
