//! Time as far as it is known.

/// When something happened, at the earliest and at the latest. Unit: microseconds since the UNIX epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not before.
    pub earliest: u64,
    /// Not after; [`u64::MAX`] where nobody saw that it had happened.
    pub latest: u64,
}

impl Window {
    /// A moment by a clock that is wrong by so much at the most.
    #[must_use]
    pub const fn around(at: u64, error: u64) -> Self {
        Self { earliest: at.saturating_sub(error), latest: at.saturating_add(error) }
    }

    /// From the beginning of one to the end of another.
    #[must_use]
    pub const fn until(self, end: Self) -> Self {
        Self { earliest: self.earliest, latest: end.latest }
    }

    /// Whether this was over before the other began, whatever the clocks.
    #[must_use]
    pub const fn before(self, other: Self) -> bool {
        self.latest < other.earliest
    }

    /// Whether one of some windows holds all of this one.
    #[must_use]
    pub fn is_within(self, spans: Option<&Vec<Self>>) -> bool {
        let holds = |span: &Self| span.earliest <= self.earliest && self.latest <= span.latest;
        spans.is_some_and(|spans| spans.iter().any(holds))
    }

    /// Whether the order of the two is not certain.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        !self.before(other) && !other.before(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clocks_leave_open_is_before_nothing() {
        let (early, late) = (Window::around(1_000, 300), Window::around(1_500, 300));
        assert!(early.meets(late), "the two windows share 1,200 to 1,300");
        assert!(Window::around(1_000, 100).before(Window::around(1_500, 100)));
        let unanswered = Window { earliest: 10, latest: u64::MAX };
        assert!(!unanswered.before(Window::around(u64::MAX, 0)), "what nobody saw the end of may still come");
    }
}
