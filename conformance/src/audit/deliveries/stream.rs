//! Deliveries that are read, judged and forgotten.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde::Deserialize;
use serde_json::Value as Json;

use super::hearing::Hearing;
use super::known::SentKnown;
use crate::audit::asked::Asked;
use crate::audit::assumed::Assumed;
use crate::audit::findings::Findings;
use crate::audit::recording::{ClientSeen, Open, Place, Recording, RecordingError, each_line, is_deferred};
use crate::audit::window::Window;
use crate::log::Line;

/// A message of a group, as a client received it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audit) struct GroupDelivery<'a> {
    pub group: &'a str,
    pub id: Option<&'a str>,
    pub data: Option<&'a str>,
    pub kind: Option<i64>,
    pub sender: Option<&'a str>,
    pub seqnum: Option<u64>,
    /// It came back after a break.
    pub recovered: bool,
}

impl<'a> GroupDelivery<'a> {
    pub(super) fn of(group: &'a str, message: &'a Json) -> Self {
        let text = |name: &str| message.get(name).and_then(Json::as_str);
        Self {
            group,
            id: text("messageId"),
            data: text("data"),
            kind: message.get("type").and_then(Json::as_i64),
            sender: message.get("sender").and_then(|sender| sender.get("userId")).and_then(Json::as_str),
            seqnum: message.get("seqnum").and_then(Json::as_u64),
            recovered: false,
        }
    }
}

/// A text of which nothing is copied, unless it holds something that is written otherwise than it reads.
#[derive(Deserialize)]
struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);

/// A line that delivers a message, as far as it is looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliveryLine<'a> {
    #[serde(borrow)]
    source: BorrowedText<'a>,
    at: u64,
    #[serde(borrow)]
    client: ClientPart<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientPart<'a> {
    #[serde(borrow)]
    id: BorrowedText<'a>,
    #[serde(borrow)]
    app: Option<BorrowedText<'a>>,
    #[serde(borrow, rename = "user")]
    _user: Option<BorrowedText<'a>>,
    #[serde(borrow)]
    received: FramePart<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FramePart<'a> {
    #[serde(borrow)]
    event: BorrowedText<'a>,
    #[serde(borrow)]
    group_id: BorrowedText<'a>,
    #[serde(borrow)]
    message: MessagePart<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessagePart<'a> {
    #[serde(borrow)]
    message_id: BorrowedText<'a>,
    #[serde(borrow)]
    data: Option<BorrowedText<'a>>,
    #[serde(rename = "type")]
    kind: Option<i64>,
    #[serde(borrow)]
    sender: Option<SenderPart<'a>>,
    seqnum: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SenderPart<'a> {
    #[serde(borrow)]
    user_id: Option<BorrowedText<'a>>,
}

/// One client whose deliveries are read again.
struct ClientReader<'a> {
    hearing: Hearing<'a>,
    client: Option<&'a ClientSeen>,
    /// Its next frame that is kept.
    next: usize,
}

/// A recording whose deliveries were not kept.
pub(in crate::audit) struct Deferred<'a> {
    known: SentKnown<'a>,
    readers: Vec<ClientReader<'a>>,
    by_id: HashMap<Arc<str>, usize, FixedState>,
    /// Lines that looked like deliveries and are none.
    unjudged: u64,
}

