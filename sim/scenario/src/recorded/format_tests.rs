//! One recording of each format, written by hand from what recorders write: what is read, as what, by whom, and what
//! not.

use std::io::Write as _;

use claque_core::Duration;

use super::{ChatNote, ChatOptions, ChatTimes, NoteSort, RecordedChat};

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../../fixtures/chats/", $name)).as_slice())
    };
}

/// Every recording of the fixtures.
pub(super) const FIXTURES: [(&str, &[u8]); 16] = [
    fixture!("market-day.jsonl"),
    fixture!("lantern-night.xml"),
    fixture!("speedrun.json"),
    fixture!("harbour.xml"),
    fixture!("old-voyage.xml"),
    fixture!("speedrun-again.json"),
    fixture!("speedrun-dl.json"),
    fixture!("concert.live_chat.json"),
    fixture!("lecture.chat.json"),
    fixture!("raid.irc.log"),
    fixture!("evening.log"),
    fixture!("niwa.xml"),
    fixture!("niwa.json"),
    fixture!("episode.dandan.json"),
    fixture!("episode.acfun.json"),
    fixture!("episode-old.acfun.json"),
];

fn chat(name: &str) -> RecordedChat {
    let (_, bytes) = FIXTURES.into_iter().find(|(known, _)| *known == name).expect("a fixture");
    RecordedChat::read(name, bytes).unwrap_or_else(|said| panic!("{said}"))
}

/// One line for each message: milliseconds, user, kind, text.
fn shown(chat: &RecordedChat) -> Vec<String> {
    let line = |entry: &super::ChatEntry| {
        let user = chat.users.get(usize::try_from(entry.user).expect("small")).expect("numbered");
        format!("{} {user} {} {}", entry.at.as_millis(), entry.kind.word(), entry.body)
    };
    chat.entries.iter().map(line).collect()
}

fn notes(chat: &RecordedChat, sort: NoteSort) -> Vec<(&str, u64)> {
    let of = |note: &&ChatNote| note.sort == sort;
    chat.notes.iter().filter(of).map(|note| (note.what.as_ref(), note.count)).collect()
}

#[test]
fn each_fixture_is_claimed_by_one_format_alone() {
    for (name, bytes) in FIXTURES {
        let text = std::str::from_utf8(bytes).expect("the fixtures are text");
        let sample = super::formats::Sample::new(text);
        let claimed: Vec<&str> =
            super::formats::ALL.into_iter().filter(|it| (it.claims)(&sample)).map(|it| it.id).collect();
        assert_eq!(claimed.len(), 1, "{name}: {claimed:?}");
    }
}

#[test]
fn every_format_has_a_fixture() {
    for format in RecordedChat::formats() {
        let mut read = FIXTURES.iter().filter_map(|(name, bytes)| RecordedChat::read(name, bytes).ok());
        assert!(read.any(|chat| chat.format == format), "{format}");
    }
}

#[test]
fn a_recorded_room_is_read_with_all_that_costs_money_and_all_that_is_wrong() {
    let chat = chat("harbour.xml");
    assert_eq!(
        shown(&chat),
        [
            "0 ada comment first!",
            "1750 ada comment I <3 boats",
            "2500 bo*** comment masked",
            "3500 ada gift lamp x3",
            "4500 cem gift guard x12",
            "5500 cem gift a toast to <all>",
            "7000 cem gift cem is a captain now",
            "7500 dee gift dee sent 2 roses",
            "8500 dee gift hello",
            "9500 eli gift captain x1",
            "10500 eli gift tea x1",
            "11500 bea comment bye",
        ]
    );
    assert_eq!(
        notes(&chat, NoteSort::Lost),
        [("times with a decimal comma", 1), ("messages that are cut off", 1)]
    );
    assert_eq!(notes(&chat, NoteSort::Mended), [("texts with a raw `<`", 1)]);
    assert_eq!(
        notes(&chat, NoteSort::Unread),
        [("elements <s> of type `entrance`", 1), ("elements <like>", 1)]
    );
    let strict = ChatOptions { strict: true, ..ChatOptions::default() };
    let (_, bytes) = FIXTURES[3];
    let said = RecordedChat::read_as("harbour.xml", bytes, strict).expect_err("it has faults");
    assert_eq!((said.message(), said.place().map(|place| place.line)), ("a raw `<` in a text", Some(7)));
}

#[test]
fn the_history_counts_milliseconds() {
    let chat = chat("old-voyage.xml");
    assert_eq!(
        shown(&chat),
        ["1500 00ff00ff comment at the start", "204680 ba9c8a8b comment three minutes in"]
    );
}

#[test]
fn gifts_of_twitch_are_known_by_their_words_where_nothing_else_is_kept() {
    let chat = chat("speedrun-again.json");
    assert_eq!(
        shown(&chat),
        [
            "1000 Ann gift cheer100 great",
            "2500 Ben gift is gifting",
            "3000 Ann gift Ann gifted a Tier 1 sub to Cy! They have given 2 in the channel!",
            "4000 Ann comment half a \u{FFFD} face",
            "5000 (gone) comment no cheers",
        ]
    );
    assert_eq!(notes(&chat, NoteSort::Lost), [("messages that are cut off", 1)]);
    assert_eq!(notes(&chat, NoteSort::Mended), [("texts with invalid escapes or control characters", 1)]);
}

