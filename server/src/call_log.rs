//! The newest calls and client requests of a world: what was asked, what decided it, what was answered.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use claque_core::{Instant, Rule};
use claque_wire::recorded::COMMON;
use serde::Serializer;
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
struct LoggedCall {
    number: u64,
    /// An operation's name, or a client method's.
    name: &'static str,
    /// Whether it is a client's request.
    client: bool,
    /// The access key's ID, or who else asks.
    caller: String,
    /// As JSON.
    parameters: Box<str>,
    /// The fault that struck it, and what that did.
    fault: OnceLock<(u64, String)>,
    decision: OnceLock<Decision>,
    /// Status and body.
    answer: OnceLock<(u16, Box<str>)>,
}

impl LoggedCall {
    /// Its memory, about. Unit: bytes.
    fn bytes(&self) -> u64 {
        let answer = self.answer.get().map_or(0, |(_, body)| body.len());
        let rules = self.decision.get().map_or(0, |it| it.rules.capacity() * size_of::<Rule>());
        let texts = self.caller.capacity() + self.parameters.len() + answer + rules;
        (size_of::<Self>() + texts) as u64
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

/// A call's place in the log, to fill in; without a place in a world whose log nobody can read.
// Every call comes here: where there is no control API, its parameters, rules and answer are not even looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallNote(Option<Arc<LoggedCall>>);

impl CallNote {
    pub(crate) fn number(&self) -> Option<u64> {
        self.0.as_ref().map(|call| call.number)
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Notes the fault that struck it, by number, and what that did.
    pub(crate) fn struck(&self, fault: u64, effect: &str) {
        if let Some(call) = &self.0 {
            drop(call.fault.set((fault, effect.to_owned())));
        }
    }

    pub(crate) fn decided(&self, decision: impl FnOnce() -> Decision) {
        if let Some(call) = &self.0 {
            drop(call.decision.set(decision()));
        }
    }

    pub(crate) fn answered(&self, status: u16, body: &str) {
        if let Some(call) = &self.0 {
            // The first answer is the one that was sent.
            drop(call.answer.set((status, cut(body))));
        }
    }
}

/// A text as it is kept. What was made for the log alone is moved into it, since every call comes here.
// Without spare room: as many as there are kept, what a text grew by would be half of the log.
fn cut<'t>(text: impl Into<Cow<'t, str>>) -> Box<str> {
    let text = text.into();
    if text.len() <= TEXT_BYTES_MAX {
        return text.into();
    }
    let end = (0..=TEXT_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}… ({} bytes in all)", &text[..end], text.len()).into()
}

/// Texts by name as a JSON object, in their order.
// Written straight away: a map of copies in between would cost each call two allocations for each parameter.
fn object_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut text);
    serializer.collect_map(pairs).expect("texts can be written as JSON");
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// The newest calls, numbered from 1 without gaps.
#[derive(Debug)]
pub(crate) struct CallLog {
    /// None: nothing is kept.
    entries: Option<Mutex<CallEntries>>,
}

#[derive(Debug, Default)]
struct CallEntries {
    list: VecDeque<Arc<LoggedCall>>,
    newest: u64,
}

impl CallLog {
    /// An empty log, of a world with a control API or without one.
    pub(crate) fn new(readable: bool) -> Self {
        Self { entries: readable.then(Mutex::default) }
    }

    /// Notes a call of an operation that comes in.
    pub(crate) fn call<'a>(
        &self,
        name: &'static str,
        caller: &str,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> CallNote {
        self.keep(name, false, caller, || {
            // Who repeats a call signs it anew, in the region that the client library is set to.
            object_of(parameters.filter(|(name, _)| !COMMON.contains(name) && *name != "RegionId"))
        })
    }

    /// Notes a client's request that comes in. The decision on it names its user, where the caller is not known yet.
    pub(crate) fn client(&self, name: &'static str, caller: &str, parameters: &Value) -> CallNote {
        self.keep(name, true, caller, || parameters.to_string())
    }

    fn keep(
        &self,
        name: &'static str,
        client: bool,
        caller: &str,
        parameters: impl FnOnce() -> String,
    ) -> CallNote {
        let Some(entries) = &self.entries else { return CallNote(None) };
        let (caller, parameters) = (caller.to_owned(), cut(parameters()));
        let mut entries = entries.lock().expect("no holder of this lock can panic");
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
        let oldest = if entries.list.len() > CALLS_MAX { entries.list.pop_front() } else { None };
        // Behind the lock: its texts are freed while nobody waits.
        drop(entries);
        drop(oldest);
        CallNote(Some(call))
    }

    /// What is kept, under its lock; nothing where nothing is kept.
    fn with<R: Default>(&self, read: impl FnOnce(&mut CallEntries) -> R) -> R {
        let entries = self.entries.as_ref();
        entries.map_or_else(R::default, |it| read(&mut it.lock().expect("no holder of this lock can panic")))
    }

    /// The memory of the log, about. Unit: bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.with(|entries| entries.list.iter().map(|call| call.bytes()).sum())
    }

    /// The newest number.
    pub(crate) fn newest(&self) -> u64 {
        self.with(|entries| entries.newest)
    }

    /// The newest number, and the calls behind a number, oldest first, at most so many of the newest.
    pub(crate) fn object(&self, after: u64, count_max: usize) -> Value {
        // Rendered outside of the lock: callers must not wait for a reader of the log.
        let (newest, list) = self.with(|entries| {
            let behind = entries.list.iter().rev().take_while(|call| call.number > after).take(count_max);
            (entries.newest, behind.cloned().collect::<Vec<_>>())
        });
        let calls: Vec<Value> = list.iter().rev().map(|call| call.object()).collect();
        json!({ "newest": newest, "calls": calls })
    }

    /// Forgets the calls, not their numbers: a service that starts over gives the same IDs to other messages.
    pub(crate) fn clear(&self) {
        self.with(|entries| entries.list.clear());
    }
}

#[cfg(test)]
mod tests {
    use super::{CALLS_MAX, CallLog, TEXT_BYTES_MAX};

    #[test]
    fn what_signs_is_left_out_and_the_oldest_give_way() {
        let log = CallLog::new(true);
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
        let log = CallLog::new(true);
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

    #[test]
    fn its_memory_grows_with_what_it_keeps_and_is_none_where_nobody_reads_it() {
        let long = "x".repeat(2 * TEXT_BYTES_MAX);
        let [read, unread] = [true, false].map(|readable| {
            let log = CallLog::new(readable);
            for _ in 0..2 * CALLS_MAX {
                let note = log.call("SendLiveMessageGroup", "key", [("Body", long.as_str())].into_iter());
                assert_eq!(note.is_kept(), readable);
                note.answered(200, &long);
            }
            log.bytes()
        });
        let texts = 2 * (CALLS_MAX * TEXT_BYTES_MAX) as u64;
        assert!((texts..texts * 11 / 10).contains(&read), "{read} of {texts}");
        assert_eq!(unread, 0);
    }
}