impl<'a> Deferred<'a> {
    pub(in crate::audit) fn of(recording: &'a Recording, asked: &[Asked<'a>], assumed: &'a Assumed) -> Self {
        let known = SentKnown::of(recording, asked, assumed);
        let mut deferred = Self {
            readers: Vec::new(),
            by_id: HashMap::with_hasher(FixedState::default()),
            known,
            unjudged: 0,
        };
        for (id, client) in recording.judged_clients() {
            deferred.add(id, Some(client));
        }
        deferred
    }

    fn add(&mut self, id: &Arc<str>, client: Option<&'a ClientSeen>) -> usize {
        let hearing = Hearing::of(&self.known, Arc::clone(id), client);
        self.readers.push(ClientReader { hearing, client, next: 0 });
        self.by_id.insert(Arc::clone(id), self.readers.len() - 1);
        self.readers.len() - 1
    }

    /// Reads every file again, and judges the deliveries in it. Gives how many lines were none.
    ///
    /// # Errors
    /// At the first line that is not of the format.
    pub(in crate::audit) fn read(
        mut self,
        (files, open): (usize, Open<'_>),
        findings: &mut Findings,
    ) -> Result<u64, RecordingError> {
        for file in 0..files {
            each_line((file, open), &mut |place, bytes| {
                if is_deferred(bytes) { self.line(place, bytes, findings).map(|()| true) } else { Ok(true) }
            })?;
        }
        for reader in &mut self.readers {
            reader.come_to(&self.known, None, findings);
        }
        self.readers.sort_by(|one, other| one.hearing.id.cmp(&other.hearing.id));
        for reader in self.readers {
            reader.hearing.finish(&self.known, findings);
        }
        Ok(self.unjudged)
    }

    fn line(&mut self, place: Place, bytes: &[u8], findings: &mut Findings) -> Result<(), String> {
        if let Ok(line) = serde_json::from_slice::<DeliveryLine<'_>>(bytes)
            && line.client.received.event.0 == "recvgroupmessage"
        {
            let ClientPart { id, app, received, .. } = &line.client;
            let message = &received.message;
            let text = |text: &'_ Option<BorrowedText<'_>>| text.as_ref().map(|text| text.0.to_string());
            let (data, sender) = (&message.data, message.sender.as_ref().and_then(|it| it.user_id.as_ref()));
            let delivery = GroupDelivery {
                group: &received.group_id.0,
                id: Some(&message.message_id.0),
                data: data.as_ref().map(|text| &*text.0),
                kind: message.kind,
                sender: sender.map(|text| &*text.0),
                seqnum: message.seqnum,
                recovered: false,
            };
            return self.take(place, (&line.source.0, line.at), (&id.0, || text(app)), &delivery, findings);
        }
        // Fields that are missing or of another type: slower, and the same.
        let line: Line = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let client = line.client.as_ref().filter(|client| client.sent.is_none() && client.link.is_none());
        let found = client.and_then(|client| {
            let frame = client.received.as_ref()?;
            let event = frame.get("event").and_then(Json::as_str) == Some("recvgroupmessage");
            let group = frame.get("groupId").and_then(Json::as_str).filter(|_| event)?;
            Some((client, GroupDelivery::of(group, frame.get("message")?), line.at?))
        });
        let Some((client, delivery, at)) = found else {
            self.unjudged += 1;
            return Ok(());
        };
        self.take(place, (&line.source, at), (&client.id, || client.app.clone()), &delivery, findings)
    }

    fn take(
        &mut self,
        place: Place,
        (source, at): (&str, u64),
        (id, app): (&str, impl Fn() -> Option<String>),
        delivery: &GroupDelivery<'_>,
        findings: &mut Findings,
    ) -> Result<(), String> {
        let clock = self.known.recording.clock_of(source)?;
        let window = Window::by(clock, at, at);
        let index = match self.by_id.get(id) {
            Some(index) => *index,
            // Of a client whose lines are of several programs nothing is judged.
            None if self.known.recording.clients.contains_key(id) => {
                self.unjudged += 1;
                return Ok(());
            }
            None => self.add(&Arc::from(id), None),
        };
        let reader = &mut self.readers[index];
        if reader.hearing.app.is_none() {
            reader.hearing.app = app();
        }
        reader.come_to(&self.known, Some(place), findings);
        reader.hearing.delivery(&self.known, (place, window), delivery, findings);
        Ok(())
    }
}

impl<'a> ClientReader<'a> {
    /// Looks at the frames that are kept, up to a place or all.
    fn come_to(&mut self, known: &SentKnown<'a>, until: Option<Place>, findings: &mut Findings) {
        let frames = self.client.map_or(&[][..], |client| client.frames.as_slice());
        while let Some((place, window, frame)) = frames.get(self.next) {
            if until.is_some_and(|until| until < *place) {
                break;
            }
            self.hearing.frame(known, (*place, *window), frame, findings);
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_copied_of_a_plain_line() {
        let line = br#"{"source":"s","at":1,"client":{"id":"c","received":{"event":"recvgroupmessage","groupId":"g","message":{"messageId":"m","data":"x","more":[1]}}}}"#;
        let line: DeliveryLine<'_> = serde_json::from_slice(line).expect("a line");
        assert!(matches!(line.client.received.message.data, Some(BorrowedText(Cow::Borrowed("x")))));
    }
}
