//! One number, asked at every place where core was changed: which change is in force.
//!
//! A process holds one change at a time. It is chosen by [`choose`], or by the environment for a process that knows nothing
//! of changes, such as core's own tests.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// The variable that chooses a change from outside.
pub const VARIABLE: &str = "CLAQUE_MUTANT";

/// Changes have smaller numbers than this.
pub const MOST: usize = 8_192;

/// No change is in force.
pub const NONE: u32 = u32::MAX;

/// Nothing was chosen yet.
const UNREAD: u32 = u32::MAX - 1;

/// No change is in force, and every question is noted.
const WATCHED: u32 = u32::MAX - 2;

static CHOSEN: AtomicU32 = AtomicU32::new(UNREAD);
static ASKED: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];

/// Whether this change is not in force.
#[inline]
pub fn off(change: u32) -> bool {
    let chosen = CHOSEN.load(Relaxed);
    if chosen < WATCHED { chosen != change } else { off_or_noted(chosen, change) }
}

/// Whether this change is in force.
#[inline]
pub fn on(change: u32) -> bool {
    !off(change)
}

#[cold]
fn off_or_noted(chosen: u32, change: u32) -> bool {
    if chosen == WATCHED {
        ASKED[change as usize].store(true, Relaxed);
    }
    if chosen == UNREAD {
        let asked = std::env::var(VARIABLE).ok().and_then(|word| word.parse().ok());
        CHOSEN.store(asked.unwrap_or(NONE), Relaxed);
        return asked != Some(change);
    }
    true
}

/// Puts a change in force, or [`NONE`].
pub fn choose(change: u32) {
    CHOSEN.store(change, Relaxed);
}

/// Does `work` without any change, and says which changes were asked for: no other can matter to it.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Vec<u32>) {
    ASKED.iter().for_each(|asked| asked.store(false, Relaxed));
    choose(WATCHED);
    let done = work();
    choose(NONE);
    let asked = (0_u32..).zip(&ASKED).filter(|(_, asked)| asked.load(Relaxed));
    (done, asked.map(|(change, _)| change).collect())
}
