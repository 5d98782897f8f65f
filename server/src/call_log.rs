//! The newest calls and client requests of a world: what was asked, what decided it, what was answered.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use claque_core::{Instant, Rule};
use claque_wire::recorded::COMMON;
use serde_json::{Value, json};

/// Calls kept; the oldest give way.
const CALLS_MAX: usize = 500;
/// Longest parameters, and longest answer, that are kept whole. Unit: bytes.
// With the count above at most four mebibytes a world: there may be a thousand worlds, each with a log of its own.
const TEXT_BYTES_MAX: usize = 4 * 1_024;
/// What the state machine decided.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// The service's time.
    pub(crate) at: Instant,
    /// The rules that had a say in it, the refusing one first.
    pub(crate) rules: Vec<Rule>,
    /// Whether it was refused.
    pub(crate) refused: bool,
    /// The refusal's number, of a client's request.
    pub(crate) code: Option<u16>,
    /// The user that asked, of a client's request.
    pub(crate) user: Option<Arc<str>>,
    /// How many inputs the service had taken, this one included.
    pub(crate) input: u64,
    /// Where the journal ended behind it; none: there is no journal, or nothing was written. Unit: bytes.
    pub(crate) journal: Option<u64>,
}

/// A call in the log. Filled in while it is on its way.
#[derive(Debug)]
pub(crate) struct LoggedCall {
    pub(crate) number: u64,
    /// An operation's name, or a client method's.
    name: &'static str,
    /// Whether it is a client's request.
    client: bool,
    /// The access key's ID, or who else asks.
    caller: String,
    /// As JSON.
    parameters: String,
    /// The fault that struck it, and what that did.
    pub(crate) fault: OnceLock<(u64, String)>,
    pub(crate) decision: OnceLock<Decision>,
    /// Status and body.
    answer: OnceLock<(u16, String)>,
}

impl LoggedCall {
    pub(crate) fn answered(&self, status: u16, body: &str) {
        // The first answer is the one that was sent.
        drop(self.answer.set((status, cut(body))));
    }

    fn object(&self) -> Value {
        let decision = self.decision.get();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text));
        let rules: Vec<&str> =
            decision.map(|it| it.rules.iter().map(|rule| rule.id()).collect()).unwrap_or_default();
        let answer = self.answer.get();
        json!({
            "number": self.number,
            "client": self.client,
            "name": self.name,
            "caller": decision.and_then(|it| it.user.as_deref()).unwrap_or(&self.caller),
            "parameters": read(&self.parameters),
            "fault": self.fault.get().map(|(number, effect)| json!({ "number": number, "effect": effect })),
            "atMicros": decision.map(|it| it.at.as_micros()),
            "rules": rules,
            "refused": decision.is_some_and(|it| it.refused),
            "code": decision.and_then(|it| it.code),
            "input": decision.map(|it| it.input),
            "journalBytes": decision.and_then(|it| it.journal),
            "status": answer.map(|(status, _)| *status),
            "answer": answer.map(|(_, body)| read(body)),
        })
    }
}

/// A text as it is kept. What was made for the log alone is moved into it, since every call comes here.
fn cut<'t>(text: impl Into<Cow<'t, str>>) -> String {
    let text = text.into();
    if text.len() <= TEXT_BYTES_MAX {
        return text.into_owned();
    }
    let end = (0..=TEXT_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}… ({} bytes in all)", &text[..end], text.len())
}

/// The newest calls, numbered from 1 without gaps.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    entries: Mutex<CallEntries>,
}

#[derive(Debug, Default)]
struct CallEntries {
    list: VecDeque<Arc<LoggedCall>>,
    newest: u64,
}

impl CallLog {
    /// Notes a call of an operation that comes in.
    pub(crate) fn call<'a>(
        &self,
        name: &'static str,
        caller: &str,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Arc<LoggedCall> {
        // Who repeats a call signs it anew, in the region that the client library is set to.
        let given = parameters.filter(|(name, _)| !COMMON.contains(name) && *name != "RegionId");
        let object: serde_json::Map<String, Value> =
            given.map(|(name, value)| (name.to_owned(), value.into())).collect();
        self.keep(name, false, caller.to_owned(), cut(Value::Object(object).to_string()))
    }

    /// Notes a client's request that comes in. The decision on it names its user, where the caller is not known yet.
    pub(crate) fn client(&self, name: &'static str, caller: &str, parameters: &Value) -> Arc<LoggedCall> {
        self.keep(name, true, caller.to_owned(), cut(parameters.to_string()))
    }

    fn keep(&self, name: &'static str, client: bool, caller: String, parameters: String) -> Arc<LoggedCall> {
        let mut entries = self.entries.lock().expect("no holder of this lock can panic");
        entries.newest += 1;
        let call = Arc::new(LoggedCall {
            number: entries.newest,
            name,
            client,
            caller,
            parameters,
            fault: OnceLock::new(),
            decision: OnceLock::new(),
            answer: OnceLock::new(),
        });
        entries.list.push_back(Arc::clone(&call));
        if entries.list.len() > CALLS_MAX {
            entries.list.pop_front();
        }
        call
    }

    /// The newest number.
    pub(crate) fn newest(&self) -> u64 {
        self.entries.lock().expect("no holder of this lock can panic").newest
    }

    /// The newest number, and the calls behind a number, oldest first, at most so many of the newest.
    pub(crate) fn object(&self, after: u64, count_max: usize) -> Value {
        // Rendered outside of the lock: callers must not wait for a reader of the log.
        let (newest, list) = {
            let entries = self.entries.lock().expect("no holder of this lock can panic");
            let behind = entries.list.iter().rev().take_while(|call| call.number > after).take(count_max);
            (entries.newest, behind.cloned().collect::<Vec<_>>())
        };
        let calls: Vec<Value> = list.iter().rev().map(|call| call.object()).collect();
        json!({ "newest": newest, "calls": calls })
    }

    /// Forgets the calls, not their numbers: a service that starts over gives the same IDs to other messages.
    pub(crate) fn clear(&self) {
        self.entries.lock().expect("no holder of this lock can panic").list.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{CALLS_MAX, CallLog, TEXT_BYTES_MAX};

    #[test]
    fn what_signs_is_left_out_and_the_oldest_give_way() {
        let log = CallLog::default();
        let pairs = [("AppId", "a"), ("Signature", "secret"), ("SecurityToken", "secret")];
        let call = log.call("ListLiveMessageApps", "key", pairs.into_iter());
        call.answered(200, "{}");
        let text = log.object(0, 10).to_string();
        assert!(text.contains("AppId") && !text.contains("secret"), "{text}");
        for _ in 0..CALLS_MAX {
            log.call("ListLiveMessageApps", "key", std::iter::empty());
        }
        let object = log.object(0, usize::MAX);
        assert_eq!(object["newest"], CALLS_MAX as u64 + 1);
        assert_eq!(object["calls"].as_array().map(Vec::len), Some(CALLS_MAX));
        assert_eq!(object["calls"][0]["number"], 2);
        assert_eq!(log.object(CALLS_MAX as u64, 10)["calls"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let log = CallLog::default();
        let long = "é".repeat(TEXT_BYTES_MAX);
        log.call("SendLiveMessageGroup", "key", [("Body", long.as_str())].into_iter()).answered(200, &long);
        let call = &log.object(0, 1)["calls"][0];
        for field in ["parameters", "answer"] {
            let kept = call[field].as_str().expect("what is cut is a text");
            assert!(
                kept.len() < TEXT_BYTES_MAX + 100 && kept.contains(" bytes in all"),
                "{field}: {}",
                kept.len()
            );
        }
    }
}
