//! Virtual members that act on their own, on the service's time: a frozen clock holds them still, an advanced one makes
//! them do everything that was due.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use claque_core::{AppIx, ClientSend, Duration, GroupIx, Instant};

use crate::shows::RecordedLine;

/// Lines of recorded chats that a server may hold in store.
// Each has a text of its own: a few hundred bytes, as in real chats, make this a few hundred megabytes at the most.
pub(crate) const LINES_MAX: usize = 500_000;
/// Acts that a server may still hold in store.
pub(crate) const ACTS_MAX: u64 = 10_000_000;
/// Steps that they may be of.
// Each keeps a text of its own, and all are looked at for the next deed: what has a bound by acts alone takes gigabytes
// and hours where every step is a single act.
pub(crate) const STEPS_MAX: usize = 10_000;

/// An act of a member of a crowd.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// One more member joins.
    Join,
    /// The newest member leaves.
    Leave,
    /// One of them speaks, in turn.
    Say(ClientSend),
    /// The member of that number speaks, and joins for it where it has not yet.
    SayAs(u32, ClientSend),
}

/// A crowd: its group, and the first part of its members' names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crowd {
    pub(crate) app: AppIx,
    pub(crate) group: GroupIx,
    pub(crate) prefix: Arc<str>,
}

impl Crowd {
    /// The name of a member by its number.
    pub(crate) fn name(&self, number: u32) -> String {
        format!("{}{number:06}", self.prefix)
    }
}

/// The same deed so many times, spread evenly over a span.
#[derive(Clone, Debug)]
pub(crate) struct Acts {
    pub(crate) crowd: Crowd,
    pub(crate) deed: Deed,
    pub(crate) begin: Instant,
    pub(crate) over: Duration,
    pub(crate) count: u64,
    pub(crate) done: u64,
}

impl Acts {
    fn next(&self) -> Instant {
        // From the whole each time, and not by adding a step: a rate that does not divide a second would
        // drift.
        let micros = u128::from(self.over.as_micros()) * u128::from(self.done) / u128::from(self.count);
        self.begin + Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// A recorded chat that is being replayed.
#[derive(Clone, Debug)]
pub(crate) struct RecordedShow {
    pub(crate) crowd: Crowd,
    pub(crate) begin: Instant,
    /// What is still to be said, by time.
    pub(crate) lines: VecDeque<RecordedLine>,
}

impl RecordedShow {
    fn next(&self) -> Option<Instant> {
        self.lines.front().map(|line| self.begin + line.at)
    }
}

/// One deed, at its time.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) crowd: Crowd,
    pub(crate) deed: Deed,
    /// How many of its kind came before.
    pub(crate) turn: u64,
}

/// The acts that crowds have ahead of them.
#[derive(Debug, Default)]
pub(crate) struct CrowdSchedule {
    list: Vec<Acts>,
    shows: Vec<RecordedShow>,
    /// Members of each crowd, as far as known; it is confirmed before it is relied on.
    present: BTreeMap<Crowd, u32>,
}

/// More acts would be in store than may be, or of more steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooManyActs;

impl CrowdSchedule {
    /// Puts acts in store; how many.
    ///
    /// # Errors
    /// There would be too many, and none is.
    pub(crate) fn begin(&mut self, acts: Vec<Acts>) -> Result<u64, TooManyActs> {
        let left = |acts: &Acts| acts.count - acts.done;
        // Saturating: the counts are a caller's, and two of them may be more than any number.
        let sum = |acts: &[Acts]| acts.iter().map(left).fold(0, u64::saturating_add);
        // All of them are looked at before one is taken: a script is stored as a whole or not at all.
        let more = sum(&acts);
        let steps = self.list.len().saturating_add(acts.len());
        if sum(&self.list).saturating_add(more) > ACTS_MAX || steps > STEPS_MAX {
            return Err(TooManyActs);
        }
        self.list.extend(acts.into_iter().filter(|acts| acts.count > 0));
        Ok(more)
    }

    /// The number of members that a crowd had when it was looked at last.
    pub(crate) fn known(&self, crowd: &Crowd) -> Option<u32> {
        self.present.get(crowd).copied()
    }

    /// Notes how many members a crowd has. One without any is forgotten: its name is all that there is of it.
    pub(crate) fn note(&mut self, crowd: &Crowd, present: u32) {
        if present == 0 {
            self.present.remove(crowd);
        } else if let Some(known) = self.present.get_mut(crowd) {
            *known = present;
        } else {
            self.present.insert(crowd.clone(), present);
        }
    }

    /// Forgets what the crowds of a group have in store.
    pub(crate) fn end(&mut self, group: GroupIx) {
        // By group and not by crowd: a tester who wants silence does not know all prefixes.
        self.list.retain(|acts| acts.crowd.group != group);
        self.shows.retain(|show| show.crowd.group != group);
    }

    /// When the next deed is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.list.iter().map(Acts::next).chain(self.shows.iter().filter_map(RecordedShow::next)).min()
    }

    /// Puts a recorded chat in store.
    ///
    /// # Errors
    /// There would be too many lines.
    pub(crate) fn replay(&mut self, show: RecordedShow) -> Result<(), TooManyActs> {
        let waiting: usize = self.shows.iter().map(|show| show.lines.len()).sum();
        if waiting.saturating_add(show.lines.len()) > LINES_MAX {
            return Err(TooManyActs);
        }
        self.shows.push(show);
        Ok(())
    }

    /// Acts and lines that are still in store.
    pub(crate) fn waiting(&self) -> u64 {
        let acts = self.list.iter().map(|acts| acts.count - acts.done).fold(0, u64::saturating_add);
        acts.saturating_add(self.shows.iter().map(|show| show.lines.len() as u64).sum())
    }

