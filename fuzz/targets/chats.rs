//! Recorded chats: a chat whose messages are in order and have users, or a complaint that can be printed.
//!
//! Input: the file.
#![no_main]

use claque_scenario::recorded::{ChatSummary, RecordedChat};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match RecordedChat::read("chat", bytes) {
    Ok(chat) => {
        assert!(chat.entries.is_sorted_by_key(|entry| entry.at));
        assert!(
            chat.entries
                .iter()
                .all(|entry| usize::try_from(entry.user).is_ok_and(|it| it < chat.users.len()))
        );
        assert!(!ChatSummary::of(&chat).rate.is_empty());
    }
    Err(complaint) => assert!(!complaint.to_string().is_empty()),
});
