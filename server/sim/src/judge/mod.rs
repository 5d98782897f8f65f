//! What those around a server may rely on, judged from what they saw.
//!
//! Each judge looks at one promise and stays silent where what was seen leaves it open: a call whose connection broke may have
//! happened or not, and what a killed server had not sent is lost.

mod answers;
mod callbacks;
mod deliveries;
mod lasting;
mod links;
mod story;
mod worlds;

use crate::seen::{Log, What};

pub(crate) use story::Story;

/// Microseconds.
pub(crate) const SECOND: u64 = 1_000_000;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which promise, in a word: failures of one class are taken for the same.
    pub class: &'static str,
    /// What happened, in a sentence.
    pub says: String,
}

/// Everything that was broken, in the order of the judges.
#[must_use]
pub fn judge(log: &Log) -> Vec<Finding> {
    let story = Story::of(log);
    let mut findings = Vec::new();
    for seen in &log.seen {
        match &seen.what {
            What::Failed(why) => {
                findings.push(Finding { class: "server-fails", says: why.clone() });
            }
            What::Garbled(viewer, _, text) => {
                let says = format!("viewer{viewer} received bytes that are no frame: {text:?}");
                findings.push(Finding { class: "garbled-frame", says });
            }
            What::Sent(..)
            | What::Answered(..)
            | What::Lost(..)
            | What::Frame(..)
            | What::Received(..)
            | What::Up(..)
            | What::Down(..)
            | What::Paused(..)
            | What::Silent(_)
            | What::Posted(_)
            | What::Treats(..)
            | What::Reviewed(_)
            | What::Ends(_)
            | What::Began => {}
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
