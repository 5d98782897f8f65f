//! Recorded traffic of any service, judged against the documents.
//!
//! A recording is a list of observations: calls as a back end made them, frames as clients sent and received them, callbacks as
//! their receiver got them (`docs/audit-format.md`). It may be partial, come from several sources, and have clocks that differ.
//! The judge asks the service nothing. It says of each rule that the recording keeps it, that it breaks it, with the lines that
//! prove it, or that nothing in the recording shows it.
//!
//! The uncertain is not judged. An observation happened within a window: its time, give or take the error of its
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
//! | `replay` | what hangs on the past, where the recording is complete: it is done again with the reference service |
//! | `lists` | who is listed in a group and speaks in it, joins that are called back, how many groups there are |
//! | `pages` | what lists answer: size, order, what they are narrowed to |
//! | `notified` | what clients are notified of besides: kicks, what comes back after a break, supergroups |
//! | `membership` | whether a client may receive messages of a group |
//! | `logons` | tokens, where the application's key is known |
//! | `posts` | callbacks and reviews, as their receivers got them |
//! | `deliveries` | what clients receive: content, once, only as members, within the frequency limit |

mod answers;
mod asked;
mod assumed;
mod clocks;
mod deliveries;
mod findings;
mod groups;
pub mod har;
mod lists;
mod logons;
mod membership;
mod notified;
mod pages;
mod posts;
mod rates;
mod recording;
mod replay;
mod requests;
mod settle;
mod stop;
mod window;
mod written;

pub use self::answers::is_edge;
pub use self::assumed::Assumed;
pub use self::findings::{Breach, Explanation, Findings, Verdict};
pub use self::recording::{Open, Place, Recording, RecordingError, TakeLine, read_lines};
pub use self::stop::Stop;
pub use self::window::Window;
pub use crate::log::{
    CallLine, ClientLine, Complete, ConsoleLine, Header, Line, LinkState, ReviewLine, VERSION, lossy,
};

/// Reads a recording of so many files and judges it.
///
/// A long one is read twice, and the deliveries in it, of which it mostly consists, are judged as they pass and not kept.
///
/// `stop` is asked between the judges, and between the times that the recording is done again. Once it says yes, no further judge
/// begins and the findings are partial: what is broken stays so, and what is kept may yet be broken.
///
/// # Errors
/// At the first line that is not of the format.
pub fn audit_files(
    files: usize,
    open: Open<'_>,
    assumed: &Assumed,
    stop: Stop<'_>,
) -> Result<(Recording, Findings), RecordingError> {
    let mut recording = Recording::of_files(files, open)?;
    let mut findings = Findings::default();
    let asked = asked::all(&recording);
    let unjudged = if recording.is_deferred() {
        deliveries::Deferred::of(&recording, &asked, assumed).read((files, open), &mut findings)?
    } else {
        deliveries::judge(&recording, &asked, assumed, &mut findings);
        0
    };
    rest((&recording, &asked), assumed, &mut findings, stop);
    recording.unjudged += unjudged;
    Ok((recording, findings))
}

/// Judges a recording.
#[must_use]
pub fn audit(recording: &Recording, assumed: &Assumed) -> Findings {
    let mut findings = Findings::default();
    let asked = asked::all(recording);
    deliveries::judge(recording, &asked, assumed, &mut findings);
    rest((recording, &asked), assumed, &mut findings, &|| false);
    findings
}

/// Everything but deliveries.
fn rest(
    (recording, asked): (&Recording, &[asked::Asked<'_>]),
    assumed: &Assumed,
    findings: &mut Findings,
    stop: Stop<'_>,
) {
    let judges: [&dyn Fn(&mut Findings); 10] = [
        &|findings| requests::judge(recording, assumed, findings),
        &|findings| answers::judge(recording, findings),
        &|findings| {
            // A service that is known to count no calls takes any number of them.
            if assumed.limits.call_quotas {
                rates::judge(recording, findings);
            }
        },
        &|findings| groups::judge(recording, asked, findings),
        &|findings| notified::judge(recording, findings),
        &|findings| pages::judge(recording, findings),
        &|findings| lists::judge(recording, asked, assumed, findings),
        &|findings| posts::judge(recording, findings),
        &|findings| logons::judge(recording, asked, findings),
        &|findings| replay::judge(recording, assumed, findings, stop),
    ];
    for judge in judges {
        if stop() {
            findings.stopped = true;
            break;
        }
        judge(findings);
    }
    findings.settle();
}
