//! Where the threads of a worker get their units from.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use claque_lab::unit::UnitResult;

/// What hands out units. Each is handed out to one thread; whether another process has it, too, costs time and nothing else.
pub(super) trait UnitSource: Sync {
    /// The next unit for the thread that asks; none when there are no more, or the source is closed.
    ///
    /// # Errors
    ///
    /// That it can hand out nothing any more.
    fn take(&self) -> Result<Option<u64>, String>;

    /// Takes note of a unit whose result is kept, void or not. Says what another machine had as its result, where that
    /// differs.
    ///
    /// # Errors
    ///
    /// That it does not hear of it. The result is kept all the same.
    fn finish(&self, unit: u64, result: &UnitResult) -> Result<Option<UnitResult>, String>;

    /// Hands out nothing from here on.
    fn close(&self);

    /// Whether nothing is left after so many units.
    fn is_done_after(&self, finished: usize) -> bool;
}

/// Units that are known from the beginning, in order.
pub(super) struct ListedUnits<'a> {
    units: &'a [u64],
    next: AtomicUsize,
    closed: AtomicBool,
}

impl<'a> ListedUnits<'a> {
    pub(super) const fn new(units: &'a [u64]) -> Self {
        Self { units, next: AtomicUsize::new(0), closed: AtomicBool::new(false) }
    }
}

impl UnitSource for ListedUnits<'_> {
    fn take(&self) -> Result<Option<u64>, String> {
        if self.closed.load(Ordering::Relaxed) {
            return Ok(None);
        }
        Ok(self.units.get(self.next.fetch_add(1, Ordering::Relaxed)).copied())
    }

    fn finish(&self, _: u64, _: &UnitResult) -> Result<Option<UnitResult>, String> {
        Ok(None)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    fn is_done_after(&self, finished: usize) -> bool {
        finished >= self.units.len()
    }
}
