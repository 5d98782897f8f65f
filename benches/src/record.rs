//! What a server writes into its journal.

use claque_core::journal::Entry;
use claque_core::{
    ClientRequest, ClientSend, Duration, GroupIx, GroupKey, Input, Instant, Priority, SessionId, UserIx,
};

/// What a busy server writes most: a comment of a client.
#[must_use]
pub fn comment(number: u32) -> Entry {
    let send = ClientSend::new(10_001, Priority::Medium, "what a song, and what a night to hear it");
    let session = SessionId { user: UserIx(number), generation: 1 };
    let request = ClientRequest::Send(GroupKey::Index(GroupIx(number % 100)), send);
    let at = Instant::from_unix_seconds(1_800_000_000) + Duration::from_millis(u64::from(number));
    Entry::Input(at, Input::Client(session, request))
}
