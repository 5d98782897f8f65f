//! How many messages of one group were passed on to one client within a span.
//!
//! What was sent within a span and received within it was passed on within it: at most the limit for each second that it touches.

use crate::audit::recording::Place;

/// Microseconds.
const SECOND: u64 = 1_000_000;
/// Spans in which deliveries are counted. Seconds.
const SPANS: [u64; 8] = [1, 2, 5, 10, 30, 60, 120, 300];
/// The longest of them. Microseconds.
const LONGEST: u64 = 300 * SECOND;
/// Fewer are kept without being counted.
const COUNTED_FROM: usize = 4_096;

/// A message that was passed on.
#[derive(Clone, Copy, Debug)]
struct Passed {
    sent: u64,
    /// From its sending to its arrival, in microseconds; a bit says that a client sent it.
    took: u32,
    file: u16,
    line: u64,
}

/// The bit for messages of clients. The longest span is shorter.
const BY_CLIENT: u32 = 1 << 31;

impl Passed {
    const fn arrived(self) -> u64 {
        self.sent + (self.took & !BY_CLIENT) as u64
    }

    const fn place(self) -> Place {
        Place { file: self.file as usize, line: self.line as usize }
    }
}

/// More than a limit allows: how many, within how many seconds, the first and the last.
pub(super) type TooMany = (u64, u64, Vec<Place>);

/// The messages of one group that one client was passed within the longest span.
#[derive(Debug, Default)]
pub(super) struct PassedOn {
    passed: Vec<Passed>,
    counted_at: usize,
    of_clients: u64,
    /// When the last of all arrived.
    latest: u64,
    too_many: [Option<TooMany>; 2],
}

impl PassedOn {
    /// Takes one message. `since`: none that arrives later was sent before that and arrives within the longest span.
    pub(super) fn take(&mut self, (sent, arrived): (u64, u64), by_client: bool, place: Place, limit: u64) {
        self.latest = self.latest.max(arrived);
        self.of_clients += u64::from(by_client);
        let Some(took) = arrived.checked_sub(sent).filter(|took| *took <= LONGEST) else {
            // What took longer lies within no span.
            return;
        };
        let took = u32::try_from(took).unwrap_or(0) | if by_client { BY_CLIENT } else { 0 };
        let file = u16::try_from(place.file).unwrap_or(u16::MAX);
        self.passed.push(Passed { sent, took, file, line: place.line as u64 });
        if self.passed.len() >= COUNTED_FROM.max(2 * self.counted_at) {
            self.count(limit);
        }
    }

    /// Counts what is there, and forgets what shares no span with anything that is still to come.
    fn count(&mut self, limit: u64) {
        self.passed.sort_by_key(|one| one.sent);
        for (found, only_clients) in self.too_many.iter_mut().zip([false, true]) {
            if found.is_none() {
                let counted: Vec<Passed> = self
                    .passed
                    .iter()
                    .filter(|one| !only_clients || one.took & BY_CLIENT != 0)
                    .copied()
                    .collect();
                *found = SPANS.iter().find_map(|seconds| too_many(&counted, limit, *seconds));
            }
        }
        // A client's frames come in their order, so what is still to come arrives at the end or later.
        let kept_from = self.latest.saturating_sub(LONGEST);
        self.passed.retain(|one| one.sent >= kept_from);
        self.counted_at = self.passed.len();
    }

    /// Too many of all, too many of those of clients, and how many of clients there were.
    pub(super) fn finish(&mut self, limit: u64) -> (Option<TooMany>, Option<TooMany>, u64) {
        self.count(limit);
        let [all, of_clients] = std::mem::take(&mut self.too_many);
        (all, of_clients, self.of_clients)
    }
}

fn too_many(messages: &[Passed], limit: u64, seconds: u64) -> Option<TooMany> {
    // A span of so many seconds touches one clock second more.
    let most = usize::try_from(limit * (seconds + 1)).ok()?;
    for (index, first) in messages.iter().enumerate() {
        let until = first.sent.saturating_add(seconds * SECOND);
        if messages.get(index + most).is_none_or(|one| one.sent > until) {
            continue;
        }
        let within = messages[index..].iter().take_while(|one| one.sent <= until);
        let (mut count, mut last) = (0, first.place());
        for one in within {
            if one.arrived() <= until {
                count += 1;
                last = one.place();
            }
        }
        if count > most {
            return Some((count as u64, seconds, vec![first.place(), last]));
        }
    }
    None
}
