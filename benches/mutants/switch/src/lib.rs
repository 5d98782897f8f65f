//! One number, asked at every place where core was changed: which change is in force.
//!
//! A process holds one change at a time. It is chosen by [`choose`], or by the environment for a process that knows nothing
//! of changes, such as core's own tests.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// The variable that chooses a change from outside.
pub const VARIABLE: &str = "CLAQUE_MUTANT";

/// Changes have smaller numbers than this.
pub const MOST: usize = 32_768;

/// No change is in force.
pub const NONE: u32 = u32::MAX;

/// Nothing was chosen yet.
const UNREAD: u32 = u32::MAX - 1;

/// No change is in force, and every question is noted.
const WATCHED: u32 = u32::MAX - 2;

static CHOSEN: AtomicU32 = AtomicU32::new(UNREAD);
static TURNS: AtomicU32 = AtomicU32::new(0);
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

/// How often the change in force had its turn before, since it was chosen.
pub fn turn() -> u32 {
    TURNS.fetch_add(1, Relaxed)
}

/// Puts a change in force, or [`NONE`]. Its turns begin anew.
pub fn choose(change: u32) {
    TURNS.store(0, Relaxed);
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

/// Whether a change belongs to the tenth that is never looked at while cases are written: it measures.
///
/// Drawn by what is changed into what in which function, and not by its line, so that an edit elsewhere moves nothing into the tenth
/// or out of it.
#[must_use]
pub fn is_held_out(name: &str) -> bool {
    draw(name).is_multiple_of(10)
}

/// Whether a change is in a sample of one in so many; another draw than that of the tenth.
#[must_use]
pub fn is_sampled(name: &str, one_in: u64) -> bool {
    (draw(name) / 10).is_multiple_of(one_in.max(1))
}

/// FNV-1a of a name without its line and column, and mixed, since its low bits alone hardly differ.
fn draw(name: &str) -> u64 {
    let (place, what) = name.split_once(": ").unwrap_or(("", name));
    let file = place.split(':').next().unwrap_or_default();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in file.bytes().chain(what.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::{is_held_out, is_sampled};

    #[test]
    fn a_tenth_is_held_out_and_a_line_moves_nothing() {
        let name =
            |line: u32, nth: u32| format!("core/src/a.rs:{line}:5: one more (boundary) in f{nth}: {nth}");
        let held_out = (0..10_000).filter(|nth| is_held_out(&name(1, *nth))).count();
        assert!((900..1_100).contains(&held_out), "{held_out} of ten thousand");
        let both =
            (0..10_000).filter(|nth| is_held_out(&name(1, *nth)) && is_sampled(&name(1, *nth), 4)).count();
        assert!((200..300).contains(&both), "{both} of ten thousand");
        assert!((0..100).all(|nth| is_held_out(&name(1, nth)) == is_held_out(&name(77, nth))));
    }
}
