//! Recordings beside the plain case, a few lines each, written by hand: pages of a list, people whom only some messages
//! number, everything that costs money, and logs in the manners of several clients.

use super::{NoteSort, RecordedChat};
use crate::scenario::MessageKind;

fn read(text: &str) -> RecordedChat {
    RecordedChat::read("chat", text.as_bytes()).unwrap_or_else(|said| panic!("{said}\n{text}"))
}

/// Format, messages, users, gifts.
fn counted(chat: &RecordedChat) -> (&'static str, usize, usize, usize) {
    let gifts = chat.entries.iter().filter(|entry| entry.kind == MessageKind::Gift).count();
    (chat.format.id, chat.entries.len(), chat.users.len(), gifts)
}

fn notes(chat: &RecordedChat, sort: NoteSort) -> Vec<(&str, u64)> {
    chat.notes.iter().filter(|note| note.sort == sort).map(|note| (note.what.as_ref(), note.count)).collect()
}

#[test]
fn every_page_of_a_recording_is_read() {
    let old = |at: u32, who: u32| {
        format!(
            r#"{{"content_offset_seconds":{at},"commenter":{{"_id":"{who}","display_name":"u{who}"}},"message":{{"body":"hi"}}}}"#
        )
    };
    let new = |at: u32, who: u32| {
        format!(
            r#"{{"cursor":"c","node":{{"contentOffsetSeconds":{at},"commenter":{{"id":"{who}","displayName":"u{who}"}},"message":{{"fragments":[{{"text":"hi"}}]}}}}}}"#
        )
    };
    let edges = |list: String| format!(r#"{{"data":{{"video":{{"comments":{{"edges":[{list}]}}}}}}}}"#);
    let film =
        |at: u32, who: u32| format!(r#"{{"count":1,"comments":[{{"p":"{at},1,1,u{who}","m":"hi"}}]}}"#);
    for (id, text) in [
        (
            "twitch-downloader",
            format!(
                r#"[{{"comments":[{},{}],"_next":"x"}},{{"comments":[{}]}}]"#,
                old(1, 1),
                old(2, 2),
                old(3, 1)
            ),
        ),
        (
            "twitch-downloader",
            format!("{{\"comments\":[{},{}]}}\n{{\"comments\":[{}]}}\n", old(1, 1), old(2, 2), old(3, 1)),
        ),
        ("twitch-dl", format!("[{},{}]", edges(format!("{},{}", new(1, 1), new(2, 2))), edges(new(3, 1)))),
        ("dandanplay", format!("{}\n{}\n{}", film(1, 1), film(2, 2), film(3, 1))),
    ] {
        assert_eq!(counted(&read(&text)), (id, 3, 2, 0), "{text}");
    }
}

#[test]
fn people_whom_only_their_comments_number_are_one_with_those_who_give() {
    let chat = read(
        "<i><d p='1,1,25,1,1700000000000,0,501,0' user='ann'>a</d><gift ts='2' user='ann' giftname='r' giftcount='1'/>\
         <guard ts='3' user='ben' level='3' count='1'/><d p='4,1,25,1,1700000000000,0,502,0' user='ben'>b</d>\
         <gift ts='5' user='c***' giftname='r'/><d p='6,1,25,1,1700000000000,0,503,0' user='c***'>c</d></i>",
    );
    assert_eq!(chat.users, ["ann", "ben", "c***", "c***"]);
}

#[test]
fn messages_without_an_author_are_remarked_on() {
    let chat = read("<i><d p='1,1,25,1,0,0,0,0'>a</d><d p='2.5,1,25,1,0,0,0,0'>b</d></i>");
    assert_eq!(counted(&chat), ("danmaku", 2, 1, 0));
    let remark = "2 messages name no author: they count as one person's";
    assert_eq!(notes(&chat, NoteSort::Remark), [(remark, 1)]);
}

#[test]
fn the_person_is_the_field_that_the_number_of_fields_says() {
    let history = "<i><oid>1</oid><d p='30845767597424709,0,59065,1,25,1,1585975807,0,8317333c'>a</d>\
                   <d p='30845767597424710,0,60000,1,25,1,1585975807,0,a77032eb'>b</d></i>";
    assert_eq!(read(history).users, ["8317333c", "a77032eb"]);
    let taken = r#"{"comments":[{"p":"1,1,25,16777215,1686314041,0,aa,1","m":"x"},{"p":"2,1,25,16777215,1686314041,0,bb,2","m":"y"},{"p":"3,1,1,[film]","m":"z"}]}"#;
    assert_eq!(read(taken).users, ["aa", "bb", "(unknown)"]);
}

#[test]
fn whatever_is_bought_is_a_gift_in_every_format() {
    let notice = |id: &str, said: &str| {
        format!(
            "@display-name=Ann;login=ann;msg-id={id};tmi-sent-ts=1700000000123;user-id=1;system-msg=Ann\\ssays :tmi.example USERNOTICE #c{said}\n"
        )
    };
    for (id, said, gift) in [
        ("sub", "", true),
        ("resub", " :a year", true),
        ("subgift", "", true),
        ("primepaidupgrade", "", true),
        ("sharedchatnotice;source-msg-id=sub", "", true),
        ("announcement", " :look", false),
        ("raid", " :hello", false),
    ] {
        let chat = read(&notice(id, said));
        assert_eq!(counted(&chat), ("irc", 1, 1, usize::from(gift)), "{id}");
    }
    let hype = "@pinned-chat-paid-amount=500;tmi-sent-ts=1700000000123 :ann!ann@x PRIVMSG #c :hi\n";
    assert_eq!(counted(&read(&(hype.to_owned() + &notice("raid", "")))), ("irc", 1, 1, 1));
    let old = |body: &str, id: &str| {
        format!(
            r#"{{"comments":[{{"content_offset_seconds":1,"commenter":{{"_id":"1","display_name":"Ann"}},"message":{{"body":"{body}","user_notice_params":{{"msg_id":"{id}"}}}}}}]}}"#
        )
    };
    for (body, id, gift) in [
        ("Ann subscribed with Prime. They've subscribed for 3 months! yes", "", true),
        ("welcome", "resub", true),
        ("5 raiders from Ann have joined!", "raid", false),
        ("I subscribed at Tier 1", "", false),
    ] {
        assert_eq!(counted(&read(&old(body, id))).3, usize::from(gift), "{body}");
    }
    let line = |kind: &str, message: &str| {
        format!(
            r#"{{"message_type":"{kind}","author":{{"id":"1","name":"ann"}},"message":{message},"system_message":"Ann did","time_in_seconds":1.5}}"#
        )
    };
    for (kind, message, gift) in [
        ("subscription", "null", true),
        ("resubscription", "\"hi\"", true),
        ("donation_announcement", "\"hi\"", true),
        ("send_message_in_subscriber_only_mode", "\"hi\"", false),
    ] {
        assert_eq!(
            counted(&read(&line(kind, message))),
            ("chat-downloader", 1, 1, usize::from(gift)),
            "{kind}"
        );
    }
    let unread = read(&format!(
        "{}\n{}\n{}",
        line("ban_user", "\"x\""),
        line("raid", "null"),
        line("action", "\"x\"")
    ));
    assert_eq!((unread.entries.len(), notes(&unread, NoteSort::Unread).len()), (1, 2));
}

/// An action of YouTube's that adds a message.
fn added(renderer: &str, id: &str, who: &str, more: &str) -> String {
    format!(
        r#"{{"addChatItemAction":{{"item":{{"{renderer}":{{"id":"{id}","timestampUsec":"1700000000000000","authorName":{{"simpleText":"{who}"}},"authorExternalChannelId":"UC{who}"{more}}}}}}}}}"#
    )
}

#[test]
fn a_live_chat_is_read_in_whatever_its_actions_lie() {
    let text = added("liveChatTextMessageRenderer", "a", "ann", r#","message":{"runs":[{"text":"hi"}]}"#);
    let paid =
        added("liveChatDonationAnnouncementRenderer", "b", "ben", r#","text":{"runs":[{"text":"$5"}]}"#);
    let bought = added("liveChatPurchasedProductMessageRenderer", "c", "ann", "");
    let replayed = |action: &str| {
        format!(r#"{{"replayChatItemAction":{{"actions":[{action}],"videoOffsetTimeMsec":"1500"}}}}"#)
    };
    let list = [&text, &paid, &bought].map(String::as_str);
    let lines = list.map(replayed);
    for chat in [
        lines.join("\r\n"),
        format!("[{}]", lines.join(",")),
        format!(r#"{{"actions":[{}]}}"#, lines.join(",")),
        format!(
            r#"{{"continuationContents":{{"liveChatContinuation":{{"actions":[{}]}}}}}}"#,
            list.join(",")
        ),
    ] {
        assert_eq!(counted(&read(&chat)), ("youtube-live-chat", 3, 2, 2), "{chat}");
    }
}

#[test]
fn a_message_that_was_held_is_read_where_it_is_released() {
    let place = r#"{"addChatItemAction":{"item":{"liveChatPlaceholderItemRenderer":{"id":"a","timestampUsec":"1700000000000000"}}}}"#;
    let text = added("liveChatTextMessageRenderer", "a", "ann", r#","message":{"runs":[{"text":"hi"}]}"#);
    let replaced = |id: &str| {
        let released = text.replace(
            r#"{"addChatItemAction":{"item":"#,
            &format!(r#"{{"replaceChatItemAction":{{"targetItemId":"{id}","replacementItem":"#),
        );
        format!("{place}\n{released}\n{text}\n")
    };
    assert_eq!(counted(&read(&replaced("a"))), ("youtube-live-chat", 2, 1, 0));
    // Another version of what was read already says nothing new.
    assert_eq!(counted(&read(&replaced("other"))), ("youtube-live-chat", 1, 1, 0));
}

#[test]
fn strokes_and_what_users_begin_with_one_are_texts() {
    let chat = read(
        "<packet><chat vpos='100' date='1' user_id='a' premium='1'>///</chat><chat vpos='200' user_id='b'>/gift of god</chat>\
         <chat vpos='300' user_id='c' premium='3'>/info 3 x</chat><chat vpos='400' user_id='c' premium='3'>/////</chat>\
         <chat vpos='500' user_id='c' premium='3'>/nicoad {\"message\":\"x\"}</chat>\
         <chat vpos='550' user_id='c' premium='3'>/gift vase NULL \"Guest\" 900 \"\" \"vase\" 1</chat></packet>",
    );
    assert_eq!(counted(&chat), ("niconico", 5, 4, 2));
    assert_eq!(notes(&chat, NoteSort::Unread), [("commands `/info`", 1)]);
}

#[test]
fn both_ages_of_niconico_json_are_read() {
    let new = |no: u32, who: &str| {
        format!(
            r#"{{"id":"{no}","no":{no},"vposMs":{no}234,"body":"hi","userId":"{who}","postedAt":"2023-01-01T00:00:00+09:00"}}"#
        )
    };
    for text in [
        format!("[{},{}]", new(1, "a"), new(2, "b")),
        format!(r#"{{"data":{{"threads":[{{"fork":"owner","comments":[]}},{{"fork":"main","comments":[{}]}},{{"comments":[{}]}}]}}}}"#, new(1, "a"), new(2, "b")),
        r#"{"packet":[{"chat":{"vpos":"123","date":"1606431601","user_id":"a","content":"hi"}},{"chat":{"vpos":"150","user_id":"b","content":"ho"}}]}"#.to_owned(),
    ] {
        assert_eq!(counted(&read(&text)), ("niconico-json", 2, 2, 0), "{text}");
    }
}

#[test]
fn logs_are_read_in_the_manners_of_several_clients() {
    for (text, messages, users, gifts) in [
        (
            "0:05 | Ann: hi\n-0:03 | (Member (6 months)) John Q Public Smith: early\n0:09 | *$5.00* (Verified) Bea B: super: chat\n1:00:09 | Bea B: later\n",
            4,
            3,
            1,
        ),
        (
            "# Log started: 2020-02-29 15:58:27 +0900\n[2020-02-29 15:58:30] <@%Ann> hi\n[2020-02-29 15:58:32] <~Own Er> x\n[2020-02-29 15:58:33] [Notification] Cy subscribed with Prime.\n[2020-02-29 15:58:34] BAN: eve (600s)\n[2020-02-29 15:58:35] * Ann waves\n",
            4,
            3,
            1,
        ),
        (
            "[20:00:05] *** Joins: ann (a@host)\n[20:00:06] <ann> hi\n[20:00:07] * ann waves\n[20:00:08] -NickServ- notice: x\n",
            2,
            1,
            0,
        ),
        (
            "2024-01-01 20:00:05\tann\thello\n2024-01-01 20:00:06\t-->\tben (b@h) has joined #c\n2024-01-01 20:00:07\t@ben\thi: ann\n",
            2,
            2,
            0,
        ),
        (
            "**** BEGIN LOGGING AT Mon Jan  1 20:00:00 2024\n\nJan 01 20:00:05 <ann>\thello\nJan 01 20:00:06 *\tben has joined\nJan 01 20:00:07 <ben>\thi\n",
            2,
            2,
            0,
        ),
        (
            "[20:00:01] ann: ann subscribed at Tier 1. They've subscribed for 3 months!\n[20:00:02] cy converted from a Prime sub to a Tier 1 sub!\n[20:00:03] The chat is slow, it says\n",
            2,
            2,
            2,
        ),
    ] {
        let chat = read(text);
        assert_eq!(counted(&chat), ("text-log", messages, users, gifts), "{text}{:?}", chat.notes);
        assert_eq!(notes(&chat, NoteSort::Lost), [], "{text}");
    }
}

#[test]
fn times_without_seconds_are_hours_and_minutes_where_the_log_says_that_it_was_opened() {
    let said = "20:00 <@ann> hi\n20:01 < ben> yo\n21:00 <ann> late\n";
    let opened = read(&format!("--- Log opened Mon Jan 01 20:00:05 2024\n{said}"));
    assert_eq!((counted(&opened), opened.length().as_secs()), (("text-log", 3, 2, 0), 3_600));
    assert_eq!(read(said).length().as_secs(), 1_260, "minutes and seconds of a show");
}

#[test]
fn lists_called_comments_of_other_programs_are_not_taken_for_a_chat() {
    let text =
        r#"{"id": "x", "comments": [{"id": "1", "parent": "root", "text": "hi", "author_id": "UC1"}]}"#;
    let said = RecordedChat::read("chat", text.as_bytes()).expect_err("comments below a film");
    assert_eq!(said.message(), "this is no recorded chat of a known format");
}
