//! The end of a service, and its coming back.

use std::path::Path;

use super::HttpSubject;
use crate::file;
use crate::subject::words::SubjectError;

/// The longest journal of a case. Unit: bytes.
const JOURNAL_BYTES_MAX: u64 = 1 << 30;

impl HttpSubject {
    /// Ends the service and lets it go on from what it has kept: from its journal where the suite can read that, from its own
    /// snapshot otherwise. All that it said before is taken in first.
    pub(super) fn end_and_go_on(&mut self, compacted: bool) -> Result<(), SubjectError> {
        self.look()?;
        let control = self.control.as_ref();
        let control = control.ok_or_else(|| SubjectError("it cannot be restarted".to_owned()))?;
        // What it counted is gone with the service that counted it.
        if let Some(counted) = control.hits() {
            self.marks.merge(&counted);
        }
        if compacted {
            control.compact()?;
        }
        let kept = match &self.descriptor.journal {
            None => control.snapshot()?,
            Some(journal) => file::read(Path::new(journal), JOURNAL_BYTES_MAX).map_err(SubjectError)?,
        };
        control.go_on_from(kept)?;
        if let Some(receiver) = &self.receiver {
            receiver.restarted();
        }
        self.audience.lose_links();
        self.waiting.clear();
        self.client_waiting.clear();
        self.shed_seen = 0;
        self.stirred = true;
        Ok(())
    }
}
