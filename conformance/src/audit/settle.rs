//! What shows only once all lines of a recording are there: how coarse each clock is, and which clients are several programs. It is often
//! made by programs that were not written for it.

use std::sync::Arc;

use serde_json::Value as Json;

use super::recording::{ClientSeen, FrameSeen, Kind, Recording};
use super::window::{Clock, Window};
use crate::log::LinkState;

impl Recording {
    /// The clock of a source.
    pub(super) fn clock(&self, source: usize) -> Clock {
        let header = self.headers[source];
        let grain = if header.is_virtual() || self.grains[source] == 1 { 0 } else { self.grains[source] };
        Clock { number: u32::try_from(source).ok(), error: header.clock_error(), grain }
    }

    /// The same, by its name.
    pub(super) fn clock_of(&self, source: &str) -> Result<Clock, String> {
        self.number_of(source).map(|number| self.clock(number))
    }

    /// Gives every observation its window: only now is known how coarse each clock is.
    pub(super) fn settle_clocks(&mut self) {
        let mut calls = 0;
        for index in 0..self.script.len() {
            let line = self.script[index];
            let (clock, at) = (self.clock(line.source), line.at);
            self.script[index].window = Window::by(clock, at, at);
            match line.what {
                Kind::Call => {
                    let call = &mut self.calls[calls];
                    call.sent = Window::by(clock, at, at);
                    call.window = Window::by(clock, at, call.answered_at.unwrap_or(u64::MAX));
                    calls += 1;
                }
                Kind::Client(number, frame) => {
                    let name = &self.client_names[number];
                    if let Some(client) = self.clients.get_mut(name) {
                        client.frames[frame].1 = Window::by(clock, at, at);
                    }
                }
                Kind::Foreign(_) | Kind::Console(_) | Kind::Callback(_) | Kind::Review(_) => {}
            }
        }
        for (source, claim) in std::mem::take(&mut self.claims) {
            let window = Window::within(self.clock(source), claim.from, claim.to);
            if let Some(app) = claim.app {
                self.complete_apps.entry(app).or_default().push(window);
            } else if let Some(client) = claim.client {
                self.complete_clients.entry(client).or_default().push(window);
            } else if let Some(app) = claim.callbacks {
                self.complete_callbacks.entry(app).or_default().push(window);
            } else {
                self.complete_account.push(window);
            }
        }
    }

    /// Finds clients whose lines are those of several programs: one that is logged on does not log on.
    pub(super) fn find_shared_clients(&mut self) {
        for (id, client) in &self.clients {
            let exact = client.source.is_some_and(|source| self.headers[source].is_virtual());
            if !exact && logs_on_twice(client) {
                self.shared_clients.insert(id.clone());
            }
        }
    }

    /// The clients of which each is one program.
    pub(super) fn judged_clients(&self) -> impl Iterator<Item = (&Arc<str>, &ClientSeen)> {
        self.clients.iter().filter(|(id, _)| !self.shared_clients.contains(*id))
    }
}

/// Whether a second logon is accepted while the first one holds, as far as anybody saw.
fn logs_on_twice(client: &ClientSeen) -> bool {
    let (mut logged_on, mut asked) = (false, Vec::new());
    for (_, _, frame) in &client.frames {
        match frame {
            FrameSeen::Link(LinkState::Lost | LinkState::Up) => (logged_on, asked) = (false, Vec::new()),
            FrameSeen::Sent(frame) => match frame.get("method").and_then(Json::as_str) {
                Some("login") => asked.extend(frame.get("id")),
                Some("logout") => logged_on = false,
                Some(_) | None => {}
            },
            FrameSeen::Received(frame) => {
                let answers = frame.get("id").filter(|id| asked.contains(id));
                if answers.is_some() && frame.contains_key("result") {
                    if logged_on {
                        return true;
                    }
                    logged_on = true;
                    asked.clear();
                }
                if frame.get("event").and_then(Json::as_str) == Some("disconnect") {
                    logged_on = false;
                }
            }
        }
    }
    false
}
