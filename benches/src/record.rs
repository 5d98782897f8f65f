//! What a server writes into its journal.

use claque_core::journal::Entry;
use claque_core::{
    ClientRequest, ClientSend, Duration, GroupIx, GroupKey, Input, Instant, Priority, SessionId, UserIx,
};

/// What a busy server writes most: a comment of a client.
#[must_use]
pub fn comment(number: u32) -> Entry {
    let send = ClientSend {
        kind: 10_001,
        level: Priority::Medium,
        body: "what a song, and what a night to hear it".into(),
        repeat: 1,
        no_storage: false,
        no_cache: false,
        skip_audit: false,
        skip_mute_check: false,
    };
    let session = SessionId { user: UserIx(number), generation: 1 };
    let request = ClientRequest::Send(GroupKey::Index(GroupIx(number % 100)), send);
    let at = Instant::from_unix_seconds(1_800_000_000) + Duration::from_millis(u64::from(number));
    Entry::Input(at, Input::Client(session, request))
}