    /// The earliest deed that is due by `now`; of several at one moment the one that was put in store first.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Due> {
        let at = self.next_due().filter(|at| *at <= now)?;
        // The first of several: runs of a frozen clock must have one order, and this is the one in which they
        // were asked for.
        let Some(position) = self.list.iter().position(|acts| acts.next() == at) else {
            return self.take_line(at);
        };
        let acts = &mut self.list[position];
        let due = Due { at, crowd: acts.crowd.clone(), deed: acts.deed.clone(), turn: acts.done };
        acts.done += 1;
        if acts.done == acts.count {
            self.list.remove(position);
        }
        Some(due)
    }

    /// The line that is due at a time, of the recording that was put in store first.
    fn take_line(&mut self, at: Instant) -> Option<Due> {
        let position = self.shows.iter().position(|show| show.next() == Some(at))?;
        let show = &mut self.shows[position];
        let RecordedLine { user, message, .. } = show.lines.pop_front()?;
        let due = Due { at, crowd: show.crowd.clone(), deed: Deed::SayAs(user, message), turn: 0 };
        if show.lines.is_empty() {
            self.shows.remove(position);
        }
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use claque_core::{AppIx, ClientSend, Duration, GroupIx, Instant, Priority};

    use super::{
        ACTS_MAX, Acts, Crowd, CrowdSchedule, Deed, LINES_MAX, RecordedShow, STEPS_MAX, TooManyActs,
    };
    use crate::shows::RecordedLine;

    fn acts(deed: Deed, begin: u64, over: u64, count: u64) -> Acts {
        let crowd = Crowd { app: AppIx(0), group: GroupIx(0), prefix: Arc::from("crowd") };
        let (begin, over) = (Instant::from_unix_seconds(begin), Duration::from_secs(over));
        Acts { crowd, deed, begin, over, count, done: 0 }
    }

    #[test]
    fn deeds_come_in_the_order_of_their_times_and_only_when_due() {
        let mut crowds = CrowdSchedule::default();
        crowds.begin(vec![acts(Deed::Leave, 10, 4, 2), acts(Deed::Join, 10, 3, 3)]).expect("few");
        assert!(crowds.take_due(Instant::from_unix_seconds(9)).is_none());
        let mut seen = Vec::new();
        while let Some(due) = crowds.take_due(Instant::from_unix_seconds(12)) {
            seen.push((due.at.unix_seconds(), matches!(due.deed, Deed::Join)));
        }
        assert_eq!(seen, [(10, false), (10, true), (11, true), (12, false), (12, true)]);
        assert_eq!(crowds.next_due(), None);
    }

    #[test]
    fn the_store_has_a_bound() {
        let mut crowds = CrowdSchedule::default();
        crowds.begin(vec![acts(Deed::Join, 0, 1, ACTS_MAX)]).expect("just as many");
        assert_eq!(crowds.begin(vec![acts(Deed::Join, 0, 1, 1)]), Err(TooManyActs));
        crowds.end(GroupIx(0));
        assert_eq!(crowds.begin(vec![acts(Deed::Join, 0, 1, 1)]), Ok(1));
        crowds.end(GroupIx(0));
        let endless = vec![acts(Deed::Join, 0, 1, u64::MAX), acts(Deed::Join, 0, 1, u64::MAX)];
        assert_eq!(crowds.begin(endless), Err(TooManyActs), "their sum is no number");
        let single = vec![acts(Deed::Join, 0, 1, 1); STEPS_MAX];
        assert_eq!(crowds.begin(single), Ok(STEPS_MAX as u64));
        assert_eq!(crowds.begin(vec![acts(Deed::Join, 0, 1, 1)]), Err(TooManyActs));
    }

    #[test]
    fn lines_of_a_recording_come_at_their_times_between_other_deeds_and_end_with_the_group() {
        let mut crowds = CrowdSchedule::default();
        let line = |at: u64, user: u32| RecordedLine {
            at: Duration::from_secs(at),
            user,
            message: ClientSend::new(10_001, Priority::Medium, "hello"),
        };
        let show = |lines: Vec<RecordedLine>| RecordedShow {
            crowd: Crowd { app: AppIx(0), group: GroupIx(0), prefix: Arc::from("chat") },
            begin: Instant::from_unix_seconds(10),
            lines: lines.into(),
        };
        crowds.replay(show(vec![line(1, 0), line(1, 1), line(4, 0)])).expect("few");
        crowds.begin(vec![acts(Deed::Join, 12, 0, 1)]).expect("few");
        assert_eq!(crowds.waiting(), 4);
        let mut seen = Vec::new();
        while let Some(due) = crowds.take_due(Instant::from_unix_seconds(12)) {
            seen.push((
                due.at.unix_seconds(),
                if let Deed::SayAs(user, _) = due.deed { Some(user) } else { None },
            ));
        }
        assert_eq!(seen, [(11, Some(0)), (11, Some(1)), (12, None)]);
        assert_eq!(crowds.next_due(), Some(Instant::from_unix_seconds(14)));
        crowds.end(GroupIx(0));
        assert_eq!((crowds.next_due(), crowds.waiting()), (None, 0));
        assert_eq!(crowds.replay(show(vec![line(1, 0); LINES_MAX + 1])), Err(TooManyActs));
    }

    #[test]
    fn a_crowd_without_members_is_not_remembered() {
        let mut crowds = CrowdSchedule::default();
        let crowd = Crowd { app: AppIx(0), group: GroupIx(0), prefix: Arc::from("crowd") };
        crowds.note(&crowd, 2);
        crowds.note(&crowd, 1);
        assert_eq!(crowds.known(&crowd), Some(1));
        crowds.note(&crowd, 0);
        assert_eq!(crowds.known(&crowd), None);
        assert!(crowds.present.is_empty());
    }
}
