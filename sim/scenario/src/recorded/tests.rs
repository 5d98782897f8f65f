//! Chats are read as they were written; what is wrong with their structure is shown where it stands.

use claque_core::{Duration, Priority};
use proptest::prelude::*;

use super::{ChatEntry, ChatOptions, RecordedChat, Speed};
use crate::scenario::MessageKind;

const JSON_LINES: &str = include_str!("../../../../fixtures/chats/market-day.jsonl");
const DANMAKU: &str = include_str!("../../../../fixtures/chats/lantern-night.xml");
const TWITCH: &str = include_str!("../../../../fixtures/chats/speedrun.json");

fn chat(text: &str) -> RecordedChat {
    RecordedChat::read("chat", text.as_bytes()).unwrap_or_else(|said| panic!("{said}"))
}

/// One line for each message: time in microseconds, user, kind, type, level, text.
fn shown(chat: &RecordedChat) -> Vec<String> {
    let line = |entry: &ChatEntry| {
        let user = chat.users.get(usize::try_from(entry.user).expect("small")).expect("users are numbered");
        let ChatEntry { at, kind, message_type, level, body, .. } = entry;
        format!("{} {user} {} {message_type} {level:?} {body:?}", at.as_micros(), kind.word())
    };
    chat.entries.iter().map(line).collect()
}

fn check_wrong(text: &str, expected: &str) {
    let strict = ChatOptions { strict: true, ..ChatOptions::default() };
    let said =
        RecordedChat::read_as("chat", text.as_bytes(), strict).expect_err("the chat is wrong").to_string();
    assert_eq!(said, expected.trim_matches('\n'));
}

