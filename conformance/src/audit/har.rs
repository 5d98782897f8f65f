//! HAR files, as browsers and proxies export them, as lines of a recording.
//!
//! A HAR holds a whole exchange for each entry, and in some browsers the frames of its WebSocket. What is no call and no frame of the
//! audience's protocol is passed over.

use claque_document::calendar::days_since_epoch;
use claque_wire::http::HttpRequest;
use claque_wire::recorded::{SeenCall, answer_without_secrets};
use serde_json::{Map, Value as Json, json};

use crate::log::VERSION;

/// How wrong the clock is taken to be at the most: nobody says. Microseconds.
const CLOCK_ERROR: u64 = 1_000_000;

/// A line of a recording, and the number of the entry that it was made of, from 1.
pub type HarLine = (usize, String);

/// Whether a text begins like a HAR.
#[must_use]
pub fn is_har(begin: &[u8]) -> bool {
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin).trim_ascii_start();
    let key = begin.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let value = key.and_then(|key| key.strip_prefix(b"\"log\"")).map(<[u8]>::trim_ascii_start);
    let value = value.and_then(|value| value.strip_prefix(b":")).map(<[u8]>::trim_ascii_start);
    // A container's log has lines that begin with a text of this name.
    value.is_some_and(|value| value.starts_with(b"{"))
}

/// The lines of a HAR, of which the source has this name: each file of a recording is one of its own.
///
/// # Errors
/// A sentence, when it is no HAR.
pub fn lines(text: &[u8], source: &str) -> Result<Vec<HarLine>, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let har: Json = serde_json::from_slice(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let entries = har.get("log").and_then(|log| log.get("entries")).and_then(Json::as_array);
    let entries = entries.ok_or("it is no HAR: log.entries is missing")?;
    let header =
        json!({ "source": source, "header": { "version": VERSION, "clockErrorMicros": CLOCK_ERROR } });
    let mut lines = vec![(0, header.to_string())];
    for (number, entry) in (1..).zip(entries) {
        let wrong = |what: &str| format!("entry {number}: {what}");
        let sockets = entry.get("_webSocketMessages").and_then(Json::as_array);
        if let Some(messages) = sockets {
            for message in messages {
                frame((source, number), message)
                    .into_iter()
                    .for_each(|line| lines.push((number, line.to_string())));
            }
        } else if let Some(line) = call(source, entry).map_err(|what| wrong(&what))? {
            lines.push((number, line.to_string()));
        }
    }
    Ok(lines)
}

/// A call; none where the request is none.
fn call(source: &str, entry: &Json) -> Result<Option<Json>, String> {
    let text = |of: &Json, name: &str| of.get(name).and_then(Json::as_str).map(str::to_owned);
    let (Some(request), Some(response)) = (entry.get("request"), entry.get("response")) else {
        return Err("request or response is missing".to_owned());
    };
    let url = text(request, "url").ok_or("request.url is missing")?;
    let method = text(request, "method").ok_or("request.method is missing")?;
    let headers = request.get("headers").and_then(Json::as_array).into_iter().flatten();
    let headers: Vec<(String, String)> =
        headers.filter_map(|header| Some((text(header, "name")?, text(header, "value")?))).collect();
    let body = request.get("postData").and_then(|data| text(data, "text")).unwrap_or_default();
    let target =
        url.split_once("://").map_or("/", |(_, rest)| rest.find(['/', '?']).map_or("/", |at| &rest[at..]));
    let Some(call) = SeenCall::of(&HttpRequest::new(&method, target, headers, body.into_bytes())) else {
        return Ok(None);
    };
    let started = text(entry, "startedDateTime").ok_or("startedDateTime is missing")?;
    let at = micros(&started).ok_or_else(|| {
        format!("startedDateTime is {started:?}, and 2026-11-30T08:00:00.123Z would be a time")
    })?;
    let took = entry.get("time").and_then(Json::as_number).and_then(|took| decimal(&took.to_string(), 1_000));
    let mut line = Map::new();
    line.insert("operation".to_owned(), json!(call.operation));
    line.insert("parameters".to_owned(), Json::Object(call.parameters));
    let content = response.get("content").unwrap_or(&Json::Null);
    let status = response.get("status").and_then(Json::as_u64).filter(|status| (100..1_000).contains(status));
    // A body in base64 is no answer that a browser has shown as text; one that was not kept is none either.
    let answer = text(content, "text")
        .filter(|_| content.get("encoding").is_none())
        .and_then(|body| answer_without_secrets(body.as_bytes()));
    if let (Some(status), Some(answer), Some(took)) = (status, answer, took) {
        line.insert("answeredAt".to_owned(), json!(at.saturating_add(took)));
        line.insert("status".to_owned(), json!(status));
        line.insert("answer".to_owned(), Json::Object(answer));
    }
    Ok(Some(json!({ "source": source, "at": at, "call": line })))
}

