//! No file makes a reader panic, or take more time than its length explains.

use proptest::prelude::*;

use super::RecordedChat;
use super::format_tests::FIXTURES;

/// Every fixture, cut off at every byte.
#[test]
fn a_file_that_ends_anywhere_is_read_or_refused() {
    for (name, bytes) in FIXTURES {
        for end in 0..bytes.len() {
            let cut = bytes.get(..end).expect("in range");
            if let Ok(chat) = RecordedChat::read(name, cut) {
                assert!(chat.entries.is_sorted_by_key(|entry| entry.at), "{name}, {end} bytes");
            }
        }
    }
}

/// Openings without ends, over and over: readers that look for each end to the end of the file would take hours.
#[test]
fn what_never_ends_is_read_in_linear_time() {
    for opening in [
        "<",
        "<!--",
        "<![CDATA[",
        "<?",
        "</",
        "<d p=\"",
        "<d p='1,1,1,1,1,1,a,1'>",
        "<d ",
        "&",
        "<d p='1'><![CDATA[",
    ] {
        let text = format!("<i>{}", opening.repeat(400_000));
        assert!(
            RecordedChat::read("chat", text.as_bytes()).is_err() || opening.starts_with("<d p"),
            "{opening}"
        );
    }
    for (opening, around) in [
        ("{", "\"comments\": ["),
        ("[", "\"danmakus\": ["),
        ("\"", "\"comments\": ["),
        ("{\"at_ms\"", ""),
        ("{\"at_ms\":1,\"user\":\"a\",\"body\":\"\\ud83d\"\n", ""),
        ("\"comments\" ", "\"contentOffsetSeconds\": 1, "),
        ("[0:0] ", ""),
        ("@a :b PRIVMSG #c :", ""),
    ] {
        let text = format!("{{{around}{}", opening.repeat(200_000));
        assert!(RecordedChat::read("chat", text.as_bytes()).is_err(), "{opening}");
        let text = opening.repeat(200_000);
        drop(RecordedChat::read("chat", text.as_bytes()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_changed_fixture_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, any::<u8>()), 1..8),
    ) {
        let (name, bytes) = *which.get(&FIXTURES);
        let mut bytes = bytes.to_vec();
        for (at, how, byte) in changes {
            let at = at.index(bytes.len().max(1));
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if at < bytes.len() => { bytes.remove(at); }
                3 => { bytes.splice(at..at, b"<\"\\'&]}".iter().copied()); }
                4 => { bytes.splice(at..at, b"99999999999999999999".iter().copied()); }
                _ => { let half = bytes[at.min(bytes.len())..].to_vec(); bytes.extend(half); }
            }
        }
        if let Ok(chat) = RecordedChat::read(name, &bytes) {
            prop_assert!(chat.entries.is_sorted_by_key(|entry| entry.at));
            let known = |user: u32| usize::try_from(user).is_ok_and(|user| user < chat.users.len());
            prop_assert!(chat.entries.iter().all(|entry| known(entry.user)));
        }
    }

    #[test]
    fn chance_is_read_or_refused(start in 0..6_usize, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let start: &[u8] = [&b""[..], b"<i>", b"{\"comments\":[", b"[{\"time_in_seconds\":1", b"\x1F\x8B\x08", b"[0:00] "][start];
        drop(RecordedChat::read("chat", &[start, &bytes].concat()));
    }
}