#[test]
fn json_lines_are_read_in_order_of_time() {
    let chat = chat(JSON_LINES);
    assert_eq!((chat.format.id, chat.entries.len(), chat.users.len()), ("json-lines", 18, 6));
    let lines = shown(&chat);
    for (index, expected) in [
        (0, r#"0 nadia comment 10001 Medium "good morning from Porto""#),
        (2, r#"1200000 k_ito like 10003 Normal "+1""#),
        (6, r#"4000000 nadia comment 10001 Medium "how much is the small basket""#),
        (7, r#"4000000 tom.w comment 10001 Medium "sound is a bit low""#),
        (8, r#"6100000 rosa gift 10002 High "{\"gift\":\"tulip\",\"count\":3}""#),
        (11, r#"9100000 貴子 comment 10001 Medium "かわいい籠ですね""#),
        (12, r#"9800000 rosa gift 10002 High "{\"gift\":\"tulip\",\"count\":1}""#),
        (13, r#"11000000 tom.w comment 20007 Normal "poll:2""#),
        (15, r#"12600000 Łukasz comment 10001 High "pinned: shipping is free today""#),
        (16, r#"15000000 tom.w comment 10001 Medium "line one\nline two""#),
    ] {
        assert_eq!(lines.get(index).map(String::as_str), Some(expected));
    }
    assert_eq!(chat.length(), Duration::from_secs(18));
}

#[test]
fn danmaku_is_read_with_all_its_oddities() {
    let chat = chat(DANMAKU);
    assert_eq!(chat.format.id, "danmaku");
    assert_eq!(
        shown(&chat),
        [
            r#"500000 D00dfeed comment 10001 Medium "前排""#,
            r#"3250000 a1b2c3d4 comment 10001 Medium "灯笼亮了""#,
            r#"7000000 0badcafe comment 10001 Medium "top line \"quoted\"""#,
            r#"7000000 5eed5eed comment 10001 Medium " bottom line with spaces ""#,
            r#"9123456 0badcafe comment 10001 Medium "rock & roll""#,
            r#"12900000 a1b2c3d4 comment 10001 Medium "<3 & 好看""#,
            r#"15040000 D00dfeed comment 10001 Medium "/n/n/n第三行""#,
            r#"15040000 feedc0de comment 10001 Medium "if (a < b) 拍手();""#,
            r#"21700000 5eed5eed comment 10001 Medium "哈哈哈哈哈哈哈&nbsp;哈""#,
            r#"22010000 feedc0de comment 10001 Medium "[0.1,0.2,\"1-1\",4.5,\"灯\",0,0]""#,
            r#"26600000 a1b2c3d4 comment 10001 Medium "second pool""#,
            r#"30000000 99887766 comment 10001 Medium """#,
            r#"33333333 99887766 comment 10001 Medium "🎆🎆🎆""#,
            r#"35500000 lin gift 10002 High "灯 x6""#,
            r#"36250000 mei gift 10002 High "新年快乐 & 谢谢主播""#,
        ]
    );
    assert_eq!(chat.users.first().map(String::as_str), Some("a1b2c3d4"), "users are numbered as in the file");
}

#[test]
fn twitch_download_is_read() {
    let chat = chat(TWITCH);
    assert_eq!(chat.format.id, "twitch-downloader");
    assert_eq!(
        shown(&chat),
        [
            r#"0 Moth comment 10001 Medium "here we go""#,
            r#"1125000 Pebble comment 10001 Medium "gl hf""#,
            r#"3000000 Moth comment 10001 Medium "that skip!""#,
            r#"4500000 오리 comment 10001 Medium "ㅋㅋㅋㅋ""#,
            r#"9500001 Quill comment 10001 Medium "wait what""#,
            r#"9750000 Pebble gift 10002 High "cheer100 for the gate""#,
            r#"12000000 Quill gift 10002 High "Quill gifted a seat to Moth""#,
            r#"15000000 (gone) comment 10001 Medium "account since removed""#,
            r#"15200000 Moth comment 10001 Medium "💜 thanks""#,
            r#"31415926 Rook comment 10001 Medium "split is red""#,
            r#"48000000 Pebble comment 10001 Medium "go go go""#,
            r#"59900000 Rook comment 10001 Medium "WORLD RECORD""#,
        ]
    );
}

#[test]
fn content_hash_follows_the_bytes() {
    let (one, other) = (chat(TWITCH), chat(&TWITCH.replace("go go go", "go go gO")));
    assert_eq!(one.content_hash, chat(TWITCH).content_hash);
    assert_ne!(one.content_hash, other.content_hash);
}

#[test]
fn faster_replay_divides_every_time() {
    let mut chat = chat(TWITCH);
    chat.compress("1.5".parse::<Speed>().expect("valid"));
    let times: Vec<u64> = chat.entries.iter().map(|entry| entry.at.as_micros()).take(5).collect();
    assert_eq!(times, [0, 750_000, 2_000_000, 3_000_000, 6_333_334]);
    assert_eq!(chat.entries.len(), 12);
}

#[test]
fn byte_order_mark_control_characters_and_broken_text_are_tolerated() {
    let bytes = b"\xEF\xBB\xBF<i><d p=\"1,1,25,0,5,0,u,1\">a\x07\x1B b\xFF&#0;&#x110000;c</d></i>\n".to_vec();
    let chat = RecordedChat::read("chat", &bytes).expect("tolerated");
    let body = chat.entries.first().map(|entry| entry.body.as_ref());
    assert_eq!(body, Some("a\u{7}\u{1b} b\u{fffd}\u{fffd}\u{fffd}c"));
}

#[test]
fn files_of_no_known_format_are_refused() {
    check_wrong("", "error: the file is empty\n--> chat");
    let said = RecordedChat::read("chat", b"time,user,text\n1,a,b\n").expect_err("unknown");
    assert_eq!(said.message(), "this is no recorded chat of a known format");
    assert_eq!(said.expected().len(), RecordedChat::formats().count(), "every format is named");
    check_wrong("{\"comments\": []}", "error: the chat (TwitchDownloader JSON) holds no message\n--> chat");
    check_wrong("<i></i>", "error: the chat (danmaku XML) holds no message\n--> chat");
}

#[test]
fn unknown_level_of_a_line_is_shown() {
    check_wrong(
        "{\"at_ms\": 1, \"user\": \"a\", \"body\": \"b\"}\n{\"at_ms\": 1, \"user\": \"a\", \"level\": \"MEDIUN\", \"body\": \"b\"}\n",
        "
error: unknown level \"MEDIUN\"
 --> chat:2:36
  |
2 | {\"at_ms\": 1, \"user\": \"a\", \"level\": \"MEDIUN\", \"body\": \"b\"}
  |                                    ^^^^^^^^
  = expected one of: HIGH, MEDIUM, NORMAL
  = did you mean `MEDIUM`?",
    );
}

#[test]
fn unknown_type_of_a_line_is_shown() {
    check_wrong(
        "{\"at_ms\": 1, \"user\": \"a\", \"type\": \"gitf\", \"body\": \"b\"}",
        "
error: unknown type \"gitf\"
 --> chat:1:35
  |
1 | {\"at_ms\": 1, \"user\": \"a\", \"type\": \"gitf\", \"body\": \"b\"}
  |                                   ^^^^^^
  = expected one of: comment, gift, like
  = did you mean `gift`?
  = help: a whole number, the message type itself, will do as well",
    );
}

#[test]
fn unknown_key_of_a_line_is_shown() {
    check_wrong(
        "{\"at_ms\": 1, \"usr\": \"a\", \"body\": \"b\"}",
        "
error: unknown key `usr`
 --> chat:1:15
  |
1 | {\"at_ms\": 1, \"usr\": \"a\", \"body\": \"b\"}
  |               ^^^
  = expected one of: at_ms, user, type, level, body
  = did you mean `user`?",
    );
}

/// The complaint about the only message of a file, and its place.
fn lost(text: &str) -> (String, usize, usize) {
    let said = RecordedChat::read("chat", text.as_bytes()).expect_err(text);
    let place = said.place().expect("placed");
    (said.message().to_owned(), place.line, place.column)
}

#[test]
fn missing_key_empty_user_and_cut_line_are_shown() {
    assert_eq!(lost("{\"at_ms\": 1, \"user\": \"a\"}"), ("missing field `body`".to_owned(), 1, 25));
    assert_eq!(
        lost("{\"at_ms\": 1, \"user\": \"\", \"body\": \"b\"}"),
        ("`user` is empty".to_owned(), 1, 14)
    );
    assert_eq!(lost("{\"at_ms\": 1,\n").1, 1);
}

#[test]
fn a_message_that_cannot_be_read_is_shown_with_its_place() {
    for (tag, expected) in [
        ("<d>", "<d> has no attribute `p`"),
        ("<d p='12.x,1,25,16777215,1,0,u,1'>", "the time `12.x` is no number"),
        ("<d p='1,1,25'>", "`p` has 3 fields, expected at least 8"),
        ("<d p='1,x,25,0,5,0,u,1'>", "the mode `x` is no number"),
        (
            "<d p='1,5,1,25,16777215,1700000000,0,abc,1'>",
            "the time in `p` has a decimal comma, which shifts every field",
        ),
        ("<gift user='a'>", "<gift> has no attribute `ts`"),
        ("<sc ts='x' user='a'>", "`x` is no time"),
    ] {
        let name = tag.trim_matches(['<', '>']).split(' ').next().expect("a name");
        let (message, line, _) = lost(&format!("<i>\n{tag}x</{name}></i>"));
        assert_eq!((message.as_str(), line), (expected, 2));
    }
    let (message, ..) = lost("<i>\n<d p=\"1,1,25,0,5,0,u,1\">never closed\n");
    assert_eq!(message, "the file ends inside of a message");
    let twitch = "{\"comments\": [\n {\"content_offset_seconds\": 1, \"commenter\": null}]}";
    assert_eq!((lost(twitch).0.as_str(), lost(twitch).1), ("missing field `message`", 2));
}

#[test]
fn kinds_have_the_levels_that_the_documents_mean() {
    let levels = MessageKind::WORDS.map(|(_, kind)| kind.level());
    assert_eq!(levels, [Priority::Medium, Priority::High, Priority::Normal]);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(RecordedChat::read("chat", &bytes).is_err(), "no chat comes from chance");
    }

    #[test]
    fn no_broken_file_makes_a_reader_panic(which in 0..3_usize, cut in any::<prop::sample::Index>(), put in any::<char>()) {
        let text = [JSON_LINES, DANMAKU, TWITCH].get(which).copied().expect("in range");
        let at = text.floor_char_boundary(cut.index(text.len()));
        let broken = format!("{}{put}{}", text.get(..at).expect("boundary"), text.get(at..).expect("boundary"));
        if let Ok(chat) = RecordedChat::read("chat", broken.as_bytes()) {
            prop_assert!(chat.entries.is_sorted_by_key(|entry| entry.at));
        }
        let short = text.get(..at).expect("boundary");
        if let Err(said) = RecordedChat::read("chat", short.as_bytes()) {
            prop_assert!(said.to_string().starts_with("error: "));
        }
    }

    #[test]
    fn lines_survive_writing(times in prop::collection::vec((0_u64..1_000, "[a-c]{1,2}", ".{0,20}"), 1..30)) {
        let text: String = times
            .iter()
            .map(|(at, user, body)| format!("{}\n", serde_json::json!({ "at_ms": at, "user": user, "body": body })))
            .collect();
        let chat = RecordedChat::read("chat", text.as_bytes()).expect("right");
        let mut sorted = times;
        sorted.sort_by_key(|(at, _, _)| *at);
        let read: Vec<_> = chat
            .entries
            .iter()
            .map(|entry| {
                let user = chat.users.get(usize::try_from(entry.user).expect("small")).expect("numbered");
                (entry.at.as_millis(), user.clone(), entry.body.to_string())
            })
            .collect();
        prop_assert_eq!(read, sorted);
    }
}
