//! What one call puts out once and no more, for it concerns one session, one ticket or one message.

use claque_core::{GroupIx, Mutants, Output, Rule, SessionId, Text, Ticket};

use super::{Model, Observed};
use crate::evidence;
use crate::evidence::Evidence;

/// What an output is about, where a second one about the same is one too many.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Once<'o> {
    Answer(Ticket),
    Close(SessionId),
    Review(Ticket),
    Shed(GroupIx, &'o Text),
}

impl<'o> Once<'o> {
    const fn of(output: &'o Output) -> Option<Self> {
        match output {
            Output::Answer(ticket, _) | Output::ClientAnswer(_, ticket, _) => Some(Self::Answer(*ticket)),
            Output::Close(session, _) => Some(Self::Close(*session)),
            Output::Moderate(review) => Some(Self::Review(review.ticket)),
            Output::Shed(shed) => Some(Self::Shed(shed.group, &shed.tid)),
            Output::Callback(_)
            | Output::Deliver(_)
            | Output::DeliverTo(..)
            | Output::Direct(..)
            | Output::Log(_)
            | Output::Notice(..)
            | Output::Overdue(_)
            | Output::Recover(..) => None,
        }
    }

    /// The rule on it, and what happens to it twice.
    fn twice(&self) -> (Rule, Evidence) {
        match self {
            Self::Answer(ticket) => (
                Rule::ModerationRejectedRefused,
                evidence!("the sender of ticket ", ticket.0, " is answered"),
            ),
            Self::Close(session) => (
                Rule::MembershipSessionOnePerUser,
                evidence!("the session of user ", session.user, " is ended"),
            ),
            Self::Review(ticket) => {
                (Rule::ModerationRequestContent, evidence!("a reviewer is asked about ticket ", ticket.0))
            }
            Self::Shed(group, tid) => {
                (Rule::ShaperShedNotDelivered, evidence!("message ", *tid, " of group ", *group, " is shed"))
            }
        }
    }
}

impl Model {
    /// Nothing happens twice in one call that can happen once.
    pub(super) fn judge_repeats<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        // Where an ID that is used again is another message, two may go under it.
        let two = |once: &Once<'_>| {
            matches!(once, Once::Shed(group, tid)
                if self.groups.get(*group).is_some_and(|books| books.unsure.contains(*tid)))
        };
        let mut once: Vec<Once<'_>> =
            seen.outputs.iter().filter_map(Once::of).filter(|once| !two(once)).collect();
        // Sorted and not kept in a set: nearly every call has none or one of them, and a list of none takes nothing.
        once.sort_unstable();
        if let Some([again, _]) = once.array_windows().find(|[one, next]| one == next) {
            let (rule, what) = again.twice();
            self.refute(seen.now, Some(rule), evidence!(what, " twice in one call"));
        }
    }
}