#[test]
fn twitch_dl_is_read() {
    let chat = chat("speedrun-dl.json");
    let expected =
        ["4000 Ann comment hi Kappa", "6000 (gone) comment who was that", "6000 Ben gift Cheer50 go"];
    assert_eq!(shown(&chat), expected);
    assert_eq!(notes(&chat, NoteSort::Remark).len(), 1, "whole seconds are worth a remark: {:?}", chat.notes);
}

#[test]
fn a_live_chat_is_read_and_what_came_before_the_show_keeps_its_distance() {
    let chat = chat("concert.live_chat.json");
    assert_eq!(
        shown(&chat),
        [
            "0 Mia comment waiting :wave:",
            "11200 Noa comment hello",
            "12500 Mia gift $5.00: encore",
            "13000 Oz gift Sent 5 gift memberships",
        ]
    );
    assert_eq!(
        notes(&chat, NoteSort::Unread),
        [("addLiveChatTickerItemAction", 1), ("liveChatViewerEngagementMessageRenderer", 1)]
    );
}

#[test]
fn chat_downloader_is_read_and_a_person_who_is_renamed_stays_one() {
    let chat = chat("lecture.chat.json");
    let expected = ["0 Pia comment early", "7200 Quin gift $5.00: well said", "9700 Pia comment thanks"];
    assert_eq!(shown(&chat), expected);
    assert_eq!(notes(&chat, NoteSort::Unread), [("messages of type `ticker_paid_message_item`", 1)]);
}

#[test]
fn raw_irc_is_read() {
    let chat = chat("raid.irc.log");
    assert_eq!(
        shown(&chat),
        [
            "0 Ann gift cheer100 hi",
            "1377 Ben B comment hello: there",
            "1877 Ben B gift Ben gifted a Tier 1 sub to Cy!",
            "2877 Cy gift one year",
            "3877 dee comment no tags here",
        ]
    );
    assert_eq!(notes(&chat, NoteSort::Unread), [("numerics lines", 1), ("JOIN lines", 1)]);
}

#[test]
fn a_text_log_goes_on_after_midnight() {
    let chat = chat("evening.log");
    assert_eq!(
        shown(&chat),
        [
            "0 ann comment almost",
            "3000 ben comment happy new year",
            "4000 ben gift ben gifted a Tier 1 sub to cy!",
            "6000 cy comment it is 2024: yes",
        ]
    );
    assert_eq!(notes(&chat, NoteSort::Lost), [("lines without a time", 1)]);
    assert_eq!(notes(&chat, NoteSort::Unread), [("remarks of the log", 2), ("notices of the log", 1)]);
}

#[test]
fn niconico_is_read() {
    let chat = chat("niwa.xml");
    assert_eq!(
        shown(&chat),
        [
            "0 abc comment はじまる",
            "4200 Rin gift /gift seed 12 \"Rin\" 100 \"\" \"flower\" 1",
            "5700 55 comment w",
        ]
    );
    assert_eq!(notes(&chat, NoteSort::Unread), [("commands `/info`", 1), ("messages that were deleted", 1)]);
}

#[test]
fn niconico_json_is_read() {
    let chat = chat("niwa.json");
    assert_eq!(
        shown(&chat),
        [
            "0 abc comment はじまる",
            "4200 Rin gift /gift seed 12 \"Rin\" 100 \"\" \"flower\" 1",
            "5700 55 comment ///",
        ]
    );
    assert_eq!(
        notes(&chat, NoteSort::Unread),
        [("items `ping`", 1), ("items `thread`", 1), ("messages that were deleted", 1)]
    );
}

#[test]
fn files_for_films_are_read() {
    assert_eq!(
        shown(&chat("episode.dandan.json")),
        ["12500 [BiliBili]abc comment hello", "13500 42 comment you"]
    );
    for name in ["episode.acfun.json", "episode-old.acfun.json"] {
        assert_eq!(shown(&chat(name)), ["900 8 comment first", "12500 7 comment hello"], "{name}");
    }
}

#[test]
fn a_packed_or_wide_file_reads_as_the_plain_one_and_crlf_changes_nothing() {
    for (name, bytes) in FIXTURES {
        let plain = RecordedChat::read(name, bytes).expect(name);
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).expect("memory");
        let packed = packer.finish().expect("memory");
        let read = RecordedChat::read(name, &packed).expect(name);
        assert_eq!((&read.entries, &read.users), (&plain.entries, &plain.users), "{name}, packed");
        let text = String::from_utf8(bytes.to_vec()).expect(name);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = [b"\xFF\xFE".as_slice(), &wide].concat();
        let read = RecordedChat::read(name, &wide).expect(name);
        assert_eq!((&read.entries, &read.users), (&plain.entries, &plain.users), "{name}, UTF-16");
        let crlf = text.replace('\n', "\r\n");
        let read = RecordedChat::read(name, crlf.as_bytes()).expect(name);
        assert_eq!((&read.entries, &read.users), (&plain.entries, &plain.users), "{name}, CRLF");
        // The end of a packed file is gone: what came before is read, with a note about it.
        if let Ok(cut) = RecordedChat::read(name, packed.get(..packed.len() - 6).expect("long enough")) {
            assert!(!notes(&cut, NoteSort::Lost).is_empty(), "{name}");
        }
    }
}

