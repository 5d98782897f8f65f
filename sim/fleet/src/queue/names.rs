//! QueueNames of streams and subjects.

/// The names of a queue.
#[derive(Clone, Debug)]
pub(super) struct QueueNames(pub(super) String);

/// The one consumer of the units, shared by all workers.
pub(super) const WORKERS: &str = "workers";

impl QueueNames {
    /// The stream of units that are to be run.
    pub(super) fn units_stream(&self) -> String {
        format!("{}-units", self.0)
    }

    /// The stream of results, and of the campaign's record.
    pub(super) fn results_stream(&self) -> String {
        format!("{}-results", self.0)
    }

    /// All units.
    pub(super) fn all_units(&self) -> String {
        format!("{}.unit.*", self.0)
    }

    /// A unit.
    pub(super) fn unit(&self, unit: u64) -> String {
        format!("{}.unit.{unit}", self.0)
    }

    /// The campaign's record.
    pub(super) fn campaign(&self) -> String {
        format!("{}.campaign", self.0)
    }

    /// The first result of a unit.
    pub(super) fn result(&self, unit: u64) -> String {
        format!("{}.result.{unit}", self.0)
    }

    /// A further result of a unit, which differs from the first.
    pub(super) fn differing(&self, unit: u64, digest: &str) -> String {
        format!("{}.differing.{unit}.{digest}", self.0)
    }

    /// Everything that the stream of results takes.
    pub(super) fn all_results(&self) -> Vec<String> {
        let Self(name) = self;
        vec![format!("{name}.campaign"), format!("{name}.result.*"), format!("{name}.differing.*.*")]
    }

    /// The unit whose result a subject is, the first or a differing one.
    pub(super) fn unit_of_result(&self, subject: &str) -> Option<u64> {
        let words = subject.strip_prefix(&self.0)?.strip_prefix('.')?;
        let (kind, rest) = words.split_once('.')?;
        let number = match kind {
            "result" => rest,
            "differing" => rest.split_once('.')?.0,
            _ => return None,
        };
        number.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::QueueNames;

    #[test]
    fn a_subject_names_its_unit() {
        let names = QueueNames("claque".to_owned());
        assert_eq!(names.unit_of_result(&names.result(7)), Some(7));
        assert_eq!(names.unit_of_result(&names.differing(12, "ab")), Some(12));
        assert_eq!(names.unit_of_result(&names.campaign()), None);
        assert_eq!(names.unit_of_result(&names.unit(7)), None);
        assert_eq!(names.unit_of_result("other.result.7"), None);
    }
}
