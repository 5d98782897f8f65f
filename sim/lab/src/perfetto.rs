//! A run as a timeline for the Perfetto UI: the trace event format, as JSON.
//!
//! Open the file at <https://ui.perfetto.dev>. Three processes: the service (its steps, and counters for members,
//! messages and latencies), users (a thread each, with sessions and broken links as slices and requests as instants),
//! and circumstances (faults as slices, acts of the script as instants). An arrow leads from a send to its delivery.
//! Times are show time in microseconds.

use std::collections::BTreeMap;

use claque_scenario::Scenario;
use serde_json::{Value, json};

use crate::story::{Party, Story};

/// Users with a thread of their own: those who do something first.
const USERS_MAX: usize = 2_000;

const SERVICE: u32 = 1;
const USERS: u32 = 2;
const CIRCUMSTANCES: u32 = 3;

/// The timeline of a run.
#[must_use]
pub fn to_json(scenario: &Scenario, story: &Story) -> String {
    let mut line =
        TimelineRow { events: Vec::new(), threads: BTreeMap::new(), sends: BTreeMap::new(), flows: 0 };
    line.name(SERVICE, 0, "process_name", "service");
    line.name(SERVICE, 1, "thread_name", "steps");
    line.name(USERS, 0, "process_name", "users");
    line.name(USERS, 1, "thread_name", "other users");
    line.name(CIRCUMSTANCES, 0, "process_name", "circumstances");
    line.name(CIRCUMSTANCES, 1, "thread_name", "script");
    line.circumstances(scenario, story);
    line.sessions(story);
    line.steps(story);
    line.counters(story);
    let events = line.events;
    json!({
        "displayTimeUnit": "ms",
        "otherData": { "scenario": scenario.name.clone(), "time": "show time" },
        "traceEvents": events,
    })
    .to_string()
}

struct TimelineRow {
    events: Vec<Value>,
    threads: BTreeMap<String, u32>,
    /// By message ID: the arrow that begins at its send.
    sends: BTreeMap<String, u64>,
    flows: u64,
}

impl TimelineRow {
    fn name(&mut self, pid: u32, tid: u32, what: &str, name: &str) {
        self.events.push(
            json!({ "ph": "M", "pid": pid, "tid": tid, "ts": 0, "name": what, "args": { "name": name } }),
        );
    }

    fn slice(&mut self, (pid, tid): (u32, u32), name: &str, from: u64, until: u64) {
        // A slice without length is not drawn.
        let dur = until.saturating_sub(from).max(1);
        self.events.push(
            json!({ "ph": "X", "pid": pid, "tid": tid, "ts": from, "dur": dur, "name": name, "cat": "span" }),
        );
    }

    fn instant(&mut self, (pid, tid): (u32, u32), name: &str, at: u64, args: Value) {
        self.events.push(json!({
            "ph": "i", "s": "t", "pid": pid, "tid": tid, "ts": at, "name": name, "cat": "step", "args": args,
        }));
    }

    fn counter(&mut self, name: &str, at: u64, args: Value) {
        self.events
            .push(json!({ "ph": "C", "pid": SERVICE, "tid": 0, "ts": at, "name": name, "args": args }));
    }

    fn thread(&mut self, user: &str) -> u32 {
        if let Some(thread) = self.threads.get(user) {
            return *thread;
        }
        if self.threads.len() >= USERS_MAX {
            // The rest share one row: a thread for each of a million users is more than a viewer shows.
            return 1;
        }
        let thread = u32::try_from(self.threads.len()).unwrap_or(0) + 2;
        self.threads.insert(user.to_owned(), thread);
        self.name(USERS, thread, "thread_name", user);
        thread
    }

    fn circumstances(&mut self, scenario: &Scenario, story: &Story) {
        for (thread, fault) in (2..).zip(&story.faults) {
            self.name(CIRCUMSTANCES, thread, "thread_name", &fault.what);
            self.slice((CIRCUMSTANCES, thread), &fault.what, fault.from, fault.until);
        }
        for event in scenario.events.iter().filter(|event| event.at.as_micros() <= story.ended) {
            self.instant((CIRCUMSTANCES, 1), &event.name, event.at.as_micros(), json!({}));
        }
        if let Some((failure, _)) = &story.failure {
            self.events.push(json!({
                "ph": "i", "s": "g", "pid": CIRCUMSTANCES, "tid": 1, "ts": story.ended, "name": "broken", "cat": "verdict",
                "args": { "verdict": failure.to_string() },
            }));
        }
    }

    fn sessions(&mut self, story: &Story) {
        for (user, spans) in &story.sessions {
            let thread = self.thread(user);
            // A link that is down lies within its session, so the longer slice comes first.
            let mut spans: Vec<_> = spans.iter().collect();
            spans.sort_by_key(|span| (span.from, u64::MAX - span.until));
            // Slices of several users on one thread would lie across each other, which the format does not allow.
            if thread == 1 {
                continue;
            }
            for span in spans {
                self.slice((USERS, thread), &span.what, span.from, span.until);
            }
        }
    }

    fn steps(&mut self, story: &Story) {
        for step in &story.steps {
            let place = match &step.who {
                Party::User(user) => (USERS, self.thread(user)),
                Party::BackEnd | Party::Moderation | Party::Service | Party::Group(_) => (SERVICE, 1),
            };
            let sent: Vec<&str> = step.sent.iter().map(|sent| sent.what.as_str()).collect();
            self.instant(place, &step.what, step.at, json!({ "refused": step.refused, "sent": sent }));
            // The ID stands in the words of the trace alone: a step keeps no other form of its answer.
            if let Some(tid) = step.what.split_once("  ok ").map(|(_, tid)| tid)
                && (step.what.contains(" send ") || step.what.contains("SendLiveMessageGroup"))
            {
                self.flows += 1;
                self.sends.insert(tid.to_owned(), self.flows);
                // An arrow begins in a slice, and an instant is none.
                self.slice(place, &step.what, step.at, step.at + 1);
                self.arrow("s", place, step.at, self.flows);
            }
            for sent in &step.sent {
                let tid = sent.what.strip_prefix("deliver ").and_then(|rest| rest.split(' ').next());
                // Taken out: a message arrives at its group once, and an arrow has one end.
                if let Some(flow) = tid.and_then(|tid| self.sends.remove(tid)) {
                    self.slice((SERVICE, 1), &sent.what, step.at, step.at + 1);
                    self.arrow("f", (SERVICE, 1), step.at, flow);
                }
            }
        }
    }

    fn arrow(&mut self, ph: &str, (pid, tid): (u32, u32), at: u64, flow: u64) {
        self.events.push(json!({
            "ph": ph, "bp": "e", "id": flow, "pid": pid, "tid": tid, "ts": at, "name": "message", "cat": "message",
        }));
    }

    fn counters(&mut self, story: &Story) {
        let series = &story.series;
        for (name, points) in series.members.values() {
            for (slice, count) in points {
                let at = u64::try_from(*slice).unwrap_or(0) * series.slice;
                self.counter(&format!("members {name}"), at, json!({ "members": count }));
            }
        }
        for (number, slice) in (0..).zip(&series.slices) {
            let at = number * series.slice;
            let levels = |level: &crate::story::LevelSeries| json!({ "HIGH": level.high, "MEDIUM": level.medium, "NORMAL": level.normal });
            self.counter("accepted", at, levels(&slice.accepted));
            self.counter("shed", at, levels(&slice.shed));
            let latency = |permille| slice.latencies.percentile(permille);
            self.counter("latency µs", at, json!({ "median": latency(500), "p99": latency(990) }));
        }
    }
}
