//! Recorded traffic of any service, judged against the documents.
//!
//! A recording is a list of observations: calls as a back end made them, frames as clients sent and received them, callbacks as
//! their receiver got them (`docs/audit-format.md`). It may be partial, come from several sources, and have clocks that differ.
//! The judge asks the service nothing. It says of each rule that the recording keeps it, that it breaks it, with the lines that
//! prove it, or that nothing in the recording shows it.
//!
//! What is not certain is not judged. An observation happened within a window: its time, give or take the error of its
//! source's clock; what a call changed, it changed between its sending and its answer. A rule is broken only if it is broken
//! wherever in their windows the observations lie. That something did not happen can be judged only where the recording says
//! that it is complete ([`Complete`]).
//!
//! | module | what it judges |
//! | --- | --- |
//! | `requests` | what is illegal in itself, whatever the state; which reading of an open point explains what was taken |
//! | `answers` | the shape of answers and refusals |
//! | `rates` | how often an account may call |
//! | `groups` | groups that exist, are deleted, come back; who is muted |
//! | `deliveries` | what clients receive: content, once, only as members, within the frequency limit |

mod answers;
mod asked;
mod deliveries;
mod findings;
mod groups;
mod line;
mod rates;
mod recording;
mod requests;
mod window;

use claque_core::Readings;

pub use self::findings::{Breach, Explanation, Findings, Verdict};
pub use self::line::{CallLine, ClientLine, Complete, Header, Line, LinkState, VERSION};
pub use self::recording::{Place, Recording, RecordingError};
pub use self::window::Window;

/// What the service is assumed to be like.
#[derive(Clone, Copy, Debug)]
pub struct Assumed {
    /// The reading of each open point.
    pub readings: Readings,
    /// Messages that a group delivers in a second.
    pub group_messages_per_second: u32,
}

impl Default for Assumed {
    fn default() -> Self {
        Self {
            readings: Readings::default(),
            group_messages_per_second: claque_core::limits::GROUP_MESSAGES_PER_SECOND,
        }
    }
}

/// Judges a recording.
#[must_use]
pub fn audit(recording: &Recording, assumed: &Assumed) -> Findings {
    let mut findings = Findings::default();
    requests::judge(recording, assumed, &mut findings);
    answers::judge(recording, &mut findings);
    rates::judge(recording, &mut findings);
    groups::judge(recording, &mut findings);
    deliveries::judge(recording, assumed, &mut findings);
    findings
}
