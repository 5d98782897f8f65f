//! How a callback reaches its receiver: what a try is as a request, when it has failed, and when there is another.
//!
//! Rule: `callback.delivery.retries`

use std::time::Duration;

/// A callback must be answered within this span.
pub const CALLBACK_WITHIN: Duration = Duration::from_secs(5);
/// Tries after the first.
pub const CALLBACK_RETRIES_MAX: u32 = 5;
/// Time between the end of a try and the next one.
pub const CALLBACK_SPACING: Duration = Duration::from_secs(1);
/// The status of an answer that takes a callback.
pub const CALLBACK_TAKEN: u16 = 200;

/// One try, as the request that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The method.
    pub method: &'static str,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The next step of a callback after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its receiver took it.
    Taken,
    /// There is another try, this long after the end of the last.
    Again(Duration),
    /// There is none.
    GivenUp,
}

/// How callbacks are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How long an answer is waited for; none: without end.
    pub within: Option<Duration>,
    /// Tries after the first.
    pub retries_max: u32,
    /// Time between the end of a try and the next one.
    pub spacing: Duration,
    /// Statuses that take a callback, from the first to the last.
    pub taken: [u16; 2],
    /// The status that a missing answer counts as, where it counts as one.
    pub silence: Option<u16>,
    /// The status that a connection that breaks before an answer counts as, where it counts as one.
    pub broken: Option<u16>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            within: Some(CALLBACK_WITHIN),
            retries_max: CALLBACK_RETRIES_MAX,
            spacing: CALLBACK_SPACING,
            taken: [CALLBACK_TAKEN; 2],
            silence: None,
            broken: None,
        }
    }
}

impl Delivery {
    /// The step after a try; `before`: how many there were before it, `answer`: the status, if one came in time.
    #[must_use]
    pub fn next(&self, before: u32, answer: Option<u16>) -> Next {
        let [first, last] = self.taken;
        if answer.or(self.silence).is_some_and(|status| (first..=last).contains(&status)) {
            Next::Taken
        } else if before < self.retries_max {
            Next::Again(self.spacing)
        } else {
            Next::GivenUp
        }
    }
}