#[test]
fn packing_is_bounded() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let line = [b' '; 1 << 16];
    for _ in 0..=(super::container::BYTES_MAX >> 16) {
        packer.write_all(&line).expect("memory");
    }
    let said = RecordedChat::read("bomb", &packer.finish().expect("memory")).expect_err("too long");
    assert!(said.message().contains("268435456 bytes"), "{said}");
    let said = RecordedChat::read("zip", b"PK\x03\x04....").expect_err("another packing");
    assert_eq!(said.message(), "the file is a ZIP archive");
}

fn with(start: Option<&str>, unit: Option<&str>) -> ChatOptions {
    let start = start.map(|word| word.parse().expect("a start"));
    let unit = unit.map(|word| word.parse().expect("a unit"));
    ChatOptions { times: ChatTimes { start, unit }, strict: false }
}

#[test]
fn times_that_cannot_be_meant_are_refused_with_what_they_look_like_and_the_way_out() {
    let epoch = "{\"at_ms\": 1700000000000, \"user\": \"a\", \"body\": \"hi\"}\n{\"at_ms\": 1700000001000, \"user\": \"b\", \"body\": \"ho\"}\n";
    let said = RecordedChat::read("chat", epoch.as_bytes()).expect_err("years");
    assert!(
        said.message().ends_with("it looks like milliseconds since 1970 (2023-11-14T22:13:20Z)"),
        "{said}"
    );
    assert!(said.to_string().contains("`--chat-start first`"), "{said}");
    for (start, from) in [("first", 0), ("2023-11-14T22:13:10Z", 10)] {
        let chat = RecordedChat::read_as("chat", epoch.as_bytes(), with(Some(start), None)).expect(start);
        assert_eq!(chat.entries.first().map(|entry| entry.at), Some(Duration::from_secs(from)), "{start}");
        assert_eq!(chat.entries.len(), 2);
    }
    let late = RecordedChat::read_as("chat", epoch.as_bytes(), with(Some("2023-11-14T22:13:21Z"), None));
    let late = late.expect("one is left");
    assert_eq!(notes(&late, NoteSort::Unread), [("messages from before `--chat-start`", 1)]);
    let seconds =
        "{\"comments\": [{\"content_offset_seconds\": 7200000, \"message\": {\"body\": \"two hours in\"}}]}";
    let said = RecordedChat::read("chat", seconds.as_bytes()).expect_err("83 days");
    assert!(said.to_string().contains("`--chat-unit ms`"), "{said}");
    let chat = RecordedChat::read_as("chat", seconds.as_bytes(), with(None, Some("ms"))).expect("two hours");
    assert_eq!(chat.length(), Duration::from_secs(7_200));
    for far in ["18446744073709551615", "1e300", "99999999999999999999999999999999999999999"] {
        let text = format!("{{\"at_ms\": {far}, \"user\": \"a\", \"body\": \"hi\"}}");
        assert!(RecordedChat::read("chat", text.as_bytes()).is_err(), "{far}");
        for unit in ["s", "ns"] {
            let read = RecordedChat::read_as("chat", text.as_bytes(), with(Some("first"), Some(unit)));
            assert!(read.is_err() || read.is_ok_and(|chat| chat.length() == Duration::ZERO), "{far} {unit}");
        }
    }
}

#[test]
fn one_broken_time_among_hundreds_loses_one_message() {
    let mut text: String =
        (0..300).map(|n| format!("{{\"at_ms\": {n}, \"user\": \"a\", \"body\": \"x\"}}\n")).collect();
    text.push_str("{\"at_ms\": 1700000000000, \"user\": \"a\", \"body\": \"far\"}\n");
    let chat = RecordedChat::read("chat", text.as_bytes()).expect("read");
    assert_eq!(chat.entries.len(), 300);
    assert_eq!(notes(&chat, NoteSort::Lost), [("times far away from all others", 1)]);
}

#[test]
fn one_person_is_one_user() {
    let chat = RecordedChat::read(
        "chat",
        b"<i><d p='1,1,25,1,1,0,501,0' user='ann'>a</d><gift ts='2' user='ann' uid='501' giftname='r'/>\
          <gift ts='3' user='ann' giftname='r'/><d p='4,1,25,1,1,0,0,0' uid='0' user='ben'>b</d>\
          <d p='5,1,25,1,1,0,0,0' uid='0' user='cem'>c</d><d p='6,1,25,1,1,0,0,0' user='ben'>d</d></i>",
    )
    .expect("right");
    assert_eq!(chat.users, ["ann", "ben", "cem"]);
    assert_eq!(chat.entries.iter().map(|entry| entry.user).collect::<Vec<_>>(), [0, 0, 0, 1, 2, 1]);
}
