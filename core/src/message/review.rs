//! The review of content: off, by the service's own words, or by the application's reviewer.
//!
//! A reviewer that fails or is late lets the message through; only a verdict can stop one.

use alloc::sync::Arc;

use crate::mutants::{Mutant, Mutants};
use crate::state::app::Audit;
use crate::state::service::Service;
use crate::words::id::AppIx;
use crate::words::message::Origin;
use crate::words::reading::SendServerModeration;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// The result of a text's review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Review {
    /// The application's reviewer must say.
    Ask(Arc<str>),
    /// It may pass.
    Pass,
    /// It may not.
    Reject {
        /// The sender is refused, and not answered with success.
        openly: bool,
    },
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Reviews a text, as far as the service itself can.
    pub(crate) fn review(&mut self, app: AppIx, body: &str, origin: Origin, skip: bool) -> Review {
        if origin == Origin::Old {
            self.hit(if skip { Rule::ModerationSkipExempts } else { Rule::ModerationSkipDefaultFalse });
        }
        // The flag of the caller before the switch of the application: who may skip is decided where the flag is read.
        let skip = (skip && !self.mutants.has(Mutant::SkipAuditIgnored))
            || (origin == Origin::Old && self.mutants.has(Mutant::SkipAuditByDefault));
        let exempt = origin != Origin::Client
            && self.config.readings.send_server_moderation == SendServerModeration::Exempt;
        if skip || exempt {
            return Review::Pass;
        }
        let url = match &self.state.apps[app.at()].audit {
            Audit::Off => None,
            Audit::BuiltIn => return self.review_built_in(body),
            // Shared, so that a change of the address does not reach a review that is under way.
            Audit::Custom(url) => Some(Arc::clone(url)),
        };
        if let Some(url) = url {
            return Review::Ask(url);
        }
        self.hit(Rule::ModerationSwitchDefaultOff);
        if self.mutants.has(Mutant::ReviewAlwaysOn) { self.review_built_in(body) } else { Review::Pass }
    }

    /// Looks for the refused words, whatever their case. O(words × text).
    fn review_built_in(&mut self, body: &str) -> Review {
        self.hit(Rule::ModerationVerdictPass);
        // The whole text once, and not a search for each word that ignores case: lower-casing may change lengths, and
        // no window would fit.
        let folded = body.to_lowercase();
        let found = self.config.refused_words.iter().any(|word| folded.contains(&*word.to_lowercase()));
        if found && !self.mutants.has(Mutant::RejectedDelivered) { self.rejection() } else { Review::Pass }
    }

    /// How a text that did not pass is answered.
    pub(super) fn rejection(&mut self) -> Review {
        // Rejected and refused are one: the sender learns of it, where a shed message's sender does not.
        self.hit(Rule::ModerationRejectedRefused);
        Review::Reject { openly: !self.mutants.has(Mutant::RejectedToldSent) }
    }
}