/// A frame of an audience client; none for another protocol's.
fn frame((source, entry): (&str, usize), message: &Json) -> Option<Json> {
    let frame: Map<String, Json> = serde_json::from_str(message.get("data")?.as_str()?).ok()?;
    let ours = frame.contains_key("id") || frame.get("event").is_some_and(Json::is_string);
    let at = decimal(&message.get("time")?.as_number()?.to_string(), 1_000_000).filter(|_| ours)?;
    let side = if message.get("type")?.as_str()? == "send" { "sent" } else { "received" };
    Some(json!({ "source": source, "at": at,
            "client": { "id": format!("socket of entry {entry} of {source}"), side: frame } }))
}

/// A decimal number in units of so many parts; what is smaller is cut off.
fn decimal(text: &str, parts: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (mut value, mut unit) = (whole.parse::<u64>().ok()?.checked_mul(parts)?, parts);
    for digit in fraction.chars() {
        unit /= 10;
        value = value.checked_add(u64::from(digit.to_digit(10)?) * unit)?;
    }
    Some(value)
}

/// `2026-11-30T08:00:00.123+08:00` in microseconds since the UNIX epoch.
fn micros(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !marks.iter().all(|(at, mark)| text.as_bytes().get(*at) == Some(mark)) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?;
    let zone = rest.find(['Z', 'z', '+', '-'])?;
    let fraction = decimal(&format!("0{}", &rest[..zone]), 1_000_000)?;
    let offset = match &rest[zone..] {
        "Z" | "z" => 0,
        offset => {
            let digits: String = offset[1..].chars().filter(char::is_ascii_digit).collect();
            let all = digits.parse::<i64>().ok().filter(|_| digits.len() == 4)?;
            (all / 100 * 60 + all % 100) * if offset.starts_with('-') { -60 } else { 60 }
        }
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_epoch(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)?;
    let seconds = i64::try_from(days).ok()? * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    u64::try_from(seconds).ok()?.checked_mul(1_000_000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_zone() {
        assert_eq!(micros("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(micros("2023-11-14T22:13:20.5Z"), Some(1_700_000_000_500_000));
        assert_eq!(micros("2023-11-15T06:13:20.123456+08:00"), Some(1_700_000_000_123_456));
        assert_eq!(micros("2023-11-14T17:13:20-0500"), Some(1_700_000_000_000_000));
        assert_eq!(micros("2024-02-29T00:00:00Z"), Some(1_709_164_800_000_000));
        for wrong in ["", "yesterday", "2023-11-14 22:13:20Z", "2023-13-01T00:00:00Z", "2023-11-14T22:13:20"]
        {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_keep_their_parts() {
        assert_eq!(decimal("1700000000.1234567", 1_000_000), Some(1_700_000_000_123_456));
        assert_eq!(decimal("12.5", 1_000), Some(12_500));
        assert_eq!(decimal("-1", 1_000), None);
    }

    #[test]
    fn what_is_no_call_is_passed_over() {
        let har = json!({ "log": { "entries": [
            { "request": { "method": "GET", "url": "https://shop.example/cart" }, "response": {} },
            { "request": { "method": "GET", "url": "https://live.aliyuncs.com/?Action=ListLiveMessageApps&SortType=1&Signature=s" },
              "startedDateTime": "2023-11-14T22:13:20.5Z", "time": 12.5,
              "response": { "status": 200, "content": { "text": "{\"RequestId\":\"r\"}" } } },
            { "request": { "method": "GET", "url": "wss://h/audience" }, "_webSocketMessages": [
                { "type": "send", "time": 1_700_000_001.5, "opcode": 1, "data": "{\"id\":1,\"method\":\"heartbeat\"}" },
                { "type": "receive", "time": 1_700_000_002, "opcode": 1, "data": "hello" } ] },
        ] } });
        let text = har.to_string();
        assert!(is_har(text.as_bytes()) && !is_har(b"{\"source\":\"log\"}"));
        assert!(!is_har(b"{\"log\":\"a line\",\"stream\":\"stdout\"}"));
        let lines = lines(text.as_bytes(), "har").expect("a HAR");
        let entries: Vec<usize> = lines.iter().map(|(entry, _)| *entry).collect();
        assert_eq!(entries, [0, 2, 3]);
        let call: Json = serde_json::from_str(&lines[1].1).expect("JSON");
        assert_eq!(call["call"]["parameters"], json!({ "SortType": "1" }));
        assert_eq!(call["call"]["answeredAt"], json!(1_700_000_000_512_500_u64));
        let mut recording = crate::audit::Recording::default();
        let all: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        recording.read(0, all.as_bytes()).expect("a recording");
    }

    #[test]
    fn what_is_no_har_is_said() {
        for (text, says) in
            [("{", "no JSON"), ("{\"log\":{}}", "log.entries"), ("{\"log\":{\"entries\":[{}]}}", "entry 1")]
        {
            let error = lines(text.as_bytes(), "har").expect_err("no HAR");
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
