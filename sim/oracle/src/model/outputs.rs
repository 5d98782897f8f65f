//! What comes of a call, followed in the order in which it happened: links closed, reviews answered, messages out.
//!
//! Several deadlines may fall on one instant, and one call does them all. What was delivered before the last member
//! left is not judged by the group that was left, nor what was shed before a review let something newer in.

use std::collections::{BTreeMap, VecDeque};

use claque_core::{GroupIx, Input, Mutants, Output, Ticket};

use super::reviews::answered;
use super::{Model, Observed};
use crate::books::message::{Fresh, Rank};
use crate::books::ranks::Round;
use crate::books::sessions::Comings;

impl Model {
    /// Follows sessions and messages through everything that a call brought about.
    pub(super) fn follow_outputs<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        comings: &mut Comings,
        fresh: Option<&Fresh>,
    ) {
        // Before the loop, since following the answers takes tickets out of the books from which overdue reviews are
        // known.
        let mut unanswered = self.unanswered(seen);
        // Messages are ranked against each other only where a second ends: those that waited for it.
        let ranks = matches!(seen.input, Input::Timeout) && !self.leapt;
        let before = self.arrivals;
        // A review that ends in this call lets messages in which did not compete for the slots of the second that
        // closes.
        let waited = |(_, _, arrival): &Rank| ranks && arrival.0 <= before;
        let mut rounds: BTreeMap<GroupIx, Round> = BTreeMap::new();
        for output in seen.outputs {
            self.explain(seen, output, &mut unanswered);
            match output {
                Output::Close(session, reason) => self.on_close(seen.now, *session, *reason, comings),
                Output::Answer(..) | Output::ClientAnswer(..) => self.follow_answer(seen, output),
                Output::Deliver(fanout) => {
                    let mut late = self.on_delivered(fanout);
                    if ranks {
                        // Kept without its rank, not dropped: it has taken a slot that the ranked ones could not
                        // have.
                        late.rank = late.rank.filter(waited);
                        rounds.entry(fanout.group).or_default().delivered.push(late);
                    }
                }
                Output::DeliverTo(_, message) => self.on_delivered_to_chosen(message),
                Output::Shed(shed) => {
                    if let Some(rank) = self.on_shed(seen.now, shed).filter(waited) {
                        rounds.entry(shed.group).or_default().outranked.push(rank);
                    }
                }
                Output::Callback(_)
                | Output::Direct(..)
                | Output::Log(_)
                | Output::Moderate(_)
                | Output::Notice(..)
                | Output::Overdue(_)
                | Output::Recover(..) => {}
            }
        }
        // Those that no output needed for its explanation: their messages wait still, or were shed with no trace in
        // this call.
        for ticket in unanswered {
            let sent = self.on_unanswered(seen, ticket);
            self.judge_passed_untold(seen, sent);
        }
        if let Some(fresh) = fresh {
            self.judge_at_once(seen.now, fresh);
        }
        if ranks {
            self.judge_ranks(seen.now, &rounds);
        }
        self.judge_seconds(seen.now, false);
    }

    /// Follows reviews whose end nobody is notified of, as far as an output shows that they are over: it is the answer
    /// to a later one, or only what they let through explains it.
    fn explain<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        output: &Output,
        unanswered: &mut VecDeque<Ticket>,
    ) {
        // As few as explain the output: a review that is taken for ended too early puts a message among those that
        // waited, and what sheds or outranks it looks wrong. Campaigns failed at such seeds while the model guessed.
        while let Some(ticket) = unanswered.front().copied() {
            let explained = match output {
                Output::Deliver(fanout) => self.explains_delivery(fanout),
                Output::Shed(shed) => self.explains_shed(seen.now, shed),
                Output::Answer(..)
                | Output::Callback(_)
                | Output::ClientAnswer(..)
                | Output::Close(..)
                | Output::DeliverTo(..)
                | Output::Direct(..)
                | Output::Log(_)
                | Output::Moderate(_)
                | Output::Notice(..)
                | Output::Overdue(_)
                | Output::Recover(..) => {
                    answered(output).is_none_or(|later| self.turn_of(ticket) > self.turn_of(later))
                }
            };
            if explained {
                return;
            }
            unanswered.pop_front();
            self.on_unanswered(seen, ticket);
        }
    }
}
