//! A recording in figures: for people who want to know what it holds before they replay it.

use std::collections::BTreeMap;

use claque_core::Duration;

use super::RecordedChat;

/// Most spans that the rate over time is shown in.
const SPANS_MAX: u64 = 24;
/// Round lengths of a span. Unit: seconds.
const SPANS: [u64; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];
/// The number of users in the list of those who said most.
const TALKERS: usize = 5;

/// How much was said in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatSpan {
    /// Where it begins.
    pub from: Duration,
    /// Messages.
    pub messages: u64,
    /// The most in one second of it.
    pub peak: u64,
}

/// A recording in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatSummary {
    /// When the first message is said.
    pub first: Duration,
    /// When the last is.
    pub last: Duration,
    /// How long the spans of `rate` are.
    pub span: Duration,
    /// The rate over time; spans in which nothing is said too.
    pub rate: Vec<ChatSpan>,
    /// The most that is said in one second, and the first second in which it is.
    pub peak: (u64, Duration),
    /// The users who said most, and how much; the most first.
    pub talkers: Vec<(String, u64)>,
}

impl ChatSummary {
    /// Counts a recording.
    #[must_use]
    pub fn of(chat: &RecordedChat) -> Self {
        let mut seconds: BTreeMap<u64, u64> = BTreeMap::new();
        let mut by_user = vec![0_u64; chat.users.len()];
        for entry in &chat.entries {
            *seconds.entry(entry.at.as_secs()).or_default() += 1;
            if let Some(count) = usize::try_from(entry.user).ok().and_then(|user| by_user.get_mut(user)) {
                *count += 1;
            }
        }
        let last = chat.length();
        let long = |span: &u64| last.as_secs() / span < SPANS_MAX;
        let span = SPANS.into_iter().find(long).unwrap_or(last.as_secs() / SPANS_MAX + 1);
        let mut rate: Vec<ChatSpan> = (0..=last.as_secs() / span)
            .map(|nth| ChatSpan { from: Duration::from_secs(nth * span), messages: 0, peak: 0 })
            .collect();
        for (second, count) in &seconds {
            if let Some(at) = usize::try_from(second / span).ok().and_then(|nth| rate.get_mut(nth)) {
                at.messages += count;
                at.peak = at.peak.max(*count);
            }
        }
        // Of several seconds the first: keys ascend.
        let peak = seconds.iter().fold(
            (0, 0),
            |(most, at), (second, count)| {
                if *count > most { (*count, *second) } else { (most, at) }
            },
        );
        let mut talkers: Vec<(String, u64)> = chat.users.iter().cloned().zip(by_user).collect();
        // By name where two said as much, so that the same file gives the same table.
        talkers.sort_by(|(one, many), (other, more)| more.cmp(many).then_with(|| one.cmp(other)));
        talkers.truncate(TALKERS);
        Self {
            first: chat.entries.first().map_or(Duration::ZERO, |entry| entry.at),
            last,
            span: Duration::from_secs(span),
            rate,
            peak: (peak.0, Duration::from_secs(peak.1)),
            talkers,
        }
    }
}
