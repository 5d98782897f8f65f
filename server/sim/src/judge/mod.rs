//! What those around a server may rely on, judged from what they saw.
//!
//! Each judge looks at one promise and stays silent where what was seen leaves it open: a call whose connection broke may have
//! happened or not, and what a killed server had not sent is lost.

mod answers;
mod broken;
mod callbacks;
mod deliveries;
mod lasting;
mod links;
mod story;
mod worlds;

use crate::seen::{Log, Sight};

pub use broken::BrokenPromise;
pub(crate) use story::LogStory;

/// Everything that was broken, in the order of the judges.
#[must_use]
pub fn judge(log: &Log) -> Vec<BrokenPromise> {
    let story = LogStory::of(log);
    let mut findings = Vec::new();
    for seen in &log.seen {
        match &seen.what {
            Sight::Failed(why) => {
                findings.push(BrokenPromise { class: "server-fails", says: why.clone() });
            }
            Sight::Garbled(viewer, _, text) => {
                let says = format!("viewer{viewer} received bytes that are no frame: {text:?}");
                findings.push(BrokenPromise { class: "garbled-frame", says });
            }
            Sight::Unstandard(what) => {
                findings.push(BrokenPromise { class: "standard-broken", says: what.clone() });
            }
            Sight::Sent(..)
            | Sight::Answered(..)
            | Sight::Lost(..)
            | Sight::Frame(..)
            | Sight::Received(..)
            | Sight::Up(..)
            | Sight::Down(..)
            | Sight::Paused(..)
            | Sight::Silent(_)
            | Sight::Spoilt(..)
            | Sight::Posted(_)
            | Sight::Treats(..)
            | Sight::Reviewed(_)
            | Sight::Ends(_)
            | Sight::Began => {}
        }
    }
    answers::judge(&story, &mut findings);
    lasting::judge(&story, &mut findings);
    links::judge(&story, &mut findings);
    deliveries::judge(&story, &mut findings);
    callbacks::judge(&story, &mut findings);
    worlds::judge(&story, &mut findings);
    findings
}
