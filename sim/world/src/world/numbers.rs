//! Inputs and outcomes as the numbers that the trace hash is made of.

use claque_core::{ClientReply, Input, Outcome, Reply, Response, Ticket};
use claque_engine::mix;

/// A number for what was done, for the trace hash.
// Numbers that stand for themselves: an input that is new must not renumber the others, whose hashes are written down.
pub(crate) const fn input_kind(input: &Input) -> u32 {
    match input {
        Input::Client(..) => 1,
        Input::Connect(_) => 2,
        Input::Console(..) => 3,
        Input::Disconnect(..) => 4,
        Input::Malformed(..) => 5,
        Input::Reconnect(..) => 6,
        Input::Request(..) => 7,
        Input::SetLimits(_) => 8,
        Input::SetReadings(_) => 9,
        Input::Timeout => 10,
        Input::Verdict(..) => 11,
    }
}

/// A number for what came of it, for the trace hash.
pub(crate) fn outcome_number(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Quiet => 0,
        Outcome::Client(Ok(ClientReply::Sent(tid))) => text_number(tid),
        Outcome::Client(Ok(ClientReply::Group(state))) => {
            mix(state.counters.online_user_counts ^ u64::from(state.group.0) << 32)
        }
        Outcome::Client(Ok(_)) => 1,
        Outcome::Client(Err(refusal)) => u64::from(refusal.code()),
        Outcome::Connected(Ok(connected)) => {
            u64::from(connected.session.user.0) << 32 | u64::from(connected.session.generation)
        }
        Outcome::Connected(Err(refusal)) => u64::from(refusal.code()) << 16,
        Outcome::Request(Ok(Reply::Pending(Ticket(ticket)))) => mix(*ticket),
        Outcome::Request(Ok(Reply::Done(response))) => match response {
            Response::MessageSent(tid) => text_number(tid),
            Response::Group(view) => view.live.as_ref().map_or(3, |live| mix(live.online_user_counts)),
            Response::Messages(page) => mix(page.messages.iter().map(|message| message.seq_number).sum()),
            Response::Users(page) => mix(5 + u64::try_from(page.users.len()).unwrap_or(0)),
            // Other answers count as given, whatever they hold: the hash has to tell runs apart, and they follow from
            // what is in it already.
            _ => 2,
        },
        Outcome::Request(Err(refusal)) => {
            mix(u64::from(refusal.code().status()) ^ text_number(refusal.code().as_str()))
        }
    }
}

pub(super) fn text_number(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}
