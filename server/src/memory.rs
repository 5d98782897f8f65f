//! How much memory there is: what this process may take by its control group, or what the machine has.

use std::fs;

/// Three quarters of what the control group or the machine gives, whichever is less: what is kept is not all that a process
/// needs. None where the system tells neither. Unit: bytes.
#[must_use]
pub fn default_bound() -> Option<u64> {
    let least = [unified(), controller(), machine()].into_iter().flatten().min()?;
    Some(least / 4 * 3)
}

/// The least bound from this process's control group up to the root.
fn unified() -> Option<u64> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mut folder = std::path::PathBuf::from("/sys/fs/cgroup").join(path.trim_start_matches('/'));
    let mut least = None;
    // The bound of a group holds for all below it, and `memory.max` of the own one is often `max`.
    while folder.starts_with("/sys/fs/cgroup") {
        // `max` is no number and the root has no such file: both mean that there is no bound here.
        let bound = fs::read_to_string(folder.join("memory.max")).ok().and_then(|text| number(&text));
        least = [least, bound].into_iter().flatten().min();
        folder.pop();
    }
    least
}

/// The bound of the older hierarchy, where that has one.
fn controller() -> Option<u64> {
    // The root of what a container sees; without a namespace of its own that is the machine's, which has no
    // bound.
    let text = fs::read_to_string("/sys/fs/cgroup/memory/memory.limit_in_bytes").ok()?;
    // No bound is written as a number near 2^63.
    number(&text).filter(|bound| *bound < 1 << 60)
}

fn machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    number(line.trim_end().strip_suffix("kB")?)?.checked_mul(1_024)
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{default_bound, number};

    #[test]
    fn no_bound_is_no_number() {
        assert_eq!((number("max\n"), number(" 1024\n")), (None, Some(1_024)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_machine_has_memory() {
        assert!(default_bound().is_some_and(|bytes| bytes > 1 << 24));
    }
}
