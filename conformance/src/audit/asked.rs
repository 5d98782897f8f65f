//! Requests of clients with their answers.

use serde_json::{Map, Value as Json};

use super::recording::{ClientSeen, FrameSeen, Place, Recording};
use super::window::Window;

/// How a client's request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    /// Accepted.
    Result(&'a Json),
    /// Refused with this code; 0 where it had none.
    Error(u64),
    /// No answer was seen.
    None,
}

/// A request of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub client: &'a str,
    pub method: &'a str,
    pub params: Option<&'a Map<String, Json>>,
    /// Where it was sent, and where its answer stands.
    pub places: (Place, Place),
    pub sent: Window,
    /// From its sending to its answer.
    pub window: Window,
    /// When its answer came; the same as `sent` while none has.
    pub answered: Window,
    pub answer: Answer<'a>,
}

impl<'a> Asked<'a> {
    /// A parameter that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.params?.get(name)?.as_str()
    }

    pub(super) const fn accepted(&self) -> bool {
        matches!(self.answer, Answer::Result(_))
    }
}

/// Every request of every client, client by client, in the order of sending.
pub(super) fn all(recording: &Recording) -> Vec<Asked<'_>> {
    recording.judged_clients().flat_map(|(id, client)| of(id, client)).collect()
}

fn of<'a>(id: &'a str, client: &'a ClientSeen) -> Vec<Asked<'a>> {
    let mut asked: Vec<Asked<'a>> = Vec::new();
    // Which request waits under which `id`. A client uses an `id` again once it is answered.
    let mut waiting: Vec<(&'a Json, usize)> = Vec::new();
    for (place, window, frame) in &client.frames {
        match frame {
            FrameSeen::Sent(frame) => {
                let Some(method) = frame.get("method").and_then(Json::as_str) else { continue };
                if let Some(number) = frame.get("id") {
                    waiting.push((number, asked.len()));
                }
                asked.push(Asked {
                    client: id,
                    method,
                    params: frame.get("params").and_then(Json::as_object),
                    places: (*place, *place),
                    sent: *window,
                    window: window.open(),
                    answered: *window,
                    answer: Answer::None,
                });
            }
            FrameSeen::Received(frame) => {
                let Some(number) = frame.get("id") else { continue };
                let Some(found) = waiting.iter().position(|(waits, _)| *waits == number) else { continue };
                let request = &mut asked[waiting.remove(found).1];
                request.answer = match (frame.get("result"), frame.get("error")) {
                    (Some(result), None) => Answer::Result(result),
                    (_, Some(error)) => Answer::Error(error.get("code").and_then(Json::as_u64).unwrap_or(0)),
                    (None, None) => Answer::None,
                };
                request.places.1 = *place;
                request.window = request.sent.until(*window);
                request.answered = *window;
            }
            // What was not answered by then is not answered any more.
            FrameSeen::Link(_) => waiting.clear(),
        }
    }
    asked
}
